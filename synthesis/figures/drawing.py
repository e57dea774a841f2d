"""Drawing a layout with matplotlib's objects, without pyplot."""

from matplotlib.backend_bases import RendererBase
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Polygon as PolygonPatch
from matplotlib.text import Text
from matplotlib.transforms import Affine2D, Transform

from synthesis.figures.fonts import Fonts, properties
from synthesis.figures.shapes import Layout, PlacedText, Polygon, Segment
from synthesis.figures.style import BACKGROUND, POINTS_PER_INCH

BACK, FRONT = 1.0, 3.0
ORDER = {"marker": 2.0, "diamond": 4.0, "prediction": 4.0, "arrow": 4.0}


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
        renderer.draw_text(context, x, y, self.get_text(), self.get_fontproperties(), 0.0)
        context.restore()


class DescribedFigure(Figure):
    """A figure that knows its title, its text alternative, and the fonts that it needs."""

    title: str = ""
    description: str = ""
    fonts: Fonts = Fonts()

    @property
    def missing_characters(self) -> str:
        """The characters of its texts that no installed font can draw."""
        return self.fonts.missing


def draw(layout: Layout, title: str, description: str) -> DescribedFigure:
    """A figure of the layout's size with all its parts."""
    size = (layout.width / POINTS_PER_INCH, layout.height / POINTS_PER_INCH)
    figure = DescribedFigure(figsize=size, facecolor=BACKGROUND)
    figure.title, figure.description = title, description
    figure.fonts = layout.fonts
    points = Affine2D().scale(1 / POINTS_PER_INCH, -1 / POINTS_PER_INCH).translate(0.0, size[1])
    transform = points + figure.dpi_scale_trans
    for segment in layout.segments:
        figure.add_artist(_line(segment, transform))
    for polygon in layout.polygons:
        figure.add_artist(_patch(polygon, transform))
    for text in layout.texts:
        figure.add_artist(_text(text, layout.fonts.families, transform))
    return figure


def _line(segment: Segment, transform: Transform) -> Line2D:
    (x0, y0), (x1, y1) = segment.start, segment.end
    return Line2D(
        (x0, x1),
        (y0, y1),
        linewidth=segment.thickness,
        color=segment.colour,
        linestyle=(0, (1.0, 2.0)) if segment.dotted else "solid",
        solid_capstyle="butt",
        dash_capstyle="butt",
        antialiased=True,
        transform=transform,
        zorder=FRONT if segment.role in {"interval", "point", "prediction"} else BACK,
    )


def _patch(polygon: Polygon, transform: Transform) -> PolygonPatch:
    return PolygonPatch(
        polygon.points,
        closed=True,
        facecolor=polygon.fill,
        edgecolor=polygon.edge,
        linewidth=polygon.thickness,
        joinstyle="miter",
        transform=transform,
        zorder=ORDER[polygon.role],
    )


def _text(text: PlacedText, families: tuple[str, ...], transform: Transform) -> Line:
    return Line(
        text.x,
        text.baseline,
        text.text,
        color=text.colour,
        fontproperties=properties(text.face, text.size, families),
        horizontalalignment="left",
        verticalalignment="baseline",
        parse_math=False,
        usetex=False,
        transform=transform,
        zorder=5.0,
    )
