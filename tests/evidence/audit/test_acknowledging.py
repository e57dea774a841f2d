"""What `use` settles, and what a person has acknowledged."""

from __future__ import annotations

from pathlib import Path

import pytest

from evidence.audit.auditing import audit_record, contradicted_estimates
from evidence.records.parsing import Problem, Severity
from evidence.records.reading import record_from_text
from evidence.records.schema import Record
from evidence.records.trust import fingerprint
from tests.evidence.records.samples import bent

WRONG_SCALE = ("ci: [0.002, 0.0135], level: 95 %", "ci: [0.002, 0.0135], se: 0.05")


def read(text: str) -> tuple[Record, list[Problem]]:
    document = record_from_text(text, Path("lee-2019.yaml"))
    assert document.model is not None, document.problems
    return document.model, audit_record(document)


def worst(problems: list[Problem], rule: str) -> Severity | None:
    return next((problem.severity for problem in problems if problem.rule == rule), None)


def acknowledged(record: Record, *more: str, rule: str = "se-against-interval") -> tuple[str, str]:
    entry = f"of: hip-men, finding: {rule}, by: me, on: 2026-11-28, why: 'on another scale.'"
    data = fingerprint(record, "hip-men")
    listed = ", ".join([entry, f"data: {data}", *more])
    return "extraction:", f"acknowledged: [{{{listed}}}]\nextraction:"


def test_a_contradiction_keeps_its_estimate_out_and_tells_what_would_let_it_in() -> None:
    record, problems = read(bent(WRONG_SCALE))
    (problem,) = (one for one in problems if one.rule == "se-against-interval")
    assert problem.severity is Severity.ERROR
    assert problem.hint is not None
    assert problem.hint.endswith("say which number to trust: 'use: ci', 'use: se' or 'use: p'.")
    assert list(contradicted_estimates([record])) == [("lee-2019", "hip-men")]


def test_use_settles_it_and_the_misprint_is_a_warning() -> None:
    record, problems = read(bent(WRONG_SCALE, ("p: 0.006", "p: 0.006, use: ci")))
    assert worst(problems, "se-against-interval") is Severity.WARNING
    assert any("the record uses the interval" in problem.says for problem in problems)
    assert contradicted_estimates([record]) == {}


def test_use_of_a_number_that_cannot_be_keeps_the_estimate_out() -> None:
    outside = ("0.0079, ci: [0.002, 0.0135]", "0.0179, use: ci, ci: [0.002, 0.0135]")
    record, problems = read(bent(outside))
    assert worst(problems, "estimate-outside-interval") is Severity.ERROR
    assert "outside its own" in contradicted_estimates([record])["lee-2019", "hip-men"]


def test_an_impossible_number_that_is_not_used_keeps_nothing_out() -> None:
    record, problems = read(bent(("level: 95 %", "se: 14.4e300, use: ci")))
    assert worst(problems, "number-impossible") is Severity.WARNING
    assert contradicted_estimates([record]) == {}


def test_an_acknowledged_misprint_is_a_note_that_says_who_when_and_why() -> None:
    before, _ = read(bent(WRONG_SCALE))
    entries = [acknowledged(before), acknowledged(before, rule="p-against-se")]
    first, second = (new.partition("[")[2].rpartition("]")[0] for _, new in entries)
    _, problems = read(bent(WRONG_SCALE, ("extraction:", f"acknowledged: [{first}, {second}]\nextraction:")))
    assert not [problem for problem in problems if problem.severity is Severity.ERROR]
    (note,) = (one for one in problems if one.rule == "se-against-interval")
    assert note.severity is Severity.NOTE
    assert note.says.endswith("; acknowledged by me on 2026-11-28: on another scale")


@pytest.mark.parametrize(("use", "pooled"), [("ci", True), ("nothing", False), ("se", True)])
def test_what_an_acknowledgement_uses_instead_is_pooled(use: str, pooled: bool) -> None:
    before, _ = read(bent(WRONG_SCALE))
    record, problems = read(bent(WRONG_SCALE, acknowledged(before, f"use: {use}")))
    assert (contradicted_estimates([record]) == {}) is pooled
    words = {"ci": "the interval", "nothing": "nothing of it", "se": "the standard error"}[use]
    assert any(f"{words} is used" in problem.says for problem in problems)


def test_an_acknowledgement_of_other_numbers_counts_no_longer() -> None:
    before, _ = read(bent(WRONG_SCALE))
    text = bent(WRONG_SCALE, acknowledged(before, "use: ci"), ("0.0079", "0.0078"))
    record, problems = read(text)
    assert worst(problems, "se-against-interval") is Severity.ERROR
    (open_one,) = (one for one in problems if one.rule == "acknowledgement-open")
    assert open_one.severity is Severity.ERROR
    assert "have changed since me acknowledged se-against-interval on 2026-11-28" in open_one.says
    assert open_one.hint is not None
    assert f"data: {fingerprint(record, 'hip-men')}" in open_one.hint
    assert contradicted_estimates([record]) != {}


def test_an_acknowledgement_without_a_finding_is_a_warning() -> None:
    before, _ = read(bent())
    _, problems = read(bent(acknowledged(before)))
    assert [(one.rule, one.severity) for one in problems] == [("acknowledgement-open", Severity.WARNING)]


@pytest.mark.parametrize(
    ("change", "same"),
    [
        (("0.0079", "0.00790"), False),
        (("p: 0.006", "p: 0.007"), False),
        (("level: 95 %, ", ""), True),
        (("p: 0.006", "p: 0.006, use: ci"), True),
        (("at: Table 2", "at: Table 3"), True),
        (("n: 1426", "n: 1427"), True),
    ],
)
def test_the_hash_is_of_the_printed_numbers_alone(change: tuple[str, str], same: bool) -> None:
    hashes = [fingerprint(read(bent(*changes))[0], "hip-men") for changes in ((), (change,))]
    assert (hashes[0] == hashes[1]) is same


def test_parts_of_a_record_are_acknowledged_too() -> None:
    old = ("women: 54.2 %", "women: 154.2 %")
    record, problems = read(bent(old))
    assert worst(problems, "percent-impossible") is Severity.ERROR
    data = fingerprint(record, "population")
    entry = (
        f"{{of: population, finding: percent-impossible, by: me, on: 2026-11-28, why: typo, data: {data}}}"
    )
    _, problems = read(bent(old, ("extraction:", f"acknowledged: [{entry}]\nextraction:")))
    assert worst(problems, "percent-impossible") is Severity.NOTE
    assert fingerprint(record, "flow") is None
