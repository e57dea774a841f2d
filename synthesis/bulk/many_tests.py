"""Corrections for many tests, over p-values that are read part by part and never all at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt
from scipy import special

from synthesis.pooling.kernel.effects import Array

Column = Callable[[], Iterator[Array]]
"""Reads a column part by part, from the beginning each time it is called."""

_AT_ONCE = 4_000_000  # values that are sorted at a time
_SHIFT = 44  # bits of a number below those that choose its bin: a bin holds a 250th of an octave
MEDIAN_CHI2 = 0.45493642311957283
"""Of chi-squared on one degree of freedom: gammaincinv(1/2, 1/2) * 2."""


def bin_counts(column: Column) -> npt.NDArray[np.int64]:
    """How many values of zero and above each bin has; nan in none."""
    total = np.zeros(1, dtype=np.int64)
    for values in column():
        bins = (values[~np.isnan(values)] + 0.0).view(np.int64) >> _SHIFT
        found = np.bincount(bins, minlength=total.size)
        found[: total.size] += total
        total = found
    return total


def bin_starts(bins: npt.NDArray[np.int64]) -> Array:
    """The least value of each of these bins, which rise with their values."""
    starts: Array = (bins << _SHIFT).view(float)
    return starts


class Ranks:
    """Values of zero and above, ranked without holding them all.

    total: how many there are; nan has no part.
    """

    def __init__(self, column: Column, at_once: int = _AT_ONCE) -> None:
        self._counts, self._column, self._at_once = bin_counts(column), column, at_once
        self.total = int(self._counts.sum())

    def middle(self) -> tuple[float, float]:
        """The two values whose mean is the median, exact; nan for none."""
        if not self.total:
            return float("nan"), float("nan")
        ends = np.cumsum(self._counts)
        ranks = [(self.total - 1) // 2, self.total // 2]
        low, last = (int(np.searchsorted(ends, rank, side="right")) for rank in ranks)
        below = int(ends[low] - self._counts[low])
        inside = [values[_within(values, low, last + 1)] for values in self._column()]
        ordered = np.sort(np.concatenate(inside))
        return float(ordered[ranks[0] - below]), float(ordered[ranks[1] - below])

    def false_discovery_rates(self, into: list[Array]) -> None:
        """Fill arrays, one for each part and of its length, with p-values as Benjamini and Hochberg adjust
        them: the smallest rate of false discoveries at which each test is declared one; nan stays nan.

        p_(i) m / i of the i-th smallest of m, and no larger than that of any larger p. Benjamini & Hochberg
        1995.
        """
        least = 1.0
        for low, high, below in _ranges(self._counts, self._at_once):
            places = [np.flatnonzero(_within(values, low, high)) for values in self._column()]
            p = np.concatenate(list(map(np.take, self._column(), places)))
            order = np.argsort(p)
            adjusted = p[order]
            adjusted *= self.total / (below + np.arange(1.0, p.size + 1.0))
            np.minimum(adjusted, least, out=adjusted)
            adjusted = np.minimum.accumulate(adjusted[::-1])[::-1]
            least = float(adjusted[0])
            p[order] = adjusted
            ends = np.cumsum([at.size for at in places])
            for part, at in enumerate(places):
                into[part][at] = p[ends[part] - at.size : ends[part]]


def _within(values: Array, low: int, high: int) -> npt.NDArray[np.bool_]:
    """Which values are in bins from low to before high, whose end is no number where infinity is below it."""
    start, end = bin_starts(np.array([low, high]))
    inside: npt.NDArray[np.bool_] = (values >= start) & ~(values >= end)
    return inside


def _ranges(counts: npt.NDArray[np.int64], at_once: int) -> list[tuple[int, int, int]]:
    """Ranges of bins from the highest down, each with few values, and how many values lie below each."""
    found: list[tuple[int, int, int]] = []
    high, held, below = counts.size, 0, int(counts.sum())
    for number in np.flatnonzero(counts)[::-1].tolist():
        if held and held + counts[number] > at_once:
            below -= held
            found.append((number + 1, high, below))
            high, held = number + 1, 0
        held += int(counts[number])
    return [*found, (0, high, below - held)] if held else found


def bonferroni(p: Array, tests: int) -> Array:
    """p times the number of tests, at most one."""
    return np.minimum(p * tests, 1.0)


def inflation_of(chi2: Column) -> float:
    """The genomic control factor of squares of statistics: their median over that of chi-squared. Devlin &
    Roeder 1999."""
    return float(np.mean(Ranks(chi2).middle())) / MEDIAN_CHI2


def inflation_of_p(p_values: Ranks) -> float:
    """The same of two-sided p-values, as of normal statistics: squares fall as p rises."""
    return float(np.mean(z_of_p(np.array(p_values.middle())) ** 2)) / MEDIAN_CHI2


def z_of_p(p: Array) -> Array:
    """The size of the normal statistic that has this two-sided p-value."""
    return np.asarray(-special.ndtri(0.5 * p))


def z_of_log_p(log_p: Array) -> Array:
    """The same of the natural logarithm of p, which may be far below that of the smallest number."""
    return np.asarray(-special.ndtri_exp(log_p - np.log(2.0)))


def p_of_z(z: Array) -> Array:
    """The two-sided p-value of a normal statistic."""
    return np.asarray(2.0 * special.ndtr(-np.abs(z)))
