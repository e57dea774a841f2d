"""What each command makes of a dose-response analysis, or why it makes nothing of it."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from evidence.records.review import LoadedReview
from synthesis.__main__ import app
from synthesis.living.releases import method_sentences_of, write_release
from synthesis.living.summaries import Pooling
from synthesis.living.verifying import verify_release
from tests.synthesis.review.classes import DOSED, LIMITED, MIDDLES, classed, reviewed


def curved(folder: Path) -> LoadedReview:
    return reviewed(folder, {"a": classed("a", DOSED), "b": classed("b", LIMITED)}, MIDDLES % "")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["plan", "all", "--effect", "0.9"], "all is refused: It is a dose-response analysis"),
        (["plot", "funnel", "all"], "all-funnel: It is a dose-response analysis, which has no plot of kind"),
        (["plot", "direction", "all"], "all-direction: It is a dose-response analysis"),
        (["plot", "influence", "all"], "all-influence: It is a dose-response analysis"),
        (["plot", "gosh", "all"], "it has curve, leave-one-out, cumulative and multiverse."),
    ],
)
def test_what_has_no_answer_for_a_curve_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], says: str
) -> None:
    curved(tmp_path)
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 1
    assert says in " ".join(done.output.split())


def test_forest_prints_and_exports_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    curved(tmp_path)
    monkeypatch.chdir(tmp_path)
    (told,) = json.loads(CliRunner().invoke(app, ["forest", "--json"]).stdout)
    assert [each["label"] for each in told["dose_response"]["studies"]] == ["A", "B"]
    assert len(told["dose_response"]["curve"]["estimate"]) == 1


def test_a_release_keeps_the_review_and_how_its_curve_was_made(tmp_path: Path) -> None:
    loaded = curved(tmp_path / "review")
    pooling = Pooling.of(loaded)
    assert pooling.refusals == {}
    (sentence,) = method_sentences_of(pooling.results["all"])
    assert sentence.startswith("Straight line, one stage, restricted maximum likelihood")
    work = tmp_path / "release"
    work.mkdir()
    write_release(work, "1.0.0", loaded, pooling.results)
    assert json.loads((work / "manifest.json").read_text())["methods"] == {"all": [sentence]}


def test_export_writes_a_curve_as_tables_text_and_scripts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    curved(tmp_path)
    monkeypatch.chdir(tmp_path)
    shown = CliRunner().invoke(app, ["export"])
    assert shown.exit_code == 0
    rows = list(csv.DictReader(shown.stdout.splitlines()))
    assert [(row["study"], row["dose"], row["estimate"][:4]) for row in rows] == [
        ("A", "11.0", ""), ("A", "12.0", "0.8"), ("A", "13.0", "0.6"),
        ("B", "12.0", ""), ("B", "11.0", "1.3"), ("B", "13.0", "0.7"),
    ]  # fmt: skip
    told = CliRunner().invoke(app, ["export", "--to", "effects.csv", "--table", "effects"])
    says = "wrote effects.csv: 0 effects (those of curves are in '--table classes') of 1 analysis"
    assert says in " ".join(told.output.split())
    done = CliRunner().invoke(app, ["export", "--to", "paper.md"])
    assert "and paper.bib: text, studies, effects, classes, summary, curves, doses" in " ".join(
        done.output.split()
    )
    assert "[@greenland1992]" in (tmp_path / "paper.md").read_text(encoding="utf-8")
    for name in ("a.py", "a.R"):
        assert CliRunner().invoke(app, ["export", "--to", name]).exit_code == 0
        assert "curve(" in (tmp_path / name).read_text(encoding="utf-8")


def test_diff_tells_what_moved_a_curve(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    curved(tmp_path / "old")
    both = {"a": classed("a", DOSED), "b": classed("b", LIMITED), "c": classed("c", DOSED)}
    reviewed(tmp_path / "new", both, MIDDLES % "")
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(app, ["diff", "old", "new"])
    assert done.exit_code == 0, done.output
    told = " ".join(done.output.split())
    assert "Everybody: per 1 g/dL" in told
    assert "Everybody: studies and classes – → C 12 and 13 against 11 g/dL (k 2 → 3) because of c" in told
    data = json.loads(CliRunner().invoke(app, ["diff", "old", "new", "--format", "json"]).stdout)
    assert {each["title"] for each in data["moved"]} >= {"Everybody: per 1 g/dL", "Everybody: heterogeneity"}
    markdown = CliRunner().invoke(app, ["diff", "old", "new", "--format", "markdown"]).stdout
    assert (
        "| Everybody: studies and classes | 2 → 3 | – | C 12 and 13 against 11 g/dL | because of c |"
        in markdown
    )


def test_a_release_keeps_the_tables_of_a_curve_and_they_are_verified(tmp_path: Path) -> None:
    loaded = curved(tmp_path / "review")
    pooling = Pooling.of(loaded)
    work = tmp_path / "release"
    work.mkdir()
    write_release(work, "1.0.0", loaded, pooling.results)
    assert {"classes.csv", "curves.csv", "doses.csv"} <= {path.name for path in work.iterdir()}
    sound = verify_release(work)
    assert sound.faults == ()
    text = (work / "curves.csv").read_text(encoding="utf-8")
    (row,) = csv.DictReader(text.splitlines())
    (work / "curves.csv").write_text(text.replace(row["estimate"], "0.5"), encoding="utf-8")
    faults = verify_release(work).faults
    assert faults[-1] == f"curves.csv, all, estimate: 0.5 stands there, {row['estimate']} follows"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["leave-one-out", "all"], "Everybody: without each study"),
        (["cumulative", "all"], "Everybody: study by study, in the order of the reports' years, 2020"),
        (["cumulative", "all", "--order", "entered"], "Everybody: study by study, in the order of their "),
        pytest.param(["multiverse", "all"], "Everybody: every defensible choice", marks=pytest.mark.long),
        (["curve", "all"], "Curve over doses from 11 to 13 g/dL, against 12 g/dL."),
    ],
)
def test_plots_of_a_curve_are_drawn_and_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], says: str
) -> None:
    curved(tmp_path)
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(app, ["plot", *arguments, "--format", "svg"])
    assert done.exit_code == 0, done.output
    assert says in " ".join(done.output.split())
    (figure,) = (tmp_path / "output").glob(f"all-{arguments[0]}*.svg")
    assert figure.stat().st_size > 0
