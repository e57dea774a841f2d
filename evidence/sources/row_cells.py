"""One row of a table, asked by what its columns hold."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from evidence.sources.cells import SheetRow
from evidence.sources.column_sets import NUMERIC
from evidence.sources.mapping import Plan
from evidence.sources.printed_cells import (
    CellError,
    DecimalSign,
    PrintedCell,
    is_missing,
    read_cell,
    whole_number,
)

Read = TypeVar("Read")


class UnreadError(Exception):
    """A row that gives no entry, with the reason."""


class TableRow:
    """One row, asked by role."""

    def __init__(self, row: SheetRow, plan: Plan, at: Mapping[str, int], sign: DecimalSign | None) -> None:
        self._cells = {role: (name, row.cell(at[name]).strip()) for name, role in plan.columns.items()}
        self._values = plan.values
        self._sign = sign
        self.is_arm = plan.is_of_arms

    def text(self, role: str) -> str:
        """The text of a role's cell, else what holds for every row; empty where there is none."""
        found = self.raw(role)
        return self._values.get(role, "") if is_missing(found) else " ".join(found.split())

    def raw(self, role: str) -> str:
        """What stands in a role's cell, missing or not."""
        return self._cells.get(role, ("", ""))[1]

    def column(self, role: str) -> str:
        """The name of a role's column; empty where there is none."""
        return self._cells.get(role, ("", ""))[0]

    def printed(self, role: str) -> PrintedCell | None:
        """The numbers of a role's cell; None where it is empty or there is no such column."""
        return self._read(role, lambda text: read_cell(text, self._sign))

    def number(self, role: str) -> str | None:
        """The one number of a cell; None where it is empty."""
        return self._read(role, self._alone)

    def count(self, role: str) -> str | None:
        """The whole number of a cell; None where it is empty."""
        return self._read(role, lambda text: whole_number(self._alone(text)))

    def _alone(self, text: str) -> str:
        found = read_cell(text, self._sign).alone
        if found is None:
            raise CellError(f"'{text}' has more than one number")
        return found

    def _read(self, role: str, read: Callable[[str], Read]) -> Read | None:
        name, found = self._cells.get(role, ("", ""))
        if is_missing(found):
            return None
        try:
            return read(found)
        except CellError as error:
            raise UnreadError(f"column '{name}': {error}") from None

    @property
    def names(self) -> str:
        """The columns with numbers, for the locator."""
        return ", ".join(name for role, (name, text) in self._cells.items() if role in NUMERIC and text)
