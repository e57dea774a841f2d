"""The likelihood of a selection model, with exact derivatives.

The effect of study i that was seen has the density w(p(y)) phi((y - mu) / s_i) / s_i / A_i, with s_i^2 =
v_i + tau2 and A_i the integral of the numerator (Hedges 1992). Derivatives of log A are expectations under
this same density: its gradient is E[score], its Hessian E[derivative of score] + Var[score].
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

from synthesis.diagnostics.selection_models.weights import LogWeight, Power, WeightFunction
from synthesis.pooling.kernel.climbing import Point
from synthesis.pooling.kernel.effects import Array, Rows
from synthesis.pooling.kernel.newton import increasing_root

# Nodes for integrals of a weight function times a normal density, to rounding, for k studies at once.


_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(12)
_CORE = np.concatenate([np.arange(-8.0, -4.0), np.arange(-4.0, 4.0, 0.5), np.arange(4.0, 9.0)])
_REACH = np.linspace(-9.0, 9.0, 12)  # in standard deviations
_TAIL = np.arange(4.0, 40.0, 4.0)  # in units of the fall of a density whose mean is far on the other side
_BESIDE = np.array([1.0 / 64.0, 1.0 / 16.0, 0.25, 0.5])
_AT_JUMP = np.concatenate([-_BESIDE, [0.0], _BESIDE])  # where a density far away falls steeply
_NEAR_ZERO = 4.0 ** -np.arange(1.0, 26.0)  # of a weight that has its singularity at z = 0


def nodes(
    mean: Array, sd: Array, powers: tuple[float, float], cuts: Array, singular: bool
) -> tuple[Array, Array] | None:
    """z and weights, each (k, n), for integrals of w(z) times the normal density of mean and sd, (k,).

    sd: at least one. powers: a, b where w is of the order p^a and (1 - p)^b at its ends. cuts: jumps or
    kinks. singular: whether w behaves as a power of z at zero. None where an integral is infinite.
    Gauss-Legendre panels of 12 nodes, bounded by z about zero (beyond 8, p or 1 - p are below rounding), by
    standard deviations about the mean, about the mode, in both tails, and, where w grows without end,
    about the middle that it moves the tail to.
    """
    k = mean.size
    places = [np.broadcast_to(_CORE, (k, _CORE.size)), sd[:, None] * _REACH + mean[:, None]]
    for power, side in ((powers[0], 1.0), (powers[1], -1.0)):
        precision = 1.0 / (sd * sd) + power
        if np.any(precision <= 0.0):
            return None
        middle = side * mean / (sd * sd) / precision
        if power < 0.0:
            reach = _REACH / np.sqrt(precision)[:, None] + middle[:, None]
            places.append(side * np.maximum(reach, 0.0))
        rate = np.maximum((_CORE[-1] - middle) * precision, np.sqrt(precision))
        places.append(side * (_CORE[-1] + _TAIL / rate[:, None]))
    if max(powers) > 0.0:
        places.append(_about_mode(mean, sd, max(powers[0], 0.0), max(powers[1], 0.0)))
    fixed = [np.add.outer(cuts, _AT_JUMP).ravel()]
    if singular:
        fixed += [_NEAR_ZERO, -_NEAR_ZERO]
    about = np.concatenate(fixed)
    places.append(np.broadcast_to(about, (k, about.size)))
    ends = np.sort(np.concatenate(places, axis=1))
    half = 0.5 * np.diff(ends)
    middle = ends[:, :-1] + half
    z = half[:, :, None] * _NODES + middle[:, :, None]
    weights = half[:, :, None] * _WEIGHTS
    return z.reshape(k, z.size // k), weights.reshape(k, z.size // k)


def _about_mode(mean: Array, sd: Array, a: float, b: float) -> Array:
    """Panels about the one maximum of p^a (1 - p)^b times the density, in units of its curvature."""
    low = -(np.abs(mean) + (a + 1.0) * sd * sd)

    def falls(t: Array, rows: Rows) -> tuple[Array, Array]:
        z, precision = t + low[rows], 1.0 / (sd[rows] * sd[rows])
        left, right = mills(z), mills(-z)
        value = a * right - b * left + (z - mean[rows]) * precision
        return value, a * right * (right - z) + b * left * (left + z) + precision

    high = np.abs(mean) + (b + 1.0) * sd * sd - low
    mode = increasing_root(falls, np.zeros_like(low), high, high, np.ones_like(low))
    curvature = falls(mode, np.arange(mean.size))[1]
    return _REACH / np.sqrt(curvature)[:, None] + (mode + low)[:, None]


def mills(z: Array) -> Array:
    """phi(z) / Phi(z), the slope of log Phi, for any z."""
    return np.asarray(np.exp(-0.5 * z * z - 0.5 * np.log(2.0 * np.pi) - special.log_ndtr(z)))


@dataclass(frozen=True)
class Likelihood:
    """k studies and a family of weight functions; y and v have shape (k,).

    A point is mu, tau2 and the parameters of the weight function, in this order.
    """

    y: Array
    v: Array
    weight: WeightFunction

    def value(self, at: Array) -> float:
        """Log-likelihood alone."""
        inside = self._inside(at)
        return -np.inf if inside is None else float(np.sum(self._seen(at)[0] - inside.log_integral))

    def __call__(self, at: Array) -> Point:
        """Log-likelihood, gradient and Hessian; minus infinity where an integral diverges."""
        inside = self._inside(at)
        if inside is None:
            return Point(at, -np.inf, np.full(at.size, np.nan), np.full((at.size, at.size), np.nan))
        spread = np.sqrt(self.v + at[1])
        value, z, log_weight = self._seen(at)
        seen = _score(z * np.sqrt(self.v), at[0], spread, log_weight)
        score = _score(inside.y, at[0], spread[:, None], inside.log_weight)
        mean = np.einsum("kn,akn->ak", inside.chance, score)
        score -= mean[:, :, None]
        flat = score.reshape(at.size, score.size // at.size)
        hessian = -(flat * inside.chance.ravel()) @ flat.T
        hessian[:2, :2] += _curvature((seen - mean)[:2], spread)
        for number, second in enumerate(log_weight.second or (), start=2):
            hessian[number, number] += second.sum()
        for number, second in enumerate(inside.log_weight.second or (), start=2):
            hessian[number, number] -= (inside.chance * second).sum()
        return Point(at, float(np.sum(value - inside.log_integral)), (seen - mean).sum(axis=1), hessian)

    def _seen(self, at: Array) -> tuple[Array, Array, LogWeight]:
        """log of weight times density of the effects seen, (k,), their z, and the weight."""
        z, spread = self.y / np.sqrt(self.v), np.sqrt(self.v + at[1])
        log_weight = self.weight.log_weight(z, at[2:])
        return log_weight.value + _log_density(self.y, at[0], spread), z, log_weight

    def _inside(self, at: Array) -> _Inside | None:
        sei, spread = np.sqrt(self.v), np.sqrt(self.v + at[1])
        singular = isinstance(self.weight, Power) and self.weight.two_sided
        grid = nodes(at[0] / sei, spread / sei, self.weight.powers(at[2:]), self.weight.cuts, singular)
        if grid is None:
            return None
        z, weights = grid
        y = z * sei[:, None]
        log_weight = self.weight.log_weight(z, at[2:])
        logs = log_weight.value + _log_density(y, at[0], spread[:, None])
        top = logs.max(axis=1)
        chance = weights * np.exp(logs - top[:, None])
        total = chance.sum(axis=1)
        # The nodes are in z: dy = se dz.
        return _Inside(y, chance / total[:, None], top + np.log(total) + np.log(sei), log_weight)


@dataclass(frozen=True)
class _Inside:
    """The density of effects that are seen at n nodes: places y and chances, (k, n); log A, (k,)."""

    y: Array
    chance: Array
    log_integral: Array
    log_weight: LogWeight


def _log_density(y: Array, mu: float, spread: Array) -> Array:
    """But for a constant, which the integral has as well."""
    u = (y - mu) / spread
    return np.asarray(-0.5 * u * u)


def _score(y: Array, mu: float, spread: Array, log_weight: LogWeight) -> Array:
    """Derivatives of log weight plus log density by mu, tau2 and the weight's parameters, (m, ...)."""
    by_mu = (y - mu) / (spread * spread)
    return np.stack([by_mu, 0.5 * by_mu * by_mu, *log_weight.first])


def _curvature(score: Array, spread: Array) -> Array:
    """Second derivatives by mu and tau2, summed, where a density and its mean differ in score, (2, k).

    They are linear in the score but for constants, which the mean has as well.
    """
    across, by_tau2 = -(score / (spread * spread)).sum(axis=1)
    return np.array([[0.0, across], [across, 2.0 * by_tau2]])
