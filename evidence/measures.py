"""Effect measures: from what is printed to (yi, sei) on the analysis scale, and back."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from scipy.special import ndtri, stdtrit

from evidence.schema import Effect, Group, Measure

RATIOS: frozenset[Measure] = frozenset({"OR", "RR", "HR", "IRR"})


class NotPoolableError(ValueError):
    """Why a printed effect has no yi and sei; the message is the reason shown to the reader."""


@dataclass(frozen=True)
class Scale:
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
    return math.exp(value) if value < 700 else math.inf


def _logit(value: float) -> float:
    return math.log(value / (1 - value))


def _expit(value: float) -> float:
    return 1 / (1 + _exp(-value))


IDENTITY = Scale("identity", _same, _same, 0.0)
LOG = Scale("log", math.log, _exp, 1.0)
FISHER_Z = Scale("Fisher z", math.atanh, math.tanh, 0.0)
LOGIT = Scale("logit", _logit, _expit, None)


def analysis_scale(measure: Measure) -> Scale:
    """Log for ratios, Fisher's z for r, logit for proportions, identity for differences and slopes."""
    if measure in RATIOS:
        return LOG
    return {"r": FISHER_Z, "proportion": LOGIT}.get(measure, IDENTITY)


@dataclass(frozen=True)
class YiSei:
    """An effect on the analysis scale, its standard error, and where that came from."""

    yi: float
    sei: float
    sei_from: str


def to_analysis_scale(effect: Effect, n: int | None = None) -> YiSei:
    """Estimate and standard error of a printed effect on its analysis scale.

    The standard error is taken from the first of these that is printed: SE, interval, test
    statistic, exact p-value (Cochrane Handbook 6.3, sections 6.3.1 and 6.3.2); for r from n.
    Raises NotPoolableError with the reason when there is none, or the numbers are impossible.
    """
    if effect.groups is not None and effect.estimate is None:
        return _from_groups(effect.measure, *effect.groups)
    scale = analysis_scale(effect.measure)
    yi = _forward(scale, float(effect.estimate or 0), "estimate")
    if effect.se is not None:
        return YiSei(yi, _positive(float(effect.se), "the standard error"), "SE")
    if effect.ci is not None:
        low, high = (_forward(scale, float(limit), "interval") for limit in effect.ci)
        width = _positive(high - low, "the width of the interval")
        return YiSei(yi, width / (2 * _quantile(effect)), f"{effect.level} interval")
    if effect.t is not None:
        return YiSei(yi, _positive(abs(yi / (float(effect.t) or math.inf)), "yi / t"), "test statistic")
    if effect.measure == "r" and n is not None and n > 3:
        return YiSei(yi, 1 / math.sqrt(n - 3), "n")
    return _from_p_value(effect, yi)


def _quantile(effect: Effect) -> float:
    tail = 0.5 + effect.level.fraction / 2
    if not 0.5 < tail < 1:
        raise NotPoolableError(f"a {effect.level} interval has no width to learn from")
    return float(ndtri(tail) if effect.df is None else stdtrit(effect.df, tail))


def _from_p_value(effect: Effect, yi: float) -> YiSei:
    if effect.p is None or effect.p.number is None:
        raise NotPoolableError("no interval, standard error or exact p-value is printed")
    if effect.p.relation != "=":
        raise NotPoolableError(f"only p {effect.p} is printed, which gives no standard error")
    p = float(effect.p.number)
    if not 0 < p < 1 or yi == 0:
        raise NotPoolableError(f"an estimate with p = {effect.p} gives no standard error")
    z = float(-ndtri(p / 2) if effect.df is None else stdtrit(effect.df, 1 - p / 2))
    return YiSei(yi, abs(yi) / z, "p-value")


def _from_groups(measure: Measure, exposed: Group, reference: Group) -> YiSei:
    if measure == "MD" and exposed.mean is not None and reference.mean is not None:
        return _mean_difference(exposed, reference)
    if measure in ("OR", "RR", "RD") and exposed.events is not None and reference.events is not None:
        return _two_by_two(measure, exposed.events, exposed.n, reference.events, reference.n)
    raise NotPoolableError(f"{measure} cannot be computed from these raw numbers")


def _mean_difference(exposed: Group, reference: Group) -> YiSei:
    def part(group: Group) -> float:
        return float(group.sd or 0) ** 2 / group.n

    difference = float(exposed.mean or 0) - float(reference.mean or 0)
    return YiSei(
        difference, _positive(math.sqrt(part(exposed) + part(reference)), "the SDs"), "means and SDs"
    )


def _two_by_two(measure: Measure, a: int, n1: int, c: int, n2: int) -> YiSei:
    """Log odds ratio (Woolf 1955), log risk ratio (Katz 1978), risk difference; no cell may be zero."""
    b, d = n1 - a, n2 - c
    if min(a, b, c, d) == 0:
        raise NotPoolableError("a cell of the 2x2 table is zero; no correction is made silently")
    if measure == "OR":
        return YiSei(math.log(a * d / (b * c)), math.sqrt(1 / a + 1 / b + 1 / c + 1 / d), "counts")
    if measure == "RR":
        return YiSei(math.log((a / n1) / (c / n2)), math.sqrt(1 / a - 1 / n1 + 1 / c - 1 / n2), "counts")
    variance = a * b / n1**3 + c * d / n2**3
    return YiSei(a / n1 - c / n2, math.sqrt(variance), "counts")


def _forward(scale: Scale, value: float, what: str) -> float:
    try:
        return scale.forward(value)
    except (ValueError, ZeroDivisionError):
        raise NotPoolableError(f"the {what} {value:g} has no {scale.name}") from None


def _positive(value: float, what: str) -> float:
    if not value > 0 or math.isinf(value):
        raise NotPoolableError(f"{what} is not positive")
    return value
