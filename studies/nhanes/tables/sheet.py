"""A table as it is read: its lines of text, beside the full numbers they were rounded from."""

from __future__ import annotations

import math
from dataclasses import dataclass

import pandas as pd

NOTHING = "–"


@dataclass(frozen=True)
class Line:
    """One line: its cells, as many as the sheet has columns; a heading has one cell over all columns."""

    cells: tuple[str, ...]
    heading: bool = False


@dataclass(frozen=True, eq=False)
class Sheet:
    """One table.

    name: of its files. columns: headers, that of the line names first. data: the numbers in full, one row an
    estimate, for the CSV file.
    """

    name: str
    title: str
    columns: tuple[str, ...]
    lines: tuple[Line, ...]
    notes: tuple[str, ...]
    data: pd.DataFrame


def decimal(value: float, places: int) -> str:
    """Fixed places, with a minus sign; more places where only zeros would be left; NOTHING for nan."""
    if math.isnan(value):
        return NOTHING
    if value and abs(value) < 0.5 * 10.0**-places:
        places = -math.floor(math.log10(abs(value)))
    return f"{value:.{places}f}".replace("-", "−")


def with_interval(estimate: float, low: float, high: float, places: int = 4) -> str:
    """Estimate (low, high); NOTHING in place of limits that cannot be given."""
    return f"{decimal(estimate, places)} ({decimal(low, places)}, {decimal(high, places)})"


def p_value(p: float) -> str:
    """Four places; NOTHING for nan."""
    return "< 0.0001" if p < 0.0001 else decimal(p, 4)
