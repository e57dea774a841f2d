"""Exact posteriors of the normal-normal random-effects model, for many data sets or many priors at once."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from synthesis.pooling.bayes.first_panels import excess_of, first_panels, log_density_of, moment_exists
from synthesis.pooling.bayes.given_tau import LOG_ZERO, GivenTau, InUnits, given_tau, prepared
from synthesis.pooling.bayes.mean_priors import FlatMean, MeanPrior, TMean
from synthesis.pooling.bayes.mixtures import Mixture
from synthesis.pooling.bayes.panels import Panels, integrate
from synthesis.pooling.bayes.tau_posterior import TauPosterior
from synthesis.pooling.bayes.tau_priors import TauPrior
from synthesis.pooling.kernel.effects import Array, Effects, Mask

_NEGLIGIBLE = 1e-18
_NEGLIGIBLE_OF_MANY = 1e-15  # where each node of tau has hundreds of components


@dataclass(frozen=True)
class Posterior:
    """n posteriors: of n data sets, or of one data set under n priors of tau.

    Arrays have shape (n,) or (n, q) and are in the units of the effects. Where a moment does not exist it is
    nan, and `exists` says which.
    """

    data: InUnits
    tau_priors: tuple[TauPrior, ...]
    mean_prior: MeanPrior
    panels: Panels
    given: GivenTau
    excess: Array

    @property
    def n(self) -> int:
        """How many posteriors."""
        return len(self.panels.x)

    @cached_property
    def tau(self) -> TauPosterior:
        """tau in internal units."""
        scales = self.data.scales
        upper = np.array([prior.upper for prior in self.tau_priors]) / self.data.unit
        density = log_density_of(self.given.log_likelihood, self.tau_priors, scales)
        return TauPosterior(self.panels, density, np.broadcast_to(upper, self.n))

    @cached_property
    def _nodes(self) -> tuple[Array, Array, Array, Array]:
        """Mass, tau, mean and sd of mu of every component, (n, c), less those that hold nothing."""
        n = self.n
        x, of_nodes = self.panels.nodes
        parts = self.given.components(np.arange(n), x)
        whole = np.exp(x)[..., None], of_nodes[..., None] * parts.share, parts.mean, parts.sd
        tau, mass, mean, sd = (
            np.broadcast_to(a, parts.share.shape).reshape(n, parts.share[0].size) for a in whole
        )
        order = np.where(self.exists(2), 2.0, np.where(self.exists(1), 1.0, 0.0))
        moment = mass * tau ** order[:, None]
        least = _NEGLIGIBLE if parts.share.shape[-1] == 1 else _NEGLIGIBLE_OF_MANY
        held = mass + moment / moment.sum(axis=1, keepdims=True) > least
        most = int(held.sum(axis=1).max())
        kept = np.argsort(~held, axis=1, kind="stable")[:, :most]
        mass, tau, mean, sd = (np.take_along_axis(a, kept, axis=1) for a in (mass, tau, mean, sd))
        return np.where(np.take_along_axis(held, kept, axis=1), mass, 0.0), tau, mean, sd

    @cached_property
    def mu(self) -> Mixture:
        """The mean effect, in internal units."""
        mass, _, mean, sd = self._nodes
        return Mixture.of(mass, mean, sd)

    @cached_property
    def new(self) -> Mixture:
        """The effect in a new study, in internal units."""
        mass, tau, mean, sd = self._nodes
        return Mixture.of(mass, mean, np.hypot(sd, tau))

    @cached_property
    def studies(self) -> Mixture:
        """Each study's own effect, in internal units: studies of the first posterior, then of the next."""
        mass, tau, mean, sd = (a[:, None, :] for a in self._nodes)
        v, y = self.data.v[:, :, None], self.data.y[:, :, None]
        shrunk = v / (v + tau * tau)
        towards = shrunk * mean + (1.0 - shrunk) * y
        own = np.sqrt(v * tau * tau / (v + tau * tau) + (shrunk * sd) ** 2)
        n, k, c = towards.shape
        spread = np.broadcast_to(mass, towards.shape)
        return Mixture.of(*(a.reshape(n * k, c) for a in (spread, towards, own)))

    def joint_density(self, mu: Array, tau: Array) -> Array:
        """Density of mu and tau together at pairs of them, (n, q) each, in the units of the effects."""
        unit = self.data.unit[:, None]
        at = (mu - self.data.origin[:, None]) / unit
        inner = np.maximum(tau / unit, 1e-130)
        parts = self.given.components(np.arange(self.n), np.log(inner))
        z = (at[..., None] - parts.mean) / parts.sd
        of_mu = (parts.share * np.exp(-0.5 * z * z) / parts.sd).sum(axis=-1) / math.sqrt(2.0 * math.pi)
        density: Array = of_mu * self.tau.density(tau / unit) / unit**2
        return density

    def exists(self, order: int) -> Mask:
        """Whether the moment of tau exists, and with it that of a new study's effect; (n,)."""
        return moment_exists(order, self.excess, self.tau_priors)

    def mean_exists(self, order: int) -> Mask:
        """Whether the moment of mu exists; (n,)."""
        if isinstance(self.mean_prior, FlatMean):
            return self.exists(order)
        if isinstance(self.mean_prior, TMean):
            return np.asarray(self.excess + self.mean_prior.df > order)
        return np.full(self.n, True)

    @property
    def log_integrated(self) -> Array:
        """Log of the likelihood integrated over both priors, improper ones as they are defined; (n,)."""
        log_unit = np.log(self.data.unit)
        powers = self.data.k - 1.0 if isinstance(self.mean_prior, FlatMean) else self.data.k
        found: Array = self.panels.log_total - powers * log_unit
        return found

    @property
    def log_at_zero(self) -> Array:
        """Log of the likelihood at tau = 0, mu integrated over its prior; (n,)."""
        log_unit = np.log(self.data.unit)
        powers = self.data.k - 1.0 if isinstance(self.mean_prior, FlatMean) else self.data.k
        at = self.given.log_likelihood(np.arange(self.n), np.full((self.n, 1), LOG_ZERO))[0][:, 0]
        found: Array = at - powers * log_unit
        return found

    def moments(self, mixture: Mixture, about_mean: bool) -> tuple[Array, Array]:
        """Mean and sd of `mu` (about_mean) or `new`, in the units of the effects, nan where none exists."""
        exists = self.mean_exists if about_mean else self.exists
        mean = self.data.origin + self.data.unit * mixture.expectation()
        sd = self.data.unit * mixture.deviation()
        return np.where(exists(1), mean, np.nan), np.where(exists(2), sd, np.nan)


def posterior(
    effects: Effects, tau_priors: Sequence[TauPrior] | TauPrior, mean_prior: MeanPrior
) -> Posterior:
    """Posteriors of each data set, or of a single one under each prior of tau.

    effects: n data sets, or one. tau_priors: one, or as many as there are data sets, or any number for one.
    Integrated by Gauss-Legendre panels over log tau, mu in closed form given tau (Roever 2020).
    Raises ValueError where the posterior would be improper.
    """
    priors = (tau_priors,) if isinstance(tau_priors, TauPrior) else tuple(tau_priors)
    n = max(effects.batch, len(priors))
    if 1 < len(priors) != n or 1 < effects.batch != n:
        raise ValueError(f"{len(priors)} priors for {effects.batch} data sets; expected one, or one for each")
    if n != effects.batch:
        effects = effects.repeat(n)
    data = prepared(effects)
    priors = priors * n if len(priors) == 1 else priors
    given = given_tau(data, mean_prior)
    excess = excess_of(priors, data.k, isinstance(mean_prior, FlatMean))
    density = log_density_of(given.log_likelihood, priors, data.scales)
    panels = integrate(density, first_panels(data, log_apart(given), priors, excess))
    return Posterior(data, priors, mean_prior, panels, given, excess)


def log_apart(given: GivenTau) -> Array:
    """Log of the largest distance of effects from one another, or from where the prior of mu is, (n,)."""
    data = given.data
    here = data.present > 0
    if isinstance(given.prior, FlatMean):
        highest, lowest = (np.where(here, data.y, sign * np.inf) for sign in (-1.0, 1.0))
        apart = highest.max(axis=1) - lowest.min(axis=1)
    else:
        apart = np.where(here, np.abs(data.y - given.centre[:, None]), 0.0).max(axis=1)
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(apart))
