"""Saved searches run again: what is new at the services comes into the review."""

from __future__ import annotations

import datetime
import hashlib
import json
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from evidence.literature.assembling import citation_of
from evidence.literature.citation import Citation
from evidence.literature.citation_store import FOLDER, read_citations, writing_alone
from evidence.literature.duplicates.said_of_pairs import as_decisions, read_decisions
from evidence.literature.importing_exports import Imported, join_records
from evidence.literature.searches.fetched_pages import FetchedRun, begun_run, fetching_alone
from evidence.literature.searches.search_log import SearchRun, append_run, read_runs
from evidence.literature.searches.service_requests import (
    Asking,
    RefusedQuestionError,
    ServiceError,
    UnreachableServiceError,
)
from evidence.literature.searches.services.crossref import CROSSREF
from evidence.literature.searches.services.europe_pmc import EUROPE_PMC
from evidence.literature.searches.services.openalex import OPENALEX
from evidence.literature.searches.services.pubmed import PUBMED
from evidence.literature.searches.services.search_service import SearchService, refuse_too_many
from evidence.records.saved_searches import SavedSearch

SERVICES = {each.name: each for each in (PUBMED, EUROPE_PMC, CROSSREF, OPENALEX)}
CONTACT = "SYNTHESIS_EMAIL"
"""The environment variable with an address that services may write to before they lock somebody out."""
_ID = 12
_KEY = re.compile(r"[\x21-\x7e]+")
_ADDRESS = re.compile(r"[^\s@<>]+@[^\s@<>]+")

Told = Callable[[int, int | None, str], None]


@dataclass
class UpdatedSearch:
    """What became of one saved search.

    run: as it was logged, None where nothing is. new: works that nothing was known of. joined: records of
    works that were known. remarks: what the service said beside. error: why it is not complete.
    unreachable: whether there was no way to the service.
    """

    search: SavedSearch
    run: SearchRun | None = None
    new: tuple[Citation, ...] = ()
    joined: int = 0
    remarks: tuple[str, ...] = ()
    error: str = ""
    unreachable: bool = False
    waiting: int = 0
    """Records that were fetched, where it broke off: the next run goes on behind them."""


def update_searches(
    review: Path,
    searches: Sequence[SavedSearch],
    tell: Told = lambda done, total, what: None,
    *,
    addresses: Mapping[str, str] | None = None,
    today: datetime.date | None = None,
) -> Iterator[UpdatedSearch]:
    """Fetch what the services have entered since the last complete run of each search, one after the other.

    A run that broke off goes on with its next page. What is fetched is written when all of it is there, whole
    or not at all; only then the run is logged. tell: called with how much is done, of how much, and what.
    addresses: of services by their names, for tests; today: likewise. Raises StoreError and DecisionError;
    a service that fails is told in its result.
    """
    asks: dict[str, Asking] = {}  # one a service: its searches share one pace
    with fetching_alone(review):
        for search in searches:
            service = SERVICES[search.service]
            try:
                if service.name not in asks:
                    base = (addresses or {}).get(service.name, service.base)
                    asks[service.name] = asking(replace(service, base=base))
                yield _update(review, search, asks[service.name], tell, today or datetime.date.today())
            except ServiceError as error:
                yield UpdatedSearch(search, error=str(error))


def asking(service: SearchService, pause: float | None = None) -> Asking:
    """How a service is asked, with the key and the address of mail that the environment holds.

    pause: in place of the service's own. Raises ServiceError for a key that is none, or is not there.
    """
    key = os.environ.get(service.key_variable, "").strip() if service.key_variable else ""
    contact = os.environ.get(CONTACT, "").strip()
    if key and not _KEY.fullmatch(key):
        raise ServiceError(f"the environment variable {service.key_variable} holds no key: it has blanks")
    if contact and not _ADDRESS.fullmatch(contact):
        raise ServiceError(f"the environment variable {CONTACT} holds no address of mail")
    if service.key_needed and not key:
        raise ServiceError(
            f"{service.name} answers only with a key, which is free: see docs/literature.md, and put it into "
            f"the environment variable {service.key_variable}"
        )
    always = {"tool": "living-synthesis"} if service.name == "PubMed" else {}
    always |= {"api_key": key} if key else {}
    always |= {service.contact: contact} if contact else {}
    usual = service.keyed_pause if key and service.keyed_pause is not None else service.pause
    return Asking(service.name, service.base, usual if pause is None else pause, always, key)


def _update(
    review: Path, search: SavedSearch, ask: Asking, tell: Told, today: datetime.date
) -> UpdatedSearch:
    service = SERVICES[search.service]
    runs = read_runs(review)
    run = begun_run(review, search, first_day(search, runs), today)
    if not run.state.mark and any(each.id == _run_of(search, run).id for each in runs):
        run.forget()  # it was written, and only its pages were left behind
        run = begun_run(review, search, first_day(search, runs), today)
    try:
        _fetch(service, search, ask, run, tell, today)
    except ServiceError as error:
        waiting = sum(1 for content in run.contents() for _ in service.records(content))
        lost = isinstance(error, UnreachableServiceError)
        return UpdatedSearch(
            search, error=str(error), unreachable=lost, waiting=waiting, remarks=run.state.remarks
        )
    done = _store(review, service, search, run, tell)
    run.forget()
    return done


def first_day(search: SavedSearch, runs: Iterable[SearchRun]) -> datetime.date | None:
    """The first day that the next run asks for: some days before the last complete run of the same query."""
    before = [
        each.searched
        for each in runs
        if (each.search, each.source, each.query) == (search.name, search.service, _query(search))
        and each.complete
    ]
    if not before:
        return search.since
    day = max(before) - datetime.timedelta(days=SERVICES[search.service].overlap)
    return max(day, search.since) if search.since else day


def _query(search: SavedSearch) -> str:
    return f"{search.query} | {search.filter}" if search.filter else search.query


def _fetch(
    service: SearchService,
    search: SavedSearch,
    ask: Asking,
    run: FetchedRun,
    tell: Told,
    today: datetime.date,
) -> None:
    """All pages that are missing; a mark that the service has forgotten begins the run anew, once."""
    came = 0
    while run.state.mark:
        tell(came, run.state.found or None, f"fetching {search.name}")
        try:
            page = service.page(ask, search, run.since, run.state.mark)
        except RefusedQuestionError:
            if not run.resumed:
                raise
            run.begin_anew(today)
            came = 0
            continue
        refuse_too_many(service.name, page.found)
        run.keep(page)
        came += sum(1 for _ in service.records(page.content)) if page.content else 0


def _run_of(search: SavedSearch, run: FetchedRun) -> SearchRun:
    """The line of the log, without counts: the same answers of the same day are the same run."""
    digest = run.digest()
    said = [search.name, search.service, _query(search), run.state.since, run.state.begun, digest]
    return SearchRun(
        id=hashlib.sha256(json.dumps(said).encode()).hexdigest()[:_ID],
        run=datetime.datetime.now(datetime.UTC).replace(microsecond=0),
        searched=run.begun,
        source=search.service,
        file=search.name,
        digest=digest,
        search=search.name,
        query=_query(search),
        since=run.since,
    )


@dataclass
class _Results:
    """The records of a run: each once by its number at the service."""

    found: list[Citation] = field(default_factory=list)
    numbers: set[str] = field(default_factory=set)
    unreadable: int = 0

    def add(self, service: SearchService, name: str, contents: Iterable[bytes]) -> None:
        """Read pages; a record's line is its place among all."""
        for content in contents:
            for raw in service.records(content):
                number = next(iter(raw.said.get("accession", ())), "")
                if number and number in self.numbers:
                    continue
                self.numbers.add(number)
                place = len(self.found) + self.unreadable + 1
                citation = citation_of(replace(raw, line=place), name, service.name)
                if citation is None:
                    self.unreadable += 1
                else:
                    self.found.append(citation)

    @property
    def came(self) -> int:
        """How many records, readable or not."""
        return len(self.found) + self.unreadable


def _store(
    review: Path, service: SearchService, search: SavedSearch, fetched: FetchedRun, tell: Told
) -> UpdatedSearch:
    results = _Results()
    results.add(service, search.name, fetched.contents())
    state, done = fetched.state, Imported()
    there = results.came + state.missing  # more than were counted where some came meanwhile
    run = replace(
        _run_of(search, fetched),
        unreadable=results.unreadable + state.missing,
        complete=there >= state.found,
    )
    with writing_alone(review):
        runs = read_runs(review)
        before = read_citations(review, as_decisions(read_decisions(review / FOLDER)))
        own = {each.id for each in runs if each.search == search.name} - {run.id}
        known = {source.accession for each in before for source in each.sources if source.search in own}
        read = [each for each in results.found if each.sources[0].accession not in known]
        again = len(results.found) - len(read)
        run = replace(run, read=len(read), known=again, found=max(state.found, there) - again)
        named = [replace(each, sources=(replace(each.sources[0], search=run.id),)) for each in read]
        if named:
            join_records(review, named, done, tell)
        if not _nothing_since(run, runs):
            append_run(review, run)
    old = {name for each in before for name in each.names}
    works = done.result.citations if done.result else ()
    new = tuple(each for each in works if not each.names & old)
    error = "" if run.complete else f"{service.name} found {state.found:,} and gave {results.came:,} of them"
    return UpdatedSearch(search, run, new, done.joined, state.remarks, error)


def _nothing_since(run: SearchRun, runs: Iterable[SearchRun]) -> bool:
    """Whether the same was asked on the same day before, and nothing came since: git has nothing to see."""
    if not run.complete or run.read or run.unreadable:
        return False
    same = (run.search, run.source, run.query, run.searched, run.complete)
    return any((each.search, each.source, each.query, each.searched, each.complete) == same for each in runs)
