"""Saved searches run again, on services of the loopback interface."""

from __future__ import annotations

import datetime
import json

import pytest

from evidence.literature.citation_store import StoreError
from evidence.literature.searches.fetched_pages import FetchedRun, fetching_alone
from evidence.literature.searches.search_log import read_runs
from evidence.literature.searches.updating_searches import update_searches
from evidence.records.saved_searches import ServiceName
from tests.evidence.literature.searches.loopback import (
    Work,
    sent,
)
from tests.evidence.literature.searches.settings import DAY, SERVICE_NAMES, Setting, saved


@pytest.mark.parametrize("name", SERVICE_NAMES)
def test_a_first_run_brings_everything_and_a_second_what_is_new(setting: Setting, name: ServiceName) -> None:
    search = saved(name)
    (done,) = setting.update(search)
    assert (done.error, len(done.new), done.joined) == ("", 5, 0)
    (run,) = read_runs(setting.review)
    assert done.run == run
    assert (run.source, run.search, run.query, run.file) == (name, search.name, "bone AND iron", search.name)
    assert (run.searched, run.since, run.complete) == (DAY, None, True)
    assert (run.found, run.read, run.known, run.unreadable) == (5, 5, 0, 0)
    found = setting.citations()
    assert [each.doi for each in found] == [f"10.1000/w{n}" for n in range(1, 6)]
    assert len(run.id) == 12
    assert len(run.digest) == 64
    (source,) = found[2].sources
    assert (source.file, source.line, source.database, source.search) == (search.name, 3, name, run.id)
    assert found[0].title.startswith("Hemoglobin and bone loss, part 1 of a long series & more")
    assert (found[0].year, found[0].journal, found[0].volume) == (2026, "Journal of Bone", "7")
    before = setting.files()

    setting.services.works.append(Work(9, datetime.date(2026, 11, 20)))
    (done,) = setting.update(search, today=datetime.date(2026, 11, 30))
    assert [each.doi for each in done.new] == ["10.1000/w9"]
    run = read_runs(setting.review)[1]
    overlap = 365 if name == "OpenAlex" else 14
    assert run.since == DAY - datetime.timedelta(days=overlap)
    assert (run.found, run.read, run.known, run.complete) == (1, 1, 5, True)
    assert setting.files()["citations.jsonl"].startswith(before["citations.jsonl"])
    assert not (setting.review / "literature" / ".fetched" / search.name).exists()


def test_only_what_was_entered_since_is_asked_for(setting: Setting) -> None:
    setting.services.works = [Work(1, datetime.date(2020, 1, 1)), Work(2)]
    (done,) = setting.update(saved(since="2026-01-01"))
    assert [each.doi for each in done.new] == ["10.1000/w2"]
    (run,) = read_runs(setting.review)
    assert str(run.since) == "2026-01-01"
    terms = [given["term"] for path, given in setting.services.asked if path.endswith("esearch.fcgi")]
    dates = "2026/01/01:3000[crdt] OR 2026/01/01:3000[edat] OR 2026/01/01:3000[mhda]"
    assert terms == [f"(bone AND iron) AND ({dates})"]
    setting.update(saved(since="2026-11-05"), today=datetime.date(2026, 12, 1))
    assert str(read_runs(setting.review)[1].since) == "2026-11-05"  # not before the search's own day


QUESTIONS: dict[ServiceName, dict[str, str]] = {
    "PubMed": {
        "tool": "living-synthesis",
        "db": "pubmed",
        "term": "(bone) AND (2026/01/02:3000[crdt] OR 2026/01/02:3000[edat] OR 2026/01/02:3000[mhda])",
        "retmax": "9999",
        "retmode": "xml",
    },
    "Europe PMC": {
        "query": "(bone) AND (FIRST_IDATE:[2026-01-02 TO 3000-12-31])",
        "resultType": "core",
        "format": "json",
        "pageSize": "500",
        "cursorMark": "*",
    },
    "Crossref": {
        "query.bibliographic": "bone",
        "rows": "200",
        "cursor": "*",
        "sort": "created",
        "order": "asc",
        "filter": "x:y,from-created-date:2026-01-02",
    },
    "OpenAlex": {
        "api_key": "k3y-of-openalex",
        "search": "bone",
        "per_page": "100",
        "cursor": "*",
        "filter": "x:y,from_publication_date:2026-01-02",
    },
}


@pytest.mark.parametrize("name", SERVICE_NAMES)
def test_a_question_has_the_words_of_the_service(setting: Setting, name: ServiceName) -> None:
    more = {"filter": "x:y"} if name in ("Crossref", "OpenAlex") else {}
    (done,) = setting.update(saved(name, query="bone", since="2026-01-02", **more))
    assert setting.services.asked[0][1] == QUESTIONS[name]
    assert done.run is not None
    assert done.run.query == ("bone | x:y" if more else "bone")
    (done,) = setting.update(saved(name, query="zinc"))
    assert "2026" not in str(setting.services.asked[-1][1])


def test_another_query_under_the_same_name_begins_from_the_beginning(setting: Setting) -> None:
    setting.update(saved("Crossref"))
    for more in ({"query": "bone"}, {"filter": "type:journal-article"}):
        (done,) = setting.update(saved("Crossref", **more))
        assert done.run is not None
        assert (done.run.since, done.run.known, done.run.read) == (None, 5, 0)
    assert read_runs(setting.review)[0].complete
    assert {each.query for each in read_runs(setting.review)} == {
        "bone AND iron",
        "bone",
        "bone AND iron | type:journal-article",
    }
    assert setting.services.asked[-1][1]["filter"] == "type:journal-article"


def test_the_same_search_on_the_same_day_is_logged_once_if_nothing_came(setting: Setting) -> None:
    for name in SERVICE_NAMES:
        setting.update(saved(name))
        before = setting.files()
        (done,) = setting.update(saved(name))
        assert done.run is not None
        assert (done.run.known, done.run.read, done.error) == (5, 0, "")
        assert set(setting.services.methods) == {"POST" if name == "PubMed" else "GET"}
        setting.services.methods.clear()
        assert setting.files() == before
    setting.services.works.append(Work(6))
    (done,) = setting.update(saved("PubMed"))
    assert len(read_runs(setting.review)) == 5
    setting.update(saved("PubMed"), today=DAY + datetime.timedelta(days=1))
    assert len(read_runs(setting.review)) == 6  # searched to a later day


def test_services_of_one_review_join_their_records(setting: Setting) -> None:
    done = setting.update(*map(saved, SERVICE_NAMES))
    assert [(len(each.new), each.joined) for each in done] == [(5, 0), (0, 5), (0, 5), (0, 5)]
    assert {len(each.sources) for each in setting.citations()} == {4}
    assert len(setting.citations()) == 5
    (abstract,) = {each.abstract for each in setting.citations()[0].records() if "and" in each.abstract}
    assert abstract == "Bone and Bone"  # from the places of its words


def test_an_update_tells_how_far_it_has_come(setting: Setting) -> None:
    setting.services.per_page = 2
    told: list[tuple[int, int | None, str]] = []
    services = setting.services.addresses
    for search in (saved("Crossref"), saved("PubMed", query="zinc")):
        list(update_searches(setting.review, [search], lambda *words: told.append(words), addresses=services))
    assert [words for words in told if words[2].startswith("fetching")] == [
        *((done, total, "fetching crossref") for done, total in ((0, None), (2, 5), (4, 5), (5, 5))),
        *((done, total, "fetching pubmed") for done, total in ((0, None), (0, 5))),
    ]
    assert any(words[2] == "comparing records" for words in told)


def test_a_search_without_results_is_a_run_too(setting: Setting) -> None:
    setting.services.works = []
    done = setting.update(*map(saved, SERVICE_NAMES))
    assert [(each.error, len(each.new)) for each in done] == [("", 0)] * 4
    runs = read_runs(setting.review)
    assert [(run.found, run.read, run.complete) for run in runs] == [(0, 0, True)] * 4
    assert setting.citations() == []
    assert (setting.review / "literature" / ".gitattributes").is_file()


@pytest.mark.parametrize("name", SERVICE_NAMES)
def test_many_results_come_page_by_page(
    setting: Setting, name: ServiceName, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("evidence.literature.searches.services.pubmed.BATCH", 2)
    setting.services.per_page = 2
    (done,) = setting.update(saved(name))
    assert (done.error, len(done.new)) == ("", 5)
    places = sorted(source.line for each in done.new for source in each.sources)
    assert places == [1, 2, 3, 4, 5]
    assert len(setting.services.asked) >= 3


def test_a_broken_run_goes_on_with_its_next_page(setting: Setting, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("evidence.literature.searches.services.pubmed.BATCH", 2)
    setting.services.per_page = 2
    checked = 0
    for name in SERVICE_NAMES:
        whole, broken = (
            Setting(setting.review / f"{name}-{n}", setting.services, setting.clock) for n in (1, 2)
        )
        for each in (whole, broken):
            each.review.mkdir()
        whole.update(saved(name))
        setting.services.asked.clear()
        setting.services.faults = [None, None] + [sent(b"oops", 500)] * 6
        (done,) = broken.update(saved(name))
        assert (done.run, read_runs(broken.review), broken.citations()) == (None, (), [])
        assert done.waiting == (2 if name == "PubMed" else 4)
        before = len(setting.services.asked)
        (done,) = broken.update(saved(name), today=DAY + datetime.timedelta(days=3))
        assert (done.error, len(done.new)) == ("", 5)
        assert len(setting.services.asked) - before == 2
        assert read_runs(broken.review)[0].searched == DAY  # when it was first asked
        files = whole.files()
        assert broken.files()["citations.jsonl"] == files["citations.jsonl"]
        assert broken.files()["abstracts.jsonl"] == files["abstracts.jsonl"] if name != "Crossref" else True
        checked += 1
    assert checked == 4


def test_a_cursor_that_was_forgotten_begins_the_run_anew(
    setting: Setting, monkeypatch: pytest.MonkeyPatch
) -> None:
    setting.services.per_page = 2
    for name in ("Crossref", "Europe PMC"):
        setting.services.faults = [None] + [sent(b"oops", 500)] * 6
        (done,) = setting.update(saved(name))
        assert done.waiting == 2
        setting.services.forgotten = {"at-2"}
        (done,) = setting.update(saved(name), today=DAY + datetime.timedelta(days=2))
        assert (
            "400" in done.error or "Invalid cursorMark" in done.error
        )  # forgotten even when fresh: told once
        setting.services.forgotten = set()
        setting.services.faults = [None] + [sent(b"oops", 500)] * 6
        setting.update(saved(name))
        setting.services.faults = [sent(b'{"errCode": 1, "errMsg": "cursor"}', 400)]
        (done,) = setting.update(saved(name), today=DAY + datetime.timedelta(days=2))
        assert (done.error, done.run is not None) == ("", True)
        assert done.run is not None
        assert done.run.searched == DAY + datetime.timedelta(days=2)
        assert done.run.read + done.run.known == 5


def test_a_changed_search_does_not_go_on_with_the_pages_of_another(setting: Setting) -> None:
    setting.services.per_page = 2
    setting.services.faults = [None] + [sent(b"oops", 500)] * 6
    setting.update(saved("Europe PMC"))
    (done,) = setting.update(saved("Europe PMC", query="zinc"))
    assert done.run is not None
    assert (done.run.query, done.run.found, done.run.read) == ("zinc", 5, 5)


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"asked": 5}', '{"mark": "x", "remarks": []}'])
def test_damaged_pages_are_fetched_again(setting: Setting, damage: str) -> None:
    setting.services.per_page = 2
    setting.services.faults = [None] + [sent(b"oops", 500)] * 6
    setting.update(saved("Europe PMC"))
    (setting.review / "literature" / ".fetched" / "europe-pmc" / "run.json").write_text(damage)
    (done,) = setting.update(saved("Europe PMC"))
    assert (done.error, len(done.new)) == ("", 5)


def test_a_page_that_somebody_deleted_is_named(setting: Setting) -> None:
    setting.services.per_page = 2
    setting.services.faults = [None] + [sent(b"oops", 500)] * 6
    setting.update(saved("Europe PMC"))
    folder = setting.review / "literature" / ".fetched" / "europe-pmc"
    (folder / "000001.page").unlink()
    with pytest.raises(StoreError, match=r"000001.page': no such file or directory; delete '.*europe-pmc'"):
        setting.update(saved("Europe PMC"))


def test_records_that_are_counted_and_never_given_make_a_run_incomplete(setting: Setting) -> None:
    setting.services.lost = {3}
    (done,) = setting.update(saved("Crossref"))
    assert done.run is not None
    assert (done.run.complete, done.run.read, done.run.found) == (False, 4, 5)
    assert done.error == "Crossref found 5 and gave 4 of them"
    assert len(setting.citations()) == 4  # what came is kept
    setting.services.lost = set()
    (done,) = setting.update(saved("Crossref"), today=DAY + datetime.timedelta(days=30))
    assert done.run is not None
    assert (done.run.since, done.run.complete, done.run.read, done.run.known) == (None, True, 1, 4)
    assert done.run.found == 1


def test_a_run_adds_up_where_more_came_than_were_counted(setting: Setting) -> None:
    results = [{"id": str(n), "source": "MED", "title": f"Title {n}"} for n in range(3)] + [{"id": "9"}]
    for found in (results, []):
        answer = {"hitCount": 2, "nextCursorMark": "at-3", "resultList": {"result": found}}
        setting.services.faults.append(sent(json.dumps(answer).encode()))
    (done,) = setting.update(saved("Europe PMC"))
    assert done.run is not None
    assert (done.run.found, done.run.read, done.run.unreadable, done.run.complete) == (4, 3, 1, True)
    assert sorted(source.line for each in done.new for source in each.sources) == [1, 2, 3]


def test_numbers_that_pubmed_has_no_record_of_are_named(setting: Setting) -> None:
    setting.services.lost = {3}
    (done,) = setting.update(saved("PubMed"))
    assert done.run is not None
    assert (done.run.complete, done.run.read, done.run.unreadable, done.run.found) == (True, 4, 1, 5)
    assert done.remarks == ("PubMed gives no record of PMID 3",)
    fetched = [given["id"] for path, given in setting.services.asked if path.endswith("efetch.fcgi")]
    assert fetched == ["1,2,3,4,5", "3"]
    assert set(setting.services.methods) == {"POST"}  # no key and no number stands in an address


def test_a_large_search_of_pubmed_is_parted_by_days(
    setting: Setting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("evidence.literature.searches.services.pubmed.MOST_NUMBERS", 10)
    setting.services.most = 10
    first = datetime.date(2020, 1, 1)
    setting.services.works = [Work(n, first + datetime.timedelta(days=n % 8)) for n in range(1, 41)]
    (done,) = setting.update(saved("PubMed"))
    assert (done.error, len(done.new)) == ("", 40)
    parted = [given["term"] for _, given in setting.services.asked if "term" in given][1:]
    assert parted[0] == "(bone AND iron) AND 1900/01/01:3000/01/01[crdt]"
    assert 4 <= len(parted) <= 60
    setting.services.works = [Work(n, first) for n in range(1, 101)]
    (done,) = setting.update(saved("PubMed", query="other"))
    says = "PubMed finds 100 records made on 2020-01-01, and gives only 10 at once; narrow the query"
    assert (done.error, done.run) == (says, None)


def test_a_search_that_finds_more_than_a_review_holds_is_refused(
    setting: Setting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("evidence.literature.searches.services.search_service.MOST_FOUND", 4)
    for name, done in zip(SERVICE_NAMES, setting.update(*map(saved, SERVICE_NAMES)), strict=True):
        says = f"{name} finds 5 records, more than 4: narrow the query, or write a day behind 'since'"
        assert (done.error, done.run) == (says, None)
    assert not any(path.endswith("efetch.fcgi") for path in setting.services.paths())


def test_a_query_may_hold_the_words_of_a_fault(setting: Setting) -> None:
    (done,) = setting.update(saved("PubMed", query="rate limit AND Server Error"))
    assert (done.error, len(done.new)) == ("", 5)


def test_what_a_service_said_is_told_of_a_broken_run_too(setting: Setting) -> None:
    said = b"<eSearchResult><Count>1</Count><IdList><Id>1</Id></IdList><PhraseIgnored>of</PhraseIgnored>"
    setting.services.faults = [sent(said + b"</eSearchResult>"), *[sent(b"", 500)] * 6]
    (done,) = setting.update(saved("PubMed"))
    assert (done.run, done.remarks) == (None, ("PubMed passes over 'of'",))
    (done,) = setting.update(saved("PubMed"))
    assert (done.error, done.remarks) == ("", ("PubMed passes over 'of'",))


def test_words_that_pubmed_does_not_know_are_told(setting: Setting) -> None:
    said = (
        b"<eSearchResult><Count>0</Count><IdList/><ErrorList><PhraseNotFound>abcXYZ</PhraseNotFound>"
        b'<FieldNotFound>bon</FieldNotFound></ErrorList><WarningList><QuotedPhraseNotFound>"a b"'
        b"</QuotedPhraseNotFound><PhraseIgnored>of</PhraseIgnored><OutputMessage>No items found."
        b"</OutputMessage></WarningList></eSearchResult>"
    )
    setting.services.faults = [sent(said)]
    (done,) = setting.update(saved("PubMed"))
    assert done.remarks == (
        "PubMed has no record with 'abcXYZ'",
        "PubMed has no record with the phrase '\"a b\"'",
        "PubMed has no field 'bon'",
        "PubMed passes over 'of'",
    )
    assert done.error == ""


def test_two_updates_at_once_are_refused(setting: Setting, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("evidence.literature.citation_store.time", setting.clock)
    with (
        fetching_alone(setting.review),
        pytest.raises(StoreError, match=r"\.fetched' is used by another update; wait for its end"),
    ):
        setting.update(saved("PubMed"))
    assert setting.clock.waited == [0.05]  # no patience
    (done,) = setting.update(saved("PubMed"))
    assert done.error == ""
    assert (setting.review / "literature" / ".fetched" / ".gitignore").read_text() == "*\n"


def test_a_run_that_was_written_and_not_cleared_away_is_cleared_away_and_asked_anew(
    setting: Setting, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(run: FetchedRun) -> None:
        if run.folder.exists():
            raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(FetchedRun, "forget", killed)  # behind the log
        with pytest.raises(KeyboardInterrupt):
            setting.update(saved("Europe PMC"))
    folder = setting.review / "literature" / ".fetched" / "europe-pmc"
    assert (folder / "run.json").exists()
    setting.services.asked.clear()
    (done,) = setting.update(saved("Europe PMC"), today=DAY + datetime.timedelta(days=1))
    assert done.run is not None
    assert (done.run.searched, done.run.read, done.run.known) == (DAY + datetime.timedelta(days=1), 0, 5)
    assert len(setting.services.asked) == 2  # the results, and that there are no more
    assert [run.read for run in read_runs(setting.review)] == [5, 0]
    assert len(setting.citations()) == 5
    assert not folder.exists()


def test_a_run_that_is_fetched_and_not_written_is_not_fetched_again(setting: Setting) -> None:
    setting.services.per_page = 2
    setting.services.faults = [None, None, None, *[sent(b"oops", 500)] * 6]
    setting.update(saved("Europe PMC"))
    path = setting.review / "literature" / ".fetched" / "europe-pmc" / "run.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "mark": ""}))
    setting.services.asked.clear()
    (done,) = setting.update(saved("Europe PMC"))
    assert (done.error, len(done.new), setting.services.asked) == ("", 5, [])
