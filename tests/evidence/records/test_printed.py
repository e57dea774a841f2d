"""Numbers as printed: the spelling survives, and the rounding interval follows from it."""

from __future__ import annotations

import math
from decimal import Decimal

import pytest
from pydantic import TypeAdapter, ValidationError

from evidence.records.printed import Percent, Printed, PrintedCount, PrintedError, PValue, shorten


@pytest.mark.parametrize(
    ("text", "value", "half_unit"),
    [
        ("0.0020", "0.0020", 0.00005),
        ("0.002", "0.002", 0.0005),
        ("-0.60", "-0.60", 0.005),
        ("−0.0082", "-0.0082", 0.00005),
        ("1,008,126", "1008126", 0.5),
        ("8,126.0", "8126.0", 0.05),
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
    ["", "nan", ".nan", "inf", "-.inf", "2026-11-21", "0.1-0.2", "1 2", "yes", "1_000", "0x1F",
     "--1", "9" * 600, "1.2.3", "< 0.05", "five"],
)  # fmt: skip
def test_anything_else_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(PrintedError, match=r"number|range"):
        Printed.parse(text)


def test_a_percentage_needs_its_sign() -> None:
    assert Percent.parse("54.2 %").fraction == pytest.approx(0.542)
    assert Percent.parse("95%").value == 95
    assert Percent.parse("101 %").value == 101, "what cannot be is for the audit to say"
    for wrong in ("54.2", "5 of 10 %"):
        with pytest.raises(PrintedError):
            Percent.parse(wrong)


@pytest.mark.parametrize(
    ("text", "readings"),
    [("1,325", ("1325", "1.325")), ("-8,126", ("-8126", "-8.126")), ("12,345", ("12345", "12.345"))],
)
def test_a_comma_that_means_two_things_is_refused_with_both_readings(
    text: str, readings: tuple[str, str]
) -> None:
    for read in (Printed.parse, PrintedCount.parse, PValue.parse):
        with pytest.raises(PrintedError) as refused:
            read(text)
        assert all(reading in str(refused.value) for reading in readings)


@pytest.mark.parametrize("text", ["0,92", ",92", "1,2", "12,34", "0,920", "1,3256"])
def test_a_decimal_comma_is_refused_with_the_point_it_means(text: str) -> None:
    for read in (Printed.parse, PrintedCount.parse, PValue.parse):
        with pytest.raises(PrintedError, match=rf"decimal comma; write {text.replace(',', '[.]')}$"):
            read(text)
    with pytest.raises(PrintedError, match="decimal comma"):
        Percent.parse(f"{text} %")


@pytest.mark.parametrize(
    ("text", "value", "whole"),
    [
        ("1426", 1426, True),
        ("12.5", 12, False),
        ("-3", -3, True),
        ("1e309", 10**30, True),
        ("40.0", 40, True),
    ],
)
def test_a_count_keeps_its_spelling_and_a_value_that_arithmetic_can_bear(
    text: str, value: int, whole: bool
) -> None:
    count = PrintedCount.parse(text)
    assert (int(count), count.is_whole, str(count), f"{count}") == (value, whole, text, text)
    assert math.isfinite(float(count) ** 2)


def test_a_word_is_no_count() -> None:
    with pytest.raises(PrintedError, match="'many' is not a whole number"):
        PrintedCount.parse("many")


def test_a_row_of_four_hundred_digits_is_no_number_that_anybody_printed() -> None:
    assert Printed.parse("1" + "0" * 398).value == Decimal("1e398")
    for digits in ("9" * 400, "9" * 399 + "e10", "9" + "e" + "1" * 400):
        with pytest.raises(PrintedError, match="out of any printed range"):
            Printed.parse(digits)


def test_a_power_of_ten_beyond_9999_is_taken_as_that() -> None:
    for text, power in (("1e9998", 9998), ("1e9999", 9999), ("1e10000", 9999), ("1e999999", 9999)):
        assert Printed.parse(text).value.adjusted() == power
        assert Printed.parse(text.replace("e", "e-")).value.adjusted() == -power


def test_half_a_unit_is_finite_below_ten_to_the_three_hundred() -> None:
    assert Printed.parse("1e299").half_unit == pytest.approx(5e298, rel=1e-12)
    assert math.isinf(Printed.parse("1e300").half_unit)


def test_a_message_shows_forty_letters_of_a_text() -> None:
    assert shorten("x" * 40) == "x" * 40
    assert shorten("x" * 41) == "x" * 39 + "…"


@pytest.mark.parametrize("given", [True, False, [0.5], {"a": 1}, None])
def test_what_is_no_single_number_is_refused_with_what_is_expected(given: object) -> None:
    for model, says in (
        (Printed, "expected one number as printed, e.g. 0.0020"),
        (Percent, "expected one number as printed, e.g. 54.2 %"),
        (PrintedCount, "expected one whole number, e.g. 1426"),
    ):
        with pytest.raises(ValidationError, match=says):
            TypeAdapter(model).validate_python(given)


@pytest.mark.parametrize("given", ["12", 12, 12.0, Decimal(12)])
def test_numbers_of_a_program_are_taken_as_they_are_spelled(given: object) -> None:
    assert float(TypeAdapter(Printed).validate_python(given)) == 12
    assert int(TypeAdapter(PrintedCount).validate_python(given)) == 12


def test_a_number_beyond_floating_point_breaks_nothing() -> None:
    huge, tiny = Printed.parse("1e999999"), Printed.parse("1e-999999")
    assert math.isinf(float(huge))
    assert math.isinf(huge.half_unit)
    assert float(tiny) == tiny.half_unit == 0


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
        ("< 0.000", 0.0, 0.0005),
        ("<= 0.00", 0.0, 0.005),
    ],
)
def test_a_p_value_says_what_it_allows(text: str, lowest: float, highest: float) -> None:
    p = PValue.parse(text)
    assert p.text == text
    assert p.lowest == pytest.approx(lowest)
    assert p.highest == pytest.approx(highest)


@pytest.mark.parametrize("text", ["N", "significant", "", "< one", "nan"])
def test_what_is_no_p_value_is_refused(text: str) -> None:
    with pytest.raises(PrintedError):
        PValue.parse(text)


@pytest.mark.parametrize(
    ("kind", "text", "told"),
    [
        (Printed, "0.0020", "0.0020"),
        (PValue, "< 0.001", "< 0.001"),
        (Percent, "54.0 %", "54.0 %"),
        (PrintedCount, "1426", 1426),
        (PrintedCount, "12.5", "12.5"),
    ],
)
def test_json_has_numbers_as_printed_and_whole_counts_as_numbers(
    kind: type[object], text: str, told: object
) -> None:
    numbers = TypeAdapter(kind)
    assert numbers.dump_python(numbers.validate_python(text), mode="json") == told
    assert type(numbers.dump_python(numbers.validate_python(text), mode="json")) is type(told)
