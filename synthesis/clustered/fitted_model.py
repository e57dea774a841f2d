"""A fitted model of clustered effects, and what is read off it: components, heterogeneity."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import special
from scipy.sparse import csr_array, diags_array

from synthesis.pooling.as_data import AsData
from synthesis.pooling.dependent.block_likelihood import DependentData, DependentFit, evaluate
from synthesis.pooling.dependent.blocks import Blocks, RandomTerm, blocks_of
from synthesis.pooling.dependent.maximum import maximise_blocks, starting_points
from synthesis.pooling.dependent.moments import MomentWeights, correlated_moments, hierarchical_moments
from synthesis.pooling.kernel.effects import Array, Rows


@dataclass(frozen=True, eq=False)
class ModelOfEffects:
    """What is fitted: k effects, their design, errors, random terms and clusters, and by which method.

    x: (k, p); y: (k,); v: sparse (k, k); cluster: (k,), numbers; rho: the correlation of errors that the
    weights of moments assume, None for independent ones. method: a key of METHODS.
    """

    x: Array
    y: Array
    v: csr_array
    terms: tuple[RandomTerm, ...]
    cluster: Rows
    method: str
    rho: float | None = None

    @property
    def restricted(self) -> bool:
        """Whether the likelihood is the restricted one."""
        return self.method != "ML"


METHODS: dict[str, str] = {
    "REML": "restricted maximum likelihood",
    "ML": "maximum likelihood",
    "HTJ": "moments and approximate weights of Hedges, Tipton and Johnson 2010",
    "EE": "generalised least squares without random effects",
}


@dataclass(frozen=True, eq=False)
class FittedModel:
    """Generalised least squares under a fitted model, in an orthonormal basis of the design.

    model: what was fitted; data: one data set; theta: the parameters of its random terms, (q,); fit: there;
    back: (p, p), from coefficients of the basis to those of the design; moments: of HTJ, whose fit has the
    weights as inverse variances. flat: whether some direction of the parameters leaves the likelihood as it
    is.
    """

    model: ModelOfEffects
    data: DependentData
    theta: Array
    fit: DependentFit
    back: Array
    flat: bool = False
    moments: MomentWeights | None = None

    @property
    def blocks(self) -> Blocks:
        """The design and its random terms."""
        return self.data.blocks

    @property
    def restricted(self) -> bool:
        """Whether the likelihood is the restricted one."""
        return self.model.restricted

    @property
    def fitted_terms(self) -> Iterator[tuple[RandomTerm, Array]]:
        """Each random term with its parameters, shape (1, its q)."""
        return zip(self.blocks.terms, self.blocks.split(self.theta[None]), strict=True)

    @property
    def beta(self) -> Array:
        """Coefficients of the design, shape (p,)."""
        found: Array = self.back @ self.fit.beta[0]
        return found

    @property
    def covariance(self) -> Array:
        """Their covariance if the model is right, shape (p, p)."""
        found: Array = self.back @ self.fit.covariance[0] @ self.back.T
        return found

    def loglik(self, restricted: bool) -> float:
        """The log-likelihood at the parameters, full or restricted; nan of moments."""
        if self.moments is not None:
            return math.nan
        return float(evaluate(self.data, self.theta[None], restricted).loglik[0])

    def total_variance(self, level: str | None = None) -> float:
        """Variance of true effects in all; nan where it differs between levels of a term and none is named.

        Raises ValueError for a level that no term has.
        """
        if self.moments is not None:
            return self.moments.tau2 + (self.moments.omega2 or 0.0)
        known = {name for term in self.blocks.terms for name in term.levels}
        if level is not None and level not in known:
            listed = (
                f"one of {', '.join(sorted(known))}" if known else "none, as no variance differs by outcome"
            )
            raise ValueError(f"outcome is {level!r}; expected {listed}")
        total = 0.0
        for term, part in self.fitted_terms:
            if term.columns is not None:
                return math.nan
            diagonal = np.diag(term.structure.covariance(part)[0])
            if level in term.levels:
                total += float(diagonal[term.levels.index(level)])
            elif np.allclose(diagonal, diagonal[0], rtol=1e-12, atol=0.0):
                total += float(diagonal[0])
            else:
                return math.nan
        return total

    @cached_property
    def sampling_errors_alone(self) -> DependentFit:
        """The fit without random effects, in the same basis."""
        blocks = blocks_of(self.blocks.x, self.model.v, (), np.arange(self.blocks.k))
        return evaluate(DependentData(blocks, self.data.y), np.array([[]]), self.restricted)


@dataclass(frozen=True)
class Component(AsData):
    """One variance or correlation of the random effects.

    term: of which; name: sigma2, tau2, rho with its number; value; I2: percent of the variance of an estimate
    that it makes up, nan for a correlation and where terms have variances by level.
    """

    term: str
    name: str
    value: float
    I2: float

    @property
    def at_its_edge(self) -> bool:
        """Whether it is a variance of zero, or a correlation of -1 or 1."""
        return abs(self.value) == 1 if self.name.startswith("rho") else self.value == 0


def fit_model(model: ModelOfEffects) -> FittedModel:
    """The largest likelihood, the weights of moments, or generalised least squares."""
    basis, triangle = np.linalg.qr(model.x)
    back = np.linalg.inv(triangle)
    if model.method == "HTJ":
        return _fit_moments(model, basis, back)
    data = DependentData(blocks_of(basis, model.v, model.terms, model.cluster), model.y[None])
    maximum = maximise_blocks(data, starting_points(data, scattered=True), model.restricted)
    return FittedModel(model, data, maximum.theta[0], maximum.fit, back, bool(maximum.flat[0]))


def fit_at(model: ModelOfEffects, theta: Array) -> FittedModel:
    """The fit at parameters that are known to be the maximum."""
    basis, triangle = np.linalg.qr(model.x)
    data = DependentData(blocks_of(basis, model.v, model.terms, model.cluster), model.y[None])
    fit = evaluate(data, theta[None], model.restricted)
    return FittedModel(model, data, theta, fit, np.linalg.inv(triangle))


def _fit_moments(model: ModelOfEffects, basis: Array, back: Array) -> FittedModel:
    vi = model.v.diagonal()
    if model.rho is None:
        moments = hierarchical_moments(model.y, vi, basis, model.cluster)
    else:
        moments = correlated_moments(model.y, vi, basis, model.cluster, model.rho)
    weights = csr_array(diags_array(1.0 / moments.weights))
    data = DependentData(blocks_of(basis, weights, (), model.cluster), model.y[None])
    theta = np.array([])
    fit = evaluate(data, theta[None], model.restricted)
    return FittedModel(model, data, theta, fit, back, moments=moments)


def components(fitted: FittedModel) -> tuple[Component, ...]:
    """Every variance and correlation, in the order of the parameters."""
    typical = typical_variance(fitted)
    total = fitted.total_variance()

    def share(value: float) -> float:
        return 100.0 * value / (total + typical)

    if fitted.moments is not None:
        tau2, omega2 = fitted.moments.tau2, fitted.moments.omega2
        between = Component("clusters", "tau2", tau2, share(tau2))
        if omega2 is None:
            return (between,)
        return between, Component("estimates in clusters", "omega2", omega2, share(omega2))
    found = []
    for term, part in fitted.fitted_terms:
        values = term.structure.natural(part)[0].tolist()
        for n, name in enumerate(_named(term)):
            shared = share(values[n]) if n < term.structure.variances else math.nan
            found.append(Component(term.label, name, values[n], shared))
    return tuple(found)


def _named(term: RandomTerm) -> list[str]:
    """The parameters of a term, those of a level or pair by its label: tau2[hip], rho[hip, neck]."""

    def named(name: str) -> str:
        kind, _, places = name.partition(".")
        if not places or not term.levels:
            return name
        at = [int(place) - 1 for place in places.split("-")]
        return f"{kind}[{', '.join(term.levels[i] for i in at)}]"

    return [named(name) for name in term.structure.names]


@dataclass(frozen=True)
class GeneralisedQ(AsData):
    """Cochran's Q of correlated effects, r'V^-1 r about the coefficients under V alone: Q, its df and p."""

    Q: float
    df: int
    p_value: float


def generalised_q(fitted: FittedModel) -> GeneralisedQ:
    """The test that all effects are what the coefficients say."""
    q = float(fitted.sampling_errors_alone.quadratic[0])
    df = fitted.blocks.k - fitted.blocks.p
    return GeneralisedQ(q, df, float(special.chdtrc(df, q)))


def typical_variance(fitted: FittedModel) -> float:
    """(k - p) / tr(P), P of the sampling covariance alone. Higgins & Thompson 2002; Viechtbauer 2024."""
    alone = fitted.sampling_errors_alone
    trace = 0.0
    for part in alone.stacks:
        trace += float((np.einsum("bnii->bni", part.weight) * part.real).sum())
        trace -= float(np.einsum("bnip,bpq,bniq->b", part.leverage, alone.covariance, part.leverage)[0])
    return (fitted.blocks.k - fitted.blocks.p) / trace
