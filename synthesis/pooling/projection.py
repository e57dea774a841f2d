"""The few weighted sums that every estimator, test and interval is made of.

With weights W = diag(1 / (v + tau2)), the residual projection is P = W - W X (X'WX)^-1 X'W. Estimators
need only beta, y'Py, y'PPy, y'PPPy, tr(P), tr(PP), tr(W), tr(WW) and |X'WX|: never the k x k matrix.
Two classes give them, one for the intercept alone (plain sums) and one for any design (p x p algebra).
"""

from __future__ import annotations

from functools import cached_property
from typing import Protocol

import numpy as np

from synthesis.pooling.effects import Array, Rows
from synthesis.pooling.sums import (
    gram,
    inverse,
    log_determinant,
    log_sum,
    row_dot,
    row_sum,
    trace,
    trace_of_product,
)


class Projection(Protocol):
    """What is known of n data sets at given weights; every attribute has n rows."""

    @property
    def weights(self) -> Array:
        """w, shape (n, k); zero where a study is absent."""

    @property
    def beta(self) -> Array:
        """Weighted least squares coefficients, shape (n, p)."""

    @property
    def covariance(self) -> Array:
        """(X'WX)^-1, shape (n, p, p)."""

    @property
    def trace_w(self) -> Array:
        """tr(W)."""

    @property
    def trace_ww(self) -> Array:
        """tr(WW)."""

    @property
    def trace_p(self) -> Array:
        """tr(P)."""

    @property
    def trace_pp(self) -> Array:
        """tr(PP)."""

    @property
    def ypy(self) -> Array:
        """y'Py, the weighted residual sum of squares: Cochran's Q at these weights."""

    @property
    def yppy(self) -> Array:
        """y'PPy."""

    @property
    def ypppy(self) -> Array:
        """y'PPPy."""

    @property
    def logdet_w(self) -> Array:
        """log |W| over the studies present."""

    @property
    def logdet_gram(self) -> Array:
        """log |X'WX| - log |X'X|."""


class InterceptProjection:
    """The projection when the design is the intercept alone.

    The study with the smallest variance is kept apart (weight `top`, effect zero) from the others
    (weights w, shape (n, k), zero in its place). Sums over the others then never lose their digits
    beneath one dominating weight, as S1 - S2 / S1 would.
    """

    def __init__(self, y: Array, w: Array, top: Array, top_index: Rows, k: Array) -> None:
        self._y, self._w, self._top, self._top_index, self._k = y, w, top, top_index, k

    @property
    def weights(self) -> Array:
        weights = self._w.copy()
        weights[np.arange(len(weights)), self._top_index] = self._top
        return weights

    @cached_property
    def _s1(self) -> Array:
        return row_sum(self._w)

    @cached_property
    def _s2(self) -> Array:
        return row_dot(self._w, self._w)

    @cached_property
    def _s3(self) -> Array:
        return row_dot(self._w, self._w, self._w)

    @cached_property
    def trace_w(self) -> Array:
        return self._top + self._s1

    @cached_property
    def _mean(self) -> Array:
        return row_dot(self._w, self._y) / self.trace_w

    @cached_property
    def _residual(self) -> Array:
        """y - mean for all but the study kept apart, whose residual is -mean."""
        return self._y - self._mean[:, None]

    @cached_property
    def _u(self) -> Array:
        """Py for all but the study kept apart, whose entry is -top * mean."""
        return self._w * self._residual

    @property
    def beta(self) -> Array:
        return self._mean[:, None]

    @property
    def covariance(self) -> Array:
        return (1.0 / self.trace_w)[:, None, None]

    @cached_property
    def trace_ww(self) -> Array:
        return self._top * self._top + self._s2

    @cached_property
    def trace_p(self) -> Array:
        others = self._s1 * self._s1 - self._s2
        return (2.0 * self._top * self._s1 + others) / self.trace_w

    @cached_property
    def trace_pp(self) -> Array:
        share = self._top / self.trace_w
        others = self._s2 - 2.0 * self._s3 / self.trace_w + (self._s2 / self.trace_w) ** 2
        return share * share * (self._s1 * self._s1 + 2.0 * self._s2) + others

    @cached_property
    def ypy(self) -> Array:
        return row_dot(self._w, self._residual, self._residual) + self._top * self._mean**2

    @cached_property
    def yppy(self) -> Array:
        return row_dot(self._u, self._u) + (self._top * self._mean) ** 2

    @cached_property
    def ypppy(self) -> Array:
        others = row_dot(self._w, self._u)
        of_top = -self._top * self._mean
        shared = self._top * of_top * (of_top * self._s1 - 2.0 * others) - others * others
        return row_dot(self._w, self._u, self._u) + shared / self.trace_w

    @property
    def logdet_w(self) -> Array:
        return log_sum(self._w) + np.log(self._top)

    @property
    def logdet_gram(self) -> Array:
        return np.log(self.trace_w) - np.log(self._k)


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
