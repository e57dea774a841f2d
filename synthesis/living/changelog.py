"""The changelog of a review: what each release changed, in the words of `diff`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from evidence.records.review import LoadedReview
from evidence.wording import counted
from synthesis.living.changes import PlanChange, RecordChange
from synthesis.living.markdown import MOST_FIELDS, escaped
from synthesis.living.movement import MovedResult
from synthesis.living.sentences import because, heading, record_counts, rest_words, result_columns
from synthesis.living.summaries import Pooling
from synthesis.living.what_moved import WhatMoved
from synthesis.review.searched import searched_of

TITLE = "# Changelog"


def with_entry(text: str, number: str, entry: str) -> str:
    """A changelog with a new entry above the older ones; the same where the release has one already."""
    head = f"## {number}"
    if any(line.strip() == head for line in text.splitlines()):
        return text
    before, found, older = text.partition("\n## ")
    before = before.strip() or TITLE
    rest = f"\n\n## {older.strip()}" if found else ""
    return f"{before}\n\n{head}\n\n{entry.strip()}{rest}\n"


def read_changelog(path: Path) -> str:
    """What the file holds; nothing where it is not there."""
    return path.read_text(encoding="utf-8") if path.is_file() else ""


def first_entry(loaded: LoadedReview, pooling: Pooling) -> str:
    """The entry of the first release: what there is, and each result."""
    lines = [f"First release: {counted(len(loaded.records))}, {counted(len(pooling.results), 'analysis')}."]
    lines += _searched(loaded)
    for name, summaries in pooling.summaries.items():
        title = pooling.results[name].analysis.title
        for group, summary in summaries.items():
            shown = summary.shown(summary.decimals)
            lines.append(
                f"- {escaped(f'{title}: {group}' if group else title)}: {escaped(shown)} (k {summary.k})"
            )
    return _joined(lines)


def entry_of(found: WhatMoved) -> str:
    """What moved since the release before, as a list."""
    loaded, changes = found.new.loaded, found.movement.changes
    lines = [f"Since {escaped(found.old.name)}: {escaped(record_counts(changes))}.", *_searched(loaded)]
    lines += filter(None, (*map(_fields, changes.records), *map(_fields, changes.plan)))
    lines += [f"- review.yaml, in words alone: {escaped(each.words)}" for each in changes.words]
    lines += [f"- {escaped(_result(each))}" for each in found.movement.moved]
    lines += [f"- Worth a look: {escaped(signal.words)}" for signal in found.signals]
    lines += [f"- {escaped(says)}" for says in found.stale]
    rest = rest_words(found.movement)
    return _joined([*lines, f"- {rest.capitalize()}."] if rest else lines)


def _fields(change: RecordChange | PlanChange) -> str:
    told = "; ".join(field.words for field in change.fields[:MOST_FIELDS])
    return f"- {escaped(heading(change))}: {escaped(told)}" if told else ""


def _result(moved: MovedResult) -> str:
    title, before, after = result_columns(moved)
    why = because(moved)
    return f"{title}: {before} {' '.join(after.split())}" + (f", {why}" if why else "")


def _searched(loaded: LoadedReview) -> Iterator[str]:
    day = searched_of(loaded).day
    if day is not None:
        yield f"The literature was searched to {day.isoformat()}."


def _joined(lines: list[str]) -> str:
    """Paragraphs apart, the entries of the list together."""
    text = ""
    for line in lines:
        listed = line.startswith("- ")
        apart = "" if not text else "\n" if listed and text.splitlines()[-1].startswith("- ") else "\n\n"
        text += apart + line
    return text
