"""Mixtures of normals, as which mu, a new study's effect and each study's own are distributed."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from functools import cached_property

import numpy as np
from scipy import special

from synthesis.pooling.kernel.effects import Array, Mask, Rows
from synthesis.pooling.kernel.parts import parts_of

_ROOT_2PI = math.sqrt(2.0 * math.pi)
_STEPS = 200
_LAST_STEP = 1e-8
_BALANCED = 1e-6  # of a density, and of a probability
_HALVINGS = 45
_SCAN = special.ndtr(np.linspace(-4.25, 4.25, 21))  # probabilities, all but the outermost mass


def _average(shares: Array, values: Array) -> Array:
    """Sum of values by their shares along the last axis."""
    total: Array = np.einsum("...c,...c->...", shares, values)
    return total


@dataclass(frozen=True)
class Mixture:
    """n mixtures of at most c normals.

    mass: shares, adding to one, zero for none; mean, sd: (n, c). centre, size: a typical component's mean and
    sd, (n,), from which searches start.
    """

    mass: Array
    mean: Array
    sd: Array
    centre: Array
    size: Array

    @classmethod
    def of(cls, mass: Array, mean: Array, sd: Array) -> Mixture:
        """With the component in the middle of the mass as the typical one; masses in any order of tau."""
        middle = (np.cumsum(mass, axis=1) < 0.5).sum(axis=1).clip(max=mass.shape[1] - 1)
        rows = np.arange(len(mass))
        return cls(mass, mean, sd, mean[rows, middle], sd[rows, middle])

    @classmethod
    def together(cls, several: Sequence[Mixture]) -> Mixture:
        """Mixtures of as many components each below one another."""
        return cls(*(np.concatenate([getattr(m, f.name) for m in several]) for f in fields(cls)))

    def blocks(self) -> Iterator[Mixture]:
        """The same mixtures a few at a time, so that arrays over components stay of moderate size."""
        for part in parts_of(len(self.mass), self.mass[0].size * _SCAN.size):
            yield Mixture(*(getattr(self, f.name)[part] for f in fields(self)))

    def expectation(self) -> Array:
        """Mean, (n,); of what is integrated where no mean exists."""
        around = self.centre[:, None]
        return self.centre + _average(self.mass, self.mean - around)

    def deviation(self) -> Array:
        """Standard deviation, (n,)."""
        away = self.mean - self.expectation()[:, None]
        return np.sqrt(_average(self.mass, self.sd**2 + away * away))

    def below(self, z: Array) -> Array:
        """P(effect < z), z: (n, q)."""
        return _average(self.mass[:, None], special.ndtr(self._standard(z)))

    def above(self, z: Array) -> Array:
        """P(effect > z), z: (n, q), with all digits where it is small."""
        return _average(self.mass[:, None], special.ndtr(-self._standard(z)))

    def density(self, z: Array) -> Array:
        """Density at z, (n, q)."""
        return self._densities(z)[0]

    def slope(self, z: Array) -> Array:
        """Derivative of the density at z, (n, q)."""
        return self._densities(z)[1]

    def _standard(self, z: Array) -> Array:
        standard: Array = (z[:, :, None] - self.mean[:, None, :]) / self.sd[:, None, :]
        return standard

    def _densities(self, z: Array) -> tuple[Array, Array]:
        standard = self._standard(z)
        each = np.exp(-0.5 * standard * standard) / (self.sd[:, None, :] * _ROOT_2PI)
        density = _average(self.mass[:, None], each)
        each *= standard
        return density, -_average((self.mass / self.sd)[:, None], each)

    def quantile(self, p: Array) -> Array:
        """Quantiles, (n, q), at p, (q,) or (n, q).

        Newton's method on normal scores, between bounds that any component's quantile would be; above one
        half the upper tail is counted, so that its digits are kept.
        """
        p = np.broadcast_to(p, (len(self.mass), p.shape[-1]))
        upper = p > 0.5
        tail = np.where(upper, 1.0 - p, p)
        sign = np.where(upper, -1.0, 1.0)
        target = special.ndtri(tail)
        here = self.mass > 0
        ends = self.mean[:, None, :] + special.ndtri(p)[:, :, None] * self.sd[:, None, :]
        low = np.where(here[:, None, :], ends, np.inf).min(axis=2)
        high = np.where(here[:, None, :], ends, -np.inf).max(axis=2)
        z = self.centre[:, None] + special.ndtri(p) * self.size[:, None]
        rows, columns = np.nonzero(high > low)
        z = np.where(high > low, np.clip(z, low, high), low)
        for _ in range(_STEPS):
            if not rows.size:
                break
            at, s = z[rows, columns], sign[rows, columns]
            step, ahead = self._step(rows, at, s, target[rows, columns])
            low[rows, columns] = np.where(ahead, low[rows, columns], at)
            high[rows, columns] = np.where(ahead, at, high[rows, columns])
            after = at - step
            lower, upper_end = low[rows, columns], high[rows, columns]
            inside = (after >= lower) & (after <= upper_end)
            after = np.where(inside, after, 0.5 * (lower + upper_end))
            z[rows, columns] = after
            done = inside & (np.abs(after - at) <= _LAST_STEP * self.size[rows])
            rows, columns = rows[~done], columns[~done]
        return z

    def _step(self, rows: Rows, z: Array, sign: Array, target: Array) -> tuple[Array, Mask]:
        """Newton's step on normal scores at z, (m,), and whether z lies above the root."""
        mass, sd = self.mass[rows], self.sd[rows]
        standard = sign[:, None] * (z[:, None] - self.mean[rows]) / sd
        tail = _average(mass, special.ndtr(standard))
        each = np.exp(-0.5 * standard * standard) / sd
        density = _average(mass, each) / _ROOT_2PI
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            score = special.ndtri(np.minimum(tail, 1.0))
            slope = density * _ROOT_2PI * np.exp(0.5 * score * score)
            step = sign * (score - target) / slope
        return step, sign * (score - target) > 0

    @cached_property
    def _scanned(self) -> Array:
        """Points, (n, q), over all but the outermost mass: quantiles as far apart as those of one normal."""
        return self.quantile(_SCAN)

    def mode(self) -> Array:
        """Where the density is highest, (n,)."""
        z = self._scanned
        # a narrow hill between points of the scan stands about the means of its components
        chosen = np.linspace(0, self.mean.shape[1] - 1, 2 * _SCAN.size).astype(int)
        places = np.concatenate([z, np.sort(self.mean)[:, chosen]], axis=1)
        at = places[np.arange(len(z)), self.density(places).argmax(axis=1)]
        low = np.where(z < at[:, None], z, z[:, :1]).max(axis=1)
        high = np.where(z > at[:, None], z, z[:, -1:]).min(axis=1)
        for _ in range(_STEPS):
            slope, curvature = self._slope_and_curvature(at)
            low, high = np.where(slope > 0, at, low), np.where(slope > 0, high, at)
            with np.errstate(divide="ignore", invalid="ignore"):
                after = at - slope / curvature
            inside = (after >= low) & (after <= high)  # uphill alone, where the density bends down
            after = np.where(inside, after, 0.5 * (low + high))
            moved = np.abs(after - at)
            at = after
            if (moved <= 1e-12 * self.size + 1e-15 * np.abs(at)).all():
                break
        return np.asarray(at)

    def _slope_and_curvature(self, z: Array) -> tuple[Array, Array]:
        standard = self._standard(z[:, None])[:, 0]
        each = self.mass * np.exp(-0.5 * standard * standard) / self.sd
        slope = -_average(each, standard / self.sd)
        curvature = _average(each, (standard * standard - 1.0) / self.sd**2)
        return slope, curvature

    def shortest(self, level: float) -> tuple[Array, Array]:
        """The shortest interval that holds `level` of the mass, (n,) each.

        Both ends have the same density, so that Newton's method solves for both at once, from the shortest
        among intervals that begin at points of a scan. Where that leads elsewhere, as with tails that reach
        over many powers of ten, the probability below the interval is halved for.
        """
        low, high = self._newton(level, *self._shortest_scanned(level))
        held = self.below(high[:, None])[:, 0] - self.below(low[:, None])[:, 0]
        ends = self.density(np.stack([low, high], axis=1))
        balanced = np.abs(ends[:, 0] - ends[:, 1]) <= _BALANCED * ends.max(axis=1)
        lost: Rows = np.flatnonzero(~((np.abs(held - level) <= _BALANCED) & (high > low) & balanced))
        if lost.size:
            part = Mixture(*(getattr(self, f.name)[lost] for f in fields(self)))
            low[lost], high[lost] = part._halved(level)
        return low, high

    def _halved(self, level: float) -> tuple[Array, Array]:
        """The interval whose ends have one density, by halving the probability below it."""
        a, b = np.zeros(len(self.mass)), np.full(len(self.mass), 1.0 - level)
        ends = np.zeros((len(self.mass), 2))
        for _ in range(_HALVINGS):
            p = 0.5 * (a + b)
            ends = self.quantile(np.stack([p, p + level], axis=1))
            densities = self.density(ends)
            early = densities[:, 0] < densities[:, 1]
            a, b = np.where(early, p, a), np.where(early, b, p)
        return ends[:, 0], ends[:, 1]

    def _newton(self, level: float, low: Array, high: Array) -> tuple[Array, Array]:
        """Both ends where they hold `level` and have one density, from near there."""
        rest = 1.0 - level
        for _ in range(_STEPS):
            ends = np.stack([low, high], axis=1)
            f, g = self._densities(ends)
            out = self.below(ends[:, :1])[:, 0] + self.above(ends[:, 1:])[:, 0] - rest
            gap = f[:, 0] - f[:, 1]
            # out and gap as functions of both ends: out = F(low) + 1 - F(high) - rest
            determinant = -f[:, 0] * g[:, 1] + f[:, 1] * g[:, 0]
            with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
                d_low = (out * g[:, 1] - gap * f[:, 1]) / determinant
                d_high = (gap * f[:, 0] - out * g[:, 0]) / -determinant
            limit = 0.25 * (high - low)
            d_low = np.clip(np.nan_to_num(d_low), -limit, limit)
            d_high = np.clip(np.nan_to_num(d_high), -limit, limit)
            low, high = low + d_low, high + d_high
            step = np.maximum(np.abs(d_low), np.abs(d_high))
            if (step <= 1e-10 * self.size).all():
                break
        return low, high

    def _shortest_scanned(self, level: float) -> tuple[Array, Array]:
        z = self._scanned
        p = self.below(z)
        shortest = np.empty((len(z), 2))
        for row in range(len(z)):
            at, below = z[row], p[row]
            begins = below < 1.0 - level
            starts = np.append(at[begins], np.interp(1.0 - level, below, at))
            ends = np.interp(np.append(below[begins], 1.0 - level) + level, below, at)
            best = int(np.argmin(ends - starts))
            shortest[row] = starts[best], ends[best]
        return shortest[:, 0], shortest[:, 1]
