"""How large a table's file may be and what its first lines tell: both sides of every bound."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from evidence.sources.cells import SheetError, SheetRow
from evidence.sources.sheets import read_sheets
from tests.evidence.sources.test_sheets import sheet
from tests.evidence.sources.test_workbooks import in_sheet, read, refusal, repacked, saved, small


def test_fifty_megabytes_are_read(tmp_path: Path) -> None:
    path = tmp_path / "large.csv"
    for size, says in ((50_000_000, "is no table of text"), (50_000_001, "is larger than 50 MB")):
        with path.open("wb") as stream:
            stream.truncate(size)
        with pytest.raises(SheetError, match=says):
            read_sheets(path)


def test_a_million_cells_with_the_one_that_ends_the_table_are_read(tmp_path: Path) -> None:
    assert sheet(tmp_path, b"a,b\n1,2\n" + b"," * 999_994).header == ("a", "b")
    with pytest.raises(SheetError, match="holds more than 1,000,000 cells"):
        sheet(tmp_path, b"a,b\n1,2\n" + b"," * 999_995)


def test_lines_before_the_one_that_says_the_separator_are_counted(tmp_path: Path) -> None:
    for text, row in (
        ("sep=;\na,b;c\n1;2\n", 2),
        ('\n"sep=;"\na,b;c\n1;2\n', 3),
        ("\r\nsep=;\r\na,b;c\r\n1;2", 3),
    ):
        read_well = sheet(tmp_path, text)
        assert (read_well.header, read_well.header_row) == (("a,b", "c"), row)
        assert read_well.rows == (SheetRow(row + 1, ("1", "2")),)


def test_the_separator_is_the_one_that_cuts_most_rows_alike_and_then_the_widest(tmp_path: Path) -> None:
    assert sheet(tmp_path, "a;b,c\n1;2,3\n4;5,6\n").header == ("a;b", "c"), "as alike, the first"
    assert sheet(tmp_path, "a;b;c,d\n1;2;3,4\n").header == ("a", "b", "c,d"), "as alike, the widest"
    assert sheet(tmp_path, "a;b;c,d\n1,2\n3,4\n").header == ("a;b;c", "d"), "the most rows"
    assert sheet(tmp_path, "x\ny\na;b\n1;2\n").header == ("a", "b")
    assert sheet(tmp_path, "a;b\n1;2;3,4\n").header == ("a", "b", ""), "of two widths the larger"
    assert sheet(tmp_path, "a;b;c\n1;2;3,4\n5;6,7\n").header == ("a", "b", "c"), "the commonest width"
    first = "1;2\n" * 100
    assert sheet(tmp_path, first + "1,2;3,4\n" * 100).header == ("1", "2")
    later = "1,2,3\n" * 201
    assert sheet(tmp_path, "a;b\n" * 200 + later).header == ("a", "b"), "of the first 200 rows"


def with_total(total: int, length: int | None = None) -> bytes:
    """A workbook whose parts have so many bytes together, and the file so many by a comment."""
    content = in_sheet(lambda part: part)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        missing = total - sum(part.file_size for part in archive.infolist())
    content = in_sheet(lambda part: part + b" " * missing)
    if length is None:
        return content
    stream = io.BytesIO(content)
    with zipfile.ZipFile(stream, "a") as archive:
        archive.comment = b"x" * (length - len(content))
    assert len(stream.getvalue()) == length
    return stream.getvalue()


def test_two_megabytes_may_be_any_times_the_size_and_more_up_to_200_times(tmp_path: Path) -> None:
    assert len(read(tmp_path, with_total(2_000_000))) == 1
    assert "more than 200 times its size" in refusal(tmp_path, with_total(2_000_001))
    assert len(read(tmp_path, with_total(4_000_000, 20_000))) == 1
    assert "more than 200 times its size" in refusal(tmp_path, with_total(4_000_001, 20_000))


def test_200_megabytes_and_5000_parts_are_not_too_many_yet(tmp_path: Path) -> None:
    content = bytearray(saved(small()))
    with zipfile.ZipFile(io.BytesIO(bytes(content))) as archive:
        *others, last = archive.infolist()
        rest = sum(part.file_size for part in others)
    at = content.rindex(b"PK\x01\x02")
    assert last.filename.encode() in content[at:]
    for total, says in ((200_000_000, "more than 200 times its size"), (200_000_001, "more than 200 MB")):
        content[at + 24 : at + 28] = (total - rest).to_bytes(4, "little")
        assert says in refusal(tmp_path, bytes(content))
    for parts, says in ((5_000, "is not a workbook that can be read"), (5_001, "5,000 parts")):
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w") as archive:
            for number in range(parts):
                archive.writestr(f"{number}", b"")
        assert says in refusal(tmp_path, stream.getvalue())


@pytest.mark.parametrize("cut", [1, 5, 8])
def test_a_document_type_is_seen_where_a_part_is_read_in_pieces(tmp_path: Path, cut: int) -> None:
    begins = b" " * (1_048_576 - cut) + b"<!DOCTYPE a>"
    assert "has a document type" in refusal(tmp_path, in_sheet(lambda part: begins + part))


def test_only_parts_of_xml_are_asked(tmp_path: Path) -> None:
    def marked(ending: str) -> bytes:
        return repacked(
            saved(small()), lambda name, part: b"<!DOCTYPE a>" + part if name.endswith(ending) else part
        )

    assert "has a document type" in refusal(tmp_path, marked(".rels"))
    stream = io.BytesIO(saved(small()))
    with zipfile.ZipFile(stream, "a") as archive:
        archive.writestr("picture.png", b"<!DOCTYPE a>")
    assert len(read(tmp_path, stream.getvalue())) == 1


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_without_its_mark_is_known_where_more_than_two_fifths_of_its_letters_are_latin(
    encoding: str, tmp_path: Path
) -> None:
    text = "a,b\n" + "α" * 59 + "," + "1" * 36
    assert (len(text), len(text.replace("α", ""))) == (100, 41)
    assert sheet(tmp_path, text.encode(encoding)).rows == (SheetRow(2, ("α" * 59, "1" * 36)),)
    fewer = text.replace("α,1", "αα,")
    assert (len(fewer), len(fewer.replace("α", ""))) == (100, 40)
    with pytest.raises(SheetError, match="is no table of text"):
        sheet(tmp_path, fewer.encode(encoding))
