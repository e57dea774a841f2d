"""Slips of pen and print, and the hints that are made of them, word by word."""

from __future__ import annotations

from decimal import Decimal

import pytest

from evidence.audit.explanations import (
    decimal_point,
    differs_by_a_slip,
    lost_digit,
    minus_sign,
    nearest_consistent,
    nominal_p,
    one_digit,
    repairs,
    two_digits_transposed,
)
from evidence.audit.printed_effect import PrintedEffect
from tests.evidence.audit.effects import effect


def test_slips_of_a_number() -> None:
    number = Decimal("-1.20")
    assert [str(value) for value in minus_sign(number)] == ["1.20"]
    assert [f"{value:f}" for value in decimal_point(number)] == ["-0.120", "-12.0"]
    assert [str(value) for value in two_digits_transposed(number)] == ["-2.10", "-1.02"]
    digits = [str(value) for value in one_digit(number)]
    assert len(digits) == len(set(digits)) == 27
    assert digits[:2] + digits[9:11] + digits[18:20] == ["-0.20", "-2.20", "-1.00", "-1.10", "-1.21", "-1.22"]
    lost = [str(value) for value in lost_digit(number)]
    assert lost == [f"-1.{digit}20" for digit in range(10)] + [f"-1.2{digit}0" for digit in range(10)]


def test_slips_that_change_nothing_are_none() -> None:
    assert not list(minus_sign(Decimal("0.0")))
    assert not list(decimal_point(Decimal("0.0")))
    assert not list(two_digits_transposed(Decimal("1.1")))
    assert not list(two_digits_transposed(Decimal("7")))
    assert not list(lost_digit(Decimal("12")))


@pytest.mark.parametrize(
    ("printed", "meant", "a_slip"),
    [
        (8126, 8162, True),
        (988, 968, True),
        (8, 9, True),
        (988, 999, False),
        (988, 988, False),
        (988, 1088, False),
        (8126, 6128, False),  # exchanged, but no neighbours
        (8126, 1826, True),
        (8126, 1836, False),
        (8126, 1926, False),  # two neighbours, one of them another digit
        (8126, 2826, False),
        (8126, 6821, False),
    ],
)
def test_slips_of_a_count(printed: int, meant: int, a_slip: bool) -> None:
    assert differs_by_a_slip(printed, meant) is a_slip


@pytest.mark.parametrize(
    ("printed", "hint"),
    [
        (  # sqrt(0.65 * 1.11) = 0.849
            effect("OR", "-0.85", ("0.65", "1.11")),
            "An estimate of 0.85: a wrong sign? It is the only single slip that makes all agree.",
        ),
        (  # z = ln 0.85 / (ln(1.11 / 0.65) / 3.92) = -1.190
            effect("OR", "-0.85", ("0.65", "1.11"), "0.23"),
            "An estimate of 0.85 gives p = 0.23: a wrong sign? It is the only single slip that makes all "
            "agree.",
        ),
        (  # 4.51 is the middle of 3.04 and 5.98; z = 6.0
            effect("MD", "4.51", ("3.04", "59.8"), "< 0.001"),
            "An upper limit of 5.98 gives p < 0.0000001: a shifted decimal point? It is the only single "
            "slip that makes all agree.",
        ),
        (
            effect("MD", "2.0", ("-1.0", "-3.0")),
            "2.0 [1.0, 3.0]: the minus signs of both limits lost or added? It is the only single slip "
            "that makes all agree.",
        ),
        (
            effect("MD", "-2.0", ("1.0", "3.0")),
            "Several single slips would each explain it: an estimate of 2.0: a wrong sign? -2.0 [-3.0, "
            "-1.0]: the minus signs of both limits lost or added? Check the full text.",
        ),
        (  # z = 2.063: 0.039, and twice 0.020; up to 0.0523 with few degrees of freedom
            effect("MD", "2.0", ("0.1", "3.9"), "0.020"),
            "Several single slips would each explain it: Two-sided, p = 0.040 gives p = 0.039: a "
            "one-sided test? p = 0.040 or = 0.050: one digit wrong? p = 0.039: the p-value alone wrong? "
            "Check the full text.",
        ),
        (  # the nearest number first, of the values and of the slips of one kind; six slips, three shown
            effect("MD", "2.5", ("1.0", "3.0")),
            "Several single slips would each explain it: an estimate of 2.0 or 2.1: one digit wrong? a "
            "lower limit of 2.0 or 1.9 or 1.8: one digit wrong? an upper limit of 4.0 or 3.9 or 3.8: one "
            "digit wrong? And 3 more. Check the full text.",
        ),
        (  # the simplest kind first
            effect("mean", "0.99", ("1.0", "3.0")),
            "Several single slips would each explain it: a lower limit of -1.0: a wrong sign? an upper "
            "limit of 1.0: one digit wrong? an estimate of 1.99: one digit wrong? Check the full text.",
        ),
        (  # of 6.0, 7.0, 5.0, 8.0, 9.0 and 4.0 the nearest to a middle of 3.5
            effect("threshold", "3.5", ("1.0", "3.0")),
            "Several single slips would each explain it: 3.0 [1.0, 3.5]: estimate and upper limit "
            "exchanged? an upper limit of 30: a shifted decimal point? an upper limit of 6.0 or 7.0 or "
            "5.0 ...: one digit wrong? And 3 more. Check the full text.",
        ),
        # Nothing single: sqrt(1.11 * 1.41) = 1.25, 1.10 ** 2 / 1.41 = 0.858; 1.10 ** 2 / 1.11 is below 1.11.
        (
            effect("HR", "1.10", ("1.11", "1.41")),
            "An estimate of 1.25 or a lower limit of 0.86 would be consistent. The interval's centre is "
            "1.25. Check the full text.",
        ),
        (
            effect("MD", "20000", ("1", "3")),
            "An estimate of 2 or an upper limit of 39999 would be consistent. The interval's centre is 2. "
            "Check the full text.",
        ),
        (
            effect("MD", "-20000", ("-3", "-1")),
            "An estimate of -2 or a lower limit of -39999 would be consistent. The interval's centre is "
            "-2. Check the full text.",
        ),
        (  # p = 0.77 fits none of the three
            effect("OR", "9.99", ("0.40", "0.90"), "0.77"),
            "No change of one number alone makes all agree. The interval's centre is 0.60. Check the "
            "full text.",
        ),
        (effect("OR", "-0.85", ("-1.2", "-0.5")), "No single slip explains it. Check the full text."),
        (effect("proportion", "77", ("3", "1")), "No single slip explains it. Check the full text."),
    ],
)
def test_the_hint_in_full(printed: PrintedEffect, hint: str) -> None:
    assert nearest_consistent(printed) == hint


def kinds(printed: PrintedEffect, what: str) -> set[str]:
    """The slips of one number that are found."""
    return {one.slip for one in repairs(printed) if one.what == what}


@pytest.mark.parametrize(
    ("limits", "p", "slips"),
    [
        (("0.1", "3.9"), "0.309", {"two digits transposed"}),  # 0.039
        (("0.1", "3.9"), "0.39", {"a shifted decimal point"}),
        (("0.1", "3.9"), "0.739", {"one digit wrong"}),
        (("-2.56", "6.56"), "0.9", {"one digit wrong"}),  # z = 0.860, p = 0.39: a digit lost is not sought
        (("-1.06", "5.06"), "< 0.05", {"'<' for '>'", "a shifted decimal point"}),  # p = 0.200; not < 0.50
        (("0.1", "3.9"), "> 0.05", {"'>' for '='", "'>' for '<'", "a shifted decimal point"}),  # up to 0.0523
        # Very small p: bounds are 1 or 5 at one place, of a tenth at most.
        (("1.5", "2.5"), "0.05", {"'<' or '>' lost", "one digit wrong"}),
        (("1.5", "2.5"), "0.1", {"'<' or '>' lost", "one digit wrong"}),
        (("1.5", "2.5"), "0.001", {"'<' or '>' lost", "one digit wrong"}),
        (("1.5", "2.5"), "0.005", {"'<' or '>' lost", "one digit wrong"}),
        (("1.5", "2.5"), "0.5", {"one digit wrong"}),
        (("1.5", "2.5"), "0.02", {"one digit wrong"}),
        (("1.5", "2.5"), "0.15", set()),
        # p = 0.200 is more than the usual bounds.
        (("-1.06", "5.06"), "0.01", {"'<' or '>' lost", "one digit wrong"}),
        (("-1.06", "5.06"), "0.05", {"'<' or '>' lost"}),
        (("-1.06", "5.06"), "0.10", {"'<' or '>' lost", "one digit wrong"}),
        (("-1.06", "5.06"), "0.001", {"one digit wrong"}),
        (("-1.06", "5.06"), "< 0.001", set()),
        (("-1.06", "5.06"), "< 0.01", {"'<' for '>'"}),
        (("0.5", "3.5"), "> 0.01", {"'>' for '='", "'>' for '<'", "a shifted decimal point"}),  # p = 0.009
    ],
)
def test_slips_of_a_p_value(limits: tuple[str, str], p: str, slips: set[str]) -> None:
    assert kinds(effect("MD", "2.0", limits, p), "p") == slips


@pytest.mark.parametrize(
    ("estimate", "limits", "p", "doubled"),
    [
        ("2.0", ("0.1", "3.9"), "0.020", "Two-sided, p = 0.040"),
        ("0.01", ("-0.99", "1.01"), "0.49", "Two-sided, p = 0.98"),
        ("0.00", ("-1.00", "1.00"), "0.50", None),  # a half is no one-sided p of a difference
        ("2.00", ("0.50", "3.50"), "0.00", None),  # z = 2.613, p = 0.009
        ("2.0", ("0.1", "3.9"), "< 0.020", None),
        ("2.0", ("0.1", "3.9"), "0.016", None),  # twice 0.0165 is 0.033
        ("2.0", ("0.1", "3.9"), "0.017", "Two-sided, p = 0.034"),  # twice 0.0175 is 0.035
        ("2.0", ("0.1", "3.9"), "0.026", "Two-sided, p = 0.052"),
        ("2.0", ("0.1", "3.9"), "0.030", None),  # twice 0.0295 is 0.059
    ],
)
def test_a_one_sided_p_is_half_of_the_two_sided(
    estimate: str, limits: tuple[str, str], p: str, doubled: str | None
) -> None:
    found = [one.what for one in repairs(effect("MD", estimate, limits, p)) if one.slip == "a one-sided test"]
    assert found == ([] if doubled is None else [doubled])


def test_slips_of_p_are_sought_only_where_everything_else_agrees() -> None:
    both = repairs(effect("MD", "2.5", ("1.0", "3.0"), "0.80"))
    assert not [one for one in both if one.what.startswith("p") or one.slip == "a one-sided test"]


@pytest.mark.parametrize(
    ("level", "printed", "expected"),
    [
        # 0.1 to 3.9 of 95%: z = 2.063, p = 0.0391; of 90%: 1.731, 0.083; of 99%: 2.711, 0.0067.
        (0.95, "0.083", ["A 90% interval"]),
        (0.95, "0.0067", ["A 99% interval"]),
        (0.9, "0.039", ["A 95% interval"]),
        (0.9, "0.0067", ["A 99% interval"]),
        (0.99, "0.083", ["A 90% interval"]),
    ],
)
def test_the_interval_may_be_one_of_another_usual_level(
    level: float, printed: str, expected: list[str]
) -> None:
    found = repairs(effect("MD", "2.0", ("0.1", "3.9"), printed, level=level))
    assert [one.what for one in found if one.slip == "an interval of another level"] == expected


def test_no_level_is_sought_without_an_interval() -> None:
    assert not [one for one in repairs(effect("MD", "2.0", se="1.0", p="0.5")) if "interval" in one.what]


@pytest.mark.parametrize(("characters", "found"), [(25, True), (26, False)])
def test_slips_are_sought_in_numbers_of_up_to_25_characters(characters: int, found: bool) -> None:
    printed = effect("MD", "-2.".ljust(characters, "0"), ("1.0", "3.0"))
    assert ("an estimate of" in {one.what for one in repairs(printed)}) is found


def test_the_same_repair_is_told_once_by_its_simplest_slip() -> None:
    # 0.10 for 1.00 is a shifted point and a transposition.
    told = [
        (one.what, one.values)
        for printed in (effect("MD", "2.5", ("1.0", "3.0")), effect("MD", "0.10", ("0.50", "1.50")))
        for one in repairs(printed)
    ]
    assert len(told) == len(set(told))
    assert len(told) >= 7


# The p-value of the numbers themselves.


@pytest.mark.parametrize(
    ("printed", "p"),
    [
        (effect("MD", "2.0", ("0.1", "3.9")), 0.039101),  # 2 / (3.8 / 3.919928)
        (effect("MD", "-2.0", ("-3.9", "-0.1")), 0.039101),
        (effect("MD", "2.0", ("0.1", "3.9"), se="9", t="9"), 0.039101),
        (effect("MD", "2.0", ("2.0", "2.0"), se="1.0"), 0.045500),
        (effect("MD", "-2.0", se="1.0"), 0.045500),
        (effect("MD", "2.0", se="1.0", t="9"), 0.045500),
        (effect("MD", "2.0", se="0.5"), 0.0000633425),
        (effect("MD", "2.0", se="1.0", df=2), 0.183503),  # 1 - 2 / sqrt(6)
        (effect("MD", "2.0", se="0", t="2.0", df=2), 0.183503),
        (effect("MD", "2.0", t="-2.0", df=2), 0.183503),
        (effect("MD", "2.0", se="0"), None),
        (effect("MD", "2.0"), None),
        (effect("mean", "2.0", ("0.1", "3.9"), se="1.0", t="2.0"), None),
        (effect("MD", "2.0", ("0.1", "3.9"), level=1.0), None),
        (effect("OR", "-2.0", t="2.0"), None),
    ],
)
def test_nominal_p_is_of_the_interval_else_the_standard_error_else_the_statistic(
    printed: PrintedEffect, p: float | None
) -> None:
    assert nominal_p(printed) == (None if p is None else pytest.approx(p, rel=1e-4))


def test_the_nearest_p_comes_first_and_zero_is_no_infinite_distance() -> None:
    # z = 2.613, p = 0.0090; one digit of 0.040 may be 0.010, or 0.000 which is up to 0.0005
    (digit,) = [
        one
        for one in repairs(effect("MD", "2.00", ("0.50", "3.50"), "0.050"))
        if one.slip == "one digit wrong" and one.what == "p"
    ]
    assert digit.values == ("= 0.010",)
    # z = 2.0 to 4.0 by rounding: p = 0.1 to 0.9 tenths are not, 0.00 and 0.01 to 0.06 are
    (several,) = [
        one
        for one in repairs(effect("MD", "2", se="0.7", p="0.90"))
        if one.slip == "one digit wrong" and one.what == "p"
    ]
    assert several.values == ("= 0.00",)
