"""How far numbers by different methods may lie from each other, by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from evidence.audit.methods import (
    asymmetry_limit,
    p_limit,
    se_factor,
    spread,
    states_another_method,
    states_asymmetry,
)
from evidence.audit.printed_effect import PrintedEffect
from evidence.records.vocabulary import IntervalMethod, Measure, Test
from tests.evidence.audit.effects import effect


@pytest.mark.parametrize(
    ("se", "limit_of_p", "limit_of_asymmetry", "factor"),
    [
        ("0.4", 0.71, 0.4, 1.22),  # 0.35 + 0.9 * 0.4, 0.3 + 0.25 * 0.4, 1.1 + 0.3 * 0.4
        ("1.1", 1.34, 0.575, 1.43),
        ("1.2", 1.43, 0.6, 1.46),
        ("1.3", 1.43, 0.6, 1.46),
        ("9.0", 1.43, 0.6, 1.46),
    ],
)
def test_distances_of_ratios_grow_with_the_spread_up_to_a_standard_error_of_1_2(
    se: str, limit_of_p: float, limit_of_asymmetry: float, factor: float
) -> None:
    printed = effect("OR", "2.0", se=se)
    assert p_limit(printed, 2.0) == pytest.approx(limit_of_p)
    assert asymmetry_limit(printed) == pytest.approx(limit_of_asymmetry)
    assert se_factor(printed) == pytest.approx(factor)


@pytest.mark.parametrize(
    ("printed", "expected"),
    [
        (effect("MD", "2.0", ("0.04", "3.96")), 1.0),  # 3.92 / 2 / 1.96
        (effect("MD", "2.0", ("0.04", "3.96"), se="7"), 1.0),
        (effect("MD", "2.0", se="7"), 7.0),
        (effect("MD", "2.0"), 0.0),
    ],
)
def test_the_spread_is_that_of_the_interval_else_the_standard_error(
    printed: PrintedEffect, expected: float
) -> None:
    assert spread(printed) == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize(
    ("measure", "limit_of_p", "at_large_z", "limit_of_asymmetry", "factor"),
    [
        ("OR", 0.71, 0.71, 0.4, 1.22),  # 0.35 + 0.9 * 0.4
        ("HR", 0.71, 0.71, 0.4, 1.22),
        ("IRR", 0.71, 0.71, 0.4, 1.22),
        ("RR", 1.28, 1.28, 0.4, 1.22),  # 1 + 0.7 * 0.4
        ("beta", 0.8, 0.8, 0.4, 1.15),
        ("r", 0.8, 0.8, 0.25, 1.15),
        ("RD", 1.4, 5.5, 0.65, 1.15),  # 0.55 * 10
        ("MD", 1.4, 5.5, 0.25, 1.15),
        ("SMD", 1.4, 5.5, 0.25, 1.15),
    ],
)
def test_every_measure_has_its_own_limits(
    measure: Measure, limit_of_p: float, at_large_z: float, limit_of_asymmetry: float, factor: float
) -> None:
    printed = effect(measure, "0.5", se="0.4")
    assert p_limit(printed, 2.0) == pytest.approx(limit_of_p)
    assert p_limit(printed, 10.0) == pytest.approx(at_large_z)
    assert asymmetry_limit(printed) == pytest.approx(limit_of_asymmetry)
    assert se_factor(printed) == pytest.approx(factor)


@pytest.mark.parametrize(
    ("ci_method", "test", "asymmetric", "another"),
    [
        (None, None, False, False),
        ("Wald", "Wald", False, False),
        ("t", "t", False, False),
        ("exact", None, True, True),
        ("exact", "Wald", True, True),
        (None, "score", False, True),
        ("Wald", "score", False, True),
    ],
)
def test_a_method_counts_as_another_only_where_the_record_states_one_that_is(
    ci_method: IntervalMethod | None, test: Test | None, asymmetric: bool, another: bool
) -> None:
    printed = replace(effect("OR", "2.0", se="0.4"), ci_method=ci_method, test=test)
    assert states_asymmetry(printed) is asymmetric
    assert states_another_method(printed) is another
