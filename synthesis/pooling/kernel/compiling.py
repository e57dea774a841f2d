"""Loops as machine code where numba is installed, and nothing where it is not or does not work.

Whatever keeps numba from working, from a missing package to a damaged cache, leaves the work to numpy. A
loop lets go of the interpreter: callers may share a batch among threads. Importing numba takes about half a
second, and compiling, once for each user and machine, some seconds.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import partial
from importlib.util import find_spec
from types import FunctionType
from typing import Any


def compiled(loop: Callable[..., Any], signature: str) -> Any:
    """Machine code for a loop, or None.

    signature: as `boolean(data, out1)`. Data are read-only, out is filled in, with as many axes as stated.
    Functions of its own module that the loop calls are compiled with it; `where` chooses between numbers.
    """
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
        "mask": array(numba.boolean, 2, "C", readonly=True),
        "int": numba.int64,
        "boolean": numba.boolean,
        "void": numba.void,
    }
    result, _, arguments = signature.rstrip(")").partition("(")
    # Sums may be taken in any order, which lets the processor add several numbers at once. Nothing else of
    # IEEE arithmetic is given up: the checks rest on infinite and missing numbers.
    jit = partial(numba.njit, nogil=True, error_model="numpy", fastmath={"reassoc", "nsz"})
    known = dict(loop.__globals__)
    for name, part in loop.__globals__.items():
        if isinstance(part, FunctionType) and part.__module__ == loop.__module__:
            code = _chosen.__code__ if name == "where" else part.__code__
            # Parts make no arrays: counting who holds those of the loop would take a fifth of its time.
            known[name] = jit(FunctionType(code, known, name), _nrt=False)

    def machine_code(cache: bool) -> Any:
        own = FunctionType(loop.__code__, known, loop.__name__)
        return jit(types[result](*(types[name] for name in arguments.split(", "))), cache=cache)(own)

    try:
        # Kept where numba keeps such code: in __pycache__, or the user's cache, or NUMBA_CACHE_DIR.
        return machine_code(cache=True)
    except (RuntimeError, OSError):  # nowhere to keep it
        return machine_code(cache=False)


def _chosen(condition: bool, this: float, other: float) -> float:
    return this if condition else other
