"""Why a study has no effect size: conditions on its numbers, each with the words shown to the reader."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np

from evidence.effects.result import IDENTITY, Array, EffectSizes, Mask, Scale, with_reasons

Reason: TypeAlias = tuple[Mask, str]


def not_given(*values: Array) -> Reason:
    """A number is nan or infinite; the columns have shape (k,)."""
    given = np.isfinite(np.stack(values)).all(axis=0)
    return np.logical_not(given), "a number it needs is missing"


def not_positive(values: Array, what: str) -> Reason:
    """A number that must be above zero is not."""
    return values <= 0, f"{what} is not above zero"


def too_few(n: Array, least: int, what: str = "the sample") -> Reason:
    """A sample smaller than the formula needs."""
    return n < least, f"{what} is smaller than {least}"


def not_inside(values: Array, low: float, high: float, what: str) -> Reason:
    """A number that is not strictly between two others."""
    return (values <= low) | (values >= high), f"{what} is not between {low:g} and {high:g}"


def sound(values: Array, undefined: Sequence[Reason]) -> Array:
    """The values, nan where a reason holds, so that no average over studies contains them."""
    return np.where(np.any([mask for mask, _ in undefined], axis=0), np.nan, values)


def effects(
    measure: str,
    yi: Array,
    vi: Array,
    undefined: Sequence[Reason],
    *,
    scale: Scale = IDENTITY,
    remarks: Sequence[Reason] = (),
) -> EffectSizes:
    """Effect sizes, nan with the first reason that holds; a result that overflowed is undefined as well."""
    overflow = ~(np.isfinite(yi) & np.isfinite(vi)), "its numbers are too extreme to be computed with"
    return with_reasons(measure, scale, (yi, vi), [*undefined, overflow], remarks)
