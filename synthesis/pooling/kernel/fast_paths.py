"""DerSimonian and Laird's estimate by plain sums, for large batches of data sets that are well behaved.

A few sums over each data set are all it takes, in the order in which the numbers lie in memory. What
cancels in them is checked afterwards: one data set that lost digits sends its batch to the careful kernel.
Where numba is installed the sums of large batches are one compiled loop, which reads each number once where
numpy carries every intermediate number to memory and back.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from typing import TypeAlias

import numpy as np

from synthesis.pooling.kernel.compiling import compiled
from synthesis.pooling.kernel.effects import Array, Effects
from synthesis.pooling.kernel.parts import parts_of
from synthesis.pooling.kernel.sums import keep_memory, row_dot, row_sum

LOSS = 1e-3  # of the larger term: what a difference of two sums may come down to
LIGHTEST, HEAVIEST = 1e-70, 1e70  # sums of weights, whose squares must exist
_TOGETHER = 64  # data sets of the compiled loop

MomentLoop: TypeAlias = Callable[[Array, Array, Array, Array, Array], bool]


def moment_loop(y: Array, v: Array, tau2: Array, mean: Array, se: Array) -> bool:
    """Fill in tau2, mean and se, (B,), from y and v, (B, k); False where a data set lost too many digits.

    The formulas and what may be lost are those of `plain_moments`. Slow unless compiled. What follows from
    the sums of one data set takes its divisions one after the other, so it is done for some together.
    """
    n, k = y.shape
    sums = np.empty((4, _TOGETHER))
    for start in range(0, n, _TOGETHER):
        some = min(_TOGETHER, n - start)
        for j in range(some):
            s1 = s2 = taken = total = 0.0
            for i in range(k):
                w = 1.0 / v[start + j, i]
                weighted = w * y[start + j, i]
                s1 += w
                s2 += w * w
                taken += weighted
                total += weighted * y[start + j, i]
            sums[0, j], sums[1, j], sums[2, j], sums[3, j] = s1, s2, taken, total
        lost = 0
        for j in range(some):
            s1, s2, taken, total = sums[0, j], sums[1, j], sums[2, j], sums[3, j]
            q = total - taken * taken / s1
            scale = s1 - s2 / s1
            lost += not (
                LIGHTEST < s1 < HEAVIEST and total > 0.0 and q >= LOSS * total and scale >= LOSS * s1
            )
            tau2[start + j] = max((q - (k - 1.0)) / scale, 0.0)
        if lost:
            return False
        for j in range(some):
            found, s1, taken = tau2[start + j], 0.0, 0.0
            for i in range(k):
                w = 1.0 / (v[start + j, i] + found)
                s1 += w
                taken += w * y[start + j, i]
            sums[0, j], sums[1, j] = s1, taken
        for j in range(some):
            mean[start + j], se[start + j] = sums[1, j] / sums[0, j], 1.0 / np.sqrt(sums[0, j])
    return True


@cache
def compiled_moment_loop() -> MomentLoop | None:
    """`moment_loop` as machine code, for arrays whose rows lie in order in memory; None where that fails."""
    loop: MomentLoop | None = compiled(moment_loop, "boolean(data, data, out1, out1, out1)")
    return loop


_BLOCK = 200_000  # numbers of a part by numpy: small enough for the cache, and the interpreter seldom waits
_PARTS_A_CORE = 2  # of machine code, which needs no cache: few, but no core waits for one that others use
_WORTH_COMPILING = 1_000_000  # numbers of a batch for which numba is imported


@dataclass(frozen=True)
class PlainMoments:
    """tau2, the mean and its standard error, shape (B,)."""

    tau2: Array
    mean: Array
    se: Array


def plain_moments(effects: Effects) -> PlainMoments | None:
    """The moment estimate of every data set of a batch; None where the careful kernel has to do it.

    Needs every study present and at least two. tau2 = max(0, (Q - (k - 1)) / (S1 - S2 / S1)): DerSimonian &
    Laird 1986, eq. 8; S1 and S2 are the sums of the weights and of their squares. Q is the weighted sum of
    squares less what the mean takes; like S1 - S2 / S1 it may lose three digits, no more.
    """
    if effects.k < 2 or not effects.batch or not effects.complete:
        return None
    keep_memory()
    estimate = _loop_for(effects)
    found = PlainMoments(*np.empty((3, effects.batch)))
    at_once = _BLOCK if estimate is moments_by_numpy else _share_of(effects.y.size)
    parts = parts_of(effects.batch, effects.k, at_once)

    def estimate_part(rows: slice) -> bool:
        return estimate(effects.y[rows], effects.v[rows], found.tau2[rows], found.mean[rows], found.se[rows])

    if len(parts) == 1:
        return found if estimate_part(parts[0]) else None
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        return found if all(threads.map(estimate_part, parts)) else None


def _share_of(numbers: int) -> int:
    """Numbers of a part of this many, of which every core gets some."""
    return max(-(-numbers // (_PARTS_A_CORE * (os.cpu_count() or 1))), _BLOCK)


def _loop_for(effects: Effects) -> MomentLoop:
    """The compiled loop where the batch is worth it and lies in memory as the loop reads it."""
    in_order = effects.y.flags.c_contiguous and effects.v.flags.c_contiguous
    loop = compiled_moment_loop() if in_order and effects.whole >= _WORTH_COMPILING else None
    return loop or moments_by_numpy


def moments_by_numpy(y: Array, v: Array, tau2: Array, mean: Array, se: Array) -> bool:
    """As `moment_loop`."""
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        w = 1.0 / v
        weighted = w * y
        s1, s2, total, taken = row_sum(w), row_dot(w, w), row_dot(weighted, y), row_sum(weighted)
        q = total - taken * taken / s1
        scale = s1 - s2 / s1
        if not _harmless(s1, scale, total, q):
            return False
        np.maximum((q - (y.shape[1] - 1.0)) / scale, 0.0, out=tau2)
        w[:] = tau2[:, None]
        w += v
        np.divide(1.0, w, out=w)
        s1 = row_sum(w)
        mean[:] = row_dot(w, y) / s1
        se[:] = 1.0 / np.sqrt(s1)
    return True


def _harmless(s1: Array, scale: Array, total: Array, q: Array) -> bool:
    moderate = (s1 > LIGHTEST) & (s1 < HEAVIEST)
    return bool((moderate & (total > 0.0) & (q >= LOSS * total) & (scale >= LOSS * s1)).all())
