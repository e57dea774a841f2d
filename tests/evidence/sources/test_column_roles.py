"""Names of columns: what they hold, and names that only look as if they said it."""

from __future__ import annotations

import pytest

from evidence.sources.column_roles import Recognised, measure_in, normal_name, recognise, says_se, spans_of
from evidence.sources.column_words import MEASURES

R = Recognised
NAMES: dict[str, Recognised | None] = {
    "Study": R("study"), "study_id": R("study"), "StudyName": R("study"), "author_year": R("study"),
    "First Author": R("author"), "Year": R("year"), "Publication year": R("year"), "DOI": R("doi"),
    "PubMed ID": R("pmid"), "Reference": R("citation"), "Sex": R("sex"), "Race/Ethnicity": R("ancestry"),
    "arm_name": R("arm"), "Group": R("arm"), "dose_mg_day": R("dose"), "subgroup": R("group"),
    "Adjusted": R("adjustment"), "Adjusted for": R("covariates"), "data_note": R("note"),
    "n": R("n"), "N": R("n"), "sample_n": R("n"), "Sample size": R("n"), "Total 1": R("n1"),
    "exp_n": R("n1"), "nctrl": R("n2"), "n_treatment": R("n1"), "N (placebo)": R("n2"), "nexp": R("n1"),
    "Events 1": R("events1"), "events_control": R("events2"), "ec": R("events2"), "deaths_exp": R("events1"),
    "mean1": R("mean1"), "Mean (control)": R("mean2"), "sdexp": R("sd1"), "SD 2": R("sd2"), "mc": R("mean2"),
    "exp_post_mean": R("mean1", "post"), "ctrl_post_sd": R("sd2", "post"), "age_mean": R("mean", "age"),
    "Mean (SD)": R("mean"), "Mean ± SD, control": R("mean2"), "median_exp": R("median1"), "q1": R("q1"),
    "p75_treated": R("q31"), "person-years exposed": R("person_time1"),
    "beta": R("estimate", "", "beta"), "β": R("estimate", "", "beta"), "OR": R("estimate", "", "OR"),
    "Odds ratio": R("estimate", "", "OR"), "Relative risk": R("estimate", "", "RR"),
    "Hazard Ratio": R("estimate", "", "HR"), "aOR": R("estimate", "", "OR"),
    "HR (95% CI)": R("estimate", "", "HR"),
    "Hedges g": R("estimate", "", "SMD"), "mean_difference": R("estimate", "", "MD"),
    "Standardized mean difference": R("estimate", "", "SMD"), "effect_size": R("estimate"),
    "logOR": R("estimate", "", "OR", True), "log_or": R("estimate", "", "OR", True),
    "ln(RR)": R("estimate", "", "RR", True), "log hazard ratio": R("estimate", "", "HR", True),
    "Adjusted HR": R("estimate", "", "HR"),
    "Crude OR": R("estimate", "crude", "OR"), "ROM": R("estimate", "", "ROM"),
    "ln_rom": R("estimate", "", "ROM", True),
    "beta_lin": R("estimate", "lin", "beta"), "qtc_md_point": R("estimate", "qtc", "MD"),
    "yi": R("estimate"), "vi": R("variance"), "sei": R("se"), "yi_change": R("estimate", "change"),
    "vi_change": R("variance", "change"), "SE": R("se"), "Std. Err.": R("se"), "standard error": R("se"),
    "se_beta": R("se", "", "beta"), "se_log_or": R("se", "", "OR"), "p": R("p"), "p_value": R("p"),
    "P-value": R("p"), "p_interaction": R("p", "interaction"), "t value": R("t"), "df": R("df"),
    "CI_lower_beta_lin": R("ci_low", "lin", "beta"), "ci_upp_post": R("ci_high", "post"),
    "lower": R("ci_low"), "UL": R("ci_high"), "CI low": R("ci_low"), "CI Start": R("ci_low"),
    "ci.ub": R("ci_high"),
    "95% CI": R("ci"), "CI": R("ci"), "95% confidence interval (OR)": R("ci", "", "OR"),
    "n1i": R("n1"), "ai": R("events1"), "x2i": R("events2"), "t1i": R("person_time1"), "m2i": R("mean2"),
    "sd1i": R("sd1"), "ri": R("estimate", "", "r"), "tpos": R("events1"), "cneg": R("non_events2"),
    "Studie": R("study"), "Jahr": R("year"), "OR (95%-KI)": R("estimate", "", "OR"), "p-Wert": R("p"),
    "logRR": R("estimate", "", "RR", True), "lnhr": R("estimate", "", "HR", True),
    "lnrr": R("estimate", "", "RR", True), "loghr": R("estimate", "", "HR", True),
    "logirr": R("estimate", "", "IRR", True), "lnirr": R("estimate", "", "IRR", True),
    "logrom": R("estimate", "", "ROM", True), "lnor": R("estimate", "", "OR", True),
    "ln_irr": R("estimate", "", "IRR", True), "lnrom": R("estimate", "", "ROM", True),
    # what only looks like a role, or may be several
    "pct_female": None, "start": None, "End": None, "high": None, "low": None, "z": None, "t": None,
    "v": None,
    "value": None, "interval": None, "limit": None, "confidence level": R("ci", "level"), "time": None,
    "comparison_group": None, "cmj_arm": None, "n_cases": None, "mean_events": None, "id": None, "bi": None,
    "n_exp_ctrl": None, "lower_upper": None, "or_rr": None, "": None, "Überschrift": None,
}  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_a_name_says_what_its_column_holds_or_nothing(name: str) -> None:
    assert recognise(name) == NAMES[name]


def test_some_names_depend_on_their_neighbours() -> None:
    assert recognise("ci", ["ai", "n1i", "ci", "n2i"]) == R("events2")
    assert recognise("ci", ["beta", "ci"]) == R("ci")
    assert recognise("bi", ["ai", "bi", "ci", "di"]) == R("non_events1")
    assert recognise("di", ["ai", "bi", "ci", "di"]) == R("non_events2")
    assert recognise("response_e", ["response_e", "response_n"]) == R("events", "response")
    assert recognise("response_e", ["response_e"]) is None
    assert recognise("any_response_e", ["any_response_n"]) == R("events", "any_response")
    assert recognise("any_response_e", ["any_n"]) is None
    assert recognise("or_ci", ["or", "or_ci"]) == R("ci", "", "OR")
    assert recognise("or_ci", ["or_ci"]) == R("estimate", "", "OR")
    for name, alone in (("b", R("estimate", "", "beta")), ("d", R("estimate", "", "SMD"))):
        assert recognise(name, ["study", name, "se"]) == alone
        assert recognise(name, ["a", "b", "c", "d"]) is None, "cells of a 2x2 table"


def test_y1_is_a_mean_only_beside_its_sd() -> None:
    assert recognise("y1", ["y1", "n1", "sd2"]) is None
    assert recognise("y1", ["y1", "n1", "sd1"]) == Recognised("mean1")


def test_a_number_beside_a_time_is_of_no_group() -> None:
    assert recognise("Visit 1 events") == R("events", "visit_1")
    assert recognise("events mo 2") == R("events", "mo_2")
    assert recognise("2 years events") == R("events", "2_years")
    assert recognise("Vitamin D 1 events") == R("events1", "vitamin_d"), "one letter is no time"
    assert recognise("Group 1 events week 4") == R("events1", "week_4")
    assert recognise("Visit dose 1 events") == R("events1", "visit_dose"), "a time two words before it"
    assert recognise("Group 1 dose week events") == R("events1", "dose_week"), "or behind it"


def test_low_and_high_are_limits_only_beside_an_effect_or_an_interval() -> None:
    assert recognise("income low") is None
    assert recognise("OR low") == R("ci_low", "", "OR")
    assert recognise("CI inf") == R("ci_low")
    assert recognise("OR sup") == R("estimate", "sup", "OR"), "perhaps a supplement"


def test_shares_and_percentages_are_no_counts_and_no_proportions() -> None:
    for name in ("Event rate treatment", "Events per 1000", "Incidence n", "Risk of events, control"):
        assert recognise(name) is None, name
    assert recognise("Prevalence (%)") is None
    assert recognise("Prevalence, % (95% CI)") is None
    assert recognise("Prevalence (95% CI)") == R("estimate", "", "proportion")
    assert recognise("Prevalence (95 % CI)") == R("estimate", "", "proportion")
    assert recognise("OR, %") == R("estimate", "", "OR")


def test_standard_errors_of_groups_stand_beside_their_means() -> None:
    assert recognise("SE control", ["mean_control", "se_control"]) == R("se2")
    assert recognise("SEM exp", ["moyenne_exp"]) == R("se1")
    assert recognise("SE control", ["or", "se_control"]) == R("se", "control")
    assert recognise("SE", ["mean_control", "se"]) == R("se")
    assert recognise("M exp", ["m_exp", "sd_exp"]) == R("mean1")
    assert recognise("M exp", ["m_exp", "n_exp"]) is None


def test_what_stands_beside_a_median_or_a_mean_is_told_by_the_name() -> None:
    assert [spans_of(f"Median ({word})") for word in ("IQR", "interquartile range", "quartiles")] == [
        ("q1", "q3")
    ] * 3
    assert spans_of("Median (range)") == ("minimum", "maximum")
    assert spans_of("Median") is None
    assert [says_se(name) for name in ("Mean (SE)", "Mean ± SEM", "Mean (standard error)")] == [True] * 3
    assert [says_se(name) for name in ("Mean (SD)", "Mean", "SE or SD")] == [False] * 3


def test_names_are_compared_without_case_signs_and_spaces() -> None:
    spelled = ("First Author", "firstAuthor", " first-author ", "FIRST.AUTHOR")
    assert {normal_name(name) for name in spelled} == {"first_author"}


def test_a_cell_may_name_the_measure_in_words() -> None:
    said = {"OR": "OR", "odds ratio": "OR", "Hazard ratios": "HR", "smd": "SMD", "Mean difference": "MD"}
    assert {text: measure_in(text) for text in said} == said
    assert [measure_in(text) for text in ("PANSS", "log OR", "")] == [None, None, None]


def test_a_word_for_a_measure_is_its_logarithm_where_it_begins_with_log_or_ln_and_nowhere_else() -> None:
    logarithms = 0
    for word, (measure, log) in MEASURES.items():
        bare = word.removeprefix("log").removeprefix("ln")
        assert (log, MEASURES[bare][0]) == (bare != word, measure), word
        logarithms += log
    assert logarithms == 10
