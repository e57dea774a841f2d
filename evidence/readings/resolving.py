"""Differences that a person has settled, and settlements that no longer match what is read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from evidence.readings.second import StudyReading
from evidence.readings.side_by_side import Lone, ReadCell
from evidence.readings.values import same_value
from evidence.records.parsing import KeyPath, Problem, Severity
from evidence.records.provenance import Resolution


@dataclass(frozen=True)
class Settled:
    """Cells and lone entries, each with the resolution that counts for it; and resolutions that do not."""

    cells: list[ReadCell]
    lone: list[Lone]
    problems: list[Problem]


def resolved(
    first: StudyReading, cells: Sequence[ReadCell], lone: Sequence[Lone], only: str | None = None
) -> Settled:
    """Apply what the first reading's record has settled; only: of one part of the record alone."""
    found = Settled(list(cells), list(lone), [])
    for index, each in enumerate(first.resolved):
        if only is not None and each.of != only:
            continue
        about = [at for at, cell in enumerate(found.cells) if _is_about(each, cell.of, cell.key)]
        alone = [at for at, one in enumerate(found.lone) if _is_about(each, one.of, one.key)]
        fault = _fault(each, [found.cells[at] for at in about], bool(alone))
        if fault is not None and first.tree is not None:
            key, says, hint = fault
            at: KeyPath = ("resolved", index, key)
            found.problems.append(first.tree.problem(at, Severity.WARNING, "resolution-open", says, hint))
            continue
        for at_cell in about:
            if found.cells[at_cell].differs or each.took != "first":
                found.cells[at_cell] = replace(found.cells[at_cell], resolution=each)
        for at_lone in alone:
            found.lone[at_lone] = replace(found.lone[at_lone], resolution=each)
    return found


def _is_about(resolution: Resolution, of: str, key: str) -> bool:
    """Whether it names this key or one above it: effect.ci settles both limits."""
    wanted = resolution.key.strip()
    return resolution.of == of and (key == wanted or key.startswith((f"{wanted}.", f"{wanted} / ")))


_Fault = tuple[str, str, str | None]
"""The key of the resolution that is at fault, words and hint."""


def _fault(each: Resolution, cells: list[ReadCell], is_lone: bool) -> _Fault | None:
    """Why a resolution does not count; None where it does."""
    if is_lone:
        return None
    if not cells:
        says = f"nothing that both read is called '{each.key}' of '{each.of}': the resolution settles nothing"
        return (
            "key",
            says,
            "Name the estimate and key as `compare-readings` prints them, or delete the entry.",
        )
    differing = [cell for cell in cells if cell.differs]
    return next(_faults(each, cells, differing), None)


def _faults(each: Resolution, cells: list[ReadCell], differing: list[ReadCell]) -> Iterator[_Fault]:
    first, second = _joined(cells, 0), _joined(cells, 1)
    now = f"the record has {first}, the second reading {second}"
    if each.second is not None and not same_value(each.second, second):
        yield "second", f"settled on {each.on} for a second reading of {each.second}; now {now}", _LOOK_AGAIN
    if each.took == "second":
        if differing:
            says = f"'{each.key}' was settled as the second read it, but {now}"
            yield "took", says, f"Write {second} into the record, or settle it anew."
        return
    if not differing:
        yield "took", f"'{each.key}' of '{each.of}' no longer differs: both have {first}", "Delete the entry."
    if each.first is None:
        return
    is_first = same_value(each.first, first)
    if each.took == "first" and not is_first:
        yield "first", f"settled on {each.on} for a first reading of {each.first}; now {now}", _LOOK_AGAIN
    elif each.took == "other" and is_first:
        says = f"'{each.key}' was settled as neither read it, but {now}"
        yield "took", says, "Write the value that was found into the record."


_LOOK_AGAIN = "Look again; if it still holds, write what is read now."


def _joined(cells: list[ReadCell], which: int) -> str:
    """What one of the readers has, as a person would write it in `first` and `second`."""
    texts = [(cell.first, cell.second)[which].text for cell in cells]
    return ", ".join(text if text is not None else "nothing" for text in texts)


def summary(resolution: Resolution) -> str:
    """Who settled a difference, when, how and why."""
    took = {"first": "the first", "second": "the second", "other": "another value"}[resolution.took]
    why = resolution.why.rstrip(".")
    return f"settled by {resolution.by} on {resolution.on}: took {took} ({why})"
