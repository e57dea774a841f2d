"""No numbers make a forest plot fail: no width, no end, no size is too small or too large."""

from __future__ import annotations

from itertools import product
from math import inf, isfinite, nan
from pathlib import Path

import pytest

from synthesis.drawing.forest_table import (
    Axis,
    ForestTable,
    NotReportedRow,
    PredictionRow,
    Row,
    Scale,
    StudyRow,
    SummaryRow,
)
from synthesis.drawing.saving import forest_figure, save_figure
from tests.synthesis.drawing.pages import lay_out

VALUES = (-inf, -1e308, -1.0, -0.0, 5e-324, 1e-300, 1.0, 1.0000000000000002, 1e308, inf, nan, None)


def tables(scale: Scale, null: float | None) -> list[ForestTable]:
    """All that a table allows of three numbers, by turns in a study and a summary, alone and not."""
    found = []
    beside = StudyRow("Beside", 1.1, 1.0, 1.2, 50.0)
    for turn, (low, estimate, high) in enumerate(product(VALUES, repeat=3)):
        row = (
            StudyRow("One", estimate, low, high, 50.0)
            if turn % 5 < 2
            else SummaryRow("All", estimate, low, high)
        )
        rows = (row,) if turn % 7 < 3 else (beside, row, PredictionRow("New", low, high))
        try:
            found.append(ForestTable("T", "Effect [95% CI]", Axis("Effect", scale, null), rows))
        except ValueError:
            continue
    return found


@pytest.mark.parametrize(
    ("scale", "null"),
    [
        ("linear", None),
        *(
            pytest.param(*each, marks=pytest.mark.long)
            for each in (("linear", 0.0), ("log", None), ("log", 1.0))
        ),
    ],
)
def test_every_number_that_a_table_allows_can_be_laid_out(scale: Scale, null: float | None) -> None:
    checked = 0
    for table in tables(scale, null):
        layout = lay_out(table)
        places = [point for segment in layout.segments for point in (segment.start, segment.end)]
        places += [point for polygon in layout.polygons for point in polygon.points]
        assert all(isfinite(x) and isfinite(y) for x, y in places), table.rows
        assert all(-1 <= x <= layout.width + 1 for x, _ in places), table.rows
        checked += 1
    assert checked > 250


@pytest.mark.parametrize("scale", ["linear", "log"])
def test_a_summary_without_width_is_a_line_that_can_be_seen(scale: Scale) -> None:
    rows: tuple[Row, ...] = (
        StudyRow("A", 1.2, 1.0, 1.44, 50.0),
        StudyRow("B", 1.2, 0.8, 1.8, 50.0),
        SummaryRow("All, Hartung-Knapp", 1.2, 1.2, 1.2),
        SummaryRow("All, Wald", 1.2, 1.01, 1.42),
    )
    layout = lay_out(ForestTable("T", "HR [95% CI]", Axis("HR", scale, 1.0), rows))
    narrow, wide = (polygon for polygon in layout.polygons if polygon.role == "diamond")
    xs, ys = ([point[i] for point in narrow.points] for i in (0, 1))
    assert max(xs) == min(xs)
    assert max(ys) - min(ys) > 5.0
    assert narrow.thickness > 0
    assert (narrow.fill, narrow.edge) == (wide.fill, wide.edge)


def test_degenerate_plots_are_written(tmp_path: Path) -> None:
    rows: tuple[Row, ...] = (
        StudyRow("Point", 1.2, 1.2, 1.2, 100.0),
        StudyRow("Endless", 1.2, 0.0, inf, 0.0),
        StudyRow("Huge", 1e300, 1e-300, 1e308),
        NotReportedRow("Silent", "examined"),
        SummaryRow("All", 1.2, 1.2, 1.2),
        PredictionRow("New", 0.0, inf),
    )
    table = ForestTable("T", "HR [95% CI]", Axis("HR", "log", 1.0), rows)
    paths = save_figure(forest_figure(table), tmp_path / "degenerate")
    assert len(paths) == 3
