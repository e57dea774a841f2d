"""`bayes`: input in every shape, what it refuses, and numbers that are the engine's own."""

from __future__ import annotations

import json
import math
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from scipy import integrate

import synthesis
from evidence.records.prior_forms import MEAN_PRIOR_FORMS, TAU_PRIOR_FORMS
from synthesis.pooling.bayes.data_scaled_priors import DuMouchel, Jeffreys, UniformShrinkage
from synthesis.pooling.bayes.mean_priors import KnownMean, NormalMean
from synthesis.pooling.bayes.own_prior import own_prior
from synthesis.pooling.bayes.tau_priors import (
    Exponential,
    HalfNormal,
    HalfT,
    ImproperUniform,
    InverseGammaTau,
    InverseGammaTau2,
    LogNormalTau2,
    LogTTau2,
    TauPrior,
    Uniform,
    half_cauchy,
)
from synthesis.posterior.posterior_of_mean import bayes_of_mean, mean_interval
from synthesis.posterior.prior_words import MEAN_PRIORS, TAU_PRIORS, tau_prior_of

YI = np.array([-2.31, -0.46, -2.30, -1.76, -1.26, -2.42])
SEI = np.array([0.60, 0.56, 0.88, 0.46, 0.64, 1.53])


def crins(**options: Any) -> synthesis.Bayesian:
    settings: dict[str, Any] = {"tau_prior": "half-normal(0.5)", "mu_prior": "normal(0, 4)"} | options
    made: synthesis.Bayesian = synthesis.bayes(YI, sei=SEI, **settings)
    return made


def test_numbers_hang_together() -> None:
    found = crins()
    x = np.linspace(-6.0, 3.0, 4_001)
    density = found.density(x)
    assert_allclose(integrate.simpson(density, x=x), 1.0, rtol=1e-8)
    assert_allclose(integrate.simpson(density * x, x=x), found.mu.mean, rtol=1e-7)
    assert_allclose(integrate.simpson(density * (x - found.mu.mean) ** 2, x=x), found.mu.sd**2, rtol=1e-5)
    assert_allclose(found.quantile([0.025, 0.5, 0.975]), [found.mu.low, found.mu.median, found.mu.high])
    assert_allclose(found.quantile(0.5, "new"), found.new.median)
    assert_allclose(found.quantile(0.975, "tau"), found.tau.high)
    above, below = found.probability_beyond(found.mu.low)
    assert_allclose([above, below], [0.975, 0.025], rtol=1e-9)
    assert_allclose(found.probability_beyond(0.0)[0], found.above_null, rtol=1e-12)
    assert_allclose(found.probability_beyond(0.0, "new")[0], found.new_above_null, rtol=1e-12)
    assert found.density(x).max() <= found.density(found.mu.mode) * (1 + 1e-12)
    assert found.density([-0.1, 0.3], "tau")[0] == 0.0
    tau = np.linspace(0.0, 4.0, 4_001)
    assert_allclose(integrate.simpson(found.density(tau, "tau"), x=tau), 1.0, rtol=1e-6)
    joint = found.joint_density(found.mu.mean, tau[1:])
    assert_allclose(integrate.simpson(joint, x=tau[1:]), found.density(found.mu.mean), rtol=3e-3)


def test_studies_that_may_not_differ_share_the_effect_of_the_mean() -> None:
    for interval in ("central", "shortest"):
        found = crins(tau_prior="half-normal(1e-9)", interval=interval)
        for name in ("mean", "sd", "median", "low", "high"):
            ours = getattr(found, f"study_{name}")
            assert_allclose(ours, [getattr(found.mu, name)] * 6, rtol=1e-7, err_msg=name)


def test_a_mean_is_asked_for_with_the_defaults_of_bayes() -> None:
    alone, asked = bayes_of_mean(YI, sei=SEI), synthesis.bayes(YI, sei=SEI)
    assert isinstance(asked, synthesis.Bayesian)
    assert (alone.mu, alone.tau, alone.new) == (asked.mu, asked.tau, asked.new)
    assert (alone.level, alone.null, alone.interval) == (0.95, 0.0, "central")
    assert (alone.tau_prior, alone.mu_prior) == (asked.tau_prior, "flat")


def test_densities_are_of_numbers_of_any_type() -> None:
    found = crins()
    mu, tau = Decimal("-1.5"), Decimal("0.25")
    assert found.joint_density([mu], [tau]).tolist() == found.joint_density([-1.5], [0.25]).tolist()


def test_the_shortest_interval_is_no_wider_and_holds_as_much() -> None:
    central, shortest = crins(), crins(interval="shortest")
    for name in ("mu", "tau", "new"):
        first, second = getattr(central, name), getattr(shortest, name)
        assert second.high - second.low <= first.high - first.low
    assert shortest.tau.low == 0.0
    assert_allclose(
        shortest.probability_beyond(shortest.mu.low)[0] - shortest.probability_beyond(shortest.mu.high)[0],
        0.95,
    )
    assert (shortest.study_high - shortest.study_low <= central.study_high - central.study_low + 1e-12).all()
    assert [" 95% CrI shortest " in str(each) for each in (central, shortest)] == [False, True]
    for found in (central, shortest):
        alone = mean_interval(
            YI,
            SEI,
            tau_prior="half-normal(0.5)",
            mu_prior="normal(0, 4)",
            smallest_effect=None,
            level=0.95,
            interval=found.interval,
        )
        assert alone == (found.mu.median, found.mu.low, found.mu.high)


def test_bayes_factors_are_those_of_the_models_and_lack_with_a_reason() -> None:
    proper, flat = crins(), crins(mu_prior="flat")
    average = proper.averaged().numbers
    assert_allclose(
        proper.for_no_effect, math.exp(average.log_evidence[2] - average.log_evidence[3]), rtol=1e-10
    )
    assert_allclose(proper.log_evidence, average.log_evidence[3], rtol=1e-12)
    assert proper.reasons == {}
    assert math.isnan(flat.for_no_effect)
    assert math.isnan(flat.log_evidence)
    assert "flat prior of the mean is improper" in flat.reasons["for_no_effect"]
    assert flat.for_no_heterogeneity > 0
    with pytest.raises(ValueError, match="flat prior of the mean is improper"):
        flat.averaged()
    assert "Four models (no effect: 0)" in str(proper.averaged())


@pytest.mark.parametrize("shape", ["columns", "series", "percent", "escalc", "missing"])
def test_input_comes_in_every_shape_that_pool_takes(shape: str) -> None:
    plain = synthesis.bayes(YI, sei=SEI, level=0.9)
    frame = pd.DataFrame({"yi": YI, "sei": SEI, "vi": SEI**2, "name": list("abcdef")})
    if shape == "columns":
        found = synthesis.bayes("yi", "vi", data=frame, slab="name", level=0.9)
        assert found.labels == tuple("abcdef")
    elif shape == "series":
        found = synthesis.bayes(frame.yi, sei=frame.sei[::-1], level=0.9)
    elif shape == "percent":
        found = synthesis.bayes(YI.tolist(), sei=SEI.tolist(), level=90)
    elif shape == "escalc":
        sizes = synthesis.escalc("MD", m1i=YI, sd1i=SEI, n1i=[2] * 6, m2i=YI * 0, sd2i=SEI, n2i=[2] * 6)
        found = synthesis.bayes(sizes, level=0.9)
    else:
        found = synthesis.bayes([*YI, np.nan], sei=[*SEI, 1.0], missing="drop", level=0.9)
        assert "1 study without an effect or a variance left out" in str(found)
    assert_allclose([found.mu.low, found.tau.high], [plain.mu.low, plain.tau.high], rtol=1e-9)


def test_a_pooled_result_asks_with_its_own_studies_and_level() -> None:
    pooled = synthesis.pool(YI, sei=SEI, level=0.8, slab=list("abcdef"))
    found = pooled.bayesian("half-normal(0.5)", "normal(0, 4)", null=-1.0)
    same = crins(level=0.8, null=-1.0)
    assert (found.labels, found.level, found.null) == (tuple("abcdef"), 0.8, -1.0)
    assert_allclose([found.mu.low, found.above_null], [same.mu.low, same.above_null], rtol=1e-12)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"tau_prior": "half-norml(1)"}, "unknown tau_prior 'half-norml'; did you mean 'half-normal'"),
        ({"tau_prior": "half-normal"}, r"expected 'half-normal\(scale\)'"),
        ({"tau_prior": "half-normal(1, 2)"}, r"expected 'half-normal\(scale\)'"),
        ({"tau_prior": "half-normal(wide)"}, "'wide' is no number"),
        ({"tau_prior": "half-normal(-1)"}, "scale is -1"),
        ({"tau_prior": "Jeffreys(1)"}, "expected 'Jeffreys' alone"),
        ({"tau_prior": "half-normal(1"}, "expected a name with its numbers"),
        ({"tau_prior": 0.5}, r"tau_prior is 0.5; expected a prior, or words such as 'half-normal\(0.5\)'"),
        ({"tau_prior": "Turner(pain)"}, "the comparison is missing"),
        ({"mu_prior": "normal(0)"}, r"expected 'normal\(mean, sd\)'"),
        ({"mu_prior": KnownMean()}, "known mean"),
        ({"mu_prior": None}, "mu_prior is None"),
        ({"smallest_effect": 0.0}, "smallest_effect is 0; expected a number above zero"),
        ({"smallest_effect": "small"}, "smallest_effect is 'small'; expected a finite number"),
        ({"level": 0.05}, "did you mean 0.95"),
        ({"interval": "wide"}, "unknown interval 'wide'"),
        ({"null": "no"}, "null is 'no'; expected a finite number"),
        ({"tau_prior": None, "ni": [1, 2]}, "ni"),
        ({"tau_prior": None, "ni": [1, 2, 3, 4, 5, 0]}, "study 6: ni is 0; expected a number above zero"),
    ],
)
def test_what_cannot_be_done_is_refused_in_one_sentence(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        crins(**options)


def test_questions_refuse_what_is_no_question() -> None:
    found = crins()
    with pytest.raises(ValueError, match="unknown of 'theta'"):
        found.probability_beyond(0.0, "theta")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="threshold is 'x'"):
        found.probability_beyond("x")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="not between zero and one"):
        found.quantile(1.0)


@pytest.mark.parametrize(
    ("words", "label"),
    [
        ("Half Cauchy(2)", "half-Cauchy(2)"),
        ("half-t(4, 0.5)", "half-t(4, 0.5)"),
        ("exponential( 0.5 )", "exponential(mean 0.5)"),
        ("uniform(3)", "uniform(0, 3)"),
        ("inverse-gamma(1, 0.1)", "inverse-gamma(1, 0.1) on tau2"),
        ("inverse-gamma on tau(2, 0.1)", "inverse-gamma(2, 0.1) on tau"),
        ("log-normal(-2, 1.5)", "log-normal(-2, 1.5) on tau2"),
        ("log-t(-3, 2.5)", "log-t(-3, 2.5, 5 df) on tau2"),
        ("Turner(surgical, pharmacological vs placebo/control)", "log-normal(-2.14, 1.74) on tau2"),
        ("Turner", "log-normal(-2.56, 1.74) on tau2"),
        ("Rhodes(mental health, non-pharmacological, cancer)", "log-t(-0.29, 2.08, 5 df) on tau2"),
        ("uniform shrinkage", "uniform shrinkage"),
        ("improper uniform", "improper uniform"),
        ("Jeffreys", "Jeffreys"),
    ],
)
def test_priors_are_understood_in_words(words: str, label: str) -> None:
    assert crins(tau_prior=words).tau_prior == label


@pytest.mark.parametrize(
    "prior",
    [
        HalfNormal(0.5),
        HalfT(4.0, 0.5),
        half_cauchy(2.0),
        Exponential(0.5),
        Uniform(3.0),
        ImproperUniform(),
        InverseGammaTau(2.0, 0.1),
        InverseGammaTau2(1.0, 0.1),
        LogNormalTau2(-2.0, 1.5),
        LogTTau2(-3.0, 2.5, 7.0),
        DuMouchel(),
        UniformShrinkage(),
        Jeffreys(),
    ],
    ids=lambda prior: prior.label,
)
def test_the_label_of_a_prior_names_it(prior: TauPrior) -> None:
    assert tau_prior_of(prior.label) == prior


def test_a_uniform_prior_begins_at_zero() -> None:
    assert tau_prior_of("uniform(3)") == tau_prior_of("uniform(0, 3)") == Uniform(3.0)
    with pytest.raises(ValueError, match="begins at 1; expected 0"):
        tau_prior_of("uniform(1, 3)")


def test_priors_as_objects_and_of_ones_own_are_taken_as_they_are() -> None:
    first, second = crins(), crins(tau_prior=HalfNormal(0.5), mu_prior=NormalMean(0.0, 4.0))
    third = crins(tau_prior=own_prior(lambda t: -2.0 * t * t, 0.5))
    assert first.mu == second.mu
    assert_allclose(third.log_evidence, first.log_evidence, rtol=1e-9)
    assert crins(mu_prior="t(3, 0, 1)").mu_prior == "t(3, 0, 1)"


def test_the_evidence_has_six_digits_and_numbers_of_any_type_are_asked_for() -> None:
    found = crins()
    said = f"log marginal likelihood {found.log_evidence:.6g}"
    assert said in " ".join(str(found).split())
    for of in ("mu", "tau", "new"):
        for asked in (found.quantile, found.density):
            assert asked([Decimal("0.25")], of).tolist() == asked([0.25], of).tolist()


def test_results_are_plain_data() -> None:
    found = crins()
    data = found.to_dict()
    text = json.dumps(data, allow_nan=False)
    assert json.loads(text)["mu"]["median"] == found.mu.median
    assert data["sensitivity"]["priors"][0] == "half-normal(0.5)"
    assert "machinery" not in data
    frame = found.to_frame()
    assert frame["mean"].tolist() == found.study_mean.tolist()
    assert len(found.sensitivity.to_frame()) == len(found.sensitivity.priors)


def test_a_review_may_name_the_same_priors() -> None:
    assert tuple(TAU_PRIORS) == tuple(TAU_PRIOR_FORMS)
    assert tuple(MEAN_PRIORS) == tuple(MEAN_PRIOR_FORMS)
