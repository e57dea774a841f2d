"""Both sides of each bound of the rules about one effect, and the numbers in their words, by hand.

With a million degrees of freedom every test is the normal one, so that a single p is allowed.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from evidence.audit.auditing import EFFECT_RULES
from evidence.audit.printed_effect import PrintedEffect
from evidence.records.parsing import Severity
from evidence.records.vocabulary import Measure
from tests.evidence.audit.effects import effect, said, severity

ERROR, WARNING, NOTE = Severity.ERROR, Severity.WARNING, Severity.NOTE
MANY = 1e6


def finding_of(printed: PrintedEffect, name: str) -> tuple[tuple[str | int, ...], str, Severity]:
    """Place, words and severity of what a rule finds."""
    (rule,) = (one for one in EFFECT_RULES.rules if one.name == name)
    finding = rule.question(printed)
    assert finding is not None
    return finding.at, finding.says, finding.severity or rule.severity


# Estimate and limits.


@pytest.mark.parametrize(
    ("lower", "reversed_"), [("1.0", False), ("1.1", False), ("1.2", True)]
)  # 1.1 and 1.0 may both be 1.05
def test_limits_are_reversed_where_no_rounding_puts_them_in_order(lower: str, reversed_: bool) -> None:
    found = said(effect("MD", "1.1", (lower, "1.0")))
    assert ("limits-reversed" in found) is reversed_
    if reversed_:
        says = "the limits of [1.2, 1.0] are reversed: the lower is above the upper"
        assert found["limits-reversed"][1] == says
        assert "estimate-outside-interval" not in found


def test_an_estimate_outside_is_told_with_its_interval() -> None:
    _, says, hint = said(effect("HR", "1.10", ("1.11", "1.41"), level=0.9))["estimate-outside-interval"]
    assert says == "the estimate 1.10 lies outside its own 90% interval [1.11, 1.41]"
    assert hint


@pytest.mark.parametrize(
    ("estimate", "expected"),
    [
        # The middle is 1.9995 to 2.0005, half the width 1.
        ("2.000", None),
        ("2.001", None),
        ("2.002", NOTE),
        ("2.050", NOTE),  # 2.0495 is 0.049 off
        ("2.052", WARNING),  # 2.0515 is 0.051 off
        ("1.950", NOTE),
        ("1.948", WARNING),
        ("2.250", WARNING),  # 2.2495 is 0.249 off
        ("2.252", ERROR),  # 2.2515 is 0.251 off
        ("1.750", WARNING),
        ("1.748", ERROR),
    ],
)
def test_an_interval_off_its_estimate_is_a_note_up_to_a_twentieth_and_an_error_from_a_quarter(
    estimate: str, expected: Severity | None
) -> None:
    assert severity(effect("MD", estimate, ("1.000", "3.000")), "estimate-off-centre") is expected


@pytest.mark.parametrize(
    ("printed", "words"),
    [
        (effect("MD", "2.5", ("1.0", "3.0")), "the interval [1.0, 3.0] is not centred on 2.5 but on 2.0"),
        (  # sqrt(1.31 * 3.71) = 2.2045
            effect("OR", "2.90", ("1.31", "3.71")),
            "the interval [1.31, 3.71] is not centred on 2.90 but on 2.20 on the log scale",
        ),
        (  # tanh of the mean of atanh 0.10 and atanh 0.90, which is 0.7863; 0.5 in r itself
            effect("r", "0.80", ("0.10", "0.90")),
            "the interval [0.10, 0.90] is not centred on 0.80 but on 0.66 on the Fisher z scale",
        ),
    ],
)
def test_the_middle_of_an_interval_is_told_on_its_scale(printed: PrintedEffect, words: str) -> None:
    assert said(printed)["estimate-off-centre"][1] == words


@pytest.mark.parametrize(
    ("estimate", "limits", "expected"),
    [
        ("2.48", ("1.31", "3.65"), WARNING),
        ("2.47", ("1.31", "3.64"), WARNING),
        ("1.0500", ("0.9500", "1.1500"), NOTE),  # 0.0488 - 0.0442 = 0.0046 off, of a half-width of 0.0955
    ],
)
def test_an_interval_in_the_middle_without_logarithms_is_told_whatever_its_asymmetry(
    estimate: str, limits: tuple[str, str], expected: Severity
) -> None:
    found, _, hint = said(effect("OR", estimate, limits))["estimate-off-centre"]
    assert hint == "It is centred without logarithms: check how it was computed, and the measure."
    assert found is expected


@pytest.mark.parametrize("estimate", ["3.10", "2.50", "2.46", "2.00", "1.70"])
def test_an_interval_off_its_estimate_with_and_without_logarithms_is_not_said_to_be_made_so(
    estimate: str,
) -> None:
    hint = said(effect("OR", estimate, ("1.31", "3.65")))["estimate-off-centre"][2]
    assert hint is not None
    assert "without logarithms" not in hint


def test_an_interval_by_a_method_that_is_not_symmetric_may_be_off_its_estimate() -> None:
    off = effect("MD", "2.5", ("1.0", "3.0"))
    assert severity(replace(off, ci_method="Wald"), "estimate-off-centre") is ERROR
    assert severity(replace(off, ci_method="exact"), "estimate-off-centre") is None


# What a number can be.


@pytest.mark.parametrize(
    ("printed", "at", "says"),
    [
        (effect("OR", "-0.85", ("-1.2", "-0.5")), ("estimate",), "OR -0.85 is not above zero"),
        (effect("HR", "0.80", ("-0.10", "1.20")), ("ci", 0), "HR -0.10 is not above zero"),
        (effect("RR", "0.80", ("1.20", "-0.10")), ("ci", 1), "RR -0.10 is not above zero"),
        (effect("IRR", "-0.01"), ("estimate",), "IRR -0.01 is not above zero"),
    ],
)
def test_a_ratio_that_is_not_positive_is_told_at_its_place(
    printed: PrintedEffect, at: tuple[str | int, ...], says: str
) -> None:
    finding = finding_of(printed, "ratio-not-positive")
    assert finding == (at, says, ERROR)
    hint = said(printed)["ratio-not-positive"][2]
    assert hint is not None
    assert hint.endswith("Or is it the logarithm, or another measure?")


@pytest.mark.parametrize(
    ("measure", "number", "bounds"),
    [
        ("r", "1.01", "-1 and 1"),
        ("r", "-1.01", "-1 and 1"),
        ("r", "1.00", None),
        ("r", "-1.00", None),
        ("r", "0.00", None),
        ("proportion", "100.1", "0 and 100"),
        ("proportion", "-0.1", "0 and 100"),
        ("proportion", "100.0", None),
        ("proportion", "0.0", None),
        ("RD", "100.1", "-100 and 100"),
        ("RD", "-100.1", "-100 and 100"),
        ("RD", "100.0", None),
        ("RD", "-100.0", None),
        ("MD", "1000", None),
    ],
)
def test_a_number_is_out_of_range_where_no_rounding_brings_it_in(
    measure: Measure, number: str, bounds: str | None
) -> None:
    found = said(effect(measure, number)).get("out-of-range")
    assert (None if found is None else found[:2]) == (
        None if bounds is None else (ERROR, f"{number} cannot be a {measure}: it lies between {bounds}")
    )


def test_a_limit_out_of_range_is_a_warning() -> None:
    wald = effect("proportion", "2.0", ("-0.7", "4.7"))
    assert said(wald)["out-of-range"] == (
        WARNING,
        "-0.7 cannot be a proportion: it lies between 0 and 100",
        "Wald's interval of a small study may reach there.",
    )
    assert finding_of(wald, "out-of-range")[0] == ("ci", 0)


def test_another_level_than_95_is_told() -> None:
    found = said(effect("MD", "2.0", ("1.0", "3.0"), level=0.999))["unusual-level"]
    assert found[:2] == (NOTE, "the interval is one of 99.9%, not of 95%")
    assert "unusual-level" not in said(effect("MD", "2.0", ("1.0", "3.0"), level=1 - 0.05))
    assert "unusual-level" not in said(effect("MD", "2.0", level=0.9))


# p-values.


@pytest.mark.parametrize(
    ("limits", "p", "level", "verb"),
    [
        # 2.0 with an interval of 1.9 on each side: z = 2.063, p up to 0.0523.
        (("0.10", "3.90"), "0.060", 0.95, "excludes 0"),
        (("0.10", "3.90"), "> 0.05", 0.95, None),
        (("0.50", "3.50"), "> 0.05", 0.95, "excludes 0"),
        (("0.50", "3.50"), ">= 0.05", 0.95, "excludes 0"),
        (("0.50", "3.50"), "0.0505", 0.95, "excludes 0"),
        (("0.50", "3.50"), "0.05", 0.95, None),  # may be 0.045
        (("0.50", "3.50"), "0.0001", 0.95, None),
        (("0.50", "3.50"), "0.08", 0.9, None),
        (("0.50", "3.50"), "0.12", 0.9, "excludes 0"),
        (("-0.10", "4.10"), "< 0.05", 0.95, "includes 0"),
        (("-1.00", "5.00"), "< 0.05", 0.95, "includes 0"),
        (("-1.00", "5.00"), "<= 0.05", 0.95, "includes 0"),
        (("-1.00", "5.00"), "0.0495", 0.95, "includes 0"),
        (("-1.00", "5.00"), "0.05", 0.95, None),  # may be 0.055
        (("-1.00", "5.00"), "0.8", 0.95, None),
        (("-1.00", "5.00"), "0.08", 0.9, "includes 0"),
        (("0.00", "4.00"), "0.01", 0.95, None),
    ],
)
def test_p_and_interval_disagree_on_significance_at_the_level_of_the_interval(
    limits: tuple[str, str], p: str, level: float, verb: str | None
) -> None:
    found = said(effect("MD", "2.00", limits, p, level=level)).get("p-against-significance")
    relation = "" if p[0] in "<>" else "= "
    shown = f"p {relation}{p}".replace(">=", "≥").replace("<=", "≤")
    words = f"{shown} cannot come from [{limits[0]}, {limits[1]}], which {verb}"
    assert (None if found is None else found[1]) == (None if verb is None else words)


def test_no_effect_is_1_for_ratios() -> None:
    found = said(effect("OR", "2.00", ("1.50", "2.67"), "0.40"))["p-against-significance"]
    assert found[:2] == (ERROR, "p = 0.40 cannot come from [1.50, 2.67], which excludes 1")


def test_a_slight_contradiction_may_be_of_another_test_and_a_gross_one_may_not() -> None:
    slight, gross = (effect("OR", "1.50", ("1.01", "2.23"), p) for p in ("0.08", "0.20"))
    rule = "p-against-significance"
    assert [severity(one, rule) for one in (slight, gross)] == [WARNING, ERROR]
    by_score = [severity(replace(one, test="score"), rule) for one in (slight, gross)]
    assert by_score == [None, ERROR]
    hint = said(slight)[rule][2]
    assert hint is not None
    assert hint.endswith("Or p is of another test than the interval: 'test' and 'ci_method' can say so.")


@pytest.mark.parametrize(
    ("printed", "rule", "says"),
    [
        (
            effect("MD", "2.0", t="2.1", df=20, p="0.20"),
            "p-against-statistic",
            "p = 0.20 does not follow from the test statistic 2.1 with 20 degrees of freedom, "
            "which gives p = 0.049",  # of t itself; 2.05 to 2.15 give 0.0537 to 0.0440
        ),
        (
            effect("MD", "2.0", t="5.0", p="0.20", level=0.9),
            "p-against-statistic",
            "p = 0.20 does not follow from the test statistic 5.0, which gives p = 0.00000057",
        ),
        (
            effect("r", "0.150", n=371, p="0.04"),
            "p-against-correlation",
            # r 0.1505 among 371 and 0.1495 among 333.9, by t and by Fisher's z: 0.0036 to 0.0062
            "p = 0.04 does not follow from r = 0.150 among 371 persons, which gives p from 0.0036 to 0.0062",
        ),
        (
            effect("beta", "-0.335", se="0.163", p="0.4"),
            "p-against-se",
            "p = 0.4 does not follow from the estimate -0.335 with SE 0.163, which gives p = 0.040",
        ),
        (
            effect("OR", "2.483", ("1.309", "4.712"), "< 0.005"),
            "p-against-interval",
            "p < 0.005 does not follow from 2.483 [1.309, 4.712], which gives p = 0.0054",
        ),
    ],
)
def test_what_p_follows_is_told_with_its_source(printed: PrintedEffect, rule: str, says: str) -> None:
    assert said(printed)[rule][1] == says


def test_the_range_of_p_is_told_once() -> None:
    several = said(effect("MD", "2.0", t="2.1", df=20, p="0.20"))["p-against-statistic"][2]
    one = said(effect("MD", "2.0", t="2.1000", df=20, p="0.20"))["p-against-statistic"][2]
    only_range = said(effect("r", "0.150", n=371, p="0.04"))["p-against-correlation"][2]
    assert several is not None
    assert one is not None
    assert only_range is not None
    assert several.startswith("Rounding and the choice of test allow p from 0.044 to 0.054. ")
    assert "Rounding" not in one
    assert "Rounding" not in only_range


def test_the_range_is_told_where_the_numbers_themselves_give_a_p_outside_it() -> None:
    # The limits give 0.040; 3.05 by the normal distribution 0.0023, 2.95 with 15 degrees of freedom 0.0099.
    printed = effect("MD", "2.00", ("0.10", "3.90"), "0.20", t="3.0")
    words = said(printed)["p-against-statistic"][1]
    assert words.endswith("the test statistic 3.0, which gives p from 0.0023 to 0.0099")


@pytest.mark.parametrize(
    ("estimate", "p", "measure", "expected"),
    [
        # A slope: z from 1.9985 to 2.0015, and 0.8 standard errors to either side.
        ("2.000", "0.0050", "beta", ERROR),  # at most 0.00505: z = 2.8034
        ("2.000", "0.0052", "beta", WARNING),  # at most 0.00525: z = 2.7910
        ("2.000", "0.230", "beta", WARNING),  # at least 0.2295: z = 1.2016
        ("2.000", "0.232", "beta", ERROR),  # at least 0.2315: z = 1.1965
        # A mean difference: 1.4, or 0.55 of the larger z.
        ("2.000", "0.530", "MD", WARNING),  # at least 0.5295: z = 0.6287
        ("2.000", "0.560", "MD", ERROR),  # at least 0.5595: z = 0.5836
        ("5.000", "0.0200", "MD", WARNING),  # 4.997 - 2.327 = 2.670 of 0.55 * 5.003 = 2.752
        ("5.000", "0.0300", "MD", ERROR),  # 4.997 - 2.171 = 2.826
        ("2.000", "0.0000100", "MD", WARNING),  # 4.407 - 2.002 = 2.405 of 0.55 * 4.427 = 2.435
        ("2.000", "0.0000010", "MD", ERROR),  # 4.881 - 2.002 = 2.879 of 0.55 * 4.901 = 2.696
        # No z counts as more than 8.
        ("10.000", "0.000000010", "MD", WARNING),  # 9.9945 - 5.740 = 4.25 of 4.4
        ("10.000", "0.00000010", "MD", ERROR),  # 9.9945 - 5.337 = 4.66
    ],
)
def test_how_far_a_p_value_may_be_of_another_test(
    estimate: str, p: str, measure: Measure, expected: Severity
) -> None:
    printed = effect(measure, estimate, se="1.000", p=p, df=MANY)
    assert severity(printed, "p-against-se") is expected
    of_score_test = severity(replace(printed, test="score"), "p-against-se")
    assert of_score_test is (ERROR if expected is ERROR else None)
