"""The mean given tau where effects are not normal: integrated on two half-lines, for each tau of its own."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from synthesis.pooling.bayes.effect_distributions import MixtureEffects, TEffects
from synthesis.pooling.bayes.given_tau import LOG_2PI, GivenTau, InUnits
from synthesis.pooling.bayes.mean_priors import FlatMean, KnownMean, MeanPrior, NormalMean, TMean
from synthesis.pooling.bayes.panels import FirstPanels, Panels, integrate
from synthesis.pooling.kernel.effects import Array, Rows

_SDS = 12.0
_EXTENT = 40.0  # in logarithms, where the mass beyond is below rounding
_LEAST_EXCESS = 0.5  # of a tail's power over what a moment needs


@dataclass(frozen=True)
class HalfLines:
    """Where n integrands over the mean are cut in two, and how they are scaled: centre, scale, (n,).

    mu = centre -/+ scale sinh(z), z >= 0; the left halves come before the right ones.
    """

    centre: Array
    scale: Array

    @property
    def n(self) -> int:
        return len(self.centre)

    def mu(self, halves: Rows, z: Array) -> Array:
        """The mean at z, (m, q), of half-lines (m,), numbers below 2n."""
        rows = halves % self.n
        sign = np.where(halves < self.n, -1.0, 1.0)
        found: Array = self.centre[rows][:, None] + (sign * self.scale[rows])[:, None] * np.sinh(z)
        return found

    def log_slope(self, halves: Rows, z: Array) -> Array:
        """Log of the derivative of the mean by z, without its sign."""
        found: Array = np.log(self.scale[halves % self.n])[:, None] + np.log(np.cosh(z))
        return found

    def z(self, halves: Rows, mu: Array) -> Array:
        """Where the mean is mu, (m,); below zero on the other half."""
        rows = halves % self.n
        sign = np.where(halves < self.n, -1.0, 1.0)
        found: Array = np.arcsinh(sign * (mu - self.centre[rows]) / self.scale[rows])
        return found

    def repeat(self, n: int) -> HalfLines:
        """The same n times over."""
        return HalfLines(np.repeat(self.centre, n), np.repeat(self.scale, n))

    def edges(self, reach: Array, moment: int) -> FirstPanels:
        """Panels as far as a distance `reach`, (n,), from the centre, for moments up to this one."""
        top = np.ceil(np.arcsinh(reach / self.scale))
        ends = np.minimum(np.arange(top.max() + 1.0), np.concatenate([top, top])[:, None])
        return FirstPanels(ends, np.full(2 * self.n, float(moment)))


@dataclass(frozen=True)
class MeanGivenTau:
    """Likelihood and prior of the mean of one data set under t or contaminated effects, in internal units.

    normal: the same data and prior with normal effects, which tell where to look.
    """

    effects: TEffects | MixtureEffects
    normal: GivenTau

    @property
    def data(self) -> InUnits:
        return self.normal.data

    @property
    def prior(self) -> MeanPrior:
        return self.normal.prior

    def log_joint(self, x: Array, mu: Array) -> Array:
        """Log of likelihood times prior at log tau = x, (m,), and means mu, (q,): (m, q)."""
        found = np.broadcast_to(self._log_prior(mu), (x.size, mu.size)).copy()
        for y, v in np.transpose([self.data.y[0], self.data.v[0]]).tolist():
            found += self.effects.log_density(y - mu, v, x)
        return found

    def log_likelihood(self, rows: Rows, x: Array) -> tuple[Array, Array]:
        """As `GivenTau.log_likelihood`; each log tau is integrated once, however often it stands there."""
        _, moves = self.normal.log_likelihood(np.zeros_like(rows), x)
        once, place = np.unique(x, return_inverse=True)
        return self.log_totals(once)[place].reshape(x.shape), moves

    def log_totals(self, x: Array) -> Array:
        """Log of the integral over the mean at log tau = x, (m,)."""
        if isinstance(self.prior, KnownMean):
            return self.log_joint(x, self.normal.centre)[:, 0]
        totals = self.integrated(x)[1].log_total
        return np.logaddexp(totals[: len(x)], totals[len(x) :])

    def integrated(self, x: Array) -> tuple[HalfLines, Panels]:
        """The mean given each log tau, (m,): the half-lines, and the panels of the left and the right ones.

        All have the same first panels, so that what a panel has in common is computed once.
        """
        lines = self.lines.repeat(x.size)
        reach = self.reach(x)

        def density(halves: Rows, z: Array) -> tuple[Array, Array]:
            value = np.empty_like(z)
            side = halves // x.size
            _, first, which = np.unique(
                np.stack([side, z[:, 0], z[:, -1]], axis=1), axis=0, return_index=True, return_inverse=True
            )
            order = np.argsort(which)
            ends = np.cumsum(np.bincount(which.ravel()))
            for number, one in enumerate(first.tolist()):
                rows = order[ends[number - 1] if number else 0 : ends[number]]
                mu = lines.mu(halves[one : one + 1], z[one : one + 1])[0]
                value[rows] = self.log_joint(x[halves[rows] % x.size], mu)
            return value + lines.log_slope(halves, z), np.zeros_like(z)

        return lines, integrate(density, lines.edges(reach, self.moment))

    @cached_property
    def lines(self) -> HalfLines:
        """Half-lines about the mean under normal effects that hardly differ."""
        parts = self.normal.components(np.zeros(1, dtype=np.intp), np.array([[-_EXTENT]]))
        share, mean, sd = (a[0, 0] for a in (parts.share, parts.mean, parts.sd))
        return HalfLines((share * mean).sum(keepdims=True), (share * sd).sum(keepdims=True))

    def reach(self, x: Array) -> Array:
        """How far from there the mean must be integrated at log tau = x, (m,).

        Beyond all estimates and the centre of the prior both likelihood and prior fall, where tails are
        heavy like a power.
        """
        prior, centre = self.prior, self.lines.centre[0]
        places, own = self.data.y[0], 0.0
        if isinstance(prior, NormalMean | TMean):
            places = np.append(places, self.normal.centre[0])
            own = (prior.sd if isinstance(prior, NormalMean) else prior.scale) / self.data.unit[0]
        apart = np.abs(places - centre).max()
        if isinstance(prior, NormalMean):
            return np.full(x.size, apart + _SDS * own)
        error = math.hypot(math.sqrt(self.data.v[0].max()), own)
        reach = apart + _SDS * np.hypot(error, self.effects.widest * np.exp(x))
        return np.asarray(reach * math.exp(_EXTENT / (self.tail - 1.0 - self.moment)))

    @property
    def tail(self) -> float:
        """The power with which likelihood and prior fall far from the data; infinite for faster."""
        power = self.effects.power if math.isinf(self.effects.power) else self.effects.power * self.data.k[0]
        if isinstance(self.prior, NormalMean):
            return math.inf
        return float(power + (self.prior.df + 1.0 if isinstance(self.prior, TMean) else 0.0))

    def exists(self, order: int) -> bool:
        """Whether the moment of the mean exists at a tau that is known."""
        return self.tail - 1.0 - order >= _LEAST_EXCESS

    @property
    def moment(self) -> int:
        """The highest moment of the mean, up to the second, that exists at a tau that is known."""
        return 2 if self.exists(2) else 1 if self.exists(1) else 0

    def _log_prior(self, mu: Array) -> Array:
        prior = self.prior
        if isinstance(prior, FlatMean | KnownMean):
            return np.zeros_like(mu)
        unit = self.data.unit[0]
        away = mu - self.normal.centre[0]
        if isinstance(prior, NormalMean):
            sd = prior.sd / unit
            return np.asarray(-0.5 * (LOG_2PI + (away / sd) ** 2) - math.log(sd))
        scale, df = prior.scale / unit, prior.df
        constant = math.lgamma(0.5 * (df + 1.0)) - math.lgamma(0.5 * df) - 0.5 * math.log(df * math.pi)
        return np.asarray(constant - math.log(scale) - 0.5 * (df + 1.0) * np.log1p((away / scale) ** 2 / df))
