"""The posterior of one mean: from studies and priors to the result."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from evidence.choices import as_number, named
from evidence.effects.columns import EffectSizes
from evidence.effects.input_columns import column
from synthesis.plots.given import Given
from synthesis.pooling.bayes.bayes_factors import evidence_for_no_effect, evidence_for_no_heterogeneity
from synthesis.pooling.bayes.mean_priors import FlatMean, MeanPrior
from synthesis.pooling.bayes.posterior import Posterior, posterior
from synthesis.pooling.bayes.tau_priors import TauPrior
from synthesis.pooling.inputs import Missing, Studies, as_level, read_studies
from synthesis.pooling.kernel.effects import Effects
from synthesis.posterior.bayesian import Bayesian
from synthesis.posterior.beside_others import FEW, side_by_side
from synthesis.posterior.chosen_prior import prior_chosen
from synthesis.posterior.marginal import INTERVALS, Marginal, credible_ends, tau_marginal
from synthesis.posterior.posterior_words import method_sentence, notes
from synthesis.posterior.prior_words import mean_prior_of
from synthesis.posterior.sensitivity import sensitivity, usual_priors


def bayes_of_mean(
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
    interval: str = "central",
    missing: Missing = "refuse",
) -> Bayesian:
    """The posterior under random effects without moderators; the arguments are those of `bayes`."""
    level, kind = as_level(level), named(interval, INTERVALS, "interval")
    null = as_number(null, "null")
    studies = read_studies(yi, vi, sei, data, slab, missing, {"ni": column(ni, data, "ni")})
    mean = mean_prior_of(mu_prior)
    measure = yi.measure if isinstance(yi, EffectSizes) else ""
    chosen = prior_chosen(tau_prior, smallest_effect, studies, measure)
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
    interval: str,
) -> tuple[float, float, float]:
    """Median, low and high of the mean effect that `bayes` gives, and nothing else; raises as it does."""
    studies = read_studies(yi, None, sei, None, None, "refuse", {"ni": None})
    chosen = prior_chosen(tau_prior, smallest_effect, studies, "")
    found = posterior(Effects(studies.yi, studies.vi), chosen.prior, mean_prior_of(mu_prior))
    unit, origin = found.data.unit[0], found.data.origin[0]
    low, median, high = credible_ends(found.mu, unit, origin, level, interval)[0].tolist()
    return median, low, high


def _marginals(found: Posterior, null: float, level: float, kind: str) -> dict[str, Any]:
    """Every summary of mu, tau, a new study's effect and the studies' own, by the names of its fields."""
    unit, origin = found.data.unit[0], found.data.origin[0]
    at = np.array([[(null - origin) / unit]])
    parts: dict[str, Any] = {}
    for name, mixture in (("mu", found.mu), ("new", found.new)):
        mean, sd = (values.item() for values in found.moments(mixture, about_mean=name == "mu"))
        low, median, high = credible_ends(mixture, unit, origin, level, kind)[0].tolist()
        mode = (origin + unit * mixture.mode()).item()
        parts[name] = Marginal(mean, sd, median, mode, low, high)
        parts["above_null" if name == "mu" else "new_above_null"] = mixture.above(at).item()
    parts["tau"] = tau_marginal(found.tau, unit, lambda order: found.exists(order).item(), level, kind)
    own = found.studies
    ends = np.concatenate([credible_ends(block, unit, origin, level, kind) for block in own.blocks()])
    return parts | {
        "study_mean": origin + unit * own.expectation(),
        "study_sd": unit * own.deviation(),
        "study_median": ends[:, 1],
        "study_low": ends[:, 0],
        "study_high": ends[:, 2],
    }


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
    priors = usual_priors(found.tau_priors[0], studies.vi, int(isinstance(found.mean_prior, FlatMean)))
    unit, origin = found.data.unit[0], found.data.origin[0]
    low, median, high = credible_ends(found.mu, unit, origin, level, "central")[0].tolist()
    beside = None
    if 2 <= len(studies.labels) <= FEW:
        beside = side_by_side(studies.yi, studies.vi, (median, low, high), null, level)
    return {
        "sensitivity": sensitivity(studies.yi, studies.vi, priors, found.mean_prior, null, level),
        "beside": beside,
    }
