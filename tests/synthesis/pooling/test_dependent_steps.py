"""A step towards a maximum of a likelihood of dependent effects, by hand."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from synthesis.pooling.dependent.block_likelihood import DependentData, Slopes, evaluate
from synthesis.pooling.dependent.blocks import RandomTerm
from synthesis.pooling.dependent.maximum import (
    _climbing,
    _climbing_step,
    _flat,
    _level_there,
    _met,
    _of_one_factor,
    _on_edges,
    _step,
    _without,
)
from synthesis.pooling.dependent.structures import compound, heteroscedastic_compound, unstructured
from synthesis.pooling.kernel.effects import Array
from tests.synthesis.pooling.dependent_problems import intercept
from tests.synthesis.pooling.test_dependent_hills import made

UNIT = 0.1  # a standard error that is typical


def step_of(
    theta: list[float],
    gradient: list[float],
    hessian: list[list[float]],
    root: bool = True,
    floor: bool = True,
) -> list[float]:
    """Of parameters that are all roots of variances, with a floor at zero or not, or all angles."""
    m = len(theta)
    at = Slopes(np.array([gradient]), np.array([hessian]))
    variance, unit = np.full(m, root), np.full(m, UNIT if root else 1.0)
    floored, fixed = np.full(m, floor and root), np.zeros((1, m), dtype=bool)
    found: list[float] = _climbing_step(np.array([theta]), at, fixed, variance, floored, unit)[0].tolist()
    return found


def test_every_direction_is_taken_as_one_in_which_the_likelihood_bends_down() -> None:
    """A flat one as if it bent by a billionth of the steepest."""
    turn = np.array([[0.6, -0.8], [0.8, 0.6]])
    gradient = turn @ [2.0, 3.0]
    for curves, along, near in (
        ((-4.0, 5.0), [0.5, 0.6], 1e-14),
        ((-4.0, 0.0), [0.5, 3.0 / 4e-9], 1e-6),  # rounding of the hessian beside a billionth of it
    ):
        hessian = turn @ np.diag(curves) @ turn.T
        assert_allclose(_step(gradient[None], hessian[None])[0], turn @ along, rtol=near)


def test_held_parameters_do_not_move_and_others_as_if_those_were_known() -> None:
    gradient, hessian = (
        np.array([[1.0, 2.0, 3.0]]),
        -np.array([[[4.0, 1.0, 2.0], [1.0, 5.0, 1.0], [2.0, 1.0, 6.0]]]),
    )
    left, bend = _without(gradient, hessian, np.array([[False, True, False]]))
    assert left.tolist() == [[1.0, 0.0, 3.0]]
    assert bend.tolist() == [[[-4.0, 0.0, -2.0], [0.0, -1.0, 0.0], [-2.0, 0.0, -6.0]]]
    assert _without(gradient, hessian, np.zeros((1, 3), dtype=bool))[1] is hessian


@pytest.mark.parametrize(
    ("theta", "gradient", "hessian", "expected"),
    [
        ([1.0], [0.2], [[-2.0]], [0.1]),  # Newton's step
        ([1.0], [0.2], [[2.0]], [0.1]),  # uphill all the same
        ([0.01], [0.2], [[-10.0]], [0.02]),
        ([1.0], [10.0], [[-1.0]], [0.7]),  # 0.7 of a root's size at most
        ([2.0], [10.0], [[-1.0]], [1.4]),
        ([0.01], [10.0], [[-1.0]], [0.07]),  # or of a standard error
        ([1.0, 1.0], [10.0, 1.0], [[-1.0, 0.0], [0.0, -1.0]], [0.7, 0.07]),  # all of them shortened alike
        ([0.5], [-10.0], [[-1.0]], [-0.35]),
        ([0.05], [-10.0], [[-1.0]], [-0.05]),  # down to the floor
        ([0.0], [-1.0], [[-1.0]], [0.0]),  # on which it stays,
        ([0.0], [0.0], [[-3.0]], [0.0]),
        (
            [0.0],
            [0.0],
            [[3.0]],
            [0.01],
        ),  # unless the likelihood rises from there: a tenth of a standard error
        ([0.0, 1.0], [0.1, 0.5], [[-1.0, -0.9], [-0.9, -1.0]], [0.0, 0.5]),  # or the others draw it below
    ],
)
def test_a_step_of_roots_is_newtons_within_reach_and_not_below_zero(
    theta: list[float], gradient: list[float], hessian: list[list[float]], expected: list[float]
) -> None:
    assert_allclose(step_of(theta, gradient, hessian), expected, rtol=1e-12, atol=1e-15)


def test_roots_without_a_floor_may_change_their_sign_and_angles_turn_by_radians() -> None:
    assert_allclose(step_of([0.05], [-10.0], [[-1.0]], floor=False), [-0.07], rtol=1e-12)
    assert_allclose(step_of([3.0], [-10.0], [[-1.0]], root=False), [-2.1], rtol=1e-12)
    assert_allclose(step_of([0.3], [10.0], [[-1.0]], root=False), [0.7], rtol=1e-12)
    assert_allclose(step_of([0.5 * np.pi], [0.0], [[2.0]], root=False), [0.1], rtol=1e-12)
    assert_allclose(step_of([1.0], [0.3], [[2.0]], root=False), [0.15], rtol=1e-12)


def test_the_likelihood_is_level_in_roots_that_are_zero_and_angles_at_quarter_turns() -> None:
    unit, variance = np.array([UNIT, 1.0]), np.array([True, False])

    def level(root: float, angle: float) -> list[bool]:
        found: list[bool] = _level_there(np.array([[root, angle]]), variance, unit)[0].tolist()
        return found

    assert level(9e-8, 9e-7 / 2) == [True, True]
    assert level(-9e-8, 0.5 * np.pi) == [True, True]
    assert level(1.1e-7, 1.1e-6 / 2) == [False, False]
    assert level(1.0, 0.25 * np.pi) == [False, False]


def test_of_rows_of_a_family_that_are_next_to_its_highest_that_one_goes_on() -> None:
    family = np.array([0, 0, 0, 1, 1])
    theta = np.array([[1.0, 0.2], [1.0009, 0.209], [1.0011, 0.2], [1.0, 0.2], [1.0, 0.2]])
    unit = np.array([UNIT, 1.0])
    loglik = np.array([-3.0, -3.5, -3.2, -7.0, -6.0])
    assert _met(family, theta, loglik, unit).tolist() == [False, True, False, True, False]
    highest: Array = np.array([-3.5, -3.0, -3.2, -6.0, -7.0])
    assert _met(family, theta, highest, unit).tolist() == [True, False, True, False, True]


GROUP = np.array([0, 0, 0, 1, 1, 1])
ALONE, SEVERAL = intercept(GROUP), RandomTerm(heteroscedastic_compound(3), GROUP, "levels")


def of(k: int, *terms: RandomTerm) -> Any:
    """Blocks of k effects, as far as starts ask for them."""
    return SimpleNamespace(k=k, terms=terms)


def test_starts_with_a_perfect_correlation_have_levels_alike_and_each_of_them_large_or_small() -> None:
    """In standard deviations of h = 4, by hand; the intercept beside them has a fiftieth of h."""
    large = [[3.0, 0.3, 0.3], [0.3, 3.0, 0.3], [0.3, 0.3, 3.0]]
    small = [[0.3, 3.0, 3.0], [3.0, 0.3, 3.0], [3.0, 3.0, 0.3]]
    expected = [
        [0.08**0.5, *(2.0 * np.array(factors)), angle]
        for factors in ([1.0, 1.0, 1.0], *large, *small)
        for angle in (0.5 * np.pi, -0.5 * np.pi)
    ]
    assert_allclose(list(_on_edges(of(6, ALONE, SEVERAL), 4.0)), expected, rtol=1e-12)
    turned = [[*each[1:], each[0]] for each in expected]
    assert_allclose(list(_on_edges(of(6, SEVERAL, ALONE), 4.0)), turned, rtol=1e-12)
    assert list(_on_edges(of(6, ALONE, RandomTerm(compound(3), GROUP, "levels")), 4.0)) == []


@pytest.mark.parametrize(
    ("k", "simple", "several"), [(400, 26, 26), (401, 1, 2), (20_000, 1, 2), (20_001, 1, 1)]
)
def test_of_few_effects_many_starts_are_climbed_and_of_many_effects_one(
    k: int, simple: int, several: int
) -> None:
    """Of between 401 and 20,000 two, unless variances alone are looked for."""
    for term, most in ((ALONE, simple), (SEVERAL, several)):
        data: Any = SimpleNamespace(blocks=of(k, term))
        assert _climbing(data, 100) == most
        assert _climbing(data, 1) == 1


def test_starts_near_edges_leave_other_terms_at_a_fiftieth_of_what_is_beyond_errors() -> None:
    """Before and behind the term of several levels; three spreads of each edge, or of each factor's signs."""
    un = RandomTerm(unstructured(3), GROUP, "levels")
    for several, count in ((SEVERAL, 6), (un, 12)):
        plain = np.array(list(_of_one_factor(of(6, several), 4.0)))
        among = np.array(list(_of_one_factor(of(6, ALONE, several, ALONE, ALONE), 4.0)))
        assert among.shape == (count, several.structure.q + 3)
        assert_allclose(among[:, 1:-2], plain, rtol=1e-12)
        assert_allclose(among[:, [0, -2, -1]], 0.08**0.5, rtol=1e-12)
    gamma = un.structure.covariance(plain)
    sd = np.sqrt(np.diagonal(gamma, axis1=1, axis2=2))
    rho = gamma / (sd[:, :, None] * sd[:, None, :])
    upper = np.triu_indices(3, 1)
    assert_allclose(np.abs(rho[:, *upper]), 0.98, rtol=1e-10)
    assert len(np.unique(np.sign(rho[:, *upper]), axis=0)) == 4
    assert_allclose(sd[:, 1], 2.0, rtol=1e-12)
    assert_allclose(sd[:3, 2] / sd[:3, 0], [0.1, 1.0, 10.0], rtol=1e-12)
    large = RandomTerm(unstructured(5), GROUP, "levels")
    assert list(_of_one_factor(of(6, large, ALONE), 4.0)) == []


def test_a_direction_without_change_is_told_of_each_data_set_alone() -> None:
    """Without variance a correlation says nothing; a data set a million times as large is beside it."""
    data = made("CS", 1)
    both = DependentData(data.blocks, np.concatenate([data.y, data.y, 1e6 * data.y]))
    theta = np.array([[0.0, 0.3], [1.0, 0.3], [1.0, 0.3]])
    assert _flat(both, theta, evaluate(both, theta, True), True).tolist() == [True, False, False]
