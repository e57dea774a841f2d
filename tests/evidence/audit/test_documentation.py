"""The page that lists the rules lists these rules."""

from __future__ import annotations

import re
from pathlib import Path

from evidence.audit.auditing import all_rules
from tests.evidence.audit import alarms, group_alarms

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "audit.md").read_text(encoding="utf-8")


def rows(heading: str) -> list[str]:
    """The lines about rules under a heading."""
    part = PAGE.partition(f"## {heading}")[2].partition("\n## ")[0]
    return [line for line in part.splitlines() if line.startswith("| `")]


def test_every_rule_is_documented_and_nothing_else() -> None:
    lines = rows("The rules\n")
    assert lines == [f"| `{rule.name}` | {rule.severity} | {rule.explanation} |" for rule in all_rules()]
    assert len({rule.name for rule in all_rules()}) == len(lines) >= 40


def test_what_rules_flag_and_leave_alone_is_told_of_rules_that_exist() -> None:
    told = [name for row in rows("What the rules") for name in re.findall(r"`([a-z-]+)`", row.split("|")[1])]
    assert set(told) <= {rule.name for rule in all_rules()}
    assert len(told) == len(set(told)) >= 25


def test_each_rule_has_its_measured_rate_or_is_named_as_one_without() -> None:
    tables = alarms.between(PAGE) + group_alarms.between(PAGE)
    rules = {rule.name for rule in all_rules()}
    measured = {line.split("|")[1].strip() for line in tables.splitlines() if line.startswith("| ")} & rules
    named = re.findall(r"`([a-z0-9-]+)`", PAGE.partition("Without a rate")[2].partition("\n\n")[0])
    assert len(named) == len(set(named))
    assert measured.isdisjoint(named)
    assert measured | set(named) == rules
    assert len(measured) >= 34
