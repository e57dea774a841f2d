"""The posterior of a mean on its two half-lines: probabilities, quantiles and moments from panels."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from synthesis.pooling.bayes.given_tau import LogDensity, gauss_legendre
from synthesis.pooling.bayes.mean_given_tau import HalfLines
from synthesis.pooling.bayes.panels import Panels, integrate
from synthesis.pooling.kernel.effects import Array, Rows
from synthesis.pooling.kernel.newton import increasing_root


@dataclass(frozen=True)
class LinePosterior:
    """n posteriors of a mean in internal units.

    log_density: of the mean by z at z, (m, q), for half-lines (m,); panels: of the left half-lines, then of
    the right ones.
    """

    lines: HalfLines
    log_density: LogDensity
    panels: Panels

    @classmethod
    def of(cls, lines: HalfLines, log_density: LogDensity, reach: Array, moment: int) -> LinePosterior:
        """Integrated as far as a distance `reach`, (n,), for moments up to this one."""
        return cls(lines, log_density, integrate(log_density, lines.edges(reach, moment)))

    @cached_property
    def _shares(self) -> Array:
        """The probability of each half-line, (2n,)."""
        found: Array = np.exp(self.panels.log_total - np.tile(self.log_total, 2))
        return found

    @property
    def log_total(self) -> Array:
        """Log of what was integrated, (n,)."""
        return np.asarray(np.logaddexp(*np.split(self.panels.log_total, 2)))

    @cached_property
    def _nodes(self) -> tuple[Array, Array]:
        """Distances from the centre, with their sign, and masses, (n, c)."""
        halves = np.arange(2 * self.lines.n)
        z, of_nodes = self.panels.nodes
        away = self.lines.mu(halves, z) - self.lines.centre[halves % self.lines.n][:, None]
        mass = of_nodes * self._shares[:, None]
        left, right = np.split(away, 2)
        return np.concatenate([left, right], axis=1), np.concatenate(np.split(mass, 2), axis=1)

    def expectation(self) -> Array:
        """Mean, (n,); of what is integrated where no mean exists."""
        away, mass = self._nodes
        found: Array = self.lines.centre + (away * mass).sum(axis=1)
        return found

    def deviation(self) -> Array:
        """Standard deviation, (n,)."""
        away, mass = self._nodes
        apart = away - (away * mass).sum(axis=1, keepdims=True)
        return np.asarray(np.sqrt((apart * apart * mass).sum(axis=1)))

    def density(self, mu: Array) -> Array:
        """Density at mu, (n, q)."""
        halves, z = self._placed(mu)
        slope, total = self.lines.log_slope(halves, z), self.log_total[halves % self.lines.n]
        found: Array = np.exp(self.log_density(halves, z)[0] - slope - total[:, None])
        return found.reshape(mu.shape)

    def below(self, mu: Array) -> Array:
        """P(mean < mu), mu: (n, q), with all digits where it is small."""
        return self._tails(mu, lower=True)

    def above(self, mu: Array) -> Array:
        """P(mean > mu), mu: (n, q), with all digits where it is small."""
        return self._tails(mu, lower=False)

    def _tails(self, mu: Array, lower: bool) -> Array:
        halves, z = self._placed(mu)
        beyond = self._beyond(halves, z[:, 0]) * self._shares[halves]
        asked = (halves < self.lines.n) == lower
        return np.where(asked, beyond, 1.0 - beyond).reshape(mu.shape)

    def _placed(self, mu: Array) -> tuple[Rows, Array]:
        """On which half-lines means (n, q) lie, (nq,), and where there, (nq, 1)."""
        rows = np.indices(mu.shape)[0]
        halves = np.where(mu >= self.lines.centre[:, None], rows + self.lines.n, rows).ravel()
        return halves, self.lines.z(halves, mu.ravel())[:, None]

    def quantile(self, p: Array) -> Array:
        """Quantiles, (n, q), at p, (q,) or (n, q)."""
        n = self.lines.n
        p = np.broadcast_to(p, (n, p.shape[-1]))
        rows = np.repeat(np.arange(n), p.shape[1])
        wanted = p.ravel()
        right = wanted > self._shares[rows]
        halves = rows + np.where(right, n, 0)
        outside = np.where(right, 1.0 - wanted, wanted) / self._shares[halves]
        panel = (self._after[halves] > outside[:, None]).sum(axis=1)
        rest = self._after[halves, panel]
        start, end = self.panels.start[halves, panel], self.panels.end[halves, panel]
        share = (outside - rest) / self._held[halves, panel]

        def equation(t: Array, active: Rows) -> tuple[Array, Array]:
            part, slope = self._partial(halves[active], end[active] - t, end[active])
            return part + rest[active] - outside[active], slope

        width = end - start
        t = increasing_root(equation, np.zeros_like(width), width, share * width, width)
        z = (end - t)[:, None]
        return self.lines.mu(halves, z).reshape(p.shape)

    @cached_property
    def _held(self) -> Array:
        """The share of each half-line that a panel holds, (2n, p)."""
        return np.asarray(self.panels.mass.sum(axis=2))

    @cached_property
    def _after(self) -> Array:
        """The share that the panels after it hold, (2n, p)."""
        later = np.cumsum(self._held[:, :0:-1], axis=1)[:, ::-1]
        return np.column_stack([later, np.zeros(len(later))])

    def _beyond(self, halves: Rows, z: Array) -> Array:
        """The share of half-lines beyond z, (m,)."""
        panel = (z[:, None] >= self.panels.end[halves, :-1]).sum(axis=1)
        start, end = self.panels.start[halves, panel], self.panels.end[halves, panel]
        part, _ = self._partial(halves, np.clip(z, start, end), end)
        return np.asarray(part + self._after[halves, panel])

    def _partial(self, halves: Rows, start: Array, end: Array) -> tuple[Array, Array]:
        """Mass of half-lines between two z within a panel, (m,), and the density by z at the first."""
        nodes, weights = gauss_legendre()
        width = end - start
        z = start[:, None] + width[:, None] * np.append(nodes, 0.0)
        density = np.exp(self.log_density(halves, z)[0] - self.panels.log_total[halves][:, None])
        return width * (density[:, :-1] @ weights), density[:, -1]
