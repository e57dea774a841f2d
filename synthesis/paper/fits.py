"""What scripts reproduce: each fit of an analysis as its data, in the order of the summaries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from evidence.selection.grouping import NOT_STATED
from synthesis.pooling.result import PooledSummary
from synthesis.review.analysis import AnalysisResult
from synthesis.review.pooled_units import Unit

COLUMNS = (
    "analysis",
    "group",
    "k",
    "estimate",
    "ci.lb",
    "ci.ub",
    "p",
    "tau2",
    "pi.lb",
    "pi.ub",
    "F",
    "df1",
    "df2",
)
"""What both scripts print, on the analysis scale; of a test of difference F or chi-squared, its df, and p."""

OVERALL = "overall"
DIFFERENCE = "test of difference"
WITHIN = "difference within studies"


@dataclass(frozen=True)
class FitData:
    """Effects that are pooled together under a name; empty for the only group of an analysis."""

    name: str
    units: tuple[Unit, ...]


@dataclass(frozen=True)
class AnalysisFits:
    """The fits of one analysis.

    alone: pooled by themselves, the overall summary among them. compared: groups whose difference is tested,
    in one model where common. within: differences of two groups by study, with their variances.
    """

    result: AnalysisResult
    alone: tuple[FitData, ...]
    compared: tuple[FitData, ...]
    common: bool
    within: PooledSummary | None


def fits_of(result: AnalysisResult) -> AnalysisFits:
    """What was fitted; groups without effects and effects that are not pooled have no part in it."""
    alone = [
        FitData(OVERALL if group is result.overall else group.name or "", group.units)
        for group in result.summarised
        if group.pooled is not None
    ]
    compared: Sequence[FitData] = ()
    if result.difference is not None:
        compared = [
            FitData(group.name or "", group.units)
            for group in result.groups
            if group.chosen and group.name != NOT_STATED
        ]
    common = result.difference is not None and result.difference.tau2 == "common"
    return AnalysisFits(result, tuple(alone), tuple(compared), common, result.within)
