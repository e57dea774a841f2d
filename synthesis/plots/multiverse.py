"""Specification curve: the result under every defensible choice, sorted, with the choices below."""

from __future__ import annotations

import numpy as np

from evidence.wording import percent
from synthesis.diagnostics.multiverse import Multiverse
from synthesis.drawing.chart import Chart, ChartAxis, ChartCurve, Dots, Panel, Values
from synthesis.drawing.style import ACCENT, MUTED, SUMMARY_FILL
from synthesis.plots.subject import NotDefinedError, Subject, Words
from synthesis.plots.words import as_is, bars, effect_axis, in_symbols, no_effect
from synthesis.pooling.kernel.effects import Rows

ROW = 9.5  # points between the rows of options
DRAWN = 400  # more specifications than this are drawn as evenly spaced ones of the sorted order


def multiverse_plot(subject: Subject, found: Multiverse) -> Chart:
    """The specification curve of a pooled result."""
    return specification_curve(subject.words, found, subject.pooled.level)


def specification_curve(subject: Words, found: Multiverse, level: float) -> Chart:
    """Sorted estimates with intervals above, one row of ticks for each option below.

    level: of the intervals. Raises NotDefinedError where no specification has a result.
    """
    defined = np.flatnonzero(found.defined)
    if not defined.size:
        raise NotDefinedError("A specification curve needs at least one specification of two studies.")
    order = defined[np.argsort(found.estimate[defined], kind="stable")]
    shown = order
    if order.size > DRAWN:
        shown = order[np.linspace(0, order.size - 1, DRAWN).round().astype(int)]
    x = np.arange(1.0, shown.size + 1.0)
    across = ChartAxis("", 0.0, shown.size + 1.0, ticks=())
    return Chart(
        title=f"{subject.title}: every defensible choice",
        panels=((_curve(subject, found, shown, x, across, level),), (_matrix(found, shown, x),)),
        description=_summary(subject, found),
        subtitle=_summary(subject, found),
        footnotes=(
            *(
                (f"{shown.size} of {order.size} specifications are drawn, evenly from the sorted ones.",)
                if shown.size < order.size
                else ()
            ),
            "Intervals are cut where the panel ends. " + in_symbols(found.says),
        ),
        aspect=0.36,
    )


def _summary(subject: Words, found: Multiverse) -> str:
    """How often the answer holds, with effects on the scale of the axis."""
    effects = found.estimate[found.defined]
    above, below = int(np.sum(effects > found.null)), int(np.sum(effects < found.null))
    low, middle, high = (as_is(subject, float(q)) for q in np.quantile(effects, (0.0, 0.5, 1.0)))
    null = as_is(subject, found.null)
    without = f" {found.undefined} could not be computed." if found.undefined else ""
    return (
        f"{effects.size} specifications on {found.data_sets} data set{'s' if found.data_sets != 1 else ''}: "
        f"estimates from {low} to {high}, median {middle}; {above} above and {below} below {null}. The "
        f"interval excludes {null} in {int(found.excludes_null.sum())} of them.{without}"
    )


def _curve(
    subject: Words, found: Multiverse, rows: Rows, x: Values, across: ChartAxis, level: float
) -> Panel:
    low, estimate, high = (subject.shown(a[rows]) for a in (found.ci_low, found.estimate, found.ci_high))
    holds = found.excludes_null[rows]
    marks = [
        ChartCurve(*bars(x[mask], low[mask], high[mask]), colour=colour, thickness=0.7)
        for mask, colour in ((~holds, MUTED), (holds, ACCENT))
        if mask.any()
    ]
    interval, null = percent(level), as_is(subject, found.null)
    dots = [
        Dots(x[mask], estimate[mask], 1.4, colour, colour, name=name)
        for mask, colour, name in (
            (~holds, SUMMARY_FILL, f"{interval} CI includes {null}"),
            (holds, ACCENT, f"{interval} CI excludes {null}"),
        )
        if mask.any()
    ]
    return Panel(across, _axis(subject, found, rows), (*no_effect(subject, "y"), *marks, *dots))


def _axis(subject: Words, found: Multiverse, rows: Rows) -> ChartAxis:
    """Room for no effect, the estimates, and intervals that are not much longer than the middle one."""
    low, estimate, high = (a[rows] for a in (found.ci_low, found.estimate, found.ci_high))
    reach = 2.0 * float(np.ptp(estimate)) + float(np.median(high - low))
    ends = np.clip(np.concatenate([low, high]), estimate.min() - reach, estimate.max() + reach)
    null = () if subject.null is None else (subject.pooled_null,)
    return effect_axis(subject, np.concatenate([ends, null]), 0.03)


def _matrix(found: Multiverse, rows: Rows, x: Values) -> Panel:
    """A row for each option of each choice that has more than one, from top to bottom."""
    taken, holds = np.array(found.options)[rows], found.excludes_null[rows]
    ticks, dots = [], []
    place = 0
    for position, choice in enumerate(found.choices):
        options = dict.fromkeys(each[position] for each in found.options)
        if len(options) < 2:
            continue
        for option in options:
            place += 1
            ticks.append((float(place), f"{choice}: {option}"))
            mask = taken[:, position] == option
            for chosen, fill in ((mask & ~holds, SUMMARY_FILL), (mask & holds, ACCENT)):
                if chosen.any():
                    at = x[chosen]
                    dots.append(Dots(at, np.full(at.size, float(place)), 1.0, fill, fill))
        place += 1  # a blank row between choices
    return Panel(
        ChartAxis("Specifications, sorted by their estimate", 0.0, x.size + 1.0, ticks=()),
        ChartAxis("", 0.0, max(place, 1), reversed=True, ticks=tuple(ticks)),
        tuple(dots),
        height=ROW * max(place, 1),
    )
