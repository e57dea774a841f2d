"""Short spelling of printed effects for tests."""

from __future__ import annotations

from evidence.audit.auditing import EFFECT_RULES
from evidence.audit.printed_effect import PrintedEffect
from evidence.records.parsing import Severity
from evidence.records.printed import Printed, PValue
from evidence.records.vocabulary import Measure


def effect(
    measure: Measure,
    estimate: str,
    ci: tuple[str, str] | None = None,
    p: str | None = None,
    *,
    se: str | None = None,
    t: str | None = None,
    n: int | None = None,
    df: float | None = None,
    level: float = 0.95,
) -> PrintedEffect:
    """An effect from the spelling of its numbers."""
    lower, upper = (Printed.parse(limit) for limit in ci) if ci else (None, None)
    return PrintedEffect(
        measure,
        Printed.parse(estimate),
        lower,
        upper,
        level,
        se=Printed.parse(se) if se else None,
        t=Printed.parse(t) if t else None,
        p=PValue.parse(p) if p else None,
        df=df,
        n=n,
    )


def said(printed: PrintedEffect) -> dict[str, tuple[Severity, str, str | None]]:
    """Severity, words and hint by rule, for the rules that speak."""
    found = {}
    for rule in EFFECT_RULES.rules:
        finding = rule.question(printed)
        if finding is not None:
            found[rule.name] = finding.severity or rule.severity, finding.says, finding.hint
    return found


def severity(printed: PrintedEffect, rule: str) -> Severity | None:
    """How bad a rule finds it; None where it is silent."""
    found = said(printed).get(rule)
    return None if found is None else found[0]
