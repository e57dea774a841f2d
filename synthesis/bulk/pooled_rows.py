"""The numbers of a block of data sets: what `pool` gives for each, by the names of its columns.

A table is cut into blocks by the order of its rows alone. Files, row groups, partitions and the machines that
work on them have no part in where a block ends, so that a result is the same to the last bit without them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from synthesis.bulk.bulk_choices import BulkChoices
from synthesis.pooling.batch import Choice, infer_block, pool_batch
from synthesis.pooling.bayes.data_scaled_priors import DuMouchel
from synthesis.pooling.bayes.mean_priors import FlatMean
from synthesis.pooling.bayes.posterior import posterior
from synthesis.pooling.kernel.effects import Array, Effects, Rows
from synthesis.pooling.kernel.fitting import over_groups
from synthesis.pooling.kernel.parts import parts_of
from synthesis.pooling.repeating import predicted_by
from synthesis.pooling.tau2.estimators import ESTIMATORS
from synthesis.pooling.tau2.intervals import heterogeneity_intervals

Numbers = dict[str, Array]

_MOST_ROWS, _LEAST_ROWS = 65_536, 64
_BLOCK = 350_000  # numbers of a block: enough for the kernel's compiled loops, few enough to hold many blocks
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


def pool_unequal(y: Array, v: Array, starts: Rows, chosen: BulkChoices) -> Numbers:
    """The same of data sets one after another, y and v (N,), which begin and end at `starts`, (B + 1,)."""
    numbers = {name: np.full(starts.size - 1, np.nan) for name in chosen.numbers}
    if y.size:
        for rows, found in over_groups(lambda part, rows: (rows, pool_rows(part, chosen)), y, v, starts):
            for name, values in found.items():
                numbers[name][rows] = values
    return numbers


_RENAMED = {"estimate": "beta"}  # of `pool`, whose words the columns are, and of its batch


def _pooled(block: Effects, chosen: BulkChoices) -> Numbers:
    prediction = chosen.prediction if "prediction" in chosen.ask else "z"
    found = pool_batch(
        block, chosen.method, chosen.test, chosen.level, predicted_by(prediction), weights=chosen.weights
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


@dataclass(frozen=True)
class MeanTests:
    """What permutations and refits need of each data set, (B,): the mean, its statistic, degrees of freedom
    (infinite for the normal distribution, nan where the test has no such) and p-value."""

    estimate: Array
    statistic: Array
    df: Array
    p_value: Array


def mean_tests(effects: Effects, chosen: BulkChoices) -> MeanTests:
    """The mean of every data set and its test, without anything else that pooling gives."""
    with np.errstate(divide="ignore", invalid="ignore"):
        mean, inference = infer_block(
            effects, Choice(ESTIMATORS[chosen.method], chosen.test, None, chosen.weights)
        )
        statistic = (mean.beta / inference.se)[:, 0]
        p_value = inference.reference.p_value(statistic[:, None])[:, 0]
    return MeanTests(mean.beta[:, 0], statistic, inference.moderators.denominator_df, p_value)


def _leave_one_out(block: Effects, chosen: BulkChoices, whole: Numbers) -> Numbers:
    """The extremes over all refits without one study, which exist for two studies and more.

    loo_column: the position of the study without which the estimate moves furthest, the first of several.
    """
    low, p_low = np.full((2, block.batch), np.inf)
    high, p_high, furthest = np.full((3, block.batch), -np.inf)
    column = np.full(block.batch, np.nan)
    enough = np.count_nonzero(block.present, axis=1) > 1
    for study in range(block.k):
        out = np.broadcast_to(np.arange(block.k) != study, block.y.shape)
        refits = mean_tests(block.where(out), chosen)
        left = enough & block.present[:, study]
        estimate, p_value = (np.where(left, each, np.nan) for each in (refits.estimate, refits.p_value))
        np.fmin(low, estimate, out=low)
        np.fmax(high, estimate, out=high)
        np.fmin(p_low, p_value, out=p_low)
        np.fmax(p_high, p_value, out=p_high)
        moved = np.abs(estimate - whole["estimate"])
        further = moved > furthest
        furthest[further], column[further] = moved[further], study
    found = {"estimate_low": low, "estimate_high": high, "p_low": p_low, "p_high": p_high}
    return {
        "loo_column": column,
        **{f"loo_{name}": np.where(np.isinf(v), np.nan, v) for name, v in found.items()},
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
        values = {"mean": mean, "median": median, "low": low, "high": high}
        values |= {"tau_median": tau_median, "tau_upper": tau_upper}
        for name in names:
            numbers[f"bayes_{name}"][some] = values[name]
    return numbers
