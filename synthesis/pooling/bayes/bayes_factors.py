"""Evidence: Bayes factors against no heterogeneity and no effect, and averaging over the four models."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from synthesis.pooling.bayes.given_tau import LOG_ZERO
from synthesis.pooling.bayes.mean_priors import FlatMean, KnownMean
from synthesis.pooling.bayes.mixtures import Mixture
from synthesis.pooling.bayes.posterior import Posterior, posterior
from synthesis.pooling.kernel.effects import Array, Effects

MODELS = ("common, no effect", "common, effect", "random, no effect", "random, effect")
"""Whether effects differ between studies, and whether the mean differs from the null."""


def evidence_for_no_heterogeneity(found: Posterior) -> Array:
    """Bayes factor of tau = 0 against the model fitted, (n,); the prior of mu may be flat, as it is the same.

    Raises ValueError where a prior of tau is improper.
    """
    _refuse_improper_tau(found)
    return _factor(found.log_at_zero - found.log_integrated)


def evidence_for_no_effect(found: Posterior, null: float = 0.0) -> Array:
    """Bayes factor of mu = null against the model fitted, (n,).

    Raises ValueError where the prior of mu or of tau is improper.
    """
    _refuse_flat(found)
    _refuse_improper_tau(found)
    return _factor(_without_effect(found, null).log_integrated - found.log_integrated)


def _factor(log_ratio: Array) -> Array:
    """A Bayes factor from its logarithm; infinite beyond 1e308."""
    with np.errstate(over="ignore"):
        return np.asarray(np.exp(log_ratio))


@dataclass(frozen=True)
class AveragedModels:
    """The four models of one data set, in the order of MODELS.

    prior, posterior: their probabilities, adding to one; log_evidence: log marginal likelihoods. for_effect,
    for_heterogeneity: inclusion Bayes factors, posterior odds over prior odds of the two models with it
    against the two without. mean, sd, median, low, high: of mu, averaged over the models with an effect.
    null: the mean of the models without one. level: of the interval.
    """

    prior: tuple[float, ...]
    posterior: tuple[float, ...]
    log_evidence: tuple[float, ...]
    for_effect: float
    for_heterogeneity: float
    mean: float
    sd: float
    median: float
    low: float
    high: float
    null: float
    level: float


def averaged(
    found: Posterior,
    level: float = 0.95,
    null: float = 0.0,
    prior: Sequence[float] = (0.25, 0.25, 0.25, 0.25),
) -> AveragedModels:
    """Average over {common, random} x {no effect, effect} (Gronau et al. 2021), from the random-effects
    model.

    found: of one data set; its priors of mu and tau are those of the models that have them. prior:
    probabilities of MODELS. Raises ValueError where a prior is improper, or probabilities are none.
    """
    _refuse_flat(found)
    _refuse_improper_tau(found)
    weights = np.asarray(prior, dtype=float)
    if weights.shape != (4,) or not (weights >= 0).all() or not math.isclose(weights.sum(), 1.0):
        raise ValueError(
            f"prior is {list(prior)}; expected four probabilities that add to one, of {list(MODELS)}"
        )
    if not (weights[1] + weights[3] > 0):
        raise ValueError("both models with an effect have prior probability zero; expected one above")
    without = _without_effect(found, null)
    logs = np.array(
        [
            each.item()
            for each in (without.log_at_zero, found.log_at_zero, without.log_integrated, found.log_integrated)
        ]
    )
    with np.errstate(divide="ignore"):
        relative = np.log(weights) + logs
    after = np.exp(relative - relative.max())
    after /= after.sum()
    mixture = _with_effect(found, after[1], after[3])
    tail = 0.5 * (1.0 - level)
    unit, origin = found.data.unit.item(), found.data.origin.item()
    low, median, high = (origin + unit * mixture.quantile(np.array([tail, 0.5, 1.0 - tail]))[0]).tolist()
    exists = found.mean_exists
    return AveragedModels(
        prior=tuple(weights.tolist()),
        posterior=tuple(after.tolist()),
        log_evidence=tuple(logs.tolist()),
        for_effect=_inclusion(weights, logs, (1, 3)),
        for_heterogeneity=_inclusion(weights, logs, (2, 3)),
        mean=origin + unit * mixture.expectation().item() if exists(1).item() else math.nan,
        sd=unit * mixture.deviation().item() if exists(2).item() else math.nan,
        median=median,
        low=low,
        high=high,
        null=null,
        level=level,
    )


def _with_effect(found: Posterior, common: float, random: float) -> Mixture:
    """mu, given that there is an effect: that under tau = 0, and that under random effects."""
    parts = found.given.components(np.zeros(1, dtype=np.intp), np.array([[LOG_ZERO]]))
    share = random / (common + random)
    mixture = found.mu
    return Mixture.of(
        np.concatenate([(1.0 - share) * parts.share[:, 0], share * mixture.mass], axis=1),
        np.concatenate([parts.mean[:, 0], mixture.mean], axis=1),
        np.concatenate([parts.sd[:, 0], mixture.sd], axis=1),
    )


def _inclusion(weights: Array, logs: Array, with_it: tuple[int, int]) -> float:
    """Posterior odds over prior odds; nan where no model, or every model, has it."""
    has = np.zeros(4, dtype=bool)
    has[list(with_it)] = True
    inside, outside = weights[has].sum(), weights[~has].sum()
    if not (inside > 0 and outside > 0):
        return math.nan
    top = logs[weights > 0].max()
    evidence = weights * np.exp(logs - top)
    with np.errstate(divide="ignore", over="ignore"):
        return float((evidence[has].sum() / inside) / (evidence[~has].sum() / outside))


def _without_effect(found: Posterior, null: float) -> Posterior:
    """The same data and priors of tau, mu being known."""
    data = found.data
    y = data.origin[:, None] + data.unit[:, None] * data.y
    v = data.unit[:, None] ** 2 * data.v
    return posterior(Effects(y, v, data.present > 0), found.tau_priors, KnownMean(null))


def _refuse_improper_tau(found: Posterior) -> None:
    improper = [prior.label for prior in found.tau_priors if not prior.proper]
    if improper:
        raise ValueError(
            f"the {improper[0]} prior of tau is improper: its height is arbitrary, and so would be a Bayes "
            "factor; expected a proper prior, such as half-normal"
        )


def _refuse_flat(found: Posterior) -> None:
    if isinstance(found.mean_prior, FlatMean):
        raise ValueError(
            "a flat prior of the mean is improper: its height is arbitrary, and so would be the evidence "
            "for an effect; expected a normal or t prior of the mean"
        )
