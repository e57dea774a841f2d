"""The box-and-dot plot: each observed effect a dot, on the box of their quartiles (Handbook, 12.3.3)."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np

from evidence.wording import counted, number
from synthesis.drawing.chart import Area, Chart, ChartAxis, ChartCurve, Dots, Mark, Panel, ReferenceLine
from synthesis.drawing.style import ACCENT, BACKGROUND, BOX_FILL, INK, MUTED, NULL_LINE, SUMMARY_FILL
from synthesis.plots.drawable import PlotRequest
from synthesis.plots.given import Given
from synthesis.plots.kinds import settled
from synthesis.plots.results import words_of
from synthesis.plots.subject import NotDefinedError, Words
from synthesis.plots.words import room
from synthesis.pooling.kernel.effects import Array, Mask
from synthesis.without_pooling.observed_effects import LIMITS, OF_WHAT, QUARTILES, ObservedEffects

BOX = "box"
_PITCH = 46.0  # points, of a row
_HALF = 0.26  # of a row, on either side of its middle, by the box
_LANES = (0.0, -0.14, 0.14)  # where dots next to each other lie, so that they do not hide one another
_BELOW = 0.38  # of a row, below its middle: the interval of the median


def box_chart(
    words: Words,
    parts: Sequence[ObservedEffects],
    hollow: Sequence[Mask] | None = None,
) -> Chart:
    """A row for each part, whose effects are on the scale that readers see; above zero where that is a ratio.

    hollow: which effects of each part have no standard error, told by a key; None where that is not known.
    """
    every = np.concatenate([part.yi for part in parts])
    marks: list[Mark] = []
    if words.null is not None:
        marks.append(ReferenceLine("x", words.null, NULL_LINE))
    for row, part in enumerate(parts):
        marks += _row(part, float(row), np.zeros(part.k, dtype=bool) if hollow is None else hollow[row])
    sides = [f"{way} {says}" for way, says in (("Left:", words.lower), ("right:", words.higher)) if says]
    return Chart(
        title=words.title,
        panels=(
            (
                Panel(
                    _across(words, every),
                    ChartAxis(
                        "",
                        -0.6,
                        len(parts) - 0.4,
                        reversed=True,
                        ticks=tuple((float(row), _name(part)) for row, part in enumerate(parts)),
                    ),
                    tuple(marks),
                    height=_PITCH * (len(parts) + 0.2),
                ),
            ),
        ),
        description=_description(parts),
        footnotes=(
            *([f"{'; '.join(sides)}."] if sides else []),
            f"Box: {QUARTILES}; whiskers: the range.",
            LIMITS,
            *([OF_WHAT] if any(not math.isnan(part.ci_low) for part in parts) else []),
        ),
    )


def _name(part: ObservedEffects) -> str:
    name = part.name[:1].upper() + part.name[1:] if part.name else "All"
    return f"{name} ({part.k})"


def _across(words: Words, every: Array) -> ChartAxis:
    """The axis of effects, with room beyond them and the value of no effect on it."""
    shown = every if words.null is None else np.append(every, words.null)
    if not words.log:
        return ChartAxis(words.effect, *room(shown))
    low, high = np.exp(room(np.log(shown))).tolist()
    return ChartAxis(words.effect, low, high, "log")


def _row(part: ObservedEffects, at: float, hollow: Mask) -> Iterator[Mark]:
    """Box, whiskers, median, its interval and the dots of a part."""
    top, bottom = at - _HALF, at + _HALF
    first = at == 0.0
    if part.k > 1:
        yield Area(
            np.array([part.q1, part.q3, part.q3, part.q1]),
            np.array([top, top, bottom, bottom]),
            BOX_FILL,
            "quartiles" if first else "",
            MUTED,
        )
        for inner, end in ((part.q1, part.lowest), (part.q3, part.highest)):
            yield ChartCurve(np.array([inner, end]), np.array([at, at]), MUTED, 0.9)
        yield ChartCurve(
            np.array([part.median, part.median]),
            np.array([top, bottom]),
            INK,
            1.8,
            name="median" if first else "",
        )
    if not math.isnan(part.ci_low):
        below = at + _BELOW
        ends = np.array([part.ci_low, part.ci_high])
        yield ChartCurve(ends, np.array([below, below]), ACCENT, 1.8, name="interval of the median")
    order = np.argsort(part.yi, kind="stable")
    lanes = np.empty(part.k)
    lanes[order] = [_LANES[i % len(_LANES)] for i in range(part.k)]
    for some, fill, name in (
        (~hollow, SUMMARY_FILL, "an effect"),
        (hollow, BACKGROUND, "an effect without a standard error"),
    ):
        if some.any():
            yield Dots(part.yi[some], at + lanes[some], 2.3, fill, SUMMARY_FILL, name=name)


def _description(parts: Sequence[ObservedEffects]) -> str:
    """Each part, with every effect."""
    sentences = []
    for part in parts:
        each = ", ".join(
            f"{label} {number(y)}" for label, y in zip(part.labels, part.yi.tolist(), strict=True)
        )
        sentences.append(f"{part.name or 'All'}: {part.told}. {each}.")
    return f"Box-and-dot plot of observed effects. {' '.join(sentences)}"


def effect_plot(parts: Sequence[ObservedEffects], request: PlotRequest, given: Given) -> Chart:
    """The box-and-dot plot with the words of a request; those not given follow from the measure, if known.

    Raises ValueError for another kind of plot or an unknown word, NotDefinedError where a ratio is beyond
    every number.
    """
    known = {"title": f"Observed effects of {counted(parts[0].k)}"} | given.words
    words = words_of(known, settled(request, (BOX,), "A summary of effects"))
    return box_chart(words, [shown_part(part, words) for part in parts])


def shown_part(part: ObservedEffects, words: Words) -> ObservedEffects:
    """A part on the scale that readers see: every number of it, ratios of logarithms."""
    yi = np.asarray(words.shown(part.yi))
    if not np.isfinite(yi).all() or (words.log and not (yi > 0.0).all()):
        raise NotDefinedError("An effect is beyond what an axis of ratios can show.")
    return part.on_scale(words.shown)
