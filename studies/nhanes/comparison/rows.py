"""One row a published number: what was printed, what comes out, and whether the two agree."""

from __future__ import annotations

import math
from dataclasses import dataclass

from evidence.records.printed import Printed, PValue
from studies.nhanes.comparison.published import PrintedSlope

KEPT, CHANGED, LOST, GAINED = "kept", "changed", "lost", "gained"
SIGNIFICANT = 0.05
# A regenerated number on the very edge of a rounding interval rounds either way.
_SLACK = 1e-12


@dataclass(frozen=True)
class FittedSlope:
    """A regenerated slope with its interval and p; nan where there is none."""

    estimate: float
    ci_low: float
    ci_high: float
    p: float

    @property
    def significant(self) -> bool:
        """Whether the interval leaves out zero."""
        return self.ci_low > 0 or self.ci_high < 0


@dataclass(frozen=True)
class ComparedRow:
    """A published number and the regenerated one.

    difference: regenerated minus published; None where print gives a bound only. in_se: that of a slope in
    standard errors of the published one; None of other numbers.
    agrees: the regenerated number rounds to the printed one, or keeps the printed bound.
    published_inside, regenerated_inside: whether each lies in the other's 95 % interval; None where there is
    no such interval.
    sign, significance (at 0.05), conclusion: of an estimate or a test, what became of it: kept, changed, lost
    or gained.
    diagnosed: the number when race and weights are as the alignment diagnosis has them, by weighted least
    squares that is not design-based, as published; None where that does not apply.
    """

    table: str
    item: str
    quantity: str
    published: str
    regenerated: float
    difference: float | None
    agrees: bool
    published_inside: bool | None = None
    regenerated_inside: bool | None = None
    sign: str | None = None
    significance: str | None = None
    conclusion: str | None = None
    diagnosed: float | None = None
    diagnosed_agrees: bool | None = None
    in_se: float | None = None


def agree(printed: Printed | PValue, value: float) -> bool:
    """Whether a number would be printed so."""
    if isinstance(printed, PValue) and printed.relation == "<":
        return value < printed.highest
    return printed.lowest - _SLACK <= value <= printed.highest + _SLACK


def number_row(
    table: str,
    item: str,
    quantity: str,
    printed: Printed | PValue,
    regenerated: float,
    diagnosed: float | None = None,
    interval: tuple[float, float] | None = None,
) -> ComparedRow:
    """A row without a conclusion; interval: of the regenerated number."""
    return ComparedRow(
        table=table,
        item=item,
        quantity=quantity,
        published=printed.text,
        regenerated=regenerated,
        difference=_difference(printed, regenerated),
        agrees=agree(printed, regenerated),
        published_inside=_within(float_of(printed), interval),
        diagnosed=diagnosed,
        diagnosed_agrees=None if diagnosed is None else agree(printed, diagnosed),
    )


def p_row(table: str, item: str, printed: PValue, p: float) -> ComparedRow:
    """The row of a test: its conclusion is whether there is a difference."""
    significance = _became(printed.highest < SIGNIFICANT, p < SIGNIFICANT)
    return ComparedRow(
        table=table,
        item=item,
        quantity="p",
        published=printed.text,
        regenerated=p,
        difference=_difference(printed, p),
        agrees=agree(printed, p),
        significance=significance,
        conclusion=KEPT if significance == KEPT else CHANGED,
    )


def estimate_row(printed: PrintedSlope, fitted: FittedSlope, diagnosed: FittedSlope) -> ComparedRow:
    """The row of a slope, with its conclusion."""
    low, high = (float(limit) for limit in printed.ci)
    slope = float(printed.estimate)
    same_sign = (slope > 0) == (fitted.estimate > 0)
    was = low > 0 or high < 0
    significance = _became(was, fitted.significant)
    kept = significance == KEPT and (same_sign or not was)
    return ComparedRow(
        table=printed.table,
        item=printed.at,
        quantity="slope",
        published=printed.estimate.text,
        regenerated=fitted.estimate,
        difference=fitted.estimate - slope,
        agrees=agree(printed.estimate, fitted.estimate),
        published_inside=_within(slope, (fitted.ci_low, fitted.ci_high)),
        regenerated_inside=low <= fitted.estimate <= high,
        sign=KEPT if same_sign else CHANGED,
        significance=significance,
        conclusion=KEPT if kept else CHANGED,
        diagnosed=diagnosed.estimate,
        diagnosed_agrees=agree(printed.estimate, diagnosed.estimate),
        in_se=(fitted.estimate - slope) / printed.se,
    )


def float_of(printed: Printed | PValue) -> float:
    """The printed number; nan for a p-value that is not printed."""
    if isinstance(printed, PValue):
        return math.nan if printed.number is None else float(printed.number)
    return float(printed)


def _difference(printed: Printed | PValue, value: float) -> float | None:
    if isinstance(printed, PValue) and printed.relation != "=":
        return None
    return value - float_of(printed)


def _within(value: float, interval: tuple[float, float] | None) -> bool | None:
    if interval is None or math.isnan(interval[0]):
        return None
    return interval[0] <= value <= interval[1]


def _became(was: bool, now: bool) -> str:
    if was == now:
        return KEPT
    return LOST if was else GAINED
