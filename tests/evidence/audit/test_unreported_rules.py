"""Stale names under `unreported`: each is found at its line of review.yaml; what is well is left alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from evidence.checking import check_paths
from tests.evidence.audit.test_plan_rules import REVIEW, folder
from tests.evidence.records.samples import bent

SPINE = """  spine: {name: BMD, site: spine, unit: g/cm2}
models:"""
SILENT = """  - {id: hip-women, outcome: hip, stratum: {sex: women}, not_reported: {said: none},
     where: {report: lee-2019, at: Table 2}}
  - {id: spine-men, outcome: spine, stratum: {sex: men}, not_reported: {said: none},
     where: {report: lee-2019, at: Table 2}}
extraction:"""
RECORD = bent(("models:", SPINE), ("extraction:", SILENT))
MEN = REVIEW + "    unreported:\n      ENTRY\n"
WOMEN = MEN.replace("sex: men", "sex: women")


def found(path: Path, review: str) -> list[tuple[str, str, str, str]]:
    """Severity, text from the place on, and what is said, of what the rule finds."""
    lines = review.splitlines()
    return [
        (str(each.severity), lines[each.place.line - 1][each.place.column - 1 :], each.says, each.hint or "")
        for each in check_paths([folder(path, review, RECORD)]).problems
        if each.rule == "unreported-unknown"
    ]


@pytest.mark.parametrize(
    ("review", "entry", "severity", "says", "hint"),
    [
        (
            WOMEN,
            "kim-2020: {said: A}",
            "error",
            "no record has the study 'kim-2020'",
            "The records have: lee",
        ),
        (WOMEN, "lee-2018: {said: A}", "error", "no record has the study 'lee-2018'", "mean 'lee-2019'?"),
        (
            WOMEN,
            "lee-2019/hip-woman: {said: A}",
            "error",
            "lee-2019 has no estimate 'hip-woman'",
            "mean 'hip-women'?",
        ),
        (
            WOMEN,
            "lee-2019/neck: {said: A}",
            "error",
            "lee-2019 has no estimate 'neck'",
            "Without a number it has: hip-women, spine-men.",
        ),
        (
            MEN,
            "lee-2019/hip-men: {said: A}",
            "error",
            "'hip-men' of lee-2019 has a number, which is pooled as it is",
            "Without a number it has: hip-women, spine-men.",
        ),
        (
            WOMEN,
            "lee-2019/spine-men: {said: A}",
            "warning",
            "no result without a number of 'lee-2019/spine-men' answers this analysis, so it does not count",
            "Name it under the analysis of its outcome.",
        ),
        (
            MEN,
            "lee-2019: {said: A}",
            "warning",
            "no result without a number of 'lee-2019' answers this analysis, so it does not count",
            "Name it under",
        ),
    ],
)
def test_a_name_that_is_none_is_found_where_it_stands(
    review: str, entry: str, severity: str, says: str, hint: str, tmp_path: Path
) -> None:
    ((level, at, words, advice),) = found(tmp_path, review.replace("ENTRY", entry))
    assert (level, words) == (severity, says)
    assert entry.partition(": ")[0] in at
    assert hint in advice


@pytest.mark.parametrize(
    ("like", "says", "hint"),
    [
        ("hip-man", "lee-2019 has no result 'hip-man' with a number", "mean 'hip-men'?"),
        ("spine-men", "lee-2019 has no result 'spine-men' with a number", "Did you mean 'hip-men'?"),
    ],
)
def test_a_standard_error_like_that_of_nothing_is_found_at_its_name(
    like: str, says: str, hint: str, tmp_path: Path
) -> None:
    entry = f"lee-2019: {{said: A, n: 700, like: {{estimate: {like}}}}}"
    ((level, at, words, advice),) = found(tmp_path, WOMEN.replace("ENTRY", entry))
    assert (level, words) == ("error", says)
    assert at.startswith(like)
    assert hint in advice


@pytest.mark.parametrize("name", ["lee-2019", "lee-2019/hip-women"])
def test_a_result_without_a_number_of_the_analysis_is_left_alone(name: str, tmp_path: Path) -> None:
    entry = f"{name}: {{said: A, n: 700, like: {{estimate: hip-men, n: 700}}}}"
    assert found(tmp_path, WOMEN.replace("ENTRY", entry)) == []
