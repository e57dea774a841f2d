"""Nodes for integrals of a weight function times a normal density, to rounding, for k studies at once."""

from __future__ import annotations

import numpy as np
from scipy import special

from synthesis.pooling.kernel.effects import Array, Rows
from synthesis.pooling.kernel.newton import increasing_root

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(12)
_CORE = np.concatenate([np.arange(-8.0, -4.0), np.arange(-4.0, 4.0, 0.5), np.arange(4.0, 9.0)])
_REACH = np.linspace(-9.0, 9.0, 12)  # in standard deviations
_TAIL = np.arange(4.0, 40.0, 4.0)  # in units of the fall of a density whose mean is far on the other side
_BESIDE = np.array([1.0 / 64.0, 1.0 / 16.0, 0.25, 0.5])  # of a jump, where a density far away falls steeply
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
    places = [np.broadcast_to(_CORE, (k, _CORE.size)), mean[:, None] + sd[:, None] * _REACH]
    for power, side in zip(powers, (1.0, -1.0), strict=True):
        precision = 1.0 / (sd * sd) + power
        if np.any(precision <= 0.0):
            return None
        middle = side * mean / (sd * sd) / precision
        if power < 0.0:
            reach = middle[:, None] + _REACH / np.sqrt(precision)[:, None]
            places.append(side * np.maximum(reach, 0.0))
        rate = np.maximum((_CORE[-1] - middle) * precision, np.sqrt(precision))
        places.append(side * (_CORE[-1] + _TAIL / rate[:, None]))
    if max(powers) > 0.0:
        places.append(_about_mode(mean, sd, max(powers[0], 0.0), max(powers[1], 0.0)))
    fixed = [cuts, *(cut + sign * _BESIDE for cut in cuts for sign in (-1.0, 1.0))]
    if singular:
        fixed += [_NEAR_ZERO, -_NEAR_ZERO]
    about = np.concatenate(fixed)
    places.append(np.broadcast_to(about, (k, about.size)))
    ends = np.sort(np.concatenate(places, axis=1), axis=1)
    half = 0.5 * np.diff(ends, axis=1)
    middle = ends[:, :-1] + half
    z = middle[:, :, None] + half[:, :, None] * _NODES
    weights = half[:, :, None] * _WEIGHTS
    return z.reshape(k, -1), weights.reshape(k, -1)


def _about_mode(mean: Array, sd: Array, a: float, b: float) -> Array:
    """Panels about the one maximum of p^a (1 - p)^b times the density, in units of its curvature."""
    low = -(np.abs(mean) + (a + 1.0) * sd * sd)

    def falls(t: Array, rows: Rows) -> tuple[Array, Array]:
        z, precision = t + low[rows], 1.0 / (sd[rows] * sd[rows])
        left, right = mills(z), mills(-z)
        value = a * right - b * left + (z - mean[rows]) * precision
        return value, a * right * (right - z) + b * left * (left + z) + precision

    high = np.abs(mean) + (b + 1.0) * sd * sd - low
    mode = increasing_root(falls, np.zeros_like(low), high, np.clip(mean - low, 0.0, high), np.ones_like(low))
    curvature = falls(mode, np.arange(mean.size))[1]
    return (mode + low)[:, None] + _REACH / np.sqrt(curvature)[:, None]


def mills(z: Array) -> Array:
    """phi(z) / Phi(z), the slope of log Phi, for any z."""
    return np.asarray(np.exp(-0.5 * z * z - 0.5 * np.log(2.0 * np.pi) - special.log_ndtr(z)))
