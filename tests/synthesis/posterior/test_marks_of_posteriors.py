"""Every mark of the densities of a posterior, its axes and its colours; rows of the tables beside it."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

import synthesis
from synthesis.drawing.chart import Area, Chart, ChartCurve, Panel, ReferenceLine
from synthesis.drawing.forest_table import SpacerRow, StudyRow, SummaryRow, TextRow
from synthesis.drawing.style import ACCENT, BAND_FILL, MUTED, PREDICTION_FILL, SUMMARY_FILL
from synthesis.plots.drawable import PlotRequest
from synthesis.plots.given import Given
from synthesis.pooling.bayes.data_scaled_priors import DuMouchel, Jeffreys, UniformShrinkage
from synthesis.pooling.bayes.tau_priors import HalfNormal, ImproperUniform, half_cauchy
from synthesis.posterior.posterior_plots import plot_posterior
from synthesis.posterior.sensitivity import FACTORS, usual_priors

YI, VI = [0.1, 0.5, -0.2], [0.02, 0.05, 0.09]


def found(k: int = 3, **options: Any) -> synthesis.Bayesian:
    yi, vi = (YI, VI) if k == 3 else (np.linspace(-0.5, 0.5, k), np.linspace(0.02, 0.1, k))
    return synthesis.bayes(yi, vi, **({"tau_prior": "half-normal(0.3)"} | options))


def drawn(result: synthesis.Bayesian, kind: str, **words: Any) -> Any:
    return plot_posterior(result, Given(), PlotRequest(kind, None, None, None, None, words))


def panels(result: synthesis.Bayesian, **words: Any) -> tuple[Panel, Panel]:
    chart = drawn(result, "posterior", **words)
    assert isinstance(chart, Chart)
    assert chart.aspect == 0.45
    return chart.panels[0][0], chart.panels[1][0]


def curves(panel: Panel) -> list[ChartCurve]:
    return [mark for mark in panel.marks if isinstance(mark, ChartCurve)]


def test_densities_of_effects_reach_over_999_in_a_thousand_and_the_null() -> None:
    """0.05 to 99.95 % of the mean and of the studies, 5 to 95 % of a new study, and no effect."""
    result = found(null=-3.0)
    panel, _ = panels(result)
    engine = result.machinery
    p = np.array([0.0005, 0.9995])
    ends = [result.quantile(p), result.quantile([0.05, 0.95], "new")]
    ends.append((engine.data.origin[0] + engine.data.unit[0] * engine.studies.quantile(p)).ravel())
    x = curves(panel)[0].x
    assert np.size(x) == 241
    assert_allclose([np.min(x), np.max(x)], [-3.0, np.concatenate(ends).max()], rtol=1e-10)
    assert_allclose(np.diff(x), (np.max(x) - np.min(x)) / 240.0, rtol=1e-9)
    assert (panel.x.low, panel.x.high, panel.x.scale) == (np.min(x), np.max(x), "linear")
    beyond = curves(panels(found(null=5.0))[0])[0].x
    assert_allclose([np.min(beyond), np.max(beyond)], [np.concatenate(ends).min(), 5.0], rtol=1e-10)
    wide = found(tau_prior="half-normal(4)", mu_prior="flat")
    new = wide.quantile([0.05, 0.95], "new")
    x = curves(panels(wide)[0])[0].x
    assert np.min(x) <= new[0]
    assert np.max(x) >= new[1]
    held = synthesis.bayes([0.3, 0.3], [0.001, 0.001], mu_prior="normal(0, 0.01)")  # a new study is farthest
    x = curves(panels(held)[0])[0].x
    assert_allclose([np.min(x), np.max(x)], held.quantile([0.05, 0.95], "new"), rtol=1e-10)


def test_curves_of_effects_have_their_colours_strokes_and_names() -> None:
    panel, lower = panels(found())
    assert [(c.name, c.colour, c.thickness, c.stroke) for c in curves(panel)] == [
        ("each study's own effect", MUTED, 0.6, "dotted"),
        ("", MUTED, 0.6, "dotted"),
        ("", MUTED, 0.6, "dotted"),
        ("effect in a new study", PREDICTION_FILL, 1.2, "dashed"),
        ("mean effect", SUMMARY_FILL, 1.6, "solid"),
    ]
    assert [(c.name, c.colour, c.thickness, c.stroke) for c in curves(lower)] == [
        ("posterior of tau", SUMMARY_FILL, 1.6, "solid"),
        ("prior of tau, half-normal(0.3)", ACCENT, 1.0, "dashed"),
    ]
    (line,) = [mark for mark in panel.marks if isinstance(mark, ReferenceLine)]
    assert (line.axis, line.at, line.name) == ("x", 0.0, "no effect")


@pytest.mark.parametrize(("k", "own"), [(1, 0), (2, 2), (12, 12), (13, 0)])
def test_studies_have_their_own_densities_between_two_and_twelve(k: int, own: int) -> None:
    result = found(k)
    panel, _ = panels(result)
    dotted = [curve for curve in curves(panel) if curve.stroke == "dotted"]
    assert len(dotted) == own
    for row, curve in enumerate(dotted):
        total = np.trapezoid(curve.y, curve.x)
        assert_allclose(np.trapezoid(curve.y * curve.x, curve.x) / total, result.study_mean[row], atol=5e-3)
        assert_allclose(total, 1.0, atol=3e-3)
    tallest = max(float(np.max(curve.y)) for curve in curves(panel))
    assert_allclose([panel.y.low, panel.y.high], [0.0, 1.05 * tallest], rtol=1e-12)
    assert panel.y.label == "Density"


def test_the_interval_is_shaded_from_the_density_down_to_zero() -> None:
    result = found()
    for panel, of, marginal, name in zip(
        panels(result),
        ("mu", "tau"),
        (result.mu, result.tau),
        ("mean effect", "posterior of tau"),
        strict=True,
    ):
        (area,) = [mark for mark in panel.marks if isinstance(mark, Area)]
        (curve,) = [each for each in curves(panel) if each.name == name]
        x, y = np.asarray(curve.x), np.asarray(curve.y)
        inside = (x >= marginal.low) & (x <= marginal.high)
        assert 20 < inside.sum() < 235, of
        assert area.x.tolist() == [*x[inside], *x[inside][::-1]]
        assert area.y.tolist() == [*y[inside], *([0.0] * int(inside.sum()))]
        assert area.fill == BAND_FILL
        assert panel.marks[0] is area


def test_tau_runs_from_zero_to_its_99_percent_and_a_high_prior_is_cut() -> None:
    result = found()
    _, panel = panels(result)
    curve = curves(panel)[0]
    assert np.size(curve.x) == 241
    assert_allclose(
        [np.min(curve.x), np.max(curve.x)], [0.0, float(result.quantile(0.99, "tau"))], rtol=1e-12
    )
    assert panel.x.label == "Between-study standard deviation, tau"
    assert (panel.x.low, panel.x.high) == (0.0, float(np.max(curve.x)))
    prior = curves(panel)[1]
    tallest = max(float(np.max(curve.y)), float(np.max(prior.y)))
    assert_allclose(panel.y.high, 1.05 * tallest, rtol=1e-12)
    steep = found(tau_prior="log-t(-4, 2)")  # infinite at zero
    _, panel = panels(steep)
    posterior, prior = curves(panel)
    shown = min(float(np.max(prior.y)), 2.0 * float(np.max(posterior.y)))
    assert_allclose(panel.y.high, 1.05 * max(float(np.max(posterior.y)), shown), rtol=1e-12)


def test_the_prior_begins_beside_zero_where_its_density_may_be_infinite() -> None:
    _, panel = panels(found(tau_prior="log-t(-4, 2)"))
    prior = curves(panel)[1]
    top = float(np.max(prior.x))
    assert_allclose(prior.y[0], log_t(1e-12 * top, -4.0, 2.0), rtol=1e-10)
    assert_allclose(prior.y[1:], [log_t(float(t), -4.0, 2.0) for t in prior.x[1:]], rtol=1e-10)


def log_t(tau: float, location: float, scale: float) -> float:
    z = (2.0 * math.log(tau) - location) / scale
    constant = 8.0 / (3.0 * math.sqrt(5.0) * math.pi)
    return float(2.0 / (scale * tau) * constant * (1.0 + z * z / 5.0) ** -3.0)


def test_rows_of_other_priors_are_their_medians_and_intervals() -> None:
    result = found()
    table = drawn(result, "sensitivity")
    beside = result.sensitivity
    (used,) = [row for row in table.rows if isinstance(row, SummaryRow)]
    assert (used.estimate, used.low, used.high) == (beside.median[0], beside.low[0], beside.high[0])
    assert isinstance(table.rows[1], SpacerRow)
    others = [row for row in table.rows if isinstance(row, StudyRow)]
    assert len(others) == len(beside.priors) - 1 == len(table.rows) - 2
    for i, row in enumerate(others, 1):
        assert row.label == f"{beside.priors[i]}, tau {float(f'{beside.tau_median[i]:.2g}'):g}"
        assert (row.estimate, row.low, row.high) == (beside.median[i], beside.low[i], beside.high[i])


def test_the_forest_tells_tau_and_its_interval_in_a_row() -> None:
    result = found(level=0.9)
    table = drawn(result, "forest")
    (text,) = [row for row in table.rows if isinstance(row, TextRow)]
    assert text.text.startswith("Between studies: τ = ")
    assert text.text.endswith("] (90% CrI)")
    (summary,) = [row for row in table.rows if isinstance(row, SummaryRow)]
    assert (summary.estimate, summary.low, summary.high) == (result.mu.median, result.mu.low, result.mu.high)
    first = next(row for row in table.rows if isinstance(row, StudyRow))
    assert first.low is not None
    assert_allclose(first.low, 0.1 - 1.6448536269514722 * math.sqrt(0.02), rtol=1e-12)


def test_usual_priors_are_the_one_used_its_multiples_and_those_without_a_scale() -> None:
    v = np.array(VI)
    assert FACTORS == (0.25, 0.5, 1.0, 2.0, 4.0)
    expected = [
        HalfNormal(0.3), *(HalfNormal(f * 0.3) for f in (0.25, 0.5, 2.0, 4.0)),
        *(half_cauchy(f * 0.3) for f in FACTORS), DuMouchel(), UniformShrinkage(), Jeffreys(),
    ]  # fmt: skip
    assert list(usual_priors(HalfNormal(0.3), v, 1)) == [*expected, ImproperUniform()]
    assert list(usual_priors(HalfNormal(0.3), v[:2], 1)) == expected
    assert list(usual_priors(HalfNormal(0.3), v[:2], 0)) == [*expected, ImproperUniform()]
    assert list(usual_priors(HalfNormal(0.3), v[:1], 1)) == expected[:-1]
    assert list(usual_priors(HalfNormal(0.3), v[:1], 0)) == expected
    median_of_half_normal = 0.6744897501960817
    scale = float(f"{0.777 / median_of_half_normal:.1e}")
    assert usual_priors(half_cauchy(0.777), v, 1)[1] == HalfNormal(0.25 * scale)


def test_whether_the_null_is_inside_is_told_of_every_prior() -> None:
    plain = found().sensitivity
    assert "under each of them the interval holds the value of no effect" in plain.sentence
    low = float(plain.low.max())
    assert plain.null == 0.0
    for null, words in (
        (float(plain.low.min()) - 1.0, "none of them lets the interval hold the value of no effect"),
        (float(plain.high.max()) + 1.0, "none of them lets the interval hold the value of no effect"),
        (low - 1e-12, "depends on it"),
    ):
        assert words in replace(plain, null=null).sentence
    leave = int((plain.low > low - 1e-12).sum())
    assert f"({leave} leave it out)" in replace(plain, null=low - 1e-12).sentence


@pytest.mark.parametrize("interval", ["central", "shortest"])
def test_every_number_of_a_posterior_follows_the_units(interval: Any) -> None:
    """Effects in hundredths, with priors in hundredths: everything is that much larger, densities less."""
    here = found(tau_prior="half-normal(0.3)", mu_prior="normal(0.1, 2)", interval=interval)
    there = synthesis.bayes(
        100.0 * np.array(YI), 1e4 * np.array(VI), tau_prior="half-normal(30)", mu_prior="normal(10, 200)",
        interval=interval,
    )  # fmt: skip
    for name in ("mu", "tau", "new"):
        one, other = getattr(here, name), getattr(there, name)
        for part in ("mean", "sd", "median", "mode", "low", "high"):
            assert_allclose(getattr(other, part), 100.0 * getattr(one, part), rtol=1e-7, atol=1e-6)
    for name in ("study_mean", "study_sd", "study_median", "study_low", "study_high"):
        assert_allclose(getattr(there, name), 100.0 * getattr(here, name), rtol=1e-7, atol=1e-6)
    for name in ("above_null", "new_above_null", "for_no_effect", "for_no_heterogeneity"):
        assert_allclose(getattr(there, name), getattr(here, name), rtol=1e-9)
    assert_allclose(there.log_evidence, here.log_evidence - 3.0 * math.log(100.0), rtol=1e-10)
    at = np.array([[0.05, 0.2], [0.4, 0.7]])
    of: Any
    for of in ("mu", "new", "tau"):
        assert_allclose(100.0 * there.density(100.0 * at, of), here.density(at, of), rtol=1e-8)
        assert_allclose(there.quantile(at, of), 100.0 * here.quantile(at, of), rtol=1e-8, atol=1e-8)
    assert_allclose(1e4 * there.joint_density(100.0 * at, 20.0), here.joint_density(at, 0.2), rtol=1e-8)
    for of in ("mu", "new"):
        assert_allclose(there.probability_beyond(30.0, of), here.probability_beyond(0.3, of), rtol=1e-9)
    assert here.density([-0.1, math.inf], "tau").tolist() == [0.0, 0.0]


def test_a_prior_far_above_the_posterior_is_cut_at_twice_its_height() -> None:
    """Studies far apart under a prior of mean 0.05: its density at zero, 20, would hide all else."""
    apart = synthesis.bayes([-1.0, 1.0], [0.01, 0.01], tau_prior="exponential(0.05)")
    _, panel = panels(apart)
    after, before = curves(panel)
    assert float(np.max(before.y)) > 4.0 * float(np.max(after.y))
    assert_allclose(panel.y.high, 1.05 * 2.0 * float(np.max(after.y)), rtol=1e-12)


def test_a_new_studys_effect_has_room_where_it_reaches_furthest() -> None:
    """One precise study well above zero and a wide prior of tau: 5 to 95 % of a new one is the widest."""
    result = synthesis.bayes([3.0], [0.0001], tau_prior="half-normal(4)", mu_prior="normal(3, 0.01)")
    new = result.quantile([0.05, 0.95], "new")
    x = curves(panels(result)[0])[0].x
    assert_allclose([np.min(x), np.max(x)], [min(float(new[0]), 0.0), float(new[1])], rtol=1e-9, atol=1e-9)
