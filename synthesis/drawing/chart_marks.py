"""The marks of a panel as shapes: areas, curves, rules and dots, cut at the panel's frame."""

from __future__ import annotations

from itertools import pairwise
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from synthesis.drawing.chart import Area, Curve, Dots, Rule, Stroke
from synthesis.drawing.chart_axes import Frame
from synthesis.drawing.shapes import Box, Circles, Path, Point, Polygon

DASHES: dict[Stroke, tuple[float, ...]] = {"solid": (), "dashed": (4.0, 2.5), "dotted": (1.0, 2.0)}
EDGE = 0.5

Mask: TypeAlias = npt.NDArray[np.bool_]


def area_shape(area: Area, frame: Frame) -> Polygon:
    """A filled polygon behind all lines."""
    points = _places(area.x.tolist(), area.y.tolist(), frame)
    return Polygon(
        points, area.fill, area.edge or area.fill, EDGE if area.edge else 0.0, "area", clip=frame.box
    )


def curve_path(curve: Curve, frame: Frame) -> list[Path]:
    """One path for each stretch without a gap."""
    places = _places(curve.x.tolist(), curve.y.tolist(), frame)
    known = np.isfinite(np.array(places).reshape(-1, 2)).all(axis=1)
    ends = np.flatnonzero(np.diff(np.concatenate([[False], known, [False]]).astype(int)))
    stretches = [(start, stop) for start, stop in pairwise(ends.tolist()) if known[start]]
    return [
        Path(places[start:stop], curve.thickness, curve.colour, DASHES[curve.stroke], frame.box)
        for start, stop in stretches
    ]


def rule_path(rule: Rule, frame: Frame) -> Path:
    """A line across the whole frame."""
    if rule.axis == "x":
        points: tuple[Point, ...] = ((frame.x(rule.at), frame.top), (frame.x(rule.at), frame.bottom))
    else:
        points = ((frame.left, frame.y(rule.at)), (frame.right, frame.y(rule.at)))
    return Path(points, 0.8, rule.colour, DASHES[rule.stroke], frame.box)


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
    radii = np.broadcast_to(np.asarray(dots.radius, dtype=float), known.shape)
    return tuple((x, y) for x, y in places[known].tolist()), tuple(radii[known].tolist()), known


def _places(x: list[float], y: list[float], frame: Frame) -> tuple[Point, ...]:
    return tuple((frame.x(a), frame.y(b)) for a, b in zip(x, y, strict=True))


def _grown(box: Box, room: float) -> Box:
    """A dot on the frame's edge is drawn whole."""
    return box[0] - room, box[1] - room, box[2] + room, box[3] + room
