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


def confirmed(text: str) -> str:
    """A draft after a person has looked at every value."""
    for key, value in (
        ("measure", "MD"),
        ("type", "journal article"),
        ("status", "published"),
        ("year", "2019"),
        ("adjustment", "full"),
        ("on", "2026-11-21"),
    ):
        text = text.replace(f"{key}: {TO_BE_CONFIRMED}", f"{key}: {value}")
    return text.replace(f": {TO_BE_CONFIRMED}", ": said").replace(f" {TO_BE_CONFIRMED}", "")


def test_a_draft_waits_beside_the_studies_and_stops_nothing(folder: Path) -> None:
    before = synthesis("forest", "--json", cwd=folder)
    done = read(folder, "--draft", "lee-2019")
    assert done.returncode == 0
    told = done.stdout.replace(" or more", "")
    assert "wrote drafts/lee-2019.yaml" in told
    assert "values to confirm: python -m synthesis check drafts/lee-2019.yaml\n" in told
    assert told.endswith("then: python -m synthesis add --from drafts/lee-2019.yaml\n")
    assert "text: papers/lee.txt" in (folder / "drafts" / "lee-2019.yaml").read_text(encoding="utf-8")
    after = synthesis("forest", "--json", cwd=folder)
    assert (after.returncode, after.stdout) == (before.returncode, before.stdout)
    assert ", 1 draft waits\n" in synthesis("forest", cwd=folder).stdout
    checked = synthesis("check", cwd=folder)
    assert "drafts/lee-2019.yaml:1:1: note: the draft 'lee-2019' is incomplete" in checked.stdout
    assert "when every value is confirmed: python -m synthesis add --from drafts/lee-2019.yaml." in (
        checked.stdout
    )
    assert TO_BE_CONFIRMED not in checked.stdout


def test_a_draft_by_its_name_is_checked_and_refused_with_every_guess(folder: Path) -> None:
    assert read(folder, "--draft", "lee-2019").returncode == 0
    for command in (
        ("check", "drafts/lee-2019.yaml"),
        ("check", "drafts"),
        ("add", "--from", "drafts/lee-2019.yaml"),
    ):
        refused = synthesis(*command, cwd=folder)
        assert refused.returncode == 1
        assert "'measure' is to be confirmed: beta" in refused.stdout
        assert "'adjustment' is to be filled in" in refused.stdout
        assert "Traceback" not in refused.stdout + refused.stderr
    assert "nothing was written: mend the file first" in refused.stderr
    assert (folder / "drafts" / "lee-2019.yaml").exists()
    assert not (folder / "studies" / "lee-2019.yaml").exists()


def test_a_confirmed_draft_moves_to_the_studies_with_one_command(folder: Path) -> None:
    assert read(folder, "--draft", "lee-2019").returncode == 0
    path = folder / "drafts" / "lee-2019.yaml"
    path.write_text(confirmed(path.read_text(encoding="utf-8")), encoding="utf-8")
    text = path.read_text(encoding="utf-8")
    added = synthesis("add", "--from", "drafts/lee-2019.yaml", cwd=folder)
    assert "wrote studies/lee-2019.yaml" in added.stdout
    assert (folder / "studies" / "lee-2019.yaml").read_text(encoding="utf-8") == text
    assert not path.exists()
    assert "draft" not in synthesis("check", cwd=folder).stdout.replace("Drafted", "")


def test_a_file_from_elsewhere_stays_where_it_is_when_it_is_added(folder: Path) -> None:
    assert read(folder, "--draft", "mine.yaml").returncode == 0
    path = folder / "mine.yaml"
    path.write_text(confirmed(path.read_text(encoding="utf-8")), encoding="utf-8")
    assert "wrote studies/mine.yaml" in synthesis("add", "--from", "mine.yaml", cwd=folder).stdout
    assert path.exists()


def test_two_drafts_are_named_in_one_note(folder: Path) -> None:
    for name in ("b", "a"):
        assert read(folder, "--draft", name).returncode == 0
    told = synthesis("check", cwd=folder).stdout
    assert [f"note: the draft '{name}' is incomplete" in told for name in "ab"] == [True, True]
    assert ", 2 drafts wait\n" in synthesis("forest", cwd=folder).stdout


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


def test_force_is_advised_where_it_helps(folder: Path) -> None:
    (folder / "folder.yaml").mkdir()
    for words, helps in (
        (["folder.yaml"], True),
        (["folder.yaml", "--force"], False),
        (["a/b/c.yaml"], False),
        (["a/b/c.yaml", "--force"], False),
    ):
        refused = read(folder, "--draft", *words)
        assert refused.returncode == 1
        assert ("; --force replaces it" in refused.stderr) == helps, words


def test_the_values_that_wait_for_a_person_are_counted(folder: Path) -> None:
    (folder / "papers" / "lee.txt").write_text("The HR was 1.21 (95% CI 0.84 to 1.73).", encoding="utf-8")
    told = read(folder, "--draft", "lee.yaml").stdout.splitlines()
    text = (folder / "lee.yaml").read_text(encoding="utf-8").partition("schema:")[2]
    marks = text.count(TO_BE_CONFIRMED)
    assert marks > 10
    assert f"{marks} values to confirm: python -m synthesis check lee.yaml" in told


def test_what_is_recorded_is_said_and_not_drafted_again(folder: Path) -> None:
    assert read(folder, "--draft", "lee-2019").returncode == 0
    path = folder / "drafts" / "lee-2019.yaml"
    text = confirmed(path.read_text(encoding="utf-8"))
    (folder / "studies" / "lee-2019.yaml").write_text(text, encoding="utf-8")
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
    assert not (folder / "drafts").exists()


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
