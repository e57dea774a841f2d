"""A forest plot of very many rows stands on pages."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from synthesis.drawing.forest_pages import MOST_ROWS, ROWS_A_PAGE, pages_of
from synthesis.drawing.forest_table import (
    Axis,
    ForestTable,
    GroupHeading,
    PredictionRow,
    Row,
    SpacerRow,
    StudyRow,
    SummaryRow,
    TextRow,
)
from synthesis.drawing.layout import lay_out_pages
from synthesis.drawing.saving import forest_figure, save_figure
from tests.synthesis.drawing.conftest import CASES

BIG = """
import sys, time
from pathlib import Path
from synthesis.drawing.forest_table import Axis, ForestTable, StudyRow, SummaryRow
from synthesis.drawing.saving import forest_figure, save_figure
rows = [StudyRow(f"Author {i} 2001", i % 7 / 7, i % 7 / 7 - 0.3, i % 7 / 7 + 0.4, 0.05) for i in range(2000)]
rows.append(SummaryRow("Random effects (2,000)", 0.4, 0.39, 0.41, 100.0))
table = ForestTable("Big", "Effect [95% CI]", Axis("Effect"), tuple(rows))
save_figure(forest_figure(table), Path(sys.argv[1]))
# Not getrusage, whose peak is inherited from the process that forked.
peak = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(int(peak.split()[1]) / 1024, time.process_time())
"""


def grouped(groups: int, studies: int) -> ForestTable:
    rows: list[Row] = []
    for group in range(groups):
        rows += [SpacerRow(), GroupHeading(f"Group {group}")] if group else [GroupHeading("Group 0")]
        rows += [StudyRow(f"S{group}-{i}", 0.1 * group, -1.0, 1.0 + i, 1.0 + i % 3) for i in range(studies)]
        rows += [SummaryRow(f"Of {group}", 0.1, 0.0, 0.2, level="subgroup"), TextRow("τ² = 0")]
    return ForestTable("Many", "Effect [95% CI]", Axis("Effect"), tuple(rows), footnotes=("A note.",))


def long(k: int) -> ForestTable:
    rows: list[Row] = [StudyRow(f"S{i}", 0.0, -1.0, 1.0 + i, 100.0 / k) for i in range(k)]
    rows += [SpacerRow(), SummaryRow("All", 0.1, 0.0, 0.2), PredictionRow("New", -1.0, 1.0), TextRow("τ²")]
    return ForestTable("Long", "Effect [95% CI]", Axis("Effect"), tuple(rows), footnotes=("A note.",))


def test_a_plot_that_fits_stays_on_one_page() -> None:
    table = long(MOST_ROWS - 4)
    assert pages_of(table) == (table,)


def test_every_row_stands_on_one_page_in_order() -> None:
    table = long(MOST_ROWS - 3)
    pages = pages_of(table)
    assert [row for page in pages for row in page.rows] == list(table.rows)
    assert [len(page.rows) for page in pages] == [50, 50, 50, 50, 51]
    assert [page.title for page in pages][:2] == ["Long (page 1 of 5)", "Long (page 2 of 5)"]
    assert [page.footnotes for page in pages[:-1]] == [()] * 4
    assert pages[-1].footnotes == (
        "A note.",
        "251 rows on 5 pages: the PDF file holds all of them, PNG and SVG this one.",
    )


def test_the_summary_stands_with_the_last_study() -> None:
    last = pages_of(long(300))[-1]
    assert isinstance(last.rows[0], StudyRow)
    assert [type(row) for row in last.rows[-4:]] == [SpacerRow, SummaryRow, PredictionRow, TextRow]


@pytest.mark.parametrize("studies", [*range(40, 60), 130])
def test_a_group_that_goes_on_has_its_heading_again(studies: int) -> None:
    table = grouped(8, studies)
    pages = pages_of(table)
    known = [row for row in table.rows if isinstance(row, StudyRow | SummaryRow | TextRow)]
    assert [row for page in pages for row in page.rows if row in known] == known
    for page in pages:
        first, last = page.rows[0], page.rows[-1]
        assert isinstance(first, GroupHeading)
        assert not isinstance(last, GroupHeading)
        of = re.fullmatch(r"Group (\d+)(, continued)?", first.label)
        assert of
        assert page.rows[1].label.startswith(f"S{of[1]}-")  # type: ignore[union-attr]
        assert bool(of[2]) == (page.rows[1].label != f"S{of[1]}-0")  # type: ignore[union-attr]
        assert len(page.rows) <= ROWS_A_PAGE + 4


def test_pages_share_columns_axis_and_the_scale_of_squares() -> None:
    pages = list(lay_out_pages(grouped(6, 60)))
    assert len(pages) == len(pages_of(grouped(6, 60)))
    assert len({page.width for page in pages}) == 1
    ends = [
        (segment.start[0], segment.end[0])
        for page in pages
        for segment in page.segments
        if segment.role == "axis" and segment.start[1] == segment.end[1]
    ]
    assert len(ends) == len(pages)
    assert len(set(ends)) == 1
    sides = {
        round(polygon.points[1][0] - polygon.points[0][0], 9)
        for page in pages
        for polygon in page.polygons
        if polygon.role == "marker"
    }
    assert len(sides) == 3


def test_the_pdf_has_all_pages_and_the_others_the_last(tmp_path: Path) -> None:
    figure = forest_figure(grouped(6, 60))
    paths = save_figure(figure, tmp_path / "many")
    assert [path.name for path in paths] == ["many.png", "many.svg", "many.pdf"]
    pages = len(pages_of(grouped(6, 60)))
    assert paths[2].read_bytes().count(b"/Type /Page ") == pages
    svg = paths[1].read_text(encoding="utf-8")
    assert f"Many (page {pages} of {pages})" in svg
    assert ">S5-59<" in svg
    assert ">S0-0<" not in svg


def test_type_is_never_smaller_than_journals_accept() -> None:
    sizes = {
        name: [text.size for page in lay_out_pages(make()) for text in page.texts]
        for name, make in CASES.items()
    }
    assert min(min(found) for found in sizes.values()) == 7.0


@pytest.mark.skipif(sys.platform != "linux", reason="the peak of memory is read from /proc")
@pytest.mark.long
def test_two_thousand_rows_take_less_than_500_mb(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", BIG, str(tmp_path / "big")], check=True, capture_output=True, text=True
    )
    megabytes, seconds = map(float, done.stdout.split())
    assert megabytes < 500
    assert seconds < 20  # of one processor, twice what is aimed at, as others may share it
    assert (tmp_path / "big.pdf").read_bytes().count(b"/Type /Page ") == 40
