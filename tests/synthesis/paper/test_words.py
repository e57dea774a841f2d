"""Each choice of method has its own words, and where a choice says nothing, nothing is said."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from evidence.records.printed import Percent
from evidence.records.review import Method
from synthesis.paper.contents import manuscript
from synthesis.paper.paper_table import Reported
from tests.synthesis.paper.making import MORE, SLOPES, arms, by_sex, material, pooled_of
from tests.synthesis.review.made import RATIO, record, review, silent, slope

LIMITS = "The 95% confidence interval and the test of no effect were calculated by"


def text_of(reported: Reported) -> str:
    made = manuscript(reported, ["text"])
    return "\n".join(text for passage in made.passages for text in passage.paragraphs)


def summary(reported: Reported) -> list[dict[str, str]]:
    (table,) = manuscript(reported, ["summary"]).tables
    rows = [table.by_name(row) for row in table.rows]
    return [{name: str(cell) for name, cell in row.items() if cell is not None} for row in rows]


@pytest.mark.parametrize(
    ("method", "says"),
    [
        (Method(estimator="DL", test="z"), "Wald's method, with the normal distribution."),
        (Method(test="t"), "Wald's method, with the t distribution."),
        (Method(), "the method of Hartung, Knapp, Sidik and Jonkman [@hartung2001; @sidik2002]."),
        (
            Method(test="adhoc"),
            "the method of Hartung and Knapp, and never narrower than Wald's [@hartung2001; @knapp2003].",
        ),
        (Method(test="KR"), "the method of Kenward and Roger [@kenward1997]."),
        (
            Method(estimator="DL", test="HC"),
            "the method of Henmi and Copas, about the mean with the weights of equal effects [@henmi2010].",
        ),
    ],
)
def test_a_test_has_its_words_and_its_source(method: Method, says: str, tmp_path: Path) -> None:
    assert f"{LIMITS} {says}" in text_of(pooled_of(tmp_path, 6, method))


@pytest.mark.parametrize(
    ("estimator", "says"),
    [
        ("REML", "the restricted maximum likelihood estimator (REML) [@viechtbauer2005]."),
        ("DL2", "the two-step DerSimonian-Laird estimator (DL2) [@dersimonian2007]."),
        ("HSk", "the Hunter-Schmidt estimator with small-sample correction (HSk)."),
        ("PMM", "the median-unbiased Paule-Mandel estimator (PMM)."),
    ],
)
def test_an_estimator_has_its_name_and_its_source(estimator: str, says: str, tmp_path: Path) -> None:
    text = text_of(pooled_of(tmp_path, 6, Method(estimator=estimator)))
    assert f"whose between-study variance τ² was estimated by {says}" in text


@pytest.mark.parametrize(
    ("kind", "alone", "of_a_model"),
    [
        (
            "t(k-1)",
            "the t distribution with k − 1 degrees of freedom [@higgins2009]",
            "the t distribution with the residual degrees of freedom [@higgins2009]",
        ),
        (
            "t(k-2)",
            "the t distribution with k − 2 degrees of freedom [@higgins2009]",
            "the t distribution with one less than the residual degrees of freedom [@higgins2009]",
        ),
        ("z", "the normal distribution", "the normal distribution"),
    ],
)
def test_a_prediction_interval_says_where_it_is_from(
    kind: str, alone: str, of_a_model: str, tmp_path: Path
) -> None:
    says = "A 95% prediction interval for the effect in a new study was calculated from {}; it is never"
    method = Method(prediction=kind)
    assert says.format(alone) in text_of(pooled_of(tmp_path / "alone", 6, method))
    assert says.format(of_a_model) in text_of(by_sex(tmp_path / "groups", "common", method))


@pytest.mark.parametrize(
    ("kind", "says"),
    [
        (
            "HTS",
            "the t distribution with k − 2 degrees of freedom and Wald's standard error [@higgins2009]",
        ),
        (
            "HKSJ",
            "the t distribution with k − 2 degrees of freedom and the standard error of Hartung and Knapp "
            "[@partlett2017]",
        ),
        ("NNF", "the confidence distribution of τ² [@nagashima2019]"),
    ],
)
def test_kinds_of_prediction_of_one_mean_are_told_apart(kind: str, says: str, tmp_path: Path) -> None:
    assert f"was calculated from {says}; it" in text_of(pooled_of(tmp_path, 3, Method(prediction=kind)))


def test_two_studies_have_no_prediction_with_k_minus_2_degrees_of_freedom_and_none_is_told(
    tmp_path: Path,
) -> None:
    assert "prediction" not in text_of(pooled_of(tmp_path, 2, Method(prediction="t(k-2)")))


def test_equal_effects_have_no_tau2_in_words_or_tables_but_i2_and_q(tmp_path: Path) -> None:
    reported = pooled_of(tmp_path, 6, Method(estimator="EE", test="z"))
    text = text_of(reported)
    assert "τ²" not in text
    assert "Heterogeneity: I² = 72%" in text
    assert "The interval for I² is from the Q-profile method [@viechtbauer2007]." in text
    (row,) = summary(reported)
    assert {"Q", "Q_p", "I2"} <= row.keys()
    assert not row.keys() & {"tau2", "tau2_low", "tau2_high", "prediction_low"}


def test_two_equal_effects_say_nothing_of_how_uncertain_a_tau2_is(tmp_path: Path) -> None:
    assert "So few" not in text_of(pooled_of(tmp_path / "ee", 2, Method(estimator="EE", test="z")))
    says = "So few estimates (3) show whether they agree, not how much effects differ elsewhere"
    assert says in text_of(pooled_of(tmp_path / "three", 3))
    assert "So few" not in text_of(pooled_of(tmp_path / "four", 4))


def proportions(folder: Path) -> Reported:
    effect = "{{measure: proportion, group: {{name: all, n: {n}, events: {events}}}}}"
    records = {
        name: record(
            name, [f"id: x, outcome: hip, model: least, effect: {effect.format(n=n, events=events)}"]
        )
        for name, n, events in (("a", 40, 8), ("b", 60, 21), ("c", 90, 20), ("d", 50, 9))
    }
    return material(review(folder, records, scale="{measure: proportion, exposure: hemoglobin}"))


def test_a_proportion_is_tested_against_nothing(tmp_path: Path) -> None:
    """Half of the persons is no absence of an effect."""
    reported = proportions(tmp_path)
    text = text_of(reported)
    assert "The effect measure was the proportion." in text
    assert "Effects were pooled as logits and transformed back." in text
    assert "The 95% confidence interval was calculated by the method of Hartung" in text
    assert "The pooled estimate was 0." in text
    assert "no effect" not in text
    (row,) = summary(reported)
    assert "p" not in row
    assert "Q_p" in row


@pytest.mark.parametrize(
    ("measure", "columns", "says"),
    [
        ("OR", "estimate: 1.2, se: 0.2", "the odds ratio per 1 g/dL hemoglobin."),
        ("r", "estimate: 0.2, se: 0.05, se_of: Fisher z", "the correlation"),
        ("beta", "estimate: 0.2, se: 0.05", "the change in BMD (g/cm²) per 1 g/dL hemoglobin."),
    ],
)
def test_an_effect_measure_stands_in_a_sentence(
    measure: str, columns: str, says: str, tmp_path: Path
) -> None:
    per = "" if measure == "r" else ", per: 1 g/dL"
    unit = ", unit: g/cm2" if measure == "beta" else ""
    columns = columns.partition(", se_of")[0] if measure == "r" else columns
    effect = f"{{measure: {measure}{per}, {columns}}}"
    records = {"a": record("a", [f"id: x, outcome: hip, model: least, effect: {effect}"])}
    scale = f"{{measure: {measure}, exposure: hemoglobin{per}{unit}}}"
    assert f"The effect measure was {says}" in text_of(material(review(tmp_path, records, scale=scale)))


@pytest.mark.parametrize(
    ("method", "tau2", "says"),
    [
        (Method(), "common", "by its F test [@knapp2003]."),
        (Method(test="adhoc"), "common", "by its F test [@knapp2003]."),
        (Method(test="KR"), "common", "by its F test [@kenward1997]."),
        (Method(test="t"), "common", "by its F test."),
        (Method(test="z"), "common", "by its χ² test [@borenstein2013]."),
        (Method(test="t"), "separate", "compared by Welch's F test [@welch1951]."),
        (Method(test="z"), "separate", "compared by a χ² test of their summaries [@borenstein2013]."),
    ],
)
def test_a_test_of_difference_cites_whose_it_is(method: Method, tau2: str, says: str, tmp_path: Path) -> None:
    assert says in text_of(by_sex(tmp_path, tau2, method))


def test_the_level_is_said_of_every_interval(tmp_path: Path) -> None:
    text = text_of(by_sex(tmp_path, "separate", Method(level=Percent.parse("90 %"))))
    assert re.findall(r"95% \w+", text) == ["95% interval"]  # of the reports
    assert text.count("90% CI [") == 5  # two groups, overall, their difference, the same within studies
    assert "A 90% prediction interval" in text
    assert "90% CrI [" in text


CITED = re.compile(r"@([a-z]+\d{4})")


@pytest.mark.parametrize("made", [arms, lambda folder: by_sex(folder, "common"), proportions])
def test_what_the_text_cites_is_the_list_of_references(
    made: Callable[[Path], Reported], tmp_path: Path
) -> None:
    written = manuscript(made(tmp_path), ["text"])
    text = " ".join(text for passage in written.passages for text in passage.paragraphs)
    assert list(dict.fromkeys(CITED.findall(text))) == [each.key for each in written.references]


def test_studies_that_agree_too_well_have_two_intervals_in_one_model_too(tmp_path: Path) -> None:
    """Within each sex all estimates are nearly equal: Hartung and Knapp's interval is the narrower one."""
    ends = "-0.0100, 0.0300"
    records = {
        name: record(name, [f"{slope('x', estimate, ends)}, stratum: {{sex: {sex}}}"])
        for name, estimate, sex in (
            ("a", "0.0100", "men"),
            ("b", "0.0101", "men"),
            ("c", "0.0100", "women"),
            ("d", "0.0102", "women"),
            ("e", "0.0101", "women"),
        )
    }
    more = "stratum: {sex: each}\n    group_by: sex\n    tau2: common"
    reported = material(review(tmp_path, records, more=more))
    (result,) = reported.results
    text = text_of(reported)
    assert "Where the Hartung-Knapp interval was narrower than the Wald interval, both" in text
    assert text.count("The Wald interval was wider, [") == 3
    men = result.groups[0].mean
    assert men is not None
    assert f"The Wald interval was wider, [{men.wald[0]:.4f}, {men.wald[1]:.4f}]".replace("-", "−") in text
    assert [{"wald_low", "wald_high"} <= row.keys() for row in summary(reported)] == [True] * 3


@pytest.mark.parametrize(
    ("measure", "rows", "says"),
    [
        (
            "OR",
            ("estimate: 1.3, p: 0.03", "estimate: 1.2, p: 0.04"),
            "calculated from the p-value (2 estimates) [@altman2011].",
        ),
        (
            "OR",
            ("estimate: 1.3, p: < 0.05", "estimate: 1.2, se: 0.2"),
            "set to the largest that p < 0.05 allows (1 estimate) [@cochrane2019] and taken as reported "
            "(1 estimate).",
        ),
        (
            "OR",
            ("estimate: 1.3, ci: [1.1, 1.5]", "estimate: 1.2, t: 2.2"),
            "calculated from the 95% interval (1 estimate) and calculated from the test statistic (1 "
            "estimate).",
        ),
        (
            "r",
            ("estimate: 0.3, ci: [0.1, 0.5]", "estimate: 0.2"),
            "calculated from the 95% interval (1 estimate) and calculated from the number of persons (1 "
            "estimate).",
        ),
    ],
)
def test_each_way_to_a_standard_error_is_told_with_its_number(
    measure: str, rows: tuple[str, str], says: str, tmp_path: Path
) -> None:
    per = "" if measure == "r" else ", per: 1 g/dL"
    records = {
        f"s{place}": record(
            f"s{place}",
            [f"id: x, outcome: hip, model: least, n: 50, effect: {{measure: {measure}{per}, {row}}}"],
        )
        for place, row in enumerate(rows)
    }
    scale = f"{{measure: {measure}, exposure: hemoglobin{per}}}"
    assert f"Standard errors were {says}" in text_of(material(review(tmp_path, records, scale=scale)))


def test_what_several_analyses_have_in_common_is_said_once_and_before_them(tmp_path: Path) -> None:
    records = {f"s{i}": record(f"s{i}", [slope("x", *numbers)]) for i, numbers in enumerate(SLOPES)}
    records["spine"] = record("spine", [slope("x", "0.02", "0.01, 0.03", outcome="spine")])
    more = "".join(
        f"\n  - id: {name}\n    title: {name.title()}\n    outcome: {{name: BMD, sites: [{site}]}}"
        for name, site in (("again", "hip"), ("spine", "spine"))
    ).lstrip()
    more = f"stratum: {{}}\n  {more}"
    loaded = review(tmp_path, records, more=more, sites="hip")
    made = manuscript(material(loaded), ["text"])
    assert [each.heading for each in made.passages] == ["Statistical analysis", "Everybody", "Again", "Spine"]
    (shared,), *others = (each.paragraphs for each in made.passages)
    assert "random-effects" in shared
    assert [len(each) for each in others] == [1, 1, 2]  # the results, and of the lone study its own methods
    assert not [text for each in others for text in each if "random-effects" in text]
    alone = manuscript(material(review(tmp_path / "alone", records, sites="hip")), ["text"])
    assert [each.heading for each in alone.passages] == ["Everybody"]
    assert "random-effects" in alone.passages[0].paragraphs[0]


def test_what_says_itself_of_which_pools_it_is_stands_before_all_and_the_rest_with_its_analysis(
    tmp_path: Path,
) -> None:
    """One pool of three studies, which has a Bayesian interval, and one of four."""
    records = {f"s{i}": record(f"s{i}", [slope("x", *numbers)]) for i, numbers in enumerate(SLOPES)}
    records["spine"] = record("spine", [slope("x", *MORE[0], outcome="spine")])
    more = "stratum: {}\n  - id: two\n    title: Two\n    outcome: {name: BMD, sites: [hip, spine]}"
    made = manuscript(material(review(tmp_path, records, more=more, sites="hip")), ["text"])
    (shared,), first, second = (each.paragraphs for each in made.passages)
    assert shared.count("For summaries of two or three studies a Bayesian interval is given as well") == 1
    assert "Standard errors" not in shared
    own = "Standard errors were calculated from the 95% interval ({} estimates)."
    assert [each[0] for each in (first, second)] == [own.format(3), own.format(4)]


def test_numbers_left_out_and_silent_are_counted_in_words(tmp_path: Path) -> None:
    records = {
        "a": record("a", [slope("x", "0.020", "0.010, 0.030")]),
        "b": record("b", [slope("x", "0.010", "0.000, 0.020")], status="retracted"),
        "c": record("c", [silent("x")]),
    }
    text = text_of(material(review(tmp_path / "one", records)))
    assert "1 estimate was left out." in text
    records["d"] = record("d", [slope("x", "0.010", "0.000, 0.020")], status="retracted")
    records["e"] = record("e", [silent("x")])
    text = text_of(material(review(tmp_path / "two", records)))
    assert "2 estimates were left out." in text
    assert "For 2 further estimates the report gives no number." in text
    nothing = {name: records[name] for name in ("b", "c")}
    assert "No estimate entered the analysis." in text_of(material(review(tmp_path / "three", nothing)))


def test_ratios_are_said_to_be_pooled_as_logarithms(tmp_path: Path) -> None:
    rows = [f"id: x, outcome: hip, model: least, effect: {{measure: OR, per: 1 g/dL, estimate: {e}, se: 0.2}}" for e in (1.2, 1.3)]  # fmt: skip  # noqa: E501
    records = {f"s{place}": record(f"s{place}", [row]) for place, row in enumerate(rows)}
    text = text_of(material(review(tmp_path, records, scale=RATIO)))
    assert "Effects were pooled as natural logarithms and transformed back." in text
    assert "transformed back" not in text_of(pooled_of(tmp_path / "slopes", 2))


def test_studies_that_agree_too_well_have_two_intervals_without_groups(tmp_path: Path) -> None:
    says = "Where the Hartung-Knapp interval was narrower than the Wald interval, both are reported"
    records = {name: record(name, [slope("x", f"0.010{name}", "-0.0100, 0.0300")]) for name in "1234"}
    text = text_of(material(review(tmp_path / "agree", records)))
    assert says in text
    assert text.count("The Wald interval was wider, [") == 1
    assert says not in text_of(pooled_of(tmp_path / "differ", 6))


def test_studies_in_another_unit_or_step_are_said_to_be_converted_and_no_others(tmp_path: Path) -> None:
    """In mg/cm2, per 2 g/dL, and as the review wants it."""
    records = {name: record(name, [slope("one", *each)]) for name, each in zip("abc", SLOPES, strict=True)}
    own = material(review(tmp_path / "own", records))
    assert "were converted" not in text_of(own)
    records["a"] = record("a", [slope("one", "20", "8, 32")]).replace("unit: g/cm2}", "unit: mg/cm2}")
    records["b"] = records["b"].replace("per: 1 g/dL", "per: 2 g/dL")
    said = text_of(material(review(tmp_path / "other", records)))
    assert "Effects of these studies were converted to the unit and step: A; B." in said


@pytest.mark.parametrize(
    ("spread", "cited"),
    [
        ("q1: 8, q3: 13", "[@luo2018; @wan2014]"),
        ("minimum: 5, maximum: 17", "[@luo2018; @wan2014]"),
        ("minimum: 5, q1: 8, q3: 13, maximum: 17", "[@luo2018; @wan2014; @shi2020]"),
    ],
)
def test_medians_cite_whose_formulas_made_means_of_them(spread: str, cited: str, tmp_path: Path) -> None:
    """With quartiles and both ends the SD is that of Shi et al."""
    versus = "versus: {exposed: low, reference: high}"
    groups = f"[{{name: low, n: 40, median: 10, {spread}}}, {{name: high, n: 50, median: 10.5, {spread}}}]"
    row = f"id: x, outcome: hip, model: full, effect: {{measure: MD, {versus}, groups: {groups}}}"
    scale = f"{{measure: MD, exposure: hemoglobin, unit: g/cm2, {versus}}}"
    reported = material(review(tmp_path, {"a": record("a", [row]), "b": record("b", [row])}, scale=scale))
    assert f" (2 estimates) {cited}." in text_of(reported)


def test_a_median_of_one_group_cites_them_too(tmp_path: Path) -> None:
    group = "{name: all, n: 40, median: 10, minimum: 5, q1: 8, q3: 13, maximum: 17}"
    row = f"id: x, outcome: hip, model: full, effect: {{measure: mean, group: {group}}}"
    scale = "{measure: mean, exposure: hemoglobin, unit: g/cm2}"
    reported = material(review(tmp_path, {"a": record("a", [row]), "b": record("b", [row])}, scale=scale))
    assert " (2 estimates) [@luo2018; @wan2014; @shi2020]." in text_of(reported)


def test_a_ratio_that_is_taken_for_another_is_said_to_be(tmp_path: Path) -> None:
    def row(measure: str) -> str:
        effect = f"{{measure: {measure}, per: 1 g/dL, estimate: 1.2, se: 0.2}}"
        return f"id: x, outcome: hip, model: full, effect: {effect}"

    records = {"a": record("a", [row("OR")]), "b": record("b", [row("RR")])}
    taken = material(review(tmp_path / "rr", records, scale=RATIO, more="accept: [RR]"))
    assert "Pooled as if they were the odds ratio: risk ratio (B)." in text_of(taken)
    own = material(review(tmp_path / "or", {"a": records["a"]}, scale=RATIO))
    assert "Pooled as if" not in text_of(own)


def test_of_all_analyses_also_what_none_asks_for_is_listed(tmp_path: Path) -> None:
    row = slope("one", *SLOPES[0])
    loaded = review(
        tmp_path, {"a": record("a", [row, slope("two", *SLOPES[1], outcome="spine")])}, sites="hip"
    )
    reported = Reported.of_all(loaded, material(loaded).results)
    (table,) = manuscript(reported, ["left-out"]).tables
    assert [table.by_name(each)["what"] for each in table.rows] == ["in no analysis"]


def test_persons_are_counted_where_every_row_states_them_and_no_groups_share_them(tmp_path: Path) -> None:
    """By sex men and women of three studies, and men of three more: 600 and 360; sites share them."""
    assert "of 6 studies (960 persons)." in text_of(by_sex(tmp_path / "sex"))
    rows = [f"{slope(site, *SLOPES[0], outcome=site)}, n: 100" for site in ("hip", "spine")]
    shared = material(review(tmp_path / "site", {"a": record("a", rows)}, more="group_by: site"))
    assert "The analysis has 2 estimates of 1 study." in text_of(shared)
