"""Normal log-likelihoods, full and restricted, and the tau2 >= 0 that maximises one, with proof.

Both profile likelihoods may have several maxima. The score is half the difference f - g of f = y'PPy and
g = tr(P) (restricted) or tr(W) (full). P has fixed eigenvectors and eigenvalues 1 / (lambda_i + tau2), so
that f and g are sums of powers of 1 / (lambda + tau2). Their logarithms are convex and fall, which bounds
them between tangents and chord, and A = f / y'PPPy and B = -g / g' rise at least as fast as tau2
(Cauchy-Schwarz). These bounds prove, interval by interval, that the score keeps its sign or crosses zero
once at most. An interval for which they do not is split.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from synthesis.pooling.kernel import search
from synthesis.pooling.kernel.effects import Array, Mask, Rows
from synthesis.pooling.kernel.model import LinearModel, Projection
from synthesis.pooling.kernel.newton import Seen, increasing_root
from synthesis.pooling.kernel.one_mean import searched, spread

_LOG_2PI = float(np.log(2.0 * np.pi))


def loglik_ml(projection: Projection, k: Array) -> Array:
    """Full log-likelihood at the projection's weights, shape (n,); k studies, shape (n,)."""
    return 0.5 * (projection.logdet_w - projection.ypy - k * _LOG_2PI)


def loglik_reml(projection: Projection, df: Array) -> Array:
    """Restricted log-likelihood (Harville 1974, with |X'X|), shape (n,); df = k - p, shape (n,)."""
    return 0.5 * (projection.logdet_w - projection.logdet_gram - projection.ypy - df * _LOG_2PI)


@dataclass(frozen=True)
class Criterion:
    """A likelihood to be maximised over tau2, whose score is half of f - g with f = y'PPy.

    trace and trace_slope: g and -g'. value: the log-likelihood. count: g tends to count / tau2 for large
    tau2. kind: what `search_loop` calls it.
    """

    kind: int
    trace: Callable[[Projection], Array]
    trace_slope: Callable[[Projection], Array]
    value: Callable[[Projection, LinearModel], Array]
    count: Callable[[LinearModel], Array]


FULL = Criterion(
    search.FULL,
    lambda at: at.trace_w,
    lambda at: at.trace_ww,
    lambda at, model: loglik_ml(at, model.k),
    lambda model: model.k,
)
RESTRICTED = Criterion(
    search.RESTRICTED,
    lambda at: at.trace_p,
    lambda at: at.trace_pp,
    lambda at, model: loglik_reml(at, model.df),
    lambda model: model.df,
)


@dataclass(frozen=True)
class _Intervals:
    """m intervals [a, b] of tau2, each of one data set.

    at_a, at_b: f, g, A and B at the ends, shape (4, m).
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
        turn: Mask = search.turns(self.at_a, self.at_b)
        return turn


def maximise(model: LinearModel, criterion: Criterion) -> Array:
    """The tau2 >= 0 with the largest likelihood, shape (n,); every data set needs df >= 1."""
    tau2 = searched(model, criterion.kind, model.df)
    if tau2 is not None:
        return tau2
    upper = _upper_bound(model, criterion)
    best = np.zeros_like(upper)
    varied = np.flatnonzero(upper > 0)
    if varied.size:
        best[varied] = _best_maximum(model.take(varied), criterion, upper[varied])
    return best


def _upper_bound(model: LinearModel, criterion: Criterion) -> Array:
    """A tau2 beyond which the score is negative; zero when all residuals are zero.

    y'PPy <= SS / tau2^2 with SS the unweighted residual sum of squares, and g >= count / (v_max + tau2), so
    that it is where tau2^2 > s (v_max + tau2) with s = SS / count, and so above s + sqrt(s v_max).
    """
    s = spread(model) / criterion.count(model)
    return search.MARGIN * (s + np.sqrt(s * model.v_max))


def _best_maximum(model: LinearModel, criterion: Criterion, upper: Array) -> Array:
    at_boundary, rows, tau2 = _maxima(model, criterion, upper)
    best = np.zeros_like(upper)
    best[rows] = tau2
    contested = np.flatnonzero(np.bincount(rows, minlength=best.size) + at_boundary > 1)
    if contested.size:
        among = np.isin(rows, contested)
        rows = np.concatenate([contested, rows[among]])
        candidates = np.concatenate([np.zeros(contested.size), tau2[among]])
        part = model.take(rows)
        order = np.argsort(criterion.value(part.at(candidates), part))
        best[rows[order]] = candidates[order]
    return best


def local_maxima(model: LinearModel, criterion: Criterion) -> tuple[Rows, Array]:
    """Every local maximum over tau2 >= 0: the number of its data set and its tau2, each of shape (m,).

    tau2 = 0 is one where the likelihood falls from there. Every data set needs df >= 1.
    """
    upper = _upper_bound(model, criterion)
    varied = np.flatnonzero(upper > 0)
    at_boundary, rows, tau2 = ~(upper > 0), varied, upper[varied]
    if varied.size:
        at_boundary[varied], inner, tau2 = _maxima(model.take(varied), criterion, upper[varied])
        rows = varied[inner]
    zeros = np.flatnonzero(at_boundary)
    return np.concatenate([zeros, rows]), np.concatenate([np.zeros(zeros.size), tau2])


def _maxima(model: LinearModel, criterion: Criterion, upper: Array) -> tuple[Mask, Rows, Array]:
    """Whether tau2 = 0 is a local maximum, (n,), and the data sets and tau2 of all others."""
    at_zero = _curve(model.at_zero, criterion)
    brackets = _isolate(model, criterion, _first_intervals(model, criterion, at_zero, upper))
    return at_zero[0] <= at_zero[1], brackets.rows, _climb(model, criterion, brackets)


def _curve(projection: Projection, criterion: Criterion) -> Array:
    """f, g, A and B, shape (4, n)."""
    yppy = projection.yppy
    curve = np.empty((4, yppy.size))
    f, g, a, b = curve
    np.maximum(yppy, search.TINY, out=f)
    g[:] = criterion.trace(projection)
    np.divide(f, np.maximum(projection.ypppy, search.TINY), out=a)
    np.divide(g, criterion.trace_slope(projection), out=b)
    return curve


def _first_intervals(model: LinearModel, criterion: Criterion, at_zero: Array, upper: Array) -> _Intervals:
    """[0, m], and [m, upper] unless the score is proven negative from m on.

    m is somewhat beyond the moment estimate.
    """
    m = search.PAST_ESTIMATE * (model.at_zero.ypy - model.df) / model.at_zero.trace_p
    m = np.where((m > 0) & (m < upper), m, upper)
    at_m = _curve(model.at(m), criterion)
    intervals = _Intervals(np.arange(m.size), np.zeros_like(m), m, at_zero, at_m)
    negative = search.negative_beyond(at_m, model.v_max + m)
    more = np.flatnonzero((m < upper) & ~negative)
    if not more.size:
        return intervals
    beyond, end = model.take(more), upper[more]
    at_end = _curve(beyond.at(end), criterion)
    return intervals.then(_Intervals(more, m[more], end, at_m.take(more, axis=1), at_end))


def _isolate(model: LinearModel, criterion: Criterion, intervals: _Intervals) -> _Intervals:
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


def _decided(s: _Intervals, model: LinearModel) -> Mask:
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        decided: Mask = search.narrow(s.at_a, s.a, s.b, model.v_min[s.rows])
        decided |= search.one_at_most(s.at_a, s.at_b, s.b - s.a)
        left = np.flatnonzero(~decided)
        at_a, at_b = s.at_a.take(left, axis=1), s.at_b.take(left, axis=1)
        decided[left] = search.stays_negative(at_a, at_b, (s.b - s.a)[left])
    return decided


def _split(model: LinearModel, criterion: Criterion, s: _Intervals) -> _Intervals:
    """Each interval in two."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        middle = search.split_point(s.at_a, s.at_b, s.a, s.b, model.v_min[s.rows])
    part = model.take(s.rows)
    at_middle = _curve(part.at(middle), criterion)
    left = _Intervals(s.rows, s.a, middle, s.at_a, at_middle)
    return left.then(_Intervals(s.rows, middle, s.b, at_middle, s.at_b))


def balance(at: Projection, criterion: Criterion) -> tuple[Array, Array]:
    """g / f - 1, which is negative where the likelihood rises, and its derivative by tau2; shape (n,)."""
    f, g = np.maximum(at.yppy, search.TINY), criterion.trace(at)
    return g / f - 1.0, (2.0 * g * at.ypppy - criterion.trace_slope(at) * f) / (f * f)


def _climb(model: LinearModel, criterion: Criterion, brackets: _Intervals) -> Array:
    """The root of the score in each bracket, by Newton on `balance`, which is nearly linear in tau2."""
    part = model.take(brackets.rows)

    def equation(tau2: Array, rows: Rows) -> tuple[Array, Array]:
        return balance(part.take(rows).at(tau2), criterion)

    f, g, a, b = brackets.at_b
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        start = search.expected_root(brackets.at_a, brackets.at_b, brackets.a, brackets.b)
        ratio = g / f
    seen = Seen(brackets.b, ratio - 1.0, ratio * (2.0 / a - 1.0 / b))
    return increasing_root(equation, brackets.a, brackets.b, start, part.v_min, seen)
