"""Ends of intervals by the profile of a likelihood: on functions whose hills are known."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import pytest

from synthesis.pooling.kernel.climbing import Point
from synthesis.pooling.kernel.effects import Array
from synthesis.pooling.rare.sparse_fit import _highest_at, _ridge_point, profile_end
from tests.synthesis.pooling.rare.known_hills import (
    CENTRE,
    CURVATURE,
    NOTHING,
    Cliff,
    Hills,
    Told,
    Watched,
    fitted,
    needle,
    nowhere,
    parabolic,
    sum_of,
    two_hills,
)


def test_ends_of_a_parabola_are_those_of_wald() -> None:
    model = Hills(parabolic(CENTRE, CURVATURE), 1)
    fit = fitted(model, [0.0])
    inverse = np.linalg.inv(CURVATURE)
    for index in (0, 1):
        error = math.sqrt(inverse[index, index])
        for se in (error, 0.1 * error, 7.0 * error, math.nan, 0.0):
            for drop in (0.02, 0.5, 1.92):
                aim = error * math.sqrt(2.0 * drop)
                high = profile_end(model, fit.top, NOTHING, index, True, drop, se)
                low = profile_end(model, fit.top, NOTHING, index, False, drop, se)
                assert high == pytest.approx(CENTRE[index] + aim, abs=1e-9)
                at_least = CENTRE[index] - aim
                assert low == pytest.approx(max(0.0, at_least) if index else at_least, abs=1e-9)


def test_held_parameters_stay_in_a_profile() -> None:
    model = Hills(parabolic(CENTRE, CURVATURE), 1)
    top = model.point(CENTRE)
    found = profile_end(model, top, np.array([False, True]), 0, True, 0.5, 0.3)
    assert found == pytest.approx(0.7 + 1.0 / math.sqrt(4.0), abs=1e-9)


def test_an_end_that_is_not_there_is_infinite() -> None:
    """exp(-x) falls on one side alone; the other side loses nothing in the limit."""

    def falls(at: Array) -> tuple[float, Array, Array]:
        rest = math.exp(-at[0])
        return (
            -rest - 0.5 * float(at[1] ** 2),
            np.array([rest, -at[1]]),
            np.array([[-rest, 0.0], [0.0, -1.0]]),
        )

    model = Hills(falls, 1)
    top = model.point(np.array([30.0, 0.0]))
    assert profile_end(model, top, NOTHING, 0, True, 1.92, 1.0) == math.inf
    assert profile_end(model, top, NOTHING, 0, False, 1.92, 1.0) == pytest.approx(-math.log(1.92), abs=1e-9)


@pytest.mark.parametrize("far", [2.2, 4.5])
def test_an_end_passes_to_the_hill_that_is_higher_there(far: float) -> None:
    """To the right of the first hill the second, lower at its top, is the higher one."""
    model = two_hills(far, -1.0)
    fit = fitted(model, [0.0])
    end = profile_end(model, fit.top, NOTHING, 0, True, 1.92, 1.0 / 3.0)
    # There the first hill is some 2 lower than the second, and far from it in the spread.
    expected = 0.4 + math.sqrt((1.92 - 1.0) / 2.0)
    assert end == pytest.approx(expected, abs=1e-3)
    assert 0.5 * 9.0 * end**2 > 1.92 + 1.0
    assert profile_end(model, fit.top, NOTHING, 0, False, 1.92, 1.0 / 3.0) == pytest.approx(
        -math.sqrt(2.0 * 1.92) / 3.0, abs=1e-3
    )


@pytest.mark.parametrize("size", [1.0, 1e-2])
def test_ends_of_a_parabola_are_met_in_few_steps(size: float) -> None:
    """The root of its loss is linear: from a wrong unit the second step is right, and exact once more."""
    curvature = size * np.array([[4.0, 1.5, 0.3], [1.5, 2.0, 0.4], [0.3, 0.4, 3.0]])
    centre = np.array([0.7, -0.4, 2.5])
    model = Watched(parabolic(centre, curvature), 2)
    error = math.sqrt(np.linalg.inv(curvature)[0, 0])
    for upwards, sign in ((True, 1.0), (False, -1.0)):
        for unit in (error, 0.4 * error, 2.0 * error):
            model.seen.clear()
            end = profile_end(model, model.point(centre), np.zeros(3, dtype=bool), 0, upwards, 1.92, unit)
            assert end == pytest.approx(0.7 + sign * error * math.sqrt(3.84), abs=1e-9)
            moved = {float(each[0]) for each in model.seen}
            assert len(moved) <= 5
            assert all(sign * (value - 0.7) >= -1e-12 for value in moved)


def test_a_profile_ends_before_its_domain_does() -> None:
    """log(1 - x^2) - y^2 / 2 has fallen by d at x^2 = 1 - e^-d; steps beyond one are halved."""

    def known(at: Array) -> tuple[float, Array, Array]:
        x, y = at
        inside = 1.0 - x * x
        if inside <= 0.0:
            return nowhere(2)
        curve = -2.0 / inside - (2.0 * x / inside) ** 2
        value = math.log(inside) - 0.5 * y * y
        return value, np.array([-2.0 * x / inside, -y]), np.diag([curve, -1.0])

    model = Watched(known, 1)
    top = model.point(np.zeros(2))
    for unit in (0.3, 1.7, 40.0):
        for sign in (1.0, -1.0):
            model.seen.clear()
            end = profile_end(model, top, NOTHING, 0, sign > 0, 1.92, unit)
            assert end == pytest.approx(sign * math.sqrt(1.0 - math.exp(-1.92)), abs=1e-9)
            assert all(sign * each[0] >= 0.0 for each in model.seen)
            if unit == 40.0:
                first = [float(each[0]) for each in model.seen[:8]]
                assert first == pytest.approx(sign * unit * math.sqrt(3.84) * 0.5 ** np.arange(8), rel=1e-12)


def test_where_no_point_of_the_grid_is_possible_the_hill_at_hand_stands() -> None:
    """Spreads are possible below 0.09 alone."""
    parabola = parabolic(np.array([0.7, 0.05]), np.diag([4.0, 9.0e4]))

    def known(at: Array) -> tuple[float, Array, Array]:
        return parabola(at) if abs(at[1]) < 0.09 else nowhere(2)

    model = Hills(known, 1)
    end = profile_end(model, model.point(np.array([0.7, 0.05])), NOTHING, 0, True, 0.5, 0.5)
    assert end == pytest.approx(0.7 + 0.5, abs=1e-9)


def test_an_end_at_a_cliff_is_where_exact_integrals_have_it() -> None:
    """The parabola itself would fall by 1.92 at 1.96 alone."""
    model = Cliff(parabolic(np.zeros(2), np.eye(2)), 1)
    found = profile_end(model, model.point(np.zeros(2)), np.array([False, True]), 0, True, 1.92, 1.0)
    assert found == pytest.approx(1.0, abs=1e-12)


def test_a_spread_has_no_end_below_zero() -> None:
    model = Watched(parabolic(CENTRE, CURVATURE), 1)
    top = model.point(CENTRE)
    for unit in (0.2, 0.8, 9.0):
        model.seen.clear()
        assert profile_end(model, top, NOTHING, 1, False, 1.92, unit) == 0.0
        assert min(float(each[1]) for each in model.seen) == 0.0


@pytest.mark.parametrize("entries", [((0, 0),), ((0, 0), (1, 1)), ((0, 0), (1, 0), (1, 1))])
def test_hills_are_looked_for_at_every_plausible_spread(entries: tuple[tuple[int, int], ...]) -> None:
    """From a tenth to four of one effect, by steps of 2.5 at most; of two 0.2 to 2.5, by four at most."""
    m = 1 + len(entries)

    def known(at: Array) -> tuple[float, Array, Array]:
        return nowhere(m) if at[1] > 0.05 else (-0.5 * float(at @ at), -at, -np.eye(m))

    model = Watched(known, 1, entries)
    top = model.point(np.zeros(m))
    assert profile_end(model, top, np.zeros(m, dtype=bool), 0, True, 0.5, 1.0) == pytest.approx(1.0, abs=1e-9)
    low, high, most = (0.1, 4.0, 2.5) if m == 2 else (0.2, 2.5, 4.0)
    seen = sorted({float(each[1]) for each in model.seen if each[1] > 0.05})
    assert (seen[0], seen[-1]) == (low, high)
    assert all(after <= most * before + 1e-12 for before, after in pairwise(seen))
    if m == 4:
        correlations = {round(float(a / math.hypot(a, b)), 9) for _, _, a, b in model.seen if b > 0.05}
        assert correlations == {-0.7, 0.0, 0.7}


def test_an_end_passes_to_a_needle_that_only_its_profile_tells() -> None:
    """Lower at its top than the broad hill, but flatter in the coefficient: higher from some value on."""
    broad = parabolic(np.array([0.0, 0.7]), np.diag([9.0, 9.0]))
    model = Told(sum_of(broad, parabolic(np.array([0.0, 1.41]), np.diag([1.0, 1e4]), -0.5)), 1)
    top = fitted(model, [0.0]).top
    end = profile_end(model, top, NOTHING, 0, True, 1.92, 1.0 / 3.0)
    values = [model.known(np.array([end, each]))[0] for each in np.linspace(0.0, 3.0, 30_001)]
    assert top.value - max(values) == pytest.approx(1.92, abs=1e-5)
    assert end > 1.5  # the broad hill has fallen by 1.92 at 0.65
    held = [each[1] for each in model.asked]
    assert any(held)


def test_at_a_given_spread_no_other_hill_is_looked_for() -> None:
    model = needle(0.83)
    top = fitted(model, [0.0]).top
    before = len(model.asked)
    profile_end(model, top, NOTHING, 1, True, 0.5, 0.01)
    profile_end(model, top, np.array([False, True]), 0, True, 0.5, 0.5)
    assert len(model.asked) == before


def test_an_end_passes_to_a_hill_without_spread() -> None:
    """Flatter in the coefficient than the one at a spread of 1.41, and next to a spread of zero."""
    model = Told(
        sum_of(
            parabolic(np.array([0.0, 1.41]), np.diag([9.0, 100.0])),
            parabolic(np.array([0.0, 0.0]), np.diag([1.0, 400.0]), -0.5),
        ),
        1,
    )
    top = fitted(model, [0.0]).top
    assert top.at == pytest.approx([0.0, 1.41], abs=1e-2)
    end = profile_end(model, top, NOTHING, 0, True, 1.92, 1.0 / 3.0)
    assert end == pytest.approx(math.sqrt(2.0 * (1.92 - 0.5)), abs=1e-3)


@dataclass(frozen=True)
class Counted(Hills):
    """The same, with the fineness of every point that was asked for."""

    fineness: float = 1.0
    asked: list[float] = field(default_factory=list)

    def point(self, parameters: Array) -> Point:
        self.asked.append(self.fineness)
        return super().point(parameters)

    def refined(self, fineness: float) -> Counted:
        return Counted(self.known, self.p, self.entries, fineness, self.asked)


def test_exact_integrals_are_asked_only_next_to_the_end() -> None:
    """The way to it is found by coarse ones: a start seven times too near takes more of those."""

    def bent(at: Array) -> tuple[float, Array, Array]:
        rise, tail = math.exp(at[0]), math.exp(-at[0])
        gradient = np.array([-rise + tail, -at[1]])
        return 2.0 - rise - tail - 0.5 * float(at[1] ** 2), gradient, np.diag([-rise - tail, -1.0])

    exact = []
    for se in (math.sqrt(0.5), math.sqrt(0.5) / 7.0):
        model = Counted(bent, 1)
        top = model.point(np.zeros(2))
        model.asked.clear()
        end = profile_end(model, top, np.array([False, True]), 0, True, 1.92, se)
        assert end == pytest.approx(math.acosh(1.0 + 0.5 * 1.92), abs=1e-9)
        exact.append(sum(each == 1.0 for each in model.asked))
        assert len(model.asked) > exact[-1]
    assert max(exact) <= 4


@pytest.mark.parametrize("near", [False, True])
def test_the_ridge_of_a_parabola_is_followed_without_another_step_up_to_a_distance_of_one(near: bool) -> None:
    curvature = np.array([[4.0, 1.5, 0.3], [1.5, 2.0, 0.4], [0.3, 0.4, 3.0]])
    model = Watched(parabolic(np.array([0.7, -0.4, 2.5]), curvature), 2)
    top, free = model.point(np.array([0.7, -0.4, 2.5])), curvature[1:, 1:]
    for value in (0.9, 0.1, 1.7):
        model.seen.clear()
        found = _ridge_point(model, top, np.array([True, False, False]), 0, value, near)
        expected = top.at[1:] - np.linalg.solve(free, curvature[1:, 0]) * (value - 0.7)
        assert [each.tolist() for each in model.seen] == [pytest.approx([value, *expected], rel=1e-12)]
        assert found.at[0] == value
    model.seen.clear()
    far = _ridge_point(model, top, np.array([True, False, False]), 0, 3.7, near)
    slope = np.linalg.solve(free, curvature[1:, 0])
    assert model.seen[0] == pytest.approx([3.7, -1.4, 2.5 - np.clip(3.0 * slope[1], -1.0, 1.0)], rel=1e-12)
    assert far.at[1:] == pytest.approx(top.at[1:] - 3.0 * slope, abs=1e-6)
    model.seen.clear()
    _ridge_point(model, top, np.array([True, False, False]), 0, -2.3, near)
    assert model.seen[0] == pytest.approx([-2.3, 0.6, 2.5 + np.clip(3.0 * slope[1], -1.0, 1.0)], rel=1e-12)
    alone = _ridge_point(model, top, np.full(3, True), 1, 0.6, near)
    assert alone.at.tolist() == [0.7, 0.6, 2.5]


def test_of_all_hills_at_given_parameters_the_highest_is_told_or_the_one_at_hand() -> None:
    """Of two over the spread, at a coefficient of 0.2, whichever of them is climbed first."""
    held = np.array([True, False])
    for higher, at in ((1.0, 2.2), (-4.0, 0.1)):
        model = two_hills(2.2, higher)
        for start in (0.1, 2.2):
            point = _ridge_point(model, model.point(np.array([0.2, start])), held, 0, 0.2, True)
            found = _highest_at(model, point, held)
            assert found.at == pytest.approx([0.2, at], abs=2e-2)
            assert found.at[0] == 0.2
            assert found.value >= point.value


@pytest.mark.parametrize(
    ("se", "first", "steps"),
    [(1.0, 1.0, 5), (2.0, 2.0, 5), (0.13, 0.13, 6), (math.nan, 0.5, 5), (0.0, 0.5, 5), (-1.0, 0.5, 5)],
)
def test_where_nothing_is_lost_steps_are_threefold_up_to_sixty_standard_errors_or_units(
    se: float, first: float, steps: int
) -> None:
    """From one standard error for each of the root of the loss; from half a unit where there is none."""

    def level(at: Array) -> tuple[float, Array, Array]:
        return -0.5 * float(at[1] ** 2), np.array([0.0, -at[1]]), np.diag([0.0, -1.0])

    model = Watched(level, 1)
    held = np.array([False, True])
    assert profile_end(model, model.point(np.zeros(2)), held, 0, True, 1.92, se) == math.inf
    values = list(dict.fromkeys(float(each[0]) for each in model.seen if each[0]))
    assert values == pytest.approx(math.sqrt(3.84) * first * 3.0 ** np.arange(steps), rel=1e-12)
    assert values[-2] <= 60.0 * max(first, 1.0) < values[-1]
