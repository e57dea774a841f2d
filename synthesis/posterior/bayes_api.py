"""`bayes`: from effects and priors to the posterior."""

from __future__ import annotations

import math
from typing import Any, Literal

import numpy as np

from evidence.choices import as_number, named
from evidence.effects.columns import EffectSizes
from evidence.effects.input_columns import column, numbers
from synthesis.plots.given import Given
from synthesis.pooling.bayes.bayes_factors import evidence_for_no_effect, evidence_for_no_heterogeneity
from synthesis.pooling.bayes.mean_priors import FlatMean, MeanPrior
from synthesis.pooling.bayes.mixtures import Mixture
from synthesis.pooling.bayes.posterior import Posterior, posterior
from synthesis.pooling.bayes.tau_priors import TauPrior
from synthesis.pooling.inputs import Missing, Studies, as_level, read_studies
from synthesis.pooling.kernel.effects import Array, Effects
from synthesis.posterior.bayesian import Bayesian, Marginal
from synthesis.posterior.beside_others import FEW, side_by_side
from synthesis.posterior.default_prior import ChosenPrior, default_prior
from synthesis.posterior.posterior_words import method_sentence, notes
from synthesis.posterior.prior_words import mean_prior_of, tau_prior_of
from synthesis.posterior.sensitivity import sensitivity, usual_priors

Interval = Literal["central", "shortest"]


def bayes(
    yi: Any,
    vi: Any = None,
    *,
    sei: Any = None,
    data: Any = None,
    slab: Any = None,
    tau_prior: TauPrior | str | None = None,
    mu_prior: MeanPrior | str = "flat",
    smallest_effect: float | None = None,
    ni: Any = None,
    null: float = 0.0,
    level: float = 0.95,
    interval: Interval = "central",
    missing: Missing = "refuse",
) -> Bayesian:
    """The exact posterior of a random-effects meta-analysis of k studies, one among them.

    yi with either vi (sampling variances) or sei (standard errors), each k numbers, or names of columns of
    `data`; or yi alone, what `escalc` returned. slab: k study labels. Series are matched by their index.
    tau_prior: a prior of tau, or its words: "half-normal(0.5)", "half-Cauchy(0.5)", "half-t(4, 0.5)",
    "exponential(0.5)", "uniform(4)", "improper uniform", "inverse-gamma(1, 0.1)" and "log-normal(-2, 1.5)"
    and "log-t(-3, 2.5)" of tau^2, "inverse-gamma on tau(2, 0.1)", "DuMouchel", "uniform shrinkage",
    "Jeffreys", "Turner(outcome, comparison)", "Rhodes(outcome, comparison, area)"; a density of your own by
    synthesis.pooling.bayes.own_prior. When None: half-normal with the scale of `smallest_effect`, the
    smallest effect of interest in the units of yi; or for log odds ratios and standardised mean differences
    of `escalc` the conventional one; or an eighth of the unit information standard deviation where `ni`, the
    numbers of persons, are given; or DuMouchel's, whose scale is that of the standard errors.
    mu_prior: "flat", "normal(mean, sd)" or "t(df, mean, scale)", or such a prior. null: the value of no
    effect, on the scale of yi. level: a fraction, or a percentage. interval: "central" or "shortest".
    missing: whether a study without yi or variance is refused or left out.

    By Gauss-Legendre quadrature over log tau, everything else in closed form (Roever 2020): exact to some
    1e-11. Raises ValueError, with the study and what was expected, for input that cannot be pooled, for a
    prior that is none, and where the posterior would be improper.
    """
    level, kind = as_level(level), named(interval, ("central", "shortest"), "interval")
    null = as_number(null, "null")
    studies = read_studies(yi, vi, sei, data, slab, missing, {"ni": column(ni, data, "ni")})
    mean = mean_prior_of(mu_prior)
    measure = yi.measure if isinstance(yi, EffectSizes) else ""
    chosen = _chosen(tau_prior, smallest_effect, studies, measure)
    found = posterior(Effects(studies.yi, studies.vi), chosen.prior, mean)
    result = Bayesian(
        labels=studies.labels,
        yi=studies.yi,
        vi=studies.vi,
        k=len(studies.labels),
        tau_prior=chosen.prior.label,
        mu_prior=mean.label,
        null=null,
        interval=kind,
        level=level,
        machinery=found,
        **_marginals(found, null, level, kind),
        **_evidence(found, null),
        **_others(studies, found, null, level),
        method_sentence=method_sentence(chosen, mean, kind, level),
        notes=notes(studies, found, smallest_effect),
    )
    object.__setattr__(result, "_given", Given.of(yi, data, studies.kept))
    return result


def mean_interval(
    yi: Any,
    sei: Any,
    *,
    tau_prior: TauPrior | str | None,
    mu_prior: MeanPrior | str,
    smallest_effect: float | None,
    level: float,
    interval: Interval,
) -> tuple[float, float, float]:
    """Median, low and high of the mean effect that `bayes` gives, and nothing else; raises as it does."""
    studies = read_studies(yi, None, sei, None, None, "refuse", {"ni": None})
    chosen = _chosen(tau_prior, smallest_effect, studies, "")
    found = posterior(Effects(studies.yi, studies.vi), chosen.prior, mean_prior_of(mu_prior))
    low, median, high = _ends(found, found.mu, level, interval)[0].tolist()
    return median, low, high


def _chosen(given: TauPrior | str | None, smallest: Any, studies: Studies, measure: str) -> ChosenPrior:
    """The prior of tau, and why it is that one."""
    effect = None
    if smallest is not None:
        effect = as_number(smallest, "smallest_effect")
        if effect <= 0:
            raise ValueError(
                f"smallest_effect is {effect:g}; expected a number above zero, in the units of the effects"
            )
    if given is not None:
        return ChosenPrior(tau_prior_of(given), "")
    n = None
    if studies.beside["ni"] is not None:
        all_n = numbers(studies.beside["ni"], "ni")
        if all_n.shape != studies.kept.shape:
            raise ValueError(f"ni has shape {all_n.shape}; expected one number for each of the studies")
        n = all_n[studies.kept]
        wrong = np.flatnonzero(~(np.isfinite(n) & (n > 0)))
        if wrong.size:
            where = int(wrong[0])
            raise ValueError(f"{studies.labels[where]}: ni is {n[where]:g}; expected a number above zero")
    return default_prior(studies.vi, measure, effect, n)


def _ends(found: Posterior, of: Mixture, level: float, kind: str) -> Array:
    """Low, median and high of every row of a mixture, (n, 3), in the units of the effects."""
    unit, origin = found.data.unit[0], found.data.origin[0]
    tail = 0.5 * (1.0 - level)
    q = of.quantile(np.array([tail, 0.5, 1.0 - tail]))
    if kind == "shortest":
        q[:, 0], q[:, 2] = of.shortest(level)
    ends: Array = origin + unit * q
    return ends


def _marginals(found: Posterior, null: float, level: float, kind: str) -> dict[str, Any]:
    """Every summary of mu, tau, a new study's effect and the studies' own, by the names of its fields."""
    unit, origin = found.data.unit[0], found.data.origin[0]
    at = np.array([[(null - origin) / unit]])
    parts: dict[str, Any] = {}
    for name, mixture in (("mu", found.mu), ("new", found.new)):
        mean, sd = (values.item() for values in found.moments(mixture, about_mean=name == "mu"))
        low, median, high = _ends(found, mixture, level, kind)[0].tolist()
        mode = (origin + unit * mixture.mode()).item()
        parts[name] = Marginal(mean, sd, median, mode, low, high)
        parts["above_null" if name == "mu" else "new_above_null"] = mixture.above(at).item()
    parts["tau"] = _of_tau(found, level, kind)
    own = found.studies
    ends = np.concatenate([_ends(found, block, level, kind) for block in own.blocks()])
    return parts | {
        "study_mean": origin + unit * own.expectation(),
        "study_sd": unit * own.deviation(),
        "study_median": ends[:, 1],
        "study_low": ends[:, 0],
        "study_high": ends[:, 2],
    }


def _of_tau(found: Posterior, level: float, kind: str) -> Marginal:
    unit, tail = found.data.unit[0], 0.5 * (1.0 - level)
    low, median, high = (unit * found.tau.quantile(np.array([tail, 0.5, 1.0 - tail]))[0]).tolist()
    if kind == "shortest":
        low, high = ((unit * end).item() for end in found.tau.shortest(level))
    return Marginal(
        (unit * found.tau.expectation(1)).item() if found.exists(1).item() else math.nan,
        (unit * found.tau.deviation()).item() if found.exists(2).item() else math.nan,
        median,
        (unit * found.tau.mode()).item(),
        low,
        high,
    )


def _evidence(found: Posterior, null: float) -> dict[str, Any]:
    """Evidence and Bayes factors, nan with a reason where a prior is improper; and the moments that lack."""
    reasons: dict[str, str] = {}
    values: dict[str, Any] = {}
    try:
        values["for_no_heterogeneity"] = evidence_for_no_heterogeneity(found).item()
    except ValueError as refusal:
        values["for_no_heterogeneity"], reasons["for_no_heterogeneity"] = math.nan, str(refusal)
    try:
        values["for_no_effect"] = evidence_for_no_effect(found, null).item()
    except ValueError as refusal:
        values["for_no_effect"], reasons["for_no_effect"] = math.nan, str(refusal)
    proper = found.tau_priors[0].proper and not isinstance(found.mean_prior, FlatMean)
    values["log_evidence"] = found.log_integrated.item() if proper else math.nan
    if not proper:
        reasons["log_evidence"] = "a prior is improper, so that the likelihood has no average over it"
    return values | {"reasons": reasons | _lacking_moments(found)}


def _lacking_moments(found: Posterior) -> dict[str, str]:
    lacking = {}
    for name, exists in (("mu", found.mean_exists), ("tau", found.exists), ("new", found.exists)):
        for order, what in ((1, "mean"), (2, "sd")):
            if not exists(order).item():
                lacking[f"{name}.{what}"] = (
                    "the posterior of tau falls too slowly for this moment to exist; quantiles do"
                )
    return lacking


def _others(studies: Studies, found: Posterior, null: float, level: float) -> dict[str, Any]:
    """The posterior under other priors of tau, and other methods beside it."""
    priors = usual_priors(found.tau_priors[0], studies.vi, found.mean_prior)
    low, median, high = _ends(found, found.mu, level, "central")[0].tolist()
    beside = None
    if 2 <= len(studies.labels) <= FEW:
        beside = side_by_side(studies.yi, studies.vi, (median, low, high), null, level)
    return {
        "sensitivity": sensitivity(studies.yi, studies.vi, priors, found.mean_prior, null, level),
        "beside": beside,
    }
