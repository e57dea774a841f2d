"""From what is printed to (yi, sei) on the analysis scale."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri, stdtrit

from evidence.records.effect import Effect
from evidence.records.possible import faults_of_effect
from evidence.records.printed import Printed, PValue
from evidence.records.raw_numbers import NotPoolableError, from_raw_numbers
from evidence.records.scales import IDENTITY, LOG, AnalysisScale, analysis_scale, tests_null
from evidence.records.trust import WORDS, is_printed, only
from evidence.wording import percent

Values: TypeAlias = npt.NDArray[np.float64]
Drawn: TypeAlias = dict[int, Values]


@dataclass(frozen=True)
class YiSei:
    """An effect on the analysis scale, its standard error, and where that came from."""

    yi: float
    sei: float
    sei_from: str


def to_analysis_scale(effect: Effect, n: int | None = None) -> YiSei:
    """Estimate and standard error of a printed effect on its analysis scale.

    The standard error is taken from the first of these that is printed: SE, interval, one limit of it, test
    statistic, exact p-value (Cochrane Handbook 6, sections 6.3.1 and 6.3.2), upper bound on p. Such a bound
    gives the largest standard error there can be: that of a p-value at the bound (section 6.5.2.3).
    Raises NotPoolableError with the reason when there is none, or the numbers are impossible.
    """
    return YiSei(*_converted(effect, n, float))


def estimate_alone(effect: Effect, n: int | None = None) -> float:
    """The printed estimate on its analysis scale, whether or not anything tells its standard error.

    Raises NotPoolableError where none is printed, or the numbers are impossible.
    """
    used, _ = _as_used(effect, n)
    if used.estimate is None:
        raise NotPoolableError("no estimate is printed")
    return float(_forward(printed_scale(used), float(used.estimate), "estimate"))


def rounding_draws(
    effect: Effect, n: int | None, draws: int, rng: np.random.Generator, drawn_before: Drawn | None = None
) -> tuple[Values, Values]:
    """yi and sei, shape (draws,), when every printed number lies anywhere in its rounding interval.

    Numbers are drawn independently and uniformly; nan where a draw is impossible, such as limits in the wrong
    order. drawn_before: the draws of numbers that several effects share, such as those of one reference; what
    is drawn here is added. Raises NotPoolableError as `to_analysis_scale`.
    """
    known = {} if drawn_before is None else drawn_before

    def drawn(number: Printed) -> Values:
        # the number that stands in one place of one record, not every number of the same value
        if id(number) not in known:
            known[id(number)] = rng.uniform(number.lowest, number.highest, draws)
        return known[id(number)]

    yi, sei, _ = _converted(effect, n, drawn)
    return np.broadcast_to(yi, (draws,)), np.broadcast_to(sei, (draws,))


def _converted(effect: Effect, n: int | None, value: Callable[[Printed], Any]) -> tuple[Any, Any, str]:
    """yi, sei and the source of sei; `value` makes a number, or an array of draws, of a printed number."""
    effect, n = _as_used(effect, n)
    if effect.estimate is None:
        return from_raw_numbers(effect, value)
    scale = printed_scale(effect)
    printed = value(effect.estimate)
    yi = _forward(scale, printed, "estimate")
    if effect.se is not None:
        sei = value(effect.se) / _steepness(effect, scale, printed)
        return yi, _positive(sei, "the standard error"), "SE"
    if effect.ci is not None:
        low, high = (_forward(scale, value(limit), "interval") for limit in effect.ci)
        width = _positive(high - low, "the width of the interval")
        return yi, width / (2 * _quantile(effect)), f"{percent(effect.level.fraction)} interval"
    if effect.limit is not None:
        return yi, *_from_limit(effect, scale, yi, value)
    statistic, source = _statistic(effect, value)
    if statistic is not None:
        t = statistic
        return yi, _positive(abs(yi / np.where(t == 0, math.inf, t)[()]), "yi / t"), source
    if effect.measure == "r" and n is not None and n > 3:
        return yi, 1 / math.sqrt(n - 3), "n"
    return _from_p_value(effect, yi, value)


def _as_used(effect: Effect, n: int | None) -> tuple[Effect, int | None]:
    """The effect and n with the number to trust alone, where one is named; refuses impossible numbers."""
    if effect.use is not None:
        if not is_printed(effect, effect.use, n):
            raise NotPoolableError(f"'use' names {WORDS[effect.use]}, which is not printed")
        effect, n = only(effect, effect.use), n if effect.use == "n" else None
    fault = next(faults_of_effect(effect, n), None)
    if fault is not None:
        raise NotPoolableError(fault.says)
    return effect, n


def _from_limit(
    effect: Effect, scale: AnalysisScale, yi: Any, value: Callable[[Printed], Any]
) -> tuple[Any, str]:
    """Of an interval with its estimate in the middle, on the analysis scale."""
    side, limit = ("lower", effect.lower) if effect.lower is not None else ("upper", effect.upper)
    assert limit is not None
    end = _forward(scale, value(limit), f"{side} limit")
    distance = _positive(yi - end if side == "lower" else end - yi, f"the distance of the {side} limit")
    return distance / _quantile(effect), f"{side} limit of the {percent(effect.level.fraction)} interval"


def _statistic(effect: Effect, value: Callable[[Printed], Any]) -> tuple[Any, str]:
    """What the estimate is divided by to give its standard error, and its name; None where none is printed.

    F with one degree of freedom in its numerator is the square of t, and chi-square with one that of z.
    """
    if effect.t is not None:
        return value(effect.t), "test statistic"
    for name, square, df in (
        ("F", effect.f, effect.f.df[0] if effect.f else 1),
        ("chi-square", effect.chi2, effect.chi2.df if effect.chi2 else 1),
    ):
        if square is not None:
            if df != 1:
                raise NotPoolableError(f"{name} with {df:g} degrees of freedom tests several effects at once")
            return np.sqrt(np.maximum(value(square.value), 0.0)), name
    return None, ""


def _steepness(effect: Effect, scale: AnalysisScale, printed: Any) -> Any:
    """What a standard error of the estimate itself is divided by to be one on the analysis scale.

    By the delta method: the slope of the way back from the scale, at the estimate.
    """
    if effect.se_of is None or scale.name == "identity":
        return 1.0
    if scale.name == "log":
        return printed
    return 1 - printed**2 if scale.name == "Fisher z" else printed * (1 - printed)


def _quantile(effect: Effect) -> float:
    tail = 0.5 + effect.level.fraction / 2
    if tail >= 1:  # 99.99999999999999999 %
        raise NotPoolableError(f"a {percent(effect.level.fraction)} interval has no width to learn from")
    return float(ndtri(tail) if effect.df is None else stdtrit(effect.df, tail))


def _from_p_value(effect: Effect, yi: Any, value: Callable[[Printed], Any]) -> tuple[Any, Any, str]:
    printed = effect.p
    if printed is None or printed.number is None:
        raise NotPoolableError("no interval, standard error or exact p-value is printed")
    if not tests_null(effect.measure):
        raise NotPoolableError(f"p {printed} of a {effect.measure} is of a comparison that is not known")
    if printed.relation in (">", ">="):
        raise NotPoolableError(f"only p {printed} is printed, which gives no standard error")
    bound = printed.upper_bound
    p = value(printed.number) if bound is None else float(bound)
    if not 0 < (float(printed.number) if bound is None else float(bound)) < 1 or _is_none(effect):
        raise NotPoolableError(f"an estimate with p {_told(printed)} gives no standard error")
    with np.errstate(invalid="ignore", divide="ignore"):
        z = -(ndtri(p / 2) if effect.df is None else stdtrit(effect.df, p / 2))
        sei = abs(yi) / z
    source = "p-value" if bound is None else f"{BOUND_ON_P}{_told(printed, bound)}"
    return yi, _positive(sei, "the standard error that p gives"), source


BOUND_ON_P = "p "
"""How the source of a standard error begins that is the largest one there can be, e.g. p < 0.05."""


def _is_none(effect: Effect) -> bool:
    return effect.estimate is None or float(effect.estimate) == 0


def _told(p: PValue, bound: Decimal | None = None) -> str:
    """`= 0.03`, `< 0.05`; p = 0.000 by the bound that it stands for."""
    relation = {"<=": "≤"}.get(p.relation, p.relation if bound is None else "<")
    return f"{relation} {p.number if bound is None else format(bound, 'f')}"


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


def printed_scale(effect: Effect) -> AnalysisScale:
    """The scale that printed numbers have to be brought to: none where they are logarithms already."""
    scale = analysis_scale(effect.measure)
    if not effect.log:
        return scale
    if scale.name != LOG.name:
        raise NotPoolableError(f"{effect.measure} is no ratio; 'log: true' is for ratios")
    return IDENTITY
