"""Rules about names: two spellings of one thing would count as two, and persons twice."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations

from evidence.audit.rule import NOTE, PLAN_RULES, WARNING, Finding
from evidence.records.names import NameKind, name_key
from evidence.records.parsing import KeyPath
from evidence.records.review import Review
from evidence.records.schema import Record

LEAST_LIKENESS = 0.85
SHORTEST = 5
"""Letters of a word below which likeness means nothing: hip and hit."""

MOST_NAMES = 400
"""Of one kind; among more, pairs are not looked for."""

_WORDS: dict[NameKind, str] = {
    "cohorts": "cohorts",
    "outcomes": "outcomes",
    "exposures": "exposures",
    "groups": "groups compared",
}


@PLAN_RULES.rule("near-names", NOTE)
def near_names(review: Review, records: Sequence[Record]) -> Iterator[Finding]:
    """Names that differ by little, or of which one abbreviates the other, are declared one thing or two."""
    apart = {frozenset(map(name_key, pair)) for pair in review.distinct}
    for kind, names in _names_of(review, records).items():
        if len(names) > MOST_NAMES:
            continue
        for first, second in combinations(sorted(names), 2):
            if frozenset((name_key(first), name_key(second))) in apart or not are_near(first, second):
                continue
            says = f"'{first}' and '{second}' look like one of the {_WORDS[kind]}, and count as two"
            hint = f"Name them under 'same: {kind}:' as one, or under 'distinct:' as two."
            yield Finding((), says, hint)


@PLAN_RULES.rule("name-of-nothing", WARNING)
def name_of_nothing(review: Review, records: Sequence[Record]) -> Iterator[Finding]:
    """Some record uses one of the names that `same` and `within` declare."""
    if not records:
        return
    for kind, names in _names_of(review, records, as_printed=True).items():
        known = {name_key(name) for name in names}
        for name, others in getattr(review.same, kind).items():
            if not known & {name_key(each) for each in (name, *others)}:
                yield _of_nothing(("same", kind, name), name, kind)
        if kind == "cohorts":
            for name in review.within:
                if name_key(review.same.name(kind, name)) not in {
                    name_key(review.same.name(kind, n)) for n in names
                }:
                    yield _of_nothing(("within", name), name, kind)


def _of_nothing(at: KeyPath, name: str, kind: NameKind) -> Finding:
    return Finding(at, f"no record has '{name}' among its {_WORDS[kind]}", "A slip in the name?")


def _names_of(
    review: Review, records: Iterable[Record], as_printed: bool = False
) -> dict[NameKind, set[str]]:
    """The names that records use, by the review's spelling, those of containing cohorts included."""
    found: dict[NameKind, set[str]] = {kind: set() for kind in _WORDS}
    for record in records:
        found["cohorts"] |= {record.cohort.name, *record.cohort.part_of}
        found["outcomes"] |= {outcome.name for outcome in record.outcomes.values()}
        found["exposures"] |= {exposure.name for exposure in record.exposures.values()}
        for _, estimate in record.placed_estimates:
            if estimate.effect is not None and estimate.effect.versus is not None:
                found["groups"] |= {estimate.effect.versus.exposed, estimate.effect.versus.reference}
    if as_printed:
        return found
    return {kind: {review.same.name(kind, name) for name in names} for kind, names in found.items()}


def are_near(first: str, second: str) -> bool:
    """Whether two different names may be one thing: word by word alike, or one the initials of the other.

    Signs and digits have to be the same (NHANES 2013 and NHANES 2015, < 12 and >= 12 are two things), and so
    have short words (T-score and Z-score) and first letters (KNHANES and NHANES).
    """
    a, b = name_key(first), name_key(second)
    if a == b:
        return False
    if _abbreviates(first, second) or _abbreviates(second, first):
        return True
    ours, others = _words(a), _words(b)
    if "".join(ours) == "".join(others):
        return True
    return len(ours) == len(others) and all(map(_one_word, ours, others))


def _words(name: str) -> list[str]:
    return re.findall(r"[^\W\d_]+|\d+(?:\.\d+)?|[<>=≤≥+]+", name)


def _one_word(a: str, b: str) -> bool:
    """Whether two words are the same, or spellings of one: anemia and anaemia."""
    if a == b:
        return True
    if a[0] != b[0] or min(len(a), len(b)) < SHORTEST:
        return False
    return difflib.SequenceMatcher(None, a, b).ratio() >= LEAST_LIKENESS


def _abbreviates(short: str, long: str) -> bool:
    """Whether a word in capitals is made of the initials of words of the other name, which has it not."""
    initials = "".join(word[0] for word in re.findall(r"[A-Za-z]+", long) if word[0].isupper())
    words = re.findall(r"\b[A-Z]{3,}\b", short)
    return any(word in initials and word not in long for word in words)
