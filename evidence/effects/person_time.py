"""Effect sizes from events and person-time in two groups, with their sampling variances (Poisson events)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from evidence.choices import as_truth
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
from evidence.effects.zero_cells import HALF_WHERE_ZERO, NO_ADDITION, To, ZeroRule, amount_text, rule_for

SQUARE_ROOT_DIFFERENCE = Scale("square root", IDENTITY.back, 0.0)
"""A difference of square roots has no one rate difference: that depends on the rate in group 2."""


@dataclass(frozen=True)
class PersonTime:
    """k pairs of groups: events x1i in the person-time t1i, and x2i in t2i, each of shape (k,)."""

    x1i: Array
    t1i: Array
    x2i: Array
    t2i: Array

    @property
    def missing(self) -> Mask:
        """Studies with a number that is not known, shape (k,)."""
        return missing(self.x1i, self.t1i, self.x2i, self.t2i)

    @property
    def unobserved(self) -> Mask:
        """Studies that did not observe one of the groups, shape (k,)."""
        return np.asarray((self.t1i == 0) | (self.t2i == 0))

    @property
    def with_zero(self) -> Mask:
        """Studies without events in a group, shape (k,)."""
        return np.asarray((self.x1i == 0) | (self.x2i == 0))

    @property
    def without_events(self) -> Mask:
        """Studies without events in either group, shape (k,)."""
        return np.asarray((self.x1i == 0) & (self.x2i == 0))

    def plus(self, amount: Array) -> PersonTime:
        """The same with an amount, shape (k,), added to the events of both groups."""
        return PersonTime(self.x1i + amount, self.t1i, self.x2i + amount, self.t2i)


def person_time(x1i: npt.ArrayLike, t1i: npt.ArrayLike, x2i: npt.ArrayLike, t2i: npt.ArrayLike) -> PersonTime:
    """Read events and person-time. Raises StudyError for negative numbers and for events in no time."""
    data = PersonTime(*columns(x1i=x1i, t1i=t1i, x2i=x2i, t2i=t2i))
    for name in ("x1i", "t1i", "x2i", "t2i"):
        values = getattr(data, name)
        refuse(values < 0, f"{name} is {{values}}; expected zero or above", values=values)
    for x, t in (("x1i", "t1i"), ("x2i", "t2i")):
        refuse(
            (getattr(data, x) > 0) & (getattr(data, t) == 0),
            f"{x} is {{events}} and {t} 0; expected events in some time",
            events=getattr(data, x),
        )
    return data


def log_rate_ratio(p: PersonTime) -> YiVi:
    """log of (x1i / t1i) / (x2i / t2i), with 1/x1i + 1/x2i. Rothman, Greenland & Lash 2008."""
    return np.log((p.x1i / p.t1i) / (p.x2i / p.t2i)), 1.0 / p.x1i + 1.0 / p.x2i


def rate_difference(p: PersonTime) -> YiVi:
    """x1i / t1i - x2i / t2i, with x1i / t1i2 + x2i / t2i2. Rothman, Greenland & Lash 2008."""
    return p.x1i / p.t1i - p.x2i / p.t2i, p.x1i / p.t1i**2 + p.x2i / p.t2i**2


def square_root_rate_difference(p: PersonTime) -> YiVi:
    """sqrt(x1i / t1i) - sqrt(x2i / t2i), with 1/(4 t1i) + 1/(4 t2i). Bagos & Nikolopoulos 2009."""
    return np.sqrt(p.x1i / p.t1i) - np.sqrt(p.x2i / p.t2i), 0.25 / p.t1i + 0.25 / p.t2i


@dataclass(frozen=True)
class PersonTimeMeasure:
    """A measure of two rates: its name, formula, scale and what is added to zeros unless told otherwise."""

    name: str
    formula: Callable[[PersonTime], YiVi]
    scale: Scale
    zeros: ZeroRule = HALF_WHERE_ZERO


PERSON_TIME_MEASURES: dict[str, PersonTimeMeasure] = {
    "IRR": PersonTimeMeasure("log incidence rate ratio", log_rate_ratio, LOG),
    "IRD": PersonTimeMeasure("incidence rate difference", rate_difference, IDENTITY),
    "IRSD": PersonTimeMeasure(
        "square root transformed incidence rate difference",
        square_root_rate_difference,
        SQUARE_ROOT_DIFFERENCE,
        NO_ADDITION,
    ),
}


def compare_rates(
    measure: str, data: PersonTime, add: float | None = None, to: To | None = None, drop00: bool = False
) -> EffectSizes:
    """A measure of PERSON_TIME_MEASURES for each study.

    add, to: the ZeroRule; None for the measure's own, which is 1/2 to the events of both groups where one
    has none, and nothing for IRSD. drop00: leave out studies without events in both groups.
    Raises KeyError for an unknown measure and ValueError for an unknown rule.
    """
    chosen = PERSON_TIME_MEASURES[measure]
    rule = rule_for(chosen.zeros, add, to)
    amount = rule.number(measure)
    dropped = data.without_events & as_truth(drop00, "drop00")
    added = rule.chosen(data.with_zero, ~(data.missing | data.unobserved | dropped))
    with np.errstate(all="ignore"):
        yi, vi = chosen.formula(data.plus(np.where(added, amount, 0.0)))
    undefined = (
        (data.missing, "a number is missing"),
        (data.unobserved, "one of the groups has no person-time"),
        (dropped, "left out: no events in either group"),
        (~(np.isfinite(yi) & np.isfinite(vi)), "a group has no events, and nothing was added"),
    )
    remarks = (
        (added, f"{amount_text(amount)} was added to the events of both groups"),
        (added & data.without_events, "without any event, its effect size is that of the addition"),
        (vi == 0, "its sampling variance is estimated as zero, which gives it no weight"),
    )
    return with_reasons(measure, chosen.scale, (yi, vi), undefined, remarks)
