"""Data made ready for arithmetic: every data set in its own units, every design orthonormal."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from synthesis.pooling.effects import Array, Effects, Rows
from synthesis.pooling.sums import inverse

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


def prepared(effects: Effects, from_top: bool) -> Prepared:
    """Effects in units of a power of two near the smallest standard error of their data set.

    from_top: measure y from the study with the smallest variance instead of from zero. Arrays are laid out
    study by study, so that sums over few studies of many data sets run along the batch.
    """
    y, v, rows = effects.y, effects.v, np.arange(effects.batch)
    k = np.full(effects.batch, float(effects.k))
    if not effects.present.all():
        y, v = np.where(effects.present, y, 0.0), np.where(effects.present, v, np.inf)
        k = effects.present.sum(axis=1).astype(float)
    top_index = v.argmin(axis=1)
    v_min = np.where(k > 0, v[rows, top_index], 1.0)
    origin = np.where((k > 0) & from_top, y[rows, top_index], 0.0)
    exponent = (np.frexp(v_min)[1] - 1) // 2
    shrink = np.ldexp(1.0, -exponent)
    y_own = np.subtract(y.T, origin, order="C").T
    y_own *= shrink[:, None]
    if y is not effects.y:
        y_own[~effects.present] = 0.0
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
    size = np.sqrt(np.einsum("kp,kp->p", design, design))
    basis, triangle = np.linalg.qr(design / np.where(size > 0, size, 1.0))
    if design.shape[1] > k or np.abs(np.diag(triangle)).min() < COLLINEAR:
        raise ValueError("the columns of the design are collinear; leave out one that the others determine")
    return basis, inverse(triangle) / size[:, None]
