"""What a run says of itself and its records, and from which day the next one asks."""

from __future__ import annotations

import datetime
import json
from dataclasses import replace

import pytest

from evidence.literature.searches.search_log import SearchRun
from evidence.literature.searches.updating_searches import UpdatedSearch, first_day, update_searches
from tests.evidence.literature.searches.loopback import sent
from tests.evidence.literature.searches.settings import DAY, Setting, saved


def test_the_place_of_a_record_counts_those_that_cannot_be_read(setting: Setting) -> None:
    said = [{"id": "1"}, {"id": "2", "title": "Iron"}, {"id": "2", "title": "Iron"}, {"id": "3"}]
    results = [*said, {"id": "4", "title": "Zinc for young athletes"}]
    answer = {"hitCount": 4, "nextCursorMark": "*", "resultList": {"result": results}}
    setting.services.faults = [sent(json.dumps(answer).encode())]
    (done,) = setting.update(saved("Europe PMC"))
    assert done.run is not None
    assert (done.run.read, done.run.unreadable, done.run.found, done.run.complete) == (2, 2, 4, True)
    assert sorted(source.line for each in done.new for source in each.sources) == [2, 4]


def test_records_without_a_number_are_all_kept(setting: Setting) -> None:
    items = [{"title": ["Iron"]}, {"title": ["Zinc for young athletes"]}]
    setting.services.faults = [sent(json.dumps({"message": {"total-results": 2, "items": items}}).encode())]
    (done,) = setting.update(saved("Crossref"))
    assert done.run is not None
    assert (done.run.read, done.run.found, done.run.complete, done.error) == (2, 2, True, "")


def test_a_run_says_the_second_and_a_search_that_was_not_asked_says_nothing(
    setting: Setting, monkeypatch: pytest.MonkeyPatch
) -> None:
    (done,) = setting.update(saved("Crossref"))
    assert done.run is not None
    assert done.run.run.microsecond == 0
    monkeypatch.delenv("OPENALEX_API_KEY")
    (none,) = setting.update(saved("OpenAlex"))
    assert none.error.startswith("OpenAlex answers only with a key")
    assert replace(none, error="") == UpdatedSearch(none.search, None, (), 0, (), "", False, 0)
    assert (done.joined, done.unreachable, done.waiting) == (0, False, 0)


def test_a_run_that_begins_anew_is_told_from_none_on(setting: Setting) -> None:
    setting.services.per_page = 2
    setting.services.faults = [None] + [sent(b"oops", 500)] * 6
    setting.update(saved("Crossref"))
    setting.services.faults = [sent(b"{}", 400)]
    told: list[tuple[int, int | None, str]] = []
    list(
        update_searches(
            setting.review,
            [saved("Crossref")],
            lambda *words: told.append(words),
            addresses=setting.services.addresses,
        )
    )
    fetching = [words[:2] for words in told if words[2] == "fetching crossref"]
    assert fetching == [(0, 5), (0, None), (2, 5), (4, 5), (5, 5)]


def test_the_next_run_goes_back_from_the_last_complete_one_of_the_same_query() -> None:
    search = saved("Crossref")
    run = SearchRun(
        id="a",
        run=datetime.datetime(2026, 11, 10, tzinfo=datetime.UTC),
        searched=DAY,
        source="Crossref",
        search="crossref",
        query="bone AND iron",
    )
    assert first_day(search, []) is None
    assert first_day(search, [run]) == datetime.date(2026, 10, 27)  # 14 days before
    earlier = replace(run, searched=DAY - datetime.timedelta(1))
    assert first_day(search, [run, earlier]) == datetime.date(2026, 10, 27)
    for other in ({"complete": False}, {"source": "PubMed"}, {"search": "x"}, {"query": "x"}):
        assert first_day(search, [earlier, replace(run, **other)]) == datetime.date(2026, 10, 26)
    for since, day in (("2026-10-26", "2026-10-27"), ("2026-10-28", "2026-10-28")):
        assert str(first_day(saved("Crossref", since=since), [run])) == day
    assert str(first_day(saved("Crossref", since="2020-01-01"), [])) == "2020-01-01"
