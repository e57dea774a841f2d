"""The three plots: densities, other priors, and the forest with shrunken effects."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

import synthesis
from synthesis.drawing.chart import Chart, ChartCurve
from synthesis.drawing.forest_table import ForestTable, PredictionRow, StudyRow, SummaryRow
from synthesis.plots.drawable import PlotRequest
from synthesis.plots.given import Given
from synthesis.plots.subject import NotDefinedError
from synthesis.posterior.posterior_plots import plot_posterior


def found(k: int, **options: Any) -> synthesis.Bayesian:
    rng = np.random.default_rng(k)
    made: synthesis.Bayesian = synthesis.bayes(rng.normal(0.3, 0.3, k), rng.uniform(0.02, 0.1, k), **options)
    return made


def drawn(result: synthesis.Bayesian, kind: str, **words: Any) -> Any:
    return plot_posterior(result, Given(), PlotRequest(kind, None, None, None, None, words))


@pytest.mark.parametrize("kind", ["posterior", "sensitivity", "forest"])
@pytest.mark.parametrize("k", [1, 2, 8, 40])
def test_every_plot_is_laid_out_at_every_size(k: int, kind: str) -> None:
    picture = found(k).plot(kind)
    assert picture.size[0] > 0


def test_plots_are_saved_in_every_format(tmp_path: Path) -> None:
    saved = found(3).plot("posterior", tmp_path / "p", format=["png", "svg"])
    assert [path.suffix for path in saved] == [".png", ".svg"]


def test_densities_are_those_of_the_result() -> None:
    result = found(3, tau_prior="half-normal(0.3)")
    chart = drawn(result, "posterior")
    assert isinstance(chart, Chart)
    upper, lower = (row[0] for row in chart.panels)
    curves = {
        mark.name: mark for panel in (upper, lower) for mark in panel.marks if isinstance(mark, ChartCurve)
    }
    assert set(curves) == {
        "",
        "each study's own effect",
        "effect in a new study",
        "mean effect",
        "posterior of tau",
        "prior of tau, half-normal(0.3)",
    }
    for name, of in (("mean effect", "mu"), ("effect in a new study", "new"), ("posterior of tau", "tau")):
        curve = curves[name]
        assert_allclose(curve.y, result.density(curve.x, of), rtol=1e-10)  # type: ignore[arg-type]
    prior = curves["prior of tau, half-normal(0.3)"]
    assert_allclose(prior.y, np.sqrt(2 / np.pi) / 0.3 * np.exp(-0.5 * (prior.x / 0.3) ** 2), rtol=1e-9)


def test_an_improper_prior_is_not_drawn_as_a_density() -> None:
    chart = drawn(found(3, tau_prior="Jeffreys"), "posterior")
    names = [mark.name for mark in chart.panels[1][0].marks if isinstance(mark, ChartCurve)]
    assert names == ["posterior of tau"]


def test_ratios_are_shown_as_ratios() -> None:
    result = found(3)
    chart = drawn(result, "posterior", log=True, effect="Odds ratio")
    axis = chart.panels[0][0].x
    assert (axis.scale, axis.label) == ("log", "Odds ratio")
    table = drawn(result, "forest", log=True)
    (summary,) = (row for row in table.rows if isinstance(row, SummaryRow))
    assert_allclose(
        np.array([summary.estimate, summary.low], dtype=float),
        np.exp([result.mu.median, result.mu.low]),
        rtol=1e-12,
    )


def test_the_forest_has_studies_their_shrunken_effects_the_mean_and_a_new_study() -> None:
    result = found(4, tau_prior="half-normal(0.3)")
    table = drawn(result, "forest")
    assert isinstance(table, ForestTable)
    rows = [row for row in table.rows if isinstance(row, StudyRow)]
    assert [row.estimate for row in rows] == result.yi.tolist()
    assert_allclose(
        np.array([row.high for row in rows], dtype=float),
        result.yi + 1.959963984540054 * np.sqrt(result.vi),
        rtol=1e-12,
    )
    assert [row.fitted for row in rows] == list(
        zip(result.study_median.tolist(), result.study_low.tolist(), result.study_high.tolist(), strict=True)
    )
    (summary,) = (row for row in table.rows if isinstance(row, SummaryRow))
    assert summary.label == "Bayesian, half-normal(0.3)"
    assert (summary.low, summary.high) == (result.mu.low, result.mu.high)
    (new,) = (row for row in table.rows if isinstance(row, PredictionRow))
    assert (new.low, new.high) == (result.new.low, result.new.high)


def test_the_sensitivity_plot_has_the_prior_used_and_then_the_others() -> None:
    result = found(3, tau_prior="half-normal(0.3)")
    table = drawn(result, "sensitivity", title="Hip")
    assert table.title == "Hip: other priors of tau"
    (summary,) = (row for row in table.rows if isinstance(row, SummaryRow))
    assert summary.label == "half-normal(0.3)"
    others = [row for row in table.rows if isinstance(row, StudyRow)]
    assert [row.low for row in others] == result.sensitivity.low[1:].tolist()
    assert table.study_header == "Prior of tau"
    assert table.effect_header.endswith("CrI]")


def test_other_kinds_and_words_are_refused() -> None:
    with pytest.raises(NotDefinedError, match="A posterior has no funnel plot; it has forest, posterior and"):
        found(3).plot("funnel")
    with pytest.raises(ValueError, match="unknown kind of plot"):
        found(3).plot("densities of mu")
    with pytest.raises(ValueError, match="columns belongs to a forest plot"):
        found(3).plot("posterior", columns=["x"])
