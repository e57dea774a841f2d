"""Outcomes that a RevMan review analyses several times: the same numbers are recorded once.

A review repeats an outcome to pool it again, e.g. with another model, in another comparison, or to form other
subgroups. The same persons must not meet twice in one analysis here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from evidence.sources.entries import ImportedRow, Skipped
from evidence.sources.revman.analyses import RevManAnalysis, RevManReview


def review_of(
    title: str,
    entries: Sequence[ImportedRow],
    skipped: Sequence[Skipped],
    outcomes: Sequence[RevManAnalysis],
) -> RevManReview:
    """What was read of a file, the same numbers once and each outcome under a name of its own."""
    own, renamed = named_apart(entries, outcomes)
    return RevManReview(title, own, tuple(skipped), renamed)


def named_apart(
    entries: Sequence[ImportedRow], outcomes: Sequence[RevManAnalysis]
) -> tuple[tuple[ImportedRow, ...], tuple[RevManAnalysis, ...]]:
    """Every entry and analysis, each outcome of other numbers under a name of its own.

    An analysis with the same rows as an earlier one of that name takes its outcome, and its rows are told
    beside those. Otherwise the later one is named with its comparison, or with its number.
    """
    by_analysis: dict[str, list[ImportedRow]] = {each.number: [] for each in outcomes}
    for entry in entries:
        by_analysis[entry.facts["id"]].append(entry)
    names: dict[str, str] = {}
    first: dict[str, str] = {}
    alike: dict[str, str] = {}
    for each in outcomes:
        same = [number for number, name in first.items() if name == each.name]
        rows = by_analysis[each.number]
        twin = next((n for n in same if _said(by_analysis[n]) == _said(rows)), None)
        first[each.number] = each.name
        if twin is not None:
            alike[each.number], names[each.number] = twin, names[twin]
        else:
            names[each.number] = _free(each, set(names.values()))
    kept: list[ImportedRow] = []
    for number, rows in by_analysis.items():
        if number in alike:
            continue
        others = [by_analysis[other] for other, twin in alike.items() if twin == number]
        for at, row in enumerate(rows):
            places = "; ".join([row.at, *(_in_order(other)[_order(rows, at)].at for other in others)])
            kept.append(replace(row, at=places, facts={**row.facts, "outcome": names[number]}))
    renamed = [replace(each, name=names[each.number], title=each.title or each.name) for each in outcomes]
    return tuple(kept), tuple(renamed)


def _free(each: RevManAnalysis, taken: set[str]) -> str:
    """The outcome's name, with what sets the analysis apart where another has it."""
    candidates = [each.name, *([f"{each.name}, {each.comparison}"] if each.comparison else [])]
    return next((name for name in candidates if name not in taken), f"{each.name} ({each.number})")


def _key(row: ImportedRow) -> str:
    """What a row says, whatever analysis it stands in."""
    return repr((row.study, row.facts.get("group", ""), row.effect, row.n))


def _in_order(rows: Sequence[ImportedRow]) -> list[ImportedRow]:
    return sorted(rows, key=_key)


def _order(rows: Sequence[ImportedRow], at: int) -> int:
    return sorted(range(len(rows)), key=lambda index: _key(rows[index])).index(at)


def _said(rows: Sequence[ImportedRow]) -> list[str]:
    return sorted(map(_key, rows))
