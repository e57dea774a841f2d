"""Pages that were fetched, on the disk: in their order, written anew, and whose run they are."""

from __future__ import annotations

import datetime
import hashlib
import json
import locale
from collections.abc import Iterator
from pathlib import Path

import pytest

from evidence.literature.citation_store import StoreError
from evidence.literature.searches.fetched_pages import FetchedRun, RunState, begun_run, fetching_alone
from evidence.literature.searches.services.search_service import ResultPage
from tests.evidence.literature.searches.settings import DAY, saved

SEARCH = saved("PubMed")
LATER = DAY + datetime.timedelta(days=2)


@pytest.fixture
def review(tmp_path: Path) -> Path:
    with fetching_alone(tmp_path):
        return tmp_path


@pytest.fixture
def only_ascii() -> Iterator[None]:
    """A locale in which a file without a named encoding is read as ASCII."""
    before = locale.setlocale(locale.LC_CTYPE)
    locale.setlocale(locale.LC_CTYPE, "C")
    yield
    locale.setlocale(locale.LC_CTYPE, before)


def test_a_new_run_asks_for_the_first_page_and_has_nothing(review: Path) -> None:
    run = begun_run(review, SEARCH, None, DAY)
    assert (run.since, run.begun, run.resumed) == (None, DAY, False)
    assert run.state == RunState(SEARCH.model_dump_json(), "", DAY.isoformat(), "*", 0, 0, 0, ())
    assert list(run.contents()) == []
    assert not run.folder.exists()  # until something came


def test_pages_that_were_kept_are_there_for_the_next_process(review: Path, only_ascii: None) -> None:
    run = begun_run(review, SEARCH, datetime.date(2026, 1, 2), DAY)
    run.keep(ResultPage(b"", "1", 9, remarks=("Größe",)))
    run.keep(ResultPage(b"one\r\n", "2", 5, missing=2))
    run.keep(ResultPage(b"two", "", 4, missing=1, remarks=("x", "y")))
    again = begun_run(review, SEARCH, None, LATER)
    assert (again.since, again.begun, again.resumed) == (datetime.date(2026, 1, 2), DAY, True)
    assert again.state == run.state
    assert (run.state.mark, run.state.pages, run.state.found, run.state.missing) == ("", 2, 4, 3)
    assert run.state.remarks == ("Größe", "x", "y")
    assert list(again.contents()) == [b"one\r\n", b"two"]
    assert again.digest() == hashlib.sha256(b"one\r\ntwo").hexdigest()
    names = sorted(path.name for path in run.folder.iterdir())
    assert names == ["000001.page", "000002.page", "run.json"]
    assert "Größe" in (run.folder / "run.json").read_text(encoding="utf-8")


def test_a_page_whose_mark_was_never_written_is_written_anew(review: Path) -> None:
    run = begun_run(review, SEARCH, None, DAY)
    run.keep(ResultPage(b"one", "2", 5))
    (run.folder / "000002.page").write_bytes(b"half of")  # a process that was killed behind it
    run.keep(ResultPage(b"two", "", 5))
    assert list(run.contents()) == [b"one", b"two"]


def test_a_run_that_begins_anew_is_no_resumed_one_and_keeps_its_question(review: Path) -> None:
    begun_run(review, SEARCH, datetime.date(2026, 1, 2), DAY).keep(ResultPage(b"one", "2", 5))
    run = begun_run(review, SEARCH, None, DAY)
    run.begin_anew(LATER)
    assert run.state == RunState(SEARCH.model_dump_json(), "2026-01-02", LATER.isoformat())
    assert (run.resumed, run.folder.exists()) == (False, False)


def test_another_question_drops_the_pages_of_the_one_before(review: Path) -> None:
    begun_run(review, SEARCH, None, DAY).keep(ResultPage(b"one", "2", 5))
    run = begun_run(review, saved("PubMed", query="zinc"), None, LATER)
    assert (run.begun, run.state.pages, run.resumed, run.folder.exists()) == (LATER, 0, False, False)


@pytest.mark.parametrize(
    "changed",
    [
        {"mark": 5},
        {"pages": "1"},
        {"pages": True},
        {"found": 5.0},
        {"missing": None},
        {"begun": ""},
        {"begun": "2026-02-30"},
        {"since": "2026-02-30"},
        {"remarks": 5},
        {"more": 1},
    ],
)
def test_a_state_that_is_damaged_is_none(review: Path, changed: dict[str, object]) -> None:
    begun_run(review, SEARCH, None, DAY).keep(ResultPage(b"one", "2", 5))
    path = review / "literature" / ".fetched" / "pubmed" / "run.json"
    kept = json.loads(path.read_text())
    path.write_text(json.dumps(kept | changed))
    assert begun_run(review, SEARCH, None, LATER).begun == LATER
    path.parent.mkdir()
    path.write_text(json.dumps(kept))
    assert begun_run(review, SEARCH, None, LATER).begun == DAY


def test_a_page_that_cannot_be_written_says_where(review: Path) -> None:
    run = begun_run(review, SEARCH, None, DAY)
    run.folder.write_text("no folder")
    with pytest.raises(StoreError, match=r"000001\.page"):
        run.keep(ResultPage(b"one", "2", 5))
    with pytest.raises(StoreError, match=r"run\.json"):
        run.keep(ResultPage(b"", "2", 5))


def test_what_is_forgotten_may_be_gone_already(review: Path) -> None:
    run = FetchedRun(review / "none", RunState("", "", DAY.isoformat()))
    run.forget()
    assert not run.folder.exists()


def test_a_folder_that_cannot_be_made_says_where(tmp_path: Path) -> None:
    (tmp_path / "literature").write_text("no folder")
    with pytest.raises(StoreError, match=r"literature/\.fetched': "), fetching_alone(tmp_path):
        pass


def test_what_git_passes_over_stays_as_somebody_wrote_it(review: Path) -> None:
    ignore = review / "literature" / ".fetched" / ".gitignore"
    assert ignore.read_text() == "*\n"
    ignore.write_text("# mine\n*\n")
    with fetching_alone(review):
        assert ignore.read_text() == "# mine\n*\n"


def test_a_link_to_nowhere_in_its_place_stops_no_update(review: Path) -> None:
    ignore = review / "literature" / ".fetched" / ".gitignore"
    ignore.unlink()
    ignore.symlink_to(review / "gone")
    with fetching_alone(review):
        assert ignore.read_text() == "*\n"
