"""Rows whose intervals or standard errors stand in brackets on the line below, each under its estimate."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from evidence.sources.candidates import CandidateKind, Scan, Shown, TextCandidate
from evidence.sources.measure_words import SAYS_INTERVAL, SAYS_SE
from evidence.sources.printed_tables import PrintedTables

_NUMBER = r"-?\d+(?:[.,]\d+)?"
_MARKS = r"[*†‡§]{0,3}"
_PAIRS = re.compile(rf"\s*(?:[(\[]\s*{_NUMBER}\s*(?:,|;|to|bis|-)\s*{_NUMBER}\s*[)\]]{_MARKS}\s*){{2,}}")
_SINGLES = re.compile(rf"\s*(?:[(\[]\s*{_NUMBER}\s*[)\]]{_MARKS}\s*){{2,}}")
_ESTIMATES = re.compile(rf"(?:(?:^|(?<=\s)){_NUMBER}{_MARKS}(?:\s+|$))+$")
_LONGEST_LINE = 300


def stacked_rows(scan: Scan, tables: PrintedTables) -> Iterator[TextCandidate]:
    """Effects of tables, where a line of estimates is followed by a line of as many brackets."""
    lines = scan.text.lines
    for index, line in enumerate(lines[1:], 1):
        if not line.text.lstrip().startswith(("(", "[")) or len(line.text) > _LONGEST_LINE:
            continue
        above = lines[index - 1].text
        ends = _ESTIMATES.search(above[-_LONGEST_LINE:])
        if ends is None:
            continue
        start = scan.text.start_of(index)
        first = scan.text.start_of(index - 1) + len(above) - len(ends[0])
        estimates = scan.within(first, start)
        inside = scan.within(start, start + len(line.text))
        words = tables.words(start)
        if _PAIRS.fullmatch(line.text) and SAYS_INTERVAL.search(words):
            yield from _effects(scan, tables, estimates, inside, ("low", "high"))
        elif _SINGLES.fullmatch(line.text) and SAYS_SE.search(words):
            yield from _effects(scan, tables, estimates, inside, ("se",))


def _effects(
    scan: Scan, tables: PrintedTables, estimates: range, inside: range, roles: Sequence[str]
) -> Iterator[TextCandidate]:
    """Each estimate with what stands below it; nothing where they are not equally many."""
    if len(inside) != len(estimates) * len(roles) or not all(map(scan.is_readable, (*estimates, *inside))):
        return
    for nth, place in enumerate(estimates):
        numbers: dict[str, Shown] = {"estimate": scan.shown(place)}
        for at, role in enumerate(roles, nth * len(roles)):
            numbers[role] = scan.shown(inside[at], role == "high")
        start = scan.all[place].start
        said = tables.measure(start)
        spot, quote = tables.spot(start, scan.all[inside.start].start)
        yield TextCandidate(
            CandidateKind.EFFECT,
            numbers,
            spot,
            quote,
            None if said is None else said.measure,
            None if said is None else said.words,
            said is not None and said.on_log,
        )
