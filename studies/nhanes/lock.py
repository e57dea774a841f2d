"""The lock file beside the data: what each file was when it was first fetched."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from evidence.records.writing.atomic import replace_bytes
from studies.nhanes.errors import NhanesError

LOCK_FILE = "nhanes.lock.json"


@dataclass(frozen=True)
class Locked:
    """One file as it was accepted.

    rows: what a later reading of this file expects, also where the catalogue knows another number.
    """

    sha256: str
    rows: int
    url: str
    fetched: str


def read_lock(folder: Path) -> Mapping[str, Locked]:
    """The accepted files of a data folder by stem ('DEMO_H'); empty without a lock file.

    Raises NhanesError when the lock file cannot be read.
    """
    path = folder / LOCK_FILE
    try:
        entries = json.loads(path.read_text(encoding="utf-8"))
        return {stem: Locked(**entry) for stem, entry in entries.items()}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise NhanesError(
            f"{path}: the lock file cannot be read ({error}); restore it from a backup, or delete it to"
            " trust the files that are there"
        ) from error


def write_lock(folder: Path, entries: Mapping[str, Locked]) -> None:
    """Replace the lock file of a data folder in one step."""
    plain = {stem: asdict(entries[stem]) for stem in sorted(entries)}
    replace_bytes(folder / LOCK_FILE, (json.dumps(plain, indent=1) + "\n").encode())


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
