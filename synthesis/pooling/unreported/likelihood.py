"""The likelihood of results of which some have numbers and others words alone, with exact derivatives.

A result with a number has the normal density of mean mu and variance s_i^2 + tau2. A result of which a paper
says in which part of the line its z = y / s_i lies has the probability of that part under the same normal
distribution: the paper's test knew s_i alone, where the result fell depends on tau2 as well. A result that
was examined with probability q, and said nothing about otherwise, has q P + 1 - q (Copas, Dwan, Kirkham &
Williamson 2014, Biostatistics 15:370, whose q is one where a reviewer's classification is sure).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy import special

from synthesis.pooling.kernel.climbing import Point
from synthesis.pooling.kernel.effects import Array, Mask
from synthesis.pooling.unreported.statements import limits

_LOG_2PI = float(np.log(2.0 * np.pi))
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(16)


@dataclass(frozen=True)
class Unprinted:
    """m results without a number: standard errors and probabilities (m,); ends of z (m, parts).

    probability: that the result was examined, and is what low and high say. An empty part is (inf, inf).
    """

    sei: Array
    low: Array
    high: Array
    probability: Array

    @classmethod
    def none(cls) -> Unprinted:
        """No result without a number."""
        nothing = np.zeros(0)
        return cls(nothing, *limits([], nothing), nothing)

    def scaled(self, scale: float) -> Unprinted:
        """The same in units of `scale`."""
        return Unprinted(self.sei / scale, self.low, self.high, self.probability)


class Terms(NamedTuple):
    """Log-likelihoods and their derivatives by mu (m) and tau2 (t), of one shape."""

    value: Array
    m: Array
    t: Array
    mm: Array
    mt: Array
    tt: Array


@dataclass(frozen=True)
class UnreportedLikelihood:
    """k results with numbers, (k,), and others without; called with (mu, tau2)."""

    y: Array
    v: Array
    unprinted: Unprinted

    def terms(self, mu: Array, tau2: Array) -> Terms:
        """Sums over studies at n points, shape (n,)."""
        printed, silent = _printed(self.y, self.v, mu, tau2), _silent(self.unprinted, mu, tau2)
        return Terms(*np.add(printed, silent))

    def values(self, mu: Array, tau2: Array) -> Array:
        """Log-likelihood alone at n points, shape (n,)."""
        total = tau2[:, None] + self.v
        printed = -0.5 * (_LOG_2PI + np.log(total) + (self.y - mu[:, None]) ** 2 / total)
        return np.asarray(printed.sum(axis=1) + _silent_values(self.unprinted, mu, tau2).sum(axis=1))

    def __call__(self, at: Array) -> Point:
        found = self.terms(at[:1], at[1:])
        value, m, t, mm, mt, tt = (float(each[0]) for each in found)
        return Point(at, value, np.array([m, t]), np.array([[mm, mt], [mt, tt]]))


def _printed(y: Array, v: Array, mu: Array, tau2: Array) -> Terms:
    w = 1.0 / (tau2[:, None] + v)
    r = y - mu[:, None]
    square = w * r * r
    each = (
        -0.5 * (_LOG_2PI - np.log(w) + square),
        w * r,
        0.5 * w * (square - 1.0),
        -w,
        -w * w * r,
        w * w * (0.5 - square),
    )
    return Terms(*(term.sum(axis=1) for term in each))


def _ends(given: Unprinted, mu: Array, tau2: Array) -> tuple[Array, Array, Array]:
    """Ends in standard deviations of the normal distribution, (n, m, parts), and its sd, (n, m, 1)."""
    sd = np.sqrt(tau2[:, None] + given.sei**2)[:, :, None]
    middle = mu[:, None, None]
    return (
        (given.low * given.sei[:, None] - middle) / sd,
        (given.high * given.sei[:, None] - middle) / sd,
        sd,
    )


def _silent_values(given: Unprinted, mu: Array, tau2: Array) -> Array:
    """Log-likelihoods of results without a number, (n, m)."""
    low, high, _ = _ends(given, mu, tau2)
    with np.errstate(divide="ignore"):
        log_q, log_rest = np.log(given.probability), np.log1p(-given.probability)
    parts = log_q + np.logaddexp.reduce(log_mass(low, high), axis=-1)
    return np.asarray(np.logaddexp(parts, log_rest))


def _silent(given: Unprinted, mu: Array, tau2: Array) -> Terms:
    low, high, sd = _ends(given, mu, tau2)
    u1, u2, spread, u3, u4 = _moments(low, high)
    variance = sd * sd
    # derivatives of the log of an integral of a density: E[score], and E[its slope] + Var[score]
    m, t = u1 / sd, 0.5 * (u2 - 1.0) / variance
    mm = (spread - 1.0) / variance
    mt = (0.5 * (u3 - u1 * u2) - u1) / (variance * sd)
    tt = (0.5 - u2 + 0.25 * (u4 - u2 * u2)) / variance**2
    values = log_mass(low, high)
    whole = _silent_values(given, mu, tau2)
    with np.errstate(divide="ignore"):
        log_q = np.log(given.probability)
    share = np.exp(log_q[:, None] + values - whole[:, :, None])
    # a mixture: the part that a component has in it, and how the parts change
    first = [(share * slope).sum(axis=-1) for slope in (m, t)]
    second = [(share * curve).sum(axis=-1) for curve in (mm + m * m, mt + m * t, tt + t * t)]
    products = (first[0] ** 2, first[0] * first[1], first[1] ** 2)
    curves = np.subtract(second, products)
    return Terms(*(term.sum(axis=1) for term in (whole, *first, *curves)))


def log_mass(low: Array, high: Array) -> Array:
    """log P(low < Z < high) of a standard normal variable; -inf where the part is empty.

    The difference of two tails on the side of zero where they are small, or, where that would cancel, the
    integral of the density, which is then smooth enough for 16 nodes.
    """
    low, high = _turned(low, high)
    found, close = _by_tails(low, high)
    if close.any():
        z, weights = _inside(low[close], high[close])
        height = z[:, -1]  # nearest zero, where the density is highest
        log_density = -0.5 * height * height - 0.5 * _LOG_2PI
        found[close] = log_density + np.log(np.sum(weights, axis=1))
    return found


def _turned(low: Array, high: Array) -> tuple[Array, Array]:
    """Ends with their middle not above zero."""
    with np.errstate(invalid="ignore"):
        turned = low + high > 0.0
    return np.where(turned, -high, low), np.where(turned, -low, high)


def _by_tails(low: Array, high: Array) -> tuple[Array, Mask]:
    """log P as the difference of tails, and where that cancels: more lies below both than between."""
    with np.errstate(invalid="ignore", divide="ignore"):
        above, below = special.log_ndtr(high), special.log_ndtr(low)
        between = above + np.log1p(-np.exp(below - above))
        found = np.where(low < high, between, -np.inf)
        return found, (low < high) & (below > found)


def _inside(low: Array, high: Array) -> tuple[Array, Array]:
    """Nodes between ends, (n, 16), ascending, and weights: of the density relative to that at the last."""
    half = 0.5 * (high - low)
    z = (low + half)[:, None] + half[:, None] * _NODES
    last = z[:, -1:]
    return z, half[:, None] * _WEIGHTS * np.exp(0.5 * (last - z) * (last + z))


def _moments(low: Array, high: Array) -> tuple[Array, Array, Array, Array, Array]:
    """E u, E u^2, Var u, E u^3 and E u^4 of a standard normal variable between ends; zero where empty."""
    with np.errstate(invalid="ignore"):
        turned = low + high > 0.0
    a, b = _turned(low, high)
    log_p = log_mass(a, b)
    filled = np.isfinite(log_p)
    log_p = np.where(filled, log_p, 0.0)
    at_a, at_b = (_height(end, log_p) for end in (a, b))
    close = _by_tails(a, b)[1] & filled
    # an infinite end has no density there
    a, b = (np.where(np.isfinite(end), end, 0.0) for end in (a, b))
    u1 = at_a - at_b
    u2 = 1.0 + a * at_a - b * at_b
    u3 = 2.0 * u1 + a * a * at_a - b * b * at_b
    u4 = 3.0 * u2 + a**3 * at_a - b**3 * at_b
    spread = u2 - u1 * u1  # of few digits far out, where it is the length of a step alone
    found = [np.where(filled, each, 0.0) for each in (u1, u2, spread, u3, u4)]
    if close.any():
        z, weights = _inside(a[close], b[close])
        share = weights / weights.sum(axis=1, keepdims=True)
        mean = (share * z).sum(axis=1)
        about = (share * (z - mean[:, None]) ** 2).sum(axis=1)
        powers = [(share * z**power).sum(axis=1) for power in (2, 3, 4)]
        for number, value in enumerate((mean, powers[0], about, *powers[1:])):
            found[number][close] = value
    sign = np.where(turned, -1.0, 1.0)
    return sign * found[0], found[1], found[2], sign * found[3], found[4]


def _height(end: Array, log_p: Array) -> Array:
    """The density at an end over the mass between both; zero at an infinite end."""
    return np.asarray(np.exp(-0.5 * end * end - 0.5 * _LOG_2PI - log_p))
