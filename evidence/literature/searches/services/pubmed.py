"""PubMed by the E-utilities: a search gives numbers, and records are fetched by their numbers.

https://www.ncbi.nlm.nih.gov/books/NBK25497/ (rates: three questions a second, ten with a key) and
https://www.ncbi.nlm.nih.gov/books/NBK25499/ (of PubMed, a search gives the first 10,000 numbers and no more).
Numbers are kept, and not the history of the server that could stand for them: it ends after some hours, and
what is asked for by its number can be missed by its number.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator, Sequence

from lxml import etree

from evidence.literature.plain_words import one_line
from evidence.literature.raw_record import RawRecord
from evidence.literature.readers import pubmed_xml
from evidence.literature.readers.xml_elements import words
from evidence.literature.searches.service_requests import Asking, Check, RefusedQuestionError
from evidence.literature.searches.services.search_service import (
    FIRST,
    ResultPage,
    SearchService,
    refuse_too_many,
)
from evidence.records.saved_searches import SavedSearch

MOST_NUMBERS = 9_999
"""That one search gives."""
BATCH = 200
"""Records at once; more than 200 numbers are not to stand in an address, and these stand in the body."""
_EVER = (datetime.date(1900, 1, 1), datetime.date(3000, 1, 1))
_BUSY = re.compile(rb"rate limit|Search Backend failed|temporarily unavailable|Server Error", re.IGNORECASE)


def page(ask: Asking, search: SavedSearch, since: datetime.date | None, mark: str) -> ResultPage:
    """The first page are the numbers, of which each further one fetches the next; the mark are those left."""
    if mark == FIRST:
        remarks: list[str] = []
        numbers = _numbers(ask, search.query, since, remarks)
        return ResultPage(b"", _mark(numbers), len(numbers), 0, tuple(dict.fromkeys(remarks)))
    asked = mark.split(",")
    batch, left = asked[1 : BATCH + 1], asked[BATCH + 1 :]
    content = _fetched(ask, batch)
    absent = _absent(batch, content)
    if absent and len(absent) < len(batch):  # one more time, by themselves
        content += _fetched(ask, absent)
        absent = _absent(absent, content)
    remarks = [f"PubMed gives no record of PMID {number}" for number in absent]
    return ResultPage(content, _mark(left, asked[0]), int(asked[0]), len(absent), tuple(remarks))


def _mark(numbers: Sequence[str], found: str = "") -> str:
    return ",".join((found or str(len(numbers)), *numbers)) if numbers else ""


def _numbers(ask: Asking, query: str, since: datetime.date | None, remarks: list[str]) -> list[str]:
    """The numbers of a query, in their order; a search that is too large is parted by days of entry."""
    term = query if since is None else f"({query}) AND ({_entered(since)})"
    count, numbers = _searched(ask, term, remarks)
    refuse_too_many("PubMed", count)
    if count <= MOST_NUMBERS:
        return sorted(numbers, key=int)
    found: set[str] = set()
    waiting = [_EVER]
    while waiting:
        first, last = waiting.pop()
        count, numbers = _searched(ask, f"({term}) AND {first:%Y/%m/%d}:{last:%Y/%m/%d}[crdt]", remarks)
        if count <= MOST_NUMBERS:
            found.update(numbers)
        elif first == last:
            says = f"PubMed finds {count:,} records made on {first}, and gives only {MOST_NUMBERS:,} at once"
            raise RefusedQuestionError(f"{says}; narrow the query")
        else:
            middle = first + (last - first) // 2
            waiting += [(middle + datetime.timedelta(days=1), last), (first, middle)]
    return sorted(found, key=int)


def _entered(since: datetime.date) -> str:
    """Made, entered, or given its MeSH terms since a day: a query with MeSH finds old records when they come.

    https://pubmed.ncbi.nlm.nih.gov/help/#dates-search-tags
    """
    return " OR ".join(f"{since:%Y/%m/%d}:3000[{tag}]" for tag in ("crdt", "edat", "mhda"))


_SAID = {
    "PhraseNotFound": "PubMed has no record with",
    "QuotedPhraseNotFound": "PubMed has no record with the phrase",
    "FieldNotFound": "PubMed has no field",
    "PhraseIgnored": "PubMed passes over",
}
"""What a search says of the words of its query."""


def _searched(ask: Asking, term: str, remarks: list[str]) -> tuple[int, list[str]]:
    """How many there are, and up to MOST_NUMBERS of their numbers."""
    parameters = {"db": "pubmed", "term": term, "retmax": str(MOST_NUMBERS), "retmode": "xml"}
    root = _parsed(ask.ask("esearch.fcgi", parameters, _check_search(ask), post=True))
    assert root is not None  # checked
    numbers = [words(each).strip() for each in root.iterfind("./IdList/Id")]
    for tag, says in _SAID.items():
        remarks += [f"{says} '{one_line(words(each))}'" for each in root.iterfind(f".//{tag}")]
    return int(words(root.find("./Count"))), [each for each in numbers if each.isdigit()]


def _check_search(ask: Asking) -> Check:
    def check(content: bytes) -> str:
        root = _parsed(content)
        whole = root is not None and root.tag == "eSearchResult"
        refused = root is not None and root.find("./ERROR") is not None
        if (refused or not whole) and _BUSY.search(content):  # a query may hold these words as well
            return f"is busy{ask.told(content)}"
        if root is None or not whole:
            return "sends no result of a search"
        if refused:
            raise RefusedQuestionError(f"PubMed refuses the query{ask.told(content)}")
        if not words(root.find("./Count")).isdigit() or b"</eSearchResult>" not in content:
            return "breaks off in the middle of an answer"
        return ""

    return check


def _fetched(ask: Asking, numbers: Sequence[str]) -> bytes:
    parameters = {"db": "pubmed", "id": ",".join(numbers), "retmode": "xml"}

    def check(content: bytes) -> str:
        if b"<PubmedArticleSet" not in content:
            return f"sends no records{ask.told(content)}"
        return "" if content.rstrip().endswith((b"</PubmedArticleSet>", b"/>")) else "breaks off in an answer"

    return ask.ask("efetch.fcgi", parameters, check, post=True)


def _absent(numbers: Sequence[str], content: bytes) -> list[str]:
    """Those of the numbers that no record of an answer has."""
    there = {number for raw in read(content) for number in raw.said.get("pmid", ())[:1]}
    return [number for number in numbers if number not in there]


def _parsed(content: bytes) -> etree._Element | None:
    parser = etree.XMLParser(resolve_entities=False)  # nor is a DTD read, of the disk or the network
    try:
        return etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError):
        return None


def read(content: bytes) -> Iterator[RawRecord]:
    """The records of an answer."""
    lines = content.decode("utf-8", "replace").split("\n")
    return pubmed_xml.records(iter(list(enumerate(lines, 1))))


PUBMED = SearchService(
    name="PubMed",
    base="https://eutils.ncbi.nlm.nih.gov/entrez/eutils/",
    pause=0.34,
    keyed_pause=0.1,
    key_variable="NCBI_API_KEY",
    overlap=14,
    since="made, entered or given MeSH terms since",
    page=page,
    records=read,
    contact="email",
)
