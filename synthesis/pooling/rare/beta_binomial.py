"""Beta-binomial likelihoods of one or two groups, in which the probabilities themselves vary between studies.

With mean pi and phi = rho / (1 - rho), rho the correlation of two persons of a study, a count's probability
is a product of pi + j phi, 1 - pi + j phi and 1 / (1 + j phi), and at phi = 0 binomial (Griffiths 1973; Kuss
2015). The groups of a study are independent given pi, or correlated by Sarmanov's distribution (Chu, Nie,
Chen, Huang & Sun 2012).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.special import expit, logit

from synthesis.pooling.dependent.jets import Jet
from synthesis.pooling.kernel.climbing import Point
from synthesis.pooling.kernel.effects import Array, Mask
from synthesis.pooling.rare.log_choose import log_choose
from synthesis.pooling.rare.proven_dispersion import Dispersed, proven_dispersion
from synthesis.pooling.rare.rising_sums import RisingSums

_LEAST = 1e-15  # of a probability and of its rest
_TURN, _ONLY_PHI = np.array([-1.0, 1.0]), np.array([0.0, 1.0])
_ANGLES = (-0.5, 0.5)  # from which either sign of a dependence is reached


@dataclass(frozen=True)
class Link:
    """pi as a function of its predictor, at: value, slope and curvature; of: its inverse."""

    at: Callable[[float], tuple[float, float, float]]
    of: Callable[[float], float]


def _logistic(eta: float) -> tuple[float, float, float]:
    p = float(expit(eta))
    slope = p * float(expit(-eta))
    return p, slope, slope * (1.0 - 2.0 * p)


def _exponential(eta: float) -> tuple[float, float, float]:
    p = float(np.exp(min(eta, 700.0)))
    return p, p, p


LINKS = {
    "logit": Link(_logistic, lambda pi: float(logit(pi))),
    "log": Link(_exponential, math.log),
    "identity": Link(lambda eta: (eta, 1.0, 0.0), float),
}


@dataclass(frozen=True, eq=False)
class Overdispersed:
    """Counts of one group with a common mean: events, size, each (k,)."""

    events: Array
    size: Array

    @cached_property
    def _sums(self) -> tuple[RisingSums, RisingSums, RisingSums]:
        """Of persons with an event, without one, and all, all studies together."""
        with_event, without, everybody = (
            RisingSums.of(each).together() for each in (self.events, self.size - self.events, self.size)
        )
        return with_event, without, everybody

    @cached_property
    def _constant(self) -> float:
        return float(log_choose(self.size, self.events).sum())

    @cached_property
    def dispersed(self) -> Dispersed:
        """What bounds of its likelihood are made of."""
        return Dispersed(*self._sums, self._constant)

    def at(self, pi: float, phi: float) -> tuple[float, Array, Array]:
        """Log-likelihood, gradient (2,) and Hessian (2, 2) by pi and phi; 0 < pi < 1, phi >= 0."""
        with_event, without, everybody = self._sums
        (v1,), (g1,), (h1,) = with_event.at(pi, phi)
        (v0,), (g0,), (h0,) = without.at(1.0 - pi, phi)
        (v,), (g,), (h,) = everybody.at(1.0, phi)
        gradient = g1 + _TURN * g0 - _ONLY_PHI * g
        hessian = h1 + np.outer(_TURN, _TURN) * h0 - np.outer(_ONLY_PHI, _ONLY_PHI) * h
        return self._constant + float(v1 + v0 - v), gradient, hessian


@dataclass(frozen=True, eq=False)
class BetaBinomial:
    """One group, or two: parameters (effect, level) or (level,), where correlated an angle, then root of phi.

    link: of the probabilities; the effect is the difference of two groups' predictors. The sine of the angle
    is the share of the largest dependence that Sarmanov's distribution has for the two probabilities.
    """

    groups: tuple[Overdispersed, ...]
    link: Link
    correlated: bool = False
    entries: tuple[tuple[int, int], ...] = ((0, 0),)

    @property
    def p(self) -> int:
        """How many parameters there are beside the root of phi."""
        return len(self.groups) + self.correlated

    def beginnings(self, coefficients: Array) -> tuple[Array, ...]:
        """Where hills are looked for: with dependence of either sign, as there is a kink at none."""
        if not self.correlated:
            return (coefficients,)
        return tuple(np.append(coefficients[:-1], angle) for angle in _ANGLES)

    def proven(
        self, held: Mask, climbed: Callable[[Array], Point], without: Point, most: float
    ) -> tuple[Point, float] | None:
        """The top for a root of phi up to `most`, and how much higher than it the likelihood can be.

        None where probabilities depend on one another, by correlation or by a coefficient that is held.
        """
        if self.correlated or held.any():
            return None
        shares = np.array([self.link.at(eta)[0] for eta in self._predictors(without.at)])

        def from_shares(pi: Array, phi: float) -> Point:
            eta = [self.link.of(float(each)) for each in pi]
            begin = [eta[0] - eta[1], eta[1]] if len(eta) == 2 else eta
            return climbed(np.array([*begin, math.sqrt(phi)]))

        return proven_dispersion(
            [group.dispersed for group in self.groups], shares, from_shares, without, most**2
        )

    def refined(self, fineness: float) -> BetaBinomial:
        """Itself: it has no integrals."""
        return self

    def point(self, parameters: Array) -> Point:
        """The log-likelihood with gradient and Hessian, shape (p + 1,); -inf outside its domain."""
        m, g = parameters.size, len(self.groups)
        root = float(parameters[-1])
        probabilities = [self.link.at(eta) for eta in self._predictors(parameters)]
        if not all(_LEAST < pi < 1.0 - _LEAST for pi, _, _ in probabilities):
            return Point(parameters, -np.inf, np.zeros(m), np.zeros((m, m)))
        value, gradient, hessian = 0.0, np.zeros(m), np.zeros((m, m))  # by probabilities, share and phi
        for n, group in enumerate(self.groups):
            found, slope, curve = group.at(probabilities[n][0], root * root)
            value += found
            gradient[[n, -1]] += slope
            hessian[np.ix_([n, -1], [n, -1])] += curve
        if self.correlated:
            share = float(np.sin(parameters[g]))
            joint = self._joint([pi for pi, _, _ in probabilities], share, root * root)
            value += float(joint.value.sum())
            gradient += joint.slope[0].sum(axis=1)
            hessian += joint.curve[0].sum(axis=2)
        return self._of_parameters(parameters, probabilities, value, gradient, hessian)

    def _predictors(self, parameters: Array) -> list[float]:
        """Of each group's probability."""
        first, *others = parameters.tolist()
        return [first + others[0], others[0]] if len(self.groups) == 2 else [first]

    def _of_parameters(
        self,
        parameters: Array,
        probabilities: list[tuple[float, float, float]],
        value: float,
        gradient: Array,
        hessian: Array,
    ) -> Point:
        """By the chain rule from probabilities, share and phi to the parameters."""
        inner = np.eye(parameters.size)  # from parameters to predictors, angle and root
        if len(self.groups) == 2:
            inner[0, 1] = 1.0
        slopes = [slope for _, slope, _ in probabilities]
        bends = [bend for _, _, bend in probabilities]
        if self.correlated:
            angle = float(parameters[len(self.groups)])
            slopes.append(float(np.cos(angle)))
            bends.append(-float(np.sin(angle)))
        slopes.append(2.0 * float(parameters[-1]))
        bends.append(2.0)
        along = np.array(slopes)[:, None] * inner
        second = along.T @ hessian @ along + inner.T @ np.diag(gradient * np.array(bends)) @ inner
        return Point(parameters, value, along.T @ gradient, second)

    def _joint(self, pi: list[float], share: float, phi: float) -> Jet:
        """Logarithm of Sarmanov's factor of each study, (1, k), by both probabilities, share and phi.

        1 + omega d1 d2 with d the mean of a probability given its count less pi, (y - n pi) phi / (1 + n
        phi).
        """
        at = Jet.of(np.array([[*pi, share, phi]]))
        k = self.groups[0].events.size
        first, second, shares, phis = (_spread(jet, k) for jet in at)
        product = shares * _bound(first, second, share)
        for jet, place in ((first, 0), (second, 1)):
            y, n = self.groups[place].events[None], self.groups[place].size[None]
            away = Jet(y - n * jet.value, -n[:, None] * jet.slope, -n[:, None, None] * jet.curve)
            scale = 1.0 + n * phi
            shrink = phis.through(phi / scale, 1.0 / scale**2, -2.0 * n / scale**3)
            product = product * away * shrink
        with np.errstate(divide="ignore", invalid="ignore"):
            inside = 1.0 + product.value
            return product.through(np.log(inside), 1.0 / inside, -1.0 / inside**2)


def _spread(jet: Jet, k: int) -> Jet:
    """A jet of shape (1,) as one of shape (1, k)."""
    return Jet(*(np.repeat(part[..., None], k, axis=-1) for part in (jet.value, jet.slope, jet.curve)))


def _bound(first: Jet, second: Jet, share: float) -> Jet:
    """The largest omega of that sign with which no density is negative (Lee 1996)."""
    pairs = ((first, second), (_rest(first), _rest(second)))
    if share >= 0:
        pairs = ((first, _rest(second)), (_rest(first), second))
    products = [a * b for a, b in pairs]
    larger = max(products, key=lambda jet: float(jet.value.flat[0]))
    value = larger.value
    return larger.through(1.0 / value, -1.0 / value**2, 2.0 / value**3)


def _rest(jet: Jet) -> Jet:
    return jet.affine(1.0, -1.0)
