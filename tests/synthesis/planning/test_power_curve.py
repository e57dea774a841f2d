"""The power curve: the numbers of the plan, the goal, and the closed form beside them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_array_equal

import synthesis
from synthesis.drawing.chart import Area, Chart, ChartCurve, ReferenceLine
from synthesis.planning.plan_update_api import PlannedUpdate
from synthesis.plots.drawable import PlotRequest

RESULT = synthesis.pool([0.30, -0.10, 0.20, 0.45], sei=[0.2, 0.3, 0.15, 0.25])


def chart(plan: PlannedUpdate, kind: str = "power-curve", **words: Any) -> Chart:
    drawn = plan._drawn(PlotRequest(kind, None, None, None, None, words))
    assert isinstance(drawn, Chart)
    return drawn


def test_each_size_has_its_curve_its_closed_form_and_a_band_of_two_errors() -> None:
    plan = synthesis.plan_update(RESULT, width=0.3, sei=[0.1, 0.2], most=20, draws=100)
    panel = chart(plan).panels[0][0]
    solid, dashed, bands = (
        [m for m in panel.marks if isinstance(m, ChartCurve) and m.stroke == "solid"],
        [m for m in panel.marks if isinstance(m, ChartCurve) and m.stroke == "dashed"],
        [m for m in panel.marks if isinstance(m, Area)],
    )
    for at, size in enumerate(plan.sizes):
        assert_array_equal(solid[at].x, size.more)
        assert_array_equal(solid[at].y, size.width)
        assert_array_equal(dashed[at].y, size.known_tau2)
        low, high = size.width - 2 * size.width_error, size.width + 2 * size.width_error
        assert_array_equal(bands[at].y, [*low, *high[::-1]])
        assert_array_equal(bands[at].x, [*size.more, *size.more[::-1]])
        assert solid[at].name == f"standard error {size.sei:g}"
    assert len(solid) == len(dashed) == len(bands) == 2
    assert solid[0].colour != solid[1].colour
    assert [*(each.name for each in dashed), *(each.name for each in bands)].count("") == 2
    goals = [m for m in panel.marks if isinstance(m, ReferenceLine)]
    assert [(goal.axis, goal.at) for goal in goals] == [("y", 0.3)]
    assert (panel.x.low, panel.x.high, panel.y.low) == (0.0, 20.0, 0.0)
    assert panel.y.high == pytest.approx(1.08 * float(plan.sizes[0].width.max()))


def test_power_runs_from_zero_to_one_and_its_band_stays_there() -> None:
    plan = synthesis.plan_update(RESULT, effect=0.5, sei=0.1, most=30, draws=100)
    panel = chart(plan).panels[0][0]
    band = next(m for m in panel.marks if isinstance(m, Area))
    assert (panel.y.label, panel.y.low, panel.y.high) == ("Power", 0.0, 1.0)
    assert band.y.min() == 0.0
    assert band.y.max() == 1.0
    curve = next(m for m in panel.marks if isinstance(m, ChartCurve) and m.stroke == "solid")
    assert_array_equal(curve.y, plan.sizes[0].share)


def test_what_does_not_vary_has_no_band_and_what_has_no_closed_form_no_dashed_line() -> None:
    sure = synthesis.pool(RESULT.yi, RESULT.vi, method="EE")
    marks = chart(synthesis.plan_update(sure, width=0.2, most=5, draws=20)).panels[0][0].marks
    assert not any(isinstance(m, Area) for m in marks)
    assert sum(isinstance(m, ChartCurve) for m in marks) == 2
    predicted = synthesis.plan_update(RESULT, width=0.9, of="prediction", tau2=0.04, most=5, draws=20)
    marks = chart(predicted).panels[0][0].marks
    assert sum(isinstance(m, ChartCurve) for m in marks) == 1


def test_words_and_answers_stand_below() -> None:
    plan = synthesis.plan_update(RESULT, width=0.3, sei=0.1, most=20, draws=50)
    found = chart(plan, effect="log odds ratio", title="Hips")
    assert found.title == "Hips"
    assert found.panels[0][0].y.label == "Mean width of the interval: log odds ratio"
    assert found.footnotes[0] == plan.answer(plan.sizes[0])
    assert plan.answer(plan.sizes[0]) in found.description
    with pytest.raises(ValueError, match="A plan has no funnel plot; it has power-curve"):
        chart(plan, "funnel")
    assert np.isfinite(plan.plot("power-curve").size).all()
