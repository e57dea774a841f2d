"""Batched sums and small matrix functions, with the types that numpy leaves open."""

from __future__ import annotations

from typing import Any

import numpy as np

from synthesis.pooling.kernel.effects import Array, Rows
from synthesis.pooling.kernel.parts import parts_of

_ONCE = 4_000_000  # numbers that are never touched
_ALONE = 200_000  # multiplications of a product below which OpenBLAS starts no threads


def transposed(matrices: np.ndarray[Any, Any]) -> Array:
    """Every matrix of a stack turned: (..., m, n) -> (..., n, m)."""
    turned: Array = np.einsum("...ij->...ji", matrices)
    return turned


def row_sum(a: Array) -> Array:
    """Sum over studies: (n, k) -> (n,)."""
    total: Array = np.einsum("bk->b", a)
    return total


def row_dot(*factors: Array) -> Array:
    """Sum over studies of a product of arrays (n, k), without a temporary array: -> (n,)."""
    total: Array = np.einsum(",".join(["bk"] * len(factors)) + "->b", *factors)
    return total


def log_sum(w: Array) -> Array:
    """Sum of log w over the studies with a weight: (n, k) -> (n,)."""
    return row_sum(np.log(np.where(w > 0, w, 1.0)))


def product(a: Array, b: Array) -> Array:
    """A B, (n, k) and (k, q) -> (n, q), for n of many data sets.

    In pieces for which BLAS starts no threads, as it does for any product with one column: blocks of data
    sets are shared among threads already, and those of BLAS go on spinning on their cores.
    """
    if b.shape[1] == 1:
        return np.asarray(np.einsum("bk,k->b", a, b[:, 0])[:, None])
    together = np.empty((len(a), b.shape[1]))
    for piece in parts_of(len(a), b.size, _ALONE):
        np.matmul(a[piece], b, out=together[piece])
    return together


def gram(x: Array, weights: Array) -> Array:
    """X' diag(weights) X for every data set: x (k, p), weights (n, k) -> (n, p, p)."""
    k, p = x.shape
    products = (x[:, :, None] * x[:, None, :]).reshape(k, p * p)
    return product(weights, products).reshape(len(weights), p, p)


def trace(a: Array) -> Array:
    """(n, p, p) -> (n,)."""
    total: Array = np.einsum("bii->b", a)
    return total


def trace_of_product(a: Array, b: Array) -> Array:
    """tr(AB): (n, p, p), (n, p, p) -> (n,)."""
    total: Array = np.einsum("bij,bji->b", a, b)
    return total


def log_determinant(a: Array) -> Array:
    """log |A|: (n, p, p) -> (n,)."""
    value: Array = np.linalg.slogdet(a)[1]
    return value


def inverse(a: Array) -> Array:
    """(n, p, p) -> (n, p, p)."""
    return np.asarray(np.linalg.inv(a))


def solve(a: Array, right: Array) -> Array:
    """The solution of A x = right: (n, p, p), (n, p) -> (n, p)."""
    return np.asarray(np.linalg.solve(a, right[:, :, None])[:, :, 0])


def all_in_order(rows: Rows, n: int) -> bool:
    """Whether these are the numbers 0 to n - 1."""
    return rows.size == n and bool((rows == np.arange(n)).all())


def take_rows(a: Array, rows: Rows) -> Array:
    """Rows of an array that keeps each study's values side by side in memory."""
    return np.take(a.T, rows, axis=1).T


def keep_memory() -> None:
    """Allocate and free once, which teaches glibc to keep memory of this size for reuse."""
    np.empty(_ONCE)
