"""Meta-regression over very different variances: the precise studies that fix the design are kept apart.

The intercept model keeps its most precise study apart, so that sums over the others never lose their digits
beneath one dominating weight. Here p studies are kept apart, the base: Gaussian elimination of the weighted
design with complete pivoting chooses them. With the design written in terms of its rows at the base, M, and
effects measured from the plane through the base, every quantity is a sum over the other studies and a small
matrix I + S, S = D^-1/2 M'WM D^-1/2, whose eigenvalues lie between 1 and a modest multiple of k, however far
apart the weights are (D: weights of the base, W: of the others). In particular, with A = D + M'WM,

    P among the others = W - W M A^-1 M'W,  between both = -W M A^-1 D,  within the base = D A^-1 M'WM,

which is the residual projection by Woodbury's identity, free of differences between large numbers.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from synthesis.pooling.designs.basis import Base, DesignData, base_of
from synthesis.pooling.kernel.effects import Array, Mask, Rows
from synthesis.pooling.kernel.once import once
from synthesis.pooling.kernel.sums import (
    all_in_order,
    gram,
    inverse,
    log_determinant,
    log_sum,
    row_dot,
    row_sum,
    take_rows,
    trace_of_product,
)

_LARGEST_SHARE = 4.0  # shares up to this cost about two of sixteen digits at most, whatever the weights


class WideProjection:
    """The projection for a design of p columns with p studies kept apart; coefficients are the design's.

    weights: (n, k), zero where a study is absent. logdet_present, (n,): log |X'X|.
    """

    def __init__(self, weights: Array, base: Base, logdet_present: Array) -> None:
        self.weights, self._base, self._logdet_present = weights, base, logdet_present
        self._each = np.arange(len(weights))[:, None]

    @once
    def _d(self) -> Array:
        """Weights of the base, (n, p)."""
        d: Array = self.weights[self._each, self._base.rows]
        return d

    @once
    def _w(self) -> Array:
        """Weights of the others, (n, k); zero at the base."""
        w = self.weights.copy()
        w[self._each, self._base.rows] = 0.0
        return w

    @once
    def _f(self) -> Array:
        """W^1/2 M D^-1/2, (n, k, p)."""
        f: Array = self._base.shares * np.sqrt(self._w)[:, :, None]
        f /= np.sqrt(self._d)[:, None, :]
        return f

    @once
    def _s(self) -> Array:
        return np.asarray(np.matmul(self._f.transpose(0, 2, 1), self._f))

    @once
    def _inner(self) -> Array:
        """(I + S)^-1."""
        return inverse(np.eye(self._base.rows.shape[1]) + self._s)

    def _fit(self, values: Array) -> Array:
        """Coefficients of a fit of values, (n, k), to M, in which the base has no weight: (n, p)."""
        right = np.matmul((np.sqrt(self._w) * values)[:, None, :], self._f)
        fitted: Array = np.matmul(right, self._inner)[:, 0, :] / np.sqrt(self._d)
        return fitted

    def _from_base(self, values: Array, at_base: Array) -> Array:
        """What is left of values, (n, k), beyond the plane that is `at_base`, (n, p), at the base."""
        left: Array = values - np.matmul(self._base.shares, at_base[:, :, None])[:, :, 0]
        return left

    @once
    def _y_base(self) -> Array:
        """What rounding left of the effects at the base, (n, p)."""
        y_base: Array = self._base.from_plane[self._each, self._base.rows]
        return y_base

    @once
    def _contrast(self) -> Array:
        return self._from_base(self._base.from_plane, self._y_base)

    @once
    def _shift(self) -> Array:
        """How far the fit lies above the plane through the base, at the base, (n, p)."""
        return self._fit(self._contrast)

    @once
    def _residual(self) -> Array:
        """Of the others, (n, k); at the base it is minus `_shift`."""
        return self._from_base(self._contrast, self._shift)

    @once
    def _u_others(self) -> Array:
        u: Array = self._w * self._residual
        return u

    @once
    def _u_base(self) -> Array:
        """Py at the base: as X'Py = 0, minus the sum of the others' by their shares."""
        u_base: Array = -np.matmul(self._u_others[:, None, :], self._base.shares)[:, 0, :]
        return u_base

    @property
    def beta(self) -> Array:
        above: Array = np.matmul(self._base.inverse, (self._y_base + self._shift)[:, :, None])[:, :, 0]
        return self._base.plane + above

    @once
    def covariance(self) -> Array:
        root = self._base.inverse / np.sqrt(self._d)[:, None, :]
        covariance: Array = root @ self._inner @ root.transpose(0, 2, 1)
        return covariance

    @once
    def trace_w(self) -> Array:
        return row_sum(self.weights)

    @once
    def trace_ww(self) -> Array:
        return row_dot(self.weights, self.weights)

    @once
    def trace_p(self) -> Array:
        return self.trace_pv(np.ones_like(self.weights))

    @once
    def trace_pp(self) -> Array:
        return self.trace_pvpv(np.ones_like(self.weights))

    def trace_pv(self, v: Array) -> Array:
        """tr(P diag(v)), (n,)."""
        w, v_base = self._w, v[self._each, self._base.rows]
        by_v = np.matmul((self._f * (w * v)[:, :, None]).transpose(0, 2, 1), self._f)
        within: Array = np.einsum("bp,bp,bpp->b", v_base, self._d, self._shrunk)
        return row_dot(w, v) - trace_of_product(self._inner, by_v) + within

    def trace_pvpv(self, v: Array) -> Array:
        """tr(P diag(v) P diag(v)), (n,)."""
        w, f, v_base = self._w, self._f, v[self._each, self._base.rows]
        by_v = np.matmul((f * (w * v)[:, :, None]).transpose(0, 2, 1), f)
        by_v2 = np.matmul((f * (w * v * w * v)[:, :, None]).transpose(0, 2, 1), f)
        hat = np.matmul(self._inner, by_v)
        others = row_dot(w * v, w * v) - 2.0 * trace_of_product(self._inner, by_v2)
        others += trace_of_product(hat, hat)
        dv = self._d * v_base
        between: Array = np.einsum("bp,bpp->b", dv, np.matmul(hat, self._inner))
        within: Array = np.einsum("bp,bq,bpq,bqp->b", dv, dv, self._shrunk, self._shrunk)
        return others + 2.0 * between + within

    @once
    def _shrunk(self) -> Array:
        """(I + S)^-1 S, which times D^1/2 on both sides is P within the base."""
        shrunk: Array = np.matmul(self._inner, self._s)
        return shrunk

    @once
    def ypy(self) -> Array:
        others = row_dot(self._w, self._residual, self._residual)
        return others + row_dot(self._d, self._shift, self._shift)

    @once
    def yppy(self) -> Array:
        return row_dot(self._u_others, self._u_others) + row_dot(self._u_base, self._u_base)

    @once
    def ypppy(self) -> Array:
        contrast = self._from_base(self._u_others, self._u_base)
        shift = self._fit(contrast)
        left = self._from_base(contrast, shift)
        return row_dot(self._w, left, left) + row_dot(self._d, shift, shift)

    @property
    def logdet_w(self) -> Array:
        return log_sum(self.weights)

    @once
    def logdet_of_gram(self) -> Array:
        """log |X'WX|."""
        at_base = -2.0 * log_determinant(self._base.inverse)
        return at_base + log_sum(self._d) + log_determinant(np.eye(self._base.rows.shape[1]) + self._s)

    @property
    def logdet_gram(self) -> Array:
        return self.logdet_of_gram - self._logdet_present


@dataclass(frozen=True)
class WideRegressionModel(DesignData):
    """Meta-regression on a design shared by all data sets, for variances of any range.

    x: the design, (k, p), which every data set can estimate. v is infinite where a study is absent. base:
    that of tau2 = 0. steady, (n,): whether it serves at every tau2. logdet_present, (n,): log |X'X|.
    """

    k: Array
    df: Array
    base: Base
    steady: Mask
    logdet_present: Array

    def take(self, rows: Rows) -> WideRegressionModel:
        if all_in_order(rows, self.k.size):
            return self
        return WideRegressionModel(
            take_rows(self.y, rows),
            take_rows(self.v, rows),
            self.v_min[rows],
            self.x,
            self.k[rows],
            self.df[rows],
            self.base.take(rows),
            self.steady[rows],
            self.logdet_present[rows],
        )

    def at(self, tau2: Array) -> WideProjection:
        return self._project(1.0 / (self.v + tau2[:, None]))

    @once
    def at_zero(self) -> WideProjection:
        return self.at(np.zeros_like(self.k))

    @once
    def unweighted(self) -> WideProjection:
        return self._project((self.v < np.inf).astype(float))

    def gram(self, weights: Array) -> Array:
        return gram(self.x, weights)

    def _project(self, weights: Array) -> WideProjection:
        restless = np.flatnonzero(~self.steady)
        if not restless.size:
            return WideProjection(weights, self.base, self.logdet_present)
        own = base_of(self.x, weights[restless], self.y[restless])
        return WideProjection(weights, self.base.replaced(restless, own), self.logdet_present)


def wide_regression_model(
    y: Array, v: Array, v_min: Array, k: Array, df: Array, design: Array
) -> WideRegressionModel:
    """The model for n data sets in internal units, v infinite and y zero where a study is absent.

    v_min, k, df: shape (n,). design: (k, p), with columns of a size, which every data set can estimate.
    """
    base = base_of(design, 1.0 / v, y)
    small = np.abs(base.shares) <= _LARGEST_SHARE
    steady = (small | (v == np.inf)[:, :, None]).all(axis=(1, 2))
    model = WideRegressionModel(y, v, v_min, design, k, df, base, steady, np.zeros_like(df))
    return replace(model, logdet_present=model.unweighted.logdet_of_gram)
