"""Marks of a row by hand: ten points for one unit, a row ten points high with its middle at 50."""

from __future__ import annotations

from math import inf

import pytest

from synthesis.drawing.axis import AxisMap
from synthesis.drawing.forest_table import (
    Axis,
    ForestTable,
    NotReportedRow,
    PredictionRow,
    StudyRow,
    SummaryRow,
)
from synthesis.drawing.marks import (
    MarkPlace,
    Squares,
    prediction_marks,
    row_marks,
    study_marks,
    summary_marks,
)
from synthesis.drawing.shapes import Point, Polygon

PLACE = MarkPlace(AxisMap("linear", 0.0, 10.0, 0.0, 100.0), 50.0, 10.0, 7)


def flat(points: tuple[Point, ...]) -> list[float]:
    return [value for point in points for value in point]


def arrows(polygons: tuple[Polygon, ...]) -> list[list[float]]:
    return [flat(polygon.points) for polygon in polygons if polygon.role == "arrow"]


LEFT = [0.0, 50.0, 4.0, 48.2, 4.0, 51.8]
RIGHT = [100.0, 50.0, 96.0, 48.2, 96.0, 51.8]


@pytest.mark.parametrize(
    ("low", "high", "ends", "heads"),
    [
        (2.0, 8.0, (20.0, 80.0), []),
        (0.0, 10.0, (0.0, 100.0), []),
        (-0.01, 10.0, (4.0, 100.0), [LEFT]),
        (0.0, 10.01, (0.0, 96.0), [RIGHT]),
        (-inf, inf, (4.0, 96.0), [LEFT, RIGHT]),
    ],
)
def test_an_interval_ends_at_its_limits_or_where_its_arrow_begins(
    low: float, high: float, ends: tuple[float, float], heads: list[list[float]]
) -> None:
    marks = study_marks(StudyRow("A", 5.0, low, high), 6.0, PLACE)
    line, point = marks.segments
    assert (*line.start, *line.end) == pytest.approx((ends[0], 50.0, ends[1], 50.0))
    assert (line.role, line.thickness, line.row) == ("interval", 0.9, 7)
    assert (*point.start, *point.end) == pytest.approx((50.0, 48.2, 50.0, 51.8))
    assert (point.role, point.thickness, point.row) == ("point", 0.9, 7)
    square = marks.polygons[0]
    assert flat(square.points) == pytest.approx([47.0, 47.0, 53.0, 47.0, 53.0, 53.0, 47.0, 53.0])
    assert (square.role, square.thickness, square.row) == ("marker", 0.0, 7)
    for found, expected in zip(arrows(marks.polygons), heads, strict=True):
        assert found == pytest.approx(expected)


@pytest.mark.parametrize(("level", "half"), [("overall", 3.6), ("subgroup", 3.0)])
def test_a_diamond_has_its_corners_at_limits_and_estimate(level: str, half: float) -> None:
    [diamond] = summary_marks(SummaryRow("S", 4.0, 2.0, 8.0, level=level), PLACE).polygons  # type: ignore[arg-type]
    assert flat(diamond.points) == pytest.approx(
        [20.0, 50.0, 40.0, 50.0 - half, 80.0, 50.0, 40.0, 50.0 + half]
    )
    assert (diamond.thickness, diamond.row, diamond.edge) == (0.8, 7, "#0072B2")
    assert diamond.fill == ("#0072B2" if level == "overall" else "#FFFFFF")


@pytest.mark.parametrize(
    ("low", "high", "cut"),
    [
        (-5.0, 8.0, "left"),
        (2.0, 15.0, "right"),
        (-1e-9, 8.0, "left"),
        (2.0, 10.0 + 1e-9, "right"),
        (-inf, inf, "left right"),
    ],
)
def test_a_cut_diamond_narrows_to_its_arrow_and_is_no_slab(low: float, high: float, cut: str) -> None:
    diamond, *heads = summary_marks(SummaryRow("S", 5.0, low, high), PLACE).polygons
    expected = [4.0, 49.2] if "left" in cut else [low * 10.0, 50.0]
    expected += [50.0, 46.4]
    expected += [96.0, 49.2, 96.0, 50.8] if "right" in cut else [high * 10.0, 50.0]
    expected += [50.0, 53.6]
    expected += [4.0, 50.8] if "left" in cut else []
    assert flat(diamond.points) == pytest.approx(expected)
    drawn = [(0.0, 4.0)] * ("left" in cut) + [(100.0, 96.0)] * ("right" in cut)
    for head, (tip, base) in zip(heads, drawn, strict=True):
        assert flat(head.points) == pytest.approx([tip, 50.0, base, 48.2, base, 51.8])
        assert head.fill == "#0072B2"


@pytest.mark.parametrize(("low", "high"), [(0.0, 10.0), (2.0, 8.0)])
def test_a_diamond_that_ends_within_the_panel_has_no_arrow(low: float, high: float) -> None:
    [diamond] = summary_marks(SummaryRow("S", 5.0, low, high), PLACE).polygons
    assert flat(diamond.points) == pytest.approx(
        [low * 10.0, 50.0, 50.0, 46.4, high * 10.0, 50.0, 50.0, 53.6]
    )


def test_a_diamond_without_width_on_one_side_is_upright_there() -> None:
    [left] = summary_marks(SummaryRow("S", 2.0, 2.0, 8.0), PLACE).polygons
    assert flat(left.points) == pytest.approx([20.0, 50.0, 20.0, 46.4, 80.0, 50.0, 20.0, 53.6])
    assert summary_marks(SummaryRow("S", None, 1.0, 2.0), PLACE).polygons == ()
    assert summary_marks(SummaryRow("S", 1.5, None, 2.0), PLACE).polygons == ()


@pytest.mark.parametrize(
    ("low", "high", "ends", "caps"),
    [
        (2.0, 8.0, (20.0, 80.0), [20.0, 80.0]),
        (0.0, 10.0, (0.0, 100.0), [0.0, 100.0]),
        (-3.0, 8.0, (4.0, 80.0), [80.0]),
        (2.0, 13.0, (20.0, 96.0), [20.0]),
        (-inf, inf, (4.0, 96.0), []),
    ],
)
def test_a_prediction_is_a_slim_bar_with_a_cap_at_each_end_that_is_seen(
    low: float, high: float, ends: tuple[float, float], caps: list[float]
) -> None:
    marks = prediction_marks(PredictionRow("P", low, high), PLACE)
    bar, *heads = marks.polygons
    left, right = ends
    assert flat(bar.points) == pytest.approx([left, 48.9, right, 48.9, right, 51.1, left, 51.1])
    assert (bar.thickness, bar.fill, bar.edge, bar.row) == (0.5, "#E69F00", "#1A1A1A", 7)
    assert [flat((cap.start, cap.end)) for cap in marks.segments] == [
        pytest.approx([x, 47.3, x, 52.7]) for x in caps
    ]
    assert len(heads) == 2 - len(caps)
    assert prediction_marks(PredictionRow("P", None, high), PLACE).polygons == ()


@pytest.mark.parametrize(
    ("extent", "ends", "heads"),
    [
        ((2.0, 4.0), (20.0, 40.0), []),
        ((-inf, 2.0), (4.0, 20.0), [LEFT]),
        ((8.0, 12.0), (80.0, 96.0), [RIGHT]),
        ((-5.0, -2.0), None, [LEFT]),
    ],
)
def test_what_is_not_ruled_out_is_a_hollow_bar_of_three_tenths_of_a_row(
    extent: tuple[float, float], ends: tuple[float, float] | None, heads: list[list[float]]
) -> None:
    marks = row_marks(
        [NotReportedRow("A", "not significant", extents=(extent,))], Squares(None, 5.0, 5.0), [PLACE]
    )
    bars = [polygon for polygon in marks.polygons if polygon.role == "extent"]
    if ends is None:
        assert bars == []
    else:
        left, right = ends
        assert [flat(bar.points) for bar in bars] == [
            pytest.approx([left, 48.5, right, 48.5, right, 51.5, left, 51.5])
        ]
        assert (bars[0].thickness, bars[0].fill, bars[0].row) == (0.8, "#FFFFFF", 7)
    assert arrows(marks.polygons) == [pytest.approx(head) for head in heads]
    assert marks.segments == ()


def test_a_part_of_a_study_is_hollow_and_has_a_thin_line_and_no_point() -> None:
    row = StudyRow("A", 5.0, 2.0, 8.0, part=True)
    marks = study_marks(row, 3.6, PLACE)
    [line], [square] = marks.segments, marks.polygons
    assert (*line.start, *line.end, line.thickness) == pytest.approx((20.0, 50.0, 80.0, 50.0, 0.6))
    assert flat(square.points) == pytest.approx([48.2, 48.2, 51.8, 48.2, 51.8, 51.8, 48.2, 51.8])
    assert (square.fill, square.thickness, square.role) == ("#FFFFFF", 0.8, "marker")
    whole = StudyRow("B", 5.0, 2.0, 8.0, 50.0)
    squares = Squares.of(ForestTable("T", "E", Axis("E"), (row, whole)), 10.0)
    assert squares.side(row) == pytest.approx(3.6)  # 0.36 of a row


def test_what_a_model_says_of_a_study_is_a_grey_diamond_between_its_square_and_its_interval() -> None:
    marks = study_marks(StudyRow("A", 3.0, 1.0, 5.0, fitted=(5.0, 2.0, 8.0)), 4.0, PLACE)
    assert [polygon.role for polygon in marks.polygons] == ["marker", "fitted"]
    assert flat(marks.polygons[1].points) == pytest.approx([20.0, 50.0, 50.0, 46.4, 80.0, 50.0, 50.0, 53.6])


def sides(weights: list[float | None]) -> list[float]:
    rows = tuple(StudyRow("A", 0.0, -1.0, 1.0, weight) for weight in weights)
    squares = Squares.of(
        ForestTable("T", "E", Axis("E"), (*rows, SummaryRow("S", 0.0, -1.0, 1.0, 900.0))), 10.0
    )
    return [squares.side(row) for row in rows]


@pytest.mark.parametrize(
    ("weights", "expected"),
    [
        ([40.0, 10.0], [6.875, 3.4375]),
        ([40.0, 0.0], [7.5, 1.5]),
        ([25.0, 25.0], [5.0, 5.0]),
        ([None, 40.0, 20.0], [5.0, 6.25, 6.25 * 0.5**0.5]),
        ([None, None], [5.0, 5.0]),
        ([0.0, 0.0], [5.0, 5.0]),
    ],
)
def test_squares_grow_from_half_a_row_to_three_quarters_as_weights_differ(
    weights: list[float | None], expected: list[float]
) -> None:
    """Half a row, and a quarter more times one minus the smallest weight over the largest."""
    assert sides(weights) == pytest.approx(expected)


def test_rows_have_their_marks_in_order() -> None:
    rows = (StudyRow("A", 5.0, 2.0, 8.0), SummaryRow("S", 5.0, 2.0, 8.0), PredictionRow("P", 2.0, 8.0))
    places = [MarkPlace(PLACE.axis, 10.0 * i, 10.0, i) for i in range(3)]
    squares = Squares.of(ForestTable("T", "E", Axis("E"), rows), 10.0)
    marks = row_marks(rows, squares, places)
    assert [(polygon.role, polygon.row) for polygon in marks.polygons] == [
        ("marker", 0),
        ("diamond", 1),
        ("prediction", 2),
    ]
    assert [segment.row for segment in marks.segments] == [0, 0, 2, 2]
