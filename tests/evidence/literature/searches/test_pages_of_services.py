"""One page of each service: where it ends, what leads on, and when it is refused or no whole answer."""

from __future__ import annotations

import datetime
import json
import re
from pathlib import Path
from typing import Any

import pytest

from evidence.literature.searches.service_requests import (
    Check,
    Parameters,
    RefusedQuestionError,
    ServiceError,
)
from evidence.literature.searches.services import crossref, europe_pmc, openalex, pubmed
from evidence.literature.searches.services.search_service import FIRST, json_answer, refuse_too_many, texts
from evidence.records.saved_searches import ServiceName
from tests.evidence.literature.searches.loopback import Work, article
from tests.evidence.literature.searches.recited import Recited, recited
from tests.evidence.literature.searches.settings import saved

PAGES = {"Europe PMC": europe_pmc.page, "Crossref": crossref.page, "OpenAlex": openalex.page}


def answer(name: ServiceName, found: Any, results: Any, following: str | None) -> dict[str, Any]:
    if name == "Europe PMC":
        return {"hitCount": found, "nextCursorMark": following, "resultList": {"result": results}}
    if name == "Crossref":
        return {"message": {"total-results": found, "next-cursor": following, "items": results}}
    return {"meta": {"count": found, "next_cursor": following}, "results": results}


@pytest.mark.parametrize("name", PAGES)
def test_a_page_without_results_is_the_last_and_holds_nothing(name: ServiceName) -> None:
    checked = 0
    for results, mark, following, leads_to in (
        ([{}], FIRST, "next", "next"),
        ([{}], "next", None, ""),
        ([], "next", "further", ""),
        ([], "next", "next", ""),
    ):
        given = answer(name, 7, results, following)
        page = PAGES[name](recited(name, given), saved(name), None, mark)
        assert (page.following, page.found, page.missing) == (leads_to, 7, 0)
        assert page.content == (json.dumps(given).encode() if results else b"")
        checked += 1
    assert checked == 4


def test_europe_pmc_ends_with_the_mark_that_asked_for_its_last_page() -> None:
    given = answer("Europe PMC", 7, [{"id": "5"}], "at-5")
    page = europe_pmc.page(recited("Europe PMC", given), saved("Europe PMC"), None, "at-5")
    assert (page.following, json_answer(page.content)) == ("", given)


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize(("found", "results"), [("7", []), (None, []), (True, []), (7, None), (7, {})])
def test_an_answer_without_a_count_and_a_list_is_not_whole(
    name: ServiceName, found: object, results: object
) -> None:
    with pytest.raises(ServiceError, match=f"{name} sends no results, or only half of an answer"):
        PAGES[name](recited(name, answer(name, found, results, "x")), saved(name), None, FIRST)


@pytest.mark.parametrize(
    ("said", "told"), [({"errMsg": "No query"}, ": No query"), ({"errCode": 404}, ""), ({"errCode": 0}, None)]
)
def test_europe_pmc_refuses_with_a_code_or_with_words(said: dict[str, Any], told: str | None) -> None:
    ask = recited("Europe PMC", said | answer("Europe PMC", 0, [], ""))
    if told is None:
        assert europe_pmc.page(ask, saved("Europe PMC"), None, FIRST).found == 0
        return
    with pytest.raises(RefusedQuestionError) as caught:
        europe_pmc.page(ask, saved("Europe PMC"), None, FIRST)
    assert str(caught.value) == f"Europe PMC refuses the query{told}"
    assert caught.value.status == 200  # in an answer that is good otherwise


def test_of_two_titles_or_identifiers_of_a_work_the_first_counts() -> None:
    work = {"title": "Iron", "display_name": "Zinc", "id": "https://openalex.org/W1"}
    (raw,) = openalex.read(json.dumps({"results": [work]}).encode())
    assert (raw.said["title"], raw.said["accession"]) == (["Iron"], ["W1"])
    item = {"DOI": ["10.1000/a", "10.1000/b"], "title": ["Iron"], "source": "Crossref"}
    (raw,) = crossref.read(json.dumps({"message": {"items": [item]}}).encode())
    assert raw.said["accession"] == ["10.1000/a"]
    assert "database" not in raw.said


def test_words_of_an_abstract_stand_at_whole_places_only() -> None:
    places: dict[str, Any] = {"iron": [1, 11], "Bone": [0], "x": [True], "y": ["2"], "z": 3, "and": [2]}
    work = {"title": "Iron", "abstract_inverted_index": places}
    (raw,) = openalex.read(json.dumps({"results": [work]}).encode())
    assert raw.said["abstract"] == ["Bone iron and iron"]


def test_a_search_may_find_a_hundred_thousand_records_and_no_more() -> None:
    refuse_too_many("PubMed", 100_000)
    with pytest.raises(
        RefusedQuestionError, match=r"PubMed finds 100,001 records, more than 100,000: narrow"
    ):
        refuse_too_many("PubMed", 100_001)


def test_texts_are_found_through_lists_and_numbers_are_texts() -> None:
    data = {"a": [{"b": ["x", "", 5, None, 1.5, {"c": 1}]}, "no", {"b": "y"}, {"c": "z"}]}
    assert texts(data, "a", "b") == ["x", "5", "y"]
    assert texts(data, "a", "b", "c") == ["1"]
    assert texts([data], "a") == []


def esearch(count: object, *numbers: object, more: str = "") -> bytes:
    ids = "".join(f"<Id> {each} </Id>" for each in numbers)
    return f"<eSearchResult><Count>{count}</Count><IdList>{ids}</IdList>{more}</eSearchResult>".encode()


def efetch(*works: Work) -> bytes:
    return f"<PubmedArticleSet>\n{''.join(map(article, works))}</PubmedArticleSet>".encode()


def test_numbers_of_pubmed_are_asked_for_in_their_order_and_what_is_none_is_left_out() -> None:
    ask = recited("PubMed", esearch(4, 100, 9, "x", 10))
    page = pubmed.page(ask, saved("PubMed"), None, FIRST)
    assert (page.following, page.found, page.content) == ("3,9,10,100", 3, b"")


def test_a_search_without_numbers_has_no_further_page() -> None:
    page = pubmed.page(recited("PubMed", esearch(0)), saved("PubMed"), None, FIRST)
    assert (page.following, page.found, page.content, page.remarks) == ("", 0, b"", ())


def test_what_pubmed_says_twice_is_told_once() -> None:
    more = "<E><PhraseNotFound>a</PhraseNotFound><PhraseNotFound>a</PhraseNotFound></E>"
    page = pubmed.page(recited("PubMed", esearch(1, 5, more=more)), saved("PubMed"), None, FIRST)
    assert page.remarks == ("PubMed has no record with 'a'",)


def test_a_batch_of_pubmed_is_two_hundred_numbers() -> None:
    works = [Work(n) for n in range(1, 202)]
    ask = recited("PubMed", efetch(*works[:200]), efetch(works[200]))
    mark = ",".join(map(str, (201, *(each.number for each in works))))
    first = pubmed.page(ask, saved("PubMed"), None, mark)
    assert (first.following, first.missing) == ("201,201", 0)
    last = pubmed.page(ask, saved("PubMed"), None, first.following)
    assert (last.following, last.missing) == ("", 0)
    assert [len(each["id"].split(",")) for each in ask.questions] == [200, 1]


def test_records_that_are_absent_are_asked_for_once_more_by_themselves() -> None:
    ask = recited("PubMed", efetch(Work(7)), efetch(Work(8)))
    page = pubmed.page(ask, saved("PubMed"), None, "3,7,8,9")
    assert [each["id"] for each in ask.questions] == ["7,8,9", "8,9"]
    assert (page.missing, page.remarks) == (1, ("PubMed gives no record of PMID 9",))
    assert [raw.said["pmid"][0] for raw in pubmed.read(page.content)] == ["7", "8"]


def test_a_record_that_names_another_number_is_not_the_one_of_that_number() -> None:
    wrong = efetch(Work(7)).replace(b"IdType='pubmed'>7<", b"IdType='pubmed'>8<")
    page = pubmed.page(recited("PubMed", wrong, efetch()), saved("PubMed"), None, "2,7,8")
    assert (page.missing, page.remarks) == (1, ("PubMed gives no record of PMID 8",))


def test_records_of_pubmed_know_their_lines() -> None:
    assert [raw.line for raw in pubmed.read(efetch(Work(7), Work(8)))] == [2, 3]


class Dated(Recited):
    """A PubMed with records of days, that a search asks for a hundred times at most."""

    days: dict[int, datetime.date]

    def ask(self, path: str, parameters: Parameters, check: Check, post: bool = False) -> bytes:
        assert len(self.questions) < 100
        found = re.search(r"(\d{4}/\d\d/\d\d):(\d{4}/\d\d/\d\d)\[crdt\]$", parameters["term"])
        first, last = found.groups() if found else ("", "9999")
        numbers = [n for n, day in self.days.items() if first <= f"{day:%Y/%m/%d}" <= last]
        self.answers = [esearch(len(numbers), *numbers[: pubmed.MOST_NUMBERS])]
        return super().ask(path, parameters, check, post)


def test_a_search_that_is_too_large_is_parted_in_halves_that_leave_out_no_day(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The middle by hand: the 550 years from 1900 on have 134 leap years, thus 200,884 days.

    That is half of the 401,767 days of 1,100 years, rounded up: the first half ends a day before.
    """
    monkeypatch.setattr("evidence.literature.searches.services.pubmed.MOST_NUMBERS", 2)
    ask = Dated("PubMed", "", 0.0)
    ends, begins = datetime.date(2449, 12, 31), datetime.date(2450, 1, 1)
    ask.days = {100: ends, 10: datetime.date(1900, 1, 1), 9: begins}
    page = pubmed.page(ask, saved("PubMed", query="bone"), None, FIRST)
    assert page.following == "3,9,10,100"
    assert [each["term"] for each in ask.questions] == [
        "bone",
        "(bone) AND 1900/01/01:3000/01/01[crdt]",
        "(bone) AND 1900/01/01:2449/12/31[crdt]",
        "(bone) AND 2450/01/01:3000/01/01[crdt]",
    ]


def test_a_day_with_more_records_than_one_search_gives_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("evidence.literature.searches.services.pubmed.MOST_NUMBERS", 2)
    ask = Dated("PubMed", "", 0.0)
    day = datetime.date(2020, 2, 29)
    ask.days = dict.fromkeys((1, 2), day) | {3: day + datetime.timedelta(1), 4: day - datetime.timedelta(1)}
    assert pubmed.page(ask, saved("PubMed"), None, FIRST).following == "4,1,2,3,4"
    ask.days[5] = day
    with pytest.raises(RefusedQuestionError, match=r"3 records made on 2020-02-29, and gives only 2 at once"):
        pubmed.page(ask, saved("PubMed"), None, FIRST)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"<eSearchResult><Count>x</Count></eSearchResult>", "breaks off in the middle of an answer"),
        (b"<eSearchResult><IdList/></eSearchResult>", "breaks off in the middle of an answer"),
        (b"<eSearchResult/>", "breaks off in the middle of an answer"),
        (b"<eFetchResult><Count>1</Count></eFetchResult>", "sends no result of a search"),
        (b"<eFetchResult><ERROR>no</ERROR></eFetchResult>", "sends no result of a search"),
        (b"<eFetchResult>Server Error</eFetchResult>", "is busy"),
        (b"temporarily unavailable", "is busy"),
        (b"<eSearchResult><ERROR>rate limit</ERROR></eSearchResult>", "is busy: rate limit"),
        (b"<eSearchResult><ERROR>Bad term</ERROR></eSearchResult>", "refuses the query: Bad term"),
    ],
)
def test_a_search_of_pubmed_that_brings_no_numbers_says_why(content: bytes, says: str) -> None:
    with pytest.raises(ServiceError) as caught:
        pubmed.page(recited("PubMed", content), saved("PubMed"), None, FIRST)
    assert str(caught.value) == f"PubMed {says}"
    assert isinstance(caught.value, RefusedQuestionError) == says.startswith("refuses")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"<PubmedArticleSet/>", ""),
        (b"<PubmedArticleSet></PubmedArticleSet>\n ", ""),
        (b"<PubmedArticleSet>", "breaks off in an answer"),
        (b"<ERROR>no</ERROR>", "sends no records: no"),
        (b"no", "sends no records"),
    ],
)
def test_records_of_pubmed_that_break_off_are_none(content: bytes, says: str) -> None:
    if not says:
        assert pubmed.page(recited("PubMed", content), saved("PubMed"), None, "1,5").missing == 1
        return
    with pytest.raises(ServiceError) as caught:
        pubmed.page(recited("PubMed", content), saved("PubMed"), None, "1,5")
    assert str(caught.value) == f"PubMed {says}"


def test_entities_of_an_answer_are_not_expanded_and_its_dtd_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "bad.dtd").write_text("<!ELEMENT")
    inside = f'<!DOCTYPE eSearchResult SYSTEM "{(tmp_path / "bad.dtd").as_uri()}" [<!ENTITY seven "7">]>'
    ask = recited("PubMed", inside.encode() + esearch(2, "&seven;", 8))
    assert pubmed.page(ask, saved("PubMed"), None, FIRST).following == "1,8"
