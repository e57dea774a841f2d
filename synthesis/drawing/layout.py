"""A forest plot's layout: bands of rows, every text and mark in its place, pages made to measure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import cos, pi, sin

from synthesis.drawing.axis import AxisMap, axis_limits, forest_axis, place_axis
from synthesis.drawing.content import Content, contents
from synthesis.drawing.fonts import fonts_for, plain
from synthesis.drawing.forest_columns import (
    Column,
    ForestColumns,
    NumberColumn,
    arrange_columns,
    split_number,
)
from synthesis.drawing.forest_notes import BESIDE, notes_of, rows_above_the_axis, set_notes
from synthesis.drawing.forest_pages import pages_of
from synthesis.drawing.forest_table import (
    ForestTable,
    GroupHeading,
    Row,
    SpacerRow,
    SummaryRow,
    cells_of,
    estimate_of,
)
from synthesis.drawing.marks import MarkPlace, Squares, row_marks
from synthesis.drawing.press import Press
from synthesis.drawing.shapes import Layout, PlacedText, Polygon, Segment
from synthesis.drawing.style import INK, LIGHT_LOOKS, MUTED, NULL_LINE, SUMMARY_FILL, Sizes, sizes_for

# The rows of a forest plot from top to bottom: how high each is, and where its texts stand.


WHITE_BEFORE = 0.45
CORNERS = 36  # of a disc
BETWEEN_STACKED = 0.2  # of the pitch, after a row whose effect stands below its name


@dataclass(frozen=True)
class Band:
    """The strip of page that a row takes, with its texts broken into lines."""

    index: int
    content: Content
    top: float
    height: float
    label: tuple[str, ...]
    note: tuple[str, ...]
    cells: tuple[tuple[str, ...], ...]
    stacked: bool

    @property
    def middle(self) -> float:
        """The height at which its marks and numbers stand."""
        return self.top + self.height / 2

    @property
    def lines_below(self) -> int:
        """Lines of the effect where it stands below the label."""
        return _lines_of_effect(self.content, self.note) if self.stacked else 0


def stack_bands(
    rows: Sequence[Row], texts: Sequence[Content], columns: ForestColumns, press: Press, top: float
) -> tuple[Band, ...]:
    """As many rows as there are texts, with white before a new group and before the overall result."""
    bands: list[Band] = []
    for index, content in enumerate(texts):
        row = rows[index]
        if index and _stands_apart(row) and not _stands_apart(rows[index - 1]):
            top += WHITE_BEFORE * press.sizes.pitch
        label = _label_lines(content, columns, press)
        note = _note_lines(content, columns, press)
        cells = tuple(
            _cell_lines(cell, content, column, press)
            for cell, column in zip(content.cells, columns.extras, strict=False)
        )
        lines = max(map(len, (label, note, *cells)))
        if columns.stacked:
            lines = len(label) + _lines_of_effect(content, note)
        height = _height(row, content, lines, press.sizes)
        if columns.stacked and lines > 1 and not content.small_print:
            height += BETWEEN_STACKED * press.sizes.pitch
        bands.append(Band(index, content, top, height, label, note, cells, columns.stacked))
        top += height
    return tuple(bands)


def _lines_of_effect(content: Content, note: tuple[str, ...]) -> int:
    return max(len(note) if content.note else 0, 1 if any(content.effect) else 0)


def _stands_apart(row: Row) -> bool:
    return isinstance(row, GroupHeading | SpacerRow) or (
        isinstance(row, SummaryRow) and row.level == "overall"
    )


def _height(row: Row, content: Content, lines: int, sizes: Sizes) -> float:
    if isinstance(row, SpacerRow):
        return sizes.pitch / 2
    if content.small_print:
        return 1.25 * sizes.small * lines + 0.3 * sizes.small
    return sizes.pitch + (lines - 1) * sizes.line


def _label_left(content: Content, columns: ForestColumns, sizes: Sizes) -> float:
    return columns.study.left + sizes.indent * content.indent


def _label_lines(content: Content, columns: ForestColumns, press: Press) -> tuple[str, ...]:
    room = columns.label_right(content) - _label_left(content, columns, press.sizes)
    return press.wrap(content.label, room, content.face, _label_size(content, press.sizes))


def _label_size(content: Content, sizes: Sizes) -> float:
    return sizes.small if content.small_print else sizes.body


def _note_lines(content: Content, columns: ForestColumns, press: Press) -> tuple[str, ...]:
    """The note may reach below the header of the weights, if the row has no weight."""
    if not content.note:
        return ()
    right = columns.effect.right if content.weight else columns.text_right
    face = press.fonts.face_for(content.note, "italic")
    return press.wrap(content.note, right - _effect_left(content, columns, press.sizes), face)


def _cell_lines(text: str, content: Content, column: Column, press: Press) -> tuple[str, ...]:
    return (text,) if column.numbers or column.lights else press.wrap(text, column.width, content.face)


def band_texts(band: Band, columns: ForestColumns, press: Press) -> list[PlacedText]:
    """All texts of a row in their columns."""
    content = band.content
    half = (
        0.5 * press.sizes.line
    )  # of a line: labels go up and effects down by as many as the other has lines
    label_middle = band.middle - half * band.lines_below
    effect_middle = band.middle + (half * len(band.label) if band.stacked else 0.0)
    texts = press.stack(
        band.label,
        _label_left(content, columns, press.sizes),
        label_middle,
        content.face,
        _label_size(content, press.sizes),
        MUTED if content.small_print else INK,
        band.index,
    )
    for lines, column in zip(band.cells, columns.extras, strict=False):
        texts += _cell_texts(lines, column, band, press)
    left = _effect_left(content, columns, press.sizes)
    if content.note:
        face = press.fonts.face_for(content.note, "italic")
        texts += press.stack(band.note, left, effect_middle, face, None, MUTED, band.index)
    texts += _effect_texts(band, columns, left, effect_middle, press)
    if columns.weight is not None:
        texts += _cell_texts((content.weight,), columns.weight, band, press)
    return texts


def _effect_left(content: Content, columns: ForestColumns, sizes: Sizes) -> float:
    return _label_left(content, columns, sizes) if columns.stacked else columns.effect.left


def _cell_texts(lines: tuple[str, ...], column: Column, band: Band, press: Press) -> list[PlacedText]:
    if not any(lines):
        return []
    if column.lights:
        return [_sign(lines[0], column, band, press)]
    if column.numbers is None:
        return press.stack(lines, column.left, band.middle, band.content.face, row=band.index)
    left = column.right - column.numbers.width
    return [_number(lines[0], column.numbers, left, band.middle, band, press)]


def _sign(word: str, column: Column, band: Band, press: Press) -> PlacedText:
    """The sign in the middle of a light."""
    _, sign, colour = LIGHT_LOOKS[word]
    size = press.sizes.small
    left = column.left + press.sizes.light / 2 - press.width(sign, "bold", size) / 2
    return press.stack((sign,), left, band.middle, "bold", size, colour, band.index)[0]


def _lights(bands: Sequence[Band], columns: ForestColumns, press: Press) -> Iterator[Polygon]:
    """A disc of the word's colour in each row that has one."""
    radius = press.sizes.light / 2
    for band in bands:
        for lines, column in zip(band.cells, columns.extras, strict=False):
            if column.lights and any(lines):
                fill = LIGHT_LOOKS[lines[0]][0]
                x, y = column.left + radius, band.middle
                turns = (2.0 * pi * corner / CORNERS for corner in range(CORNERS))
                points = tuple((x + radius * cos(turn), y + radius * sin(turn)) for turn in turns)
                yield Polygon(points, fill, fill, 0.0, "light", band.index)


def _effect_texts(
    band: Band, columns: ForestColumns, left: float, middle: float, press: Press
) -> list[PlacedText]:
    numbers = columns.effect_numbers
    placed = []
    for text, column in zip(band.content.effect, (numbers.estimate, numbers.low, numbers.high), strict=True):
        if text:
            placed.append(_number(text, column, left, middle, band, press))
        left += column.width + numbers.space
    return placed


def _number(
    text: str, column: NumberColumn, left: float, middle: float, band: Band, press: Press
) -> PlacedText:
    """A number with its decimal point at its column's."""
    head, _ = split_number(text)
    start = left + column.head - press.width(head, band.content.face)
    return press.stack((text,), start, middle, band.content.face, row=band.index)[0]


@dataclass(frozen=True)
class Shared:
    """What all pages of a forest plot share: type, columns, axis (if any) and the scale of squares."""

    press: Press
    columns: ForestColumns
    axis: AxisMap | None
    squares: Squares

    @classmethod
    def of(cls, table: ForestTable, most_rows: int, page: float | None) -> Shared:
        """For a whole forest plot whose fullest page has so many rows, on pages of a width or of any."""
        sizes = sizes_for(most_rows, page)
        press = Press(fonts_for(_all_texts(table)), sizes)
        columns = arrange_columns(table, contents(table, press.fonts), press.fonts, sizes, page)
        squares = Squares.of(table, press.sizes.pitch)
        if columns.plot is None:
            return cls(press, columns, None, squares)
        ends = columns.plot.left, columns.plot.right
        axis = forest_axis(table.axis.scale, axis_limits(table), ends, press)
        if columns.text_right - columns.study.left < BESIDE:
            columns = replace(columns, print_right=_first_guide(table, axis) - sizes.gap)
        return cls(press, columns, axis, squares)


def lay_out_pages(table: ForestTable, width: float | None = None) -> Iterator[Layout]:
    """The pages of a forest plot, mostly one: each with header and axis, all with the same columns.

    width: of the pages in points; as the columns need when None.
    """
    pages = pages_of(table)
    shared = Shared.of(table, max(len(page.rows) for page in pages), width)
    return (_page(page, shared) for page in pages)


def _page(table: ForestTable, shared: Shared) -> Layout:
    press, columns = shared.press, shared.columns
    head, rule = _head(table, columns, press)
    texts = contents(table, press.fonts)
    above = rows_above_the_axis(table, texts, columns, press)
    bands = stack_bands(table.rows, texts[:above], columns, press, rule + 0.3 * press.sizes.pitch)
    bottom = (bands[-1].top + bands[-1].height if bands else rule) + 0.2 * press.sizes.pitch
    words = (*head, *(text for band in bands for text in band_texts(band, columns, press)))
    if shared.axis is None:
        return _without_plot(table, columns, press, words, bands, (rule, bottom))
    return _with_plot(table, shared, shared.axis, words, bands, (rule, bottom), texts[above:])


def _without_plot(
    table: ForestTable,
    columns: ForestColumns,
    press: Press,
    words: tuple[PlacedText, ...],
    bands: Sequence[Band],
    ends: tuple[float, float],
) -> Layout:
    """A table alone, closed by a second rule: no estimate was reported."""
    notes, end = set_notes((), notes_of(table, columns), press, ends[1], columns.text_right)
    rules = tuple(_rule(columns, height) for height in ends)
    lights = tuple(_lights(bands, columns, press))
    return Layout(columns.page_width, end + press.sizes.margin, press.fonts, (*words, *notes), rules, lights)


def _with_plot(
    table: ForestTable,
    shared: Shared,
    axis: AxisMap,
    words: tuple[PlacedText, ...],
    bands: Sequence[Band],
    ends: tuple[float, float],
    below: Sequence[Content],
) -> Layout:
    press, columns = shared.press, shared.columns
    places = [MarkPlace(axis, band.middle, press.sizes.pitch, band.index) for band in bands]
    marks = row_marks(table.rows[: len(bands)], shared.squares, places)
    parts = place_axis(table.axis, axis, ends[1], columns.page_width, press)
    right, top = parts.left - press.sizes.gap, ends[1]
    if below or right - press.sizes.margin < BESIDE:
        right, top = columns.page_width - press.sizes.margin, parts.bottom
    lines = [(content.label, len(bands) + place) for place, content in enumerate(below)]
    below_axis = parts.bottom, columns.page_width - press.sizes.margin
    notes, end = set_notes(lines, notes_of(table, columns), press, top, right, below_axis)
    guides = _guides(table, axis, bands, ends)
    return Layout(
        width=columns.page_width,
        height=max(end, parts.bottom) + press.sizes.margin,
        fonts=press.fonts,
        texts=(*words, *parts.texts, *notes),
        segments=(*guides, _rule(columns, ends[0]), *parts.segments, *marks.segments),
        polygons=(*_lights(bands, columns, press), *marks.polygons),
    )


def _all_texts(table: ForestTable) -> list[str]:
    texts = [table.title, table.subtitle or "", table.effect_header, table.study_header]
    texts += [table.axis.label, table.axis.left, table.axis.right, *table.columns, *table.footnotes]
    for row in table.rows:
        texts += [getattr(row, name, "") for name in ("label", "text", "mark")]
        texts += cells_of(row)
    return [plain(text) for text in texts]


def _head(table: ForestTable, columns: ForestColumns, press: Press) -> tuple[list[PlacedText], float]:
    """Title, subtitle and column headers, and the height of the rule below them."""
    sizes = press.sizes
    width = columns.page_width - 2 * sizes.margin
    texts, top = press.block(table.title, sizes.margin, sizes.margin, width, "bold", sizes.title, INK)
    if table.subtitle:
        more, top = press.block(table.subtitle, sizes.margin, top, width, "regular", sizes.body, MUTED)
        texts += more
    headed = [c for c in (columns.study, *columns.extras, columns.effect, columns.weight) if c is not None]
    bottom = top + 0.4 * sizes.pitch + max(len(column.header) for column in headed) * sizes.line
    for column in headed:
        texts += _header_texts(column, bottom, press)
    return texts, bottom + 0.2 * sizes.body


def _header_texts(column: Column, bottom: float, press: Press) -> list[PlacedText]:
    """A column's header, standing on the rule; right-aligned above numbers."""
    placed = []
    for index, line in enumerate(reversed(column.header)):
        width = press.width(line, "bold")
        left = column.left if column.numbers is None else column.right - width
        baseline = bottom - index * press.sizes.line - 0.24 * press.sizes.body
        placed.append(press.text(line, left, baseline, "bold"))
    return placed


def _rule(columns: ForestColumns, height: float) -> Segment:
    right = columns.plot.right if columns.plot else columns.text_right
    return Segment((columns.study.left, height), (right, height), 0.8, INK, "rule")


def _first_guide(table: ForestTable, axis: AxisMap) -> float:
    """Where the first line that runs down the panel stands: small print may reach as far into it."""
    overall = (row for row in table.rows if isinstance(row, SummaryRow) and row.level == "overall")
    lines = [table.axis.null, *map(estimate_of, overall)]
    return min((axis.position(at) for at in lines if at is not None), default=axis.right)


def _guides(
    table: ForestTable, axis: AxisMap, bands: Sequence[Band], ends: tuple[float, float]
) -> list[Segment]:
    """The line of no effect, and a dotted line from the first overall estimate upwards."""
    guides = []
    if table.axis.null is not None:
        x = axis.position(table.axis.null)
        guides.append(Segment((x, ends[0]), (x, ends[1]), 0.8, NULL_LINE, "null"))
    for band in bands:
        row = table.rows[band.index]
        estimate = estimate_of(row) if isinstance(row, SummaryRow) and row.level == "overall" else None
        if estimate is not None:
            x = axis.position(estimate)
            guides.append(
                Segment((x, ends[0]), (x, band.middle), 0.8, SUMMARY_FILL, "pooled", band.index, dotted=True)
            )
            break
    return guides
