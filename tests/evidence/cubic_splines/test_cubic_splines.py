"""Restricted cubic splines by their definition, and the places of their knots by the book."""

from __future__ import annotations

import numpy as np
import pytest

from evidence.cubic_splines import Array, harrell_shares, restricted_cubic, restricted_cubic_slope

KNOTS = [
    np.array([1.0, 2.5, 7.0]),
    np.array([1.0, 2.5, 4.0, 7.0]),
    np.array([1.0, 2.0, 2.5, 4.0, 5.5, 7.0]),
]
AT = np.array([-2.0, 1.5, 3.0, 4.0, 6.5, 9.0])


def natural(x: float, j: int, knots: Array) -> float:
    """(x - t)+^3 less its straight line in t through the last two knots, over the square of the range."""
    *_, before, last = knots
    t, cube = knots[j], [max(x - knot, 0.0) ** 3 for knot in knots]
    line = (cube[-2] * (last - t) - cube[-1] * (before - t)) / (last - before)
    return float((cube[j] - line) / (last - knots[0]) ** 2)


@pytest.mark.parametrize("knots", KNOTS, ids=len)
def test_columns_are_the_value_and_a_bend_for_each_knot_but_two(knots: Array) -> None:
    found = restricted_cubic(AT, knots)
    expected = [[x, *(natural(x, j, knots) for j in range(knots.size - 2))] for x in AT]
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-14)
    assert found[0].tolist() == [-2.0, *[0.0] * (knots.size - 2)]


@pytest.mark.parametrize("knots", KNOTS, ids=len)
def test_columns_are_straight_beyond_the_knots(knots: Array) -> None:
    beyond = restricted_cubic(np.array([7.0, 8.0, 9.0, 30.0]), knots)
    np.testing.assert_allclose(beyond[2] - beyond[1], beyond[1] - beyond[0], rtol=1e-11)
    np.testing.assert_allclose(beyond[3] - beyond[0], 23.0 * (beyond[1] - beyond[0]), rtol=1e-11)


@pytest.mark.parametrize("knots", KNOTS, ids=len)
def test_slopes_are_the_limit_of_differences(knots: Array) -> None:
    step = 1e-5
    differences = (restricted_cubic(AT + step, knots) - restricted_cubic(AT - step, knots)) / (2 * step)
    np.testing.assert_allclose(restricted_cubic_slope(AT, knots), differences, atol=1e-8)
    assert restricted_cubic_slope(AT, knots)[:, 0].tolist() == [1.0] * 6


# Harrell 2001, Regression Modeling Strategies, table 2.3.
TABLE = {
    3: [0.10, 0.5, 0.90],
    4: [0.05, 0.35, 0.65, 0.95],
    5: [0.05, 0.275, 0.5, 0.725, 0.95],
    6: [0.05, 0.23, 0.41, 0.59, 0.77, 0.95],
    7: [0.025, 0.1833, 0.3417, 0.5, 0.6583, 0.8167, 0.975],
}


@pytest.mark.parametrize("count", TABLE)
def test_knots_stand_where_the_table_has_them(count: int) -> None:
    assert harrell_shares(count).round(4).tolist() == TABLE[count]
