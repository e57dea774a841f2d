"""How far numbers by different methods may lie from each other, by hand."""

from __future__ import annotations

import pytest

from evidence.audit.methods import asymmetry_limit, p_limit, se_factor, spread
from evidence.audit.printed_effect import PrintedEffect
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
