"""Small print of a forest plot: beside the panel where it has room, else below the axis, in order."""

from __future__ import annotations

from itertools import pairwise

import pytest

from synthesis.drawing.forest_notes import _in_sentence
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
from synthesis.drawing.shapes import Layout, PlacedText

MM = 72.0 / 25.4
HETEROGENEITY = (
    "Heterogeneity: τ² = 0.31 [0.12, 1.1]; I² = 92% [82, 98] (95% CI); Q = 152.2 (12 df, p = 0.01)"
)
TEST = "Test of no effect: t(4) = 0.86, p = 0.44"
GROUPS: tuple[Row, ...] = (
    GroupHeading("Men"),
    StudyRow("Author 1", 0.1, -0.5, 0.7, 60.0),
    SummaryRow("Random effects (1)", 0.1, -0.5, 0.7, 60.0, level="subgroup"),
    TextRow(HETEROGENEITY),
)
OVERALL: tuple[Row, ...] = (
    SpacerRow(),
    SummaryRow("Overall (1)", 0.1, -0.5, 0.7, 100.0),
    PredictionRow("95% prediction interval", -0.6, 0.8),
)
SMALL: tuple[Row, ...] = (TextRow(HETEROGENEITY), TextRow(TEST), TextRow("Difference: 0.1 [−0.2, 0.4]"))
NOTES = ("First footnote.", "Second footnote.")


def page(rows: tuple[Row, ...], millimetres: float | None) -> Layout:
    table = ForestTable(
        "A title", "Effect in words [95% CI]", Axis("Change", left="less", right="more"), rows
    )
    table = ForestTable(table.title, table.effect_header, table.axis, rows, footnotes=NOTES)
    [found] = lay_out_pages(table, None if millimetres is None else millimetres * MM)
    return found


def of_row(found: Layout, row: int) -> list[PlacedText]:
    return [text for text in found.texts if text.row == row]


def axis_at(found: Layout) -> float:
    return next(s.start[1] for s in found.segments if s.role == "axis")


def words_end(found: Layout) -> float:
    """The right edge of the columns of words; between them and the panel are 1.5 letters of 7.25 points."""
    return min(s.start[0] for s in found.segments if s.role == "axis") - 1.5 * 7.25


def words(texts: list[PlacedText]) -> str:
    return " ".join(text.text for text in texts).replace("\N{NO-BREAK SPACE}", " ")


def test_at_one_column_the_small_print_of_the_overall_summary_is_below_the_axis_in_order() -> None:
    rows = (*GROUPS, *OVERALL, *SMALL)
    found = page(rows, 85.0)
    lines = [of_row(found, row) for row in range(7, 10)]
    assert [words(each) for each in lines] == [HETEROGENEITY, TEST, "Difference: 0.1 [−0.2, 0.4]"]
    below = [text for each in lines for text in each]
    last = [t for text in ("First footnote.", "Second footnote.") for t in found.texts if t.text == text]
    heights = [text.baseline for text in (*below, *last)]
    assert heights == sorted(heights)
    assert len(set(heights)) == len(heights) == 6
    label = max(text.baseline for text in found.texts if text.text == "Change")
    assert label < min(heights)
    assert {text.x for text in below} == {text.x for text in last}
    assert {text.size for text in below} == {text.size for text in last}
    assert len(lines[0]) == 2, "over the whole width"
    assert max(text.box[2] for text in below) > 0.75 * found.width
    assert max(text.box[3] for text in last) <= found.height


def test_the_small_print_of_a_group_stays_below_it() -> None:
    """Up to the first line that runs down the panel, each line right below the other, whatever follows."""
    for rows in ((*GROUPS, *OVERALL, *SMALL), GROUPS):
        found = page(rows, 85.0)
        lines = of_row(found, 3)
        assert words(lines) == HETEROGENEITY
        assert len(lines) == 2
        assert max(text.baseline for text in lines) < axis_at(found)
        panel = next(s.start[0] for s in found.segments if s.role == "axis")
        guides = [s.start[0] for s in found.segments if s.role in ("null", "pooled")]
        assert len(guides) == (2 if rows is not GROUPS else 1)
        assert panel < max(text.box[2] for text in lines) <= min(guides) - 8.0
        steps = {round(b.baseline - a.baseline, 6) for a, b in pairwise(lines)}
        assert steps == {round(1.25 * lines[0].size, 6)}


def test_the_rows_end_with_the_last_interval_and_the_page_is_lower() -> None:
    without, found = page((*GROUPS, *OVERALL), 85.0), page((*GROUPS, *OVERALL, *SMALL), 85.0)
    assert axis_at(found) == pytest.approx(axis_at(without))
    null = next(s for s in found.segments if s.role == "null")
    assert null.end[1] == pytest.approx(axis_at(found))
    small = of_row(found, 7)[0].size
    added = 4 * 1.25 * small + 3 * 0.1 * small + 0.5 * small  # two lines, and one each; as far from the notes
    assert found.height - without.height == pytest.approx(added)


def test_a_line_that_has_room_stays_beside_the_panel_and_a_longer_one_goes_below() -> None:
    above = []
    for count in range(1, 36):
        found = page((*GROUPS, *OVERALL, TextRow("m" * count)), 85.0)
        [line] = of_row(found, 7)
        right = words_end(found)
        above.append(line.baseline < axis_at(found))
        assert above[-1] == (line.box[2] <= right + 1e-6)
    assert above == sorted(above, reverse=True)
    assert set(above) == {True, False}


def test_a_page_is_narrow_where_the_words_have_less_than_165_points() -> None:
    seen = set()
    for millimetres in range(70, 130):
        found = page((*GROUPS, *OVERALL, TextRow(3 * HETEROGENEITY)), float(millimetres))
        lines = of_row(found, 7)
        rows_left = min(text.x for text in found.texts)
        right = words_end(found)
        below = min(text.baseline for text in lines) > axis_at(found)
        assert below == (right - rows_left < 165.0)
        seen.add(below)
    assert seen == {True, False}


def test_one_long_line_takes_the_short_ones_with_it() -> None:
    found = page((*GROUPS, *OVERALL, TextRow("Short."), TextRow(HETEROGENEITY)), 85.0)
    assert min(text.baseline for row in (7, 8) for text in of_row(found, row)) > axis_at(found)
    short = page((*GROUPS, *OVERALL, TextRow("Short.")), 85.0)
    assert of_row(short, 7)[0].baseline < axis_at(short)


@pytest.mark.parametrize("millimetres", [None, 174.0])
def test_a_wide_page_keeps_small_print_beside_the_panel(millimetres: float | None) -> None:
    found = page((*GROUPS, *OVERALL, *SMALL), millimetres)
    for row in (7, 8, 9):
        assert of_row(found, row)
        assert max(text.baseline for text in of_row(found, row)) < axis_at(found)


def test_a_table_without_a_panel_keeps_its_rows() -> None:
    found = page((SummaryRow("Nothing known", None, None, None), TextRow(HETEROGENEITY * 3)), 85.0)
    rules = sorted(s.start[1] for s in found.segments if s.role == "rule")
    assert len(rules) == 2
    assert max(text.baseline for text in of_row(found, 1)) < rules[1]


@pytest.mark.parametrize("null", [None, 0.5])
def test_small_print_among_narrow_rows_reaches_the_first_line_down_the_panel(null: float | None) -> None:
    """That of no effect, else that of the overall estimate; a group's diamond has no line."""
    rows: tuple[Row, ...] = (
        StudyRow("A", -0.9, -1.0, 1.0),
        SummaryRow("Men", -0.9, -1.0, -0.8, level="subgroup"),
        TextRow("so on " * 60),
        SummaryRow("Overall", 0.9, 0.8, 1.0),
    )
    [found] = lay_out_pages(ForestTable("T", "Effect [95% CI]", Axis("Change", null=null), rows), 85 * MM)
    lines = [segment.start[0] for segment in found.segments if segment.role in ("null", "pooled")]
    diamond = next(each for each in found.polygons if each.role == "diamond" and each.row == 1)
    widest = max(text.x + text.width for text in of_row(found, 2))
    assert len(lines) == (1 if null is None else 2)
    assert max(x for x, _ in diamond.points) < widest < min(lines)
    assert min(lines) - widest < 35.0, "no more than a word and a gap are missing"


def test_footnotes_beside_the_axis_end_before_it_and_those_below_it_have_the_whole_width() -> None:
    long = "Words of a note that are many and go on over more than one line, " * 4
    table = ForestTable("T", "Effect [95% CI]", Axis("Change"), (*GROUPS, *OVERALL), footnotes=(long,) * 5)
    [found] = lay_out_pages(table, 174.0 * MM)
    panel = next(s.start[0] for s in found.segments if s.role == "axis")
    label = next(text.baseline for text in found.texts if text.text == "Change")
    notes = [t for t in found.texts if t.text.startswith(("Words", "of", "many", "and", "go", "line"))]
    starts = [t.baseline for t in notes if t.text.startswith("Words of a note")]
    assert len(starts) >= 5
    beside = [t for t in notes if t.baseline <= label]
    assert beside
    assert max(t.box[2] for t in beside) < panel
    last = [t for t in found.texts if t.baseline >= starts[-1]]
    assert panel < max(t.box[2] for t in last) <= found.width
    # one line fewer than beside the axis
    assert len(last) < len([t for t in found.texts if starts[0] <= t.baseline < starts[1]])


@pytest.mark.parametrize(
    ("header", "within"),
    [
        ("Weight", "weight"), ("I²", "I²"), ("BMI", "BMI"), ("P value", "P value"), ("T score", "T score"),
        ("n", "n"), ("", ""),
    ],
)  # fmt: skip
def test_a_header_within_a_sentence_is_small_unless_it_is_a_symbol(header: str, within: str) -> None:
    assert _in_sentence(header) == within
