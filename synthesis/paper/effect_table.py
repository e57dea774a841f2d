"""The effects of analyses as a paper's table: numbers as the forest plots show them, each with its place."""

from __future__ import annotations

import math
from collections.abc import Iterator

from evidence.records.scales import analysis_scale
from evidence.selection.selection import Chosen
from evidence.wording import percent
from synthesis.paper.paper_table import PaperTable, Reported, Row, paper_table
from synthesis.paper.rounded import count, effect, statistic
from synthesis.review.analysis_result import AnalysisResult, GroupResult
from synthesis.review.captions import effect_header, is_log

_HEADINGS = (
    ("analysis", "Analysis"),
    ("group", "Group"),
    ("study", "Study"),
    ("stratum", "Persons"),
    ("effect", "Effect"),
    ("n", "n"),
    ("estimate", "Estimate"),
    ("ci_low", "CI, lower"),
    ("ci_high", "CI, upper"),
    ("weight", "Weight (%)"),
    ("sei_from", "Standard error from"),
    ("adjustment", "Adjusted"),
    ("report", "Report"),
    ("at", "Where"),
)


def effect_table(material: Reported) -> PaperTable:
    """One row an effect that enters an analysis, in the order of its forest plot."""
    rows = [
        row
        for result, decimals in material.with_decimals()
        for group in result.groups
        for row in _of_group(result, group, decimals)
    ]
    levels = dict.fromkeys(percent(result.method.level.fraction) for result in material.results)
    return paper_table(
        "effects",
        "Effects and where they are reported",
        _HEADINGS,
        rows,
        (f"CI: {', '.join(levels)} confidence interval. Arms that share a reference have one weight "
         "together, "
         "which stands at the first of them.",),
        "The effects of curves stand in the table of their classes."
        if any(result.dose is not None for result in material.results)
        else "No effect enters an analysis.",
    )  # fmt: skip


def _of_group(result: AnalysisResult, group: GroupResult, decimals: int) -> Iterator[Row]:
    weights = result.weights_of(group)
    for place, unit in enumerate(group.units):
        for position, each in enumerate(unit.rows):
            weight = weights[place] if position == 0 else math.nan
            yield {
                **_row(result, each, decimals),
                "group": group.name,
                "weight": statistic(float(weight)),
            }


def _row(result: AnalysisResult, each: Chosen, decimals: int) -> Row:
    found = each.candidate
    shape = analysis_scale(result.scale.measure)
    numbers = {
        "estimate": shape.back(each.effect.yi),
        "ci_low": each.effect.low,
        "ci_high": each.effect.high,
    }
    return {
        "analysis": result.analysis.id,
        "study": result.label(found),
        "stratum": found.stratum.describe(),
        "effect": effect_header(result.scale, result.analysis.outcome.name),
        "n": None if found.estimate.n is None else count(int(found.estimate.n)),
        **{name: effect(value, decimals, is_log(shape)) for name, value in numbers.items()},
        "sei_from": each.effect.sei_from,
        "adjustment": found.record.model_of(found.estimate).adjustment,
        "report": found.report.label or found.report.citation,
        "at": found.estimate.where.at,
    }
