"""Funnel plots: places, contours and counts against numbers computed another way."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from synthesis.drawing.chart import Area, ChartCurve, Dots, ReferenceLine
from synthesis.drawing.chart_layout import lay_out_chart
from synthesis.drawing.style import BACKGROUND, CONTOUR_FILLS
from synthesis.plots.funnel import contour_funnel_plot, filled_funnel_plot, funnel_plot
from synthesis.plots.subject import NotDefinedError
from synthesis.pooled import pool
from tests.synthesis.diagnostics.reference import METAFOR, SMALL_STUDIES, effects
from tests.synthesis.plots.subjects import invented, named, panel_of, published

BCG = METAFOR["bcg_rr"]
PLOTS = (funnel_plot, contour_funnel_plot, filled_funnel_plot)
REGION = "±1.96 standard errors around it"


@pytest.mark.parametrize("draw", PLOTS)
@pytest.mark.parametrize("log", [True, False])
def test_studies_stand_at_effect_and_standard_error(draw, log: bool) -> None:  # type: ignore[no-untyped-def]
    yi, vi = effects(BCG)
    chart = draw(published(log=log))
    dots = named(chart, Dots, "study")
    assert dots.x == pytest.approx(np.exp(yi) if log else yi, rel=1e-14)
    assert dots.y == pytest.approx(np.sqrt(vi), rel=1e-14)
    panel = panel_of(chart)
    assert panel.x.scale == ("log" if log else "linear")
    assert (panel.y.reversed, panel.y.low) == (True, 0.0)
    assert panel.x.low < dots.x.min() <= dots.x.max() < panel.x.high
    assert dots.y.max() < panel.y.high


def test_precise_studies_are_on_top() -> None:
    layout = lay_out_chart(funnel_plot(published()))
    vi = effects(BCG)[1]
    heights = [y for _, y in layout.circles[-1].centres]
    assert int(np.argmin(heights)) == int(np.argmin(vi))
    assert int(np.argmax(heights)) == int(np.argmax(vi))


@pytest.mark.parametrize("log", [True, False])
def test_the_region_is_the_pooled_effect_and_1_96_standard_errors(log: bool) -> None:
    chart = funnel_plot(published(log=log))
    region, line = named(chart, ChartCurve, REGION), named(chart, ChartCurve, "pooled effect")
    estimate = BCG["fits"]["REML/z"]["beta"]
    ends = np.log(region.x) if log else region.x
    assert ends[1] == pytest.approx(estimate, rel=1e-8)
    assert (ends[2] - ends[1]) / region.y[2] == pytest.approx(stats.norm.ppf(0.975), rel=1e-12)
    assert (ends[1] - ends[0]) / region.y[0] == pytest.approx(stats.norm.ppf(0.975), rel=1e-12)
    assert region.y[1] == 0.0
    assert (np.log(line.x) if log else line.x) == pytest.approx([estimate] * 2, rel=1e-8)
    panel = panel_of(chart)
    assert panel.x.low <= region.x.min()
    assert region.x.max() <= panel.x.high


def test_the_count_outside_is_that_of_p_below_five_percent_against_the_pooled_effect() -> None:
    for name in ("bcg_rr", "hackshaw1998", "normand1999"):
        subject = published(METAFOR[name])
        yi, vi = effects(METAFOR[name])
        p = 2 * stats.norm.sf(np.abs(yi - subject.pooled.estimate) / np.sqrt(vi))
        text = f"{np.sum(p < 0.05)} of {yi.size} studies"
        chart = funnel_plot(subject)
        assert text in chart.description
        assert text in chart.footnotes[0]


def test_the_description_holds_the_pooled_effect_and_metafor_s_egger_test() -> None:
    for draw in PLOTS:
        description = draw(published()).description
        assert "13 studies, standard errors 0.0629 to 0.73 of the log" in description
        assert "Pooled effect 0.489, 95% CI [0.344, 0.696]" in description
        assert BCG["regtest"]["rma/sei"]["pval"] == pytest.approx(0.42, abs=0.005)
        assert "Egger's test of asymmetry (mixed-effects regression): p = 0.42." in description


def test_few_studies_are_warned_of() -> None:
    nine, ten = funnel_plot(invented(9)), funnel_plot(invented(10))
    says = "with fewer than 10 studies it has little power"
    assert says in nine.description
    assert says in nine.footnotes[1]
    assert says not in ten.description
    assert "With 2 studies asymmetry cannot be tested." in funnel_plot(invented(2)).description


def test_equal_standard_errors_have_no_test_and_say_so() -> None:
    subject = replace(invented(5), pooled=pool([0.1, 0.2, 0.3, 0.4, 0.5], vi=[0.04] * 5))
    chart = funnel_plot(subject)
    assert "No test of asymmetry: all studies have the same standard error" in chart.description


@pytest.mark.parametrize("log", [True, False])
def test_contours_are_where_a_z_test_of_no_effect_has_these_p_values(log: bool) -> None:
    chart = contour_funnel_plot(published(log=log))
    areas = [mark for mark in panel_of(chart).marks if isinstance(mark, Area)]
    assert [area.name for area in areas] == ["p < 0.01", "p 0.01 to 0.05", "p 0.05 to 0.1", "p > 0.1"]
    assert [area.fill for area in areas] == [*CONTOUR_FILLS[::-1], BACKGROUND]
    assert (areas[0].x.min(), areas[0].x.max()) == (panel_of(chart).x.low, panel_of(chart).x.high)
    for area, p in zip(areas[1:], (0.01, 0.05, 0.1), strict=True):
        z = (np.log(area.x) if log else area.x)[[0, 2]] / area.y[[0, 2]]
        assert 2 * stats.norm.sf(np.abs(z)) == pytest.approx([p, p], rel=1e-9)
        assert np.sign(z).tolist() == [-1.0, 1.0]
        assert (area.x[1], area.y[1]) == (1.0 if log else 0.0, 0.0)
    rule = named(chart, ReferenceLine, "no effect")
    assert rule.at == (1.0 if log else 0.0)


def test_the_counts_by_p_value_are_those_of_z_tests() -> None:
    yi, vi = effects(BCG)
    p = 2 * stats.norm.sf(np.abs(yi) / np.sqrt(vi))
    a, b, c = (int(np.sum(p < level)) for level in (0.01, 0.05, 0.1))
    assert (a, b, c) == (6, 8, 8)
    expected = (
        f"below 0.01 in {a} studies, 0.01 to 0.05 in {b - a}, 0.05 to 0.1 in {c - b} and above in {13 - c}"
    )
    chart = contour_funnel_plot(published())
    assert f"Two-sided p of no effect: {expected}." in chart.description
    assert expected in chart.footnotes[0]


def test_filled_studies_are_metafor_s_and_hollow() -> None:
    compared = 0
    for entry in SMALL_STUDIES["values"].values():
        subject = published(entry)
        chart = filled_funnel_plot(subject)
        side = "right" if "the right" in chart.description else "left"
        found = entry["trimfill"][f"REML/L0/{side}"]
        dots = named(chart, Dots, "filled study")
        assert dots.fill == BACKGROUND
        assert np.sort(np.log(dots.x)) == pytest.approx(np.sort(np.ravel(found["filled"])), rel=1e-8)
        line = named(chart, ChartCurve, "with the filled studies")
        assert float(np.log(line.x[0])) == pytest.approx(found["beta"], rel=1e-8)
        plural = "study" if found["k0"] == 1 else "studies"
        assert f"adds {found['k0']} {plural} on the {side}" in chart.description
        assert named(chart, ChartCurve, "pooled effect").x[0] == pytest.approx(
            np.exp(subject.pooled.estimate)
        )
        assert panel_of(chart).x.low < min(dots.x.min(), named(chart, ChartCurve, REGION).x.min())
        compared += 1
    assert compared == 5


def test_nothing_missing_is_said_and_leaves_one_line() -> None:
    half = 2.0 ** np.arange(-3, 3)
    pooled = pool(np.concatenate([-half, half]), vi=np.concatenate([half, half]), method="EE")
    chart = filled_funnel_plot(replace(invented(12), pooled=pooled))
    marks = [getattr(mark, "name", "") for mark in panel_of(chart).marks]
    assert "filled study" not in marks
    assert "with the filled studies" not in marks
    assert "finds no study missing on the" in chart.description


def test_fill_is_called_a_sensitivity_analysis() -> None:
    assert "A sensitivity analysis, not a correction" in filled_funnel_plot(published()).footnotes[-1]


def test_an_effect_without_a_null_has_no_contours_and_no_line_of_no_effect() -> None:
    subject = replace(invented(5), null=None, effect="Mean BMD (g/cm²)")
    with pytest.raises(NotDefinedError, match=r"no effect; 'Mean BMD \(g/cm²\)' has none\."):
        contour_funnel_plot(subject)
    assert not [mark for mark in panel_of(funnel_plot(subject)).marks if isinstance(mark, ReferenceLine)]


def test_names_are_all_set_when_few_and_the_farthest_when_many() -> None:
    few, many = named(funnel_plot(invented(12)), Dots, "study"), invented(60)
    assert all(few.labels)
    dots = named(funnel_plot(many), Dots, "study")
    away = np.abs(many.pooled.yi - many.pooled.estimate) / np.sqrt(many.pooled.vi)
    kept = np.array([bool(label) for label in dots.labels])
    assert kept.sum() == 12
    assert away[kept].min() >= away[~kept].max()


def test_too_few_studies_are_refused_in_a_sentence() -> None:
    with pytest.raises(
        NotDefinedError, match=r"^A funnel plot needs at least 2 studies; this analysis has 1 study\.$"
    ):
        funnel_plot(invented(1))
    with pytest.raises(NotDefinedError, match=r"^A contour-enhanced funnel plot needs at least 2 studies; "):
        contour_funnel_plot(invented(1))
    with pytest.raises(
        NotDefinedError, match=r"^Trim and fill needs at least 3 studies; this analysis has 2 studies\.$"
    ):
        filled_funnel_plot(invented(2))
