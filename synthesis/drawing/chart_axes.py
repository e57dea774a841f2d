"""A panel of a chart: its frame and two axes, and its marks as shapes that the frame cuts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from synthesis.drawing.axis import LINE, TICK, AxisMap, choose_ticks
from synthesis.drawing.chart import (
    Area,
    Arrows,
    ChartAxis,
    ChartCurve,
    Dots,
    Panel,
    Pointing,
    ReferenceLine,
    Stroke,
)
from synthesis.drawing.fonts import plain
from synthesis.drawing.press import CAPITAL_HEIGHT, Press, shortened
from synthesis.drawing.shapes import Box, Circles, PlacedText, Point, Polygon, Polyline, Segment
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
        left = min(x - width / 2, frame.right + press.sizes.margin / 2 - width)
        texts.append(press.text(label, left, frame.bottom + TICK + 1.1 * size, "regular", size))
    below, bottom = _x_label(panel.x, frame, press)
    return Axes((*texts, *below), tuple(segments), bottom)


def _y_ticks(axis: ChartAxis, height: float, press: Press) -> tuple[tuple[float, str], ...]:
    if axis.ticks is not None:
        return axis.ticks
    line = 1.25 * press.sizes.small
    return choose_ticks(AxisMap(axis.scale, axis.low, axis.high, 0.0, height), lambda _: line, 0.6 * line)


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


# The marks of a panel as shapes: areas, curves, rules and dots, cut at the panel's frame.


DASHES: dict[Stroke, tuple[float, ...]] = {"solid": (), "dashed": (4.0, 2.5), "dotted": (1.0, 2.0)}
EDGE = 0.5

Mask: TypeAlias = npt.NDArray[np.bool_]


def area_shape(area: Area, frame: Frame) -> Polygon:
    """A filled polygon behind all lines."""
    points = _places(area.x.tolist(), area.y.tolist(), frame)
    return Polygon(
        points, area.fill, area.edge or area.fill, EDGE if area.edge else 0.0, "area", clip=frame.box
    )


def arrow_shapes(arrows: Arrows, frame: Frame) -> list[Polygon]:
    """A triangle for each arrow, two for one that points both ways."""
    places = _places(arrows.x.tolist(), arrows.y.tolist(), frame)
    return [
        triangle
        for (x, y), radius in zip(places, arrows.radius.tolist(), strict=True)
        for triangle in triangles(arrows, x, y, radius, _grown(frame.box, radius + EDGE))
    ]


def triangles(arrows: Arrows, x: float, y: float, radius: float, clip: Box) -> list[Polygon]:
    """The shape of one arrow around a place in points."""
    tall = 0.9 * radius
    corners: dict[Pointing, tuple[tuple[Point, ...], ...]] = {
        "up": (((x - radius, y + tall), (x + radius, y + tall), (x, y - tall)),),
        "down": (((x - radius, y - tall), (x + radius, y - tall), (x, y + tall)),),
        "sideways": tuple(
            ((x + side * 0.15 * radius, y - 0.7 * tall), (x + side * 0.15 * radius, y + 0.7 * tall), tip)
            for side in (-1.0, 1.0)
            for tip in [(x + side * 1.25 * radius, y)]
        ),
    }
    return [
        Polygon(points, arrows.fill, arrows.edge, EDGE, "arrow", clip=clip)
        for points in corners[arrows.pointing]
    ]


def curve_path(curve: ChartCurve, frame: Frame) -> list[Polyline]:
    """One path for each stretch without a gap."""
    places = _places(curve.x.tolist(), curve.y.tolist(), frame)
    known = np.isfinite(np.array(places).reshape(-1, 2)).all(axis=1)
    ends = np.flatnonzero(np.diff(np.concatenate([[False], known, [False]]).astype(int)))
    stretches = [(start, stop) for start, stop in pairwise(ends.tolist()) if known[start]]
    return [
        Polyline(places[start:stop], curve.thickness, curve.colour, DASHES[curve.stroke], frame.box)
        for start, stop in stretches
    ]


def rule_path(rule: ReferenceLine, frame: Frame) -> Polyline:
    """A line across the whole frame."""
    if rule.axis == "x":
        points: tuple[Point, ...] = ((frame.x(rule.at), frame.top), (frame.x(rule.at), frame.bottom))
    else:
        points = ((frame.left, frame.y(rule.at)), (frame.right, frame.y(rule.at)))
    return Polyline(points, 0.8, rule.colour, DASHES[rule.stroke], frame.box)


def dot_circles(dots: Dots, frame: Frame) -> list[Circles]:
    """Circles for all dots that have a place; none where there are none."""
    centres, radii, _ = placed_dots(dots, frame)
    if not centres:
        return []
    clip = _grown(frame.box, max(radii) + EDGE)
    return [Circles(centres, radii, dots.fill, dots.edge, EDGE, dots.opacity, clip)]


def placed_dots(dots: Dots, frame: Frame) -> tuple[tuple[Point, ...], tuple[float, ...], Mask]:
    """Centres and radii of the dots that have a place on both axes, and which these are, (m,)."""
    places = np.array(_places(dots.x.tolist(), dots.y.tolist(), frame)).reshape(-1, 2)
    known = np.isfinite(places).all(axis=1)
    radii = np.broadcast_to(np.asarray(dots.radius), known.shape)
    return tuple((x, y) for x, y in places[known].tolist()), tuple(radii[known].tolist()), known


def _places(x: list[float], y: list[float], frame: Frame) -> tuple[Point, ...]:
    return tuple((frame.x(a), frame.y(b)) for a, b in zip(x, y, strict=True))


def _grown(box: Box, room: float) -> Box:
    """A dot on the frame's edge is drawn whole."""
    return box[0] - room, box[1] - room, box[2] + room, box[3] + room
