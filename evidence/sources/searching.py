"""A text -> every candidate in it: tables first, then what running text prints."""

from __future__ import annotations

from dataclasses import replace
from itertools import groupby

from evidence.sources.candidates import Scan, TextCandidate
from evidence.sources.effect_phrases import effect_phrases
from evidence.sources.flow_phrases import flow_phrases
from evidence.sources.group_phrases import group_phrases
from evidence.sources.matching import Numbers
from evidence.sources.numbers import with_decimal_points
from evidence.sources.printed_tables import PrintedTables
from evidence.sources.stacked_rows import stacked_rows
from evidence.sources.table_candidates import table_candidates
from evidence.sources.text import PaperText
from evidence.sources.text_grids import grids_of


def candidates_of(numbers: Numbers) -> tuple[TextCandidate, ...]:
    """The candidates of a text in the order of the text; no number belongs to two of them."""
    scan = Scan(numbers)
    found: list[TextCandidate] = []
    for grid in grids_of(_with_points(numbers.text)):
        rows = tuple(replace(row, line=numbers.text.line_at(row.cells[0].start)) for row in grid.rows)
        of_table = list(table_candidates(scan, replace(grid, rows=rows)))
        for candidate in of_table:
            scan.take(candidate)
        found += of_table
    tables = PrintedTables(scan)
    for phrases in (stacked_rows, effect_phrases, group_phrases, flow_phrases):
        for candidate in phrases(scan, tables):
            scan.take(candidate)
            found.append(candidate)
    return _with_columns(sorted(found, key=lambda candidate: candidate.start))


def _with_points(text: PaperText) -> PaperText:
    """The text with its decimal commas as points, every character at its place."""
    whole = with_decimal_points(text.whole)
    if whole == text.whole:
        return text
    starts = ((line, text.start_of(index)) for index, line in enumerate(text.lines))
    return PaperText(
        tuple(replace(line, text=whole[start : start + len(line.text)]) for line, start in starts)
    )


def _with_columns(found: list[TextCandidate]) -> tuple[TextCandidate, ...]:
    """Those of one row of a table whose cells the text runs together are told apart by their order."""
    numbered: list[TextCandidate] = []
    for _, row in groupby(
        found, key=lambda each: (each.kind, each.spot.table, each.spot.row, each.spot.column)
    ):
        members = list(row)
        spot = members[0].spot
        if spot.table is not None and spot.row and not spot.column and len(members) > 1:
            members = [
                replace(each, spot=replace(each.spot, column=(f"no. {place}",)))
                for place, each in enumerate(members, 1)
            ]
        numbered += members
    return tuple(numbered)
