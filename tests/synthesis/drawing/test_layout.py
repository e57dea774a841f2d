"""The geometry of forest plots: what a figure editor would check with a ruler."""

from itertools import combinations, pairwise
from math import sqrt

import pytest

from synthesis.drawing.axis import AxisMap, axis_limits
from synthesis.drawing.fonts import plain
from synthesis.drawing.forest_columns import split_number
from synthesis.drawing.forest_table import (
    Axis,
    ForestTable,
    GroupHeading,
    PredictionRow,
    StudyRow,
    SummaryRow,
    estimate_of,
    limits_of,
)
from synthesis.drawing.shapes import Layout, PlacedText
from tests.synthesis.drawing.pages import lay_out


def axis_of(table: ForestTable, layout: Layout) -> AxisMap:
    line = next(s for s in layout.segments if s.role == "axis")
    return AxisMap(table.axis.scale, *axis_limits(table), line.start[0], line.end[0])


def texts_of(layout: Layout, row: int) -> list[PlacedText]:
    return [text for text in layout.texts if text.row == row]


def test_no_two_texts_overlap(table: ForestTable) -> None:
    boxes = [(text.text, text.box) for text in lay_out(table).texts if text.text]
    assert len(boxes) >= 3
    for (one, a), (other, b) in combinations(boxes, 2):
        apart = a[2] <= b[0] + 1e-6 or b[2] <= a[0] + 1e-6 or a[3] <= b[1] + 1e-6 or b[3] <= a[1] + 1e-6
        assert apart, f"'{one}' overlaps '{other}'"


def test_nothing_lies_outside_the_figure(table: ForestTable) -> None:
    layout = lay_out(table)
    corners = [(t.box[0], t.box[1]) for t in layout.texts] + [(t.box[2], t.box[3]) for t in layout.texts]
    corners += [point for segment in layout.segments for point in (segment.start, segment.end)]
    corners += [point for polygon in layout.polygons for point in polygon.points]
    assert all(0 <= x <= layout.width and 0 <= y <= layout.height for x, y in corners)


def test_the_canvas_has_no_empty_margin(table: ForestTable) -> None:
    layout = lay_out(table)
    boxes = [text.box for text in layout.texts]
    right = max([box[2] for box in boxes] + [s.end[0] for s in layout.segments])
    assert min(box[0] for box in boxes) < 12
    assert min(box[1] for box in boxes) < 12
    assert layout.width - right < 16
    assert layout.height - max(box[3] for box in boxes) < 20


def test_texts_never_stand_in_the_panel(table: ForestTable) -> None:
    layout = lay_out(table)
    panel = [s for s in layout.segments if s.role == "axis"]
    if not panel:
        assert not layout.polygons
        return
    left = panel[0].start[0]
    assert all(text.box[2] <= left for text in layout.texts if text.row is not None)


def test_every_character_is_printed(table: ForestTable) -> None:
    """Nothing is lost when texts are broken into lines."""
    layout = lay_out(table)
    for index, row in enumerate(table.rows):
        label = plain(getattr(row, "label", getattr(row, "text", ""))).replace(" ", "")
        printed = "".join(text.text for text in texts_of(layout, index)).replace(" ", "")
        assert label in printed


def test_decimal_points_stand_under_each_other(table: ForestTable) -> None:
    layout = lay_out(table)
    columns: dict[int, list[float]] = {}
    for index, row in enumerate(table.rows):
        if (
            isinstance(row, StudyRow | SummaryRow)
            and estimate_of(row) is not None
            and limits_of(row) is not None
        ):
            numbers = [
                t for t in texts_of(layout, index) if t.text.strip("[−∞")[:1].isdigit() or "∞" in t.text
            ]
            numbers = sorted((t for t in numbers if t.text != plain(row.label)), key=lambda t: t.x)
            effect = next(i for i, t in enumerate(numbers) if t.text.startswith("[")) - 1
            for part, text in enumerate(numbers[effect:]):
                head, tail = split_number(text.text)
                if tail:
                    columns.setdefault(part, []).append(
                        text.x + layout.fonts.width(head, text.face, text.size)
                    )
    for places in columns.values():
        assert max(places) - min(places) < 1e-9


def test_numbers_have_a_true_minus_sign(small: ForestTable) -> None:
    texts = [text.text for text in texts_of(lay_out(small), 2)]
    assert {"−0.0055", "[−0.0171,", "0.0062]", "4.0%", "987", "community"} <= set(texts)


def test_marker_areas_are_in_proportion_to_weights(small: ForestTable) -> None:
    sides = [p.points[1][0] - p.points[0][0] for p in lay_out(small).polygons if p.role == "marker"]
    assert len(sides) == 3
    assert sides[1] ** 2 / sides[0] ** 2 == pytest.approx(64 / 32, rel=1e-12)
    assert sides[0] ** 2 / sides[2] ** 2 == pytest.approx(32 / 4, rel=1e-12)


def test_equal_and_unknown_weights_give_equal_markers_of_half_a_row() -> None:
    for weight in (None, 25.0):
        rows = tuple(StudyRow(f"Study {i}", i / 10, -1.0, 1.0, weight) for i in range(4))
        polygons = lay_out(ForestTable("Equal", "Effect", Axis("Effect"), rows)).polygons
        sides = [p.points[1][0] - p.points[0][0] for p in polygons if p.role == "marker"]
        assert sides == pytest.approx([6.25] * 4)


def test_marks_stand_at_their_values(table: ForestTable) -> None:
    layout = lay_out(table)
    checked = 0
    for index, row in enumerate(table.rows):
        estimate = estimate_of(row) if isinstance(row, StudyRow | SummaryRow) else None
        if estimate is None or (isinstance(row, SummaryRow) and limits_of(row) is None):
            continue
        x = axis_of(table, layout).position(estimate)
        marks = [p for p in layout.polygons if p.row == index and p.role in {"marker", "diamond"}]
        assert len(marks) == 1
        xs = [point[0] for point in marks[0].points]
        highest = min(marks[0].points, key=lambda point: point[1])[0]
        assert (sum(xs) / 4 if marks[0].role == "marker" else highest) == pytest.approx(x, abs=1e-9)
        checked += 1
    assert checked == sum(
        (isinstance(row, StudyRow) and estimate_of(row) is not None)
        or (isinstance(row, SummaryRow) and limits_of(row) is not None)
        for row in table.rows
    )


def test_intervals_and_diamonds_end_at_their_limits_or_in_an_arrow(table: ForestTable) -> None:
    layout = lay_out(table)
    if not layout.polygons:
        return
    axis = axis_of(table, layout)
    for index, row in enumerate(table.rows):
        limits = limits_of(row) if isinstance(row, StudyRow | SummaryRow | PredictionRow) else None
        arrows = [p.points[0][0] for p in layout.polygons if p.row == index and p.role == "arrow"]
        if limits is None:
            assert not arrows
            continue
        left, right = (axis.position(limit) for limit in limits)
        expected = [axis.left] * (left < axis.left) + [axis.right] * (right > axis.right)
        assert arrows == expected
        xs = [
            x
            for s in layout.segments
            if s.row == index and s.role == "interval"
            for x in (s.start[0], s.end[0])
        ]
        xs += [
            p[0]
            for poly in layout.polygons
            if poly.row == index and poly.role != "marker"
            for p in poly.points
        ]
        assert min(xs) == pytest.approx(max(left, axis.left), abs=1e-9)
        assert max(xs) == pytest.approx(min(right, axis.right), abs=1e-9)


def test_a_prediction_interval_has_caps_where_it_ends_and_arrows_where_it_does_not(
    subgroups: ForestTable,
) -> None:
    layout = lay_out(subgroups)
    assert not [s for s in layout.segments if s.role == "prediction"]
    assert len([p for p in layout.polygons if p.role == "arrow" and p.row == 10]) == 2


def test_reported_silence_is_printed_without_a_mark(small: ForestTable) -> None:
    layout = lay_out(small)
    note = next(t for t in texts_of(layout, 3) if t.text.startswith("examined"))
    assert note.face == "italic"
    assert not [p for p in layout.polygons if p.row == 3]
    assert not [s for s in layout.segments if s.row == 3]


def test_unknown_numbers_are_neither_drawn_nor_printed() -> None:
    nan = float("nan")
    rows = (
        StudyRow("Known", 1.0, 0.5, 1.5),
        StudyRow("Unknown", nan, None, nan),
        PredictionRow("Interval", None, 1.0),
    )
    layout = lay_out(ForestTable("Unknown", "Effect", Axis("Effect"), rows))
    assert {mark.row for mark in layout.polygons} == {0}
    assert [t.text for t in layout.texts if t.row == 1] == ["Unknown", "not estimable"]
    assert not any("nan" in text.text.lower() for text in layout.texts)


def test_an_interval_that_misses_its_own_point_stays_in_the_panel() -> None:
    """A contradiction in print is drawn as printed, but not across the page."""
    rows = (
        StudyRow("Sound", 0.1, 0.0, 0.2),
        StudyRow("Sound too", 0.2, 0.1, 0.3),
        StudyRow("Wrong", 0.1, 50.0, 60.0),
    )
    table = ForestTable("Contradiction", "Effect", Axis("Effect"), rows)
    layout = lay_out(table)
    axis = axis_of(table, layout)
    marks = [point for p in layout.polygons for point in p.points]
    marks += [end for s in layout.segments if s.role == "interval" for end in (s.start, s.end)]
    assert len(marks) == 3 * 4 + 3 + 3 * 2
    assert all(axis.left <= x <= axis.right for x, _ in marks)


def test_guides_stand_at_the_null_and_at_the_pooled_estimate(small: ForestTable) -> None:
    layout = lay_out(small)
    axis = axis_of(small, layout)
    null, pooled = (next(s for s in layout.segments if s.role == role) for role in ("null", "pooled"))
    assert null.start[0] == null.end[0] == axis.position(0.0)
    assert pooled.start[0] == pooled.end[0] == axis.position(0.0039)
    assert pooled.dotted


def test_the_figure_grows_with_its_rows_and_the_type_stays_legible() -> None:
    heights = []
    for k in (1, 2, 8, 40, 200):
        rows = tuple(StudyRow(f"Study {i}", i / 100, -1.0, 1.0, 1.0) for i in range(k))
        layout = lay_out(ForestTable("Growing", "Effect [95% CI]", Axis("Effect"), rows))
        heights.append(layout.height)
        assert min(text.size for text in layout.texts) >= 6
        assert layout.width <= 7.0 * 72
    assert all(below < above for below, above in pairwise(heights))
    assert heights[-1] < 200 * 10 + 100


def test_direction_words_stand_on_their_sides_of_the_null(small: ForestTable) -> None:
    layout = lay_out(small)
    null = axis_of(small, layout).position(0.0)
    lower = next(t for t in layout.texts if t.text == "←\N{NO-BREAK SPACE}lower BMD")
    higher = next(t for t in layout.texts if t.text == "higher BMD\N{NO-BREAK SPACE}→")
    assert lower.x + lower.width < null < higher.x


def test_widest_marker_fits_its_row() -> None:
    rows = tuple(StudyRow(f"Study {i}", 0.0, -1.0, 1.0, w) for i, w in enumerate((99.0, 1.0)))
    markers = [
        p for p in lay_out(ForestTable("Fit", "Effect", Axis("Effect"), rows)).polygons if p.role == "marker"
    ]
    sides = [p.points[1][0] - p.points[0][0] for p in markers]
    assert sides[0] < 12.5 * 0.75
    assert sides[1] == pytest.approx(max(1.5, sides[0] / sqrt(99)))


def test_a_column_made_for_a_label_holds_it_on_one_line() -> None:
    for i in range(100):
        rows = (GroupHeading("G"), StudyRow(f"S{i}-{i * i}", 0.0, -1.0, 1.0))
        layout = lay_out(ForestTable("Fit", "Effect [95% CI]", Axis("Effect"), rows, study_header=""))
        assert next(text.text for text in texts_of(layout, 1)) == f"S{i}-{i * i}"
