"""A layout drawn larger: every length in it times the same number."""

from __future__ import annotations

from dataclasses import replace

from synthesis.drawing.shapes import Box, Circles, Layout, PlacedText, Point, Polygon, Polyline, Segment


def enlarged(layout: Layout, times: float) -> Layout:
    """The same layout with all its lengths `times` as long."""
    if times == 1.0:
        return layout
    return replace(
        layout,
        width=layout.width * times,
        height=layout.height * times,
        texts=tuple(_text(text, times) for text in layout.texts),
        segments=tuple(_segment(segment, times) for segment in layout.segments),
        polygons=tuple(_polygon(polygon, times) for polygon in layout.polygons),
        paths=tuple(_path(path, times) for path in layout.paths),
        circles=tuple(_circles(circles, times) for circles in layout.circles),
    )


def _point(point: Point, times: float) -> Point:
    return point[0] * times, point[1] * times


def _points(points: tuple[Point, ...], times: float) -> tuple[Point, ...]:
    return tuple(_point(point, times) for point in points)


def _box(box: Box, times: float) -> Box:
    return box[0] * times, box[1] * times, box[2] * times, box[3] * times


def _text(text: PlacedText, times: float) -> PlacedText:
    return replace(
        text,
        x=text.x * times,
        baseline=text.baseline * times,
        width=text.width * times,
        size=text.size * times,
    )


def _segment(segment: Segment, times: float) -> Segment:
    return replace(
        segment,
        start=_point(segment.start, times),
        end=_point(segment.end, times),
        thickness=segment.thickness * times,
    )


def _polygon(polygon: Polygon, times: float) -> Polygon:
    return replace(
        polygon,
        points=_points(polygon.points, times),
        thickness=polygon.thickness * times,
        clip=None if polygon.clip is None else _box(polygon.clip, times),
    )


def _path(path: Polyline, times: float) -> Polyline:
    # dashes are lengths in widths of their line, which grow with it
    return replace(
        path,
        points=_points(path.points, times),
        thickness=path.thickness * times,
        clip=_box(path.clip, times),
    )


def _circles(circles: Circles, times: float) -> Circles:
    return replace(
        circles,
        centres=_points(circles.centres, times),
        radii=tuple(radius * times for radius in circles.radii),
        thickness=circles.thickness * times,
        clip=_box(circles.clip, times),
    )
