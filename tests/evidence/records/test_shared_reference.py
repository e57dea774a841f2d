"""Arms and classes as a record holds them: one reference, and an estimate for every other arm."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from evidence.records.possible import faults_of_comparison
from evidence.records.reading import record_from_text
from evidence.records.shared_reference import Arm, SharedReference
from tests.evidence.records.samples import bent, record

COUNTS: list[dict[str, Any]] = [
    {"id": "none", "name": "placebo", "reference": True, "n": 30, "events": 5},
    {"id": "low", "name": "low dose", "n": 20, "events": 6},
    {"id": "high", "name": "high dose", "n": 25, "events": 9},
]
PRINTED = {"estimate": "1.20", "ci": ["0.90", "1.60"], "p": "0.21"}
ARMS = """\
comparisons:
  - id: dose
    outcome: hip
    measure: OR
    stratum: {sex: women}
    arms:
      - {id: low, name: low dose, n: 20, events: 6}
      - {id: none, name: placebo, reference: true, n: 30, events: 5}
      - {id: high, name: high dose, n: 25, events: 9, effect: {estimate: 2.81, ci: [0.80, 9.9]}}
    where: {report: lee-2019, at: Table 4, quote: 9/25}
"""

SECOND = ARMS.removeprefix("comparisons:\n")


def compared(arms: list[dict[str, Any]], **fields: Any) -> SharedReference:
    where = {"report": "r", "at": "Table 2"}
    given = {"id": "dose", "outcome": "hip", "measure": "OR", "arms": arms, "where": where, **fields}
    return SharedReference.model_validate(given)


def test_each_arm_but_the_reference_is_an_estimate_against_it() -> None:
    found = record(("extraction:", f"{ARMS}extraction:"))
    assert [(at, each.id) for at, each in found.placed_estimates] == [
        (("estimates", 0), "hip-men"),
        (("comparisons", 0, "arms", 0), "dose.low"),
        (("comparisons", 0, "arms", 2), "dose.high"),
    ]
    low, high = found.comparisons[0].estimates
    assert (low.n, high.n) == (50, 55)
    assert (low.outcome, low.exposure, low.model, low.stratum.sex) == ("hip", None, None, "women")
    assert low.where.quote == "9/25"
    assert low.effect is not None
    assert high.effect is not None
    assert low.effect.versus is not None
    assert (low.effect.versus.exposed, low.effect.versus.reference) == ("low dose", "placebo")
    assert low.effect.estimate is None
    assert (str(high.effect.estimate), high.effect.measure) == ("2.81", "OR")
    assert low.effect.groups is not None
    assert [(group.name, group.events) for group in low.effect.groups] == [("low dose", 6), ("placebo", 5)]


def test_a_key_path_inside_an_arm_is_that_of_its_estimate() -> None:
    found = record(("extraction:", f"{ARMS}extraction:"))
    for at, name in (
        (("comparisons", 0, "arms", 2, "effect", "ci"), "dose.high"),
        (("comparisons", 0, "arms", 0), "dose.low"),
        (("estimates", 0, "n"), "hip-men"),
    ):
        estimate = found.estimate_at(at)
        assert estimate is not None
        assert estimate.id == name
    elsewhere: list[tuple[str | int, ...]] = [
        ("comparisons", 0, "arms", 1),
        ("comparisons", 0),
        ("flow",),
        (),
    ]
    assert [found.estimate_at(at) for at in elsewhere] == [None] * 4


def test_raw_numbers_count_where_both_groups_have_the_same_form() -> None:
    means = {"id": "low", "name": "low", "n": 20, "mean": "3.0", "sd": "1.0", "effect": PRINTED}
    (estimate,) = compared([COUNTS[0], means]).estimates
    assert estimate.effect is not None
    assert estimate.effect.groups is None
    assert estimate.n == 50, "persons are known all the same"
    bare = {"id": "q1", "name": "Q1", "reference": True}
    (estimate,) = compared([bare, {**COUNTS[1], "effect": PRINTED}]).estimates
    assert estimate.effect is not None
    assert estimate.effect.groups is None
    assert estimate.n is None
    only = compared([bare, {"id": "q2", "name": "Q2", "effect": PRINTED}]).estimates[0]
    assert only.n is None
    assert only.effect is not None
    assert str(only.effect.p) == "0.21"


def test_what_holds_for_all_arms_holds_for_each() -> None:
    found = compared(
        COUNTS,
        change=True,
        exposure="iron",
        model="crude",
        not_poolable="cluster trial",
        stratum={"age": "50+"},
    )
    for estimate in found.estimates:
        assert (estimate.exposure, estimate.model, estimate.not_poolable) == (
            "iron",
            "crude",
            "cluster trial",
        )
        assert estimate.stratum.age == "50+"
        assert estimate.effect is not None
        assert estimate.effect.change
    assert [arm.id for arm in found.others] == ["low", "high"]
    assert found.reference.id == "none"


@pytest.mark.parametrize(
    ("arms", "says"),
    [
        (COUNTS[1:], "'dose' has no reference; expected 'reference: true' at exactly one of its arms"),
        (
            [COUNTS[0], {**COUNTS[1], "reference": True}],
            "'dose' has 2 references; expected 'reference: true'",
        ),
        ([*COUNTS, {**COUNTS[2], "id": "low"}], "two arms of 'dose' are called 'low'"),
        (
            [{**COUNTS[0], "effect": PRINTED}, COUNTS[1]],
            "'none' is the reference of 'dose'; it has no 'effect'",
        ),
        (
            [COUNTS[0], {"id": "low", "name": "low"}],
            "'low' has neither an 'effect' against 'none' nor raw numbers of",
        ),
        (
            [COUNTS[0], {"id": "low", "name": "low", "n": 9, "mean": "1", "sd": "1"}],
            "'low' has neither an 'effect'",
        ),
        (
            [COUNTS[0], {"id": "low", "name": "low", "n": 9, "mean": "1"}],
            "'low' has no complete raw numbers: 'n' and",
        ),
        (
            [COUNTS[0], {"id": "low", "name": "low", "effect": {"p": "0.1"}}],
            "the effect of 'low' has no 'estimate'",
        ),
        (COUNTS[:1], "at least 2 items"),
    ],
)
def test_what_is_no_comparison_is_refused(arms: list[dict[str, Any]], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        compared(arms)


def test_persons_alone_are_no_raw_numbers_and_no_fault() -> None:
    arm = Arm.model_validate({"id": "q1", "name": "Q1", "n": 100, "reference": True})
    assert arm.raw is None
    whole = Arm.model_validate(COUNTS[1])
    assert whole.raw is not None
    assert (whole.raw.name, whole.raw.n, whole.raw.events) == ("low dose", 20, 6)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("id: dose", "id: hip-men"), "a second estimate or comparison is called 'hip-men'"),
        (("    id: hip-men", "    id: hip-men"), None),
        (("outcome: hip\n    measure: OR", "outcome: knee\n    measure: OR"), "'knee' is no outcome"),
        (("report: lee-2019, at: Table 4", "report: leo, at: Table 4"), "'leo' is no report"),
    ],
)
def test_names_of_a_comparison_are_known_and_its_own(change: tuple[str, str], says: str | None) -> None:
    text = bent(("extraction:", f"{ARMS}extraction:")).replace(*change)
    problems = record_from_text(text, Path("r.yaml")).problems
    if says is None:
        assert problems == ()
    else:
        assert [says.split(" is no ")[0] in problem.says for problem in problems] == [True]


def test_an_arm_may_not_take_the_name_of_an_estimate() -> None:
    text = bent(("id: hip-men", "id: dose.low"), ("extraction:", f"{ARMS}extraction:"))
    (problem,) = record_from_text(text, Path("r.yaml")).problems
    assert problem.says == "a second estimate is called 'dose.low'"
    twice = bent(("extraction:", f"{ARMS}{SECOND}extraction:"))
    first, *_ = record_from_text(twice, Path("r.yaml")).problems
    assert "is called 'dose" in first.says


def test_what_cannot_be_in_an_arm_is_told_at_its_place() -> None:
    wrong = [COUNTS[0], {**COUNTS[1], "events": 26}, {**COUNTS[2], "effect": {**PRINTED, "p": "1.2"}}]
    found = [(fault.at, fault.says) for fault in faults_of_comparison(compared(wrong))]
    assert found == [
        (("arms", 1, "events"), "26 events in 20 persons of 'low dose'"),
        (("arms", 2, "effect", "p"), "p 1.2 cannot be: a p-value lies between 0 and 1"),
    ]
