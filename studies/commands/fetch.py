"""`fetch`: the survey's public files into the data folder."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from studies.commands.data_option import DataOption

if TYPE_CHECKING:
    from studies.nhanes.catalogue import TableFile
    from studies.nhanes.fetch import FetchOutcome, Source, Tell

Begin = Callable[[str], "Tell"]


def fetch(
    protocols: Annotated[
        list[str] | None,
        typer.Argument(help="Protocols whose files are wanted, by name or file (*.yaml); all shipped ones."),
    ] = None,
    cycles: Annotated[
        list[str] | None,
        typer.Option(help="Survey cycles, e.g. 2013-2014,2015-2016; those of the protocols."),
    ] = None,
    tables: Annotated[
        list[str] | None,
        typer.Option(help="Tables without suffix, e.g. DEMO,DXXFEM; those of the protocols."),
    ] = None,
    data: DataOption = None,
    base_url: Annotated[
        str | None,
        typer.Option(
            envvar="NHANES_BASE_URL",
            help="Address above <first year>/DataFiles/<TABLE>.xpt; the publisher's when left out.",
        ),
    ] = None,
    refresh: Annotated[
        bool, typer.Option("--refresh", help="Fetch also what is there, to see whether it has changed.")
    ] = False,
    accept_changed: Annotated[
        bool, typer.Option("--accept-changed", help="Take files that differ from the lock file or catalogue.")
    ] = False,
) -> None:
    """Download the survey's files that are not there yet, and check those that are.

    A broken download goes on where it stopped. Each file is read before it is placed, and its sha256 is kept
    in nhanes.lock.json: a file that is different later is reported and not taken. Exit code 1 when a file has
    changed or could not be had.
    """
    from studies.nhanes.catalogue import catalogue
    from studies.nhanes.data_files import data_folder
    from studies.nhanes.errors import NhanesError
    from studies.nhanes.fetch import Source, select_files
    from synthesis.terminal import errors, refuse

    try:
        files, absent = select_files(_names(cycles), _names(tables), protocols or ())
    except NhanesError as error:
        refuse(str(error), code=2)
    for line in absent:
        errors.print(f"note: {line}")
    folder = data_folder(data)
    source = Source(base_url or catalogue().publisher, refresh, accept_changed)
    counts, failed = _fetch_all(files, folder, source)
    _summarise(counts, len(files), folder)
    if failed:
        raise typer.Exit(1)


def _names(given: list[str] | None) -> tuple[str, ...]:
    """Names given one by one or with commas between them, each once."""
    parts = (part.strip() for text in given or [] for part in text.split(","))
    return tuple(dict.fromkeys(part for part in parts if part))


def _fetch_all(files: tuple[TableFile, ...], folder: Path, source: Source) -> tuple[Counter[str], bool]:
    """How many files had which fate, and whether one was not had; a line for each of these at once."""
    from studies.nhanes.errors import NhanesError, UnreachableError
    from studies.nhanes.fetch import Status, fetch_file
    from synthesis.terminal import complain

    counts: Counter[str] = Counter()
    failed = False
    with _progress(len(files)) as begin:
        for wanted in files:
            try:
                outcome = fetch_file(wanted, folder, source, begin(wanted.stem))
            except (NhanesError, OSError) as error:
                complain(_in_words(error, folder))
                failed = True
                if isinstance(error, (UnreachableError, OSError)):
                    break
                continue
            counts[outcome.status.value] += 1
            if outcome.status in (Status.CHANGED, Status.ALTERED):
                complain(_change(outcome))
                failed = True
    return counts, failed


def _in_words(error: Exception, folder: Path) -> str:
    if isinstance(error, OSError):
        return f"'{error.filename or folder}' cannot be written: {(error.strerror or str(error)).lower()}"
    return str(error)


def _change(outcome: FetchOutcome) -> str:
    from studies.nhanes.fetch import Status

    wanted = f"{outcome.wanted.stem} of {outcome.wanted.cycle}"
    hashes = f"sha256 {outcome.before} is locked, now it is {outcome.now}"
    if outcome.status is Status.ALTERED:
        return (
            f"{wanted} has been altered here: {hashes}; get the locked file back with --refresh, or take this"
            f" one with --accept-changed ({outcome.path})"
        )
    return (
        f"{wanted} has changed at the publisher: {hashes}; the file here stays, take the new one with"
        " --refresh --accept-changed"
    )


def _summarise(counts: Counter[str], wanted: int, folder: Path) -> None:
    from rich.text import Text

    from evidence.wording import counted
    from studies.nhanes.fetch import Status
    from synthesis.terminal import console, visible

    parts = [Text(f"{counts[status.value]} {status.value}") for status in Status if counts[status.value]]
    if missing := wanted - sum(counts.values()):
        parts.append(Text(f"{missing} not had", style="bold red"))
    console.print(
        Text.assemble(f"{counted(wanted, 'file')}: ", Text(", ").join(parts), f" → {visible(str(folder))}")
    )


@contextmanager
def _progress(files: int) -> Iterator[Begin]:
    """The file and its bytes."""
    from synthesis.terminal import progress_bar

    with progress_bar(in_bytes=True) as tell:
        number = count(1)

        def begin(name: str) -> Tell:
            what = f"{next(number)}/{files} {name}"
            return lambda done, total: tell(done, total, what)

        yield begin
