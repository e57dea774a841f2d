"""Means with their SD and counts of events in running text: '62.6 ± 8.0', '29 of the 240', '46 (23 %)'."""

from __future__ import annotations

import re
from collections.abc import Iterator

from evidence.sources.candidates import CandidateKind, Scan, Shown, TextCandidate
from evidence.sources.measure_words import SAYS_SD, SAYS_SE
from evidence.sources.numbers import is_whole
from evidence.sources.printed_tables import PrintedTables
from evidence.sources.table_candidates import SD_OR_SE

_SPREAD = re.compile(r"\s*%?\s*(?:±|\+/-|\+-)\s*")
_SD = re.compile(
    r"\s*(?:[,;]|[A-Za-z/%^]{1,12}(?:\s[A-Za-z/^]{1,8})?\s*(?=[(\[]))?\s*[(\[]?\s*(?:±\s*)?"
    r"(?:S\.?D\.?|standard deviation)\s*[:=,]?\s*(?:of\s*)?",
    re.IGNORECASE,
)
_SE = re.compile(
    r"\s*[,;]?\s*[(\[]?\s*(?:S\.?E\.?(?:M\.?)?|standard error)\s*[:=,]?\s*(?:of\s*)?", re.IGNORECASE
)
_OPENS = re.compile(r"\s*[(\[]\s*")
_CLOSES = re.compile(r"\s*[)\]]")
_MEAN_SD = re.compile(
    r"\b(?:means?|averages?)\b[^.\d]{0,12}[(\[,±/]\s*(?:±\s*)?(?:S\.?D\.?|standard deviations?)",
    re.IGNORECASE,
)
_SAYS_PERCENT = re.compile(r"%")
_SAYS_COUNT = re.compile(r"\b[nN](?:o\.?)?\s*[(,]\s*%")
_MEAN = re.compile(r"\b(?:means?|averaged?)\b|\bM\s*$", re.IGNORECASE)

_SLASH = re.compile(r"/")
_OF = re.compile(r"\s+(?:out\s+)?of\s+(?:the|these|those|all|a total of)?\s*", re.IGNORECASE)
_NUMBERED = re.compile(
    r"(?:[\w/.,^-]|\b(?:page|pages|table|figure|fig|step|day|week|visit|part|version|chapter|model|group)\.?\s)$",
    re.IGNORECASE,
)
_NO_PERSONS = re.compile(
    r"\s*(?:\w+\s)?(?:provinces?|districts?|cent(?:re|er)s?|items?|studies|trials|days?|weeks?|months?|years?|countries|"
    r"hospitals?|sites?|questions?|points?|SNPs?|models?|tests?)\b",
    re.IGNORECASE,
)
_GOES_ON = re.compile(r"[/\w°]")
_LEAST_TOTAL = 5
_NEAR = 80


def group_phrases(scan: Scan, tables: PrintedTables) -> Iterator[TextCandidate]:
    """Means and counts among the numbers that no candidate has."""
    for place in scan.untaken():
        if place + 1 >= len(scan.all) or not scan.is_readable(place + 1):
            continue
        found = _mean(scan, tables, place) or _counts(scan, place)
        if found is not None:
            kind, numbers, remarks = found
            first = scan.all[place].start
            spot, quote = tables.spot(first, max(number.start for number in numbers.values()))
            yield TextCandidate(kind, numbers, spot, quote, remarks=remarks)


_Found = tuple[CandidateKind, dict[str, Shown], tuple[str, ...]]


def _mean(scan: Scan, tables: PrintedTables, place: int) -> _Found | None:
    mean, spread = scan.shown(place), scan.shown(place + 1)
    if mean.relation or spread.relation or spread.value < 0:
        return None
    gap, before = scan.between(place, place + 1), scan.before(place, _NEAR)
    if len(gap) > _NEAR:
        return None  # a row of many empty cells would be tried in very many ways
    line = before.rpartition("\n")[2]
    role: str | None = None
    remarks: tuple[str, ...] = ()
    if _SPREAD.fullmatch(gap):
        role, remarks = _which(before, scan.after(place + 1, 30), tables.words(mean.start))
    elif _SD.fullmatch(gap):
        role = "sd"
    elif _SE.fullmatch(gap) and _MEAN.search(before):
        role = "se"
    elif _OPENS.fullmatch(gap) and _CLOSES.match(scan.whole, scan.all[place + 1].end):
        table = tables.words(mean.start)
        told = _MEAN_SD.search(line if table else before) or _MEAN_SD.search(table)
        told = None if _SAYS_PERCENT.search(line) else told
        decimals = any(not is_whole(number.value) for number in (mean, spread))
        role = "sd" if told and decimals and not spread.percent else None
    return None if role is None else (CandidateKind.MEAN, {"mean": mean, role: spread}, remarks)


def _which(*contexts: str) -> tuple[str, tuple[str, ...]]:
    """sd or se, as the nearest words that name one of them say; else a spread with a remark."""
    for words in contexts:
        sd, se = SAYS_SD.search(words), SAYS_SE.search(words)
        if (sd is None) != (se is None):
            return ("sd" if sd else "se"), ()
    return "spread", (SD_OR_SE,)


def _counts(scan: Scan, place: int) -> _Found | None:
    first, second = scan.all[place], scan.all[place + 1]
    if (
        not is_whole(first.value)
        or first.dash
        or first.percent
        or (first.relation and scan.whole[first.start] != "=")
    ):
        return None
    if _NUMBERED.search(scan.before(place, _NEAR)):
        return None
    gap, closes = scan.between(place, place + 1), _CLOSES.match(scan.whole, second.end)
    if second.percent and _OPENS.fullmatch(gap) and closes:
        numbers = {"events": scan.shown(place), "percent": scan.shown(place + 1), **_total(scan, place)}
        return None if _is_year(scan, place) else (CandidateKind.COUNTS, numbers, ())
    if _OPENS.fullmatch(gap) and closes and _is_counted_line(scan, place):
        return CandidateKind.COUNTS, {"events": scan.shown(place), "percent": scan.shown(place + 1)}, ()
    by_slash = _SLASH.fullmatch(gap) and not _GOES_ON.match(scan.whole, second.end)
    if not by_slash and not (_OF.fullmatch(gap) and not _NO_PERSONS.match(scan.whole, second.end)):
        return None
    total = second.value
    sound = is_whole(total) and first.value <= total >= _LEAST_TOTAL and not (second.percent or second.dash)
    if not sound or second.relation or _is_year(scan, place + 1):
        return None
    return (
        CandidateKind.COUNTS,
        {"events": scan.shown(place), "n": scan.shown(place + 1), **_percent(scan, place + 2)},
        (),
    )


def _is_counted_line(scan: Scan, place: int) -> bool:
    """Whether the line before a number says that it prints n (%)."""
    line = scan.before(place, _NEAR).rpartition("\n")[2]
    return _SAYS_COUNT.search(line) is not None and scan.all[place + 1].value <= 100


def _total(scan: Scan, place: int) -> dict[str, Shown]:
    """The total after a percentage: of '30 (12.5%) of 240'."""
    at = place + 2
    if at >= len(scan.all) or not scan.is_readable(at):
        return {}
    gap, total = scan.between(place + 1, at), scan.all[at].value
    fits = re.fullmatch(r"\s*[)\]]\s+(?:out\s+)?of\s+(?:the\s+)?", gap)
    return {"n": scan.shown(at)} if fits and is_whole(total) and total >= scan.all[place].value else {}


def _percent(scan: Scan, place: int) -> dict[str, Shown]:
    """The percentage in brackets after a fraction."""
    if place >= len(scan.all) or not scan.all[place].percent:
        return {}
    gap = scan.between(place - 1, place)
    return {"percent": scan.shown(place)} if re.fullmatch(r"[^\d.;]{0,25}[(\[]\s*", gap) else {}


def _is_year(scan: Scan, place: int) -> bool:
    number = scan.all[place]
    return (
        is_whole(number.value)
        and 1900 <= number.value < 2100
        and "," not in scan.whole[number.start : number.end]
    )
