"""Estimates that are parts of a study stand below it: indented, hollow, without weight, on its page."""

from __future__ import annotations

from dataclasses import replace

import pytest

from synthesis.drawing.content import contents, forest_alternative
from synthesis.drawing.fonts import Fonts
from synthesis.drawing.forest_pages import MOST_ROWS, ROWS_A_PAGE, pages_of
from synthesis.drawing.forest_table import Axis, ForestTable, GroupHeading, Row, StudyRow, SummaryRow
from synthesis.drawing.layout import lay_out_pages
from synthesis.drawing.marks import LINE, PART_LINE, PART_SIDE, Squares, row_marks
from synthesis.drawing.style import INK, MUTED, STUDY_FILL, SUBGROUP_FILL
from tests.synthesis.drawing.test_marks import PLACE

WHOLE = StudyRow("Lee", 2.0, 1.0, 3.0, 60.0)
PART = StudyRow("50 mg", 2.5, 1.0, 4.0, part=True)
OTHER = StudyRow("Kim", 1.0, 0.0, 2.0, 40.0)


def table(*rows: Row) -> ForestTable:
    return ForestTable("T", "Effect [95% CI]", Axis("Effect"), rows)


def test_parts_are_set_in_further_than_their_study() -> None:
    rows = (GroupHeading("G"), WHOLE, PART, SummaryRow("S", 1.5, 1.0, 2.0), WHOLE, PART)
    assert [content.indent for content in contents(table(*rows), Fonts())] == [0, 1, 2, 0, 0, 1]
    (page,) = lay_out_pages(table(WHOLE, PART, OTHER))
    left = {text.text: text.x for text in page.texts if text.text in ("Lee", "50 mg", "Kim")}
    assert left["Lee"] == left["Kim"]
    assert left["50 mg"] - left["Lee"] == pytest.approx(1.1 * 8.0)


def test_a_part_has_a_small_hollow_square_and_a_thin_line() -> None:
    squares = Squares.of(table(WHOLE, PART, OTHER), 10.0)
    whole, part = (row_marks([row], squares, [PLACE]) for row in (WHOLE, PART))
    assert (whole.polygons[0].fill, part.polygons[0].fill) == (STUDY_FILL, SUBGROUP_FILL)
    assert part.polygons[0].edge == STUDY_FILL
    (line,) = part.segments
    assert (line.thickness, line.colour, line.role) == (PART_LINE, MUTED, "interval")
    assert (whole.segments[0].thickness, whole.segments[0].colour) == (LINE, INK)
    assert squares.side(PART) == pytest.approx(10.0 * PART_SIDE)
    assert squares.side(replace(PART, weight=90.0)) == pytest.approx(10.0 * PART_SIDE), "whatever its weight"
    without = row_marks([replace(PART, estimate=None)], squares, [PLACE])
    assert without.polygons == ()


def test_the_words_count_studies_and_their_parts_apart() -> None:
    said = forest_alternative(table(WHOLE, PART, replace(PART, label="100 mg"), OTHER))
    assert "; 2 estimates, below them 2 that they are made of." in said
    assert "50 mg: 2.5 [1.0, 4.0]." in said
    assert "made of" not in forest_alternative(table(WHOLE, OTHER))


def test_a_page_does_not_begin_with_a_part() -> None:
    rows = tuple(row for _ in range(MOST_ROWS // 3 + 1) for row in (WHOLE, PART, PART))
    pages = pages_of(table(*rows))
    assert len(pages) > 1
    firsts = [next(row for row in page.rows if isinstance(row, StudyRow)) for page in pages]
    assert [row.part for row in firsts] == [False] * len(pages)
    assert sum(len(page.rows) for page in pages) == len(rows)
    assert max(len(page.rows) for page in pages) <= ROWS_A_PAGE + 2
