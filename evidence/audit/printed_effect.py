"""One printed effect as the rules see it: every number with its rounding interval on the analysis scale."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

from evidence.audit.arithmetic import Convention, Interval, Region, conventions, region
from evidence.records.effect import Estimate
from evidence.records.possible import is_a_count, is_a_level, is_a_probability, is_in_range
from evidence.records.printed import Printed, PValue
from evidence.records.scales import IDENTITY, AnalysisScale, analysis_scale, tests_null
from evidence.records.vocabulary import IntervalMethod, Measure, Test
from evidence.wording import percent

USUAL_LEVEL = 0.95

_EDGE = 1e-12
_DOMAINS = {
    "log": (_EDGE, float("inf")),
    "Fisher z": (-1 + _EDGE, 1 - _EDGE),
}
_SYMMETRIC: frozenset[Measure] = frozenset({"beta", "MD", "SMD", "OR", "RR", "HR", "IRR", "RD", "r", "mean"})


@dataclass(frozen=True)
class PrintedEffect:
    """The estimate of an effect and whatever measures of its uncertainty stand beside it."""

    measure: Measure
    estimate: Printed
    lower: Printed | None = None
    upper: Printed | None = None
    level: float = USUAL_LEVEL
    se: Printed | None = None
    t: Printed | None = None
    p: PValue | None = None
    df: float | None = None
    n: int | None = None
    ci_method: IntervalMethod | None = None
    test: Test | None = None
    log: bool = False

    @cached_property
    def scale(self) -> AnalysisScale:
        """Where the sampling distribution is nearly normal; proportions and logarithms are as printed."""
        scale = analysis_scale(self.measure)
        return IDENTITY if self.log or scale.name == "logit" else scale

    def on_scale(self, number: Printed) -> Interval | None:
        """The rounding interval on the analysis scale; None when no part of it lies in the domain."""
        low, high = number.lowest, number.highest
        if self.scale.name == "identity":
            return Interval(low, high)
        first, last = _DOMAINS[self.scale.name]
        if high < first or low > last:
            return None
        return Interval(self.scale.forward(max(low, first)), self.scale.forward(min(high, last)))

    @cached_property
    def centre(self) -> Interval | None:
        """The estimate on the analysis scale."""
        return self.on_scale(self.estimate)

    @cached_property
    def limits(self) -> tuple[Interval, Interval] | None:
        """Both confidence limits on the analysis scale; None when not printed, impossible or reversed."""
        if self.lower is None or self.upper is None or self.lower.lowest > self.upper.highest:
            return None
        low, high = self.on_scale(self.lower), self.on_scale(self.upper)
        return None if low is None or high is None else (low, high)

    def at_face_value(self, number: Printed) -> float | None:
        """A printed number itself on the analysis scale; None where it has no place there."""
        try:
            return self.scale.forward(float(number))
        except ValueError:
            return None

    @property
    def limit(self) -> Printed | None:
        """The one limit that is printed; None where both are, or none."""
        return None if None not in (self.lower, self.upper) else self.lower or self.upper

    @cached_property
    def half_width(self) -> float | None:
        """Of the printed numbers themselves, on the analysis scale; None where they give none above zero."""
        limits, estimate = self.limits_at_face_value, self.at_face_value(self.estimate)
        if limits is not None:
            return (limits[1] - limits[0]) / 2
        limit = None if self.limit is None else self.at_face_value(self.limit)
        if limit is None or estimate is None:
            return None
        half = estimate - limit if self.lower is not None else limit - estimate
        return half if half > 0 else None

    @cached_property
    def limits_at_face_value(self) -> tuple[float, float] | None:
        """Both limits themselves on the analysis scale; None when not printed, impossible or not in order."""
        if self.lower is None or self.upper is None:
            return None
        lower, upper = self.at_face_value(self.lower), self.at_face_value(self.upper)
        return (lower, upper) if lower is not None and upper is not None and lower < upper else None

    @property
    def is_symmetric(self) -> bool:
        """Whether the interval of such a measure is centred on its estimate."""
        return self.measure in _SYMMETRIC

    @cached_property
    def region(self) -> Region | None:
        """All centres and half-widths that the printed estimate and limits allow; None without limits."""
        if self.centre is None or not self.is_symmetric:
            return None
        if self.limits is None:
            return self._region_of_one_limit(self.centre)
        found = region(self.centre, *self.limits)
        if not found.vertices and self.measure == "r":
            # Some papers print r with an interval that is symmetric in r itself.
            assert self.lower is not None
            assert self.upper is not None
            return region(*(Interval(x.lowest, x.highest) for x in (self.estimate, self.lower, self.upper)))
        return found

    def _region_of_one_limit(self, centre: Interval) -> Region | None:
        end = None if self.limit is None else self.on_scale(self.limit)
        if end is None:
            return None
        corners = [(middle, middle - x if self.lower else x - middle) for middle in centre for x in end]
        if max(half for _, half in corners) <= 0:
            return None
        return Region(tuple((middle, max(0.0, half)) for middle, half in corners))

    @cached_property
    def conventions(self) -> tuple[Convention, ...]:
        """The ways in which interval and p-value may have been made."""
        return conventions(self.level, self.df, self.n)

    @property
    def tests_null(self) -> bool:
        """Whether the measure has a value of no effect that a p-value is about."""
        return tests_null(self.measure)

    @property
    def interval_text(self) -> str:
        """The interval as printed, or its one limit."""
        if self.limit is not None:
            return f"with {'lower' if self.lower else 'upper'} limit {_trim(self.limit)}"
        return f"[{_trim(self.lower)}, {_trim(self.upper)}]"

    @property
    def level_text(self) -> str:
        """The interval's level in percent."""
        return f"{percent(self.level)}"


def printed_effect(estimate: Estimate) -> PrintedEffect | None:
    """The effect of an estimate, without numbers that cannot be; None when it prints no estimate."""
    view = view_with_p(estimate)
    return replace(view, p=None) if view is not None and not _is_possible(view.p) else view


def _is_possible(p: PValue | None) -> bool:
    return p is None or is_a_probability(p)


def view_with_p(estimate: Estimate) -> PrintedEffect | None:
    """The same with its p-value even where that cannot be."""
    effect = estimate.effect
    if effect is None or effect.estimate is None or not is_in_range(effect.estimate):
        return None
    lower, upper = effect.ci if effect.ci is not None else (effect.lower, effect.upper)
    if not all(is_in_range(each) for each in (lower, upper) if each is not None):
        lower = upper = None
    if not is_a_level(effect.level):
        lower = upper = None
    return PrintedEffect(
        effect.measure,
        effect.estimate,
        lower,
        upper,
        effect.level.fraction if is_a_level(effect.level) else USUAL_LEVEL,
        None if effect.se_of is not None else _in_range(effect.se),
        _in_range(effect.t),
        effect.p if effect.p is not None and effect.p.number is not None else None,
        effect.df if effect.df is not None and effect.df > 0 else None,
        estimate.n if estimate.n is not None and is_a_count(estimate.n) else None,
        effect.ci_method,
        effect.test,
        effect.log,
    )


def _in_range(number: Printed | None) -> Printed | None:
    return number if number is not None and is_in_range(number) else None


def _trim(number: Printed | None) -> str:
    return "" if number is None else number.text.strip()
