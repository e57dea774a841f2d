"""Data sets of any sizes, one after another: pooled as a batch is, without filling all up to the largest."""

from __future__ import annotations

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

    def work(effects: Effects, rows: Rows) -> tuple[Effects, Rows, PooledBatch]:
        return effects, rows, pool_batch(effects, method, test, level, prediction)

    parts = over_groups(work, y, v, starts)
    found = {
        field.name: _placed([(rows, getattr(part, field.name)) for _, rows, part in parts])
        for field in fields(PooledBatch)
        if field.name != "weights"
    }
    weights = np.empty(y.size)
    for effects, rows, part in parts:
        at = starts[rows, None] + np.arange(effects.k)
        weights[at[effects.present]] = part.weights[effects.present]
    return PooledBatch(**found, weights=weights)


def interval_groups(
    y: Array, v: Array, starts: Rows, level: float = 0.95, kind: str = "QP"
) -> HeterogeneityIntervals:
    """The intervals of `heterogeneity_intervals` of every data set, whatever its size; as `pool_groups`."""

    def work(effects: Effects, rows: Rows) -> tuple[Rows, HeterogeneityIntervals]:
        return rows, heterogeneity_intervals(effects, level, kind=kind)

    parts = over_groups(work, y, v, starts)

    def placed(name: str) -> Bounds:
        bounds = [(rows, getattr(part, name)) for rows, part in parts]
        return Bounds(
            _placed([(rows, each.low) for rows, each in bounds]),
            _placed([(rows, each.high) for rows, each in bounds]),
        )

    connected = _placed([(rows, part.connected) for rows, part in parts])
    return HeterogeneityIntervals(placed("tau2"), placed("I2"), placed("H2"), connected)


def _placed(parts: list[tuple[Rows, Any]]) -> Any:
    """Arrays of all parts as one, in the order of the data sets."""
    order = np.concatenate([rows for rows, _ in parts])
    together = np.concatenate([array for _, array in parts])
    placed = np.empty_like(together)
    placed[order] = together
    return placed
