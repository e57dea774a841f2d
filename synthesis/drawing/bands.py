"""The rows of a forest plot from top to bottom: how high each is, and where its texts stand."""

from collections.abc import Sequence
from dataclasses import dataclass

from synthesis.drawing.columns import Column, Columns, NumberColumn, split_number
from synthesis.drawing.content import Content
from synthesis.drawing.forest_table import GroupHeading, Row, SpacerRow, SummaryRow
from synthesis.drawing.press import Press
from synthesis.drawing.shapes import PlacedText
from synthesis.drawing.style import INK, MUTED, Sizes

WHITE_BEFORE = 0.45


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

    @property
    def middle(self) -> float:
        """The height at which its marks and numbers stand."""
        return self.top + self.height / 2


def stack_bands(
    rows: Sequence[Row], texts: Sequence[Content], columns: Columns, press: Press, top: float
) -> tuple[Band, ...]:
    """The rows below each other, with white before a new group and before the overall result."""
    bands: list[Band] = []
    for index, (row, content) in enumerate(zip(rows, texts, strict=True)):
        if index and _stands_apart(row) and not _stands_apart(rows[index - 1]):
            top += WHITE_BEFORE * press.sizes.pitch
        label = _label_lines(content, columns, press)
        note = _note_lines(content, columns, press)
        cells = tuple(
            _cell_lines(cell, content, column, press)
            for cell, column in zip(content.cells, columns.extras, strict=False)
        )
        height = _height(row, content, max(map(len, (label, note, *cells))), press.sizes)
        bands.append(Band(index, content, top, height, label, note, cells))
        top += height
    return tuple(bands)


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


def _label_left(content: Content, columns: Columns, sizes: Sizes) -> float:
    return columns.study.left + (sizes.indent if content.indented else 0.0)


def _label_lines(content: Content, columns: Columns, press: Press) -> tuple[str, ...]:
    room = columns.label_right(content) - _label_left(content, columns, press.sizes)
    return press.wrap(content.label, room, content.face, _label_size(content, press.sizes))


def _label_size(content: Content, sizes: Sizes) -> float:
    return sizes.small if content.small_print else sizes.body


def _note_lines(content: Content, columns: Columns, press: Press) -> tuple[str, ...]:
    """The note may reach below the header of the weights, if the row has no weight."""
    if not content.note:
        return ()
    right = columns.effect.right if content.weight else columns.text_right
    face = press.fonts.face_for(content.note, "italic")
    return press.wrap(content.note, right - columns.effect.left, face)


def _cell_lines(text: str, content: Content, column: Column, press: Press) -> tuple[str, ...]:
    return (text,) if column.numbers else press.wrap(text, column.width, content.face)


def band_texts(band: Band, columns: Columns, press: Press) -> list[PlacedText]:
    """All texts of a row in their columns."""
    content = band.content
    texts = press.stack(
        band.label,
        _label_left(content, columns, press.sizes),
        band.middle,
        content.face,
        _label_size(content, press.sizes),
        MUTED if content.small_print else INK,
        band.index,
    )
    for lines, column in zip(band.cells, columns.extras, strict=False):
        texts += _cell_texts(lines, column, band, press)
    if content.note:
        face = press.fonts.face_for(content.note, "italic")
        texts += press.stack(band.note, columns.effect.left, band.middle, face, None, MUTED, band.index)
    texts += _effect_texts(band, columns, press)
    if columns.weight is not None:
        texts += _cell_texts((content.weight,), columns.weight, band, press)
    return texts


def _cell_texts(lines: tuple[str, ...], column: Column, band: Band, press: Press) -> list[PlacedText]:
    if not any(lines):
        return []
    if column.numbers is None:
        return press.stack(lines, column.left, band.middle, band.content.face, row=band.index)
    return [_number(lines[0], column.numbers, column.right - column.numbers.width, band, press)]


def _effect_texts(band: Band, columns: Columns, press: Press) -> list[PlacedText]:
    numbers = columns.effect_numbers
    left = columns.effect.left
    placed = []
    for text, column in zip(band.content.effect, (numbers.estimate, numbers.low, numbers.high), strict=True):
        if text:
            placed.append(_number(text, column, left, band, press))
        left += column.width + numbers.space
    return placed


def _number(text: str, column: NumberColumn, left: float, band: Band, press: Press) -> PlacedText:
    """A number with its decimal point at its column's."""
    head, _ = split_number(text)
    start = left + column.head - press.width(head, band.content.face)
    return press.stack((text,), start, band.middle, band.content.face, row=band.index)[0]
