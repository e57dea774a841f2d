"""Kenward and Roger's inference against the general formula with k x k matrices in mpmath, and identities."""

from dataclasses import dataclass

import mpmath
import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import stats

from synthesis.pooling.batch import pool_batch
from synthesis.pooling.kernel.effects import Array, Effects

Y = np.array([0.35, 0.1, -0.2, 0.6, 0.44, 0.9, 0.05])
V = np.array([0.02, 0.05, 0.01, 0.08, 0.03, 0.04, 0.2])
X2 = np.column_stack([np.ones(7), [1.0, 2.0, 4.0, 3.0, 0.0, 7.0, 2.5]])
X3 = np.column_stack([X2, [0.0, 1.0, 1.0, 0.0, 1.0, 0.0, 1.0]])
DESIGNS = {"mean": np.ones((7, 1)), "line": X2, "plane": X3}


@dataclass(frozen=True)
class General:
    """Kenward & Roger 1997 for one variance parameter, by numerical derivatives of k x k matrices."""

    adjusted: mpmath.matrix
    phi: mpmath.matrix
    p: mpmath.matrix
    variance: mpmath.mpf

    def test(self, contrast: mpmath.matrix, beta: mpmath.matrix) -> tuple[mpmath.mpf, mpmath.mpf]:
        """The scaled F statistic of contrast' beta = 0 and its denominator degrees of freedom."""
        m = mpmath.mpf(contrast.cols)
        theta = contrast * (contrast.T * self.phi * contrast) ** -1 * contrast.T
        step = theta * self.phi * self.p * self.phi
        a1, a2 = self.variance * trace(step) ** 2, self.variance * trace(step * step)
        b = (a1 + 6 * a2) / (2 * m)
        g = ((m + 1) * a1 - (m + 4) * a2) / ((m + 2) * a2)
        below = 3 * m + 2 * (1 - g)
        mean = 1 / (1 - a2 / m)
        spread = 2 / m * (1 + g / below * b)
        spread /= (1 - (m - g) / below * b) ** 2 * (1 - (m + 2 - g) / below * b)
        rho = spread / (2 * mean**2)
        df = 4 + (m + 2) / (m * rho - 1)
        value = contrast.T * beta
        f = (value.T * (contrast.T * self.adjusted * contrast) ** -1 * value)[0] / m
        return df / (mean * (df - 2)) * f, df


def trace(a: mpmath.matrix) -> mpmath.mpf:
    return sum(a[i, i] for i in range(a.rows))


def derivative(of: object, at: mpmath.mpf) -> mpmath.matrix:
    """Central difference of a matrix function with an error of order step^2 = 1e-40."""
    step = mpmath.mpf(10) ** -20
    return (of(at + step) - of(at - step)) / (2 * step)  # type: ignore[operator]


def general(x: Array, v: Array, tau2: float) -> General:
    """P = X' dV^-1 X, Q = X' dV^-1 V dV^-1 X with derivatives of V^-1 in tau2; d2V is zero."""
    design, t = mpmath.matrix(x.tolist()), mpmath.mpf(tau2)

    def covariance(at: mpmath.mpf) -> mpmath.matrix:
        return mpmath.diag([mpmath.mpf(value) + at for value in v.tolist()])

    def inverse(at: mpmath.mpf) -> mpmath.matrix:
        return covariance(at) ** -1

    w, slope = inverse(t), derivative(inverse, t)
    phi = (design.T * w * design) ** -1
    p = design.T * slope * design
    q = design.T * slope * covariance(t) * slope * design
    residual = w - w * design * phi * design.T * w
    change = derivative(covariance, t)
    variance = 2 / trace(residual * change * residual * change)
    adjusted = phi + 2 * variance * phi * (q - p * phi * p) * phi
    return General(adjusted, phi, p, variance)


def as_array(a: mpmath.matrix) -> Array:
    return np.array(a.tolist(), dtype=float)


@pytest.mark.parametrize("name", DESIGNS)
def test_covariance_degrees_of_freedom_and_tests_are_the_general_formula(name: str) -> None:
    x = DESIGNS[name]
    ours = pool_batch(Effects(Y, V), "REML", "KR", design=None if name == "mean" else x)
    assert ours.tau2[0] > 0.01
    with mpmath.workdps(60):
        expected = general(x, V, ours.tau2[0])
        beta = mpmath.matrix(ours.beta[0].tolist())
        assert_allclose(ours.covariance[0], as_array(expected.adjusted), rtol=1e-9)
        for j in range(x.shape[1]):
            one = mpmath.matrix([[int(i == j)] for i in range(x.shape[1])])
            f, df = expected.test(one, beta)
            assert_allclose(ours.coefficient_df[0, j], float(df), rtol=1e-9)
            assert_allclose(ours.statistic[0, j] ** 2, float(f), rtol=1e-9)
            assert_allclose(ours.p_value[0, j], 2 * stats.t.sf(float(mpmath.sqrt(f)), float(df)), rtol=1e-8)
        tested = [
            [int(i == j + (name != "mean")) for j in range(max(x.shape[1] - 1, 1))] for i in range(x.shape[1])
        ]
        f, df = expected.test(mpmath.matrix(tested), beta)
        assert_allclose([ours.QM[0], ours.df[0]], [float(f), float(df)], rtol=1e-9)
        assert_allclose(ours.QM_p[0], stats.f.sf(float(f), len(tested[0]), float(df)), rtol=1e-8)


@pytest.mark.parametrize("k", [2, 3, 6, 200])
def test_with_equal_variances_it_is_the_t_test(k: int) -> None:
    y = np.random.default_rng(k).normal(0.3, 2.0, k)
    ours = pool_batch(Effects(y, np.full(k, 0.1)), "REML", "KR")
    assert ours.tau2[0] > 0
    expected = stats.ttest_1samp(y, 0.0)
    assert_allclose(ours.df[0], k - 1, rtol=1e-10)
    assert_allclose(ours.p_value[0, 0], expected.pvalue, rtol=1e-9)
    interval = expected.confidence_interval(0.95)
    assert_allclose(ours.ci_low[0, 0], interval.low, rtol=1e-9)
    assert_allclose(ours.ci_high[0, 0], interval.high, rtol=1e-9)


@pytest.mark.parametrize("k", [4, 5, 6, 7])
def test_a_balanced_design_is_least_squares(k: int) -> None:
    """Equal v: V is a multiple of the identity, the adjustment vanishes and df is k - p throughout."""
    y, x, df = Y[:k] * 4.0, X3[:k], k - 3
    ours = pool_batch(Effects(y, np.full(k, 0.001)), "REML", "KR", design=x)
    assert ours.tau2[0] > 0
    residual = y - x @ np.linalg.lstsq(x, y, rcond=None)[0]
    covariance = np.linalg.inv(x.T @ x) * (residual @ residual) / df
    assert_allclose(ours.covariance[0], covariance, rtol=1e-9, atol=1e-14)
    assert_allclose(ours.coefficient_df[0], np.full(3, df), rtol=1e-9)
    beta = ours.beta[0, 1:]
    f = beta @ np.linalg.inv(covariance[1:, 1:]) @ beta / 2
    assert_allclose(ours.QM[0], f, rtol=1e-8)
    assert_allclose(ours.df[0], df, rtol=1e-8)
    assert_allclose(ours.QM_p[0], stats.f.sf(f, 2, df), rtol=1e-8)


def test_with_two_degrees_of_freedom_and_equal_v_it_is_the_f_test_of_least_squares() -> None:
    """The formulas are 0/0 there, and what rounding leaves of it must not be divided."""
    compared = 0
    for moderators in (2, 3, 4, 5):
        for seed in range(6):
            rng = np.random.default_rng([moderators, seed])
            k = moderators + 3
            x = np.column_stack([np.ones(k), rng.normal(size=(k, moderators))])
            y = rng.normal(size=k) * 3
            ours = pool_batch(Effects(y, np.full(k, 0.001)), "REML", "KR", design=x)
            if not ours.tau2[0] > 0.1:
                continue
            residual = y - x @ np.linalg.lstsq(x, y, rcond=None)[0]
            explained = ((y - y.mean()) ** 2).sum() - residual @ residual
            f = explained / moderators / (residual @ residual / 2)
            assert_allclose([ours.QM[0], ours.df[0]], [f, 2], rtol=1e-6)
            assert_allclose(ours.QM_p[0], stats.f.sf(f, moderators, 2), rtol=1e-6)
            compared += 1
    assert compared >= 18


def test_with_very_many_studies_it_is_the_wald_interval() -> None:
    rng = np.random.default_rng(2)
    v = rng.uniform(0.01, 0.3, 20_000)
    data = Effects(rng.normal(0.2, np.sqrt(v + 0.1)), v)
    kr, z = pool_batch(data, "REML", "KR"), pool_batch(data, "REML", "z")
    assert_allclose(kr.ci_low, z.ci_low, rtol=1e-4)
    assert 5_000 < kr.df[0] < 20_000


def test_scale_shift_and_order_change_nothing() -> None:
    plain = pool_batch(Effects(Y, V), "REML", "KR", design=X3)
    order = np.array([3, 1, 6, 0, 2, 5, 4])
    moved = pool_batch(Effects((100 * Y)[order], (1e4 * V)[order]), "REML", "KR", design=X3[order])
    assert_allclose(moved.coefficient_df, plain.coefficient_df, rtol=1e-9)
    assert_allclose(moved.p_value, plain.p_value, rtol=1e-8)
    assert_allclose(moved.QM_p, plain.QM_p, rtol=1e-8)


def test_one_dominating_study_loses_no_digits() -> None:
    """Weights over ten orders of magnitude, at tau2 = 0, against the general formula."""
    y, v = np.array([0.1, 0.1 + 1e-6, 0.3, 0.2]), np.array([1e-8, 1.0, 30.0, 100.0])
    ours = pool_batch(Effects(y, v), "REML", "KR")
    assert ours.tau2[0] == 0
    with mpmath.workdps(80):
        expected = general(np.ones((4, 1)), v, 0.0)
        one = mpmath.matrix([[1]])
        _, df = expected.test(one, mpmath.matrix([[1]]))
        assert_allclose(ours.covariance[0], as_array(expected.adjusted), rtol=1e-9)
        assert_allclose(ours.df[0], float(df), rtol=1e-9)


def test_a_batch_is_its_data_sets() -> None:
    present = np.ones((4, 7), dtype=bool)
    present[1, 2:], present[2, 1:], present[3, :] = False, False, False
    batch = pool_batch(Effects(np.tile(Y, (4, 1)), np.tile(V, (4, 1)), present), "REML", "KR")
    for row, k in ((0, 7), (1, 2)):
        alone = pool_batch(Effects(Y[:k], V[:k]), "REML", "KR")
        for name in ("se", "ci_low", "ci_high", "p_value", "coefficient_df"):
            assert_allclose(getattr(batch, name)[row], getattr(alone, name)[0], rtol=1e-11)
    z = pool_batch(Effects(Y[:1], V[:1]), "REML", "z")
    assert_allclose(batch.ci_low[2], z.ci_low[0], rtol=1e-14)
    assert np.isinf(batch.df[2])
    assert np.isnan([batch.ci_low[3, 0], batch.df[3], batch.p_value[3, 0]]).all()


def test_hardly_any_degrees_of_freedom_make_the_interval_endless_and_not_wrong() -> None:
    result = pool_batch(Effects(np.array([0.1, 0.1]), np.array([1e-6, 1.0])), "REML", "KR")
    assert 0 < result.df[0] < 1e-4
    assert result.ci_low[0, 0] == -np.inf
    assert result.ci_high[0, 0] == np.inf
    assert 0.99 < result.p_value[0, 0] <= 1


def test_other_methods_are_refused() -> None:
    with pytest.raises(
        ValueError, match="'KR' is defined for method 'REML' alone, not for DerSimonian-Laird"
    ):
        pool_batch(Effects(Y, V), "DL", "KR")
