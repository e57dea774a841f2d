"""Log-probabilities of counts as functions of a linear predictor, with their first two derivatives.

Every one is concave. Constants are kept, so that log-likelihoods of different models can be compared.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
from scipy.special import gammaln, xlogy

from synthesis.pooling.kernel.effects import Array
from synthesis.pooling.rare.log_choose import log_choose

_HELD = 4_000_000  # numbers of a table of probabilities at once
_SMOOTH = 0.36  # of eta, where poles are i pi away
_FEW = 64  # possible events, up to which all are summed
_LOST = 600.0  # of logarithms of weights
_DROP = 40.0  # of a log-probability below the likeliest, where sums of many events end
_OF_SD = 0.65  # a stride of such sums, of their deviation where that is smallest
_GONE = 60.0  # of a log-probability below its highest: nothing is left


class CountTerms(Protocol):
    """Counts of which each has a linear predictor eta, on an axis of n counts."""

    def at(self, eta: Array) -> tuple[Array, Array, Array]:
        """Log-probability, slope and curvature; eta: shape (n, N)."""
        ...

    def logs(self, theta: Array) -> Array:
        """Log-probabilities where all predictors are the same; theta: (N,), found: (n, N)."""
        ...

    @property
    def scale(self) -> float:
        """A step of eta on which the trapezoidal rule leaves rounding, where nothing else is narrower."""
        ...

    @property
    def highest(self) -> Array:
        """The largest log-probability that any eta gives, infinite ones too, shape (n,)."""
        ...

    @property
    def area(self) -> Array:
        """At least the logarithm of the integral of the probability over all eta, shape (n,)."""
        ...

    @property
    def typical(self) -> Array:
        """About the negative curvature where the log-probability is highest, shape (n,)."""
        ...

    @property
    def sharpest(self) -> Array:
        """The largest negative curvature, wherever the probability is above e^-60 of its highest, (n,)."""
        ...


@dataclass(frozen=True, eq=False)
class BinomialTerms:
    """events of size, each with probability expit(eta + offset); shape (n,)."""

    events: Array
    size: Array
    offset: Array

    def at(self, eta: Array) -> tuple[Array, Array, Array]:
        """Log-probability, slope and curvature; eta: shape (n, N)."""
        y, m, eta = self.events[:, None], self.size[:, None], eta + self.offset[:, None]
        small = np.exp(-np.abs(eta))  # one exponential for the probability, its rest and the logarithm
        large = 1.0 / (1.0 + small)
        p = np.where(eta > 0, large, small * large)
        value = self._constant[:, None] + y * eta - m * (np.maximum(eta, 0.0) + np.log1p(small))
        return value, y - m * p, -m * small * large * large

    def logs(self, theta: Array) -> Array:
        """Log-probabilities where all predictors are the same; theta: (N,), found: (n, N)."""
        y, m, eta = self.events[:, None], self.size[:, None], theta + self.offset[:, None]
        value = np.log1p(np.exp(-np.abs(eta)))
        value += np.maximum(eta, 0.0)
        value *= -m
        value += y * eta
        value += self._constant[:, None]
        return value

    @property
    def scale(self) -> float:
        """The probability has its poles at i pi."""
        return _SMOOTH

    @cached_property
    def highest(self) -> Array:
        """The largest log-probability that any eta gives, infinite ones too, shape (n,)."""
        share = self.events / self.size
        likely = xlogy(self.events, share) + xlogy(self.size - self.events, 1.0 - share)
        return np.asarray(self._constant + likely)

    @property
    def area(self) -> Array:
        """The logarithm of the integral over all eta, a beta function: m / (y (m - y)); shape (n,)."""
        with np.errstate(divide="ignore"):
            return np.asarray(-np.log(self.typical))

    @cached_property
    def typical(self) -> Array:
        """The negative curvature where the log-probability is highest, shape (n,)."""
        return np.asarray(self.events * (self.size - self.events) / self.size)

    @cached_property
    def sharpest(self) -> Array:
        """The largest negative curvature, shape (n,)."""
        return 0.25 * self.size

    @cached_property
    def _constant(self) -> Array:
        return log_choose(self.size, self.events)


@dataclass(frozen=True, eq=False)
class PoissonTerms:
    """events with mean exp(eta + offset); shape (n,)."""

    events: Array
    offset: Array

    def at(self, eta: Array) -> tuple[Array, Array, Array]:
        """Log-probability, slope and curvature; eta: shape (n, N)."""
        y, eta = self.events[:, None], eta + self.offset[:, None]
        with np.errstate(over="ignore"):
            mean = np.exp(eta)
        value = y * eta - mean - self._constant[:, None]
        return value, y - mean, -mean

    def logs(self, theta: Array) -> Array:
        """Log-probabilities where all predictors are the same; theta: (N,), found: (n, N)."""
        return self.at(np.broadcast_to(theta, (self.events.size, theta.size)))[0]

    @property
    def scale(self) -> float:
        """From i pi / 2 on the probability grows without bound."""
        return 0.5 * _SMOOTH

    @cached_property
    def highest(self) -> Array:
        """The largest log-probability that any eta gives, infinite ones too, shape (n,)."""
        y = self.events
        return np.asarray(xlogy(y, y) - y - self._constant)

    @property
    def area(self) -> Array:
        """The logarithm of the integral over all eta, a gamma function: 1 / y; shape (n,)."""
        with np.errstate(divide="ignore"):
            return np.asarray(-np.log(self.events))

    @cached_property
    def typical(self) -> Array:
        """The negative curvature where the log-probability is highest, shape (n,)."""
        return self.events

    @cached_property
    def sharpest(self) -> Array:
        """The largest negative curvature, wherever the probability is above e^-60 of its highest, (n,).

        A mean of y + d leaves d - y log(1 + d / y) >= d^2 / (2 y + 4 d / 3), here 60 or more.
        """
        return self.events + np.sqrt(2.0 * _GONE * self.events) + 4.0 / 3.0 * _GONE

    @cached_property
    def _constant(self) -> Array:
        return np.asarray(gammaln(self.events + 1.0))


@dataclass(frozen=True, eq=False)
class HypergeometricTerms:
    """events of group 1 given those of both groups, with log odds ratio eta (Fisher's noncentral one).

    weights: log C(n1, u) C(n2, m - u) of the possible events u, padded with -inf, shape (n, U); possible: u.
    """

    events: Array
    possible: Array
    weights: Array

    @classmethod
    def of(cls, events: Array, first: Array, second: Array, total: Array) -> HypergeometricTerms:
        """events of `total` in group 1 of `first` persons, beside group 2 of `second`; each shape (n,)."""
        low, high = np.maximum(0.0, total - second), np.minimum(first, total)
        u = low[:, None] + np.arange(int((high - low).max()) + 1)
        inside = u <= high[:, None]
        held = np.where(inside, u, low[:, None])
        weights = log_choose(first[:, None], held) + log_choose(second[:, None], total[:, None] - held)
        return cls(events, held, np.where(inside, weights, -np.inf))

    def at(self, eta: Array) -> tuple[Array, Array, Array]:
        """Log-probability, slope and curvature; eta: shape (n, N)."""
        value, mean, variance = (np.empty_like(eta) for _ in range(3))
        of_row = self.possible.shape[1] if self._few else 2 * self._reach + 1
        step = max(1, _HELD // (eta.shape[1] * of_row))
        for start in range(0, len(eta), step):
            part = slice(start, start + step)
            moments = self._moments if self._few else self._moments_near
            value[part], mean[part], variance[part] = moments(eta[part], part)
        y = self.events[:, None]
        return y * eta + self._chosen[:, None] - value, y - mean, -variance

    def logs(self, theta: Array) -> Array:
        """Log-probabilities where all predictors are the same; theta: (N,), found: (n, N)."""
        if not self._few:
            return self.at(np.broadcast_to(theta, (self.events.size, theta.size)))[0]
        upwards, downwards, top = self._relative
        power = np.exp(-np.abs(theta) * np.arange(upwards.shape[1])[:, None])
        total = np.where(theta > 0.0, downwards @ power, upwards @ power)
        low, high = self.possible[:, 0], self.possible.max(axis=1)
        nearest = np.where(theta > 0.0, high[:, None], low[:, None])  # the likeliest far out
        return (self.events[:, None] - nearest) * theta + (self._chosen - top)[:, None] - np.log(total)

    @cached_property
    def _few(self) -> bool:
        """Whether all possible events of a study are summed, as no weight is lost beside the others."""
        least = np.where(np.isfinite(self.weights), self.weights, np.inf).min(axis=1)
        return self.possible.shape[1] <= _FEW and float((self.weights.max(axis=1) - least).max()) < _LOST

    @cached_property
    def _relative(self) -> tuple[Array, Array, Array]:
        """Weights of the largest one from the least event up and from the most down, and its logarithm."""
        top = self.weights.max(axis=1)
        upwards = np.exp(self.weights - top[:, None])
        count = np.isfinite(self.weights).sum(axis=1)
        place = count[:, None] - 1 - np.arange(upwards.shape[1])
        downwards = np.where(place >= 0, np.take_along_axis(upwards, np.maximum(place, 0), axis=1), 0.0)
        return upwards, downwards, top

    @property
    def scale(self) -> float:
        """As of sums of independent events, the probability has its poles at i pi beside the real axis."""
        return _SMOOTH

    @cached_property
    def highest(self) -> Array:
        """The largest log-probability that any eta gives, infinite ones too, shape (n,)."""
        low, high = self.possible[:, 0], self.possible.max(axis=1)
        edge = (self.events == low) | (self.events == high)
        eta = np.zeros((self.events.size, 1))
        for _ in range(200):
            _, slope, curve = self.at(eta)
            step = np.where(edge[:, None], 0.0, slope / np.where(curve < 0, -curve, 1.0))
            eta = eta + np.clip(step, -1.0, 1.0)
            if np.abs(step).max() < 1e-12:
                break
        return np.where(edge, 0.0, self.at(eta)[0][:, 0])

    @cached_property
    def area(self) -> Array:
        """At least the logarithm of the integral over all eta, shape (n,); infinite at an end of the events.

        Of all possible events only those with one more and one less are kept beside them, with weights a and
        b of theirs: the integral of 1 / (1 + a t + b / t) by log t is one of 1 / (a t^2 + t + b) by t.
        """
        count = np.isfinite(self.weights).sum(axis=1)
        place = (self.events - self.possible[:, 0]).astype(np.intp)
        inside = (place > 0) & (place < count - 1)
        rows, place = np.flatnonzero(inside), place[inside]
        beside = self.weights[rows, place - 1] + self.weights[rows, place + 1]
        d = 1.0 - 4.0 * np.exp(beside - 2.0 * self.weights[rows, place])
        root = np.sqrt(d.astype(complex))
        found = np.full(count.size, np.inf)
        with np.errstate(invalid="ignore"):
            found[inside] = np.log((2.0 * np.arctanh(root) / root).real)
        return found

    @cached_property
    def typical(self) -> Array:
        """At least the negative curvature where the log-probability is highest, shape (n,)."""
        low, high = self.possible[:, 0], self.possible.max(axis=1)
        return np.asarray((self.events - low) * (high - self.events) / (high - low))

    @cached_property
    def sharpest(self) -> Array:
        """The largest negative curvature, shape (n,): events are a sum of high - low independent ones."""
        return np.asarray(0.25 * (self.possible.max(axis=1) - self.possible[:, 0]))

    def _moments(self, eta: Array, part: slice) -> tuple[Array, Array, Array]:
        """Log of the sum over possible events, and their mean and variance."""
        u = self.possible[part][:, None, :]
        log = self.weights[part][:, None, :] + eta[..., None] * u
        top = log.max(axis=2, keepdims=True)
        share = np.exp(log - top)
        total = share.sum(axis=2, keepdims=True)
        share /= total
        mean = (share * u).sum(axis=2)
        variance = (share * (u - mean[..., None]) ** 2).sum(axis=2)
        return (top + np.log(total))[..., 0], mean, variance

    def _moments_near(self, eta: Array, part: slice) -> tuple[Array, Array, Array]:
        """The same from the events near the likeliest, in strides that a smooth sum allows."""
        weights, bend = self.weights[part], self._bend[part]
        count = np.isfinite(weights).sum(axis=1)[:, None]
        likeliest = np.array(
            [np.searchsorted(-np.diff(weights[i, : count[i, 0]]), eta[i]) for i in range(len(eta))]
        )
        first = np.maximum(likeliest - self._reach, 0)
        last = np.minimum(likeliest + self._reach, count - 1)
        rows = np.arange(len(eta))[:, None]
        narrowest = 1.0 / np.sqrt(np.maximum(bend[rows, first], bend[rows, last]))
        stride = np.maximum((_OF_SD * narrowest).astype(np.intp), 1)
        steps = np.arange(int(((last - first) // stride).max()) + 1)
        at = first[..., None] + stride[..., None] * steps
        inside = at <= last[..., None]
        at = np.minimum(at, last[..., None])
        u = at + self.possible[part, :1, None]
        log = np.where(inside, weights[rows[..., None], at] + eta[..., None] * u, -np.inf)
        top = log.max(axis=2, keepdims=True)
        share = np.exp(log - top)
        total = share.sum(axis=2)
        mean = (share * u).sum(axis=2) / total
        variance = (share * (u - mean[..., None]) ** 2).sum(axis=2) / total
        return top[..., 0] + np.log(total * stride), mean, variance

    @cached_property
    def _bend(self) -> Array:
        """Negative second differences of the weights, those of the ends as beside them, (n, U)."""
        with np.errstate(invalid="ignore"):
            bend = -np.diff(self.weights, n=2, axis=1, prepend=np.nan, append=np.nan)
        return np.where(np.isfinite(bend), bend, 1.0)

    @cached_property
    def _reach(self) -> int:
        """How far from the likeliest events nothing is left: no probability is flatter than its middle."""
        return int(np.ceil(np.sqrt(2.0 * _DROP / self._bend.min())))

    @cached_property
    def _chosen(self) -> Array:
        rows = np.arange(self.events.size)
        at = (self.events - self.possible[:, 0]).astype(np.intp)
        return np.asarray(self.weights[rows, at])
