"""Where the effect in a new study is expected."""

from __future__ import annotations

import numpy as np

from synthesis.pooling.effects import Array
from synthesis.pooling.inference import Bounds, quantile_t

PREDICTIONS: dict[str, str] = {
    "t(k-1)": "one less than the number of studies",
    "t(k-2)": "two less than the number of studies",
    "z": "normal distribution",
}


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
