"""The rule about cohorts that share persons."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Sequence

from evidence.audit.rule import NOTE, REVIEW_RULES, Finding
from evidence.audit.wording import enumerate_words
from evidence.records.schema import Cohort, Record
from evidence.selection.overlap import cohorts_overlap

SHOWN = 3


@REVIEW_RULES.rule("cohorts-overlap", NOTE)
def overlapping_cohorts(records: Sequence[Record]) -> Iterator[tuple[int, Finding]]:
    """Studies whose cohorts share persons are not independent; only one of them may enter a pool."""
    for index, (others, number) in _earlier_overlaps(records).items():
        cohort = records[index].cohort
        names = [f"'{records[other].study}'" for other in others]
        if number > len(others):
            names.append(f"{number - len(others)} more")
        years = f" {cohort.years}" if cohort.years else ""
        yield (
            index,
            Finding(
                ("cohort", "name"),
                f"{cohort.name}{years} may share persons with {enumerate_words(names)}",
                "Of overlapping estimates only one enters a pool.",
            ),
        )


def _earlier_overlaps(records: Sequence[Record]) -> dict[int, tuple[list[int], int]]:
    """For each record the first few earlier ones it overlaps with, and how many there are.

    Records are first gathered by identical cohorts, and cohorts by the names they share, so that
    thousands of records are not compared pair by pair.
    """
    alike: dict[tuple[object, ...], list[int]] = defaultdict(list)
    for index, record in enumerate(records):
        cohort = record.cohort
        alike[cohort.name, cohort.years, cohort.wave, cohort.repeated, cohort.part_of].append(index)
    by_name: dict[str, list[list[int]]] = defaultdict(list)
    for members in alike.values():
        for name in _names(records[members[0]].cohort):
            by_name[name].append(members)
    found: dict[int, tuple[list[int], int]] = {}
    for members in alike.values():
        cohort = records[members[0]].cohort
        related = {group[0]: group for name in _names(cohort) for group in by_name[name]}
        shared = sorted(
            index
            for first, group in related.items()
            if cohorts_overlap(cohort, records[first].cohort)
            for index in group
        )
        for index in members:
            number = bisect_left(shared, index)
            if number:
                found[index] = (shared[: min(number, SHOWN)], number)
    return found


def _names(cohort: Cohort) -> set[str]:
    return {" ".join(name.lower().split()) for name in (cohort.name, *cohort.part_of)}
