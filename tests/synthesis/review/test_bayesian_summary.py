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
from scipy import special

import synthesis
from evidence.records.bayes_choice import BayesChoice
from evidence.records.printed import Percent
from evidence.records.review import LoadedReview, Method
from synthesis.drawing.chart import Chart, ChartAxis, Panel
from synthesis.drawing.forest_table import SummaryRow, TextRow
from synthesis.plots.subject import NotDefinedError
from synthesis.posterior.group_posteriors import GroupPosterior, group_posteriors
from synthesis.review.analysis import analyse
from synthesis.review.analysis_result import AnalysisResult
from synthesis.review.bayesian_plots import BAYESIAN_KINDS, bayesian_plot, without_bayes
from synthesis.review.bayesian_words import OF_LOGARITHMS, ONE_STUDY, with_words_of_pool
from synthesis.review.export import as_dict
from synthesis.review.forest_table import forest_table
from synthesis.review.overview import overview_lines
from tests.synthesis.review.made import RATIO, record, review, slope
from tests.synthesis.review.test_pooled_units import three

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


def test_the_row_of_one_study_says_that_the_prior_does_the_work(tmp_path: Path) -> None:
    result = analysed(made(tmp_path, "{smallest_effect: 0.005}", count=1))
    found = result.groups[0].bayesian
    assert found is not None
    (row,) = summary_rows(result)
    assert row.label == "Bayesian, half-normal(0.005) (1)"
    assert row.weight is None
    # of one study the mean given tau is normal with variance sei^2 + tau^2, and tau keeps its prior
    (unit,) = result.groups[0].units
    tau = np.linspace(0.0, 0.06, 200_001)
    share = np.exp(-0.5 * (tau / 0.005) ** 2)
    share /= share.sum() - 0.5 * (share[0] + share[-1])
    share[[0, -1]] *= 0.5
    for end, p in ((row.low, 0.025), (row.estimate, 0.5), (row.high, 0.975)):
        below = special.ndtr((end - unit.yi) / np.hypot(unit.sei, tau)) if end is not None else tau
        assert_allclose(float(share @ below), p, atol=1e-10)
    assert "One study, nothing pooled." in texts(result)
    assert ONE_STUDY in texts(result)


def test_no_estimate_has_no_row_and_no_reason(tmp_path: Path) -> None:
    loaded = review(
        tmp_path, {"ann": record("ann", [slope("hip", *EFFECTS["ann"])])},
        sites="spine", more="bayes: {smallest_effect: 0.005}",
    )  # fmt: skip
    result = analysed(loaded)
    assert summary_rows(result) == []
    assert not any("Bayesian" in text for text in texts(result))
    assert "overall_bayesian" not in as_dict(result)
    with pytest.raises(NotDefinedError, match="it has no estimate"):
        bayesian_plot("posterior", result, replace(result.groups[0]))


@pytest.mark.parametrize(("prior", "count", "need"), [("Jeffreys", 1, 2), ("improper uniform", 2, 3)])
def test_a_posterior_that_does_not_integrate_is_a_reason_beside_the_pool(
    tmp_path: Path, prior: str, count: int, need: int
) -> None:
    result = analysed(made(tmp_path, f"{{tau_prior: {prior}, primary: bayesian}}", count=count))
    (group,) = result.groups
    assert group.pooled is not None
    assert group.bayesian is None
    why = next(text for text in texts(result) if text.startswith("No Bayesian summary: "))
    assert f"the posterior does not integrate; expected {need} studies or more" in why
    assert as_dict(result)["groups"][0]["bayesian"] == {"untold": why}
    assert not any(", primary" in row.label for row in summary_rows(result))
    with pytest.raises(NotDefinedError, match="does not integrate"):
        bayesian_plot("sensitivity", result, group)


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
    with pytest.raises(NotDefinedError, match="asks for one"):
        without_bayes()


def by_sex(folder: Path, more: str, women: int = 2) -> AnalysisResult:
    """Three studies with men, of which two have women."""
    records = {}
    for place, (name, numbers) in enumerate(EFFECTS.items()):
        rows = [f"{slope('men', *numbers)}, stratum: {{sex: men}}"]
        if place < women:
            rows.append(f"{slope('women', *EFFECTS['cy'])}, stratum: {{sex: women}}")
        records[name] = record(name, rows)
    asked = f"stratum: {{sex: each}}\n    group_by: sex\n    tau2: common\n    {more}"
    return analysed(review(folder, records, more=asked))


@pytest.mark.long
@pytest.mark.parametrize("women", [2, 1])
def test_groups_with_a_common_tau2_share_the_tau_of_the_bayesian_model(tmp_path: Path, women: int) -> None:
    result = by_sex(tmp_path, "bayes: {smallest_effect: 0.005, primary: bayesian}", women)
    units = [(group.name or "", unit) for group in result.groups for unit in group.units]
    alone = group_posteriors(
        [unit.yi for _, unit in units],
        [unit.sei for _, unit in units],
        [name for name, _ in units],
        smallest_effect=0.005,
    )
    for group, expected in zip(result.groups, alone, strict=True):
        assert group.mean is not None
        assert isinstance(group.bayesian, GroupPosterior)
        assert group.bayesian.mu == expected.mu
        assert group.bayesian.tau == expected.tau
    labels = [row.label for row in summary_rows(result)]
    pooled = "Random effects, common τ² ({})"
    assert labels == [
        "Bayesian, one τ, half-normal(0.005) (3), primary",
        pooled.format(3),
        f"Bayesian, one τ, half-normal(0.005) ({women}), primary",
        *([pooled.format(2)] if women == 2 else []),
        f"Overall, Bayesian, half-normal(0.005) ({3 + women}), primary",
        f"Overall, random effects ({3 + women})",
    ]
    notes = forest_table(result).footnotes
    assert sum("Its scale is the smallest effect" in note for note in notes) == 1
    assert any("a mean for each group (men and women) and one τ" in note for note in notes)
    data = as_dict(result)
    assert [group["bayesian"]["one_tau"] for group in data["groups"]] == [True, True]
    assert data["overall_bayesian"]["bayesian"]["one_tau"] is False
    json.dumps(data, allow_nan=False)
    found: Any = bayesian_plot("sensitivity", result, result.groups[0])
    assert found.title.startswith("Everybody, men: ")
    with pytest.raises(NotDefinedError, match="these groups share their τ"):
        bayesian_plot("posterior", result, result.groups[0])


def test_groups_that_are_not_compared_have_a_tau_of_their_own(tmp_path: Path) -> None:
    result = by_sex(tmp_path, "bayes: {smallest_effect: 0.005}", women=0)
    assert [row.label for row in summary_rows(result)] == [
        "Random effects (3), primary",
        "Bayesian, half-normal(0.005) (3)",
    ]


def test_groups_of_a_common_tau2_whose_posterior_does_not_integrate_say_so_once_each(tmp_path: Path) -> None:
    result = by_sex(tmp_path, "bayes: {tau_prior: improper uniform}", women=1)
    assert [group.without_bayes != "" for group in result.groups] == [False, False]
    records = {
        "ann": record(
            "ann",
            [
                f"{slope('men', *EFFECTS['ann'])}, stratum: {{sex: men}}",
                f"{slope('women', *EFFECTS['cy'])}, stratum: {{sex: women}}",
            ],
        ),
        "bo": record("bo", [f"{slope('men', *EFFECTS['bo'])}, stratum: {{sex: men}}"]),
    }
    asked = (
        "stratum: {sex: each}\n    group_by: sex\n    tau2: common\n    bayes: {tau_prior: improper uniform}"
    )
    few = analysed(review(tmp_path / "few", records, more=asked))
    why = [
        text for text in texts(few) if text.startswith("No Bayesian summary: with 3 studies, 2 flat priors")
    ]
    assert len(why) == 2
    assert all("expected 4 studies or more" in text for text in why)
    assert few.overall is not None
    assert few.overall.bayesian is not None


def test_a_model_of_dependent_effects_says_once_that_it_has_no_bayesian_summary(tmp_path: Path) -> None:
    records = {
        name: record(name, [slope("hip", *EFFECTS["ann"]), slope("spine", *EFFECTS["cy"], outcome="spine")])
        for name in EFFECTS
    }
    other = "\n  - {id: hip, title: Hip, outcome: {name: BMD, sites: [hip]}}\nbayes: {smallest_effect: 0.005}"
    result = analysed(review(tmp_path, records, more="model: {name: CHE, rho: 0.6}" + other))
    says = "No Bayesian summary: 'bayes' is of independent effects, and model CHE is of dependent ones."
    assert forest_table(result).footnotes.count(says) == 1
    assert as_dict(result)["groups"][0]["bayesian"] == {"untold": says}
    with pytest.raises(NotDefinedError, match="model CHE is of dependent ones"):
        bayesian_plot("posterior", result, result.groups[0])


def test_correlated_arms_are_counted_as_in_the_row_above(tmp_path: Path) -> None:
    loaded = three(tmp_path)
    asked = loaded.review.model_copy(update={"bayes": BayesChoice()})
    document = replace(loaded.document, model=asked)
    result = analysed(replace(loaded, document=document))
    pooled, bayesian = summary_rows(result)
    count = pooled.label.partition("(")[2].removesuffix(", primary")
    assert bayesian.label == f"Bayesian, DuMouchel ({count}"
    assert "estimates in 3 studies" in count


def test_the_level_is_that_of_the_method(tmp_path: Path) -> None:
    loaded = made(tmp_path, "{smallest_effect: 0.005}")
    result = analyse(loaded, loaded.review.analyses[0], Method(level=Percent.parse("90 %")))
    (group,) = result.groups
    alone = synthesis.bayes(
        [unit.yi for unit in group.units],
        sei=[unit.sei for unit in group.units],
        smallest_effect=0.005,
        level=0.9,
    )
    assert group.bayesian is not None
    assert group.bayesian.mu == alone.mu
    assert any("(90% CrI)" in text for text in texts(result))


def test_a_smallest_correlation_is_carried_to_fishers_z(tmp_path: Path) -> None:
    def correlation(estimate: str, ci: str) -> str:
        return f"id: hip, outcome: hip, model: full, effect: {{measure: r, estimate: {estimate}, ci: [{ci}]}}"

    records = {
        "ann": record("ann", [correlation("0.30", "0.10, 0.48")]),
        "bo": record("bo", [correlation("0.10", "-0.10, 0.29")]),
    }
    scale = "{measure: r, exposure: hemoglobin}"
    result = analysed(review(tmp_path, records, scale=scale, more="bayes: {smallest_effect: 0.5}"))
    found = result.groups[0].bayesian
    assert found is not None
    assert found.tau_prior == f"half-normal({math.atanh(0.5):g})"
    row = next(row for row in summary_rows(result) if row.label.startswith("Bayesian"))
    assert_allclose(float(row.high or 0), math.tanh(found.mu.high), rtol=1e-12)


def test_plots_of_the_pool_say_so_where_the_bayesian_summary_is_primary(tmp_path: Path) -> None:
    panel = Panel(ChartAxis("x", 0.0, 1.0), ChartAxis("y", 0.0, 1.0), ())
    chart = Chart(title="A", panels=((panel,),), description="What it shows.")
    table = forest_table(analysed(made(tmp_path / "table", "")))
    says = "All of this is of the pooled estimate (REML, HKSJ); the primary summary"
    primary = analysed(made(tmp_path / "a", "{smallest_effect: 0.005, primary: bayesian}"))
    noted: Any = with_words_of_pool(chart, primary)
    assert noted.footnotes[-1].startswith(says)
    assert noted.description.startswith(f"What it shows. {says}")
    told: Any = with_words_of_pool(table, primary)
    assert told.footnotes[:-1] == table.footnotes
    assert told.footnotes[-1].startswith(says)
    of_test = analysed(made(tmp_path / "b", "{smallest_effect: 0.005}"))
    none = analysed(made(tmp_path / "c", "{tau_prior: improper uniform, primary: bayesian}", count=2))
    for other in (of_test, none, analysed(made(tmp_path / "d", ""))):
        assert with_words_of_pool(chart, other) is chart


def test_the_overview_has_a_primary_bayesian_summary_first(tmp_path: Path) -> None:
    primary = analysed(made(tmp_path / "a", "{smallest_effect: 0.005, primary: bayesian}"))
    _, first, second = overview_lines([primary], [4])
    assert first.endswith("k = 3, Bayesian, primary")
    assert second.endswith("k = 3")
    assert len(overview_lines([analysed(made(tmp_path / "b", "{smallest_effect: 0.005}"))], [4])) == 2


def test_ratios_say_on_which_scale_their_priors_are(tmp_path: Path) -> None:
    effect = "{measure: OR, per: 1 g/dL, estimate: 1.30, ci: [1.05, 1.61]}"
    records = {"ann": record("ann", [f"id: hip, outcome: hip, model: full, effect: {effect}"])}
    result = analysed(review(tmp_path, records, scale=RATIO, more="bayes: {smallest_effect: 1.1}"))
    assert OF_LOGARITHMS in forest_table(result).footnotes
    assert OF_LOGARITHMS not in forest_table(analysed(made(tmp_path / "b", "{}"))).footnotes
