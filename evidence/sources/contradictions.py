"""Candidates that contradict themselves: the audit's own questions, asked of what a text prints."""

from __future__ import annotations

from dataclasses import dataclass

import evidence.audit.auditing  # noqa: F401 - the rules are registered where they stand
from evidence.audit.printed_effect import USUAL_LEVEL, PrintedEffect
from evidence.audit.rule import EFFECT_RULES, NOTE
from evidence.records.possible import is_a_level, is_a_probability, is_in_range
from evidence.records.printed import Percent, Printed, PValue
from evidence.records.vocabulary import Measure
from evidence.sources.candidates import CandidateKind, Shown, TextCandidate

_WITH_A_NULL: tuple[Measure, ...] = ("beta", "OR", "r")
_WITHOUT: Measure = "threshold"
_OF_ANOTHER_MEASURE = ("ratio-not-positive", "out-of-range")


@dataclass(frozen=True)
class Contradiction:
    """What cannot be true of a candidate: the rule of the audit, its words, and what would explain it."""

    rule: str
    says: str
    hint: str | None = None


def contradictions_of(candidate: TextCandidate) -> tuple[Contradiction, ...]:
    """What cannot be true of it, in the audit's words; nothing where its numbers agree.

    An effect whose measure is unknown contradicts itself only if it does so as a slope, as a ratio and as a
    correlation, as far as it can be each of them.
    """
    if candidate.kind is CandidateKind.COUNTS:
        return _of_counts(candidate)
    if candidate.kind is not CandidateKind.EFFECT:
        return ()
    if candidate.measure is not None:
        return tuple(_findings(candidate, candidate.measure).values())
    tested = {"p", "t"} & candidate.numbers.keys()
    views = [_findings(candidate, measure) for measure in (_WITH_A_NULL if tested else (_WITHOUT,))]
    possible = [view for view in views if not any(name in view for name in _OF_ANOTHER_MEASURE)]
    shared = set.intersection(*(set(view) for view in possible)) if possible else set()
    return tuple(found for name, found in (possible or [{}])[0].items() if name in shared)


def _findings(candidate: TextCandidate, measure: Measure) -> dict[str, Contradiction]:
    effect = _effect(candidate, measure)
    if effect is None:
        return {}
    found = {}
    for rule in EFFECT_RULES.rules:
        finding = rule.question(effect)
        if finding is not None and (finding.severity or rule.severity) is not NOTE:
            found[rule.name] = Contradiction(rule.name, finding.says, finding.hint)
    return found


def _effect(candidate: TextCandidate, measure: Measure) -> PrintedEffect | None:
    numbers = candidate.numbers
    estimate = _printed(numbers.get("estimate"))
    if estimate is None:
        return None
    lower, upper = _printed(numbers.get("low")), _printed(numbers.get("high"))
    if lower is None or upper is None:
        lower = upper = None
    level = Percent.parse(f"{numbers['level'].value} %") if "level" in numbers else None
    p = PValue.parse(f"{numbers['p'].relation}{numbers['p'].value}") if "p" in numbers else None
    n = numbers.get("n")
    return PrintedEffect(
        measure,
        estimate,
        lower,
        upper,
        level.fraction if level is not None and is_a_level(level) else USUAL_LEVEL,
        None if "se" in candidate.unsure else _printed(numbers.get("se")),
        _printed(numbers.get("t")),
        p if p is not None and is_a_probability(p) else None,
        float(numbers["df"].value) if "df" in numbers and numbers["df"].value > 0 else None,
        int(n.value) if n is not None and n.value > 0 else None,
        log=candidate.on_log,
    )


def _printed(shown: Shown | None) -> Printed | None:
    number = None if shown is None else Printed.parse(str(shown.value))
    return number if number is not None and is_in_range(number) else None


def _of_counts(candidate: TextCandidate) -> tuple[Contradiction, ...]:
    """A printed percentage is the one that events and total give."""
    numbers = candidate.numbers
    if not {"events", "n", "percent"} <= numbers.keys() or numbers["n"].value <= 0:
        return ()
    events, n, percent = (_printed(numbers[role]) for role in ("events", "n", "percent"))
    if events is None or n is None or percent is None:
        return ()
    share = 100 * float(events) / float(n)
    if percent.lowest - _TOLERANCE <= share <= percent.highest + _TOLERANCE:
        return ()
    return (Contradiction("percent-of-counts", f"{events} of {n} are {share:.4g}%, not {percent}%"),)


_TOLERANCE = 1e-9
