"""The tables of a release: a line a result, a line an effect; numbers as text that is the same on any day."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from evidence.records.review_folder import SUMMARY
from evidence.records.scales import analysis_scale
from synthesis.pooling.as_data import plain
from synthesis.review.analysis import AnalysisResult, GroupResult
from synthesis.review.effects_table import effects_table

DIGITS = 12
"""Significant digits of a number in a table: more than inputs have, fewer than the order of a sum changes."""

RELATIVE, ABSOLUTE = 1e-8, 1e-12
"""How far a number may be from the one that follows: another machine adds in another order."""

Cell: TypeAlias = str | int | float | None
Table: TypeAlias = list[dict[str, Cell]]

ALL_GROUPS = "all groups"

_POOLED = (
    *("estimate", "ci_low", "ci_high", "p_value", "prediction_low", "prediction_high"),
    *("tau2", "tau2_low", "tau2_high", "I2", "Q", "Q_df", "Q_p"),
)


def summary_rows(results: Iterable[AnalysisResult]) -> Table:
    """A row for each result: where it is from, k, the numbers, and the sentence that says how it was made.

    Of groups all together stand in the last row, with the test that they differ. estimate, ci and prediction
    are on the measure's own scale; tau2 and Q on the scale of pooling; I2 in percent. Cells are empty where
    a number does not exist.
    """
    return [_summary_row(result, group) for result in results for group in result.summarised]


def _summary_row(result: AnalysisResult, group: GroupResult) -> dict[str, Cell]:
    found = group.summary
    numbers: dict[str, Cell] = dict.fromkeys(_POOLED)
    if found is not None:
        back = analysis_scale(result.scale.measure).back
        for name in _POOLED:
            value = getattr(found, name, math.nan)  # a group that shares its tau2 has no bounds of it
            shown = name.startswith(("estimate", "ci_", "prediction_"))
            numbers[name] = _rounded(back(value) if shown and not math.isnan(value) else value)
    return {
        "analysis": result.analysis.id,
        "title": result.analysis.title,
        "group": ALL_GROUPS if group is result.overall else group.name,
        "measure": result.scale.measure,
        "k": len(group.chosen),
        "examined_without_number": len(group.silent),
        **numbers,
        "difference_p": _difference(result, group),
        "method": _sentence(result, group),
    }


def _difference(result: AnalysisResult, group: GroupResult) -> Cell:
    """Beside all groups together, p of the test that they differ."""
    tested = result.difference if group is result.overall else None
    return None if tested is None else _rounded(tested.between.p_value)


def _sentence(result: AnalysisResult, group: GroupResult) -> Cell:
    if group.pooled is not None:
        return group.pooled.method_sentence
    if group.model is not None and group.model.summary is not None:
        return group.model.summary.method_sentence
    return result.difference.method_sentence if group.mean and result.difference else None


def effect_rows(results: Iterable[AnalysisResult]) -> Table:
    """A row for each effect that enters an analysis, as `export` writes it, numbers rounded as here."""
    return [
        {name: _rounded(value) if isinstance(value, float) else value for name, value in row.items()}
        for row in effects_table(results)
    ]


def _rounded(value: float) -> float | None:
    """To twelve significant digits; None for what is no finite number."""
    return float(f"{value:.{DIGITS}g}") if math.isfinite(value) else None


def as_csv(table: Table) -> str:
    """The table with its header; empty cells are empty, and so is a table without rows but for its header."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, table[0] if table else ["analysis"], lineterminator="\n")
    writer.writeheader()
    writer.writerows(table)
    return text.getvalue()


def as_json(table: Table) -> str:
    """The table as a list of objects."""
    return json.dumps(plain(table), indent=1, ensure_ascii=False) + "\n"


def table_files(results: Sequence[AnalysisResult]) -> dict[str, str]:
    """The texts of all tables of a release by file name."""
    summary = summary_rows(results)
    return {
        "summary.csv": as_csv(summary),
        SUMMARY: as_json(summary),
        "effects.csv": as_csv(effect_rows(results)),
    }


# A table that was written, beside the one that follows from the records.


@dataclass(frozen=True)
class Compared:
    """How many numbers were compared, and a sentence for each cell that does not follow."""

    numbers: int
    faults: tuple[str, ...]


def compare_table(name: str, written: str, follows: str) -> Compared:
    """Compare the text of a released table (CSV, or JSON by its name) with the one that follows now."""
    try:
        given, expected = _rows(name, written), _rows(name, follows)
    except (ValueError, TypeError, AttributeError):
        return Compared(0, (f"{name} is no table any more",))
    faults = []
    numbers = 0
    if len(given) != len(expected):
        faults.append(f"{name} has {len(given):,} rows; {len(expected):,} follow from the records")
    for position, (row, other) in enumerate(zip(given, expected, strict=False), start=1):
        where = _where(name, position, other)
        for key in dict.fromkeys([*other, *row]):
            a, b = row.get(key), other.get(key)
            numbers += _number(b) is not None
            if not _same(a, b):
                faults.append(f"{where}, {key}: {_said(a)} stands there, {_said(b)} follows")
    return Compared(numbers, tuple(faults))


def _rows(name: str, text: str) -> list[Mapping[str, Any]]:
    rows: list[Mapping[str, Any]]
    rows = json.loads(text) if name.endswith(".json") else list(csv.DictReader(io.StringIO(text, newline="")))
    for row in rows:
        row.items()  # of what is no list of objects, nothing can be compared
    return rows


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
        return None if value is None or isinstance(value, bool) else float(value)
    except (ValueError, TypeError):
        return None


def _said(value: Any) -> str:
    return "nothing" if value is None or value == "" else str(value)
