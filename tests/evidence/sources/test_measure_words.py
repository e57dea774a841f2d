"""Words that say what numbers are: measures in sentences, roles of columns."""

from __future__ import annotations

import pytest

from evidence.sources.measure_words import (
    homonyms_in,
    measures_in,
    only_measure,
    role_of,
    symbol_before,
    without_homonyms,
)

MEASURES = {
    "beta": ["β", "beta", "Beta coefficient", "regression coefficient", "slope", "β(SD) (95% CI)a"],
    "OR": [
        "OR",
        "aOR",
        "cOR",
        "AOR",
        "ORs",
        "odds ratio",
        "Odds ratio (OR)",
        "crudeor",
        "adjusted odds-ratios",
    ],
    "HR": ["HR", "aHR", "sHR", "hazard ratio", "Hazards ratios", "adjhr"],
    "RR": ["RR", "aRR", "risk ratio", "relative risk", "adjrr", "logrr", "log RR"],
    "IRR": ["IRR", "aIRR", "incidence rate ratio", "rate ratio"],
    "RD": ["RD", "ARD", "risk difference", "absolute risk reduction"],
    "MD": ["MD", "WMD", "mean difference", "difference in means"],
    "SMD": ["SMD", "standardised mean difference", "standardized mean differences", "Hedges' g", "Cohen's d"],
    "r": ["correlation", "Pearson's correlation coefficient", "Spearman", "rho", "ρ", "r"],
    "proportion": ["prevalence", "Seroprevalence (%)"],
}
NO_MEASURE = ["or", "Or", "her", "beta-blocker", "beta cells", "estimate", "effect", "rr", "prior"]


@pytest.mark.parametrize("measure", MEASURES)
def test_a_measure_is_known_by_its_usual_names(measure: str) -> None:
    for words in MEASURES[measure]:
        said = only_measure(words)
        assert said is not None, words
        assert said.measure == measure


@pytest.mark.parametrize("words", NO_MEASURE)
def test_other_words_name_no_measure(words: str) -> None:
    assert measures_in(words) == []
    assert only_measure(words) is None


def test_two_measures_are_not_one_and_a_logarithm_is_not_the_ratio() -> None:
    assert only_measure("OR or HR") is None
    assert only_measure("OR and log OR") is None
    assert only_measure("OR (odds ratio)") is not None
    for words in ("log OR", "logrr", "log of the hazard ratio", "ln(HR)", "log(RR)", "ln OR"):
        said = only_measure(words)
        assert said is not None
        assert said.on_log, words
    for words in ("logistic OR", "catalog of HR", "OR of the log"):
        said = only_measure(words)
        assert said is not None
        assert not said.on_log, words


def test_of_names_within_names_the_longer_counts() -> None:
    assert [
        said.measure for said in measures_in("SMD, standardised mean difference and mean difference")
    ] == [
        "SMD",
        "SMD",
        "MD",
    ]
    assert [said.measure for said in measures_in("incidence rate ratio")] == ["IRR"]


@pytest.mark.parametrize(
    ("words", "measure"),
    [("with r ", "r"), ("r (98) ", "r"), ("d ", "SMD"), ("g ", "SMD"), ("b ", "beta"), ("B ", "beta")],
)
def test_a_letter_before_the_sign_says_a_measure(words: str, measure: str) -> None:
    said = symbol_before(words)
    assert said is not None
    assert said.measure == measure


@pytest.mark.parametrize("words", ["or ", "x^r ", "and ", "bbb ", "r and ", "R "])
def test_letters_of_words_say_none(words: str) -> None:
    assert symbol_before(words) is None


ROLES = {
    "p": ["p", "P", "pa", "P-value", "p value", "P value*", "Pr(>|z|)", "Sig."],
    "p of another test": ["P trend", "p for interaction", "P for trend", "p-value for heterogeneity"],
    "low": ["lb", "LCL", "Lower", "lower limit", "95%ci.lb", "ci.lb", "Lower 95% CI", "95% CI lower"],
    "high": ["ub", "UCL", "Upper", "upper bound", "95%ci.ub", "ci.ub", "95% CI upper limit"],
    "ci": ["95% CI", "95 % C.I.", "CI", "95% confidence interval (OR)", "(95%CI)", "[95% CI]"],
    "se": ["SE", "S.E.", "SEM", "Std. Error", "Std. Err.", "standard error", "SE of β"],
    "t": ["t", "Z", "z value", "t-statistic", "Z score", "t ratio"],
    "estimate": [
        "Estimate",
        "OR (95% CI)",
        "β",
        "Coefficient",
        "Coef.",
        "Effect size",
        "r",
        "B",
        "Exp(B)",
        "HR",
    ],
    "mean": ["Mean", "Means"],
    "sd": ["SD", "S.D.", "Standard deviation", "Std. Dev."],
    "events": ["Events", "No. positive", "Cases", "n events", "Number of deaths", "case", "Fractures"],
    "n": ["n", "N", "N = 120", "Total", "Total sampled", "Participants", "sample size"],
    "person-time": ["Person-years", "person years", "peryears", "PY", "Person-time"],
    "counts": ["n (%)", "No. (%)", "Cases, n (%)", "n/N"],
    None: ["Variable", "dose", "Wald", "df", "Age", "Men", "Mean (SD)", "", "SNP", "Model 1", "x" * 500],
}


@pytest.mark.parametrize("role", ROLES, ids=str)
def test_a_column_is_known_by_its_head(role: str | None) -> None:
    assert {head: role_of(head) for head in ROLES[role]} == dict.fromkeys(ROLES[role], role)


def test_a_measure_has_the_words_that_say_it_and_their_place() -> None:
    assert [
        (said.measure, said.words, said.at, said.on_log) for said in measures_in("the OR and log HR")
    ] == [
        ("OR", "OR", 4, False),
        ("HR", "HR", 15, True),
    ]
    said = symbol_before("with r (98) ")
    assert said is not None
    assert (said.words, said.at, said.on_log) == ("r (98)", 5, False)
    said = only_measure("r (p)")
    assert said is not None
    assert (said.measure, said.words, said.at) == ("r", "r", 0)


def test_short_names_of_four_letters_may_mean_something_else_and_longer_ones_do_not() -> None:
    said = measures_in("HR aHR aHRs adjhr hazard ratio OR")
    kept = without_homonyms(said, frozenset({"HR"}))
    assert [each.words for each in kept] == ["adjhr", "hazard ratio", "OR"]
    assert without_homonyms(said, frozenset()) == said


@pytest.mark.parametrize(
    ("paper", "homonyms"),
    [
        ("Heart rate was taken", {"HR"}),
        ("Heart rate and hazards", set()),
        ("the respiratory rate", {"RR"}),
        ("the respiratory rate, a Relative risk", set()),
        ("the respiratory rate, a rate ratio", set()),
        ("heart rate, respiratory rate", {"HR", "RR"}),
        ("hazard", set()),
    ],
)
def test_a_paper_that_names_the_other_thing_only_means_it(paper: str, homonyms: set[str]) -> None:
    assert homonyms_in(paper) == homonyms
