"""The rule of rounding, at the sides of every bound."""

from __future__ import annotations

import math

import pytest

from synthesis.paper.rounded import (
    Cell,
    Rounded,
    as_printed,
    count,
    degrees_of_freedom,
    effect,
    heterogeneity,
    p_value,
    share,
    statistic,
    year,
)

CASES: list[tuple[Cell, str, str]] = [
    (effect(0.00314, 4, False), "0.0031", "0.0000"),
    (effect(-0.00316, 4, False), "−0.0032", "0.0000"),
    (effect(-0.00004, 4, False), "0.0000", "0.0000"),
    (effect(1.2345, 2, True), "1.23", "0.00"),
    (effect(0.0042, 2, True), "0.004", "0.000"),
    (effect(0.00001, 2, True), "10⁻⁵", "0E+00"),
    (effect(2.5e7, 2, True), "2.5×10⁷", "0.0E+00"),
    (effect(12.0, 0, False), "12", "0"),
    (p_value(0.0001), "0.00010", "0.00000"),
    (p_value(0.00009), "< 0.0001", '"< 0.0001"'),
    (p_value(0.04996), "0.04996", "0.00000"),
    (p_value(0.35), "0.35", "0.00"),
    (heterogeneity(0.0), "0", "0"),
    (heterogeneity(0.01234), "0.012", "0.000"),
    (heterogeneity(8.68e-7), "8.7×10⁻⁷", "0.0E+00"),
    (share(59.6), "60", "0"),
    (statistic(-1.456), "−1.46", "0.00"),
    (degrees_of_freedom(3.0), "3", "0"),
    (degrees_of_freedom(1.5205), "1.52", "0.00"),
    (count(8126), "8,126", "#,##0"),
    (year(2019), "2019", "0"),
    (as_printed(54.20, "54.20"), "54.20", "0.00"),
    (as_printed(-3.0, "-3"), "−3", "0"),
]


@pytest.mark.parametrize(("cell", "shown", "number_format"), CASES)
def test_a_number_is_shown_as_the_rule_says(cell: Cell, shown: str, number_format: str) -> None:
    assert isinstance(cell, Rounded)
    assert (cell.shown, cell.number_format) == (shown, number_format)


def test_the_value_itself_is_not_rounded() -> None:
    cell = effect(0.0031411, 4, False)
    assert isinstance(cell, Rounded)
    assert cell.value == 0.0031411


def test_what_is_no_number_is_no_cell_and_what_has_no_end_is_text() -> None:
    makers = (p_value, heterogeneity, share, statistic, degrees_of_freedom)
    assert [make(math.nan) for make in makers] == [None] * 5
    assert (effect(math.nan, 2, True), count(None), year(None)) == (None, None, None)
    assert (effect(math.inf, 2, True), effect(-math.inf, 2, False)) == ("∞", "−∞")
    assert degrees_of_freedom(math.inf) == "∞"
