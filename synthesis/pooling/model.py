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
from synthesis.pooling.preparation import COLLINEAR, Units, orthonormal, prepared
from synthesis.pooling.projection import InterceptProjection, Projection, RegressionProjection
from synthesis.pooling.sums import gram, row_sum


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
        if _all_in_order(rows, self.k.size):
            return self
        return InterceptModel(
            _take(self.y, rows),
            _take(self.v, rows),
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
        if _all_in_order(rows, self.k.size):
            return self
        return RegressionModel(
            _take(self.y, rows),
            _take(self.v, rows),
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


def intercept_model(effects: Effects) -> tuple[InterceptModel, Units]:
    """The model without moderators for every data set of a batch."""
    data = prepared(effects, from_top=True)
    data.v[np.arange(effects.batch), data.top_index] = np.inf
    return InterceptModel(data.y, data.v, data.v_min, data.top_index, data.k), data.units


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


def _all_in_order(rows: Rows, n: int) -> bool:
    return rows.size == n and bool((rows == np.arange(n)).all())


def _take(a: Array, rows: Rows) -> Array:
    """Rows of an array that keeps each study's values side by side in memory."""
    return np.take(a.T, rows, axis=1).T
