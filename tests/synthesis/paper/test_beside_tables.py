"""Tables and paragraphs of what stands beside the pools: every choice, every number, in every format."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from evidence.records.review import load_review
from synthesis.paper.bayesian_table import bayesian_table
from synthesis.paper.contents import PARTS, TABLES, WHERE_ASKED, manuscript
from synthesis.paper.direction_table import direction_table
from synthesis.paper.method_sentences import OF_DIRECTIONS, WITHOUT_NUMBERS
from synthesis.paper.paper_table import PaperTable, Reported
from synthesis.paper.paragraphs import passages
from synthesis.paper.rounded import Rounded
from synthesis.paper.unprinted_table import unprinted_table
from synthesis.review.export import as_dict
from tests.synthesis.paper.making import SLOPES, by_sex, material, pooled_of
from tests.synthesis.paper.reading_back import READERS
from tests.synthesis.review.made import record, review, silent, slope

BAYES = "bayes: {smallest_effect: 0.01, mu_prior: 'normal(0, 1)', interval: shortest, primary: bayesian}"


def reported(folder: Path, more: str = BAYES) -> Reported:
    """Three slopes, one result without a number that counts, and its direction."""
    records = {f"s{i}": record(f"s{i}", [f"{slope('one', *each)}, n: 400"]) for i, each in enumerate(SLOPES)}
    said = silent("one").replace("significant}", "significant, direction: negative}")
    records["quiet"] = record("quiet", [f"{said}, n: 300"])
    asked = f"{more}\n    unreported: {{quiet: {{said: not significant, probability: 0.8}}}}"
    return material(review(folder, records, more=asked))


def values(table: PaperTable) -> list[dict[str, object]]:
    """Unrounded cells by their columns."""
    return [
        {
            name: cell.value if isinstance(cell, Rounded) else cell
            for name, cell in table.by_name(row).items()
            if cell is not None
        }
        for row in table.rows
    ]


def test_a_bayesian_row_has_every_choice_and_number(tmp_path: Path) -> None:
    made = reported(tmp_path)
    ((row,), found) = values(bayesian_table(made)), made.results[0].groups[0].bayesian
    assert found is not None
    assert {name: row[name] for name in ("tau_prior", "mu_prior", "interval", "primary", "of_tau")} == {
        "tau_prior": "half-normal(0.01)",
        "mu_prior": "normal(0, 1)",
        "interval": "shortest",
        "primary": "Bayesian estimate",
        "of_tau": "its own",
    }
    numbers = {
        "k": 3,
        "smallest_effect": 0.01,
        "level": 95.0,
        "median": found.mu.median,
        "low": found.mu.low,
        "high": found.mu.high,
        "above": found.above_null,
        "new_low": found.new.low,
        "new_high": found.new.high,
        "tau": found.tau.median,
        "tau_low": found.tau.low,
        "tau_high": found.tau.high,
        "priors": len(found.sensitivity.priors),
        "median_least": found.sensitivity.median.min(),
        "median_most": found.sensitivity.median.max(),
    }
    assert {name: row[name] for name in numbers} == numbers
    ends = zip(found.sensitivity.low, found.sensitivity.high, strict=True)
    assert row["including"] == sum(low <= 0.0 <= high for low, high in ends) > 0


def test_groups_with_one_tau_say_so_and_the_overall_row_has_its_own(tmp_path: Path) -> None:
    made = by_sex(tmp_path, "common\n    bayes: {smallest_effect: 0.01}")
    rows = values(bayesian_table(made))
    assert [(row["group"], row["of_tau"], row["k"]) for row in rows] == [
        ("men", "one for all groups", 6),
        ("women", "one for all groups", 3),
        ("overall", "its own", 9),
    ]


def test_a_summary_that_does_not_exist_has_its_reason_in_the_row(tmp_path: Path) -> None:
    (row,) = values(bayesian_table(few(tmp_path)))
    assert str(row["untold"]).startswith("No Bayesian summary: with 2 studies")
    assert "median" not in row


def few(folder: Path) -> Reported:
    """Two studies under a prior that needs three."""
    records = {f"s{i}": record(f"s{i}", [slope("one", *each)]) for i, each in enumerate(SLOPES[:2])}
    return material(review(folder, records, more="bayes: {tau_prior: improper uniform}"))


def test_an_unprinted_result_has_what_it_counts_as_below_its_pool(tmp_path: Path) -> None:
    made = reported(tmp_path)
    whole, each = values(unprinted_table(made))
    found = made.results[0].groups[0].unreported
    assert found is not None
    pooled = found.pooled
    assert {
        name: whole[name] for name in ("estimate", "ci_low", "ci_high", "p", "alone", "worst", "best")
    } == {
        "estimate": pooled.estimate,
        "ci_low": pooled.ci_low,
        "ci_high": pooled.ci_high,
        "p": pooled.p_value,
        "alone": pooled.without.estimate,
        "worst": pooled.worst_case.lowest,
        "best": pooled.worst_case.highest,
    }
    assert {name: each[name] for name in ("study", "estimate_id", "said", "probability", "alpha", "n")} == {
        "study": "QUIET",
        "estimate_id": "one",
        "said": "not significant",
        "probability": 0.8,
        "alpha": 0.05,
        "n": 300.0,
    }
    assert each["sei"] == pooled.sei[0]
    assert each["sei_from"] == "typical sigma"


def test_directions_stand_with_their_sign_test(tmp_path: Path) -> None:
    test, *studies = values(direction_table(reported(tmp_path)))
    assert (test["k"], test["positive"], test["share"]) == (4, 3, 75.0)
    # Clopper and Pearson: 4 p^3 - 3 p^4 = 0.025 below, p^4 = 0.975 above
    low, high = float(str(test["share_low"])) / 100, float(str(test["share_high"])) / 100
    assert (4 * low**3 - 3 * low**4, high**4) == pytest.approx((0.025, 0.975), rel=1e-9)
    assert test["p"] == pytest.approx(0.625, rel=1e-12)  # (1 + 4) / 16, twice
    assert [(row["study"], row["direction"], row["in_pool"]) for row in studies] == [
        *((f"S{i}", "positive", "yes") for i in range(3)),
        ("QUIET", "negative", "no"),
    ]
    assert direction_table(pooled_of(tmp_path / "none", 3)).rows == ()


def test_every_format_has_the_three_tables_and_leaves_out_those_that_are_empty(tmp_path: Path) -> None:
    made = manuscript(reported(tmp_path), PARTS)
    names = [table.name for table in made.tables]
    of_others = {"classes", "curves", "doses", "certainty"}
    assert set(names) & WHERE_ASKED == WHERE_ASKED - of_others
    compared = 0
    for read in READERS.values():
        tables = read(made)
        for table, rows in zip((each for each in made.tables if each.rows), tables, strict=True):
            if table.name in WHERE_ASKED:
                assert len(rows) == len(table.rows)
                compared += 1
    assert compared == 3 * len(READERS)
    plain = manuscript(pooled_of(tmp_path / "plain", 3), PARTS)
    assert not WHERE_ASKED & {table.name for table in plain.tables}
    named = manuscript(pooled_of(tmp_path / "named", 3), ["bayesian"])
    assert [table.notes for table in named.tables] == [("No analysis asks for a Bayesian summary.",)]
    assert set(TABLES) > WHERE_ASKED


def test_paragraphs_tell_the_choices_the_numbers_and_the_directions(tmp_path: Path) -> None:
    methods, results = passages(reported(tmp_path))[0].paragraphs
    assert (
        "under a half-normal(0.01) prior of τ, whose scale is the smallest effect of interest (0.01) and a "
        "normal(0, 1) prior of the mean, by quadrature, with medians and shortest 95% credible intervals"
    ) in methods
    assert WITHOUT_NUMBERS in methods
    assert OF_DIRECTIONS in methods
    assert results.count("The primary summary, stated beforehand, is the Bayesian estimate.") == 1
    assert "Directions not in the pool: QUIET (negative)." in results
    assert "The posterior median of τ was " in results
    assert "With 1 result without a number (QUIET: not significant with probability 0.8)" in results


def test_paragraphs_of_groups_of_one_study_and_of_models_say_what_the_bayesian_summary_is(
    tmp_path: Path,
) -> None:
    groups = by_sex(tmp_path / "groups", "common\n    bayes: {smallest_effect: 0.01}")
    methods, results = passages(groups)[0].paragraphs
    assert "each group has a mean of its own, and all have one τ." in methods
    assert results.count("prior of τ that all groups share, was ") == 2
    one = pooled_of(tmp_path / "one", 1)
    (text,) = [each.paragraphs[-1] for each in passages(with_bayes(one))]
    assert "One study: τ is its prior" in text
    (text,) = [each.paragraphs[-1] for each in passages(few(tmp_path / "few"))]
    assert "No Bayesian summary: with 2 studies, a flat prior of the mean" in text


def with_bayes(made: Reported) -> Reported:
    path = made.loaded.folder / "review.yaml"
    text = path.read_text(encoding="utf-8").replace("analyses:", "bayes: {smallest_effect: 0.01}\nanalyses:")
    path.write_text(text, encoding="utf-8")
    return material(load_review(made.loaded.folder))


def test_the_json_of_an_analysis_has_directions_and_every_choice(tmp_path: Path) -> None:
    (result,) = reported(tmp_path).results
    data = as_dict(result)
    (domain,) = data["directions"]
    assert domain["studies"][-1] == {"study": "QUIET", "direction": "negative", "n": 300, "pooled": False}
    assert (domain["sign_test"]["k"], domain["sign_test"]["positive"]) == (4, 3)
    (group,) = data["groups"]
    chosen = {name: group["bayesian"][name] for name in ("mu_prior", "interval", "smallest_effect", "level")}
    assert chosen == {
        "mu_prior": "normal(0, 1)",
        "interval": "shortest",
        "smallest_effect": 0.01,
        "level": 0.95,
    }
    assert group["unreported"]["said"] == ["not significant"]
    empty = replace(result.selection, chosen=(), silent=(), left_out=())
    nothing = replace(result, selection=empty, records=())
    assert "directions" not in as_dict(nothing)
