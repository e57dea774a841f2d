"""The maximum of any likelihood with entries of L, and profile ends: on functions whose hills are known."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import pytest

from synthesis.pooling.kernel.climbing import Point
from synthesis.pooling.kernel.effects import Array
from synthesis.pooling.rare.sparse_fit import MOST_SPREAD, SparseFit, maximise_counts, profile_end

Known = Callable[[Array], tuple[float, Array, Array]]


@dataclass(frozen=True)
class Hills:
    """A likelihood that is told as value, gradient and Hessian."""

    known: Known
    p: int
    entries: tuple[tuple[int, int], ...] = ((0, 0),)

    def point(self, parameters: Array) -> Point:
        return Point(parameters, *self.known(parameters))

    def refined(self, fineness: float) -> Hills:
        assert fineness > 0.0
        return self

    def beginnings(self, coefficients: Array) -> tuple[Array, ...]:
        return (coefficients,)


def _parabola(centre: Array, curvature: Array, height: float = 0.0) -> Known:
    def known(at: Array) -> tuple[float, Array, Array]:
        away = at - centre
        return height - 0.5 * float(away @ curvature @ away), -curvature @ away, -curvature

    return known


def _sum_of(first: Known, second: Known) -> Known:
    """Logarithm of the sum of two densities."""

    def known(at: Array) -> tuple[float, Array, Array]:
        (a, ga, ha), (b, gb, hb) = first(at), second(at)
        value = float(np.logaddexp(a, b))
        u, w = math.exp(a - value), math.exp(b - value)
        gradient = u * ga + w * gb
        second_moment = u * (ha + np.outer(ga, ga)) + w * (hb + np.outer(gb, gb))
        return value, gradient, second_moment - np.outer(gradient, gradient)

    return known


NOTHING = np.zeros(2, dtype=bool)
CURVATURE = np.array([[4.0, 1.5], [1.5, 2.0]])
CENTRE = np.array([0.7, 1.2])


def _fit(model: Hills, start: list[float], random: bool = True, held: list[bool] | None = None) -> SparseFit:
    return maximise_counts(model, np.array(start), random, np.array(held or [False] * len(start)))


def test_the_top_of_a_parabola_is_its_centre_and_its_covariance_the_inverse_of_its_curvature() -> None:
    found = _fit(Hills(_parabola(CENTRE, CURVATURE, 3.0), 1), [0.0])
    assert found.top.at == pytest.approx(CENTRE, abs=1e-12)
    assert found.top.value == pytest.approx(3.0, abs=1e-12)
    assert found.covariance[0, 0] == pytest.approx(np.linalg.inv(CURVATURE)[0, 0], rel=1e-12)
    assert found.covariance_of_spread[0, 0] == pytest.approx(np.linalg.inv(CURVATURE)[1, 1], rel=1e-12)
    # Without L the coefficient is best where the row of it is level.
    assert found.without.at == pytest.approx([0.7 + 1.5 * 1.2 / 4.0, 0.0], abs=1e-12)
    alone = _fit(Hills(_parabola(CENTRE, CURVATURE, 3.0), 1), [0.0], random=False)
    assert alone.top.at.tolist() == alone.without.at.tolist() == found.without.at.tolist()
    assert alone.covariance[0, 0] == pytest.approx(0.25, rel=1e-12)
    assert math.isnan(alone.covariance_of_spread[0, 0])


def test_what_is_held_stays_and_the_rest_is_best_beside_it() -> None:
    found = _fit(Hills(_parabola(CENTRE, CURVATURE), 1), [0.1], held=[True])
    assert found.top.at == pytest.approx([0.1, 1.2 + 1.5 * 0.6 / 2.0], abs=1e-12)
    assert math.isnan(found.covariance[0, 0])


def test_ends_of_a_parabola_are_those_of_wald() -> None:
    model = Hills(_parabola(CENTRE, CURVATURE), 1)
    fit = _fit(model, [0.0])
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
    model = Hills(_parabola(CENTRE, CURVATURE), 1)
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


def _two_hills(far: float, higher: float) -> Hills:
    """One hill at a small spread, and another at a larger one."""
    steep = np.diag([9.0, 200.0])
    return Hills(
        _sum_of(
            _parabola(np.array([0.0, 0.1]), steep),
            _parabola(np.array([0.4, far]), np.diag([4.0, 9.0]), higher),
        ),
        1,
    )


@pytest.mark.parametrize("far", [0.9, 2.2, 4.5])
def test_the_higher_of_two_hills_is_found(far: float) -> None:
    assert _fit(_two_hills(far, 2.0), [0.0]).top.at == pytest.approx([0.4, far], abs=1e-2)
    assert _fit(_two_hills(far, -2.0), [0.0]).top.at == pytest.approx([0.0, 0.1], abs=1e-2)


@pytest.mark.parametrize("far", [2.2, 4.5])
def test_an_end_passes_to_the_hill_that_is_higher_there(far: float) -> None:
    """To the right of the first hill the second, lower at its top, is the higher one."""
    model = _two_hills(far, -1.0)
    fit = _fit(model, [0.0])
    end = profile_end(model, fit.top, NOTHING, 0, True, 1.92, 1.0 / 3.0)
    # There the first hill is some 2 lower than the second, and far from it in the spread.
    expected = 0.4 + math.sqrt((1.92 - 1.0) / 2.0)
    assert end == pytest.approx(expected, abs=1e-3)
    assert 0.5 * 9.0 * end**2 > 1.92 + 1.0
    assert profile_end(model, fit.top, NOTHING, 0, False, 1.92, 1.0 / 3.0) == pytest.approx(
        -math.sqrt(2.0 * 1.92) / 3.0, abs=1e-3
    )


def test_spreads_next_to_zero_are_zero_and_negative_ones_are_turned() -> None:
    level = _fit(Hills(_parabola(np.array([0.3, 1e-8]), np.eye(2)), 1), [0.0])
    assert level.top.at[1] == 0.0
    assert math.isnan(level.covariance_of_spread[0, 0])
    mirrored = Hills(_mirror(_parabola(np.array([0.3, -0.8]), 3.0 * np.eye(2)), 1), 1)
    assert _fit(mirrored, [0.0]).top.at == pytest.approx([0.3, 0.8], abs=1e-9)


def _mirror(known: Known, index: int) -> Known:
    """The same at both signs of a parameter, as of a standard deviation: of |x|."""

    def both(at: Array) -> tuple[float, Array, Array]:
        turned = np.ones(at.size)
        turned[index] = -1.0 if at[index] > 0.0 else 1.0
        value, gradient, hessian = known(turned * at)
        return value, turned * gradient, np.outer(turned, turned) * hessian

    return both


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

    found = _fit(Hills(known, 1, entries), [0.0]).top
    assert found.at == pytest.approx([0.2, 0.8, -0.5, 0.6], abs=1e-8)


def _nowhere(m: int) -> tuple[float, Array, Array]:
    return -math.inf, np.zeros(m), np.zeros((m, m))


@dataclass(frozen=True)
class Watched(Hills):
    """The same, with all parameters that were asked for."""

    seen: list[Array] = field(default_factory=list)

    def point(self, parameters: Array) -> Point:
        self.seen.append(parameters)
        return super().point(parameters)

    def refined(self, fineness: float) -> Watched:
        return self


def test_a_coefficient_may_be_any_number_and_a_spread_be_at_most_twenty() -> None:
    for centre in ([33.0, 17.0], [-260.0, 19.0]):
        found = _fit(Hills(_parabola(np.array(centre), CURVATURE), 1), [0.0])
        assert found.top.at == pytest.approx(centre, abs=1e-9)
    beyond = _fit(Hills(_parabola(np.array([0.7, 27.0]), np.eye(2)), 1), [0.0])
    assert beyond.top.at == pytest.approx([0.7, MOST_SPREAD], abs=1e-9)
    entries = ((0, 0), (1, 0), (1, 1))
    far = np.array([0.2, 0.8, -17.0, 0.6])
    assert _fit(Hills(_parabola(far, np.eye(4)), 1, entries), [0.0]).top.at == pytest.approx(far, abs=1e-9)


def test_a_coefficient_of_which_nothing_is_known_has_no_variance() -> None:
    curvature = np.diag([4.0, 0.0, 2.0])
    found = _fit(Hills(_parabola(np.array([0.7, 0.0, 1.2]), curvature), 2), [0.0, 0.0])
    assert found.covariance[0, 0] == pytest.approx(0.25, rel=1e-12)
    assert np.isnan(found.covariance[1]).all()
    assert np.isnan(found.covariance[:, 1]).all()
    assert found.covariance_of_spread[0, 0] == pytest.approx(0.5, rel=1e-12)


@pytest.mark.parametrize("size", [1.0, 1e-2])
def test_ends_of_a_parabola_are_met_in_few_steps(size: float) -> None:
    """The root of its loss is linear: from a wrong unit the second step is right, and exact once more."""
    curvature = size * np.array([[4.0, 1.5, 0.3], [1.5, 2.0, 0.4], [0.3, 0.4, 3.0]])
    centre = np.array([0.7, -0.4, 2.5])
    model = Watched(_parabola(centre, curvature), 2)
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
            return _nowhere(2)
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


def test_where_no_point_of_the_grid_is_possible_the_hill_at_hand_stands() -> None:
    """Spreads are possible below 0.09 alone."""
    parabola = _parabola(np.array([0.7, 0.05]), np.diag([4.0, 9.0e4]))

    def known(at: Array) -> tuple[float, Array, Array]:
        return parabola(at) if abs(at[1]) < 0.09 else _nowhere(2)

    model = Hills(known, 1)
    end = profile_end(model, model.point(np.array([0.7, 0.05])), NOTHING, 0, True, 0.5, 0.5)
    assert end == pytest.approx(0.7 + 0.5, abs=1e-9)


def test_a_start_outside_the_domain_gives_way_to_its_point_of_the_grid() -> None:
    """log x - x g + log g - 8 (L - 1)^2, g = 1 + 3 L^2: a full step from x = 1 is below zero at large L."""

    def known(at: Array) -> tuple[float, Array, Array]:
        x, spread = at
        if x <= 0.0:
            return _nowhere(2)
        g, slope = 1.0 + 3.0 * spread**2, 6.0 * spread
        value = math.log(x) - x * g + math.log(g) - 8.0 * (spread - 1.0) ** 2
        gradient = np.array([1.0 / x - g, (1.0 / g - x) * slope - 16.0 * (spread - 1.0)])
        bend = 6.0 * (1.0 / g - x) - (slope / g) ** 2 - 16.0
        return value, gradient, np.array([[-1.0 / x**2, -slope], [-slope, bend]])

    found = _fit(Hills(known, 1), [0.5])
    assert found.without.at == pytest.approx([1.0, 0.0], abs=1e-8)
    assert found.top.at == pytest.approx([0.25, 1.0], abs=1e-8)


@dataclass(frozen=True)
class Cliff(Hills):
    """A parabola that falls by ten beyond a point, which coarse integrals see elsewhere."""

    coarse: bool = False

    def point(self, parameters: Array) -> Point:
        value, gradient, hessian = self.known(parameters)
        beyond = parameters[0] > (1.03 if self.coarse else 1.0)
        return Point(parameters, value - 10.0 * beyond, gradient, hessian)

    def refined(self, fineness: float) -> Cliff:
        return Cliff(self.known, self.p, self.entries, coarse=fineness < 1.0)


def test_an_end_at_a_cliff_is_where_exact_integrals_have_it() -> None:
    """The parabola itself would fall by 1.92 at 1.96 alone."""
    model = Cliff(_parabola(np.zeros(2), np.eye(2)), 1)
    found = profile_end(model, model.point(np.zeros(2)), np.array([False, True]), 0, True, 1.92, 1.0)
    assert found == pytest.approx(1.0, abs=1e-12)


def test_a_top_at_negative_deviations_is_told_at_positive_ones() -> None:
    """A column of L and its negative are the same random effect."""
    one = _fit(Hills(_parabola(np.array([0.3, -0.8]), np.eye(2)), 1), [0.0])
    assert one.top.at == pytest.approx([0.3, 0.8], abs=1e-9)
    entries = ((0, 0), (1, 0), (1, 1))
    centre = np.array([0.2, -0.8, 0.5, -0.6])
    both = _fit(Hills(_parabola(centre, np.eye(4)), 1, entries), [0.0])
    assert both.top.at == pytest.approx([0.2, 0.8, -0.5, 0.6], abs=1e-9)
    first = _fit(Hills(_parabola(centre * [1, 1, 1, -1], np.eye(4)), 1, entries), [0.0])
    assert first.top.at == pytest.approx([0.2, 0.8, -0.5, 0.6], abs=1e-9)


def test_a_spread_has_no_end_below_zero() -> None:
    model = Watched(_parabola(CENTRE, CURVATURE), 1)
    top = model.point(CENTRE)
    for unit in (0.2, 0.8, 9.0):
        model.seen.clear()
        assert profile_end(model, top, NOTHING, 1, False, 1.92, unit) == 0.0
        assert min(float(each[1]) for each in model.seen) == 0.0


def test_spreads_are_looked_at_in_strides_of_their_own_size() -> None:
    """Integrals far out are dear: the next is at most a half and twice the last."""
    model = Watched(_parabola(np.array([0.3, 19.0]), np.diag([1.0, 0.5])), 1)
    assert _fit(model, [0.0]).top.at == pytest.approx([0.3, 19.0], abs=1e-9)
    seen = sorted({float(each[1]) for each in model.seen})
    assert seen[-1] > 18.0
    assert all(after <= 2.0 * before + 0.5 for before, after in pairwise(seen))


@pytest.mark.parametrize("entries", [((0, 0),), ((0, 0), (1, 1)), ((0, 0), (1, 0), (1, 1))])
def test_hills_are_looked_for_at_every_plausible_spread(entries: tuple[tuple[int, int], ...]) -> None:
    """From a tenth to four of one effect, by steps of 2.5 at most; of two 0.2 to 2.5, by four at most."""
    m = 1 + len(entries)

    def known(at: Array) -> tuple[float, Array, Array]:
        return _nowhere(m) if at[1] > 0.05 else (-0.5 * float(at @ at), -at, -np.eye(m))

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


@dataclass(frozen=True)
class Rising(Hills):
    """A likelihood that is higher by a thousandth of its fineness."""

    fineness: float = 1.0

    def point(self, parameters: Array) -> Point:
        value, gradient, hessian = self.known(parameters)
        return Point(parameters, value + 1e-3 * self.fineness, gradient, hessian)

    def refined(self, fineness: float) -> Rising:
        return Rising(self.known, self.p, self.entries, fineness)


@pytest.mark.parametrize("spread", [1.2, 1e-8, -0.8])
def test_what_is_told_is_of_exact_integrals(spread: float) -> None:
    """Also at spreads put to zero, and at turned ones, where this likelihood is not the same."""
    found = _fit(Rising(_parabola(np.array([0.3, spread]), np.eye(2)), 1), [0.0])
    lost = 0.5 * (2.0 * spread) ** 2 if spread < 0.0 else 0.0
    assert found.top.value == pytest.approx(1e-3 - lost, abs=1e-12)
    assert found.without.value == pytest.approx(1e-3 - 0.5 * spread**2, abs=1e-12)


@dataclass(frozen=True)
class Told(Hills):
    """A sum of hills around a coefficient of zero, with its profile; unknown: of which nothing is told."""

    unknown: bool = False
    asked: list[Array] = field(default_factory=list)

    def heights(self, tau: Array, coefficients: Array, held: Array) -> tuple[Array, Array]:
        self.asked.append(np.append(coefficients, held))
        at = coefficients[0] if held[0] else 0.0
        value = [math.nan if self.unknown else self.known(np.array([at, each]))[0] for each in tau]
        return np.array(value), np.full((tau.size, 1), at)

    def ceilings(self, tau: Array, value: Array) -> Array:
        """No curvature is below -10,000."""
        return np.asarray(np.maximum(value[1:], value[:-1]) + 1e4 * np.diff(tau) ** 2 / 8.0)


def _needle(at: float, unknown: bool = False) -> Told:
    """A hill a hundredth wide at a spread, which is lost on any grid, beside a broad one."""
    broad = _parabola(np.array([0.0, 0.7]), np.diag([4.0, 9.0]))
    return Told(_sum_of(broad, _parabola(np.array([0.0, at]), np.diag([4.0, 1e4]), 2.0)), 1, unknown=unknown)


@pytest.mark.parametrize("at", [0.13, 0.83, 1.41])
def test_of_a_profile_that_is_told_no_hill_is_missed(at: float) -> None:
    found = _fit(_needle(at), [0.4])
    assert found.top.at == pytest.approx([0.0, at], abs=1e-2)
    assert found.top.value > 1.9
    assert 0.0 <= found.margin <= 1e-3
    held = _fit(_needle(at), [0.4], held=[True])
    assert held.top.at == pytest.approx([0.4, at], abs=1e-2)
    assert 0.0 <= held.margin <= 1e-3


def test_what_is_not_told_is_looked_for_from_a_grid_and_not_proven() -> None:
    found = _fit(_needle(0.83, unknown=True), [0.4])
    assert found.top.at == pytest.approx([0.0, 0.7], abs=0.2)
    assert found.top.at[1] > 0.0
    assert found.margin == math.inf
    assert _fit(_two_hills(2.2, 2.0), [0.0]).margin == math.inf
    assert _fit(_two_hills(2.2, 2.0), [0.0], random=False).margin == 0.0


def test_an_end_passes_to_a_needle_that_only_its_profile_tells() -> None:
    """Lower at its top than the broad hill, but flatter in the coefficient: higher from some value on."""
    broad = _parabola(np.array([0.0, 0.7]), np.diag([9.0, 9.0]))
    model = Told(_sum_of(broad, _parabola(np.array([0.0, 1.41]), np.diag([1.0, 1e4]), -0.5)), 1)
    top = _fit(model, [0.0]).top
    end = profile_end(model, top, NOTHING, 0, True, 1.92, 1.0 / 3.0)
    values = [model.known(np.array([end, each]))[0] for each in np.linspace(0.0, 3.0, 30_001)]
    assert top.value - max(values) == pytest.approx(1.92, abs=1e-5)
    assert end > 1.5  # the broad hill has fallen by 1.92 at 0.65
    held = [each[1] for each in model.asked]
    assert any(held)


def test_at_a_given_spread_no_other_hill_is_looked_for() -> None:
    model = _needle(0.83)
    top = _fit(model, [0.0]).top
    before = len(model.asked)
    profile_end(model, top, NOTHING, 1, True, 0.5, 0.01)
    profile_end(model, top, np.array([False, True]), 0, True, 0.5, 0.5)
    assert len(model.asked) == before


def test_an_end_passes_to_a_hill_without_spread() -> None:
    """Flatter in the coefficient than the one at a spread of 1.41, and next to a spread of zero."""
    model = Told(
        _sum_of(
            _parabola(np.array([0.0, 1.41]), np.diag([9.0, 100.0])),
            _parabola(np.array([0.0, 0.0]), np.diag([1.0, 400.0]), -0.5),
        ),
        1,
    )
    top = _fit(model, [0.0]).top
    assert top.at == pytest.approx([0.0, 1.41], abs=1e-2)
    end = profile_end(model, top, NOTHING, 0, True, 1.92, 1.0 / 3.0)
    assert end == pytest.approx(math.sqrt(2.0 * (1.92 - 0.5)), abs=1e-3)
