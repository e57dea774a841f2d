"""Plots of an analysis that need no pool: directions, observed effects, p-values against persons."""

from __future__ import annotations

from typing import NoReturn

from synthesis.drawing.chart import Chart
from synthesis.plots.subject import NotDefinedError
from synthesis.review.analysis_result import AnalysisResult
from synthesis.review.direction_words import DIRECTION_KINDS, direction_plot
from synthesis.review.observed import observed_plot
from synthesis.review.p_and_n import albatross_of
from synthesis.without_pooling.box_chart import BOX

ALBATROSS = "albatross"
UNPOOLED_KINDS = {
    **DIRECTION_KINDS,
    BOX: "Which effects were observed? A dot for each on the box of their quartiles, without pooling.",
    ALBATROSS: "Which effects agree with p and n? p-values against persons, with contours of effects.",
}
"""What each answers."""


def without_records(*_: object) -> NoReturn:
    """Raises NotDefinedError: a pooled result alone has no records."""
    raise NotDefinedError("This plot is of what a review's records tell.")


def unpooled_plot(kind: str, result: AnalysisResult) -> Chart:
    """A kind of UNPOOLED_KINDS of an analysis.

    Raises NotDefinedError, with the reason as a sentence, where its records do not tell what it shows.
    """
    if kind in DIRECTION_KINDS:
        return direction_plot(kind, result)
    return observed_plot(result) if kind == BOX else albatross_of(result)
