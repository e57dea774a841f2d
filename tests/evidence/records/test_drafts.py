"""Drafts of a review: where they wait, what is said of them, and that nothing else reads them."""

from __future__ import annotations

from pathlib import Path

import pytest

from evidence.checking import check_paths
from evidence.records.parsing import Severity
from evidence.records.review import load_review
from evidence.records.review_folder import draft_paths, is_draft, waiting_drafts
from tests.evidence.records.samples import TEXT
from tests.evidence.records.test_review import REVIEW


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A review with one study and a folder of drafts."""
    (tmp_path / "review.yaml").write_text(REVIEW, encoding="utf-8")
    (tmp_path / "studies").mkdir()
    (tmp_path / "studies" / "lee-2019.yaml").write_text(TEXT, encoding="utf-8")
    (tmp_path / "drafts").mkdir()
    return tmp_path


def drafts(folder: Path, *names: str) -> None:
    for name in names:
        (folder / "drafts" / name).write_text("study: x <to-be-confirmed>\n", encoding="utf-8")


def test_drafts_are_the_files_right_in_their_folder_by_name(folder: Path) -> None:
    drafts(folder, "b.yaml", "a.yml", ".hidden.yaml", "notes.txt")
    (folder / "drafts" / "sub").mkdir()
    drafts(folder, "sub/c.yaml")
    assert [path.name for path in draft_paths(folder)] == ["a.yml", "b.yaml"]
    assert is_draft(folder / "drafts" / "new.yaml")
    assert not is_draft(folder / "studies" / "new.yaml")
    assert not is_draft(folder / "drafts" / "sub" / "c.yaml")
    (folder / "review.yaml").unlink()
    assert not is_draft(folder / "drafts" / "new.yaml")


def test_without_drafts_or_their_folder_nothing_waits(folder: Path) -> None:
    assert list(waiting_drafts(folder)) == []
    (folder / "drafts").rmdir()
    assert list(waiting_drafts(folder)) == []


@pytest.mark.parametrize(
    ("count", "says"),
    [
        (1, "1 draft waits: a0"),
        (2, "2 drafts wait: a0, a1"),
        (10, "10 drafts wait: a0, a1, a2, a3, a4, a5, a6, a7, a8, a9"),
        (11, "11 drafts wait: a0, a1, a10, a2, a3, a4, a5, a6, a7, a8, ..."),
    ],
)
def test_one_note_names_up_to_ten_drafts_and_the_command_for_the_first(
    count: int, says: str, folder: Path
) -> None:
    drafts(folder, *(f"a{number}.yaml" for number in range(count)))
    [note] = waiting_drafts(folder)
    assert (note.place.path, note.severity, note.rule, note.says) == (
        folder / "drafts",
        Severity.NOTE,
        "draft-waits",
        says,
    )
    assert note.hint == "When every value is confirmed: python -m synthesis add --from drafts/a0.yaml."


def test_a_review_is_read_and_checked_without_its_drafts(folder: Path) -> None:
    drafts(folder, "x.yaml")
    assert load_review(folder).problems == ()
    checked = check_paths([folder])
    assert checked.files == 2
    assert checked.count(Severity.ERROR) == 0
    assert [each.rule for each in checked.problems if each.place.path == folder / "drafts"] == ["draft-waits"]


@pytest.mark.parametrize("named", ["drafts", "drafts/x.yaml"])
def test_a_draft_that_is_named_is_checked(named: str, folder: Path) -> None:
    drafts(folder, "x.yaml")
    assert "to-be-confirmed" in {each.rule for each in check_paths([folder / named]).problems}


def test_a_folder_of_that_name_elsewhere_is_read_as_any(tmp_path: Path) -> None:
    (tmp_path / "drafts").mkdir()
    drafts(tmp_path, "x.yaml")
    assert check_paths([tmp_path]).files == 1
