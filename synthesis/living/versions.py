"""Two versions of a review, found by what a person calls them: folders, releases, tags, commits, days."""

from __future__ import annotations

import datetime
import difflib
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from evidence.records.reading import Document
from evidence.records.review import LoadedReview, load_review, review_from_files
from evidence.records.review_folder import MANIFEST, RELEASED, RELEASES, REVIEW_FILE, record_paths
from evidence.records.schema import Record
from synthesis.living.repository import Commit, NoHistoryError, Repository

WORKING_TREE = "working tree"

_NUMBER = re.compile(r"v?(\d+(?:\.\d+){0,3})")


@dataclass(frozen=True)
class Version:
    """One state of a review. name: as a person calls it; says: the same with its commit and day."""

    name: str
    says: str
    loaded: LoadedReview


@dataclass(frozen=True)
class _Found:
    """Where a version stands: a folder, or a commit of the repository."""

    name: str
    says: str
    folder: Path | None = None
    commit: Commit | None = None


def find_versions(folder: Path, old: str | None, new: str | None) -> tuple[Version, Version]:
    """The two versions to compare.

    folder: of the review. old: a folder, a number of a release, a tag, branch or commit, or a day
    (2026-06-01: the last commit before it); the last release when None. new: the same; the files as they
    are when None. Raises NoHistoryError, with a sentence, for what is no version.
    """
    before = _find(folder, old) if old is not None else _last(folder)
    after = _find(folder, new) if new is not None else _Found(WORKING_TREE, WORKING_TREE, folder)
    latest = _files(folder, after)
    known: dict[bytes, Document[Record]] = {}
    loaded = load_review(folder) if after.folder == folder else review_from_files(folder, latest)
    for document in loaded.documents:
        known[latest.get(f"studies/{document.path.name}", b"")] = document
    earlier = review_from_files(before.folder or folder, _files(folder, before), known)
    if not earlier.documents and before.commit and earlier.document.tree is None:
        raise NoHistoryError(f"{before.says} does not hold this review; choose a later one")
    return Version(before.name, before.says, earlier), Version(after.name, after.says, loaded)


def _files(folder: Path, found: _Found) -> Mapping[str, bytes]:
    if found.commit is not None:
        return Repository.around(folder).files(found.commit)
    assert found.folder is not None
    return read_files(found.folder)


def read_files(folder: Path) -> dict[str, bytes]:
    """What review.yaml and the records of a folder hold, by their names; what cannot be read is left out."""
    found = {}
    for path in (folder / REVIEW_FILE, *record_paths(folder)):
        if path.is_file():
            found[path.relative_to(folder).as_posix()] = path.read_bytes()
    return found


def _find(folder: Path, asked: str) -> _Found:
    for inside in (
        Path(asked),
        Path(asked) / RELEASED,
        folder / RELEASES / asked.removeprefix("v") / RELEASED,
    ):
        if (inside / REVIEW_FILE).is_file() and asked:
            return _Found(asked, asked, inside)
    repository = Repository.around(folder)
    commit = repository.commit(asked)
    if commit is not None:
        return _Found(asked, _described(asked, commit), commit=commit)
    try:
        day = datetime.date.fromisoformat(asked)
    except ValueError:
        raise NoHistoryError(_unknown(asked, folder, repository)) from None
    commit = repository.before(day)
    if commit is None:
        why = "; the history here is cut short: git fetch --unshallow" if repository.shallow else ""
        raise NoHistoryError(f"there is no commit before {asked}{why or '; choose a later day'}")
    return _Found(asked, f"last commit before {asked}: {commit.short} ({commit.day})", commit=commit)


def _described(name: str, commit: Commit) -> str:
    if commit.id.startswith(name):
        return f"{commit.short} ({commit.day})"
    return f"{name} ({commit.short}, {commit.day})"


def _unknown(asked: str, folder: Path, repository: Repository) -> str:
    known = [*release_numbers(folder), *repository.tags()]
    close = difflib.get_close_matches(asked, known)
    hint = (
        f"did you mean '{close[0]}'?" if close else "expected a folder, a release, a tag, a commit or a day"
    )
    if Path(asked).is_dir():
        hint = "that folder has no review.yaml"
    return f"no version is called '{asked}'; {hint}"


def release_numbers(folder: Path) -> list[str]:
    """The numbers of the review's releases, the first one first."""
    try:
        names = [path.parent.name for path in (folder / RELEASES).glob(f"*/{MANIFEST}")]
    except OSError:
        return []
    return sorted(
        (name for name in names if order_of(name) is not None), key=lambda name: order_of(name) or ()
    )


def order_of(name: str) -> tuple[int, ...] | None:
    """The number of a release or tag, to be compared: (1, 2, 0) for 1.2.0 and v1.2; None for another name."""
    found = _NUMBER.fullmatch(name)
    if found is None:
        return None
    parts = [int(part) for part in found[1].split(".")]
    return tuple(parts + [0] * (4 - len(parts)))


def _last(folder: Path) -> _Found:
    """The release or tag with the highest number, else the nearest tag, else the last commit."""
    numbers = release_numbers(folder)
    try:
        repository = Repository.around(folder)
        tags = [tag for tag in repository.tags() if order_of(tag) is not None]
    except NoHistoryError:
        if not numbers:
            raise
        return _find(folder, numbers[-1])
    highest = max([*tags, *numbers], key=lambda name: (order_of(name) or (), name in numbers), default=None)
    name = highest or repository.nearest_tag()
    if name is not None:
        found = _find(folder, os.fspath(folder / RELEASES / name) if name in numbers else name)
        return _Found(name, f"release {name}", found.folder) if name in numbers else found
    commit = repository.commit("HEAD")
    if commit is None:
        raise NoHistoryError("nothing is committed yet, and there is no release: there is no older version")
    return _Found(
        "HEAD", f"last commit {commit.short} ({commit.day}), as there is no release yet", commit=commit
    )
