"""What a flow counts: every work with its records, its screening and the reports of the review that it is."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path

from evidence.literature.citation import Citation, CitationSource
from evidence.literature.citation_store import FOLDER, read_citations
from evidence.literature.duplicates.said_of_pairs import as_decisions, read_decisions
from evidence.literature.flow.flow_counts import CountedItem
from evidence.literature.flow.previous_releases import PreviousRelease, previous_releases
from evidence.literature.known_reports import KnownReports
from evidence.literature.screening.states import ScreeningState, screening_states
from evidence.literature.searches.search_log import SearchRun, read_runs
from evidence.records.parsing import Tree
from evidence.records.reading import Document
from evidence.records.review import LoadedReview
from evidence.records.schema import Record

ReportKey = tuple[str, str]
"""Study and report: two records may have the same paper."""


@dataclass(frozen=True)
class FoundRecord:
    """One record of a search: where it was read, and the run in which it was found."""

    source: CitationSource
    run: SearchRun

    @property
    def name(self) -> str:
        """Of the database, or of the file where nothing names it."""
        return self.run.source or self.run.file

    @property
    def order(self) -> tuple[date, str, CitationSource]:
        """By the day of the search."""
        return self.run.searched, self.run.id, self.source

    def item(self, work: str) -> CountedItem:
        """As what is counted."""
        return CountedItem(work, f"{self.source.file}:{self.source.line}")


@dataclass(frozen=True)
class CountedWork:
    """A citation with its records in the order in which they were found."""

    citation: Citation
    records: tuple[FoundRecord, ...]
    state: ScreeningState
    papers: frozenset[int]
    """The papers of the review that it is, by their position among `FlowWorks.papers`."""

    @property
    def id(self) -> str:
        """Of the citation."""
        return self.citation.id


@dataclass(frozen=True)
class FlowWorks:
    """Everything that the numbers of a flow are derived from.

    runs: by id; those of records from before there was a log have an id that begins with a colon. papers: the
    reports of the records, each paper once with every record that has it.
    """

    review: Path
    loaded: LoadedReview
    runs: Mapping[str, SearchRun]
    works: tuple[CountedWork, ...]
    papers: tuple[tuple[ReportKey, ...], ...]
    releases: tuple[PreviousRelease, ...]

    @cached_property
    def paper_of(self) -> dict[ReportKey, int]:
        """The position of the paper that a report is."""
        return {key: place for place, keys in enumerate(self.papers) for key in keys}

    @cached_property
    def lines(self) -> dict[str, Counter[int]]:
        """Of each run the lines on which its records stand, with how many stand there."""
        found: dict[str, Counter[int]] = defaultdict(Counter)
        for record in (record for work in self.works for record in work.records):
            found[record.run.id][record.source.line] += 1
        return found

    def repeated(self, run: str) -> int:
        """How many records of a run say the same as another on their line: the store has one of them.

        Only files that have several records on a line, such as JSON without breaks, can hold such records.
        """
        lines = self.lines.get(run, Counter())
        on_one_line = lines.keys() == {1} or any(count > 1 for count in lines.values())
        return max(0, self.runs[run].read - lines.total()) if on_one_line else 0

    def papers_in(self, documents: Iterable[Document[Record]]) -> frozenset[int | ReportKey]:
        """The papers of records of an earlier version; a report that is no longer there by its own name."""
        return frozenset(self.paper_of.get(key, key) for key in report_keys(documents))

    @cached_property
    def records(self) -> dict[str, Record]:
        """The records by the names of their studies."""
        return {record.study: record for record in self.loaded.records}

    def report_item(self, study: str, report: str) -> CountedItem:
        """A report as what is counted, with the file of its record."""
        return CountedItem(f"{study}/{report}", self.files.get(study, ""))

    @cached_property
    def trees(self) -> dict[str, Tree]:
        """Where everything stands in the record of each study."""
        read = self.loaded.documents
        return {
            each.model.study: each.tree for each in read if each.model is not None and each.tree is not None
        }

    @property
    def logged(self) -> list[SearchRun]:
        """The runs of the log, without those made for records that are older."""
        return [run for run in self.runs.values() if not run.id.startswith(":")]

    @cached_property
    def files(self) -> dict[str, str]:
        """The file of each study, below the review."""
        read = [each for each in self.loaded.documents if each.model is not None]
        return {each.model.study: f"studies/{each.path.name}" for each in read if each.model is not None}


def report_keys(documents: Iterable[Document[Record]]) -> list[ReportKey]:
    """Every report of records that can be read."""
    records = (document.model for document in documents if document.model is not None)
    return [(record.study, name) for record in records for name in record.reports]


def flow_works(review: Path, loaded: LoadedReview) -> FlowWorks:
    """Read what the numbers of a flow are derived from.

    Raises StoreError, DecisionError and ScreeningError for files that cannot be read.
    """
    citations = read_citations(review, as_decisions(read_decisions(review / FOLDER)))
    runs = {run.id: run for run in read_runs(review)}
    known = KnownReports.of_review(loaded)
    facts = {
        each.id: [(fact.study, fact.report) for fact in known.facts(each) if not fact.waiting]
        for each in citations
    }
    papers = _papers(report_keys(loaded.documents), loaded, facts.values())
    place = {key: at for at, keys in enumerate(papers) for key in keys}
    states = screening_states(review, citations)
    works = tuple(
        CountedWork(
            each,
            tuple(sorted(_records(each, runs), key=lambda record: record.order)),
            states[each.id],
            frozenset(place[key] for key in facts[each.id] if key in place),
        )
        for each in citations
    )
    return FlowWorks(review, loaded, runs, works, papers, previous_releases(review))


def _records(citation: Citation, runs: dict[str, SearchRun]) -> Iterator[FoundRecord]:
    """The records of a work; those from before there was a log belong to a run made for their database."""
    for part in citation.records():
        logged = {_place(source) for source in part.sources if source.search}
        for source in part.sources:
            if source.search or _place(source) not in logged:
                run = runs.get(source.search) or _unlogged(source)
                yield FoundRecord(source, runs.setdefault(run.id, run))


def _place(source: CitationSource) -> tuple[str, int, str, str]:
    return source.file, source.line, source.database, source.accession


def _unlogged(source: CitationSource) -> SearchRun:
    """A run for records that name none, or one that the log does not have."""
    return SearchRun(
        id=f":{source.search or source.database or source.file}",
        run=datetime.min.replace(tzinfo=UTC),
        searched=date.min,
        source=source.database,
        file=source.file,
    )


def _papers(
    keys: Sequence[ReportKey], loaded: LoadedReview, together: Iterable[Sequence[ReportKey]]
) -> tuple[tuple[ReportKey, ...], ...]:
    """Reports that are one paper: with the same DOI or PubMed number, or both told of by one citation."""
    group = {key: key for key in keys}

    def first(key: ReportKey) -> ReportKey:
        while group[key] != key:
            key = group[key]
        return key

    named: dict[str, list[ReportKey]] = defaultdict(list)
    for record in loaded.records:
        for name, report in record.reports.items():
            for said in (report.doi and report.doi.casefold(), report.pmid and f"pmid:{report.pmid}"):
                if said:
                    named[said].append((record.study, name))
    for same in (*named.values(), *together):
        present = [key for key in same if key in group]
        for key in present[1:]:
            group[max(first(key), first(present[0]))] = min(first(key), first(present[0]))
    found: dict[ReportKey, list[ReportKey]] = defaultdict(list)
    for key in sorted(keys):
        found[first(key)].append(key)
    return tuple(map(tuple, found.values()))
