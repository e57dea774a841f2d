"""The cumulative z and its bounds, over the information that is there."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from synthesis.drawing.chart import Chart, ChartAxis, ChartCurve, Dots, Mark, Panel, ReferenceLine
from synthesis.drawing.style import ACCENT, MUTED, NULL_LINE, PREDICTION_FILL, SUMMARY_FILL
from synthesis.planning.sequential_result import SequentialSummary
from synthesis.plots.drawable import PlotRequest
from synthesis.plots.kinds import settled
from synthesis.plots.results import words_of
from synthesis.plots.words import in_symbols
from synthesis.pooling.kernel.effects import Array

SEQUENTIAL = "sequential"
_LEAST_HIGH = 4.5  # of the axis of z: room for the bounds
_ROOM = 1.1


def sequential_plot(found: SequentialSummary, request: PlotRequest) -> Chart:
    """z study by study over the share of the required information, with bounds on both sides.

    Raises ValueError for another kind of plot or an unknown word.
    """
    known = {"title": f"Cumulative z with bounds, {len(found.labels):,} looks"}
    words = words_of(known, settled(request, (SEQUENTIAL,), "A sequential analysis"))
    share = 100.0 * found.fraction
    high = _ROOM * max(_LEAST_HIGH, float(np.abs(found.z).max()))
    along = max(100.0, float(share[-1])) * _ROOM
    return Chart(
        title=words.title,
        panels=(
            (
                Panel(
                    ChartAxis("Required information that is there (%)", 0.0, along),
                    ChartAxis("Cumulative z", -high, high),
                    tuple(_marks(found, share, high)),
                ),
            ),
        ),
        description=f"Cumulative z over the information that is there. {found.sentence}",
        footnotes=(found.says, found.sentence, in_symbols(found.method_sentence)),
    )


def _marks(found: SequentialSummary, share: Array, high: float) -> Iterator[Mark]:
    yield ReferenceLine("y", 0.0, NULL_LINE)
    yield ReferenceLine("y", found.plain, MUTED, "dotted", "a single look")
    yield ReferenceLine("y", -found.plain, MUTED, "dotted")
    yield ReferenceLine("x", 100.0, MUTED, "dashed", "required information")
    for name, bound, colour in (
        (f"{found.spending} bound", found.bound, ACCENT),
        ("iterated logarithm", found.lil, PREDICTION_FILL),
    ):
        shown = np.where(bound <= high, bound, np.nan)
        if np.isnan(shown).all():
            continue
        for side, key in ((1.0, name), (-1.0, "")):
            yield ChartCurve(share, side * shown, colour, 1.2, name=key)
            yield Dots(share[~np.isnan(shown)], side * shown[~np.isnan(shown)], 1.4, colour, colour)
    yield ChartCurve(share, found.z, SUMMARY_FILL, 1.6)
    yield Dots(share, found.z, 2.6, SUMMARY_FILL, name="cumulative z")
