"""The page that lists the rules lists these rules."""

from __future__ import annotations

import re
from pathlib import Path

from evidence.audit.auditing import all_rules

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
