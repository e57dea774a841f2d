"""Distributions and intervals of coefficients, and what the weights say about fit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from scipy import special

from synthesis.pooling.kernel.effects import Array
from synthesis.pooling.kernel.once import once
from synthesis.pooling.kernel.sums import row_dot, solve

_FEW_DF = 0.1  # below, the quantile of t runs to 1e14 and beyond
_TINY_SHARE = 1e-300  # where the inverse of the beta distribution has reached its floor


@dataclass(frozen=True)
class Bounds:
    """Lower and upper bound, of one shape."""

    low: Array
    high: Array


@dataclass(frozen=True)
class Coefficients:
    """Estimates with their test and interval, all of one shape; df broadcasts to it."""

    estimate: Array
    se: Array
    statistic: Array
    p_value: Array
    df: Array
    low: Array
    high: Array


def coefficients(estimate: Array, se: Array, df: Array, level: float) -> Coefficients:
    """Two-sided test of zero and interval at `level` from t(df); df = inf is the normal distribution."""
    with np.errstate(divide="ignore", invalid="ignore"):
        statistic = estimate / se
        half = quantile_t(df, level) * se
    return Coefficients(
        estimate, se, statistic, two_sided_p(statistic, df), df, estimate - half, estimate + half
    )


def normal_quantile(level: float) -> float:
    """The point a normal variable exceeds with probability (1 - level) / 2."""
    return -float(special.ndtri(0.5 * (1.0 - level)))


def quantile_t(df: Array, level: float) -> Array:
    """The point t(df) exceeds with probability (1 - level) / 2; normal where df = inf, nan where df <= 0."""
    distinct, place = np.unique(df, return_inverse=True)
    tail = np.full(distinct.shape, 0.5 * (1.0 - level))
    quantile = -_by_df(distinct, special.ndtri, _student_quantile, tail)
    return quantile[place].reshape(df.shape)


def _student_quantile(df: Array, tail: Array) -> Array:
    """The point below which t(df) has probability `tail` of at most one half."""
    quantile = np.asarray(special.stdtrit(df, tail))
    few = df < _FEW_DF
    if few.any():
        share = special.betaincinv(0.5 * df[few], 0.5, 2.0 * tail[few])  # df / (df + t^2)
        with np.errstate(divide="ignore", over="ignore"):
            root = np.sqrt(df[few] * (1.0 - share) / share)
        quantile[few] = np.where(share > _TINY_SHARE, -root, -np.inf)
    return quantile


def wald_test(estimate: float, ends: tuple[float, float], level: float) -> tuple[float, float]:
    """z and its two-sided p of an estimate whose Wald interval at `level` has these ends; nan without one."""
    se = wald_se(ends, level)
    z = estimate / se if se > 0 else float("nan")
    return z, 2.0 * float(special.ndtr(-abs(z)))


def wald_se(ends: tuple[float, float], level: float) -> float:
    """The standard error behind a Wald interval with these ends."""
    return (ends[1] - ends[0]) / (2.0 * normal_quantile(level))


def two_sided_p(statistic: Array, df: Array) -> Array:
    """P(|T| >= |statistic|) for T of t(df), normal where df is infinite, nan where df <= 0."""
    return 2.0 * _by_df(np.broadcast_to(df, statistic.shape), special.ndtr, special.stdtr, -np.abs(statistic))


def cdf_t(statistic: Array, df: Array) -> Array:
    """P(T <= statistic) for T of t(df), normal where df is infinite, nan where df <= 0; one shape."""
    return _by_df(df, special.ndtr, special.stdtr, statistic)


def _by_df(df: Array, limit: Callable[..., Array], finite: Callable[..., Array], at: Array) -> Array:
    """finite(df, at) where 0 < df < inf, limit(at) where df is infinite, nan elsewhere."""
    result = np.full(at.shape, np.nan)
    endless, some = np.isposinf(df), (df > 0) & np.isfinite(df)
    result[endless] = limit(at[endless])
    result[some] = finite(df[some], at[some])
    return result


@dataclass(frozen=True)
class OmnibusTest:
    """QM, the test that chosen coefficients are all zero: statistic, numerator df, denominator df and p.

    statistic, denominator_df (infinite for a chi-squared statistic) and p_value have shape (n,). tail: finds
    the p, once it is asked for.
    """

    statistic: Array
    df: int
    denominator_df: Array
    tail: Callable[[], Array]

    @once
    def p_value(self) -> Array:
        return self.tail()


def omnibus(beta: Array, covariance: Array, df: Array, f_scale: Array | float = 1.0) -> OmnibusTest:
    """Wald-type test of all coefficients given.

    beta (n, m) and their covariance (n, m, m); df (n,) infinite for a chi-squared statistic, finite for
    the F statistic on (m, df) degrees of freedom (Knapp & Hartung 2003), which is multiplied by f_scale,
    (n,).
    """
    m = beta.shape[1]
    if m == 1:
        chi2 = beta[:, 0] ** 2 / covariance[:, 0, 0] * f_scale
        return OmnibusTest(chi2, 1, df, lambda: two_sided_p(np.sqrt(chi2), df))
    chi2 = row_dot(beta, solve(covariance, beta)) * f_scale
    tail = partial(_by_df, df, partial(_chi2_tail, m), partial(_f_tail, m), chi2)
    return OmnibusTest(np.where(np.isinf(df), chi2, chi2 / m), m, df, tail)


def _chi2_tail(m: int, chi2: Array) -> Array:
    return np.asarray(special.chdtrc(m, chi2))


def _f_tail(m: int, df: Array, chi2: Array) -> Array:
    return np.asarray(special.fdtrc(m, df, chi2 / m))


def q_p_value(q: Array, df: Array) -> Array:
    """P(chi2(df) >= Q); one when there is no df, nan when the design cannot be estimated."""
    return np.where(df > 0, special.chdtrc(np.maximum(df, 1.0), q), np.where(np.isnan(df), np.nan, 1.0))


@dataclass(frozen=True)
class InformationCriteria:
    """AIC, BIC and AICc (nan where there are too few studies for its correction), shape (n,)."""

    AIC: Array
    BIC: Array
    AICc: Array


def information_criteria(loglik: Array, parameters: int, n: Array) -> InformationCriteria:
    """Akaike 1974; Schwarz 1978; Hurvich & Tsai 1989.

    loglik, n: shape (n,); n is k for the full likelihood and k - p for the restricted one.
    """
    deviance = -2.0 * loglik
    room = n - parameters - 1.0
    correction = np.divide(2.0 * parameters * n, room, out=np.full_like(n, np.nan), where=room > 0)
    return InformationCriteria(
        deviance + 2.0 * parameters, deviance + parameters * np.log(np.maximum(n, 1.0)), deviance + correction
    )


def i_squared(tau2: Array, typical_variance: Array) -> Array:
    """Percent of total variation due to heterogeneity. Higgins & Thompson 2002."""
    return 100.0 * (tau2 / (tau2 + typical_variance))


def h_squared(tau2: Array, typical_variance: Array) -> Array:
    """Total over sampling variance, as a ratio. Higgins & Thompson 2002."""
    return tau2 / typical_variance + 1.0


def explained_heterogeneity(tau2_without: Array, tau2_with: Array) -> Array:
    """R2 of moderators: percent of tau2 without them that they remove, never below zero. Raudenbush 2009."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.maximum(100.0 * (tau2_without - tau2_with) / tau2_without, 0.0)
