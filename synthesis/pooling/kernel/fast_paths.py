"""DerSimonian and Laird's estimate by plain sums, for large batches of data sets that are well behaved.

A few sums over each data set are all it takes, in the order in which the numbers lie in memory. What
cancels in them is checked afterwards: one data set that lost digits sends its batch to the careful kernel.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from synthesis.pooling.kernel.compiled_loops import HEAVIEST, LIGHTEST, LOSS, MomentLoop, compiled_moment_loop
from synthesis.pooling.kernel.effects import Array, Effects
from synthesis.pooling.kernel.sums import keep_memory

_BLOCK = 200_000  # numbers of a step: large enough that two threads seldom wait for the interpreter
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
    size = max(_BLOCK // effects.k, 1)
    parts = min(os.cpu_count() or 1, 1 + (effects.batch - 1) // size)
    ends = np.linspace(0, effects.batch, parts + 1).astype(int)

    def estimate_part(part: int) -> bool:
        rows = slice(ends[part], ends[part + 1])
        return estimate(effects.y[rows], effects.v[rows], found.tau2[rows], found.mean[rows], found.se[rows])

    if parts == 1:
        return found if estimate_part(0) else None
    with ThreadPoolExecutor(parts) as threads:
        return found if all(threads.map(estimate_part, range(parts))) else None


def _loop_for(effects: Effects) -> MomentLoop:
    """The compiled loop where the batch is worth it and lies in memory as the loop reads it."""
    in_order = effects.y.flags.c_contiguous and effects.v.flags.c_contiguous
    compiled = compiled_moment_loop() if in_order and effects.y.size >= _WORTH_COMPILING else None
    return compiled or moments_by_numpy


def moments_by_numpy(y: Array, v: Array, tau2: Array, mean: Array, se: Array) -> bool:
    """As `fused.moment_loop`, a block of data sets at a time."""
    n, k = y.shape
    size = min(max(_BLOCK // k, 1), n)
    ones, rooms = np.ones(k), np.empty((2, size, k))
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
            np.maximum((q - (k - 1.0)) / scale, 0.0, out=tau2[rows])
            np.add(v[rows], tau2[rows, None], out=w)
            np.divide(1.0, w, out=w)
            s1 = w @ ones
            np.divide(np.einsum("bk,bk->b", w, y[rows]), s1, out=mean[rows])
            np.divide(1.0, np.sqrt(s1), out=se[rows])
    return True


def _harmless(s1: Array, scale: Array, total: Array, q: Array) -> bool:
    moderate = (s1 > LIGHTEST) & (s1 < HEAVIEST)
    return bool((moderate & (total > 0.0) & (q >= LOSS * total) & (scale >= LOSS * s1)).all())
