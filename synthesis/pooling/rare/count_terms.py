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

_HELD = 4_000_000  # numbers of a table of probabilities at once


class CountTerms(Protocol):
    """Counts of which each has a linear predictor eta, on an axis of n counts."""

    def at(self, eta: Array) -> tuple[Array, Array, Array]:
        """Log-probability, slope and curvature; eta: shape (n, N)."""
        ...

    @property
    def highest(self) -> Array:
        """The largest log-probability that any eta gives, infinite ones too, shape (n,)."""
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

    @property
    def highest(self) -> Array:
        """The largest log-probability that any eta gives, infinite ones too, shape (n,)."""
        share = self.events / self.size
        likely = xlogy(self.events, share) + xlogy(self.size - self.events, 1.0 - share)
        return np.asarray(self._constant + likely)

    @cached_property
    def _constant(self) -> Array:
        y, m = self.events, self.size
        return np.asarray(gammaln(m + 1.0) - gammaln(y + 1.0) - gammaln(m - y + 1.0))


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

    @property
    def highest(self) -> Array:
        """The largest log-probability that any eta gives, infinite ones too, shape (n,)."""
        y = self.events
        return np.asarray(xlogy(y, y) - y - self._constant)

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
        weights = _log_choose(first[:, None], held) + _log_choose(second[:, None], total[:, None] - held)
        return cls(events, held, np.where(inside, weights, -np.inf))

    def at(self, eta: Array) -> tuple[Array, Array, Array]:
        """Log-probability, slope and curvature; eta: shape (n, N)."""
        value, mean, variance = (np.empty_like(eta) for _ in range(3))
        step = max(1, _HELD // (eta.shape[1] * self.possible.shape[1]))
        for start in range(0, len(eta), step):
            part = slice(start, start + step)
            value[part], mean[part], variance[part] = self._moments(eta[part], part)
        y = self.events[:, None]
        return y * eta + self._chosen[:, None] - value, y - mean, -variance

    @property
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

    @cached_property
    def _chosen(self) -> Array:
        rows = np.arange(self.events.size)
        at = (self.events - self.possible[:, 0]).astype(np.intp)
        return np.asarray(self.weights[rows, at])


def _log_choose(n: Array, u: Array) -> Array:
    return np.asarray(gammaln(n + 1.0) - gammaln(u + 1.0) - gammaln(n - u + 1.0))
