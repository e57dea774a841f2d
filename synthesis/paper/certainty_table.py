"""Certainty as a table: a row for each summary, with its absolute effects and every domain."""

from __future__ import annotations

from synthesis.certainty.certainty_of_analysis import CertaintyRow, certainty_of
from synthesis.paper.paper_table import PaperTable, Reported, Row, paper_table
from synthesis.paper.rounded import count

_NOTE = (
    "Suggested: what the numbers suggest by thresholds that the review states; no verdict. A judgement of a "
    "person has the name behind it; stale: other data have entered since. Absolute effects take the baseline "
    "risk as known."
)


def certainty_table(material: Reported) -> PaperTable:
    """One row for each summary of the analyses that state what their certainty is rated by.

    A note says why an analysis that states it has no row.
    """
    rows: list[CertaintyRow] = []
    refused: list[str] = []
    for result in material.results:
        if result.analysis.certainty is None:
            continue
        try:
            rows += certainty_of(result)
        except ValueError as reason:
            refused.append(f"{result.analysis.title} has no row: {reason}.")
    domains = list(dict.fromkeys(each.domain for row in rows for each in row.domains))
    headings = [
        ("analysis", "Analysis"),
        ("studies", "Studies"),
        ("n", "Persons"),
        ("relative", "Effect"),
        ("absolute", "Absolute effect"),
        *((domain, domain[:1].upper() + domain[1:]) for domain in domains),
    ]
    sources = {
        each.suggestion.source: None for row in rows for each in row.domains if each.suggestion is not None
    }
    formulas = dict.fromkeys(row.formula for row in rows if row.formula)
    beside = (f"{row.title}: {row.beside}" for row in rows if row.beside)
    notes = (_NOTE, *beside, *formulas, f"Rules: {'; '.join(sources)}.", *refused) if rows else ()
    return paper_table(
        "certainty",
        "Certainty of the evidence",
        headings,
        [_row(row) for row in rows],
        notes,
        " ".join(refused) or "No analysis states what its certainty is rated by.",
    )


def _row(row: CertaintyRow) -> Row:
    cells: Row = {
        "analysis": row.title,
        "studies": count(row.studies),
        "n": count(row.persons),
        "relative": row.effect,
        "absolute": "; ".join(row.absolute()) or None,
    }
    return cells | {each.domain: each.told for each in row.domains}
