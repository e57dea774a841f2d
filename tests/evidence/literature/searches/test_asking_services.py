"""One question to a service: how it is sent, how fast, and how large its answer may be."""

from __future__ import annotations

import gzip
import inspect
from collections.abc import Iterator
from contextlib import suppress

import pytest

from evidence.literature.searches.service_requests import Asking, RefusedQuestionError, ServiceError
from evidence.literature.searches.updating_searches import SERVICES, asking
from tests.evidence.literature.searches.loopback import Handler, Services, sent, services_running
from tests.evidence.literature.searches.settings import SERVICE_NAMES, Clock


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr("evidence.literature.searches.service_requests.time", clock)
    return clock


@pytest.fixture
def services(clock: Clock) -> Iterator[Services]:
    with services_running() as running:
        yield running


def asked(services: Services, pause: float = 0.0, secret: str = "") -> Asking:
    return Asking("Crossref", services.addresses["Crossref"], pause, {"mailto": "a@b.org"}, secret)


def good(content: bytes) -> str:
    return ""


def test_what_is_learnt_of_a_service_is_not_given_to_it() -> None:
    assert list(inspect.signature(Asking).parameters) == ["service", "base", "pause", "always", "secret"]


def test_a_question_stands_in_the_address_and_one_that_is_posted_in_the_body(services: Services) -> None:
    services.faults = [sent(b"one"), sent(b"two")]
    ask = asked(services)
    assert ask.ask("works", {"query": "a b"}, good) == b"one"
    assert ask.ask("works", {"query": "a b"}, good, post=True) == b"two"
    assert services.methods == ["GET", "POST"]
    assert services.asked == [("/crossref/works", {"mailto": "a@b.org", "query": "a b"})] * 2


def test_the_first_question_is_asked_at_once_and_the_next_when_the_pause_is_over(
    services: Services, clock: Clock
) -> None:
    clock.now = 0.0
    services.faults = [sent(b"{}")] * 4
    ask = asked(services, pause=2.0)
    for passes, waited in ((0.0, []), (0.5, [1.5]), (2.0, []), (0.0, [2.0])):
        clock.waited.clear()
        clock.now += passes
        ask.ask("works", {}, good)
        assert clock.waited == waited


@pytest.mark.parametrize(
    ("asks", "waits"),
    [(None, [1, 2, 4, 8]), ("0", [1, 2, 4, 8]), ("3", [3, 3, 4, 8]), ("soon", [1, 2, 4, 8])],
)
def test_the_wait_doubles_and_is_never_shorter_than_asked_for(
    services: Services, clock: Clock, asks: str | None, waits: list[int]
) -> None:
    busy = sent(b"", 503) if asks is None else sent(b"", 503, Retry_After=asks)
    services.faults = [busy, busy, busy, busy, sent(b"{}")]
    assert asked(services).ask("works", {}, good) == b"{}"
    assert clock.waited == waits


def test_an_answer_of_more_than_64_mb_when_unpacked_is_refused(services: Services) -> None:
    packed = gzip.compress(bytes(1 << 20), 1) * 64
    services.faults = [sent(packed + gzip.compress(b"x"), Content_Encoding="gzip")]
    with pytest.raises(ServiceError, match="Crossref sends more than 64 MB as one answer"):
        asked(services).ask("works", {}, good)


@pytest.mark.parametrize("post", [True, False])
def test_no_more_of_an_answer_is_read_than_is_kept(
    services: Services, monkeypatch: pytest.MonkeyPatch, post: bool
) -> None:
    monkeypatch.setattr("evidence.literature.searches.service_requests.LARGEST", 1 << 20)
    written = []

    def endless(handler: Handler) -> None:
        handler.send_response(200)
        handler.end_headers()
        handler.close_connection = True
        with suppress(OSError):
            for _ in range(32):
                handler.wfile.write(bytes(1 << 20))
                written.append(1)

    services.faults = [endless]
    with pytest.raises(ServiceError, match="Crossref sends more than 1 MB as one answer"):
        asked(services).ask("works", {}, good, post=post)
    assert sum(written) < 32


def test_a_refusal_has_the_status_of_its_answer_or_that_of_a_good_one(services: Services) -> None:
    services.faults = [sent(b"", 404)]
    with pytest.raises(RefusedQuestionError) as caught:
        asked(services).ask("works", {}, good)
    assert (str(caught.value), caught.value.status) == ("Crossref answers 404", 404)
    assert RefusedQuestionError("no").status == 200


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b'{"message": [], "errMsg": "b"}', ": b"),
        (b'{"message": {"error": ["c", "d"]}}', ": c"),
        (b'{"message": ["a\\n b"]}', ": a b"),
        (b'[[{"ERROR": "e"}]]', ": e"),
        (b'{"message": [[]]}', ""),
        (b'{"status": "failed"}', ""),
        (b'{"message": 5}', ""),
        (b"<E><ERROR>of\nXML</ERROR></E>", ": of XML"),
        (b"<ERROR></ERROR>", ""),
        (b"[" * 200_000, ""),
        (b'{"message": "key k3y"}', ": key ***"),
        (b'{"message": "k\\u0033y"}', ": ***"),
    ],
)
def test_a_fault_is_told_in_the_words_of_the_service(services: Services, body: bytes, told: str) -> None:
    assert asked(services, secret="k3y").told(body) == told


@pytest.mark.parametrize(
    ("limit", "interval", "pause"),
    [
        ("1", "5s", 5.0),
        ("2", "5", 2.5),
        ("10", "1s", 1.0),
        ("1", "121s", 120.0),
        ("0", "5s", 1.0),
        ("1", "", 1.0),
        ("", "5s", 1.0),
        ("-1", "5s", 1.0),
    ],
)
def test_a_service_is_asked_no_faster_than_it_says(
    services: Services, limit: str, interval: str, pause: float
) -> None:
    services.faults = [sent(b"{}", X_Rate_Limit_Limit=limit, X_Rate_Limit_Interval=interval)]
    ask = asked(services, pause=1.0)
    ask.ask("works", {}, good)
    assert ask.pause == pause


def test_a_key_makes_pubmed_faster_and_is_asked_for_of_those_alone_that_have_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("SYNTHESIS_EMAIL", raising=False)
    for name in ("NCBI_API_KEY", "OPENALEX_API_KEY"):
        monkeypatch.setenv(name, " k ")
    found = {name: asking(SERVICES[name]) for name in SERVICE_NAMES}
    assert {name: (each.pause, each.secret) for name, each in found.items()} == {
        "PubMed": (0.1, "k"),
        "Europe PMC": (0.5, ""),
        "Crossref": (1.0, ""),
        "OpenAlex": (0.2, "k"),
    }
    assert found["PubMed"].always == {"tool": "living-synthesis", "api_key": "k"}
    assert found["Crossref"].always == {}
    assert asking(SERVICES["PubMed"], pause=0.0).pause == 0.0
    monkeypatch.delenv("NCBI_API_KEY")
    assert asking(SERVICES["PubMed"]).pause == 0.34
    assert {name for name, each in SERVICES.items() if each.key_needed} == {"OpenAlex"}
