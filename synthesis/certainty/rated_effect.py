"""The effect that certainty is rated of: over its contrast, in 1,000 persons, and what its ends cross."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from evidence.records.certainty_choice import BaselineRisk, CertaintyChoice, contrast_fault, steps_of
from evidence.records.scales import analysis_scale
from evidence.wording import format_number, written
from synthesis.certainty.per_thousand import NoAbsoluteEffectError, PerThousand, per_thousand
from synthesis.review.analysis_result import AnalysisResult, GroupResult

if TYPE_CHECKING:
    from synthesis.pooled import Pooled
    from synthesis.regression.subgroup_result import Subgroup
    from synthesis.review.modelled import ModelSummary

ROUNDING = 1e-9
Ends = tuple[float, float, float]
"""Estimate, lower and upper limit."""


@dataclass(frozen=True)
class Crossed:
    """The thresholds that an interval crosses, of all that are stated for it."""

    what: str
    crossed: tuple[float, ...]
    stated: tuple[float, ...]

    @property
    def sentence(self) -> str:
        """What is crossed, in words."""
        if not self.crossed:
            return f"{self.what} crosses none of {_listed(self.stated)}."
        return f"{self.what} crosses {_listed(self.crossed)}."


def _listed(values: Sequence[float]) -> str:
    return ", ".join(written(value) for value in values)


@dataclass(frozen=True)
class RatedEffect:
    """One summary of an analysis, and what the review rates its certainty by.

    steps: of its scale that the contrast has, one without a contrast.
    """

    result: AnalysisResult
    group: GroupResult
    choice: CertaintyChoice
    steps: float

    @classmethod
    def of(cls, result: AnalysisResult, group: GroupResult) -> RatedEffect:
        """Raises ValueError, with a sentence, where effects cannot be told over the review's contrast."""
        choice = result.analysis.certainty or CertaintyChoice()
        scale = result.scale
        reason = contrast_fault(choice.contrast, scale.measure, scale.per)
        if reason:
            raise ValueError(reason)
        steps = 1.0
        if choice.contrast is not None and scale.per is not None:
            steps = steps_of(choice.contrast, scale.per)
        return cls(result, group, choice, steps)

    def shown(self, value: float) -> float:
        """A number of the analysis scale on the measure's own, over the contrast."""
        return analysis_scale(self.result.scale.measure).back(self.steps * value)

    @property
    def summary(self) -> Pooled | Subgroup | ModelSummary:
        """What is rated, on the analysis scale: only groups that have one are."""
        assert self.group.summary is not None
        return self.group.summary

    @cached_property
    def ends(self) -> Ends:
        """Estimate and interval on the measure's own scale, over the contrast."""
        found = self.summary
        return self.shown(found.estimate), self.shown(found.ci_low), self.shown(found.ci_high)

    @cached_property
    def predicted(self) -> tuple[float, float] | None:
        """Where the effect in a new study is expected, likewise; None without a prediction interval."""
        found = self.summary
        if math.isnan(found.prediction_low):
            return None
        return self.shown(found.prediction_low), self.shown(found.prediction_high)

    @property
    def null(self) -> float | None:
        """The value of no effect on the measure's own scale."""
        return analysis_scale(self.result.scale.measure).null

    @cached_property
    def absolute(self) -> tuple[tuple[BaselineRisk, PerThousand | str], ...]:
        """By baseline risk the absolute effect, or the sentence why there is none."""
        return tuple((each, self.absolute_at(each, self.ends)) for each in self.choice.baseline_risks)

    def absolute_at(self, baseline: BaselineRisk, ends: Ends) -> PerThousand | str:
        """The absolute effect of these numbers at a baseline risk, or the sentence why there is none."""
        risk = float(baseline.risk)
        if not 0.0 < risk < 1.0:
            return f"A baseline risk of {baseline.risk} is none."
        try:
            return per_thousand(self.result.scale.measure, ends, risk, baseline.period)
        except NoAbsoluteEffectError as reason:
            return str(reason)

    def crossings(self, low: float, high: float, what: str) -> Iterator[Crossed]:
        """What an interval crosses: of thresholds in 1,000 persons at each risk, else of those of the effect.

        Absolute effects come first where the review states thresholds of them (Zeng et al. 2022).
        """
        stated = tuple(float(each) for each in self.choice.thresholds.per_1000)
        found = False
        for baseline in self.choice.baseline_risks if stated else ():
            absolute = self.absolute_at(baseline, (self.ends[0], low, high))
            if isinstance(absolute, PerThousand):
                found = True
                ends = " to ".join(format_number(end, 0) for end in (absolute.low, absolute.high))
                words = f"{what} at {baseline.name}, {ends} per 1,000,"
                yield Crossed(words, _between(stated, absolute.low, absolute.high), stated)
        own = tuple(float(each) for each in self.choice.thresholds.effect)
        if own and not found:
            words = f"{what}, {written(low)} to {written(high)},"
            yield Crossed(words, _between(own, low, high), own)


def _between(stated: Sequence[float], low: float, high: float) -> tuple[float, ...]:
    """An end that is a threshold but for the last digits of a logarithm crosses nothing."""
    room = ROUNDING * max(abs(low), abs(high)) if math.isfinite(high - low) else 0.0
    return tuple(each for each in stated if low + room < each < high - room)
