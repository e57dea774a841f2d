"""Estimators of tau2: what defines each, not what they happened to return."""

import mpmath
import numpy as np
import pytest
from numpy.testing import assert_allclose

from synthesis.pooling.batch import pool_batch
from synthesis.pooling.kernel.effects import Array, Effects, leave_one_out
from synthesis.pooling.kernel.one_mean import intercept_model
from synthesis.pooling.tau2.estimators import ESTIMATORS, generalised_q_root
from synthesis.pooling.tau2.intervals import chi2_quantile, heterogeneity_intervals

ALL = sorted(ESTIMATORS)


def simulated(seed: int, batch: int = 50, k: int = 8, tau2: float = 0.3) -> Effects:
    rng = np.random.default_rng(seed)
    v = np.exp(rng.normal(-1.5, 1.0, (batch, k)))
    return Effects(rng.normal(0.4, np.sqrt(v + tau2)), v)


def generalised_q(y: Array, v: Array, tau2: float) -> float:
    w = 1.0 / (v + tau2)
    mean = (w * y).sum() / w.sum()
    return float((w * (y - mean) ** 2).sum())


@pytest.mark.parametrize("method", ["PM", "EB"])
def test_paule_mandel_and_empirical_bayes_solve_q_equals_df_or_are_zero(method: str) -> None:
    data = simulated(1)
    tau2 = pool_batch(data, method).tau2
    for y, v, estimate in zip(data.y, data.v, tau2, strict=True):
        if estimate > 0:
            assert_allclose(generalised_q(y, v, estimate), data.k - 1, rtol=1e-12)
        else:
            assert generalised_q(y, v, 0.0) <= data.k - 1
    assert 25 < np.sum(tau2 > 0) < 50


def test_morris_empirical_bayes_equation_holds_at_the_estimate() -> None:
    data = simulated(2)
    for y, v, tau2 in zip(data.y, data.v, pool_batch(data, "EB").tau2, strict=True):
        w = 1.0 / (v + tau2)
        mean = (w * y).sum() / w.sum()
        k = data.k
        if tau2 > 0:
            assert_allclose((w * (k / (k - 1) * (y - mean) ** 2 - v)).sum() / w.sum(), tau2, rtol=1e-10)


@pytest.mark.parametrize("method", [m for m in ALL if m not in ("EE", "HS", "ML", "SJ", "PMM", "GENQM")])
def test_with_equal_variances_unbiased_estimators_are_sample_variance_minus_v(method: str) -> None:
    y = np.array([0.1, 0.9, -0.4, 1.3, 0.2])
    tau2 = pool_batch(Effects(y, np.full(5, 0.05)), method).tau2[0]
    assert_allclose(tau2, y.var(ddof=1) - 0.05, rtol=1e-12)


def test_with_equal_variances_the_others_have_closed_forms_too() -> None:
    y, v = np.array([0.1, 0.9, -0.4, 1.3, 0.2]), np.full(5, 0.05)
    ss, tau0 = ((y - y.mean()) ** 2).sum(), y.var()
    assert_allclose(pool_batch(Effects(y, v), "ML").tau2[0], ss / 5 - 0.05, rtol=1e-12)
    assert_allclose(pool_batch(Effects(y, v), "HS").tau2[0], ss / 5 - 0.05, rtol=1e-12)
    assert_allclose(pool_batch(Effects(y, v), "SJ").tau2[0], tau0 * ss / (0.05 + tau0) / 4, rtol=1e-12)
    median = float(chi2_quantile(np.array(4.0), 0.5))
    for method in ("PMM", "GENQM"):
        assert_allclose(pool_batch(Effects(y, v), method).tau2[0], ss / median - 0.05, rtol=1e-12)


def test_the_registry_has_every_estimator() -> None:
    expected = "CA2 DL DL2 DLIT EB EE GENQ GENQM HE HS HSk ML PM PMM REML SJ SJIT"
    assert sorted(ALL) == expected.split()
    assert len({estimator.name for estimator in ESTIMATORS.values()}) == len(ALL)


def one_moment_step(y: Array, v: Array, tau2: float) -> float:
    """DerSimonian & Kacker 2007: weights at tau2, expectation under the sampling variances alone."""
    w = 1.0 / (v + tau2)
    c = w.sum() - (w**2).sum() / w.sum()
    expected = (w * v).sum() - (w**2 * v).sum() / w.sum()
    return max(float((generalised_q(y, v, tau2) - expected) / c), 0.0)


@pytest.mark.parametrize(("first", "second"), [("DL", "DL2"), ("HE", "CA2")])
def test_two_step_estimators_are_one_moment_step_from_the_first(first: str, second: str) -> None:
    data = simulated(12)
    start, found = pool_batch(data, first).tau2, pool_batch(data, second).tau2
    expected = [one_moment_step(y, v, t) for y, v, t in zip(data.y, data.v, start, strict=True)]
    assert_allclose(found, expected, rtol=1e-10, atol=1e-13)
    assert 25 < np.sum(found > 0) < 50


@pytest.mark.parametrize("method", ["DL2", "CA2"])
def test_two_step_estimators_with_moderators_are_the_published_formula_in_fifty_digits(method: str) -> None:
    data = simulated(13, batch=8)
    x = np.column_stack([np.ones(data.k), np.linspace(-1.0, 2.0, data.k) ** 2])
    tau2 = pool_batch(data, method, design=x).tau2
    with mpmath.workdps(50):
        columns = mpmath.matrix(x.tolist())
        for y, v, found in zip(data.y.tolist(), data.v.tolist(), tau2, strict=True):
            one = [mpmath.mpf(1)] * data.k
            first = moment_in_fifty_digits(
                y, v, [1 / mpmath.mpf(s) for s in v] if method == "DL2" else one, columns
            )
            second = moment_in_fifty_digits(y, v, [1 / (s + first) for s in v], columns)
            assert_allclose(found, float(second), rtol=1e-11)
    assert np.sum(tau2 > 0) >= 4


def moment_in_fifty_digits(
    y: list[float], v: list[float], weights: list[mpmath.mpf], x: mpmath.matrix
) -> mpmath.mpf:
    a, effect = mpmath.diag(weights), mpmath.matrix(y)
    p = a - a * x * (x.T * a * x) ** -1 * x.T * a
    expected = mpmath.fsum(p[i, i] * v[i] for i in range(len(v)))
    return max(
        ((effect.T * p * effect)[0] - expected) / mpmath.fsum(p[i, i] for i in range(len(v))), mpmath.mpf(0)
    )


def test_iterating_sidik_jonkman_ends_at_sjit_from_any_start_without_passing_it() -> None:
    data = simulated(14, batch=30)
    for y, v, expected in zip(data.y, data.v, pool_batch(data, "SJIT").tau2, strict=True):
        for start in (1e-3, 0.2, 50.0):
            tau2, side = start, np.sign(start - expected)
            for _ in range(500):
                tau2 *= generalised_q(y, v, tau2) / (data.k - 1)
                assert side * (tau2 - expected) >= -1e-12
            if expected > 0.02:  # the nearer zero, the slower
                assert_allclose(tau2, expected, rtol=1e-10)


def test_where_iterating_dersimonian_laird_settles_it_settles_at_dlit() -> None:
    data = simulated(15, batch=60)
    settled = 0
    for y, v, expected in zip(data.y, data.v, pool_batch(data, "DLIT").tau2, strict=True):
        tau2 = one_moment_step(y, v, 0.0)
        for _ in range(300):
            tau2, before = one_moment_step(y, v, tau2), tau2
        if abs(tau2 - before) <= 1e-13 * (1.0 + tau2):
            assert_allclose(tau2, expected, rtol=1e-9, atol=1e-12)
            settled += 1
    assert settled >= 55


def test_median_unbiased_estimates_are_above_the_truth_as_often_as_below() -> None:
    rng = np.random.default_rng(16)
    v = np.exp(rng.normal(-1.5, 1.0, (1600, 6)))
    data = Effects(rng.normal(0.0, np.sqrt(v + 0.5)), v)
    for method in ("PMM", "GENQM"):
        share = np.mean(pool_batch(data, method).tau2 > 0.5)
        assert abs(share - 0.5) < 0.04  # three standard errors
    assert np.mean(pool_batch(data, "PM").tau2 > 0.5) < 0.45


@pytest.mark.parametrize("method", [m for m in ALL if m != "EE"])
def test_two_studies_and_equal_effects_have_an_answer(method: str) -> None:
    pair = pool_batch(Effects(np.array([0.0, 2.0]), np.array([0.1, 0.3])), method)
    assert np.isfinite(pair.se_tau2[0])
    assert 0.5 < pair.tau2[0] < 5.0
    for v in (np.full(5, 0.1), np.geomspace(1e-6, 1e6, 5)):
        equal = pool_batch(Effects(np.full(5, 0.7), v), method)
        assert equal.tau2[0] == 0.0
        assert_allclose(equal.beta[0, 0], 0.7, rtol=1e-12)


@pytest.mark.parametrize("method", ALL)
def test_variances_over_twelve_orders_of_magnitude_leave_every_number_defined(method: str) -> None:
    rng = np.random.default_rng(17)
    v = 10.0 ** rng.uniform(-12, 0, (200, 8))
    data = Effects(rng.normal(0.0, np.sqrt(v + 10.0 ** rng.uniform(-13, 1, (200, 1)))), v)
    result = pool_batch(data, method)
    assert np.isfinite(result.tau2).all()
    assert (result.tau2 >= 0).all()
    assert method == "EE" or np.isfinite(result.se_tau2).all()
    order = rng.permutation(8)
    moved = pool_batch(Effects(data.y[:, order], data.v[:, order]), method)
    assert_allclose(moved.tau2, result.tau2, rtol=1e-8, atol=1e-18)


@pytest.mark.parametrize("method", ALL)
def test_tau2_ignores_shift_and_order_and_follows_scale(method: str) -> None:
    data = simulated(3)
    order = np.random.default_rng(0).permutation(data.k)
    result = pool_batch(data, method)
    moved = pool_batch(Effects((7.0 * data.y + 3.0)[:, order], (49.0 * data.v)[:, order]), method)
    assert_allclose(moved.tau2, 49.0 * result.tau2, rtol=1e-9, atol=1e-11)
    assert_allclose(moved.beta, 7.0 * result.beta + 3.0, rtol=1e-10)
    assert_allclose(moved.se, 7.0 * result.se, rtol=1e-9)
    assert_allclose(moved.I2, result.I2, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("method", ALL)
def test_powers_of_two_change_no_digit(method: str) -> None:
    data = simulated(4)
    result = pool_batch(data, method)
    scaled = pool_batch(Effects(data.y * 2.0**40, data.v * 2.0**80), method)
    assert np.array_equal(scaled.tau2, result.tau2 * 2.0**80)
    assert np.array_equal(scaled.beta, result.beta * 2.0**40)


@pytest.mark.parametrize("method", ALL)
def test_a_study_with_infinite_variance_or_not_present_changes_nothing(method: str) -> None:
    data = simulated(5)
    result = pool_batch(data, method)
    y = np.insert(data.y, 3, 1e6, axis=1)
    infinite = pool_batch(Effects(y, np.insert(data.v, 3, np.inf, axis=1)), method)
    present = np.insert(np.ones_like(data.v, dtype=bool), 3, False, axis=1)
    absent = pool_batch(Effects(y, np.insert(data.v, 3, 1e-9, axis=1), present), method)
    for other in (infinite, absent):
        assert np.array_equal(other.k, result.k)
        for name in ("beta", "se", "p_value", "ci_low", "tau2", "se_tau2", "I2", "Q", "loglik_ml", "AIC"):
            assert_allclose(getattr(other, name), getattr(result, name), rtol=1e-12, atol=1e-13)
        assert np.array_equal(other.weights[:, 3], np.zeros(50))


@pytest.mark.parametrize("method", ALL)
def test_a_batch_is_its_data_sets_one_by_one(method: str) -> None:
    data = simulated(6, batch=20)
    together = pool_batch(data, method)
    for i in range(20):
        alone = pool_batch(Effects(data.y[i], data.v[i]), method)
        for name in ("beta", "se", "ci_high", "tau2", "I2", "Q_p", "prediction_low", "loglik_reml"):
            assert_allclose(getattr(alone, name)[0], getattr(together, name)[i], rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("method", ALL)
def test_leave_one_out_is_brute_force_refitting(method: str) -> None:
    data = simulated(7, batch=1)
    together = pool_batch(leave_one_out(data), method)
    for i in range(data.k):
        alone = pool_batch(Effects(np.delete(data.y[0], i), np.delete(data.v[0], i)), method)
        for name in ("beta", "se", "tau2", "Q", "prediction_high", "AIC"):
            assert_allclose(getattr(together, name)[i], getattr(alone, name)[0], rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("method", ALL)
def test_a_design_of_ones_is_pooling_without_moderators(method: str) -> None:
    data = simulated(8)
    plain, design = pool_batch(data, method), pool_batch(data, method, design=np.full((data.k, 1), 5.0))
    assert_allclose(5.0 * design.beta, plain.beta, rtol=1e-11)
    for name in ("tau2", "se_tau2", "I2", "H2", "Q", "loglik_ml", "loglik_reml", "BIC"):
        assert_allclose(getattr(design, name), getattr(plain, name), rtol=1e-10, atol=1e-13)


@pytest.mark.parametrize("method", ALL)
def test_results_do_not_depend_on_how_moderators_are_scaled(method: str) -> None:
    data = simulated(9)
    x = np.linspace(-1.0, 1.0, data.k) ** 3
    plain = pool_batch(data, method, design=np.column_stack([np.ones(data.k), x]))
    scaled = pool_batch(data, method, design=np.column_stack([np.ones(data.k), 1e9 * x + 3e9]))
    assert_allclose(1e9 * scaled.beta[:, 1], plain.beta[:, 1], rtol=1e-9, atol=1e-11)
    assert_allclose(scaled.tau2, plain.tau2, rtol=1e-8, atol=1e-12)
    assert_allclose(scaled.QM, plain.QM, rtol=1e-8)


def test_q_profile_bounds_solve_their_equation_to_rounding() -> None:
    data = simulated(10, batch=200)
    bounds = heterogeneity_intervals(data, 0.9).tau2
    upper_critical = float(chi2_quantile(np.array(data.k - 1.0), 0.05))
    lower_critical = float(chi2_quantile(np.array(data.k - 1.0), 0.95))
    solved = 0
    for y, v, low, high in zip(data.y, data.v, bounds.low, bounds.high, strict=True):
        for bound, critical in ((low, upper_critical), (high, lower_critical)):
            if bound > 0:
                assert_allclose(generalised_q(y, v, bound), critical, rtol=1e-12)
                solved += 1
            else:
                assert generalised_q(y, v, 0.0) <= critical
    assert 250 < solved < 400


def test_q_profile_of_data_too_homogeneous_is_the_point_zero() -> None:
    bounds = heterogeneity_intervals(Effects(np.full(6, 0.3), np.ones(6)))
    assert (bounds.tau2.low[0], bounds.tau2.high[0], bounds.I2.high[0], bounds.H2.high[0]) == (
        0.0,
        0.0,
        0.0,
        1.0,
    )


def test_q_root_survives_variances_over_twelve_orders_of_magnitude() -> None:
    rng = np.random.default_rng(11)
    v = 10.0 ** rng.uniform(-12, 0, (300, 12))
    y = rng.normal(0.0, np.sqrt(v + 10.0 ** rng.uniform(-13, 1, (300, 1))))
    model, units = intercept_model(Effects(y, v))
    tau2 = generalised_q_root(model, model.df) * units.scale**2
    assert np.sum(tau2 > 0) > 150
    for yi, vi, estimate in zip(y, v, tau2, strict=True):
        if estimate > 0:
            yi = yi - yi[vi.argmin()]
            assert_allclose(generalised_q(yi, vi, estimate), 11.0, rtol=1e-9)


def test_too_few_studies_leave_nothing_that_looks_like_a_number() -> None:
    present = np.tri(3, 4, k=-1, dtype=bool)
    result = pool_batch(Effects(np.arange(12.0).reshape(3, 4), np.ones((3, 4)), present))
    assert np.array_equal(result.k, [0, 1, 2])
    for name in ("tau2", "se_tau2", "I2", "H2", "prediction_low", "AIC"):
        assert np.isnan(getattr(result, name)[:2]).all()
    assert np.isnan(result.beta[0, 0])
    assert result.beta[1, 0] == 4.0
    assert np.isfinite(result.ci_low[1:, 0]).all()
    assert np.isinf(result.df[1])
