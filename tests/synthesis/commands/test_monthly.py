"""The monthly jobs that `init --ci` writes: well-formed, of commands that exist, and run in a clone."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from ruamel.yaml import YAML

from synthesis.__main__ import app
from tests.synthesis.commands.running import ROOT, environment, synthesis
from tests.synthesis.living.reviews import commit, git, study, write

PLACES = {"github-monthly": ".github/workflows/monthly.yml", "gitlab-monthly": ".gitlab/monthly.yml"}


def written(top: Path, kind: str) -> Any:
    """The job of a review in a folder of a repository, read as YAML."""
    git(top, "init", "-q", "-b", "main", ".")
    folder = write(top / "reviews" / "tea time", abel=study("abel", "0.50"))
    done = synthesis("init", folder, "--ci", kind, cwd=top)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"wrote {PLACES[kind]}\n"
    return YAML(typ="safe").load((top / PLACES[kind]).read_text(encoding="utf-8"))


def scripts(kind: str, job: Any) -> list[str]:
    """The lines of shell of a job, in their order."""
    if kind == "github-monthly":
        return [step["run"] for step in job["jobs"]["update"]["steps"] if "run" in step]
    return [*job["monthly"]["before_script"], *job["monthly"]["script"]]


def commands_of_the_program(group: Any, before: str = "") -> Iterator[tuple[str, set[str]]]:
    for name, each in getattr(group, "commands", {}).items():
        yield f"{before}{name}", {word for option in each.params for word in option.opts}
        yield from commands_of_the_program(each, f"{before}{name} ")


@pytest.mark.parametrize("kind", list(PLACES))
def test_a_monthly_job_is_yaml_whose_commands_and_options_exist(kind: str, tmp_path: Path) -> None:
    job = written(tmp_path, kind)
    known = dict(commands_of_the_program(typer.main.get_command(app)))
    text = "\n".join(scripts(kind, job)).replace("\\\n", " ")
    found = re.findall(r"python -m synthesis ((?:literature )?[\w-]+)([^\n|>;]*)", text)
    assert [name for name, _ in found] == [
        "literature update",
        "literature notices",
        "check",
        "status",
        "diff",
    ]
    for name, words in found:
        assert set(re.findall(r"(?<!\w)--[\w-]+", words)) <= known[name], name
    assert f"REVIEW: {'reviews/tea time'}" in (tmp_path / PLACES[kind]).read_text(encoding="utf-8")


def test_the_job_of_github_runs_each_month_with_keys_as_secrets(tmp_path: Path) -> None:
    job = written(tmp_path, "github-monthly")
    assert job["on"] == {"schedule": [{"cron": "17 5 1 * *"}], "workflow_dispatch": None}
    assert job["permissions"] == {"contents": "write", "pull-requests": "write"}
    update = job["jobs"]["update"]
    assert update["env"]["REVIEW"] == "reviews/tea time"
    assert update["timeout-minutes"] == 60
    (asking,) = [step for step in update["steps"] if step.get("name") == "Ask the searches again"]
    assert asking["env"] == {
        "NCBI_API_KEY": "${{ secrets.NCBI_API_KEY }}",
        "OPENALEX_API_KEY": "${{ secrets.OPENALEX_API_KEY }}",
        "SYNTHESIS_EMAIL": "${{ vars.SYNTHESIS_EMAIL }}",
    }
    assert [script for script in scripts("github-monthly", job) if "${{" in script] == []


def test_the_job_of_gitlab_runs_for_a_schedule_alone(tmp_path: Path) -> None:
    job = written(tmp_path, "gitlab-monthly")["monthly"]
    assert job["rules"] == [{"if": '$CI_PIPELINE_SOURCE == "schedule"'}]
    assert job["variables"]["REVIEW"] == "reviews/tea time"
    assert (job["timeout"], job["artifacts"]["paths"]) == ("1 hour", ["monthly.md"])


@pytest.mark.parametrize("kind", list(PLACES))
def test_the_scripts_are_bash(kind: str, tmp_path: Path) -> None:
    for script in scripts(kind, written(tmp_path, kind)):
        done = subprocess.run(["bash", "-n"], input=script, text=True, capture_output=True, check=False)
        assert (done.returncode, done.stderr) == (0, ""), script


def test_the_page_names_both_files_every_key_and_every_exit_code() -> None:
    page = (ROOT / "docs" / "monthly.md").read_text(encoding="utf-8")
    for word in (*PLACES, *PLACES.values(), "NCBI_API_KEY", "OPENALEX_API_KEY", "REVIEW_TOKEN"):
        assert word in page, word
    known = dict(commands_of_the_program(typer.main.get_command(app)))
    named = re.findall(r"python -m synthesis ((?:literature )?[\w-]+)([^\n>]*)", page)
    assert len(named) >= 8
    for name, words in named:
        assert set(re.findall(r"(?<!\w)--[\w-]+", words)) <= known[name], name
    assert [code for code in range(4) if f"| {code} |" in page] == [0, 1, 2, 3]


# Run step by step as a host does: a shell that stops at the first failure, and stand-ins.

SAYS = '#!/bin/bash\nprintf \'%s\\n\' "$(basename "$0") $*" >> "$SAID"\n'
PYTHON = """#!/bin/bash
if [ "$3 $4" = "literature update" ]; then
  [ "$UPDATE" = 0 ] || exit "$UPDATE"
  exec {python} -m synthesis literature import "$FOUND" --review "$6"
fi
exec {python} "$@"
"""
CURL = """case "$*" in
  *retraction_watch*) [ "$TABLE_IS_THERE" = 1 ] && cp "$NOTICES" retraction_watch.csv;;
esac
"""
FOUND = """TY  - JOUR
TI  - Tea `touch broken` @everyone and the hip
AU  - Lee, J.
PY  - 2026
DO  - 10.1000/tea
ER  -
"""
RETRACTED = (
    "Record ID,Title,Subject,Institution,Journal,Publisher,Country,Author,URLS,ArticleType,RetractionDate,"
    "RetractionDOI,RetractionPubMedID,OriginalPaperDate,OriginalPaperDOI,OriginalPaperPubMedID,"
    "RetractionNature,Reason,Paywalled,Notes\n"
    "1,T,S,I,J,P,C,A,,Research Article;,11/20/2026 0:00,10.1000/notice,0,1/1/2020 0:00,10.1000/abel,0,"
    "Retraction,+Fake Peer Review;,No,\n"
)


class Host:
    """A repository, its clone, and what the stand-ins were called with."""

    def __init__(self, folder: Path, kind: str) -> None:
        self.kind, self.clone, self.said = kind, folder / "clone", folder / "said"
        top = folder / "top"
        top.mkdir()
        self.job = written(top, kind)
        review = top / "reviews" / "tea time"
        write(review, abel=study("abel", "0.50").replace("year: 2020", "year: 2020, doi: 10.1000/abel"))
        commit(top, "2026-06-01")
        git(folder, "clone", "-q", "--bare", "top", "origin.git")
        git(folder, "clone", "-q", str(folder / "origin.git"), "clone")
        (folder / "found.ris").write_text(FOUND, encoding="utf-8")
        (folder / "table.csv").write_text(RETRACTED, encoding="utf-8")
        (folder / "bin").mkdir()
        for name, text in {
            "gh": SAYS,
            "pip": SAYS,
            "curl": SAYS + CURL,
            "python": PYTHON.replace("{python}", sys.executable),
        }.items():
            (folder / "bin" / name).write_text(text, encoding="utf-8")
            (folder / "bin" / name).chmod(0o755)

    def run(self, update: str = "0", table: str = "1") -> int:
        """The exit code of the whole job; of GitHub's that of the first step that fails."""
        folder = self.clone.parent
        own = {
            "PATH": f"{folder / 'bin'}:{os.environ['PATH']}",
            "SAID": str(self.said),
            "UPDATE": update,
            "FOUND": str(folder / "found.ris"),
            "NOTICES": str(folder / "table.csv"),
            "TABLE_IS_THERE": table,
            "GIT_CONFIG_GLOBAL": os.devnull,
            "DEFAULT": "main",
            "CI_DEFAULT_BRANCH": "main",
            "CI_SERVER_HOST": "gitlab.example.org",
            "CI_PROJECT_PATH": "a/b",
            "CI_API_V4_URL": "https://gitlab.example.org/api/v4",
            "REVIEW_TOKEN": "secret",
            "GITHUB_STEP_SUMMARY": str(folder / "summary"),
            # the address with the token is the repository beside the clone
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": f"url.{folder / 'origin.git'}.insteadOf",
            "GIT_CONFIG_VALUE_0": "https://oauth2:secret@gitlab.example.org/a/b.git",
        }
        if self.kind == "gitlab-monthly":
            lines = "\n".join(scripts(self.kind, self.job))
            return self._bash(lines, {**own, **self.job["monthly"]["variables"]})
        update_job = self.job["jobs"]["update"]
        env = {**own, "REVIEW": update_job["env"]["REVIEW"], "BRANCH": update_job["env"]["BRANCH"]}
        for step in update_job["steps"]:
            code = (
                self._bash(step["run"], {**env, "TABLE": "https://x/retraction_watch.csv"})
                if "run" in step
                else 0
            )
            if code and not step.get("continue-on-error"):
                return code
        return 0

    def _bash(self, script: str, env: dict[str, str]) -> int:
        words = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script]
        done = subprocess.run(words, cwd=self.clone, env=environment(**env), capture_output=True, check=False)
        return done.returncode

    def pushed(self) -> list[str]:
        """The commits of the branch that was pushed, the last first."""
        return git(
            self.clone.parent / "origin.git", "log", "--format=%s", "main..monthly-update"
        ).splitlines()


@pytest.mark.long
@pytest.mark.parametrize("kind", list(PLACES))
def test_what_is_new_is_pushed_and_told_once(kind: str, tmp_path: Path) -> None:
    host = Host(tmp_path, kind)
    assert host.run() == 0
    assert len(host.pushed()) == 1
    told = (host.clone / "monthly.md").read_text(encoding="utf-8")
    assert "1 work in all: 1 new" in told
    assert "    Waits for a person\n" in told
    assert "1 notice about reports not acted upon" in told
    assert "was retracted on 2026-11-20" in told
    assert not (host.clone / "broken").exists()
    shown = git(tmp_path / "origin.git", "show", "--stat", "--format=", "monthly-update")
    assert "citations.jsonl" in shown
    assert "notices.yaml" in shown
    said = host.said.read_text(encoding="utf-8")
    asked = "gh pr create --head monthly-update" if kind == "github-monthly" else "description@monthly.md"
    assert said.count(asked) == 1
    assert host.run() == 0  # the next month finds the same: nothing is committed, nobody is asked
    assert len(host.pushed()) == 1
    assert host.said.read_text(encoding="utf-8").count(asked) == 1


@pytest.mark.long
@pytest.mark.parametrize("kind", list(PLACES))
def test_a_search_that_broke_and_a_table_that_is_not_there_stop_nothing(kind: str, tmp_path: Path) -> None:
    host = Host(tmp_path, kind)
    assert host.run(update="1", table="0") == 0
    assert "### Status" in (host.clone / "monthly.md").read_text(encoding="utf-8")


@pytest.mark.long
@pytest.mark.parametrize("kind", list(PLACES))
def test_a_review_without_a_search_fails_the_job(kind: str, tmp_path: Path) -> None:
    assert Host(tmp_path, kind).run(update="2") != 0


@pytest.mark.long
@pytest.mark.parametrize("kind", list(PLACES))
def test_what_could_not_be_looked_at_fails_the_job(kind: str, tmp_path: Path) -> None:
    host = Host(tmp_path, kind)
    (host.clone / "reviews" / "tea time" / "studies" / "berg.yaml").write_text("[", encoding="utf-8")
    assert host.run() != 0
    assert "Could not be looked at" in (host.clone / "monthly.md").read_text(encoding="utf-8")
