"""Plots of a result that comes from no review."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import Any

from synthesis.drawing.chart import Chart
from synthesis.drawing.charting import chart_figure
from synthesis.drawing.forest import forest_figure
from synthesis.drawing.saving import save_figure
from synthesis.plots.kinds import KINDS
from synthesis.plots.material import BareResult
from synthesis.plots.subject import Subject
from synthesis.pooling.result import Pooled


def draw_alone(pooled: Pooled, kind: str, path: Path, words: dict[str, Any]) -> list[Path]:
    """Write a kind of plot of a result as PNG, SVG and PDF; returns their paths.

    words: fields of Subject. Raises ValueError for an unknown kind, NotDefinedError where the result has no
    such plot.
    """
    if kind not in KINDS:
        close = difflib.get_close_matches(kind, KINDS, n=1)
        hint = f"; did you mean '{close[0]}'?" if close else "."
        raise ValueError(f"unknown kind of plot '{kind}'{hint} Expected one of: {', '.join(KINDS)}")
    title = words.pop("title", f"Pooled effect of {pooled.k} studies")
    if words.get("log") and "null" not in words:
        words["null"] = 1.0
    plot = KINDS[kind].draw(BareResult(Subject(pooled, title, **words)), "")
    figure = chart_figure(plot) if isinstance(plot, Chart) else forest_figure(plot)
    return save_figure(figure, path)
