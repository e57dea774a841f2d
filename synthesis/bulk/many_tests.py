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


def bins_of(values: Array) -> npt.NDArray[np.int64]:
    """Numbers of bins, which rise with values of zero and above."""
    found: npt.NDArray[np.int64] = (values + 0.0).view(np.int64) >> _SHIFT
    return found


def _counts(column: Column) -> npt.NDArray[np.int64]:
    """How many values each bin has; nan in none."""
    total = np.zeros(1, dtype=np.int64)
    for values in column():
        known = np.bincount(bins_of(values[~np.isnan(values)]))
        if known.size > total.size:
            known[: total.size] += total
            total = known
        else:
            total[: known.size] += known
    return total


class BenjaminiHochberg:
    """Adjusted p-values: the smallest rate of false discoveries at which each test is declared one.

    p_(i) m / i of the i-th smallest of m, and no larger than that of any larger p. Benjamini & Hochberg 1995.
    tests: m, the p-values that are not nan.
    """

    def __init__(self, column: Column, at_once: int = _AT_ONCE) -> None:
        counts = _counts(column)
        self.tests = int(counts.sum())
        self._column = column
        self._ranges = _ranges(counts, at_once)

    def adjusted(self, into: list[Array]) -> None:
        """Fill arrays, one for each part and of its length; nan stays nan."""
        least = 1.0
        for low, high, below in self._ranges:
            found = [values[_within(values, low, high)] for values in self._column()]
            ordered = np.sort(np.concatenate(found))
            ranks = below + np.arange(1.0, ordered.size + 1.0)
            raw = np.minimum(ordered * (self.tests / ranks), least)
            adjusted = np.minimum.accumulate(raw[::-1])[::-1]
            least = float(adjusted[0])
            for values, filled in zip(self._column(), into, strict=True):
                at = _within(values, low, high)
                filled[at] = adjusted[np.searchsorted(ordered, values[at])]


def _within(values: Array, low: int, high: int) -> npt.NDArray[np.bool_]:
    known = ~np.isnan(values)
    at = bins_of(np.where(known, values, 0.0))
    inside: npt.NDArray[np.bool_] = known & (at >= low) & (at < high)
    return inside


def _ranges(counts: npt.NDArray[np.int64], at_once: int) -> list[tuple[int, int, int]]:
    """Ranges of bins from the highest down, each with few values, and how many values lie below each."""
    found: list[tuple[int, int, int]] = []
    high, held, total = counts.size, 0, int(counts.sum())
    below = total
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


def median_of(column: Column) -> float:
    """The median of values of zero and above, exact; nan for none."""
    counts = _counts(column)
    total = int(counts.sum())
    if not total:
        return float("nan")
    ends = np.cumsum(counts)
    middle = [(total - 1) // 2, total // 2]
    low, high = (int(np.searchsorted(ends, rank, side="right")) for rank in middle)
    below = int(ends[low] - counts[low])
    inside = np.sort(np.concatenate([values[_within(values, low, high + 1)] for values in column()]))
    return float(0.5 * (inside[middle[0] - below] + inside[middle[1] - below]))


def inflation_of(chi2: Column) -> float:
    """The genomic control factor of statistics: the median of z^2 over that of chi-squared. Devlin & Roeder
    1999.

    chi2: squares of statistics.
    """
    return median_of(chi2) / MEDIAN_CHI2


def z_of_p(p: Array) -> Array:
    """The size of the normal statistic that has this two-sided p-value."""
    return np.asarray(-special.ndtri(0.5 * p))


def p_of_z(z: Array) -> Array:
    """The two-sided p-value of a normal statistic."""
    return np.asarray(2.0 * special.ndtr(-np.abs(z)))
