"""What one more study would do, over its standard error: the width, and the chance of another answer."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from evidence.wording import NOTHING, number, percent
from synthesis.drawing.chart import Area, Chart, ChartAxis, ChartCurve, Dots, Mark, Panel, ReferenceLine
from synthesis.drawing.style import ACCENT, BAND_FILL, MUTED, PREDICTION_FILL, SUMMARY_FILL
from synthesis.planning.next_study_result import NextStudySummary
from synthesis.plots.drawable import PlotRequest
from synthesis.plots.kinds import settled
from synthesis.plots.results import words_of
from synthesis.plots.words import in_symbols
from synthesis.pooling.kernel.effects import Array, Rows

ONE_MORE = "one-more"
_MC_ERRORS = 2.0
_BESIDE = 1.15  # of the smallest and the largest standard error, where the axis ends
_ABOVE = 1.08  # of what is highest, so that it does not touch the frame
_LEAST_TOP = 0.1  # of the axis of a probability


def one_more_plot(found: NextStudySummary, request: PlotRequest) -> Chart:
    """The mean width of the interval, and the chance that a conclusion changes, with Monte Carlo errors.

    Raises ValueError for another kind of plot or an unknown word.
    """
    known = {"title": "What one more study would do"}
    words = words_of(known, settled(request, (ONE_MORE,), "One more study"))
    order = np.argsort(found.sei)
    unit = "" if words.effect == "Effect" else f": {words.effect}"
    across = ChartAxis(
        "Standard error of the new study", found.sei.min() / _BESIDE, found.sei.max() * _BESIDE, "log"
    )
    widths, chances = tuple(_widths(found, order)), tuple(_chances(found, order))
    likeliest = float(np.nanmax([*found.changes, *found.interest_changes, _LEAST_TOP]))
    above = ChartAxis(f"Mean width of the interval{unit}", 0.0, _ABOVE * _highest_width(found))
    below = ChartAxis("Chance that the answer changes", 0.0, min(1.0, _ABOVE * likeliest))
    return Chart(
        title=words.title,
        panels=((Panel(across, above, widths), Panel(across, below, chances)),),
        description=_description(found, order),
        footnotes=(
            f"An answer: whether the {percent(found.level)} interval lies below, around or above the value; "
            "bands and bars: two Monte Carlo errors.",
            in_symbols(found.method_sentence),
        ),
    )


def _highest_width(found: NextStudySummary) -> float:
    return max(found.width_now, float(np.max(found.width + _MC_ERRORS * found.width_error)))


def _widths(found: NextStudySummary, order: Rows) -> Iterator[Mark]:
    yield ReferenceLine("y", found.width_now, MUTED, "dotted", "width now")
    yield from _curve(found, found.width, found.width_error, order, SUMMARY_FILL, "mean width then")


def _chances(found: NextStudySummary, order: Rows) -> Iterator[Mark]:
    name = f"at {number(found.null)}, no effect"
    yield from _curve(found, found.changes, found.changes_error, order, ACCENT, name, top=1.0)
    if not np.isnan(found.interest):
        chance, error = found.interest_changes, found.interest_changes_error
        name = f"at {number(found.interest)}, effect of interest"
        yield from _curve(found, chance, error, order, PREDICTION_FILL, name, top=1.0)


def _curve(
    found: NextStudySummary,
    value: Array,
    error: Array,
    order: Rows,
    colour: str,
    name: str,
    top: float = np.inf,
) -> Iterator[Mark]:
    """The band of a curve, the curve, and a dot where it was simulated."""
    x, y, half = found.sei[order], value[order], _MC_ERRORS * error[order]
    low, high = np.maximum(y - half, 0.0), np.minimum(y + half, top)
    if x.size > 1:
        yield Area(np.concatenate([x, x[::-1]]), np.concatenate([low, high[::-1]]), BAND_FILL)
        yield ChartCurve(x, y, colour, 1.4)
    else:
        yield ChartCurve(np.repeat(x, 2), np.concatenate([low, high]), colour, 1.4)
    yield Dots(x, y, 2.4, colour, colour, name=name)


def _description(found: NextStudySummary, order: Rows) -> str:
    """Every number of the plot in words."""
    rows = []
    for at in order.tolist():
        chances = [f"{number(100.0 * found.changes[at], 3)}% at {number(found.null)}"]
        if not np.isnan(found.interest):
            chances.append(f"{number(100.0 * found.interest_changes[at], 3)}% at {number(found.interest)}")
        width = number(found.width[at]) if np.isfinite(found.width[at]) else NOTHING
        rows.append(
            f"standard error {number(found.sei[at])}: width {width}, chance of another answer "
            f"{' and '.join(chances)}"
        )
    return f"One more study; the interval is {number(found.width_now)} wide now. {'; '.join(rows)}."
