"""The four sampling variances in use for a bias-corrected standardised mean difference."""

from __future__ import annotations

from typing import Literal, TypeAlias

import numpy as np

from evidence.effects.conditions import Reason
from evidence.effects.hedges import bias_correction, unbiased_variance_factor
from evidence.effects.result import Array

SmdVariance: TypeAlias = Literal["LS", "UB", "LS2", "AV"]


def corrected(
    d: Array, df: Array, of_means: Array, behind_sd: Array, total: Array, vtype: SmdVariance
) -> tuple[Array, Array]:
    """g = J(df) d and its variance; all of shape (k,).

    of_means: 1/n1 + 1/n2. behind_sd: the size N that the SD rests on. total: the weights of the average.
    "LS": of_means + g^2 / (2 N), Hedges 1982. "LS2": J^2 (of_means + d^2 / (2 N)), Borenstein 2009.
    "UB": of_means + (1 - (df - 2) / (df J^2)) g^2, whose expectation is the variance of g, Hedges 1983.
    "AV": as "LS" with the average of g over the studies, weighted by their sizes, so that the variance of a
    study does not depend on its own effect.
    Raises ValueError for another vtype.
    """
    j = bias_correction(df)
    g = j * d
    if vtype == "LS":
        return g, of_means + g * g / (2.0 * behind_sd)
    if vtype == "LS2":
        return g, j * j * (of_means + d * d / (2.0 * behind_sd))
    if vtype == "UB":
        return g, of_means + g * g * unbiased_variance_factor(df)
    if vtype == "AV":
        average = weighted_average(g, total)
        return g, np.where(np.isnan(g), np.nan, of_means + average**2 / (2.0 * behind_sd))
    raise ValueError(f"vtype is {vtype!r}; expected 'LS', 'UB', 'LS2' or 'AV'")


def infinite_variance(df: Array, vtype: SmdVariance) -> list[Reason]:
    """Where an unbiased variance is asked for and there is none."""
    if vtype != "UB":
        return []
    return [(df <= 2, "with two degrees of freedom the variance of a standardised difference is infinite")]


def weighted_average(values: Array, weights: Array) -> float:
    """The average over the studies with a value; nan when none has one."""
    known = np.isfinite(values) & np.isfinite(weights)
    total = weights[known].sum()
    return float((weights[known] * values[known]).sum() / total) if total > 0 else float("nan")
