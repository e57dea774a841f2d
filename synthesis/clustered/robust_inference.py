"""Tests and intervals of the coefficients: cluster-robust, or from the model."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from synthesis.clustered.fitted_model import FittedModel, ModelOfEffects
from synthesis.pooling.dependent.robust import ROBUST, Sandwich, sandwich
from synthesis.pooling.dependent.wald_tests import WALD_TESTS
from synthesis.pooling.kernel.effects import Array
from synthesis.pooling.mean.inference import coefficients
from synthesis.regression.contrasts import Contrasts, WaldTest, independent, wald_test

TESTS_OF_CLUSTERS: dict[str, str] = {
    "CR2": "cluster-robust CR2 (bias-reduced) standard errors with Satterthwaite degrees of freedom",
    "CR0": "cluster-robust CR0 (unadjusted) standard errors with Satterthwaite degrees of freedom",
    "CR1": "cluster-robust CR1 standard errors with Satterthwaite degrees of freedom",
    "CR1S": "cluster-robust CR1S standard errors with Satterthwaite degrees of freedom",
    "CR3": "cluster-robust CR3 (jackknife) standard errors with Satterthwaite degrees of freedom",
    "t": "model-based standard errors with containment degrees of freedom",
    "z": "model-based standard errors and the normal distribution",
}

FEW_DF = 4.0
"""Tipton 2015: below it, tests with Satterthwaite's degrees of freedom reject too often."""


@dataclass(frozen=True, eq=False)
class ClusteredEstimates:
    """p coefficients with their covariance under a test, and how combinations of them are tested.

    beta, df: (p,); covariance: (p, p); robust: of one fit, None where the model's covariance is used.
    """

    names: tuple[str, ...]
    beta: Array
    covariance: Array
    df: Array
    robust: Sandwich | None

    def rowwise(self, matrix: Array) -> tuple[Array, Array, Array]:
        """Estimate, standard error and df of each row of matrix (m, p) times the coefficients."""
        variance = np.einsum("mp,pq,mq->m", matrix, self.covariance, matrix)
        return matrix @ self.beta, np.sqrt(np.maximum(variance, 0.0)), self._df(matrix)

    def _df(self, matrix: Array) -> Array:
        if self.robust is not None:
            found: Array = self.robust.transformed(matrix).df()[0]
            return found
        return np.array([self.df[row != 0].min() for row in matrix])

    def test(self, matrix: Array, by: str = "HTZ") -> WaldTest:
        """By a key of WALD_TESTS for a robust covariance; F with the smallest containment df or chi-square
        otherwise.
        """
        named = tuple(_written(row, self.names) for row in matrix)
        if self.robust is None:
            covariance = matrix @ self.covariance @ matrix.T
            return wald_test(matrix @ self.beta, covariance, float(self._df(matrix).min()), named)
        found = WALD_TESTS[by]((matrix @ self.beta)[None], self.robust.transformed(matrix))
        return WaldTest(
            float(found.statistic[0]), len(matrix), float(found.df2[0]), float(found.p_value[0]), named
        )


def _written(row: Array, names: tuple[str, ...]) -> str:
    live = np.flatnonzero(row)
    return (
        names[int(live[0])]
        if live.size == 1 and row[live[0]] == 1
        else " + ".join(f"{row[i]:g} {names[i]}" for i in live)
    )


def contrasts_of_clusters(
    estimates: ClusteredEstimates, matrix: Array, names: tuple[str, ...], level: float
) -> Contrasts:
    """Every row of matrix (m, p) times the coefficients, with its test and interval, and all together."""
    estimate, se, df = estimates.rowwise(matrix)
    found = coefficients(estimate, se, df, level)
    joint = replace(estimates.test(matrix[independent(matrix)]), tested=names)
    return Contrasts(
        names, matrix, estimate, se, found.statistic, df, found.p_value, found.low, found.high, level, joint
    )


def clustered_estimates(fitted: FittedModel, names: tuple[str, ...], test: str) -> ClusteredEstimates:
    """The coefficients under a key of TESTS_OF_CLUSTERS."""
    beta = fitted.beta
    if test in ROBUST:
        refuse_ties(fitted.model)
        robust = sandwich(fitted.fit, test).transformed(fitted.back)
        return ClusteredEstimates(names, beta, robust.covariance[0], robust.df()[0], robust)
    df = containment_df(fitted) if test == "t" else np.full(beta.size, math.inf)
    return ClusteredEstimates(names, beta, fitted.covariance, df, None)


def refuse_ties(model: ModelOfEffects) -> None:
    """Raise ValueError where a random effect ties clusters together, which robust variances take as apart."""
    for term in model.terms:
        group = np.unique(term.group, return_inverse=True)[1]
        owner = np.empty_like(group)
        owner[group] = model.cluster
        if (owner[group] != model.cluster).any():
            raise ValueError(
                f"the random effect of {term.label} is shared between clusters, and cluster-robust tests "
                "need independent ones; expected test='t' or 'z', or clusters that hold every group whole"
            )


def containment_df(fitted: FittedModel) -> Array:
    """Degrees of freedom of each coefficient by containment, shape (p,).

    Groups of a random effect within which a column of the design does not vary count as the units that know
    its coefficient: their number less p, the smallest over the random effects; k - p where it varies within
    every group; nan where nothing is left. SAS PROC MIXED; Pinheiro & Bates 2000, section 2.4.
    """
    blocks = fitted.blocks
    design = fitted.model.x
    k, p = design.shape
    found = np.full(p, float(k - p))
    size = 1e-10 * np.abs(design).max(axis=0)
    for term in blocks.terms:
        units = term.level if term.structure.name == "known" and term.level is not None else term.group
        number = np.unique(units, return_inverse=True)[1]
        groups = int(number.max()) + 1
        low, high = np.full((groups, p), np.inf), np.full((groups, p), -np.inf)
        np.minimum.at(low, number, design)
        np.maximum.at(high, number, design)
        level_within = ((high - low) <= size).all(axis=0)
        found = np.where(level_within, np.minimum(found, float(groups - p)), found)
    return np.where(found > 0, found, math.nan)
