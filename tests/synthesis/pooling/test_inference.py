"""Tests, intervals and fit statistics against closed forms and other libraries' distributions."""

import math

import mpmath
import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import stats

from synthesis.pooling.batch import pool_batch
from synthesis.pooling.designs.basis import dependence
from synthesis.pooling.kernel.effects import Effects
from synthesis.pooling.mean.inference import (
    cdf_t,
    explained_heterogeneity,
    omnibus,
    quantile_t,
    two_sided_p,
    wald_test,
)

Y = np.array([0.35, 0.1, -0.2, 0.6, 0.44, 0.9])
V = np.array([0.02, 0.05, 0.01, 0.08, 0.03, 0.04])


@pytest.mark.parametrize("method", ["EE", "DL", "REML", "SJ"])
def test_hartung_knapp_with_equal_variances_is_the_t_test(method: str) -> None:
    result = pool_batch(Effects(Y, np.full(6, 0.3)), method, "HKSJ")
    expected = stats.ttest_1samp(Y, 0.0)
    assert_allclose(result.statistic[0, 0], expected.statistic, rtol=1e-12)
    assert_allclose(result.p_value[0, 0], expected.pvalue, rtol=1e-12)
    interval = expected.confidence_interval(0.95)
    assert_allclose(result.ci_low[0, 0], interval.low, rtol=1e-12)
    assert_allclose(result.ci_high[0, 0], interval.high, rtol=1e-12)


def test_equal_effects_z_is_the_inverse_variance_mean() -> None:
    result = pool_batch(Effects(Y, V), "EE", "z", level=0.9)
    w = 1.0 / V
    mean, se = (w * Y).sum() / w.sum(), 1.0 / math.sqrt(w.sum())
    assert_allclose(result.beta[0, 0], mean, rtol=1e-14)
    low, high = stats.norm.interval(0.9, mean, se)
    assert_allclose(result.ci_low[0, 0], low, rtol=1e-13)
    assert_allclose(result.ci_high[0, 0], high, rtol=1e-13)
    assert_allclose(result.weights[0], 100 * w / w.sum(), rtol=1e-14)
    assert_allclose(result.Q_p[0], stats.chi2.sf((w * (Y - mean) ** 2).sum(), 5), rtol=1e-12)


def test_q_of_two_studies_is_tested_on_one_degree_of_freedom() -> None:
    # Q = (y1 - y2)^2 / (v1 + v2), the square of a normal variable.
    result = pool_batch(Effects(Y[:2], V[:2]), "EE", "z")
    q = (Y[0] - Y[1]) ** 2 / (V[0] + V[1])
    assert_allclose([result.Q[0], result.Q_p[0]], [q, math.erfc(math.sqrt(q / 2.0))], rtol=1e-12)


def test_adhoc_is_hartung_knapp_or_wald_t_whichever_is_wider() -> None:
    spread = Effects(np.array([Y, 0.01 * Y]), np.array([V, V]))
    adhoc, hksj, wald_t = (pool_batch(spread, "DL", test) for test in ("adhoc", "HKSJ", "t"))
    assert_allclose(adhoc.se, np.maximum(hksj.se, wald_t.se), rtol=1e-15)
    assert hksj.se[1, 0] < wald_t.se[1, 0]


def test_quantiles_and_p_values_agree_with_scipy_stats() -> None:
    df = np.array([1.0, 2.0, 7.5, 300.0, np.inf])
    expected = np.append(stats.t.ppf(0.975, df[:-1]), stats.norm.ppf(0.975))
    assert_allclose(quantile_t(df, 0.95), expected, rtol=1e-12)
    statistic = np.array([0.3, -12.0, 4.0, -2.0, 40.0])
    tails = np.append(stats.t.sf(np.abs(statistic[:-1]), df[:-1]), stats.norm.sf(40.0))
    assert_allclose(two_sided_p(statistic, df), 2 * tails, rtol=1e-11)
    assert np.isnan(quantile_t(np.array([0.0, -1.0, np.nan]), 0.95)).all()


def test_t_quantiles_with_hardly_any_degrees_of_freedom_are_those_of_mpmath() -> None:
    """Kenward and Roger's df may be far below one, where the quantile leaves the range of numbers."""
    df = np.array([0.5, 0.1, 0.05, 0.01])
    with mpmath.workdps(30):
        for level in (0.95, 0.05):
            for value, quantile in zip(df.tolist(), quantile_t(df, level).tolist(), strict=True):
                share = value / (value + mpmath.mpf(quantile) ** 2)
                outside = mpmath.betainc(mpmath.mpf(value) / 2, 0.5, 0, share, regularized=True)
                assert abs(outside / (1 - mpmath.mpf(str(level))) - 1) < 1e-12
    assert (quantile_t(np.array([1e-3, 1e-20, 1e-300]), 0.95) == np.inf).all()


def test_distribution_function_of_t_agrees_with_scipy_stats() -> None:
    df, statistic = np.array([1.0, 7.5, np.inf, 0.0, np.nan]), np.array([0.3, -2.0, 1.5, 0.0, 0.0])
    expected = [stats.t.cdf(0.3, 1), stats.t.cdf(-2.0, 7.5), stats.norm.cdf(1.5), np.nan, np.nan]
    assert_allclose(cdf_t(statistic, df), expected, rtol=1e-13)


def test_omnibus_of_several_moderators_agrees_with_its_definition() -> None:
    rng = np.random.default_rng(5)
    x = np.column_stack([np.ones(6), rng.normal(size=(6, 2))])
    result = pool_batch(Effects(Y, V), "DL", "z", design=x)
    w = 1.0 / (V + result.tau2[0])
    covariance = np.linalg.inv(x.T @ (w[:, None] * x))
    beta = covariance @ x.T @ (w * Y)
    assert_allclose(result.beta[0], beta, rtol=1e-11)
    qm = beta[1:] @ np.linalg.inv(covariance[1:, 1:]) @ beta[1:]
    assert_allclose(result.QM[0], qm, rtol=1e-11)
    assert_allclose(result.QM_p[0], stats.chi2.sf(qm, 2), rtol=1e-11)
    scale = (w * (Y - x @ beta) ** 2).sum() / 3
    f = pool_batch(Effects(Y, V), "DL", "HKSJ", design=x)
    assert_allclose(f.QM[0], qm / scale / 2, rtol=1e-11)
    assert_allclose(f.QM_p[0], stats.f.sf(qm / scale / 2, 2, 3), rtol=1e-11)


def test_omnibus_of_one_coefficient_is_its_own_test() -> None:
    result = omnibus(np.array([[1.5]]), np.array([[[0.25]]]), np.array([4.0]))
    assert_allclose(result.statistic, 9.0)
    assert_allclose(result.p_value, stats.f.sf(9.0, 1, 4), rtol=1e-12)


def test_log_likelihoods_are_normal_densities() -> None:
    result = pool_batch(Effects(Y, V), "ML", "z")
    total = stats.norm.logpdf(Y, result.beta[0, 0], np.sqrt(V + result.tau2[0])).sum()
    assert_allclose(result.loglik_ml[0], total, rtol=1e-12)
    contrasts = np.linalg.svd(np.eye(6) - 1 / 6)[0][:, :5].T
    covariance = contrasts @ np.diag(V + result.tau2[0]) @ contrasts.T
    restricted = stats.multivariate_normal.logpdf(contrasts @ Y, np.zeros(5), covariance)
    assert_allclose(result.loglik_reml[0], restricted, rtol=1e-11)
    assert_allclose(result.AIC[0], -2 * total + 4, rtol=1e-12)
    assert_allclose(result.BIC[0], -2 * total + 2 * math.log(6), rtol=1e-12)
    assert_allclose(result.AICc[0], -2 * total + 4 * 6 / 3, rtol=1e-12)


def test_explained_heterogeneity_is_never_negative_and_undefined_without_any() -> None:
    r2 = explained_heterogeneity(np.array([0.4, 0.4, 0.0]), np.array([0.1, 0.5, 0.0]))
    assert_allclose(r2, [75.0, 0.0, np.nan])


def test_collinear_or_malformed_designs_are_refused() -> None:
    x = np.arange(6.0)
    with pytest.raises(ValueError, match="collinear"):
        pool_batch(Effects(Y, V), design=np.column_stack([np.ones(6), x, 2 * x - 1]))
    with pytest.raises(ValueError, match="one row for each of 6 studies"):
        pool_batch(Effects(Y, V), design=np.ones((5, 1)))
    with pytest.raises(ValueError, match="missing or infinite"):
        pool_batch(Effects(Y, V), design=np.column_stack([np.ones(6), np.full(6, np.nan)]))


@pytest.mark.parametrize(("sine", "refused"), [(1.05e-6, False), (0.95e-6, True)])
def test_columns_are_collinear_below_an_angle_of_a_millionth(sine: float, refused: bool) -> None:
    one = np.ones(6) / np.sqrt(6.0)
    across = np.array([1.0, -1.0, 1.0, -1.0, 1.0, -1.0]) / np.sqrt(6.0)
    x = np.column_stack([one, np.sqrt(1.0 - sine**2) * one + sine * across])
    if refused:
        with pytest.raises(ValueError, match="column 2 is determined by column 1 to 1e-06 of its length"):
            pool_batch(Effects(Y, V), design=x)
    else:
        assert np.isfinite(pool_batch(Effects(Y, V), design=x).beta).all()


def test_a_design_that_some_data_sets_cannot_estimate_is_nan_there_only() -> None:
    only_one_differs = np.column_stack([np.ones(6), np.arange(6) == 2]).astype(float)
    present = np.ones((2, 6), dtype=bool)
    present[1, 2] = False
    result = pool_batch(Effects(np.tile(Y, (2, 1)), np.tile(V, (2, 1)), present), design=only_one_differs)
    assert np.isfinite(result.beta[0]).all()
    for name in ("beta", "se", "p_value", "tau2", "Q_p", "QM", "AIC"):
        assert np.isnan(getattr(result, name)[1]).all()


def test_one_study_agrees_with_itself_and_none_says_nothing() -> None:
    present = np.array([[True, False], [False, False], [True, True]])
    result = pool_batch(Effects(np.tile(Y[:2], (3, 1)), np.tile(V[:2], (3, 1)), present))
    assert result.k.tolist() == [1, 0, 2]
    assert (result.Q[0], result.Q_df[0], result.Q_p[0]) == (0.0, 0.0, 1.0)
    assert np.isnan([result.Q[1], result.beta[1, 0]]).all()
    assert_allclose(result.loglik_ml[0], stats.norm.logpdf(0.0, 0.0, math.sqrt(V[0])), rtol=1e-13)
    assert np.isnan([result.loglik_reml[0], result.AIC[0], result.BIC[0], result.tau2[0]]).all()
    assert np.isfinite([result.loglik_reml[2], result.AIC[2], result.BIC[2]]).all()


def test_a_test_without_moderators_takes_a_column_of_ones_and_no_more() -> None:
    plain = pool_batch(Effects(Y, V), "DL", "HC")
    ones = pool_batch(Effects(Y, V), "DL", "HC", design=np.ones((6, 1)))
    assert_allclose([ones.ci_low[0, 0], ones.QM[0]], [plain.ci_low[0, 0], plain.QM[0]], rtol=1e-12)
    with pytest.raises(ValueError, match="test 'HC' is defined without moderators alone"):
        pool_batch(Effects(Y, V), "DL", "HC", design=np.column_stack([np.ones(6), np.arange(6.0)]))


def test_own_weights_follow_their_data_sets_through_a_long_batch() -> None:
    """Some hundred thousand numbers and more are worked on in parts."""
    rng = np.random.default_rng(8)
    y, v, weights = (rng.uniform(0.5, 2.0, (400, 1000)) for _ in range(3))
    result = pool_batch(Effects(y, v), "EE", "z", weights=weights)
    share = weights / weights.sum(axis=1, keepdims=True)
    assert_allclose(result.beta[:, 0], (share * y).sum(axis=1), rtol=1e-12)
    assert_allclose(result.se[:, 0], np.sqrt((share**2 * v).sum(axis=1)), rtol=1e-12)
    assert_allclose(result.weights[-1], 100.0 * share[-1], rtol=1e-12)


def test_columns_that_determine_another_take_part_from_one_percent_of_the_largest_share_on() -> None:
    unit = np.column_stack([np.eye(6)[:, :3], [5.0, 0.06, -0.04, 0.0, 0.0, 0.0]])
    assert dependence(unit, np.linalg.qr(unit)[1]) == (3, [0, 1])
    assert dependence(unit[:, :3], np.linalg.qr(unit[:, :3])[1]) is None


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_an_interval_that_ends_at_zero_has_p_of_its_level_on_either_side(sign: float) -> None:
    ends = (0.0, 2.0) if sign > 0 else (-2.0, 0.0)
    z, p = wald_test(sign, ends, 0.9)
    assert_allclose([z, p], [sign * stats.norm.ppf(0.95), 0.1], rtol=1e-12)
    assert np.isnan(wald_test(1.0, (1.0, 1.0), 0.9)).all()


@pytest.mark.parametrize(
    ("test", "df"), [("z", np.inf), ("t", 2.0), ("HKSJ", 2.0), ("adhoc", 2.0), ("KR", 2.0)]
)
def test_of_one_coefficient_the_omnibus_test_is_the_test_of_that(test: str, df: float) -> None:
    """t^2 is F on (1, df); equal effects have no variance by Hartung and Knapp, and then no omnibus test."""
    found = pool_batch(Effects(np.array([[1.0, 2.0, 4.0], [1.0, 1.0, 1.0]]), np.ones((2, 3))), "REML", test)
    assert found.QM[0] == pytest.approx(found.statistic[0, 0] ** 2, rel=1e-14)
    tail = stats.chi2.sf(found.QM[0], 1) if df == np.inf else stats.f.sf(found.QM[0], 1, df)
    assert found.QM_p[0] == pytest.approx(tail, rel=1e-12)
    assert np.isnan([found.QM[1], found.QM_p[1]]).tolist() == [test == "HKSJ"] * 2
