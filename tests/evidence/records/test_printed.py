"""Numbers as printed: the spelling survives, and the rounding interval follows from it."""

from __future__ import annotations

from decimal import Decimal

import pytest

from evidence.records.printed import Percent, Printed, PrintedError, PValue


@pytest.mark.parametrize(
    ("text", "value", "half_unit"),
    [
        ("0.0020", "0.0020", 0.00005),
        ("0.002", "0.002", 0.0005),
        ("-0.60", "-0.60", 0.005),
        ("−0.0082", "-0.0082", 0.00005),
        ("8,126", "8126", 0.5),
        ("1,234,567.5", "1234567.5", 0.05),
        ("0·79", "0.79", 0.005),
        (".05", "0.05", 0.005),
        ("+1.5", "1.5", 0.05),
        ("39", "39", 0.5),
        ("2.5e-3", "0.0025", 0.00005),
        ("2.5 × 10^-3", "0.0025", 0.00005),
        ("2.5x10−3", "0.0025", 0.00005),
    ],
)
def test_a_printed_number_keeps_spelling_value_and_reach(text: str, value: str, half_unit: float) -> None:
    number = Printed.parse(text)
    assert number.text == text
    assert number.value == Decimal(value)
    assert number.half_unit == pytest.approx(half_unit, rel=1e-12)
    assert number.highest - number.lowest == pytest.approx(2 * half_unit, rel=1e-6)


@pytest.mark.parametrize(
    "text",
    ["", "nan", ".nan", "inf", "-.inf", "2026-11-21", "0.1-0.2", "1 2", "yes", "1_000", "0x1F", "1,2",
     "12,34", "--1", "1e999999", "1e0000000999999", "9" * 60, "1.2.3", "< 0.05", "five"],
)  # fmt: skip
def test_anything_else_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(PrintedError, match=r"number|range"):
        Printed.parse(text)


def test_a_percentage_needs_its_sign_and_a_possible_value() -> None:
    assert Percent.parse("54.2 %").fraction == pytest.approx(0.542)
    assert Percent.parse("95%").value == 95
    for wrong in ("54.2", "101 %", "-1 %"):
        with pytest.raises(PrintedError):
            Percent.parse(wrong)


@pytest.mark.parametrize(
    ("text", "lowest", "highest"),
    [
        ("0.006", 0.0055, 0.0065),
        ("< 0.000001", 0.0, 0.000001),
        ("P<0.001", 0.0, 0.001),
        ("≤ 0.05", 0.0, 0.05),
        ("> 0.05", 0.05, 1.0),
        ("= 0.03", 0.025, 0.035),
        ("not printed", 0.0, 1.0),
        ("1.0", 0.95, 1.0),
        ("0.00", 0.0, 0.005),
    ],
)
def test_a_p_value_says_what_it_allows(text: str, lowest: float, highest: float) -> None:
    p = PValue.parse(text)
    assert p.text == text
    assert p.lowest == pytest.approx(lowest)
    assert p.highest == pytest.approx(highest)


@pytest.mark.parametrize("text", ["1.2", "-0.1", "NS", "significant", "", "< one", "nan"])
def test_an_impossible_p_value_is_refused(text: str) -> None:
    with pytest.raises(PrintedError):
        PValue.parse(text)
