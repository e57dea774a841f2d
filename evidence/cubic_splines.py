"""Restricted cubic splines: the columns of a value, and where their knots stand by custom."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]


def restricted_cubic(x: Array, knots: Array) -> Array:
    """Columns (n, knots - 1) of x (n,): itself, and cubics between the knots that are straight beyond them.

    They are scaled by the square of the range of the knots, at least three of them and increasing. Harrell
    2001, section 2.4.5: the first coefficient is the slope below the first knot.
    """
    return np.column_stack([x, _cut(x, knots, 3) / (knots[-1] - knots[0]) ** 2])


def restricted_cubic_slope(x: Array, knots: Array) -> Array:
    """The derivatives of these columns, same shape."""
    return np.column_stack([np.ones(x.size), 3.0 * _cut(x, knots, 2) / (knots[-1] - knots[0]) ** 2])


def _cut(x: Array, t: Array, power: int) -> Array:
    above: Array = np.maximum(x[:, None] - t, 0.0) ** power
    left = (t[-1] - t[:-2]) / (t[-1] - t[-2])
    right = (t[-2] - t[:-2]) / (t[-1] - t[-2])
    return np.asarray(above[:, :-2] - above[:, -2:-1] * left + above[:, -1:] * right)


def harrell_shares(count: int) -> Array:
    """The quantiles at which three to seven knots stand: equally spaced. Harrell 2001, table 2.3."""
    outer = {3: 0.1, 7: 0.025}.get(count, 0.05)
    return np.linspace(outer, 1.0 - outer, count)
