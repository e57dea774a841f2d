"""Effect sizes of change: two measurements that are correlated, in one group or in matched pairs.

Last, the change in a treated group against that in a control group.
"""

from __future__ import annotations

import numpy as np

from evidence.choices import as_truth
from evidence.effects.columns import (
    LOG,
    Array,
    Column,
    EffectSizes,
    Reason,
    columns,
    effects,
    not_given,
    not_inside,
    not_positive,
    too_few,
)
from evidence.effects.means import pooled_variance
from evidence.effects.ratios import of_log_means
from evidence.effects.smd import bias_correction


def mean_change(m1i: Column, sd1i: Column, m2i: Column, sd2i: Column, ri: Column, ni: Column) -> EffectSizes:
    """MC: m1i - m2i, variance (sd1i^2 + sd2i^2 - 2 ri sd1i sd2i) / ni.

    ri: the correlation of the two measurements. For a printed SD of the changes give it as sd1i, and sd2i
    and ri as 0.
    """
    m1, sd1, m2, sd2, r, n = columns(m1i=m1i, sd1i=sd1i, m2i=m2i, sd2i=sd2i, ri=ri, ni=ni)
    with np.errstate(all="ignore"):
        vi = change_variance(sd1, sd2, r) / n
        return effects("MC", m1 - m2, vi, _unsound_change(m1, sd1, m2, sd2, r, n))


def mean_change_in_change_sds(
    m1i: Column, sd1i: Column, m2i: Column, sd2i: Column, ri: Column, ni: Column
) -> EffectSizes:
    """SMCC: the change in units of the SD of the changes, times J(ni - 1); variance 1/ni + g^2 / (2 ni).

    Gibbons, Hedeker & Davis 1993. Not on the scale of SMCR and SMD (Morris & DeShon 2002). For a printed SD
    of the changes see `mean_change`.
    """
    m1, sd1, m2, sd2, r, n = columns(m1i=m1i, sd1i=sd1i, m2i=m2i, sd2i=sd2i, ri=ri, ni=ni)
    with np.errstate(all="ignore"):
        g = bias_correction(n - 1.0) * (m1 - m2) / np.sqrt(change_variance(sd1, sd2, r))
        undefined = [*_unsound_change(m1, sd1, m2, sd2, r, n), too_few(n, 3)]
        return effects("SMCC", g, 1.0 / n + g * g / (2.0 * n), undefined)


def mean_change_in_raw_sds(m1i: Column, sd1i: Column, m2i: Column, ri: Column, ni: Column) -> EffectSizes:
    """SMCR: the change in units of sd1i, times J(ni - 1); variance 2 (1 - ri) / ni + g^2 / (2 ni).

    Becker 1988 for equal population SDs at both times; sd1i is the SD before treatment as a rule, and m1i
    the mean after it where a rise is to be positive.
    """
    m1, sd1, m2, r, n = columns(m1i=m1i, sd1i=sd1i, m2i=m2i, ri=ri, ni=ni)
    with np.errstate(all="ignore"):
        g = bias_correction(n - 1.0) * (m1 - m2) / sd1
        undefined = [*_unsound(m1, sd1, m2, sd1, r, n), too_few(n, 3)]
        return effects("SMCR", g, 2.0 * (1.0 - r) / n + g * g / (2.0 * n), undefined)


def heteroscedastic_mean_change(
    m1i: Column, sd1i: Column, m2i: Column, sd2i: Column, ri: Column, ni: Column
) -> EffectSizes:
    """SMCRH: as SMCR, for population SDs that differ between the times.

    Variance J^2 [sdd^2 / (sd1i^2 df) + d^2 / (2 df)], df = ni - 1, sdd the SD of the changes, d the change in
    units of sd1i before the correction. Bonett 2008.
    """
    m1, sd1, m2, sd2, r, n = columns(m1i=m1i, sd1i=sd1i, m2i=m2i, sd2i=sd2i, ri=ri, ni=ni)
    with np.errstate(all="ignore"):
        d, j, df = (m1 - m2) / sd1, bias_correction(n - 1.0), n - 1.0
        vi = j * j * (change_variance(sd1, sd2, r) / (sd1**2 * df) + d * d / (2.0 * df))
        return effects("SMCRH", j * d, vi, [*_unsound(m1, sd1, m2, sd2, r, n), too_few(n, 3)])


def log_ratio_of_paired_means(
    m1i: Column, sd1i: Column, m2i: Column, sd2i: Column, ri: Column, ni: Column, *, correct: bool = False
) -> EffectSizes:
    """ROMC: log(m1i / m2i), both means above zero.

    Variance (CV1^2 + CV2^2 - 2 ri CV1 CV2) / ni, CV = sd / m. Lajeunesse 2011. correct: whether the bias of
    the logs is taken away, (CV2^2 - CV1^2) / (2 ni), in which ri has no part. Lajeunesse 2015, eq. 8.
    """
    m1, sd1, m2, sd2, r, n = columns(m1i=m1i, sd1i=sd1i, m2i=m2i, sd2i=sd2i, ri=ri, ni=ni)
    with np.errstate(all="ignore"):
        vi = change_variance(sd1 / m1, sd2 / m2, r) / n
        yi = np.log(m1 / m2) - _bias(sd1 / m1, sd2 / m2, n, correct)
        return effects("ROMC", yi, vi, _unsound_ratio(m1, sd1, m2, sd2, r, n), scale=LOG)


def log_ratio_of_paired_cvs(
    m1i: Column, sd1i: Column, m2i: Column, sd2i: Column, ri: Column, ni: Column, *, correct: bool = False
) -> EffectSizes:
    """CVRC: log(CV1 / CV2), CV = sd / m, both means above zero.

    Variance that of ROMC plus that of VRC: for normal data the means and the SDs are independent. Nakagawa et
    al. 2015, with the covariance of two measurements of the same people. correct: whether the bias of the log
    means is taken away, (CV2^2 - CV1^2) / (2 ni); that of the log SDs is the same at both times. Senior,
    Viechtbauer & Nakagawa 2020.
    """
    m1, sd1, m2, sd2, r, n = columns(m1i=m1i, sd1i=sd1i, m2i=m2i, sd2i=sd2i, ri=ri, ni=ni)
    with np.errstate(all="ignore"):
        cv1, cv2 = sd1 / m1, sd2 / m2
        vi = (1.0 - r * r) / (n - 1.0) + change_variance(cv1, cv2, r) / n
        yi = np.log(cv1 / cv2) + _bias(cv1, cv2, n, correct)
        return effects("CVRC", yi, vi, _unsound_ratio(m1, sd1, m2, sd2, r, n), scale=LOG)


def log_ratio_of_paired_sds(sd1i: Column, sd2i: Column, ri: Column, ni: Column) -> EffectSizes:
    """VRC: log(sd1i / sd2i), variance (1 - ri^2) / (ni - 1).

    By the delta method: for normal data the covariance of two sample variances is
    2 (ri sd1 sd2)^2 / (ni - 1).
    """
    sd1, sd2, r, n = columns(sd1i=sd1i, sd2i=sd2i, ri=ri, ni=ni)
    with np.errstate(all="ignore"):
        vi = (1.0 - r * r) / (n - 1.0)
        return effects("VRC", np.log(sd1 / sd2), vi, _unsound(sd1, sd1, sd2, sd2, r, n), scale=LOG)


def _bias(cv1: Array, cv2: Array, n: Array, correct: bool) -> Array | float:
    return of_log_means(cv1, n, cv2, n) if as_truth(correct, "correct") else 0.0


def change_variance(sd1: Array, sd2: Array, r: Array) -> Array:
    """sd1^2 + sd2^2 - 2 r sd1 sd2, in a form that stays above zero for r near 1."""
    return (sd1 - sd2) ** 2 + 2.0 * (1.0 - r) * sd1 * sd2


def _common(m1: Array, m2: Array, r: Array, n: Array, sd1: Array, sd2: Array) -> list[Reason]:
    return [not_given(m1, sd1, m2, sd2, r, n), too_few(n, 2), not_inside(r, -1, 1, "the correlation")]


def _unsound(m1: Array, sd1: Array, m2: Array, sd2: Array, r: Array, n: Array) -> list[Reason]:
    sds = [not_positive(sd1, "the SD of the first"), not_positive(sd2, "the SD of the second")]
    return _common(m1, m2, r, n, sd1, sd2) + sds


def _unsound_change(m1: Array, sd1: Array, m2: Array, sd2: Array, r: Array, n: Array) -> list[Reason]:
    """As above; but sd2 and r may both be zero, when sd1 is the SD of the changes."""
    of_changes = (sd2 == 0) & (r == 0)
    mask, says = not_positive(sd2, "the SD of the second")
    first = not_positive(sd1, "the SD of the first")
    return [*_common(m1, m2, r, n, sd1, sd2), first, (mask & ~of_changes, says)]


def _unsound_ratio(m1: Array, sd1: Array, m2: Array, sd2: Array, r: Array, n: Array) -> list[Reason]:
    means = [not_positive(m1, "the first mean"), not_positive(m2, "the second mean")]
    return _unsound(m1, sd1, m2, sd2, r, n) + means


def change_against_control(
    pre1i: Column,
    post1i: Column,
    sd1i: Column,
    n1i: Column,
    pre2i: Column,
    post2i: Column,
    sd2i: Column,
    n2i: Column,
    ri: Column,
) -> EffectSizes:
    """PPC: (post1i - pre1i) - (post2i - pre2i) in units of the pooled pretest SD, times J(n1i + n2i - 2).

    sd1i, sd2i: pretest SDs of the treated (1) and the control group (2). ri: the correlation of pretest and
    posttest, one for both groups. This is d_ppc2 of Morris 2008, with its variance
    J^2 df/(df - 2) (2 (1 - r)/n + d^2) - d^2, n = n1i n2i / (n1i + n2i), df = n1i + n2i - 2, with the
    corrected estimate in the place of the population's d. J is Hedges' exact one, not its approximation
    1 - 3/(4 df - 1) of that paper.
    """
    pre1, post1, sd1, n1, pre2, post2, sd2, n2, r = columns(
        pre1i=pre1i, post1i=post1i, sd1i=sd1i, n1i=n1i, pre2i=pre2i, post2i=post2i, sd2i=sd2i, n2i=n2i, ri=ri
    )
    undefined = [
        not_given(pre1, post1, sd1, n1, pre2, post2, sd2, n2, r),
        too_few(n1, 2, "group 1"),
        too_few(n2, 2, "group 2"),
        not_positive(sd1, "the pretest SD of group 1"),
        not_positive(sd2, "the pretest SD of group 2"),
        not_inside(r, -1, 1, "the correlation"),
        (n1 + n2 <= 4, "with two degrees of freedom the variance of a standardised difference is infinite"),
    ]
    with np.errstate(all="ignore"):
        df, j = n1 + n2 - 2.0, bias_correction(n1 + n2 - 2.0)
        g = j * ((post1 - pre1) - (post2 - pre2)) / np.sqrt(pooled_variance(sd1, n1, sd2, n2))
        of_means = 2.0 * (1.0 - r) * (1.0 / n1 + 1.0 / n2)
        vi = j * j * df / (df - 2.0) * (of_means + g * g) - g * g
        return effects("PPC", g, vi, undefined)
