"""Europe PMC: PubMed, preprints, theses, patents and guidelines, a page of results behind a cursor.

https://europepmc.org/RestfulWebService: a page holds up to 1,000 results; the last one's cursor is the one
that asked for it. Ten questions a second are asked for at most; here are two.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Any

from evidence.literature.raw_record import RawRecord, Said
from evidence.literature.searches.service_requests import Asking, RefusedQuestionError
from evidence.literature.searches.services.search_service import (
    ResultPage,
    SearchService,
    has_all,
    json_answer,
    texts,
)
from evidence.records.saved_searches import SavedSearch

_AT_ONCE = 500
_WHOLE = has_all(listed=("resultList", "result"), counted=("hitCount",))


def page(ask: Asking, search: SavedSearch, since: datetime.date | None, mark: str) -> ResultPage:
    """The page of a cursor."""
    query = search.query
    if since is not None:
        query = f"({query}) AND (FIRST_IDATE:[{since} TO 3000-12-31])"
    parameters = {"query": query, "resultType": "core", "format": "json"}
    parameters |= {"pageSize": str(_AT_ONCE), "cursorMark": mark}

    def check(content: bytes) -> str:
        answer = json_answer(content)
        if answer.get("errCode") or answer.get("errMsg"):
            raise RefusedQuestionError(f"Europe PMC refuses the query{ask.told(content)}")
        return _WHOLE(content)

    content = ask.ask("search", parameters, check)
    answer = json_answer(content)
    following = str(answer.get("nextCursorMark") or "")
    results = answer["resultList"]["result"]
    if not results or following == mark:
        following = ""
    return ResultPage(content if results else b"", following, answer["hitCount"])


_NAMES = {
    "kind": (("pubTypeList", "pubType"),),
    "title": (("title",),),
    "author": (("authorList", "author", "fullName"), ("authorList", "author", "collectiveName")),
    "year": (("pubYear",), ("journalInfo", "yearOfPublication"), ("firstPublicationDate",)),
    "journal": (("journalInfo", "journal", "title"), ("bookOrReportDetails", "publisher")),
    "issn": (("journalInfo", "journal", "issn"), ("journalInfo", "journal", "essn")),
    "volume": (("journalInfo", "volume"),),
    "issue": (("journalInfo", "issue"),),
    "pages": (("pageInfo",),),
    "doi": (("doi",),),
    "pmid": (("pmid",),),
    "pmcid": (("pmcid",),),
    "language": (("language",),),
    "keyword": (("meshHeadingList", "meshHeading", "descriptorName"), ("keywordList", "keyword")),
    "abstract": (("abstractText",),),
}
_PREPRINT = "PPR"


def read(content: bytes) -> Iterator[RawRecord]:
    """The records of an answer."""
    for at, result in enumerate(json_answer(content)["resultList"]["result"], 1):
        yield RawRecord(at, _said(result))


def _said(result: Any) -> Said:
    found = {name: [t for path in paths for t in texts(result, *path)] for name, paths in _NAMES.items()}
    if not found["author"]:
        found["author"] = texts(result, "authorString")
    source = "".join(texts(result, "source"))
    if source == _PREPRINT:
        found["kind"].append("preprint")
    found["accession"] = [f"{source}:{number}" for number in texts(result, "id")]
    return {name: values for name, values in found.items() if values}


EUROPE_PMC = SearchService(
    name="Europe PMC",
    base="https://www.ebi.ac.uk/europepmc/webservices/rest/",
    pause=0.5,
    overlap=14,
    since="first indexed since",
    page=page,
    records=read,
    contact="email",
)
