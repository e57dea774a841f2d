"""From a chart or a forest plot to a figure, to the bytes of its files, to files, whole or not at all.

The bytes are the same every time: no file holds a date or the name of the program. Title and text alternative
go into each.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from html import escape
from io import BytesIO, StringIO
from pathlib import Path
from zlib import crc32

import matplotlib
from matplotlib.backends.backend_pdf import PdfPages
from matplotlib.figure import Figure
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from evidence.records.replacing import replace_bytes
from synthesis.drawing.canvas import DescribedFigure, draw
from synthesis.drawing.chart import Chart
from synthesis.drawing.chart_layout import lay_out_chart
from synthesis.drawing.content import forest_alternative
from synthesis.drawing.fonts import BASE, plain, quiet_font_search
from synthesis.drawing.forest_table import ForestTable
from synthesis.drawing.layout import lay_out_pages
from synthesis.drawing.style import PNG_DPI, SETTINGS

# For viewers of an SVG file who lack the font: Verdana's digits have its width, the others are narrower.
SUBSTITUTES = "Verdana, Arial, Helvetica, sans-serif"


def encode(figure: Figure, name: str) -> bytes:
    """The figure as a file of the format ``name``, one of ``ENCODERS``."""
    title = figure.title if isinstance(figure, DescribedFigure) else ""
    description = figure.description if isinstance(figure, DescribedFigure) else ""
    with matplotlib.rc_context(SETTINGS), quiet_font_search(), warnings.catch_warnings():
        # Characters that no font has are listed in the figure's fonts.
        warnings.filterwarnings("ignore", message=r"Glyph .* missing from")
        return ENCODERS[name](figure, title, description)


def _png(figure: Figure, title: str, description: str) -> bytes:
    """The picture without transparency: a third smaller and faster than matplotlib's own PNG."""
    raw = BytesIO()
    figure.savefig(raw, format="rgba", dpi=PNG_DPI)
    width = int(figure.get_figwidth() * PNG_DPI)
    size = (width, len(raw.getbuffer()) // (4 * width))
    texts = PngInfo()
    texts.add_itxt("Title", title)
    texts.add_itxt("Description", description)
    buffer = BytesIO()
    image = Image.frombuffer("RGBA", size, raw.getvalue(), "raw", "RGBA", 0, 1).convert("RGB")
    image.save(buffer, format="png", dpi=(PNG_DPI, PNG_DPI), pnginfo=texts, compress_level=3)
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


def _pdf(figure: Figure, title: str, description: str) -> bytes:
    """Fonts go in as TrueType; those of other kinds, which an installed font may be, as Type 3."""
    own_font_only = not (isinstance(figure, DescribedFigure) and figure.fonts.fallbacks)
    metadata = {
        "Title": title,
        "Subject": description,
        "CreationDate": None,
        "Creator": None,
        "Producer": None,
    }
    buffer = BytesIO()
    embedding = matplotlib.rc_context({"pdf.fonttype": 42 if own_font_only else 3})
    with embedding, PdfPages(buffer, metadata=metadata) as pages:
        for layout in figure.before if isinstance(figure, DescribedFigure) else ():
            pages.savefig(draw(layout, title, description), dpi=PNG_DPI)
        pages.savefig(figure, dpi=PNG_DPI)
    return buffer.getvalue()


ENCODERS: dict[str, Callable[[Figure, str, str], bytes]] = {"png": _png, "svg": _svg, "pdf": _pdf}
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


# Charts: a described figure from panels of marks.


def chart_figure(chart: Chart) -> DescribedFigure:
    """Draw a chart, ready to be saved with ``save_figure``."""
    return draw(lay_out_chart(chart), plain(chart.title), plain(chart.description))


# The forest plot.


def forest_figure(table: ForestTable) -> DescribedFigure:
    """Draw a forest plot at the size its rows need, ready to be saved with ``save_figure``.

    Very many rows stand on pages: a PDF file has all of them, a PNG or SVG file the last, with the summary.

    Raises nothing of its own: a ForestTable has been checked when it was made.
    """
    *before, last = lay_out_pages(table)
    figure = draw(last, plain(table.title), forest_alternative(table))
    figure.before = tuple(before)
    return figure
