"""The geometry of judgements: lights under their heads, bars as long as their shares, nothing on anything."""

from __future__ import annotations

from itertools import pairwise, product

import pytest

from evidence.records.risk_of_bias import OVERALL, Tool, find_tool, known_tools
from synthesis.drawing.judged_layout import lay_out_judged
from synthesis.drawing.judged_table import (
    JudgedBar,
    JudgedBars,
    JudgedColumn,
    JudgedRow,
    JudgedShare,
    JudgedTable,
    Light,
)
from synthesis.drawing.saving import figure_of
from synthesis.drawing.shapes import Layout, Polygon
from synthesis.drawing.style import SMALLEST_TYPE, sizes_for
from tests.synthesis.drawing.charts import colliding, outside_page
from tests.thinned import thinned

MM = 72 / 25.4
WIDTHS = (85.0, 174.0)
LOW, HIGH = Light("low", "+", "#009E73", "#FFFFFF"), Light("high", "−", "#D55E00", "#FFFFFF")
NUMBER = Light("3 stars", "3", "", "#1A1A1A")
NAMES = ("Li 2001", "Smith and colleagues of the Rotterdam Study of the Elderly 1999", "山田 2020")
TITLES = [tool.title for tool in known_tools()]


def tool_of(title: str) -> Tool:
    return next(tool for tool in known_tools() if tool.title == title)


def table(title: str, rows: int = 12) -> JudgedTable:
    """Every domain of a tool in a column, a light in each place but every seventh."""
    tool = tool_of(title)
    group = "Risk of bias" if tool.applicability else ""
    columns = [JudgedColumn(each.id, each.name, group) for each in tool.domains]
    columns.append(JudgedColumn("Overall", OVERALL, group))
    if tool.applicability:
        columns += [JudgedColumn(each.id, each.name, "Applicability") for each in tool.domains[:3]]
    lights = [NUMBER] if tool.most_stars else [LOW, HIGH]
    made = tuple(
        JudgedRow(
            NAMES[row % len(NAMES)],
            tuple(
                None if (row + column) % 7 == 6 else lights[(row + column) % len(lights)]
                for column in range(len(columns))
            ),
        )
        for row in range(rows)
    )
    return JudgedTable(f"A question: {title}", tuple(columns), made, (LOW, HIGH), "Words.", ("A note.",))


def bars(title: str) -> JudgedBars:
    tool = tool_of(title)
    parts = (JudgedShare(LOW, 0.75), JudgedShare(HIGH, 0.24), JudgedShare(LOW, 0.01))
    domains = tuple(JudgedBar(each.name, "", (parts, parts[:1])) for each in tool.domains)
    return JudgedBars(title, ("weight", "estimates"), domains, (LOW, HIGH), "Words.", ("A note.",))


def discs(layout: Layout) -> list[Polygon]:
    return [polygon for polygon in layout.polygons if polygon.role == "light" and polygon.row is not None]


def middle(polygon: Polygon) -> float:
    across = [x for x, _ in polygon.points]
    return (min(across) + max(across)) / 2


@pytest.mark.parametrize(("title", "width"), thinned(product(TITLES, WIDTHS)))
def test_lights_of_every_tool_have_room_at_every_width(title: str, width: float) -> None:
    layout = lay_out_judged(table(title), width * MM)
    assert layout.width == width * MM
    assert outside_page(layout) == []
    assert colliding(layout) == []
    assert min(text.size for text in layout.texts) >= SMALLEST_TYPE
    placed = discs(layout)
    for disc in placed:
        assert max(x for x, _ in disc.points) < layout.width
    by_row = [sorted(middle(disc) for disc in placed if disc.row == row) for row in range(12)]
    radius = max(x for x, _ in placed[0].points) - middle(placed[0]) if placed else 0.0
    gaps = [b - a for row in by_row for a, b in pairwise(row)]
    assert all(gap > 2 * radius for gap in gaps)
    assert len(placed) > 40 or tool_of(title).most_stars


@pytest.mark.parametrize("width", WIDTHS)
def test_names_take_as_much_of_the_page_as_lights_leave_and_no_more_than_half(width: float) -> None:
    layout = lay_out_judged(table("RoB 2 (2019)", 3), width * MM)
    (study,) = (text for text in layout.texts if text.text == "Study")
    names = [text for text in layout.texts if text.row is not None and text.x == study.x]
    room = layout.width - 2 * study.x
    assert len(names) > 3, "the long name has several lines"
    assert 0.24 * room < max(text.width for text in names) < 0.46 * room
    first = min(x for disc in discs(layout) for x, _ in disc.points)
    gap = sizes_for(3, layout.width).gap
    assert first - max(text.x + text.width for text in names) >= gap / 2


def test_every_light_stands_below_its_head_and_beside_its_name() -> None:
    made = table("RoB 2 (2019)", 3)
    layout = lay_out_judged(made)
    heads = [text for text in layout.texts if text.text in {column.head for column in made.columns}]
    assert [text.text for text in heads] == [column.head for column in made.columns]
    (study,) = (text for text in layout.texts if text.text == "Study")
    assert {text.baseline for text in heads} == {study.baseline}
    rules = sorted({each.start[1] for each in layout.segments if each.role == "rule"})
    heights = [y for disc in discs(layout) for _, y in disc.points]
    assert study.baseline < rules[0] < min(heights)
    assert max(heights) < rules[-1]
    (end,) = {each.end[0] for each in layout.segments if each.role == "rule"}
    assert max(x for disc in discs(layout) for x, _ in disc.points) < end
    assert len(rules) == 2 + len(made.rows) - 1, "below the heads, below the rows, and between them"
    checked = 0
    for index, row in enumerate(made.rows):
        wanted = [
            (head.x + head.width / 2, light.fill)
            for head, light in zip(heads, row.lights, strict=True)
            if light is not None
        ]
        found = [(middle(disc), disc.fill) for disc in discs(layout) if disc.row == index]
        assert [fill for _, fill in found] == [fill for _, fill in wanted]
        assert [x for x, _ in found] == pytest.approx([x for x, _ in wanted])
        signs = [text for text in layout.texts if text.row == index and text.text in "+−"]
        assert [text.x + text.width / 2 for text in signs] == pytest.approx([x for x, _ in wanted])
        checked += len(found)
    assert checked == sum(light is not None for row in made.rows for light in row.lights) > 15


def test_letters_of_heads_go_where_there_is_no_room_for_them_and_the_legend_follows() -> None:
    wide, narrow = (lay_out_judged(table("JBI RCT (2023)"), width * MM) for width in (174.0, 85.0))
    assert any(text.text == "Q13" for text in wide.texts)
    assert not any(text.text == "Q13" for text in narrow.texts)
    assert any(text.text == "13" for text in narrow.texts)
    legend = " ".join(text.text for text in narrow.texts)
    assert "1:\N{NO-BREAK SPACE}true randomization" in legend
    assert "Q1:" not in legend


def test_numbers_have_no_disc_and_no_place_in_the_key() -> None:
    layout = lay_out_judged(table("NOS cohort (2000)", 3))
    assert discs(layout) == []
    assert sum(text.text == "3" for text in layout.texts) > 20


@pytest.mark.parametrize("width", WIDTHS)
def test_the_heads_of_groups_stand_above_their_columns_and_no_word_is_broken(width: float) -> None:
    layout = lay_out_judged(table("QUADAS-2 (2011)", 2), width * MM)
    (bias,) = (text for text in layout.texts if text.text == "Risk of bias")
    (concerns,) = (text for text in layout.texts if text.text == "Applicability")
    first = [text for text in layout.texts if text.text == "D1"]
    assert len(first) == 2
    assert bias.baseline == concerns.baseline < first[0].baseline
    rules = [each.start[1] for each in layout.segments if each.role == "rule" and each.thickness == 0.5]
    assert len(rules) == 2
    assert bias.baseline < min(rules) == max(rules) < first[0].baseline - 0.7 * first[0].size
    title = next(text for text in layout.texts if text.text.startswith("A question"))
    assert title.baseline < bias.baseline - bias.size
    assert first[0].x < bias.x < first[1].x
    assert first[1].x < concerns.x + concerns.width


@pytest.mark.parametrize(("title", "width"), thinned(product(TITLES, WIDTHS)))
def test_bars_of_every_tool_are_as_long_as_their_shares(title: str, width: float) -> None:
    made = bars(title)
    layout = lay_out_judged(made, width * MM)
    assert outside_page(layout) == []
    assert colliding(layout) == []
    parts = [polygon for polygon in layout.polygons if polygon.role == "box"]
    assert len(parts) == 4 * len(made.domains)
    zero, hundred = (
        next(text.x + text.width / 2 for text in layout.texts if text.text == label)
        for label in ("0%", "100%")
    )
    lengths = [
        (part.points[1][0] - part.points[0][0]) / (hundred - zero) for part in parts[: 4 * len(made.domains)]
    ]
    assert lengths == pytest.approx([0.75, 0.24, 0.01, 0.75] * len(made.domains))
    assert {round(parts[place].points[0][0] - zero, 6) for place in (0, 3)} == {0.0}


def test_a_head_above_one_narrow_column_has_its_words_below_each_other() -> None:
    columns = (
        JudgedColumn("D1", "", "Risk of bias"),
        *(JudgedColumn(f"Q{number}", "", "Applicability") for number in range(10, 23)),
    )
    row = JudgedRow(NAMES[1], (LOW,) * len(columns))
    layout = lay_out_judged(JudgedTable("A question", columns, (row,), (LOW,), ""), 85 * MM)
    lines = [text for text in layout.texts if text.text in ("Risk", "of", "bias", "Risk of", "of bias")]
    assert " ".join(line.text for line in sorted(lines, key=lambda line: line.baseline)) == "Risk of bias"
    gaps = [b - a for a, b in pairwise(sorted(line.baseline for line in lines))]
    assert gaps == pytest.approx([1.25 * lines[0].size] * (len(lines) - 1))
    assert len(lines) > 1
    (rule,) = {each.start[1] for each in layout.segments if each.role == "rule" and each.thickness == 0.5}
    assert max(line.baseline for line in lines) < rule
    assert colliding(layout) == []
    assert outside_page(layout) == []


def test_a_key_that_is_too_long_for_a_line_goes_on_in_the_next() -> None:
    words = ("yes", "no", "unclear", "not applicable", "include", "exclude", "seek further info")
    key = tuple(Light(word, "+", "#009E73", "#FFFFFF") for word in words)
    made = JudgedTable("A question", (JudgedColumn("D1", "", ""),), (JudgedRow("A", (LOW,)),), key, "")
    layout = lay_out_judged(made, 85 * MM)
    lights = [polygon for polygon in layout.polygons if polygon.role == "light" and polygon.row is None]
    places = [(max(y for _, y in light.points), middle(light)) for light in lights]
    assert places == sorted(places), "from left to right, and line by line"
    lines = sorted({round(y, 6) for y, _ in places})
    assert len(lines) > 1
    assert min(x for _, x in places) == pytest.approx(places[0][1])
    assert lines[0] > max(y for disc in discs(layout) for _, y in disc.points)
    found = [text for text in layout.texts if text.text in words]
    assert [text.text for text in found] == list(words)
    assert all(text.x > x for text, (_, x) in zip(found, places, strict=True))


def test_what_bars_count_stands_before_them_where_they_count_several_things() -> None:
    several = lay_out_judged(bars("RoB 2 (2019)"))
    start = min(x for part in several.polygons if part.role == "box" for x, _ in part.points)
    words = [text for text in several.texts if text.text in ("weight", "estimates")]
    assert len(words) == 2 * len(tool_of("RoB 2 (2019)").domains)
    assert {round(start - text.x - text.width, 6) for text in words} == {4.0}
    one = JudgedBars("A", ("studies",), (JudgedBar("first", "", ((JudgedShare(LOW, 1.0),),)),), (), "")
    alone = lay_out_judged(one)
    assert not any(text.text == "studies" for text in alone.texts)
    name = next(text for text in alone.texts if text.text == "first")
    left = min(x for part in alone.polygons if part.role == "box" for x, _ in part.points)
    assert 0 < left - name.x - name.width < 2 * sizes_for(1, alone.width).gap


def test_bars_are_as_high_as_their_words_and_stand_below_each_other() -> None:
    made = bars("RoB 2 (2019)")
    layout = lay_out_judged(made)
    parts = [polygon for polygon in layout.polygons if polygon.role == "box"]
    ends = [(part.points[0][1], part.points[2][1]) for part in parts]
    heights = [lower - upper for upper, lower in ends]
    assert heights == pytest.approx([heights[0]] * len(heights))
    assert heights[0] > max(text.size for text in layout.texts if "75%" in text.text)
    each_bar = sorted(set(ends))
    assert len(each_bar) == 2 * len(made.domains)
    assert all(above[1] < below[0] for above, below in pairwise(each_bar))
    for place, domain in enumerate(made.domains):
        name = next(text for text in layout.texts if text.text == domain.name)
        upper, lower = each_bar[2 * place][0], each_bar[2 * place + 1][1]
        assert name.baseline - 0.35 * name.size == pytest.approx((upper + lower) / 2, abs=0.5)
    within = [text for text in layout.texts if text.text == "+  75%"]
    assert len(within) == len(each_bar)
    for text, (upper, lower) in zip(within, each_bar, strict=True):
        assert upper < text.baseline - 0.7 * text.size < text.baseline < lower
        part = next(each for each in parts if each.points[0][1] == upper)
        assert text.x + text.width / 2 == pytest.approx(middle(part))


def test_the_axis_of_bars_stands_below_them_with_a_tick_above_each_label() -> None:
    layout = lay_out_judged(bars("RoB 2 (2019)"))
    axis, *ticks = (each for each in layout.segments if each.role == "axis")
    lowest = max(y for part in layout.polygons if part.role == "box" for _, y in part.points)
    assert lowest < axis.start[1] == axis.end[1]
    labels = {text.text: text for text in layout.texts if text.text.endswith("%") and " " not in text.text}
    expected = [labels[label] for label in ("0%", "25%", "50%", "75%", "100%")]
    assert [tick.start[0] for tick in ticks] == pytest.approx([each.x + each.width / 2 for each in expected])
    assert (ticks[0].start[0], ticks[-1].start[0]) == pytest.approx((axis.start[0], axis.end[0]))
    for tick, label in zip(ticks, expected, strict=True):
        assert tick.start == (tick.end[0], axis.start[1])
        assert axis.start[1] < tick.end[1] < label.baseline - 0.7 * label.size


def test_a_part_of_a_bar_says_sign_and_per_cent_as_far_as_it_has_room() -> None:
    layout = lay_out_judged(bars("RoB 2 (2019)"), 85 * MM)
    said = [text.text for text in layout.texts]
    domains = len(tool_of("RoB 2 (2019)").domains)
    assert said.count("+  75%") == 2 * domains
    assert said.count("−") + said.count("−  24%") == domains + 1, "and one in the key"
    assert "+  1%" not in said


def test_a_single_row_and_sixty_have_their_pages() -> None:
    one, many = (lay_out_judged(table("RoB 2 (2019)", rows)) for rows in (1, 60))
    assert len(discs(one)) == len(table("RoB 2 (2019)", 1).columns) - 1
    assert many.height > 5 * one.height
    assert colliding(many) == []


def test_what_does_not_go_together_is_refused() -> None:
    column = JudgedColumn("D1", "first", "")
    with pytest.raises(ValueError, match="row 'A' has not as many lights as there are columns"):
        JudgedTable("", (column,), (JudgedRow("A", ()),), (), "")
    with pytest.raises(ValueError, match="'first' has 0 bars; expected one a counting"):
        JudgedBars("", ("weight",), (JudgedBar("first", "", ()),), (), "")
    for share in (-0.1, 1.1):
        wrong = JudgedBar("first", "", ((JudgedShare(LOW, share),),))
        with pytest.raises(ValueError, match="a share of 'first' is no fraction of 1"):
            JudgedBars("", ("weight",), (wrong,), (), "")


def test_a_figure_of_judgements_has_its_words_and_its_width() -> None:
    tool = find_tool("RoB 2")
    assert tool is not None
    for made in (table(tool.title, 2), bars(tool.title)):
        figure = figure_of(made)
        assert (figure.title, figure.description) == (made.title, "Words.")
        assert figure.get_figwidth() == pytest.approx(7.0)
        assert figure.fonts.missing == ""
