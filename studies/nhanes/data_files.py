"""The survey's files on disk: where they are, and one table of one cycle as a data frame.

A lock file beside the data tells what each file was when it was first fetched. Frames that took long to read
are kept in the user's cache, under a name that says what is in them.
"""

from __future__ import annotations

import difflib
import hashlib
import json
import os
import zipfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from platformdirs import user_cache_path

from evidence.records.replacing import replace_bytes
from studies.nhanes.catalogue import IDENTIFIER, TableFile, catalogue
from studies.nhanes.errors import DataFileError, MissingFileError, NhanesError, UnknownColumnError
from studies.nhanes.xport import RecordLayout, read_layout

if TYPE_CHECKING:
    import pandas as pd


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
        entries = json.loads(path.read_bytes())
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


DATA_VARIABLE = "NHANES_DATA"
"""The environment variable that names the data folder."""

_SMALLEST_NUMBER = 1e-70
# Labels and texts hold Windows quotation marks; numbers do not depend on it.
_ENCODING = "WINDOWS-1252"


def data_folder(given: Path | None = None) -> Path:
    """The folder of the survey's files: as given, else NHANES_DATA, else a folder of the user's cache."""
    if given is not None:
        return given
    if named := os.environ.get(DATA_VARIABLE):
        return Path(named)
    from platformdirs import user_cache_path

    return user_cache_path("living-synthesis") / "nhanes"


def find_file(table: str, cycle: str, data: Path) -> Path:
    """The file of a table, as <data>/<cycle>/<TABLE>.XPT or <data>/<TABLE>.XPT, in upper or lower case.

    Raises NotInCatalogueError when the survey has no such table, MissingFileError when the folder has
    not, and DataFileError when two files of one folder claim to be it.
    """
    wanted = catalogue().file(table, cycle)
    for folder in (data / cycle, data):
        if found := _named_like(folder, f"{wanted.stem}.xpt"):
            return found
    raise MissingFileError(
        f"table {table} ({wanted.holds}) of {cycle} is not in {data}: expected {cycle}/{wanted.stem}.XPT;"
        f" get it with: python -m studies nhanes fetch --cycles {cycle} --tables {table} --data {data}"
    )


def read_table(table: str, cycle: str, data: Path, variables: Sequence[str] | None = None) -> pd.DataFrame:
    """One table of one cycle, one row a person.

    table, cycle: as the catalogue names them, 'DEMO' and '2013-2014'.
    data: the folder of the survey's files, see `data_folder`.
    variables: the columns wanted, in this order; all of the file when None.
    Returns a data frame with SEQN (int64, unique) as index. Numbers are float64 and every SAS missing
    value (`.`, `._`, `.A` to `.Z`) is NaN, codes such as 7 or 9 for "refused" stay what they are;
    texts are str. Raises NotInCatalogueError, MissingFileError or DataFileError, each one sentence; a
    file that holds another table, has another sha256 or number of rows than the lock file beside the data
    says or, without one, another number of rows than the catalogue says is refused.
    """
    path = find_file(table, cycle, data)
    wanted = catalogue().file(table, cycle)
    locked = read_lock(data).get(wanted.stem)
    frame = read_file(path, wanted, locked.rows if locked else wanted.rows, variables)
    if locked and sha256_of(path) != locked.sha256:
        what = f"is not the file that was locked on {locked.fetched}: its sha256 is another"
        raise DataFileError(path, what, "get that back with fetch --refresh, or take this: --accept-changed")
    return frame


def read_file(
    path: Path, wanted: TableFile, rows: int | None, variables: Sequence[str] | None = None
) -> pd.DataFrame:
    """What `read_table` gives, from a file anywhere, when it is the wanted table with so many rows.

    rows: the number expected; None when it is not known. Raises DataFileError.
    """
    layout = read_layout(path)
    if layout.table.upper() != wanted.stem.upper():
        what = f"holds table {layout.table}; expected {wanted.stem}"
        raise DataFileError(path, what, "the file has been renamed or misplaced")
    if rows is not None and layout.rows != rows:
        what = f"has {layout.rows:,} rows; expected {rows:,}"
        hint = "it is cut short or another release; fetch it again (a new release: with --accept-changed)"
        raise DataFileError(path, what, hint)
    names = [name for name in (layout.variables if variables is None else variables) if name != IDENTIFIER]
    _refuse_unknown(path, layout, wanted, names)
    return _read_columns(path, layout, names)


def _named_like(folder: Path, name: str) -> Path | None:
    if not folder.is_dir():
        return None
    found = [entry for entry in folder.iterdir() if entry.name.lower() == name.lower() and entry.is_file()]
    if len(found) > 1:
        both = " and ".join(sorted(entry.name for entry in found))
        raise DataFileError(folder, f"holds both {both}", "keep the one that is right")
    return found[0] if found else None


def _refuse_unknown(path: Path, layout: RecordLayout, wanted: TableFile, names: Sequence[str]) -> None:
    for name in (IDENTIFIER, *names):
        if name not in layout.variables:
            first = catalogue().table(wanted.table).since.get(name)
            close = difflib.get_close_matches(name, layout.variables)
            hint = f"{name} begins with {first}" if first else f"did you mean {close[0]}?" if close else ""
            what, where = f"has no variable {name}", f"see the codebook of {wanted.stem}"
            raise UnknownColumnError(path, what, hint or where)


def _read_columns(path: Path, layout: RecordLayout, names: Sequence[str]) -> pd.DataFrame:
    import pyreadstat

    try:
        columns, _ = pyreadstat.read_xport(
            path,
            usecols=[IDENTIFIER, *names],
            encoding=_ENCODING,
            disable_datetime_conversion=True,
            output_format="dict",
        )
    except (pyreadstat.ReadstatError, pyreadstat.PyreadstatError, UnicodeError) as error:
        raise DataFileError(path, f"cannot be parsed ({error})", "fetch it again") from error
    frame = pd.DataFrame(columns)
    if len(frame) != layout.rows:
        what = f"gives {len(frame):,} of its {layout.rows:,} rows"
        raise DataFileError(path, what, "fetch it again")
    numbers = frame.select_dtypes("float64")
    if (tiny := (numbers != 0) & (numbers.abs() < _SMALLEST_NUMBER)).to_numpy().any():
        # 5.4e-79 is the smallest number of the format: what some writers make of a zero.
        frame[numbers.columns] = numbers.mask(tiny, 0.0)
    return _indexed(path, frame)[list(names)]


def _indexed(path: Path, frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with SEQN as whole, unique numbers in the index."""
    numbers = frame[IDENTIFIER]
    if numbers.dtype != "float64" or not (numbers % 1 == 0).all() or (numbers < 1).any():
        raise DataFileError(path, f"has a {IDENTIFIER} that is no whole number", "fetch it again")
    if numbers.duplicated().any():
        twice = int(numbers[numbers.duplicated()].iloc[0])
        raise DataFileError(path, f"has {IDENTIFIER} {twice} twice", "fetch it again")
    return frame.set_index(numbers.astype("int64")).drop(columns=IDENTIFIER)


def kept_frame(fingerprint: str, make: Callable[[], pd.DataFrame]) -> pd.DataFrame:
    """The frame kept under a fingerprint, else a new one, which is kept from now on.

    The frame's columns are float64 and its index is int64. A cache that cannot be read or written is no
    error: the frame is made again.
    """
    path = user_cache_path("living-synthesis") / "frames" / f"{fingerprint}.npz"
    frame = _load(path)
    if frame is None:
        frame = make()
        with suppress(OSError):
            _save(path, frame)
    return frame


def _load(path: Path) -> pd.DataFrame | None:
    damaged = (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile)
    with suppress(*damaged), path.open("rb") as file, np.load(file) as kept:
        return pd.DataFrame(
            kept["values"], index=pd.Index(kept["index"], name=str(kept["name"])), columns=kept["columns"]
        )
    return None


def _save(path: Path, frame: pd.DataFrame) -> None:
    """Placed in one step, so that nobody ever reads half a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    buffer = BytesIO()
    np.savez(
        buffer,
        values=frame.to_numpy(dtype=float),
        index=frame.index.to_numpy(),
        name=np.array(frame.index.name),
        columns=np.array(frame.columns, dtype=str),
    )
    replace_bytes(path, buffer.getvalue())
