"""Heads of several rows, as merged cells or blanks, and rows inside a table that hold no numbers."""

from __future__ import annotations

import io
from pathlib import Path

import openpyxl
import pytest

from evidence.sources.cells import SheetRow
from evidence.sources.sheets import Sheet, sheets_of
from tests.evidence.sources.importing import as_recognised, records_of, table

TWO_ROWS = (
    "Study,Year,Treatment,,Control,\n,,events,total,events,total\nAbel,2001,4,40,9,41\nBerg,2003,7,50,12,52\n"
)
FOUR = ("Treatment events", "Treatment total", "Control events", "Control total")


def test_words_that_span_others_stand_before_each_of_them() -> None:
    read = table(TWO_ROWS)
    assert (read.header, read.header_row) == (("Study", "Year", *FOUR), 2)
    entries, skipped = as_recognised(TWO_ROWS)
    assert skipped == []
    groups = [entry.effect["groups"] for entry in entries if entry.effect]
    counts = [[(group["events"], group["n"]) for group in pair] for pair in groups]
    assert counts == [[("4", "40"), ("9", "41")], [("7", "50"), ("12", "52")]]
    assert entries[0].at == "t.csv, row 3, " + ", ".join(FOUR)


@pytest.mark.parametrize(
    ("head", "names"),
    [
        # names may all stand in the lower row
        (",,Treatment,,Control,\nStudy,Year,events,total,events,total\n", ("Study", "Year", *FOUR)),
        # three rows
        (
            ",,Death,,,\n,,Treatment,,Control,\nStudy,Year,events,total,events,total\n",
            ("Study", "Year", *(f"Death {name}" for name in FOUR)),
        ),
        # a title above, also of two cells
        ("Table 2,,,,,\n" + TWO_ROWS[:59], ("Study", "Year", *FOUR)),
        ("Table 2,,Draft,,,\nStudy,Year,a,b,c,d\n", ("Study", "Year", "a", "b", "c", "d")),
        # words that span others, over a part of the columns only
        ("Study,Year,OR,,,n\n,,est,low,high,\n", ("Study", "Year", "OR est", "OR low", "OR high", "n")),
        # a name that reaches down over a column that has none
        ("Study,,OR,,,n\n,,est,low,high,\n", ("Study", "", "OR est", "OR low", "OR high", "n")),
        ("Study,,A,B,C,D\n,,x,y,z,w\n", ("Study", "", "A x", "B y", "C z", "D w")),
        # a last column of its own, where the names before it repeat those of the group before
        (",Arm A,,Arm B,,\nStudy,n,x,n,x,p\n", ("Study", "Arm A n", "Arm A x", "Arm B n", "Arm B x", "p")),
    ],
)
def test_heads_of_several_rows_are_joined_and_titles_are_none_of_them(
    head: str, names: tuple[str, ...]
) -> None:
    read = table(head + "Abel,2001,4,40,9,41\nBerg,2003,7,50,12,52\nCole,2004,7,50,12,52\n")
    assert read.header == names
    assert [row.cells[0] for row in read.rows] == ["Abel", "Berg", "Cole"]


def test_merged_cells_of_a_workbook_are_as_blanks() -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for line in TWO_ROWS.splitlines():
        sheet.append([int(text) if text.isdigit() else text or None for text in line.split(",")])
    for cells in ("A1:A2", "B1:B2", "C1:D1", "E1:F1"):
        sheet.merge_cells(cells)
    stream = io.BytesIO()
    book.save(stream)
    (read,) = sheets_of(Path("t.xlsx"), stream.getvalue())
    assert (read.header, read.header_row, len(read.rows)) == (("Study", "Year", *FOUR), 2, 2)


def test_a_row_of_units_is_no_name_and_gives_the_unit() -> None:
    text = "Study,Age,beta,SE\n,years,g/cm2,\nAbel 2001,50,0.5,0.1\nBerg 2003,52,0.4,0.1\n"
    read = table(text)
    assert (read.header, dict(read.units)) == (
        ("Study", "Age", "beta", "SE"),
        {"Age": "years", "beta": "g/cm2"},
    )
    (record, _) = records_of(as_recognised(text)[0])
    assert record.outcomes["not-stated"].unit == "g/cm2"


@pytest.mark.parametrize(
    "text",
    [
        "study,country,design\nAbel,Chile,cohort\n,Peru,\n",  # no numbers anywhere: every row is one
        "study,country,OR\nAbel,Chile,NR\nBerg,Peru,2\n",  # not reported is what a number is replaced by
        "study,n,OR\nAbel,x,\nBerg,4,2\n",
    ],
)
def test_rows_of_words_below_a_whole_head_are_rows(text: str) -> None:
    assert table(text).header_row == 1
    assert len(table(text).rows) == 2


def inside(text: str) -> Sheet:
    return table("study,OR,lower,upper\n" + text)


def test_a_name_alone_is_a_heading_of_the_rows_below_it_and_a_stratum() -> None:
    text = "Men:,,,\nAbel 2001,2,1,4\nBerg 2003,3,1,9\nWomen,,,\nAbel 2001,2.5,1,6\n* adjusted for age,,,\n"
    read = inside(text)
    assert (read.header[-1], [row.cells[-1] for row in read.rows]) == ("(heading)", ["Men", "Men", "Women"])
    assert [row.number for row in read.headings] == [2, 5]
    assert [row.cells[0] for row in read.notes] == ["* adjusted for age"]
    abel, berg = records_of(as_recognised("study,OR,lower,upper\n" + text)[0])
    assert [estimate.stratum.group for estimate in abel.estimates] == ["Men", "Women"]
    assert [estimate.stratum.group for estimate in berg.estimates] == ["Men"]


def test_a_study_without_numbers_is_no_heading() -> None:
    read = inside("Abel 2001,2,1,4\nBerg 2003,,,\nCole 2004,2,1,4\n")
    assert (len(read.rows), read.headings, read.header) == (3, (), ("study", "OR", "lower", "upper"))


def test_the_head_once_more_is_no_row() -> None:
    read = inside("Abel 2001,2,1,4\nStudy,OR,Lower,Upper\nBerg 2003,2,1,4\n")
    assert [row.cells[0] for row in read.rows] == ["Abel 2001", "Berg 2003"]
    assert read.repeated == (SheetRow(3, ("Study", "OR", "Lower", "Upper")),)


def test_blank_rows_and_columns_make_no_difference() -> None:
    entries, skipped = as_recognised("study,,OR,lower,upper\n\nAbel 2001,,2,1,4\n,,,,\nBerg 2003,,3,1,9\n")
    assert (len(entries), skipped) == (2, [])


def test_a_study_that_is_named_once_over_its_rows_is_that_of_each() -> None:
    text = "study,year,sex,OR,lower,upper\nAbel,2001,men,2,1,4\n,,women,3,1,9\nBerg,2003,men,2,1,4\n"
    entries, skipped = as_recognised(text)
    assert ([(entry.study, entry.year) for entry in entries], skipped) == (
        [("Abel", 2001), ("Abel", 2001), ("Berg", 2003)], [],
    )  # fmt: skip


@pytest.mark.parametrize(
    "name", ["Total", "Subtotal (95% CI)", "Overall", "Pooled estimate", "Random effects model"]
)
def test_a_sum_of_rows_is_no_study(name: str) -> None:
    entries, skipped = as_recognised(f"study,OR,lower,upper\nAbel 2001,2,1,4\n{name},2,1,4\n")
    assert (len(entries), [each.why for each in skipped]) == (
        1,
        [f"'{name}' is a sum of other rows, and no study"],
    )
