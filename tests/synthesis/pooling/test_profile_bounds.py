"""Profile intervals of every structure hold the estimate, and end where the likelihood has fallen enough."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.sparse import csr_array, eye_array
from scipy.special import chdtri

from synthesis.pooling.dependent import profiles
from synthesis.pooling.dependent.block_likelihood import DependentData
from synthesis.pooling.dependent.blocks import RandomTerm, blocks_of
from synthesis.pooling.dependent.maximum import climb, maximise_blocks, starting_points
from synthesis.pooling.dependent.profiles import ComponentBounds, profile_intervals
from synthesis.pooling.dependent.structures import unstructured
from synthesis.pooling.kernel.effects import Array
from tests.synthesis.pooling.dependent_problems import intercept
from tests.synthesis.pooling.test_dependent_hills import made

ONE_CORRELATION = ("CS", "HCS", "AR", "HAR", "CAR")


def of_parameter(data: DependentData, n: int, natural: float) -> float:
    """The largest restricted log-likelihood with one parameter at a value, from many starts."""
    s = data.blocks.terms[0].structure
    root = np.sqrt(natural) if n < s.variances else s.scale.angle(natural)
    theta = starting_points(data, scattered=True)
    theta[:, n] = root
    held = np.zeros(theta.shape, dtype=bool)
    held[:, n] = True
    return float(climb(data.take(np.zeros(len(theta), dtype=np.intp)), theta, True, held)[1].max())


@pytest.mark.parametrize(
    ("kind", "seed"),
    [("CS", 101), ("CAR", 100), *(pytest.param(k, 103, marks=pytest.mark.long) for k in ONE_CORRELATION)],
)
def test_an_interval_ends_where_the_likelihood_has_fallen_by_half_of_chi_square(kind: str, seed: int) -> None:
    data = made(kind, seed)
    top = maximise_blocks(data, starting_points(data, scattered=True), True)
    found = profile_intervals(data, top.theta[0], True, 0.9)
    s = data.blocks.terms[0].structure
    estimate = s.natural(top.theta)[0]
    assert (found.low <= estimate + 1e-9).all()
    assert (found.high >= estimate - 1e-9).all()
    level = top.fit.loglik[0] - 0.5 * chdtri(1, 0.1)
    ends = 0
    for n in range(s.q):
        for end, is_bound in ((found.low[n], found.low_is_bound[n]), (found.high[n], found.high_is_bound[n])):
            there = of_parameter(data, n, float(end))
            if is_bound:
                assert there > level
            else:
                assert there == pytest.approx(level, abs=1e-7), (n, end)
            ends += 1
    assert ends == 2 * s.q


def turned(kind: str, theta: Array) -> list[Array]:
    """Other parameters of the same covariance."""
    same = []
    for factor, shift in ((-1.0, np.pi), (1.0, 2.0 * np.pi), (-1.0, -np.pi)):
        other = theta.copy()
        other[-1] = shift + factor * theta[-1]
        same.append(other)
    if kind == "CAR":
        same.append(np.append(theta[:-1], -theta[-1]))
    if kind == "UN":  # the sign of what is left for the third row's last coordinate turns its last angle
        other = theta.copy()
        other[4], other[5] = np.pi - theta[4], -theta[5]
        same = [other]
    if kind in ("CS", "AR", "CAR"):
        same.append(np.append(-theta[:-1], theta[-1]))
    return same


@pytest.mark.parametrize("kind", ["CS", "HCS", "AR", "HAR", "CAR", "UN"])
def test_other_parameters_of_the_same_covariance_are_brought_to_one_form(kind: str) -> None:
    s = made(kind, 102).blocks.terms[0].structure
    theta = np.array([1.3, 0.7, 2.1, 0.5, -0.9, 0.8])[-s.q :] if kind == "UN" else np.full(s.q, 0.8)
    for other in turned(kind, theta):
        assert_allclose(s.covariance(other[None]), s.covariance(theta[None]), rtol=1e-9, atol=1e-12)
        assert_allclose(s.canonical(other), theta, rtol=1e-9)
        assert not np.allclose(other, theta)


@pytest.mark.parametrize("kind", ["CS", "CAR"])
def test_other_parameters_of_the_same_covariance_have_the_same_intervals(kind: str) -> None:
    data = made(kind, 102)
    theta = maximise_blocks(data, starting_points(data, scattered=True), True).theta[0]
    expected = profile_intervals(data, theta, True, 0.95)
    assert (expected.low < expected.high).all()
    found = profile_intervals(data, turned(kind, theta)[0], True, 0.95)
    assert_allclose(found.low, expected.low, rtol=1e-7, atol=1e-9)
    assert_allclose(found.high, expected.high, rtol=1e-7, atol=1e-9)


@pytest.mark.long
def test_correlations_of_which_nothing_is_known_go_from_end_to_end() -> None:
    data = made("UN", 100)
    top = maximise_blocks(data, starting_points(data, scattered=True), True)
    found = profile_intervals(data, top.theta[0], True, 0.95)
    assert found.low[3:].tolist() == [-1.0, -1.0, -1.0]
    assert found.high[3:].tolist() == [1.0, 1.0, 1.0]
    assert found.low_is_bound.all()
    assert found.high_is_bound.tolist() == [False, False, False, True, True, True]


def test_a_correlation_in_continuous_time_that_may_be_zero_is_bounded_by_zero() -> None:
    data = made("CAR", 100)
    top = maximise_blocks(data, starting_points(data, scattered=True), True)
    found = profile_intervals(data, top.theta[0], True, 0.95)
    assert (found.low[1], bool(found.low_is_bound[1])) == (0.0, True)
    assert found.high[1] < 1.0


@pytest.mark.long
def test_intervals_of_correlations_do_not_depend_on_the_order_of_the_levels(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Of three outcomes, beside another random effect: 1, 2, 3 become 2, 3, 1."""
    monkeypatch.setattr(profiles, "_FEW", 0)  # from one start
    rng = np.random.default_rng(6)
    cluster, level = np.repeat(np.arange(20), 3), np.tile(np.arange(3), 20)
    y = rng.multivariate_normal(np.zeros(3), 0.3 + 0.7 * np.eye(3), 20).ravel()
    v = csr_array(eye_array(60) * 0.1)

    def bounds(order: list[int]) -> tuple[ComponentBounds, Array]:
        place = np.argsort(order)
        term = RandomTerm(unstructured(3), cluster, "outcomes", level=place[level])
        terms = (intercept(np.arange(60) // 6), term)
        data = DependentData(blocks_of(np.ones((60, 1)), v, terms, cluster), y[None])
        theta = maximise_blocks(data, starting_points(data)[:1], True).theta
        return profile_intervals(data, theta[0], True, 0.9), term.structure.natural(theta[:, 1:])[0]

    (one, estimate), (other, moved) = bounds([0, 1, 2]), bounds([1, 2, 0])
    same = [1, 2, 0, 5, 3, 4]  # variances of 2, 3, 1 and correlations 2-3, 2-1, 3-1
    assert_allclose(moved, estimate[same], rtol=1e-6)
    for name in ("low", "high", "low_is_bound", "high_is_bound"):
        here, there = getattr(one, name), getattr(other, name)
        assert_allclose(there, here[[0, *(1 + np.array(same))]], rtol=1e-6, atol=1e-9)
    assert (one.low[4:] < estimate[3:]).all()
    assert (one.high[4:] > estimate[3:]).all()
    assert len(set(np.round(estimate, 3))) == 6
