"""Tests of several coefficients with a cluster-robust covariance: how few clusters are allowed for.

Tipton & Pustejovsky 2015 compare them by simulation: approximate Hotelling tests take the covariance as a
Wishart matrix (HTZ keeps its level best and is the default), the others decompose it into independent t.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import special

from synthesis.pooling.dependent.robust import Sandwich
from synthesis.pooling.kernel.effects import Array
from synthesis.pooling.kernel.sums import transposed

_VANISHED = 1e-10
"""Of a correlation matrix: below it, it is singular."""

_LEAST_DF = 4.1
"""Of a t in EDF, whose square has no variance at 4 and below: fewer count as this, as in clubSandwich."""


@dataclass(frozen=True, eq=False)
class RobustWald:
    """A test of q combinations of B fits: F on (q, df2); every field has shape (B,).

    Where df2 is infinite the statistic is a chi-square on q.
    """

    statistic: Array
    df2: Array
    p_value: Array


def _as_f(q: int, statistic: Array, df2: Array) -> RobustWald:
    return RobustWald(statistic, df2, np.asarray(special.fdtrc(float(q), df2, statistic)))


def _as_chi_square(q: int, statistic: Array) -> RobustWald:
    p_value: Array = np.asarray(special.chdtrc(float(q), statistic))
    return RobustWald(statistic, np.full(statistic.shape, np.inf), p_value)


def _standardised(robust: Sandwich) -> tuple[Sandwich, Array]:
    """In units in which the working model expects the identity, and the matrix (B, q, q) that leads there."""
    values, vectors = np.linalg.eigh(robust.expected())
    with np.errstate(divide="ignore", invalid="ignore"):
        root: Array = (vectors * values[:, None, :] ** -0.5) @ transposed(vectors)
    return robust.transformed(root), root


def _by_total_variance(standard: Sandwich) -> Array:
    q = standard.covariance.shape[-1]
    found: Array = q * (q + 1) / standard.spread().sum(axis=(1, 2))
    return found


def _by_all_covariances(standard: Sandwich) -> Array:
    found = standard.element_covariances()
    variances: Array = np.einsum("bstst->b", found)
    return np.asarray(2.0 * variances / (found**2).sum(axis=(1, 2, 3, 4)))


def _by_distinct_elements(standard: Sandwich) -> Array:
    q = standard.covariance.shape[-1]
    row, column = np.triu_indices(q)
    found = standard.element_covariances()[:, row, column][:, :, row, column]
    variances: Array = np.einsum("bii->b", found)
    above: Array = (np.triu(found) ** 2).sum(axis=(1, 2))
    return 2.0 * variances / above


def _hotelling(estimate: Array, robust: Sandwich, df: Callable[[Sandwich], Array]) -> RobustWald:
    """F is (eta - q + 1) / (eta q) times Wald's statistic, on (q, eta - q + 1).

    nan where that df is not above zero, and where the clusters' residuals leave some combination without
    variance.
    """
    q = estimate.shape[1]
    eta = df(_standardised(robust)[0])
    df2 = eta - q + 1.0
    wald = _wald(estimate, robust.covariance)
    with np.errstate(divide="ignore", invalid="ignore"):
        statistic = np.where(df2 > 0, df2 / (eta * q) * wald, np.nan)
    return _as_f(q, statistic, np.where(df2 > 0, df2, np.nan))


def approximate_hotelling(estimate: Array, robust: Sandwich) -> RobustWald:
    """HTZ: that q estimates (B, q) are zero, with their robust covariance approximated by a Wishart.

    The degrees of freedom eta make the total variance of the elements of the standardised covariance that of
    a Wishart matrix (Zhang 2012; Tipton & Pustejovsky 2015): eta = q (q + 1) / sum of variances.
    """
    return _hotelling(estimate, robust, _by_total_variance)


def hotelling_by_covariances(estimate: Array, robust: Sandwich) -> RobustWald:
    """HTA: eta brings the covariances of all q^2 elements next to a Wishart's, in least squares.

    Pan & Wall 2002: with S the covariances of the elements, eta S is nearest to those of a Wishart of one
    degree of freedom, which by symmetry is 2 tr(S) / tr(S S).
    """
    return _hotelling(estimate, robust, _by_all_covariances)


def hotelling_by_distinct_elements(estimate: Array, robust: Sandwich) -> RobustWald:
    """HTB: as HTA, each of the distinct elements and of their pairs once, as clubSandwich has it."""
    return _hotelling(estimate, robust, _by_distinct_elements)


def _decomposed(estimate: Array, robust: Sandwich) -> tuple[Array, Array]:
    """t along the eigenvectors of the standardised covariance, and the df of each, both (B, q)."""
    standard, root = _standardised(robust)
    sound = np.asarray(np.isfinite(standard.covariance).all(axis=(1, 2)))[:, None, None]
    values, vectors = np.linalg.eigh(np.where(sound, standard.covariance, np.eye(estimate.shape[1])))
    turned = transposed(vectors)
    along = (turned @ root @ estimate[..., None])[..., 0]
    with np.errstate(divide="ignore", invalid="ignore"):
        t = along / np.sqrt(np.where(values > _VANISHED * values[:, -1:], values, np.nan))
    return np.where(sound[..., 0], t, np.nan), standard.transformed(turned).df()


def decomposed_f(estimate: Array, robust: Sandwich) -> RobustWald:
    """EDF: the sum of squared independent t as a multiple of F, by its mean and variance.

    Fai & Cornelius 1996, with both moments; Tipton & Pustejovsky 2015. Degrees of freedom of a t below 4.1
    count as 4.1.
    """
    q = estimate.shape[1]
    t, df = _decomposed(estimate, robust)
    nu = np.maximum(df, _LEAST_DF)
    mean = (nu / (nu - 2.0)).sum(axis=1)
    variance = (2.0 * nu**2 * (nu - 1.0) / ((nu - 2.0) ** 2 * (nu - 4.0))).sum(axis=1)
    df2 = 4.0 + (2.0 * q + 4.0) / (q * variance / mean**2 - 2.0)
    return _as_f(q, df2 / (df2 - 2.0) / mean * (t**2).sum(axis=1), df2)


def decomposed_normal(estimate: Array, robust: Sandwich) -> RobustWald:
    """EDT: each independent t as the normal deviate of the same probability, their squares as a chi-square.

    Cai & Hayes 2008; the deviate by the expansion of Hill 1970.
    """
    t, df = _decomposed(estimate, robust)
    a = df - 0.5
    b = 48.0 * a * a
    with np.errstate(divide="ignore", invalid="ignore"):
        c = np.sqrt(a * np.log1p(t * t / df))
        last = (4.0 * c**7 + 33.0 * c**5 + 240.0 * c**3 + 855.0 * c) / (
            10.0 * b * b + 8.0 * b * c**4 + 1000.0 * b
        )
        z = c + (c**3 + 3.0 * c) / b - last
    return _as_chi_square(estimate.shape[1], (z * z).sum(axis=1))


def chi_square(estimate: Array, robust: Sandwich) -> RobustWald:
    """Wald's statistic as if the covariance were known."""
    return _as_chi_square(estimate.shape[1], _wald(estimate, robust.covariance))


def _naive(estimate: Array, robust: Sandwich, df: int) -> RobustWald:
    q, wald = estimate.shape[1], _wald(estimate, robust.covariance)
    return _as_f(q, wald / q, np.full(wald.shape, float(df) if df > 0 else np.nan))


def naive_f(estimate: Array, robust: Sandwich) -> RobustWald:
    """F with as many degrees of freedom as there are clusters, less one."""
    return _naive(estimate, robust, robust.clusters - 1)


def naive_f_less_coefficients(estimate: Array, robust: Sandwich) -> RobustWald:
    """F with as many degrees of freedom as there are clusters, less one for each coefficient."""
    return _naive(estimate, robust, robust.clusters - robust.bread.shape[-1])


WALD_TESTS: dict[str, Callable[[Array, Sandwich], RobustWald]] = {
    "HTZ": approximate_hotelling,
    "HTA": hotelling_by_covariances,
    "HTB": hotelling_by_distinct_elements,
    "EDF": decomposed_f,
    "EDT": decomposed_normal,
    "J-1": naive_f,
    "J-p": naive_f_less_coefficients,
    "chi2": chi_square,
}
"""Of q estimates (B, q) being zero, by the literature's word."""


def _wald(estimate: Array, covariance: Array) -> Array:
    """b'V^-1 b, shape (B,), of estimates (B, q); nan where their correlations are singular."""
    size = np.sqrt(np.diagonal(covariance, axis1=1, axis2=2))
    safe = np.where(size > 0, size, 1.0)
    correlation = covariance / (safe[:, :, None] * safe[:, None, :])
    sound = np.isfinite(correlation).all(axis=(1, 2))
    correlation = np.where(sound[:, None, None], correlation, 0.0)
    sound &= np.linalg.eigvalsh(correlation)[:, 0] > _VANISHED
    solvable = np.where(sound[:, None, None], correlation, np.eye(estimate.shape[1]))
    unit = estimate / safe
    found = np.einsum("bq,bq->b", unit, np.linalg.solve(solvable, unit[..., None])[..., 0])
    return np.where(sound, found, np.nan)
