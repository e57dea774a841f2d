"""Numbers of a text: digits, signs, dashes between two numbers, relations, footnotes."""

from __future__ import annotations

from decimal import Decimal

import pytest

from evidence.sources.numbers import numbers_of
from evidence.sources.text import PaperText


def read(text: str) -> list[str]:
    """Each number as relation, sign, digits and percent sign; ± for a dash that may be either."""
    signs = {"minus": "-", "either": "±", "": ""}
    return [
        f"{each.relation}{signs[each.dash]}{each.value}{'%' * each.percent}"
        for each in numbers_of(PaperText.of(text.split("\n")))
    ]


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("β = 0.0079, 95% CI: 0.002- 0.0135, p-value = 0.006", ["0.0079", "95%", "0.002", "0.0135", "0.006"]),
        ("-0.0083 (-0.0129, -0.0037)", ["-0.0083", "-0.0129", "-0.0037"]),
        ("−0·5 (−0·7 to −0·3)", ["-0.5", "-0.7", "-0.3"]),
        ("0.21-0.35", ["0.21", "0.35"]),
        ("0.21 –0.35", ["0.21", "±0.35"]),
        ("β=-0.0031, P=0.021831", ["-0.0031", "0.021831"]),
        ("P<0.000001, p ≤ .05, > 3, ≥4, <= 7", ["<0.000001", "<=0.05", ">3", ">=4", "<=7"]),
        ("8126 of 29,400 and 1,234,567.8", ["8126", "29400", "1234567.8"]),
        ("39.3±11.4years, 54.2 %", ["39.3", "11.4", "54.2%"]),
        ("0.84²", ["0.84"]),
        ("2 × 10⁻⁵ and 1.2e-3", ["0.00002", "0.0012"]),
        ("IMOS4, HbA1c, B12", []),
        ("rs-1456261/v1", ["1456261"]),
        ("1.2.3", ["1.2"]),
    ],
)
def test_numbers_are_read_as_they_stand(text: str, numbers: list[str]) -> None:
    assert read(text) == numbers


def test_decimals_and_signs_must_be_the_same() -> None:
    number, dashed, either = (
        numbers_of(PaperText.of([text]))[-1] for text in ("0.010", "x -0.010", "0.5 -0.010")
    )
    value = Decimal("0.010")
    assert number.is_printed_as(value)
    assert not number.is_printed_as(Decimal("0.01"))
    assert not number.is_printed_as(-value)
    assert dashed.is_printed_as(-value)
    assert not dashed.is_printed_as(value)
    assert either.is_printed_as(value)
    assert either.is_printed_as(-value)
    assert (number.signed, dashed.signed) == (value, -value)
    for text, same, other in (
        ("5", "5", "5.0"),
        ("5.0", "5.0", "5"),
        ("x -0.0", "0.0", "0"),
        ("0.0", "-0.0", "1"),
    ):
        [read] = numbers_of(PaperText.of([text]))
        assert read.is_printed_as(Decimal(same))
        assert not read.is_printed_as(Decimal(other))


@pytest.mark.parametrize(
    ("text", "aside"), [("95%", True), ("99", True), ("100", False), ("1.5", False), ("x -3", False)]
)
def test_percentages_and_small_whole_numbers_may_stand_between_others(text: str, aside: bool) -> None:
    [number] = numbers_of(PaperText.of([text]))
    assert number.is_aside is aside
