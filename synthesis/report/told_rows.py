"""A forest plot for a page: the rows of its model as words, and marks on a scale of thousandths."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TypeAlias

from evidence.wording import fixed, format_number, format_ratio
from synthesis.drawing.axis import AxisMap, axis_limits, choose_ticks, with_room_for_ticks
from synthesis.drawing.content import NOT_ESTIMABLE
from synthesis.drawing.forest_table import (
    ForestTable,
    GroupHeading,
    IntervalRow,
    NotReportedRow,
    PredictionRow,
    Row,
    SpacerRow,
    StudyRow,
    SummaryRow,
    TextRow,
    cells_of,
    decimals_for,
    estimate_of,
    limits_of,
    weight_of,
)
from synthesis.drawing.marks import Squares
from synthesis.report.page_parts import PlotAxis, RowKind, RowMarks, RowSource, Shape, ToldForest, ToldRow

PANEL = 1000
"""Thousandths: how wide a panel is."""

PITCH = 20.0
"""Pixels of a row that squares are made for."""

_NARROWEST = 150.0
"""Pixels of the narrowest panel: tick labels stand apart on it."""

_LETTER = 6.5
"""Pixels that a digit of a tick label may take."""

_ARROW = 0.022
"""The part of the panel that an arrow head takes."""

_NO_SOURCE = RowSource()


Beside: TypeAlias = Mapping[int, Sequence[tuple[StudyRow, RowSource]]]
"""Rows on the axis of a table that it does not have, by the position of the row that they stand below."""


def told_forest(
    table: ForestTable, sources: Sequence[RowSource] = (), beside: Beside = MappingProxyType({})
) -> ToldForest:
    """The rows with their marks; sources: what each answers to, one for each row, or none."""
    axis = _axis_map(table)
    squares = Squares.of(table, PITCH)
    known = sources or [_NO_SOURCE] * len(table.rows)
    teller = _Teller(table, axis, squares)
    rows = tuple(
        teller.row(each, of)
        for place, (row, source) in enumerate(zip(table.rows, known, strict=True))
        for each, of in ((row, source), *beside.get(place, ()))
    )
    estimate, _, interval = table.effect_header.partition("[")
    return ToldForest(
        title=table.title,
        headers=(table.study_header, *table.columns),
        estimate_header=estimate.strip(),
        interval_header=interval.rstrip("] ").strip(),
        rows=rows,
        axis=None if axis is None else _axis(table, axis),
        decimals=decimals_for(table),
        has_weights=any(row.weight for row in rows),
        notes=table.footnotes,
    )


def _axis_map(table: ForestTable) -> AxisMap | None:
    """None where no row has an estimate or an interval: there is nothing to draw."""
    drawn = (*map(limits_of, table.intervals()), *map(estimate_of, table.intervals()))
    ranges = any(isinstance(row, NotReportedRow) and row.extents for row in table.rows)
    if not ranges and all(each is None for each in drawn):
        return None
    plain = AxisMap(table.axis.scale, *axis_limits(table), 0.0, float(PANEL))
    return with_room_for_ticks(plain, _width, _width("0"))


def _width(text: str) -> float:
    """Of a tick label, in thousandths of the narrowest panel."""
    return len(text) * _LETTER / _NARROWEST * PANEL


def _axis(table: ForestTable, axis: AxisMap) -> PlotAxis:
    ticks = choose_ticks(axis, _width, _width("0"))
    return PlotAxis(
        label=table.axis.label,
        scale=axis.scale,
        ends=(axis.low, axis.high),
        ticks=tuple((round(axis.position(value)), label) for value, label in ticks),
        null=None if table.axis.null is None else round(axis.position(table.axis.null)),
        lower=table.axis.left,
        higher=table.axis.right,
    )


class _Teller:
    """Rows of one table, in its decimals and on its axis."""

    def __init__(self, table: ForestTable, axis: AxisMap | None, squares: Squares) -> None:
        self.axis, self.squares = axis, squares
        self.decimals = decimals_for(table)
        self.log = table.axis.scale == "log"
        self.level = table.effect_header.rpartition("[")[2].rstrip("]").replace("CI", "interval").strip()
        self.in_group = False

    def row(self, row: Row, source: RowSource) -> ToldRow:
        """One row in words and marks."""
        if isinstance(row, SpacerRow):
            self.in_group = False
            return ToldRow("space", "", source)
        if isinstance(row, TextRow):
            return ToldRow("text", row.text, source, indent=self.in_group)
        if isinstance(row, GroupHeading):
            self.in_group = True
            return ToldRow("heading", row.label, source)
        if isinstance(row, NotReportedRow):
            return self._silent(row, source)
        return self._interval(row, source)

    def _silent(self, row: NotReportedRow, source: RowSource) -> ToldRow:
        label = f"{row.label} {row.mark}".rstrip()
        ranges = [self._pair(*each) for each in row.extents]
        allows = f", which allows {' or '.join(ranges)}" if ranges else ""
        return ToldRow(
            "silent",
            label,
            source,
            cells=cells_of(row),
            note=row.text,
            spoken=f"{label}: {row.text}{allows}",
            marks=self._extents(row),
            indent=self.in_group,
        )

    def _extents(self, row: NotReportedRow) -> RowMarks | None:
        if self.axis is None or not row.extents:
            return None
        placed = [self._placed(*each) for each in row.extents]
        cut = any(ends[1][0] for ends in placed), any(ends[1][1] for ends in placed)
        return RowMarks("extent", tuple(span for span, _ in placed), cut)

    def _interval(self, row: IntervalRow, source: RowSource) -> ToldRow:
        estimate, limits, weight = estimate_of(row), limits_of(row), weight_of(row)
        mark = row.mark if isinstance(row, StudyRow) else ""
        label = f"{row.label}\N{NO-BREAK SPACE}{mark}" if mark else row.label
        number = "" if estimate is None else self._number(estimate)
        pair = "" if limits is None else self._pair(*limits)
        share = "" if weight is None else f"{fixed(weight, 1)} %"
        missing = "" if number or (pair and isinstance(row, PredictionRow)) else NOT_ESTIMABLE
        between = f"{self.level} {pair}" if pair else ""
        numbers = ", ".join(text for text in (number, between, missing) if text)
        kind = _kind(row)
        return ToldRow(
            kind,
            label,
            source,
            cells=cells_of(row),
            estimate=number,
            interval=pair,
            weight=share,
            note=missing,
            spoken=f"{row.label}: {numbers}{f', weight {share}' if share else ''}",
            marks=self._marks(row, estimate, limits),
            indent=self.in_group and not (isinstance(row, SummaryRow) and row.level == "overall"),
        )

    def _marks(
        self, row: IntervalRow, estimate: float | None, limits: tuple[float, float] | None
    ) -> RowMarks | None:
        if self.axis is None or (estimate is None and limits is None):
            return None
        spans: tuple[tuple[int, int], ...] = ()
        cut = (False, False)
        point = None if estimate is None else self._inside(self.axis.position(estimate))
        if limits is not None:
            span, cut = self._placed(*limits)
            spans = (span,)
        side = round(self.squares.side(row)) if isinstance(row, StudyRow) else 0
        return RowMarks(_shape(row), spans, cut, point, side)

    def _inside(self, place: float) -> int | None:
        return round(place) if -0.5 <= place <= PANEL + 0.5 else None

    def _placed(self, low: float, high: float) -> tuple[tuple[int, int], tuple[bool, bool]]:
        """Where an interval begins and ends in the panel, with room for an arrow where it is cut."""
        assert self.axis is not None
        ends = self.axis.position(low), self.axis.position(high)
        cut = ends[0] < -0.5, ends[1] > PANEL + 0.5
        left = _ARROW * PANEL if cut[0] else ends[0]
        right = PANEL - _ARROW * PANEL if cut[1] else ends[1]
        held = [min(max(end, 0.0), float(PANEL)) for end in (left, right)]
        return (round(held[0]), round(max(held))), cut

    def _number(self, value: float) -> str:
        return (format_ratio if self.log else format_number)(value, self.decimals)

    def _pair(self, low: float, high: float) -> str:
        return f"{self._number(low)} to {self._number(high)}"


def _kind(row: IntervalRow) -> RowKind:
    if isinstance(row, PredictionRow):
        return "prediction"
    if isinstance(row, SummaryRow):
        return "summary" if row.level == "overall" else "subgroup"
    return "part" if row.part else "study"


def _shape(row: IntervalRow) -> Shape:
    if isinstance(row, PredictionRow):
        return "bar"
    if isinstance(row, SummaryRow):
        return "diamond" if row.level == "overall" else "open"
    return "hollow" if row.part else "square"
