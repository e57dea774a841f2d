"""What the audit finds by itself in the shipped records, and what it must not find."""

from __future__ import annotations

from pathlib import Path

import pytest

import evidence
from evidence.audit.auditing import audit_record, audit_review, contradicted_estimates
from evidence.records.parsing import Problem
from evidence.records.reading import Document, read_record
from evidence.records.schema import Record

STUDIES = Path(evidence.__file__).parent / "hemoglobin-bmd" / "studies"


@pytest.fixture(scope="module")
def documents() -> dict[str, Document[Record]]:
    return {path.stem: read_record(path) for path in sorted(STUDIES.glob("*.yaml"))}


@pytest.fixture(scope="module")
def found(documents: dict[str, Document[Record]]) -> list[Problem]:
    problems = [problem for document in documents.values() for problem in audit_record(document)]
    return problems + audit_review(list(documents.values()))


@pytest.mark.parametrize(
    ("study", "rule", "words"),
    [
        ("imos-4", "unit-against-value", "12.9 and 13.1 cannot be in mg/dl"),
        ("imos-4", "printed-unit-differs", "printed in mg/dl and taken as g/dL"),
        ("nhanes-2011-2018", "estimate-outside-interval", "-0.0046"),
        ("nhanes-2011-2018", "p-against-significance", "[-0.0142, -0.0050], which excludes 0"),
        ("korkmaz-2012", "p-against-interval", "p = 0.0054"),
        ("nhanes-2013-2018", "identical-estimates", "-0.0129 [-0.0166, -0.0091]"),
        ("nhanes-2013-2018", "sd-of-whole", "SD 0.9 of 'Total Calcium'"),
        ("nhanes-2013-2018", "superseded-report", "superseded by Liu 2022"),
        ("nhanes-2013-2018", "class-sticks-out", "$35,000 to $44,999' (15.3%)"),
        ("nhanes-2013-2018", "whole-outside-parts", "Mexican American 16.1, parts 9.9 to 12.2"),
        ("nhanes-2013-2018", "classes-overlap", "'0 to 2.302' and '2.301 to 2.870'"),
        ("nhanes-2013-2018", "unit-of-other-kind", "'UL' is no unit of Red Blood Cell Count"),
        ("nhanes-2013-2018", "strata-against-whole", "0.0061"),
        ("uk-biobank", "no-uncertainty", "without interval"),
    ],
)
def test_known_oddities_are_found(found: list[Problem], study: str, rule: str, words: str) -> None:
    matching = [p for p in found if p.place.path.stem == study and p.rule == rule and words in p.says]
    assert len(matching) == 1


def test_the_sign_lost_in_an_upper_limit_is_the_only_explanation(found: list[Problem]) -> None:
    (problem,) = (p for p in found if p.rule == "p-against-significance")
    assert problem.hint is not None
    assert "upper limit of 0.0050 gives p = 0.35" in problem.hint
    assert "only single slip" in problem.hint


def test_the_four_missing_p_values_are_recomputed(found: list[Problem]) -> None:
    missing = [p for p in found if p.rule == "p-missing" and p.place.path.stem == "nhanes-2013-2018"]
    assert [p.says.rpartition(" = ")[2] for p in missing] == ["0.0000013", "0.24", "0.078", "0.044"]


def test_every_p_value_of_the_preprint_agrees(
    documents: dict[str, Document[Record]], found: list[Problem]
) -> None:
    record = documents["nhanes-2013-2018"].model
    assert record is not None
    checked = [
        e.effect.p
        for e in record.estimates
        if e.effect is not None and e.effect.ci is not None and e.effect.p is not None and e.effect.p.number
    ]
    assert len(checked) == 54
    assert not [
        p for p in found if p.rule.startswith("p-against") and p.place.path.stem == "nhanes-2013-2018"
    ]


@pytest.mark.parametrize("study", ["imos-4", "know-ckd"])
def test_intervals_that_rounding_explains_raise_no_alarm(found: list[Problem], study: str) -> None:
    about_numbers = ("p-against", "estimate-", "se-", "limits-")
    assert not [p for p in found if p.place.path.stem == study and p.rule.startswith(about_numbers)]


def test_the_two_known_errors_are_acknowledged_and_nothing_is_called_impossible(found: list[Problem]) -> None:
    assert not [p for p in found if p.severity == "error"]
    seen = [(p.place.path.stem, p.rule) for p in found if "acknowledged by extractor-1" in p.says]
    assert seen == [
        ("nhanes-2011-2018", "estimate-outside-interval"),
        ("nhanes-2011-2018", "p-against-significance"),
    ]


def test_what_is_acknowledged_enters_no_pool_all_the_same(documents: dict[str, Document[Record]]) -> None:
    records = [document.model for document in documents.values() if document.model is not None]
    assert list(contradicted_estimates(records)) == [("nhanes-2011-2018", "lumbar-spine-q2-adjusted")]
