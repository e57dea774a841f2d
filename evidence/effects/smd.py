"""Small-sample corrections: of a standardised mean difference, with its variances, and of a correlation.

J(df) of Hedges to machine precision at every df, the four sampling variances in use for what it corrects, and
the hypergeometric functions of Olkin and Pratt for the unbiased correlation.
"""

from __future__ import annotations

from typing import Literal, TypeAlias, get_args

import numpy as np
from scipy.special import gammaln, hyp2f1

from evidence.choices import named
from evidence.effects.columns import Array, Reason

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


SmdVariance: TypeAlias = Literal["LS", "UB", "LS2", "AV"]


def corrected(
    d: Array, df: Array, of_means: Array, behind_sd: Array, total: Array, vtype: SmdVariance
) -> tuple[Array, Array]:
    """g = J(df) d and its variance; all of shape (k,).

    of_means: 1/n1 + 1/n2. behind_sd: the size N that the SD rests on. total: the weights of the average.
    "LS": of_means + g^2 / (2 N), Hedges 1982. "LS2": J^2 (of_means + d^2 / (2 N)), Borenstein 2009.
    "UB": of_means + (1 - (df - 2) / (df J^2)) g^2, whose expectation is the variance of g, Hedges 1983.
    "AV": as "LS" with the average of g over the studies, weighted by their sizes, so that the variance of a
    study does not depend on its own effect.
    Raises ValueError for another vtype.
    """
    kind = named(vtype, get_args(SmdVariance), "vtype")
    j = bias_correction(df)
    g = j * d
    if kind == "LS":
        return g, of_means + g * g / (2.0 * behind_sd)
    if kind == "LS2":
        return g, j * j * (of_means + d * d / (2.0 * behind_sd))
    if kind == "UB":
        return g, of_means + g * g * unbiased_variance_factor(df)
    average = weighted_average(g, total)
    return g, np.where(np.isnan(g), np.nan, of_means + average**2 / (2.0 * behind_sd))


def infinite_variance(df: Array, vtype: SmdVariance) -> list[Reason]:
    """Where an unbiased variance is asked for and there is none."""
    if named(vtype, get_args(SmdVariance), "vtype") != "UB":
        return []
    return [(df <= 2, "with two degrees of freedom the variance of a standardised difference is infinite")]


def weighted_average(values: Array, weights: Array) -> float:
    """The average over the studies with a value; nan when none has one."""
    known = np.isfinite(values) & np.isfinite(weights)
    total = weights[known].sum()
    return float((weights[known] * values[known]).sum() / total) if total > 0 else float("nan")


_POWER_SERIES_FROM = 10.0
_TERMS = 400


def unbiased_correlation(r: Array, n: Array) -> tuple[Array, Array]:
    """The unbiased estimate of a correlation and the unbiased estimate of its variance, each of shape (k,).

    G(r) = r F(1/2, 1/2; (n - 2)/2; 1 - r^2), Olkin & Pratt 1958, eq. 2.3; and
    G^2 - [1 - (n - 3)/(n - 2) (1 - r^2) F(1, 1; n/2; 1 - r^2)], the bracket being the unbiased estimate of
    the squared correlation (Olkin & Pratt 1958; Hedges 1989). For bivariate normal data and n > 4. Written
    in 1 - r^2 so that nothing is lost where r is near 1 and both terms near each other.
    """
    z = (1.0 - r) * (1.0 + r)
    first = gauss_minus_one(0.5, 0.5 * n - 1.0, z)
    second = gauss_minus_one(1.0, 0.5 * n, z)
    estimate = r * (1.0 + first)
    rest = first * (2.0 + first) * (1.0 - z) + z * (second - (1.0 + second) / (n - 2.0))
    return estimate, rest


def gauss_minus_one(a: float, c: Array, z: Array) -> Array:
    """F(a, a; c; z) - 1 for a = 1/2 or 1 and 0 <= z <= 1, c > 2 a (else nan), shape (k,).

    The power series where its terms fall at least as k^(2a - 1 - c), with c >= 10; SciPy's function, which
    can fail for large c and z near 1, only below that.
    """
    c = np.where(c > 2 * a, c, np.nan)
    many = np.where(c >= _POWER_SERIES_FROM, c, np.nan)
    term, total = np.ones_like(z), np.zeros_like(z)
    for k in range(_TERMS):
        term = term * ((a + k) ** 2 / ((many + k) * (1.0 + k))) * z
        total = total + term
        if not np.any(term > 1e-18 * total):
            break
    few = hyp2f1(a, a, np.where(c < _POWER_SERIES_FROM, c, np.nan), z) - 1.0
    return np.where(c >= _POWER_SERIES_FROM, total, few)
