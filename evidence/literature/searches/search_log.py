"""The log of a review's searches, `literature/searches.jsonl`: one line a run.

A line says what was asked when, and how much was found. Lines are sorted by the day that was searched, and
git merges two branches by keeping the lines of both; the same bytes imported on both are one run, for its id
is made of them.
"""

from __future__ import annotations

import datetime
import json
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal, get_args

from pydantic import ConfigDict, TypeAdapter, ValidationError

from evidence.literature.citation_store import FOLDER, StoreError, stored_lines
from evidence.records.writing.files import WritingError, write_atomically

SEARCHES = "searches.jsonl"
SourceKind = Literal["database", "register", "website", "organisation", "citation searching"]
SOURCE_KINDS: tuple[SourceKind, ...] = get_args(SourceKind)
"""What PRISMA 2020 tells apart: https://doi.org/10.1136/bmj.n71, figure 1."""


@dataclass(frozen=True)
class SearchRun:
    """One search as it was run once: by a person, whose file was imported, or by a saved search."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid", strict=True)

    id: str
    """A short name, the same on every machine; `CitationSource.search` holds it."""
    run: datetime.datetime
    """When its records came into the review."""
    searched: datetime.date
    """The day on which the database was asked; where nobody said it, that of the import."""
    source: str = ""
    """The database, as its records or the service name it; '' where the file does not say it."""
    kind: SourceKind = "database"
    file: str = ""
    """Name of the file, as in `CitationSource.file`."""
    digest: str = ""
    """SHA-256 of the bytes that were read."""
    search: str = ""
    """Name of the saved search in review.yaml, '' for a file."""
    query: str = ""
    since: datetime.date | None = None
    """The first day that was asked for; None: from the beginning."""
    found: int | None = None
    """How many the service counted, without those known; None: it was not asked.

    Of a complete run they are those read and unreadable.
    """
    read: int = 0
    """Records that came into the review: as many name this run among their sources."""
    known: int = 0
    """Records that came once more: the same saved search had brought them before, and they are not read."""
    unreadable: int = 0
    complete: bool = True
    """Whether everything that was found came."""
    dated: bool = True
    """Whether the day was said: by the service, the file, or whoever imported it."""


_ADAPTER = TypeAdapter(SearchRun)


def read_runs(review: Path) -> tuple[SearchRun, ...]:
    """The runs of a review, each once, by the day searched; () where it has no log. Raises StoreError."""
    path = review / FOLDER / SEARCHES
    found: dict[str, SearchRun] = {}
    for number, line in stored_lines(path):
        try:
            each = _ADAPTER.validate_json(line)
        except ValidationError as error:
            first = error.errors()[0]
            at = f"'{'.'.join(map(str, first['loc']))}': " if first["loc"] else ""
            says = f"{at}{first['msg'][:1].lower()}{first['msg'][1:]}".splitlines()[0]
            raise StoreError(f"'{path}', line {number:,}: {says}; git has the line as it was") from None
        found[each.id] = min(
            found.get(each.id, each), each, key=lambda run: (not run.dated, run_to_line(run))
        )
    return tuple(sorted(found.values(), key=lambda each: (each.searched, each.id)))


def run_to_line(run: SearchRun) -> str:
    """A run as a line of JSON, without what is as usual."""
    return json.dumps(_ADAPTER.dump_python(run, mode="json", exclude_defaults=True), ensure_ascii=False)


def append_run(review: Path, run: SearchRun) -> None:
    """Write a run to the log of a review, inside `writing_alone`; one that is there can only get its day.

    Records are written before their run: a run in the log has its records in the review. Raises StoreError.
    """
    runs = {each.id: each for each in read_runs(review)}
    there = runs.get(run.id)
    if there is not None and (there.dated or not run.dated):
        return
    runs[run.id] = run
    ordered = sorted(runs.values(), key=lambda each: (each.searched, each.id))
    text = "".join(f"{run_to_line(each)}\n" for each in ordered)
    try:
        write_atomically(review / FOLDER / SEARCHES, text, overwrite=True)
    except WritingError as error:
        raise StoreError(str(error)) from error
