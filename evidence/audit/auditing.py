"""Arithmetic that printed numbers must satisfy: one rule, one question.

A rule speaks only when no value inside the rounding intervals of the printed numbers is consistent.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeAlias, get_args

from evidence.audit import (
    acknowledging,
    bias_rules,
    certainty_rules,
    class_rules,
    digit_rules,
    effect_rules,
    estimate_rules,
    flow_rules,
    group_rules,
    impossible_rules,
    median_rules,
    name_rules,
    plan_rules,
    repeated_rules,
    review_rules,
    sd_rules,
    statistic_rules,
    stratum_rules,
    table_rules,
    unit_rules,
    value_rules,
)
from evidence.audit.acknowledging import Placed, acknowledged, noted
from evidence.audit.printed_effect import printed_effect
from evidence.audit.rule import (
    EFFECT_RULES,
    ERROR,
    ESTIMATE_RULES,
    PLAN_RULES,
    RECORD_RULES,
    REVIEW_RULES,
    WARNING,
    AsksEffect,
    AsksEstimate,
    AsksPlan,
    AsksRecord,
    AsksReview,
    Finding,
    Rule,
)
from evidence.records.effect import Estimate
from evidence.records.parsing import KeyPath, Problem, Severity
from evidence.records.possible import faults_of_effect
from evidence.records.reading import Document
from evidence.records.review import Review
from evidence.records.schema import Record
from evidence.records.trust import RAW, WORDS, chosen_use, is_printed, reduced, trusted
from evidence.records.vocabulary import Use
from evidence.wording import enumerate_words

__all__ = [
    "EFFECT_RULES",
    "ESTIMATE_RULES",
    "RECORD_RULES",
    "REVIEW_RULES",
    "Finding",
    "Rule",
    "all_rules",
    "audit_plan",
    "audit_record",
    "audit_review",
    "contradicted_estimates",
    "findings",
]

PlacedEstimates: TypeAlias = tuple[tuple[KeyPath, Estimate], ...]

ROOMS = (
    impossible_rules,
    effect_rules,
    digit_rules,
    group_rules,
    median_rules,
    sd_rules,
    value_rules,
    statistic_rules,
    estimate_rules,
    repeated_rules,
    stratum_rules,
    flow_rules,
    table_rules,
    class_rules,
    unit_rules,
    bias_rules,
    acknowledging,
    review_rules,
    plan_rules,
    certainty_rules,
    name_rules,
)
"""The modules whose import registers the rules."""


def all_rules() -> list[
    Rule[AsksEffect] | Rule[AsksEstimate] | Rule[AsksRecord] | Rule[AsksReview] | Rule[AsksPlan]
]:
    """Every rule, for a table of names, severities and explanations."""
    return [
        *EFFECT_RULES.rules,
        *ESTIMATE_RULES.rules,
        *RECORD_RULES.rules,
        *REVIEW_RULES.rules,
        *PLAN_RULES.rules,
    ]


def audit_record(document: Document[Record]) -> list[Problem]:
    """What contradicts itself inside one record, sorted by place; nothing for an unreadable one."""
    if document.model is None:
        return []
    assert document.tree is not None
    found = [
        document.tree.problem(at, severity, rule, says, hint)
        for at, severity, rule, says, hint in findings(document.model)
    ]
    return sorted(found, key=lambda problem: problem.sort_key)


def audit_review(documents: Sequence[Document[Record]]) -> list[Problem]:
    """What readable records contradict or repeat among each other, sorted by place."""
    readable = [(d.model, d.tree) for d in documents if d.model is not None and d.tree is not None]
    records = [record for record, _ in readable]
    found = []
    for rule in REVIEW_RULES.rules:
        for index, finding in rule.question(records):
            severity = finding.severity or rule.severity
            placed = (finding.at, severity, rule.name, finding.says, finding.hint)
            found.append(readable[index][1].problem(*noted(records[index], placed)))
    return sorted(found, key=lambda problem: problem.sort_key)


def audit_plan(document: Document[Review], records: Sequence[Record]) -> list[Problem]:
    """What review.yaml asks for that cannot be pooled, or that no record has."""
    if document.model is None:
        return []
    assert document.tree is not None
    found = [
        document.tree.problem(
            finding.at, finding.severity or rule.severity, rule.name, finding.says, finding.hint
        )
        for rule in PLAN_RULES.rules
        for finding in rule.question(document.model, records)
    ]
    return sorted(found, key=lambda problem: problem.sort_key)


def findings(record: Record) -> list[Placed]:
    """Key path, severity, rule, words and hint of all that contradicts itself inside one record.

    What the record's own `use` settles is a warning; what a person has acknowledged is a note.
    """
    found = list(_asked(record, record.placed_estimates))
    settled = tuple((at, trusted(record, estimate)) for at, estimate in record.placed_estimates)
    if settled != record.placed_estimates:
        own = tuple(estimate for at, estimate in settled if at[0] == "estimates")
        still = {
            (at, rule) for at, _, rule, *_ in _asked(record.model_copy(update={"estimates": own}), settled)
        }
        found = [each if (each[0], each[2]) in still else _settled(record, each) for each in found]
    return [_with_ways_out(record, each) for each in acknowledged(record, found)]


def _asked(record: Record, estimates: PlacedEstimates) -> Iterator[Placed]:
    yield from _about_estimates(record, estimates)
    for rule in RECORD_RULES.rules:
        for finding in rule.question(record):
            yield finding.at, finding.severity or rule.severity, rule.name, finding.says, finding.hint


def _about_estimates(record: Record, estimates: PlacedEstimates) -> Iterator[Placed]:
    """The findings about single estimates, before anything is settled or acknowledged."""
    for place, estimate in estimates:
        for at, severity, rule, says, hint in _of_estimate(record, estimate):
            yield (*place, *at), severity, rule, says, hint


def _of_estimate(record: Record, estimate: Estimate) -> Iterator[Placed]:
    """What is wrong with one estimate, its effect by itself first; paths begin at the estimate."""
    effect = printed_effect(estimate)
    for asked in EFFECT_RULES.rules:
        finding = None if effect is None else asked.question(effect)
        if finding is not None:
            at: KeyPath = ("effect", *finding.at)
            yield at, finding.severity or asked.severity, asked.name, finding.says, finding.hint
    for question in ESTIMATE_RULES.rules:
        finding = question.question(record, estimate)
        if finding is not None:
            severity = finding.severity or question.severity
            yield finding.at, severity, question.name, finding.says, finding.hint


def _settled(record: Record, found: Placed) -> Placed:
    """A finding about numbers that `use` leaves aside."""
    at, severity, rule, says, hint = found
    estimate = record.estimate_at(at)
    use = None if estimate is None else chosen_use(record, estimate)
    if use is None:
        return found
    severity = WARNING if severity is Severity.ERROR else severity
    return at, severity, rule, f"{says}; the record uses {WORDS[use]}", hint


def _with_ways_out(record: Record, found: Placed) -> Placed:
    """An error that keeps an estimate out of every pool tells which `use` would let it in."""
    at, severity, rule, says, hint = found
    estimate = record.estimate_at(at) if severity is Severity.ERROR else None
    if estimate is None:
        return found
    ways = ways_out(record, estimate)
    return at, severity, rule, says, f"{hint or ''} {ways}".strip() if ways else hint


def ways_out(record: Record, estimate: Estimate) -> str | None:
    """Which `use` would leave numbers that can be true; None where there is none, or one is chosen.

    Raw numbers that an error is about are never offered, though alone nothing would speak against them.
    """
    effect = estimate.effect
    if effect is None or effect.use is not None:
        return None
    wrong = {key for at, severity, *_ in _of_estimate(record, estimate) if severity is ERROR for key in at}
    names = [
        use
        for use in get_args(Use)
        if is_printed(effect, use, estimate.n)
        and use not in wrong.intersection(RAW)
        and impossibility(record, reduced(estimate, effect, use)) is None
    ]
    words = enumerate_words([f"'use: {name}'" for name in names], "or") if names else None
    return f"To pool it all the same, say which number to trust: {words}." if words else None


def impossibility(record: Record, estimate: Estimate) -> str | None:
    """Why the numbers of an estimate cannot be true, or not together; None where they can."""
    if estimate.effect is not None:
        for fault in faults_of_effect(estimate.effect, estimate.n):
            return fault.says
    return next(
        (says for _, severity, _, says, _ in _of_estimate(record, estimate) if severity is Severity.ERROR),
        None,
    )


def contradicted_estimates(records: Iterable[Record]) -> dict[tuple[str, str], str]:
    """Why, by (study, estimate id), estimates cannot be true by the numbers that their records trust.

    They never enter a pool.
    """
    return {
        (record.study, estimate.id): reason
        for record in records
        for _, estimate in record.placed_estimates
        if (reason := impossibility(record, trusted(record, estimate))) is not None
    }
