"""What moved as Markdown, for a pull request or a page: nothing in it is obeyed by the page that shows it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from evidence.wording import counted
from synthesis.living.changes import PlanChange, RecordChange
from synthesis.living.movement import MovedResult, Movement
from synthesis.living.sentences import because, details, heading, record_counts, rest_words, results_shown
from synthesis.living.what_moved import WhatMoved
from synthesis.terminal import visible

MOST_FIELDS = 40
"""Field changes that are listed of one record; a comment on a pull request has an end."""

_OBEYED = re.compile(r"([\\`*_{}\[\]<>#|~@&])")


def escaped(text: str) -> str:
    """Text that stands for itself: no formatting, no HTML, no mention of a user."""
    return (
        _OBEYED.sub(r"\\\1", visible(text))
        .replace("\\@", "@\N{ZERO WIDTH NON-JOINER}")
        .replace("\\&", "&amp;")
    )


def as_markdown(found: WhatMoved) -> str:
    """A heading, the results that moved as a table, the signals, then the records field by field."""
    return "\n".join(_lines(found)).rstrip() + "\n"


def _lines(found: WhatMoved) -> Iterator[str]:
    review = found.new.loaded.review.review
    yield f"### {escaped(review)}: {escaped(found.old.says)} → {escaped(found.new.says)}"
    yield ""
    if found.still:
        yield "Nothing changed."
        yield from _without(found)
        return
    yield f"{escaped(record_counts(found.movement.changes))}."
    yield ""
    yield from _results(found.movement)
    yield from _without(found)
    yield from _list("Worth a look", [signal.words for signal in found.signals])
    yield from _list("Judgements older than their data", list(found.stale))
    yield from _list("Not read", list(found.unread))
    changes = found.movement.changes
    folder = found.new.loaded.folder
    yield from (line for each in changes.plan for line in _fields(each, folder))
    yield from (line for each in changes.records if each.fields for line in _fields(each, folder))
    if changes.words:
        yield from _list("review.yaml, in words alone", [each.words for each in changes.words])


def _without(found: WhatMoved) -> Iterator[str]:
    """What the results are without reports in doubt."""
    if found.without is not None:
        yield ""
        yield f"**As it is now {escaped(found.without.words)}**"
        yield ""
        yield from _results(found.without.movement)


def _results(movement: Movement) -> Iterator[str]:
    moved = movement.moved
    if moved:
        yield "| analysis | k | before | after | what moved it |"
        yield "|---|---|---|---|---|"
        yield from map(_row, moved)
        yield ""
    for refused in movement.refused:
        still = "is still" if refused.still else "is now"
        yield f"**{escaped(refused.analysis.title)} {still} refused**: {escaped(refused.reason)}"
        yield ""
    rest = rest_words(movement)
    if rest:
        yield f"{rest.capitalize()}."
        yield ""


def _row(moved: MovedResult) -> str:
    title, before, after = results_shown(moved)
    more = "; ".join(part for part in (because(moved), details(moved)) if part)
    cells = (title, f"{moved.before.k} → {moved.after.k}", before, after, more)
    return f"| {' | '.join(map(escaped, cells))} |"


def _fields(change: RecordChange | PlanChange, folder: Path) -> Iterator[str]:
    lines = [f"{each.words} ({each.where(folder)})" for each in change.fields[:MOST_FIELDS]]
    more = len(change.fields) - MOST_FIELDS
    yield from _list(heading(change), lines + ([f"and {counted(more, 'other field')}"] if more > 0 else []))


def _list(title: str, lines: list[str]) -> Iterator[str]:
    if lines:
        yield f"**{escaped(title)}**"
        yield ""
        yield from (f"- {escaped(line)}" for line in lines)
        yield ""
