"""The day to which was searched stands under every figure, once."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

from evidence.literature.flow.searched_days import NEVER_SEARCHED, SearchedDays
from synthesis.drawing.chart import Chart, ChartAxis, Panel
from synthesis.review.forest_table import forest_table
from synthesis.review.searched import with_searched
from tests.synthesis.review.made import record, review, slope
from tests.synthesis.review.sites import analysed

DAYS = SearchedDays((), date(2026, 11, 28))
NOTE = "Searched to 28 November 2026."
CHART = Chart(
    title="Tea",
    panels=((Panel(ChartAxis("x", 0.0, 1.0), ChartAxis("y", 0.0, 1.0), ()),),),
    description="Nothing is drawn.",
    footnotes=("A note.",),
)


def test_the_day_is_the_last_note_of_a_chart_and_the_last_sentence_of_its_description() -> None:
    noted = with_searched(CHART, DAYS)
    assert isinstance(noted, Chart)
    assert noted.footnotes == ("A note.", NOTE)
    assert noted.description == f"Nothing is drawn. {NOTE}"
    assert noted == replace(CHART, footnotes=noted.footnotes, description=noted.description)


def test_a_note_that_stands_there_is_not_said_twice_and_without_a_day_there_is_none() -> None:
    noted = with_searched(CHART, DAYS)
    assert with_searched(noted, DAYS) is noted
    assert with_searched(CHART, NEVER_SEARCHED) is CHART


def test_a_table_has_the_day_below_it(tmp_path: Path) -> None:
    table = forest_table(analysed(review(tmp_path, {"a": record("a", [slope("one", "0.1", "0.0, 0.2")])})))
    assert with_searched(table, DAYS).footnotes == (*table.footnotes, NOTE)
