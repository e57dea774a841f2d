"""Newton's method for the maximum of a smooth function in a box, with exact derivatives."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from synthesis.pooling.kernel.effects import Array, Mask

_STEPS = 100
_HALVINGS = 40
_NOTHING = 1e-20  # of the value, or of one: a step that promises less is below 1e-9 standard errors
_SLOPE = 1e-4  # share of the promised gain that a step must keep
_ROUNDING = 4e-15  # of the value, or of one where that is less


@dataclass(frozen=True, eq=False)
class Point:
    """A function at (m,): value, gradient (m,) and Hessian (m, m); -inf outside its domain."""

    at: Array
    value: float
    gradient: Array
    hessian: Array

    @property
    def exists(self) -> bool:
        """Whether the function and its derivatives are finite here."""
        return math.isfinite(self.value + float(np.abs(self.gradient).sum() + np.abs(self.hessian).sum()))

    @property
    def rounding(self) -> float:
        """Below which a gain in value is not seen."""
        return _ROUNDING * (1.0 + abs(self.value))


@dataclass(frozen=True)
class Box:
    """low <= at <= high, each (m,)."""

    low: Array
    high: Array

    def clip(self, at: Array) -> Array:
        return np.minimum(np.maximum(at, self.low), self.high)

    def held(self, point: Point) -> Mask:
        """Coordinates at a wall against which the function still rises."""
        return ((point.at <= self.low) & (point.gradient <= 0.0)) | (
            (point.at >= self.high) & (point.gradient >= 0.0)
        )


def climb(function: Callable[[Array], Point], start: Array, box: Box, least_gain: float = -np.inf) -> Point:
    """The maximum to which Newton's method with positive curvature rises from `start`.

    Steps are cut at the walls and halved until the function rises. least_gain: a step that promises less is
    not taken, where the function is known no better than that. A start outside the domain is returned as it
    is.
    """
    point = function(box.clip(start))
    for _ in range(_STEPS if point.exists else 0):
        step = newton_step(point, box.held(point))
        gain = float(step @ point.gradient)
        if gain < max(least_gain, _NOTHING * (1.0 + abs(point.value))):
            break
        after = _rise(function, point, step, box)
        if after is None:
            break
        if gain <= after.rounding and _slope(after, box) >= _slope(point, box):
            break
        point = after
    return point


def newton_step(point: Point, held: Mask) -> Array:
    """The step to the top of the local parabola, its curvatures made positive, zero where held."""
    step = np.zeros_like(point.at)
    free = np.flatnonzero(~held)
    if free.size == 1:
        (one,) = free.tolist()
        step[one] = point.gradient[one] / max(abs(float(point.hessian[one, one])), 1e-300)
    elif free.size:
        values, vectors = np.linalg.eigh(-point.hessian[free[:, None], free])
        size = np.abs(values)
        size = np.maximum(size, max(1e-12 * float(size.max()), 1e-300))
        step[free] = vectors @ ((vectors.T @ point.gradient[free]) / size)
    return step


def _slope(point: Point, box: Box) -> float:
    return float(np.abs(point.gradient[~box.held(point)]).max(initial=0.0))


def _rise(function: Callable[[Array], Point], point: Point, step: Array, box: Box) -> Point | None:
    """The first of the halved steps that rises enough, or does not fall beyond rounding; None without one."""
    for direction in (step, np.where(box.held(point), 0.0, point.gradient)):
        length = 1.0
        for _ in range(_HALVINGS):
            at = box.clip(point.at + length * direction)
            moved = at - point.at
            if not np.any(moved):
                break
            after = function(at)
            promised = _SLOPE * float(moved @ point.gradient)
            least = promised - point.rounding
            if after.exists and promised > -point.rounding and after.value >= point.value + least:
                return after
            length *= 0.5
    return None
