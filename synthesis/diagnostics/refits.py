"""The same analysis refitted without each study, and with one study more at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import special

from synthesis.pooling.kernel.effects import Array, Effects, Rows, cumulative, leave_one_out
from synthesis.pooling.repeating import pool_again
from synthesis.pooling.result import Pooled


@dataclass(frozen=True, eq=False)
class Refits:
    """One refit a row, heterogeneity re-estimated in each; shape (k,), nan where a number does not exist.

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
    wald_se: Array
    says: str

    def to_dict(self) -> dict[str, Any]:
        """Columns by name, for a data frame."""
        names = ("k", "estimate", "se", "p_value", "ci_low", "ci_high", "tau2", "I2", "Q", "Q_p")
        return {"study": list(self.labels), **{name: getattr(self, name).tolist() for name in names}}


def without_each(pooled: Pooled) -> Refits:
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


def one_more_each(pooled: Pooled, order: Sequence[int] | None = None) -> Refits:
    """Cumulative meta-analysis: the i-th refit has the first i studies of `order`. Lau et al. 1992.

    order: positions from 0; that of the studies when None. Raises ValueError when it is not a permutation.
    """
    positions = np.arange(pooled.k) if order is None else np.asarray(order, dtype=np.intp)
    if sorted(positions.tolist()) != list(range(pooled.k)):
        raise ValueError(f"order has to name each of the {pooled.k} studies once, by positions from 0")
    return _refit(
        pooled,
        cumulative(Effects(pooled.yi[positions], pooled.vi[positions])),
        tuple(pooled.labels[i] for i in positions),
        "Shows how the result came about; its intervals are not corrected for looking again and again.",
        positions,
    )


def _refit(
    pooled: Pooled, effects: Effects, labels: tuple[str, ...], says: str, positions: Rows | None = None
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
        wald_se=(fits.wald_high - fits.wald_low)[:, 0] / across,
        says=says,
    )
