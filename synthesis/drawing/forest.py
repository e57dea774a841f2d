"""The forest plot."""

from synthesis.drawing.alternative import forest_alternative
from synthesis.drawing.drawing import DescribedFigure, draw
from synthesis.drawing.fonts import plain
from synthesis.drawing.forest_table import ForestTable
from synthesis.drawing.layout import lay_out


def forest_figure(table: ForestTable) -> DescribedFigure:
    """Draw a forest plot at the size its rows need, ready to be saved with ``save_figure``.

    Raises nothing of its own: a ForestTable has been checked when it was made.
    """
    return draw(lay_out(table), plain(table.title), forest_alternative(table))
