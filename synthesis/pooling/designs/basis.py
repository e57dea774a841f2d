"""Elimination of weighted designs: which p studies fix the plane, and effects measured from that plane."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from synthesis.pooling.kernel.effects import Array, Rows
from synthesis.pooling.kernel.sums import inverse


@dataclass(frozen=True)
class Base:
    """The p studies kept apart in each of n data sets, and everything in terms of theirs.

    rows: which studies, (n, p). shares: M, (n, k, p), the design in terms of its rows at the base, where M is
    the identity. inverse: of the design at the base, (n, p, p). plane: coefficients, (n, p), of the plane
    through the effects at the base, but for rounding. from_plane: effects measured from it, (n, k), to full
    precision.
    """

    rows: Rows
    shares: Array
    inverse: Array
    plane: Array
    from_plane: Array

    def take(self, rows: Rows) -> Base:
        """The data sets of these numbers."""
        return Base(*(getattr(self, f.name)[rows] for f in fields(self)))

    def replaced(self, rows: Rows, by: Base) -> Base:
        """Another base for the data sets of these numbers."""
        parts = []
        for field in fields(self):
            part = getattr(self, field.name).copy()
            part[rows] = getattr(by, field.name)
            parts.append(part)
        return Base(*parts)


def base_of(design: Array, weights: Array, y: Array) -> Base:
    """The base of data sets y, (n, k), at weights, (n, k), zero where a study is absent; design (k, p).

    Raises LinAlgError where the studies of positive weight cannot estimate the design.
    """
    rows, shares = eliminate(design, weights)
    inverted = inverse(design[rows])
    y_base = np.take_along_axis(y, rows, axis=1)
    plane = np.matmul(inverted, y_base[:, :, None])[:, :, 0]
    return Base(rows, shares, inverted, plane, measured_from_plane(y, design, plane))


def eliminate(design: Array, weights: Array) -> tuple[Rows, Array]:
    """Rows and shares of a base, by Gauss-Jordan elimination of diag(sqrt(weights)) design, (k, p).

    Pivoting is complete, so that shares are at most about sqrt(weight at the base / own weight). Rows alike
    in the design stay alike to the last digit.
    """
    n, k, p = len(weights), *design.shape
    each, root = np.arange(n), np.sqrt(weights)
    shares = np.repeat(design[None], n, axis=0)
    rows = np.zeros((n, p), dtype=np.intp)
    unused = np.ones((n, 1, p))
    for _ in range(p):
        size = np.abs(shares) * root[:, :, None] * unused
        row, column = np.divmod(size.reshape(n, k * p).argmax(axis=1), p)
        at_row = shares[each, row]
        pivot = at_row[each, column]
        own = shares[each, :, column] / np.where(pivot != 0.0, pivot, 1.0)[:, None]
        shares -= own[:, :, None] * at_row[:, None, :]
        shares[each, :, column] = own
        rows[each, column], unused[each, :, column] = row, 0.0
    return rows, shares


def measured_from_plane(y: Array, design: Array, beta: Array) -> Array:
    """y - design beta, (n, k), as if computed in twice the precision; design (k, p), beta (n, p).

    Products and sums carry their rounding errors along (Dekker 1971; Ogita, Rump & Oishi 2005).
    """
    total, rest = y, np.zeros_like(y)
    for j in range(design.shape[1]):
        product, error = _product(design[:, j], beta[:, j, None])
        reduced = total - product
        back = reduced - total
        rest = rest + ((total - (reduced - back)) - (product + back)) - error
        total = reduced
    return total + rest


def _product(a: Array, b: Array) -> tuple[Array, Array]:
    """a b and its rounding error."""
    product = a * b
    (a_high, a_low), (b_high, b_low) = _halves(a), _halves(b)
    error = ((a_high * b_high - product) + a_high * b_low + a_low * b_high) + a_low * b_low
    return product, error


def _halves(a: Array) -> tuple[Array, Array]:
    spread = 134217729.0 * a  # 2^27 + 1
    high = spread - (spread - a)
    return high, a - high


def scaled_design(design: Array) -> tuple[Array, Array]:
    """The design (k, p) in handier units, and the matrix (p, p) that turns its coefficients back.

    Columns are multiplied by powers of two so that they reach from 0.5 to 1, and to 2 where constant:
    elimination starts with that one. Beside a constant, years and the like, which lie far from zero and close
    together, are measured from one of them first. Neither loses a digit of the differences between studies.
    """
    design, p = design.copy(), design.shape[1]
    spread = np.ptp(design, axis=0)
    constant = np.flatnonzero(spread == 0.0)
    back = np.eye(p)
    if constant.size:
        middle = 0.5 * (design.max(axis=0) + design.min(axis=0))
        far = np.flatnonzero((spread > 0) & (np.abs(middle) > 2.0 * spread))
        nearest = np.abs(design[:, far] - middle[far]).argmin(axis=0)
        origin = design[nearest, far]
        design[:, far] -= origin
        back[constant[0], far] = -origin / design[0, constant[0]]
    exponent = np.frexp(np.abs(design).max(axis=0))[1] - (spread == 0.0)
    scale = np.ldexp(1.0, -exponent)
    return design * scale, back * scale
