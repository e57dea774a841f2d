"""From a figure to the bytes of a file, the same every time: no file holds a date or the name of the program.

Title and text alternative go into each format that has a place for them.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from html import escape
from io import BytesIO, StringIO
from typing import Any
from zlib import crc32

import matplotlib
from matplotlib.backends.backend_pdf import PdfPages
from matplotlib.collections import EllipseCollection
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from synthesis.drawing.canvas import DescribedFigure, draw
from synthesis.drawing.fonts import BASE, SECOND_FONT, make_known, plain, quiet_font_search
from synthesis.drawing.style import PNG_DPI, SETTINGS, TIFF_DPI

# For viewers of an SVG file who lack the font: the first two have its widths.
SUBSTITUTES = "Arial, Helvetica, sans-serif"

TALLEST_FINE = 11.7
"""Inches, the height of A4: a taller figure has the resolution of a PNG in a TIFF file too."""


def encode(figure: Figure, name: str) -> bytes:
    """The figure as a file of the format ``name``, one of ``ENCODERS``."""
    make_known()
    title = figure.title if isinstance(figure, DescribedFigure) else ""
    description = figure.description if isinstance(figure, DescribedFigure) else ""
    with matplotlib.rc_context(SETTINGS), quiet_font_search(), warnings.catch_warnings():
        # Characters that no font has are listed in the figure's fonts.
        warnings.filterwarnings("ignore", message=r"Glyph .* missing from")
        return ENCODERS[name](figure, title, description)


def _pixels(figure: Figure, dpi: int) -> Image.Image:
    """The picture without transparency."""
    raw = BytesIO()
    figure.savefig(raw, format="rgba", dpi=dpi)
    width = int(figure.get_figwidth() * dpi)
    size = (width, len(raw.getbuffer()) // (4 * width))
    return Image.frombuffer("RGBA", size, raw.getvalue(), "raw", "RGBA", 0, 1).convert("RGB")


def _png(figure: Figure, title: str, description: str) -> bytes:
    """A third smaller than matplotlib's own PNG, and faster made."""
    texts = PngInfo()
    texts.add_itxt("Title", title)
    texts.add_itxt("Description", description)
    buffer = BytesIO()
    image = _pixels(figure, PNG_DPI)
    image.save(buffer, format="png", dpi=(PNG_DPI, PNG_DPI), pnginfo=texts, compress_level=3)
    return buffer.getvalue()


def _tiff(figure: Figure, title: str, description: str) -> bytes:
    """600 dpi, as journals ask of lines with letters, or 300 where the figure is taller than a page; LZW."""
    dpi = TIFF_DPI if figure.get_figheight() <= TALLEST_FINE else PNG_DPI
    buffer = BytesIO()
    # the description of a TIFF file is ASCII
    words = f"{title}. {description}".encode("ascii", "replace").decode()
    _pixels(figure, dpi).save(
        buffer, format="tiff", dpi=(dpi, dpi), compression="tiff_lzw", description=words
    )
    return buffer.getvalue()


def _svg(figure: Figure, title: str, description: str) -> bytes:
    """The figure with its text as text, and its words where screen readers look for them."""
    buffer = StringIO()
    figure.savefig(
        buffer,
        format="svg",
        dpi=PNG_DPI,
        metadata={"Date": None, "Creator": None, "Type": None, "Format": None},
    )
    head, start, rest = buffer.getvalue().partition("<svg ")
    attributes, end, body = rest.partition(">")
    # Several figures may stand in one HTML page, where ids must differ.
    key = f"{crc32(f'{title} {description}'.encode()):08x}"
    role = f'role="img" aria-labelledby="title-{key} desc-{key}" '
    words = f'\n <title id="title-{key}">{escape(title, quote=False)}</title>'
    words += f'\n <desc id="desc-{key}">{escape(description, quote=False)}</desc>'
    body = body.replace(f"font-family: '{BASE}'", f"font-family: '{BASE}', {SUBSTITUTES}")
    return f"{head}{start}{role}{attributes}{end}{words}{body}".encode()


def _embedding(figure: Figure) -> dict[Any, Any]:
    """Fonts go in as TrueType, which ours are; those of other kinds, which others may be, as Type 3.

    Both settings are the same: matplotlib's PDF files are made by that of PostScript in part.
    """
    others = set(figure.fonts.fallbacks) - {SECOND_FONT} if isinstance(figure, DescribedFigure) else ()
    return dict.fromkeys(("pdf.fonttype", "ps.fonttype"), 3 if others else 42)


def _pdf(figure: Figure, title: str, description: str) -> bytes:
    metadata = {
        "Title": title,
        "Subject": description,
        "CreationDate": None,
        "Creator": None,
        "Producer": None,
    }
    buffer = BytesIO()
    embedding = matplotlib.rc_context(_embedding(figure))
    with embedding, PdfPages(buffer, metadata=metadata) as pages:
        for layout in figure.before if isinstance(figure, DescribedFigure) else ():
            pages.savefig(draw(layout, title, description), dpi=PNG_DPI)
        pages.savefig(figure, dpi=PNG_DPI)
    return buffer.getvalue()


def _eps(figure: Figure, title: str, description: str) -> bytes:
    """PostScript knows no transparency: what lets the ground show has the colour it has on white."""
    buffer = BytesIO()
    with matplotlib.rc_context(_embedding(figure)), _opaque(figure):
        figure.savefig(buffer, format="eps", dpi=PNG_DPI)
    name = plain(title).encode("ascii", "replace").replace(b"\\", b"/")
    data = re.sub(rb"%%(Title|Creator|CreationDate): [^\n]*\n", b"", buffer.getvalue())
    head, end, rest = data.partition(b"\n")
    return head + end + b"%%Title: " + name[:200] + end + rest


@contextmanager
def _opaque(figure: Figure) -> Iterator[None]:
    """Transparent circles in their colour on white, and none of them as pixels, which would hide lines."""
    kept = []
    for dots in figure.findobj(EllipseCollection):
        alpha = dots.get_alpha()
        kept.append((dots, dots.get_facecolor(), dots.get_edgecolor(), alpha, dots.get_rasterized()))
        share = 1.0 if alpha is None else float(alpha)
        colours = [_on_white(colours, share) for colours in (dots.get_facecolor(), dots.get_edgecolor())]
        dots.set_alpha(None)
        dots.set_facecolor(colours[0])
        dots.set_edgecolor(colours[1])
        dots.set_rasterized(False)
    try:
        yield
    finally:
        for dots, fill, edge, alpha, pixels in kept:
            dots.set_facecolor(fill)
            dots.set_edgecolor(edge)
            dots.set_alpha(alpha)
            dots.set_rasterized(pixels)


def _on_white(colours: Any, share: float) -> list[tuple[float, float, float]]:
    mixed = [[1.0 - share * (1.0 - part) for part in to_rgb(colour)] for colour in colours]
    return [(red, green, blue) for red, green, blue in mixed]


ENCODERS: dict[str, Callable[[Figure, str, str], bytes]] = {
    "png": _png,
    "svg": _svg,
    "pdf": _pdf,
    "eps": _eps,
    "tiff": _tiff,
}
