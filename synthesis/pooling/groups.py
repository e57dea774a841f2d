"""Data sets of any sizes, one after another: pooled as a batch is, without filling all up to the largest."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from typing import Any

import numpy as np

from synthesis.pooling.batch import PooledBatch, pool_batch
from synthesis.pooling.kernel.effects import Array, Effects, Rows
from synthesis.pooling.kernel.fitting import over_groups
from synthesis.pooling.mean.inference import Bounds
from synthesis.pooling.tau2.estimator import Estimator
from synthesis.pooling.tau2.intervals import HeterogeneityIntervals, heterogeneity_intervals


def pool_groups(
    y: Array,
    v: Array,
    starts: Rows,
    method: str | Estimator = "REML",
    test: str = "HKSJ",
    level: float = 0.95,
    prediction: str = "t(k-1)",
) -> PooledBatch:
    """Pool every data set, whatever its size, as `pool_batch` does.

    y, v: effects and sampling variances of all data sets one after another, (N,). starts: where each begins
    and the last one ends, (B + 1,). Weights, in percent, are those of the effects, (N,). Raises what
    `pool_batch` raises, and ValueError where starts are not positions in order.
    """

    weights = np.empty(y.size)
    names = [field.name for field in fields(PooledBatch) if field.name != "weights"]

    def work(effects: Effects, rows: Rows) -> list[Any]:
        part = pool_batch(effects, method, test, level, prediction)
        at = starts[rows, None] + np.arange(effects.k)
        weights[at[effects.present]] = part.weights[effects.present]
        return [getattr(part, name) for name in names]

    found = _of_all(work, y, v, starts)
    return PooledBatch(**dict(zip(names, found, strict=True)), weights=weights)


def interval_groups(
    y: Array, v: Array, starts: Rows, level: float = 0.95, kind: str = "QP"
) -> HeterogeneityIntervals:
    """The intervals of `heterogeneity_intervals` of every data set, whatever its size; as `pool_groups`."""

    def work(effects: Effects, rows: Rows) -> list[Any]:
        part = heterogeneity_intervals(effects, level, kind=kind)
        bounds = (part.tau2, part.I2, part.H2)
        return [*(end for each in bounds for end in (each.low, each.high)), part.connected]

    *ends, connected = _of_all(work, y, v, starts)
    tau2, i2, h2 = (Bounds(*ends[i : i + 2]) for i in (0, 2, 4))
    return HeterogeneityIntervals(tau2, i2, h2, connected)


def _of_all(work: Callable[[Effects, Rows], list[Any]], y: Array, v: Array, starts: Rows) -> list[Any]:
    """Arrays that `work` returns for a part, a row a data set, of all parts in the order of the data sets."""
    shapes = work(Effects(*np.empty((2, 0, 1))), np.arange(0))
    found = [np.empty((len(starts[1:]), *array.shape[1:]), array.dtype) for array in shapes]

    def place(effects: Effects, rows: Rows) -> None:
        for whole, part in zip(found, work(effects, rows), strict=True):
            whole[rows] = part

    over_groups(place, y, v, starts)
    return found
