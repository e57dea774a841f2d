"""Charts: a described figure from panels of marks."""

from __future__ import annotations

from synthesis.drawing.chart import Chart
from synthesis.drawing.chart_layout import lay_out_chart
from synthesis.drawing.drawing import DescribedFigure, draw
from synthesis.drawing.fonts import plain


def chart_figure(chart: Chart) -> DescribedFigure:
    """Draw a chart, ready to be saved with ``save_figure``."""
    return draw(lay_out_chart(chart), plain(chart.title), plain(chart.description))
