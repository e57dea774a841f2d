"""Rows without numbers inside a table: headings, notes, the head once more, and what stays a row."""

from __future__ import annotations

import pytest

from evidence.sources.cells import SheetRow
from evidence.sources.headings import Body, body_of

HEAD = SheetRow(1, ("Study", "OR", "p", ""))


def body(*lines: str, fuller: tuple[int, ...] = ()) -> Body:
    rows = [SheetRow(at, tuple(line.split(","))) for at, line in enumerate(lines, 2)]
    return body_of(rows, [HEAD], fuller)


def numbers(rows: tuple[SheetRow, ...]) -> list[int]:
    return [row.number for row in rows]


def test_every_row_has_the_heading_above_it_and_what_follows_the_last_number_is_a_note() -> None:
    found = body("Abel,2", "Men:,", "Berg,3", "Cole,4", "Old  women,", "Dahl,5", "adjusted,", "for age,")
    assert numbers(found.rows) == [2, 4, 5, 7]
    assert found.headings == ("", "Men", "Men", "Old women")
    assert (numbers(found.headed), numbers(found.notes), found.repeated) == ([3, 6], [8, 9], ())


@pytest.mark.parametrize(
    ("line", "is_heading"),
    [
        ("Men,,", True),
        (",Men,", True),
        (",,Men", False),
        ("Men,old,", False),
        ("Men,,old", False),
        ("Men 2001,,", False),
        ("12,,", False),
        ("NR,,", False),
    ],
)
def test_a_heading_is_one_cell_of_words_without_a_year_in_the_first_two(line: str, is_heading: bool) -> None:
    found = body("Abel,2,", line, "Berg,3,")
    assert numbers(found.headed) == [3] * is_heading
    assert len(found.rows) == 3 - is_heading


def test_a_number_in_the_first_cell_alone_makes_no_row_of_numbers() -> None:
    found = body("1,low", "Men,", "2,high")
    assert (numbers(found.rows), found.headed, found.notes) == ([2, 3, 4], (), ())
    found = body("Abel,2", "Men,", "12,")
    assert (numbers(found.rows), numbers(found.notes)) == ([2, 4], [3])


def test_a_table_without_numbers_keeps_every_row() -> None:
    found = body("Abel,high", "Men,", "Berg,low")
    assert (numbers(found.rows), found.headings) == ([2, 3, 4], ("", "", ""))
    assert body() == Body((), (), (), (), ())


def test_a_row_that_holds_more_than_its_text_is_no_heading() -> None:
    found = body("Abel,2", "Men,", "Berg,3", fuller=(3,))
    assert (numbers(found.rows), found.headed) == ([2, 3, 4], ())


def test_the_head_once_more_is_told_in_any_case_and_without_blanks_at_its_end() -> None:
    found = body("Abel,2,0.1", "STUDY,or,P", "Study,OR,p,,", "Study,OR", "Berg,3,0.2")
    assert (numbers(found.repeated), numbers(found.rows)) == ([3, 4], [2, 5, 6])
