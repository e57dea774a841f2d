"""Places of the page by name: rows, pooled values, estimates and records, each once."""

from __future__ import annotations

from collections import Counter

from evidence.selection.selection import Candidate
from synthesis.review.analysis_result import AnalysisResult, GroupResult


def entry_anchor(found: Candidate) -> str:
    """Of what an estimate answers to: `e/imos-4/hip-men`."""
    return f"e/{found.record.study}/{found.estimate.id}"


def record_anchor(study: str) -> str:
    """Of a study's record: `r/imos-4`."""
    return f"r/{study}"


def report_anchor(study: str, report: str) -> str:
    """Of a report in its record: `r/imos-4/khadembashiri-2025`."""
    return f"r/{study}/{report}"


def model_anchor(study: str, model: str) -> str:
    """Of a statistical model in its record: `m/imos-4/linear`."""
    return f"m/{study}/{model}"


def pooled_anchor(result: AnalysisResult, group: GroupResult | None) -> str:
    """Of a pooled value: `hip-men/pooled`, `hip-by-sex/pooled/1` of the first group."""
    name = f"{result.analysis.id}/pooled"
    if group is None or group is result.overall or group.name is None:
        return name
    return f"{name}/{result.groups.index(group) + 1}"


def made_anchor(pooled: str) -> str:
    """Of what a pooled value answers to, by the anchor of its row: `p/hip-men/pooled`."""
    return f"p/{pooled}"


def row_anchors(result: AnalysisResult) -> dict[str, str]:
    """Of each estimate's row by its name: `hip-men/imos-4`, with the estimate where a study has several."""
    of_studies = Counter(found.record.study for found in result.candidates)
    found: dict[str, str] = {}
    for each in result.candidates:
        short = f"{result.analysis.id}/{each.record.study}"
        alone = of_studies[each.record.study] == 1 and each.record.study != "pooled"
        found[each.name] = short if alone else f"{short}/{each.estimate.id}"
    return found
