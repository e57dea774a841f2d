"""One root finder for every equation of the kernel: Newton's method that cannot leave its bracket."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from synthesis.pooling.kernel import search
from synthesis.pooling.kernel.effects import Array, Rows
from synthesis.pooling.kernel.once import once

Equation: TypeAlias = Callable[[Array, Rows], tuple[Array, Array]]

_WORTH_LEAVING_OUT = 0.9  # share that is still busy, above which the others stay, as copying costs more


@dataclass(frozen=True)
class Seen:
    """Where functions were evaluated: t, value and slope there, shape (n,)."""

    t: Array
    value: Array
    slope: Array

    @once
    def by_value(self) -> tuple[Array, Array, Array]:
        """t, value and one over the slope."""
        return self.t, self.value, 1.0 / self.slope

    def take(self, rows: Rows) -> Seen:
        return Seen(self.t[rows], self.value[rows], self.slope[rows])


def increasing_root(
    equation: Equation, low: Array, high: Array, start: Array, unit: Array, before: Seen | None = None
) -> Array:
    """Where each of n functions crosses zero from below, inside its bracket.

    equation(t, rows) returns value and slope of the functions in `rows` at t. low, high, start and
    unit have shape (n,); a function that is not negative at `low` has its root there. `unit` is the
    size beside which rounding of t does not matter. before: a point seen earlier.
    Newton's step, from the second point on corrected for curvature by inverse cubic interpolation, leaves an
    error like the product of squares of the last two; a step out of the bracket becomes a bisection.
    The step after one of relative size 1e-7, or after two with such a product, would be near rounding.
    """
    root, t = start.copy(), start
    active, busy = np.arange(root.size), np.ones(root.size, dtype=bool)
    for _ in range(search.STEPS):
        if not active.size:
            break
        now = Seen(t, *equation(t, active))
        right = now.value >= 0
        low, high = np.where(right, low, t), np.where(right, t, high)
        earlier = now if before is None else before
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            after, corrected = search.next_step(now.by_value, earlier.by_value, low, high)
            inside = (after >= low) & (after <= high)
            after = np.where(inside, after, 0.5 * (low + high))
            finished = search.near_enough(now.by_value, earlier.by_value, after, inside, corrected, unit)
        t = np.where(busy, after, t)
        busy &= ~finished
        before = now
        left = np.flatnonzero(busy)
        if left.size <= _WORTH_LEAVING_OUT * busy.size:
            root[active] = t
            active, busy, before = active[left], busy[left], now.take(left)
            t, low, high, unit = t[left], low[left], high[left], unit[left]
    root[active] = t
    return root


def halfway(low: Array, high: Array, unit: Array) -> Array:
    """The point between two ends where t + unit is the geometric mean of theirs."""
    middle: Array = np.sqrt((low + unit) * (high + unit)) - unit
    return middle
