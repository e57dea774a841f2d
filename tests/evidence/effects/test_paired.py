"""Change within a group, and change against a control group."""

from __future__ import annotations

import numpy as np
from numpy.testing import assert_allclose

from evidence.effects.means import mean_difference
from evidence.effects.paired import (
    change_against_control,
    heteroscedastic_mean_change,
    log_ratio_of_paired_cvs,
    log_ratio_of_paired_means,
    log_ratio_of_paired_sds,
    mean_change,
    mean_change_in_change_sds,
    mean_change_in_raw_sds,
)
from evidence.effects.smd import bias_correction

PAIR = (14.0, 3.0, 12.0, 4.0, 0.5, 10.0)
"""m1i, sd1i, m2i, sd2i, ri, ni; the variance of the changes is 9 + 16 - 12 = 13."""


def test_changes_by_hand() -> None:
    j = bias_correction(np.array([9.0]))
    assert_allclose([mean_change(*PAIR).yi[0], mean_change(*PAIR).vi[0]], [2, 1.3])
    g = j * 2 / np.sqrt(13)
    found = mean_change_in_change_sds(*PAIR)
    assert_allclose([found.yi, found.vi], [g, 0.1 + g**2 / 20])
    g = j * 2 / 3
    found = mean_change_in_raw_sds(14, 3, 12, 0.5, 10)
    assert_allclose([found.yi, found.vi], [g, 0.1 + g**2 / 20])
    found = heteroscedastic_mean_change(*PAIR)
    assert_allclose([found.yi, found.vi], [g, j**2 * (13 / 81 + (2 / 3) ** 2 / 18)])


def test_log_ratios_by_hand() -> None:
    found = log_ratio_of_paired_means(20, 2, 10, 2, 0.5, 10)
    assert_allclose([found.yi[0], found.vi[0]], [np.log(2), (0.01 + 0.04 - 0.02) / 10])
    found = log_ratio_of_paired_sds(4, 2, 0.5, 10)
    assert_allclose([found.yi[0], found.vi[0]], [np.log(2), 0.75 / 9])
    found = log_ratio_of_paired_cvs(20, 2, 10, 2, 0.5, 10)
    assert_allclose([found.yi[0], found.vi[0]], [-np.log(2), 0.003 + 0.75 / 9])


def test_a_printed_sd_of_the_changes_stands_in_for_both_sds() -> None:
    printed = np.sqrt(13)
    assert_allclose(mean_change(14, printed, 12, 0, 0, 10).vi, mean_change(*PAIR).vi)
    whole = mean_change_in_change_sds(*PAIR)
    found = mean_change_in_change_sds(14, printed, 12, 0, 0, 10)
    assert_allclose([found.yi, found.vi], [whole.yi, whole.vi])
    assert not heteroscedastic_mean_change(14, 3, 12, 0, 0, 10).defined[0]


def test_uncorrelated_measurements_of_as_many_people_are_two_groups() -> None:
    assert_allclose(mean_change(14, 3, 12, 4, 0, 10).vi, mean_difference(14, 3, 10, 12, 4, 10).vi)


def test_change_against_control_by_hand() -> None:
    """n = 12 and 10 gives df = 20; the pooled SD is 2, the changes are 3 and 1, r = 0.5."""
    j = bias_correction(np.array([20.0]))
    found = change_against_control(10, 13, 2, 12, 10, 11, 2, 10, 0.5)
    assert_allclose(found.yi, j)
    assert_allclose(found.vi, j**2 * 20 / 18 * ((1 / 12 + 1 / 10) + j**2) - j**2)
    nobody_changed = change_against_control(10, 11, 2, 12, 10, 11, 2, 10, 0.5)
    assert_allclose(nobody_changed.vi, j**2 * 20 / 18 * (1 / 12 + 1 / 10))


def test_training_studies_of_morris_2008() -> None:
    """Five studies of Carlson & Schmidt (1999), the data of Morris 2008; J there is 1 - 3/(4 df - 1)."""
    n1, n2 = np.array([20.0, 50, 9, 10, 14]), np.array([20.0, 42, 9, 11, 14])
    found = change_against_control(
        [30.6, 23.5, 0.5, 53.4, 35.6], [38.5, 26.8, 0.7, 75.9, 36.0], [15.0, 3.1, 0.1, 14.5, 4.7], n1,
        [23.1, 24.9, 0.6, 55.7, 34.8], [19.7, 25.3, 0.6, 60.7, 33.4], [13.8, 4.1, 0.2, 17.3, 3.1], n2,
        [0.47, 0.64, 0.77, 0.89, 0.44],
    )  # fmt: skip
    df = n1 + n2 - 2
    approximate = (1 - 3 / (4 * df - 1)) / bias_correction(df)
    assert_allclose(approximate, 1, atol=1e-3)
    raw = np.array([11.3, 2.9, 0.2, 17.5, 1.8])
    squares1 = (n1 - 1) * np.array([225, 9.61, 0.01, 210.25, 22.09])
    squares2 = (n2 - 1) * np.array([190.44, 16.81, 0.04, 299.29, 9.61])
    pooled = np.sqrt((squares1 + squares2) / df)
    assert_allclose(found.yi, bias_correction(df) * raw / pooled, rtol=1e-12)
    assert found.defined.all()
