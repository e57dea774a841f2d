"""The second readings of a review: each record with its own, and what `check` says of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from evidence.readings.of_records import compare_assessors, compare_readings
from evidence.readings.of_tables import compare_tables
from evidence.readings.resolving import settling_nothing
from evidence.readings.second import first_reading, read_reading, second_readings
from evidence.readings.side_by_side import Difference, Lone, ReadCell, SideBySide
from evidence.records.parsing import Problem, Severity, capped
from evidence.records.reading import Document
from evidence.records.schema import Record

_RECORDS = (".yaml", ".yml")


def compare_record(document: Document[Record]) -> list[SideBySide]:
    """A record with each of its second readings, and each two who judged risk of bias in it."""
    first = first_reading(document)
    if first is None:
        return []
    found = [compare_readings(first, second) for second in second_readings(document)]
    found += compare_assessors(first)
    if any(one.problems for one in found) and not any(one.cells for one in found):
        return found  # a second reading that cannot be read says nothing of what was settled
    idle = settling_nothing(first, found)
    return [*found, SideBySide(first.study, first.by, "", problems=tuple(idle))] if idle else found


def compare_files(first: Path, second: Path, by: Iterable[str] = ()) -> SideBySide:
    """Two records, or two tables.

    Raises SheetError for a table that cannot be read, ValueError for files of different kinds; problems of
    records are kept.
    """
    kinds = {path.suffix.lower() in _RECORDS for path in (first, second)}
    if len(kinds) == 2:
        names = f"'{first.name}' and '{second.name}'"
        raise ValueError(f"{names} are of different kinds; expected two records (.yaml) or two tables")
    if kinds == {False}:
        return compare_tables(first, second, tuple(by))
    return compare_readings(read_reading(first), read_reading(second))


def problems_of_readings(document: Document[Record]) -> list[Problem]:
    """What `check` says: broken second readings, and as notes the differences that nobody has settled."""
    found: list[Problem] = []
    for comparison in compare_record(document):
        found += comparison.problems
        found += [_note(document, comparison, each) for each in unsettled(comparison)]
    return list(capped(found, 0))


def unsettled(comparison: SideBySide) -> Iterator[ReadCell | Lone]:
    """What the readers differ in and nobody has settled."""
    yield from (cell for cell in comparison.cells if cell.differs and cell.resolution is None)
    yield from (each for each in comparison.lone if each.resolution is None)


def _note(document: Document[Record], comparison: SideBySide, each: ReadCell | Lone) -> Problem:
    hint = "Look into the paper together; then say under 'resolved' whose value counts, and why."
    if isinstance(each, Lone):
        who = comparison.first if each.first_has_it else comparison.second
        says = f"only {who} has the {each.what} '{each.name}'"
        return Problem(each.place, Severity.NOTE, "readings-differ", says, each.hint or hint)
    place = each.first.place
    where = each.second.place
    file = "/".join(where.path.parts[-2:])
    there = f"line {where.line}" if where.path == place.path else f"{file}:{where.line}"
    says = f"'{each.key}' of '{each.of}': {comparison.second} read {_shown(each.second.text)} ({there})"
    if each.kind is not Difference.ONLY_SECOND:
        says += f", here it is {_shown(each.first.text)}"
    return Problem(place, Severity.NOTE, "readings-differ", says, hint)


def _shown(text: str | None) -> str:
    return "nothing" if text is None else f"'{text}'"
