"""Bounds by alpha spending, against published ones, against quadrature of another kind, and by simulation."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.integrate import quad
from scipy.stats import norm

from synthesis.planning.spending import SPENDING, spending_bounds
from synthesis.pooling.kernel.effects import Array

EQUAL = np.arange(1, 6) / 5
# Two-sided 0.05 at five equal looks by the Lan-DeMets program (Reboussin, DeMets, Kim & Lan 2000, Controlled
# Clinical Trials 21:190); at 0.10, 0.33 and 1 by the R package ldbounds, printed on R-help in March
# 2020 ("output of bounds function in ldbounds package"): both on a coarser grid, hence the last digit; at
# 0.5, 0.75 and 1 by gsDesign, printed on gsDesign2's page of `gs_b`, where there is no lower bound.
PUBLISHED = [
    ("O'Brien-Fleming", EQUAL, [4.8769, 3.3569, 2.6803, 2.2898, 2.0310], 1.6e-4),
    ("Pocock", EQUAL, [2.4380, 2.4268, 2.4101, 2.3966, 2.3859], 1.6e-4),
    ("O'Brien-Fleming", np.array([0.10, 0.33, 1.0]), [6.9913, 3.7308, 1.9605], 1.6e-4),
    ("O'Brien-Fleming", np.array([0.5, 0.75, 1.0]), [2.962588, 2.359018, 2.014084], 3e-6),
]


def test_bounds_are_those_published() -> None:
    compared = 0
    for spending, looks, expected, tolerance in PUBLISHED:
        assert_allclose(spending_bounds(looks, 0.05, spending).z, expected, rtol=0, atol=tolerance)
        compared += len(expected)
    assert compared == 16


# Constants of classical tests with K equal looks at two-sided 0.05, Jennison & Turnbull 1999 (Group
# Sequential Methods), tables 2.1 and 2.3: Pocock rejects at |Z_k| >= C_P(K), O'Brien & Fleming at
# C_B(K) sqrt(K / k).
POCOCK = {2: 2.178, 3: 2.289, 4: 2.361, 5: 2.413}
OBRIEN_FLEMING = {2: 1.977, 3: 2.004, 4: 2.024, 5: 2.040}


def crossed(bounds: Sequence[float], times: Sequence[float], nodes: int = 1201) -> list[float]:
    """The chance of having crossed +-bounds by each look, from one density after the other on a fine grid.

    The density of paths that have not crossed, by Simpson's rule, carried over by the normal increment: a
    computation of its own, with another rule and other points than that of the program.
    """
    found, before, points, mass = [], 0.0, np.zeros(1), np.ones(1)
    for z, t in zip(bounds, times, strict=True):
        scale, end = math.sqrt(t - before), min(z, 8.5) * math.sqrt(t)
        at = np.linspace(-end, end, nodes)
        density = (
            np.exp(-0.5 * ((at[:, None] - points) / scale) ** 2) @ mass / (scale * math.sqrt(2 * math.pi))
        )
        simpson = np.ones(nodes)
        simpson[1:-1:2], simpson[2:-1:2] = 4.0, 2.0
        points, mass, before = at, density * simpson * (at[1] - at[0]) / 3.0, t
        found.append(1.0 - float(mass.sum()))
    return found


def test_the_recursion_of_this_file_has_the_constants_of_the_classical_tests() -> None:
    """So that it is itself checked against print: alpha is 0.05 within half of a constant's last digit."""
    compared = 0
    for k in (2, 3, 4, 5):
        times = [look / k for look in range(1, k + 1)]
        shapes = ([1.0] * k, [math.sqrt(k / look) for look in range(1, k + 1)])
        for constant, shape in zip((POCOCK[k], OBRIEN_FLEMING[k]), shapes, strict=True):
            ends = [
                crossed([(constant + off) * each for each in shape], times, 401)[-1] for off in (-5e-4, 5e-4)
            ]
            assert ends[1] < 0.05 < ends[0]
            compared += 1
    assert compared == 8


@pytest.mark.parametrize("spending", SPENDING)
@pytest.mark.parametrize("looks", [EQUAL, np.array([0.12, 0.3, 0.55, 0.8, 1.0])], ids=["equal", "unequal"])
def test_five_looks_spend_what_is_due_by_a_recursion_of_another_kind(spending: str, looks: Array) -> None:
    """Not from print: an independent computation, which the test above checks against printed constants."""
    found = spending_bounds(looks, 0.05, spending)
    due = [2 * SPENDING[spending](0.025, t) for t in looks.tolist()]
    assert_allclose(found.spent, due, rtol=1e-10)
    assert_allclose(crossed(found.z.tolist(), looks.tolist()), due, rtol=0, atol=2e-11)


def test_five_equal_looks_that_spend_as_the_classical_tests_have_their_constants(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With what Pocock's and O'Brien and Fleming's tests spend by each look, the bounds are as printed."""
    for constant, shape in (
        (POCOCK[5], [1.0] * 5),
        (OBRIEN_FLEMING[5], [math.sqrt(5 / k) for k in range(1, 6)]),
    ):
        bounds = [constant * each for each in shape]
        spent = dict(zip(EQUAL.tolist(), crossed(bounds, EQUAL.tolist()), strict=True))

        def spend(alpha: float, t: float, spent: dict[float, float] = spent) -> float:
            return 0.5 * spent[t]

        monkeypatch.setitem(SPENDING, "classical", spend)
        assert_allclose(spending_bounds(EQUAL, 0.05, "classical").z, bounds, rtol=0, atol=1e-8)


def upper_exit(t1: float, t2: float, c1: float, c2: float) -> float:
    """That z stays within c1 at the first look and passes c2 at the second, by adaptive quadrature."""

    def integrand(x: float) -> float:
        return float(norm.pdf(x) * norm.sf((c2 * math.sqrt(t2) - x * math.sqrt(t1)) / math.sqrt(t2 - t1)))

    return float(quad(integrand, -c1, c1, epsabs=1e-15, epsrel=1e-12, limit=400)[0])


@pytest.mark.parametrize("spending", SPENDING)
def test_what_two_looks_spend_is_what_their_bounds_let_through(spending: str) -> None:
    compared = 0
    for t1, t2 in ((0.3, 0.6), (0.5, 1.0), (0.5, 0.501), (0.15, 1.0), (0.9, 1.4)):
        for alpha in (0.05, 0.2):
            found = spending_bounds(np.array([t1, t2]), alpha, spending)
            first, both = (SPENDING[spending](alpha / 2, min(t, 1.0)) for t in (t1, t2))
            assert_allclose(2 * norm.sf(found.z[0]), 2 * first, rtol=1e-10)
            assert_allclose(upper_exit(t1, t2, *found.z), both - first, rtol=1e-8)
            assert_allclose(found.spent, [2 * first, 2 * both], rtol=1e-12)
            compared += 3
    assert compared == 30


@pytest.mark.parametrize("spending", SPENDING)
def test_paths_without_an_effect_cross_with_probability_alpha(spending: str) -> None:
    looks = np.array([0.2, 0.21, 0.5, 0.7, 1.0])
    steps = np.random.default_rng(8).standard_normal((200_000, 5)) * np.sqrt(np.diff(looks, prepend=0.0))
    z = np.cumsum(steps, axis=1) / np.sqrt(looks)
    found = spending_bounds(looks, 0.05, spending)
    crossed = np.logical_or.accumulate(np.abs(z) > found.z, axis=1).mean(axis=0)
    assert np.all(np.abs(crossed - found.spent) <= 4 * np.sqrt(found.spent / 200_000) + 1e-5)


def test_spending_ends_at_alpha_and_follows_its_formula() -> None:
    for spend in SPENDING.values():
        assert_allclose(spend(0.025, 1.0), 0.025, rtol=1e-12)
    assert_allclose(SPENDING["Pocock"](0.025, 0.5), 0.025 * math.log(1 + (math.e - 1) / 2), rtol=1e-14)
    expected = 2 * norm.sf(norm.isf(0.0125) / math.sqrt(0.5))
    assert_allclose(SPENDING["O'Brien-Fleming"](0.025, 0.5), expected, rtol=1e-12)


def test_one_look_with_all_information_is_the_plain_test() -> None:
    for spending in SPENDING:
        found = spending_bounds(np.array([1.3]), 0.05, spending)
        assert_allclose(found.z, norm.isf(0.025), rtol=1e-12)
        assert_allclose(found.spent, 0.05, rtol=1e-12)


def test_nothing_is_spent_too_early_nor_after_all_is_spent() -> None:
    found = spending_bounds(np.array([1e-9, 0.02, 0.5, 1.0, 1.5, 2.0]), 0.05, "O'Brien-Fleming")
    assert np.isinf(found.z).tolist() == [True, True, False, False, True, True]
    assert found.spent[:2].tolist() == [0.0, 0.0]
    assert_allclose(found.spent[3:], 0.05, rtol=1e-12)
    without = spending_bounds(np.array([0.5, 1.0]), 0.05, "O'Brien-Fleming")
    assert_allclose(found.z[2:4], without.z, rtol=1e-12)


def test_a_look_that_adds_nothing_has_the_bound_of_the_one_before() -> None:
    with_it = spending_bounds(np.array([0.4, 0.4 * (1 + 1e-7), 0.4, 1.0]), 0.05, "Pocock")
    without = spending_bounds(np.array([0.4, 1.0]), 0.05, "Pocock")
    assert with_it.z.tolist() == without.z[[0, 0, 0, 1]].tolist()
    close = spending_bounds(np.array([0.4, 0.4 * (1 + 2e-5), 1.0]), 0.05, "Pocock")
    assert close.z[1] > close.z[0] + 0.01


def test_many_looks_approach_a_continuous_watch() -> None:
    """With ever more looks the Pocock type spends the same along the way, so that bounds rise and settle."""
    last = [spending_bounds(np.arange(1, n + 1) / n, 0.05, "Pocock").z[-1] for n in (5, 20, 80)]
    assert last[0] < last[1] < last[2] < 2.7
