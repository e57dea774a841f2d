"""A workbook: a sheet a table, numbers as numbers, text as text whatever it looks like."""

from __future__ import annotations

import io
from typing import Any

from synthesis.paper.formats.cleaning import legal_in_xml, looks_like_formula, without_dates
from synthesis.paper.manuscript import Manuscript, Passage
from synthesis.paper.paper_table import Heading, PaperTable, shown
from synthesis.paper.rounded import Cell, Rounded

_WIDEST = 60
_NARROWEST = 9
_LONGEST = 32_767  # characters in a cell
_HEADER_ROW = 3  # below the title and a blank row


def as_xlsx(manuscript: Manuscript) -> bytes:
    """The tables, and the passages as one more sheet, below a frozen header."""
    from openpyxl import Workbook

    book = Workbook()
    book.remove(book.active)
    book.properties.title = legal_in_xml(manuscript.title)
    tables = [*([_as_table(manuscript)] if manuscript.passages else []), *manuscript.tables]
    for table in tables:
        _write(book.create_sheet(table.name), table)
    content = io.BytesIO()
    book.save(content)
    return without_dates(content.getvalue())


def _as_table(manuscript: Manuscript) -> PaperTable:
    """Passages in rows, and the references below them."""
    said = Passage("References", tuple(f"[@{each.key}] {each.in_words()}" for each in manuscript.references))
    rows = tuple(
        (passage.heading, text) for passage in (*manuscript.passages, said) for text in passage.paragraphs
    )
    return PaperTable(
        "text", "Methods and results", (Heading("heading", "Of"), Heading("text", "Text")), rows
    )


def _write(sheet: Any, table: PaperTable) -> None:
    from openpyxl.styles import Alignment, Border, Font, Side
    from openpyxl.utils import get_column_letter

    _text(sheet.cell(1, 1), table.title)
    sheet.cell(1, 1).font = Font(bold=True)
    for column, heading in enumerate(table.headings, start=1):
        cell = sheet.cell(_HEADER_ROW, column)
        _text(cell, heading.words)
        cell.font = Font(bold=True)
        cell.border = Border(bottom=Side("thin"))
        cell.alignment = Alignment(
            wrap_text=True, horizontal="right" if table.is_numeric(column - 1) else "left", vertical="bottom"
        )
        texts = [shown(row[column - 1]) for row in table.rows]
        longest = max([_longest_word(heading.words), *map(len, texts)])
        sheet.column_dimensions[get_column_letter(column)].width = min(max(longest + 2, _NARROWEST), _WIDEST)
    for number, row in enumerate(table.rows, start=_HEADER_ROW + 1):
        for column, value in enumerate(row, start=1):
            _fill(sheet.cell(number, column), value, Alignment(wrap_text=True, vertical="top"))
    for number, note in enumerate(table.notes, start=_HEADER_ROW + len(table.rows) + 2):
        _text(sheet.cell(number, 1), note)
    sheet.freeze_panes = f"A{_HEADER_ROW + 1}"
    sheet.print_title_rows = f"{_HEADER_ROW}:{_HEADER_ROW}"
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True


def _fill(cell: Any, value: Cell, alignment: Any) -> None:
    if isinstance(value, Rounded):
        cell.value = value.value
        cell.number_format = value.number_format
    elif value is not None:
        _text(cell, value)
        cell.alignment = alignment


def _text(cell: Any, text: str) -> None:
    """Text, even where it looks like a formula or a number."""
    cell.value = legal_in_xml(text)[:_LONGEST]
    cell.data_type = "s"
    if looks_like_formula(text):
        cell.quotePrefix = True


def _longest_word(text: str) -> int:
    return max(map(len, text.split()))
