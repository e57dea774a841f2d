"""The survey's files from their publisher into the data folder, checked before they are placed."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from itertools import product
from pathlib import Path

from studies.nhanes.catalogue import TableFile, catalogue
from studies.nhanes.download import Tell, download, forget
from studies.nhanes.errors import DataFileError, DownloadError, MissingFileError, NotInCatalogueError
from studies.nhanes.files import find_file, read_file
from studies.nhanes.lock import Locked, read_lock, sha256_of, write_lock


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
class Outcome:
    """before, now: sha256 of the locked file and of the one seen; they differ when it has changed."""

    wanted: TableFile
    status: Status
    path: Path
    before: str | None
    now: str


def select_files(
    cycles: tuple[str, ...] = (), tables: tuple[str, ...] = ()
) -> tuple[tuple[TableFile, ...], tuple[str, ...]]:
    """The files to fetch, and why some combinations of cycle and table have none.

    Empty cycles or tables: those that the shipped protocols need. Raises NotInCatalogueError for an unknown
    name, and when no file is left.
    """
    pairs = tuple(product(cycles, tables)) if cycles and tables else needed_by_protocols()
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


def needed_by_protocols() -> tuple[tuple[str, str], ...]:
    """(cycle, table) of every file that a shipped protocol reads."""
    from studies.nhanes.protocol import load_protocol, shipped_protocols
    from studies.nhanes.variables import columns_by_table

    protocols = [load_protocol(name) for name in shipped_protocols()]
    pairs = {
        (cycle, table): None
        for protocol in protocols
        for cycle in protocol.cycles
        for table in ("DEMO", *columns_by_table(protocol.variables))
    }
    return tuple(sorted(pairs))


def fetch_file(wanted: TableFile, data: Path, source: Source, tell: Tell) -> Outcome:
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
    return Outcome(wanted, outcome.status, target, outcome.before, outcome.now)


def _file_here(wanted: TableFile, data: Path) -> Path | None:
    try:
        return find_file(wanted.table, wanted.cycle, data)
    except MissingFileError:
        return None


def _look_at(here: Path, wanted: TableFile, data: Path, source: Source) -> Outcome | None:
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
) -> Outcome:
    """A file beside what the lock file says of it: `same` when it says nothing else, or `other`."""
    locked, now = read_lock(data).get(wanted.stem), sha256_of(path)
    before = locked.sha256 if locked else None
    if before in (None, now):
        return Outcome(wanted, same, path, before, now)
    return Outcome(wanted, Status.ACCEPTED if source.accept_changed else other, path, before, now)


def _lock(outcome: Outcome, data: Path, rows: int, url: str) -> None:
    today = datetime.now(UTC).date().isoformat()
    entry = Locked(sha256=outcome.now, rows=rows, url=url, fetched=today)
    write_lock(data, {**read_lock(data), outcome.wanted.stem: entry})
