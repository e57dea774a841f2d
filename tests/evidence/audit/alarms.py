"""How often the audit alarms falsely, and which misprints it catches: the tables of docs/audit.md.

`python tests/evidence/audit/alarms.py` measures anew and writes them into the page.
"""

from __future__ import annotations

import random
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

sys.path.insert(0, str(Path(__file__).parents[3]))

from evidence.audit import effect_rules
from evidence.audit.auditing import EFFECT_RULES
from evidence.audit.printed_effect import PrintedEffect
from evidence.records.parsing import Severity
from tests.evidence.audit.legitimate import analyses
from tests.evidence.audit.test_misprints import MISPRINTS, consistent_effects

PAGE = Path(__file__).parents[3] / "docs" / "audit.md"
BEGIN, END = "<!-- measured -->\n", "<!-- end of measured -->\n"
ANALYSES, ANALYSES_SEED = 10_000, 1
EFFECTS, EFFECTS_SEED = 400, 4

ALARMS_BEFORE: dict[str, tuple[int, int]] = {
    "Cox, Wald": (0, 47),
    "Cox, profile": (1, 65),
    "IRR, Wald": (4, 119),
    "IRR, exact": (6, 286),
    "MD, Student": (5, 75),
    "MD, Welch": (3, 114),
    "OR, Cornfield": (3, 160),
    "OR, Cornfield, corrected": (9, 281),
    "OR, Woolf": (2, 204),
    "OR, exact": (8, 309),
    "OR, mid-p": (1, 206),
    "OR, profile": (2, 196),
    "RD, Agresti-Caffo": (3, 232),
    "RD, Newcombe": (15, 237),
    "RD, Wald": (5, 159),
    "RD, score": (4, 225),
    "RR, Katz": (14, 191),
    "RR, Koopman": (4, 214),
    "SMD, normal": (0, 101),
    "logistic, Wald": (3, 111),
    "logistic, profile": (0, 152),
    "proportion, Agresti-Coull": (0, 0),
    "proportion, Clopper-Pearson": (0, 0),
    "proportion, Wald": (39, 0),
    "proportion, Wilson": (0, 0),
}
"""Errors and warnings by way of making the interval, of the rules that allowed few methods; same analyses."""

CAUGHT_BEFORE = {
    "sign of the estimate": 397,
    "sign of the lower limit": 398,
    "sign of the upper limit": 395,
    "digit of the estimate": 318,
    "digit of the lower limit": 305,
    "digit of the upper limit": 288,
    "transposition in the estimate": 279,
    "transposition in the lower limit": 258,
    "transposition in the upper limit": 263,
    "point of the estimate": 396,
    "point of the lower limit": 397,
    "point of the upper limit": 394,
    "limits exchanged": 387,
    "estimate and upper limit exchanged": 379,
    "level": 123,
    "digit of p": 204,
    "point of p": 269,
}
"""Of the misprints of EFFECTS_SEED, by kind, those that the same earlier rules found."""


def worst(effect: PrintedEffect) -> Severity | None:
    """The worst thing that any rule says of an effect."""
    said = {
        finding.severity or rule.severity
        for rule in EFFECT_RULES.rules
        if (finding := rule.question(effect)) is not None
    }
    return next((severity for severity in Severity if severity in said), None)


def alarms(count: int, seed: int) -> dict[str, tuple[int, int, int]]:
    """By way of making the interval: analyses, those with an error, those with a warning."""
    made, errors, warnings = Counter[str](), Counter[str](), Counter[str]()
    for each in analyses(count, seed):
        way = each.way.partition(";")[0]
        found = worst(each.printed)
        made[way] += 1
        errors[way] += found is Severity.ERROR
        warnings[way] += found is Severity.WARNING
    return {way: (made[way], errors[way], warnings[way]) for way in sorted(made)}


def caught(count: int, seed: int) -> dict[str, tuple[int, int]]:
    """By kind of slip: how many were made, and how many an error or a warning tells of."""
    draw, made, found = random.Random(seed), Counter[str](), Counter[str]()
    for meant in consistent_effects(count, seed):
        for kind, misprint in MISPRINTS.items():
            printed = misprint(meant, draw)
            if printed is not None:
                made[kind] += 1
                found[kind] += worst(printed) in (Severity.ERROR, Severity.WARNING)
    return {kind: (made[kind], found[kind]) for kind in MISPRINTS}


def speaking(effect: PrintedEffect) -> set[str]:
    """The rules with an error or a warning about an effect."""
    return {
        rule.name
        for rule in EFFECT_RULES.rules
        if (finding := rule.question(effect)) is not None
        and (finding.severity or rule.severity) is not Severity.NOTE
    }


def by_rule() -> Iterator[str]:
    """A line for each rule: sound analyses of which it speaks, and misprints of the kind it finds best."""
    false = Counter[str]()
    for each in analyses(ANALYSES, ANALYSES_SEED):
        false.update(speaking(each.printed))
    draw, made, found = random.Random(EFFECTS_SEED), Counter[str](), Counter[tuple[str, str]]()
    for meant in consistent_effects(EFFECTS, EFFECTS_SEED):
        for kind, misprint in MISPRINTS.items():
            printed = misprint(meant, draw)
            if printed is not None:
                made[kind] += 1
                found.update((rule, kind) for rule in speaking(printed))
    for rule in EFFECT_RULES.names:
        kind = max(MISPRINTS, key=lambda kind: found[rule, kind] / made[kind])
        if found[rule, kind]:
            rate = f"{false[rule]} of {ANALYSES:,} | {kind} | {found[rule, kind]} of {made[kind]}"
            yield f"| {rule} | {rate} |"


def tables() -> str:
    """All tables as the page has them; hints, which take most of the time, are left out."""
    with patch.object(effect_rules, "nearest_consistent", return_value=""):
        return _tables()


def _tables() -> str:
    lines = [
        "| interval | analyses | errors before | now | warnings before | now |",
        "|---|--:|--:|--:|--:|--:|",
    ]
    found = alarms(ANALYSES, ANALYSES_SEED)
    for way, (made, errors, warnings) in found.items():
        before = ALARMS_BEFORE.get(way, (0, 0))
        lines.append(f"| {way} | {made:,} | {before[0]} | {errors} | {before[1]} | {warnings} |")
    totals = [sum(column) for column in zip(*found.values(), strict=True)]
    first, second = (sum(column) for column in zip(*ALARMS_BEFORE.values(), strict=True))
    lines.append(f"| all | {totals[0]:,} | {first} | {totals[1]} | {second:,} | {totals[2]:,} |")
    lines += ["", "| misprint | made | caught before | now |", "|---|--:|--:|--:|"]
    for kind, (number, now) in caught(EFFECTS, EFFECTS_SEED).items():
        lines.append(f"| {kind} | {number} | {CAUGHT_BEFORE[kind]} | {now} |")
    lines += ["", "| rule | false alarms | misprint it finds best | found |", "|---|--:|---|--:|", *by_rule()]
    return "\n".join(lines) + "\n"


def between(page: str) -> str:
    """The measured part of the page."""
    return page.partition(BEGIN)[2].partition(END)[0]


def main() -> None:
    """Write the tables into the page."""
    page = PAGE.read_text(encoding="utf-8")
    head, _, rest = page.partition(BEGIN)
    PAGE.write_text(f"{head}{BEGIN}\n{tables()}\n{END}{rest.partition(END)[2]}", encoding="utf-8")


if __name__ == "__main__":
    main()
