"""The comparison and the alignment diagnosis as CSV and JSON files, with every digit."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict, fields
from io import StringIO
from pathlib import Path
from typing import Any

from evidence.records.printed import Printed
from evidence.records.writing import write_atomically
from studies.nhanes.alignment import Match
from studies.nhanes.comparison.compare import Comparison, counts
from studies.nhanes.comparison.rows import Row
from studies.nhanes.comparison.verdict import verdict


def write_files(
    folder: Path, comparison: Comparison, matches: tuple[Match, ...], races: Mapping[str, Printed]
) -> list[Path]:
    """Write comparison.csv, regressions.csv, alignment.csv and comparison.json, replacing older ones.

    races: the printed race composition. The folder is made. Raises WritingError, and OSError where the folder
    cannot be made.
    """
    folder.mkdir(parents=True, exist_ok=True)
    texts = {
        "comparison.csv": _csv([field.name for field in fields(Row)], map(asdict, comparison.rows)),
        "regressions.csv": comparison.regressions.to_csv(index=False, lineterminator="\n"),
        "alignment.csv": alignment_csv(matches, races),
        "comparison.json": comparison_json(comparison, matches, races),
    }
    for name, text in texts.items():
        write_atomically(folder / name, text, overwrite=True)
    return [folder / name for name in texts]


def alignment_csv(matches: tuple[Match, ...], races: Mapping[str, Printed]) -> str:
    """One line an arrangement, the race percentages as columns, and the printed ones as the last line."""
    plain = [field.name for field in fields(Match) if field.name != "composition"]
    lines = [
        {name: getattr(match, name) for name in plain} | dict(zip(races, match.composition, strict=True))
        for match in matches
    ]
    printed: dict[str, Any] = {"arrangement": "printed"} | {name: share.text for name, share in races.items()}
    return _csv([*plain, *races], [*lines, printed])


def comparison_json(comparison: Comparison, matches: tuple[Match, ...], races: Mapping[str, Printed]) -> str:
    """All of it in one document; what is not a number is null."""
    document = {
        "numbers": [asdict(row) for row in comparison.rows],
        "counts": [asdict(count) for count in counts(comparison.rows)],
        "regressions": comparison.regressions.to_dict(orient="records"),
        "alignment": {
            "verdict": verdict(comparison, matches),
            "printed_composition": {name: share.text for name, share in races.items()},
            "arrangements": [asdict(match) for match in matches],
        },
    }
    return json.dumps(_plain(document), indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def _csv(header: list[str], lines: Iterable[Mapping[str, Any]]) -> str:
    buffer = StringIO()
    writer = csv.DictWriter(buffer, header, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: _empty(value) for name, value in line.items()} for line in lines)
    return buffer.getvalue()


def _empty(value: Any) -> Any:
    return "" if value is None or (isinstance(value, float) and math.isnan(value)) else value


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return None if isinstance(value, float) and math.isnan(value) else value
