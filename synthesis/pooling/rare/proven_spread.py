"""The deviation at which a profile likelihood is highest, with a proof that it is nowhere higher.

With C above all negative curvatures of a study's log-probabilities by its effect, that probability times
exp(C v^2 / 2) is log-convex in v, so that with s = tau sqrt(C) / sqrt(1 + C tau^2) the log-likelihood of k
studies is, at any coefficients, a convex function of s plus k/2 log(1 - s^2). The former lies below its
chords. So does, as a supremum of such functions, the profile over the coefficients: between two deviations
it is nowhere above the chord of profile - k/2 log(1 - s^2), plus k/2 log(1 - s^2). Cells are halved until no
bound exceeds the top.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from synthesis.pooling.kernel.climbing import Point
from synthesis.pooling.kernel.effects import Array

_FIRST = (0.05, 0.1, 0.2, 0.35, 0.6, 1.0, 1.7, 3.0, 6.0)
_MARGIN = 1e-3  # of a log-likelihood
_PARTS = 4  # of a cell
_CELLS = 500
_HIGHER = 1e-9  # of a log-likelihood, from which on another deviation is a better start

Heights = Callable[[Array, Array], tuple[Array, Array]]
"""Of deviations (n,) and coefficients to start from (p,): the profile (n,), and its coefficients (n, p)."""


def ceilings(tau: Array, value: Array, studies: int, sharpest: float) -> Array:
    """Bounds of the profile between neighbours, (n - 1,), from its values at tau, (n,), ascending."""
    squared = sharpest * tau**2
    s = np.sqrt(squared / (1.0 + squared))
    convex = value + 0.5 * studies * np.log1p(squared)
    slope = np.diff(convex) / np.diff(s)
    r = slope / studies  # where the bound is highest, s / (1 - s^2) = r
    at = np.clip(2.0 * r / (1.0 + np.sqrt(1.0 + 4.0 * r * r)), s[:-1], s[1:])
    return np.asarray(convex[:-1] + slope * (at - s[:-1]) + 0.5 * studies * np.log1p(-at * at))


def proven_top(
    heights: Heights,
    climbed: Callable[[Array], Point],
    without: Point,
    most: float,
    bound: Callable[[Array, Array], Array],
) -> tuple[Point, float]:
    """The top for deviations up to `most`, and how much higher than it the likelihood can be anywhere.

    climbed: the maximum from coefficients and a deviation; without: the highest point at a deviation of zero;
    bound: `ceilings` of tau and profile. The second result is a thousandth at most where the top is proven.
    """
    tau, value = np.zeros(1), np.array([without.value])
    top, new = without, np.append(np.array(_FIRST), most)
    while True:
        found, coefficients = heights(new, top.at[:-1])
        best = int(np.where(np.isnan(found), -np.inf, found).argmax())
        if found[best] > top.value + _HIGHER:
            start = np.append(coefficients[best], new[best])
            top = max(top, climbed(start), key=lambda each: each.value)
            new, found = np.append(new, abs(top.at[-1])), np.append(found, top.value)
        tau, places = np.unique(np.concatenate([tau, new]), return_index=True)
        value = np.concatenate([value, found])[places]
        highest = bound(tau, value)
        above = ~(highest <= top.value + _MARGIN)
        if not above.any() or tau.size > _CELLS or np.isnan(value).any():
            proven = np.isfinite(highest).all()
            return top, max(0.0, float(highest.max()) - top.value) if proven else np.inf
        share = np.arange(1, _PARTS)[:, None] / _PARTS
        new = (tau[:-1][above] + share * np.diff(tau)[above]).ravel()
