"""Saddlepoint p-values of a coefficient with a cluster-robust standard error.

McCaffrey & Bell 2006: with z the standardised estimate and the robust variance a sum of chi-squares, |T| > t
says that z^2 less t^2 times that sum is positive, and the tail of such a sum of chi-squares is known to a few
digits from its cumulants (Lugannani & Rice 1980; Kuonen 1999). The eigenvalues of the variance enter one by
one, where Satterthwaite's df sum them up in one number.
"""

from __future__ import annotations

import math

import numpy as np
from scipy import special
from scipy.optimize import brentq

from synthesis.pooling.kernel.effects import Array

_LEVEL = 1e-8  # of a saddlepoint: nearer to zero its formula is 0 / 0, and its limit stands for it
_SMALL = 0.05  # of the argument: below it the logarithm's series is taken, which loses no digits


def saddlepoint(statistic: float, eigenvalues: Array) -> float:
    """Where the cumulant generating function of z^2 - t^2 sum(lambda chi2) / sum(lambda) is level.

    eigenvalues: shape (J,), not below zero, not all zero. statistic: t, not zero.
    """
    weights = _weights(statistic, eigenvalues)
    width = 1.0 / (weights.size + 1.0)
    heaviest = float(-weights.min())

    def slope(s: float) -> float:
        return float((weights / (1.0 - 2.0 * weights * s)).sum())

    lowest = -0.5 * (1.0 - 0.5 * min(heaviest, 1.0)) / heaviest
    return float(brentq(slope, lowest, 0.5 * (1.0 - 0.5 * width), xtol=1e-300, rtol=1e-15, maxiter=500))


def tail_probability(at: float, statistic: float, eigenvalues: Array) -> float:
    """The two-sided p-value of t, by Lugannani and Rice's formula at a saddlepoint."""
    weights = _weights(statistic, eigenvalues)
    x = 2.0 * weights * at
    second = 2.0 * float(((weights / (1.0 - x)) ** 2).sum())
    if abs(at) < _LEVEL:
        third = 8.0 * float((weights**3).sum())
        return 0.5 - third / float(6.0 * second**1.5 * math.sqrt(2.0 * math.pi))
    r = math.copysign(math.sqrt(2.0 * float(_depth(x).sum())), at)
    u = at * math.sqrt(second)
    density = math.exp(-0.5 * r * r) / math.sqrt(2.0 * math.pi)
    return float(special.ndtr(-r)) - density * (1.0 / r - 1.0 / u)


def saddlepoint_p(statistic: float, eigenvalues: Array) -> float:
    """The two-sided p-value of t; one where t is zero, nan where t or the variance does not exist."""
    if not (math.isfinite(statistic) and np.isfinite(eigenvalues).all() and eigenvalues.max() > 0):
        return math.nan
    if statistic == 0:
        return 1.0
    return min(1.0, tail_probability(saddlepoint(statistic, eigenvalues), statistic, eigenvalues))


def _weights(statistic: float, eigenvalues: Array) -> Array:
    """Of the chi-squares, that of z first: shape (J + 1,)."""
    return np.concatenate([[1.0], -(statistic**2) * eigenvalues / eigenvalues.sum()])


def _depth(x: Array) -> Array:
    """(log(1 - x) + x / (1 - x)) / 2: of each term what the function has fallen by at the saddlepoint."""
    series = np.zeros_like(x)
    for n in range(14, 1, -1):
        series = x * (series + (n - 1.0) / n)
    small = np.abs(x) < _SMALL
    whole = np.where(small, 0.0, x)
    found: Array = 0.5 * np.where(small, x * series, np.log1p(-whole) + whole / (1.0 - whole))
    return found
