"""A smooth curve of an outcome along an exposure, with survey weights and a design-based band."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from studies.survey.design import SurveyDesign
from studies.survey.domain import choose
from studies.survey.errors import SurveyError
from studies.survey.estimates import quantile_t
from studies.survey.matrix import model_matrix, orthogonal
from studies.survey.smoothing import Basis, penalised
from studies.survey.values import Array, numbers


@dataclass(frozen=True, eq=False)
class Curve:
    """The smooth at some values of the exposure, shape (m,) each; `low` and `high` are the pointwise band."""

    at: Array
    estimate: Array
    se: Array
    low: Array
    high: Array


@dataclass(frozen=True, eq=False)
class Smooth:
    """A fitted smooth.

    edf: effective degrees of freedom of the curve, 2 for a straight line; df: PSUs minus strata.
    """

    basis: Basis
    coef: Array
    cov: Array
    log_lambda: float
    edf: float
    df: float
    n: int
    missing: int

    def curve(self, at: npt.ArrayLike, level: float = 0.95) -> Curve:
        """The curve with covariates at their weighted means, estimate -/+ t(df) se.

        The band is that of the sample's variation about the smoothed curve; it does not know how much the
        penalty has flattened a peak. Raises SurveyError for values beyond those observed.
        """
        values = np.atleast_1d(numbers(at))
        if (values < self.basis.low).any() or (values > self.basis.high).any():
            raise SurveyError(
                f"the smooth knows the exposure from {self.basis.low:g} to {self.basis.high:g} only; it was "
                f"asked at {values.min():g} to {values.max():g}"
            )
        x = self.basis(values)
        estimate, se = x @ self.coef, np.sqrt(np.einsum("mi,ij,mj->m", x, self.cov, x))
        half = quantile_t(self.df, level) * se
        return Curve(values, estimate, se, estimate - half, estimate + half)


def smooth(
    design: SurveyDesign,
    y: npt.ArrayLike,
    exposure: npt.ArrayLike,
    covariates: Mapping[str, npt.ArrayLike] | None = None,
    domain: npt.ArrayLike | None = None,
) -> Smooth:
    """P-spline of y along the exposure, its smoothness by restricted maximum likelihood.

    Cubic B-splines with a penalty on second differences (Eilers & Marx 1996); REML (Wood 2011) with weights
    scaled to mean one; covariance by linearising the penalised equations in the design (Binder 1983).
    y, exposure: shape (n,); covariates: by name, shape (n,) each, entering linearly; domain: boolean, (n,).
    Raises SurveyError for an exposure with fewer than four values, CollinearError as `linear`.
    """
    outcome, value, others = numbers(y), numbers(exposure), dict(covariates or {})
    matrix, names = model_matrix({"exposure": value, **others})
    chosen = choose(design, domain, outcome, matrix)
    if len(np.unique(value[chosen.rows])) < 4:
        raise SurveyError("a smooth needs four distinct values of the exposure in the domain, or more")
    weights = chosen.weights / chosen.weights.mean()
    rows = matrix[chosen.rows]
    orthogonal(rows * np.sqrt(weights)[:, None], names)
    basis = Basis(float(rows[:, 1].min()), float(rows[:, 1].max()))
    splines = basis(rows[:, 1])
    x = np.concatenate([splines, _standardised(rows[:, 2:], weights)], axis=1)
    target = outcome[chosen.rows]
    problem = penalised(x, weights, target)
    log_lambda = problem.best()
    shrink = problem.shrink(log_lambda)
    coef = problem.turn @ (shrink * problem.z)
    inverse = (problem.turn * shrink) @ problem.turn.T
    influence = chosen.psu_totals(x * (weights * (target - x @ coef))[:, None]) @ inverse
    size = splines.shape[1]
    return Smooth(
        basis=basis,
        coef=coef[:size],
        cov=chosen.covariance_of_totals(influence)[:size, :size],
        log_lambda=log_lambda,
        edf=float((shrink * (1.0 - problem.kappa * problem.e)).sum()) - len(others),
        df=chosen.df,
        n=chosen.n,
        missing=chosen.missing,
    )


def _standardised(columns: Array, weights: Array) -> Array:
    """Weighted mean zero, so that the curve is that at the covariates' means, and mean square one."""
    centred = columns - weights @ columns / weights.sum()
    return np.asarray(centred / np.sqrt(weights @ centred**2 / weights.sum()), dtype=float)
