"""Numbers of persons on their way into a study: '1,325 were excluded', 'leaving 2,101', '(n = 9)'."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping

from evidence.sources.candidates import CandidateKind, Scan, TextCandidate
from evidence.sources.numbers import is_whole
from evidence.sources.printed_tables import PrintedTables

_WORDS = r"(?:[^\W\d_][\w'’/-]*\s+){0,7}?"
_FEW = r"(?:[^\W\d_][\w'’/-]*\s+){0,4}?"
_SHARE = r"\s*(?:[(\[]\s*\d[\d.]*\s*%\s*[)\]])?"
_WHO = (
    r"(?:men|women|m?ales|females|boys|girls|patients|participants|subjects|adults|children|adolescents|infants"
    r"|individuals|persons|people|volunteers|respondents|residents|cases|controls|pairs|twins|workers|donors"
    r"|animals|goats|sheep|horses|cows|dogs|rats|mice)\b"
)
_RECORDS = r"(?:records|citations|references|titles|abstracts|publications|articles|reports|hits)\b"
_VERBS = {
    "excluded": r"(?:excluded|removed|omitted|ineligible|withdrawn|withdrew|dropped out|declined|"
    r"refused|lost (?:to|during) follow-?\s?up|discontinued|moved away|"
    r"(?:did|does|do) not (?:meet|return|attend|consent|respond|participate|complete|receive)|not meeting)",
    "left": r"(?:included|remained|left|analy[sz]ed|eligible|available for (?:the )?analys[ie]s|retained|"
    r"agreed to (?:participate|take part)|met (?:the|all|our) (?:inclusion|eligibility)|"
    r"completed (?:the (?:study|trial|survey|protocol|follow-?\s?up)|follow-?\s?up)|"
    r"in the (?:final|present|main|primary) (?:analys[ie]s|sample|cohort)|returned|"
    r"(?:formed|constituted|made up) the|entered (?:the|into|in)|used (?:in|for) (?:the|this|our|these|all))",
    "start": r"(?:screened|identified|invited|approached|assessed|recruited|enrol+ed|randomi[sz]ed|sampled|"
    r"contacted|extracted|registered|consented|asked|allocated|(?:randomly )?assigned|"
    r"attended|mailed|distributed)",
}
_DATA = (
    r"(?:available|obtained|conducted|performed|measured|genotyped|carried\s+out|determined|data|restricted|"
    r"limited)"
)
_GROUP = r"(?:cohort|(?:sub)?sample|population|survey|subgroup)"
_ANY_VERB = re.compile(
    rf"{'|'.join(_VERBS.values())}|exclu|leav|remov|omit|yield|result|\bof\b|\b{_DATA}\b|\b{_GROUP}\b|\bamong\b",
    re.IGNORECASE,
)
_AFTER = tuple(
    (
        role,
        re.compile(
            rf"{_SHARE}\s*(?!and\b|or\b|to\b){_WORDS}(?:\([^()]{{0,60}}\)\s*)?"
            rf"(?:(?:were|was|had been|have been|who|then)\s+)?(?:\w+ly\s+|then\s+)?{verbs}\b"
        ),
    )
    for role, verbs in _VERBS.items()
)
_IS_WHO = re.compile(rf"{_SHARE}\s*(?:of\s+(?:the|these|those|all)\s+)?(?:[^\W\d_][\w-]*\s+){{0,3}}?{_WHO}")
_IS_RECORD = re.compile(rf"\s*{_FEW}{_RECORDS}")
_ANYTHING = re.compile("")
_BEFORE = tuple(
    (role, re.compile(before, re.IGNORECASE), after)
    for role, before, after in (
        (
            "excluded",
            rf"\b(?:exclud(?:ed|ing)|(?:exclusion|removal) of|remov(?:ed|ing)|omitt(?:ed|ing))\s+{_FEW}$",
            _ANYTHING,
        ),
        (
            "left",
            rf"\b(?:leaving|leaves|(?:this|that|which)\s+left|yield(?:ing|ed)|giving|resulting in)\s+{_FEW}$",
            _ANYTHING,
        ),
        (
            "left",
            r"\bfinal\s+(?:\w+\s+){1,3}(?:of|size|included|comprised|consisted of|was)\s+(?:of\s+)?$",
            _ANYTHING,
        ),
        (
            "left",
            r"\b(?:stud(?:y|ies)|analys[ie]s|cohort|sample|trial|we|which|it)\s+included\s+"
            rf"(?:data\s+(?:from|of|on)\s+)?{_FEW}$",
            _ANYTHING,
        ),
        ("left", r"\bremaining\s+$", _ANYTHING),
        ("left", r"^\s*(?:participants|patients|subjects)\s*:\s*$", _ANYTHING),
        ("start", rf"\b(?:initial|original|source)\s+{_GROUP}\s+(?:of|comprised)\s+$", _ANYTHING),
        ("left", rf"\b{_GROUP}\s+(?:of|comprised|comprising|consisted of|consisting of)\s+$", _IS_WHO),
        ("left", rf"\b{_DATA}\s+(?:only\s+)?(?:in|on|among|from|for|of|to)\s+$", _IS_WHO),
        ("start", rf"\b(?:recruited|enrol+ed|randomi[sz]ed|screened|invited)\s+{_FEW}$", _ANYTHING),
        ("start", r"\bidentified\s+$", _IS_WHO),
        ("start", r"\b(?:identified|yielded|retrieved|returned|found)\s+$", _IS_RECORD),
    )
)
_OF_THE = re.compile(r"(?:^|[.!?;]\s+)\s*(?:(?:Out\s+)?[Oo]f|[Aa]mong)\s+(?:the\s+)?(?:\w+\s+)?$")
_OF_MANY = re.compile(
    r"(?<!total)(?<!data)(?<!cohort)(?<!sample)(?<!population)(?<!survey)\s+(?:out\s+)?of\s+(?:the\s+)?$",
    re.IGNORECASE,
)
_IN_TOTAL = re.compile(r"\b(?:in total|in all|a total of|overall|finally),?\s*(?:of\s+)?$", re.IGNORECASE)
_N_IN_BRACKETS = re.compile(r"[(\[]\s*[nN]\s*$")
_REASON = re.compile(r"\s+[^\W\d_]+")
_REASONS = re.compile(r"\b(?:excluded|exclusions?)\b[^.:(]{0,40}[:(]", re.IGNORECASE)
_REASONS_IN_BRACKETS = re.compile(
    r"\b(?:excluded|exclusions?)\b[^.:(]{0,40}:.*[^\W\d_]\s*\(\s*$", re.IGNORECASE
)
_WITH_WHY = re.compile(
    r"\s+(?:with|without|for|because|due|who|whose|had|having|did|moved|died|lost|of whom)\b"
)
_LIST_GOES_ON = re.compile(r"[^.;:\d()]{0,120}(?:,|\band\b|\bor\b)\s+(?:a further\s+|another\s+)?")
_NEXT_IN_LIST = re.compile(
    r"\s+(?:[a-z][\w-]*\s+){1,4}?(?:\([^()\d]*\)\s*)?and\s+|\s+(?:[a-z][\w-]*\s+){0,2}[a-z][\w-]*\s*,\s+(?:and\s+)?"
)
_PARTS_IN_BRACKETS = re.compile(r"\s+(?:[a-z][\w-]*\s+){1,7}\(\s*", re.IGNORECASE)
_SECOND_N = re.compile(r"(?:\s*,\s*|\s*,?\s+and\s+)")
_UNIT = re.compile(
    r"\s*(?:%|°|-|person-|[µμ]\w|to\b|of\s+the\s+\d|times\b"
    r"|(?:years?|yrs?|months?|weeks?|days?|hours?|h|min(?:ute)?s?|s)\b"
    r"|(?:kg|cm|mm|m|m?g|ml|mmol|kb)\b|(?:\w+ )?(?:SNPs?|cent(?:re|er)s|studies|articles|trials"
    r"|models|(?:co)?variables|covariates|items|questions|factors|genes|videos|images|sessions|tests|visits|criteria|groups)\b)",
    re.IGNORECASE,
)
_NUMBERED = re.compile(
    r"\b(?:day|days|week|weeks|age|aged|at|by|over|table|figure|fig\.?|step|model|phase|stage|version|"
    r"wave|visit|group|panel|section|appendix|grade|type|class)\s+$",
    re.IGNORECASE,
)
_PREPOSITION = re.compile(r"\b(?:in|from|for)\s+$", re.IGNORECASE)
_PERIODS = re.compile(r"\b(?:in|from|since|to|until|during|by|between|and|of|years?)\s*$|-$", re.IGNORECASE)
_SENTENCE = re.compile(r"[.!?][)\]]?\s+(?=[A-Z(])|\n\s*\n")
_LABELS = tuple((role, re.compile(rf"\b{verbs}\s*:\s*$", re.I)) for role, verbs in _VERBS.items())
_OF_OTHERS = re.compile(r"\bet al\b", re.IGNORECASE)
_NEAR = 200


def flow_phrases(scan: Scan, tables: PrintedTables) -> Iterator[TextCandidate]:
    """Numbers of persons excluded, left or at the start, among those that no candidate has."""
    verbs = [match.start() for match in _ANY_VERB.finditer(scan.whole)]
    roles: dict[int, str] = {}
    for place in scan.untaken():
        start = scan.all[place].start
        near = bisect_left(verbs, start - _NEAR)
        if near == len(verbs) or verbs[near] > start + _NEAR:
            continue
        role = _role(scan, place, roles)
        if role is not None:
            roles[place] = role
            spot, quote = tables.spot(start, start)
            yield TextCandidate(CandidateKind.FLOW, {role: scan.shown(place)}, spot, quote)


def _role(scan: Scan, place: int, roles: Mapping[int, str]) -> str | None:
    number = scan.all[place]
    if not is_whole(number.value) or number.percent or number.dash or number.value < 1 or number.relation:
        return None
    before = _SENTENCE.split(scan.before(place, _NEAR))[-1].replace("\n", " ")
    after = _SENTENCE.split(scan.after(place, _NEAR))[0].replace("\n", " ")
    if scan.whole[number.start] == "=":
        return _of_n(before, after)
    if _is_no_count(scan, place, before, after):
        return None
    if _OF_OTHERS.search(before):
        return None
    listed = _in_a_list(scan, place, roles, before, after)
    return listed or _by_words(before, after, scan.before(place, _NEAR).replace("\n", " "))


def _is_no_count(scan: Scan, place: int, before: str, after: str) -> bool:
    """Whether a number has a unit, stands in a word or after one that it numbers, or is a year."""
    number = scan.all[place]
    if _UNIT.match(after) or re.search(r"[\w.,/^-]$", before) or re.match(r"[\w/^]", after):
        return True
    if _NUMBERED.search(before) or (_PREPOSITION.search(before) and not _IS_WHO.match(after)):
        return True
    plain = "," not in scan.whole[number.start : number.end]
    return 1900 <= number.value < 2100 and plain and _PERIODS.search(before) is not None


def _by_words(before: str, after: str, with_sentence_before: str) -> str | None:
    if _OF_THE.search(with_sentence_before):
        return "start"
    for role, pattern in _AFTER:
        if pattern.match(after):
            return "start" if _OF_MANY.search(before) else role
    for role, pattern, needed in _BEFORE:
        if pattern.search(before) and needed.match(after):
            return role
    if _IN_TOTAL.search(before):
        return next((role for role, verbs in _VERBS.items() if re.search(rf"\b{verbs}\b", after)), None)
    if _REASONS_IN_BRACKETS.search(before) and re.match(r"\s*\)", after):
        return "excluded"
    if re.match(r"\s*[;.]", after):
        labelled = next((role for role, pattern in _LABELS if pattern.search(before)), None)
        if labelled:
            return labelled
    return "excluded" if _REASONS.search(before) and _REASON.match(after) else None


def _in_a_list(scan: Scan, place: int, roles: Mapping[int, str], before: str, after: str) -> str | None:
    """The role of the number before it, where both stand in one list: '(120 men and 130 women)'."""
    last = place - 1
    if last not in roles or scan.all[place].start - scan.all[last].end > len(before):
        return None
    between, role = scan.between(last, place).replace("\n", " "), roles[last]
    if scan.whole[scan.all[last].start] == "=":
        return role if _SECOND_N.fullmatch(between) else None
    if role == "excluded" and _WITH_WHY.match(after) and _LIST_GOES_ON.fullmatch(between):
        return role
    joined = _NEXT_IN_LIST.fullmatch(between) or _PARTS_IN_BRACKETS.fullmatch(between)
    return role if joined and _IS_WHO.match(after) else None


def _of_n(before: str, after: str) -> str | None:
    """The role of '(n = 5211)' by the last verb before it, or by the verb after it."""
    if _N_IN_BRACKETS.search(before):
        return _by_sentence(before) or _by_verb_after(after) or _by_data(before)
    if re.search(r"(?:^|[:;(])\s*[nN]\s*$", before):
        said = next((role for role, pattern in _AFTER if pattern.match(after)), None)
        return said or (_by_sentence(before) if re.search(r":\s*[nN]\s*$", before) else None)
    return None


def _by_verb_after(after: str) -> str | None:
    """The role of '(n = 774) were included', other numbers in brackets between them or not."""
    verb = re.match(
        r"(?:\s*[)\]][^.;:()]*\(\s*[nN]\s*=\s*[\d,]+)*\s*[)\]]\s*(?:were|was)\s+(?:\w+ly\s+)?(\w+)", after
    )
    if verb is None:
        return None
    return next((role for role, verbs in _VERBS.items() if re.fullmatch(verbs, verb[1])), None)


def _by_data(before: str) -> str | None:
    """'measured in all men (n = 774)': those of whom there are data."""
    said = re.search(
        rf"\b{_DATA}\s+(?:only\s+)?(?:in|on|among|from|for|of)\s+{_WORDS}{_WHO}[^()]*\(\s*[nN]\s*$", before
    )
    return "left" if said else None


def _by_sentence(before: str) -> str | None:
    """The role of '(n = 5211)' by the last verb before it."""
    found = [
        (match.end(), role)
        for role, verbs in (*_VERBS.items(), ("excluded", r"(?:excluding|exclusion)"), ("left", _REMOVED))
        for match in re.finditer(rf"\b{verbs}\b", before, re.IGNORECASE)
    ]
    return max(found)[1] if found else None


_REMOVED = r"after (?:duplicates|exclusions?)(?: (?:were|was))? removed"
