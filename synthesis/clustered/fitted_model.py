"""A fitted model of clustered effects, and what is read off it: components, heterogeneity."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from scipy import special

from synthesis.pooling.as_data import AsData
from synthesis.pooling.dependent.block_likelihood import DependentData, DependentFit, evaluate
from synthesis.pooling.dependent.blocks import Blocks, Stack
from synthesis.pooling.dependent.maximum import maximise_blocks, starting_points
from synthesis.pooling.kernel.effects import Array


@dataclass(frozen=True, eq=False)
class FittedModel:
    """The maximum of a likelihood, in an orthonormal basis of the design.

    data: one data set or more, of which the first is the fit; theta: its parameters, (q,); fit: there; back:
    (p, p), from coefficients of the basis to those of the design; restricted: which likelihood; flat: whether
    some direction of the parameters leaves it as it is.
    """

    data: DependentData
    theta: Array
    fit: DependentFit
    back: Array
    restricted: bool
    flat: bool

    @property
    def blocks(self) -> Blocks:
        """The design and its random terms."""
        return self.data.blocks

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
        """The log-likelihood at the parameters, full or restricted; the restricted one of the design."""
        value = float(evaluate(self.data, self.theta[None], restricted).loglik[0])
        return value - np.linalg.slogdet(self.back)[1] if restricted else value

    def total_variance(self) -> float:
        """Variance of true effects in all, nan where it differs between levels of a term."""
        total = 0.0
        for term, part in zip(self.blocks.terms, self.blocks.split(self.theta[None]), strict=True):
            if term.columns is not None:
                return math.nan
            diagonal = np.diag(term.structure.covariance(part)[0])
            if not np.allclose(diagonal, diagonal[0], rtol=1e-12, atol=0.0):
                return math.nan
            total += float(diagonal[0])
        return total


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


def fit_model(data: DependentData, back: Array, method: str) -> FittedModel:
    """The largest likelihood; generalised least squares for equal effects."""
    restricted = method != "ML"
    maximum = maximise_blocks(data, starting_points(data), restricted)
    return FittedModel(data, maximum.theta[0], maximum.fit, back, restricted, bool(maximum.flat[0]))


def components(fitted: FittedModel) -> tuple[Component, ...]:
    """Every variance and correlation, in the order of the parameters."""
    typical = typical_variance(fitted)
    total = fitted.total_variance()
    found = []
    for term, part in zip(fitted.blocks.terms, fitted.blocks.split(fitted.theta[None]), strict=True):
        values = term.structure.natural(part)[0]
        for n, (name, value) in enumerate(zip(term.structure.names, values.tolist(), strict=True)):
            shared = 100.0 * value / (total + typical) if n < term.structure.variances else math.nan
            found.append(Component(term.label, name, value, shared))
    return tuple(found)


@dataclass(frozen=True)
class GeneralisedQ:
    """Cochran's Q of correlated effects, r'V^-1 r about the coefficients under V alone: Q, its df and p."""

    Q: float
    df: int
    p_value: float


def sampling_errors_alone(fitted: FittedModel) -> DependentFit:
    """The fit without random effects, in the same basis."""
    blocks = fitted.blocks
    alone = DependentData(Blocks(blocks.k, blocks.x, (), _bare(blocks)), fitted.data.y[:1])
    return evaluate(alone, np.zeros((1, 0)), restricted=True)


def _bare(blocks: Blocks) -> tuple[Stack, ...]:
    return tuple(replace(stack, terms=()) for stack in blocks.stacks)


def generalised_q(fitted: FittedModel) -> GeneralisedQ:
    """The test that all effects are what the coefficients say."""
    q = float(sampling_errors_alone(fitted).quadratic[0])
    df = fitted.blocks.k - fitted.blocks.p
    return GeneralisedQ(q, df, float(special.chdtrc(df, q)) if df > 0 else math.nan)


def typical_variance(fitted: FittedModel) -> float:
    """(k - p) / tr(P), P of the sampling covariance alone. Higgins & Thompson 2002; Viechtbauer 2024."""
    alone = sampling_errors_alone(fitted)
    trace = 0.0
    for part in alone.stacks:
        trace += float((np.einsum("bnii->bni", part.weight) * part.real).sum())
        trace -= float(np.einsum("bnip,bpq,bniq->b", part.leverage, alone.covariance, part.leverage)[0])
    return (fitted.blocks.k - fitted.blocks.p) / trace
