"""The flow of a review's records as a diagram: the templates of PRISMA 2020, and a column an update.

The words of the boxes are those of the templates (Page et al. 2021, BMJ 372:n71, http://www.prisma-statement.org).
Boxes that do not apply are left out; what waits for a decision has boxes with a dashed edge.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from evidence.literature.flow.flow_counts import FlowCount, IncludedStudies, ReviewFlow, StreamCounts
from evidence.literature.flow.searched_days import month_in_words
from synthesis.drawing.flow_diagram import (
    BoxLook,
    FlowBox,
    FlowColumns,
    FlowDiagram,
    FlowLine,
    FlowRow,
    FlowStream,
    RowKind,
    StreamStep,
)

_STAGES = (("Identification", 1), ("Screening", 3))
_NOTHING = StreamStep(None)


def flow_diagram(flow: ReviewFlow, title: str) -> FlowDiagram:
    """The diagram of a new review, or of the update of one that has a previous version."""
    new = "" if flow.previous is None else "new "
    streams = [] if flow.previous is None else [_previous(flow.previous, flow.gone)]
    for stream in flow.streams:
        name = f"Identification of {new}studies via {stream.via}"
        streams.append(FlowStream(name, _steps(stream, stream is flow.databases)))
    if flow.previous is None:
        ends = [_included(flow.new, "Studies included in review", "Reports of included studies")]
    else:
        ends = [
            _included(flow.new, "New studies included in review", "Reports of new included studies"),
            _included(flow.total, "Total studies included in review", "Reports of total included studies"),
        ]
    stages = (*_STAGES, ("Included", len(ends)))
    notes = tuple(filter(None, (flow.searched.sentence,)))
    return FlowDiagram(title, tuple(streams), tuple(ends), stages, notes)


def _previous(before: IncludedStudies, gone: IncludedStudies | None) -> FlowStream:
    words = [
        f"Studies included in previous version of review {_n(before.studies)}",
        f"Reports of studies included in previous version of review {_n(before.reports)}",
    ]
    if gone is not None and (gone.studies.n or gone.reports.n):
        words += [f"Studies no longer included {_n(gone.studies)}", f"Reports of them {_n(gone.reports)}"]
    box = FlowBox(tuple(map(FlowLine, words)))
    return FlowStream("Previous studies", (StreamStep(box), *[_NOTHING] * 3), end=1)


def _steps(stream: StreamCounts, every: bool) -> tuple[StreamStep, ...]:
    """The boxes of a stream; of other methods those of the template, and others where they hold something."""
    removed = [FlowLine(f"{each.label} {_n(each)}", 1) for each in _removed(stream, every)]
    titles = (
        [FlowBox((FlowLine("Records removed before screening:"), *removed), "leaving")] if removed else []
    )
    titles += _if_any(stream.waiting_titles)
    screened = _NOTHING
    if every or stream.excluded.n or stream.waiting_titles.n:
        screened = StreamStep(_box(stream.screened), (_box(stream.excluded, "leaving"),))
    lost = (_box(stream.not_retrieved, "leaving"), *_if_any(stream.waiting_reports))
    out = (_reasons(stream.excluded_reports), *_if_any(stream.awaiting_extraction))
    return (
        StreamStep(_identified(stream, every), tuple(titles)),
        screened,
        StreamStep(_box(stream.sought), lost),
        StreamStep(_box(stream.assessed), out),
    )


def _removed(stream: StreamCounts, every: bool) -> list[FlowCount]:
    counts = (stream.duplicates, stream.known, stream.unreadable)
    return [each for each in counts if each.n or (every and each is stream.duplicates)]


def _identified(stream: StreamCounts, every: bool) -> FlowBox:
    lines = [FlowLine("Records identified from:")]
    for kind in stream.identified:
        lines.append(FlowLine(f"{kind.label} {_n(kind)}", 1))
        parts = kind.parts if every else ()
        lines += [FlowLine(f"{source.label} {_n(source)}", 2) for source in parts]
    if stream.carried.n:
        lines.append(FlowLine(f"{stream.carried.label} {_n(stream.carried)}", 1))
    if len(lines) == 1:
        lines = [FlowLine("Records identified (n = 0)")]
    return FlowBox(tuple(lines))


def _reasons(out: FlowCount) -> FlowBox:
    lines = [FlowLine(f"{reason.label} {_n(reason)}", 1) for reason in out.parts]
    return FlowBox((FlowLine(f"{out.label} {_n(out)}{':' if lines else ''}"), *lines), "leaving")


def _box(count: FlowCount, look: BoxLook = "step") -> FlowBox:
    return FlowBox((FlowLine(f"{count.label} {_n(count)}"),), look)


def _if_any(count: FlowCount) -> list[FlowBox]:
    return [_box(count, "waiting")] if count.n else []


def _included(included: IncludedStudies, studies: str, reports: str) -> FlowBox:
    words = (f"{studies} {_n(included.studies)}", f"{reports} {_n(included.reports)}")
    return FlowBox(tuple(map(FlowLine, words)), "last")


def _n(count: FlowCount) -> str:
    return f"(n = {count.n:,})".replace(" ", "\N{NO-BREAK SPACE}")


# A column an update.


def flow_columns(flows: Sequence[ReviewFlow], title: str, note: str) -> FlowColumns:
    """The flows of the first version and of each update side by side, and where there are several their sum.

    note: to which day was searched; '' for none.
    """
    total = len(flows) > 1
    columns = [_heading(flow) for flow in flows] + (["All"] if total else [])
    rows = tuple(
        FlowRow(label, tuple(f"{n:,}" for n in (*counts, *([sum(counts)] if total else []))), kind)
        for kind, label, counts in _rows(flows)
    )
    return FlowColumns(title, tuple(columns), rows, total, tuple(filter(None, (note,))))


def _heading(flow: ReviewFlow) -> str:
    """The release, and the day to which was searched: 1.0.0, to 5 Jan 2026."""
    name = flow.name or "Since then"
    day = flow.searched.day
    return f"{name}, to {day.day}\N{NO-BREAK SPACE}{month_in_words(day)[:3]} {day.year}" if day else name


Counted = tuple[RowKind, str, list[int]]


def _rows(flows: Sequence[ReviewFlow]) -> Iterator[Counted]:
    yield "step", "Records identified", [sum(stream.found for stream in flow.streams) for flow in flows]
    if any(flow.has_other for flow in flows):
        yield "detail", "Databases and registers", [flow.databases.found for flow in flows]
        yield "detail", "Other methods", [flow.other.found for flow in flows]
    yield _row("leaving", "duplicates", flows)
    yield from _rows_if_any("leaving", "known", flows)
    yield from _rows_if_any("leaving", "unreadable", flows)
    yield from _rows_if_any("waiting", "waiting_titles", flows)
    yield _row("step", "screened", flows)
    yield _row("leaving", "excluded", flows)
    yield _row("step", "sought", flows)
    yield _row("leaving", "not_retrieved", flows)
    yield from _rows_if_any("waiting", "waiting_reports", flows)
    yield _row("step", "assessed", flows)
    yield _row("leaving", "excluded_reports", flows)
    yield from _rows_of_reasons(flows)
    yield from _rows_if_any("waiting", "awaiting_extraction", flows)
    yield "step", "Studies included", [flow.new.studies.n for flow in flows]
    yield "detail", "Reports of them", [flow.new.reports.n for flow in flows]


def _row(kind: RowKind, name: str, flows: Sequence[ReviewFlow]) -> Counted:
    counts = [[getattr(stream, name) for stream in (flow.databases, flow.other)] for flow in flows]
    return kind, counts[0][0].label, [sum(each.n for each in both) for both in counts]


def _rows_if_any(kind: RowKind, name: str, flows: Sequence[ReviewFlow]) -> Iterator[Counted]:
    found = _row(kind, name, flows)
    if any(found[2]):
        yield found


def _rows_of_reasons(flows: Sequence[ReviewFlow]) -> Iterator[Counted]:
    """The reasons of all columns, the commonest first."""
    numbers: dict[str, list[int]] = {}
    for place, flow in enumerate(flows):
        for stream in flow.streams:
            for reason in stream.excluded_reports.parts:
                numbers.setdefault(reason.label, [0] * len(flows))[place] += reason.n
    for label, counts in sorted(numbers.items(), key=lambda each: (-sum(each[1]), each[0])):
        yield "detail", label, counts
