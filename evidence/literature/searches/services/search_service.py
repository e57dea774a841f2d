"""What is the same of every service: its limits, a page of its results, JSON as it should be."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from evidence.literature.raw_record import RawRecord
from evidence.literature.searches.service_requests import Asking, Check, RefusedQuestionError
from evidence.records.saved_searches import SavedSearch, ServiceName

FIRST = "*"
"""The mark of the first page."""
MOST_FOUND = 100_000
"""Results that a review can hold; a search that finds more is no search of a review."""


@dataclass(frozen=True)
class ResultPage:
    """One answer with results.

    content: its bytes, b'' where it holds no record. following: the mark that asks for the next page, ''
    after the last. found: how many results there are in all. missing: records that were asked for in vain.
    """

    content: bytes
    following: str
    found: int
    missing: int = 0
    remarks: tuple[str, ...] = ()


PageOf = Callable[[Asking, SavedSearch, datetime.date | None, str], ResultPage]
"""The page of a mark, of what the service has entered since a day. Raises ServiceError."""


@dataclass(frozen=True)
class SearchService:
    """A service: where it is, its documented limits, and how its pages are asked for and read.

    pause: seconds between questions; keyed_pause: with a key, None: the same. overlap: days that a run begins
    before the last one's day, for services learn late of what they date earlier. since: what the day is of.
    """

    name: ServiceName
    base: str
    pause: float
    overlap: int
    since: str
    page: PageOf
    records: Callable[[bytes], Iterator[RawRecord]]
    keyed_pause: float | None = None
    key_variable: str = ""
    key_needed: bool = False
    contact: str = ""
    """The parameter that takes an address of mail."""


def refuse_too_many(service: str, found: int) -> None:
    """Raises RefusedQuestionError for a search that finds more than a review can hold."""
    if found > MOST_FOUND:
        says = f"{service} finds {found:,} records, more than {MOST_FOUND:,}"
        raise RefusedQuestionError(f"{says}: narrow the query, or write a day behind 'since'")


def json_answer(content: bytes) -> dict[str, Any]:
    """An answer in JSON, {} where it is none."""
    try:
        data = json.loads(content)
    except (ValueError, RecursionError):
        return {}
    return data if isinstance(data, dict) else {}


def has_all(listed: Sequence[str], counted: Sequence[str]) -> Check:
    """Whether an answer is whole JSON, with a list and a count under these keys."""

    def check(content: bytes) -> str:
        answer = json_answer(content)
        if isinstance(_at(answer, listed), list) and type(_at(answer, counted)) is int:
            return ""
        return "sends no results, or only half of an answer"

    return check


def _at(data: Any, path: Sequence[str]) -> Any:
    for key in path:
        data = data.get(key) if isinstance(data, dict) else None
    return data


def texts(data: Any, *path: str) -> list[str]:
    """The texts and numbers that stand at a path, through lists on the way."""
    found = [data]
    for key in path:
        found = [each.get(key) for each in found if isinstance(each, dict)]
        found = [one for each in found for one in (each if isinstance(each, list) else [each])]
    return [str(each) for each in found if isinstance(each, str | int) and str(each)]
