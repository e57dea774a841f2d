"""A file replaced only while it is what somebody has seen: of two who edit one file none loses anything."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from evidence.records.parsing import UnreadableError, read_bytes
from evidence.records.writing.files import WritingError, write_atomically

_PATIENCE = 10.0
"""Seconds that one waits for others who write into the same folder."""


class ChangedMeanwhileError(WritingError):
    """The file is no longer what was seen; nothing was written."""


def hash_of(held: bytes) -> str:
    """The SHA-256 of what a file holds, in hexadecimal digits."""
    return hashlib.sha256(held).hexdigest()


def exchange(path: Path, text: str, seen: str) -> None:
    """Put a text in place of a file if that is what it was when it was seen, by its hash.

    Between the look and the writing nobody else comes who writes by this function, in whatever process.
    Raises ChangedMeanwhileError where the file is another one or is gone, else WritingError as
    `write_atomically`.
    """
    with _alone_in(path.parent):
        try:
            same = hash_of(read_bytes(path)) == seen
        except (UnreadableError, OSError):
            same = False
        if not same:
            raise ChangedMeanwhileError(f"'{path}' was changed by somebody else; nothing was written")
        write_atomically(path, text, overwrite=True)


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """While this holds, nobody else exchanges a file of the folder; the lock ends with the process."""
    try:
        import fcntl

        lock = os.open(folder, os.O_RDONLY)
    except (ImportError, OSError):  # Windows locks no folder: what is left is the look just before
        yield
        return
    try:
        until = time.monotonic() + _PATIENCE
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > until:
                    raise WritingError(f"'{folder}' is being written by others; try again") from None
                time.sleep(0.005)
        yield
    finally:
        os.close(lock)
