"""The geometry of charts: what a figure editor would check with a ruler."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from synthesis.drawing.chart import Area, Chart, ChartAxis, ChartCurve, Dots, Note, Panel, ReferenceLine
from synthesis.drawing.chart_layout import lay_out_chart
from synthesis.drawing.press import shortened
from synthesis.drawing.shapes import Layout
from synthesis.drawing.style import PAGE_WIDTH
from tests.synthesis.drawing.charts import CHARTS, RATIO, X, Y, chart, cloud, colliding, outside_page


@pytest.fixture(scope="module", params=CHARTS)
def layout(request: pytest.FixtureRequest) -> Layout:
    return lay_out_chart(CHARTS[request.param]())


def test_no_text_leaves_the_page(layout: Layout) -> None:
    assert layout.width == PAGE_WIDTH
    assert outside_page(layout) == []


def test_no_text_covers_another(layout: Layout) -> None:
    assert colliding(layout) == []


def frame_of(layout: Layout) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of the first panel, from its two axis lines."""
    upright, level = [segment for segment in layout.segments if segment.role == "axis"][:2]
    return upright.start[0], upright.start[1], level.end[0], level.end[1]


@pytest.mark.parametrize(("scale", "flipped", "which"), list(product(("linear", "log"), (False, True), "xy")))
def test_values_stand_where_the_axis_says(scale: str, flipped: bool, which: str) -> None:
    low, middle, high = (0.01, 1.0, 100.0) if scale == "log" else (-1.0, 0.0, 1.0)
    axis = ChartAxis("A", low, high, scale=scale, reversed=flipped)  # type: ignore[arg-type]
    three, centre = np.array([low, middle, high]), np.zeros(3)
    drawn = (
        chart(Dots(three, centre + 0.5), x=axis) if which == "x" else chart(Dots(centre, three), x=X, y=axis)
    )
    layout = lay_out_chart(drawn)
    left, top, right, bottom = frame_of(layout)
    [circles] = layout.circles
    found = [centre[0 if which == "x" else 1] for centre in circles.centres]
    first, last = (left, right) if which == "x" else (bottom, top)
    if flipped:
        first, last = last, first
    assert found == pytest.approx([first, (first + last) / 2, last])


@pytest.mark.parametrize("flipped", [False, True])
def test_ticks_stand_at_their_values(flipped: bool) -> None:
    layout = lay_out_chart(chart(x=replace(RATIO, reversed=flipped)))
    left, _, right, bottom = frame_of(layout)
    labels = {text.text: (text.box[0] + text.box[2]) / 2 for text in layout.texts if text.box[1] > bottom}
    for label, exponent in (("0.1", -1.0), ("1", 0.0), ("10", 1.0)):
        share = (exponent + 2.0) / 4.0
        assert labels[label] == pytest.approx(
            right - share * (right - left) if flipped else left + share * (right - left)
        )


def test_negative_ticks_have_a_minus_sign() -> None:
    texts = [text.text for text in lay_out_chart(chart()).texts]
    assert "−0.5" in texts
    assert not any(text.startswith("-") for text in texts)


def test_a_tick_at_the_very_end_of_an_axis_stays_on_the_page() -> None:
    layout = lay_out_chart(chart(x=replace(X, ticks=((1.0, "one hundred thousand"),))))
    assert outside_page(layout) == []


def test_the_key_names_each_mark_once_in_lines_that_fit() -> None:
    names = [f"a kind of mark with the number {i}" for i in range(9)]
    marks = [
        ChartCurve(np.array([-1.0, 1.0]), np.array([0.1, 0.1 * i]), name=name) for i, name in enumerate(names)
    ]
    layout = lay_out_chart(chart(*marks, *marks))
    entries = [text for text in layout.texts if text.text in names]
    assert [text.text for text in entries] == names
    assert len({text.baseline for text in entries}) > 1
    assert outside_page(layout) == []
    for text in entries:
        sample = [path for path in layout.paths if path.points[0][1] == path.points[1][1]]
        assert any(
            path.points[1][0] < text.x and abs(path.points[0][1] - text.baseline) < 6.0 for path in sample
        )


def test_a_rule_beyond_its_axis_has_no_entry_in_the_key() -> None:
    drawn = lay_out_chart(chart(ReferenceLine("x", 5.0, name="far"), ReferenceLine("x", 0.5, name="near")))
    written = [text.text for text in drawn.texts]
    assert "near" in written
    assert "far" not in written


def test_a_name_wider_than_the_page_is_broken() -> None:
    layout = lay_out_chart(chart(ReferenceLine("x", 0.0, name="word " * 60)))
    assert sum(text.text.startswith("word") for text in layout.texts) > 2
    assert outside_page(layout) == []


def test_a_gap_parts_a_curve_and_a_dot_without_a_place_is_left_out() -> None:
    x = np.array([-1.0, -0.5, np.nan, 0.5, 1.0])
    y = np.array([0.1, 0.2, 0.3, 0.4, np.inf])
    layout = lay_out_chart(chart(ChartCurve(x, y), Dots(x, y, radius=np.arange(1.0, 6.0))))
    assert [len(path.points) for path in layout.paths] == [2, 1]
    assert layout.circles[0].radii == (1.0, 2.0, 4.0)


def test_nothing_stands_at_zero_on_a_log_axis() -> None:
    x = np.array([0.0, -1.0, 1.0])
    layout = lay_out_chart(chart(Dots(x, np.full(3, 0.5)), ChartCurve(x, np.full(3, 0.5)), x=RATIO))
    assert len(layout.circles[0].centres) == 1
    assert [len(path.points) for path in layout.paths] == [1]
    empty = lay_out_chart(chart(Dots(x[:2], np.full(2, 0.5)), x=RATIO))
    assert empty.circles == ()


def test_marks_are_cut_at_the_frame_but_a_dot_on_its_edge_is_whole() -> None:
    line = np.array([-9.0, 9.0])
    layout = lay_out_chart(
        chart(
            ChartCurve(line, line), Area(line, line, "#000000"), Dots(np.array([1.0]), np.array([0.5]), 4.0)
        )
    )
    frame = frame_of(layout)
    assert layout.paths[0].clip == frame
    assert layout.polygons[0].clip == frame
    left, top, right, bottom = layout.circles[0].clip
    assert (frame[0] - left, frame[1] - top) == pytest.approx((right - frame[2], bottom - frame[3]))
    assert right - frame[2] >= 4.0


def test_a_note_stays_in_the_frame() -> None:
    layout = lay_out_chart(chart(Note(1.0, 0.5, "right at the edge"), Note(-1.0, 0.5, "left at the edge")))
    left, _, right, _ = frame_of(layout)
    for text in layout.texts:
        if text.text.endswith("edge"):
            assert left < text.box[0] < text.box[2] < right


def test_panels_of_a_row_are_equally_wide_and_do_not_touch() -> None:
    layout = lay_out_chart(CHARTS["grid"]())
    upright = [
        s
        for s in layout.segments
        if s.role == "axis" and s.start[0] == s.end[0] and s.end[1] - s.start[1] > 9
    ]
    level = [
        s
        for s in layout.segments
        if s.role == "axis" and s.start[1] == s.end[1] and s.end[0] - s.start[0] > 9
    ]
    assert len(upright) == len(level) == 6
    widths = [round(line.end[0] - line.start[0], 6) for line in level]
    assert [len(set(widths[a:b])) for a, b in ((0, 3), (3, 5), (5, 6))] == [1, 1, 1]
    assert all(width > 60.0 for width in widths)
    tops = [line.start[1] for line in upright]
    assert tops[0] == tops[1] == tops[2] < tops[3] == tops[4] < tops[5]


def test_long_tick_labels_leave_half_of_the_panel_to_the_data() -> None:
    layout = lay_out_chart(CHARTS["long words"]())
    left, _, right, _ = frame_of(layout)
    assert right - left > 0.5 * PAGE_WIDTH
    labels = [text.text for text in layout.texts if text.box[2] < left]
    assert sum("…" in label for label in labels) == 10


def test_a_shortened_text_keeps_both_ends_and_fits() -> None:
    text = "The Collaborative Study of Care, site 12 1987"
    for limit in range(5, 45):
        short = shortened(text, limit, lambda part: float(len(part)))
        assert len(short) <= limit
        assert short[:2] == "Th"
        assert short[-2:] == "87"
        assert short.count("…") == 1
    assert shortened(text, 45, lambda part: float(len(part))) == text
    assert shortened(text, 1, lambda part: float(len(part))) == "…"


def test_the_page_is_as_high_as_its_contents() -> None:
    flat, tall = (lay_out_chart(replace(chart(cloud(3)), aspect=aspect)) for aspect in (0.3, 1.0))
    assert tall.height - flat.height == pytest.approx(0.7 * (frame_of(tall)[2] - frame_of(tall)[0]), rel=0.02)
    square = frame_of(tall)
    assert square[3] - square[1] == pytest.approx(square[2] - square[0])


def test_a_panel_may_have_a_height_of_its_own() -> None:
    layout = lay_out_chart(Chart("A", ((Panel(X, Y, (), height=33.0),),), "B"))
    _, top, _, bottom = frame_of(layout)
    assert bottom - top == pytest.approx(33.0)


@pytest.mark.parametrize(
    ("low", "high", "scale", "says"),
    [
        (1.0, 1.0, "linear", "runs from 1.0 to 1.0; expected low < high"),
        (2.0, 1.0, "linear", "runs from 2.0 to 1.0; expected low < high"),
        (float("nan"), 1.0, "linear", "runs from nan to 1.0"),
        (0.0, float("inf"), "linear", "runs from 0.0 to inf"),
        (0.0, 1.0, "log", "is logarithmic and begins at 0.0; expected above 0"),
    ],
)
def test_an_axis_that_cannot_be_drawn_is_refused(low: float, high: float, scale: str, says: str) -> None:
    with pytest.raises(ValueError, match=f"axis 'Dose' {says}"):
        ChartAxis("Dose", low, high, scale=scale)  # type: ignore[arg-type]


@pytest.mark.parametrize("panels", [(), ((),)])
def test_a_chart_without_panels_is_refused(panels: tuple[tuple[Panel, ...], ...]) -> None:
    with pytest.raises(ValueError, match="at least one panel in each row"):
        Chart("Empty", panels, "Nothing.")
