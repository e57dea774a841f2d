"""Which analyses a page can pool anew, and what each row below their studies is."""

from __future__ import annotations

from collections.abc import Callable

from evidence.records.scales import analysis_scale
from synthesis.drawing.forest_table import PredictionRow, Row, SummaryRow, TextRow
from synthesis.plots.summary_lines import heterogeneity_line, summary_p_line
from synthesis.pooling.result import PooledSummary
from synthesis.report.page_parts import OwnChoices, Role
from synthesis.review.analysis_result import AnalysisResult, GroupResult

ESTIMATORS = ("REML", "ML", "DL", "PM", "EE")
TESTS = ("HKSJ", "adhoc", "z", "t")
PREDICTIONS = ("t(k-1)", "t(k-2)", "z", "HTS", "HKSJ")
"""What the page's own statistics have, which are held to those of the engine."""


def own_choices(result: AnalysisResult) -> OwnChoices | None:
    """The choices of an analysis whose studies can be taken out; None where the page is not exact.

    It has no models of dependent effects, no curves, and no groups that share their tau2.
    """
    method, groups = result.method, result.summarised
    exact = method.estimator in ESTIMATORS and method.test in TESTS and method.prediction in PREDICTIONS
    independent = result.dose is None and not any(group.mean or group.model for group in groups)
    pooled = [group.pooled for group in groups if group.chosen]
    if not exact or not independent or None in pooled or not any(each and each.k > 1 for each in pooled):
        return None
    return OwnChoices(
        estimator=method.estimator,
        test=method.test,
        level=method.level.fraction,
        prediction=method.prediction,
        back=analysis_scale(result.scale.measure).name,
        whole=None if result.overall is None else len(result.groups),
        parts=any(group.of_arms for group in groups),
    )


def role_of(row: Row, part: GroupResult | None, back: Callable[[float], float]) -> Role:
    """What a row below the studies of a group is; the page hides what is none of these when it pools anew."""
    pooled = None if part is None else part.pooled
    if isinstance(row, PredictionRow):
        return "prediction"
    if pooled is None or not isinstance(row, SummaryRow | TextRow):
        return "other" if isinstance(row, SummaryRow | TextRow) else ""
    return _summary(row, pooled, back) if isinstance(row, SummaryRow) else _line(row, pooled)


def _summary(row: SummaryRow, pooled: PooledSummary, back: Callable[[float], float]) -> Role:
    if row.weight is None and (row.estimate, row.low) != (back(pooled.estimate), back(pooled.ci_low)):
        return "other"
    ends: dict[Role, float] = {"pooled": pooled.ci_low, "wald": pooled.wald[0]}
    return next((role for role, low in ends.items() if row.low == back(low)), "other")


def _line(row: TextRow, pooled: PooledSummary) -> Role:
    if row.text == heterogeneity_line(pooled):
        return "heterogeneity"
    return "test" if row.text == summary_p_line(pooled) else "other"
