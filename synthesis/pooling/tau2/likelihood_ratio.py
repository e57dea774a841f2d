"""Likelihood ratio tests between two nested models, for every data set of a batch."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

from evidence.choices import named
from synthesis.pooling.as_data import AsData
from synthesis.pooling.batch import PooledBatch, pool_batch
from synthesis.pooling.kernel.effects import Array, Effects
from synthesis.pooling.kernel.scaling import orthonormal

_OUTSIDE = 1e-8  # share of a column that the columns of the larger design leave unexplained


@dataclass(frozen=True)
class Structure:
    """A model to be compared: its design (k, p), the intercept alone when None, and its heterogeneity.

    With heterogeneity tau2 is estimated, without it tau2 is zero.
    """

    design: Array | None = None
    heterogeneity: bool = True


@dataclass(frozen=True)
class LikelihoodRatio(AsData):
    """The test of each data set; shape (B,) unless said otherwise, nan where k - p < 1 in the larger model.

    statistic: 2 (loglik_full - loglik_reduced), on df (a number) degrees of freedom. p_value: from chi2(df).
    p_boundary: the same, unless tau2 = 0 is tested. Zero is then the end of its range, and half of the
    statistics lose one degree of freedom: P is the mean of those of chi2(df - 1) and chi2(df) (Self & Liang
    1987, Stram & Lee 1994). That holds for many studies; with few, more than half of the statistics are
    zero (Crainiceanu & Ruppert 2004), so that even this P is cautious.
    """

    _ROWS = ("statistic", "p_value", "p_boundary", "loglik_reduced", "loglik_full")

    statistic: Array
    df: int
    p_value: Array
    p_boundary: Array
    loglik_reduced: Array
    loglik_full: Array
    likelihood: str

    @property
    def says(self) -> str:
        """What was compared, and what has no part in it."""
        kind = "restricted" if self.likelihood == "REML" else "full"
        return (
            f"Compares maxima of the {kind} likelihood of two models, whatever the estimator of tau2, "
            "the test and the weights of the mean."
        )


def lrt(effects: Effects, reduced: Structure, full: Structure, likelihood: str = "ML") -> LikelihoodRatio:
    """Compare two nested models by the likelihood ratio. Wilks 1938.

    likelihood: "ML", or "REML" when both models have the same columns, for restricted likelihoods of
    different designs are those of different data. The maxima are global, so that the statistic is never
    negative.
    Raises ValueError for another likelihood, models that are not nested or are the same, and for restricted
    likelihoods of different designs.
    """
    columns = [_basis(model, effects.k) for model in (reduced, full)]
    likelihood = named(likelihood, ("ML", "REML"), "likelihood")
    _check(reduced, full, columns, likelihood)
    fits = [_fit(effects, model, likelihood) for model in (reduced, full)]
    low, high = (_loglik(fit, likelihood, fits[1]) for fit in fits)
    tests_tau2 = full.heterogeneity and not reduced.heterogeneity
    df = columns[1].shape[1] - columns[0].shape[1] + int(tests_tau2)
    statistic = np.maximum(2.0 * (high - low), 0.0)
    p_value = _tail(statistic, df)
    p_boundary = 0.5 * (_tail(statistic, df - 1) + p_value) if tests_tau2 else p_value
    return LikelihoodRatio(statistic, df, p_value, p_boundary, low, high, likelihood)


def _basis(model: Structure, k: int) -> Array:
    design = np.ones((k, 1)) if model.design is None else model.design
    return orthonormal(design, k)[0]


def _check(reduced: Structure, full: Structure, columns: list[Array], likelihood: str) -> None:
    small, large = columns
    outside = small - large @ (large.T @ small)
    if np.abs(outside).max() > _OUTSIDE:
        raise ValueError("the reduced model has columns that the full one lacks; expected nested models")
    if reduced.heterogeneity and not full.heterogeneity:
        raise ValueError("the reduced model estimates tau2 and the full one does not; expected nested models")
    same = small.shape == large.shape
    if same and reduced.heterogeneity == full.heterogeneity:
        raise ValueError("the two models are the same, which leaves nothing to test")
    if likelihood == "REML" and not same:
        raise ValueError("restricted likelihoods of different designs cannot be compared; use 'ML'")


def _fit(effects: Effects, model: Structure, likelihood: str) -> PooledBatch:
    method = likelihood if model.heterogeneity else "EE"
    return pool_batch(effects, method, "z", design=model.design)


def _loglik(fit: PooledBatch, likelihood: str, full: PooledBatch) -> Array:
    value = fit.loglik_ml if likelihood == "ML" else fit.loglik_reml
    return np.where(full.Q_df > 0, value, np.nan)


def _tail(statistic: Array, df: int) -> Array:
    """P(chi2(df) >= statistic); chi2(0) is zero."""
    if df == 0:
        return np.where(np.isnan(statistic), np.nan, (statistic == 0).astype(float))
    return np.asarray(special.chdtrc(df, statistic))
