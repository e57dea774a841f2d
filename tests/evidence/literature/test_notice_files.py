"""Tables of Retraction Watch and works of Crossref: every notice, and every row that is none."""

from __future__ import annotations

import datetime
import json
from pathlib import Path
from typing import Any

import pytest

from evidence.literature.notice_files import NoticesError, UnreadNotice, read_notices
from evidence.literature.published_notices import Notice

HEADER = (
    "Record ID,Title,RetractionDate,RetractionDOI,RetractionPubMedID,OriginalPaperDOI,OriginalPaperPubMedID,"
    "RetractionNature,Reason"
)
ROWS = (
    '1,"A title, with a comma",8/16/2023 0:00,10.1000/N1,0,10.1000/P1,0,Retraction,+Error in Data;+Fraud;',
    "2,B,2/6/2010 0:00,unavailable,5,unavailable,77,Expression of concern,",
    "3,C,,,,https://doi.org/10.1000/P3,0,Correction,",
    "4,D,2020-03-01,,,10.1000/p4,0,Reinstatement,",
)


def table(folder: Path, *rows: str, header: str = HEADER, encoding: str = "utf-8") -> Path:
    path = folder / "table.csv"
    path.write_bytes(("\r\n".join((header, *rows)) + "\r\n").encode(encoding))
    return path


def test_every_row_of_the_table_is_a_notice(tmp_path: Path) -> None:
    assert list(read_notices(table(tmp_path, *ROWS))) == [
        Notice(
            kind="retraction",
            doi="10.1000/p1",
            on=datetime.date(2023, 8, 16),
            notice="10.1000/n1",
            reasons=("Error in Data", "Fraud"),
            source="Retraction Watch",
            id="1",
        ),
        Notice(
            kind="expression of concern",
            pmid=77,
            on=datetime.date(2010, 2, 6),
            source="Retraction Watch",
            id="2",
        ),
        Notice(kind="correction", doi="10.1000/p3", source="Retraction Watch", id="3"),
        Notice(
            kind="reinstatement",
            doi="10.1000/p4",
            on=datetime.date(2020, 3, 1),
            source="Retraction Watch",
            id="4",
        ),
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_the_table_is_read_in_the_encodings_it_has_had(tmp_path: Path, encoding: str) -> None:
    row = "1,Müller,1/2/2020 0:00,,,10.1000/p,0,Retraction,+Fälschung;"
    (found,) = read_notices(table(tmp_path, row, encoding=encoding))
    assert isinstance(found, Notice)
    assert found.reasons == ("Fälschung",)
    assert found.on == datetime.date(2020, 1, 2)


def test_a_byte_that_no_encoding_has_costs_one_letter(tmp_path: Path) -> None:
    row = "1,B,1/2/2020 0:00,,,10.1000/p,0,Retraction,+F\x81lschung;"
    (found,) = read_notices(table(tmp_path, row, encoding="latin-1"))
    assert isinstance(found, Notice)
    assert found.reasons == ("F\ufffdlschung",)


def test_a_row_that_is_no_notice_is_named_with_its_line(tmp_path: Path) -> None:
    rows = (
        '1,"two\nlines",1/2/2020 0:00,,,10.1000/p,0,Retraction,',
        "2,B,1/2/2020 0:00,,,10.1000/p,0,Retracted,",
        "3,C,1/2/2020 0:00,,,unavailable,0,Retraction,",
        "4,D,31/12/2020 0:00,,,10.1000/p,0,Retraction,",
        ",,,,,,,,",
        "5,E",
    )
    path = table(tmp_path, *rows)
    found = list(read_notices(path))
    assert isinstance(found[0], Notice)
    kinds = "expected retraction, expression of concern, correction, reinstatement"
    assert found[1:] == [
        UnreadNotice(path, 4, f"its nature is 'Retracted'; {kinds}"),
        UnreadNotice(path, 5, "it names no paper: neither a DOI nor a PubMed number"),
        UnreadNotice(path, 6, "its day is '31/12/2020 0:00'; expected e.g. 8/16/2023"),
        UnreadNotice(path, 8, f"its nature is ''; {kinds}"),
    ]


def test_the_short_table_gives_a_notice_for_every_kind(tmp_path: Path) -> None:
    path = table(
        tmp_path, '"10.1000/P","Correction;Retraction"', '"","Retraction"', header='"doi","retractionwatch"'
    )
    first, second, unread = read_notices(path)
    assert isinstance(first, Notice)
    assert isinstance(second, Notice)
    assert [(one.kind, one.doi, one.source) for one in (first, second)] == [
        ("correction", "10.1000/p", "Retraction Watch (short table)"),
        ("retraction", "10.1000/p", "Retraction Watch (short table)"),
    ]
    assert isinstance(unread, UnreadNotice)
    assert unread.line == 3


def crossref(folder: Path, plain: Any) -> Path:
    path = folder / "work.json"
    path.write_text(json.dumps(plain), encoding="utf-8")
    return path


def update(doi: str, kind: str, *parts: int, **more: Any) -> dict[str, Any]:
    return {"DOI": doi, "type": kind, "updated": {"date-parts": [list(parts)]}, **more}


def test_a_work_is_updated_by_notices_and_a_notice_updates_works(tmp_path: Path) -> None:
    work = {
        "DOI": "10.1000/P",
        "updated-by": [
            update("10.1000/C", "correction", 2004, 3, 6, source="retraction-watch", **{"record-id": 17}),
            update("10.1000/A", "addendum", 2005),
            update("10.1000/W", "withdrawal", 2010, 2),
            update("10.1000/E", "expression_of_concern"),
        ],
    }
    notice = {"DOI": "10.1000/N", "update-to": [update("10.1000/Q", "partial-retraction", 2011, 5, 4)]}
    expected = [
        (
            "correction",
            "10.1000/p",
            "10.1000/c",
            datetime.date(2004, 3, 6),
            "Crossref (retraction-watch)",
            "17",
        ),
        ("retraction", "10.1000/p", "10.1000/w", datetime.date(2010, 2, 1), "Crossref (publisher)", None),
        ("expression of concern", "10.1000/p", "10.1000/e", None, "Crossref (publisher)", None),
        ("retraction", "10.1000/q", "10.1000/n", datetime.date(2011, 5, 4), "Crossref (publisher)", None),
    ]
    for shape in (
        [work, notice],
        {"message": {"items": [work, notice]}},
        [{"message": work}, {"message": notice}],
    ):
        found = [one for one in read_notices(crossref(tmp_path, shape)) if isinstance(one, Notice)]
        assert [(n.kind, n.doi, n.notice, n.on, n.source, n.id) for n in found] == expected


def test_a_month_or_a_year_stands_for_its_first_day(tmp_path: Path) -> None:
    parts = ((2004, 3, 6, 9), (2004, 3), (2004,), (2004, 13))
    work = {"DOI": "10.1000/p", "updated-by": [update("10.1000/n", "correction", *each) for each in parts]}
    found = [one.on for one in read_notices(crossref(tmp_path, work)) if isinstance(one, Notice)]
    assert [day and day.isoformat() for day in found] == ["2004-03-06", "2004-03-01", "2004-01-01", None]


@pytest.mark.parametrize(
    "plain",
    [
        {"DOI": "10.1000/p", "updated-by": "x"},
        {"DOI": "10.1000/p", "updated-by": ["x", {"DOI": "none", "type": "retraction"}]},
        {
            "DOI": "no",
            "updated-by": [{"DOI": "10.1000/n", "type": "retraction", "updated": {"date-parts": []}}],
        },
        {"DOI": "10.1000/p", "update-to": [{"DOI": "10.1000/n", "type": None}]},
    ],
)
def test_a_work_whose_updates_have_another_shape_gives_what_it_can(tmp_path: Path, plain: Any) -> None:
    assert [one for one in read_notices(crossref(tmp_path, plain)) if isinstance(one, Notice)] in (
        [],
        [Notice(kind="retraction", doi="10.1000/p", source="Crossref (publisher)")],
    )


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"a,b\n1,2\n", "has no column RetractionDate, OriginalPaperDOI"),
        (b"", "has no column"),
        (b"{not json", "is no JSON"),
        (b'{"a": 1}', "holds no work of Crossref"),
        (b"[" * 100_000, "is no JSON"),
    ],
)
def test_a_file_without_notices_is_refused_with_what_was_expected(
    tmp_path: Path, content: bytes, says: str
) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    with pytest.raises(NoticesError, match=says):
        list(read_notices(path))
