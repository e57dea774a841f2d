"""Plain sums, and sums with the most precise study kept apart, agree where both may be used."""

import numpy as np
import pytest

from synthesis.pooling.batch import pool_batch
from synthesis.pooling.designs.basis import scaled_design
from synthesis.pooling.designs.mixed_regression import MixedModel
from synthesis.pooling.designs.regression import RegressionModel, regression_model
from synthesis.pooling.designs.wide_regression import WideRegressionModel
from synthesis.pooling.kernel import scaling
from synthesis.pooling.kernel.effects import Array, Effects
from synthesis.pooling.kernel.fitting import estimate_batch
from synthesis.pooling.kernel.one_mean import intercept_model
from synthesis.pooling.kernel.scaling import laid_out, prepared
from synthesis.pooling.tau2.estimators import ESTIMATORS

METHODS = sorted(set(ESTIMATORS) - {"GENQ", "GENQM", "PMM"})


def at_the_limits(k: int, batch: int = 300, seed: int = 1) -> Effects:
    """One study about as dominating, and effects about as far apart, as plain sums may take."""
    rng = np.random.default_rng(seed)
    v = rng.uniform(0.5, 1.0, (batch, k))
    v[:, 0] /= 10.0 * (k - 1.0)
    spread = 10.0 ** rng.uniform(-2.0, 1.5, (batch, 1)) * np.sqrt(v[:, :1])
    return Effects(rng.uniform(-1.0, 1.0, (batch, k)) * spread + 3.0, v)


def careful(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scaling.LaidOut, "harmless", False)


@pytest.mark.parametrize("k", [2, 3, 5, 20, 60])
@pytest.mark.parametrize("method", METHODS)
def test_both_ways_agree_to_rounding(monkeypatch: pytest.MonkeyPatch, method: str, k: int) -> None:
    data = at_the_limits(k)
    assert laid_out(data).harmless
    plain = estimate_batch(data, method)
    careful(monkeypatch)
    apart = estimate_batch(data, method)
    v_min = data.v.min(axis=1)
    assert np.abs((plain.beta - apart.beta) / apart.se).max() < 1e-12
    assert np.abs((plain.tau2 - apart.tau2) / (apart.tau2 + v_min)).max() < 2e-12
    assert np.abs(plain.se / apart.se - 1.0).max() < 2e-12


def test_both_ways_agree_with_studies_absent(monkeypatch: pytest.MonkeyPatch) -> None:
    data = at_the_limits(9)
    present = np.random.default_rng(2).random((300, 9)) < 0.6
    present[:, 0] = False  # the reference of y is then another study
    present[:, 1:3] = True
    data = data.where(present)
    assert laid_out(data).harmless
    plain = pool_batch(data)
    careful(monkeypatch)
    apart = pool_batch(data)
    for name in ("beta", "se", "ci_low", "I2", "Q", "weights", "loglik_reml", "prediction_high", "se_tau2"):
        np.testing.assert_allclose(getattr(plain, name), getattr(apart, name), rtol=1e-11, atol=1e-11)


def one_more(y: list[float], v: list[float]) -> Effects:
    """A harmless data set, and this one."""
    return Effects(np.array([[1.0, 1.5, 2.0], y]), np.array([[1.0, 2.0, 3.0], v]))


@pytest.mark.parametrize(
    ("y", "v"),
    [
        ([1.0, 2.0, 3.0], [1e-3, 1.0, 1.0]),
        ([1.0, 2.0, 3e6], [1.0, 1.0, 1.0]),
        ([1.0, 2.0, 3.0], [1e60, 1e60, 1e60]),
        ([1.0, 2.0, 3.0], [1e-60, 1e-60, 1e-60]),
    ],
)
def test_one_data_set_that_may_lose_digits_keeps_its_batch_from_plain_sums(
    y: list[float], v: list[float]
) -> None:
    assert laid_out(one_more([1.0, 2.0, 3.0], [1.0, 1.0, 1.0])).harmless
    assert not laid_out(one_more(y, v)).harmless


@pytest.mark.parametrize(
    ("within", "beyond"),
    [
        # A study as precise as twenty times the number of the others, and more so.
        (([1.0, 2.0, 3.0], [1.0, 39.9, 39.9]), ([1.0, 2.0, 3.0], [1.0, 39.9, 40.1])),
        (([1.0, 2.0, np.nan], [1.0, 19.9, np.inf]), ([1.0, 2.0, np.nan], [1.0, 20.1, np.inf])),
        (([1.0, np.nan, np.nan], [1.0, np.inf, np.inf]), ([1.0, 2.0, np.nan], [1.0, 1e9, np.inf])),
        # Effects 64 standard errors from the first, in the root of their mean square, and farther.
        (([0.0, 78.0, 78.0], [1.0, 1.0, 1.0]), ([0.0, 79.0, 79.0], [1.0, 1.0, 1.0])),
        # Variances whose fourth power exists, and others.
        (([0.0, 0.0, 0.0], [9e49, 9e49, 9e49]), ([0.0, 0.0, 0.0], [9e49, 9e49, 1.1e50])),
        (([0.0, 0.0, 0.0], [1.1e-50, 2e-50, 2e-50]), ([0.0, 0.0, 0.0], [9e-51, 2e-50, 2e-50])),
    ],
)
def test_sums_are_plain_up_to_these_bounds(
    within: tuple[list[float], list[float]], beyond: tuple[list[float], list[float]]
) -> None:
    assert laid_out(Effects(*map(np.array, within))).harmless
    assert not laid_out(Effects(*map(np.array, beyond))).harmless


@pytest.mark.parametrize(
    ("y", "v", "plain"),
    [
        ([0.0, 1.0, 2.0], [1.0, 9.9e3, 9.9e3], True),
        ([0.0, 1.0, 2.0], [1.0, 1.01e4, 1.0], False),
        ([0.0, 1.0, 2.0], [3.0, 2.9e4, 2.9e4], True),
        ([0.0, 1.0, np.nan], [1.0, 6.6e3, np.inf], True),  # two thirds of the studies: two thirds of that
        ([0.0, 1.0, np.nan], [1.0, 6.7e3, np.inf], False),
        ([0.0, 1.0, 999.0], [1.0, 1.0, 1.0], True),
        ([0.0, 1.0, -1001.0], [1.0, 1.0, 1.0], False),
    ],
)
def test_small_matrices_serve_a_design_up_to_these_bounds(
    y: list[float], v: list[float], plain: bool
) -> None:
    """Ten thousandfold weights, effects a thousand standard errors from zero: then studies are kept apart."""
    data = one_more(y, v)
    alone = regression_model(data.rows(slice(1, 2)), np.ones((3, 1)))[0]
    assert type(alone) is (RegressionModel if plain else WideRegressionModel)
    joined = regression_model(data, np.ones((3, 1)))[0]
    assert type(joined) is (RegressionModel if plain else MixedModel)
    assert joined.y.T.flags.c_contiguous
    present = np.isfinite([[1.0, 2.0, 3.0], v])
    assert np.array_equal(joined.k, present.sum(axis=1))
    assert np.array_equal(joined.present, present)
    assert np.array_equal(joined.variances, np.where(present, [[1.0, 2.0, 3.0], v], 1.0))


def test_a_common_shift_of_effects_leaves_sums_plain() -> None:
    data = at_the_limits(5)
    assert laid_out(Effects(data.y + 1e9, data.v)).harmless


@pytest.mark.parametrize("shift", [0.0, 1.0, 1e9])
def test_equal_effects_are_their_own_mean(shift: float) -> None:
    y = np.full((2, 4), 0.7 + shift)
    result = estimate_batch(Effects(y, np.array([[1.0, 2.0, 3.0, 4.0], [1.0, 1.0, 1.0, 1.0]])))
    assert np.array_equal(result.beta, y[:, :1])
    assert np.array_equal(result.tau2, [0.0, 0.0])


@pytest.mark.parametrize("v", [[1.0, 2.0, 3.0], [1.0, 2.0, 1e9], [400.0, 800.0, 1e12]])
def test_the_model_keeps_what_the_data_say_of_themselves(v: list[float]) -> None:
    present = np.array([[True, True, True], [False, True, True], [False, True, False], [False] * 3])
    model, units = intercept_model(Effects(np.tile([1.0, 2.0, 4.0], (4, 1)), np.tile(v, (4, 1)), present))
    scale2 = units.scale**2
    assert np.array_equal(model.present, present)
    assert np.array_equal(model.k, [3, 2, 1, 0])
    smallest = (model.v_min * scale2)[:, None]
    np.testing.assert_allclose(model.variances * scale2[:, None], np.where(present, v, smallest), rtol=1e-15)
    np.testing.assert_allclose((model.v_min * scale2)[:3], [v[0], v[1], v[1]], rtol=1e-15)
    np.testing.assert_allclose((model.v_max * scale2)[:3], [v[2], v[2], v[1]], rtol=1e-15)


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("dominating", [False, True])
def test_each_studys_numbers_lie_side_by_side_in_memory(order: str, dominating: bool) -> None:
    data = at_the_limits(6)
    v = np.where(np.arange(6) == 0, 1e-12, 1.0) * data.v if dominating else data.v
    ordered = np.asfortranarray if order == "F" else np.ascontiguousarray
    model, _ = intercept_model(Effects(ordered(data.y), ordered(v)))
    assert (model.top_index is not None) == dominating
    assert model.y.T.flags.c_contiguous
    assert model.v.T.flags.c_contiguous


def test_the_latest_projection_is_not_given_for_another_tau2() -> None:
    model, _ = intercept_model(at_the_limits(4, batch=2))
    tau2: Array = np.array([1.0, 2.0])
    first = model.at(tau2)
    assert model.at(np.array([1.0, 2.0])) is first
    tau2[1] = 5.0
    assert model.at(tau2).trace_w[1] < first.trace_w[1]


def test_columns_are_measured_each_in_a_power_of_two_of_its_own_and_the_constant_one_is_the_largest() -> None:
    """Up to one, and up to two where constant; coefficients are turned back by the same powers."""
    years, percent = np.array([1990.0, 2001.0, 2020.0]), np.array([-3e-40, 1e-41, 2e-40])
    design = np.column_stack([np.full(3, 5.0), years, percent, np.full(3, 1.0)])
    scaled, turn = scaled_design(design)
    largest = np.abs(scaled).max(axis=0)
    assert np.all((np.array([1.0, 0.5, 0.5, 1.0]) <= largest) & (largest < [2.0, 1.0, 1.0, 2.0]))
    assert np.array_equal(design @ turn, scaled)
    assert np.array_equal(np.frexp(np.diag(turn))[0], np.full(4, 0.5))


HALF_THERE = Effects(
    np.array([[7.0, 3.0, np.nan], [9.0, 4.0, 5.0]]),
    np.array([[64.0, 16.0, np.nan], [1.0, 2.0, 3.0]]),
    np.array([[True, True, False], [False, False, False]]),
)


def test_an_absent_study_has_no_effect_and_no_information() -> None:
    """Laid out from the first study, and in units of 4 from the most precise one, or from zero."""
    plain, from_top, from_zero = laid_out(HALF_THERE), prepared(HALF_THERE, True), prepared(HALF_THERE, False)
    assert plain.y.tolist() == [[0.0, -4.0, 0.0], [0.0, 0.0, 0.0]]
    assert plain.v.tolist() == [[64.0, 16.0, np.inf], [np.inf] * 3]
    assert from_top.y.tolist() == [[1.0, 0.0, 0.0], [0.0, 0.0, 0.0]]
    assert from_zero.y.tolist() == [[1.75, 0.75, 0.0], [0.0, 0.0, 0.0]]
    assert from_top.v.tolist() == from_zero.v.tolist() == [[4.0, 1.0, np.inf], [np.inf] * 3]


def test_a_data_set_without_studies_is_in_units_of_one_from_zero() -> None:
    plain, own = laid_out(HALF_THERE), prepared(HALF_THERE, True)
    assert plain.k.tolist() == own.k.tolist() == [2.0, 0.0]
    assert plain.v_min.tolist() == [16.0, 1.0]
    assert plain.v_max.tolist() == [64.0, 1.0]
    assert own.v_min.tolist() == [1.0, 1.0]
    assert own.units.scale.tolist() == [4.0, 1.0]
    assert own.units.origin.tolist() == [3.0, 0.0]
    assert own.top_index[0] == 1
