"""Marginal likelihoods of counts with normal random effects, integrated to rounding, with exact derivatives.

A study's counts have predictors X beta + Z L u with u ~ N(0, I) and L lower triangular. Derivatives are
moments under the conditional distribution of u (Louis 1982).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import product

import numpy as np

from synthesis.pooling.kernel.climbing import Point
from synthesis.pooling.kernel.effects import Array, Mask
from synthesis.pooling.rare.count_terms import CountTerms
from synthesis.pooling.rare.proven_spread import ceilings
from synthesis.pooling.rare.tabulated import Tabulated
from synthesis.pooling.rare.tabulated_pairs import TabulatedPairs
from synthesis.pooling.rare.trapezoids import Conditional, nodes

_ROUGH = 0.66  # fineness of tables that bound and search: errors below 2e-7
_LOG_2PI = float(np.log(2.0 * np.pi))


@dataclass(frozen=True, eq=False)
class RandomCounts:
    """k studies with R counts each and q random effects.

    terms: of all k R counts, study by study; x: (k, R, p); z: (k, R, q); entries: those of L that are free,
    as (row, column). fineness: points of the integrals for each that full accuracy asks for.
    """

    terms: CountTerms
    x: Array
    z: Array
    entries: tuple[tuple[int, int], ...]
    fineness: float = 1.0

    @property
    def p(self) -> int:
        """How many coefficients there are."""
        return int(self.x.shape[2])

    def beginnings(self, coefficients: Array) -> tuple[Array, ...]:
        """Where hills are looked for: given L there is one."""
        return (coefficients,)

    def refined(self, fineness: float) -> RandomCounts:
        """The same with another number of points."""
        return replace(self, fineness=fineness)

    def lower(self, parameters: Array) -> Array:
        """L, (q, q), at parameters (beta, entries of L)."""
        found = np.zeros((self.z.shape[2],) * 2)
        found[tuple(np.transpose(self.entries))] = parameters[self.p :]
        return found

    def point(self, parameters: Array) -> Point:
        """The log-likelihood with gradient and Hessian at parameters, shape (p + entries,)."""
        k, r, _ = self.x.shape
        u, height, volume = self._points(parameters)
        eta = (self.x @ parameters[: self.p])[..., None] + self.z @ self.lower(parameters) @ u
        log, slope, curve = self._counts(eta)
        height = height + log.sum(axis=1)
        total, weight = shares(height)
        value = float((total + volume).sum())
        # Of each predictor by itself and by the entries of L, (k, R, L, N): what the counts see of them.
        shift = np.broadcast_to(np.eye(r)[:, :, None], (k, r, r, height.shape[1]))
        turn = [self.z[:, :, row, None] * u[:, None, col] for row, col in self.entries]
        seen = np.concatenate([shift, *(part[:, :, None] for part in turn)], axis=2)
        score = (slope[:, :, None] * seen).sum(axis=1)
        mean = (score * weight[:, None]).sum(axis=2)
        flat = (k, seen.shape[2], r * height.shape[1])
        bent = (seen * (curve * weight[:, None])[:, :, None]).swapaxes(1, 2).reshape(flat)
        second = bent @ seen.swapaxes(1, 2).reshape(flat).swapaxes(1, 2)
        second += (score * weight[:, None]) @ score.swapaxes(1, 2) - mean[:, :, None] * mean[:, None]
        return self._of_all(parameters, value, mean, second)

    def _points(self, parameters: Array) -> tuple[Array, Array, Array]:
        """Points u, (k, q, N), the log-density of them that has no counts, (k, N), and log-volumes, (k,).

        Effects that L takes no part of have nothing to be integrated: of their moments, which derivatives
        ask for up to the second, those of -1 and 1 are right.
        """
        k, _, q = self.z.shape
        lower = self.lower(parameters)
        idle = ~lower.any(axis=0)
        signs = np.array(list(product((-1.0, 1.0), repeat=int(idle.sum())))).T
        spread = self.z @ lower[:, ~idle]
        inner, volume = np.zeros((k, q - int(idle.sum()), 1)), np.full(k, -np.log(signs.shape[1]))
        if not idle.all():
            density = Conditional(self.x @ parameters[: self.p], spread, self._counts)
            found = nodes(density, self.fineness)
            inner, volume = found.u, volume + found.volume - 0.5 * spread.shape[2] * _LOG_2PI
        u = np.empty((k, q, inner.shape[2] * signs.shape[1]))
        u[:, ~idle] = np.tile(inner, (1, 1, signs.shape[1]))
        u[:, idle] = np.repeat(signs, inner.shape[2], axis=1)
        return u, -0.5 * (u[:, ~idle] ** 2).sum(axis=1), volume

    def _of_all(self, parameters: Array, value: float, mean: Array, second: Array) -> Point:
        """From each study's predictors and L to all parameters."""
        p, r = self.p, self.x.shape[1]
        gradient = np.concatenate([np.einsum("krp,kr->p", self.x, mean[:, :r]), mean[:, r:].sum(axis=0)])
        hessian = np.empty((parameters.size, parameters.size))
        flat = np.concatenate(self.x)
        hessian[:p, :p] = flat.T @ np.concatenate(second[:, :r, :r] @ self.x)
        hessian[:p, p:] = flat.T @ np.concatenate(second[:, :r, r:])
        hessian[p:, :p] = hessian[:p, p:].T
        hessian[p:, p:] = second[:, r:, r:].sum(axis=0)
        return Point(parameters, value, gradient, hessian)

    def _counts(self, eta: Array) -> tuple[Array, Array, Array]:
        shape = eta.shape
        log, slope, curve = self.terms.at(np.concatenate(eta))
        return log.reshape(shape), slope.reshape(shape), curve.reshape(shape)


def shares(logs: Array) -> tuple[Array, Array]:
    """Of logarithms (k, N) that of each row's sum, (k,), and the share of each in it."""
    top = logs.max(axis=1)
    weight = np.exp(logs - top[:, None])
    total = weight.sum(axis=1)
    weight /= total[:, None]
    return np.asarray(top + np.log(total)), weight


@dataclass(frozen=True, eq=False)
class TabulatedCounts(RandomCounts):
    """k studies of one count, whose predictor is one coefficient and a random effect beside it."""

    @classmethod
    def of(cls, terms: CountTerms) -> TabulatedCounts:
        """From the terms of k counts."""
        one = np.ones((terms.highest.size, 1, 1))
        return cls(terms, one, one, ((0, 0),), table=Tabulated(terms), rough=Tabulated(terms, _ROUGH))

    table: Tabulated = field(kw_only=True)
    rough: Tabulated = field(kw_only=True)

    def point(self, parameters: Array) -> Point:
        """The same; from the tables but where more than full accuracy is asked for."""
        found = self.table.point(parameters) if self.fineness <= 1.0 else None
        return super().point(parameters) if found is None else found

    def heights(self, tau: Array, coefficients: Array, held: Mask) -> tuple[Array, Array]:
        """The profile over the coefficient at deviations above zero, (n,), and its coefficients, (n, 1)."""
        start = coefficients[:, 0]
        if held[0]:
            return np.asarray(self.rough.moments(start, tau, 2)[0].sum(axis=0)), coefficients
        value, mu = self.rough.profile(tau, start)
        return value, mu[:, None]

    def roof(self, tau: float) -> float:
        """What the likelihood at a deviation cannot exceed, whatever the coefficient is.

        A normal density is nowhere above 1 / (tau sqrt(2 pi)), a probability nowhere above its highest.
        """
        flat = self.terms.area - np.log(tau) - 0.5 * _LOG_2PI
        return float(np.minimum(flat, self.terms.highest).sum())

    def ceilings(self, tau: Array, value: Array) -> Array:
        """Bounds of that profile between neighbours, (n - 1,)."""
        return ceilings(tau, value, len(self.x), float(self.terms.sharpest.max()))


@dataclass(frozen=True, eq=False)
class PairedCounts(RandomCounts):
    """k studies of two counts, all with the same design; pairs: the terms of either group."""

    pairs: TabulatedPairs = field(kw_only=True)

    def point(self, parameters: Array) -> Point:
        """The same; from one lattice for all studies where that serves."""
        if self.fineness <= 1.0:
            turns = np.zeros((len(self.entries), 2, 2))
            turns[(np.arange(len(self.entries)), *np.transpose(self.entries))] = 1.0
            lower = self.lower(parameters)
            found = self.pairs.point(parameters, self.x[0], self.z[0], turns, lower, self.fineness)
            if found is not None:
                return found
        return super().point(parameters)
