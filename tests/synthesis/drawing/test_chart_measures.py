"""The measures of a chart in points, worked out by hand from its type: 8 points, small print of 7.25."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from synthesis.drawing.chart import Area, Chart, ChartAxis, ChartCurve, Dots, Note, Panel, ReferenceLine
from synthesis.drawing.chart_layout import lay_out_chart
from synthesis.drawing.shapes import Layout, PlacedText
from tests.synthesis.drawing.charts import X, Y, chart

SMALL, BODY, MARGIN, PAGE = 7.25, 8.0, 6.0, 504.0
HALF_CAPITAL = 0.69 * SMALL / 2
LINE = np.array([-1.0, 1.0])


def text(layout: Layout, words: str) -> PlacedText:
    """The one text of these words."""
    [found] = [each for each in layout.texts if each.text == words]
    return found


def frames(layout: Layout) -> list[tuple[float, float, float, float]]:
    """Left, top, right and bottom of each panel, from its two axis lines."""
    axis = [s for s in layout.segments if s.role == "axis"]
    long = [s for s in axis if abs(s.end[0] - s.start[0]) + abs(s.end[1] - s.start[1]) > 4.0]
    return [
        (upright.start[0], upright.start[1], level.end[0], level.end[1])
        for upright, level in zip(long[::2], long[1::2], strict=True)
    ]


def one(panel: Panel, **words: object) -> Layout:
    return lay_out_chart(Chart("Title", ((panel,),), "Says.", **words))  # type: ignore[arg-type]


def test_head_key_panel_and_footnotes_stand_below_each_other() -> None:
    curve, dots = ChartCurve(LINE, LINE, name="curve"), Dots(LINE, LINE, name="dots")
    panel = Panel(X, Y, (curve, dots), "Panel", height=100.0)
    layout = one(panel, subtitle="Under", footnotes=("One.", "Two."))
    title_ends = MARGIN + 1.25 * 9.5 + 0.95
    under_ends = title_ends + 10.0 + 0.8
    key = under_ends + 3.2
    start = key + 1.5 * SMALL + 4.0 + 10.0 + 1.25 * SMALL + 4.0
    bottom = start + 100.0
    label = bottom + 3.0 + 1.6 * SMALL
    notes = label + 10.0 + 4.8
    expected = {
        "Title": MARGIN + 9.5,
        "Under": title_ends + BODY,
        "curve": key + SMALL,
        "dots": key + SMALL,
        "Panel": start - 4.0 - 1.25 * SMALL - 10.0 + BODY,
        Y.label: start - 4.0 - 1.25 * SMALL + 0.8 + SMALL,
        "−0.5": bottom + 3.0 + 1.1 * SMALL,
        X.label: label + BODY,
        "One.": notes + SMALL,
        "Two.": notes + 1.35 * SMALL + SMALL,
    }
    assert {words: text(layout, words).baseline for words in expected} == pytest.approx(expected)
    assert [frame[1::2] for frame in frames(layout)] == [pytest.approx((start, bottom))]
    assert layout.height == pytest.approx(notes + 2 * 1.35 * SMALL + MARGIN)
    assert {text(layout, words).x for words in ("Title", "Under", "Panel", Y.label, "One.")} == {MARGIN}
    assert {text(layout, words).face for words in ("Title", "Panel")} == {"bold"}
    left, _, right, _ = frames(layout)[0]
    name = text(layout, X.label)
    assert name.x + name.width / 2 == pytest.approx((left + right) / 2)
    assert (name.size, text(layout, "−0.5").size, text(layout, "One.").size) == (BODY, SMALL, SMALL)


def test_without_key_and_words_the_panel_follows_the_title() -> None:
    bare = replace(X, label=""), replace(Y, label="")
    layout = one(Panel(*bare, (), height=50.0))
    [(_, top, _, bottom)] = frames(layout)
    assert top == pytest.approx(MARGIN + 1.25 * 9.5 + 0.95 + 4.0)
    assert layout.height == pytest.approx(bottom + 3.0 + 1.6 * SMALL + 4.8 + MARGIN)
    unlabelled = one(Panel(replace(bare[0], ticks=((0.0, ""),)), bare[1], (), height=50.0))
    assert unlabelled.height == pytest.approx(frames(unlabelled)[0][3] + 1.6 + 4.8 + MARGIN)


@pytest.mark.parametrize(("title", "label"), [("Panel", ""), ("", "Axis")])
def test_a_title_or_a_label_alone_takes_its_own_line(title: str, label: str) -> None:
    layout = one(Panel(X, replace(Y, label=label), (), title, height=50.0))
    [(_, top, _, _)] = frames(layout)
    size = BODY if title else SMALL
    assert text(layout, title or label).baseline == pytest.approx(top - 4.0 - 1.25 * size + size)


def test_long_heads_take_as_many_lines_as_they_need() -> None:
    long = "word " * 60
    layout = one(Panel(X, replace(Y, label=long), (), long, height=50.0))
    lines = [t for t in layout.texts if t.text.startswith("word")]
    titles, labels = ([t for t in lines if t.size == size] for size in (BODY, SMALL))
    assert len(titles) > 2
    assert len(labels) > 2
    assert [b.baseline - a.baseline for a, b in pairwise(titles)] == pytest.approx([10.0] * (len(titles) - 1))
    [(_, top, _, _)] = frames(layout)
    first = top - 4.0 - 1.25 * SMALL * len(labels) - 10.0 * len(titles)
    assert titles[0].baseline == pytest.approx(first + BODY)
    assert max(t.x + t.width for t in lines) <= PAGE - MARGIN
    assert max(t.x + t.width for t in lines) > PAGE - MARGIN - 40.0


def test_a_long_axis_label_is_broken_within_its_frame_and_centred() -> None:
    layout = one(Panel(replace(X, label="word " * 50), Y, (), height=50.0), footnotes=("Note.",))
    [(left, _, right, bottom)] = frames(layout)
    lines = [t for t in layout.texts if t.text.startswith("word")]
    assert len(lines) >= 3
    for index, line in enumerate(lines):
        assert line.x + line.width / 2 == pytest.approx((left + right) / 2)
        assert line.baseline == pytest.approx(bottom + 3.0 + 1.6 * SMALL + BODY + 10.0 * index)
    assert right - left - 30.0 < max(line.width for line in lines) <= right - left
    end = lines[-1].baseline + 2.0
    assert text(layout, "Note.").baseline == pytest.approx(end + 4.8 + SMALL)


def test_ticks_and_their_labels_stand_beside_the_axes() -> None:
    layout = one(Panel(X, Y, (), height=100.0))
    [(left, _top, right, bottom)] = frames(layout)
    axis = [s for s in layout.segments if s.role == "axis"]
    assert {s.thickness for s in axis} == {0.8}
    beside = [s for s in axis if s.start[1] == s.end[1] and s.end[0] == left]
    below = [s for s in axis if s.start[0] == s.end[0] and s.start[1] == bottom]
    for index in range(6):
        words = ["0", "0.2", "0.4", "0.6", "0.8", "1"][index]
        height = bottom - 0.2 * index * 100.0
        assert (beside[index].start[0], beside[index].start[1]) == pytest.approx((left - 3.0, height))
        label = next(t for t in layout.texts if t.text == words and t.x < left)
        assert label.x + label.width == pytest.approx(left - 3.0 - 0.35 * SMALL)
        assert label.baseline == pytest.approx(height + HALF_CAPITAL)
    assert len(beside) == 6
    assert [s.end[1] for s in below] == pytest.approx([bottom + 3.0] * 5)
    assert [s.start[0] for s in below] == pytest.approx([left + (right - left) * i / 4 for i in range(5)])
    for words, tick in zip(("−1", "−0.5", "0", "0.5", "1"), below, strict=True):
        label = next(t for t in layout.texts if t.text == words and t.baseline > bottom + 3.0)
        assert label.x + label.width / 2 == pytest.approx(tick.start[0])


def test_a_frame_leaves_room_for_its_widest_label_and_reaches_the_margin() -> None:
    layout = one(Panel(X, Y, ()))
    [(left, top, right, bottom)] = frames(layout)
    widest = max(t.width for t in layout.texts if t.x + t.width < left and t.text.startswith("0"))
    assert left == pytest.approx(MARGIN + widest + 3.0 + 0.5 * SMALL)
    assert right == pytest.approx(PAGE - MARGIN)
    assert bottom - top == pytest.approx(0.62 * (right - left))


def test_panels_side_by_side_have_16_points_between_them() -> None:
    panels = tuple(Panel(X, replace(Y, label=f"Axis {i}"), ()) for i in range(3))
    wide = replace(panels[0], y=replace(Y, label="Axis 3", ticks=((0.5, "a wide label"),)))
    layout = lay_out_chart(Chart("T", (panels, (wide, *panels[:2]), (panels[0],)), "Says."))
    cell = (PAGE - 2 * MARGIN - 2 * 16.0) / 3
    found = frames(layout)
    lefts = [frame[0] for frame in found]
    assert [frame[2] for frame in found] == pytest.approx(
        [MARGIN + cell + i * (cell + 16.0) for i in (0, 1, 2, 0, 1, 2)] + [PAGE - MARGIN]
    )
    assert lefts[:3] == pytest.approx(lefts[3:6]), "panels of a column begin below each other"
    assert lefts[0] == pytest.approx(MARGIN + text(layout, "a wide label").width + 3.0 + 0.5 * SMALL)
    assert lefts[6] < lefts[0], "a row of another number has a room of its own"
    assert text(layout, "Axis 2").x == pytest.approx(MARGIN + 2 * (cell + 16.0))
    for above, below in ((found[0], found[3]), (found[3], found[6])):
        label = 3.0 + 1.6 * SMALL + 10.0
        assert below[1] - above[3] == pytest.approx(label + 4.8 + 1.25 * SMALL + 4.0)


def test_a_tick_label_may_take_45_hundredths_of_its_panel() -> None:
    long = "a long name of a row that goes on and on and on and on and on and on and on and on to 1987"
    for panels in (1, 2):
        cell = (PAGE - 2 * MARGIN - 16.0 * (panels - 1)) / panels
        panel = Panel(X, replace(Y, ticks=((0.5, long),)), ())
        layout = lay_out_chart(Chart("T", ((panel,) * panels,), "Says."))
        labels = [t for t in layout.texts if t.text.startswith("a long")]
        assert len(labels) == panels
        assert all("…" in t.text and 0.45 * cell - 12.0 < t.width <= 0.45 * cell for t in labels)


@pytest.mark.parametrize(
    ("height", "labels"),
    [
        (73.0, "0 0.2 0.4 0.6 0.8 1"),
        (72.0, "0 0.25 0.5 0.75 1"),
        (58.5, "0 0.25 0.5 0.75 1"),
        (57.5, "0 0.5 1"),
        (29.5, "0 0.5 1"),
        (28.5, "0 1"),
    ],
)
def test_labels_of_an_upright_axis_have_over_half_a_line_between_them(height: float, labels: str) -> None:
    """1.6 lines of 9.06 from base line to base line: 14.5 points for a step of 0.2, 0.25 or 0.5."""
    layout = one(Panel(X, Y, (), height=height))
    left = frames(layout)[0][0]
    assert [t.text for t in layout.texts if t.text[0] in "01" and t.x < left] == labels.split()


def test_labels_of_a_level_axis_have_at_least_5_8_points_between_them() -> None:
    """0.8 of the small print, and hardly more where finer ticks have room."""
    gaps = []
    for start in range(40):
        panels = tuple(
            Panel(ChartAxis("", 0.0, 10.0 ** (start / 13 - 1) * width), replace(Y, label=""), (), height=30.0)
            for width in (1.0, 1.9, 3.1, 4.2, 5.9, 7.3, 8.8, 9.4, 9.9)
        )
        rows = (panels[:3], panels[3:6], panels[6:])
        layout = lay_out_chart(Chart("T", rows, "Says."))
        for left, _, right, bottom in frames(layout):
            labels = [t for t in layout.texts if t.baseline == pytest.approx(bottom + 3.0 + 1.1 * SMALL)]
            own = [t for t in labels if left - 1.0 <= t.x + t.width / 2 <= right + 1.0]
            gaps += [b.x - a.x - a.width for a, b in pairwise(own)]
    assert len(gaps) > 500
    assert 5.8 <= min(gaps) < 7.6


def test_the_last_label_of_a_level_axis_ends_three_points_before_the_page_s_edge_at_most() -> None:
    layout = one(Panel(replace(X, ticks=((1.0, "a hundred thousand"),)), Y, ()))
    label = text(layout, "a hundred thousand")
    assert label.x + label.width == pytest.approx(PAGE - 3.0)


def test_samples_of_a_key_stand_before_their_names_at_the_height_of_capitals() -> None:
    marks = (
        ChartCurve(LINE, LINE, "#111111", 1.7, "dashed", "curve"),
        Area(LINE, LINE, "#222222", "area", "#333333"),
        Area(LINE, LINE, "#444444", "borderless"),
        ReferenceLine("x", 0.0, "#555555", "dotted", "rule"),
        Dots(np.zeros(3), np.zeros(3), np.array([1.0, 2.5, 9.0]), "#666666", "#777777", name="dots"),
        Dots(LINE, LINE, 0.5, name="tiny"),
        Dots(LINE, LINE, 12.0, name="huge"),
    )
    layout = one(Panel(X, Y, marks))
    names = ["curve", "area", "borderless", "rule", "dots", "tiny", "huge"]
    starts, x = {}, MARGIN
    for name in names:
        starts[name] = x
        assert text(layout, name).x == pytest.approx(x + 14.0 + 4.0)
        assert (text(layout, name).size, text(layout, name).face) == (SMALL, "regular")
        x += 18.0 + text(layout, name).width + 12.0
    middle = text(layout, "curve").baseline - HALF_CAPITAL
    curve, rule = layout.paths[:2]
    for path, name in ((curve, "curve"), (rule, "rule")):
        at = starts[name]
        assert np.ravel(path.points) == pytest.approx((at, middle, at + 14.0, middle))
        assert path.clip == pytest.approx((at - 1.0, middle - 6.0, at + 15.0, middle + 6.0))
    assert (curve.thickness, curve.colour, curve.dashes) == (1.7, "#111111", (4.0, 2.5))
    assert (rule.thickness, rule.colour, rule.dashes) == (0.8, "#555555", (1.0, 2.0))
    for shape, name, fill in zip(
        layout.polygons[:2], ("area", "borderless"), ("#222222", "#444444"), strict=True
    ):
        at = starts[name]
        assert shape.points == tuple(
            pytest.approx(corner)
            for corner in (
                (at, middle - 4.0),
                (at + 14.0, middle - 4.0),
                (at + 14.0, middle + 4.0),
                (at, middle + 4.0),
            )
        )
        assert (shape.fill, shape.thickness) == (fill, 0.5)
    assert layout.polygons[0].edge == "#333333"
    assert layout.polygons[1].edge == "#8C8C8C", "a sample without an edge of its own is outlined in grey"
    for circles, name, radius in zip(layout.circles[:3], names[4:], (2.5, 1.5, 3.5), strict=True):
        assert np.ravel(circles.centres) == pytest.approx((starts[name] + 7.0, middle))
        assert circles.radii == (radius,)
        assert (circles.thickness, circles.opacity) == (0.5, 1.0)


def test_a_key_breaks_into_lines_at_the_margin() -> None:
    names = [f"an entry of the key, number {i}" for i in range(20)]
    layout = one(Panel(X, Y, tuple(ChartCurve(LINE, LINE, name=name) for name in names)))
    entries = [text(layout, name) for name in names]
    first = entries[0].baseline
    for before, after in pairwise(entries):
        ends = before.x + before.width + 12.0 + 18.0 + after.width
        if ends <= PAGE - MARGIN:
            assert (after.x, after.baseline) == pytest.approx((ends - after.width, before.baseline))
        else:
            assert (after.x, after.baseline) == pytest.approx((MARGIN + 18.0, before.baseline + 1.5 * SMALL))
    rows = round((entries[-1].baseline - first) / (1.5 * SMALL)) + 1
    assert rows > 4
    [(_, top, _, _)] = frames(layout)
    assert top == pytest.approx(first - SMALL + 1.5 * SMALL * rows + 4.0 + 1.25 * SMALL + 4.0)


def test_a_name_as_wide_as_the_page_fills_lines_of_its_own() -> None:
    layout = one(
        Panel(X, Y, (ReferenceLine("x", 0.0, name="word " * 60), ChartCurve(LINE, LINE, name="next")))
    )
    lines = [t for t in layout.texts if t.text.startswith("word")]
    assert len(lines) > 2
    assert {t.x for t in lines} == {MARGIN + 18.0}
    room = PAGE - 2 * MARGIN - 18.0
    assert room - lines[0].width < 30.0
    assert max(t.width for t in lines) <= room
    assert [b.baseline - a.baseline for a, b in pairwise(lines)] == pytest.approx(
        [1.5 * SMALL] * (len(lines) - 1)
    )
    sample = layout.paths[0].points
    assert [y for _, y in sample] == pytest.approx([lines[0].baseline - HALF_CAPITAL] * 2)
    assert text(layout, "next").baseline == pytest.approx(lines[-1].baseline + 1.5 * SMALL)


def test_only_what_is_drawn_has_an_entry_and_each_name_one() -> None:
    marks = (
        ReferenceLine("x", 1.0, name="at the end"),
        ReferenceLine("y", 1.1, name="above"),
        ReferenceLine("y", -0.1, name="below"),
        ReferenceLine("y", 0.0, name="at the foot"),
        ReferenceLine("x", -0.5, name="within x alone"),
        ReferenceLine("y", -0.5, name="within x, below y"),
        Note(0.0, 0.5, "a note"),
    )
    layout = lay_out_chart(Chart("T", ((Panel(X, Y, marks), Panel(X, Y, marks)),), "Says."))
    written = [t.text for t in layout.texts]
    assert {
        name: written.count(name) for name in [m.name for m in marks if isinstance(m, ReferenceLine)]
    } == {
        "at the end": 1,
        "above": 0,
        "below": 0,
        "at the foot": 1,
        "within x alone": 1,
        "within x, below y": 0,
    }
    assert written.count("a note") == 2


def test_a_note_stands_with_its_middle_at_its_point_or_two_points_from_the_frame() -> None:
    notes = [Note(0.2, 0.7, "inside", "#123456"), Note(-1.0, 0.0, "first"), Note(1.0, 0.0, "last")]
    layout = one(Panel(X, Y, tuple(notes), height=100.0))
    [(left, _, right, bottom)] = frames(layout)
    inside, first, last = (text(layout, words) for words in ("inside", "first", "last"))
    assert inside.x + inside.width / 2 == pytest.approx(left + 0.6 * (right - left))
    assert inside.baseline == pytest.approx(bottom - 70.0 + HALF_CAPITAL)
    assert (inside.size, inside.colour) == (SMALL, "#123456")
    assert first.x == pytest.approx(left + 2.0)
    assert last.x + last.width == pytest.approx(right - 2.0)


def test_marks_keep_their_ink() -> None:
    marks = (
        Area(LINE, LINE, "#222222", edge="#333333"),
        Area(LINE, LINE, "#444444"),
        ChartCurve(LINE, LINE, "#111111", 1.7, "dotted"),
        ReferenceLine("y", 0.25, "#555555", "dashed"),
        ReferenceLine("x", 0.5),
        Dots(np.array([0.0]), np.array([0.5]), 4.0, "#666666", "#777777", opacity=0.4),
    )
    layout = one(Panel(X, Y, marks, height=100.0))
    [(left, top, right, bottom)] = frames(layout)
    edged, plain = layout.polygons
    assert (edged.edge, edged.thickness) == ("#333333", 0.5)
    assert (plain.edge, plain.thickness) == ("#444444", 0.0)
    curve, level, upright = layout.paths
    assert (curve.colour, curve.thickness, curve.dashes) == ("#111111", 1.7, (1.0, 2.0))
    assert (level.colour, level.thickness, level.dashes) == ("#555555", 0.8, (4.0, 2.5))
    assert (upright.colour, upright.thickness, upright.dashes) == ("#8C8C8C", 0.8, ())
    assert np.ravel(level.points) == pytest.approx((left, bottom - 25.0, right, bottom - 25.0))
    across = left + 0.75 * (right - left)
    assert np.ravel(upright.points) == pytest.approx((across, top, across, bottom))
    [dots] = layout.circles
    assert (dots.fill, dots.edge, dots.opacity, dots.thickness) == ("#666666", "#777777", 0.4, 0.5)
    assert dots.clip == pytest.approx((left - 4.5, top - 4.5, right + 4.5, bottom + 4.5))


def test_what_a_mark_has_unless_it_is_told_otherwise() -> None:
    curve, dots = ChartCurve(LINE, LINE), Dots(LINE, LINE)
    layout = lay_out_chart(chart(curve, dots))
    assert (layout.paths[0].thickness, layout.paths[0].dashes) == (1.0, ())
    assert layout.circles[0].radii == (2.6, 2.6)
    assert layout.circles[0].opacity == 1.0
