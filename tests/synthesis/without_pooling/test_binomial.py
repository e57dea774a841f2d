"""The exact sign test and the interval of Clopper and Pearson, against scipy.stats and by hand."""

from __future__ import annotations

import math

import pytest
from numpy.testing import assert_allclose
from scipy import stats

from synthesis.without_pooling.binomial import clopper_pearson, two_sided, upper_tail


def test_tests_and_intervals_are_those_of_scipy() -> None:
    compared = 0
    for n in (1, 2, 3, 5, 8, 13, 30, 301):
        for x in sorted({0, 1, n // 3, n // 2, n - 1, n}):
            assert_allclose(two_sided(x, n), stats.binomtest(x, n).pvalue, rtol=1e-10)
            assert_allclose(upper_tail(x, n), stats.binomtest(x, n, alternative="greater").pvalue, rtol=1e-10)
            for level in (0.5, 0.9, 0.95, 0.99):
                expected = stats.binomtest(x, n).proportion_ci(level, method="exact")
                assert_allclose(
                    clopper_pearson(x, n, level), (expected.low, expected.high), rtol=1e-9, atol=2e-12
                )
                low, high = clopper_pearson(x, n, level)
                tail = (1.0 - level) / 2.0  # at each end the other side's tail is just that
                assert x == 0 or stats.binom.sf(x - 1, n, low) == pytest.approx(tail, rel=1e-9)
                assert x == n or stats.binom.cdf(x, n, high) == pytest.approx(tail, rel=1e-9)
                compared += 1
    assert compared == 152


def test_eight_of_eight_by_hand() -> None:
    assert two_sided(8, 8) == pytest.approx(2 / 256, rel=1e-14)
    assert two_sided(0, 8) == pytest.approx(2 / 256, rel=1e-14)
    assert upper_tail(0, 8) == 1.0
    low, high = clopper_pearson(8, 8, 0.95)
    assert low == pytest.approx(0.025 ** (1 / 8), rel=1e-12)
    assert high == 1.0
    low, high = clopper_pearson(0, 8, 0.95)
    assert low == 0.0
    assert high == pytest.approx(1 - 0.025 ** (1 / 8), rel=1e-12)


def test_a_tie_of_votes_has_p_one() -> None:
    assert two_sided(3, 6) == 1.0
    assert two_sided(1, 1) == pytest.approx(1.0, rel=1e-15)


def test_without_studies_there_is_no_interval() -> None:
    assert all(math.isnan(end) for end in clopper_pearson(0, 0, 0.95))
