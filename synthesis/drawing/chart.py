"""What a chart shows, before anything has a place: panels of dots, curves, areas and rules on two axes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from synthesis.drawing.forest_table import ForestTable
from synthesis.drawing.style import INK, MUTED, NULL_LINE, STUDY_FILL

Values: TypeAlias = npt.NDArray[np.float64]
Stroke: TypeAlias = Literal["solid", "dashed", "dotted"]
Pointing: TypeAlias = Literal["up", "down", "sideways"]


@dataclass(frozen=True)
class ChartAxis:
    """An axis from `low` to `high`, drawn the other way round when `reversed`.

    ticks: values with their labels; round ones are chosen when None.
    """

    label: str
    low: float
    high: float
    scale: Literal["linear", "log"] = "linear"
    reversed: bool = False
    ticks: tuple[tuple[float, str], ...] | None = None

    def __post_init__(self) -> None:
        if not (np.isfinite(self.low) and np.isfinite(self.high) and self.low < self.high):
            raise ValueError(f"axis '{self.label}' runs from {self.low} to {self.high}; expected low < high")
        if self.scale == "log" and self.low <= 0:
            raise ValueError(f"axis '{self.label}' is logarithmic and begins at {self.low}; expected above 0")


@dataclass(frozen=True, eq=False)
class Dots:
    """Circles at x, y (m,), with one radius in points or one each; labels: m texts, empty ones not set."""

    x: Values
    y: Values
    radius: float | Values = 2.6
    fill: str = STUDY_FILL
    edge: str = INK
    labels: tuple[str, ...] = ()
    name: str = ""
    opacity: float = 1.0


@dataclass(frozen=True, eq=False)
class ChartCurve:
    """A line through the points x, y (m,); gaps where a value is nan."""

    x: Values
    y: Values
    colour: str = INK
    thickness: float = 1.0
    stroke: Stroke = "solid"
    name: str = ""


@dataclass(frozen=True, eq=False)
class Area:
    """A filled polygon with corners x, y (m,)."""

    x: Values
    y: Values
    fill: str
    name: str = ""
    edge: str = ""


@dataclass(frozen=True)
class ReferenceLine:
    """A straight line across the panel at a value of one axis."""

    axis: Literal["x", "y"]
    at: float
    colour: str = NULL_LINE
    stroke: Stroke = "solid"
    name: str = ""


@dataclass(frozen=True)
class Note:
    """Words with their middle at a point of the panel."""

    x: float
    y: float
    text: str
    colour: str = MUTED


@dataclass(frozen=True, eq=False)
class Arrows:
    """Triangles around x, y (m,) that point one way, of one size whatever the axes; sideways is both ways.

    radius: half the width of each in points, (m,).
    """

    x: Values
    y: Values
    radius: Values
    pointing: Pointing
    fill: str = STUDY_FILL
    edge: str = INK
    name: str = ""


Mark: TypeAlias = Dots | ChartCurve | Area | ReferenceLine | Note | Arrows


@dataclass(frozen=True)
class Panel:
    """Marks on two axes, drawn in order; height of the frame in points, the chart's own when None."""

    x: ChartAxis
    y: ChartAxis
    marks: tuple[Mark, ...]
    title: str = ""
    height: float | None = None


@dataclass(frozen=True)
class Chart:
    """Panels in rows of equal width, with a title, a key made of the marks' names, and footnotes.

    description: the text alternative. aspect: height of a panel over its width. Frames of one column begin
    below each other.
    """

    title: str
    panels: tuple[tuple[Panel, ...], ...]
    description: str
    subtitle: str = ""
    footnotes: tuple[str, ...] = ()
    aspect: float = 0.62

    def __post_init__(self) -> None:
        if not self.panels or not all(self.panels):
            raise ValueError("a chart needs at least one panel in each row")


Plot: TypeAlias = Chart | ForestTable
"""What can be laid out as a figure."""
