"""Drafts of a review: where they wait, what is said of them, and that nothing else reads them."""

from __future__ import annotations

from pathlib import Path

import pytest

from evidence.checking import check_paths
from evidence.records.parsing import Severity
from evidence.records.review import load_review
from evidence.records.review_folder import draft_paths, is_draft
from evidence.records.waiting_drafts import read_drafts, waiting_drafts
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


MARK = "<to-be-confirmed>"


@pytest.mark.parametrize(
    ("text", "says", "hint"),
    [
        (f"study: x {MARK}\n", "is incomplete and in no pool: study is missing", "check"),
        (
            f"title: x\ncohort: {{name: {MARK}}}\nestimates:\n  - effect: {{ci: [{MARK}, {MARK}]}}\n",
            "is incomplete and in no pool: cohort.name, estimates.ci are missing",
            "check",
        ),
        (
            "".join(f"k{number}: {MARK}\n" for number in range(8)),
            "is incomplete and in no pool: k0, k1, k2, k3, k4, k5, k6, k7 are missing",
            "check",
        ),
        (
            "".join(f"k{number}: {MARK}\n" for number in range(10)),
            "is incomplete and in no pool: k0, k1, k2, k3, k4, k5, k6, k7 and 2 more are missing",
            "check",
        ),
        (TEXT, "is complete and in no pool yet", "add --from"),
        ("study: x\nstudy: y\n", "cannot be read: ", "check"),
        ("[", "cannot be read: ", "check"),
    ],
)
def test_each_draft_has_a_note_that_says_what_it_lacks_and_the_next_command(
    text: str, says: str, hint: str, folder: Path
) -> None:
    (folder / "drafts" / "a.yaml").write_text(text, encoding="utf-8")
    [note] = waiting_drafts(folder)
    assert (note.place.path, note.severity, note.rule) == (
        folder / "drafts" / "a.yaml",
        Severity.NOTE,
        "draft-waits",
    )
    assert note.says.startswith(f"the draft 'a' {says}")
    assert note.says == f"the draft 'a' {says}" or "cannot be read" in says
    command = f"python -m synthesis {hint} drafts/a.yaml"
    rest = " names each; when every value is confirmed: python -m synthesis add --from drafts/a.yaml"
    assert note.hint == command + (rest if "incomplete" in says else "") + "."


@pytest.mark.parametrize(
    ("count", "notes", "last"), [(20, 20, None), (21, 21, "1 more"), (1_025, 21, "1,005 more")]
)
def test_twenty_drafts_are_named_and_the_others_counted(
    count: int, notes: int, last: str | None, folder: Path
) -> None:
    drafts(folder, *(f"a{number:04}.yaml" for number in range(count)))
    found = list(waiting_drafts(folder))
    assert [each.place.path.stem for each in found[:20]] == [f"a{number:04}" for number in range(20)]
    assert len(found) == notes
    if last is not None:
        assert found[-1].says == f"{last} drafts wait"
        assert (found[-1].place.path, found[-1].severity) == (folder / "drafts", Severity.NOTE)


def test_a_draft_names_each_value_that_it_lacks_once(folder: Path) -> None:
    (folder / "drafts" / "a.yaml").write_text(f"a: {MARK}\nb: [1 {MARK}, 2 {MARK}]\n", encoding="utf-8")
    [draft] = read_drafts(folder)
    assert (draft.missing, draft.unreadable) == (("a", "b"), "")


def test_a_review_is_read_and_checked_without_its_drafts(folder: Path) -> None:
    drafts(folder, "x.yaml")
    assert load_review(folder).problems == ()
    checked = check_paths([folder])
    assert checked.files == 2
    assert checked.count(Severity.ERROR) == 0
    assert [each.rule for each in checked.problems if each.place.path.parent == folder / "drafts"] == [
        "draft-waits"
    ]


@pytest.mark.parametrize("named", ["drafts", "drafts/x.yaml"])
def test_a_draft_that_is_named_is_checked(named: str, folder: Path) -> None:
    drafts(folder, "x.yaml")
    assert "to-be-confirmed" in {each.rule for each in check_paths([folder / named]).problems}


def test_a_folder_of_that_name_elsewhere_is_read_as_any(tmp_path: Path) -> None:
    (tmp_path / "drafts").mkdir()
    drafts(tmp_path, "x.yaml")
    assert check_paths([tmp_path]).files == 1
