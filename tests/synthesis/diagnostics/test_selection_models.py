"""Selection models against closed forms, the pinned values of metafor, and themselves."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import optimize, special

from synthesis import pool
from synthesis.diagnostics.selection_models.fitting import MODELS, selection_model
from synthesis.diagnostics.selection_models.likelihood import Likelihood, nodes
from synthesis.diagnostics.selection_models.result import Selected, beyond_the_data
from synthesis.diagnostics.selection_models.weights import (
    Beta,
    HalfNormal,
    Logistic,
    NegativeExponential,
    Power,
    Steps,
    WeightFunction,
)
from synthesis.pooling.kernel.effects import Array
from tests.synthesis.diagnostics.reference import METAFOR, effects

_FILE = Path(__file__).parents[2] / "reference" / "diagnostics" / "selection_models.json"
TIGHT: dict[str, Any] = json.loads(_FILE.read_text())["values"]
NAMES = {
    "halfnorm": "half-normal",
    "negexp": "negative exponential",
    "logistic": "logistic",
    "power": "power",
    "stepfun": "step",
    "stepfun_.025": "step",
    "beta": "beta",
}
# metafor's integrals of smooth weight functions are good to about 1e-4 relative by default, and its searches
# stop on the log-likelihood: a pinned statistic may lie this much above the maximum.
INTEGRATION = 2e-6
# Of the log-likelihood: metafor censors p within 1e-5 of zero and one for power and beta functions (its
# documentation of `pval.min`), which is another weight function than the published one.
KNOWN_DIFFERENCES = {"power": 1e-4}


def log_integral(weight: WeightFunction, parameters: Array, mean: float, sd: float) -> float:
    """log of the integral of w(z) times the normal density."""
    singular = isinstance(weight, Power) and weight.two_sided
    grid = nodes(np.array([mean]), np.array([sd]), weight.powers(parameters), weight.cuts, singular)
    assert grid is not None
    z, weights = grid
    logs = weight.log_weight(z, parameters).value - 0.5 * ((z - mean) / sd) ** 2
    top = float(logs.max())
    return (
        float(np.log(np.sum(weights * np.exp(logs - top)))) + top - float(np.log(sd * np.sqrt(2.0 * np.pi)))
    )


@pytest.mark.parametrize("delta", [0.01, 0.7, 13.0, 100.0])
@pytest.mark.parametrize("two_sided", [False, True])
def test_integrals_of_a_uniform_p_are_known(delta: float, two_sided: bool) -> None:
    at = np.array([delta])
    expected = {
        HalfNormal: np.sqrt(np.pi / delta) * special.erf(np.sqrt(delta)) / 2.0,
        NegativeExponential: -np.expm1(-delta) / delta,
        Logistic: 2.0 - 2.0 * (np.logaddexp(0.0, delta) - np.log(2.0)) / delta,
        Power: 1.0 / (1.0 + delta),
    }
    for family, value in expected.items():
        assert_allclose(log_integral(family(two_sided), at, 0.0, 1.0), np.log(value), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(("a", "b"), [(0.3, 2.0), (1.0, 1.0), (50.0, 50.0), (1.0, 300.0), (0.6, 0.5)])
def test_the_integral_of_a_beta_weight_of_a_uniform_p(a: float, b: float) -> None:
    assert_allclose(
        log_integral(Beta(), np.array([a, b]), 0.0, 1.0), special.betaln(a, b), rtol=1e-11, atol=1e-14
    )


@pytest.mark.parametrize(
    ("mean", "sd"), [(0.0, 1.0), (-6.0, 1.3), (-50.0, 4.0), (-300.0, 40.0), (8.0, 1.0), (20.0, 60.0)]
)
def test_integrals_of_linear_weights_and_steps_are_known(mean: float, sd: float) -> None:
    chance = special.log_ndtr(mean / np.sqrt(1.0 + sd * sd))
    assert_allclose(log_integral(Power(), np.ones(1), mean, sd), chance, rtol=1e-11, atol=1e-13)
    assert_allclose(log_integral(Beta(), np.array([1.0, 2.0]), mean, sd), chance, rtol=1e-11, atol=1e-13)
    only = Steps((0.025, 1.0), (), 0, False)
    with np.errstate(divide="ignore"):
        found = log_integral(only, np.zeros(0), mean, sd)
    assert_allclose(found, special.log_ndtr((mean + special.ndtri(0.025)) / sd), rtol=1e-11, atol=1e-13)


@pytest.mark.parametrize(("mean", "sd", "delta"), [(-12.0, 1.1, 100.0), (-12.0, 1.1, 1.0), (3.0, 5.0, 30.0)])
def test_integrals_agree_with_the_trapezoidal_rule(mean: float, sd: float, delta: float) -> None:
    z = np.arange(mean - 14.0 * sd - 5.0, mean + 14.0 * sd + 20.0, 0.004)
    for weight in (HalfNormal(), NegativeExponential(), Logistic(), Power()):
        logs = weight.log_weight(z, np.array([delta])).value - 0.5 * ((z - mean) / sd) ** 2
        direct = special.logsumexp(logs) + np.log(0.004 / (sd * np.sqrt(2.0 * np.pi)))
        assert_allclose(log_integral(weight, np.array([delta]), mean, sd), direct, rtol=1e-11)


@pytest.mark.parametrize("powers", [(40.0, -0.2), (-0.2, 40.0)])
def test_panels_lie_about_the_mode_of_the_side_on_which_the_weight_falls(powers: tuple[float, float]) -> None:
    mean, sd, side = 0.5, 1.5, 1.0 if powers[0] > 0.0 else -1.0

    def slope(z: float) -> float:  # of 40 log Phi(-z), or of 40 log Phi(z), and of the normal density
        mills = np.exp(-0.5 * z * z - special.log_ndtr(-side * z)) / np.sqrt(2.0 * np.pi)
        return float(-side * 40.0 * mills - (z - mean) / sd**2)

    mode = optimize.brentq(slope, -20.0, 20.0, xtol=1e-13)
    precision = -(slope(mode + 1e-5) - slope(mode - 1e-5)) / 2e-5
    grid = nodes(np.array([mean]), np.array([sd]), powers, np.zeros(0), False)
    assert grid is not None
    z, weights = (one.reshape(-1, 12) for one in grid)
    ends = (z.mean(axis=1)[:, None] + 0.5 * weights.sum(axis=1)[:, None] * [-1.0, 1.0]).ravel()
    expected = mode + np.linspace(-9.0, 9.0, 12) / np.sqrt(precision)
    assert_allclose(np.abs(ends[:, None] - expected).min(axis=0), 0.0, atol=1e-8)


def test_an_integral_that_diverges_is_no_likelihood() -> None:
    assert nodes(np.zeros(1), np.full(1, 3.0), (-0.5, 0.0), np.zeros(0), False) is None
    y, v = effects(METAFOR["bcg_rr"])
    assert Likelihood(y, v, Beta()).value(np.array([0.0, 5.0, 0.2, 1.0])) == -np.inf


FAMILIES: list[tuple[WeightFunction, list[float]]] = [
    (HalfNormal(), [1.3]),
    (NegativeExponential(True), [0.8]),
    (Logistic(), [2.1]),
    (Power(), [0.6]),
    (Power(True), [0.6]),
    (Beta(), [0.97, 1.5]),
    (Steps((0.025, 0.1, 1.0), (1, 2), 0, False), [-0.4, 0.3]),
    (Steps((0.05, 0.3, 1.0), (1, 2), 0, True), [-0.4, 0.3]),
]


@pytest.mark.parametrize(("weight", "parameters"), FAMILIES)
def test_derivatives_are_those_of_the_value(weight: WeightFunction, parameters: list[float]) -> None:
    y, v = effects(METAFOR["hackshaw1998"])
    likelihood = Likelihood(4.0 * y, 16.0 * v, weight)
    at = np.array([0.4, 0.5, *parameters])
    point = likelihood(at)
    assert point.value == likelihood.value(at)
    for number, step in enumerate(1e-5 * np.eye(at.size)):
        before, after = likelihood(at - step), likelihood(at + step)
        assert_allclose(point.gradient[number], (after.value - before.value) / 2e-5, rtol=1e-5, atol=1e-6)
        assert_allclose(
            point.hessian[number], (after.gradient - before.gradient) / 2e-5, rtol=1e-5, atol=1e-6
        )


def compare_with_pinned(name: str, model: str) -> None:
    """LRT not below the pinned one; same estimates where metafor has reached the maximum inside its range."""
    entry = METAFOR[name]
    pinned = entry["selmodel"][model]
    y, v = effects(entry)
    alternative = "greater" if entry["fits"]["ML/z"]["beta"] > 0 else "less"
    found = selection_model(pool(y, v), NAMES[model], alternative)
    gain = found.selection.statistic - pinned["LRT"]
    assert gain > -INTEGRATION, (name, model, gain)
    assert found.gradient < 1e-8
    if abs(gain) < 1e-8 and not found.warnings and model.startswith("step"):
        assert_allclose(found.estimate, pinned["beta"], rtol=1e-3, err_msg=f"{name} {model}")
        assert_allclose(found.tau2, pinned["tau2"], rtol=1e-3)
        assert_allclose(found.delta, pinned["delta"][1:], rtol=1e-3)
        assert_allclose(found.se, pinned["se"], rtol=1e-3)


PINNED = [(name, model) for name, entry in METAFOR.items() for model in entry["selmodel"]]
STEPS_ONLY = [pair for pair in PINNED if pair[1].startswith("step")]


def test_the_pinned_grid_is_complete() -> None:
    assert (len(METAFOR), len(PINNED), len(STEPS_ONLY)) == (13, 62, 13)


@pytest.mark.parametrize(("name", "model"), STEPS_ONLY)
def test_three_parameter_models_reach_the_pinned_maximum(name: str, model: str) -> None:
    compare_with_pinned(name, model)


@pytest.mark.long
@pytest.mark.parametrize(("name", "model"), [pair for pair in PINNED if pair not in STEPS_ONLY])
def test_smooth_models_reach_the_pinned_maximum(name: str, model: str) -> None:
    compare_with_pinned(name, model)


def models_alike() -> dict[str, Selected]:
    y, v = effects(METAFOR["bcg_rr"])
    return {model: selection_model(pool(y, v), model, "less") for model in MODELS}


def test_every_model_is_at_a_maximum_above_the_unselected_one() -> None:
    """From the unselected fit, and four deltas, four powers of p beside four of 1 - p, or five weights."""
    for model, found in models_alike().items():
        assert found.starts == 1 + {"beta": 16, "step": 5}.get(model, 4), model
        assert found.loglik >= found.loglik_unselected - 1e-12, model
        assert found.gradient < 1e-8


def test_the_model_does_not_depend_on_direction_or_units() -> None:
    y, v = effects(METAFOR["hackshaw1998"])
    one = selection_model(pool(y, v), "step", "greater", (0.025, 0.5))
    other = selection_model(pool(-5.0 * y, 25.0 * v), "step", "less", (0.025, 0.5))
    assert_allclose(-other.estimate, 5.0 * one.estimate, rtol=1e-9)
    assert_allclose(-other.ci_low, 5.0 * one.ci_high, rtol=1e-9)
    assert_allclose(other.tau2, 25.0 * one.tau2, rtol=1e-9)
    assert_allclose(other.delta, one.delta, rtol=1e-9)
    assert_allclose(other.selection.statistic, one.selection.statistic, rtol=1e-9)
    assert_allclose(other.loglik, one.loglik - y.size * np.log(5.0), rtol=1e-10)


def test_a_step_model_of_equal_weights_is_no_model() -> None:
    """A weight function that is constant changes nothing: the likelihood is the plain one."""
    y, v = effects(METAFOR["hackshaw1998"])
    weight = Steps((0.025, 0.5, 1.0), (1, 2), 0, False)
    spread = v + 0.03
    plain = -0.5 * np.sum((y - 0.2) ** 2 / spread + np.log(2.0 * np.pi * spread))
    assert_allclose(Likelihood(y, v, weight).value(np.array([0.2, 0.03, 0.0, 0.0])), plain, rtol=1e-13)


@pytest.mark.parametrize("weight", [Steps((0.025, 1.0), (1,), 0, False), HalfNormal(two_sided=False)])
@pytest.mark.parametrize("tau2", [0.0, 0.5])
def test_effects_far_beyond_significance_are_as_good_as_not_selected(
    weight: WeightFunction, tau2: float
) -> None:
    """About a mean of 40 standard errors and more nothing is hidden."""
    y, v = np.array([39.5, 41.0, 40.2]), np.array([1.0, 0.25, 0.04])
    spread = v + tau2
    plain = -0.5 * np.sum((y - 40.0) ** 2 / spread + np.log(2.0 * np.pi * spread))
    assert_allclose(Likelihood(y, v, weight).value(np.array([40.0, tau2, 2.0])), plain, rtol=1e-12)


def test_the_weight_of_an_interval_without_studies_is_said_not_to_be_estimable() -> None:
    y = np.array([0.1, 0.2, 0.15, 0.3, -0.1, 0.05])
    v = np.full(6, 0.04)
    first_empty = selection_model(pool(y, v), "step", "greater", (0.025,))
    assert first_empty.counts == (0, 6)
    assert np.isposinf(first_empty.delta).all()
    assert len(first_empty.warnings) >= 2
    later_empty = selection_model(pool(y + 0.35, v), "step", "greater", (0.025, 0.5, 0.9))
    assert later_empty.counts[3] == 0
    assert later_empty.delta[2] == 0.0
    assert np.isnan(later_empty.se_delta[2])
    assert "not estimable" in later_empty.warnings[0]


def test_fixed_heterogeneity_and_boundaries_are_told() -> None:
    y, v = effects(METAFOR["hart1999"])
    free = selection_model(pool(y, v), "step", "less")
    fixed = selection_model(pool(y, v, method="EE"), "step", "less")
    assert free.tau2 == 0.0
    assert any("tau2" in warning for warning in free.warnings)
    assert fixed.heterogeneity is None
    assert not any("tau2" in warning for warning in fixed.warnings)
    assert_allclose(fixed.estimate, free.estimate, rtol=1e-9)
    assert free.heterogeneity is not None
    assert free.heterogeneity.statistic == pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"model": "cubic"}, "unknown selection model"),
        ({"alternative": "both"}, "unknown alternative"),
        ({"steps": (0.0, 0.5)}, "between 0 and 1"),
        ({"steps": ()}, "between 0 and 1"),
        ({"steps": (0.1, 0.1)}, "different p-values"),
        ({"model": "beta", "alternative": "two-sided"}, "not defined here"),
        ({"steps": (0.01, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8)}, "at least as many studies"),
    ],
)
def test_what_makes_no_sense_is_refused(change: dict[str, Any], words: str) -> None:
    y = np.array([3.0, 2.1, 1.8, 1.4, 0.9, 0.3, -0.1]) * 0.2
    with pytest.raises(ValueError, match=words):
        selection_model(pool(y[:5], np.full(5, 0.04)), **change)


def test_weights_are_drawn_as_they_are_written() -> None:
    y, v = effects(METAFOR["hackshaw1998"])
    p = np.array([0.01, 0.2, 0.9])
    power = selection_model(pool(y, v), "power")
    assert_allclose(power.weight(p), (1.0 - p) ** power.delta[0], rtol=1e-12)
    two = selection_model(pool(y, v), "negative exponential", "two-sided")
    assert_allclose(two.weight(p), np.exp(-two.delta[0] * p), rtol=1e-12)
    step = selection_model(pool(y, v), "step")
    assert_allclose(step.weight(p), [1.0, step.delta[0], step.delta[0]])


def test_fits_of_metafor_with_several_steps_and_two_sided_p() -> None:
    """Its likelihood at its own estimates is ours, and our maximum not below; step functions agree in all.

    Beta functions are left out of the first: metafor censors p-values near zero and one, so that
    its likelihood is that of another function than the published one (ours is checked by the trapezoidal
    rule at its estimates, -17.123759).
    """
    compared = 0
    for name, entry in TIGHT.items():
        y, v = effects(entry)
        for fit in entry["fits"]:
            model, alternative = NAMES[fit["type"]], fit["alternative"].replace(".", "-")
            steps = [step for step in np.atleast_1d(fit["steps"]).tolist() if step not in ("NA", 1)]
            pooled = pool(y, v, method="REML" if fit["method"] == "ML" else "EE")
            found = selection_model(pooled, model, alternative, steps or (0.025,))
            is_step = model == "step"
            delta = np.atleast_1d(np.array(fit["delta"], dtype=float))[int(is_step) :]
            sign = -1.0 if alternative == "less" else 1.0
            at = np.array([sign * fit["beta"], fit["tau2"], *(np.log(delta) if is_step else delta)])
            theirs = Likelihood(sign * y, v, found.function).value(at)
            tolerance = 1e-9 if is_step else KNOWN_DIFFERENCES.get(model, 1e-6)
            if model == "beta":
                assert_allclose(theirs, -17.12375908227093, rtol=1e-9)
            else:
                assert_allclose(theirs, fit["ll"], rtol=tolerance, err_msg=f"{name} {fit}")
            assert found.loglik >= theirs - 1e-11
            assert found.selection.df == fit["LRTdf"]
            assert found.gradient < 1e-8
            if is_step:
                assert_allclose(found.estimate, fit["beta"], rtol=1e-4)
                assert_allclose(found.tau2, fit["tau2"], rtol=1e-4, atol=1e-5)
                assert_allclose(found.delta, delta, rtol=1e-4)
                assert_allclose(found.se, fit["se"], rtol=1e-3)
                assert_allclose(found.se_delta, np.atleast_1d(fit["se_delta"])[1:].astype(float), rtol=1e-3)
                assert_allclose(found.selection.statistic, fit["LRT"], rtol=1e-5, atol=1e-7)
            compared += 1
    assert compared == sum(len(entry["fits"]) for entry in TIGHT.values()) == 20


def test_a_mean_beyond_every_effect_carries_a_caution() -> None:
    """A true maximum of the power model at -6.9, far below effects between -0.57 and 1.63."""
    y = np.array([1.63, -0.26, -0.57, -0.01, 0.23, 0.97])
    v = np.array([0.23, 0.45, 0.23, 0.36, 0.28, 0.29])
    found = selection_model(pool(y, v), "power")
    assert found.gradient < 1e-8
    assert found.estimate < -5.0
    [caution] = [warning for warning in found.warnings if "beyond every effect" in warning]
    assert f"The mean before selection, {found.estimate:.3g}, lies" in caution
    assert "(-0.57 to 1.63)" in caution
    within = selection_model(pool(*effects(METAFOR["hackshaw1998"])), "step")
    assert not any("beyond every effect" in warning for warning in within.warnings)
    assert beyond_the_data(y, -11.6) == (
        "The mean before selection, -11.6, lies beyond every effect observed (-0.57 to 1.63): it is the "
        "maximum of the likelihood, but an extrapolation that rests on the model alone.",
    )
    assert len(beyond_the_data(y, 1.64)) == 1
    assert beyond_the_data(y, 1.63) == beyond_the_data(y, -0.57) == ()


def test_words_of_metafor_are_understood() -> None:
    y, v = effects(METAFOR["hackshaw1998"])
    studies = pool(y[:6], v[:6])
    for theirs, ours in (
        ("halfnorm", "half-normal"),
        ("negexp", "negative exponential"),
        ("stepfun", "step"),
    ):
        assert selection_model(studies, theirs).model == ours
    assert selection_model(studies, "Logistic", "two.sided").alternative == "two-sided"
