"""Arms and classes that share a reference: combined, chosen or shown each, and nobody counted twice."""

from __future__ import annotations

import math
from typing import Any

import pytest
from pydantic import ValidationError

from evidence.audit.auditing import contradicted_estimates, findings
from evidence.effects.escalc import escalc
from evidence.records.schema import Record
from evidence.selection.accounting import in_no_analysis
from evidence.selection.selection import DoubleCountError, Selection, candidates, select
from tests.evidence.selection.test_selection import analysis, estimate, record, review

MEANS: list[dict[str, Any]] = [
    {"id": "none", "name": "placebo", "reference": True, "n": 30, "mean": "10.0", "sd": "4.0"},
    {"id": "low", "name": "50 mg", "dose": "50 mg", "n": 20, "mean": "12.0", "sd": "5.0"},
    {"id": "high", "name": "100 mg", "dose": "0.1 g", "n": 25, "mean": "13.0", "sd": "6.0"},
]
COUNTS: list[dict[str, Any]] = [
    {"id": "none", "name": "placebo", "reference": True, "n": 30, "events": 5},
    {"id": "low", "name": "low dose", "n": 20, "events": 6, "limits": "< 50"},
    {"id": "high", "name": "high dose", "n": 25, "events": 9, "limits": "> 50"},
]
RATES: list[dict[str, Any]] = [{**arm, "person_time": str(10 * int(str(arm["n"])))} for arm in COUNTS]
RATIOS: list[dict[str, Any]] = [
    {"id": "q1", "name": "Q1", "reference": True, "limits": "< 11.9"},
    {"id": "q2", "name": "Q2", "limits": "11.9-13", "effect": {"estimate": "1.20", "ci": ["0.90", "1.60"]}},
    {"id": "q3", "name": "Q3", "limits": "> 13", "effect": {"estimate": "1.50", "ci": ["1.10", "2.05"]}},
]


def trial(measure: str, arms: list[dict[str, Any]], **fields: Any) -> Record:
    comparison = {"id": "dose", "outcome": "hip", "model": "none", "measure": measure, "arms": arms}
    where = {"report": "r", "at": "Table 2"}
    return record(
        "a", estimate("other", outcome="spine"), comparisons=[{**comparison, "where": where, **fields}]
    )


def run(study: Record, measure: str, word: str | None, **scale: Any) -> Selection:
    target = {"measure": measure, "exposure": "hemoglobin", **scale}
    asked = review(analysis(arms=word, scale=target))
    return select(asked, asked.analyses[0], [study], contradicted_estimates([study]))


def test_arms_without_a_word_are_refused_with_the_words_there_are() -> None:
    with pytest.raises(DoubleCountError) as refused:
        run(trial("SMD", MEANS), "SMD", None)
    assert str(refused.value) == (
        "a/dose.low and a/dose.high are compared with the same persons; say what becomes of such arms: "
        "'arms: combine', 'arms: highest', 'arms: lowest', 'arms: each' or 'arms: correlated'"
    )
    only = run(trial("SMD", MEANS[:2]), "SMD", None)
    assert [each.candidate.name for each in only.chosen] == ["a/dose.low"], "one arm needs no word"


def test_means_are_combined_by_the_formula_of_the_handbook() -> None:
    # Cochrane Handbook 6.5, table 6.5.a, for two groups
    n1, m1, s1, n2, m2, s2 = 20, 12.0, 5.0, 25, 13.0, 6.0
    n = n1 + n2
    mean = (n1 * m1 + n2 * m2) / n
    squares = (n1 - 1) * s1**2 + (n2 - 1) * s2**2
    squares += n1 * n2 / n * (m1**2 + m2**2 - 2 * m1 * m2)
    expected = escalc("SMD", m1i=mean, sd1i=math.sqrt(squares / (n - 1)), n1i=n, m2i=10, sd2i=4, n2i=30)
    (found,) = run(trial("SMD", MEANS), "SMD", "combine").chosen
    assert (found.effect.yi, found.effect.sei) == pytest.approx((expected.yi[0], expected.sei[0]), rel=1e-12)
    assert found.candidate.name == "a/dose"
    assert found.candidate.estimate.n == 75
    assert found.candidate.arm is None
    effect = found.candidate.estimate.effect
    assert effect is not None
    assert effect.versus is not None
    assert effect.versus.exposed == "50 mg and 100 mg"


def test_counts_and_person_time_are_added() -> None:
    (counts,) = run(trial("RR", COUNTS), "RR", "combine").chosen
    assert counts.effect.yi == pytest.approx(math.log(15 / 45 / (5 / 30)), rel=1e-12)
    (rates,) = run(trial("IRR", RATES), "IRR", "combine").chosen
    assert rates.effect.yi == pytest.approx(math.log(15 / 450 / (5 / 300)), rel=1e-12)
    assert rates.effect.sei == pytest.approx(math.sqrt(1 / 15 + 1 / 5), rel=1e-12)


@pytest.mark.parametrize(
    ("arms", "measure", "word", "name"),
    [
        (MEANS, "MD", "highest", "100 mg"),
        (MEANS, "MD", "lowest", "50 mg"),
        (COUNTS, "OR", "highest", "high dose"),
        (COUNTS, "OR", "lowest", "low dose"),
        (RATIOS, "OR", "highest", "Q3"),
        (RATIOS, "OR", "lowest", "Q2"),
    ],
)
def test_one_arm_is_chosen_by_its_dose_or_the_order_of_classes(
    arms: list[dict[str, Any]], measure: str, word: str, name: str
) -> None:
    found = run(trial(measure, arms), measure, word)
    assert [each.candidate.arm for each in found.chosen] == [name]
    assert found.left_out == ()
    backwards = [arms[0], arms[2], arms[1]]
    if arms is MEANS:
        assert [each.candidate.arm for each in run(trial(measure, backwards), measure, word).chosen] == [name]


def test_classes_of_which_one_has_no_limits_have_no_order() -> None:
    half = [COUNTS[0], COUNTS[1], {**COUNTS[2], "limits": None}]
    found = run(trial("OR", half), "OR", "highest")
    assert found.chosen == ()
    assert found.left_out[0].reason == "the dose of 'low dose' is not stated; 'arms: highest' needs them"


def test_rates_with_persons_beside_them_keep_both_sums() -> None:
    (found,) = run(trial("IRR", RATES), "IRR", "combine").chosen
    effect = found.candidate.estimate.effect
    assert effect is not None
    assert effect.groups is not None
    assert (effect.groups[0].n, str(effect.groups[0].person_time)) == (45, "450")
    without = [{key: value for key, value in arm.items() if key != "n"} for arm in RATES]
    (found,) = run(trial("IRR", without), "IRR", "combine").chosen
    assert found.candidate.estimate.n is None
    assert found.effect.yi == pytest.approx(math.log(15 / 450 / (5 / 300)), rel=1e-12)


def test_doses_in_other_units_are_compared_as_quantities() -> None:
    heavy = [MEANS[0], {**MEANS[1], "dose": "0.2 g"}, {**MEANS[2], "dose": "100 mg"}]
    assert run(trial("MD", heavy), "MD", "highest").chosen[0].candidate.arm == "50 mg", "0.2 g is more"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"dose": None}, "the dose of '50 mg' is not stated; 'arms: highest' needs them"),
        ({"dose": "5 min"}, "the dose of '100 mg' cannot be compared"),
        ({"dose": None, "limits": "< 50"}, "the dose of '50 mg' is not stated"),
    ],
)
def test_doses_that_have_no_order_leave_the_arms_out_with_the_reason(
    change: dict[str, Any], says: str
) -> None:
    found = run(trial("MD", [MEANS[0], {**MEANS[1], **change}, MEANS[2]]), "MD", "highest")
    assert found.chosen == ()
    assert [each.reason.startswith(says) for each in found.left_out] == [True]


@pytest.mark.parametrize("arms", [RATIOS, [COUNTS[0], COUNTS[1], {**RATIOS[2], "id": "high"}]])
def test_what_has_no_raw_numbers_cannot_be_combined(arms: list[dict[str, Any]]) -> None:
    found = run(trial("OR", arms), "OR", "combine")
    assert [each.reason for each in found.left_out] == [
        "arms can be combined only where counts, rates, or means and SDs of all of them are printed"
    ]
    medians = [{**arm, "mean": None, "sd": None, "median": "9", "q1": "8", "q3": "11"} for arm in MEANS]
    found = run(trial("MD", medians), "MD", "combine")
    assert found.chosen == ()
    assert len(found.left_out) == 1


@pytest.mark.parametrize(
    ("model", "has_effect", "enters"),
    [("full", True, False), ("none", True, True), ("full", False, True)],
)
def test_counts_are_no_substitute_for_adjusted_effects(model: str, has_effect: bool, enters: bool) -> None:
    effect = {"effect": {"estimate": "1.70", "ci": ["0.50", "5.80"]}} if has_effect else {}
    found = run(trial("OR", [*COUNTS[:2], {**COUNTS[2], **effect}], model=model), "OR", "combine")
    assert len(found.chosen) == enters
    assert [each.reason.partition(";")[0] for each in found.left_out] == [
        "its arms have adjusted effects, and combined counts would give a crude one"
    ] * (not enters)


def test_each_arm_is_shown_and_stands_for_itself() -> None:
    found = run(trial("MD", MEANS), "MD", "each")
    assert [each.candidate.arm for each in found.chosen] == ["50 mg", "100 mg"]
    assert [each.effect.yi for each in found.chosen] == [2.0, 3.0]
    assert [each.candidate.estimate.n for each in found.chosen] == [50, 55]


@pytest.mark.parametrize("word", ["combine", "highest", "lowest", "each"])
def test_no_arm_falls_through(word: str) -> None:
    study = trial("MD", MEANS)
    asked = review(analysis(arms=word, scale={"measure": "MD", "exposure": "hemoglobin"}))
    selection = select(asked, asked.analyses[0], [study])
    assert [each.candidate.name for each in in_no_analysis(asked, [study], [selection])] == ["a/other"]


def test_the_word_of_an_analysis_comes_before_that_of_the_review() -> None:
    asked = review(analysis(arms="lowest", scale={"measure": "MD", "exposure": "hemoglobin"}), arms="highest")
    study = trial("MD", MEANS)
    assert select(asked, asked.analyses[0], [study]).chosen[0].candidate.arm == "50 mg"
    asked = review(analysis(scale={"measure": "MD", "exposure": "hemoglobin"}), arms="highest")
    assert select(asked, asked.analyses[0], [study]).chosen[0].candidate.arm == "100 mg"


def test_a_scale_that_names_an_arm_takes_it_without_a_word() -> None:
    versus = {"exposed": "100 MG", "reference": "placebo"}
    found = run(trial("MD", MEANS), "MD", None, versus=versus)
    assert [each.candidate.arm for each in found.chosen] == ["100 mg"]
    other = run(trial("MD", MEANS), "MD", "each", versus={"exposed": "iron", "reference": "placebo"})
    assert {each.reason for each in other.left_out} == {
        "compares 50 mg with placebo", "compares 100 mg with placebo",
    }  # fmt: skip


def test_an_arm_that_cannot_be_true_keeps_its_combination_out_and_not_the_other_arm() -> None:
    wrong = [MEANS[0], MEANS[1], {**MEANS[2], "sd": "-6.0"}]
    study = trial("MD", wrong)
    assert list(contradicted_estimates([study])) == [("a", "dose.high")]
    found = run(study, "MD", "combine")
    assert [each.reason for each in found.left_out] == ["cannot be true as printed: SD -6.0 is below zero"]
    assert [each.candidate.arm for each in run(study, "MD", "lowest").chosen] == ["50 mg"]
    places = [(at, rule) for at, _, rule, *_ in findings(study)]
    assert (("comparisons", 0, "arms", 2, "sd"), "sd-impossible") in places


def test_a_printed_effect_of_an_arm_is_audited_at_its_place() -> None:
    reversed_limits = {"estimate": "1.50", "ci": ["2.05", "1.10"]}
    study = trial("OR", [*RATIOS[:2], {**RATIOS[2], "effect": reversed_limits}])
    places = [(at, rule) for at, _, rule, *_ in findings(study)]
    assert (("comparisons", 0, "arms", 2, "effect", "ci"), "limits-reversed") in places
    trusted = trial(
        "OR", [*RATIOS[:2], {**RATIOS[2], "effect": {**reversed_limits, "p": "0.01", "use": "p"}}]
    )
    (found,) = [each for each in findings(trusted) if each[2] == "limits-reversed"]
    assert found[1].value == "warning"
    assert found[3].endswith("; the record uses the p-value")


@pytest.mark.parametrize(
    ("arms", "says"),
    [
        (COUNTS[1:], "'dose' has no reference; expected 'reference: true' at exactly one of its arms"),
        ([COUNTS[0], {**COUNTS[1], "reference": True}], "'dose' has 2 references; expected"),
        ([COUNTS[0], COUNTS[1], {**COUNTS[2], "id": "low"}], "two arms of 'dose' are called 'low'"),
        (
            [{**RATIOS[1], "reference": True}, RATIOS[2]],
            "'q2' is the reference of 'dose'; it has no 'effect'",
        ),
        ([COUNTS[0], {**MEANS[1]}], "'low' has neither an 'effect' against 'none' nor raw numbers of the"),
        ([COUNTS[0], {"id": "low", "name": "low"}], "'low' has neither an 'effect' against 'none' nor raw"),
        ([COUNTS[0], {**COUNTS[1], "events": None, "mean": "3"}], "'low' has no complete raw numbers"),
        ([RATIOS[0], {**RATIOS[1], "effect": {"p": "0.1"}}], "the effect of 'q2' has no 'estimate'"),
        (COUNTS[:1], "at least 2 items"),
    ],
)
def test_arms_that_are_no_comparison_are_refused(arms: list[dict[str, Any]], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        trial("OR", arms)


def test_an_adjusted_effect_counts_before_the_raw_numbers_of_its_arm() -> None:
    both = [COUNTS[0], {**COUNTS[1], "effect": {"estimate": "1.40", "ci": ["0.50", "3.92"]}}]
    (found,) = run(trial("OR", both), "OR", None).chosen
    assert found.effect.yi == pytest.approx(math.log(1.4))
    effect = found.candidate.estimate.effect
    assert effect is not None
    assert effect.groups is not None


def test_a_row_is_about_an_arm_where_there_are_several_and_they_stand_apart() -> None:
    def arms(study: Record, word: str) -> list[str | None]:
        asked = review(analysis(arms=word, scale={"measure": "MD", "exposure": "hemoglobin"}))
        return [each.arm for each in candidates(asked, [study], asked.analyses[0])]

    assert arms(trial("MD", MEANS), "each") == [None, "50 mg", "100 mg"], "the first is no comparison"
    assert arms(trial("MD", MEANS), "combine") == [None, None]
    assert arms(trial("MD", MEANS[:2]), "each") == [None, None]
