"""The table that RevMan 5 exports as analysis data."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from evidence.records.scales import RATIOS
from evidence.sources.entries import ImportedRow, Skipped
from evidence.sources.revman.analyses import (
    RevManAnalysis,
    RevManReview,
    entry_from,
    measure_said,
    number_in,
    rows_by_name,
    sort_into,
    uneven_rows,
)
from evidence.sources.revman.repeated import review_of
from evidence.sources.sheets import Sheet


def is_export(sheet: Sheet) -> bool:
    return {"Comparison Number", "Outcome Number", "Events 1"} <= set(sheet.header)


def of_export(path: Path, sheet: Sheet) -> RevManReview:
    entries: list[ImportedRow] = []
    skipped = list(uneven_rows(path.name, sheet))
    outcomes: dict[str, RevManAnalysis] = {}
    kind, group, number, title, comparison = "", "", "", path.stem, ""
    for place, row in rows_by_name(sheet):
        if place in sheet.uneven:
            continue
        at = f"{path.name}, row {place}"
        numbers = [row.get(f"{what} Number", "0") for what in ("Comparison", "Outcome", "Subgroup")]
        if numbers[1] == "0":
            comparison = row.get("Name", "")
            title = comparison or title
        elif row.get("Data Type") and numbers[2] == "0":
            kind, group, number = _KINDS.get(row["Data Type"].upper(), ""), "", f"{numbers[0]}.{numbers[1]}"
            outcome = _exported_outcome(number, row, kind, comparison)
            if outcome is not None:
                outcomes[number] = outcome
        elif number not in outcomes:
            skipped.append(Skipped(at, "the kind of data of its analysis is not known"))
        elif numbers[2] != "0" and not row.get("Year of study") and not row.get("User defined order"):
            group = row.get("Name", "")
            groups = dict.fromkeys((*outcomes[number].groups, group))
            outcomes[number] = replace(outcomes[number], groups=tuple(groups))
        else:
            sort_into(_exported_entry(row, at, kind, outcomes[number], group), entries, skipped)
    return review_of(title, entries, skipped, tuple(outcomes.values()))


_KINDS = {"DIC": "counts", "CON": "means", "IV": "generic", "GIV": "generic", "IVO": "generic"}
_EXPORTED = {"events": "Events", "mean": "Mean", "sd": "SD", "n": "Total"}


def _exported_entry(
    row: Mapping[str, str], at: str, kind: str, outcome: RevManAnalysis, group: str
) -> ImportedRow | Skipped:
    values = {f"{key}{arm}": row.get(f"{_EXPORTED[key]} {arm}") for key in _EXPORTED for arm in "12"}
    values |= {"estimate": row.get("Effect Estimate"), "se": row.get("SE")}
    if kind == "generic" and outcome.measure in RATIOS:  # printed as a ratio, with the SE of its logarithm
        estimate = number_in(values["estimate"])
        values["estimate"] = repr(math.log(estimate)) if estimate is not None and estimate > 0 else None
    return entry_from(row.get("Name", ""), row.get("Year of study"), at, kind, values, outcome, group)


def _exported_outcome(
    number: str, row: Mapping[str, str], kind: str, comparison: str
) -> RevManAnalysis | None:
    measure = measure_said(row.get("Effect Measure"), kind)
    if measure is None:
        return None
    return RevManAnalysis(
        number=number,
        name=row.get("Name") or f"Analysis {number}",
        measure=measure,
        exposed=row.get("Group Label 1") or "experimental",
        reference=row.get("Group Label 2") or "control",
        random="fixed" not in row.get("Analysis Model", "").casefold(),
        labels=(row.get("Left Graph Label", ""), row.get("Right Graph Label", "")),
        comparison=comparison,
    )
