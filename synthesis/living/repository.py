"""The history of a review's files, as git keeps it: read, never changed, and nothing fetched.

git is called with safe arguments, without the hooks, monitors and locks that a repository may name, and with
none of the variables that a hook around this program may have set.
"""

from __future__ import annotations

import datetime
import os
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from evidence.records.review_folder import RELEASES, REVIEW_FILE, STUDIES

CHANGELOG = "CHANGELOG.md"

_SAFE = (
    *("-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "-c", "core.quotePath=false"),
    *("-c", "log.showSignature=false", "-c", "core.pager=cat", "--no-pager", "--literal-pathspecs"),
)
_OF_A_HOOK = frozenset(
    f"GIT_{name}"
    for name in ("DIR", "WORK_TREE", "INDEX_FILE", "OBJECT_DIRECTORY", "COMMON_DIR", "PREFIX", "NAMESPACE")
)
_FOLDERS_WAY_OUT = "compare two folders instead: python -m synthesis diff OLD-FOLDER NEW-FOLDER"
_LINK = "120000"
_UNTRACKED = "??"


class NoHistoryError(ValueError):
    """Why a version cannot be had; the message is one sentence with a way out."""


@dataclass(frozen=True)
class Commit:
    """One state of the repository; day: of the commit, by its writer's own calendar."""

    id: str
    day: datetime.date

    @property
    def short(self) -> str:
        """As much of the id as people type."""
        return self.id[:9]


@dataclass(frozen=True)
class Repository:
    """The repository that a review's folder stands in; prefix: of the folder inside it, '' or 'a/b/'."""

    folder: Path
    prefix: str

    @classmethod
    def around(cls, folder: Path) -> Repository:
        """The repository that holds a folder. Raises NoHistoryError where there is none, or no git."""
        done = _git(folder, "rev-parse", "--show-prefix")
        if done.returncode:
            raise NoHistoryError(_why_none(folder, done.stderr.decode(errors="replace")))
        return cls(folder, os.fsdecode(done.stdout).removesuffix("\n"))

    def commit(self, revision: str) -> Commit | None:
        """The commit that a tag, a branch or an id names; None where it names none."""
        if revision.startswith("-") or "\0" in revision:
            return None
        asked = ("rev-parse", "--verify", "--quiet", "--end-of-options", revision + "^{commit}")
        found = _git(self.folder, *asked).stdout.decode().strip()
        return self._described(found) if found else None

    def _described(self, commit: str) -> Commit:
        day = self._lines("show", "--no-patch", "--format=%cs", commit, "--")[0]
        return Commit(commit, datetime.date.fromisoformat(day))

    def before(self, day: datetime.date) -> Commit | None:
        """The last commit on the way to HEAD that was made before a day, by its writer's own calendar."""
        for line in self._lines("log", "--first-parent", "--format=%H %cs", "HEAD", "--"):
            commit, _, made = line.partition(" ")
            if datetime.date.fromisoformat(made) < day:
                return Commit(commit, datetime.date.fromisoformat(made))
        return None

    @property
    def shallow(self) -> bool:
        """Whether only the end of the history is here, as in most runs of a continuous integration."""
        return self._lines("rev-parse", "--is-shallow-repository") == ["true"]

    def tags(self) -> list[str]:
        """The tags on the way to HEAD."""
        return self._lines("tag", "--merged", "HEAD") if self.commit("HEAD") else []

    def nearest_tag(self) -> str | None:
        """The last tag on the way to HEAD; None where there is none."""
        done = _git(self.folder, "describe", "--tags", "--abbrev=0")
        return None if done.returncode else os.fsdecode(done.stdout).strip()

    def files(self, commit: Commit) -> dict[str, bytes]:
        """review.yaml and the records of a commit by their names in the review's folder; no links."""
        # the folder is given in full, whatever folder git is called in
        paths = (self.prefix + REVIEW_FILE, f"{self.prefix}{STUDIES}/")
        listed = _git(self.folder, "ls-tree", "-z", "--full-tree", commit.id, "--", *paths)
        blobs: dict[str, str] = {}
        for entry in os.fsdecode(listed.stdout).split("\0"):
            about, _, path = entry.partition("\t")
            mode, kind, blob = about.split() if about else ("", "", "")
            name = path.removeprefix(self.prefix)
            if kind == "blob" and mode != _LINK and _is_read(name):
                blobs[name] = blob
        return self._contents(blobs)

    def _contents(self, blobs: Mapping[str, str]) -> dict[str, bytes]:
        """What blobs hold, all asked for at once: git-cat-file(1), BATCH OUTPUT."""
        if not blobs:
            return {}
        asked = "\n".join(blobs.values()).encode() + b"\n"
        held = BytesIO(_git(self.folder, "cat-file", "--batch", given=asked).stdout)
        found: dict[str, bytes] = {}
        for name, blob in blobs.items():
            header = held.readline().split()
            if len(header) != 3:
                raise NoHistoryError(
                    f"the repository lacks a part of its history ({blob[:9]}); fetch it: git fetch"
                )
            found[name] = held.read(int(header[2]))
            held.readline()  # the line end behind it
        return found

    def uncommitted(self) -> list[str]:
        """The review's files that are not as the last commit has them; releases and the changelog aside.

        New files count where the review reads them: figures and notes beside it do not.
        """
        asked = ("status", "--porcelain", "-z", "--untracked-files=all", "--no-renames", "--", ".")
        found = []
        for entry in os.fsdecode(_git(self.folder, *asked).stdout).split("\0"):
            status, name = entry[:2], entry[3:].removeprefix(self.prefix)
            kept = name == CHANGELOG or name.startswith(f"{RELEASES}/")
            if name and not kept and (status != _UNTRACKED or _is_read(name)):
                found.append(name)
        return found

    def entered(self) -> dict[str, datetime.date]:
        """The day on which each record's file was first committed, by its name now; renames are followed."""
        shown = _git(
            self.folder,
            *("log", "--reverse", "--topo-order", "--find-renames", "--diff-filter=ADR", "--name-status"),
            *("--relative", "--format=%x00%cs", "-z", "HEAD", "--", STUDIES),
        )
        days: dict[str, datetime.date] = {}
        day = datetime.date.min
        words = iter(os.fsdecode(shown.stdout).split("\0"))
        for word in words:
            status = word.strip("\n")
            if re.fullmatch(r"\d{4}-\d\d-\d\d", status):
                day = datetime.date.fromisoformat(status)
            elif status == "A":
                days[next(words)] = day
            elif status == "D":
                days.pop(next(words), None)
            elif status.startswith("R"):
                old, new = next(words), next(words)
                days[new] = days.pop(old, day)
        return days

    def _lines(self, *arguments: str) -> list[str]:
        return os.fsdecode(_git(self.folder, *arguments).stdout).splitlines()


def _is_read(name: str) -> bool:
    inside = name.removeprefix(f"{STUDIES}/")
    is_record = inside != name and "/" not in inside and inside.endswith(".yaml") and inside[0] != "."
    return name == REVIEW_FILE or is_record


def _why_none(folder: Path, says: str) -> str:
    if "dubious ownership" in says or "unsafe repository" in says:
        return (
            f"git does not trust the repository of '{folder}', which is another user's; if you do: "
            f"git config --global --add safe.directory PATH, or {_FOLDERS_WAY_OUT}"
        )
    return f"'{folder}' is in no git repository, so that it has no older version; {_FOLDERS_WAY_OUT}"


def _git(folder: Path, *arguments: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    kept = {name: value for name, value in os.environ.items() if name not in _OF_A_HOOK}
    own = {"LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0", "GIT_NO_LAZY_FETCH": "1", "GIT_TERMINAL_PROMPT": "0"}
    command = ["git", *_SAFE, *arguments]
    try:
        return subprocess.run(
            command, cwd=folder, input=given, capture_output=True, check=False, env={**kept, **own}
        )
    except FileNotFoundError:
        says = f"git is not installed, so that no older version can be read; {_FOLDERS_WAY_OUT}"
        raise NoHistoryError(says) from None
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise NoHistoryError(f"git cannot be run in '{folder}': {reason}") from None
