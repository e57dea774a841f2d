"""The box-and-dot plot: boxes, whiskers, medians, intervals and dots where the numbers say."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import synthesis
from synthesis.drawing.chart import Area, Chart, ChartCurve, Dots, ReferenceLine
from synthesis.drawing.chart_layout import lay_out_chart
from synthesis.drawing.printing import as_width
from synthesis.drawing.style import BACKGROUND
from synthesis.plots.subject import NotDefinedError, Words
from synthesis.without_pooling.box_chart import box_chart
from synthesis.without_pooling.observed_effects import ObservedEffects
from tests.synthesis.drawing.charts import colliding, outside_page

EFFECTS = [0.5, -0.1, 0.3, 0.2, 0.9, 0.4, 0.8]


def part(yi: list[float], name: str = "") -> ObservedEffects:
    return ObservedEffects.of(name, tuple(f"S{i}" for i in range(len(yi))), np.array(yi), 0.95)


def marks(chart: Chart, kind: type) -> list[object]:
    return [mark for mark in chart.panels[0][0].marks if isinstance(mark, kind)]


def curves(chart: Chart) -> list[ChartCurve]:
    return [mark for mark in chart.panels[0][0].marks if isinstance(mark, ChartCurve)]


def test_box_whiskers_median_and_interval_lie_where_the_numbers_say() -> None:
    one, two = part(EFFECTS, "low"), part([0.1, 0.3], "high")
    chart = box_chart(Words("BMD", "Change"), [one, two])
    boxes = [mark for mark in chart.panels[0][0].marks if isinstance(mark, Area)]
    for row, (box, of) in enumerate(zip(boxes, (one, two), strict=True)):
        assert_array_equal(box.x, [of.q1, of.q3, of.q3, of.q1])
        assert_allclose(box.y, [row - 0.26, row - 0.26, row + 0.26, row + 0.26])
    expected: list[tuple[list[float], list[float]]] = [
        ([one.q1, one.lowest], [0, 0]),
        ([one.q3, one.highest], [0, 0]),
        ([0.4, 0.4], [-0.26, 0.26]),
        ([-0.1, 0.9], [0.38, 0.38]),
        ([two.q1, 0.1], [1, 1]),
        ([two.q3, 0.3], [1, 1]),
        ([0.2, 0.2], [0.74, 1.26]),
    ]
    found = curves(chart)
    assert len(found) == len(expected)
    for curve, (x, y) in zip(found, expected, strict=True):
        assert_allclose(curve.x, x, rtol=1e-14)
        assert_allclose(curve.y, y, rtol=1e-14)
    assert [curve.name for curve in found] == ["", "", "median", "interval of the median", "", "", ""]
    assert [box.name for box in boxes] == ["quartiles", ""]
    rows = chart.panels[0][0].y
    assert rows.ticks == ((0.0, "Low (7)"), (1.0, "High (2)"))
    assert rows.reversed
    assert (rows.low, rows.high) == (-0.6, 1.6)
    assert chart.panels[0][0].height == pytest.approx(46 * 2.2)
    assert len(chart.footnotes) == 3


def test_every_effect_is_a_dot_and_neighbours_do_not_lie_on_one_line() -> None:
    alone = np.array([False, True, False, False, True, False, False])
    of = part(EFFECTS)
    chart = box_chart(Words("BMD"), [of], [alone])
    filled, hollow = (mark for mark in chart.panels[0][0].marks if isinstance(mark, Dots))
    assert_array_equal(filled.x, of.yi[~alone])
    assert_array_equal(hollow.x, of.yi[alone])
    assert (hollow.fill, hollow.edge) == (BACKGROUND, filled.fill)
    assert filled.radius == hollow.radius == 2.3
    assert (filled.name, hollow.name) == ("an effect", "an effect without a standard error")
    lanes = dict(zip([*filled.x, *hollow.x], [*filled.y, *hollow.y], strict=True))
    ordered = [lanes[x] for x in sorted(lanes)]
    assert ordered == [0.0, -0.14, 0.14, 0.0, -0.14, 0.14, 0.0]


def test_one_effect_has_neither_box_nor_median() -> None:
    chart = box_chart(Words("BMD"), [part([0.3])])
    assert marks(chart, Area) == []
    assert curves(chart) == []
    assert chart.panels[0][0].y.ticks == ((0.0, "All (1)"),)
    assert "one effect, 0.3." in chart.description
    assert not any("interval is of the median" in note for note in chart.footnotes)


def test_the_axis_holds_every_effect_and_the_value_of_no_effect() -> None:
    x = box_chart(Words("BMD"), [part([0.3, 0.5])]).panels[0][0].x
    assert (x.low, x.high) == pytest.approx((-0.03, 0.53))
    bare = box_chart(Words("Mean", null=None), [part([3.0, 5.0])])
    assert (bare.panels[0][0].x.low, bare.panels[0][0].x.high) == pytest.approx((2.88, 5.12))
    assert marks(bare, ReferenceLine) == []
    (none,) = (
        m for m in box_chart(Words("BMD"), [part([0.3])]).panels[0][0].marks if isinstance(m, ReferenceLine)
    )
    assert (none.axis, none.at) == ("x", 0.0)


def test_ratios_are_shown_as_ratios_on_a_log_axis() -> None:
    found = synthesis.summarise_effects(np.log([0.5, 0.8, 1.25, 2.0]))
    chart = found.plot("box", log=True, lower="fewer", higher="more", effect="Odds ratio").content
    assert isinstance(chart, Chart)
    panel = chart.panels[0][0]
    assert (panel.x.scale, panel.x.label) == ("log", "Odds ratio")
    white = 0.06 * math.log(4)
    assert (panel.x.low, panel.x.high) == pytest.approx((0.5 * math.exp(-white), 2.0 * math.exp(white)))
    (box,) = (mark for mark in panel.marks if isinstance(mark, Area))
    assert_allclose(box.x[:2], np.exp([found.overall.q1, found.overall.q3]), rtol=1e-14)
    (none,) = (mark for mark in panel.marks if isinstance(mark, ReferenceLine))
    assert none.at == 1.0
    assert chart.footnotes[0] == "Left: fewer; right: more."
    assert "median 1 of 4 effects" in chart.description
    assert "study 1 0.5, study 2 0.8" in chart.description


def test_a_summary_of_escalc_knows_its_words() -> None:
    sizes = synthesis.escalc("OR", ai=[12, 5, 9], bi=[88, 95, 91], ci=[8, 9, 12], di=[92, 91, 88])
    chart = synthesis.summarise_effects(sizes).plot("box").content
    assert isinstance(chart, Chart)
    assert chart.panels[0][0].x.label == "Odds ratio"
    assert chart.title == "Observed effects of 3 studies"
    with pytest.raises(ValueError, match="A summary of effects has no funnel plot; it has box"):
        synthesis.summarise_effects(sizes).plot("funnel")
    with pytest.raises(NotDefinedError, match="beyond what an axis of ratios can show"):
        synthesis.summarise_effects([0.1, 2000.0]).plot("box", log=True)
    with pytest.raises(NotDefinedError, match="beyond what an axis of ratios can show"):
        synthesis.summarise_effects([0.1, -2000.0]).plot("box", log=True)


@pytest.mark.parametrize("width", ["75mm", "85mm", "174mm"])
@pytest.mark.parametrize("k", [1, 2, 8, 40, 200])
def test_it_is_legible_at_every_width(width: str, k: int) -> None:
    yi = np.random.default_rng(k).normal(0.2, 0.3, k)
    by = [["low", "some concerns", "high risk of bias"][i % 3] for i in range(k)]
    found = synthesis.summarise_effects(yi, by=by).plot("box", effect="Change in BMD (g/cm²) per 1 g/dL")
    assert isinstance(found.content, Chart)
    printed = as_width(width)
    assert printed is not None
    layout = lay_out_chart(found.content, printed.points)
    assert outside_page(layout) == []
    assert colliding(layout) == []
