"""The table that RevMan 5 exports as analysis data."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path

from evidence.sources.entries import ImportedRow, Skipped
from evidence.sources.revman.analyses import (
    RevManAnalysis,
    RevManReview,
    entry_from,
    measure_said,
    number_in,
    rows_by_name,
    sort_into,
)
from evidence.sources.sheets import Sheet


def is_export(sheet: Sheet) -> bool:
    return {"Comparison Number", "RevManAnalysis Number", "Events 1"} <= set(sheet.header)


def of_export(path: Path, sheet: Sheet) -> RevManReview:
    kinds = {
        "DIC": "counts",
        "CON": "means",
        "IV": "generic",
        "GIV": "generic",
        "IVO": "generic",
        "OEV": "observed",
    }
    entries: list[ImportedRow] = []
    skipped: list[Skipped] = []
    outcomes: dict[str, RevManAnalysis] = {}
    kind, group, outcome, title = "", "", None, path.stem
    for row_of, row in zip(sheet.rows, rows_by_name(sheet), strict=True):
        at = f"{path.name}, row {row_of.number}"
        numbers = [row.get(f"{what} Number", "0") for what in ("Comparison", "RevManAnalysis", "Subgroup")]
        if numbers[1] == "0":
            title = row.get("Name") or title
            continue
        if row.get("Data Type"):
            kind, group = kinds.get(row["Data Type"].upper(), ""), ""
            outcome = _exported_outcome(numbers, row, kind)
            if outcome is not None:
                outcomes[outcome.number] = outcome
            continue
        if (
            numbers[2] != "0"
            and not row.get("Year of study")
            and not row.get("Total 1")
            and not row.get("SE")
        ):
            group = row.get("Name", "")
            if outcome is not None:
                outcome = _with_group(outcome, group)
                outcomes[outcome.number] = outcome
            continue
        if outcome is None:
            skipped.append(Skipped(at, "the kind of data of its analysis is not known"))
            continue
        values = {f"{key}{arm}": row.get(f"{_EXPORTED[key]} {arm}") for key in _EXPORTED for arm in "12"}
        values |= {"estimate": row.get("Effect Estimate"), "se": row.get("SE")}
        if kind == "generic" and outcome.measure in ("OR", "RR", "HR", "IRR"):
            estimate = number_in(values["estimate"])
            values["estimate"] = repr(math.log(estimate)) if estimate is not None and estimate > 0 else None
        made = entry_from(row.get("Name", ""), row.get("Year of study"), at, kind, values, outcome, group)
        sort_into(made, entries, skipped)
    return RevManReview(title, tuple(entries), tuple(skipped), tuple(outcomes.values()))


_EXPORTED = {"events": "Events", "mean": "Mean", "sd": "SD", "n": "Total"}


def _with_group(outcome: RevManAnalysis, group: str) -> RevManAnalysis:
    return RevManAnalysis(**{**outcome.__dict__, "groups": tuple(dict.fromkeys((*outcome.groups, group)))})


def _exported_outcome(numbers: Sequence[str], row: Mapping[str, str], kind: str) -> RevManAnalysis | None:
    measure = measure_said(row.get("Effect Measure"), kind)
    if measure is None:
        return None
    return RevManAnalysis(
        number=f"{numbers[0]}.{numbers[1]}",
        name=row.get("Name") or f"Analysis {numbers[0]}.{numbers[1]}",
        measure=measure,
        exposed=row.get("Group Label 1") or "experimental",
        reference=row.get("Group Label 2") or "control",
        random="fixed" not in row.get("Analysis Model", "").casefold(),
        labels=(row.get("Left Graph Label", ""), row.get("Right Graph Label", "")),
    )
