"""Where names stand about a dot: eight directions at six distances, the frame, lines and neighbours."""

from __future__ import annotations

from itertools import product
from math import cos, hypot, pi, sin

import numpy as np
import pytest

from synthesis.drawing.chart import ChartCurve, Dots, Mark, ReferenceLine
from synthesis.drawing.chart_layout import lay_out_chart
from synthesis.drawing.shapes import Box, Layout, PlacedText, Segment
from tests.synthesis.drawing.charts import chart

SMALL, RADIUS = 7.25, 2.6
DISTANCES = (2.0, 6.0, 12.0, 20.0, 30.0, 42.0)
DIRECTIONS = (0, 180, 90, 270, 45, 315, 135, 225)  # degrees, from the most wanted


def frame(layout: Layout) -> Box:
    upright, level = [segment for segment in layout.segments if segment.role == "axis"][:2]
    return upright.start[0], upright.start[1], level.end[0], level.end[1]


FRAME = frame(lay_out_chart(chart(Dots(np.array([0.0]), np.array([0.5])))))


def dots(places: list[tuple[float, float]], radius: float = RADIUS, labels: tuple[str, ...] = ()) -> Dots:
    """Dots at places in points."""
    left, top, right, bottom = FRAME
    x = np.array([2.0 * (x - left) / (right - left) - 1.0 for x, _ in places])
    y = np.array([(bottom - y) / (bottom - top) for _, y in places])
    return Dots(x, y, radius, labels=labels)


def placed(*marks: Mark) -> tuple[PlacedText | None, Segment | None]:
    """The name 'Author' and its line."""
    layout = lay_out_chart(chart(*marks))
    assert frame(layout) == FRAME
    names = [text for text in layout.texts if text.text == "Author"]
    lines = [segment for segment in layout.segments if segment.role == "rule"]
    return (names[0] if names else None), (lines[0] if lines else None)


def wanted(centre: tuple[float, float], width: float, radius: float = RADIUS) -> list[tuple[float, float]]:
    """Start and base line of the name at each place: near it at the distance from the dot."""
    found = []
    for distance, degrees in product(DISTANCES, DIRECTIONS):
        across, up = cos(degrees * pi / 180), sin(degrees * pi / 180)
        x, y = centre[0] + (radius + distance) * across, centre[1] - (radius + distance) * up
        found.append((x - width * (1 - across) / 2, y - 0.5 * SMALL * up + 0.3 * SMALL))
    return found


def test_names_take_the_directions_in_order_then_the_next_distance_with_a_line_from_the_third_on() -> None:
    """Each place that is taken is blocked by a speck at the outer corner of the name."""
    centre = ((FRAME[0] + FRAME[2]) / 2, (FRAME[1] + FRAME[3]) / 2)
    specks: list[tuple[float, float]] = []
    visited: list[int] = []
    while True:
        name, line = placed(dots([centre], labels=("Author",)), dots(specks, 0.2))
        if name is None:
            break
        places = wanted(centre, name.width)
        [index] = [i for i, place in enumerate(places) if place == pytest.approx((name.x, name.baseline))]
        assert (name.size, name.face) == (SMALL, "regular")
        visited.append(index)
        assert (line is None) == (index < 16)
        x = min(max(centre[0], name.box[0]), name.box[2])
        y = min(max(centre[1], name.box[1]), name.box[3])
        if line is not None:
            length = hypot(x - centre[0], y - centre[1])
            assert line.start == pytest.approx(centre)
            end = [c + (1.0 - 1.0 / length) * (to - c) for c, to in zip(centre, (x, y), strict=True)]
            assert line.end == pytest.approx(end), "a point before the name"
            assert (line.thickness, line.colour) == (0.4, "#595959")
        corner_x = (
            name.box[2] - 0.4 if name.box[2] - centre[0] >= centre[0] - name.box[0] else name.box[0] + 0.4
        )
        corner_y = (
            name.box[3] - 0.4 if name.box[3] - centre[1] >= centre[1] - name.box[1] else name.box[1] + 0.4
        )
        specks.append((corner_x, corner_y))
    assert visited == sorted(set(visited))
    assert visited[:4] == [0, 1, 2, 3]
    assert {index // 8 for index in visited} == {0, 1, 2, 3, 4, 5}
    assert {index % 8 for index in visited} >= {0, 1, 2, 3}


@pytest.mark.parametrize(
    ("side", "inside", "beyond"),
    [("left", 1.05, 0.95), ("right", 1.05, 0.95), ("top", 0.05, -0.05), ("bottom", 1.05, 0.95)],
)
def test_a_name_stays_in_the_frame(side: str, inside: float, beyond: float) -> None:
    """A dot whose most wanted place would end just within or just beyond the bound; else the next place."""
    middle = ((FRAME[0] + FRAME[2]) / 2, (FRAME[1] + FRAME[3]) / 2)
    name, _ = placed(dots([middle], labels=("Author",)))
    assert name is not None
    around = (
        name.box[0] - middle[0],
        name.box[1] - middle[1],
        name.box[2] - middle[0],
        name.box[3] - middle[1],
    )
    for room, first in ((inside, True), (beyond, False)):
        if side == "right":
            centre = (FRAME[2] - room - around[2], middle[1])
        elif side == "top":
            centre = (middle[0], FRAME[1] + room - around[1])
        elif side == "bottom":
            centre = (middle[0], FRAME[3] - room - around[3])
        else:
            centre = (FRAME[0] + room + around[2], middle[1])
        blocked = [(centre[0] + 20.0, centre[1])] if side == "left" else []
        name, _ = placed(dots([centre], labels=("Author",)), dots(blocked, 0.2))
        assert name is not None
        places = wanted(centre, name.width)
        expected = places[1 if side == "left" else 0]
        assert ((name.x, name.baseline) == pytest.approx(expected)) == first


def test_a_dot_half_a_point_beyond_the_frame_still_has_its_name() -> None:
    left, top, right, bottom = FRAME
    middle_x, middle_y = (left + right) / 2, (top + bottom) / 2
    for x, y, across, down in (
        (left, middle_y, -1, 0),
        (right, middle_y, 1, 0),
        (middle_x, top, 0, -1),
        (middle_x, bottom, 0, 1),
    ):
        for away, named in ((0.45, True), (0.55, False)):
            name, _ = placed(dots([(x + away * across, y + away * down)], labels=("Author",)))
            assert (name is not None) == named


def test_a_name_covers_as_little_of_the_lines_as_it_can() -> None:
    """A line to the right sends the name to the left; lines to both sides, above; a cross, farther off."""
    left, top, right, bottom = FRAME
    middle = ((left + right) / 2, (top + bottom) / 2)
    up = np.array([0.5, 0.5])
    to_right = ChartCurve(np.array([0.01, 1.0]), up)
    to_left = ChartCurve(np.array([-1.0, -0.01]), up)
    star = dots([middle], labels=("Author",))
    rule, upright = ReferenceLine("y", 0.5), ReferenceLine("x", 0.0)
    cases: list[tuple[tuple[Mark, ...], int]] = [
        ((), 0),
        ((to_right,), 1),
        ((to_right, to_left), 2),
        ((rule,), 2),
        ((to_right, upright), 1),
        ((to_right, to_left, upright), 12),
    ]
    for lines, place in cases:
        name, _ = placed(*lines, star)
        assert name is not None
        assert (name.x, name.baseline) == pytest.approx(wanted(middle, name.width)[place])


@pytest.mark.parametrize("radius", [1.0, 4.0, 9.0])
def test_a_name_keeps_its_distance_from_the_edge_of_its_dot_and_off_a_neighbour_s(radius: float) -> None:
    left, top, right, bottom = FRAME
    middle = ((left + right) / 2, (top + bottom) / 2)
    name, _ = placed(dots([middle], radius, ("Author",)))
    assert name is not None
    assert (name.x, name.baseline) == pytest.approx(wanted(middle, name.width, radius)[0])
    ends = name.box[2]
    for away, place in ((0.05, 0), (-0.05, 1)):
        neighbour = dots([(ends + radius + away, middle[1])], radius)
        name, _ = placed(dots([middle], radius, ("Author",)), neighbour)
        assert name is not None
        assert (name.x, name.baseline) == pytest.approx(wanted(middle, name.width, radius)[place])


def test_a_long_name_is_shortened_to_42_hundredths_of_the_frame() -> None:
    left, top, right, bottom = FRAME
    middle = ((left + right) / 2, (top + bottom) / 2)
    long = "The Collaborative Multinational Prospective Study of Intensive versus Standard Care of 2021"
    layout = lay_out_chart(chart(dots([middle], labels=(long,))))
    [name] = [text for text in layout.texts if text.text.startswith("The Coll")]
    limit = 0.42 * (right - left)
    assert limit - 10.0 < name.width <= limit
    assert "…" in name.text


@pytest.mark.parametrize("mark", [Dots(np.zeros(3), np.zeros(2)), ChartCurve(np.zeros(1), np.zeros(2))])
def test_a_point_without_its_other_coordinate_is_refused(mark: Mark) -> None:
    with pytest.raises(ValueError, match=r"is (longer|shorter) than"):
        lay_out_chart(chart(mark))


def test_the_box_of_a_line_of_text_reaches_from_its_start_by_its_width_and_about_its_base_line() -> None:
    text = PlacedText("2019", 5.0, 20.0, 30.0, "regular", 10.0, "#000000")
    assert text.box == pytest.approx((5.0, 12.4, 35.0, 22.4))
