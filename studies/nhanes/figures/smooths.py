"""Figures 2 to 5: bone mineral density along hemoglobin, fully adjusted, with 95% bands."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.gridspec import SubplotSpec

from studies.nhanes.cohort import Cohort
from studies.nhanes.covariates import Array, Columns
from studies.nhanes.figures.flow import flow_figure
from studies.nhanes.models import Subgroup, full_adjustment, subgroups
from studies.nhanes.protocol import Protocol
from studies.nhanes.spelling import capital, unit_of, with_unit
from studies.nhanes.variables.definition import Variable
from studies.survey import Curve, Smooth, smooth
from synthesis.drawing.canvas import DescribedFigure
from synthesis.drawing.style import (
    BAND_OPACITY,
    CURVE,
    CURVE_WIDTH,
    FAINT,
    HEADING,
    INCHES_WIDE,
    MUTED,
    POINTS,
    SECOND,
    SETTINGS,
    SMALL,
)

INNER = (0.01, 0.99)
"""The quantiles of the exposure between which a curve is shown where its shape is to be seen."""
PLACES = 240


@dataclass(frozen=True, eq=False)
class FittedCurve:
    """One outcome along the exposure in one subgroup; exposure and y of those analysed, shape (n,)."""

    outcome: str
    subgroup: Subgroup
    smooth: Smooth
    exposure: Array
    y: Array

    @property
    def n(self) -> int:
        """How many are analysed."""
        return len(self.exposure)

    def whole(self) -> Curve:
        """The curve from the lowest to the highest exposure."""
        return self.smooth.curve(np.linspace(self.exposure.min(), self.exposure.max(), PLACES))

    def inner(self) -> Curve:
        """The curve between the unweighted quantiles INNER of the exposure."""
        low, high = np.quantile(self.exposure, INNER)
        return self.smooth.curve(np.linspace(low, high, PLACES))


def fitted_curves(cohort: Cohort, columns: Columns, subgroup: Subgroup) -> Iterator[FittedCurve]:
    """The fully adjusted smooth of each outcome in a subgroup, in the protocol's order of outcomes."""
    model = full_adjustment(cohort, columns, subgroup)
    exposure = columns.values(cohort.protocol.exposure)
    for outcome, described in cohort.protocol.outcomes.items():
        y = columns.values(described.variable)
        fit = smooth(cohort.design, y, exposure, model.covariates, model.domain)
        analysed = model.analysed(y)
        yield FittedCurve(outcome, subgroup, fit, exposure[analysed], y[analysed])


_COLOURS = (CURVE, SECOND)
_ADJUSTED = "adjusted for all covariates of the full model"
_BAND = "Line and band: smooth with its pointwise 95% band, survey-weighted, covariates at their means"
_SHOWN = "Shown from the 1st to the 99th percentile of hemoglobin"


def scatter_figure(protocol: Protocol, fitted: FittedCurve, number: int) -> DescribedFigure:
    """Everybody analysed with the smooth through them, and beside it the smooth on its own scale."""
    outcome = _outcome(protocol, fitted.outcome)
    with matplotlib.rc_context(SETTINGS):
        figure = DescribedFigure(figsize=(INCHES_WIDE, 3.5))
        everybody, close = figure.subplots(1, 2)
        figure.subplots_adjust(left=0.075, right=0.985, top=0.9, bottom=0.25, wspace=0.24)
        everybody.plot(
            fitted.exposure,
            fitted.y,
            linestyle="none",
            marker="o",
            markersize=1.6,
            markeredgewidth=0,
            color=POINTS,
            alpha=0.3,
            rasterized=True,
        )
        _draw_curve(everybody, fitted.whole(), CURVE)
        _draw_curve(close, fitted.inner(), CURVE)
        everybody.set_title(f"(a) {fitted.n:,} participants", loc="left")
        close.set_title("(b) The smooth, magnified", loc="left")
        for axes in (everybody, close):
            _label(axes, protocol, fitted.outcome)
        _notes(
            figure,
            f"Each point is a participant, unadjusted. {_BAND}.",
            f"(b) {_SHOWN[0].lower()}{_SHOWN[1:]}.",
        )
    figure.name = f"figure-{number}"
    figure.title = f"Figure {number}. {capital(outcome)} along {protocol.exposure}, {_ADJUSTED}"
    figure.description = (
        f"Scatter plot of {fitted.n:,} participants with a smooth curve and its 95% band. "
        f"{_in_words(protocol, fitted)}"
    )
    return figure


def sex_figure(protocol: Protocol, curves: Sequence[FittedCurve], number: int) -> DescribedFigure:
    """A panel an outcome, in it a curve a subgroup with its name beside it. For two subgroups."""
    with matplotlib.rc_context(SETTINGS):
        figure = DescribedFigure(figsize=(INCHES_WIDE, 3.3))
        panels = figure.subplots(1, len(protocol.outcomes), squeeze=False)[0]
        figure.subplots_adjust(left=0.075, right=0.985, top=0.9, bottom=0.235, wspace=0.24)
        for index, outcome in enumerate(protocol.outcomes):
            axes, letter = panels[index], "abcdef"[index]
            drawn = [fitted for fitted in curves if fitted.outcome == outcome]
            for place, fitted in enumerate(drawn):
                _draw_curve(axes, fitted.inner(), _COLOURS[place])
            axes.margins(y=0.18)
            axes.autoscale_view()
            for place, fitted in enumerate(drawn):
                _name_curve(axes, fitted, _COLOURS[place])
            axes.set_title(f"({letter}) {capital(_outcome(protocol, outcome))}", loc="left")
            _label(axes, protocol, outcome)
        _notes(figure, f"{_BAND} in the group.", f"{_SHOWN} in the group.")
    return _described(protocol, curves, number, "sex", figure)


def race_figure(protocol: Protocol, curves: Sequence[FittedCurve], number: int) -> DescribedFigure:
    """Small multiples: a panel a subgroup with the other subgroups' curves in grey, a block an outcome."""
    with matplotlib.rc_context(SETTINGS):
        figure = DescribedFigure(figsize=(INCHES_WIDE, 8.6))
        blocks = figure.add_gridspec(
            len(protocol.outcomes), 1, left=0.085, right=0.985, top=0.935, bottom=0.095, hspace=0.29
        )
        for index, outcome in enumerate(protocol.outcomes):
            block, letter = blocks[index, 0], "abcdef"[index]
            drawn = [fitted for fitted in curves if fitted.outcome == outcome]
            grid = block.subgridspec(-(-len(drawn) // 3), 3, hspace=0.26, wspace=0.08)
            panels = list(grid.subplots(sharex=True, sharey=True, squeeze=False).flat)
            for n, fitted in enumerate(drawn):
                panels[n].margins(y=0.12)
                _draw_among_others(panels[n], fitted, drawn)
            _name_block(figure, block, f"({letter}) ", protocol.variable(protocol.outcomes[outcome].variable))
            for axes in panels[-3:]:
                axes.set_xlabel(with_unit(protocol.variable(protocol.exposure)))
        _notes(figure, f"{_BAND} in the group. Grey: the other groups.", f"{_SHOWN} in the group.")
    return _described(protocol, curves, number, "race", figure)


def _name_block(figure: Figure, block: SubplotSpec, letter: str, variable: Variable) -> None:
    """The variable above a block of panels and, with its unit, beside them."""
    place = block.get_position(figure)
    left, middle = 0.012, (place.y0 + place.y1) / 2
    figure.text(left, place.y1 + 0.032, letter + capital(variable.label), size=HEADING, weight="bold")
    figure.text(left, middle, with_unit(variable), rotation=90, va="center")


def _draw_among_others(axes: Axes, fitted: FittedCurve, drawn: Sequence[FittedCurve]) -> None:
    for other in drawn:
        if other is not fitted:
            curve = other.inner()
            axes.plot(curve.at, curve.estimate, color=FAINT, linewidth=0.7, zorder=1)
    _draw_curve(axes, fitted.inner(), CURVE)
    axes.set_title(fitted.subgroup.label, loc="left", size=SMALL + 0.5, weight="normal", pad=4)
    axes.text(0.03, 0.04, f"n = {fitted.n:,}", transform=axes.transAxes, size=SMALL)


def _draw_curve(axes: Axes, curve: Curve, colour: str) -> None:
    axes.fill_between(
        curve.at, curve.low, curve.high, color=colour, alpha=BAND_OPACITY, linewidth=0, zorder=2
    )
    axes.plot(curve.at, curve.estimate, color=colour, linewidth=CURVE_WIDTH, zorder=3)


def _name_curve(axes: Axes, fitted: FittedCurve, colour: str) -> None:
    """The subgroup's name above its band: the first's at the right end, the second's at the left."""
    curve = fitted.inner()
    right = colour == _COLOURS[0]
    third = len(curve.at) // 3
    x, beneath = (curve.at[-1], curve.high[-third:]) if right else (curve.at[0], curve.high[:third])
    axes.annotate(
        f"{fitted.subgroup.label}\nn = {fitted.n:,}",
        (x, beneath.max()),
        xytext=(0, 3),
        textcoords="offset points",
        ha="right" if right else "left",
        va="bottom",
        color=colour,
        weight="bold",
        linespacing=1.15,
    )


def _described(
    protocol: Protocol, curves: Sequence[FittedCurve], number: int, by: str, figure: DescribedFigure
) -> DescribedFigure:
    sentences = [
        f"{capital(_outcome(protocol, fitted.outcome))}, {fitted.subgroup.label} (n = {fitted.n:,}): "
        f"{_in_words(protocol, fitted)}"
        for fitted in curves
    ]
    outcomes = " and ".join(_outcome(protocol, outcome) for outcome in protocol.outcomes)
    figure.name = f"figure-{number}"
    figure.title = f"Figure {number}. {capital(outcomes)} along {protocol.exposure} by {by}, {_ADJUSTED}"
    figure.description = f"Smooth curves with 95% bands. {' '.join(sentences)}"
    return figure


def _in_words(protocol: Protocol, fitted: FittedCurve) -> str:
    """Where the curve begins and ends and where it turns, with its band."""
    curve = fitted.inner()
    turns = np.flatnonzero(np.diff(np.sign(np.diff(curve.estimate))) != 0) + 1
    places = [0, *turns.tolist(), len(curve.at) - 1]
    unit = unit_of(protocol.variable(protocol.exposure))
    said = {
        i: f"{curve.estimate[i]:.3f} ({curve.low[i]:.3f} to {curve.high[i]:.3f}) at {curve.at[i]:.1f} {unit}"
        for i in places
    }
    steps = [
        f"{'rises' if curve.estimate[j] > curve.estimate[i] else 'falls'} to {said[j]}"
        for i, j in pairwise(places)
    ]
    edf = f"effective degrees of freedom {fitted.smooth.edf:.1f}"
    return f"From {said[0]} the curve {', then '.join(steps)}; {edf}."


def _label(axes: Axes, protocol: Protocol, outcome: str) -> None:
    axes.set_xlabel(with_unit(protocol.variable(protocol.exposure)))
    axes.set_ylabel(with_unit(protocol.variable(protocol.outcomes[outcome].variable)))


def _outcome(protocol: Protocol, outcome: str) -> str:
    return protocol.variable(protocol.outcomes[outcome].variable).label


def _notes(figure: Figure, *lines: str) -> None:
    """Small print at the foot."""
    height = figure.get_figheight() * 72
    for index, line in enumerate(reversed(lines)):
        figure.text(0.012, (6 + 10 * index) / height, line, size=SMALL, color=MUTED)


def step_count(protocol: Protocol) -> int:
    """How often draw_figures calls `begin`: the flow diagram, everybody's curves, each class's curves."""
    return 2 + sum(len(protocol.variable(name).labels) for name in protocol.stratifying)


def draw_figures(cohort: Cohort, begin: Callable[[str], None]) -> Iterator[DescribedFigure]:
    """Figures 1 to 5, each when it is ready; begin is told what is being worked on.

    cohort: of a protocol with the strata all, sex and race. Raises SurveyError where a curve cannot be
    fitted.
    """
    protocol = cohort.protocol
    columns = Columns(cohort)

    def curves(stratum: str | None) -> list[FittedCurve]:
        found: list[FittedCurve] = []
        for subgroup in subgroups(cohort):
            if subgroup.variable == stratum:
                begin(f"Curves: {subgroup.label}")
                found += fitted_curves(cohort, columns, subgroup)
        return found

    begin("Flow diagram")
    yield flow_figure(cohort)
    for number, fitted in enumerate(curves(None), start=2):
        yield scatter_figure(protocol, fitted, number)
    number = 2 + len(protocol.outcomes)
    yield sex_figure(protocol, curves("sex"), number)
    yield race_figure(protocol, curves("race"), number + 1)
