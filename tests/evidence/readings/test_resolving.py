"""What was settled counts as long as it matches what is read; what no longer does is said."""

from __future__ import annotations

from pathlib import Path

import pytest

from evidence.readings.resolving import summary
from evidence.readings.side_by_side import agreements
from tests.evidence.readings.samples import SECOND, compared, record, said, settled
from tests.evidence.readings.test_of_records import judged
from tests.evidence.records.samples import TEXT

ESTIMATE = "of: hip-men, key: effect.estimate"


def both(folder: Path, *entries: str, first: str = "0.0079", second: str = SECOND) -> tuple[int, list[str]]:
    """How many differences are left, and what is said of the resolutions."""
    found = compared(folder, record(second, *map(settled, entries), text=TEXT.replace("0.0079", first)))
    words = [says for one in found for _, severity, says in said(one.problems) if severity == "warning"]
    return sum(one.unresolved for one in found), words


def test_a_difference_is_settled_by_key_or_by_a_key_above_it(tmp_path: Path) -> None:
    assert both(tmp_path) == (2, [])
    assert both(tmp_path, f"{ESTIMATE}, took: first") == (1, [])
    assert both(tmp_path, f"{ESTIMATE}, took: first", "of: hip-men, key: n, took: first") == (0, [])
    assert both(tmp_path, "of: hip-men, key: effect, took: first") == (1, [])
    interval = SECOND.replace("[0.0020, 0.0135]", "[0.003, 0.0136]")
    assert both(tmp_path, second=interval)[0] == 4
    assert both(tmp_path, "of: hip-men, key: effect.ci, took: first", second=interval) == (2, [])
    assert both(tmp_path, "of: hip-men, key: effect.ci.lower, took: first", second=interval) == (3, [])


def test_who_settled_it_when_and_why_is_told(tmp_path: Path) -> None:
    (found,) = compared(tmp_path, record(SECOND, settled(f"{ESTIMATE}, took: first")))
    (resolution,) = [cell.resolution for cell in found.cells if cell.resolution is not None]
    assert summary(resolution) == "settled by reader-3 on 2026-11-23: took the first (seen together)"


@pytest.mark.parametrize(
    ("entry", "first", "words"),
    [
        ("took: first, first: 0.0079, second: 0.0078", "0.0079", None),
        ("took: first, first: 0.00790", "0.0079", None),
        ("took: first, first: 0.0077", "0.0079", "for a first reading of 0.0077; now the first has 0.0079"),
        ("took: first, second: 0.0077", "0.0079", "for a second reading of 0.0077; now the first has 0.0079"),
        ("took: first", "0.0078", "does not differ: both have 0.0078"),
        ("took: second", "0.0078", None),
        ("took: second, first: 0.0079, second: 0.0078", "0.0078", None),
        ("took: second", "0.0079", "was settled as the second read it, but the record has 0.0079"),
        ("took: second, second: 0.0076", "0.0078", "for a second reading of 0.0076"),
        ("took: other", "0.0075", None),
        ("took: other, first: 0.0079", "0.0075", None),
        ("took: other, first: 0.0079", "0.0079", "as neither read it, but the record still has 0.0079"),
        ("took: other", "0.0078", "does not differ"),
    ],
)
def test_a_resolution_that_no_longer_matches_is_said_and_does_not_count(
    tmp_path: Path, entry: str, first: str, words: str | None
) -> None:
    left, problems = both(tmp_path, f"{ESTIMATE}, {entry}", first=first)
    assert [words in each for each in problems if words] == ([True] if words else [])
    assert len(problems) == (words is not None)
    differs = first != "0.0078"
    assert left == 1 + (differs and words is not None)


@pytest.mark.parametrize(
    "entry",
    [
        "of: hip-men, key: effect.se, took: first",
        "of: hip-women, key: effect.estimate, took: first",
        "of: hip-men, key: effect.est, took: first",
    ],
)
def test_a_resolution_of_nothing_that_was_read_twice_is_said(tmp_path: Path, entry: str) -> None:
    left, (words,) = both(tmp_path, entry)
    assert left == 2
    assert words.startswith("nothing that two persons read is called")


def test_a_resolution_without_a_second_reading_is_said(tmp_path: Path) -> None:
    (found,) = compared(tmp_path, record("extraction:", settled(f"{ESTIMATE}, took: first")))
    assert [each.rule for each in found.problems] == ["resolution-open"]
    assert compared(tmp_path, TEXT) == []


def test_a_resolution_counts_for_one_of_two_second_readings(tmp_path: Path) -> None:
    beside = "study: lee-2019\nby: B\non: 2026-11-22\nestimates: {hip-men: {outcome: hip}}\n"
    found = compared(tmp_path, record(SECOND, settled(f"{ESTIMATE}, took: first")), beside)
    assert [(one.second, one.unresolved, one.problems) for one in found] == [
        ("reader-2", 1, ()),
        ("B", 0, ()),
    ]


def test_a_broken_second_reading_does_not_make_resolutions_idle(tmp_path: Path) -> None:
    text = record(SECOND.replace("estimate: 0.0078", "estimate: x"), settled(f"{ESTIMATE}, took: first"))
    (found,) = compared(tmp_path, text)
    assert [(line, severity) for line, severity, _ in said(found.problems)] == [(29, "error")]


def test_what_was_settled_still_counts_as_a_disagreement(tmp_path: Path) -> None:
    for first, took in (("0.0079", "first"), ("0.0078", "second"), ("0.0075", "other")):
        text = record(SECOND, settled(f"{ESTIMATE}, took: {took}"), text=TEXT.replace("0.0079", first))
        counted = {each.key: each for each in agreements(compared(tmp_path, text))}
        assert (counted["effect.estimate"].compared, counted["effect.estimate"].agreed) == (1, 0)


def test_an_estimate_or_part_that_only_one_has_is_settled_by_its_id(tmp_path: Path) -> None:
    second = SECOND.replace("hip-men:", "hip-women:")
    assert both(tmp_path, second=second) == (1, [])
    assert both(tmp_path, "of: hip-women, key: id, took: first", second=second) == (0, [])


def test_both_judgements_of_two_assessors_stand_whichever_was_taken(tmp_path: Path) -> None:
    text = judged("D1: low, by: A", "D1: high, by: B", "D2: low, by: A", "D2: low, by: B")
    key = "of: risk_of_bias, key: RoB 2 / randomization process"

    def after(entry: str) -> tuple[int, list[str]]:
        (found,) = compared(tmp_path, record("extraction:", settled(entry), text=text))
        return found.unresolved, [says for *_, says in said(found.problems)]

    for took in ("first", "second", "other"):
        assert after(f"{key}, took: {took}") == (0, [])
        assert after(f"{key}, took: {took}, first: Low, second: High") == (0, [])
    unresolved, (words,) = after(f"{key}, took: second, first: high")
    assert unresolved == 1
    assert "for a first reading of high; now the first has low" in words
    unresolved, (words,) = after(
        "of: risk_of_bias, key: RoB 2 / deviations from intended interventions, took: first"
    )
    assert unresolved == 1
    assert words.endswith("does not differ: both have low")


def test_kappa_is_of_what_was_read_before_anything_was_settled(tmp_path: Path) -> None:
    words = ("low", "high", "low", "high")
    first = [f"D{number}: {word}, by: A" for number, word in enumerate(words, 1)]
    second = [f"D{number}: {word}, by: B" for number, word in enumerate(("low", "high", "high", "high"), 1)]
    entry = settled("of: risk_of_bias, key: RoB 2 / missing outcome data, took: second")
    for entries in ((), (entry,)):
        found = compared(tmp_path, record("extraction:", *entries, text=judged(*first, *second)))
        tool = agreements(found)[-2]
        # 3 of 4 agree, chance 1/2 * 1/4 + 1/2 * 3/4: kappa = (3/4 - 1/2) / (1/2)
        assert (tool.key, tool.agreed, tool.compared, tool.kappa) == ("RoB 2, all", 3, 4, 0.5)
