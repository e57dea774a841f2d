"""The layout of a flow in columns: boxed numbers below each other, and beside their line what leaves it."""

from __future__ import annotations

from collections.abc import Sequence

from synthesis.drawing.flow_diagram import FlowColumns, FlowRow
from synthesis.drawing.flow_parts import LOOKS, FlowParts, banner, texts_of
from synthesis.drawing.fonts import Face, fonts_for, plain
from synthesis.drawing.press import CAPITAL_HEIGHT, Press
from synthesis.drawing.shapes import Layout
from synthesis.drawing.style import INK, MUTED, PAGE_WIDTH, sizes_for

GAP = 5.0  # between columns
NARROWEST_LABELS = 84.0  # what is counted, as far as its lines are broken so that more columns have room
LINE_AT = 10.0  # from the left edge of a box: where its line runs
ARROW = 9.0  # from the line to the number of what leaves
SIDES = 5.0  # of a box, left and right of its number
SET_IN = 8.0
ROOM = 2.5  # above and below the text of a row, and twice as much in a box
BETWEEN_BLOCKS = 14.0


def lay_out_columns(flow: FlowColumns, page: float = PAGE_WIDTH) -> Layout:
    """Give every number its place on a page so many points wide.

    Columns for which there is no room stand in further blocks, each with the names of its rows.
    """
    fonts = fonts_for(texts_of(flow))
    presses = [Press(fonts, sizes_for(1, narrow), page) for narrow in (page, 0.0)]
    press = min(presses, key=lambda each: _blocks(flow, each))  # smaller type where all have room in it
    parts = FlowParts(press)
    top = parts.head(flow.title)
    room, width = page - 2 * press.sizes.margin, _column_width(flow, press)
    across = -(-len(flow.columns) // _blocks(flow, press))
    labels = min(_label_width(flow, press), room - across * (width + GAP))
    width = min((room - labels) / across - GAP, 2.0 * width)
    for start in range(0, len(flow.columns), across):
        columns = range(start, min(start + across, len(flow.columns)))
        block = _Block(flow, parts, columns, labels, width)
        top = block.place(top) + BETWEEN_BLOCKS
    return parts.foot(flow.footnotes, top - BETWEEN_BLOCKS)


ROUNDING = 1e-6


def _blocks(flow: FlowColumns, press: Press) -> int:
    """How many blocks the columns need."""
    room = press.page - 2 * press.sizes.margin - NARROWEST_LABELS
    across = max(1, int((room + ROUNDING) // (_column_width(flow, press) + GAP)))
    return -(-len(flow.columns) // across)


def _label_width(flow: FlowColumns, press: Press) -> float:
    """What the names of the rows need where none is broken."""
    faces = ((row, press.fonts.face_for(row.label, _face_of(row))) for row in flow.rows)
    return max(press.width(plain(row.label), face) + _indent(row) for row, face in faces) + GAP


def _face_of(row: FlowRow) -> Face:
    return "bold" if row.kind == "step" else "regular"


def _indent(row: FlowRow) -> float:
    return {"step": 0.0, "detail": 2 * SET_IN}.get(row.kind, SET_IN)


def _column_width(flow: FlowColumns, press: Press) -> float:
    """What the widest number needs, in its box or beside the line, and the widest word of a heading."""
    boxed = [count for row in flow.rows if row.kind == "step" for count in row.counts]
    beside = [count for row in flow.rows if row.kind != "step" for count in row.counts]
    words = [word for name in flow.columns for word in plain(name).split()]
    return max(
        *(press.width(count, "bold") + 2 * SIDES for count in ("0", *boxed)),
        *(LINE_AT + ARROW + 2.0 + press.width(count, "regular") for count in ("0", *beside)),
        *(press.width(word, "bold") + 2 * SIDES for word in words),
    )


class _Block:
    """Some of the columns with the names of the rows."""

    def __init__(
        self, flow: FlowColumns, parts: FlowParts, columns: Sequence[int], labels: float, width: float
    ) -> None:
        self.flow, self.parts, self.columns, self.labels, self.width = flow, parts, columns, labels, width
        self.press = parts.press
        self.left = self.press.sizes.margin

    def place(self, top: float) -> float:
        """Place headings and rows from a height downwards; returns where they end."""
        heads = [banner(self.flow.columns[column], self.width, self.press) for column in self.columns]
        tall = max(head.height for head in heads)
        for place, head in enumerate(heads):
            self.parts.put(head, self._x(place), top, tall)
        top += tall + ROOM
        above = None
        for row in self.flow.rows:
            lines = self._label(row)
            height = len(lines) * self.press.sizes.line + 2 * ROOM
            if row.kind == "step":
                height += 2 * ROOM
            self._row(row, lines, top, height, above)
            above = top + height - ROOM if row.kind == "step" else above
            top += height
        return top

    def _x(self, place: int) -> float:
        return self.left + self.labels + GAP / 2 + place * (self.width + GAP)

    def _label(self, row: FlowRow) -> tuple[str, ...]:
        text = plain(row.label)
        face = self.press.fonts.face_for(text, _face_of(row))
        return self.press.wrap(text, self.labels - GAP - _indent(row), face)

    def _row(
        self, row: FlowRow, lines: tuple[str, ...], top: float, height: float, above: float | None
    ) -> None:
        middle = top + height / 2
        face = self.press.fonts.face_for(row.label, _face_of(row))
        colour = MUTED if row.kind == "detail" else INK
        self.parts.texts += self.press.stack(lines, self.left + _indent(row), middle, face, colour=colour)
        for place, column in enumerate(self.columns):
            total = self.flow.total and column == len(self.flow.columns) - 1
            x, count = self._x(place), row.counts[column]
            if row.kind == "step":
                self._boxed(count, x, top + ROOM, height - 2 * ROOM, None if total else above)
            else:
                self._beside(count, x, middle, row.kind, total)

    def _boxed(self, count: str, x: float, top: float, height: float, above: float | None) -> None:
        if above is not None:
            self.parts.link((x + LINE_AT, above), (x + LINE_AT, top))
        self.parts.rectangle((x, top, x + self.width, top + height), LOOKS["step"])
        start = x + (self.width - self.press.width(count, "bold")) / 2
        self._text(count, start, top + height / 2, True)

    def _beside(self, count: str, x: float, middle: float, kind: str, total: bool) -> None:
        """A number right of its line, with an arrow where it leaves or waits."""
        start = x + LINE_AT + ARROW + 2.0
        if not total and kind in ("leaving", "waiting"):
            self.parts.link((x + LINE_AT, middle), (x + LINE_AT + ARROW, middle))
        self._text(count, start, middle, False, MUTED if kind == "detail" else INK)

    def _text(self, text: str, x: float, middle: float, bold: bool, colour: str = INK) -> None:
        baseline = middle + CAPITAL_HEIGHT * self.press.sizes.body / 2
        self.parts.texts.append(
            self.press.text(text, x, baseline, "bold" if bold else "regular", None, colour)
        )
