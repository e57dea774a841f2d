"""The Henmi-Copas interval: the fixed-effect mean, with a distribution that allows for heterogeneity.

Henmi & Copas 2010. With w = 1 / v, W_j = sum w^j and a = W_2 / W_1, the mean weighted by w has variance
(1 + tau2 a) / W_1. U is its error divided by that standard error at the DerSimonian-Laird tau2, whose own
error the distribution of U carries: R = sqrt(W_1) (mean - mu) is normal, Q given R is taken as gamma with
its exact first two moments, and U > u when R > u and Q is small enough. The moments are those of a
quadratic form of normal variables.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import numpy as np
from numpy.polynomial import Chebyshev
from scipy import special

from synthesis.pooling.kernel.effects import Array, Rows
from synthesis.pooling.kernel.model import LinearModel
from synthesis.pooling.kernel.newton import increasing_root
from synthesis.pooling.kernel.parts import parts_of
from synthesis.pooling.kernel.sums import row_dot, row_sum
from synthesis.pooling.mean.inference import normal_quantile

_NODES, _NODE_WEIGHTS = np.polynomial.legendre.leggauss(16)
_BEYOND = 120.0  # x^2 - s^2 where the integral ends: the normal density has fallen by exp(-60)
_SMALLEST = 1e-9  # a statistic below this many standard errors has a two-sided p of one to as many digits
_SOLVED = 1e-6  # relative error of a tail beyond which a quantile was not found
_DEGREES = (16, 32, 64)  # of a polynomial in place of roots: as few as its last coefficients show enough
_MANY = 200  # roots, of which the largest polynomial is cheaper
_VANISHED = 1e-13  # last coefficients of a polynomial, relative, below which rounding alone is left


@dataclass(frozen=True)
class HenmiCopas:
    """The distribution of U for n data sets of two studies or more; every attribute has shape (n,).

    k: studies. spread: standard deviation of R. room: W_1^2 / W_2 - 1. mean, mean_slope, variance and
    variance_slope: moments of Q given R, as mean + mean_slope (x^2 - 1) and variance + variance_slope (x^2
    - 1) with x = R / spread. of_spread: where all data sets have the same variances, and so differ by tau2
    alone, the distribution at other spreads, (m,).
    """

    k: Array
    spread: Array
    room: Array
    mean: Array
    mean_slope: Array
    variance: Array
    variance_slope: Array
    of_spread: Callable[[Array], HenmiCopas] | None = None
    _known: dict[float, Array] = field(default_factory=dict)

    @property
    def df(self) -> Array:
        """nan: the distribution is neither normal nor t."""
        return np.full((self.k.size, 1), np.nan)

    def quantile(self, level: float) -> Array:
        """The u that |U| exceeds with probability 1 - level, (n, 1); nan with fewer than two studies."""
        if level not in self._known:  # the mean and a prediction ask for the same
            found = np.full(self.k.size, np.nan)
            rows = np.flatnonzero(np.isfinite(self.spread) & (self.k > 1))
            if rows.size:
                part = self._take(rows)
                smooth = part._by_polynomial(level) if rows.size > _MANY else None
                found[rows] = part._by_root(level) if smooth is None else smooth
            self._known[level] = found[:, None]
        return self._known[level]

    def _by_polynomial(self, level: float) -> Array | None:
        """Quantiles (n,) of data sets that differ by tau2 alone, as a smooth function of log(spread).

        None where they differ otherwise, or where no polynomial of these degrees is right to rounding.
        """
        if self.of_spread is None:
            return None
        at, others = np.log(self.spread), self.of_spread
        if np.ptp(at) == 0.0:
            return np.repeat(others(self.spread[:1])._by_root(level), at.size)
        for degree in _DEGREES:
            found = Chebyshev.interpolate(
                lambda x: others(np.exp(x))._by_root(level), degree, [at.min(), at.max()]
            )
            if np.abs(found.coef[-3:]).max() <= _VANISHED * abs(found.coef[0]):
                return np.asarray(found(at))
        return None

    def _by_root(self, level: float) -> Array:
        """Quantiles (n,) of data sets of two studies or more."""
        tail = 0.5 * (1.0 - level)
        high = np.full(self.k.size, normal_quantile(level))
        unit = high / np.maximum(self.spread, 1.0)

        def equation(s: Array, chosen: Rows) -> tuple[Array, Array]:
            value, slope = self._take(chosen)._tail(s)
            return np.log(tail / value), slope / value

        root = increasing_root(equation, _SMALLEST * unit, high, unit, unit)
        with np.errstate(all="ignore"):
            reached = np.abs(self._tail(root)[0] - tail) <= _SOLVED * tail
        return np.where(reached, root * self.spread, np.nan)

    def p_value(self, statistic: Array) -> Array:
        """P(|U| >= |statistic|), (n, 1) -> (n, 1); nan with fewer than two studies."""
        s = np.abs(statistic[:, 0]) / self.spread
        p = np.full(s.shape, np.nan)
        rows = np.flatnonzero(np.isfinite(s) & (self.k > 1))
        if rows.size:
            least = _SMALLEST / np.maximum(self.spread[rows], 1.0)
            p[rows] = 2.0 * self._take(rows)._tail(np.maximum(s[rows], least))[0]
        return p[:, None]

    def _take(self, rows: Rows | slice) -> HenmiCopas:
        k, spread, room, mean, mean_slope, variance, variance_slope = (
            values[rows] for values in self._arrays
        )
        return HenmiCopas(k, spread, room, mean, mean_slope, variance, variance_slope, self.of_spread)

    @property
    def _arrays(self) -> tuple[Array, ...]:
        return (
            self.k,
            self.spread,
            self.room,
            self.mean,
            self.mean_slope,
            self.variance,
            self.variance_slope,
        )

    def _tail(self, s: Array) -> tuple[Array, Array]:
        """P(U > s * spread) and minus its derivative in s, shape (n,).

        Over x = s exp(t), where both the scale of s and that of the normal density are of order one. The
        gamma distribution passes from zero to one within about 1 / sqrt(k) of t.
        """
        length = 0.5 * np.log1p(_BEYOND / (s * s))
        panels = int(np.ceil((length * (2.0 + np.sqrt(self.k))).max()))
        parts = [
            self._take(part)._integrals(s[part], length[part], panels)
            for part in parts_of(s.size, panels * _NODES.size)
        ]
        tail, slope = np.concatenate(parts, axis=1)
        return tail, slope

    def _integrals(self, s: Array, length: Array, panels: int) -> Array:
        places = (np.arange(panels)[:, None] + 0.5 * (_NODES + 1.0)).ravel() / panels
        step = np.tile(0.5 * _NODE_WEIGHTS / panels, panels) * length[:, None]
        stretch = np.exp(2.0 * length[:, None] * places)
        square = (s * s)[:, None] * stretch
        mass = step * np.sqrt(square) * _normal_density(square)
        mean = self.mean[:, None] + self.mean_slope[:, None] * (square - 1.0)
        variance = self.variance[:, None] + self.variance_slope[:, None] * (square - 1.0)
        shape, scale = mean * mean / variance, variance / mean
        room = self.room[:, None] * stretch
        q = (self.k - 1.0 - self.room)[:, None] + room
        cdf = special.gammainc(shape, q / scale)
        density = np.exp(special.xlogy(shape, q / scale) - q / scale - special.gammaln(shape)) / q
        lowest = _normal_density(s * s) * self._gamma_cdf_at_start(s)
        return np.stack([row_dot(mass, cdf), lowest + row_dot(mass, density, 2.0 * room) / s])

    def _gamma_cdf_at_start(self, s: Array) -> Array:
        mean = self.mean + self.mean_slope * (s * s - 1.0)
        variance = self.variance + self.variance_slope * (s * s - 1.0)
        return np.asarray(special.gammainc(mean * mean / variance, (self.k - 1.0) * mean / variance))


def henmi_copas(model: LinearModel, tau2: Array) -> HenmiCopas:
    """The distribution of U for a model without moderators at its DerSimonian-Laird tau2, shape (n,).

    With R given, x = R / sqrt(1 + tau2 a) and q, r the forms w'Pw / W_1 and w'PPw / W_1 at tau2 = 0,
    E(Q) = k - 1 + tau2 tr(P) + tau2^2 q / (1 + tau2 a) (x^2 - 1), and likewise for the variance.
    """
    at = model.at_zero
    w = at.weights
    total = row_sum(w)
    a = row_dot(w, w) / total
    about_a, about_b = _from_mean(w, w), _from_mean(w, w * w)
    q = row_dot(w, about_a, about_a) / total
    r = row_dot(w, w, about_a, about_a) / total
    rest = row_dot(w, w, about_b, about_b) / row_dot(w, w)
    spread2 = 1.0 + tau2 * a
    share = tau2 / spread2
    c = tau2 * share * q
    free = 2.0 * (model.df + 2.0 * tau2 * at.trace_p + tau2**2 * at.trace_pp)
    return HenmiCopas(
        model.k,
        np.sqrt(spread2),
        at.trace_p / a,
        model.df + tau2 * at.trace_p,
        c,
        free - 2.0 * c * c,
        4.0 * (c + tau2 * share * share * (r + tau2 * a * a * rest)),
        partial(_of_spread, model, a[:1]) if len(w) > _MANY and (w == w[:1]).all() else None,
    )


def _of_spread(model: LinearModel, a: Array, spread: Array) -> HenmiCopas:
    """The distribution for the variances of the first data set of a model, with its a, at spreads (m,)."""
    return henmi_copas(model.take(np.zeros(spread.size, dtype=np.intp)), (spread * spread - 1.0) / a)


def _from_mean(w: Array, shares: Array) -> Array:
    """w less its mean weighted by shares, all (n, k); exact to rounding also where one study dominates."""
    if not w.size:  # no column has a largest weight
        return w
    total = row_sum(shares)
    distance = w - (row_dot(shares, w) / total)[:, None]
    each, top = np.arange(len(w)), w.argmax(axis=1)
    distance[each, top] = row_dot(shares, w[each, top][:, None] - w) / total
    return distance


def _normal_density(square: Array) -> Array:
    return np.asarray(np.exp(-0.5 * square) / np.sqrt(2.0 * np.pi))
