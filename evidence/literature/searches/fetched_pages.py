"""Pages of results that were fetched and are not yet in the review: a broken run goes on where it broke.

They stand in `literature/.fetched/`, which git passes over: one folder a search, with what the run asks, the
mark of the next page, and the pages as they came. A page is written before the mark that leads behind it.
"""

from __future__ import annotations

import datetime
import hashlib
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

from evidence.literature.citation_store import FOLDER, StoreError, folder_alone
from evidence.literature.searches.services.search_service import FIRST, ResultPage
from evidence.records.saved_searches import SavedSearch
from evidence.records.writing.files import WritingError, write_atomically

FETCHED = ".fetched"
_STATE = "run.json"


@contextmanager
def fetching_alone(review: Path) -> Iterator[None]:
    """While this holds, no other command fetches for the review. Raises StoreError at once where one does."""
    kept = review / FOLDER / FETCHED
    try:
        kept.parent.mkdir(exist_ok=True)
        kept.mkdir(exist_ok=True)
        ignore = kept / ".gitignore"
        if not ignore.exists():
            write_atomically(ignore, "*\n", overwrite=True)
    except (OSError, WritingError) as error:
        raise StoreError(f"'{kept}': {getattr(error, 'strerror', None) or error}") from error
    with folder_alone(kept, 0.0, "is used by another update; wait for its end"):
        yield


@dataclass(frozen=True)
class RunState:
    """How far a run has come.

    asked: the saved search, as text. since, begun: days, '' where there is none. mark: of the next page, ''
    after the last.
    """

    asked: str
    since: str
    begun: str
    mark: str = FIRST
    pages: int = 0
    found: int = 0
    missing: int = 0
    remarks: tuple[str, ...] = ()


@dataclass
class FetchedRun:
    """A run on the disk, and its pages."""

    folder: Path
    state: RunState
    resumed: bool = False
    """Whether an earlier process began it."""

    @property
    def since(self) -> datetime.date | None:
        """The first day that is asked for."""
        return datetime.date.fromisoformat(self.state.since) if self.state.since else None

    @property
    def begun(self) -> datetime.date:
        """The day on which the service was asked first."""
        return datetime.date.fromisoformat(self.state.begun)

    def keep(self, page: ResultPage) -> None:
        """Write a page and how to go on behind it. Raises StoreError."""
        state = self.state
        pages = state.pages + bool(page.content)
        try:
            if page.content:
                write_atomically(self._page(pages), page.content, overwrite=True)
            self.state = replace(
                state,
                mark=page.following,
                pages=pages,
                found=page.found,
                missing=state.missing + page.missing,
                remarks=(*state.remarks, *page.remarks),
            )
            write_atomically(
                self.folder / _STATE, json.dumps(asdict(self.state), ensure_ascii=False), overwrite=True
            )
        except WritingError as error:
            raise StoreError(str(error)) from error

    def contents(self) -> Iterator[bytes]:
        """The pages in their order. Raises StoreError."""
        for number in range(1, self.state.pages + 1):
            try:
                yield self._page(number).read_bytes()
            except OSError as error:
                says = f"'{self._page(number)}': {(error.strerror or str(error)).lower()}"
                raise StoreError(f"{says}; delete '{self.folder}' and update again") from error

    def digest(self) -> str:
        """SHA-256 of all pages."""
        made = hashlib.sha256()
        for content in self.contents():
            made.update(content)
        return made.hexdigest()

    def begin_anew(self, today: datetime.date) -> None:
        """Drop what was fetched, and ask from the first page on."""
        self.forget()
        self.state = RunState(self.state.asked, self.state.since, today.isoformat())
        self.resumed = False

    def forget(self) -> None:
        """Remove it from the disk: first what says that it is one."""
        with suppress(FileNotFoundError):
            (self.folder / _STATE).unlink()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _page(self, number: int) -> Path:
        return self.folder / f"{number:06}.page"


def begun_run(
    review: Path, search: SavedSearch, since: datetime.date | None, today: datetime.date
) -> FetchedRun:
    """The run of a search that was broken off, if it asks the same, else a new one."""
    folder = review / FOLDER / FETCHED / search.name
    asked = search.model_dump_json()
    state = _read(folder / _STATE)
    if state is not None and state.asked == asked:
        return FetchedRun(folder, state, resumed=True)
    run = FetchedRun(folder, RunState(asked, since.isoformat() if since else "", today.isoformat()))
    run.forget()
    return run


def _read(path: Path) -> RunState | None:
    """What was written, None where it is none: pages can be fetched again."""
    try:
        data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        data["remarks"] = tuple(map(str, data["remarks"]))
        kinds = {each.name: int if each.type == "int" else str for each in fields(RunState)}
        if any(type(data[name]) is not kind for name, kind in kinds.items() if name != "remarks"):
            return None
        state = RunState(**data)
        datetime.date.fromisoformat(state.begun)
        datetime.date.fromisoformat(state.since or state.begun)
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None
    return state
