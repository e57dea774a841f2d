"""Arms of a trial and classes of an exposure are asked what two groups are asked."""

from __future__ import annotations

from pathlib import Path

import pytest

from evidence.audit.auditing import contradicted_estimates
from evidence.records.parsing import Severity
from evidence.records.reading import record_from_text
from tests.evidence.audit.records import classes, problems, replaced

QUARTERS = ("n: 500, events: 40", "n: 500, events: 60", "n: 500, events: 20", "n: 500, events: 30")


def with_intervals(*printed: str) -> tuple[str, ...]:
    effects = ("", *(f", effect: {{estimate: {numbers}}}" for numbers in printed))
    return tuple(f"{counts}{effect}" for counts, effect in zip(QUARTERS, effects, strict=True))


@pytest.mark.parametrize(
    ("third", "flagged"),
    [
        ("0.50, ci: [0.29, 0.86]", False),  # 0.277, and the root of 1/20 + 1/40 is 0.274
        ("0.50, ci: [0.32, 0.78]", False),  # 0.227, robust perhaps
        ("0.50, ci: [0.38, 0.66]", True),  # 0.141
    ],
)
def test_counts_and_adjusted_ratios_of_a_dose_response_table_must_coexist(third: str, flagged: bool) -> None:
    text = classes("HR", *with_intervals("1.50, ci: [1.00, 2.25]", third, "0.75, ci: [0.46, 1.21]"))
    found = problems(text, "narrower-than-counts")
    assert len(found) == flagged
    for problem in found:
        assert "the least that 20 and 40 events allow for HR" in problem.says
        assert text.splitlines()[problem.place.line - 1].lstrip().startswith("- {id: q3")


def test_events_in_person_time_bound_rate_ratios_and_give_crude_ones() -> None:
    rates = ("person_time: 1000.0, events: 40", "person_time: 2000.0, events: 20, effect: {estimate: %s}")
    assert problems(classes("IRR", rates[0], rates[1] % "0.30, ci: [0.25, 0.36]"), "narrower-than-counts")
    assert not problems(classes("IRR", rates[0], rates[1] % "0.30, ci: [0.18, 0.51]"), "narrower-than-counts")
    for estimate, said in (("0.25", None), ("0.26", Severity.WARNING), ("4.0", Severity.ERROR)):
        found = problems(classes("IRR", rates[0], rates[1] % estimate, crude=True), "effect-against-groups")
        assert [problem.severity for problem in found] == ([] if said is None else [said])
    wide = classes("IRR", rates[0], rates[1] % "0.25, ci: [0.02, 3.1]", crude=True)
    assert problems(wide, "interval-against-groups")


def test_an_arm_whose_groups_are_exchanged_enters_no_pool() -> None:
    arms = ("n: 40, events: 5", "n: 30, events: 10, effect: {estimate: 0.29, ci: [0.09, 0.95]}")
    text = classes("OR", *arms, crude=True)
    (problem,) = problems(text, "effect-against-groups")
    assert problem.severity is Severity.ERROR
    record = record_from_text(text, Path("a.yaml")).model
    assert record is not None
    assert list(contradicted_estimates([record])) == [("lee-2019", "quarters.q2")]


def test_an_estimate_printed_as_logarithm_is_compared_as_ratio() -> None:
    arms = ("n: 40, events: 5", "n: 30, events: 10, effect: {estimate: %s, log: true}")
    for estimate, flagged in (("1.25", False), ("1.29", True), ("-1.25", True), ("900", True)):
        text = classes("OR", arms[0], arms[1] % estimate, crude=True)
        assert len(problems(text, "effect-against-groups")) == flagged


def test_arms_have_possible_means_and_sds() -> None:
    arms = ("n: 28, mean: 5.21, sd: 2.00", "n: 28, mean: 5.19, sd: 2.00", "n: 28, mean: 5.21, sd: 9.0")
    text = replaced(
        ("name: BMD, site: hip", "name: BMD, whole_numbers: true, bounds: [0, 10], site: hip"),
        text=classes("MD", *arms),
    )
    assert [p.says.partition(" have")[0] for p in problems(text, "mean-of-whole-numbers")] == [
        "no whole numbers of 28 persons"
    ]
    (too_large,) = problems(text, "sd-above-bounds")
    assert "SD 9.0 of 'Q3'" in too_large.says
