"""The rows of a table in their order, wherever they are: files one after another, or a table in memory."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from synthesis.bulk.arrow_parts import arrow
from synthesis.bulk.table_files import (
    BulkFile,
    column_names,
    copied_text,
    expanded,
    is_parquet,
    opened,
    parquet_file,
    rows_between,
)

READ_AT_ONCE = 65_536
"""Rows of a table that is read at a time."""


@dataclass(frozen=True)
class Places:
    """Where rows are: by file its name, how many rows it has, and which number its first row has there."""

    files: tuple[tuple[str, int, int], ...]

    def where(self, row: int) -> str:
        """The file and the row in it, in words; a text file's head is its first row."""
        for name, rows, first in self.files:
            if row < rows:
                return f"{name}, row {row + first}"
            row -= rows
        return f"row {row + 1} after the last"


class TableRows(Protocol):
    """Rows from 0 to `rows`, read in any part."""

    @property
    def rows(self) -> int:
        """How many there are."""

    @property
    def here(self) -> bool:
        """Whether only this machine can read them."""

    def between(self, start: int, stop: int, columns: Sequence[str]) -> Iterator[Any]:
        """Arrow tables of these columns, in order."""

    @property
    def places(self) -> Places:
        """Where each row is, in words."""


@dataclass(frozen=True, eq=False)
class HeldRows:
    """A table in memory."""

    table: Any
    name: str = "the table"

    @property
    def rows(self) -> int:
        return int(self.table.num_rows)

    @property
    def here(self) -> bool:
        return True

    def between(self, start: int, stop: int, columns: Sequence[str]) -> Iterator[Any]:
        chosen = self.table.select(list(columns))
        for at in range(start, stop, READ_AT_ONCE):
            yield chosen.slice(at, min(READ_AT_ONCE, stop - at))

    @property
    def places(self) -> Places:
        return Places(((self.name, self.rows, 1),))


@dataclass(frozen=True)
class FileRows:
    """Files of one table, one after another; numbers: columns that hold some, of whatever types."""

    files: tuple[BulkFile, ...]
    numbers: frozenset[str]

    @property
    def rows(self) -> int:
        return sum(file.rows for file in self.files)

    @property
    def here(self) -> bool:
        return any(file.copied for file in self.files)

    def between(self, start: int, stop: int, columns: Sequence[str]) -> Iterator[Any]:
        at = 0
        for file in self.files:
            low, high = max(start - at, 0), min(stop - at, file.rows)
            if high > low:
                for table in rows_between(file, low, high, columns, READ_AT_ONCE):
                    yield with_plain_types(table, self.numbers)
            at += file.rows

    @property
    def places(self) -> Places:
        return Places(tuple((file.shown, file.rows, 1 + file.copied) for file in self.files))


def as_arrow(data: Any) -> Any:
    """A frame of pandas or polars, an Arrow table, or a mapping of columns, as an Arrow table.

    Raises ValueError for anything else.
    """
    pa = arrow()
    if isinstance(data, pa.Table):
        return data
    if isinstance(data, pa.RecordBatch):
        return pa.Table.from_batches([data])
    try:
        if isinstance(data, Mapping):
            return pa.table(dict(data))
        if type(data).__module__.partition(".")[0] == "pandas" and hasattr(data, "columns"):
            named = all(name is not None and name not in data.columns for name in data.index.names)
            return pa.Table.from_pandas(data, preserve_index=named)  # an index with a name may be the key
        if hasattr(data, "__arrow_c_stream__"):
            return pa.table(data)
    except (pa.ArrowException, TypeError, ValueError) as error:
        raise ValueError(f"the table cannot be read as columns: {error}") from error
    raise ValueError(
        f"data is of type {type(data).__name__}; expected paths of files, or a frame of pandas, polars, "
        "Arrow or Dask"
    )


def _plain(kind: Any) -> Any:
    """The type of a column; the several types of text are one."""
    pa = arrow()
    if pa.types.is_dictionary(kind):
        return _plain(kind.value_type)
    texts = (pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view, pa.types.is_null)
    return pa.string() if any(is_text(kind) for is_text in texts) else kind


def with_plain_types(table: Any, numbers: Collection[str]) -> Any:
    """A table whose texts are of one type, whatever wrote them, and whose numbers are in double precision."""
    pa = arrow()
    fields = [
        pa.field(field.name, pa.float64() if field.name in numbers else _plain(field.type))
        for field in table.schema
    ]
    for at, field in enumerate(table.schema):
        if pa.types.is_dictionary(field.type) and pa.types.is_string_view(field.type.value_type):
            table = table.set_column(at, field.name, _without_views(table.column(at)))
    return table.cast(pa.schema(fields), safe=False)


def _without_views(column: Any) -> Any:
    """Categories of polars, which Arrow does not cast to texts by itself."""
    pa = arrow()
    chunks = [
        pa.DictionaryArray.from_arrays(chunk.indices, chunk.dictionary.cast(pa.string()))
        for chunk in column.chunks
    ]
    return pa.chunked_array(chunks, pa.dictionary(column.type.index_type, pa.string()))


def names_in(data: Any) -> tuple[list[str], list[str]]:
    """Column names of a table, and its files, none for a table in memory.

    Raises ValueError, naming the file, where part files of one table have other columns than the first.
    """
    if isinstance(data, str | Path):
        data = [data]
    if isinstance(data, list | tuple) and data and all(isinstance(path, str | Path) for path in data):
        files = expanded([str(path) for path in data])
        names = column_names(files[0])
        for file in files[1:]:
            _check_same(files[0], names, file, column_names(file))
        return names, files
    return list(as_arrow(data).column_names), []


def _check_same(first: str, names: list[str], file: str, other: list[str]) -> None:
    lacking = [name for name in names if name not in other]
    added = [name for name in other if name not in names]
    if lacking or added:
        what = f"lacks column '{lacking[0]}'" if lacking else f"has column '{added[0]}'"
        verb = "has" if lacking else "lacks"
        raise ValueError(
            f"{file}, row 1: the file {what}, which {first} {verb}; "
            "expected part files of one table to have one set of columns"
        )


def open_rows(
    data: Any, files: list[str], numbers: Sequence[str], texts: Sequence[str], copies: Path
) -> TableRows:
    """The rows of a table whose columns are these; text files are copied as Parquet into the folder `copies`.

    Raises ValueError, naming file and row, for columns of another type, and part files that differ in it.
    """
    if not files:
        table = as_arrow(data).select([*texts, *numbers])
        _check_types("the table", table.schema, numbers)
        return HeldRows(with_plain_types(table, numbers))
    found: list[BulkFile] = []
    first: dict[str, Any] = {}
    for position, path in enumerate(files):
        if is_parquet(path):
            file = parquet_file(path, path)
        else:
            file = _copy(path, numbers, texts, copies / f"{position:05d}.parquet")
        schema = _schema_of(file)
        _check_types(path, schema, numbers)
        for name in texts:
            kind = str(_plain(schema.field(name).type))
            if first.setdefault(name, kind) != kind:
                raise ValueError(
                    f"{path}, row 1: column '{name}' is of type {kind}, and of type {first[name]} in "
                    f"{files[0]}; expected part files of one table to have one type"
                )
        found.append(file)
    return FileRows(tuple(found), frozenset(numbers))


def _copy(path: str, numbers: Sequence[str], texts: Sequence[str], place: Path) -> BulkFile:
    """A text file's copy, made in this run or by one that was broken off."""
    if place.is_file():
        copied = parquet_file(str(place), path)
        return BulkFile(path, copied.path, copied.rows, copied.groups)
    return copied_text(path, numbers, texts, place)


def _schema_of(file: BulkFile) -> Any:
    with opened(file.path) as handle:
        return arrow("parquet").read_schema(handle)


def _check_types(shown: str, schema: Any, numbers: Sequence[str]) -> None:
    types = arrow().types
    for name in numbers:
        kind = schema.field(name).type
        known = (types.is_floating, types.is_integer, types.is_decimal, types.is_null)
        if not any(is_kind(kind) for is_kind in known):
            raise ValueError(f"{shown}, row 1: column '{name}' holds {kind}; expected numbers")


def in_blocks(tables: Iterator[Any], cuts: Sequence[int], start: int) -> Iterator[Any]:
    """The rows from `start` on, in tables that end at each of the cuts."""
    pa, held, at = arrow(), 0, start
    waiting: list[Any] = []
    ends = iter(cuts)
    end = next(ends, None)
    for table in tables:
        offset = 0
        while end is not None and held + table.num_rows - offset >= end - at:
            take = end - at - held
            whole = pa.concat_tables([*waiting, table.slice(offset, take)])
            offset += take
            waiting, held, at = [], 0, end
            end = next(ends, None)
            yield whole
        rest = table.slice(offset)
        if rest.num_rows:
            waiting.append(rest)
            held += rest.num_rows
