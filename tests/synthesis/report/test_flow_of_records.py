"""The flow and the log of searches on the page: each number with what it counts, or why there is none."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from evidence.records.review import load_review
from synthesis.report.flow_of_records import NO_SEARCH, flow_of_records
from synthesis.report.page_parts import FlowOfRecords, ShownTable
from tests.evidence.literature.flow.searched_review import SearchedReview, doi


@pytest.fixture
def searched(tmp_path: Path) -> SearchedReview:
    """20 records of PubMed and 2 of Scopus, one of both; one included, 13 excluded, the others wait."""
    made = SearchedReview(tmp_path / "tea")
    made.search("PubMed", range(20), day="2026-01-05")
    made.search("Scopus", (19, 20), day="2026-01-07")
    made.decide("title", "exclude", *range(1, 14))
    made.include(0)
    made.record("alpha", 0)
    return made


def shown(review: SearchedReview) -> FlowOfRecords:
    return flow_of_records(load_review(review.folder))


def texts(table: ShownTable | None) -> list[tuple[str, ...]]:
    assert table is not None
    return [tuple(cell.text for cell in row) for row in table.rows]


def test_a_review_without_a_log_of_searches_says_so(tmp_path: Path) -> None:
    made = SearchedReview(tmp_path / "tea")
    made.record("alpha")
    assert shown(made) == FlowOfRecords((NO_SEARCH,))


def test_each_box_stands_in_the_table_with_its_number_and_what_it_counts(searched: SearchedReview) -> None:
    found = shown(searched)
    assert found.says == ()
    assert found.chart is not None
    boxes = {row[3]: row for row in texts(found.chart.behind)}
    assert {name: int(row[1]) for name, row in boxes.items()} == {
        "databases": 22,
        "databases: PubMed": 20,
        "databases: Scopus": 2,
        "duplicates": 1,
        "awaiting-screening": 7,
        "screened": 14,
        "excluded": 13,
        "sought": 1,
        "assessed": 1,
        "included": 1,
        "studies": 1,
        "reports": 1,
    }
    assert boxes["duplicates"] == ("Duplicate records", "1", doi(19), "duplicates")
    assert boxes["databases: Scopus"][:3] == ("of these, Scopus", "2", f"{doi(19)}, {doi(20)}")
    which = boxes["excluded"][2].split(", ")
    assert len(which) == 13
    assert {*which[:12]} <= {doi(work) for work in range(1, 14)}
    assert which[12] == "and 1 more"
    assert boxes["studies"][:3] == ("Studies included", "1", "alpha")
    svg = found.chart.svg
    assert all(words in svg for words in ("Records screened (n\u00a0=\u00a014)", "rotate(-90 ", "Included<"))
    assert found.chart.description.startswith("Flow diagram. ")


def test_the_log_says_what_was_asked_where_and_when(searched: SearchedReview) -> None:
    log = searched.folder / "literature/searches.jsonl"
    rows: list[dict[str, Any]] = [json.loads(line) for line in log.read_text().splitlines()]
    rows[0] |= {"query": "tea AND bone", "search": "monthly", "since": "2020-01-01", "known": 1200}
    rows[0] |= {"found": 1220, "unreadable": 1, "complete": False}
    rows[1] |= {"kind": "register", "dated": False, "run": "2026-01-08T10:00:00Z"}
    log.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    first, second = texts(shown(searched).log)
    asked = "tea AND bone; saved search monthly; from 2020-01-01; tea-1.ris"
    rest = "1,200 known from before; 1 record unreadable; not everything came"
    assert first == ("2026-01-05", "PubMed", asked, "1,220", "20", rest)
    assert second == ("not stated; imported 2026-01-08", "Scopus", "tea-2.ris", "2", "2", "register")


@pytest.mark.long
def test_after_a_release_the_flow_is_that_of_the_update(searched: SearchedReview) -> None:
    searched.release("1.0.0")
    searched.search("PubMed", range(30, 33), day="2026-02-05")
    searched.decide("title", "exclude", 30, 31, 32)
    chart = shown(searched).chart
    assert chart is not None
    numbers = {row[3]: row[1] for row in texts(chart.behind)}
    assert (numbers["databases"], numbers["excluded"], numbers["previous-studies"]) == ("3", "3", "1")
    assert chart.behind is not None
    assert chart.behind.notes[0].startswith("What came after release 1.0.0. python -m synthesis flow --list")


def test_a_flow_that_would_be_wrong_is_not_drawn_and_says_why(searched: SearchedReview) -> None:
    searched.decide("title", "exclude", 99)
    found = shown(searched)
    assert found.chart is None
    assert [words.partition(":")[0] for words in found.says] == ["The flow is not drawn"]
    assert doi(99) in found.says[0]
    assert len(texts(found.log)) == 2


def test_files_that_cannot_be_read_are_named_in_place_of_the_flow(searched: SearchedReview) -> None:
    (searched.folder / "literature/searches.jsonl").write_text("{\n")
    found = shown(searched)
    assert (found.chart, found.log) == (None, None)
    assert found.says[0].startswith("The flow of records cannot be drawn: ")
    assert "line 1" in found.says[0]


def test_what_has_to_be_known_stands_beside_the_flow(searched: SearchedReview) -> None:
    searched.include(14)
    found = shown(searched)
    assert found.chart is not None
    assert found.says == (f"1 report included and in no record yet: {doi(14)}.",)


def test_searches_come_by_day_and_what_nobody_counted_is_what_was_read_and_what_could_not_be(
    searched: SearchedReview,
) -> None:
    log = searched.folder / "literature/searches.jsonl"
    rows: list[dict[str, Any]] = [json.loads(line) for line in log.read_text().splitlines()]
    rows[1] |= {"found": None, "unreadable": 3, "searched": "2026-01-04"}
    log.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    found = shown(searched).log
    assert [(row[1], row[3], row[4], row[5]) for row in texts(found)] == [
        ("Scopus", "5", "2", "3 records unreadable"),
        ("PubMed", "20", "20", ""),
    ]
    assert found is not None
    assert found.numeric == (False, False, False, True, True, False)


def test_of_twelve_records_all_are_named(searched: SearchedReview) -> None:
    searched.decide("title", "include", 13)
    boxes = {row[3]: row for row in texts(chart_of(searched))}
    assert boxes["excluded"][1] == "12"
    assert len(boxes["excluded"][2].split(", ")) == 12
    assert "more" not in boxes["excluded"][2]
    assert not boxes["databases"][0].startswith("of these")


def chart_of(review: SearchedReview) -> ShownTable:
    chart = shown(review).chart
    assert chart is not None
    assert chart.behind is not None
    assert chart.behind.numeric == (False, True, False, False)
    assert chart.behind.notes == (
        "python -m synthesis flow --list NAME prints all that a box counts, with their files.",
    )
    return chart.behind
