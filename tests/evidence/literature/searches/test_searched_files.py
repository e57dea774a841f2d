"""A file of citations as the run of a search."""

from __future__ import annotations

import datetime
import hashlib
from pathlib import Path

import pytest

from evidence.literature.citation import Citation, CitationSource
from evidence.literature.searches.database_names import database_name
from evidence.literature.searches.searched_file import SearchedFile, digest_of, exported_on

NOW = datetime.datetime(2026, 11, 30, 12, tzinfo=datetime.UTC)


def searched(folder: Path, *databases: str, text: str = "") -> SearchedFile:
    path = folder / "a.ris"
    path.write_text(text)
    citations = [
        Citation(title="Iron", sources=(CitationSource("a.ris", n, name),))
        for n, name in enumerate(databases)
    ]
    return SearchedFile(path, citations, 3, "0123456789abcdef")


@pytest.mark.parametrize(
    ("databases", "named"),
    [
        ((), ""),
        (("", ""), ""),
        (("", "", "Scopus"), "Scopus"),
        (("Embase", "Scopus", "Scopus"), "Scopus"),
        (("Scopus", "Embase", "Embase"), "Embase"),
        (("Scopus", "Embase"), "Embase"),
        (("Embase", " PSYH ", "psyh"), "APA PsycInfo"),
        (("nlm ", "NLM"), "PubMed"),
        (("Nlm2",), "Nlm2"),
    ],
)
def test_a_run_names_the_database_of_most_of_its_records_and_of_two_the_first(
    tmp_path: Path, databases: tuple[str, ...], named: str
) -> None:
    file = searched(tmp_path, *databases)
    run = file.as_run(NOW, "database", None, "")
    assert (run.source, run.read, run.unreadable) == (named, len(databases), 3)
    assert (run.id, run.digest, run.file) == ("0123456789ab", "0123456789abcdef", "a.ris")
    assert file.as_run(NOW, "register", None, "CENTRAL").source == "CENTRAL"


def test_the_day_is_the_one_said_before_the_one_of_the_file_before_today(tmp_path: Path) -> None:
    stated = searched(tmp_path, text="Export Date: 12 May 2022\n")
    day = datetime.date(2020, 2, 29)
    run = stated.as_run(NOW, "website", day, "")
    assert (run.searched, run.dated, run.kind) == (day, True, "website")
    run = stated.as_run(NOW, "database", None, "")
    assert (run.searched, run.dated) == (datetime.date(2022, 5, 12), True)
    run = searched(tmp_path, text="Export Date: 31 June 2022\n").as_run(NOW, "database", None, "")
    assert (run.searched, run.dated) == (NOW.date(), False)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("N1  - Export Date: 3 September 2021; cited by 1", datetime.date(2021, 9, 3)),
        ("Export Date: 03 Sep 2021", datetime.date(2021, 9, 3)),
        ("Export Date: 31 June 2021\nExport Date: 30 June 2021", datetime.date(2021, 6, 30)),
        ("Export Date: 3 Sept 2021", None),
        ("Export Date: 3 September 20211", None),
        ("noExport Date: 3 September 2021", None),
        ("", None),
    ],
)
def test_a_day_of_an_export_is_read_with_the_whole_month_or_three_letters_of_it(
    tmp_path: Path, text: str, day: datetime.date | None
) -> None:
    (path := tmp_path / "a.ris").write_text(text)
    assert exported_on(path) == day


def test_records_of_known_bytes_have_the_name_and_the_run_they_had(tmp_path: Path) -> None:
    file = searched(tmp_path, "Scopus", "Embase")
    run = file.as_run(NOW, "database", None, "")
    (tmp_path / "a.ris").rename(tmp_path / "b.ris")
    renamed = SearchedFile(tmp_path / "b.ris", file.citations, 3, file.digest)
    assert [each.sources for each in renamed.found_by(run)] == [
        (CitationSource("a.ris", 0, "Scopus", search="0123456789ab"),),
        (CitationSource("a.ris", 1, "Embase", search="0123456789ab"),),
    ]


def test_a_digest_is_the_sha_256_of_the_bytes(tmp_path: Path) -> None:
    """The value for 'abc' is of FIPS 180-4's examples."""
    (tmp_path / "a").write_bytes(b"abc")
    assert digest_of(tmp_path / "a").startswith("ba7816bf8f01cfea414140de5dae2223")
    (tmp_path / "a").write_bytes(b"\r\n\x00\xff" * 70_000)
    assert digest_of(tmp_path / "a") == hashlib.sha256(b"\r\n\x00\xff" * 70_000).hexdigest()


def test_a_database_that_has_no_known_code_stays_as_written() -> None:
    assert [database_name(each) for each in ("RZH", " s3h", " Scopus ")] == [
        "CINAHL",
        "SPORTDiscus with Full Text",
        " Scopus ",
    ]
