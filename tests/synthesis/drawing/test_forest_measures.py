"""The measures of a forest plot in points, worked out by hand from its type: 8 points, rows of 12.5."""

from __future__ import annotations

from itertools import pairwise

import pytest

from synthesis.drawing.forest_table import (
    Axis,
    ForestTable,
    GroupHeading,
    NotReportedRow,
    PredictionRow,
    Row,
    SpacerRow,
    StudyRow,
    SummaryRow,
    TextRow,
)
from synthesis.drawing.shapes import Layout, PlacedText, Polygon
from synthesis.drawing.style import Sizes, sizes_for
from tests.synthesis.drawing.pages import lay_out

AXIS = Axis("Effect", "linear", 0.0, "less " * 30, "more " * 30)
ROWS: tuple[Row, ...] = (
    StudyRow("A", 0.1, -0.4, 0.6, 20.0),
    StudyRow("B", 0.3, 0.1, 0.5, 60.0),
    StudyRow("C", 0.2, -0.2, 0.6, 20.0),
    SummaryRow("All", 0.2, 0.0, 0.4, 100.0),
    PredictionRow("New", -0.2, 0.6),
    TextRow("small print"),
)
TABLE = ForestTable("Title", "Effect [95% CI]", AXIS, ROWS, subtitle="Under", footnotes=("†", "‡"))


def baselines(layout: Layout, *starts: str) -> list[float]:
    """Where the first texts that begin so stand."""
    return [next(t.baseline for t in layout.texts if t.text.startswith(start)) for start in starts]


def of_row(layout: Layout, row: int) -> PlacedText:
    return next(text for text in layout.texts if text.row == row)


def height_of(polygon: Polygon) -> float:
    ys = [y for _, y in polygon.points]
    return max(ys) - min(ys)


def width_of(polygon: Polygon) -> float:
    xs = [x for x, _ in polygon.points]
    return max(xs) - min(xs)


@pytest.mark.parametrize(
    ("rows", "body", "pitch"),
    [(1, 8.0, 12.5), (50, 8.0, 12.5), (51, 7.25, 10.75), (110, 7.25, 10.75), (111, 7.0, 9.75)],
)
def test_type_shrinks_as_the_table_grows(rows: int, body: float, pitch: float) -> None:
    assert sizes_for(rows) == Sizes(body, pitch)


def test_lengths_hang_on_the_body_type() -> None:
    sizes = Sizes(body=8.0, pitch=12.5)
    lengths = (sizes.small, sizes.title, sizes.line, sizes.gap, sizes.indent, sizes.margin)
    assert lengths == pytest.approx((7.25, 9.5, 10.0, 12.0, 8.8, 6.0))
    assert Sizes(body=7.25, pitch=10.75).small == 7.0, "no type is smaller"


def test_title_header_rule_rows_and_axis_stand_below_each_other() -> None:
    """Capitals are 0.69 of the type high, so half of that is from a row's middle to its base line."""
    layout = lay_out(TABLE)
    title_ends = 6.0 + 1.25 * 9.5 + 0.95
    below_ends = title_ends + 1.25 * 8.0 + 0.8
    header_ends = below_ends + 0.4 * 12.5 + 10.0
    rule = header_ends + 0.2 * 8.0
    first = rule + 0.3 * 12.5 + 12.5 / 2 + 0.69 * 4.0
    overall = first + 3 * 12.5 + 0.45 * 12.5
    print_top = rule + 0.3 * 12.5 + 5.45 * 12.5
    print_high = 1.25 * 7.25 + 0.3 * 7.25
    expected = [
        15.5,
        title_ends + 8.0,
        header_ends - 0.24 * 8.0,
        *(first + i * 12.5 for i in range(3)),
        overall,
        overall + 12.5,
        print_top + print_high / 2 + 0.69 * 7.25 / 2,
    ]
    found = baselines(layout, "Title", "Under", "Study", "A", "B", "C", "All", "New", "small")
    assert found == pytest.approx(expected)
    rules = [s for s in layout.segments if s.role == "rule"]
    assert [(s.start[1], s.end[1], s.start[0], s.thickness) for s in rules] == [
        pytest.approx((rule, rule, 6.0, 0.8))
    ]
    level, *ticks = [s for s in layout.segments if s.role == "axis"]
    axis = print_top + print_high + 0.2 * 12.5
    assert (level.start[1], level.end[1], level.thickness) == pytest.approx((axis, axis, 0.8))
    assert rules[0].end[0] == level.end[0]
    assert len(ticks) >= 3
    for tick in ticks:
        assert (tick.start[1], tick.end[1], tick.thickness) == pytest.approx((axis, axis + 3.0, 0.8))
        assert tick.start[0] == tick.end[0]
    labels = [t for t in layout.texts if t.baseline == pytest.approx(axis + 3.0 + 1.1 * 7.25)]
    assert [t.x + t.width / 2 for t in labels] == pytest.approx([tick.start[0] for tick in ticks])
    words = axis + 3.0 + 1.6 * 7.25
    less, more = directions_of(layout)
    assert len(less) >= 2
    lines = [*less, *more]
    assert [t.baseline for t in lines] == pytest.approx(
        [words + 7.25 + 1.25 * 7.25 * i for i in range(len(lines))]
    )
    label = next(t for t in layout.texts if t.text == "Effect")
    assert label.baseline == pytest.approx(words + 1.25 * 7.25 * len(lines) + 0.35 * 8.0 + 8.0)
    assert label.x + label.width / 2 == pytest.approx((level.start[0] + level.end[0]) / 2)
    notes = label.baseline + 2.0 + 0.5 * 7.25  # below the axis, as there are less than 165 points beside it
    between = 1.25 * 7.25 + 0.1 * 7.25
    assert baselines(layout, "†", "‡") == pytest.approx([notes + 7.25, notes + between + 7.25])
    assert layout.height == pytest.approx(notes + 2 * between + 6.0)


def test_notes_that_reach_below_the_axis_make_the_page_higher() -> None:
    notes = tuple(f"Note {i}" for i in range(20))
    layout = lay_out(ForestTable("T", "E", Axis("Effect"), ROWS, footnotes=notes))
    [last] = baselines(layout, "Note 19")
    assert layout.height == pytest.approx(last + 0.25 * 7.25 + 0.1 * 7.25 + 6.0)


def panel_of(layout: Layout) -> tuple[float, float]:
    level = next(s for s in layout.segments if s.role == "axis")
    return level.start[0], level.end[0]


def directions_of(layout: Layout) -> tuple[list[PlacedText], list[PlacedText]]:
    """The lines of the words "less" and "more"."""
    less = [t for t in layout.texts if t.text.lstrip("←\N{NO-BREAK SPACE}").startswith("less")]
    return less, [t for t in layout.texts if t.text.startswith("more")]


@pytest.mark.parametrize("null", [0.05, None])
@pytest.mark.parametrize("times", [1, 4])
def test_words_of_direction_stand_on_their_side_within_the_panel(null: float | None, times: int) -> None:
    """Beside the null, or at the ends of the panel without one, in three lines at most."""
    axis = Axis("Effect", "linear", null, " ".join(["less"] * 3 * times), " ".join(["more"] * 3 * times))
    layout = lay_out(ForestTable("T", "E", axis, ROWS))
    left, right = panel_of(layout)
    less, more = directions_of(layout)
    assert (less[0].text[0], more[-1].text[-1]) == ("←", "→")
    assert len(less) == len(more) <= 3
    assert (len(less) > 1) == (times > 1)
    assert [t.baseline for t in less] == [t.baseline for t in more]
    if null is None:
        assert min(t.x for t in less) == pytest.approx(left)
        assert {round(t.x + t.width, 6) for t in more} == {round(right, 6)}
    else:
        line = next(s for s in layout.segments if s.role == "null").start[0]
        assert {round(t.x + t.width, 6) for t in less} == {round(line - 3.625, 6)}
        assert {round(t.x, 6) for t in more} == {round(line + 3.625, 6)}
    assert min(t.x for t in less) >= left - 1e-9
    assert max(t.x + t.width for t in more) <= right + 1e-9


@pytest.mark.parametrize(
    ("lower", "higher"), [("less " * 30, "more " * 30), ("less", "more " * 30), ("less" * 40, "more")]
)
def test_words_without_room_on_their_side_stand_below_each_other(lower: str, higher: str) -> None:
    layout = lay_out(ForestTable("T", "E", Axis("Effect", "linear", 0.0, lower, higher), ROWS))
    left, right = panel_of(layout)
    less, more = directions_of(layout)
    assert max(t.baseline for t in less) < min(t.baseline for t in more)
    assert {round(t.x, 6) for t in less} == {round(left, 6)}
    assert {round(t.x + t.width, 6) for t in more} == {round(right, 6)}
    assert max(t.width for t in (*less, *more)) <= right - left + 1e-6
    label = next(t for t in layout.texts if t.text == "Effect")
    assert label.baseline > max(t.baseline for t in more)


def test_an_axis_label_is_no_wider_than_its_panel() -> None:
    layout = lay_out(ForestTable("T", "E", Axis("label " * 30), ROWS))
    left, right = panel_of(layout)
    lines = [t for t in layout.texts if t.text.startswith("label")]
    assert len(lines) > 2
    assert min(t.x for t in lines) >= left - 1e-6
    assert max(t.x + t.width for t in lines) <= right + 1e-6


def test_white_stands_before_groups_and_the_overall_result_and_subgroups_are_set_in() -> None:
    rows: tuple[Row, ...] = (
        GroupHeading("First"),
        StudyRow("A", 0.1, 0.0, 0.2),
        SummaryRow("Of first", 0.1, 0.0, 0.2, level="subgroup"),
        GroupHeading("Second"),
        StudyRow("B", 0.1, 0.0, 0.2),
        SpacerRow(),
        GroupHeading("Third"),
        StudyRow("C", 0.1, 0.0, 0.2),
        TextRow("τ² = 0"),
        SummaryRow("All", 0.1, 0.0, 0.2),
        StudyRow("D", 0.1, 0.0, 0.2),
    )
    layout = lay_out(ForestTable("T", "E", Axis("Effect"), rows))
    shown = {i: of_row(layout, i) for i in range(11) if i != 5}
    steps = {(a, b): shown[b].baseline - shown[a].baseline for a, b in pairwise(shown)}
    white = 0.45 * 12.5
    assert steps[0, 1] == pytest.approx(12.5)
    assert steps[1, 2] == pytest.approx(12.5)
    assert steps[2, 3] == pytest.approx(12.5 + white)
    assert steps[4, 6] == pytest.approx(12.5 + white + 6.25), "a spacer is half a row, once"
    small = 1.55 * 7.25
    assert steps[7, 8] == pytest.approx(6.25 + small / 2 - 0.69 * (8.0 - 7.25) / 2)
    assert steps[8, 9] == pytest.approx(6.25 + small / 2 + white + 0.69 * (8.0 - 7.25) / 2)
    assert steps[9, 10] == pytest.approx(12.5)
    lefts = {i: text.x for i, text in shown.items()}
    assert lefts == pytest.approx({i: 6.0 if i in {0, 3, 6, 9, 10} else 14.8 for i in shown})
    assert {i for i, text in shown.items() if text.face == "bold"} == {0, 3, 6, 9}
    assert {i for i, text in shown.items() if text.size == 7.25} == {8}


def test_white_stands_before_a_group_that_follows_a_group_of_one_study() -> None:
    rows = (
        GroupHeading("First"),
        StudyRow("A", 0.1, 0.0, 0.2),
        GroupHeading("Second"),
        StudyRow("B", 0.1, 0.0, 0.2),
        StudyRow("C", 0.1, 0.0, 0.2),
    )
    layout = lay_out(ForestTable("T", "E", Axis("Effect"), rows))
    steps = [below - above for above, below in pairwise(of_row(layout, i).baseline for i in range(5))]
    assert steps == pytest.approx([12.5, 12.5 + 0.45 * 12.5, 12.5, 12.5])


def test_without_plot_and_weights_the_page_ends_a_margin_behind_the_longest_note() -> None:
    notes = ("not significant", "reported only as no association in the text")
    rows = tuple(NotReportedRow(f"Study {i}", note) for i, note in enumerate(notes))
    layout = lay_out(ForestTable("T", "E", Axis("Effect"), rows))
    note = next(text for text in layout.texts if text.text == notes[1])
    assert layout.width == pytest.approx(note.x + note.width + 6.0)


def test_a_row_grows_by_a_line_for_each_line_more() -> None:
    long = "word " * 24
    rows = (StudyRow("A", 0.1, 0.0, 0.2), StudyRow(long, 0.1, 0.0, 0.2), StudyRow("C", 0.1, 0.0, 0.2))
    layout = lay_out(ForestTable("T", "E", Axis("Effect"), rows))
    lines = [t.baseline for t in layout.texts if t.row == 1 and t.text.startswith("word")]
    assert len(lines) >= 3
    assert [b - a for a, b in pairwise(lines)] == pytest.approx([10.0] * (len(lines) - 1))
    [a], [c] = ([t.baseline for t in layout.texts if t.row == i and t.text in "AC"] for i in (0, 2))
    assert c - a == pytest.approx(2 * 12.5 + (len(lines) - 1) * 10.0)
    assert sum(lines) / len(lines) == pytest.approx((a + c) / 2), "its number stands at the middle"
    number = next(t.baseline for t in layout.texts if t.row == 1 and t.text.startswith("0.10"))
    assert number == pytest.approx((a + c) / 2)


def test_marks_have_their_heights() -> None:
    layout = lay_out(TABLE)
    [diamond] = [p for p in layout.polygons if p.role == "diamond"]
    [bar] = [p for p in layout.polygons if p.role == "prediction"]
    assert height_of(diamond) == pytest.approx(2 * 0.36 * 12.5)
    assert height_of(bar) == pytest.approx(2 * 0.11 * 12.5)
    caps = [s for s in layout.segments if s.role == "prediction"]
    assert [s.end[1] - s.start[1] for s in caps] == pytest.approx([2 * 0.27 * 12.5] * 2)
    assert [s.start[0] for s in caps] == [s.end[0] for s in caps]
    assert {s.start[0] for s in caps} == {x for x, _ in bar.points}
    points = [s for s in layout.segments if s.role == "point"]
    assert [s.end[1] - s.start[1] for s in points] == pytest.approx([0.36 * 12.5] * 3)
    markers = [p for p in layout.polygons if p.role == "marker"]
    # Three quarters of a row would be the largest with no weight beside it; here the least is a third of it.
    assert width_of(markers[1]) == pytest.approx(12.5 * (0.5 + 0.25 * (1 - 20 / 60)))
    assert width_of(markers[0]) == pytest.approx(width_of(markers[1]) / 3**0.5)
    assert [height_of(p) for p in markers] == pytest.approx([width_of(p) for p in markers])
    middles = [sum(y for _, y in p.points) / 4 for p in markers]
    assert middles == pytest.approx([(s.start[1] + s.end[1]) / 2 for s in points])
    intervals = [s for s in layout.segments if s.role == "interval"]
    assert [(s.start[1], s.end[1]) for s in intervals] == [pytest.approx((m, m)) for m in middles]
    assert {s.thickness for s in (*points, *intervals, *caps)} == {0.9}
    assert (diamond.thickness, bar.thickness, {p.thickness for p in markers}) == (0.8, 0.5, {0.0})
    for band, mark in ((3, diamond), (4, bar)):
        ys = [y for _, y in mark.points]
        assert (min(ys) + max(ys)) / 2 == pytest.approx(of_row(layout, band).baseline - 2.76)


def test_a_subgroup_s_diamond_is_lower_and_hollow() -> None:
    rows = (SummaryRow("Of a group", 0.1, 0.0, 0.2, level="subgroup"), SummaryRow("All", 0.1, 0.0, 0.2))
    group, overall = lay_out(ForestTable("T", "E", Axis("Effect"), rows)).polygons
    assert height_of(group) == pytest.approx(0.6 * 12.5)
    assert height_of(overall) == pytest.approx(0.72 * 12.5)
    assert (group.fill, overall.fill) == ("#FFFFFF", overall.edge)
    assert group.edge == overall.edge


def test_no_square_is_too_small_to_be_seen() -> None:
    rows = (
        StudyRow("A", 0.1, 0.0, 0.2, 99.9),
        StudyRow("B", 0.1, 0.0, 0.2, 0.001),
        StudyRow("C", 0.1, 0.0, 0.2, 0.0),
    )
    sides = [width_of(p) for p in lay_out(ForestTable("T", "E", Axis("Effect"), rows)).polygons]
    assert sides == pytest.approx([0.75 * 12.5, 1.5, 1.5])


@pytest.mark.parametrize("weight", [0.0, None])
def test_squares_without_weights_fill_half_a_row(weight: float | None) -> None:
    rows = tuple(StudyRow(name, 0.1, 0.0, 0.2, weight) for name in "AB")
    sides = [width_of(p) for p in lay_out(ForestTable("T", "E", Axis("Effect"), rows)).polygons]
    assert sides == pytest.approx([6.25, 6.25])


def test_arrows_have_their_size_and_the_line_ends_where_they_begin() -> None:
    """A head is 0.4 of a row long and 0.9 times as wide; a diamond's side narrows to it."""
    rows = (
        StudyRow("A", 0.1, 0.0, 0.2),
        StudyRow("B", 0.1, -90.0, 90.0),
        SummaryRow("All", 0.1, -1.2, 1.4),
        StudyRow("C", 0.1, 0.0, 0.2),
        SummaryRow("Endless", 0.1, float("-inf"), 0.2, level="subgroup"),
    )
    layout = lay_out(ForestTable("T", "E", Axis("Effect"), rows))
    level = next(s for s in layout.segments if s.role == "axis")
    arrows = [p for p in layout.polygons if p.role == "arrow"]
    assert [p.row for p in arrows] == [1, 1, 2, 2, 4]
    assert [width_of(p) for p in arrows] == pytest.approx([5.0] * 5)
    assert [height_of(p) for p in arrows] == pytest.approx([4.5] * 5), "an endless side narrows too"
    line = next(s for s in layout.segments if s.role == "interval" and s.row == 1)
    assert (line.start[0], line.end[0]) == pytest.approx((level.start[0] + 5.0, level.end[0] - 5.0))
    for arrow in arrows:
        (tip, middle), (base, above), (same, below) = arrow.points
        assert tip in (level.start[0], level.end[0])
        assert base == same
        assert (above + below) / 2 == pytest.approx(middle)
        assert level.start[0] <= base <= level.end[0]
    diamond = next(p for p in layout.polygons if p.role == "diamond" and p.row == 2)
    for side, arrow in ((min, arrows[2]), (max, arrows[3])):
        end = side(x for x, _ in diamond.points)
        at_end = [y for x, y in diamond.points if x == end]
        assert max(at_end) - min(at_end) == pytest.approx(2.0), "narrower than the head"
        assert end in {x for x, _ in arrow.points}


def test_silence_is_said_in_italics_across_the_columns_that_are_free() -> None:
    rows = (
        StudyRow("A", 0.1, 0.0, 0.2, 100.0),
        NotReportedRow(
            "B", "examined but not reported in words that need more than one line to be said at all"
        ),
    )
    layout = lay_out(ForestTable("T", "E", Axis("Effect"), rows))
    said = [t for t in layout.texts if t.row == 1 and t.face == "italic"]
    assert len(said) >= 2
    assert {t.x for t in said} == {next(t.x for t in layout.texts if t.text == "E")}
    headers = [t for t in layout.texts if t.text == "Weight"]
    assert max(t.x + t.width for t in said) <= headers[0].x + headers[0].width + 1e-6
    assert [b.baseline - a.baseline for a, b in pairwise(said)] == pytest.approx([10.0] * (len(said) - 1))


@pytest.mark.parametrize("null", [-0.3, 0.2, 0.5])
def test_words_for_which_a_line_has_room_move_off_the_null_rather_than_break(null: float) -> None:
    """By as little as they need, together, and the words stay half a letter from where they meet."""

    def found(
        lower: int, higher: int
    ) -> tuple[float, list[PlacedText], list[PlacedText], tuple[float, float]]:
        axis = Axis("Effect", "linear", null, "less" + "s" * lower, "more" + "e" * higher)
        layout = lay_out(ForestTable("T", "E", axis, ROWS))
        line = next(s for s in layout.segments if s.role == "null").start[0]
        return (line, *directions_of(layout), panel_of(layout))

    line, less, more, (left, right) = found(1, 1)
    assert (len(less), len(more)) == (1, 1)
    assert (less[0].x + less[0].width, more[0].x) == pytest.approx((line - 3.625, line + 3.625))
    moved = 0
    for lower, higher in [(n, m) for n in range(1, 28, 3) for m in range(1, 28, 3)]:
        line, less, more, (left, right) = found(lower, higher)
        if len(less) == len(more) == 1 and less[0].baseline == more[0].baseline:
            meet = more[0].x - 3.625
            assert less[0].x + less[0].width == pytest.approx(meet - 3.625)
            assert less[0].x >= left - 1e-6
            assert more[0].x + more[0].width <= right + 1e-6
            if meet < line - 1e-6:
                assert more[0].x + more[0].width == pytest.approx(right)
                assert meet + (more[0].width + 7.25) / 2 >= line - 1e-6
                moved += 1
            elif meet > line + 1e-6:
                assert less[0].x == pytest.approx(left)
                assert meet - (less[0].width + 7.25) / 2 <= line + 1e-6
                moved += 1
    assert moved >= 1
