"""The slips that explain a contradiction, simplest first."""

from __future__ import annotations

from decimal import Decimal

import pytest

from evidence.audit.explanations import nearest_consistent, nominal_p, repairs
from evidence.audit.printed_effect import PrintedEffect
from tests.evidence.audit.effects import effect


@pytest.mark.parametrize(
    ("printed", "slip", "words"),
    [
        (
            effect("beta", "-0.0046", ("-0.0142", "-0.0050"), "0.348413"),
            "a wrong sign",
            "An upper limit of 0.0050 gives p = 0.35",
        ),
        (effect("beta", "0.0040", ("-0.0075", "-0.0004"), "0.028"), "a wrong sign", "an estimate of -0.0040"),
        (effect("OR", "1.85", ("3.05", "1.12"), "0.016"), "limits exchanged", "1.85 [1.12, 3.05]"),
        (
            effect("HR", "1.41", ("1.11", "1.25"), "< 0.001"),
            "estimate and upper limit exchanged",
            "1.25 [1.11, 1.41]",
        ),
        (
            effect("MD", "4.51", ("3.04", "59.8"), "< 0.001"),
            "a shifted decimal point",
            "an upper limit of 5.98",
        ),
        (
            effect("MD", "45.1", ("30.4", "95.8"), "< 0.0001"),
            "two digits transposed",
            "an upper limit of 59.8",
        ),
        (effect("OR", "1.85", ("1.12", "8.05"), "0.016"), "one digit wrong", "an upper limit of 3.0"),
        (
            effect("OR", "1.85", ("1.22", "2.81"), "0.016"),
            "an interval of another level",
            "A 90% interval",
        ),
        (effect("MD", "2.0", ("0.1", "3.9"), "0.020"), "a one-sided test", "p = 0.040"),
        (effect("beta", "0.9", ("0.6", "1.2"), "0.05"), "'<' or '>' lost", "p < 0.05"),
        (effect("beta", "0.010", ("-0.050", "0.070"), "< 0.05"), "'<' for '>'", "p > 0.05"),
    ],
)
def test_the_slip_is_found_and_told(printed: PrintedEffect, slip: str, words: str) -> None:
    found = repairs(printed)
    assert slip in [repair.slip for repair in found]
    assert words.lower() in nearest_consistent(printed).lower()


@pytest.mark.parametrize(("characters", "explained"), [(25, True), (26, False)])
def test_slips_are_sought_in_p_values_of_up_to_25_characters(characters: int, explained: bool) -> None:
    # 2.0 / (3.8 / 3.92) = 2.063, p = 0.039
    printed = effect("MD", "2.0", ("0.1", "3.9"), "0.39".ljust(characters, "0"))
    shifted = [one for one in repairs(printed) if one.slip == "a shifted decimal point" and one.what == "p"]
    assert bool(shifted) is explained
    assert all(one.values == ("= 0.039".ljust(characters + 3, "0"),) for one in shifted)


@pytest.mark.parametrize(
    ("p", "shifted"), [("0.098", [("= 0.98",)]), ("< 0.10", [("< 1.0",)]), ("< 0.5", []), ("< 0.15", [])]
)
def test_a_p_value_may_have_been_a_number_up_to_one_and_no_larger(
    p: str, shifted: list[tuple[str, ...]]
) -> None:
    # 0.01 / (2 / 3.92) = 0.0196, p = 0.984
    found = repairs(effect("MD", "0.01", ("-0.99", "1.01"), p))
    assert [
        one.values for one in found if one.slip == "a shifted decimal point" and one.what == "p"
    ] == shifted


def test_the_misfit_is_the_distance_from_the_centre_in_widths() -> None:
    (exchanged,) = [
        one for one in repairs(effect("MD", "2.01", ("3.90", "0.10"))) if one.slip == "limits exchanged"
    ]
    assert exchanged.misfit == pytest.approx(0.02 / 3.80)  # |2 * 2.01 - 4.00| / (3.90 - 0.10)


def test_the_misfit_of_p_is_in_standard_errors() -> None:
    (exchanged,) = repairs(effect("MD", "2.00", ("3.90", "0.10"), "0.050"))
    assert exchanged.misfit == pytest.approx(2.06312 - 1.95996, abs=1e-4)
    (bound,) = repairs(effect("MD", "2.00", ("3.90", "0.10"), "< 0.05"))
    assert bound.misfit == pytest.approx(0)


def test_a_one_sided_p_value_is_mended_to_twice_as_much() -> None:
    (doubled,) = [
        one for one in repairs(effect("MD", "2.0", ("0.1", "3.9"), "0.020")) if one.slip == "a one-sided test"
    ]
    assert doubled.effect.p is not None
    assert doubled.effect.p.number is not None
    assert doubled.effect.p.number.value == Decimal("0.040")


def test_without_a_slip_the_needed_numbers_are_told() -> None:
    hint = nearest_consistent(effect("HR", "1.10", ("1.11", "1.41")))
    assert "centre is 1.25" in hint  # sqrt(1.11 * 1.41)
    assert "a lower limit of 0.86" in hint  # 1.10 ** 2 / 1.41


def test_several_explanations_are_called_several() -> None:
    assert nearest_consistent(effect("MD", "2.5", ("1.0", "3.0"))).startswith("Several single slips")


def test_nothing_is_explained_where_nothing_can_be() -> None:
    assert "No single slip" in nearest_consistent(effect("OR", "-0.85", ("-1.2", "-0.5")))


def test_nominal_p_is_the_wald_test() -> None:
    # OR 2 with SE(log) 0.25: z = ln 2 / 0.25 = 2.7726, p = 0.005561 (normal tables)
    assert nominal_p(effect("OR", "2", se="0.25")) == pytest.approx(0.005561, abs=1e-6)
    assert nominal_p(effect("MD", "2.0", t="2.086", df=20)) == pytest.approx(0.05, abs=1e-4)
    assert nominal_p(effect("MD", "2.0")) is None
    assert nominal_p(effect("mean", "2.0", se="0.1")) is None
