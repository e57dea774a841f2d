"""Designs whose columns do not tell their coefficients apart, refused with the columns by number."""

from __future__ import annotations

import numpy as np

from synthesis.pooling.kernel.effects import Array

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
    share = np.linalg.lstsq(unit[:, :last], unit[:, last], rcond=None)[0]
    if not share.size:
        return last, []
    return last, np.flatnonzero(np.abs(share) > _TAKES_PART * np.abs(share).max()).tolist()


def refuse_collinear(unit: Array, triangle: Array) -> None:
    """Raise ValueError, naming columns from 1, when one is (nearly) a combination of those before it.

    unit: the design, (k, p), with columns of length one, or zero. triangle: R of its QR factorisation.
    """
    k, p = unit.shape
    if p > k:
        raise ValueError(f"the design has {p} columns for {k} studies; expected no more columns than studies")
    found = dependence(unit, triangle)
    if found is None:
        return
    last, determining = found
    sine = abs(triangle[last, last])
    if not unit[:, last].any():
        raise ValueError(f"column {last + 1} of the design is zero; leave it out")
    others = [f"{j + 1}" for j in determining]
    near = "" if sine < 1e-14 else f" to {sine:.0e} of its length, which is beyond rounding"
    raise ValueError(
        f"the columns of the design are collinear: column {last + 1} is determined by column"
        f"{'s' if len(others) > 1 else ''} {', '.join(others)}{near}; leave one out, or centre the moderators"
    )
