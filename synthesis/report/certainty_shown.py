"""How sure each result is, for the page: domains of GRADE with their numbers, and whose judgement counts."""

from __future__ import annotations

from collections.abc import Iterator

from evidence.literature.flow.searched_days import day_in_words
from evidence.records.certainty_choice import CERTAINTY
from evidence.wording import counted
from synthesis.certainty.certainty_of_analysis import (
    CertaintyRow,
    JudgedDomain,
    certainty_of,
    unplaced_judgements,
)
from synthesis.paper.paper_table import Reported
from synthesis.report.anchors import made_anchor, pooled_anchor
from synthesis.report.judged_parts import CertaintyShown, RatedDomain, RatedRow

SYMBOLS = {
    "high": "\N{CIRCLED PLUS}" * 4,
    "moderate": "\N{CIRCLED PLUS}" * 3 + "\N{WHITE CIRCLE}",
    "low": "\N{CIRCLED PLUS}" * 2 + "\N{WHITE CIRCLE}" * 2,
    "very low": "\N{CIRCLED PLUS}" + "\N{WHITE CIRCLE}" * 3,
    "serious": "\N{BLACK DOWN-POINTING TRIANGLE}",
    "very serious": "\N{BLACK DOWN-POINTING TRIANGLE}" * 2,
    "extremely serious": "\N{BLACK DOWN-POINTING TRIANGLE}" * 3,
    "strongly suspected": "\N{BLACK DOWN-POINTING TRIANGLE}",
    "large": "\N{BLACK UP-POINTING TRIANGLE}",
    "very large": "\N{BLACK UP-POINTING TRIANGLE}" * 2,
    "yes": "\N{BLACK UP-POINTING TRIANGLE}",
    **dict.fromkeys(("not serious", "undetected", "no"), "="),
}
"""GRADE's circles for certainty; of a domain a triangle for each level down or up, = for none."""

_NONE = (
    "How certain the results are is not rated: no analysis states thresholds, baseline risks or a contrast, "
    "and no judgement is recorded."
)
_SUGGESTED = (
    "Suggested: what the numbers suggest by thresholds that the review states; no verdict. A triangle is a "
    "level down or up, = none. Absolute effects take the baseline risk as known."
)


def certainty_shown(material: Reported) -> CertaintyShown:
    """A row for each summary of the analyses that state what their certainty is rated by."""
    rows: list[RatedRow] = []
    notes: list[str] = []
    stated = [result for result in material.results if result.analysis.certainty is not None]
    for result in stated:
        title = result.analysis.title
        try:
            found = certainty_of(result)
        except ValueError as reason:
            notes.append(f"{title}: {reason}.")
            continue
        rows += map(_row, found)
        notes += [f"{title}: {says}." for says in unplaced_judgements(result)]
        if not found:
            notes.append(f"{title}: nothing is pooled.")
    if not stated:
        notes.append(_NONE)
    if rows:
        notes.insert(0, _SUGGESTED)
    return CertaintyShown(tuple(rows), tuple(notes))


def _row(row: CertaintyRow) -> RatedRow:
    pooled = pooled_anchor(row.rated.result, row.rated.group)
    (whole,) = (each for each in row.domains if each.domain == CERTAINTY)
    domains = [_domain(each) for each in row.domains if each is not whole]
    persons = "persons not stated" if row.persons is None else counted(row.persons, "person")
    return RatedRow(
        anchor=f"c/{pooled}",
        pooled=made_anchor(pooled),
        title=row.title,
        effect=row.effect,
        size=f"{counted(row.studies)}, {persons}",
        absolute=tuple(row.absolute()),
        notes=tuple(filter(None, (row.formula, row.beside))),
        whole=_domain(whole),
        rated=tuple(each for each in domains if each.word),
        unrated=tuple(each for each in domains if not each.word),
    )


def _domain(found: JudgedDomain) -> RatedDomain:
    suggestion, judgement = found.suggestion, found.judgement
    return RatedDomain(
        domain=found.domain,
        word=found.word,
        symbol=SYMBOLS.get(found.word, ""),
        by="" if not found.word else "suggested" if judgement is None else judgement.by,
        stale=found.stale,
        reason="" if judgement is None else f"{judgement.reason} ({', '.join(_signed(found))})",
        overridden=suggestion.word if judgement is not None and suggestion is not None else "",
        numbers=() if suggestion is None else suggestion.numbers,
        source="" if suggestion is None else suggestion.source,
        data=found.data,
    )


def _signed(found: JudgedDomain) -> Iterator[str]:
    assert found.judgement is not None
    yield found.judgement.by
    yield day_in_words(found.judgement.on)
    if found.stale:
        yield "older than the data"
