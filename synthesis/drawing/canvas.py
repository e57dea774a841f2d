"""Drawing a layout with matplotlib's objects, without pyplot."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import TypeVar

from matplotlib.artist import Artist
from matplotlib.backend_bases import RendererBase
from matplotlib.collections import EllipseCollection, LineCollection, PolyCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.text import Text
from matplotlib.transforms import Affine2D, Bbox, Transform, TransformedBbox

from synthesis.drawing.fonts import Fonts, properties
from synthesis.drawing.shapes import Box, Circles, Layout, PlacedText, Polygon, Polyline, Segment
from synthesis.drawing.style import BACKGROUND, POINTS_PER_INCH

BACK, FRONT = 1.0, 3.0
VECTORS_AT_MOST = 2_000  # more circles than this are drawn as pixels, or files would take seconds to open
ORDER = {
    "area": 0.5,
    "box": 0.5,
    "fitted": 1.5,
    "extent": 1.5,
    "light": 2.0,
    "marker": 2.0,
    "diamond": 4.0,
    "prediction": 4.0,
    "arrow": 4.0,
}


class Line(Text):
    """One line of text that starts at its position: no alignment is left to the renderer.

    The layout has measured it, so it is handed to the renderer as it is, in half the time.
    """

    def draw(self, renderer: RendererBase) -> None:
        """Draw the text from its position on the base line."""
        x, y = self.get_transform().transform(self.get_position())
        if renderer.flipy():
            y = renderer.get_canvas_width_height()[1] - y
        context = renderer.new_gc()
        context.set_foreground(self.get_color())
        renderer.draw_text(context, x, y, self.get_text(), self.get_fontproperties(), self.get_rotation())
        context.restore()


class DescribedFigure(Figure):
    """A figure that knows the name of its files, its title, its text alternative, and the fonts it needs.

    before: the pages before this one, which is the last of a long figure; a PDF file has them all.
    """

    name: str = ""
    title: str = ""
    description: str = ""
    fonts: Fonts = Fonts()
    before: tuple[Layout, ...] = ()


def draw(layout: Layout, title: str, description: str) -> DescribedFigure:
    """A figure of the layout's size with all its parts."""
    size = (layout.width / POINTS_PER_INCH, layout.height / POINTS_PER_INCH)
    figure = DescribedFigure(figsize=size, facecolor=BACKGROUND)
    figure.title, figure.description = title, description
    figure.fonts = layout.fonts
    points = Affine2D().scale(1 / POINTS_PER_INCH, -1 / POINTS_PER_INCH).translate(0.0, size[1])
    transform = points + figure.dpi_scale_trans
    for segments in _alike(layout.segments, lambda segment: (_order_of(segment), segment.dotted)):
        figure.add_artist(_lines(segments, transform))
    for polygons in _alike(layout.polygons, lambda polygon: (ORDER[polygon.role], polygon.clip)):
        figure.add_artist(_shapes(polygons, transform))
    for path in layout.paths:
        figure.add_artist(_path(path, transform))
    for order, circles in enumerate(layout.circles):
        figure.add_artist(_circles(circles, transform, FRONT + 0.01 * order))
    for text in layout.texts:
        figure.add_artist(_text(text, layout.fonts.families, transform))
    return figure


Part = TypeVar("Part")


def _alike(parts: Iterable[Part], key: Callable[[Part], Hashable]) -> Iterable[list[Part]]:
    """The parts that one artist can draw together: thousands of artists would take most of the time."""
    groups: dict[Hashable, list[Part]] = {}
    for part in parts:
        groups.setdefault(key(part), []).append(part)
    return groups.values()


def _order_of(segment: Segment) -> float:
    return FRONT if segment.role in {"interval", "point", "prediction"} else BACK


def _lines(segments: Sequence[Segment], transform: Transform) -> LineCollection:
    """Straight lines of one kind of stroke at one height."""
    return LineCollection(
        [(segment.start, segment.end) for segment in segments],
        linewidths=[segment.thickness for segment in segments],
        colors=[segment.colour for segment in segments],
        linestyle=(0, (1.0, 2.0)) if segments[0].dotted else "solid",
        capstyle="butt",
        transform=transform,
        zorder=_order_of(segments[0]),
    )


def _path(path: Polyline, transform: Transform) -> Line2D:
    line = Line2D(
        [x for x, _ in path.points],
        [y for _, y in path.points],
        linewidth=path.thickness,
        color=path.colour,
        linestyle=(0, path.dashes) if path.dashes else "solid",
        transform=transform,
        zorder=2.5,
    )
    return _clipped(line, path.clip, transform)


def _circles(circles: Circles, transform: Transform, order: float) -> EllipseCollection:
    across = [2.0 * radius for radius in circles.radii]
    collection = EllipseCollection(
        across,
        across,
        [0.0] * len(across),
        units="points",
        offsets=circles.centres,
        offset_transform=transform,
        facecolors=circles.fill,
        edgecolors=circles.edge,
        linewidths=circles.thickness,
        alpha=circles.opacity,
        zorder=order,
        rasterized=len(across) > VECTORS_AT_MOST,
    )
    return _clipped(collection, circles.clip, transform)


Drawn = TypeVar("Drawn", bound=Artist)


def _clipped(artist: Drawn, box: Box, transform: Transform) -> Drawn:
    left, top, right, bottom = box
    artist.set_clip_box(TransformedBbox(Bbox(((left, bottom), (right, top))), transform))
    return artist


def _shapes(polygons: Sequence[Polygon], transform: Transform) -> PolyCollection:
    """Filled shapes at one height, cut off at one box."""
    shapes = PolyCollection(
        [polygon.points for polygon in polygons],
        facecolors=[polygon.fill for polygon in polygons],
        edgecolors=[polygon.edge for polygon in polygons],
        linewidths=[polygon.thickness for polygon in polygons],
        joinstyle="miter",
        transform=transform,
        zorder=ORDER[polygons[0].role],
    )
    clip = polygons[0].clip
    return shapes if clip is None else _clipped(shapes, clip, transform)


def _text(text: PlacedText, families: tuple[str, ...], transform: Transform) -> Line:
    return Line(
        text.x,
        text.baseline,
        text.text,
        color=text.colour,
        fontproperties=properties(text.face, text.size, families),
        rotation=90.0 if text.upright else 0.0,
        horizontalalignment="left",
        verticalalignment="baseline",
        parse_math=False,
        usetex=False,
        transform=transform,
        zorder=5.0,
    )
