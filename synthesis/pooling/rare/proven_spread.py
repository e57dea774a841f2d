"""The deviation at which a profile likelihood is highest, with a proof that it is nowhere higher.

With C above all negative curvatures of a study's log-probabilities by its effect, that probability times
exp(C v^2 / 2) is log-convex in v, so that with s = tau sqrt(C) / sqrt(1 + C tau^2) the log-likelihood of k
studies is, at any coefficients, a convex function of s plus k/2 log(1 - s^2). The former lies below its
chords. So does, as a supremum of such functions, the profile over the coefficients: between two deviations
it is nowhere above the chord of profile - k/2 log(1 - s^2), plus k/2 log(1 - s^2), nor does a profile at
their ends that is told too high make that bound wrong. Cells are parted until no bound exceeds the top.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np

from synthesis.pooling.kernel.climbing import Point
from synthesis.pooling.kernel.effects import Array, Mask

_FIRST = (0.4, 0.8, 1.6, 4.0)
_WIDE = (8.0,)
MARGIN = 1e-3  # of a log-likelihood
_SPARE = 0.8  # of it, that cells about the top may have
_DOWN = 2.0  # of a log-likelihood below the top, to which cells about it are laid
_BESIDE = 16  # such cells on either side
_TRIAL = 0.01  # a cell, of the logarithm of a deviation
_PARTS = 8  # of a cell at once
CELLS = 500
_FARTHER = 2.0
_ALIKE = 1e-9  # of a deviation: no bound tells two of them apart
HIGHER = 1e-9  # of a log-likelihood, from which on another deviation is a better start


@runtime_checkable
class Profiled(Protocol):
    """A likelihood of one deviation, whose profile can be told of many at once, and bounded between them."""

    def heights(self, tau: Array, coefficients: Array, held: Mask) -> tuple[Array, Array]:
        """At deviations (n,), from coefficients (n, p): the profile (n,), and its coefficients (n, p)."""
        ...

    def ceilings(self, tau: Array, value: Array) -> Array:
        """Bounds of the profile between ascending neighbours, (n - 1,), from its values (n,)."""
        ...

    def roof(self, tau: float) -> float:
        """What the profile at a deviation cannot exceed; infinite where only `heights` tells."""
        ...


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
    model: Profiled, held: Mask, climbed: Callable[[Array], Point], without: Point, most: float
) -> tuple[Point, float]:
    """The top for deviations up to `most`, and how much higher than it the likelihood can be anywhere.

    held: (p,), coefficients that stay; climbed: the maximum from coefficients and a deviation; without: the
    highest point at a deviation of zero. The second result is a thousandth at most where the top is proven.
    """
    roof = model.roof(most)
    roofed = math.isfinite(roof)
    known = _Known.at_zero(without)
    top, new = without, np.array(_FIRST if roofed else (*_FIRST, *_WIDE, most))
    while True:
        value, coefficients = model.heights(new, known.coefficients_at(new), held)
        known.add(new, value, coefficients)
        moved = float(np.where(np.isnan(value), -np.inf, value).max()) > top.value + HIGHER
        if moved:
            found = climbed(known.summit())
            moved, top = found.value > top.value, max(top, found, key=lambda each: each.value)
            known.add(np.abs(top.at[-1:]), np.array([top.value]), top.at[None, :-1])
        roofed = roofed and float(known.tau[-1]) < (1.0 - _ALIKE) * most
        tau = np.append(known.tau, most) if roofed else known.tau
        ends = np.append(known.value, roof) if roofed else known.value
        highest = model.ceilings(tau, ends)
        above = ~(highest <= top.value + MARGIN)
        if not above.any() or tau.size > CELLS or np.isnan(ends).any():
            proven = np.isfinite(highest).all()
            return top, max(0.0, float(highest.max()) - top.value) if proven else math.inf
        about = _about(top, model) if moved else np.empty(0)
        about = about[about < known.tau[-1]]
        if about.size:
            above &= (tau[1:] <= about[0]) | (tau[:-1] >= about[-1])
        if roofed and above[-1]:  # a roof is too high, or too far away: the next deviation is told
            above[-1] = False
            roofed = roof <= top.value and _FARTHER * known.tau[-1] < most
            about = np.append(about, _FARTHER * known.tau[-1] if roofed else most)
        new = np.concatenate([about, parted(tau[:-1], tau[1:], ends, highest, above, top.value)])


@dataclass(eq=False)
class _Known:
    """Deviations, ascending from zero, (n,), with the profile, (n,), and its coefficients, (n, p)."""

    tau: Array
    value: Array
    coefficients: Array

    @classmethod
    def at_zero(cls, without: Point) -> _Known:
        return cls(np.zeros(1), np.array([without.value]), without.at[None, :-1])

    def add(self, tau: Array, value: Array, coefficients: Array) -> None:
        """More of them; of two at one deviation, but for rounding, the later is kept."""
        alike = np.abs(tau[:, None] - self.tau) <= _ALIKE * self.tau
        tau = np.where(alike.any(axis=1), self.tau[alike.argmax(axis=1)], tau)
        tau, places = np.unique(np.concatenate([tau, self.tau]), return_index=True)
        self.tau, self.value = tau, np.concatenate([value, self.value])[places]
        self.coefficients = np.concatenate([coefficients, self.coefficients])[places]

    def coefficients_at(self, tau: Array) -> Array:
        """Where the profile's are about: between those of the neighbours."""
        return np.array([np.interp(tau, self.tau, each) for each in self.coefficients.T]).T

    def summit(self) -> Array:
        """About the highest point: the top of the parabola through the best and its neighbours."""
        best = int(np.where(np.isnan(self.value), -np.inf, self.value).argmax())
        at = float(self.tau[best])
        if 0 < best < self.tau.size - 1:
            below, above = (float(self.tau[best + way]) - at for way in (-1, 1))
            fall, rise = (float(self.value[best] - self.value[best + way]) for way in (-1, 1))
            bend = fall / below - rise / above
            move = 0.5 * (fall * above / below - rise * below / above) / bend if bend < 0.0 else 0.0
            at += move if math.isfinite(move) else 0.0  # half the way to a neighbour at most
        return np.append(self.coefficients_at(np.array([at])), at)


def _about(top: Point, model: Profiled) -> Array:
    """Deviations about the top, at which cells are as wide as the fall of the profile allows them to be."""
    tau = abs(float(top.at[-1]))
    if tau == 0.0:
        return np.empty(0)
    others, cross = top.hessian[:-1, :-1], top.hessian[:-1, -1]
    bend = -float(top.hessian[-1, -1] - cross @ np.linalg.lstsq(others, cross, rcond=None)[0]) * tau**2
    trial = model.ceilings(tau * np.array([1.0, math.exp(_TRIAL)]), np.full(2, top.value))
    bow = 8.0 * (float(trial[0]) - top.value) / _TRIAL**2 - bend
    if not (bend > 0.0 and bow > 0.0):
        return np.empty(0)
    away = [0.0]
    while len(away) <= _BESIDE and 0.5 * bend * away[-1] ** 2 < _DOWN:
        away.append(away[-1] + math.sqrt(8.0 * (_SPARE * MARGIN + 0.5 * bend * away[-1] ** 2) / bow))
    beside = np.array(away[1:])
    return np.asarray(tau * np.exp(np.concatenate([-beside[::-1], beside])))


def parted(low: Array, high: Array, ends: Array, highest: Array, above: Mask, top: float) -> Array:
    """Deviations inside the cells that are above: as many as their bound's excess asks for."""
    found: list[float] = []
    for n in np.flatnonzero(above).tolist():
        beside = max(ends[n], ends[n + 1])
        needed = (highest[n] - beside) / max(top + MARGIN - beside, _SPARE * MARGIN)
        parts = min(max(math.ceil(math.sqrt(needed)), 2), _PARTS) if math.isfinite(needed) else _PARTS
        share = np.arange(1, parts) / parts
        inner = high[n] * share if low[n] == 0.0 else low[n] * (high[n] / low[n]) ** share
        found += inner.tolist()
    return np.array(found)
