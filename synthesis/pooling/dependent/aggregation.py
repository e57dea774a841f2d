"""Dependent effects of one study as its one effect: the generalised least-squares mean.

With one random effect a study, y_ij = mu + u_i + e_ij, and a known covariance V of its e_ij, the likelihoods
of mu and tau2 (ML and REML) depend on a study's effects through this mean and its variance alone: its effects
have the covariance V + tau2 1 1', so that what they differ by is independent of the mean, and free of mu and
tau2.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import special

from synthesis.pooling.kernel.effects import Array
from synthesis.pooling.kernel.sums import transposed

LEAST_EIGENVALUE = 1e-10
"""Of a correlation matrix: below it, rounding alone decides what the weights are."""


@dataclass(frozen=True, eq=False)
class Aggregate:
    """The mean of m dependent effects: itself, its variance, their weights in it, and how they differ.

    yi, vi: shape (...); weights: shape (..., m), which add up to one and may be negative; Q: shape (...), the
    generalised sum of squares about the mean, chi-square on m - 1 degrees of freedom where all m estimate one
    effect.
    """

    yi: Array
    vi: Array
    weights: Array
    Q: Array


def aggregate(yi: Array, covariance: Array, study: str) -> Aggregate:
    """The generalised least-squares mean of a study's effects, and its variance 1 / (1' V^-1 1).

    yi: shape (..., m); covariance: V, shape (..., m, m). study: who they are of, for messages. Aitken 1935.
    Raises ValueError, naming the study, for what is no covariance matrix: another shape, not finite, not
    symmetric, a variance that is not above zero, or correlations that are singular or not positive definite.
    """
    sei = _standard_errors(yi, covariance, study)
    correlation = covariance / (sei[..., :, None] * sei[..., None, :])
    least = np.linalg.eigvalsh(correlation)[..., 0]
    if (least < LEAST_EIGENVALUE).any():
        raise ValueError(
            f"the covariance matrix of {study} is singular or not positive definite (its correlations have "
            f"the eigenvalue {least.min():.2g}); expected effects of which none follows from the others"
        )
    # in units of the smallest standard error, whatever unit the effects have
    unit = sei.min(axis=-1, keepdims=True)
    ones = unit / sei
    solved = np.linalg.solve(correlation, ones[..., None])[..., 0]
    precision = (ones * solved).sum(axis=-1)
    weights = ones * solved / precision[..., None]
    mean = (weights * yi).sum(axis=-1)
    apart = (yi - mean[..., None]) / sei
    squares = (apart * np.linalg.solve(correlation, apart[..., None])[..., 0]).sum(axis=-1)
    return Aggregate(mean, unit[..., 0] ** 2 / precision, weights, squares)


def _standard_errors(yi: Array, covariance: Array, study: str) -> Array:
    m = yi.shape[-1] if yi.ndim else 0
    if not m or covariance.shape != (*yi.shape, m):
        raise ValueError(
            f"the covariance matrix of {study} has shape {covariance.shape}; expected {(*yi.shape, m)}, one "
            "row and one column an effect"
        )
    if not (np.isfinite(covariance).all() and np.isfinite(yi).all()):
        raise ValueError(f"an effect or a covariance of {study} is not a finite number")
    variances = np.diagonal(covariance, axis1=-2, axis2=-1)
    if (variances <= 0).any():
        raise ValueError(f"a variance of {study} is not above zero")
    sei = np.sqrt(variances)
    skew = np.abs(covariance - transposed(covariance)) / (sei[..., :, None] * sei[..., None, :])
    if (skew > 1e-9).any():
        raise ValueError(f"the covariance matrix of {study} is not symmetric")
    return sei


@dataclass(frozen=True)
class WithinStudies:
    """Whether effects of the same study differ beyond their errors: chi-square, its df and p."""

    Q: float
    df: int
    p_value: float


def within_studies(studies: Sequence[Aggregate]) -> WithinStudies | None:
    """The test over all studies that have several effects; None where none has.

    The sum of the studies' Q: with Cochran's Q of their means it adds up to the generalised Q of all effects.
    """
    df = sum(study.weights.shape[-1] - 1 for study in studies)
    if df == 0:
        return None
    q = float(sum(float(study.Q) for study in studies))
    return WithinStudies(q, df, float(special.chdtrc(df, q)))
