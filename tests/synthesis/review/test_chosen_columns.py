"""Columns that a reader chose, from what the records print."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest

from evidence.records.review import ColumnWord, LoadedReview, load_review
from synthesis.drawing.forest_table import ForestTable, NotReportedRow, StudyRow
from synthesis.review.analysis import analyse
from synthesis.review.analysis_result import AnalysisResult
from synthesis.review.chosen_columns import COLUMNS, with_columns
from synthesis.review.forest_table import forest_table
from synthesis.review.order import Order
from tests.synthesis.review.made import REVIEW, record, review, silent
from tests.synthesis.review.test_notes import ODDS
from tests.synthesis.review.test_pooled_units import alone, arms

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
    assert tuple(COLUMNS) == get_args(ColumnWord)
    assert set(COLUMNS) == {"adjusted", "n", "events", "means", "risk of bias", "domains"}
    with pytest.raises(ValueError, match="unknown column 'event'; did you mean 'events'"):
        with_columns(table, result, ["event"])


def test_review_yaml_names_columns_for_all_analyses_or_for_one(loaded: LoadedReview, tmp_path: Path) -> None:
    """The analysis comes before the review, and what a reader asks for before both."""
    path = tmp_path / "review.yaml"
    whole = path.read_text().replace("analyses:", "columns: [n, risk of bias]\nanalyses:")
    path.write_text(whole)
    table, result = made(load_review(tmp_path))
    assert with_columns(table, result).columns == ("N", "Risk of bias")
    assert with_columns(table, result, ["events"]).columns == ("Events/N, exposed", "Events/N, reference")
    path.write_text(whole.replace("    title:", "    columns: [adjusted]\n    title:"))
    assert with_columns(*made(load_review(tmp_path))).columns == ("Adjusted",)
    path.write_text(whole.replace("    title:", "    columns: []\n    title:"))
    assert with_columns(*made(load_review(tmp_path))).columns == ()


def test_a_column_that_is_not_known_is_refused_at_its_place(loaded: LoadedReview, tmp_path: Path) -> None:
    path = tmp_path / "review.yaml"
    path.write_text(path.read_text().replace("analyses:", "columns: [n, event]\nanalyses:"))
    (problem,) = load_review(tmp_path).own_problems
    assert problem.says.endswith(
        "'event' is not known; expected one of: adjusted, n, events, means, risk of bias, domains"
    )
    assert problem.hint == "Did you mean 'events'?"
    assert problem.place.line == path.read_text().splitlines().index("columns: [n, event]") + 1


@pytest.mark.parametrize("order", [Order.REVIEW, Order.EFFECT, Order.NAME])
def test_arms_have_their_own_numbers_and_their_mean_what_they_share(tmp_path: Path, order: Order) -> None:
    """Two studies with arms of the same names, and one whose label begins as another's."""
    judged = JUDGED.replace("judgement: some concerns", "judgement: low")
    records = {
        "a": arms("a") + judged,
        "ab": arms("ab", 9),
        "abc": alone("abc", "estimate: 2.00, ci: [1.60, 2.50]", 2020) + JUDGED,
    }
    loaded = review(tmp_path, records, scale=ODDS, more="arms: correlated", sites="hip")
    result = analyse(loaded, loaded.review.analyses[0], loaded.review.method, order)
    table = with_columns(forest_table(result), result, ["adjusted", "events", "risk of bias"])
    found, study = {}, ""
    for row in table.rows:
        if isinstance(row, StudyRow):
            study = study if row.part else row.label
            found[study, row.label if row.part else "mean"] = row.cells
    assert found == {
        ("A", "mean"): ("none", "", "", "low"),
        ("A", "50 mg"): ("", "7/30", "8/40", ""),
        ("A", "75 mg"): ("", "10/35", "8/40", ""),
        ("AB", "mean"): ("none", "", "", ""),
        ("AB", "50 mg"): ("", "9/30", "8/40", ""),
        ("AB", "75 mg"): ("", "10/35", "8/40", ""),
        ("ABC", "mean"): ("none", "–", "–", "some concerns"),
    }


def test_words_that_are_no_lights_stay_words(loaded: LoadedReview, tmp_path: Path) -> None:
    path = tmp_path / "studies" / "ada.yaml"
    stars = JUDGED.replace("RoB 2", "Something else").replace("some concerns", "7 of 9")
    path.write_text(path.read_text().replace(JUDGED, stars))
    table = with_columns(*made(load_review(tmp_path)), ["risk of bias"])
    assert table.lights == ()
    assert cells(table)["ADA"] == ("7 of 9",)
