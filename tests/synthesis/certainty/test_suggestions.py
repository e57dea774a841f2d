"""What the numbers suggest about each domain, and when they suggest nothing."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from numpy.testing import assert_allclose

from evidence.records.certainty_choice import DOMAIN_WORDS
from evidence.records.review import Method
from evidence.wording import written
from synthesis.certainty.certainty_of_analysis import CertaintyRow
from tests.synthesis.certainty.rated import (
    COMMON,
    loaded_of,
    row_of,
    rows_of,
    same,
    suggested,
    two_groups,
)
from tests.synthesis.review.made import record, review, silent, slope
from tests.synthesis.review.test_bias_plots import judged

USUAL = "{name: usual, risk: 0.3, source: a register}"
RANDOM = Method(estimator="DL", test="z", prediction="HTS")


def bias(estimate: str, ci: str, overall: str, name: str) -> str:
    said = judged(f"overall: {overall}") if overall else ""
    return record(name, [two_groups(estimate, ci)]) + said


@pytest.mark.parametrize(
    ("thresholds", "word", "says"),
    [
        ("[0.5]", "not serious", "crosses none of 0.5."),
        ("[0.64, 1.00]", "not serious", "crosses none of 0.64, 1."),
        ("[0.9]", "serious", "crosses 0.9."),
        ("[0.75, 0.9]", "very serious", "crosses 0.75, 0.9."),
        ("[0.75, 0.9, 1.25]", "very serious", "crosses 0.75, 0.9."),
    ],
)
def test_imprecision_counts_the_thresholds_that_the_interval_crosses(
    thresholds: str, word: str, says: str, tmp_path: Path
) -> None:
    loaded = loaded_of(tmp_path, f"{{thresholds: {{effect: {thresholds}}}}}", **same(1, "0.80", "0.64, 1.00"))
    found = suggested(row_of(loaded), "imprecision")
    assert found.word == word
    assert found.numbers[0].endswith(says)
    assert found.numbers[0].startswith("The 95% interval, 0.64 to 1")


def test_thresholds_of_absolute_effects_come_before_those_of_ratios(tmp_path: Path) -> None:
    """RR 0.64 to 1.00 at 300 per 1,000 is 108 fewer to 0."""
    choice = f"{{thresholds: {{per_1000: [-50], effect: [0.5]}}, baseline_risks: [{USUAL}]}}"
    found = suggested(row_of(loaded_of(tmp_path, choice, **same(1, "0.80", "0.64, 1.00"))), "imprecision")
    assert found.word == "serious"
    assert "at usual, −108 to 0 per 1,000, crosses −50." in found.numbers[0]
    assert not any("0.64 to 1" in each for each in found.numbers)
    assert "GRADE guidance 34" in found.source


def test_where_there_is_no_absolute_effect_the_thresholds_of_the_ratio_count(tmp_path: Path) -> None:
    """Four times 300 per 1,000 is beyond all persons, though twice is not."""
    choice = f"{{thresholds: {{per_1000: [-50], effect: [3]}}, baseline_risks: [{USUAL}]}}"
    found = suggested(row_of(loaded_of(tmp_path, choice, **same(1, "4.00", "2.00, 8.00"))), "imprecision")
    assert found.numbers == ("The 95% interval, 2 to 8, crosses 3.",)


def test_without_a_threshold_imprecision_is_told_and_not_rated(tmp_path: Path) -> None:
    found = suggested(row_of(loaded_of(tmp_path, "", **same(1, "0.80", "0.64, 0.99"))), "imprecision")
    assert found.word == ""
    assert found.numbers[-1] == "The interval excludes no effect."
    wide = loaded_of(tmp_path / "wide", "", **same(1, "0.80", "0.64, 1.01"))
    assert suggested(row_of(wide), "imprecision").numbers[-1] == "The interval includes no effect."


@pytest.mark.parametrize(("n", "word"), [(293, "serious"), (294, "not serious")])
def test_too_few_persons_are_serious_where_no_threshold_is_crossed(n: int, word: str, tmp_path: Path) -> None:
    """300 against 200 per 1,000 asks for 588 persons; two studies of n have 586 or 588."""
    choice = f"{{thresholds: {{per_1000: [100, -100]}}, baseline_risks: [{USUAL}]}}"
    loaded = loaded_of(tmp_path, choice, **same(2, "0.90", "0.85, 0.95", n))
    found = suggested(row_of(loaded), "imprecision")
    assert (
        f"588 persons at usual find 100 per 1,000 (alpha 0.05, power 0.8); there are {2 * n}."
        in (found.numbers[1])
    )
    assert found.word == word


def test_inconsistency_asks_whether_new_studies_lie_beyond_what_the_mean_does_not(tmp_path: Path) -> None:
    records = {
        "a": record("a", [two_groups("0.50", "0.45, 0.56")]),
        "b": record("b", [two_groups("0.70", "0.63, 0.78")]),
        "c": record("c", [two_groups("0.60", "0.54, 0.67")]),
        "d": record("d", [two_groups("0.65", "0.58, 0.72")]),
    }
    row = row_of(loaded_of(tmp_path / "a", "{thresholds: {effect: [0.9]}}", **records), RANDOM)
    assert row.rated.predicted is not None
    assert row.rated.ends[2] < 0.9 < row.rated.predicted[1]
    assert suggested(row, "inconsistency").word == "serious"
    low = row_of(loaded_of(tmp_path / "b", "{thresholds: {effect: [2]}}", **records), RANDOM)
    assert suggested(low, "inconsistency").word == "not serious"
    none = row_of(loaded_of(tmp_path / "c", "", **records), RANDOM)
    assert suggested(none, "inconsistency").word == ""
    for tau, word in (("0.05", "serious"), ("5", "not serious")):
        choice = f"{{thresholds: {{tau: {tau}}}}}"
        found = suggested(row_of(loaded_of(tmp_path / tau, choice, **records), RANDOM), "inconsistency")
        assert found.word == word
        assert found.numbers[1] == f"tau is {'' if word == 'serious' else 'not '}as large as {tau}."


def test_a_common_effect_that_is_assumed_tells_nothing_of_inconsistency(tmp_path: Path) -> None:
    row = row_of(loaded_of(tmp_path, "{thresholds: {tau: 0.1}}", **same(3, "0.80", "0.64, 1.00")))
    found = suggested(row, "inconsistency")
    says = "One common effect is assumed: how studies differ is not estimated; I² 0 %."
    assert (found.word, found.numbers) == ("", (says,))


def test_a_prediction_interval_without_heterogeneity_is_no_inconsistency(tmp_path: Path) -> None:
    """With one degree of freedom it reaches beyond every threshold, though the studies are the same."""
    for thresholds, word in (("effect: [0.95]", ""), ("effect: [0.95], tau: 0.1", "not serious")):
        choice = f"{{thresholds: {{{thresholds}}}}}"
        row = row_of(loaded_of(tmp_path / word, choice, **same(3, "0.80", "0.64, 1.00")), RANDOM)
        assert row.rated.predicted is not None
        assert row.rated.ends[2] < 0.95 < row.rated.predicted[1]
        found = suggested(row, "inconsistency")
        assert found.word == word
        assert "Where tau is estimated as none, the prediction interval tells no more than the mean." in (
            found.numbers
        )


def by_sex(folder: Path, more: str = "") -> list[CertaintyRow]:
    """Men with one effect of standard errors 1 : 2, women with others; the first study is at high risk."""
    effects = {
        "a": ("men", "0.80", "0.64, 1.00"),
        "b": ("men", "0.80", "0.512, 1.25"),
        "c": ("women", "3.00", "2.40, 3.75"),
        "d": ("women", "4.00", "3.20, 5.00"),
    }
    records = {
        name: record(name, [two_groups(estimate, ci, more=f", stratum: {{sex: {sex}}}")])
        + judged(f"overall: {'high' if name == 'a' else 'low'}")
        for name, (sex, estimate, ci) in effects.items()
    }
    groups = f"stratum: {{sex: each}}\n    group_by: sex{more}"
    return list(rows_of(loaded_of(folder, "", more=groups, **records), RANDOM))


@pytest.mark.parametrize("more", ["", "\n    model: {name: CHE, rho: 0.6}"])
def test_the_weight_at_high_risk_is_that_in_the_summary_that_is_rated(more: str, tmp_path: Path) -> None:
    """Of men alone the weights are 4 : 1; of everybody, who differ, nearly the same."""
    men, _, overall = by_sex(tmp_path, more)
    convention = "; more than half counts as serious, a convention."
    says = f"1 of 2 estimates at high risk, with 80 % of the weight{convention}"
    assert suggested(men, "risk of bias").numbers[0] == says
    share = overall.rated.result.weights_of(overall.rated.group)[0]
    assert 20.0 < share < 30.0
    assert suggested(overall, "risk of bias").numbers[0] == (
        f"1 of 4 estimates at high risk, with {share:.0f} % of the weight."
    )


def test_groups_of_one_tau_are_not_pooled_again_and_have_no_share_of_variance(tmp_path: Path) -> None:
    men, _, overall = by_sex(tmp_path, "\n    tau2: common")
    assert men.rated.group.mean is not None
    found = suggested(men, "risk of bias")
    assert found.numbers[-1] == "Groups that share one tau are not pooled again without them."
    share = overall.rated.result.weights_of(men.rated.group)
    assert found.word == ("serious" if share[0] > sum(share) / 2 else "")
    assert suggested(men, "inconsistency").numbers[0] == f"tau {written(men.rated.group.mean.tau2**0.5)}."


@pytest.mark.parametrize(
    ("first", "second", "word"), [("0.40, 0.625", "0.60, 1.35", "serious"), ("0.25, 1.00", "0.60, 1.35", "")]
)
def test_one_study_that_a_model_would_be_left_with_is_not_pooled(
    first: str, second: str, word: str, tmp_path: Path
) -> None:
    """More than half of the weight is at high risk in the first case, less in the second."""
    records = {"a": bias("0.50", first, "high", "a"), "b": bias("0.90", second, "low", "b")}
    more = "model: {name: CHE, rho: 0.6}"
    found = suggested(row_of(loaded_of(tmp_path, "", more=more, **records)), "risk of bias")
    assert (found.word, found.numbers[-1]) == (word, "Nothing is pooled without them.")


def test_an_appraisal_that_excludes_a_study_is_a_high_risk(tmp_path: Path) -> None:
    records = {
        name: record(name, [two_groups("0.80", "0.64, 1.00")]) + judged(f"overall: {word}", tool="JBI RCT")
        for name, word in (("a", "exclude"), ("b", "include"), ("c", "seek further info"))
    }
    found = suggested(row_of(loaded_of(tmp_path, "", **records)), "risk of bias")
    assert found.numbers[:2] == (
        "1 of 3 estimates at high risk, with 33 % of the weight.",
        "1 estimate without an agreed overall judgement.",
    )


def test_stars_are_no_judgement_of_the_whole(tmp_path: Path) -> None:
    text = record("a", [two_groups("0.80", "0.64, 1.00")]) + judged("overall: 3", tool="NOS cohort")
    found = suggested(row_of(loaded_of(tmp_path, "", a=text)), "risk of bias")
    assert found.numbers == ("No overall judgement of risk of bias is recorded.",)


def test_one_estimate_tells_nothing_of_inconsistency_nor_an_interval_beyond_everything(
    tmp_path: Path,
) -> None:
    one = row_of(loaded_of(tmp_path / "one", "{thresholds: {effect: [0.9]}}", **same(1, "0.8", "0.6, 1.1")))
    found = suggested(one, "inconsistency")
    assert (found.word, found.numbers) == ("", ("One estimate: nothing tells how studies differ.",))
    records = {
        "a": record("a", [two_groups("0.50", "0.25, 1.00")]),
        "b": record("b", [two_groups("1.50", "0.75, 3.00")]),
        "c": record("c", [two_groups("0.90", "0.45, 1.80")]),
    }
    wide = row_of(loaded_of(tmp_path / "wide", "{thresholds: {effect: [0.9]}}", **records), RANDOM)
    found = suggested(wide, "inconsistency")
    assert found.word == ""
    assert "Where the mean itself may lie beyond every threshold, new studies tell no more." in found.numbers


def test_asymmetry_is_tested_from_ten_estimates_on(tmp_path: Path) -> None:
    nine = suggested(row_of(loaded_of(tmp_path / "9", "", **same(9, "0.8", "0.6, 1.1"))), "publication bias")
    assert nine.word == ""
    assert nine.numbers == (
        "9 estimates: below 10 a test cannot tell asymmetry from chance (Sterne et al. 2011, BMJ 343:d4002).",
    )


@pytest.mark.parametrize(
    ("slope", "between", "word"),
    [(0.007, (0.05, 0.10), "strongly suspected"), (0.010, (0.10, 0.15), "undetected")],
)
def test_a_small_p_of_the_test_of_asymmetry_is_suspected(
    slope: float, between: tuple[float, float], word: str, tmp_path: Path
) -> None:
    """Ten estimates that fall as their errors grow, and go up and down beside that."""
    records = {}
    for place in range(10):
        estimate = round(0.95 - slope * place + (0.12 if place % 2 else -0.12), 2)
        wide = 1.04 + 0.08 * place
        effect = two_groups(f"{estimate}", f"{estimate / wide:.3f}, {estimate * wide:.3f}")
        records[f"s{place}"] = record(f"s{place}", [effect])
    row = row_of(loaded_of(tmp_path, "", **records))
    pooled = row.rated.group.pooled
    assert pooled is not None
    assert between[0] < pooled.egger().p_value < between[1]
    assert suggested(row, "publication bias").word == word


def test_what_was_examined_without_a_number_is_counted(tmp_path: Path) -> None:
    records = {**same(2, "0.8", "0.6, 1.1"), "q": record("q", [silent("hip")])}
    found = suggested(row_of(loaded_of(tmp_path, "", **records)), "publication bias")
    assert found.numbers[0] == "1 result examined without a number."


def test_risk_of_bias_is_rated_by_the_answer_without_the_studies_at_high_risk(tmp_path: Path) -> None:
    """The study at high risk makes the result; without it the interval includes no effect."""
    records = {
        "a": bias("0.50", "0.40, 0.625", "high", "a"),
        "b": bias("0.90", "0.60, 1.35", "low", "b"),
    }
    row = row_of(loaded_of(tmp_path, "", **records))
    found = suggested(row, "risk of bias")
    assert found.word == "serious"
    weights = [1.0 / math.log(1.25) ** 2, 1.0 / math.log(1.5) ** 2]
    share = 100.0 * weights[0] / sum(weights)
    assert found.numbers[0] == (
        f"1 of 2 estimates at high risk, with {share:.0f} % of the weight; more than half counts as serious, "
        "a convention."
    )
    assert found.numbers[1].startswith("Without them 0.9, 0.6 to 1.35;")
    assert found.numbers[2] == "The answer is another one without them."


@pytest.mark.parametrize(
    ("thresholds", "another"),
    [
        ("effect: [0.7]", True),
        ("effect: [0.9]", False),
        ("per_1000: [-100]", True),
        ("per_1000: [-150]", False),
    ],
)
def test_an_estimate_on_the_other_side_of_a_threshold_is_another_answer(
    thresholds: str, another: bool, tmp_path: Path
) -> None:
    """0.63 becomes 0.8, both below no effect: at 300 per 1,000 110 and 60 fewer."""
    records = {"a": bias("0.50", "0.45, 0.556", "high", "a"), "b": bias("0.80", "0.72, 0.889", "low", "b")}
    choice = f"{{thresholds: {{{thresholds}}}, baseline_risks: [{USUAL}]}}"
    row = row_of(loaded_of(tmp_path, choice, **records))
    assert_allclose(row.rated.ends[0], math.sqrt(0.4), rtol=2e-3)
    found = suggested(row, "risk of bias").numbers
    assert ("The answer is another one without them." in found) == another


def test_an_answer_on_the_other_side_of_no_effect_is_another_one(tmp_path: Path) -> None:
    records = {
        "a": bias("0.50", "0.48, 0.52", "high", "a"),
        "b": bias("1.60", "1.30, 1.97", "low", "b"),
    }
    row = row_of(loaded_of(tmp_path, "", **records))
    assert row.rated.ends[2] < 1.0
    assert suggested(row, "risk of bias").numbers[-1] == "The answer is another one without them."


@pytest.mark.parametrize(
    ("first", "second", "word"),
    [
        ("low", "low", "not serious"),
        ("some concerns", "low", "not serious"),
        ("high", "high", "serious"),
        ("low", "high", "not serious"),
        ("", "", ""),
        ("low", "", ""),
    ],
)
def test_risk_of_bias_of_studies_that_agree(first: str, second: str, word: str, tmp_path: Path) -> None:
    records = {
        "a": bias("0.50", "0.40, 0.625", first, "a"),
        "b": bias("0.50", "0.30, 0.83", second, "b"),
    }
    assert suggested(row_of(loaded_of(tmp_path, "", **records)), "risk of bias").word == word


@pytest.mark.parametrize(
    ("estimate", "ci", "word"),
    [
        ("1.99", "1.8, 2.2", "no"),
        ("2.00", "1.8, 2.22", "large"),
        ("0.50", "0.45, 0.55", "large"),
        ("0.51", "0.45, 0.58", "no"),
        ("5.00", "4.0, 6.25", "very large"),
        ("0.20", "0.16, 0.25", "very large"),
    ],
)
def test_twofold_is_large_and_fivefold_very_large(estimate: str, ci: str, word: str, tmp_path: Path) -> None:
    assert suggested(row_of(loaded_of(tmp_path, "", **same(1, estimate, ci))), "large effect").word == word


def test_an_odds_ratio_is_large_by_the_risk_ratio_at_its_baseline(tmp_path: Path) -> None:
    """Odds of 3 to 7, times 3, are 9 to 7: 0.5625 of persons, a risk ratio of 1.875."""
    records = same(1, "3.00", "2.5, 3.6", measure="OR")
    without = suggested(row_of(loaded_of(tmp_path / "a", "", "OR", **records)), "large effect")
    assert without.word == ""
    choice = f"{{baseline_risks: [{USUAL}]}}"
    with_risk = suggested(row_of(loaded_of(tmp_path / "b", choice, "OR", **records)), "large effect")
    assert with_risk.word == "no"
    assert "At usual it is a risk ratio of 1.88." in with_risk.numbers


def test_a_ratio_that_has_no_absolute_effect_says_why_it_is_not_rated_as_large(tmp_path: Path) -> None:
    choice = f"{{baseline_risks: [{USUAL}]}}"
    for measure, says in (
        ("HR", "A hazard ratio acts over time: the baseline risk needs its period, e.g. 5 years."),
        ("IRR", "IRR and a baseline risk do not give an absolute effect."),
    ):
        records = same(1, "3.00", "2.5, 3.6", measure=measure)
        found = suggested(row_of(loaded_of(tmp_path / measure, choice, measure, **records)), "large effect")
        assert (found.word, found.numbers[1:]) == ("", (says,))


def test_a_slope_is_told_over_the_contrast_of_the_review(tmp_path: Path) -> None:
    """0.01 g/cm² per 1 g/dL is 0.03 over 30 g/L."""
    records = {"a": record("a", [slope("hip", "0.010", "0.004, 0.016")])}
    more = "certainty: {contrast: 30 g/L, thresholds: {effect: [0.02]}}"
    (row,) = rows_of(review(tmp_path, records, more=more), COMMON)
    assert_allclose(row.rated.ends, (0.03, 0.012, 0.048), rtol=1e-12)
    assert row.effect == "Change in BMD (g/cm²) per 1 g/dL hemoglobin, over 30 g/L: 0.03 (0.012 to 0.048)"
    assert suggested(row, "imprecision").word == "serious"
    assert suggested(row, "large effect").word == ""
    assert suggested(row, "dose-response").numbers[0].startswith("The effect is per 1 g/dL")


def test_a_ratio_per_step_is_raised_to_the_contrast(tmp_path: Path) -> None:
    effect = "{measure: OR, per: 1 g/dL, estimate: 0.90, ci: [0.80, 1.0125]}"
    records = {"a": record("a", [f"id: hip, outcome: hip, model: full, effect: {effect}"])}
    scale = "{measure: OR, exposure: hemoglobin, per: 1 g/dL}"
    (row,) = rows_of(review(tmp_path, records, scale, more="certainty: {contrast: 2 g/dL}"), COMMON)
    assert_allclose(row.rated.ends, (0.81, 0.64, 1.0125**2), rtol=1e-9)


def test_domains_that_no_number_tells_are_judged_by_hand(tmp_path: Path) -> None:
    row = row_of(loaded_of(tmp_path, "", **same(2, "0.8", "0.6, 1.1")))
    for domain in ("indirectness", "opposing confounding", "dose-response"):
        assert suggested(row, domain).word == ""
    assert [each.domain for each in row.domains] == list(DOMAIN_WORDS)
    checked = 0
    for each in row.domains:
        if each.suggestion is not None and each.suggestion.word:
            assert each.suggestion.word in DOMAIN_WORDS[each.domain]
            checked += 1
    assert checked >= 1


def test_a_model_of_dependent_effects_is_pooled_again_without_high_risk(tmp_path: Path) -> None:
    records = {
        "a": bias("0.50", "0.40, 0.625", "high", "a"),
        "b": bias("0.90", "0.60, 1.35", "low", "b"),
        "c": bias("0.95", "0.60, 1.50", "low", "c"),
    }
    more = "model: {name: CHE, rho: 0.6}"
    row = row_of(loaded_of(tmp_path, "", more=more, **records))
    found = suggested(row, "risk of bias")
    assert found.numbers[1].startswith("Without them 0.9")
    assert suggested(row, "publication bias").numbers == (
        "Tests of asymmetry are of independent effects, each with its own summary.",
    )
