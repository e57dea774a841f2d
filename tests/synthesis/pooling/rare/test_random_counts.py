"""Integrated likelihoods of counts: against 30-digit quadrature, and their own derivatives."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from mpmath import mp
from scipy.special import expit

from synthesis.pooling.kernel.effects import Array
from synthesis.pooling.rare.count_models import (
    TwoGroups,
    conditional_odds,
    conditional_rates,
    fixed_levels,
    random_levels,
    single_rates,
)
from synthesis.pooling.rare.random_counts import RandomCounts
from tests.thinned import thinned

A, N1 = np.array([3.0, 0.0, 5.0]), np.array([40.0, 35.0, 60.0])
C, N2 = np.array([1.0, 2.0, 5.0]), np.array([38.0, 70.0, 52.0])


def _binomial(y: float, m: float, eta: Any) -> Any:
    p = 1 / (1 + mp.exp(-eta))
    return mp.binomial(m, y) * p**y * (1 - p) ** (m - y)


def _normal(u: Any) -> Any:
    return mp.exp(-u * u / 2) / mp.sqrt(2 * mp.pi)


def _conditional(theta: Any, tau: Any) -> Any:
    """Log-likelihood of CM.EL by 30-digit quadrature."""
    total = mp.mpf(0)
    for a, n1, c, n2 in zip(A, N1, C, N2, strict=True):
        events = range(int(max(0, a + c - n2)), int(min(n1, a + c)) + 1)
        tables = [mp.binomial(n1, x) * mp.binomial(n2, a + c - x) for x in events]
        chosen = events.index(int(a))

        def density(u: Any, events: range = events, tables: list[Any] = tables, chosen: int = chosen) -> Any:
            weights = [t * mp.exp((theta + tau * u) * x) for t, x in zip(tables, events, strict=True)]
            return weights[chosen] / mp.fsum(weights) * _normal(u)

        total += mp.log(mp.quad(density, [-12, -4, 0, 4, 12]))
    return total


def test_the_conditional_likelihood_is_that_of_thirty_digits() -> None:
    model = conditional_odds(A, N1, C, N2, exact=True).likelihood
    with mp.workdps(30):
        for theta, tau in ((0.2, 0.4), (-1.0, 2.5)):
            assert model.point(np.array([theta, tau])).value == pytest.approx(
                float(_conditional(mp.mpf(theta), mp.mpf(tau))), abs=1e-11
            )


def test_random_levels_are_integrated_over_both_effects() -> None:
    """One study, correlated level and effect: a double integral by Gauss and Hermite's rule."""
    groups = TwoGroups(np.array([[2.0, 0.0]]), np.array([[20.0, 25.0]]), rates=False)
    model = random_levels(groups, 0.5, correlated=True).likelihood
    at = np.array([0.3, -2.0, 0.8, 0.25, 0.6])
    nodes, weights = np.polynomial.hermite_e.hermegauss(120)
    u, v = nodes[:, None], nodes[None, :]
    level, beyond = at[1] + at[2] * u, at[3] * u + at[4] * v
    first, second = expit(level + at[0] + 0.5 * beyond), expit(level - 0.5 * beyond)
    probability = 190.0 * first**2 * (1 - first) ** 18 * (1 - second) ** 25
    expected = np.log(weights @ probability @ weights / (2.0 * np.pi))
    assert model.point(at).value == pytest.approx(expected, abs=1e-10)


def _models() -> dict[str, tuple[RandomCounts, Array]]:
    groups = TwoGroups(np.stack([A, C], axis=1), np.stack([N1, N2], axis=1), rates=False)
    person_time = TwoGroups(groups.events, groups.size, rates=True)
    made = {
        "CM.EL": conditional_odds(A, N1, C, N2, exact=True),
        "CM.AL": conditional_odds(A, N1, C, N2, exact=False),
        "rates": conditional_rates(A, N1, C, N2),
        "UM.FS": fixed_levels(groups, 1.0),
        "UM.RS": random_levels(groups, 0.5, correlated=True),
        "UM.RS, rates": random_levels(person_time, 0.0, correlated=False),
        "single": single_rates(A, N1),
    }
    found = {}
    for name, model in made.items():
        assert isinstance(model.likelihood, RandomCounts)
        spread = np.array([0.5, 0.2, 0.4])[: len(model.likelihood.entries)]
        found[name] = model.likelihood, np.concatenate([model.start, spread])
    return found


MODELS = _models()


@pytest.mark.parametrize("name", MODELS)
def test_gradient_and_hessian_are_those_of_the_value(name: str) -> None:
    """By central differences of sixth order, exact to some 1e-9."""
    model, at = MODELS[name]
    point = model.point(at)
    weights = {1: 45.0 / 60.0, 2: -9.0 / 60.0, 3: 1.0 / 60.0}
    for i in range(at.size):
        step = np.zeros(at.size)
        step[i] = 0.008
        gradient, hessian = 0.0, np.zeros(at.size)
        for n, weight in weights.items():
            up, down = model.point(at + n * step), model.point(at - n * step)
            gradient += weight * (up.value - down.value) / 0.008
            hessian = hessian + weight * (up.gradient - down.gradient) / 0.008
        assert point.gradient[i] == pytest.approx(gradient, abs=2e-8)
        assert np.allclose(point.hessian[i], hessian, atol=2e-8)


@pytest.mark.parametrize("name", thinned(MODELS))
def test_more_points_change_nothing(name: str) -> None:
    model, at = MODELS[name]
    p = model.p
    for size in (0.0, 0.3, 1.0, 12.0):
        far = np.concatenate([at[:p], size * at[p:]])
        assert model.point(far).value == pytest.approx(model.refined(1.7).point(far).value, abs=2e-12 * 40)


def test_without_random_effects_probabilities_multiply() -> None:
    groups = TwoGroups(np.stack([A, C], axis=1), np.stack([N1, N2], axis=1), rates=False)
    model = random_levels(groups, 0.5, correlated=False).likelihood
    at = np.array([0.4, -2.5, 0.0, 0.0])
    with mp.workdps(30):
        expected = mp.fsum(
            mp.log(_binomial(a, n1, mp.mpf(-2.5) + mp.mpf(0.4))) + mp.log(_binomial(c, n2, mp.mpf(-2.5)))
            for a, n1, c, n2 in zip(A, N1, C, N2, strict=True)
        )
    assert model.point(at).value == pytest.approx(float(expected), abs=1e-12)


def test_fewer_points_are_coarser() -> None:
    """A fifth of them differs in the sixth digit or before, from wherever it is refined."""
    model, at = MODELS["UM.RS"]
    exact, coarse = model.point(at).value, model.refined(0.2).point(at).value
    assert 1e-9 < abs(coarse - exact) < 0.5
    assert model.refined(0.2).refined(1.0).point(at).value == exact


@pytest.mark.parametrize("spread", [(0.0, 0.0, 0.0), (0.5, 0.3, 0.0), (0.0, 0.0, 0.4)])
def test_effects_without_spread_leave_the_curvatures_of_a_spread_next_to_none(
    spread: tuple[float, float, float],
) -> None:
    """Those by entries of L too: of effects that take no part moments up to the second are right."""
    model, at = MODELS["UM.RS"]
    there = np.concatenate([at[: model.p], spread])
    near = np.concatenate([at[: model.p], [each or 2e-5 for each in spread]])
    near[model.p + 1] = spread[1]
    found, expected = model.refined(1.2).point(there), model.refined(1.2).point(near)
    assert found.value == pytest.approx(expected.value, abs=1e-7)
    assert np.allclose(found.gradient, expected.gradient, atol=2e-3)
    assert np.allclose(found.hessian, expected.hessian, atol=2e-3)


def test_the_curvature_by_spreads_that_are_zero_is_that_of_independent_standard_effects() -> None:
    """By hand: with g and c the slope and curvature by what entries turn, g g' + c where columns are one."""
    groups = TwoGroups(np.stack([A, C], axis=1), np.stack([N1, N2], axis=1), rates=False)
    model = random_levels(groups, 0.5, correlated=True).likelihood
    at = np.array([0.4, -2.5, 0.0, 0.0, 0.0])
    point = model.point(at)
    z = np.array([[1.0, 0.5], [1.0, -0.5]])
    eta = np.array([-2.1, -2.5])
    p = expit(eta)
    expected = np.zeros((3, 3))
    for events, size in zip(groups.events, groups.size, strict=True):
        slope, curve = events - size * p, np.diag(-size * p * (1.0 - p))
        for i, (row, column) in enumerate(model.entries):
            for j, (other, beside) in enumerate(model.entries):
                if column == beside:
                    both = (slope @ z[:, row]) * (slope @ z[:, other])
                    expected[i, j] += both + z[:, row] @ curve @ z[:, other]
    assert point.gradient[2:] == pytest.approx(np.zeros(3), abs=1e-12)
    assert point.hessian[2:, 2:] == pytest.approx(expected, abs=1e-10)
    assert point.hessian[:2, 2:] == pytest.approx(np.zeros((2, 3)), abs=1e-12)


def test_more_than_full_accuracy_of_one_count_is_not_from_a_table() -> None:
    """To the last bit of a gradient, which tells what points there were."""
    table, start = MODELS["single"]
    at = start + np.array([0.1, 0.2])
    one = np.ones((3, 1, 1))
    plain = RandomCounts(table.terms, one, one, ((0, 0),))
    for fineness in (1.2, 1.01):
        finer, expected = table.refined(fineness).point(at), plain.refined(fineness).point(at)
        assert finer.gradient.tolist() == expected.gradient.tolist()
    assert table.point(at).gradient.tolist() != plain.point(at).gradient.tolist()
