"""The likelihood maximum is global: it beats a dense grid, and obeys the score equation or the boundary."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from synthesis.pooling.batch import pool_batch
from synthesis.pooling.designs.regression import regression_model
from synthesis.pooling.kernel.effects import Array, Effects
from synthesis.pooling.kernel.likelihood import FULL, RESTRICTED, Criterion, balance, local_maxima, maximise
from synthesis.pooling.kernel.one_mean import InterceptModel, intercept_model
from tests.thinned import thinned

CRITERIA = pytest.mark.parametrize("criterion", [FULL, RESTRICTED], ids=["ML", "REML"])


def grid_best(model: InterceptModel, criterion: Criterion, points: int = 1500) -> Array:
    """Largest log-likelihood on a dense grid of tau2 for each data set, computed by the definition."""
    v = model.variances
    y = model.y
    spread = np.ptp(y, axis=1) ** 2 + model.v_max
    shares = np.concatenate([[0.0], np.logspace(-16, 0.5, points)])
    best = np.full(len(y), -np.inf)
    for share in shares:
        w = 1.0 / (v + (share * spread)[:, None])
        mean = (w * y).sum(axis=1) / w.sum(axis=1)
        value = 0.5 * np.log(w).sum(axis=1) - 0.5 * (w * (y - mean[:, None]) ** 2).sum(axis=1)
        if criterion is RESTRICTED:
            value -= 0.5 * np.log(w.sum(axis=1))
        best = np.maximum(best, value)
    return best


def value_at(model: InterceptModel, criterion: Criterion, tau2: Array) -> Array:
    v, y = model.variances, model.y
    w = 1.0 / (v + tau2[:, None])
    mean = (w * y).sum(axis=1) / w.sum(axis=1)
    value = 0.5 * np.log(w).sum(axis=1) - 0.5 * (w * (y - mean[:, None]) ** 2).sum(axis=1)
    if criterion is RESTRICTED:
        value -= 0.5 * np.log(w.sum(axis=1))
    return np.asarray(value)


def hard_batch(rng: np.random.Generator, k: int, orders: float, batch: int = 400) -> Effects:
    """Effects that cluster by precision, for which likelihoods with two maxima are common."""
    v = 10.0 ** rng.uniform(-orders, 0.0, (batch, k))
    tau2 = 10.0 ** rng.uniform(-orders - 1, 1.0, (batch, 1))
    y = rng.normal(0.0, np.sqrt(v + tau2 * rng.choice([0.0, 1.0], (batch, k))))
    return Effects(y, v)


@CRITERIA
@pytest.mark.parametrize("k", thinned([3, 2, 12, 5], 2))
@pytest.mark.parametrize("orders", [1.0, 4.0, 12.0])
def test_maximum_beats_a_dense_grid(criterion: Criterion, k: int, orders: float) -> None:
    model, _ = intercept_model(hard_batch(np.random.default_rng(int(k + orders)), k, orders))
    tau2 = maximise(model, criterion)
    assert np.all(value_at(model, criterion, tau2) >= grid_best(model, criterion) - 1e-9)
    assert 0 < np.sum(tau2 > 0) <= tau2.size


def two_maxima_batch() -> Effects:
    """Precise studies close together and vague ones far out: one maximum near zero, another far from it."""
    y = np.array([0.0, 0.0, 0.1, 9.0, -9.0, 8.0, -8.5])
    v = np.array([1e-2, 1e-2, 1e-2, 30.0, 30.0, 30.0, 30.0])
    gaps = np.linspace(0.0, 1.5, 300)[:, None]
    out = np.linspace(0.8, 3.0, 300)[::-1, None]
    return Effects(
        y * np.where(np.arange(7) < 3, 1.0, out) + np.where(np.arange(7) == 1, gaps, 0.0),
        np.tile(v, (300, 1)),
    )


@CRITERIA
def test_of_two_maxima_the_higher_one_wins_on_either_side(criterion: Criterion) -> None:
    model, _ = intercept_model(two_maxima_batch())
    tau2 = maximise(model, criterion)
    assert np.all(value_at(model, criterion, tau2) >= grid_best(model, criterion, 4000) - 1e-10)
    points = np.logspace(-6, 6, 1000)
    scores = []
    for point in np.append(0.0, points):
        at = model.at(point * model.v_min)
        scores.append(at.yppy - criterion.trace(at))
    score = np.array(scores)
    maxima = np.sum((score[:-1] > 0) & (score[1:] <= 0), axis=0) + (score[0] <= 0)
    two, far = maxima > 1, tau2 > 0.3 * model.v_max
    assert min(np.sum(two & far), np.sum(two & ~far)) > 20


@CRITERIA
@pytest.mark.parametrize(
    ("y", "v"),
    [
        ([-0.005, -0.02, -42.7, -0.008, -0.031], [1e-4, 2e-4, 30.0, 1e-4, 7e-4]),
        ([0.004, -0.054, 0.003, 19.2, -0.672], [4e-4, 0.05, 7e-6, 3.0, 0.3]),
        ([-20.5, -0.007, -0.117, 0.003, 0.031], [9.0, 7e-6, 0.009, 1e-4, 7e-4]),
        ([-0.004, -0.147, -0.1, 13.9, 0.003], [5e-5, 0.09, 0.05, 4.0, 7e-6]),
        ([-0.02, 0.047, -0.001, -23.9, 0.002], [8e-4, 0.006, 1e-5, 8.0, 5e-6]),
    ],
)
def test_one_vague_study_far_from_precise_ones_that_agree(
    criterion: Criterion, y: list[float], v: list[float]
) -> None:
    """The likelihood falls, rises again where tau2 explains the far study, and may be highest there."""
    model, _ = intercept_model(Effects(np.array(y), np.array(v)))
    tau2 = maximise(model, criterion)
    assert value_at(model, criterion, tau2)[0] >= grid_best(model, criterion, 4000)[0] - 1e-9


def clustered(rng: np.random.Generator, k: int, orders: float) -> Effects:
    """Studies that agree and, two of five, others that differ from them by as much as the data set likes."""
    v = 10.0 ** rng.uniform(-orders, 0.0, (1500, k))
    far = rng.random((1500, k)) < 0.4
    spread = 10.0 ** rng.uniform(-1.0, 1.5, (1500, 1))
    return Effects(rng.normal(0.0, np.where(far, spread, np.sqrt(v))), v)


@CRITERIA
@pytest.mark.parametrize("k", [3, 5, 12])
@pytest.mark.parametrize("orders", [1.0, 4.0, 8.0])
def test_every_local_maximum_is_found(criterion: Criterion, k: int, orders: float) -> None:
    """As many as a grid of tau2 sees the score turn from plus to minus, or fall from zero on."""
    model, _ = intercept_model(clustered(np.random.default_rng(3), k, orders))
    rows, tau2 = local_maxima(model, criterion)
    score = []
    for point in np.append(0.0, np.logspace(-2.0, orders + 5.0, 400)):
        at = model.at(point * model.v_min)
        score.append(at.yppy - criterion.trace(at))
    positive = np.array(score) > 0
    turns = np.sum(positive[:-1] & ~positive[1:], axis=0) + ~positive[0]
    found = np.bincount(rows, minlength=turns.size)
    assert np.all(found >= turns)
    assert np.sum(found > turns) <= 1  # two that lie closer than the points of the grid
    at = model.take(rows).at(tau2)
    inner = tau2 > 0
    assert np.all(np.abs(at.yppy[inner] / criterion.trace(at)[inner] - 1.0) < 1e-10)
    assert orders == 1.0 or np.sum(turns > 1) > 5


@CRITERIA
def test_score_is_zero_or_negative_at_the_boundary(criterion: Criterion) -> None:
    rng = np.random.default_rng(3)
    v = np.exp(rng.normal(0.0, 1.0, (500, 7)))
    model, _ = intercept_model(Effects(rng.normal(0.0, np.sqrt(v + 0.5)), v))
    tau2 = maximise(model, criterion)
    at = model.at(tau2)
    relative_score = at.yppy / criterion.trace(at) - 1.0
    assert np.all(np.abs(relative_score[tau2 > 0]) < 1e-11)
    assert np.all(relative_score[tau2 == 0] <= 0)
    assert min(np.sum(tau2 > 0), np.sum(tau2 == 0)) > 50


@CRITERIA
def test_meta_regression_maximum_beats_a_dense_grid(criterion: Criterion) -> None:
    rng = np.random.default_rng(4)
    data = hard_batch(rng, 9, 3.0, batch=200)
    design = np.column_stack([np.ones(9), rng.normal(size=9), rng.normal(size=9)])
    model, _, _ = regression_model(data, design)
    found = maximise(model, criterion)
    best = criterion.value(model.at(found), model)
    for share in np.concatenate([[0.0], np.logspace(-8, 1, 600)]):
        value = criterion.value(model.at(share * (model.v_max + np.ptp(model.y, axis=1) ** 2)), model)
        assert np.all(best >= value - 1e-9)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.floats(-1e3, 1e3, allow_nan=False), st.floats(-12.0, 0.0)), min_size=2, max_size=8)
)
def test_any_data_have_a_finite_maximum_that_beats_the_grid(studies: list[tuple[float, float]]) -> None:
    y = np.array([s[0] for s in studies])
    v = 10.0 ** np.array([s[1] for s in studies])
    model, _ = intercept_model(Effects(y, v))
    for criterion in (FULL, RESTRICTED):
        tau2 = maximise(model, criterion)
        assert np.isfinite(tau2).all()
        best = grid_best(model, criterion, 100)
        assert value_at(model, criterion, tau2)[0] >= best[0] - 1e-9 * abs(best[0])


@CRITERIA
def test_the_balance_of_the_score_and_its_slope_are_derivatives_of_the_likelihood(
    criterion: Criterion,
) -> None:
    model, _ = intercept_model(hard_batch(np.random.default_rng(8), 5, 1.0, batch=20))
    tau2, step = np.full(20, 0.3), 1e-5
    here, above, below = (model.at(tau2 + side * step) for side in (0.0, 1.0, -1.0))
    value, slope = balance(here, criterion)
    score = (criterion.value(above, model) - criterion.value(below, model)) / (2.0 * step)
    assert_allclose(-value * here.yppy / 2.0, score, rtol=1e-6, atol=1e-8)
    change = (balance(above, criterion)[0] - balance(below, criterion)[0]) / (2.0 * step)
    assert_allclose(slope, change, rtol=1e-6)


def test_identical_effects_have_no_heterogeneity() -> None:
    result = pool_batch(Effects(np.full((2, 4), 0.7), np.array([[1.0, 2, 3, 4], [1, 1, 1, 1]])))
    assert np.array_equal(result.tau2, [0.0, 0.0])
    assert np.array_equal(result.beta[:, 0], [0.7, 0.7])


@pytest.mark.parametrize("method", ["REML", "ML"])
def test_a_search_ends_where_squares_are_beyond_all_numbers_and_absent_studies_stay_absent(
    method: str,
) -> None:
    y = 1e100 * np.array([1.0, 1.0 + 1e-12, 1.0 - 1e-12])
    present = np.array([[True, True, True, False]])
    with np.errstate(all="ignore"):
        whole = pool_batch(Effects(y[None], np.full((1, 3), 1e-140)), method, "z")
        part = pool_batch(Effects(np.append(y, 0.0)[None], np.full((1, 4), 1e-140), present), method, "z")
    assert whole.beta[0, 0] == part.beta[0, 0] == pytest.approx(1e100)
    assert whole.se[0, 0] == part.se[0, 0]


@pytest.mark.parametrize("method", ["REML", "ML"])
def test_a_data_set_beyond_all_numbers_leaves_the_others_of_its_batch_as_they_are(method: str) -> None:
    """Those whose likelihood falls first and rises again need intervals split, whoever is beside them."""
    wild = 1e100 * np.array([1.0, 1.0 + 1e-12, 1.0 - 1e-12, 1.0, 1.0])
    y = np.array([[-0.005, -0.02, -42.7, -0.008, -0.031], [0.004, -0.054, 0.003, 19.2, -0.672]])
    v = np.array([[1e-4, 2e-4, 30.0, 1e-4, 7e-4], [4e-4, 0.05, 7e-6, 3.0, 0.3]])
    with np.errstate(all="ignore"):
        beside = pool_batch(Effects(np.vstack([wild, y]), np.vstack([np.full(5, 1e-140), v])), method, "z")
    assert_allclose(beside.tau2[1:], pool_batch(Effects(y, v), method, "z").tau2, rtol=1e-10)


@CRITERIA
def test_effects_that_are_all_equal_have_one_maximum_at_zero(criterion: Criterion) -> None:
    model, _ = intercept_model(Effects(np.full((2, 4), 0.7), np.array([[1.0, 2, 3, 4], [1, 1, 1, 1]])))
    rows, tau2 = local_maxima(model, criterion)
    assert (rows.tolist(), tau2.tolist()) == ([0, 1], [0.0, 0.0])
