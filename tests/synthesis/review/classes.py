"""Records with classes of an exposure, for reviews made for a test."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from evidence.records.review import LoadedReview, Method
from synthesis.review.analysis import analyse
from synthesis.review.analysis_result import AnalysisResult
from tests.synthesis.review.made import record, review, silent

ODDS = "{measure: OR, exposure: hemoglobin, per: 1 g/dL}"
DOSED = (
    "reference: true, dose: 11 g/dL, n: 100, events: 20",
    "dose: 120 g/L, n: 110, events: 18, effect: {estimate: 0.80, ci: [0.40, 1.60]}",
    "dose: '13', n: 120, events: 15, effect: {estimate: 0.60, ci: [0.30, 1.20]}",
)
LIMITED = (
    "limits: < 11.5, n: 100, events: 20, effect: {estimate: 1.30, ci: [0.65, 2.60]}",
    "reference: true, limits: 11.5-12.5, n: 110, events: 18",
    "limits: '> 12.5', n: 120, events: 15, effect: {estimate: 0.70, ci: [0.35, 1.40]}",
)
MIDDLES = "dose_response: {unit: g/dL, doses: midpoint%s}"


def slope(numbers: str = "estimate: 0.75, ci: [0.60, 0.94]", per: str = "1 g/dL", measure: str = "OR") -> str:
    """A slope of the same persons as the classes, ready for `record`."""
    effect = f"{{measure: {measure}, per: {per}, {numbers}}}"
    return f"id: slope, outcome: hip, model: full, effect: {effect}"


def classed(
    study: str, arms: Sequence[str], measure: str = "OR", estimates: Sequence[str] = (), more: str = ""
) -> str:
    """A record with classes, and estimates beside them; more: other comparisons."""
    listed = "".join(
        f"\n      - {{id: q{place}, name: Q{place}, {arm}}}" for place, arm in enumerate(arms, 1)
    )
    text = record(study, list(estimates) or [silent("x", "spine")])
    comparison = (
        f"\ncomparisons:\n  - id: quarters\n    outcome: hip\n    model: full\n    measure: {measure}\n"
        f"    arms:{listed}\n    where: {{report: first, at: Table 2}}{more}"
    )
    return text.replace("\nextraction:", f"{comparison}\nextraction:")


def reviewed(
    folder: Path, records: dict[str, str], more: str = MIDDLES % "", scale: str = ODDS
) -> LoadedReview:
    """A review with one analysis of the hip."""
    return review(folder, records, scale=scale, more=more, sites="hip")


def analysed(loaded: LoadedReview, **choices: str) -> AnalysisResult:
    """Its first analysis, by equal effects and the normal distribution unless said otherwise."""
    method = Method(**{"estimator": "EE", "test": "z", **choices})
    return analyse(loaded, loaded.review.analyses[0], method)
