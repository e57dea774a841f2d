"""Sampling covariances as a user gives them: their forms, whether they can be, and estimates given twice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.sparse import block_diag, coo_array, csr_array, issparse

from synthesis.pooling.dependent.blocks import RandomTerm
from synthesis.pooling.dependent.covariance import Covariance, Factor
from synthesis.pooling.dependent.error_covariance import refuse_impossible
from synthesis.pooling.kernel.effects import Array, Mask, Rows

_SYMMETRIC = 1e-9  # of an element: two that differ less are equal
_SAME = 1e-8  # of a variance: two errors whose covariances differ less are one error


@dataclass(frozen=True, eq=False)
class GivenErrors:
    """The covariance matrix (k, k) of all effects given, and what is said of it."""

    matrix: csr_array
    sentence: str

    def among(self, kept: Mask, clusters: Factor) -> csr_array:
        """Of the effects kept, in these clusters.

        Raises ValueError for another size, what is no number or not symmetric, and for covariances between
        clusters.
        """
        if self.matrix.shape[0] != kept.size:
            raise ValueError(f"vi has {self.matrix.shape[0]} rows for {kept.size} effects; expected one each")
        chosen = np.flatnonzero(kept)
        matrix = csr_array(self.matrix[chosen][:, chosen])
        entries = coo_array(matrix)
        unsound = ~np.isfinite(entries.data)
        if unsound.any():
            at = int(unsound.argmax())
            row, column = (int(chosen[side[at]]) + 1 for side in (entries.row, entries.col))
            raise ValueError(
                f"vi has {entries.data[at]} in row {row}, column {column}; expected a number for each pair, "
                "0 where errors are independent"
            )
        apart = abs(matrix - matrix.T) - _SYMMETRIC * abs(matrix)
        if apart.size and apart.max() > 0:
            raise ValueError("vi is not symmetric; expected a covariance matrix")
        across = clusters.number[entries.row] != clusters.number[entries.col]
        across &= entries.data != 0
        if across.any():
            at = int(across.argmax())
            one, two = (clusters.names[clusters.number[i]] for i in (entries.row[at], entries.col[at]))
            raise ValueError(
                f"vi correlates effects of {one} and {two}, which are different clusters; expected one "
                "cluster for all effects that share persons"
            )
        return matrix


def given_errors(vi: Any) -> GivenErrors | None:
    """A covariance matrix in any of its forms; None for variances alone.

    A `Covariance`; a matrix (k, k) as array, nested lists, data frame or sparse; or a list of the blocks on
    its diagonal, in the order of the effects. Raises ValueError for another shape.
    """
    if isinstance(vi, Covariance):
        return GivenErrors(vi.matrix, vi.sentence)
    if _is_sparse(vi):
        matrix = csr_array(vi)
    elif hasattr(vi, "columns") and hasattr(vi, "index"):
        matrix = csr_array(_square_frame(vi))
    elif isinstance(vi, list | tuple) and 2 in map(_dimensions, vi):
        blocks = [coo_array(_block(part, n)) for n, part in enumerate(vi)]
        matrix = csr_array(block_diag(blocks))
    elif _dimensions(vi) == 2:
        matrix = csr_array(_as_numbers(vi))
    else:
        return None
    if matrix.shape[0] != matrix.shape[1]:
        raise ValueError(f"vi has shape {matrix.shape}; expected k variances or a (k, k) covariance matrix")
    return GivenErrors(csr_array(matrix.astype(float)), "errors correlated as given")


def _dimensions(vi: Any) -> int:
    if hasattr(vi, "ndim"):
        return int(vi.ndim)
    nested = isinstance(vi, list | tuple) and len(vi) > 0 and all(isinstance(row, list | tuple) for row in vi)
    return 2 if nested else 1


def _is_sparse(values: Any) -> bool:
    return bool(issparse(values))


def _block(part: Any, n: int) -> Array:
    """One block, of a single effect its variance alone."""
    dense = part.toarray() if _is_sparse(part) else _as_numbers(part)
    block: Array = np.atleast_2d(dense)
    if block.ndim != 2 or block.shape[0] != block.shape[1]:
        raise ValueError(
            f"block {n + 1} of vi has shape {block.shape}; expected a square one for each run of effects"
        )
    return block


def _square_frame(frame: Any) -> Array:
    rows, columns = list(frame.index), list(frame.columns)
    if rows != columns and set(map(str, rows)) == set(map(str, columns)):
        raise ValueError("vi has the same names as rows and columns in another order; expected one order")
    return _as_numbers(frame)


def _as_numbers(values: Any) -> Array:
    try:
        return np.asarray(values, dtype=float)
    except (TypeError, ValueError):
        raise ValueError(
            "vi is no table of numbers; expected k variances, a (k, k) covariance matrix, or a list of the "
            "blocks on its diagonal"
        ) from None


def given_twice(
    v: csr_array, yi: Array, x: Array, terms: Sequence[RandomTerm], outcome: Factor | None
) -> Rows:
    """Of each effect the earlier one that it is a copy of, or -1; shape (k,).

    A copy has the number of the earlier one, its covariances with all effects, and so a perfect correlation
    with it, its moderators and its random effects (where each effect has one of its own, two halves of an
    estimate share it). It says nothing new: leaving it out is how nothing changes.
    """
    found = np.full(yi.size, -1, dtype=np.intp)
    entries = coo_array(v)
    variance = v.diagonal()
    near = (entries.row < entries.col) & (entries.data >= (1.0 - _SAME) * variance[entries.row])
    for i, j in sorted(np.column_stack([entries.row[near], entries.col[near]]).tolist()):
        if found[i] < 0 and found[j] < 0 and _alike(i, j, v, yi, x, terms, outcome):
            found[j] = i
    return found


def _alike(
    i: int, j: int, v: csr_array, yi: Array, x: Array, terms: Sequence[RandomTerm], outcome: Factor | None
) -> bool:
    variance = float(v[i, i])
    apart = abs(v[[i]] - v[[j]])
    same_errors = not apart.size or float(apart.max()) <= _SAME * variance
    same_number = abs(yi[i] - yi[j]) <= _SAME * np.sqrt(variance)
    same_outcome = outcome is None or outcome.number[i] == outcome.number[j]
    same = same_errors and same_number and same_outcome and np.array_equal(x[i], x[j])
    return bool(same) and all(_same_effects(i, j, term) for term in terms)


def _same_effects(i: int, j: int, term: RandomTerm) -> bool:
    if term.group[i] != term.group[j]:  # each is the only one of its group
        return all(int((term.group == term.group[n]).sum()) == 1 for n in (i, j))
    if term.level is not None and term.level[i] != term.level[j]:
        return False
    return term.columns is None or np.array_equal(term.columns[i], term.columns[j])


def refuse_singular(matrix: csr_array, clusters: Factor) -> None:
    """Raise ValueError, naming the cluster, where covariances are singular or not positive definite."""
    refuse_impossible(
        matrix, clusters.number, clusters.names, "expected effects of which none follows from the others"
    )
