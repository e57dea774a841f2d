"""Baujat, radial and normal Q-Q plots: the places of their dots against metafor's numbers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from synthesis.drawing.chart import ChartCurve, Dots
from synthesis.plots.residuals import baujat_plot, quantile_plot, radial_plot
from synthesis.plots.subject import NotDefinedError
from synthesis.pooled import pool
from tests.synthesis.diagnostics.reference import METAFOR, SMALL_STUDIES, effects
from tests.synthesis.plots.subjects import invented, named, panel_of, published

BCG = METAFOR["bcg_rr"]
BAND = stats.norm.ppf(0.975)


def test_baujat_s_dots_are_metafor_s() -> None:
    compared = 0
    for entry in SMALL_STUDIES["values"].values():
        [dots] = panel_of(baujat_plot(published(entry))).marks
        assert isinstance(dots, Dots)
        assert dots.x == pytest.approx([each["x"] for each in entry["baujat"]], rel=1e-7)
        assert dots.y == pytest.approx([each["y"] for each in entry["baujat"]], rel=1e-7)
        compared += dots.x.size
    assert compared == sum(len(entry["yi"]) for entry in SMALL_STUDIES["values"].values())


def test_baujat_names_the_two_leading_studies() -> None:
    entry = SMALL_STUDIES["values"]["bcg"]
    x, y = ([each[name] for each in entry["baujat"]] for name in "xy")
    description = baujat_plot(published(entry)).description
    assert f"Farthest from the others: study {1 + int(np.argmax(x))} (squared residual 1.66)" in description
    assert f"Largest influence on the result: study {1 + int(np.argmax(y))} (0.238)" in description


def test_equal_effects_still_have_a_baujat_plot() -> None:
    subject = replace(invented(4), pooled=pool([0.2] * 4, vi=[0.1, 0.2, 0.3, 0.4]))
    panel = panel_of(baujat_plot(subject))
    assert panel.x.low == panel.y.low == 0.0
    assert panel.x.high > 0.0


def test_the_radial_plot_standardises_with_metafor_s_tau2() -> None:
    yi, vi = effects(BCG)
    precision = 1.0 / np.sqrt(vi + BCG["fits"]["REML/z"]["tau2"])
    chart = radial_plot(published())
    dots = named(chart, Dots, "study")
    assert dots.x == pytest.approx(precision, rel=1e-8)
    assert dots.y == pytest.approx(precision * yi, rel=1e-8)
    slope = named(chart, ChartCurve, "pooled effect, as a slope")
    assert slope.y[1] / slope.x[1] == pytest.approx(BCG["fits"]["REML/z"]["beta"], rel=1e-8)
    lines = [mark for mark in panel_of(chart).marks if getattr(mark, "name", "") == "±1.96 around it"]
    assert [line.y[0] for line in lines if isinstance(line, ChartCurve)] == pytest.approx([-BAND, BAND])
    outside = int(np.sum(np.abs(dots.y - BCG["fits"]["REML/z"]["beta"] * precision) > BAND))
    assert f"13 studies: {outside} of them lie outside" in chart.description
    assert "pooled effect of 0.489" in chart.description
    assert panel_of(chart).y.label == "Standardised log of the effect"


def test_the_quantile_plot_shows_metafor_s_residuals_in_order() -> None:
    compared = 0
    for entry in METAFOR.values():
        if entry["k"] > 100:
            continue
        chart = quantile_plot(published(entry))
        dots = named(chart, Dots, "study")
        assert dots.y == pytest.approx(sorted(entry["influence"]["rstudent"]), rel=1e-7)
        m = dots.x.size
        rank = np.arange(1, m + 1)
        assert dots.x == pytest.approx(stats.norm.ppf(stats.beta.ppf(0.5, rank, m + 1 - rank)), abs=1e-9)
        low, high = (stats.norm.ppf(stats.beta.ppf(p, rank, m + 1 - rank)) for p in (0.025, 0.975))
        outside = int(np.sum((dots.y < low) | (dots.y > high)))
        assert f"{outside} lie outside the pointwise 95% band" in chart.description
        compared += 1
    assert compared >= 11


def test_quantile_names_follow_their_residuals() -> None:
    residuals = np.array(BCG["influence"]["rstudent"])
    subject = invented(8)
    dots = named(quantile_plot(subject), Dots, "study")
    assert sorted(dots.labels) == sorted(subject.pooled.labels)
    farthest = 1 + int(np.argmax(np.abs(residuals)))
    assert f"The largest is that of study {farthest}" in quantile_plot(published()).description


@pytest.mark.parametrize(
    ("draw", "fewest", "what"),
    [
        (baujat_plot, 3, "A Baujat plot"),
        (radial_plot, 2, "A radial plot"),
        (quantile_plot, 3, "A normal Q-Q plot"),
    ],
)
def test_too_few_studies_are_refused_in_a_sentence(draw, fewest: int, what: str) -> None:  # type: ignore[no-untyped-def]
    draw(invented(fewest))
    for k in range(1, fewest):
        counted = "1 study" if k == 1 else f"{k} studies"
        with pytest.raises(
            NotDefinedError, match=f"^{what} needs at least {fewest} studies; this analysis has {counted}\\.$"
        ):
            draw(invented(k))
