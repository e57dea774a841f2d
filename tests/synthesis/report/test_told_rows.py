"""Forest plots on a page: marks where the axis puts them, and words for who cannot see them."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest

from synthesis.drawing.forest_table import (
    Axis,
    ForestTable,
    GroupHeading,
    IntervalRow,
    NotReportedRow,
    PredictionRow,
    Row,
    Scale,
    StudyRow,
    SummaryRow,
    TextRow,
)
from synthesis.report.page_parts import RowSource, ToldForest
from synthesis.report.told_rows import PANEL, told_forest

SMITH = StudyRow("Smith 2019, men", 0.0079, 0.0020, 0.0135, weight=37.2, mark="↻", cells=("full",))


def table(*rows: Row, scale: Scale = "linear") -> ForestTable:
    null = 1.0 if scale == "log" else 0.0
    axis = Axis("Effect", scale, null, "lower", "higher")
    return ForestTable("Hip", "Effect [95% CI]", axis, rows, columns=("Adjusted",))


def place(found: ToldForest, value: float) -> float:
    """Where a value stands between the ends of the axis, in thousandths."""
    assert found.axis is not None
    change = math.log if found.axis.scale == "log" else float
    low, high = map(change, found.axis.ends)
    return PANEL * (change(value) - low) / (high - low)


@pytest.mark.parametrize("scale", ["linear", "log"])
def test_marks_stand_where_the_axis_puts_their_values(scale: Scale) -> None:
    shift = 1.0 if scale == "log" else 0.0
    study = StudyRow("a", 0.2 + shift, -0.1 + shift, 0.5 + shift)
    summary = SummaryRow("all", 0.1 + shift, -0.2 + shift, 0.4 + shift)
    prediction = PredictionRow("new", -0.4 + shift, 0.6 + shift)
    found = told_forest(table(study, summary, prediction, scale=scale))
    compared = 0
    drawn: tuple[IntervalRow, ...] = (study, summary, prediction)
    for row, made in zip(drawn, found.rows, strict=True):
        assert made.marks is not None
        assert made.marks.cut == (False, False)
        ends = (place(found, row.low or 0.0), place(found, row.high or 0.0))
        assert made.marks.spans[0] == pytest.approx(ends, abs=0.5)
        compared += 1
        if not isinstance(row, PredictionRow):
            assert made.marks.point == pytest.approx(place(found, row.estimate or 0.0), abs=0.5)
            compared += 1
    assert compared == 5
    assert found.axis is not None
    assert found.axis.null == pytest.approx(place(found, shift), abs=0.5)
    assert len(found.axis.ticks) >= 2
    for at, label in found.axis.ticks:
        assert at == pytest.approx(place(found, float(label.replace("−", "-"))), abs=0.5)


def test_an_interval_that_leaves_the_panel_is_cut_where_its_arrow_begins() -> None:
    others = [StudyRow(str(i), 0.01 * i, 0.01 * i - 0.05, 0.01 * i + 0.05) for i in range(5)]
    *_, wide = told_forest(table(*others, StudyRow("wide", 0.02, -40.0, 0.06))).rows
    assert wide.marks is not None
    assert wide.marks.cut == (True, False)
    assert wide.marks.spans[0][0] == 22
    assert wide.interval == "−40.000 to 0.060"


def test_a_row_is_told_in_one_sentence() -> None:
    silent = NotReportedRow("Lee 2020", "not significant", cells=("full",), extents=((-0.02, 0.01),))
    found = told_forest(
        table(GroupHeading("Men"), SMITH, silent, TextRow("Q = 1")),
        [RowSource(), RowSource("a", "b"), *[RowSource()] * 2],
    )
    heading, study, quiet, text = found.rows
    assert study.spoken == "Smith 2019, men: 0.0079, 95% interval 0.0020 to 0.0135, weight 37.2 %"
    assert study.source == RowSource("a", "b")
    assert study.label == "Smith 2019, men\N{NO-BREAK SPACE}↻"
    assert quiet.spoken == "Lee 2020: not significant, which allows −0.0200 to 0.0100"
    assert quiet.marks is not None
    assert quiet.marks.shape == "extent"
    assert (heading.kind, study.kind, quiet.kind, text.kind) == ("heading", "study", "silent", "text")
    assert study.indent
    assert text.indent
    assert found.body == found.rows[:3]
    assert [row.label for row in found.below] == ["Q = 1"]


def test_a_row_without_numbers_says_so_and_a_table_without_any_has_no_axis() -> None:
    found = told_forest(table(StudyRow("none", None, None, None, cells=("full",))))
    assert found.axis is None
    assert found.rows[0].marks is None
    assert found.rows[0].note == "not estimable"
    assert found.rows[0].spoken == "none: not estimable"


def test_squares_grow_with_the_root_of_the_weight() -> None:
    rows = [StudyRow(str(w), 0.0, -1.0, 1.0, weight=w) for w in (20.0, 80.0)]
    small, large = (row.marks for row in told_forest(table(*rows)).rows)
    assert small is not None
    assert large is not None
    assert large.side == pytest.approx(2 * small.side, abs=1)
    assert found_headers(told_forest(table(*rows))) == ("Study", "Adjusted", "Effect", "95% CI", True)


def found_headers(found: ToldForest) -> tuple[str, str, str, str, bool]:
    first, second = found.headers
    return first, second, found.estimate_header, found.interval_header, found.has_weights


def test_an_interval_is_cut_on_the_right_as_on_the_left() -> None:
    others = [StudyRow(str(i), 0.01 * i, 0.01 * i - 0.05, 0.01 * i + 0.05) for i in range(5)]
    *_, wide = told_forest(table(*others, StudyRow("wide", 0.02, -0.02, 40.0))).rows
    assert wide.marks is not None
    assert wide.marks.cut == (False, True)
    assert wide.marks.spans[0][1] == PANEL - 22
    edge = told_forest(table(*others)).axis
    assert edge is not None
    exact = told_forest(table(*others, StudyRow("edge", 0.02, edge.ends[0], edge.ends[1])))
    assert all(row.marks is not None and row.marks.cut == (False, False) for row in exact.rows)


def test_tick_labels_have_room_beside_one_another_on_a_narrow_panel() -> None:
    rows = [StudyRow(str(i), 0.0011 * i, 0.0011 * i - 0.0123, 0.0011 * i + 0.0123) for i in range(4)]
    axis = told_forest(table(*rows)).axis
    assert axis is not None
    narrow, letter = 150.0, 6.5
    assert len(axis.ticks) == 3
    for (left, first), (right, second) in pairwise(axis.ticks):
        room = (right - left) / PANEL * narrow
        assert room >= (len(first) + len(second)) / 2 * letter + letter


def test_rows_of_a_group_stand_in_and_a_prediction_lacks_nothing() -> None:
    silent = NotReportedRow("Lee 2020", "not significant", cells=("full",))
    found = told_forest(table(GroupHeading("Men"), SMITH, silent, PredictionRow("95% prediction", -0.1, 0.1)))
    assert [row.indent for row in found.rows] == [False, True, True, True]
    prediction = found.rows[-1]
    assert prediction.note == ""
    assert prediction.interval == "−0.1000 to 0.1000"
