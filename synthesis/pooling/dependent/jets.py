"""Numbers that carry their first and second derivatives through a formula.

A structure of random effects is written as its formula; what the likelihood's gradient and Hessian need of it
follows by the rules of Leibniz and of the chain (Griewank & Walther 2008, chapter 13).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from synthesis.pooling.kernel.effects import Array


@dataclass(frozen=True, eq=False)
class Jet:
    """Values of B points with their derivatives by q parameters.

    value: shape (B, ...); slope: (B, q, ...); curve: (B, q, q, ...), the same trailing shape in each.
    """

    value: Array
    slope: Array
    curve: Array

    @classmethod
    def of(cls, parameters: Array) -> list[Jet]:
        """The parameters themselves, shape (B, q), as q jets of shape (B,)."""
        b, q = parameters.shape
        units = np.broadcast_to(np.eye(q), (b, q, q))
        flat = np.zeros((b, q, q))
        return [cls(parameters[:, i], units[:, i], flat) for i in range(q)]

    @classmethod
    def constant(cls, value: float, like: Jet) -> Jet:
        """A number that depends on no parameter, in the shape of another jet."""
        return cls(np.full_like(like.value, value), np.zeros_like(like.slope), np.zeros_like(like.curve))

    def __add__(self, other: Jet) -> Jet:
        return Jet(self.value + other.value, self.slope + other.slope, self.curve + other.curve)

    def __mul__(self, other: Jet) -> Jet:
        a, b = self, other
        cross = a.slope[:, :, None] * b.slope[:, None]
        curve = a.curve * b.value[:, None, None] + b.curve * a.value[:, None, None]
        return Jet(
            a.value * b.value,
            a.slope * b.value[:, None] + b.slope * a.value[:, None],
            curve + cross + b.slope[:, :, None] * a.slope[:, None],
        )

    def through(self, value: Array, first: Array, second: Array) -> Jet:
        """A function of this jet, of which value, first and second derivative are given in its shape."""
        outer = self.slope[:, :, None] * self.slope[:, None]
        return Jet(
            value,
            first[:, None] * self.slope,
            first[:, None, None] * self.curve + second[:, None, None] * outer,
        )

    def sin(self) -> Jet:
        """Its sine."""
        s, c = np.sin(self.value), np.cos(self.value)
        return self.through(s, c, -s)

    def cos(self) -> Jet:
        """Its cosine."""
        s, c = np.sin(self.value), np.cos(self.value)
        return self.through(c, -s, -c)

    def affine(self, shift: float, factor: float) -> Jet:
        """shift + factor times itself."""
        return Jet(shift + factor * self.value, factor * self.slope, factor * self.curve)

    def magnitude(self) -> Jet:
        """Its absolute value, rising at zero: for powers of two and above, which do not care."""
        sign = np.where(self.value < 0, -1.0, 1.0)
        return Jet(sign * self.value, sign[:, None] * self.slope, sign[:, None, None] * self.curve)

    def times(self, matrix: Array) -> Jet:
        """Itself, of shape (B,), times every element of a constant matrix (L, L)."""
        return Jet(
            self.value[:, None, None] * matrix,
            self.slope[:, :, None, None] * matrix,
            self.curve[:, :, :, None, None] * matrix,
        )

    def powers(self, exponents: Array) -> Jet:
        """Itself, of shape (B,), to each of the exponents (L, L), which are zero, one, or two and above."""
        base = self.value[:, None, None]
        with np.errstate(divide="ignore", invalid="ignore"):
            value = np.where(exponents == 0, 1.0, base**exponents)
            first = np.where(exponents == 0, 0.0, exponents * base ** (exponents - 1))
            bend = exponents * (exponents - 1) * base ** (exponents - 2)
            second = np.where(exponents * (exponents - 1) == 0, 0.0, bend)
        slope = self.slope[:, :, None, None]
        return Jet(
            value,
            first[:, None] * slope,
            first[:, None, None] * self.curve[..., None, None]
            + second[:, None, None] * (slope[:, :, None] * slope[:, None]),
        )


def matrix_of(rows: Sequence[Sequence[Jet]]) -> Jet:
    """A matrix of jets of shape (B,), as one jet of shape (B, L, L)."""

    def stacked(name: str) -> Array:
        return np.stack([np.stack([getattr(j, name) for j in row], axis=-1) for row in rows], axis=-2)

    return Jet(stacked("value"), stacked("slope"), stacked("curve"))
