"""What a table's file is read into: rows of text cells, each with the number a person counts."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

MOST_CELLS = 1_000_000


class SheetError(ValueError):
    """A table's file that cannot be read.

    path: the file; sheet: the sheet of a workbook; row: the row or line, as a person counts it; says: why, in
    words; hint: what was expected, or what helps.
    """

    def __init__(
        self,
        path: Path,
        says: str,
        hint: str | None = None,
        *,
        sheet: str | None = None,
        row: int | None = None,
    ) -> None:
        of_sheet = f", sheet '{sheet}'" if sheet is not None else ""
        at_row = f", row {row}" if row is not None else ""
        super().__init__(f"'{path.name}'{of_sheet}{at_row}: {says}")
        self.path, self.says, self.hint, self.sheet, self.row = path, says, hint, sheet, row


@dataclass(frozen=True)
class SheetRow:
    """One row: its cells, and its number as a spreadsheet shows it (in text: the line it begins in)."""

    number: int
    cells: tuple[str, ...]

    def cell(self, column: int) -> str:
        """The text of a column counted from 0; empty where the row ends before it."""
        return self.cells[column] if column < len(self.cells) else ""
