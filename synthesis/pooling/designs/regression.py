"""Meta-regression on a design shared by all data sets: p x p algebra."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from synthesis.pooling.designs.basis import DesignData, scaled_design
from synthesis.pooling.designs.mixed_regression import MixedModel
from synthesis.pooling.designs.wide_regression import wide_regression_model
from synthesis.pooling.kernel.effects import Array, Effects, Mask, Rows
from synthesis.pooling.kernel.model import LinearModel
from synthesis.pooling.kernel.once import once
from synthesis.pooling.kernel.scaling import COLLINEAR, Units, orthonormal, prepared
from synthesis.pooling.kernel.sums import (
    all_in_order,
    gram,
    inverse,
    log_determinant,
    log_sum,
    product,
    row_dot,
    row_sum,
    take_rows,
    trace,
    trace_of_product,
)

_LARGEST_RATIO = 1e4  # of weights, that sums may lose to rounding, times the loss by near-collinearity
_LARGEST_EFFECT = 1e3  # in the smallest standard error, that residuals may lose


class RegressionProjection:
    """The projection for a design of p columns, shared by all data sets; x is orthonormal, (k, p).

    Data sets that lack the studies to estimate the design have nan for df, and for all that rests on beta.
    """

    def __init__(self, model: RegressionModel, w: Array) -> None:
        self._y, self._x, self._gram_present = model.y, model.x, model.gram_present
        self._unknown = np.isnan(model.df)
        self.weights = w

    @once
    def _g1(self) -> Array:
        return gram(self._x, self.weights)

    @once
    def _ww(self) -> Array:
        return self.weights * self.weights

    @once
    def covariance(self) -> Array:
        if not self._unknown.any():
            return inverse(self._g1)
        covariance = inverse(np.where(self._unknown[:, None, None], np.eye(self._x.shape[1]), self._g1))
        covariance[self._unknown] = np.nan
        return covariance

    @once
    def beta(self) -> Array:
        return self._solve(product(self.weights * self._y, self._x))

    def _solve(self, right: Array) -> Array:
        solution: Array = np.matmul(self.covariance, right[:, :, None])[:, :, 0]
        return solution

    @once
    def _residual(self) -> Array:
        return self._y - product(self.beta, self._x.T)

    @once
    def _u(self) -> Array:
        return self.weights * self._residual

    @once
    def _hat(self) -> Array:
        """(X'WX)^-1 X'WWX, whose trace is what X takes from tr(W)."""
        hat: Array = np.matmul(self.covariance, gram(self._x, self._ww))
        return hat

    @once
    def trace_w(self) -> Array:
        return row_sum(self.weights)

    @once
    def trace_ww(self) -> Array:
        return row_sum(self._ww)

    @once
    def trace_p(self) -> Array:
        return self.trace_w - trace(self._hat)

    @once
    def trace_pp(self) -> Array:
        cubes = np.matmul(self.covariance, gram(self._x, self._ww * self.weights))
        return self.trace_ww - 2.0 * trace(cubes) + trace_of_product(self._hat, self._hat)

    @once
    def ypy(self) -> Array:
        return row_dot(self._u, self._residual)

    @once
    def yppy(self) -> Array:
        return row_dot(self._u, self._u)

    @once
    def ypppy(self) -> Array:
        wu = self.weights * self._u
        right = product(wu, self._x)
        return row_dot(wu, self._u) - row_dot(right, self._solve(right))

    @property
    def logdet_w(self) -> Array:
        return log_sum(self.weights)

    def trace_pv(self, v: Array) -> Array:
        taken = np.matmul(self.covariance, gram(self._x, self._ww * v))
        return row_dot(self.weights, v) - trace(taken)

    def trace_pvpv(self, v: Array) -> Array:
        wv = self.weights * v
        hat = np.matmul(self.covariance, gram(self._x, wv * self.weights))
        twice = np.matmul(self.covariance, gram(self._x, wv * wv * self.weights))
        return row_dot(wv, wv) - 2.0 * trace(twice) + trace_of_product(hat, hat)

    @property
    def logdet_gram(self) -> Array:
        logdet = log_determinant(self._g1) - log_determinant(self._gram_present)
        return np.where(self._unknown, np.nan, logdet)


@dataclass(frozen=True)
class RegressionModel(DesignData):
    """Meta-regression on a design shared by all data sets; x is its orthonormal basis, (k, p).

    v is infinite where a study is absent. With few studies far heavier than the others the p x p algebra
    loses digits; `regression_model` sends such data sets to `wide_regression`.
    """

    gram_present: Array
    k: Array
    df: Array

    def take(self, rows: Rows) -> RegressionModel:
        if all_in_order(rows, self.k.size):
            return self
        return RegressionModel(
            take_rows(self.y, rows),
            take_rows(self.v, rows),
            self.v_min[rows],
            self.x,
            self.gram_present[rows],
            self.k[rows],
            self.df[rows],
        )

    def at(self, tau2: Array) -> RegressionProjection:
        return self._project(1.0 / (self.v + tau2[:, None]))

    @once
    def at_zero(self) -> RegressionProjection:
        return self.at(np.zeros_like(self.k))

    @once
    def unweighted(self) -> RegressionProjection:
        return self._project((self.v < np.inf).astype(float))

    def gram(self, weights: Array) -> Array:
        return gram(self.x, weights)

    def _project(self, w: Array) -> RegressionProjection:
        return RegressionProjection(self, w)


def regression_model(effects: Effects, design: Array) -> tuple[LinearModel, Units, Array]:
    """The model with a design (k, p), and the matrix (p, p) that turns its coefficients into the design's.

    Data sets for which the p x p algebra would lose more than about four digits go the careful way.
    Raises ValueError when the design has a wrong shape, a value that is not finite, or collinear columns.
    """
    given = np.asarray(design, dtype=float)
    x, back = orthonormal(given, effects.k)
    data = prepared(effects, from_top=False)
    gram_present = gram(x, effects.present.astype(float))
    smallest: Array = np.linalg.eigvalsh(gram_present).min(axis=1)
    estimable = smallest > COLLINEAR
    gram_present[~estimable] = np.eye(x.shape[1])
    df = np.where(estimable, data.k - x.shape[1], np.nan)
    plain = RegressionModel(data.y, data.v, data.v_min, x, gram_present, data.k, df)
    careful = estimable & _delicate(plain, smallest)
    if not careful.any():
        return plain, data.units, back
    handy, turn = scaled_design(given)
    wide, others = np.flatnonzero(careful), np.flatnonzero(~careful)
    part = plain.take(wide)
    model = wide_regression_model(part.y, part.v, part.v_min, part.k, part.df, handy)
    if not others.size:
        return model, data.units, turn
    mixed = MixedModel(plain.take(others), others, model, wide, inverse(turn) @ back)
    return mixed, data.units, turn


def _delicate(model: RegressionModel, smallest: Array) -> Mask:
    """Whether sums would lose more than four digits; smallest, (n,): least eigenvalue of X'X, at most one."""
    by_weights = model.v_max > _LARGEST_RATIO * smallest * model.v_min
    by_effects = np.abs(model.y).max(axis=1) > _LARGEST_EFFECT
    delicate: Mask = by_weights | by_effects
    return delicate
