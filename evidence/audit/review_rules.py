"""Rules about reports: what was replaced, withdrawn, or used twice."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence

from evidence.audit.rule import ERROR, NOTE, RECORD_RULES, REVIEW_RULES, WARNING, Finding
from evidence.records.names import name_key
from evidence.records.schema import Cohort, Record, Report
from evidence.selection.overlap import cohorts_overlap
from evidence.wording import counted, enumerate_words


@RECORD_RULES.rule("superseded-report", NOTE)
def superseded_report(record: Record) -> Iterator[Finding]:
    """A report that another one replaces does not enter a pool silently."""
    for name, report in record.reports.items():
        if report.superseded_by is not None and report.superseded_by in record.reports:
            number = _estimates_of(record, name)
            new = record.reports[report.superseded_by]
            yield Finding(
                ("reports", name, "superseded_by"),
                f"{report.label or name} ({report.status}, {counted(number, 'estimate')}) is superseded by "
                f"{new.label or report.superseded_by}",
                "Prefer the numbers of the newer report where it prints them.",
            )


@RECORD_RULES.rule("preprint-not-superseded", WARNING)
def preprint_not_superseded(record: Record) -> Iterator[Finding]:
    """A preprint beside a publication says which report supersedes it."""
    published = [
        name
        for name, report in record.reports.items()
        if report.type == "journal article" and report.status in ("published", "corrected")
    ]
    if not published:
        return
    for name, report in record.reports.items():
        if _is_preprint(report) and report.superseded_by is None:
            yield Finding(
                ("reports", name),
                f"{report.label or name} is a preprint, and the record holds a publication",
                f"If it is the same work, add 'superseded_by: {published[0]}'.",
            )


def _is_preprint(report: Report) -> bool:
    return "preprint" in (report.type, report.status)


@RECORD_RULES.rule("retracted-report", WARNING)
def retracted_report(record: Record) -> Iterator[Finding]:
    """Estimates of a retracted report are kept as a record, not as evidence."""
    for name, report in record.reports.items():
        number = _estimates_of(record, name)
        if report.status == "retracted" and number:
            yield Finding(
                ("reports", name, "status"),
                f"{report.label or name} is retracted; the record holds {counted(number, 'estimate')} of it",
            )


@RECORD_RULES.rule("citation-year", WARNING)
def citation_year(record: Record) -> Iterator[Finding]:
    """The year of a report is one that its citation names, or the year before or after."""
    for name, report in record.reports.items():
        named = {int(year) for year in _YEAR.findall(report.citation)}
        if not named or report.year is None or report.year in named:
            continue
        listed = enumerate_words([str(year) for year in sorted(named)], "or")
        near = min(abs(year - report.year) for year in named) == 1
        yield Finding(
            ("reports", name, "year"),
            f"the year of {report.label or name} is {report.year}, its citation says {listed}",
            "Online one year, in print the next?" if near else "Which is right?",
            NOTE if near else None,
        )


_YEAR = re.compile(r"(?<![\d.:/–-])(?:19|20)\d\d(?![\d/–-])")
"""A number that may be a year: no page, no part of a DOI."""


def _estimates_of(record: Record, report: str) -> int:
    return sum(estimate.where.report == report for _, estimate in record.placed_estimates)


@REVIEW_RULES.rule("study-twice", ERROR)
def study_twice(records: Sequence[Record]) -> Iterator[tuple[int, Finding]]:
    """One study is one record."""
    first: dict[str, int] = {}
    for index, record in enumerate(records):
        if first.setdefault(record.study, index) != index:
            says = f"a second record of the study '{record.study}'"
            yield index, Finding(("study",), says, "One study, one file: merge them, or rename one.")


@REVIEW_RULES.rule("report-twice", WARNING)
def report_twice(records: Sequence[Record]) -> Iterator[tuple[int, Finding]]:
    """One publication belongs to one record: the same DOI, PMID or citation in two counts persons twice."""
    first: dict[tuple[str, str], int] = {}
    for index, record in enumerate(records):
        for name, report in record.reports.items():
            shared: dict[int, list[str]] = {}
            for key, identifier in _IDENTIFIERS.items():
                found = identifier(report)
                if found is not None:
                    other = first.setdefault((key, found), index)
                    if other != index:
                        shared.setdefault(other, []).append(key)
            for other, keys in shared.items():
                yield (
                    index,
                    Finding(
                        ("reports", name, keys[0]),
                        f"{enumerate_words(keys)} of '{name}' also stands in the record "
                        f"'{records[other].study}'",
                        "If both report the same persons they are one study; else say so in a note.",
                    ),
                )


_IDENTIFIERS: dict[str, Callable[[Report], str | None]] = {
    "doi": lambda report: report.doi.lower() if report.doi else None,
    "pmid": lambda report: str(report.pmid) if report.pmid else None,
    "citation": lambda report: " ".join(report.citation.lower().split()),
}


# The rule about cohorts that share persons.


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
    return {name_key(name) for name in (cohort.name, *cohort.part_of)}
