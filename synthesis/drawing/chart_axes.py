"""A panel's frame: where values stand in it, its two axes, their ticks and the label of the lower one."""

from __future__ import annotations

from dataclasses import dataclass, replace

from synthesis.drawing.axis import AxisMap, choose_ticks
from synthesis.drawing.axis_layout import LINE, TICK
from synthesis.drawing.chart import ChartAxis, Panel
from synthesis.drawing.fonts import plain
from synthesis.drawing.press import CAPITAL_HEIGHT, Press, shortened
from synthesis.drawing.shapes import Box, PlacedText, Segment
from synthesis.drawing.style import INK


@dataclass(frozen=True)
class Frame:
    """The rectangle of a panel in points, and the way from values to places in it."""

    left: float
    top: float
    right: float
    bottom: float
    x_map: AxisMap
    y_map: AxisMap

    def x(self, value: float) -> float:
        """Horizontal place of a value, beyond the frame if the value is beyond the axis."""
        return self.x_map.position(value)

    def y(self, value: float) -> float:
        """Vertical place of a value."""
        return self.y_map.position(value)

    @property
    def box(self) -> Box:
        """Left, top, right and bottom."""
        return self.left, self.top, self.right, self.bottom


@dataclass(frozen=True)
class Axes:
    """The placed parts of both axes, and where they end."""

    texts: tuple[PlacedText, ...]
    segments: tuple[Segment, ...]
    bottom: float


def frame_for(panel: Panel, left: float, right: float, top: float, bottom: float) -> Frame:
    """The frame of a panel between these places."""
    x, y = panel.x, panel.y
    across = (right, left) if x.reversed else (left, right)
    upwards = (top, bottom) if y.reversed else (bottom, top)
    return Frame(
        left,
        top,
        right,
        bottom,
        AxisMap(x.scale, x.low, x.high, *across),
        AxisMap(y.scale, y.low, y.high, *upwards),
    )


def with_short_ticks(panel: Panel, limit: float, press: Press) -> Panel:
    """The panel with those labels of its vertical axis shortened that are wider than `limit` points."""
    if panel.y.ticks is None:
        return panel

    def width(text: str) -> float:
        return press.width(text, "regular", press.sizes.small)

    ticks = tuple((value, shortened(plain(text), limit, width)) for value, text in panel.y.ticks)
    return replace(panel, y=replace(panel.y, ticks=ticks))


def room_for_y(axis: ChartAxis, height: float, press: Press) -> float:
    """Points that the labels of a vertical axis take left of the frame."""
    ticks = _y_ticks(axis, height, press)
    widest = max((press.width(label, "regular", press.sizes.small) for _, label in ticks), default=0.0)
    return widest + TICK + 0.5 * press.sizes.small


def axis_parts(panel: Panel, frame: Frame, press: Press) -> Axes:
    """Lines, ticks, tick labels, and the label below."""
    size = press.sizes.small
    corner = (frame.left, frame.bottom)
    segments = [
        Segment((frame.left, frame.top), corner, LINE, INK, "axis"),
        Segment(corner, (frame.right, frame.bottom), LINE, INK, "axis"),
    ]
    texts = []
    for value, label in _y_ticks(panel.y, frame.bottom - frame.top, press):
        y = frame.y(value)
        width = press.width(label, "regular", size)
        segments.append(Segment((frame.left - TICK, y), (frame.left, y), LINE, INK, "axis"))
        left = frame.left - TICK - 0.35 * size - width
        texts.append(press.text(label, left, y + CAPITAL_HEIGHT * size / 2, "regular", size))
    for value, label in _x_ticks(panel.x, frame.right - frame.left, press):
        x = frame.x(value)
        width = press.width(label, "regular", size)
        segments.append(Segment((x, frame.bottom), (x, frame.bottom + TICK), LINE, INK, "axis"))
        left = min(x - width / 2, frame.right + press.sizes.margin - width)
        texts.append(press.text(label, left, frame.bottom + TICK + 1.1 * size, "regular", size))
    below, bottom = _x_label(panel.x, frame, press)
    return Axes((*texts, *below), tuple(segments), bottom)


def _y_ticks(axis: ChartAxis, height: float, press: Press) -> tuple[tuple[float, str], ...]:
    if axis.ticks is not None:
        return axis.ticks
    line = 1.25 * press.sizes.small
    return choose_ticks(AxisMap(axis.scale, axis.low, axis.high, 0.0, height), lambda _: line, 0.9 * line)


def _x_ticks(axis: ChartAxis, width: float, press: Press) -> tuple[tuple[float, str], ...]:
    if axis.ticks is not None:
        return axis.ticks
    size = press.sizes.small
    return choose_ticks(
        AxisMap(axis.scale, axis.low, axis.high, 0.0, width),
        lambda text: press.width(text, "regular", size),
        0.8 * size,
    )


def _x_label(axis: ChartAxis, frame: Frame, press: Press) -> tuple[list[PlacedText], float]:
    """The label of the lower axis, centred under the frame."""
    size = press.sizes.body
    labelled = axis.ticks is None or any(text for _, text in axis.ticks)
    top = frame.bottom + (TICK + 1.6 * press.sizes.small if labelled else 0.2 * size)
    lines = press.wrap(plain(axis.label), frame.right - frame.left, "regular", size) if axis.label else ()
    centre = (frame.left + frame.right) / 2
    return press.centred(lines, centre, top), top + 1.25 * size * len(lines)
