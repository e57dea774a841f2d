"""The user's weights against metafor 3.8-1, and identities."""

import math
from typing import Any

import mpmath
import numpy as np
import pytest
from numpy.testing import assert_allclose

from synthesis.pooling.batch import pool_batch
from synthesis.pooling.designs.basis import base_of, beyond_units
from synthesis.pooling.designs.regression import regression_model
from synthesis.pooling.kernel.effects import Array, Effects
from synthesis.pooling.mean.weighting import WEIGHTINGS, checked_weights
from synthesis.pooling.tau2.weighted_residuals import weighted_residuals
from tests.synthesis.pooling.inference_reference import (
    DATA_SETS,
    TESTS,
    compare,
    design_of,
    effects_of,
    report,
)
from tests.synthesis.pooling.test_reference_metafor import wider

Y = np.array([0.35, 0.1, -0.2, 0.6, 0.44, 0.9])
V = np.array([0.02, 0.05, 0.01, 0.08, 0.03, 0.04])
A = np.array([1.0, 3.0, 0.0, 2.0, 5.0, 1.5])
X = np.column_stack([np.ones(6), [1.0, 2.0, 4.0, 3.0, 0.0, 7.0]])

QUANTITIES = {
    "beta": "beta",
    "covariance": "covariance",
    "se": "se",
    "stat": "statistic",
    "pval": "p_value",
    "ci_lb": "ci_low",
    "ci_ub": "ci_high",
    "tau2": "tau2",
    "I2": "I2",
    "H2": "H2",
    "QE": "Q",
    "QEp": "Q_p",
    "QM": "QM",
    "QMp": "QM_p",
    "weights": "weights",
    "pi_lb": "prediction_low",
    "pi_ub": "prediction_high",
}


def unweighted_wald(entry: dict[str, Any], reference: dict[str, Any]) -> dict[str, Any]:
    """Wald's interval of the unweighted mean, whose variance is the sum of v + tau2 over k squared."""
    spread = np.array(entry["vi"], dtype=float) + reference["tau2"]
    half = 1.959963984540054 * math.sqrt(spread.sum()) / spread.size
    return {"ci_lb": np.mean(entry["yi"]) - half, "ci_ub": np.mean(entry["yi"]) + half}


def test_every_weighted_fit_agrees_with_metafor() -> None:
    outcomes: list[tuple[bool, str]] = []
    for name, entry in DATA_SETS.items():
        for key, reference in entry["cases"].items():
            design, method, test, given = key.split("/")
            weights = "equal" if given == "unweighted" else np.array(entry["weights"][given], dtype=float)
            ours = pool_batch(
                effects_of(entry),
                method,
                TESTS[test],
                prediction="z" if test == "z" else "t(k-1)",
                design=design_of(entry, design),
                weights=weights,
            )
            wald = entry["cases"].get("/".join((design, method, "z", given))) or unweighted_wald(
                entry, reference
            )
            expected = reference if design != "none" else wider(reference, wald)
            for quantity, attribute in QUANTITIES.items():
                outcomes += compare(getattr(ours, attribute), expected[quantity], f"{name} {key} {quantity}")
    assert report(outcomes) == COMPARED


@pytest.mark.parametrize("test", ["z", "t", "HKSJ", "adhoc"])
@pytest.mark.parametrize("design", [None, X])
def test_the_models_own_weights_given_by_hand_are_the_model(test: str, design: np.ndarray | None) -> None:
    model = pool_batch(Effects(Y, V), "REML", test, design=design)
    given = pool_batch(Effects(Y, V), "REML", test, design=design, weights=1.0 / (V + model.tau2))
    for name in ("beta", "covariance", "se", "p_value", "ci_low", "QM", "QM_p", "weights", "tau2", "Q", "I2"):
        assert_allclose(getattr(given, name), getattr(model, name), rtol=1e-11, atol=1e-14)


def by_matrices(y: Array, v: Array, x: Array, a: Array, tau2: float) -> tuple[Array, Array]:
    """beta and its covariance at weights a, in 120 digits."""
    with mpmath.workdps(120):
        columns, weights = mpmath.matrix(x.tolist()), mpmath.diag([mpmath.mpf(w) for w in a.tolist()])
        hat = (columns.T * weights * columns) ** -1 * columns.T * weights
        spread = mpmath.diag([mpmath.mpf(s) + mpmath.mpf(tau2) for s in v.tolist()])
        beta, covariance = hat * mpmath.matrix(y.tolist()), hat * spread * hat.T
        return np.array(beta.tolist(), float)[:, 0], np.array(covariance.tolist(), float)


YEARS = np.arange(1990.0, 2002.0)
DESIGNS = {
    "year": np.column_stack([np.ones(12), YEARS]),
    "powers of years": np.column_stack([np.ones(12), *((YEARS - 1990) ** power for power in (1, 2, 3))]),
    "a year and its square about 1950": np.column_stack([np.ones(12), YEARS - 1950, (YEARS - 1950) ** 2]),
}


@pytest.mark.parametrize("orders", [1, 6, 20])
@pytest.mark.parametrize("name", DESIGNS)
def test_powers_of_years_with_wide_variances_and_weights_are_their_formula(name: str, orders: int) -> None:
    rng, x = np.random.default_rng(orders), DESIGNS[name]
    v, y = 10.0 ** rng.uniform(-orders, 0, 12), rng.normal(size=12)
    own = 10.0 ** rng.uniform(-6, 0, 12)
    for weights, a in (("equal", np.ones(12)), ("fixed", 1.0 / v), (own, own)):
        ours = pool_batch(Effects(y, v), "DL", "z", design=x, weights=weights)
        beta, covariance = by_matrices(y, v, x, a, ours.tau2[0])
        se = np.sqrt(np.diag(covariance))
        assert np.all(np.abs(ours.beta[0] - beta) < 1e-9 * se)
        assert_allclose(ours.se[0], se, rtol=1e-9)
        assert_allclose(ours.covariance[0] / np.outer(se, se), covariance / np.outer(se, se), atol=1e-9)


def test_weights_that_cannot_estimate_the_design_leave_the_other_data_sets_alone() -> None:
    a = np.array([A, [0.0, 0, 0, 0, 1, 0], [0.0] * 6, A])
    together = pool_batch(Effects(np.tile(Y, (4, 1)), np.tile(V, (4, 1))), "DL", "z", design=X, weights=a)
    alone = pool_batch(Effects(Y, V), "DL", "z", design=X, weights=A)
    assert np.isnan(together.beta[1:3]).all()
    assert np.isnan(together.se[1:3]).all()
    for row in (0, 3):
        assert_allclose(together.beta[row], alone.beta[0], rtol=1e-13)
        assert_allclose(together.se[row], alone.se[0], rtol=1e-13)


def test_named_weights_are_those_numbers() -> None:
    for name, numbers in (("fixed", 1.0 / V), ("equal", np.ones(6))):
        named = pool_batch(Effects(Y, V), "DL", "z", weights=name)
        given = pool_batch(Effects(Y, V), "DL", "z", weights=numbers)
        assert_allclose(named.beta, given.beta, rtol=1e-13)
        assert_allclose(named.se, given.se, rtol=1e-13)
    assert set(WEIGHTINGS) == {"fixed", "equal"}


def test_inverse_variance_heterogeneity_is_its_formula() -> None:
    result = pool_batch(Effects(Y, V), "DL", "z", weights="fixed")
    share = (1.0 / V) / (1.0 / V).sum()
    assert_allclose(result.beta[0, 0], share @ Y, rtol=1e-13)
    assert_allclose(result.se[0, 0], np.sqrt((share**2 * (V + result.tau2[0])).sum()), rtol=1e-13)


def test_equal_weights_give_the_plain_mean_and_least_squares() -> None:
    result = pool_batch(Effects(Y, V), "HE", "z", weights="equal")
    assert_allclose(result.beta[0, 0], Y.mean(), rtol=1e-13)
    assert_allclose(result.se[0, 0], np.sqrt((V + result.tau2[0]).sum()) / 6, rtol=1e-13)
    line = pool_batch(Effects(Y, V), "HE", "z", design=X, weights="equal")
    assert_allclose(line.beta[0], np.linalg.lstsq(X, Y, rcond=None)[0], rtol=1e-12)


def test_weights_by_data_set_follow_their_block() -> None:
    """More data sets than a block holds; each agrees with itself alone."""
    rng = np.random.default_rng(3)
    y, v = rng.normal(size=(30_000, 6)), rng.uniform(0.1, 1.0, (30_000, 6))
    a = rng.uniform(0.1, 5.0, (30_000, 6))
    whole = pool_batch(Effects(y, v), "DL", "HKSJ", weights=a)
    for row in (0, 21_844, 21_846, 29_999):
        alone = pool_batch(Effects(y[row], v[row]), "DL", "HKSJ", weights=a[row])
        assert_allclose(whole.beta[row], alone.beta[0], rtol=1e-13)
        assert_allclose(whole.ci_low[row], alone.ci_low[0], rtol=1e-12)


def test_size_of_weights_and_absent_studies_change_nothing() -> None:
    plain = pool_batch(Effects(Y, V), "REML", "HKSJ", weights=A)
    for size in (1e-300, 1e300):
        scaled = pool_batch(Effects(Y, V), "REML", "HKSJ", weights=A * size)
        assert_allclose(scaled.ci_low, plain.ci_low, rtol=1e-13)
    present = np.array([[True] * 6 + [False]])
    more = Effects(np.append(Y, np.nan)[None], np.append(V, np.nan)[None], present)
    with_absent = pool_batch(more, "REML", "HKSJ", weights=np.append(A, np.nan))
    assert_allclose(with_absent.ci_low, plain.ci_low, rtol=1e-13)
    assert with_absent.weights[0, 6] == 0.0


@pytest.mark.parametrize("k", [2, 3])
def test_tau2_is_in_the_variance_of_a_weighted_mean_of_few_studies(k: int) -> None:
    y, v, a = np.array([0.0, 4.0, 1.0])[:k], np.array([0.1, 0.3, 0.2])[:k], np.array([1.0, 3.0, 2.0])[:k]
    result = pool_batch(Effects(y, v), "DL", "z", weights=a)
    assert result.tau2[0] > 1.0
    assert_allclose(result.se[0, 0], np.sqrt((a**2 * (v + result.tau2[0])).sum()) / a.sum(), rtol=1e-13)


def test_weights_that_cannot_estimate_the_coefficients_give_nan() -> None:
    none = pool_batch(Effects(Y, V), "DL", "HKSJ", weights=np.zeros(6))
    assert np.isnan([none.beta[0, 0], none.se[0, 0], none.p_value[0, 0], none.QM[0]]).all()
    assert np.isfinite(none.tau2[0])
    one = pool_batch(Effects(Y, V), "DL", "z", design=X, weights=np.eye(6)[0])
    assert np.isnan(one.beta).all()


def test_one_study_is_that_study_whatever_its_weight() -> None:
    result = pool_batch(Effects(Y[:1], V[:1]), weights=[7.0])
    assert_allclose([result.beta[0, 0], result.se[0, 0]], [Y[0], np.sqrt(V[0])], rtol=1e-14)


@pytest.mark.parametrize(
    ("weights", "says"),
    [
        ([1.0, 2.0], r"weights have shape \(2,\); expected \(6,\) or \(1, 6\)"),
        ([1.0, 2.0, -1.0, 1.0, 1.0, 1.0], "study 3 of data set 1 has weight -1.0"),
        ([1.0, 2.0, 1.0, np.nan, 1.0, 1.0], "study 4 of data set 1 has weight nan"),
        ([1.0, 2.0, 1.0, 1.0, 1.0, np.inf], "study 6 of data set 1 has weight inf"),
    ],
)
def test_weights_that_make_no_sense_are_refused(weights: list[float], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        pool_batch(Effects(Y, V), weights=weights)


@pytest.mark.parametrize(("test", "method"), [("KR", "REML"), ("HC", "DL")])
def test_tests_with_weights_of_their_own_refuse_others(test: str, method: str) -> None:
    with pytest.raises(ValueError, match=f"test '{test}' has its own weights"):
        pool_batch(Effects(Y, V), method, test, weights=A)


COMPARED = 16_059


def test_the_residual_matrix_of_any_weights_is_its_definition() -> None:
    """A - A X (X'AX)^-1 X'A, with the heaviest weight one; nothing of the design is left in it."""
    rng = np.random.default_rng(9)
    x = np.column_stack([np.ones(6), rng.normal(size=6)])
    weights = rng.uniform(0.1, 1.0, (3, 6))
    model, _, _ = regression_model(Effects(rng.normal(size=(3, 6)), rng.uniform(0.1, 1.0, (3, 6))), x)
    for found, a in zip(weighted_residuals(model, weights).matrix, weights, strict=True):
        w = np.diag(a / a.max())
        assert_allclose(found, w - w @ x @ np.linalg.inv(x.T @ w @ x) @ x.T @ w, atol=1e-13)


def test_studies_of_no_weight_cannot_tell_coefficients_apart() -> None:
    """The first study differs from the other two, but has no weight."""
    design, y = np.array([[1.0, 0.0], [1.0, 2.0], [1.0, 2.0]]), np.array([[1.0, 2.0, 4.0]] * 2)
    with pytest.raises(np.linalg.LinAlgError, match="cannot estimate"):
        base_of(design, np.array([[1.0, 1.0, 1.0], [0.0, 1.0, 1.0]]), y)
    assert sorted(base_of(design, np.array([[1.0, 2.0, 0.0]]), y[:1]).rows[0]) == [0, 1]


@pytest.mark.parametrize("weights", ["equal", np.zeros(0)])
def test_data_sets_without_studies_have_no_weighted_mean(weights: Any) -> None:
    found = pool_batch(Effects(np.zeros((2, 0)), np.ones((2, 0))), "DL", "z", weights=weights)
    assert found.beta.shape == (2, 1)
    assert np.isnan([found.beta, found.se]).all()


@pytest.mark.parametrize(
    ("size", "refused"), [(0.9e-100, True), (1.1e-100, False), (0.9e100, False), (1.1e100, True)]
)
def test_a_column_whose_coefficient_would_overflow_is_refused(size: float, refused: bool) -> None:
    design = np.column_stack([np.ones(4), [0.0, 0.5 * size, -size, size]])
    assert beyond_units(design) == ((1, size) if refused else None)
    assert beyond_units(np.column_stack([np.ones(4), np.zeros(4)])) is None


def test_whole_numbers_are_weights() -> None:
    found = checked_weights(Effects(Y, V), [1, 2, 3, 4, 5, 6])
    assert found.dtype == float
    assert found.tolist() == [[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]]
