"""The Bayesian normal-normal model for very few studies, by one-dimensional quadrature."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy import special

from synthesis.pooling.as_data import AsData
from synthesis.pooling.kernel.effects import Array, Effects
from synthesis.pooling.kernel.one_mean import InterceptModel, intercept_model

_NODES = 16
_PANEL = 0.5
_TAIL = 40.0
_LAST_STEP = 1e-9
_ROUNDING = 1e-15


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


@dataclass(frozen=True)
class _Posterior:
    """Mixture over log(tau / s0): nodes, their masses (sum one), and mu's mean and sd given tau."""

    edges: Array
    masses: Array
    means: Array
    sds: Array
    log_total: float


def bayesian_pool(y: Array, v: Array, level: float = 0.95) -> BayesianPooled:
    """Pool with a flat prior on mu and DuMouchel's prior on tau.

    y, v: shape (k,), k >= 2. p(tau) = s0 / (s0 + tau)^2 with s0^2 the harmonic mean of v (DuMouchel &
    Normand 2000) has the units of the data, so that results follow any shift or rescaling.
    mu given tau is normal and the likelihood of tau is the restricted one (Roever 2020). The
    integral over log tau uses Gauss-Legendre panels that reach where both tails are below rounding.
    """
    model, units = intercept_model(Effects(y, v))
    s0 = float(1.0 / np.sqrt(np.mean(1.0 / model.variances)))
    posterior = _integrate(model, s0)
    tail = 0.5 * (1.0 - level)
    scale, origin = float(units.scale[0]), float(units.origin[0])
    low, median, high = (origin + scale * _mu_quantile(posterior, p) for p in (tail, 0.5, 1.0 - tail))
    return BayesianPooled(
        mean=origin + scale * float(posterior.masses.ravel() @ posterior.means.ravel()),
        median=median,
        low=low,
        high=high,
        tau_median=scale * _tau_quantile(model, s0, posterior, 0.5),
        tau_upper=scale * _tau_quantile(model, s0, posterior, level),
        prior_scale=scale * s0,
        level=level,
    )


@cache
def _rule() -> tuple[Array, Array]:
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    return 0.5 * (nodes + 1.0), 0.5 * weights


def _log_density(model: InterceptModel, s0: float, x: Array) -> tuple[Array, Array, Array]:
    """Log posterior density of x = log(tau / s0) up to a constant, and mu's mean and sd given tau."""
    tau = s0 * np.exp(x)
    at = model.take(np.zeros(x.size, dtype=np.intp)).at(tau * tau)
    log_prior = x - 2.0 * np.logaddexp(0.0, x)
    log_likelihood = 0.5 * (at.logdet_w - at.logdet_gram - at.ypy)
    return log_prior + log_likelihood, at.beta[:, 0], 1.0 / np.sqrt(at.trace_w)


def _integrate(model: InterceptModel, s0: float) -> _Posterior:
    spread = float(np.ptp(model.y))
    highest = np.log(max(spread, s0) / s0) + _TAIL
    edges = np.arange(-_TAIL, highest, _PANEL)
    nodes, weights = _rule()
    x = edges[:-1, None] + _PANEL * nodes
    log_density, means, sds = (a.reshape(x.shape) for a in _log_density(model, s0, x.ravel()))
    log_mass = log_density + np.log(_PANEL * weights)
    log_total = float(special.logsumexp(log_mass))
    return _Posterior(edges, np.exp(log_mass - log_total), means, sds, log_total)


def _mu_quantile(posterior: _Posterior, p: float) -> float:
    """The p-quantile of the mixture of normals."""
    masses, means, sds = (a.ravel() for a in (posterior.masses, posterior.means, posterior.sds))
    kept = masses > 0

    def distance(mu: float) -> tuple[float, float]:
        z = (mu - means[kept]) / sds[kept]
        density = np.exp(-0.5 * z * z) / (sds[kept] * np.sqrt(2.0 * np.pi))
        return float(masses[kept] @ special.ndtr(z)) - p, float(masses[kept] @ density)

    ends = means[kept] + special.ndtri(p) * sds[kept]
    start, unit = float(masses[kept] @ ends), float(masses[kept] @ sds[kept])
    return _bracketed_root(distance, float(ends.min()), float(ends.max()), start, unit)


def _tau_quantile(model: InterceptModel, s0: float, posterior: _Posterior, p: float) -> float:
    """The p-quantile of tau: its panel from the cumulated masses, less the part of the panel above it."""
    below = np.cumsum(posterior.masses.sum(axis=1))
    panel = int(np.searchsorted(below[:-1], p))
    start, end = posterior.edges[panel : panel + 2].tolist()
    nodes, weights = _rule()

    def distance(x: float) -> tuple[float, float]:
        width = end - x
        inside = np.append(end - width * nodes, x)
        density = np.exp(_log_density(model, s0, inside)[0] - posterior.log_total)
        return float(below[panel] - width * (weights @ density[:-1]) - p), float(density[-1])

    return s0 * float(np.exp(_bracketed_root(distance, start, end, 0.5 * (start + end), 1.0)))


def _bracketed_root(
    function: Callable[[float], tuple[float, float]], low: float, high: float, x: float, unit: float
) -> float:
    """Root of an increasing function given with its slope, from x: Newton, or halves where that leads out.

    unit: the size beside which rounding of x does not matter. Newton's steps shrink as squares: after one of
    relative size 1e-9 what is left is below rounding.
    """
    for _ in range(200):
        value, slope = function(x)
        low, high = (x, high) if value < 0 else (low, x)
        after = x - value / slope if slope > 0 else np.nan
        inside = low <= after <= high
        after = after if inside else 0.5 * (low + high)
        if abs(after - x) <= (_LAST_STEP if inside else _ROUNDING) * (abs(after) + unit):
            return after
        x = after
    return x
