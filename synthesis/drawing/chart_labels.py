"""Names beside dots: each where it hides no dot and no other name, or farther off with a thin line to it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import cos, hypot, pi, sin

import numpy as np

from synthesis.drawing.chart import Area, ChartCurve, Dots, Panel, ReferenceLine
from synthesis.drawing.chart_axes import Frame, area_shape, curve_path, placed_dots, rule_path
from synthesis.drawing.fonts import plain
from synthesis.drawing.press import Press, shortened
from synthesis.drawing.shapes import Box, PlacedText, Point, Polyline, Segment
from synthesis.drawing.style import MUTED

DISTANCES = (2.0, 6.0, 12.0, 20.0, 30.0, 42.0)
NEAR = DISTANCES[1]  # names farther off than this have a line to their dot
DIRECTIONS = tuple(index * pi / 4 for index in (0, 4, 2, 6, 1, 7, 3, 5))
WIDEST = (0.42, 0.24)  # of a name, as shares of the frame: the second where it spares an edge
SHORTEST = 44.0  # points that a name always has, and where there is no other room: some letters and a year
STEP = 4.0  # points between the boxes that stand for a line
MOST_STEPS = 2_000


@dataclass(frozen=True)
class _Place:
    """A name somewhere beside its dot, and the line to it, if it is far."""

    text: PlacedText
    leader: Segment | None

    @property
    def boxes(self) -> list[Box]:
        """What it covers."""
        return [self.text.box, *(() if self.leader is None else _along((self.leader.start, self.leader.end)))]


def place_labels(panel: Panel, frame: Frame, press: Press) -> tuple[list[PlacedText], list[Segment]]:
    """The names of the panel's dots, long ones shortened; one for which there is no room is left out.

    A name lies on no dot, on no other name and on no line, within the frame, and on the edge of an area only
    where it would be left out otherwise.
    """
    groups = [mark for mark in panel.marks if isinstance(mark, Dots)]
    if not any(any(dots.labels) for dots in groups):
        return [], []
    dots = [(centre[0], centre[1], radius) for group in groups for _, centre, radius in _dots(group, frame)]
    taken = [(x - r, y - r, x + r, y + r) for x, y, r in dots]
    lines = [box for path in _lines(panel, frame) for box in _along(path.points)]
    edges = list(_edges(panel, frame))
    placed: list[_Place] = []

    def of_lengths(label: str, limits: list[float], centre: Point, radius: float) -> list[_Place]:
        names = dict.fromkeys(_short(label, limit, press) for limit in limits)
        places = [place for name in names for place in _places(name, centre, radius, press)]
        return _best(places, taken, lines, edges, frame)

    for group in groups:
        for label, centre, radius in _dots(group, frame):
            if label and _holds(frame, centre):
                limits = [max(SHORTEST, share * (frame.right - frame.left)) for share in WIDEST]
                found = of_lengths(label, limits, centre, radius)
                found = found or of_lengths(label, [SHORTEST], centre, radius)
                placed += found
                taken += [box for place in found for box in place.boxes]
    return [place.text for place in placed], [place.leader for place in placed if place.leader is not None]


def _short(label: str, limit: float, press: Press) -> str:
    return shortened(plain(label), limit, lambda text: press.width(text, "regular", press.sizes.small))


def names_wanted(panel: Panel, frame: Frame) -> int:
    """How many dots that are drawn have a name."""
    groups = [mark for mark in panel.marks if isinstance(mark, Dots)]
    return sum(
        bool(label) and _holds(frame, centre) for group in groups for label, centre, _ in _dots(group, frame)
    )


def _dots(dots: Dots, frame: Frame) -> Iterator[tuple[str, Point, float]]:
    """Name, centre and radius of each dot that has a place."""
    centres, radii, known = placed_dots(dots, frame)
    labels = np.array([*dots.labels, *[""] * (known.size - len(dots.labels))], dtype=object)
    yield from zip(labels[known].tolist(), centres, radii, strict=True)


def _lines(panel: Panel, frame: Frame) -> Iterator[Polyline]:
    for mark in panel.marks:
        if isinstance(mark, ChartCurve):
            yield from curve_path(mark, frame)
        elif isinstance(mark, ReferenceLine):
            yield rule_path(mark, frame)


def _edges(panel: Panel, frame: Frame) -> Iterator[Box]:
    """Small boxes along the edges of areas, but for those at the frame."""
    for mark in panel.marks:
        if isinstance(mark, Area):
            corners = area_shape(mark, frame).points
            yield from (box for box in _along((*corners, corners[0])) if _inside(box, frame))


def _best(
    places: list[_Place], taken: list[Box], lines: list[Box], edges: list[Box], frame: Frame
) -> list[_Place]:
    """The first of the places that cover least of the edges of areas, among those that cover nothing else."""
    free = [
        place
        for place in places
        if _is_free(place, taken, frame) and not any(_overlap(place.text.box, box) for box in lines)
    ]
    return [min(free, key=lambda place: sum(_overlap(place.text.box, box) for box in edges))] if free else []


def _is_free(place: _Place, taken: list[Box], frame: Frame) -> bool:
    """Whether name and line lie on nothing; the line begins at its own dot, which is not in its way."""
    if not _inside(place.text.box, frame) or any(_overlap(place.text.box, box) for box in taken):
        return False
    if place.leader is None:
        return True
    others = [box for box in taken if not _covers(box, place.leader.start)]
    return not any(_overlap(piece, box) for piece in place.boxes[1:] for box in others)


def _along(points: tuple[Point, ...]) -> Iterator[Box]:
    """Small boxes along a line, close enough that no name fits between two."""
    ends = np.array([point for point in points if all(np.isfinite(point))], dtype=float).reshape(-1, 2)
    if len(ends) < 2:
        return
    x, y = ends.T
    along = np.concatenate([[0.0], np.cumsum(np.hypot(np.diff(x), np.diff(y)))])
    at = np.linspace(0.0, along[-1], min(int(along[-1] / STEP) + 2, MOST_STEPS))
    for a, b in np.column_stack([np.interp(at, along, x), np.interp(at, along, y)]).tolist():
        yield a - STEP / 2, b - 1.0, a + STEP / 2, b + 1.0


def _places(label: str, centre: Point, radius: float, press: Press) -> Iterator[_Place]:
    """Places for a name, from the most to the least wanted."""
    size = press.sizes.small
    width = press.width(label, "regular", size)
    for distance in DISTANCES:
        for angle in DIRECTIONS:
            reach = radius + distance
            x, y = centre[0] + reach * cos(angle), centre[1] - reach * sin(angle)
            left = x - width * (0.5 - 0.5 * cos(angle))
            middle = y - 0.5 * size * sin(angle)
            text = press.text(label, left, middle + 0.3 * size, "regular", size)
            yield _Place(text, _leader(centre, text.box) if distance > NEAR else None)


def _leader(centre: Point, box: Box) -> Segment:
    """A thin line from the dot to just before the nearest point of the name's box."""
    x = min(max(centre[0], box[0]), box[2])
    y = min(max(centre[1], box[1]), box[3])
    length = hypot(x - centre[0], y - centre[1])
    share = max(0.0, 1.0 - 1.0 / length) if length else 0.0
    end = (centre[0] + share * (x - centre[0]), centre[1] + share * (y - centre[1]))
    return Segment(centre, end, 0.4, MUTED, "rule")


def _inside(box: Box, frame: Frame) -> bool:
    return (
        box[0] >= frame.left + 1.0
        and box[2] <= frame.right - 1.0
        and box[1] >= frame.top
        and box[3] <= frame.bottom - 1.0
    )


def _holds(frame: Frame, point: Point) -> bool:
    """Whether a dot is drawn: half a point of rounding counts as inside."""
    return _covers((frame.left - 0.5, frame.top - 0.5, frame.right + 0.5, frame.bottom + 0.5), point)


def _covers(box: Box, point: Point) -> bool:
    return box[0] <= point[0] <= box[2] and box[1] <= point[1] <= box[3]


def _overlap(a: Box, b: Box) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
