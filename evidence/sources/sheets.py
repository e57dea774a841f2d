"""Files of tables -> sheets of text cells: CSV with any separator, and XLSX.

What a cell says is the text a person sees there. Nothing in a file is run, fetched or expanded, and what is
read is bounded; a file that cannot be read gives one SheetError.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from evidence.sources.cells import MOST_CELLS, SheetError, SheetRow
from evidence.sources.headings import HEADING, body_of
from evidence.sources.heads import head_of
from evidence.sources.paper_files import decoded
from evidence.sources.workbooks import workbook_rows

MOST_BYTES = 50_000_000
DELIMITERS = (",", ";", "\t", "|")
_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_TEXT_KINDS = (".csv", ".tsv", ".tab", ".txt")
_BOOK_KINDS = (".xlsx", ".xlsm")
_KINDS = ", ".join((*_TEXT_KINDS, *_BOOK_KINDS))
_LOOKED_AT = 200


@dataclass(frozen=True)
class Sheet:
    """A table: the names of its columns, and the rows below them that hold its numbers.

    name: of the sheet; of a text file its own name. header_row: the last row of the names. title: rows above
    the header, e.g. a title line. units: of columns, where a row of the header says them. headings: names
    alone in a row, which the last column repeats for the rows below them. notes: lines that hold no numbers,
    most of them below the table. repeated: rows that are the header once more.
    unsaved: cells, e.g. C7, whose formula was saved without its value: their text is empty.
    hidden: a person who opens the workbook does not see the sheet. uneven: numbers of rows of a text file
    that have more or fewer cells than the header, so that their cells may stand under other names.
    """

    name: str
    header: tuple[str, ...]
    header_row: int
    rows: tuple[SheetRow, ...]
    title: tuple[SheetRow, ...] = ()
    unsaved: tuple[str, ...] = ()
    hidden: bool = False
    uneven: frozenset[int] = frozenset()
    units: Mapping[str, str] = field(default_factory=dict)
    headings: tuple[SheetRow, ...] = ()
    notes: tuple[SheetRow, ...] = ()
    repeated: tuple[SheetRow, ...] = ()


def read_sheets(path: Path) -> tuple[Sheet, ...]:
    """The tables of a file: one of a text file, each that is not empty of a workbook.

    Text files: comma, semicolon, tab or pipe between cells; UTF-8, UTF-16, cp1252. Raises SheetError for a
    file that is missing, too large, broken or no table.
    """
    return sheets_of(path, _content(path))


def sheets_of(path: Path, content: bytes) -> tuple[Sheet, ...]:
    """The tables of a file's content; its name tells its kind. Raises SheetError."""
    if content.startswith(_OLE):
        says = "is a workbook of Excel 97, or one that is locked by a password"
        raise SheetError(path, says, "Save it as .xlsx without a password, or as CSV.")
    if content.startswith(_ZIP):
        found = [_sheet(*each) for each in workbook_rows(path, content) if each.rows]
    elif path.suffix.lower() in _BOOK_KINDS:
        raise SheetError(path, "is no workbook: its content is none", "Save it again as .xlsx, or as CSV.")
    else:
        rows = [row for row in _text_rows(path, _text(path, content)) if any(row.cells)]
        found = [_sheet(path.name, rows, every_cell=True)] if rows else []
    if not found:
        raise SheetError(path, "is empty", "Expected a first row of column names, and the rows below it.")
    return tuple(found)


def _content(path: Path) -> bytes:
    try:
        if not path.is_file():
            raise SheetError(path, "there is no such file", f"Expected it in {path.parent.as_posix()}.")
        if path.suffix.lower() not in (*_TEXT_KINDS, *_BOOK_KINDS, ".xls"):
            raise SheetError(path, "is of no kind that can be read", f"Expected one of {_KINDS}.")
        if path.stat().st_size > MOST_BYTES:
            raise SheetError(path, f"is larger than {MOST_BYTES // 1_000_000} MB", "Split it in several.")
        return path.read_bytes()
    except OSError as error:
        raise SheetError(path, f"cannot be read: {error.strerror}") from error


# Rows -> a sheet.


def _sheet(
    name: str,
    rows: list[SheetRow],
    unsaved: tuple[str, ...] = (),
    hidden: bool = False,
    every_cell: bool = False,
) -> Sheet:
    """The table that rows are; every_cell: of a text file, where a row should have a cell for each name."""
    head = head_of(rows)
    of_head = rows[head.first : head.last + 1]
    body = body_of(rows[head.last + 1 :], of_head, {int(re.sub(r"\D", "", cell)) for cell in unsaved})
    widths = [max(len(row.cells) for row in of_head), _width(head.names)]
    width = max([widths[1], *(_width(row.cells) for row in body.rows)])
    names, fitted = _padded(head.names, width), [row.cells[:width] for row in body.rows]
    if any(body.headings):
        names = (*names, HEADING)
        fitted = [(*_padded(cells, width), body.headings[at]) for at, cells in enumerate(fitted)]
    below = tuple(SheetRow(row.number, fitted[at]) for at, row in enumerate(body.rows))
    uneven = (
        frozenset(row.number for row in body.rows if not _fits(row, *widths)) if every_cell else frozenset()
    )
    return Sheet(
        name,
        names,
        rows[head.last].number,
        below,
        tuple(rows[: head.first]),
        unsaved,
        hidden,
        frozenset(uneven),
        head.units,
        *(body.headed, body.notes, body.repeated),
    )


def _padded(cells: tuple[str, ...], width: int) -> tuple[str, ...]:
    return (cells + ("",) * width)[:width]


def _fits(row: SheetRow, cells: int, named: int) -> bool:
    """Whether a row of a text file has as many cells as its header, or blanks where there is no name."""
    return _width(row.cells) <= named <= len(row.cells) or len(row.cells) == cells


def _width(cells: tuple[str, ...]) -> int:
    return max(at for at, text in enumerate(cells, 1) if text)


# Text files.


def _text(path: Path, content: bytes) -> str:
    """The text of a file, also of UTF-16 without its mark: every second byte of Latin letters is zero."""
    sample = b"" if content.startswith(_UTF_16) else content[:4000]
    for encoding, zeros, letters in (("utf-16-le", 1, 0), ("utf-16-be", 0, 1)):
        if sample[zeros::2].count(0) > 0.4 * len(sample) / 2 and sample[letters::2].count(0) == 0:
            return content.decode(encoding, errors="replace")
    text = decoded(content)
    if "\0" in text:
        says = "is no table of text: it has characters that no text has"
        raise SheetError(path, says, f"Expected one of {_KINDS}.")
    return text


_END = "end of the table"


def _text_rows(path: Path, text: str) -> Iterator[SheetRow]:
    """Every row of a text file with the line that it begins in."""
    delimiter, text, skipped = _delimiter(text)
    # A last row of our own: where it is not met again, a quotation mark before it was never closed.
    reader = csv.reader(io.StringIO(f"{text}\n{_END}", newline=""), delimiter=delimiter)
    line, cells = 1 + skipped, 0
    last: SheetRow | None = None
    while True:
        try:
            fields = next(reader, None)
        except csv.Error:
            raise _unclosed(path, line) from None
        if last is not None and fields is not None:
            yield last
        if fields is None:
            break
        cells += len(fields)
        if cells > MOST_CELLS:
            raise SheetError(path, f"holds more than {MOST_CELLS:,} cells", "Split it in several.", row=line)
        last = SheetRow(line, tuple(map(_clean, fields)))
        line = reader.line_num + 1 + skipped
    if last is None or last.cells != (_END,):
        raise _unclosed(path, last.number if last else line)


def _unclosed(path: Path, line: int) -> SheetError:
    says = "a quotation mark opens a cell and nothing closes it, or the cell is far too long"
    return SheetError(path, says, 'Write a quotation mark inside a quoted cell twice: "".', row=line)


def _clean(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


def _delimiter(text: str) -> tuple[str, str, int]:
    """What stands between cells (a first line may say it), the text to read, the lines passed over."""
    said = re.match(r'\s*"?sep=(.)"?[ ,;\t|]*(?:\r\n|\r|\n|$)', text, re.IGNORECASE)
    if said:
        return said[1], text[said.end() :], said[0].rstrip("\r\n").count("\n") + 1
    return max(DELIMITERS, key=lambda each: _agreement(text, each)), text, 0


def _agreement(text: str, delimiter: str) -> tuple[float, int]:
    """How alike the first rows are when cut there: the share of the commonest width above one, the width."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    widths: list[int] = []
    try:
        widths += (len(fields) for fields in islice(reader, _LOOKED_AT) if any(fields))
    except csv.Error:
        return 0.0, 0
    several = Counter(width for width in widths if width > 1)
    if not several:
        return 0.0, 0
    count, width = max((count, width) for width, count in several.items())
    return count / len(widths), width
