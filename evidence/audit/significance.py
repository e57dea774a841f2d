"""Which p-values a printed test statistic allows: t, z, F, chi-square or r with their degrees of freedom."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Literal, NamedTuple

from scipy.special import chdtrc, fdtrc

from evidence.audit.arithmetic import Interval, two_sided_p
from evidence.records.printed import Printed

Statistic = Literal["t", "z", "f", "chi2", "r"]

_DEGREES = {"t": 1, "z": 0, "f": 2, "chi2": 1, "r": 1}
_TWO_TAILS = frozenset({"t", "z", "r"})
"""Statistics with a sign: half of their two-sided p is that of a one-sided test. An F and a chi-square of one
degree of freedom are squares of such, and their p is two-sided already."""

TAIL: dict[str, Callable[[float, tuple[float, ...]], float]] = {
    "t": lambda size, df: two_sided_p(size, df[0]),
    "z": lambda size, df: two_sided_p(size),
    "f": lambda size, df: float(fdtrc(df[0], df[1], size)),
    "chi2": lambda size, df: float(chdtrc(df[0], size)),
    "r": lambda size, df: two_sided_p(_t_of_r(size, df[0]), df[0]),
}
"""The probability of a statistic at least as far from none."""


class PrintedTest(NamedTuple):
    """A statistic as printed and its degrees of freedom: two of F (numerator first), none of z, else one."""

    kind: Statistic
    statistic: Printed
    df: tuple[float, ...] = ()


def allowed_ps(test: PrintedTest, sides: Literal[1, 2] = 2) -> Interval | None:
    """All p-values of statistics that would be printed so.

    None where there is none: degrees of freedom that are no number above zero, or not as many as the kind
    has; an F or chi-square below zero; a correlation beyond 1. sides: 1 for the test of one direction, in
    that of the statistic; of F and chi-square both are the same.
    """
    if len(test.df) != _DEGREES[test.kind] or not all(0 < df < math.inf for df in test.df):
        return None
    size = Interval(test.statistic.lowest, test.statistic.highest)
    if test.kind in _TWO_TAILS:
        size = size.magnitudes
    if size.high < 0 or (test.kind == "r" and size.low > 1):
        return None
    tail, halved = TAIL[test.kind], sides if test.kind in _TWO_TAILS else 2
    low, high = (tail(max(0.0, end), test.df) for end in (size.high, size.low))
    return Interval(low * halved / 2, high * halved / 2)


def _t_of_r(r: float, df: float) -> float:
    return r * math.sqrt(df / ((1 - r) * (1 + r))) if r < 1 else math.inf
