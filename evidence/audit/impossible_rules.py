"""Rules about numbers that cannot be, whatever stands beside them; evidence.records.possible knows which."""

from __future__ import annotations

from collections.abc import Iterator

from evidence.audit.consistency import P_SOURCES
from evidence.audit.explanations import nearest_consistent
from evidence.audit.printed_effect import view_with_p
from evidence.audit.rule import ERROR, RECORD_RULES, Finding
from evidence.records.possible import Fault, Kind, faults_of_record
from evidence.records.schema import Record


def _of(record: Record, kind: Kind) -> Iterator[Finding]:
    for fault in faults_of_record(record):
        if fault.kind == kind:
            yield Finding(fault.at, fault.says, fault.hint)


@RECORD_RULES.rule("number-impossible", ERROR)
def number_impossible(record: Record) -> Iterator[Finding]:
    """No measurement of persons is larger than 1e20 or smaller than 1e-20, and no age below zero."""
    return _of(record, "number")


@RECORD_RULES.rule("count-impossible", ERROR)
def count_impossible(record: Record) -> Iterator[Finding]:
    """A count is a whole number of persons who can exist, and events are no more than persons."""
    return _of(record, "count")


@RECORD_RULES.rule("sd-impossible", ERROR)
def sd_impossible(record: Record) -> Iterator[Finding]:
    """A standard deviation is not below zero."""
    return _of(record, "sd")


@RECORD_RULES.rule("percent-impossible", ERROR)
def percent_impossible(record: Record) -> Iterator[Finding]:
    """A percentage of persons lies between 0 and 100."""
    return _of(record, "percent")


@RECORD_RULES.rule("p-impossible", ERROR)
def p_impossible(record: Record) -> Iterator[Finding]:
    """A p-value lies between 0 and 1."""
    for fault in faults_of_record(record):
        if fault.kind == "p":
            yield Finding(fault.at, fault.says, _meant_p(record, fault) or fault.hint)


def _meant_p(record: Record, fault: Fault) -> str | None:
    """The slip that would explain it, where other numbers tell what p should be."""
    estimate = record.estimate_at(fault.at)
    view = None if estimate is None else view_with_p(estimate)
    if view is None or all(source(view) is None for source in P_SOURCES):
        return None
    return nearest_consistent(view)


@RECORD_RULES.rule("level-impossible", ERROR)
def level_impossible(record: Record) -> Iterator[Finding]:
    """The level of an interval lies between 50 and 100 per cent."""
    return _of(record, "level")


@RECORD_RULES.rule("df-impossible", ERROR)
def df_impossible(record: Record) -> Iterator[Finding]:
    """Degrees of freedom are above zero."""
    return _of(record, "df")


@RECORD_RULES.rule("doi-malformed", ERROR)
def doi_malformed(record: Record) -> Iterator[Finding]:
    """A DOI is 10., four to nine digits, a slash and a name, and nothing else."""
    return _of(record, "doi")


@RECORD_RULES.rule("years-impossible", ERROR)
def years_impossible(record: Record) -> Iterator[Finding]:
    """Years and ages run from low to high, and years lie between 1800 and 2200."""
    return _of(record, "year")
