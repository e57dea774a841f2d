"""`bayes` where effects are not normal: from studies and priors to the result."""

from __future__ import annotations

import math
from itertools import compress
from operator import not_
from typing import Any

import numpy as np

from evidence.choices import as_number, named
from evidence.effects.columns import EffectSizes
from evidence.effects.input_columns import column
from evidence.wording import number, percent
from synthesis.pooling.bayes.effect_distributions import MixtureEffects, TEffects
from synthesis.pooling.bayes.mean_priors import FlatMean, KnownMean, MeanPrior
from synthesis.pooling.bayes.posterior import Posterior, posterior
from synthesis.pooling.bayes.robust_posterior import RobustPosterior, robust_posterior
from synthesis.pooling.inputs import Missing, as_level, read_studies
from synthesis.pooling.kernel.effects import Effects
from synthesis.posterior.chosen_prior import prior_chosen
from synthesis.posterior.default_prior import ChosenPrior
from synthesis.posterior.marginal import INTERVALS
from synthesis.posterior.posterior_words import study_notes
from synthesis.posterior.prior_words import mean_prior_of
from synthesis.posterior.robust_numbers import normal_marginals, robust_marginals
from synthesis.posterior.robust_result import NormalBeside, RobustBayesian

_LARGEST_LOG = 709.0


def bayes_of_robust(
    yi: Any,
    vi: Any,
    sei: Any,
    data: Any,
    slab: Any,
    tau_prior: Any,
    mu_prior: Any,
    smallest_effect: float | None,
    ni: Any,
    null: float,
    level: float,
    interval: str,
    missing: Missing,
    effects: TEffects | MixtureEffects,
) -> RobustBayesian:
    """The posterior under a distribution of effects that is not normal; the arguments are those of `bayes`.

    Raises ValueError as `bayes` does, and for the shortest interval.
    """
    level, null = as_level(level), as_number(null, "null")
    if named(interval, INTERVALS, "interval") != "central":
        raise ValueError(
            f"interval is '{interval}', which is of normal effects; expected 'central' beside "
            f"effects='{effects.label}', whose posterior may have several modes"
        )
    studies = read_studies(yi, vi, sei, data, slab, missing, {"ni": column(ni, data, "ni")})
    mean = mean_prior_of(mu_prior)
    measure = yi.measure if isinstance(yi, EffectSizes) else ""
    chosen = prior_chosen(tau_prior, smallest_effect, studies, measure)
    batch = Effects(studies.yi, studies.vi)
    found = robust_posterior(batch, chosen.prior, mean, effects)
    normal = posterior(batch, chosen.prior, mean)
    unit, origin = found.data.unit.item(), found.data.origin.item()
    at = np.array([[(null - origin) / unit]])
    own = found.studies
    shown = robust_marginals(found, level)
    return RobustBayesian(
        labels=studies.labels,
        yi=studies.yi,
        vi=studies.vi,
        k=len(studies.labels),
        effects=effects.label,
        mu=shown["mu"],
        tau=shown["tau"],
        new=shown["new"],
        study_mean=origin + unit * own.mean,
        study_sd=unit * own.sd,
        outlying=own.outlying,
        above_null=found.mu.above(at).item(),
        new_above_null=found.new.above(at).item(),
        **_evidence(found, normal, batch, null),
        normal=NormalBeside(**normal_marginals(normal, level)),
        tau_prior=chosen.prior.label,
        mu_prior=mean.label,
        null=null,
        level=level,
        machinery=found,
        method_sentence=_method_sentence(chosen, mean, effects, level),
        notes=tuple(study_notes(studies, "by its method `under`")),
    )


def _evidence(found: RobustPosterior, normal: Posterior, batch: Effects, null: float) -> dict[str, Any]:
    """Evidence and Bayes factors, nan with a reason where a prior is improper; and what else lacks."""
    reasons: dict[str, str] = {}
    prior, flat = found.tau_prior, isinstance(found.given.prior, FlatMean)
    names = ("for_no_heterogeneity", "for_normal_effects", "for_no_effect", "log_evidence")
    values = dict.fromkeys(names, math.nan)
    if prior.proper:
        values["for_no_heterogeneity"] = _factor(found.log_at_zero - found.log_integrated)
        values["for_normal_effects"] = _factor(normal.log_integrated.item() - found.log_integrated)
    else:
        for name in names[:3]:
            reasons[name] = f"the {prior.label} prior of tau is improper: its height would be arbitrary"
    if prior.proper and not flat:
        known = robust_posterior(batch, prior, KnownMean(null), found.given.effects)
        values["for_no_effect"] = _factor(known.log_integrated - found.log_integrated)
        values["log_evidence"] = found.log_integrated
    else:
        reasons["log_evidence"] = "a prior is improper, so that the likelihood has no average over it"
    if flat:
        reasons["for_no_effect"] = "a flat prior of the mean is improper: its height would be arbitrary"
    for name in ("mu", "tau", "new"):
        reasons[f"{name}.mode"] = "effects that are not normal may leave several modes: none is singled out"
    there = {
        "mu": (found.mean_exists(1), found.mean_exists(2)),
        "tau": (found.exists(1), found.exists(2)),
        "new": (not math.isnan(found.new.mean), not math.isnan(found.new.sd)),
    }
    for name, exists in there.items():
        for what in compress(("mean", "sd"), map(not_, exists)):
            reasons[f"{name}.{what}"] = "tails fall too slowly for this moment to exist; quantiles do"
    if isinstance(found.given.effects, TEffects):
        reasons["outlying"] = "t effects have no outlying ones apart from the others; a mixture has"
    return values | {"reasons": reasons}


def _factor(log_ratio: float) -> float:
    """A Bayes factor from its logarithm; infinite beyond double precision."""
    return math.inf if log_ratio > _LARGEST_LOG else math.exp(log_ratio)


def _method_sentence(
    chosen: ChosenPrior, mean: MeanPrior, effects: TEffects | MixtureEffects, level: float
) -> str:
    flat = "a flat" if isinstance(mean, FlatMean) else f"a {mean.label}"
    if isinstance(effects, TEffects):
        how = f"effects distributed as t with {number(effects.df)} df (Baker and Jackson 2008)"
    else:
        how = (
            f"effects that come with probability {number(effects.probability)} from a distribution "
            f"{number(effects.factor)} times as wide (Beath 2014)"
        )
    return (
        f"Bayesian random effects, {how}: {chosen.prior.label} prior of tau, {flat} prior of the mean; "
        f"central {percent(level)} credible intervals, by two nested quadratures. {chosen.says}"
    ).rstrip()
