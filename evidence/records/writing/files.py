"""Files that are whole or not there: written beside their place, checked, then put in place at once."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

from evidence.records.reading import read_record
from evidence.records.schema import Record


class WritingError(Exception):
    """A file that was not written; the message says why in one line."""


def write_atomically(path: Path, text: str | bytes, overwrite: bool = False) -> None:
    """Write a file, text as UTF-8, so that nobody ever sees half of it.

    The folder is made when its parent exists. Without overwrite, an existing file wins, even one that
    appears meanwhile. Raises WritingError; whatever was at the path is then untouched.
    """
    with _staged(path, text) as temporary:
        _put_in_place(temporary, path, overwrite)


def write_record(path: Path, text: str, record: Record, overwrite: bool = False) -> None:
    """Write a record's file, after reading it back from the disk and comparing.

    record: what the text must mean. Raises WritingError as write_atomically, and where the two differ.
    """
    with _staged(path, text) as temporary:
        if read_record(temporary).model != record:
            raise WritingError(f"'{path}' was not written: read back, it would not be the same record")
        _put_in_place(temporary, path, overwrite)


def write_many(files: Iterable[tuple[Path, str, bool]]) -> list[str | None]:
    """Write many files, each as write_atomically does; of each why it was not written, or None.

    files: path, text, and whether an existing file is overwritten. What waits for the disk waits at once, and
    while further texts are made where files is no list.
    """
    folders: set[Path] = set()
    waiting: list[Future[str | None]] = []
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for file in files:
            folders.add(file[0].parent)
            waiting.append(pool.submit(_why_not_written, file))
    for folder in folders:
        sync_folder(folder)
    return [each.result() for each in waiting]


_AT_ONCE = 16


def _why_not_written(file: tuple[Path, str, bool]) -> str | None:
    path, text, overwrite = file
    try:
        with _staged(path, text) as temporary:
            if temporary.read_bytes() != text.encode("utf-8"):
                return f"'{path}' was not written: read back, it is another text"
            _take_name(temporary, path, overwrite)
    except WritingError as error:
        return str(error)
    return None


@contextmanager
def _staged(path: Path, text: str | bytes) -> Iterator[Path]:
    """The content in a hidden file of the same folder, gone afterwards whatever happens."""
    temporary = path.with_name(f".{secrets.token_hex(8)}.tmp")
    try:
        content = text.encode("utf-8") if isinstance(text, str) else text
        try:
            _write_to_disk(temporary, content)
        except FileNotFoundError:  # most files have their folder, and asking costs as much as writing
            path.parent.mkdir(exist_ok=True)
            _write_to_disk(temporary, content)
        yield temporary
    except UnicodeEncodeError as error:
        character = error.object[error.start]
        raise WritingError(
            f"'{path}' was not written: character {character!r} is no text; type it again"
        ) from None
    except OSError as error:
        raise WritingError(f"'{path}' was not written: {_reason(error)}") from error
    finally:
        with suppress(OSError):
            temporary.unlink()


def _reason(error: OSError) -> str:
    if isinstance(error, FileExistsError):
        return "a file of that name exists"
    return (error.strerror or str(error)).lower()


def _write_to_disk(path: Path, content: bytes) -> None:
    with path.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _put_in_place(temporary: Path, path: Path, overwrite: bool) -> None:
    _take_name(temporary, path, overwrite)
    sync_folder(path.parent)


def _take_name(temporary: Path, path: Path, overwrite: bool) -> None:
    if overwrite:
        os.replace(temporary, path)
    else:
        _link(temporary, path)


def _link(temporary: Path, path: Path) -> None:
    """Give the file its name unless the name is taken, in one step."""
    try:
        os.link(temporary, path)
    except FileExistsError:
        raise
    except OSError:  # memory sticks and some network folders know no links: reserve the name first
        path.touch(exist_ok=False)
        try:
            os.replace(temporary, path)
        except BaseException:
            path.unlink()
            raise


def sync_folder(folder: Path) -> None:
    """Names of new files in a folder onto the disk."""
    with suppress(OSError):  # not every system lets a folder be synced; the file itself is safe
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
