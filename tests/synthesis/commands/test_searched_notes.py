"""The day to which was searched stands under every figure of a review, in its texts, data and releases."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from evidence.records.review import load_review
from synthesis.living.releases import write_release
from synthesis.living.summaries import Pooling
from tests.evidence.literature.flow.searched_review import SearchedReview
from tests.synthesis.commands.running import synthesis
from tests.synthesis.living.reviews import study

SAYS = "Searched to 5 January 2026 (PubMed) and 7 January 2026 (Scopus)."


@pytest.fixture
def review(tmp_path: Path) -> SearchedReview:
    """Two searches, three studies of the hip and one of the spine."""
    made = SearchedReview(tmp_path / "tea")
    made.search("PubMed", range(3), day="2026-01-05")
    made.search("Scopus", range(3), day="2026-01-07")
    for place, name in enumerate(("alpha", "beta", "gamma")):
        text = study(name, f"0.{place + 1}2")
        (made.folder / "studies" / f"{name}.yaml").write_text(text)
    (made.folder / "studies" / "delta.yaml").write_text(study("delta", "0.40", site="spine"))
    return made


def svg(folder: Path, name: str) -> str:
    """The texts of a figure that stand one behind the other, as one text."""
    text = (folder / name).read_text(encoding="utf-8").replace("\N{NO-BREAK SPACE}", " ")
    return " ".join(re.findall(r"<text[^>]*>([^<]*)</text>", text))


def test_a_forest_plot_has_it_below_and_the_terminal_says_it_once(
    review: SearchedReview, tmp_path: Path
) -> None:
    done = synthesis("forest", "--review", "tea", "--format", "svg", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count(SAYS) == 1
    for name in ("hip", "spine"):
        assert svg(tmp_path / "output", f"{name}.svg").count(SAYS) == 1
    alone = synthesis("forest", "hip", "--review", "tea", "--format", "svg", cwd=tmp_path)
    assert alone.stdout.count(SAYS) == 1
    (hip,) = json.loads(synthesis("forest", "hip", "--review", "tea", "--json", cwd=tmp_path).stdout)
    assert hip["searched_to"] == "2026-01-05"


def test_every_kind_of_plot_has_it_below_and_in_its_words(review: SearchedReview, tmp_path: Path) -> None:
    drawn = 0
    for kind in ("cumulative", "leave-one-out", "funnel", "direction", "harvest"):
        done = synthesis("plot", kind, "hip", "--review", "tea", "--format", "svg", cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        assert SAYS in " ".join(done.stdout.split())
        drawn += svg(tmp_path / "output", f"hip-{kind}.svg").count(SAYS)
    assert drawn == 5


def test_the_day_of_the_review_goes_before_the_log_and_without_both_nothing_is_said(
    review: SearchedReview, tmp_path: Path
) -> None:
    path = review.folder / "review.yaml"
    path.write_text(path.read_text() + "searched_to: 2025-12-24\n")
    done = synthesis("forest", "hip", "--review", "tea", "--format", "svg", cwd=tmp_path)
    assert "Searched to 24 December 2025." in done.stdout
    assert "PubMed" not in done.stdout
    path.write_text(path.read_text().replace("searched_to: 2025-12-24\n", ""))
    (review.folder / "literature/searches.jsonl").unlink()
    done = synthesis("forest", "--review", "tea", "--format", "svg", cwd=tmp_path)
    assert "earched" not in done.stdout + svg(tmp_path / "output", "hip.svg")
    (hip, _) = json.loads(synthesis("forest", "--review", "tea", "--json", cwd=tmp_path).stdout)
    assert hip["searched_to"] is None


def test_a_damaged_log_stops_no_figure_and_is_said_in_it(review: SearchedReview, tmp_path: Path) -> None:
    (review.folder / "literature/searches.jsonl").write_text("{\n")
    done = synthesis("forest", "hip", "--review", "tea", "--format", "svg", cwd=tmp_path)
    assert done.returncode == 0
    assert "The day of the last search is not known: " in done.stdout


def test_tables_and_paragraphs_for_a_paper_have_it(review: SearchedReview, tmp_path: Path) -> None:
    done = synthesis("export", "--review", "tea", "--to", "paper.md", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    text = (tmp_path / "paper.md").read_text(encoding="utf-8")
    assert f"The literature was s{SAYS[1:]}" in text
    assert text.count(SAYS) == 1, "the note of the table"


def test_a_release_keeps_searches_and_decisions_and_can_be_verified(
    review: SearchedReview, tmp_path: Path
) -> None:
    review.decide("title", "exclude", 1, 2)
    made, folder = load_review(review.folder), tmp_path / "1.0.0"
    (folder / "figures").mkdir(parents=True)
    write_release(folder, "1.0.0", made, Pooling.of(made).results)
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["searched_to"] == "2026-01-05"
    kept = {"literature/searches.jsonl", "literature/screening/anna.tsv"}
    assert kept <= manifest["inputs"].keys()
    for name in kept:
        assert (folder / "inputs" / name).read_bytes() == (review.folder / name).read_bytes()
    done = synthesis("verify", "1.0.0", cwd=tmp_path)
    assert done.returncode == 0, done.stdout
