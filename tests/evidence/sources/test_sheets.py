"""Files of tables: separators, encodings, headers, line numbers, and text files that are no tables."""

from __future__ import annotations

import csv
import io
import random
from pathlib import Path

import pytest

from evidence.sources.cells import SheetError, SheetRow
from evidence.sources.sheets import DELIMITERS, MOST_BYTES, Sheet, read_sheets

CELLS = [["Study", "β, SE", "note"], ["Ås; 2010", "−0,5", 'says "no"'], ["B|C", "1.2", "two\nlines\there"]]


def sheet(folder: Path, content: str | bytes, name: str = "a.csv") -> Sheet:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    (only,) = read_sheets(path)
    return only


def written(delimiter: str, end: str = "\r\n") -> str:
    stream = io.StringIO()
    csv.writer(stream, delimiter=delimiter, lineterminator=end, quoting=csv.QUOTE_ALL).writerows(CELLS)
    return stream.getvalue()


def test_every_separator_encoding_and_line_end_gives_the_same_cells(tmp_path: Path) -> None:
    compared = 0
    for delimiter in DELIMITERS:
        for end in ("\r\n", "\n", "\r"):
            for encoding in ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"):
                read = sheet(tmp_path, written(delimiter, end).encode(encoding))
                assert [read.header, *(row.cells for row in read.rows)] == [tuple(row) for row in CELLS]
                compared += 1
    assert compared == 60


def test_letters_of_windows_are_read_without_a_mark(tmp_path: Path) -> None:
    read = sheet(tmp_path, "Studie;Größe\nMüller;0,5 – 0,7\n".encode("cp1252"))
    assert read.header == ("Studie", "Größe")
    assert read.rows == (SheetRow(2, ("Müller", "0,5 – 0,7")),)


def test_half_of_the_letters_may_be_of_another_script_without_a_mark(tmp_path: Path) -> None:
    text = "a,β\n1,αβγδε\n2,αβγδε\n"
    assert 0.4 < sum(letter.isascii() for letter in text) / len(text) < 0.5
    for encoding in ("utf-16-le", "utf-16-be"):
        assert sheet(tmp_path, text.encode(encoding)).header == ("a", "β")


def test_half_a_letter_at_the_end_of_a_text_without_a_mark_is_shown_as_lost(tmp_path: Path) -> None:
    for encoding, half in (("utf-16-le", b"\x39"), ("utf-16-be", b"\x39")):
        read = sheet(tmp_path, "study,n\nA,25\nB,3".encode(encoding) + half)
        assert read.rows[1].cells == ("B", "3\N{REPLACEMENT CHARACTER}")


def test_decimal_commas_do_not_part_cells(tmp_path: Path) -> None:
    assert sheet(tmp_path, "study;beta\nA;1,5\nB;2,5\nC;0,5\n").header == ("study", "beta")
    assert sheet(tmp_path, "study\tbeta\nA\t1,5\nB\t2,5\n", "a.tsv").rows[1] == SheetRow(3, ("B", "2,5"))


def test_the_separator_may_be_said_in_the_first_line(tmp_path: Path) -> None:
    assert not sheet(tmp_path, "a,b\n1,2\n").hidden
    read = sheet(tmp_path, "sep=;\r\na,b;c\r\n1,2;3\r\n")
    assert (read.header, read.header_row, read.rows) == (("a,b", "c"), 2, (SheetRow(3, ("1,2", "3")),))


def test_rows_have_the_line_that_they_begin_in(tmp_path: Path) -> None:
    read = sheet(tmp_path, 'a,b\n1,"x\ny\nz"\n\n,\n2,w\n')
    assert [(row.number, row.cells) for row in read.rows] == [(2, ("1", "x\ny\nz")), (7, ("2", "w"))]


def test_lines_above_the_header_are_a_title(tmp_path: Path) -> None:
    read = sheet(tmp_path, "Table 2. Slopes;;;\n\nStudy;N;beta;p\nA;1;2;3\nB;1;2;\n* a note;;;\n")
    assert read.title == (SheetRow(1, ("Table 2. Slopes", "", "", "")),)
    assert (read.header, read.header_row) == (("Study", "N", "beta", "p"), 3)
    assert [row.number for row in read.rows] == [4, 5]
    assert [row.cells[0] for row in read.notes] == ["* a note"]


def test_a_header_fills_half_as_many_cells_as_its_rows_at_least(tmp_path: Path) -> None:
    rows = "1,2,3,4,5,6\n" * 3
    assert sheet(tmp_path, f"a,b,c,,,\n{rows}").header == ("a", "b", "c", "", "", "")
    assert sheet(tmp_path, f"a,b,,,,\n{rows}").header == ("1", "2", "3", "4", "5", "6")


def test_a_list_of_one_column_is_a_table(tmp_path: Path) -> None:
    read = sheet(tmp_path, "\nstudy\nA\nB\n", "a.txt")
    assert (read.header, read.header_row, len(read.rows)) == (("study",), 2, 2)


def test_rows_of_other_lengths_lose_nothing(tmp_path: Path) -> None:
    read = sheet(tmp_path, "a,b,,\n1,2\n1,2,3,,\n")
    assert read.header == ("a", "b", "")
    assert [row.cells for row in read.rows] == [("1", "2"), ("1", "2", "3")]
    assert [read.rows[0].cell(at) for at in (1, 2)] == ["2", ""]


def test_a_quotation_mark_inside_a_cell_is_a_letter_and_an_unclosed_one_an_error(tmp_path: Path) -> None:
    assert sheet(tmp_path, 'a,b\n5" disk,1\n"x"y,2\n').rows[1].cells == ("xy", "2")
    for text, line in (('a,b\n1,2\n3,"4\n5,6\n', 3), ('a,b\n"x"y,2\n3,"4\n', 3), ('a,b\n1,"2', 2)):
        with pytest.raises(SheetError, match="quotation mark opens a cell and nothing closes it") as raised:
            sheet(tmp_path, text)
        assert raised.value.row == line
    with pytest.raises(SheetError, match=r"'a.csv', row 2: .*far too long"):
        sheet(tmp_path, f"a,b\n1,{'x' * 131_073}\n")
    assert len(sheet(tmp_path, f"a,b\n1,{'x' * 131_072}\n").rows[0].cells[1]) == 131_072


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.csv", b"", "is empty"),
        ("a.csv", b"\n , \n", "is empty"),
        ("a.csv", b"%PDF-1.4\x00\x01\x02", "is no table of text"),
        ("a.docx", b"a,b", "of no kind that can be read"),
        ("a.xlsx", b"a,b\n1,2\n", "is no workbook"),
        ("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "workbook of Excel 97, or one that is locked"),
    ],
)
def test_what_is_no_table_gets_one_clear_error(tmp_path: Path, name: str, content: bytes, says: str) -> None:
    with pytest.raises(SheetError, match=says) as raised:
        sheet(tmp_path, content, name)
    assert raised.value.hint
    assert str(raised.value).startswith(f"'{name}'")


def test_missing_and_huge_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SheetError, match="there is no such file"):
        read_sheets(tmp_path / "b.csv")
    with pytest.raises(SheetError, match="there is no such file"):
        read_sheets(tmp_path)
    large = tmp_path / "large.csv"
    with large.open("wb") as stream:
        stream.truncate(MOST_BYTES + 1)
    with pytest.raises(SheetError, match="is larger than 50 MB"):
        read_sheets(large)
    with pytest.raises(SheetError, match="holds more than 1,000,000 cells"):
        sheet(tmp_path, b"a,b\n" + b"," * 1_000_000)


def fuzz(folder: Path, times: int) -> tuple[int, int]:
    """How many mutated files gave a table, and how many one clear error."""
    chance = random.Random(7)
    whole = (
        written(";").encode("utf-16") + b"\r\n" * 2,
        written(",").encode(),
        written("\t").encode("cp1252", "replace"),
    )
    read = refused = 0
    for _ in range(times):
        content = bytearray(chance.choice(whole))
        for _ in range(chance.randint(1, 6)):
            at = chance.randrange(len(content))
            content[at : at + chance.randint(0, 4)] = chance.randbytes(chance.randint(0, 4)) or b'"'
        try:
            sheet(folder, bytes(content))
            read += 1
        except SheetError:
            refused += 1
    return read, refused


def test_damaged_files_are_read_or_refused(tmp_path: Path) -> None:
    read, refused = fuzz(tmp_path, 300)
    assert read + refused == 300
    assert min(read, refused) > 20


@pytest.mark.long
def test_20_000_damaged_files_are_read_or_refused(tmp_path: Path) -> None:
    assert sum(fuzz(tmp_path, 20_000)) == 20_000


def test_tables_of_published_reviews_are_read(shared: Path) -> None:
    found = {
        name: read_sheets(shared / "imports" / name)[0]
        for name in (
            "tables/nmn_extractor_A.csv",
            "tables/amstar_pfas.csv",
            "tables/lsr3h_data.xlsx",
            "tables/rvf_table4_cells.csv",
            "messy/table_semicolon_decimal_comma_notes.csv",
        )
    }
    shapes = [(len(each.header), len(each.rows), each.header_row) for each in found.values()]
    assert shapes == [(23, 15, 1), (33, 8, 1), (133, 25, 1), (6, 23, 1), (5, 8, 2)]
