"""Bounds of repeated looks by alpha spending: Lan & DeMets 1983, by the recursion of Armitage et al. 1969."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.polynomial.legendre import leggauss
from scipy import special
from scipy.optimize import brentq

from synthesis.pooling.kernel.effects import Array, Rows

_NODES, _NODE_WEIGHTS = leggauss(8)
_FAR = 9.0  # standard deviations beyond which paths are neglected: 1e-19 of them
_NEGLIGIBLE = 1e-16  # alpha below which nothing is spent: its bound would lie beyond 8
_TOO_CLOSE = 1e-5  # growth of information, relative, below which a look is no new look
_CHUNK = 64  # points at which a density is found in one go


def _obrien_fleming(alpha: float, t: float) -> float:
    """2 - 2 Phi(z(alpha / 2) / sqrt(t)), for one side. Lan & DeMets 1983, alpha*_1."""
    return float(2.0 * special.ndtr(special.ndtri(0.5 * alpha) / math.sqrt(t)))


def _pocock(alpha: float, t: float) -> float:
    """alpha ln(1 + (e - 1) t). Lan & DeMets 1983, alpha*_2."""
    return alpha * math.log1p((math.e - 1.0) * t)


SPENDING: dict[str, Callable[[float, float], float]] = {
    "O'Brien-Fleming": _obrien_fleming,
    "Pocock": _pocock,
}
"""By name, what one side has spent of its alpha at an information fraction in (0, 1]."""


@dataclass(frozen=True, eq=False)
class SpendingBounds:
    """Two-sided symmetric bounds on z at each look, and the alpha both sides have spent by then; (looks,).

    z: infinite where nothing is spent: too early for it, or after all is.
    """

    z: Array
    spent: Array


def spending_bounds(fraction: Array, alpha: float, spending: str) -> SpendingBounds:
    """Bounds that z of independent increments crosses with probability alpha, both sides together.

    fraction: information over that required at each look, above zero and not falling, (looks,). Each side
    spends alpha / 2; at or above 1 all is spent, and later looks have no bound. A look that adds less than
    one part in 100,000 of the information has the bound of the one before.
    """
    looks = _distinct(fraction)
    times = fraction[np.unique(looks, return_index=True)[1]].tolist()
    steps = np.diff(times, append=math.inf).tolist()
    z, spent, used, path = [], [], 0.0, None
    for look, t in enumerate(times):
        due = SPENDING[spending](0.5 * alpha, min(t, 1.0)) - used
        bound = math.inf
        if due > _NEGLIGIBLE:
            bound = _bound(path, t, due)
            used += due
        if t < 1.0:
            path = _Path.onwards(path, t, bound, steps[look])
        z.append(bound)
        spent.append(2.0 * used)
    return SpendingBounds(np.array(z)[looks], np.array(spent)[looks])


def _distinct(fraction: Array) -> Rows:
    """The number of each look among those that add enough information to be looks, (looks,)."""
    found: list[int] = []
    last = 0.0
    for t in fraction.tolist():
        new = t - last > _TOO_CLOSE * t
        found.append((found[-1] if found else -1) + new)
        last = t if new else last
    return np.array(found, dtype=np.intp)


@dataclass(frozen=True, eq=False)
class _Path:
    """Sums of independent increments with variance `time` that have crossed no bound yet.

    at, mass: nodes and weights times density of the sum, (n,).
    """

    time: float
    at: Array
    mass: Array

    @classmethod
    def onwards(cls, before: _Path | None, time: float, bound: float, ahead: float) -> _Path:
        """The paths at a time that stay within +-bound, on the scale of z; ahead: the step to the next look.

        Their density is smooth on the scale of the step behind, and is weighted on that of the step ahead:
        panels are as wide as the smaller.
        """
        step = time if before is None else time - before.time
        reach = min(bound, _FAR) * math.sqrt(time)
        panels = math.ceil(2.0 * reach / math.sqrt(min(step, ahead)))
        edges = np.linspace(-reach, reach, panels + 1)
        half = 0.5 * (edges[1] - edges[0])
        at = (0.5 * (edges[1:] + edges[:-1])[:, None] + half * _NODES).ravel()
        weights = np.tile(half * _NODE_WEIGHTS, panels)
        return cls(time, at, weights * _density(before, at, step))


def _density(before: _Path | None, at: Array, step: float) -> Array:
    """Of the sum after a step, at sorted points; from each only what lies within its reach counts."""
    scale = math.sqrt(step)
    if before is None:
        return np.asarray(np.exp(-0.5 * (at / scale) ** 2) / (scale * math.sqrt(2.0 * math.pi)))
    found = np.empty_like(at)
    for start in range(0, at.size, _CHUNK):
        points = at[start : start + _CHUNK]
        ends = points[0] - _FAR * scale, points[-1] + _FAR * scale
        low, high = np.searchsorted(before.at, ends)
        apart = (points[:, None] - before.at[low:high]) / scale
        found[start : start + _CHUNK] = np.exp(-0.5 * apart * apart) @ before.mass[low:high]
    return found / (scale * math.sqrt(2.0 * math.pi))


def _bound(path: _Path | None, time: float, due: float) -> float:
    """The z that one side crosses, at this look and no earlier, with probability `due`."""
    if path is None:
        return -float(special.ndtri(due))
    scale, root = math.sqrt(time - path.time), math.sqrt(time)

    def excess(z: float) -> float:
        return float(special.ndtr((path.at - z * root) / scale) @ path.mass) - due

    return float(brentq(excess, 0.0, _FAR))
