"""What became of the records of some searches: the counts of a flow, stream by stream."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field

from evidence.literature.flow.flow_counts import CountedItem, FlowCount, StreamCounts, Via
from evidence.literature.flow.flow_works import CountedWork, FlowWorks, FoundRecord
from evidence.literature.flow.searched_days import SEARCHED
from evidence.literature.searches.search_log import SearchRun, SourceKind

DATABASES: Via = "databases and registers"
OTHER: Via = "other methods"
_KINDS: dict[SourceKind, tuple[str, str]] = {
    "database": ("databases", "Databases"),
    "register": ("registers", "Registers"),
    "website": ("websites", "Websites"),
    "organisation": ("organisations", "Organisations"),
    "citation searching": ("citation-searching", "Citation searching"),
}
_NO_REASON = "No reason given"


@dataclass(frozen=True)
class Portion:
    """Some of the searches of a review, and the works that they brought.

    runs: their ids. fresh: the works to be screened, each counted once; carried: those of them that were
    found earlier. papers: positions of the papers of the review that no search has brought, which the
    reviewers knew.
    """

    runs: Collection[str]
    fresh: frozenset[str]
    carried: frozenset[str]
    papers: tuple[int, ...]


def stream_counts(flow: FlowWorks, portion: Portion) -> tuple[StreamCounts, StreamCounts]:
    """The counts of databases and registers, and of other methods."""
    streams = {DATABASES: _Stream(DATABASES, flow, portion), OTHER: _Stream(OTHER, flow, portion)}
    for work in flow.works:
        here = [record for record in work.records if record.run.id in portion.runs]
        kept = None
        if work.id in portion.fresh:
            by_search = any(record.run.kind in SEARCHED for record in here or work.records)
            stream = streams[DATABASES if by_search else OTHER]
            stream.works.append(work)
            if work.id not in portion.carried:
                kept = next(each for each in here if (each.run.kind in SEARCHED) == by_search)
        for record in here:
            stream = streams[DATABASES if record.run.kind in SEARCHED else OTHER]
            stream.records.append((work, record))
            if record is not kept:
                (stream.duplicates if work.id in portion.fresh else stream.known).append(record.item(work.id))
    return streams[DATABASES].counts(), streams[OTHER].counts()


@dataclass
class _Stream:
    """One stream while it is counted: records that were found in it, and works that are screened in it."""

    via: Via
    flow: FlowWorks
    portion: Portion
    records: list[tuple[CountedWork, FoundRecord]] = field(default_factory=list)
    works: list[CountedWork] = field(default_factory=list)
    duplicates: list[CountedItem] = field(default_factory=list)
    known: list[CountedItem] = field(default_factory=list)

    def counts(self) -> StreamCounts:
        """Every box of the stream."""
        unreadable = [item for run in self._runs() for item in _unread_of(run)]
        self.duplicates += [item for run in self._runs() for item in self._repeated(run)]
        by_hand = self._by_hand() if self.via == OTHER else []
        known = tuple(item for count in by_hand for item in count.items)
        titles = [work for work in self.works if work.state.stage == "title"]
        sought = [work for work in self.works if work.state.stage == "full text"]
        excluded = [work for work in titles if work.state.verdict == "excluded"]
        standing = _by(lambda work: work.state.verdict, sought)
        included = standing["included"]
        waiting = [work for name in ("waiting", "conflict", "unsure") for work in standing[name]]
        lost, out = standing["not retrieved"], standing["excluded"]
        return StreamCounts(
            self.via,
            (*self._identified(), *by_hand),
            self._count(
                "carried",
                "Awaiting in the previous version",
                [CountedItem(work.id) for work in self.works if work.id in self.portion.carried],
            ),
            self._count("duplicates", "Duplicate records", self.duplicates),
            self._count("known-before", "Records already known", self.known),
            self._count("unreadable", "Records that could not be read", unreadable),
            self._count(
                "awaiting-screening",
                "Records awaiting screening",
                [_waiting(work) for work in titles if work.state.verdict != "excluded"],
            ),
            self._count("screened", "Records screened", (*_ids((*excluded, *sought)), *known)),
            self._count("excluded", "Records excluded", _ids(excluded)),
            self._count("sought", "Reports sought for retrieval", (*_ids(sought), *known)),
            self._count("not-retrieved", "Reports not retrieved", _ids(lost)),
            self._count("awaiting-assessment", "Reports awaiting assessment", map(_waiting, waiting)),
            self._count("assessed", "Reports assessed for eligibility", (*_ids((*out, *included)), *known)),
            self._excluded_reports(out),
            self._count(
                "awaiting-extraction",
                "Reports awaiting extraction",
                _ids(work for work in included if not work.papers),
            ),
            self._count(
                "included", "Reports included", (*_ids(work for work in included if work.papers), *known)
            ),
        )

    def _count(
        self, box: str, label: str, items: Iterable[CountedItem], parts: Iterable[FlowCount] = ()
    ) -> FlowCount:
        prefix = "" if self.via == DATABASES else "other-"
        return FlowCount(f"{prefix}{box}", label, tuple(items), tuple(parts))

    def _identified(self) -> list[FlowCount]:
        """Records by kind of source, with a part for each, also for those that gave nothing."""
        found: dict[SourceKind, dict[str, list[CountedItem]]] = defaultdict(lambda: defaultdict(list))
        for run in self._runs():
            found[run.kind][run.source or run.file] += [*_unread_of(run), *self._repeated(run)]
        for work, record in self.records:
            found[record.run.kind][record.name].append(record.item(work.id))
        counts = []
        for kind, (box, label) in _KINDS.items():
            by_source = sorted(found[kind].items(), key=lambda each: (-len(each[1]), each[0]))
            if by_source:
                parts = [FlowCount(f"{box}: {name}", name, tuple(items)) for name, items in by_source]
                items = tuple(item for part in parts for item in part.items)
                counts.append(FlowCount(box, label, items, tuple(parts)))
        return counts

    def _runs(self) -> list[SearchRun]:
        runs = [run for run in self.flow.runs.values() if run.id in self.portion.runs]
        return [run for run in runs if (run.kind in SEARCHED) == (self.via == DATABASES)]

    def _repeated(self, run: SearchRun) -> list[CountedItem]:
        return [CountedItem("the same record once more", run.file)] * self.flow.repeated(run.id)

    def _by_hand(self) -> list[FlowCount]:
        """Papers of the records that no search has brought."""
        kinds: dict[str, list[CountedItem]] = {"known-to-reviewers": [], "re-analyses": []}
        for place in self.portion.papers:
            study, report = self.flow.papers[place][0]
            record = self.flow.records[study]
            item = self.flow.report_item(study, report)
            own = record.reports[report].type == "re-analysis"
            kinds["re-analyses" if own else "known-to-reviewers"].append(item)
        labels = {"known-to-reviewers": "Known to the reviewers", "re-analyses": "Re-analyses of data"}
        return [FlowCount(box, labels[box], tuple(items)) for box, items in kinds.items() if items]

    def _excluded_reports(self, out: Sequence[CountedWork]) -> FlowCount:
        reasons = _by(lambda work: work.state.reason or _NO_REASON, out)
        ordered = sorted(reasons.items(), key=lambda each: (-len(each[1]), each[0]))
        parts = [
            self._count(f"excluded-reports: {reason}", _capital(reason), _ids(works))
            for reason, works in ordered
        ]
        return self._count("excluded-reports", "Reports excluded", _ids(out), parts)


def _unread_of(run: SearchRun) -> list[CountedItem]:
    return [CountedItem("a record that could not be read", run.file or run.source)] * run.unreadable


def _by(key: Callable[[CountedWork], str], works: Iterable[CountedWork]) -> dict[str, list[CountedWork]]:
    found: dict[str, list[CountedWork]] = defaultdict(list)
    for work in works:
        found[key(work)].append(work)
    return found


def _ids(works: Iterable[CountedWork]) -> list[CountedItem]:
    return [CountedItem(work.id) for work in works]


def _waiting(work: CountedWork) -> CountedItem:
    """A work with what is missing."""
    state = work.state
    what = "the reviewers disagree" if state.verdict == "conflict" else state.verdict
    return CountedItem(work.id, f"{what} for {', '.join(state.waits_for)}" if state.waits_for else what)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
