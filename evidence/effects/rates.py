"""Effect sizes from events and person-time in one group, with their sampling variances (Poisson events)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from evidence.effects.columns import (
    IDENTITY,
    LOG,
    Array,
    EffectSizes,
    Mask,
    Scale,
    YiVi,
    columns,
    missing,
    refuse,
    with_reasons,
)
from evidence.effects.proportions import harmonic_mean
from evidence.effects.zero_cells import HALF_WHERE_ZERO, NO_ADDITION, To, ZeroRule, amount_text, rule_for


@dataclass(frozen=True)
class Rates:
    """k groups: xi events in the person-time ti (or ti events expected), each of shape (k,)."""

    xi: Array
    ti: Array

    @property
    def missing(self) -> Mask:
        """Groups with a number that is not known, shape (k,)."""
        return missing(self.xi, self.ti)


def rates(xi: npt.ArrayLike, ti: npt.ArrayLike) -> Rates:
    """Read events and person-time. Raises StudyError for negative numbers and for events in no time."""
    data = Rates(*columns(xi=xi, ti=ti))
    refuse(data.xi < 0, "xi is {xi}; expected a count of events, zero or above", xi=data.xi)
    refuse(data.ti < 0, "ti is {ti}; expected a time, zero or above", ti=data.ti)
    refuse((data.xi > 0) & (data.ti == 0), "xi is {xi} and ti 0; expected events in some time", xi=data.xi)
    return data


def raw_rate(g: Rates) -> YiVi:
    """xi / ti, with xi / ti2."""
    return g.xi / g.ti, g.xi / g.ti**2


def log_rate(g: Rates) -> YiVi:
    """log(xi / ti), with 1/xi, by the delta method."""
    return np.log(g.xi / g.ti), 1.0 / g.xi


def square_root_rate(g: Rates) -> YiVi:
    """sqrt(xi / ti), with 1/(4 ti), by the delta method."""
    return np.sqrt(g.xi / g.ti), 0.25 / g.ti


def freeman_tukey_rate(g: Rates) -> YiVi:
    """Half of sqrt(xi / ti) + sqrt((xi + 1) / ti), with 1/(4 ti). Freeman & Tukey 1950."""
    return 0.5 * (np.sqrt(g.xi / g.ti) + np.sqrt((g.xi + 1.0) / g.ti)), 0.25 / g.ti


def from_square_root(values: Array) -> Array:
    """The square of the values, those below zero moved to zero."""
    return np.maximum(values, 0.0) ** 2


def from_freeman_tukey(values: npt.ArrayLike, t: npt.ArrayLike) -> Array:
    """The rate whose Freeman-Tukey transform in person-time t is the value: (value - 1 / (4 value t))2.

    A value below that of no events gives 0. A pooled value has no t of its own; as for proportions, the
    harmonic mean of the times is customary.
    """
    value, t = np.broadcast_arrays(np.asarray(values, dtype=float), np.asarray(t, dtype=float))
    least = 0.5 / np.sqrt(t)
    value = np.maximum(value, least)
    root = value - least * (least / value)
    return np.asarray(root * root)


def _identity(_: Rates) -> Scale:
    return Scale("identity", IDENTITY.back, None)


def _log(_: Rates) -> Scale:
    return Scale("log", LOG.back, None)


def _square_root(_: Rates) -> Scale:
    return Scale("square root", from_square_root, None)


def _freeman_tukey(g: Rates) -> Scale:
    t = harmonic_mean(g.ti)
    return Scale("Freeman-Tukey", lambda values: from_freeman_tukey(values, t), None)


@dataclass(frozen=True)
class RateMeasure:
    """A measure of one rate: its name, formula, the scale for given groups, and what is added to zeros."""

    name: str
    formula: Callable[[Rates], YiVi]
    scale: Callable[[Rates], Scale]
    zeros: ZeroRule = HALF_WHERE_ZERO


RATE_MEASURES: dict[str, RateMeasure] = {
    "IR": RateMeasure("incidence rate", raw_rate, _identity),
    "IRLN": RateMeasure("log incidence rate", log_rate, _log),
    "IRS": RateMeasure("square root incidence rate", square_root_rate, _square_root, NO_ADDITION),
    "IRFT": RateMeasure("Freeman-Tukey incidence rate", freeman_tukey_rate, _freeman_tukey, NO_ADDITION),
}


def describe_rates(
    measure: str, groups: Rates, add: float | None = None, to: To | None = None
) -> EffectSizes:
    """A measure of RATE_MEASURES for each group.

    add, to: the ZeroRule; None for the measure's own, which is 1/2 to the events where there are none, and
    nothing for IRS and IRFT. IRFT is carried back with the harmonic mean of the times.
    Raises KeyError for an unknown measure and ValueError for an unknown rule.
    """
    chosen = RATE_MEASURES[measure]
    rule = rule_for(chosen.zeros, add, to)
    amount = rule.number(measure)
    unobserved = groups.ti == 0
    added = rule.chosen(groups.xi == 0, ~(groups.missing | unobserved))
    with np.errstate(all="ignore"):
        yi, vi = chosen.formula(Rates(groups.xi + np.where(added, amount, 0.0), groups.ti))
    undefined = (
        (groups.missing, "a number is missing"),
        (unobserved, "there is no person-time"),
        (~(np.isfinite(yi) & np.isfinite(vi)), "there are no events, and nothing was added"),
    )
    remarks = (
        (added, f"{amount_text(amount)} was added to its events"),
        (vi == 0, "its sampling variance is estimated as zero, which gives it no weight"),
    )
    return with_reasons(measure, chosen.scale(groups), (yi, vi), undefined, remarks)
