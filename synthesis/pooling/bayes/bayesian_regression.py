"""Bayesian meta-regression with few moderators: coefficients in closed form given tau, tau by quadrature."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from synthesis.pooling.bayes.first_panels import excess_of, first_panels, log_density_of, moment_exists
from synthesis.pooling.bayes.given_tau import LOG_2PI, LOG_ZERO, InUnits, prepared
from synthesis.pooling.bayes.mean_priors import FlatMean, NormalMean
from synthesis.pooling.bayes.mixtures import Mixture
from synthesis.pooling.bayes.panels import Panels, integrate
from synthesis.pooling.bayes.tau_posterior import TauPosterior
from synthesis.pooling.bayes.tau_priors import TauPrior
from synthesis.pooling.kernel.effects import Array, Effects, Mask, Rows
from synthesis.pooling.kernel.parts import parts_of
from synthesis.pooling.kernel.sums import inverse, log_determinant

_COLLINEAR = 1e-10

CoefficientPriors = FlatMean | Sequence[FlatMean | NormalMean]
"""Of all coefficients flat, or a flat or a normal one for each."""


@dataclass(frozen=True)
class _GivenTauAndDesign:
    """The coefficients of an orthonormal basis of the design given tau.

    basis: (k, p); precision, centre: of the normal prior of its coefficients, (p, p) and (p,), zero where
    flat;
    log_constant: of the integrated likelihood, from the priors and from the change of basis. flat: which
    coefficients have a flat prior, (p,).
    """

    data: InUnits
    basis: Array
    precision: Array
    centre: Array
    log_constant: float
    flat: Mask

    def log_likelihood(self, rows: Rows, x: Array) -> tuple[Array, Array]:
        """As `GivenTau.log_likelihood`, with all coefficients integrated out."""
        flat_x = x.ravel()
        found, moves = np.empty_like(flat_x), np.empty_like(flat_x)
        for part in parts_of(flat_x.size, self.basis.size):
            tau2 = np.exp(2.0 * flat_x[part])
            variance = self.data.v[0] + tau2[:, None]
            w = 1.0 / variance
            gram, gamma = self._solved(w)
            residual = self.data.y[0] - gamma @ self.basis.T
            score = w * residual
            away = gamma - self.centre
            squares = np.einsum("mk,mk->m", score, residual)
            squares += np.einsum("mp,pq,mq->m", away, self.precision, away)
            logs = np.log(variance).sum(axis=1) + log_determinant(gram)
            found[part] = self.log_constant - 0.5 * (logs + squares)
            moves[part] = np.einsum("mk,mk->m", score, score) * tau2
        return found.reshape(x.shape), moves.reshape(x.shape)

    def _solved(self, w: Array) -> tuple[Array, Array]:
        """Precision matrices (m, p, p) and means (m, p) of the coefficients, at weights (m, k)."""
        gram = (self.basis.T * w[:, None, :]) @ self.basis + self.precision
        right = (w * self.data.y[0]) @ self.basis + self.precision @ self.centre
        return gram, np.linalg.solve(gram, right[:, :, None])[:, :, 0]

    def linear(self, x: Array, row: Array) -> tuple[Array, Array]:
        """Mean and sd, (m,), of row' gamma at log tau = x, (m,); row: (p,)."""
        gram, gamma = self._solved(1.0 / (self.data.v[0] + np.exp(2.0 * x)[:, None]))
        return gamma @ row, np.sqrt(np.einsum("p,mpq,q->m", row, inverse(gram), row))


@dataclass(frozen=True)
class RegressionPosterior:
    """Posteriors of one data set with moderators.

    design: (k, p); priors: of its coefficients. `coefficient`, `mean_at` and `new_at` are mixtures in
    internal units: times `unit` they are in the units of the effects over those of the moderators. tau: in
    internal units too.
    """

    design: Array
    tau_prior: TauPrior
    priors: tuple[FlatMean | NormalMean, ...]
    panels: Panels
    given: _GivenTauAndDesign
    to_basis: Array
    excess: float

    @property
    def unit(self) -> float:
        """The internal unit."""
        return float(self.given.data.unit[0])

    @cached_property
    def tau(self) -> TauPosterior:
        data = self.given.data
        density = log_density_of(self.given.log_likelihood, (self.tau_prior,), data.scales)
        return TauPosterior(self.panels, density, np.array([self.tau_prior.upper]) / data.unit)

    def coefficient(self, number: int) -> Mixture:
        """The coefficient of column `number`, from 0."""
        row: Array = np.eye(self.design.shape[1])[number]
        return self.mean_at(row)

    def mean_at(self, row: Array) -> Mixture:
        """The mean effect where the moderators are `row`, (p,)."""
        mass, x = self._nodes
        in_basis = np.asarray(np.linalg.solve(self.to_basis.T, row), float)
        mean, sd = self.given.linear(x, in_basis)
        return Mixture.of(mass[None], mean[None], sd[None])

    def new_at(self, row: Array) -> Mixture:
        """A new study's effect there."""
        mixture = self.mean_at(row)
        _, x = self._nodes
        return Mixture.of(mixture.mass, mixture.mean, np.hypot(mixture.sd, np.exp(x)[None]))

    @cached_property
    def _nodes(self) -> tuple[Array, Array]:
        x, mass = (nodes[0] for nodes in self.panels.nodes)
        held = mass > 0
        return mass[held], x[held]

    def exists(self, order: int) -> bool:
        """Whether the moment of tau and of a new study's effect exists."""
        return moment_exists(order, np.array([self.excess]), (self.tau_prior,)).item()

    def coefficients_exist(self, order: int) -> Mask:
        """Of which coefficients the moment exists, (p,)."""
        return np.asarray(~self.given.flat | self.exists(order))

    @property
    def log_at_zero(self) -> float:
        """As `log_integrated`, at tau = 0."""
        at = self.given.log_likelihood(np.zeros(1, np.intp), np.array([[LOG_ZERO]]))[0].item()
        return float(at - self._powers * np.log(self.unit))

    @property
    def log_integrated(self) -> float:
        """Log of the likelihood integrated over the priors, flat ones being one."""
        return float(self.panels.log_total[0] - self._powers * np.log(self.unit))

    @property
    def _powers(self) -> int:
        """Of the unit, in what was integrated."""
        return len(self.design) - int(self.given.flat.sum())


def regression_posterior(
    effects: Effects, design: Array, tau_prior: TauPrior, coefficients: CoefficientPriors
) -> RegressionPosterior:
    """Posterior of a meta-regression, y_i ~ N(x_i' beta, v_i + tau^2).

    effects: one data set, all of whose k studies are present; design: (k, p), the intercept among its
    columns. Roever & Friede 2023. Raises ValueError for a design that does not determine the coefficients
    while their priors are flat, for priors that are not one a column, and where the posterior would be
    improper.
    """
    k, p = effects.k, design.shape[1]
    if design.shape[0] != k or not np.isfinite(design).all():
        raise ValueError(
            f"the design has shape {design.shape}; expected finite numbers, one row for each of {k}"
        )
    priors = (coefficients,) * p if isinstance(coefficients, FlatMean) else tuple(coefficients)
    if len(priors) != p:
        raise ValueError(f"{len(priors)} priors of coefficients; expected one for each of {p} columns")
    raw = prepared(effects)
    data = InUnits(effects.y / raw.unit[:, None], raw.v, raw.present, raw.unit, np.zeros(1), raw.k)
    mean, weight = _means_and_precisions(priors, data.unit.item())
    flat: Mask = weight == 0
    free = int(flat.sum())
    # Flat ones first: the precision of the basis is then that of its last columns alone, and a large tau
    # leaves each part its digits.
    order = np.argsort(~flat)
    size = np.linalg.norm(design, axis=0)
    unit_columns = design / np.where(size > 0, size, 1.0)
    basis, triangle = np.linalg.qr(unit_columns[:, order])
    if p > k or _ranks_low(triangle):
        raise ValueError(
            f"{k} studies do not determine {p} coefficients: the columns of the design depend on one "
            "another; leave some out"
        )
    to_basis = np.empty((p, p))
    to_basis[:, order] = triangle * size[order]
    away = data.y[0] - design @ mean
    away = away - basis[:, :free] @ (basis[:, :free].T @ away)
    constant = 0.5 * float(np.log(weight[~flat]).sum()) - 0.5 * (k - free) * LOG_2PI
    constant -= float(np.log(np.abs(np.diag(triangle))).sum() + np.log(size).sum())
    back = inverse(to_basis[None])[0]
    precision = back.T @ (weight[:, None] * back)
    precision[:free] = precision[:, :free] = 0.0
    given = _GivenTauAndDesign(data, basis, precision, to_basis @ mean, constant, flat)
    excess = excess_of((tau_prior,), data.k, free)
    with np.errstate(divide="ignore"):
        log_apart = np.log(np.abs(away).max())
    density = log_density_of(given.log_likelihood, (tau_prior,), data.scales)
    panels = integrate(density, first_panels(data, log_apart, (tau_prior,), excess))
    return RegressionPosterior(design, tau_prior, priors, panels, given, to_basis, excess.item())


def _means_and_precisions(priors: Sequence[FlatMean | NormalMean], unit: float) -> tuple[Array, Array]:
    """Of the coefficients in internal units, (p,) each: both zero where a prior is flat."""
    normal = [None if isinstance(prior, FlatMean) else prior for prior in priors]
    mean = np.array([0.0 if prior is None else prior.mean / unit for prior in normal])
    precision = np.array([0.0 if prior is None else (unit / prior.sd) ** 2 for prior in normal])
    return mean, precision


def _ranks_low(triangle: Array) -> bool:
    sizes: Mask = np.abs(np.diag(triangle)) < _COLLINEAR
    return bool(sizes.any())
