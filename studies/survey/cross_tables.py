"""The test of independence of two categorical variables in a survey."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special

from studies.survey.describe import categories
from studies.survey.design import Array, SurveyDesign, SurveyError
from studies.survey.domain import choose


@dataclass(frozen=True, eq=False)
class ChiSquare:
    """F on (df1, df2); X2 is Pearson's statistic of the weighted table at the size of the sample.

    shares: weighted shares of the cells, shape (rows, columns), which sum to one. All but X2 are nan when the
    domain has no degrees of freedom (as many strata as PSUs).
    """

    F: float
    df1: float
    df2: float
    p: float
    X2: float
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    shares: Array
    n: int
    missing: int


def chi_square(
    design: SurveyDesign, row: npt.ArrayLike, column: npt.ArrayLike, domain: npt.ArrayLike | None = None
) -> ChiSquare:
    """Rao & Scott's second-order corrected test, as svychisq by default.

    With V the covariance of the cell shares, D their diagonal and C contrasts orthogonal to the main effects,
    the eigenvalues of (C'D^-1 C / n)^-1 C'D^-1 V D^-1 C are the design effects. F is X2 over their sum, on
    df1 = sum^2 / sum of squares and df2 = df1 * (PSUs - strata). Rao & Scott 1984; Thomas & Rao 1987 for F.

    row, column: labels or numbers, shape (n,). Raises SurveyError when one has a single category there.
    """
    (row_codes, row_names), (column_codes, column_names) = categories(row), categories(column)
    chosen = choose(design, domain, row_codes, column_codes)
    present_rows, i = np.unique(row_codes[chosen.rows].astype(int), return_inverse=True)
    present_columns, j = np.unique(column_codes[chosen.rows].astype(int), return_inverse=True)
    r, c = len(present_rows), len(present_columns)
    if min(r, c) < 2:
        raise SurveyError(
            f"a table of {r} by {c} categories has nothing to test; expected two of each or more"
        )
    weights = chosen.weights / chosen.weights.sum()
    indicator = np.eye(r * c)[i * c + j]
    share = weights @ indicator
    covariance = chosen.covariance((indicator - share) * weights[:, None])
    effects = _design_effects(share, covariance * chosen.n, _interactions(r, c))
    trace = float(np.trace(effects)) if chosen.df > 0 else np.nan
    table = share.reshape(r, c)
    x2 = chosen.n * _pearson(table)
    df1 = trace**2 / float(np.trace(effects @ effects))
    df2 = df1 * chosen.df
    f = x2 / trace
    return ChiSquare(
        F=f,
        df1=df1,
        df2=df2,
        p=float(special.fdtrc(df1, df2, f)),
        X2=x2,
        rows=tuple(row_names[k] for k in present_rows),
        columns=tuple(column_names[k] for k in present_columns),
        shares=table,
        n=chosen.n,
        missing=chosen.missing,
    )


def _pearson(table: Array) -> float:
    expected = np.outer(table.sum(axis=1), table.sum(axis=0))
    return float(((table - expected) ** 2 / expected).sum())


def _interactions(r: int, c: int) -> Array:
    """Contrasts of the cells (in row order) orthogonal to rows and columns: (r c, (r - 1) (c - 1))."""
    return np.asarray(np.kron(_contrasts(r), _contrasts(c)))


def _contrasts(count: int) -> Array:
    """Orthogonal to the constant: each category against the last, shape (count, count - 1)."""
    contrasts: Array = np.concatenate([np.eye(count - 1), -np.ones((1, count - 1))])
    return contrasts


def _design_effects(share: Array, covariance: Array, contrasts: Array) -> Array:
    """The matrix whose eigenvalues are the design effects; an empty cell takes no part in it."""
    inverse = np.divide(1.0, share, out=np.zeros_like(share), where=share > 0)
    scaled: Array = contrasts * inverse[:, None]
    simple = contrasts.T @ scaled
    if np.linalg.matrix_rank(simple) < len(simple):
        raise SurveyError("too many empty cells for a test of independence: join categories")
    return np.asarray(np.linalg.solve(simple, scaled.T @ covariance @ scaled))
