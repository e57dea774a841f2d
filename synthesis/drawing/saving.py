"""From a chart, a forest plot or a flow to a figure of a printed width, and to files, whole or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from matplotlib.figure import Figure

from evidence.choices import named
from evidence.records.replacing import replace_bytes
from synthesis.drawing.canvas import DescribedFigure, draw
from synthesis.drawing.chart import Chart, Plot
from synthesis.drawing.chart_layout import lay_out_chart
from synthesis.drawing.content import forest_alternative
from synthesis.drawing.encoding import ENCODERS, encode
from synthesis.drawing.enlarging import enlarged
from synthesis.drawing.flow_columns_layout import lay_out_columns
from synthesis.drawing.flow_diagram import AnyFlow, FlowColumns, FlowDiagram, flow_alternative
from synthesis.drawing.flow_layout import lay_out_flow
from synthesis.drawing.fonts import plain
from synthesis.drawing.forest_table import ForestTable
from synthesis.drawing.layout import lay_out_pages
from synthesis.drawing.printing import USUAL_FORMATS, PrintedWidth
from synthesis.drawing.style import PAGE_WIDTH


def save_figure(figure: Figure, stem: Path, formats: Sequence[str] = USUAL_FORMATS) -> list[Path]:
    """Write ``stem``.png, .svg and .pdf (or those asked for) and return their paths.

    PNG files have 300 dpi and TIFF files 600, SVG files keep text as text, PDF and EPS files embed their
    fonts. All formats are made before the first file is replaced, and each file is replaced in one step: a
    failure leaves the old files. Missing folders are made. Raises ValueError for an unknown format and
    OSError where the folder cannot be written.
    """
    formats = [named(name, ENCODERS, "figure format") for name in formats]
    made = [(stem.with_name(f"{stem.name}.{name}"), encode(figure, name)) for name in formats]
    stem.parent.mkdir(parents=True, exist_ok=True)
    for path, data in made:
        replace_bytes(path, data)
    return [path for path, _ in made]


def figure_of(content: Plot | AnyFlow, width: PrintedWidth | None = None) -> DescribedFigure:
    """Draw a chart, a forest plot or a flow, ready to be saved with ``save_figure``.

    Raises ValueError where the numbers of a forest plot have no room at this width.
    """
    if isinstance(content, FlowDiagram | FlowColumns):
        return flow_figure(content, width)
    return chart_figure(content, width) if isinstance(content, Chart) else forest_figure(content, width)


def chart_figure(chart: Chart, width: PrintedWidth | None = None) -> DescribedFigure:
    """Draw a chart; seven inches wide without a width."""
    layout = lay_out_chart(chart) if width is None else lay_out_chart(chart, width.points)
    layout = layout if width is None else enlarged(layout, width.times)
    return draw(layout, plain(chart.title), plain(chart.description))


def flow_figure(flow: AnyFlow, width: PrintedWidth | None = None) -> DescribedFigure:
    """Draw a flow diagram, or a flow in columns; seven inches wide without a width."""
    page, times = (PAGE_WIDTH, 1.0) if width is None else (width.points, width.times)
    layout = lay_out_flow(flow, page) if isinstance(flow, FlowDiagram) else lay_out_columns(flow, page)
    return draw(enlarged(layout, times), plain(flow.title), plain(flow_alternative(flow)))


def forest_figure(table: ForestTable, width: PrintedWidth | None = None) -> DescribedFigure:
    """Draw a forest plot; without a width as wide as its columns need, about seven inches.

    Very many rows stand on pages: a PDF file has all of them, other files the last, with the summary.
    Raises ValueError where the numbers have no room at this width; a ForestTable itself was checked when it
    was made.
    """
    layouts = lay_out_pages(table, None if width is None else width.points)
    *before, last = layouts if width is None else (enlarged(layout, width.times) for layout in layouts)
    figure = draw(last, plain(table.title), forest_alternative(table))
    figure.before = tuple(before)
    return figure
