"""Inference about linear combinations of coefficients, under any test that allows for moderators."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from synthesis.pooling.kernel.effects import Array
from synthesis.pooling.kernel.scaling import COLLINEAR
from synthesis.pooling.mean.kenward_roger import KenwardRoger
from synthesis.pooling.mean.tests import TESTS
from synthesis.regression.wald import WaldTest, wald_test

TESTS_OFFERED = tuple(name for name, test in TESTS.items() if test.designs)


@dataclass(frozen=True, eq=False)
class Estimates:
    """p coefficients: beta and df (p,), covariance (p, p) under the test.

    small_sample: what the Kenward-Roger test knows of them, from which the df of every combination follow;
    with the other tests these are the same for all.
    """

    beta: Array
    covariance: Array
    df: Array
    small_sample: KenwardRoger | None

    def rowwise(self, matrix: Array) -> tuple[Array, Array, Array]:
        """Estimate, standard error and df of each row of matrix (m, p) times beta."""
        df = np.full(len(matrix), self.df[0])
        if self.small_sample is not None:
            phi, drift = (_quadratic(matrix, a[0]) for a in (self.small_sample.phi, self.small_sample.drift))
            with np.errstate(divide="ignore", invalid="ignore"):
                df = 2.0 * (phi / drift) ** 2 / self.small_sample.variance[0]
        return matrix @ self.beta, np.sqrt(_quadratic(matrix, self.covariance)), df

    def test(self, matrix: Array, names: tuple[str, ...]) -> WaldTest:
        """The test that all rows of matrix (m, p) times beta are zero; df1 counts those no others imply."""
        chosen = _independent(matrix)
        matrix, names = matrix[chosen], tuple(names[i] for i in chosen)
        estimate, covariance = matrix @ self.beta, matrix @ self.covariance @ matrix.T
        if self.small_sample is None or len(matrix) == 1:
            return wald_test(estimate, covariance, float(self.rowwise(matrix[:1])[2][0]), names)
        known = self.small_sample
        phi, drift = matrix @ known.phi @ matrix.T, matrix @ known.drift @ matrix.T
        scale, df = KenwardRoger(covariance[None], phi, drift, known.variance).f_test(slice(None))
        return wald_test(estimate, covariance, df.item(), names, scale.item())


def _independent(matrix: Array) -> list[int]:
    """Rows, in order, that those before them do not determine."""
    chosen: list[int] = []
    basis = np.zeros((0, matrix.shape[1]))
    for i, row in enumerate(matrix):
        unit = row / np.linalg.norm(row)
        rest = unit - basis.T @ (basis @ unit)
        rest -= basis.T @ (basis @ rest)
        if np.linalg.norm(rest) > COLLINEAR:
            chosen.append(i)
            basis = np.vstack([basis, rest / np.linalg.norm(rest)])
    return chosen


def _quadratic(matrix: Array, a: Array) -> Array:
    """x'Ax for each row x, never below zero."""
    value: Array = np.einsum("mp,pq,mq->m", matrix, a, matrix)
    return np.maximum(value, 0.0)
