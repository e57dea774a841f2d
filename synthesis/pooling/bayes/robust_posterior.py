"""Posteriors of random effects with t tails or contamination: two nested quadratures, tau and the mean."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from synthesis.pooling.bayes.effect_distributions import MixtureEffects, TEffects
from synthesis.pooling.bayes.first_panels import excess_of, first_panels, log_density_of, moment_exists
from synthesis.pooling.bayes.given_tau import LOG_ZERO, InUnits, gauss_legendre, given_tau, prepared
from synthesis.pooling.bayes.line_posterior import LinePosterior
from synthesis.pooling.bayes.mean_given_tau import HalfLines, MeanGivenTau
from synthesis.pooling.bayes.mean_priors import FlatMean, MeanPrior, TMean
from synthesis.pooling.bayes.new_effect import NewEffect
from synthesis.pooling.bayes.panels import Panels, integrate
from synthesis.pooling.bayes.posterior import log_apart
from synthesis.pooling.bayes.tau_posterior import TauPosterior
from synthesis.pooling.bayes.tau_priors import TauPrior
from synthesis.pooling.kernel.effects import Array, Effects, Rows

_NEGLIGIBLE = 1e-19
_LEAST_SHARE = 1e-16


@dataclass(frozen=True)
class OwnEffects:
    """Each study's own effect, (k,), in internal units; outlying: P(it is of the wider distribution)."""

    mean: Array
    sd: Array
    outlying: Array


@dataclass(frozen=True)
class RobustPosterior:
    """The posterior of one data set under t or contaminated effects, in internal units.

    `exists` and `mean_exists` say which moments there are.
    """

    data: InUnits
    tau_prior: TauPrior
    given: MeanGivenTau
    panels: Panels
    excess: float

    @cached_property
    def tau(self) -> TauPosterior:
        """tau in internal units."""
        upper = np.array([self.tau_prior.upper]) / self.data.unit
        density = log_density_of(self.given.log_likelihood, (self.tau_prior,), self.data.scales)
        return TauPosterior(self.panels, density, upper)

    @cached_property
    def _nodes(self) -> tuple[Array, Array]:
        """Log tau where it holds something, and its mass, (a,)."""
        x, mass = (nodes[0] for nodes in self.panels.nodes)
        order = 2.0 if self.exists(2) else 1.0 if self.exists(1) else 0.0
        moment = mass * np.exp(order * x)
        held = mass + moment / moment.sum() > _NEGLIGIBLE
        return x[held], mass[held]

    @cached_property
    def _inner(self) -> tuple[HalfLines, Panels, Array]:
        """The mean given each node of tau, and the log of its integral, (a,)."""
        lines, panels = self.given.integrated(self._nodes[0])
        left, right = np.split(panels.log_total, 2)
        return lines, panels, np.logaddexp(left, right)

    @cached_property
    def mu(self) -> LinePosterior:
        """The mean effect."""
        x, mass = self._nodes
        _, _, totals = self._inner
        one = self.given.lines
        weight = (np.log(mass) - totals)[:, None]

        def density(halves: Rows, z: Array) -> tuple[Array, Array]:
            mu = one.mu(halves, z)
            logs = self.given.log_joint(x, mu.ravel()) + weight
            top = logs.max(axis=0)
            value = (top + np.log(np.exp(logs - top).sum(axis=0))).reshape(mu.shape)
            return value + one.log_slope(halves, z), np.zeros_like(value)

        farthest = self.given.reach(x[-1:])
        return LinePosterior.of(one, density, farthest, 2 if self.mean_exists(2) else 0)

    @cached_property
    def studies(self) -> OwnEffects:
        """Each study's own effect; all of its moments exist, as its estimate is normal."""
        mass, mu, x = self._joint
        found = []
        for y, v in np.transpose([self.data.y[0], self.data.v[0]]).tolist():
            away, spread, outlying = self.given.effects.own(y - mu, v, x)
            from_mu = mu - y + away
            centre = (mass * from_mu).sum()
            sd = math.sqrt((mass * (spread + (from_mu - centre) ** 2)).sum())
            found.append((y + centre, sd, (mass * outlying).sum()))
        mean, sd, outlying = np.array(found).T
        return OwnEffects(mean, sd, outlying)

    @cached_property
    def _joint(self) -> tuple[Array, Array, Array]:
        """Masses (a, c) of nodes of tau and of the mean: the finest panels that any tau has, (c,)."""
        x, mass = self._nodes
        _, _, totals = self._inner
        lines, panels = self.mu.lines, self.mu.panels
        rows, cells = np.nonzero(panels.mass.sum(axis=2) > 0)
        z = panels.x[rows, cells]
        mu = lines.mu(rows, z).ravel()
        step = (panels.end - panels.start)[rows, cells]
        _, weights = gauss_legendre()
        measure = (np.exp(lines.log_slope(rows, z)) * step[:, None] * weights).ravel()
        found = np.exp(self.given.log_joint(x, mu) - totals[:, None]) * mass[:, None] * measure
        return found, mu, x

    @cached_property
    def new(self) -> NewEffect:
        """The effect in a new study."""
        x, mass = self._nodes
        held = mass > _LEAST_SHARE
        _, _, totals = self._inner
        lines, panels = self.mu.lines, self.mu.panels
        rows, cells = np.nonzero(panels.mass.sum(axis=2) > 0)
        ends = np.stack([panels.start[rows, cells], panels.end[rows, cells]], axis=1)
        mean, sd = self._new_moments()
        return NewEffect(
            mean,
            sd,
            self.given.effects,
            np.exp(x[held]),
            np.log(mass[held]) - totals[held],
            lambda mu: self.given.log_joint(x[held], mu),
            np.unique(lines.mu(rows, ends)),
            self.mu.deviation().item() if self.mean_exists(2) else lines.scale[0].item(),
        )

    def _new_moments(self) -> tuple[float, float]:
        """Mean and standard deviation of a new study's effect, nan where they do not exist."""
        variance = self.given.effects.variance
        first = self.mean_exists(1) and self.given.effects.power > 2.0 and self.exists(1)
        second = self.mean_exists(2) and math.isfinite(variance) and self.exists(2)
        mean = self.mu.expectation().item() if first else math.nan
        if not second:
            return mean, math.nan
        tau2 = self.tau.expectation(2).item()
        return mean, math.hypot(self.mu.deviation().item(), math.sqrt(variance * tau2))

    def exists(self, order: int) -> bool:
        """Whether the moment of tau exists."""
        return moment_exists(order, np.array([self.excess]), (self.tau_prior,)).item()

    def mean_exists(self, order: int) -> bool:
        """Whether the moment of mu exists."""
        if not self.given.exists(order):
            return False
        if isinstance(self.given.prior, FlatMean):
            return self.exists(order)
        if isinstance(self.given.prior, TMean):
            return self.excess + self.given.prior.df > order
        return True

    @property
    def log_integrated(self) -> float:
        """Log of the likelihood integrated over both priors, improper ones as they are defined."""
        return float(self.panels.log_total[0] - self._powers * np.log(self.data.unit[0]))

    @property
    def log_at_zero(self) -> float:
        """Log of the likelihood at tau = 0, mu integrated over its prior: that of normal effects."""
        at = self.given.normal.log_likelihood(np.zeros(1, dtype=np.intp), np.array([[LOG_ZERO]]))[0].item()
        return float(at - self._powers * np.log(self.data.unit[0]))

    @property
    def _powers(self) -> float:
        return float(self.data.k[0]) - (1.0 if isinstance(self.given.prior, FlatMean) else 0.0)


def robust_posterior(
    effects: Effects,
    tau_prior: TauPrior,
    mean_prior: MeanPrior,
    distribution: TEffects | MixtureEffects,
) -> RobustPosterior:
    """The posterior of one data set whose effects are not normal.

    For each log tau of Gauss-Legendre panels the mean is integrated on panels of its own, both halved until
    they resolve what is integrated. Raises ValueError where the posterior would be improper.
    """
    data = prepared(effects)
    normal = given_tau(data, mean_prior)
    given = MeanGivenTau(distribution, normal)
    priors = (tau_prior,)
    excess = excess_of(priors, data.k, isinstance(mean_prior, FlatMean))
    density = log_density_of(given.log_likelihood, priors, data.scales)
    panels = integrate(density, first_panels(data, log_apart(normal), priors, excess))
    return RobustPosterior(data, tau_prior, given, panels, excess.item())
