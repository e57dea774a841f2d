"""Pooling without moderators: weighted sums, with the most precise study kept apart where it may dominate."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from synthesis.pooling.kernel import search
from synthesis.pooling.kernel.effects import Array, Effects, Mask, Rows
from synthesis.pooling.kernel.model import LinearModel
from synthesis.pooling.kernel.once import once
from synthesis.pooling.kernel.scaling import Units, laid_out, prepared
from synthesis.pooling.kernel.sums import all_in_order, log_sum, row_dot, row_sum, take_rows

_WORTH_COMPILING = 150_000  # numbers of a batch: below that numpy is done before numba is loaded


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
        weights[np.arange(len(weights)), self._top_index] += self._top
        return weights

    @once
    def _s1(self) -> Array:
        return row_sum(self._w)

    @once
    def _s2(self) -> Array:
        return row_dot(self._w, self._w)

    @once
    def _s3(self) -> Array:
        return row_dot(self._w, self._w, self._w)

    @once
    def trace_w(self) -> Array:
        return self._top + self._s1

    @once
    def _mean(self) -> Array:
        return row_dot(self._w, self._y) / self.trace_w

    @once
    def _u(self) -> Array:
        """Py for all but the study kept apart, whose entry is -top * mean."""
        u = self._y - self._mean[:, None]
        u *= self._w
        return u

    @once
    def _squares(self) -> Array:
        residual = self._y - self._mean[:, None]
        return row_dot(self._w, residual, residual)

    @once
    def _twice(self) -> Array:
        return row_dot(self._u, self._u)

    @once
    def _cubes(self) -> Array:
        return row_dot(self._w, self._u, self._u)

    @once
    def _across(self) -> Array:
        across = row_dot(self._w, self._u)
        del self.__dict__["_u"]  # the last of its sums: the next projection finds its memory in the cache
        return across

    @property
    def beta(self) -> Array:
        return self._mean[:, None]

    @once
    def _inverse(self) -> Array:
        return 1.0 / self.trace_w

    @property
    def covariance(self) -> Array:
        return self._inverse[:, None, None]

    @once
    def trace_ww(self) -> Array:
        return self._top * self._top + self._s2

    @once
    def trace_p(self) -> Array:
        trace: Array = search.trace_p_of(self._top, self._s1, self._s2, self._inverse)
        return trace

    @once
    def trace_pp(self) -> Array:
        trace: Array = search.trace_pp_of(self._top, self._s1, self._s2, self._s3, self._inverse)
        return trace

    @once
    def ypy(self) -> Array:
        return self._squares + self._top * self._mean**2

    @once
    def yppy(self) -> Array:
        return self._twice + (self._top * self._mean) ** 2

    @once
    def ypppy(self) -> Array:
        form: Array = search.ypppy_of(
            self._top, self._s1, self._mean, self._cubes, self._across, self._inverse
        )
        return form

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

    @once
    def logdet_w(self) -> Array:
        others = log_sum(self._w)
        return others if self._top_index is None else others + np.log(np.where(self._top > 0, self._top, 1.0))

    @property
    def logdet_gram(self) -> Array:
        return np.log(self.trace_w) - np.log(self._k)


def _taken(row: int) -> Any:
    """One of the sums that `sum_loop` fills in, shape (n,)."""
    return property(lambda projection: projection._sums[row])


class GivenRows:
    """Data sets as they are given, row by row, which compiled loops read as they are.

    y, v, present: as `search_loop` takes them. facts: (6, n), by `survey_loop`. Whether a study is kept apart
    is decided for each data set. What the loops do not need is laid out when it is asked for.
    """

    def __init__(self, rows: tuple[Array, Array, Mask], facts: Array, loops: search.Loops) -> None:
        self.rows, self.facts, self.loops = rows, facts, loops
        top = facts[search.TOP]
        self.apart = (top >= 0.0).astype(float)
        self.top_index = np.maximum(top, 0.0).astype(np.intp) if self.apart.any() else None

    @once
    def _others(self) -> Mask:
        """Studies present and not kept apart."""
        others = np.ones(self.rows[0].shape, dtype=bool) if not self.rows[2].size else self.rows[2].copy()
        if self.top_index is not None:
            others[np.arange(len(others)), self.top_index] &= self.apart == 0
        return others

    @once
    def laid_y(self) -> Array:
        """Effects as an `InterceptModel` has them."""
        own = (self.rows[0] - self.facts[search.ORIGIN, :, None]) * self.facts[search.SHRINK, :, None]
        return np.where(self._others, own, 0.0)

    @once
    def laid_v(self) -> Array:
        """Variances, likewise."""
        return np.where(self._others, self.rows[1] * self.facts[search.SHRINK, :, None] ** 2, np.inf)


class SummedProjection(InterceptProjection):
    """The projection of data sets whose sums were taken in one compiled loop.

    It holds no model, which holds it: memory would be kept until Python looks for such circles.
    """

    def __init__(self, given: GivenRows, tau2: Array) -> None:
        self._given, self._tau2, self._k = given, tau2, given.facts[search.K]
        self._top, self._top_index = given.apart / (given.facts[search.V_MIN] + tau2), given.top_index
        self._sums = np.empty((8, tau2.size))
        given.loops.sums(*given.rows, given.facts, np.ascontiguousarray(tau2), self._sums)

    _s1, _s2, _s3, _mean, _squares, _twice, _cubes, _across = map(_taken, range(8))

    @once
    def _y(self) -> Array:
        return self._given.laid_y

    @once
    def _w(self) -> Array:
        w = self._given.laid_v + self._tau2[:, None]
        np.divide(1.0, w, out=w)
        return w


@dataclass(frozen=True)
class InterceptModel:
    """Pooling without moderators.

    Where one study may dominate, y is measured from that with the smallest variance, and v is infinite
    in the place of that study (its own is `v_min`); see `InterceptProjection`. Otherwise y is measured from
    the first study present, and `top_index` is None. v is infinite where a study is absent.
    The latest projection is kept, as estimators end where their standard error and the mean begin.
    """

    y: Array
    v: Array
    v_min: Array
    v_max: Array
    top_index: Rows | None
    k: Array
    p: int = 1
    _latest: list[tuple[Array, InterceptProjection]] = field(default_factory=list)

    @once
    def df(self) -> Array:
        return self.k - 1.0

    @once
    def apart(self) -> Array:
        """One where a study is kept apart, else zero."""
        return np.where(self.k > 0, float(self.top_index is not None), 0.0)

    @property
    def present(self) -> Mask:
        present: Mask = self.v < np.inf
        if self.top_index is not None:
            present[np.arange(len(present)), self.top_index] |= (self.apart > 0) & (self.k > 0)
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
        )

    def at(self, tau2: Array) -> InterceptProjection:
        if self._latest and np.array_equal(self._latest[0][0], tau2):
            return self._latest[0][1]
        projection = self._at(tau2)
        self._latest[:] = [(tau2.copy(), projection)]
        return projection

    @once
    def at_zero(self) -> InterceptProjection:
        return self._at(np.zeros_like(self.k))

    def _at(self, tau2: Array) -> InterceptProjection:
        w = self.v + tau2[:, None]
        np.divide(1.0, w, out=w)
        return self._project(w, 1.0 / (self.v_min + tau2))

    @once
    def unweighted(self) -> InterceptProjection:
        return self._project((self.v < np.inf).astype(float), np.ones_like(self.v_min))

    @property
    def x(self) -> Array:
        return np.ones((self.y.shape[1], 1))

    def gram(self, weights: Array) -> Array:
        return row_sum(weights)[:, None, None]

    def _project(self, w: Array, top: Array) -> InterceptProjection:
        apart = 0.0 if self.top_index is None else self.apart * top
        return InterceptProjection(self.y, w, apart, self.top_index, self.k)


class RowModel(InterceptModel):
    """The same of data sets as they are given."""

    given: GivenRows

    def __init__(self, given: GivenRows) -> None:
        facts = given.facts
        own = {"v_min": facts[search.V_MIN], "v_max": facts[search.V_MAX], "k": facts[search.K]}
        own |= {"given": given, "apart": given.apart, "top_index": given.top_index, "_latest": []}
        self.__dict__.update(own)

    @property
    def y(self) -> Array:
        return self.given.laid_y

    @property
    def v(self) -> Array:
        return self.given.laid_v

    def take(self, rows: Rows) -> RowModel:
        if all_in_order(rows, self.k.size):
            return self
        y, v, present = self.given.rows
        own = y[rows], v[rows], present[rows] if present.size else present
        return RowModel(GivenRows(own, self.given.facts.take(rows, axis=1), self.given.loops))

    def _at(self, tau2: Array) -> InterceptProjection:
        return SummedProjection(self.given, tau2)


def spread(model: LinearModel) -> Array:
    """The unweighted residual sum of squares, (n,), but for the digits that one subtraction may lose.

    Effects are measured from one of the studies, so that no more is lost than a factor of k.
    """
    if not isinstance(model, InterceptModel):
        return model.unweighted.ypy
    total = row_sum(model.y)
    return row_dot(model.y, model.y) - total * total / model.k


def searched(model: LinearModel, kind: int, goal: Array) -> Array | None:
    """The tau2, (n,), that a compiled `search_loop` finds; None where there is none."""
    if not isinstance(model, RowModel):
        return None
    tau2 = np.empty(model.k.size)
    given = model.given
    given.loops.search(*given.rows, given.facts, kind, np.ascontiguousarray(goal), tau2)
    return tau2


def intercept_model(effects: Effects) -> tuple[InterceptModel, Units]:
    """The model without moderators for every data set of a batch."""
    loops = search.compiled_loops() if effects.whole >= _WORTH_COMPILING else None
    if loops is not None:
        return _row_model(effects, loops)
    own = laid_out(effects)
    if own.harmless:
        units = Units(np.ones_like(own.k), own.origin)
        return InterceptModel(own.y, own.v, own.v_min, own.v_max, None, own.k), units
    data = prepared(effects, from_top=True)
    v_max = own.v_max / data.units.scale**2
    data.v[np.arange(effects.batch), data.top_index] = np.inf
    return InterceptModel(data.y, data.v, data.v_min, v_max, data.top_index, data.k), data.units


def _row_model(effects: Effects, loops: search.Loops) -> tuple[InterceptModel, Units]:
    present = np.empty((0, 0), dtype=bool) if effects.complete else np.ascontiguousarray(effects.present)
    rows = np.ascontiguousarray(effects.y), np.ascontiguousarray(effects.v), present
    facts = np.empty((6, effects.batch))
    loops.survey(*rows, facts)
    return RowModel(GivenRows(rows, facts, loops)), Units(1.0 / facts[search.SHRINK], facts[search.ORIGIN])
