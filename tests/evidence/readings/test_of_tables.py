"""Two tables of the same studies: rows by their key, columns by their names, differences with their lines."""

from __future__ import annotations

from pathlib import Path

import pytest
from openpyxl import Workbook

from evidence.readings.of_tables import compare_tables
from evidence.readings.side_by_side import Difference, SideBySide, agreements
from evidence.sources.cells import SheetError

FIRST = "Study,Design,N,Beta\nLee_2019,RCT,25,0.10\nKim 2020,cohort,30,0.5\nMüller 2021,RCT,40,\n"
SECOND = "beta;study_id;design;n\n0,1;lee 2019;rct;25\n0.6;Kim-2020;;30\n;Muller 2021;RCT;40\n"


def compared(
    folder: Path, first: str, second: str, *by: str, names: tuple[str, str] = ("a.csv", "b.csv")
) -> SideBySide:
    paths = [folder / name for name in names]
    for path, text in zip(paths, (first, second), strict=True):
        path.write_text(text, encoding="utf-8")
    return compare_tables(paths[0], paths[1], by)


def told(found: SideBySide) -> list[tuple[str, str, str, int, str | None, int, str | None]]:
    return [
        (
            cell.of,
            cell.key,
            cell.kind,
            cell.first.place.line,
            cell.first.text,
            cell.second.place.line,
            cell.second.text,
        )
        for cell in found.cells
        if cell.kind is not Difference.SAME
    ]


def test_every_difference_is_listed_with_both_lines(tmp_path: Path) -> None:
    found = compared(tmp_path, FIRST, SECOND)
    assert told(found) == [
        ("Lee_2019", "Design", "print", 2, "RCT", 2, "rct"),
        ("Lee_2019", "Beta", "print", 2, "0.10", 2, "0,1"),
        ("Kim 2020", "Design", "only first", 3, "cohort", 3, None),
        ("Kim 2020", "Beta", "value", 3, "0.5", 3, "0.6"),
    ]
    assert found.lone == ()
    assert found.unresolved == 2
    assert found.notes == ("rows by 'Study' of the first and 'study_id' of the second",)


def test_agreement_counts_the_cells_that_a_reader_filled(tmp_path: Path) -> None:
    found = agreements([compared(tmp_path, FIRST, SECOND)])
    assert [(each.key, each.compared, each.agreed) for each in found] == [
        ("Design", 3, 2),
        ("N", 3, 3),
        ("Beta", 2, 1),
        ("overall", 8, 6),
    ]


def test_rows_and_columns_that_only_one_has_are_listed_with_what_they_may_be(tmp_path: Path) -> None:
    first = "study,n,site\nLee 2019,1,a\nKim 2020,2,b\n"
    second = first.replace("site", "sites").replace("Kim", "Kin")
    found = compared(tmp_path, first, second)
    assert [(each.what, each.name, each.place.line, each.first_has_it, each.hint) for each in found.lone] == [
        ("column", "site", 1, True, "Is it 'sites' of the other?"),
        ("column", "sites", 1, False, "Is it 'site' of the other?"),
        ("row", "Kim 2020", 3, True, "Is it 'Kin 2020' of the other?"),
        ("row", "Kin 2020", 3, False, "Is it 'Kim 2020' of the other?"),
    ]
    assert found.unresolved == 4


def test_several_rows_of_one_study_are_paired_by_likeness_and_said(tmp_path: Path) -> None:
    first = "study,arm,n\nLee,a,1\nLee,b,2\nLee,c,3\n"
    second = "study,arm,n\nLee,c,3\nLee,a,9\n"
    found = compared(tmp_path, first, second)
    assert told(found) == [("Lee", "n", "value", 2, "1", 3, "9")]
    assert [(each.name, each.place.line) for each in found.lone] == [("Lee", 3)]
    assert found.notes[1].startswith("several rows of one study are paired by likeness (Lee)")
    by_both = compared(tmp_path, first, second, "study", "arm")
    assert told(by_both) == [("Lee a", "n", "value", 2, "1", 3, "9")]
    assert [each.name for each in by_both.lone] == ["Lee b"]
    assert len(by_both.notes) == 1


def test_one_row_against_several_of_the_same_study_takes_the_most_alike(tmp_path: Path) -> None:
    found = compared(tmp_path, "study,a,b\nLee,1,2\n", "study,a,b\nlee,1,9\nLEE,1,2\n")
    assert told(found) == []
    assert [(each.name, each.place.line, each.first_has_it) for each in found.lone] == [("lee", 2, False)]
    assert "(Lee)" in found.notes[1]


def test_very_many_rows_of_one_study_are_paired_in_their_order(tmp_path: Path) -> None:
    rows = [f"Lee,{number}\n" for number in range(31)]
    first, second = "study,n\n" + "".join(rows), "study,n\n" + "".join(reversed(rows))
    assert compared(tmp_path, first, second).unresolved == 30
    shorter = [each.removesuffix("Lee,30\n") for each in (first, second.replace("Lee,30\n", ""))]
    assert compared(tmp_path, *shorter).unresolved == 0


@pytest.mark.parametrize(
    ("first", "second", "ours", "theirs"),
    [
        ("Study,n", "study_id,n", "'Study'", "'study_id'"),
        ("Trial,id", "n,id", "'id'", "'id'"),
        ("Author,Year", "first author,year", "'Author' and 'Year'", "'first author' and 'year'"),
        ("Author,Year,study", "author,year,n", "'Author' and 'Year'", "'author' and 'year'"),
        ("DOI,n", "n,doi", "'DOI'", "'doi'"),
        ("Author (year),n", "Author_year,n", "'Author (year)'", "'Author_year'"),
    ],
)
def test_the_column_that_names_the_study_is_recognised(
    tmp_path: Path, first: str, second: str, ours: str, theirs: str
) -> None:
    found = compared(tmp_path, f"{first}\na,b,c\n", f"{second}\na,b,c\n")
    assert found.notes[0] == f"rows by {ours} of the first and {theirs} of the second"


def test_the_column_may_be_stated_and_called_otherwise_in_the_other_table(tmp_path: Path) -> None:
    found = compared(tmp_path, "who,n\nLee,1\n", "study,n\nLee,2\n", "Who")
    assert [each[1] for each in told(found)] == ["n"]
    with pytest.raises(SheetError, match=r"'a.csv', row 1: has no column 'arm'") as raised:
        compared(tmp_path, "study,n\nLee,1\n", "study,n\nLee,2\n", "arm")
    assert raised.value.hint == "Its columns: study, n."
    with pytest.raises(SheetError, match=r"'b.csv', row 1: has no column 'arm'"):
        compared(tmp_path, "study,arm\nLee,1\n", "study,n\nLee,2\n", "study", "arm")
    with pytest.raises(SheetError, match="no column of both tables says which study") as raised:
        compared(tmp_path, "who,n\nLee,1\n", "what,n\nLee,2\n")
    assert raised.value.hint == "Name it: --by COLUMN. Columns: who, n."
    for count, end in ((30, "c29."), (31, "c29, ....")):
        names = ",".join(f"c{number}" for number in range(count))
        with pytest.raises(SheetError) as raised:
            compared(tmp_path, f"{names}\n{names}\n", f"{names}\n{names}\n")
        assert raised.value.hint is not None
        assert raised.value.hint.endswith(end)


def test_columns_without_a_name_or_with_a_repeated_one_are_compared_too(tmp_path: Path) -> None:
    found = compared(tmp_path, "study,n,n,\nLee,1,2,3\n", "Study,N,N,\nLee,1,9,8\n")
    assert [(each[1], each[4], each[6]) for each in told(found)] == [("n", "2", "9"), ("", "3", "8")]


def test_a_workbook_is_compared_with_a_text_file_and_other_sheets_are_said(tmp_path: Path) -> None:
    book = Workbook()
    for title in ("Readings", "Notes"):
        sheet = book.create_sheet(title)
        sheet.append(["study", "n", "beta"])
        sheet.append(["Lee 2019", 25, 0.1])
    del book["Sheet"]
    book.save(tmp_path / "a.xlsx")
    (tmp_path / "b.csv").write_text("study;n;beta\nLee 2019;25;0,2\n", encoding="utf-8")
    found = compare_tables(tmp_path / "a.xlsx", tmp_path / "b.csv")
    assert [each[3:] for each in told(found)] == [(2, "0.1", 2, "0,2")]
    assert found.notes[1] == "of a.xlsx the sheet 'Readings' is compared, the others are not"


def test_a_hidden_sheet_is_not_compared(tmp_path: Path) -> None:
    book = Workbook()
    for title, dose in (("Lists", 9), ("Readings", 1)):
        sheet = book.create_sheet(title)
        sheet.append(["study", "dose"])
        sheet.append(["Lee 2019", dose])
    del book["Sheet"]
    book["Lists"].sheet_state = "hidden"
    book.active = 1
    book.save(tmp_path / "a.xlsx")
    (tmp_path / "b.csv").write_text("study,dose\nLee 2019,1\n", encoding="utf-8")
    found = compare_tables(tmp_path / "a.xlsx", tmp_path / "b.csv")
    assert (found.unresolved, len(found.cells), len(found.notes)) == (0, 1, 1)


def test_two_published_extractions_differ_in_one_dose(shared: Path) -> None:
    tables = shared / "imports" / "tables"
    found = compare_tables(tables / "nmn_extractor_A.csv", tables / "nmn_extractor_B.csv")
    assert told(found) == [("Morifuji_2024", "dose_mg_day", "value", 6, "249", 6, "250")]
    assert found.lone == ()
    by_column = {each.key: each for each in agreements([found])}
    assert (by_column["dose_mg_day"].agreed, by_column["dose_mg_day"].compared) == (14, 15)
    assert (by_column["overall"].agreed, by_column["overall"].compared) == (320, 321)
    assert by_column["blinding"].why == "both readers know one class only"
    assert by_column["design"].kappa == 1


def test_a_table_and_itself_agree(shared: Path) -> None:
    names = ("lsr3h_data.xlsx", "lsr3h_included_studies.xlsx", "plyometric_effects.csv", "amstar_pfas.csv")
    cells = 0
    for name in names:
        path = shared / "imports" / "tables" / name
        found = compare_tables(path, path)
        assert found.unresolved == 0
        cells += len(found.cells)
    assert cells == 2_681
