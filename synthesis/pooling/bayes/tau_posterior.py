"""The posterior of tau: cumulative probabilities, quantiles, mode and shortest interval."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.optimize import brentq

from synthesis.pooling.bayes.given_tau import LogDensity, gauss_legendre
from synthesis.pooling.bayes.panels import Panels
from synthesis.pooling.kernel.effects import Array, Rows
from synthesis.pooling.kernel.newton import increasing_root

_AT_ZERO = -300.0  # log tau that stands for tau = 0
_STEPS = 60
_LEAST_DIFFERENCE = 1e-7
_END = 1e-6  # of the largest tau, within which a mode is there
_DIFFERENCE = 2e-3  # of log tau, for slopes by a five-point difference: its error is that to the fourth


@dataclass(frozen=True)
class TauPosterior:
    """n posteriors of tau in internal units; density_of_log: see LogDensity; upper: largest tau, (n,)."""

    panels: Panels
    density_of_log: LogDensity
    upper: Array

    @cached_property
    def _below(self) -> Array:
        """Probability below each panel's end, (n, p)."""
        return np.cumsum(self.panels.mass.sum(axis=2), axis=1)

    def _average(self, values: Array) -> Array:
        total: Array = np.einsum("npq,npq->n", self.panels.mass, values)
        return total

    def expectation(self, order: int) -> Array:
        """Mean of tau^order, (n,); of what is integrated where none exists."""
        return self._average(np.exp(order * self.panels.x))

    def deviation(self) -> Array:
        """Standard deviation, (n,)."""
        away = np.exp(self.panels.x) - self.expectation(1)[:, None, None]
        return np.sqrt(self._average(away * away))

    def below(self, tau: Array) -> Array:
        """P(tau' < tau), tau: (n, q)."""
        with np.errstate(divide="ignore"):
            x = np.log(tau)
        rows, columns = (index.ravel() for index in np.indices(tau.shape))
        panel = (x[:, :, None] > self.panels.end[:, None, :-1]).sum(axis=2).ravel()
        before = np.where(panel > 0, self._below[rows, panel - 1], 0.0)
        start, end = self.panels.start[rows, panel], self.panels.end[rows, panel]
        part = self._partial(rows, start, np.clip(x[rows, columns], start, end) - start)[0]
        found: Array = (before + part).reshape(tau.shape)
        return found

    def density(self, tau: Array) -> Array:
        """Density at tau, (n, q)."""
        found: Array = np.exp(self._log_density(np.arange(len(tau)), tau))
        return found

    def quantile(self, p: Array) -> Array:
        """Quantiles, (n, q), at p, (q,) or (n, q): the panel from cumulated masses, then a root within it."""
        p = np.broadcast_to(p, (len(self._below), p.shape[-1]))
        panel = (self._below[:, None, :-1] < p[:, :, None]).sum(axis=2).ravel()
        rows = np.repeat(np.arange(len(p)), p.shape[1])
        before = np.where(panel > 0, self._below[rows, panel - 1], 0.0)
        start, width = self.panels.start[rows, panel], (self.panels.end - self.panels.start)[rows, panel]
        wanted = p.ravel() - before
        held = np.maximum(self._below[rows, panel] - before, 1e-300)

        def equation(t: Array, active: Rows) -> tuple[Array, Array]:
            part, slope = self._partial(rows[active], start[active], t)
            return part - wanted[active], slope

        begin = np.minimum(wanted / held * width, width)
        t = increasing_root(equation, np.zeros_like(width), width, begin, np.maximum(width, 1e-300))
        found: Array = np.exp(start + t).reshape(p.shape)
        return found

    def _partial(self, rows: Rows, start: Array, width: Array) -> tuple[Array, Array]:
        """Mass between `start` and `start + width` in log tau, and the density of log tau there."""
        nodes, weights = gauss_legendre()
        x = start[:, None] + width[:, None] * np.append(nodes, 1.0)
        density = np.exp(self.density_of_log(rows, x)[0] - self.panels.log_total[rows][:, None])
        return width * (density[:, :-1] @ weights), density[:, -1]

    def _log_density(self, rows: Rows, tau: Array) -> Array:
        """Log of the density of tau, (m, q)."""
        with np.errstate(divide="ignore"):
            x = np.maximum(np.log(tau), _AT_ZERO)
        found: Array = self.density_of_log(rows, x)[0] - self.panels.log_total[rows][:, None] - x
        return found

    def _slope(self, rows: Rows, tau: Array) -> Array:
        """Derivative of the log density of tau by log tau, (m,)."""
        room = np.log(np.maximum(self.upper[rows] / tau, 1.0))
        step = np.clip(0.4 * room, _LEAST_DIFFERENCE, _DIFFERENCE)
        near = tau[:, None] * np.exp(step[:, None] * np.array([-2.0, -1.0, 1.0, 2.0]))
        values = self._log_density(rows, near)
        with np.errstate(invalid="ignore"):
            slope: Array = values @ np.array([1.0, -8.0, 8.0, -1.0]) / (12.0 * step)
        return np.nan_to_num(slope)

    def mode(self) -> Array:
        """Where the density is highest, (n,); zero or the largest tau where it is highest there."""
        n = len(self.panels.x)
        every = np.arange(n)
        tau = np.exp(self.panels.nodes[0])
        grid = np.concatenate([np.zeros((n, 1)), tau, self._last(tau)], axis=1)
        values = self._log_density(every, grid)
        best = values.argmax(axis=1)
        found = grid[every, best]
        before, after = grid[every, best - 1], grid[every, np.minimum(best + 1, grid.shape[1] - 1)]
        last = best == grid.shape[1] - 1
        after[last] *= 1.0 - _END
        falls = ~last
        falls[last] = self._slope(every[last], after[last]) < 0.0
        inner: Rows = np.flatnonzero((best > 0) & falls)
        if inner.size:
            found[inner] = self._peak(inner, np.maximum(before[inner], 1e-130), after[inner])
        return np.asarray(found)

    def _last(self, tau: Array) -> Array:
        """The largest tau allowed, or that of the last node: (n, 1)."""
        return np.where(np.isfinite(self.upper), self.upper, tau[:, -1])[:, None]

    def _peak(self, rows: Rows, low: Array, high: Array) -> Array:
        """Where the slope crosses zero between two points, by halving their distance."""
        a, b = np.log(low), np.log(high)
        for _ in range(_STEPS):
            x = 0.5 * (a + b)
            rising = self._slope(rows, np.exp(x)) > 0
            a, b = np.where(rising, x, a), np.where(rising, b, x)
        return np.exp(a)

    def shortest(self, level: float) -> tuple[Array, Array]:
        """The shortest interval that holds `level` of the mass, (n,) each; it may begin at zero.

        Among intervals that begin at nodes the shortest is found, and from there the one whose ends have the
        same density; where none has, it begins at zero or ends at the largest tau.
        """
        n = len(self.panels.x)
        x, mass = self.panels.nodes
        tau, below = np.exp(x), np.cumsum(mass, axis=1)
        ends = self.quantile(np.array([level, 1.0 - level]))
        low, high = np.zeros(n), ends[:, 0].copy()
        last = self._last(tau)[:, 0]
        for row in range(n):
            begins = below[row] < 1.0 - level
            starts = np.concatenate([[0.0], tau[row, begins], [ends[row, 1]]])
            stops = np.interp(below[row, begins] + level, below[row], tau[row])
            width = np.concatenate([[ends[row, 0]], stops - tau[row, begins], [last[row] - ends[row, 1]]])
            low[row] = self._balanced(row, starts, int(width.argmin()), level)
        later: Rows = np.flatnonzero(low > 0)
        if later.size:
            high[later] = self._end(later, low[later], level)
        return low, high

    def _end(self, rows: Rows, low: Array, level: float) -> Array:
        part = TauPosterior(_rows_of(self.panels, rows), _taken(self.density_of_log, rows), self.upper[rows])
        p = np.minimum(part.below(low[:, None])[:, 0] + level, 1.0)
        high = part.quantile(p[:, None])[:, 0]
        return np.where(np.isfinite(part.upper) & (p >= 1.0 - 1e-15), part.upper, high)

    def _balanced(self, row: int, starts: Array, best: int, level: float) -> float:
        """The start near starts[best] from which both ends have one density, or the first or last."""
        rows = np.array([row])

        def gap(start: float) -> float:
            at = np.array([start])
            ends = np.concatenate([at, self._end(rows, at, level)])
            values = self._log_density(rows, ends[None, :])[0]
            return float(np.clip(values[0] - values[1], -1e6, 1e6))

        for a in starts[best::-1].tolist():
            fa = gap(a)
            if fa <= 0:
                break
        for b in starts[best:].tolist():
            fb = gap(b)
            if fb >= 0:
                break
        if fa >= 0:
            return float(a)
        if fb <= 0:
            return float(b)
        return float(brentq(gap, a, b, xtol=1e-300, rtol=1e-14, maxiter=_STEPS, disp=False))


def _rows_of(panels: Panels, rows: Rows) -> Panels:
    return Panels(*(a[rows] for a in vars(panels).values()))


def _taken(density: LogDensity, rows: Rows) -> LogDensity:
    return lambda some, x: density(rows[some], x)
