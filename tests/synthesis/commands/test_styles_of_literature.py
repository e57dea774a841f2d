"""What stands out from searches to drafts: 1 bold, 2 dim, 32 green, 33 yellow, 36 cyan."""

from __future__ import annotations

import io
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from evidence.literature.searches import updating_searches
from synthesis.terminal import console, errors
from tests.evidence.literature.screening.screened import review_with_works, say
from tests.evidence.literature.searches.loopback import Work, services_running
from tests.synthesis.commands.running import synthesis
from tests.synthesis.commands.test_import import put, run
from tests.synthesis.commands.test_literature import DOUBT, ONE, review_with
from tests.synthesis.commands.test_update_literature import SAVED
from tests.synthesis.living.reviews import study, write

Shown = Callable[..., None]


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> Iterator[Shown]:
    """Asserts that words were printed, each in its style; forgets what was printed before."""
    for each in (console, errors):
        monkeypatch.setattr(each, "record", True)
        each.export_text(clear=True)

    def check(*wanted: tuple[str, str]) -> None:
        styled = "".join(each.export_text(clear=False, styles=True) for each in (console, errors))
        assert [(code, words) for code, words in wanted if f"\x1b[{code}m{words}" not in styled] == []

    yield check
    for each in (console, errors):
        each.export_text(clear=True)


def test_of_exports_what_was_not_read_and_what_is_in_doubt_has_a_colour(tmp_path: Path, shown: Shown) -> None:
    review = review_with(tmp_path, a=ONE + DOUBT + "TY  - JOUR\nER  -\n" * 25)
    synthesis("literature", "import", "../a.ris", cwd=review)
    synthesis("literature", "duplicates", cwd=review)
    synthesis("literature", "duplicates", "--same", "doi:10.1000/a", "doi:10.1000/b", cwd=review)
    synthesis("literature", "duplicates", cwd=review)
    shown(
        ("33", "not read: a.ris, line"),
        ("33", "not read: 5 more"),
        ("33", "not stated when they were searched"),
        ("1", "2 works in all"),
        ("1;33", "1 pair may be one work"),
        ("1", "the same title and place"),
        ("36", "  doi:10.1000/a"),
        ("1;32", "doi:10.1000/a and doi:10.1000/b are same"),
        ("1;32", "no pair is doubtful"),
    )


def test_while_screening_questions_stand_back_and_decisions_are_green(
    tmp_path: Path, shown: Shown, monkeypatch: pytest.MonkeyPatch
) -> None:
    review_with_works(tmp_path / "r", 5, "reviewers: 2")
    say(tmp_path / "r", "ana", "pmid:9", "include")

    def screen(keys: str, *words: str) -> None:
        monkeypatch.setattr("sys.stdin", io.StringIO("".join(f"{key}\n" for key in keys)))
        synthesis("screen", "--review", "r", "--reviewer", *words, cwd=tmp_path)

    screen("?xie9\rq", "Ana")
    screen("eq", "Bo", "--conflicts")
    screen("e\req", "Bo")
    screen("iq", "Bo", "--conflicts")
    shown(
        ("2", "in the order of their ids"),
        ("36", "1 of 5 · title · ana"),
        ("2", "i include   e exclude"),
        ("33", "i  include: it goes on"),
        ("33", "? explains the keys"),
        ("2", "  Enter no reason, z back"),
        ("33", "a number from 1 to 6"),
        ("32", "excluded"),
        ("32", "included"),
        ("1", "ana, title: 1 include, 1 exclude"),
        ("33", "no one citation has the id pmid:9"),
        ("1;32", "no conflict waits at stage title"),
        ("36", "conflict 1 of 1 · title"),
        ("36", "ana: include on"),
        ("1", "1 conflict settled, 0 left"),
    )
    monkeypatch.setitem(sys.modules, "sklearn.feature_extraction.text", None)
    screen("q", "Bo")
    shown(("33", "citations come in the order of their ids: ordering by relevance needs"))


def test_a_settled_conflict_is_green(tmp_path: Path, shown: Shown, monkeypatch: pytest.MonkeyPatch) -> None:
    review_with_works(tmp_path / "r", 5, "reviewers: 2")
    say(tmp_path / "r", "ana", "pmid:1000", "include")
    say(tmp_path / "r", "bo", "pmid:1000", "exclude")
    monkeypatch.setattr("sys.stdin", io.StringIO("i\n"))
    synthesis("screen", "--review", "r", "--reviewer", "Bo", "--conflicts", cwd=tmp_path)
    shown(("32", "included"))


def test_of_saved_searches_remarks_are_yellow_and_counts_bold(
    tmp_path: Path, shown: Shown, monkeypatch: pytest.MonkeyPatch
) -> None:
    review = review_with(tmp_path)
    path = review / "review.yaml"
    path.write_text(path.read_text(encoding="utf-8") + SAVED, encoding="utf-8")
    monkeypatch.setattr("evidence.literature.searches.service_requests.time.sleep", lambda _: None)
    with services_running([Work(number) for number in range(1, 30)]) as running:
        running.lost = set(range(1, 26))
        pubmed = replace(updating_searches.SERVICES["PubMed"], base=running.addresses["PubMed"])
        monkeypatch.setitem(updating_searches.SERVICES, "PubMed", pubmed)
        synthesis("literature", "update", "pubmed", cwd=review)
    shown(
        ("33", "pubmed: PubMed gives no record of PMID"),
        ("33", "pubmed: 5 more remarks"),
        ("1", "pubmed (PubMed): "),
    )


def test_drafts_are_green_and_counted_in_bold_and_where_they_wait_that_stands_back(
    tmp_path: Path, shown: Shown
) -> None:
    before = write(tmp_path / "before", abel=study("abel", "0.50"))
    review = write(tmp_path / "r", abel=study("abel", "0.50"))
    (tmp_path / "a.ris").write_text(ONE + DOUBT.replace("Hemoglobin", "Iron"), encoding="utf-8")
    synthesis("literature", "import", "../a.ris", cwd=review)
    for name in ("doi:10.1000/a", "doi:10.1000/b"):
        for stage in ("title", "full text"):
            folder = review / "literature" / "screening"
            folder.mkdir(exist_ok=True)
            with (folder / "ana.tsv").open("a", encoding="utf-8") as file:
                file.write(f"2026-11-30T12:00:00Z\t{stage}\t{name}\tinclude\t\n")
    synthesis("literature", "draft", "doi:10.1000/b", "--to", "abel", cwd=review)
    shutil.copytree(before / "studies", review / "studies", dirs_exist_ok=True)
    synthesis("literature", "draft", "doi:10.1000/a", "--new", cwd=review)
    synthesis("diff", before, review, cwd=tmp_path)
    shown(
        ("1;32", "wrote studies/abel.yaml: report "),
        ("1;32", "wrote drafts/"),
        ("1", "1 included citation: 1 drafted"),
        ("2", " 1 draft waits, and no result has anything of a draft"),
    )


def test_what_rows_of_a_study_say_in_two_ways_is_yellow(tmp_path: Path, shown: Shown) -> None:
    put(tmp_path, "study,country,sex,OR,lower,upper\nA 2010,KR,men,2,1,4\nA 2010,JP,women,3,1,9\n")
    run(tmp_path, "t.csv", "--review", "r", "--set", "outcome=o", "--yes")
    shown(("33", "a-2010: country is 'KR'"))
