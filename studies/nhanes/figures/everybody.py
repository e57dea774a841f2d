"""Everybody analysed, by weight, with the smooth through them, and beside it the smooth on its own scale."""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.colors import LinearSegmentedColormap, PowerNorm
from matplotlib.figure import Figure

from studies.nhanes.covariates import Array
from studies.nhanes.figures.curve_marks import draw_curve, write_notes
from studies.nhanes.figures.fitted_curves import FigureWords, FittedCurve
from studies.nhanes.protocol import Protocol
from synthesis.drawing.canvas import DescribedFigure
from synthesis.drawing.style import CURVE, FAINT, INCHES_WIDE, SETTINGS, SMALL

_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_ROW = 2.75  # inches an outcome
_FOOT, _HEAD, _GAP = 0.98, 0.32, 0.72
_LEFT, _RIGHT, _BETWEEN = 0.6, 0.1, 0.62
_ACROSS = 36  # hexagons, at most
_FINE = 400  # more steps than this between lowest and highest: the exposure is as good as continuous
_STRIP = 0.16  # of a panel's height: where the distribution stands, and no band
_KEY = 0.15  # of the height of what is drawn: free for the key of the greys
_GREYS = LinearSegmentedColormap.from_list("greys", ["#E9E9E9", "#4D4D4D"])


def everybody_figure(protocol: Protocol, curves: Sequence[FittedCurve], number: int) -> DescribedFigure:
    """A row an outcome: participants as hexagons, darker the more people they stand for, and the smooth."""
    words = FigureWords(protocol)
    height = _HEAD + _FOOT + _ROW * len(curves) + _GAP * (len(curves) - 1)
    width = (INCHES_WIDE - _LEFT - _RIGHT - _BETWEEN) / 2
    with matplotlib.rc_context(SETTINGS):
        figure = DescribedFigure(figsize=(INCHES_WIDE, height))
        for row, fitted in enumerate(curves):
            bottom = height - _HEAD - _ROW * (row + 1) - _GAP * row
            boxes = [(_LEFT, bottom, width, _ROW), (_LEFT + width + _BETWEEN, bottom, width, _ROW)]
            all_of_them, close = (figure.add_axes(_relative(figure, box)) for box in boxes)
            _draw_people(figure, all_of_them, fitted)
            _draw_magnified(close, fitted)
            outcome, letters = words.outcome(fitted.outcome), _LETTERS[2 * row : 2 * row + 2]
            all_of_them.set_title(f"({letters[0]}) {outcome}, n = {fitted.n:,}", loc="left")
            close.set_title(f"({letters[1]}) The smooth, magnified", loc="left")
            for axes in (all_of_them, close):
                axes.set_xlabel(words.exposure_axis)
                axes.set_ylabel(words.outcome_axis(fitted.outcome))
        write_notes(
            figure,
            f"Left: participants, unadjusted; darker hexagons stand for more people. {words.band}. Right:"
            f" {words.shown[0].lower()}{words.shown[1:]}; grey: how people are distributed along it.",
        )
    figure.name = f"figure-{number}"
    figure.title = f"Figure {number}. {words.outcomes()} along {words.exposure}, {words.adjusted}"
    figure.description = " ".join(
        f"{words.outcome(fitted.outcome)}: {fitted.n:,} participants with a smooth curve and its 95% band."
        f" {words.of_curve(fitted)}"
        for fitted in curves
    )
    return figure


def _relative(figure: Figure, box: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    across, up = figure.get_size_inches()
    left, bottom, width, height = box
    return left / across, bottom / up, width / across, height / up


def _draw_people(figure: Figure, axes: Axes, fitted: FittedCurve) -> None:
    hexagons = _hexagons(axes, fitted)
    curve = fitted.whole()
    draw_curve(axes, curve, CURVE)
    for edge in (curve.low, curve.high):  # else the band would be lost among dark hexagons
        axes.plot(curve.at, edge, color=CURVE, linewidth=0.6, zorder=3)
    low, high = axes.get_ylim()
    axes.set_ylim(low, high + _KEY * (high - low))
    key = axes.inset_axes((0.62, 0.93, 0.36, 0.026))
    bar = figure.colorbar(hexagons, cax=key, orientation="horizontal")
    bar.outline.set_linewidth(0.4)
    top = float(np.asarray(hexagons.get_array()).max())
    bar.set_ticks([0.0, top], labels=["0", _people(top)])
    key.tick_params(length=2, labelsize=SMALL, pad=1)
    lowest, highest = key.get_xticklabels()
    lowest.set_horizontalalignment("left")
    highest.set_horizontalalignment("right")
    key.set_title("people a hexagon", fontsize=SMALL, fontweight="normal", pad=2)


def _hexagons(axes: Axes, fitted: FittedCurve) -> PolyCollection:
    """Sums of weights; hexagons are as wide as an even number of the steps in which the exposure is given."""
    low, high, step = _grid(fitted.exposure)
    across = round((high - low) / step)
    # regular ones on a panel of these proportions, below the key
    shape = _ROW / (1 + _KEY) / ((INCHES_WIDE - _LEFT - _RIGHT - _BETWEEN) / 2)
    up = max(1, round(across * shape / np.sqrt(3)))
    return axes.hexbin(
        fitted.exposure,
        fitted.y,
        C=fitted.weights,
        reduce_C_function=np.sum,
        gridsize=(across, up),
        extent=(low, high, float(fitted.y.min()), float(fitted.y.max())),
        cmap=_GREYS,
        norm=PowerNorm(0.5, vmin=0.0),
        linewidths=0.1,
        mincnt=1,
        zorder=1,
    )


def _grid(exposure: Array) -> tuple[float, float, float]:
    """Where hexagons begin and end, and how wide they are.

    Values that are given in steps (0.1 g/dL) fall into hexagons of two, four, six, ... steps whose edges lie
    between two values: others would hold now three of them and now four, and show stripes that are not in the
    data.
    """
    values = np.unique(exposure)
    low, high = float(values[0]), float(values[-1])
    step = float(np.diff(values).min()) if len(values) > 1 else 1.0
    steps = (high - low) / step
    if steps > _FINE:
        return low, high, (high - low) / _ACROSS
    wide = max(2, 2 * int(np.ceil(steps / _ACROSS / 2))) * step
    start = low - step / 2
    return start, start + np.ceil((high + step / 2 - start) / wide) * wide, wide


def _people(count: float) -> str:
    """A number of people to two digits: 1.3 million, 480,000."""
    rounded = float(f"{count:.2g}")
    return f"{rounded / 1e6:g} million" if rounded >= 1e6 else f"{rounded:,.0f}"


def _draw_magnified(axes: Axes, fitted: FittedCurve) -> None:
    """The curve above a strip with the weighted distribution of the exposure, which no band enters."""
    curve = fitted.inner()
    draw_curve(axes, curve, CURVE)
    low, high = float(curve.low.min()), float(curve.high.max())
    room = 0.05 * (high - low)
    bottom = low - room - _STRIP / (1 - _STRIP) * (high - low + 2 * room)
    axes.set_ylim(bottom, high + room)
    axes.set_xlim(float(curve.at[0]), float(curve.at[-1]))
    start, end, step = _grid(fitted.exposure)
    edges = np.arange(start, end + step / 2, step)
    share, edges = np.histogram(fitted.exposure, edges, weights=fitted.weights)
    tops = 0.9 * _STRIP * share / share.max()
    axes.stairs(tops, edges, fill=True, color=FAINT, transform=axes.get_xaxis_transform(), zorder=1)
