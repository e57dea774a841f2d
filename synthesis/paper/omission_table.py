"""What an analysis does not pool, and why: left out, silent, another model, or asked for by no analysis."""

from __future__ import annotations

from collections.abc import Iterator

from evidence.selection.accounting import in_no_analysis
from evidence.selection.selection import Candidate, LeftOut
from synthesis.paper.paper_table import PaperTable, Reported, Row, paper_table
from synthesis.review.analysis_result import AnalysisResult

_HEADINGS = (
    ("analysis", "Analysis"),
    ("study", "Study"),
    ("estimate", "Estimate"),
    ("persons", "Persons"),
    ("what", "What became of it"),
    ("reason", "Why"),
    ("report", "Report"),
    ("at", "Where"),
)


def omission_table(material: Reported) -> PaperTable:
    """One row an estimate that answers the question of an analysis and is not pooled.

    Where all analyses are asked for, also those that none of them names.
    """
    rows = [row for result in material.results for row in _of_analysis(result)]
    if material.whole:
        selections = [result.selection for result in material.results]
        unnamed = in_no_analysis(material.loaded.review, material.loaded.records, selections)
        rows += [_row(None, each, "in no analysis") for each in unnamed]
    return paper_table(
        "left-out", "Left out, and why", _HEADINGS, rows, (), "Nothing that was recorded is left out."
    )


def _of_analysis(result: AnalysisResult) -> Iterator[Row]:
    name = result.analysis.id
    for each in result.selection.left_out:
        yield _row(name, each, "left out")
    for each in result.selection.other_models:
        yield _row(name, each, "another model is pooled")
    for found in result.selection.silent:
        yield _row(name, LeftOut(found, _said(found)), "examined, no number reported")


def _said(found: Candidate) -> str:
    silence = found.estimate.not_reported
    return f"the report says: {silence.said}" if silence is not None else ""


def _row(analysis: str | None, each: LeftOut, what: str) -> Row:
    found = each.candidate
    return {
        "analysis": analysis,
        "study": found.label,
        "estimate": found.estimate.id,
        "persons": found.stratum.describe(),
        "what": what,
        "reason": each.reason,
        "report": found.report.label or found.report.citation,
        "at": found.estimate.where.at,
    }
