"""Columns that a reader chose, from what the records print."""

from __future__ import annotations

from pathlib import Path

import pytest

from evidence.records.review import LoadedReview, load_review
from synthesis.drawing.forest_table import ForestTable, NotReportedRow, StudyRow
from synthesis.review.analysis import AnalysisResult, analyse
from synthesis.review.chosen_columns import COLUMNS, with_columns
from synthesis.review.forest_table import forest_table
from tests.synthesis.review.made import REVIEW, record, silent

COUNTS = (
    "id: {name}, outcome: hip, model: full, n: {n}, effect: {{measure: OR, groups: "
    "[{{name: low, n: {n1}, events: {e1}}}, {{name: high, n: {n2}, events: {e2}}}], "
    "versus: {{exposed: low, reference: high}}}}"
)
JUDGED = """risk_of_bias:
  - {tool: RoB 2, domain: D1, judgement: High, support: Said so.}
  - {tool: RoB 2, domain: overall, judgement: some concerns, support: Said so.}
"""


@pytest.fixture
def loaded(tmp_path: Path) -> LoadedReview:
    (tmp_path / "studies").mkdir()
    scale = "{measure: OR, exposure: hemoglobin, versus: {exposed: low, reference: high}}"
    review = REVIEW.format(scale=scale, reports="published", sites="hip", more="")
    (tmp_path / "review.yaml").write_text(review)
    first = record("ada", [COUNTS.format(name="one", n=30, n1=10, e1=4, n2=20, e2=5)]) + JUDGED
    second = record("bob", [COUNTS.format(name="two", n=70, n1=30, e1=9, n2=40, e2=3)])
    third = record("cyd", [silent("three")])
    for name, text in (("ada", first), ("bob", second), ("cyd", third)):
        (tmp_path / "studies" / f"{name}.yaml").write_text(text)
    found = load_review(tmp_path)
    assert not [p for p in found.problems if p.severity.name == "ERROR"], found.problems
    return found


def made(loaded: LoadedReview) -> tuple[ForestTable, AnalysisResult]:
    result = analyse(loaded, loaded.review.analyses[0], loaded.review.method)
    return forest_table(result), result


def cells(table: ForestTable) -> dict[str, tuple[str, ...]]:
    return {row.label: row.cells for row in table.rows if isinstance(row, StudyRow | NotReportedRow)}


def test_events_persons_and_judgements_come_from_the_records(loaded: LoadedReview) -> None:
    table = with_columns(*made(loaded), ["n", "events", "risk of bias"])
    assert table.columns == ("N", "Events/N, exposed", "Events/N, reference", "Risk of bias")
    assert table.lights == ("Risk of bias",)
    assert cells(table) == {
        "ADA": ("30", "4/10", "5/20", "some concerns"),
        "BOB": ("70", "9/30", "3/40", ""),
        "CYD": ("–", "–", "–", ""),
    }
    domains = with_columns(*made(loaded), ["domains"])
    assert domains.columns == ("D1", "Risk of bias")
    assert cells(domains)["ADA"] == ("high", "some concerns")


def test_the_usual_column_stays_until_others_are_named(loaded: LoadedReview) -> None:
    table, result = made(loaded)
    assert table.columns == ("Adjusted",)
    assert with_columns(table, result, ["adjusted"]) == table
    assert with_columns(table, result, []).columns == ()
    assert set(COLUMNS) == {"adjusted", "n", "events", "means", "risk of bias", "domains"}
    with pytest.raises(ValueError, match="unknown column 'event'; did you mean 'events'"):
        with_columns(table, result, ["event"])


def test_words_that_are_no_lights_stay_words(loaded: LoadedReview, tmp_path: Path) -> None:
    path = tmp_path / "studies" / "ada.yaml"
    stars = JUDGED.replace("RoB 2", "Something else").replace("some concerns", "7 of 9")
    path.write_text(path.read_text().replace(JUDGED, stars))
    table = with_columns(*made(load_review(tmp_path)), ["risk of bias"])
    assert table.lights == ()
    assert cells(table)["ADA"] == ("7 of 9",)
