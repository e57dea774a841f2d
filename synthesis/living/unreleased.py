"""What `diff` against the last release says, in a line a result, and judgements older than their data."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from evidence.records.review import LoadedReview
from evidence.wording import counted
from synthesis.living.changes import find_changes
from synthesis.living.judgements import outdated
from synthesis.living.repository import NoHistoryError
from synthesis.living.status_line import LineState, StatusLine, looked_at
from synthesis.living.versions import find_versions, order_of


def unreleased_status(loaded: LoadedReview) -> Iterator[StatusLine]:
    """The lines about changes since the last release, or the last commit where there is none."""
    yield from looked_at("release", lambda: _unreleased(loaded.folder))


def _unreleased(folder: Path) -> Iterator[StatusLine]:
    try:
        before, after = find_versions(folder, None, None)
    except NoHistoryError as reason:
        yield StatusLine("release", f"nothing to compare with: {reason}", command="release 0.1.0")
        return
    for version in (before, after):
        if version.loaded.document.model is None:
            problem = version.loaded.document.problems[0]
            raise ValueError(f"{version.says}: review.yaml:{problem.place.line}: {problem.says}")
    released = order_of(before.name) is not None
    changes = find_changes(before.loaded, after.loaded)
    stale = outdated(after.loaded.records, changes)
    if stale:
        are = "judgement is" if len(stale) == 1 else "judgements are"
        says = f"{len(stale):,} {are} older than the data"
        yield StatusLine("judgements", says, "waits", "check", tuple(stale), {"stale": len(stale)})
    if not (changes.records or changes.plan or changes.words):
        says = f"nothing changed since {before.says}"
        yield StatusLine("release", says, command="" if released else "release 0.1.0")
        return
    # nothing is pooled, and what pools is not loaded, before something changed
    from synthesis.living.movement import movement_of
    from synthesis.living.sentences import record_counts, result_columns

    movement = movement_of(before.loaded, after.loaded, changes)
    rows = [result_columns(each) for each in movement.moved]
    lines = [f"{title}: {old} {new}" for title, old, new in rows]
    lines += [f"{each.analysis.title} is refused: {each.reason}" for each in movement.refused]
    says = f"{record_counts(changes)} since {before.says}; {counted(len(rows), 'result')} moved"
    data = {"since": before.name, "moved": len(rows), "refused": len(movement.refused)}
    state: LineState = "waits" if released or movement.refused else "told"
    yield StatusLine("release", says, state, "diff", tuple(lines), data)
