"""Bubble plot: line, band and slope against weighted least squares worked out with numpy."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from synthesis.drawing.chart import Area, ChartCurve, Dots, ReferenceLine
from synthesis.plots.bubble import Moderator, bubble_plot
from synthesis.plots.subject import NotDefinedError, Subject
from synthesis.pooled import pool
from tests.synthesis.plots.subjects import invented, named, panel_of

X = np.array([1990.0, 1994.0, 2001.0, 2007.0, 2012.0, 2018.0])


def subject(log: bool, test: str = "z") -> Subject:
    one = invented(6, log)
    return replace(one, pooled=pool(one.pooled.yi, vi=one.pooled.vi, method="EE", test=test))


@pytest.mark.parametrize(
    ("log", "test", "across"),
    [
        (False, "z", stats.norm.ppf(0.975)),
        (True, "z", stats.norm.ppf(0.975)),
        (False, "t", stats.t.ppf(0.975, 4)),
    ],
)
def test_the_line_is_that_of_weighted_least_squares(log: bool, test: str, across: float) -> None:
    shown = subject(log, test)
    yi, vi = shown.pooled.yi, shown.pooled.vi
    design = np.column_stack([np.ones(6), X])
    covariance = np.linalg.inv(design.T @ (design / vi[:, None]))
    beta = covariance @ (design.T @ (yi / vi))
    chart = bubble_plot(shown, Moderator("year of the report", X))
    line = named(chart, ChartCurve, "meta-regression")
    back = np.log if log else np.asarray
    assert back(line.y) == pytest.approx(beta[0] + beta[1] * line.x, rel=1e-8)
    rows = np.column_stack([np.ones(line.x.size), line.x])
    half = across * np.sqrt(np.einsum("mi,ij,mj->m", rows, covariance, rows))
    band = named(chart, Area, "its 95% CI")
    assert back(band.y[: line.x.size]) == pytest.approx(back(line.y) - half, rel=1e-6)
    assert back(band.y[line.x.size :][::-1]) == pytest.approx(back(line.y) + half, rel=1e-6)
    assert band.x == pytest.approx(np.concatenate([line.x, line.x[::-1]]))
    t = abs(beta[1]) / np.sqrt(covariance[1, 1])
    p = 2 * (stats.t.sf(t, 4) if test == "t" else stats.norm.sf(t))
    assert chart.footnotes[0] in {f"EE, {test} interval; slope p = {p:.{n}f}." for n in (2, 3)}
    assert ("on the log scale" in chart.description) == log
    assert f"{beta[1]:.2g}".replace("-", "−")[:5] in chart.description


def test_a_study_s_own_weight_and_its_moderator_go_with_its_effect() -> None:
    """Weighted least squares with the user's weights, of the studies that have the moderator alone."""
    one = invented(6)
    given = np.array([3.0, 1.0, 2.0, 5.0, 4.0, 1.5])
    shown = replace(one, pooled=pool(one.pooled.yi, vi=one.pooled.vi, method="EE", test="z", weights=given))
    values = X.copy()
    values[[1, 3]] = np.nan
    chart = bubble_plot(shown, Moderator("age", values))
    known = np.array([0, 2, 4, 5])
    design, yi, vi = np.column_stack([np.ones(4), X[known]]), shown.pooled.yi[known], shown.pooled.vi[known]
    map_to = np.linalg.solve(design.T @ (given[known][:, None] * design), design.T * given[known])
    line = named(chart, ChartCurve, "meta-regression")
    rows = np.column_stack([np.ones(line.x.size), line.x])
    assert line.y == pytest.approx(rows @ (map_to @ yi), rel=1e-7)
    half = stats.norm.ppf(0.975) * np.sqrt(np.sum((rows @ map_to) ** 2 * vi, axis=1))
    band = named(chart, Area, "its 95% CI")
    assert band.y[: line.x.size] == pytest.approx(line.y - half, rel=1e-6)


def test_a_moderator_may_differ_by_little_and_three_studies_are_enough() -> None:
    values = np.array([0.1, 0.2, 0.15, *[np.nan] * 3])
    chart = bubble_plot(subject(False), Moderator("share", values))
    assert chart.description.startswith("Bubble plot of 3 studies: ")
    slope = np.polyfit(values[:3], subject(False).pooled.yi[:3], 1, w=subject(False).pooled.vi[:3] ** -0.5)[0]
    assert f"by {slope:.3g} per unit of share".replace("-", "−") in chart.description


@pytest.mark.parametrize("log", [False, True])
def test_no_effect_is_a_level_line_where_there_is_such_a_value(log: bool) -> None:
    shown = subject(log)
    rule = named(bubble_plot(shown, Moderator("age", X)), ReferenceLine, "no effect")
    assert (rule.axis, rule.at) == ("y", 1.0 if log else 0.0)
    marks = panel_of(bubble_plot(replace(shown, null=None), Moderator("age", X))).marks
    assert not [mark for mark in marks if isinstance(mark, ReferenceLine)]


def test_areas_are_weights_and_no_dot_is_too_small_to_see() -> None:
    shown = subject(False)
    dots = named(bubble_plot(shown, Moderator("age", X)), Dots, "study, area by weight")
    weights = shown.pooled.weights
    radii = np.asarray(dots.radius)
    assert radii.min() >= 1.3
    seen = radii > 1.3
    assert (radii[seen] ** 2 / weights[seen]) == pytest.approx(radii.max() ** 2 / weights.max())
    assert seen.sum() >= 3


def test_a_study_without_the_moderator_is_left_out_and_said_so() -> None:
    values = np.array([*X[:4], np.nan, np.nan])
    shown = subject(False)
    chart = bubble_plot(shown, Moderator("mean age (years)", values))
    assert "2 studies without mean age (years) left out" in chart.footnotes[0]
    assert chart.description.startswith("Bubble plot of 4 studies")
    assert panel_of(chart).x.label == "Mean age (years)"


def test_a_test_without_a_line_of_its_own_is_not_claimed() -> None:
    shown = subject(False, "z")
    odd = replace(shown, pooled=replace(shown.pooled, test="another"))
    assert bubble_plot(odd, Moderator("age", X)).footnotes[0].startswith("EE, HKSJ interval; slope p")


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ([1.0, 2.0, *[np.nan] * 4], "2 of 6 studies have it."),
        ([np.nan] * 6, "0 of 6 studies have it."),
        ([7.5, 7.5, np.nan, 7.5, np.nan, np.nan], "3 of 6 studies have it, and all of them 7.5."),
        ([2020.0] * 6, "6 of 6 studies have it, and all of them 2020."),
    ],
)
def test_moderators_that_draw_no_line(values: list[float], says: str) -> None:
    with pytest.raises(NotDefinedError) as caught:
        bubble_plot(subject(False), Moderator("year", np.array(values)))
    assert str(caught.value) == f"A bubble plot of year needs three studies that differ in it; {says}"
