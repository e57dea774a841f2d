"""What status says of changes since the last release, and of judgements older than their data."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from evidence.records.review import load_review
from synthesis.living.status_line import StatusLine
from synthesis.living.unreleased import unreleased_status
from tests.synthesis.living.reviews import commit, git, study, write


def lines(folder: Path) -> list[StatusLine]:
    return list(unreleased_status(load_review(folder)))


def test_each_result_that_moved_since_the_release_is_a_line(moving: Path) -> None:
    (line,) = lines(moving)
    assert (line.topic, line.state, line.command) == ("release", "waits", "diff")
    commit_of_release = git(moving, "rev-parse", "--short=9", "v1.0").strip()
    assert line.says == (
        f"1 added: fink; 1 retracted: cole; 1 changed: berg since v1.0 ({commit_of_release}, 2026-06-01); "
        "1 result moved"
    )
    assert line.details == ("Hip: 0.40 [0.15, 0.65] →  0.25 [−0.53, 1.03]   (k 3 → 3)",)
    assert line.data == {"since": "v1.0", "moved": 1, "refused": 0}


def test_what_is_as_it_was_released_needs_nothing(moving: Path) -> None:
    git(moving, "tag", "v1.1")
    (line,) = lines(moving)
    assert (line.state, line.command, line.details) == ("told", "", ())
    assert line.says.startswith("nothing changed since v1.1 (")


def test_without_a_release_the_last_commit_is_compared_and_nobody_is_waited_for(moving: Path) -> None:
    git(moving, "tag", "-d", "v1.0")
    (line,) = lines(moving)
    assert (line.state, line.command) == ("told", "release 0.1.0")
    assert line.says.startswith("nothing changed since last commit ")
    write(moving, gross=study("gross", "0.10"))
    (line,) = lines(moving)
    assert (line.state, line.command) == ("told", "diff")
    assert line.says.startswith("1 added: gross since last commit ")
    assert line.data == {"since": "HEAD", "moved": 1, "refused": 0}


def test_words_alone_are_changes_without_a_result(moving: Path) -> None:
    git(moving, "tag", "v1.1")
    path = moving / "review.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("Tea and bone", "Tea"), encoding="utf-8")
    (line,) = lines(moving)
    assert (line.state, line.details) == ("waits", ())
    assert line.says.startswith("no record changed since v1.1 (")
    assert line.says.endswith("; 0 results moved")


def test_an_analysis_that_is_refused_is_told_and_waits(moving: Path) -> None:
    git(moving, "tag", "-d", "v1.0")
    write(moving, abel2=study("abel2", "0.10", cohort="Cohort abel"))
    (line,) = lines(moving)
    assert line.state == "waits"
    assert line.data["refused"] == 1
    assert [each for each in line.details if each.startswith("Hip is refused: ")] != []


def test_outside_a_repository_there_is_nothing_to_compare_with(kept: Path, tmp_path: Path) -> None:
    folder = tmp_path / "r"
    shutil.copytree(kept, folder)
    (line,) = lines(folder)
    assert (line.state, line.command) == ("told", "release 0.1.0")
    assert line.says.startswith("nothing to compare with: ")


def test_judgements_older_than_their_data_wait(moving: Path) -> None:
    judgement = "{tool: RoB 2, domain: overall, judgement: low, support: s, estimate: main}"
    judged = f"risk_of_bias:\n  - {judgement}\nextraction:"
    write(moving, abel=study("abel", "0.50").replace("extraction:", judged))
    commit(moving, "2026-09-01")
    git(moving, "tag", "v2.0")
    write(moving, abel=study("abel", "0.55").replace("extraction:", judged))
    found = lines(moving)
    assert [each.topic for each in found] == ["judgements", "release"]
    assert (found[0].says, found[0].state) == ("1 judgement is older than the data", "waits")
    assert found[0].data == {"stale": 1}
    assert found[0].details == (
        "abel: 1 judgement of risk of bias (RoB 2) is older than the numbers of main",
    )
    write(moving, eder=study("eder", "0.65", site="spine"))
    acknowledged = (
        "acknowledged:\n  - {finding: p-missing, of: main, by: me, on: 2026-06-01, why: w, data: old}\n"
    )
    write(moving, eder=study("eder", "0.65", site="spine") + acknowledged)
    assert lines(moving)[0].says == "2 judgements are older than the data"


@pytest.mark.parametrize("damaged", ["now", "then"])
def test_a_version_that_cannot_be_read_is_not_looked_at(damaged: str, moving: Path) -> None:
    path = moving / "review.yaml"
    whole = path.read_text(encoding="utf-8")
    path.write_text("schema: 1\n", encoding="utf-8")
    if damaged == "then":
        commit(moving, "2026-09-01")
        git(moving, "tag", "v2.0")
        path.write_text(whole, encoding="utf-8")
    (line,) = lines(moving)
    assert (line.topic, line.state) == ("release", "unseen")
    who = "working tree" if damaged == "now" else "v2.0 ("
    assert line.says.startswith(f"could not be looked at: {who}")
    assert ": review.yaml:1: " in line.says
