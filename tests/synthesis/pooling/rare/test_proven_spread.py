"""Bounds between two deviations, and the search that uses them: on profiles whose highest point is known."""

from __future__ import annotations

import math

import numpy as np
import pytest

from synthesis.pooling.kernel.climbing import Point
from synthesis.pooling.kernel.effects import Array, Mask
from synthesis.pooling.rare.proven_spread import _about, _Known, ceilings, parted, proven_top


def test_where_probabilities_are_bells_the_bound_is_the_likelihood_itself() -> None:
    """With f = exp(-C v^2 / 2) it is -k/2 log(1 + C tau^2), highest at the smaller deviation."""
    tau = np.array([0.0, 0.1, 0.5, 2.0, 20.0])
    for k, sharpest in ((3, 0.5), (20, 8.0), (7, 400.0)):
        value = -0.5 * k * np.log1p(sharpest * tau**2)
        assert ceilings(tau, value, k, sharpest) == pytest.approx(value[:-1], abs=1e-9)


@pytest.mark.parametrize("slope", [0.3, 4.0, 60.0, -2.0])
def test_where_the_convex_part_is_straight_the_bound_is_the_highest_value(slope: float) -> None:
    """k/2 log(1 - s^2) + m s, highest inside or at an end of a cell."""
    k, sharpest = 6, 2.5

    def known(tau: Array) -> Array:
        s = np.sqrt(sharpest) * tau / np.sqrt(1.0 + sharpest * tau**2)
        return np.asarray(0.5 * k * np.log(1.0 - s * s) + slope * s)

    tau = np.array([0.0, 0.2, 0.9, 2.0, 7.0])
    found = ceilings(tau, known(tau), k, sharpest)
    for n in range(4):
        inside = known(np.linspace(tau[n], tau[n + 1], 200_001))
        assert found[n] == pytest.approx(inside.max(), abs=1e-8)
        assert found[n] >= inside.max() - 1e-12


HELD = np.array([False])


class Known:
    """A profile of one deviation, beside a coefficient that is best at the deviation itself.

    bend: no curvature is more negative; roof: what is said of the largest deviation.
    """

    def __init__(self, bend: float, hills: list[tuple[float, float, float]], roof: float = math.inf) -> None:
        self.bend, self.hills, self.least = bend, hills, roof
        self.asked: list[float] = []
        self.climbs: list[float] = []

    def value(self, tau: Array) -> Array:
        parts = [height - 0.5 * ((tau - at) / width) ** 2 for at, width, height in self.hills]
        return np.asarray(np.maximum.reduce([*parts, np.full_like(tau, -30.0)]))

    def heights(self, tau: Array, coefficients: Array, held: Mask) -> tuple[Array, Array]:
        assert coefficients.shape == (tau.size, 1)
        assert held is HELD
        self.asked += tau.tolist()
        return self.value(tau), tau[:, None].copy()

    def climbed(self, start: Array) -> Point:
        """To the top of the hill that is the highest at the start."""
        assert start[0] == pytest.approx(start[1])
        self.climbs.append(float(start[1]))
        heights = [height - 0.5 * ((start[1] - at) / width) ** 2 for at, width, height in self.hills]
        at, width, height = self.hills[int(np.argmax(heights))]
        return Point(np.array([at, -at]), height, np.zeros(2), np.diag([-1.0, -(width**-2)]))

    def ceilings(self, tau: Array, value: Array) -> Array:
        """Chords, and what a curvature of `bend` can be above them."""
        assert (np.diff(tau) > 0.0).all()
        return np.asarray(np.maximum(value[1:], value[:-1]) + self.bend * np.diff(tau) ** 2 / 8.0)

    def roof(self, tau: float) -> float:
        assert tau == 20.0
        return self.least

    def without(self) -> Point:
        value = float(self.value(np.zeros(1))[0])
        return Point(np.zeros(2), value, np.zeros(2), -np.eye(2))

    def proven(self) -> tuple[Point, float]:
        return proven_top(self, HELD, self.climbed, self.without(), 20.0)


@pytest.mark.parametrize("at", [0.03, 0.47, 1.3, 4.4, 13.0])
def test_a_hill_between_the_first_deviations_is_found_and_proven(at: float) -> None:
    """It is a twentieth wide, and nothing of it is seen beside it."""
    known = Known(400.0, [(0.7, 0.4, 1.0), (at, 0.05, 3.0)])
    top, margin = known.proven()
    assert (top.value, abs(top.at[1])) == (3.0, at)
    assert 0.0 <= margin <= 1e-3
    asked = np.unique([*known.asked, 0.0, at])
    assert (known.ceilings(asked, known.value(asked)) <= 3.0 + 1e-3).all()


def test_the_margin_is_the_largest_bound_beside_the_top() -> None:
    known = Known(1.0, [(0.7, 0.4, 1.0)])
    known.ceilings = lambda tau, value: value[:-1] + 2e-4 * (tau[:-1] > 3.0) + 0.0 * tau[1:]  # type: ignore[method-assign]
    known.value = lambda tau: np.ones_like(tau)  # type: ignore[method-assign]
    top, margin = known.proven()
    assert top.value == 1.0
    assert margin == pytest.approx(2e-4, abs=1e-12)
    assert known.asked == [0.4, 0.8, 1.6, 4.0, 8.0, 20.0]
    assert known.climbs == []
    known.ceilings = lambda tau, value: value[1:] - 5.0  # type: ignore[method-assign]
    assert known.proven()[1] == 0.0


def test_a_climb_starts_at_the_top_of_the_parabola_through_the_best_and_its_neighbours() -> None:
    known = Known(9.0, [(0.93, 0.6, 1.0)])
    known.proven()
    assert known.climbs == [pytest.approx(0.93, abs=1e-12)]


def test_a_few_cells_about_the_top_prove_it() -> None:
    """As wide as the bound allows: a hundred and more of equal width would be needed."""
    known = Known(30.0, [(0.7, 0.4, 1.0)])
    assert known.proven()[1] <= 1e-3
    assert 12 < len(known.asked) < 60


def test_the_highest_deviation_of_all_is_looked_at() -> None:
    known = Known(3.0, [(20.0, 7.0, 1.0)])
    top, margin = known.proven()
    assert abs(top.at[1]) == 20.0
    assert margin <= 1e-3
    roofed = Known(3.0, [(20.0, 7.0, 1.0)], roof=1.5)
    top, margin = roofed.proven()
    assert abs(top.at[1]) == 20.0
    assert margin <= 1e-3


def test_a_low_roof_spares_the_profile_of_large_deviations() -> None:
    hills = [(0.7, 0.4, 1.0)]
    flat = Known(0.0, hills, roof=-3.0)
    assert flat.proven()[1] <= 1e-3
    assert max(flat.asked) == 4.0
    # Where it does not reach that far the next deviations are told, each twice as large.
    near = Known(0.3, hills, roof=-3.0)
    assert near.proven()[1] <= 1e-3
    assert max(near.asked) == 16.0
    assert 8.0 in near.asked
    # And the largest where twice the last one would be beyond it.
    nearer = Known(2.5, hills, roof=-3.0)
    assert nearer.proven()[1] <= 1e-3
    assert max(nearer.asked) == 20.0
    # Where it is above the top it is not used, nor a hill missed that is below it.
    high = Known(0.0, [*hills, (19.0, 0.9, 1.7)], roof=1.8)
    top, margin = high.proven()
    assert (abs(top.at[1]), top.value) == (19.0, 1.7)
    assert margin <= 1e-3
    assert 20.0 in high.asked
    assert 8.0 not in high.asked


def test_two_deviations_that_differ_by_rounding_are_one() -> None:
    known = Known(0.5, [(1.6 * (1.0 + 3e-10), 0.6, 1.0)])
    top, margin = known.proven()
    assert top.value == 1.0
    assert margin <= 1e-3
    exact = Known(0.5, [(20.0 * (1.0 - 3e-10), 6.0, 1.0)], roof=0.9)
    assert exact.proven()[1] <= 1e-3


def test_what_cannot_be_bounded_is_not_called_proven() -> None:
    """Also where a value is not known: the search ends, and its margin is infinite."""
    known = Known(1.0, [(0.7, 0.4, 1.0)])
    known.ceilings = lambda tau, value: np.full(tau.size - 1, math.inf)  # type: ignore[method-assign]
    top, margin = known.proven()
    assert (top.value, margin) == (1.0, math.inf)
    assert 500 < len(known.asked) < 6000

    class Silent(Known):
        def heights(self, tau: Array, coefficients: Array, held: Mask) -> tuple[Array, Array]:
            value, at = super().heights(tau, coefficients, held)
            return np.where(tau > 10.0, np.nan, value), at

    top, margin = Silent(1.0, [(0.7, 0.4, 1.0)]).proven()
    assert (top.value, margin) == (1.0, math.inf)
    unknown = Silent(1.0, [(0.0, 0.4, 1.0)])
    assert unknown.proven()[1] == math.inf
    assert unknown.climbs == []  # what is not known is not a hill


def test_about_a_top_are_sixteen_cells_a_side_at_most_and_none_beyond_a_fall_of_two() -> None:
    """A narrow hill falls by two within a few; of a bound that is bad many would be needed."""
    bad, good = Known(4000.0, [(0.9, 0.5, 1.0)]), Known(30.0, [(0.9, 0.5, 1.0)])
    tops = [each.climbed(np.array([0.9, 0.9])) for each in (bad, good)]
    many, few = (_about(top, each) for top, each in zip(tops, (bad, good), strict=True))
    assert many.size == 32
    assert 4 < few.size < 32
    for about in (many, few):
        assert (np.diff(about) > 0.0).all()
        assert (about / 0.9 * (about / 0.9)[::-1]) == pytest.approx(1.0)  # alike on both sides
    # The last but one is not yet lower by two, by the parabola of the logarithm.
    fall = 0.5 * (0.9 / 0.5) ** 2 * np.log(few / 0.9) ** 2
    assert fall[-2] < 2.0 <= fall[-1]


def test_cells_about_a_top_follow_the_curvature_of_the_profile_whatever_the_coefficients() -> None:
    """That of the likelihood along the deviation, less what the best of two coefficients make of it."""
    model = Known(30.0, [(0.9, 0.5, 1.0)])
    top = model.climbed(np.array([0.9, 0.9]))
    alone = float(top.hessian[-1, -1] - top.hessian[0, -1] ** 2 / top.hessian[0, 0])
    others, cross = np.array([[-2.0, 0.5], [0.5, -3.0]]), np.array([0.4, -0.9])
    hessian = np.zeros((3, 3))
    hessian[:2, :2], hessian[2, :2], hessian[:2, 2] = others, cross, cross
    hessian[2, 2] = alone + cross @ np.linalg.inv(others) @ cross
    two = Point(np.array([0.3, 0.9, 0.9]), top.value, np.zeros(3), hessian)
    assert _about(two, model) == pytest.approx(_about(top, model), rel=1e-12)


@pytest.mark.parametrize(("curvature", "cells"), [(0.6, True), (0.2, False), (0.24, False), (0.27, True)])
def test_a_flat_top_has_cells_about_it_where_the_bound_bends_up_beside_it(
    curvature: float, cells: bool
) -> None:
    """The parabola falls by (tau / 2)^2 / 2; the bound between two tau rises by curvature tau^2 / 8."""
    model = Known(curvature, [(0.9, 2.0, 1.0)])
    top = model.climbed(np.array([0.9, 0.9]))
    lone = Point(top.at, top.value, top.gradient, np.diag([-1.0, -0.25]))
    assert bool(_about(lone, model).size) == cells
    rising = Point(top.at, top.value, top.gradient, np.diag([-1.0, 0.01]))
    assert _about(rising, model).size == 0


def test_deviations_are_added_in_order_and_the_later_of_two_alike_is_kept() -> None:
    known = _Known(np.array([0.0, 1.0, 2.0]), np.array([5.0, 6.0, 7.0]), np.array([[0.5], [0.6], [0.7]]))
    known.add(
        np.array([3.0, 2.0 * (1.0 + 5e-10), 1.5]),
        np.array([8.0, 7.5, 6.5]),
        np.array([[0.8], [0.75], [0.65]]),
    )
    assert known.tau.tolist() == [0.0, 1.0, 1.5, 2.0, 3.0]
    assert known.value.tolist() == [5.0, 6.0, 6.5, 7.5, 8.0]
    assert known.coefficients[:, 0].tolist() == [0.5, 0.6, 0.65, 0.75, 0.8]
    assert known.coefficients_at(np.array([1.25, 2.5]))[:, 0] == pytest.approx([0.625, 0.775])


def test_the_top_of_a_parabola_through_the_best_and_its_neighbours_is_between_nine_tenths_of_them() -> None:
    """Of -(tau - 1.3)^2 it is 1.3; at an end, of a line and of what is not known it is the best itself."""

    def summit(tau: list[float], value: list[float]) -> float:
        return float(_Known(np.array(tau), np.array(value), np.array(tau)[:, None]).summit()[-1])

    tau = np.array([0.4, 1.0, 2.0])
    assert summit(tau.tolist(), (-((tau - 1.3) ** 2)).tolist()) == pytest.approx(1.3, rel=1e-14)
    assert summit([0.0, 1.0, 2.0], [3.0, 2.0, 1.0]) == 0.0
    assert summit([0.0, 1.0, 2.0], [1.0, 2.0, 3.0]) == 2.0
    assert summit([0.0, 1.0, 2.0], [math.nan, 2.0, 1.0]) == 1.0
    assert summit([0.0, 1.0, 2.0], [2.0, 2.0, 2.0]) == 0.0
    assert summit([1.0, 2.0, 4.0], [1.0, 1.0 + 1e-15, 1.0]) == pytest.approx(2.5)
    whole = _Known(tau, -((tau - 1.3) ** 2), 2.0 * tau[:, None]).summit()
    assert whole == pytest.approx([2.6, 1.3])


def test_a_cell_is_parted_as_its_excess_asks_by_ratios_or_from_zero_evenly() -> None:
    """In the root of excess over what is spared, from two to eight, and eight where it has no end."""
    low, high = np.array([0.0, 1.0, 4.0, 9.0]), np.array([1.0, 4.0, 9.0, 16.0])
    ends = np.array([-1.0, 0.0, -2.0, -1.0, -0.5])
    above = np.array([True, True, False, True])
    top = 0.999  # a thousandth below one, the spare of a bound
    found = parted(low, high, ends, np.array([8.5, 4.5, 99.0, math.inf]), above, top)
    first, second, last = found[:2], found[2:4], found[4:]
    assert first == pytest.approx([1.0 / 3.0, 2.0 / 3.0])  # (8.5 - 0) / (1 - 0) asks for 2.9
    assert second == pytest.approx(4.0 ** (np.arange(1, 3) / 3.0))  # 4.5 for 2.1
    assert last == pytest.approx(9.0 * (16.0 / 9.0) ** (np.arange(1, 8) / 8.0))
    many = parted(low[:1], high[:1], ends[:2], np.array([1e9]), above[:1], top)
    assert many == pytest.approx(np.arange(1, 8) / 8.0)
    few = parted(low[:1], high[:1], ends[:2], np.array([1.001]), above[:1], top)
    assert few == pytest.approx([0.5])
    # Where an end is next to the top, what is spared is eight tenths of a thousandth.
    near = parted(low[:1], high[:1], np.array([0.0, top]), np.array([top + 0.0008 * 15.9]), above[:1], top)
    assert near == pytest.approx([0.25, 0.5, 0.75])


class Even:
    """Profiles whose bounds rise by `bend` times the square of a cell's width, of logarithms, over eight."""

    def __init__(self, bend: float) -> None:
        self.bend = bend

    def heights(self, tau: Array, coefficients: Array, held: Mask) -> tuple[Array, Array]:
        raise AssertionError(tau)

    def ceilings(self, tau: Array, value: Array) -> Array:
        return np.asarray(np.maximum(value[1:], value[:-1]) + self.bend * np.diff(np.log(tau)) ** 2 / 8.0)

    def roof(self, tau: float) -> float:
        raise AssertionError(tau)


def _parabola(at: float, bend: float) -> Point:
    """A top at a deviation, of whose logarithm the profile has a curvature of -bend."""
    return Point(np.array([0.3, at]), 5.0, np.zeros(2), np.diag([-1.0, -bend / at**2]))


@pytest.mark.parametrize("at", [0.5, 3.0, -3.0])
@pytest.mark.parametrize("bend", [0.2, 0.5, 3.0, 3.5, 6.0, 9.0])
@pytest.mark.parametrize("bow", [0.3, 2.0, 30.0])
def test_cells_about_a_top_rise_by_eight_tenths_of_the_margin_and_their_fall(
    at: float, bend: float, bow: float
) -> None:
    """A cell as wide as w, where the profile is lower by f: bow w^2 / 8 = 0.0008 + f; the last passes two."""
    about = np.log(_about(_parabola(at, bend), Even(bend + bow)) / abs(at))
    right = np.append(0.0, about[about.size // 2 :])
    fall = 0.5 * bend * right**2
    assert bow * np.diff(right) ** 2 / 8.0 == pytest.approx(8e-4 + fall[:-1], rel=1e-9)
    assert about == pytest.approx(-about[::-1], abs=1e-12)
    assert (fall[:-1] < 2.0).all()
    assert fall[-1] >= 2.0 or right.size == 17


def test_a_top_without_a_bend_or_with_a_bound_that_is_flatter_has_no_cells_about_it() -> None:
    for bend, all_of_it in ((-0.1, 9.0), (2.0, 1.9), (-3.0, -4.0)):
        assert _about(_parabola(0.9, bend), Even(all_of_it)).size == 0
    assert _about(Point(np.zeros(2), 5.0, np.zeros(2), -np.eye(2)), Even(9.0)).size == 0


def test_a_cell_is_parted_by_the_root_of_its_excess_in_two_to_eight() -> None:
    """Of a bound over the higher end, by what is allowed there; at equal ratios, from zero evenly."""
    low, high = np.array([1.0, 0.0, 2.0, 5.0]), np.array([2.0, 3.0, 5.0, 9.0])
    ends = np.array([0.0, -0.2, 0.0, -0.2, -0.4])
    top = 0.0

    def parts(excess: list[float], above: list[bool]) -> list[float]:
        return list(parted(low, high, ends, np.array(excess), np.array(above), top))

    third = 2.0 ** (1.0 / 3.0)
    alone = [True, False, False, False]
    assert parts([8.9e-3, 1.0, 1.0, 1.0], alone) == pytest.approx([third, third**2])
    assert parts([3.9e-3, 1.0, 1.0, 1.0], alone) == pytest.approx([math.sqrt(2.0)])
    assert parts([4.1e-3, 1.0, 1.0, 1.0], alone) == pytest.approx([third, third**2])
    assert parts([0.9e-3, 1.0, 1.0, 1.0], alone) == pytest.approx([math.sqrt(2.0)])
    for much in (48.0, 63.9e-3, 70e-3, math.inf):
        assert parts([much, 0.0, 0.0, 0.0], alone) == pytest.approx(2.0 ** (np.arange(1.0, 8.0) / 8.0))
    assert parts([9.0, 4e-3, 9.0, 9.0], [False, True, False, False]) == pytest.approx([1.5])
    # The last has its higher end 0.2 below: of 0.201 that are allowed 0.9 and 0.7 ask for three and two.
    last = [False, False, False, True]
    ratio = 9.0 / 5.0
    assert parts([9.0, 9.0, 9.0, 0.7], last) == pytest.approx([5.0 * ratio ** (n / 3.0) for n in (1, 2)])
    assert parts([9.0, 9.0, 9.0, 0.6], last) == pytest.approx([5.0 * ratio**0.5])
    both = parts([3e-3, 9.0, 9.0, 0.6], [True, False, False, True])
    assert both == pytest.approx([math.sqrt(2.0), 5.0 * ratio**0.5])
    # An end above the top, as profiles may be told too high: eight tenths of the margin are allowed.
    top = -0.5
    assert parts([3.1e-3, 9.0, 9.0, 9.0], alone) == pytest.approx([math.sqrt(2.0)])
    assert parts([3.3e-3, 9.0, 9.0, 9.0], alone) == pytest.approx([third, third**2])


@pytest.mark.parametrize("at", [0.3, 1.1, 1.9, 2.9])
def test_the_summit_is_the_top_of_the_parabola_through_three(at: float) -> None:
    """Of any three about it, coefficients between those of its neighbours; at an end it is the end."""
    tau = np.array([0.0, 0.5, 1.5, 2.0, 4.0])
    coefficients = np.stack([3.0 * tau + 1.0, -tau], axis=1)
    known = _Known(tau, 7.0 - 2.0 * (tau - at) ** 2, coefficients)
    assert known.summit() == pytest.approx([3.0 * at + 1.0, -at, at], abs=1e-12)
    known.value[[0, -1]] = 9.0, 8.0
    assert known.summit().tolist() == [1.0, 0.0, 0.0]
    known.value[-1] = 10.0
    assert known.summit().tolist() == [13.0, -4.0, 4.0]


def test_a_summit_beside_what_is_not_known_or_level_is_the_highest_deviation_itself() -> None:
    tau = np.array([0.0, 1.0, 3.0])
    for value in ([math.nan, 2.0, 1.0], [-math.inf, 2.0, 1.0], [1.0, 2.0, math.nan], [2.0, 2.0, 2.0]):
        known = _Known(tau, np.array(value), tau[:, None])
        best = 0.0 if value[0] == 2.0 else 1.0
        assert known.summit().tolist() == [best, best]


def test_of_two_values_at_one_deviation_the_later_is_kept() -> None:
    known = _Known(np.array([0.0, 1.0, 2.0]), np.array([1.0, 2.0, 3.0]), np.array([[1.0], [2.0], [3.0]]))
    known.add(
        np.array([2.0 * (1.0 + 5e-10), 1.0 + 2e-9, 1.5]),
        np.array([4.0, 5.0, 6.0]),
        np.array([[4.0], [5.0], [6.0]]),
    )
    assert known.tau.tolist() == [0.0, 1.0, 1.0 + 2e-9, 1.5, 2.0]
    assert known.value.tolist() == [1.0, 2.0, 5.0, 6.0, 4.0]
    assert known.coefficients[:, 0].tolist() == [1.0, 2.0, 5.0, 6.0, 4.0]
    assert known.coefficients_at(np.array([0.25, 1.75])).tolist() == [[1.25], [5.0]]


def test_beside_the_cells_about_a_top_only_those_that_they_do_not_reach_are_parted() -> None:
    class Rounds(Known):
        def heights(self, tau: Array, coefficients: Array, held: Mask) -> tuple[Array, Array]:
            rounds.append(tau)
            return super().heights(tau, coefficients, held)

    rounds: list[Array] = []
    known = Rounds(400.0, [(1.0, 0.2, 1.0)])
    top, margin = known.proven()
    assert top.value == 1.0
    assert margin <= 1e-3
    about = _about(top, known)
    assert 0.4 < about[0] < 0.8 < 1.1 < about[-1] < 1.6
    beside = np.setdiff1d(rounds[1], about)
    assert beside.size == rounds[1].size - about.size
    # Neither the cell from 0.4 to 0.8 nor that from 1 to 1.6, of which a part is told.
    low, high = beside[beside < 0.8], beside[beside > 0.8]
    assert low.size > 0
    assert high.size > 0
    assert low.max() < 0.4
    assert high.min() > 1.6
