"""Sums of f(j) over j = 0, ..., n - 1 for smooth f, at few points: what rising factorials are made of.

From some j on, blocks that double in length are summed by the Gauss rule of their discrete uniform measure,
whose polynomials are Chebyshev's (Gautschi 2004, section 1.5.2). For log(a + j phi) with a, phi >= 0, which
is analytic right of j = -a / phi, twelve points a block leave nothing but rounding.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from synthesis.pooling.kernel.effects import Array

_ONE_BY_ONE = 16
_POINTS = 12


@dataclass(frozen=True, eq=False)
class RisingSums:
    """Sums of log(a + j phi) over j < n for m counts n; points, weights: (m, T), weight 0 as padding."""

    points: Array
    weights: Array

    @classmethod
    def of(cls, counts: Array) -> RisingSums:
        """For whole numbers, shape (m,)."""
        rules = [_rule(int(n)) for n in counts]
        most = max(points.size for points, _ in rules)
        points, weights = np.zeros((len(rules), most)), np.zeros((len(rules), most))
        for row, (at, weight) in enumerate(rules):
            points[row, : at.size], weights[row, : at.size] = at, weight
        return cls(points, weights)

    def together(self) -> RisingSums:
        """The sum of all, as one: m = 1, each point once."""
        points, place = np.unique(self.points, return_inverse=True)
        weights = np.bincount(place.ravel(), self.weights.ravel()).astype(float)
        return RisingSums(points[None], weights[None])

    def at(self, a: float, phi: float) -> tuple[Array, Array, Array]:
        """Values (m,), gradients (m, 2) by a and phi, and Hessians (m, 2, 2); a > 0."""
        t, base = self.points, a + self.points * phi
        first = self.weights / base
        second, moment = first / base, first * t
        beside = moment / base
        value = (self.weights * np.log(base)).sum(axis=1)
        gradient = np.array([first.sum(axis=1), moment.sum(axis=1)]).T
        mixed = beside.sum(axis=1)
        hessian = np.array([second.sum(axis=1), mixed, mixed, (beside * t).sum(axis=1)])
        return value, gradient, -hessian.T.reshape(-1, 2, 2)


@cache
def _rule(n: int) -> tuple[Array, Array]:
    """Points and weights of a sum over j < n."""
    points, weights = [np.arange(float(min(n, _ONE_BY_ONE)))], [np.ones(min(n, _ONE_BY_ONE))]
    start = _ONE_BY_ONE
    while start < n:
        size = min(start, n - start)
        at, weight = _block(size)
        points.append(start + at)
        weights.append(weight)
        start += size
    return np.concatenate(points), np.concatenate(weights)


@cache
def _block(size: int) -> tuple[Array, Array]:
    """The Gauss rule of a sum over 0, ..., size - 1, from the recurrence of Chebyshev's polynomials."""
    if size <= _POINTS:
        return np.arange(float(size)), np.ones(size)
    n = np.arange(1.0, _POINTS)
    beside = 0.5 * size * n * np.sqrt((1.0 - (n / size) ** 2) / (4.0 * n * n - 1.0))
    values, vectors = np.linalg.eigh(np.diag(beside, 1) + np.diag(beside, -1))
    return values + 0.5 * (size - 1.0), size * vectors[0] ** 2
