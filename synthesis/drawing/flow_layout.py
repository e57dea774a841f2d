"""A flow diagram's layout: streams side by side, or below each other where the page is too narrow."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from synthesis.drawing.flow_diagram import FlowDiagram, FlowStream, StreamStep
from synthesis.drawing.flow_parts import BANNER, FlowParts, MeasuredBox, banner, measured, texts_of
from synthesis.drawing.fonts import fonts_for, plain
from synthesis.drawing.press import Press
from synthesis.drawing.shapes import Layout
from synthesis.drawing.style import PAGE_WIDTH, Sizes, sizes_for

ACROSS = 15.0  # between a box and what leaves it
WIDE_ACROSS = 26.0  # the same where one stream has the page
BETWEEN = 13.0  # streams
DOWN, DOWN_BELOW = 13.0, 9.5  # between heights, room for an arrow: side by side, and below each other
STACKED = 5.0  # between two boxes that leave at one height
CLEAR = 5.0  # between the edge of a box and a line beside it
BAR, BAR_GAP = 15.0, 6.0  # of the names of stages
LANE = 8.0  # between two lines that run beside the boxes
NARROWEST = 68.0  # a box: what is narrower breaks words
SMALL_TYPE_BELOW = 110.0  # points that a box is wide


def lay_out_flow(flow: FlowDiagram, page: float = PAGE_WIDTH) -> Layout:
    """Give every box of a flow diagram its place on a page so many points wide, as high as they need."""
    wide = _beside_width(flow, page, sizes_for(1))
    beside = len(flow.streams) == 1 or wide >= NARROWEST
    measure = _beside_width if beside else _below_width
    small = measure(flow, page, sizes_for(1)) < SMALL_TYPE_BELOW
    sizes = sizes_for(1, 0.0 if small else page)
    parts = FlowParts(Press(fonts_for(texts_of(flow)), sizes, page))
    top = parts.head(flow.title)
    place = (_Beside if beside else _Below)(flow, parts, measure(flow, page, sizes))
    return parts.foot(flow.footnotes, place.all_from(top))


def _columns_of(stream: FlowStream) -> int:
    return 2 if any(step.leaving for step in stream.steps) else 1


def _beside_width(flow: FlowDiagram, page: float, sizes: Sizes) -> float:
    """Of each box where the streams stand side by side."""
    columns = sum(map(_columns_of, flow.streams))
    gaps = _across(flow) * (columns - len(flow.streams)) + BETWEEN * (len(flow.streams) - 1)
    return (_room(flow, page, sizes) - gaps) / columns


def _below_width(flow: FlowDiagram, page: float, sizes: Sizes) -> float:
    """Of each box where the streams stand below each other, with lanes beside them."""
    columns = max(map(_columns_of, flow.streams))
    gaps = LANE * len(_lanes(flow)) + ACROSS * (columns - 1)
    return (_room(flow, page, sizes) - gaps) / columns


def _room(flow: FlowDiagram, page: float, sizes: Sizes) -> float:
    return page - 2 * sizes.margin - (BAR + BAR_GAP if flow.stages else 0.0)


def _across(flow: FlowDiagram) -> float:
    return WIDE_ACROSS if len(flow.streams) == 1 else ACROSS


def _lanes(flow: FlowDiagram) -> list[int]:
    """The ends that streams above others lead to, the last one first: its lane is the outer one."""
    return sorted({stream.end for stream in flow.streams[:-1] if stream.end is not None}, reverse=True)


@dataclass(frozen=True)
class _Measured:
    """A step of a stream with its boxes measured."""

    box: MeasuredBox | None
    leaving: tuple[MeasuredBox, ...]

    @classmethod
    def of(cls, step: StreamStep, width: float, press: Press) -> _Measured:
        box = None if step.box is None else measured(step.box, width, press)
        return cls(box, tuple(measured(each, width, press) for each in step.leaving))

    @property
    def height(self) -> float:
        """Of its boxes; 0 where nothing stands."""
        beside = sum(each.height + STACKED for each in self.leaving) - STACKED
        return max(0.0 if self.box is None else self.box.height, beside, 0.0)


class _Placing:
    """What both arrangements share; down: the room between two heights."""

    down = DOWN

    def __init__(self, flow: FlowDiagram, parts: FlowParts, width: float) -> None:
        self.flow, self.parts, self.width = flow, parts, width
        self.press = parts.press
        self.steps = [
            [_Measured.of(step, width, self.press) for step in stream.steps] for stream in flow.streams
        ]
        self.ends = [measured(end, width, self.press) for end in flow.ends]
        self.margin = self.press.sizes.margin
        self.left = self.margin + (BAR + BAR_GAP if flow.stages else 0.0)

    def stages_of(self, rows: Sequence[int]) -> Iterator[tuple[str, list[int]]]:
        """The names of stages, each with the positions among the rows of those that are in it."""
        at = 0
        for name, tall in self.flow.stages:
            inside = [place for place, row in enumerate(rows) if at <= row < at + tall]
            at += tall
            if inside:
                yield plain(name), inside

    def stretched(self, rows: Sequence[int], heights: Sequence[float]) -> list[float]:
        """Heights of the rows, the last of a stage higher where its name needs it."""
        found = list(heights)
        for name, inside in self.stages_of(rows):
            face = self.press.fonts.face_for(name, "bold")
            has = sum(found[place] for place in inside) + self.down * (len(inside) - 1)
            found[inside[-1]] += max(0.0, self.press.width(name, face) + 6.0 - has)
        return found

    def bars(self, rows: Sequence[int], tops: Sequence[float], heights: Sequence[float]) -> None:
        """The names of the stages beside their rows."""
        for name, inside in self.stages_of(rows):
            bottom = tops[inside[-1]] + heights[inside[-1]]
            self.parts.upright(name, (self.margin, tops[inside[0]], self.margin + BAR, bottom), BANNER)

    def stream(self, steps: Sequence[_Measured], left: float, tops: Sequence[float]) -> float:
        """The boxes of a stream with the links between them; returns where its line begins to go on."""
        middle, above = left + self.width / 2, None
        for step, top in zip(steps, tops, strict=True):
            if step.box is not None:
                if above is not None:
                    self.parts.link((middle, above), (middle, top))
                self.parts.put(step.box, left, top)
                above = top + step.box.height
            self._leaving(step, left, top)
        assert above is not None
        return above

    def _leaving(self, step: _Measured, left: float, top: float) -> None:
        beside = left + self.width + _across(self.flow)
        tall = 0.0 if step.box is None else step.box.height
        at = top
        if len(step.leaving) == 1:
            at += max(0.0, tall - step.leaving[0].height) / 2
        for box in step.leaving:
            y = at + box.height / 2
            if box is step.leaving[0] and tall:
                y = min(y, top + tall / 2)
            elif abs(y - top - tall) < CLEAR:  # it would run along the edge of the box
                y = top + tall + (CLEAR if y >= top + tall else -CLEAR)
            x = left + self.width if y < top + tall else left + self.width / 2
            self.parts.link((x, y), (beside, y))
            self.parts.put(box, beside, at)
            at += box.height + STACKED

    def heading(self, index: int) -> MeasuredBox:
        """The name of a stream, as wide as all its columns."""
        stream = self.flow.streams[index]
        columns = _columns_of(stream)
        return banner(stream.title, self.width * columns + _across(self.flow) * (columns - 1), self.press)

    def tops(self, top: float, heights: Sequence[float]) -> list[float]:
        """Where each of several heights begins, the first at the top."""
        return [top + sum(heights[:row]) + self.down * row for row in range(len(heights))]

    @property
    def headed(self) -> bool:
        return any(stream.title for stream in self.flow.streams)

    def put_ends(self, left: float, tops: Sequence[float], heights: Sequence[float]) -> None:
        """The boxes at the end, each linked with the one above it."""
        middle = left + self.width / 2
        for place, (box, top, height) in enumerate(zip(self.ends, tops, heights, strict=True)):
            if place:
                self.parts.link((middle, tops[place - 1] + heights[place - 1]), (middle, top))
            self.parts.put(box, left, top, height)


class _Beside(_Placing):
    """Streams side by side; the ends below the first stream that leads to the first of them."""

    def all_from(self, top: float) -> float:
        """Place everything from a height downwards; returns where it ends."""
        lefts = list(self._lefts())
        if self.headed:
            headings = [self.heading(index) for index in range(len(lefts))]
            tall = max(each.height for each in headings)
            for each, left in zip(headings, lefts, strict=True):
                self.parts.put(each, left, top, tall)
            top += tall + 0.6 * self.down
        heights = [max(step.height for step in steps) for steps in zip(*self.steps, strict=True)]
        count = len(heights)
        rows = range(count + len(self.ends))
        heights = self.stretched(rows, [*heights, *(end.height for end in self.ends)])
        tops = self.tops(top, heights)
        self.bars(rows, tops, heights)
        below = [self.stream(each, left, tops[:count]) for each, left in zip(self.steps, lefts, strict=True)]
        self._join(lefts, below, tops[count:], heights[count:])
        return tops[-1] + heights[-1]

    def _lefts(self) -> Iterator[float]:
        left = self.left
        for stream in self.flow.streams:
            yield left
            columns = _columns_of(stream)
            left += columns * self.width + (columns - 1) * _across(self.flow) + BETWEEN

    def _join(
        self, lefts: Sequence[float], below: Sequence[float], tops: Sequence[float], heights: Sequence[float]
    ) -> None:
        if not self.ends:
            return
        streams = self.flow.streams
        main = next(index for index, stream in enumerate(streams) if stream.end == 0)
        self.put_ends(lefts[main], tops, heights)
        for index, stream in enumerate(streams):
            if stream.end is None:
                continue
            middle, top = lefts[index] + self.width / 2, tops[stream.end]
            if index == main:
                self.parts.link((middle, below[index]), (middle, top))
                continue
            y = top + heights[stream.end] / 2
            edge = lefts[main] + (self.width if index > main else 0.0)
            self.parts.link((middle, below[index]), (middle, y), (edge, y))


class _Below(_Placing):
    """Streams below each other; all but the last lead to the ends by lanes at the left."""

    down = DOWN_BELOW

    def all_from(self, top: float) -> float:
        """Place everything from a height downwards; returns where it ends."""
        lanes = _lanes(self.flow)
        left = self.left + LANE * len(lanes)
        middle = left + self.width / 2
        turned: list[tuple[int, float, float]] = []
        for index, stream in enumerate(self.flow.streams):
            if self.headed:
                heading = self.heading(index)
                self.parts.put(heading, left, top)
                top += heading.height + 0.6 * self.down
            rows = [row for row, step in enumerate(self.steps[index]) if step.height]
            steps = [self.steps[index][row] for row in rows]
            ends = self.ends if stream is self.flow.streams[-1] else []
            rows += range(len(stream.steps), len(stream.steps) + len(ends))
            heights = self.stretched(rows, [*(step.height for step in steps), *(end.height for end in ends)])
            tops = self.tops(top, heights)
            self.bars(rows, tops, heights)
            below = self.stream(steps, left, tops[: len(steps)])
            top = tops[-1] + heights[-1]
            if stream.end is not None and ends:
                self.parts.link((middle, below), (middle, tops[len(steps) + stream.end]))
            elif stream.end is not None:
                turned.append((stream.end, below, top + 0.5 * self.down))
            top += 1.4 * self.down
        self.put_ends(left, tops[len(steps) :], heights[len(steps) :])
        for end, below, turn in turned:
            lane = self.left + LANE * lanes.index(end) + LANE / 2
            y = tops[len(steps) + end] + heights[len(steps) + end] / 2
            self.parts.link((middle, below), (middle, turn), (lane, turn), (lane, y), (left, y))
        return top - 1.4 * self.down
