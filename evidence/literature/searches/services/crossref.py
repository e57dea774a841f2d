"""Crossref: what publishers have registered, a page of works behind a cursor.

https://www.crossref.org/documentation/retrieve-metadata/rest-api/ (a page holds up to 1,000 works; a cursor
lasts for five minutes; lists are given once a second, and headers say when it is otherwise).
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator

from evidence.literature.raw_record import RawRecord
from evidence.literature.readers.csl_json import said_of_item
from evidence.literature.searches.service_requests import Asking
from evidence.literature.searches.services.search_service import (
    ResultPage,
    SearchService,
    has_all,
    json_answer,
)
from evidence.records.saved_searches import SavedSearch

_AT_ONCE = 200
_WHOLE = has_all(listed=("message", "items"), counted=("message", "total-results"))


def page(ask: Asking, search: SavedSearch, since: datetime.date | None, mark: str) -> ResultPage:
    """The page of a cursor, the oldest works first, so that new ones come behind."""
    conditions = [search.filter] if search.filter else []
    if since is not None:
        conditions.append(f"from-created-date:{since}")
    parameters = {"query.bibliographic": search.query, "rows": str(_AT_ONCE), "cursor": mark}
    parameters |= {"sort": "created", "order": "asc"}
    if conditions:
        parameters["filter"] = ",".join(conditions)
    content = ask.ask("works", parameters, _WHOLE)
    message = json_answer(content)["message"]
    works = message["items"]
    # a cursor comes with every page, the last one too, behind which there is an empty one
    following = str(message.get("next-cursor") or "") if works else ""
    return ResultPage(content if works else b"", following, message["total-results"])


def read(content: bytes) -> Iterator[RawRecord]:
    """The records of an answer, whose items are near to CSL's."""
    for at, work in enumerate(json_answer(content)["message"]["items"], 1):
        said = said_of_item(work) if isinstance(work, dict) else {}
        said.pop("database", None)  # "Crossref", whatever it is
        if doi := said.get("doi"):
            said["accession"] = doi[:1]
        yield RawRecord(at, said)


CROSSREF = SearchService(
    name="Crossref",
    base="https://api.crossref.org/",
    pause=1.0,
    overlap=14,
    since="registered since",
    page=page,
    records=read,
    contact="mailto",
)
