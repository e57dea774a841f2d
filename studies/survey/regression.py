"""Weighted linear regression: design-based (Taylor-linearised variance) and model-based."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from studies.survey.design import Array, SurveyDesign, numbers
from studies.survey.domain import choose
from studies.survey.estimates import Estimates
from studies.survey.matrix import independent, matrix, model_matrix, names_of, vector


@dataclass(frozen=True, eq=False)
class RegressionFit(Estimates):
    """A regression of one outcome, of whichever kind."""

    residual_df: float
    n_psu: int
    n_strata: int

    @property
    def coef(self) -> Array:
        return self.estimate


@dataclass(frozen=True, eq=False)
class LinearFit(RegressionFit):
    """A linear regression.

    df: design-based, PSUs minus strata in the domain; model-based, n - p.
    residual_df: design-based, df + 1 - p, as R's summary.svyglm and confint.svyglm; model-based, n - p.
    rss: weighted residual sum of squares. n_psu, n_strata: with somebody in the domain; 0 when model-based.
    """

    rss: float


@dataclass(frozen=True, eq=False)
class _Solution:
    coef: Array
    residual: Array
    q: Array
    inverse: Array


def linear(
    design: SurveyDesign,
    y: npt.ArrayLike,
    x: npt.ArrayLike,
    domain: npt.ArrayLike | None = None,
    names: Sequence[str] | None = None,
) -> LinearFit:
    """Weighted least squares of y on x among the domain, with its design-based covariance.

    b = (X'WX)^-1 X'Wy; the linearised value of a person is (X'WX)^-1 x w e, and the covariance of b that of
    the sum of these values in the design. Binder 1983; as survey::svyglm on subset(design, domain).

    y: shape (n,); x: shape (n, p), with its intercept; domain: boolean, shape (n,); names: of the p columns.
    Raises CollinearError when columns are not independent in the domain, SurveyError for what does not fit.
    """
    outcome, columns = vector(y, "y"), matrix(x)
    labels = names_of(names, columns.shape[1])
    chosen = choose(design, domain, outcome, columns)
    root = np.sqrt(chosen.weights)
    solution = _solve(outcome[chosen.rows], columns[chosen.rows], root, labels)
    # PSU sums are taken on the orthogonal columns and turned afterwards: PSUs are few, people are many.
    totals = chosen.psu_totals(solution.q * solution.residual[:, None]) @ solution.inverse.T
    return LinearFit(
        names=labels,
        estimate=solution.coef,
        cov=chosen.covariance_of_totals(totals),
        df=chosen.df,
        n=chosen.n,
        missing=chosen.missing,
        residual_df=chosen.df + 1 - len(labels),
        rss=float(solution.residual @ solution.residual),
        n_psu=int(chosen.psus.sum()),
        n_strata=int(chosen.strata.sum()),
    )


def ordinary(
    y: npt.ArrayLike,
    x: npt.ArrayLike,
    weights: npt.ArrayLike | None = None,
    names: Sequence[str] | None = None,
) -> LinearFit:
    """Least squares of y on x with the model-based covariance s2 (X'WX)^-1, as R's lm.

    It treats weights as precisions and people as independent, which those of a survey are not: it is here to
    be compared with `linear`. Rows with a missing value or weight zero are left out. Errors as there.
    """
    outcome, columns = vector(y, "y"), matrix(x)
    labels = names_of(names, columns.shape[1])
    given = np.ones(len(outcome)) if weights is None else numbers(weights)
    everybody = SurveyDesign(given, lonely="certainty")
    chosen = choose(everybody, None, outcome, columns)
    root = np.sqrt(chosen.weights)
    solution = _solve(outcome[chosen.rows], columns[chosen.rows], root, labels)
    rss, df = float(solution.residual @ solution.residual), chosen.n - len(labels)
    return LinearFit(
        names=labels,
        estimate=solution.coef,
        cov=solution.inverse @ solution.inverse.T * (rss / df if df > 0 else np.nan),
        df=df,
        n=chosen.n,
        missing=chosen.missing,
        residual_df=df,
        rss=rss,
        n_psu=0,
        n_strata=0,
    )


def trend(
    design: SurveyDesign, y: npt.ArrayLike, score: npt.ArrayLike, domain: npt.ArrayLike | None = None
) -> LinearFit:
    """The regression of y on a score (quartile 1 to 4, say); its test is the p of the column `score`."""
    x, names = model_matrix({"score": score})
    return linear(design, y, x, domain, names)


def _solve(y: Array, x: Array, root: Array, names: Sequence[str]) -> _Solution:
    """Least squares after rows are multiplied by the square roots of their weights."""
    q, r = independent(x * root[:, None], names)
    right = y * root
    projected = q.T @ right
    inverse = np.asarray(np.linalg.inv(r))
    return _Solution(inverse @ projected, right - q @ projected, q, inverse)
