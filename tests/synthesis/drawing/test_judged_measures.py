"""Lengths in figures of judgements: white between what stands there, thickness of lines, room for words."""

from __future__ import annotations

from itertools import pairwise
from math import pi

import pytest

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
from synthesis.drawing.press import CAPITAL_HEIGHT
from synthesis.drawing.shapes import Layout, PlacedText, Polygon
from synthesis.drawing.style import FAINT, INK, MUTED, SETTINGS, sizes_for
from tests.synthesis.drawing.charts import colliding, outside_page

NARROW = 85.0 * 72 / 25.4
LOW, HIGH = Light("low", "+", "#009E73", "#FFFFFF"), Light("high", "−", "#D55E00", "#FFFFFF")
NARROWEST_LETTER = 2.0
"""An i is narrower than these points: words of it fill a line up to its end."""
SHORT = ("",) * 3
LONG = "i" * 300


def table(
    groups: tuple[str, ...] = SHORT,
    labels: tuple[str, ...] = ("Li 2001", "Xu 2002"),
    key: tuple[Light, ...] = (LOW, HIGH),
    page: float = NARROW,
    heads: tuple[str, ...] = (),
    title: str = "",
    name: str = "",
) -> Layout:
    """A light in every place, below heads D1, D2, ... of these groups."""
    columns = tuple(
        JudgedColumn(heads[place] if heads else f"D{place + 1}", name, group)
        for place, group in enumerate(groups)
    )
    rows = tuple(JudgedRow(label, (LOW,) * len(columns)) for label in labels)
    return lay_out_judged(JudgedTable(title, columns, rows, key, ""), page)


def bars(
    *named: tuple[str, str],
    shares: tuple[float, ...] = (0.5, 0.5),
    countings: tuple[str, ...] = ("weight", "estimates"),
    key: tuple[Light, ...] = (),
    light: Light = LOW,
) -> Layout:
    parts = tuple(JudgedShare(light, share) for share in shares)
    domains = tuple(JudgedBar(name, group, (parts,) * len(countings)) for name, group in named)
    return lay_out_judged(JudgedBars("", countings, domains, key, ""), NARROW)


def left(polygon: Polygon) -> float:
    return min(x for x, _ in polygon.points)


def right(polygon: Polygon) -> float:
    return max(x for x, _ in polygon.points)


def top(polygon: Polygon) -> float:
    return min(y for _, y in polygon.points)


def bottom(polygon: Polygon) -> float:
    return max(y for _, y in polygon.points)


def height(polygon: Polygon) -> float:
    """Of its middle."""
    return (top(polygon) + bottom(polygon)) / 2


def capitals(text: PlacedText) -> float:
    """Where its capitals begin."""
    return text.baseline - CAPITAL_HEIGHT * text.size


def discs(layout: Layout, row: int | None = 0) -> list[Polygon]:
    return [each for each in layout.polygons if each.role == "light" and each.row == row]


def boxes(layout: Layout) -> list[Polygon]:
    return [each for each in layout.polygons if each.role == "box"]


def rules(layout: Layout, colour: str) -> list[float]:
    return sorted(each.start[1] for each in layout.segments if (each.role, each.colour) == ("rule", colour))


def said(layout: Layout, text: str) -> PlacedText:
    return next(each for each in layout.texts if each.text == text)


def signed_area(polygon: Polygon) -> float:
    """By the shoelace formula: positive where the corners go around from the left to what lies below."""
    around = (*polygon.points, polygon.points[0])
    return sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in pairwise(around)) / 2


def test_a_light_is_round_and_its_sign_stands_in_the_middle() -> None:
    layout = table()
    sizes = sizes_for(2, NARROW)
    signs = [text for text in layout.texts if text.text == "+" and text.row == 0]
    assert len(discs(layout)) == len(signs) == 3
    for disc, sign in zip(discs(layout), signs, strict=True):
        assert right(disc) - left(disc) == pytest.approx(sizes.light)
        assert bottom(disc) - top(disc) == pytest.approx(sizes.light)
        assert signed_area(disc) == pytest.approx(pi * sizes.light**2 / 4, rel=0.01)
        assert 0 < disc.thickness <= SETTINGS["axes.linewidth"]
        assert sign.x + sign.width / 2 == pytest.approx((left(disc) + right(disc)) / 2)
        assert (sign.baseline + capitals(sign)) / 2 == pytest.approx(height(disc))
        assert sign.colour == LOW.ink


def test_corners_of_lights_and_boxes_go_the_same_way_around() -> None:
    every = (*table().polygons, *bars(("first", "")).polygons)
    assert len(every) == 8 + 4
    assert min(map(signed_area, every)) > 0


def test_lines_have_the_thickness_that_journals_ask_for_and_those_about_the_rows_are_the_heaviest() -> None:
    layout = table(("Risk", "Risk", "Applicability"))
    thickness = {each.colour: each.thickness for each in layout.segments}
    assert set(thickness) == {INK, MUTED, FAINT}
    assert all(0.25 <= each <= 1.0 for each in thickness.values())
    assert 2 * thickness[FAINT] < thickness[INK]
    assert thickness[FAINT] < thickness[MUTED] <= SETTINGS["axes.linewidth"]


def test_rows_are_a_pitch_apart_and_a_name_of_more_lines_makes_its_row_higher_by_them() -> None:
    layout = table(labels=("A", "B", "C", LONG, "D", "E"))
    sizes = sizes_for(6, NARROW)
    lines = [text for text in layout.texts if text.row == 3 and text.text.startswith("i")]
    assert len(lines) > 3
    between = rules(layout, FAINT)
    assert len(between) == 5
    distances = [b - a for a, b in pairwise(between)]
    tall = sizes.pitch + (len(lines) - 1) * 1.25 * sizes.body
    assert distances == pytest.approx([sizes.pitch, sizes.pitch, tall, sizes.pitch])
    assert height(discs(layout, 3)[0]) == pytest.approx(
        sum(capitals(each) + each.baseline for each in lines) / (2 * len(lines))
    )
    assert height(discs(layout, 3)[0]) == pytest.approx((between[2] + between[3]) / 2)
    assert height(discs(layout, 1)[0]) == pytest.approx((between[0] + between[1]) / 2)


def test_above_the_first_row_and_below_the_last_is_the_same_white() -> None:
    layout = table()
    light = sizes_for(2, NARROW).light
    above, below = rules(layout, INK)
    (between,) = rules(layout, FAINT)
    white = top(discs(layout, 0)[0]) - above
    assert white == pytest.approx(below - bottom(discs(layout, 1)[0]))
    assert 2 * (between - bottom(discs(layout, 0)[0])) < white < 0.4 * light


def test_heads_stand_between_the_top_and_their_rule_and_touch_neither() -> None:
    layout = table()
    sizes = sizes_for(2, NARROW)
    head = said(layout, "D1")
    assert 0.3 * head.size < capitals(head) - sizes.margin < 0.75 * head.size
    assert 0.25 * head.size < rules(layout, INK)[0] - head.baseline < 0.5 * head.size


def test_heads_of_groups_stand_on_their_rules_and_each_more_line_of_them_takes_a_line() -> None:
    one, two = (table((*("Risk",) * 4, name), page=NARROW) for name in ("Overall", "Overall concern"))
    sizes = sizes_for(2, NARROW)
    for layout in (one, two):
        (rule,) = set(rules(layout, MUTED))
        risk, head = said(layout, "Risk"), said(layout, "D1")
        assert 0.3 * risk.size < rule - risk.baseline < 0.7 * risk.size
        assert 0.3 * head.size < capitals(head) - rule < 0.75 * head.size
    first = said(one, "Overall")
    assert 0.3 * first.size < capitals(first) - sizes.margin < 0.7 * first.size
    assert said(two, "Overall").baseline == pytest.approx(first.baseline)
    assert said(two, "concern").baseline == pytest.approx(first.baseline + 1.25 * first.size)
    assert said(two, "D1").baseline == pytest.approx(said(one, "D1").baseline + 1.25 * first.size)


def test_the_rule_of_a_group_is_as_long_as_its_lights_and_its_words_stand_in_the_middle() -> None:
    layout = table((*("Risk of bias",) * 6, *("Use",) * 6), labels=(LONG,))
    lights = discs(layout)
    first, second = (each for each in layout.segments if each.colour == MUTED)
    assert (first.start[0], first.end[0]) == pytest.approx((left(lights[0]), right(lights[5])))
    assert (second.start[0], second.end[0]) == pytest.approx((left(lights[6]), right(lights[11])))
    for rule, name in ((first, "Risk of bias"), (second, "Use")):
        text = said(layout, name)
        assert text.x + text.width / 2 == pytest.approx((rule.start[0] + rule.end[0]) / 2)
    light = sizes_for(1, NARROW).light
    assert second.start[0] - first.end[0] == pytest.approx(light, abs=1.5), "between groups about a light"


@pytest.mark.parametrize("count", [1, 2])
def test_columns_below_a_long_word_are_as_wide_together_as_it_is(count: int) -> None:
    layout = table((*("Risk",) * 6, *("Applicability",) * count, *("Use",) * 3), labels=(LONG,))
    rule = [each for each in layout.segments if each.colour == MUTED][1]
    word = said(layout, "Applicability")
    assert rule.end[0] - rule.start[0] == pytest.approx(word.width)
    assert word.x == pytest.approx(rule.start[0])
    lights = discs(layout)[6 : 6 + count]
    assert left(lights[0]) - rule.start[0] == pytest.approx(rule.end[0] - right(lights[-1]))
    assert colliding(layout) == []


@pytest.mark.parametrize("groups", [("",) * 12, (*("Risk",) * 6, *("Use",) * 6)])
def test_a_long_name_leaves_the_room_that_lights_need_up_to_the_margin(groups: tuple[str, ...]) -> None:
    layout = table(groups, labels=(LONG,))
    sizes = sizes_for(1, NARROW)
    ends = [each.end[0] for each in layout.segments if each.colour == INK]
    assert ends == pytest.approx([NARROW - sizes.margin] * 2)
    lights = discs(layout)
    gaps = [left(b) - right(a) for a, b in pairwise(lights[:5])]
    assert gaps == pytest.approx([gaps[0]] * 4)
    assert 0.15 * sizes.light < gaps[0] < 0.25 * sizes.light, "apart, and close"
    name = said(layout, next(text.text for text in layout.texts if text.text.startswith("ii")))
    white = left(lights[0]) - gaps[0] / 2 - name.x - name.width
    assert sizes.gap / 2 <= white < sizes.gap / 2 + NARROWEST_LETTER, "the first line is full"


def test_many_lights_leave_names_a_quarter_of_the_page() -> None:
    layout = table(("",) * 17, labels=(LONG,))
    sizes = sizes_for(1, NARROW)
    room = NARROW - 2 * sizes.margin
    assert 0.24 < (left(discs(layout)[0]) - sizes.margin) / room < 0.28
    assert outside_page(layout) == []


def test_short_names_have_white_behind_them_and_few_lights_stand_together() -> None:
    layout = table(page=504.0)
    sizes = sizes_for(2, 504.0)
    centres = [(left(disc) + right(disc)) / 2 for disc in discs(layout)]
    pitch = centres[1] - centres[0]
    assert centres[2] - centres[1] == pytest.approx(pitch)
    assert 3 * sizes.light < pitch < 5 * sizes.light
    names = max(text.x + text.width for text in layout.texts if text.text in ("Li 2001", "Xu 2002"))
    assert centres[0] - pitch / 2 - names == pytest.approx(sizes.gap)
    (end,) = {each.end[0] for each in layout.segments if each.colour == INK}
    assert end == pytest.approx(centres[-1] + pitch / 2)
    alone = table(("",), labels=("A",), page=504.0)
    study = said(alone, "Study")
    assert study.x + study.width < left(discs(alone)[0])


def test_a_head_that_is_wider_than_columns_otherwise_are_has_its_room() -> None:
    head = "Missing outcome data"
    layout = table(("",) * 3, heads=("D1", head, "D3"), page=504.0)
    assert colliding(layout) == []
    text = said(layout, head)
    centres = [(left(disc) + right(disc)) / 2 for disc in discs(layout)]
    assert text.x + text.width / 2 == pytest.approx(centres[1])
    assert text.width > centres[1] - centres[0] > text.width / 2


def test_a_letter_goes_only_from_before_a_number() -> None:
    heads = ("Q1", "Q2a", "Q10", "S", "Overall", *(f"Q{number}" for number in range(3, 9)))
    layout = table(("",) * len(heads), heads=heads, labels=(LONG,))
    texts = [text.text for text in layout.texts]
    (baseline,) = {said(layout, "Study").baseline}
    found = [text.text for text in layout.texts if text.baseline == baseline and text.text != "Study"]
    assert found == ["1", "2a", "10", "S", "Overall", *map(str, range(3, 9))], texts


def test_a_word_of_the_key_stands_nearer_to_its_own_light_than_to_the_next() -> None:
    layout = table()
    first, second = discs(layout, None)
    word = said(layout, "low")
    sizes = sizes_for(2, NARROW)
    assert left(first) == pytest.approx(sizes.margin)
    assert top(first) == pytest.approx(top(second))
    assert 0.3 * sizes.light < word.x - right(first) < 0.5 * sizes.light
    assert sizes.light < left(second) - word.x - word.width < 1.5 * sizes.light
    assert (capitals(word) + word.baseline) / 2 == pytest.approx(height(first))
    assert 0.35 * sizes.light < top(first) - rules(layout, INK)[-1] < 0.6 * sizes.light


def test_a_line_of_the_key_is_as_long_as_the_page_allows_and_its_lines_are_equally_apart() -> None:
    words = (LONG, "m" * 25, "n" * 30, "o" * 28)
    layout = table(key=tuple(Light(word, "+", "#009E73", "#FFFFFF") for word in words))
    sizes = sizes_for(2, NARROW)
    lights = discs(layout, None)
    lines = [text for text in layout.texts if text.text.startswith("iii")]
    assert len(lines) > 1
    assert 0 <= NARROW - sizes.margin - lines[0].x - lines[0].width < NARROWEST_LETTER
    assert [b.baseline - a.baseline for a, b in pairwise(lines)] == pytest.approx(
        [1.25 * sizes.small] * (len(lines) - 1)
    )
    assert [left(light) for light in lights] == pytest.approx([sizes.margin] * 4)
    last_line = lines[-1].baseline - CAPITAL_HEIGHT * lines[-1].size / 2
    apart = [b - a for a, b in pairwise([last_line, *map(height, lights[1:])])]
    assert apart == pytest.approx([apart[0]] * 3)
    assert 0.25 * sizes.light < apart[0] - sizes.light < 0.4 * sizes.light
    assert height(lights[0]) == pytest.approx((capitals(lines[0]) + lines[0].baseline) / 2)
    assert layout.height == pytest.approx(height(lights[-1]) + apart[0] / 2 + sizes.margin)


def test_lights_of_the_key_share_a_line_as_long_as_they_fit() -> None:
    checked = 0
    for letters in range(80, 110):
        key = (LOW, Light("i" * letters, "+", "#009E73", "#FFFFFF"), HIGH)
        layout = table(key=key)
        _, second, third = discs(layout, None)
        together = top(second) == top(third)
        word, last = said(layout, "i" * letters), said(layout, "high")
        apart = left(second) - said(layout, "low").x - said(layout, "low").width
        needed = word.x + word.width + apart + last.x - left(third) + last.width
        assert together == (needed <= NARROW - sizes_for(2, NARROW).margin)
        checked += together
    assert 0 < checked < 30, "some have both in one line, some have not"


def test_without_lights_there_is_no_key_and_nothing_is_left_for_it() -> None:
    layout = table(key=(Light("3 stars", "3", "", INK),))
    sizes = sizes_for(2, NARROW)
    assert discs(layout, None) == []
    assert layout.height - rules(layout, INK)[-1] == pytest.approx(0.4 * sizes.body + sizes.margin)


def test_the_legend_has_the_white_of_a_line_above_it() -> None:
    layout = table(("", "Risk"), name="randomization")
    light = sizes_for(2, NARROW).light
    (legend,) = (text for text in layout.texts if "randomization" in text.text)
    assert "\N{NO-BREAK SPACE}" in legend.text
    assert 0.5 * light < capitals(legend) - bottom(discs(layout, None)[0]) < 0.85 * light
    assert legend.size == sizes_for(2, NARROW).small


def test_bars_of_a_domain_are_close_and_domains_are_apart() -> None:
    layout = bars(("first", ""), ("second", ""), shares=(1.0,))
    pitch = sizes_for(2, NARROW).pitch
    edges = [(top(box), bottom(box)) for box in boxes(layout)]
    whites = [below - above for (_, above), (below, _) in pairwise(edges)]
    assert whites[0] == pytest.approx(whites[2])
    assert 0.1 * pitch < whites[0] < 0.2 * pitch
    assert 0.5 * pitch < whites[1] < 0.7 * pitch
    (axis,) = (each for each in layout.segments if each.role == "axis" and each.start[1] == each.end[1])
    assert axis.start[1] - edges[-1][1] == pytest.approx(whites[1] - whites[0] / 2)


def test_bars_and_what_stands_before_them_fill_the_page_between_its_margins() -> None:
    layout = bars(("The longest name", ""), ("short", ""))
    sizes = sizes_for(2, NARROW)
    name, long, short = (said(layout, text) for text in ("The longest name", "estimates", "weight"))
    assert name.x == pytest.approx(sizes.margin)
    assert long.x - name.x - name.width == pytest.approx(sizes.gap)
    start = left(boxes(layout)[0])
    assert start - long.x - long.width == pytest.approx(start - short.x - short.width)
    assert 0.5 * sizes.small < start - long.x - long.width < 0.7 * sizes.small
    hundred = said(layout, "100%")
    assert hundred.x + hundred.width == pytest.approx(NARROW - sizes.margin)
    upper, lower = boxes(layout)[0], boxes(layout)[2]
    assert height(upper) == pytest.approx((capitals(short) + short.baseline) / 2)
    assert height(lower) == pytest.approx((capitals(long) + long.baseline) / 2)
    assert long.colour == short.colour == MUTED


def test_a_bar_that_counts_one_thing_begins_behind_the_longest_name() -> None:
    layout = bars(("The longest name", ""), ("short", ""), countings=("studies",))
    name = said(layout, "The longest name")
    start = left(boxes(layout)[0])
    assert start - name.x - name.width == pytest.approx(sizes_for(2, NARROW).gap)
    assert height(boxes(layout)[0]) == pytest.approx((capitals(name) + name.baseline) / 2)


def test_a_long_name_of_a_domain_takes_less_than_half_of_the_page_and_its_lines_are_full() -> None:
    layout = bars((LONG, ""), (LONG, ""), countings=("studies",), shares=(1.0,))
    sizes = sizes_for(2, NARROW)
    lines = [text for text in layout.texts if text.text.startswith("i")]
    start = left(boxes(layout)[0])
    assert start - sizes.margin == pytest.approx(0.46 * (NARROW - 2 * sizes.margin))
    assert sizes.gap / 2 <= start - lines[0].x - lines[0].width < sizes.gap / 2 + NARROWEST_LETTER
    one, two = lines[: len(lines) // 2], lines[len(lines) // 2 :]
    assert 1.4 * sizes.line < two[0].baseline - one[-1].baseline < 1.7 * sizes.line
    for box, name in zip(boxes(layout), (one, two), strict=True):
        middle = (capitals(name[0]) + name[-1].baseline) / 2
        assert height(box) == pytest.approx(middle)


def test_the_name_of_a_group_stands_once_and_nearer_to_its_own_bars_than_to_those_above() -> None:
    named = (("first", "Risk of bias"), ("second", "Risk of bias"), ("third", "Applicability"), ("last", ""))
    layout = bars(*named, shares=(1.0,), countings=("studies",))
    size = sizes_for(4, NARROW).body
    assert [text.text for text in layout.texts if text.face == "bold" and text.size == size] == [
        "Risk of bias",
        "Applicability",
    ]
    first, second, third, last = boxes(layout)
    risk, use = said(layout, "Risk of bias"), said(layout, "Applicability")
    assert top(first) - risk.baseline == pytest.approx(top(third) - use.baseline)
    below, above = top(third) - use.baseline, capitals(use) - bottom(second)
    assert 0.5 * size < below < size
    assert below < above < 1.5 * size
    assert height(second) - height(first) == pytest.approx(height(last) - height(third))
    assert capitals(risk) > sizes_for(4, NARROW).margin


def test_the_first_bar_stands_close_below_the_key() -> None:
    layout = bars(("first", ""), shares=(1.0,), key=(LOW,))
    light = sizes_for(1, NARROW).light
    assert 0.5 * light < top(boxes(layout)[0]) - bottom(discs(layout, None)[0]) < 0.8 * light


def test_parts_of_a_bar_join_and_end_at_a_hundred_per_cent() -> None:
    layout = bars(("first", ""), shares=(0.25, 0.5, 0.25), countings=("studies",))
    parts = boxes(layout)
    assert [right(part) for part in parts[:-1]] == pytest.approx([left(part) for part in parts[1:]])
    (axis,) = (each for each in layout.segments if each.role == "axis" and each.start[1] == each.end[1])
    assert (left(parts[0]), right(parts[-1])) == pytest.approx((axis.start[0], axis.end[0]))
    assert right(parts[0]) - left(parts[0]) == pytest.approx((axis.end[0] - axis.start[0]) / 4)
    assert {part.edge for part in parts} == {"#FFFFFF"}
    assert all(0 < part.thickness <= SETTINGS["axes.linewidth"] for part in parts)


def test_the_axis_of_bars_is_drawn_as_those_of_charts_and_labels_do_not_touch_its_ticks() -> None:
    layout = bars(("first", ""))
    axes = [each for each in layout.segments if each.role == "axis"]
    assert len(axes) == 6
    assert {each.thickness for each in axes} == {SETTINGS["axes.linewidth"]}
    assert [tick.end[1] - tick.start[1] for tick in axes[1:]] == pytest.approx(
        [SETTINGS["xtick.major.size"]] * 5
    )
    zero = said(layout, "0%")
    assert 0.3 * zero.size < capitals(zero) - axes[1].end[1] < 0.7 * zero.size
    assert 0.2 * zero.size < layout.height - sizes_for(1, NARROW).margin - zero.baseline < 0.4 * zero.size
    assert zero.size == sizes_for(1, NARROW).small


@pytest.mark.parametrize(("more", "text"), [(2.9, "+"), (3.1, "+  24%")])
def test_words_in_a_bar_have_a_point_and_a_half_of_white_on_either_side(more: float, text: str) -> None:
    wide = bars(("first", ""), shares=(0.88,), countings=("studies",))
    ((start, end),) = {(tick.start[0], tick.end[0]) for tick in wide.segments[:1]}
    length = end - start
    share = (said(wide, "+  88%").width + more) / length
    given = f"+  {100 * share:.0f}%"
    layout = bars(("first", ""), shares=(share,), countings=("studies",))
    within = [each for each in layout.texts if each.text in ("+", given)]
    assert [each.text for each in within] == [text.replace("24%", given[3:])]
    (box,) = boxes(layout)
    assert within[0].x + within[0].width / 2 == pytest.approx((left(box) + right(box)) / 2)


def test_what_is_not_judged_has_its_per_cent_and_no_sign() -> None:
    without = Light("not judged", "", "#FFFFFF", MUTED, MUTED)
    layout = bars(("first", ""), shares=(0.99, 0.01), countings=("studies",), light=without)
    assert [text.text for text in layout.texts] == ["first", "99%", "0%", "25%", "50%", "75%", "100%"]
    assert {box.edge for box in boxes(layout)} == {MUTED}
