"""Pooling without moderators: weighted sums, with the most precise study kept apart where it may dominate."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from synthesis.pooling.kernel.effects import Array, Effects, Mask, Rows
from synthesis.pooling.kernel.fast_paths import SumLoop, compiled_sum_loop
from synthesis.pooling.kernel.scaling import Units, laid_out, prepared
from synthesis.pooling.kernel.sums import all_in_order, log_sum, row_dot, row_sum, take_rows

_WORTH_COMPILING = 150_000  # numbers of a part: below that numpy is done before numba is loaded


class InterceptProjection:
    """The projection when the design is the intercept alone.

    The study with the smallest variance is kept apart (weight `top`, effect zero) from the others
    (weights w, shape (n, k), zero in its place). Sums over the others then never lose their digits
    beneath one dominating weight, as S1 - S2 / S1 would. Where no study dominates none is kept
    apart: `top` is zero and `top_index` None.
    """

    def __init__(self, y: Array, w: Array, top: Array | float, top_index: Rows | None, k: Array) -> None:
        self._y, self._w, self._top, self._top_index, self._k = y, w, top, top_index, k

    @property
    def weights(self) -> Array:
        if self._top_index is None:
            return self._w
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
        u = self._y - self._mean[:, None]
        u *= self._w
        return u

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

    def trace_pv(self, v: Array) -> Array:
        wv = self._w * v
        taken = row_dot(self._w, wv) / self.trace_w
        return row_sum(wv) - taken + self._top_of(v) * self._s1 / self.trace_w

    def trace_pvpv(self, v: Array) -> Array:
        wv, top = self._w * v, self._top_of(v)
        by_v = row_dot(self._w, wv) / self.trace_w
        others = row_dot(wv, wv) - 2.0 * row_dot(self._w, wv, wv) / self.trace_w + by_v * by_v
        share = self._s1 / self.trace_w
        return others + 2.0 * top * self._top / self.trace_w * by_v + (top * share) ** 2

    def _top_of(self, v: Array) -> Array:
        """w v of the study kept apart."""
        if self._top_index is None:
            return np.zeros(len(v))
        top: Array = self._top * v[np.arange(len(v)), self._top_index]
        return top

    @property
    def logdet_w(self) -> Array:
        others = log_sum(self._w)
        return others if self._top_index is None else others + np.log(self._top)

    @property
    def logdet_gram(self) -> Array:
        return np.log(self.trace_w) - np.log(self._k)


def _taken(row: int) -> Any:
    """One of the sums that `sum_loop` fills in, shape (n,)."""
    return property(lambda projection: projection._sums[row])


class SummedProjection(InterceptProjection):
    """The projection of data sets in which no study dominates, whose sums were taken in one compiled loop."""

    def __init__(self, model: InterceptModel, tau2: Array, loop: SumLoop) -> None:
        self._y, self._top, self._top_index, self._k = model.y, 0.0, None, model.k
        self._v, self._tau2 = model.v, tau2
        self._sums = np.empty((7, tau2.size))
        loop(model.y.T, model.v.T, np.ascontiguousarray(tau2), self._sums)

    _s1 = trace_w = _taken(0)
    _s2 = trace_ww = _taken(1)
    _s3 = _taken(2)
    _mean = _taken(3)
    ypy = _taken(4)
    yppy = _taken(5)
    ypppy = _taken(6)

    @cached_property
    def _w(self) -> Array:  # type: ignore[override]
        w = self._v + self._tau2[:, None]
        np.divide(1.0, w, out=w)
        return w


@dataclass(frozen=True)
class InterceptModel:
    """Pooling without moderators.

    Where one study may dominate, y is measured from that with the smallest variance, and v is infinite
    in the place of that study (its own is `v_min`); see `InterceptProjection`. Otherwise y is measured from
    the first study present, and `top_index` is None. v is infinite where a study is absent.
    The latest projection is kept, as estimators end where their standard error and the mean begin.
    loop: takes the sums of a projection at once, for large batches where numba is installed.
    """

    y: Array
    v: Array
    v_min: Array
    v_max: Array
    top_index: Rows | None
    k: Array
    p: int = 1
    loop: SumLoop | None = None
    _latest: list[tuple[Array, InterceptProjection]] = field(default_factory=list)

    @cached_property
    def df(self) -> Array:
        return self.k - 1.0

    @property
    def present(self) -> Mask:
        present: Mask = self.v < np.inf
        if self.top_index is not None:
            present[np.arange(len(present)), self.top_index] = self.k > 0
        return present

    @property
    def variances(self) -> Array:
        return np.where(self.v < np.inf, self.v, self.v_min[:, None])

    def take(self, rows: Rows) -> InterceptModel:
        if all_in_order(rows, self.k.size):
            return self
        return InterceptModel(
            take_rows(self.y, rows),
            take_rows(self.v, rows),
            self.v_min[rows],
            self.v_max[rows],
            None if self.top_index is None else self.top_index[rows],
            self.k[rows],
            loop=self.loop,
        )

    def at(self, tau2: Array) -> InterceptProjection:
        if self._latest and np.array_equal(self._latest[0][0], tau2):
            return self._latest[0][1]
        if self.loop is not None:
            projection: InterceptProjection = SummedProjection(self, tau2, self.loop)
        else:
            w = self.v + tau2[:, None]
            np.divide(1.0, w, out=w)
            projection = self._project(w, 1.0 / (self.v_min + tau2))
        self._latest[:] = [(tau2.copy(), projection)]
        return projection

    @cached_property
    def at_zero(self) -> InterceptProjection:
        if self.loop is not None:
            return SummedProjection(self, np.zeros_like(self.k), self.loop)
        return self._project(1.0 / self.v, 1.0 / self.v_min)

    @cached_property
    def unweighted(self) -> InterceptProjection:
        return self._project((self.v < np.inf).astype(float), np.ones_like(self.v_min))

    @property
    def x(self) -> Array:
        return np.ones((self.y.shape[1], 1))

    def gram(self, weights: Array) -> Array:
        return row_sum(weights)[:, None, None]

    def _project(self, w: Array, top: Array) -> InterceptProjection:
        apart = 0.0 if self.top_index is None else top
        return InterceptProjection(self.y, w, apart, self.top_index, self.k)


def intercept_model(effects: Effects) -> tuple[InterceptModel, Units]:
    """The model without moderators for every data set of a batch."""
    own = laid_out(effects)
    if own.harmless:
        units = Units(np.ones_like(own.k), own.origin)
        loop = compiled_sum_loop() if effects.y.size >= _WORTH_COMPILING else None
        return InterceptModel(own.y, own.v, own.v_min, own.v_max, None, own.k, loop=loop), units
    data = prepared(effects, from_top=True)
    v_max = own.v_max / data.units.scale**2
    data.v[np.arange(effects.batch), data.top_index] = np.inf
    return InterceptModel(data.y, data.v, data.v_min, v_max, data.top_index, data.k), data.units
