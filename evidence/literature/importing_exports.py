"""Files of citations into a review: read, joined with what is there, written."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from evidence.literature.citation import Citation, CitationSource, content
from evidence.literature.citation_store import FOLDER, read_citations, write_citations, writing_alone
from evidence.literature.duplicates.deduplicating import Deduplicated, deduplicate
from evidence.literature.duplicates.said_of_pairs import as_decisions, read_decisions
from evidence.literature.raw_record import ExportError, Trouble
from evidence.literature.reading_exports import read_export

Told = Callable[[int, int | None, str], None]


@dataclass
class Imported:
    """What an import did.

    read: records of each file. refused: why a file is none. known: records that were there before, with the
    same words from the same place. new: works that nothing was known of. joined: records of a work that
    another record already told.
    """

    read: dict[Path, int] = field(default_factory=dict)
    troubles: list[Trouble] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    known: int = 0
    new: int = 0
    joined: int = 0
    result: Deduplicated | None = None


def import_exports(
    review: Path, files: Sequence[Path], tell: Told = lambda done, total, what: None
) -> Imported:
    """Read files of citations and join them with those of a review; written at the end, whole or not at all.

    tell: called with how much is done, of how much, and what. A file that cannot be read is told, the others
    are used. Raises StoreError and DecisionError.
    """
    done = Imported()
    found: list[Citation] = []
    for path in files:
        _read(path, found, done, tell)
    if not found:
        return done
    with writing_alone(review):
        decisions = as_decisions(read_decisions(review / FOLDER))
        before = read_citations(review, decisions)
        there = {
            (content(record), source)
            for each in before
            for record in each.records()
            for source in record.sources
        }
        fresh = [each for each in found if (content(each), each.sources[0]) not in there]
        done.known = len(found) - len(fresh)
        done.result = deduplicate(
            [*before, *fresh], decisions, lambda now, total: tell(now, total, "comparing records")
        )
        _count(done, before, fresh)
        write_citations(review, done.result.citations)
    return done


def _read(path: Path, found: list[Citation], done: Imported, tell: Told) -> None:
    begun = len(found)
    try:
        for each in read_export(path):
            if isinstance(each, Trouble):
                done.troubles.append(each)
                continue
            found.append(each)
            if len(found) % 200 == 0:
                tell(len(found), None, f"reading {path.name}")
    except ExportError as error:
        done.refused.append(str(error))
        del found[begun:]
        return
    done.read[path] = len(found) - begun


def _count(done: Imported, before: Sequence[Citation], fresh: Sequence[Citation]) -> None:
    """How many works are new: those that no record from before belongs to."""
    assert done.result is not None
    old = {_of(source, record) for each in before for record in each.records() for source in record.sources}
    done.new = sum(
        not any(_of(source, record) in old for record in work.records() for source in record.sources)
        for work in done.result.citations
    )
    done.joined = len(fresh) - done.new


def _of(source: CitationSource, record: Citation) -> tuple[CitationSource, str]:
    return source, content(record)
