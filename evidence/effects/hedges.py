"""The small-sample bias of a standardised mean difference, to machine precision at every df."""

from __future__ import annotations

import numpy as np
from scipy.special import gammaln

from evidence.effects.result import Array

_SERIES_FROM = 25.0
_SERIES = (-1 / 8, 1 / 192, -1 / 640, 17 / 14336, -31 / 18432)
"""log of Gamma(z + 1/2) / (Gamma(z) sqrt(z)) in 1/z, 1/z^3, 1/z^5 ...: Stirling's series, term by term."""


def log_bias_correction(df: Array) -> Array:
    """log J(df), J = Gamma(df/2) / (sqrt(df/2) Gamma((df - 1)/2)); nan where df <= 1 (no mean exists).

    Hedges 1981. The difference of two log-gammas loses its digits when df is large, hence the series.
    """
    z = np.where(df > 1, 0.5 * (df - 1.0), np.nan)
    few = np.minimum(z, _SERIES_FROM)
    direct = gammaln(few + 0.5) - gammaln(few) - 0.5 * np.log(few + 0.5)
    many = np.maximum(z, _SERIES_FROM)
    series = np.polynomial.polynomial.polyval(1.0 / many**2, _SERIES) / many
    return np.where(z < _SERIES_FROM, direct, series - 0.5 * np.log1p(0.5 / many))


def bias_correction(df: Array) -> Array:
    """J(df): E of the standardised difference times J is the population's. Hedges 1981."""
    return np.exp(log_bias_correction(df))


def unbiased_variance_factor(df: Array) -> Array:
    """1 - (df - 2) / (df J(df)^2), the multiple of g^2 in the unbiased variance; nan where df <= 2.

    Hedges 1983. With two degrees of freedom or fewer g has no variance to estimate.
    """
    above = np.where(df > 2, df, np.nan)
    return -np.expm1(np.log1p(-2.0 / above) - 2.0 * log_bias_correction(above))
