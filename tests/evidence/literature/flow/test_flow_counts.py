"""Numbers of a flow against those counted by hand, and what each of them counts."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from evidence.literature.citation_store import read_citations, write_citations
from evidence.literature.duplicates.deduplicating import NOTHING_DECIDED
from evidence.literature.flow.flow_counts import CountedItem, FlowCount, ReviewFlow
from evidence.literature.flow.flow_forms import (
    living_flow,
    release_to_update,
    updated_flow,
    whole_flow,
)
from evidence.literature.flow.previous_releases import previous_releases
from tests.evidence.literature.flow.searched_review import SearchedReview, doi


def numbers(flow: ReviewFlow) -> dict[str, int]:
    """Every box that is not empty, by its name."""
    found = [count for count in flow.counts if count.n]
    assert len({count.box for count in flow.counts}) == len(flow.counts)
    assert list(flow.imbalances()) == []
    return {count.box: count.n for count in found}


def ids(flow: ReviewFlow, box: str) -> list[str]:
    """What a box counts."""
    (found,) = (count for count in flow.counts if count.box == box)
    return [item.id for item in found.items]


@pytest.fixture
def review(tmp_path: Path) -> SearchedReview:
    """Works 0-9 in PubMed, 5-14 in Scopus, 20 and 3 in a register, 30-32 and 8 by citation searching."""
    made = SearchedReview(tmp_path / "tea")
    made.search("PubMed", range(10), day="2026-01-05")
    made.search("Scopus", range(5, 15), day="2026-01-07")
    made.search("ClinicalTrials.gov", [20, 3], day="2026-01-06", kind="register")
    made.search("", [30, 31, 32, 8], day="2026-01-09", kind="citation searching")
    return made


def test_what_was_searched_and_not_screened_waits(review: SearchedReview) -> None:
    flow = whole_flow(review.works())
    assert numbers(flow) == {
        "databases": 20,
        "registers": 2,
        "duplicates": 6,  # 5-9 in Scopus, 3 in the register
        "awaiting-screening": 16,
        "citation-searching": 4,
        "other-duplicates": 1,
        "other-awaiting-screening": 3,
    }
    assert sorted(ids(flow, "other-awaiting-screening")) == [doi(30), doi(31), doi(32)]
    assert sorted(ids(flow, "duplicates")) == sorted(map(doi, (3, 5, 6, 7, 8, 9)))
    assert ids(flow, "other-duplicates") == [doi(8)]
    assert flow.has_other
    assert flow.streams == (flow.databases, flow.other)
    assert (flow.name, flow.previous, flow.gone) == ("", None, None)


def test_sources_are_told_with_the_records_and_where_each_was_read(review: SearchedReview) -> None:
    flow = whole_flow(review.works())
    databases, registers = flow.databases.identified
    assert [(each.label, each.n) for each in databases.parts] == [("PubMed", 10), ("Scopus", 10)]
    assert [(each.box, each.n) for each in registers.parts] == [("registers: ClinicalTrials.gov", 2)]
    assert (databases.label, registers.label) == ("Databases", "Registers")
    assert databases.items == tuple(item for part in databases.parts for item in part.items)
    assert CountedItem(doi(0), "tea-1.ris:1") in databases.items
    assert CountedItem(doi(1), "tea-1.ris:12") in databases.items
    assert CountedItem(doi(3), "tea-3.ris:12") in flow.databases.duplicates.items
    assert [each.label for each in flow.other.identified] == ["Citation searching"]
    # nothing names what was searched: the file does
    assert [part.label for part in flow.other.identified[0].parts] == ["tea-4.ris"]


def test_decisions_move_works_from_box_to_box(review: SearchedReview) -> None:
    review.decide("title", "exclude", *range(6, 15), 30)
    review.decide("title", "include", *range(6), 31)
    review.decide("title", "unsure", 20)
    review.decide("full text", "exclude", 0, 1, reason="wrong outcome")
    review.decide("full text", "exclude", 2, reason="wrong population")
    review.decide("full text", "exclude", 31)
    review.decide("full text", "not retrieved", 3)
    review.decide("full text", "include", 4)
    review.record("alpha", 4)
    flow = whole_flow(review.works())
    assert numbers(flow) == {
        "databases": 20,
        "registers": 2,
        "duplicates": 6,
        "awaiting-screening": 1,
        "screened": 15,
        "excluded": 9,
        "sought": 6,
        "not-retrieved": 1,
        "awaiting-assessment": 1,
        "assessed": 4,
        "excluded-reports": 3,
        "included": 1,
        "citation-searching": 4,
        "other-duplicates": 1,
        "other-awaiting-screening": 1,
        "other-screened": 2,
        "other-excluded": 1,
        "other-sought": 1,
        "other-assessed": 1,
        "other-excluded-reports": 1,
        "studies": 1,
        "reports": 1,
    }
    assert flow.databases.waiting_titles.items == (CountedItem(doi(20), "unsure"),)
    assert flow.databases.waiting_reports.items == (CountedItem(doi(5), "waiting for anna"),)
    assert flow.other.waiting_titles.items == (CountedItem(doi(32), "waiting for anna"),)
    reasons = flow.databases.excluded_reports.parts
    assert [(each.box, each.label, each.n) for each in reasons] == [
        ("excluded-reports: wrong outcome", "Wrong outcome", 2),
        ("excluded-reports: wrong population", "Wrong population", 1),
    ]
    assert [item.id for item in reasons[0].items] == [doi(0), doi(1)]
    assert [each.label for each in flow.other.excluded_reports.parts] == ["No reason given"]
    assert flow.new.studies.items == (CountedItem("alpha", "studies/alpha.yaml"),)
    assert flow.new.reports.items == (CountedItem("alpha/paper", "studies/alpha.yaml"),)
    assert flow.total is flow.new
    assert ids(flow, "assessed") == [doi(0), doi(1), doi(2), doi(4)]
    assert ids(flow, "screened")[-6:] == [doi(n) for n in range(6)]


def test_reviewers_who_disagree_leave_a_work_waiting(tmp_path: Path) -> None:
    review = SearchedReview(tmp_path / "tea", extra="screening: {reviewers: 2}\n")
    review.search("PubMed", range(3))
    review.decide("title", "include", 0, 1, 2)
    review.decide("title", "include", 0, who="bert")
    review.decide("title", "exclude", 1, who="bert")
    flow = whole_flow(review.works())
    assert flow.databases.waiting_titles.items == (
        CountedItem(doi(1), "the reviewers disagree"),
        CountedItem(doi(2), "waiting for bert"),
    )
    assert ids(flow, "sought") == [doi(0)]


def test_included_reports_without_a_record_await_extraction_also_while_their_record_is_a_draft(
    review: SearchedReview,
) -> None:
    review.include(0, 1, 2)
    (review.folder / "drafts").mkdir()
    review.record("alpha", 0)
    review.record("beta", 1).rename(review.folder / "drafts" / "beta.yaml")
    flow = whole_flow(review.works())
    assert ids(flow, "awaiting-extraction") == [doi(1), doi(2)]
    assert ids(flow, "included") == [doi(0)]
    assert ids(flow, "studies") == ["alpha"]


def test_a_study_may_have_several_reports_and_a_paper_several_studies(review: SearchedReview) -> None:
    review.include(0, 1, 2)
    review.record("alpha", 0, 1)
    review.record("beta", 2)
    review.record("gamma", 2)
    found = numbers(whole_flow(review.works()))
    assert (found["studies"], found["reports"], found["included"]) == (3, 3, 3)


def test_reports_that_no_search_brought_are_known_to_the_reviewers_and_re_analyses_stand_apart(
    review: SearchedReview,
) -> None:
    review.include(0)
    review.record("alpha", 0, 77)
    review.record("beta")
    path = review.record("gamma")
    path.write_text(path.read_text().replace("type: journal article", "type: re-analysis"))
    flow = whole_flow(review.works())
    found = numbers(flow)
    assert (found["studies"], found["reports"]) == (3, 4)
    assert (found["included"], found["other-included"]) == (1, 3)
    assert [(each.label, each.n) for each in flow.other.identified] == [
        ("Citation searching", 4),
        ("Known to the reviewers", 2),
        ("Re-analyses of data", 1),
    ]
    assert ids(flow, "known-to-reviewers") == ["alpha/paper-2", "beta/paper"]
    assert ids(flow, "re-analyses") == ["gamma/paper"]
    for box in ("other-screened", "other-sought", "other-assessed", "other-included"):
        assert ids(flow, box) == ["alpha/paper-2", "beta/paper", "gamma/paper"]


def test_records_that_cannot_be_read_are_identified_and_removed(tmp_path: Path) -> None:
    review = SearchedReview(tmp_path / "tea")
    review.search("PubMed", range(3), after="TY  - JOUR\nER  - \n")
    flow = whole_flow(review.works())
    found = numbers(flow)
    assert (found["databases"], found["unreadable"], found["awaiting-screening"]) == (4, 1, 3)
    assert flow.databases.unreadable.items == (CountedItem("a record that could not be read", "tea-1.ris"),)


def test_a_search_that_found_nothing_is_a_source_with_nothing(tmp_path: Path) -> None:
    review = SearchedReview(tmp_path / "tea")
    review.search("PubMed", range(2))
    log = review.folder / "literature/searches.jsonl"
    line = '{"id": "empty", "run": "2026-02-01T00:00:00Z", "searched": "2026-02-01", "source": "CENTRAL"}\n'
    log.write_text(log.read_text() + line)
    flow = whole_flow(review.works())
    assert [(each.label, each.n) for each in flow.databases.identified[0].parts] == [
        ("PubMed", 2),
        ("CENTRAL", 0),
    ]


def test_sources_and_reasons_that_count_as_many_stand_by_their_names(tmp_path: Path) -> None:
    review = SearchedReview(tmp_path / "tea")
    review.search("Scopus", range(3))
    review.search("PubMed", range(3, 6))
    review.search("Embase", range(6, 10))
    review.decide("title", "include", *range(10))
    review.decide("full text", "exclude", 0, 1, reason="wrong place")
    review.decide("full text", "exclude", 2, 3, reason="wrong age")
    review.decide("full text", "exclude", 4, reason="no text")
    flow = whole_flow(review.works()).databases
    assert [each.label for each in flow.identified[0].parts] == ["Embase", "PubMed", "Scopus"]
    assert [each.label for each in flow.excluded_reports.parts] == ["Wrong age", "Wrong place", "No text"]


def test_records_that_repeat_on_one_line_are_duplicates(tmp_path: Path) -> None:
    from evidence.literature.importing_exports import import_exports

    review = SearchedReview(tmp_path / "tea")
    item = '{"type": "article-journal", "title": "%s", "DOI": "10.1000/%s"}'
    one, other = item % ("Tea and bone in Norway", "w1"), item % ("Water and the sea", "w2")
    for name, held in (("same", [one, one]), ("three", [one, other, one])):
        path = tmp_path / f"{name}.json"
        path.write_text(f"[{', '.join(held)}]")
        import_exports(review.folder, [path], searched=date(2026, 1, 5))
    flow = whole_flow(review.works())
    found = numbers(flow)
    assert (found["databases"], found["duplicates"], found["awaiting-screening"]) == (5, 3, 2)
    assert CountedItem("the same record once more", "same.json") in flow.databases.duplicates.items


def test_records_from_before_there_was_a_log_are_counted_under_their_database(tmp_path: Path) -> None:
    review = SearchedReview(tmp_path / "tea")
    review.search("PubMed", range(3))
    review.search("", [3, 4])
    cited = read_citations(review.folder, NOTHING_DECIDED)
    old = [replace(each, sources=tuple(replace(s, search="") for s in each.sources)) for each in cited]
    write_citations(review.folder, old)
    (review.folder / "literature/searches.jsonl").unlink()
    flow = whole_flow(review.works())
    assert [(each.label, each.n) for each in flow.databases.identified[0].parts] == [
        ("PubMed", 3),
        ("tea-2.ris", 2),
    ]
    assert flow.searched.day is None
    # the same file again: its records learn their search, and none is counted twice
    review.files = 0
    review.search("PubMed", range(3))
    again = whole_flow(review.works())
    assert numbers(again) == numbers(flow)


def test_a_work_of_two_databases_is_counted_once_and_decided_once(tmp_path: Path) -> None:
    review = SearchedReview(tmp_path / "tea")
    review.search("PubMed", range(2))
    review.search("Embase", [1])
    review.decide("title", "exclude", 1)
    found = numbers(whole_flow(review.works()))
    assert (found["databases"], found["duplicates"], found["excluded"]) == (3, 1, 1)


# Updates.


@pytest.fixture
def released(review: SearchedReview) -> SearchedReview:
    """1.0.0 with 0 included, 1-4 excluded, 5 waiting for its text, 6-14, 20 and 30-32 waiting; then 40-44."""
    review.decide("title", "include", 0, 5)
    review.decide("title", "exclude", 1, 2, 3, 4)
    review.decide("full text", "include", 0)
    review.record("alpha", 0)
    review.record("beta")
    review.release("1.0.0")
    review.search("PubMed", [*range(40, 45), 0, 1, 6], day="2026-06-05")
    return review


def test_an_update_counts_new_searches_and_carries_over_what_waited(released: SearchedReview) -> None:
    works = released.works()
    flow = updated_flow(works, works.releases[0])
    assert numbers(flow) == {
        "databases": 8,
        "carried": 11,  # 5-14 and 20
        "duplicates": 1,  # 6, which waited
        "known-before": 2,  # 0 and 1
        "awaiting-screening": 15,
        "screened": 1,
        "sought": 1,
        "awaiting-assessment": 1,
        "other-carried": 3,
        "other-awaiting-screening": 3,
        "previous-studies": 2,
        "previous-reports": 2,
        "total-studies": 2,
        "total-reports": 2,
    }
    assert flow.name == "1.0.0"
    assert sorted(ids(flow, "known-before")) == [doi(0), doi(1)]
    assert ids(flow, "duplicates") == [doi(6)]
    assert {item.id for item in flow.databases.carried.items} == {doi(n) for n in (*range(5, 15), 20)}


def test_an_update_tells_new_studies_new_reports_and_those_that_went(released: SearchedReview) -> None:
    released.include(40, 5, 41)
    released.record("gamma", 40)
    released.record("alpha", 0, 5)
    (released.folder / "studies/beta.yaml").unlink()
    released.record("delta")
    works = released.works()
    flow = updated_flow(works, works.releases[0])
    found = numbers(flow)
    wanted = {
        "previous-studies": 2,
        "gone-studies": 1,
        "new-studies": 2,
        "total-studies": 3,
        "previous-reports": 2,
        "gone-reports": 1,
        "new-reports": 3,
        "total-reports": 4,
        "included": 2,
        "other-included": 1,
        "awaiting-extraction": 1,
        "known-to-reviewers": 1,
    }
    assert {name: found[name] for name in wanted} == wanted
    assert ids(flow, "new-studies") == ["delta", "gamma"]
    assert ids(flow, "gone-studies") == ["beta"]
    assert ids(flow, "gone-reports") == ["beta/paper"]
    assert ids(flow, "new-reports") == ["alpha/paper-2", "delta/paper", "gamma/paper"]
    assert ids(flow, "previous-reports") == ["alpha/paper", "beta/paper"]
    assert ids(flow, "total-reports") == ["alpha/paper", "alpha/paper-2", "delta/paper", "gamma/paper"]
    labels = [count.label for count in flow.counts if count.box.endswith("-studies")]
    assert labels == [
        "Studies in the previous version",
        "Studies no longer included",
        "New studies included",
        "Total studies included",
    ]


def test_what_was_decided_otherwise_since_the_release_is_carried_over(released: SearchedReview) -> None:
    released.decide("title", "include", 1, when="2026-06-10T12:00:00Z")
    released.decide("full text", "not retrieved", 1)
    works = released.works()
    flow = updated_flow(works, works.releases[0])
    assert doi(1) in {item.id for item in flow.databases.carried.items}
    assert ids(flow, "not-retrieved") == [doi(1)]
    assert ids(flow, "known-before") == [doi(0)]


def test_a_report_that_the_release_knew_without_a_search_stays_known_when_it_is_found(
    released: SearchedReview,
) -> None:
    released.record("beta", 60)
    released.release("1.1.0")
    released.search("PubMed", [60, 61], day="2026-07-05")
    works = released.works()
    flow = updated_flow(works, works.releases[1])
    assert ids(flow, "known-before") == [doi(60)]
    found = numbers(flow)
    assert (found["databases"], found["previous-reports"], found["total-reports"]) == (2, 2, 2)


def test_records_of_a_carried_work_that_come_again_are_duplicates(released: SearchedReview) -> None:
    released.search("Embase", [6, 6 + 34], day="2026-06-06")
    works = released.works()
    flow = updated_flow(works, works.releases[0])
    assert sorted(ids(flow, "duplicates")) == [doi(40), doi(6), doi(6)]


def test_the_release_that_is_updated_is_the_last_one_after_which_something_came(
    review: SearchedReview,
) -> None:
    assert release_to_update(review.works()) is None
    review.release("1.0.0")
    assert release_to_update(review.works()) is None, "nothing came since"
    review.search("PubMed", [90])
    assert getattr(release_to_update(review.works()), "number", None) == "1.0.0"
    review.release("1.1.0")
    assert getattr(release_to_update(review.works()), "number", None) == "1.0.0"
    review.decide("title", "exclude", 90)
    assert getattr(release_to_update(review.works()), "number", None) == "1.1.0"
    review.release("1.10.0")
    review.release("1.9.0")
    review.record("alpha")
    assert getattr(release_to_update(review.works()), "number", None) == "1.10.0"


def test_releases_are_read_in_the_order_of_their_numbers(review: SearchedReview) -> None:
    for number in ("1.10.0", "1.9.0", "v2", "draft"):
        review.release(number)
    (review.folder / "releases/0.9.0").mkdir()
    found = previous_releases(review.folder)
    assert [each.number for each in found] == ["1.9.0", "1.10.0", "v2"]
    assert [len(each.runs) for each in found] == [4, 4, 4]
    assert [len(each.documents) for each in found] == [0, 0, 0]


def test_a_release_from_before_there_was_literature_has_all_searches_after_it(tmp_path: Path) -> None:
    review = SearchedReview(tmp_path / "tea")
    review.record("alpha")
    review.release("1.0.0")
    review.search("PubMed", range(4))
    works = review.works()
    flow = updated_flow(works, works.releases[0])
    found = numbers(flow)
    assert (found["databases"], found["awaiting-screening"], found["previous-studies"]) == (4, 4, 1)
    assert "known-to-reviewers" not in found, "it was in the previous version"


# Living.


def test_a_living_flow_has_a_column_for_each_release_with_new_searches_and_one_for_what_came_since(
    released: SearchedReview,
) -> None:
    released.decide("title", "exclude", *range(6, 15), 20)
    released.include(40)
    released.record("gamma", 40)
    released.release("1.1.0")
    released.record("delta")
    released.release("1.2.0")  # without a new search
    released.search("Scopus", [50, 41], day="2026-09-01")
    first, second, third = living_flow(released.works())
    assert [each.name for each in (first, second, third)] == ["1.0.0", "1.1.0", ""]
    assert numbers(first) == {
        "databases": 20,
        "registers": 2,
        "duplicates": 6,
        "screened": 16,
        "excluded": 14,
        "sought": 2,
        "awaiting-assessment": 1,
        "assessed": 1,
        "included": 1,
        "citation-searching": 4,
        "known-to-reviewers": 1,
        "other-duplicates": 1,
        "other-awaiting-screening": 3,
        "other-screened": 1,
        "other-sought": 1,
        "other-assessed": 1,
        "other-included": 1,
        "studies": 2,
        "reports": 2,
    }
    assert numbers(second) == {
        "databases": 8,
        "known-before": 3,
        "awaiting-screening": 4,
        "screened": 1,
        "sought": 1,
        "assessed": 1,
        "included": 1,
        "studies": 1,
        "reports": 1,
    }
    # a release without a search has no column; what it alone has is told with the last one
    assert numbers(third) == {
        "databases": 2,
        "known-before": 1,
        "awaiting-screening": 1,
        "known-to-reviewers": 1,
        "other-screened": 1,
        "other-sought": 1,
        "other-assessed": 1,
        "other-included": 1,
        "studies": 1,
        "reports": 1,
    }
    assert [each.searched.day for each in (first, second, third)] == [
        date(2026, 1, 5),
        date(2026, 6, 5),
        date(2026, 9, 1),
    ]


def test_a_study_belongs_to_the_search_that_brought_its_first_report(released: SearchedReview) -> None:
    released.include(40, 5)
    released.record("gamma", 40, 5)
    first, second = living_flow(released.works())
    assert (ids(first, "studies"), ids(second, "studies")) == (["alpha", "beta", "gamma"], [])
    assert (ids(first, "reports"), ids(second, "reports")) == (
        ["alpha/paper", "beta/paper", "gamma/paper-2"],
        ["gamma/paper"],
    )


def test_a_review_without_releases_has_one_column(review: SearchedReview) -> None:
    (only,) = living_flow(review.works())
    assert numbers(only) == numbers(whole_flow(review.works()))
    assert only.name == ""


def test_the_columns_of_a_living_flow_add_up_to_the_whole(released: SearchedReview) -> None:
    released.decide("title", "exclude", *range(6, 15))
    columns = living_flow(released.works())
    whole = numbers(whole_flow(released.works()))
    for box in ("databases", "registers", "screened", "excluded", "awaiting-screening", "studies", "reports"):
        assert sum(numbers(each).get(box, 0) for each in columns) == whole[box]
    removed = sum(each.databases.duplicates.n + each.databases.known.n for each in columns)
    assert removed == whole["duplicates"]


# Sums.


def test_every_box_that_loses_something_is_told(released: SearchedReview) -> None:
    released.include(40)
    released.record("gamma", 40)
    works = released.works()
    flow = updated_flow(works, works.releases[0])
    assert list(flow.imbalances()) == []
    less = {
        "duplicates": "19 were identified and carried over, and 18 are accounted for",
        "sought": "2 were screened, and 1 are accounted for",
        "assessed": "2 were sought, and 1 are accounted for",
        "included": "1 were assessed, and 0 are accounted for",
    }
    for name, says in less.items():
        count = getattr(flow.databases, name)
        broken = replace(
            flow, databases=replace(flow.databases, **{name: replace(count, items=count.items[1:])})
        )
        assert next(broken.imbalances()) == f"of databases and registers, {says}"
    one_more = replace(flow.new.reports, items=(*flow.new.reports.items, CountedItem("x")))
    told = list(replace(flow, new=replace(flow.new, reports=one_more)).imbalances())
    assert told == [
        "1 reports came in, and 2 new ones are in the records",
        "2 reports before, 0 gone and 2 new are not 3",
    ]
    no_studies = replace(flow.total, studies=FlowCount("total-studies", ""))
    assert list(replace(flow, total=no_studies).imbalances()) == [
        "2 studies before, 0 gone and 1 new are not 0"
    ]


def test_a_paper_whose_record_is_gone_since_the_release_stays_known(released: SearchedReview) -> None:
    (released.folder / "studies/alpha.yaml").unlink()
    works = released.works()
    flow = updated_flow(works, works.releases[0])
    assert doi(0) in ids(flow, "known-before")
    assert ids(flow, "gone-studies") == ["alpha"]
    assert "awaiting-extraction" not in numbers(flow)
