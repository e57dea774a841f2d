"""TrueType fonts cut down to the glyphs that a PDF shows.

Text reaches the PDF as numbered glyphs in their places: of a font's tables it asks for outlines and widths
alone (ISO 32000-1:2008, section 9.9), without hints. Tables as in the OpenType specification 1.9.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

_CHECKSUM_OF_A_FONT = 0xB1B0AFBA
_GLYPH_HEADER = 10  # bytes: number of contours, then the box
# Flags of a component of a composite glyph.
_WORDS, _SCALE, _MORE, _TWO_SCALES, _TWO_BY_TWO, _INSTRUCTIONS = 0x1, 0x8, 0x20, 0x40, 0x80, 0x100


class NotTrueTypeError(ValueError):
    """A font without TrueType outlines."""


@dataclass(frozen=True)
class FontSubset:
    """A font file in memory, and what each glyph's number in the whole font has become."""

    data: bytes
    numbers: dict[int, int]


@dataclass(frozen=True, eq=False)
class _Font:
    """offsets: shape (glyphs + 1,), where each glyph begins in glyf; metrics: shape (glyphs, 2)."""

    tables: dict[str, bytes]
    offsets: NDArray[np.int64]
    metrics: NDArray[np.uint16]

    def glyph(self, number: int) -> bytes:
        return self.tables["glyf"][self.offsets[number] : self.offsets[number + 1]]


def font_subset(path: str, glyphs: Iterable[int]) -> FontSubset:
    """The font with these glyphs, those they are composed of, and the one for what is missing.

    Raises NotTrueTypeError for a font of another kind.
    """
    font = _read(path)
    kept = sorted(_with_components(font, {0, *glyphs}))
    numbers = {old: new for new, old in enumerate(kept)}
    outlines = [_without_hints(font.glyph(old), numbers) for old in kept]
    ends = np.cumsum([0, *map(len, outlines)])
    head = bytearray(font.tables["head"])
    head[8:12] = bytes(4)  # the checksum of the whole font, which comes last
    head[50:52] = b"\0\1"  # long offsets
    tables = {
        "glyf": b"".join(outlines),
        "head": bytes(head),
        "hhea": font.tables["hhea"][:34] + struct.pack(">H", len(kept)),
        "hmtx": font.metrics[kept].astype(">u2").tobytes(),
        "loca": ends.astype(">u4").tobytes(),
        "maxp": font.tables["maxp"][:4] + struct.pack(">H", len(kept)) + font.tables["maxp"][6:],
    }
    return FontSubset(_font_file(tables), numbers)


@cache
def _read(path: str) -> _Font:
    data = Path(path).read_bytes()
    if data[:4] not in (b"\0\1\0\0", b"true"):
        raise NotTrueTypeError(f"'{path}' has no TrueType outlines")
    tables = {}
    for index in range(struct.unpack_from(">H", data, 4)[0]):
        tag, _, offset, length = struct.unpack_from(">4sIII", data, 12 + 16 * index)
        tables[tag.decode("latin-1")] = data[offset : offset + length]
    count = struct.unpack_from(">H", tables["maxp"], 4)[0]
    long = struct.unpack_from(">h", tables["head"], 50)[0]
    raw = np.frombuffer(tables["loca"], ">u4" if long else ">u2", count + 1).astype(np.int64)
    full = struct.unpack_from(">H", tables["hhea"], 34)[0]  # glyphs after these have the width of the last
    metrics = np.empty((count, 2), np.uint16)
    metrics[:full] = np.frombuffer(tables["hmtx"], ">u2", 2 * full).reshape(full, 2)
    metrics[full:, 0] = metrics[full - 1, 0]
    metrics[full:, 1] = np.frombuffer(tables["hmtx"], ">u2", count - full, 4 * full)
    return _Font(tables, raw if long else 2 * raw, metrics)


def _with_components(font: _Font, glyphs: set[int]) -> set[int]:
    found: set[int] = set()
    waiting = list(glyphs)
    while waiting:
        number = waiting.pop()
        if number not in found:
            found.add(number)
            waiting += [component for _, _, component, _ in _components(font.glyph(number))]
    return found


def _components(glyph: bytes) -> Iterator[tuple[int, int, int, int]]:
    """Place, flags and number of each glyph a composite is made of, and where its entry ends."""
    if len(glyph) < _GLYPH_HEADER or struct.unpack_from(">h", glyph)[0] >= 0:
        return
    at, flags = _GLYPH_HEADER, _MORE
    while flags & _MORE:
        flags, number = struct.unpack_from(">HH", glyph, at)
        scale = 2 if flags & _SCALE else 4 if flags & _TWO_SCALES else 8 if flags & _TWO_BY_TWO else 0
        end = at + 4 + (4 if flags & _WORDS else 2) + scale
        yield at, flags, number, end
        at = end


def _without_hints(glyph: bytes, numbers: dict[int, int]) -> bytes:
    """The outline with its components' new numbers and without instructions, in whole words."""
    if not glyph:
        return b""
    contours = struct.unpack_from(">h", glyph)[0]
    if contours < 0:
        made = bytearray(glyph)
        parts = list(_components(glyph))
        for at, flags, number, _ in parts:
            struct.pack_into(">HH", made, at, flags & ~_INSTRUCTIONS, numbers[number])
        del made[parts[-1][3] :]
        outline = bytes(made)
    else:
        points = _GLYPH_HEADER + 2 * contours
        length = struct.unpack_from(">H", glyph, points)[0]
        outline = glyph[:points] + b"\0\0" + glyph[points + 2 + length :]
    return outline + bytes(-len(outline) % 4)


def _font_file(tables: dict[str, bytes]) -> bytes:
    power = len(tables).bit_length() - 1
    header = struct.pack(
        ">4sHHHH", b"\0\1\0\0", len(tables), 16 << power, power, 16 * len(tables) - (16 << power)
    )
    offset = len(header) + 16 * len(tables)
    body, head = BytesIO(), 0
    for tag, table in sorted(tables.items()):
        padded = table + bytes(-len(table) % 4)
        header += struct.pack(">4sIII", tag.encode(), _checksum(padded), offset + body.tell(), len(table))
        head = offset + body.tell() if tag == "head" else head
        body.write(padded)
    made = bytearray(header + body.getvalue())
    struct.pack_into(">I", made, head + 8, (_CHECKSUM_OF_A_FONT - _checksum(bytes(made))) & 0xFFFFFFFF)
    return bytes(made)


def _checksum(data: bytes) -> int:
    return int(np.frombuffer(data, ">u4").sum(dtype=np.uint64)) & 0xFFFFFFFF
