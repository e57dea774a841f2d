"""Drafts of a review: what each of them lacks, and that no pool has anything of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from evidence.records.parsing import KeyPath, Place, Problem, Severity, UnreadableError, parse_file
from evidence.records.review_folder import DRAFTS, draft_paths
from evidence.records.unconfirmed import unconfirmed

_MOST_TOLD = 20
_MOST_NAMED = 8


@dataclass(frozen=True)
class WaitingDraft:
    """One draft: what is still to be extracted or confirmed, or why it cannot be read."""

    path: Path
    missing: tuple[str, ...] = ()
    unreadable: str = ""

    @property
    def says(self) -> str:
        """What is missing, in a sentence without its subject."""
        if self.unreadable:
            return f"cannot be read: {self.unreadable}"
        if not self.missing:
            return "is complete and in no pool yet"
        shown = ", ".join(self.missing[:_MOST_NAMED])
        more = len(self.missing) - _MOST_NAMED
        values = f"{shown} and {more:,} more" if more > 0 else shown
        return f"is incomplete and in no pool: {values} {'is' if len(self.missing) == 1 else 'are'} missing"

    @property
    def command(self) -> str:
        """What is to be done about it."""
        verb = "check" if self.missing or self.unreadable else "add --from"
        return f"python -m synthesis {verb} {DRAFTS}/{self.path.name}"


def read_drafts(folder: Path) -> Iterator[WaitingDraft]:
    """The drafts of a review folder, sorted by name."""
    yield from map(_read, draft_paths(folder))


def _read(path: Path) -> WaitingDraft:
    try:
        tree, problems = parse_file(path)
    except UnreadableError as error:
        return WaitingDraft(path, unreadable=error.problem.says)
    missing = tuple(dict.fromkeys(_named(at) for at, _ in unconfirmed(tree.root)))
    return WaitingDraft(path, missing, "" if missing or not problems else problems[0].says)


def _named(at: KeyPath) -> str:
    """A key path in words: 'cohort.name'; of entries of lists their key alone, of parts by name the key."""
    keys = [str(key) for key in at if isinstance(key, str)]
    return ".".join(dict.fromkeys((keys[0], keys[-1])))


def waiting_drafts(folder: Path) -> Iterator[Problem]:
    """A note for each draft that a review has: what it lacks; of more than twenty one for the rest."""
    drafts = list(read_drafts(folder))
    for each in drafts[:_MOST_TOLD]:
        says = f"the draft '{each.path.stem}' {each.says}"
        adding = f"python -m synthesis add --from {DRAFTS}/{each.path.name}"
        hint = f"{each.command} names each; when every value is confirmed: {adding}."
        hint = hint if each.missing else f"{each.command}."
        yield Problem(Place(each.path), Severity.NOTE, "draft-waits", says, hint)
    more = len(drafts) - _MOST_TOLD
    if more > 0:
        yield Problem(Place(folder / DRAFTS), Severity.NOTE, "draft-waits", f"{more:,} more drafts wait")
