"""Figures made for the width they are printed at: whole pages, no small type, no words on words."""

from __future__ import annotations

from itertools import combinations

import pytest

from synthesis.drawing.canvas import ORDER
from synthesis.drawing.enlarging import enlarged
from synthesis.drawing.forest_table import (
    Axis,
    ForestTable,
    GroupHeading,
    NotReportedRow,
    PredictionRow,
    Row,
    SpacerRow,
    StudyRow,
    SummaryRow,
    TextRow,
)
from synthesis.drawing.layout import lay_out_pages
from synthesis.drawing.printing import as_width
from synthesis.drawing.shapes import Layout
from tests.synthesis.drawing.pages import lay_out

MM = 72.0 / 25.4
WIDTHS = ("75mm", "85mm", "120mm", "174mm", "250mm", "slide")
SIZES = (1, 2, 8, 40, 200)


def forest(k: int, log: bool, *, decimals: int | None = None, columns: int = 2) -> ForestTable:
    """Every kind of row, names of one word and of many, and an interval beyond the others."""
    cells = ("full", "12/3456", "low")[:columns]
    rows: list[Row] = [GroupHeading("A group with a name of its own")]
    for i in range(k):
        label = f"Author {i}" if i % 3 else f"Author-{i} & Collaborating Centres of the North {1980 + i}"
        middle = 1.0 + 0.01 * i
        wide = 40.0 if i == 1 else 1.0
        low, high = (middle / 2**wide, middle * 2**wide) if log else (middle - wide, middle + wide)
        rows.append(StudyRow(label, middle, low, high, 100.0 / k, cells=cells))
    rows += [
        NotReportedRow("Silent 2001", "examined, not reported: not significant", cells=cells),
        SummaryRow("Random effects, Hartung-Knapp", 1.1, 0.9, 1.3, 100.0),
        SummaryRow("Random effects, Wald", 1.1, 0.05, 400.0),
        PredictionRow("95% prediction interval", 0.4, 1.9),
        SpacerRow(),
        TextRow(
            "Heterogeneity: τ² = 0.31 [0.12, 1.1]; I² = 92% [82, 98] (95% CI); Q = 152.2 (12 df, p = 0.01)"
        ),
    ]
    axis = Axis(
        "Change in bone mineral density (g/cm²) per 1 g/dL",
        "log" if log else "linear",
        1.0 if log else 0.0,
        "lower density with more hemoglobin",
        "higher density",
    )
    return ForestTable(
        "A title that says what was asked, of whom, and where",
        "Change (g/cm²) [95% CI]",
        axis,
        tuple(rows),
        subtitle="and a subtitle",
        columns=("Adjusted", "Events/N", "Risk of bias")[:columns],
        footnotes=("A footnote of some length about how the numbers were made.", "Another one."),
        decimals=decimals,
        lights=("Risk of bias",) if columns > 2 else (),
    )


def pages(table: ForestTable, width: str) -> list[Layout]:
    printed = as_width(width)
    assert printed is not None
    return [enlarged(page, printed.times) for page in lay_out_pages(table, printed.points)]


def overlapping(layout: Layout) -> list[tuple[str, str]]:
    """Texts whose letters lie on each other; a third of a point is rounding."""
    boxes = [(text, text.box) for text in layout.texts if text.text.strip()]
    return [
        (one.text, other.text)
        for (one, a), (other, b) in combinations(boxes, 2)
        if a[0] < b[2] - 0.3 and b[0] < a[2] - 0.3 and a[1] < b[3] - 0.3 and b[1] < a[3] - 0.3
    ]


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("k", SIZES)
def test_no_type_is_small_no_word_lies_on_another_and_none_leaves_the_page(width: str, k: int) -> None:
    seen = 0
    for log in (False, True):
        for page in pages(forest(k, log, columns=3), width):
            wanted = 960.0 if width == "slide" else float(width.removesuffix("mm")) * MM
            assert page.width == pytest.approx(wanted)
            assert min(text.size for text in page.texts) >= (13.0 if width == "slide" else 7.0)
            for text in page.texts:
                left, top, right, bottom = text.box
                assert left >= 0.0, text.text
                assert right <= page.width + 1e-6, text.text
                assert top >= 0.0
                assert bottom <= page.height
            if k <= 40:
                assert overlapping(page) == []
            seen += 1
    assert seen >= 2


@pytest.mark.parametrize("width", ["85mm", "120mm", "174mm"])
def test_the_panel_keeps_25_millimetres_and_three_ticks(width: str) -> None:
    for k in (1, 2, 8):
        for log in (False, True):
            [page] = pages(forest(k, log), width)
            level, *ticks = [s for s in page.segments if s.role == "axis"]
            assert level.end[0] - level.start[0] >= 25.0 * MM
            assert len(ticks) >= 3


def headers(page: Layout) -> set[str]:
    """Words in bold that are no title and no summary."""
    return {t.text for t in page.texts if t.face == "bold" and t.row is None}


def test_columns_go_in_a_stated_order_and_that_is_said() -> None:
    """Weights first, then the last of the others; a wide page has all."""
    said = {}
    for width in ("250mm", "174mm", "150mm", "120mm", "85mm"):
        [page] = pages(forest(8, log=True, columns=3), width)
        shown = " ".join(headers(page))
        gone = [name for name in ("Weight", "bias", "Events/N", "Adjusted") if name not in shown]
        said[width] = gone
        note = " ".join(t.text for t in page.texts)
        assert ("Left out at this width:" in note) == bool(gone)
    assert said["250mm"] == []
    order = ["Weight", "bias", "Events/N", "Adjusted"]
    for gone in said.values():
        assert gone == order[: len(gone)]
    assert said["85mm"] == order
    assert len(said["120mm"]) >= len(said["150mm"]) >= len(said["174mm"])


def test_columns_of_both_groups_go_together() -> None:
    rows = (StudyRow("A", 0.1, 0.0, 0.2, 100.0, cells=("1/2", "3/4")),)
    table = ForestTable("T", "E", Axis("Effect"), rows, columns=("Events/N, group 1", "Events/N, group 2"))
    shown = []
    for width in range(60, 180, 5):
        [page] = pages(table, f"{width}mm")
        cells = {"1/2", "3/4"} & {t.text for t in page.texts}
        assert len(cells) in (0, 2)
        shown.append(len(cells))
    assert shown[0] == 0
    assert shown[-1] == 2


def test_effects_without_room_beside_the_names_stand_below_them() -> None:
    [page] = pages(forest(2, log=False, decimals=6), "85mm")
    [name] = [t for t in page.texts if t.text == "Author 1"]
    numbers = [t for t in page.texts if t.row == name.row and t.text != name.text]
    assert len(numbers) == 3
    assert [t.baseline for t in numbers] == pytest.approx([name.baseline + 1.25 * 7.25] * 3)
    marker = next(p for p in page.polygons if p.role == "marker" and p.row == name.row)
    middle = sum(y for _, y in marker.points) / 4
    assert name.baseline < middle + 1.0 < numbers[0].baseline + 1.0


def test_numbers_that_have_no_room_at_all_are_refused() -> None:
    rows = (StudyRow("A", 123456.123456, -123456.123456, 999999.123456),)
    table = ForestTable("T", "E", Axis("Effect"), rows, decimals=8)
    with pytest.raises(ValueError, match="have no room beside a plot at a width of 60 mm; expected a wider"):
        list(lay_out_pages(table, 60.0 * MM))
    assert list(lay_out_pages(table, 120.0 * MM))


def test_without_a_width_nothing_is_left_out_and_the_page_grows() -> None:
    table = forest(8, log=False, columns=3)
    assert lay_out(table).width > 504.0 - 200.0
    assert {"Adjusted", "Events/N", "Weight"} <= headers(lay_out(table))


def test_lights_have_a_disc_a_sign_and_a_key() -> None:
    words = ("low", "some concerns", "high", "unclear", "")
    rows = tuple(StudyRow(word, 0.1, 0.0, 0.2, cells=(word,)) for word in words)
    page = lay_out(ForestTable("T", "E", Axis("Effect"), rows, columns=("D1",), lights=("D1",)))
    discs = [p for p in page.polygons if p.role == "light"]
    assert [disc.row for disc in discs] == [0, 1, 2, 3]
    assert len({disc.fill for disc in discs}) == 4
    for disc, sign in zip(discs, "+!−?", strict=True):
        [text] = [t for t in page.texts if t.text == sign]
        xs, ys = zip(*disc.points, strict=True)
        assert (min(xs) + max(xs)) / 2 == pytest.approx(text.x + text.width / 2)
        assert min(ys) < text.baseline < max(ys)
        assert text.size >= 7.0
    key = "Lights: + low, ! some concerns, − high, ? unclear."
    assert key in " ".join(t.text for t in page.texts).replace("\N{NO-BREAK SPACE}", " ")
    with pytest.raises(
        ValueError, match="row 'A': D1 is 'lowish'; expected low, some concerns, high, unclear"
    ):
        ForestTable(
            "T", "E", Axis("x"), (StudyRow("A", 1, 0, 2, cells=("lowish",)),), columns=("D1",), lights=("D1",)
        )


def test_what_a_model_says_lies_grey_behind_the_square() -> None:
    rows = (StudyRow("A", 0.1, 0.0, 0.2, 100.0, fitted=(0.12, 0.05, 0.19)),)
    page = lay_out(ForestTable("T", "E", Axis("Effect"), rows))
    [diamond] = [p for p in page.polygons if p.role == "fitted"]
    [square] = [p for p in page.polygons if p.role == "marker"]
    line = next(s for s in page.segments if s.role == "interval")
    per = (line.end[0] - line.start[0]) / 0.2
    ends = [line.start[0] + per * value for value in (0.05, 0.12, 0.19)]
    assert sorted({x for x, _ in diamond.points}) == pytest.approx(ends)
    assert ORDER[diamond.role] < ORDER[square.role]
    assert diamond.fill == "#C9C9C9"
