"""The layout of judgements: lights in rows and columns, bars of their shares, and the key of both."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from math import cos, pi, sin
from typing import NamedTuple

from synthesis.drawing.flow_parts import FlowParts
from synthesis.drawing.fonts import Face, fonts_for, plain
from synthesis.drawing.judged_table import (
    AnyJudged,
    JudgedBar,
    JudgedBars,
    JudgedColumn,
    JudgedRow,
    JudgedShare,
    JudgedTable,
    Light,
    words_of_judged,
)
from synthesis.drawing.press import Press
from synthesis.drawing.shapes import Layout, Polygon, Segment
from synthesis.drawing.style import FAINT, INK, MUTED, PAGE_WIDTH, sizes_for

CORNERS = 36  # of a disc
EDGE = 0.6  # of discs, bars and their axis
RULE, GROUP_RULE, BETWEEN_ROWS = 0.8, 0.5, 0.35  # thickness of lines
WIDEST_COLUMN = 46.0  # of lights: farther apart they are no row
NARROWEST_NAMES, WIDEST_NAMES = 0.24, 0.46  # of the page: names of studies or domains
APART = 1.8  # the least white between two lights or heads
BETWEEN_GROUPS = 8.0
KEY_GAP, KEY_APART = 3.5, 12.0
BAR = 0.86  # height of a bar, as a share of the pitch
ROOM = 3.0  # on both sides of what stands in a bar
TICK = 3.0
TICKS = (0, 25, 50, 75, 100)
BEFORE_BARS = 4.0  # from what they count


def lay_out_judged(figure: AnyJudged, page: float = PAGE_WIDTH) -> Layout:
    """Give every light or bar its place on a page so many points wide, as high as they need."""
    rows = len(figure.rows) if isinstance(figure, JudgedTable) else len(figure.domains)
    press = Press(fonts_for(words_of_judged(figure)), sizes_for(rows, page), page)
    parts = FlowParts(press)
    top = parts.head(figure.title)
    if isinstance(figure, JudgedTable):
        bottom = _Lights(figure, parts).place(top)
    else:
        bottom = _Bars(figure, parts).place(_key(figure.key, top, parts))
    return parts.foot(figure.footnotes, bottom)


def _face(press: Press, text: str, wanted: Face) -> Face:
    return press.fonts.face_for(text, wanted)


def _light(light: Light, x: float, middle: float, parts: FlowParts, row: int | None = None) -> None:
    """A disc about x with its sign, or the number alone."""
    press = parts.press
    size = press.sizes.small if light.fill else press.sizes.body
    radius = press.sizes.light / 2
    if light.fill:
        turns = (2.0 * pi * corner / CORNERS for corner in range(CORNERS))
        points = tuple((x + radius * cos(turn), middle + radius * sin(turn)) for turn in turns)
        edge = light.edge or light.fill
        parts.polygons.append(Polygon(points, light.fill, edge, EDGE, "light", row))
    face = _face(press, light.sign, "bold" if light.fill else "regular")
    left = x - press.width(light.sign, face, size) / 2
    parts.texts += press.stack((light.sign,), left, middle, face, size, light.ink, row)


def _key(key: Sequence[Light], top: float, parts: FlowParts) -> float:
    """Each light with its word, in as many lines as they need; returns where the key ends."""
    press, sizes = parts.press, parts.press.sizes
    line, x = sizes.light + 3.0, sizes.margin
    shown = [light for light in key if light.fill]
    if not shown:
        return top
    room = press.page - 2 * sizes.margin - sizes.light - KEY_GAP
    for light in shown:
        face = _face(press, light.word, "regular")
        lines = press.wrap(light.word, room, face, sizes.small)
        width = sizes.light + KEY_GAP + max(press.width(each, face, sizes.small) for each in lines)
        if x > sizes.margin and x + width > press.page - sizes.margin:
            x, top = sizes.margin, top + line
        _light(light, x + sizes.light / 2, top + line / 2, parts)
        for place, each in enumerate(lines):
            middle = top + line / 2 + place * 1.25 * sizes.small
            parts.texts += press.stack((each,), x + sizes.light + KEY_GAP, middle, face, sizes.small)
        top += (len(lines) - 1) * 1.25 * sizes.small
        x += width + KEY_APART
    return top + line


class _Column(NamedTuple):
    """A column in its place: the head as it is printed, what that stands for, both edges."""

    head: str
    name: str
    left: float
    right: float

    @property
    def centre(self) -> float:
        return (self.left + self.right) / 2


class _Lights:
    """A table of lights: names at the left, a column for each domain, heads on a rule."""

    def __init__(self, table: JudgedTable, parts: FlowParts) -> None:
        self.table, self.parts, self.press = table, parts, parts.press
        self.sizes = parts.press.sizes
        self.groups = [(name, len(list(some))) for name, some in groupby(c.group for c in table.columns)]
        self.headed = any(name for name, _ in self.groups)
        self.names = self._width_of_names()
        self.columns = self._columns()

    def place(self, top: float) -> float:
        """Place heads, rows, key and legend from a height downwards; returns where they end."""
        rule = self._heads(top)
        white = 0.2 * self.sizes.pitch
        bottom = rule + white
        for index, row in enumerate(self.table.rows):
            bottom = self._row(index, row, bottom)
        bottom += white
        for height in (rule, bottom):
            self._rule(height, RULE, INK)
        bottom = _key(self.table.key, bottom + 0.4 * self.sizes.body, self.parts)
        return self._legend(bottom)

    def _room(self) -> float:
        return self.press.page - 2 * self.sizes.margin

    def _width_of_names(self) -> float:
        """As the names need, as far as the lights leave room for them."""
        texts = ["Study", *(plain(row.label) for row in self.table.rows)]
        wanted = max(self.press.width(text, _face(self.press, text, "regular")) for text in texts)
        wanted += self.sizes.gap
        least = sum(self._least([_without_letter(column) for column in self.table.columns])) + self._white()
        room = max(NARROWEST_NAMES * self._room(), min(self._room() - least, WIDEST_NAMES * self._room()))
        return min(wanted, room)

    def _white(self) -> float:
        return BETWEEN_GROUPS * (len(self.groups) - 1)

    def _columns(self) -> list[_Column]:
        """Columns as wide as there is room, but none narrower than what stands in it."""
        room = self._room() - self.names - self._white()
        heads = [column.head for column in self.table.columns]
        least = self._least(heads)
        if sum(least) > room:  # 'Q10' is '10' where many questions stand in a narrow column
            heads = [_without_letter(column) for column in self.table.columns]
            least = self._least(heads)
        spare = (room - sum(least)) / len(least)
        widths = [max(width, min(width + spare, WIDEST_COLUMN)) for width in least]
        columns: list[_Column] = []
        left = self.sizes.margin + self.names
        for _, count in self.groups:
            for _ in range(count):
                place = len(columns)
                right = left + widths[place]
                columns.append(_Column(heads[place], plain(self.table.columns[place].name), left, right))
                left = right
            left += BETWEEN_GROUPS
        return columns

    def _least(self, heads: Sequence[str]) -> list[float]:
        """The width of each column that its lights, its head and the words above its group need."""
        width = [
            max(self.sizes.light, self.press.width(head, "bold", self.sizes.small)) + APART for head in heads
        ]
        place = 0
        for name, count in self.groups:
            words = max(self.press.width(word, "bold", self.sizes.small) for word in name.split() or [""])
            lacks = (words + APART - sum(width[place : place + count])) / count
            for column in range(place, place + count):
                width[column] += max(0.0, lacks)
            place += count
        return width

    def _heads(self, top: float) -> float:
        """The heads of columns, above them those of groups; returns where the rule below them is."""
        press, small = self.press, self.sizes.small
        bottom = top
        if self.headed:
            lines = [self._group_lines(place) for place in range(len(self.groups))]
            bottom += (max(map(len, lines)) * 1.25 + 0.5) * small
            for place, each in enumerate(lines):
                self._group(place, each, bottom)
        baseline = bottom + 1.2 * small
        for column in self.columns:
            left = column.centre - press.width(column.head, "bold", small) / 2
            self.parts.texts.append(press.text(column.head, left, baseline, "bold", small))
        self.parts.texts.append(press.text("Study", self.sizes.margin, baseline, "bold"))
        return baseline + 0.35 * small

    def _ends(self, place: int) -> tuple[float, float]:
        """Where a group of columns begins and ends."""
        start = sum(count for _, count in self.groups[:place])
        columns = self.columns[start : start + self.groups[place][1]]
        return columns[0].left + APART / 2, columns[-1].right - APART / 2

    def _group_lines(self, place: int) -> tuple[str, ...]:
        left, right = self._ends(place)
        name, _ = self.groups[place]
        return self.press.wrap(name, right - left, "bold", self.sizes.small) if name else ()

    def _group(self, place: int, lines: tuple[str, ...], bottom: float) -> None:
        if not lines:
            return
        small = self.sizes.small
        left, right = self._ends(place)
        for index, line in enumerate(reversed(lines)):
            x = (left + right) / 2 - self.press.width(line, "bold", small) / 2
            baseline = bottom - (0.5 + index * 1.25) * small
            self.parts.texts.append(self.press.text(line, x, baseline, "bold", small))
        self.parts.segments.append(Segment((left, bottom), (right, bottom), GROUP_RULE, MUTED, "rule"))

    def _row(self, index: int, row: JudgedRow, top: float) -> float:
        press, label = self.press, plain(row.label)
        face = _face(press, label, "regular")
        lines = press.wrap(label, self.names - self.sizes.gap / 2, face)
        height = self.sizes.pitch + (len(lines) - 1) * self.sizes.line
        middle = top + height / 2
        if index:
            self._rule(top, BETWEEN_ROWS, FAINT)
        self.parts.texts += press.stack(lines, self.sizes.margin, middle, face, row=index)
        for place, light in enumerate(row.lights):
            if light is not None:
                _light(light, self.columns[place].centre, middle, self.parts, index)
        return top + height

    def _rule(self, height: float, thickness: float, colour: str) -> None:
        ends = (self.sizes.margin, height), (self.columns[-1].right, height)
        self.parts.segments.append(Segment(*ends, thickness, colour, "rule"))

    def _legend(self, top: float) -> float:
        """What the heads stand for, each once."""
        named = {each.head: each.name for each in self.columns if each.name not in ("", each.head)}
        if not named:
            return top
        words = "; ".join(
            name if name.startswith(head) else f"{head}:\N{NO-BREAK SPACE}{name}"
            for head, name in named.items()
        )
        top += 0.4 * self.sizes.body
        return self.parts.block(f"{words}.", top, "regular", self.sizes.small, INK)


def _without_letter(column: JudgedColumn) -> str:
    rest = column.head[1:]
    return rest if rest[:1].isdigit() else column.head


class _Bars:
    """Names of domains at the left, bars below each other at the right, an axis of per cent at the foot."""

    def __init__(self, figure: JudgedBars, parts: FlowParts) -> None:
        self.figure, self.parts, self.press = figure, parts, parts.press
        self.sizes = parts.press.sizes
        margin, page = self.sizes.margin, parts.press.page
        room = page - 2 * margin
        wanted = max(self._width(plain(domain.name)) for domain in figure.domains) + self.sizes.gap
        self.names = min(wanted, WIDEST_NAMES * room)
        self.several = len(figure.countings) > 1
        self.left = margin + self.names
        if self.several:
            self.left += max(self._small(each) for each in figure.countings) + BEFORE_BARS
        self.right = page - margin - self._small("100%") / 2

    def _width(self, text: str) -> float:
        return self.press.width(text, _face(self.press, text, "regular"))

    def _small(self, text: str) -> float:
        return self.press.width(text, "regular", self.sizes.small)

    def place(self, top: float) -> float:
        """Place all bars and the axis from a height downwards; returns where they end."""
        top += 0.5 * self.sizes.body
        group = ""
        for domain in self.figure.domains:
            if domain.group and domain.group != group:
                top = self._group(domain.group, top)
            group = domain.group
            top = self._domain(domain, top)
        return self._axis(top)

    def _group(self, name: str, top: float) -> float:
        size = self.sizes.body
        self.parts.texts.append(self.press.text(name, self.sizes.margin, top + size, "bold"))
        return top + 1.7 * size

    def _domain(self, domain: JudgedBar, top: float) -> float:
        press, sizes = self.press, self.sizes
        name = plain(domain.name)
        face = _face(press, name, "regular")
        lines = press.wrap(name, self.names - sizes.gap / 2, face)
        bars = len(domain.bars) * sizes.pitch
        height = max(bars, len(lines) * sizes.line)
        middle = top + height / 2
        self.parts.texts += press.stack(lines, sizes.margin, middle, face)
        first = middle - bars / 2
        for place, bar in enumerate(domain.bars):
            self._bar(self.figure.countings[place], bar, first + (place + 0.5) * sizes.pitch)
        return top + height + 0.45 * sizes.pitch

    def _bar(self, counting: str, bar: Sequence[JudgedShare], middle: float) -> None:
        press, sizes = self.press, self.sizes
        if self.several:
            x = self.left - BEFORE_BARS - self._small(counting)
            self.parts.texts += press.stack((counting,), x, middle, "regular", sizes.small, MUTED)
        half, left = BAR * sizes.pitch / 2, self.left
        for each in bar:
            right = left + each.share * (self.right - self.left)
            upper, lower = middle - half, middle + half
            corners = ((left, upper), (right, upper), (right, lower), (left, lower))
            edge = each.light.edge or "#FFFFFF"
            self.parts.polygons.append(Polygon(corners, each.light.fill, edge, EDGE, "box"))
            self._within(each, left, right, middle)
            left = right

    def _within(self, each: JudgedShare, left: float, right: float, middle: float) -> None:
        """Sign and per cent of a part of a bar, or what of it has room."""
        press, size = self.press, self.sizes.small
        per_cent = f"{each.per_cent}%"
        for text in (f"{each.light.sign}  {per_cent}".strip(), each.light.sign):
            width = press.width(text, "bold", size)
            if text and width + ROOM <= right - left:
                x = (left + right - width) / 2
                self.parts.texts += press.stack((text,), x, middle, "bold", size, each.light.ink)
                return

    def _axis(self, top: float) -> float:
        press, size = self.press, self.sizes.small
        labels = top + TICK + 1.2 * size
        self.parts.segments.append(Segment((self.left, top), (self.right, top), EDGE, MUTED, "axis"))
        for tick in TICKS:
            x = self.left + tick / 100.0 * (self.right - self.left)
            self.parts.segments.append(Segment((x, top), (x, top + TICK), EDGE, MUTED, "axis"))
            text = f"{tick}%"
            left = x - self._small(text) / 2
            self.parts.texts.append(press.text(text, left, labels, "regular", size, MUTED))
        return labels + 0.3 * size
