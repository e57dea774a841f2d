"""The parts of a flow diagram measured and placed: boxes with their lines, links with their arrow heads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

from synthesis.drawing.flow_diagram import AnyFlow, BoxLook, FlowBox, FlowDiagram
from synthesis.drawing.fonts import Face, plain
from synthesis.drawing.press import CAPITAL_HEIGHT, Press
from synthesis.drawing.shapes import Box, Layout, PlacedText, Point, Polygon, Polyline, Segment
from synthesis.drawing.style import BACKGROUND, BAND_FILL, BOX_FILL, INK, MUTED

PADDING = 5.0
INDENT = 7.0
HEAD = 4.5  # length of an arrow head
HALF = 2.2  # of its width
LINK, DASHES = 0.8, (2.5, 2.0)


class BoxColours(NamedTuple):
    """Fill, edge and thickness of a kind of box, and the face of its heading."""

    fill: str
    edge: str
    thickness: float
    heading: Face


LOOKS: dict[BoxLook, BoxColours] = {
    "step": BoxColours(BOX_FILL, INK, 0.7, "bold"),
    "last": BoxColours(BOX_FILL, INK, 1.4, "bold"),
    "leaving": BoxColours(BACKGROUND, MUTED, 0.7, "regular"),
    "waiting": BoxColours(BACKGROUND, MUTED, 0.0, "regular"),
}
BANNER = BoxColours(BAND_FILL, BAND_FILL, 0.0, "bold")
"""What names a stream or a stage."""


@dataclass(frozen=True)
class MeasuredBox:
    """A box of a width with its lines broken to fit; each line with its indent in points and its face."""

    look: BoxColours
    lines: tuple[tuple[str, float, Face], ...]
    width: float
    height: float
    centred: bool
    waiting: bool = False


def measured(box: FlowBox, width: float, press: Press) -> MeasuredBox:
    """Break the lines of a box. Steps whose lines are not set in stand in the middle."""
    look = LOOKS[box.look]
    lines: list[tuple[str, float, Face]] = []
    for place, line in enumerate(box.lines):
        text, indent = plain(line.text), INDENT * line.indent
        face = press.fonts.face_for(text, look.heading if place == 0 else "regular")
        room = width - 2 * PADDING - indent
        lines += [(part, indent, face) for part in press.wrap(text, room, face)]
    flat = all(line.indent == 0 for line in box.lines)
    centred = flat and box.look in ("step", "last")
    return MeasuredBox(look, tuple(lines), width, _tall(len(lines), press), centred, box.look == "waiting")


def banner(text: str, width: float, press: Press) -> MeasuredBox:
    """The name of a stream, above it."""
    text = plain(text)
    face = press.fonts.face_for(text, BANNER.heading)
    lines = press.wrap(text, width - 2 * PADDING, face)
    return MeasuredBox(
        BANNER, tuple((line, 0.0, face) for line in lines), width, _tall(len(lines), press), True
    )


def _tall(lines: int, press: Press) -> float:
    return lines * press.sizes.line + 2 * PADDING


@dataclass
class FlowParts:
    """What has been placed so far, and where."""

    press: Press
    texts: list[PlacedText] = field(default_factory=list)
    segments: list[Segment] = field(default_factory=list)
    polygons: list[Polygon] = field(default_factory=list)
    paths: list[Polyline] = field(default_factory=list)

    def put(self, box: MeasuredBox, left: float, top: float, height: float | None = None) -> None:
        """A box with its lines, of its own height or higher; the lines stand in the middle of it."""
        height = box.height if height is None else height
        self.rectangle((left, top, left + box.width, top + height), box.look, box.waiting)
        first = top + (height - len(box.lines) * self.press.sizes.line) / 2
        for place, (text, indent, face) in enumerate(box.lines):
            x = left + PADDING + indent
            if box.centred:
                x = left + (box.width - self.press.width(text, face)) / 2
            baseline = first + (place + 0.5) * self.press.sizes.line + CAPITAL_HEIGHT * self._body / 2
            self.texts.append(self.press.text(text, x, baseline, face))

    def rectangle(self, box: Box, look: BoxColours, dashed: bool = False) -> None:
        """The ground and the edge of a box, dashed for what waits."""
        left, top, right, bottom = box
        corners = ((left, top), (right, top), (right, bottom), (left, bottom))
        self.polygons.append(Polygon(corners, look.fill, look.edge, look.thickness, "box"))
        if dashed:
            clip = (left - 1.0, top - 1.0, right + 1.0, bottom + 1.0)
            self.paths.append(Polyline((*corners, corners[0]), 0.8, look.edge, DASHES, clip))

    def upright(self, text: str, box: Box, look: BoxColours) -> None:
        """A bar with its name, read from below."""
        self.rectangle(box, look)
        left, top, right, bottom = box
        face = self.press.fonts.face_for(text, look.heading)
        width = self.press.width(text, face)
        x = (left + right) / 2 + CAPITAL_HEIGHT * self._body / 2
        start = (top + bottom + width) / 2
        self.texts.append(PlacedText(text, x, start, width, face, self._body, INK, upright=True))

    def link(self, *points: Point) -> None:
        """A line through points that are right or below of each other, with an arrow head at the last."""
        (x0, y0), (x1, y1) = points[-2:]
        across, down = (x1 > x0) - (x1 < x0), (y1 > y0) - (y1 < y0)
        base = (x1 - HEAD * across, y1 - HEAD * down)
        corners = (
            (x1, y1),
            (base[0] - HALF * down, base[1] - HALF * across),
            (base[0] + HALF * down, base[1] + HALF * across),
        )
        self.polygons.append(Polygon(corners, MUTED, MUTED, 0.0, "arrow"))
        self.line(*points[:-1], base)

    def line(self, *points: Point) -> None:
        """A line through points."""
        for start, end in pairwise(points):
            self.segments.append(Segment(start, end, LINK, MUTED, "link"))

    def block(self, text: str, top: float, face: Face, size: float, colour: str) -> float:
        """A paragraph as wide as the page; returns where it ends."""
        margin = self.press.sizes.margin
        texts, end = self.press.block(text, margin, top, self.press.page - 2 * margin, face, size, colour)
        self.texts += texts
        return end

    def head(self, title: str) -> float:
        """The title, if there is one; returns where the diagram begins."""
        sizes = self.press.sizes
        if not title:
            return sizes.margin
        return self.block(title, sizes.margin, "bold", sizes.title, INK) + 0.5 * sizes.body

    def foot(self, footnotes: Sequence[str], top: float) -> Layout:
        """The footnotes from a height on, and everything together."""
        sizes = self.press.sizes
        top += sizes.body if footnotes else 0.0
        for note in footnotes:
            top = self.block(note, top, "regular", sizes.small, MUTED)
        return Layout(
            self.press.page,
            top + sizes.margin,
            self.press.fonts,
            tuple(self.texts),
            tuple(self.segments),
            tuple(self.polygons),
            tuple(self.paths),
        )

    @property
    def _body(self) -> float:
        return self.press.sizes.body


def texts_of(flow: AnyFlow) -> list[str]:
    """Every text of a flow, to find the fonts that draw it."""
    texts = [flow.title, *flow.footnotes]
    if not isinstance(flow, FlowDiagram):
        return [plain(text) for text in (*texts, *flow.columns, *(row.label for row in flow.rows))]
    texts += [name for name, _ in flow.stages] + [stream.title for stream in flow.streams]
    steps = [step for stream in flow.streams for step in stream.steps]
    boxes = [*flow.ends, *(step.box for step in steps if step.box)]
    boxes += [box for step in steps for box in step.leaving]
    return [plain(text) for text in (*texts, *(line.text for box in boxes for line in box.lines))]
