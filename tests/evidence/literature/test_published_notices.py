"""What holds of a paper after its notices, and whose notices they are."""

from __future__ import annotations

import datetime
from typing import Any

from evidence.literature.published_notices import Notice, NoticeIndex, paper, same_once, standing

DOI = "10.1000/a"


def notice(kind: str, day: str | None = None, **more: Any) -> Notice:
    about = {} if "doi" in more or "pmid" in more else {"doi": DOI}
    return Notice.model_validate({"kind": kind, "on": day, "source": "s", **about, **more})


def test_the_last_notice_but_corrections_says_what_holds() -> None:
    concern, retraction = notice("expression of concern", "2019-01-01"), notice("retraction", "2020-01-01")
    back, again = notice("reinstatement", "2021-01-01"), notice("retraction", "2022-01-01")
    correction = notice("correction", "2018-01-01")
    assert standing([]) == standing([]).__class__()
    found = standing([retraction, correction, concern])
    assert (found.retraction, found.concern, found.corrections) == (retraction, concern, (correction,))
    found = standing([back, retraction, concern, correction])
    assert (found.retraction, found.concern, found.reinstatement) == (None, None, back)
    assert found.corrections == (correction,)
    found = standing([again, back, retraction])
    assert (found.retraction, found.reinstatement) == (again, back)
    late = notice("expression of concern", "2023-01-01")
    assert standing([back, late]).concern == late
    assert standing([back, late]).reinstatement == back


def test_of_one_day_the_worse_holds_and_those_without_a_day_come_first() -> None:
    retraction, back = notice("retraction", "2020-01-01"), notice("reinstatement", "2020-01-01")
    assert standing([retraction, back]).retraction == retraction
    assert standing([back, retraction]).retraction == retraction
    undated = notice("retraction")
    assert standing([back, undated]).retraction is None
    assert standing([undated]).retraction == undated


def test_a_paper_is_found_by_its_doi_in_any_spelling_or_by_its_pubmed_number() -> None:
    by_doi, by_number = notice("retraction"), notice("correction", pmid=7)
    both = notice("retraction", doi="10.1000/b", pmid=8)
    index = NoticeIndex([by_doi, by_number, both])
    assert index.about("https://doi.org/10.1000/A.", None) == [by_doi]
    assert index.about(None, 7) == [by_number]
    assert index.about("10.1000/b", 8) == [both]
    assert index.about("10.1000/a", 7) == [by_doi, by_number]
    assert index.about("10.1000/a", 8) == [by_doi]  # the notice with this number names another paper
    assert index.about(None, 8) == [both]
    assert index.about("10.1000/preprint", None) == []
    assert index.about(None, None) == []
    assert index.about("no doi", None) == []


def test_a_notice_that_two_sources_tell_is_one() -> None:
    bare = notice("retraction", "2020-01-01", notice="10.1000/n")
    told = notice("retraction", "2020-01-01", notice="10.1000/n", reasons=["Error in Data"], source="t")
    other = notice("correction", "2019-01-01")
    assert list(same_once([bare, told, other])) == [other, told]
    assert list(same_once([told, bare, other])) == [other, told]
    assert NoticeIndex([bare, told]).about(DOI, None)[0].key == bare.key


def test_notices_stand_in_the_order_of_doi_number_day_kind_and_source() -> None:
    ordered = [
        notice("retraction", "2021-01-01", pmid=1),
        notice("retraction", "2020-01-01", pmid=2),
        notice("retraction", "2021-01-01"),
        notice("correction", "2020-01-01", pmid=1, doi=DOI),
        notice("retraction", "2020-01-01", pmid=1, doi=DOI, notice="10.1000/n", source="a"),
        notice("retraction", "2020-01-01", pmid=1, doi=DOI, notice="10.1000/m", source="b"),
        notice("retraction", "2019-01-01", doi="10.1000/b"),
    ]
    assert list(same_once(reversed(ordered))) == ordered


def test_cells_that_name_no_paper_give_none() -> None:
    assert paper("unavailable", "0") == (None, None)
    assert paper("", "") == (None, None)
    assert paper("https://doi.org/10.1000%2FABC", "0123") == ("10.1000/abc", 123)


def test_a_notice_knows_its_day_and_its_key() -> None:
    found = notice("retraction", "2020-02-01", notice="10.1000/n")
    assert found.on == datetime.date(2020, 2, 1)
    assert found.key == ("retraction", DOI, "10.1000/n", "2020-02-01")
    assert notice("retraction", pmid=7).key == ("retraction", "7", "", "")
