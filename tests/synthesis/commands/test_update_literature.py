"""`literature update`: what a user sees of saved searches."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from evidence.literature.searches import updating_searches
from evidence.literature.searches.search_log import read_runs
from tests.evidence.literature.searches.loopback import Services, Work, sent, services_running
from tests.synthesis.commands.running import synthesis

SAVED = """searches:
  - {name: pubmed, service: PubMed, query: bone AND iron}
  - name: crossref
    service: Crossref
    query: bone iron
    filter: type:journal-article
    since: 2026-01-01
"""


@pytest.fixture
def services(monkeypatch: pytest.MonkeyPatch) -> Iterator[Services]:
    monkeypatch.setattr("evidence.literature.searches.service_requests.time.sleep", lambda seconds: None)
    monkeypatch.delenv("SYNTHESIS_EMAIL", raising=False)
    with services_running([Work(1), Work(2, title="\x1b[31mRed [bold]bone[/bold]")]) as running:
        there = {
            name: replace(service, base=running.addresses[name])
            for name, service in updating_searches.SERVICES.items()
        }
        monkeypatch.setattr(updating_searches, "SERVICES", there)
        yield running


@pytest.fixture
def review(tmp_path: Path) -> Path:
    synthesis("init", "r", cwd=tmp_path)
    path = tmp_path / "r" / "review.yaml"
    path.write_text(path.read_text() + SAVED)
    return tmp_path / "r"


def test_an_update_says_what_came_by_which_search(services: Services, review: Path) -> None:
    done = synthesis("literature", "update", cwd=review)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        "pubmed (PubMed): 2 records found: 2 new, 0 joined with another record, 0 known before",
        "  doi:10.1000/w1  Hemoglobin and bone loss, part 1 of a long series & more",
        "  doi:10.1000/w2  [31mRed [bold]bone[/bold]",
        "crossref (Crossref, registered since 2026-01-01): 2 records found: 0 new, 2 joined with another "
        "record, 0 known before",
    ]
    assert {run.search for run in read_runs(review)} == {"pubmed", "crossref"}
    today = datetime.date.today()
    services.works = [Work(number, today) for number in (1, 2, *range(10, 40))]
    again = synthesis("literature", "update", "pubmed", cwd=review)
    since = today - datetime.timedelta(days=14)
    assert again.stdout.splitlines()[0] == (
        f"pubmed (PubMed, made, entered or given MeSH terms since {since}): 32 records found: 30 new, 0 "
        "joined with another record, 2 known before"
    )
    assert again.stdout.splitlines()[-1] == "  and 10 more"
    assert len(again.stdout.splitlines()) == 22


def test_an_update_that_breaks_off_says_so_and_the_others_are_done(services: Services, review: Path) -> None:
    services.faults = [None] + [sent(b"oops", 500)] * 6
    done = synthesis("literature", "update", cwd=review)
    assert done.returncode == 1
    assert done.stderr == "error: pubmed is not complete: PubMed answers 500, 6 times; try again later\n"
    assert done.stdout.startswith("crossref (Crossref")
    assert synthesis("literature", "update", cwd=review).returncode == 0


def test_without_a_network_it_says_what_can_be_done(services: Services, review: Path) -> None:
    with services_running() as gone:
        host = gone.address.removeprefix("http://")
    for name, service in updating_searches.SERVICES.items():
        updating_searches.SERVICES[name] = replace(service, base=f"http://{host}/")
    done = synthesis("literature", "update", cwd=review)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines() == [
        f"error: pubmed is not complete: PubMed ({host}) cannot be reached: has no connection",
        f"error: crossref is not complete: Crossref ({host}) cannot be reached: has no connection",
        "error: without a network: search at the service's site, export what it finds, and use: python -m "
        "synthesis literature import FILE --searched DATE",
    ]


def test_many_remarks_are_told_in_few_lines(services: Services, review: Path) -> None:
    services.works = [Work(number) for number in range(1, 30)]
    services.lost = set(range(1, 26))
    done = synthesis("literature", "update", "pubmed", cwd=review)
    assert done.stdout.count("pubmed: PubMed gives no record of PMID") == 20
    assert "pubmed: 5 more remarks" in done.stdout
    assert "0 known before, 25 unreadable" in done.stdout


def test_what_is_not_there_is_said_with_exit_code_2(services: Services, review: Path, tmp_path: Path) -> None:
    unknown = synthesis("literature", "update", "pubmet", cwd=review)
    assert (unknown.returncode, unknown.stderr) == (
        2,
        "error: no search is called 'pubmet'; did you mean 'pubmed'?\n",
    )
    other = synthesis("literature", "update", "zzz", cwd=review)
    assert other.stderr == "error: no search is called 'zzz'; one of: pubmed, crossref\n"
    nowhere = synthesis("literature", "update", cwd=tmp_path)
    assert (nowhere.returncode, nowhere.stderr) == (
        2,
        "error: no review.yaml is here; name the review with --review DIR\n",
    )
    path = review / "review.yaml"
    path.write_text(path.read_text().replace(SAVED, ""))
    none = synthesis("literature", "update", cwd=review)
    assert none.returncode == 2
    assert none.stderr.startswith("error: no search is saved in review.yaml; write for example:\nsearches:\n")
    assert services.asked == []


def test_a_fault_of_review_yaml_is_told_with_its_line(services: Services, review: Path) -> None:
    path = review / "review.yaml"
    whole = path.read_text()
    lines = whole.splitlines()
    for old, new, where, says in (
        ("name: crossref", "name: pubmed", "  - name: crossref", "two searches are called 'pubmed'"),
        (
            "PubMed, query",
            "PubMed, filter: x, query",
            "  - {name: pubmed",
            "PubMed has no 'filter' beside its query",
        ),
        ("service: Crossref", "service: Scopus", "    service: Crossref", "PubMed"),
        ("query: bone iron", "query: ''", "    query: bone iron", ""),
    ):
        path.write_text(whole.replace(old, new))
        done = synthesis("literature", "update", cwd=review)
        line = next(at for at, each in enumerate(lines, 1) if each.startswith(where))
        assert done.returncode == 2
        assert f"review.yaml:{line}" in done.stderr
        assert says in done.stderr
        assert done.stderr.endswith("error: nothing was asked: mend review.yaml first\n")
        checked = synthesis("check", ".", cwd=review)
        assert f"review.yaml:{line}" in checked.stdout
    assert services.asked == []


def test_a_store_that_cannot_be_read_is_one_line(services: Services, review: Path) -> None:
    (review / "literature").mkdir()
    (review / "literature" / "searches.jsonl").write_text("{\n")
    done = synthesis("literature", "update", cwd=review)
    assert done.returncode == 1
    assert "searches.jsonl', line 1: invalid JSON" in done.stderr
    assert done.stderr.count("\n") == 1


def test_the_help_teaches_how_a_search_is_saved(tmp_path: Path) -> None:
    shown = " ".join(synthesis("literature", "update", "--help", cwd=tmp_path).stdout.split())
    for words in (
        "service: PubMed, query:",
        "NCBI_API_KEY",
        "Exit code 0:",
        "literature import FILE --searched",
    ):
        assert words in shown
