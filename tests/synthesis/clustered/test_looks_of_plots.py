"""How the marks of a funnel and of a curve over rho look, and what they are called."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from synthesis import pool_dependent
from synthesis.drawing.chart import Area, ChartCurve, Dots, ReferenceLine
from tests.synthesis.clustered.test_dependent_plots import CLUSTER, DATA, chart_of, fitted, panel_of

INK, BLUE, GREY, FAINT = "#1A1A1A", "#0072B2", "#595959", "#8C8C8C"


def looks(marks: Any, kind: type) -> list[tuple[Any, ...]]:
    names = (
        ("colour", "thickness", "stroke", "name") if kind is ChartCurve else ("axis", "at", "stroke", "name")
    )
    return [tuple(getattr(mark, name) for name in names) for mark in marks if isinstance(mark, kind)]


def test_the_summary_of_a_funnel_is_blue_and_its_region_grey_and_dotted() -> None:
    marks = panel_of(fitted().plot("funnel")).marks
    summary, region, *joined = looks(marks, ChartCurve)
    assert summary == (BLUE, 1.2, "solid", "summary")
    assert region == (GREY, 0.8, "dotted", "±1.96 standard errors around it")
    (dots,) = [mark for mark in marks if isinstance(mark, Dots)]
    assert (dots.opacity, dots.name, dots.radius, dots.edge) == (0.85, "estimate", 2.6, INK)
    assert {curve[:3] for curve in joined} == {(dots.fill, 0.8, "solid")}, (
        "lines have the colour of their dots"
    )
    assert looks(marks, ReferenceLine) == [("x", 0.0, "solid", "no effect")]
    without = panel_of(fitted().plot("funnel", null=None)).marks
    assert looks(without, ReferenceLine) == []


def test_the_curve_over_rho_is_blue_within_its_band_with_what_was_assumed_dashed() -> None:
    marks = panel_of(fitted(level=0.9).plot("rho")).marks
    assert looks(marks, ChartCurve) == [(BLUE, 1.5, "solid", "estimate")]
    assert looks(marks, ReferenceLine) == [("y", 0.0, "solid", "no effect"), ("x", 0.6, "dashed", "assumed")]
    (assumed,) = [mark for mark in marks if isinstance(mark, ReferenceLine) and mark.axis == "x"]
    (null,) = [mark for mark in marks if isinstance(mark, ReferenceLine) and mark.axis == "y"]
    assert (assumed.colour, null.colour) == (GREY, FAINT)
    (band,) = [mark for mark in marks if isinstance(mark, Area)]
    assert (band.name, band.edge) == ("90% CI", "")
    assert isinstance(marks[0], Area), "the band lies below the curve"


def test_without_a_null_a_band_has_white_of_its_own_alone() -> None:
    moved = DATA.assign(yi=DATA.yi + 1)
    result = pool_dependent("yi", "vi", cluster="study", data=moved, rho=0.6)
    panel = panel_of(result.plot("rho", null=None))
    assert looks(panel.marks, ReferenceLine) == [("x", 0.6, "dashed", "assumed")]
    told = [chart_of(result.plot("rho", null=null)).footnotes[0] for null in (0.0, None)]
    assert ["excludes no effect" in says for says in told] == [True, False]
    curve = result.rho_curve()
    low, high = curve.ci_low.min(), curve.ci_high.max()
    assert low > 0, "no effect would lie outside of the band"
    reach = (low - 0.25 * (high - low), high + 0.25 * (high - low))
    assert (panel.y.low, panel.y.high) == pytest.approx(reach)


def test_a_funnel_has_room_for_its_feet_and_for_every_estimate() -> None:
    result = fitted()
    panel = panel_of(result.plot("funnel"))
    height = 1.06 * np.sqrt(DATA.vi.max())
    at = result.estimate[0]
    low = min(DATA.yi.min(), at - 1.959963984540054 * height)
    high = max(DATA.yi.max(), at + 1.959963984540054 * height)
    assert panel.x.low < low
    assert panel.x.high > high
    assert (low - panel.x.low, panel.x.high - high) == pytest.approx([0.06 * (high - low)] * 2)
    assert panel.y.label == "Standard error"
    chart = chart_of(result.plot("funnel"))
    assert chart.title == f"14 estimates in {len(set(CLUSTER))} clusters: funnel plot"
    assert chart.description.startswith(
        f"Funnel plot of 14 estimates in {len(set(CLUSTER))} clusters. Summary "
    )
    assert chart.description.endswith(" ".join(chart.footnotes))
