"""How wide a figure is printed, and in which formats it is written, as people say it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from numbers import Real
from os import PathLike
from pathlib import Path
from typing import Any

from evidence.choices import named
from synthesis.drawing.style import PAGE_WIDTH, POINTS_PER_INCH

FORMATS = ("png", "svg", "pdf", "eps", "tiff")
USUAL_FORMATS = FORMATS[:3]
SLIDE_INCHES = 13.0 + 1.0 / 3.0  # of a 16:9 slide
NARROWEST_MM, WIDEST_MM = 60.0, 500.0

_MM_PER_INCH = 25.4
_IN_MM = {"mm": 1.0, "cm": 10.0, "in": _MM_PER_INCH}
_LENGTH = re.compile(r"\s*(\d+(?:\.\d+)?)\s*(mm|cm|in|inch|inches|\")?\s*", re.IGNORECASE)
_SUFFIXES = {"tif": "tiff"}
_OTHERS = {"jpg", "jpeg", "gif", "bmp", "webp", "ps", "emf", "wmf", "pptx", "docx", "html"}


@dataclass(frozen=True)
class PrintedWidth:
    """The width in points that a layout is made for, and how many times larger it is then drawn."""

    points: float
    times: float = 1.0


def as_width(width: Any) -> PrintedWidth | None:
    """A width such as "85mm", "8.5 cm", "3.35in", 85 (millimetres) or "slide"; None stays the usual one.

    A slide is a page of seven inches, enlarged: its smallest letters have 13 points. Raises ValueError for
    anything else, and for what no page is.
    """
    if width is None:
        return None
    text = str(width)
    if text.strip().lower() == "slide":
        return PrintedWidth(PAGE_WIDTH, SLIDE_INCHES * POINTS_PER_INCH / PAGE_WIDTH)
    found = _LENGTH.fullmatch(text)
    if found is None or isinstance(width, bool) or not isinstance(width, Real | str):
        raise ValueError(f"width is {width!r}; expected a length such as 85mm, 17.4cm or 7in, or slide")
    unit = (found[2] or "mm").lower()
    millimetres = float(found[1]) * _IN_MM.get(unit, _MM_PER_INCH)
    if not NARROWEST_MM <= millimetres <= WIDEST_MM:
        raise ValueError(
            f"width is {width!r}, {millimetres:g} mm; expected {NARROWEST_MM:g} to {WIDEST_MM:g} mm, such as "
            "85mm or 174mm, or slide"
        )
    return PrintedWidth(millimetres / _MM_PER_INCH * POINTS_PER_INCH)


def as_formats(formats: str | Iterable[str] | None) -> tuple[str, ...]:
    """Formats from "png,svg" or a list, each once; the usual three for None.

    Raises ValueError for a format that is not known, and for none at all.
    """
    if formats is None:
        return USUAL_FORMATS
    given = formats.split(",") if isinstance(formats, str) else list(formats)
    names = [str(name).strip().lower().removeprefix(".") for name in given]
    chosen = tuple(dict.fromkeys(_SUFFIXES.get(name, name) for name in names if name))
    return tuple(named(name, FORMATS, "figure format") for name in chosen or ("",))


def split_path(path: str | Path, formats: str | Iterable[str] | None) -> tuple[Path, tuple[str, ...]]:
    """The path without a suffix that is a format, and the formats: those asked for, or that of the suffix.

    Raises ValueError where both are given and differ, and for formats that are not known.
    """
    if not isinstance(path, str | PathLike) or not Path(path).name:
        raise ValueError(f"path is {path!r}; expected the name of a file, such as figure-1.pdf")
    path = Path(path)
    suffix = path.suffix.lower().removeprefix(".")
    own = _SUFFIXES.get(suffix, suffix)
    if own in _OTHERS:
        named(own, FORMATS, "figure format")  # refuses it
    if own not in FORMATS:
        return path, as_formats(formats)
    if formats is not None and as_formats(formats) != (own,):
        raise ValueError(
            f"the path '{path}' says {own} and format {', '.join(as_formats(formats))}; expected one of them"
        )
    return path.with_suffix(""), (own,)
