"""The grid over mean and tau2 from which the maximum is climbed to, by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.testing import assert_allclose

from synthesis.pooling.kernel.climbing import Point
from synthesis.pooling.kernel.effects import Array
from synthesis.pooling.kernel.parts import parts_of
from synthesis.pooling.unreported import unreported_fit as module
from synthesis.pooling.unreported.likelihood import Unprinted, UnreportedLikelihood
from synthesis.pooling.unreported.statements import limits
from synthesis.pooling.unreported.unreported_fit import (
    _beyond,
    _bracket,
    _errors,
    _hills,
    _places,
    _Task,
    maximise,
)

ABOUT = np.arange(-3.0, 3.1, 0.75)
INF = math.inf


def said(words: list[str], sei: list[float], q: float = 1.0) -> Unprinted:
    low, high = limits(words, np.full(len(words), 2.0))
    return Unprinted(np.array(sei), low, high, np.full(len(words), q))


def of(y: list[float], s: list[float], unprinted: Unprinted | None = None) -> UnreportedLikelihood:
    return UnreportedLikelihood(np.array(y), np.array(s) ** 2, unprinted or Unprinted.none())


def test_places_lie_about_each_study_each_limit_and_at_zero() -> None:
    """Nine over three standard errors to both sides; a limit is at the critical value times its error."""
    found = _places(of([10.0], [0.2], said(["positive, significant"], [0.5])))
    assert_allclose(
        found, np.sort([*(10.0 + 0.2 * ABOUT), *(1.0 + 0.5 * ABOUT), 0.0]), rtol=1e-14, atol=1e-14
    )
    both = _places(of([10.0], [0.2], said(["not significant"], [0.5])))
    expected = np.unique([*(10.0 + 0.2 * ABOUT), *(1.0 + 0.5 * ABOUT), *(-1.0 + 0.5 * ABOUT), 0.0])
    assert_allclose(both, expected, rtol=1e-14, atol=1e-14)


@pytest.mark.parametrize(("k", "count", "step"), [(17, 154, 1), (18, 82, 2), (35, 158, 2), (36, 109, 3)])
def test_of_very_many_places_every_second_or_third_is_kept(k: int, count: int, step: int) -> None:
    """9 k + 1 of them, at most 160 kept: 154 are all kept, 163 are not."""
    y = [100.0 * i for i in range(1, k + 1)]
    found = _places(of(y, [1.0] * k))
    whole = np.sort([*(np.array(y)[:, None] + ABOUT).ravel(), 0.0])
    assert whole.size == 9 * k + 1
    assert found.size == count
    assert_allclose(found, whole[::step])


@pytest.mark.parametrize(("k", "count"), [(150, 159), (151, 160), (152, 81)])
def test_160_places_are_kept_and_of_161_every_second(k: int, count: int) -> None:
    """Studies three quarters of an error apart share all places but one: 8 + k of them, and zero."""
    found = _places(of([1000.0 + 0.75 * i for i in range(k)], [1.0] * k))
    assert found.size == count


def test_tau_runs_from_a_64th_of_the_smallest_error_to_the_farthest_result() -> None:
    task = _Task(of([1.0, 4.0], [0.5, 2.0]), heterogeneity=True)
    assert task.smallest == 0.5
    mu = np.array([0.0, 3.0])
    found = np.sqrt(task.taus2(mu))
    assert found.shape == (2, 41)
    assert found[:, 0].tolist() == [0.0, 0.0]
    for row, far in enumerate((4.5, 2.5)):
        assert_allclose(found[row, 1:], np.geomspace(0.5 / 64.0, far, 40), rtol=1e-12)


def test_statements_stretch_tau_by_their_limits_and_by_how_far_the_mean_is() -> None:
    """Limits of 2 errors of 3: on each side 6, and the distance of the mean from zero for each statement."""
    unprinted = said(["not significant", "positive, significant"], [3.0, 0.25])
    task = _Task(of([1.0], [0.5], unprinted), heterogeneity=True)
    assert task.smallest == 0.25
    found = np.sqrt(task.taus2(np.array([-2.0]))[0, -1])
    low, high = 2.0 * 3.0 + 2.0 * 0.25, 2.0 * 3.0
    assert_allclose(found, 3.0 + 0.25 + low + 2 * 2.0 + high + 2 * 2.0, rtol=1e-12)
    assert _Task(of([1.0], [0.5]), heterogeneity=False).taus2(np.zeros(3)).tolist() == [[0.0]] * 3


def in_parts_of(numbers: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "parts_of", lambda count, each: parts_of(count, each, numbers))


@pytest.mark.parametrize("block", [1, 41 * 3 * 4, 10**9])
def test_a_surface_in_blocks_is_the_surface_at_once(block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    in_parts_of(block, monkeypatch)
    task = _Task(of([1.0, 4.0], [0.5, 2.0], said(["not significant"], [1.0])), heterogeneity=True)
    mu = np.linspace(-1.0, 5.0, 10)
    tau2 = task.taus2(mu)
    found = task.surface(mu, tau2)
    assert found.shape == (10, 41)
    for i in (0, 3, 9):
        for j in (0, 20, 40):
            expected = task.likelihood.values(mu[i : i + 1], tau2[i, j : j + 1])[0]
            assert_allclose(found[i, j], expected, rtol=1e-13)


def test_blocks_hold_as_many_numbers_as_they_may(monkeypatch: pytest.MonkeyPatch) -> None:
    """41 tau2 times two results with a number and a statement of one part: 123 numbers for each mean."""
    sizes: list[int] = []
    values = UnreportedLikelihood.values

    def counted(self: UnreportedLikelihood, mu: Array, tau2: Array) -> Array:
        sizes.append(mu.size)
        return values(self, mu, tau2)

    monkeypatch.setattr(UnreportedLikelihood, "values", counted)
    task = _Task(of([1.0, 4.0], [0.5, 2.0], said(["not significant"], [1.0])), heterogeneity=True)
    mu = np.linspace(-1.0, 5.0, 10)
    tau2 = task.taus2(mu)
    for block, expected in ((123 * 4, [4, 4, 2]), (123 * 4 - 1, [3, 3, 3, 1]), (1, [1] * 10)):
        in_parts_of(block, monkeypatch)
        sizes.clear()
        task.surface(mu, tau2)
        assert [size // 41 for size in sizes] == expected


def test_the_profile_is_the_highest_of_all_tau2() -> None:
    """Of one study at distance d with error s it is at tau2 = d^2 - s^2, or at zero."""
    task = _Task(of([1.0], [0.5]), heterogeneity=True)
    mu = np.array([1.0, 1.3, 3.0, -7.0])
    value, tau2 = task.profile(mu)
    best = np.maximum((mu - 1.0) ** 2 - 0.25, 0.0)
    assert_allclose(tau2, best, rtol=1e-9, atol=1e-12)
    total = best + 0.25
    assert_allclose(value, -0.5 * (np.log(2.0 * np.pi * total) + (mu - 1.0) ** 2 / total), rtol=1e-12)
    fixed, none = _Task(of([1.0], [0.5]), heterogeneity=False).profile(mu)
    assert none.tolist() == [0.0] * 4
    assert_allclose(fixed, -0.5 * (np.log(2.0 * np.pi * 0.25) + (mu - 1.0) ** 2 / 0.25), rtol=1e-12)


def test_hills_are_points_that_none_beside_them_exceeds_the_highest_first() -> None:
    surface = np.array([
        [5.0, 1.0, 0.0, 7.0],
        [1.0, 0.0, 0.0, 0.0],
        [0.0, 0.0, 3.0, 0.0],
        [2.0, 0.0, 0.0, 0.0],
    ])  # fmt: skip
    assert _hills(surface) == [(0, 3), (0, 0), (2, 2), (3, 0)]
    surface[1, 1] = 4.0  # beside 5, and above its corner at 3
    assert _hills(surface) == [(0, 3), (0, 0), (3, 0)]
    assert _hills(np.array([[1.0], [3.0], [2.0], [4.0]])) == [(3, 0), (1, 0)]


def test_at_most_twelve_hills_are_climbed() -> None:
    surface = np.zeros((40, 3)) - 1.0
    surface[::2, 1] = np.arange(20.0)
    assert _hills(surface) == [(2 * i, 1) for i in range(19, 7, -1)]


def test_a_bracket_is_the_last_place_above_and_the_next_after_it() -> None:
    distance = np.array([-5.0, -1.0, 0.0, 1.0, 2.0, 3.0, 4.0, 9.0])
    above = np.array([True, True, True, True, False, True, False, False])
    assert _bracket(distance, above) == (3.0, 4.0)
    assert _bracket(distance[[7, 0, 4]], np.array([False, True, False])) == (0.0, 2.0)


@pytest.mark.parametrize("heterogeneity", [True, False])
def test_beyond_the_outermost_places_no_mean_is_likely_enough(heterogeneity: bool) -> None:
    """The first of smallest error times 1, 2, 4 ... from the range at which the bound falls below the aim."""
    y, s, aim = [1.0, 4.0], [0.5, 2.0], -9.0
    task = _Task(of(y, s), heterogeneity)

    def ceiling(mu: float) -> float:
        total = 0.0
        for yi, si in zip(y, s, strict=True):
            variance = max(si**2, (yi - mu) ** 2) if heterogeneity else si**2
            total -= 0.5 * (math.log(2.0 * math.pi * variance) + (yi - mu) ** 2 / variance)
        return total

    expected = []
    for end, side in ((1.0, -1.0), (4.0, 1.0)):
        widths = [0.5]
        while ceiling(end + side * widths[-1]) >= aim:
            widths.append(2.0 * widths[-1])
        expected.append([end + side * width for width in widths])
    assert [found.tolist() for found in _beyond(task, aim)] == expected
    for (*_, end), side in zip(expected, (-1.0, 1.0), strict=True):
        outside = end + side * np.geomspace(1e-3, 1e4, 30)
        assert (task.profile(outside)[0] < aim).all()


def test_errors_are_those_of_the_inverse_information_or_of_the_mean_alone() -> None:
    hessian = -np.array([[4.0, 1.0], [1.0, 2.0]])
    inside = Point(np.array([0.3, 0.5]), 0.0, np.zeros(2), hessian)
    assert_allclose(_errors(inside), np.sqrt(np.diag(np.linalg.inv(-hessian))), rtol=1e-14)
    edge = Point(np.array([0.3, 0.0]), 0.0, np.zeros(2), hessian)
    se, se_tau2 = _errors(edge)
    assert se == 0.5
    assert math.isnan(se_tau2)


def test_units_are_a_power_of_two_about_the_median_error_and_change_no_digit() -> None:
    """So that a problem in units of 2^40 has the very numbers, times that, of the one in units of one."""
    y, s, unprinted = np.array([0.3, 0.9, -0.4]), np.array([0.2, 0.3, 0.5]), said(["not significant"], [0.25])
    here = maximise(y, s**2, unprinted, True, 3.84)
    big = 2.0**40
    there = maximise(y * big, (s * big) ** 2, unprinted.scaled(1.0 / big), True, 3.84)
    assert (there.mu, there.low, there.high) == (here.mu * big, here.low * big, here.high * big)
    assert (there.tau2, there.se, there.starts) == (here.tau2 * big**2, here.se * big, here.starts)
    assert there.gradient == here.gradient


def test_a_bracket_begins_at_a_place_near_the_maximum_too() -> None:
    assert _bracket(np.array([-0.2, 0.3, 0.4]), np.array([True, True, False])) == (0.3, 0.4)
