"""Misprints that a person has looked at: a finding becomes a note, as long as the data are the same."""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from evidence.audit.rule import (
    EFFECT_RULES,
    ERROR,
    ESTIMATE_RULES,
    NOTE,
    OF_NOTICES,
    OF_SOURCES,
    RECORD_RULES,
    REVIEW_RULES,
    WARNING,
    Finding,
)
from evidence.records.parsing import KeyPath, Severity
from evidence.records.provenance import Acknowledgement
from evidence.records.schema import Record
from evidence.records.trust import PARTS, WORDS, counts, estimate_called, fingerprint, is_printed

Placed = tuple[KeyPath, Severity, str, str, str | None]
"""Key path, severity, rule, words and hint of a finding."""


@RECORD_RULES.rule("acknowledgement-open", ERROR)
def acknowledgement_open(record: Record) -> Iterator[Finding]:
    """An acknowledgement names a finding, an estimate or part, and the data it was made on."""
    for index, each in enumerate(record.acknowledged):
        at: KeyPath = ("acknowledged", index)
        names = [*EFFECT_RULES.names, *ESTIMATE_RULES.names, *RECORD_RULES.names, *REVIEW_RULES.names]
        names += (*OF_SOURCES, *OF_NOTICES)
        now = fingerprint(record, each.of)
        if each.finding not in names:
            says = f"no finding is called '{each.finding}'"
            yield Finding((*at, "finding"), says, _suggestion(each.finding, names))
        elif now is None:
            known = [*(estimate.id for _, estimate in record.placed_estimates), *PARTS]
            says = f"the record has no estimate and no part called '{each.of}'"
            yield Finding((*at, "of"), says, _suggestion(each.of, known))
        elif each.data is None:
            says = f"the acknowledgement of {each.finding} does not say what data it was made on"
            yield Finding(at, says, f"If the numbers of '{each.of}' are as you saw them, add 'data: {now}'.")
        elif each.data != now:
            says = (
                f"the numbers of '{each.of}' have changed since {each.by} acknowledged {each.finding} "
                f"on {each.on}; it no longer counts"
            )
            yield Finding((*at, "data"), says, f"Look again; if it still holds, write 'data: {now}'.")


@RECORD_RULES.rule("use-not-printed", ERROR)
def use_not_printed(record: Record) -> Iterator[Finding]:
    """`use` names a number that is printed beside the estimate, and says the same wherever it stands."""
    for index, estimate in enumerate(record.estimates):
        effect = estimate.effect
        if effect is not None and effect.use is not None and not is_printed(effect, effect.use, estimate.n):
            says = f"'use' names {WORDS[effect.use]}, which is not printed"
            yield Finding(("estimates", index, "effect", "use"), says, "Name a number that the record has.")
    for index, each in enumerate(record.acknowledged):
        found = estimate_called(record, each.of)
        effect = None if found is None else found.effect
        if each.use is None or each.use == "nothing" or found is None or effect is None:
            continue
        at: KeyPath = ("acknowledged", index, "use")
        if not is_printed(effect, each.use, found.n):
            yield Finding(at, f"'use' names {WORDS[each.use]}, which '{each.of}' does not print")
        elif effect.use not in (None, each.use):
            yield Finding(at, f"'use: {each.use}' stands here and 'use: {effect.use}' in the effect itself")


def _suggestion(word: str, known: list[str]) -> str:
    close = difflib.get_close_matches(word, known)
    return f"Did you mean '{close[0]}'?" if close else f"Known: {', '.join(known[:60])}."


def acknowledged(record: Record, found: list[Placed]) -> list[Placed]:
    """The findings, those that a person has looked at as notes; and acknowledgements of nothing."""
    if not record.acknowledged:
        return found
    idle = {index: each for index, each in enumerate(record.acknowledged) if counts(record, each)}
    for index in [i for i, each in idle.items() if any(_is_about(record, each, one) for one in found)]:
        del idle[index]
    across = {*REVIEW_RULES.names, *OF_SOURCES, *OF_NOTICES}
    return [
        *(noted(record, each) for each in found),
        *(
            (
                ("acknowledged", index, "finding"),
                WARNING,
                "acknowledgement-open",
                f"'{each.of}' has no finding {each.finding} to acknowledge",
                "Delete the entry, or name the finding that 'check' prints in brackets.",
            )
            for index, each in idle.items()
            if each.finding not in across
        ),
    ]


def noted(record: Record, found: Placed) -> Placed:
    """The finding, as a note if an acknowledgement of it counts."""
    at, _, rule, says, hint = found
    for each in record.acknowledged:
        if _is_about(record, each, found) and counts(record, each):
            words = f"{says}; acknowledged by {each.by} on {each.on}: {each.why.rstrip('.')}"
            return at, NOTE, rule, words + _used(each), hint
    return at, found[1], rule, says, hint


def _used(acknowledgement: Acknowledgement) -> str:
    if acknowledgement.use is None:
        return ""
    used = "nothing of it" if acknowledgement.use == "nothing" else WORDS[acknowledgement.use]
    return f"; {used} is used"


def _is_about(record: Record, acknowledgement: Acknowledgement, found: Placed) -> bool:
    at, _, rule, *_ = found
    estimate = record.estimate_at(at)
    place = str(at[0]) if estimate is None else estimate.id
    return rule == acknowledgement.finding and place == acknowledgement.of
