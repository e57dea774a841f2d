"""Arithmetic with numbers of which only a rounding interval is known."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import NamedTuple

from scipy.special import ndtri, stdtr, stdtrit

from evidence.wording import p_number, p_text

LEAST_DF = 15.0
"""Degrees of freedom that an unstated t-test has at least: one two-year cycle of a survey has 15."""

LEAST_DF_OF_MIXED = 20.0
"""The same for papers that pair the normal interval (1.96 SE) with the p-value of a t-test."""

LEAST_SHOWN_P = 1e-7
"""Smaller p-values are told as "< 0.0000001": exact ones are compared with printed ones, however small."""

SLACK = 1e-9
"""Relative error allowed for floating point, so that a number on the very edge agrees."""


class Interval(NamedTuple):
    """All numbers from low to high."""

    low: float
    high: float

    def meets(self, other: Interval) -> bool:
        """Whether the two have a number in common."""
        return self.low <= other.high and other.low <= self.high

    def widened(self, by: float) -> Interval:
        """The interval with a margin on both sides."""
        return Interval(self.low - by, self.high + by)

    @property
    def magnitudes(self) -> Interval:
        """The absolute values."""
        if self.low <= 0 <= self.high:
            return Interval(0.0, max(-self.low, self.high))
        return Interval(*sorted((abs(self.low), abs(self.high))))


def p_range(allowed: Interval) -> str:
    """`p = 0.35`, or `p from 0.0053 to 0.0079` where the two ends are printed differently."""
    low, high = (p_number(p, LEAST_SHOWN_P) for p in allowed)
    if low == high:
        return p_text(allowed.low, LEAST_SHOWN_P)
    return f"p below {high}" if low.startswith("<") else f"p from {low} to {high}"


@dataclass(frozen=True)
class Region:
    """Every (centre, half-width) of an interval that its printed numbers allow: a polygon's corners.

    No corners: no interval with such limits is centred on such an estimate.
    """

    vertices: tuple[tuple[float, float], ...]

    @cached_property
    def half_widths(self) -> Interval:
        """From the narrowest to the widest; needs corners."""
        halves = [half for _, half in self.vertices]
        return Interval(max(0.0, min(halves)), max(halves))

    @cached_property
    def ratios(self) -> Interval:
        """Distance from zero in half-widths; needs corners.

        A quotient of linear functions takes its extremes at corners.
        """
        centres = [centre for centre, _ in self.vertices]
        ratios = [abs(centre) / half if half > 0 else math.inf for centre, half in self.vertices]
        return Interval(0.0 if min(centres) <= 0 <= max(centres) else min(ratios), max(ratios))


def region(centre: Interval, lower: Interval, upper: Interval) -> Region:
    """The rectangle of possible limits, cut to those whose middle lies in `centre`."""
    margin = SLACK * max(map(abs, (*centre, *lower, *upper)))
    sums = Interval(2 * centre.low, 2 * centre.high).widened(margin)
    corners = _corners(sums, lower.widened(margin), upper.widened(margin))
    return Region(tuple(((low + high) / 2, (high - low) / 2) for low, high in corners))


def _corners(sums: Interval, lower: Interval, upper: Interval) -> Iterator[tuple[float, float]]:
    for low in lower:
        for high in upper:
            if sums.low <= low + high <= sums.high:
                yield low, high
    for total in sums:
        for low in lower:
            if upper.low <= total - low <= upper.high:
                yield low, total - low
        for high in upper:
            if lower.low <= total - high <= lower.high:
                yield total - high, high


@dataclass(frozen=True, slots=True)
class Convention:
    """One way to make an interval and a p-value: a quantile for the one, df for the other."""

    quantile: float
    df: float

    def p_value(self, ratio: float) -> float:
        """Two-sided p of an estimate that lies `ratio` half-widths from no effect."""
        return two_sided_p(self.quantile * ratio, self.df)


@lru_cache(maxsize=4096)
def conventions(level: float, df: float | None, n: int | None) -> tuple[Convention, ...]:
    """The conventions to allow: t with stated df; else normal, t with few df, or one of each.

    Few means 15, or half of n if that is less: covariates and survey design take the rest.
    """
    tail = 0.5 + level / 2
    if not 0.5 < tail < 1:
        return ()
    if df is not None:
        return (Convention(float(stdtrit(df, tail)), df),)
    few = LEAST_DF if n is None else max(1.0, min(LEAST_DF, n // 2))
    normal = normal_quantile(level)
    return (
        Convention(normal, math.inf),
        Convention(float(stdtrit(few, tail)), few),
        Convention(normal, few if few < LEAST_DF else LEAST_DF_OF_MIXED),
    )


def normal_quantile(level: float) -> float:
    """Half the width, in standard errors, of a normal interval of this level."""
    return float(ndtri(0.5 + level / 2))


def two_sided_p(t: float, df: float = math.inf) -> float:
    """Probability of a test statistic at least as far from zero."""
    if math.isinf(df):
        return math.erfc(abs(t) / math.sqrt(2))
    return float(2 * stdtr(df, -abs(t)))


def z_of(p: float) -> float:
    """The normal deviate with this two-sided p."""
    return float(-ndtri(p / 2)) if p > 0 else math.inf


def p_from_ratios(ratios: Interval, allowed: tuple[Convention, ...]) -> Interval:
    """All p-values of estimates that lie so many half-widths from no effect."""
    return Interval(
        min(convention.p_value(ratios.high) for convention in allowed),
        max(convention.p_value(ratios.low) for convention in allowed),
    )


def p_from_statistics(statistics: Interval, allowed: tuple[Convention, ...]) -> Interval:
    """All p-values of test statistics in an interval."""
    size = statistics.magnitudes
    return Interval(
        min(two_sided_p(size.high, convention.df) for convention in allowed),
        max(two_sided_p(size.low, convention.df) for convention in allowed),
    )


def quotient(numerator: Interval, positive: Interval) -> Interval:
    """All a / b for a in one interval and b in another that begins at zero or above."""
    if positive.high <= 0:
        return Interval(-math.inf, math.inf)
    if positive.low <= 0:
        low = -math.inf if numerator.low < 0 else numerator.low / positive.high
        high = math.inf if numerator.high > 0 else numerator.high / positive.high
        return Interval(low, high)
    candidates = [a / b for a in numerator for b in positive]
    return Interval(min(candidates), max(candidates))
