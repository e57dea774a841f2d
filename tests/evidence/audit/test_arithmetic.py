"""Arithmetic with rounding intervals, by hand; quantiles and probabilities from printed tables."""

from __future__ import annotations

from math import inf, pi, sqrt, tan

import pytest

from evidence.audit.arithmetic import (
    Convention,
    Interval,
    conventions,
    normal_quantile,
    p_from_ratios,
    p_from_statistics,
    p_range,
    quotient,
    region,
    two_sided_p,
    z_of,
)

Pair = tuple[float, float]


@pytest.mark.parametrize(
    ("interval", "sizes"),
    [
        ((1, 2), (1, 2)),
        ((-2, -1), (1, 2)),
        ((-3, 2), (0, 3)),
        ((-2, 3), (0, 3)),
        ((0, 2), (0, 2)),
        ((-2, 0), (0, 2)),
        ((0.25, 0.5), (0.25, 0.5)),
    ],
)
def test_the_magnitudes_of_an_interval_begin_at_zero_where_it_holds_zero(interval: Pair, sizes: Pair) -> None:
    assert Interval(*interval).magnitudes == sizes


@pytest.mark.parametrize(
    ("a", "b", "touch"),
    [
        ((0, 1), (1, 2), True),
        ((0, 1), (1.1, 2), False),
        ((0, 3), (1, 2), True),
        ((0, 1), (-1, 0), True),
        ((0, 1), (-1, -0.1), False),
    ],
)
def test_intervals_meet_where_they_share_a_number(a: Pair, b: Pair, touch: bool) -> None:
    assert Interval(*a).meets(Interval(*b)) is touch
    assert Interval(*b).meets(Interval(*a)) is touch


def test_a_margin_is_on_both_sides() -> None:
    assert Interval(1.0, 2.0).widened(0.5) == (0.5, 2.5)


@pytest.mark.parametrize(
    ("numerator", "positive", "expected"),
    [
        ((1, 2), (2, 4), (0.25, 1.0)),
        ((-1, 2), (2, 4), (-0.5, 1.0)),
        ((-2, -1), (2, 4), (-1.0, -0.25)),
        ((1, 2), (0, 4), (0.25, inf)),
        ((-2, -1), (0, 4), (-inf, -0.25)),
        ((-1, 2), (0, 4), (-inf, inf)),
        ((0.25, 0.5), (0, 4), (0.0625, inf)),
        ((-0.5, -0.25), (0, 4), (-inf, -0.0625)),
        ((0, 2), (0, 4), (0, inf)),
        ((-2, 0), (0, 4), (-inf, 0)),
        ((1, 2), (0, 0), (-inf, inf)),
        ((1, 2), (0.25, 0.5), (2.0, 8.0)),
        ((1, 2), (0, 0.5), (2.0, inf)),
    ],
)
def test_a_quotient_takes_its_extremes_at_the_ends(numerator: Pair, positive: Pair, expected: Pair) -> None:
    assert quotient(Interval(*numerator), Interval(*positive)) == expected


# Intervals that printed numbers allow.


def test_a_region_is_the_rectangle_of_the_limits_where_the_centre_says_nothing_more() -> None:
    found = region(Interval(1, 3), Interval(-0.05, 0.05), Interval(3.95, 4.05))
    # Widest -0.05 to 4.05, narrowest 0.05 to 3.95; nearest to zero, in half-widths, -0.05 to 3.95.
    assert found.half_widths == pytest.approx((1.95, 2.05))
    assert found.ratios == pytest.approx((3.9 / 4.0, 4.0 / 3.9))


def test_a_region_is_cut_to_limits_around_the_centre() -> None:
    found = region(Interval(2, 2), Interval(-0.05, 0.05), Interval(3.95, 4.05))
    assert found.half_widths == pytest.approx((1.95, 2.05))
    assert found.ratios == pytest.approx((2 / 2.05, 2 / 1.95))  # -0.05 to 4.05, and 0.05 to 3.95


@pytest.mark.parametrize(
    ("centre", "halves"),
    [((2.04, 2.2), (1.99, 2.01)), ((1.8, 1.96), (1.99, 2.01))],
)
def test_a_centre_that_is_nearly_off_leaves_a_corner_of_the_limits(centre: Pair, halves: Pair) -> None:
    # Twice the centre from 4.08 or to 3.92: limits 0.03 and 4.05, or 0.05 and 4.03; the mirror image below.
    found = region(Interval(*centre), Interval(-0.05, 0.05), Interval(3.95, 4.05))
    assert found.half_widths == pytest.approx(halves)


def test_a_region_that_holds_zero_may_be_no_half_width_from_it() -> None:
    found = region(Interval(-0.1, 0.1), Interval(-1.1, -0.9), Interval(0.9, 1.1))
    assert found.half_widths == pytest.approx((0.9, 1.1))
    assert found.ratios == pytest.approx((0.0, 0.1 / 1.0))  # -0.9 to 1.1


def test_limits_that_may_be_equal_are_infinitely_far_from_zero() -> None:
    found = region(Interval(2, 2), Interval(1.9, 2.1), Interval(1.9, 2.1))
    assert found.half_widths == pytest.approx((0, 0.1))
    assert found.ratios == pytest.approx((20, inf))


@pytest.mark.parametrize("centre", [(2.06, 3.0), (1.0, 1.94)])
def test_no_limits_lie_around_a_centre_that_is_off(centre: Pair) -> None:
    assert not region(Interval(*centre), Interval(-0.05, 0.05), Interval(3.95, 4.05)).vertices


def test_floating_point_does_not_put_a_centre_off_however_large_the_numbers() -> None:
    for size in (1e-9, 1.0, 1e9):
        for tenths in range(1, 10):  # e.g. 2 * 0.4 and 0.1 + 0.7
            low, centre, high = 0.1 * size, (1 + tenths) * 0.1 * size, (1 + 2 * tenths) * 0.1 * size
            exact = [Interval(number, number) for number in (centre, low, high)]
            assert region(*exact).vertices, (size, tenths)


def test_the_margin_for_floating_point_is_a_billionth_of_the_numbers_and_no_more() -> None:
    for size in (1e-9, 1.0, 1e9):
        low, high = Interval(1 * size, 1 * size), Interval(3 * size, 3 * size)
        assert not region(Interval(2.00001 * size, 2.1 * size), low, high).vertices


# Conventions. Quantiles of t at 0.975 from printed tables: 12.7062 (1), 3.18245 (3), 2.22814 (10),
# 2.14479 (14), 2.13145 (15).


@pytest.mark.parametrize(
    ("df", "n", "expected"),
    [
        (3.0, None, [(3.18245, 3)]),
        (3.0, 500, [(3.18245, 3)]),
        (None, None, [(1.95996, inf), (2.13145, 15), (1.95996, 20)]),
        (None, 1, [(1.95996, inf), (12.7062, 1), (1.95996, 1)]),
        (None, 20, [(1.95996, inf), (2.22814, 10), (1.95996, 10)]),
        (None, 29, [(1.95996, inf), (2.14479, 14), (1.95996, 14)]),
        (None, 30, [(1.95996, inf), (2.13145, 15), (1.95996, 20)]),
        (None, 500, [(1.95996, inf), (2.13145, 15), (1.95996, 20)]),
    ],
)
def test_few_degrees_of_freedom_are_15_or_half_of_n_and_20_beside_a_normal_interval(
    df: float | None, n: int | None, expected: list[Pair]
) -> None:
    found = conventions(0.95, df, n)
    assert [(one.quantile, one.df) for one in found] == [pytest.approx(pair, rel=1e-5) for pair in expected]


def test_levels_have_their_quantiles() -> None:
    assert [normal_quantile(level) for level in (0.9, 0.95, 0.99)] == pytest.approx(
        [1.644854, 1.959964, 2.575829], rel=1e-6
    )
    assert conventions(0.9, None, None)[0].quantile == pytest.approx(1.644854, rel=1e-6)
    assert conventions(0.5, None, None)[0].quantile == pytest.approx(0.674490, rel=1e-6)
    assert conventions(0.9, 10.0, None)[0].quantile == pytest.approx(1.812461, rel=1e-6)
    assert conventions(0.0, None, None) == conventions(1.0, None, None) == ()


def test_a_two_sided_p_counts_both_tails() -> None:
    for t in (1.959964, -1.959964):
        assert two_sided_p(t) == pytest.approx(0.05, rel=1e-6)
    for t in (2.228139, -2.228139):
        assert two_sided_p(t, 10) == pytest.approx(0.05, rel=1e-6)
    assert two_sided_p(1.0, 1) == pytest.approx(0.5)  # Cauchy: a quarter beyond 1
    assert two_sided_p(0.0, 7) == two_sided_p(0.0) == 1.0
    assert two_sided_p(inf, 7) == two_sided_p(-inf) == 0.0


def test_the_deviate_of_a_p_is_the_inverse() -> None:
    assert [z_of(p) for p in (1.0, 0.05, 0.001)] == pytest.approx([0, 1.959964, 3.290527], abs=1e-6)
    assert z_of(0.0) == inf


CAUCHY = Convention(sqrt(3.0), 1.0)
NORMAL = Convention(1.959964, inf)


def cauchy(t: float) -> float:
    """Two-sided p with one degree of freedom: 1 - 2 atan(t) / pi."""
    return {1.0: 0.5, sqrt(3.0): 1 / 3, tan(pi / 8): 0.75}[t]


def test_p_of_an_estimate_is_that_of_its_half_widths_times_the_quantile() -> None:
    assert CAUCHY.p_value(1.0) == pytest.approx(cauchy(sqrt(3.0)))
    assert CAUCHY.p_value(1 / sqrt(3)) == pytest.approx(cauchy(1.0))


def test_the_allowed_p_values_go_from_the_least_to_the_largest_of_all_conventions() -> None:
    found = p_from_ratios(Interval(1 / sqrt(3), 1.0), (CAUCHY, NORMAL))
    assert found == pytest.approx((0.05, 0.5), rel=1e-6)
    statistics = p_from_statistics(Interval(-1.959964, -1.0), (CAUCHY, NORMAL))
    assert statistics == pytest.approx((0.05, 0.5), rel=1e-6)
    assert p_from_statistics(Interval(-1.0, tan(pi / 8)), (CAUCHY,)) == pytest.approx((0.5, 1.0))


@pytest.mark.parametrize(
    ("allowed", "words"),
    [
        ((0.0053, 0.0079), "p from 0.0053 to 0.0079"),
        ((0.3501, 0.3499), "p = 0.35"),
        ((1e-9, 0.02), "p below 0.02"),
        ((1.01e-7, 0.02), "p from 0.00000010 to 0.02"),
        ((0.99e-7, 0.02), "p below 0.020"),
        ((1e-9, 1e-8), "p < 0.0000001"),
    ],
)
def test_a_range_of_p_values_in_words(allowed: Pair, words: str) -> None:
    assert p_range(Interval(*allowed)).startswith(words)
