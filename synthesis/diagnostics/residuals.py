"""Residuals of the pooled analysis, and the coordinates of the plots that are made of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

from synthesis.diagnostics.refits import without_each
from synthesis.pooling.kernel.effects import Array
from synthesis.pooling.result import Pooled


@dataclass(frozen=True, eq=False)
class Baujat:
    """Each study's share of Cochran's Q and its pull on the pooled estimate, shape (k,)."""

    heterogeneity: Array
    influence: Array


def baujat(pooled: Pooled) -> Baujat:
    """Coordinates of Baujat et al. 2002, for the random-effects model.

    heterogeneity: squared residual over v + tau2. influence: squared change of the estimate when the study
    is left out, over the variance of the estimate without it. Raises ValueError for one study.
    """
    refits = without_each(pooled)
    residual = pooled.yi - pooled.estimate
    return Baujat(
        residual**2 / (pooled.vi + pooled.tau2),
        ((refits.estimate - pooled.estimate) / refits.wald_se) ** 2,
    )


def deleted_residuals(pooled: Pooled) -> Array:
    """Externally standardised residuals, (k,): each study against the analysis without it.

    Viechtbauer & Cheung 2010; nan where the refit has one study, which has no tau2. Raises ValueError for
    one study.
    """
    refits = without_each(pooled)
    spread = pooled.vi + refits.tau2 + refits.wald_se**2
    return np.asarray((pooled.yi - refits.estimate) / np.sqrt(spread))


@dataclass(frozen=True, eq=False)
class NormalQuantiles:
    """Sorted residuals beside normal quantiles, with the pointwise band of normal samples; shape (m,)."""

    theoretical: Array
    residual: Array
    low: Array
    high: Array
    order: tuple[int, ...]


def normal_quantiles(residuals: Array, level: float = 0.95) -> NormalQuantiles:
    """A normal Q-Q plot's coordinates; residuals that are nan are left out.

    The i-th of m uniform order statistics is Beta(i, m + 1 - i): its median places the dot, its central
    interval at `level` is the band, pointwise and for independent residuals.
    """
    order = np.argsort(residuals, kind="stable")[: int(np.sum(~np.isnan(residuals)))]
    rank = np.arange(1.0, order.size + 1.0)
    tail = 0.5 * (1.0 - level)

    def quantile(p: float) -> Array:
        return np.asarray(special.ndtri(special.betaincinv(rank, order.size + 1.0 - rank, p)))

    return NormalQuantiles(
        quantile(0.5), residuals[order], quantile(tail), quantile(1.0 - tail), tuple(order.tolist())
    )


@dataclass(frozen=True, eq=False)
class Radial:
    """Galbraith's coordinates, (k,): precision and standardised effect, whose slope is the effect."""

    precision: Array
    standardised: Array


def radial(pooled: Pooled) -> Radial:
    """1 / sqrt(v + tau2), and yi times it. Galbraith 1988; tau2 counts as in the pooled analysis."""
    precision = 1.0 / np.sqrt(pooled.vi + np.nan_to_num(pooled.tau2))
    return Radial(precision, pooled.yi * precision)
