"""`init`: a folder in which every command works at once, and nothing that exists is overwritten."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from evidence.checking import check_paths
from evidence.records.parsing import Severity
from evidence.records.review import load_review
from evidence.selection.selection import select
from synthesis.commands.init import ExampleMeasure, filled, init
from tests.synthesis.commands.running import synthesis


@pytest.mark.parametrize("measure", list(ExampleMeasure))
def test_the_new_review_has_no_problem_and_its_example_is_pooled(
    tmp_path: Path, measure: ExampleMeasure
) -> None:
    init(tmp_path / "My Review", measure, None)
    assert [p for p in check_paths([tmp_path]).problems if p.severity is not Severity.NOTE] == []
    loaded = load_review(tmp_path / "My Review")
    assert loaded.review.review == "my-review"
    assert loaded.review.title == "My Review"
    assert loaded.review.scale.measure == measure.value
    [analysis] = loaded.review.analyses
    selection = select(loaded.review, analysis, loaded.records)
    assert [each.candidate.record.study for each in selection.chosen] == ["example"]
    assert selection.left_out == ()


def test_the_commands_it_names_work(tmp_path: Path) -> None:
    made = synthesis("init", "anemia", cwd=tmp_path)
    assert made.returncode == 0
    commands = [line.partition("#")[0].split()[3:] for line in made.stdout.splitlines() if "-m" in line]
    assert [command[0] for command in commands] == ["forest", "add", "check"]
    assert synthesis(*commands[2], cwd=tmp_path).stdout.startswith("0 errors, 0 warnings")
    forest = synthesis(*commands[0], cwd=tmp_path)
    assert forest.returncode == 0, forest.stderr
    assert "One study, nothing pooled" in forest.stdout
    inside = synthesis("forest", "--list", cwd=tmp_path / "anemia")  # the current folder is a review
    assert inside.stdout.startswith("hip-fracture")


@pytest.mark.parametrize("title", ["a: b # c", "null", "'quoted' \"twice\"", "李 and\nnew line", "@x"])
def test_any_title_survives(tmp_path: Path, title: str) -> None:
    init(tmp_path / "r", ExampleMeasure.OR, title)
    assert load_review(tmp_path / "r").review.title == " ".join(title.split())


@pytest.mark.parametrize(
    ("measure", "exposure", "unit", "model", "outcome"),
    [
        ("HR", "anemia", "not stated", "Cox regression", "hip fracture"),
        ("RD", "anemia", "not stated", "binomial regression", "hip fracture"),
        ("beta", "hemoglobin", "g/dL", "linear regression", "BMD"),
        ("r", "hemoglobin", "g/dL", "linear regression", "BMD"),
        ("MD", "anemia", "not stated", "analysis of covariance", "BMD"),
        ("SMD", "anemia", "not stated", "analysis of covariance", "BMD"),
        ("proportion", "being a resident", "not stated", "logistic regression", "osteoporosis"),
    ],
)
def test_the_example_fits_the_question_of_its_measure(
    tmp_path: Path, measure: str, exposure: str, unit: str, model: str, outcome: str
) -> None:
    """A slope is one of a measured exposure; two groups are compared by their names."""
    tmp_path.joinpath("there").mkdir()  # a folder that is empty is taken
    init(tmp_path / "there", ExampleMeasure(measure), None)
    loaded = load_review(tmp_path / "there")
    [record] = loaded.records
    [estimate] = record.estimates
    [found] = record.exposures.values()
    assert (found.name, found.unit) == (exposure, unit)
    assert record.model_of(estimate).type == model
    assert record.outcome_of(estimate).name == outcome == loaded.review.analyses[0].outcome.name
    versus = loaded.review.scale.versus
    assert (versus is not None) == (exposure == "anemia")
    assert loaded.review.analyses[0].id == outcome.replace(" ", "-").lower()
    assert loaded.review.analyses[0].title == outcome[0].upper() + outcome[1:]
    assert loaded.review.scale.unit == ("g/cm2" if measure in ("beta", "MD") else None)


def test_folders_are_made_all_the_way_down(tmp_path: Path) -> None:
    init(tmp_path / "a" / "b" / "李", ExampleMeasure.OR, "")
    loaded = load_review(tmp_path / "a" / "b" / "李")
    assert (loaded.review.review, loaded.review.title) == ("my-review", "李")


@pytest.mark.parametrize("existing", ["review.yaml", "studies/example.yaml"])
def test_nothing_is_overwritten(tmp_path: Path, existing: str) -> None:
    (tmp_path / existing).parent.mkdir(exist_ok=True)
    (tmp_path / existing).write_text("mine")
    refused = synthesis("init", tmp_path, cwd=tmp_path)
    assert refused.returncode == 1
    assert f"{existing}' exists; nothing was written" in refused.stderr
    assert [path.read_text() for path in tmp_path.rglob("*.yaml")] == ["mine"]


def test_a_folder_that_cannot_be_made_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    refused = synthesis("init", tmp_path / "file" / "review", cwd=tmp_path)
    assert refused.returncode == 1
    assert refused.stderr.startswith("error: ")
    assert "cannot be made" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_an_unknown_measure_is_refused_with_the_known_ones(tmp_path: Path) -> None:
    refused = synthesis("init", tmp_path / "r", "--measure", "hazard", cwd=tmp_path)
    assert refused.returncode == 2
    assert "proportion" in refused.stderr
    assert not (tmp_path / "r").exists()


def test_a_placeholder_without_a_value_is_an_error() -> None:
    with pytest.raises(KeyError):
        filled("$nothing", ExampleMeasure.HR)


def test_papers_and_figures_stay_out_of_the_reviews_history(tmp_path: Path) -> None:
    folder = tmp_path / "r"
    init(folder, ExampleMeasure.HR, None)
    (folder / "papers").mkdir()
    for name in ("papers/lee.pdf", "output/hip.png", "studies/lee.yaml"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text("x", encoding="utf-8")
    subprocess.run(["git", "init", "-q", str(folder)], check=True)
    listed = subprocess.run(
        ["git", "-C", str(folder), "ls-files", "--others", "--exclude-standard"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split()
    assert sorted(listed) == [".gitignore", "review.yaml", "studies/example.yaml", "studies/lee.yaml"]
    own = tmp_path / "own"
    own.mkdir()
    (own / ".gitignore").write_text("mine\n", encoding="utf-8")
    init(own, ExampleMeasure.HR, None)
    assert (own / ".gitignore").read_text(encoding="utf-8") == "mine\n"
