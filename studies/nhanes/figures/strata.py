"""Curves by the classes of a stratum: two in one panel, more than two in a panel each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from studies.nhanes.figures.curve_marks import draw_curve, spread, write_notes
from studies.nhanes.figures.fitted_curves import FigureWords, FittedCurve
from studies.nhanes.protocol import Protocol, crossed
from studies.survey import Curve
from synthesis.drawing.canvas import DescribedFigure
from synthesis.drawing.style import CURVE, HEADING, INCHES_WIDE, MUTED, NULL_LINE, SECOND, SETTINGS, SMALL

_COLOURS = (CURVE, SECOND)
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


def strata_figure(
    protocol: Protocol, stratum: str | tuple[str, ...], curves: Sequence[FittedCurve], number: int
) -> DescribedFigure:
    """The figure of a stratum: how it is drawn follows from how many classes it has."""
    groups = dict.fromkeys(fitted.subgroup.label for fitted in curves)
    draw = overlaid_figure if len(groups) <= len(_COLOURS) else panels_figure
    return draw(protocol, stratum, curves, number)


# Two classes: a panel an outcome.

_PANEL = 2.35  # inches, height
_TOP, _BOTTOM, _ROW_GAP = 0.33, 0.85, 0.75
_LEFT, _RIGHT, _BETWEEN = 0.6, 0.1, 0.62
_NAME = 24.0  # points that a name of two lines needs


def overlaid_figure(
    protocol: Protocol, stratum: str | tuple[str, ...], curves: Sequence[FittedCurve], number: int
) -> DescribedFigure:
    """A panel an outcome, two beside each other, in each a curve a class with its name beside it."""
    words = FigureWords(protocol)
    outcomes = list(dict.fromkeys(fitted.outcome for fitted in curves))
    across = min(2, len(outcomes))
    down = -(-len(outcomes) // across)
    height = _TOP + _BOTTOM + _PANEL * down + _ROW_GAP * (down - 1)
    width = (INCHES_WIDE - _LEFT - _RIGHT - _BETWEEN * (across - 1)) / across
    with matplotlib.rc_context(SETTINGS):
        figure = DescribedFigure(figsize=(INCHES_WIDE, height))
        for index, outcome in enumerate(outcomes):
            row, column = divmod(index, across)
            left, top = _LEFT + column * (width + _BETWEEN), height - _TOP - row * (_PANEL + _ROW_GAP)
            box = (left / INCHES_WIDE, (top - _PANEL) / height, width / INCHES_WIDE, _PANEL / height)
            axes = figure.add_axes(box)
            _overlay(axes, [fitted for fitted in curves if fitted.outcome == outcome])
            axes.set_title(f"({_LETTERS[index]}) {words.outcome(outcome)}", loc="left")
            axes.set_xlabel(words.exposure_axis)
            axes.set_ylabel(words.outcome_axis(outcome))
        write_notes(figure, f"{words.band}, in the group. {words.shown} in the group.")
    return _described(words, stratum, curves, number, figure)


def _overlay(axes: Axes, drawn: Sequence[FittedCurve]) -> None:
    """The higher curve is named above all bands, the lower one below them: no name stands on a band."""
    inner = [fitted.inner() for fitted in drawn]
    for place, curve in enumerate(inner):
        draw_curve(axes, curve, _COLOURS[place])
    low, high = min(curve.low.min() for curve in inner), max(curve.high.max() for curve in inner)
    room = (_NAME + 4.0) / (72 * _PANEL - 2 * (_NAME + 4.0)) * (high - low)
    axes.set_ylim(low - room, high + room)
    highest = int(np.argmax([np.mean(curve.estimate) for curve in inner]))
    for place, fitted in enumerate(drawn):
        above = place == highest
        # where the curve is nearest to the side on which its name stands
        at = int(np.argmax(inner[place].high) if above else np.argmin(inner[place].low))
        x = (inner[place].at[at] - axes.get_xlim()[0]) / np.ptp(axes.get_xlim())
        axes.annotate(
            f"{fitted.subgroup.label}\nn = {fitted.n:,}",
            (float(x), 1.0 if above else 0.0),
            xycoords="axes fraction",
            xytext=(0, -2 if above else 3),
            textcoords="offset points",
            ha="left" if x < 0.3 else "right" if x > 0.7 else "center",
            va="top" if above else "bottom",
            color=_COLOURS[place],
            weight="bold",
            linespacing=1.15,
        )


# More classes: a block an outcome, a panel a class.

_ACROSS = 3
_SMALL_PANEL, _PANEL_GAP, _BLOCK_GAP = 1.3, 0.52, 0.62  # inches, heights
_NUMBERS = 0.26  # inches at the right of each panel, for the numbers of the other classes
_APART = 8.0  # points between two of them
_LEADER = 8.0  # points between a panel and its numbers: no number touches a band


@dataclass(frozen=True)
class _Block:
    """The panels of one outcome: their classes in order, and the range of values that all of them show."""

    drawn: tuple[FittedCurve, ...]
    low: float
    high: float

    @classmethod
    def of(cls, drawn: Sequence[FittedCurve]) -> _Block:
        inner = [fitted.inner() for fitted in drawn]
        low, high = min(curve.low.min() for curve in inner), max(curve.high.max() for curve in inner)
        return cls(tuple(drawn), float(low - 0.05 * (high - low)), float(high + 0.05 * (high - low)))


def panels_figure(
    protocol: Protocol, stratum: str | tuple[str, ...], curves: Sequence[FittedCurve], number: int
) -> DescribedFigure:
    """A panel a class, in it the other classes' curves in grey, each with the number of its own panel."""
    words = FigureWords(protocol)
    outcomes = list(dict.fromkeys(fitted.outcome for fitted in curves))
    blocks = [_Block.of([fitted for fitted in curves if fitted.outcome == outcome]) for outcome in outcomes]
    down = -(-len(blocks[0].drawn) // _ACROSS)
    tall = 0.5 + down * _SMALL_PANEL + (down - 1) * _PANEL_GAP
    height = 0.1 + len(blocks) * tall + (len(blocks) - 1) * _BLOCK_GAP + _BOTTOM
    with matplotlib.rc_context(SETTINGS):
        figure = DescribedFigure(figsize=(INCHES_WIDE, height))
        for index, block in enumerate(blocks):
            top = height - 0.1 - index * (tall + _BLOCK_GAP)
            heading = f"({_LETTERS[index]}) {words.outcome(outcomes[index])}"
            figure.text(0.012, top / height, heading, size=HEADING, weight="bold", va="top")
            _draw_block(figure, block, top - 0.5, words, outcomes[index])
        write_notes(
            figure,
            f"{words.band}, in the group. Grey: the other groups by their numbers, as far as this group goes."
            f" {words.shown} in the group.",
        )
    return _described(words, stratum, curves, number, figure)


def _draw_block(figure: Figure, block: _Block, top: float, words: FigureWords, outcome: str) -> None:
    width = (INCHES_WIDE - _LEFT - _RIGHT) / _ACROSS - _NUMBERS - 0.12
    height = figure.get_figheight()
    down = -(-len(block.drawn) // _ACROSS)
    for place in range(len(block.drawn)):
        row, column = divmod(place, _ACROSS)
        left = _LEFT + column * (INCHES_WIDE - _LEFT - _RIGHT) / _ACROSS
        bottom = top - row * (_SMALL_PANEL + _PANEL_GAP) - _SMALL_PANEL
        box = (left / INCHES_WIDE, bottom / height, width / INCHES_WIDE, _SMALL_PANEL / height)
        axes = figure.add_axes(box)
        axes.set_ylim(block.low, block.high)
        _draw_among_others(axes, block, place)
        axes.locator_params(axis="both", nbins=5)
        if column:
            axes.tick_params(labelleft=False)
        if place + _ACROSS >= len(block.drawn):
            axes.set_xlabel(words.exposure_axis)
        if row == 0 and column == 0:
            middle = top - (down * _SMALL_PANEL + (down - 1) * _PANEL_GAP) / 2
            figure.text(0.012, middle / height, words.outcome_axis(outcome), rotation=90, va="center")


def _draw_among_others(axes: Axes, block: _Block, place: int) -> None:
    fitted = block.drawn[place]
    curve = fitted.inner()
    first, last = float(curve.at[0]), float(curve.at[-1])
    axes.set_xlim(first, last)
    ends = [(other, *end) for other, end in _others(axes, block, place, first, last)]
    draw_curve(axes, curve, CURVE)
    unit = (block.high - block.low) / (72 * _SMALL_PANEL)  # of a point
    beside = last + _LEADER * (last - first) / (72 * axes.get_position().width * INCHES_WIDE)
    heights = spread([y / unit for _, _, y in ends], _APART)
    for (other, x, y), height in zip(ends, heights, strict=True):
        axes.annotate(
            str(other + 1),
            (x, y),
            xytext=(beside, height * unit),
            textcoords=axes.transData,
            annotation_clip=False,
            ha="left",
            va="center",
            size=SMALL,
            color=MUTED,
            arrowprops={"arrowstyle": "-", "linewidth": 0.4, "color": NULL_LINE, "shrinkA": 0, "shrinkB": 0},
        )
    title = f"{place + 1}  {fitted.subgroup.label}\nn = {fitted.n:,}"
    axes.set_title(title, loc="left", size=SMALL, weight="normal", pad=4, linespacing=1.25)


def _others(
    axes: Axes, block: _Block, place: int, first: float, last: float
) -> Iterator[tuple[int, tuple[float, float]]]:
    """Grey curves of the other classes as far as this class has data, and where each of them ends."""
    for other, fitted in enumerate(block.drawn):
        curve: Curve = fitted.inner()
        inside = (curve.at >= first) & (curve.at <= last)
        if other != place and inside.any():
            x, y = curve.at[inside], curve.estimate[inside]
            axes.plot(x, y, color=NULL_LINE, linewidth=0.7, zorder=1)
            yield other, (float(x[-1]), float(y[-1]))


def _described(
    words: FigureWords,
    stratum: str | tuple[str, ...],
    curves: Sequence[FittedCurve],
    number: int,
    figure: DescribedFigure,
) -> DescribedFigure:
    by = " and ".join(words.protocol.variable(name).label for name in crossed(stratum))
    sentences = [
        f"{words.outcome(fitted.outcome)}, {fitted.subgroup.label} (n = {fitted.n:,}): "
        f"{words.of_curve(fitted)}"
        for fitted in curves
    ]
    figure.name = f"figure-{number}"
    figure.title = f"Figure {number}. {words.outcomes()} along {words.exposure} by {by}, {words.adjusted}"
    figure.description = f"Smooth curves with 95% bands, by {by}. " + " ".join(sentences)
    return figure
