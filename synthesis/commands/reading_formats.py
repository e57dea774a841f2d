"""Two readings compared: as text with both lines, as JSON, and as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from rich.text import Text

from evidence.readings.agreement import Agreement
from evidence.readings.resolving import summary
from evidence.readings.side_by_side import Difference, Lone, ReadCell, SideBySide, agreements
from evidence.records.parsing import Place
from evidence.records.provenance import Resolution
from evidence.wording import counted, fixed
from synthesis.commands.problem_formats import paragraph, shown_path
from synthesis.terminal import console, visible, write, write_json

_WORDS = {
    Difference.VALUE: "differs",
    Difference.PRINT: "printed differently, the same value",
    Difference.ONLY_FIRST: "only the first has it",
    Difference.ONLY_SECOND: "only the second has it",
}


def write_comparisons(comparisons: Sequence[SideBySide]) -> None:
    """A paragraph a difference, the agreement of each column, and a line that counts."""
    if not comparisons:
        console.print(
            "No record has a second reading. It stands under 'second_reading:' in the record, or in "
            "second-readings/ under the name of the record's file."
        )
        return
    for each in comparisons:
        _write_one(each)
    if any(each.cells for each in comparisons):
        _write_agreement(agreements(comparisons))
    console.print(_counts(comparisons))


def _write_one(comparison: SideBySide) -> None:
    readers = " and ".join(each for each in (comparison.first, comparison.second) if each)
    title = ": ".join(each for each in (comparison.name, readers) if each)
    console.print(Text(visible(title), style="bold"))
    for note in comparison.notes:
        console.print(f"  {visible(note)}")
    for problem in comparison.problems:
        console.print(paragraph(problem))
    for cell in _differences(comparison):
        _write_difference(cell)
    for lone in comparison.lone:
        reader = comparison.first if lone.first_has_it else comparison.second
        console.print(
            f"  {_at(lone.place)}: only {visible(reader)} has the {lone.what} '{visible(lone.name)}'"
        )
        _write_ending(lone.hint, lone.resolution)


def _write_difference(cell: ReadCell) -> None:
    console.print(f"  {visible(cell.of)}, {visible(cell.key)}: {_WORDS[cell.kind]}")
    for printing in (cell.first, cell.second):
        said = "nothing" if printing.text is None else visible(printing.text)
        console.print(f"    {_at(printing.place)}: {said}")
    _write_ending(None, cell.resolution)


def _write_ending(hint: str | None, resolution: Resolution | None) -> None:
    if resolution is not None:
        console.print(f"    {visible(summary(resolution))}")
    elif hint:
        console.print(f"    hint: {visible(hint)}")


def _at(place: Place) -> str:
    return f"{visible(shown_path(place.path))}:{place.line}"


def _differences(comparison: SideBySide) -> Iterator[ReadCell]:
    """What is told: differences, other spellings, and what was settled and no longer differs."""
    for cell in comparison.cells:
        if cell.kind is not Difference.SAME:
            yield cell


def _write_agreement(found: Sequence[Agreement]) -> None:
    console.print("Agreement (cells that at least one reader filled)")
    width = max(len(visible(each.key)) for each in found)
    for each in found:
        share = f"{fixed(each.percent, 1)}%" if each.compared else "-"
        line = f"  {visible(each.key):<{width}}  {share:>6}  {each.agreed} of {each.compared}"
        if each.kappa is not None:
            line += f", kappa {fixed(each.kappa, 2)}"
        elif each.why:
            line += f", kappa not defined: {each.why}"
        console.print(line)


def _counts(comparisons: Sequence[SideBySide]) -> str:
    cells = [cell for each in comparisons for cell in each.cells]
    settled = sum(cell.resolution is not None for cell in cells)
    settled += sum(lone.resolution is not None for each in comparisons for lone in each.lone)
    spelled = sum(cell.kind is Difference.PRINT for cell in cells)
    unresolved = counted(sum(each.unresolved for each in comparisons), "difference")
    return f"{unresolved} not settled, {settled} settled, {spelled} printed differently with the same value"


def write_json_comparisons(comparisons: Sequence[SideBySide]) -> None:
    """Every difference with both places, the agreement, and the counts, as JSON."""
    write_json(
        {
            "unresolved": sum(each.unresolved for each in comparisons),
            "comparisons": [_as_dict(each) for each in comparisons],
            "agreement": [_agreement_dict(each) for each in agreements(comparisons)],
        }
    )


def _as_dict(comparison: SideBySide) -> dict[str, Any]:
    return {
        "name": comparison.name,
        "first": comparison.first,
        "second": comparison.second,
        "notes": list(comparison.notes),
        "problems": [f"{_at(problem.place)}: {problem.says}" for problem in comparison.problems],
        "differences": [_difference_dict(cell) for cell in _differences(comparison)],
        "only_one_has": [_lone_dict(lone) for lone in comparison.lone],
    }


def _difference_dict(cell: ReadCell) -> dict[str, Any]:
    return {
        "of": cell.of,
        "key": cell.key,
        "kind": cell.kind.value,
        "first": _place_dict(cell.first.place) | {"text": cell.first.text},
        "second": _place_dict(cell.second.place) | {"text": cell.second.text},
        "resolved": _resolution_dict(cell.resolution),
    }


def _lone_dict(lone: Lone) -> dict[str, Any]:
    return {
        "what": lone.what,
        "name": lone.name,
        "reader": "first" if lone.first_has_it else "second",
        **_place_dict(lone.place),
        "hint": lone.hint,
        "resolved": _resolution_dict(lone.resolution),
    }


def _place_dict(place: Place) -> dict[str, Any]:
    return {"file": shown_path(place.path), "line": place.line}


def _resolution_dict(resolution: Resolution | None) -> dict[str, str] | None:
    if resolution is None:
        return None
    return {
        "by": resolution.by,
        "on": resolution.on.isoformat(),
        "took": resolution.took,
        "why": resolution.why,
    }


def _agreement_dict(each: Agreement) -> dict[str, Any]:
    return {
        "key": each.key,
        "compared": each.compared,
        "agreed": each.agreed,
        "percent": each.percent,
        "kappa": each.kappa,
        "kappa_undefined": each.why,
    }


_HEADER = (
    *(
        "name",
        "of",
        "key",
        "kind",
        "first_file",
        "first_line",
        "first",
        "second_file",
        "second_line",
        "second",
    ),
    *("resolved_by", "resolved_on", "took", "why"),
)


def write_csv(comparisons: Sequence[SideBySide]) -> None:
    """One line a difference, or a row or column that only one has."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(_HEADER)
    for each in comparisons:
        for cell in _differences(each):
            ours, theirs = cell.first, cell.second
            head = (each.name, cell.of, cell.key, cell.kind.value)
            first = (shown_path(ours.place.path), ours.place.line, ours.text or "")
            second = (shown_path(theirs.place.path), theirs.place.line, theirs.text or "")
            writer.writerow([*head, *first, *second, *_settled_cells(cell.resolution)])
        for lone in each.lone:
            kind = Difference.ONLY_FIRST if lone.first_has_it else Difference.ONLY_SECOND
            here, nowhere = (shown_path(lone.place.path), lone.place.line, lone.name), ("", "", "")
            both = (*here, *nowhere) if lone.first_has_it else (*nowhere, *here)
            writer.writerow(
                [each.name, lone.of, lone.what, kind.value, *both, *_settled_cells(lone.resolution)]
            )
    write(stream.getvalue().rstrip("\n"))


def _settled_cells(resolution: Resolution | None) -> tuple[str, ...]:
    if resolution is None:
        return ("",) * 4
    return resolution.by, resolution.on.isoformat(), resolution.took, resolution.why


WRITERS: dict[str, Callable[[Sequence[SideBySide]], None]] = {
    "text": write_comparisons,
    "json": write_json_comparisons,
    "csv": write_csv,
}
