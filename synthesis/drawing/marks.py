"""The marks of a row: square, diamond and prediction bar, and arrows where an interval leaves the panel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

from synthesis.drawing.axis import AxisMap
from synthesis.drawing.forest_table import (
    ForestTable,
    NotReportedRow,
    PredictionRow,
    Row,
    StudyRow,
    SummaryRow,
    estimate_of,
    limits_of,
    weight_of,
)
from synthesis.drawing.shapes import Polygon, Role, Segment
from synthesis.drawing.style import (
    FITTED_FILL,
    INK,
    MUTED,
    PREDICTION_FILL,
    STUDY_FILL,
    SUBGROUP_FILL,
    SUMMARY_FILL,
)

LINE = 0.9
PART_LINE = 0.6
OUTLINE = 0.8
SMALLEST_SIDE = 1.5
PLAIN_SIDE = 0.5
PART_SIDE = 0.36
POINT_HEIGHT = 0.36
EXTENT_HEIGHT = 0.3
ARROW_HEIGHT = 0.45  # half the height of an arrow head, over its length
CUT_HEIGHT = 0.2  # half the height of a diamond where its arrow begins, over the length of that


@dataclass(frozen=True)
class Marks:
    """What is drawn in one row."""

    segments: tuple[Segment, ...] = ()
    polygons: tuple[Polygon, ...] = ()


@dataclass(frozen=True)
class MarkPlace:
    """Where a row's marks go: the axis, the middle of the row, its height, and its index."""

    axis: AxisMap
    middle: float
    pitch: float
    row: int

    @property
    def arrow(self) -> float:
        """Length of an arrow head."""
        return 0.4 * self.pitch


@dataclass(frozen=True)
class Squares:
    """How large squares are: areas are proportional to weights.

    They grow to three quarters of the row where weights differ, and fill half of it where they do not, or
    where a row has none. No square is smaller than 1.5 points. largest: of the weights, None where none is
    above zero.
    """

    largest: float | None
    greatest: float
    plain: float

    @classmethod
    def of(cls, table: ForestTable, pitch: float) -> Squares:
        """For all rows of a forest plot, on however many pages they stand."""
        weights = [weight_of(row) for row in table.rows if isinstance(row, StudyRow)]
        known = [weight for weight in weights if weight is not None]
        plain = pitch * PLAIN_SIDE
        if not any(known):
            return cls(None, plain, plain)
        spread = 1 - min(known) / max(known)
        return cls(max(known), plain + 0.25 * pitch * spread, plain)

    def side(self, row: StudyRow) -> float:
        """The side of a row's square in points."""
        weight = weight_of(row)
        if row.part:
            return self.plain * PART_SIDE / PLAIN_SIDE
        if weight is None or self.largest is None:
            return self.plain
        return max(SMALLEST_SIDE, self.greatest * sqrt(weight / self.largest))


def study_marks(row: StudyRow, side: float, place: MarkPlace) -> Marks:
    """A square at the estimate; interval and point are drawn over it, so that they are seen at any weight."""
    segments, polygons = _interval(limits_of(row), place, row.part)
    if row.fitted is not None:
        polygons = (*_fitted(row.fitted, place), *polygons)
    estimate = estimate_of(row)
    if estimate is None:
        return Marks(segments, polygons)
    x, y, half = place.axis.position(estimate), place.middle, side / 2
    corners = ((x - half, y - half), (x + half, y - half), (x + half, y + half), (x - half, y + half))
    if row.part:
        hollow = Polygon(corners, SUBGROUP_FILL, STUDY_FILL, OUTLINE, "marker", place.row)
        return Marks(segments, (hollow, *polygons))
    square = Polygon(corners, STUDY_FILL, STUDY_FILL, 0.0, "marker", place.row)
    tip = POINT_HEIGHT * place.pitch / 2
    point = Segment((x, y - tip), (x, y + tip), LINE, INK, "point", place.row)
    return Marks((*segments, point), (square, *polygons))


def _fitted(fitted: tuple[float, float, float], place: MarkPlace) -> tuple[Polygon, ...]:
    """What a model says of a study: a grey diamond, cut where the panel ends."""
    estimate, low, high = fitted
    limits = (low, high)
    return _diamond(estimate, limits, place, 0.36 * place.pitch, FITTED_FILL, FITTED_FILL, "fitted")


def _interval(
    limits: tuple[float, float] | None, place: MarkPlace, part: bool
) -> tuple[tuple[Segment, ...], tuple[Polygon, ...]]:
    if limits is None:
        return (), ()
    colour, thickness = (MUTED, PART_LINE) if part else (INK, LINE)
    left, right, arrows = _cut(limits, place, colour)
    line = Segment((left, place.middle), (right, place.middle), thickness, colour, "interval", place.row)
    return (line,), arrows


def _cut(
    limits: tuple[float, float], place: MarkPlace, colour: str
) -> tuple[float, float, tuple[Polygon, ...]]:
    """The visible ends of an interval, and an arrow head at each end of the panel that it leaves."""
    axis = place.axis
    ends = [axis.position(limit) for limit in limits]
    left, right = (min(max(end, axis.left), axis.right) for end in ends)
    arrows = []
    if ends[0] < axis.left:
        left += place.arrow
        arrows.append(_arrow(axis.left, left, place, colour))
    if ends[1] > axis.right:
        right -= place.arrow
        arrows.append(_arrow(axis.right, right, place, colour))
    return left, right, tuple(arrows)


def _arrow(tip: float, base: float, place: MarkPlace, colour: str) -> Polygon:
    half = ARROW_HEIGHT * place.arrow
    points = ((tip, place.middle), (base, place.middle - half), (base, place.middle + half))
    return Polygon(points, colour, colour, 0.0, "arrow", place.row)


def summary_marks(row: SummaryRow, place: MarkPlace) -> Marks:
    """A diamond from limit to limit, filled for the overall result and hollow for a subgroup's."""
    limits, estimate = limits_of(row), estimate_of(row)
    if limits is None or estimate is None:
        return Marks()
    overall = row.level == "overall"
    half = (0.36 if overall else 0.3) * place.pitch
    fill = SUMMARY_FILL if overall else SUBGROUP_FILL
    return Marks((), _diamond(estimate, limits, place, half, fill, SUMMARY_FILL, "diamond"))


def _diamond(
    estimate: float,
    limits: tuple[float, float],
    place: MarkPlace,
    half: float,
    fill: str,
    edge: str,
    role: Role,
) -> tuple[Polygon, ...]:
    """A diamond from limit to limit; a side that leaves the panel narrows towards its arrow.

    Such a side has no corner to show: it would be a slab if it kept the slope of the whole diamond.
    """
    axis, y = place.axis, place.middle
    left, right, arrows = _cut(limits, place, edge)
    x = min(max(axis.position(estimate), left), right)
    base = CUT_HEIGHT * place.arrow
    ends = [
        base if cut else 0.0
        for cut in (axis.position(limits[0]) < axis.left, axis.position(limits[1]) > axis.right)
    ]
    profile = ((left, ends[0]), (x, half), (right, ends[1]))
    outline = [(at, y - height) for at, height in profile]
    outline += [(at, y + height) for at, height in reversed(profile)]
    points = tuple(dict.fromkeys(outline))
    return Polygon(points, fill, edge, OUTLINE, role, place.row), *arrows


def prediction_marks(row: PredictionRow, place: MarkPlace) -> Marks:
    """A slim bar between two end caps: neither a confidence interval nor a diamond."""
    limits = limits_of(row)
    if limits is None:
        return Marks()
    left, right, arrows = _cut(limits, place, INK)
    half, cap = 0.11 * place.pitch, 0.27 * place.pitch
    y = place.middle
    bar = ((left, y - half), (right, y - half), (right, y + half), (left, y + half))
    caps = [
        Segment((x, y - cap), (x, y + cap), LINE, INK, "prediction", place.row)
        for x, limit in zip((left, right), limits, strict=True)
        if x == place.axis.position(limit)
    ]
    return Marks(tuple(caps), (Polygon(bar, PREDICTION_FILL, INK, 0.5, "prediction", place.row), *arrows))


def extent_marks(row: NotReportedRow, place: MarkPlace) -> Marks:
    """A hollow bar over each range that is not ruled out, with an arrow where it leaves the panel."""
    polygons: list[Polygon] = []
    half, y = EXTENT_HEIGHT * place.pitch / 2, place.middle
    for extent in row.extents:
        left, right, arrows = _cut(extent, place, MUTED)
        if left < right:
            bar = ((left, y - half), (right, y - half), (right, y + half), (left, y + half))
            polygons.append(Polygon(bar, SUBGROUP_FILL, MUTED, OUTLINE, "extent", place.row))
        polygons += arrows
    return Marks((), tuple(polygons))


def row_marks(rows: Sequence[Row], squares: Squares, places: Sequence[MarkPlace]) -> Marks:
    """The marks of all rows, from top to bottom."""
    drawn = []
    for row, place in zip(rows, places, strict=True):
        if isinstance(row, StudyRow):
            drawn.append(study_marks(row, squares.side(row), place))
        elif isinstance(row, SummaryRow):
            drawn.append(summary_marks(row, place))
        elif isinstance(row, PredictionRow):
            drawn.append(prediction_marks(row, place))
        elif isinstance(row, NotReportedRow):
            drawn.append(extent_marks(row, place))
    return Marks(
        tuple(segment for marks in drawn for segment in marks.segments),
        tuple(polygon for marks in drawn for polygon in marks.polygons),
    )
