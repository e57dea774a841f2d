"""The GOSH plot against subsets that the test pools itself, by equal effects."""

from __future__ import annotations

from functools import cache
from itertools import combinations

import numpy as np
import pytest

from synthesis.drawing.chart import Area, Chart, Dots, ReferenceLine, Values
from synthesis.plots.gosh import gosh_plot
from synthesis.plots.subject import Subject
from synthesis.pooled import pool

SCALES = pytest.mark.parametrize("log", [False, True])


def effects(k: int, outliers: tuple[int, ...] = ()) -> tuple[Values, Values]:
    rng = np.random.default_rng(70 + k)
    vi = rng.uniform(0.01, 0.08, k)
    yi = rng.normal(0.3, np.sqrt(vi))
    yi[list(outliers)] += 2.0
    return yi, vi


def subject(k: int, outliers: tuple[int, ...] = (), log: bool = False, null: float | None = 0.0) -> Subject:
    yi, vi = effects(k, outliers)
    pooled = pool(yi, vi=vi, method="EE", test="z", slab=[f"Study {i + 1}" for i in range(k)])
    return Subject(pooled, "Outcome", "Effect", log, null if null is None or not log else np.exp(null))


@cache
def subsets(k: int, outliers: tuple[int, ...] = ()) -> tuple[list[tuple[int, ...]], Values, Values]:
    """Every subset of two studies or more, its mean weighted by 1/v and its I2 in percent."""
    yi, vi = effects(k, outliers)
    w, held, estimates, spread = 1.0 / vi, [], [], []
    for size in range(2, k + 1):
        for rows in combinations(range(k), size):
            chosen = list(rows)
            mean = float(np.average(yi[chosen], weights=w[chosen]))
            q = float(np.sum(w[chosen] * (yi[chosen] - mean) ** 2))
            held.append(rows)
            estimates.append(mean)
            spread.append(max(0.0, 100.0 * (q - (size - 1)) / q))
    return held, np.array(estimates), np.array(spread)


def clouds(chart: Chart) -> list[Dots]:
    return [mark for mark in chart.panels[1][0].marks if isinstance(mark, Dots)]


def places(x: Values, y: Values) -> list[tuple[float, float]]:
    return sorted((round(float(a), 9), round(float(b), 6)) for a, b in zip(x, y, strict=True))


@SCALES
def test_each_subset_is_a_dot_at_its_mean_and_its_i2(log: bool) -> None:
    held, estimates, spread = subsets(6, (2,))
    shown = np.exp(estimates) if log else estimates
    without, holding, whole = clouds(gosh_plot(subject(6, (2,), log)))
    inside = np.array([2 in rows for rows in held])
    assert (without.name, holding.name, whole.name) == ("without Study 3", "with Study 3", "all studies")
    assert places(holding.x, holding.y) == places(shown[inside], spread[inside])
    assert places(without.x, without.y) == places(shown[~inside], spread[~inside])
    assert places(whole.x, whole.y) == places(shown[-1:], spread[-1:])
    assert without.fill != holding.fill


def test_two_studies_part_the_subsets_in_four() -> None:
    held, estimates, spread = subsets(9, (1, 4))
    chart = gosh_plot(subject(9, (1, 4)))
    *groups, _ = clouds(chart)
    assert [each.name for each in groups] == ["with neither", "with Study 2", "with Study 5", "with both"]
    assert len({each.fill for each in groups}) == 4
    for each, has in zip(groups, ((False, False), (True, False), (False, True), (True, True)), strict=True):
        mask = np.array([(1 in rows, 4 in rows) == has for rows in held])
        assert places(each.x, each.y) == places(estimates[mask], spread[mask])
    assert "Study 2 and Study 5 together explain " in chart.description


@SCALES
@pytest.mark.parametrize("k", [6, 10])
def test_the_axis_holds_all_but_the_extreme_thousandths_and_tells_what_lies_beyond(k: int, log: bool) -> None:
    held, estimates, _ = subsets(k, (0,))
    chart = gosh_plot(subject(k, (0,), log))
    low, high = np.quantile(estimates, (0.001, 0.999))
    white = 0.06 * (high - low)
    across, percent = chart.panels[1][0].x, chart.panels[1][0].y
    assert (across.low, across.high) == pytest.approx(
        tuple(np.exp([low - white, high + white])) if log else (low - white, high + white)
    )
    assert across.scale == ("log" if log else "linear")
    assert (percent.low, percent.high) == (-2.0, 102.0)
    beyond = int(np.sum((estimates < low - white) | (estimates > high + white)))
    words = {0: "", 1: "; 1 estimate beyond the axis"}.get(beyond, f"; {beyond} estimates beyond the axis")
    assert chart.footnotes[0] == f"All {len(held):,} subsets of two studies or more{words}."


def test_estimates_on_both_sides_lie_beyond_the_axis() -> None:
    """Two precise outliers, whose pair alone is far out, at either side."""
    yi = np.array([-4.0, -4.0, 4.0, 4.0, *[0.0] * 6])
    vi = np.array([0.5] * 4 + [0.01] * 6)
    chart = gosh_plot(Subject(pool(yi, vi=vi, method="EE", test="z"), "Outcome"))
    axis = chart.panels[1][0].x
    *groups, _ = clouds(chart)
    x = np.concatenate([each.x for each in groups])
    assert int(np.sum(x < axis.low)) == int(np.sum(x > axis.high)) == 1
    assert "; 2 estimates beyond the axis." in chart.footnotes[0]


@SCALES
def test_histograms_are_stacked_shares_of_fifty_bins(log: bool) -> None:
    held, estimates, spread = subsets(8, (2,))
    chart = gosh_plot(subject(8, (2,), log))
    inside = np.array([2 in rows for rows in held])
    across = chart.panels[1][0].x
    ends = np.log([across.low, across.high]) if log else [across.low, across.high]
    compared = 0
    for panel, values, (low, high) in zip(
        chart.panels[0], (estimates, spread), (ends, (0.0, 100.0)), strict=True
    ):
        edges = np.linspace(low, high, 51)
        whole, first = (mark for mark in panel.marks if isinstance(mark, Area))
        for area, chosen in ((whole, np.ones(len(held), bool)), (first, ~inside)):
            on_axis = np.log(area.x) if log and panel is chart.panels[0][0] else area.x
            assert on_axis == pytest.approx(np.repeat(edges, 2))
            share = 100.0 * np.histogram(values[chosen], edges)[0] / len(held)
            assert (area.y[0], area.y[-1]) == (0.0, 0.0)
            assert area.y[1:-1] == pytest.approx(np.repeat(share, 2))
            compared += share.size
        assert (panel.y.low, panel.y.high) == pytest.approx((0.0, 1.05 * whole.y.max()))
        assert panel.height == 62.0
        fills = {mark.name: mark.fill for mark in clouds(chart)}
        assert (whole.fill, first.fill) == (fills["with Study 3"], fills["without Study 3"])
    assert compared == 200


def test_many_subsets_have_small_dots_and_three_thousand_at_most() -> None:
    for k, radius, opacity, dots in ((9, 2.0, 0.7, 502), (10, 1.1, 0.35, 1013), (12, 1.1, 0.35, 3000)):
        chart = gosh_plot(subject(k))
        *groups, whole = clouds(chart)
        assert {(each.radius, each.opacity) for each in groups} == {(radius, opacity)}
        assert sum(each.x.size for each in groups) == dots
        assert ("; 3,000 of them have a dot" in chart.footnotes[0]) == (k == 12)
        assert (whole.radius, whole.opacity) == (3.4, 1.0)


@pytest.mark.parametrize("null", [0.0, 0.1, None])
@SCALES
def test_no_effect_is_a_line_where_there_is_such_a_value(log: bool, null: float | None) -> None:
    marks = gosh_plot(subject(5, log=log, null=null)).panels[1][0].marks
    rules = [mark for mark in marks if isinstance(mark, ReferenceLine)]
    expected = [] if null is None else [float(np.exp(null)) if log else null]
    assert [rule.at for rule in rules] == pytest.approx(expected)
    assert all((rule.axis, rule.name) == ("x", "no effect") for rule in rules)


@SCALES
def test_the_description_holds_quantiles_of_the_subsets(log: bool) -> None:
    _, estimates, spread = subsets(4, (1,))
    description = gosh_plot(subject(4, (1,), log)).description
    low, middle, high = np.quantile(estimates, (0.025, 0.5, 0.975))
    low, middle, high = np.exp([low, middle, high]) if log else (low, middle, high)
    assert description.startswith("GOSH plot of 4 studies, 11 subsets (all). Estimates: ")
    assert f"median {middle:.3g}, 95% between {low:.3g} and {high:.3g}; " in description
    low, middle, high = np.quantile(spread, (0.025, 0.5, 0.975))
    assert f"I2: median {middle:.0f}%, 95% between {low:.0f} and {high:.0f}%." in description
    assert "There are too few studies to say which of them split the cloud." in description
    assert "There are too few studies" not in gosh_plot(subject(5, (1,))).description


def test_the_share_of_the_split_that_studies_explain_is_told_in_percent() -> None:
    """A study so far off that the cloud parts by nothing else explains it whole."""
    yi, vi = np.array([0.0, 0.01, 0.02, 0.03, 50.0]), np.array([1.0, 1.0, 1.0, 1.0, 0.01])
    pooled = pool(yi, vi=vi, method="EE", test="z", slab=list("ABCDE"))
    chart = gosh_plot(Subject(pooled, "Outcome"))
    assert "E explains 100% of a split of the cloud in two." in chart.description
    assert "E explains 100% of a split of the cloud in two." in chart.footnotes[1]
    even = gosh_plot(Subject(pool([-1.0, -0.5, 0.0, 0.0, 0.5, 1.0], [0.1] * 6, method="EE"), "Outcome"))
    assert "No one or two studies explain half of a split of the cloud in two." in even.description
    assert [each.name for each in clouds(even)] == ["a subset", "all studies"]
