"""Figures as PNG, SVG and PDF files with their words, the same bytes every time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from xml.sax.saxutils import escape

import matplotlib
from matplotlib.figure import Figure

from evidence.records.writing.files import replace_bytes
from studies.nhanes.figures.style import DPI, SETTINGS


@dataclass(frozen=True, eq=False)
class DescribedFigure:
    """A figure, the name of its files, and the words for who cannot see it."""

    figure: Figure
    name: str
    title: str
    description: str


def save_figure(drawn: DescribedFigure, folder: Path) -> list[Path]:
    """Write name.png (300 dpi), name.svg and name.pdf into a folder, which is made, and return their paths.

    All three are made before the first file is replaced, and each is replaced in one step. Title and
    description are in each; no file holds a date. Raises OSError where the folder cannot be written.
    """
    with matplotlib.rc_context(SETTINGS):
        made = [(folder / f"{drawn.name}.{kind}", encode(drawn)) for kind, encode in _ENCODERS.items()]
    folder.mkdir(parents=True, exist_ok=True)
    for path, data in made:
        replace_bytes(path, data)
    return [path for path, _ in made]


def _png(drawn: DescribedFigure) -> bytes:
    words = {"Title": drawn.title, "Description": drawn.description, "Software": None}
    return _saved(drawn.figure, "png", words)


def _pdf(drawn: DescribedFigure) -> bytes:
    words = {"Title": drawn.title, "Subject": drawn.description}
    return _saved(drawn.figure, "pdf", words | dict.fromkeys(("CreationDate", "Creator", "Producer")))


def _svg(drawn: DescribedFigure) -> bytes:
    """Text stays text, and the words stand where screen readers look for them."""
    plain = _saved(drawn.figure, "svg", dict.fromkeys(("Date", "Creator", "Type", "Format"))).decode()
    head, start, rest = plain.partition("<svg ")
    attributes, end, body = rest.partition(">")
    ids = f"title-{drawn.name}", f"desc-{drawn.name}"
    role = f'role="img" aria-labelledby="{" ".join(ids)}" '
    words = f'\n <title id="{ids[0]}">{escape(drawn.title)}</title>'
    words += f'\n <desc id="{ids[1]}">{escape(drawn.description)}</desc>'
    return f"{head}{start}{role}{attributes}{end}{words}{body}".encode()


def _saved(figure: Figure, kind: str, metadata: dict[str, str | None]) -> bytes:
    buffer = BytesIO()
    # The resolution is also that of the points, which are a picture in an SVG or PDF file too.
    figure.savefig(buffer, format=kind, dpi=DPI, metadata=metadata)
    return buffer.getvalue()


_ENCODERS: dict[str, Callable[[DescribedFigure], bytes]] = {"png": _png, "svg": _svg, "pdf": _pdf}
