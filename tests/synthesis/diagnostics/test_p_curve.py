"""p-curve: against its defining equations, and its behaviour under no effect."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import stats

from synthesis import pool
from synthesis.diagnostics.p_curve import FLAT_POWER, Stouffer, p_curve, shift


def test_the_shift_gives_its_power() -> None:
    limit = stats.norm.ppf(0.975)
    for wanted in (0.05, 0.0500001, FLAT_POWER, 0.5, 0.8, 0.99, 0.9999999):
        at = shift(wanted)
        assert_allclose(stats.norm.sf(limit - at) + stats.norm.cdf(-limit - at), wanted, rtol=1e-12)
    assert shift(0.05) == pytest.approx(0.0, abs=1e-7)
    assert np.isnan(shift(np.nan))


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
    ncp = shift(FLAT_POWER) ** 2
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


@pytest.mark.parametrize("power", [0.052, 0.1, FLAT_POWER, 0.6, 0.95, 0.985])
def test_the_power_of_a_median_study_is_found(power: float) -> None:
    """Studies at the median of the significant z under this power have probits of zero."""
    at, limit = shift(power), stats.norm.ppf(0.975)
    tail = stats.ncx2.isf(0.5 * power, 1, at * at)
    assert tail > limit**2
    found = p_curve(pool(np.sqrt(np.full(3, tail)), np.ones(3)))
    assert_allclose(found.power, power, rtol=1e-6)
    assert found.power_low < power < found.power_high
    assert_allclose(found.expected_at_power.sum(), 1.0)


def test_no_effect_gives_uniform_p_values() -> None:
    rng = np.random.default_rng(2024)
    p = 0.05 * (1.0 - rng.random((60, 8)))
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


def test_the_null_moves_the_effects() -> None:
    y, v = np.array([0.9, 0.62, -0.55, 0.1]), np.full(4, 0.04)
    moved, plain = p_curve(pool(y + 0.5, v), null=0.5), p_curve(pool(y, v))
    assert_allclose(moved.p, plain.p, rtol=1e-9)
    assert plain.k == 4
    assert plain.p.size == 3


def test_significant_studies_on_the_smaller_side_are_counted() -> None:
    for y, opposite in (
        ([3.0, 2.5, 2.2, -2.2, 0.1], 1),
        ([-3.0, -2.5, -2.2, 2.2], 1),
        ([3.0, -3.0, 2.2, -2.2], 2),
    ):
        assert p_curve(pool(y, np.ones(len(y)))).opposite == opposite


@pytest.mark.parametrize(
    ("full", "half", "evidential"),
    [
        (0.5, 0.049, True),
        (0.5, 0.051, False),
        (0.099, 0.099, True),
        (0.101, 0.099, False),
        (0.099, 0.101, False),
        (0.04, 0.2, False),
    ],
)
def test_right_skew_is_judged_by_the_half_curve_or_by_both(
    full: float, half: float, evidential: bool
) -> None:
    """Simonsohn, Simmons & Nelson 2015: half p-curve below 5 %, or both below 10 %."""
    found = p_curve(pool([3.0, 2.5], [1.0, 1.0]))
    given = replace(found, right_skew_full=Stouffer(0.0, full, 2), right_skew_half=Stouffer(0.0, half, 2))
    assert given.evidential == evidential


@pytest.mark.parametrize(
    ("full", "half", "binomial", "inadequate"),
    [
        (0.049, 0.9, 0.9, True),
        (0.051, 0.9, 0.9, False),
        (0.9, 0.099, 0.099, True),
        (0.9, 0.101, 0.099, False),
        (0.9, 0.099, 0.101, False),
    ],
)
def test_flatness_is_judged_by_the_full_curve_or_by_half_and_count(
    full: float, half: float, binomial: float, inadequate: bool
) -> None:
    """Simonsohn, Simmons & Nelson 2015: full p-curve below 5 %, or half and binomial test below 10 %."""
    found = p_curve(pool([3.0, 2.5], [1.0, 1.0]))
    flat = replace(found, flat_full=Stouffer(0.0, full, 2), flat_half=Stouffer(0.0, half, 2))
    assert replace(flat, binomial_flat=binomial).inadequate == inadequate


@pytest.mark.parametrize("low", [0, 1, 2, 3])
def test_the_count_of_low_p_values_is_binomial(low: int) -> None:
    """Of three significant p-values, so many below .025: chances of as many or more, and as few or fewer."""
    p = np.array([0.01] * low + [0.04] * (3 - low))
    found = p_curve(pool(stats.norm.isf(0.5 * p), np.ones(3)))
    assert_allclose(found.binomial_skew, stats.binom.sf(low - 1, 3, 0.5), rtol=1e-12)
    at = shift(FLAT_POWER)
    strong = stats.norm.sf(stats.norm.isf(0.0125) - at) + stats.norm.cdf(-stats.norm.isf(0.0125) - at)
    assert_allclose(found.binomial_flat, stats.binom.cdf(low, 3, 3.0 * strong), rtol=1e-9)
    assert found.right_skew_half.k == low
    assert found.right_skew_full.k == 3


def test_expected_shares_are_those_of_the_power() -> None:
    """P(p below .01 j) under the shift, over the power itself: in each of five bins."""
    found = p_curve(pool(stats.norm.isf(0.5 * np.array([0.001, 0.008, 0.03])), np.ones(3)))
    assert_allclose(found.shares, [2 / 3, 0.0, 1 / 3, 0.0, 0.0], rtol=1e-12)
    for power, expected in ((1 / 3, found.expected_33), (found.power, found.expected_at_power)):
        at = shift(power)
        ends = stats.norm.isf(0.5 * np.array([0.01, 0.02, 0.03, 0.04, 0.05]))
        below = stats.norm.sf(ends - at) + stats.norm.cdf(-ends - at)
        assert_allclose(expected, np.diff(below, prepend=0.0) / power, rtol=1e-6)
    p = np.array([1e-300, 0.0499999])
    assert_allclose(p_curve(pool(stats.norm.isf(0.5 * p), np.ones(2))).shares, [0.5, 0.0, 0.0, 0.0, 0.5])
    edge = p_curve(pool([60.0], [1.0]))
    assert edge.shares.tolist() == [1.0, 0.0, 0.0, 0.0, 0.0]


def test_the_power_has_a_90_percent_interval() -> None:
    """At its ends Stouffer's sum of probits is at the 5 % and 95 % points of the normal distribution."""
    z = np.array([2.5, 2.9, 2.7, 3.3, 2.2])
    found = p_curve(pool(z, np.ones(5)))
    limit = stats.norm.isf(0.025)
    for power, wanted in ((found.power, 0.0), (found.power_low, -1.6448536), (found.power_high, 1.6448536)):
        at = shift(power)
        tail = (stats.norm.sf(z - at) + stats.norm.cdf(-z - at)) / power
        assert limit < z.min()
        assert_allclose(stats.norm.ppf(tail).sum() / np.sqrt(5.0), wanted, atol=1e-6)
    nothing = p_curve(pool([0.5, -1.0], [1.0, 1.0]))
    assert np.isnan(
        [nothing.power_low, nothing.power_high, nothing.binomial_flat, nothing.right_skew_half.z]
    ).all()
    assert nothing.right_skew_half.k == 0
