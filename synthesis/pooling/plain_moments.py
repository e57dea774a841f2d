"""DerSimonian and Laird's estimate by plain sums, for large batches of data sets that are well behaved.

A few sums over each data set are all it takes, in the order in which the numbers lie in memory. What
cancels in them is checked afterwards: one data set that lost digits sends its batch to the careful kernel.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from synthesis.pooling.effects import Array, Effects
from synthesis.pooling.sums import keep_memory

_BLOCK = 200_000  # numbers of a step: large enough that two threads seldom wait for the interpreter
_LOSS = 1e-3  # of the larger term: what a difference of two sums may come down to
_MODERATE = 1e-70, 1e70  # sums of weights, whose squares must exist


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
    found = np.empty((3, effects.batch))
    size = max(_BLOCK // effects.k, 1)
    parts = min(os.cpu_count() or 1, 1 + (effects.batch - 1) // size)
    ends = np.linspace(0, effects.batch, parts + 1).astype(int)

    def estimate(part: int) -> bool:
        rows = slice(ends[part], ends[part + 1])
        return _estimate(effects.y[rows], effects.v[rows], found[:, rows], size)

    if parts == 1:
        return PlainMoments(*found) if estimate(0) else None
    with ThreadPoolExecutor(parts) as threads:
        return PlainMoments(*found) if all(threads.map(estimate, range(parts))) else None


def _estimate(y: Array, v: Array, found: Array, size: int) -> bool:
    """Fill in tau2, mean and se, `size` data sets at a time; whether none lost more digits than it may."""
    n, k = y.shape
    ones, rooms = np.ones(k), np.empty((2, min(size, n), k))
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        for start in range(0, n, size):
            rows = slice(start, min(start + size, n))
            w, weighted = rooms[:, : rows.stop - start]
            np.divide(1.0, v[rows], out=w)
            np.multiply(w, y[rows], out=weighted)
            s1, s2 = w @ ones, np.einsum("bk,bk->b", w, w)
            total, taken = np.einsum("bk,bk->b", weighted, y[rows]), weighted @ ones
            q = total - taken * taken / s1
            scale = s1 - s2 / s1
            if not _harmless(s1, scale, total, q):
                return False
            found[0, rows] = np.maximum((q - (k - 1.0)) / scale, 0.0)
            np.add(v[rows], found[0, rows, None], out=w)
            np.divide(1.0, w, out=w)
            s1 = w @ ones
            found[1, rows] = np.einsum("bk,bk->b", w, y[rows]) / s1
            found[2, rows] = 1.0 / np.sqrt(s1)
    return True


def _harmless(s1: Array, scale: Array, total: Array, q: Array) -> bool:
    moderate = (s1 > _MODERATE[0]) & (s1 < _MODERATE[1])
    return bool((moderate & (total > 0.0) & (q >= _LOSS * total) & (scale >= _LOSS * s1)).all())
