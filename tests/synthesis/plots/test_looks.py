"""How marks look, so that one look means one thing in every plot."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from synthesis.diagnostics.multiverse import multiverse
from synthesis.drawing.chart import Chart, ChartCurve, Dots
from synthesis.plots.bubble import Moderator, bubble_plot
from synthesis.plots.funnel import contour_funnel_plot, filled_funnel_plot, funnel_plot
from synthesis.plots.gosh import gosh_plot
from synthesis.plots.influence import influence_plot
from synthesis.plots.labbe import Arms, labbe_plot
from synthesis.plots.multiverse import multiverse_plot
from synthesis.plots.p_curve import p_curve_plot
from synthesis.plots.residuals import baujat_plot, quantile_plot, radial_plot
from synthesis.plots.subject import Subject
from synthesis.pooled import pool

SUBJECT = Subject(
    pool([0.9, 0.1, 0.2, 0.6, 1.2, -0.1], vi=[0.09, 0.01, 0.02, 0.06, 0.1, 0.03], method="DL"), "Outcome"
)
EVENTS = Arms("RD", *(np.arange(1.0, 7.0) * k for k in (1.0, 10.0, 2.0, 12.0)))
DARK, BLUE, ORANGE, RED = "#1A1A1A", "#0072B2", "#E69F00", "#D55E00"
GREY, FAINT = "#595959", "#8C8C8C"
CHARTS: dict[str, Callable[[], Chart]] = {
    "funnel": lambda: funnel_plot(SUBJECT),
    "contour": lambda: contour_funnel_plot(SUBJECT),
    "fill": lambda: filled_funnel_plot(SUBJECT),
    "bubble": lambda: bubble_plot(SUBJECT, Moderator("dose", np.arange(6.0))),
    "radial": lambda: radial_plot(SUBJECT),
    "baujat": lambda: baujat_plot(SUBJECT),
    "qq": lambda: quantile_plot(SUBJECT),
    "labbe": lambda: labbe_plot(SUBJECT, EVENTS),
    "p-curve": lambda: p_curve_plot(SUBJECT),
    "influence": lambda: influence_plot(SUBJECT),
    "multiverse": lambda: multiverse_plot(SUBJECT, multiverse(SUBJECT.pooled)),
    "gosh": lambda: gosh_plot(SUBJECT),
}

POWER = "estimated power"
CURVES = [
    ("funnel", "pooled effect", BLUE, 1.2, "solid"),
    ("funnel", "±1.96 standard errors around it", GREY, 0.8, "dotted"),
    ("contour", "pooled effect", BLUE, 1.2, "solid"),
    ("fill", "pooled effect", BLUE, 1.2, "solid"),
    ("fill", "with the filled studies", RED, 1.2, "dashed"),
    ("fill", "±1.96 standard errors around it", GREY, 0.8, "dotted"),
    ("bubble", "meta-regression", BLUE, 1.2, "solid"),
    ("radial", "pooled effect, as a slope", BLUE, 1.2, "solid"),
    ("radial", "±1.96 around it", GREY, 0.8, "dashed"),
    ("radial", "no effect", FAINT, 0.8, "solid"),
    ("qq", "normal", BLUE, 1.0, "solid"),
    ("labbe", "no effect", FAINT, 1.0, "solid"),
    ("labbe", "pooled risk difference", BLUE, 1.2, "dashed"),
    ("p-curve", "no effect (flat)", GREY, 1.0, "dotted"),
    ("p-curve", "power of 33%", ORANGE, 1.2, "dashed"),
    ("p-curve", POWER, RED, 0.9, "dashed"),
    ("p-curve", "", BLUE, 1.6, "solid"),
    ("influence", "", GREY, 0.6, "solid"),
    ("multiverse", "", GREY, 0.7, "solid"),
]


@pytest.mark.parametrize(("plot", "name", "colour", "thickness", "stroke"), CURVES)
def test_results_are_blue_corrections_red_and_references_grey(
    plot: str, name: str, colour: str, thickness: float, stroke: str
) -> None:
    marks = CHARTS[plot]().panels[0][0].marks
    found = [mark for mark in marks if isinstance(mark, ChartCurve)]
    mark = next(m for m in found if m.name == name or (name == POWER and m.name.startswith(POWER)))
    assert (mark.colour, mark.thickness, mark.stroke) == (colour, thickness, stroke)


STUDY = "#56B4E9"
DOTS = [
    ("funnel", "study", 2.6, STUDY, DARK, 0.85),
    ("contour", "study", 2.6, STUDY, DARK, 0.85),
    ("fill", "study", 2.6, STUDY, DARK, 0.85),
    ("fill", "filled study", 2.6, "#FFFFFF", DARK, 1.0),
    ("bubble", "study, area by weight", None, STUDY, DARK, 0.85),
    ("radial", "study", 2.6, STUDY, DARK, 1.0),
    ("baujat", "", 2.6, STUDY, DARK, 1.0),
    ("qq", "study", 2.6, STUDY, DARK, 1.0),
    ("labbe", "study, area by its number of persons", None, STUDY, DARK, 1.0),
    ("p-curve", "these studies", 3.0, BLUE, DARK, 1.0),
    ("influence", "study", 1.9, GREY, GREY, 1.0),
    ("multiverse", "95% CI includes 0", 1.4, BLUE, BLUE, 1.0),
]


@pytest.mark.parametrize(("plot", "name", "radius", "fill", "edge", "opacity"), DOTS)
def test_studies_are_light_blue_and_see_through_where_they_may_hide_each_other(
    plot: str, name: str, radius: float | None, fill: str, edge: str, opacity: float
) -> None:
    marks = CHARTS[plot]().panels[0][0].marks
    [mark] = [m for m in marks if isinstance(m, Dots) and m.name == name]
    assert (mark.fill, mark.edge, mark.opacity) == (fill, edge, opacity)
    assert radius is None or mark.radius == radius


@pytest.mark.parametrize(
    ("plot", "aspect"),
    [("funnel", 0.62), ("influence", 0.4), ("gosh", 0.5), ("multiverse", 0.36), ("labbe", 1.0)],
)
def test_panels_are_as_high_beside_their_width_as_their_number_allows(plot: str, aspect: float) -> None:
    assert CHARTS[plot]().aspect == aspect
