"""Numbers of persons on their way into a study: '1,325 were excluded', 'leaving 2,101'."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator

from evidence.sources.candidates import CandidateKind, Scan, TextCandidate
from evidence.sources.printed_tables import PrintedTables

_WORDS = r"(?:[^\W\d_][\w'’/-]*\s+){0,7}?"
_FEW = r"(?:[^\W\d_][\w'’/-]*\s+){0,4}?"
_VERBS = {
    "excluded": r"(?:excluded|removed|omitted|ineligible|withdrawn|withdrew|dropped out|declined|"
    r"refused|lost to follow-?\s?up)",
    "left": r"(?:included|remained|left|analy[sz]ed|eligible|available for (?:the )?analys[ie]s|retained)",
    "start": r"(?:screened|identified|invited|approached|assessed|recruited|enrol+ed|randomi[sz]ed|sampled|"
    r"contacted|extracted|registered|consented|asked)",
}
_ANY_VERB = re.compile(rf"{'|'.join(_VERBS.values())}|exclu|leav|remov|omit|\bof\b", re.IGNORECASE)
_AFTER = tuple(
    (
        role,
        re.compile(
            rf"\s*(?!and\b|or\b|to\b){_WORDS}(?:(?:were|was|had been|have been|who)\s+)?"
            rf"(?:\w+ly\s+|then\s+)?{verbs}\b"
        ),
    )
    for role, verbs in _VERBS.items()
)
_BEFORE = (
    (
        "excluded",
        re.compile(rf"\b(?:exclud(?:ed|ing)|exclusion of|remov(?:ed|ing)|omitt(?:ed|ing))\s+{_FEW}$", re.I),
    ),
    ("left", re.compile(rf"\b(?:leaving|leaves)\s+{_FEW}$", re.I)),
    ("left", re.compile(r"\bfinal\s+\w+\s+(?:of|included|comprised|consisted of|was)\s+$", re.I)),
    (
        "left",
        re.compile(
            rf"\b(?:stud(?:y|ies)|analys[ie]s|cohort|sample|trial|we|which|it)\s+included\s+{_FEW}$", re.I
        ),
    ),
    ("start", re.compile(rf"\b(?:recruited|enrol+ed|randomi[sz]ed|screened|invited)\s+{_FEW}$", re.I)),
)
_OF_THE = re.compile(r"(?:^|[.!?]\s+)\s*(?:Out\s+)?[Oo]f\s+(?:the\s+)?(?:\w+\s+)?$")
_IN_TOTAL = re.compile(r"\b(?:in total|a total of|overall|finally),?\s*(?:of\s+)?$", re.IGNORECASE)
_N_IN_BRACKETS = re.compile(r"[(\[]\s*[nN]\s*$")
_REASON = re.compile(r"\s+[^\W\d_]+")
_UNIT = re.compile(
    r"\s*(?:%|°|-|person-|[µμ]\w|to\b|of\s+the\s+\d|times\b"
    r"|(?:years?|yrs?|months?|weeks?|days?|hours?|h|min(?:ute)?s?|s)\b"
    r"|(?:kg|cm|mm|m|m?g|ml|mmol|kb)\b|(?:\w+ )?(?:SNPs?|cent(?:re|er)s|studies|articles|trials"
    r"|models|(?:co)?variables|covariates|items|questions|factors|genes|videos|images|sessions|tests|visits|criteria|groups)\b)",
    re.IGNORECASE,
)
_NUMBERED = re.compile(
    r"\b(?:day|days|week|weeks|age|aged|in|at|from|for|by|over|table|figure|fig\.?)\s+$", re.IGNORECASE
)
_PERIODS = re.compile(r"\b(?:in|from|since|to|until|during|by|between|and|of|years?)\s*$|-$", re.IGNORECASE)
_SENTENCE = re.compile(r"[.!?][)\]]?\s+(?=[A-Z(])|\n\s*\n")
_NEAR = 200


def flow_phrases(scan: Scan, tables: PrintedTables) -> Iterator[TextCandidate]:
    """Numbers of persons excluded, left or at the start, among those that no candidate has."""
    verbs = [match.start() for match in _ANY_VERB.finditer(scan.whole)]
    for place in scan.untaken():
        start = scan.all[place].start
        near = bisect_left(verbs, start - _NEAR)
        if near == len(verbs) or verbs[near] > start + _NEAR:
            continue
        role = _role(scan, place)
        if role is not None:
            first = scan.all[place].start
            spot, quote = tables.spot(first, first)
            yield TextCandidate(CandidateKind.FLOW, {role: scan.shown(place)}, spot, quote)


def _role(scan: Scan, place: int) -> str | None:
    number = scan.all[place]
    if number.value % 1 != 0 or number.percent or number.dash or number.value < 1:
        return None
    signed = scan.whole[number.start] == "="
    if number.relation:
        return None
    whole = scan.whole
    before = _SENTENCE.split(scan.before(place, _NEAR))[-1].replace("\n", " ")
    after = _SENTENCE.split(scan.after(place, _NEAR))[0].replace("\n", " ")
    if _N_IN_BRACKETS.search(before) and signed:
        return _by_sentence(before) or _by_verb_after(after)
    if signed or _UNIT.match(after) or re.search(r"[\w.,/^-]$", before) or re.match(r"[\w/^]", after):
        return None
    if _NUMBERED.search(before):
        return None
    if (
        1900 <= number.value < 2100
        and _PERIODS.search(before)
        and "," not in whole[number.start : number.end]
    ):
        return None
    return _by_words(before, after, scan.before(place, _NEAR).replace("\n", " "))


def _by_words(before: str, after: str, with_sentence_before: str) -> str | None:
    if _OF_THE.search(with_sentence_before):
        return "start"
    for role, pattern in _AFTER:
        if pattern.match(after):
            return role
    for role, pattern in _BEFORE:
        if pattern.search(before):
            return role
    if _IN_TOTAL.search(before):
        return next((role for role, verbs in _VERBS.items() if re.search(rf"\b{verbs}\b", after)), None)
    reasons = re.search(r"\bexcluded\b[^.:(]{0,40}[:(]", before)
    return "excluded" if reasons and _REASON.match(after) else None


def _by_verb_after(after: str) -> str | None:
    """The role of '(n = 774) were included' by the verb right after it."""
    verb = re.match(r"\s*\)\s*(?:were|was)\s+(?:\w+ly\s+)?(\w+)", after)
    return (
        None
        if verb is None
        else next((role for role, verbs in _VERBS.items() if re.fullmatch(verbs, verb[1])), None)
    )


def _by_sentence(before: str) -> str | None:
    """The role of '(n = 5211)' by the last verb before it."""
    found = [
        (match.end(), role)
        for role, verbs in (*_VERBS.items(), ("excluded", r"(?:excluding|exclusion)"))
        for match in re.finditer(rf"\b{verbs}\b", before, re.IGNORECASE)
    ]
    return max(found)[1] if found else None
