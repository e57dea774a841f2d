"""The searches of a review, and what became of what they found: PRISMA's flow, and what it counts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from evidence.literature.citation_store import StoreError
from evidence.literature.duplicates.said_of_pairs import DecisionError
from evidence.literature.flow.adding_up import flow_problems, imbalances
from evidence.literature.flow.flow_counts import FlowCount, ReviewFlow
from evidence.literature.flow.flow_forms import release_to_update, updated_flow, whole_flow
from evidence.literature.flow.flow_works import FlowWorks, flow_works
from evidence.literature.screening.decision_files import ScreeningError
from evidence.literature.searches.search_log import SearchRun
from evidence.records.parsing import Severity
from evidence.records.review import LoadedReview
from evidence.wording import counted
from synthesis.drawing.flow_diagram import flow_alternative
from synthesis.plots.record_flow import flow_diagram
from synthesis.report.drawn_charts import shown_flow
from synthesis.report.page_parts import FlowOfRecords, ShownTable, TableCell

NO_SEARCH = "No search is recorded in this review's files: its records were not drawn from a log of searches."

_MOST_NAMED = 12
"""Of what a box counts: more are printed by `flow --list`."""


def flow_of_records(loaded: LoadedReview) -> FlowOfRecords:
    """The flow as `flow` draws it, and the log of searches; sentences in place of what cannot be shown."""
    try:
        works = flow_works(loaded.folder, loaded)
    except (StoreError, DecisionError, ScreeningError) as reason:
        return FlowOfRecords((f"The flow of records cannot be drawn: {reason}.",))
    if not works.runs:
        return FlowOfRecords((NO_SEARCH,))
    since = release_to_update(works)
    flow = whole_flow(works) if since is None else updated_flow(works, since)
    log = _log(works.logged)
    problems = [*flow_problems(works), *imbalances(works.review, (flow,))]
    errors = [problem.says for problem in problems if problem.severity is Severity.ERROR]
    if errors:
        return FlowOfRecords(tuple(f"The flow is not drawn: {says}." for says in errors), log=log)
    diagram = flow_diagram(flow, f"Flow of records: {loaded.review.title}")
    notes = tuple(f"{problem.says}." for problem in problems)
    chart = shown_flow(diagram, flow_alternative(diagram), _behind(works, flow))
    return FlowOfRecords(notes, chart, log)


def _behind(works: FlowWorks, flow: ReviewFlow) -> ShownTable:
    rows = tuple(_row(count, is_part) for count, is_part in _every(flow.counts) if count.n)
    heads = ("Box", "Number", "Which", "Name for --list")
    since = f"What came after release {flow.name}. " if flow.previous is not None else ""
    note = f"{since}python -m synthesis flow --list NAME prints all that a box counts, with their files."
    return ShownTable("flow-boxes", "Flow of records", heads, (False, True, False, False), rows, (note,))


def _every(counts: Iterable[FlowCount], are_parts: bool = False) -> Iterator[tuple[FlowCount, bool]]:
    """Each count, and whether it is a part of one before."""
    for count in counts:
        yield count, are_parts
        yield from _every(count.parts, are_parts=True)


def _row(count: FlowCount, is_part: bool) -> tuple[TableCell, ...]:
    named = [item.id for item in count.items[:_MOST_NAMED]]
    left = count.n - len(named)
    which = ", ".join([*named, *([f"and {left:,} more"] if left else [])])
    label = f"{'of these, ' if is_part else ''}{count.label}"
    return tuple(map(TableCell, (label, f"{count.n:,}", which, count.box)))


def _log(runs: Iterable[SearchRun]) -> ShownTable:
    rows = tuple(_run(run) for run in sorted(runs, key=lambda run: (run.searched, run.id)))
    heads = ("Searched", "Source", "Asked", "Found", "Came in", "What else")
    numeric = (False, False, False, True, True, False)
    return ShownTable("searches", "Log of searches", heads, numeric, rows)


def _run(run: SearchRun) -> tuple[TableCell, ...]:
    day = run.searched.isoformat() if run.dated else f"not stated; imported {run.run.date().isoformat()}"
    source = run.source or run.file
    asked = "; ".join(
        part
        for part in (
            run.query,
            f"saved search {run.search}" if run.search else "",
            f"from {run.since.isoformat()}" if run.since else "",
            run.file if run.file != source else "",
        )
        if part
    )
    rest = "; ".join(
        part
        for part in (
            run.kind if run.kind != "database" else "",
            f"{run.known:,} known from before" if run.known else "",
            f"{counted(run.unreadable, 'record')} unreadable" if run.unreadable else "",
            "" if run.complete else "not everything came",
        )
        if part
    )
    found = run.read + run.unreadable if run.found is None else run.found
    return tuple(map(TableCell, (day, source, asked, f"{found:,}", f"{run.read:,}", rest)))
