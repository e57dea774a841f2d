"""Notices about the papers of records, asked at Crossref by their DOIs."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from urllib.parse import quote

from evidence.literature.notice_files import CROSSREF as SOURCE
from evidence.literature.notice_files import notices_in
from evidence.literature.published_notices import Notice, paper
from evidence.literature.searches.service_requests import RefusedQuestionError
from evidence.literature.searches.services.search_service import json_answer
from evidence.literature.searches.updating_searches import SERVICES, asking
from evidence.records.schema import Record

_PAUSE = 0.2
"""Single works are given more often than lists, and headers say when it is otherwise."""


@dataclass
class AskedNotices:
    """notices: about the papers, or that they are. asked: DOIs. unknown: those that Crossref has not."""

    notices: list[Notice] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    source: str = SOURCE


def ask_notices(
    records: Iterable[Record], tell: Callable[[int, int | None, str], None] = lambda done, total, what: None
) -> AskedNotices:
    """What Crossref and, through it, Retraction Watch say of the reports of records that have a DOI.

    tell: called with how many are asked, of how many, and what. Raises ServiceError where Crossref does not
    answer: half of the answers are none.
    """
    papers = (paper(report.doi or "", "")[0] for record in records for report in record.reports.values())
    found = AskedNotices(asked=sorted({doi for doi in papers if doi}))
    ask = asking(SERVICES["Crossref"], pause=_PAUSE)
    for done, doi in enumerate(found.asked):
        tell(done, len(found.asked), "asking Crossref")
        try:
            content = ask.ask(f"works/{quote(doi, safe='')}", {}, _check)
        except RefusedQuestionError as error:
            if error.status != 404:
                raise
            found.unknown.append(doi)
        else:
            found.notices += notices_in(json_answer(content))
    return found


def _check(content: bytes) -> str:
    message = json_answer(content).get("message")
    return "" if isinstance(message, dict) and isinstance(message.get("DOI"), str) else "sends no work"
