"""The effect of a new study where effects are not normal: its distribution about the mean, integrated."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import special

from synthesis.pooling.bayes.effect_distributions import MixtureEffects, TEffects
from synthesis.pooling.bayes.given_tau import gauss_legendre
from synthesis.pooling.kernel.effects import Array

_NEAREST = 1e-12  # of the scale of the mean, within which its density is constant
_RATIO = 3.0  # of rings about a value, on which a new effect's distribution is smooth for any tau
_STEPS = 100
_LAST_STEP = 1e-7


@dataclass(frozen=True)
class NewEffect:
    """A new study's effect in internal units.

    mean, sd: nan where there is none. effects: its distribution about mu. tau: (a,); share: log of what the
    joint density of mu and each tau has beside the likelihood, (a,); joint: log likelihood times prior of mu,
    (q,) -> (a, q); edges: panels of mu that resolve it; scale: of mu.
    """

    mean: float
    sd: float
    effects: TEffects | MixtureEffects
    tau: Array
    share: Array
    joint: Callable[[Array], Array]
    edges: Array
    scale: float

    def below(self, z: Array) -> Array:
        """P(effect < z), z: (1, q)."""
        return np.array([[self._at(each)[0] for each in z[0].tolist()]])

    def above(self, z: Array) -> Array:
        """P(effect > z), z: (1, q)."""
        return np.array([[self._at(each)[1] for each in z[0].tolist()]])

    def density(self, z: Array) -> Array:
        """Density at z, (1, q)."""
        return np.array([[self._at(each)[2] for each in z[0].tolist()]])

    def quantile(self, p: Array) -> Array:
        """Quantiles at p, (q,): (1, q)."""
        return np.array([[self._quantile(each) for each in p.ravel().tolist()]])

    def _at(self, z: float) -> tuple[float, float, float]:
        """Probabilities below and above z, and the density there."""
        mu, measure = self._nodes(z)
        mass = np.exp(self.joint(mu) + self.share[:, None]) * measure
        d = (z - mu[None, :]) / self.tau[:, None]
        total = mass.sum()
        below = (mass * self.effects.below(d)).sum() / total
        above = (mass * self.effects.below(-d)).sum() / total
        density = (mass * self.effects.density(d) / self.tau[:, None]).sum() / total
        return float(below), float(above), float(density)

    def _nodes(self, z: float) -> tuple[Array, Array]:
        """Means and weights: the panels of mu, cut by rings about z that grow from next to nothing.

        Both sides of z have the same rings, so that a distribution narrower than the first is halved.
        """
        first = _NEAREST * self.scale
        widest = max(np.abs(self.edges - z).max(), 2.0 * first)
        rings = first * _RATIO ** np.arange(math.ceil(math.log(widest / first) / math.log(_RATIO)))
        apart = self.edges[np.abs(self.edges - z) > 0.5 * first]
        cuts = np.sort(np.concatenate([apart, z - rings, [z], z + rings]))
        cuts = cuts[(cuts >= self.edges[0]) & (cuts <= self.edges[-1])]
        width = np.diff(cuts)
        nodes, weights = gauss_legendre()
        mu = cuts[:-1, None] + width[:, None] * nodes
        return mu.ravel(), (width[:, None] * weights).ravel()

    def _quantile(self, p: float) -> float:
        """By Newton's method on normal scores, halving where it leaves its bracket."""
        sign = -1.0 if p > 0.5 else 1.0
        target = float(special.ndtri(min(p, 1.0 - p)))
        low, high = -math.inf, math.inf
        z, reach = float(self.edges[self.edges.size // 2]), self.scale
        for _ in range(_STEPS):
            below, above, density = self._at(z)
            tail = below if sign > 0 else above
            score = float(special.ndtri(tail))
            ahead = sign * (score - target) > 0
            low, high = (low, z) if ahead else (z, high)
            height = math.exp(-0.5 * score * score) / math.sqrt(2.0 * math.pi)
            after = z - sign * (score - target) * height / density if density > 0 else math.nan
            if abs(after - z) <= _LAST_STEP * self.scale:
                return after
            if math.isinf(low) or math.isinf(high):
                if not abs(after - z) <= reach:
                    after, reach = z + (-reach if ahead else reach), 4.0 * reach
            elif not low < after < high:
                after = 0.5 * (low + high)
            z = after
        return z
