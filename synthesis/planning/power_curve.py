"""The power curve: what more studies bring, by their number, for each size of a study."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from evidence.wording import number
from synthesis.drawing.chart import Area, Chart, ChartAxis, ChartCurve, Mark, Panel, ReferenceLine
from synthesis.drawing.style import ACCENT, BAND_FILL, INK, MUTED, PREDICTION_FILL, STUDY_FILL, SUMMARY_FILL
from synthesis.planning.planned_update import PlannedSize, PlannedSummary
from synthesis.plots.drawable import PlotRequest
from synthesis.plots.kinds import settled
from synthesis.plots.results import words_of
from synthesis.plots.words import in_symbols
from synthesis.pooling.kernel.effects import Array

POWER_CURVE = "power-curve"
_COLOURS = (SUMMARY_FILL, ACCENT, PREDICTION_FILL, STUDY_FILL, INK)
_MC_ERRORS = 2.0
_ABOVE = 1.08  # of the highest width, so that it does not touch the frame


def power_curve(plan: PlannedSummary, request: PlotRequest) -> Chart:
    """Width or power by the number of new studies, with its Monte Carlo error, the goal and the closed form.

    Raises ValueError for another kind of plot or an unknown word.
    """
    words = words_of({"title": plan.title}, settled(request, (POWER_CURVE,), "A plan"))
    goal = ReferenceLine("y", plan.target, MUTED, "dotted", "goal")
    marks: list[Mark] = [mark for at, size in enumerate(plan.sizes) for mark in _of_size(plan, size, at)]
    most = max(float(size.more[-1]) for size in plan.sizes)
    label = "Power" if plan.goal == "power" else _width_label(plan, words.effect)
    top = 1.0
    if plan.goal == "width":
        shown = [plan.target, *(float(np.nanmax(_of_goal(plan, size)[0])) for size in plan.sizes)]
        top = _ABOVE * max(shown)
    answers = " ".join(plan.answer(size) for size in plan.sizes)
    return Chart(
        title=words.title,
        panels=((Panel(ChartAxis("Studies more", 0.0, most), ChartAxis(label, 0.0, top), (*marks, goal)),),),
        description=f"{label} by the number of new studies. {answers}",
        footnotes=(answers, in_symbols(plan.method_sentence)),
    )


def _width_label(plan: PlannedSummary, effect: str) -> str:
    which = "interval" if plan.of == "mean" else "prediction interval"
    return f"Mean width of the {which}" if effect == "Effect" else f"Mean width of the {which}: {effect}"


def _of_goal(plan: PlannedSummary, size: PlannedSize) -> tuple[Array, Array]:
    """The quantity of the goal and its Monte Carlo error."""
    return (size.share, size.share_error) if plan.goal == "power" else (size.width, size.width_error)


def _of_size(plan: PlannedSummary, size: PlannedSize, at: int) -> Iterator[Mark]:
    """The band of a size, its curve and the closed form; the key tells band and closed form once."""
    colour = _COLOURS[at % len(_COLOURS)]
    value, error = _of_goal(plan, size)
    low, high = value - _MC_ERRORS * error, value + _MC_ERRORS * error
    if plan.goal == "power":
        low, high = np.maximum(low, 0.0), np.minimum(high, 1.0)
    if np.any(error > 0):
        yield Area(
            np.concatenate([size.more, size.more[::-1]]),
            np.concatenate([low, high[::-1]]),
            BAND_FILL,
            "two Monte Carlo errors" if at == 0 else "",
        )
    if not np.isnan(size.known_tau2).all():
        name = "closed form (known τ², z)" if at == 0 else ""
        yield ChartCurve(size.more, size.known_tau2, colour, 0.8, "dashed", name)
    yield ChartCurve(size.more, value, colour, 1.5, name=f"standard error {number(size.sei)}")
