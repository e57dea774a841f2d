"""The survey's files from their publisher into the data folder, checked before they are placed.

A download is resumed where its connection broke, and tried again when the server stumbles.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO
from urllib.parse import urlsplit

from studies.nhanes.catalogue import TableFile, catalogue
from studies.nhanes.data_files import Locked, find_file, read_file, read_lock, sha256_of, write_lock
from studies.nhanes.errors import (
    DataFileError,
    DownloadError,
    MissingFileError,
    NotInCatalogueError,
    UnreachableError,
)

if TYPE_CHECKING:
    from requests import Response


Tell = Callable[[int, int | None], None]
"""Told the bytes that are here, and how many there will be (None: the server does not say)."""

_TRIES = 5
_TRIES_UNANSWERED = 3
_CHUNK = 1 << 14
_TIMEOUT = 30.0
_PASSING = {408, 416, 425, 429, 500, 502, 503, 504}


def download(url: str, part: Path, tell: Tell, pause: float) -> None:
    """Fetch a file into `part`, going on from what is there if the server's file is still the same.

    pause: seconds before the second try; doubled for each further one. A try that brought the file further
    starts the count anew. Raises UnreachableError when no try had an answer, DownloadError when the answer
    is a refusal or the file never came whole, and OSError when the disk refuses it.
    """
    from requests import RequestException

    failures, furthest, answered = 0, 0, False
    while True:
        transfer = _Transfer(url, part, tell)
        try:
            return transfer.run()
        except RequestException as error:
            answered |= transfer.answered
            _refuse_final_answer(url, error)
            failures = 0 if transfer.size > furthest else failures + 1
            furthest = max(furthest, transfer.size)
            if failures == (_TRIES if answered else _TRIES_UNANSWERED):
                raise _given_up(url, error, answered) from error
        time.sleep(pause * 2 ** max(0, failures - 1))


def forget(part: Path) -> None:
    """Remove a part and what is known of it."""
    part.unlink(missing_ok=True)
    _validator_file(part).unlink(missing_ok=True)


@dataclass
class _Transfer:
    """One try. It is the file-like object that pooch writes to."""

    url: str
    part: Path
    tell: Tell
    size: int = 0
    total: int | None = None
    answered: bool = False
    _file: BinaryIO | None = None

    def run(self) -> None:
        from pooch import HTTPDownloader

        # Compressed transfers cannot be resumed at a byte of the file.
        headers = {"Accept-Encoding": "identity", **self._range()}
        fetch = HTTPDownloader(
            chunk_size=_CHUNK, timeout=_TIMEOUT, headers=headers, hooks={"response": self._on_answer}
        )
        with self.part.open("ab") as self._file:
            fetch(self.url, self, None)

    def write(self, chunk: bytes) -> None:
        assert self._file is not None
        self._file.write(chunk)
        self.size += len(chunk)
        self.tell(self.size, self.total)

    def flush(self) -> None:
        assert self._file is not None
        self._file.flush()

    def _range(self) -> dict[str, str]:
        """Ask for the rest, provided that the file is the one whose beginning is here."""
        with contextlib.suppress(FileNotFoundError):
            self.size = self.part.stat().st_size
            validator = _validator_file(self.part).read_text(encoding="latin-1")
            if self.size:
                return {"Range": f"bytes={self.size}-", "If-Range": validator}
        return {}

    def _on_answer(self, response: Response, **_: Any) -> None:
        """Before the body is read: go on behind what is here, or begin again."""
        self.answered = True
        if response.is_redirect or not response.ok:
            if response.status_code == 416:
                self._begin_again()
            return
        goes_on = response.headers.get("Content-Range", "").startswith(f"bytes {self.size}-")
        if response.status_code != 206 or not goes_on:
            self._begin_again()
        if response.status_code == 206 and not goes_on:
            from requests import ConnectionError as Broken

            raise Broken("the server sent another part than asked for")
        length = response.headers.get("Content-Length", "")
        self.total = self.size + int(length) if length.isdigit() else None
        _remember_validator(self.part, response)

    def _begin_again(self) -> None:
        assert self._file is not None
        self._file.truncate(0)
        self.size = 0
        _validator_file(self.part).unlink(missing_ok=True)


def _validator_file(part: Path) -> Path:
    return part.with_name(part.name + ".validator")


def _remember_validator(part: Path, response: Response) -> None:
    """What tells a later try whether the server's file has changed: a strong ETag or its date."""
    tag = response.headers.get("ETag", "W/")
    validator = response.headers.get("Last-Modified") if tag.startswith("W/") else tag
    if validator:
        _validator_file(part).write_text(validator, encoding="latin-1")


def _refuse_final_answer(url: str, error: Exception) -> None:
    """Raise DownloadError for an answer that another try would not change."""
    from requests import ConnectionError as Broken
    from requests import HTTPError, Timeout
    from requests.exceptions import ChunkedEncodingError, SSLError

    if isinstance(error, HTTPError):
        status, reason = error.response.status_code, error.response.reason
        if status in _PASSING:
            return
        hint = (
            "the publisher may have moved its files: see --base-url"
            if status in (404, 410)
            else "see --base-url"
        )
        raise DownloadError(f"{url}: the server answers {status} {reason}; {hint}") from error
    if isinstance(error, SSLError) or not isinstance(error, (Broken, Timeout, ChunkedEncodingError)):
        raise DownloadError(f"{url}: cannot be fetched ({error}); see --base-url") from error


def _given_up(url: str, error: Exception, answered: bool) -> DownloadError:
    from requests import HTTPError

    if not answered:
        return UnreachableError(
            f"{urlsplit(url).netloc} does not answer; check the network, or name another address: --base-url"
        )
    status = (
        f"it answers {error.response.status_code}"
        if isinstance(error, HTTPError)
        else "the connection breaks"
    )
    return DownloadError(f"{url}: the file did not come whole in {_TRIES} tries ({status}); try again later")


class Status(StrEnum):
    """What became of one file."""

    PRESENT = "already there"
    FETCHED = "fetched"
    CHANGED = "changed at the publisher"
    ALTERED = "altered here"
    ACCEPTED = "change accepted"


@dataclass(frozen=True)
class Source:
    """base_url: the publisher's address; refresh: fetch also what is there; pause: see `download`.

    accept_changed: take a file that is not the one that was locked, or has another number of rows than
    the catalogue says.
    """

    base_url: str
    refresh: bool = False
    accept_changed: bool = False
    pause: float = 0.5


@dataclass(frozen=True)
class FetchOutcome:
    """before, now: sha256 of the locked file and of the one seen; they differ when it has changed."""

    wanted: TableFile
    status: Status
    path: Path
    before: str | None
    now: str


def select_files(
    cycles: tuple[str, ...] = (), tables: tuple[str, ...] = (), protocols: Iterable[str] = ()
) -> tuple[tuple[TableFile, ...], tuple[str, ...]]:
    """The files to fetch, and why some combinations of cycle and table have none.

    Empty cycles or tables: those that the protocols need, which are the shipped ones when none is named.
    Raises NotInCatalogueError for an unknown name, and when no file is left; ProtocolError.
    """
    pairs = tuple(product(cycles, tables)) if cycles and tables else needed_by_protocols(protocols)
    if bool(cycles) != bool(tables):
        some_cycles = cycles or tuple(dict.fromkeys(cycle for cycle, _ in pairs))
        some_tables = tables or tuple(dict.fromkeys(table for _, table in pairs))
        pairs = tuple(product(some_cycles, some_tables))
    files, absent = [], []
    for cycle, table in pairs:
        catalogue().cycle(cycle)
        if why := catalogue().table(table).not_done.get(cycle):
            absent.append(f"no {table} in {cycle}: {why}")
        else:
            files.append(catalogue().file(table, cycle))
    if not files:
        raise NotInCatalogueError("nothing to fetch; " + "; ".join(absent))
    return tuple(files), tuple(absent)


def needed_by_protocols(names: Iterable[str] = ()) -> tuple[tuple[str, str], ...]:
    """(cycle, table) of every file that these protocols read, or the shipped ones."""
    from studies.nhanes.protocol import load_named, shipped_protocols

    protocols = [load_named(name) for name in names or shipped_protocols()]
    pairs = {
        (cycle, table): None
        for protocol in protocols
        for cycle in protocol.cycles
        for table in protocol.columns_to_read(cycle)
    }
    return tuple(sorted(pairs))


def fetch_file(wanted: TableFile, data: Path, source: Source, tell: Tell) -> FetchOutcome:
    """Have one file in the data folder: whole, the named table, and the same as ever.

    A file that is there and whole is kept. A downloaded one is placed in one step once it has been read as
    the table with the expected rows and variables. The first hash goes to the lock file; a file with another
    one is not placed (Status.CHANGED) unless `accept_changed`; one that is there and has another is reported
    (Status.ALTERED). Raises DownloadError, NhanesError for a lock file that cannot be read, and OSError.
    """
    here = _file_here(wanted, data)
    seen = _look_at(here, wanted, data, source) if here else None
    if seen and not source.refresh:
        return seen
    target = here or data / wanted.cycle / f"{wanted.stem}.XPT"
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(target.name + ".part")
    url = wanted.url(source.base_url)
    download(url, part, tell, source.pause)
    try:
        rows = _rows_of(part, wanted, data, source)
    except DataFileError as error:
        forget(part)
        raise DownloadError(f"{url}: what the server sent {error.what}; {error.hint}") from error
    outcome = _compare(part, wanted, data, source, Status.FETCHED, Status.CHANGED)
    if outcome.status is not Status.CHANGED:
        os.replace(part, target)
        _lock(outcome, data, rows, url)
    forget(part)
    return FetchOutcome(wanted, outcome.status, target, outcome.before, outcome.now)


def _file_here(wanted: TableFile, data: Path) -> Path | None:
    try:
        return find_file(wanted.table, wanted.cycle, data)
    except MissingFileError:
        return None


def _look_at(here: Path, wanted: TableFile, data: Path, source: Source) -> FetchOutcome | None:
    """What a file that is there is; None when it is damaged."""
    try:
        rows = _rows_of(here, wanted, data, source)
    except DataFileError:
        return None
    outcome = _compare(here, wanted, data, source, Status.PRESENT, Status.ALTERED)
    if outcome.status is Status.ACCEPTED or outcome.before is None:
        _lock(outcome, data, rows, "")
    return outcome


def _rows_of(path: Path, wanted: TableFile, data: Path, source: Source) -> int:
    """The rows of a file that is the wanted table. Raises DataFileError."""
    locked = read_lock(data).get(wanted.stem)
    expected = locked.rows if locked else wanted.rows
    return len(read_file(path, wanted, None if source.accept_changed else expected, wanted.variables))


def _compare(
    path: Path, wanted: TableFile, data: Path, source: Source, same: Status, other: Status
) -> FetchOutcome:
    """A file beside what the lock file says of it: `same` when it says nothing else, or `other`."""
    locked, now = read_lock(data).get(wanted.stem), sha256_of(path)
    before = locked.sha256 if locked else None
    if before in (None, now):
        return FetchOutcome(wanted, same, path, before, now)
    return FetchOutcome(wanted, Status.ACCEPTED if source.accept_changed else other, path, before, now)


def _lock(outcome: FetchOutcome, data: Path, rows: int, url: str) -> None:
    today = datetime.now(UTC).date().isoformat()
    entry = Locked(sha256=outcome.now, rows=rows, url=url, fetched=today)
    write_lock(data, {**read_lock(data), outcome.wanted.stem: entry})
