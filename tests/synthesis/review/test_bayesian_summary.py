"""A review's Bayesian summary: the numbers of `bayes`, its row, words, tables, export and plots."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

import synthesis
from evidence.records.review import LoadedReview
from synthesis.drawing.chart import Chart
from synthesis.drawing.forest_table import SummaryRow, TextRow
from synthesis.plots.subject import NotDefinedError
from synthesis.review.analysis import AnalysisResult, analyse
from synthesis.review.bayesian_plots import BAYESIAN_KINDS, bayesian_plot, without_bayes
from synthesis.review.export import as_dict
from synthesis.review.forest_table import forest_table
from tests.synthesis.review.made import RATIO, record, review, slope

EFFECTS = {
    "ann": ("0.0079", "0.0023, 0.0135"),
    "bo": ("-0.0055", "-0.0171, 0.0061"),
    "cy": ("0.0024", "-0.0017, 0.0065"),
}


def made(folder: Path, bayes: str, more: str = "", count: int = 3) -> LoadedReview:
    names = list(EFFECTS)[:count]
    records = {name: record(name, [slope("hip", *EFFECTS[name])]) for name in names}
    return review(folder, records, more=f"bayes: {bayes}\n    {more}" if bayes else more)


def analysed(loaded: LoadedReview) -> AnalysisResult:
    return analyse(loaded, loaded.review.analyses[0], loaded.review.method)


def summary_rows(result: AnalysisResult) -> list[SummaryRow]:
    return [row for row in forest_table(result).rows if isinstance(row, SummaryRow)]


def texts(result: AnalysisResult) -> list[str]:
    return [row.text for row in forest_table(result).rows if isinstance(row, TextRow)]


def test_the_row_has_the_numbers_of_bayes(tmp_path: Path) -> None:
    result = analysed(made(tmp_path, "{smallest_effect: 0.005}"))
    (group,) = result.groups
    assert group.bayesian is not None
    alone = synthesis.bayes(
        [unit.yi for unit in group.units], sei=[unit.sei for unit in group.units], smallest_effect=0.005
    )
    assert group.bayesian.mu == alone.mu
    pooled, bayesian = summary_rows(result)
    assert bayesian.label == "Bayesian, half-normal(0.005) (3)"
    assert (bayesian.estimate, bayesian.low, bayesian.high) == (alone.mu.median, alone.mu.low, alone.mu.high)
    assert bayesian.weight is None
    assert pooled.label == "Random effects (3), primary"
    assert any(
        text.startswith("Bayesian: τ = 0.0035 [0.00019, 0.010]; new study [") for text in texts(result)
    )
    assert any("14 of 14 intervals include the value of no effect" in text for text in texts(result))
    assert not any("DuMouchel prior" in text for text in texts(result))
    notes = forest_table(result).footnotes
    assert any("half-normal(0.005) prior of τ" in note and "tau" not in note for note in notes)


def test_the_primary_summary_comes_first_whatever_the_result(tmp_path: Path) -> None:
    result = analysed(made(tmp_path, "{tau_prior: half-Cauchy(0.01), primary: bayesian}"))
    assert [row.label for row in summary_rows(result)] == [
        "Bayesian, half-Cauchy(0.01) (3), primary",
        "Random effects (3)",
    ]


def test_without_bayes_nothing_changes(tmp_path: Path) -> None:
    result = analysed(made(tmp_path, ""))
    assert result.groups[0].bayesian is None
    assert [row.label for row in summary_rows(result)] == ["Random effects (3)"]
    assert any("Bayesian, DuMouchel prior for τ" in text for text in texts(result))
    assert "bayesian" not in as_dict(result)["groups"][0]


def test_one_study_has_no_row(tmp_path: Path) -> None:
    result = analysed(made(tmp_path, "{smallest_effect: 0.005}", count=1))
    assert result.groups[0].bayesian is None
    assert summary_rows(result) == []


def test_groups_have_a_row_each_and_the_whole_its_own(tmp_path: Path) -> None:
    records = {
        name: record(
            name,
            [slope("hip", *EFFECTS["ann"]), slope("spine", *EFFECTS["cy"], outcome="spine")],
            cohort=name,
        )
        for name in ("ann", "bo")
    }
    loaded = review(tmp_path, records, more="bayes: {smallest_effect: 0.005}\n    group_by: site")
    result = analysed(loaded)
    labels = [row.label for row in summary_rows(result)]
    assert [label for label in labels if label.startswith("Bayesian")] == [
        "Bayesian, half-normal(0.005) (2)"
    ] * 2
    assert {row.level for row in summary_rows(result)} == {"subgroup"}


def test_ratios_are_carried_back_and_their_smallest_effect_is_a_ratio(tmp_path: Path) -> None:
    def ratio(estimate: str, ci: str) -> str:
        effect = f"{{measure: OR, per: 1 g/dL, estimate: {estimate}, ci: [{ci}]}}"
        return f"id: hip, outcome: hip, model: full, effect: {effect}"

    records = {
        "ann": record("ann", [ratio("1.30", "1.05, 1.61")]),
        "bo": record("bo", [ratio("1.10", "0.90, 1.34")]),
    }
    loaded = review(tmp_path, records, scale=RATIO, more="bayes: {smallest_effect: 0.8}")
    result = analysed(loaded)
    found = result.groups[0].bayesian
    assert found is not None
    assert found.tau_prior == f"half-normal({-math.log(0.8):g})"
    row = next(row for row in summary_rows(result) if row.label.startswith("Bayesian"))
    assert_allclose(
        np.array([row.low, row.high], dtype=float),
        [math.exp(found.mu.low), math.exp(found.mu.high)],
        rtol=1e-12,
    )


def test_a_prior_that_is_none_refuses_the_analysis_in_one_sentence(tmp_path: Path) -> None:
    loaded = made(tmp_path, "{tau_prior: half-normal(wide)}")
    with pytest.raises(ValueError, match=r"tau_prior is 'half-normal\(wide\)', where 'wide' is no number"):
        analysed(loaded)


def test_the_export_has_the_posterior_and_which_is_primary(tmp_path: Path) -> None:
    result = analysed(made(tmp_path, "{smallest_effect: 0.005, primary: bayesian}"))
    data = json.loads(json.dumps(as_dict(result), allow_nan=False))
    (group,) = data["groups"]
    assert group["primary"] == "bayesian"
    assert group["bayesian"]["tau_prior"] == "half-normal(0.005)"
    assert group["bayesian"]["shown"]["median"] == group["bayesian"]["mu"]["median"]
    assert len(group["bayesian"]["sensitivity"]["priors"]) == 14
    assert "overall_bayesian" not in data


@pytest.mark.parametrize("kind", BAYESIAN_KINDS)
def test_plots_are_those_of_the_posterior_in_the_reviews_words(tmp_path: Path, kind: str) -> None:
    result = analysed(made(tmp_path, "{smallest_effect: 0.005}"))
    found: Any = bayesian_plot(kind, result, result.groups[0])
    assert found.title.startswith("Everybody: ")
    label = found.panels[0][0].x.label if isinstance(found, Chart) else found.axis.label
    assert "g/cm" in label


def test_analyses_without_a_posterior_say_why_they_have_no_plot(tmp_path: Path) -> None:
    silent = analysed(made(tmp_path / "a", ""))
    with pytest.raises(NotDefinedError, match=r"'bayes' in review.yaml asks for one"):
        bayesian_plot("posterior", silent, silent.groups[0])
    one = analysed(made(tmp_path / "b", "{smallest_effect: 0.005}", count=1))
    with pytest.raises(NotDefinedError, match="nothing is pooled"):
        bayesian_plot("posterior", one, one.groups[0])
    shared = replace(one, analysis=one.analysis.model_copy(update={"tau2": "common"}))
    with pytest.raises(NotDefinedError, match="share a model or a τ²"):
        bayesian_plot("posterior", shared, shared.groups[0])
    with pytest.raises(NotDefinedError, match="asks for one"):
        without_bayes()
