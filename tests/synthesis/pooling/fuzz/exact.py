"""Random-effects meta-regression in 60 digits, written from the definitions: the oracle of the long checks.

Everything is the textbook's k-by-k or p-by-p formula in mpmath numbers. Nothing here is fast or clever.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import mpmath as mp

from synthesis.pooling.kernel.effects import Array

DIGITS = 60


@dataclass(frozen=True)
class Fit:
    """Weighted least squares at one tau2, with y'Py, y'PPy, tr(P), tr(W) and both log-likelihoods."""

    beta: mp.matrix
    covariance: mp.matrix
    q: mp.mpf
    yppy: mp.mpf
    trace_p: mp.mpf
    trace_w: mp.mpf
    loglik_ml: mp.mpf
    loglik_reml: mp.mpf


class Problem:
    """One data set with a design (k, p), in exact arithmetic for practical purposes."""

    def __init__(self, y: Array, v: Array, design: Array) -> None:
        self.y = [mp.mpf(float(a)) for a in y]
        self.v = [mp.mpf(float(a)) for a in v]
        self.x = [[mp.mpf(float(a)) for a in row] for row in design]
        self.k, self.p = len(self.y), len(self.x[0])

    def _gram(self, w: list[mp.mpf]) -> mp.matrix:
        gram = mp.matrix(self.p, self.p)
        for a in range(self.p):
            for b in range(a + 1):
                gram[a, b] = gram[b, a] = mp.fsum(
                    wi * row[a] * row[b] for wi, row in zip(w, self.x, strict=True)
                )
        return gram

    @cached_property
    def _logdet_xx(self) -> mp.mpf:
        return mp.log(mp.det(self._gram([mp.mpf(1)] * self.k)))

    def _projection(self, w: list[mp.mpf]) -> tuple[mp.matrix, mp.matrix, mp.matrix, list[mp.mpf]]:
        """X'WX, its inverse, beta and residuals."""
        gram = self._gram(w)
        inverse = mp.inverse(gram)
        right = mp.matrix(
            [
                mp.fsum(wi * row[a] * yi for wi, row, yi in zip(w, self.x, self.y, strict=True))
                for a in range(self.p)
            ]
        )
        beta = inverse * right
        residual = [
            yi - mp.fsum(row[a] * beta[a] for a in range(self.p))
            for yi, row in zip(self.y, self.x, strict=True)
        ]
        return gram, inverse, beta, residual

    def leverage(self, i: int, w: list[mp.mpf], inverse: mp.matrix) -> mp.mpf:
        row = self.x[i]
        return w[i] * mp.fsum(row[a] * inverse[a, b] * row[b] for a in range(self.p) for b in range(self.p))

    def fit(self, tau2: mp.mpf) -> Fit:
        w = [1 / (vi + tau2) for vi in self.v]
        gram, inverse, beta, residual = self._projection(w)
        q = mp.fsum(wi * r * r for wi, r in zip(w, residual, strict=True))
        yppy = mp.fsum((wi * r) ** 2 for wi, r in zip(w, residual, strict=True))
        log_w = mp.fsum(mp.log(wi) for wi in w)
        trace_p = mp.fsum(wi * (1 - self.leverage(i, w, inverse)) for i, wi in enumerate(w))
        two_pi = mp.log(2 * mp.pi)
        ml = (log_w - q - self.k * two_pi) / 2
        logdet = mp.log(mp.det(gram)) - self._logdet_xx
        reml = (log_w - logdet - q - (self.k - self.p) * two_pi) / 2
        return Fit(beta, inverse, q, yppy, trace_p, mp.fsum(w), ml, reml)

    def score(self, tau2: mp.mpf, restricted: bool) -> mp.mpf:
        """Twice the derivative of the log-likelihood, relative to its negative part."""
        fit = self.fit(tau2)
        trace = fit.trace_p if restricted else fit.trace_w
        return fit.yppy / trace - 1

    @property
    def dersimonian_laird(self) -> mp.mpf:
        at_zero = self.fit(mp.mpf(0))
        return max((at_zero.q - (self.k - self.p)) / at_zero.trace_p, mp.mpf(0))

    @property
    def hedges(self) -> mp.mpf:
        ones = [mp.mpf(1)] * self.k
        _, inverse, _, residual = self._projection(ones)
        trace_pv = mp.fsum(vi * (1 - self.leverage(i, ones, inverse)) for i, vi in enumerate(self.v))
        return max((mp.fsum(r * r for r in residual) - trace_pv) / (self.k - self.p), mp.mpf(0))

    @property
    def paule_mandel(self) -> mp.mpf:
        df = self.k - self.p
        if self.fit(mp.mpf(0)).q <= df:
            return mp.mpf(0)
        return root(lambda t: 1 - self.fit(t).q / df, *self._ends)

    @property
    def _ends(self) -> tuple[mp.mpf, mp.mpf]:
        """Positive tau2 below and above everything that matters."""
        _, _, _, residual = self._projection([mp.mpf(1)] * self.k)
        total = mp.fsum(r * r for r in residual)
        return min(self.v) * mp.mpf("1e-12"), 4 * (total + max(self.v))

    def maxima(self, restricted: bool, per_decade: int) -> list[mp.mpf]:
        """Every local maximum of the likelihood that a logarithmic grid of the score shows."""
        low, high = self._ends
        count = int(per_decade * mp.log10(high / low)) + 2
        grid = [low * (high / low) ** (mp.mpf(i) / (count - 1)) for i in range(count)]
        scores = [self.score(t, restricted) for t in grid]
        found = [mp.mpf(0)] if self.score(mp.mpf(0), restricted) <= 0 else []
        if self.score(mp.mpf(0), restricted) > 0 >= scores[0]:
            found.append(root(lambda t: -self.score(t, restricted), mp.mpf(0), grid[0]))
        for a, b, at_a, at_b in zip(grid, grid[1:], scores, scores[1:], strict=False):
            if at_a > 0 >= at_b:
                found.append(root(lambda t: -self.score(t, restricted), a, b))
        return found

    def value(self, tau2: mp.mpf, restricted: bool) -> mp.mpf:
        fit = self.fit(tau2)
        return fit.loglik_reml if restricted else fit.loglik_ml

    def best_maximum(self, restricted: bool, per_decade: int) -> mp.mpf:
        return max(self.maxima(restricted, per_decade), key=lambda t: self.value(t, restricted))


def root(function: Callable[[mp.mpf], mp.mpf], low: mp.mpf, high: mp.mpf) -> mp.mpf:
    """Where an increasing function crosses zero, by bisection on a log scale and then the secant method."""
    while high - low > high * mp.mpf("1e-3"):
        middle = mp.sqrt(low * high) if low > 0 else high / 1000
        low, high = (middle, high) if function(middle) < 0 else (low, middle)
    return mp.findroot(
        function, (low, high), solver="anderson", tol=mp.mpf("1e-60"), maxsteps=100, verify=False
    )
