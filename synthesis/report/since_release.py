"""What moved since the last release, for a reader of the page."""

from __future__ import annotations

from pathlib import Path

from synthesis.living.movement import MovedResult
from synthesis.living.repository import NoHistoryError
from synthesis.living.sentences import because, details, record_counts, rest_words, results_shown
from synthesis.living.what_moved import WhatMoved, what_moved
from synthesis.report.page_parts import ShownTable, Since, TableCell

NO_RELEASE = "The review has no release yet that this one could be compared with."


def since_release(folder: Path) -> Since:
    """The files as they are against the last release or tag; a sentence where there is none."""
    try:
        found = what_moved(folder)
    except NoHistoryError:
        return Since((NO_RELEASE,))
    except ValueError as reason:
        return Since((f"Nothing was compared with the last release: {reason}.",))
    if found.old.name == "HEAD":
        return Since((NO_RELEASE,))
    return _told(found)


def _told(found: WhatMoved) -> Since:
    if found.still:
        return Since((f"Nothing changed since {found.old.says}.",))
    movement = found.movement
    says = [f"Since {found.old.says}: {record_counts(movement.changes)}."]
    says += [f"{each.analysis.title} is refused: {each.reason}" for each in movement.refused]
    rest = rest_words(movement)
    says += [f"{rest[:1].upper()}{rest[1:]}."] if rest else []
    signals = tuple(signal.words for signal in found.signals) + found.stale + found.unread
    return Since(tuple(says), _moved(movement.moved) if movement.moved else None, signals)


def _moved(moved: tuple[MovedResult, ...]) -> ShownTable:
    heads = ("Result", "Estimates", "Before", "After", "What moved it")
    return ShownTable("moved", "Results that moved", heads, (False,) * 5, tuple(map(_row, moved)))


def _row(moved: MovedResult) -> tuple[TableCell, ...]:
    title, before, after = results_shown(moved)
    counts = f"{moved.before.k} → {moved.after.k}"
    why = "; ".join(part for part in (because(moved), details(moved)) if part)
    return tuple(map(TableCell, (title, counts, before, after, why)))
