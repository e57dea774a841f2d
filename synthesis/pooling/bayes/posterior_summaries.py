"""Means, standard deviations, medians and central intervals of many posteriors at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np

from synthesis.pooling.bayes.mean_priors import MeanPrior
from synthesis.pooling.bayes.posterior import Posterior, posterior
from synthesis.pooling.bayes.tau_priors import TauPrior
from synthesis.pooling.kernel.effects import Array, Effects
from synthesis.pooling.kernel.parts import parts_of

_USUAL_NODES = 400


@dataclass(frozen=True)
class Marginals:
    """A quantity of n posteriors, (n,) each; low, high: its central interval; nan for what does not exist."""

    mean: Array
    sd: Array
    median: Array
    low: Array
    high: Array


@dataclass(frozen=True)
class Summaries:
    """Of n posteriors: mu, tau, a new study's effect, P(mu > null), and the log of what was integrated."""

    mu: Marginals
    tau: Marginals
    new: Marginals
    above_null: Array
    log_integrated: Array


def summaries(
    effects: Effects,
    tau_priors: Sequence[TauPrior] | TauPrior,
    mean_prior: MeanPrior,
    level: float,
    null: float = 0.0,
) -> Summaries:
    """Means, sds, medians and central intervals of many data sets, or many priors, some at a time."""
    priors = (tau_priors,) if isinstance(tau_priors, TauPrior) else tuple(tau_priors)
    n = max(effects.batch, len(priors))
    parts = []
    for chosen in parts_of(n, _USUAL_NODES * effects.k):
        part = effects if effects.batch == 1 else effects.rows(chosen)
        some = priors if len(priors) == 1 else priors[chosen]
        parts.append(summarised(posterior(part, some, mean_prior), level, null))
    return _joined(parts)


def summarised(found: Posterior, level: float, null: float = 0.0) -> Summaries:
    """The summaries of posteriors."""
    tail = 0.5 * (1.0 - level)
    p = np.array([tail, 0.5, 1.0 - tail])
    unit, origin = found.data.unit, found.data.origin
    tau = unit[:, None] * found.tau.quantile(p)
    of_tau = Marginals(
        np.where(found.exists(1), unit * found.tau.expectation(1), np.nan),
        np.where(found.exists(2), unit * found.tau.deviation(), np.nan),
        tau[:, 1],
        tau[:, 0],
        tau[:, 2],
    )
    others = []
    for mixture, about_mean in ((found.mu, True), (found.new, False)):
        q = origin[:, None] + unit[:, None] * mixture.quantile(p)
        others.append(Marginals(*found.moments(mixture, about_mean), q[:, 1], q[:, 0], q[:, 2]))
    at = ((null - origin) / unit)[:, None]
    return Summaries(others[0], of_tau, others[1], found.mu.above(at)[:, 0], found.log_integrated)


def _joined(parts: Sequence[Summaries]) -> Summaries:
    def marginals(name: str) -> Marginals:
        several = [getattr(part, name) for part in parts]
        return Marginals(*(np.concatenate([getattr(m, f.name) for m in several]) for f in fields(Marginals)))

    return Summaries(
        marginals("mu"),
        marginals("tau"),
        marginals("new"),
        np.concatenate([part.above_null for part in parts]),
        np.concatenate([part.log_integrated for part in parts]),
    )
