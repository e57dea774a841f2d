"""From one effect size to another, each with its variance carried over.

d, r, phi and log odds ratios; odds ratios and risk ratios at a stated baseline risk; and regression slopes in
other units of the exposure. Every function is a form of `escalc`, whose columns are its parameters.
"""

from __future__ import annotations

import math

import numpy as np

from evidence.choices import named
from evidence.effects.columns import (
    IDENTITY,
    LOG,
    Array,
    Column,
    EffectSizes,
    Reason,
    Scale,
    columns,
    effects,
    not_given,
    not_inside,
    not_positive,
    too_few,
)
from evidence.effects.standard_errors import scale_named, statistic_from_p

LOGISTIC_SD = math.pi / math.sqrt(3.0)
"""SD of the standard logistic distribution: log odds ratio per unit of d. Hasselblad & Hedges 1995."""

COX = 1.65
"""Log odds ratio per unit of d, nearly, for normal distributions. Cox & Snell 1989."""

_FACTORS = {"logistic": LOGISTIC_SD, "normal": COX}


def d_to_log_odds_ratio(di: Column, vi: Column, *, distribution: str = "logistic") -> EffectSizes:
    """OR: log OR = f di, variance f^2 vi; f is LOGISTIC_SD, or COX where distribution="normal"."""
    d, v = columns(di=di, vi=vi)
    factor = _FACTORS[named(distribution, _FACTORS, "distribution")]
    return effects("OR", factor * d, factor**2 * v, _unsound(d, v), scale=LOG)


def log_odds_ratio_to_d(lori: Column, vi: Column, *, distribution: str = "logistic") -> EffectSizes:
    """SMD: d = lori / f, variance vi / f^2; lori: the log odds ratio, f as in `d_to_log_odds_ratio`."""
    y, v = columns(lori=lori, vi=vi)
    factor = _FACTORS[named(distribution, _FACTORS, "distribution")]
    return effects("SMD", y / factor, v / factor**2, _unsound(y, v))


def d_to_r(di: Column, vi: Column, n1i: Column, n2i: Column) -> EffectSizes:
    """COR: r = di / sqrt(di^2 + a), variance a^2 vi / (di^2 + a)^3, a = (n1i + n2i)^2 / (n1i n2i).

    4 with equal groups. Borenstein 2009. The large-sample form of `d_to_point_biserial`.
    """
    y, v, n1, n2 = columns(di=di, vi=vi, n1i=n1i, n2i=n2i)
    with np.errstate(all="ignore"):
        return _to_r("COR", y, v, (n1 + n2) ** 2 / (n1 * n2), [*_unsound(y, v), *_sizes(n1, n2)])


def d_to_point_biserial(di: Column, vi: Column, n1i: Column, n2i: Column) -> EffectSizes:
    """RPB: the correlation of outcome and group in the same data, exactly: a = df (1/n1i + 1/n2i).

    di: Cohen's d with the pooled SD of df = n1i + n2i - 2, not corrected for bias. The variance is that of
    groups whose sizes were fixed by design. Tate 1954.
    """
    y, v, n1, n2 = columns(di=di, vi=vi, n1i=n1i, n2i=n2i)
    with np.errstate(all="ignore"):
        a = (n1 + n2 - 2.0) * (1.0 / n1 + 1.0 / n2)
        return _to_r("RPB", y, v, a, [*_unsound(y, v), *_sizes(n1, n2)])


def r_to_d(ri: Column, vi: Column, n1i: Column, n2i: Column) -> EffectSizes:
    """SMD: d = sqrt(a) ri / sqrt(1 - ri^2), variance a vi / (1 - ri^2)^3, a = (n1i + n2i)^2 / (n1i n2i).

    Borenstein 2009, whose 2 r / sqrt(1 - r^2) is that of equal groups: give n1i = n2i where there are none.
    """
    y, v, n1, n2 = columns(ri=ri, vi=vi, n1i=n1i, n2i=n2i)
    with np.errstate(all="ignore"):
        return _from_r("SMD", y, v, (n1 + n2) ** 2 / (n1 * n2), [*_unsound(y, v), *_sizes(n1, n2)])


def point_biserial_to_d(rpbi: Column, vi: Column, n1i: Column, n2i: Column) -> EffectSizes:
    """D: Cohen's d from the correlation of outcome and group, the inverse of `d_to_point_biserial`."""
    y, v, n1, n2 = columns(rpbi=rpbi, vi=vi, n1i=n1i, n2i=n2i)
    with np.errstate(all="ignore"):
        a = (n1 + n2 - 2.0) * (1.0 / n1 + 1.0 / n2)
        return _from_r("D", y, v, a, [*_unsound(y, v), *_sizes(n1, n2)])


def d_from_t(t: Column, n1i: Column, n2i: Column) -> Array:
    """Cohen's d = t sqrt(1/n1i + 1/n2i) of Student's test of two independent groups, shape (k,).

    Exact; for z of a comparison of means as well. nan where t or a size is missing or a size below 1. For the
    effect size with its bias corrected see `means.smd_from_t`.
    """
    stat, n1, n2 = columns(t=t, n1i=n1i, n2i=n2i)
    with np.errstate(all="ignore"):
        return np.where((n1 >= 1) & (n2 >= 1), stat * np.sqrt(1.0 / n1 + 1.0 / n2), np.nan)


def d_from_f(f: Column, n1i: Column, n2i: Column, sign: Column) -> Array:
    """Cohen's d from F = t^2 of two groups; sign: of the difference, 1 or -1, which F does not tell."""
    stat, n1, n2, signs = columns(f=f, n1i=n1i, n2i=n2i, sign=sign)
    with np.errstate(all="ignore"):
        return d_from_t(signed(signs) * np.sqrt(stat), n1, n2)


def d_from_p(p: Column, n1i: Column, n2i: Column, sign: Column) -> Array:
    """Cohen's d from the exact two-sided p of Student's test; sign: of the difference, 1 or -1.

    nan where p is not above 0 and at most 1.
    """
    ps, n1, n2, signs = columns(p=p, n1i=n1i, n2i=n2i, sign=sign)
    with np.errstate(all="ignore"):
        t = statistic_from_p(np.where((ps > 0) & (ps <= 1), ps, np.nan), n1 + n2 - 2.0)
        return d_from_t(signed(signs) * np.abs(t), n1, n2)


def phi_from_chi2(chi2i: Column, ni: Column, signi: Column) -> EffectSizes:
    """PHI: signi sqrt(chi2i / ni), Pearson's statistic of a 2x2 table without continuity correction.

    Variance (1 - phi^2)^2 / (ni - 1), that of a correlation (Borenstein 2009); with the four cells use PHI.
    """
    stat, n, signs = columns(chi2i=chi2i, ni=ni, signi=signi)
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
    chi2i: Column, n1i: Column, n2i: Column, eventsi: Column, signi: Column
) -> EffectSizes:
    """OR: of the 2x2 table that has these margins and this chi2 (Pearson's, without continuity correction).

    n1i, n2i: sizes of the groups. eventsi: in both. signi: 1 where group 1 has the higher risk, else -1.
    Exact: the margins and chi2 fix the table,
    ai = eventsi n1i / n + signi sqrt(chi2i n1i n2i eventsi (n - eventsi) / n^3).
    Variance: the sum of the reciprocal cells. Undefined where a cell would not be above zero.
    """
    stat, n1, n2, m, signs = columns(chi2i=chi2i, n1i=n1i, n2i=n2i, eventsi=eventsi, signi=signi)
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


def _to_r(measure: str, d: Array, vi: Array, a: Array, undefined: list[Reason]) -> EffectSizes:
    return effects(measure, d / np.sqrt(d * d + a), a * a * vi / (d * d + a) ** 3, undefined)


def _from_r(measure: str, r: Array, vi: Array, a: Array, undefined: list[Reason]) -> EffectSizes:
    rest = (1.0 - r) * (1.0 + r)
    inside = not_inside(r, -1, 1, "the correlation")
    return effects(measure, np.sqrt(a / rest) * r, a * vi / rest**3, [*undefined, inside])


def _unsound(yi: Array, vi: Array) -> list[Reason]:
    return [not_given(yi, vi), not_positive(vi, "the variance")]


def _sizes(n1: Array, n2: Array) -> list[Reason]:
    return [not_given(n1, n2), too_few(n1, 1, "group 1"), too_few(n2, 1, "group 2"), too_few(n1 + n2, 3)]


def log_risk_ratio_from_odds_ratio(lori: Column, vi: Column, baselinei: Column) -> EffectSizes:
    """RR: log of OR / (1 - baseline + baseline OR), lori being log OR. Grant 2014.

    baselinei: the risk without exposure, 0 < baselinei < 1, taken as known: its own uncertainty is not in the
    variance. vi is carried over by the delta method, slope (1 - baseline) / (1 - baseline + baseline OR).
    An OR adjusted for covariates does not transform exactly, as it is not collapsible.
    """
    log_or, v, p0 = columns(lori=lori, vi=vi, baselinei=baselinei)
    with np.errstate(all="ignore"):
        shrink = np.logaddexp(np.log1p(-p0), np.log(p0) + log_or)
        slope = np.exp(np.log1p(-p0) - shrink)
        undefined = [not_given(log_or, v, p0), not_positive(v, "the variance")]
        undefined.append(not_inside(p0, 0, 1, "the baseline risk"))
        return effects("RR", log_or - shrink, slope**2 * v, undefined, scale=LOG)


def log_odds_ratio_from_risk_ratio(lrri: Column, vi: Column, baselinei: Column) -> EffectSizes:
    """OR: log of RR (1 - baseline) / (1 - baseline RR), lrri being log RR; the inverse of the above.

    Undefined where baseline RR, the risk with exposure, reaches 1. Slope 1 / (1 - baseline RR).
    """
    log_rr, v, p0 = columns(lrri=lrri, vi=vi, baselinei=baselinei)
    with np.errstate(all="ignore"):
        rest = -np.expm1(np.log(p0) + log_rr)
        undefined = [
            not_given(log_rr, v, p0),
            not_positive(v, "the variance"),
            not_inside(p0, 0, 1, "the baseline risk"),
            (rest <= 0, "the risk ratio would carry the baseline risk to 1 or beyond"),
        ]
        return effects("OR", log_rr + np.log1p(-p0) - np.log(rest), v / rest**2, undefined, scale=LOG)


def per_units(bi: Column, vi: Column, unitsi: Column, *, scale: Scale | str = IDENTITY) -> EffectSizes:
    """GEN: the effect of unitsi more of the exposure: unitsi bi, variance unitsi^2 vi.

    bi, vi: per one unit, on the analysis scale (the log for ratios, named by `scale`). unitsi may be
    negative, for an effect of less exposure, and is 1/u for a slope printed per u units. The effect must be
    linear.
    """
    y, v, u = columns(bi=bi, vi=vi, unitsi=unitsi)
    undefined = [not_given(y, v, u), not_positive(v, "the variance"), (u == 0, "the number of units is zero")]
    return effects("GEN", u * y, u * u * v, undefined, scale=scale_named(scale))


def per_sd(
    bi: Column, vi: Column, sdi: Column, ni: Column | None = None, *, scale: Scale | str = IDENTITY
) -> EffectSizes:
    """GEN: the effect of one SD more of the exposure: sdi bi.

    ni=None: variance sdi^2 vi, the SD taken as known, as is the custom; its sampling error is ignored and a
    remark says so. With ni, the people whose exposure gave the SD: sdi^2 (vi + bi^2 / (2 (ni - 1))), by the
    delta method, for a normal exposure whose SD is independent of the slope.
    """
    y, v, s = columns(bi=bi, vi=vi, sdi=sdi)
    undefined = [not_given(y, v, s), not_positive(v, "the variance"), not_positive(s, "the SD")]
    if ni is None:
        remarks = [(np.full(y.shape, True), "the sampling error of the SD is not in the variance")]
        return effects("GEN", s * y, s * s * v, undefined, scale=scale_named(scale), remarks=remarks)
    y, v, s, n = columns(bi=bi, vi=vi, sdi=sdi, ni=ni)
    with np.errstate(all="ignore"):
        of_sd = y * y / (2.0 * (n - 1.0))
        undefined = [not_given(y, v, s, n), *undefined[1:], too_few(n, 2)]
        return effects("GEN", s * y, s * s * (v + of_sd), undefined, scale=scale_named(scale))
