"""Whether two printings say the same."""

from __future__ import annotations

import pytest

from evidence.readings.values import same_value

SAME = [
    ("0.10", "0.1"),
    ("−0.5", "-0.5"),
    ("–0.5", "-0.50"),
    ("1,234,567", "1234567"),
    ("0,84", "0.84"),
    ("1,355", "1355"),
    ("1,355", "1.355"),
    ("-1,355", "-1355"),
    ("2 × 10^-5", "0.00002"),
    ("p<.001", "< 0.001"),
    ("P = 0.05", "0.050"),
    ("≤ 0.001", "<=0.001"),
    ("54.2 %", "54.2%"),
    ("54.20 %", "54.2%"),
    ("Double-blind", "double‐blind "),
    ("Parallel  RCT", "parallel\nrct"),
    ("ｎ１", "n1"),
]
OTHER = [
    ("0.10", "0.11"),
    ("0.5", "-0.5"),
    ("249", "250"),
    ("0,84", "0.85"),
    ("0,84", "84"),
    ("12,40", "1240"),  # no thousands are parted so
    ("1,355", "1.356"),
    ("< 0.001", "0.001"),
    ("< 0.001", "≤ 0.001"),
    ("> 0.05", "< 0.05"),
    ("54.2 %", "54.2"),
    ("0.5 %", "0.005"),
    ("low", "high"),
    ("NR", "0"),
    ("10-20", "10"),
    ("p", "p ="),
]


@pytest.mark.parametrize(("first", "second"), SAME)
def test_another_spelling_of_the_same_value(first: str, second: str) -> None:
    assert same_value(first, second)
    assert same_value(second, first)


@pytest.mark.parametrize(("first", "second"), OTHER)
def test_another_value(first: str, second: str) -> None:
    assert not same_value(first, second)
    assert not same_value(second, first)


def test_two_commas_that_may_mean_different_things_are_not_taken_as_the_same_number() -> None:
    assert same_value("1,355", "1,355")
    assert not same_value("1,355", "+1,355")  # 1355 to one reader, 1.355 to the other, perhaps
