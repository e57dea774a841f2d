"""The posterior beside two or three studies: a flat prior of the mean and DuMouchel's of tau."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from synthesis.pooling.as_data import AsData
from synthesis.pooling.bayes.data_scaled_priors import DuMouchel
from synthesis.pooling.bayes.mean_priors import FlatMean
from synthesis.pooling.bayes.posterior import posterior
from synthesis.pooling.kernel.effects import Array, Effects


@dataclass(frozen=True)
class BayesianPooled(AsData):
    """Posterior of the mean mu and the between-study standard deviation tau.

    low, high: central interval of mu at `level`. tau_upper: the value tau is below with probability
    `level`. prior_scale: s0 of the prior p(tau) = s0 / (s0 + tau)^2, whose median it is.
    """

    mean: float
    median: float
    low: float
    high: float
    tau_median: float
    tau_upper: float
    prior_scale: float
    level: float


def bayesian_pool(y: Array, v: Array, level: float = 0.95) -> BayesianPooled:
    """Pool with a flat prior on mu and DuMouchel's prior on tau.

    y, v: shape (k,), k >= 2. p(tau) = s0 / (s0 + tau)^2 with s0^2 the harmonic mean of v (DuMouchel &
    Normand 2000) has the units of the data, so that results follow any shift or rescaling.
    """
    found = posterior(Effects(y, v), DuMouchel(), FlatMean())
    tail = 0.5 * (1.0 - level)
    scale, origin = found.data.unit.item(), found.data.origin.item()
    low, median, high = (origin + scale * found.mu.quantile(np.array([tail, 0.5, 1.0 - tail]))[0]).tolist()
    tau_median, tau_upper = (scale * found.tau.quantile(np.array([0.5, level]))[0]).tolist()
    return BayesianPooled(
        mean=origin + scale * found.mu.expectation().item(),
        median=median,
        low=low,
        high=high,
        tau_median=tau_median,
        tau_upper=tau_upper,
        prior_scale=float(np.exp(found.data.scales.log_s0.item())),
        level=level,
    )
