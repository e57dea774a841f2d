"""What a flow is refused for, at which file and line, and what is told beside it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from evidence.literature.citation_store import read_citations, write_citations
from evidence.literature.duplicates.deduplicating import NOTHING_DECIDED
from evidence.literature.flow.adding_up import flow_problems, imbalances
from evidence.literature.flow.flow_forms import whole_flow
from tests.evidence.literature.flow.searched_review import SearchedReview, doi


@pytest.fixture
def review(tmp_path: Path) -> SearchedReview:
    """Works 0-4 in PubMed, 3-6 in Scopus; 0 is included and in a record, 1 excluded, 2 waits for its text."""
    made = SearchedReview(tmp_path / "tea")
    made.search("PubMed", range(5))
    made.search("Scopus", range(3, 7), day="2026-01-07")
    made.include(0)
    made.decide("title", "exclude", 1)
    made.decide("title", "include", 2)
    made.record("alpha", 0)
    return made


def told(review: SearchedReview) -> list[tuple[str, str, str, str]]:
    """Severity, rule, place below the review, and words of each problem."""
    return [
        (
            problem.severity.value,
            problem.rule,
            f"{problem.place.path.relative_to(review.folder)}:{problem.place.line}",
            problem.says,
        )
        for problem in flow_problems(review.works())
    ]


def in_log(review: SearchedReview, number: int, **changed: Any) -> None:
    """Change a line of the log of searches."""
    path = review.folder / "literature/searches.jsonl"
    lines = path.read_text().splitlines()
    lines[number] = json.dumps({**json.loads(lines[number]), **changed})
    path.write_text("\n".join(lines) + "\n")


def test_a_flow_that_adds_up_has_nothing_to_tell(review: SearchedReview) -> None:
    assert told(review) == []
    assert imbalances(review.folder, [whole_flow(review.works())]) == []


def test_a_search_whose_records_are_not_there_is_an_error_at_its_line(review: SearchedReview) -> None:
    cited = read_citations(review.folder, NOTHING_DECIDED)
    write_citations(review.folder, [each for each in cited if each.id not in (doi(5), doi(6))])
    says = "4 records of tea-2.ris were read, and 2 are in citations.jsonl"
    assert told(review) == [("error", "flow-read", "literature/searches.jsonl:2", says)]


def test_a_complete_search_found_as_many_as_were_read_or_could_not_be(review: SearchedReview) -> None:
    in_log(review, 0, found=5)
    in_log(review, 1, found=5, unreadable=1, known=3)
    assert told(review) == []
    in_log(review, 0, found=1_005)
    says = "1,005 records were found in PubMed, and 5 were read, 0 unreadable"
    assert told(review) == [("error", "flow-found", "literature/searches.jsonl:1", says)]
    in_log(review, 0, complete=False)
    says = "1,005 records were found in PubMed, and 5 were read: the search is not complete yet"
    assert told(review) == [("warning", "flow-found", "literature/searches.jsonl:1", says)]


def test_records_of_a_search_that_the_log_has_not_are_an_error_at_the_first_of_them(
    review: SearchedReview,
) -> None:
    path = review.folder / "literature/searches.jsonl"
    first, second = path.read_text().splitlines()
    path.write_text(first + "\n")
    lost = json.loads(second)["id"]
    says = f"4 records of the search '{lost}', which is not in searches.jsonl"
    assert told(review) == [("error", "flow-log", "literature/citations.jsonl:4", says)]


def test_records_that_are_older_than_the_log_are_told(review: SearchedReview) -> None:
    cited = read_citations(review.folder, NOTHING_DECIDED)
    write_citations(
        review.folder,
        [
            replace(each, sources=tuple(replace(s, search="") for s in each.sources), parts=())
            for each in cited
        ],
    )
    (review.folder / "literature/searches.jsonl").unlink()
    assert told(review) == [
        (
            "warning",
            "flow-log",
            "literature/citations.jsonl:1",
            "5 records of PubMed from before searches were logged",
        ),
        (
            "warning",
            "flow-log",
            "literature/citations.jsonl:4",
            "4 records of Scopus from before searches were logged",
        ),
    ]


def test_a_decision_about_what_is_not_there_is_an_error_at_its_line(review: SearchedReview) -> None:
    review.decide("title", "exclude", 3, 99, who="bert")
    says = f"'{doi(99)}' was decided about, and no citation, or more than one, has this id"
    assert told(review) == [("error", "flow-decision", "literature/screening/bert.tsv:3", says)]


def test_a_report_in_a_record_whose_citation_is_excluded_is_an_error_at_the_report(
    review: SearchedReview,
) -> None:
    review.record("beta", 1)
    says = f"this report is in the review, and {doi(1)} is excluded (anna.tsv:4)"
    assert told(review)[:1] == [("error", "flow-record", "studies/beta.yaml:8", says)]
    (found,) = (each for each in flow_problems(review.works()) if each.rule == "flow-record")
    assert found.place.column == 3, "that of its name"
    assert found.hint == "Include the citation, or take the report out of the record."
    review.record("beta", 2)
    review.decide("full text", "not retrieved", 2)
    says = f"this report is in the review, and {doi(2)} is not retrieved (anna.tsv:6)"
    assert told(review)[:1] == [("error", "flow-record", "studies/beta.yaml:8", says)]


def test_of_decisions_that_were_settled_the_settlement_is_named(tmp_path: Path) -> None:
    from evidence.literature.screening.decision_files import AGREED

    review = SearchedReview(tmp_path / "tea", extra="screening: {reviewers: 2}\n")
    review.search("PubMed", [0])
    review.decide("title", "include", 0)
    review.decide("title", "exclude", 0, who="bert")
    review.decide("title", "exclude", 0, who=AGREED)
    review.record("alpha", 0)
    (found,) = [each for each in told(review) if each[0] == "error"]
    assert found[3].endswith("is excluded (agreed.tsv:2)")


def test_the_last_of_several_votes_is_named(tmp_path: Path) -> None:
    review = SearchedReview(tmp_path / "tea", extra="screening: {reviewers: 2}\n")
    review.search("PubMed", [0])
    review.decide("title", "exclude", 0, who="anna", when="2026-01-12T12:00:00Z")
    review.decide("title", "exclude", 0, who="bert", when="2026-01-11T12:00:00Z")
    review.record("alpha", 0)
    (found,) = [each for each in told(review) if each[0] == "error"]
    assert found[3].endswith("(anna.tsv:2)")


def test_a_report_whose_citation_still_waits_is_told_at_the_report(review: SearchedReview) -> None:
    review.record("beta", 2, 3)
    assert told(review) == [
        (
            "warning",
            "flow-record",
            "studies/beta.yaml:8",
            f"this report is in the review, and {doi(2)} waits at stage full text",
        ),
        (
            "warning",
            "flow-record",
            "studies/beta.yaml:9",
            f"this report is in the review, and {doi(3)} waits at stage title",
        ),
        (
            "note",
            "flow-unsearched",
            "studies:1",
            "2 reports that no included citation is, counted as known to the reviewers: "
            "beta/paper, beta/paper-2",
        ),
    ]


def test_two_included_citations_of_one_report_are_an_error_at_the_second(review: SearchedReview) -> None:
    path = review.record("alpha", 0, 3)
    path.write_text(path.read_text().replace("doi: 10.1000/w3", "doi: 10.1000/w0, pmid: 777"))
    pubmed = review.folder.parent / "more.nbib"
    pubmed.write_text("PMID- 777\nTI  - Quite another title that nobody knows\nAU  - Someone B\nDP  - 2001\n")
    from evidence.literature.importing_exports import import_exports

    import_exports(review.folder, [pubmed])
    for stage in ("title", "full text"):
        path = review.folder / "literature/screening/anna.tsv"
        path.write_text(path.read_text() + f"2026-01-12T12:00:00Z\t{stage}\tpmid:777\tinclude\t\n")
    (found,) = [problem for problem in flow_problems(review.works()) if problem.severity.value == "error"]
    assert found.rule == "flow-twice"
    assert (found.place.path.name, found.place.line) == ("citations.jsonl", 8)
    assert found.says == f"{doi(0)} and pmid:777 are both included and both the report 'paper' of alpha"
    assert found.hint == f"If they are one work: literature duplicates --same {doi(0)} pmid:777"


def test_a_record_that_cannot_be_read_is_an_error(review: SearchedReview) -> None:
    (review.folder / "studies/beta.yaml").write_text("study: beta\n")
    found = told(review)
    assert found
    assert {each[0] for each in found} == {"error"}
    assert all(each[2].startswith("studies/beta.yaml:") for each in found)


def test_conflicts_and_reports_without_a_record_are_noted(tmp_path: Path) -> None:
    review = SearchedReview(tmp_path / "tea", extra="screening: {reviewers: 2}\n")
    review.search("PubMed", range(9))
    for who in ("anna", "bert"):
        review.decide("title", "include", 0, 1, who=who)
        review.decide("full text", "include", 0, 1, who=who)
    review.decide("title", "include", *range(2, 9))
    review.decide("title", "exclude", *range(2, 9), who="bert")
    assert told(review) == [
        (
            "note",
            "flow-extraction",
            "literature/citations.jsonl:1",
            f"2 reports included and in no record yet: {doi(0)}, {doi(1)}",
        ),
        (
            "note",
            "flow-conflict",
            "literature/screening:1",
            "the reviewers disagree about 7 citations, counted as waiting: "
            f"{', '.join(map(doi, range(2, 7)))}, ...",
        ),
    ]


def test_a_day_in_the_review_that_is_later_than_the_searches_is_told_at_its_line(tmp_path: Path) -> None:
    review = SearchedReview(tmp_path / "tea", extra="searched_to: 2026-03-01\n")
    review.search("PubMed", range(2), day="2026-02-01")
    review.search("Scopus", [2], day="2026-03-01")
    says = "'searched_to: 2026-03-01', and the last complete search of PubMed is of 2026-02-01"
    line = (review.folder / "review.yaml").read_text().splitlines().index("searched_to: 2026-03-01") + 1
    assert told(review) == [("warning", "flow-day", f"review.yaml:{line}", says)]
    review.search("PubMed", [3], day="2026-03-02")
    assert told(review) == []


def test_a_day_later_than_the_one_search_names_it(tmp_path: Path) -> None:
    review = SearchedReview(tmp_path / "tea", extra="searched_to: 2026-03-01\n")
    review.search("PubMed", range(2), day="2026-02-01")
    (told_of_day,) = told(review)
    assert told_of_day[-1] == (
        "'searched_to: 2026-03-01', and the last complete search of PubMed is of 2026-02-01"
    )


def test_a_record_that_cannot_be_read_is_told_and_has_no_places(review: SearchedReview) -> None:
    path = review.record("beta", 1)
    path.write_text(path.read_text(encoding="utf-8").replace("title:", "titel:"), encoding="utf-8")
    assert review.works().trees.keys() == {"alpha"}
    assert "studies/beta.yaml" in {place.partition(":")[0] for _, _, place, _ in told(review)}


def test_a_report_is_pointed_at_by_its_name(review: SearchedReview) -> None:
    """The name of the report stands behind two blanks, what is said of it further right."""
    path = review.record("beta", 1)
    (problem,) = [each for each in flow_problems(review.works()) if each.place.path == path]
    assert (problem.place.column, problem.width) == (3, len("paper"))


def test_errors_are_told_before_warnings_and_these_before_notes(review: SearchedReview) -> None:
    review.record("beta", 1)
    review.record("gamma", 2)
    review.include(3)
    severities = [each[0] for each in told(review)]
    assert severities == ["error", "warning", "note", "note"]


def test_a_sum_that_is_wrong_is_an_error_of_the_store(review: SearchedReview) -> None:
    flow = whole_flow(review.works())
    broken = replace(flow, databases=replace(flow.databases, duplicates=flow.databases.excluded))
    (problem,) = imbalances(review.folder, [flow, broken])
    assert (problem.severity.value, problem.rule) == ("error", "flow-sum")
    assert problem.place.path == review.folder / "literature/citations.jsonl"
    assert problem.says == (
        "the flow does not add up: of databases and registers, 9 were identified and carried over, and 8 are "
        "accounted for"
    )


def test_a_decision_that_is_written_with_blanks_is_placed_at_the_folder(review: SearchedReview) -> None:
    path = review.folder / "literature/screening/bert.tsv"
    path.write_text(f"2026-01-12T12:00:00Z \ttitle\t{doi(99)}\texclude\t\n")
    (found,) = told(review)
    assert found[:3] == ("error", "flow-decision", "literature/screening:1")
