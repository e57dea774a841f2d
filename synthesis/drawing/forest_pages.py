"""A forest plot of very many rows, on pages as the supplement of a journal has them."""

from __future__ import annotations

from dataclasses import replace

from synthesis.drawing.forest_table import (
    ForestTable,
    GroupHeading,
    NotReportedRow,
    Row,
    SpacerRow,
    StudyRow,
    SummaryRow,
    decimals_for,
)

MOST_ROWS = 250
"""What stands on one page, however tall."""

ROWS_A_PAGE = 50
"""Rows of pages of a longer plot: about as many as A4 holds in comfortable type."""


def pages_of(table: ForestTable) -> tuple[ForestTable, ...]:
    """The table itself, or one table a page where it has more than MOST_ROWS rows.

    Summaries stay with their last study, headings with their first one. A group that goes on has its heading
    again. Footnotes stand on the last page, with a line that says how the rows are split.
    """
    if len(table.rows) <= MOST_ROWS:
        return (table,)
    pages = _split(table.rows)
    files = "the PDF file holds all of them, PNG and SVG this one."
    last = (*table.footnotes, f"{len(table.rows):,} rows on {len(pages)} pages: {files}")
    return tuple(
        replace(
            table,
            title=f"{table.title} (page {number} of {len(pages)})",
            rows=tuple(rows),
            footnotes=last if number == len(pages) else (),
            decimals=decimals_for(table),
        )
        for number, rows in enumerate(pages, 1)
    )


def _split(rows: tuple[Row, ...]) -> list[list[Row]]:
    pages: list[list[Row]] = [[]]
    group: GroupHeading | None = None
    for row, following in zip(rows, (*rows[1:], None), strict=True):
        if _may_begin_page(row, following, len(pages[-1])):
            continued = group is not None and isinstance(row, StudyRow | NotReportedRow)
            pages.append([GroupHeading(f"{group.label}, continued")] if group and continued else [])
        if isinstance(row, GroupHeading):
            group = row
        elif isinstance(row, SummaryRow):
            group = None
        if pages[-1] or not isinstance(row, SpacerRow):
            pages[-1].append(row)
    return pages


def _may_begin_page(row: Row, following: Row | None, filled: int) -> bool:
    """A full page ends before a study; before a heading already where no more than a study would follow.

    Parts of a study stay with it.
    """
    if isinstance(row, GroupHeading) or (isinstance(row, SpacerRow) and isinstance(following, GroupHeading)):
        return filled >= ROWS_A_PAGE - 3
    if isinstance(row, StudyRow) and row.part:
        return False
    return isinstance(row, StudyRow | NotReportedRow) and filled >= ROWS_A_PAGE
