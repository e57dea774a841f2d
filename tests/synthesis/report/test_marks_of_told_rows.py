"""Marks of forest plots on a page: to the thousandth, at both sides of where the panel ends."""

from __future__ import annotations

import math
from collections.abc import Iterator

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
from synthesis.report.page_parts import RowMarks, RowSource, ToldForest, ToldRow
from synthesis.report.told_rows import told_forest

WHOLE = StudyRow("whole", 0.5, 0.0, 1.0)


def table(*rows: Row, null: float | None = 0.0) -> ForestTable:
    return ForestTable("Hip", "Effect [90% CI]", Axis("Effect", "linear", null, "lower", "higher"), rows)


def ends() -> tuple[float, float]:
    axis = told_forest(table(WHOLE)).axis
    assert axis is not None
    return axis.ends


def at(place: float) -> float:
    """The value at so many thousandths of the panel that holds `WHOLE`."""
    low, high = ends()
    return low + (high - low) * place / 1000


def marks_of(*rows: StudyRow | NotReportedRow) -> list[RowMarks]:
    """Of rows that stand beside `WHOLE` on its axis."""
    return [mark for row in rows if (mark := beside(row).marks) is not None]


def beside(row: StudyRow | NotReportedRow) -> ToldRow:
    if isinstance(row, StudyRow):
        return told_forest(table(WHOLE), beside={0: [(row, RowSource())]}).rows[1]
    return told_forest(table(WHOLE, row)).rows[1]


def test_a_point_stands_at_the_nearest_thousandth_of_the_panel_and_nowhere_beyond_it() -> None:
    points = {-0.6: None, -0.4: 0, 0.3: 0, 0.7: 1, 500.2: 500, 999.3: 999, 1000.4: 1000, 1000.6: None}
    (*found,) = marks_of(*(StudyRow("x", at(place), at(200.3), at(800.8)) for place in points))
    assert [mark.point for mark in found] == list(points.values())
    assert {mark.spans for mark in found} == {((200, 801),)}
    assert {mark.side for mark in found} == {10}  # half of a row of 20 pixels, without a weight
    assert {mark.shape for mark in found} == {"square"}


@pytest.mark.parametrize(
    ("low", "high", "span", "cut"),
    [
        (-0.4, 1000.4, (0, 1000), (False, False)),
        (-0.6, 1000.4, (22, 1000), (True, False)),
        (-0.4, 1000.6, (0, 978), (False, True)),
        (-9000.0, 9000.0, (22, 978), (True, True)),
        (-900.0, -500.0, (22, 22), (True, False)),
        (1500.0, 1900.0, (1000, 1000), (False, True)),
        (-math.inf, math.inf, (22, 978), (True, True)),
        (math.inf, math.inf, (1000, 1000), (False, True)),
    ],
)
def test_an_interval_ends_with_the_panel_or_with_its_arrow(
    low: float, high: float, span: tuple[int, int], cut: tuple[bool, bool]
) -> None:
    (found,) = marks_of(StudyRow("x", at(500), at(low), at(high)))
    assert (found.spans, found.cut) == ((span,), cut)


def test_an_interval_without_an_estimate_and_an_estimate_without_an_interval_are_drawn() -> None:
    interval, point = (
        beside(StudyRow("x", None, at(300), at(700))),
        beside(StudyRow("x", at(300), None, None)),
    )
    assert interval.marks == RowMarks("square", ((300, 700),), (False, False), None, 10)
    assert point.marks == RowMarks("square", (), (False, False), 300, 10)
    assert (interval.note, point.note, beside(WHOLE).note) == ("not estimable", "", "")
    assert interval.spoken == f"x: 90% interval {interval.interval}, not estimable"
    assert point.spoken == f"x: {point.estimate}"
    assert beside(StudyRow("x", None, None, None)).marks is None
    assert beside(StudyRow("x", None, None, None)).note == "not estimable"


def test_ranges_of_a_row_without_a_number_are_spans_and_any_of_them_may_be_cut() -> None:
    def extents(*pairs: tuple[float, float]) -> RowMarks | None:
        return beside(NotReportedRow("x", "not significant", extents=pairs)).marks

    assert extents() is None
    inner = extents((at(100.2), at(200)), (at(400), at(500)))
    assert inner == RowMarks("extent", ((100, 200), (400, 500)), (False, False), None, 0)
    left, right = extents((-1e6, 0.1), (0.4, 0.5)), extents((0.1, 0.2), (0.4, 1e6))
    assert left is not None
    assert right is not None
    assert (left.cut, right.cut) == ((True, False), (False, True))
    both = beside(NotReportedRow("x", "silent", mark="†", extents=((0.1, 0.2), (0.4, 0.5))))
    assert both.spoken == "x †: silent, which allows 0.10 to 0.20 or 0.40 to 0.50"


def test_an_axis_is_there_for_whatever_can_be_drawn() -> None:
    def drawn() -> Iterator[bool]:
        for row in (
            NotReportedRow("x", "silent", extents=((0.1, 0.2),)),
            NotReportedRow("x", "silent"),
            StudyRow("x", None, 0.1, 0.2),
            StudyRow("x", 0.1, None, None),
            StudyRow("x", None, None, None),
            TextRow("x"),
        ):
            yield told_forest(table(row)).axis is not None

    assert list(drawn()) == [True, False, True, True, False, False]


def test_an_axis_has_its_words_and_its_null_or_none() -> None:
    axis, without = told_forest(table(WHOLE)).axis, told_forest(table(WHOLE, null=None)).axis
    assert axis is not None
    assert without is not None
    low, high = axis.ends
    assert axis.null == round(-low / (high - low) * 1000)
    assert (without.null, without.shows_null, axis.shows_null) == (None, False, True)
    assert (axis.label, axis.scale, axis.lower, axis.higher) == ("Effect", "linear", "lower", "higher")
    steps = ("0", "0.2", "0.4", "0.6", "0.8", "1")
    assert axis.ticks == tuple((round((float(v) - low) / (high - low) * 1000), v) for v in steps)


def test_each_kind_of_row_has_its_name_its_shape_and_its_place_in_a_group() -> None:
    rows = (
        StudyRow("before", 0.5, 0.0, 1.0),
        GroupHeading("Men"),
        StudyRow("mean", 0.5, 0.0, 1.0, weight=100.0),
        StudyRow("part", 0.5, 0.0, 1.0, part=True),
        SummaryRow("men", 0.5, 0.0, 1.0, level="subgroup"),
        PredictionRow("new", 0.0, 1.0),
        SummaryRow("all", 0.5, 0.0, 1.0),
        TextRow("inside"),
        SpacerRow(),
        SummaryRow("again", 0.5, 0.0, 1.0),
        TextRow("outside"),
    )
    found = told_forest(table(*rows))
    kinds = [(row.kind, row.marks and row.marks.shape, row.indent) for row in found.rows]
    assert kinds == [
        ("study", "square", False),
        ("heading", None, False),
        ("study", "square", True),
        ("part", "hollow", True),
        ("subgroup", "open", True),
        ("prediction", "bar", True),
        ("summary", "diamond", False),
        ("text", None, True),
        ("space", None, False),
        ("summary", "diamond", False),
        ("text", None, False),
    ]
    sides = [row.marks.side for row in found.rows if row.marks]
    assert sides == [10, 10, 7, 0, 0, 0, 0]
    assert [row.point for row in (each.marks for each in found.rows) if row][4] is None
    assert has_weights(found) == (True, ["100.0 %"])
    assert has_weights(told_forest(table(WHOLE))) == (False, [])


def has_weights(found: ToldForest) -> tuple[bool, list[str]]:
    return found.has_weights, [row.weight for row in found.rows if row.weight]


def test_rows_end_with_the_last_that_is_drawn_and_lines_without_a_word_are_not_below() -> None:
    found = told_forest(table(WHOLE, TextRow("between"), WHOLE, SpacerRow(), TextRow("below")))
    assert [row.label for row in found.body] == ["whole", "between", "whole"]
    assert [row.label for row in found.below] == ["below"]
    nothing = told_forest(table(TextRow("a"), TextRow("b")))
    assert (nothing.body, nothing.below) == (nothing.rows, ())


def test_each_row_has_its_source_or_none_has() -> None:
    assert told_forest(table(WHOLE, WHOLE), [RowSource("a"), RowSource("b")]).rows[1].source.anchor == "b"
    for sources in ([RowSource()], [RowSource()] * 3):
        with pytest.raises(ValueError, match="argument"):
            told_forest(table(WHOLE, WHOLE), sources)
