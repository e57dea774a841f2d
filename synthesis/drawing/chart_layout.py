"""A chart's layout: head, the key of its marks, panels with axes, and footnotes, on a page of fixed width."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np

from evidence.wording import counted
from synthesis.drawing.chart import Area, Arrows, Chart, ChartCurve, Dots, Note, Panel, ReferenceLine
from synthesis.drawing.chart_axes import (
    DASHES,
    EDGE,
    Frame,
    area_shape,
    arrow_shapes,
    axis_parts,
    curve_path,
    dot_circles,
    frame_for,
    room_for_y,
    rule_path,
    triangles,
    with_short_ticks,
)
from synthesis.drawing.chart_labels import names_wanted, place_labels
from synthesis.drawing.fonts import fonts_for, plain
from synthesis.drawing.press import CAPITAL_HEIGHT, Press
from synthesis.drawing.shapes import Box, Circles, Layout, PlacedText, Polygon, Polyline, Segment
from synthesis.drawing.style import INK, MUTED, NARROW_PAGE, NULL_LINE, PAGE_WIDTH, Sizes

# The key of a chart: one sample and name for each kind of mark that has a name, set like a line of text.


SAMPLE = 14.0  # width of a sample
GAP = 4.0  # between a sample and its name
APART = 12.0  # between two entries
LARGEST = 3.5  # radius of a sample dot


@dataclass(frozen=True)
class Key:
    """The placed parts of a key, and where it ends."""

    texts: tuple[PlacedText, ...]
    polygons: tuple[Polygon, ...]
    paths: tuple[Polyline, ...]
    circles: tuple[Circles, ...]
    bottom: float


def place_key(chart: Chart, top: float, press: Press) -> Key:
    """The key from `top` downwards, in as many lines as its entries need; empty without names."""
    texts: list[PlacedText] = []
    samples: list[Polygon | Polyline | Circles] = []
    size, margin = press.sizes.small, press.sizes.margin
    x, line = margin, 0
    entries = _entries(chart)
    for mark, name in entries:
        lines = press.wrap(name, press.page - 2 * margin - SAMPLE - GAP, "regular", size)
        width = SAMPLE + GAP + max(press.width(text, "regular", size) for text in lines)
        if x > margin and x + width > press.page - margin:
            x, line = margin, line + 1
        for text in lines:
            baseline = top + size + 1.5 * size * line
            if text is lines[0]:
                samples += _sample(mark, x, baseline - CAPITAL_HEIGHT * size / 2)
            texts.append(press.text(text, x + SAMPLE + GAP, baseline, "regular", size))
            line += text is not lines[-1]
        x += width + APART
    bottom = top + (1.5 * size * (line + 1) if entries else -0.4 * press.sizes.body)
    return Key(
        tuple(texts),
        tuple(each for each in samples if isinstance(each, Polygon)),
        tuple(each for each in samples if isinstance(each, Polyline)),
        tuple(each for each in samples if isinstance(each, Circles)),
        bottom,
    )


Named: TypeAlias = Dots | Area | ChartCurve | ReferenceLine | Arrows


def _entries(chart: Chart) -> list[tuple[Named, str]]:
    """Marks with a name, each name once; a rule beyond its axis is not drawn and has no entry.

    Dots that are all there is need no key.
    """
    found: dict[str, Named] = {}
    for panel in (panel for row in chart.panels for panel in row):
        for mark in panel.marks:
            if not isinstance(mark, Note) and mark.name and not _beyond(mark, panel):
                found.setdefault(plain(mark.name), mark)
    lone = len(found) == 1 and isinstance(next(iter(found.values())), Dots)
    return [] if lone else [(mark, name) for name, mark in found.items()]


def _beyond(mark: Named, panel: Panel) -> bool:
    if not isinstance(mark, ReferenceLine):
        return False
    axis = panel.x if mark.axis == "x" else panel.y
    return not axis.low <= mark.at <= axis.high


def _sample(mark: Named, x: float, middle: float) -> Sequence[Polygon | Polyline | Circles]:
    box: Box = (x - 1.0, middle - 6.0, x + SAMPLE + 1.0, middle + 6.0)
    if isinstance(mark, Dots):
        radius = min(float(np.median(np.asarray(mark.radius))), LARGEST)
        centre = ((x + SAMPLE / 2, middle),)
        return [Circles(centre, (max(radius, 1.5),), mark.fill, mark.edge, EDGE, 1.0, box)]
    if isinstance(mark, Arrows):
        return triangles(mark, x + SAMPLE / 2, middle, LARGEST, box)
    if isinstance(mark, Area):
        half = 4.0
        corners = (
            (x, middle - half),
            (x + SAMPLE, middle - half),
            (x + SAMPLE, middle + half),
            (x, middle + half),
        )
        return [Polygon(corners, mark.fill, mark.edge or NULL_LINE, EDGE, "area", clip=box)]
    ends = ((x, middle), (x + SAMPLE, middle))
    thickness = mark.thickness if isinstance(mark, ChartCurve) else 0.8
    return [Polyline(ends, thickness, mark.colour, DASHES[mark.stroke], box)]


SIZES = Sizes(body=8.0, pitch=12.5)
BETWEEN = 16.0  # white between panels
NARROWEST_CELL = 150.0  # of panels side by side
TALLER = 1.3  # panels on a narrow page, which would be flat
LOWEST = 0.4  # height of a panel there, as a share of its width with labels
WIDEST_TICK, WIDEST_NARROW = 0.45, 0.55  # of a label left of a frame, as a share of the panel


@dataclass
class _Parts:
    """Shapes collected from back to front."""

    texts: list[PlacedText] = field(default_factory=list)
    segments: list[Segment] = field(default_factory=list)
    polygons: list[Polygon] = field(default_factory=list)
    paths: list[Polyline] = field(default_factory=list)
    circles: list[Circles] = field(default_factory=list)
    unnamed: int = 0  # dots for whose names there is no room


def lay_out_chart(chart: Chart, page: float = PAGE_WIDTH) -> Layout:
    """Give every part of a chart its place on a page so many points wide, as high as its contents need.

    Panels for which there is no room side by side stand below each other.
    """
    press = Press(fonts_for(_all_texts(chart)), SIZES, page)
    parts = _Parts()
    top = _head(chart, press, parts)
    rows = tuple(
        tuple(with_short_ticks(panel, _widest_tick(press) * _cell(len(row), press), press) for panel in row)
        for row in _rows(chart, press)
    )
    rooms = _rooms(rows, chart.aspect, press)
    for row in rows:
        top = _row(row, chart.aspect, rooms, top, press, parts)
    top = _footnotes(chart, top, press, parts)
    return Layout(
        width=page,
        height=top + SIZES.margin,
        fonts=press.fonts,
        texts=tuple(parts.texts),
        segments=tuple(parts.segments),
        polygons=tuple(parts.polygons),
        paths=tuple(parts.paths),
        circles=tuple(parts.circles),
    )


def _widest_tick(press: Press) -> float:
    return WIDEST_NARROW if press.page < NARROW_PAGE else WIDEST_TICK


def _rows(chart: Chart, press: Press) -> tuple[tuple[Panel, ...], ...]:
    """The rows of panels, each panel a row of its own where a row is too narrow for them."""
    rows: list[tuple[Panel, ...]] = []
    for row in chart.panels:
        fits = len(row) == 1 or _cell(len(row), press) >= NARROWEST_CELL
        rows += [row] if fits else [(panel,) for panel in row]
    return tuple(rows)


def _all_texts(chart: Chart) -> list[str]:
    texts = [chart.title, chart.subtitle, *chart.footnotes]
    for panel in (panel for row in chart.panels for panel in row):
        texts += [panel.title, panel.x.label, panel.y.label]
        texts += [label for axis in (panel.x, panel.y) for _, label in axis.ticks or ()]
        for mark in panel.marks:
            texts += list(mark.labels) if isinstance(mark, Dots) else []
            texts += [mark.text] if isinstance(mark, Note) else [mark.name]
    return [plain(text) for text in texts] + ["0123456789−.×10⁰¹²³⁴⁵⁶⁷⁸⁹⁻"]


def _head(chart: Chart, press: Press, parts: _Parts) -> float:
    """Title, subtitle and key; returns where the panels begin."""
    width = press.page - 2 * SIZES.margin
    texts, top = press.block(chart.title, SIZES.margin, SIZES.margin, width, "bold", SIZES.title, INK)
    parts.texts += texts
    if chart.subtitle:
        texts, top = press.block(chart.subtitle, SIZES.margin, top, width, "regular", SIZES.body, MUTED)
        parts.texts += texts
    key = place_key(chart, top + 0.4 * SIZES.body, press)
    parts.texts += key.texts
    parts.polygons += key.polygons
    parts.paths += key.paths
    parts.circles += key.circles
    return key.bottom + 0.5 * SIZES.body


def _rooms(rows: tuple[tuple[Panel, ...], ...], aspect: float, press: Press) -> dict[int, float]:
    """By number of panels in a row, what the labels of their vertical axes need."""
    rooms: dict[int, float] = {}
    for row in rows:
        height = aspect * _cell(len(row), press)
        needed = max(room_for_y(panel.y, panel.height or height, press) for panel in row)
        rooms[len(row)] = max(needed, rooms.get(len(row), 0.0))
    return rooms


def _cell(panels: int, press: Press) -> float:
    """Width of one of so many panels side by side, with its labels."""
    return (press.page - 2 * SIZES.margin - BETWEEN * (panels - 1)) / panels


def _row(
    row: tuple[Panel, ...], aspect: float, rooms: dict[int, float], top: float, press: Press, parts: _Parts
) -> float:
    """A row of panels whose frames are equally wide and begin at one height; returns where it ends."""
    cell, room = _cell(len(row), press), rooms[len(row)]
    usual = aspect * (cell - room)
    if press.page < NARROW_PAGE:
        usual = max(min(aspect * TALLER, max(aspect, 1.0)) * (cell - room), LOWEST * cell)
    height = max(panel.height or usual for panel in row)
    heads = [_panel_head(panel, press, cell) for panel in row]
    start = top + max(heads)
    bottom = start
    for index, panel in enumerate(row):
        left = SIZES.margin + index * (cell + BETWEEN)
        frame = frame_for(panel, left + room, left + cell, start, start + height)
        _set_panel_head(panel, left, cell, start, press, parts)
        bottom = max(bottom, _panel(panel, frame, press, parts))
    return bottom + 0.6 * SIZES.body


def _panel_head(panel: Panel, press: Press, width: float) -> float:
    """Height of the panel's title and of its y axis label, which stands above the axis."""
    if not panel.title and not panel.y.label:
        return 0.0
    title = len(press.wrap(plain(panel.title), width, "bold")) if panel.title else 0
    label = len(press.wrap(plain(panel.y.label), width, "regular", SIZES.small)) if panel.y.label else 0
    return title * SIZES.line + label * 1.25 * SIZES.small + 0.5 * SIZES.body


def _set_panel_head(
    panel: Panel, left: float, width: float, start: float, press: Press, parts: _Parts
) -> None:
    top = start - _panel_head(panel, press, width)
    if panel.title:
        texts, top = press.block(panel.title, left, top, width, "bold", SIZES.body, INK)
        parts.texts += texts
    if panel.y.label:
        parts.texts += press.block(panel.y.label, left, top, width, "regular", SIZES.small, MUTED)[0]


def _panel(panel: Panel, frame: Frame, press: Press, parts: _Parts) -> float:
    """The marks of a panel and its axes; returns where its words end."""
    for mark in panel.marks:
        if isinstance(mark, Area):
            parts.polygons.append(area_shape(mark, frame))
        elif isinstance(mark, ChartCurve):
            parts.paths += curve_path(mark, frame)
        elif isinstance(mark, ReferenceLine):
            parts.paths.append(rule_path(mark, frame))
        elif isinstance(mark, Dots):
            parts.circles += dot_circles(mark, frame)
        elif isinstance(mark, Arrows):
            parts.polygons += arrow_shapes(mark, frame)
        else:
            parts.texts.append(_note(mark, frame, press))
    texts, segments = place_labels(panel, frame, press)
    parts.unnamed += names_wanted(panel, frame) - len(texts)
    parts.texts += texts
    parts.segments += segments
    axes = axis_parts(panel, frame, press)
    parts.texts += axes.texts
    parts.segments += axes.segments
    return axes.bottom


def _note(note: Note, frame: Frame, press: Press) -> PlacedText:
    text = plain(note.text)
    width = press.width(text, "regular", SIZES.small)
    x = min(max(frame.x(note.x) - width / 2, frame.left + 2.0), frame.right - width - 2.0)
    baseline = frame.y(note.y) + CAPITAL_HEIGHT * SIZES.small / 2
    return press.text(text, x, baseline, "regular", SIZES.small, note.colour)


def _footnotes(chart: Chart, top: float, press: Press, parts: _Parts) -> float:
    unnamed = f"{counted(parts.unnamed, 'name')} left out for want of room." if parts.unnamed else ""
    for note in filter(None, (*chart.footnotes, unnamed)):
        width = press.page - 2 * SIZES.margin
        texts, top = press.block(note, SIZES.margin, top, width, "regular", SIZES.small, MUTED)
        parts.texts += texts
    return top
