"""Tables for other programs: CSV and JSON, with unrounded numbers."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from typing import Any

from synthesis.paper.formats.cleaning import looks_like_formula
from synthesis.paper.manuscript import Manuscript
from synthesis.paper.paper_table import PaperTable
from synthesis.paper.rounded import Cell, Rounded


def rows_as_csv(names: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> str:
    """Rows with a header. A text that looks like a formula has an apostrophe before it, and stays text."""
    text = io.StringIO()
    writer = csv.DictWriter(text, names, lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: _harmless(value) for name, value in row.items()} for row in rows)
    return text.getvalue()


def table_rows(table: PaperTable) -> tuple[list[str], list[dict[str, Any]]]:
    """The names of a table's columns, and its rows by them, unrounded."""
    names = [heading.name for heading in table.headings]
    return names, [_values(table, row) for row in table.rows]


def as_json(manuscript: Manuscript) -> bytes:
    """Passages, tables and references."""
    tables = {
        table.name: {
            "title": table.title,
            "columns": {heading.name: heading.words for heading in table.headings},
            "rows": [_values(table, row) for row in table.rows],
            "notes": list(table.notes),
        }
        for table in manuscript.tables
    }
    content = {
        "title": manuscript.title,
        "text": [
            {"heading": each.heading, "paragraphs": list(each.paragraphs)} for each in manuscript.passages
        ],
        "tables": tables,
        "references": {each.key: each.in_words() for each in manuscript.references},
    }
    return (json.dumps(content, ensure_ascii=False, indent=2) + "\n").encode()


def _values(table: PaperTable, row: Sequence[Cell]) -> dict[str, Any]:
    return {name: _value(cell) for name, cell in table.by_name(row).items()}


def _value(cell: Cell) -> Any:
    if not isinstance(cell, Rounded):
        return cell
    return int(cell.value) if isinstance(cell.value, int) else cell.value


def _harmless(value: Any) -> Any:
    """Text that nobody calculates with, and with line ends of one kind, which every reader knows."""
    if not isinstance(value, str):
        return value
    quoted = f"'{value}" if looks_like_formula(value) else value
    return quoted.replace("\r\n", "\n").replace("\r", "\n")
