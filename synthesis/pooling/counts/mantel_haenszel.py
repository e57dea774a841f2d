"""Pooling counts without continuity corrections: Mantel-Haenszel and Peto.

Counts come as `Tables` or `PersonTime` whose arrays have shape (k,) for one data set or (B, k) for B of them;
`present`, of the same shape, says which studies take part. Results have shape (B,). A study with a count that
is missing, or with nobody in a group, takes no part; without events, or with nothing else, it changes nothing
but the sizes behind a risk or rate difference.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from evidence.effects.columns import EffectSizes
from evidence.effects.person_time import PersonTime, compare_rates
from evidence.effects.two_by_two import observed_minus_expected, two_by_two
from evidence.effects.zero_cells import Tables
from synthesis.pooling.kernel.effects import Array, Mask
from synthesis.pooling.mean.inference import coefficients, q_p_value


def used_tables(tables: Tables, present: Mask | None) -> tuple[Tables, Mask]:
    """The tables as (B, k), those that take no part as zeros, and which do take part."""
    cells = [np.atleast_2d(cell) for cell in tables.cells]
    whole = Tables(*cells)
    takes_part = _taking_part(~(whole.missing | whole.empty), present)
    return Tables(*(np.where(takes_part, cell, 0.0) for cell in cells)), takes_part


def used_rates(data: PersonTime, present: Mask | None) -> tuple[PersonTime, Mask]:
    """The same of person-time."""
    columns = [np.atleast_2d(column) for column in (data.x1i, data.t1i, data.x2i, data.t2i)]
    whole = PersonTime(*columns)
    takes_part = _taking_part(~(whole.missing | whole.unobserved), present)
    return PersonTime(*(np.where(takes_part, column, 0.0) for column in columns)), takes_part


def _taking_part(usable: Mask, present: Mask | None) -> Mask:
    return usable if present is None else usable & np.asarray(present, dtype=bool)


def ratio(numerator: Array, denominator: Array) -> Array:
    """numerator / denominator, zero for studies that take no part."""
    return np.divide(numerator, denominator, out=np.zeros_like(numerator), where=denominator > 0)


def events_beyond_expected(t: Tables) -> tuple[Array, Array]:
    """O - E and V, zero for studies that take no part or have no contrast, shape (B, k)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        difference, variance = observed_minus_expected(t)
    informative = ~t.without_contrast
    return np.where(informative, difference, 0.0), np.where(informative, variance, 0.0)


Variance = Literal["Sato", "Greenland-Robins"]
VARIANCES: tuple[str, ...] = get_args(Variance)


@dataclass(frozen=True, eq=False)
class PooledCounts:
    """A pooled effect of B data sets, on the log scale for ratios; every field has shape (B,).

    k: studies that took part. statistic, p_value, ci_low, ci_high: of the normal distribution. Q, Q_df, Q_p:
    weighted squared distances from the pooled effect of the effects of those studies that have one; 0 on 0 df
    where fewer than two have. What does not exist is nan: the log of a ratio when one group has no events in
    any study.
    """

    k: Array
    estimate: Array
    se: Array
    statistic: Array
    p_value: Array
    ci_low: Array
    ci_high: Array
    Q: Array
    Q_df: Array
    Q_p: Array


def mantel_haenszel(
    tables: Tables,
    measure: Literal["OR", "RR", "RD"] = "OR",
    *,
    present: Mask | None = None,
    level: float = 0.95,
    variance: Variance = "Sato",
) -> PooledCounts:
    """The Mantel-Haenszel log odds ratio, log risk ratio or risk difference.

    Variances: OR Robins, Breslow & Greenland 1986; RR Greenland & Robins 1985; RD, by `variance`, Sato,
    Greenland & Robins 1989, right with few large and many small studies alike, or Greenland & Robins 1985,
    for few large ones. Q is around the effects after 1/2 is added to the cells of tables with a zero, those
    without contrast left out. Raises KeyError for an unknown measure or variance.
    """
    formula = _RISK_DIFFERENCES[variance] if measure == "RD" else _TABLE_FORMULAS[measure]
    used, takes_part = used_tables(tables, present)
    with np.errstate(divide="ignore", invalid="ignore"):
        estimate, se = formula(used)
    single = two_by_two(measure, Tables(*(np.ravel(cell) for cell in tables.cells)), drop00=True)
    return _pooled(takes_part, estimate, se, level, _as_batch(single, np.shape(tables.ai)))


def mantel_haenszel_rates(
    data: PersonTime,
    measure: Literal["IRR", "IRD"] = "IRR",
    *,
    present: Mask | None = None,
    level: float = 0.95,
) -> PooledCounts:
    """The Mantel-Haenszel log incidence rate ratio or incidence rate difference. Greenland & Robins 1985.

    Q is around the effects after 1/2 is added to the events of studies in which a group has none, those
    without any event left out. Raises KeyError for an unknown measure.
    """
    used, takes_part = used_rates(data, present)
    with np.errstate(divide="ignore", invalid="ignore"):
        estimate, se = _RATE_FORMULAS[measure](used)
    flat = (np.ravel(column) for column in (data.x1i, data.t1i, data.x2i, data.t2i))
    single = compare_rates(measure, PersonTime(*flat), drop00=True)
    return _pooled(takes_part, estimate, se, level, _as_batch(single, np.shape(data.x1i)))


def peto(tables: Tables, *, present: Mask | None = None, level: float = 0.95) -> PooledCounts:
    """Peto's one-step log odds ratio: the sum of O - E over the sum of V, with variance 1 / sum V.

    Q is the sum of (O - E)2 / V minus (sum O - E)2 / sum V. Nothing is added to any count. Yusuf et al. 1985.
    It is biased when groups differ much in size or effects are large (Greenland & Salvan 1990).
    """
    used, takes_part = used_tables(tables, present)
    difference, variance = events_beyond_expected(used)
    with np.errstate(divide="ignore", invalid="ignore"):
        estimate = difference.sum(axis=1) / variance.sum(axis=1)
        se = 1.0 / np.sqrt(variance.sum(axis=1))
        effects = (difference / variance, 1.0 / variance)
    return _pooled(takes_part, estimate, se, level, effects)


def _log_odds_ratio(t: Tables) -> tuple[Array, Array]:
    n = t.n1i + t.n2i
    r, s = ratio(t.ai * t.di, n), ratio(t.bi * t.ci, n)
    p, q = ratio(t.ai + t.di, n), ratio(t.bi + t.ci, n)
    total_r, total_s = r.sum(axis=1), s.sum(axis=1)
    variance = (
        (p * r).sum(axis=1) / total_r**2
        + (p * s + q * r).sum(axis=1) / (total_r * total_s)
        + (q * s).sum(axis=1) / total_s**2
    )
    return np.log(total_r / total_s), np.sqrt(0.5 * variance)


def _log_risk_ratio(t: Tables) -> tuple[Array, Array]:
    n = t.n1i + t.n2i
    r, s = ratio(t.ai * t.n2i, n).sum(axis=1), ratio(t.ci * t.n1i, n).sum(axis=1)
    spread = ratio(t.n1i * t.n2i * (t.ai + t.ci) - t.ai * t.ci * n, n * n).sum(axis=1)
    return np.log(r / s), np.sqrt(spread / (r * s))


def _mean_risk_difference(t: Tables) -> tuple[Array, Array]:
    """The difference and the sum of its weights n1i n2i / n."""
    n = t.n1i + t.n2i
    weights = ratio(t.n1i * t.n2i, n).sum(axis=1)
    return ratio(t.ai * t.n2i - t.ci * t.n1i, n).sum(axis=1) / weights, weights


def _risk_difference_sato(t: Tables) -> tuple[Array, Array]:
    n, (estimate, weights) = t.n1i + t.n2i, _mean_risk_difference(t)
    p = ratio(t.n1i**2 * t.ci - t.n2i**2 * t.ai + 0.5 * t.n1i * t.n2i * (t.n2i - t.n1i), n * n)
    q = ratio(t.ai * t.di + t.ci * t.bi, 2.0 * n)
    return estimate, np.sqrt(estimate * p.sum(axis=1) + q.sum(axis=1)) / weights


def _risk_difference_greenland(t: Tables) -> tuple[Array, Array]:
    n, (estimate, weights) = t.n1i + t.n2i, _mean_risk_difference(t)
    spread = ratio(t.ai * t.bi * t.n2i**3 + t.ci * t.di * t.n1i**3, t.n1i * t.n2i * n * n)
    return estimate, np.sqrt(spread.sum(axis=1)) / weights


def _log_rate_ratio(p: PersonTime) -> tuple[Array, Array]:
    time = p.t1i + p.t2i
    r, s = ratio(p.x1i * p.t2i, time).sum(axis=1), ratio(p.x2i * p.t1i, time).sum(axis=1)
    spread = ratio((p.x1i + p.x2i) * p.t1i * p.t2i, time * time).sum(axis=1)
    return np.log(r / s), np.sqrt(spread / (r * s))


def _rate_difference(p: PersonTime) -> tuple[Array, Array]:
    time = p.t1i + p.t2i
    weights = ratio(p.t1i * p.t2i, time).sum(axis=1)
    estimate = ratio(p.x1i * p.t2i - p.x2i * p.t1i, time).sum(axis=1) / weights
    spread = ratio(p.x1i * p.t2i**2 + p.x2i * p.t1i**2, time * time)
    return estimate, np.sqrt(spread.sum(axis=1)) / weights


_TABLE_FORMULAS: dict[str, Callable[[Tables], tuple[Array, Array]]] = {
    "OR": _log_odds_ratio,
    "RR": _log_risk_ratio,
}
_RISK_DIFFERENCES: dict[str, Callable[[Tables], tuple[Array, Array]]] = {
    "Sato": _risk_difference_sato,
    "Greenland-Robins": _risk_difference_greenland,
}
_RATE_FORMULAS: dict[str, Callable[[PersonTime], tuple[Array, Array]]] = {
    "IRR": _log_rate_ratio,
    "IRD": _rate_difference,
}


def _as_batch(effects: EffectSizes, shape: tuple[int, ...]) -> tuple[Array, Array]:
    """yi and vi in the shape of the counts they were computed from."""
    return effects.yi.reshape(shape), effects.vi.reshape(shape)


def _pooled(
    takes_part: Mask, estimate: Array, se: Array, level: float, effects: tuple[Array, Array]
) -> PooledCounts:
    """effects: yi and vi of the studies, (k,) or (B, k), not finite where a study has none."""
    exists = np.isfinite(estimate) & np.isfinite(se)
    estimate, se = np.where(exists, estimate, np.nan), np.where(exists, se, np.nan)
    normal = coefficients(estimate, se, np.full_like(se, np.inf), level)
    yi, vi = effects
    counted = takes_part & np.isfinite(yi) & np.isfinite(vi)
    with np.errstate(divide="ignore", invalid="ignore"):
        q = np.where(counted, (yi - estimate[:, None]) ** 2 / vi, 0.0).sum(axis=1)
    q_df = np.where(exists, np.maximum(counted.sum(axis=1) - 1.0, 0.0), np.nan)
    q = np.where(q_df > 0, q, 0.0)  # of one effect, what it and the pooled one differ by is the 1/2 added
    return PooledCounts(
        k=takes_part.sum(axis=1).astype(float),
        estimate=estimate,
        se=se,
        statistic=normal.statistic,
        p_value=normal.p_value,
        ci_low=normal.low,
        ci_high=normal.high,
        Q=np.where(exists, q, np.nan),
        Q_df=q_df,
        Q_p=q_p_value(np.where(exists, q, np.nan), q_df),
    )
