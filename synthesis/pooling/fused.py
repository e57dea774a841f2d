"""DerSimonian and Laird's estimate in one loop over data sets, compiled where numba is installed.

Each data set is read once from memory, where numpy would carry every intermediate number there and back.
Whatever keeps numba from working, from a missing package to a damaged cache, leaves the work to numpy.
"""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Callable
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TypeAlias

import numpy as np

from synthesis.pooling.effects import Array

LOSS = 1e-3  # of the larger term: what a difference of two sums may come down to
LIGHTEST, HEAVIEST = 1e-70, 1e70  # sums of weights, whose squares must exist

MomentLoop: TypeAlias = Callable[[Array, Array, Array, Array, Array], bool]


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


@cache
def compiled_moment_loop() -> MomentLoop | None:
    """`moment_loop` as machine code, for arrays whose rows lie in order in memory; None where that fails.

    It lets go of the interpreter: callers may share a batch among threads. Importing numba takes about half a
    second and compiling, once for each user and machine, about one.
    """
    if find_spec("numba") is None:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _compiled()
    except Exception:  # whatever is wrong with numba or its cache, numpy gives the same answer
        return None


def _compiled() -> MomentLoop:
    import numba
    from numba.core import config
    from platformdirs import user_cache_path

    # Sums may be taken in any order, which lets the processor add several numbers at once. Nothing else of
    # IEEE arithmetic is given up: the checks rest on infinite and missing numbers.
    numbers = numba.types.Array(numba.float64, 2, "C", readonly=True)
    results = [numba.float64[::1]] * 3
    set_by_user = config.CACHE_DIR
    folder = Path(set_by_user or user_cache_path("living-synthesis") / "compiled")
    try:
        # Only while this is compiled: other packages keep their own cache.
        config.CACHE_DIR = str(folder)
        compiled: MomentLoop = numba.njit(
            numba.boolean(numbers, numbers, *results),
            nogil=True,
            error_model="numpy",
            fastmath={"reassoc", "nsz"},
            cache=_writable(folder),
        )(moment_loop)
    finally:
        config.CACHE_DIR = set_by_user
    return compiled


def _writable(folder: Path) -> bool:
    """Whether files can be made there; numba would otherwise put them beside the package."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False
