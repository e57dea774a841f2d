"""What the raw counts, or means and SDs, of two groups give as an estimate, by each usual way."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
from scipy.special import gammaln, ndtri, stdtrit

from evidence.audit.arithmetic import Interval, quotient
from evidence.records.effect import Effect, Group
from evidence.records.printed import Printed
from evidence.records.vocabulary import Measure

CountsOf = tuple[int, int]
"""Events and persons of one group."""

RateOf = tuple[int, Interval]
"""Events and person-time of one group."""


class PrintedMean(NamedTuple):
    """Mean, SD and persons of one group."""

    mean: Printed
    sd: Printed
    n: int


class MeanAndSd(NamedTuple):
    """Means and SDs of one group that its printed numbers allow, and its persons."""

    mean: Interval
    sd: Interval
    n: int

    @classmethod
    def of(cls, printed: PrintedMean) -> MeanAndSd:
        """Of a printed SD."""
        return cls(reach(printed.mean), reach(printed.sd), printed.n)


LARGEST_LOG_ODDS_RATIO = 30.0
HALVINGS = 60
MOST_TABLES = 20_000
"""Tables with given margins; of larger ones the conditional odds ratio is the usual one in every digit."""


def counts(effect: Effect) -> tuple[CountsOf, CountsOf] | None:
    """Events and persons of both groups; None where there are none, or means, or person-time."""
    found = [
        (int(group.events), int(group.n))
        for group in effect.groups or ()
        if group.kind == "counts" and group.events is not None and group.n is not None
    ]
    return (found[0], found[1]) if len(found) == 2 else None


def rates(effect: Effect) -> tuple[RateOf, RateOf] | None:
    """Events and person-time of both groups; None where there are none."""
    found = [
        (int(group.events), reach(group.person_time))
        for group in effect.groups or ()
        if group.events is not None and group.person_time is not None
    ]
    return (found[0], found[1]) if len(found) == 2 else None


def means(effect: Effect) -> tuple[PrintedMean, PrintedMean] | None:
    """Mean, SD and persons of both groups; None where there are none, or no SD is printed."""
    found = [
        PrintedMean(group.mean, group.sd, int(group.n))
        for group in effect.groups or ()
        if group.kind == "means" and group.mean is not None and group.sd is not None and group.n is not None
    ]
    return (found[0], found[1]) if len(found) == 2 else None


def spreads(effect: Effect) -> tuple[MeanAndSd, MeanAndSd] | None:
    """The same with the SDs that printed standard errors, or 95 % intervals of the means, allow."""
    found = [
        MeanAndSd(reach(group.mean), sds, int(group.n))
        for group in effect.groups or ()
        if group.kind == "means" and group.mean is not None and group.n is not None
        if (sds := _sds(group, int(group.n))) is not None
    ]
    return (found[0], found[1]) if len(found) == 2 else None


def _sds(group: Group, n: int) -> Interval | None:
    """From the SD; else from the standard error, or the interval of the mean, by t or the normal quantile."""
    if group.sd is not None:
        return reach(group.sd)
    root = math.sqrt(n)
    if group.se is not None:
        return Interval(group.se.lowest * root, group.se.highest * root)
    if group.ci is None or n < 2:
        return None
    lower, upper = group.ci
    least, most = (upper.lowest - lower.highest) / 2 * root, (upper.highest - lower.lowest) / 2 * root
    if most <= 0:
        return None
    return Interval(least / float(stdtrit(n - 1, 0.975)), most / float(ndtri(0.975)))


def estimates(effect: Effect) -> tuple[Interval, ...]:
    """What the groups give for the effect's measure, the usual way first; none for other measures.

    Of counts every way is a number, and there is none where a cell is empty, for which each paper has a way
    of its own; of odds ratios: as counted, conditional as in exact tests, Peto's, with a half in every cell.
    Of means and SDs it is an interval, of their rounding; of an SMD by each usual denominator, with and
    without the correction of small samples.
    """
    table = counts(effect)
    if table is not None:
        ways = COUNTED.get(effect.measure)
        values = () if ways is None else ways(*table)
        return tuple(Interval(value, value) for value in values)
    pair = spreads(effect)
    if pair is None:
        timed = rates(effect)
        return (_rate_ratio(*timed),) if effect.measure == "IRR" and timed is not None else ()
    if effect.measure == "MD":
        return (_difference(*pair),)
    if effect.measure == "ROM":
        first, second = pair[0].mean, pair[1].mean
        return (quotient(first, second),) if min(first.low, second.low) > 0 else ()
    return tuple(_standardised(*pair)) if effect.measure == "SMD" else ()


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


def risk_differences(exposed: CountsOf, reference: CountsOf) -> tuple[float, float]:
    """As fraction and in percentage points."""
    difference = exposed[0] / exposed[1] - reference[0] / reference[1]
    return difference, 100 * difference


COUNTED: dict[Measure, Callable[[CountsOf, CountsOf], tuple[float, ...]]] = {
    "OR": _odds_ratios,
    "RR": _risk_ratios,
    "RD": risk_differences,
}


def reach(number: Printed) -> Interval:
    """The rounding interval of a printed number."""
    return Interval(number.lowest, number.highest)


def _rate_ratio(exposed: RateOf, reference: RateOf) -> Interval:
    first, second = (quotient(Interval(events, events), time) for events, time in (exposed, reference))
    return quotient(first, second)


def _difference(exposed: MeanAndSd, reference: MeanAndSd) -> Interval:
    first, second = exposed.mean, reference.mean
    return Interval(first.low - second.high, first.high - second.low)


def _standardised(exposed: MeanAndSd, reference: MeanAndSd) -> Iterator[Interval]:
    difference, df = _difference(exposed, reference), exposed.n + reference.n - 2
    if df < 1:
        return
    corrections = (1.0, 1 - 3 / (4 * df - 1)) if df > 1 else (1.0,)
    for denominator in _denominators(exposed, reference):
        if denominator.high > 0:
            found = quotient(difference, Interval(max(0.0, denominator.low), denominator.high))
            yield from (Interval(found.low * each, found.high * each) for each in corrections)


def _denominators(exposed: MeanAndSd, reference: MeanAndSd) -> Iterator[Interval]:
    """Pooled SD by n - 1 and by n, the mean of the variances, and either group's SD (Glass)."""
    (s, n), (t, m) = (exposed.sd, exposed.n), (reference.sd, reference.n)
    for first, second, total in ((n - 1, m - 1, n + m - 2), (n, m, n + m), (n - 1, m - 1, n + m), (1, 1, 2)):
        ends = [
            math.sqrt((first * max(0.0, one) ** 2 + second * max(0.0, other) ** 2) / total)
            for one, other in ((s.low, t.low), (s.high, t.high))
        ]
        yield Interval(*ends)
    yield from (t, s)
