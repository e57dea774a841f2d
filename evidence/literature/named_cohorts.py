"""Whether the words of a citation name a cohort: with care, as many names mean other things too."""

from __future__ import annotations

import re
from collections.abc import Iterator

_STUDY = (
    r"stud(?:y|ies)|cohorts?|surve(?:y|ys|illance)|trials?|participants?|data(?:base|set)?s?|registr(?:y|ies)"
    r"|samples?|projects?|program(?:me)?s?|populations?|cycles?|waves?|examinations?|biobank"
)
_SHORT = 4
"""Letters up to which an abbreviation often means something else, but for beside a word for a study."""
_NEAR = 40
"""Signs behind a name within which the years that it is told with stand."""
_YEARS = re.compile(r"(?<!\d)((?:19|20)\d\d)(?!\d)(?:\s*(?:[-–—/]|to|and|through)\s*((?:19|20)?\d\d)(?!\d))?")
_OTHER_PART = re.compile(r"\s*-?\s*(?:[IVX]+|[1-9])(?![\w.])")

Span = tuple[int, int]


def names_cohort(
    name: str, text: str, known: str, spans: tuple[Span, ...] = (), repeated: bool = False
) -> str:
    """The words of a text that name a cohort; '' where none do.

    name: of the cohort. text: title and abstract. known: what its record says, where the long form of an
    abbreviation may stand. spans: years of the cohort; with repeated, a survey whose other years are other
    persons, a place that tells other years, or another part ("III"), does not count.
    """
    pattern = _pattern(name)
    if pattern is None:
        return ""
    for found in pattern.finditer(text):
        if _is_short(name) and not _is_of_a_study(found, text, known):
            continue
        behind = text[found.end() : found.end() + _NEAR]
        if _OTHER_PART.match(behind) and not name[-1].isdigit():
            continue
        if repeated and spans and not _meets(spans, behind):
            continue
        return found[0]
    return ""


def _pattern(name: str) -> re.Pattern[str] | None:
    """How a name is looked for: abbreviations and single words as they are spelled, phrases in any case.

    None for what is no name: words without a capital or a digit, or one word of three signs and less without
    two capitals.
    """
    words = name.split()
    if not any(sign.isupper() or sign.isdigit() for sign in name) or name.strip().isdigit():
        return None
    flexible = r"[\s-]+".join(re.escape(part) for word in words for part in word.split("-"))
    if len(words) == 1:
        capitals = sum(sign.isupper() for sign in name)
        if capitals < 2 and len(name) < _SHORT:
            return None
        return re.compile(rf"(?<![\w-]){re.escape(name)}(?![\w])")
    return re.compile(rf"(?<![\w-]){flexible}(?!\w)", re.IGNORECASE)


def _is_short(name: str) -> bool:
    return name.isupper() and name.isalpha() and len(name) <= _SHORT


def _is_of_a_study(found: re.Match[str], text: str, known: str) -> bool:
    """Whether a short abbreviation stands beside a word for a study, or behind its long form in brackets."""
    behind, before = text[found.end() :], text[: found.start()]
    if re.match(rf"\W{{0,2}}(?:\w+\s)?(?:{_STUDY})\b", behind, re.IGNORECASE):
        return True
    words = re.findall(r"[\w]+", before)[-len(found[0]) - 2 :]
    for start, first in enumerate(words):
        long = words[start:]
        initials = "".join(word[0] for word in long if word[0].isupper())
        if first[0].isupper() and initials == found[0]:
            spelled = " ".join(long)
            return bool(re.search(rf"\b(?:{_STUDY})\b", spelled, re.IGNORECASE)) or spelled in known
    return False


def _meets(spans: tuple[Span, ...], behind: str) -> bool:
    """Whether the years told behind a name are of the cohort; true where none are told."""
    told = list(told_years(behind))
    return not told or any(a <= last and first <= b for a, b in spans for first, last in told)


def told_years(text: str) -> Iterator[Span]:
    """First and last year of every period in a text: 2005-2010, 2011 to 18, 2013."""
    for found in _YEARS.finditer(text):
        first, last = int(found[1]), found[2] or found[1]
        whole = int(last) if len(last) == 4 else int(found[1][:2] + last)
        yield (first, whole) if whole >= first else (first, first)
