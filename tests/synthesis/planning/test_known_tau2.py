"""Closed forms of an update for known tau2, against their definitions."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.stats import norm

from synthesis.planning.known_tau2 import KnownTau2, bisected

YI, VI = np.array([0.3, -0.1, 0.5]), np.array([0.04, 0.09, 0.02])


def test_equal_variances_give_the_width_of_a_mean_of_all_studies() -> None:
    known, compared = KnownTau2.of(np.zeros(4), np.full(4, 0.05), 0.03, 0.9), 0
    for more in range(10):
        width = known.width(math.sqrt(0.05), np.array([more]))
        assert_allclose(width, 2.0 * norm.ppf(0.95) * math.sqrt(0.08 / (4 + more)), rtol=1e-13)
        compared += 1
    assert compared == 10


def test_the_number_for_a_width_is_the_first_that_reaches_it_and_one_less_does_not() -> None:
    known, compared = KnownTau2.of(YI, VI, 0.02, 0.95), 0
    for sei in (0.0, 0.1, 0.4):
        for width in (0.5, 0.2, 0.05, 0.001):
            number = known.number_for_width(sei, width)
            reached = known.width(sei, np.array([number - 1.0, number]))
            assert reached[0] > width >= reached[1] * (1.0 - 1e-12)
            compared += 1
    assert compared == 12


def test_a_width_that_a_number_gives_exactly_needs_that_number() -> None:
    known, compared = KnownTau2.of(YI, VI, 0.02, 0.95), 0
    for more in range(1, 200):
        width = float(known.width(0.3, np.array([float(more)]))[0])
        assert known.number_for_width(0.3, width) == more
        assert known.number_for_width(0.3, width * (1.0 - 1e-9)) == more + 1
        compared += 2
    assert compared == 398
    assert known.number_for_width(0.3, float(known.width(0.3, np.zeros(1))[0])) == 0.0


def test_without_heterogeneity_one_study_without_error_is_enough() -> None:
    known = KnownTau2.of(YI, VI, 0.0, 0.95)
    now = float(known.width(1.0, np.zeros(1))[0])
    assert known.number_for_width(0.0, 0.9 * now) == 1.0
    assert known.number_for_width(0.0, now) == 0.0
    assert known.number_for_power(0.0, 0.8, 0.2, 0.5) == 1.0
    assert known.least_width(np.array([0.0, 1.0])).tolist() == [now, 0.0]


@pytest.mark.parametrize(("effect", "null"), [(0.4, 0.0), (-0.3, 0.0), (0.1, 0.3), (0.5, 0.2)])
def test_power_is_that_the_mean_of_new_studies_passes_what_is_lacking(effect: float, null: float) -> None:
    known, compared = KnownTau2.of(YI, VI, 0.02, 0.95), 0
    for sei in (0.1, 0.5):
        for more in (1.0, 3.0, 40.0):
            old, new = known.information, more / (sei * sei + 0.02)
            z = norm.ppf(0.975)
            if effect > null:  # the mean of the new studies with which the pooled z is just z
                least = null + (z * math.sqrt(old + new) - old * (known.mean - null)) / new
                expected = norm.sf(least, effect, 1.0 / math.sqrt(new))
            else:
                most = null + (-z * math.sqrt(old + new) - old * (known.mean - null)) / new
                expected = norm.cdf(most, effect, 1.0 / math.sqrt(new))
            assert_allclose(known.power(sei, np.array([more]), effect, null), expected, rtol=1e-9)
            compared += 1
    assert compared == 6


def test_without_new_studies_power_is_whether_the_null_is_excluded_already() -> None:
    known, none = KnownTau2.of(YI, VI, 0.0, 0.95), np.zeros(1)
    low = known.mean - norm.ppf(0.975) / math.sqrt(known.information)
    assert known.power(0.1, none, 1.0, low - 1e-9)[0] == 1.0
    assert known.power(0.1, none, 1.0, low + 1e-9)[0] == 0.0
    assert known.power(0.1, none, -1.0, low - 1e-9)[0] == 0.0
    assert known.number_for_power(0.1, 0.8, 1.0, low - 1e-9) == 0.0


def test_the_number_for_a_power_is_the_first_that_reaches_it() -> None:
    known, compared = KnownTau2.of(YI, VI, 0.02, 0.95), 0
    for sei in (0.1, 0.5):
        for power, effect in ((0.8, 0.1), (0.95, 0.19), (0.5, 0.3)):
            number = known.number_for_power(sei, power, effect, 0.2)
            curve = known.power(sei, np.array([number - 1.0, number]), effect, 0.2)
            assert curve[0] < power <= curve[1]
            compared += 1
    assert compared == 6
    assert known.number_for_power(0.1, 0.8, 0.2 + 1e-9, 0.2) == math.inf


@pytest.mark.parametrize("number", [999, 1000, 1001, 1999, 2000, 2001, 2002, 4001])
def test_the_number_for_a_power_is_the_first_wherever_the_search_changes_its_step(number: int) -> None:
    """One by one up to 1,000, then doubled and halved."""
    known = KnownTau2(0.0, 1.0, 0.0, 0.95)
    just = float(known.power(1.0, np.array([float(number)]), 0.05, 0.0)[0])
    assert known.number_for_power(1.0, just, 0.05, 0.0) == number


def test_a_power_that_few_studies_reach_and_some_more_lose_needs_few() -> None:
    # Just short of significance, and a small effect: chance may help, until there is enough to see it.
    known = KnownTau2(0.195, 100.0, 0.0, 0.95)
    curve = known.power(0.3, np.arange(1.0, 400.0), 0.05, 0.0)
    assert known.number_for_power(0.3, float(curve[0]) * 0.999, 0.05, 0.0) == 1.0
    late = known.number_for_power(0.3, float(curve[0]) * 1.001, 0.05, 0.0)
    assert late == 1 + np.argmax(curve > curve[0] * 1.001) > 30


def test_a_prediction_interval_approaches_two_z_tau() -> None:
    known = KnownTau2.of(YI, VI, 0.04, 0.95)
    assert_allclose(known.least_prediction_width(), 2.0 * norm.ppf(0.975) * 0.2, rtol=1e-14)


def test_bisection_finds_the_first_number_that_holds() -> None:
    found = [bisected(-1, 20, lambda m, first=first: m >= first) for first in range(21)]  # type: ignore[misc]
    assert found == list(range(21))
