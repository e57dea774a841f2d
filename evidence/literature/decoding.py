"""Bytes of an export as numbered lines, whatever encoding and line ends it has, in little memory."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

CHUNK = 1 << 18
LONGEST_LINE = 1 << 22
"""Bytes after which a line is cut: a file without line ends is read in pieces."""

_END = re.compile(rb"\r\n|\n|\r")
_MARKS = (  # the longer ones first: UTF-32's begins with UTF-16's
    *((codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32")),
    *((codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16")),
)


def text_lines(path: Path) -> Iterator[tuple[int, str]]:
    """Lines with their numbers from 1, without their ends.

    A mark at the beginning says UTF-16 or UTF-32; otherwise each line is UTF-8 or, where it cannot be, the
    Windows code page of Western Europe: exports that were pasted together have both. Raises OSError.
    """
    with path.open("rb") as file:
        head = file.read(4)
        file.seek(0)
        wide = next((name for mark, name in _MARKS if head.startswith(mark)), None) or _unmarked(head)
        for number, line in enumerate(_byte_lines(_as_utf8(file, wide) if wide else _chunks(file)), 1):
            text = _decoded(line)
            yield number, text.removeprefix("\ufeff") if number == 1 else text


def _unmarked(head: bytes) -> str | None:
    if len(head) == 4 and head[1] == 0 == head[3] and head[0] and head[2]:
        return "utf-16-le"
    if len(head) == 4 and head[0] == 0 == head[2] and head[1] and head[3]:
        return "utf-16-be"
    return None


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    while chunk := file.read(CHUNK):
        yield chunk


def _as_utf8(file: BinaryIO, encoding: str) -> Iterator[bytes]:
    decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
    for chunk in _chunks(file):
        yield decoder.decode(chunk).encode("utf-8", "replace")
    yield decoder.decode(b"", final=True).encode("utf-8", "replace")


def _byte_lines(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Lines of whatever end; the last one has none."""
    rest = b""
    for chunk in chunks:
        rest += chunk
        half = rest.endswith(b"\r")  # its \n may be the next chunk's first
        *whole, rest = _END.split(rest[:-1] if half else rest)
        rest += b"\r" if half else b""
        yield from whole
        while len(rest) > LONGEST_LINE:
            yield rest[:LONGEST_LINE]
            rest = rest[LONGEST_LINE:]
    if rest.endswith(b"\r"):
        rest = rest[:-1]
    if rest:
        yield rest


def _decoded(line: bytes) -> str:
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        try:
            return line.decode("cp1252")
        except UnicodeDecodeError:
            return line.decode("latin-1")
