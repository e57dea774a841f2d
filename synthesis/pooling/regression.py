"""Meta-regression on a design shared by all data sets: p x p algebra."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from synthesis.pooling.effects import Array, Effects, Mask, Rows
from synthesis.pooling.preparation import COLLINEAR, Units, orthonormal, prepared
from synthesis.pooling.sums import (
    all_in_order,
    gram,
    inverse,
    log_determinant,
    log_sum,
    row_dot,
    row_sum,
    take_rows,
    trace,
    trace_of_product,
)


class RegressionProjection:
    """The projection for a design of p columns, shared by all data sets; x is orthonormal, (k, p)."""

    def __init__(self, y: Array, w: Array, x: Array, gram_present: Array) -> None:
        self._y, self._x, self._gram_present = y, x, gram_present
        self.weights = w

    @cached_property
    def _g1(self) -> Array:
        return gram(self._x, self.weights)

    @cached_property
    def _ww(self) -> Array:
        return self.weights * self.weights

    @cached_property
    def covariance(self) -> Array:
        return inverse(self._g1)

    @cached_property
    def beta(self) -> Array:
        return self._solve((self.weights * self._y) @ self._x)

    def _solve(self, right: Array) -> Array:
        solution: Array = np.matmul(self.covariance, right[:, :, None])[:, :, 0]
        return solution

    @cached_property
    def _residual(self) -> Array:
        return self._y - self.beta @ self._x.T

    @cached_property
    def _u(self) -> Array:
        return self.weights * self._residual

    @cached_property
    def _hat(self) -> Array:
        """(X'WX)^-1 X'WWX, whose trace is what X takes from tr(W)."""
        hat: Array = np.matmul(self.covariance, gram(self._x, self._ww))
        return hat

    @cached_property
    def trace_w(self) -> Array:
        return row_sum(self.weights)

    @cached_property
    def trace_ww(self) -> Array:
        return row_sum(self._ww)

    @cached_property
    def trace_p(self) -> Array:
        return self.trace_w - trace(self._hat)

    @cached_property
    def trace_pp(self) -> Array:
        cubes = np.matmul(self.covariance, gram(self._x, self._ww * self.weights))
        return self.trace_ww - 2.0 * trace(cubes) + trace_of_product(self._hat, self._hat)

    @cached_property
    def ypy(self) -> Array:
        return row_dot(self._u, self._residual)

    @cached_property
    def yppy(self) -> Array:
        return row_dot(self._u, self._u)

    @cached_property
    def ypppy(self) -> Array:
        wu = self.weights * self._u
        right = wu @ self._x
        return row_dot(wu, self._u) - row_dot(right, self._solve(right))

    @property
    def logdet_w(self) -> Array:
        return log_sum(self.weights)

    @property
    def logdet_gram(self) -> Array:
        return log_determinant(self._g1) - log_determinant(self._gram_present)


@dataclass(frozen=True)
class RegressionModel:
    """Meta-regression on a design shared by all data sets; x is its orthonormal basis, (k, p).

    v is infinite where a study is absent. With few studies far heavier than the others (weights more than
    about eight orders of magnitude apart), the p x p algebra loses digits that the intercept model keeps.
    """

    y: Array
    v: Array
    v_min: Array
    x: Array
    gram_present: Array
    k: Array
    df: Array

    @property
    def p(self) -> int:
        return int(self.x.shape[1])

    @property
    def present(self) -> Mask:
        present: Mask = self.v < np.inf
        return present

    @cached_property
    def v_max(self) -> Array:
        largest: Array = np.where(self.v < np.inf, self.v, 0.0).max(axis=1)
        return np.maximum(largest, self.v_min)

    @property
    def variances(self) -> Array:
        return np.where(self.v < np.inf, self.v, 0.0)

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

    @cached_property
    def at_zero(self) -> RegressionProjection:
        return self.at(np.zeros_like(self.k))

    @cached_property
    def unweighted(self) -> RegressionProjection:
        return self._project((self.v < np.inf).astype(float))

    def gram(self, weights: Array) -> Array:
        return gram(self.x, weights)

    def _project(self, w: Array) -> RegressionProjection:
        return RegressionProjection(self.y, w, self.x, self.gram_present)


def regression_model(effects: Effects, design: Array) -> tuple[RegressionModel, Units, Array]:
    """The model with a design (k, p), and the matrix (p, p) that turns its coefficients into the design's.

    Raises ValueError when the design has a wrong shape, a value that is not finite, or collinear columns.
    """
    x, back = orthonormal(np.asarray(design, dtype=float), effects.k)
    data = prepared(effects, from_top=False)
    gram_present = gram(x, effects.present.astype(float))
    estimable = np.linalg.eigvalsh(gram_present)[:, 0] > COLLINEAR
    gram_present[~estimable] = np.eye(x.shape[1])
    df = np.where(estimable, data.k - x.shape[1], np.nan)
    return RegressionModel(data.y, data.v, data.v_min, x, gram_present, data.k, df), data.units, back
