"""Marginal likelihoods of counts with normal random effects, integrated to rounding, with exact derivatives.

A study's counts have predictors X beta + Z L u with u ~ N(0, I) and L lower triangular. Derivatives are
moments under the conditional distribution of u (Louis 1982).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from scipy.special import logsumexp

from synthesis.pooling.kernel.climbing import Point
from synthesis.pooling.kernel.effects import Array, Mask
from synthesis.pooling.rare.count_terms import CountTerms
from synthesis.pooling.rare.proven_spread import ceilings
from synthesis.pooling.rare.tabulated import Tabulated
from synthesis.pooling.rare.trapezoids import Conditional, nodes

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
        density = Conditional(self.x @ parameters[: self.p], self.z @ self.lower(parameters), self._counts)
        found = nodes(density, self.fineness)
        log, slope, curve = self._counts(density.predictors(found.u))
        height = log.sum(axis=1) - 0.5 * (found.u**2).sum(axis=1)
        total = logsumexp(height, axis=1)
        weight = np.exp(height - total[:, None])
        value = float((total + found.volume).sum()) - 0.5 * k * self.z.shape[2] * _LOG_2PI
        # Of each predictor by itself and by the entries of L, (k, R, L, N): what the counts see of them.
        shift = np.broadcast_to(np.eye(r)[:, :, None], (k, r, r, height.shape[1]))
        turn = [self.z[:, :, row, None] * found.u[:, None, col] for row, col in self.entries]
        seen = np.concatenate([shift, *(part[:, :, None] for part in turn)], axis=2)
        score = (slope[:, :, None] * seen).sum(axis=1)
        mean = (score * weight[:, None]).sum(axis=2)
        flat = (k, seen.shape[2], r * height.shape[1])
        bent = (seen * (curve * weight[:, None])[:, :, None]).swapaxes(1, 2).reshape(flat)
        second = bent @ seen.swapaxes(1, 2).reshape(flat).swapaxes(1, 2)
        second += (score * weight[:, None]) @ score.swapaxes(1, 2) - mean[:, :, None] * mean[:, None]
        return self._of_all(parameters, value, mean, second)

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


@dataclass(frozen=True, eq=False)
class TabulatedCounts(RandomCounts):
    """k studies of one count, whose predictor is one coefficient and a random effect beside it."""

    @classmethod
    def of(cls, terms: CountTerms) -> TabulatedCounts:
        """From the terms of k counts."""
        one = np.ones((terms.highest.size, 1, 1))
        return cls(terms, one, one, ((0, 0),), table=Tabulated(terms))

    table: Tabulated = field(kw_only=True)

    def point(self, parameters: Array) -> Point:
        """The same; from the tables but where more than full accuracy is asked for."""
        found = self.table.point(parameters) if self.fineness <= 1.0 else None
        return super().point(parameters) if found is None else found

    def heights(self, tau: Array, coefficients: Array, held: Mask) -> tuple[Array, Array]:
        """The profile over the coefficient at deviations above zero, (n,), and its coefficients, (n, 1)."""
        start = float(coefficients[0])
        if held[0]:
            return self.table.at_mean(start, tau), np.full((tau.size, 1), start)
        value, mu = self.table.profile(tau, start)
        return value, mu[:, None]

    def ceilings(self, tau: Array, value: Array) -> Array:
        """Bounds of that profile between neighbours, (n - 1,)."""
        return ceilings(tau, value, len(self.x), float(self.terms.sharpest.max()))
