"""Correlations, plain, unbiased and partial, and coefficients alpha."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest
from numpy.testing import assert_allclose

from evidence.effects.correlations import (
    alpha,
    alpha_bonett,
    alpha_hakstian_whalen,
    correlation,
    fisher_z,
    partial_correlation,
    partial_fisher_z,
    semi_partial_correlation,
    semi_partial_fisher_z,
    unbiased_correlation_coefficient,
)
from evidence.effects.smd import gauss_minus_one, unbiased_correlation


def test_correlations_by_hand() -> None:
    found = correlation([0.6, 0.0], [17, 11])
    assert_allclose(found.vi, [0.64**2 / 16, 0.1])
    average = 0.6 * 17 / 28
    assert_allclose(
        correlation([0.6, 0.0], [17, 11], vtype="AV").vi, (1 - average**2) ** 2 / np.array([16, 10])
    )
    z = fisher_z(0.6, 19)
    assert_allclose([z.yi[0], z.vi[0]], [np.log(2), 1 / 16])
    assert_allclose(z.back(z.yi), 0.6)


@pytest.mark.parametrize("n", [5.0, 6, 7, 12, 21, 22, 23, 40, 220, 2000, 1e6])
@pytest.mark.parametrize("r", [0.0, 1e-4, -0.085, 0.5, -0.9, 0.999])
def test_unbiased_correlation_and_variance_are_exact(n: float, r: float) -> None:
    """SciPy 1.17's 2F1 is nan for r = -0.085 and n = 220, and both terms nearly cancel for r near 1."""
    with mpmath.workdps(50):
        exact_r, size = mpmath.mpf(r), mpmath.mpf(n)
        z = 1 - exact_r**2
        g = exact_r * mpmath.hyp2f1(0.5, 0.5, size / 2 - 1, z)
        squared = 1 - (size - 3) / (size - 2) * z * mpmath.hyp2f1(1, 1, size / 2, z)
    estimate, variance = unbiased_correlation(np.array([r]), np.array([n]))
    assert_allclose(estimate, float(g), rtol=1e-12)
    assert_allclose(variance, float(g**2 - squared), rtol=1e-9, atol=1e-16)


@pytest.mark.parametrize("a", [0.5, 1.0])
@pytest.mark.parametrize("z", [1e-12, 1e-3, 0.3, 1.0])
def test_what_is_added_to_one_has_all_its_digits(a: float, z: float) -> None:
    for c in (10.0, 12.5, 300.0):
        with mpmath.workdps(50):
            exact = mpmath.hyp2f1(a, a, c, mpmath.mpf(z)) - 1
        assert_allclose(gauss_minus_one(a, np.array([c]), np.array([z])), float(exact), rtol=1e-13)


def test_hypergeometric_series_is_undefined_without_convergence() -> None:
    assert np.isnan(gauss_minus_one(1.0, np.array([2.0]), np.array([1.0]))).all()


def test_unbiased_correlation_is_larger_and_keeps_zero_and_sign() -> None:
    found = unbiased_correlation_coefficient([-0.5, 0, 0.5], 20)
    assert_allclose(found.yi, [-found.yi[2], 0, found.yi[2]])
    assert 0.5 < found.yi[2] < 0.52


def test_unbiased_variance_below_zero_is_undefined() -> None:
    found = unbiased_correlation_coefficient([0.0, 0.5], [5, 60], vtype="UB")
    raw = unbiased_correlation(np.array([0.0]), np.array([5.0]))[1][0]
    assert found.defined.tolist() == [raw > 0, True]


def test_an_unknown_variance_is_refused() -> None:
    with pytest.raises(ValueError, match=r"unknown vtype 'UB'. Expected one of: LS, AV"):
        correlation(0.5, 20, vtype="UB")  # type: ignore[arg-type]


def test_partial_correlations_by_hand() -> None:
    """t = 3 and df = 16 give 3/5."""
    found = partial_correlation(3, 20, 3)
    assert_allclose([found.yi[0], found.vi[0]], [0.6, 0.64**2 / 17])
    found = partial_fisher_z(3, 20, 3)
    assert_allclose([found.yi[0], found.vi[0]], [np.log(2), 1 / 15])
    found = semi_partial_correlation(2, 20, 3, 0.36)
    assert_allclose([found.yi[0], found.vi[0]], [0.4, (0.64**2 + 0.2 * 0.8) / 20])
    assert_allclose(semi_partial_fisher_z(2, 20, 3, 0.36).yi, np.arctanh(0.4))


def test_with_one_predictor_the_partial_is_the_plain_correlation() -> None:
    r, n = np.array([-0.7, 0.1, 0.95]), np.array([9.0, 30, 400])
    t = r * np.sqrt((n - 2) / (1 - r**2))
    for partial, plain in ((partial_correlation, correlation), (partial_fisher_z, fisher_z)):
        one, other = partial(t, n, 1), plain(r, n)
        assert_allclose(one.yi, other.yi, rtol=1e-12)
        assert_allclose(one.vi, other.vi, rtol=1e-12)
    semi = semi_partial_correlation(t, n, 1, r**2 + 1e-15)
    assert_allclose(semi.yi, r, rtol=1e-12)


def test_contradicting_t_and_r2_are_refused() -> None:
    assert "contradict" in semi_partial_correlation(9, 20, 3, 0.36).notes[0]


def test_alphas_by_hand() -> None:
    found = alpha(0.875, 5, 22)
    assert_allclose([found.yi[0], found.vi[0]], [0.875, 10 / 64 / 80])
    found = alpha_hakstian_whalen(0.875, 5, 22)
    assert_allclose([found.yi[0], found.vi[0]], [0.5, 18 * 5 * 21 / 4 / (4 * 187**2)])
    assert_allclose(found.back(found.yi), 0.875)
    found = alpha_bonett(0.875, 5, 22)
    assert_allclose([found.yi[0], found.vi[0]], [np.log(8), 10 / 80])
    assert_allclose(found.back([found.yi[0], np.inf]), [0.875, 1])
