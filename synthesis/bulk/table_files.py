"""Files of a table: Parquet as it is, text read once into Parquet, and every fault told with file and row."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from csv import reader
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from synthesis.bulk.arrow_parts import arrow, needed

MISSING = (
    *("", "NA", "na", "#NA", "#N/A", "N/A", "n/a", "<NA>", "NaN", "nan", "NAN", "-nan", "-NaN"),
    *("NULL", "null", "None", ".", "-"),
)
"""Spellings of a number that is not there."""

_TEXT_ENDINGS = (".csv", ".tsv", ".txt", ".tbl", ".ssf", ".ma", ".sumstats", ".assoc", ".dat")
_PACKED = (".gz", ".bz2", ".zst", ".zstd")
_PARQUET = (".parquet", ".pq", ".parq")
_ROW_GROUP = 262_144
_BLOCK_BYTES = 8 << 20


@dataclass(frozen=True)
class BulkFile:
    """One file of a table, as Parquet.

    shown: the name that messages and manifests have. path: where its Parquet is, which for a text file is
    the copy read from it. rows: their number. groups: rows of each row group.
    """

    shown: str
    path: str
    rows: int
    groups: tuple[int, ...]

    @property
    def copied(self) -> bool:
        """Whether the Parquet is a copy that this run made."""
        return self.path != self.shown


def is_url(path: str) -> bool:
    """Whether a path is an address for fsspec, such as s3://bucket/table.parquet."""
    return "://" in path


def expanded(paths: Sequence[str]) -> list[str]:
    """Files for paths, folders and patterns, each folder's and pattern's in order of their names.

    Raises ValueError for a path at which there is nothing.
    """
    found: list[str] = []
    for path in paths:
        if is_url(path):
            fs, inner = needed("fsspec").core.url_to_fs(path)
            scheme = path.partition("://")[0]
            names = sorted(fs.glob(inner)) if "*" in inner else [inner]
            listed = [sorted(fs.ls(name, detail=False)) if fs.isdir(name) else [name] for name in names]
            names = [name for some in listed for name in some if not fs.isdir(name)]
            found += [f"{scheme}://{name}" for name in names if is_table(name)] or [path]
            continue
        place = Path(path)
        if place.is_dir():
            inside = sorted(str(p) for p in place.iterdir() if p.is_file() and is_table(p.name))
            if not inside:
                raise ValueError(f"{path}: no table in this folder; expected Parquet, CSV or TSV files")
            found += inside
        elif "*" in place.name:
            inside = sorted(str(p) for p in place.parent.glob(place.name) if p.is_file())
            if not inside:
                raise ValueError(f"{path}: no file has such a name")
            found += inside
        elif place.is_file():
            found.append(path)
        else:
            raise ValueError(f"{path}: no such file")
    return found


def is_table(name: str) -> bool:
    """Whether a name has the ending of a table, packed or not."""
    lower = name.lower()
    for ending in _PACKED:
        lower = lower.removesuffix(ending)
    return lower.endswith((*_PARQUET, *_TEXT_ENDINGS)) and not Path(name).name.startswith((".", "_"))


def is_parquet(path: str) -> bool:
    return path.lower().endswith(_PARQUET)


@contextmanager
def opened(path: str) -> Iterator[Any]:
    """A file's bytes, from the disk or by fsspec."""
    if is_url(path):
        with needed("fsspec").open(path, "rb") as file:
            yield file
    else:
        with arrow().memory_map(path) if os.path.getsize(path) else open(path, "rb") as file:
            yield file


def size_of(path: str) -> int:
    """Bytes of a file."""
    if is_url(path):
        fs, inner = needed("fsspec").core.url_to_fs(path)
        return int(fs.size(inner))
    return os.path.getsize(path)


def column_names(path: str) -> list[str]:
    """The names in a file's head. Raises ValueError for a file that is damaged or has a name twice."""
    if is_parquet(path):
        with opened(path) as file:
            names = list(_parquet(file, path).schema_arrow.names)
    else:
        names = head_of(path)[0]
    for name in names:
        if names.count(name) > 1:
            raise ValueError(
                f"{path}, row 1: column '{name}' stands {names.count(name)} times; expected once"
            )
    return names


def parquet_file(path: str, shown: str) -> BulkFile:
    """A Parquet file's rows, from its foot. Raises ValueError where it is damaged."""
    with opened(path) as file:
        metadata = _parquet(file, shown).metadata
        groups = tuple(metadata.row_group(i).num_rows for i in range(metadata.num_row_groups))
    return BulkFile(shown, path, sum(groups), groups)


def _parquet(file: Any, shown: str) -> Any:
    try:
        return arrow("parquet").ParquetFile(file)
    except (OSError, arrow().ArrowInvalid) as error:
        raise ValueError(f"{shown}: not a whole Parquet file ({_short(error)})") from error


def rows_between(file: BulkFile, start: int, stop: int, columns: Sequence[str], size: int) -> Iterator[Any]:
    """The rows from start to stop of a file, as tables of at most `size` rows.

    Raises ValueError, naming file and row, where they cannot be read.
    """
    pa, at, first, wanted = arrow(), 0, None, []
    for number, rows in enumerate(file.groups):
        if at + rows > start and at < stop:
            first = at if first is None else first
            wanted.append(number)
        at += rows
    if first is None:
        return
    with opened(file.path) as handle:
        parquet, at = _parquet(handle, file.shown), first
        try:
            for batch in parquet.iter_batches(size, row_groups=wanted, columns=list(columns)):
                low, high = max(start - at, 0), min(stop - at, batch.num_rows)
                at += batch.num_rows
                if high > low:
                    yield pa.Table.from_batches([batch.slice(low, high - low)])
                if at >= stop:
                    return
        except (OSError, pa.ArrowException) as error:
            raise ValueError(
                f"{file.shown}, row {at + 1} or after it: the file is damaged ({_short(error)})"
            ) from error


# Text.

_OTHER_KINDS = {
    b"PAR1": "a Parquet file (.parquet)",
    b"\x1f\x8b": "packed by gzip (.gz)",
    b"BZh": "packed by bzip2 (.bz2)",
    b"\x28\xb5\x2f\xfd": "packed by Zstandard (.zst)",
    b"PK": "a spreadsheet or an archive",
}
"""What the first bytes of a file that is no text say, with the ending that its name needs."""


def head_of(path: str) -> tuple[list[str], str]:
    """Column names and separator of a text file. Raises ValueError for an empty or truncated file."""
    with _unpacked(path) as stream:
        try:
            line = bytearray()
            while b"\n" not in line and len(line) < 1 << 20:
                more = stream.read(1 << 16)
                if not more:
                    break
                line += more
        except (OSError, EOFError, arrow().ArrowException) as error:
            raise ValueError(_damaged(path, error)) from error
    other = next((kind for start, kind in _OTHER_KINDS.items() if line.startswith(start)), None)
    if other is not None:
        raise ValueError(f"{path}: the file is {other}; expected a text, or a name that says what it is")
    text = bytes(line).partition(b"\n")[0].decode("utf-8-sig", "replace").rstrip("\r")
    if not text.strip():
        raise ValueError(f"{path}: the file is empty; expected a row of column names")
    separator = max("\t,;", key=text.count)
    if not text.count(separator):
        separator = " " if text.strip().count(" ") else ","
    names = text.split() if separator == " " else next(reader([text], delimiter=separator))
    return [name.strip().strip('"') for name in names], separator


@contextmanager
def _unpacked(path: str) -> Iterator[Any]:
    kind = arrow()
    packing = {".gz": "gzip", ".bz2": "bz2", ".zst": "zstd", ".zstd": "zstd"}
    ending = Path(path).suffix.lower()
    with opened(path) as file:
        if ending not in packing:
            yield file
            return
        with kind.CompressedInputStream(
            kind.PythonFile(file) if is_url(path) else file, packing[ending]
        ) as s:
            yield s


def copied_text(path: str, numbers: Sequence[str], texts: Sequence[str], place: Path) -> BulkFile:
    """A text file's columns as Parquet at `place`, written whole or not at all.

    numbers: columns that hold numbers; texts: columns that are kept as they are written. Raises ValueError,
    naming file and row, for a number that is none, a row of another length, and a truncated file.
    """
    pa, csv, parquet = arrow(), arrow("csv"), arrow("parquet")
    names, separator = head_of(path)
    types = {name: pa.float64() for name in numbers} | {name: pa.string() for name in texts}
    convert = csv.ConvertOptions(
        column_types=types, include_columns=list(types), null_values=list(MISSING), strings_can_be_null=True
    )
    beside = place.with_suffix(".part")
    place.parent.mkdir(parents=True, exist_ok=True)
    read = 0
    try:
        with _unpacked(path) as stream:
            stream = _SingleSpaces(stream) if separator == " " else stream
            batches = csv.open_csv(
                stream,
                read_options=csv.ReadOptions(block_size=_BLOCK_BYTES, column_names=names, skip_rows=1),
                parse_options=csv.ParseOptions(delimiter=separator),
                convert_options=convert,
            )
            with parquet.ParquetWriter(
                beside, batches.schema, compression="lz4", use_dictionary=list(texts)
            ) as out:
                for batch in batches:
                    read += batch.num_rows
                    out.write_batch(batch, row_group_size=_ROW_GROUP)
    except (OSError, EOFError, pa.ArrowException) as error:
        beside.unlink(missing_ok=True)
        raise ValueError(_where_it_fails(path, names, separator, convert, error)) from error
    os.replace(beside, place)
    return BulkFile(path, str(place), read, parquet_file(str(place), path).groups)


class _SingleSpaces:
    """A stream of lines whose columns stand apart by any number of spaces, with one."""

    closed = False

    def __init__(self, stream: Any) -> None:
        self._stream, self._rest = stream, b""

    def read(self, size: int) -> bytes:
        """The next bytes, whole lines until the file ends."""
        data = self._rest + (self._stream.read(size) or b"")
        kept, newline, self._rest = data.rpartition(b"\n")
        if len(data) == len(self._rest) and data:
            kept, self._rest = data, b""
        return re.sub(rb"(?m)^ +| +$", b"", re.sub(rb"[ \t]+", b" ", kept)) + newline

    def close(self) -> None:
        """Nothing of its own to close."""


def _where_it_fails(path: str, names: list[str], separator: str, convert: Any, error: Any) -> str:
    """The fault of a text file, found by a slower reading that knows its rows."""
    pa, csv = arrow(), arrow("csv")
    if not isinstance(error, pa.ArrowInvalid):
        return _damaged(path, error)
    try:
        with _unpacked(path) as stream:
            stream = _SingleSpaces(stream) if separator == " " else stream
            for batch in csv.open_csv(
                stream,
                read_options=csv.ReadOptions(
                    block_size=_BLOCK_BYTES, column_names=names, skip_rows=1, use_threads=False
                ),
                parse_options=csv.ParseOptions(delimiter=separator),
                convert_options=convert,
            ):
                del batch
    except pa.ArrowInvalid as slower:
        return _in_words(path, names, str(slower)) or f"{path}: {_short(slower)}"
    return f"{path}: {_short(error)}"


def _in_words(path: str, names: list[str], says: str) -> str:
    found = re.search(r"In CSV column #(\d+): (?:Row #(\d+): )?.*invalid value '(.*)'", says, re.DOTALL)
    if found:
        column, row, value = found.groups()
        comma = re.fullmatch(r"[+-]?\d*,\d+", value)
        hint = " with a decimal point" if comma else ", or nothing, NA or NaN where it is missing"
        return f"{path}, row {row or '?'}: {names[int(column)]} is {value!r}; expected a number{hint}"
    found = re.search(r"In CSV column #(\d+): (?:Row #(\d+): )?.*invalid UTF8", says, re.DOTALL)
    if found:
        column, row = found.groups()
        return f"{path}, row {row or '?'}: {names[int(column)]} is not UTF-8; expected a text saved as UTF-8"
    found = re.search(r"(?:Row #(\d+): )?Expected (\d+) columns, got (\d+)", says)
    if found:
        row, expected, got = found.groups()
        return f"{path}, row {row or '?'}: {got} columns; expected {expected}, as in its head"
    return ""


def _damaged(path: str, error: Exception) -> str:
    """Words for a file whose bytes end, or make no sense, after some rows."""
    read = 0
    try:
        with _unpacked(path) as stream:
            while more := stream.read(1 << 12):
                read += more.count(b"\n")
    except (OSError, EOFError, arrow().ArrowException):
        pass  # which is the fault that is told
    truncated = re.search(r"truncat|end of|ended before|unexpected eof", str(error), re.IGNORECASE)
    what = "the file ends in the middle of its packed data" if truncated else "the file cannot be read"
    return f"{path}, after row {read}: {what} ({_short(error)})"


def _short(error: Exception) -> str:
    return str(error).strip().splitlines()[0].rstrip(".") if str(error).strip() else type(error).__name__
