"""Curves over a dose: the columns by which its coefficients are multiplied."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from evidence.cubic_splines import restricted_cubic, restricted_cubic_slope
from synthesis.pooling.kernel.effects import Array

POWERS = (-2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 2.0, 3.0)
"""Of fractional polynomials; 0 is the logarithm. Royston & Altman 1994."""


@dataclass(frozen=True, eq=False)
class DoseBasis:
    """p columns of a dose. at, slope: of doses (n,), columns and their derivatives, shape (n, p).

    linear: how many of the columns a straight line takes, the rest being its bend: 1, or 0 where none of the
    columns is the dose itself. names: of the coefficients. positive: whether it needs doses above zero.
    knots: of a spline.
    """

    names: tuple[str, ...]
    at: Callable[[Array], Array]
    slope: Callable[[Array], Array]
    linear: int = 1
    positive: bool = False
    knots: tuple[float, ...] = ()

    @property
    def p(self) -> int:
        """How many coefficients."""
        return len(self.names)


def linear() -> DoseBasis:
    """A straight line."""
    return DoseBasis(("dose",), lambda x: x[:, None], lambda x: np.ones((x.size, 1)))


def quadratic() -> DoseBasis:
    """A parabola."""
    return DoseBasis(
        ("dose", "dose^2"),
        lambda x: np.column_stack([x, x * x]),
        lambda x: np.column_stack([np.ones(x.size), 2.0 * x]),
    )


def fractional_polynomial(powers: Sequence[float]) -> DoseBasis:
    """dose^power, one or two of them; a power given twice stands for x^p and x^p log x.

    The dose itself comes first, where it is one of them.
    """
    powers = sorted(powers, key=lambda power: power != 1.0)
    first, *second = powers
    repeated = bool(second) and second[0] == first
    columns = [_power(first), *([_power_with_log(first)] if repeated else [_power(p) for p in second])]
    names = tuple(_power_name(p, n == 1 and repeated) for n, p in enumerate(powers))
    return DoseBasis(
        names,
        lambda x: np.column_stack([at(x) for at, _ in columns]),
        lambda x: np.column_stack([slope(x) for _, slope in columns]),
        linear=int(first == 1.0),
        positive=True,
    )


_Function = Callable[[Array], Array]


def _power(p: float) -> tuple[_Function, _Function]:
    if p == 0.0:
        return np.log, lambda x: 1.0 / x
    return lambda x: x**p, lambda x: p * x ** (p - 1.0)


def _power_with_log(p: float) -> tuple[_Function, _Function]:
    if p == 0.0:
        return lambda x: np.log(x) ** 2, lambda x: 2.0 * np.log(x) / x
    return lambda x: x**p * np.log(x), lambda x: x ** (p - 1.0) * (p * np.log(x) + 1.0)


def _power_name(p: float, with_log: bool) -> str:
    if p == 0.0:
        return "log(dose)^2" if with_log else "log(dose)"
    name = "dose" if p == 1.0 else f"dose^{p:g}"
    return f"{name} log(dose)" if with_log else name


def restricted_cubic_spline(knots: Sequence[float] | Array) -> DoseBasis:
    """Cubic between at least three knots and straight beyond them."""
    t = np.asarray(knots)
    return DoseBasis(
        ("dose", *(f"spline {n}" for n in range(1, t.size - 1))),
        lambda x: restricted_cubic(x, t),
        lambda x: restricted_cubic_slope(x, t),
        knots=tuple(t.tolist()),
    )


def linear_spline(knots: Sequence[float] | Array) -> DoseBasis:
    """Straight lines that meet at the knots: first the slope before them, then its changes there."""
    t = np.asarray(knots)
    return DoseBasis(
        ("dose", *(f"change at {knot:g}" for knot in t)),
        lambda x: np.column_stack([x, np.maximum(x[:, None] - t, 0.0)]),
        lambda x: np.column_stack([np.ones(x.size), (x[:, None] > t).astype(float)]),
        knots=tuple(t.tolist()),
    )
