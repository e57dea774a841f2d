"""Versions are found by what people call them."""

from __future__ import annotations

from pathlib import Path

import pytest

from synthesis.living.repository import NoHistoryError
from synthesis.living.versions import find_versions, order_of, read_files, release_numbers
from tests.synthesis.living.reviews import commit, git, study, write


def studies(folder: Path, old: str | None, new: str | None = None) -> tuple[str, list[str], list[str]]:
    before, after = find_versions(folder, old, new)
    names = [sorted(record.study for record in each.loaded.records) for each in (before, after)]
    return before.says, names[0], names[1]


START = ["abel", "berg", "cole", "dahl", "eder"]


def test_the_last_tag_is_compared_with_the_files_as_they_are(moving: Path) -> None:
    write(moving, new=study("new", "0.1"))
    says, old, new = studies(moving, None)
    assert says.startswith("v1.0 (")
    assert old == START
    assert new == [*START, "fink", "new"]


@pytest.mark.parametrize(
    ("name", "says", "count"),
    [
        ("v1.0", "v1.0 (", 5),
        ("HEAD", "HEAD (", 6),
        ("HEAD~2", "HEAD~2 (", 6),
        ("2026-07-01", "last commit before 2026-07-01: ", 5),
        ("2026-07-02", "last commit before 2026-07-02: ", 6),
    ],
)
def test_a_tag_a_revision_and_a_day_name_versions(kept: Path, name: str, says: str, count: int) -> None:
    told, old, _ = studies(kept, name)
    assert told.startswith(says)
    assert len(old) == count


def test_an_id_is_said_once(kept: Path) -> None:
    commit_id = git(kept, "rev-parse", "HEAD").strip()
    assert studies(kept, commit_id[:12])[0] == f"{commit_id[:9]} (2026-08-15)"


def test_both_versions_may_be_older_ones(kept: Path) -> None:
    _, old, new = studies(kept, "HEAD", "v1.0")
    assert len(old) == 6
    assert new == START


def test_folders_need_no_history(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    a = write(tmp_path / "a", abel=study("abel", "0.1"))
    b = write(tmp_path / "b", berg=study("berg", "0.1"))
    assert studies(b, str(a), str(b))[1:] == (["abel"], ["berg"])
    assert studies(b, str(a))[1:] == (["abel"], ["berg"])


def test_a_record_that_both_versions_have_is_read_once_and_stands_at_its_own_place(kept: Path) -> None:
    before, after = find_versions(kept, "v1.0", None)
    old = {each.path.name: each for each in before.loaded.documents}
    new = {each.path.name: each for each in after.loaded.documents}
    assert old["abel.yaml"] is new["abel.yaml"]
    assert old["berg.yaml"] is not new["berg.yaml"]
    assert old["berg.yaml"].path == kept / "studies" / "berg.yaml"


def test_a_release_is_found_by_its_number_and_before_an_older_tag(moving: Path) -> None:
    for number in ("1.0.0", "1.10.0", "1.9.0"):
        inside = moving / "releases" / number
        write(inside / "inputs", **{f"r{number.replace('.', '')}": study(f"r{number}", "0.1")})
        (inside / "manifest.json").write_text("{}")
    (moving / "releases" / "notes").mkdir()
    assert release_numbers(moving) == ["1.0.0", "1.9.0", "1.10.0"]
    assert studies(moving, None)[:2] == ("release 1.10.0", ["r1.10.0"])
    assert studies(moving, "1.9.0")[1] == ["r1.9.0"]
    assert studies(moving, "v1.9.0")[1] == ["r1.9.0"]
    assert studies(moving, str(moving / "releases" / "1.9.0"))[1] == ["r1.9.0"]
    git(moving, "tag", "v1.11")
    assert studies(moving, None)[0].startswith("v1.11 (")


def test_without_release_and_tag_the_last_commit_is_older(tmp_path: Path) -> None:
    folder = write(tmp_path, abel=study("abel", "0.1"))
    git(folder, "init", "-q", "-b", "main", ".")
    with pytest.raises(NoHistoryError, match="nothing is committed yet"):
        find_versions(folder, None, None)
    commit(folder, "2026-06-01")
    write(folder, berg=study("berg", "0.1"))
    says, old, new = studies(folder, None)
    assert says.startswith("last commit ")
    assert says.endswith("(2026-06-01), as there is no release yet")
    assert (old, new) == (["abel"], ["abel", "berg"])
    git(folder, "tag", "submitted")  # a tag without a number is a version too
    assert studies(folder, None)[0].startswith("submitted (")


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("v1.1", "did you mean 'v1.0'?"),
        ("nothing-like-it", "expected a folder, a release, a tag, a commit or a day"),
        ("--help", "no version is called '--help'"),
        ("", "no version is called ''"),
        ("2026-06-01", "there is no commit before 2026-06-01; choose a later day"),
        ("2026-13-01", "no version is called '2026-13-01'"),
    ],
)
def test_what_is_no_version_is_told_in_a_sentence(kept: Path, name: str, says: str) -> None:
    with pytest.raises(NoHistoryError) as error:
        find_versions(kept, name, None)
    assert says in str(error.value)


def test_a_folder_without_a_review_and_a_commit_without_this_review_are_told(
    kept: Path, moving: Path, tmp_path: Path
) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(NoHistoryError, match=r"that folder has no review\.yaml"):
        find_versions(kept, str(tmp_path / "empty"), None)
    other = write(moving.parent / "coffee", abel=study("abel", "0.1"))
    with pytest.raises(NoHistoryError, match=r"v1\.0 .* does not hold this review; choose a later one"):
        find_versions(other, "v1.0", None)


def test_a_shallow_history_says_how_to_lengthen_it(kept: Path, tmp_path: Path) -> None:
    git(tmp_path, "clone", "-q", "--depth", "1", f"file://{kept.parents[1]}", "shallow")
    with pytest.raises(NoHistoryError, match="git fetch --unshallow"):
        find_versions(tmp_path / "shallow" / "reviews" / "tea", "2026-07-01", None)


@pytest.mark.parametrize(
    ("name", "order"),
    [
        ("1.2", (1, 2, 0, 0)),
        ("v1.2.0", (1, 2, 0, 0)),
        ("2026", (2026, 0, 0, 0)),
        ("1.2.3.4", (1, 2, 3, 4)),
        ("1.2.3.4.5", None),
        ("1.2-rc1", None),
        ("V1", None),
        ("", None),
    ],
)
def test_numbers_of_releases_are_ordered(name: str, order: tuple[int, ...] | None) -> None:
    assert order_of(name) == order


def test_files_that_are_not_there_are_left_out(tmp_path: Path) -> None:
    assert read_files(tmp_path) == {}
