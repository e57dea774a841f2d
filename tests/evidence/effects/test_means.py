"""Mean differences, raw and standardised, and log ratios of two groups."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.special import stdtr

from evidence.effects.means import (
    cohens_d,
    glass_delta,
    heteroscedastic_smd,
    mean_difference,
    smd_from_d,
    smd_from_f,
    smd_from_p,
    smd_from_t,
    standardised_mean_difference,
)
from evidence.effects.ratios import (
    bias_corrected_log_ratio_of_means,
    log_ratio_of_cvs,
    log_ratio_of_means,
    log_ratio_of_sds,
)
from evidence.effects.smd import SmdVariance, bias_correction, log_bias_correction, unbiased_variance_factor

GROUPS = (13.0, 2.0, 5.0, 10.0, 4.0, 5.0)
"""m1i, sd1i, n1i, m2i, sd2i, n2i; the pooled variance is (4 + 16) / 2 = 10."""


def test_mean_difference_by_hand() -> None:
    assert_allclose([mean_difference(*GROUPS).yi[0], mean_difference(*GROUPS).vi[0]], [3, 4 / 5 + 16 / 5])
    assert_allclose(mean_difference(*GROUPS, vtype="HO").vi, 10 * 2 / 5)


def test_hedges_g_by_hand() -> None:
    """J(8) = Gamma(4) / (2 Gamma(3.5)) = 6 / (2 x 15/8 sqrt(pi))."""
    j = 6 / (2 * 15 / 8 * np.sqrt(np.pi))
    d, found = 3 / np.sqrt(10), standardised_mean_difference(*GROUPS)
    assert_allclose(found.yi, j * d)
    assert_allclose(found.vi, 0.4 + (j * d) ** 2 / 20)
    assert_allclose(standardised_mean_difference(*GROUPS, vtype="LS2").vi, j**2 * (0.4 + d**2 / 20))
    assert_allclose(
        standardised_mean_difference(*GROUPS, vtype="UB").vi, 0.4 + (1 - 6 / (8 * j**2)) * (j * d) ** 2
    )
    assert_allclose(cohens_d(*GROUPS).yi, d)
    assert_allclose(cohens_d(*GROUPS).vi, 0.4 + d**2 / 20)


def test_glass_delta_and_heteroscedastic_smd_by_hand() -> None:
    glass = glass_delta(13, 5, 10, 4, 5)
    j4 = 1 / (np.sqrt(2) * np.sqrt(np.pi) / 2)
    assert_allclose(glass.yi, j4 * 3 / 4)
    assert_allclose(glass.vi, 0.4 + (j4 * 0.75) ** 2 / 10)
    j8, d = bias_correction(np.array([8.0]))[0], 3 / np.sqrt(10)
    found = heteroscedastic_smd(*GROUPS)
    assert_allclose(found.yi, j8 * d)
    assert_allclose(found.vi, j8**2 * (d**2 * (16 / 4 + 256 / 4) / 800 + (4 / 4 + 16 / 4) / 10))


def test_log_ratios_by_hand() -> None:
    groups = (20.0, 4.0, 4.0, 10.0, 1.0, 5.0)
    found = log_ratio_of_means(*groups)
    assert_allclose([found.yi[0], found.vi[0]], [np.log(2), 0.2**2 / 4 + 0.1**2 / 5])
    assert_allclose(found.back(found.yi), 2)
    corrected = bias_corrected_log_ratio_of_means(*groups)
    assert_allclose(corrected.yi, np.log(2) + (0.01 - 0.002) / 2)
    assert_allclose(corrected.vi, 0.012 + (0.01**2 + 0.002**2) / 2)
    cvs = log_ratio_of_cvs(*groups)
    assert_allclose([cvs.yi[0], cvs.vi[0]], [np.log(2) + 1 / 6 - 1 / 8, 0.012 + 1 / 6 + 1 / 8])
    sds = log_ratio_of_sds(4, 4, 1, 5)
    assert_allclose([sds.yi[0], sds.vi[0]], [np.log(4) + 1 / 6 - 1 / 8, 1 / 6 + 1 / 8])


@pytest.mark.parametrize("df", [1.0000001, 1.5, 2, 3, 8, 50, 50.9, 51, 51.1, 52, 1e3, 1e5, 1e9])
def test_bias_correction_is_exact_at_every_df(df: float) -> None:
    with mpmath.workdps(60):
        half = mpmath.mpf(df) / 2
        log_j = mpmath.loggamma(half) - mpmath.loggamma(half - 0.5) - mpmath.log(half) / 2
        factor = 1 - (df - 2) / (mpmath.mpf(df) * mpmath.exp(2 * log_j))
    assert_allclose(log_bias_correction(np.array([df])), float(log_j), rtol=1e-14 if df >= 51 else 1e-11)
    if df > 2:
        assert_allclose(unbiased_variance_factor(np.array([df])), float(factor), rtol=1e-10)


def test_no_bias_correction_exists_with_one_degree_of_freedom() -> None:
    assert np.isnan(bias_correction(np.array([1.0, 0.5, -3.0]))).all()
    assert np.isnan(unbiased_variance_factor(np.array([2.0, 1.0]))).all()


@pytest.mark.parametrize("delta", [0.0, 0.3, -2.0])
def test_unbiased_variance_has_the_variance_of_g_as_its_expectation(delta: float) -> None:
    """With E g2 = J2 df/(df - 2) (1/n1 + 1/n2 + delta2) of the noncentral t (Hedges 1981)."""
    n1, n2 = np.array([3.0, 5, 40]), np.array([4.0, 30, 41])
    df, of_means = n1 + n2 - 2, 1 / n1 + 1 / n2
    second_moment = bias_correction(df) ** 2 * df / (df - 2) * (of_means + delta**2)
    expected = of_means + unbiased_variance_factor(df) * second_moment
    assert_allclose(expected, second_moment - delta**2, rtol=1e-12)


@pytest.mark.parametrize("vtype", ["LS", "UB", "LS2", "AV"])
def test_the_variance_asked_for_is_that_of_d_t_f_and_p_as_well(vtype: SmdVariance) -> None:
    """Two groups of five and of twenty; the first study's d is that of GROUPS."""
    d, n = np.array([3 / np.sqrt(10), -0.4]), np.array([5, 20])
    whole = standardised_mean_difference([13.0, 1.0], [2.0, 1.0], n, [10.0, 1.4], [4.0, 1.0], n, vtype=vtype)
    t = d / np.sqrt(2 / n)
    p = 2 * stdtr(2 * n - 2.0, -np.abs(t)) * np.sign(t)
    for found in (
        smd_from_d(d, n, n, vtype=vtype),
        smd_from_t(t, n, n, vtype=vtype),
        smd_from_f(t**2, np.sign(t), n, n, vtype=vtype),
        smd_from_p(p, n, n, vtype=vtype),
    ):
        assert_allclose(found.yi, whole.yi, rtol=1e-10)
        assert_allclose(found.vi, whole.vi, rtol=1e-10)


@pytest.mark.parametrize("vtype", ["LS", "UB", "LS2", "AV"])
def test_swapping_groups_changes_the_sign_only(vtype: SmdVariance) -> None:
    rng = np.random.default_rng(1)
    m1, m2 = rng.normal(5, 1, (2, 30))
    sd1, sd2 = rng.uniform(0.5, 2, (2, 30))
    n1, n2 = rng.integers(5, 90, (2, 30))
    one = standardised_mean_difference(m1, sd1, n1, m2, sd2, n2, vtype=vtype)
    other = standardised_mean_difference(m2, sd2, n2, m1, sd1, n1, vtype=vtype)
    assert_allclose(one.yi, -other.yi, rtol=1e-13)
    assert_allclose(one.vi, other.vi, rtol=1e-13)
    scaled = standardised_mean_difference(7 * m1, 7 * sd1, n1, 7 * m2, 7 * sd2, n2, vtype=vtype)
    assert_allclose(scaled.vi, one.vi, rtol=1e-13)


def test_d_t_and_p_of_the_same_study_give_the_same_g() -> None:
    d = cohens_d(*GROUPS).yi
    t = d / np.sqrt(0.4)
    p = 2 * float(mpmath.betainc(4, 0.5, 0, 8 / (8 + t[0] ** 2), regularized=True)) / 2
    whole = standardised_mean_difference(*GROUPS)
    for found in (smd_from_d(d, 5, 5), smd_from_t(t, 5, 5), smd_from_p(p, 5, 5)):
        assert_allclose([found.yi[0], found.vi[0]], [whole.yi[0], whole.vi[0]], rtol=1e-10)
    assert_allclose(smd_from_p(-p, 5, 5).yi, -whole.yi, rtol=1e-10)


def test_documented_example_of_a_p_value() -> None:
    """metafor's manual: p = -0.018 in groups of 20 and 20 gives -0.7664."""
    assert round(float(smd_from_p(-0.018, 20, 20).yi[0]), 4) == -0.7664


def test_a_mean_near_zero_is_remarked_upon_by_its_log_ratio() -> None:
    found = log_ratio_of_means([10, 1], 1, 20, 10, [1, 5], 20)
    assert found.notes[0] == ""
    found = log_ratio_of_means([10, 1], [1, 5], 20, 10, 1, 20)
    assert "far from normal" in found.notes[1]
    assert found.defined.all()


def test_an_average_variance_ignores_studies_without_an_effect() -> None:
    one = standardised_mean_difference([1, 2], 1, 10, 0, 1, 10, vtype="AV")
    two = standardised_mean_difference([1, 2, 900], 1, [10, 10, 10], 0, [1, 1, 0], 10, vtype="AV")
    assert_allclose(two.vi[:2], one.vi)
    assert two.notes[2] == "the SD of group 2 is not above zero"


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: mean_difference(*GROUPS, vtype="UB"), "unknown vtype 'UB'. Expected one of: LS, HO"),  # type: ignore[arg-type]
        (lambda: standardised_mean_difference(*GROUPS, vtype="HO"), "Expected one of: LS, UB, LS2, AV"),  # type: ignore[arg-type]
        (lambda: log_ratio_of_means(*GROUPS, vtype="UB"), "Expected one of: LS, HO, AV, AVHO"),  # type: ignore[arg-type]
    ],
)
def test_an_unknown_variance_is_refused(call: object, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        call()  # type: ignore[operator]
