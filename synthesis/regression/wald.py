"""Wald tests of several coefficients, or of combinations of them, at once."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy import special

from evidence.wording import p_text
from synthesis.pooling.kernel.effects import Array
from synthesis.pooling.mean.inference import omnibus

_SINGULAR = 1e-15  # below, rounding alone makes the smallest eigenvalue of a correlation matrix


@dataclass(frozen=True)
class WaldTest:
    """Test that all of `tested` are zero: F on (df1, df2), or chi-squared on df1 where df2 is infinite.

    nan where there is no test, as the coefficients or their covariance do not exist.
    """

    statistic: float
    df1: int
    df2: float
    p_value: float
    tested: tuple[str, ...]

    def __str__(self) -> str:
        if math.isinf(self.df2):
            return f"chi2({self.df1}) = {self.statistic:.4g}, p {p_text(self.p_value)}"
        return f"F({self.df1}, {self.df2:.4g}) = {self.statistic:.4g}, p {p_text(self.p_value)}"


def wald_test(
    estimate: Array, covariance: Array, df: float, tested: tuple[str, ...], f_scale: float = 1.0
) -> WaldTest:
    """Test that m estimates (m,) with covariance (m, m) are all zero.

    df: infinite for chi-squared, otherwise the denominator of F (Knapp & Hartung 2003), scaled by f_scale.
    """
    m = estimate.size
    size = np.sqrt(np.diag(covariance))
    if not (np.isfinite(covariance).all() and np.isfinite(estimate).all() and (size > 0).all()):
        return WaldTest(math.nan, m, df, math.nan, tested)
    correlation = covariance / np.outer(size, size)
    if np.linalg.eigvalsh(correlation)[0] <= _SINGULAR:
        return WaldTest(math.nan, m, df, math.nan, tested)
    found = omnibus((estimate / size)[None], correlation[None], np.array([df]), f_scale)
    return WaldTest(found.statistic.item(), m, df, found.p_value.item(), tested)


def welch_test(estimate: Array, se: Array, df: Array, tested: tuple[str, ...]) -> WaldTest:
    """Welch's test that g independent estimates (g,) are equal, each with its standard error on df.

    Unlike chi-squared, it allows for standard errors that are themselves estimated. Welch 1951. nan where
    a standard error is zero or does not exist.
    """
    g = estimate.size
    if not (np.isfinite(estimate).all() and np.isfinite(se).all() and (se > 0).all()):
        return WaldTest(math.nan, g - 1, math.nan, math.nan, tested)
    w = 1.0 / se**2
    share = w / w.sum()
    q = float(np.sum(w * (estimate - np.sum(share * estimate)) ** 2))
    unsure = float(np.sum((1.0 - share) ** 2 / df))
    statistic = q / (g - 1) / (1.0 + 2.0 * (g - 2) / (g * g - 1) * unsure)
    if unsure == 0:
        return WaldTest(q, g - 1, math.inf, float(special.chdtrc(g - 1, q)), tested)
    df2 = (g * g - 1) / (3.0 * unsure)
    return WaldTest(statistic, g - 1, df2, float(special.fdtrc(g - 1, df2, statistic)), tested)
