"""Columns of a regression: putting them together, and finding those that are not independent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from studies.survey.design import Array, CollinearError, SurveyError, numbers

INTERCEPT = "(Intercept)"
# A column of which less than this part is left when the columns before it are taken out is determined by
# them. R's lm has the same limit.
COLLINEAR = 1e-7
# How far from orthogonal the first pass may leave the columns for the second to make them so to rounding.
ROUGH = 1e-4


def model_matrix(columns: Mapping[str, npt.ArrayLike]) -> tuple[Array, tuple[str, ...]]:
    """The matrix (n, 1 + columns), the intercept first, and the names of its columns."""
    if not columns:
        raise SurveyError("a model matrix needs at least one column beside the intercept")
    given = [numbers(values) for values in columns.values()]
    return np.stack([np.ones(len(given[0])), *given], axis=1), (INTERCEPT, *columns)


def vector(values: npt.ArrayLike, what: str) -> Array:
    """One number a person, shape (n,). Raises SurveyError for another shape."""
    given = numbers(values)
    if given.ndim != 1:
        raise SurveyError(f"{what} has shape {given.shape}; expected one value a person, shape (n,)")
    return given


def matrix(values: npt.ArrayLike) -> Array:
    """A column a coefficient, shape (n, p). Raises SurveyError for another shape."""
    given = numbers(values)
    if given.ndim != 2:
        raise SurveyError(f"x has shape {given.shape}; expected a column a coefficient, shape (n, p)")
    return given


def independent(x: Array, names: Sequence[str]) -> tuple[Array, Array]:
    """`orthogonal` of the columns of a regression, which needs a person for each coefficient at least."""
    if x.shape[0] < x.shape[1]:
        raise SurveyError(f"{x.shape[1]} coefficients cannot be estimated from {x.shape[0]} people")
    return orthogonal(x, names)


def orthogonal(x: Array, names: Sequence[str]) -> tuple[Array, Array]:
    """Q (n, p) and R (p, p) with x = QR, Q'Q = 1. Raises CollinearError naming the columns it cannot use."""
    lengths = np.sqrt(np.einsum("ij,ij->j", x, x))
    scaled = x / np.maximum(lengths, np.finfo(float).tiny)  # a column of zeros stays one
    q, r = _by_cholesky(scaled) or np.linalg.qr(scaled)
    if r.shape[0] < x.shape[1] or (np.abs(np.diag(r)) < COLLINEAR).any():
        raise CollinearError([names[j] for j in dependent(x)])
    return q, r * lengths


def _by_cholesky(x: Array) -> tuple[Array, Array] | None:
    """The same in few large products, which is many times faster; None where x is too near to collinear.

    The Cholesky factor of x'x gives Q up to an error of its condition; the factor of this Q'Q takes that
    error away. Yamamoto, Nakatsukasa, Yanagisawa & Fukaya 2015 (CholeskyQR2).
    """
    try:
        first = np.linalg.cholesky(x.T @ x).T
        rough = x @ np.linalg.inv(first)
        nearly_one = rough.T @ rough
        second = np.linalg.cholesky(nearly_one).T
    except np.linalg.LinAlgError:
        return None
    if np.abs(nearly_one - np.eye(x.shape[1])).max() > ROUGH:
        return None
    return rough @ np.linalg.inv(second), second @ first


def dependent(x: Array) -> list[int]:
    """Positions of the columns of x (n, p) that are linear combinations of the columns before them."""
    basis = x[:, :0]
    positions = []
    for j, column in enumerate(x.T):
        length = float(np.linalg.norm(column))
        left = column.copy()
        left -= basis @ (basis.T @ left)
        left -= basis @ (basis.T @ left)  # what rounding has left of them
        rest = float(np.linalg.norm(left))
        if rest <= COLLINEAR * length:
            positions.append(j)
        else:
            basis = np.column_stack([basis, left / rest])
    return positions


def names_of(names: Sequence[str] | None, count: int) -> tuple[str, ...]:
    """The names given, or x1, x2, ...; raises SurveyError when there are too few, too many or two alike."""
    chosen = tuple(names) if names is not None else tuple(f"x{j + 1}" for j in range(count))
    if len(chosen) != count or len(set(chosen)) != count:
        raise SurveyError(f"{len(chosen)} names, {len(set(chosen))} of them distinct, for {count} columns")
    return chosen
