"""Columns of curves against textbook formulas, and their slopes against finite differences."""

from __future__ import annotations

import math
from itertools import combinations_with_replacement

import numpy as np
import pytest

from synthesis.pooling.doses.dose_basis import (
    POWERS,
    DoseBasis,
    fractional_polynomial,
    linear,
    linear_spline,
    quadratic,
    restricted_cubic_spline,
)

DOSES = np.array([0.3, 0.9, 1.7, 2.2, 3.1, 4.4, 5.2, 7.5])
KNOTS = (0.5, 2.0, 3.0, 6.0)
BASES = [
    linear(),
    quadratic(),
    restricted_cubic_spline(KNOTS),
    restricted_cubic_spline(KNOTS[:3]),
    linear_spline(KNOTS),
    *(fractional_polynomial([power]) for power in POWERS),
    *(fractional_polynomial(pair) for pair in combinations_with_replacement(POWERS, 2)),
]


@pytest.mark.parametrize("basis", BASES)
def test_a_slope_is_the_limit_of_differences(basis: DoseBasis) -> None:
    step = 1e-5
    around = (basis.at(DOSES + step) - basis.at(DOSES - step)) / (2.0 * step)
    assert basis.at(DOSES).shape == (DOSES.size, basis.p)
    assert basis.slope(DOSES) == pytest.approx(around, rel=2e-8, abs=2e-8)


def divided_difference(function: list[float], at: list[float]) -> float:
    """Of values at places, by its recursion."""
    if len(at) == 1:
        return function[0]
    below, above = divided_difference(function[:-1], at[:-1]), divided_difference(function[1:], at[1:])
    return (above - below) / (at[-1] - at[0])


def test_a_restricted_spline_is_made_of_divided_differences() -> None:
    """Column j is (x - t)+^3 less its interpolation in t at the last two knots, times a constant."""
    t, compared = KNOTS, 0
    found = restricted_cubic_spline(t).at(DOSES)
    for row, x in zip(found, DOSES, strict=True):
        assert row[0] == x
        for j in range(len(t) - 2):
            at = [t[j], t[-2], t[-1]]
            cubes = [max(x - knot, 0.0) ** 3 for knot in at]
            size = (t[-1] - t[j]) * (t[-2] - t[j]) / (t[-1] - t[0]) ** 2
            assert row[1 + j] == pytest.approx(size * divided_difference(cubes, at), rel=1e-11, abs=1e-14)
            compared += 1
    assert compared == DOSES.size * 2


def test_a_restricted_spline_is_straight_outside_its_knots_and_smooth_at_them() -> None:
    basis = restricted_cubic_spline(KNOTS)
    above = basis.at(np.array([6.0, 7.0, 8.0, 20.0]))
    assert above[2] - above[1] == pytest.approx(above[1] - above[0], rel=1e-10)
    assert above[3] - above[0] == pytest.approx(14 * (above[1] - above[0]), rel=1e-10)
    assert basis.at(np.array([-3.0, 0.5])).tolist() == [[-3.0, 0.0, 0.0], [0.5, 0.0, 0.0]]
    for knot in KNOTS:
        before, after = (basis.slope(np.array([knot + step])) for step in (-1e-7, 1e-7))
        assert after == pytest.approx(before, abs=1e-5)


def test_a_linear_spline_changes_its_slope_above_each_knot() -> None:
    basis = linear_spline([2.0, 3.0])
    at = np.array([1.0, 2.0, 2.5, 5.0])
    assert basis.at(at).tolist() == [[1, 0, 0], [2, 0, 0], [2.5, 0.5, 0], [5, 3, 2]]
    assert basis.slope(at).tolist() == [[1, 0, 0], [1, 0, 0], [1, 1, 0], [1, 1, 1]]
    assert basis.names == ("dose", "change at 2", "change at 3")
    assert (basis.linear, basis.positive, basis.p) == (1, False, 3)
    assert basis.knots == (2.0, 3.0)
    assert restricted_cubic_spline(KNOTS).knots == tuple(KNOTS)
    assert linear().knots == ()


def test_a_parabola_and_a_line_are_powers() -> None:
    assert quadratic().at(np.array([3.0])).tolist() == [[3.0, 9.0]]
    assert quadratic().names == ("dose", "dose^2")
    assert linear().at(np.array([3.0])).tolist() == [[3.0]]
    assert linear().names == ("dose",)
    assert restricted_cubic_spline(KNOTS).names == ("dose", "spline 1", "spline 2")
    assert [each.linear for each in (linear(), quadratic(), restricted_cubic_spline(KNOTS))] == [1, 1, 1]
    assert not any(each.positive for each in (linear(), quadratic(), restricted_cubic_spline(KNOTS)))


@pytest.mark.parametrize(
    ("powers", "columns", "names", "linear_columns"),
    [
        ([0.0], [math.log(4.0)], ("log(dose)",), 0),
        ([-0.5], [0.5], ("dose^-0.5",), 0),
        ([1.0], [4.0], ("dose",), 1),
        ([0.0, 0.0], [math.log(4.0), math.log(4.0) ** 2], ("log(dose)", "log(dose)^2"), 0),
        ([2.0, 2.0], [16.0, 16.0 * math.log(4.0)], ("dose^2", "dose^2 log(dose)"), 0),
        ([1.0, 1.0], [4.0, 4.0 * math.log(4.0)], ("dose", "dose log(dose)"), 1),
        ([-2.0, 3.0], [1 / 16, 64.0], ("dose^-2", "dose^3"), 0),
        ([-1.0, 1.0], [4.0, 0.25], ("dose", "dose^-1"), 1),
        ([0.0, 1.0], [4.0, math.log(4.0)], ("dose", "log(dose)"), 1),
    ],
)
def test_fractional_polynomials_have_their_powers(
    powers: list[float], columns: list[float], names: tuple[str, ...], linear_columns: int
) -> None:
    basis = fractional_polynomial(powers)
    assert basis.at(np.array([4.0]))[0] == pytest.approx(columns, rel=1e-14)
    assert basis.names == names
    assert (basis.linear, basis.positive) == (linear_columns, True)


def test_the_powers_are_those_of_royston_and_altman() -> None:
    assert POWERS == (-2, -1, -0.5, 0, 0.5, 1, 2, 3)
