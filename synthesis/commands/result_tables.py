"""A forest plot's rows as a table in the terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from textwrap import wrap

from rich.cells import cell_len
from rich.text import Text

from evidence.wording import fixed, format_number, format_ratio
from synthesis.drawing.forest_table import (
    ForestTable,
    GroupHeading,
    IntervalRow,
    NotReportedRow,
    PredictionRow,
    Row,
    StudyRow,
    SummaryRow,
    TextRow,
    decimals_for,
    estimate_of,
    limits_of,
    weight_of,
)
from synthesis.review.analysis_result import AnalysisResult
from synthesis.review.overview import common_sentences, overview_lines, own_sentences
from synthesis.terminal import Terminal, visible

_GAP = "  "


@dataclass(frozen=True)
class _Line:
    """One row in words: cells to align, or a remark across all columns."""

    label: str
    cells: tuple[str, ...] = ()
    estimate: str = ""
    interval: str = ""
    weight: str = ""
    remark: str = ""
    style: str = ""


def print_overview(
    results: Sequence[AnalysisResult], tables: Sequence[ForestTable], console: Terminal
) -> frozenset[str]:
    """Each result in a line and how all were made; returns the footnotes that tables need not repeat."""
    console.print()
    for line in overview_lines(results, [table.decimals or 0 for table in tables]):
        console.print(visible(line))
    for sentence in common_sentences(results):
        console.print("\n".join(wrap(visible(sentence), max(40, console.width))), style="dim")
    return own_sentences(results)


def print_table(table: ForestTable, console: Terminal, said: frozenset[str] = frozenset()) -> None:
    """Title, header, one line a row, then the notes but those already `said`.

    Narrow terminals go without the extra columns.
    """
    table = replace(table, decimals=decimals_for(table))
    width = _Widths.of(table)
    if width.total > console.width and table.columns:
        table = replace(table, columns=(), rows=tuple(map(_without_cells, table.rows)))
        width = _Widths.of(table)
    console.print(Text.assemble((visible(table.title), "bold"), f" · {visible(table.axis.label)}"))
    console.print(width.header(table), style="dim")
    console.print("─" * width.total, style="dim")
    for row in table.rows:
        line = _line(row, table)
        console.print(width.text(line, console.width), style=line.style)
    for note in (note for note in table.footnotes if note not in said):
        console.print("\n".join(wrap(visible(note), max(40, console.width))), style="dim")


def _without_cells(row: Row) -> Row:
    return replace(row, cells=()) if isinstance(row, StudyRow | NotReportedRow | SummaryRow) else row


def _line(row: Row, table: ForestTable) -> _Line:
    if isinstance(row, GroupHeading):
        return _Line(visible(row.label), style="bold")
    if isinstance(row, NotReportedRow):
        label = visible(f"{row.label} {row.mark}".rstrip())
        return _Line(label, tuple(map(visible, row.cells)), remark=visible(row.text), style="italic dim")
    if isinstance(row, TextRow):
        return _Line("", remark=visible(row.text))
    if isinstance(row, StudyRow | SummaryRow | PredictionRow):
        return _interval_line(row, table)
    return _Line("")


def _interval_line(row: IntervalRow, table: ForestTable) -> _Line:
    estimate, limits, weight = estimate_of(row), limits_of(row), weight_of(row)
    mark = row.mark if isinstance(row, StudyRow) else ""
    indent = "  " if isinstance(row, StudyRow) and row.part else ""
    return _Line(
        label=indent + visible(f"{row.label} {mark}".rstrip()),
        cells=() if isinstance(row, PredictionRow) else tuple(map(visible, row.cells)),
        estimate="" if estimate is None else _number(estimate, table),
        interval="" if limits is None else f"[{_number(limits[0], table)}, {_number(limits[1], table)}]",
        weight="" if weight is None else f"{fixed(weight, 1)}%",
        style="bold" if isinstance(row, SummaryRow) else "",
    )


def _number(value: float, table: ForestTable) -> str:
    write = format_ratio if table.axis.scale == "log" else format_number
    return write(value, table.decimals or 0)


@dataclass(frozen=True)
class _Widths:
    """The widest entry of each column."""

    label: int
    cells: tuple[int, ...]
    estimate: int
    interval: int
    weight: int

    @classmethod
    def of(cls, table: ForestTable) -> _Widths:
        lines = [_line(row, table) for row in table.rows]
        aligned = [line for line in lines if not line.remark or line.label]
        cells = tuple(
            max([cell_len(name), *(cell_len(line.cells[index]) for line in aligned if line.cells)])
            for index, name in enumerate(table.columns)
        )
        return cls(
            label=max([cell_len(table.study_header), *(cell_len(line.label) for line in aligned)]),
            cells=cells,
            estimate=max([cell_len("Effect"), *(cell_len(line.estimate) for line in lines)]),
            interval=max([cell_len(_interval_header(table)), *(cell_len(line.interval) for line in lines)]),
            weight=max([6, *(cell_len(line.weight) for line in lines)]),
        )

    @property
    def total(self) -> int:
        columns = (self.label, *self.cells, self.estimate, self.interval, self.weight)
        return sum(columns) + len(_GAP) * (len(columns) - 1)

    def text(self, line: _Line, room: int) -> str:
        if line.remark:
            start = _GAP.join([*self._words(line), ""] if line.label else ["", ""])
            width = max(40, room - cell_len(start))
            return start + f"\n{' ' * cell_len(start)}".join(wrap(line.remark, width))
        parts = [
            *self._words(line),
            _right(line.estimate, self.estimate),
            _right(line.interval, self.interval),
            _right(line.weight, self.weight),
        ]
        return _GAP.join(parts).rstrip()

    def header(self, table: ForestTable) -> str:
        parts = [
            *self._words(_Line(table.study_header, table.columns)),
            _right("Effect", self.estimate),
            _right(_interval_header(table), self.interval),
            _right("Weight", self.weight),
        ]
        return _GAP.join(parts)

    def _words(self, line: _Line) -> Iterator[str]:
        yield _left(line.label, self.label)
        for index, width in enumerate(self.cells):
            yield _left(line.cells[index] if line.cells else "", width)


def _interval_header(table: ForestTable) -> str:
    """The '95% CI' of 'Effect [95% CI]'."""
    return table.effect_header.rpartition("[")[2].rstrip("]")


def _left(text: str, width: int) -> str:
    return text + " " * (width - cell_len(text))


def _right(text: str, width: int) -> str:
    return " " * (width - cell_len(text)) + text
