"""Counts as batches: the shape in which their pooling and their tests take them."""

from __future__ import annotations

import numpy as np

from evidence.effects.person_time import PersonTime
from evidence.effects.tables import Tables
from evidence.effects.two_by_two import observed_minus_expected
from synthesis.pooling.kernel.effects import Array, Mask


def used_tables(tables: Tables, present: Mask | None) -> tuple[Tables, Mask]:
    """The tables as (B, k), those that take no part as zeros, and which do take part."""
    cells = [np.atleast_2d(cell) for cell in tables.cells]
    whole = Tables(*cells)
    takes_part = _taking_part(~(whole.missing | whole.empty), present)
    return Tables(*(np.where(takes_part, cell, 0.0) for cell in cells)), takes_part


def used_rates(data: PersonTime, present: Mask | None) -> tuple[PersonTime, Mask]:
    """The same of person-time."""
    columns = [np.atleast_2d(column) for column in (data.x1i, data.t1i, data.x2i, data.t2i)]
    whole = PersonTime(*columns)
    takes_part = _taking_part(~(whole.missing | whole.unobserved), present)
    return PersonTime(*(np.where(takes_part, column, 0.0) for column in columns)), takes_part


def _taking_part(usable: Mask, present: Mask | None) -> Mask:
    return usable if present is None else usable & np.asarray(present, dtype=bool)


def ratio(numerator: Array, denominator: Array) -> Array:
    """numerator / denominator, zero for studies that take no part."""
    return np.divide(numerator, denominator, out=np.zeros_like(numerator), where=denominator > 0)


def events_beyond_expected(t: Tables) -> tuple[Array, Array]:
    """O - E and V, zero for studies that take no part or have no contrast, shape (B, k)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        difference, variance = observed_minus_expected(t)
    informative = ~t.without_contrast
    return np.where(informative, difference, 0.0), np.where(informative, variance, 0.0)
