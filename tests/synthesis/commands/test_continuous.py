"""The files that `init --ci` writes are well-formed, stand where they run, and their commands exist."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from synthesis.__main__ import app
from tests.synthesis.commands.running import ROOT, synthesis
from tests.synthesis.living.reviews import git, study, write

PLACES = {
    "github": ".github/workflows/review.yml",
    "gitlab": ".gitlab-ci.yml",
    "pre-commit": ".pre-commit-config.yaml",
}


def read(path: Path) -> Any:
    return YAML(typ="safe").load(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("kind", list(PLACES))
def test_a_new_review_gets_the_file_with_it_and_an_old_one_alone(tmp_path: Path, kind: str) -> None:
    new = synthesis("init", "new", "--ci", kind, cwd=tmp_path)
    assert new.returncode == 0, new.stderr
    assert read(tmp_path / "new" / PLACES[kind])
    old = write(tmp_path / "old", abel=study("abel", "0.1"))
    before = sorted(old.rglob("*"))
    done = synthesis("init", "old", "--ci", kind, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"wrote old/{PLACES[kind]}\n"
    assert {path for path in sorted(old.rglob("*")) if path not in before and path.is_file()} == {
        old / PLACES[kind]
    }
    again = synthesis("init", "old", "--ci", kind, cwd=tmp_path)
    assert again.returncode == 1
    assert "exists; nothing was written" in again.stderr


def test_without_the_option_no_such_file_is_written(tmp_path: Path) -> None:
    assert synthesis("init", "new", cwd=tmp_path).returncode == 0
    assert not [place for place in PLACES.values() if (tmp_path / "new" / place).exists()]


def test_the_file_stands_at_the_top_of_the_repository_and_names_the_review(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "-b", "main", ".")
    folder = write(tmp_path / "reviews" / "tea: hot", abel=study("abel", "0.1"))
    done = synthesis("init", folder, *(word for kind in PLACES for word in ("--ci", kind)), cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    github = read(tmp_path / PLACES["github"])
    assert github["jobs"]["check"]["env"]["REVIEW"] == "reviews/tea: hot"
    assert read(tmp_path / PLACES["gitlab"])["review"]["variables"]["REVIEW"] == "reviews/tea: hot"
    assert not list(folder.rglob("*.yml"))


def steps(tmp_path: Path) -> str:
    synthesis("init", "new", *(word for kind in PLACES for word in ("--ci", kind)), cwd=tmp_path)
    return "\n".join((tmp_path / "new" / place).read_text() for place in PLACES.values())


def test_every_command_and_option_in_them_exists(tmp_path: Path) -> None:
    named = {each.name or getattr(each.callback, "__name__", "") for each in app.registered_commands}
    word = r"--?[\w-]+|\"[^\"]+\"|\\\n|[\w.-]+"
    found = re.findall(rf"python -m synthesis (\w+)((?: +(?:{word}))*)", steps(tmp_path))
    assert [name for name, _ in found] == ["check", "diff", "check", "diff", "check", "check"]
    for name, words in found:
        assert name in named
        helped = synthesis(name, "--help", cwd=tmp_path).stdout
        for option in re.findall(r"--[\w-]+", words):
            assert option in helped, f"{name} {option}"


def test_no_word_of_a_pull_request_is_put_into_a_script(tmp_path: Path) -> None:
    """A branch may be called `$(rm -rf .)`: values reach a script as variables of its environment alone."""
    github = read_github(tmp_path)
    scripts = [step["run"] for step in github["jobs"]["check"]["steps"] if "run" in step]
    assert len(scripts) == 4
    assert [script for script in scripts if "${{" in script] == []
    assert github["permissions"] == {"contents": "read", "pull-requests": "write"}


def read_github(tmp_path: Path) -> Any:
    steps(tmp_path)
    return read(tmp_path / "new" / PLACES["github"])


def test_the_hook_takes_the_files_of_a_review_and_none_of_a_release() -> None:
    [hook] = read(ROOT / ".pre-commit-hooks.yaml")
    wanted, without = re.compile(hook["files"]), re.compile(hook["exclude"])

    def taken(path: str) -> bool:
        return bool(wanted.search(path)) and not without.search(path)

    assert taken("review.yaml")
    assert taken("reviews/tea/studies/abel.yaml")
    assert not taken("reviews/tea/studies/deep/abel.yaml")
    assert not taken("reviews/tea/releases/1.0/inputs/studies/abel.yaml")
    assert not taken("notes.yaml")
    template = (ROOT / "synthesis" / "templates" / "ci" / "pre-commit.yaml").read_text()
    assert hook["files"].replace("$", "$$") in template
    assert hook["exclude"] in template


def test_gitlab_gets_a_problem_with_its_place_and_a_print_that_outlives_a_new_line(tmp_path: Path) -> None:
    wrong = study("abel", "0.50").replace("se: 0.10", "ci: [0.60, 0.70]")
    folder = write(tmp_path / "tea", abel=wrong)

    def issues() -> list[dict[str, Any]]:
        done = synthesis("check", "tea/studies", "--format", "gitlab", cwd=tmp_path)
        assert done.returncode == 1
        return list(json.loads(done.stdout))

    found = next(each for each in issues() if each["check_name"] == "estimate-outside-interval")
    assert found["location"] == {"path": "tea/studies/abel.yaml", "lines": {"begin": 19}}
    assert found["severity"] == "major"
    assert found["description"].startswith("the estimate 0.50 lies outside its own 95% interval")
    write(folder, abel="# one line more\n" + wrong)
    moved = next(each for each in issues() if each["check_name"] == "estimate-outside-interval")
    assert moved["location"]["lines"] == {"begin": 20}
    assert moved["fingerprint"] == found["fingerprint"]
    assert len({each["fingerprint"] for each in issues()}) == len(issues())
