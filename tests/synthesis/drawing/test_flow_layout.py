"""The geometry of flow diagrams: boxes that hold their lines, and links that go from box to box."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations, pairwise, product

import pytest

from synthesis.drawing.flow_diagram import (
    BoxLook,
    FlowBox,
    FlowColumns,
    FlowDiagram,
    FlowLine,
    FlowRow,
    FlowStream,
    StreamStep,
    flow_alternative,
)
from synthesis.drawing.flow_layout import lay_out_flow
from synthesis.drawing.press import Press
from synthesis.drawing.shapes import Box, Layout, Point
from synthesis.drawing.style import SMALLEST_TYPE, Sizes
from tests.synthesis.drawing.charts import colliding, outside_page

MM = 72 / 25.4
WIDTHS = (85.0, 120.0, 174.0)
STAGES = (("Identification", 1), ("Screening", 2), ("Included", 2))


def box(*lines: str, look: BoxLook = "step") -> FlowBox:
    """A box; lines that begin with a blank are set in."""
    return FlowBox(tuple(FlowLine(line.strip(), len(line) - len(line.lstrip())) for line in lines), look)


def stream(
    title: str, databases: int = 3, reasons: int = 2, n: int = 1_234, end: int | None = 0
) -> FlowStream:
    found = [f"  Database number {place} (n = {n:,})" for place in range(databases)]
    out = [f" Not of the right sort {place} (n = {n:,})" for place in range(reasons)]
    return FlowStream(
        title,
        (
            StreamStep(
                box("Records identified from:", f" Databases (n = {n:,})", *found),
                (
                    box("Records removed before screening:", f" Duplicates (n = {n:,})", look="leaving"),
                    box(f"Records awaiting screening (n = {n:,})", look="waiting"),
                ),
            ),
            StreamStep(
                box(f"Reports sought for retrieval (n = {n:,})"),
                (
                    box(f"Reports not retrieved (n = {n:,})", look="leaving"),
                    box(f"Reports awaiting assessment (n = {n:,})", look="waiting"),
                ),
            ),
            StreamStep(
                box(f"Reports assessed for eligibility (n = {n:,})"),
                (box(f"Reports excluded (n = {n:,}):", *out, look="leaving"),),
            ),
        ),
        end,
    )


def previous() -> FlowStream:
    words = box("Studies included in previous version of review (n = 21)", "Reports of them (n = 30)")
    return FlowStream("Previous studies", (StreamStep(words), StreamStep(None), StreamStep(None)), end=1)


INCLUDED = box(
    "New studies included in review (n = 25)", "Reports of new included studies (n = 124)", look="last"
)
TOTAL = box("Total studies included in review (n = 46)", look="last")


def diagram(*streams: FlowStream, ends: tuple[FlowBox, ...] = (INCLUDED, TOTAL)) -> FlowDiagram:
    stages = (*STAGES[:2], ("Included", len(ends)))
    return FlowDiagram("Flow of records", streams, ends, stages, ("Searched to 28 November 2026 (PubMed).",))


def cohort() -> FlowDiagram:
    """Who leaves stands between two boxes."""
    steps = [StreamStep(box("900 persons", "of a survey"))]
    for left in (500, 200):
        steps.append(StreamStep(None, (box(f"{left} without", " something", look="leaving"),)))
        steps.append(StreamStep(box(f"{left} left")))
    return FlowDiagram("", (FlowStream("", tuple(steps), end=None),))


CASES = {
    "new": diagram(stream("Databases"), ends=(INCLUDED,)),
    "one database": diagram(stream("Databases", databases=1, reasons=0, n=0), ends=(INCLUDED,)),
    "eight databases": diagram(stream("Databases", databases=8, reasons=14, n=1_234_567), ends=(INCLUDED,)),
    "other sources": diagram(stream("Databases"), stream("Other methods", 0, 0, 1), ends=(INCLUDED,)),
    "update": diagram(previous(), stream("Databases")),
    "update with other sources": diagram(
        previous(), stream("Databases", 8, 9), stream("Other methods", 1, 0, 3)
    ),
    "cohort": cohort(),
}


@pytest.fixture(params=product(CASES, WIDTHS), ids=lambda case: f"{case[0]} {case[1]:g} mm")
def layout(request: pytest.FixtureRequest) -> Layout:
    name, width = request.param
    return lay_out_flow(CASES[name], width * MM)


def boxes(layout: Layout) -> list[Box]:
    found = [polygon.points for polygon in layout.polygons if polygon.role == "box"]
    return [(points[0][0], points[0][1], points[2][0], points[2][1]) for points in found]


def inside(point: Point, box: Box, room: float = 0.01) -> bool:
    return box[0] - room <= point[0] <= box[2] + room and box[1] - room <= point[1] <= box[3] + room


def test_every_line_stands_on_the_page_in_one_box_and_on_no_other_line(layout: Layout) -> None:
    assert outside_page(layout) == []
    assert colliding(layout) == []
    checked = 0
    for text in layout.texts:
        assert text.size >= SMALLEST_TYPE
        left, top, right, bottom = text.box
        holding = [
            each for each in boxes(layout) if inside((left, top), each) and inside((right, bottom), each)
        ]
        is_head = text.text.startswith(("Flow of", "Searched", "2026"))
        assert len(holding) == (0 if is_head else 1), text.text
        checked += len(holding)
    assert checked >= 8


def test_no_box_covers_another(layout: Layout) -> None:
    pairs = list(combinations(boxes(layout), 2))
    assert len(pairs) >= 10
    for a, b in pairs:
        assert a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1]


def test_no_box_leaves_the_page(layout: Layout) -> None:
    for left, top, right, bottom in boxes(layout):
        assert 0.0 < left < right < layout.width
        assert 0.0 < top < bottom < layout.height


def test_links_run_straight_and_through_no_box(layout: Layout) -> None:
    links = [segment for segment in layout.segments if segment.role == "link"]
    assert len(links) >= 4
    for link in links:
        (x0, y0), (x1, y1) = link.start, link.end
        assert x0 == x1 or y0 == y1
        for left, top, right, bottom in boxes(layout):
            across = max(min(x0, x1), left + 0.1) < min(max(x0, x1), right - 0.1)
            down = max(min(y0, y1), top + 0.1) < min(max(y0, y1), bottom - 0.1)
            assert not (across and (down or top + 0.1 < y0 < bottom - 0.1))
            assert not (down and (across or left + 0.1 < x0 < right - 0.1))


def test_every_arrow_head_touches_the_edge_of_one_box_and_ends_its_link(layout: Layout) -> None:
    heads = [polygon for polygon in layout.polygons if polygon.role == "arrow"]
    ends = {segment.end for segment in layout.segments}
    assert len(heads) >= 4
    for head in heads:
        tip, one, other = head.points
        base = ((one[0] + other[0]) / 2, (one[1] + other[1]) / 2)
        assert any(base == pytest.approx(end) for end in ends)
        assert abs(base[0] - tip[0]) + abs(base[1] - tip[1]) == pytest.approx(4.5)
        assert abs(one[0] - other[0]) + abs(one[1] - other[1]) == pytest.approx(4.4)
        touched = [each for each in boxes(layout) if inside(tip, each)]
        assert len(touched) == 1
        left, top, right, _ = touched[0]
        assert min(abs(tip[0] - left), abs(tip[0] - right), abs(tip[1] - top)) == pytest.approx(0.0, abs=1e-9)


def arrows_into(layout: Layout, words: str) -> int:
    """How many arrow heads touch the box whose first line has these words."""
    text = next(text for text in layout.texts if text.text.startswith(words))
    (here,) = (each for each in boxes(layout) if inside((text.x, text.baseline), each))
    return sum(inside(head.points[0], here) for head in layout.polygons if head.role == "arrow")


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize(
    ("name", "new", "total"),
    [("new", 1, 0), ("other sources", 2, 0), ("update", 1, 2), ("update with other sources", 2, 2)],
)
def test_every_stream_leads_to_its_end_and_each_end_to_the_next(
    name: str, new: int, total: int, width: float
) -> None:
    laid = lay_out_flow(CASES[name], width * MM)
    assert arrows_into(laid, "New studies") == new
    if total:
        assert arrows_into(laid, "Total studies") == total
    assert arrows_into(laid, "Records removed") == 1
    assert arrows_into(laid, "Records identified") == 0


def lines(layout: Layout, words: str) -> list[str]:
    return [text.text for text in layout.texts if words in text.text]


def test_streams_stand_side_by_side_where_there_is_room_and_else_below_each_other() -> None:
    wide = lay_out_flow(CASES["update with other sources"], 174 * MM)
    narrow = lay_out_flow(CASES["update with other sources"], 85 * MM)
    for laid, beside in ((wide, True), (narrow, False)):
        tops = {text.baseline for text in laid.texts if text.text.startswith("Records identified")}
        assert len(tops) == (1 if beside else 2)
    bars = [text.text for text in wide.texts if text.upright]
    assert bars == ["Identification", "Screening", "Included"]
    # stages that a stream has nothing in have no bar beside it
    bars = [text.text for text in narrow.texts if text.upright]
    assert bars == ["Identification", *["Identification", "Screening"] * 2, "Included"]


def test_a_bar_is_as_high_as_what_is_in_its_stage_or_as_its_name() -> None:
    laid = lay_out_flow(CASES["one database"], 174 * MM)
    for text in (text for text in laid.texts if text.upright):
        left, top, right, bottom = text.box
        (bar,) = (each for each in boxes(laid) if inside((left, top), each) and inside((right, bottom), each))
        assert bar[3] - bar[1] >= bottom - top + 6.0 - 1e-6
        assert (bar[0] + bar[2]) / 2 == pytest.approx((left + right) / 2, abs=1.0)
        assert (bar[1] + bar[3]) / 2 == pytest.approx((top + bottom) / 2)
        rows = [each for each in boxes(laid) if each[0] > bar[2] and bar[1] - 0.01 <= each[1] < bar[3]]
        assert min(each[1] for each in rows) == pytest.approx(bar[1])
        assert max(each[3] for each in rows) <= bar[3] + 0.01


def test_what_waits_has_a_dashed_edge_of_its_own() -> None:
    laid = lay_out_flow(CASES["new"], 174 * MM)
    assert [path.dashes for path in laid.paths] == [(2.5, 2.0)] * 2
    for path, words in zip(laid.paths, ("Records awaiting", "Reports awaiting"), strict=True):
        text = next(text for text in laid.texts if text.text.startswith(words))
        corners = [path.points[0], path.points[2]]
        assert inside((text.x, text.baseline), (*corners[0], *corners[1]))
        assert path.points[0] == path.points[-1]
        plain = [polygon for polygon in laid.polygons if polygon.points == path.points[:4]]
        assert [polygon.thickness for polygon in plain] == [0.0]


def test_a_box_ends_where_its_lines_end_and_lines_that_are_set_in_stand_at_the_left() -> None:
    laid = lay_out_flow(CASES["new"], 174 * MM)
    head, first, second = (
        next(text for text in laid.texts if text.text.startswith(words))
        for words in ("Records identified", "Databases (", "Database number 0")
    )
    (here,) = (each for each in boxes(laid) if inside((head.x, head.baseline), each))
    assert [text.x - here[0] for text in (head, first, second)] == pytest.approx([5.0, 12.0, 19.0])
    assert (
        second.baseline - first.baseline == pytest.approx(first.baseline - head.baseline) == 1.25 * head.size
    )
    assert here[3] - here[1] == pytest.approx(5 * 1.25 * head.size + 10.0)
    assert (head.face, first.face) == ("bold", "regular")
    sought = next(text for text in laid.texts if text.text.startswith("Reports sought"))
    (here,) = (each for each in boxes(laid) if inside((sought.x, sought.baseline), each))
    assert sought.x + sought.width / 2 == pytest.approx((here[0] + here[2]) / 2)
    middle = sought.baseline - 0.345 * sought.size
    assert middle == pytest.approx((here[1] + here[3]) / 2)


def test_a_branch_begins_at_the_box_or_below_it_at_its_line() -> None:
    laid = lay_out_flow(CASES["new"], 174 * MM)
    sought = next(text for text in laid.texts if text.text.startswith("Reports sought"))
    (here,) = (each for each in boxes(laid) if inside((sought.x, sought.baseline), each))
    level = [each for each in laid.segments if each.start[1] == each.end[1]]
    starts = {each.start[0] for each in level if here[1] < each.start[1] < here[3]}
    assert starts == {here[2]}
    below = {each.start[0] for each in level if here[3] < each.start[1] < here[3] + 30.0}
    assert below == {(here[0] + here[2]) / 2}


def test_a_diagram_without_title_and_footnotes_begins_and_ends_with_its_boxes() -> None:
    laid = lay_out_flow(cohort(), 440.0)
    margin = 0.75 * 8.0
    assert min(each[1] for each in boxes(laid)) == pytest.approx(margin)
    assert max(each[3] for each in boxes(laid)) == pytest.approx(laid.height - margin)
    assert (min(each[0] for each in boxes(laid)), max(each[2] for each in boxes(laid))) == pytest.approx(
        (margin, 440.0 - margin)
    )
    assert laid.width == 440.0


def test_a_flow_is_told_in_words() -> None:
    told = flow_alternative(CASES["update"])
    assert told.startswith(
        "Flow diagram. Previous studies: Studies included in previous version of review (n = 21), Reports of "
        "them (n = 30). Databases: "
    )
    assert (
        "Databases: Records identified from: Databases (n = 1,234), Database number 0 (n = 1,234), Database "
        "number 1 (n = 1,234), Database number 2 (n = 1,234). Leaving: Records removed before screening: "
        "Duplicates (n = 1,234). Waiting: Records awaiting screening (n = 1,234)."
    ) in told
    assert flow_alternative(cohort()) == (
        "Flow diagram. 900 persons of a survey. Leaving: 500 without, something. 500 left. Leaving: 200 "
        "without, something. 200 left."
    )
    assert told.endswith("Total studies included in review (n = 46). Searched to 28 November 2026 (PubMed).")


def test_what_is_no_flow_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one line"):
        FlowBox(())
    short = FlowStream("Short", previous().steps[:1])
    with pytest.raises(ValueError, match=r"have \[1, 3\] steps; expected as many"):
        FlowDiagram("", (short, previous()))
    with pytest.raises(ValueError, match=r"have \[\] steps"):
        FlowDiagram("", ())
    with pytest.raises(ValueError, match=r"have \[0\] steps"):
        FlowDiagram("", (replace(short, steps=()),))
    with pytest.raises(ValueError, match="not those of its 4 heights"):
        FlowDiagram("", (previous(),), (INCLUDED,), STAGES)
    with pytest.raises(ValueError, match="a count for each of its columns"):
        FlowColumns("", ("a", "b"), (FlowRow("n", ("1",), "step"),))
    with pytest.raises(ValueError, match="a count for each of its columns"):
        FlowColumns("", (), ())


def test_no_two_links_cross(layout: Layout) -> None:
    """They may meet: where one branches off, both are at one point."""
    links = [segment for segment in layout.segments if segment.role == "link"]
    level = [each for each in links if each.start[1] == each.end[1]]
    upright = [each for each in links if each.start[0] == each.end[0]]
    assert len(level) * len(upright) >= 4
    for a, b in product(level, upright):
        left, right = sorted((a.start[0], a.end[0]))
        top, bottom = sorted((b.start[1], b.end[1]))
        crosses = left + 0.1 < b.start[0] < right - 0.1 and top + 0.1 < a.start[1] < bottom - 0.1
        assert not crosses


def box_of(layout: Layout, words: str) -> Box:
    """The box in which a line that begins so stands, the first such one."""
    text = next(text for text in layout.texts if text.text.startswith(words))
    left, top, _, _ = text.box
    (here,) = (each for each in boxes(layout) if inside((left, top), each))
    return here


@pytest.mark.parametrize(("width", "below"), [(174.0, 13.0), (85.0, 9.5)])
def test_the_name_of_a_stream_spans_its_columns_and_stands_close_above_them(
    width: float, below: float
) -> None:
    laid = lay_out_flow(CASES["update with other sources"], width * MM)
    name, first, beside = (
        box_of(laid, words) for words in ("Databases", "Records identified", "Records removed")
    )
    assert (name[0], name[2]) == pytest.approx((first[0], beside[2]))
    assert first[1] - name[3] == pytest.approx(0.6 * below)
    previous, studies = box_of(laid, "Previous"), box_of(laid, "Studies included in")
    assert previous[0] == pytest.approx(studies[0])
    assert studies[1] - previous[3] == pytest.approx(0.6 * below)
    sought, assessed = box_of(laid, "Reports sought"), box_of(laid, "Reports assessed")
    awaiting = box_of(laid, "Reports awaiting")
    assert assessed[1] - max(sought[3], awaiting[3]) == pytest.approx(below)


@pytest.mark.parametrize(
    ("name", "width", "across"),
    [("new", 174.0, 26.0), ("new", 85.0, 26.0), ("update", 174.0, 15.0), ("update", 85.0, 15.0)],
)
def test_boxes_fill_the_page_between_the_names_of_the_stages_and_its_margin(
    name: str, width: float, across: float
) -> None:
    laid = lay_out_flow(CASES[name], width * MM)
    bar, first, beside = (
        box_of(laid, words) for words in ("Identification", "Records identified", "Records removed")
    )
    assert bar[2] - bar[0] == pytest.approx(15.0)
    assert beside[0] - first[2] == pytest.approx(across)
    assert laid.width - beside[2] == pytest.approx(bar[0])
    assert bar[0] == 0.75 * (8.0 if width == 174.0 else 7.25)
    assert first[2] - first[0] == pytest.approx(beside[2] - beside[0])
    lanes = 8.0 if (name, width) == ("update", 85.0) else 0.0
    before = (
        box_of(laid, "Studies included in")[2] + 13.0 if (name, width) == ("update", 174.0) else bar[2] + 6.0
    )
    assert first[0] == pytest.approx(before + lanes)


def test_a_line_that_just_fits_is_not_broken() -> None:
    narrow = lay_out_flow(diagram(stream("Databases"), ends=(INCLUDED,)), 85 * MM)
    here = box_of(narrow, "Records identified")
    room = here[2] - here[0] - 10.0
    size = next(text.size for text in narrow.texts if text.text == "Records identified")
    press = Press(narrow.fonts, Sizes(body=size, pitch=size))
    words = "a"
    while press.width(f"{words}i", "bold") <= room:
        words += "i"
    step = StreamStep(box(words))
    whole = diagram(replace(stream("Databases"), steps=(step, *stream("x").steps[1:])), ends=(INCLUDED,))
    assert words in [text.text for text in lay_out_flow(whole, 85 * MM).texts]
    longer = replace(whole.streams[0], steps=(StreamStep(box(f"{words}i")), *whole.streams[0].steps[1:]))
    assert f"{words}i" not in [
        text.text for text in lay_out_flow(diagram(longer, ends=(INCLUDED,)), 85 * MM).texts
    ]


@pytest.mark.parametrize(
    ("name", "width", "size"),
    [
        ("new", 174.0, 8.0),
        ("other sources", 174.0, 7.25),
        ("update with other sources", 174.0, 7.25),
        ("new", 85.0, 7.25),
        ("new", 120.0, 8.0),
    ],
)
def test_narrow_boxes_have_smaller_type(name: str, width: float, size: float) -> None:
    laid = lay_out_flow(CASES[name], width * MM)
    assert next(text.size for text in laid.texts if text.text.startswith("Records identified")) == size


def test_a_line_is_not_set_in_unless_it_is_said() -> None:
    assert FlowLine("n").indent == 0


def test_a_single_box_that_leaves_stands_level_with_a_higher_one() -> None:
    step = StreamStep(box("one", "two", "three"), (box("gone", look="leaving"),))
    laid = lay_out_flow(FlowDiagram("", (FlowStream("", (step,), end=None),)), 440.0)
    high, low = box_of(laid, "one"), box_of(laid, "gone")
    assert (low[1] + low[3]) / 2 == pytest.approx((high[1] + high[3]) / 2)
    (link,) = laid.segments
    assert link.start == pytest.approx((high[2], (high[1] + high[3]) / 2))
    assert link.end == pytest.approx((low[0] - 4.5, (low[1] + low[3]) / 2))


@pytest.mark.parametrize("lines_of_it", range(1, 9))
def test_a_branch_keeps_clear_of_the_edge_of_its_box(lines_of_it: int) -> None:
    own = box(*[f"line {place}" for place in range(lines_of_it)])
    leaving = (box("first", look="leaving"), box("second", " of two", look="leaving"))
    steps = (StreamStep(own, leaving), StreamStep(box("last")))
    laid = lay_out_flow(FlowDiagram("", (FlowStream("", steps, end=None),)), 440.0)
    edge, second = box_of(laid, "line 0")[3], box_of(laid, "second")
    (link,) = (each for each in laid.segments if each.start[1] == each.end[1] and each.end[1] > second[1])
    y = link.start[1]
    assert second[1] < y < second[3]
    assert abs(y - edge) >= 5.0 - 1e-9
    middle = (second[1] + second[3]) / 2
    assert y == pytest.approx(middle) or abs(middle - edge) < 5.0
    own_box = box_of(laid, "line 0")
    assert link.start[0] == pytest.approx(own_box[2] if y < edge else (own_box[0] + own_box[2]) / 2)


@pytest.mark.parametrize("width", [85.0, 174.0])
def test_without_notes_a_diagram_ends_with_its_last_box(width: float) -> None:
    laid = lay_out_flow(replace(CASES["update with other sources"], footnotes=()), width * MM)
    margin = 0.75 * 7.25
    assert laid.height - max(each[3] for each in boxes(laid)) == pytest.approx(margin)
    noted = lay_out_flow(CASES["update with other sources"], width * MM)
    assert noted.height - laid.height == pytest.approx(7.25 + 1.25 * 7.0 + 0.7)
    assert min(each[1] for each in boxes(laid)) > margin + 9.0


def test_streams_below_each_other_stand_apart() -> None:
    laid = lay_out_flow(CASES["other sources"], 85 * MM)
    second = box_of(laid, "Other methods")
    above = max(each[3] for each in boxes(laid) if each[3] < second[1])
    assert second[1] - above == pytest.approx(1.4 * 9.5)
    first = box_of(laid, "Reports assessed")
    turn = [
        each for each in laid.segments if each.start[1] == each.end[1] and above < each.start[1] < second[1]
    ]
    assert [each.start[1] - above for each in turn] == pytest.approx([0.5 * 9.5])
    assert turn[0].start[0] == pytest.approx((first[0] + first[2]) / 2)
    assert first[0] - turn[0].end[0] == pytest.approx(4.0)


@pytest.mark.parametrize("width", WIDTHS)
def test_names_stand_in_the_middle_of_their_boxes_and_heads_of_arrows_have_no_edge(width: float) -> None:
    laid = lay_out_flow(CASES["update with other sources"], width * MM)
    for words in ("Previous studies", "Databases", "Other methods"):
        text = next(text for text in laid.texts if text.text == words)
        here = box_of(laid, words)
        assert text.x + text.width / 2 == pytest.approx((here[0] + here[2]) / 2)
    assert {each.thickness for each in laid.polygons if each.role == "arrow"} == {0.0}


def test_lines_to_the_ends_leave_from_the_middle_of_the_last_boxes() -> None:
    laid = lay_out_flow(CASES["update with other sources"], 174 * MM)
    upright = {each.start[0] for each in laid.segments if each.start[0] == each.end[0]}
    firsts = [
        each for each in boxes(laid) if each[1] == pytest.approx(box_of(laid, "Studies included in")[1])
    ]
    middles = sorted((each[0] + each[2]) / 2 for each in firsts)
    mains = [middles[place] for place in (1, 2, 4)]  # behind the bar; without those that leave
    assert sorted(upright) == pytest.approx(mains)


def test_title_and_notes_are_broken_at_the_margins() -> None:
    long = "words of a title that is wider than one column of a journal, and of notes as long as that"
    flow = replace(CASES["new"], title=long, footnotes=(long,))
    laid = lay_out_flow(flow, 85 * MM)
    margin = 0.75 * 7.25
    own = [
        text for text in laid.texts if not any(inside((text.x, text.baseline), each) for each in boxes(laid))
    ]
    assert len(own) >= 4
    assert {text.x for text in own} == {margin}
    assert max(text.x + text.width for text in own) <= laid.width - margin
    for line, following in pairwise([text for text in own if text.face == "bold"]):
        word = following.text.split()[0]
        room = laid.width - 2 * margin
        assert line.width + laid.fonts.width(f" {word}", "bold", line.size) > room
