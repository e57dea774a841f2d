"""`bayes` with effects that are not normal: its result, words, data and refusals."""

from __future__ import annotations

import json
import math
from decimal import Decimal
from functools import cache
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

import synthesis
from evidence.records.bayes_choice import BayesChoice
from synthesis.pooling.bayes.effect_distributions import MixtureEffects, NormalEffects, TEffects
from synthesis.posterior.robust_numbers import robust_summaries
from synthesis.posterior.robust_result import RobustBayesian

YI, SEI = [-0.5, 0.2, 2.5], [0.3, 0.4, 0.2]


def robust(effects: Any = "mixture(0.1, 5)", **options: Any) -> RobustBayesian:
    settings: dict[str, Any] = {"tau_prior": "half-normal(0.5)", "mu_prior": "normal(0, 2)"} | options
    found = synthesis.bayes(YI, sei=SEI, effects=effects, **settings)
    assert isinstance(found, RobustBayesian)
    return found


@cache
def mixed() -> RobustBayesian:
    return robust(slab=("a", "b", "c"), level=0.9, null=0.1)


@cache
def plain() -> synthesis.Bayesian:
    return synthesis.bayes(
        YI, sei=SEI, tau_prior="half-normal(0.5)", mu_prior="normal(0, 2)", level=0.9, null=0.1
    )


@pytest.mark.parametrize("of", ["mu", "tau", pytest.param("new", marks=pytest.mark.long)])
def test_questions_agree_with_one_another(of: Any) -> None:
    found = mixed()
    part = getattr(found, of)
    assert_allclose(found.quantile([[0.05, 0.5, 0.95]], of), [[part.low, part.median, part.high]])
    h = 1e-4
    ends = found.quantile([0.6 - h, 0.6 + h], of)
    slope = found.density(found.quantile(0.6, of), of)
    assert_allclose(slope * (ends[1] - ends[0]), 2 * h, rtol=1e-6)
    assert found.quantile([Decimal("0.25")], of).tolist() == found.quantile([0.25], of).tolist()
    assert found.density([Decimal("0.25")], of).tolist() == found.density([0.25], of).tolist()


def test_probabilities_beyond_a_value_agree_with_the_summaries() -> None:
    found = mixed()
    assert_allclose(found.probability_beyond(0.1)[0], found.above_null, rtol=1e-12)
    assert_allclose(found.probability_beyond(0.1, "new")[0], found.new_above_null, rtol=1e-12)
    assert_allclose(found.probability_beyond(found.mu.low), [0.95, 0.05], rtol=1e-10)
    assert found.density([-0.1, 0.3], "tau")[0] == 0.0


def test_a_wider_distribution_nobody_comes_from_is_the_normal_model() -> None:
    found, normal = robust("mixture(0, 5)", level=0.9, null=0.1), plain()
    for name in ("mu", "tau", "new"):
        ours, theirs = getattr(found, name), getattr(normal, name)
        for number in ("mean", "sd", "median", "low", "high"):
            assert_allclose(getattr(ours, number), getattr(theirs, number), rtol=1e-10)
            assert_allclose(
                getattr(getattr(mixed().normal, name), number), getattr(theirs, number), rtol=1e-10
            )
    assert_allclose(found.study_mean, normal.study_mean, rtol=1e-10)
    assert_allclose(found.study_sd, normal.study_sd, rtol=1e-10)
    assert_allclose(found.above_null, normal.above_null, rtol=1e-10)
    assert_allclose(found.new_above_null, normal.new_above_null, rtol=1e-10)
    assert_allclose(found.log_evidence, normal.log_evidence, rtol=1e-11)
    assert_allclose(found.for_no_effect, normal.for_no_effect, rtol=1e-10)
    assert_allclose(found.for_no_heterogeneity, normal.for_no_heterogeneity, rtol=1e-10)
    assert_allclose(found.for_normal_effects, 1.0, rtol=1e-10)
    assert (found.outlying == 0).all()


def test_the_study_far_from_the_others_is_the_likely_outlier() -> None:
    found, normal = mixed(), plain()
    assert found.outlying.argmax() == 2
    assert found.outlying[2] > 0.4 > found.outlying[:2].max()
    assert found.mu.median < normal.mu.median
    assert_allclose(found.for_normal_effects, math.exp(normal.log_evidence - found.log_evidence), rtol=1e-9)
    assert set(found.reasons) == {"mu.mode", "tau.mode", "new.mode"}


def test_two_studies_and_a_heavy_prior_leave_means_but_no_sds() -> None:
    """The posterior of tau falls as its cube: its square by the prior, and one more by the studies."""
    found = synthesis.bayes(
        YI[:2], sei=SEI[:2], tau_prior="half-Cauchy(0.5)", mu_prior="flat", effects="mixture(0, 3)"
    )
    assert isinstance(found, RobustBayesian)
    for of, normal in ((found, False), (found.normal, True)):
        for name in ("mu", "tau", "new"):
            part = getattr(of, name)
            assert math.isfinite(part.mean), (name, normal)
            assert math.isnan(part.sd), (name, normal)
    modes, evidence = {"mu.mode", "tau.mode", "new.mode"}, {"for_no_effect", "log_evidence"}
    assert set(found.reasons) == modes | evidence | {"mu.sd", "tau.sd", "new.sd"}


@pytest.mark.long
def test_what_lacks_has_a_reason() -> None:
    found = robust("t(2)", mu_prior="flat")
    assert math.isnan(found.new.sd)
    assert "tails fall too slowly" in found.reasons["new.sd"]
    assert np.isnan(found.outlying).all()
    assert "a mixture has" in found.reasons["outlying"]
    assert "flat prior of the mean is improper" in found.reasons["for_no_effect"]
    assert "no average over it" in found.reasons["log_evidence"]
    assert math.isnan(found.log_evidence)
    assert found.for_no_heterogeneity > 0
    assert math.isfinite(found.new.mean)
    assert "most likely outlying" not in str(found)
    assert "effects distributed as t with 2 df" in str(found)
    assert "a flat prior of the mean" in str(found)
    improper = robust("mixture(0.1, 5)", tau_prior="improper uniform")
    assert math.isnan(improper.for_normal_effects)
    for name in ("for_no_heterogeneity", "for_normal_effects", "for_no_effect"):
        assert "the improper uniform prior of tau is improper" in improper.reasons[name]


def test_a_row_of_priors_has_the_numbers_of_its_posterior() -> None:
    found = mixed()
    rows = robust_summaries([found.machinery], 0.1, 0.9)
    numbers = {
        "mean": found.mu.mean,
        "median": found.mu.median,
        "low": found.mu.low,
        "high": found.mu.high,
        "above": found.above_null,
        "tau_median": found.tau.median,
        "tau_high": found.tau.high,
        "new_low": found.new.low,
        "new_high": found.new.high,
        "log_evidence": found.log_evidence,
    }
    for name, value in numbers.items():
        assert_allclose(getattr(rows, name), [value], rtol=1e-12, err_msg=name)
    assert (rows.priors, rows.null, rows.level) == (("half-normal(0.5)",), 0.1, 0.9)


@pytest.mark.long
def test_other_priors_of_tau_are_integrated_anew() -> None:
    found = mixed()
    rows = found.under(["half-normal(1)", "half-normal(0.5)"])
    assert rows.priors == ("half-normal(0.5)", "half-normal(1)")
    assert_allclose([rows.mean[0], rows.median[0]], [found.mu.mean, found.mu.median], rtol=1e-12)
    assert_allclose([rows.low[0], rows.high[0]], [found.mu.low, found.mu.high], rtol=1e-12)
    assert_allclose([rows.new_low[0], rows.new_high[0]], [found.new.low, found.new.high], rtol=1e-12)
    assert_allclose([rows.tau_median[0], rows.tau_high[0]], [found.tau.median, found.tau.high], rtol=1e-12)
    assert_allclose([rows.above[0], rows.log_evidence[0]], [found.above_null, found.log_evidence], rtol=1e-12)
    assert rows.tau_median[1] > rows.tau_median[0]


def test_a_result_is_text_and_data() -> None:
    found = mixed()
    text = str(found)
    assert f"log marginal likelihood {found.log_evidence:.6g}" in " ".join(text.split())
    for words in (
        "Posterior of 3 studies, effects mixture(0.1, 5)",
        "normal effects: mean effect",
        "Bayes factor for normal effects",
        "Bayes factor for no effect (0.1)",
        "most likely outlying",
        f" c {found.outlying[2]:.3f}, ",
        "with probability 0.1 from a distribution 5 times as wide (Beath 2014)",
        "the posterior of tau is mostly its prior: see how the result changes with it by its method `under`.",
    ):
        assert words in text
    held = json.loads(json.dumps(found.to_dict()))
    assert held["outlying"] == found.outlying.tolist()
    assert held["mu"]["mode"] is None
    assert held["normal"]["mu"]["median"] == found.normal.mu.median
    frame = found.to_frame()
    assert frame["label"].tolist() == ["a", "b", "c"]
    assert frame["outlying"].tolist() == found.outlying.tolist()
    assert frame["mean"].tolist() == found.study_mean.tolist()


@pytest.mark.parametrize(
    ("effects", "options", "message"),
    [
        ("t", {}, r"effects is 't'; expected 't\(df\)'"),
        ("mixture(0.1)", {}, r"expected 'mixture\(probability, factor\)'"),
        ("t(0.5)", {}, "degrees of freedom of effects are 0.5"),
        ("mixture(2, 5)", {}, "probability of an outlying study is 2"),
        ("student", {}, "unknown effects 'student'"),
        (4, {}, r"effects is 4; expected a prior, or words such as 't\(4\)'"),
        ("t(4)", {"interval": "shortest"}, "interval is 'shortest', which is of normal effects"),
        ("t(4)", {"interval": "wide"}, "unknown interval 'wide'"),
        ("t(4)", {"null": "no"}, "null is 'no'"),
        ("t(4)", {"level": 0.05}, "did you mean 0.95"),
        ("t(4)", {"mods": [1.0, 2.0, 3.0]}, r"effects='t\(4\)' is of one mean effect"),
        ("t(4)", {"coefficient_prior": "flat"}, "coefficient_prior is of moderators"),
        (
            "t(4)",
            {"tau_prior": "improper uniform", "data": None, "mu_prior": "wide"},
            "unknown mu_prior 'wide'",
        ),
    ],
)
def test_what_cannot_be_done_is_refused_in_one_sentence(
    effects: Any, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        robust(effects, **options)


def test_averaging_and_questions_without_an_answer_are_refused() -> None:
    found = mixed()
    with pytest.raises(ValueError, match="averaging over models is of normal effects"):
        found.averaged()
    with pytest.raises(ValueError, match="not between zero and one"):
        found.quantile(1.0)
    with pytest.raises(ValueError, match="unknown of 'theta'"):
        found.density(0.0, "theta")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="threshold is 'x'"):
        found.probability_beyond("x")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="effects"):
        BayesChoice.model_validate({"effects": "t(4)"})
    two = synthesis.bayes(YI[:2], sei=SEI[:2], tau_prior="improper uniform", mu_prior="normal(0, 1)")
    assert isinstance(two, synthesis.Bayesian)


@pytest.mark.long
def test_normal_effects_in_words_or_as_they_are_give_the_plain_result() -> None:
    for effects in ("normal", NormalEffects()):
        found = synthesis.bayes(YI, sei=SEI, tau_prior="half-normal(0.5)", effects=effects)
        assert isinstance(found, synthesis.Bayesian)
    assert robust(TEffects(math.inf)).effects == "t(inf)"
    assert robust(MixtureEffects(0.2, 3.0)).effects == "mixture(0.2, 3)"
    missing = synthesis.bayes(
        [*YI, None], sei=[*SEI, 1.0], missing="drop", ni=[50] * 4, effects="mixture(0.1, 3)"
    )
    assert isinstance(missing, RobustBayesian)
    assert "1 study without an effect or a variance left out" in str(missing)
    assert missing.tau_prior == synthesis.bayes(YI, sei=SEI, ni=[50] * 3).tau_prior
