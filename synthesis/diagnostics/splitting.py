"""A cloud of points split in two, robustly and without chance: two medians."""

from __future__ import annotations

from itertools import product

import numpy as np

from synthesis.pooling.kernel.effects import Array, Mask

_ROUNDS = 100
_QUARTILES = (25.0, 75.0)


def split_in_two(points: Array) -> Mask | None:
    """Which of n points (n, m) lie on the second side of the best split in two; None where all are equal.

    Clustering by medians: each point belongs to the nearer of two centres in the sum of absolute distances,
    each centre is the median of its points. Coordinates are first divided by their interquartile range (by
    their range where that is zero; constant ones do not count). The split with the least sum of distances is
    taken of those that begin at combinations of the quartiles, so that the answer needs no seed.
    """
    scaled = _scaled(points)
    if not scaled.shape[1]:
        return None
    low, high = np.percentile(scaled, _QUARTILES, axis=0)
    equal = low == high
    low, high = np.where(equal, scaled.min(axis=0), low), np.where(equal, scaled.max(axis=0), high)
    starts = (np.where(ends, high, low) for ends in product((False, True), repeat=scaled.shape[1]))
    found = [_settled(scaled, start, low + high - start) for start in starts if start[0] == low[0]]
    return min(found, key=lambda each: each[0])[1]


def _scaled(points: Array) -> Array:
    spread = np.ptp(np.percentile(points, _QUARTILES, axis=0), axis=0)
    spread = np.where(spread > 0, spread, np.ptp(points, axis=0))
    varies = spread > 0
    scaled: Array = (points[:, varies] - np.median(points[:, varies], axis=0)) / spread[varies]
    return scaled


def _settled(points: Array, first: Array, second: Array) -> tuple[float, Mask]:
    """The sum of distances and the sides once no point changes side, which never increases that sum."""
    sides = np.zeros(len(points), dtype=bool)
    for _ in range(_ROUNDS):
        to_first, to_second = np.abs(points - first).sum(axis=1), np.abs(points - second).sum(axis=1)
        now: Mask = to_second < to_first
        if np.array_equal(now, sides) or not now.any() or now.all():
            break
        sides = now
        first, second = np.median(points[~sides], axis=0), np.median(points[sides], axis=0)
    return float(np.minimum(to_first, to_second).sum()), sides
