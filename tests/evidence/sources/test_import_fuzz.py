"""Files that are damaged in any way give records or one clear refusal, and nothing else."""

from __future__ import annotations

import io
import random
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from openpyxl import Workbook
from pydantic import ValidationError

from evidence.sources.cells import SheetError
from tests.evidence.sources.importing import imported

ROWS = (
    ("study", "year", "outcome", "n1", "mean1", "sd1", "n2", "mean2", "sd2"),
    ("Ås 2010", "2010", "BMD", "40", "0.84", "0.12", "41", "0.80", "0.11"),
    ("Berg 2012", "2012", "BMD, hip", "1,234", "0.91", "0.20", "1200", "0.90", "0.22"),
    ("C 2015", "", "NR", "12", "5.2 ± 1.1", "", "13", "−4.9", "1.0"),
)
RM5 = """<?xml version="1.0" encoding="UTF-8"?>
<COCHRANE_REVIEW><COVER_SHEET><TITLE>Zinc for colds</TITLE></COVER_SHEET>
<STUDIES_AND_REFERENCES><STUDY ID="STD-A-2001" NAME="Abel 2001" YEAR="2001">
<REFERENCE PRIMARY="YES"><AU>Abel A</AU><TI>Zinc</TI><SO>J</SO><YR>2001</YR></REFERENCE></STUDY>
<STUDY ID="STD-B-2002" NAME="Berg 2002" YEAR=""/></STUDIES_AND_REFERENCES>
<QUALITY_ITEM><NAME>Blinding</NAME>
<QUALITY_ITEM_DATA_ENTRY STUDY_ID="STD-A-2001" RESULT="YES"/></QUALITY_ITEM>
<COMPARISON NO="1"><DICH_OUTCOME NO="1" EFFECT_MEASURE="RR"><NAME>Cough</NAME><DICH_SUBGROUP><NAME>Men</NAME>
<DICH_DATA STUDY_ID="STD-A-2001" EVENTS_1="4" EVENTS_2="9" TOTAL_1="40" TOTAL_2="41"/></DICH_SUBGROUP>
<DICH_DATA STUDY_ID="STD-B-2002" EVENTS_1="0" EVENTS_2="9" TOTAL_1="40" TOTAL_2="41"/></DICH_OUTCOME>
<CONT_OUTCOME NO="2" EFFECT_MEASURE="MD"><NAME>Days</NAME><CONT_DATA STUDY_ID="STD-A-2001" MEAN_1="4.1"
MEAN_2="5" SD_1="1.0" SD_2="1.2" TOTAL_1="40" TOTAL_2="41"/></CONT_OUTCOME>
<IV_OUTCOME NO="3" EFFECT_MEASURE="HR"><NAME>Cure</NAME><IV_DATA STUDY_ID="STD-B-2002" ESTIMATE="-0.2"
SE="0.1"/></IV_OUTCOME></COMPARISON></COCHRANE_REVIEW>
"""
WEB = (
    "Analysis group,Analysis number,Analysis name,Subgroup,Applicability,Study,Study year,GIV Mean,GIV SE,"
    "Experimental mean,Experimental SD,Experimental cases,Experimental N,Control mean,Control SD,"
    "Control cases,Control N,O-E,Variance,Weight,Mean,CI start,CI end,Footnotes\n"
    "1,1,Cough,,OVERALL,Abel 2001,2001,0,0,0,0,4,40,0,0,9,41,0,0,50,0.455556,0.15,1.36,\n"
    "1,2,Days,Men,OVERALL,Berg 2002,2002,0,0,4.1,1.0,0,40,5,1.2,0,41,0,0,50,-0.9,-1.4,-0.4,\n"
)


def as_csv(chance: random.Random) -> bytes:
    separator = chance.choice(",;\t|")
    quoted = (";".join(f'"{cell}"' for cell in row).replace(";", separator) for row in ROWS)
    return "\n".join(quoted).encode(chance.choice(["utf-8", "utf-8-sig", "utf-16", "cp1252"]), "replace")


def as_xlsx(chance: random.Random) -> bytes:
    book, stream = Workbook(), io.BytesIO()
    assert book.active is not None
    for row in ROWS:
        book.active.append(row)
    book.save(stream)
    return stream.getvalue()


XLSX = as_xlsx(random.Random(0))


def as_package(chance: random.Random) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as package:
        package.writestr("a/1-data-rows.csv", WEB)
        package.writestr("b/1-study-information.csv", "Study,Year\nAbel 2001,2001\n")
        package.writestr("b/1-risk-of-bias.csv", "Study,Domain (judgement): Blinding\nAbel 2001,Low risk\n")
    return stream.getvalue()


KINDS: dict[str, Callable[[random.Random], bytes]] = {
    "csv": as_csv,
    "xlsx": lambda chance: XLSX,
    "rm5": lambda chance: RM5.encode(),
    "zip": as_package,
}
PIECES = (
    *(
        b"",
        b",",
        b";",
        b'"',
        b"\n",
        b"\0",
        b"\xff\xfe",
        b"<",
        b">",
        b"&",
        b"&a;",
        b"1e999",
        b"nan",
        b"-",
        b"9" * 40,
    ),
    *(
        b"\xc3\xa9",
        b"(0.5-1.2)",
        b"12/40",
        b"<!DOCTYPE a [<!ENTITY b 'c'>]>",
        b"PK\x03\x04",
        b"0",
        b"../../x",
    ),
)


def damaged(content: bytes, chance: random.Random) -> bytes:
    """A copy with one to six pieces cut out, doubled, moved or replaced, or with an early end."""
    for _ in range(chance.randint(1, 6)):
        first, last = sorted(chance.choices(range(len(content) + 1), k=2))
        last = min(last, first + chance.choice((1, 1, 4, 30, 400)))
        piece = content[first:last]
        content = content[:first] + chance.choice((*PIECES, piece * 2, piece[::-1])) + content[last:]
        if chance.random() < 0.05:
            content = content[:first]
    return content


def damaged_inside(content: bytes, chance: random.Random) -> bytes:
    """The same archive with one part damaged, so that what unpacks it finds nothing wrong."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(stream, "w") as new:
        parts = old.namelist()
        hurt = chance.choice([each for each in parts if "sheet1" in each or each.endswith(".csv")] + parts)
        for each in parts:
            new.writestr(each, damaged(old.read(each), chance) if each == hurt else old.read(each))
    return stream.getvalue()


VALUES = (
    "",
    "0",
    "-1",
    "1e999",
    "nan",
    "NO",
    "YES",
    "40.0",
    "4,1",
    "9" * 40,
    "STD-B-2002",
    "x",
    "٣",
    "1e-400",
)


def other_values(content: bytes, chance: random.Random) -> bytes:
    """Well-formed XML in which some values are others."""
    text = content.decode()
    for _ in range(chance.randint(1, 4)):
        spots = list(re.finditer(r'(?<=")[^"<>]*(?=")|(?<=>)[^<>]+(?=<)', text))
        spot = chance.choice(spots[4:])
        text = text[: spot.start()] + chance.choice(VALUES) + text[spot.end() :]
    return text.encode()


def some_damaged(kind: str, chance: random.Random) -> bytes:
    content = KINDS[kind](chance)
    if kind == "rm5" and chance.random() < 0.7:
        return other_values(content, chance)
    inside = kind in ("xlsx", "zip") and chance.random() < 0.7
    return damaged_inside(content, chance) if inside else damaged(content, chance)


def came_in(path: Path) -> bool:
    """Whether records come of a file; else it was refused in words."""
    try:
        records, skipped = imported(path, measure="MD")
    except SheetError as refused:
        return refused.says == ""
    except ValidationError:
        return False  # a record that the schema refuses, which `import` tells with the study's name
    assert all(each.why and each.at for each in skipped)
    return bool(records)


@pytest.mark.parametrize("kind", KINDS)
def test_files_that_are_not_damaged_come_in(kind: str, tmp_path: Path) -> None:
    path = tmp_path / f"a.{kind}"
    path.write_bytes(KINDS[kind](random.Random(1)))
    assert came_in(path)


@pytest.mark.long
@pytest.mark.parametrize("kind", KINDS)
def test_damaged_files_give_records_or_one_refusal(kind: str, tmp_path: Path) -> None:
    chance, path = random.Random(6102), tmp_path / f"a.{kind}"
    tried = came = 0
    for _ in range(700):
        path.write_bytes(some_damaged(kind, chance))
        came += came_in(path)
        tried += 1
    assert tried == 700
    assert 0 < came < tried
