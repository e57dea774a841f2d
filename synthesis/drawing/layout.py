"""A forest plot's layout: every text and every mark gets its place on a page made to measure."""

from collections.abc import Sequence

from synthesis.drawing.axis import AxisMap, axis_limits
from synthesis.drawing.axis_layout import place_axis
from synthesis.drawing.bands import Band, band_texts, stack_bands
from synthesis.drawing.columns import Column, Columns, arrange_columns
from synthesis.drawing.content import contents
from synthesis.drawing.fonts import fonts_for, plain
from synthesis.drawing.forest_table import ForestTable, SummaryRow, cells_of, estimate_of
from synthesis.drawing.marks import Place, row_marks
from synthesis.drawing.press import Press
from synthesis.drawing.shapes import Layout, PlacedText, Segment
from synthesis.drawing.style import INK, MUTED, NULL_LINE, SUMMARY_FILL, sizes_for


def lay_out(table: ForestTable) -> Layout:
    """Give every part of a forest plot its place; the page is as large as its contents need."""
    press = Press(fonts_for(_all_texts(table)), sizes_for(len(table.rows)))
    rows = contents(table, press.fonts)
    columns = arrange_columns(table, rows, press.fonts, press.sizes)
    head, rule = _head(table, columns, press)
    bands = stack_bands(table.rows, rows, columns, press, rule + 0.3 * press.sizes.pitch)
    bottom = (bands[-1].top + bands[-1].height if bands else rule) + 0.2 * press.sizes.pitch
    words = (*head, *(text for band in bands for text in band_texts(band, columns, press)))
    if columns.plot is None:
        return _without_plot(table, columns, press, words, (rule, bottom))
    return _with_plot(table, columns, columns.plot, press, words, bands, (rule, bottom))


def _without_plot(
    table: ForestTable,
    columns: Columns,
    press: Press,
    words: tuple[PlacedText, ...],
    ends: tuple[float, float],
) -> Layout:
    """A table alone, closed by a second rule: no estimate was reported."""
    notes, end = _footnotes(table, press, ends[1], columns.text_right)
    rules = tuple(_rule(columns, height) for height in ends)
    return Layout(columns.page_width, end + press.sizes.margin, press.fonts, (*words, *notes), rules, ())


def _with_plot(
    table: ForestTable,
    columns: Columns,
    plot: Column,
    press: Press,
    words: tuple[PlacedText, ...],
    bands: Sequence[Band],
    ends: tuple[float, float],
) -> Layout:
    axis = AxisMap(table.axis.scale, *axis_limits(table), plot.left, plot.right)
    marks = row_marks(table, [Place(axis, band.middle, press.sizes.pitch, band.index) for band in bands])
    parts = place_axis(table.axis, axis, ends[1], columns.page_width, press)
    notes, end = _footnotes(table, press, ends[1], parts.left - press.sizes.gap)
    guides = _guides(table, axis, bands, ends)
    return Layout(
        width=columns.page_width,
        height=max(end, parts.bottom) + press.sizes.margin,
        fonts=press.fonts,
        texts=(*words, *parts.texts, *notes),
        segments=(*guides, _rule(columns, ends[0]), *parts.segments, *marks.segments),
        polygons=marks.polygons,
    )


def _all_texts(table: ForestTable) -> list[str]:
    texts = [table.title, table.subtitle or "", table.effect_header, table.study_header]
    texts += [table.axis.label, table.axis.left, table.axis.right, *table.columns, *table.footnotes]
    for row in table.rows:
        texts += [getattr(row, name, "") for name in ("label", "text", "mark")]
        texts += cells_of(row)
    return [plain(text) for text in texts]


def _head(table: ForestTable, columns: Columns, press: Press) -> tuple[list[PlacedText], float]:
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


def _rule(columns: Columns, height: float) -> Segment:
    right = columns.plot.right if columns.plot else columns.text_right
    return Segment((columns.study.left, height), (right, height), 0.8, INK, "rule")


def _guides(
    table: ForestTable, axis: AxisMap, bands: Sequence[Band], ends: tuple[float, float]
) -> list[Segment]:
    """The line of no effect, and a dotted line from the first overall estimate upwards."""
    guides = []
    if table.axis.null is not None:
        x = axis.position(table.axis.null)
        guides.append(Segment((x, ends[0]), (x, ends[1]), 0.8, NULL_LINE, "null"))
    for row, band in zip(table.rows, bands, strict=True):
        estimate = estimate_of(row) if isinstance(row, SummaryRow) and row.level == "overall" else None
        if estimate is not None:
            x = axis.position(estimate)
            guides.append(
                Segment((x, ends[0]), (x, band.middle), 0.8, SUMMARY_FILL, "pooled", band.index, dotted=True)
            )
            break
    return guides


def _footnotes(table: ForestTable, press: Press, top: float, right: float) -> tuple[list[PlacedText], float]:
    """Footnotes beside the axis, left of its words."""
    sizes = press.sizes
    placed: list[PlacedText] = []
    top += 0.5 * sizes.small
    for note in table.footnotes:
        texts, top = press.block(note, sizes.margin, top, right - sizes.margin, "regular", sizes.small, MUTED)
        placed += texts
    return placed, top
