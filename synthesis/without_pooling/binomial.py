"""The exact sign test and the interval of a share."""

from __future__ import annotations

import math

from scipy import special


def upper_tail(x: int, n: int) -> float:
    """P(X >= x) of X ~ Binomial(n, 1/2)."""
    return 1.0 if x <= 0 else float(special.betainc(x, n - x + 1, 0.5))


def two_sided(x: int, n: int) -> float:
    """Of x successes in n against a share of one half: twice the smaller tail, at most 1.

    At one half the distribution is symmetric, so that other rules for two sides agree with this one.
    """
    return min(1.0, 2.0 * upper_tail(max(x, n - x), n))


def clopper_pearson(x: int, n: int, level: float) -> tuple[float, float]:
    """The exact interval of a share, which covers it with at least `level` (Clopper & Pearson 1934).

    nan for n = 0.
    """
    if n == 0:
        return math.nan, math.nan
    tail = 0.5 * (1.0 - level)
    low = 0.0 if x == 0 else float(special.betaincinv(x, n - x + 1, tail))
    high = 1.0 if x == n else float(special.betainccinv(x + 1, n - x, tail))
    return low, high
