"""Saved searches run again, on services of the loopback interface."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from evidence.literature.citation import Citation
from evidence.literature.citation_store import StoreError, read_citations
from evidence.literature.duplicates.deduplicating import NOTHING_DECIDED
from evidence.literature.searches.fetched_pages import fetching_alone
from evidence.literature.searches.search_log import read_runs
from evidence.literature.searches.updating_searches import UpdatedSearch, update_searches
from evidence.records.saved_searches import SavedSearch, ServiceName
from tests.evidence.literature.searches.loopback import (
    Services,
    Work,
    half,
    nothing,
    sent,
    services_running,
)

DAY = datetime.date(2026, 11, 10)
SERVICE_NAMES: tuple[ServiceName, ...] = ("PubMed", "Europe PMC", "Crossref", "OpenAlex")


@dataclass
class Clock:
    """Time that passes only where somebody waits."""

    now: float = 1_000.0
    waited: list[float] = field(default_factory=list)

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        self.waited.append(seconds)


@dataclass
class Setting:
    """A review and the services that it asks."""

    review: Path
    services: Services
    clock: Clock

    def update(self, *searches: SavedSearch, today: datetime.date = DAY) -> list[UpdatedSearch]:
        return list(
            update_searches(
                self.review,
                searches,
                addresses=self.services.addresses,
                today=today,
            )
        )

    def citations(self) -> list[Citation]:
        return read_citations(self.review, NOTHING_DECIDED)

    def files(self) -> dict[str, bytes]:
        """What git sees of the literature."""
        folder = self.review / "literature"
        return {each.name: each.read_bytes() for each in folder.iterdir() if each.suffix == ".jsonl"}


@pytest.fixture
def setting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Setting]:
    for name in ("NCBI_API_KEY", "SYNTHESIS_EMAIL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("OPENALEX_API_KEY", "k3y-of-openalex")
    clock = Clock()
    monkeypatch.setattr("evidence.literature.searches.service_requests.time", clock)
    with services_running([Work(number) for number in range(1, 6)]) as services:
        yield Setting(tmp_path, services, clock)


def saved(service: ServiceName = "PubMed", **more: object) -> SavedSearch:
    given = {"name": service.lower().replace(" ", "-"), "service": service, "query": "bone AND iron", **more}
    return SavedSearch.model_validate(given)


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
    assert (run.found, run.read, run.known, run.complete) == (6, 1, 5, True)
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


PASSING = {
    "busy": sent(b"{}", 429),
    "fault": sent(b"oops", 503),
    "gateway": sent(b"<html>502</html>", 502),
    "page": sent(b"<!DOCTYPE html><html>Log in to the hotel</html>"),
    "empty": sent(b""),
    "closed": nothing,
    "rate": sent(b'{"error":"API rate limit exceeded","api-key":"203.0.113.9","count":"4","limit":"3"}'),
    "other": sent(b'{"hello": 1}'),
    "text": sent(b"Error occurred: Unable to obtain query #1"),
    "short": sent(b'{"message": {"items": []', length=900),
    "cut": sent(b'{"resultList": {"result": [{"id": "1"'),
    "cut xml": sent(b"<PubmedArticleSet><PubmedArticle><MedlineCitation>"),
    "backend": sent(b"<eSearchResult><ERROR>Search Backend failed: timeout</ERROR></eSearchResult>"),
}


@pytest.mark.parametrize("kind", sorted(PASSING))
def test_a_service_that_stumbles_is_asked_again(setting: Setting, kind: str) -> None:
    checked = 0
    for name in SERVICE_NAMES:
        review = setting.review / name.replace(" ", "")
        review.mkdir()
        setting.services.faults = [PASSING[kind], PASSING[kind]]
        setting.clock.waited.clear()
        (done,) = Setting(review, setting.services, setting.clock).update(saved(name))
        assert (done.error, len(done.new)) == ("", 5)
        assert setting.clock.waited[:2] == [1, 2]
        checked += 1
    assert checked == 4


def test_a_body_that_is_cut_is_asked_for_again(setting: Setting) -> None:
    whole = sent(json.dumps({"resultList": {"result": [{"id": "1", "title": "x" * 900}]}}).encode())
    setting.services.faults = [half(whole)]
    (done,) = setting.update(saved("Europe PMC"))
    assert (done.error, len(done.new)) == ("", 5)
    articles = sent(b"<PubmedArticleSet>" + b"<PubmedArticle>" * 100 + b"</PubmedArticleSet>")
    setting.services.faults = [None, half(articles)]
    (done,) = setting.update(saved("PubMed"))
    assert (done.error, done.joined) == ("", 5)


def test_a_service_that_asks_to_wait_is_waited_for(setting: Setting) -> None:
    soon = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=60)
    setting.services.faults = [
        sent(b"{}", 429, Retry_After="7"),
        sent(b"{}", 503, Retry_After=soon.strftime("%a, %d %b %Y %H:%M:%S GMT")),
        sent(b"{}", 503, Retry_After="soon"),
    ]
    (done,) = setting.update(saved("Crossref"))
    assert done.error == ""
    first, second, third = setting.clock.waited[:3]
    assert (first, third) == (7, 4)
    assert 40 < second <= 60
    setting.services.faults = [sent(b'{"message": "Daily limit"}', 429, Retry_After="7200")]
    (done,) = setting.update(saved("OpenAlex"))
    says = "OpenAlex answers 429: Daily limit and asks to wait for 120 minutes; try again then"
    assert (done.error, done.run) == (says, None)
    assert max(setting.clock.waited) <= 60


def test_a_service_that_goes_on_stumbling_is_told_and_nothing_is_logged(setting: Setting) -> None:
    setting.services.faults = [sent(b"oops", 500)] * 6
    first, second = setting.update(saved("Crossref"), saved("PubMed"))
    assert first.error == "Crossref answers 500, 6 times; try again later"
    assert (first.run, first.new, first.waiting, first.unreachable) == (None, (), 0, False)
    assert (second.error, len(second.new)) == ("", 5)  # the others are asked
    assert setting.clock.waited[:5] == [1, 2, 4, 8, 16]
    assert [run.source for run in read_runs(setting.review)] == ["PubMed"]


@pytest.mark.parametrize(
    ("name", "fault", "says"),
    [
        (
            "Crossref",
            sent(b'{"status":"failed","message":[{"type":"x","message":"Filter foo is unknown"}]}', 400),
            "Crossref answers 400: Filter foo is unknown",
        ),
        ("OpenAlex", sent(b'{"error":"Invalid","message":"Bad key"}', 403), "OpenAlex answers 403: Bad key"),
        (
            "Europe PMC",
            sent(b'{"errCode":404,"errMsg":"No query"}'),
            "Europe PMC refuses the query: No query",
        ),
        (
            "PubMed",
            sent(b"<eSearchResult><ERROR>Empty <b>term</b></ERROR><ERROR>Bad term</ERROR></eSearchResult>"),
            "PubMed refuses the query: Bad term",
        ),
        (
            "PubMed",
            sent(b'{"error":"API key invalid","api-key":"x"}', 400),
            "PubMed answers 400: API key invalid",
        ),
    ],
)
def test_a_refused_question_is_told_once(
    setting: Setting, name: ServiceName, fault: object, says: str
) -> None:
    setting.services.faults = [fault]  # type: ignore[list-item]
    (done,) = setting.update(saved(name))
    assert (done.error, done.run) == (says, None)
    assert len(setting.services.asked) == 1
    assert "\n" not in done.error


def test_without_a_network_one_sentence_says_so(setting: Setting) -> None:
    with services_running() as gone:
        setting.services.address = gone.address
    done = setting.update(*map(saved, SERVICE_NAMES))
    for each in done:
        host = setting.services.address.removeprefix("http://")
        assert each.error == f"{each.search.service} ({host}) cannot be reached: has no connection"
        assert each.unreachable
    assert setting.clock.waited == [1, 2] * 4  # three tries each
    assert read_runs(setting.review) == ()


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


def test_numbers_that_pubmed_has_no_record_of_are_named(setting: Setting) -> None:
    setting.services.lost = {3}
    (done,) = setting.update(saved("PubMed"))
    assert done.run is not None
    assert (done.run.complete, done.run.read, done.run.unreadable, done.run.found) == (True, 4, 1, 5)
    assert done.remarks == ("PubMed gives no record of PMID 3",)
    fetched = [given["id"] for path, given in setting.services.asked if path.endswith("efetch.fcgi")]
    assert fetched == ["1,2,3,4,5", "3"]


def test_a_large_search_of_pubmed_is_parted_by_days(
    setting: Setting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("evidence.literature.searches.services.pubmed.MOST_NUMBERS", 10)
    setting.services.most = 10
    first = datetime.date(2020, 1, 1)
    setting.services.works = [Work(n, first + datetime.timedelta(days=n % 40)) for n in range(1, 101)]
    (done,) = setting.update(saved("PubMed"))
    assert (done.error, len(done.new)) == ("", 100)
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


def test_keys_and_addresses_are_sent_and_never_told_or_stored(
    setting: Setting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NCBI_API_KEY", " s3cret-key ")
    monkeypatch.setenv("SYNTHESIS_EMAIL", "a@b.org")
    setting.update(*map(saved, SERVICE_NAMES))
    sent_with = {path: given for path, given in setting.services.asked}
    assert sent_with["/eutils/esearch.fcgi"]["api_key"] == "s3cret-key"
    assert sent_with["/eutils/efetch.fcgi"]["email"] == "a@b.org"
    assert sent_with["/eutils/efetch.fcgi"]["tool"] == "living-synthesis"
    assert sent_with["/epmc/search"]["email"] == "a@b.org"
    assert sent_with["/crossref/works"]["mailto"] == "a@b.org"
    assert sent_with["/openalex/works"]["api_key"] == "k3y-of-openalex"
    assert "api_key" not in sent_with["/crossref/works"]
    assert set(setting.services.agents) == {"living-synthesis (mailto:a@b.org)"}
    secrets = (b"s3cret-key", b"k3y-of-openalex")
    echo = sent(b'{"message": "Key s3cret-key k3y-of-openalex is over its limit"}', 403)
    setting.services.faults += [echo, echo]
    told = [each.error for each in setting.update(saved("PubMed", query="x"), saved("OpenAlex", query="x"))]
    assert told[0] == "PubMed answers 403: Key *** k3y-of-openalex is over its limit"
    assert told[1] == "OpenAlex answers 403: Key s3cret-key *** is over its limit"
    setting.services.per_page = 2
    echo = sent(b'{"meta": {"count": 3, "next_cursor": "at-1"}, "results": [{"title": "k3y-of-openalex"}]}')
    setting.services.faults = [echo, *[sent(b"no", 500)] * 6]
    setting.update(saved("OpenAlex", query="y"))
    kept = [path.read_bytes() for path in setting.review.rglob("*") if path.is_file()]
    assert len(kept) > 4
    assert not any(secret in each for each in kept for secret in secrets)
    assert any(b"***" in each for each in kept)


def test_a_key_that_is_none_is_refused_without_being_shown(
    setting: Setting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NCBI_API_KEY", "two words\nX-Evil: 1")
    monkeypatch.delenv("OPENALEX_API_KEY")
    pubmed, openalex = setting.update(saved("PubMed"), saved("OpenAlex"))
    assert pubmed.error == "the environment variable NCBI_API_KEY holds no key: it has blanks"
    assert openalex.error == (
        "OpenAlex answers only with a key, which is free: see docs/literature.md, and put it into the "
        "environment variable OPENALEX_API_KEY"
    )
    monkeypatch.setenv("SYNTHESIS_EMAIL", "not an address")
    (done,) = setting.update(saved("Crossref"))
    assert done.error == "the environment variable SYNTHESIS_EMAIL holds no address of mail"
    assert setting.services.asked == []


@pytest.mark.parametrize(
    ("name", "key", "pause"),
    [
        ("PubMed", "", 0.34),
        ("PubMed", "k", 0.1),
        ("Europe PMC", "", 0.5),
        ("Crossref", "", 1.0),
        ("OpenAlex", "", 0.2),
    ],
)
def test_services_are_asked_at_their_pace(
    setting: Setting, name: ServiceName, key: str, pause: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NCBI_API_KEY", key)
    setting.services.per_page = 1
    monkeypatch.setattr("evidence.literature.searches.services.pubmed.BATCH", 1)
    setting.update(saved(name))
    asked = len(setting.services.asked)
    assert asked >= 6
    assert setting.clock.now - 1_000 == pytest.approx(pause * (asked - 1))


def test_crossref_says_how_fast_it_may_be_asked(setting: Setting, monkeypatch: pytest.MonkeyPatch) -> None:
    message = {"items": [{"DOI": "10.1000/w1"}], "total-results": 2, "next-cursor": "at-1"}
    body = json.dumps({"message": message})
    for limit, pause in ((("1", "5s"), 5.0), (("50", "1s"), 1.0), (("0", "1s"), 1.0), (("x", ""), 1.0)):
        setting.clock.waited.clear()
        answer = sent(body.encode(), X_Rate_Limit_Limit=limit[0], X_Rate_Limit_Interval=limit[1])
        setting.services.faults = [answer]
        setting.update(saved("Crossref", query=f"q{limit[0]}"))
        assert setting.clock.waited[:2] == [1.0, pause]  # the first was asked before it was said


def test_an_answer_without_end_is_refused(setting: Setting, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("evidence.literature.searches.service_requests.LARGEST", 1 << 20)
    setting.services.faults = [sent(b"x" * (1 << 21))]
    (done,) = setting.update(saved("Crossref"))
    assert done.error == "Crossref sends more than 1 MB as one answer"


def test_two_updates_at_once_are_refused(setting: Setting) -> None:
    with (
        fetching_alone(setting.review),
        pytest.raises(StoreError, match=r"\.fetched' is used by another update; wait for its end"),
    ):
        setting.update(saved("PubMed"))
    (done,) = setting.update(saved("PubMed"))
    assert done.error == ""
    assert (setting.review / "literature" / ".fetched" / ".gitignore").read_text() == "*\n"


def test_a_run_that_was_written_and_not_cleared_away_is_cleared_away(setting: Setting) -> None:
    folder = setting.review / "literature" / ".fetched" / "europe-pmc"
    setting.services.per_page = 2
    setting.services.faults = [None, None] + [sent(b"oops", 500)] * 6
    setting.update(saved("Europe PMC"))
    left = {path.name: path.read_bytes() for path in folder.iterdir()}
    (done,) = setting.update(saved("Europe PMC"))
    assert done.run is not None
    # as if it had been killed behind the log
    folder.mkdir()
    state = json.loads(left["run.json"])
    left["run.json"] = json.dumps({**state, "mark": "", "pages": 2}).encode()
    for name, content in left.items():
        (folder / name).write_bytes(content)
    (done,) = setting.update(saved("Europe PMC"), today=DAY + datetime.timedelta(days=1))
    assert done.run is not None
    assert len(setting.citations()) == 5
    assert not folder.exists()
