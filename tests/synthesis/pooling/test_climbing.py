"""Newton's method in a box: on functions whose maximum is known."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from synthesis.pooling.kernel.climbing import Box, Point, climb, newton_step
from synthesis.pooling.kernel.effects import Array

WIDE = Box(np.full(2, -10.0), np.full(2, 10.0))


def bowl(top: Array, curvature: Array) -> Callable[[Array], Point]:
    """A parabola with its maximum, 7, at `top`."""

    def function(at: Array) -> Point:
        d = at - top
        return Point(at, float(7.0 - 0.5 * d @ curvature @ d), -curvature @ d, -curvature)

    return function


CURVED = np.array([[2.0, 0.5], [0.5, 1.0]])


def test_a_parabola_is_climbed_in_one_step() -> None:
    top = np.array([1.0, -2.0])
    point = bowl(top, CURVED)(np.array([4.0, 3.0]))
    assert newton_step(point, np.zeros(2, bool)) == pytest.approx(top - point.at, rel=1e-12)
    found = climb(bowl(top, CURVED), np.array([4.0, 3.0]), WIDE)
    assert found.at == pytest.approx(top, rel=1e-12)
    assert found.value == pytest.approx(7.0)


def test_a_held_coordinate_stays() -> None:
    """With the first kept at 4 the second goes to -2 - 0.5 * 3, where its slope is zero."""
    point = bowl(np.array([1.0, -2.0]), CURVED)(np.array([4.0, 3.0]))
    step = newton_step(point, np.array([True, False]))
    assert step == pytest.approx([0.0, -6.5], rel=1e-12)
    assert newton_step(point, np.array([True, True])).tolist() == [0.0, 0.0]


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        ([2.0, -9.0], [9.0, 9.0], [2.0, -2.5]),  # second: -2 - 0.5 (2 - 1)
        ([-9.0, -9.0], [0.0, 9.0], [0.0, -1.5]),
        ([-9.0, 0.0], [9.0, 9.0], [0.5, 0.0]),  # first: 1 - 0.25 (0 + 2)
        ([2.0, 0.0], [9.0, 9.0], [2.0, 0.0]),
        ([3.0, -9.0], [3.0, 9.0], [3.0, -3.0]),
    ],
)
def test_a_maximum_at_a_wall(low: list[float], high: list[float], expected: list[float]) -> None:
    box = Box(np.array(low), np.array(high))
    for start in ([4.0, 3.0], [-4.0, -3.0]):
        found = climb(bowl(np.array([1.0, -2.0]), CURVED), np.array(start), box)
        assert found.at == pytest.approx(expected, abs=1e-9)


def test_walls_hold_what_rises_against_them() -> None:
    box = Box(np.zeros(1), np.ones(1))

    def held(at: float, slope: float) -> bool:
        return bool(box.held(Point(np.array([at]), 0.0, np.array([slope]), np.eye(1)))[0])

    table = [(at, slope) for at in (0.0, 0.5, 1.0) for slope in (-1.0, 0.0, 1.0)]
    expected = [True, True, False, False, False, False, False, True, True]
    assert [held(*each) for each in table] == expected


def quartic(at: Array) -> Point:
    """-(x^4) / 4 + x^2 / 2 - 2 y^2: maxima of 1/4 at x = 1 and -1, and a saddle at 0."""
    x, y = at
    return Point(
        at,
        float(-(x**4) / 4 + x * x / 2 - 2 * y * y),
        np.array([-(x**3) + x, -4 * y]),
        np.array([[-3 * x * x + 1, 0.0], [0.0, -4.0]]),
    )


@pytest.mark.parametrize(("start", "end"), [(0.01, 1.0), (-0.3, -1.0), (5.0, 1.0), (-2.0, -1.0)])
def test_the_nearest_top_is_found_from_where_the_curvature_is_the_wrong_way(start: float, end: float) -> None:
    found = climb(quartic, np.array([start, 3.0]), WIDE)
    assert found.at == pytest.approx([end, 0.0], abs=1e-9)
    assert found.value == pytest.approx(0.25)


def logarithm(at: Array) -> Point:
    """log x - x and -y^2, which exist for x > 0 alone; the top is at 1, 0."""
    x, y = at
    if x <= 0.0:
        return Point(at, -np.inf, np.full(2, np.nan), np.full((2, 2), np.nan))
    return Point(
        at,
        float(np.log(x) - x - y * y),
        np.array([1 / x - 1, -2 * y]),
        np.array([[-1 / (x * x), 0.0], [0.0, -2.0]]),
    )


def test_steps_out_of_the_domain_are_halved() -> None:
    """From 5 Newton's step leads to -15."""
    found = climb(logarithm, np.array([5.0, 1.0]), Box(np.full(2, -99.0), np.full(2, 99.0)))
    assert found.at == pytest.approx([1.0, 0.0], abs=1e-9)
    outside = climb(logarithm, np.array([-5.0, 1.0]), WIDE)
    assert outside.at.tolist() == [-5.0, 1.0]
    assert not outside.exists


def test_a_start_outside_the_box_begins_at_its_wall() -> None:
    found = climb(logarithm, np.array([-5.0, 1.0]), Box(np.array([0.5, -9.0]), np.array([99.0, 9.0])))
    assert found.at == pytest.approx([1.0, 0.0], abs=1e-9)


@pytest.mark.parametrize("broken", ["value", "gradient", "hessian"])
def test_a_point_exists_where_all_its_numbers_are_finite(broken: str) -> None:
    numbers = {"value": 1.0, "gradient": np.ones(2), "hessian": np.eye(2)}
    assert Point(np.zeros(2), **numbers).exists  # type: ignore[arg-type]
    assert not Point(np.zeros(2), **{**numbers, broken: numbers[broken] * np.nan}).exists  # type: ignore[arg-type,operator]


def test_a_flat_direction_is_left_alone() -> None:
    """A curvature of zero does not make the other coordinate's step wrong."""
    flat = np.array([[1.0, 0.0], [0.0, 0.0]])
    found = climb(bowl(np.array([2.0, 0.0]), flat), np.array([0.0, 3.0]), WIDE)
    assert found.at == pytest.approx([2.0, 3.0])
    level = climb(bowl(np.zeros(2), np.zeros((2, 2))), np.array([1.0, 3.0]), WIDE)
    assert level.at.tolist() == [1.0, 3.0]
