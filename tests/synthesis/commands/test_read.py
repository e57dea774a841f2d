"""`read` as a user meets it: the list, JSON, drafts that wait for a person, and refusals."""

from __future__ import annotations

import json
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from evidence.records.unconfirmed import TO_BE_CONFIRMED
from tests.evidence.sources.test_finding import PAPER
from tests.synthesis.commands.running import synthesis

TEXT = PAPER + "The HR was 1.21 (95% CI 1.84 to 2.73).\n"


@pytest.fixture
def folder(review: Path) -> Path:
    """A review with a paper beside it."""
    (review / "papers").mkdir()
    (review / "papers" / "lee.txt").write_text(TEXT, encoding="utf-8")
    return review


def read(folder: Path, *words: str) -> CompletedProcess[str]:
    return synthesis("read", "papers/lee.txt", *words, cwd=folder)


def test_each_candidate_is_listed_with_place_numbers_words_and_what_is_wrong(folder: Path) -> None:
    done = read(folder)
    assert done.returncode == 0
    assert "Table 2, Women, no. 1 (line 9)\n  beta -0.0012 [-0.0051, 0.0027], p 0.54?" in done.stdout
    last = done.stdout[done.stdout.index("line 14") :]
    assert last.splitlines() == [
        "line 14",
        "  HR 1.21 [1.84, 2.73]",
        "  'The HR was 1.21 (95% CI 1.84 to 2.73).'",
        "  the estimate 1.21 lies outside its own 95% interval [1.84, 2.73]",
        "lee.txt: 7 effects, 1 mean and 1 number of persons; 0 in the review 'r' already, "
        "1 contradicts itself",
    ]
    assert done.stderr == ""


def test_the_same_as_json(folder: Path) -> None:
    done = read(folder, "--json")
    assert done.stdout == read(folder, "--format", "json").stdout
    told = json.loads(done.stdout)
    assert (told["file"], told["review"], told["draft"]) == ("papers/lee.txt", "r", None)
    assert len(told["candidates"]) == 9
    last = told["candidates"][-1]
    assert last["numbers"] == {"estimate": "1.21", "level": "95 %", "low": "1.84", "high": "2.73"}
    assert (last["kind"], last["measure"], last["measure_said"], last["line"]) == ("effect", "HR", "HR", 14)
    assert [each["rule"] for each in last["contradictions"]] == ["estimate-outside-interval"]
    assert last["recorded"] is None


def test_a_draft_is_written_as_a_study_and_nothing_takes_it_for_a_record(folder: Path) -> None:
    done = read(folder, "--draft", "lee-2019")
    path = folder / "studies" / "lee-2019.yaml"
    assert done.returncode == 0
    assert f"wrote {path.relative_to(folder)}" in done.stdout
    assert "values to confirm: python -m synthesis check studies/lee-2019.yaml" in done.stdout.replace(
        " or more", ""
    )
    text = path.read_text(encoding="utf-8")
    assert "text: papers/lee.txt" in text
    checked = synthesis("check", "studies/lee-2019.yaml", cwd=folder)
    assert checked.returncode == 1
    assert "'measure' is to be confirmed: beta" in checked.stdout
    assert "Traceback" not in checked.stdout + checked.stderr
    forest = synthesis("forest", cwd=folder)
    assert forest.returncode == 1
    assert "to-be-confirmed" in forest.stdout


def test_a_draft_replaces_a_file_only_when_told_to(folder: Path) -> None:
    (folder / "mine.yaml").write_text("mine", encoding="utf-8")
    refused = read(folder, "--draft", "mine.yaml")
    assert refused.returncode == 1
    assert refused.stderr == (
        "error: 'mine.yaml' was not written: a file of that name exists; --force replaces it\n"
    )
    assert (folder / "mine.yaml").read_text(encoding="utf-8") == "mine"
    assert read(folder, "--draft", "mine.yaml", "--force").returncode == 0
    assert "study: mine" in (folder / "mine.yaml").read_text(encoding="utf-8")


def test_what_is_recorded_is_said_and_not_drafted_again(folder: Path) -> None:
    assert read(folder, "--draft", "lee-2019").returncode == 0
    path = folder / "studies" / "lee-2019.yaml"
    text = path.read_text(encoding="utf-8")
    for key, value in (
        ("measure", "MD"),
        ("type", "journal article"),
        ("status", "published"),
        ("year", "2019"),
        ("adjustment", "full"),
        ("on", "2026-11-21"),
    ):
        text = text.replace(f"{key}: {TO_BE_CONFIRMED}", f"{key}: {value}")
    text = text.replace(f": {TO_BE_CONFIRMED}", ": said").replace(f" {TO_BE_CONFIRMED}", "")
    path.write_text(text, encoding="utf-8")
    again = read(folder)
    assert "recorded: lee-2019, table-2-women" in again.stdout
    assert "8 in the review 'r' already" in again.stdout
    drafted = read(folder, "--draft", "rest.yaml", "--json")
    assert json.loads(drafted.stdout)["draft"] == "rest.yaml"
    rest = (folder / "rest.yaml").read_text(encoding="utf-8")
    assert "estimates:" not in rest
    assert "#   line 2: mean 62.6, ± 8.0" in rest


def test_a_paper_without_candidates_is_one_line_and_gives_no_draft(folder: Path) -> None:
    (folder / "papers" / "lee.txt").write_text("A correction of 2014.", encoding="utf-8")
    done = read(folder)
    assert (done.returncode, done.stdout) == (
        0,
        "lee.txt: no number with which a record could begin\n",
    )
    refused = read(folder, "--draft", "lee-2019")
    assert (refused.returncode, refused.stderr) == (
        1,
        "error: nothing was written: 'lee.txt' has nothing that is not recorded already\n",
    )
    assert not (folder / "studies" / "lee-2019.yaml").exists()


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("--force",), 2, "--force is about a file that --draft writes"),
        (("--draft", "Lee 2019"), 2, "'Lee 2019' is neither a .yaml file nor the name of a study"),
        (("--draft", "drafts/lee"), 2, "'drafts/lee' does not end in .yaml"),
        (("--draft", ""), 2, "'' is neither a .yaml file nor the name of a study"),
        (("--review", "none"), 2, "--review: 'none' is no folder"),
        (("--draft", "a/b/c.yaml"), 1, "'a/b/c.yaml' was not written: no such file or directory"),
    ],
)
def test_what_cannot_be_is_one_sentence(folder: Path, words: tuple[str, ...], code: int, says: str) -> None:
    done = read(folder, *words)
    assert done.returncode == code
    assert says in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("none.pdf", "there is no file 'none.pdf'"),
        ("review.yaml", "'review.yaml' is of no kind that can be read. Expected one of .pdf"),
        ("studies", "'studies' is of no kind that can be read"),
    ],
)
def test_a_paper_that_cannot_be_read_is_one_sentence(folder: Path, name: str, says: str) -> None:
    done = synthesis("read", name, cwd=folder)
    assert done.returncode == 1
    assert says in done.stderr
    assert done.stdout == ""


def test_records_that_cannot_be_read_are_counted(folder: Path) -> None:
    (folder / "studies" / "broken.yaml").write_text("study: [", encoding="utf-8")
    assert "1 record of the review cannot be read" in read(folder).stdout
