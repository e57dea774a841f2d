"""A batch made ready for pooling: every data set in its own units, a design, and weights on request.

Each data set is divided by a power of two near its smallest standard error. That changes no digit, keeps
powers of weights far from overflow, and makes every estimator exactly equivariant to such a change of
units. Results are on this internal scale until `pool_batch` turns them back.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np

from synthesis.pooling.effects import Array, Effects, Mask, Rows
from synthesis.pooling.projection import InterceptProjection, Projection, RegressionProjection
from synthesis.pooling.sums import gram, row_sum

_COLLINEAR = 1e-10


class Model(Protocol):
    """n data sets with a design of p columns. k, df, v_min and v_max have shape (n,)."""

    @property
    def y(self) -> Array:
        """Effects, (n, k), on the internal scale; zero where absent."""

    @property
    def p(self) -> int:
        """Columns of the design."""

    @property
    def k(self) -> Array:
        """Studies present."""

    @property
    def df(self) -> Array:
        """Residual degrees of freedom, k - p; nan where the design cannot be estimated."""

    @property
    def v_min(self) -> Array:
        """Smallest variance present, between 1 and 4."""

    @property
    def v_max(self) -> Array:
        """Largest variance present."""

    @property
    def present(self) -> Mask:
        """Studies present, (n, k)."""

    @property
    def variances(self) -> Array:
        """v, (n, k); zero where absent."""

    def take(self, rows: Rows) -> Model:
        """The data sets of these numbers; the model itself when they are all of them, in order."""

    def at(self, tau2: Array) -> Projection:
        """The projection with weights 1 / (v + tau2); tau2 has shape (n,)."""

    @property
    def at_zero(self) -> Projection:
        """The projection with tau2 = 0, computed once."""

    @property
    def unweighted(self) -> Projection:
        """The projection with weight one for every study present, computed once."""

    def gram(self, weights: Array) -> Array:
        """X' diag(weights) X, (n, p, p), for weights that are zero where a study is absent."""


@dataclass(frozen=True)
class InterceptModel:
    """Pooling without moderators.

    y is measured from the study with the smallest variance, and v is infinite in the place of that study
    (its own is `v_min`) and of studies that are absent; see `InterceptProjection`.
    """

    y: Array
    v: Array
    v_min: Array
    v_max: Array
    top_index: Rows
    k: Array
    p: int = 1

    @property
    def df(self) -> Array:
        return self.k - 1.0

    @property
    def present(self) -> Mask:
        present: Mask = self.v < np.inf
        present[np.arange(len(present)), self.top_index] = self.k > 0
        return present

    @property
    def variances(self) -> Array:
        variances = np.where(self.v < np.inf, self.v, 0.0)
        variances[np.arange(len(variances)), self.top_index] = self.v_min
        return variances

    def take(self, rows: Rows) -> InterceptModel:
        if _all_in_order(rows, self.k.size):
            return self
        return InterceptModel(
            _take(self.y, rows),
            _take(self.v, rows),
            self.v_min[rows],
            self.v_max[rows],
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


@dataclass(frozen=True)
class RegressionModel:
    """Meta-regression on a design shared by all data sets; x is its orthonormal basis, (k, p).

    v is infinite where a study is absent. With few studies far heavier than the others (weights more than
    about eight orders of magnitude apart), the p x p algebra loses digits that the intercept model keeps.
    """

    y: Array
    v: Array
    v_min: Array
    v_max: Array
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

    @property
    def variances(self) -> Array:
        return np.where(self.v < np.inf, self.v, 0.0)

    def take(self, rows: Rows) -> RegressionModel:
        if _all_in_order(rows, self.k.size):
            return self
        return RegressionModel(
            _take(self.y, rows),
            _take(self.v, rows),
            self.v_min[rows],
            self.v_max[rows],
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


@dataclass(frozen=True)
class Units:
    """How to turn internal results back: y = origin + scale * y_internal; shapes (n,)."""

    scale: Array
    origin: Array


def intercept_model(effects: Effects) -> tuple[InterceptModel, Units]:
    """The model without moderators for every data set of a batch."""
    present = effects.present
    v = np.where(present, effects.v, np.inf)
    top_index = v.argmin(axis=1)
    rows = np.arange(len(v))
    k = present.sum(axis=1).astype(float)
    origin = np.where(k > 0, effects.y[rows, top_index], 0.0)
    y, v, units = _in_own_units(effects.y, v, present, origin)
    v_min, v_max = _extremes(v, present)
    v[rows, top_index] = np.inf
    return InterceptModel(y, v, v_min, v_max, top_index, k), units


def regression_model(effects: Effects, design: Array) -> tuple[RegressionModel, Units, Array]:
    """The model with a design (k, p), and the matrix (p, p) that turns its coefficients into the design's.

    Raises ValueError when the design has a wrong shape, a value that is not finite, or collinear columns.
    """
    x, back = _orthonormal(np.asarray(design, dtype=float), effects.k)
    present = effects.present
    k = present.sum(axis=1).astype(float)
    y, v, units = _in_own_units(
        effects.y, np.where(present, effects.v, np.inf), present, np.zeros(effects.batch)
    )
    gram_present = gram(x, present.astype(float))
    estimable = np.linalg.eigvalsh(gram_present)[:, 0] > _COLLINEAR
    gram_present[~estimable] = np.eye(x.shape[1])
    df = np.where(estimable, k - x.shape[1], np.nan)
    return RegressionModel(y, v, *_extremes(v, present), x, gram_present, k, df), units, back


def _all_in_order(rows: Rows, n: int) -> bool:
    return rows.size == n and bool((rows == np.arange(n)).all())


def _take(a: Array, rows: Rows) -> Array:
    """Rows of an array that keeps each study's values side by side in memory."""
    return np.take(a.T, rows, axis=1).T


def _in_own_units(y: Array, v: Array, present: Mask, origin: Array) -> tuple[Array, Array, Units]:
    """y from its origin and v, both divided by the data set's power of two.

    Memory order is by study, so that sums over few studies of many data sets run along the batch.
    """
    smallest = np.min(v, axis=1, initial=np.inf)
    exponent = (np.frexp(np.where(smallest < np.inf, smallest, 1.0))[1] - 1) // 2
    inverse = np.ldexp(1.0, -exponent)
    y_own = np.asfortranarray(np.where(present, y, origin[:, None]))
    y_own -= origin[:, None]
    y_own *= inverse[:, None]
    v_own = np.asfortranarray(v)
    v_own = v_own * (inverse * inverse)[:, None]
    return y_own, v_own, Units(np.ldexp(1.0, exponent), origin)


def _extremes(v: Array, present: Mask) -> tuple[Array, Array]:
    """Smallest and largest variance present; one for a data set without studies."""
    smallest = np.min(v, axis=1, initial=np.inf)
    largest = np.max(v, axis=1, initial=0.0, where=present)
    return np.where(smallest < np.inf, smallest, 1.0), np.where(largest > 0, largest, 1.0)


def _orthonormal(design: Array, k: int) -> tuple[Array, Array]:
    if design.ndim != 2 or design.shape[0] != k or not design.shape[1]:
        raise ValueError(f"the design has shape {design.shape}; expected one row for each of {k} studies")
    if not np.isfinite(design).all():
        raise ValueError("the design has a missing or infinite value; expected finite numbers")
    size = np.sqrt(np.einsum("kp,kp->p", design, design))
    basis, triangle = np.linalg.qr(design / np.where(size > 0, size, 1.0))
    if design.shape[1] > k or np.abs(np.diag(triangle)).min() < _COLLINEAR:
        raise ValueError("the columns of the design are collinear; leave out one that the others determine")
    return basis, np.linalg.inv(triangle) / size[:, None]
