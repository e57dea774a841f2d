"""What a program proposed and nobody has confirmed: no record before every mark is gone."""

from __future__ import annotations

from pathlib import Path

import pytest

from evidence.records.reading import record_from_text
from evidence.records.unconfirmed import TO_BE_CONFIRMED, proposed
from tests.evidence.records.samples import TEXT, bent

MARK = TO_BE_CONFIRMED


def test_a_proposal_is_the_value_and_the_mark() -> None:
    assert (proposed("OR"), proposed()) == ("OR <to-be-confirmed>", "<to-be-confirmed>")


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ("title: A study", f"title: {MARK}", 3, "'title' is to be filled in"),
        ("title: A study", f"title: A study {MARK}", 3, "'title' is to be confirmed: A study"),
        ("study: lee-2019", f"study: lee-2019 {MARK}", 2, "'study' is to be confirmed: lee-2019"),
        ("measure: beta", f"measure: beta {MARK}", 19, "'measure' is to be confirmed: beta"),
        ("year: 2019", f"year: {MARK}", 7, "'year' is to be filled in"),
        ("0.0079, ci", f"0.0079 {MARK}, ci", 19, "'estimate' is to be confirmed: 0.0079"),
        ("[0.002, 0.0135]", f"[0.002 {MARK}, 0.0135]", 19, "'ci' is to be confirmed: 0.002"),
        ("p: 0.006", f'p: "0.006 {MARK}  "', 19, "'p' is to be confirmed: 0.006"),
        ("[age, sex]", f"[age, sex {MARK}]", 14, "'covariates' is to be confirmed: sex"),
        ("outcome: hip\n", f"outcome: hip {MARK}\n", 17, "'outcome' is to be confirmed: hip"),
        ("on: 2026-11-21", f"on: {MARK}", 21, "'on' is to be filled in"),
        ("unit_stated: no", f"unit_stated: {MARK}", 12, "'unit_stated' is to be filled in"),
    ],
)
def test_each_mark_is_one_error_at_its_line_and_there_is_no_record(
    old: str, new: str, line: int, says: str
) -> None:
    document = record_from_text(bent((old, new)), Path("lee-2019.yaml"))
    assert document.model is None
    [problem] = document.problems
    assert (problem.rule, str(problem.severity), problem.place.line) == ("to-be-confirmed", "error", line)
    assert problem.says == says
    assert problem.hint is not None
    assert MARK in problem.hint


def test_other_problems_are_told_beside_the_marks() -> None:
    text = bent(("title: A study", f"title: {MARK}"), ("measure: beta", "measure: slope"))
    assert [each.rule for each in record_from_text(text, Path("a.yaml")).problems] == [
        "to-be-confirmed",
        "value",
    ]


def test_words_about_confirming_are_no_mark() -> None:
    for words in ("to be confirmed", "(to be confirmed)", f"{MARK} by the authors"):
        text = bent(("title: A study", f"title: n is {words}"))
        assert (record_from_text(text, Path("a.yaml")).model is None) == words.endswith(MARK)


def test_of_many_marks_fifty_are_named_and_the_rest_is_counted() -> None:
    covariates = ", ".join(f"x{number} {MARK}" for number in range(60))
    problems = record_from_text(bent(("[age, sex]", f"[{covariates}]")), Path("a.yaml")).problems
    assert [each.rule for each in problems] == ["to-be-confirmed"] * 50 + ["more"]
    assert problems[-1].says.startswith("and 10 more")
    assert record_from_text(TEXT, Path("a.yaml")).problems == ()
