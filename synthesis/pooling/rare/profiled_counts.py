"""Counts with coefficients beside one random effect: the profile over the coefficients at many deviations.

Given the deviation the log-likelihood is concave in the coefficients, so that Newton's steps find its one
top, at all deviations at once. What bounds it between them is in `proven_spread`: a study's log-probability
bends by its effect v at most by the sum of z^2 times what that of each count bends by its predictor.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from synthesis.pooling.kernel.effects import Array, Mask
from synthesis.pooling.rare.proven_spread import ceilings
from synthesis.pooling.rare.random_counts import RandomCounts, shares
from synthesis.pooling.rare.trapezoids import Conditional, nodes

_ROUGH = 0.66  # fineness of integrals that bound and search: errors of a millionth
_WIDE = 2.0  # a deviation, from which on integrals need more points than those of smaller ones
_HELD = 2_000_000  # numbers of a design, times deviations, at once
_STEPS = 60
_FAR = 2.0  # of a coefficient, in a step
_GAIN = 1e-4  # of a log-likelihood, from which on a step is taken: that of a smaller one is known
_OF_LOSS = 0.02  # the same, of what a point has less than the best
_LOG_2PI = float(np.log(2.0 * np.pi))


@dataclass(frozen=True, eq=False)
class ProfiledCounts(RandomCounts):
    """k studies of R counts each, with one random effect."""

    def heights(self, tau: Array, coefficients: Array, held: Mask) -> tuple[Array, Array]:
        """The profile at deviations above zero, (n,), from coefficients (n, p), and its coefficients.

        Where it is far below the highest of all it is told to a fiftieth of what it lies below it.
        """
        beta, before = coefficients.copy(), np.full(tau.size, -np.inf)
        step = np.zeros_like(beta)
        free = np.flatnonzero(~held)
        for _ in range(_STEPS):
            height, gradient, hessian = self._at(beta, tau)
            worse = height < before - _GAIN
            if worse.any():  # too far: back half of the way
                step[worse] *= 0.5
                beta = np.where(worse[:, None], beta - step, beta)
                continue
            move = np.zeros_like(beta)
            if free.size:
                along = gradient[:, free]
                bend = -hessian[:, free[:, None], free]
                move[:, free] = np.linalg.solve(bend, along[..., None])[..., 0]
            gain = 0.5 * (move * gradient).sum(axis=1)
            enough = gain <= np.maximum(_GAIN, _OF_LOSS * (height.max() - height))
            if enough.all():
                break
            size = np.abs(move).max(axis=1, keepdims=True)
            step = np.where(enough[:, None], 0.0, move * np.minimum(1.0, _FAR / np.maximum(size, _FAR)))
            beta, before = beta + step, height
        return height + gain, beta

    def ceilings(self, tau: Array, value: Array) -> Array:
        """Bounds of that profile between neighbours, (n - 1,)."""
        bend = (self.z[:, :, 0] ** 2 * self.terms.sharpest.reshape(self.x.shape[:2])).sum(axis=1)
        return ceilings(tau, value, len(self.x), float(bend.max()))

    def roof(self, tau: float) -> float:
        """What the likelihood at a deviation cannot exceed, whatever the coefficients are.

        A normal density is nowhere above 1 / (tau sqrt(2 pi)); of the probabilities of a study one is
        integrated, which gives its area over |z|, the others are nowhere above their highest.
        """
        shape = self.x.shape[:2]
        highest, area = self.terms.highest.reshape(shape), self.terms.area.reshape(shape)
        most = highest.sum(axis=1)
        with np.errstate(divide="ignore"):
            flat = area - highest - np.log(np.abs(self.z[:, :, 0])) - np.log(tau) - 0.5 * _LOG_2PI
        return float((most + np.minimum(flat.min(axis=1), 0.0)).sum())

    def _at(self, beta: Array, tau: Array) -> tuple[Array, Array, Array]:
        """Log-likelihoods, (n,), gradients, (n, p), and Hessians, (n, p, p), by the coefficients."""
        n, p = beta.shape
        found = np.empty(n), np.empty((n, p)), np.empty((n, p, p))
        together = max(1, _HELD // self.x.size)
        for alike in (np.flatnonzero(tau <= _WIDE), np.flatnonzero(tau > _WIDE)):
            for start in range(0, alike.size, together):
                part = alike[start : start + together]
                for whole, values in zip(found, self._alike(beta[part], tau[part]), strict=True):
                    whole[part] = values
        return found

    def _alike(self, beta: Array, tau: Array) -> tuple[Array, Array, Array]:
        """The same at deviations that few points serve alike."""
        (k, r, p), n = self.x.shape, tau.size
        fixed = (self.x.reshape(k * r, p) @ beta.T).reshape(k, r, n).swapaxes(1, 2)
        loading = self.z[:, None, :, :] * tau[:, None, None]  # (k, n, R, 1)

        def counts(eta: Array) -> tuple[Array, Array, Array]:
            points = eta.shape[-1]
            rows = eta.reshape(k, n, r, points).swapaxes(1, 2).reshape(k * r, n * points)
            log, slope, curve = (
                each.reshape(k, r, n, points).swapaxes(1, 2).reshape(k * n, r, points)
                for each in self.terms.at(rows)
            )
            return log, slope, curve

        density = Conditional(fixed.reshape(k * n, r), loading.reshape(k * n, r, 1), counts)
        at = nodes(density, _ROUGH)
        log, slope, curve = counts(density.predictors(at.u))
        height = log.sum(axis=1) - 0.5 * at.u[:, 0] ** 2
        total, weight = shares(height)
        weight = weight[:, None]
        mean = (slope * weight).sum(axis=2)
        second = (slope * weight) @ slope.swapaxes(1, 2) - mean[:, :, None] * mean[:, None]
        second[:, np.arange(r), np.arange(r)] += (curve * weight).sum(axis=2)
        value = (total + at.volume - 0.5 * _LOG_2PI).reshape(k, n).sum(axis=0)
        flat = self.x.reshape(k * r, p)
        gradient = mean.reshape(k, n, r).swapaxes(0, 1).reshape(n, k * r) @ flat
        turned = second.reshape(k, n, r, r).swapaxes(0, 1) @ self.x  # (n, k, R, p)
        return value, gradient, flat.T @ turned.reshape(n, k * r, p)
