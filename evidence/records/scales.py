"""The analysis scale of each measure: where its sampling distribution is nearly normal, and the way back."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from evidence.records.vocabulary import Measure

RATIOS: frozenset[Measure] = frozenset({"OR", "RR", "HR", "IRR"})

_RATIOS_OF_TWO: frozenset[Measure] = RATIOS | {
    *("PETO", "ROM", "ROMBC", "CVR", "VR", "ROMC", "CVRC", "VRC"),
}
_POSITIVE: frozenset[Measure] = frozenset({"PLN", "IRLN", "MNLN", "CVLN", "SDLN"})
_SINGLE: frozenset[Measure] = frozenset(
    {"PR", "PAS", "PFT", "IR", "IRS", "IRFT", "MN", "ARAW", "AHW", "ABT"},
)
"""Of one group: they have no value of no effect. PAS, PFT, IRS, IRFT, AHW and ABT stay transformed."""

_WITHOUT_A_TEST: frozenset[Measure] = frozenset({"mean", "threshold", "proportion", "PLO"})
"""A p-value beside one of these is of another comparison."""


_IN_SDS: frozenset[Measure] = frozenset({"SMD", "SMD1", "SMDH", "D", "SMCC", "SMCR", "SMCRH"})


@dataclass(frozen=True)
class AnalysisScale:
    """The scale on which a measure's sampling distribution is nearly normal."""

    name: Literal["identity", "log", "Fisher z", "logit"]
    forward: Callable[[float], float]
    back: Callable[[float], float]
    null: float | None
    """The value of no effect on the measure's own scale."""


def _same(value: float) -> float:
    return value


def _exp(value: float) -> float:
    """exp without overflow: an interval that reaches so far has no end worth printing."""
    try:
        return math.exp(value)
    except OverflowError:
        return math.inf


def _logit(value: float) -> float:
    return math.log(value / (1 - value))


def _expit(value: float) -> float:
    return 1 / (1 + _exp(-value))


IDENTITY = AnalysisScale("identity", _same, _same, 0.0)
LOG = AnalysisScale("log", math.log, _exp, 1.0)
LOG_VALUE = AnalysisScale("log", math.log, _exp, None)
VALUE = AnalysisScale("identity", _same, _same, None)
FISHER_Z = AnalysisScale("Fisher z", math.atanh, math.tanh, 0.0)
LOGIT = AnalysisScale("logit", _logit, _expit, None)


def analysis_scale(measure: Measure) -> AnalysisScale:
    """Log for ratios, Fisher's z for r, logit for proportions, identity for differences and slopes."""
    if measure in _RATIOS_OF_TWO:
        return LOG
    if measure in _POSITIVE:
        return LOG_VALUE
    if measure in _SINGLE:
        return VALUE
    if measure in ("r", "ZCOR", "ZPCOR", "ZSPCOR"):
        return FISHER_Z
    return LOGIT if measure in ("proportion", "PLO") else IDENTITY


def tests_null(measure: Measure) -> bool:
    """Whether a measure has a value of no effect that a p-value is about."""
    return analysis_scale(measure).null is not None and measure not in _WITHOUT_A_TEST


def has_units(measure: Measure) -> bool:
    """Whether a measure changes in proportion to the outcome's unit; logarithms and SDs do not."""
    return analysis_scale(measure).name == "identity" and measure not in _IN_SDS
