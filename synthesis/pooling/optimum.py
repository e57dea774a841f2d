"""The tau2 >= 0 that maximises a likelihood, found with proof that no maximum is overlooked.

Both profile likelihoods may have several maxima. The score is half the difference f - g of f = y'PPy and
g = tr(P) (restricted) or tr(W) (full). P has fixed eigenvectors and eigenvalues 1 / (lambda_i + tau2), so
that f and g are sums of powers of 1 / (lambda + tau2). Their logarithms are convex and fall, which bounds
them between tangents and chord, and A = f / y'PPPy and B = -g / g' rise at least as fast as tau2
(Cauchy-Schwarz). These bounds prove, interval by interval, that the score keeps its sign or crosses zero
once at most. An interval for which they do not is halved.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from synthesis.pooling.effects import Array, Mask, Rows
from synthesis.pooling.likelihood import Criterion
from synthesis.pooling.model import Model
from synthesis.pooling.newton import increasing_root
from synthesis.pooling.projection import Projection

_NARROW = 1.0 + 2.0**-10
_MARGIN = 1.01
_TINY = 1e-300  # squares of residuals that underflow mean a negative score


@dataclass(frozen=True)
class _Curve:
    """log f, log g, A and B at one tau2 for each of m data sets."""

    f: Array
    g: Array
    A: Array
    B: Array

    def where(self, chosen: Rows) -> _Curve:
        return _Curve(self.f[chosen], self.g[chosen], self.A[chosen], self.B[chosen])


@dataclass(frozen=True)
class _Intervals:
    """m intervals [a, b] of tau2, each of one data set, and the curves at their ends."""

    rows: Rows
    a: Array
    b: Array
    at_a: _Curve
    at_b: _Curve

    def where(self, mask: Mask) -> _Intervals:
        chosen = np.flatnonzero(mask)
        if chosen.size == mask.size:
            return self
        return _Intervals(
            self.rows[chosen],
            self.a[chosen],
            self.b[chosen],
            self.at_a.where(chosen),
            self.at_b.where(chosen),
        )


def maximise(model: Model, criterion: Criterion) -> Array:
    """The tau2 >= 0 with the largest likelihood, shape (n,); every data set needs df >= 1."""
    upper = _upper_bound(model, criterion)
    best = np.zeros_like(upper)
    varied = np.flatnonzero(upper > 0)
    if varied.size == upper.size:
        return _best_maximum(model, criterion, upper)
    if varied.size:
        best[varied] = _best_maximum(model.take(varied), criterion, upper[varied])
    return best


def _upper_bound(model: Model, criterion: Criterion) -> Array:
    """A tau2 beyond which the score is negative; zero when all residuals are zero.

    y'PPy <= SS / tau2^2 with SS the unweighted residual sum of squares, and g >= count / (v_max + tau2).
    """
    s = model.unweighted.ypy / criterion.count(model)
    return _MARGIN * 0.5 * (s + np.sqrt(s * s + 4.0 * s * model.v_max))


def _best_maximum(model: Model, criterion: Criterion, upper: Array) -> Array:
    at_zero = _curve(model.at_zero, criterion)
    brackets = _isolate(model, criterion, _first_intervals(model, criterion, at_zero, upper))
    tau2 = _climb(model, criterion, brackets)
    best = np.zeros_like(upper)
    best[brackets.rows] = tau2
    maxima = np.bincount(brackets.rows, minlength=best.size) + (at_zero.f <= at_zero.g)
    contested = np.flatnonzero(maxima > 1)
    if contested.size:
        among = np.isin(brackets.rows, contested)
        rows = np.concatenate([contested, brackets.rows[among]])
        candidates = np.concatenate([np.zeros(contested.size), tau2[among]])
        part = model.take(rows)
        order = np.argsort(criterion.value(part.at(candidates), part), kind="stable")
        best[rows[order]] = candidates[order]
    return best


def _curve(projection: Projection, criterion: Criterion) -> _Curve:
    f, g = np.maximum(projection.yppy, _TINY), criterion.trace(projection)
    return _Curve(
        np.log(f),
        np.log(g),
        f / np.maximum(projection.ypppy, _TINY),
        g / criterion.trace_slope(projection),
    )


def _first_intervals(model: Model, criterion: Criterion, at_zero: _Curve, upper: Array) -> _Intervals:
    """[0, c], and [c, upper] where the score at c is positive, with c = v_max - 2 v_min if that is inside.

    Beyond c every root of the score is a maximum, hence there is one at most: A < 2 B there, since the
    eigenvalues of P lie between 1 / (v_max + tau2) and 1 / (v_min + tau2).
    """
    c = model.v_max - 2.0 * model.v_min
    c = np.where((c > 0) & (c < upper), c, upper)
    rows = np.arange(c.size)
    at_c = _curve(model.at(c), criterion)
    intervals = _Intervals(rows, np.zeros_like(c), c, at_zero, at_c)
    beyond = np.flatnonzero((at_c.f > at_c.g) & (c < upper))
    if not beyond.size:
        return intervals
    at_upper = _curve(model.take(beyond).at(upper[beyond]), criterion)
    return _joined(intervals, _Intervals(beyond, c[beyond], upper[beyond], at_c.where(beyond), at_upper))


def _isolate(model: Model, criterion: Criterion, intervals: _Intervals) -> _Intervals:
    """Halve intervals until each is decided; those in which the score turns from plus to minus."""
    brackets: _Intervals | None = None
    while intervals.rows.size:
        decided = _decided(intervals, model)
        at_a, at_b = intervals.at_a, intervals.at_b
        found = intervals.where(decided & (at_a.f > at_a.g) & (at_b.f <= at_b.g))
        brackets = found if brackets is None else _joined(brackets, found)
        intervals = _halve(model, criterion, intervals.where(~decided))
    assert brackets is not None  # every data set has an interval
    return brackets


def _decided(s: _Intervals, model: Model) -> Mask:
    """Whether each interval is proven to hold one crossing at most, or is too narrow to matter."""
    at_a, at_b, width = s.at_a, s.at_b, s.b - s.a
    v_min = model.v_min[s.rows]
    decided: Mask = (2.0 * at_a.B + width > at_b.A) | (at_a.A + width > 2.0 * at_b.B)
    decided |= s.a >= model.v_max[s.rows] - 2.0 * v_min
    decided |= s.b + v_min <= _NARROW * (s.a + v_min)
    rest = np.flatnonzero(~decided)
    if rest.size:
        a, b, width = at_a.where(rest), at_b.where(rest), width[rest]
        positive = (a.f > a.g) & (b.f > b.g) & _stays_above(width, a.f, b.f, 2.0 / a.A, 2.0 / b.A, a.g, b.g)
        negative = (a.f < a.g) & (b.f < b.g) & _stays_above(width, a.g, b.g, 1.0 / a.B, 1.0 / b.B, a.f, b.f)
        decided[rest] = positive | negative
    return decided


def _stays_above(
    width: Array, high_a: Array, high_b: Array, fall_a: Array, fall_b: Array, low_a: Array, low_b: Array
) -> Mask:
    """Whether the end tangents of one convex falling curve meet above the chord of another."""
    bend = fall_a - fall_b
    from_a = np.divide(high_a - high_b - fall_b * width, bend, out=np.zeros_like(bend), where=bend > 0)
    chord = low_a + (low_b - low_a) * (from_a / width)
    above: Mask = high_a - fall_a * from_a > chord
    return above


def _halve(model: Model, criterion: Criterion, s: _Intervals) -> _Intervals:
    if not s.rows.size:
        return s
    v_min = model.v_min[s.rows]
    middle = np.sqrt((s.a + v_min) * (s.b + v_min)) - v_min
    at_middle = _curve(model.take(s.rows).at(middle), criterion)
    return _joined(
        _Intervals(s.rows, s.a, middle, s.at_a, at_middle), _Intervals(s.rows, middle, s.b, at_middle, s.at_b)
    )


def _joined(first: _Intervals, second: _Intervals) -> _Intervals:
    return _Intervals(
        np.concatenate([first.rows, second.rows]),
        np.concatenate([first.a, second.a]),
        np.concatenate([first.b, second.b]),
        _joined_curves(first.at_a, second.at_a),
        _joined_curves(first.at_b, second.at_b),
    )


def _joined_curves(first: _Curve, second: _Curve) -> _Curve:
    return _Curve(
        np.concatenate([first.f, second.f]),
        np.concatenate([first.g, second.g]),
        np.concatenate([first.A, second.A]),
        np.concatenate([first.B, second.B]),
    )


def _climb(model: Model, criterion: Criterion, brackets: _Intervals) -> Array:
    """The root of the score in each bracket, by Newton on g / f - 1, which is nearly linear in tau2."""
    part = model.take(brackets.rows)

    def equation(tau2: Array, rows: Rows) -> tuple[Array, Array]:
        at = part.take(rows).at(tau2)
        f, g = np.maximum(at.yppy, _TINY), criterion.trace(at)
        slope = (2.0 * g * at.ypppy - criterion.trace_slope(at) * f) / (f * f)
        return g / f - 1.0, slope

    return increasing_root(equation, brackets.a, brackets.b, _first_guess(brackets), part.v_min)


def _first_guess(s: _Intervals) -> Array:
    """Inverse cubic interpolation of tau2 at g / f = 1, or linear where that leaves the bracket."""
    h_a = np.exp(np.clip(s.at_a.g - s.at_a.f, -50.0, 50.0))
    h_b = np.exp(np.clip(s.at_b.g - s.at_b.f, -50.0, 50.0))
    width, rise = s.b - s.a, h_b - h_a
    x = np.where(rise > 0, (1.0 - h_a) / rise, 0.5)
    with np.errstate(divide="ignore", invalid="ignore"):
        from_a = rise / (h_a * (2.0 / s.at_a.A - 1.0 / s.at_a.B))
        from_b = rise / (h_b * (2.0 / s.at_b.A - 1.0 / s.at_b.B))
        share = x * x * (3.0 - 2.0 * x) + x * (1.0 - x) * ((1.0 - x) * from_a - x * from_b) / width
    inside = (share > 0.0) & (share < 1.0)
    return s.a + width * np.where(inside, share, x)
