"""`notices`: retractions, concerns and corrections of the papers of a review."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from evidence.wording import counted
from synthesis.commands.loading import ReviewOption, find_review

if TYPE_CHECKING:
    from evidence.literature.notice_files import UnreadNotice
    from evidence.literature.published_notices import Notice
    from evidence.records.schema import Record

_MOST_SHOWN = 10


def notices(
    files: Annotated[
        list[Path] | None,
        typer.Argument(help="The CSV of Retraction Watch, or JSON of Crossref's works.", metavar="[FILE...]"),
    ] = None,
    as_of: Annotated[
        str | None,
        typer.Option(
            metavar="DATE", help="Of files: the day of the data, e.g. 2026-11-30, when they were downloaded."
        ),
    ] = None,
    fetch: Annotated[
        bool, typer.Option("--fetch", help="Ask Crossref about each DOI of the review's records instead.")
    ] = False,
    review: ReviewOption = None,
) -> None:
    """Look for notices about the papers of a review, and keep those that are about them.

    They are kept in literature/notices.yaml of the review. `check` then says, at the line of the report, what
    was retracted, put under concern or corrected. The table of Retraction Watch is at
    https://gitlab.com/crossref/retraction-watch-data; Crossref, which --fetch asks, knows its notices too.

    Examples:

    python -m synthesis literature notices retraction_watch.csv --as-of 2026-11-30

    python -m synthesis literature notices --fetch
    """
    from evidence.literature.notice_files import NoticesError
    from evidence.literature.noticed import (
        kept_notices,
        notices_about,
        notices_path,
        read_kept,
        write_notices,
    )
    from evidence.literature.searches.service_requests import ServiceError
    from evidence.records.writing.files import WritingError
    from synthesis.terminal import console, refuse

    if fetch is bool(files):
        refuse("give files of notices, or --fetch to ask Crossref", code=2)
    day = _day(as_of, fetch)
    path = notices_path(find_review(review))
    records = _records(path.parent.parent)
    reader = _Reader()
    try:
        before = read_kept(path)
        about = list(notices_about(records, reader.asked(records) if fetch else reader.notices(files or ())))
        kept = kept_notices(about, sorted(reader.sources), day, before)
        write_notices(path, kept)
    except (NoticesError, ServiceError, WritingError) as error:
        refuse(str(error))
    except OSError as error:
        refuse(f"'{error.filename}' cannot be read: {(error.strerror or str(error)).lower()}")
    reader.complain()
    shown = f"{len(kept.notices)} about the reports of {counted(len(records), 'record')}"
    console.print(f"{counted(reader.read, 'notice')} read, {shown}: {path}")
    for notice in kept.notices:
        console.print(f"  {notice.kind} of {notice.doi or notice.pmid}")
    if kept.notices:
        console.print("python -m synthesis check says what they mean for the records.")


class _Reader:
    """Notices of files, counted on the way; what is none is kept to be told at the end."""

    def __init__(self) -> None:
        self.read = 0
        self.sources: set[str] = set()
        self._unread: list[UnreadNotice] = []

    def notices(self, files: Iterable[Path]) -> Iterator[Notice]:
        from evidence.literature.notice_files import UnreadNotice, read_notices

        for path in files:
            for each in read_notices(path):
                if isinstance(each, UnreadNotice):
                    self._unread.append(each)
                else:
                    self.read += 1
                    self.sources.add(each.source)
                    yield each

    def asked(self, records: Iterable[Record]) -> Iterator[Notice]:
        """The notices that Crossref knows of, which is told of what it was asked."""
        from evidence.literature.searches.asked_notices import ask_notices
        from synthesis.terminal import console, progress_bar

        with progress_bar() as tell:
            found = ask_notices(records, tell)
        console.print(f"{counted(len(found.asked), 'DOI')} asked at Crossref")
        for doi in found.unknown:
            console.print(f"  not registered there: {doi}")
        self.sources = {found.source, *(each.source for each in found.notices)}
        self.read = len(found.notices)
        yield from found.notices

    def complain(self) -> None:
        """Say which rows were not read."""
        from synthesis.terminal import complain

        for each in self._unread[:_MOST_SHOWN]:
            complain(f"{each.path}:{each.line}: not read: {each.why}")
        if len(self._unread) > _MOST_SHOWN:
            complain(f"and {len(self._unread) - _MOST_SHOWN:,} more rows that were not read")


def _day(text: str | None, fetch: bool) -> datetime.date:
    from synthesis.terminal import refuse

    if fetch is (text is not None):
        refuse("--as-of is of files" if fetch else "say with --as-of of which day the files are", code=2)
    if text is None:
        return datetime.date.today()
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        refuse(f"--as-of '{text}' is no day; expected e.g. 2026-11-30", code=2)


def _records(folder: Path) -> list[Record]:
    from evidence.records.reading import read_record
    from evidence.records.review_folder import record_paths

    found = (read_record(path).model for path in record_paths(folder))
    return [record for record in found if record is not None]
