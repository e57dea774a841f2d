"""Beta-binomial likelihoods: sums of many terms, scipy's probabilities, Sarmanov's distribution."""

from __future__ import annotations

import numpy as np
import pytest
from mpmath import mp
from scipy import stats
from scipy.special import expit

from synthesis.pooling.rare.beta_binomial import LINKS, BetaBinomial, Overdispersed
from synthesis.pooling.rare.rising_sums import RisingSums

COUNTS = np.array([0, 1, 5, 16, 17, 28, 29, 100, 5_000, 1_234_567])


@pytest.mark.parametrize(("a", "phi"), [(0.01, 0.3), (0.5, 1e-9), (0.9, 2.0), (1e-4, 1e-3)])
def test_a_sum_of_a_million_terms_is_exact(a: float, phi: float) -> None:
    value, gradient, hessian = RisingSums.of(COUNTS).at(a, phi)
    with mp.workdps(60):
        for row, n in enumerate(COUNTS.tolist()):

            def total(x: mp.mpf, f: mp.mpf, n: int = n) -> mp.mpf:
                return mp.loggamma(x / f + n) - mp.loggamma(x / f) + n * mp.log(f)

            at = (mp.mpf(a), mp.mpf(phi))
            assert value[row] == pytest.approx(float(total(*at)), rel=1e-13, abs=1e-14)
            for i, order in enumerate(((1, 0), (0, 1))):
                assert gradient[row, i] == pytest.approx(float(mp.diff(total, at, order)), rel=1e-9, abs=1e-9)
            for (i, j), order in {(0, 0): (2, 0), (0, 1): (1, 1), (1, 1): (0, 2)}.items():
                expected = float(mp.diff(total, at, order))
                assert hessian[row, i, j] == pytest.approx(expected, rel=1e-7, abs=1e-7)
                assert hessian[row, j, i] == hessian[row, i, j]


def test_sums_of_many_counts_together_are_the_sum_of_each() -> None:
    apart, together = RisingSums.of(COUNTS), RisingSums.of(COUNTS).together()
    assert together.points.shape[0] == 1
    assert together.points.size < np.count_nonzero(apart.weights)
    for found, expected in zip(together.at(0.4, 0.2), apart.at(0.4, 0.2), strict=True):
        assert found[0] == pytest.approx(expected.sum(axis=0), rel=1e-12)


def _group(n: int) -> Overdispersed:
    return Overdispersed(np.arange(n + 1.0), np.full(n + 1, float(n)))


def _each(link: str, correlated: bool, at: np.ndarray, y1: int, n1: int, y2: int, n2: int) -> float:
    groups = (
        Overdispersed(np.array([float(y1)]), np.array([float(n1)])),
        Overdispersed(np.array([float(y2)]), np.array([float(n2)])),
    )
    return BetaBinomial(groups, LINKS[link], correlated).point(at).value


def test_probabilities_are_those_of_scipy() -> None:
    for phi in (1e-3, 0.2, 3.0):
        for y in range(7):
            found = Overdispersed(np.array([float(y)]), np.array([6.0])).at(0.3, phi)[0]
            assert found == pytest.approx(stats.betabinom.logpmf(y, 6, 0.3 / phi, 0.7 / phi), abs=1e-10)
    binomial = Overdispersed(np.array([2.0]), np.array([6.0])).at(0.3, 0.0)[0]
    assert binomial == pytest.approx(stats.binom.logpmf(2, 6, 0.3), abs=1e-13)


@pytest.mark.parametrize("angle", [0.7, -1.2, 0.5 * np.pi])
def test_correlated_probabilities_sum_to_one_and_keep_their_margins(angle: float) -> None:
    at = np.array([0.8, -1.0, angle, 0.6])
    table = np.array([[np.exp(_each("logit", True, at, i, 5, j, 4)) for j in range(5)] for i in range(6)])
    plain = at[[0, 1, 3]]
    alone = np.array([[np.exp(_each("logit", False, plain, i, 5, j, 4)) for j in range(5)] for i in range(6)])
    assert table.sum() == pytest.approx(1.0, abs=1e-13)
    assert np.allclose(table.sum(axis=0), alone.sum(axis=0), atol=1e-14)
    assert np.allclose(table.sum(axis=1), alone.sum(axis=1), atol=1e-14)
    first, second = np.arange(6.0), np.arange(5.0)
    together = first @ (table - alone) @ second
    assert np.sign(together) == np.sign(angle)


def test_the_covariance_of_counts_is_that_of_sarmanovs_distribution() -> None:
    """n1 n2 omega var(p1) var(p2), with the largest omega that leaves no density negative."""
    at = np.array([0.8, -1.0, 0.5 * np.pi, 0.6])
    table = np.array([[np.exp(_each("logit", True, at, i, 5, j, 4)) for j in range(5)] for i in range(6)])
    p1, p2, phi = expit(-0.2), expit(-1.0), 0.36
    rho = phi / (1.0 + phi)
    omega = 1.0 / max(p1 * (1 - p2), (1 - p1) * p2)
    expected = 20.0 * omega * rho**2 * p1 * (1 - p1) * p2 * (1 - p2)
    found = np.arange(6.0) @ table @ np.arange(5.0) - 20.0 * p1 * p2
    assert found == pytest.approx(expected, rel=1e-12)


CASES = {
    "logit": np.array([0.4, -2.0, 0.3]),
    "log": np.array([0.4, -2.0, 0.3]),
    "identity": np.array([0.05, 0.1, 0.3]),
}


@pytest.mark.parametrize("link", CASES)
@pytest.mark.parametrize("correlated", [False, True])
def test_gradient_and_hessian_are_those_of_the_likelihood(link: str, correlated: bool) -> None:
    groups = (
        Overdispersed(np.array([3.0, 0.0, 9.0]), np.array([20.0, 33.0, 60.0])),
        Overdispersed(np.array([1.0, 2.0, 5.0]), np.array([22.0, 30.0, 500.0])),
    )
    model = BetaBinomial(groups, LINKS[link], correlated)
    for angle in (0.4, -0.9):
        at = np.insert(CASES[link], 2, angle) if correlated else CASES[link]
        point = model.point(at)
        weights = {1: 45.0 / 60.0, 2: -9.0 / 60.0, 3: 1.0 / 60.0}
        for i in range(at.size):
            step = np.zeros(at.size)
            step[i] = 1e-3
            gradient = sum(
                w * (model.point(at + n * step).value - model.point(at - n * step).value) / 1e-3
                for n, w in weights.items()
            )
            hessian = sum(
                w * (model.point(at + n * step).gradient - model.point(at - n * step).gradient) / 1e-3
                for n, w in weights.items()
            )
            assert point.gradient[i] == pytest.approx(gradient, rel=1e-7, abs=1e-7)
            assert np.allclose(point.hessian[i], hessian, rtol=1e-6, atol=1e-6)


def test_outside_probabilities_there_is_no_likelihood() -> None:
    model = BetaBinomial((_group(3), _group(3)), LINKS["identity"])
    assert model.point(np.array([0.7, 0.4, 0.1])).value == -np.inf
    assert model.point(np.array([0.5, 0.4, 0.1])).value > -np.inf
    assert model.point(np.array([-0.4, 0.4, 0.1])).value == -np.inf


def test_dependence_is_a_parameter_and_looked_for_on_both_sides() -> None:
    """Beside the level of each group; without dependence there is one beginning, as it is given."""
    for groups in ((_group(3),), (_group(3), _group(4))):
        alone = BetaBinomial(groups, LINKS["logit"])
        given = np.arange(1.0, alone.p + 1.0)
        assert alone.p == len(groups)
        assert [each.tolist() for each in alone.beginnings(given)] == [given.tolist()]
    both = BetaBinomial((_group(3), _group(4)), LINKS["logit"], correlated=True)
    assert both.p == 3
    found = both.beginnings(np.array([0.3, -1.0, 0.1]))
    assert [each[:2].tolist() for each in found] == [[0.3, -1.0]] * 2
    assert sorted(np.sign(each[2]) for each in found) == [-1.0, 1.0]


def test_one_group_has_the_probabilities_of_scipy_and_their_derivatives() -> None:
    """Parameters are its logit and the root of phi."""
    events, size = np.array([3.0, 0.0, 9.0]), np.array([20.0, 33.0, 60.0])
    model = BetaBinomial((Overdispersed(events, size),), LINKS["logit"])
    at = np.array([-1.7, 0.4])
    p, phi = expit(-1.7), 0.16
    expected = np.sum(stats.betabinom.logpmf(events, size, p / phi, (1.0 - p) / phi))
    point = model.point(at)
    assert point.value == pytest.approx(expected, abs=1e-9)
    for i in range(2):
        step = np.eye(2)[i] * 1e-5
        up, down = model.point(at + step), model.point(at - step)
        assert point.gradient[i] == pytest.approx((up.value - down.value) / 2e-5, abs=1e-6)
        assert point.hessian[i] == pytest.approx((up.gradient - down.gradient) / 2e-5, abs=1e-5)
