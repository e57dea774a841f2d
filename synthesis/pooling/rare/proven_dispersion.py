"""The highest beta-binomial likelihood of independent groups, with a proof that it is nowhere higher.

A group's log-likelihood is F(pi, phi) - D(phi): sums of log(pi + j phi) and log(1 - pi + j phi), less one of
log(1 + j phi). F, of logarithms of linear functions, is concave in both together, so that the highest over
pi is concave in phi and below its tangents, whose slope is that by phi at the best pi. Where pi is only next
to the best a tangent plane is above F by no more than |dF/dpi| beside. D is concave, so that -D is below its
chords. Groups have their own pi, whatever the link of their predictors is, so that sums over groups have
these bounds too. Cells of phi are parted until no bound exceeds the top; nothing of it is approximate but
the rounding of sums.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from synthesis.pooling.kernel.climbing import Point
from synthesis.pooling.kernel.effects import Array
from synthesis.pooling.rare.proven_spread import HIGHER, MARGIN, parted
from synthesis.pooling.rare.rising_sums import RisingSums

_FIRST = (0.05, 0.2, 0.7, 2.0, 7.0, 30.0)  # of the smallest share of persons
_CELLS = 4000
_STEPS = 100
_KEPT = 0.25  # of a probability and of its rest, in a step
_MET = 1e-12  # of a probability


@dataclass(frozen=True, eq=False)
class Dispersed:
    """Of a group: sums over those with an event, those without, and all, each of one row."""

    with_event: RisingSums
    without: RisingSums
    everybody: RisingSums
    constant: float

    def best(self, phi: Array, pi: Array) -> tuple[Array, Array, Array, Array]:
        """F at the best pi, from others, its slope by phi, the size of that by pi, and pi; each (n,)."""
        (t1,), (w1,), (t0,), (w0,) = (
            part for each in (self.with_event, self.without) for part in (each.points, each.weights)
        )
        far = phi[:, None] * t1, phi[:, None] * t0
        for _ in range(_STEPS):
            yes, no = far[0] + pi[:, None], far[1] + (1.0 - pi)[:, None]
            one, other = 1.0 / yes, 1.0 / no
            slope = one @ w1 - other @ w0
            step = slope / ((one * one) @ w1 + (other * other) @ w0)
            if (np.abs(step) <= _MET * pi).all():
                break
            pi = np.clip(pi + step, _KEPT * pi, 1.0 - _KEPT * (1.0 - pi))
        value = np.log(yes) @ w1 + np.log(no) @ w0 + self.constant
        return value, one @ (w1 * t1) + other @ (w0 * t0), np.abs(slope), pi

    def rest(self, phi: Array) -> Array:
        """D, (n,)."""
        (t,), (w,) = self.everybody.points, self.everybody.weights
        return np.asarray(np.log1p(phi[:, None] * t) @ w)


def proven_dispersion(
    groups: Sequence[Dispersed],
    shares: Array,
    climbed: Callable[[Array, float], Point],
    without: Point,
    most: float,
) -> tuple[Point, float]:
    """The top for a phi up to `most`, and how much higher than it the likelihood can be anywhere.

    shares: about the probabilities, (groups,); climbed: the maximum from probabilities and phi; without: the
    highest point at a phi of zero. The second result is a thousandth at most where the top is proven.
    """
    top, pi = without, shares[None]
    told = _Told.of(groups, np.array([0.0, *(float(shares.min()) * each for each in _FIRST), most]), pi)
    while True:
        best = int(told.height.argmax())
        if told.height[best] > top.value + HIGHER:
            found = climbed(told.pi[best], float(told.phi[best]))
            top = max(top, found, key=lambda each: each.value)
        highest = told.ceilings()
        above = ~(highest <= top.value + MARGIN)
        if not above.any() or told.phi.size > _CELLS:
            return top, max(0.0, float(highest.max()) - top.value)
        new = parted(told.phi[:-1], told.phi[1:], told.height, highest, above, top.value)
        told = told.beside(_Told.of(groups, new, told.pi_at(new)))


@dataclass(frozen=True, eq=False)
class _Told:
    """At phi (n,), ascending: the highest F and its slope, D, by how much a tangent is too low, and pi."""

    phi: Array
    value: Array
    slope: Array
    rest: Array
    slack: Array
    pi: Array

    @classmethod
    def of(cls, groups: Sequence[Dispersed], phi: Array, pi: Array) -> _Told:
        """From probabilities (n or 1, groups)."""
        start = np.broadcast_to(pi, (phi.size, len(groups)))
        found = [group.best(phi, start[:, n]) for n, group in enumerate(groups)]
        value, slope, slack = np.array([each[:3] for each in found]).sum(axis=0)
        rest = np.array([group.rest(phi) for group in groups]).sum(axis=0)
        return cls(phi, value, slope, rest, slack, np.array([each[3] for each in found]).T)

    @property
    def height(self) -> Array:
        """The profile of the log-likelihood, (n,)."""
        return self.value - self.rest

    def pi_at(self, phi: Array) -> Array:
        """Where the best probabilities are about: between those of the neighbours."""
        return np.array([np.interp(phi, self.phi, each) for each in self.pi.T]).T

    def beside(self, other: _Told) -> _Told:
        """Both, in order."""
        names = ("phi", "value", "slope", "rest", "slack", "pi")
        order = np.argsort(np.concatenate([self.phi, other.phi]))
        return _Told(*(np.concatenate([getattr(self, name), getattr(other, name)])[order] for name in names))

    def ceilings(self) -> Array:
        """Bounds between neighbours, (n - 1,): where the lower tangent, less the chord of D, is highest."""
        width, chord = np.diff(self.phi), np.diff(self.rest)
        first, last = self.slope[:-1], self.slope[1:]
        with np.errstate(divide="ignore", invalid="ignore"):
            meet = (np.diff(self.value) - last * width) / (first - last)
        meet = np.clip(np.where(np.isfinite(meet), meet, 0.5 * width), 0.0, width)
        highest = np.full(width.size, -np.inf)
        for at in (np.zeros_like(width), meet, width):
            tangents = self.value[:-1] + first * at, self.value[1:] - last * (width - at)
            highest = np.maximum(highest, np.minimum(*tangents) - self.rest[:-1] - chord * at / width)
        return np.asarray(highest + self.slack[:-1] + self.slack[1:])
