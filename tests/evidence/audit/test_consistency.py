"""What the printed numbers of an effect allow of each other, by hand.

With one degree of freedom p is 1 - 2 atan(t) / pi, and with two 1 - t / sqrt(t^2 + 2).
"""

from __future__ import annotations

from dataclasses import replace
from math import atan, erfc, inf, pi, sqrt

import pytest

from evidence.audit.arithmetic import Interval
from evidence.audit.consistency import (
    agrees,
    excludes_no_effect,
    includes_no_effect,
    is_inside,
    p_agrees,
    p_from_correlation,
    p_from_interval,
    p_from_se,
    p_from_t,
    se_agrees,
    se_from_interval,
    statistic_agrees,
    statistic_from_interval,
    statistic_from_se,
)
from evidence.audit.printed_effect import PrintedEffect
from evidence.records.printed import PValue
from tests.evidence.audit.effects import effect

QUANTILE_1 = 12.706205  # of t with one degree of freedom, at 0.975


def p1(t: float) -> float:
    """Two-sided p with one degree of freedom."""
    return 1 - 2 * atan(t) / pi


def p_normal(z: float) -> float:
    """Two-sided p of the normal distribution."""
    return erfc(z / sqrt(2))


# Estimate and limits.


@pytest.mark.parametrize(
    ("estimate", "lower", "upper", "inside"),
    [
        ("2.0", "2.0", "3.0", True),
        ("1.9", "2.0", "3.0", False),  # up to 1.95, which is where 2.0 begins
        ("1.94", "2.0", "3.0", False),
        ("1.95", "2.0", "3.0", True),
        ("3.0", "2.0", "3.0", True),
        ("3.1", "2.0", "3.0", False),
        ("3.05", "2.0", "3.0", True),
        ("3.06", "2.0", "3.0", False),
    ],
)
def test_an_estimate_lies_inside_where_rounding_lets_it(
    estimate: str, lower: str, upper: str, inside: bool
) -> None:
    assert is_inside(effect("MD", estimate, (lower, upper))) is inside


def test_an_estimate_that_touches_a_limit_is_outside_whatever_the_floating_point_makes_of_it() -> None:
    tried = 0
    for decimals in (1, 9):
        for tenths in (*range(11, 99), *range(10_000_000, 10_000_100)):
            below, limit, above = (
                f"{x / 10**decimals:.{decimals}f}" for x in (tenths - 1, tenths, tenths + 1)
            )
            far_below, far_above = (f"{x / 10**decimals:.{decimals}f}" for x in (tenths - 5, tenths + 5))
            assert not is_inside(effect("MD", below, (limit, far_above)))
            assert not is_inside(effect("MD", above, (far_below, limit)))
            assert is_inside(effect("MD", limit, (limit, far_above)))
            assert is_inside(effect("MD", limit, (far_below, limit)))
            tried += 1
    assert tried == 2 * (88 + 100)


@pytest.mark.parametrize(
    ("printed", "excludes", "includes"),
    [
        (effect("MD", "2.0", ("1.0", "3.0")), True, False),
        (effect("MD", "-2.0", ("-3.0", "-1.0")), True, False),
        (effect("MD", "1.0", ("-1.0", "3.0")), False, True),
        (effect("MD", "1.0", ("0.0", "2.0")), False, False),
        (effect("MD", "-1.0", ("-2.0", "0.0")), False, False),
        (effect("MD", "0.05", ("0.01", "0.09")), True, False),
        (effect("OR", "1.50", ("1.00", "2.25")), False, False),
        (effect("OR", "1.50", ("1.01", "2.23")), True, False),
        (effect("OR", "0.60", ("0.40", "0.90")), True, False),
        (effect("OR", "1.20", ("0.80", "1.80")), False, True),
        (effect("OR", "0.90", ("0.80", "1.01")), False, True),
        (effect("mean", "2.0", ("1.0", "3.0")), False, False),
        (effect("mean", "1.0", ("-1.0", "3.0")), False, False),
        (effect("proportion", "2.0", ("1.0", "3.0")), False, False),
        (effect("MD", "2.0"), False, False),
        (effect("OR", "0.5", ("-0.5", "1.2")), False, False),  # the lower limit is no ratio
    ],
)
def test_an_interval_includes_or_excludes_no_effect_or_its_rounding_leaves_it_open(
    printed: PrintedEffect, excludes: bool, includes: bool
) -> None:
    assert excludes_no_effect(printed) is excludes
    assert includes_no_effect(printed) is includes


# P-values.

CONTRADICTORY = effect("MD", "2.50", ("1.00", "3.00"), df=1)
"""Half-widths of 0.995 to 1.005 around an estimate of 2.495 to 2.505 or a middle of 1.995 to 2.005."""


@pytest.mark.parametrize(
    ("printed", "ratios"),
    [
        (effect("MD", "2.0", ("1.0", "3.0"), df=1), (2.0 / 1.05, 2.0 / 0.95)),  # 0.95 to 3.05, 1.05 to 2.95
        (effect("MD", "2.00", ("1.00", "3.00"), df=1), (2.0 / 1.005, 2.0 / 0.995)),
        (effect("MD", "-2.00", ("-3.00", "-1.00"), df=1), (2.0 / 1.005, 2.0 / 0.995)),
        (CONTRADICTORY, (1.995 / 1.005, 2.505 / 0.995)),
        (effect("MD", "-2.50", ("-3.00", "-1.00"), df=1), (1.995 / 1.005, 2.505 / 0.995)),
        (effect("MD", "1.50", ("1.00", "3.00"), df=1), (1.495 / 1.005, 2.005 / 0.995)),
        (effect("MD", "4", ("2", "2"), df=1), (1.5 / 0.5, inf)),
        (effect("MD", "4", ("0", "2"), df=1), (0.5 / 1.5, 4.5 / 0.5)),
    ],
)
def test_p_of_an_interval_is_that_of_the_estimate_in_half_widths(
    printed: PrintedEffect, ratios: tuple[float, float]
) -> None:
    found = p_from_interval(printed)
    assert found is not None
    low, high = (QUANTILE_1 * ratio for ratio in ratios)
    assert found == pytest.approx((p1(high), p1(low)), rel=1e-6)


NO_P = {
    "no interval": effect("MD", "2.0", se="1.0"),
    "not about no effect": effect("mean", "2.0", ("1.0", "3.0"), se="1.0", t="2.0"),
    "no such level": effect("MD", "2.0", ("1.0", "3.0"), se="1.0", t="2.0", level=1.0),
    "no such ratio": effect("OR", "-2.0", ("1.0", "3.0"), se="1.0"),
}


@pytest.mark.parametrize("printed", NO_P.values(), ids=NO_P)
def test_where_an_interval_says_nothing_about_p_or_a_statistic_nothing_follows(
    printed: PrintedEffect,
) -> None:
    assert p_from_interval(printed) is None
    assert statistic_from_interval(printed) is None


@pytest.mark.parametrize(
    "printed",
    [
        effect("MD", "2.0", ("1.0", "3.0")),
        NO_P["not about no effect"],
        NO_P["no such level"],
        NO_P["no such ratio"],
    ],
)
def test_where_a_standard_error_says_nothing_about_p_nothing_follows(printed: PrintedEffect) -> None:
    assert p_from_se(printed) is None
    assert statistic_from_se(printed) is None


def test_a_standard_error_gives_the_statistic_with_its_sign_and_p() -> None:
    printed = effect("MD", "-2.00", se="1.00", df=1)
    assert statistic_from_se(printed) == pytest.approx((-2.005 / 0.995, -1.995 / 1.005))
    assert p_from_se(printed) == pytest.approx((p1(2.005 / 0.995), p1(1.995 / 1.005)), rel=1e-6)
    # A standard error of 0.0 is one up to 0.05; it may be as small as can be.
    assert statistic_from_se(effect("MD", "2.0", se="0.0")) == pytest.approx((1.95 / 0.05, inf))
    assert statistic_from_se(effect("OR", "2.000", se="0.100")) == pytest.approx((6.93147, 6.93147), rel=6e-3)


def test_a_test_statistic_gives_p() -> None:
    assert p_from_t(effect("MD", "2.0", t="-2.00", df=1)) == pytest.approx((p1(2.005), p1(1.995)), rel=1e-6)
    assert p_from_t(effect("MD", "2.0", t="0.0", df=1)) == pytest.approx((p1(0.05), 1.0), rel=1e-6)
    assert p_from_t(effect("MD", "2.0")) is None
    assert p_from_t(NO_P["no such level"]) is None


def test_an_interval_by_fishers_z_may_stand_beside_the_t_test_of_r() -> None:
    # r = 0.5 among 5: z = 0.549306 -+ 1.959964 / sqrt(2); t = 0.5 sqrt(3 / 0.75) = 1 with 3 df.
    printed = effect("r", "0.50000", ("-0.68401", "0.95915"))
    found = p_from_interval(printed)
    assert found is not None
    assert found.low == pytest.approx(0.391002, rel=1e-4)
    # Normal interval with the p of a t-test with 20 degrees of freedom: z = 0.549306 sqrt(2) = 0.77684
    assert found.high == pytest.approx(0.446347, rel=1e-4)
    negative = p_from_interval(effect("r", "-0.50000", ("-0.95915", "0.68401")))
    assert negative == pytest.approx(found)


def test_the_interval_of_fishers_z_is_a_normal_one_whatever_the_degrees_of_freedom() -> None:
    # r = 0.3 among 20: z = 0.309520 -+ 1.959964 / sqrt(17); t = 0.3 sqrt(18 / 0.91) = 1.33426, p = 0.19873
    printed = effect("r", "0.300", ("-0.164", "0.655"), "0.199", df=18)
    assert p_agrees(printed.p, p_from_interval(printed))
    assert not p_agrees(PValue.parse("0.21"), p_from_interval(printed))


def test_a_correlation_of_many_has_no_p_of_zero() -> None:
    # r = 0.3 among 100: z = 0.309520 sqrt(97) = 3.04840, p = 0.0023007 by the normal distribution
    found = p_from_interval(effect("r", "0.30000", ("0.11009", "0.46882")))
    assert found is not None
    assert found.low == pytest.approx(0.0023007, rel=2e-3)
    assert p_from_interval(effect("r", "0.5", ("0.5", "0.5"))) is not None


@pytest.mark.parametrize(
    ("r", "n", "low", "high"),
    [
        # r = 0.5: with n - 2 = 2 degrees of freedom p of t is 1 - r; of Fisher's z atanh(0.5) sqrt(n - 3).
        ("0.50000", 4, 0.5, p_normal(0.5493061)),
        ("-0.50000", 4, 0.5, p_normal(0.5493061)),
        # t = 1 with 3 degrees of freedom; Fisher's z with 4.5 persons.
        ("0.50000", 5, 0.391002, p_normal(0.5493061 * sqrt(1.5))),
        # Fisher's z of 20; t of 18 persons: 0.8 sqrt(16 / 0.36) = 16 / 3 with 16 degrees of freedom.
        ("0.80000", 20, p_normal(1.0986123 * sqrt(17)), 6.72498e-5),
        ("0.00000", 20, 1.0, 1.0),
    ],
)
def test_p_of_a_correlation_is_by_t_or_fishers_z_of_all_or_nine_in_ten_persons(
    r: str, n: int, low: float, high: float
) -> None:
    assert p_from_correlation(effect("r", r, n=n)) == pytest.approx((low, high), rel=6e-4)


def test_p_of_a_correlation_needs_four_persons_and_a_correlation() -> None:
    assert p_from_correlation(effect("r", "0.5", n=4)) is not None
    for printed in (
        effect("r", "0.5", n=3),
        effect("r", "0.5"),
        effect("r", "1.5", n=50),
        effect("beta", "0.5", n=50),
    ):
        assert p_from_correlation(printed) is None
    assert p_from_correlation(effect("r", "1.00", n=10)) == pytest.approx((0.0, 0.0), abs=1e-6)
    assert p_from_correlation(effect("r", "1", n=10)) == pytest.approx(
        (0.0, p_normal(0.5493061 * sqrt(6))), rel=1e-4, abs=1e-9
    )


@pytest.mark.parametrize(
    ("p", "allowed", "agree"),
    [
        ("0.05", (0.0549, 0.1), True),
        ("0.05", (0.0551, 0.1), False),
        ("0.05", (0.01, 0.0451), True),
        ("0.05", (0.01, 0.0449), False),
        ("0.05", (0.0, 1.0), True),
        ("0.05", (0.05, 0.05), True),
        ("< 0.05", (0.04, 0.1), True),
        ("< 0.05", (0.06, 0.1), False),
        ("0.058168547567172608", (0.0581685475671720, 0.0581685475671726), True),  # a computer's rounding
        ("0.058168547567172608", (0.0581685475678, 0.0582), False),  # a digit is another one
        ("0.0581686", (0.05816854, 0.058168549), False),
        ("> 0.05", (0.01, 0.04), False),
        ("not printed", (0.01, 0.04), True),
    ],
)
def test_a_p_agrees_where_one_that_would_be_printed_so_is_allowed(
    p: str, allowed: tuple[float, float], agree: bool
) -> None:
    assert p_agrees(PValue.parse(p), Interval(*allowed)) is agree


def test_no_p_and_nothing_allowed_contradict_nothing() -> None:
    assert p_agrees(None, Interval(0.1, 0.2))
    assert p_agrees(PValue.parse("0.05"), None)


# Standard errors and test statistics.


def test_a_statistic_from_the_interval_is_that_of_the_smallest_to_the_largest_quantile() -> None:
    # Two half-widths from zero; quantiles 1.95996 (normal) to 2.22814 (half of 20 degrees of freedom).
    interval = ("1.00000", "3.00000")
    assert statistic_from_interval(effect("MD", "2.00000", interval, n=20)) == pytest.approx(
        (3.91993, 4.45628), rel=1e-4
    )
    mirrored = effect("MD", "-2.00000", ("-3.00000", "-1.00000"), n=20)
    assert statistic_from_interval(mirrored) == pytest.approx((-4.45628, -3.91993), rel=1e-4)
    # A tenth of a half-width from zero, which is less than the quantile.
    small = effect("MD", "0.10000", ("-0.90000", "1.10000"), n=20)
    assert statistic_from_interval(small) == pytest.approx((0.195996, 0.222814), rel=1e-3)
    minus = effect("MD", "-0.10000", ("-1.10000", "0.90000"), n=20)
    assert statistic_from_interval(minus) == pytest.approx((-0.222814, -0.195996), rel=1e-3)


def test_a_statistic_from_an_interval_around_zero_has_either_sign() -> None:
    # Rounding lets the estimate be 0.05 with limits -0.95 and 1.05.
    found = statistic_from_interval(effect("MD", "0.0", ("-1.0", "1.0"), n=20))
    assert found == pytest.approx((-0.05 * 2.22814, 0.05 * 2.22814), rel=1e-4)


def test_a_standard_error_from_the_interval_is_its_half_width_by_the_quantiles() -> None:
    printed = effect("MD", "2.00000", ("1.00000", "3.00000"), n=20)
    assert se_from_interval(printed) == pytest.approx((1 / 2.22814, 1 / 1.95996), rel=1e-4)
    rounded = effect("MD", "2.0", ("1.0", "3.0"), n=20)
    assert se_from_interval(rounded) == pytest.approx((0.95 / 2.22814, 1.05 / 1.95996), rel=1e-4)
    for without in (CONTRADICTORY, NO_P["no interval"], NO_P["no such level"]):
        assert se_from_interval(without) is None
    assert statistic_from_interval(CONTRADICTORY) is None
    assert se_from_interval(NO_P["not about no effect"]) is not None


@pytest.mark.parametrize(
    ("se", "agree"),
    [("0.448", False), ("0.449", True), ("0.51", True), ("0.510", True), ("0.511", False), ("0.4", True)],
)
def test_a_standard_error_agrees_between_the_quantiles(se: str, agree: bool) -> None:
    # 1 / 2.22814 = 0.448806 to 1 / 1.95996 = 0.510213; 0.448 is less than 0.4485, 0.511 more than 0.5105
    assert se_agrees(effect("MD", "2.00000", ("1.00000", "3.00000"), se=se, n=20)) is agree


def test_nothing_to_compare_agrees() -> None:
    assert se_agrees(effect("MD", "2.0", ("1.0", "3.0")))
    assert se_agrees(effect("MD", "2.0", se="1.0"))
    assert statistic_agrees(effect("MD", "2.0", ("1.0", "3.0"), se="9.0"))
    assert statistic_agrees(effect("MD", "2.0", t="9.0"))


@pytest.mark.parametrize(
    ("printed", "agree"),
    [
        (effect("MD", "2.0", se="0.50", t="3.9"), True),  # 1.95 / 0.505 = 3.86 to 2.05 / 0.495 = 4.14
        (effect("MD", "2.0", se="0.50", t="3.8"), False),
        (effect("MD", "2.0", se="0.50", t="4.1"), True),
        (effect("MD", "2.0", se="0.50", t="4.2"), False),
        (effect("MD", "2.0", se="0.50", t="-4.0"), False),
        (effect("MD", "-2.0", se="0.50", t="-4.0"), True),
        (effect("MD", "2.00000", ("1.00000", "3.00000"), t="3.91", n=20), False),
        (effect("MD", "2.00000", ("1.00000", "3.00000"), t="3.92", n=20), True),
        (effect("MD", "2.00000", ("1.00000", "3.00000"), t="4.46", n=20), True),
        (effect("MD", "2.00000", ("1.00000", "3.00000"), t="4.47", n=20), False),
        (effect("MD", "2.0", ("1.0", "3.0"), se="0.50", t="2.0"), False),
        (effect("MD", "0.0000000100", se="1.000", t="0.0000000200"), False),
        (effect("MD", "2.0", ("1.5", "2.5"), se="0.50", t="4.0"), False),  # the SE alone agrees
    ],
)
def test_a_statistic_agrees_with_both_the_standard_error_and_the_interval(
    printed: PrintedEffect, agree: bool
) -> None:
    assert statistic_agrees(printed) is agree


def test_a_statistic_on_the_very_edge_agrees_and_one_beyond_it_does_not() -> None:
    """(t + 0.05) (SE + 0.05) is the lower end of the estimate, for every sign and power of ten."""
    tried = 0
    for se in range(3, 40):
        for t in range(11, 60):
            edge = (2 * se + 1) * (2 * t + 1)  # in units of 1 / 400
            if edge * 25 % 10 != 5:
                continue
            thousandths = (edge * 25 + 5) // 10
            for sign in ("", "-"):
                on, off = (f"{sign}{x / 1000:.3f}" for x in (thousandths, thousandths + 1))
                statistic = f"{sign}{t / 10:.1f}"
                assert statistic_agrees(effect("MD", on, se=f"{se / 10:.1f}", t=statistic)), (on, se, t)
                assert not statistic_agrees(effect("MD", off, se=f"{se / 10:.1f}", t=statistic)), (off, se, t)
                tried += 2
    assert tried == 37 * 49 * 4


# Everything together.


@pytest.mark.parametrize(
    ("printed", "agree"),
    [
        (effect("MD", "2.0", ("1.0", "3.0"), "0.0001", se="0.51", t="3.9"), True),
        (effect("MD", "2.0"), True),
        (effect("OR", "-2.0"), False),
        (effect("MD", "2.0", se="0.5"), True),
        (effect("MD", "2.0", se="-0.5"), False),
        (effect("MD", "2.0", ("3.0", "1.0")), False),
        (effect("OR", "0.5", ("-0.5", "1.2")), False),
        (effect("MD", "3.5", ("1.0", "3.0")), False),
        (effect("MD", "2.5", ("1.0", "3.0")), False),
        (effect("threshold", "2.5", ("1.0", "3.0")), True),
        (effect("threshold", "3.5", ("1.0", "3.0")), False),
        (replace(effect("MD", "2.0", ("1.0", "3.0")), upper=None), True),
        (replace(effect("MD", "2.0", ("1.0", "3.0")), lower=None), True),
        (replace(effect("MD", "3.5", ("1.0", "3.0")), lower=None), False),
        (replace(effect("MD", "0.5", ("1.0", "3.0")), upper=None), False),
        (replace(effect("MD", "2.0", ("1.0", "3.0"), "0.5"), upper=None), False),
        (effect("MD", "2.0", ("1.0", "3.0"), "0.5"), False),
        (effect("MD", "2.0", se="0.5", p="0.5"), False),
        (effect("MD", "2.0", t="4.0", p="0.5"), False),
        (effect("r", "0.5", n=100, p="0.5"), False),
        (effect("MD", "2.0", ("1.0", "3.0"), se="1.0"), False),
        (effect("MD", "2.0", se="0.5", t="2.0"), False),
    ],
)
def test_everything_printed_agrees_only_where_each_pair_does(printed: PrintedEffect, agree: bool) -> None:
    assert agrees(printed) is agree
