"""Data made ready for arithmetic: every data set in its own units, every design orthonormal."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from synthesis.pooling.designs.basis import refuse_collinear, refuse_units
from synthesis.pooling.kernel.effects import Array, Effects, Rows
from synthesis.pooling.kernel.search import harmless
from synthesis.pooling.kernel.sums import inverse, row_dot

COLLINEAR = 1e-10


@dataclass(frozen=True)
class Units:
    """How to turn internal results back: y = origin + scale * y_internal; shapes (n,)."""

    scale: Array
    origin: Array


@dataclass(frozen=True)
class Prepared:
    """y and v, (n, k), in internal units: zero and infinite where absent; k, v_min and top_index, (n,).

    top_index is the study with the smallest variance, v_min (one where no study is present).
    """

    y: Array
    v: Array
    k: Array
    v_min: Array
    top_index: Rows
    units: Units


@dataclass(frozen=True)
class LaidOut:
    """y and v, (n, k), zero and infinite where absent; origin, k, v_min and v_max, (n,), of those present.

    y is measured from the first study present, `origin`. Arrays are laid out study by study, so that
    sums over few studies of many data sets run along the batch.
    """

    y: Array
    v: Array
    origin: Array
    k: Array
    v_min: Array
    v_max: Array

    @property
    def harmless(self) -> bool:
        """Whether plain sums over all these data sets lose no digits that matter."""
        return bool(harmless(row_dot(self.y, self.y), self.k, self.v_min, self.v_max).all())


def laid_out(effects: Effects) -> LaidOut:
    """Effects in their own units and the kernel's layout."""
    if effects.complete and effects.k:
        origin, v = effects.y[:, 0], effects.v.T.copy()
        y = np.subtract(effects.y.T, origin, order="C")
        k = np.full(effects.batch, float(effects.k))
        return LaidOut(y.T, v.T, origin, k, v.min(axis=0), v.max(axis=0))
    present = effects.present.T.copy()
    k = present.sum(axis=0).astype(float)
    origin = effects.y[np.arange(effects.batch), effects.present.argmax(axis=1)] if effects.k else k
    v = np.where(present, effects.v.T, np.inf)
    v_min = np.where(k > 0, v.min(axis=0, initial=np.inf), 1.0)
    v_max = np.where(present, effects.v.T, -np.inf).max(axis=0, initial=-np.inf)
    return LaidOut(
        np.where(present, effects.y.T - origin, 0.0).T, v.T, origin, k, v_min, np.maximum(v_max, v_min)
    )


def prepared(effects: Effects, from_top: bool) -> Prepared:
    """Effects in units of a power of two near the smallest standard error of their data set.

    from_top: measure y from the study with the smallest variance instead of from zero. Arrays are laid out
    study by study, so that sums over few studies of many data sets run along the batch.
    """
    rows, absent = np.arange(effects.batch), ~effects.present
    v = np.where(absent, np.inf, effects.v)
    k = effects.present.sum(axis=1).astype(float)
    top_index = v.argmin(axis=1)
    v_min = np.where(k > 0, v[rows, top_index], 1.0)
    origin = np.where((k > 0) & from_top, effects.y[rows, top_index], 0.0)
    exponent = (np.frexp(v_min)[1] - 1) // 2
    shrink = np.ldexp(1.0, -exponent)
    y_own = np.subtract(effects.y.T, origin, order="C").T
    y_own *= shrink[:, None]
    y_own[absent] = 0.0
    v_own = np.multiply(v.T, shrink * shrink, order="C").T
    units = Units(np.ldexp(1.0, exponent), origin)
    return Prepared(y_own, v_own, k, v_min * shrink * shrink, top_index, units)


def orthonormal(design: Array, k: int) -> tuple[Array, Array]:
    """An orthonormal basis (k, p) of the design's columns, and the matrix that turns coefficients back.

    Raises ValueError when the design has a wrong shape, a value that is not finite, or collinear columns.
    """
    if design.ndim != 2 or design.shape[0] != k or not design.shape[1]:
        raise ValueError(f"the design has shape {design.shape}; expected one row for each of {k} studies")
    if not np.isfinite(design).all():
        raise ValueError("the design has a missing or infinite value; expected finite numbers")
    refuse_units(design)
    largest = np.abs(design).max(axis=0)
    if not largest.all():
        raise ValueError(f"column {largest.argmin() + 1} of the design is zero; leave it out")
    size = largest * np.linalg.norm(design / largest, axis=0)
    unit = design / size
    basis, triangle = np.linalg.qr(unit)
    refuse_collinear(unit, triangle)
    return basis, inverse(triangle) / size[:, None]
