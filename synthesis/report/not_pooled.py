"""What is in no pool: examined without a number, and left out, each once with the reason."""

from __future__ import annotations

from collections.abc import Iterator

from evidence.selection.accounting import in_no_analysis
from evidence.selection.selection import Candidate
from evidence.wording import counted
from synthesis.paper.paper_table import Reported
from synthesis.report.anchors import entry_anchor, record_anchor
from synthesis.report.page_parts import ShownTable, TableCell

NO_ANALYSIS = "none"
"""In the place of an analysis: no analysis asks for it."""

_UNASKED = "no analysis asks for "
_NOBODY_ASKS = "no analysis asks for these persons at this place"
"""In the place of a reason for each stratum and site."""

_MOST_TITLES = 3


def silent_table(material: Reported) -> ShownTable:
    """What was examined and not reported, with what the report says, and the analyses that show it."""
    found: dict[str, tuple[Candidate, list[str]]] = {}
    for result in material.results:
        for each in result.selection.silent:
            found.setdefault(each.name, (each, []))[1].append(result.analysis.title)
    rows = tuple(_silent(each, titles) for each, titles in found.values())
    heads = ("Study", "Outcome", "Persons", "The report says", "Where", "Shown in")
    notes = () if rows else ("Every result that the analyses ask for has a number.",)
    return ShownTable("silent", "Examined, not reported", heads, (False,) * 6, rows, notes)


def _silent(found: Candidate, titles: list[str]) -> tuple[TableCell, ...]:
    said = found.estimate.not_reported
    return (
        TableCell(found.label, record_anchor(found.record.study)),
        TableCell(f"{found.record.outcome_of(found.estimate).name}, {found.site}"),
        TableCell(found.stratum.describe()),
        TableCell("" if said is None else said.said, entry_anchor(found)),
        TableCell(found.estimate.where.at),
        TableCell("; ".join(titles)),
    )


def left_out_table(material: Reported) -> ShownTable:
    """A row for each reason of a study, with the estimates that it keeps out and the analyses."""
    rows: dict[tuple[str, str, str], tuple[dict[str, Candidate], dict[str, None]]] = {}
    for what, title, reason, found in _left_out(material):
        estimates, titles = rows.setdefault((found.record.study, what, reason), ({}, {}))
        estimates.setdefault(found.name, found)
        titles.setdefault(title)
    told = tuple(
        _row(what, reason, tuple(estimates.values()), tuple(titles))
        for (_, what, reason), (estimates, titles) in rows.items()
    )
    heads = ("Study", "What became of it", "Why", "Estimates", "In")
    notes = () if told else ("Nothing that was recorded is left out.",)
    return ShownTable("left-out", "Left out, and why", heads, (False,) * 5, told, notes)


def _left_out(material: Reported) -> Iterator[tuple[str, str, str, Candidate]]:
    """What became of it, in which analysis, why, and which estimate."""
    for result in material.results:
        title = result.analysis.title
        for each in result.selection.left_out:
            yield "left out", title, each.reason, each.candidate
        for each in result.selection.other_models:
            yield "another model is pooled", title, each.reason, each.candidate
    selections = [result.selection for result in material.results]
    for each in in_no_analysis(material.loaded.review, material.loaded.records, selections):
        unasked = each.reason.startswith(_UNASKED)
        yield "in no analysis", NO_ANALYSIS, _NOBODY_ASKS if unasked else each.reason, each.candidate


def _row(
    what: str, reason: str, found: tuple[Candidate, ...], titles: tuple[str, ...]
) -> tuple[TableCell, ...]:
    first = found[0]
    single = len(found) == 1
    estimates = first.estimate.id if single else counted(len(found), "estimate")
    to = entry_anchor(first) if single else record_anchor(first.record.study)
    several = len(titles) > _MOST_TITLES
    shown = counted(len(titles), "analysis") if several else "; ".join(titles)
    return (
        TableCell(first.label, record_anchor(first.record.study)),
        TableCell(what),
        TableCell(reason),
        TableCell(estimates, to),
        TableCell("" if titles == (NO_ANALYSIS,) else shown),
    )
