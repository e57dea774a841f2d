"""DerSimonian and Laird's estimate by plain sums, for large batches of data sets that are well behaved.

A few sums over each data set are all it takes, in the order in which the numbers lie in memory. What
cancels in them is checked afterwards: one data set that lost digits sends its batch to the careful kernel.
Where numba is installed the sums of large batches are one compiled loop, which reads each number once where
numpy carries every intermediate number to memory and back. Whatever keeps numba from working, from a missing
package to a damaged cache, leaves the work to numpy.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from typing import Any, TypeAlias

import numpy as np

from synthesis.pooling.kernel.effects import Array, Effects
from synthesis.pooling.kernel.parts import parts_of
from synthesis.pooling.kernel.sums import keep_memory

LOSS = 1e-3  # of the larger term: what a difference of two sums may come down to
LIGHTEST, HEAVIEST = 1e-70, 1e70  # sums of weights, whose squares must exist

MomentLoop: TypeAlias = Callable[[Array, Array, Array, Array, Array], bool]
SumLoop: TypeAlias = Callable[[Array, Array, Array, Array], None]
_TOGETHER = 512  # data sets whose sums stay in the inner cache


def moment_loop(y: Array, v: Array, tau2: Array, mean: Array, se: Array) -> bool:
    """Fill in tau2, mean and se, (B,), from y and v, (B, k); False where a data set lost too many digits.

    The formulas and what may be lost are those of `plain_moments`. Slow unless compiled.
    """
    n, k = y.shape
    for row in range(n):
        s1 = s2 = taken = total = 0.0
        for i in range(k):
            w = 1.0 / v[row, i]
            weighted = w * y[row, i]
            s1 += w
            s2 += w * w
            taken += weighted
            total += weighted * y[row, i]
        q = total - taken * taken / s1
        scale = s1 - s2 / s1
        if not (LIGHTEST < s1 < HEAVIEST and total > 0.0 and q >= LOSS * total and scale >= LOSS * s1):
            return False
        found = max((q - (k - 1.0)) / scale, 0.0)
        s1 = taken = 0.0
        for i in range(k):
            w = 1.0 / (v[row, i] + found)
            s1 += w
            taken += w * y[row, i]
        tau2[row], mean[row], se[row] = found, taken / s1, 1.0 / np.sqrt(s1)
    return True


def sum_loop(y: Array, v: Array, tau2: Array, sums: Array) -> None:
    """Fill in the sums, (7, n), that an intercept needs at weights w = 1 / (v + tau2), for y and v, (k, n).

    In order: sum w, sum w^2, sum w^3, the weighted mean m, and with r = y - m: sum w r^2, sum w^2 r^2, and
    sum w^3 r^2 - (sum w^2 r)^2 / sum w. These are tr(W), tr(WW), tr(WWW), beta, y'Py, y'PPy and y'PPPy. A
    study that is absent has an infinite v and a y of zero. Slow unless compiled.
    """
    k, n = y.shape
    # In memory of their own the compiler sees that the sums do not overlap, and adds several at once.
    room = np.empty((9, _TOGETHER))
    s1, s2, s3, mean, ypy, yppy, cubes, across, at = room
    for start in range(0, n, _TOGETHER):
        size = min(_TOGETHER, n - start)
        room[:] = 0.0
        at[:size] = tau2[start : start + size]
        for i in range(k):
            y_i, v_i = y[i, start : start + size], v[i, start : start + size]
            for b in range(size):
                w = 1.0 / (v_i[b] + at[b])
                s1[b] += w
                s2[b] += w * w
                s3[b] += w * w * w
                mean[b] += w * y_i[b]
        for b in range(size):
            mean[b] /= s1[b]
        for i in range(k):
            y_i, v_i = y[i, start : start + size], v[i, start : start + size]
            for b in range(size):
                w = 1.0 / (v_i[b] + at[b])
                r = y_i[b] - mean[b]
                u = w * r
                ypy[b] += u * r
                yppy[b] += u * u
                cubes[b] += w * u * u
                across[b] += w * u
        for b in range(size):
            cubes[b] -= across[b] * across[b] / s1[b]
        sums[:, start : start + size] = room[:7, :size]


@cache
def compiled_moment_loop() -> MomentLoop | None:
    """`moment_loop` as machine code, for arrays whose rows lie in order in memory; None where that fails.

    It lets go of the interpreter: callers may share a batch among threads. Importing numba takes about half a
    second and compiling, once for each user and machine, about one.
    """
    compiled: MomentLoop | None = _compiled(moment_loop, "boolean(data, data, out1, out1, out1)")
    return compiled


@cache
def compiled_sum_loop() -> SumLoop | None:
    """`sum_loop` as machine code, likewise, for arrays whose studies lie in order in memory."""
    compiled: SumLoop | None = _compiled(sum_loop, "void(data, data, data1, out2)")
    return compiled


def _compiled(loop: Callable[..., Any], signature: str) -> Any:
    """Machine code for a loop, or None; data are read-only, out is filled in, with as many axes as stated."""
    if find_spec("numba") is None:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _compile(loop, signature)
    except Exception:  # whatever is wrong with numba or its cache, numpy gives the same answer
        return None


def _compile(loop: Callable[..., Any], signature: str) -> Any:
    import numba

    array = numba.types.Array
    types = {
        "data": array(numba.float64, 2, "C", readonly=True),
        "data1": array(numba.float64, 1, "C", readonly=True),
        "out1": array(numba.float64, 1, "C"),
        "out2": array(numba.float64, 2, "C"),
        "boolean": numba.boolean,
        "void": numba.void,
    }
    result, _, arguments = signature.rstrip(")").partition("(")

    def compiled(cache: bool) -> Any:
        # Sums may be taken in any order, which lets the processor add several numbers at once. Nothing else
        # of IEEE arithmetic is given up: the checks rest on infinite and missing numbers.
        return numba.njit(
            types[result](*(types[name] for name in arguments.split(", "))),
            nogil=True,
            error_model="numpy",
            fastmath={"reassoc", "nsz"},
            cache=cache,
        )(loop)

    try:
        # Kept where numba keeps such code: in __pycache__, or the user's cache, or NUMBA_CACHE_DIR.
        return compiled(cache=True)
    except (RuntimeError, OSError):  # nowhere to keep it
        return compiled(cache=False)


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
    parts = parts_of(effects.batch, effects.k, _BLOCK)

    def estimate_part(rows: slice) -> bool:
        return estimate(effects.y[rows], effects.v[rows], found.tau2[rows], found.mean[rows], found.se[rows])

    if len(parts) == 1:
        return found if estimate_part(parts[0]) else None
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        return found if all(threads.map(estimate_part, parts)) else None


def _loop_for(effects: Effects) -> MomentLoop:
    """The compiled loop where the batch is worth it and lies in memory as the loop reads it."""
    in_order = effects.y.flags.c_contiguous and effects.v.flags.c_contiguous
    compiled = compiled_moment_loop() if in_order and effects.y.size >= _WORTH_COMPILING else None
    return compiled or moments_by_numpy


def moments_by_numpy(y: Array, v: Array, tau2: Array, mean: Array, se: Array) -> bool:
    """As `moment_loop`."""
    ones = np.ones(y.shape[1])
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        w = 1.0 / v
        weighted = w * y
        s1, s2 = w @ ones, np.einsum("bk,bk->b", w, w)
        total, taken = np.einsum("bk,bk->b", weighted, y), weighted @ ones
        q = total - taken * taken / s1
        scale = s1 - s2 / s1
        if not _harmless(s1, scale, total, q):
            return False
        tau2[:] = np.maximum((q - (y.shape[1] - 1.0)) / scale, 0.0)
        w = 1.0 / (v + tau2[:, None])
        s1 = w @ ones
        mean[:] = np.einsum("bk,bk->b", w, y) / s1
        se[:] = 1.0 / np.sqrt(s1)
    return True


def _harmless(s1: Array, scale: Array, total: Array, q: Array) -> bool:
    moderate = (s1 > LIGHTEST) & (s1 < HEAVIEST)
    return bool((moderate & (total > 0.0) & (q >= LOSS * total) & (scale >= LOSS * s1)).all())
