"""The tau2 >= 0 that maximises a likelihood, found with proof that no maximum is overlooked.

Both profile likelihoods may have several maxima. The score is half the difference f - g of f = y'PPy and
g = tr(P) (restricted) or tr(W) (full). P has fixed eigenvectors and eigenvalues 1 / (lambda_i + tau2), so
that f and g are sums of powers of 1 / (lambda + tau2). Their logarithms are convex and fall, which bounds
them between tangents and chord, and A = f / y'PPPy and B = -g / g' rise at least as fast as tau2
(Cauchy-Schwarz). These bounds prove, interval by interval, that the score keeps its sign or crosses zero
once at most. An interval for which they do not is split.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from synthesis.pooling.effects import Array, Mask, Rows
from synthesis.pooling.likelihood import Criterion
from synthesis.pooling.model import Model, Projection
from synthesis.pooling.newton import increasing_root

_NARROW = 1.0 + 2.0**-10
_MARGIN = 1.01
_TINY = 1e-300  # squares of residuals that underflow mean a negative score


@dataclass(frozen=True)
class _Intervals:
    """m intervals [a, b] of tau2, each of one data set.

    at_a, at_b: log f, log g, A and B at the ends, shape (4, m).
    """

    rows: Rows
    a: Array
    b: Array
    at_a: Array
    at_b: Array

    def where(self, mask: Mask) -> _Intervals:
        chosen = np.flatnonzero(mask)
        if chosen.size == mask.size:
            return self
        return _Intervals(
            self.rows[chosen],
            self.a[chosen],
            self.b[chosen],
            self.at_a.take(chosen, axis=1),
            self.at_b.take(chosen, axis=1),
        )

    def then(self, other: _Intervals) -> _Intervals:
        return _Intervals(
            np.concatenate([self.rows, other.rows]),
            np.concatenate([self.a, other.a]),
            np.concatenate([self.b, other.b]),
            np.concatenate([self.at_a, other.at_a], axis=1),
            np.concatenate([self.at_b, other.at_b], axis=1),
        )

    @property
    def turn(self) -> Mask:
        """Whether the score is positive at a and not at b."""
        turn: Mask = (self.at_a[0] > self.at_a[1]) & (self.at_b[0] <= self.at_b[1])
        return turn


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
    maxima = np.bincount(brackets.rows, minlength=best.size) + (at_zero[0] <= at_zero[1])
    contested = np.flatnonzero(maxima > 1)
    if contested.size:
        among = np.isin(brackets.rows, contested)
        rows = np.concatenate([contested, brackets.rows[among]])
        candidates = np.concatenate([np.zeros(contested.size), tau2[among]])
        part = model.take(rows)
        order = np.argsort(criterion.value(part.at(candidates), part), kind="stable")
        best[rows[order]] = candidates[order]
    return best


def _curve(projection: Projection, criterion: Criterion) -> Array:
    """log f, log g, A and B, shape (4, n)."""
    f, g = np.maximum(projection.yppy, _TINY), criterion.trace(projection)
    curve = np.empty((4, f.size))
    np.log(f, out=curve[0])
    np.log(g, out=curve[1])
    np.divide(f, np.maximum(projection.ypppy, _TINY), out=curve[2])
    np.divide(g, criterion.trace_slope(projection), out=curve[3])
    return curve


def _first_intervals(model: Model, criterion: Criterion, at_zero: Array, upper: Array) -> _Intervals:
    """[0, c], and [c, upper] where the score at c is positive, with c = v_max - 2 v_min if that is inside.

    Beyond c every root of the score is a maximum, hence there is one at most: A < 2 B there, since the
    eigenvalues of P lie between 1 / (v_max + tau2) and 1 / (v_min + tau2).
    """
    c = model.v_max - 2.0 * model.v_min
    c = np.where((c > 0) & (c < upper), c, upper)
    rows = np.arange(c.size)
    at_c = _curve(model.at(c), criterion)
    intervals = _Intervals(rows, np.zeros_like(c), c, at_zero, at_c)
    beyond = np.flatnonzero((at_c[0] > at_c[1]) & (c < upper))
    if not beyond.size:
        return intervals
    at_upper = _curve(model.take(beyond).at(upper[beyond]), criterion)
    return intervals.then(_Intervals(beyond, c[beyond], upper[beyond], at_c.take(beyond, axis=1), at_upper))


def _isolate(model: Model, criterion: Criterion, intervals: _Intervals) -> _Intervals:
    """Split intervals until each is decided; return those in which the score turns from plus to minus."""
    decided = _decided(intervals, model)
    found = intervals.where(decided & intervals.turn)
    open_ = intervals.where(~decided)
    while open_.rows.size:
        halves = _split(model, criterion, open_)
        decided = _decided(halves, model)
        found = found.then(halves.where(decided & halves.turn))
        open_ = halves.where(~decided)
    return found


def _decided(s: _Intervals, model: Model) -> Mask:
    """Whether each interval is proven to hold one crossing at most, or is too narrow to matter."""
    v_min, width = model.v_min[s.rows], s.b - s.a
    decided: Mask = (s.at_b[2] < 2.0 * s.at_a[3] + width) | (s.at_a[2] + width > 2.0 * s.at_b[3])
    decided |= s.a >= model.v_max[s.rows] - 2.0 * v_min
    decided |= s.b + v_min <= _NARROW * (s.a + v_min)
    rest = np.flatnonzero(~decided & ((s.at_a[0] > s.at_a[1]) == (s.at_b[0] > s.at_b[1])))
    if rest.size:
        f_a, g_a, rise_f_a, rise_g_a = s.at_a.take(rest, axis=1)
        f_b, g_b, rise_f_b, rise_g_b = s.at_b.take(rest, axis=1)
        width = width[rest]
        decided[rest] = np.where(
            f_a > g_a,
            _stays_above(width, f_a, f_b, 2.0 / rise_f_a, 2.0 / rise_f_b, g_a, g_b),
            _stays_above(width, g_a, g_b, 1.0 / rise_g_a, 1.0 / rise_g_b, f_a, f_b),
        )
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


def _split(model: Model, criterion: Criterion, s: _Intervals) -> _Intervals:
    """Each interval in two: near the root that interpolation expects, or in the middle on a log scale."""
    v_min = model.v_min[s.rows]
    low, high = s.a + v_min, s.b + v_min
    quarter = np.sqrt(np.sqrt(high / low))
    middle = np.where(
        s.turn, np.clip(_expected_root(s) + v_min, low * quarter, high / quarter), low * quarter**2
    )
    middle -= v_min
    at_middle = _curve(model.take(s.rows).at(middle), criterion)
    left = _Intervals(s.rows, s.a, middle, s.at_a, at_middle)
    return left.then(_Intervals(s.rows, middle, s.b, at_middle, s.at_b))


def _climb(model: Model, criterion: Criterion, brackets: _Intervals) -> Array:
    """The root of the score in each bracket, by Newton on g / f - 1, which is nearly linear in tau2."""
    part = model.take(brackets.rows)

    def equation(tau2: Array, rows: Rows) -> tuple[Array, Array]:
        at = part.take(rows).at(tau2)
        f, g = np.maximum(at.yppy, _TINY), criterion.trace(at)
        slope = (2.0 * g * at.ypppy - criterion.trace_slope(at) * f) / (f * f)
        return g / f - 1.0, slope

    return increasing_root(equation, brackets.a, brackets.b, _expected_root(brackets), part.v_min)


def _expected_root(s: _Intervals) -> Array:
    """Inverse cubic interpolation of tau2 at g / f = 1, or linear where that leaves the interval."""
    h_a = np.exp(np.clip(s.at_a[1] - s.at_a[0], -50.0, 50.0))
    h_b = np.exp(np.clip(s.at_b[1] - s.at_b[0], -50.0, 50.0))
    width, rise = s.b - s.a, h_b - h_a
    with np.errstate(divide="ignore", invalid="ignore"):
        x = np.where(rise > 0, (1.0 - h_a) / rise, 0.5)
        from_a = rise / (h_a * (2.0 / s.at_a[2] - 1.0 / s.at_a[3]))
        from_b = rise / (h_b * (2.0 / s.at_b[2] - 1.0 / s.at_b[3]))
        share = x * x * (3.0 - 2.0 * x) + x * (1.0 - x) * ((1.0 - x) * from_a - x * from_b) / width
    inside = (share > 0.0) & (share < 1.0)
    return s.a + width * np.where(inside, share, x)
