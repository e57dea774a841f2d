"""One root finder for every equation of the kernel: Newton's method that cannot leave its bracket."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from synthesis.pooling.effects import Array, Rows

Equation: TypeAlias = Callable[[Array, Rows], tuple[Array, Array]]

_STEPS = 200
_LAST_STEP = 1e-7
_ROUNDING = 1e-15


def increasing_root(equation: Equation, low: Array, high: Array, start: Array, unit: Array) -> Array:
    """Where each of n functions crosses zero from below, inside its bracket.

    equation(t, rows) returns value and slope of the functions in `rows` at t. low, high, start and
    unit have shape (n,); a function that is not negative at `low` has its root there. `unit` is the
    size beside which rounding of t does not matter. Convergence is quadratic, so that the step after
    one of relative size 1e-7 would be near rounding; a step out of the bracket becomes a bisection.
    """
    root, low, high = start.copy(), low.copy(), high.copy()
    active: Rows = np.arange(root.size)
    for _ in range(_STEPS):
        if not active.size:
            break
        t = root[active]
        value, slope = equation(t, active)
        right = value >= 0
        lower, upper = np.where(right, low[active], t), np.where(right, t, high[active])
        with np.errstate(divide="ignore", invalid="ignore"):
            after = t - value / slope
        inside = (after >= lower) & (after <= upper)
        after = np.where(inside, after, 0.5 * (lower + upper))
        low[active], high[active], root[active] = lower, upper, after
        step = np.abs(after - t)
        finished = inside & (step <= _LAST_STEP * after) | (step <= _ROUNDING * (after + unit[active]))
        active = active[~finished]
    return root
