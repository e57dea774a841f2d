"""Degenerate and extreme data: every estimator and test has a defined answer, none warns, none raises.

The rows of docs/edge-cases.md, in its order: batches first, then what `pool` refuses or accepts.
"""

import math
from dataclasses import fields
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from synthesis import pool
from synthesis.pooling.batch import PooledBatch, pool_batch
from synthesis.pooling.designs.mixed_regression import MixedModel
from synthesis.pooling.designs.regression import regression_model
from synthesis.pooling.kernel.effects import Array, Effects
from synthesis.pooling.mean.tests import TESTS
from synthesis.pooling.tau2.estimators import ESTIMATORS
from synthesis.pooling.tau2.intervals import heterogeneity_intervals
from tests.thinned import thinned

RNG = np.random.default_rng(20)
RISING = np.column_stack([np.ones(6), np.arange(6.0)])
NORMAL = RNG.normal(size=(20, 6))


def log_uniform(orders: float) -> Array:
    return np.asarray(10.0 ** RNG.uniform(-orders, 0.0, (20, 6)))


def studies(y: object, v: object, present: object = True) -> Effects:
    """Effects from lists."""
    return Effects(np.asarray(y, dtype=float), np.asarray(v, dtype=float), np.asarray(present, dtype=bool))


REGULAR: dict[str, tuple[Effects, Array | None]] = {
    "two studies": (studies([0.1, 0.5], [0.01, 0.04]), None),
    "three studies": (studies([0.1, 0.5, 0.3], [0.01, 0.04, 0.02]), None),
    "equal effects": (studies([0.7] * 4, [1.0, 2.0, 3.0, 4.0]), None),
    "equal effects and variances": (studies([0.7] * 4, [2.0] * 4), None),
    "effects far from zero": (studies([1e9, 1e9 + 1, 1e9 + 3], [1.0, 2.0, 3.0]), None),
    "variances over 12 orders": (Effects(NORMAL, log_uniform(12)), None),
    "variances over 100 orders": (Effects(NORMAL, log_uniform(100)), None),
    "precise studies apart": (studies([0.0, 1.0, 2.0], [1e-30, 1e-30, 1.0]), None),
    "an effect 1e50 standard errors off": (studies([1e50, 1.0, 2.0, 3.0], [1.0] * 4), None),
    "tiny variances": (studies([1e-145, 3e-145, 2e-145], [1e-290] * 3), None),
    "huge variances": (studies([1e144, 3e144, 2e144], [1e290, 1e289, 1e290]), None),
    "as many residual df as one": (studies([0.1, 0.5, 0.3], [0.01, 0.04, 0.02]), RISING[:3]),
    "moderators fit exactly": (Effects(1.0 + 2.0 * RISING[:, 1], np.arange(1.0, 7.0)), RISING),
    "moderators, variances over 12 orders": (Effects(NORMAL, log_uniform(12)), RISING),
    "moderators, variances over 100 orders": (Effects(NORMAL, log_uniform(100)), RISING),
    "moderators, some data sets delicate": (
        Effects(NORMAL, np.vstack([log_uniform(1)[:10], log_uniform(9)[:10]])),
        RISING,
    ),
    "moderators in units of 1e-90 and 1e90": (Effects(NORMAL, log_uniform(1)), RISING * [1e90, 1e-90]),
}


def answer(effects: Effects, method: str, test: str, design: Array | None) -> PooledBatch | None:
    """The pooled batch, or None where the test is refused because it is not defined with the rest."""
    try:
        return pool_batch(effects, method, test, design=design)
    except ValueError as refusal:
        if "is defined" in str(refusal):
            return None
        raise


@pytest.mark.parametrize("method", thinned(ESTIMATORS, 2))
def test_every_estimator_and_test_answers_in_every_regular_case(method: str) -> None:
    answered = 0
    for name, (effects, design) in REGULAR.items():
        for test in TESTS:
            result = answer(effects, method, test, design)
            if result is not None:
                check_regular(result, f"{name}, {method}, {test}")
                answered += 1
    assert answered >= 4 * len(REGULAR)


def check_regular(result: PooledBatch, where: str) -> None:
    """Numbers that always exist are finite and in their ranges."""
    for field in ("beta", "se", "ci_low", "ci_high", "wald_low", "wald_high", "covariance", "weights"):
        assert np.isfinite(getattr(result, field)).all(), f"{field} of {where}"
    for field in ("tau2", "I2", "H2", "Q", "Q_df", "Q_p", "loglik_ml", "loglik_reml", "AIC", "BIC"):
        assert np.isfinite(getattr(result, field)).all(), f"{field} of {where}"
    assert np.all(result.tau2 >= 0), where
    assert np.all((result.I2 >= 0) & (result.I2 <= 100)), where
    assert np.all((result.Q_p >= 0) & (result.Q_p <= 1)), where
    assert np.all((result.ci_low <= result.beta) & (result.beta <= result.ci_high)), where
    some = (result.se > 0) | (result.beta != 0)  # an effect of zero, known exactly, has no p
    p_value = result.p_value[some]
    assert np.all((p_value >= 0) & (p_value <= 1)), where
    assert_allclose(result.weights.sum(axis=1), 100.0, rtol=1e-12, err_msg=where)


def test_a_data_set_without_studies_is_nan_throughout() -> None:
    none = Effects(np.zeros((3, 4)), np.ones((3, 4)), np.zeros((3, 4), dtype=bool))
    for method in ESTIMATORS:
        for design in (None, RISING[:4]):
            result = pool_batch(none, method, design=design)
            assert np.array_equal(result.k, np.zeros(3))
            for name in (
                "beta",
                "se",
                "p_value",
                "ci_low",
                "ci_high",
                "tau2",
                "I2",
                "Q",
                "QM",
                "weights",
                "df",
            ):
                assert np.isnan(getattr(result, name)).all(), (method, name)
    assert np.isnan(heterogeneity_intervals(none).tau2.high).all()


@pytest.mark.parametrize("method", ESTIMATORS)
@pytest.mark.parametrize("shape", [(0, 3), (0, 1), (0, 0), (2, 0)])
def test_a_batch_of_nothing_has_results_of_its_shape(method: str, shape: tuple[int, int]) -> None:
    result = pool_batch(Effects(np.ones(shape), np.ones(shape)), method, "z")
    assert result.beta.shape == (shape[0], 1)
    assert result.weights.shape == shape
    assert np.isnan(result.tau2).all()
    if shape[1] == 3:
        assert pool_batch(Effects(np.ones(shape), np.ones(shape)), method, design=RISING[:3]).beta.size == 0


def test_one_study_is_itself_and_its_heterogeneity_does_not_exist() -> None:
    one = studies([[0.4, 9.0], [0.4, 9.0]], [[0.01, 1.0], [0.01, np.inf]], [[True, False], [True, True]])
    for method in ESTIMATORS:
        for test in ("z", "t", "HKSJ", "adhoc"):
            result = pool_batch(one, method, test)
            assert np.array_equal(result.beta[:, 0], [0.4, 0.4])
            assert_allclose(result.se[:, 0], 0.1, rtol=1e-14)
            assert_allclose(result.ci_high[:, 0], 0.4 + 0.1959963984540054, rtol=1e-14)
            assert np.array_equal(result.weights, [[100.0, 0.0]] * 2)
            for name in ("tau2", "se_tau2", "I2", "H2", "prediction_low", "AIC", "loglik_reml"):
                assert np.isnan(getattr(result, name)).all(), (method, test, name)


@pytest.mark.parametrize("method", ESTIMATORS)
def test_data_sets_that_cannot_estimate_the_design_are_nan_and_leave_the_others_alone(method: str) -> None:
    present = np.array(
        [[1, 1, 1, 1, 1, 1], [1, 0, 0, 0, 0, 0], [1, 1, 0, 0, 0, 0], [0, 0, 0, 1, 1, 1]], dtype=bool
    )
    v = np.where(np.arange(6) < 3, 1.0, 1e-9)
    groups = np.column_stack([np.arange(6) < 3, np.arange(6) >= 3]).astype(float)
    effects = Effects(np.tile(NORMAL[0], (4, 1)), np.tile(v, (4, 1)), present)
    result = pool_batch(effects, method, design=groups)
    for name in ("beta", "se", "ci_low", "tau2", "Q", "Q_p", "QM", "loglik_ml", "loglik_reml", "df"):
        assert np.isnan(getattr(result, name)[1:]).all(), name
        assert np.isfinite(getattr(result, name)[0]).all(), name
    alone = pool_batch(Effects(NORMAL[0], v), method, design=groups)
    assert_allclose(result.beta[0], alone.beta[0], rtol=1e-13)
    assert_allclose(result.tau2[0], alone.tau2[0], rtol=1e-13)


def test_as_many_studies_as_coefficients_leave_no_heterogeneity_to_estimate() -> None:
    result = pool_batch(studies([1.0, 3.0], [0.1, 0.2]), test="z", design=RISING[:2])
    assert np.isnan(result.tau2[0])
    assert np.isnan(result.beta).all()  # without a residual df no estimate of the model's is claimed
    assert result.Q_df[0] == 0.0


@pytest.mark.parametrize("method", ESTIMATORS)
def test_delicate_data_sets_among_others_are_as_they_are_alone(method: str) -> None:
    effects, design = REGULAR["moderators, some data sets delicate"]
    assert isinstance(regression_model(effects, RISING)[0], MixedModel)
    together = pool_batch(effects, method, design=design)
    for i in range(effects.batch):
        alone = pool_batch(Effects(effects.y[i], effects.v[i]), method, design=design)
        for name in ("beta", "se", "tau2", "I2", "Q", "loglik_reml", "weights", "covariance"):
            expected = getattr(alone, name)[0]
            assert_allclose(getattr(together, name)[i], expected, rtol=1e-11, atol=1e-14, err_msg=name)


@pytest.mark.parametrize("method", ESTIMATORS)
def test_absent_studies_change_nothing_where_variances_are_wide(method: str) -> None:
    v = log_uniform(9)
    plain = pool_batch(Effects(NORMAL, v), method, design=RISING)
    y_more, v_more = np.insert(NORMAL, 2, 1e6, axis=1), np.insert(v, 2, 1e-20, axis=1)
    present = np.insert(np.ones_like(v, dtype=bool), 2, False, axis=1)
    more = pool_batch(
        Effects(y_more, v_more, present), method, design=np.insert(RISING, 2, [1.0, 77.0], axis=0)
    )
    for name in ("beta", "se", "tau2", "se_tau2", "I2", "Q", "loglik_ml", "loglik_reml", "QM"):
        assert_allclose(getattr(more, name), getattr(plain, name), rtol=1e-10, atol=1e-14, err_msg=name)


@pytest.mark.parametrize("method", ["DL", "HE", "PM", "ML", "REML", "SJ", "GENQ"])
@pytest.mark.parametrize("orders", [1.0, 9.0])
def test_units_and_origins_of_moderators_do_not_matter(method: str, orders: float) -> None:
    effects = Effects(NORMAL, log_uniform(orders))
    plain = pool_batch(effects, method, design=RISING)
    for unit, origin in ((1e6, 0.0), (1e-6, 0.0), (1.0, 2000.0), (4.0, 1e6)):
        moved = pool_batch(
            effects, method, design=np.column_stack([np.ones(6), origin + unit * RISING[:, 1]])
        )
        # A slope near zero has no digits of its own: its precision is that of its standard error.
        assert_allclose((moved.beta[:, 1] * unit - plain.beta[:, 1]) / plain.se[:, 1], 0.0, atol=1e-8)
        assert_allclose(moved.se[:, 1] * unit, plain.se[:, 1], rtol=1e-8)
        assert_allclose(moved.tau2, plain.tau2, rtol=1e-8, atol=1e-10 * effects.v.min())


COLLINEAR: list[tuple[Array, str]] = [
    (np.column_stack([np.ones(6), np.full(6, 3.0)]), "column 2 is determined by column 1"),
    (np.column_stack([RISING, RISING @ [2.0, -3.0]]), "column 3 is determined by columns 1, 2"),
    (
        np.column_stack([np.ones(6), NORMAL[0], RISING[:, 1], 7.0 * RISING[:, 1]]),
        "column 4 is determined by column 3",
    ),
    (np.column_stack([RISING, np.zeros(6)]), "column 3 of the design is zero"),
    (np.column_stack([RISING, RISING[:, 1] + 1e-9 * NORMAL[0]]), "beyond rounding; leave one out, or centre"),
    (np.column_stack([RISING, NORMAL[:5].T]), "7 columns for 6 studies"),
    (np.column_stack([np.ones(6), NORMAL[0] * 1e200]), r"column 2 of the design reaches .*e\+200"),
    (np.column_stack([np.ones(6), np.full(6, np.nan)]), "missing or infinite"),
    (np.ones((5, 1)), "expected one row for each of 6 studies"),
]


@pytest.mark.parametrize(("design", "says"), COLLINEAR)
def test_designs_that_cannot_be_estimated_are_refused_with_the_columns(design: Array, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        pool_batch(Effects(NORMAL, np.ones((20, 6))), design=design)


def test_a_hundred_thousand_studies() -> None:
    k = 100_000
    v = RNG.uniform(0.1, 1.0, k)
    y = RNG.normal(0.3, np.sqrt(v + 0.2))
    result = pool(y, v)
    assert abs(result.tau2 - 0.2) < 0.02
    assert abs(result.estimate - 0.3) < 0.02
    w = 1.0 / (v + result.tau2)
    mean = (w * y).sum() / w.sum()
    assert_allclose(result.estimate, mean, rtol=1e-10)
    assert_allclose((w**2 * (y - mean) ** 2).sum(), w.sum() - (w * w).sum() / w.sum(), rtol=1e-9)


ACCEPTED: dict[str, tuple[Any, Any]] = {
    "integers": ([1, 2, 4], [1, 2, 1]),
    "a mixture of kinds of numbers": ([1, Decimal("2.0"), Fraction(8, 2)], [np.float32(1), 2, 1.0]),
    "half precision": (np.array([1, 2, 4], dtype=np.float16), np.array([1, 2, 1], dtype=np.int8)),
    "nullable integers": (pd.array([1, 2, 4], dtype="Int64"), pd.Series([1, 2, 1], dtype="Float32")),
    "objects": (np.array([1, 2.0, Decimal(4)], dtype=object), (1, 2, 1)),
    "an iterator": (iter([1.0, 2.0, 4.0]), [1, 2, 1]),
    "masked without a mask": (np.ma.masked_array([1.0, 2.0, 4.0]), [1, 2, 1]),
}


@pytest.mark.parametrize("kind", ACCEPTED)
def test_numbers_of_every_kind_are_the_same_numbers(kind: str) -> None:
    yi, vi = ACCEPTED[kind]
    expected, result = pool([1.0, 2.0, 4.0], [1.0, 2.0, 1.0]), pool(yi, vi)
    assert (result.estimate, result.ci_low, result.tau2) == (
        expected.estimate,
        expected.ci_low,
        expected.tau2,
    )


MISSING: dict[str, Any] = {
    "None": [1.0, None, 2.0, 4.0],
    "nan": [1.0, math.nan, 2.0, 4.0],
    "a masked value": np.ma.masked_array([1.0, 5.0, 2.0, 4.0], [False, True, False, False]),
    "a masked integer": np.ma.masked_array([1, 5, 2, 4], [False, True, False, False]),
    "pandas' NA": pd.array([1, None, 2, 4], dtype="Int64"),
    "a Decimal that is not a number": [1, Decimal("nan"), 2, 4],
    "NaT": [1.0, pd.NaT, 2.0, 4.0],
}


@pytest.mark.parametrize("kind", MISSING)
def test_missing_values_of_every_kind_are_refused_by_name_or_counted(kind: str) -> None:
    with pytest.raises(ValueError, match="study 2: yi is missing"):
        pool(MISSING[kind], [1, 1, 2, 1])
    result = pool(MISSING[kind], [1, 1, 2, 1], missing="drop", slab=list("abcd"))
    assert result.labels == ("a", "c", "d")
    assert result.notes[0] == "1 study without an effect or a variance left out."
    assert result.estimate == pool([1.0, 2.0, 4.0], [1.0, 2.0, 1.0]).estimate


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"yi": [1, True], "vi": [1, 1]}, "study 2: yi is 'True'; expected a number"),
    ({"yi": np.array([1 + 2j, 2]), "vi": [1, 1]}, "study 1: yi is .*2j.*expected a number"),
    ({"yi": ["1", "2"], "vi": [1, 1]}, "study 1: yi is '1'; expected a number"),
    ({"yi": pd.to_datetime(["2020", "2021"]), "vi": [1, 1]}, "study 1: yi is '2020"),
    ({"yi": {1.0, 2.0}, "vi": [1, 1]}, "yi is a set; expected a list or an array"),
    ({"yi": {"a": 1.0, "b": 2.0}, "vi": [1, 1]}, "yi is a dict; expected"),
    ({"yi": [[1.0], [2.0, 3.0]], "vi": [1, 1]}, "yi is a list of lists of different lengths"),
    ({"yi": [10**400, 1], "vi": [1, 1]}, "study 1: yi cannot be held in double precision"),
    ({"yi": [1, Decimal("1e400")], "vi": [1, 1]}, "study 2: yi is inf"),
    ({"yi": [1, Decimal("snan")], "vi": [1, 1]}, "study 2: yi cannot be held"),
    ({"yi": [1e151, 2.0], "vi": [1, 1]}, "study 1: yi is 1e\\+151; rescale"),
    ({"yi": [1.0, 2.0], "vi": [5e-324, 1.0]}, "study 1: the variance is 4.94066e-324; rescale"),
    ({"yi": [1.0, 2.0], "vi": [1e-60, 1e60]}, "study 2: its variance is 1e\\+120 times the smallest"),
    ({"yi": [1.0, 2.0], "vi": [1e-290, 1e290]}, "study 2: its variance is inf times the smallest"),
    ({"yi": [1.0, 1e60], "vi": [1.0, 1.0]}, "study 2: its effect lies 1e\\+60 standard errors"),
    ({"yi": [1e-310, 3e-310], "vi": [1.0, 1.0]}, "study 2: its effect lies only 2e-310 standard errors"),
    ({"yi": [1.0, 2.0], "vi": [1.0, math.inf]}, "study 2: vi is inf; expected a finite number"),
    ({"yi": [1.0, 2.0], "vi": [1.0, 1.0], "level": 1.95}, "level is 1.95; expected a fraction"),
    ({"yi": [1.0, 2.0], "vi": [1.0, 1.0], "level": "95"}, "level is '95'"),
    ({"yi": [1.0, 2.0], "vi": [1.0, 1.0], "level": 1}, "level is 1; expected a fraction"),
    ({"yi": [1.0, 2.0], "vi": [1.0, 1.0], "level": math.nan}, "level is nan"),
]


@pytest.mark.parametrize(("arguments", "says"), REFUSED)
def test_what_double_precision_or_sense_cannot_hold_is_refused_with_the_study(
    arguments: dict[str, Any], says: str
) -> None:
    with pytest.raises(ValueError, match=says):
        pool(**arguments)


def test_labels_may_repeat_and_need_not_be_text() -> None:
    assert pool([1, 2], [1, 1], slab=["a", "a"]).labels == ("a", "a")
    assert pool([1, 2], [1, 1], slab=[1999, None]).labels == ("1999", "None")


@pytest.mark.parametrize("method", ESTIMATORS)
def test_equal_effects_are_pooled_to_themselves_with_no_heterogeneity(method: str) -> None:
    result = pool([0.7] * 5, [1.0, 2.0, 3.0, 4.0, 5.0], method=method, test="HKSJ")
    assert (result.estimate, result.tau2, result.I2, result.Q) == (0.7, 0.0, 0.0, 0.0)
    assert (result.ci_low, result.ci_high) == (0.7, 0.7)
    assert any("narrower than the Wald interval" in note for note in result.notes)
    assert any("single point 0" in note for note in result.notes)


def test_a_data_set_without_studies_has_no_number_whatever_stands_beside_it() -> None:
    """Not even weights, which were 100 percent of one study where another data set has one that dominates."""
    v = np.array([[1e-9, 1.0, 2.0], [1.0, 1.0, 1.0]])
    pooled = pool_batch(Effects(np.array([[0.1, 0.5, 0.9]] * 2), v, np.array([[True] * 3, [False] * 3])))
    numbers = {f.name: getattr(pooled, f.name)[1] for f in fields(pooled)}
    assert numbers.pop("k") == 0.0
    assert [name for name, number in numbers.items() if not np.isnan(number).all()] == []
