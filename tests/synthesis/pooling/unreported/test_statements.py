"""What is said of a result, as limits of z."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

from synthesis.pooling.unreported.errors_from_n import SE_RULES, typical_sigma, unreported_se
from synthesis.pooling.unreported.statements import ORBIT, STATEMENTS, critical_value, limits

INF = float("inf")


def test_the_critical_value_is_that_of_tables() -> None:
    """Two-sided points of the normal distribution, as every table has them."""
    found = critical_value(np.array([0.10, 0.05, 0.01, 0.001]))
    assert_allclose(found, [1.6448536, 1.9599640, 2.5758293, 3.2905267], atol=5e-8)


@pytest.mark.parametrize(
    ("said", "parts"),
    [
        ("not significant", [(-2.0, 2.0)]),
        ("positive, not significant", [(0.0, 2.0)]),
        ("negative, not significant", [(-2.0, 0.0)]),
        ("significant", [(-INF, -2.0), (2.0, INF)]),
        ("positive, significant", [(2.0, INF)]),
        ("negative, significant", [(-INF, -2.0)]),
        ("positive", [(0.0, INF)]),
        ("negative", [(-INF, 0.0)]),
        ("not examined", [(-INF, INF)]),
    ],
)
def test_a_statement_is_a_part_of_the_line(said: str, parts: list[tuple[float, float]]) -> None:
    low, high = limits([said], np.array([2.0]))
    found = list(zip(low[0].tolist(), high[0].tolist(), strict=True))
    assert found == parts
    low, high = limits([said, "significant"], np.array([2.0, 2.0]))
    found = list(zip(low[0].tolist(), high[0].tolist(), strict=True))
    assert found == [*parts, *[(INF, INF)] * (2 - len(parts))], "beside one of two parts"


def test_every_statement_was_asked_and_critical_values_are_each_results_own() -> None:
    assert len(STATEMENTS) == 9
    low, _ = limits(["not significant", "not significant"], np.array([2.0, 3.0]))
    assert low[:, 0].tolist() == [-2.0, -3.0]


def test_classes_of_high_risk_are_results_left_out_as_not_significant() -> None:
    """Kirkham et al. 2010, table 1: A, D, E and G are of high risk; C, F and H of low; B and I of none."""
    assert {letter: each.risk for letter, each in ORBIT.items()} == {
        **dict.fromkeys("ADEG", "high"),
        **dict.fromkeys("CFH", "low"),
        **dict.fromkeys("BI", "none"),
    }
    assert {letter for letter, each in ORBIT.items() if each.said == "not significant"} == set("ADEG")
    assert ORBIT["B"].said == "significant"
    assert {letter for letter, each in ORBIT.items() if each.said == "not examined"} == set("CFHI")


def test_a_standard_error_follows_from_n_by_each_rule() -> None:
    sei, ni = np.array([0.1, 0.2, 0.75, 0.3]), np.array([100.0, 400.0, 64.0, np.nan])
    precision = np.sqrt(564.0 / (100.0 + 25.0 + 16.0 / 9.0))
    expected = {"median": 4.0, "smallest": 1.0, "largest": 6.0, "precision": precision}
    assert set(expected) == set(SE_RULES)
    for rule, sigma in expected.items():
        assert_allclose(typical_sigma(sei, ni, rule), sigma, rtol=1e-14)


def test_with_equal_sigmas_all_rules_are_one() -> None:
    ni = np.array([50.0, 200.0, 1000.0])
    found = {typical_sigma(3.0 / np.sqrt(ni), ni, rule) for rule in SE_RULES}
    assert_allclose(sorted(found), 3.0, rtol=1e-14)


def test_a_studys_own_sigma_comes_first_and_nothing_comes_of_nothing() -> None:
    found = unreported_se(np.array([25.0, 100.0, np.nan]), np.array([np.nan, 3.0, 3.0]), 2.0)
    assert found[:2].tolist() == [0.4, 0.3]
    assert np.isnan(found[2])
    assert np.isnan(typical_sigma(np.array([0.1]), np.array([np.nan]), "median"))


def test_of_no_statement_there_are_limits_of_one_part_and_no_row() -> None:
    low, high = limits([], np.zeros(0))
    assert low.shape == high.shape == (0, 1)
