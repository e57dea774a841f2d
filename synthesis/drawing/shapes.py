"""What a laid-out figure consists of. Lengths are in points, from the top left corner downwards."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from synthesis.drawing.fonts import Face, Fonts

Point: TypeAlias = tuple[float, float]
Role: TypeAlias = Literal[
    "marker",
    "interval",
    "point",
    "diamond",
    "fitted",
    "extent",
    "prediction",
    "arrow",
    "light",
    "null",
    "pooled",
    "axis",
    "rule",
    "area",
    "box",
    "link",
]
Box: TypeAlias = tuple[float, float, float, float]


@dataclass(frozen=True)
class PlacedText:
    """One line of text; ``x`` is where its first character starts, ``width`` its advance width.

    An ``upright`` one is read from below: it starts at the height ``baseline``, its base line is at ``x``.
    """

    text: str
    x: float
    baseline: float
    width: float
    face: Face
    size: float
    colour: str
    row: int | None = None
    upright: bool = False

    @property
    def box(self) -> Box:
        """Left, top, right and bottom, from the height of capitals to the depth of descenders."""
        above, below = 0.76 * self.size, 0.24 * self.size
        if self.upright:
            return self.x - above, self.baseline - self.width, self.x + below, self.baseline
        return self.x, self.baseline - above, self.x + self.width, self.baseline + below


@dataclass(frozen=True)
class Segment:
    """A straight line; ``row`` is the index of the table's row it belongs to, if any."""

    start: Point
    end: Point
    thickness: float
    colour: str
    role: Role
    row: int | None = None
    dotted: bool = False


@dataclass(frozen=True)
class Polygon:
    """A filled shape with an outline of its own colour or another."""

    points: tuple[Point, ...]
    fill: str
    edge: str
    thickness: float
    role: Role
    row: int | None = None
    clip: Box | None = None


@dataclass(frozen=True)
class Polyline:
    """A line through several points; ``dashes`` are lengths of ink and white in points, none if it is solid.

    Parts outside ``clip`` (left, top, right, bottom) are not drawn.
    """

    points: tuple[Point, ...]
    thickness: float
    colour: str
    dashes: tuple[float, ...]
    clip: Box


@dataclass(frozen=True)
class Circles:
    """Circles of one colour, one radius for each centre; very many become pixels in SVG and PDF files."""

    centres: tuple[Point, ...]
    radii: tuple[float, ...]
    fill: str
    edge: str
    thickness: float
    opacity: float
    clip: Box


@dataclass(frozen=True)
class Layout:
    """A figure ready to be drawn: its size, and its parts from back to front."""

    width: float
    height: float
    fonts: Fonts
    texts: tuple[PlacedText, ...]
    segments: tuple[Segment, ...]
    polygons: tuple[Polygon, ...]
    paths: tuple[Polyline, ...] = ()
    circles: tuple[Circles, ...] = ()
