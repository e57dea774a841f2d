"""An analysis on the page: what its rows and its pooled values answer to, and what is said beside them."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from evidence.records.review import LoadedReview
from synthesis.paper.paper_table import Reported
from synthesis.report import analysis_sections
from synthesis.report.analysis_sections import pooled_words, row_sources
from synthesis.report.page_parts import AskedOfResult, Fact, PooledEntry, ReportPage, RowSource
from synthesis.report.told_rows import told_forest
from synthesis.review.analysis import analyse
from synthesis.review.analysis_result import AnalysisResult
from synthesis.review.forest_table import forest_table
from tests.synthesis.paper.making import pooled_of
from tests.synthesis.paper.test_curves_in_papers import four
from tests.synthesis.review.made import record, review, silent, slope
from tests.synthesis.review.sites import of_sexes

Page = tuple[Reported, ReportPage]


def analysed(loaded: LoadedReview) -> AnalysisResult:
    return analyse(loaded, loaded.review.analyses[0], loaded.review.method)


def means(folder: Path, *estimates: float) -> AnalysisResult:
    """Studies of one standard error, whose pool is their mean."""
    rows = [slope("one", f"{each:.2f}", f"{each - 0.1:.2f}, {each + 0.1:.2f}") for each in estimates]
    return analysed(review(folder, {f"s{at}": record(f"s{at}", [row]) for at, row in enumerate(rows)}))


def sources_of(result: AnalysisResult) -> tuple[RowSource, ...]:
    return row_sources(result, forest_table(result), 2)


def entries_of(result: AnalysisResult) -> list[PooledEntry]:
    return list(analysis_sections._entries(result, 2))


def facts_of(result: AnalysisResult, **changes: Any) -> dict[str, str]:
    (group,) = result.groups
    facts = analysis_sections._facts(result, replace(group, **changes), 2)
    return {fact.name: fact.says for fact in facts}


def test_each_row_below_the_studies_has_its_group_and_its_role(sexes: Page) -> None:
    rows = sexes[1].analyses[0].forest.rows
    below = ["prediction", "heterogeneity", "test"]
    found = [(row.source.group, row.source.role) for row in rows if row.source.yi is None]
    men = [(0, role) for role in ("", "pooled", *below, "")]  # from the heading to the white below
    women = [(1, role) for role in ("", "pooled", *below, "other", "")]
    assert found[:12] == [*men, *women[:-1]]
    assert found[12:17] == [(2, role) for role in ("", "pooled", *below)]
    assert {*found[17:]} == {(2, "other")}
    assert {row.source.group for row in rows if row.source.yi is not None} == {0, 1}
    predictions = [row.source for row in rows if row.kind == "prediction"]
    assert [(each.anchor, each.entry) for each in predictions] == [
        ("", "p/all/pooled/1"),
        ("", "p/all/pooled/2"),
        ("", "p/all/pooled"),
    ]


def test_notes_on_the_method_stand_with_the_pooled_values_alone(tmp_path: Path) -> None:
    result = means(tmp_path, 0.1, 0.2, 0.3)
    (method, *_) = (fact.says for fact in analysis_sections._method(result, result.groups[0]))
    forest = told_forest(replace(forest_table(result), footnotes=("Read twice.", method)))
    asked = AskedOfResult("all/without", "Without", forest=forest)
    left = analysis_sections._unsaid(asked, result).forest
    assert left is not None
    assert left.notes == ("Read twice.",)
    assert left.rows == forest.rows


def test_rows_of_an_analysis_that_the_page_cannot_pool_have_no_role(
    sexes: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(analysis_sections, "own_choices", lambda result: None)
    found = sources_of(sexes[0].results[0])
    assert {each.role for each in found} == {""}
    assert {each.group for each in found if each.yi is None} == {0}
    assert [each.anchor for each in found if each.entry.startswith("p/")][::2] == [
        "all/pooled/1",
        "all/pooled/2",
        "all/pooled",
    ]


def test_a_pooled_value_says_what_it_is_of_what_entered_and_how_much_effects_vary(sexes: Page) -> None:
    entry = sexes[1].analyses[0].entries[1]
    assert (entry.title, entry.analysis) == ("Everybody, women", "all")
    told = {fact.name: fact.says for fact in entry.facts}
    weights = [float(each.split()[1]) for each in told["Entered, with weights"].split("; ")]
    assert told["Entered, with weights"].startswith("S0 35.3 %; S1 34.")
    assert sum(weights) == pytest.approx(100, abs=0.11)
    assert told["In a new study"].endswith(" (95% prediction interval)")
    assert told["Heterogeneity"].startswith("τ² = ")
    (common,) = sexes[1].analyses[0].common
    assert common.says == "Change in BMD (g/cm²) per 1 g/dL hemoglobin, with its 95% confidence interval"


def test_a_method_that_stands_with_the_pooled_values_is_not_told_again_below_a_question(sexes: Page) -> None:
    without, *_ = sexes[1].analyses[0].asked
    assert without.forest is not None
    (note,) = without.forest.notes
    assert note.startswith("Shows whether one study alone carries the result")


def test_one_study_is_not_pooled_and_two_have_heterogeneity_and_no_refit(tmp_path: Path) -> None:
    one, two = means(tmp_path / "1", 0.2), means(tmp_path / "2", 0.2, 0.4)
    assert facts_of(one)["Method"] == "One study: its own number, nothing is pooled."
    assert [*facts_of(one)] == ["Number of", "Entered, with weights", "Method"]
    assert facts_of(two)["Entered, with weights"] == "S0 50.0 %; S1 50.0 %"
    assert facts_of(two)["Method"].startswith("Random effects")
    assert "Heterogeneity" in facts_of(two)
    assert [entry.title for entry in entries_of(two)] == ["Everybody"]
    assert {each.without for each in sources_of(two)} == {""}


def test_without_each_of_three_studies_of_one_precision_is_the_mean_of_the_others(tmp_path: Path) -> None:
    found = sources_of(means(tmp_path, 0.1, 0.2, 0.6))
    assert [each.without.partition(" (")[0] for each in found if each.yi is not None] == [
        "0.40",
        "0.35",
        "0.15",
    ]
    # t(1; 0.975) = 12.706 times half of what the other two are apart
    assert found[0].without == "0.40 (−2.14 to 2.94)"


def test_a_posterior_is_told_with_its_prior_even_where_nothing_is_pooled(tmp_path: Path) -> None:
    result = means(tmp_path, 0.2)
    mu = SimpleNamespace(median=0.1, low=-0.1, high=0.3)
    posterior: Any = SimpleNamespace(mu=mu, tau_prior="half-normal(0.5)")
    assert facts_of(result, bayesian=posterior)["Bayesian"] == (
        "0.10 (−0.10 to 0.30); half-normal(0.5) prior of τ"
    )
    alone: Any = replace(result.groups[0], bayesian=posterior, pooled=None)
    (entry,) = entries_of(replace(result, groups=(alone,)))
    assert (entry.value, [fact.name for fact in entry.facts]) == ("", ["Bayesian"])
    neither = replace(result.groups[0], pooled=None)
    assert entries_of(replace(result, groups=(neither,))) == []
    assert pooled_words(result, neither, 2) == ""
    assert pooled_words(result, result.groups[0], 2) == "0.20 (0.10 to 0.30)"


def test_the_method_is_that_of_the_model_or_of_groups_that_share_their_tau2() -> None:
    def method(**parts: Any) -> list[Fact]:
        group: Any = SimpleNamespace(**{"model": None, "mean": None, "pooled": None, **parts})
        result: Any = SimpleNamespace(difference=parts.get("difference"))
        return list(analysis_sections._method(result, group))

    said = SimpleNamespace(method_sentence="By tau2.")
    assert method(model=SimpleNamespace(summary=said)) == [Fact("Method", "By τ².")]
    assert method(mean=object(), difference=said) == [Fact("Method", "By τ².")]
    assert method(model=SimpleNamespace(summary=None)) == method(mean=object()) == method() == []


def test_a_weight_that_is_not_known_is_not_told() -> None:
    def entered(**parts: Any) -> str:
        group: Any = SimpleNamespace(units=("a", "b"), **parts)
        result: Any = SimpleNamespace(unit_label=str.upper, weights_of=lambda group: [25.04, math.nan])
        return analysis_sections._entered(result, group)

    assert entered(pooled=None) == "A 25.0 %; B"
    assert entered(pooled=SimpleNamespace(weights=[80, 20])) == "A 80.0 %; B 20.0 %"
    with pytest.raises(ValueError, match="longer"):
        entered(pooled=SimpleNamespace(weights=[80, 10, 10]))


def test_the_lead_counts_estimates_studies_persons_and_what_has_no_number(
    sexes: Page, tmp_path: Path
) -> None:
    lead = analysis_sections._lead
    result = sexes[0].results[0]
    assert lead(result) == "9 estimates of 6 studies, 960 persons"
    assert lead(replace(result, sharing=(("a", "b"),))) == "9 estimates of 6 studies"
    (one,) = pooled_of(tmp_path / "one", 1).results
    assert lead(one) == "1 estimate of 1 study; 1 estimate examined without a number"
    both = record("a", [slope("one", "0.1", "0.0, 0.2"), silent("spine", "spine")])
    assert lead(analysed(review(tmp_path / "both", {"a": both}))) == (
        "1 estimate of 1 study; 1 estimate examined without a number"
    )


def test_facts_of_all_pooled_values_are_told_apart_from_two_on() -> None:
    def entry(*facts: str) -> PooledEntry:
        return PooledEntry("a", "A", "1", tuple(Fact(name, name) for name in facts), "all")

    one, two = (entry("x", "y"),), (entry("x", "y"), entry("z", "x"))
    assert analysis_sections._said_of_all(one) == (one, ())
    assert analysis_sections._said_of_all(two) == ((entry("y"), entry("z")), (Fact("x", "x"),))
    assert analysis_sections._said_of_all(()) == ((), ())


def test_means_of_a_model_have_a_place_of_their_own_in_each_group(tmp_path: Path) -> None:
    more = "stratum: {sex: each}\n    group_by: sex\n    model: {name: CHE, rho: 0.6}"
    rows = list(analysis_sections._study_rows(analysed(of_sexes(tmp_path, more))))
    anchors = [each.anchor for each in rows]
    assert len(rows) == len({*anchors}) == 24
    assert anchors[:3] == ["all/a/hip-men/mean", "all/a/hip-men", "all/a/spine-men"]
    assert [each.group for each in rows] == [0] * 12 + [1] * 12
    assert [each.unit for each in rows] == [None] * 24


def test_a_curve_answers_to_its_classes_and_its_value_to_the_whole(tmp_path: Path) -> None:
    (result,) = four(tmp_path).results
    table = forest_table(result)
    found = row_sources(result, table, 2)
    assert [each.anchor for each in found][:5] == ["", *(f"all/a/quarters.q{n}" for n in (2, 3, 4)), ""]
    summaries = [each for each in found if each.entry == "p/all/pooled"]
    assert [each.anchor for each in summaries] == ["all/pooled", *[""] * (len(summaries) - 1)]
    assert {(each.yi, each.group, each.role, each.without) for each in found} == {(None, 0, "", "")}
    (entry,) = entries_of(result)
    assert [fact.name for fact in entry.facts] == ["Curve", "Entered", "Method"]
    assert (entry.title, entry.facts[1].says) == ("Everybody", "k = 4")
    assert result.dose is not None
