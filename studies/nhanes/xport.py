"""What a SAS transport file (version 5) says about itself, and whether it is whole.

A transport file does not state its number of rows, so that one cut short reads without complaint,
with fewer persons. Its layout tells: 80-byte records, descriptors of the variables, then rows of equal
length with blanks up to the next multiple of 80.
Source: SAS Technical Support document TS-140, "Record layout of a SAS version 5 or 6 data set in SAS
transport (XPORT) format".
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

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


@dataclass(frozen=True)
class RecordLayout:
    """table: the name inside the file; variables: in order; rows: complete ones."""

    table: str
    variables: tuple[str, ...]
    rows: int


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
    descriptors = [block[at : at + _DESCRIPTOR] for at in range(0, described, _DESCRIPTOR)]
    variables = tuple(_text(descriptor[8:16]) for descriptor in descriptors)
    if not all(name.isascii() and name.isidentifier() for name in variables):
        raise DataFileError(path, "has a damaged list of variables", _FETCH_AGAIN)
    row_length = sum(struct.unpack(">h", descriptor[4:6])[0] for descriptor in descriptors)
    rows = _whole_rows(path, file, row_length, size - _HEAD_SIZE - len(block))
    return RecordLayout(_text(head[_MEMBER_NAME]), variables, rows)


def _whole_rows(path: Path, file: BinaryIO, row_length: int, data_size: int) -> int:
    """The number of rows. Raises DataFileError when the last one is incomplete."""
    if row_length <= 0:
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
