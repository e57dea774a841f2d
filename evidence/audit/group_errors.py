"""Standard errors that raw counts, or means and SDs, give; and the least that events allow."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from evidence.audit.arithmetic import Interval
from evidence.audit.from_groups import (
    CountsOf,
    MeanAndSd,
    counts,
    rates,
    risk_differences,
    spreads,
)
from evidence.records.effect import Effect
from evidence.records.vocabulary import Measure


def standard_errors(effect: Effect) -> Interval | None:
    """From the least to the largest standard error that the groups give without adjustment; None for none.

    On the analysis scale. Of counts Wald's (Woolf 1955, Katz et al. 1978); of means Student's and Welch's.
    A risk difference is taken for a fraction, or for percentage points, whichever alone fits its estimate.
    """
    table = counts(effect)
    if table is not None:
        error = _of_counts(effect.measure, *table)
        factor = _percentage_points(effect, table) if effect.measure == "RD" else 1.0
        return None if error is None or factor is None else Interval(error * factor, error * factor)
    pair = spreads(effect)
    if pair is None:
        events = events_of(effect)
        error = None if events is None or effect.measure != "IRR" else least_error("IRR", *events)
        return None if error is None else Interval(error, error)
    if min(group.n for group in pair) < 2:
        return None
    if effect.measure == "SMD":
        n, m = (group.n for group in pair)
        size = 0.0 if effect.estimate is None else float(effect.estimate)
        return Interval(math.sqrt(1 / n + 1 / m), math.sqrt(1 / n + 1 / m + size**2 / (n + m - 2)))
    if effect.measure == "ROM":
        return errors_of_log_means(*pair)
    return errors_of_means(*pair) if effect.measure == "MD" else None


def _of_counts(measure: Measure, exposed: CountsOf, reference: CountsOf) -> float | None:
    (a, n), (c, m) = exposed, reference
    if measure == "RR" and a > 0 and c > 0 and (a < n or c < m):
        return math.sqrt(1 / a - 1 / n + 1 / c - 1 / m)
    if measure == "RD" and (0 < a < n or 0 < c < m):
        return math.sqrt(a * (n - a) / n**3 + c * (m - c) / m**3)
    return least_error(measure, EventsOf(a, n), EventsOf(c, m))


def _percentage_points(effect: Effect, table: tuple[CountsOf, CountsOf]) -> float | None:
    if effect.estimate is None:
        return None
    printed = Interval(effect.estimate.lowest, effect.estimate.highest)
    as_share, as_points = (printed.meets(Interval(value, value)) for value in risk_differences(*table))
    if as_share == as_points:
        return None
    return 1.0 if as_share else 100.0


def errors_of_means(exposed: MeanAndSd, reference: MeanAndSd, as_errors: bool = False) -> Interval:
    """Student's and Welch's standard error of a difference; as_errors: if the SDs were standard errors."""
    (s, n), (t, m) = (exposed.sd, exposed.n), (reference.sd, reference.n)
    found = []
    for one, other in ((s.low, t.low), (s.high, t.high)):
        first, second = max(0.0, one) ** 2, max(0.0, other) ** 2
        if as_errors:
            first, second = first * n, second * m
        pooled = ((n - 1) * first + (m - 1) * second) / (n + m - 2)
        found += [math.sqrt(first / n + second / m), math.sqrt(pooled * (1 / n + 1 / m))]
    return Interval(min(found), max(found))


def errors_of_log_means(exposed: MeanAndSd, reference: MeanAndSd) -> Interval | None:
    """Of the log ratio of two means, Hedges et al. 1999; None where one of them may be zero or below."""
    if min(exposed.mean.low, reference.mean.low) <= 0:
        return None
    low = sum((max(0.0, each.sd.low) / each.mean.high) ** 2 / each.n for each in (exposed, reference))
    high = sum((max(0.0, each.sd.high) / each.mean.low) ** 2 / each.n for each in (exposed, reference))
    return Interval(math.sqrt(low), math.sqrt(high))


# What events allow, whatever is adjusted for.


class EventsOf(NamedTuple):
    """Events in a class of the exposure, and its persons; None where person-years alone are known."""

    events: int
    persons: int | None


def events_of(effect: Effect) -> tuple[EventsOf, EventsOf] | None:
    """Events of both groups with their persons, or in person-time; None where there are none."""
    table = counts(effect)
    if table is not None:
        return EventsOf(*table[0]), EventsOf(*table[1])
    timed = rates(effect)
    return None if timed is None else (EventsOf(timed[0][0], None), EventsOf(timed[1][0], None))


def least_error(measure: Measure, exposed: EventsOf, reference: EventsOf) -> float | None:
    """The least standard error of a log ratio with so many events, however it is adjusted; None for others.

    In a logistic model with a term for each class the fitted risks p of a class add up to its events, so
    that its sum of p (1 - p) is at most events times non-events over persons; more covariates only take
    information away. The bound is therefore Woolf's variance, 1/a + 1/b + 1/c + 1/d. In a Cox or Poisson
    model with such terms the fitted events of a class add up to its events in the same way, which gives
    1/a + 1/c; a Poisson model of first events with robust variance gets down to 1/a - 1/n + 1/c - 1/m.
    """
    (a, n), (c, m) = exposed, reference
    if min(a, c) <= 0:
        return None
    if measure == "HR" or (measure == "IRR" and (n is None or m is None)):
        return math.sqrt(1 / a + 1 / c)
    if n is None or m is None:
        return None
    if measure == "IRR" and (a < n or c < m):
        return math.sqrt(1 / a - 1 / n + 1 / c - 1 / m)
    if measure == "OR" and a < n and c < m:
        return math.sqrt(1 / a + 1 / (n - a) + 1 / c + 1 / (m - c))
    return None


class ExposureClass(NamedTuple):
    """A class of an exposure, and which standard errors its log ratio to the first class may have by what is
    printed; None where nothing is."""

    counted: EventsOf
    errors: Interval | None


def too_precise(measure: Measure, classes: Sequence[ExposureClass]) -> Iterator[tuple[int, float]]:
    """Classes whose adjusted ratio is more precise than events in it and in the first class allow.

    Yields the index of the class and the least standard error, exactly; how much less an estimator that is
    not maximum likelihood may have is for the caller to allow.
    """
    for index, each in enumerate(classes[1:], start=1):
        least = least_error(measure, each.counted, classes[0].counted)
        if least is not None and each.errors is not None and each.errors.high < least:
            yield index, least
