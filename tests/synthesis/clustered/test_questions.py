"""Questions to dependent effects: intervals of variances, the curve over rho, predictions, their words."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from scipy.stats import chi2, norm
from scipy.stats import t as student

from synthesis import pool_dependent
from synthesis.clustered.dependent_words import notes
from synthesis.clustered.fitted_model import fit_at

RNG = np.random.default_rng(2027)
CLUSTER = np.repeat(np.arange(12), [3, 1, 2, 4, 2, 3, 1, 3, 2, 1, 2, 3])
K = CLUSTER.size
DATA = pd.DataFrame(
    {
        "yi": 0.2 + RNG.normal(0, 0.5, 12)[CLUSTER] + RNG.normal(0, 0.2, K),
        "vi": RNG.uniform(0.02, 0.1, K),
        "study": [f"S{c}" for c in CLUSTER],
        "dose": RNG.uniform(0, 3, K),
        "site": np.where(np.arange(K) % 2, "hip", "neck"),
    }
)


def fitted(**asked: Any) -> Any:
    chosen: dict[str, Any] = {"data": DATA, "rho": 0.6} | asked
    return pool_dependent("yi", "vi", cluster="study", **chosen)


@pytest.mark.parametrize("level", [0.8, 0.95])
def test_a_variance_ends_where_the_likelihood_has_fallen_by_half_of_chi_square(level: float) -> None:
    result = fitted(model="CE")
    found = result.component_intervals(level)
    for end in (found.low[0], found.high[0]):
        there = fit_at(result.machinery.model, np.array([np.sqrt(end)]))
        assert result.loglik_reml - there.loglik(True) == pytest.approx(chi2.ppf(level, 1) / 2, abs=1e-8)
    assert found.low[0] < found.estimate[0] < found.high[0]
    assert not found.low_is_bound[0]
    assert (found.names, found.of, found.level) == (("sigma2",), ("clusters",), level)
    text = str(found).splitlines()
    assert text[0] == "Variances and correlations, profile likelihood"
    assert f"{100 * level:g}% CI" in text[1]
    assert result.component_intervals().level == 0.95


def test_a_variance_of_zero_is_bounded_by_zero() -> None:
    flat = DATA.assign(yi=0.3 + 0.01 * np.arange(K))
    found = pool_dependent("yi", "vi", cluster="study", data=flat, rho=0.6, model="CE")
    ends = found.component_intervals()
    assert (found.components[0].value, ends.low[0], bool(ends.low_is_bound[0])) == (0.0, 0.0, True)
    assert found.components[0].at_its_edge
    assert "At the edge of what is possible: sigma2 of clusters is 0." in found.notes
    assert ends.to_frame().columns.tolist() == [
        "name",
        "of",
        "estimate",
        "low",
        "high",
        "low_is_bound",
        "high_is_bound",
    ]


def test_the_curve_says_whether_the_conclusion_depends_on_rho() -> None:
    curve = fitted().rho_curve()
    outside = (curve.ci_low[:, 0] > 0) | (curve.ci_high[:, 0] < 0)
    assert curve.changes == (bool(outside.any() and not outside.all()),)
    low, high = curve.estimate.min(), curve.estimate.max()
    assert curve.sentence.startswith(
        f"Over rho from 0 to 0.95 the summary lies between {low:.4g} and {high:.4g}, and "
    )
    assert (
        curve.sentence.endswith("and no rho changes whether its interval excludes no effect.")
        != curve.changes[0]
    )
    assert str(curve).splitlines()[0] == "The model over correlations of the errors (assumed: 0.6)"
    frame = fitted(mods="~ dose").rho_curve().to_frame()
    assert frame.shape == (40, 8)
    assert frame["name"].tolist() == ["Intercept"] * 20 + ["dose"] * 20


def test_a_conclusion_that_turns_with_rho_is_told() -> None:
    # a shift moves every interval alike: one that puts zero between the smallest and the largest lower end
    curve = fitted().rho_curve()
    moved = DATA.assign(yi=DATA.yi - 0.5 * (curve.ci_low.min() + curve.ci_low.max()))
    found = pool_dependent("yi", "vi", cluster="study", data=moved, rho=0.6).rho_curve()
    assert found.changes == (True,)
    assert found.sentence.endswith("and whether its interval excludes no effect depends on rho.")


@pytest.mark.parametrize(("test", "level"), [("CR2", 0.95), ("t", 0.9), ("z", 0.95)])
def test_statistics_intervals_and_prediction_follow_from_estimate_and_df(test: str, level: float) -> None:
    found = fitted(test=test, level=level)
    point = norm.ppf(0.5 + level / 2) if test == "z" else student.ppf(0.5 + level / 2, found.df[0])
    assert found.statistic[0] == pytest.approx(found.estimate[0] / found.se[0], rel=1e-12)
    assert found.ci_high[0] - found.ci_low[0] == pytest.approx(2 * point * found.se[0], rel=1e-8)
    total = sum(part.value for part in found.components)
    half = point * np.sqrt(found.se[0] ** 2 + total)
    assert found.prediction_high - found.prediction_low == pytest.approx(2 * half, rel=1e-8)
    if test == "t":
        assert found.df.tolist() == [11.0]
    if test != "CR2":
        assert_allclose(found.se, found.model_se, rtol=1e-12)
    assert found.weights.sum() == pytest.approx(100.0)
    assert found.weights @ DATA.yi / 100 == pytest.approx(found.estimate[0], rel=1e-10)


def test_shares_of_variance_add_up_with_the_typical_sampling_error() -> None:
    found = fitted()
    v = found.machinery.model.v.toarray()
    w, one = np.linalg.inv(v), np.ones(K)
    p = w - np.outer(w @ one, w @ one) / w.sum()
    typical = (K - 1) / np.trace(p)
    total = sum(part.value for part in found.components)
    for part in found.components:
        assert_allclose(part.I2, 100 * part.value / (total + typical), rtol=1e-9)
    assert_allclose(found.Q.Q, DATA.yi @ p @ DATA.yi, rtol=1e-10)
    assert (found.Q.df, found.Q.p_value) == (K - 1, pytest.approx(chi2.sf(found.Q.Q, K - 1), rel=1e-8))


def test_containment_counts_what_knows_a_coefficient() -> None:
    # dose varies within studies, so that estimates know it; the mean is known by the twelve studies
    data = DATA.assign(year=np.arange(12)[CLUSTER] * 1.0)
    found = pool_dependent("yi", "vi", cluster="study", data=data, rho=0.6, mods="~ dose + year", test="t")
    assert dict(zip(found.names, found.df.tolist(), strict=True)) == {
        "Intercept": 9.0,
        "dose": K - 3.0,
        "year": 9.0,
    }
    assert str(found.joint_test(["dose", "year"])).startswith("F(2, 9) = ")
    named = pool_dependent(
        "yi", "vi", cluster="study", data=data[:8], rho=0.6, mods="~ year + dose", test="t"
    )
    assert np.isnan(named.df[0]) or named.df[0] == 1.0


def test_predictions_and_contrasts_are_linear_combinations() -> None:
    found = fitted(mods="~ dose")
    at = found.predict(pd.DataFrame({"dose": [1.0, 9.0]}))
    rows = np.array([[1.0, 1.0], [1.0, 9.0]])
    assert_allclose(at.estimate, rows @ found.estimate, rtol=1e-12)
    assert_allclose(at.se, np.sqrt(np.einsum("mp,pq,mq->m", rows, found.covariance, rows)), rtol=1e-10)
    total = sum(part.value for part in found.components)
    half = student.ppf(0.975, at.df) * np.sqrt(at.se**2 + total)
    assert_allclose(at.prediction_high - at.estimate, half, rtol=1e-8)
    assert any("row 2" in note and "row 1" not in note for note in at.notes)
    assert len(found.predict().estimate) == K
    doubled = found.predict(pd.DataFrame({"dose": [1.0]}), transform=np.exp)
    assert doubled.estimate[0] == pytest.approx(np.exp(at.estimate[0]))
    one = found.joint_test("dose")
    assert one.p_value == pytest.approx(found.p_value[1], rel=1e-8)


@pytest.mark.parametrize("test", ["CR2", "t", "z"])
def test_a_prediction_is_the_intercept_of_doses_counted_from_it(test: str) -> None:
    at = fitted(mods="~ dose", test=test).predict(pd.DataFrame({"dose": [1.5]}))
    moved = fitted(mods="~ moved", test=test, data=DATA.assign(moved=DATA["dose"] - 1.5))
    for name in ("estimate", "se", "ci_low", "ci_high"):
        assert getattr(at, name)[0] == pytest.approx(getattr(moved, name)[0], rel=1e-8)
    if test == "CR2":
        assert 1.0 < at.df[0] == pytest.approx(moved.df[0], rel=1e-8)


def test_random_effects_are_shrunken_distances_from_the_mean() -> None:
    found = fitted(model="CE", test="z")
    blup = found.blup()
    tau2 = found.components[0].value
    v = found.machinery.model.v.toarray()
    w = np.linalg.inv(v + tau2 * (CLUSTER[:, None] == CLUSTER[None, :]))
    z = np.eye(12)[CLUSTER]
    u = tau2 * z.T @ w @ (DATA.yi.to_numpy() - found.estimate[0])
    p = w - np.outer(w.sum(1), w.sum(1)) / w.sum()
    variance = tau2 - np.diag(tau2**2 * z.T @ p @ z)
    assert blup.group == tuple(f"S{c}" for c in range(12))
    assert_allclose(blup.effect, u, rtol=1e-8)
    assert_allclose(blup.se, np.sqrt(variance), rtol=1e-8)
    assert_allclose(blup.high - blup.effect, norm.ppf(0.975) * blup.se, rtol=1e-8)
    assert str(blup).splitlines()[0] == "Random effects, predicted"
    nested = fitted().blup()
    assert len(nested.effect) == 12 + K
    by_site = fitted(model="CMVE", outcome="site").blup(level=0.9)
    assert by_site.group[0] == "S0, neck"
    assert by_site.level == 0.9


def test_words_of_the_questions() -> None:
    found = fitted()
    wild = found.wild_test(draws=99)
    assert str(wild).startswith("Cluster wild bootstrap of Intercept: CR2 Wald statistic ")
    assert "99 random sign vectors" in str(wild)
    assert wild.p_value == found.wild_test(draws=99, seed=0).p_value
    exact = found.wild_test(draws=4000, kind="CR0")
    assert (exact.draws, exact.exact, exact.kind) == (2**11, True, "CR0")
    assert "all 2048 sign vectors" in str(exact)
    assert str(found.egger()).startswith("Egger-type test, CR2: slope ")
    assert "half of chi-square's tail for a single variance" in found.term_tests().sentence
    several = fitted(model="CMVE", outcome="site").term_tests()
    assert several.df.tolist() == [3.0]
    assert "of several parameters the whole tail" in several.sentence
    out = found.leave_out()
    assert str(out).splitlines()[0] == "Without each cluster"
    assert out.to_frame().shape[0] == 12
    verdict = str(out).splitlines()[-1]
    assert ("No cluster decides alone" in verdict) != bool(out.decisive)
    assert "Without each estimate" in str(found.leave_out("estimate"))


def test_a_cluster_that_decides_is_named() -> None:
    data = pd.DataFrame(
        {"yi": [0.5, 0.6, 0.5, 0.6, 0.55, 0.5, 0.62, 0.58, -1.2], "vi": 0.01, "study": list("AABBCDEFG")}
    )
    out = pool_dependent("yi", "vi", cluster="study", data=data, rho=0.5).leave_out()
    assert out.decisive == ("G",)
    assert str(out).splitlines()[-1].strip() == "Whether an interval excludes zero turns without G."


def test_a_single_variance_that_is_zero_is_not_needed_at_all() -> None:
    flat = DATA.assign(yi=0.3 + 0.01 * np.arange(K))
    tests = pool_dependent("yi", "vi", cluster="study", data=flat, rho=0.6).term_tests()
    assert tests.statistic.tolist() == [0.0, 0.0]
    assert tests.p_value.tolist() == [1.0, 1.0]
    one = fitted(model="CE").term_tests()
    assert one.p_value[0] == pytest.approx(0.5 * chi2.sf(one.statistic[0], 1), rel=1e-10)
    two = fitted(model="CMVE", outcome="site").term_tests()
    assert two.p_value[0] == pytest.approx(chi2.sf(two.statistic[0], 3), rel=1e-10)


def test_a_variance_that_gains_little_has_half_of_the_tail_and_one_that_gains_nothing_all() -> None:
    little = DATA.assign(yi=0.3 + 0.6 * (DATA.yi - 0.3))
    tests = pool_dependent("yi", "vi", cluster="study", data=little, rho=0.6).term_tests()
    assert 0.5 < tests.statistic[0] < 1.0
    assert tests.p_value[0] == pytest.approx(0.5 * chi2.sf(tests.statistic[0], 1), rel=1e-10)
    assert (tests.statistic[1], tests.p_value[1]) == (0.0, 1.0), "1e-14 from rounding is nothing"


def test_correlations_by_pair_of_outcomes_and_within_outcomes() -> None:
    by_pair: dict[str, Any] = {
        "outcome": "site",
        "rho": {("hip", "neck"): 0.6, ("hip", "hip"): 0.6, ("neck", "neck"): 0.6},
    }
    one, other = fitted(outcome="site"), fitted(**by_pair)
    assert_allclose(other.estimate, one.estimate, rtol=1e-10)
    assert (one.rho, other.rho) == (0.6, None)
    with pytest.raises(
        ValueError, match="by pair of outcomes: there is no one correlation of errors to vary"
    ):
        other.rho_curve()
    apart = fitted(model="SCE", outcome="site").machinery.model.v.toarray()
    se, site = np.sqrt(DATA.vi.to_numpy()), DATA.site.to_numpy()
    same = (CLUSTER[:, None] == CLUSTER[None, :]) & (site[:, None] == site[None, :])
    assert_allclose(apart, np.outer(se, se) * same * (0.6 + 0.4 * np.eye(K)), rtol=1e-12)


def test_a_matrix_of_whole_numbers_and_explicit_zeros_is_a_covariance() -> None:
    v = 2 * np.eye(6, dtype=int)
    v[0, 1] = v[1, 0] = 1
    found = pool_dependent([1, 2, 3, 2, 1, 2], v, cluster=list("AABBCD"))
    assert found.vi.tolist() == [2.0] * 6
    assert found.errors == "errors correlated as given"
    assert found.terms == {"Intercept": (0,)}
    assert found.joint_test("Intercept").p_value == pytest.approx(found.p_value[0], rel=1e-13)
    framed = pool_dependent([1, 2, 3, 2, 1, 2], pd.DataFrame(v), cluster=list("AABBCD"))
    assert_allclose(np.r_[framed.estimate, framed.se], np.r_[found.estimate, found.se], rtol=1e-12)


def test_estimates_of_several_columns_stand_in_the_table() -> None:
    found = fitted(mods="~ dose + site")
    lines = str(found).splitlines()
    assert lines[0] == f"{K} estimates in 12 clusters, model CHE"
    assert [line.split()[0] for line in lines[2:5]] == list(found.names)
    frame = found.to_frame()
    assert frame.columns.tolist() == [
        "name",
        "df",
        "estimate",
        "se",
        "statistic",
        "p_value",
        "ci_low",
        "ci_high",
        "model_se",
    ]
    assert_allclose(frame["ci_low"], found.ci_low)
    assert np.isnan(found.weights).all()
    assert np.isnan(found.prediction_low)
    assert "moderators" in str(found)
    assert found.QM.p_value == pytest.approx(found.joint_test(["dose", found.names[2]]).p_value, rel=1e-10)


def test_one_coefficient_is_a_summary_when_it_is_the_mean() -> None:
    assert str(fitted()).splitlines()[2].split()[0] == "summary"
    slope = fitted(mods="~ 0 + dose")
    assert slope.names == ("dose",)
    assert str(slope).splitlines()[2].split()[0] == "dose"


def test_coefficients_with_few_degrees_of_freedom_are_named() -> None:
    data = DATA.assign(rare=(CLUSTER == 3).astype(float) + (CLUSTER == 5))
    found = pool_dependent("yi", "vi", cluster="study", data=data, rho=0.6, mods="~ rare + dose")
    few = [name for name, df in zip(found.names, found.df, strict=True) if df < 4]
    assert "rare" in few
    assert "dose" not in few
    note = next(note for note in found.notes if note.startswith("Only "))
    assert f"degrees of freedom of {', '.join(few)}: 12 clusters say little" in note


@pytest.mark.parametrize(
    ("df", "said"), [(1.942, "1.9"), (3.9999, "3.9"), (2.0, "2"), (2.0 - 1e-12, "2"), (0.87, "0.8")]
)
def test_few_degrees_of_freedom_have_one_decimal_and_are_never_rounded_up(df: float, said: str) -> None:
    found = replace(fitted(), df=np.array([df]))
    (note,) = [note for note in notes(found, 0, {}, []) if note.startswith("Only ")]
    assert note.startswith(f"Only {said} degrees of freedom: ")


def test_one_degree_is_no_degrees() -> None:
    (note,) = [note for note in notes(replace(fitted(), df=np.array([1.0])), 0, {}, []) if "Only" in note]
    assert note.startswith("Only 1 degree of freedom: ")


@pytest.mark.parametrize(("test", "told"), [("CR2", True), ("CR0", True), ("t", False), ("z", False)])
def test_effects_that_all_agree_leave_robust_standard_errors_nothing_to_go_by(test: str, told: bool) -> None:
    says = "The model meets every effect exactly, so that cluster-robust standard errors are zero"
    for yi in (np.full(K, 0.2), np.zeros(K), 1.0 + 0.5 * DATA.dose.to_numpy()):
        mods = "~ dose" if np.ptp(yi) else None
        data = DATA.assign(yi=yi)
        found = pool_dependent("yi", "vi", cluster="study", data=data, rho=0.6, test=test, mods=mods)
        assert any(note.startswith(says) for note in found.notes) == told
    assert not any(note.startswith(says) for note in fitted(test=test).notes)
    far = DATA.assign(vi=1e100 * DATA.vi)
    found = pool_dependent("yi", "vi", cluster="study", data=far, rho=0.6, test=test)
    assert not any(note.startswith(says) for note in found.notes)


def test_a_new_estimate_is_predicted_of_one_coefficient_alone() -> None:
    ends = [
        (found.prediction_low, found.prediction_high)
        for found in (fitted(), fitted(mods="~ dose"), fitted(mods="~ dose + site"), fitted(method="EE"))
    ]
    assert [bool(np.isnan(pair).all()) for pair in ends] == [False, True, True, True]


def test_a_table_that_is_a_mapping_of_columns_has_labels_of_its_own_kinds() -> None:
    mapping = {name: DATA[name].tolist() for name in ("yi", "vi", "study")} | {"row": [*range(K - 1), "last"]}
    found = pool_dependent("yi", "vi", cluster="study", data=mapping, model="~ 1 | study/row", rho=0.6)
    assert found.estimate == pytest.approx(fitted().estimate, rel=1e-9)


def test_moments_predict_with_both_variances() -> None:
    found = pool_dependent("yi", "vi", cluster="study", data=DATA, model="HE", method="HTJ")
    total = sum(part.value for part in found.components)
    half = student.ppf(0.975, found.df[0]) * np.sqrt(found.se[0] ** 2 + total)
    assert len(found.components) == 2
    assert found.prediction_high - found.estimate[0] == pytest.approx(half, rel=1e-9)
    assert np.isnan([found.loglik_ml, found.loglik_reml, found.AIC]).all()


def test_the_curve_of_moments_is_the_result_at_every_correlation() -> None:
    rng = np.random.default_rng(5)
    cluster = np.repeat(np.arange(8), 3)
    yi, vi = rng.normal(0.3, 0.4, 24), rng.uniform(0.02, 0.2, 24)

    def at(rho: float) -> Any:
        return pool_dependent(yi, vi, cluster=cluster, model="CE", method="HTJ", rho=rho)

    curve = at(0.6).rho_curve()
    assert curve.rho.tolist() == [n / 20 for n in range(20)]
    for row in (0, 7, 19):
        found = at(float(curve.rho[row]))
        assert curve.estimate[row, 0] == pytest.approx(found.estimate[0], abs=1e-14)
        assert curve.se[row, 0] == pytest.approx(found.se[0], abs=1e-14)
    assert np.ptp(curve.se[:, 0]) > 1e-6
