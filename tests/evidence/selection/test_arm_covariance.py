"""`arms: correlated`: which arms can be pooled together, by which covariance, and what is said of others."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from evidence.effects.adjusted_ratios import reference_correlation
from evidence.effects.common_reference import reference_covariance
from evidence.records.schema import Record
from evidence.selection.accounting import in_no_analysis, persons_of
from evidence.selection.arm_covariance import NEEDED
from evidence.selection.selection import Selection, covariance_of, of_one_comparison, select
from tests.evidence.selection.test_arms import COUNTS, MEANS, RATES, RATIOS, run, trial
from tests.evidence.selection.test_selection import analysis, estimate, record, review

ADJUSTED: list[dict[str, Any]] = [
    {"id": "q1", "name": "Q1", "reference": True, "n": 410, "events": 61},
    {
        "id": "q2",
        "name": "Q2",
        "n": 405,
        "events": 50,
        "effect": {"estimate": "0.80", "ci": ["0.53", "1.21"]},
    },
    {
        "id": "q3",
        "name": "Q3",
        "n": 402,
        "events": 41,
        "effect": {"estimate": "0.66", "ci": ["0.43", "1.02"]},
    },
]


def printed(study: str, measure: str, numbers: dict[str, Any], **fields: Any) -> Record:
    """A study with one printed comparison of two groups."""
    return record(study, {**estimate("hip"), "effect": {"measure": measure, **numbers}}, **fields)


def covariance(found: Selection) -> Any:
    assert found.left_out == ()
    return covariance_of(found.chosen)


@pytest.mark.parametrize(
    ("measure", "arms", "columns"),
    [
        ("OR", COUNTS, {"ai": [6, 9], "n1i": [20, 25], "ci": 5, "n2i": 30}),
        ("RR", COUNTS, {"ai": [6, 9], "n1i": [20, 25], "ci": 5, "n2i": 30}),
        ("RD", COUNTS, {"ai": [6, 9], "n1i": [20, 25], "ci": 5, "n2i": 30}),
        ("IRR", RATES, {"x1i": [6, 9], "t1i": [200, 250], "x2i": 5, "t2i": 300}),
        *(
            (
                measure,
                MEANS,
                {"m1i": [12, 13], "sd1i": [5, 6], "n1i": [20, 25], "m2i": 10, "sd2i": 4, "n2i": 30},
            )
            for measure in ("MD", "SMD", "ROM")
        ),
    ],
)
def test_raw_numbers_give_the_exact_covariance(
    measure: str, arms: list[dict[str, Any]], columns: dict[str, Any]
) -> None:
    found = run(trial(measure, arms), measure, "correlated")
    assert [each.candidate.arm for each in found.chosen] == [arms[1]["name"], arms[2]["name"]]
    assert_allclose(covariance(found), reference_covariance(measure, columns), rtol=1e-12)


def test_other_units_of_the_outcome_are_those_of_the_covariance() -> None:
    found = run(trial("MD", MEANS), "MD", "correlated", unit="mg/cm2")
    assert [each.effect.yi for each in found.chosen] == [2000.0, 3000.0]
    assert covariance(found)[0, 1] == pytest.approx(1e6 * 16 / 30, rel=1e-12)


@pytest.mark.parametrize(("measure", "of"), [("OR", "odds"), ("RR", "risks"), ("HR", "risks")])
def test_adjusted_ratios_have_their_own_variances_and_correlations_after_greenland_and_longnecker(
    measure: str, of: Any
) -> None:
    found = run(trial(measure, ADJUSTED, model="full"), measure, "correlated")
    sei = np.array([each.effect.sei for each in found.chosen])
    cases, persons = np.array([61.0, 50, 41]), np.array([410.0, 405, 402])
    expected = reference_correlation(np.log([0.8, 0.66]), cases, persons, of) * np.outer(sei, sei)
    assert_allclose(covariance(found), expected, rtol=1e-12)
    assert covariance(found)[0, 0] == sei[0] ** 2


def test_person_time_makes_the_ratios_those_of_rates() -> None:
    timed = [{**arm, "person_time": str(5 * int(arm["n"]))} for arm in ADJUSTED]
    found = run(trial("HR", timed, model="full"), "HR", "correlated")
    sei = np.array([each.effect.sei for each in found.chosen])
    cases, time = np.array([61.0, 50, 41]), np.array([2050.0, 2025, 2010])
    expected = reference_correlation(np.log([0.8, 0.66]), cases, time, "rates")
    assert covariance(found)[0, 1] == pytest.approx(expected[0, 1] * sei[0] * sei[1], rel=1e-12)


def test_a_class_without_a_printed_ratio_is_correlated_with_the_others() -> None:
    mixed = [ADJUSTED[0], {**ADJUSTED[1], "effect": None}, ADJUSTED[2]]
    found = run(trial("OR", mixed), "OR", "correlated")
    assert [each.effect.sei_from for each in found.chosen] == ["counts", "95% interval"]
    crude = np.log(50 / 355 / (61 / 349))
    cases, persons = np.array([61.0, 50, 41]), np.array([410.0, 405, 402])
    expected = reference_correlation(np.array([crude, np.log(0.66)]), cases, persons, "odds")[0, 1]
    sei = [each.effect.sei for each in found.chosen]
    assert covariance(found)[0, 1] == pytest.approx(expected * sei[0] * sei[1], rel=1e-12)


def test_printed_differences_have_the_correlation_of_raw_ones_unless_they_are_adjusted() -> None:
    arms = [
        MEANS[0],
        {**MEANS[1], "effect": {"estimate": "2.0", "se": "1.5"}},
        {**MEANS[2], "effect": {"estimate": "3.0", "se": "1.7"}},
    ]
    found = run(trial("MD", arms), "MD", "correlated")
    columns: dict[str, Any] = {
        "m1i": [12, 13],
        "sd1i": [5, 6],
        "n1i": [20, 25],
        "m2i": 10,
        "sd2i": 4,
        "n2i": 30,
    }
    raw = reference_covariance("MD", columns)
    expected = raw[0, 1] / np.sqrt(raw[0, 0] * raw[1, 1]) * 1.5 * 1.7
    assert covariance(found)[0, 1] == pytest.approx(expected, rel=1e-12)
    assert np.diag(covariance(found)).tolist() == [1.5**2, 1.7**2]
    adjusted = run(trial("MD", arms, model="full"), "MD", "correlated")
    assert adjusted.chosen == ()
    assert [each.reason for each in adjusted.left_out] == [NEEDED, NEEDED]


@pytest.mark.parametrize(
    "arms",
    [
        RATIOS,
        [ADJUSTED[0], ADJUSTED[1], {"id": "q3", "name": "Q3", "effect": ADJUSTED[2]["effect"]}],
        [{"id": "q1", "name": "Q1", "reference": True}, *ADJUSTED[1:]],
        [ADJUSTED[0], ADJUSTED[1], {**ADJUSTED[2], "person_time": "2000"}],
    ],
)
def test_arms_without_numbers_of_the_groups_stay_out_and_say_what_is_needed(
    arms: list[dict[str, Any]],
) -> None:
    found = run(trial("OR", arms, model="full"), "OR", "correlated")
    assert found.chosen == ()
    assert [(each.candidate.arm, each.reason) for each in found.left_out] == [("Q2", NEEDED), ("Q3", NEEDED)]
    assert "cases and persons (or person-time)" in NEEDED
    assert len(run(trial("OR", arms[:2], model="full"), "OR", "correlated").chosen) == 1, "one needs none"


def test_a_measure_without_a_known_covariance_says_so() -> None:
    found = run(trial("SMDH", MEANS), "SMDH", "correlated")
    assert found.chosen == ()
    assert {each.reason for each in found.left_out} == {
        "the covariance of its arms cannot be computed: it is not known for SMDH, but for OR, RR, RD, AS, "
        "PBIT, OR2DN, OR2DL, IRR, IRD, IRSD, MD, ROM, ROMBC, CVR, VR, SMD, D and SMD1"
    }
    impossible = [{**ADJUSTED[0], "events": 410}, *({**arm, "events": arm["n"]} for arm in ADJUSTED[1:])]
    (first, _) = run(trial("OR", impossible, model="full"), "OR", "correlated").left_out
    assert "there are as many cases as persons" in first.reason


def test_an_arm_that_stays_out_leaves_the_others_with_their_covariance() -> None:
    silent = {"id": "q4", "name": "Q4", "n": 400, "events": 38, "effect": {"estimate": "0.60"}}
    two = covariance(run(trial("OR", ADJUSTED, model="full"), "OR", "correlated"))
    found = run(trial("OR", [*ADJUSTED, silent], model="full"), "OR", "correlated")
    assert [each.candidate.arm for each in found.chosen] == ["Q2", "Q3"]
    assert [each.reason for each in found.left_out] == [
        "no interval, standard error or exact p-value is printed"
    ]
    assert_allclose(covariance_of(found.chosen), two, rtol=1e-12)


def test_an_arm_without_events_shares_the_reference_as_it_is_after_the_addition() -> None:
    three = [*COUNTS, {"id": "most", "name": "most", "n": 22, "events": 0, "limits": "> 90"}]
    found = run(trial("OR", three), "OR", "correlated")
    assert [each.effect.is_corrected for each in found.chosen] == [False, False, True]
    matrix = covariance(found)
    alone, added = 1 / 5 + 1 / 25, 1 / 5.5 + 1 / 25.5
    assert matrix[0, 1] == pytest.approx(alone, rel=1e-12)
    assert matrix[[0, 1], 2] == pytest.approx([np.sqrt(alone * added)] * 2, rel=1e-12)
    assert matrix[2, 2] == pytest.approx(1 / 0.5 + 1 / 22.5 + added, rel=1e-12)


def test_a_study_whose_arms_stay_out_does_not_keep_another_study_of_its_persons_out() -> None:
    first = trial("OR", RATIOS, model="full")
    other = printed("b", "OR", {"estimate": "1.2", "ci": ["1.0", "1.44"]}, cohort={"name": "a"})
    asked = review(
        analysis(arms="correlated", scale={"measure": "OR", "exposure": "hemoglobin"}, overlap=["a"])
    )
    found = select(asked, asked.analyses[0], [first, other])
    assert [each.candidate.record.study for each in found.chosen] == ["b"]
    assert [each.candidate.record.study for each in found.left_out] == ["a", "a"]


def test_no_arm_falls_through() -> None:
    study = trial("MD", MEANS)
    asked = review(analysis(arms="correlated", scale={"measure": "MD", "exposure": "hemoglobin"}))
    selection = select(asked, asked.analyses[0], [study])
    assert [each.candidate.name for each in in_no_analysis(asked, [study], [selection])] == ["a/other"]


def test_arms_of_one_comparison_stand_together_and_every_other_effect_alone() -> None:
    studies = [trial("MD", MEANS), printed("b", "MD", {"estimate": "1", "se": "1"})]
    asked = review(analysis(arms="correlated", scale={"measure": "MD", "exposure": "hemoglobin"}))
    chosen = select(asked, asked.analyses[0], studies).chosen
    names = {each.candidate.name: each for each in chosen}
    low, high, other = (names[name] for name in ("a/dose.low", "a/dose.high", "b/hip"))
    assert of_one_comparison([low, other, high]) == [(low, high), (other,)]
    assert of_one_comparison([other, high, low]) == [(other,), (high, low)]
    assert of_one_comparison([]) == []


def test_persons_of_the_reference_count_once() -> None:
    found = run(trial("MD", MEANS), "MD", "correlated").chosen
    assert persons_of(found) == 20 + 25 + 30
    assert persons_of(found[:1]) == 20 + 30
    nobody = [{key: value for key, value in arm.items() if key != "n"} for arm in RATES]
    assert persons_of(run(trial("IRR", nobody), "IRR", "correlated").chosen) is None
    half = [RATES[0], RATES[1], {key: value for key, value in RATES[2].items() if key != "n"}]
    assert persons_of(run(trial("IRR", half), "IRR", "correlated").chosen) is None
    (whole,) = run(trial("MD", MEANS), "MD", "combine").chosen
    assert persons_of([whole]) == 75
