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

from synthesis.pooling.kernel.effects import Array, Mask, Rows
from synthesis.pooling.kernel.model import LinearModel, Projection
from synthesis.pooling.kernel.newton import Seen, increasing_root

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
    tau2.
    """

    trace: Callable[[Projection], Array]
    trace_slope: Callable[[Projection], Array]
    value: Callable[[Projection, LinearModel], Array]
    count: Callable[[LinearModel], Array]


FULL = Criterion(
    lambda at: at.trace_w,
    lambda at: at.trace_ww,
    lambda at, model: loglik_ml(at, model.k),
    lambda model: model.k,
)
RESTRICTED = Criterion(
    lambda at: at.trace_p,
    lambda at: at.trace_pp,
    lambda at, model: loglik_reml(at, model.df),
    lambda model: model.df,
)


_NARROW = 1.0 + 2.0**-10
_MARGIN = 1.01
_PAST_ESTIMATE = 1.3  # beyond a first estimate by this factor the score is mostly negative
_SHORT_OF_ROOT = 0.95  # a split here, short of the expected root, leaves a positive score on its left
_TINY = 1e-300  # squares of residuals that underflow mean a negative score


@dataclass(frozen=True)
class _Intervals:
    """m intervals [a, b] of tau2, each of one data set.

    at_a, at_b: log f, log g (times v_min, which leaves no unit), A and B at the ends, shape (4, m).
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


def maximise(model: LinearModel, criterion: Criterion) -> Array:
    """The tau2 >= 0 with the largest likelihood, shape (n,); every data set needs df >= 1."""
    upper = _upper_bound(model, criterion)
    best = np.zeros_like(upper)
    varied = np.flatnonzero(upper > 0)
    if varied.size == upper.size:
        return _best_maximum(model, criterion, upper)
    if varied.size:
        best[varied] = _best_maximum(model.take(varied), criterion, upper[varied])
    return best


def _upper_bound(model: LinearModel, criterion: Criterion) -> Array:
    """A tau2 beyond which the score is negative; zero when all residuals are zero.

    y'PPy <= SS / tau2^2 with SS the unweighted residual sum of squares, and g >= count / (v_max + tau2), so
    that it is where tau2^2 > s (v_max + tau2) with s = SS / count, and so above s + sqrt(s v_max).
    """
    s = model.unweighted.ypy / criterion.count(model)
    return _MARGIN * (s + np.sqrt(s * model.v_max))


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
    at_boundary, rows, tau2 = np.ones(upper.size, dtype=bool), varied[:0], upper[:0]
    if varied.size:
        at_boundary[varied], inner, tau2 = _maxima(model.take(varied), criterion, upper[varied])
        rows = varied[inner]
    zeros = np.flatnonzero(at_boundary)
    return np.concatenate([zeros, rows]), np.concatenate([np.zeros(zeros.size), tau2])


def _maxima(model: LinearModel, criterion: Criterion, upper: Array) -> tuple[Mask, Rows, Array]:
    """Whether tau2 = 0 is a local maximum, (n,), and the data sets and tau2 of all others."""
    at_zero = _curve(model, model.at_zero, criterion)
    brackets = _isolate(model, criterion, _first_intervals(model, criterion, at_zero, upper))
    return at_zero[0] <= at_zero[1], brackets.rows, _climb(model, criterion, brackets)


def _curve(model: LinearModel, projection: Projection, criterion: Criterion) -> Array:
    """log f and log g, both times v_min, A and B, shape (4, n)."""
    f, g = np.maximum(projection.yppy, _TINY), criterion.trace(projection)
    curve = np.empty((4, f.size))
    np.log(f * model.v_min, out=curve[0])
    np.log(g * model.v_min, out=curve[1])
    np.divide(f, np.maximum(projection.ypppy, _TINY), out=curve[2])
    np.divide(g, criterion.trace_slope(projection), out=curve[3])
    return curve


def _first_intervals(model: LinearModel, criterion: Criterion, at_zero: Array, upper: Array) -> _Intervals:
    """[0, m], and [m, upper] unless the score is proven negative from m on.

    m is somewhat beyond the moment estimate.
    """
    m = _PAST_ESTIMATE * (model.at_zero.ypy - model.df) / model.at_zero.trace_p
    m = np.where((m > 0) & (m < upper), m, upper)
    at_m = _curve(model, model.at(m), criterion)
    intervals = _Intervals(np.arange(m.size), np.zeros_like(m), m, at_zero, at_m)
    more = np.flatnonzero((m < upper) & ~_negative_beyond(at_m, model.v_max + m))
    if not more.size:
        return intervals
    beyond, end = model.take(more), upper[more]
    at_end = _curve(beyond, beyond.at(end), criterion)
    return intervals.then(_Intervals(more, m[more], end, at_m.take(more, axis=1), at_end))


def _negative_beyond(at: Array, largest: Array) -> Mask:
    """Whether the score is negative at some tau2 and proven to stay so; largest is v_max + tau2.

    At tau2 + s, f has fallen to f L^2 / (L + s)^2 at most, as eigenvalues of P are 1 / (L + s) at least, and
    g to g B / (B + s) at least. The quotient of the two bounds is largest at s = L - 2 B, or at zero.
    """
    b = np.minimum(at[3], 0.5 * largest)
    negative: Mask = at[0] - at[1] < np.log(4.0 * (b / largest) * (1.0 - b / largest))
    return negative


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
    """Whether each interval is proven to hold one crossing at most, or is too narrow to matter."""
    v_min, width = model.v_min[s.rows], s.b - s.a
    decided: Mask = _falls_where_zero(s, width) | (s.at_a[2] + width > 2.0 * s.at_b[3])
    wide = (s.b + v_min > _NARROW * (s.a + v_min)) & np.isfinite(s.at_a).all(axis=0)
    decided |= ~wide  # as is what no number tells apart: squares beyond the largest
    decided |= _stays_negative(s, width)
    return decided


def _falls_where_zero(s: _Intervals, width: Array) -> Mask:
    """Whether the score is proven positive up to some point of each interval, and A < 2 B from there on.

    With f falling to f A^2 / (A + t)^2 at least and g to g B / (B + t) at most, t from the left end. The
    quotient of these rises first and falls then, if it rises at all: what is positive at both ends is so
    between them.
    """
    late = np.maximum(s.at_b[2] - width - 2.0 * s.at_a[3], 0.0)
    b = np.maximum(s.at_b[3] - width, s.at_a[3])
    lost = 2.0 * np.log1p(late / s.at_a[2]) - np.log1p(late / b)
    positive = s.at_a[0] - s.at_a[1] > np.maximum(lost, 0.0)
    falls: Mask = (late == 0.0) | positive
    return falls


def _stays_negative(s: _Intervals, width: Array) -> Mask:
    """Whether the end tangents of log g, which is convex and falls, meet above the chord of log f."""
    (f_a, g_a, _, b_a), (f_b, g_b, _, b_b) = s.at_a, s.at_b
    bend = 1.0 / b_a - 1.0 / b_b
    from_a = np.divide(g_a - g_b - width / b_b, bend, out=np.zeros_like(bend), where=bend > 0)
    chord = f_a + (f_b - f_a) * (from_a / width)
    negative: Mask = (g_a > f_a) & (g_b > f_b) & (g_a - from_a / b_a > chord)
    return negative


def _split(model: LinearModel, criterion: Criterion, s: _Intervals) -> _Intervals:
    """Each interval in two, just short of the root that interpolation expects or halfway on a log scale."""
    v_min = model.v_min[s.rows]
    low, high = s.a + v_min, s.b + v_min
    quarter = np.sqrt(np.sqrt(high / low))
    near_root = s.a + _SHORT_OF_ROOT * (_expected_root(s) - s.a) + v_min
    middle = np.where(s.turn, np.clip(near_root, low * quarter, high / quarter), low * quarter**2)
    middle -= v_min
    part = model.take(s.rows)
    at_middle = _curve(part, part.at(middle), criterion)
    left = _Intervals(s.rows, s.a, middle, s.at_a, at_middle)
    return left.then(_Intervals(s.rows, middle, s.b, at_middle, s.at_b))


def balance(at: Projection, criterion: Criterion) -> tuple[Array, Array]:
    """g / f - 1, which is negative where the likelihood rises, and its derivative by tau2; shape (n,)."""
    f, g = np.maximum(at.yppy, _TINY), criterion.trace(at)
    return g / f - 1.0, (2.0 * g * at.ypppy - criterion.trace_slope(at) * f) / (f * f)


def _climb(model: LinearModel, criterion: Criterion, brackets: _Intervals) -> Array:
    """The root of the score in each bracket, by Newton on `balance`, which is nearly linear in tau2."""
    part = model.take(brackets.rows)

    def equation(tau2: Array, rows: Rows) -> tuple[Array, Array]:
        return balance(part.take(rows).at(tau2), criterion)

    start = _expected_root(brackets)
    log_f, log_g, a, b = brackets.at_b
    ratio = _quotient(log_f, log_g)
    seen = Seen(brackets.b, ratio - 1.0, ratio * (2.0 / a - 1.0 / b))
    return increasing_root(equation, brackets.a, brackets.b, start, part.v_min, seen)


def _quotient(log_f: Array, log_g: Array) -> Array:
    """g / f."""
    with np.errstate(over="ignore"):
        return np.exp(log_g - log_f)


def _expected_root(s: _Intervals) -> Array:
    """Inverse cubic interpolation of tau2 at g / f = 1, or linear where that leaves the interval."""
    h_a, h_b = _quotient(*s.at_a[:2]), _quotient(*s.at_b[:2])
    width, rise = s.b - s.a, h_b - h_a
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        x = (1.0 - h_a) / rise
        from_a = rise / (h_a * (2.0 / s.at_a[2] - 1.0 / s.at_a[3]))
        from_b = rise / (h_b * (2.0 / s.at_b[2] - 1.0 / s.at_b[3]))
        share = x * x * (3.0 - 2.0 * x) + x * (1.0 - x) * ((1.0 - x) * from_a - x * from_b) / width
    inside = (share > 0.0) & (share < 1.0)
    return s.a + width * np.where(inside, share, x)
