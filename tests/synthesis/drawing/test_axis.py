"""Limits and ticks of the horizontal axis."""

from itertools import pairwise
from math import isfinite, log

import pytest

from synthesis.drawing.axis import AxisMap, axis_limits, choose_ticks
from synthesis.drawing.forest_table import (
    Axis,
    ForestTable,
    Scale,
    StudyRow,
    SummaryRow,
    estimate_of,
    limits_of,
)


def ticks(scale: Scale, low: float, high: float, width: float = 160.0) -> list[str]:
    axis = AxisMap(scale, low, high, 0.0, width)
    return [label for _, label in choose_ticks(axis, lambda text: 4.6 * len(text), 5.0)]


@pytest.mark.parametrize(
    ("scale", "low", "high", "labels"),
    [
        ("log", 0.09, 11.0, ["0.1", "0.2", "0.5", "1", "2", "5", "10"]),
        ("log", 0.45, 2.2, ["0.5", "1", "2"]),
        ("log", 0.03, 30.0, ["0.1", "0.5", "1", "2", "10"]),
        ("log", 2e-5, 5e4, ["0.0001", "0.01", "1", "100", "10000"]),
        ("log", 0.88, 1.22, ["0.9", "1", "1.1", "1.2"]),
        ("linear", -0.021, 0.024, ["−0.02", "−0.01", "0", "0.01", "0.02"]),
        ("linear", -14.0, 9.0, ["−10", "−5", "0", "5"]),
        ("linear", 0.0, 1.0, ["0", "0.2", "0.4", "0.6", "0.8", "1"]),
    ],
)
def test_ticks_are_round_plain_numbers(scale: Scale, low: float, high: float, labels: list[str]) -> None:
    assert ticks(scale, low, high) == labels


def test_tick_labels_never_touch() -> None:
    gaps = []
    for exponent in range(-6, 6):
        for scale, low, high in (
            ("linear", -(10.0**exponent), 3 * 10.0**exponent),
            ("log", 10.0**exponent, 7e6),
        ):
            axis = AxisMap(scale, low, high, 10.0, 170.0)  # type: ignore[arg-type]
            placed = choose_ticks(axis, lambda text: 4.6 * len(text), 5.0)
            assert len(placed) >= 2
            for (a, one), (b, other) in pairwise(placed):
                gaps.append(axis.position(b) - axis.position(a) - 2.3 * len(one + other))
    assert len(gaps) >= 24
    assert min(gaps) >= 5


def test_limits_hold_every_point_and_the_null(table: ForestTable) -> None:
    low, high = axis_limits(table)
    points = [estimate for row in table.intervals() if (estimate := estimate_of(row)) is not None]
    assert all(low < point < high for point in points)
    assert isfinite(low)
    assert isfinite(high)
    if table.axis.null is not None:
        assert low < table.axis.null < high


def test_one_enormous_interval_does_not_squash_the_rest() -> None:
    ordinary = tuple(StudyRow(f"Study {i}", 0.1 * i, 0.1 * i - 0.3, 0.1 * i + 0.3) for i in range(5))
    wide = StudyRow("Wide", 0.2, -500.0, 500.0)
    without = axis_limits(ForestTable("Ordinary", "Effect", Axis("Effect"), ordinary))
    with_wide = axis_limits(ForestTable("Wide", "Effect", Axis("Effect"), (*ordinary, wide)))
    assert with_wide[1] - with_wide[0] < 1.2 * (without[1] - without[0])


def test_ordinary_intervals_are_shown_whole() -> None:
    rows = (
        StudyRow("A", 0.41, 0.13, 1.26),
        StudyRow("B", 1.56, 0.37, 6.53),
        SummaryRow("All", 0.5, 0.3, 0.8),
    )
    table = ForestTable("Whole", "RR", Axis("RR", "log", 1.0), rows)
    low, high = axis_limits(table)
    ends = [end for row in rows for end in limits_of(row) or ()]
    assert low < min(ends)
    assert max(ends) < high
    assert len(ends) == 6


def test_positions_are_linear_in_the_logarithm() -> None:
    axis = AxisMap("log", 0.1, 10.0, 100.0, 300.0)
    assert axis.position(1.0) == pytest.approx(200.0, rel=1e-14)
    assert axis.position(5.0) == pytest.approx(200 + 100 * log(5) / log(10), rel=1e-14)
    assert axis.position(0.0) == float("-inf")
