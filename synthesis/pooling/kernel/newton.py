"""One root finder for every equation of the kernel: Newton's method that cannot leave its bracket."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from synthesis.pooling.kernel import search
from synthesis.pooling.kernel.effects import Array, Mask, Rows
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

    def where(self, mask: Mask) -> Seen:
        return self if mask.all() else Seen(self.t[mask], self.value[mask], self.slope[mask])


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
    root, low, high = start.copy(), low.copy(), high.copy()
    active, busy = np.arange(root.size), np.ones(root.size, dtype=bool)
    for _ in range(search.STEPS):
        if not active.size:
            break
        t = root[active]
        now = Seen(t, *equation(t, active))
        right = now.value >= 0
        lower, upper = np.where(right, low[active], t), np.where(right, t, high[active])
        earlier = now if before is None else before
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            after, corrected = search.next_step(now.by_value, earlier.by_value, lower, upper)
            inside = (after >= lower) & (after <= upper)
            after = np.where(inside, after, 0.5 * (lower + upper))
            finished = search.near_enough(
                now.by_value, earlier.by_value, after, inside, corrected, unit[active]
            )
        low[active], high[active], root[active] = lower, upper, np.where(busy, after, t)
        busy &= ~finished
        before = now
        if np.count_nonzero(busy) <= _WORTH_LEAVING_OUT * busy.size:
            active, before, busy = active[busy], now.where(busy), busy[busy]
    return root


def halfway(low: Array, high: Array, unit: Array) -> Array:
    """The point between two ends where t + unit is the geometric mean of theirs."""
    middle: Array = np.sqrt((low + unit) * (high + unit)) - unit
    return middle
