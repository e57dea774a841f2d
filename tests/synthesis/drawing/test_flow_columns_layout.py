"""The geometry of a flow in columns: numbers under their update, and blocks where not all have room."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise, product

import pytest

from synthesis.drawing.flow_columns_layout import lay_out_columns
from synthesis.drawing.flow_diagram import FlowColumns, FlowRow, RowKind, flow_alternative
from synthesis.drawing.fonts import Face, plain
from synthesis.drawing.printing import as_width
from synthesis.drawing.saving import figure_of
from synthesis.drawing.shapes import Layout
from synthesis.drawing.style import INK, MUTED, SMALLEST_TYPE
from tests.synthesis.drawing.charts import colliding, outside_page
from tests.synthesis.drawing.test_flow_layout import CASES as DIAGRAMS

MM = 72 / 25.4
KINDS: tuple[tuple[str, RowKind], ...] = (
    ("Records identified", "step"),
    ("Databases and registers", "detail"),
    ("Duplicate records", "leaving"),
    ("Records awaiting screening", "waiting"),
    ("Records screened", "step"),
    ("Records excluded", "leaving"),
    ("Studies included", "step"),
)


def columns(number: int, largest: int, total: bool = True) -> FlowColumns:
    """So many updates, and their sum; each number is another one."""
    counts = [[largest - 100 * row - update for update in range(number)] for row in range(len(KINDS))]
    rows = tuple(
        FlowRow(label, tuple(f"{n:,}" for n in (*each, *([sum(each)] if total else []))), kind)
        for (label, kind), each in zip(KINDS, counts, strict=True)
    )
    names = [f"1.{update}.0, to 12\N{NO-BREAK SPACE}Aug 2026" for update in range(number)]
    heads = (*names, *(["All"] if total else []))
    return FlowColumns("Flow of records", heads, rows, total, ("Searched to 12 August 2026.",))


CASES = {
    "one": columns(1, 900, total=False),
    "small": columns(2, 9_000),
    "six": columns(7, 12_900),
    "large": columns(6, 9_999_999),
}


@pytest.fixture(params=product(CASES, (85.0, 120.0, 174.0)), ids=lambda case: f"{case[0]} {case[1]:g} mm")
def laid(request: pytest.FixtureRequest) -> tuple[FlowColumns, Layout]:
    name, width = request.param
    return CASES[name], lay_out_columns(CASES[name], width * MM)


def test_no_word_leaves_the_page_or_covers_another(laid: tuple[FlowColumns, Layout]) -> None:
    flow, layout = laid
    assert outside_page(layout) == []
    assert colliding(layout) == []
    assert all(text.size >= SMALLEST_TYPE for text in layout.texts)
    corners = [point for each in layout.polygons for point in each.points]
    assert max(x for x, _ in corners) <= layout.width - 5.0
    assert max(y for _, y in corners) < layout.height
    assert len(layout.texts) >= len(flow.columns) * (len(KINDS) + 1)


def test_every_number_stands_under_its_heading_beside_its_label(laid: tuple[FlowColumns, Layout]) -> None:
    flow, layout = laid
    rectangles = [polygon.points for polygon in layout.polygons if polygon.role == "box"]
    boxes = [(points[0][0], points[0][1], points[2][0], points[2][1]) for points in rectangles]
    steps = [row for row in flow.rows if row.kind == "step"]
    assert len(boxes) == len(flow.columns) * (1 + len(steps))
    seen = 0
    for place in range(len(flow.columns)):
        wide = set()
        for row in flow.rows:
            found = [text for text in layout.texts if text.text == row.counts[place]]
            assert len(found) == 1, row.counts[place]
            number = found[0]
            labels = [text for text in layout.texts if text.text and row.label.startswith(text.text)]
            assert any(abs(text.baseline - number.baseline) < 12.0 for text in labels)
            holding = [b for b in boxes if b[0] <= number.x and number.x + number.width <= b[2]]
            wide |= {(round(b[0], 6), round(b[2], 6)) for b in holding if b[1] < number.baseline}
            if row.kind == "step":
                own = [b for b in holding if b[1] < number.baseline < b[3]]
                assert len(own) == 1
                assert number.x + number.width / 2 == pytest.approx((own[0][0] + own[0][2]) / 2)
                assert number.face == "bold"
            seen += 1
        assert len(wide) == 1
    assert seen == len(flow.columns) * len(flow.rows)


def test_arrows_lead_from_box_to_box_and_to_what_leaves_but_not_in_the_sum(
    laid: tuple[FlowColumns, Layout],
) -> None:
    flow, layout = laid
    heads = [polygon for polygon in layout.polygons if polygon.role == "arrow"]
    updates = len(flow.columns) - flow.total
    steps = [row for row in flow.rows if row.kind == "step"]
    leaving = [row for row in flow.rows if row.kind in ("leaving", "waiting")]
    assert len(heads) == updates * (len(steps) - 1 + len(leaving))
    last = [text for row in flow.rows for text in layout.texts if text.text == row.counts[-1]]
    for head in heads:
        tip = head.points[0]
        if flow.total:
            assert not any(abs(tip[0] - text.x) < 12.0 and abs(tip[1] - text.baseline) < 8.0 for text in last)


def test_columns_without_room_stand_in_further_blocks_with_the_names_of_their_rows() -> None:
    blocks = {}
    for width in (85.0, 174.0):
        layout = lay_out_columns(CASES["six"], width * MM)
        blocks[width] = sum(text.text == "Records identified" for text in layout.texts)
    assert blocks == {85.0: 3, 174.0: 1}
    narrow = lay_out_columns(CASES["small"], 85 * MM)
    assert sum(text.text == "Records identified" for text in narrow.texts) == 1


def test_boxes_of_few_columns_are_not_stretched_over_the_page() -> None:
    layout = lay_out_columns(CASES["one"], 174 * MM)
    widths = {points[2][0] - points[0][0] for points in (each.points for each in layout.polygons[:1])}
    assert max(widths) < 120.0


def test_details_are_set_in_and_numbers_in_the_sum_stand_as_in_the_others() -> None:
    layout = lay_out_columns(CASES["small"], 174 * MM)
    at = {text.text: text.x for text in layout.texts}
    margin = at["Records identified"]
    assert margin == pytest.approx(6.0)
    assert (at["Duplicate records"] - margin, at["Databases and registers"] - margin) == pytest.approx(
        (8.0, 16.0)
    )
    colours = {text.text: text.colour for text in layout.texts}
    for label, count, colour in (
        ("Databases and registers", CASES["small"].rows[1].counts[0], MUTED),
        ("Duplicate records", CASES["small"].rows[2].counts[0], INK),
        ("Records screened", CASES["small"].rows[4].counts[0], INK),
    ):
        assert (colours[label], colours[count]) == (colour, colour)
    first, both = (at[CASES["small"].rows[2].counts[place]] for place in (0, 2))
    boxes = [each.points for each in layout.polygons if each.role == "box"][:3]
    assert first - boxes[0][0][0] == pytest.approx(both - boxes[2][0][0]) == 21.0


def test_a_flow_in_columns_is_told_column_by_column() -> None:
    flow = columns(1, 900)
    flow = replace(flow, rows=(*flow.rows, FlowRow("Other methods", ("", "3"), "detail")))
    counts = zip((label for label, _ in KINDS), range(900, 200, -100), strict=True)
    told = ", ".join(f"{label} {count}" for label, count in counts)
    name = "1.0.0, to 12\N{NO-BREAK SPACE}Aug 2026"
    assert flow_alternative(flow) == (
        f"Flow diagram. {name}: {told}. All: {told}, Other methods 3. Searched to 12 August 2026."
    )


def test_both_kinds_of_flows_become_figures_of_a_width_with_their_words() -> None:
    for flow in (CASES["six"], DIAGRAMS["update"]):
        for width, inches in ((None, 7.0), ("85mm", 85 / 25.4), ("slide", 40 / 3)):
            figure = figure_of(flow, as_width(width))
            assert figure.get_figwidth() == pytest.approx(inches)
            assert figure.title == "Flow of records"
            assert figure.description == plain(flow_alternative(flow))


def boxes(layout: Layout) -> list[tuple[float, float, float, float]]:
    """Of boxes and headings: left, top, right, bottom."""
    found = [polygon.points for polygon in layout.polygons if polygon.role == "box"]
    return [(points[0][0], points[0][1], points[2][0], points[2][1]) for points in found]


def test_rows_follow_each_other_with_five_points_between_their_lines_and_boxes_have_as_much_inside() -> None:
    """Of 8 points, whose lines are 10 apart; a row of boxes has 2.5 points above and below its boxes."""
    flow = CASES["small"]
    layout = lay_out_columns(flow, 174 * MM)
    found = {text.text: text for text in layout.texts}
    heights = [20.0 if row.kind == "step" else 15.0 for row in flow.rows]
    middles = [sum(heights[:place]) + heights[place] / 2 for place in range(len(heights))]
    first = found["Records identified"].baseline
    for row, middle in zip(flow.rows, middles, strict=True):
        assert found[row.label].baseline - first == pytest.approx(middle - middles[0])
        for number in row.counts:
            assert found[number].baseline == pytest.approx(found[row.label].baseline)
    stepped = [box for box in boxes(layout) if box[1] > first - 20.0]
    assert {round(box[3] - box[1], 6) for box in stepped} == {15.0}
    for box in stepped[:3]:
        assert (box[1] + box[3]) / 2 == pytest.approx(first - 0.345 * 8.0)
    headings = [box for box in boxes(layout) if box not in stepped]
    assert len({box[3] for box in headings}) == 1
    assert stepped[0][1] - headings[0][3] == pytest.approx(2.5 + 2.5)


def test_a_line_runs_from_the_bottom_of_a_box_to_the_top_of_the_next_and_branches_right() -> None:
    layout = lay_out_columns(CASES["small"], 174 * MM)
    stepped = [box for box in boxes(layout) if box[3] - box[1] == pytest.approx(15.0)]
    columns = sorted({box[0] for box in stepped})
    assert len(columns) == 3
    upright = [each for each in layout.segments if each.start[0] == each.end[0]]
    level = [each for each in layout.segments if each.start[1] == each.end[1]]
    assert (len(upright), len(level)) == (4, 6)
    for column in columns[:2]:
        own = sorted(box for box in stepped if box[0] == column)
        lines = sorted(each.start + each.end for each in upright if column < each.start[0] < column + 20.0)
        wanted = [(column + 10.0, a[3], column + 10.0, b[1] - 4.5) for a, b in pairwise(own)]
        assert [tuple(line) for line in lines] == [pytest.approx(each) for each in wanted]
        branches = [each for each in level if column < each.start[0] < column + 20.0]
        for each in branches:
            assert (each.start[0], each.end[0]) == pytest.approx((column + 10.0, column + 10.0 + 9.0 - 4.5))
            text = next(text for text in layout.texts if abs(text.x - column - 21.0) < 1e-6)
            middles = {round(t.baseline - 0.345 * t.size, 6) for t in layout.texts if t.x == text.x}
            assert round(each.start[1], 6) in middles


def one_column(step: str, leaving: str, heading: str) -> FlowColumns:
    return FlowColumns("", (heading,), (FlowRow("a", (step,), "step"), FlowRow("b", (leaving,), "leaving")))


@pytest.mark.parametrize(
    ("step", "leaving", "heading", "widest", "face", "beside"),
    [
        ("1", "0", "Heading", "Heading", "bold", 10.0),
        ("123,456,789", "0", "Now", "123,456,789", "bold", 10.0),
        ("1", "123,456,789", "Now", "123,456,789", "regular", 21.0),
        ("", "", "I", "0", "regular", 21.0),
    ],
)
def test_a_column_is_as_wide_as_its_widest_word_or_number_needs_and_at_most_twice_that(
    step: str, leaving: str, heading: str, widest: str, face: Face, beside: float
) -> None:
    layout = lay_out_columns(one_column(step, leaving, heading), 174 * MM)
    natural = layout.fonts.width(widest, face, 8.0) + beside
    assert [box[2] - box[0] for box in boxes(layout)] == pytest.approx([2 * natural] * 2)


def test_columns_share_what_the_labels_leave_of_the_page() -> None:
    layout = lay_out_columns(CASES["six"], 174 * MM)
    lefts = sorted({box[0] for box in boxes(layout)})
    rights = sorted({box[2] for box in boxes(layout)})
    assert len(lefts) == len(rights) == 8
    margin = 0.75 * 7.25
    assert layout.width - rights[-1] == pytest.approx(margin + 2.5)
    assert [b - a for a, b in zip(rights, lefts[1:], strict=False)] == pytest.approx([5.0] * 7)
    labels = [text for text in layout.texts if text.x < lefts[0]]
    assert max(text.x + text.width for text in labels[1:-1]) <= lefts[0] - 5.0 - 2.5 + 1e-6


def test_blocks_stand_apart_and_the_last_ends_the_page_where_there_are_no_notes() -> None:
    flow = replace(CASES["six"], footnotes=(), title="")
    layout = lay_out_columns(flow, 85 * MM)
    firsts = sorted(text.baseline for text in layout.texts if text.text == "Records identified")
    assert len(firsts) == 3
    assert firsts[1] - firsts[0] == pytest.approx(firsts[2] - firsts[1])
    assert min(box[1] for box in boxes(layout)) == pytest.approx(0.75 * 7.25)
    lowest = max(box[3] for box in boxes(layout))
    assert layout.height == pytest.approx(lowest + 2.5 + 0.75 * 7.25)
    second = min(box[1] for box in boxes(layout) if box[1] > firsts[1] - 80.0 and box[3] < firsts[1])
    above = max(box[3] for box in boxes(layout) if box[3] < second)
    assert second - above == pytest.approx(2.5 + 14.0)


def test_a_flow_in_columns_has_no_sum_unless_it_is_said() -> None:
    assert not one_column("1", "0", "Now").total
