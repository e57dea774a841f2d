"""Services that stumble, refuse, ask to wait or cannot be reached, and what they are told of us."""

from __future__ import annotations

import datetime
import json
from contextlib import suppress

import pytest

from evidence.literature.searches.search_log import read_runs
from evidence.literature.searches.service_requests import Asking, Check, Parameters
from evidence.literature.searches.updating_searches import SERVICES
from evidence.records.saved_searches import ServiceName
from tests.evidence.literature.searches.loopback import (
    Handler,
    half,
    nothing,
    sent,
    services_running,
)
from tests.evidence.literature.searches.settings import SERVICE_NAMES, Setting, saved
from tests.thinned import thinned

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


@pytest.mark.parametrize("kind", thinned(sorted(PASSING), 2))
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
    assert (done.error, done.joined, done.waiting) == ("", 5, 0)


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


@pytest.mark.parametrize("page", [b"<eInfoResult/>", b"Welcome", b"<eSearchResult>"])
def test_a_page_in_place_of_a_result_is_asked_for_again_and_told(setting: Setting, page: bytes) -> None:
    setting.services.faults = [sent(page)] * 6
    (done,) = setting.update(saved("PubMed"))
    assert done.error.startswith("PubMed sends no result of a search")
    assert done.run is None
    setting.services.faults = [sent(page)]
    (done,) = setting.update(saved("PubMed"))
    assert (done.error, done.joined + len(done.new)) == ("", 5)


class Empty(Asking):
    """A PubMed that has lost all its records."""

    def ask(self, path: str, parameters: Parameters, check: Check, post: bool = False) -> bytes:
        return b"<PubmedArticleSet></PubmedArticleSet>"


def test_every_page_of_pubmed_keeps_how_many_were_found_and_what_is_left(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("evidence.literature.searches.services.pubmed.BATCH", 2)
    ask = Empty("PubMed", "", 0.0, {})
    first = SERVICES["PubMed"].page(ask, saved("PubMed"), None, "5,31,32,33")
    assert (first.found, first.following, first.missing) == (5, "5,33", 2)
    last = SERVICES["PubMed"].page(ask, saved("PubMed"), None, first.following)
    assert (last.found, last.following, last.missing) == (5, "", 1)
    assert last.remarks == ("PubMed gives no record of PMID 33",)


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
    setting.update(saved(name), saved(name, name="other"))  # at one pace
    asked = len(setting.services.asked)
    assert asked >= 12
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


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
def test_a_passing_fault_is_asked_again(setting: Setting, status: int) -> None:
    setting.services.faults = [sent(b'{"message": "later"}', status)]
    (done,) = setting.update(saved("Crossref"))
    assert (done.error, setting.clock.waited[0]) == ("", 1)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 414, 501])
def test_a_lasting_fault_is_not(setting: Setting, status: int) -> None:
    setting.services.faults = [sent(b'{"message": "' + b"never " * 100 + b'"}', status)]
    (done,) = setting.update(saved("Crossref"))
    assert done.error == f"Crossref answers {status}: {('never ' * 100)[:200]}"
    assert len(setting.services.asked) == 1


def test_two_minutes_are_waited_for_and_no_more(setting: Setting) -> None:
    setting.services.faults = [sent(b"{}", 503, Retry_After="120")]
    (done,) = setting.update(saved("Crossref"))
    assert (done.error, setting.clock.waited[0]) == ("", 120)
    setting.services.faults = [sent(b"{}", 503, Retry_After="121")]
    (done,) = setting.update(saved("Crossref", query="other"))
    assert done.error == "Crossref answers 503 and asks to wait for 2 minutes; try again then"


def test_nobody_is_waited_for_without_end(setting: Setting, monkeypatch: pytest.MonkeyPatch) -> None:
    from requests import ConnectTimeout, ReadTimeout, Session
    from requests.exceptions import SSLError

    given: list[object] = []
    errors = iter([ConnectTimeout("k3y"), ReadTimeout("k3y"), SSLError("k3y")])

    def request(self: Session, *words: object, **named: object) -> None:
        given.append(named["timeout"])
        raise next(errors)

    monkeypatch.setattr(Session, "request", request)
    (done,) = setting.update(saved("OpenAlex"))
    assert given == [(10.0, 90.0)] * 3
    assert done.error.endswith("cannot be reached: has a certificate that is not trusted")


def test_a_huge_answer_is_not_read_to_its_end(setting: Setting, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("evidence.literature.searches.service_requests.LARGEST", 1 << 20)
    written = []

    def endless(handler: Handler) -> None:
        handler.send_response(200)
        handler.end_headers()
        handler.close_connection = True
        with suppress(OSError):
            for _ in range(64):
                handler.wfile.write(b"x" * (1 << 20))
                written.append(1)

    setting.services.faults = [endless]
    (done,) = setting.update(saved("Crossref"))
    assert done.error == "Crossref sends more than 1 MB as one answer"
    assert sum(written) < 40


def test_an_answer_may_be_as_large_as_said(setting: Setting, monkeypatch: pytest.MonkeyPatch) -> None:
    message = {"items": [], "total-results": 0}
    body = json.dumps({"message": message}).encode()
    for limit, error in ((len(body), ""), (len(body) - 1, "Crossref sends more than 0 MB as one answer")):
        monkeypatch.setattr("evidence.literature.searches.service_requests.LARGEST", limit)
        setting.services.faults = [sent(body)]
        (done,) = setting.update(saved("Crossref", query=f"q{limit}"))
        assert done.error == error


def test_an_answer_without_end_is_refused(setting: Setting, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("evidence.literature.searches.service_requests.LARGEST", 1 << 20)
    setting.services.faults = [sent(b"x" * (1 << 21))]
    (done,) = setting.update(saved("Crossref"))
    assert done.error == "Crossref sends more than 1 MB as one answer"
