"""A laid-out chart as SVG inside a page: text is text, colours have the names of the page's style."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby, pairwise

from markupsafe import Markup, escape

from synthesis.drawing.chart import Chart
from synthesis.drawing.chart_layout import lay_out_chart
from synthesis.drawing.fonts import plain
from synthesis.drawing.shapes import Box, Circles, Layout, PlacedText, Polygon, Polyline, Segment
from synthesis.drawing.style import (
    ACCENT,
    BACKGROUND,
    BAND_FILL,
    CONTOUR_FILLS,
    FITTED_FILL,
    INK,
    MUTED,
    NULL_LINE,
    PREDICTION_FILL,
    STUDY_FILL,
    SUMMARY_FILL,
)
from synthesis.plots.words import in_symbols
from synthesis.report.page_parts import ShownChart, ShownTable

WIDTH = 360.0
"""Points: a chart that a telephone can show."""

_COLOURS = {
    INK: "ink",
    MUTED: "muted",
    NULL_LINE: "null",
    STUDY_FILL: "study",
    SUMMARY_FILL: "summary",
    PREDICTION_FILL: "prediction",
    ACCENT: "accent",
    BAND_FILL: "band",
    BACKGROUND: "paper",
    FITTED_FILL: "fitted",
    **{fill: f"shade{place}" for place, fill in enumerate(CONTOUR_FILLS, start=1)},
}
"""Names of the colours of figures in the page's style, which has them for light and for dark."""


def shown_chart(chart: Chart, behind: ShownTable | None = None) -> ShownChart:
    """The chart without its title and its notes, which the page sets as text."""
    bare = replace(chart, title="", subtitle="", footnotes=())
    layout = lay_out_chart(bare, WIDTH)
    notes = tuple(plain(in_symbols(note)) for note in (chart.subtitle, *chart.footnotes) if note)
    return ShownChart(str(_svg(layout, chart.title)), plain(chart.description), notes, behind)


def _svg(layout: Layout, title: str) -> Markup:
    parts = [*_clipped(layout), *_segments(layout.segments), *_texts(layout.texts)]
    top = min((text.box[1] for text in layout.texts), default=0.0)
    top = max(0.0, min([top, *(y for segment in layout.segments for _, y in (segment.start,))]) - 4.0)
    box = f"0 {_n(top)} {_n(layout.width)} {_n(layout.height - top)}"
    return Markup('<svg class="chart" viewBox="{}" role="img" aria-label="{}">{}</svg>').format(
        box, plain(title), Markup("").join(parts)
    )


def _clipped(layout: Layout) -> Iterator[Markup]:
    """Areas, lines and dots from back to front, each within its panel."""
    boxes: list[Box | None] = [each.clip for each in layout.polygons]
    boxes += [path.clip for path in layout.paths] + [dots.clip for dots in layout.circles]
    whole = (0.0, 0.0, layout.width, layout.height)
    for box in dict.fromkeys(boxes):
        inside = [
            *(_polygon(each) for each in layout.polygons if each.clip == box),
            *_polylines(each for each in layout.paths if each.clip == box),
            *(_circles(each) for each in layout.circles if each.clip == box),
        ]
        left, top, right, bottom = box or whole
        size = Markup('x="{}" y="{}" width="{}" height="{}" viewBox="{}"').format(
            *map(_n, (left, top, right - left, bottom - top)),
            " ".join(map(_n, (left, top, right - left, bottom - top))),
        )
        yield Markup("<svg {}>{}</svg>").format(size, Markup("").join(inside))


def _segments(segments: Iterable[Segment]) -> Iterator[Markup]:
    def look(each: Segment) -> tuple[str, float, bool]:
        return each.colour, each.thickness, each.dotted

    for (colour, thickness, dotted), same in groupby(sorted(segments, key=look), key=look):
        path = "".join(f"M{_joined((each.start, each.end))}" for each in same)
        dashes = Markup(' stroke-dasharray="1 2"') if dotted else ""
        yield Markup('<path d="{}" {} stroke-width="{}"{}/>').format(
            path, _stroke(colour), _n(thickness), dashes
        )


def _polygon(each: Polygon) -> Markup:
    return Markup('<path d="M{}Z" {} {} stroke-width="{}"/>').format(
        _joined(each.points), _fill(each.fill), _stroke(each.edge), _n(each.thickness)
    )


def _polylines(lines: Iterable[Polyline]) -> Iterator[Markup]:
    """Neighbours of one look are one path: the bars of many intervals."""

    def look(each: Polyline) -> tuple[str, float, tuple[float, ...]]:
        return each.colour, each.thickness, each.dashes

    for (colour, thickness, dashes), same in groupby(lines, key=look):
        dashed = Markup(' stroke-dasharray="{}"').format(" ".join(map(_n, dashes))) if dashes else ""
        yield Markup('<path d="{}" {} stroke-width="{}"{}/>').format(
            "".join(_runs(each.points) for each in same), _stroke(colour), _n(thickness), dashed
        )


def _runs(points: Sequence[tuple[float, float]]) -> str:
    """A line with gaps where a point is none."""
    parts = []
    for is_there, run in groupby(points, key=lambda point: point[0] == point[0] and point[1] == point[1]):
        if is_there:
            parts.append(f"M{_joined(list(run))}")
    return "".join(parts)


def _circles(each: Circles) -> Markup:
    """Dots of one size as one path of points with round ends, which is a tenth of as many circles."""
    found = []
    dots = sorted(zip(each.radii, each.centres, strict=True))
    for radius, same in groupby(dots, key=lambda dot: dot[0]):
        path = _dots([centre for _, centre in same])
        if each.edge != each.fill and each.thickness:
            found.append(_round(path, each.edge, 2 * radius + each.thickness, each.opacity))
        found.append(_round(path, each.fill, 2 * radius, each.opacity))
    return Markup("").join(found)


def _dots(centres: Sequence[tuple[float, float]]) -> str:
    """A line of a tenth at each centre, told from the end of the one before.

    Without any length it would be seen on a screen and lost on paper.
    """
    at, parts = (0, 0), []
    for x, y in centres:
        new = round(10 * x), round(10 * y)
        parts.append(f"m{_n((new[0] - at[0]) / 10)} {_n((new[1] - at[1]) / 10)}h.1")
        at = new[0] + 1, new[1]
    return "".join(parts)


def _round(path: str, colour: str, across: float, opacity: float) -> Markup:
    faint = Markup(' opacity="{}"').format(_n(opacity)) if opacity < 1 else ""
    return Markup('<path d="{}" {} stroke-width="{}" stroke-linecap="round"{}/>').format(
        path, _stroke(colour), _n(across), faint
    )


def _texts(texts: Iterable[PlacedText]) -> Iterator[Markup]:
    def look(each: PlacedText) -> tuple[str, float, str]:
        return each.face, each.size, each.colour

    for (face, size, colour), same in groupby(sorted(texts, key=look), key=look):
        lines = Markup("").join(
            Markup('<text x="{}" y="{}">{}</text>').format(_n(each.x), _n(each.baseline), each.text)
            for each in same
        )
        weight = {"bold": Markup(' font-weight="700"'), "italic": Markup(' font-style="italic"')}.get(
            face, ""
        )
        yield Markup('<g {} font-size="{}"{}>{}</g>').format(_fill(colour), _n(size), weight, lines)


def _joined(points: Sequence[tuple[float, float]]) -> str:
    """Corners of a line; one that goes straight up or along is told shorter."""
    parts = [f"{_n(points[0][0])} {_n(points[0][1])}"]
    for (x0, y0), (x, y) in pairwise([(_n(x), _n(y)) for x, y in points]):
        parts.append(f"V{y}" if x == x0 else f"H{x}" if y == y0 else f"L{x} {y}")
    return "".join(parts)


def _fill(colour: str) -> Markup:
    return _painted("fill", "f", colour)


def _stroke(colour: str) -> Markup:
    return _painted("stroke", "s", colour)


def _painted(what: str, prefix: str, colour: str) -> Markup:
    """A class of the page's style, or the colour itself where it has none."""
    named = _COLOURS.get(colour)
    if named is None:
        return Markup('{}="{}"').format(what, colour)
    return Markup('data-{}="{}"').format(prefix, named)


def _n(value: float) -> str:
    """One decimal, as short as it can be: a tenth of a point is not seen."""
    text = f"{value:.1f}"
    return escape(text[:-2] if text.endswith(".0") else text)
