"""The key of a chart: one sample and name for each kind of mark that has a name, set like a line of text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from synthesis.drawing.chart import Area, Chart, Curve, Dots, Note, Panel, Rule
from synthesis.drawing.chart_marks import DASHES, EDGE
from synthesis.drawing.fonts import plain
from synthesis.drawing.press import CAPITAL_HEIGHT, Press
from synthesis.drawing.shapes import Box, Circles, Path, PlacedText, Polygon
from synthesis.drawing.style import NULL_LINE, PAGE_WIDTH

SAMPLE = 14.0  # width of a sample
GAP = 4.0  # between a sample and its name
APART = 12.0  # between two entries
LARGEST = 3.5  # radius of a sample dot


@dataclass(frozen=True)
class Key:
    """The placed parts of a key, and where it ends."""

    texts: tuple[PlacedText, ...]
    polygons: tuple[Polygon, ...]
    paths: tuple[Path, ...]
    circles: tuple[Circles, ...]
    bottom: float


def place_key(chart: Chart, top: float, press: Press) -> Key:
    """The key from `top` downwards, in as many lines as its entries need; empty without names."""
    texts: list[PlacedText] = []
    samples: list[Polygon | Path | Circles] = []
    size, margin = press.sizes.small, press.sizes.margin
    x, line = margin, 0
    entries = _entries(chart)
    for mark, name in entries:
        lines = press.wrap(name, PAGE_WIDTH - 2 * margin - SAMPLE - GAP, "regular", size)
        width = SAMPLE + GAP + max(press.width(text, "regular", size) for text in lines)
        if x > margin and x + width > PAGE_WIDTH - margin:
            x, line = margin, line + 1
        for text in lines:
            baseline = top + size + 1.5 * size * line
            if text is lines[0]:
                samples.append(_sample(mark, x, baseline - CAPITAL_HEIGHT * size / 2))
            texts.append(press.text(text, x + SAMPLE + GAP, baseline, "regular", size))
            line += text is not lines[-1]
        x += width + APART
    bottom = top + (1.5 * size * (line + 1) if entries else -0.4 * press.sizes.body)
    return Key(
        tuple(texts),
        tuple(each for each in samples if isinstance(each, Polygon)),
        tuple(each for each in samples if isinstance(each, Path)),
        tuple(each for each in samples if isinstance(each, Circles)),
        bottom,
    )


Named: TypeAlias = Dots | Area | Curve | Rule


def _entries(chart: Chart) -> list[tuple[Named, str]]:
    """Marks with a name, each name once; a rule beyond its axis is not drawn and has no entry."""
    found: dict[str, Named] = {}
    for panel in (panel for row in chart.panels for panel in row):
        for mark in panel.marks:
            if not isinstance(mark, Note) and mark.name and not _beyond(mark, panel):
                found.setdefault(plain(mark.name), mark)
    return [(mark, name) for name, mark in found.items()]


def _beyond(mark: Named, panel: Panel) -> bool:
    if not isinstance(mark, Rule):
        return False
    axis = panel.x if mark.axis == "x" else panel.y
    return not axis.low <= mark.at <= axis.high


def _sample(mark: Named, x: float, middle: float) -> Polygon | Path | Circles:
    box: Box = (x - 1.0, middle - 6.0, x + SAMPLE + 1.0, middle + 6.0)
    if isinstance(mark, Dots):
        radius = min(float(np.median(np.asarray(mark.radius))), LARGEST)
        centre = ((x + SAMPLE / 2, middle),)
        return Circles(centre, (max(radius, 1.5),), mark.fill, mark.edge, EDGE, 1.0, box)
    if isinstance(mark, Area):
        half = 4.0
        corners = (
            (x, middle - half),
            (x + SAMPLE, middle - half),
            (x + SAMPLE, middle + half),
            (x, middle + half),
        )
        return Polygon(corners, mark.fill, mark.edge or NULL_LINE, EDGE, "area", clip=box)
    ends = ((x, middle), (x + SAMPLE, middle))
    thickness = mark.thickness if isinstance(mark, Curve) else 0.8
    return Path(ends, thickness, mark.colour, DASHES[mark.stroke], box)
