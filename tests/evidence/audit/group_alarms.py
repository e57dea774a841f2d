"""How often further rules alarm falsely, and which misprints they catch: tables of docs/audit.md.

`python tests/evidence/audit/group_alarms.py` measures anew and writes them into the page.
"""

from __future__ import annotations

import random
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[3]))

from evidence.audit.auditing import ESTIMATE_RULES, RECORD_RULES, REVIEW_RULES
from evidence.records.parsing import Severity
from evidence.records.possible import faults_of_record
from evidence.records.schema import Record
from tests.evidence.audit.generated_papers import PAPERS
from tests.evidence.audit.group_misprints import MISPRINTS
from tests.evidence.audit.legitimate_groups import Comparison, comparisons

PAGE = Path(__file__).parents[3] / "docs" / "audit.md"
BEGIN, END = "<!-- measured of groups -->\n", "<!-- end of measured of groups -->\n"
LEGITIMATE, LEGITIMATE_SEED = 10_000, 1
MISPRINTED, MISPRINTED_SEED = 1_600, 5
OF_EACH, OF_EACH_SEED = 500, 9


def said(comparison: Comparison) -> dict[str, Severity]:
    """What rules about estimates and groups say, by name; a count or SD that cannot be is one of them."""
    record = comparison.record()
    found = {
        rule.name: finding.severity or rule.severity
        for rule in ESTIMATE_RULES.rules
        if (finding := rule.question(record, record.estimates[0])) is not None
    }
    if next(faults_of_record(record), None) is not None:
        found["impossible"] = Severity.ERROR
    return found


def alarms(count: int, seed: int) -> dict[str, tuple[int, int, int]]:
    """By kind of analysis: how many, those with an error, those with a warning."""
    made, errors, warnings = Counter[str](), Counter[str](), Counter[str]()
    for each in comparisons(count, seed):
        found = set(said(each).values())
        made[each.way] += 1
        errors[each.way] += Severity.ERROR in found
        warnings[each.way] += Severity.ERROR not in found and Severity.WARNING in found
    return {way: (made[way], errors[way], warnings[way]) for way in sorted(made)}


def caught(count: int, seed: int) -> dict[tuple[str, bool], tuple[int, int, int]]:
    """By kind of misprint and whether the model is crude: how many, those found, those found as errors."""
    draw = random.Random(seed)
    made, found, errors = (Counter[tuple[str, bool]]() for _ in range(3))
    for meant in comparisons(count, seed):
        for kind, misprint in MISPRINTS.items():
            printed = misprint(meant, draw)
            if printed is not None:
                key = kind, meant.is_crude
                severities = said(printed).values()
                made[key] += 1
                found[key] += any(severity is not Severity.NOTE for severity in severities)
                errors[key] += Severity.ERROR in severities
    return {key: (made[key], found[key], errors[key]) for key in made}


def by_rule() -> Iterator[str]:
    """A line for each rule: sound comparisons of which it speaks, and misprints of the kind it finds best.

    A misprint of crude and one of adjusted comparisons are two.
    """
    false = Counter[str]()
    for each in comparisons(LEGITIMATE, LEGITIMATE_SEED):
        false.update(_audible(each))
    draw, made, found = random.Random(MISPRINTED_SEED), Counter[str](), Counter[tuple[str, str]]()
    for meant in comparisons(MISPRINTED, MISPRINTED_SEED):
        for kind, misprint in MISPRINTS.items():
            printed = misprint(meant, draw)
            if printed is not None:
                told = kind if meant.is_crude else f"{kind}, adjusted"
                made[told] += 1
                found.update((rule, told) for rule in _audible(printed))
    for rule in ESTIMATE_RULES.names:
        kind = max(made, key=lambda kind: found[rule, kind] / made[kind])
        if found[rule, kind] and rule not in PAPERS:
            rate = f"{false[rule]} of {LEGITIMATE:,} | {kind} | {found[rule, kind]} of {made[kind]}"
            yield f"| {rule} | {rate} |"


def _audible(comparison: Comparison) -> list[str]:
    """The rules with an error or a warning."""
    return [rule for rule, severity in said(comparison).items() if severity is not Severity.NOTE]


def papers(rule: str, count: int, seed: int) -> tuple[int, int]:
    """Of so many reviews without a misprint, and of as many with one, those that the rule speaks of."""
    draw, (_, make) = random.Random(seed), PAPERS[rule]
    false = sum(_speaks(rule, make(draw, False)) for _ in range(count))
    return false, sum(_speaks(rule, make(draw, True)) for _ in range(count))


def _speaks(name: str, review: list[Record]) -> bool:
    for asks in ESTIMATE_RULES.rules:
        if asks.name == name:
            return any(asks.question(one, each) is not None for one in review for each in one.estimates)
    for of_record in RECORD_RULES.rules:
        if of_record.name == name:
            return any(True for one in review for _ in of_record.question(one))
    (of_review,) = (rule for rule in REVIEW_RULES.rules if rule.name == name)
    return any(True for _ in of_review.question(review))


def tables() -> str:
    """All tables as the page has them."""
    lines = ["| analysis | made | errors | warnings |", "|---|--:|--:|--:|"]
    of_each = alarms(LEGITIMATE, LEGITIMATE_SEED)
    for way, numbers in of_each.items():
        lines.append(f"| {way} | {' | '.join(f'{number:,}' for number in numbers)} |")
    totals = [sum(column) for column in zip(*of_each.values(), strict=True)]
    lines.append(f"| all | {' | '.join(f'{number:,}' for number in totals)} |")
    lines += [
        "",
        "| misprint | crude | caught | as errors | adjusted | caught |",
        "|---|--:|--:|--:|--:|--:|",
    ]
    found = caught(MISPRINTED, MISPRINTED_SEED)
    for kind in MISPRINTS:
        crude, adjusted = (found.get((kind, is_crude), (0, 0, 0)) for is_crude in (True, False))
        lines.append(f"| {kind} | {' | '.join(map(str, (*crude, *adjusted[:2])))} |")
    lines += ["", "| rule | false alarms | misprint it finds best | found |", "|---|--:|---|--:|", *by_rule()]
    lines += ["", "| rule | misprint | made of each | false alarms | caught |", "|---|---|--:|--:|--:|"]
    for rule, (what, _) in PAPERS.items():
        false, true = papers(rule, OF_EACH, OF_EACH_SEED)
        lines.append(f"| {rule} | {what} | {OF_EACH} | {false} | {true} |")
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
