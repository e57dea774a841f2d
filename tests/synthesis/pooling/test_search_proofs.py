"""What the ends of an interval prove, beside the lines and bounds themselves and the score on a grid."""

from __future__ import annotations

import numpy as np

from synthesis.pooling.kernel import search
from synthesis.pooling.kernel.effects import Array


def ends(rng: np.random.Generator, n: int) -> tuple[Array, Array, Array, Array, Array]:
    """f, g, A and B at a and at b, (4, n), the width, and f and g on a grid between, (n, 200)."""
    eigen = 10.0 ** rng.uniform(-2.0, 1.0, (n, 5, 1))
    squares = rng.exponential(size=(n, 5, 1)) * 10.0 ** rng.uniform(-1.0, 1.0, (n, 1, 1))
    a = 10.0 ** rng.uniform(-3.0, 0.5, (n, 1))
    width = a * 10.0 ** rng.uniform(-1.0, 1.5, (n, 1))
    share = 1.0 / (eigen + (a + width * np.linspace(0.0, 1.0, 200))[:, None, :])
    f, cubes = ((squares * share**power).sum(axis=1) for power in (2, 3))
    g, slope = (share.sum(axis=1), (share**2).sum(axis=1))
    at = np.stack((f, g, f / cubes, g / slope))
    return at[:, :, 0], at[:, :, -1], width[:, 0], f, g


def test_the_score_stays_negative_where_tangents_of_log_g_meet_above_the_chord_of_log_f() -> None:
    at_a, at_b, width, f, g = ends(np.random.default_rng(1), 4_000)
    found = search.stays_negative(at_a, at_b, width)
    expected = []
    for i in range(width.size):
        (f_a, g_a, _, b_a), (f_b, g_b, _, b_b) = at_a[:, i], at_b[:, i]
        # Two lines y + x / B = c, whose x is counted from a.
        lines = np.array([[1.0, 1.0 / b_a], [1.0, 1.0 / b_b]])
        y, x = np.linalg.solve(lines, [np.log(g_a), np.log(g_b) + width[i] / b_b])
        chord = np.interp(x, [0.0, width[i]], [np.log(f_a), np.log(f_b)])
        expected.append(g_a > f_a and g_b > f_b and y > chord)
    assert np.array_equal(found, expected)
    assert np.all(f[found] < g[found])
    assert 500 < found.sum() < 3_500


def test_one_crossing_at_most_where_the_score_is_positive_first_or_rises_or_falls_throughout() -> None:
    at_a, at_b, width, f, g = ends(np.random.default_rng(2), 4_000)
    found = search.one_at_most(at_a, at_b, width)
    f_a, g_a, a_a, b_a = at_a
    late, b = np.maximum(at_b[2] - width - 2.0 * b_a, 0.0), np.maximum(at_b[3] - width, b_a)
    positive = (f_a > g_a) & (f_a * (a_a / (a_a + late)) ** 2 > g_a * b / (b + late))
    assert np.array_equal(found, (late == 0.0) | positive | (a_a + width > 2.0 * at_b[3]))
    assert np.all((np.diff(np.sign(f - g), axis=1) != 0).sum(axis=1)[found] <= 1)
    assert np.sum((late > 0.0) & positive) > 20
    assert 500 < found.sum() < 3_990


def test_the_score_is_negative_beyond_where_its_bound_is() -> None:
    """f L^2 / (L + s)^2 < g B / (B + s) for every s from here on, also where B is the longer."""
    at, _, _, _, _ = ends(np.random.default_rng(3), 3_000)
    largest = 10.0 * 10.0 ** np.random.default_rng(4).uniform(-1.5, 1.0, 3_000)
    found = search.negative_beyond(at, largest)
    s = np.concatenate([[0.0], 10.0 ** np.linspace(-3.0, 4.0, 4_000)])
    f, g, _, b = (row[:, None] for row in at)
    b = np.minimum(b, 0.5 * largest[:, None])
    margin = ((g * b / (b + s)) / (f * (largest[:, None] / (largest[:, None] + s)) ** 2)).min(axis=1) - 1.0
    clear = np.abs(margin) > 1e-4
    assert np.array_equal(found[clear], margin[clear] > 0.0)
    assert 300 < found.sum() < 2_700
    assert clear.sum() > 2_900


def test_an_interval_is_too_narrow_where_any_of_its_numbers_is_beyond_all_and_where_its_ends_are_next() -> (
    None
):
    at = np.ones((4, 6))
    at[np.arange(4), np.arange(4)] = np.inf
    a, b = np.zeros(6), np.array([1.0] * 5 + [1e-14])
    assert search.narrow(at, a, b, np.ones(6)).tolist() == [True] * 4 + [False, True]
