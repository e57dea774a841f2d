"""Which way each study goes, in the pool or outside it, and the sign test of each domain."""

from __future__ import annotations

from synthesis.paper.paper_table import PaperTable, Reported, Row, paper_table
from synthesis.paper.rounded import count, p_value, share
from synthesis.review.analysis_result import AnalysisResult
from synthesis.review.direction_words import DomainTest, outside_the_pool, sign_tests

_HEADINGS = (
    ("analysis", "Analysis"),
    ("domain", "Domain"),
    ("study", "Study"),
    ("direction", "Direction"),
    ("in_pool", "In the pool"),
    ("n", "Persons"),
    ("k", "With a direction"),
    ("positive", "Positive"),
    ("share", "Share (%)"),
    ("share_low", "Share, lower"),
    ("share_high", "Share, upper"),
    ("p", "p"),
)


def direction_table(material: Reported) -> PaperTable:
    """The sign tests, and each study, of analyses in which somebody tells a direction outside the pool."""
    rows = [row for result in material.results for row in _rows(result)]
    notes = (
        "The row without a study is the exact sign test of its domain: positive directions among studies "
        "that have one, with their Clopper-Pearson interval.",
    )
    nothing = "No study tells a direction outside the pools."
    return paper_table("directions", "Directions of effects", _HEADINGS, rows, notes, nothing)


def _rows(result: AnalysisResult) -> list[Row]:
    tests = sign_tests(result)
    if not outside_the_pool(tests):
        return []
    return [row for each in tests for row in _of_domain(result, each)]


def _of_domain(result: AnalysisResult, found: DomainTest) -> list[Row]:
    where: Row = {"analysis": result.analysis.id, "domain": ", ".join(found.domain)}
    test = found.test
    whole: Row = {
        **where,
        "k": count(test.k),
        "positive": count(test.positive),
        "share": share(100 * test.share),
        "share_low": share(100 * test.ci_low),
        "share_high": share(100 * test.ci_high),
        "p": p_value(test.p_value),
    }
    of_studies: list[Row] = [
        {
            **where,
            "study": row.study,
            "direction": row.direction,
            "in_pool": "yes" if row.pooled else "no",
            "n": count(row.persons),
        }
        for row in found.rows
    ]
    return [whole, *of_studies]
