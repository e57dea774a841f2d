"""The page that lists the rules lists these rules."""

from __future__ import annotations

from pathlib import Path

from evidence.audit.auditing import all_rules

PAGE = Path(__file__).resolve().parents[3] / "docs" / "audit.md"


def test_every_rule_is_documented_and_nothing_else() -> None:
    lines = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| `")]
    assert lines == [f"| `{rule.name}` | {rule.severity} | {rule.explanation} |" for rule in all_rules()]
    assert len({rule.name for rule in all_rules()}) == len(lines) >= 40
