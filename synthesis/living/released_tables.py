"""The tables of a release: those that `export` writes, with numbers that are the same text on any machine."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from evidence.wording import counted
from synthesis.paper.contents import TABLES, WHERE_ASKED
from synthesis.paper.data_tables import data_rows
from synthesis.paper.formats.plain_data import rows_as_csv
from synthesis.paper.paper_table import Reported

DIGITS = 12
"""Significant digits of a number in a table: more than inputs have, fewer than the order of a sum changes."""

RELATIVE, ABSOLUTE = 1e-8, 1e-12
"""How far a number may be from the one that follows: another machine adds in another order."""


def table_files(material: Reported) -> dict[str, str]:
    """The texts of all tables of a release by file name: those that `export` writes, in twelve digits."""
    found = {}
    for name in TABLES:
        columns, rows = data_rows(material, name)
        if name in WHERE_ASKED and not rows:
            continue
        rounded = [{key: _rounded(value) for key, value in row.items()} for row in rows]
        found[f"{name}.csv"] = rows_as_csv(columns, rounded)
    return found


def _rounded(value: Any) -> Any:
    """A number to twelve significant digits; None for one that is not finite."""
    if not isinstance(value, float):
        return value
    return float(f"{value:.{DIGITS}g}") if math.isfinite(value) else None


# A table that was written, beside the one that follows from the records.


@dataclass(frozen=True)
class Compared:
    """How many numbers were compared, and a sentence for each cell that does not follow."""

    numbers: int
    faults: tuple[str, ...]


def compare_table(name: str, written: str, follows: str) -> Compared:
    """Compare the text of a released table with the one that follows now."""
    try:
        given, expected = _rows(written), _rows(follows)
    except csv.Error:
        return Compared(0, (f"{name} is no table any more",))
    faults = []
    numbers = 0
    if len(given) != len(expected):
        faults.append(f"{name} has {counted(len(given), 'row')}; {len(expected):,} follow from the records")
    for position, (row, other) in enumerate(zip(given, expected, strict=False), start=1):
        where = _where(name, position, other)
        for key in dict.fromkeys([*other, *row]):
            a, b = row.get(key), other.get(key)
            numbers += _number(b) is not None
            if not _same(a, b):
                faults.append(f"{where}, {key}: {_said(a)} stands there, {_said(b)} follows")
    return Compared(numbers, tuple(faults))


def _rows(text: str) -> list[dict[str, Any]]:
    return list(csv.DictReader(io.StringIO(text)))


def _where(name: str, position: int, row: Mapping[str, Any]) -> str:
    words = [str(row[key]) for key in ("analysis", "group", "study", "estimate_id") if row.get(key)]
    return f"{name}, {' '.join(words) or f'row {position}'}"


def _same(a: Any, b: Any) -> bool:
    if (a or None) == (b or None):
        return True
    first, second = _number(a), _number(b)
    if first is None or second is None:
        return False
    return math.isclose(first, second, rel_tol=RELATIVE, abs_tol=ABSOLUTE)


def _number(value: Any) -> float | None:
    try:
        return float(value)
    except (ValueError, TypeError):
        return None


def _said(value: Any) -> str:
    return str(value or "nothing")
