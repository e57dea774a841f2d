"""What a flow diagram shows, before anything has a place: boxes one after another, and what leaves them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

BoxLook: TypeAlias = Literal["step", "leaving", "waiting", "last"]


@dataclass(frozen=True)
class FlowLine:
    """A line of a box, set in by so many steps; it is broken where the box is too narrow."""

    text: str
    indent: int = 0


@dataclass(frozen=True)
class FlowBox:
    """The lines of a box, the first one being its heading, and what kind of box it is.

    step: who goes on; leaving: who does not; waiting: about whom nothing is decided; last: who is left.
    """

    lines: tuple[FlowLine, ...]
    look: BoxLook = "step"

    def __post_init__(self) -> None:
        if not self.lines:
            raise ValueError("a box of a flow diagram has at least one line")


@dataclass(frozen=True)
class StreamStep:
    """What stands at one height of a stream: a box, or None where its line goes on, and what leaves there."""

    box: FlowBox | None
    leaving: tuple[FlowBox, ...] = ()


@dataclass(frozen=True)
class FlowStream:
    """Steps from top to bottom, as many as every other stream of the diagram has.

    end: the position among the diagram's ends of the one that the stream leads to, None where it ends.
    """

    title: str
    steps: tuple[StreamStep, ...]
    end: int | None = 0


@dataclass(frozen=True)
class FlowDiagram:
    """Streams side by side that lead to boxes at the end, each of which leads to the next.

    stages: names of the parts of the diagram from top to bottom, each with how many heights it takes; the
    ends take the last.
    """

    title: str
    streams: tuple[FlowStream, ...]
    ends: tuple[FlowBox, ...] = ()
    stages: tuple[tuple[str, int], ...] = ()
    footnotes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        heights = {len(stream.steps) for stream in self.streams}
        if len(heights) != 1 or 0 in heights:
            raise ValueError(f"the streams of a flow diagram have {sorted(heights)} steps; expected as many")
        there = heights.pop() + len(self.ends)
        if self.stages and sum(tall for _, tall in self.stages) != there:
            raise ValueError(f"the stages of a flow diagram are not those of its {there} heights")


RowKind: TypeAlias = Literal["step", "leaving", "waiting", "detail"]


@dataclass(frozen=True)
class FlowRow:
    """One height of a flow in columns: what is counted, and a count for each column, '' where it has none."""

    label: str
    counts: tuple[str, ...]
    kind: RowKind


@dataclass(frozen=True)
class FlowColumns:
    """A flow with a column for each of several times, under its heading.

    total: the last column is of all of them together.
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[FlowRow, ...]
    total: bool = False
    footnotes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.columns or any(len(row.counts) != len(self.columns) for row in self.rows):
            raise ValueError("every row of a flow in columns has a count for each of its columns")


AnyFlow: TypeAlias = FlowDiagram | FlowColumns


def flow_alternative(flow: AnyFlow) -> str:
    """A flow in words, for who cannot see it: box after box, or column after column."""
    if isinstance(flow, FlowColumns):
        told = [_column(flow, place) for place in range(len(flow.columns))]
    else:
        told = [each for stream in flow.streams for each in _stream(stream)]
        told += [_box(end) for end in flow.ends]
    return " ".join(("Flow diagram.", *told, *flow.footnotes))


def _stream(stream: FlowStream) -> Iterator[str]:
    if stream.title:
        yield f"{stream.title}:"
    for step in stream.steps:
        yield from [_box(step.box)] if step.box else []
        for each in step.leaving:
            yield f"{'Waiting' if each.look == 'waiting' else 'Leaving'}: {_box(each)}"


def _box(box: FlowBox) -> str:
    """Its lines as one sentence: commas before those that are set in, and behind numbers in brackets."""
    text = box.lines[0].text
    for line in box.lines[1:]:
        apart = (line.indent or text.endswith(")")) and not text.endswith(":")
        text += f"{', ' if apart else ' '}{line.text}"
    return f"{text}."


def _column(flow: FlowColumns, place: int) -> str:
    told = [f"{row.label} {row.counts[place]}" for row in flow.rows if row.counts[place]]
    return f"{flow.columns[place]}: {', '.join(told)}."
