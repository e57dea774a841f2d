"""Intervals for tau2, and those they imply for I2 and H2.

Each method is a function of a `LinearModel` whose data sets all have df >= 1, in `INTERVALS`, the only place
that knows the abbreviations. Those from the profile likelihood enclose every tau2 whose log-likelihood is
within chi2(1) / 2 of the global maximum. Between two maxima it may dip below that: the accepted values are
then several intervals, and the bounds their outermost ends.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from scipy import special

from synthesis.pooling.kernel.effects import Array, Effects, Mask, Rows
from synthesis.pooling.kernel.fitting import model_of, over_blocks
from synthesis.pooling.kernel.likelihood import FULL, RESTRICTED, Criterion, balance, local_maxima
from synthesis.pooling.kernel.model import LinearModel
from synthesis.pooling.kernel.newton import halfway, increasing_root
from synthesis.pooling.kernel.scaling import Units
from synthesis.pooling.mean.inference import Bounds, h_squared, i_squared
from synthesis.pooling.tau2.estimators import generalised_q_root
from synthesis.pooling.tau2.quadratic_form_intervals import (
    biggerstaff_jackson,
    jackson,
)

_LOG_2PI = float(np.log(2.0 * np.pi))


def profile_likelihood(model: LinearModel, criterion: Criterion, level: float) -> tuple[Bounds, Mask]:
    """Bounds on the model's scale, and whether every tau2 between them is accepted; shape (n,).

    Hardy & Thompson 1996 for the full likelihood; Viechtbauer 2007 for both. The lower bound is zero when
    tau2 = 0 is itself accepted. Every data set needs df >= 1.
    """
    rows, tau2 = local_maxima(model, criterion)
    order = np.lexsort((tau2, rows))
    rows, tau2 = rows[order], tau2[order]
    part = model.take(rows)
    height = criterion.value(part.at(tau2), part)
    top = np.full(model.k.size, -np.inf)
    np.maximum.at(top, rows, height)
    threshold = top - 0.5 * float(special.chdtri(1.0, 1.0 - level))
    accepted = height >= threshold[rows]
    first, last = np.full(top.size, np.inf), np.zeros_like(top)
    np.minimum.at(first, rows[accepted], tau2[accepted])
    np.maximum.at(last, rows[accepted], tau2[accepted])
    bounds = Bounds(
        _fall_to_the_left(model, criterion, threshold, first),
        _fall_to_the_right(model, criterion, threshold, last),
    )
    between = (rows[:-1] == rows[1:]) & (tau2[:-1] >= first[rows[:-1]]) & (tau2[1:] <= last[rows[1:]])
    gaps = np.flatnonzero(between)
    connected = np.full(top.size, True)
    if gaps.size:
        lowest = _minimum(model.take(rows[gaps]), criterion, tau2[gaps], tau2[gaps + 1])
        connected[rows[gaps][lowest < threshold[rows[gaps]]]] = False
    return bounds, connected


def _fall_to_the_left(model: LinearModel, criterion: Criterion, threshold: Array, first: Array) -> Array:
    """Where the likelihood rises through the threshold on its way to the first accepted maximum."""
    low = np.zeros_like(first)
    sought = np.flatnonzero(criterion.value(model.at_zero, model) < threshold)
    if sought.size:
        part, goal, end = model.take(sought), threshold[sought], first[sought]

        def equation(tau2: Array, rows: Rows) -> tuple[Array, Array]:
            value, slope = _likelihood(part.take(rows), criterion, tau2)
            return value - goal[rows], slope

        zero = np.zeros_like(end)
        start = halfway(zero, end, part.v_min)
        low[sought] = increasing_root(equation, zero, end, start, part.v_min)
    return low


def _fall_to_the_right(model: LinearModel, criterion: Criterion, threshold: Array, last: Array) -> Array:
    """Where the likelihood falls through the threshold after the last accepted maximum.

    The bracket ends where -count / 2 log(2 pi (v_min + tau2)), which no log-likelihood exceeds, equals the
    threshold.
    """
    count, v_min = criterion.count(model), model.v_min
    high = np.maximum(np.exp(-2.0 * threshold / count - _LOG_2PI) - v_min, last)

    def equation(tau2: Array, rows: Rows) -> tuple[Array, Array]:
        value, slope = _likelihood(model.take(rows), criterion, tau2)
        return threshold[rows] - value, -slope

    return increasing_root(equation, last, high, halfway(last, high, v_min), v_min)


def _likelihood(model: LinearModel, criterion: Criterion, tau2: Array) -> tuple[Array, Array]:
    at = model.at(tau2)
    return criterion.value(at, model), 0.5 * (at.yppy - criterion.trace(at))


def _minimum(model: LinearModel, criterion: Criterion, low: Array, high: Array) -> Array:
    """The smallest log-likelihood between neighbouring maxima, where the score turns from minus to plus."""

    def equation(tau2: Array, rows: Rows) -> tuple[Array, Array]:
        value, slope = balance(model.take(rows).at(tau2), criterion)
        return -value, -slope

    lowest = increasing_root(equation, low, high, halfway(low, high, model.v_min), model.v_min)
    return criterion.value(model.at(lowest), model)


@dataclass(frozen=True)
class HeterogeneityIntervals:
    """Bounds of tau2 and those they imply for I2 (percent) and H2 (ratio); bounds (B,).

    connected: whether every tau2 between the bounds is accepted too, shape (B,). Only a profile likelihood
    with several maxima can say no: the bounds are then the outermost of the accepted values.
    """

    tau2: Bounds
    I2: Bounds
    H2: Bounds
    connected: Mask


Finder: TypeAlias = Callable[[LinearModel, float], tuple[Bounds, Mask]]


@dataclass(frozen=True)
class Tau2Interval:
    """The full name of an interval for tau2, and what finds its bounds at a level and their connectedness."""

    name: str
    find: Finder


def heterogeneity_intervals(
    effects: Effects, level: float = 0.95, design: Array | None = None, kind: str = "QP"
) -> HeterogeneityIntervals:
    """Intervals for every data set of a batch; nan where k - p < 1.

    kind: a key of INTERVALS. design: (k, p) moderators with their intercept, shared by all data sets.
    Raises ValueError for a level outside (0, 1) or a design with collinear columns, and KeyError for an
    unknown kind.
    """
    _check_level(level)
    find = INTERVALS[kind].find
    parts = over_blocks(lambda block: _of_effects(block, level, design, find), effects)
    return HeterogeneityIntervals(
        _joined([p.tau2 for p in parts]),
        _joined([p.I2 for p in parts]),
        _joined([p.H2 for p in parts]),
        np.concatenate([p.connected for p in parts]),
    )


def q_profile(model: LinearModel, level: float) -> Bounds:
    """Interval for tau2 on the model's scale, shape (n,). Viechtbauer 2007.

    The bounds solve Q(tau2) = upper and lower chi-squared critical value. A bound is zero when Q(0) is
    already below its critical value: the interval is then [0, high], or [0, 0] when even the smallest
    tau2 makes the data look too homogeneous. Every data set needs df >= 1.
    """
    tail = 0.5 * (1.0 - level)
    return Bounds(
        generalised_q_root(model, chi2_quantile(model.df, tail)),
        generalised_q_root(model, chi2_quantile(model.df, 1.0 - tail)),
    )


def chi2_quantile(df: Array, upper_tail: float) -> Array:
    """The point that chi2(df) exceeds with probability `upper_tail`."""
    return np.asarray(2.0 * special.gammainccinv(0.5 * df, upper_tail))


def _whole(bounds: Bounds) -> tuple[Bounds, Mask]:
    """Bounds of a method whose statistic moves one way with tau2."""
    return bounds, np.full(bounds.low.size, True)


INTERVALS: dict[str, Tau2Interval] = {
    "QP": Tau2Interval("Q-profile", lambda model, level: _whole(q_profile(model, level))),
    "PL": Tau2Interval(
        "profile restricted likelihood", lambda model, level: profile_likelihood(model, RESTRICTED, level)
    ),
    "PL-ML": Tau2Interval("profile likelihood", lambda model, level: profile_likelihood(model, FULL, level)),
    "J": Tau2Interval("Jackson", lambda model, level: _whole(jackson(model, level))),
    "BJ": Tau2Interval("Biggerstaff-Jackson", lambda model, level: _whole(biggerstaff_jackson(model, level))),
}


def _joined(parts: list[Bounds]) -> Bounds:
    return Bounds(np.concatenate([p.low for p in parts]), np.concatenate([p.high for p in parts]))


def _check_level(level: float) -> None:
    if not 0.0 < level < 1.0:
        raise ValueError(f"the level is {level}; expected a fraction between 0 and 1, such as 0.95")


def _of_effects(effects: Effects, level: float, design: Array | None, find: Finder) -> HeterogeneityIntervals:
    model, units, _ = model_of(effects, design)
    return _of_model(model, units, level, find)


def _of_model(model: LinearModel, units: Units, level: float, find: Finder) -> HeterogeneityIntervals:
    low, high, typical = np.full((3, model.k.size), np.nan)
    connected = np.full(model.k.size, True)
    enough = np.flatnonzero(model.df > 0)
    if enough.size:
        part = model.take(enough)
        bounds, connected[enough] = find(part, level)
        low[enough], high[enough] = bounds.low, bounds.high
        typical[enough] = part.df / part.at_zero.trace_p
    return HeterogeneityIntervals(
        Bounds(low * units.scale**2, high * units.scale**2),
        Bounds(i_squared(low, typical), i_squared(high, typical)),
        Bounds(h_squared(low, typical), h_squared(high, typical)),
        connected,
    )
