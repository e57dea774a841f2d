"""Limits, ticks and places of an axis by hand, on both sides of their bounds."""

from __future__ import annotations

from itertools import pairwise
from math import exp, inf, log, nan

import pytest

from synthesis.drawing.axis import AxisMap, axis_limits, choose_ticks, with_room_for_ticks
from synthesis.drawing.forest_table import Axis, ForestTable, PredictionRow, Row, Scale, StudyRow, SummaryRow

SCALES = pytest.mark.parametrize("scale", ["linear", "log"])


def limits(
    rows: list[tuple[float | None, float | None, float | None]], null: float | None, scale: Scale
) -> list[float]:
    """Of studies (estimate, low, high) given on the axis's own scale."""
    there = exp if scale == "log" else float

    def shown(value: float | None) -> float | None:
        return value if value is None or scale == "linear" else (0.0 if value == -inf else there(value))

    studies = tuple(
        StudyRow(f"S{i}", shown(row[0]), shown(row[1]), shown(row[2])) for i, row in enumerate(rows)
    )
    axis = Axis("Effect", scale, None if null is None else shown(null))
    found = axis_limits(ForestTable("T", "Effect", axis, studies))
    return [log(end) if scale == "log" else end for end in found]


TWO = [(0.0, -0.1, 0.1), (0.4, 0.3, 0.5)]
CUT: list[Row] = [
    StudyRow("far", 0.2, -0.399, 0.3),
    StudyRow("farther", 0.2, -9.0, 9.0),
    *[StudyRow("near", 0.2, 0.1, 0.3)] * 3,
]


@SCALES
@pytest.mark.parametrize(
    ("rows", "null", "expected"),
    [
        (TWO, 0.0, (-0.1, 0.5, 0.04, 0.04)),
        (TWO, None, (-0.1, 0.5, 0.04, 0.04)),
        (TWO, -0.6, (-0.6, 0.5, 0.04, 0.04)),
        (TWO, 0.9, (-0.1, 0.9, 0.04, 0.04)),
        # the points are spread over 0.4: an interval may reach so far beyond them
        ([*TWO, (0.2, -0.399, 0.799)], 0.0, (-0.399, 0.799, 0.04, 0.04)),
        ([*TWO, (0.2, -0.401, 0.3)], 0.0, (-0.1, 0.5, 0.1, 0.04)),
        ([*TWO, (0.2, 0.1, 0.801)], 0.0, (-0.1, 0.5, 0.04, 0.1)),
        ([*TWO, (0.2, -9.0, 9.0)], 0.0, (-0.1, 0.5, 0.1, 0.1)),
        # the middle half-width is 0.2: an interval may reach 0.5 beyond the points
        ([(0.0, -0.2, 0.2), (0.1, -0.1, 0.3), (0.1, -0.499, 0.599)], 0.0, (-0.499, 0.599, 0.04, 0.04)),
        ([(0.0, -0.2, 0.2), (0.1, -0.1, 0.3), (0.1, -0.501, 0.2)], 0.0, (-0.2, 0.3, 0.1, 0.04)),
        ([(0.0, -0.2, 0.2), (0.1, -0.1, 0.3), (0.1, 0.0, 0.601)], 0.0, (-0.2, 0.3, 0.04, 0.1)),
        # what would be cut is held where the axis grows by a quarter at most: 1.08 to 1.25 times 1.14 * 0.899
        ([*TWO, (0.2, -0.399, 0.3), (0.2, -0.686, 0.3)], 0.0, (-0.686, 0.5, 0.04, 0.04)),
        ([*TWO, (0.2, -0.399, 0.3), (0.2, -0.687, 0.3)], 0.0, (-0.399, 0.5, 0.1, 0.04)),
        ([*TWO, (0.2, -0.399, 0.3), (0.2, -0.6, 0.3), (0.2, 0.1, inf)], 0.0, (-0.399, 0.5, 0.1, 0.1)),
        # an endless interval has an arrow; a study without numbers asks for nothing
        ([*TWO, (0.2, -inf, 0.3)], 0.0, (-0.1, 0.5, 0.1, 0.04)),
        ([*TWO, (None, None, None)], 0.0, (-0.1, 0.5, 0.04, 0.04)),
    ],
)
def test_limits_hold_points_no_effect_and_intervals_that_do_not_reach_far(
    rows: list[tuple[float | None, float | None, float | None]],
    null: float | None,
    expected: tuple[float, float, float, float],
    scale: Scale,
) -> None:
    """With 4 % of the width as white, and 10 % at a side where an arrow stands."""
    low, high, left, right = expected
    width = high - low
    assert limits(rows, null, scale) == pytest.approx([low - left * width, high + right * width])


@pytest.mark.parametrize(("width", "seen"), [(0.8e-9, False), (1.2e-9, True)])
def test_ratios_near_one_are_one_place_below_a_billionth(width: float, seen: bool) -> None:
    """One place is shown with a factor of two on either side, two with a little white."""
    low, high = limits([(0.0, 0.0, width)], 0.0, "log")
    expected = (-0.04 * width, 1.04 * width) if seen else (-log(2.0), log(2.0))
    assert (low, high) == pytest.approx(expected, abs=1e-12, rel=1e-8)


def test_a_summary_s_width_is_no_typical_one_but_a_prediction_s_is() -> None:
    rows: tuple[Row, ...] = (StudyRow("A", 0.0, -0.2, 0.2), StudyRow("B", 0.1, -0.55, 0.3))
    axis = Axis("Effect", null=0.0)
    narrow = tuple(SummaryRow(f"All {i}", 0.05, 0.04, 0.06) for i in range(5))
    alone = axis_limits(ForestTable("T", "E", axis, rows))
    assert alone == axis_limits(ForestTable("T", "E", axis, (*rows, *narrow)))
    assert alone[0] == pytest.approx(-0.55 - 0.04 * 0.85)
    predicted = tuple(PredictionRow(f"New {i}", 0.0, 0.1) for i in range(3))
    # of 0.2, 0.425 and three times 0.05 the middle one is 0.05: ends may lie 0.125 beyond 0 and 0.1
    assert axis_limits(ForestTable("T", "E", axis, (*rows, *predicted))) == pytest.approx((-0.02, 0.22))


@pytest.mark.parametrize(
    ("scale", "value", "expected"),
    [
        ("linear", 3.0, (1.5, 4.5)),
        ("linear", -3.0, (-4.5, -1.5)),
        ("linear", 0.0, (-1.0, 1.0)),
        ("log", 3.0, (1.5, 6.0)),
        ("log", 1.0, (0.5, 2.0)),
    ],
)
def test_one_place_alone_stands_in_the_middle(
    scale: Scale, value: float, expected: tuple[float, float]
) -> None:
    table = ForestTable("T", "E", Axis("E", scale, None), (StudyRow("A", value, value, value),))
    assert axis_limits(table) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("scale", "low", "high", "white"),
    [
        ("linear", 1000.0, 1000.0 + 2e-6, 0.04 * 2e-6),
        ("linear", 1000.0, 1000.0 + 5e-7, 500.0),
        ("linear", -1000.0 - 2e-6, -1000.0, 0.04 * 2e-6),
        ("linear", 1e-12, 2e-12, 4e-14),
        ("log", 1.0, 1.0 + 2e-9, 0.04 * 2e-9),
        ("log", 1.0, 1.0 + 5e-10, 1.0),
    ],
)
def test_ends_that_differ_by_less_than_a_billionth_are_one_place(
    scale: Scale, low: float, high: float, white: float
) -> None:
    table = ForestTable("T", "E", Axis("E", scale, None), (StudyRow("A", low, low, high),))
    assert axis_limits(table)[1] - high == pytest.approx(white, rel=0.1)


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ((), (-0.04, 1.04)),
        ((PredictionRow("New", 2.0, 4.0),), (1.92, 4.08)),
        ((PredictionRow("New", -inf, inf),), (-0.1, 1.1)),
        ((StudyRow("A", None, nan, nan),), (-0.04, 1.04)),
    ],
)
def test_without_points_the_limits_are_those_of_intervals_or_zero_and_one(
    rows: tuple[Row, ...], expected: tuple[float, float]
) -> None:
    assert axis_limits(ForestTable("T", "E", Axis("E", null=None), rows)) == pytest.approx(expected)


# Places.


@pytest.mark.parametrize(
    ("scale", "value", "place"),
    [
        ("linear", 0.0, 100.0),
        ("linear", 5.0, 150.0),
        ("linear", -5.0, 50.0),
        ("log", 1.0, 100.0),
        ("log", 100.0, 300.0),
        ("log", 0.1, 0.0),
    ],
)
def test_values_beyond_the_axis_have_their_places_too(scale: Scale, value: float, place: float) -> None:
    low, high = (0.0, 10.0) if scale == "linear" else (1.0, 10.0)
    assert AxisMap(scale, low, high, 100.0, 200.0).position(value) == pytest.approx(place)


def test_numbers_beyond_a_drawing_stand_where_the_last_ones_in_it_do() -> None:
    linear, ratio = AxisMap("linear", 0.0, 1.0, 0.0, 100.0), AxisMap("log", 1.0, 10.0, 0.0, 100.0)
    assert linear.position(1e200) == linear.position(1e150) == pytest.approx(1e152)
    assert linear.position(-1e200) == linear.position(-1e150) == pytest.approx(-1e152)
    assert linear.position(1e149) == pytest.approx(1e151)
    assert ratio.position(1e200) == ratio.position(1e150) == pytest.approx(15_000.0)
    assert ratio.position(1e-200) == ratio.position(1e-150) == pytest.approx(-15_000.0)
    assert linear.position(inf) == inf
    assert ratio.position(0.0) == ratio.position(-1.0) == -inf
    assert linear.position(5e-324) == 0.0
    small = AxisMap("linear", 0.0, 1e-148, 0.0, 100.0)
    assert small.position(1.1e-150) == pytest.approx(1.1)
    assert small.position(-0.9e-150) == 0.0


# Ticks: the finest round ones that stand apart.


def ticks(
    scale: Scale, low: float, high: float, width: float, letters: float = 0.0, gap: float = 5.0
) -> list[float]:
    axis = AxisMap(scale, low, high, 0.0, width)
    return [value for value, _ in choose_ticks(axis, lambda text: letters * len(text), gap)]


@pytest.mark.parametrize(
    ("high", "step"),
    [
        (7.0, 1.0),
        (7.9, 2.0),
        (6.5, 1.0),
        (12.0, 2.0),
        (14.0, 2.0),
        (15.0, 2.5),
        (17.0, 2.5),
        (18.0, 5.0),
        (34.0, 5.0),
        (36.0, 10.0),
        (0.69, 0.1),
        (0.12, 0.02),
    ],
)
def test_at_most_seven_steps_of_1_2_2_5_or_5(high: float, step: float) -> None:
    found = ticks("linear", 0.0 + 1e-9 * high, high, 1000.0)
    assert found == pytest.approx([step * i for i in range(1, len(found) + 1)])
    assert found[-1] <= high < found[-1] + step
    assert len(found) <= 7


@pytest.mark.parametrize(("gap", "step"), [(9.9, 1.0), (10.1, 2.0), (20.1, 2.5), (25.1, 5.0)])
def test_ticks_stand_a_gap_apart(gap: float, step: float) -> None:
    """Ten points for one unit; labels without a width."""
    found = ticks("linear", 0.0, 6.0, 60.0, gap=gap)
    assert [b - a for a, b in pairwise(found)] == pytest.approx([step] * (len(found) - 1))
    assert found[0] == 0.0


@pytest.mark.parametrize(("letters", "step"), [(4.9, 1.0), (5.1, 2.0)])
def test_half_of_each_label_lies_between_its_tick_and_the_next(letters: float, step: float) -> None:
    """Ten points for one unit, labels of one letter and a gap of five points."""
    found = ticks("linear", 0.0, 6.0, 60.0, letters, 5.0)
    assert found[1] - found[0] == step


@pytest.mark.parametrize(
    ("low", "high", "width", "expected"),
    [
        (0.09, 11.0, 1000.0, [0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0]),
        (0.09, 21.0, 1000.0, [0.1, 0.5, 1.0, 2.0, 10.0]),
        (0.6, 21.0, 1000.0, [1.0, 2.0, 5.0, 10.0, 20.0]),
        (1.1, 4.9, 1000.0, [2.0, 3.0, 4.0]),
        (0.9, 5.1, 1000.0, [1.0, 2.0, 5.0]),
        (1e-4, 1e4, 1000.0, [1e-4, 1e-2, 1.0, 1e2, 1e4]),
        (1e-3, 1e3, 14.0, [1e-3, 1.0, 1e3]),
        (1e-3, 1e3, 29.0, [1e-2, 1.0, 1e2]),
        (1e-3, 1e3, 31.0, [1e-3, 1e-2, 1e-1, 1.0, 10.0, 1e2, 1e3]),
    ],
)
def test_ticks_of_ratios_are_1_2_5_or_powers_of_ten(
    low: float, high: float, width: float, expected: list[float]
) -> None:
    assert ticks("log", low, high, width) == pytest.approx(expected)


# Where fewer than three ticks stand on an axis, it reaches for round numbers.


@pytest.mark.parametrize(
    ("scale", "low", "high", "width", "gap", "expected"),
    [
        # 100 points a unit, so that units alone stand apart: 101 alone, or 100, 101 and 102 on 85 points each
        ("linear", 100.2, 101.9, 170.0, 60.0, (100.0, 102.0)),
        ("linear", -101.9, -100.2, 170.0, 60.0, (-102.0, -100.0)),
        ("linear", 100.2, 101.9, 170.0, 45.0, None),  # halves stand apart: there are ticks enough
        # from 100.5 to 101.5 halves are 40 points apart; from 100 to 102 it is more than half as long again
        ("linear", 100.6, 101.4, 80.0, 39.0, (100.5, 101.5)),
        ("linear", 100.6, 101.4, 80.0, 41.0, None),
        # 100 points a power of ten: 1 and 10; 0.1 to 100 at 90.9 points each; every second of 0.01 to 100
        ("log", 0.15, 80.0, 272.7, 90.0, (0.1, 100.0)),
        ("log", 0.15, 80.0, 272.7, 91.0, (0.01, 100.0)),
        ("log", 0.15, 80.0, 272.7, 137.0, None),
    ],
)
def test_an_axis_grows_to_round_numbers_by_no_more_than_a_half(
    scale: Scale, low: float, high: float, width: float, gap: float, expected: tuple[float, float] | None
) -> None:
    axis = AxisMap(scale, low, high, 0.0, width)
    grown = with_room_for_ticks(axis, lambda text: 0.0, gap)
    assert (grown.left, grown.right) == (0.0, width)
    assert (grown.low, grown.high) == pytest.approx(expected or (low, high), rel=1e-8)
    if expected is not None:
        labelled = [value for value, _ in choose_ticks(grown, lambda text: 0.0, gap)]
        assert (labelled[0], labelled[-1]) == expected, "its ends are ticks, whatever rounding does"


@SCALES
@pytest.mark.parametrize(
    ("more", "expected"),
    [
        # cut at both ends, the axis reaches as far to either side of it as to the farther one
        ([SummaryRow("All", 0.1, -9.0, 9.3)], (-0.3, 0.5, 0.1, 0.1)),
        ([SummaryRow("All", 0.3, -9.0, 9.0)], (-0.1, 0.7, 0.1, 0.1)),
        ([PredictionRow("New", -8.8, 9.0)], (-0.3, 0.5, 0.1, 0.1)),
        # of several the middle one
        ([SummaryRow(f"All {at}", at, -9.0, 9.0) for at in (0.1, 0.3, 0.15)], (-0.2, 0.5, 0.1, 0.1)),
        # at one end alone, at its very ends, or of a study, nothing moves
        ([SummaryRow("All", 0.1, -0.1, 9.0)], (-0.1, 0.5, 0.04, 0.1)),
        ([SummaryRow("All", 0.1, -9.0, 0.5)], (-0.1, 0.5, 0.1, 0.04)),
        ([StudyRow("C", 0.1, -9.0, 9.0)], (-0.1, 0.5, 0.1, 0.1)),
        ([SummaryRow("All", None, None, None)], (-0.1, 0.5, 0.04, 0.04)),
        # a summary is held where the axis grows by a quarter at most, whatever studies are cut
        (
            [*CUT, PredictionRow("New", -0.5, 0.6)],
            (-0.5, 0.6, 0.1, 0.1),
        ),
        (
            [*CUT, PredictionRow("New", -0.8, 0.6)],
            (-0.399, 0.6, 0.1, 0.1),
        ),
    ],
)
def test_an_axis_is_symmetric_about_a_summary_that_it_cuts_at_both_ends(
    more: list[Row], expected: tuple[float, float, float, float], scale: Scale
) -> None:
    def shown(value: float | None) -> float | None:
        return value if value is None or scale == "linear" else exp(value)

    rows = [StudyRow(f"S{i}", *row) for i, row in enumerate(TWO)] + more
    table = ForestTable(
        "T",
        "Effect",
        Axis("Effect", scale, shown(0.0)),
        tuple(
            PredictionRow(row.label, shown(row.low), shown(row.high))
            if isinstance(row, PredictionRow)
            else type(row)(row.label, shown(row.estimate), shown(row.low), shown(row.high))
            for row in rows
            if isinstance(row, StudyRow | SummaryRow | PredictionRow)
        ),
    )
    low, high, before, behind = expected
    ends = [log(end) if scale == "log" else end for end in axis_limits(table)]
    width = high - low
    assert ends == pytest.approx([low - before * width, high + behind * width], abs=1e-9)


def test_an_axis_about_a_cut_summary_ends_where_a_drawing_does() -> None:
    rows = (
        StudyRow("A", 1e-140, 1e-141, 1e-139),
        StudyRow("B", 2.0, 1.0, 3.0),
        SummaryRow("All", 1e-130, 0.0, inf),
    )
    low, high = axis_limits(ForestTable("T", "Effect", Axis("Effect", "log", 1.0), rows))
    width = log(3.0) + 150 * log(10.0)
    assert (log(low), log(high)) == pytest.approx((-150 * log(10.0) - 0.1 * width, log(3.0) + 0.1 * width))
