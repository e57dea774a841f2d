"""OpenAlex: works of every field, a page of them behind a cursor.

https://developers.openalex.org/guides/page-through-results (a page holds up to 100 works; a cursor needs a
key, which is free) and https://developers.openalex.org/api-reference/authentication (a key pays for a
thousand pages of a search a day). Only paying users may ask by the day on which a work was entered, so it is
asked by the day of publication, and a run goes back for a year.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Any

from evidence.literature.raw_record import RawRecord, Said
from evidence.literature.searches.service_requests import Asking
from evidence.literature.searches.services.search_service import (
    ResultPage,
    SearchService,
    has_all,
    json_answer,
    texts,
)
from evidence.records.saved_searches import SavedSearch

_AT_ONCE = 100
_WHOLE = has_all(listed=("results",), counted=("meta", "count"))


def page(ask: Asking, search: SavedSearch, since: datetime.date | None, mark: str) -> ResultPage:
    """The page of a cursor."""
    conditions = [search.filter] if search.filter else []
    if since is not None:
        conditions.append(f"from_publication_date:{since}")
    parameters = {"search": search.query, "per_page": str(_AT_ONCE), "cursor": mark}
    if conditions:
        parameters["filter"] = ",".join(conditions)
    content = ask.ask("works", parameters, _WHOLE)
    answer = json_answer(content)
    about = answer["meta"]
    following = str(about.get("next_cursor") or "") if answer["results"] else ""
    return ResultPage(content if answer["results"] else b"", following, about["count"])


_NAMES = {
    "kind": (("type",),),
    "title": (("title",), ("display_name",)),
    "author": (("authorships", "author", "display_name"),),
    "year": (("publication_year",), ("publication_date",)),
    "journal": (("primary_location", "source", "display_name"),),
    "issn": (("primary_location", "source", "issn"),),
    "volume": (("biblio", "volume"),),
    "issue": (("biblio", "issue"),),
    "first_page": (("biblio", "first_page"),),
    "last_page": (("biblio", "last_page"),),
    "doi": (("doi",), ("ids", "doi")),
    "pmid": (("ids", "pmid"),),
    "pmcid": (("ids", "pmcid"),),
    "language": (("language",),),
    "keyword": (("keywords", "display_name"),),
    "accession": (("id",),),
}


def read(content: bytes) -> Iterator[RawRecord]:
    """The records of an answer."""
    for at, work in enumerate(json_answer(content)["results"], 1):
        yield RawRecord(at, _said(work))


def _said(work: Any) -> Said:
    found = {name: [t for path in paths for t in texts(work, *path)] for name, paths in _NAMES.items()}
    found["title"] = found["title"][:1]
    found["accession"] = [each.rpartition("/")[2] for each in found["accession"]]
    if isinstance(work, dict):
        found["abstract"] = [_in_order(work.get("abstract_inverted_index"))]
    return {name: values for name, values in found.items() if values}


def _in_order(places: Any) -> str:
    """The abstract, which is given as the places of each of its words."""
    if not isinstance(places, dict):
        return ""
    each = [
        (at, str(word))
        for word, found in places.items()
        for at in (found if isinstance(found, list) else ())
        if type(at) is int
    ]
    return " ".join(word for _, word in sorted(each))


OPENALEX = SearchService(
    name="OpenAlex",
    base="https://api.openalex.org/",
    pause=0.2,
    key_variable="OPENALEX_API_KEY",
    key_needed=True,
    overlap=365,
    since="published since",
    page=page,
    records=read,
    contact="mailto",
)
