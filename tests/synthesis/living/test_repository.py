"""The history of a review is read from real repositories, and never changed."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest

import synthesis.living.repository
from synthesis.living.repository import Commit, NoHistoryError, Repository
from tests.synthesis.living.reviews import commit, git, study, three_months, write


def day(text: str) -> datetime.date:
    return datetime.date.fromisoformat(text)


def test_a_review_in_a_folder_of_a_repository_knows_its_way_from_the_top(kept: Path) -> None:
    assert Repository.around(kept).prefix == "reviews/tea/"
    assert Repository.around(kept.parents[1]).prefix == ""


def test_files_are_those_of_the_commit_with_every_byte(kept: Path) -> None:
    repository = Repository.around(kept)
    first, last = repository.commit("v1.0"), repository.commit("HEAD")
    assert first is not None
    assert last is not None
    assert sorted(repository.files(first)) == [
        "review.yaml",
        *(f"studies/{name}.yaml" for name in ("abel", "berg", "cole", "dahl", "eder")),
    ]
    held = repository.files(last)
    assert held == {name: (kept / name).read_bytes() for name in held}
    assert len(held) == 7


def test_only_what_a_review_reads_is_taken_and_no_link(tmp_path: Path) -> None:
    folder = write(tmp_path, abel=study("abel", "0.1"))
    (folder / "studies" / "link.yaml").symlink_to("abel.yaml")
    (folder / "studies" / ".hidden.yaml").write_text("x: 1")
    (folder / "studies" / "note.txt").write_text("x")
    (folder / "studies" / 'ünïcode "q".yaml').write_bytes(b"\xff\n\x00")
    (folder / "studies" / "deep").mkdir()
    (folder / "studies" / "deep" / "below.yaml").write_text("x: 1")
    git(folder, "init", "-q", "-b", "main", ".")
    commit(folder, "2026-06-01")
    repository = Repository.around(folder)
    found = repository.commit("HEAD")
    assert found is not None
    held = repository.files(found)
    assert sorted(held) == ["review.yaml", "studies/abel.yaml", 'studies/ünïcode "q".yaml']
    assert held['studies/ünïcode "q".yaml'] == b"\xff\n\x00"


def test_a_day_stands_for_the_last_commit_before_it(kept: Path) -> None:
    repository = Repository.around(kept)
    july = repository.before(day("2026-07-02"))
    assert july is not None
    assert july.day == day("2026-07-01")
    start = repository.before(day("2026-07-01"))
    assert start is not None
    assert start == repository.commit("v1.0")
    assert repository.before(day("2026-06-01")) is None


def test_a_day_is_that_of_the_calendar_of_who_committed(tmp_path: Path) -> None:
    folder = write(tmp_path, abel=study("abel", "0.1"))
    git(folder, "init", "-q", "-b", "main", ".")
    git(folder, "add", "-A", ".")
    # noon twelve hours west of London, where it is the first of June already
    git(folder, "commit", "-q", "-m", "late", day="2026-05-31", zone="-1200")
    found = Repository.around(folder).before(day("2026-06-01"))
    assert found is not None
    assert found.day == day("2026-05-31")


@pytest.mark.parametrize("word", ["--all", "-n1", "nothing", "", "HEAD:review.yaml", "a\0b", "HEAD~9"])
def test_what_names_no_commit_is_none_and_no_option(kept: Path, word: str) -> None:
    assert Repository.around(kept).commit(word) is None


def test_branches_tags_and_ids_name_commits(kept: Path) -> None:
    repository = Repository.around(kept)
    head = repository.commit("main")
    assert head is not None
    assert repository.commit(head.id[:8]) == head == repository.commit("HEAD")
    assert len(head.short) == 9
    assert repository.tags() == ["v1.0"]
    assert repository.nearest_tag() == "v1.0"


def test_uncommitted_files_are_named_but_for_releases_and_the_changelog(moving: Path) -> None:
    repository = Repository.around(moving)
    assert repository.uncommitted() == []
    write(moving, berg=study("berg", "0.99"), new=study("new", "0.1"))
    (moving / "releases" / "1.0.0").mkdir(parents=True)
    (moving / "releases" / "1.0.0" / "manifest.json").write_text("{}")
    (moving / "CHANGELOG.md").write_text("x")
    (moving.parents[1] / "elsewhere.txt").write_text("x")
    (moving / "output").mkdir()
    (moving / "output" / "hip.png").write_text("x")
    (moving / "studies" / "notes.txt").write_text("x")
    assert repository.uncommitted() == ["studies/berg.yaml", "studies/new.yaml"]


def test_studies_entered_on_the_day_of_their_first_commit_under_any_name(moving: Path) -> None:
    git(moving, "mv", "studies/fink.yaml", "studies/fink-2026.yaml")
    (moving / "studies" / "abel.yaml").unlink()
    commit(moving, "2026-09-01", "renamed, and one gone")
    days = Repository.around(moving).entered()
    assert days == {
        **{f"studies/{name}.yaml": day("2026-06-01") for name in ("berg", "cole", "dahl", "eder")},
        "studies/fink-2026.yaml": day("2026-07-01"),
    }


def test_a_variable_of_a_hook_does_not_lead_elsewhere(
    kept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = three_months(tmp_path / "other", "x")
    for name in ("GIT_DIR", "GIT_WORK_TREE"):
        monkeypatch.setenv(name, str(other.parent / (".git" if name == "GIT_DIR" else "")))
    monkeypatch.setenv("GIT_INDEX_FILE", "/nowhere")
    assert Repository.around(kept).prefix == "reviews/tea/"
    assert Repository.around(kept).uncommitted() == []


def test_no_repository_and_no_git_are_one_sentence_with_a_way_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    with pytest.raises(NoHistoryError, match=r"in no git repository.*compare two folders instead"):
        Repository.around(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NoHistoryError, match=r"git is not installed.*compare two folders instead"):
        Repository.around(tmp_path)


def test_another_persons_repository_is_told_how_to_be_trusted() -> None:
    says = synthesis.living.repository._why_none(Path("x"), "fatal: detected dubious ownership in ...")
    assert "safe.directory" in says
    assert "\n" not in says


def test_a_shallow_clone_knows_that_it_is(kept: Path, tmp_path: Path) -> None:
    top = kept.parents[1]
    git(tmp_path, "clone", "-q", "--depth", "1", f"file://{top}", "shallow")
    inside = tmp_path / "shallow" / "reviews" / "tea"
    assert Repository.around(inside).shallow
    assert not Repository.around(kept).shallow
    assert Repository.around(inside).tags() == []


def test_a_part_of_the_history_that_is_missing_is_told(kept: Path) -> None:
    repository = Repository.around(kept)
    with pytest.raises(NoHistoryError, match="lacks a part of its history"):
        repository._contents({"review.yaml": "0" * 40})
    assert repository._contents({}) == {}
    assert Commit("0" * 40, day("2026-06-01")).short == "000000000"
