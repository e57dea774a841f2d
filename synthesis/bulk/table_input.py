"""What a caller hands over, before it is read: a wide or a long table, checked by its head."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from synthesis.bulk.bulk_choices import BulkChoices
from synthesis.bulk.data_blocks import ColumnReading
from synthesis.bulk.effect_columns import check_columns, form_of, key_column, present_column, wide_columns
from synthesis.bulk.rows_in_order import TableRows, as_arrow, names_in, open_rows
from synthesis.bulk.table_plan import BlockSource, TableSource, check_keys, long_parts, wide_parts


@dataclass(frozen=True)
class WhatStands:
    """What stands in which column, as the caller says it; parts: by "yi", "vi", ... what was given."""

    parts: dict[str, Any]
    group: str | None
    study: str | None
    keys: tuple[str, ...]
    unit: str | None
    ratio: bool


class TableInput(Protocol):
    """Inputs of one run."""

    @property
    def files(self) -> Sequence[str]:
        """Paths of files."""

    @property
    def tables(self) -> Sequence[Any]:
        """Tables in memory."""

    @property
    def plan(self) -> dict[str, Any]:
        """How it is read, as plain data."""

    @property
    def common(self) -> tuple[str, ...] | None:
        """Studies common to all data sets, if there are such."""

    @property
    def named_by(self) -> tuple[str, ...]:
        """Columns that name a data set."""

    @property
    def by_n(self) -> bool:
        """Whether effects are z with n."""

    def opened(self, copies: Path) -> BlockSource:
        """The blocks of it; text is copied as Parquet into the folder `copies`."""


@dataclass(frozen=True, eq=False)
class OneTable:
    """A wide or long table, in one file, in part files or in memory."""

    data: Any
    files: tuple[str, ...]
    stands: WhatStands
    chosen: BulkChoices
    reading: ColumnReading

    @property
    def tables(self) -> Sequence[Any]:
        return () if self.files else (self.data,)

    @property
    def common(self) -> tuple[str, ...] | None:
        return self.reading.studies

    @property
    def named_by(self) -> tuple[str, ...]:
        return self.reading.keys if self.reading.group is None else (self.reading.group,)

    @property
    def by_n(self) -> bool:
        return self.reading.form == "z"

    @property
    def plan(self) -> dict[str, Any]:
        return {
            "layout": "wide" if self.reading.studies is not None else "long",
            "form": self.reading.form,
            "columns": {part: list(names) for part, names in self.reading.parts.items()},
            "group": self.reading.group,
            "study": self.reading.study,
            "keys": list(self.reading.keys),
            "unit": self.stands.unit,
            "ratio": self.reading.ratio,
        }

    def opened(self, copies: Path) -> BlockSource:
        rows = open_rows(self.data, list(self.files), self.reading.numbers, self.reading.texts, copies)
        if not rows.rows:
            raise ValueError(
                f"{self.files[0] if self.files else 'the table'}: there are no rows; expected one or more"
            )
        reading = self._with_unit(rows)
        if reading.studies is None:
            assert reading.group is not None
            return TableSource(rows, reading, long_parts(rows, reading.group))
        if reading.keys:
            check_keys(rows, reading.keys)
        return TableSource(rows, reading, wide_parts(rows.rows, len(reading.studies)))

    def _with_unit(self, rows: TableRows) -> ColumnReading:
        name = self.stands.unit
        if name is None:
            return self.reading
        first = next(iter(rows.between(0, 1, [name]))).column(name)[0].as_py()
        return replace(self.reading, unit=(name, str(first)))


def table_input(data: Any, stands: WhatStands, chosen: BulkChoices) -> TableInput:
    """The input of a run, its columns checked by the heads of its files.

    Raises ValueError, naming the file, for columns that are not there, and for a layout that is none.
    """
    held = data if is_path(data) else as_arrow(data)
    names, files = names_in(held)
    reading = reading_of(stands, names, files[0] if files else "the table", chosen)
    return OneTable(held, tuple(files), stands, chosen, reading)


def reading_of(stands: WhatStands, names: list[str], shown: str, chosen: BulkChoices) -> ColumnReading:
    """How a table with these columns is read. Raises ValueError as `table_input` does."""
    form = form_of(stands.parts)
    if stands.ratio and form == "z":
        raise ValueError("ratio=True is about effects yi or limits; zi has none")
    for part, name in (("key", k) for k in stands.keys):
        key_column(name, names, part, shown)
    if stands.unit is not None:
        present_column(stands.unit, names, "unit", shown)
    unit = None if stands.unit is None else (stands.unit, "")
    if stands.group is not None:
        return _long_reading(stands, names, shown, chosen, unit)
    if stands.study is not None:
        raise ValueError("study names the studies of a long table; expected `group` with it")
    studies, parts = wide_columns(stands.parts, names, shown)
    check_columns(stands.keys, [name for columns in parts.values() for name in columns])
    stop = chosen.invalid == "stop"
    return ColumnReading(form, parts, chosen.level, stands.ratio, stop, studies, stands.keys, unit=unit)


def _long_reading(
    stands: WhatStands, names: list[str], shown: str, chosen: BulkChoices, unit: tuple[str, str] | None
) -> ColumnReading:
    if stands.keys:
        raise ValueError("key names the data sets of a wide table; those of a long one are named by `group`")
    if "direction" in chosen.ask:
        raise ValueError(
            "a direction for each study needs studies common to all data sets; expected a wide table"
        )
    parts: dict[str, tuple[str, ...]] = {
        part: (present_column(name, names, part, shown),) for part, name in stands.parts.items()
    }
    key_column(stands.group, names, "group", shown)
    check_columns((str(stands.group),), [name for columns in parts.values() for name in columns])
    if stands.study is not None:
        present_column(stands.study, names, "study", shown)
    return ColumnReading(
        form_of(stands.parts),
        parts,
        chosen.level,
        stands.ratio,
        chosen.invalid == "stop",
        None,
        (),
        stands.group,
        stands.study,
        unit,
    )


def is_path(data: Any) -> bool:
    """Whether it is a path, or several of part files."""
    if isinstance(data, str | Path):
        return True
    return isinstance(data, list | tuple) and bool(data) and all(isinstance(p, str | Path) for p in data)
