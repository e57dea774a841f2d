"""A smooth curve of an outcome along an exposure, with survey weights and a design-based band.

Penalised B-splines; how smooth they are is chosen by the data.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from studies.survey.design import Array, SurveyDesign, SurveyError, numbers
from studies.survey.domain import choose
from studies.survey.estimates import quantile_t
from studies.survey.matrix import model_matrix, orthogonal

DEGREE = 3
INTERVALS = 20
# The logarithms of the smoothing parameter, relative to the data's, among which the optimum is looked for.
RANGE = np.linspace(-15.0, 20.0, 141)


@dataclass(frozen=True, eq=False)
class Basis:
    """Cubic B-splines on equally spaced knots from `low` to `high`. Eilers & Marx 1996."""

    low: float
    high: float

    def __call__(self, at: Array) -> Array:
        """Shape (len(at), INTERVALS + DEGREE)."""
        from scipy.interpolate import BSpline  # slow to import

        step = (self.high - self.low) / INTERVALS
        knots = self.low + step * np.arange(-DEGREE, INTERVALS + DEGREE + 1)
        # Rounding must not put the last observation beyond the last interval.
        inside = np.clip(at, knots[DEGREE], knots[-DEGREE - 1])
        return np.asarray(BSpline.design_matrix(inside, knots, DEGREE).toarray())


def penalty(size: int) -> Array:
    """The sum of squared second differences of the splines' coefficients, the first of `size`."""
    splines = INTERVALS + DEGREE
    difference = np.zeros((splines - 2, size))
    difference[:, :splines] = np.diff(np.eye(splines), n=2, axis=0)
    return difference.T @ difference


@dataclass(frozen=True, eq=False)
class Penalised:
    """Least squares with weights w and penalty lambda S, in the basis where both are diagonal.

    turn (q, q): turn' (X'WX + kappa S) turn = 1 and turn' S turn = diag(e). z = turn' X'Wy; yy = y'Wy.
    """

    turn: Array
    e: Array
    z: Array
    yy: float
    kappa: float
    n: int

    @property
    def unpenalised(self) -> int:
        """Coefficients that the penalty leaves alone: the straight line and the covariates."""
        return len(self.e) - (INTERVALS + DEGREE - 2)

    def shrink(self, log_lambda: float) -> Array:
        """1 / (1 + (lambda - kappa) e), shape (q,)."""
        return np.asarray(1.0 / (1.0 + (np.exp(log_lambda) - self.kappa) * self.e))

    def criterion(self, log_lambda: float) -> float:
        """-2 log restricted likelihood up to a constant, the error variance profiled out. Wood 2011."""
        shrink = self.shrink(log_lambda)
        rss = self.yy - float(self.z**2 @ shrink)
        penalised = INTERVALS + DEGREE - 2
        return (
            (self.n - self.unpenalised) * float(np.log(rss))
            - float(np.log(shrink).sum())
            - penalised * log_lambda
        )

    def slope(self, log_lambda: float) -> float:
        """Derivative of the criterion."""
        shrink = self.shrink(log_lambda)
        rss = self.yy - float(self.z**2 @ shrink)
        weight = np.exp(log_lambda) * self.e * shrink
        change = float(self.z**2 @ (weight * shrink))
        return (self.n - self.unpenalised) * change / rss + float(weight.sum()) - (INTERVALS + DEGREE - 2)

    def best(self) -> float:
        """Where the restricted likelihood is largest; an end of the range for a straight line."""
        from scipy.optimize import brentq  # slow to import

        grid = RANGE + np.log(self.kappa)
        at = int(np.argmin([self.criterion(value) for value in grid]))
        low, high = np.take(grid, [at - 1, at + 1], mode="clip")
        if self.slope(low) >= 0 or self.slope(high) <= 0:
            return float(grid[at])
        return float(brentq(self.slope, low, high))


def penalised(x: Array, w: Array, y: Array) -> Penalised:
    """x (n, q) with the splines first, w (n,) and y (n,)."""
    gram = x.T @ (w[:, None] * x)
    s = penalty(x.shape[1])
    # X'WX alone can be singular (knots with nobody between them); with the penalty's help it is not.
    kappa = float(np.trace(gram) / np.trace(s))
    inverse = np.linalg.inv(np.linalg.cholesky(gram + kappa * s))
    e, u = np.linalg.eigh(inverse @ s @ inverse.T)
    turn = inverse.T @ u
    e = np.where(np.arange(len(e)) < len(e) - (INTERVALS + DEGREE - 2), 0.0, e)
    return Penalised(turn, e, turn.T @ (x.T @ (w * y)), float(w @ y**2), kappa, len(y))


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
    orthogonal(rows, names)
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
    """Weighted mean zero, so that the curve is that at the covariates' means, and sum of squares one."""
    centred = columns - weights @ columns / weights.sum()
    return np.asarray(centred / np.sqrt(weights @ centred**2))
