"""What matplotlib's artists are drawn with, as plain numbers and words."""

from __future__ import annotations

from typing import Any

import matplotlib
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.text import Text
from numpy.typing import NDArray

from synthesis.drawing.fonts import make_known
from synthesis.drawing.style import SETTINGS


def xs(line: Line2D) -> NDArray[np.float64]:
    """The places of a line from left to right."""
    return np.asarray(line.get_xdata(), dtype=float)


def ys(line: Line2D) -> NDArray[np.float64]:
    """The heights of a line."""
    return np.asarray(line.get_ydata(), dtype=float)


def type_of(text: Text) -> tuple[float | str, str]:
    """Size and weight."""
    return text.get_fontsize(), str(text.get_fontweight())


def anchor(text: Text) -> tuple[str, str]:
    """Which point of a text stands at its position, across and up."""
    return text.get_horizontalalignment(), text.get_verticalalignment()


def drawn(figure: Figure) -> Any:
    """The renderer, once everything has found its place."""
    make_known()
    with matplotlib.rc_context(SETTINGS):
        canvas: Any = FigureCanvasAgg(figure)
        canvas.draw()
    return canvas.get_renderer()
