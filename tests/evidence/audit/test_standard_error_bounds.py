"""Both sides of each bound of the rules about standard errors and statistics, and their words, by hand.

With a million degrees of freedom every test is the normal one, so that a single p is allowed.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from evidence.audit.printed_effect import PrintedEffect
from evidence.records.parsing import Severity
from tests.evidence.audit.effects import effect, said, severity

ERROR, WARNING = Severity.ERROR, Severity.WARNING
MANY = 1e6


# Standard errors.


@pytest.mark.parametrize(
    ("se", "expected"),
    [
        # Half the width 0.9995 to 1.0005 by 1.95996 to 2.13145: 0.46893 to 0.51047. Factor 1.15.
        ("0.60", ERROR),
        ("0.588", ERROR),  # at least 0.5875; 0.51047 * 1.15 = 0.58704
        ("0.587", WARNING),
        ("0.511", WARNING),
        ("0.510", None),
        ("0.469", None),
        ("0.468", WARNING),
        ("0.408", WARNING),  # at most 0.4085; 0.46893 / 1.15 = 0.40776
        ("0.407", ERROR),  # at most 0.4075
        ("0.406", ERROR),
        ("0.0", ERROR),
        ("-0.5", None),
    ],
)
def test_a_standard_error_is_off_from_where_no_quantile_gives_it_and_an_error_from_a_factor_on(
    se: str, expected: Severity | None
) -> None:
    printed = effect("MD", "2.000", ("1.000", "3.000"), se=se)
    found = said(printed).get("se-against-interval")
    assert (found[0] if found else None) is expected
    if found:
        assert found[1] == f"SE {se} does not fit [1.000, 3.000], whose width gives 0.469 to 0.510"
    of_exact = severity(replace(printed, ci_method="exact"), "se-against-interval")
    assert of_exact is (ERROR if expected is ERROR else None)


VARIANCE = "is it a variance?"
OF_RATIO = "It fits as SE of the OR itself; expected the SE of its logarithm."


@pytest.mark.parametrize(
    ("printed", "meaning"),
    [
        (effect("MD", "2.0", ("1.0", "3.0"), se="0.26"), f"Its square root, 0.510, fits: {VARIANCE}"),
        (effect("MD", "2.0", ("1.0", "3.0"), se="0.40"), None),
        (effect("MD", "2.0", ("1.0", "3.0"), se="0.0"), None),
        (effect("MD", "2.0", ("1.0", "3.0"), se="1.00"), None),  # would fit if a difference were a ratio
        # 1.2 to 3.33 on the log scale: 0.2395 to 0.2604, times the estimate
        (effect("OR", "2.0", ("1.2", "3.33"), se="0.52"), OF_RATIO),
        (effect("OR", "2.0", ("1.2", "3.33"), se="0.20"), None),
        (effect("OR", "2.0", ("1.2", "3.33"), se="0.70"), None),
        (effect("OR", "0.50", ("0.30", "0.83"), se="0.13"), OF_RATIO),
        (effect("OR", "0.50", ("0.30", "0.83"), se="0.20"), None),
        (effect("OR", "0.50", ("0.30", "0.83"), se="0.10"), None),
    ],
)
def test_what_else_a_standard_error_may_be(printed: PrintedEffect, meaning: str | None) -> None:
    hint = said(printed)["se-against-interval"][2]
    assert hint is not None
    if meaning is None:
        assert VARIANCE not in hint
        assert "logarithm" not in hint
    else:
        assert hint == meaning


INTERVAL = ("1.000", "3.000")  # gives a standard error of 0.50995 to 0.51046 with many degrees of freedom


@pytest.mark.parametrize(
    ("se", "n", "expected"),
    [
        ("11.22", 400, True),  # 11.215 / 0.51046 = 21.97 of sqrt(400) = 20 and a tenth
        ("11.25", 400, False),  # 11.245 / 0.51046 = 22.03
        ("9.18", 400, True),  # 9.185 / 0.50995 = 18.01
        ("9.17", 400, False),  # 9.175 / 0.50995 = 17.99
        ("0.0229", 400, True),  # 0.02295 / 0.50995 = 0.04500 of 1 / 20 and a tenth less
        ("0.0228", 400, False),
        ("0.0280", 400, True),  # 0.02795 / 0.51046 = 0.05475
        ("0.0282", 400, False),  # 0.02815 / 0.51046 = 0.05515
        ("1.53", 9, True),  # three times as much
        ("1.44", 8, False),
        ("10.2", None, False),
        ("0.0000", 400, False),
    ],
)
def test_a_standard_deviation_is_known_by_sqrt_n_of_nine_persons_or_more(
    se: str, n: int | None, expected: bool
) -> None:
    printed = effect("MD", "2.000", INTERVAL, se=se, n=n, df=MANY)
    assert ("sd-for-se" in said(printed)) is expected
    assert ("se-against-interval" in said(printed)) is not expected


@pytest.mark.parametrize(
    ("interval", "se", "expected"),
    [
        # Nine persons: 0.5 to 1.5 by 1.95996 to 2.77645 gives 0.18 to 0.765, a third to three times of it.
        (("1", "3"), "0.6", False),  # 0.55 / 0.765 = 0.72 to 0.65 / 0.18 = 3.6: may be one
        (("1", "3"), "0.2", False),  # 0.20 to 1.39
        # 0.95 / 2.77645 = 0.342 to 1.05 / 1.95996 = 0.536
        (("1.0", "3.0"), "1.0", True),  # 0.95 / 0.536 = 1.77 to 1.05 / 0.342 = 3.07
        (("2.0", "2.0"), "1.0", False),  # no width at all is possible
    ],
)
def test_a_standard_error_that_may_be_one_is_no_standard_deviation(
    interval: tuple[str, str], se: str, expected: bool
) -> None:
    estimate = "2" if "." not in interval[0] else "2.0"
    assert ("sd-for-se" in said(effect("MD", estimate, interval, se=se, n=9))) is expected


def test_which_of_the_two_it_is_and_what_would_be_consistent() -> None:
    larger = said(effect("MD", "2.000", INTERVAL, se="10.20", n=400))["sd-for-se"]
    smaller = said(effect("MD", "2.000", INTERVAL, se="0.0255", n=400))["sd-for-se"]
    assert larger == (
        ERROR,
        "SE 10.20 is larger by about sqrt(400) than the interval, p or test statistic allow",
        "It looks like a standard deviation; SE 0.510 would be consistent.",
    )
    assert smaller == (
        ERROR,
        "SE 0.0255 is smaller by about sqrt(400) than the interval, p or test statistic allow",
        "It looks like a standard error divided by sqrt(n) once too often; SE 0.510 would be consistent.",
    )


@pytest.mark.parametrize(
    ("printed", "expected"),
    [
        # 2.00 at p = 0.0100 (z = 2.5758): SE 0.7764, and 15.53 for 400 persons.
        (effect("MD", "2.000", se="15.53", n=400, p="0.0100"), True),
        (effect("MD", "-2.000", se="15.53", n=400, p="0.0100"), True),
        (effect("MD", "2.000", se="14.0", n=400, p="0.0100"), True),  # 18.1 times
        (effect("MD", "2.000", se="13.8", n=400, p="0.0100"), False),  # 17.9 times
        (effect("MD", "2.000", se="17.0", n=400, p="0.0100"), True),  # 21.8 times
        (effect("MD", "2.000", se="17.3", n=400, p="0.0100"), False),  # 22.2 times
        (effect("MD", "2.000", se="15.53", n=400, p="< 0.01"), False),
        (effect("MD", "2.000", se="15.53", n=400, p="0.90"), False),  # which p follows from it
        (effect("MD", "2.000", se="47.5", n=400, p="0.400"), True),  # z = 0.842: 2.376
        (effect("MD", "2.000", se="15.53", n=400, p="0"), False),
        (effect("MD", "0.000", se="15.53", n=400, p="0.0100"), False),
        (effect("MD", "0.000", se="15.53", n=400, p="1.00"), False),
        (effect("OR", "-2.000", se="15.53", n=400, p="0.0100"), False),
        # Nine persons: t = 10 with 4 degrees of freedom; by the normal distribution it would be off by 2.9.
        (effect("MD", "2.000", se="0.200", n=9, p="0.00056"), False),
    ],
)
def test_without_an_interval_p_tells_a_standard_deviation(printed: PrintedEffect, expected: bool) -> None:
    assert ("sd-for-se" in said(printed)) is expected


def test_se_not_positive_says_so() -> None:
    found = said(effect("MD", "2.0", se="-0.5"))["se-not-positive"]
    assert found[:2] == (ERROR, "SE -0.5 is not above zero")


# Test statistics.


@pytest.mark.parametrize(
    ("printed", "expected"),
    [
        # Estimate over SE 3.9975 to 4.0025; 0.15 of the larger of the two statistics.
        (effect("MD", "4.000", se="1.000", t="4.0", df=MANY), None),
        (effect("MD", "4.000", se="1.000", t="4.7", df=MANY), WARNING),  # 4.65 - 4.0025 = 0.65 of 0.71
        (effect("MD", "4.000", se="1.000", t="4.8", df=MANY), ERROR),  # 0.75 of 0.73
        (effect("MD", "4.000", se="1.000", t="3.4", df=MANY), WARNING),  # 0.55 of 0.60
        (effect("MD", "4.000", se="1.000", t="3.3", df=MANY), ERROR),  # 0.65 of 0.60
        (effect("MD", "-4.000", se="1.000", t="-4.7", df=MANY), WARNING),
        (effect("MD", "-4.000", se="1.000", t="-4.8", df=MANY), ERROR),
        # Statistics below one count as one: 0.15 beyond 0.1994 to 0.2006.
        (effect("MD", "0.200", se="1.000", t="0.35", df=MANY), WARNING),
        (effect("MD", "0.200", se="1.000", t="0.40", df=MANY), ERROR),
        # The other sign is an error however near.
        (effect("MD", "0.050", se="1.000", t="-0.05", df=MANY), ERROR),
        (effect("MD", "-0.050", se="1.000", t="0.05", df=MANY), ERROR),
        (effect("MD", "1.050", se="1.000", t="0.95", df=MANY), WARNING),
        (effect("MD", "0.950", se="1.000", t="1.05", df=MANY), WARNING),
        # SE up to 0.05: 39.9 or more.
        (effect("MD", "2.00", se="0.0", t="3.9"), ERROR),
        (effect("MD", "2.00", se="0.0", t="40"), None),
        # Half-widths of 0.9995 to 1.0005: 3.918 to 3.922; 0.55 of it for a mean difference.
        (effect("MD", "2.000", INTERVAL, t="1.8", df=MANY), WARNING),  # 2.07 of 2.157
        (effect("MD", "2.000", INTERVAL, t="1.7", df=MANY), ERROR),  # 2.17
        (effect("MD", "2.000", INTERVAL, t="8.7", df=MANY), WARNING),  # 4.73 of 0.55 * 8.75 = 4.81
        (effect("MD", "2.000", INTERVAL, t="9.0", df=MANY), ERROR),  # 5.03 of 4.98
        (effect("MD", "2.000", INTERVAL, t="-3.9", df=MANY), ERROR),
        (effect("mean", "2.000", INTERVAL, t="-3.9"), None),
    ],
)
def test_how_far_a_statistic_may_be_of_another_analysis(
    printed: PrintedEffect, expected: Severity | None
) -> None:
    assert severity(printed, "statistic-against-effect") is expected


def test_the_source_that_does_not_fit_is_named_the_standard_error_first() -> None:
    by_se = said(effect("MD", "4.000", se="1.000", t="4.7", df=MANY))["statistic-against-effect"][1]
    by_interval = said(effect("MD", "2.000", INTERVAL, se="0.500", t="4.0", df=MANY))[
        "statistic-against-effect"
    ][1]
    by_both = said(effect("MD", "2.000", INTERVAL, se="0.500", t="2.0", df=MANY))["statistic-against-effect"][
        1
    ]
    assert by_se == "the test statistic 4.7 does not fit estimate and SE, which give 4.00 to 4.00"
    assert by_interval.startswith("the test statistic 4.0 does not fit estimate and interval, which give")
    assert by_both == "the test statistic 2.0 does not fit estimate and SE, which give 4.00 to 4.01"
