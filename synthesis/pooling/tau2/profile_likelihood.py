"""Intervals for tau2 from its profile likelihood, also where that has several maxima.

The interval encloses every tau2 whose log-likelihood is within chi2(1) / 2 of the global maximum. Between
two maxima it may dip below that: the accepted values are then several intervals, and the bounds their
outermost ends.
"""

from __future__ import annotations

import numpy as np
from scipy import special

from synthesis.pooling.kernel.effects import Array, Mask, Rows
from synthesis.pooling.kernel.likelihood import local_maxima
from synthesis.pooling.kernel.likelihoods import Criterion
from synthesis.pooling.kernel.model import Model
from synthesis.pooling.kernel.newton import increasing_root
from synthesis.pooling.mean.inference import Bounds

_LOG_2PI = float(np.log(2.0 * np.pi))


def profile_likelihood(model: Model, criterion: Criterion, level: float) -> tuple[Bounds, Mask]:
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
    connected = np.ones(top.size, dtype=bool)
    if gaps.size:
        lowest = _minimum(model.take(rows[gaps]), criterion, tau2[gaps], tau2[gaps + 1])
        connected[rows[gaps][lowest < threshold[rows[gaps]]]] = False
    return bounds, connected


def _fall_to_the_left(model: Model, criterion: Criterion, threshold: Array, first: Array) -> Array:
    """Where the likelihood rises through the threshold on its way to the first accepted maximum."""
    low = np.zeros_like(first)
    sought = np.flatnonzero(criterion.value(model.at_zero, model) < threshold)
    if sought.size:
        part, goal, end = model.take(sought), threshold[sought], first[sought]

        def equation(tau2: Array, rows: Rows) -> tuple[Array, Array]:
            value, slope = _likelihood(part.take(rows), criterion, tau2)
            return value - goal[rows], slope

        start = np.sqrt(part.v_min * (end + part.v_min)) - part.v_min
        low[sought] = increasing_root(equation, np.zeros_like(end), end, start, part.v_min)
    return low


def _fall_to_the_right(model: Model, criterion: Criterion, threshold: Array, last: Array) -> Array:
    """Where the likelihood falls through the threshold after the last accepted maximum.

    The bracket ends where -count / 2 log(2 pi (v_min + tau2)), which no log-likelihood exceeds, equals the
    threshold.
    """
    count, v_min = criterion.count(model), model.v_min
    high = np.maximum(np.exp(-2.0 * threshold / count - _LOG_2PI) - v_min, last)

    def equation(tau2: Array, rows: Rows) -> tuple[Array, Array]:
        value, slope = _likelihood(model.take(rows), criterion, tau2)
        return threshold[rows] - value, -slope

    start = np.sqrt((last + v_min) * (high + v_min)) - v_min
    return increasing_root(equation, last, high, start, v_min)


def _likelihood(model: Model, criterion: Criterion, tau2: Array) -> tuple[Array, Array]:
    at = model.at(tau2)
    return criterion.value(at, model), 0.5 * (at.yppy - criterion.trace(at))


def _minimum(model: Model, criterion: Criterion, low: Array, high: Array) -> Array:
    """The smallest log-likelihood between neighbouring maxima, where the score turns from minus to plus."""

    def equation(tau2: Array, rows: Rows) -> tuple[Array, Array]:
        at = model.take(rows).at(tau2)
        f, g = at.yppy, criterion.trace(at)
        return f / g - 1.0, (criterion.trace_slope(at) * f - 2.0 * g * at.ypppy) / (g * g)

    start = np.sqrt((low + model.v_min) * (high + model.v_min)) - model.v_min
    lowest = increasing_root(equation, low, high, start, model.v_min)
    return criterion.value(model.at(lowest), model)
