"""The p-curve of p-values chosen by hand: shares, heights, words."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from synthesis.diagnostics.p_curve import p_curve
from synthesis.drawing.chart import Chart, ChartCurve, Dots
from synthesis.plots.p_curve import p_curve_plot
from synthesis.plots.subject import Subject
from synthesis.pooled import pool

PLACES = [0.01, 0.02, 0.03, 0.04, 0.05]


def subject(p: list[float], log: bool = False, null: float = 0.0) -> Subject:
    """Effects with these two-sided p-values of `null`, negative for effects below it."""
    z = np.sign(p) * stats.norm.isf(np.abs(p) / 2)
    pooled = pool(null + 0.1 * z, vi=np.full(z.size, 0.01), method="EE")
    return Subject(pooled, "Outcome", "Effect", log, float(np.exp(null)) if log else null)


def curve(chart: Chart, name: str) -> ChartCurve:
    marks = chart.panels[0][0].marks
    [found] = [mark for mark in marks if isinstance(mark, ChartCurve) and mark.name.startswith(name)]
    return found


@pytest.mark.parametrize(("log", "null"), [(False, 0.0), (True, 0.0), (False, 0.7), (True, 0.7)])
def test_shares_are_those_of_p_values_of_the_value_of_no_effect(log: bool, null: float) -> None:
    """Two p-values up to .01, one up to .03 and one up to .05; the fifth study is not significant."""
    chart = p_curve_plot(subject([0.001, 0.002, 0.025, -0.041, 0.4], log, null))
    panel = chart.panels[0][0]
    [dots] = [mark for mark in panel.marks if isinstance(mark, Dots)]
    assert dots.x.tolist() == PLACES
    assert dots.y == pytest.approx([50.0, 0.0, 25.0, 0.0, 25.0])
    assert dots.labels == ("50%", "0%", "25%", "0%", "25%")
    line = next(mark for mark in panel.marks if isinstance(mark, ChartCurve) and not mark.name)
    assert list(line.x) == PLACES
    assert list(line.y) == list(dots.y)
    assert chart.footnotes[0].startswith("4 of 5 studies with p < .05. ")
    assert "p-curve of 4 studies with p < .05 out of 5. " in chart.description
    assert ".03, .04 and .05: 50%, 0%, 25%, 0%, 25%. Right skew" in chart.description
    assert chart.description.endswith(" 1 of the significant studies point the other way.")


def test_expectations_are_flat_and_those_of_33_percent_and_of_the_estimated_power() -> None:
    """Shares of |Z| in five bins of p, for the mean that gives so much power."""
    chart = p_curve_plot(subject([0.001, 0.004, 0.012, 0.02, 0.03]))
    found = p_curve(subject([0.001, 0.004, 0.012, 0.02, 0.03]).pooled)
    assert list(curve(chart, "no effect").y) == [20.0] * 5
    cuts = stats.norm.isf(np.array([0.0, *PLACES]) / 2)
    for name, power in (("power of 33%", 1 / 3), ("estimated power", found.power)):
        shown = curve(chart, name)
        assert list(shown.x) == PLACES
        grid = np.linspace(0.0, 6.0, 60001)
        at = grid[
            np.argmin(np.abs(stats.norm.sf(cuts[-1] - grid) + stats.norm.cdf(-cuts[-1] - grid) - power))
        ]
        beyond = stats.norm.sf(cuts - at) + stats.norm.cdf(-cuts - at)
        assert shown.y == pytest.approx(100.0 * np.diff(beyond) / power, abs=0.05)
    assert curve(chart, "estimated power").name == f"estimated power, {100 * found.power:.0f}%"


@pytest.mark.parametrize(
    ("p", "top"),
    [
        ([0.005, 0.015, 0.025, 0.035, 0.045], 60.0),
        ([0.005, 0.005, 0.005, 0.045, 0.045], 67.2),
        ([0.005, 0.005, 0.045, 0.045, 0.045], 67.2),
        ([0.045] * 3, 108.0),
        ([0.001] * 19 + [0.045], 106.4),
    ],
)
def test_the_panel_is_an_eighth_higher_than_its_curves_but_no_higher_than_108(
    p: list[float], top: float
) -> None:
    panel = p_curve_plot(subject(p)).panels[0][0]
    assert (panel.y.low, panel.y.high) == pytest.approx((0.0, top))
    assert (panel.x.low, panel.x.high) == (0.006, 0.054)
    assert panel.x.ticks == ((0.01, ".01"), (0.02, ".02"), (0.03, ".03"), (0.04, ".04"), (0.05, ".05"))


def test_the_estimated_curve_can_be_the_highest() -> None:
    chart = p_curve_plot(subject([1e-5] * 6 + [0.02] * 4))
    highest = float(curve(chart, "estimated power").y.max())
    assert highest > 60.0
    assert chart.panels[0][0].y.high == pytest.approx(1.12 * highest)


@pytest.mark.parametrize(
    ("p", "says"),
    [([1e-30] * 5, "at least 99%"), ([0.049] * 5, "at most 5%"), ([0.001, 0.004, 0.012, 0.02, 0.03], "")],
)
def test_power_at_an_end_of_its_range_is_told_as_such(p: list[float], says: str) -> None:
    found = p_curve(subject(p).pooled)
    chart = p_curve_plot(subject(p))
    says = says or f"{100 * found.power:.0f}%"
    assert curve(chart, "estimated").name == f"estimated power, {says}"
    assert f"Estimated power {says} (90% interval " in chart.description


def test_power_just_above_five_percent_is_a_number() -> None:
    low = subject([0.012, 0.009, 0.022, 0.032, 0.0415])
    power = p_curve(low.pooled).power
    assert 0.055 < power < 0.075
    assert curve(p_curve_plot(low), "estimated").name == f"estimated power, {100 * power:.0f}%"


def test_the_tests_are_told_in_order_with_their_verdict() -> None:
    """Stouffer's z of p/.05, and of p/.025 for those below .025; five p-values."""
    p = np.array([0.001, 0.004, 0.012, 0.02, 0.03])
    full = stats.norm.ppf(p / 0.05).sum() / np.sqrt(5)
    half = stats.norm.ppf(p[:4] / 0.025).sum() / 2.0
    words = p_curve_plot(subject(p.tolist())).description
    assert f"full curve z = −{-full:.3g}, p = {stats.norm.cdf(full):.2g}; " in words
    assert f"half curve z = −{-half:.3g}, p = {stats.norm.cdf(half):.2g}. " in words
    assert words.endswith(": no evidential value shown.")
    strong = p_curve_plot(subject([0.0001] * 6)).description
    assert strong.endswith(": evidential value.")
    flat = p_curve_plot(subject([0.045] * 6)).description
    assert flat.endswith(": no evidential value shown; flatter than 33% power.")
