"""A review's dependent effects under one model: the numbers of `pool_dependent` on arrays built by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from evidence.records.effects_model import MODEL_NAMES, MODEL_TEST_NAMES
from evidence.records.review import SHIPPED, LoadedReview, Method, load_review
from synthesis import pool_dependent
from synthesis.clustered.robust_inference import TESTS_OF_CLUSTERS
from synthesis.pooled import pool
from synthesis.pooling.dependent.aggregation import aggregate
from synthesis.pooling.dependent.working_models import WORKING_MODELS
from synthesis.review.analysis import analyse
from synthesis.review.analysis_result import AnalysisResult, GroupResult
from synthesis.review.modelled import ModelSummary
from tests.evidence.selection.test_dependence import with_arms
from tests.synthesis.review.made import record, review
from tests.synthesis.review.sites import EFFECTS, MODEL, analysed, both_sites, of_sexes, row

NUMBERS = ("estimate", "se", "df", "p_value", "ci_low", "ci_high")
FLAT = [(study, *effect) for study, *effects in EFFECTS for effect in effects]
"""Study, site, estimate and standard error of every effect of `both_sites`."""


def only(result: AnalysisResult) -> ModelSummary:
    (group,) = result.groups
    return summary(group)


def summary(group: GroupResult) -> ModelSummary:
    assert group.model is not None
    assert group.model.summary is not None
    return group.model.summary


def by_hand(rho: float, **choices: Any) -> Any:
    clusters, _, yi, sei = zip(*FLAT, strict=True)
    return pool_dependent(yi=yi, sei=sei, cluster=clusters, rho=rho, **choices)


def same(found: ModelSummary, expected: Any) -> int:
    for name in NUMBERS:
        assert_allclose(getattr(found, name), getattr(expected, name)[0], rtol=1e-8, err_msg=name)
    assert_allclose(
        [found.prediction_low, found.prediction_high],
        [expected.prediction_low, expected.prediction_high],
        rtol=1e-8,
    )
    assert_allclose(found.fit.loglik_reml, expected.loglik_reml, rtol=1e-10)
    return len(NUMBERS) + 3


def test_the_words_of_a_review_are_those_of_the_engine() -> None:
    assert list(MODEL_NAMES) == list(WORKING_MODELS)
    assert set(MODEL_TEST_NAMES) == set(TESTS_OF_CLUSTERS)
    for name, errors in MODEL_NAMES.items():
        engine = WORKING_MODELS[name]
        assert (errors.correlated, errors.by_outcome) == (engine.correlated, engine.by_outcome)


@pytest.mark.parametrize("rho", [0.0, 0.6, 0.9])
@pytest.mark.parametrize("test", ["CR2", "CR1", "t", "z"])
def test_the_summary_is_that_of_arrays_built_by_hand(rho: float, test: str, tmp_path: Path) -> None:
    loaded = both_sites(tmp_path, f"model: {{name: CHE, rho: {rho}, test: {test}}}")
    assert same(only(analysed(loaded)), by_hand(rho, test=test)) == 9


@pytest.mark.parametrize("name", ["CE", "CMVE"])
def test_other_models_are_those_of_the_engine(name: str, tmp_path: Path) -> None:
    loaded = both_sites(tmp_path, f"model: {{name: {name}, rho: 0.5}}")
    sites = [site for _, site, _, _ in FLAT]
    expected = by_hand(0.5, model=name, outcome=sites if name == "CMVE" else None)
    found = only(analysed(loaded))
    assert_allclose(found.estimate, expected.estimate[0], rtol=1e-7)
    assert found.fit.model == name


def test_a_model_with_independent_errors_needs_no_rho(tmp_path: Path) -> None:
    clusters, _, yi, sei = zip(*FLAT, strict=True)
    expected = pool_dependent(yi=yi, sei=sei, cluster=clusters, model="HE")
    assert same(only(analysed(both_sites(tmp_path, "model: HE"))), expected) == 9


def test_one_effect_a_study_has_the_mean_and_tau2_of_the_plain_analysis(tmp_path: Path) -> None:
    loaded = both_sites(tmp_path, MODEL)
    first = [next(each for each in FLAT if each[0] == study) for study, *_ in EFFECTS]
    records = {each[0]: record(each[0], [row("x", each[2], each[3])]) for each in first}
    one = review(tmp_path / "one", records, more=MODEL)
    found = only(analysed(one))
    expected = pool(yi=[each[2] for each in first], sei=[each[3] for each in first])
    assert_allclose([found.estimate, found.tau2], [expected.estimate, expected.tau2], rtol=1e-7)
    assert "nothing here is dependent" in " ".join(found.fit.notes)
    assert only(analysed(loaded)).clusters == found.clusters == 5


def test_rows_of_a_cluster_stand_together_with_their_generalised_mean_and_their_weights(
    tmp_path: Path,
) -> None:
    result = analysed(both_sites(tmp_path))
    (group,) = result.groups
    assert [unit.name for unit in group.units] == [f"{study}/{site}" for study, site, _, _ in FLAT]
    block = np.array([[0.006**2, 0.6 * 0.006 * 0.008], [0.6 * 0.006 * 0.008, 0.008**2]])
    expected = aggregate(np.array([0.020, 0.011]), block, "a")
    assert_allclose([group.means[0].yi, group.means[0].sei ** 2], [expected.yi, expected.vi], rtol=1e-12)
    assert_allclose(result.weights_of(group), by_hand(0.6).weights, rtol=1e-8)


def test_the_curve_over_rho_has_the_fit_at_every_rho(tmp_path: Path) -> None:
    (group,) = analysed(both_sites(tmp_path)).groups
    assert group.model is not None
    curve = group.model.curve
    assert curve is not None
    compared = 0
    for at, rho in enumerate(curve.rho):
        expected = by_hand(float(rho))
        for name in ("estimate", "se", "df", "ci_low", "ci_high"):
            assert_allclose(getattr(curve, name)[at], getattr(expected, name), rtol=1e-5)
            compared += 1
    assert compared == 100


def test_the_curve_starts_from_a_rho_of_zero_without_random_effects_too(tmp_path: Path) -> None:
    loaded = both_sites(tmp_path, "model: {name: CHE, rho: 0}")
    result = analyse(loaded, loaded.review.analyses[0], Method(estimator="EE", test="z"))
    assert result.groups[0].model is not None
    curve = result.groups[0].model.curve
    assert curve is not None
    assert_allclose(curve.estimate[12], by_hand(0.6, method="EE").estimate, rtol=1e-8)


def test_a_rho_that_no_study_can_have_is_refused_with_the_study(tmp_path: Path) -> None:
    rows = [row("hip", 0.01, 0.004, "hip", n=100), row("spine", 0.02, 0.005, "spine", n=100)]
    wrist = row("wrist", 0.02, 0.005, "wrist", n=100)
    text = record("a", [*rows, wrist]).replace(
        "  spine: {name", "  wrist: {name: BMD, site: wrist, unit: g/cm2}\n  spine: {name"
    )
    model = "model: {name: CHE, rho: {others: -0.6}}"
    loaded = review(tmp_path, {"a": text, "b": record("b", rows)}, more=model, sites="hip, spine, wrist")
    with pytest.raises(ValueError, match="A: the covariance of its 3 effects is not positive definite"):
        analysed(loaded)


def test_moderators_are_tested_in_one_model(tmp_path: Path) -> None:
    result = analysed(of_sexes(tmp_path, f"stratum: {{sex: each}}\n    {MODEL}\n    moderators: [site, sex]"))
    assert result.moderated is not None
    assert result.moderated.notes == ()
    (group,) = result.groups
    rows = [each.candidate for each in group.chosen]
    assert group.model is not None
    expected = pool_dependent(
        yi=[each.effect.yi for each in group.chosen],
        vi=group.model.covariance.toarray(),
        cluster=[each.record.study for each in rows],
        data={"site": [each.site for each in rows], "sex": [each.stratum.sex for each in rows]},
        mods="~ site + sex",
    )
    assert [each.name for each in result.moderated.tests] == ["site", "sex"]
    for each in result.moderated.tests:
        other = expected.joint_test(each.name)
        assert_allclose(
            [each.test.statistic, each.test.df2, each.test.p_value],
            [other.statistic, other.df2, other.p_value],
            rtol=1e-8,
        )
    site, sex = result.moderated.tests
    assert (site.levels, sex.levels) == (("hip", "spine"), ("men", "women"))
    assert site.difference is not None
    assert sex.difference is not None
    assert site.difference[0] == pytest.approx(expected.estimate[1], rel=1e-8)
    assert sex.difference[0] == pytest.approx(expected.estimate[2], rel=1e-8)
    assert sex.difference[1] < sex.difference[0] < sex.difference[2]


@pytest.mark.parametrize("first", ["blinded", "unblinded"])
def test_the_difference_of_two_levels_is_of_the_second_also_where_one_name_is_in_the_other(
    first: str, tmp_path: Path
) -> None:
    """Estimates about 0.01 and 0.03, all as precise: their difference has the sign that its words give it."""
    about = {"blinded": 0.01, "unblinded": 0.03}
    records = {}
    for at, study in enumerate("abcdef"):
        name = first if at % 2 == 0 else (about.keys() - {first}).pop()
        estimate = about[name] + 0.001 * (at // 2 - 1)
        text = record(study, [row(site, estimate, 0.005, site) for site in ("hip", "spine")])
        records[study] = text.replace("population: {}", f"population: {{}}\nproperties: {{masking: {name}}}")
    result = analysed(review(tmp_path, records, more=f"{MODEL}\n    moderators: [masking]"))
    assert result.moderated is not None
    (found,) = result.moderated.tests
    assert found.levels[0] == first
    assert found.difference is not None
    assert found.difference[0] == pytest.approx(0.02 if first == "blinded" else -0.02, abs=1e-10)
    assert found.difference[1] < found.difference[0] < found.difference[2]


def test_few_clusters_are_tested_by_the_model_and_it_is_said(tmp_path: Path) -> None:
    loaded = both_sites(tmp_path, f"{MODEL}\n    moderators: [site, country, design]")
    result = analysed(loaded)
    assert result.moderated is not None
    assert result.moderated.notes == (
        "Not tested: no estimate states country.",
        "Not tested: no two estimates differ by design.",
    )
    assert [each.name for each in result.moderated.tests] == ["site"]
    three = both_sites(tmp_path / "three", f"{MODEL}\n    moderators: [site]")
    for study in "cde":
        (tmp_path / "three" / "studies" / f"{study}.yaml").unlink()
    few = analysed(load_review(three.folder)).moderated
    assert few is not None
    assert few.fit is not None
    assert few.fit.test == "t"
    assert few.notes[0].startswith("2 clusters are too few for a cluster-robust test of 2 coefficients")


def test_groups_have_a_model_each_and_one_together_with_the_test_of_their_difference(tmp_path: Path) -> None:
    loaded = of_sexes(tmp_path, f"stratum: {{sex: each}}\n    {MODEL}\n    group_by: sex")
    result = analysed(loaded)
    assert [group.name for group in result.groups] == ["men", "women"]
    assert result.overall is not None
    whole = analysed(of_sexes(tmp_path / "whole"))
    assert summary(result.overall).estimate == pytest.approx(only(whole).estimate, rel=1e-8)
    men = [each for each in whole.groups[0].chosen if each.candidate.stratum.sex == "men"]
    expected = pool_dependent(
        yi=[each.effect.yi for each in men],
        sei=[each.effect.sei for each in men],
        cluster=[each.candidate.record.study for each in men],
        rho=0.6,
    )
    assert same(summary(result.groups[0]), expected) == 9
    assert sum(map(sum, map(result.weights_of, result.groups))) == pytest.approx(100.0)
    assert result.moderated is not None
    assert [each.name for each in result.moderated.tests] == ["sex"]
    assert (result.difference, result.within, result.untested) == (None, None, "")


def test_one_study_has_no_summary_and_says_why(tmp_path: Path) -> None:
    rows = [row("hip", 0.01, 0.004), row("spine", 0.02, 0.005, "spine")]
    (group,) = analysed(review(tmp_path, {"a": record("a", rows)}, more=MODEL)).groups
    assert group.model is not None
    assert group.summary is None
    assert group.model.untold.startswith("2 estimates in one study (A): nothing tells how studies differ")
    assert len(group.means) == 1


def test_arms_beside_one_another_are_refused_under_a_model_and_correlated_ones_enter(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="with a model write 'arms: correlated'"):
        analysed(with_arms(tmp_path, f"arms: each\n    {MODEL}"))
    (group,) = analysed(with_arms(tmp_path / "correlated", f"arms: correlated\n    {MODEL}")).groups
    assert len(group.units) == 2


def test_the_model_of_the_method_is_that_of_every_analysis_and_its_own_comes_first(tmp_path: Path) -> None:
    loaded = both_sites(tmp_path, "model: HE")
    text = (tmp_path / "review.yaml").read_text(encoding="utf-8")
    method = "method: {model: {name: CHE, rho: 0.6}}\nanalyses:"
    (tmp_path / "review.yaml").write_text(text.replace("analyses:", method), encoding="utf-8")
    assert only(analysed(load_review(tmp_path))).fit.model == "HE"
    without = text.replace("analyses:", method).replace("    model: HE\n", "")
    (tmp_path / "review.yaml").write_text(without, encoding="utf-8")
    assert only(analysed(load_review(tmp_path))).fit.model == "CHE"
    assert loaded.review.method.model is None


def shipped(name: str) -> AnalysisResult:
    loaded: LoadedReview = load_review(SHIPPED)
    analysis = next(each for each in loaded.review.analyses if each.id == name)
    return analyse(loaded, analysis, loaded.review.method)


@pytest.mark.parametrize(("name", "k"), [("all-sites-by-sex", 14), ("hip-and-neck-by-sex", 8)])
def test_the_shipped_review_pools_its_sites_in_three_clusters(name: str, k: int) -> None:
    result = shipped(name)
    found = only(result)
    assert (found.k, found.clusters) == (k, 3)
    assert result.moderated is not None
    assert [each.name for each in result.moderated.tests] == ["site", "sex"]
    assert "too few for a cluster-robust test" in result.moderated.notes[0]
    assert found.df < 4
