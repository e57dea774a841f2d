"""Predictions of the studies' own effects against metafor, and identities."""

from typing import Any

import mpmath
import numpy as np
import pytest
from numpy.testing import assert_allclose

from synthesis.pooling.batch import pool_batch
from synthesis.pooling.kernel.effects import Effects
from synthesis.pooling.prediction.new_settings import Shrunken, blup
from tests.synthesis.pooling.inference_reference import (
    DATA_SETS,
    METAFOR_5,
    TESTS,
    compare,
    design_of,
    effects_of,
    report,
)

Y = np.array([0.35, 0.1, -0.2, 0.6, 0.44, 0.9])
V = np.array([0.02, 0.05, 0.01, 0.08, 0.03, 0.04])
X = np.column_stack([np.ones(6), [1.0, 2.0, 4.0, 3.0, 0.0, 7.0]])

OF_EFFECT = {"pred": "effect", "se": "se", "pi_lb": "low", "pi_ub": "high"}
OF_DEVIATION = {
    "pred": "deviation",
    "se": "deviation_se",
    "pi_lb": "deviation_low",
    "pi_ub": "deviation_high",
}


# Largest absolute difference. metafor 5.1-12 stops when tau2 changes by less than 1e-12; this bound is small
# beside what it is the difference of (-5e-5 of 0.1), so that the rest of the error shows; test below.
KNOWN_DIFFERENCES = {("raudenbush1985", "pi_lb"): 7e-12}


def outcomes_of(
    ours: Shrunken, reference: Any, names: dict[str, str], name: str, key: str = ""
) -> list[tuple[bool, str]]:
    # A deviation may be any small difference of numbers of order one: absolute 1e-13 beside relative 1e-8.
    found: list[tuple[bool, str]] = []
    for quantity, attribute in names.items():
        known = KNOWN_DIFFERENCES.get((name, quantity), 1e-13)
        found += compare(
            getattr(ours, attribute), reference[quantity], f"{name} {key} {quantity}", atol=known
        )
    return found


def test_every_prediction_of_metafor_5_agrees() -> None:
    outcomes: list[tuple[bool, str]] = []
    for name, entry in METAFOR_5.items():
        reference = {quantity.replace(".", "_"): value for quantity, value in entry["blup"].items()}
        outcomes += outcomes_of(blup(effects_of(entry), "REML", "z"), reference, OF_EFFECT, name)
    assert report(outcomes) == COMPARED_5


def test_known_difference_of_raudenbush1985_is_metafors() -> None:
    """The bound nearest zero, in 40 digits at the root of the restricted score."""
    entry = METAFOR_5["raudenbush1985"]
    ours = blup(effects_of(entry), "REML", "z")
    study = int(np.abs(ours.low[0]).argmin())
    with mpmath.workdps(40):
        y, v = ([mpmath.mpf(x) for x in entry[name]] for name in ("yi", "vi"))

        def mean(tau2: mpmath.mpf) -> tuple[list[mpmath.mpf], mpmath.mpf, mpmath.mpf]:
            w = [1 / (x + tau2) for x in v]
            return w, sum(w), sum(a * b for a, b in zip(w, y, strict=True)) / sum(w)

        def score(tau2: mpmath.mpf) -> mpmath.mpf:
            w, total, centre = mean(tau2)
            fit = sum((a * (b - centre)) ** 2 for a, b in zip(w, y, strict=True))
            return fit - total + sum(a * a for a in w) / total

        tau2 = mpmath.findroot(score, mpmath.mpf(pool_batch(effects_of(entry)).tau2[0]))
        _, total, centre = mean(tau2)
        s = tau2 / (tau2 + v[study])
        z = mpmath.sqrt(2) * mpmath.erfinv(mpmath.mpf("0.95"))
        low = s * y[study] + (1 - s) * centre - z * mpmath.sqrt(s * v[study] + (1 - s) ** 2 / total)
        assert abs(low - ours.low[0, study]) < 1e-15
        assert abs(low - entry["blup"]["pi.lb"][study]) > 1e-12


def test_every_prediction_agrees_with_and_without_moderators_for_all_tests() -> None:
    outcomes: list[tuple[bool, str]] = []
    for name, entry in DATA_SETS.items():
        for key, reference in entry["blups"].items():
            design, method, test = key.split("/")
            ours = blup(effects_of(entry), method, TESTS[test], design=design_of(entry, design))
            outcomes += outcomes_of(ours, reference["blup"], OF_EFFECT, name, key)
            outcomes += outcomes_of(ours, reference["ranef"], OF_DEVIATION, name, f"{key} ranef")
    assert report(outcomes) == COMPARED


def test_errors_are_those_of_the_linear_predictor() -> None:
    """Var(prediction - truth) by matrices, for prediction L y and truth x'beta + u with tau2 known."""
    for design in (None, X):
        pooled = pool_batch(Effects(Y, V), "REML", "z", design=design)
        x, tau2 = np.ones((6, 1)) if design is None else design, pooled.tau2[0]
        w = 1.0 / (V + tau2)
        hat = x @ np.linalg.inv(x.T @ (w[:, None] * x)) @ (x.T * w)
        s = tau2 / (V + tau2)
        effect = s[:, None] * np.eye(6) + (1 - s)[:, None] * hat
        deviation = s[:, None] * (np.eye(6) - hat)
        ours = blup(Effects(Y, V), "REML", "z", design=design)
        for linear, value, se in (
            (effect, ours.effect, ours.se),
            (deviation, ours.deviation, ours.deviation_se),
        ):
            assert_allclose(value[0], linear @ Y, rtol=1e-11)
            error = linear @ np.diag(V) @ linear.T + tau2 * (linear - np.eye(6)) @ (linear - np.eye(6)).T
            # For the deviation, the part of x'beta in y is removed: linear @ x = 0.
            assert_allclose(se[0], np.sqrt(np.diag(error)), rtol=1e-11)


def test_without_heterogeneity_every_study_is_the_mean() -> None:
    ours, pooled = blup(Effects(Y, V), "EE", "z"), pool_batch(Effects(Y, V), "EE", "z")
    assert_allclose(ours.effect[0], np.full(6, pooled.beta[0, 0]), rtol=1e-14)
    assert_allclose(ours.se[0], np.full(6, pooled.se[0, 0]), rtol=1e-14)
    assert (ours.deviation == 0).all()
    assert (ours.shrinkage == 0).all()


def test_a_batch_is_its_data_sets_and_absent_studies_are_nan() -> None:
    present = np.ones((2, 6), dtype=bool)
    present[1, 3:] = False
    both = blup(Effects(np.tile(Y, (2, 1)), np.tile(V, (2, 1)), present))
    assert_allclose(both.effect[0], blup(Effects(Y, V)).effect[0], rtol=1e-13)
    assert_allclose(both.low[1, :3], blup(Effects(Y[:3], V[:3])).low[0], rtol=1e-12)
    assert np.isnan(both.effect[1, 3:]).all()
    assert np.isnan(both.shrinkage[1, 3:]).all()


def test_one_study_has_no_heterogeneity_to_predict_with() -> None:
    assert np.isnan(blup(Effects(Y[:1], V[:1])).effect).all()


@pytest.mark.parametrize("test", ["KR", "HC"])
def test_tests_without_one_distribution_are_refused(test: str) -> None:
    with pytest.raises(ValueError, match=f"'{test}' has no distribution for predictions; expected one of: z"):
        blup(Effects(Y, V), "REML", test)


COMPARED_5 = 1_148
COMPARED = 10_944
