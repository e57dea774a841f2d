"""What a review asks for beside its pool, and data of reviews, in words, tables and scripts of a paper."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest

from evidence.records.effects_model import EffectsModel
from synthesis.paper.contents import TABLES, manuscript
from synthesis.paper.data_tables import data_rows
from synthesis.paper.formats.plain_data import as_json
from synthesis.paper.method_sentences import WITHOUT_NUMBERS
from synthesis.paper.paper_table import Reported
from synthesis.paper.python_script import python_script
from synthesis.paper.rounded import Rounded
from synthesis.paper.summary_table import model_in_words
from tests.synthesis.paper.making import SLOPES, by_sex, material, pooled_of
from tests.synthesis.review.made import record, review, silent, slope


def with_bayes(folder: Path, bayes: str, k: int = 3) -> Reported:
    records = {f"s{i}": record(f"s{i}", [slope("one", *SLOPES[i])]) for i in range(k)}
    return material(review(folder, records, more=f"bayes: {bayes}" if bayes else ""))


def sentences(reported: Reported) -> str:
    made = manuscript(reported, ["text"])
    return " ".join(text for passage in made.passages for text in passage.paragraphs)


def cells(reported: Reported) -> dict[str, Any]:
    (table,) = manuscript(reported, ["summary"]).tables
    return table.by_name(table.rows[0])


@pytest.mark.parametrize(("primary", "words"), [("test", "pooled"), ("bayesian", "Bayesian")])
def test_the_bayesian_summary_and_which_is_primary_are_told_in_methods_results_and_table(
    primary: str, words: str, tmp_path: Path
) -> None:
    reported = with_bayes(tmp_path, f"{{smallest_effect: 0.005, primary: {primary}}}")
    (result,) = reported.results
    found = result.groups[0].bayesian
    assert found is not None
    text = sentences(reported)
    scale = ", whose scale is the smallest effect of interest (0.005)"
    assert f"A Bayesian summary is given as well, under a {found.tau_prior} prior of τ{scale} and a " in text
    assert f"The {words} estimate was named as the primary summary beforehand." in text
    assert f"The primary summary, stated beforehand, is the {words} estimate." in text
    decimals = reported.decimals[0]
    shown = [
        f"{value:.{decimals}f}".replace("-", "−") for value in (found.mu.median, found.mu.low, found.mu.high)
    ]
    assert f"prior of τ, was {shown[0]}, 95% CrI [{shown[1]}, {shown[2]}]." in text
    row = cells(reported)
    assert (row["bayes_prior"], row["primary"]) == (found.tau_prior, f"{words} estimate")
    for name, value in (
        ("bayes_estimate", found.mu.median),
        ("bayes_low", found.mu.low),
        ("bayes_high", found.mu.high),
    ):
        assert isinstance(row[name], Rounded)
        assert row[name].value == value
    (table,) = manuscript(reported, ["summary"]).tables
    assert sum(note.startswith("Bayesian: median and credible interval") for note in table.notes) == 1
    told = "], False, tau_prior=None, mu_prior='flat', smallest_effect=0.005, interval='central')"
    assert told in python_script([result])


def test_the_smallest_effect_is_no_scale_of_a_prior_that_is_named(tmp_path: Path) -> None:
    text = sentences(with_bayes(tmp_path, "{smallest_effect: 0.005, tau_prior: half-normal(0.02)}"))
    assert "under a half-normal(0.02) prior of τ and a flat prior of the mean" in text
    assert "whose scale is" not in text


def test_without_bayes_of_the_review_few_studies_have_an_interval_and_many_nothing(tmp_path: Path) -> None:
    few = with_bayes(tmp_path / "few", "")
    assert "named as the primary summary" not in sentences(few)
    assert cells(few)["bayes_low"] is not None
    (table,) = manuscript(few, ["summary"]).tables
    assert sum(note.startswith("Bayesian: credible interval beside") for note in table.notes) == 1
    many = pooled_of(tmp_path / "many", 6)
    (table,) = manuscript(many, ["summary"]).tables
    assert not any(note.startswith("Bayesian") for note in table.notes)
    assert "bayesian(" not in python_script(many.results)


def test_the_script_pools_what_is_said_without_a_number_as_the_review_does(tmp_path: Path) -> None:
    records = {f"s{i}": record(f"s{i}", [slope("one", *SLOPES[i]) + ", n: 400"]) for i in range(3)}
    records["quiet"] = record("quiet", [silent("one") + ", n: 900"])
    records["mute"] = record("mute", [silent("one") + ", n: 100"])
    asked = "unreported:\n      quiet/one: {said: not significant}\n      mute/one: {said: A, se: 0.02}"
    reported = material(review(tmp_path, records, more=asked))
    (result,) = reported.results
    unreported = result.groups[0].unreported
    assert unreported is not None
    assert WITHOUT_NUMBERS in sentences(reported)
    script = python_script([result])
    assert "import pool, pool_unreported, subgroups" in script
    space: dict[str, Any] = {"__name__": "script"}
    exec(compile(script, "script.py", "exec"), space)
    found = space["found"][-1]
    assert (found.k, found.m) == (3, 2)
    for name in ("estimate", "ci_low", "ci_high", "tau2"):
        assert getattr(found, name) == pytest.approx(getattr(unreported.pooled, name), rel=1e-12)
    assert found.silent == unreported.pooled.silent
    plain = python_script(pooled_of(tmp_path / "plain", 3).results)
    assert "pool_unreported" not in plain


def test_tables_as_data_are_the_tables_unrounded_and_effects_have_metafors_names(tmp_path: Path) -> None:
    reported = pooled_of(tmp_path / "some", 3)
    names, rows = data_rows(reported, "effects")
    assert len(rows) == 3
    assert {"analysis", "yi", "vi", "sei"} <= set(names)
    assert list(rows[0]) == names
    estimates = [float(estimate) for estimate, _ in SLOPES]
    assert [row["yi"] for row in rows] == pytest.approx(estimates, rel=1e-12)
    names, rows = data_rows(reported, "summary")
    assert rows[0]["estimate"] == reported.results[0].groups[0].pooled.estimate  # type: ignore[union-attr]
    assert names == list(rows[0])
    assert "effects" in TABLES
    empty = material(review(tmp_path / "none", {"quiet": record("quiet", [silent("one")])}))
    assert data_rows(empty, "effects") == (["analysis"], [])


@pytest.mark.parametrize(
    ("age", "words"),
    [
        ("mean: 61.2, sd: 8.0", "mean 61.2 (SD 8.0)"),
        ("mean: 61.2", "mean 61.2"),
        ("median: 60, minimum: 50, maximum: 80", "median 60, 50 to 80"),
        ("minimum: 50", "50 and over"),
        ("maximum: 80", "up to 80"),
    ],
)
def test_ages_are_told_as_they_are_stated(age: str, words: str, tmp_path: Path) -> None:
    text = record("a", [slope("one", *SLOPES[0])], population=f"{{age: {{{age}}}}}")
    _, rows = data_rows(material(review(tmp_path, {"a": text})), "studies")
    assert words in rows[0].values()


@pytest.mark.parametrize(
    ("model", "words"),
    [
        (None, None),
        ({"name": "CHE", "rho": 0.6}, "CHE, rho = 0.6, CR2"),
        ({"name": "CE", "rho": 0, "test": "z"}, "CE, rho = 0.0, z"),
        ({"name": "CHE", "rho": {"hip with spine": 0.5, "others": 0.8}}, "CHE, rho = by pair of sites, CR2"),
        ({"name": "HE"}, "HE, CR2"),
    ],
)
def test_a_model_is_named_with_its_correlation_and_its_test(
    model: dict[str, Any] | None, words: str | None
) -> None:
    assert model_in_words(None if model is None else EffectsModel.model_validate(model)) == words


def test_the_difference_of_groups_stands_in_the_line_of_all_of_them(tmp_path: Path) -> None:
    reported = by_sex(tmp_path)
    (result,) = reported.results
    (table,) = manuscript(reported, ["summary"]).tables
    men, women, overall = (table.by_name(row) for row in table.rows)
    assert [each["group"] for each in (men, women, overall)] == ["men", "women", "overall"]
    assert men["difference"] is women["difference"] is None
    if result.difference is None:
        assert overall["difference"] is None
        return
    test = result.difference.between
    assert isinstance(overall["difference"], Rounded)
    assert overall["difference"].value == pytest.approx(test.statistic)
    assert (overall["difference_df2"] is None) == math.isinf(test.df2)


def test_letters_of_any_script_are_written_as_they_are_in_json(tmp_path: Path) -> None:
    made = manuscript(pooled_of(tmp_path, 3), ["summary"])
    assert '"τ², lower"'.encode() in as_json(made)


def test_studies_of_another_step_are_named_as_converted_and_no_others(tmp_path: Path) -> None:
    steps = {"a": "1 g/dL", "b": "2 g/dL", "c": "0.5 g/dL"}
    records = {
        name: record(name, [slope("one", "0.02", "0.01, 0.03").replace("per: 1 g/dL", f"per: {step}")])
        for name, step in steps.items()
    }
    assert "converted to the unit and step: B; C." in sentences(material(review(tmp_path / "all", records)))
    assert "converted" not in sentences(material(review(tmp_path / "one", {"a": records["a"]})))
