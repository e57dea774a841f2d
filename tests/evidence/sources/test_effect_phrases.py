"""Effects in running text: the forms in which papers print them, and what only looks like one."""

from __future__ import annotations

import pytest

from tests.evidence.sources.candidate_words import read, told

WITH_AN_INTERVAL = {
    "OR 0.84 (95% CI 0.63-1.12; P = .03)": "OR: estimate 0.84, level 95 %, low 0.63, high 1.12, p 0.03",
    "The odds ratio was 0.84 (95% confidence interval, 0.63 to 1.12), p<0.001.": (
        "OR: estimate 0.84, level 95 %, low 0.63, high 1.12, p < 0.001"
    ),
    "(hazard ratio, 0.84; 95% confidence interval [CI], 0.72 to 0.97; P=0.02)": (
        "HR: estimate 0.84, level 95 %, low 0.72, high 0.97, p 0.02"
    ),
    "adjusted odds ratio [aOR] 1.50, 95% CI [1.10, 2.04]": (
        "OR: estimate 1.50, level 95 %, low 1.10, high 2.04"
    ),
    "HR:1.35(95%CI:1.10~1.66,P=0.004)": "HR: estimate 1.35, level 95 %, low 1.10, high 1.66, p 0.004",
    "OR 1.35, CI95% 1.10–1.66": "OR: estimate 1.35, low 1.10, high 1.66",
    "OR 1.35 (IC 95% 1.10–1.66)": "OR: estimate 1.35, level 95 %, low 1.10, high 1.66",
    "OR 1.35 (95%-KI 1.10–1.66)": "OR: estimate 1.35, level 95 %, low 1.10, high 1.66",
    "OR 1.35 (1.10, 1.66, P = 0.004)": "OR: estimate 1.35, low 1.10, high 1.66, p 0.004",
    "incidence of 12.5 per 1000 person-years (95% CI 10.2–15.1)": (
        "?: estimate 12.5, level 95 %, low 10.2, high 15.1"
    ),
    "OR (95% CI) = 0.84 (0.63, 1.12)": "OR: estimate 0.84, low 0.63, high 1.12",
    "OR [95% CI]: 0.84 [0.63, 1.12]": "OR: estimate 0.84, low 0.63, high 1.12",
    "aOR: 2.1 (1.3–3.4)": "OR: estimate 2.1, low 1.3, high 3.4",
    "hazard ratio 1.21; 95% CI 0.84–1.73; P=0.31": (
        "HR: estimate 1.21, level 95 %, low 0.84, high 1.73, p 0.31"
    ),
    "HR, 1.21 [0,84; 1,73]": "HR: estimate 1.21, low 0.84, high 1.73",
    "HR 1,21 (95 % CI 1,05-1,46); p = 0,03": ("HR: estimate 1.21, level 95 %, low 1.05, high 1.46, p 0.03"),
    "OR ,84 (95 % KI ,63-1,12); p = ,24": "OR: estimate 0.84, level 95 %, low 0.63, high 1.12, p 0.24",
    "HR 1,21 (,85-1,46), p<,05": "HR: estimate 1.21, low 0.85, high 1.46, p < 0.05",
    "adjusted HR = 0.72 (0.55, 0.94)": "HR: estimate 0.72, low 0.55, high 0.94",
    "RR=1.45, 95% CI: 1.10 to 1.92": "RR: estimate 1.45, level 95 %, low 1.10, high 1.92",
    "incidence rate ratio (IRR) 1.32 (90% CI 1.05, 1.66)": (
        "IRR: estimate 1.32, level 90 %, low 1.05, high 1.66"
    ),
    "risk difference −3.1% (95% CI −5.0% to −1.2%)": (
        "RD: estimate -3.1 %, level 95 %, low -5.0 %, high -1.2 %"
    ),
    "mean difference, -2.3 mmHg (95% CI, -4.1 to -0.5; P = 0.01)": (
        "MD: estimate -2.3, level 95 %, low -4.1, high -0.5, p 0.01"
    ),
    "MD −2.3 [−4.1, −0.5]": "MD: estimate -2.3, low -4.1, high -0.5",
    "The pooled SMD was −0.35 (95% CI −0.60 to −0.10; I² = 45%).": (
        "SMD: estimate -0.35, level 95 %, low -0.60, high -0.10"
    ),
    "a standardised mean difference of 0.2 (95% CI 0.1, 0.3)": (
        "SMD: estimate 0.2, level 95 %, low 0.1, high 0.3"
    ),
    "Cohen's d = 0.45 (95% CI 0.10-0.80)": "SMD: estimate 0.45, level 95 %, low 0.10, high 0.80",
    "prevalence of 12.3% (95% CI 10.1–14.9)": (
        "proportion: estimate 12.3 %, level 95 %, low 10.1, high 14.9"
    ),
    "the log relative risk was 0.0454 (95% CI 0.0049, 0.0859)": (
        "log RR: estimate 0.0454, level 95 %, low 0.0049, high 0.0859"
    ),
    "β = -0.11 (-0.22 - 0.01), p = 0.062": "beta: estimate -0.11, low -0.22, high 0.01, p 0.062",
    "β = -0.11 (-0.22 -0.01), p = 0.002": "beta: estimate -0.11, low -0.22, high -0.01, p 0.002",
    "OR 0.84 (0.63 -1.12)": "OR: estimate 0.84, low 0.63, high 1.12",
    "reduced by 0.04 g/cm^2 (95% CI -0.06, -0.02) per allele carried (p = 4.6×10^-6)": (
        "?: estimate 0.04, level 95 %, low -0.06, high -0.02, p 0.0000046"
    ),
    "0.84 (95% CI: 0.63, 1.12; n = 450; p = 0.2)": (
        "?: estimate 0.84, level 95 %, low 0.63, high 1.12, n 450, p 0.2"
    ),
    "rose by 0.18 SD (0.05, 0.32) p = 0.007 per allele": "?: estimate 0.18, low 0.05, high 0.32, p 0.007",
}


@pytest.mark.parametrize("text", WITH_AN_INTERVAL)
def test_an_estimate_with_its_interval_is_read_as_printed(text: str) -> None:
    assert told(text) == [WITH_AN_INTERVAL[text]]
    broken = text.replace(" (", "\n(").replace(", p", ",\np")
    assert told(broken) == [WITH_AN_INTERVAL[text]], "a line break changes nothing"


WITHOUT = {
    "β = 0.13 ± 0.04": "beta: estimate 0.13, se 0.04?",
    "β 0.13 (SE 0.04)": "beta: estimate 0.13, se 0.04",
    "β (SE) = 0.12 (0.04), p=0.003": "beta: estimate 0.12, se 0.04, p 0.003",
    "ln(HR) 0.19 (SE 0.07)": "log HR: estimate 0.19, se 0.07",
    "regression coefficient 0.13 (SE 0.04, p = 0.001)": "beta: estimate 0.13, se 0.04, p 0.001",
    "B = 0.52, SE = 0.10, t(98) = 5.2, p < .001": ("beta: estimate 0.52, se 0.10, df 98, t 5.2, p < 0.001"),
    "Hedges' g = 0.45, SE = 0.12": "SMD: estimate 0.45, se 0.12",
    "r = 0.45, p = 0.003": "r: estimate 0.45, p 0.003",
    "r(98) = .45, p < .001": "r: estimate 0.45, p < 0.001",
    "r = 0.45 (n = 50)": "r: estimate 0.45, n 50",
    "Pearson correlation coefficient r = −0.32 (p=0.02)": "r: estimate -0.32, p 0.02",
    "Spearman's rho 0.32 (P-value 0.02)": "r: estimate 0.32, p 0.02",
    "(OR = 7.3; p<0.001)": "OR: estimate 7.3, p < 0.001",
    "log OR 0.35 (SE 0.12)": "log OR: estimate 0.35, se 0.12",
}


@pytest.mark.parametrize("text", WITHOUT)
def test_an_estimate_with_its_standard_error_or_p_is_one_too(text: str) -> None:
    assert told(text) == [WITHOUT[text]]


def test_several_in_one_sentence_have_the_measure_named_last_before_them() -> None:
    text = (
        "The HR for death was 1.21 (95% CI 0.84 to 1.73), for stroke 1.5 (1.1 to 2.0), the OR 2.0 (1.5-2.7)."
    )
    assert told(text) == [
        "HR: estimate 1.21, level 95 %, low 0.84, high 1.73",
        "HR: estimate 1.5, low 1.1, high 2.0",
        "OR: estimate 2.0, low 1.5, high 2.7",
    ]
    assert told("The OR was high. Men lost 0.5 kg (95% CI 0.1 to 0.9).") == [
        "?: estimate 0.5, level 95 %, low 0.1, high 0.9"
    ]


@pytest.mark.parametrize(
    "text",
    [
        "median age 62 (50-79) years; BMI 25.1 (22.3-28.9)",
        "Serum ferritin was 85.2 (IQR 40.1-120.5)",
        "a median of 3.1 (1.2, 5.6) mg/L",
        "Patients were followed for 5.2 (3.1) years [6,37] and (8, 9).",
        "R² = 0.35, p < 0.01; F(1, 98) = 5.2, p = 0.02; χ² = 4.5, p = 0.03",
        "Q = 4.78, p value = 0.68",
        "an odds ratio, 95% CI 0.63",
        "In 2010 (95 of them) and since 2013 (18-20)",
        "moderate LD between these SNPs (0.69<r^2>0.39), r^2 = 0.67, p = 0.01",
        "OR 0.84",
        "p = 0.03 (95% CI)",
        "or 0.84, p = 0.03",
        "beta-blockers 12.5, p = 0.03",
        "1:500 at 37°C (0.5, 1.5)",
    ],
)
def test_what_only_looks_like_an_effect_is_none(text: str) -> None:
    assert told(text) == []


def test_two_numbers_in_brackets_need_a_word_or_a_p_and_the_estimate_between_them() -> None:
    assert told("It was 0.84 (0.63, 1.12) here") == []
    assert told("It was 0.84 (0.63, 1.12), p = 0.2") == ["?: estimate 0.84, low 0.63, high 1.12, p 0.2"]
    assert told("It was 0.64 (0.73, 1.12), p = 0.2") == []
    assert told("The OR was 0.64 (0.73, 1.12)") == []
    assert told("The OR was 0.64 (95% CI 0.73, 1.12)") == [
        "OR: estimate 0.64, level 95 %, low 0.73, high 1.12"
    ]
    assert told("The OR was 3 (2, 4)") == [], "whole numbers may be citations"


@pytest.mark.parametrize(
    "text",
    ["β -0.11, -0.22, 0.01) men", "β -0.11 (-0.22, 0.01", "β -0.11 (-0.22, 0.01\nmen"],
)
def test_a_missing_bracket_loses_nothing_and_is_said(text: str) -> None:
    [found] = read(text)
    assert {role: str(shown) for role, shown in found.numbers.items()} == {
        "estimate": "-0.11",
        "low": "-0.22",
        "high": "0.01",
    }
    assert found.remarks == ("a bracket of its interval is missing",)


def test_brackets_of_the_line_tell_whether_one_is_missing() -> None:
    assert told("(β -0.11, -0.22, 0.01)") == [], "a list in brackets"
    [found] = told("Men (n = 40) β -0.11, -0.22, 0.01)")
    assert found == "beta: estimate -0.11, low -0.22, high 0.01"
    for other in ("-0.11, -0.22, 1)", "-1, -0.22, 0.01)", "-0.11, -1, 0.01)", "0.11, -0.22, 0.01)"):
        assert told(f"Men (n = 40) β {other}") == [], "a list with a bracket"
    [found] = told("(Men\nβ -0.11, -0.22, 0.01)")
    assert found == "beta: estimate -0.11, low -0.22, high 0.01"


def test_a_short_name_that_the_paper_uses_for_something_else_says_no_measure() -> None:
    heart = "Heart rate (HR) was taken. HR 72 (95% CI 70-74)."
    assert told(heart) == ["?: estimate 72, level 95 %, low 70, high 74"]
    assert told(heart.replace("taken", "a hazard")) == ["HR: estimate 72, level 95 %, low 70, high 74"]
    assert told("RR 16.2 (95% CI 15.1-17.3), the respiratory rate") == [
        "?: estimate 16.2, level 95 %, low 15.1, high 17.3"
    ]


def test_a_list_of_estimates_shares_the_measure_before_it_and_other_numbers_do_not() -> None:
    text = "Hazard ratios were 1.00 (reference), 1.12 (0.95–1.32), 1.35 (1.10–1.66) across tertiles"
    assert told(text) == ["HR: estimate 1.12, low 0.95, high 1.32", "HR: estimate 1.35, low 1.10, high 1.66"]
    assert told("The HR was low and their body mass index was 25.1 (22.3-28.9)") == []


@pytest.mark.parametrize(
    "text",
    [
        "The HR was 0.84 (95% CI 0.72 to 0.97); at 5 years 12 (95% CI 10 to 14) had died",
        "The HR was 0.84 (95% CI 0.72 to 0.97) and 12% (95% CI 10 to 14) had died",
        "The HR was 0.84 (95% CI 0.72 to 0.97) and 12 kg (95% CI 10 to 14) were lost",
        "In 40 men the HR was 0.84 (95% CI 0.72 to 0.97), in 50 others 12 (95% CI 10 to 14)",
    ],
)
def test_a_measure_does_not_reach_past_numbers_of_other_matters_or_units(text: str) -> None:
    assert told(text) == [
        "HR: estimate 0.84, level 95 %, low 0.72, high 0.97",
        f"?: estimate 12{' %' if '12%' in text else ''}, level 95 %, low 10, high 14",
    ]


@pytest.mark.parametrize("p", ["P for trend = 0.004", "P=.01 for interaction", "p=0.2 for heterogeneity"])
def test_the_p_of_another_test_is_not_that_of_the_estimate(p: str) -> None:
    assert told(f"HR=1.21 (95% CI, 1.05-1.40; {p})") == ["HR: estimate 1.21, level 95 %, low 1.05, high 1.40"]
    assert told(f"The HR was 1.21 ({p})") == []


def test_numbers_of_another_sentence_or_too_far_away_do_not_belong() -> None:
    assert told("The OR was 0.84. In 95% CI 0.63-1.12 were printed.") == []
    far = "x" * 70
    assert told(f"The OR was 0.84 {far} (95% CI 0.63-1.12)") == []
    assert told(f"The OR was 0.84 {far[:-10]} (95% CI 0.63-1.12)") == [
        "OR: estimate 0.84, level 95 %, low 0.63, high 1.12"
    ]


def test_a_number_after_an_interval_is_its_p_only_if_it_can_be() -> None:
    caption = "Table 3 Slopes, 95%CI\n"
    rows = "Men -0.0056(-0.0089,-0.0024)\n0.000759\nWomen 0.5 (0.1, 0.9) 1.5 0.3 (0.2, 0.4) 0.03"
    assert told(caption + rows) == [
        "beta: estimate -0.0056, low -0.0089, high -0.0024, p 0.000759?",
        "beta: estimate 0.5, low 0.1, high 0.9",
        "beta: estimate 0.3, low 0.2, high 0.4, p 0.03?",
    ]
    assert told(f"{caption}Men 0.5 (0.1, 0.9) 0.3 (0.2, 0.4)") == [
        "beta: estimate 0.5, low 0.1, high 0.9",
        "beta: estimate 0.3, low 0.2, high 0.4",
    ]


def test_an_effect_knows_its_line_its_quote_and_the_words_that_told_its_measure() -> None:
    [found] = read("Results\nIn men the odds ratio was\n0.84 (95% CI 0.63-1.12).")
    assert (found.spot.at, found.spot.table) == ("line 3", None)
    assert found.quote == "0.84 (95% CI 0.63-1.12)."
    assert found.said == "odds ratio"
    long = "A first sentence is here. " * 20 + "In men the OR was 0.84 (95% CI 0.63-1.12). " + "Later. " * 50
    [found] = read(long)
    assert found.quote == "In men the OR was 0.84 (95% CI 0.63-1.12)."
