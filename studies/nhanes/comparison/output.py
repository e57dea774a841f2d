"""The comparison and the alignment diagnosis as CSV and JSON files, with every digit, and in words."""

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
from studies.nhanes.alignment import AS_FILED, STACKED, Match, both_permuted
from studies.nhanes.comparison.compare import TABLE_ONE, Comparison, counts
from studies.nhanes.comparison.matched_estimates import EstimatePair, MatchedRecords, Unmatched
from studies.nhanes.comparison.rows import ComparedRow


def verdict(comparison: Comparison, matches: tuple[Match, ...]) -> str:
    """A paragraph: a diagnosis with its evidence. It says how the numbers behave, not what anybody did."""
    by_name = {match.arrangement: match for match in matches}
    filed, stacked = by_name[AS_FILED], by_name[STACKED]
    permuted = by_name[both_permuted(comparison.cycles[1:])]
    return " ".join(
        (
            "A diagnosis, and not a fact about the authors: the printed numbers behave as if race and weights"
            " stood beside other participants in all cycles but the first.",
            f"With the two as in the files, {_found(filed)}.",
            f"When they are {_found_at_random(permuted)}.",
            f"When the persons of these cycles are stacked last cycle first and the two columns stay in the"
            f" files' order, {_found(stacked)}, and {_table_one(comparison)}.",
            "This stacking was found by its race composition alone, among all shifts of the two columns by"
            " whole rows; slopes and Table 1 are its test.",
        )
    )


def _found(match: Match) -> str:
    return (
        f"{match.within_rounding:.0f} of {match.slopes} printed slopes of Models 1 and 2 come out to the last"
        f" digit and {match.inside:.0f} inside the printed interval (root mean square difference"
        f" {match.rms:.2f} printed standard errors), and race shares are off by up to"
        f" {match.composition_gap:.2f} percentage points"
    )


def _found_at_random(match: Match) -> str:
    return (
        f"{match.arrangement} ({match.draws:,} draws), {match.inside:.1f} of {match.slopes} slopes lie inside"
        f" the printed interval on average ({match.rms:.2f} printed standard errors, 5% to 95% of draws"
        f" {match.rms_low:.2f} to {match.rms_high:.2f}), the printed slopes are no further from the draws'"
        f" mean than {100 * match.typical:.0f}% of draws, and race shares are off by up to"
        f" {match.composition_gap:.2f} points"
    )


def _table_one(comparison: Comparison) -> str:
    found = [count for count in counts(comparison.rows) if count.table == TABLE_ONE and count.diagnosed_of]
    numbers = sum(count.numbers for count in found)
    before, after = sum(count.agree for count in found), sum(count.diagnosed_agree for count in found)
    return f"{after} of {numbers} means, SDs and percentages of Table 1 agree to the last digit, not {before}"


def write_files(
    folder: Path, comparison: Comparison, matches: tuple[Match, ...], races: Mapping[str, Printed]
) -> list[Path]:
    """Write comparison.csv, regressions.csv, alignment.csv and comparison.json, replacing older ones.

    races: the printed race composition. The folder is made. Raises WritingError, and OSError where the folder
    cannot be made.
    """
    folder.mkdir(parents=True, exist_ok=True)
    texts = {
        "comparison.csv": _csv([field.name for field in fields(ComparedRow)], map(asdict, comparison.rows)),
        "regressions.csv": comparison.regressions.to_csv(index=False, lineterminator="\n"),
        "alignment.csv": alignment_csv(matches, races),
        "comparison.json": comparison_json(comparison, matches, races),
    }
    for name, text in texts.items():
        write_atomically(folder / name, text, overwrite=True)
    return [folder / name for name in texts]


def write_matches(folder: Path, matched: MatchedRecords) -> list[Path]:
    """Write estimates.csv (a line a pair) and unmatched.csv, replacing older ones; raises as write_files."""
    folder.mkdir(parents=True, exist_ok=True)
    sides = {"printed": matched.printed_alone, "regenerated": matched.regenerated_alone}
    alone = [{"side": side} | asdict(each) for side, found in sides.items() for each in found]
    texts = {
        "estimates.csv": _csv([field.name for field in fields(EstimatePair)], map(asdict, matched.pairs)),
        "unmatched.csv": _csv(["side", *(field.name for field in fields(Unmatched))], alone),
    }
    for name, text in texts.items():
        write_atomically(folder / name, text, overwrite=True)
    return [folder / name for name in texts]


def alignment_csv(matches: tuple[Match, ...], races: Mapping[str, Printed]) -> str:
    """One line an arrangement, the race percentages as columns, and the printed ones as the last line."""
    plain = [field.name for field in fields(Match) if field.name != "composition"]
    lines = [
        {name: getattr(match, name) for name in plain}
        | {name: match.composition[i] for i, name in enumerate(races)}
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
