"""The workflows that `init --ci` writes, run step by step in a clone as a host runs them.

The shell stops at the first failure, and a branch is to be merged. What only a host has (`gh`, `curl`, `pip`)
is a stand-in.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from tests.synthesis.commands.running import environment, synthesis
from tests.synthesis.living.reviews import commit, git, study, write

pytestmark = pytest.mark.long

STAND_IN = """#!/bin/bash
printf '%s\\n' "$0 $*" >> "$SAID"
for word in "$@"; do [ "${word#body@}" != "$word" ] && cat "${word#body@}" >> "$SAID"; done
exit "${FAILS:-0}"
"""


@dataclass(frozen=True)
class Host:
    """A clone on the branch that is to be merged into main, and what the stand-ins were called with."""

    clone: Path
    said: Path

    def run(self, script: str, **more: str) -> int:
        """The exit code of a script as the runners of both hosts start it."""
        path = f"{self.clone.parent / 'bin'}:{os.environ['PATH']}"
        own = environment(PATH=path, SAID=str(self.said), GIT_CONFIG_GLOBAL=os.devnull, **more)
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
            cwd=self.clone,
            env=own,
            capture_output=True,
            check=False,
        )
        return done.returncode

    def told(self) -> str:
        return self.said.read_text(encoding="utf-8") if self.said.exists() else ""


def hosted(tmp_path: Path, kind: str, studies: dict[str, str], started: bool = True) -> tuple[Host, Any]:
    """Main with two studies (or without the review), a branch with these, its clone, and the workflow."""
    top = tmp_path / "top"
    top.mkdir()
    git(top, "init", "-q", "-b", "main", ".")
    folder = top / "reviews" / "tea time"
    if started:
        write(folder, abel=study("abel", "0.50"), berg=study("berg", "0.30"))
        text = (folder / "review.yaml").read_text().split("  - id: spine")[0]
        (folder / "review.yaml").write_text(text)
    assert started or not (top / "reviews").exists()
    commit(top, "2026-06-01")
    git(top, "checkout", "-q", "-b", "$(touch${IFS}broken)")
    write(folder, **studies)
    text = (folder / "review.yaml").read_text().split("  - id: spine")[0]
    (folder / "review.yaml").write_text(text)
    assert synthesis("init", folder, "--ci", kind, cwd=top).returncode == 0
    commit(top, "2026-06-02")
    git(tmp_path, "clone", "-q", str(top), "clone")
    (tmp_path / "bin").mkdir()
    for name in ("gh", "curl", "pip"):
        (tmp_path / "bin" / name).write_text(STAND_IN)
        (tmp_path / "bin" / name).chmod(0o755)
    (tmp_path / "bin" / "python").write_text(f'#!/bin/bash\nexec {sys.executable} "$@"\n')
    (tmp_path / "bin" / "python").chmod(0o755)
    place = ".github/workflows/review.yml" if kind == "github" else ".gitlab-ci.yml"
    workflow = YAML(typ="safe").load((tmp_path / "clone" / place).read_text(encoding="utf-8"))
    return Host(tmp_path / "clone", tmp_path / "said"), workflow


ADDED = {"abel": study("abel", "0.50"), "berg": study("berg", "0.35"), "cole": study("cole", "0.40")}
WRONG = {**ADDED, "cole": study("cole", "0.40").replace("se: 0.10", "ci: [0.60, 0.70]")}
TWICE = {**ADDED, "cole": study("cole", "0.40", cohort="Cohort berg")}


def github(host: Host, workflow: Any) -> dict[str, int]:
    """The exit code of each `run` step by its name."""
    job = workflow["jobs"]["check"]
    codes = {}
    for step in job["steps"]:
        if "run" in step:
            given = {**job["env"], "BASE": "main", "NUMBER": "7", "GH_TOKEN": "none"}
            name = step.get("name", "install")
            if name == "Tell it in the pull request" and not (host.clone / "what-moved.md").exists():
                continue  # its condition: hashFiles('what-moved.md') != ''
            codes[name] = host.run(step["run"], GITHUB_STEP_SUMMARY=str(host.clone / "summary"), **given)
    return codes


@pytest.mark.parametrize(
    ("studies", "check", "moved", "says"),
    [
        (ADDED, 0, 0, "1 added: cole; 1 changed: berg."),
        (WRONG, 1, 0, "1 added: cole; 1 changed: berg."),
        (TWICE, 0, 1, "is now refused**"),
    ],
)
def test_github_checks_tells_what_moved_and_comments(
    studies: dict[str, str], check: int, moved: int, says: str, tmp_path: Path
) -> None:
    host, workflow = hosted(tmp_path, "github", studies)
    assert github(host, workflow) == {
        "install": 0,
        "Check the records": check,
        "What moved": moved,
        "Tell it in the pull request": 0,
    }
    assert says in (host.clone / "summary").read_text(encoding="utf-8")
    assert "gh pr comment 7 --edit-last --body-file what-moved.md" in host.told()
    assert not (host.clone / "broken").exists()


def test_github_has_nothing_to_compare_where_the_branch_has_no_review(tmp_path: Path) -> None:
    host, workflow = hosted(tmp_path, "github", ADDED, started=False)
    assert github(host, workflow) == {"install": 0, "Check the records": 0, "What moved": 0}
    assert not (host.clone / "what-moved.md").exists()


def gitlab(host: Host, workflow: Any, base: str, **more: str) -> int:
    """The job: one shell for all lines."""
    job = workflow["review"]
    lines = "\n".join([*job["before_script"], *job["script"]])
    return host.run(lines, CI_MERGE_REQUEST_DIFF_BASE_SHA=base, **job["variables"], **more)


@pytest.mark.parametrize(
    ("studies", "code", "says"),
    [(ADDED, 0, "1 added: cole"), (WRONG, 1, "1 added: cole"), (TWICE, 1, "is now refused**")],
)
def test_gitlab_keeps_both_reports_comments_and_fails_with_an_error(
    studies: dict[str, str], code: int, says: str, tmp_path: Path
) -> None:
    host, workflow = hosted(tmp_path, "gitlab", studies)
    base = git(host.clone, "rev-parse", "origin/main").strip()
    assert gitlab(host, workflow, base, REVIEW_TOKEN="secret", CI_API_V4_URL="https://x") == code
    assert says in (host.clone / "what-moved.md").read_text(encoding="utf-8")
    assert isinstance(json.loads((host.clone / "code-quality.json").read_text(encoding="utf-8")), list)
    assert "--data-urlencode body@what-moved.md https://x/projects/" in host.told()
    assert says in host.told()


def test_gitlab_only_checks_a_push_and_needs_no_token(tmp_path: Path) -> None:
    host, workflow = hosted(tmp_path, "gitlab", ADDED)
    assert gitlab(host, workflow, "") == 0
    assert "curl" not in host.told()
    assert not (host.clone / "what-moved.md").exists()


def test_gitlab_has_nothing_to_compare_where_the_branch_has_no_review(tmp_path: Path) -> None:
    host, workflow = hosted(tmp_path, "gitlab", ADDED, started=False)
    base = git(host.clone, "rev-parse", "origin/main").strip()
    assert gitlab(host, workflow, base, FAILS="22", REVIEW_TOKEN="secret") == 22  # pip cannot install
    (host.clone.parent / "bin" / "pip").write_text("#!/bin/bash\n")
    assert (
        gitlab(host, workflow, base, FAILS="22", REVIEW_TOKEN="secret") == 0
    )  # a comment that fails is none
