"""Writing a figure to files, each whole or not at all."""

from collections.abc import Sequence
from pathlib import Path

from matplotlib.figure import Figure

from evidence.records.writing.atomic import replace_bytes
from synthesis.drawing.formats import ENCODERS, encode

FORMATS = tuple(ENCODERS)


def save_figure(figure: Figure, stem: Path, formats: Sequence[str] = FORMATS) -> list[Path]:
    """Write ``stem``.png, .svg and .pdf (or those asked for) and return their paths.

    PNG files have 300 dpi, SVG files keep text as text, PDF files embed their fonts. All formats are made
    before the first file is replaced, and each file is replaced in one step: a failure leaves the old
    files. Missing folders are made. Raises ValueError for an unknown format and OSError where the folder
    cannot be written.
    """
    for name in formats:
        if name not in ENCODERS:
            raise ValueError(f"figure format '{name}' is not known; expected one of {', '.join(FORMATS)}")
    made = [(stem.with_name(f"{stem.name}.{name}"), encode(figure, name)) for name in formats]
    stem.parent.mkdir(parents=True, exist_ok=True)
    for path, data in made:
        replace_bytes(path, data)
    return [path for path, _ in made]
