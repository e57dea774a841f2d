"""One root finder for every equation of the kernel: Newton's method that cannot leave its bracket."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from synthesis.pooling.kernel.effects import Array, Mask, Rows

Equation: TypeAlias = Callable[[Array, Rows], tuple[Array, Array]]

_STEPS = 200
_LAST_STEP = 1e-7
_ROUNDING = 1e-15
_NEARER = 0.25  # of the value at the point before, beyond which interpolation is no better than Newton's step


@dataclass(frozen=True)
class Seen:
    """Where functions were evaluated: t, value and slope there, shape (n,)."""

    t: Array
    value: Array
    slope: Array

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
    active: Rows = np.arange(root.size)
    for _ in range(_STEPS):
        if not active.size:
            break
        t = root[active]
        now = Seen(t, *equation(t, active))
        right = now.value >= 0
        lower, upper = np.where(right, low[active], t), np.where(right, t, high[active])
        earlier = now if before is None else before
        after, corrected = _next(now, earlier, lower, upper)
        inside = (after >= lower) & (after <= upper)
        after = np.where(inside, after, 0.5 * (lower + upper))
        low[active], high[active], root[active] = lower, upper, after
        step = np.abs(after - t)
        finished = inside & (step <= _LAST_STEP * after) | (step <= _ROUNDING * (after + unit[active]))
        with np.errstate(over="ignore"):
            finished |= corrected & (step * np.abs(t - earlier.t) <= _LAST_STEP * after * after)
        active, before = active[~finished], now.where(~finished)
    return root


def halfway(low: Array, high: Array, unit: Array) -> Array:
    """The point between two ends where t + unit is the geometric mean of theirs."""
    middle: Array = np.sqrt((low + unit) * (high + unit)) - unit
    return middle


def _next(now: Seen, before: Seen, lower: Array, upper: Array) -> tuple[Array, Mask]:
    """Newton's step, with its correction where that can be trusted; and where that is.

    A point corrects nothing by itself: with no rise between two points x is not finite.
    """
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        newton = now.t - now.value / now.slope
        rise = before.value - now.value
        x = -now.value / rise
        # Inverse cubic interpolation through both points, less Newton's step, which is its term in x.
        by_slopes = rise * ((2.0 - x) / now.slope + (1.0 - x) / before.slope)
        after = newton + x * x * ((before.t - now.t) * (3.0 - 2.0 * x) - by_slopes)
        trusted = (np.abs(x) <= _NEARER) & (after >= lower) & (after <= upper)
    return np.where(trusted, after, newton), trusted
