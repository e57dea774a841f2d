"""XLSX -> rows of text cells, by openpyxl; asked beforehand how large it becomes."""

from __future__ import annotations

import datetime
import io
import re
import warnings
import zipfile
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from evidence.sources.cells import MOST_CELLS, SheetError, SheetRow

MOST_UNPACKED = 200_000_000
MOST_RATIO = 200
_SMALL = 2_000_000
_MOST_PARTS = 5_000
_MOST_TAGS = 12_000_000
_MOST_TAGS_OF_STRINGS = 4 * MOST_CELLS
_MOST_TAGS_BESIDE = 100_000  # formats and names: thousands in a large workbook, and slow to read
_MOST_ROWS = 1_048_576
_MOST_SEEN = 5 * MOST_CELLS
_CHUNK = 1 << 20
_DTD = tuple("<!DOCTYPE".encode(encoding) for encoding in ("utf-8", "utf-16-le", "utf-16-be"))


class BookSheet(NamedTuple):
    """A sheet's name, its filled rows, the cells whose formula has no saved value, whether it is hidden."""

    name: str
    rows: list[SheetRow]
    unsaved: tuple[str, ...]
    hidden: bool


def workbook_rows(path: Path, content: bytes) -> list[BookSheet]:
    """The sheets of a workbook; raises SheetError for one that is broken, too large, or meant to do harm."""
    try:
        formulas = _ask_archive(path, content)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of styles and extensions that are not read
            return list(_sheets(path, content, formulas))
    except SheetError:
        raise
    except Exception as error:  # a broken file raises anything at all in a library of workbooks
        says = f"is not a workbook that can be read: {type(error).__name__}"
        raise SheetError(path, says, "Open and save it again as .xlsx, or save the sheet as CSV.") from error


def _ask_archive(path: Path, content: bytes) -> bool:
    """Refuse what unpacks to too much or holds a document type; whether any sheet has a formula.

    No part is unpacked beyond the size that it states, and the stated sizes are added up first.
    """
    formulas = False
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = archive.infolist()
        total = sum(part.file_size for part in parts)
        if len(parts) > _MOST_PARTS or total > MOST_UNPACKED:
            says = f"unpacks to more than {MOST_UNPACKED // 1_000_000} MB or {_MOST_PARTS:,} parts"
            raise SheetError(path, says, "Save the sheet as CSV.")
        if total > _SMALL and total > MOST_RATIO * len(content):
            says = f"unpacks to more than {MOST_RATIO} times its size, as no table does"
            raise SheetError(path, says, "Save the sheet as CSV.")
        for part in parts:
            if part.filename.lower().endswith((".xml", ".rels")):
                formulas |= _ask_part(path, archive, part)
    return formulas


def _ask_part(path: Path, archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> bool:
    tags, formulas, end = 0, False, b""
    sheet = "worksheets/" in part.filename
    strings = part.filename.endswith("sharedStrings.xml")
    most = _MOST_TAGS if sheet else _MOST_TAGS_OF_STRINGS if strings else _MOST_TAGS_BESIDE
    with archive.open(part) as stream:
        while chunk := stream.read(_CHUNK):
            piece = end + chunk
            if any(mark in piece for mark in _DTD):
                raise SheetError(path, f"its part '{part.filename}' has a document type, as no workbook has")
            tags += chunk.count(b"<")
            if tags > most:
                what = (
                    f"{MOST_CELLS:,} cells" if sheet or strings else f"{most:,} formats, names and the like"
                )
                raise SheetError(path, f"holds more than {what}", "Split it in several, or save it as CSV.")
            formulas |= sheet and re.search(rb"<(?:\w+:)?f[\s>/]", piece) is not None
            end = piece[-32:]
    return formulas


def _sheets(path: Path, content: bytes, formulas: bool) -> Iterator[BookSheet]:
    from openpyxl import load_workbook

    # Macros and links are not even unpacked; values are those that the spreadsheet saved.
    book = load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
    written = load_workbook(io.BytesIO(content), read_only=True, keep_links=False) if formulas else None
    left = MOST_CELLS
    for sheet in book.worksheets:
        rows = []
        for row in _rows(path, sheet):
            left -= sum(map(bool, row.cells))
            if left < 0:
                says = f"the workbook holds more than {MOST_CELLS:,} cells"
                raise SheetError(path, says, "Split it in several.", sheet=sheet.title, row=row.number)
            rows.append(row)
        unsaved = _unsaved(path, written[sheet.title], rows) if written is not None else ()
        yield BookSheet(sheet.title, rows, unsaved, sheet.sheet_state != "visible")


def _cells(path: Path, sheet: Any) -> Iterator[tuple[int, tuple[Any, ...]]]:
    """Row number and cells of a sheet, whatever size it says it has."""
    sheet.reset_dimensions()
    seen = 0
    for number, cells in enumerate(sheet.iter_rows(), 1):
        seen += len(cells)
        if number > _MOST_ROWS or seen > _MOST_SEEN:
            says = "has more rows or columns than can be read"
            raise SheetError(
                path, says, "Delete the empty ones, or save it as CSV.", sheet=sheet.title, row=number
            )
        yield number, cells


def _rows(path: Path, sheet: Any) -> Iterator[SheetRow]:
    for number, cells in _cells(path, sheet):
        texts = [shown(cell.value, cell.number_format) if cell.value is not None else "" for cell in cells]
        while texts and not texts[-1]:
            texts.pop()
        if texts:
            yield SheetRow(number, tuple(texts))


def _unsaved(path: Path, sheet: Any, rows: list[SheetRow]) -> tuple[str, ...]:
    """Formulas whose value stands nowhere: a program wrote them that does not compute."""
    read = {row.number: row for row in rows}
    return tuple(
        str(cell.coordinate)
        for number, cells in _cells(path, sheet)
        for column, cell in enumerate(cells)
        if cell.value is not None
        and cell.data_type == "f"
        and not read.get(number, SheetRow(number, ())).cell(column)
    )


def shown(value: object, number_format: str = "General") -> str:
    """A cell's value as the text that a person sees, with every digit that is stored.

    Zeros that the format shows are added (0.1 in format 0.00 is 0.10); digits that it hides are kept, up to
    the 15 that a spreadsheet shows. Dates are ISO.
    """
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, int | float):
        return _number(value, number_format)
    if isinstance(value, datetime.datetime):
        return value.date().isoformat() if value.time() == datetime.time() else value.isoformat(" ")
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    return str(value).replace("\r\n", "\n").replace("\r", "\n").strip()


def _number(value: float, number_format: str) -> str:
    number = Decimal(value) if isinstance(value, int) else Decimal(f"{value:.15g}")
    if not number.is_finite() or abs(number.adjusted()) > 15:
        return str(value)
    plain = re.sub(r'"[^"]*"|\\.|\[[^\]]*\]', "", number_format).partition(";")[0]
    percent = "%" in plain
    if percent:
        number *= 100
    text = f"{number.normalize():f}" if number else "0"
    zeros = re.search(r"0\.(0+)(?![?#0]*E)", plain)
    if zeros and "E" not in plain:
        whole, _, decimals = text.partition(".")
        text = f"{whole}.{decimals.ljust(len(zeros[1]), '0')}"
    return f"{text}%" if percent else text
