"""Intervals beside that of the mean: for tau2 (Q-profile) and for the effect in a new study (prediction)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

from synthesis.pooling.effects import Array
from synthesis.pooling.heterogeneity import generalised_q_root
from synthesis.pooling.inference import quantile_t
from synthesis.pooling.model import Model

PREDICTIONS: dict[str, str] = {
    "t(k-1)": "one less than the number of studies",
    "t(k-2)": "two less than the number of studies",
    "z": "normal distribution",
}


@dataclass(frozen=True)
class Bounds:
    """Lower and upper bound, of one shape."""

    low: Array
    high: Array


def q_profile(model: Model, level: float) -> Bounds:
    """Interval for tau2 on the model's scale, shape (n,). Viechtbauer 2007.

    The bounds solve Q(tau2) = upper and lower chi-squared critical value. A bound is zero when Q(0) is
    already below its critical value: the interval is then [0, high], or [0, 0] when even the smallest
    tau2 makes the data look too homogeneous. Every data set needs df >= 1.
    """
    tail = 0.5 * (1.0 - level)
    return Bounds(
        generalised_q_root(model, chi2_quantile(model.df, tail)),
        generalised_q_root(model, chi2_quantile(model.df, 1.0 - tail)),
    )


def chi2_quantile(df: Array, upper_tail: float) -> Array:
    """The point that chi2(df) exceeds with probability `upper_tail`."""
    return np.asarray(2.0 * special.gammainccinv(0.5 * df, upper_tail), dtype=float)


def prediction_df(kind: str, residual_df: Array) -> Array:
    """Degrees of freedom of a prediction interval; residual_df = k - p, so that k - 1 is k - p in general."""
    if kind == "z":
        return np.where(np.isnan(residual_df), np.nan, np.inf)
    return residual_df - (1.0 if kind == "t(k-2)" else 0.0)


def prediction(mean: Array, se: Array, tau2: Array, df: Array, level: float) -> Bounds:
    """mean +- quantile * sqrt(tau2 + se^2), shape (n,); nan where df <= 0.

    Higgins, Thompson & Spiegelhalter 2009, there with k - 2 degrees of freedom.
    """
    half = quantile_t(df, level) * np.sqrt(tau2 + se * se)
    return Bounds(mean - half, mean + half)
