"""Charts of selection models and p-curves."""

from __future__ import annotations

import numpy as np
import pytest

from synthesis.diagnostics.p_curve import p_curve
from synthesis.drawing.chart import Chart, ChartAxis, ChartCurve, Dots
from synthesis.drawing.saving import chart_figure
from synthesis.plots.kinds import KINDS
from synthesis.plots.p_curve import p_curve_plot
from synthesis.plots.selection_models import selection_plot
from synthesis.plots.subject import NotDefinedError, Subject
from synthesis.pooled import pool


def invented(k: int, log: bool = False) -> Subject:
    rng = np.random.default_rng(k)
    vi = rng.uniform(0.01, 0.15, 20 * k)
    yi = rng.normal(0.15, np.sqrt(vi + 0.02))
    kept = np.flatnonzero((yi / np.sqrt(vi) > 1.96) | (rng.random(20 * k) < 0.3))[:k]
    return Subject(pool(yi[kept], vi=vi[kept]), "Invented", "Effect", log, 1.0 if log else 0.0)


def curves(chart: Chart, row: int) -> list[ChartCurve]:
    return [mark for mark in chart.panels[row][0].marks if isinstance(mark, ChartCurve)]


@pytest.mark.parametrize("log", [False, True])
def test_weights_and_estimates_are_drawn(log: bool) -> None:
    subject = invented(8, log)
    chart = selection_plot(subject)
    weights = [curve for curve in curves(chart, 0) if curve.name]
    assert [curve.name for curve in weights][:2] == ["step", "beta"]
    assert len(weights) >= 3
    assert all(np.nanmax(curve.y) <= 1.0 and np.nanmin(curve.y) >= 0.0 for curve in weights)
    rug = next(curve for curve in curves(chart, 0) if not curve.name)
    assert np.isnan(rug.x[2::3]).all()
    assert rug.x.size == 24
    dots = [mark for mark in chart.panels[1][0].marks if isinstance(mark, Dots)]
    assert dots[0].x[0] == pytest.approx(float(subject.shown(np.array(subject.pooled.estimate))))
    axis: ChartAxis = chart.panels[1][0].y
    assert axis.ticks is not None
    assert len(axis.ticks) == 7
    assert "8 studies" in chart.description
    assert "step" in chart.description
    assert chart_figure(chart).figure is not None


def test_without_p_values_there_is_neither() -> None:
    subject = Subject(invented(8).pooled, "Invented", null=None)
    for draw in (selection_plot, p_curve_plot):
        with pytest.raises(NotDefinedError, match="no value of no effect"):
            draw(subject)


def test_a_selection_plot_needs_four_studies() -> None:
    with pytest.raises(NotDefinedError, match="at least 4 studies"):
        selection_plot(invented(3))


def test_the_p_curve_is_drawn_with_its_expectations() -> None:
    subject = invented(40)
    found = p_curve(subject.pooled)
    chart = p_curve_plot(subject)
    flat, weak, likely, seen = curves(chart, 0)
    assert np.all(flat.y == 20.0)
    assert np.allclose(weak.y, 100.0 * found.expected_33)
    assert np.allclose(likely.y, 100.0 * found.expected_at_power)
    assert np.allclose(seen.y, 100.0 * found.shares)
    assert f"{found.p.size} studies with p < .05 out of 40" in chart.description
    assert chart_figure(chart).figure is not None


def test_a_p_curve_needs_a_significant_study() -> None:
    subject = Subject(pool([0.1, 0.2, 0.15], vi=[0.1, 0.1, 0.2]), "Invented")
    with pytest.raises(NotDefinedError, match="at least one study"):
        p_curve_plot(subject)


def test_both_kinds_are_known() -> None:
    assert {"selection", "p-curve"} <= set(KINDS)
