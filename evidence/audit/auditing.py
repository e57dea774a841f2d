"""Arithmetic that printed numbers must satisfy: one rule, one question.

A rule speaks only when no value inside the rounding intervals of the printed numbers is consistent.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from evidence.audit import (
    effect_rules,
    estimate_rules,
    flow_rules,
    review_rules,
    stratum_rules,
    table_rules,
    unit_rules,
)
from evidence.audit.printed_effect import printed_effect
from evidence.audit.rule import (
    EFFECT_RULES,
    RECORD_RULES,
    REVIEW_RULES,
    AsksEffect,
    AsksRecord,
    AsksReview,
    Finding,
    Rule,
)
from evidence.records.parsing import KeyPath, Problem, Severity
from evidence.records.reading import Document
from evidence.records.schema import Record

__all__ = ["Finding", "Rule", "all_rules", "audit_record", "audit_review", "effect_findings", "findings"]

ROOMS = (effect_rules, estimate_rules, stratum_rules, flow_rules, table_rules, unit_rules, review_rules)
"""The modules whose import registers the rules."""


def all_rules() -> list[Rule[AsksEffect] | Rule[AsksRecord] | Rule[AsksReview]]:
    """Every rule, for a table of names, severities and explanations."""
    return [*EFFECT_RULES.rules, *RECORD_RULES.rules, *REVIEW_RULES.rules]


def audit_record(document: Document[Record]) -> list[Problem]:
    """What contradicts itself inside one record, sorted by place; nothing for an unreadable one."""
    if document.model is None or document.tree is None:
        return []
    found = [
        document.tree.problem(at, severity, rule, says, hint)
        for at, severity, rule, says, hint in findings(document.model)
    ]
    return sorted(found, key=lambda problem: problem.sort_key)


def audit_review(documents: Sequence[Document[Record]]) -> list[Problem]:
    """What readable records contradict or repeat among each other, sorted by place."""
    readable = [(d.model, d.tree) for d in documents if d.model is not None and d.tree is not None]
    records = [record for record, _ in readable]
    found = [
        readable[index][1].problem(
            finding.at, finding.severity or rule.severity, rule.name, finding.says, finding.hint
        )
        for rule in REVIEW_RULES.rules
        for index, finding in rule.question(records)
    ]
    return sorted(found, key=lambda problem: problem.sort_key)


Placed = tuple[KeyPath, Severity, str, str, str | None]


def findings(record: Record) -> Iterator[Placed]:
    """Key path, severity, rule, words and hint of all that contradicts itself inside one record."""
    yield from effect_findings(record)
    for rule in RECORD_RULES.rules:
        for finding in rule.question(record):
            yield finding.at, finding.severity or rule.severity, rule.name, finding.says, finding.hint


def effect_findings(record: Record) -> Iterator[Placed]:
    """The findings about single printed effects: what it takes to know which of them cannot be true."""
    for index, estimate in enumerate(record.estimates):
        effect = printed_effect(estimate)
        if effect is None:
            continue
        for asked in EFFECT_RULES.rules:
            finding = asked.question(effect)
            if finding is not None:
                at = ("estimates", index, "effect", *finding.at)
                yield at, finding.severity or asked.severity, asked.name, finding.says, finding.hint
