"""The effect direction plot: an arrow for each study and domain, of three sizes, legible at every width."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from synthesis.drawing.chart import Arrows, Chart, Dots
from synthesis.drawing.chart_layout import lay_out_chart
from synthesis.drawing.printing import as_width
from synthesis.drawing.style import BACKGROUND
from synthesis.without_pooling.direction_chart import StudyDirection, direction_chart
from tests.synthesis.drawing.charts import colliding, outside_page

TWO = [
    StudyDirection("Li 2019", ("hip", "men"), "positive", 49, True),
    StudyDirection("Kim 2020", ("hip", "men"), "negative", 50, False),
    StudyDirection("Kim 2020", ("hip", "women"), "mixed", 300, False),
    StudyDirection("Rossi 2021", ("hip", "women"), "none", 301, True),
    StudyDirection("Rossi 2021", ("spine", "women"), "not told", None, False),
    StudyDirection("Li 2019", ("spine", "women"), "positive", None, True),
]

WAYS = ("positive", "negative", "mixed")


def arrows(chart: Chart, panel: int = 0) -> list[Arrows]:
    panels = [each for row in chart.panels for each in row]
    return [mark for mark in panels[panel].marks if isinstance(mark, Arrows)]


def test_each_direction_has_its_arrow_in_the_row_of_its_study() -> None:
    chart = direction_chart("BMD", TWO, "lower", "higher")
    found = {
        (mark.pointing, mark.name): (mark.x.tolist(), mark.y.tolist(), mark.fill != BACKGROUND)
        for mark in arrows(chart)
    }
    assert found == {
        ("up", "higher"): ([0.0], [0.0], True),
        ("down", "lower"): ([0.0], [1.0], False),
        ("sideways", "mixed or opposing"): ([1.0], [1.0], False),
        ("sideways", "no effect"): ([1.0], [2.0], True),
    }
    panel = chart.panels[0][0]
    assert panel.x.ticks == ((0.0, "men"), (1.0, "women"))
    assert panel.y.ticks == ((0.0, "Li 2019"), (1.0, "Kim 2020"), (2.0, "Rossi 2021"))
    assert (panel.x.low, panel.x.high) == (-0.5, 1.5)
    assert (panel.y.low, panel.y.high, panel.y.reversed) == (-0.6, 2.6, True)
    assert panel.height == pytest.approx(48.0)  # points of three rows
    assert [each.title for each in chart.panels[0]] == ["Hip", "Spine"]


def test_what_is_not_told_is_a_dot() -> None:
    (dot,) = [mark for mark in direction_chart("BMD", TWO).panels[0][1].marks if isinstance(mark, Dots)]
    assert (dot.x.tolist(), dot.y.tolist()) == ([0.0], [0.0])


def test_sizes_change_below_50_and_above_300_persons() -> None:
    sizes = []
    for persons in (49, 50, 300, 301, None):
        (mark,) = arrows(direction_chart("BMD", [replace(TWO[0], persons=persons)]))
        sizes.append(float(mark.radius[0]))
    assert sizes == [2.4, 3.6, 3.6, 5.0, 3.6]


def test_many_columns_become_letters_that_a_note_explains() -> None:
    few = [StudyDirection("Li", (site,), "positive", 10, True) for site in ("hip", "spine")]
    chart = direction_chart("BMD", few)
    assert chart.panels[0][0].x.ticks == ((0.0, "hip"), (1.0, "spine"))
    assert len(chart.footnotes) == 1
    many = [StudyDirection("Li", (f"a rather long site {i}",), "positive", 10, True) for i in range(30)]
    chart = direction_chart("BMD", many)
    ticks = chart.panels[0][0].x.ticks
    assert ticks is not None
    assert [text for _, text in ticks][24:28] == ["Y", "Z", "A1", "A2"]
    assert chart.footnotes[0].startswith("A: a rather long site 0; B: a rather long site 1; ")


def test_the_description_names_every_study_by_direction() -> None:
    words = direction_chart("BMD", TWO, "lower", "higher").description
    assert words.startswith(
        "Effect direction plot of 3 studies. hip, men: higher: Li 2019; lower: Kim 2020 (not"
    )
    assert "hip, women: mixed or opposing: Kim 2020 (not pooled); no effect: Rossi 2021." in words
    assert "spine, women: higher: Li 2019; direction not told: Rossi 2021." in words


@pytest.mark.parametrize("width", ["75mm", "85mm", "174mm"])
@pytest.mark.parametrize("studies", [1, 2, 8, 40])
def test_it_is_legible_at_every_width(width: str, studies: int) -> None:
    rows = [
        StudyDirection(f"Author {i} {1980 + i}", (site, sex), WAYS[i % 3], 9**i, True)
        for i in range(studies)
        for site in ("hip", "lumbar spine", "femoral neck")
        for sex in ("men", "women")
    ]
    printed = as_width(width)
    assert printed is not None
    layout = lay_out_chart(direction_chart("All sites", rows, "lower BMD", "higher BMD"), printed.points)
    assert outside_page(layout) == []
    assert colliding(layout) == []
    drawn = [shape for shape in layout.polygons if shape.role == "arrow"]
    assert len(drawn) >= 6 * studies


def test_arrows_point_where_they_say() -> None:
    chart = direction_chart("BMD", [TWO[0], TWO[1], TWO[2]])
    shapes = [np.array(shape.points) for shape in lay_out_chart(chart).polygons if shape.role == "arrow"]
    up, down = shapes[4], shapes[5]  # after the key: up, down, and two halves of sideways
    assert up[:, 1].argmin() == 2  # its tip is above: y grows downwards
    assert down[:, 1].argmax() == 2
    left, right = shapes[6], shapes[7]
    assert left[:, 0].argmin() == 2
    assert right[:, 0].argmax() == 2
