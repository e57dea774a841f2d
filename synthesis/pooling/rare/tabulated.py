"""Counts of one linear predictor each, tabulated: many means and deviations of it cost a matrix product.

A study's likelihood is the integral of f(theta) over a normal theta. On a lattice of theta the trapezoidal
rule leaves nothing but rounding where its step is short beside the conditional deviation of theta and the
scale of f (Trefethen & Weideman 2014), so that f is needed on the lattice alone, whatever the normal one. Of
deviations so small that f is hardly bent the rule of Gauss and Hermite has few points.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from synthesis.pooling.kernel.climbing import Point
from synthesis.pooling.kernel.effects import Array, Mask
from synthesis.pooling.rare.count_terms import CountTerms

_LEAST_SPREAD = 0.01  # below it moments of theta lose digits of derivatives
_OF_SD = 0.65  # a step, of the conditional deviation of theta
_FINEST = 9  # halvings of the step
_WIDE = 4.5  # tau, from which on lattices reach too far to be used for smaller ones
_REACH = 9.3  # deviations of a normal density, beyond which nothing is left of most products
_WIDER = 0.5  # of a lattice, on a side where something is
_WIDENINGS = 10
_EDGE = 1e-17  # of an integral, that its outermost points may have
_TINY = 1e-280  # an integral beside the largest probability, below which digits are lost
_LITTLE = 0.1  # of curvature times tau^2, up to which Gauss and Hermite's points do
_HARDLY_BENT = 0.85  # of a variance that is left of one, to which those do
_NOT_FAR = 4.0  # deviations
_ROOT_2PI = float(np.sqrt(2.0 * np.pi))
_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(20)
_STEPS = 100
_GAIN = 1e-4  # of a log-likelihood, from which on a step is taken: that of a smaller one is known
_OF_LOSS = 0.02  # the same, of what a point has less than the best


@dataclass(eq=False)
class _Lattice:
    """f on multiples of a step from `first` on, of its largest value: (k, G)."""

    terms: CountTerms
    step: float
    first: int = 0
    table: Array | None = None

    def over(self, low: float, high: float) -> tuple[Array, Array]:
        """theta, (G,), and f, (k, G), from low to high."""
        start, stop = int(np.floor(low / self.step)), int(np.ceil(high / self.step)) + 1
        if self.table is None:
            self.first, self.table = start, self._between(start, stop)
        end = self.first + self.table.shape[1]
        if start < self.first or stop > end:
            parts = [self._between(start, self.first), self.table, self._between(end, stop)]
            self.table = np.concatenate(parts, axis=1)
            self.first = min(self.first, start)
        part = slice(start - self.first, stop - self.first)
        return self.step * np.arange(float(start), stop), self.table[:, part]

    def _between(self, start: int, stop: int) -> Array:
        if stop <= start:
            return np.empty((self.terms.highest.size, 0))
        theta = self.step * np.arange(float(start), stop)
        return np.exp(self.terms.logs(theta) - self.terms.highest[:, None])


@dataclass(frozen=True, eq=False)
class Tabulated:
    """k counts whose predictors are normal with mean mu and deviation tau; terms: of the counts.

    fineness: of lattices, 1 for all digits; errors are those digits' to the power of its square.
    """

    terms: CountTerms
    fineness: float = 1.0
    _lattices: dict[tuple[int, bool], _Lattice] = field(default_factory=dict)

    def moments(self, mu: Array, tau: Array, order: int) -> Array:
        """Of (theta - mu) / tau given the counts, at n pairs: shape (1 + order, k, n).

        The first row holds log-likelihoods. nan at pairs that no lattice serves.
        """
        bend = self._bend
        squared = tau * tau
        little = bend * squared <= _LITTLE
        widest = _OF_SD / np.sqrt(1.0 / np.maximum(squared, 1e-18) + bend)  # at full fineness
        level = np.maximum(np.ceil(np.log2(self.terms.scale / widest)), 0.0)
        wide = tau > _WIDE
        most = float(level.max())
        if level.min() == most <= _FINEST and not (little.any() or wide.any()):  # one lattice for all
            found, served = self._at((int(most), False), mu, tau, order)
            if served.all():
                return found
        found = np.full((1 + order, self.terms.highest.size, mu.size), np.nan)
        todo = np.full(mu.size, True)
        few = np.flatnonzero(little)
        if few.size:
            values, served = self._hermite(mu[few], tau[few], order)
            found[:, :, few[served]] = values[:, :, served]
            todo[few[served]] = False
        while (todo := todo & (level <= _FINEST)).any():
            for key in set(zip(level[todo].tolist(), wide[todo].tolist(), strict=True)):
                now = np.flatnonzero(todo & (level == key[0]) & (wide == key[1]))
                values, served = self._at((int(key[0]), key[1]), mu[now], tau[now], order)
                found[:, :, now[served]] = values[:, :, served]
                todo[now[served]] = False
            level += todo
        return found

    @cached_property
    def _bend(self) -> float:
        return float(self.terms.typical.max())

    def _hermite(self, mu: Array, tau: Array, order: int) -> tuple[Array, Mask]:
        """Moments from few points about the means, and for which pairs those are enough, (n,)."""
        log = self.terms.logs((mu[:, None] + tau[:, None] * _NODES).ravel())
        log = log.reshape(-1, mu.size, _NODES.size)
        top = log.max(axis=2, keepdims=True)
        powers = _NODES[:, None] ** np.arange(1 + order) * _WEIGHTS[:, None]
        found = np.moveaxis(np.exp(log - top) @ powers, 2, 0)
        found[1:] /= found[0]
        found[0] = np.log(found[0]) + top[..., 0] - 0.5 * np.log(2.0 * np.pi)
        served = (found[2] - found[1] ** 2 > _HARDLY_BENT) & (np.abs(found[1]) < _NOT_FAR)
        return found, served.all(axis=0)

    def _at(self, key: tuple[int, bool], mu: Array, tau: Array, order: int) -> tuple[Array, Mask]:
        """Moments on one lattice, and which pairs it is fine enough for, (n,)."""
        step = self.terms.scale / (2.0 ** key[0] * self.fineness)
        lattice = self._lattices.setdefault(key, _Lattice(self.terms, step))
        reach, edge = _REACH * self.fineness * tau, _EDGE**self.fineness**2
        low, high = float((mu - reach).min()), float((mu + reach).max())
        for _ in range(_WIDENINGS):
            theta, table = lattice.over(low, high)
            x = (theta[:, None] - mu) / tau
            stacked = np.empty((1 + order, *x.shape))
            np.exp(-0.5 * x * x, out=stacked[0])
            total = table @ stacked[0]
            first, last = (table[:, [end]] * stacked[0, end] > edge * total for end in (0, -1))
            beyond = bool(first.any()), bool(last.any())
            if not any(beyond):
                break
            wider = _WIDER * (high - low)
            low, high = low - wider * beyond[0], high + wider * beyond[1]
        for power in range(order):
            np.multiply(stacked[power], x, out=stacked[power + 1])
        found = np.empty((1 + order, *total.shape))
        with np.errstate(divide="ignore", invalid="ignore"):
            np.matmul(table, stacked[1:], out=found[1:])
            found[1:] /= total
            found[0] = np.log(total * (step / (_ROOT_2PI * tau))) + self.terms.highest[:, None]
            sd = tau * np.sqrt(found[2] - found[1] ** 2)
            served = (total > _TINY) & (sd >= step * self.fineness / _OF_SD)
        if any(beyond):
            served &= ~(first | last)
        return found, served.all(axis=0)

    def profile(self, tau: Array, start: Array) -> tuple[Array, Array]:
        """The highest log-likelihood at each tau > 0, (n,), and its mu, from mu (n,); nan where none serves.

        Where it is far below the highest of all it is told to a fiftieth of what it lies below it.
        """
        mu = start
        low, high = np.full(tau.size, -np.inf), np.full(tau.size, np.inf)
        for _ in range(_STEPS):
            value, first, second = self.moments(mu, tau, 2)
            height, slope = value.sum(axis=0), first.sum(axis=0) / tau
            bend = (1.0 - second + first**2).sum(axis=0) / tau**2
            with np.errstate(invalid="ignore", divide="ignore"):
                gain = 0.5 * slope**2 / bend
                best = np.where(np.isnan(height), -np.inf, height).max()
                moving = gain > np.maximum(_GAIN, _OF_LOSS * (best - height))
                if not moving.any():
                    break
                low, high = np.where(slope > 0.0, mu, low), np.where(slope < 0.0, mu, high)
                after = mu + np.clip(slope / bend, -1.0, 1.0)
                after = np.where((low < after) & (after < high), after, 0.5 * (low + high))
            mu = np.where(moving & np.isfinite(after), after, mu)
        return height + gain, mu

    def point(self, parameters: Array) -> Point | None:
        """The log-likelihood with gradient and Hessian by mu and tau; None where another way is better."""
        mu, tau = float(parameters[0]), abs(float(parameters[1]))
        if tau < _LEAST_SPREAD:
            return self._point_near(parameters)
        found = self.moments(np.array([mu]), np.array([tau]), 4)[:, :, 0]
        if np.isnan(found[0]).any():
            return None
        value, first, second, third, fourth = found.sum(axis=1).tolist()
        (one_one, one_two), (_, two_two) = (found[1:3] @ found[1:3].T).tolist()
        k, turn = found.shape[1], math.copysign(1.0, parameters[1])
        gradient = np.array([first, turn * (second - k)]) / tau
        mixed = turn * (third - one_two - 2.0 * first)
        bend = second - one_one - k, fourth - two_two - 3.0 * second + k
        hessian = np.array([[bend[0], mixed], [mixed, bend[1]]]) / tau**2
        return Point(parameters, value, gradient, hessian)

    def _point_near(self, parameters: Array) -> Point | None:
        """The same at a small tau, from slopes and curvatures of f."""
        mu, tau = parameters.tolist()
        if tau == 0.0:
            log, slope, curve = self.terms.at(np.full((self.terms.highest.size, 1), mu))
            bend = [curve.sum(), (curve + slope**2).sum()]
            return Point(parameters, float(log.sum()), np.array([slope.sum(), 0.0]), np.diag(bend))
        theta = np.broadcast_to(mu + tau * _NODES, (self.terms.highest.size, _NODES.size))
        log, slope, curve = self.terms.at(theta)
        if float(-curve.min()) * tau**2 > _LITTLE or float(np.abs(slope).max() * abs(tau)) > _NOT_FAR:
            return None
        top = log.max(axis=1, keepdims=True)
        weight = np.exp(log - top) * _WEIGHTS
        total = weight.sum(axis=1, keepdims=True)
        weight /= total
        value = float((top + np.log(total)).sum()) - 0.5 * len(log) * float(np.log(2.0 * np.pi))
        score = np.stack([slope, slope * _NODES])
        mean = (weight * score).sum(axis=2)
        hessian = np.einsum("ikn,jkn,kn->ij", score, score, weight) - mean @ mean.T
        seen = np.stack([np.ones_like(_NODES), _NODES])
        hessian += np.einsum("in,jn,kn,kn->ij", seen, seen, weight, curve)
        return Point(parameters, value, mean.sum(axis=1), hessian)
