"""Counts of classes beside their adjusted ratios: numbers that no equations can join are found."""

from __future__ import annotations

import math
from itertools import product
from typing import get_args

import numpy as np
import pytest

from evidence.effects.adjusted_ratios import Denominator, reference_correlation
from evidence.effects.hamling import effective_counts
from evidence.records.parsing import Severity
from tests.evidence.audit.records import classes, problems

RULE = "classes-against-ratios"
REFERENCE = "n: 100, events: 60"


@pytest.mark.parametrize(
    ("ratio", "flagged"),
    # 140 r / (100 + 100 r) is 1 at r = 2.5
    [
        ("2.5", False),
        ("2.50", False),
        ("2.51", True),
        ("3", False),
        ("3.0", True),
        ("0.9163, log: true", False),
        ("0.9201, log: true", True),
        ("900, log: true", False),
    ],
)
def test_a_risk_above_one_is_told_only_where_every_rounding_has_it(ratio: str, flagged: bool) -> None:
    text = classes("RR", REFERENCE, f"n: 100, events: 80, effect: {{estimate: {ratio}}}")
    assert bool(problems(text, RULE)) is flagged


def test_the_class_that_would_be_more_than_everybody_is_named_with_its_line() -> None:
    arms = [f"n: 100, events: {events}, effect: {{estimate: {ratio}}}" for events, ratio in
            ((70, "1.10"), (80, "1.30"), (90, "5.00"))]  # fmt: skip
    text = classes("RR", REFERENCE, *arms)
    (problem,) = problems(text, RULE)
    # 300 cases: 300 * 4.995 / (1 + 1.105 + 1.305 + 4.995) = 178.3
    assert "at least 178 of the 100 persons of 'Q4' would be cases" in problem.says
    assert "cannot both be right" in problem.says
    assert problem.severity is Severity.WARNING
    assert text.splitlines()[problem.place.line - 1].lstrip().startswith("- {id: q4")


def test_a_reference_that_would_be_more_than_everybody_is_named() -> None:
    text = classes("RR", "n: 100, events: 90", "n: 100, events: 60, effect: {estimate: 0.20}")
    (problem,) = problems(text, RULE)  # 150 / 1.205 = 124.5
    assert "at least 124 of the 100 persons of 'Q1'" in problem.says


def test_classes_without_a_case_and_odds_of_nothing_but_cases_are_errors() -> None:
    for measure in ("OR", "RR", "HR", "IRR"):
        text = classes(measure, "n: 100, events: 0", "n: 100, events: 0, effect: {estimate: 1.4}")
        (problem,) = problems(text, RULE)
        assert problem.severity is Severity.ERROR
        assert "no class of 'quarters' has a case" in problem.says
    (problem,) = problems(classes("OR", "n: 6, events: 6", "n: 8, events: 8, effect: {estimate: 2.0}"), RULE)
    assert problem.severity is Severity.ERROR
    assert "everybody in every class" in problem.says


def test_odds_and_rates_always_have_counts_and_risks_have_them_where_the_rule_is_silent() -> None:
    compared = dict.fromkeys(get_args(Denominator), 0)
    refused = 0
    ratios = (0.05, 0.8, 3.0, 40.0)
    for of, first, second, share in product(compared, ratios, ratios, (0.05, 0.5, 0.95)):
        sizes = np.array([100.0, 80.0, 120.0])
        cases = np.round(sizes * share)
        yi = np.log([first, second])
        fits = max(cases.sum() * r / (sizes @ [1, first, second]) for r in (1, first, second)) < 1
        if of == "risks" and not fits:
            with pytest.raises(ValueError, match="nothing but cases"):
                reference_correlation(yi, cases, sizes, of)
            refused += 1
            continue
        correlation = reference_correlation(yi, cases, sizes, of)
        assert 0 < correlation[0, 1] < 1
        if of != "risks":
            variances = np.array([0.05, 0.30])
            a, b = effective_counts(yi, variances, cases, sizes, of)
            assert a[1] / b[1] * b[0] / a[0] == pytest.approx(first, rel=1e-9)
            shared = 1 / a[0] + (1 / b[0] if of == "odds" else 0.0)
            assert math.isclose(shared + 1 / a[1] + (1 / b[1] if of == "odds" else 0.0), 0.05, rel_tol=1e-9)
        compared[of] += 1
    assert compared["odds"] == compared["rates"] == 48
    assert compared["risks"] + refused == 48
    assert refused > 10
