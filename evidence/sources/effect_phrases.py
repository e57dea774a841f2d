"""Effects in running text, and in tables whose cells the text runs together: 'OR 0.84 (95% CI 0.63-1.12)'.

From each number that may be an estimate the text is read on as long as its words say what the next number is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from evidence.records.scales import RATIOS
from evidence.sources.candidates import CandidateKind, Scan, Shown, TextCandidate
from evidence.sources.measure_words import (
    INTERVAL,
    SAYS_INTERVAL,
    SAYS_OTHER_INTERVAL,
    Said,
    measures_in,
    symbol_before,
    without_homonyms,
)
from evidence.sources.numbers import is_whole
from evidence.sources.printed_tables import PrintedTables
from evidence.sources.table_candidates import MISSING_BRACKET

_FARTHEST = 70
"""Characters from one number to the next that belongs to it."""

_MOST_LETTERS = 16
_BEFORE = 160
"""Characters before an estimate among which words say what it is."""

_SENTENCE_ENDS = re.compile(r"[.!?][)\]]?\s+(?=[A-Z(])|\n\s*\n")
_LIMITS = re.compile(r"\s*%?\s*(?:,|;|:|to|through|and|bis|à|[-~∼]|/|\.\.\.?)?\s*")
_SAYS_LIMITS = re.compile(
    rf"[^\d]*?(?<![A-Za-z]){INTERVAL}\s*(?:9\d\s*%)?\s*(?:[(\[][^()\[\]\d]*[)\]]\s*)?[\s,;:=]*(?:of|from|was|were|is|ranged|ranging)?[\s:=(\[{{]*",
    re.IGNORECASE | re.DOTALL,
)
_OPENS = re.compile(r"[^\w\d.;:,()\[\]]{0,3}(?:[a-z*†‡§^]{0,2}|\s?[A-Za-z/^µμ²%·-]{1,15})\s*[(\[{]\s*")
_CLOSES = re.compile(r"\s*%?\s*(?:[)\]}]|[;,]\s*(?=[pP]\b|[pP][- ]?value))")
_ROUND_BRACKET = re.compile(r"\s*\)")
_LINE_ENDS = re.compile(r"[^\S\n]*(?:\n|$|[<\d.])")
_BEGINS = re.compile(r"\s*[(\[±]")
_PART = re.compile(r"\s*[,;]\s*")
_ROLES: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (role, re.compile(rf"[)\]}}]*{pattern}\s*(?:[:=,]|of|was)?\s*[(\[]?\s*", re.IGNORECASE | re.DOTALL))
    for role, pattern in (
        ("se", r"[\s,;(\[]*(?:S\.?\s?E\.?(?:M\.?)?|standard error|std\.? err(?:or)?\.?)"),
        ("spread", r"\s*(?:±|\+/-|\+-)"),
        ("df", r"[\s,;(\[]*t\s*\(\s*(?:df\s*=?)?"),
        ("t", r"[\s,;(\[)]*(?:and )?(?:t|z)(?:[- ](?:value|statistic|score))?"),
        ("n", r"[\s,;(\[]*n"),
        (
            "p",
            r"(?:[^.\d]{0,45}?[\s,;()\[])?p(?:\s*-?\s*values?)?",
        ),
    )
)
_LEVEL_AFTER = re.compile(rf"[^\d]*?(?<![A-Za-z]){INTERVAL}\s*[:=(]?\s*", re.IGNORECASE | re.DOTALL)
_BRACKETS = re.compile(r"[(\[][^()\[\]]*")
_UNIT = re.compile(r"[ -]?(?:kg|m?g/|mg|mm|cm|ml|mmol|points?|years?|days?|SDs?)\b")
_IS_LEVEL = re.compile(rf"\s*{INTERVAL}", re.IGNORECASE)
_PER = re.compile(r"\s*(?:\w+\s+)?(?:per|/)\s*")
_OF_ANOTHER_TEST = re.compile(
    r"[\s(]*for\s+(?:the\s+)?(?:interaction|trend|hetero|non-?\s?linear)", re.IGNORECASE
)
_SE_IN_BRACKETS = re.compile(
    r"[(\[]\s*(?:S\.?E\.?|standard error)\s*[)\]]\s*[:,]?\s*(?:was|of|were)?\s*$", re.IGNORECASE
)
_SE_OF_TABLE = re.compile(
    r"(?:coefficients?|betas?|β|estimates?)\s*[(\[]\s*(?:S\.?E\.?|standard errors?)\s*[)\]]", re.IGNORECASE
)
_BARE_P = re.compile(r"\s*%?[)\]}][*†‡§a-d^]{0,2}\s*")
_NO_ESTIMATE = re.compile(
    r"(?:(?<![A-Za-z])(?:[nNpPtzFQ]|df|SE|SD|CIs?|I\^?2|χ\^?2?|X\^?2|[pP][- ]?values?|level|[Rr]\^2)\s*[:=(]?"
    r"|[±/])\s*$"
)
_YEARS = range(1900, 2100)


@dataclass
class _Read:
    """The numbers that follow an estimate, by what the words between say they are."""

    numbers: dict[str, Shown] = field(default_factory=dict)
    unsure: set[str] = field(default_factory=set)
    remarks: tuple[str, ...] = ()
    says_interval: bool = field(init=False)
    """Said of `low` and `high`."""


def effect_phrases(scan: Scan, tables: PrintedTables) -> Iterator[TextCandidate]:
    """The effects among the numbers that no candidate has."""
    for place in scan.untaken():
        if not _may_be_estimate(scan, place):
            continue
        words = tables.words(scan.all[place].start)
        read = _following(scan, place, _SE_OF_TABLE.search(words) is not None)
        said = _said_before(scan, place) if read.numbers else None
        if read.numbers and _is_effect(scan, tables, place, said, read):
            start = scan.all[place].start
            said = said or tables.measure(start)
            spot, quote = tables.spot(start, _last(scan, place, read))
            yield TextCandidate(
                CandidateKind.EFFECT,
                {"estimate": scan.shown(place), **read.numbers},
                spot,
                quote,
                None if said is None else said.measure,
                None if said is None else said.words,
                said is not None and said.on_log,
                frozenset(read.unsure),
                read.remarks,
            )


def _may_be_estimate(scan: Scan, place: int) -> bool:
    number = scan.all[place]
    if number.relation or _NO_ESTIMATE.search(scan.before(place, _BEFORE)):
        # '=' is no relation; of the words before it the last say what the number is
        symbol = symbol_before(scan.before(place, _BEFORE))
        return not number.relation and symbol is not None
    return not (number.percent and _IS_LEVEL.match(scan.whole, number.end))


def _said_before(scan: Scan, place: int) -> Said | None:
    """The measure named last before a number, in its sentence."""
    number = scan.all[place]
    before = _SENTENCE_ENDS.split(scan.before(place, _BEFORE))[-1]
    if scan.whole[number.start] == "=":
        symbol = symbol_before(before)
        if symbol is not None:
            return symbol
    said = without_homonyms(measures_in(before), scan.homonyms)
    return said[-1] if said and _is_about(scan, place, said[-1], len(before)) else None


def _is_about(scan: Scan, place: int, said: Said, length: int) -> bool:
    """Whether a measure is still that of an estimate: no number of another matter between, no unit."""
    number = scan.all[place]
    begins = number.start - length + said.at
    brackets = [each.span() for each in _BRACKETS.finditer(scan.whole, begins, number.start)]
    for index in scan.within(begins, number.start):
        other = scan.all[index]
        inside = any(start <= other.start < end for start, end in brackets)
        if not inside and other.value != 1 and other.start not in scan.taken:
            return False
    has_unit = number.percent or _UNIT.match(scan.whole, number.end) is not None
    return said.measure not in RATIOS or not has_unit


def _following(scan: Scan, place: int, se_in_brackets: bool) -> _Read:
    read, last, at = _Read(), place, place + 1
    while at < len(scan.all) and scan.is_readable(at):
        gap = scan.between(last, at)
        if len(gap) > _FARTHEST or _SENTENCE_ENDS.search(gap):
            break
        step = _limits(scan, last, at, gap, read) or _role(scan, at, gap, read)
        if (
            not step
            and last == place
            and (_PER.fullmatch(gap) or _se_in_brackets(scan, place, gap, read, se_in_brackets))
        ):
            step = 1
        if not step:
            break
        last, at = at + step - 1, at + step
    return read


def _se_in_brackets(scan: Scan, place: int, gap: str, read: _Read, said: bool) -> bool:
    """Reads the number in brackets of 'β (SE) = 0.12 (0.04)'; said: the table says so."""
    in_brackets = _OPENS.fullmatch(gap) is not None and _closes(scan, place + 1)
    if not in_brackets or not (said or _SE_IN_BRACKETS.search(scan.before(place, _BEFORE))):
        return False
    read.numbers["se"] = scan.shown(place + 1)
    return True


def _closes(scan: Scan, place: int) -> bool:
    return _CLOSES.match(scan.whole, scan.all[place].end) is not None


def _last(scan: Scan, place: int, read: _Read) -> int:
    """Where the last of its numbers begins."""
    return max(scan.all[place].start, *(number.start for number in read.numbers.values()))


def _limits(scan: Scan, last: int, at: int, gap: str, read: _Read) -> int:
    """How many numbers from `at` on are an interval with its level; 0 where there is none."""
    if "low" in read.numbers:
        return 0
    words, first = gap, at
    if scan.all[at].percent and first + 2 < len(scan.all):
        words = scan.between(at, at + 1)
        if _SAYS_LIMITS.fullmatch(words):
            first = at + 1
        elif _LEVEL_AFTER.fullmatch(gap):
            first, words = at + 1, gap
    says = len(words) <= _FARTHEST and _SAYS_LIMITS.fullmatch(words) is not None and not measures_in(gap)
    if first + 1 >= len(scan.all) or not scan.is_readable(first + 1) or ("p" in read.numbers and not says):
        return 0
    between = scan.between(first, first + 1)
    if len(between) > 12 or "\t" in between or not _LIMITS.fullmatch(between):
        return 0
    remarks = () if says else _in_brackets(scan, last, first, gap)
    if remarks is None:
        return 0
    if first > at:
        read.numbers["level"] = scan.shown(at)
    low = scan.shown(first)
    high = scan.shown(first + 1)
    if high.value < low.value:
        high = scan.shown(first + 1, as_separator=True)
    read.numbers |= {"low": low, "high": high}
    read.remarks, read.says_interval = (*read.remarks, *remarks), says
    return first + 2 - at


def _in_brackets(scan: Scan, last: int, first: int, gap: str) -> tuple[str, ...] | None:
    """Remarks on two numbers in brackets after another, of which one may be missing; None for no brackets."""
    if _OPENS.fullmatch(gap):
        if _closes(scan, first + 1):
            return ()
        ends = _LINE_ENDS.match(scan.whole, scan.all[first + 1].end)
        return (MISSING_BRACKET,) if ends and _is_between(scan, last, first) else None
    line = scan.before(first, _FARTHEST).rpartition("\n")[2]
    ends = _ROUND_BRACKET.match(scan.whole, scan.all[first + 1].end)
    unopened = line.count("(") == line.count(")") and ends is not None
    if _PART.fullmatch(gap) and unopened and _is_between(scan, last, first):
        return (MISSING_BRACKET,)
    return None


def _is_between(scan: Scan, estimate: int, first: int) -> bool:
    """Whether an estimate with decimals lies between two numbers with decimals."""
    value, low, high = (scan.shown(place).value for place in (estimate, first, first + 1))
    decimals = all(_has_decimals(scan, place) for place in (estimate, first, first + 1))
    return decimals and low <= value <= high


def _has_decimals(scan: Scan, place: int) -> bool:
    exponent = scan.all[place].value.as_tuple().exponent
    return int(exponent) < 0


def _role(scan: Scan, at: int, gap: str, read: _Read) -> int:
    if "df" in read.numbers and "t" not in read.numbers and re.fullmatch(r"\s*\)\s*", gap):
        read.numbers["t"] = scan.shown(at)
        return 1
    for role, pattern in _ROLES:
        if role not in read.numbers and pattern.fullmatch(gap):
            if role == "p" and _OF_ANOTHER_TEST.match(scan.whole, scan.all[at].end):
                return 0
            read.numbers[role] = scan.shown(at)
            return 1
    if "low" in read.numbers and "p" not in read.numbers and _BARE_P.fullmatch(gap) and _is_bare_p(scan, at):
        read.numbers["p"] = scan.shown(at)
        read.unsure.add("p")
        return 1
    return 0


def _is_bare_p(scan: Scan, at: int) -> bool:
    """Whether a number right after an interval can only be its p: no other estimate begins with it."""
    number = scan.all[at]
    begins = _BEGINS.match(scan.whole, number.end)
    return 0 <= number.value <= 1 and _has_decimals(scan, at) and not number.dash and begins is None


def _is_effect(scan: Scan, tables: PrintedTables, place: int, said: Said | None, read: _Read) -> bool:
    """Whether what was read is an effect: not a median with its quartiles, a mean with its SD, a year."""
    numbers, number = read.numbers, scan.all[place]
    if "low" in numbers:
        return read.says_interval or _is_plain_interval(scan, tables, place, said, read)
    of_table = "se" in numbers and _SE_OF_TABLE.search(tables.words(number.start)) is not None
    near = of_table or (said is not None and _said_right_before(scan, place))
    if not near or (is_whole(number.value) and int(number.value) in _YEARS and not number.dash):
        return False
    if "spread" in numbers:
        numbers["se"] = numbers.pop("spread")
        read.unsure.add("se")
    return bool({"se", "t", "p"} & numbers.keys()) or (
        said is not None and said.measure == "r" and "n" in numbers
    )


def _said_right_before(scan: Scan, place: int) -> bool:
    """Whether a measure is named right before a number, with no more than a few words between."""
    number = scan.all[place]
    before = scan.before(place, _BEFORE)
    if scan.whole[number.start] == "=" and symbol_before(before) is not None:
        return True
    said = without_homonyms(measures_in(before), scan.homonyms)
    return (
        bool(said) and re.fullmatch(r"[^\d.;]{0,18}", before[said[-1].at + len(said[-1].words) :]) is not None
    )


def _is_plain_interval(scan: Scan, tables: PrintedTables, place: int, said: Said | None, read: _Read) -> bool:
    """Two numbers in brackets of which no word says that they are an interval."""
    number = scan.all[place]
    around = f"{scan.before(place, 70)} {scan.after(place, 60)}".replace("\n", " ")
    of_table = tables.says_interval(number.start) and tables.measure(number.start) is not None
    if SAYS_OTHER_INTERVAL.search(around) and not of_table:
        return False  # a table of odds ratios with their intervals may have quartiles in its rows
    low, high = read.numbers["low"], read.numbers["high"]
    decimals = _has_decimals(scan, place) and any(not is_whole(each.value) for each in (low, high))
    inside = low.value <= scan.shown(place).value <= high.value
    if not decimals:
        return False
    near = scan.before(place, 300).split("\n\n")[-1]
    told = SAYS_INTERVAL.search(near) is not None or tables.says_interval(number.start)
    return told or (inside and ("p" in read.numbers or _in_its_list(scan, place, said)))


def _in_its_list(scan: Scan, place: int, said: Said | None) -> bool:
    """Whether hardly a word but other estimates stands between a measure's name and the estimate."""
    if said is None:
        return False
    before = scan.before(place, _BEFORE)
    between = before[before.rfind(said.words) + len(said.words) :]
    letters = re.sub(r"[\W\d_]+", "", re.sub(r"[(\[][^()\[\]]*[)\]]", "", between))
    return len(letters) <= _MOST_LETTERS
