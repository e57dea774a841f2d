"""The doubtful pairs of a review, and a person's decision about one."""

from __future__ import annotations

import datetime
import getpass
from collections.abc import Callable
from pathlib import Path

from evidence.literature.citation import Citation
from evidence.literature.citation_store import FOLDER, read_citations, write_citations, writing_alone
from evidence.literature.duplicates.deduplicating import Deduplicated, deduplicate
from evidence.literature.duplicates.said_of_pairs import (
    DecisionError,
    SaidOfPair,
    as_decisions,
    read_decisions,
    write_decisions,
)
from evidence.wording import counted


def review_pairs(review: Path, tell: Callable[[int, int], None] = lambda done, total: None) -> Deduplicated:
    """The citations of a review, with doubtful and related pairs. Raises StoreError, DecisionError."""
    decisions = as_decisions(read_decisions(review / FOLDER))
    return deduplicate(read_citations(review, decisions), decisions, tell)


def decide(review: Path, word: str, one: str, other: str) -> str:
    """Keep that two citations are the same or different, join or part them, and say what was done.

    word: same or different. one, other: ids, also those that a joined citation had before. Raises StoreError,
    and DecisionError for an id that nothing has or two that one record has.
    """
    one, other = sorted((one.strip(), other.strip()))
    with writing_alone(review):
        said = read_decisions(review / FOLDER)
        before = read_citations(review, as_decisions(said))
        _check(before, one, other)
        kept = [each for each in said if (each.one, each.other) != (one, other)]
        today = datetime.date.today().isoformat()
        kept.append(SaidOfPair(one, other, word, _who(), today))
        result = deduplicate(before, as_decisions(kept))
        write_decisions(review / FOLDER, kept)
        write_citations(review, result.citations)
    changed = len(before) - len(result.citations)
    done = "joined" if changed > 0 else "parted" if changed < 0 else "kept"
    return f"{one} and {other} are {word}: {done}; {counted(len(result.citations), 'citation')}"


def _who() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # no login: a container, a scheduled job
        return ""


def _check(citations: list[Citation], one: str, other: str) -> None:
    records = [record for each in citations for record in each.records()]
    for name in (one, other):
        if not any(name.partition("#")[0] in record.names for record in records):
            raise DecisionError(f"no citation has the id {name}; `literature duplicates` lists them")
    if one == other or any({one, other} <= record.names for record in records):
        raise DecisionError(f"{one} and {other} are ids of one record")
