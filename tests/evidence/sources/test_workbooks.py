"""Workbooks: what a person sees in a cell, and files that are broken or meant to do harm."""

from __future__ import annotations

import datetime
import io
import random
import re
import zipfile
from collections.abc import Callable
from functools import partial
from operator import add
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook

from evidence.sources.cells import SheetError
from evidence.sources.sheets import Sheet, read_sheets
from evidence.sources.workbooks import shown


def saved(book: Workbook) -> bytes:
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def small() -> Workbook:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Data"
    for row in (["study", "n", "beta"], ["Ås 2010", 25, 0.1], [None], ["B 2011", 30, -0.25]):
        sheet.append(row)
    return book


def read(folder: Path, content: bytes, name: str = "a.xlsx") -> tuple[Sheet, ...]:
    path = folder / name
    path.write_bytes(content)
    return read_sheets(path)


def repacked(content: bytes, change: Callable[[str, bytes], bytes]) -> bytes:
    """The same archive with its parts changed."""
    stream = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as old,
        zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for part in old.infolist():
            new.writestr(part.filename, change(part.filename, old.read(part)))
    return stream.getvalue()


def in_sheet(change: Callable[[bytes], bytes]) -> bytes:
    return repacked(saved(small()), lambda name, part: change(part) if name.endswith("sheet1.xml") else part)


def test_every_filled_sheet_is_read_with_the_numbers_of_its_rows(tmp_path: Path) -> None:
    book = small()
    book.create_sheet("Empty")
    hidden = book.create_sheet("Lists")
    hidden.append(["a", "b"])
    hidden.sheet_state = "hidden"
    first, second = read(tmp_path, saved(book))
    assert (first.name, first.header, first.header_row, first.hidden) == (
        "Data",
        ("study", "n", "beta"),
        1,
        False,
    )
    assert [(row.number, row.cells) for row in first.rows] == [
        (2, ("Ås 2010", "25", "0.1")),
        (4, ("B 2011", "30", "-0.25")),
    ]
    assert (second.name, second.hidden) == ("Lists", True)
    assert read(tmp_path, saved(book), "a.csv") == (first, second), "by its content, whatever it is called"


@pytest.mark.parametrize(
    ("value", "number_format", "text"),
    [
        (0.1, "General", "0.1"),
        (0.1, "0.00", "0.10"),
        (0.12345, "0.00", "0.12345"),
        (5, "0.00", "5.00"),
        (635.0, "General", "635"),
        (0.1 + 0.2, "General", "0.3"),
        (1355, "#,##0", "1355"),
        (0.46, "0%", "46%"),
        (0.465, "0.00%", "46.50%"),
        (0.5, '"0.000 "General', "0.5"),
        (0.5, "0.00;[Red]-0.000", "0.50"),
        (-0.0, "General", "0"),
        (1200.0, "0.00E+00", "1200"),
        (1e-12, "General", "0.000000000001"),
        (1e-15, "General", "0.000000000000001"),
        (1e-16, "General", "1e-16"),
        (1e15, "General", "1000000000000000"),
        (1e16, "General", "1e+16"),
        (12345678901234567, "General", "12345678901234567"),
        (float("inf"), "General", "inf"),
        (True, "General", "TRUE"),
        (datetime.datetime(2024, 3, 1), "mmm-yy", "2024-03-01"),
        (datetime.datetime(2024, 3, 1, 14, 30), "General", "2024-03-01 14:30:00"),
        (datetime.time(14, 30), "h:mm", "14:30:00"),
        (" two\r\nlines\r", "@", "two\nlines"),
    ],
)
def test_a_cell_says_what_a_person_sees_with_every_digit_that_is_stored(
    value: object, number_format: str, text: str
) -> None:
    assert shown(value, number_format) == text


def test_a_formula_without_a_saved_value_is_said(tmp_path: Path) -> None:
    book = small()
    book["Data"]["C5"] = "=C2+C4"
    book["Data"]["A5"] = "sum"
    (sheet,) = read(tmp_path, saved(book))
    assert sheet.unsaved == ("C5",)
    assert sheet.rows[-1].cells == ("sum",)

    def with_value(part: bytes) -> bytes:
        return re.sub(rb'(<c r="C2"[^>]*>)<v>', rb"\1<f>1/10</f><v>", part)

    (sheet,) = read(tmp_path, in_sheet(with_value))
    assert sheet.unsaved == ()
    assert sheet.rows[0].cells == ("Ås 2010", "25", "0.1")


def test_links_to_other_workbooks_are_not_looked_at(tmp_path: Path) -> None:
    book = small()
    book["Data"]["C5"] = "=C2+C4"
    kinds = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    link = (
        f'<Relationship Id="rId99" Type="{kinds}/externalLink" Target="/xl/externalLinks/externalLink1.xml"/>'
    )
    named = f'<externalReferences><externalReference xmlns:r="{kinds}" r:id="rId99"/></externalReferences>'

    def linked(name: str, part: bytes) -> bytes:
        if name == "xl/_rels/workbook.xml.rels":
            return part.replace(b"</Relationships>", link.encode() + b"</Relationships>")
        if name == "xl/workbook.xml":
            return part.replace(b"</sheets>", b"</sheets>" + named.encode())
        return part

    (sheet,) = read(tmp_path, repacked(saved(book), linked))
    assert (sheet.unsaved, len(sheet.rows)) == (("C5",), 2)


def test_only_a_workbook_with_formulas_is_opened_a_second_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[bool] = []

    def counted(*given: Any, **more: Any) -> Workbook:
        opened.append(more.get("data_only", False))
        return load_workbook(*given, **more)

    monkeypatch.setattr("openpyxl.load_workbook", counted)
    book = small()
    read(tmp_path, saved(book))
    assert opened == [True]
    book["Data"]["C5"] = "=C2+C4"
    read(tmp_path, saved(book))
    assert opened == [True, True, False]


def test_a_sheet_that_states_a_false_size_is_read_by_its_cells(tmp_path: Path) -> None:
    (usual,) = read(tmp_path, saved(small()))
    for false in (b"A1:XFD1048576", b"A1"):
        stated = partial(re.compile(rb'<dimension ref="[^"]*"').sub, b'<dimension ref="%s"' % false)
        assert read(tmp_path, in_sheet(stated)) == (usual,)


def told(folder: Path, content: bytes) -> str:
    """Why a workbook is not read; empty where it is."""
    try:
        read(folder, content)
    except SheetError as error:
        return str(error)
    return ""


def refusal(folder: Path, content: bytes) -> str:
    says = told(folder, content)
    assert says
    return says


def test_bombs_are_refused_before_they_are_unpacked(tmp_path: Path) -> None:
    assert "more than 200 times its size" in refusal(
        tmp_path, in_sheet(lambda part: part + b" " * 40_000_000)
    )
    many = io.BytesIO()
    with zipfile.ZipFile(many, "w") as archive:
        for number in range(5_001):
            archive.writestr(f"{number}", b"")
    assert "5,000 parts" in refusal(tmp_path, many.getvalue())


def stating(content: bytes, total: int) -> bytes:
    """A workbook whose parts say that they unpack to so many bytes together."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        *others, last = archive.infolist()
    changed = bytearray(content)
    at = changed.rindex(b"PK\x01\x02")
    changed[at + 24 : at + 28] = (total - sum(part.file_size for part in others)).to_bytes(4, "little")
    assert last.file_size < total
    return bytes(changed)


@pytest.mark.parametrize(
    ("beside", "total", "says"),
    [
        (2_000_000, 200_000_000, "unpacks to more than 200 MB"),
        (30_000, None, "unpacks to more than 200 times its size"),
        (0, 2_000_000, "unpacks to more than 200 times its size"),
    ],
)
def test_what_a_workbook_says_to_unpack_to_is_bounded(
    beside: int, total: int | None, says: str, tmp_path: Path
) -> None:
    stream = io.BytesIO(saved(small()))
    with zipfile.ZipFile(stream, "a") as archive:
        archive.writestr("docProps/thumbnail.jpeg", random.Random(1).randbytes(beside))
    content = stream.getvalue()
    most = 200 * len(content) if total is None else total
    assert says in refusal(tmp_path, stating(content, most + 1))
    assert "unpacks to" not in told(tmp_path, stating(content, most))


def test_a_small_workbook_may_be_packed_tightly_and_a_large_one_loosely(tmp_path: Path) -> None:
    tight = in_sheet(lambda part: part + b" " * 1_900_000)
    assert 200 * len(tight) < 1_900_000
    assert len(read(tmp_path, tight)) == 1
    stream = io.BytesIO(saved(small()))
    with zipfile.ZipFile(stream, "a") as archive:
        archive.writestr("docProps/thumbnail.jpeg", random.Random(1).randbytes(2_100_000))
    assert len(read(tmp_path, stream.getvalue())) == 1


def test_entities_are_refused(tmp_path: Path) -> None:
    bomb = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "x">]>'
    for encoding in ("utf-8", "utf-16-le", "utf-16-be"):
        marked = in_sheet(partial(add, bomb.decode().encode(encoding)))
        assert "has a document type" in refusal(tmp_path, marked)


def test_rows_and_columns_without_end_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def with_row(row: bytes) -> bytes:
        return in_sheet(lambda part: part.replace(b"</sheetData>", row + b"</sheetData>"))

    far = b'<row r="1048577"><c r="A1048577"><v>1</v></c></row>'
    wide = b'<row r="9"><c r="XFD9"/></row><row r="10"><c r="XFD10"/></row>'
    assert "more rows or columns than can be read" in refusal(tmp_path, with_row(far))
    assert len(read(tmp_path, with_row(wide))[0].header) == 3
    seen = 3 * 3 + 2 * 16_384
    monkeypatch.setattr("evidence.sources.workbooks._MOST_SEEN", seen)
    assert len(read(tmp_path, with_row(wide))) == 1
    monkeypatch.setattr("evidence.sources.workbooks._MOST_SEEN", seen - 1)
    assert "row 10: has more rows or columns" in refusal(tmp_path, with_row(wide))


def test_more_cells_than_the_limit_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("evidence.sources.workbooks.MOST_CELLS", 8)
    assert "'a.xlsx', sheet 'Data', row 4: the workbook holds more than" in refusal(tmp_path, saved(small()))
    monkeypatch.setattr("evidence.sources.workbooks.MOST_CELLS", 9)
    assert len(read(tmp_path, saved(small()))) == 1


@pytest.mark.parametrize(
    ("part", "limit", "says"),
    [
        ("xl/worksheets/sheet1.xml", 400, "holds more than 1,000,000 cells"),
        ("xl/sharedStrings.xml", 4_000_000, "holds more than 1,000,000 cells"),
        ("xl/theme/theme1.xml", 100_000, "holds more than 100,000 formats, names and the like"),
    ],
)
def test_a_part_holds_as_many_tags_as_its_limit_and_no_more(
    part: str, limit: int, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = io.BytesIO(saved(small()))
    with zipfile.ZipFile(stream, "a") as archive:
        archive.writestr("docProps/thumbnail.jpeg", random.Random(1).randbytes(70_000))
        if part not in archive.namelist():
            archive.writestr(part, b"<sst/>")

    def with_tags(count: int) -> bytes:
        def filled(name: str, held: bytes) -> bytes:
            return held + b"<" * (count - held.count(b"<")) if name == part else held

        return repacked(stream.getvalue(), filled)

    if part == "xl/worksheets/sheet1.xml":  # of which there may be twelve million
        monkeypatch.setattr("evidence.sources.workbooks._MOST_TAGS", limit)
    assert says in refusal(tmp_path, with_tags(limit + 1))
    assert "holds more than" not in told(tmp_path, with_tags(limit))


def test_what_lies_across_two_pieces_of_a_part_is_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("evidence.sources.workbooks._CHUNK", 3)
    for encoding in ("utf-8", "utf-16-le"):
        marked = in_sheet(partial(add, '<!DOCTYPE a [<!ENTITY b "x">]>'.encode(encoding)))
        assert "has a document type" in refusal(tmp_path, marked)
    book = small()
    book["Data"]["C5"] = "=C2+C4"
    (sheet,) = read(tmp_path, saved(book))
    assert sheet.unsaved == ("C5",)


def fuzz(folder: Path, times: int) -> tuple[int, int]:
    """How many mutated workbooks gave sheets, and how many one clear error."""
    chance = random.Random(11)
    whole = saved(small())

    def damaged(name: str, part: bytes) -> bytes:
        changed = bytearray(part)
        if chance.random() < 0.4:
            for _ in range(chance.randint(1, 4)):
                at = chance.randrange(len(changed))
                changed[at : at + chance.randint(0, 3)] = chance.randbytes(chance.randint(0, 3)) or b"9"
        return bytes(changed)

    read_well = refused = 0
    for number in range(times):
        content = bytearray(repacked(whole, damaged) if number % 2 else whole)
        if not number % 2:
            content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
        try:
            read(folder, bytes(content))
            read_well += 1
        except SheetError:
            refused += 1
    return read_well, refused


def test_damaged_workbooks_are_read_or_refused(tmp_path: Path) -> None:
    read_well, refused = fuzz(tmp_path, 40)
    assert read_well + refused == 40
    assert refused > 10


@pytest.mark.long
def test_20_000_damaged_workbooks_are_read_or_refused(tmp_path: Path) -> None:
    assert sum(fuzz(tmp_path, 20_000)) == 20_000
