"""Results without a number that a review lets count: as what, and what the pool becomes with them."""

from __future__ import annotations

import math

from evidence.records.scales import analysis_scale
from synthesis.paper.paper_table import PaperTable, Reported, Row, paper_table
from synthesis.paper.rounded import Cell, as_printed, effect, heterogeneity, p_value
from synthesis.review.analysis_result import AnalysisResult, GroupResult
from synthesis.review.captions import is_log
from synthesis.review.silent_pool import SilentPool

_HEADINGS = (
    ("analysis", "Analysis"),
    ("study", "Study"),
    ("estimate_id", "Result"),
    ("said", "Taken as"),
    ("probability", "Probability"),
    ("alpha", "Level of its test"),
    ("n", "Persons"),
    ("sei", "Standard error"),
    ("sei_from", "From"),
    ("estimate", "Estimate"),
    ("ci_low", "CI, lower"),
    ("ci_high", "CI, upper"),
    ("p", "p"),
    ("alone", "Without, same likelihood"),
    ("alone_low", "Without, lower"),
    ("alone_high", "Without, upper"),
    ("worst", "Worst case"),
    ("best", "Best case"),
)


def unprinted_table(material: Reported) -> PaperTable:
    """A row for each pool with results without a number, then one for each of these."""
    rows = [
        row
        for result, places in material.with_decimals()
        for group in result.groups
        if group.unreported is not None
        for row in (
            _pool(result, group.unreported, places),
            *_results(result, group, group.unreported),
        )
    ]
    notes = (
        "The first row of an analysis is its pool with what is said of results without a number, by the "
        "profile likelihood, beside the same likelihood without them; rows below say what each counts as.",
    )
    nothing = "No analysis lets a result without a number count."
    return paper_table("unprinted", "Results without a number", _HEADINGS, rows, notes, nothing)


def _pool(result: AnalysisResult, found: SilentPool, places: int) -> Row:
    shape, pooled = analysis_scale(result.scale.measure), found.pooled

    def shown(value: float) -> Cell:
        return effect(shape.back(value) if math.isfinite(value) else math.nan, places, is_log(shape))

    return {
        "analysis": result.analysis.id,
        "estimate": shown(pooled.estimate),
        "ci_low": shown(pooled.ci_low),
        "ci_high": shown(pooled.ci_high),
        "p": p_value(pooled.p_value),
        "alone": shown(pooled.without.estimate),
        "alone_low": shown(pooled.without.ci_low),
        "alone_high": shown(pooled.without.ci_high),
        "worst": shown(pooled.worst_case.lowest),
        "best": shown(pooled.worst_case.highest),
    }


def _results(result: AnalysisResult, group: GroupResult, found: SilentPool) -> list[Row]:
    pooled = found.pooled
    return [
        {
            "analysis": result.analysis.id,
            "study": each.label,
            "estimate_id": each.estimate.id,
            "said": f"ORBIT {pooled.classes[i]}" if pooled.classes[i] else pooled.said[i],
            "probability": as_printed(float(pooled.probability[i]), f"{pooled.probability[i]:g}"),
            "alpha": as_printed(float(pooled.alpha[i]), f"{pooled.alpha[i]:g}"),
            "n": as_printed(float(pooled.ni[i]), f"{pooled.ni[i]:g}"),
            "sei": heterogeneity(float(pooled.sei[i])),
            "sei_from": pooled.sei_from[i] or None,
        }
        for i, each in enumerate(found.silent)
    ]
