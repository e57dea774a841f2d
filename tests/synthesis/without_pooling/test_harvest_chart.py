"""The harvest plot: a bar for each study above its direction, numbered, legible at every width."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from numpy.testing import assert_allclose

from synthesis.drawing.chart import Area, Chart, Note
from synthesis.drawing.chart_layout import lay_out_chart
from synthesis.drawing.printing import as_width
from synthesis.drawing.style import BACKGROUND
from synthesis.without_pooling.direction_chart import StudyDirection
from synthesis.without_pooling.harvest_chart import harvest_chart
from tests.synthesis.drawing.charts import colliding, outside_page

ROWS = [
    StudyDirection("Li", ("hip",), "negative", 49, True),
    StudyDirection("Kim", ("hip",), "positive", 50, False),
    StudyDirection("Rossi", ("hip",), "positive", 301, True),
    StudyDirection("Olsen", ("hip",), "mixed", None, True),
    StudyDirection("Diaz", ("hip",), "not told", 10, False),
    StudyDirection("Rossi", ("spine",), "none", 301, True),
]


def bars(chart: Chart, panel: int = 0) -> list[tuple[float, float, bool]]:
    """Middle, height, and whether filled, of each bar."""
    marks = chart.panels[0][panel].marks
    areas = [mark for mark in marks if isinstance(mark, Area)]
    return [(float(each.x.mean()), float(each.y.max()), each.fill != BACKGROUND) for each in areas]


def test_a_bar_stands_above_its_direction_as_high_as_its_study_is_large() -> None:
    chart = harvest_chart("BMD", ROWS, "lower", "higher")
    expected = [(0.0, 1.0, True), (1.0, 2.0, True), (1.9, 2.0, False), (2.1, 3.0, True)]
    assert_allclose(bars(chart), expected, rtol=1e-12)
    assert_allclose(bars(chart, 1), [(1.0, 3.0, True)])
    notes = [mark.text for mark in chart.panels[0][0].marks if isinstance(mark, Note)]
    assert notes == ["1", "4", "2", "3"]
    assert chart.footnotes[0] == "1: Li; 2: Kim; 3: Rossi; 4: Olsen."
    ticks = chart.panels[0][0].x.ticks
    assert ticks == ((0.0, "lower"), (1.0, "none or mixed"), (2.0, "higher"))
    assert chart.description.startswith(
        "Harvest plot of 4 studies. hip: higher: Kim (not pooled) and Rossi; "
    )


def test_long_meanings_are_told_below() -> None:
    for letters, footnotes in ((16, 2), (17, 3)):
        chart = harvest_chart("BMD", ROWS, "x" * letters, "higher")
        assert len(chart.footnotes) == footnotes
    assert chart.footnotes[0] == f"Negative: {'x' * 17}; positive: higher."
    ticks = chart.panels[0][0].x.ticks
    assert ticks == ((0.0, "negative"), (1.0, "none or mixed"), (2.0, "positive"))


def test_up_to_six_bars_of_a_column_are_numbered_and_never_overlap() -> None:
    for k, numbered in ((6, 6), (7, 0), (40, 0)):
        chart = harvest_chart("BMD", [replace(ROWS[0], study=f"Author {i}") for i in range(k)])
        marks = chart.panels[0][0].marks
        assert sum(isinstance(mark, Note) for mark in marks) == numbered
        areas = [mark for mark in marks if isinstance(mark, Area)]
        assert len(areas) == k
        assert all(a.x.max() < b.x.min() for a, b in pairwise(areas))
        assert areas[0].x.min() > -0.5
        assert areas[-1].x.max() < 0.5


@pytest.mark.parametrize("width", ["75mm", "85mm", "174mm"])
@pytest.mark.parametrize("k", [1, 6, 40])
def test_it_is_legible_at_every_width(width: str, k: int) -> None:
    ways = ("positive", "negative", "mixed")
    rows = [
        StudyDirection(f"Author {i}", (site,), way, 9**i, i % 2 == 0)
        for i in range(k)
        for site in ("hip", "spine")
        for way in ways
    ]
    printed = as_width(width)
    assert printed is not None
    layout = lay_out_chart(harvest_chart("All sites", rows, "lower BMD", "higher BMD"), printed.points)
    assert outside_page(layout) == []
    assert colliding(layout) == []
