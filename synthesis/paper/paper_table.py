"""What a table of a paper is before any file: all that a renderer needs, and nothing of its format."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from evidence.records.review import LoadedReview
from synthesis.paper.rounded import RULE, Cell, Rounded
from synthesis.review.analysis_result import AnalysisResult
from synthesis.review.forest_table import decimals_of


@dataclass(frozen=True)
class Heading:
    """One column: its name for programs, and its head for readers."""

    name: str
    words: str


@dataclass(frozen=True)
class PaperTable:
    """Rows of cells under headings, with a title above and notes below."""

    name: str
    title: str
    headings: tuple[Heading, ...]
    rows: tuple[tuple[Cell, ...], ...]
    notes: tuple[str, ...] = ()

    def by_name(self, row: Sequence[Cell]) -> dict[str, Cell]:
        """The cells of a row by the names of their columns."""
        return dict(zip((heading.name for heading in self.headings), row, strict=True))

    def is_numeric(self, column: int) -> bool:
        """Whether a column holds numbers, which stand to the right."""
        return any(isinstance(row[column], Rounded) for row in self.rows)


@dataclass(frozen=True)
class Reported:
    """A review, the results that were asked for, and whether all of its analyses were.

    decimals: of each result, as its forest plot has them.
    """

    loaded: LoadedReview
    results: tuple[AnalysisResult, ...]
    decimals: tuple[int, ...]
    whole: bool

    @classmethod
    def of_all(cls, loaded: LoadedReview, results: Sequence[AnalysisResult]) -> Reported:
        """All analyses of a review."""
        return cls(loaded, tuple(results), tuple(map(decimals_of, results)), whole=True)

    def with_decimals(self) -> Iterator[tuple[AnalysisResult, int]]:
        """Each result and its decimals."""
        return zip(self.results, self.decimals, strict=True)


Row = dict[str, Cell]


def paper_table(
    name: str,
    title: str,
    headings: Sequence[tuple[str, str]],
    rows: Sequence[Row],
    notes: Sequence[str] = (),
    nothing: str = "Nothing to show.",
) -> PaperTable:
    """A table of rows by the names of its columns, without the columns that are empty in every row.

    headings: name and words. nothing: the note of a table without rows. The rule of rounding is the last note
    where a number is rounded.
    """
    used = [
        heading for heading in headings if not rows or any(row.get(heading[0]) is not None for row in rows)
    ]
    cells = tuple(tuple(row.get(key) for key, _ in used) for row in rows)
    said = tuple(notes) if rows else (nothing,)
    rounded = any(isinstance(cell, Rounded) and "." in cell.shown for row in cells for cell in row)
    return PaperTable(
        name,
        title,
        tuple(Heading(key, words) for key, words in used),
        cells,
        (*said, RULE) if rounded else said,
    )


_TOGETHER = (
    ("Estimate [CI]", ("estimate", "ci_low", "ci_high")),
    ("Wald CI", ("wald_low", "wald_high")),
    ("Prediction interval", ("prediction_low", "prediction_high")),
    ("Bayesian interval", ("bayes_estimate", "bayes_low", "bayes_high")),
    ("τ² [CI]", ("tau2", "tau2_low", "tau2_high")),
    ("Median [CrI]", ("median", "low", "high")),
    ("New study", ("new_low", "new_high")),
    ("τ [CrI]", ("tau", "tau_low", "tau_high")),
    ("Medians under other priors", ("median_least", "median_most")),
    ("Without, same likelihood", ("alone", "alone_low", "alone_high")),
    ("Worst to best case", ("worst", "best")),
    ("Share (%) [CI]", ("share", "share_low", "share_high")),
)
"""Columns that a page has as one: a number and its interval in brackets, or the interval."""


def for_pages(table: PaperTable) -> PaperTable:
    """The table as pages have it; data files keep every column.

    A number and its interval share a column, and an effect that all rows have in common is a note.
    """
    table = _with_effect_as_note(table)
    places = {heading.name: column for column, heading in enumerate(table.headings)}
    headings: list[Heading] = []
    columns: list[tuple[int, ...]] = []
    taken: set[str] = set()
    for heading in table.headings:
        words, names = next(
            (each for each in _TOGETHER if heading.name in each[1]), (heading.words, (heading.name,))
        )
        if heading.name not in taken:
            headings.append(Heading(heading.name, words))
            columns.append(tuple(places[name] for name in names if name in places))
            taken.update(names)
    rows = tuple(tuple(_together([row[place] for place in each]) for each in columns) for row in table.rows)
    return replace(table, headings=tuple(headings), rows=rows)


def _with_effect_as_note(table: PaperTable) -> PaperTable:
    place = next((at for at, heading in enumerate(table.headings) if heading.name == "effect"), None)
    if place is None or len({row[place] for row in table.rows}) != 1:
        return table
    return replace(
        table,
        headings=(*table.headings[:place], *table.headings[place + 1 :]),
        rows=tuple((*row[:place], *row[place + 1 :]) for row in table.rows),
        notes=(f"Effect: {shown(table.rows[0][place])}.", *table.notes),
    )


def _together(cells: Sequence[Cell]) -> Cell:
    if len(cells) == 1:
        return cells[0]
    *estimate, low, high = cells
    interval = "" if high is None else f"[{shown(low)}, {shown(high)}]"
    return " ".join(filter(None, (*map(shown, estimate), interval))) or None


def shown(cell: Cell) -> str:
    """A cell as text; empty where there is nothing."""
    return "" if cell is None else cell.shown if isinstance(cell, Rounded) else cell
