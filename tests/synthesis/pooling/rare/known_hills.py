"""Likelihoods whose hills are known: parabolas, sums of two, cliffs, needles."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from synthesis.pooling.kernel.climbing import Point
from synthesis.pooling.kernel.effects import Array
from synthesis.pooling.rare.sparse_fit import SparseFit, maximise_counts

Known = Callable[[Array], tuple[float, Array, Array]]


@dataclass(frozen=True)
class Hills:
    """A likelihood that is told as value, gradient and Hessian."""

    known: Known
    p: int
    entries: tuple[tuple[int, int], ...] = ((0, 0),)

    def point(self, parameters: Array) -> Point:
        return Point(parameters, *self.known(parameters))

    def refined(self, fineness: float) -> Hills:
        assert fineness > 0.0
        return self

    def beginnings(self, coefficients: Array) -> tuple[Array, ...]:
        return (coefficients,)


def parabolic(centre: Array, curvature: Array, height: float = 0.0) -> Known:
    def known(at: Array) -> tuple[float, Array, Array]:
        away = at - centre
        return height - 0.5 * float(away @ curvature @ away), -curvature @ away, -curvature

    return known


def sum_of(first: Known, second: Known) -> Known:
    """Logarithm of the sum of two densities."""

    def known(at: Array) -> tuple[float, Array, Array]:
        (a, ga, ha), (b, gb, hb) = first(at), second(at)
        value = float(np.logaddexp(a, b))
        u, w = math.exp(a - value), math.exp(b - value)
        gradient = u * ga + w * gb
        second_moment = u * (ha + np.outer(ga, ga)) + w * (hb + np.outer(gb, gb))
        return value, gradient, second_moment - np.outer(gradient, gradient)

    return known


NOTHING = np.zeros(2, dtype=bool)


CURVATURE = np.array([[4.0, 1.5], [1.5, 2.0]])


CENTRE = np.array([0.7, 1.2])


def fitted(
    model: Hills, start: list[float], random: bool = True, held: list[bool] | None = None
) -> SparseFit:
    return maximise_counts(model, np.array(start), random, np.array(held or [False] * len(start)))


def two_hills(far: float, higher: float) -> Hills:
    """One hill at a small spread, and another at a larger one."""
    steep = np.diag([9.0, 200.0])
    return Hills(
        sum_of(
            parabolic(np.array([0.0, 0.1]), steep),
            parabolic(np.array([0.4, far]), np.diag([4.0, 9.0]), higher),
        ),
        1,
    )


def mirror(known: Known, index: int) -> Known:
    """The same at both signs of a parameter, as of a standard deviation: of |x|."""

    def both(at: Array) -> tuple[float, Array, Array]:
        turned = np.ones(at.size)
        turned[index] = -1.0 if at[index] > 0.0 else 1.0
        value, gradient, hessian = known(turned * at)
        return value, turned * gradient, np.outer(turned, turned) * hessian

    return both


def nowhere(m: int) -> tuple[float, Array, Array]:
    return -math.inf, np.zeros(m), np.zeros((m, m))


@dataclass(frozen=True)
class Watched(Hills):
    """The same, with all parameters that were asked for."""

    seen: list[Array] = field(default_factory=list)

    def point(self, parameters: Array) -> Point:
        self.seen.append(parameters)
        return super().point(parameters)

    def refined(self, fineness: float) -> Watched:
        return self


@dataclass(frozen=True)
class Cliff(Hills):
    """A parabola that falls by ten beyond a point, which coarse integrals see elsewhere."""

    coarse: bool = False

    def point(self, parameters: Array) -> Point:
        value, gradient, hessian = self.known(parameters)
        beyond = parameters[0] > (1.03 if self.coarse else 1.0)
        return Point(parameters, value - 10.0 * beyond, gradient, hessian)

    def refined(self, fineness: float) -> Cliff:
        return Cliff(self.known, self.p, self.entries, coarse=fineness < 1.0)


@dataclass(frozen=True)
class Rising(Hills):
    """A likelihood that is higher by a thousandth of its fineness."""

    fineness: float = 1.0

    def point(self, parameters: Array) -> Point:
        value, gradient, hessian = self.known(parameters)
        return Point(parameters, value + 1e-3 * self.fineness, gradient, hessian)

    def refined(self, fineness: float) -> Rising:
        return Rising(self.known, self.p, self.entries, fineness)


@dataclass(frozen=True)
class Told(Hills):
    """A sum of hills around a coefficient of zero, with its profile; unknown: of which nothing is told."""

    unknown: bool = False
    asked: list[Array] = field(default_factory=list)

    def heights(self, tau: Array, coefficients: Array, held: Array) -> tuple[Array, Array]:
        assert coefficients.shape == (tau.size, 1)
        self.asked.append(np.append(coefficients[0], held))
        at = coefficients if held[0] else np.zeros((tau.size, 1))
        value = [math.nan if self.unknown else self.known(each)[0] for each in np.column_stack([at, tau])]
        return np.array(value), at

    def ceilings(self, tau: Array, value: Array) -> Array:
        """No curvature is below -10,000."""
        return np.asarray(np.maximum(value[1:], value[:-1]) + 1e4 * np.diff(tau) ** 2 / 8.0)

    def roof(self, tau: float) -> float:
        """None: only the profile tells."""
        return math.inf


def needle(at: float, unknown: bool = False) -> Told:
    """A hill a hundredth wide at a spread, which is lost on any grid, beside a broad one."""
    broad = parabolic(np.array([0.0, 0.7]), np.diag([4.0, 9.0]))
    return Told(sum_of(broad, parabolic(np.array([0.0, at]), np.diag([4.0, 1e4]), 2.0)), 1, unknown=unknown)
