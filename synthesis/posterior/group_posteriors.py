"""Groups with a mean each and one tau: the posterior of each group, from one Bayesian meta-regression."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import compress
from operator import not_
from typing import Any

import numpy as np

from evidence.choices import as_number, named
from evidence.wording import counted, enumerate_words, percent
from synthesis.pooling.as_data import AsData
from synthesis.pooling.bayes.bayesian_regression import (
    CoefficientPriors,
    RegressionPosterior,
    regression_posterior,
)
from synthesis.pooling.bayes.mean_priors import FlatMean, NormalMean
from synthesis.pooling.bayes.mixtures import Mixture
from synthesis.pooling.bayes.tau_priors import TauPrior
from synthesis.pooling.inputs import as_level, read_studies
from synthesis.pooling.kernel.effects import Array, Effects
from synthesis.posterior.default_prior import ChosenPrior, default_prior
from synthesis.posterior.marginal import INTERVALS, Marginal, credible_ends, tau_marginal
from synthesis.posterior.prior_words import mean_prior_of, tau_prior_of
from synthesis.posterior.sensitivity import Sensitivity, usual_priors


@dataclass(frozen=True, eq=False)
class GroupPosterior(AsData):
    """The posterior of one of several groups that share their tau.

    k: studies of the group. mu: its mean effect; tau: of all groups; new: the effect of a new study in it.
    above_null, new_above_null: P(mu > null), P(new > null). reasons: why a number does not exist, by its
    name. sensitivity: the same mean under other priors of tau. groups: all that share the tau. tau_prior,
    mu_prior: in words, the latter of each mean. interval: "central" or "shortest", at `level`, a fraction.
    """

    name: str
    k: int
    mu: Marginal
    tau: Marginal
    new: Marginal
    above_null: float
    new_above_null: float
    reasons: Mapping[str, str]
    sensitivity: Sensitivity
    groups: tuple[str, ...]
    tau_prior: str
    mu_prior: str
    null: float
    interval: str
    level: float
    method_sentence: str
    notes: tuple[str, ...]


def group_posteriors(
    yi: Any,
    sei: Any,
    by: Sequence[str],
    *,
    slab: Any = None,
    tau_prior: TauPrior | str | None = None,
    mu_prior: str = "flat",
    smallest_effect: float | None = None,
    null: float = 0.0,
    level: float = 0.95,
    interval: str = "central",
) -> tuple[GroupPosterior, ...]:
    """The posterior of each group's mean, in the order of their first studies, under one tau.

    yi, sei: k effects and standard errors; by: the group of each. Priors, null, level and interval as in
    `bayes`; the prior of the mean is that of each group's mean, all independent. y_i ~ N(mu_group,
    v_i + tau^2) is a meta-regression with a column for each group (Roever & Friede 2023). Raises ValueError
    for a t prior of the means, which has no closed form here, for input that cannot be pooled, and where the
    posterior would be improper.
    """
    level, kind = as_level(level), named(interval, INTERVALS, "interval")
    null = as_number(null, "null")
    prior = _mean_prior(mu_prior)
    data = _read(yi, sei, by, slab, tau_prior, smallest_effect)
    flat = len(data.names) if isinstance(prior, FlatMean) else 0
    others = usual_priors(data.chosen.prior, data.effects.v[0], flat)
    fits = [data.posterior(each, prior) for each in others]
    sentence = _sentence(data.chosen, prior.label, data.names, kind, level)
    return tuple(
        GroupPosterior(
            name=name,
            k=data.count(place),
            **_numbers(fits[0], place, null, level, kind),
            sensitivity=_sensitivity(fits, [each.label for each in others], place, null, level),
            groups=data.names,
            tau_prior=data.chosen.prior.label,
            mu_prior=prior.label,
            null=null,
            interval=kind,
            level=level,
            method_sentence=sentence,
            notes=_notes(data.count(place), data.names),
        )
        for place, name in enumerate(data.names)
    )


def group_intervals(
    yi: Any,
    sei: Any,
    by: Sequence[str],
    *,
    tau_prior: TauPrior | str | None,
    mu_prior: str,
    smallest_effect: float | None,
    level: float,
    interval: str,
) -> dict[str, tuple[float, float, float]]:
    """Median, low and high of each group's mean as `group_posteriors` gives them; raises as it does."""
    data = _read(yi, sei, by, None, tau_prior, smallest_effect)
    fit = data.posterior(data.chosen.prior, _mean_prior(mu_prior))
    found = {}
    for place, name in enumerate(data.names):
        row: Array = np.eye(len(data.names))[place]
        low, median, high = credible_ends(fit.mean_at(row), fit.unit, 0.0, level, interval)[0].tolist()
        found[name] = (median, low, high)
    return found


@dataclass(frozen=True)
class _Groups:
    """Effects of groups: names in the order of their first studies, design of shape (k, groups)."""

    names: tuple[str, ...]
    effects: Effects
    design: Array
    chosen: ChosenPrior

    def count(self, place: int) -> int:
        """How many studies a group has."""
        return int(self.design[:, place].sum())

    def posterior(self, tau_prior: TauPrior, mean: FlatMean | NormalMean) -> RegressionPosterior:
        """Under a prior of tau."""
        means: CoefficientPriors = mean if isinstance(mean, FlatMean) else (mean,) * len(self.names)
        return regression_posterior(self.effects, self.design, tau_prior, means)


def _read(
    yi: Any, sei: Any, by: Sequence[str], slab: Any, tau_prior: TauPrior | str | None, smallest: float | None
) -> _Groups:
    studies = read_studies(yi, None, sei, None, slab, "refuse", {})
    names = tuple(dict.fromkeys(by))
    chosen = (
        ChosenPrior(tau_prior_of(tau_prior), "")
        if tau_prior is not None
        else default_prior(studies.vi, smallest_effect=smallest)
    )
    design = np.array([[name == each for each in names] for name in by], dtype=float)
    return _Groups(names, Effects(studies.yi, studies.vi), design, chosen)


def _mean_prior(given: str) -> FlatMean | NormalMean:
    found = mean_prior_of(given)
    if isinstance(found, FlatMean | NormalMean):
        return found
    raise ValueError(
        f"mu_prior is {found.label}; expected flat or normal(mean, sd) for the means of groups that share tau"
    )


def _numbers(found: RegressionPosterior, place: int, null: float, level: float, kind: str) -> dict[str, Any]:
    """Mean, tau and new study of a group, by the names of their fields."""
    row: Array = np.eye(found.design.shape[1])[place]
    mean, new = found.mean_at(row), found.new_at(row)
    at = np.array([[null / found.unit]])
    exists = {
        "mu": [bool(found.coefficients_exist(order)[place]) for order in (1, 2)],
        "new": [found.exists(order) for order in (1, 2)],
        "tau": [found.exists(order) for order in (1, 2)],
    }
    lacks = "the posterior of tau falls too slowly for this moment to exist; quantiles do"
    return {
        "mu": _marginal(mean, exists["mu"], found.unit, level, kind),
        "new": _marginal(new, exists["new"], found.unit, level, kind),
        "tau": tau_marginal(found.tau, found.unit, found.exists, level, kind),
        "above_null": mean.above(at).item(),
        "new_above_null": new.above(at).item(),
        "reasons": {
            f"{name}.{what}": lacks
            for name, orders in exists.items()
            for what in compress(("mean", "sd"), map(not_, orders))
        },
    }


def _marginal(of: Mixture, exists: Sequence[bool], unit: float, level: float, kind: str) -> Marginal:
    low, median, high = credible_ends(of, unit, 0.0, level, kind)[0].tolist()
    return Marginal(
        (unit * of.expectation()).item() if exists[0] else math.nan,
        (unit * of.deviation()).item() if exists[1] else math.nan,
        median,
        (unit * of.mode()).item(),
        low,
        high,
    )


def _sensitivity(
    fits: Sequence[RegressionPosterior], priors: Sequence[str], place: int, null: float, level: float
) -> Sensitivity:
    """A group's mean under every prior of tau, the interval central."""
    every = [_numbers(fit, place, null, level, "central") for fit in fits]

    def column(quantity: str, number: str) -> Array:
        return np.array([getattr(each[quantity], number) for each in every])

    return Sensitivity(
        priors=tuple(priors),
        mean=column("mu", "mean"),
        median=column("mu", "median"),
        low=column("mu", "low"),
        high=column("mu", "high"),
        above=np.array([each["above_null"] for each in every]),
        tau_median=column("tau", "median"),
        tau_high=column("tau", "high"),
        new_low=column("new", "low"),
        new_high=column("new", "high"),
        log_evidence=np.full(len(every), np.nan),
        null=null,
        level=level,
    )


def _sentence(chosen: ChosenPrior, mean: str, names: Sequence[str], kind: str, level: float) -> str:
    prior = "a flat" if mean == "flat" else f"a {mean}"
    how = (
        f"Bayesian random effects (normal-normal model), a mean for each group ({enumerate_words(names)}) "
        f"and one tau: {chosen.prior.label} prior of tau, {prior} prior of each mean; {kind} "
        f"{percent(level)} credible intervals, by quadrature."
    )
    return f"{how} {chosen.says}".rstrip()


def _notes(k: int, names: Sequence[str]) -> tuple[str, ...]:
    if k > 1:
        return ()
    return (f"{counted(k)}: what is said of tau is from all {len(names)} groups and its prior.",)
