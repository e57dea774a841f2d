"""`notices`: what it reads, keeps and says, and how it refuses."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import pytest

from evidence.literature.searches.updating_searches import SERVICES
from synthesis.__main__ import main
from tests.evidence.literature.searches.loopback import Services, sent, services_running
from tests.evidence.literature.searches.settings import Clock
from tests.evidence.literature.test_notice_files import ROWS, table
from tests.evidence.literature.test_noticed import DOI, review
from tests.synthesis.commands.running import called


def test_notices_about_the_review_are_kept_and_told(tmp_path: Path) -> None:
    folder = review(tmp_path / "r")
    row = "9,T,1/2/2020 0:00,10.1000/n,0,10.1000/LEE,0,Retraction,"
    file = table(tmp_path, *ROWS, row, "10,T,,,,,0,Retraction,")
    done = called(
        main,
        "literature",
        "notices",
        file,
        "--as-of",
        "2026-11-30",
        "--review",
        folder,
        cwd=tmp_path,
        COLUMNS="300",
    )
    path = folder / "literature" / "notices.yaml"
    assert (done.returncode, done.stdout.splitlines()) == (
        0,
        [
            f"5 notices read, 1 about the reports of 1 record: {path}",
            "  retraction of 10.1000/lee",
            "python -m synthesis check says what they mean for the records.",
        ],
    )
    assert "table.csv:7: not read: it names no paper" in done.stderr
    kept = path.read_text(encoding="utf-8")
    assert "searched:\n  Retraction Watch: 2026-11-30\n" in kept
    assert kept.count("- kind:") == 1
    checked = called(main, "check", folder, cwd=tmp_path)
    assert checked.returncode == 1
    assert "[notice-of-retraction]" in checked.stdout


def test_where_nothing_is_about_the_review_the_day_is_kept(tmp_path: Path) -> None:
    folder = review(tmp_path / "r")
    done = called(
        main,
        "literature",
        "notices",
        table(tmp_path, *ROWS),
        "--as-of",
        "2026-12-01",
        "--review",
        folder,
        cwd=tmp_path,
    )
    assert done.returncode == 0
    assert "4 notices read, 0 about the reports of 1 record" in done.stdout
    assert "check says" not in done.stdout
    assert "Retraction Watch: 2026-12-01" in (folder / "literature" / "notices.yaml").read_text(
        encoding="utf-8"
    )


def test_more_than_ten_rows_that_are_not_read_are_counted(tmp_path: Path) -> None:
    file = table(tmp_path, *["1,T,,,,,0,Retraction,"] * 13)
    folder = review(tmp_path / "r")
    done = called(
        main, "literature", "notices", file, "--as-of", "2026-11-30", "--review", folder, cwd=tmp_path
    )
    assert done.stderr.count("not read: it names") == 10
    assert "and 3 more rows that were not read" in done.stderr


@pytest.fixture
def crossref(monkeypatch: pytest.MonkeyPatch) -> Iterator[Services]:
    monkeypatch.setattr("evidence.literature.searches.service_requests.time", Clock())
    monkeypatch.delenv("SYNTHESIS_EMAIL", raising=False)
    with services_running() as services:
        there = replace(SERVICES["Crossref"], base=services.addresses["Crossref"])
        monkeypatch.setitem(SERVICES, "Crossref", there)
        yield services


def test_crossref_is_asked_about_the_papers_of_the_records(
    tmp_path: Path, shared: Path, crossref: Services
) -> None:
    folder = review(tmp_path / "r")
    answer = json.loads((shared / "imports/api/crossref/retracted_work_updated-by.json").read_text())
    crossref.registered[DOI] = {**answer["message"], "DOI": DOI}
    crossref.faults = [sent(b"busy", 503)]
    words = ("literature", "notices", "--fetch", "--review", folder)
    done = called(main, *words, cwd=tmp_path, COLUMNS="300")
    path = folder / "literature" / "notices.yaml"
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        "1 DOI asked at Crossref",
        f"2 notices read, 2 about the reports of 1 record: {path}",
        f"  correction of {DOI}",
        f"  retraction of {DOI}",
        "python -m synthesis check says what they mean for the records.",
    ]
    assert f"Crossref (retraction-watch): {datetime.date.today()}" in path.read_text()
    assert "[notice-of-retraction]" in called(main, "check", folder, cwd=tmp_path).stdout
    before = path.read_bytes()
    assert called(main, *words, cwd=tmp_path).returncode == 0
    assert path.read_bytes() == before
    assert set(crossref.paths()) == {f"/crossref/works/{quote(DOI, safe='')}"}


def test_a_doi_that_crossref_does_not_know_is_named(tmp_path: Path, crossref: Services) -> None:
    folder = review(tmp_path / "r")
    done = called(main, "literature", "notices", "--fetch", "--review", folder, cwd=tmp_path, COLUMNS="300")
    assert done.returncode == 0
    assert f"  not registered there: {DOI}\n" in done.stdout
    assert f"Crossref: {datetime.date.today()}" in (folder / "literature" / "notices.yaml").read_text()


def test_a_fault_of_crossref_leaves_the_notices_as_they_are(tmp_path: Path, crossref: Services) -> None:
    folder = review(tmp_path / "r")
    before = (folder / "literature" / "notices.yaml").read_bytes()
    words = ("literature", "notices", "--fetch", "--review", folder)
    crossref.registered[DOI] = {"no": "work"}
    for fault, says in (
        ([sent(b'{"message": "No robots"}', 403)], "Crossref answers 403: No robots"),
        ([sent(b"", 500)] * 6, "Crossref answers 500, 6 times; try again later"),
        ([], "Crossref sends no work, 6 times; try again later"),
    ):
        crossref.faults = [*fault]
        done = called(main, *words, cwd=tmp_path, COLUMNS="300")
        assert (done.returncode, done.stderr) == (1, f"error: {says}\n")
        assert (folder / "literature" / "notices.yaml").read_bytes() == before


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ((), "give files of notices, or --fetch to ask Crossref"),
        (("table.csv", "--fetch"), "give files of notices, or --fetch to ask Crossref"),
        (("--fetch", "--as-of", "2026-11-30"), "--as-of is of files"),
        (("table.csv",), "say with --as-of of which day the files are"),
    ],
)
def test_files_have_a_day_and_what_is_fetched_is_of_today(
    tmp_path: Path, words: tuple[str, ...], says: str
) -> None:
    done = called(main, "literature", "notices", *words, "--review", review(tmp_path / "r"), cwd=tmp_path)
    assert (done.returncode, done.stderr) == (2, f"error: {says}\n")


@pytest.mark.parametrize(
    ("file", "day", "says", "code"),
    [
        ("none.csv", "2026-11-30", "'none.csv' cannot be read: no such file", 1),
        ("table.csv", "30.11.2026", "--as-of '30.11.2026' is no day; expected e.g. 2026-11-30", 2),
        ("other.csv", "2026-11-30", "'other.csv' has no column RetractionDate", 1),
    ],
)
def test_what_cannot_be_read_is_refused_and_the_kept_notices_stay(
    tmp_path: Path, file: str, day: str, says: str, code: int
) -> None:
    folder = review(tmp_path / "r")
    table(tmp_path, *ROWS)
    (tmp_path / "other.csv").write_text("a,b\n", encoding="utf-8")
    before = (folder / "literature" / "notices.yaml").read_bytes()
    done = called(
        main, "literature", "notices", file, "--as-of", day, "--review", folder, cwd=tmp_path, COLUMNS="200"
    )
    assert (done.returncode, done.stdout) == (code, "")
    assert done.stderr.startswith(f"error: {says}")
    assert (folder / "literature" / "notices.yaml").read_bytes() == before
