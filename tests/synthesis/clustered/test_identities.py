"""What holds of dependent effects whatever the data: identities with other models, and changes of units."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from synthesis import covariance, pool, pool_dependent
from synthesis.pooling.dependent.aggregation import aggregate
from synthesis.pooling.kernel.effects import Array

RNG = np.random.default_rng(712)
CLUSTER = np.repeat(np.arange(9), [3, 1, 2, 4, 2, 5, 1, 3, 2])
K = CLUSTER.size
VI = RNG.uniform(0.02, 0.2, K)
YI = 0.3 + RNG.normal(0, 0.4, 9)[CLUSTER] + RNG.normal(0, 0.2, K) + RNG.normal(0, np.sqrt(VI))
YEAR = np.round(RNG.uniform(1990, 2020, 9))[CLUSTER]
DOSE = RNG.uniform(0, 3, K)


def table(**changed: Any) -> pd.DataFrame:
    columns = {"yi": YI, "vi": VI, "study": [f"S{c}" for c in CLUSTER], "year": YEAR, "dose": DOSE}
    return pd.DataFrame(columns | changed)


def fitted(data: pd.DataFrame, **asked: Any) -> Any:
    return pool_dependent("yi", "vi", cluster="study", data=data, **({"rho": 0.6} | asked))


def numbers(result: Any) -> Array:
    parts = [part.value for part in result.components]
    return np.concatenate([result.estimate, result.se, result.df, result.p_value, parts])


@pytest.mark.parametrize("method", ["REML", "ML"])
def test_one_effect_a_study_is_the_pool_of_the_studies(method: str) -> None:
    data = table(study=[f"S{i}" for i in range(K)])
    found = fitted(data, method=method, test="z")
    expected = pool(YI, VI, method=method, test="z")
    pairs = [
        (found.estimate[0], expected.estimate), (found.se[0], expected.se),
        (found.components[0].value, expected.tau2), (found.components[0].I2, expected.I2),
        (found.ci_low[0], expected.ci_low), (found.p_value[0], expected.p_value),
        (found.loglik_ml, expected.loglik_ml), (found.loglik_reml, expected.loglik_reml),
        (found.AIC, expected.AIC), (found.BIC, expected.BIC), (found.AICc, expected.AICc),
        (found.Q.Q, expected.Q), (found.Q.p_value, expected.Q_p),
    ]  # fmt: skip
    assert_allclose([ours for ours, _ in pairs], [theirs for _, theirs in pairs], rtol=1e-8)
    assert len(found.components) == 1
    assert any("pooled as independent have the same summary" in note for note in found.notes)


def test_cr2_of_single_effects_is_hc2_with_the_df_of_bell_and_mccaffrey() -> None:
    data = table(study=[f"S{i}" for i in range(K)])
    found = fitted(data, method="EE", mods="~ dose")
    w, x = np.diag(1 / VI), np.column_stack([np.ones(K), DOSE])
    c = np.linalg.inv(x.T @ w @ x)
    hat = x @ c @ x.T @ w
    residual = YI - hat @ YI
    # a weighted regression's leverage in units of standard errors, h_ii = w_i x_i'C x_i
    adjust = 1 / np.sqrt(1 - np.diag(hat))
    meat = (c @ x.T @ w) * (adjust * residual)
    assert_allclose(found.covariance, meat @ meat.T, rtol=1e-10)
    df = []
    for row in c @ x.T @ w:
        g = (row * adjust)[:, None] * (np.eye(K) - hat)
        values = np.linalg.eigvals(g @ np.diag(VI) @ g.T).real
        df.append(values.sum() ** 2 / (values**2).sum())
    assert_allclose(found.df, df, rtol=1e-10)


def test_correlated_and_hierarchical_effects_without_correlation_are_hierarchical_effects() -> None:
    data = table(row=np.arange(K))
    one, two = fitted(data, rho=0.0), fitted(data, rho=None, model="HE")
    three = fitted(data, rho=None, model="~ 1 | study/row")
    assert_allclose(numbers(one), numbers(two), rtol=1e-9)
    assert_allclose(numbers(one), numbers(three), rtol=1e-9)


@pytest.mark.parametrize("method", ["REML", "ML"])
def test_correlated_effects_are_the_pool_of_the_studies_generalised_means(method: str) -> None:
    v = np.asarray(covariance(VI, cluster=CLUSTER, rho=0.6))
    means = [
        aggregate(YI[rows], v[np.ix_(rows, rows)], "s")
        for rows in (np.flatnonzero(c == CLUSTER) for c in range(9))
    ]
    expected = pool([float(m.yi) for m in means], [float(m.vi) for m in means], method=method, test="z")
    found = fitted(table(), model="CE", method=method, test="z")
    assert found.estimate[0] == pytest.approx(expected.estimate, rel=1e-9)
    assert found.se[0] == pytest.approx(expected.se, rel=1e-9)
    assert found.components[0].value == pytest.approx(expected.tau2, rel=1e-8)


def test_two_halves_of_one_estimate_that_are_almost_the_same_change_nothing() -> None:
    whole = fitted(table(), model="CE", test="CR0")  # CR2 adjusts otherwise in another basis of a cluster
    rows = np.r_[np.arange(K), 0]
    v = np.asarray(covariance(VI, cluster=CLUSTER, rho=0.6))[np.ix_(rows, rows)].copy()
    v[K, 0] = v[0, K] = VI[0] * (1 - 1e-9)
    halves = pool_dependent(YI[rows], v, cluster=CLUSTER[rows], model="CE", test="CR0")
    assert_allclose(numbers(halves), numbers(whole), rtol=1e-6)


def test_the_order_of_rows_and_the_names_of_clusters_change_nothing() -> None:
    order = np.random.default_rng(3).permutation(K)
    renamed = table(study=[f"{99 - c} et al." for c in CLUSTER]).iloc[order].reset_index(drop=True)
    asked: dict[str, Any] = {"mods": "~ dose + year"}
    assert_allclose(numbers(fitted(renamed, **asked)), numbers(fitted(table(), **asked)), rtol=1e-8)


@pytest.mark.parametrize("c", [1e-6, 1e-3, 1e4, -7.0])
def test_other_units_of_the_effects_scale_what_has_units(c: float) -> None:
    one, other = fitted(table(), mods="~ dose"), fitted(table(yi=c * YI, vi=c * c * VI), mods="~ dose")
    assert_allclose(other.estimate, c * one.estimate, rtol=1e-8)
    assert_allclose(other.se, abs(c) * one.se, rtol=1e-8)
    assert_allclose(np.r_[other.df, other.p_value], np.r_[one.df, one.p_value], rtol=1e-8)
    assert_allclose([p.value for p in other.components], [c * c * p.value for p in one.components], rtol=1e-8)


def test_a_shift_of_the_effects_moves_the_summary_alone() -> None:
    one, other = fitted(table()), fitted(table(yi=YI + 5.0))
    assert other.estimate[0] - one.estimate[0] == pytest.approx(5.0, rel=1e-12)
    assert other.se[0] == pytest.approx(one.se[0], rel=1e-8)


def test_a_year_counted_from_elsewhere_moves_the_intercept_alone() -> None:
    one, other = fitted(table(year=YEAR - 2000), mods="~ year"), fitted(table(), mods="~ year")
    for name in ("estimate", "se", "df", "p_value"):
        assert getattr(other, name)[1] == pytest.approx(getattr(one, name)[1], rel=1e-7), name
    assert other.loglik_reml == pytest.approx(one.loglik_reml, abs=1e-8)
    assert [p.value for p in other.components] == pytest.approx([p.value for p in one.components], rel=1e-6)


def test_the_curve_over_rho_is_one_fit_after_another() -> None:
    curve = fitted(table()).rho_curve()
    assert curve.rho.tolist() == [round(0.05 * n, 2) for n in range(20)]
    for i in (0, 7, 19):
        one = fitted(table(), rho=float(curve.rho[i]))
        assert_allclose(curve.estimate[i], one.estimate, rtol=1e-8)
        assert_allclose(curve.se[i], one.se, rtol=1e-8)
        assert_allclose(curve.df[i], one.df, rtol=1e-8)
        assert_allclose([curve.ci_low[i], curve.ci_high[i]], [one.ci_low, one.ci_high], rtol=1e-8)
    other = fitted(table(), rho=0.0).rho_curve()
    assert_allclose(other.estimate, curve.estimate, rtol=1e-8)


def test_leaving_out_a_cluster_or_an_estimate_is_the_fit_without_it() -> None:
    result = fitted(table())
    clusters, estimates = result.leave_out(), result.leave_out("estimate")
    assert clusters.left == tuple(f"S{c}" for c in range(9))
    assert len(estimates.left) == K
    for found, rows in ((clusters, CLUSTER != 3), (estimates, np.arange(K) != 3)):
        less = fitted(table()[rows])
        ours = [found.estimate[3, 0], found.se[3, 0], found.df[3, 0], found.p_value[3, 0], found.ci_low[3, 0]]
        theirs = [less.estimate[0], less.se[0], less.df[0], less.p_value[0], less.ci_low[0]]
        assert_allclose(ours, theirs, rtol=1e-8)
        change = (result.estimate[0] - less.estimate[0]) / less.se[0]
        assert found.change[3, 0] == pytest.approx(change, rel=1e-6)
        cook = (result.estimate[0] - less.estimate[0]) ** 2 / result.covariance[0, 0]
        assert found.cook[3] == pytest.approx(cook, rel=1e-6)


def test_a_random_term_is_tested_against_the_model_without_it() -> None:
    whole = fitted(table())
    tests = whole.term_tests()
    without = [fitted(table(row=np.arange(K)), model="~ 1 | row"), fitted(table(), model="CE")]
    expected = [2 * (whole.loglik_reml - less.loglik_reml) for less in without]
    assert_allclose(tests.statistic, expected, rtol=1e-8)
    assert tests.df.tolist() == [1.0, 1.0]


def test_the_egger_type_test_is_the_model_with_standard_errors_as_a_moderator() -> None:
    found = fitted(table()).egger()
    more = fitted(table(sei=np.sqrt(VI)), mods="~ sei")
    ours = [found.slope, found.se, found.df, found.p_value, found.limit, found.limit_low]
    theirs = [more.estimate[1], more.se[1], more.df[1], more.p_value[1], more.estimate[0], more.ci_low[0]]
    assert_allclose(ours, theirs, rtol=1e-8)


def test_robust_variance_is_wald_tested_coefficient_by_coefficient_as_its_t() -> None:
    found = fitted(table(), mods="~ dose + year")
    for j, name in enumerate(found.names):
        one = found.joint_test([name])
        assert one.statistic == pytest.approx(found.statistic[j] ** 2, rel=1e-8)
        assert one.p_value == pytest.approx(found.p_value[j], rel=1e-8)
