"""What every model with a design starts from: which p studies fix the plane, and effects measured from it.

Designs whose columns do not tell their coefficients apart are refused, with the columns by number.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from synthesis.pooling.kernel.effects import Array, Mask, Rows
from synthesis.pooling.kernel.once import once
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
    in the design stay alike to the last digit. Raises LinAlgError when what is left of the design is zero.
    """
    n, k, p = len(weights), *design.shape
    each, root = np.arange(n), np.sqrt(weights)
    shares = np.repeat(design[None], n, axis=0)
    rows = np.zeros((n, p), dtype=np.intp)
    unused = np.ones((n, 1, p))
    for _ in range(p):
        size = np.abs(shares) * root[:, :, None] * unused
        if not size.any(axis=(1, 2)).all():
            raise np.linalg.LinAlgError("studies of positive weight cannot estimate the design")
        row, column = np.divmod(size.reshape(n, k * p).argmax(axis=1), p)
        at_row = shares[each, row]
        own = shares[each, :, column] / at_row[each, column, None]
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
    elimination starts with that one, which measures years and the like, far from zero and close together,
    from one of them. Neither loses a digit of the differences between studies.
    """
    exponent = np.frexp(np.abs(design).max(axis=0))[1] - (np.ptp(design, axis=0) == 0.0)
    scale = np.ldexp(np.ones(len(exponent)), -exponent)
    return design * scale, np.diag(scale)


LEAST_SINE = 1e-6  # of the angle between a column and the others; each power of ten costs a digit
_TAKES_PART = 1e-2
_UNITS = (1e-100, 1e100)


def beyond_units(design: Array) -> tuple[int, float] | None:
    """The first column, from 0, whose coefficient has a variance beyond double precision, and its size."""
    largest = np.abs(design).max(axis=0)
    wrong = np.flatnonzero(((largest < _UNITS[0]) & (largest > 0)) | (largest > _UNITS[1]))
    return (int(wrong[0]), float(largest[wrong[0]])) if wrong.size else None


def refuse_units(design: Array) -> None:
    """Raise ValueError for a column whose coefficient would have a variance beyond double precision."""
    found = beyond_units(design)
    if found is not None:
        raise ValueError(f"column {found[0] + 1} of the design reaches {found[1]:g}; expected other units")


def dependence(unit: Array, triangle: Array) -> tuple[int, list[int]] | None:
    """The first column that those before it (nearly) determine, and which take part; None without one.

    unit and triangle as for `refuse_collinear`; columns are numbered from 0.
    """
    sines = np.abs(np.diag(triangle))
    if sines.min() >= LEAST_SINE:
        return None
    last = int(np.argmax(sines < LEAST_SINE))
    share = np.linalg.pinv(unit[:, :last]) @ unit[:, last]
    return last, np.flatnonzero(np.abs(share) > _TAKES_PART * np.abs(share).max()).tolist()


def refuse_collinear(unit: Array, triangle: Array) -> None:
    """Raise ValueError, naming columns from 1, when one is (nearly) a combination of those before it.

    unit: the design, (k, p), with columns of length one. triangle: R of its QR factorisation.
    """
    k, p = unit.shape
    if p > k:
        raise ValueError(f"the design has {p} columns for {k} studies; expected no more columns than studies")
    found = dependence(unit, triangle)
    if found is None:
        return
    last, determining = found
    sine = abs(triangle[last, last])
    others = [f"{j + 1}" for j in determining]
    near = "" if sine < 1e-14 else f" to {sine:.0e} of its length, which is beyond rounding"
    raise ValueError(
        f"the columns of the design are collinear: column {last + 1} is determined by column"
        f"{'s' if len(others) > 1 else ''} {', '.join(others)}{near}; leave one out, or centre the moderators"
    )


@dataclass(frozen=True)
class DesignData:
    """y and v, (n, k), v infinite where a study is absent; v_min (n,); x (k, p), shared by all data sets."""

    y: Array
    v: Array
    v_min: Array
    x: Array

    @property
    def p(self) -> int:
        return int(self.x.shape[1])

    @property
    def present(self) -> Mask:
        present: Mask = self.v < np.inf
        return present

    @once
    def v_max(self) -> Array:
        largest: Array = self.variances.max(axis=1)
        return largest

    @property
    def variances(self) -> Array:
        return np.where(self.v < np.inf, self.v, self.v_min[:, None])
