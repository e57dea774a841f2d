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
        list[Path],
        typer.Argument(help="The CSV of Retraction Watch, or JSON of Crossref's works.", metavar="FILE..."),
    ],
    as_of: Annotated[
        str, typer.Option(help="The day of the data, e.g. 2026-11-30: when the files were downloaded.")
    ],
    review: ReviewOption = None,
) -> None:
    """Look for notices about the papers of a review, and keep those that are about them.

    They are kept in literature/notices.yaml of the review. `check` then says, at the line of the report, what
    was retracted, put under concern or corrected. The table of Retraction Watch is at
    https://gitlab.com/crossref/retraction-watch-data.
    """
    from evidence.literature.notice_files import NoticesError
    from evidence.literature.noticed import (
        kept_notices,
        notices_about,
        notices_path,
        read_kept,
        write_notices,
    )
    from evidence.records.writing.files import WritingError
    from synthesis.terminal import console, refuse

    day = _day(as_of)
    path = notices_path(find_review(review))
    records = _records(path.parent.parent)
    reader = _Reader()
    try:
        before = read_kept(path)
        about = list(notices_about(records, reader.notices(files)))
        kept = kept_notices(about, sorted(reader.sources), day, before)
        write_notices(path, kept)
    except (NoticesError, WritingError) as error:
        refuse(str(error))
    except OSError as error:
        refuse(f"'{error.filename}' cannot be read: {(error.strerror or str(error)).lower()}")
    reader.complain()
    shown = f"{len(kept.notices)} about the reports of {counted(len(records), 'record')}"
    console.print(f"{counted(reader.read, 'notice')} read, {shown}: {path}", soft_wrap=True, highlight=False)
    for notice in kept.notices:
        console.print(f"  {notice.kind} of {notice.doi or notice.pmid}", highlight=False, markup=False)
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

    def complain(self) -> None:
        """Say which rows were not read."""
        from synthesis.terminal import complain

        for each in self._unread[:_MOST_SHOWN]:
            complain(f"{each.path}:{each.line}: not read: {each.why}")
        if len(self._unread) > _MOST_SHOWN:
            complain(f"and {len(self._unread) - _MOST_SHOWN:,} more rows that were not read")


def _day(text: str) -> datetime.date:
    from synthesis.terminal import refuse

    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        refuse(f"--as-of '{text}' is no day; expected e.g. 2026-11-30", code=2)


def _records(folder: Path) -> list[Record]:
    from evidence.records.reading import read_record
    from evidence.records.review_folder import record_paths

    found = (read_record(path).model for path in record_paths(folder))
    return [record for record in found if record is not None]
