"""What the raw counts, or means and SDs, of groups give: estimates and standard errors by each usual way."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
from scipy.special import gammaln

from evidence.audit.arithmetic import Interval, quotient
from evidence.records.printed import Printed
from evidence.records.schema import Effect, Group
from evidence.records.vocabulary import Measure

CountsOf = tuple[int, int]
"""Events and persons of one group."""

LARGEST_LOG_ODDS_RATIO = 30.0
HALVINGS = 60
MOST_TABLES = 20_000
"""Tables with given margins; of larger ones the conditional odds ratio is the usual one in every digit."""


def counts(effect: Effect) -> tuple[CountsOf, CountsOf] | None:
    """Events and persons of both groups; None where there are none, or means."""
    if effect.groups is None:
        return None
    exposed, reference = effect.groups
    if exposed.events is None or reference.events is None:
        return None
    return (exposed.events, exposed.n), (reference.events, reference.n)


def estimates(effect: Effect) -> tuple[Interval, ...]:
    """What the groups give for the effect's measure, the usual way first; none for other measures.

    Of counts every way is a number, and there is none where a cell is empty, for which each paper has a way
    of its own; of odds ratios: as counted, conditional as in exact tests, Peto's, with a half in every cell.
    Of means and SDs it is an interval: their rounding intervals, and
    for an SMD each usual denominator with and without the correction of small samples.
    """
    table = counts(effect)
    if table is not None:
        ways = COUNTED.get(effect.measure)
        values = () if ways is None else ways(*table)
        return tuple(Interval(value, value) for value in values)
    if effect.groups is None or any(group.mean is None or group.sd is None for group in effect.groups):
        return ()
    if effect.measure == "MD":
        return (_difference(*effect.groups),)
    return tuple(_standardised(*effect.groups)) if effect.measure == "SMD" else ()


def _odds_ratios(exposed: CountsOf, reference: CountsOf) -> tuple[float, ...]:
    (a, n), (c, m) = exposed, reference
    b, d = n - a, m - c
    if 0 in (a, b, c, d):
        return ()
    halves = ((a + 0.5) * (d + 0.5)) / ((b + 0.5) * (c + 0.5))
    return a * d / (b * c), _conditional(a, n, c, m), _peto(a, n, c, m), halves


def _peto(a: int, n: int, c: int, m: int) -> float:
    """exp((O - E) / V), Yusuf et al. 1985."""
    total, events = n + m, a + c
    variance = events * (total - events) * n * m / (total**2 * (total - 1))
    return math.exp(min(LARGEST_LOG_ODDS_RATIO, (a - events * n / total) / variance))


def _conditional(a: int, n: int, c: int, m: int) -> float:
    """The odds ratio with which the margins make a the mean of the first cell; Fisher 1935."""
    low, high = max(0, a + c - m), min(n, a + c)
    if high - low > MOST_TABLES:
        return a * (m - c) / ((n - a) * c)
    cell = np.arange(low, high + 1)
    log_weight = -(gammaln(cell + 1) + gammaln(n - cell + 1))
    log_weight -= gammaln(a + c - cell + 1) + gammaln(m - a - c + cell + 1)

    def excess(log_ratio: float) -> float:
        weight = log_weight + cell * log_ratio
        weight = np.exp(weight - weight.max())
        return float((cell * weight).sum() / weight.sum()) - a

    below, above = -LARGEST_LOG_ODDS_RATIO, LARGEST_LOG_ODDS_RATIO
    for _ in range(HALVINGS):
        middle = (below + above) / 2
        below, above = (middle, above) if excess(middle) < 0 else (below, middle)
    return math.exp(below)


def _risk_ratios(exposed: CountsOf, reference: CountsOf) -> tuple[float, ...]:
    (a, n), (c, m) = exposed, reference
    return () if 0 in (a, c) else ((a / n) / (c / m),)


def _risk_differences(exposed: CountsOf, reference: CountsOf) -> tuple[float, ...]:
    """As fraction and in percentage points."""
    difference = exposed[0] / exposed[1] - reference[0] / reference[1]
    return difference, 100 * difference


COUNTED: dict[Measure, Callable[[CountsOf, CountsOf], tuple[float, ...]]] = {
    "OR": _odds_ratios,
    "RR": _risk_ratios,
    "RD": _risk_differences,
}


def _reach(number: Printed | None) -> Interval:
    assert number is not None  # asked only of groups that have means and SDs
    return Interval(number.lowest, number.highest)


def _difference(exposed: Group, reference: Group) -> Interval:
    first, second = _reach(exposed.mean), _reach(reference.mean)
    return Interval(first.low - second.high, first.high - second.low)


def _standardised(exposed: Group, reference: Group) -> Iterator[Interval]:
    difference, df = _difference(exposed, reference), exposed.n + reference.n - 2
    if df < 1:
        return
    corrections = (1.0, 1 - 3 / (4 * df - 1)) if df > 1 else (1.0,)
    for denominator in _denominators(exposed, reference):
        if denominator.high > 0:
            found = quotient(difference, Interval(max(0.0, denominator.low), denominator.high))
            yield from (Interval(found.low * each, found.high * each) for each in corrections)


def _denominators(exposed: Group, reference: Group) -> Iterator[Interval]:
    """Pooled SD by n - 1 and by n, the mean of the variances, and either group's SD (Glass)."""
    sds, n, m = (_reach(exposed.sd), _reach(reference.sd)), exposed.n, reference.n
    for first, second, total in ((n - 1, m - 1, n + m - 2), (n, m, n + m), (n - 1, m - 1, n + m), (1, 1, 2)):
        ends = [
            math.sqrt((first * max(0.0, s) ** 2 + second * max(0.0, t) ** 2) / total)
            for s, t in zip(*sds, strict=True)
        ]
        yield Interval(*ends)
    yield from reversed(sds)


# Standard errors on the analysis scale.


def standard_errors(effect: Effect) -> Interval | None:
    """From the least to the largest standard error that the groups give without adjustment; None for none.

    Of counts Wald's (Woolf 1955, Katz et al. 1978); of means Student's and Welch's. A risk difference is
    taken for a fraction, or for percentage points, whichever alone fits its estimate.
    """
    table = counts(effect)
    if table is not None:
        error = least_error(effect.measure, *table) or _other_error(effect.measure, *table)
        if error is None or effect.measure != "RD":
            return None if error is None else Interval(error, error)
        factor = _percentage_points(effect, table)
        return None if factor is None else Interval(error * factor, error * factor)
    if effect.groups is None or any(group.sd is None or group.n < 2 for group in effect.groups):
        return None
    if effect.measure == "SMD":
        n, m = (group.n for group in effect.groups)
        size = 0.0 if effect.estimate is None else float(effect.estimate)
        return Interval(math.sqrt(1 / n + 1 / m), math.sqrt(1 / n + 1 / m + size**2 / (n + m - 2)))
    return errors_of_means(*effect.groups) if effect.measure == "MD" else None


def least_error(measure: Measure, exposed: CountsOf, reference: CountsOf) -> float | None:
    """The least standard error of a log ratio with so many events, however it is adjusted; None for others.

    In a logistic model with a term for each group the fitted risks p of a group add up to its events, so
    that the sum of p (1 - p) is at most events times non-events over persons; more covariates only
    take information away. The bound is therefore Woolf's standard error. By the same reasoning a Cox or
    Poisson model with such terms has at most the information of its events: 1/a + 1/c.
    """
    (a, n), (c, m) = exposed, reference
    if measure in ("HR", "IRR"):
        return math.sqrt(1 / a + 1 / c) if a > 0 and c > 0 else None
    if measure == "OR" and min(a, n - a, c, m - c) > 0:
        return math.sqrt(1 / a + 1 / (n - a) + 1 / c + 1 / (m - c))
    return None


def _other_error(measure: Measure, exposed: CountsOf, reference: CountsOf) -> float | None:
    (a, n), (c, m) = exposed, reference
    if measure == "RR" and a > 0 and c > 0 and (a < n or c < m):
        return math.sqrt(1 / a - 1 / n + 1 / c - 1 / m)
    if measure == "RD" and (0 < a < n or 0 < c < m):
        return math.sqrt(a * (n - a) / n**3 + c * (m - c) / m**3)
    return None


def _percentage_points(effect: Effect, table: tuple[CountsOf, CountsOf]) -> float | None:
    assert effect.estimate is not None
    printed = Interval(effect.estimate.lowest, effect.estimate.highest)
    fits = [printed.meets(Interval(value, value)) for value in _risk_differences(*table)]
    return {(True, False): 1.0, (False, True): 100.0}.get((fits[0], fits[1]))


def errors_of_means(exposed: Group, reference: Group, as_errors: bool = False) -> Interval:
    """Student's and Welch's standard error of a difference; as_errors: if the SDs were standard errors."""
    n, m = exposed.n, reference.n
    found = []
    for s, t in zip(_reach(exposed.sd), _reach(reference.sd), strict=True):
        first, second = max(0.0, s) ** 2, max(0.0, t) ** 2
        if as_errors:
            first, second = first * n, second * m
        pooled = ((n - 1) * first + (m - 1) * second) / (n + m - 2)
        found += [math.sqrt(first / n + second / m), math.sqrt(pooled * (1 / n + 1 / m))]
    return Interval(min(found), max(found))


class ExposureClass(NamedTuple):
    """Events and persons of a class (None beside person-years), and which standard errors its printed log
    ratio to the first class may have (None where nothing is printed)."""

    events: int
    persons: int | None
    errors: Interval | None


def too_precise(measure: Measure, classes: Sequence[ExposureClass]) -> Iterator[tuple[int, float]]:
    """Classes whose adjusted ratio is more precise than events in it and in the first class allow.

    Yields the index of the class and the least standard error, exactly; how much less an estimator that is
    not maximum likelihood may have is for the caller to allow.
    """
    if not classes:
        return
    first = classes[0]
    for index, each in enumerate(classes[1:], start=1):
        groups = [(one.events, one.events if one.persons is None else one.persons) for one in (each, first)]
        least = least_error(measure, groups[0], groups[1])
        if least is not None and each.errors is not None and each.errors.high < least:
            yield index, least
