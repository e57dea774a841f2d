"""Rules about reports: what was replaced, withdrawn, or used twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from evidence.audit.rule import ERROR, NOTE, RECORD_RULES, REVIEW_RULES, WARNING, Finding
from evidence.audit.wording import enumerate_words
from evidence.records.schema import Record, Report


@RECORD_RULES.rule("superseded-report", NOTE)
def superseded_report(record: Record) -> Iterator[Finding]:
    """A report that another one replaces does not enter a pool silently."""
    for name, report in record.reports.items():
        if report.superseded_by is not None and report.superseded_by in record.reports:
            number = _estimates_of(record, name)
            new = record.reports[report.superseded_by]
            yield Finding(
                ("reports", name, "superseded_by"),
                f"{report.label or name} ({report.status}, {_counted(number)}) is superseded by "
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
                f"{report.label or name} is retracted; the record holds {_counted(number)} of it",
            )


def _estimates_of(record: Record, report: str) -> int:
    return sum(estimate.where.report == report for estimate in record.estimates)


def _counted(number: int) -> str:
    return f"{number} estimate" + ("" if number == 1 else "s")


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
