"""Each rule about one effect: what it must flag, and what it must leave alone."""

from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence.audit.auditing import EFFECT_RULES
from evidence.audit.printed_effect import PrintedEffect
from evidence.records.parsing import Severity
from evidence.records.vocabulary import Measure
from tests.evidence.audit.effects import effect, said

FLAGGED: dict[str, list[PrintedEffect]] = {
    "limits-reversed": [effect("OR", "1.85", ("3.05", "1.12"))],
    "estimate-outside-interval": [
        effect("HR", "1.10", ("1.11", "1.41")),
        effect("beta", "0.0079", ("-0.002", "0.0035")),
    ],
    "estimate-off-centre": [
        effect("MD", "2.5", ("1.0", "3.0")),
        effect("OR", "2.48", ("1.31", "3.71")),  # in the middle only without logarithms
    ],
    "ratio-not-positive": [effect("OR", "-0.85", ("-1.2", "-0.5")), effect("HR", "0.8", ("-0.1", "1.2"))],
    "out-of-range": [effect("r", "1.25"), effect("proportion", "120"), effect("RD", "-130")],
    "unusual-level": [effect("MD", "2.0", ("1.0", "3.0"), level=0.9)],
    "p-against-significance": [
        effect("beta", "-0.0096", ("-0.0142", "-0.0050"), "0.348413"),
        effect("beta", "0.010", ("-0.050", "0.070"), "< 0.05"),
    ],
    "p-against-interval": [
        effect("OR", "2.483", ("1.309", "4.712"), "< 0.005"),
        effect("OR", "1.85", ("1.12", "3.05"), "0.001"),
        effect("beta", "0.5", ("0.1", "0.9"), "0.00"),
    ],
    "p-against-se": [effect("beta", "-0.335", se="0.163", p="0.4")],
    "p-against-statistic": [effect("MD", "2.0", t="2.1", df=20, p="0.20")],
    "p-against-correlation": [effect("r", "0.150", n=371, p="0.04")],
    "se-against-interval": [
        effect("MD", "2.0", ("1.0", "3.0"), se="0.26"),
        effect("OR", "2.0", ("1.2", "3.33"), se="0.52"),
    ],
    "sd-for-se": [
        effect("MD", "2.0", ("1.0", "3.0"), se="10.2", n=400),
        effect("MD", "2.0", se="10.2", n=400, p="0.0001"),
        effect("MD", "2.0", ("1.0", "3.0"), se="0.0255", n=400),
    ],
    "statistic-against-effect": [
        effect("MD", "2.0", se="0.5", t="-4.0"),
        effect("MD", "2.0", ("1.0", "3.0"), t="2.1"),
    ],
    "se-not-positive": [effect("MD", "2.0", se="-0.5")],
    "p-zero": [
        effect("MD", "2.0", ("1.0", "3.0"), "0.000"),
        effect("MD", "2.0", ("1.0", "3.0"), "< 0.000"),
        effect("MD", "2.0", p="0"),
    ],
    "interval-without-width": [
        effect("OR", "1.00", ("1.00", "1.00")),
        effect("MD", "1.0", ("1.0", "1.00")),
    ],
}

LEFT_ALONE: dict[str, list[PrintedEffect]] = {
    "limits-reversed": [effect("OR", "1.00", ("1.00", "1.00")), effect("beta", "-2.0", ("-3.0", "-1.0"))],
    "estimate-outside-interval": [
        effect("OR", "1.0", ("1.0", "1.0")),
        effect("RR", "1.00", ("1.00", "1.01")),
    ],
    "estimate-off-centre": [
        effect("beta", "0.0079", ("0.002", "0.0135"), "0.006"),  # IMOS-4, hip, men
        effect("beta", "-0.03", ("-0.042", "-0.008"), "0.004", n=2089),  # KNOW-CKD
        effect("threshold", "11.9", ("11.0", "14.2")),
        effect("proportion", "5.0", ("1.2", "14.9")),
    ],
    "ratio-not-positive": [effect("HR", "0.02", ("0.00", "0.35")), effect("beta", "-0.8")],
    "out-of-range": [effect("r", "1.00"), effect("proportion", "100.0"), effect("beta", "7")],
    "unusual-level": [effect("MD", "2.0", ("1.0", "3.0")), effect("MD", "2.0", level=0.9)],
    "p-against-significance": [
        effect("beta", "-0.0046", ("-0.0142", "0.0050"), "0.348413"),
        effect("OR", "1.50", ("1.00", "2.25"), "0.05"),
        effect("OR", "1.50", ("1.00", "2.25"), "0.049"),
        effect("mean", "12.9", ("12.1", "13.7"), "0.08"),
    ],
    "p-against-interval": [
        effect("OR", "1.67", ("1.11", "2.51"), "0.014"),
        effect("beta", "0.5", ("0.1", "0.9"), "0.01"),
        effect("beta", "0.0", ("-0.1", "0.1"), "1"),
        effect("beta", "0.0", ("-0.1", "0.1"), "1.00"),
        effect("beta", "0.9", ("0.6", "1.2"), "0.00"),
        effect("beta", "0.9", ("0.6", "1.2"), "0.000"),
        effect("beta", "0.21", ("0.00", "0.42"), "0.05"),
        effect("beta", "0.21", ("0.00", "0.42"), "< 0.05"),
        effect("beta", "0.11", ("-0.10", "0.32"), "> 0.05"),
    ],
    "p-against-se": [
        effect("beta", "-0.335", se="0.163", p="0.04"),
        effect("beta", "0.015", se="0.003", p="< 0.001"),
    ],
    "p-against-statistic": [effect("MD", "2.0", t="2.1", df=20, p="0.049"), effect("MD", "2.0", t="2.1")],
    "p-against-correlation": [
        effect("r", "0.150", n=371, p="0.004"),
        effect("r", "0.164", n=371, p="0.001"),
        effect("r", "0.150", p="0.04"),
    ],
    "se-against-interval": [
        effect("MD", "2.0", ("1.0", "3.0"), se="0.51"),
        effect("OR", "2.0", ("1.2", "3.33"), se="0.26"),
    ],
    "sd-for-se": [
        effect("MD", "2.0", ("1.0", "3.0"), se="0.51", n=400),
        effect("MD", "2.0", ("1.0", "3.0"), se="0.9", n=400),
    ],
    "statistic-against-effect": [effect("MD", "2.0", ("1.0", "3.0"), se="0.51", t="3.92")],
    "p-zero": [
        effect("MD", "2.0", ("1.0", "3.0"), "0.001"),
        effect("MD", "2.0", ("1.0", "3.0"), "< 0.001"),
        effect("MD", "2.0", ("1.0", "3.0"), "> 0.000"),
        effect("MD", "2.0", ("1.0", "3.0")),
    ],
    "interval-without-width": [effect("OR", "1.00", ("1.00", "1.01")), effect("OR", "1.00")],
    "se-not-positive": [effect("MD", "2.0", se="0.0"), effect("MD", "2.0", se="0.5")],
}

RULES = [rule.name for rule in EFFECT_RULES.rules]


def test_every_rule_is_tested_both_ways() -> None:
    assert set(FLAGGED) == set(LEFT_ALONE) == set(RULES)
    assert len(RULES) == len(set(RULES)) == 17


@pytest.mark.parametrize("rule", RULES)
def test_the_rule_flags(rule: str) -> None:
    for printed in FLAGGED[rule]:
        assert rule in said(printed), printed


@pytest.mark.parametrize("rule", RULES)
def test_the_rule_leaves_alone(rule: str) -> None:
    for printed in LEFT_ALONE[rule]:
        assert rule not in said(printed), printed


def test_a_slight_miss_is_a_warning_and_a_gross_one_an_error() -> None:
    usual = said(effect("OR", "2.483", ("1.309", "4.712"), "< 0.005"))["p-against-interval"]
    slight = said(effect("OR", "2.483", ("1.309", "4.712"), "< 0.003"))["p-against-interval"]
    gross = said(effect("OR", "1.85", ("1.12", "3.05"), "0.001"))["p-against-interval"]
    assert usual[0] is Severity.NOTE
    assert slight[0] is Severity.WARNING
    assert gross[0] is Severity.ERROR
    assert "p = 0.0054" in slight[1]  # 2 (1 - Phi(ln 2.483 / (ln(4.712 / 1.309) / 3.92)))


def test_p_and_interval_barely_on_two_sides_of_the_level_are_a_warning() -> None:
    by_score_test = effect("OR", "1.50", ("1.01", "2.23"), "0.08")
    by_no_test = effect("OR", "1.50", ("1.01", "2.23"), "0.20")
    assert said(by_score_test)["p-against-significance"][0] is Severity.WARNING
    assert said(by_no_test)["p-against-significance"][0] is Severity.ERROR


def test_a_grossly_asymmetric_interval_is_an_error() -> None:
    assert said(effect("MD", "0.35", ("-0.12", "0.58")))["estimate-off-centre"][0] is Severity.ERROR
    assert said(effect("MD", "0.35", ("0.12", "0.67")))["estimate-off-centre"][0] is Severity.WARNING


def test_slight_asymmetry_is_a_note() -> None:
    severity, _, hint = said(effect("RR", "0.99", ("0.72", "1.40")))["estimate-off-centre"]
    assert severity is Severity.NOTE
    assert hint is not None
    assert "profile" in hint


def test_an_interval_made_without_logarithms_is_told() -> None:
    _, _, hint = said(effect("OR", "2.48", ("1.31", "3.65")))["estimate-off-centre"]
    assert hint is not None
    assert "without logarithms" in hint


def test_a_standard_error_that_is_something_else_is_recognised() -> None:
    variance = said(effect("MD", "2.0", ("1.0", "3.0"), se="0.26"))["se-against-interval"][2]
    of_ratio = said(effect("OR", "2.0", ("1.2", "3.33"), se="0.52"))["se-against-interval"][2]
    deviation = said(effect("MD", "2.0", ("1.0", "3.0"), se="10.2", n=400))["sd-for-se"][2]
    assert variance is not None
    assert "variance" in variance
    assert of_ratio is not None
    assert "logarithm" in of_ratio
    assert deviation is not None
    assert "standard deviation" in deviation


def test_one_contradiction_is_told_once() -> None:
    assert list(said(effect("HR", "1.10", ("1.11", "1.41"), "0.001"))) == ["estimate-outside-interval"]
    assert list(said(effect("MD", "2.0", se="10.2", n=400, p="0.0001"))) == ["sd-for-se"]
    assert list(said(effect("beta", "-0.0096", ("-0.0142", "-0.0050"), "0.348413"))) == [
        "p-against-significance"
    ]


SPELLINGS = st.one_of(
    st.decimals(-1_000_000, 1_000_000, places=4).map(lambda number: f"{number:f}"),
    st.sampled_from(["0", "0.00", "1", "-1", "100", "1e-300", "1e300", "-1e30", "999999999999999999999999"]),
)
P_VALUES = st.one_of(
    st.decimals(0, 1, places=5).map(lambda number: f"{number:f}"),
    st.sampled_from(["0", "1", "0.00", "< 0.05", "> 0.05", "<= 0.001", "1e-300"]),
)


@settings(max_examples=150, deadline=None)
@given(
    measure=st.sampled_from(get_args(Measure)),
    numbers=st.lists(SPELLINGS, min_size=5, max_size=5),
    p=P_VALUES,
    parts=st.sets(st.sampled_from(["ci", "p", "se", "t", "df"])),
    n=st.sampled_from([None, 0, 1, 3, 30, 10**9]),
    level=st.sampled_from([0.95, 0.9, 0.5, 0.0, 1.0]),
)
def test_no_numbers_break_a_rule(
    measure: Measure, numbers: list[str], p: str, parts: set[str], n: int | None, level: float
) -> None:
    estimate, low, high, se, t = numbers
    printed = effect(
        measure,
        estimate,
        (low, high) if "ci" in parts else None,
        p if "p" in parts else None,
        se=se if "se" in parts else None,
        t=t if "t" in parts else None,
        n=n,
        df=1.0 if "df" in parts else None,
        level=level,
    )
    assert set(said(printed)) <= set(RULES)


@pytest.mark.parametrize(
    ("printed", "severity"),
    [
        # The interval gives at most 0.3536, and ratios of that spread 1.1 + 0.3 * 0.3536 of it: 0.4269.
        (effect("OR", "2.000", ("1.000", "4.000"), se="0.426"), Severity.WARNING),
        (effect("OR", "2.000", ("1.000", "4.000"), se="0.428"), Severity.ERROR),
        # Differences: 1.15 of at most 0.5104, which is 0.587; printed 0.59 may be 0.585.
        (effect("MD", "2.000", ("1.000", "3.000"), se="0.59"), Severity.WARNING),
        (effect("MD", "2.000", ("1.000", "3.000"), se="0.60"), Severity.ERROR),
    ],
)
def test_a_standard_error_that_another_method_gives_is_a_warning_and_one_that_none_gives_an_error(
    printed: PrintedEffect, severity: Severity
) -> None:
    assert said(printed)["se-against-interval"][0] is severity
