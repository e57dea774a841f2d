"""Legitimate methods are no misprints: none of their analyses is an error; the page tells how many warn."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from scipy.stats import fisher_exact
from scipy.stats.contingency import odds_ratio

from evidence.records.parsing import Severity
from tests.evidence.audit import alarms, group_alarms, small_study_methods
from tests.evidence.audit.effects import effect, said
from tests.evidence.audit.generated_papers import PAPERS
from tests.evidence.audit.legitimate import analyses
from tests.evidence.audit.small_study_methods import Table
from tests.evidence.audit.test_misprints import MISPRINTS


def test_no_analysis_by_a_common_method_is_an_error() -> None:
    found = alarms.alarms(600, seed=7)
    assert sum(made for made, _, _ in found.values()) == 600
    assert len(found) >= 20
    assert {way: errors for way, (_, errors, _) in found.items() if errors} == {}


def test_what_a_record_says_of_its_methods_is_no_warning() -> None:
    tried = 0
    for each in analyses(300, seed=8):
        stated = replace(each.printed, ci_method="exact", test="Fisher exact")
        rules = [rule for rule, (severity, *_) in said(stated).items() if severity is not Severity.NOTE]
        assert set(rules) <= {"out-of-range", "statistic-against-effect"}, each
        tried += 1
    assert tried == 300


def test_a_stated_method_excuses_no_gross_contradiction() -> None:
    printed = effect("OR", "1.85", ("1.12", "3.05"), "0.80")
    stated = replace(printed, ci_method="exact", test="Fisher exact")
    assert said(stated)["p-against-significance"][0] is Severity.ERROR


@pytest.mark.long
def test_ten_thousand_analyses_and_six_thousand_misprints_are_as_the_page_says() -> None:
    page = alarms.PAGE.read_text(encoding="utf-8")
    assert alarms.between(page).strip() == alarms.tables().strip()


def test_the_page_shows_no_error_few_warnings_and_hardly_a_lower_catch() -> None:
    measured = alarms.between(alarms.PAGE.read_text(encoding="utf-8"))
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in measured.splitlines() if line]
    by_way = {row[0]: row for row in rows if len(row) == 6 and row[0] not in ("interval", "---")}
    assert by_way["all"][1] == "10,000"
    assert all(row[3] == "0" for row in by_way.values())
    assert int(by_way["all"][5].replace(",", "")) <= 500, "of ten thousand sound analyses"
    caught = {row[0]: row for row in rows if row[0] in MISPRINTS}
    assert set(caught) == set(MISPRINTS)
    before, now = (sum(int(row[column]) for row in caught.values()) for column in (2, 3))
    assert now >= 0.975 * before


def test_the_simulated_methods_are_those_of_scipy() -> None:
    for t in (Table(7, 30, 2, 28), Table(12, 40, 20, 45), Table(3, 11, 9, 15)):
        cells = np.array([[t.a, t.b], [t.c, t.d]])
        exact = odds_ratio(cells, kind="conditional")
        limits = exact.confidence_interval(0.95)
        mine = small_study_methods.conditional_limits(t, 1.0)
        assert small_study_methods.conditional_estimate(t) == pytest.approx(
            math.log(exact.statistic), abs=1e-5
        )
        assert mine == pytest.approx((math.log(limits.low), math.log(limits.high)), abs=1e-5)
        assert small_study_methods.fisher(t) == pytest.approx(fisher_exact(cells).pvalue, abs=1e-9)


def test_intervals_of_a_table_are_nested_as_their_theory_says() -> None:
    t = Table(7, 30, 2, 28)
    exact, mid = (small_study_methods.conditional_limits(t, share) for share in (1.0, 0.5))
    lows = [exact[0], mid[0]]
    assert all(wide < narrow for wide, narrow in pairwise(lows))
    assert exact[1] > mid[1]
    # Newcombe 1998, table II, example (a): 56/70 - 48/80 = 0.2000, method 10: 0.0524 to 0.3339
    assert small_study_methods.newcombe(Table(56, 70, 48, 80)) == pytest.approx((0.0524, 0.3339), abs=5e-5)
    # the same table, method 5 without the factor n / (n - 1) has 0.0543 to 0.3407; with it a little wider
    assert small_study_methods.miettinen_nurminen(Table(56, 70, 48, 80)) == pytest.approx(
        (0.0528, 0.3382), abs=1e-3
    )
    # Clopper & Pearson and Wilson for 15 of 148, Newcombe 1998 (proportions), table I
    assert small_study_methods.clopper_pearson(15, 148) == pytest.approx((0.0578, 0.1617), abs=5e-5)
    assert small_study_methods.wilson(15, 148) == pytest.approx((0.0624, 0.1605), abs=5e-5)


# Comparisons with raw numbers of both groups, and papers as wholes.


def test_no_comparison_by_a_common_method_contradicts_its_groups() -> None:
    found = group_alarms.alarms(160, seed=7)
    assert sum(made for made, *_ in found.values()) == 160
    assert len(found) >= 20
    assert {way: errors for way, (_, errors, _) in found.items() if errors} == {}


@pytest.mark.parametrize("rule", PAPERS)
def test_no_paper_without_a_misprint_is_flagged(rule: str) -> None:
    false, caught = group_alarms.papers(rule, 40, seed=3)
    assert false == 0
    assert caught >= 10


@pytest.mark.long
def test_the_rates_of_groups_and_papers_are_as_the_page_says() -> None:
    page = group_alarms.PAGE.read_text(encoding="utf-8")
    assert group_alarms.between(page).strip() == group_alarms.tables().strip()


def test_the_page_shows_no_error_among_comparisons_and_few_warnings() -> None:
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in group_alarms.between(group_alarms.PAGE.read_text(encoding="utf-8")).splitlines()
        if line.startswith("| ")
    ]
    by_way = {row[0]: row for row in rows if len(row) == 4}
    assert by_way["all"][1:3] == ["10,000", "0"]
    assert int(by_way["all"][3]) <= 10
    assert {row[0]: row[3] for row in rows if row[0] in PAPERS} == dict.fromkeys(PAPERS, "0")
