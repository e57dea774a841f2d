"""Effect measures: from what is printed to (yi, sei) on the analysis scale, and back."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri, stdtrit

from evidence.records.possible import faults_of_effect
from evidence.records.printed import Printed
from evidence.records.review import TargetScale
from evidence.records.schema import Effect, Estimate, Group, Outcome, Record
from evidence.records.trust import WORDS, is_printed, only, trusted
from evidence.records.units import UnitError, conversion_factor, parse_quantity
from evidence.records.vocabulary import Measure
from evidence.wording import percent

Values: TypeAlias = npt.NDArray[np.float64]

RATIOS: frozenset[Measure] = frozenset({"OR", "RR", "HR", "IRR"})


class NotPoolableError(ValueError):
    """Why a printed effect has no yi and sei; the message is the reason shown to the reader."""


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
FISHER_Z = AnalysisScale("Fisher z", math.atanh, math.tanh, 0.0)
LOGIT = AnalysisScale("logit", _logit, _expit, None)


def analysis_scale(measure: Measure) -> AnalysisScale:
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
    statistic, exact p-value (Cochrane Handbook 6.3, sections 6.3.1 and 6.3.2).
    Raises NotPoolableError with the reason when there is none, or the numbers are impossible.
    """
    return YiSei(*_converted(effect, n, float))


def rounding_draws(
    effect: Effect, n: int | None, draws: int, rng: np.random.Generator
) -> tuple[Values, Values]:
    """yi and sei, shape (draws,), when every printed number lies anywhere in its rounding interval.

    Numbers are drawn independently and uniformly; nan where a draw is impossible, such as limits in the wrong
    order. Raises NotPoolableError as `to_analysis_scale`.
    """

    def drawn(number: Printed) -> Values:
        return rng.uniform(number.lowest, number.highest, draws)

    yi, sei, _ = _converted(effect, n, drawn)
    return np.broadcast_to(yi, (draws,)), np.broadcast_to(sei, (draws,))


def _converted(effect: Effect, n: int | None, value: Callable[[Printed], Any]) -> tuple[Any, Any, str]:
    """yi, sei and the source of sei; `value` makes a number, or an array of draws, of a printed number."""
    if effect.use is not None:
        if not is_printed(effect, effect.use, n):
            raise NotPoolableError(f"'use' names {WORDS[effect.use]}, which is not printed")
        effect, n = only(effect, effect.use), n if effect.use == "n" else None
    fault = next(faults_of_effect(effect, n), None)
    if fault is not None:
        raise NotPoolableError(fault.says)
    if effect.estimate is None:
        assert effect.groups is not None  # the schema admits no effect without both
        return _from_groups(effect.measure, *effect.groups, value)
    scale = analysis_scale(effect.measure)
    yi = _forward(scale, value(effect.estimate), "estimate")
    if effect.se is not None:
        return yi, _positive(value(effect.se), "the standard error"), "SE"
    if effect.ci is not None:
        low, high = (_forward(scale, value(limit), "interval") for limit in effect.ci)
        width = _positive(high - low, "the width of the interval")
        return yi, width / (2 * _quantile(effect)), f"{percent(effect.level.fraction)} interval"
    if effect.t is not None:
        t = value(effect.t)
        return yi, _positive(abs(yi / np.where(t == 0, math.inf, t)[()]), "yi / t"), "test statistic"
    if effect.measure == "r" and n is not None and n > 3:
        return yi, 1 / math.sqrt(n - 3), "n"
    return _from_p_value(effect, yi, value)


def _quantile(effect: Effect) -> float:
    tail = 0.5 + effect.level.fraction / 2
    if tail >= 1:  # 99.99999999999999999 %
        raise NotPoolableError(f"a {percent(effect.level.fraction)} interval has no width to learn from")
    return float(ndtri(tail) if effect.df is None else stdtrit(effect.df, tail))


def _from_p_value(effect: Effect, yi: Any, value: Callable[[Printed], Any]) -> tuple[Any, Any, str]:
    if effect.p is None or effect.p.number is None:
        raise NotPoolableError("no interval, standard error or exact p-value is printed")
    if effect.p.relation != "=":
        raise NotPoolableError(f"only p {effect.p} is printed, which gives no standard error")
    if not 0 < float(effect.p.number) < 1 or effect.estimate is None or float(effect.estimate) == 0:
        raise NotPoolableError(f"an estimate with p = {effect.p} gives no standard error")
    p = value(effect.p.number)
    with np.errstate(invalid="ignore", divide="ignore"):
        z = -ndtri(p / 2) if effect.df is None else stdtrit(effect.df, 1 - p / 2)
        sei = abs(yi) / z
    return yi, _positive(sei, "the standard error that p gives"), "p-value"


def _from_groups(
    measure: Measure, exposed: Group, reference: Group, value: Callable[[Printed], Any]
) -> tuple[Any, Any, str]:
    """Raw counts, or means and SDs, of two groups; nothing is ever added to an empty cell."""
    from evidence.effects.escalc import escalc

    groups = (exposed, reference)
    if measure in ("OR", "RR", "RD") and all(group.events is not None for group in groups):
        if any(group.events in (0, group.n) for group in groups):
            raise NotPoolableError("a cell of the 2x2 table is zero; no correction is made silently")
        found = escalc(measure, ai=exposed.events, n1i=exposed.n, ci=reference.events, n2i=reference.n)
        source = "counts"
    elif measure in ("MD", "SMD") and all(group.events is None for group in groups):
        columns: dict[str, Any] = {}
        for number, group in enumerate(groups, start=1):
            assert group.mean is not None and group.sd is not None  # noqa: PT018
            columns |= {f"m{number}i": value(group.mean), f"sd{number}i": value(group.sd)}
            columns[f"n{number}i"] = group.n
        found = escalc(measure, **columns)
        source = "means and SDs"
    else:
        raise NotPoolableError(f"{measure} cannot be computed from these raw numbers")
    if found.k == 1:
        if not found.defined[0]:
            raise NotPoolableError("; ".join(found.notes) or f"{measure} is not defined for these numbers")
        return float(found.yi[0]), float(found.sei[0]), source
    return found.yi, found.sei, source


def _forward(scale: AnalysisScale, value: Any, what: str) -> Any:
    """The value on the analysis scale; in an array, nan where there is none."""
    if isinstance(value, np.ndarray):
        return np.array([_forward_or_nan(scale, each) for each in value.tolist()])
    try:
        return scale.forward(value)
    except (ValueError, ZeroDivisionError):
        raise NotPoolableError(f"the {what} {value:g} has no {scale.name}") from None


def _forward_or_nan(scale: AnalysisScale, value: float) -> float:
    try:
        return scale.forward(value)
    except (ValueError, ZeroDivisionError):
        return math.nan


def _positive(value: Any, what: str) -> Any:
    """The value if it is positive and finite; in an array, nan where it is not."""
    if isinstance(value, np.ndarray) and value.ndim:
        return np.where((value > 0) & np.isfinite(value), value, math.nan)
    if not value > 0 or math.isinf(value):
        raise NotPoolableError(f"{what} is not positive")
    return float(value)


# A printed effect on the review's target scale, or the reason why it cannot be there.


@dataclass(frozen=True)
class Harmonised:
    """yi and sei on the analysis scale; the interval as printed, converted to the display scale."""

    yi: float
    sei: float
    low: float
    high: float
    sei_from: str
    factor: float
    """What the printed numbers were multiplied by (on the log scale for ratios)."""


def harmonise(record: Record, estimate: Estimate, target: TargetScale, level: float = 0.95) -> Harmonised:
    """Bring one estimate to the target scale, by the numbers that its record trusts.

    level: of the interval to show, a fraction. A printed interval of that level keeps its limits,
    so that a reader finds them in the paper. Raises NotPoolableError with the reason in words.
    """
    factor = factor_to(record, estimate, target)
    estimate = trusted(record, estimate)
    effect = _poolable_effect(estimate)
    scale = analysis_scale(effect.measure)
    printed = to_analysis_scale(effect, estimate.n)
    yi, sei = printed.yi * factor, printed.sei * abs(factor)
    low, high = _interval(effect, scale, factor, level) or _wald(yi, sei, level)
    return Harmonised(yi, sei, scale.back(low), scale.back(high), printed.sei_from, factor)


def factor_to(record: Record, estimate: Estimate, target: TargetScale) -> float:
    """What brings an estimate to the target scale, on which it is multiplied (on the log scale for ratios).

    Raises NotPoolableError where it answers another question, whatever its numbers are.
    """
    effect = _poolable_effect(estimate)
    if effect.measure != target.measure:
        raise NotPoolableError(f"measure is {effect.measure}, not {target.measure}")
    exposure = record.exposure_of(estimate)
    if exposure.name.casefold() != target.exposure.casefold():
        raise NotPoolableError(f"exposure is {exposure.name}, not {target.exposure}")
    return _outcome_factor(record.outcome_of(estimate), target) * _exposure_factor(effect, target)


def _poolable_effect(estimate: Estimate) -> Effect:
    if estimate.not_poolable is not None:
        raise NotPoolableError(estimate.not_poolable)
    if estimate.effect is None:
        raise NotPoolableError("examined, no number printed")
    if estimate.effect.within is not None:
        raise NotPoolableError(f"slope over a part of the exposure's range ({estimate.effect.within})")
    return estimate.effect


def _exposure_factor(effect: Effect, target: TargetScale) -> float:
    if target.per is None:
        _check_contrast(effect, target)
        return 1.0
    if effect.per is None:
        raise NotPoolableError(f"compares groups; not a slope per {target.per}")
    try:
        printed, wanted = parse_quantity(effect.per), parse_quantity(target.per)
        factor = conversion_factor(wanted.unit, printed.unit)
    except UnitError as error:
        raise NotPoolableError(f"exposure step: {error}") from None
    if printed.number <= 0:
        raise NotPoolableError(f"exposure step {effect.per} is not positive")
    return float(wanted.number / printed.number) * factor


def _check_contrast(effect: Effect, target: TargetScale) -> None:
    if effect.per is not None:
        raise NotPoolableError(f"a slope per {effect.per}; not a comparison of groups")
    if target.versus is None:
        return
    if effect.versus is None:
        raise NotPoolableError("which groups are compared is not stated")
    for printed, wanted in (
        (effect.versus.exposed, target.versus.exposed),
        (effect.versus.reference, target.versus.reference),
    ):
        if printed.casefold() != wanted.casefold():
            raise NotPoolableError(f"compares {effect.versus.exposed} with {effect.versus.reference}")


def _outcome_factor(outcome: Outcome, target: TargetScale) -> float:
    if target.unit is None:
        return 1.0
    try:
        printed, wanted = parse_quantity(outcome.unit), parse_quantity(target.unit)
        return float(printed.number / wanted.number) * conversion_factor(printed.unit, wanted.unit)
    except UnitError as error:
        raise NotPoolableError(f"outcome: {error}") from None


def _interval(
    effect: Effect, scale: AnalysisScale, factor: float, level: float
) -> tuple[float, float] | None:
    if effect.ci is None or abs(effect.level.fraction - level) > 1e-9:
        return None
    first, second = (scale.forward(float(limit)) * factor for limit in effect.ci)
    return min(first, second), max(first, second)


def _wald(yi: float, sei: float, level: float) -> tuple[float, float]:
    half = float(ndtri(0.5 + level / 2)) * sei
    return yi - half, yi + half
