"""The numbers of a block of data sets: what `pool` gives for each, by the names of its columns.

A table is cut into blocks by the order of its rows alone. Files, row groups, partitions and the machines that
work on them have no part in where a block ends, so that a result is the same to the last bit without them.
"""

from __future__ import annotations

import numpy as np

from synthesis.bulk.bulk_choices import BulkChoices
from synthesis.pooling.batch import pool_batch
from synthesis.pooling.bayes.data_scaled_priors import DuMouchel
from synthesis.pooling.bayes.mean_priors import FlatMean
from synthesis.pooling.bayes.posterior import posterior
from synthesis.pooling.kernel.effects import Array, Effects
from synthesis.pooling.kernel.parts import parts_of
from synthesis.pooling.repeating import predicted_by
from synthesis.pooling.tau2.intervals import heterogeneity_intervals

Numbers = dict[str, Array]

_MOST_ROWS, _LEAST_ROWS = 16_384, 64
_BLOCK = 400_000  # numbers of a block: large enough for the kernel, small enough to hold many
_NODES = 2_000  # numbers that the posterior of one data set takes, about


def rows_of_block(studies: int) -> int:
    """Data sets of a block, a power of two that follows from the number of studies alone."""
    rows = _MOST_ROWS
    while rows > _LEAST_ROWS and rows * studies > _BLOCK:
        rows //= 2
    return rows


def pool_rows(effects: Effects, chosen: BulkChoices) -> Numbers:
    """What is asked for of every data set of a block, by column name, each of shape (B,).

    Data sets without studies are nan.
    """
    if not effects.batch or not effects.k:
        return {name: np.full(effects.batch, np.nan) for name in chosen.numbers}
    numbers = _pooled(effects, chosen)
    if "tau2_interval" in chosen.ask:
        numbers |= _intervals(effects, chosen)
    if "leave_one_out" in chosen.ask:
        numbers |= _leave_one_out(effects, chosen, numbers)
    if "bayes" in chosen.ask:
        numbers |= _posteriors(effects, chosen)
    return {name: numbers[name] for name in chosen.numbers}


_RENAMED = {"estimate": "beta"}  # of `pool`, whose words the columns are, and of its batch


def _pooled(block: Effects, chosen: BulkChoices) -> Numbers:
    weights = None if chosen.weighting == "model" else chosen.weighting
    prediction = chosen.prediction if "prediction" in chosen.ask else "z"
    found = pool_batch(
        block, chosen.method, chosen.test, chosen.level, predicted_by(prediction), weights=weights
    )
    numbers: Numbers = {}
    for name in chosen.batch_numbers:
        values = getattr(found, _RENAMED.get(name, name))
        numbers[name] = values[:, 0] if values.ndim == 2 else values
    return numbers


def _intervals(block: Effects, chosen: BulkChoices) -> Numbers:
    bounds = heterogeneity_intervals(block, chosen.level, kind=chosen.tau2_interval)
    numbers: Numbers = {}
    for name in ("tau2", "I2", "H2"):
        ends = getattr(bounds, name)
        numbers |= {f"{name}_low": ends.low, f"{name}_high": ends.high}
    return numbers


def _leave_one_out(block: Effects, chosen: BulkChoices, whole: Numbers) -> Numbers:
    """The extremes over all refits without one study, which exist for two studies and more.

    loo_column: the position of the study without which the estimate moves furthest.
    """
    plain = chosen.for_refits()
    estimates, p_values = np.full((2, block.k, block.batch), np.nan)
    enough = np.count_nonzero(block.present, axis=1) > 1
    for study in range(block.k):
        rows = np.flatnonzero(block.present[:, study] & enough)
        if not rows.size:
            continue
        kept = np.arange(block.k) != study
        refits = pool_rows(
            Effects(block.y[rows][:, kept], block.v[rows][:, kept], block.present[rows][:, kept]), plain
        )
        estimates[study, rows], p_values[study, rows] = refits["estimate"], refits["p_value"]
    moved = np.where(np.isnan(estimates), -1.0, np.abs(estimates - whole["estimate"]))
    return {
        "loo_estimate_low": np.fmin.reduce(estimates, axis=0),
        "loo_estimate_high": np.fmax.reduce(estimates, axis=0),
        "loo_p_low": np.fmin.reduce(p_values, axis=0),
        "loo_p_high": np.fmax.reduce(p_values, axis=0),
        "loo_column": np.where(enough, moved.argmax(axis=0), np.nan),
    }


def _posteriors(block: Effects, chosen: BulkChoices) -> Numbers:
    """The Bayesian summary that `pool` shows beside few studies, of every data set with two or more."""
    names = ("mean", "median", "low", "high", "tau_median", "tau_upper")
    numbers = {f"bayes_{name}": np.full(block.batch, np.nan) for name in names}
    rows = np.flatnonzero(np.count_nonzero(block.present, axis=1) > 1)
    tail = 0.5 * (1.0 - chosen.level)
    for part in parts_of(rows.size, _NODES):
        some = rows[part]
        effects = Effects(block.y[some], block.v[some], block.present[some])
        found = posterior(effects, DuMouchel(), FlatMean())
        scale, origin = found.data.unit.ravel(), found.data.origin.ravel()
        low, median, high = origin + scale * found.mu.quantile(np.array([tail, 0.5, 1.0 - tail])).T
        tau_median, tau_upper = scale * found.tau.quantile(np.array([0.5, chosen.level])).T
        mean = origin + scale * np.ravel(found.mu.expectation())
        values = (mean, median, low, high, tau_median, tau_upper)
        for name, value in zip(names, values, strict=True):
            numbers[f"bayes_{name}"][some] = value
    return numbers
