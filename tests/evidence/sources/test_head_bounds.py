"""Which rows are the head of a table and how they are joined: both sides of every bound."""

from __future__ import annotations

import pytest

from evidence.sources.cells import SheetRow
from evidence.sources.heads import Head, head_of, is_number_like

NUMBERS = "Abel,1,2,3,4\nBerg,1,2,3,4\nCole,1,2,3,4\nDale,1,2,3,4\nEgan,1,2,3,4\nFord,1,2,3,4\n"


def head(lines: str) -> Head:
    rows = [SheetRow(at, tuple(line.split(","))) for at, line in enumerate(lines.splitlines(), 1)]
    return head_of([row for row in rows if any(row.cells)])


ARMS, AGES, SEXES, SITES = ",Arm,,Drug,\n", ",Old,,Young,\n", ",Men,,Women,\n", ",Hip,,Spine,\n"
NAMES = "Study,a,b,a,b\n"


@pytest.mark.parametrize(
    ("lines", "first", "last"),
    [
        (AGES + SEXES + SITES + NAMES, 0, 3),
        (ARMS + AGES + SEXES + SITES + NAMES, 1, 4),
        ("Study" + AGES + SEXES + SITES + ",a,b,a,b\n", 0, 3),
        ("Study" + ARMS + AGES + SEXES + SITES + ",a,b,a,b\n", 0, 3),
        ("Trials of zinc,,,,\nStudy" + AGES + SEXES + SITES + ",a,b,a,b\n", 1, 4),
    ],
)
def test_a_head_has_at_most_four_rows(lines: str, first: int, last: int) -> None:
    found = head(lines + NUMBERS)
    assert (found.first, found.last) == (first, last)


@pytest.mark.parametrize(
    ("lines", "first"),
    [
        ("Study\nAbel\nBerg\n", 0),
        ("Trials of zinc\nStudy,n\nAbel,1\nBerg,2\n", 1),
        ("Study,n,,\nAbel,1,2,3\nBerg,1,2,3\n", 0),
        ("Study,n,,,\nAbel,1,2,3,4\nBerg,1,2,3,4\n", 1),
    ],
)
def test_a_head_fills_two_cells_and_half_of_what_most_rows_fill(lines: str, first: int) -> None:
    """A table of one column begins with its name."""
    assert (head(lines).first, head(lines).last) == (first, first)


@pytest.mark.parametrize(
    ("lines", "names"),
    [
        # words of forty characters stand over names, longer ones are a title
        (f",{'w' * 40},,,\n" + NAMES, ("Study", f"{'w' * 40} a", "w" * 40 + " b", "w" * 40 + " a")),
        (f",{'w' * 41},,,\n" + NAMES, ("Study", "a", "b", "a")),
        # a word in the first cell alone is a title, and so is what a blank line follows
        ("Zinc,,,,\n" + NAMES, ("Study", "a", "b", "a")),
        (SITES + NAMES, ("Study", "Hip a", "Hip b", "Spine a")),
        (SITES + "\n" + NAMES, ("Study", "a", "b", "a")),
        # below a blank first cell two names stand under blanks, not one
        (",OR,Limits,,p\nStudy,est,low,high,value\n", ("Study", "OR est", "Limits low", "Limits high")),
        (",OR,Low,High,p\nStudy,est,low,high,value\n", ("", "OR", "Low", "High")),
        ("Study,OR,Limits,,p\nAbel,est,low,high,value\n", ("Study", "OR", "Limits", "")),
        # words under a blank first cell are of the head where a name is above it, or they stand under blanks
        ("Study,,OR,SE,p\n,,crude,crude,crude\n", ("Study", "", "OR crude", "SE crude")),
        (",Age,OR,SE,p\n,mean,crude,crude,crude\n", ("", "Age", "OR", "SE")),
        (",Age,OR,,p\n,mean,crude,ratio,crude\n", ("", "Age mean", "OR crude", "OR ratio")),
        # words end before a column without a name
        ("Study,Hip,,Spine,\n,a,,a,b\n", ("Study", "Hip a", "", "Spine a")),
    ],
)
def test_words_are_joined_with_the_names_that_they_stand_over(lines: str, names: tuple[str, ...]) -> None:
    assert head(lines + NUMBERS).names[:4] == names


def test_a_head_has_as_many_names_as_its_widest_row_and_cells_beyond_it_have_none() -> None:
    assert head("Study,n,p\nAbel,1,2,3\nBerg,1,2,3\n").names == ("Study", "n", "p")
    assert head(",Arm,\nStudy,n,p,t\nAbel,1,2,3,4\n").names == ("Study", "Arm n", "Arm p", "Arm t")
    assert head(",Arm,,\nStudy,n,p\nAbel,1,2,3,4\n").names == ("Study", "Arm n", "Arm p", "")


def test_a_row_is_of_units_where_more_than_half_of_its_words_are_units() -> None:
    found = head("Study,Age,Mass,,\n,years,(kg),men,\n" + NUMBERS)
    assert (found.names[:4], found.units) == (("Study", "Age", "Mass", ""), {"Age": "years", "Mass": "kg"})
    found = head("Study,Age,Mass,,\n,years,lean,,\n" + NUMBERS)
    assert (found.names[:3], found.units) == (("Study", "Age years", "Mass lean"), {})
    found = head("Study,Old,,Young,\n,Age,Mass,Age,Mass\n,years,kg,years,kg\n" + NUMBERS)
    assert found.names == ("Study", "Old Age", "Old Mass", "Young Age", "Young Mass")
    assert found.units == {"Old Age": "years", "Old Mass": "kg", "Young Age": "years", "Young Mass": "kg"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("12", True), ("-1.5", True), ("2,001", True), ("12.5 %", True), ("<5%", True), ("NR", True),
        ("–", True), ("0.5 (0.1 to 0.9)", True), ("1.2.3", True),
        ("", False), ("95% CI", False), ("mean", False), ("a1", False),
    ],
)  # fmt: skip
def test_cells_of_numbers_are_told_from_names(text: str, expected: bool) -> None:
    assert is_number_like(text) is expected


def test_blanks_within_a_name_are_one_where_rows_are_joined_and_stay_in_a_head_of_one_row() -> None:
    assert head(ARMS + "Study,a  x,b,a  x,b\n" + NUMBERS).names == (
        *("Study", "Arm a x", "Arm b", "Drug a x", "Drug b"),
    )
    assert head("Study,a  x,b,c,d\n" + NUMBERS).names == ("Study", "a  x", "b", "c", "d")
