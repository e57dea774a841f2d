"""The plot of one more study: its numbers, its axes, and its words, legible at every width."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_array_equal

import synthesis
from synthesis.drawing.chart import Area, Chart, ChartCurve, Dots, ReferenceLine
from synthesis.drawing.chart_layout import lay_out_chart
from synthesis.drawing.printing import as_width
from synthesis.planning.next_study_api import NextStudy
from synthesis.plots.drawable import PlotRequest
from tests.synthesis.drawing.charts import colliding, outside_page

RESULT = synthesis.pool([0.30, -0.10, 0.20, 0.45], sei=[0.2, 0.3, 0.15, 0.25])


def chart(found: NextStudy, kind: str = "one-more", **words: Any) -> Chart:
    drawn = found._drawn(PlotRequest(kind, None, None, None, None, words))
    assert isinstance(drawn, Chart)
    return drawn


def test_each_panel_has_its_curve_with_dots_and_a_band_of_two_errors_in_order_of_size() -> None:
    found = synthesis.next_study(RESULT, sei=[0.2, 0.05, 0.4], interest=0.3, draws=400)
    order, compared = [1, 0, 2], 0
    left, right = chart(found).panels[0]
    expected = {
        "mean width then": (left, found.width, found.width_error),
        "at 0, no effect": (right, found.changes, found.changes_error),
        "at 0.3, effect of interest": (right, found.interest_changes, found.interest_changes_error),
    }
    for panel in (left, right):
        names = [name for name, (where, _, _) in expected.items() if where is panel]
        dots = [m for m in panel.marks if isinstance(m, Dots)]
        curves = [m for m in panel.marks if isinstance(m, ChartCurve)]
        bands = [m for m in panel.marks if isinstance(m, Area)]
        assert [m.name for m in dots] == names
        for name, dot, curve, band in zip(names, dots, curves, bands, strict=True):
            _, value, error = expected[name]
            for mark in (dot, curve):
                assert_array_equal(mark.x, [0.05, 0.2, 0.4])
                assert_array_equal(mark.y, value[order])
            assert (dot.fill, dot.radius) == (curve.colour, 2.4)
            assert curve.thickness == 1.4
            low, high = np.maximum(value - 2 * error, 0.0)[order], (value + 2 * error)[order]
            high = high if panel is left else np.minimum(high, 1.0)
            assert_array_equal(band.y, [*low, *high[::-1]])
            assert_array_equal(band.x, [0.05, 0.2, 0.4, 0.4, 0.2, 0.05])
            compared += 1
    assert compared == 3
    assert len({m.fill for panel in (left, right) for m in panel.marks if isinstance(m, Dots)}) == 3
    (now,) = (m for m in left.marks if isinstance(m, ReferenceLine))
    assert (now.axis, now.at) == ("y", found.width_now)


def test_axes_hold_what_they_show() -> None:
    found = synthesis.next_study(RESULT, interest=0.3, draws=400)
    left, right = chart(found).panels[0]
    for panel in (left, right):
        assert panel.x.scale == "log"
        assert panel.x.low == pytest.approx(found.sei.min() / 1.15)
        assert panel.x.high == pytest.approx(found.sei.max() * 1.15)
        assert panel.y.low == 0.0
    assert left.y.high == pytest.approx(1.08 * found.width_now)
    likeliest = max(found.changes.max(), found.interest_changes.max())
    assert right.y.high == pytest.approx(1.08 * likeliest)
    wider = synthesis.next_study(synthesis.pool([0.1, 0.11], sei=[0.2, 0.2]), sei=5.0, tau2=9.0, draws=400)
    top = chart(wider).panels[0][0].y.high
    assert top == pytest.approx(1.08 * max(wider.width_now, (wider.width + 2 * wider.width_error)[0]))


def test_probabilities_have_an_axis_from_a_tenth_to_one() -> None:
    sure = synthesis.next_study(synthesis.pool([3.0, 3.1, 3.0], sei=[0.1] * 3), draws=50)
    assert sure.changes.max() == 0.0
    assert chart(sure).panels[0][1].y.high == pytest.approx(0.108)
    close = synthesis.pool([0.21, 0.2], sei=[0.103, 0.1], method="EE")
    torn = synthesis.next_study(close, sei=0.001, draws=400, null=close.ci_low + 0.001)
    assert torn.changes.max() > 0.93
    assert chart(torn).panels[0][1].y.high == 1.0
    sure = synthesis.next_study(
        close, sei=[0.001, 0.002], draws=100, null=-9.0, interest=close.ci_low + 0.001
    )
    assert (sure.interest_changes + 2 * sure.interest_changes_error).max() > 1.0
    bands = [m for m in chart(sure).panels[0][1].marks if isinstance(m, Area)]
    assert bands[1].y.max() == 1.0
    near = synthesis.next_study(close, sei=[0.001, 0.002], draws=100, null=close.ci_low + 0.001)
    (band,) = (m for m in chart(near).panels[0][1].marks if isinstance(m, Area))
    assert band.y.max() == 1.0
    assert sure.seed == 1


def test_one_size_has_a_bar_and_without_an_interest_there_is_one_chance() -> None:
    found = synthesis.next_study(RESULT, sei=0.1, draws=100)
    left, right = chart(found).panels[0]
    (bar,) = (m for m in left.marks if isinstance(m, ChartCurve))
    assert_array_equal(bar.x, [0.1, 0.1])
    assert bar.thickness == 1.4
    assert_array_equal(
        bar.y, [*(found.width - 2 * found.width_error), *(found.width + 2 * found.width_error)]
    )
    assert not any(isinstance(m, Area) for m in (*left.marks, *right.marks))
    assert [m.name for m in right.marks if isinstance(m, Dots)] == ["at 0, no effect"]
    assert " and " not in chart(found).description


def test_words_numbers_and_the_method_stand_below() -> None:
    found = synthesis.next_study(RESULT, sei=[0.1, 0.2], interest=0.3, draws=100)
    drawn = chart(found, effect="log odds ratio", title="Hips")
    assert drawn.title == "Hips"
    assert drawn.panels[0][0].y.label == "Mean width of the interval: log odds ratio"
    assert chart(found).panels[0][0].y.label == "Mean width of the interval"
    assert chart(found).title == "What one more study would do"
    assert "the 95% interval lies below, around or above" in drawn.footnotes[0]
    assert "100 new studies of each size" in drawn.footnotes[1]
    told = drawn.description
    assert told.startswith(f"One more study; the interval is {found.width_now:.4g} wide now. standard error")
    for at in range(2):
        chances = f"{100 * found.changes[at]:.3g}% at 0 and {100 * found.interest_changes[at]:.3g}% at 0.3"
        assert f"width {found.width[at]:.4g}, chance of another answer {chances}" in told
    with pytest.raises(ValueError, match="One more study has no funnel plot; it has one-more"):
        chart(found, "funnel")


@pytest.mark.parametrize("width", ["75mm", "85mm", "174mm"])
def test_it_is_legible_at_every_width(width: str) -> None:
    printed = as_width(width)
    assert printed is not None
    for sizes in (None, 0.1, [1e-4, 10.0]):
        found = synthesis.next_study(RESULT, sei=sizes, interest=0.3, draws=50)
        layout = lay_out_chart(chart(found, effect="Change in BMD (g/cm²) per 1 g/dL"), printed.points)
        assert outside_page(layout) == []
        assert colliding(layout) == []
