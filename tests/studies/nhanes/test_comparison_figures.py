"""The figures of the comparison, from slopes and matches made by hand: where everything stands, in inches."""

from __future__ import annotations

import matplotlib
import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.text import Text
from numpy.testing import assert_allclose

from evidence.records.effect import Effect
from studies.nhanes.alignment import AS_FILED, STACKED, UNWEIGHTED, Match
from studies.nhanes.comparison.alignment_figure import alignment_figure
from studies.nhanes.comparison.compare import Comparison
from studies.nhanes.comparison.figure import comparison_figure
from studies.nhanes.comparison.published import PrintedSlope
from studies.nhanes.comparison.rows import FittedSlope
from studies.nhanes.comparison.slopes import ComparedSlope
from synthesis.drawing.canvas import DescribedFigure
from synthesis.drawing.fonts import Fonts, make_known
from synthesis.drawing.style import CURVE, FAINT, INK, MUTED, SECOND, SETTINGS
from tests.studies.nhanes.artists import anchor, drawn, type_of, xs, ys

OTHERS = "Other Races and Not recorded"
LINES = [(group, model) for group in ("all", "women", OTHERS) for model in ("none", "minimal", "full")]


def slope(outcome: str, group: str, model: str, within: str | None = None) -> ComparedSlope:
    """Printed 0.002 [0.001, 0.003], regenerated 0.004 [0.003, 0.005], diagnosed 0.0021."""
    plain = {"measure": "beta", "per": "1 g/dL", "estimate": "0.002", "ci": ["0.001", "0.003"], "p": "0.01"}
    effect = Effect.model_validate(plain | ({"within": within} if within else {}))
    printed = PrintedSlope("Table 2", "here", outcome, group, model, effect)
    return ComparedSlope(
        printed, FittedSlope(0.004, 0.003, 0.005, 0.01), FittedSlope(0.0021, 0.001, 0.003, 0.01)
    )


@pytest.fixture(scope="module")
def compared() -> DescribedFigure:
    slopes = [slope(outcome, *line) for outcome in ("thoracic-spine", "lumbar-spine") for line in LINES]
    changed = FittedSlope(0.0024, -0.001, 0.005, 0.2)
    slopes[0] = ComparedSlope(slopes[0].printed, changed, FittedSlope(0.0026, 0.0, 0.1, 0.1))
    slopes.append(slope("hip", "all", "none", within="< 11.9 g/dL"))
    return comparison_figure(Comparison((), (), tuple(slopes), pd.DataFrame()))


def inches(axes: Axes) -> list[float]:
    """Left, bottom, width and height."""
    assert isinstance(axes.figure, Figure)
    width, height = axes.figure.get_size_inches()
    x, y, w, h = axes.get_position().bounds
    return [x * width, y * height, w * width, h * height]


def text_at(axes: Axes, words: str) -> tuple[float, float, Text]:
    """How many inches left of the panel a text is anchored, on which row, and the text."""
    (found,) = [text for text in axes.texts if text.get_text() == words]
    x, y = found.get_position()
    return x * inches(axes)[2], y, found


def test_two_panels_of_the_same_width_fill_seven_inches_and_a_row_is_a_quarter_high(
    compared: DescribedFigure,
) -> None:
    height = 0.74 + 0.78 + 0.25 * (9 + 0.6)
    assert_allclose(compared.get_size_inches(), (7, height))
    width = (7 - 1.98 - 0.12 - 0.22) / 2
    left, right = compared.axes
    assert_allclose(inches(left), (1.98, 0.78, width, 0.25 * 9.6))
    assert_allclose(inches(right), (7 - 0.12 - width, 0.78, width, 0.25 * 9.6))
    for axes in (left, right):
        assert axes.get_ylim() == (8.6, -0.6)
        assert list(axes.get_yticks()) == []
        assert not axes.spines["left"].get_visible()
    assert right.get_shared_x_axes().joined(left, right)
    assert [axes.get_title() for axes in compared.axes] == ["Thoracic spine", "Lumbar spine"]
    assert all(axes.title.get_fontsize() == 8 for axes in compared.axes)
    assert all(axes.get_xlabel().startswith("slope, g/cm² per 1 g/dL\n") for axes in compared.axes)
    with matplotlib.rc_context(SETTINGS):
        assert 4 <= len(left.get_xticks()) <= 8


def test_published_diagnosed_and_regenerated_slopes_stand_in_lanes_of_their_row(
    compared: DescribedFigure,
) -> None:
    axes = compared.axes[1]
    *separators, null, published, mine, ticks = axes.lines
    assert [ys(line)[0] for line in separators] == [2.5, 5.5]
    assert [line.get_linewidth() for line in (*separators, null)] == [0.5, 0.5, 0.6]
    assert list(xs(null)) == [0, 0]
    rows = np.arange(9)
    for line, slope_, lane in ((published, 0.002, -0.27), (ticks, 0.0021, 0.0), (mine, 0.004, 0.27)):
        assert_allclose(xs(line), slope_)
        assert_allclose(ys(line), rows + lane)
        assert line.get_linestyle() == "None"
    kinds = [(line.get_marker(), to_hex(line.get_color()).upper()) for line in (published, mine, ticks)]
    assert kinds == [("o", SECOND), ("s", CURVE), ("|", INK)]
    for intervals, ends, lane, colour in zip(
        axes.collections, ((0.001, 0.003), (0.003, 0.005)), (-0.27, 0.27), (SECOND, CURVE), strict=True
    ):
        assert isinstance(intervals, LineCollection)
        segments = np.array(intervals.get_segments())
        assert_allclose(segments[:, :, 0], np.tile(ends, (9, 1)))
        assert_allclose(segments[:, :, 1], np.column_stack([rows + lane] * 2))
        assert to_hex(np.asarray(intervals.get_color())[0]).upper() == colour
        assert np.asarray(intervals.get_linewidth())[0] == 1.1


def test_no_marker_covers_another_or_reaches_into_the_next_row(compared: DescribedFigure) -> None:
    """The nearest lanes are 0.27 of a row of 18 points apart; markers with their edge take less."""
    axes = compared.axes[1]
    published, mine, ticks = axes.lines[-3:]
    lanes = sorted({float(y) for line in (published, mine, ticks) for y in ys(line)})
    assert len(lanes) == 27
    sizes = [line.get_markersize() + line.get_markeredgewidth() for line in (published, mine)]
    row = 72 * inches(axes)[3] / 9.6
    assert row == pytest.approx(18)
    assert min(np.diff(lanes)) * row > (max(sizes) + ticks.get_markersize()) / 2
    for line in (published, mine):
        assert line.get_markerfacecolor() == "white", "hollow: the interval's line is seen beside it"


def test_what_the_legend_shows_is_what_is_drawn(compared: DescribedFigure) -> None:
    legend = compared.legends[0]
    published, tick, mine = legend.get_lines()
    axes = compared.axes[0]
    circle, square, mark = axes.lines[-3:]
    assert [text.get_text() for text in legend.get_texts()] == [
        "published, 95% CI", "race and weights as diagnosed", "regenerated, design-based 95% CI",
    ]  # fmt: skip
    for shown, marker in ((published, circle), (mine, square), (tick, mark)):
        assert shown.get_color() == marker.get_color()
        assert shown.get_marker() == marker.get_marker()
        assert shown.get_markersize() == marker.get_markersize()
        assert shown.get_markeredgewidth() == marker.get_markeredgewidth()
    assert published.get_linewidth() == mine.get_linewidth() == 1.1
    assert tick.get_linewidth() == 0, "a tick alone"
    assert (mark.get_markersize(), circle.get_markersize(), circle.get_markeredgewidth()) == (4.6, 3.4, 0.9)
    assert legend.get_texts()[0].get_fontsize() == 7
    assert not legend.get_frame_on()
    make_known()  # as saving does: else another font stands in where the base font is not installed
    with matplotlib.rc_context(SETTINGS):
        compared.canvas.draw()
        box = legend.get_window_extent().transformed(compared.dpi_scale_trans.inverted())
    em = 7 / 72
    assert box.x0 == pytest.approx(0.005 * 7 + 0.25 * em)
    assert box.y0 == pytest.approx(0.25 * em)
    letters = sum(Fonts().width(text.get_text(), "regular", 7.0) for text in legend.get_texts()) / 72
    # three handles with their gaps, two gaps between columns, white at both ends
    assert box.width == pytest.approx(letters + (3 * (1.6 + 0.8) + 2 * 1.6 + 2 * 0.4) * em, abs=0.02)
    assert box.y1 < 0.3
    start, *_, end = xs(published)
    assert end - start == pytest.approx(1.6 * 7)


def test_a_subgroup_is_named_once_and_each_row_has_its_model(compared: DescribedFigure) -> None:
    axes = compared.axes[0]
    models = [text for text in axes.texts if text.get_text().startswith("Model")]
    assert [text.get_text() for text in models] == ["Model 1", "Model 2", "Model 3"] * 3
    assert [text.get_position()[1] for text in models] == list(range(9))
    assert_allclose([text.get_position()[0] * inches(axes)[2] for text in models], -0.1)
    assert {
        (text.get_horizontalalignment(), text.get_verticalalignment(), text.get_fontsize()) for text in models
    } == {("right", "center", 7)}
    for words, row in (("All participants", 0), ("Women", 3), ("Other Races\nand Not recorded", 6.5)):
        x, y, text = text_at(axes, words)
        assert (x, y) == pytest.approx((-1.9, row))
        assert (text.get_fontsize(), text.get_fontweight(), text.get_verticalalignment()) == (
            7,
            "bold",
            "center",
        )
    assert len(axes.texts) == 12
    assert len(compared.axes[1].texts) == 0


def test_the_title_and_the_key_stand_at_the_top(compared: DescribedFigure) -> None:
    height = compared.get_size_inches()[1]
    title, key = compared.texts
    assert_allclose(title.get_position(), (0.012, 1 - 0.2 / height))
    assert_allclose(key.get_position(), (0.012, 1 - 0.37 / height))
    assert (title.get_fontsize(), title.get_fontweight(), key.get_fontsize(), key.get_color()) == (
        9,
        "bold",
        7,
        MUTED,
    )
    assert (
        key.get_text() == "Model 1: unadjusted; Model 2: age, sex, race; Model 3: all covariates of Table 1"
    )


def test_what_agrees_is_counted_in_words(compared: DescribedFigure) -> None:
    """Of 18 slopes one rounds to 0.002 and lies in the interval but lost significance; its twin does not."""
    assert compared.description == (
        "18 slopes of bone mineral density on hemoglobin, by outcome, subgroup and model. The regenerated"
        " slope rounds to the published one in 1, lies inside the published interval in 1, and the conclusion"
        " is changed in 1. With race and weights as diagnosed, 17 round to the published ones."
    )


def test_one_outcome_has_the_whole_width() -> None:
    single = comparison_figure(Comparison((), (), (slope("hip", "men", "none"),), pd.DataFrame()))
    assert_allclose(inches(single.axes[0])[::2], (1.98, 7 - 1.98 - 0.12))
    assert [text.get_text() for text in single.axes[0].texts] == ["Model 1", "Men"]


# The alignment figure.


def match(name: str, draws: int, rms: float, composition_gap: float = 0.0) -> Match:
    return Match(name, draws, 36, rms, rms - 0.1, rms + 0.1, 3.26, 7.84, 0.5, (), composition_gap)


MATCHES = (
    match(AS_FILED, 1, 2.0, 2.549),
    match(UNWEIGHTED, 1, 1.9),
    match("both permuted in 2015-2016", 500, 1.5),
    match(STACKED, 1, 0.12),
    match(f"{STACKED}, race only", 1, 1.1),
)


@pytest.fixture(scope="module")
def aligned() -> DescribedFigure:
    return alignment_figure(MATCHES)


def test_a_row_of_the_alignment_is_0_24_high_and_its_panel_1_78_wide(aligned: DescribedFigure) -> None:
    assert_allclose(aligned.get_size_inches(), (7, 0.72 + 0.74 + 0.24 * 5))
    (axes,) = aligned.axes
    assert_allclose(inches(axes), (2.98, 0.74, 1.78, 0.24 * 5))
    assert axes.get_ylim() == (4.5, -0.5)
    assert_allclose(axes.get_xlim(), (0, 1.03 * 2.1))
    assert list(axes.get_yticks()) == []
    assert not axes.spines["left"].get_visible()
    assert axes.get_axisbelow() is True
    grid = axes.get_xgridlines()[0]
    assert (grid.get_linewidth(), grid.get_color(), grid.get_visible()) == (0.4, FAINT, True)
    assert axes.get_xlabel() == "root mean square difference, printed standard errors"
    assert axes.xaxis.label.get_fontsize() == 8


def test_each_arrangement_has_its_distance_and_a_diamond_where_it_is_not_random(
    aligned: DescribedFigure,
) -> None:
    lines = aligned.axes[0].lines
    assert len(lines) == 2 * len(MATCHES)
    colours = [MUTED, MUTED, CURVE, SECOND, SECOND]
    for row, (found, colour) in enumerate(zip(MATCHES, colours, strict=True)):
        spread, point = lines[2 * row : 2 * row + 2]
        assert_allclose(xs(spread), (found.rms - 0.1, found.rms + 0.1))
        assert_allclose([*ys(spread), ys(point)[0]], row)
        assert xs(point)[0] == found.rms
        assert point.get_marker() == ("o" if found.draws > 1 else "D")
        assert spread.get_color() == point.get_color() == colour
        sizes = (spread.get_linewidth(), point.get_markersize(), point.get_markeredgewidth())
        assert sizes == (1.4, 4.2, 0)


def test_the_key_says_what_colours_bars_and_diamonds_are(aligned: DescribedFigure) -> None:
    (key,) = aligned.legends
    lines = aligned.axes[0].lines
    assert [text.get_text() for text in key.get_texts()] == [
        "no column moved", "drawn at random: mean, 5% to 95% of 500 draws", "stacked in another order",
    ]  # fmt: skip
    for shown, point in zip(key.get_lines(), (lines[1], lines[5], lines[7]), strict=True):
        assert shown.get_color() == point.get_color()
        assert shown.get_marker() == point.get_marker()
        assert shown.get_markersize() == point.get_markersize()
    assert [line.get_linewidth() for line in key.get_lines()] == [0, 1.4, 0], "only what is random has a bar"
    renderer = drawn(aligned)
    box = key.get_window_extent(renderer)
    words = aligned.axes[0].xaxis.label.get_window_extent(renderer)
    assert box.y0 >= 0
    assert box.y1 < words.y0
    assert box.x1 <= aligned.bbox.x1


def test_two_draws_are_random_already() -> None:
    two = alignment_figure((match(AS_FILED, 1, 2.0), match("both permuted in 2015-2016", 2, 1.5)))
    assert [line.get_marker() for line in two.axes[0].lines[1::2]] == ["D", "o"]
    assert [text.get_text() for text in two.axes[0].texts[5:7]] == ["3.3 of 36", "7.8 of 36"]


def test_the_key_names_only_what_is_drawn() -> None:
    few = alignment_figure((match(AS_FILED, 1, 2.0), match(STACKED, 1, 0.12)))
    assert [text.get_text() for text in few.legends[0].get_texts()] == [
        "no column moved", "stacked in another order",
    ]  # fmt: skip


def test_columns_of_numbers_end_at_their_headings(aligned: DescribedFigure) -> None:
    axes, height = aligned.axes[0], 0.72 + 0.74 + 0.24 * 5
    title, *headings = aligned.texts
    ends = (5.42, 6.1, 6.85)
    assert_allclose(title.get_position(), (0.012, 1 - 0.2 / height))
    assert (title.get_fontsize(), title.get_fontweight(), title.get_verticalalignment()) == (
        9,
        "bold",
        "center",
    )
    assert_allclose([text.get_position()[0] * 7 for text in headings], ends)
    assert_allclose([text.get_position()[1] for text in headings], 1 - 0.64 / height)
    assert {(anchor(text), type_of(text)) for text in headings} == {(("right", "bottom"), (7, "normal"))}
    rows = [axes.texts[4 * row : 4 * row + 4] for row in range(5)]
    for row, (texts, found) in enumerate(zip(rows, MATCHES, strict=True)):
        assert [text.get_position()[1] for text in texts] == [row] * 4
        places = [2.98 + text.get_position()[0] * 1.78 for text in texts]
        assert_allclose(places, (0.08, *ends))
        assert texts[0].get_text() == found.arrangement
        weight = "bold" if found.arrangement == STACKED else "normal"
        assert {(t.get_fontweight(), t.get_fontsize(), t.get_verticalalignment()) for t in texts} == {
            (weight, 7, "center")
        }
        assert {text.get_horizontalalignment() for text in texts[1:]} == {"right"}
    assert [text.get_text() for text in rows[0][1:]] == ["3 of 36", "8 of 36", "2.55"]
    assert [text.get_text() for text in rows[2][1:]] == ["3.3 of 36", "7.8 of 36", "0.00"], "means of draws"


def test_the_nearest_arrangement_is_named_in_words(aligned: DescribedFigure) -> None:
    assert aligned.description == (
        "5 arrangements of race and weights, each with its distance from the 36 printed slopes of Models 1"
        " and 2 in printed standard errors. As in the files: 2.00. Nearest: later cycles stacked in the other"
        " order, 0.12, with 3 slopes equal to print to the last digit."
    )
