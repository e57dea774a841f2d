"""The columns of a forest plot: how wide each is and where it stands.

From left to right: study, extra cells, effect with its interval, weight, plot. The words stand left of the
plot, so that lines of small print can span them without crossing it. On a page of a given width study names
are wrapped first; then the weights are left out, then the extra columns from the last to the first; then the
effects stand below the names.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from synthesis.drawing.content import Content, is_numeric
from synthesis.drawing.fonts import Face, Fonts, plain
from synthesis.drawing.forest_table import ForestTable, estimate_of, limits_of
from synthesis.drawing.press import wrap
from synthesis.drawing.style import PAGE_WIDTH, POINTS_PER_INCH, Sizes

NARROWEST_PLOT = 150.0
WIDEST_PLOT = 260.0
NARROWEST_STUDY = 150.0
WIDEST_STUDY = 210.0
WIDEST_CELL = 100.0
WIDEST_NOTE = 150.0
WIDEST_NOTE_ALONE = 240.0
HEADER_LINES = 3
NARROWEST_ON_PAGE = (66.0, 71.0)  # study names and plot on a page of given width: 71 points are 25 mm
SHARES_ON_PAGE = (0.26, 0.24)  # or so much of the page, whichever is more
WEIGHT = "Weight"


@dataclass(frozen=True)
class NumberColumn:
    """Numbers with their decimal points under each other.

    ``head`` and ``tail`` are the widest parts before and from the decimal point on.
    """

    head: float
    tail: float

    @property
    def width(self) -> float:
        """Width of the column in points."""
        return self.head + self.tail


@dataclass(frozen=True)
class Column:
    """A column in its place, under a header that may have several lines."""

    left: float
    width: float
    header: tuple[str, ...]
    numbers: NumberColumn | None = None
    lights: bool = False

    @property
    def right(self) -> float:
        """Its right edge."""
        return self.left + self.width


@dataclass(frozen=True)
class EffectNumbers:
    """The three aligned numbers of the effect column: estimate, lower and upper limit."""

    estimate: NumberColumn
    low: NumberColumn
    high: NumberColumn
    space: float

    @property
    def width(self) -> float:
        """Width of all three with the spaces between them."""
        return self.estimate.width + self.low.width + self.high.width + 2 * self.space


@dataclass(frozen=True)
class ForestColumns:
    """All columns; ``plot`` is None if there is nothing to plot, ``weight`` if no row has one.

    ``left_out`` are the headers of columns for which the page is too narrow; where it is ``stacked``, effects
    stand below the names of their rows. ``print_right`` is how far right small print among the rows may
    reach.
    """

    study: Column
    extras: tuple[Column, ...]
    effect: Column
    effect_numbers: EffectNumbers
    weight: Column | None
    plot: Column | None
    page_width: float
    left_out: tuple[str, ...]
    stacked: bool
    print_right: float = 0.0

    def label_right(self, row: Content) -> float:
        """How far right a row's label may reach."""
        if row.small_print:
            return max(self.text_right, self.print_right)
        if row.spans or self.stacked:
            return self.text_right
        return self.study.right if any(row.cells) or not self.extras else self.extras[-1].right

    @property
    def text_right(self) -> float:
        """The right edge of the last text column."""
        return (self.weight or self.effect).right


def split_number(text: str) -> tuple[str, str]:
    """The text before its decimal point and from there on; without one, the cut is behind the digits."""
    point = re.search(r"\.(?=\d)", text)
    if point:
        return text[: point.start()], text[point.start() :]
    digits = re.search(r"\d(?!.*\d)", text)
    return (text[: digits.end()], text[digits.end() :]) if digits else (text, "")


def number_column(texts: Iterable[tuple[str, Face]], fonts: Fonts, size: float) -> NumberColumn:
    """The column that holds all the texts, given with their faces."""
    parts = [(split_number(text), face) for text, face in texts]
    return NumberColumn(
        head=max((fonts.width(head, face, size) for (head, _), face in parts), default=0.0),
        tail=max((fonts.width(tail, face, size) for (_, tail), face in parts), default=0.0),
    )


def has_plot(table: ForestTable) -> bool:
    """Whether any row has a point or an interval to draw."""
    return any(estimate_of(row) is not None or limits_of(row) is not None for row in table.intervals())


@dataclass(frozen=True)
class _Words:
    """The columns of words before they have a place."""

    extras: tuple[Column, ...]
    effect: Column
    numbers: EffectNumbers
    weight: Column | None
    study: str
    wanted: float
    stacked: bool = False

    @property
    def others(self) -> tuple[Column, ...]:
        """All columns right of the study's."""
        if self.stacked:
            return ()
        return (
            (*self.extras, self.effect) if self.weight is None else (*self.extras, self.effect, self.weight)
        )


def arrange_columns(
    table: ForestTable, rows: Sequence[Content], fonts: Fonts, sizes: Sizes, page: float | None = None
) -> ForestColumns:
    """The columns side by side; the plot takes what the words leave of the page.

    Where that is too little, study names are wrapped first, and then, without a width of the page, the page
    grows; with one, columns are left out. Raises ValueError where the effects alone have no room.
    """
    words = _words(table, rows, fonts, sizes)
    if page is None:
        least = sizes.gap + NARROWEST_PLOT + sizes.body if has_plot(table) else 0.0
        spare = PAGE_WIDTH - 2 * sizes.margin - least - _taken(words, sizes)
        study = min(words.wanted, WIDEST_STUDY, max(spare, NARROWEST_STUDY))
        return _placed(table, words, study, sizes, None, ())
    for kept, left_out in _lesser(words, table):
        names = _room_for_names(table, kept, sizes, page)
        if names is not None:
            return _placed(table, kept, names, sizes, page, left_out)
    raise ValueError(
        "the effects and their intervals have no room beside a plot at a width of "
        f"{page / POINTS_PER_INCH * 25.4:.0f} mm; expected a wider page"
    )


def _words(table: ForestTable, rows: Sequence[Content], fonts: Fonts, sizes: Sizes) -> _Words:
    numbers = _effect_numbers(rows, fonts, sizes)
    extras = tuple(_extra(table, rows, fonts, sizes, index) for index in range(len(table.columns)))
    weight = _weight(rows, fonts, sizes)
    beyond = weight.width + sizes.gap if weight else 0.0
    note_width = min(_note_width(rows, fonts, sizes), WIDEST_NOTE if has_plot(table) else WIDEST_NOTE_ALONE)
    effect_width = max(numbers.width, note_width - beyond)
    effect = _under_header(table.effect_header, effect_width, fonts, sizes)
    wanted = _study_width(table, rows, fonts, sizes, sum(column.width + sizes.gap for column in extras))
    return _Words(extras, effect, numbers, weight, plain(table.study_header), wanted)


def _taken(words: _Words, sizes: Sizes) -> float:
    return sum(column.width + sizes.gap for column in words.others)


def _lesser(words: _Words, table: ForestTable) -> Iterator[tuple[_Words, tuple[str, ...]]]:
    """The words with ever fewer columns, and the headers of those left out."""
    yield words, ()
    headers: tuple[str, ...] = ()
    if words.weight is not None:
        words, headers = replace(words, weight=None), (WEIGHT,)
        yield words, headers
    while words.extras:
        kept = len(words.extras) - 1
        while kept and _set_of(table.columns[kept - 1]) == _set_of(table.columns[kept]):
            kept -= 1
        headers = (*headers, *(plain(name) for name in reversed(table.columns[kept : len(words.extras)])))
        words = replace(words, extras=words.extras[:kept])
        yield words, headers
    yield replace(words, stacked=True), headers


def _set_of(header: str) -> str:
    """What comes before a comma or a bracket: columns of both groups are shown together or not at all."""
    return re.split(r"[,(]", header)[0].strip()


def _room_for_names(table: ForestTable, words: _Words, sizes: Sizes, page: float) -> float | None:
    """The width of the study column, None where it would be too narrow for names broken between words."""
    names, plot = (max(least, SHARES_ON_PAGE[which] * page) for which, least in enumerate(NARROWEST_ON_PAGE))
    beside = sizes.gap + plot + sizes.body if has_plot(table) else 0.0
    spare = page - 2 * sizes.margin - beside - _taken(words, sizes)
    if words.stacked:
        least = words.numbers.width + sizes.indent
        return min(max(words.wanted, least), spare) if spare >= least else None
    return min(words.wanted, spare) if spare >= min(words.wanted, names) else None


def _placed(
    table: ForestTable,
    words: _Words,
    study_width: float,
    sizes: Sizes,
    page: float | None,
    left_out: tuple[str, ...],
) -> ForestColumns:
    study = Column(sizes.margin, study_width, (words.study, *(words.effect.header if words.stacked else ())))
    placed = _side_by_side((study, *words.others), sizes.gap)
    effect = replace(study, header=()) if words.stacked else placed[1 + len(words.extras)]
    plot, page_width = (
        _plot(placed[-1].right, sizes, page) if has_plot(table) else (None, placed[-1].right + sizes.margin)
    )
    return ForestColumns(
        study=study,
        extras=placed[1 : 1 + len(words.extras)],
        effect=effect,
        effect_numbers=words.numbers,
        weight=placed[-1] if words.weight and not words.stacked else None,
        plot=plot,
        page_width=page_width if page is None else page,
        left_out=left_out,
        stacked=words.stacked,
    )


def _side_by_side(columns: Sequence[Column], gap: float) -> tuple[Column, ...]:
    placed = [columns[0]]
    for column in columns[1:]:
        placed.append(replace(column, left=placed[-1].right + gap))
    return tuple(placed)


def _plot(words_end: float, sizes: Sizes, page: float | None) -> tuple[Column, float]:
    """The panel right of the words, with room for a tick label beyond its edge, and the page's width."""
    left = words_end + sizes.gap
    beyond = sizes.body + sizes.margin
    if page is not None:
        return Column(left, page - left - beyond, ()), page
    width = min(max(PAGE_WIDTH - left - beyond, NARROWEST_PLOT), WIDEST_PLOT)
    return Column(left, width, ()), left + width + beyond


def _study_width(
    table: ForestTable, rows: Sequence[Content], fonts: Fonts, sizes: Sizes, extras_width: float
) -> float:
    """The longest label; a label without extra cells behind it may reach into their columns."""
    widths = [fonts.width(plain(table.study_header), "bold", sizes.body)]
    for row in rows:
        if not row.spans:
            label = fonts.width(row.label, row.face, sizes.body) + sizes.indent * row.indent
            widths.append(label if any(row.cells) else label - extras_width)
    return max(widths)


def _extra(table: ForestTable, rows: Sequence[Content], fonts: Fonts, sizes: Sizes, index: int) -> Column:
    if index in table.light_columns:
        return replace(_under_header(table.columns[index], sizes.light, fonts, sizes), lights=True)
    cells = [(row.cells[index], row.face) for row in rows if row.cells]
    numbers = None
    if is_numeric(tuple(text for text, _ in cells)):
        numbers = number_column(cells, fonts, sizes.body)
        width = numbers.width
    else:
        width = max((fonts.width(text, face, sizes.body) for text, face in cells), default=0.0)
        width = min(width, WIDEST_CELL)
    under = _under_header(table.columns[index], width, fonts, sizes)
    return replace(under, numbers=numbers)


def _effect_numbers(rows: Sequence[Content], fonts: Fonts, sizes: Sizes) -> EffectNumbers:
    columns = [
        number_column(((row.effect[part], row.face) for row in rows), fonts, sizes.body) for part in range(3)
    ]
    return EffectNumbers(columns[0], columns[1], columns[2], fonts.width(" ", "regular", sizes.body))


def _note_width(rows: Sequence[Content], fonts: Fonts, sizes: Sizes) -> float:
    return max((fonts.width(row.note, "italic", sizes.body) for row in rows if row.note), default=0.0)


def _weight(rows: Sequence[Content], fonts: Fonts, sizes: Sizes) -> Column | None:
    texts = [(row.weight, row.face) for row in rows if row.weight]
    if not texts:
        return None
    numbers = number_column(texts, fonts, sizes.body)
    under = _under_header(WEIGHT, numbers.width, fonts, sizes)
    return replace(under, numbers=numbers)


def _under_header(header: str, width: float, fonts: Fonts, sizes: Sizes) -> Column:
    """A column at least as wide as its body, its header's longest word, and a third of its header."""

    def width_of(text: str) -> float:
        return fonts.width(text, "bold", sizes.body)

    text = plain(header)
    limit = max(width, *(width_of(word) for word in text.split(" ")))
    while len(lines := wrap(text, limit, width_of)) > HEADER_LINES:
        limit *= 1.1
    return Column(0.0, max([width, *map(width_of, lines)]), lines)
