"""Effect sizes from the proportion with an event in one group, with their sampling variances (binomial)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from evidence.effects.columns import (
    IDENTITY,
    LOG,
    LOGIT,
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


@dataclass(frozen=True)
class EventCounts:
    """k groups: xi people with the event and mi without, each of shape (k,)."""

    xi: Array
    mi: Array

    @property
    def ni(self) -> Array:
        """Sizes of the groups, shape (k,)."""
        return self.xi + self.mi

    @property
    def missing(self) -> Mask:
        """Groups with a count that is not known, shape (k,)."""
        return missing(self.xi, self.mi)

    @property
    def with_zero(self) -> Mask:
        """Groups in which nobody or everybody has the event, shape (k,)."""
        return np.asarray((self.xi == 0) | (self.mi == 0))


def proportions(
    xi: npt.ArrayLike, ni: npt.ArrayLike | None = None, mi: npt.ArrayLike | None = None
) -> EventCounts:
    """Read events with either group sizes ni or people without the event, mi.

    Raises ValueError when both or neither are given, StudyError for negative counts or xi above ni.
    """
    if (ni is None) == (mi is None):
        raise ValueError("expected either 'ni' or 'mi' beside 'xi'")
    if ni is None:
        events, others = columns(xi=xi, mi=[] if mi is None else mi)
    else:
        events, sizes = columns(xi=xi, ni=ni)
        refuse(
            events > sizes,
            "xi is {events} and ni {sizes}; expected no more events than people",
            events=events,
            sizes=sizes,
        )
        others = sizes - events
    for name, counts in (("xi", events), ("mi", others)):
        refuse(counts < 0, f"{name} is {{counts}}; expected a count, zero or above", counts=counts)
    return EventCounts(events, others)


def raw_proportion(g: EventCounts) -> YiVi:
    """xi / ni, with p (1 - p) / ni."""
    return g.xi / g.ni, g.xi * g.mi / g.ni**3


def log_proportion(g: EventCounts) -> YiVi:
    """log(xi / ni), with 1/xi - 1/ni, by the delta method."""
    return np.log(g.xi / g.ni), g.mi / (g.xi * g.ni)


def logit_proportion(g: EventCounts) -> YiVi:
    """log(xi / mi), with 1/xi + 1/mi, by the delta method."""
    return np.log(g.xi / g.mi), 1.0 / g.xi + 1.0 / g.mi


def arcsine_proportion(g: EventCounts) -> YiVi:
    """asin sqrt(xi / ni), with 1/(4 ni). Freeman & Tukey 1950."""
    return np.arctan2(np.sqrt(g.xi), np.sqrt(g.mi)), 0.25 / g.ni


def double_arcsine(g: EventCounts) -> YiVi:
    """Half the sum of asin sqrt(xi / (ni + 1)) and asin sqrt((xi + 1) / (ni + 1)), with 1/(4 ni + 2).

    Freeman & Tukey 1950; halved, so that it is near asin sqrt(xi / ni).
    """
    low = np.arctan2(np.sqrt(g.xi), np.sqrt(g.mi + 1.0))
    high = np.arctan2(np.sqrt(g.xi + 1.0), np.sqrt(g.mi))
    return 0.5 * (low + high), 1.0 / (4.0 * g.ni + 2.0)


def from_arcsine(values: Array) -> Array:
    """sin2 of the values, which are moved to the ends 0 and pi/2 when outside them."""
    return np.sin(np.clip(values, 0.0, np.pi / 2)) ** 2


def from_double_arcsine(values: npt.ArrayLike, n: npt.ArrayLike) -> Array:
    """The proportion whose double arcsine in a group of n is the value: the inverse of Miller 1978.

    With t twice the value and d the difference of its two arcsines, sin d = 1 / ((n + 1) sin t), and
    n p = ((n + 1) (1 - cos t cos d) - 1) / 2, which loses no digits at the ends as Miller's form of it does.
    Values below that of p = 0 give 0, above that of p = 1 give 1: no proportion has them.

    A pooled value has no n of its own. Miller proposes the harmonic mean of the sizes, which with unequal
    sizes can give a proportion far from every study, even 0 (Schwarzer et al. 2019); no choice of n mends
    that the transformed values of groups of different size are not comparable (Röver & Friede 2022).
    """
    half, n = np.broadcast_arrays(np.asarray(values, dtype=float), np.asarray(n, dtype=float))
    least = 0.5 * np.arctan2(1.0, np.sqrt(n))
    most = np.pi / 2 - least
    t = 2.0 * np.clip(half, least, most)
    d = np.arcsin(np.minimum(1.0 / ((n + 1.0) * np.sin(t)), 1.0))
    one_minus = 2.0 * np.sin(0.5 * t) ** 2 + 2.0 * np.cos(t) * np.sin(0.5 * d) ** 2
    p = np.clip(((n + 1.0) * one_minus - 1.0) / (2.0 * n), 0.0, 1.0)
    return np.where(half <= least, 0.0, np.where(half >= most, 1.0, p))


def harmonic_mean(sizes: Array) -> float:
    """The harmonic mean of those sizes that are above zero; nan when there are none."""
    positive = sizes[sizes > 0]
    return float(positive.size / (1.0 / positive).sum()) if positive.size else float("nan")


def _identity(_: EventCounts) -> Scale:
    return Scale("identity", IDENTITY.back, None)


def _log(_: EventCounts) -> Scale:
    return Scale("log", LOG.back, None)


def _logit(_: EventCounts) -> Scale:
    return LOGIT


def _arcsine(_: EventCounts) -> Scale:
    return Scale("arcsine square root", from_arcsine, None)


def _double_arcsine(g: EventCounts) -> Scale:
    n = harmonic_mean(g.ni)
    return Scale("double arcsine", lambda values: from_double_arcsine(values, n), None)


@dataclass(frozen=True)
class ProportionMeasure:
    """A measure of one proportion: name, formula, the scale for given groups, and what is added to zeros."""

    name: str
    formula: Callable[[EventCounts], YiVi]
    scale: Callable[[EventCounts], Scale]
    zeros: ZeroRule = HALF_WHERE_ZERO


PROPORTION_MEASURES: dict[str, ProportionMeasure] = {
    "PR": ProportionMeasure("proportion", raw_proportion, _identity),
    "PLN": ProportionMeasure("log proportion", log_proportion, _log),
    "PLO": ProportionMeasure("logit proportion", logit_proportion, _logit),
    "PAS": ProportionMeasure("arcsine proportion", arcsine_proportion, _arcsine, NO_ADDITION),
    "PFT": ProportionMeasure("double arcsine proportion", double_arcsine, _double_arcsine, NO_ADDITION),
}


def describe_proportions(
    measure: str, groups: EventCounts, add: float | None = None, to: To | None = None
) -> EffectSizes:
    """A measure of PROPORTION_MEASURES for each group.

    add, to: the ZeroRule; None for the measure's own, which is 1/2 to xi and mi where one of them is zero,
    and nothing for PAS and PFT. PFT is carried back with the harmonic mean of the sizes; its notes are in
    `from_double_arcsine`. Raises KeyError for an unknown measure and ValueError for an unknown rule.
    """
    chosen = PROPORTION_MEASURES[measure]
    rule = rule_for(chosen.zeros, add, to)
    amount = rule.number(measure)
    empty = groups.ni == 0
    added = rule.chosen(groups.with_zero, ~(groups.missing | empty))
    plus = np.where(added, amount, 0.0)
    after = EventCounts(groups.xi + plus, groups.mi + plus)
    with np.errstate(all="ignore"):
        yi, vi = chosen.formula(after)
    undefined = (
        (groups.missing, "a count is missing"),
        (empty, "there is nobody in the group"),
        (~(np.isfinite(yi) & np.isfinite(vi)), "nobody or everybody has the event, and nothing was added"),
    )
    remarks = (
        (added, f"{amount_text(amount)} was added to those with and to those without the event"),
        (vi == 0, "its sampling variance is estimated as zero, which gives it no weight"),
    )
    return with_reasons(measure, chosen.scale(after), (yi, vi), undefined, remarks)
