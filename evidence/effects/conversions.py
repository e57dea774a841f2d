"""From one effect size to another: d, r, phi and log odds ratios, each with its variance carried over."""

from __future__ import annotations

import math

import numpy as np

from evidence.effects.columns import columns
from evidence.effects.conditions import Reason, effects, not_given, not_inside, not_positive, too_few
from evidence.effects.means import Column
from evidence.effects.result import LOG, Array, EffectSizes
from evidence.effects.standard_errors import statistic_from_p

LOGISTIC_SD = math.pi / math.sqrt(3.0)
"""SD of the standard logistic distribution: log odds ratio per unit of d. Hasselblad & Hedges 1995."""

COX = 1.65
"""Log odds ratio per unit of d, nearly, for normal distributions. Cox & Snell 1989."""


def d_to_log_odds_ratio(d: Column, vi: Column, *, factor: float = LOGISTIC_SD) -> EffectSizes:
    """OR: log OR = factor d, variance factor^2 vi. factor: LOGISTIC_SD or COX."""
    yi, v = columns(d=d, vi=vi)
    return effects("OR", factor * yi, factor**2 * v, _unsound(yi, v), scale=LOG)


def log_odds_ratio_to_d(yi: Column, vi: Column, *, factor: float = LOGISTIC_SD) -> EffectSizes:
    """SMD: d = log OR / factor, variance vi / factor^2; yi is the log odds ratio."""
    y, v = columns(yi=yi, vi=vi)
    return effects("SMD", y / factor, v / factor**2, _unsound(y, v))


def d_to_r(d: Column, vi: Column, n1i: Column, n2i: Column) -> EffectSizes:
    """COR: r = d / sqrt(d^2 + a), variance a^2 vi / (d^2 + a)^3, a = (n1i + n2i)^2 / (n1i n2i); 4 if equal.

    Borenstein 2009. The large-sample form of `d_to_point_biserial`.
    """
    y, v, n1, n2 = columns(d=d, vi=vi, n1i=n1i, n2i=n2i)
    with np.errstate(all="ignore"):
        return _to_r(y, v, (n1 + n2) ** 2 / (n1 * n2), [*_unsound(y, v), *_sizes(n1, n2)])


def d_to_point_biserial(d: Column, vi: Column, n1i: Column, n2i: Column) -> EffectSizes:
    """COR: the correlation of outcome and group in the same data, exactly: a = df (1/n1i + 1/n2i).

    d: Cohen's d with the pooled SD of df = n1i + n2i - 2, not corrected for bias. The variance is that of
    groups whose sizes were fixed by design. Tate 1954.
    """
    y, v, n1, n2 = columns(d=d, vi=vi, n1i=n1i, n2i=n2i)
    with np.errstate(all="ignore"):
        a = (n1 + n2 - 2.0) * (1.0 / n1 + 1.0 / n2)
        return _to_r(y, v, a, [*_unsound(y, v), *_sizes(n1, n2)])


def r_to_d(r: Column, vi: Column, n1i: Column, n2i: Column) -> EffectSizes:
    """SMD: d = sqrt(a) r / sqrt(1 - r^2), variance a vi / (1 - r^2)^3, a = (n1i + n2i)^2 / (n1i n2i).

    Borenstein 2009, whose 2 r / sqrt(1 - r^2) is that of equal groups: give n1i = n2i where there are none.
    """
    y, v, n1, n2 = columns(r=r, vi=vi, n1i=n1i, n2i=n2i)
    with np.errstate(all="ignore"):
        return _from_r(y, v, (n1 + n2) ** 2 / (n1 * n2), [*_unsound(y, v), *_sizes(n1, n2)])


def point_biserial_to_d(r: Column, vi: Column, n1i: Column, n2i: Column) -> EffectSizes:
    """SMD: Cohen's d from the correlation of outcome and group, the inverse of `d_to_point_biserial`."""
    y, v, n1, n2 = columns(r=r, vi=vi, n1i=n1i, n2i=n2i)
    with np.errstate(all="ignore"):
        a = (n1 + n2 - 2.0) * (1.0 / n1 + 1.0 / n2)
        return _from_r(y, v, a, [*_unsound(y, v), *_sizes(n1, n2)])


def d_from_t(t: Column, n1i: Column, n2i: Column) -> Array:
    """Cohen's d = t sqrt(1/n1i + 1/n2i) of Student's test of two independent groups, shape (k,).

    Exact; for z of a comparison of means as well. nan where t or a size is missing or a size below 1. For the
    effect size with its bias corrected see `smd_from_tests`.
    """
    stat, n1, n2 = columns(t=t, n1i=n1i, n2i=n2i)
    with np.errstate(all="ignore"):
        return np.where((n1 >= 1) & (n2 >= 1), stat * np.sqrt(1.0 / n1 + 1.0 / n2), np.nan)


def d_from_f(f: Column, n1i: Column, n2i: Column, sign: Column) -> Array:
    """Cohen's d from F = t^2 of two groups; sign: of the difference, 1 or -1, which F does not tell."""
    stat, n1, n2, signs = columns(f=f, n1i=n1i, n2i=n2i, sign=sign)
    with np.errstate(all="ignore"):
        return d_from_t(np.sqrt(stat) * signed(signs), n1, n2)


def d_from_p(p: Column, n1i: Column, n2i: Column, sign: Column) -> Array:
    """Cohen's d from the exact two-sided p of Student's test; sign: of the difference, 1 or -1.

    nan where p is not above 0 and at most 1.
    """
    ps, n1, n2, signs = columns(p=p, n1i=n1i, n2i=n2i, sign=sign)
    with np.errstate(all="ignore"):
        t = statistic_from_p(np.where((ps > 0) & (ps <= 1), ps, np.nan), n1 + n2 - 2.0)
        return d_from_t(np.abs(t) * signed(signs), n1, n2)


def phi_from_chi2(chi2: Column, ni: Column, sign: Column) -> EffectSizes:
    """PHI: sign sqrt(chi2 / ni), Pearson's statistic of a 2x2 table without continuity correction.

    Variance (1 - phi^2)^2 / (ni - 1), that of a correlation (Borenstein 2009); with the four cells use PHI.
    """
    stat, n, signs = columns(chi2=chi2, ni=ni, sign=sign)
    with np.errstate(all="ignore"):
        phi = signed(signs) * np.sqrt(stat / n)
        undefined = [
            not_given(stat, n, signed(signs)),
            (stat < 0, "chi2 is below zero"),
            too_few(n, 2),
            (stat >= n, "chi2 of a 2x2 table reaches the sample size"),
        ]
        return effects("PHI", phi, (1.0 - phi * phi) ** 2 / (n - 1.0), undefined)


def log_odds_ratio_from_chi2(
    chi2: Column, n1i: Column, n2i: Column, events: Column, sign: Column
) -> EffectSizes:
    """OR: of the 2x2 table that has these margins and this chi2 (Pearson's, without continuity correction).

    n1i, n2i: sizes of the groups. events: in both. sign: 1 where group 1 has the higher risk, else -1. Exact:
    the margins and chi2 fix the table,
    ai = events n1i / n + sign sqrt(chi2 n1i n2i events (n - events) / n^3).
    Variance: the sum of the reciprocal cells. Undefined where a cell would not be above zero.
    """
    stat, n1, n2, m, signs = columns(chi2=chi2, n1i=n1i, n2i=n2i, events=events, sign=sign)
    with np.errstate(all="ignore"):
        n = n1 + n2
        excess = signed(signs) * np.sqrt(stat * n1 * n2 * m * (n - m) / n**3)
        a, c = m * n1 / n + excess, m * n2 / n - excess
        cells = np.stack([a, n1 - a, c, n2 - c])
        vi = (1.0 / cells).sum(axis=0)
        undefined = [
            not_given(stat, n1, n2, m, signed(signs)),
            (stat < 0, "chi2 is below zero"),
            (
                np.asarray((cells <= 0).any(axis=0)),
                "no 2x2 table without a zero has these margins and this chi2",
            ),
        ]
        return effects("OR", np.log((a / cells[1]) * (cells[3] / c)), vi, undefined, scale=LOG)


def signed(sign: Array) -> Array:
    """1 or -1, nan for anything else: a size without a direction is no effect."""
    return np.where(np.abs(sign) == 1, sign, np.nan)


def _to_r(d: Array, vi: Array, a: Array, undefined: list[Reason]) -> EffectSizes:
    return effects("COR", d / np.sqrt(d * d + a), a * a * vi / (d * d + a) ** 3, undefined)


def _from_r(r: Array, vi: Array, a: Array, undefined: list[Reason]) -> EffectSizes:
    rest = (1.0 - r) * (1.0 + r)
    inside = not_inside(r, -1, 1, "the correlation")
    return effects("SMD", np.sqrt(a / rest) * r, a * vi / rest**3, [*undefined, inside])


def _unsound(yi: Array, vi: Array) -> list[Reason]:
    return [not_given(yi, vi), not_positive(vi, "the variance")]


def _sizes(n1: Array, n2: Array) -> list[Reason]:
    return [not_given(n1, n2), too_few(n1, 1, "group 1"), too_few(n2, 1, "group 2"), too_few(n1 + n2, 3)]
