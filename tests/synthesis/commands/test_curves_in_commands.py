"""What each command makes of a dose-response analysis, or why it makes nothing of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from evidence.records.review import LoadedReview
from synthesis.__main__ import app
from synthesis.living.releases import method_sentences_of, write_release
from synthesis.living.summaries import Pooling
from tests.synthesis.review.classes import DOSED, LIMITED, MIDDLES, classed, reviewed


def curved(folder: Path) -> LoadedReview:
    return reviewed(folder, {"a": classed("a", DOSED), "b": classed("b", LIMITED)}, MIDDLES % "")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["export", "--to", "x.md"], "all is refused: a dose-response analysis is not exported yet"),
        (["plan", "all", "--effect", "0.9"], "all is refused: It is a dose-response analysis"),
        (["plot", "funnel", "all"], "all-funnel: It is a dose-response analysis, which has no plot of kind"),
        (["plot", "direction", "all"], "all-direction: It is a dose-response analysis"),
        (["plot", "influence", "all"], "all-influence: It is a dose-response analysis"),
        (["plot", "multiverse", "all"], "all-multiverse: It is a dose-response analysis"),
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
