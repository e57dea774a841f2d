"""A forest plot of one page."""

from __future__ import annotations

from synthesis.drawing.forest_table import ForestTable
from synthesis.drawing.layout import lay_out_pages
from synthesis.drawing.shapes import Layout


def lay_out(table: ForestTable) -> Layout:
    """The only page of a forest plot."""
    (page,) = lay_out_pages(table)
    return page
