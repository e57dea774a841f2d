"""The choices of `pool`: whose weights, which intervals, and the same again on other studies."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from synthesis import pool
from synthesis.pooling.api import summarise_again
from synthesis.pooling.kernel.effects import Effects
from synthesis.pooling.repeating import chosen_weights, mean_weights, pool_again, same_estimator
from synthesis.pooling.tau2.intervals import heterogeneity_intervals

YI = np.array([0.1, 0.5, 0.3, 0.9, -0.2])
VI = np.array([0.01, 0.02, 0.03, 0.04, 0.05])
OWN = np.array([3.0, 1.0, 0.0, 2.0, 4.0])


def test_the_users_own_weights_are_those_of_the_mean() -> None:
    """(3 0.1 + 0.5 + 2 0.9 - 4 0.2) / 10, with the variances added up by hand."""
    found = pool(YI, VI, weights=OWN.tolist(), test="z", method="DL")
    assert_allclose(found.estimate, 0.18, rtol=1e-12)
    assert_allclose(found.weights, [30.0, 10.0, 0.0, 20.0, 40.0], rtol=1e-12)
    variance = (9 * 0.01 + 0.02 + 4 * 0.04 + 16 * 0.05 + 30 * found.tau2) / 100
    assert_allclose(found.se, math.sqrt(variance), rtol=1e-12)
    assert found.weighting == "own"
    assert found.tau2 == pool(YI, VI, method="DL").tau2
    assert "weights given by the user for the mean" in found.method_sentence


def test_named_weights_and_those_of_a_column() -> None:
    equal = pool(YI, VI, weights="Equal")
    assert (equal.weighting, equal.weights.tolist()) == ("equal", [20.0] * 5)
    assert_allclose(equal.estimate, YI.mean(), rtol=1e-13)
    fixed = pool(YI, VI, weights="fixed")
    assert_allclose(fixed.estimate, np.sum(YI / VI) / np.sum(1.0 / VI), rtol=1e-13)
    assert "inverse sampling variances for the mean" in fixed.method_sentence
    frame = pd.DataFrame({"y": YI, "v": VI, "w": OWN, "equal": OWN[::-1]})
    for name, expected in (("w", OWN), ("equal", OWN[::-1])):
        found = pool("y", "v", data=frame, weights=name)
        assert found.weighting == "own"
        assert_allclose(found.weights, 10.0 * expected, rtol=1e-12)
    assert pool("y", "v", data=frame, weights="fixed").estimate == fixed.estimate
    assert pool(YI, VI).weighting == "model"
    assert " for the mean" not in pool(YI, VI).method_sentence


@pytest.mark.parametrize(
    ("weights", "says"),
    [
        ([1, 1, -1, 1, 1], r"study 3: the weight is -1\.0; expected a finite number, zero or above"),
        ([1, math.inf, -1, 1, 1], "study 2: the weight is inf"),
        ([1, 1, 1, 1, math.nan], "study 5: the weight is nan"),
        ([0, 0, 0, 0, 0], "every weight is zero; expected at least one above zero"),
        ([1, 2, 3, 4], r"weights has shape \(4,\); expected one number for each of the studies"),
        ("equally", "unknown weights 'equally'"),
    ],
)
def test_weights_that_are_none_are_refused(weights: Any, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        pool(YI, VI, weights=weights)


def test_weights_stay_with_their_studies_when_others_are_left_out() -> None:
    gaps = np.where(np.arange(5) == 1, np.nan, YI)
    weights = np.where(np.arange(5) == 1, np.nan, OWN)
    found = pool(gaps, VI, weights=weights, missing="drop", slab=list("abcde"))
    assert_allclose(found.weights, np.array([3.0, 0.0, 2.0, 4.0]) * 100 / 9, rtol=1e-12)
    with pytest.raises(ValueError, match=r"d: the weight is -2\.0"):
        pool(gaps, VI, weights=np.where(np.arange(5) == 3, -2.0, 1.0), missing="drop", slab=list("abcde"))


@pytest.mark.parametrize("method", ["GENQ", "GENQM"])
def test_generalised_q_takes_the_users_weights_for_tau2_too(method: str) -> None:
    """By hand tau2 = (Q - sum a v + sum a^2 v / sum a) / (sum a - sum a^2 / sum a)."""
    a = np.array([3.0, 1.0, 0.5, 2.0, 4.0])
    found, plain = (pool(YI, VI, method=method, weights=weights) for weights in (a, None))
    assert found.tau2 != plain.tau2
    if method == "GENQ":
        mean = np.sum(a * YI) / a.sum()
        expected = np.sum(a * VI) - np.sum(a * a * VI) / a.sum()
        tau2 = (np.sum(a * (YI - mean) ** 2) - expected) / (a.sum() - np.sum(a * a) / a.sum())
        assert_allclose(found.tau2, tau2, rtol=1e-12)
    assert f"generalised Q (weights given) ({method}), weights given by the user" in found.method_sentence
    assert "generalised Q (weights 1/se)" in plain.method_sentence


@pytest.mark.parametrize("kind", ["QP", "PL", "PL-ML", "J", "BJ"])
def test_the_intervals_of_heterogeneity_are_those_asked_for(kind: str) -> None:
    found = pool(YI, VI, tau2_interval=kind, level=0.9)
    expected = heterogeneity_intervals(Effects(YI, VI), 0.9, kind=kind)
    for ours, theirs in (
        ((found.tau2_low, found.tau2_high), expected.tau2),
        ((found.I2_low, found.I2_high), expected.I2),
        ((found.H2_low, found.H2_high), expected.H2),
    ):
        assert ours == (theirs.low[0], theirs.high[0])
    assert found.tau2_interval == kind
    assert kind == "QP" or found.tau2_high != pool(YI, VI, level=0.9).tau2_high


def test_what_is_left_open_follows_from_the_rest() -> None:
    made: list[tuple[dict[str, Any], tuple[str, str, str]]] = [
        ({}, ("REML", "HKSJ", "t(k-1)")),
        ({"method": "EE"}, ("EE", "z", "none")),
        ({"method": "DL"}, ("DL", "HKSJ", "t(k-1)")),
        ({"test": "HC"}, ("DL", "HC", "t(k-1)")),
        ({"test": "KR"}, ("REML", "KR", "t(k-1)")),
        ({"method": "EE", "test": "t"}, ("EE", "t", "none")),
        ({"method": "PM", "prediction": "HTS"}, ("PM", "HKSJ", "HTS")),
    ]
    for given, expected in made:
        found = pool(YI, VI, **given)
        assert (found.method, found.test, found.prediction) == expected
    with pytest.raises(ValueError, match="prediction 'HTS' is about effects that differ, which method 'EE'"):
        pool(YI, VI, method="EE", prediction="hts")


@pytest.mark.parametrize(("k", "test"), [(1, "z"), (2, "HKSJ"), (5, "HKSJ")])
def test_one_study_alone_is_not_tested_by_hartung_and_knapp(k: int, test: str) -> None:
    assert pool(YI[:k], VI[:k]).test == test


CHOICES: list[dict[str, Any]] = [
    {},
    {"method": "DL", "test": "z", "prediction": "HTS", "tau2_interval": "J", "level": 0.9},
    {"method": "EE"},
    {"weights": "equal"},
    {"weights": OWN},
    {"method": "GENQ", "weights": OWN + 1.0},
    {"test": "HC"},
]


@pytest.mark.parametrize("choices", CHOICES)
def test_the_same_again_on_other_studies_is_pooling_these_by_the_same_choices(
    choices: dict[str, Any],
) -> None:
    order, other = np.array([4, 2, 0, 3]), dict(choices)
    given = choices.get("weights")
    own = given[order] if isinstance(given, np.ndarray) else None
    if own is not None:
        other["weights"] = own
    again = summarise_again(pool(YI, VI, **choices), YI[order], VI[order], tuple("wxyz"), own)
    direct = pool(YI[order], VI[order], slab=list("wxyz"), **other)
    assert again.to_dict() == direct.to_dict()


@pytest.mark.parametrize("choices", CHOICES)
def test_refits_are_made_as_the_result_was(choices: dict[str, Any]) -> None:
    result = pool(YI, VI, **choices)
    positions = np.array([3, 1, 0, 4, 2])
    once = pool_again(result, Effects(YI, VI))
    turned = pool_again(result, Effects(YI[positions], VI[positions]), positions)
    assert_allclose(once.beta[0, 0], result.estimate, rtol=1e-13)
    assert_allclose(once.ci_low[0, 0], result.ci_low, rtol=1e-12)
    assert_allclose(once.tau2[0], result.tau2, rtol=1e-12)
    assert_allclose(once.prediction_low[0], result.prediction_low, rtol=1e-12)
    for name in ("beta", "se", "ci_low", "tau2", "prediction_low", "weights"):
        values = getattr(once, name)
        values = values[:, positions] if name == "weights" else values
        assert_allclose(getattr(turned, name), values, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("choices", CHOICES)
def test_a_plain_refit_has_the_same_mean_with_walds_interval(choices: dict[str, Any]) -> None:
    result = pool(YI, VI, **choices)
    plain = pool_again(result, Effects(YI, VI), plain=True)
    assert_allclose(plain.beta[0, 0], result.estimate, rtol=1e-12)
    assert_allclose((plain.ci_low[0, 0], plain.ci_high[0, 0]), result.wald, rtol=1e-12)
    assert np.isinf(plain.df[0])
    z = 1.959963984540054 if result.level == 0.95 else 1.6448536269514722
    if choices.get("method") != "EE":
        spread = math.sqrt(result.tau2 + plain.se[0, 0] ** 2)
        assert_allclose(plain.prediction_high[0], result.estimate + z * spread, rtol=1e-12)


def test_what_a_result_was_weighted_by() -> None:
    for choices, of_any_test, of_the_mean in (
        ({}, None, None),
        ({"weights": "equal"}, "equal", "equal"),
        ({"test": "HC"}, None, "fixed"),
    ):
        result = pool(YI, VI, **choices)  # type: ignore[arg-type]
        assert (chosen_weights(result), mean_weights(result)) == (of_any_test, of_the_mean)
    own = pool(YI, VI, weights=OWN)
    assert_allclose(np.asarray(chosen_weights(own), dtype=float), 10.0 * OWN, atol=1e-12)
    assert_allclose(np.asarray(mean_weights(own, np.array([2, 0])), dtype=float), [0.0, 30.0], atol=1e-12)
    assert same_estimator(own) == "REML"
    assert same_estimator(pool(YI, VI, method="GENQ")) == "GENQ"
