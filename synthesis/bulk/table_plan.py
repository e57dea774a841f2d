"""Where the blocks of a table end, which the order of its rows decides, and that no key repeats."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

import numpy as np

from synthesis.bulk.arrow_parts import arrow
from synthesis.bulk.data_blocks import ColumnReading, DataSets, Ragged, Where, run_starts
from synthesis.bulk.pooled_rows import rows_of_block
from synthesis.bulk.rows_in_order import TableRows, in_blocks
from synthesis.bulk.sample_overlap import Correction
from synthesis.pooling.kernel.effects import Rows

_EFFECTS, _GROUPS = 1_000_000, 65_536  # of a block of data sets of their own size, at most about
_BLOCKS, _ROWS = 8, 131_072  # of a part, the second data sets at most about
_AT_ONCE = 8_000_000  # keys that are compared at a time
A_KEY, A_GROUP = "expected a key for each data set", "expected the group of each effect"


@dataclass(frozen=True)
class TablePart:
    """Some blocks in a row, whose results are kept together: from row `start`, each block up to its cut."""

    number: int
    start: int
    cuts: tuple[int, ...]

    @property
    def stop(self) -> int:
        """The row after the last."""
        return self.cuts[-1]


class BlockSource(Protocol):
    """Data sets in blocks."""

    @property
    def parts(self) -> tuple[TablePart, ...]:
        """All parts, in order."""

    @property
    def here(self) -> bool:
        """Whether only this machine can read them."""

    @property
    def names(self) -> tuple[str, ...] | None:
        """Studies common to all data sets, if there are such."""

    @property
    def correction(self) -> Correction | None:
        """What is done to effects before they are pooled."""

    def blocks(self, part: TablePart) -> Iterator[Callable[[], DataSets | Ragged]]:
        """The blocks of a part, each made of what was read when it is called, in whatever thread."""

    @property
    def where(self) -> Where:
        """Tells the file of a row and its number there, in words."""


@dataclass(frozen=True, eq=False)
class TableSource:
    """A table's rows as they are read, and what is done to effects before they are pooled."""

    rows: TableRows
    reading: ColumnReading
    parts: tuple[TablePart, ...]
    correction: Correction | None = None

    @property
    def here(self) -> bool:
        return self.rows.here

    @property
    def names(self) -> tuple[str, ...] | None:
        return self.reading.studies

    @property
    def where(self) -> Where:
        return self.rows.places.where

    def blocks(self, part: TablePart) -> Iterator[Callable[[], DataSets | Ragged]]:
        first = part.start
        tables = self.rows.between(part.start, part.stop, self.reading.columns)
        for table in in_blocks(tables, part.cuts, part.start):
            yield partial(self._block, table, first)
            first += table.num_rows

    def _block(self, table: Any, first: int) -> DataSets | Ragged:
        block = self.reading.block(table, first, self.where)
        if self.correction is not None and isinstance(block, DataSets):
            return self.correction.of(block)
        return block


def wide_parts(rows: int, studies: int) -> tuple[TablePart, ...]:
    """Parts of a table with a data set a row."""
    size = rows_of_block(studies)
    cuts = [*range(size, rows, size), rows]
    return _parts(cuts, np.diff([0, *cuts]).tolist())


def long_parts(rows: TableRows, group: str) -> tuple[TablePart, ...]:
    """Parts of a table with an effect a row, whose blocks end where a group does.

    Raises ValueError, naming file and row, where a group stands in two places.
    """
    starts, digests = _groups(rows, group)
    _refuse_repeated(
        digests, starts, rows, group, "expected the rows of a group together; sort the table by it"
    )
    cuts = long_cuts(starts, rows.rows, True)
    return _parts(cuts, np.diff(np.searchsorted(starts, [0, *cuts])).tolist())


def long_cuts(starts: Rows, rows: int, last: bool) -> list[int]:
    """Where blocks end, of rows in which groups begin at `starts`; last: whether the last block is whole too.

    The group in which a block is full ends it; a group that is larger than a block is one.
    """
    cuts: list[int] = []
    end = group = 0
    while end < rows:
        full = int(np.searchsorted(starts, end + _EFFECTS))
        group = min(full, group + _GROUPS)
        if group >= starts.size and not last:
            break
        end = int(starts[group]) if group < starts.size else rows
        cuts.append(end)
    return cuts


def check_keys(rows: TableRows, keys: tuple[str, ...]) -> None:
    """Raise ValueError, naming file and row, where a key of a wide table repeats or is missing."""
    digests, at = [], 0
    for table in rows.between(0, rows.rows, keys):
        for name in keys:
            refuse_missing(table.column(name), at, rows.places.where, name, A_KEY)
        digests.append(digests_of(table, keys))
        at += table.num_rows
    _refuse_repeated(np.concatenate(digests), None, rows, keys[0], "expected each key once", keys)


def refuse_missing(column: Any, at: int, where: Where, name: str, expected: str) -> None:
    """Raise ValueError, naming file and row, for the first missing value of a column from row `at` on."""
    if column.null_count:
        row = at + int(np.flatnonzero(column.combine_chunks().is_null().to_numpy(zero_copy_only=False))[0])
        raise ValueError(f"{where(row)}: {name} is missing; {expected}")


def _parts(cuts: list[int], sizes: list[int]) -> tuple[TablePart, ...]:
    """Blocks in parts; sizes: how many data sets each block has."""
    found: list[TablePart] = []
    waiting: list[int] = []
    start = held = 0
    for number, cut in enumerate(cuts):
        waiting.append(cut)
        held += sizes[number]
        if len(waiting) == _BLOCKS or cut == cuts[-1] or held + sizes[number + 1] > _ROWS:
            found.append(TablePart(len(found), start, tuple(waiting)))
            start, held, waiting = cut, 0, []
    return tuple(found)


def _groups(rows: TableRows, group: str) -> tuple[Rows, Any]:
    """The rows in which groups begin, and a digest of each group's name."""
    pa = arrow()
    starts, digests, at, last = [], [], 0, None
    for table in rows.between(0, rows.rows, [group]):
        column = table.column(group)
        refuse_missing(column, at, rows.places.where, group, A_GROUP)
        found = run_starts(column)
        if column[0].as_py() == last:
            found = found[1:]
        starts.append(found + at)
        digests.append(digests_of(table.select([group]).take(pa.array(found)), (group,)))
        at += table.num_rows
        last = column[-1].as_py()
    return np.concatenate(starts), np.concatenate(digests)


def digests_of(table: Any, keys: tuple[str, ...]) -> Any:
    """64 bits for each row's keys."""
    from pandas.util import hash_array

    total = np.zeros(table.num_rows, dtype=np.uint64)
    for name in keys:
        values = table.column(name).combine_chunks().to_numpy(zero_copy_only=False)
        total = total * np.uint64(1_000_003) + hash_array(values, categorize=False)
    return total


def _refuse_repeated(
    digests: Any, at: Rows | None, rows: TableRows, name: str, expected: str, keys: tuple[str, ...] = ()
) -> None:
    """Raise ValueError for the first key that stands twice, found by digests, some of them at a time.

    at: the row of each digest, None where these are the rows.
    """
    shares = digests.size // _AT_ONCE + 1
    for share in range(shares):
        ordered = np.sort(digests[digests % np.uint64(shares) == share])
        for digest in np.unique(ordered[1:][ordered[1:] == ordered[:-1]]):
            places = np.flatnonzero(digests == digest)
            places = places if at is None else at[places]
            values: list[tuple[Any, ...]] = []  # which differ where two have one digest by chance
            for row in places.tolist():
                value = _value(rows, row, keys or (name,))
                if value in values:
                    first = int(places[values.index(value)])
                    shown = ", ".join(map(str, value))
                    raise ValueError(
                        f"{rows.places.where(row)}: {name} '{shown}' stands again, after "
                        f"{rows.places.where(first)}; {expected}"
                    )
                values.append(value)


def _value(rows: TableRows, row: int, keys: tuple[str, ...]) -> tuple[Any, ...]:
    table = next(rows.between(row, row + 1, keys))
    return tuple(table.column(name)[0].as_py() for name in keys)
