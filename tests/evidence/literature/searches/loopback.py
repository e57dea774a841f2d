"""The four services on the loopback interface: their documented answers and limits, and faults on demand."""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from html import escape
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from tests.loopback_server import loopback_server

MONTH = datetime.date(2026, 11, 1)


@dataclass(frozen=True)
class Work:
    """A work that every service holds."""

    number: int
    entered: datetime.date = MONTH
    title: str = ""

    @property
    def words(self) -> str:
        return self.title or f"Hemoglobin and bone loss, part {self.number} of a long series & more"

    @property
    def doi(self) -> str:
        return f"10.1000/w{self.number}"


@dataclass
class Services:
    """What they hold, what they were asked, and how they stumble.

    most: records that PubMed gives of one search. faults: what is answered instead of the next requests, in
    their order. lost: numbers of works that are counted and never given. registered: of Crossref, by DOI.
    """

    address: str
    works: list[Work] = field(default_factory=list)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    agents: list[str] = field(default_factory=list)
    methods: list[str] = field(default_factory=list)
    faults: list[Fault | None] = field(default_factory=list)
    lost: set[int] = field(default_factory=set)
    forgotten: set[str] = field(default_factory=set)
    registered: dict[str, Any] = field(default_factory=dict)
    most: int = 9_999
    per_page: int = 0

    @property
    def addresses(self) -> dict[str, str]:
        """By the names of the services."""
        return {
            "PubMed": f"{self.address}/eutils/",
            "Europe PMC": f"{self.address}/epmc/",
            "Crossref": f"{self.address}/crossref/",
            "OpenAlex": f"{self.address}/openalex/",
        }

    def paths(self) -> list[str]:
        return [path for path, _ in self.asked]

    def since(self, day: str) -> list[Work]:
        return [each for each in self.works if each.entered.isoformat() >= day]

    def answer(self, path: str, given: dict[str, str]) -> bytes | Fault:
        if path.startswith("/crossref/works/"):
            work = self.registered.get(unquote(path.removeprefix("/crossref/works/")))
            return (
                sent(b"Resource not found.", 404) if work is None else json.dumps({"message": work}).encode()
            )
        return _ANSWERS[path](self, given)


class Handler(BaseHTTPRequestHandler):
    """Hands each request to the services, or to the next fault."""

    disable_nagle_algorithm = True  # heads and bodies are small, and nobody waits for the other

    def do_GET(self) -> None:
        self._answer(urlsplit(self.path).query)

    def do_POST(self) -> None:
        self._answer(self.rfile.read(int(self.headers["Content-Length"])).decode())

    def _answer(self, query: str) -> None:
        services: Services = self.server.services  # type: ignore[attr-defined]
        given = {key: values[0] for key, values in parse_qs(query, keep_blank_values=True).items()}
        path = urlsplit(self.path).path
        services.asked.append((path, given))
        services.agents.append(self.headers["User-Agent"])
        services.methods.append(self.command)
        fault = services.faults.pop(0) if services.faults else None
        answer = services.answer(path, given) if fault is None else fault
        (sent(answer) if isinstance(answer, bytes) else answer)(self)

    def log_message(self, format: str, *args: object) -> None:
        """Silent."""


Fault = Callable[[Handler], None]


def sent(body: bytes, status: int = 200, length: int | None = None, **headers: str) -> Fault:
    """An answer; length: what it says of its own length."""

    def answer(handler: Handler) -> None:
        handler.send_response(status)
        handler.send_header("Content-Length", str(len(body) if length is None else length))
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(body)
        handler.close_connection = True

    return answer


def half(of: Fault) -> Fault:
    """The first half of an answer, with its whole length told, and then silence."""

    def answer(handler: Handler) -> None:
        kept = handler.wfile
        written: list[bytes] = []
        handler.wfile = type("Kept", (), {"write": written.append, "flush": lambda: None})  # type: ignore[assignment]
        of(handler)
        handler.wfile = kept
        body = b"".join(written)
        kept.write(body[: body.index(b"\r\n\r\n") + 4 + len(body) // 3])
        handler.close_connection = True

    return answer


def nothing(handler: Handler) -> None:
    """The connection is closed without a word."""
    handler.close_connection = True


@contextmanager
def services_running(works: list[Work] | None = None) -> Iterator[Services]:
    """The services; their port is free again at the end."""
    with loopback_server(Handler) as (server, address):
        running = Services(address, works or [])
        server.services = running  # type: ignore[attr-defined]
        yield running


def article(work: Work) -> str:
    """As efetch gives it: https://www.nlm.nih.gov/bsd/licensee/elements_descriptions.html"""
    return (
        f"<PubmedArticle><MedlineCitation><PMID Version='1'>{work.number}</PMID><Article>"
        f"<Journal><ISSN>1523-4681</ISSN><JournalIssue><Volume>7</Volume><PubDate><Year>2026</Year></PubDate>"
        f"</JournalIssue><Title>Journal of Bone</Title></Journal>"
        f"<ArticleTitle>{escape(work.words)}</ArticleTitle><Abstract><AbstractText>Abstract {work.number}"
        f"</AbstractText></Abstract><AuthorList><Author><LastName>Rossi</LastName><Initials>A"
        f"</Initials></Author></AuthorList></Article></MedlineCitation><PubmedData><ArticleIdList>"
        f"<ArticleId IdType='pubmed'>{work.number}</ArticleId><ArticleId IdType='doi'>{work.doi}</ArticleId>"
        f"</ArticleIdList></PubmedData></PubmedArticle>\n"
    )


def _esearch(services: Services, given: dict[str, str]) -> bytes:
    term = given["term"]
    found = services.works
    if "|crdt" in (told := term.replace("[", "|")) and (
        day := re.search(r"(\d{4}/\d\d/\d\d):3000\|crdt", told)
    ):
        found = services.since(day[1].replace("/", "-"))
    for first, last in re.findall(r"(\d{4}/\d\d/\d\d):(\d{4}/\d\d/\d\d)\[crdt\]", term):
        found = [w for w in found if first <= f"{w.entered:%Y/%m/%d}" <= last]
    numbers = "\n".join(
        f"<Id>{each.number}</Id>" for each in reversed(found[: int(given["retmax"])][: services.most])
    )
    return (
        '<?xml version="1.0" encoding="UTF-8" ?>\n'
        '<!DOCTYPE eSearchResult PUBLIC "-//NLM//DTD esearch 20060628//EN" '
        '"https://eutils.ncbi.nlm.nih.gov/eutils/dtd/20060628/esearch.dtd">\n'
        f"<eSearchResult><Count>{len(found)}</Count><RetMax>{given['retmax']}</RetMax><RetStart>0</RetStart>"
        f"<IdList>\n{numbers}\n</IdList><TranslationSet/><QueryTranslation>{escape(term)}</QueryTranslation>"
        "</eSearchResult>"
    ).encode()


def _efetch(services: Services, given: dict[str, str]) -> bytes:
    numbers = set(map(int, given["id"].split(","))) - services.lost
    inside = "".join(article(each) for each in services.works if each.number in numbers)
    return f'<?xml version="1.0" ?>\n<PubmedArticleSet>\n{inside}</PubmedArticleSet>\n'.encode()


def _part(services: Services, found: list[Work], cursor: str, size: int) -> tuple[list[Work], str] | None:
    """The works behind a cursor and the next cursor; None where the cursor is forgotten."""
    if cursor in services.forgotten or not re.fullmatch(r"\*|at-\d{1,9}", cursor):
        return None
    size = services.per_page or size
    at = 0 if cursor == "*" else int(cursor.removeprefix("at-"))
    part = [each for each in found[at : at + size] if each.number not in services.lost]
    return part, f"at-{min(at + size, len(found))}"


def _epmc(services: Services, given: dict[str, str]) -> bytes | Fault:
    day = re.search(r"FIRST_IDATE:\[([\d-]{10}) TO 3000-12-31\]", given["query"])
    found = services.since(day[1] if day else "")
    part = _part(services, found, given["cursorMark"], int(given["pageSize"]))
    if part is None:
        return sent(json.dumps({"version": "6.9", "errCode": 400, "errMsg": "Invalid cursorMark"}).encode())
    results = [
        {
            "id": str(each.number),
            "source": "MED",
            "pmid": str(each.number),
            "doi": each.doi,
            "title": f"{each.words}.",
            "authorList": {"author": [{"fullName": "Rossi A"}]},
            "journalInfo": {"volume": "7", "journal": {"title": "Journal of Bone", "issn": "1523-4681"}},
            "pubYear": "2026",
            "abstractText": f"Abstract {each.number}",
        }
        for each in part[0]
    ]
    answer = {
        "version": "6.9",
        "hitCount": len(found),
        "nextCursorMark": part[1],
        "resultList": {"result": results},
    }
    return json.dumps(answer).encode()


def _crossref(services: Services, given: dict[str, str]) -> bytes | Fault:
    day = re.search(r"from-created-date:([\d-]{10})", given.get("filter", ""))
    found = services.since(day[1] if day else "")
    part = _part(services, found, given["cursor"], int(given["rows"]))
    if part is None:
        says = {
            "status": "failed",
            "message-type": "validation-failure",
            "message": [{"message": "Cursor expired"}],
        }
        return sent(json.dumps(says).encode(), 400)
    items: list[dict[str, Any]] = [
        {
            "DOI": each.doi,
            "title": [each.words],
            "author": [{"given": "A", "family": "Rossi"}],
            "container-title": ["Journal of Bone"],
            "issued": {"date-parts": [[2026, 5]]},
            "volume": "7",
            "type": "journal-article",
            "source": "Crossref",
        }
        for each in part[0]
    ]
    message = {
        "total-results": len(found),
        "next-cursor": part[1],
        "items": items,
        "items-per-page": len(items),
    }
    return json.dumps({"status": "ok", "message-type": "work-list", "message": message}).encode()


def _openalex(services: Services, given: dict[str, str]) -> bytes | Fault:
    if not given.get("api_key"):
        return sent(b'{"error": "Unauthorized", "message": "Cursor paging needs an API key"}', 401)
    day = re.search(r"from_publication_date:([\d-]{10})", given.get("filter", ""))
    found = services.since(day[1] if day else "")
    part = _part(services, found, given["cursor"], int(given["per_page"]))
    if part is None:
        return sent(b'{"error": "Invalid query parameters error.", "message": "Cursor is invalid"}', 400)
    results = [
        {
            "id": f"https://openalex.org/W{each.number}",
            "doi": f"https://doi.org/{each.doi}",
            "title": each.words,
            "publication_year": 2026,
            "type": "article",
            "ids": {"pmid": f"https://pubmed.ncbi.nlm.nih.gov/{each.number}"},
            "primary_location": {"source": {"display_name": "Journal of Bone", "issn": ["1523-4681"]}},
            "biblio": {"volume": "7", "issue": None, "first_page": "1", "last_page": "9"},
            "authorships": [{"author": {"display_name": "Anna Rossi"}}],
            "abstract_inverted_index": {"Bone": [0, 2], "and": [1]},
        }
        for each in part[0]
    ]
    about = {"count": len(found), "next_cursor": part[1] if results else None}
    return json.dumps({"meta": about, "results": results}).encode()


_ANSWERS: dict[str, Callable[[Services, dict[str, str]], bytes | Fault]] = {
    "/eutils/esearch.fcgi": _esearch,
    "/eutils/efetch.fcgi": _efetch,
    "/epmc/search": _epmc,
    "/crossref/works": _crossref,
    "/openalex/works": _openalex,
}
