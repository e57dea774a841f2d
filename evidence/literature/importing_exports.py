"""Files of citations into a review: read, joined with what is there, written, and the search logged."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from evidence.literature.citation import Citation, CitationSource, content
from evidence.literature.citation_store import FOLDER, read_citations, write_citations, writing_alone
from evidence.literature.duplicates.deduplicating import Deduplicated, deduplicate
from evidence.literature.duplicates.said_of_pairs import as_decisions, read_decisions
from evidence.literature.raw_record import ExportError, Trouble
from evidence.literature.reading_exports import read_export
from evidence.literature.searches.search_log import SourceKind, append_run, read_runs
from evidence.literature.searches.searched_file import SearchedFile, digest_of

Told = Callable[[int, int | None, str], None]


@dataclass
class Imported:
    """What an import did.

    read: records of each file. refused: why a file is none. known: records that were there before, with the
    same words from the same place. new: works that nothing was known of. joined: records of a work that
    another record already told. undated: files of which nobody said when the database was asked.
    """

    read: dict[Path, int] = field(default_factory=dict)
    troubles: list[Trouble] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    known: int = 0
    new: int = 0
    joined: int = 0
    undated: list[str] = field(default_factory=list)
    result: Deduplicated | None = None


def import_exports(
    review: Path,
    files: Sequence[Path],
    tell: Told = lambda done, total, what: None,
    *,
    via: SourceKind = "database",
    searched: datetime.date | None = None,
    source: str = "",
) -> Imported:
    """Read files of citations and join them with those of a review; written at the end, whole or not at all.

    tell: called with how much is done, of how much, and what. via: the kind of source that was searched.
    searched: the day on which it was asked; None: the day of the export that a file states, else it is not
    known. source: the database's name, '': the one that a file's records name. A file that cannot be read is
    told, the others are used; bytes that were imported before, under whatever name, change nothing but that a
    day which was not known is now. Raises StoreError and DecisionError.
    """
    done = Imported()
    read = [each for path in files if (each := _read(path, done, tell)) is not None and each.citations]
    if not read:
        return done
    now = datetime.datetime.now(datetime.UTC).replace(microsecond=0)
    with writing_alone(review):
        runs = {each.id: each for each in read_runs(review)}
        for each in read:
            there = runs.setdefault(each.run_id, each.as_run(now, via, searched, source))
            if searched is not None and not there.dated:
                runs[each.run_id] = replace(there, searched=searched, dated=True)
        join_records(
            review, [record for each in read for record in each.found_by(runs[each.run_id])], done, tell
        )
        for each in read:
            append_run(review, runs[each.run_id])
        done.undated = [each.path.name for each in read if not runs[each.run_id].dated]
    return done


def join_records(review: Path, found: Sequence[Citation], done: Imported, tell: Told) -> None:
    """Join records with the citations of a review and write them, inside `writing_alone`.

    found: records, each with one source. done: is told how many of them were known, new and joined. Raises
    StoreError and DecisionError.
    """
    decisions = as_decisions(read_decisions(review / FOLDER))
    before = read_citations(review, decisions)
    said: dict[str, set[CitationSource]] = {}
    for record in (record for each in before for record in each.records()):
        said.setdefault(content(record), set()).update(record.sources)
    fresh = {
        (text, each.sources[0]): each
        for each in found
        if each.sources[0] not in said.get(text := content(each), ())
    }
    # from before there was a log: the records are known, and only learn in which run they were found
    unlogged = sum(replace(source, search="") in said.get(text, ()) for text, source in fresh)
    done.known = len(found) - len(fresh) + unlogged
    done.result = deduplicate(
        [*before, *fresh.values()], decisions, lambda now, total: tell(now, total, "comparing records")
    )
    done.new = sum(
        not any(content(record) in said for record in work.records()) for work in done.result.citations
    )
    done.joined = len(fresh) - unlogged - done.new
    write_citations(review, done.result.citations)


def _read(path: Path, done: Imported, tell: Told) -> SearchedFile | None:
    """The file with its records; None where it is refused, and done is told why."""
    found: list[Citation] = []
    begun = len(done.troubles)
    before = sum(done.read.values())
    try:
        for each in read_export(path):
            if isinstance(each, Trouble):
                done.troubles.append(each)
                continue
            found.append(each)
            if (before + len(found)) % 200 == 0:
                tell(before + len(found), None, f"reading {path.name}")
    except ExportError as error:
        done.refused.append(str(error))
        return None
    done.read[path] = len(found)
    unread = sum(trouble.lost for trouble in done.troubles[begun:])
    return SearchedFile(path, found, unread, digest_of(path))
