"""The same analysis refitted without each study, and with one study more at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import special

from synthesis.pooling.as_data import AsData, plain
from synthesis.pooling.kernel.effects import Array, Effects, Rows, cumulative, leave_one_out
from synthesis.pooling.repeating import pool_again
from synthesis.pooling.result import PooledSummary


@dataclass(frozen=True, eq=False)
class Refits(AsData):
    """One refit a row, made by every choice of the result; shape (k,), nan where a number does not exist.

    labels: the study left out, or the study added. wald_se: the standard error without the test's factor.
    """

    labels: tuple[str, ...]
    k: Array
    estimate: Array
    se: Array
    p_value: Array
    ci_low: Array
    ci_high: Array
    tau2: Array
    I2: Array
    Q: Array
    Q_p: Array
    prediction_low: Array
    prediction_high: Array
    wald_se: Array
    says: str

    def _columns(self) -> dict[str, Any]:
        numbers = ("k", "estimate", "se", "p_value", "ci_low", "ci_high", "tau2", "I2", "Q", "Q_p")
        names = (*numbers, "prediction_low", "prediction_high")
        return {"study": list(self.labels), **{name: getattr(self, name).tolist() for name in names}}

    def to_dict(self) -> dict[str, Any]:
        """Columns by name, as those of the data frame; nan and infinity become None."""
        return {name: plain(column) for name, column in self._columns().items()}


def without_each(pooled: PooledSummary) -> Refits:
    """Leave-one-out: the i-th refit is without study i. Viechtbauer & Cheung 2010.

    Raises ValueError for one study.
    """
    if pooled.k < 2:
        raise ValueError("leaving out a study needs at least two; there is one")
    return _refit(
        pooled,
        leave_one_out(Effects(pooled.yi, pooled.vi)),
        pooled.labels,
        "Shows whether one study alone carries the result; two that agree can hide each other.",
    )


def one_more_each(pooled: PooledSummary, order: Sequence[int] | None = None) -> Refits:
    """Cumulative meta-analysis: the i-th refit has the first i studies of `order`. Lau et al. 1992.

    order: positions from 0; that of the studies when None. Raises ValueError when it is not a permutation.
    """
    positions = np.arange(pooled.k) if order is None else _positions(order, pooled.k)
    return _refit(
        pooled,
        cumulative(Effects(pooled.yi[positions], pooled.vi[positions])),
        tuple(pooled.labels[i] for i in positions),
        "Shows how the result came about; its intervals are not corrected for looking again and again.",
        positions,
    )


def _positions(order: Sequence[int], k: int) -> Rows:
    given = np.asarray(order)
    if given.ndim != 1 or given.dtype.kind not in "iu" or sorted(given.tolist()) != list(range(k)):
        raise ValueError(f"order has to name each of the {k} studies once, by positions from 0")
    return given.astype(np.intp)


def _refit(
    pooled: PooledSummary, effects: Effects, labels: tuple[str, ...], says: str, positions: Rows | None = None
) -> Refits:
    fits = pool_again(pooled, effects, positions)
    across = -2.0 * special.ndtri(0.5 * (1.0 - pooled.level))
    return Refits(
        labels=labels,
        k=fits.k,
        estimate=fits.beta[:, 0],
        se=fits.se[:, 0],
        p_value=fits.p_value[:, 0],
        ci_low=fits.ci_low[:, 0],
        ci_high=fits.ci_high[:, 0],
        tau2=fits.tau2,
        I2=fits.I2,
        Q=fits.Q,
        Q_p=fits.Q_p,
        prediction_low=fits.prediction_low,
        prediction_high=fits.prediction_high,
        wald_se=(fits.wald_high - fits.wald_low)[:, 0] / across,
        says=says,
    )


# Residuals of the pooled analysis, and the coordinates of the plots that are made of them.


@dataclass(frozen=True, eq=False)
class Baujat:
    """Each study's share of Cochran's Q and its pull on the pooled estimate, shape (k,)."""

    heterogeneity: Array
    influence: Array


def baujat(pooled: PooledSummary) -> Baujat:
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


def deleted_residuals(pooled: PooledSummary) -> Array:
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


def radial(pooled: PooledSummary) -> Radial:
    """1 / sqrt(v + tau2), and yi times it. Galbraith 1988; tau2 counts as in the pooled analysis."""
    precision = 1.0 / np.sqrt(pooled.vi + np.nan_to_num(pooled.tau2))
    return Radial(precision, pooled.yi * precision)
