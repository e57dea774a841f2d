"""The words below a pooled result: its name, heterogeneity, tests, and what to beware of."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from evidence.wording import fixed, format_number, interval, p_text, percent, significant
from synthesis.pooling.mean.inference import wald_test
from synthesis.pooling.result import PooledSummary


def labels_of(label: str, both: bool) -> tuple[str, ...]:
    """The label of a summary, or one for each of two intervals."""
    return (f"{label}, Hartung-Knapp", f"{label}, Wald") if both else (label,)


def with_intervals(
    labels: Sequence[str], *intervals: tuple[float, float]
) -> list[tuple[str, tuple[float, float]]]:
    """Each label of a summary with its interval: that of the test asked for, then Wald's."""
    return [(label, intervals[place]) for place, label in enumerate(labels)]


def heterogeneity_line(pooled: PooledSummary) -> str:
    """τ², I² and Q of one summary, each with its interval or test."""
    tau2, low, high = (significant(value, 2) for value in (pooled.tau2, pooled.tau2_low, pooled.tau2_high))
    i2 = f"I² = {fixed(pooled.I2, 0)}% {interval((pooled.I2_low, pooled.I2_high), 0)}"
    q = f"Q = {fixed(pooled.Q, 2)} ({pooled.Q_df:g} df, {p_text(pooled.Q_p)})"
    return f"Heterogeneity: τ² = {tau2} [{low}, {high}]; {i2} ({percent(pooled.level)} CI); {q}"


def bayes_line(pooled: PooledSummary, write: Callable[[float], str], noun: str = "estimates") -> str | None:
    """The Bayesian interval that stands beside a summary of two or three studies.

    write: a value of the analysis scale as readers know it.
    """
    if pooled.bayes is None:
        return None
    numbers = [write(value) for value in (pooled.bayes.mean, pooled.bayes.low, pooled.bayes.high)]
    return (
        f"Bayesian, DuMouchel prior for τ: {numbers[0]} [{numbers[1]}, {numbers[2]}]; "
        f"{pooled.k} {noun} cannot tell how much effects vary"
    )


def summary_p_line(pooled: PooledSummary) -> str:
    """The test of no effect, by both methods where both intervals are given."""
    statistic = (
        "z" if math.isinf(pooled.df) else pooled.test if math.isnan(pooled.df) else f"t({pooled.df:.4g})"
    )
    line = f"Test of no effect: {statistic} = {format_number(pooled.statistic, 2)}, {p_text(pooled.p_value)}"
    if not pooled.narrower_than_wald:
        return line
    z, p = wald_test(pooled.estimate, pooled.wald, pooled.level)
    return f"{line}; by Wald z = {format_number(z, 2)}, {p_text(p)}"


def narrower_than_wald_line(pooled: PooledSummary) -> str | None:
    """Why two intervals stand there: Hartung and Knapp's is the narrower one."""
    if not pooled.narrower_than_wald:
        return None
    return (
        "The studies agree better than their standard errors allow: the Hartung-Knapp interval is narrower "
        "than the Wald interval, so both are given"
    )
