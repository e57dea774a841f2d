"""p-curve: against its defining equations, and its behaviour under no effect."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import stats

from synthesis import pool
from synthesis.diagnostics.p_curve import FLAT_POWER, p_curve, shift


def test_the_shift_gives_its_power() -> None:
    wanted = np.array([0.05, FLAT_POWER, 0.5, 0.8, 0.99])
    at, limit = shift(wanted), stats.norm.ppf(0.975)
    assert_allclose(stats.norm.sf(limit - at) + stats.norm.cdf(-limit - at), wanted, rtol=1e-12)
    assert at[0] == pytest.approx(0.0, abs=1e-7)


def test_tests_are_those_of_the_papers() -> None:
    p = np.array([0.001, 0.012, 0.024, 0.031, 0.049, 0.2, 0.7])
    z = stats.norm.isf(0.5 * p)
    found = p_curve(pool(z * 0.3, np.full(7, 0.09)))
    small = p[:5]
    assert_allclose(found.p, small, rtol=1e-12)
    assert_allclose(found.right_skew_full.z, stats.norm.ppf(small / 0.05).sum() / np.sqrt(5.0), rtol=1e-10)
    assert_allclose(
        found.right_skew_half.z, stats.norm.ppf(small[:3] / 0.025).sum() / np.sqrt(3.0), rtol=1e-10
    )
    ncp = float(shift(np.array(FLAT_POWER))) ** 2
    chi2 = z[:5] ** 2
    full = 3.0 * (stats.ncx2.cdf(chi2, 1, ncp) - 2.0 / 3.0)
    assert_allclose(found.flat_full.z, stats.norm.ppf(full).sum() / np.sqrt(5.0), rtol=1e-8)
    share = stats.ncx2.sf(stats.chi2.isf(0.025, 1), 1, ncp)
    half = (stats.ncx2.cdf(chi2[:3], 1, ncp) - (1.0 - share)) / share
    assert_allclose(found.flat_half.z, stats.norm.ppf(half).sum() / np.sqrt(3.0), rtol=1e-8)
    assert_allclose(found.binomial_skew, stats.binom.sf(2, 5, 0.5), rtol=1e-12)
    assert_allclose(found.binomial_flat, stats.binom.cdf(3, 5, 3.0 * share), rtol=1e-8)
    assert_allclose(found.shares, [0.2, 0.2, 0.2, 0.2, 0.2])
    assert found.expected_33.sum() == pytest.approx(1.0)
    assert np.all(np.diff(found.expected_33) < 0)


@pytest.mark.parametrize("power", [0.1, FLAT_POWER, 0.6, 0.95])
def test_the_power_of_a_median_study_is_found(power: float) -> None:
    """Studies at the median of the significant z under this power have probits of zero."""
    at, limit = float(shift(np.array(power))), stats.norm.ppf(0.975)
    tail = stats.ncx2.isf(0.5 * power, 1, at * at)
    assert tail > limit**2
    found = p_curve(pool(np.sqrt(np.full(3, tail)), np.ones(3)))
    assert_allclose(found.power, power, rtol=1e-6)
    assert found.power_low < power < found.power_high
    assert_allclose(found.expected_at_power.sum(), 1.0)


def test_no_effect_gives_uniform_p_values() -> None:
    rng = np.random.default_rng(2024)
    p = 0.05 * (1.0 - rng.random((200, 8)))
    tests = [p_curve(pool(stats.norm.isf(0.5 * row), np.ones(8))).right_skew_full.p_value for row in p]
    assert stats.kstest(tests, "uniform").pvalue > 0.01


def test_extreme_studies_keep_their_digits() -> None:
    found = p_curve(pool([60.0, 60.0], [1.0, 1.0]))
    assert np.isfinite(found.right_skew_full.z)
    assert found.right_skew_full.z < -50.0
    assert found.power == 0.99
    assert found.evidential


def test_signs_do_not_matter_but_are_counted() -> None:
    y = np.array([3.0, 2.5, -2.2, 0.1])
    one, other = p_curve(pool(y, np.ones(4))), p_curve(pool(np.abs(y), np.ones(4)))
    assert one.right_skew_full == other.right_skew_full
    assert (one.opposite, other.opposite) == (1, 0)


def test_nothing_significant_has_no_curve() -> None:
    found = p_curve(pool([0.5, -1.0], [1.0, 1.0]))
    assert found.p.size == 0
    assert np.isnan(found.shares).all()
    assert np.isnan(found.power)
    assert np.isnan(found.right_skew_full.p_value)
    assert np.isnan(found.binomial_skew)
    assert not found.evidential
    assert not found.inadequate


def test_weak_and_strong_sets_are_told_apart() -> None:
    flat = p_curve(pool(stats.norm.isf(0.5 * np.linspace(0.03, 0.0499, 15)), np.ones(15)))
    assert flat.inadequate
    assert not flat.evidential
    assert flat.power == 0.05
    skewed = p_curve(pool(stats.norm.isf(0.5 * np.geomspace(1e-6, 0.02, 15)), np.ones(15)))
    assert skewed.evidential
    assert not skewed.inadequate
