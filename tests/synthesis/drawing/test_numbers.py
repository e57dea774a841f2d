"""Printed numbers."""

from math import inf

import pytest

from synthesis.drawing.forest_table import Axis, ForestTable, StudyRow
from synthesis.drawing.numbers import decimals_for, format_number, format_ratio, plain_number


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [
        (0.0079, 4, "0.0079"),
        (-0.0016, 4, "−0.0016"),
        (-0.0, 2, "0.00"),
        (-0.004, 2, "−0.00"),
        (1426.0, 0, "1426"),
        (2e7, 2, "2×10⁷"),
        (-2.46e6, 1, "−2.5×10⁶"),
        (1e9, 1, "10⁹"),
        (inf, 2, "∞"),
        (-inf, 2, "−∞"),
    ],
)
def test_numbers_with_fixed_decimals(value: float, decimals: int, text: str) -> None:
    assert format_number(value, decimals) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1.0, "1.00"),
        (0.41, "0.41"),
        (0.0123, "0.01"),
        (0.004, "0.004"),
        (0.00031, "0.0003"),
        (1e-5, "10⁻⁵"),
        (0.0, "0.00"),
    ],
)
def test_a_ratio_is_never_printed_as_zero_unless_it_is(value: float, text: str) -> None:
    assert format_ratio(value, 2) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (1.0, "1"),
        (0.5, "0.5"),
        (-0.02, "−0.02"),
        (1000.0, "1000"),
        (0.0001, "0.0001"),
        (1e7, "10⁷"),
        (0.30000000000000004, "0.3"),
    ],
)
def test_tick_labels_are_plain(value: float, text: str) -> None:
    assert plain_number(value) == text


def test_decimals_follow_the_middle_interval() -> None:
    def decimals(half: float) -> int:
        rows = tuple(StudyRow("Study", 0.0, -factor * half, factor * half) for factor in (0.9, 1.0, 40.0))
        return decimals_for(ForestTable("Decimals", "Effect", Axis("Effect"), rows))

    assert [decimals(half) for half in (0.0056, 0.056, 0.56, 5.6, 56.0)] == [4, 3, 2, 1, 0]


def test_decimals_that_are_given_are_kept() -> None:
    row = StudyRow("Study", 0.0, -0.5, 0.5)
    assert decimals_for(ForestTable("Decimals", "Effect", Axis("Effect"), (row,), decimals=5)) == 5
