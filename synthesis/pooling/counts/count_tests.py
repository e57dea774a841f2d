"""Tests of counts: of a common ratio of one, and of whether the studies share one odds ratio.

Shapes are those of `synthesis.pooling.counts.mantel_haenszel`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

from evidence.effects.person_time import PersonTime
from evidence.effects.zero_cells import Tables
from synthesis.pooling.counts.mantel_haenszel import (
    events_beyond_expected,
    mantel_haenszel,
    ratio,
    used_rates,
    used_tables,
)
from synthesis.pooling.kernel.effects import Array, Mask
from synthesis.pooling.mean.inference import q_p_value


@dataclass(frozen=True, eq=False)
class ChiSquared:
    """A chi-squared test of B data sets; every field has shape (B,), nan where no study is informative."""

    statistic: Array
    df: Array
    p_value: Array


def cochran_mantel_haenszel(
    tables: Tables, *, present: Mask | None = None, correct: bool = True
) -> ChiSquared:
    """The test of a common odds ratio of one. Cochran 1954; Mantel & Haenszel 1959.

    correct: take 1/2 off the distance of observed from expected events, or all of a distance below 1/2.
    """
    return _one_df(*events_beyond_expected(used_tables(tables, present)[0]), correct)


def mantel_haenszel_rate_test(
    data: PersonTime, *, present: Mask | None = None, correct: bool = True
) -> ChiSquared:
    """The same test for a common rate ratio of one. Rothman, Greenland & Lash 2008."""
    used, _ = used_rates(data, present)
    events, time = used.x1i + used.x2i, used.t1i + used.t2i
    expected = ratio(events * used.t1i, time)
    return _one_df(used.x1i - expected, ratio(events * used.t1i * used.t2i, time * time), correct)


def breslow_day(
    tables: Tables, *, present: Mask | None = None, odds_ratio: Array | None = None, tarone: bool = True
) -> ChiSquared:
    """The test that the studies have one odds ratio. Breslow & Day 1980, with Tarone's adjustment of 1985.

    odds_ratio: shape (B,), the common one; that of Mantel and Haenszel unless given, for which `tarone`
    subtracts what its being less than fully efficient adds to the statistic. Studies without contrast take
    no part; df is the number of the others minus one.
    """
    used, _ = used_tables(tables, present)
    if odds_ratio is None:
        odds_ratio = np.exp(mantel_haenszel(used).estimate)
    informative = ~used.without_contrast
    with np.errstate(divide="ignore", invalid="ignore"):
        events, fitted = used.ai + used.ci, _fitted_events(used, np.asarray(odds_ratio)[:, None])
        cells = (fitted, used.n1i - fitted, events - fitted, used.n2i - events + fitted)
        variance = np.where(informative, 1.0 / sum((1.0 / cell for cell in cells), np.zeros(1)), 0.0)
        distance = np.where(informative, used.ai - fitted, 0.0)
        statistic = np.where(informative, distance**2 / variance, 0.0).sum(axis=1)
        if tarone:
            statistic = statistic - distance.sum(axis=1) ** 2 / variance.sum(axis=1)
    df = informative.sum(axis=1) - 1.0
    df = np.where((df >= 0) & np.isfinite(odds_ratio) & (odds_ratio > 0), df, np.nan)
    statistic = np.where(df == 0, 0.0, np.where(np.isnan(df), np.nan, statistic))
    return ChiSquared(statistic, df, q_p_value(statistic, df))


def _fitted_events(t: Tables, odds_ratio: Array) -> Array:
    """Events of group 1 at which a table with these margins has this odds ratio, shape (B, k)."""
    events, inverse = t.ai + t.ci, 1.0 / odds_ratio
    # Solved for the group with the smaller odds, the square root is of a sum of terms that are not negative.
    above, odds_ratio = odds_ratio > inverse, np.minimum(odds_ratio, inverse)
    size, other = np.where(above, t.n2i, t.n1i), np.where(above, t.n1i, t.n2i)
    linear = other - events + odds_ratio * (events + size)
    constant, square = odds_ratio * events * size, 1.0 - odds_ratio
    root = np.sqrt(linear * linear + 4.0 * square * constant)
    # Of the two forms of the root, that which subtracts nothing.
    fitted = np.where(np.signbit(linear), (root - linear) / (2.0 * square), 2.0 * constant / (linear + root))
    return np.where(above, events - fitted, fitted)


def _one_df(difference: Array, variance: Array, correct: bool) -> ChiSquared:
    distance = np.maximum(np.abs(difference.sum(axis=1)) - (0.5 if correct else 0.0), 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        statistic = distance**2 / variance.sum(axis=1)
    return ChiSquared(statistic, np.ones_like(statistic), special.chdtrc(1.0, statistic))
