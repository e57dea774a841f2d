"""Pooling without moderators: plain weighted sums, with the most precise study kept apart."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from synthesis.pooling.effects import Array, Effects, Mask, Rows
from synthesis.pooling.preparation import Units, prepared
from synthesis.pooling.sums import all_in_order, log_sum, row_dot, row_sum, take_rows


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


@dataclass(frozen=True)
class InterceptModel:
    """Pooling without moderators.

    y is measured from the study with the smallest variance, and v is infinite in the place of that study
    (its own is `v_min`) and of studies that are absent; see `InterceptProjection`.
    """

    y: Array
    v: Array
    v_min: Array
    top_index: Rows
    k: Array
    p: int = 1

    @cached_property
    def df(self) -> Array:
        return self.k - 1.0

    @property
    def present(self) -> Mask:
        present: Mask = self.v < np.inf
        present[np.arange(len(present)), self.top_index] = self.k > 0
        return present

    @cached_property
    def v_max(self) -> Array:
        largest: Array = np.where(self.v < np.inf, self.v, 0.0).max(axis=1)
        return np.maximum(largest, self.v_min)

    @property
    def variances(self) -> Array:
        variances = np.where(self.v < np.inf, self.v, 0.0)
        variances[np.arange(len(variances)), self.top_index] = self.v_min
        return variances

    def take(self, rows: Rows) -> InterceptModel:
        if all_in_order(rows, self.k.size):
            return self
        return InterceptModel(
            take_rows(self.y, rows),
            take_rows(self.v, rows),
            self.v_min[rows],
            self.top_index[rows],
            self.k[rows],
        )

    def at(self, tau2: Array) -> InterceptProjection:
        w = self.v + tau2[:, None]
        np.divide(1.0, w, out=w)
        return self._project(w, 1.0 / (self.v_min + tau2))

    @cached_property
    def at_zero(self) -> InterceptProjection:
        return self.at(np.zeros_like(self.k))

    @cached_property
    def unweighted(self) -> InterceptProjection:
        return self._project((self.v < np.inf).astype(float), np.ones_like(self.v_min))

    def gram(self, weights: Array) -> Array:
        return row_sum(weights)[:, None, None]

    def _project(self, w: Array, top: Array) -> InterceptProjection:
        return InterceptProjection(self.y, w, top, self.top_index, self.k)


def intercept_model(effects: Effects) -> tuple[InterceptModel, Units]:
    """The model without moderators for every data set of a batch."""
    data = prepared(effects, from_top=True)
    data.v[np.arange(effects.batch), data.top_index] = np.inf
    return InterceptModel(data.y, data.v, data.v_min, data.top_index, data.k), data.units
