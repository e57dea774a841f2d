"""The CSV of the PRISMA2020 flow diagram tool, against a file that the tool wrote for a published review."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from evidence.literature.flow.flow_forms import updated_flow, whole_flow
from evidence.literature.flow.flow_tool import COLUMNS, flow_as_csv, without_a_box
from tests.evidence.literature.flow.published_flow import PUBLISHED, published_flow
from tests.evidence.literature.flow.searched_review import SearchedReview


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def numbers(text: str) -> dict[str, str]:
    return {row["data"]: row["n"] for row in rows(text) if row["data"] != "NA"}


@pytest.mark.skipif(not PUBLISHED.exists(), reason="needs ../shared/imports")
def test_the_numbers_of_a_published_review_come_out_as_the_tool_wrote_them() -> None:
    written = PUBLISHED.read_text(encoding="utf-8")
    made = flow_as_csv(published_flow())
    assert made.splitlines()[0] == written.splitlines()[0] == ",".join(COLUMNS)
    given, found = numbers(written), numbers(made)
    # the file prints one full stop for a comma, and has databases in the order of the alphabet
    given["database_specific_results"] = given["database_specific_results"].replace("EMBASE.", "EMBASE,")
    for each in (given, found):
        for name in ("database_specific_results", "register_specific_results"):
            each[name] = "; ".join(sorted(each[name].split("; ")))
    assert list(found) == list(given)
    assert found == given
    assert len(found) == 29
    keys = [(row["data"], row["node"] or "NA", row["box"]) for row in rows(written)]
    assert [(row["data"], row["node"], row["box"]) for row in rows(made)] == keys
    assert list(without_a_box(published_flow())) == []


def test_numbers_of_every_box_and_what_the_tool_has_no_box_for(tmp_path: Path) -> None:
    review = SearchedReview(tmp_path / "tea")
    review.search("Pub, Med; new", range(6), after="TY  - JOUR\nER  - \n")
    review.search("ICTRP", [5, 20], kind="register")
    review.search("", [30, 31, 32, 4], kind="website")
    review.search("", [33], kind="organisation")
    review.search("", [34, 35], kind="citation searching")
    review.decide("title", "exclude", 1, 30)
    review.include(0, 31)
    review.decide("title", "include", 2, 3, 32, 33)
    review.decide("full text", "exclude", 2, reason="wrong, or no outcome")
    review.decide("full text", "exclude", 33, reason="wrong study")
    review.decide("full text", "not retrieved", 3)
    review.record("alpha", 0)
    review.record("beta")
    flow = whole_flow(review.works())
    expected = {
        "previous_studies": "0",
        "previous_reports": "0",
        "database_results": "7",
        "database_specific_results": "Pub  Med  new, 7",
        "register_results": "2",
        "register_specific_results": "ICTRP, 2",
        "website_results": "4",
        "organisation_results": "1",
        "citations_results": "2",
        "duplicates": "1",
        "excluded_automatic": "0",
        "excluded_other": "1",
        "records_screened": "4",
        "records_excluded": "1",
        "dbr_sought_reports": "3",
        "dbr_notretrieved_reports": "1",
        "other_sought_reports": "4",
        "other_notretrieved_reports": "0",
        "dbr_assessed": "2",
        "dbr_excluded": "Wrong  or no outcome, 1",
        "other_assessed": "3",
        "other_excluded": "Wrong study, 1",
        "new_studies": "2",
        "new_reports": "2",
        "total_studies": "0",
        "total_reports": "0",
        "identification": "0",
        "screening": "0",
        "included": "0",
    }
    assert numbers(flow_as_csv(flow)) == expected
    assert list(without_a_box(flow)) == [
        "records awaiting screening (n = 3), databases and registers",
        "records awaiting screening (n = 2), other methods",
        "reports awaiting assessment (n = 1), other methods",
        "reports awaiting extraction (n = 1), other methods",
        "duplicate records (n = 1), other methods",
        "records excluded (n = 1), other methods",
        "known to the reviewers (n = 1), other methods",
    ]


def test_an_update_has_its_previous_version_and_its_total(tmp_path: Path) -> None:
    review = SearchedReview(tmp_path / "tea")
    review.search("PubMed", range(3))
    review.decide("title", "exclude", 0)
    review.record("alpha")
    review.record("beta")
    review.release("1.0.0")
    (review.folder / "studies/beta.yaml").unlink()
    review.search("PubMed", [0, 1, 7], day="2026-06-01")
    works = review.works()
    flow = updated_flow(works, works.releases[0])
    found = numbers(flow_as_csv(flow))
    wanted = {
        "previous_studies": "2",
        "previous_reports": "2",
        "database_results": "3",
        "duplicates": "2",
        "new_studies": "0",
        "total_studies": "1",
        "total_reports": "1",
    }
    assert {name: found[name] for name in wanted} == wanted
    assert list(without_a_box(flow)) == [
        "awaiting in the previous version (n = 2), databases and registers",
        "records awaiting screening (n = 3), databases and registers",
        "studies no longer included (n = 1), databases and registers",
        "reports of them (n = 1), databases and registers",
    ]


def test_rows_with_a_node_have_a_tooltip_and_a_page_and_others_have_none(tmp_path: Path) -> None:
    review = SearchedReview(tmp_path / "tea")
    review.search("PubMed", [0])
    made = rows(flow_as_csv(whole_flow(review.works())))
    by_data = {row["data"]: row for row in made}
    assert len(made) == 32
    assert "\r" not in flow_as_csv(whole_flow(review.works()))
    assert by_data["duplicates"] == {
        "data": "duplicates",
        "node": "node8",
        "box": "box3",
        "description": "Duplicate records",
        "boxtext": "Duplicate records",
        "tooltips": "Duplicate records",
        "url": "duplicates.html",
        "n": "0",
    }
    assert (by_data["excluded_other"]["tooltips"], by_data["excluded_other"]["url"]) == ("NA", "NA")
    assert made[0]["url"] == "prevstud.html"
