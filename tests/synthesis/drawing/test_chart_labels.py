"""Names of dots: beside them, on nothing else, or not at all."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from synthesis.drawing.chart import Area, Chart, ChartCurve, Dots, Mark, ReferenceLine
from synthesis.drawing.chart_layout import lay_out_chart
from synthesis.drawing.shapes import Layout, PlacedText, Segment
from tests.synthesis.drawing.charts import RATIO, X, chart, cloud, dot_boxes, overlap

GAPS = (1, 5, 12, 40, 200)


def names(layout: Layout) -> list[PlacedText]:
    return [text for text in layout.texts if text.text.startswith(("Author", "The"))]


def leaders(layout: Layout) -> list[Segment]:
    return [segment for segment in layout.segments if segment.role == "rule"]


@pytest.mark.parametrize(
    ("k", "seed"),
    [
        pytest.param(k, seed, marks=pytest.mark.long if k * seed > 200 else ())
        for k, seed in product(GAPS, (1, 2, 3))
    ],
)
def test_names_cover_no_dot_and_no_name(k: int, seed: int) -> None:
    layout = lay_out_chart(chart(cloud(k, seed)))
    found = names(layout)
    assert len(found) == k if k <= 12 else 12 < len(found) <= k
    boxes = [text.box for text in found]
    assert not any(overlap(a, b) for i, a in enumerate(boxes) for b in boxes[i + 1 :])
    assert not any(overlap(box, dot) for box in boxes for dot in dot_boxes(layout))


@pytest.mark.parametrize("k", GAPS)
def test_a_far_name_has_a_line_from_its_own_dot_that_crosses_no_name(k: int) -> None:
    layout = lay_out_chart(chart(cloud(k)))
    centres = {(round(x, 6), round(y, 6)) for circles in layout.circles for x, y in circles.centres}
    for line in leaders(layout):
        assert (round(line.start[0], 6), round(line.start[1], 6)) in centres
        for share in np.linspace(0.0, 1.0, 50):
            x, y = (a + share * (b - a) for a, b in zip(line.start, line.end, strict=True))
            assert not any(t.box[0] < x < t.box[2] and t.box[1] < y < t.box[3] for t in names(layout))


@pytest.mark.parametrize(
    "mark",
    [
        ReferenceLine("x", 0.0),
        ReferenceLine("y", 0.5),
        ChartCurve(np.array([0.0, 0.0]), np.array([0.0, 1.0])),
        ChartCurve(np.array([-1.0, 1.0]), np.array([0.5, 0.5])),
    ],
)
def test_lines_are_avoided_where_there_is_room(mark: Mark) -> None:
    dots = Dots(
        np.array([0.0, 0.02, -0.3]), np.array([0.5, 0.8, 0.52]), labels=("Author A", "Author B", "Author C")
    )
    layout = lay_out_chart(chart(mark, dots))
    found = names(layout)
    assert len(found) == 3
    (x0, y0), (x1, y1) = layout.paths[0].points[0], layout.paths[0].points[-1]
    line = (x0 - 0.3, y0 - 0.3, x1 + 0.3, y1 + 0.3) if y0 < y1 else (x0 - 0.3, y1 - 0.3, x1 + 0.3, y0 + 0.3)
    assert not any(overlap(text.box, line) for text in found)


def test_where_lines_leave_no_room_a_name_is_left_out_and_that_is_said() -> None:
    places = np.linspace(-1.0, 1.0, 60).tolist()
    hatching = [ReferenceLine("x", x) for x in places]
    layout = lay_out_chart(chart(*hatching, cloud(1)))
    assert names(layout) == []
    assert [t.text for t in layout.texts if "left out" in t.text] == ["1 name left out for want of room."]
    dotted = [ReferenceLine("x", x, stroke="dotted") for x in places]
    assert names(lay_out_chart(chart(*dotted, cloud(1)))) == []
    areas = [Area(np.array([-1.0, x, x, -1.0]), np.array([0.0, 0.0, 1.0, 1.0]), "#EEEEEE") for x in places]
    layout = lay_out_chart(chart(*areas, cloud(1)))
    assert not [t for t in layout.texts if "left out" in t.text]


def test_a_name_stands_off_the_edges_of_areas_where_it_can_shortened_if_need_be() -> None:
    """Edges to both sides of the dot leave room for some letters and the year, but not for the whole."""
    label = "Author of a very long name of a study 1994"
    dot = Dots(np.array([0.0]), np.array([0.5]), labels=(label,))
    [whole] = names(lay_out_chart(chart(dot)))
    assert whole.text == label

    def found(left: float, right: float) -> tuple[PlacedText, float, float]:
        x = np.array([left, right, right, left])
        layout = lay_out_chart(chart(Area(x, np.array([-1.0, -1.0, 2.0, 2.0]), "#EEEEEE"), dot))
        [name] = [text for text in layout.texts if text.text.endswith("1994")]
        corners = [x for polygon in layout.polygons if polygon.role == "area" for x, _ in polygon.points]
        return name, min(corners), max(corners)

    name, left, right = found(-0.5, 0.3)
    assert (name.text[:8], name.text[-6:]) == ("Author o", "… 1994")
    assert left < name.box[0] < name.box[2] < right
    name, left, right = found(-0.9, 0.9)
    assert (name.text, left < name.box[0] < name.box[2] < right) == (label, True)
    name, left, right = found(-0.1, 0.02)
    assert name.text == label, "room for the whole beyond the edges"
    assert name.box[0] > right or name.box[2] < left


def test_names_without_room_are_left_out() -> None:
    same = Dots(np.zeros(60), np.full(60, 0.5), labels=tuple(f"Author {i}" for i in range(60)))
    found = names(lay_out_chart(chart(same)))
    assert 3 <= len(found) < 60


def test_the_first_wanted_place_is_to_the_right() -> None:
    layout = lay_out_chart(chart(Dots(np.array([0.0]), np.array([0.5]), labels=("Author",))))
    [name] = names(layout)
    (x, y), [radius] = layout.circles[0].centres[0], layout.circles[0].radii
    assert name.x == pytest.approx(x + radius + 2.0)
    assert name.box[1] < y < name.box[3]
    assert leaders(layout) == []


def test_at_the_right_edge_a_name_stands_on_the_left() -> None:
    layout = lay_out_chart(chart(Dots(np.array([1.0]), np.array([0.5]), labels=("Author with a long name",))))
    [name] = names(layout)
    assert name.box[2] < layout.circles[0].centres[0][0]


def test_a_dot_beyond_the_axes_or_without_a_place_has_no_name() -> None:
    x = np.array([1.5, 0.0, np.nan, 0.5])
    y = np.array([0.5, 1.4, 0.5, 0.5])
    layout = lay_out_chart(chart(Dots(x, y, labels=("Author 0", "Author 1", "Author 2", "Author 3"))))
    assert [text.text for text in names(layout)] == ["Author 3"]


def test_names_belong_to_their_own_dots_when_others_have_no_place() -> None:
    x = np.array([np.nan, 0.1, 10.0])
    drawn = chart(Dots(x, np.full(3, 0.5), labels=("Author 0", "Author 1", "Author 2")), x=RATIO)
    layout = lay_out_chart(drawn)
    found = {text.text: text.x for text in names(layout)}
    assert list(found) == ["Author 1", "Author 2"]
    assert list(found.values()) == pytest.approx([c[0] + 4.6 for c in layout.circles[0].centres])


def test_fewer_names_than_dots_are_those_of_the_first() -> None:
    layout = lay_out_chart(chart(replace(cloud(4), labels=("Author 0",))))
    assert [text.text for text in names(layout)] == ["Author 0"]


def test_a_long_name_keeps_its_end_which_tells_it_apart() -> None:
    long = "The Collaborative Multinational Prospective Study of Intensive versus Standard Care 2021"
    for each in (X, replace(RATIO, reversed=True)):
        middle = 0.0 if each is X else 1.0
        layout = lay_out_chart(chart(Dots(np.array([middle]), np.array([0.5]), labels=(long,)), x=each))
        [name] = names(layout)
        assert name.text.startswith("The Coll")
        assert name.text.endswith("2021")
        assert name.width < 0.42 * layout.width


def test_two_thousand_dots_with_a_dozen_names_are_laid_out() -> None:
    many = cloud(2_000)
    named: Chart = chart(replace(many, labels=many.labels[:12]))
    assert len(names(lay_out_chart(named))) <= 12
