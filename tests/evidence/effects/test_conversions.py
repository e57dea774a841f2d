"""From one effect size to another, and log hazard ratios from the log-rank test."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.testing import assert_allclose

from evidence.effects.columns import EffectSizes
from evidence.effects.conversions import (
    d_from_f,
    d_from_p,
    d_from_t,
    d_to_log_odds_ratio,
    d_to_point_biserial,
    d_to_r,
    log_odds_ratio_from_chi2,
    log_odds_ratio_from_risk_ratio,
    log_odds_ratio_to_d,
    log_risk_ratio_from_odds_ratio,
    phi_from_chi2,
    point_biserial_to_d,
    r_to_d,
)
from evidence.effects.escalc import escalc
from evidence.effects.hazard_ratios import (
    log_hazard_ratio,
    log_hazard_ratio_from_arms,
    log_hazard_ratio_from_events,
    log_hazard_ratio_from_p,
    peto_log_odds_ratio_from_o_minus_e,
)


def test_conversions_by_hand() -> None:
    found = d_to_log_odds_ratio(0.5, 0.03)
    assert_allclose([found.yi[0], found.vi[0]], [0.5 * np.pi / np.sqrt(3), 0.01 * np.pi**2])
    found = d_to_r(1.5, 0.25, 10, 10)
    assert_allclose([found.yi[0], found.vi[0]], [0.6, 16 * 0.25 / 6.25**3])
    found = r_to_d(0.6, 0.64**3, 10, 10)
    assert_allclose([found.yi[0], found.vi[0]], [1.5, 4])


@pytest.mark.parametrize("distribution", ["logistic", "normal"])
def test_odds_ratio_to_d_and_back(distribution: str) -> None:
    there = log_odds_ratio_to_d([-2.0, 0.1], [0.2, 0.4], distribution=distribution)
    back = d_to_log_odds_ratio(there.yi, there.vi, distribution=distribution)
    assert_allclose([back.yi, back.vi], [[-2.0, 0.1], [0.2, 0.4]])


def test_d_to_r_and_back() -> None:
    d, v, n1, n2 = [-0.7, 0.0, 2.0], [0.1, 0.2, 0.3], [10, 20, 5], [30, 20, 9]
    for forth, back in ((d_to_r, r_to_d), (d_to_point_biserial, point_biserial_to_d)):
        there = forth(d, v, n1, n2)
        again = back(there.yi, there.vi, n1, n2)
        assert_allclose([again.yi, again.vi], [d, v], atol=1e-15)


def test_point_biserial_is_the_correlation_of_the_data() -> None:
    outcome, group = np.array([3.0, 5, 4, 8, 9, 7, 1]), np.array([0, 0, 0, 1, 1, 1, 1])
    one, other = outcome[group == 1], outcome[group == 0]
    pooled = np.sqrt((one.var() * 4 + other.var() * 3) / 5)
    found = d_to_point_biserial((one.mean() - other.mean()) / pooled, 0.1, 4, 3)
    assert_allclose(found.yi, np.corrcoef(outcome, group)[0, 1])


def test_t_f_and_p_of_one_test_give_one_d() -> None:
    assert_allclose(d_from_t(2, 8, 8), 1)
    assert_allclose(d_from_f(4, 8, 8, [1, -1]), [1, -1])
    p_of_2 = 0.0652879
    assert_allclose(d_from_p(p_of_2, 8, 8, -1), -1, rtol=1e-5)
    assert np.isnan(d_from_f(4, 8, 8, 0)).all()
    assert np.isnan(d_from_p([0, 2, np.nan], 8, 8, 1)).all()


def test_chi2_and_margins_give_the_table_back() -> None:
    a, b, c, d = 15.0, 5.0, 8.0, 24.0
    n = a + b + c + d
    chi2 = n * (a * d - b * c) ** 2 / ((a + b) * (c + d) * (a + c) * (b + d))
    found = log_odds_ratio_from_chi2(chi2, a + b, c + d, a + c, [1, -1])
    assert_allclose(found.yi[0], np.log(a * d / (b * c)))
    assert_allclose(found.vi[0], 1 / a + 1 / b + 1 / c + 1 / d)
    assert found.yi[1] < 0
    phi = phi_from_chi2(chi2, n, -1)
    assert_allclose(phi.yi, -(a * d - b * c) / np.sqrt((a + b) * (c + d) * (a + c) * (b + d)))


def test_a_chi2_of_less_than_one_and_of_nought_is_one() -> None:
    """With groups of 20 and 10 events, a chi2 of 0.5 moves sqrt(0.5 * 20 * 20 * 10 * 30 / 40^3) events."""
    moved = 0.9375**0.5
    found = log_odds_ratio_from_chi2([0, 0.5], 20, 20, 10, 1)
    a, c = 5 + moved, 5 - moved
    assert_allclose(found.yi, [0, np.log(a * (20 - c) / (c * (20 - a)))], atol=1e-12)
    phi = phi_from_chi2([0, 0.5, 19.9, 20], 20, 1)
    assert_allclose(phi.yi, [0, 0.025**0.5, 0.995**0.5, np.nan])
    assert_allclose(phi.vi, [1 / 19, 0.975**2 / 19, 0.005**2 / 19, np.nan])
    assert_allclose(phi_from_chi2(0.5, [1, 2], 1).yi, [np.nan, 0.5])


def test_risk_ratio_of_a_table_from_its_odds_ratio() -> None:
    """Risks of 3/10 and 2/10."""
    found = log_risk_ratio_from_odds_ratio(np.log((3 / 7) / (2 / 8)), 0.1, 0.2)
    assert_allclose(found.back(found.yi), 1.5)
    back = log_odds_ratio_from_risk_ratio(found.yi, found.vi, 0.2)
    assert_allclose([back.yi[0], back.vi[0]], [np.log(12 / 7), 0.1])
    rare = log_risk_ratio_from_odds_ratio(np.log(12 / 7), 0.1, 1e-12)
    assert_allclose([rare.yi[0], rare.vi[0]], [np.log(12 / 7), 0.1])


def test_extreme_odds_ratios_do_not_overflow() -> None:
    found = log_risk_ratio_from_odds_ratio([800.0, -800.0], 0.1, 0.2)
    assert_allclose(found.yi, [np.log(5), -800 - np.log(0.8)], rtol=1e-12)


def test_petos_odds_ratio_from_o_minus_e_is_that_of_the_table() -> None:
    # 4 of 10 and 7 of 12: O - E = 4 - 11 * 10 / 22, V = 11 * 11 * 10 * 12 / (22^2 * 21)
    table = escalc("PETO", ai=4, n1i=10, ci=7, n2i=12)
    found = peto_log_odds_ratio_from_o_minus_e(4 - 5, 11 * 11 * 10 * 12 / (22 * 22 * 21))
    assert (found.measure, found.scale) == (table.measure, table.scale)
    assert_allclose([found.yi, found.vi], [table.yi, table.vi], rtol=1e-13)
    refused = peto_log_odds_ratio_from_o_minus_e(1, 0)
    assert refused.notes == ("the variance of O - E is not above zero",)


def test_hazard_ratios_by_hand() -> None:
    """z of p = 0.05 is 1.959963984540054; the variance of the log is 1/V, V from the events."""
    z = 1.959963984540054
    found = log_hazard_ratio(-5, 10)
    assert_allclose([found.yi[0], found.vi[0]], [-0.5, 0.1])
    found = log_hazard_ratio_from_p([-0.05, 0.05], 16)
    assert_allclose([found.yi, found.vi], [[-z / 4, z / 4], [1 / 16, 1 / 16]])
    assert_allclose(log_hazard_ratio(4 * z, 16).yi, found.yi[1])
    found = log_hazard_ratio_from_events(-0.05, [100, 90], [50, 20], [50, 10])
    assert_allclose([found.yi, found.vi], [[-z / 5, -z / 20**0.5], [1 / 25, 1 / 20]])
    found = log_hazard_ratio_from_arms(0.05, 30, 60)
    assert_allclose([found.yi[0], found.vi[0]], [z / 20**0.5, 1 / 30 + 1 / 60])
    assert found.back(found.yi)[0] == np.exp(found.yi[0])


@pytest.mark.parametrize(
    ("found", "says"),
    [
        (d_to_log_odds_ratio(1, 0), "variance"),
        (d_to_r(1, 0.1, 0, 5), "group 1"),
        (r_to_d(1, 0.1, 5, 5), "between -1 and 1"),
        (phi_from_chi2(30, 20, 1), "reaches the sample size"),
        (phi_from_chi2(3, 20, 2), "missing"),
        (phi_from_chi2(-3, 20, 1), "below zero"),
        (log_odds_ratio_from_chi2(60, 20, 20, 10, 1), "no 2x2 table"),
        (log_risk_ratio_from_odds_ratio(1, 0.1, 0), "baseline"),
        (log_odds_ratio_from_risk_ratio(np.log(2), 0.1, 0.5), "to 1 or beyond"),
        (log_hazard_ratio(1, 0), "the log-rank variance is not above zero"),
        (log_hazard_ratio_from_p(1, 5), "not between -1 and 1"),
        (log_hazard_ratio_from_p(0, 5), "p is zero"),
        (log_hazard_ratio_from_p(0.1, -5), "the log-rank variance"),
        (log_hazard_ratio_from_events(0.1, 0, 5, 5), "number of events"),
        (log_hazard_ratio_from_events(0.1, 8, 0, 5), "size of group 1"),
        (log_hazard_ratio_from_events(0.1, 8, 5, 0), "size of group 2"),
        (log_hazard_ratio_from_arms(0.1, 0, 5), "events in group 1"),
        (log_hazard_ratio_from_arms(0.1, 5, np.nan), "missing"),
    ],
)
def test_no_number_comes_from_what_cannot_be(found: EffectSizes, says: str) -> None:
    assert np.isnan(found.yi).all()
    assert says in found.notes[0]


@pytest.mark.parametrize("convert", [r_to_d, point_biserial_to_d])
def test_a_correlation_lies_between_minus_one_and_one(convert: Callable[..., EffectSizes]) -> None:
    found = convert([-1.5, -1.0, -0.99, 0.99, 1.0, 1.5], 0.02, 10, 10)
    says = "the correlation is not between -1 and 1"
    assert [note == says for note in found.notes] == [True, True, False, False, True, True]
    assert np.isfinite(found.yi).tolist() == [False, False, True, True, False, False]


@pytest.mark.parametrize("convert", [log_risk_ratio_from_odds_ratio, log_odds_ratio_from_risk_ratio])
def test_a_baseline_risk_is_between_none_and_all(convert: Callable[..., EffectSizes]) -> None:
    found = convert([-3.0] * 5, [0.02] * 5, [-0.1, 0.0, 0.3, 1.0, 1.4])
    assert np.isfinite(found.yi).tolist() == [False, False, True, False, False]
    for place in (0, 1, 3, 4):
        assert "the baseline risk is not between 0 and 1" in found.notes[place]
