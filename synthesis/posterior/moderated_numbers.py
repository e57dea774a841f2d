"""From a checked design and priors to the posterior of a meta-regression."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import compress
from operator import not_
from typing import Any

import numpy as np

from evidence.choices import as_number, named
from evidence.wording import counted, percent
from synthesis.pooling.bayes.bayesian_regression import RegressionPosterior, regression_posterior
from synthesis.pooling.bayes.mean_priors import FlatMean, NormalMean, TMean
from synthesis.pooling.bayes.regression_factors import no_heterogeneity_factor, zero_coefficient_factor
from synthesis.pooling.bayes.tau_priors import TauPrior
from synthesis.pooling.inputs import Studies, repeated_note
from synthesis.pooling.kernel.effects import Array, Effects
from synthesis.posterior.chosen_prior import prior_chosen
from synthesis.posterior.coefficient_sensitivity import coefficient_sensitivity
from synthesis.posterior.default_prior import ChosenPrior
from synthesis.posterior.marginal import INTERVALS, credible_ends, tau_marginal
from synthesis.posterior.moderated import BayesianRegression
from synthesis.posterior.prior_words import mean_prior_of
from synthesis.posterior.sensitivity import usual_priors
from synthesis.regression.design_matrix import DesignMatrix
from synthesis.regression.formula import positions

FEW_LEFT = 2
"""Studies beyond the coefficients up to which the posterior of tau is mostly its prior."""


def coefficient_priors(
    given: Any, names: Sequence[str], terms: Mapping[str, tuple[int, ...]]
) -> tuple[FlatMean | NormalMean, ...]:
    """A prior for each column: one for all of them, or a dictionary by column or term, others being flat.

    Raises ValueError for a name that the model does not have, and for a prior that is neither flat nor
    normal.
    """
    if given is None:
        return (FlatMean(),) * len(names)
    if not isinstance(given, Mapping):
        return (_flat_or_normal(given),) * len(names)
    found: list[FlatMean | NormalMean] = [FlatMean()] * len(names)
    for name, prior in given.items():
        for column in positions(name, names, terms):
            found[column] = _flat_or_normal(prior)
    return tuple(found)


def _flat_or_normal(given: Any) -> FlatMean | NormalMean:
    if given == "t" or isinstance(given, TMean) or (isinstance(given, str) and given.strip()[:2] == "t("):
        raise ValueError(
            "coefficient_prior is a t distribution, which leaves no closed form for several coefficients; "
            "expected flat or normal(mean, sd)"
        )
    try:
        prior = mean_prior_of(given)
    except ValueError as refusal:
        raise ValueError(str(refusal).replace("mu_prior", "coefficient_prior")) from None
    assert isinstance(prior, FlatMean | NormalMean)
    return prior


def bayes_of_design(
    yi: Array,
    vi: Array,
    labels: tuple[str, ...],
    design: DesignMatrix,
    tau_prior: TauPrior | str | None,
    coefficient_prior: Any,
    smallest_effect: float | None,
    ni: Any,
    null: float,
    level: float,
    interval: str,
    measure: str = "",
    says: Sequence[str] = (),
) -> BayesianRegression:
    """The posterior of effects yi with variances vi, (k,), on a design (k, p) that was checked.

    Priors, smallest_effect, ni, null and interval as in `bayes`; measure: of what `escalc` returned. says:
    notes that come first. Raises ValueError for a prior that is none, and where the posterior would be
    improper.
    """
    null, interval = as_number(null, "null"), named(interval, INTERVALS, "interval")
    studies = Studies(yi, vi, labels, 0, np.ones(len(labels), dtype=bool), {"ni": ni})
    chosen = prior_chosen(tau_prior, smallest_effect, studies, measure)
    priors = coefficient_priors(coefficient_prior, design.names, design.terms)
    effects = Effects(yi, vi)
    found = regression_posterior(effects, design.matrix, chosen.prior, priors)
    flat = sum(isinstance(prior, FlatMean) for prior in priors)
    usual = usual_priors(chosen.prior, vi, flat)
    return BayesianRegression(
        labels=labels,
        yi=yi,
        vi=vi,
        design=design.matrix,
        names=design.names,
        terms=design.terms,
        recipe=design.recipe,
        k=len(labels),
        p=len(design.names),
        **_marginals(found, level, interval),
        **_evidence(found, effects, design.names),
        tau_prior=chosen.prior.label,
        coefficient_prior=tuple(prior.label for prior in priors),
        null=null,
        interval=interval,
        level=level,
        machinery=found,
        sensitivity=coefficient_sensitivity(yi, vi, design.matrix, design.names, usual, priors, level),
        method_sentence=_method_sentence(chosen, priors, design.names, interval, level),
        notes=(*says, *_notes(labels, len(design.names)), *design.alone),
    )


def _marginals(found: RegressionPosterior, level: float, kind: str) -> dict[str, Any]:
    unit = found.unit
    columns = [found.coefficient(j) for j in range(found.design.shape[1])]
    ends = np.array([credible_ends(each, unit, 0.0, level, kind)[0] for each in columns])
    mean = np.array([unit * each.expectation()[0] for each in columns])
    sd = np.array([unit * each.deviation()[0] for each in columns])
    return {
        "mean": np.where(found.coefficients_exist(1), mean, np.nan),
        "sd": np.where(found.coefficients_exist(2), sd, np.nan),
        "median": ends[:, 1],
        "mode": np.array([unit * each.mode()[0] for each in columns]),
        "low": ends[:, 0],
        "high": ends[:, 2],
        "above_zero": np.array([each.above(np.zeros((1, 1))).item() for each in columns]),
        "tau": tau_marginal(found.tau, unit, found.exists, level, kind),
    }


def _evidence(found: RegressionPosterior, effects: Effects, names: Sequence[str]) -> dict[str, Any]:
    """Evidence and Bayes factors, nan with a reason where a prior is improper; and the moments that lack."""
    reasons: dict[str, str] = {}
    for_zero = np.full(len(names), np.nan)
    for number, name in enumerate(names):
        try:
            for_zero[number] = zero_coefficient_factor(found, effects, number)
        except ValueError as refusal:
            reasons[f"for_zero.{name}"] = str(refusal)
    no_tau = math.nan
    try:
        no_tau = no_heterogeneity_factor(found)
    except ValueError as refusal:
        reasons["for_no_heterogeneity"] = str(refusal)
    proper = found.tau_prior.proper and not any(isinstance(prior, FlatMean) for prior in found.priors)
    if not proper:
        reasons["log_evidence"] = "a prior is improper, so that the likelihood has no average over it"
    for order, what in ((1, "mean"), (2, "sd")):
        lacking = list(compress(names, map(not_, found.coefficients_exist(order))))
        lacking += [] if found.exists(order) else ["tau"]
        for name in lacking:
            reasons[f"{name}.{what}"] = (
                "the posterior of tau falls too slowly for this moment to exist; quantiles do"
            )
    return {
        "for_zero": for_zero,
        "for_no_heterogeneity": no_tau,
        "log_evidence": found.log_integrated if proper else math.nan,
        "reasons": reasons,
    }


def _method_sentence(
    chosen: ChosenPrior,
    priors: Sequence[FlatMean | NormalMean],
    names: Sequence[str],
    kind: str,
    level: float,
) -> str:
    labels = [prior.label for prior in priors]
    if len(set(labels)) == 1:
        which = f"{labels[0]} priors of the coefficients"
    else:
        each = ", ".join(f"{name} {label}" for name, label in zip(names, labels, strict=True))
        which = f"priors of the coefficients: {each}"
    how = (
        f"Bayesian mixed-effects meta-regression (normal-normal model): {chosen.prior.label} prior of tau, "
        f"{which}; {kind} {percent(level)} credible intervals, by quadrature."
    )
    return f"{how} {chosen.says}".rstrip()


def _notes(labels: tuple[str, ...], p: int) -> Iterator[str]:
    repeated = repeated_note(labels)
    if repeated:
        yield f"{repeated[0].upper()}{repeated[1:]}, which this model takes them to be."
    left = len(labels) - p
    if left == 0:
        yield (
            "There are as many coefficients as studies: nothing is left to tell how much effects differ, "
            "and what stands here of tau is its prior."
        )
    elif left <= FEW_LEFT:
        yield (
            f"{counted(len(labels))} for {counted(p, 'coefficient')}: the posterior of tau is mostly its "
            "prior; see how the coefficients change with it below."
        )
