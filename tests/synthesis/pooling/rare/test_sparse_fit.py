"""The maximum of any likelihood with entries of L: on functions whose hills are known."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest

from synthesis.pooling.kernel.effects import Array
from synthesis.pooling.rare.sparse_fit import MOST_SPREAD, _grid
from tests.synthesis.pooling.rare.known_hills import (
    CENTRE,
    CURVATURE,
    Hills,
    Rising,
    Watched,
    fitted,
    mirror,
    needle,
    nowhere,
    parabolic,
    two_hills,
)


def test_the_top_of_a_parabola_is_its_centre_and_its_covariance_the_inverse_of_its_curvature() -> None:
    found = fitted(Hills(parabolic(CENTRE, CURVATURE, 3.0), 1), [0.0])
    assert found.top.at == pytest.approx(CENTRE, abs=1e-12)
    assert found.top.value == pytest.approx(3.0, abs=1e-12)
    assert found.covariance[0, 0] == pytest.approx(np.linalg.inv(CURVATURE)[0, 0], rel=1e-12)
    assert found.covariance_of_spread[0, 0] == pytest.approx(np.linalg.inv(CURVATURE)[1, 1], rel=1e-12)
    # Without L the coefficient is best where the row of it is level.
    assert found.without.at == pytest.approx([0.7 + 1.5 * 1.2 / 4.0, 0.0], abs=1e-12)
    alone = fitted(Hills(parabolic(CENTRE, CURVATURE, 3.0), 1), [0.0], random=False)
    assert alone.top.at.tolist() == alone.without.at.tolist() == found.without.at.tolist()
    assert alone.covariance[0, 0] == pytest.approx(0.25, rel=1e-12)
    assert math.isnan(alone.covariance_of_spread[0, 0])


def test_what_is_held_stays_and_the_rest_is_best_beside_it() -> None:
    found = fitted(Hills(parabolic(CENTRE, CURVATURE), 1), [0.1], held=[True])
    assert found.top.at == pytest.approx([0.1, 1.2 + 1.5 * 0.6 / 2.0], abs=1e-12)
    assert math.isnan(found.covariance[0, 0])


@pytest.mark.parametrize("far", [0.9, 2.2, 4.5])
def test_the_higher_of_two_hills_is_found(far: float) -> None:
    assert fitted(two_hills(far, 2.0), [0.0]).top.at == pytest.approx([0.4, far], abs=1e-2)
    assert fitted(two_hills(far, -2.0), [0.0]).top.at == pytest.approx([0.0, 0.1], abs=1e-2)


def test_spreads_next_to_zero_are_zero_and_negative_ones_are_turned() -> None:
    level = fitted(Hills(parabolic(np.array([0.3, 1e-8]), np.eye(2)), 1), [0.0])
    assert level.top.at[1] == 0.0
    assert math.isnan(level.covariance_of_spread[0, 0])
    mirrored = Hills(mirror(parabolic(np.array([0.3, -0.8]), 3.0 * np.eye(2)), 1), 1)
    assert fitted(mirrored, [0.0]).top.at == pytest.approx([0.3, 0.8], abs=1e-9)


def test_columns_of_l_turn_their_sign_as_one() -> None:
    """The top is at L = ((-0.8, 0), (0.5, -0.6)): L L' is that of ((0.8, 0), (-0.5, 0.6))."""
    entries = ((0, 0), (1, 0), (1, 1))
    goal = np.array([[0.64, -0.4], [-0.4, 0.61]])

    def known(at: Array) -> tuple[float, Array, Array]:
        a, b, c = at[1:]
        away = np.array([at[0] - 0.2, a * a - goal[0, 0], a * b - goal[0, 1], b * b + c * c - goal[1, 1]])
        jacobian = np.array(
            [[1.0, 0, 0, 0], [0, 2 * a, 0, 0], [0, b, a, 0], [0, 0, 2 * b, 2 * c]], dtype=float
        )
        bends = np.zeros((4, 4, 4))
        bends[1, 1, 1] = bends[3, 2, 2] = bends[3, 3, 3] = 2.0
        bends[2, 1, 2] = bends[2, 2, 1] = 1.0
        hessian = -(jacobian.T @ jacobian + np.einsum("n,nij->ij", away, bends))
        return -0.5 * float(away @ away), -jacobian.T @ away, hessian

    found = fitted(Hills(known, 1, entries), [0.0]).top
    assert found.at == pytest.approx([0.2, 0.8, -0.5, 0.6], abs=1e-8)


def test_a_coefficient_may_be_any_number_and_a_spread_be_at_most_twenty() -> None:
    for centre in ([33.0, 17.0], [-260.0, 19.0]):
        found = fitted(Hills(parabolic(np.array(centre), CURVATURE), 1), [0.0])
        assert found.top.at == pytest.approx(centre, abs=1e-9)
    beyond = fitted(Hills(parabolic(np.array([0.7, 27.0]), np.eye(2)), 1), [0.0])
    assert beyond.top.at == pytest.approx([0.7, MOST_SPREAD], abs=1e-9)
    entries = ((0, 0), (1, 0), (1, 1))
    far = np.array([0.2, 0.8, -17.0, 0.6])
    assert fitted(Hills(parabolic(far, np.eye(4)), 1, entries), [0.0]).top.at == pytest.approx(far, abs=1e-9)


def test_a_coefficient_of_which_nothing_is_known_has_no_variance() -> None:
    curvature = np.diag([4.0, 0.0, 2.0])
    found = fitted(Hills(parabolic(np.array([0.7, 0.0, 1.2]), curvature), 2), [0.0, 0.0])
    assert found.covariance[0, 0] == pytest.approx(0.25, rel=1e-12)
    assert np.isnan(found.covariance[1]).all()
    assert np.isnan(found.covariance[:, 1]).all()
    assert found.covariance_of_spread[0, 0] == pytest.approx(0.5, rel=1e-12)


def test_a_start_outside_the_domain_gives_way_to_its_point_of_the_grid() -> None:
    """log x - x g + log g - 8 (L - 1)^2, g = 1 + 3 L^2: a full step from x = 1 is below zero at large L."""

    def known(at: Array) -> tuple[float, Array, Array]:
        x, spread = at
        if x <= 0.0:
            return nowhere(2)
        g, slope = 1.0 + 3.0 * spread**2, 6.0 * spread
        value = math.log(x) - x * g + math.log(g) - 8.0 * (spread - 1.0) ** 2
        gradient = np.array([1.0 / x - g, (1.0 / g - x) * slope - 16.0 * (spread - 1.0)])
        bend = 6.0 * (1.0 / g - x) - (slope / g) ** 2 - 16.0
        return value, gradient, np.array([[-1.0 / x**2, -slope], [-slope, bend]])

    found = fitted(Hills(known, 1), [0.5])
    assert found.without.at == pytest.approx([1.0, 0.0], abs=1e-8)
    assert found.top.at == pytest.approx([0.25, 1.0], abs=1e-8)


def test_a_top_at_negative_deviations_is_told_at_positive_ones() -> None:
    """A column of L and its negative are the same random effect."""
    one = fitted(Hills(parabolic(np.array([0.3, -0.8]), np.eye(2)), 1), [0.0])
    assert one.top.at == pytest.approx([0.3, 0.8], abs=1e-9)
    entries = ((0, 0), (1, 0), (1, 1))
    centre = np.array([0.2, -0.8, 0.5, -0.6])
    both = fitted(Hills(parabolic(centre, np.eye(4)), 1, entries), [0.0])
    assert both.top.at == pytest.approx([0.2, 0.8, -0.5, 0.6], abs=1e-9)
    first = fitted(Hills(parabolic(centre * [1, 1, 1, -1], np.eye(4)), 1, entries), [0.0])
    assert first.top.at == pytest.approx([0.2, 0.8, -0.5, 0.6], abs=1e-9)


def test_spreads_are_looked_at_in_strides_of_their_own_size() -> None:
    """Integrals far out are dear: the next is at most a half and twice the last."""
    model = Watched(parabolic(np.array([0.3, 19.0]), np.diag([1.0, 0.5])), 1)
    assert fitted(model, [0.0]).top.at == pytest.approx([0.3, 19.0], abs=1e-9)
    seen = sorted({float(each[1]) for each in model.seen})
    assert seen[-1] > 18.0
    assert all(after <= 2.0 * before + 0.5 for before, after in pairwise(seen))


@pytest.mark.parametrize("spread", [1.2, 1e-8, -0.8])
def test_what_is_told_is_of_exact_integrals(spread: float) -> None:
    """Also at spreads put to zero, and at turned ones, where this likelihood is not the same."""
    found = fitted(Rising(parabolic(np.array([0.3, spread]), np.eye(2)), 1), [0.0])
    lost = 0.5 * (2.0 * spread) ** 2 if spread < 0.0 else 0.0
    assert found.top.value == pytest.approx(1e-3 - lost, abs=1e-12)
    assert found.without.value == pytest.approx(1e-3 - 0.5 * spread**2, abs=1e-12)


@pytest.mark.parametrize("at", [0.13, 0.83, 1.41])
def test_of_a_profile_that_is_told_no_hill_is_missed(at: float) -> None:
    found = fitted(needle(at), [0.4])
    assert found.top.at == pytest.approx([0.0, at], abs=1e-2)
    assert found.top.value > 1.9
    assert 0.0 <= found.margin <= 1e-3
    held = fitted(needle(at), [0.4], held=[True])
    assert held.top.at == pytest.approx([0.4, at], abs=1e-2)
    assert 0.0 <= held.margin <= 1e-3


def test_what_is_not_told_is_looked_for_from_a_grid_and_not_proven() -> None:
    found = fitted(needle(0.83, unknown=True), [0.4])
    assert found.top.at == pytest.approx([0.0, 0.7], abs=0.2)
    assert found.top.at[1] > 0.0
    assert found.margin == math.inf
    assert fitted(two_hills(2.2, 2.0), [0.0]).margin == math.inf
    assert fitted(two_hills(2.2, 2.0), [0.0], random=False).margin == 0.0


def test_a_grid_has_deviations_in_doublings_or_by_fours_and_both_signs_of_a_correlation() -> None:
    """L L' of its points, by hand."""
    (one,) = np.array(_grid(((0, 0),))).T
    assert one.tolist() == [0.1, 0.25, 0.5, 1.0, 2.0, 4.0]
    some = (0.2, 0.8, 2.5)
    apart = [tuple(each.tolist()) for each in _grid(((0, 0), (1, 1)))]
    assert apart == [(a, b) for a in some for b in some]
    found = []
    for a, across, b in _grid(((0, 0), (1, 0), (1, 1))):
        lower = np.array([[a, 0.0], [across, b]])
        covariance = lower @ lower.T
        sd = np.sqrt(np.diag(covariance))
        found.append((*sd, covariance[0, 1] / (sd[0] * sd[1])))
    expected = [(a, b, rho) for a in some for b in some for rho in (0.0, -0.7, 0.7)]
    assert np.array(found) == pytest.approx(np.array(expected), abs=1e-12)
