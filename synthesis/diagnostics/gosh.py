"""Graphical display of study heterogeneity: what the result would be in every subset of the studies.

Olkin, Dahabreh & Trikalinos 2012. Studies that split the cloud of results are found in two ways: by
comparing the subsets with a study to those without it, and by splitting the cloud in two without regard to
studies and asking which membership goes with the split.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np

from evidence.choices import as_whole
from synthesis.pooling.as_data import AsData, plain
from synthesis.pooling.kernel.effects import Array, Effects, Mask
from synthesis.pooling.repeating import mean_weights, same_estimator
from synthesis.pooling.resampling.subsets import (
    Progress,
    SubsetEstimates,
    Subsets,
    all_subsets,
    pool_subsets,
    sampled_subsets,
)
from synthesis.pooling.result import PooledSummary

# A cloud of points split in two, robustly and without chance: two medians.


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
    scaled: Array = points[:, varies] / spread[varies]
    return scaled


def _settled(points: Array, first: Array, second: Array) -> tuple[float, Mask]:
    """The sum of distances and the sides once no point changes side, which never increases that sum."""
    sides = np.zeros(len(points), dtype=bool)
    for _ in range(_ROUNDS):
        distances = np.stack([np.abs(points - centre).sum(axis=1) for centre in (first, second)])
        now: Mask = distances.argmin(axis=0).astype(bool)
        if np.array_equal(now, sides) or not now.any() or now.all():
            break
        sides = now
        first, second = np.median(points[~sides], axis=0), np.median(points[sides], axis=0)
    return float(distances.min(axis=0).sum()), sides


MOST_ALL = 16  # studies of which all subsets, 65,535, are pooled; of more a sample
DRAWS = 30_000  # less than a quarter of the subsets of 17 studies
EXPLAINED = 0.5  # of the split's variance, by so few studies that they are named
NAMED = 2
ENOUGH = 5  # studies; the eleven subsets of four can be split by one study by chance
PROBABILITIES = (0.0, 0.025, 0.25, 0.5, 0.75, 0.975, 1.0)


@dataclass(frozen=True, eq=False)
class Gosh(AsData):
    """The results of subsets of k studies.

    estimates: one row a subset, tau2 and I2 of single studies being nan. exact: whether all subsets were
    pooled; otherwise so many different ones were drawn with `seed`, each size as often.
    """

    labels: tuple[str, ...]
    estimates: SubsetEstimates
    exact: bool
    seed: int | None

    def _columns(self) -> dict[str, Any]:
        """One row a subset; behind its numbers which studies it has."""
        found = self.estimates
        numbers = {"k": found.studies, "estimate": self.estimate, "tau2": found.tau2, "I2": found.I2}
        return numbers | {name: self.holds(study) for study, name in enumerate(self.labels)}

    def to_dict(self) -> dict[str, Any]:
        """Columns by name, as those of the data frame; nan and infinity become None."""
        return {name: plain(column) for name, column in self._columns().items()}

    @property
    def count(self) -> int:
        """Subsets pooled."""
        return len(self.estimates.subsets)

    @property
    def estimate(self) -> Array:
        """Pooled effect of each subset, (S,)."""
        return self.estimates.beta[:, 0]

    @property
    def several(self) -> Mask:
        """Subsets of two studies or more, (S,)."""
        several: Mask = self.estimates.studies > 1
        return several

    def holds(self, study: int) -> Mask:
        """Which subsets hold a study, by position from 0; (S,)."""
        subsets = self.estimates.subsets
        return (subsets.bits[:, study // 8] >> np.uint8(study % 8) & np.uint8(1)).astype(bool)


def gosh(
    pooled: PooledSummary,
    draws: int = DRAWS,
    seed: int = 0,
    progress: Progress | None = None,
) -> Gosh:
    """Pool all subsets of up to MOST_ALL studies, and a sample of so many subsets of more.

    Every subset has the estimator of tau2 and the weights of the result, its own weights too; of the test
    only the weights matter, and of the other choices none. progress: called with subsets done and their
    number. Raises ValueError for one study, and for more draws than a quarter of the subsets.
    """
    if pooled.k < 2:
        raise ValueError("subsets need at least two studies; there is one")
    draws, seed = as_whole(draws, "draws"), as_whole(seed, "seed", 0)
    exact = pooled.k <= MOST_ALL
    subsets: Subsets = all_subsets(pooled.k) if exact else sampled_subsets(pooled.k, draws, seed)
    found = pool_subsets(
        Effects(pooled.yi, pooled.vi),
        subsets,
        same_estimator(pooled),
        progress=progress,
        weights=mean_weights(pooled),
    )
    return Gosh(pooled.labels, found, exact, None if exact else seed)


@dataclass(frozen=True, eq=False)
class GoshSummary(AsData):
    """The cloud of subset results in numbers, and the studies that split it.

    Quantiles at PROBABILITIES of the estimates and of I2 (percent) of subsets of two studies or more.
    positive: fraction of these with an estimate above zero. For each study, (k,): medians of the estimate
    and of I2 with and without it; *_distance: Kolmogorov-Smirnov distance between the two distributions, 0
    to 1; share: of the variance of a two-way split of the cloud, the part that membership of the study
    explains; nan where all results are equal. separating: positions of the studies that explain EXPLAINED
    of it, alone or two together; empty when it takes more, and for fewer than ENOUGH studies.
    """

    _ROWS = (
        "labels",
        "estimate_with",
        "estimate_without",
        "I2_with",
        "I2_without",
        "estimate_distance",
        "I2_distance",
        "share",
    )

    labels: tuple[str, ...]
    subsets: int
    estimate: Array
    I2: Array
    positive: float
    estimate_with: Array
    estimate_without: Array
    I2_with: Array
    I2_without: Array
    estimate_distance: Array
    I2_distance: Array
    share: Array
    separating: tuple[int, ...]
    says: str = (
        "Shows whether a few studies make the heterogeneity: clouds that part when a study enters. Any cloud "
        "can be split in two, so that a split means something only where one or two studies explain it; "
        "subsets overlap and are no independent evidence."
    )


def summarise(found: Gosh) -> GoshSummary:
    """Quantiles, differences with and without each study, and the studies behind a two-way split."""
    several = found.several
    estimate, spread = found.estimate[several], found.estimates.I2[several]
    k = len(found.labels)
    sides = split_in_two(np.column_stack([estimate, spread]))
    both, share = (_Sorted(estimate), _Sorted(spread)), np.full(k, np.nan)
    compared = np.full((2, 3, k), np.nan)
    for i, holds in enumerate(_memberships(found, several)):
        if holds.any() and not holds.all():
            compared[:, :, i] = [values.compared(holds) for values in both]
            if sides is not None:
                share[i] = _squared_correlation(holds, sides)
    return GoshSummary(
        labels=found.labels,
        subsets=int(several.sum()),
        estimate=np.quantile(estimate, PROBABILITIES),
        I2=np.quantile(spread, PROBABILITIES),
        positive=float((estimate > 0).mean()),
        estimate_with=compared[0, 0],
        estimate_without=compared[0, 1],
        I2_with=compared[1, 0],
        I2_without=compared[1, 1],
        estimate_distance=compared[0, 2],
        I2_distance=compared[1, 2],
        share=share,
        separating=_few_that_explain(share) if k >= ENOUGH else (),
    )


def _few_that_explain(share: Array) -> tuple[int, ...]:
    """The fewest studies, largest shares first, that explain the split; none when it takes more than NAMED.

    Memberships in all subsets are as good as uncorrelated, so that their shares add up to one at most.
    """
    order = np.argsort(-np.nan_to_num(share), kind="stable")[:NAMED]
    enough = np.cumsum(share[order]) >= EXPLAINED
    return tuple(sorted(order[: int(enough.argmax()) + 1].tolist())) if enough.any() else ()


def _memberships(found: Gosh, rows: Mask) -> Iterator[Mask]:
    for study in range(len(found.labels)):
        yield found.holds(study)[rows]


class _Sorted:
    """Results of subsets in rising order, to be parted many times."""

    def __init__(self, values: Array) -> None:
        self._order = np.argsort(values)
        self._values = values[self._order]
        self._last = np.append(self._values[1:] > self._values[:-1], True)  # where runs of equal values end

    def compared(self, holds: Mask) -> tuple[float, float, float]:
        """Medians of the subsets in the mask and of the others, and how far their distributions differ."""
        chosen = holds[self._order]
        within = np.cumsum(chosen)
        without = np.arange(1, chosen.size + 1) - within
        gap = (within / within[-1] - without / without[-1])[self._last]
        return _middle(self._values[chosen]), _middle(self._values[~chosen]), float(np.abs(gap).max())


def _middle(values: Array) -> float:
    """The median of sorted values."""
    return 0.5 * float(values[(values.size - 1) // 2] + values[values.size // 2])


def _squared_correlation(a: Mask, b: Mask) -> float:
    """Of two indicators that both vary."""
    p, q = float(a.mean()), float(b.mean())
    return (float((a & b).mean()) - p * q) ** 2 / (p * (1.0 - p) * q * (1.0 - q))
