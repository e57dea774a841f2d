"""Reports that were replaced, withdrawn or used twice, and cohorts that share persons: word by word."""

from __future__ import annotations

from pathlib import Path

import pytest

from evidence.audit.auditing import audit_review
from evidence.records.parsing import Problem
from evidence.records.reading import record_from_text
from tests.evidence.audit.records import REPORT, beta, estimates, place, problems, replaced, told
from tests.evidence.records.samples import TEXT, bent

OLD = "type: preprint, status: preprint, citation: O, year: 2018, read: data"


def reports(*entries: str, estimates_of: tuple[str, ...] = (), first: str = REPORT) -> str:
    """A record with further reports, and an estimate of each that is named."""
    text = estimates(*(beta(f"e{i}", "0.0079, se: 0.003", at=f"of {r}") for i, r in enumerate(estimates_of)))
    for name in estimates_of:
        text = text.replace(f"report: lee-2019, at: 'of {name}'", f"report: {name}, at: 'of {name}'")
    listed = "".join(f"\n  {entry}" for entry in entries)
    return replaced((REPORT, first + listed), text=text if estimates_of else TEXT)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (
            reports(f"old: {{{OLD}, superseded_by: lee-2019}}", estimates_of=("old", "lee-2019", "old")),
            "old (preprint, 2 estimates) is superseded by lee-2019",
        ),
        (
            reports(
                f"old: {{{OLD}, superseded_by: lee-2019, label: Lee 2018}}",
                estimates_of=("old",),
                first=REPORT.replace("year: 2019", "year: 2019, label: Lee 2019"),
            ),
            "Lee 2018 (preprint, 1 estimate) is superseded by Lee 2019",
        ),
        (
            reports(f"old: {{{OLD}, superseded_by: lee-2019}}"),
            "old (preprint, 0 estimates) is superseded by lee-2019",
        ),
        (reports(f"old: {{{OLD}}}"), None),
    ],
)
def test_a_superseded_report_is_told_with_its_estimates(text: str, says: str | None) -> None:
    found = problems(text, "superseded-report")
    assert [problem.says for problem in found] == ([] if says is None else [says])
    for problem in found:
        assert problem.hint == "Prefer the numbers of the newer report where it prints them."
        assert place(text, problem).startswith("lee-2019")


PREPRINT = (
    "old is a preprint, and the record holds a publication",
    "If it is the same work, add 'superseded_by: {}'.",
)


@pytest.mark.parametrize(
    ("others", "first", "found"),
    [
        ((f"old: {{{OLD}}}",), REPORT, True),
        ((f"old: {{{OLD.replace('type: preprint', 'type: thesis')}}}",), REPORT, True),
        ((f"old: {{{OLD.replace('status: preprint', 'status: published')}}}",), REPORT, True),
        ((f"old: {{{OLD}}}",), REPORT.replace("status: published", "status: corrected"), True),
        ((f"old: {{{OLD}}}",), REPORT.replace("status: published", "status: retracted"), False),
        ((f"old: {{{OLD}}}",), REPORT.replace("journal article", "thesis"), False),
        ((f"old: {{{OLD}, superseded_by: lee-2019}}",), REPORT, False),
    ],
)
def test_a_preprint_beside_a_journal_article_says_what_replaced_it(
    others: tuple[str, ...], first: str, found: bool
) -> None:
    says, hint = PREPRINT
    text = reports(*others, first=first)
    expected = [(says, hint.format("lee-2019"))] if found else []
    assert told(text, "preprint-not-superseded") == expected


@pytest.mark.parametrize(
    ("estimates_of", "says"),
    [
        (("gone",), "gone is retracted; the record holds 1 estimate of it"),
        (("gone", "lee-2019", "gone"), "gone is retracted; the record holds 2 estimates of it"),
        (("lee-2019",), None),
    ],
)
def test_a_retracted_report_is_told_where_the_record_has_numbers_of_it(
    estimates_of: tuple[str, ...], says: str | None
) -> None:
    gone = f"gone: {{{OLD.replace('status: preprint', 'status: retracted')}}}"
    text = reports(gone, estimates_of=estimates_of)
    assert told(text, "retracted-report") == ([] if says is None else [(says, None)])
    for problem in problems(text, "retracted-report"):
        assert place(text, problem).startswith("retracted")


def test_estimates_of_a_retracted_report_are_told_where_classes_share_a_reference() -> None:
    gone = f"gone: {{{OLD.replace('status: preprint', 'status: retracted')}}}"
    outcome = TEXT.split("outcomes:")[1].split(":")[0].strip().lstrip("{").strip()
    classes = f"""
comparisons:
  - id: thirds
    outcome: {outcome}
    measure: OR
    arms:
      - {{id: low, name: low, reference: true}}
      - {{id: middle, name: middle, effect: {{estimate: 1.2, ci: [0.9, 1.6]}}}}
      - {{id: high, name: high, effect: {{estimate: 1.5, ci: [1.1, 2.0]}}}}
    where: {{report: gone, at: Table 2}}
"""
    found = told(reports(gone) + classes, "retracted-report")
    assert found == [("gone is retracted; the record holds 2 estimates of it", None)]


# Several records.

DATED = "name: LEE, years: 2010-2012"


def across(rule: str, *texts: str) -> list[Problem]:
    documents = [record_from_text(text, Path(f"{i}.yaml")) for i, text in enumerate(texts)]
    assert all(document.model is not None for document in documents)
    return [problem for problem in audit_review(documents) if problem.rule == rule]


IDENTIFIED = ("year: 2019,", "year: 2019, doi: 10.1000/Lee, pmid: 123,")


def study(name: str, *changes: tuple[str, str]) -> str:
    """A record of another study with another citation and cohort, unless the changes say so."""
    return bent(("study: lee-2019", f"study: {name}"), *changes)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ((), "citation of 'lee-2019' also stands in the record 'lee-2019'"),
        ((("citation: Lee 2019", "citation: lee  2019"),), "citation of 'lee-2019' also"),
        ((IDENTIFIED,), "doi, pmid and citation of 'lee-2019' also stands in the record 'lee-2019'"),
        (
            (IDENTIFIED, ("citation: Lee 2019", "citation: O"), ("pmid: 123", "pmid: 4")),
            "doi of 'lee-2019' also",
        ),
        ((IDENTIFIED, ("citation: Lee 2019", "citation: O"), ("/Lee", "/Ho")), "pmid of 'lee-2019' also"),
        (
            (IDENTIFIED, ("citation: Lee 2019", "citation: O"), ("/Lee", "/Ho"), ("pmid: 123", "pmid: 4")),
            None,
        ),
    ],
)
def test_what_two_records_share_of_a_report_is_told_at_the_second(
    changes: tuple[tuple[str, str], ...], says: str | None
) -> None:
    texts = (bent(IDENTIFIED), study("other", *changes))
    found = across("report-twice", *texts)
    assert len(found) == (says is not None)
    for problem in found:
        assert says is not None
        assert problem.says.startswith(says)
        assert problem.place.path == Path("1.yaml")
        assert problem.hint == "If both report the same persons they are one study; else say so in a note."
        key = says.partition(" ")[0].rstrip(",")
        line = texts[1].splitlines()[problem.place.line - 1]
        assert line[: problem.place.column - 1].endswith(f"{key}: ")


def test_a_report_that_two_records_share_with_a_third_is_told_of_each() -> None:
    second = study("second", IDENTIFIED, ("citation: Lee 2019", "citation: O"), ("/Lee", "/Ho"), ("123", "4"))
    third = study("third", IDENTIFIED, ("/Lee", "/Ho"))
    found = across("report-twice", bent(IDENTIFIED), second, third)
    assert [problem.says.partition(" also")[0] for problem in found] == [
        "doi of 'lee-2019'",
        "pmid and citation of 'lee-2019'",
    ]
    assert [problem.says.rpartition(" ")[2] for problem in found] == ["'second'", "'lee-2019'"]


def test_a_second_record_of_a_study_and_a_third_are_told() -> None:
    found = across("study-twice", TEXT, study("other"), TEXT, TEXT)
    assert [problem.place.path.stem for problem in found] == ["2", "3"]
    for problem in found:
        assert problem.says == "a second record of the study 'lee-2019'"
        assert problem.hint == "One study, one file: merge them, or rename one."


@pytest.mark.parametrize(
    ("count", "names"),
    [
        (1, "'s0'"),
        (2, "'s0' and 's1'"),
        (3, "'s0', 's1' and 's2'"),
        (4, "'s0', 's1', 's2' and 1 more"),
        (6, "'s0', 's1', 's2' and 3 more"),
    ],
)
def test_three_earlier_studies_of_a_cohort_are_named_and_the_rest_counted(count: int, names: str) -> None:
    found = across("cohorts-overlap", *(study(f"s{i}") for i in range(count + 1)))
    assert len(found) == count
    assert found[-1].says == f"LEE 2010-2012 may share persons with {names}"
    assert found[-1].hint == "Of overlapping estimates only one enters a pool."


def test_a_cohort_without_years_is_told_by_its_name() -> None:
    undated = ("years: 2010-2012, ", "")
    (problem,) = across("cohorts-overlap", study("a"), study("b", undated))
    assert problem.says == "LEE may share persons with 'a'"


@pytest.mark.parametrize(
    ("a", "b", "found"),
    [
        ("name: LEE", "name: lee", True),
        ("name: LEE", "name: OTHER", False),
        ("name: LEE", "name: ALL, part_of: [Lee]", True),
        ("name: ALL, part_of: [LEE]", "name: Lee", True),
        ("name: A, part_of: [LEE]", "name: B, part_of: [LEE]", False),
        ("name: LEE, repeated: true, wave: '1'", "name: LEE, repeated: true, wave: '2'", False),
        ("name: LEE, repeated: true, wave: '1'", "name: LEE, repeated: true, wave: '1'", True),
    ],
)
def test_undated_cohorts_share_persons_by_their_names_and_waves(a: str, b: str, found: bool) -> None:
    pair = (study("a", (DATED, a)), study("b", (DATED, b)))
    assert bool(across("cohorts-overlap", *pair)) is found
