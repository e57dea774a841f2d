"""Differences that a person has settled, and settlements that no longer match what is read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from evidence.readings.second import StudyReading
from evidence.readings.side_by_side import ReadCell, SideBySide
from evidence.readings.values import same_value
from evidence.records.parsing import KeyPath, Problem, Severity
from evidence.records.provenance import Resolution


def resolved(first: StudyReading, found: SideBySide, both_stand: bool = False) -> SideBySide:
    """Apply what the first reading's record has settled; what no longer matches becomes a problem.

    both_stand: both values stand in the record whichever was taken, as judgements of two persons do; else
    the record has the value that was taken.
    """
    cells, lone, problems = list(found.cells), list(found.lone), list(found.problems)
    for index, each in enumerate(first.resolved):
        about = [at for at, cell in enumerate(cells) if _is_about(each, cell.of, cell.key)]
        now = [cells[at] for at in about]
        fault = next(_faults(each, now, both_stand), None) if about else None
        if fault is not None:
            problems.append(_problem(first, index, fault))
            continue
        for at in about:
            if cells[at].differs or each.took != "first":
                before = _before(each, cells[at], len(about) == 1, both_stand)
                cells[at] = replace(cells[at], resolution=each, before=before)
        for at, one in enumerate(lone):
            if _is_about(each, one.of, one.key):
                lone[at] = replace(one, resolution=each)
    return replace(found, cells=tuple(cells), lone=tuple(lone), problems=tuple(problems))


def settling_nothing(first: StudyReading, found: Sequence[SideBySide]) -> list[Problem]:
    """Resolutions about what no comparison of the record has."""
    things = [(cell.of, cell.key) for one in found for cell in one.cells]
    things += [(lone.of, lone.key) for one in found for lone in one.lone]
    return [
        _problem(first, index, _nothing(each))
        for index, each in enumerate(first.resolved)
        if not any(_is_about(each, of, key) for of, key in things)
    ]


def _is_about(resolution: Resolution, of: str, key: str) -> bool:
    """Whether it names this key or one above it: effect.ci settles both limits."""
    wanted = resolution.key.strip()
    return resolution.of == of and (key == wanted or key.startswith((f"{wanted}.", f"{wanted} / ")))


_Fault = tuple[str, str, str]
"""The key of the resolution that is at fault, words and hint."""


def _problem(first: StudyReading, index: int, fault: _Fault) -> Problem:
    assert first.tree is not None  # only readings that can be read are compared
    key, says, hint = fault
    at: KeyPath = ("resolved", index, key)
    return first.tree.problem(at, Severity.WARNING, "resolution-open", says, hint)


def _nothing(each: Resolution) -> _Fault:
    says = f"nothing that two persons read is called '{each.key}' of '{each.of}'"
    return "key", says, "Name 'of' and 'key' as `compare-readings` prints them, or delete the entry."


_LOOK_AGAIN = "Look again; if it still holds, write what is read now."


def _faults(each: Resolution, cells: list[ReadCell], both_stand: bool) -> Iterator[_Fault]:
    """Why a resolution does not count."""
    first, second = _joined(cells, 0), _joined(cells, 1)
    now = f"now the first has {first}, the second {second}"
    differs = any(cell.differs for cell in cells)
    stays = both_stand or each.took == "first"
    if each.second is not None and not same_value(each.second, second):
        yield "second", f"settled on {each.on} for a second reading of {each.second}; {now}", _LOOK_AGAIN
    if each.first is not None and stays and not same_value(each.first, first):
        yield "first", f"settled on {each.on} for a first reading of {each.first}; {now}", _LOOK_AGAIN
    if (stays or each.took == "other") and not differs:
        yield "took", f"'{each.key}' of '{each.of}' does not differ: both have {first}", "Delete the entry."
    if each.took == "second" and not stays and differs:
        says = f"'{each.key}' was settled as the second read it, but the record has {first}"
        yield "took", says, f"Write {second} into the record, or settle it anew."
    if each.took == "other" and not stays and each.first is not None and same_value(each.first, first):
        says = f"'{each.key}' was settled as neither read it, but the record still has {first}"
        yield "took", says, "Write the value that was found into the record."


def _joined(cells: list[ReadCell], which: int) -> str:
    """What one of the readers has, as a person would write it in `first` and `second`."""
    texts = [(cell.first, cell.second)[which].text for cell in cells]
    return ", ".join(text if text is not None else "nothing" for text in texts)


def _before(each: Resolution, cell: ReadCell, alone: bool, both_stand: bool) -> tuple[str, str] | None:
    """What both had read of a cell before it was settled; None where it is not known."""
    first, second = cell.first.says, cell.second.says
    if each.took != "first" and not both_stand:
        first = each.first if alone else None
    return (first, second) if first and second else None


def summary(resolution: Resolution) -> str:
    """Who settled a difference, when, how and why."""
    took = {"first": "the first", "second": "the second", "other": "another value"}[resolution.took]
    why = resolution.why.rstrip(".")
    return f"settled by {resolution.by} on {resolution.on}: took {took} ({why})"
