"""The flow of a review as a whole, as an update of its previous version, or update by update."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from evidence.literature.flow.flow_counts import CountedItem, FlowCount, IncludedStudies, ReviewFlow
from evidence.literature.flow.flow_works import CountedWork, FlowWorks, ReportKey
from evidence.literature.flow.portions import Portion, stream_counts
from evidence.literature.flow.previous_releases import PreviousRelease
from evidence.literature.flow.searched_days import SearchedDays, searched_days
from evidence.literature.known_reports import KnownReports
from evidence.literature.screening.states import screening_states

SETTLED = ("excluded", "not retrieved")


def release_to_update(flow: FlowWorks) -> PreviousRelease | None:
    """The last release, or the one before it where nothing has come since the last; None without one."""
    releases = (
        flow.releases[:-1] if flow.releases and flow.releases[-1].is_now(flow.review) else flow.releases
    )
    return releases[-1] if releases else None


def whole_flow(flow: FlowWorks) -> ReviewFlow:
    """Everything that was ever searched, as a new review shows it."""
    fresh = frozenset(work.id for work in flow.works)
    portion = Portion(flow.runs.keys(), fresh, frozenset(), _by_hand(flow, range(len(flow.papers))))
    databases, other = stream_counts(flow, portion)
    every = _included(flow, "", flow.records, range(len(flow.papers)))
    return ReviewFlow(databases, other, every, every, _searched(flow))


def updated_flow(flow: FlowWorks, since: PreviousRelease) -> ReviewFlow:
    """What came after a release: searches that it did not know, and works that it left undecided.

    A work that the release left undecided, or that was decided otherwise since, is carried over. A work whose
    paper stands in a record of the release is known, also where that record is gone.
    """
    documents = since.documents
    before = flow.papers_in(documents)
    later = flow.runs.keys() - since.runs - _unlogged(flow)
    settled, known = _settled(flow, since), KnownReports(documents)
    fresh, carried = set(), set()
    for work in flow.works:
        if work.papers & before or known.facts(work.citation):
            continue
        if all(record.run.id in later for record in work.records):
            fresh.add(work.id)
        elif work.id not in settled:
            fresh.add(work.id)
            carried.add(work.id)
    now = frozenset(range(len(flow.papers)))
    new = [place for place in range(len(flow.papers)) if place not in before]
    portion = Portion(later, frozenset(fresh), frozenset(carried), _by_hand(flow, new))
    databases, other = stream_counts(flow, portion)
    studies = {each.model.study for each in documents if each.model is not None}
    return ReviewFlow(
        databases,
        other,
        _included(flow, "new-", flow.records.keys() - studies, new),
        _included(flow, "total-", flow.records, range(len(flow.papers))),
        _searched(flow),
        since.number,
        _earlier(flow, "previous-", studies, before),
        _earlier(flow, "gone-", studies - flow.records.keys(), before - now),
    )


def _settled(flow: FlowWorks, since: PreviousRelease) -> set[str]:
    """Works about which a release had decided what holds now."""
    citations = [work.citation for work in flow.works]
    then = screening_states(since.inputs, citations)
    return {
        work.id
        for work in flow.works
        if work.state.verdict in SETTLED
        and (then[work.id].stage, then[work.id].verdict) == (work.state.stage, work.state.verdict)
    }


def living_flow(flow: FlowWorks) -> tuple[ReviewFlow, ...]:
    """A flow for each release that had new searches, and one for what came after the last of them.

    Each tells where the works that its searches brought stand today. A study belongs to the search that
    brought its first report, and one that no search brought to the first release that had it.
    """
    known: set[str] = set()
    periods: list[tuple[str, set[str]]] = []
    for release in flow.releases:
        runs = {*release.runs, *(_unlogged(flow) if not periods else ())} & flow.runs.keys()
        if runs - known:
            periods.append((release.number, runs - known))
            known |= runs
    rest = flow.runs.keys() - known
    if rest or not periods:
        periods.append(("", rest))
    of_works = {work.id: _first(work, periods) for work in flow.works}
    of_papers = _periods_of_papers(flow, of_works, [name for name, _ in periods])
    of_studies = _periods_of_studies(flow, of_papers)
    flows = []
    for period, (name, runs) in enumerate(periods):
        fresh = frozenset(each for each, at in of_works.items() if at == period)
        papers = [place for place, at in of_papers.items() if at == period]
        portion = Portion(runs, fresh, frozenset(), _by_hand(flow, papers))
        databases, other = stream_counts(flow, portion)
        studies = [study for study, at in of_studies.items() if at == period]
        new = _included(flow, "", studies, papers)
        days = searched_days((run for run in flow.logged if run.id in runs), None)
        flows.append(ReviewFlow(databases, other, new, new, days, name))
    return tuple(flows)


def _searched(flow: FlowWorks) -> SearchedDays:
    return searched_days(flow.logged, flow.loaded.review.searched_to)


def _unlogged(flow: FlowWorks) -> set[str]:
    """Runs of records from before there was a log: they are of the first version."""
    return {run for run in flow.runs if run.startswith(":")}


def _first(work: CountedWork, periods: Sequence[tuple[str, set[str]]]) -> int:
    here = {record.run.id for record in work.records}
    return next(at for at, (_, runs) in enumerate(periods) if here & runs)


def _periods_of_papers(flow: FlowWorks, of_works: dict[str, int], names: Sequence[str]) -> dict[int, int]:
    """The period of each paper: that of the work that is included, else of the first release with it."""
    found: dict[int | ReportKey, int] = {}
    for work in flow.works:
        for place in work.papers if work.state.verdict == "included" else ():
            found[place] = min(found.get(place, len(names)), of_works[work.id])
    last = len(names) - 1
    for release in flow.releases:
        at = names.index(release.number) if release.number in names else last
        for each in flow.papers_in(release.documents):
            found.setdefault(each, at)
    return {place: found.get(place, last) for place in range(len(flow.papers))}


def _periods_of_studies(flow: FlowWorks, of_papers: dict[int, int]) -> dict[str, int]:
    found: dict[str, int] = {}
    for (study, _), place in flow.paper_of.items():
        found[study] = min(found.get(study, of_papers[place]), of_papers[place])
    return found


def _by_hand(flow: FlowWorks, among: Iterable[int]) -> tuple[int, ...]:
    """Papers of the records that no included citation is."""
    brought = {place for work in flow.works if work.state.verdict == "included" for place in work.papers}
    return tuple(place for place in among if place not in brought)


def _included(flow: FlowWorks, prefix: str, studies: Iterable[str], papers: Iterable[int]) -> IncludedStudies:
    return _counted(
        prefix,
        [CountedItem(each, flow.files[each]) for each in sorted(studies)],
        [flow.report_item(*flow.papers[each][0]) for each in papers],
    )


def _earlier(
    flow: FlowWorks, prefix: str, studies: Iterable[str], papers: Iterable[int | ReportKey]
) -> IncludedStudies:
    keys = sorted(flow.papers[each][0] if isinstance(each, int) else each for each in papers)
    return _counted(
        prefix,
        [CountedItem(each) for each in sorted(studies)],
        [CountedItem("/".join(key)) for key in keys],
    )


_STUDIES = {
    "": "Studies included",
    "new-": "New studies included",
    "total-": "Total studies included",
    "previous-": "Studies in the previous version",
    "gone-": "Studies no longer included",
}


def _counted(prefix: str, studies: Sequence[CountedItem], reports: Sequence[CountedItem]) -> IncludedStudies:
    return IncludedStudies(
        FlowCount(f"{prefix}studies", _STUDIES[prefix], tuple(studies)),
        FlowCount(f"{prefix}reports", "Reports of them", tuple(reports)),
    )
