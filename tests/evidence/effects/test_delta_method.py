"""Sampling variances against the delta method with numerical derivatives, knowing none of the formulas.

Each effect is a function of means and SDs of normal samples, whose covariance matrix is exact for means
(sd^2/n, and r sd1 sd2/n between two measurements) and the usual one for SDs (sd^2 / (2 df), and
r^2 sd1 sd2 / (2 df)); means and SDs are independent.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import mpmath
import numpy as np
import pytest
from numpy.testing import assert_allclose

from evidence.effects import (
    conversions,
    correlations,
    means,
    paired,
    ratios,
)
from evidence.effects.columns import Array, EffectSizes
from evidence.effects.smd import bias_correction

Number: TypeAlias = "mpmath.mpf"
M1, SD1, N1, M2, SD2, N2, R = 12.3, 2.1, 17.0, 9.4, 3.3, 26.0, 0.43
J = float(bias_correction(np.array([N1 + N2 - 2]))[0])
J_PAIRED = float(bias_correction(np.array([N1 - 1]))[0])

Effect: TypeAlias = Callable[..., Number]


def propagated(effect: Effect, values: tuple[float, ...], covariance: Array) -> float:
    with mpmath.workdps(40):
        at = [mpmath.mpf(value) for value in values]
        size = len(values)
        slopes_ = [
            mpmath.diff(effect, tuple(at), tuple(int(i == j) for j in range(size))) for i in range(size)
        ]
    gradient = np.array([float(slope) for slope in slopes_])
    return float(gradient @ covariance @ gradient)


def two_groups(fewer: float = 0.0) -> Array:
    """Covariance of m1, sd1, m2, sd2; `fewer` is taken off the sizes in the variances of the means."""
    of_sds = SD1**2 / (2 * (N1 - 1)), SD2**2 / (2 * (N2 - 1))
    return np.diag([SD1**2 / (N1 - fewer), of_sds[0], SD2**2 / (N2 - fewer), of_sds[1]])


def one_group(fewer: float = 0.0) -> Array:
    """Covariance of m1, sd1, m2, sd2 measured twice in N1 people."""
    n, df = N1 - fewer, 2 * (N1 - 1)
    covariance = np.zeros((4, 4))
    covariance[np.ix_([0, 2], [0, 2])] = np.array([[SD1**2, R * SD1 * SD2], [R * SD1 * SD2, SD2**2]]) / n
    between = R**2 * SD1 * SD2
    covariance[np.ix_([1, 3], [1, 3])] = np.array([[SD1**2, between], [between, SD2**2]]) / df
    return covariance


GROUPS = (M1, SD1, N1, M2, SD2, N2)
PAIRS = (M1, SD1, M2, SD2, R, N1)


@pytest.mark.parametrize(
    ("found", "effect"),
    [
        (means.mean_difference(*GROUPS), lambda m, s, n, t: m - n),
        (ratios.log_ratio_of_means(*GROUPS), lambda m, s, n, t: mpmath.log(m / n)),
        (ratios.log_ratio_of_cvs(*GROUPS), lambda m, s, n, t: mpmath.log(s / m * n / t)),
        (ratios.log_ratio_of_sds(SD1, N1, SD2, N2), lambda m, s, n, t: mpmath.log(s / t)),
        (means.log_mean(M1, SD1, N1), lambda m, s, n, t: mpmath.log(m)),
        (means.log_cv(M1, SD1, N1), lambda m, s, n, t: mpmath.log(s / m)),
        (means.log_sd(SD1, N1), lambda m, s, n, t: mpmath.log(s)),
    ],
)
def test_two_groups(found: EffectSizes, effect: Effect) -> None:
    assert_allclose(found.vi, propagated(effect, (M1, SD1, M2, SD2), two_groups()), rtol=1e-12)


@pytest.mark.parametrize(
    ("found", "effect"),
    [
        (paired.mean_change(*PAIRS), lambda m, s, n, t: m - n),
        (paired.log_ratio_of_paired_means(*PAIRS), lambda m, s, n, t: mpmath.log(m / n)),
        (paired.log_ratio_of_paired_cvs(*PAIRS), lambda m, s, n, t: mpmath.log(s / m * n / t)),
        (paired.log_ratio_of_paired_sds(SD1, SD2, R, N1), lambda m, s, n, t: mpmath.log(s / t)),
    ],
)
def test_paired_measurements(found: EffectSizes, effect: Effect) -> None:
    assert_allclose(found.vi, propagated(effect, (M1, SD1, M2, SD2), one_group()), rtol=1e-12)


def test_standardised_differences_with_unequal_variances() -> None:
    """Bonett divides the variances of the means by n - 1 too; the corrected estimate is J times the other."""
    values = (M1, SD1, M2, SD2)
    of_d = propagated(
        lambda m, s, n, t: (m - n) / mpmath.sqrt((s * s + t * t) / 2), values, two_groups(fewer=1)
    )
    assert_allclose(means.heteroscedastic_smd(*GROUPS).vi, J**2 * of_d, rtol=1e-12)
    of_change = propagated(lambda m, s, n, t: (m - n) / s, values, one_group(fewer=1))
    assert_allclose(paired.heteroscedastic_mean_change(*PAIRS).vi, J_PAIRED**2 * of_change, rtol=1e-12)


def test_standardised_differences_with_equal_variances_in_large_samples() -> None:
    """With n / df near 1 the four forms and the delta method agree; the SDs are equal."""
    n1, n2, sd = 3e8, 5e8, 2.0
    covariance = np.diag([sd**2 / n1, sd**2 / n2, sd**2 / (2 * (n1 + n2 - 2))])
    of_d = propagated(lambda m, n, s: (m - n) / s, (M1, M2, sd), covariance)
    for vtype in ("LS", "UB", "LS2", "AV"):
        found = means.standardised_mean_difference(M1, sd, n1, M2, sd, n2, vtype=vtype)
        assert_allclose(found.vi, of_d, rtol=1e-7)
    covariance = np.diag([sd**2 / n1, sd**2 / n2, sd**2 / (2 * (n2 - 1))])
    of_glass = propagated(lambda m, n, s: (m - n) / s, (M1, M2, sd), covariance)
    assert_allclose(means.glass_delta(M1, n1, M2, sd, n2).vi, of_glass, rtol=1e-7)
    change = propagated(lambda c, s: c / s, (1.7, sd), np.diag([2 * sd**2 * (1 - R) / n1, sd**2 / (2 * n1)]))
    assert_allclose(paired.mean_change_in_raw_sds(1.7, sd, 0, R, n1).vi, change, rtol=1e-7)
    change = propagated(lambda c, s: c / s, (1.7, sd), np.diag([sd**2 / n1, sd**2 / (2 * n1)]))
    assert_allclose(paired.mean_change_in_change_sds(1.7, sd, 0, 0, 0, n1).vi, change, rtol=1e-7)


def test_second_order_log_ratio_of_means() -> None:
    """Bias a/2 and variance a + a^2/2 of log of a mean with squared CV a: the second derivatives of log."""
    a1, a2 = SD1**2 / (N1 * M1**2), SD2**2 / (N2 * M2**2)
    with mpmath.workdps(30):
        curvature = [float(mpmath.diff(mpmath.log, m, 2)) * m**2 for m in (M1, M2)]
    found = ratios.bias_corrected_log_ratio_of_means(*GROUPS)
    assert_allclose(found.yi, np.log(M1 / M2) - 0.5 * (curvature[0] * a1 - curvature[1] * a2))
    second = 0.5 * ((curvature[0] * a1) ** 2 + (curvature[1] * a2) ** 2)
    assert_allclose(found.vi, a1 + a2 + second)


def test_transformed_alphas() -> None:
    alpha, items, people = 0.83, 12.0, 4e9
    raw = correlations.alpha(alpha, items, people)
    of_log = propagated(lambda a: -mpmath.log(1 - a), (alpha,), np.array([[raw.vi[0]]]))
    of_root = propagated(lambda a: 1 - mpmath.cbrt(1 - a), (alpha,), np.array([[raw.vi[0]]]))
    assert_allclose(correlations.alpha_bonett(alpha, items, people).vi, of_log, rtol=1e-12)
    assert_allclose(correlations.alpha_hakstian_whalen(alpha, items, people).vi, of_root, rtol=1e-8)


@pytest.mark.parametrize(
    ("found", "effect", "value"),
    [
        (conversions.d_to_log_odds_ratio(0.7, 0.04), lambda d: d * mpmath.pi / mpmath.sqrt(3), 0.7),
        (
            conversions.log_odds_ratio_to_d(0.7, 0.04, distribution="normal"),
            lambda y: y / mpmath.mpf(1.65),
            0.7,
        ),
        (conversions.d_to_r(0.7, 0.04, 20, 30), lambda d: d / mpmath.sqrt(d * d + mpmath.mpf(25) / 6), 0.7),
        (
            conversions.d_to_point_biserial(0.7, 0.04, 20, 30),
            lambda d: d / mpmath.sqrt(d * d + mpmath.mpf(4)),
            0.7,
        ),
        (
            conversions.r_to_d(0.7, 0.04, 20, 30),
            lambda r: mpmath.sqrt(mpmath.mpf(25) / 6) * r / mpmath.sqrt(1 - r * r),
            0.7,
        ),
        (
            conversions.point_biserial_to_d(0.7, 0.04, 20, 30),
            lambda r: 2 * r / mpmath.sqrt(1 - r * r),
            0.7,
        ),
        (
            conversions.log_risk_ratio_from_odds_ratio(0.7, 0.04, 0.2),
            lambda y: y - mpmath.log(mpmath.mpf(0.8) + mpmath.mpf(0.2) * mpmath.exp(y)),
            0.7,
        ),
        (
            conversions.log_odds_ratio_from_risk_ratio(0.7, 0.04, 0.2),
            lambda y: y + mpmath.log(0.8) - mpmath.log(1 - mpmath.mpf(0.2) * mpmath.exp(y)),
            0.7,
        ),
    ],
)
def test_conversions(found: EffectSizes, effect: Effect, value: float) -> None:
    assert_allclose(found.yi, float(effect(mpmath.mpf(value))), rtol=1e-14)
    assert_allclose(found.vi, propagated(effect, (value,), np.array([[0.04]])), rtol=1e-12)


def test_fisher_z_of_a_semi_partial_correlation() -> None:
    raw = correlations.semi_partial_correlation(2.2, 90, 4, 0.5)
    found = correlations.semi_partial_fisher_z(2.2, 90, 4, 0.5)
    assert_allclose(found.vi, propagated(mpmath.atanh, (raw.yi[0],), raw.vi[:, None]), rtol=1e-12)


def test_slope_per_standard_deviation() -> None:
    covariance = np.diag([0.04, 3.0**2 / (2 * 49)])
    found = conversions.per_sd(0.7, 0.04, 3.0, 50)
    assert_allclose(found.vi, propagated(lambda slope, sd: slope * sd, (0.7, 3.0), covariance), rtol=1e-12)
