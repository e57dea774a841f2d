"""A SAS transport file (version 5): what it says about itself, whether it is whole, and its columns.

A transport file does not state its number of rows, so that one cut short reads without complaint,
with fewer persons. Its layout tells: 80-byte records, descriptors of the variables, then rows of equal
length with blanks up to the next multiple of 80.
Source: SAS Technical Support document TS-140, "Record layout of a SAS version 5 or 6 data set in SAS
transport (XPORT) format".
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from studies.nhanes.errors import DataFileError

_RECORD = 80
_DESCRIPTOR = 140
_LIBRARY = b"HEADER RECORD*******LIBRARY HEADER RECORD!!!!!!!"
_LIBRARY_VERSION_8 = b"HEADER RECORD*******LIBV8"
_DESCRIPTORS = b"HEADER RECORD*******NAMESTR HEADER RECORD!!!!!!!"
_ROWS = b"HEADER RECORD*******OBS     HEADER RECORD!!!!!!!"
_MEMBER_NAME = slice(5 * _RECORD + 8, 5 * _RECORD + 16)
_DESCRIPTORS_AT = 7 * _RECORD
_VARIABLE_COUNT = slice(_DESCRIPTORS_AT + 54, _DESCRIPTORS_AT + 58)
_HEAD_SIZE = 8 * _RECORD
_FETCH_AGAIN = "fetch it again"
_NUMBER = 1  # the type of a variable; the other is text
_LONGEST_NUMBER = 8
# Labels and texts hold Windows quotation marks; numbers do not depend on it.
_ENCODING = "cp1252"
_MISSING = np.frombuffer(b"._ABCDEFGHIJKLMNOPQRSTUVWXYZ", dtype=np.uint8)


@dataclass(frozen=True)
class ColumnPlace:
    """Where the value of a variable stands within each row, in bytes, and whether it is a number."""

    at: int
    length: int
    numeric: bool


@dataclass(frozen=True)
class RecordLayout:
    """table: the name inside the file; fields: by variable, in order; rows: complete ones.

    start, row_length: where the rows begin and how long each is, in bytes.
    """

    table: str
    fields: dict[str, ColumnPlace]
    rows: int
    start: int
    row_length: int

    @property
    def variables(self) -> tuple[str, ...]:
        """Their names, in order."""
        return tuple(self.fields)


def read_layout(path: Path) -> RecordLayout:
    """The layout of a transport file. Raises DataFileError when it is none, or is not whole."""
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            return _layout(path, file, size)
    except OSError as error:
        what = f"cannot be read ({(error.strerror or str(error)).lower()})"
        raise DataFileError(path, what, "check the file and its permissions") from error


def _layout(path: Path, file: BinaryIO, size: int) -> RecordLayout:
    head = file.read(_HEAD_SIZE)
    _refuse_other_formats(path, head)
    if len(head) < _HEAD_SIZE:
        raise DataFileError(path, f"is cut short after {size:,} bytes, inside its header", _FETCH_AGAIN)
    count = head[_VARIABLE_COUNT]
    if not head[_DESCRIPTORS_AT:].startswith(_DESCRIPTORS) or not count.isdigit():
        raise DataFileError(path, "has a damaged header", _FETCH_AGAIN)
    described = int(count) * _DESCRIPTOR
    block_size = -(-described // _RECORD) * _RECORD + _RECORD
    block = file.read(block_size)
    if len(block) < block_size:
        raise DataFileError(
            path, f"is cut short after {size:,} bytes, inside its list of variables", _FETCH_AGAIN
        )
    if not block[-_RECORD:].startswith(_ROWS):
        raise DataFileError(path, "has a damaged list of variables", _FETCH_AGAIN)
    fields: dict[str, ColumnPlace] = {}
    row_length = 0
    for at in range(0, described, _DESCRIPTOR):
        kind, _, length = struct.unpack(">hhh", block[at : at + 6])
        name = _text(block[at + 8 : at + 16])
        usable = 0 < length <= _LONGEST_NUMBER if kind == _NUMBER else length > 0
        if not usable or name in fields or not (name.isascii() and name.isidentifier()):
            raise DataFileError(path, "has a damaged list of variables", _FETCH_AGAIN)
        fields[name] = ColumnPlace(row_length, length, kind == _NUMBER)
        row_length += length
    start = _HEAD_SIZE + len(block)
    rows = _whole_rows(path, file, row_length, size - start)
    return RecordLayout(_text(head[_MEMBER_NAME]), fields, rows, start, row_length)


def read_columns(path: Path, layout: RecordLayout, names: Sequence[str]) -> dict[str, NDArray[Any]]:
    """The columns of some variables, one value a row.

    Numbers are float64, and nan where SAS has a missing value (`.`, `._`, `.A` to `.Z`); texts are str
    without the blanks at their end. Raises DataFileError.
    """
    try:
        raw = np.fromfile(path, dtype=np.uint8, count=layout.rows * layout.row_length, offset=layout.start)
        rows = raw.reshape(layout.rows, layout.row_length)
    except (OSError, ValueError) as error:
        raise DataFileError(path, "has changed while it was read", _FETCH_AGAIN) from error
    return {name: _column(path, rows, layout.fields[name]) for name in names}


def _column(path: Path, rows: NDArray[np.uint8], field: ColumnPlace) -> NDArray[Any]:
    cells = rows[:, field.at : field.at + field.length]
    if field.numeric:
        return _numbers(cells)
    try:
        texts = [cell.tobytes().decode(_ENCODING).rstrip(" \0") for cell in cells]
    except UnicodeError as error:
        raise DataFileError(path, f"cannot be parsed ({error})", _FETCH_AGAIN) from error
    return np.array(texts, dtype=object)


def _numbers(cells: NDArray[np.uint8]) -> NDArray[np.float64]:
    """IBM's floating-point numbers, shape (rows, bytes): sign, exponent of 16 in excess 64, fraction.

    Those of fewer than eight bytes lack the last ones. A fraction of 56 bits is rounded to 53, as many as the
    numbers have that the survey's programs wrote.
    """
    whole = np.zeros((len(cells), _LONGEST_NUMBER), dtype=np.uint8)
    whole[:, : cells.shape[1]] = cells
    bits = whole.view(">u8").ravel().astype(np.uint64)
    first, fraction = whole[:, 0], bits & np.uint64((1 << 56) - 1)
    size = np.ldexp(fraction.astype(float), 4 * ((first & 0x7F).astype(np.int32) - 64) - 56)
    found: NDArray[np.float64] = np.where(first & 0x80, -size, size)
    found[(fraction == 0) & np.isin(first, _MISSING)] = np.nan
    return found


def _whole_rows(path: Path, file: BinaryIO, row_length: int, data_size: int) -> int:
    """The number of rows. Raises DataFileError when the last one is incomplete."""
    if row_length == 0:
        raise DataFileError(path, "has a damaged list of variables", _FETCH_AGAIN)
    file.seek(-min(data_size, row_length + _RECORD), 2)
    end = file.read()
    rows, rest = divmod(data_size, row_length)
    padding = len(end) - len(end.rstrip(b" "))
    # A short row fits into the padding; no person's row is blank.
    blank_rows = max(0, min(padding, _RECORD - 1) - rest) // row_length
    if data_size % _RECORD or padding < rest or rest + blank_rows * row_length >= _RECORD:
        raise DataFileError(path, f"is cut short in row {rows + 1:,}", _FETCH_AGAIN)
    return rows - blank_rows


def _refuse_other_formats(path: Path, head: bytes) -> None:
    if head.startswith(_LIBRARY):
        return
    if not head:
        raise DataFileError(path, "is empty", _FETCH_AGAIN)
    if head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"<":
        raise DataFileError(
            path,
            "is a web page, not a SAS transport file",
            "an error page in its place: when the publisher has moved its files, see fetch --base-url",
        )
    if head.startswith(_LIBRARY_VERSION_8):
        raise DataFileError(
            path, "is a SAS transport file of version 8; expected version 5", "use the publisher's own file"
        )
    if _LIBRARY.startswith(head):
        raise DataFileError(path, f"is cut short after {len(head)} bytes", _FETCH_AGAIN)
    raise DataFileError(path, "is not a SAS transport file", "use the publisher's own .xpt file")


def _text(raw: bytes) -> str:
    return raw.decode("latin-1").strip(" \0")
