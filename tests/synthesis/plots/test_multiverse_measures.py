"""The specification curve of results made by hand: places, colours, rows of options, limits and words."""

from __future__ import annotations

from math import nan

import numpy as np
import pytest

from synthesis.diagnostics.multiverse import Multiverse
from synthesis.drawing.chart import Chart, ChartCurve, Dots
from synthesis.plots.multiverse import multiverse_plot
from synthesis.plots.subject import Subject
from synthesis.pooled import pool

OTHER, EXCLUDES = ("#595959", "#0072B2"), ("#D55E00", "#D55E00")
SCALES = pytest.mark.parametrize("log", [False, True])


def made(intervals: list[tuple[float, float, float]], **words: object) -> Multiverse:
    """Specifications from (low, estimate, high), each with an option of its own unless told otherwise."""
    low, estimate, high = (np.array(column) for column in zip(*intervals, strict=True))
    n = low.size
    given = {
        "choices": ("which",),
        "options": tuple((f"{i}",) for i in range(n)),
        "null": 0.0,
        "data_sets": 2,
        "says": "Says.",
        **words,
    }
    rest = np.full(n, 0.5)
    return Multiverse(estimate=estimate, ci_low=low, ci_high=high, p_value=rest, tau2=rest, k=rest, **given)  # type: ignore[arg-type]


def subject(log: bool = False, null: float | None = 0.0) -> Subject:
    pooled = pool([0.1, 0.3, 0.2], vi=[0.1, 0.2, 0.1])
    shown = None if null is None else float(np.exp(null)) if log else null
    return Subject(pooled, "Outcome", "Ratio" if log else "Difference", log, shown)


FIVE = [(0.1, 0.5, 0.9), (-0.1, 0.5, 1.1), (-0.5, -0.2, 0.1), (nan, nan, nan), (0.8, 1.0, 1.2)]
OPTIONS = (
    ("all", "x", "z"),
    ("all", "x", "t"),
    ("part", "x", "z"),
    ("part", "x", "t"),
    ("third", "x", "z"),
)


def five(log: bool = False) -> Chart:
    found = made(FIVE, choices=("reports", "only", "test"), options=OPTIONS)
    return multiverse_plot(subject(log), found)


@SCALES
def test_each_specification_is_a_dot_on_the_line_of_its_interval_in_the_colour_of_its_answer(
    log: bool,
) -> None:
    """The third is the lowest, equal ones keep their order, the fourth cannot be computed."""
    panel = five(log).panels[0][0]
    back = np.log if log else np.asarray
    lines = [mark for mark in panel.marks if isinstance(mark, ChartCurve)]
    dots = [mark for mark in panel.marks if isinstance(mark, Dots)]
    assert [(line.colour, dot.fill) for line, dot in zip(lines, dots, strict=True)] == [OTHER, EXCLUDES]
    assert [dot.edge for dot in dots] == [dot.fill for dot in dots]
    expected = {1: FIVE[2], 2: FIVE[0], 3: FIVE[1], 4: FIVE[4]}
    for line, dot, places in zip(lines, dots, ([1, 3], [2, 4]), strict=True):
        assert dot.x.tolist() == line.x[::3].tolist() == line.x[1::3].tolist() == places
        assert back(line.y[::3]) == pytest.approx([expected[place][0] for place in places])
        assert back(dot.y) == pytest.approx([expected[place][1] for place in places])
        assert back(line.y[1::3]) == pytest.approx([expected[place][2] for place in places])
        assert np.isnan(line.x[2::3]).all()
        assert np.isnan(line.y[2::3]).all()
    assert (panel.x.low, panel.x.high, panel.x.ticks, panel.x.label) == (0.0, 5.0, (), "")


def test_rows_below_are_the_options_of_choices_with_more_than_one_and_a_blank_between_choices() -> None:
    panel = five().panels[1][0]
    assert panel.y.ticks == (
        (1.0, "reports: all"),
        (2.0, "reports: part"),
        (3.0, "reports: third"),
        (5.0, "test: z"),
        (6.0, "test: t"),
    )
    assert (panel.y.low, panel.y.high, panel.y.reversed, panel.height) == (0.0, 7.0, True, 7 * 9.5)
    assert (panel.x.low, panel.x.high, panel.x.ticks) == (0.0, 5.0, ())
    assert panel.x.label == "Specifications, sorted by their estimate"
    dots = [mark for mark in panel.marks if isinstance(mark, Dots)]
    assert {(float(d.y[0]), d.fill): d.x.tolist() for d in dots} == {
        (1.0, EXCLUDES[1]): [2.0],
        (1.0, OTHER[1]): [3.0],
        (2.0, OTHER[1]): [1.0],
        (3.0, EXCLUDES[1]): [4.0],
        (5.0, EXCLUDES[1]): [2.0, 4.0],
        (5.0, OTHER[1]): [1.0],
        (6.0, OTHER[1]): [3.0],
    }
    assert all((d.radius, d.edge) == (1.0, d.fill) and np.ptp(d.y) == 0.0 for d in dots)


def test_one_specification_has_a_row_of_one_point_and_no_options() -> None:
    chart = multiverse_plot(subject(), made([(0.1, 0.2, 0.3)], data_sets=1))
    panel = chart.panels[1][0]
    assert (panel.y.high, panel.height, panel.marks, panel.y.ticks) == (1, 9.5, (), ())
    assert chart.description.startswith("1 specifications on 1 data set: estimates from 0.2 to 0.2, median")


@SCALES
def test_the_description_counts_on_the_scale_of_the_axis(log: bool) -> None:
    low, high, middle = ("0.819", "2.72", "1.65") if log else ("−0.2", "1", "0.5")
    null = "1" if log else "0"
    chart = five(log)
    assert chart.description == (
        f"4 specifications on 2 data sets: estimates from {low} to {high}, median {middle}; 3 above and "
        f"1 below {null}. The interval excludes {null} in 2 of them. 1 could not be computed."
    )
    assert chart.subtitle == chart.description
    assert chart.footnotes == ("Intervals are cut where the panel ends. Says.",)


def test_estimates_equal_to_no_effect_are_neither_above_nor_below() -> None:
    chart = multiverse_plot(subject(), made([(-1.0, 0.0, 1.0), (-1.0, 0.5, 1.0)]))
    assert "; 1 above and 0 below 0." in chart.description
    assert "could not" not in chart.description


@SCALES
@pytest.mark.parametrize(
    ("intervals", "null", "held"),
    [
        ([(-0.5, 0.0, 0.5), (0.0, 0.5, 1.0), (-49.0, 1.0, 51.0)], 0.0, (-3.0, 4.0)),
        ([(-0.5, 0.0, 0.5), (0.0, 0.5, 1.0), (-1.9, 1.0, 3.9)], 0.0, (-1.9, 3.9)),
        ([(0.9, 1.0, 1.1), (0.9, 1.0, 1.1)], 0.0, (0.0, 1.1)),
        ([(0.9, 1.0, 1.1), (0.9, 1.0, 1.1)], 2.0, (0.9, 2.0)),
        ([(0.9, 1.0, 1.1), (0.9, 1.0, 1.1)], None, (0.9, 1.1)),
    ],
)
def test_the_axis_holds_no_effect_and_intervals_within_reach(
    intervals: list[tuple[float, float, float]], null: float | None, held: tuple[float, float], log: bool
) -> None:
    """Beyond the estimates: twice their range and one middle length of an interval, here 2 + 1."""
    axis = multiverse_plot(subject(log, null), made(intervals)).panels[0][0].y
    ends = np.log([axis.low, axis.high]) if log else np.array([axis.low, axis.high])
    white = 0.03 * (held[1] - held[0])
    assert ends == pytest.approx([held[0] - white, held[1] + white])
    assert axis.scale == ("log" if log else "linear")


@pytest.mark.parametrize("n", [400, 401, 803])
def test_more_than_four_hundred_are_drawn_evenly_with_the_first_and_the_last(n: int) -> None:
    order = np.random.default_rng(n).permutation(n)
    chart = multiverse_plot(subject(), made([(i + 0.5, i + 1.0, i + 1.5) for i in order]))
    [dots] = [mark for mark in chart.panels[0][0].marks if isinstance(mark, Dots)]
    assert dots.x.tolist() == list(range(1, 401))
    assert (dots.y[0], dots.y[-1]) == (1.0, float(n))
    steps = np.diff(dots.y)
    assert steps.min() >= np.floor((n - 1) / 399)
    assert steps.max() <= np.ceil((n - 1) / 399)
    told = f"400 of {n} specifications are drawn, evenly from the sorted ones."
    assert (told in chart.footnotes) == (n > 400)
    assert len(chart.footnotes) == (1 if n == 400 else 2)
    assert f"{n} specifications on 2 data sets" in chart.description


def test_very_many_equal_estimates_keep_their_order_too() -> None:
    """A sort that is not stable shuffles ties among more than a few."""
    intervals = [(0.1 - i / 1000, 0.5 if i % 2 else 0.4, 0.9) for i in range(100)]
    panel = multiverse_plot(subject(), made(intervals)).panels[0][0]
    lows = np.full(101, np.nan)
    for line in (mark for mark in panel.marks if isinstance(mark, ChartCurve)):
        lows[line.x[::3].astype(int)] = line.y[::3]
    evens, odds = [0.1 - i / 1000 for i in range(0, 100, 2)], [0.1 - i / 1000 for i in range(1, 100, 2)]
    assert lows[1:].tolist() == pytest.approx([*evens, *odds])
