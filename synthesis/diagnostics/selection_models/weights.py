"""Weight functions: the relative chance that a study is seen, given its p-value.

Every function is a family of a few parameters, and tells the logarithm of the weight with its first and
second derivatives by them, at any z = (y - null) / se, pointing in the direction that selection favours.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import Literal, Protocol, TypeAlias

import numpy as np
from scipy import special

from synthesis.pooling.kernel.effects import Array, Rows

Direction: TypeAlias = Literal["greater", "less", "two-sided"]
DIRECTIONS = ("greater", "less", "two-sided")

MOST = 1000.0  # of a parameter that may run to infinity
_MOST_LOG = 25.0  # of the logarithm of a step's weight
_TINY = 1e-300  # of 1 - p, where an effect of exactly zero would have the weight zero


@dataclass(frozen=True)
class LogWeight:
    """log w and its derivatives; value and each entry of first have the shape of z.

    first: one array a parameter. second: second derivatives, None where log w is linear in the parameters;
    mixed ones are always zero.
    """

    value: Array
    first: tuple[Array, ...]
    second: tuple[Array, ...] | None = None


class WeightFunction(Protocol):
    """A family of weight functions with m parameters, each in an interval."""

    @property
    def low(self) -> Array:
        """Smallest values of the parameters, (m,)."""

    @property
    def high(self) -> Array:
        """Largest values, (m,)."""

    @property
    def null(self) -> Array:
        """Parameters of no selection, (m,)."""

    @property
    def starts(self) -> Array:
        """Parameters from which to search, (n, m)."""

    @property
    def cuts(self) -> Array:
        """z where log w has a jump or a kink."""

    def log_weight(self, z: Array, parameters: Array) -> LogWeight:
        """log w at any z."""

    def powers(self, parameters: Array) -> tuple[float, float]:
        """a, b such that w is of the order p^a for large z and (1 - p)^b for small z, p one-sided."""

    def delta(self, parameters: Array) -> Array:
        """The parameters as the literature writes them, (m,)."""

    def delta_slope(self, parameters: Array) -> Array:
        """Derivative of delta by the parameter, (m,)."""


def p_of(z: Array, two_sided: bool) -> Array:
    """p-value at z: one-sided in the direction of large z, or two-sided."""
    return np.asarray(2.0 * special.ndtr(-np.abs(z)) if two_sided else special.ndtr(-z))


def interval_of(z: Array, steps: tuple[float, ...], two_sided: bool) -> Rows:
    """Numbers of the intervals, whose upper ends are `steps`, in which the p-values of z lie."""
    found: Rows = np.searchsorted(np.array(steps), p_of(z, two_sided))
    return found


@dataclass(frozen=True)
class _Smooth:
    """What the one-parameter families of Preston et al. have in common: delta >= 0, no selection at zero."""

    two_sided: bool = False

    @property
    def low(self) -> Array:
        return np.zeros(1)

    @property
    def high(self) -> Array:
        return np.full(1, MOST)

    @property
    def null(self) -> Array:
        return np.zeros(1)

    @property
    def starts(self) -> Array:
        return np.asarray(np.exp2(np.arange(-1.0, 7.0, 2.0))[:, None])

    @property
    def cuts(self) -> Array:
        return np.zeros(1) if self.two_sided else np.zeros(0)

    def log_weight(self, z: Array, parameters: Array) -> LogWeight:
        raise NotImplementedError

    def powers(self, parameters: Array) -> tuple[float, float]:
        return 0.0, 0.0

    def delta(self, parameters: Array) -> Array:
        return parameters

    def delta_slope(self, parameters: Array) -> Array:
        return np.ones(1)


class HalfNormal(_Smooth):
    """w(p) = exp(-delta p^2). Preston, Ashby & Smyth 2004."""

    def log_weight(self, z: Array, parameters: Array) -> LogWeight:
        statistic = -(p_of(z, self.two_sided) ** 2)
        return LogWeight(parameters[0] * statistic, (statistic,))


class NegativeExponential(_Smooth):
    """w(p) = exp(-delta p). Preston, Ashby & Smyth 2004."""

    def log_weight(self, z: Array, parameters: Array) -> LogWeight:
        statistic = -p_of(z, self.two_sided)
        return LogWeight(parameters[0] * statistic, (statistic,))


class Logistic(_Smooth):
    """w(p) = 2 exp(-delta p) / (1 + exp(-delta p)). Preston, Ashby & Smyth 2004."""

    def log_weight(self, z: Array, parameters: Array) -> LogWeight:
        p = p_of(z, self.two_sided)
        x = parameters[0] * p
        above = special.expit(x)
        return LogWeight(
            np.log(2.0) + special.log_expit(-x), (-p * above,), (-p * p * above * special.expit(-x),)
        )


class Power(_Smooth):
    """w(p) = (1 - p)^delta, as metafor's documentation adds to the family of Preston et al."""

    def log_weight(self, z: Array, parameters: Array) -> LogWeight:
        if self.two_sided:
            statistic = np.log(np.maximum(special.erf(np.abs(z) / np.sqrt(2.0)), _TINY))
        else:
            statistic = special.log_ndtr(z)
        return LogWeight(parameters[0] * statistic, (statistic,))

    def powers(self, parameters: Array) -> tuple[float, float]:
        return 0.0, 0.0 if self.two_sided else float(parameters[0])


@dataclass(frozen=True)
class Beta:
    """w(p) = p^(delta1 - 1) (1 - p)^(delta2 - 1), p one-sided. Citkowicz & Vevea 2017."""

    @property
    def low(self) -> Array:
        return np.full(2, 1e-8)

    @property
    def high(self) -> Array:
        return np.full(2, MOST)

    @property
    def null(self) -> Array:
        return np.ones(2)

    @property
    def starts(self) -> Array:
        return np.exp2(list(product(range(-1, 3), repeat=2)))

    @property
    def cuts(self) -> Array:
        return np.zeros(0)

    def log_weight(self, z: Array, parameters: Array) -> LogWeight:
        log_p, log_q = special.log_ndtr(-z), special.log_ndtr(z)
        first, second = parameters - 1.0
        return LogWeight(first * log_p + second * log_q, (log_p, log_q))

    def powers(self, parameters: Array) -> tuple[float, float]:
        return float(parameters[0] - 1.0), float(parameters[1] - 1.0)

    def delta(self, parameters: Array) -> Array:
        return parameters

    def delta_slope(self, parameters: Array) -> Array:
        return np.ones(2)


@dataclass(frozen=True)
class Steps:
    """w(p) is constant between steps, one where p <= steps[reference]. Hedges 1992; Vevea & Hedges 1995.

    steps: upper ends of c intervals, ascending, the last one 1. free: numbers of the intervals whose weight
    is a parameter, as its logarithm. reference: the interval of weight one. All others have weight zero.
    """

    steps: tuple[float, ...]
    free: tuple[int, ...]
    reference: int
    two_sided: bool

    @property
    def low(self) -> Array:
        return np.full(len(self.free), -_MOST_LOG)

    @property
    def high(self) -> Array:
        return np.full(len(self.free), _MOST_LOG)

    @property
    def null(self) -> Array:
        return np.zeros(len(self.free))

    @property
    def starts(self) -> Array:
        return np.outer(np.arange(-3.0, 2.0), np.ones(len(self.free)))

    @property
    def cuts(self) -> Array:
        inner = np.array(self.steps[:-1])
        if not self.two_sided:
            return np.asarray(-special.ndtri(inner))
        low = special.ndtri(0.5 * inner)
        return np.concatenate([low, -low])

    def log_weight(self, z: Array, parameters: Array) -> LogWeight:
        logs = np.full(len(self.steps), -np.inf)
        logs[self.reference] = 0.0
        logs[list(self.free)] = parameters
        found = interval_of(z, self.steps, self.two_sided)
        return LogWeight(logs[found], tuple((found == number).astype(float) for number in self.free))

    def powers(self, parameters: Array) -> tuple[float, float]:
        return 0.0, 0.0

    def delta(self, parameters: Array) -> Array:
        return np.exp(parameters)

    def delta_slope(self, parameters: Array) -> Array:
        return np.exp(parameters)
