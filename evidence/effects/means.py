"""Effect sizes of means: of two independent groups compared, and of one group described.

Differences of means, raw and standardised; the mean, SD and coefficient of variation of one group; and
Hedges' g where a paper gives no SDs: from Cohen's d, t, F or p of Student's test.
"""

from __future__ import annotations

from typing import Literal

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
    not_positive,
    sound,
    too_few,
)
from evidence.effects.conversions import d_from_f, d_from_p, d_from_t
from evidence.effects.smd import SmdVariance, bias_correction, corrected, infinite_variance


def mean_difference(
    m1i: Column,
    sd1i: Column,
    n1i: Column,
    m2i: Column,
    sd2i: Column,
    n2i: Column,
    *,
    vtype: Literal["LS", "HO"] = "LS",
) -> EffectSizes:
    """MD: m1i - m2i, in the units of the outcome.

    vtype="LS": sd1i^2/n1i + sd2i^2/n2i. "HO": the pooled variance times 1/n1i + 1/n2i, for equal population
    variances. Borenstein 2009.
    """
    kind = named(vtype, ("LS", "HO"), "vtype")
    m1, sd1, n1, m2, sd2, n2 = columns(m1i=m1i, sd1i=sd1i, n1i=n1i, m2i=m2i, sd2i=sd2i, n2i=n2i)
    with np.errstate(all="ignore"):
        vi = sd1**2 / n1 + sd2**2 / n2
        if kind == "HO":
            vi = pooled_variance(sd1, n1, sd2, n2) * (1.0 / n1 + 1.0 / n2)
        return effects("MD", m1 - m2, vi, unsound(m1, sd1, n1, m2, sd2, n2))


def standardised_mean_difference(
    m1i: Column,
    sd1i: Column,
    n1i: Column,
    m2i: Column,
    sd2i: Column,
    n2i: Column,
    *,
    vtype: SmdVariance = "LS",
) -> EffectSizes:
    """SMD, Hedges' g: the difference in units of the pooled SD, times J(n1i + n2i - 2). Hedges 1981.

    vtype: see `smd.corrected`.
    """
    m1, sd1, n1, m2, sd2, n2 = columns(m1i=m1i, sd1i=sd1i, n1i=n1i, m2i=m2i, sd2i=sd2i, n2i=n2i)
    with np.errstate(all="ignore"):
        d = (m1 - m2) / np.sqrt(pooled_variance(sd1, n1, sd2, n2))
    return hedges_g(d, n1, n2, unsound(m1, sd1, n1, m2, sd2, n2), vtype)


def cohens_d(m1i: Column, sd1i: Column, n1i: Column, m2i: Column, sd2i: Column, n2i: Column) -> EffectSizes:
    """D: the difference in units of the pooled SD, biased away from zero in small samples.

    Variance 1/n1i + 1/n2i + d^2 / (2 (n1i + n2i)). Cohen 1988; Borenstein 2009.
    """
    m1, sd1, n1, m2, sd2, n2 = columns(m1i=m1i, sd1i=sd1i, n1i=n1i, m2i=m2i, sd2i=sd2i, n2i=n2i)
    with np.errstate(all="ignore"):
        d = (m1 - m2) / np.sqrt(pooled_variance(sd1, n1, sd2, n2))
        vi = 1.0 / n1 + 1.0 / n2 + d * d / (2.0 * (n1 + n2))
        return effects("D", d, vi, unsound(m1, sd1, n1, m2, sd2, n2))


def glass_delta(
    m1i: Column, n1i: Column, m2i: Column, sd2i: Column, n2i: Column, *, vtype: SmdVariance = "LS"
) -> EffectSizes:
    """SMD1: the difference in units of the SD of group 2, the control, times J(n2i - 1).

    Glass 1976; Hedges 1981. The variances suppose that the population variances are equal, and are those of
    `smd.corrected` with n2i in the place of n1i + n2i as the size behind the SD.
    """
    m1, n1, m2, sd2, n2 = columns(m1i=m1i, n1i=n1i, m2i=m2i, sd2i=sd2i, n2i=n2i)
    undefined = [
        not_given(m1, n1, m2, sd2, n2),
        not_positive(sd2, "the SD of group 2"),
        *small_groups(n1, n2),
    ]
    undefined += [_no_mean(n2 - 1.0), *infinite_variance(n2 - 1.0, vtype)]
    with np.errstate(all="ignore"):
        d = sound((m1 - m2) / sd2, undefined)
        yi, vi = corrected(d, n2 - 1.0, 1.0 / n1 + 1.0 / n2, n2, n1 + n2, vtype)
        return effects("SMD1", yi, vi, undefined)


def heteroscedastic_smd(
    m1i: Column, sd1i: Column, n1i: Column, m2i: Column, sd2i: Column, n2i: Column
) -> EffectSizes:
    """SMDH: the difference in units of s = sqrt((sd1i^2 + sd2i^2) / 2), times J = J(n1i + n2i - 2).

    Variance J^2 [d^2 (sd1i^4/df1 + sd2i^4/df2) / (8 s^4) + (sd1i^2/df1 + sd2i^2/df2) / s^2], df = n - 1 and
    d before the correction. Bonett 2008, 2009, for unequal population variances.
    """
    m1, sd1, n1, m2, sd2, n2 = columns(m1i=m1i, sd1i=sd1i, n1i=n1i, m2i=m2i, sd2i=sd2i, n2i=n2i)
    with np.errstate(all="ignore"):
        s2 = 0.5 * (sd1**2 + sd2**2)
        d, j = (m1 - m2) / np.sqrt(s2), bias_correction(n1 + n2 - 2.0)
        u1, u2 = sd1**2 / s2, sd2**2 / s2
        of_sd = d * d * (u1 * u1 / (n1 - 1.0) + u2 * u2 / (n2 - 1.0)) / 8.0
        vi = j * j * (of_sd + u1 / (n1 - 1.0) + u2 / (n2 - 1.0))
        return effects("SMDH", j * d, vi, unsound(m1, sd1, n1, m2, sd2, n2))


def pooled_variance(sd1: Array, n1: Array, sd2: Array, n2: Array) -> Array:
    """((n1 - 1) sd1^2 + (n2 - 1) sd2^2) / (n1 + n2 - 2)."""
    return ((n1 - 1.0) * sd1**2 + (n2 - 1.0) * sd2**2) / (n1 + n2 - 2.0)


def unsound(m1: Array, sd1: Array, n1: Array, m2: Array, sd2: Array, n2: Array) -> list[Reason]:
    """What means, SDs and sizes of two groups must not be."""
    return [
        not_given(m1, sd1, n1, m2, sd2, n2),
        *small_groups(n1, n2),
        not_positive(sd1, "the SD of group 1"),
        not_positive(sd2, "the SD of group 2"),
    ]


def small_groups(n1: Array, n2: Array) -> list[Reason]:
    """Groups of fewer than two have no SD."""
    return [too_few(n1, 2, "group 1"), too_few(n2, 2, "group 2")]


def _no_mean(df: Array) -> Reason:
    return df <= 1, "an SD with one degree of freedom leaves the bias of a standardised difference undefined"


def hedges_g(d: Array, n1: Array, n2: Array, undefined: list[Reason], vtype: SmdVariance) -> EffectSizes:
    """SMD from Cohen's d and the group sizes, shape (k,), nan where a reason holds."""
    df = n1 + n2 - 2.0
    with np.errstate(all="ignore"):
        yi, vi = corrected(sound(d, undefined), df, 1.0 / n1 + 1.0 / n2, n1 + n2, n1 + n2, vtype)
        return effects("SMD", yi, vi, undefined + infinite_variance(df, vtype))


VALUE = Scale("identity", IDENTITY.back, None)
"""A quantity of one group: no value of it means "no effect"."""

LOG_VALUE = Scale("log", LOG.back, None)


def mean(mi: Column, sdi: Column, ni: Column) -> EffectSizes:
    """MN: the mean, with variance sdi^2 / ni."""
    m, sd, n = columns(mi=mi, sdi=sdi, ni=ni)
    with np.errstate(all="ignore"):
        return effects("MN", m, sd**2 / n, _unsound(m, sd, n), scale=VALUE)


def log_mean(mi: Column, sdi: Column, ni: Column) -> EffectSizes:
    """MNLN: log of a mean above zero, with variance sdi^2 / (ni mi^2), by the delta method."""
    m, sd, n = columns(mi=mi, sdi=sdi, ni=ni)
    with np.errstate(all="ignore"):
        vi = sd**2 / (n * m**2)
        return effects("MNLN", np.log(m), vi, _unsound_ratio(m, sd, n), scale=LOG_VALUE)


def log_cv(mi: Column, sdi: Column, ni: Column) -> EffectSizes:
    """CVLN: log(sdi / mi) + 1/(2 df), variance 1/(2 df) + sdi^2 / (ni mi^2), df = ni - 1; mean above
    zero.

    Nakagawa et al. 2015, without their term in the correlation of log mean and log SD, which are
    independent within a sample of normal data.
    """
    m, sd, n = columns(mi=mi, sdi=sdi, ni=ni)
    with np.errstate(all="ignore"):
        half = 0.5 / (n - 1.0)
        yi, vi = np.log(sd / m) + half, half + sd**2 / (n * m**2)
        return effects("CVLN", yi, vi, _unsound_ratio(m, sd, n), scale=LOG_VALUE)


def log_sd(sdi: Column, ni: Column) -> EffectSizes:
    """SDLN: log sdi + 1/(2 df), variance 1/(2 df), df = ni - 1.

    Raudenbush & Bryk 1987; Nakagawa et al. 2015.
    """
    sd, n = columns(sdi=sdi, ni=ni)
    with np.errstate(all="ignore"):
        half = 0.5 / (n - 1.0)
        return effects("SDLN", np.log(sd) + half, half, _unsound(sd, sd, n), scale=LOG_VALUE)


def _unsound(m: Array, sd: Array, n: Array) -> list[Reason]:
    return [not_given(m, sd, n), too_few(n, 2), not_positive(sd, "the SD")]


def _unsound_ratio(m: Array, sd: Array, n: Array) -> list[Reason]:
    return [*_unsound(m, sd, n), not_positive(m, "the mean")]


def smd_from_d(di: Column, n1i: Column, n2i: Column, *, vtype: SmdVariance = "LS") -> EffectSizes:
    """SMD from Cohen's d with the pooled SD, not yet corrected for its bias. Hedges 1981."""
    d, n1, n2 = columns(di=di, n1i=n1i, n2i=n2i)
    return hedges_g(d, n1, n2, [not_given(d, n1, n2), *small_groups(n1, n2)], vtype)


def smd_from_t(ti: Column, n1i: Column, n2i: Column, *, vtype: SmdVariance = "LS") -> EffectSizes:
    """SMD from t of Student's test (equal variances), whose sign is that of m1i - m2i."""
    t, n1, n2 = columns(ti=ti, n1i=n1i, n2i=n2i)
    return smd_from_d(d_from_t(t, n1, n2), n1, n2, vtype=vtype)


def smd_from_f(
    fi: Column, signi: Column, n1i: Column, n2i: Column, *, vtype: SmdVariance = "LS"
) -> EffectSizes:
    """SMD from F of two groups, the square of t; signi: of m1i - m2i, 1 or -1, which F does not tell."""
    f, sign, n1, n2 = columns(fi=fi, signi=signi, n1i=n1i, n2i=n2i)
    return smd_from_d(d_from_f(f, n1, n2, sign), n1, n2, vtype=vtype)


def smd_from_p(pi: Column, n1i: Column, n2i: Column, *, vtype: SmdVariance = "LS") -> EffectSizes:
    """SMD from the exact two-sided p of Student's test, which carries the sign of m1i - m2i: -0.03, say."""
    p, n1, n2 = columns(pi=pi, n1i=n1i, n2i=n2i)
    wrong = (p == 0) | (np.abs(p) > 1), "p is zero, or not between -1 and 1"
    undefined = [not_given(p, n1, n2), wrong, *small_groups(n1, n2)]
    return hedges_g(d_from_p(np.abs(p), n1, n2, np.sign(p)), n1, n2, undefined, vtype)
