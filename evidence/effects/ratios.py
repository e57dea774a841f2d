"""Log ratios of means, of coefficients of variation and of SDs of two independent groups."""

from __future__ import annotations

from typing import Literal

import numpy as np

from evidence.choices import as_truth, named
from evidence.effects.columns import (
    LOG,
    Array,
    Column,
    EffectSizes,
    Reason,
    columns,
    effects,
    not_positive,
    sound,
)
from evidence.effects.means import pooled_variance, unsound
from evidence.effects.smd import weighted_average

GEARY_LEAST = 3.0
"""Below this a mean is so near to zero, in standard errors, that the log of a ratio is far from normal."""


def log_ratio_of_means(
    m1i: Column,
    sd1i: Column,
    n1i: Column,
    m2i: Column,
    sd2i: Column,
    n2i: Column,
    *,
    vtype: Literal["LS", "HO", "AV", "AVHO"] = "LS",
    correct: bool = False,
) -> EffectSizes:
    """ROM: log(m1i / m2i), the log response ratio; both means must be above zero.

    With CV = sd / m, vtype="LS": CV1^2/n1i + CV2^2/n2i. "HO": the pooled variance in the place of the two.
    Hedges, Gurevitch & Curtis 1999. "AV": each CV replaced by its average over the studies, weighted by
    group size; "AVHO": by the average over the studies and both groups. Nakagawa et al. 2023.
    correct: whether the bias of the logs is taken away, (CV2^2/n2i - CV1^2/n1i) / 2. Lajeunesse 2015, eq. 8.
    A remark tells of means too near to zero for the normal approximation (Geary's rule; Lajeunesse 2015).
    """
    kind = named(vtype, ("LS", "HO", "AV", "AVHO"), "vtype")
    m1, sd1, n1, m2, sd2, n2 = columns(m1i=m1i, sd1i=sd1i, n1i=n1i, m2i=m2i, sd2i=sd2i, n2i=n2i)
    undefined = _unsound_ratio(m1, sd1, n1, m2, sd2, n2)
    with np.errstate(all="ignore"):
        bias = of_log_means(sd1 / m1, n1, sd2 / m2, n2) if as_truth(correct, "correct") else 0.0
        cv1, cv2 = sound(sd1 / m1, undefined), sound(sd2 / m2, undefined)
        if kind == "HO":
            variance = pooled_variance(sd1, n1, sd2, n2)
            cv1, cv2 = np.sqrt(variance) / m1, np.sqrt(variance) / m2
        elif kind == "AV":
            cv1, cv2 = _averaged(cv1, n1), _averaged(cv2, n2)
        elif kind == "AVHO":
            both = _averaged(np.concatenate([cv1, cv2]), np.concatenate([n1, n2]))
            cv1, cv2 = np.split(both, 2)
        vi = cv1**2 / n1 + cv2**2 / n2
        remarks = [_near_zero(m1, sd1, n1, m2, sd2, n2)]
        return effects("ROM", np.log(m1 / m2) - bias, vi, undefined, scale=LOG, remarks=remarks)


def bias_corrected_log_ratio_of_means(
    m1i: Column, sd1i: Column, n1i: Column, m2i: Column, sd2i: Column, n2i: Column
) -> EffectSizes:
    """ROMBC: log(m1i / m2i) + (a1 - a2) / 2, variance a1 + a2 + (a1^2 + a2^2) / 2, with a = sd^2 / (n m^2).

    The second-order delta method. Lajeunesse 2015. Remarks as in `log_ratio_of_means`.
    """
    m1, sd1, n1, m2, sd2, n2 = columns(m1i=m1i, sd1i=sd1i, n1i=n1i, m2i=m2i, sd2i=sd2i, n2i=n2i)
    with np.errstate(all="ignore"):
        a1, a2 = sd1**2 / (n1 * m1**2), sd2**2 / (n2 * m2**2)
        yi, vi = np.log(m1 / m2) + 0.5 * (a1 - a2), a1 + a2 + 0.5 * (a1**2 + a2**2)
        undefined = _unsound_ratio(m1, sd1, n1, m2, sd2, n2)
        remarks = [_near_zero(m1, sd1, n1, m2, sd2, n2)]
        return effects("ROMBC", yi, vi, undefined, scale=LOG, remarks=remarks)


def log_ratio_of_cvs(
    m1i: Column,
    sd1i: Column,
    n1i: Column,
    m2i: Column,
    sd2i: Column,
    n2i: Column,
    *,
    correct: bool | None = None,
) -> EffectSizes:
    """CVR: log(CV1 / CV2) + 1/(2 df1) - 1/(2 df2), with CV = sd / m and df = n - 1; both means above zero.

    correct: None for the bias of the log SDs alone, as above (Nakagawa et al. 2015); True for that of the log
    means as well, adding (CV2^2/n2i - CV1^2/n1i) / 2 (Senior, Viechtbauer & Nakagawa 2020); False for
    neither.
    Variance CV1^2/n1i + 1/(2 df1) + CV2^2/n2i + 1/(2 df2). Nakagawa et al. 2015, without their terms in
    the correlation of log mean and log SD across studies: within a sample of normal data mean and SD are
    independent.
    """
    m1, sd1, n1, m2, sd2, n2 = columns(m1i=m1i, sd1i=sd1i, n1i=n1i, m2i=m2i, sd2i=sd2i, n2i=n2i)
    with np.errstate(all="ignore"):
        of_sds, vi_sds = _log_ratio_of_sds(sd1, n1, sd2, n2, correct is None or as_truth(correct, "correct"))
        bias = of_log_means(sd1 / m1, n1, sd2 / m2, n2) if correct else 0.0
        vi = sd1**2 / (n1 * m1**2) + sd2**2 / (n2 * m2**2) + vi_sds
        undefined = _unsound_ratio(m1, sd1, n1, m2, sd2, n2)
        return effects("CVR", of_sds - np.log(m1 / m2) + bias, vi, undefined, scale=LOG)


def log_ratio_of_sds(
    sd1i: Column, n1i: Column, sd2i: Column, n2i: Column, *, correct: bool = True
) -> EffectSizes:
    """VR: log(sd1i / sd2i) + 1/(2 df1) - 1/(2 df2), variance 1/(2 df1) + 1/(2 df2). Nakagawa et al. 2015.

    correct: whether the two terms in df, which take the bias of a log SD away, are added.
    """
    sd1, n1, sd2, n2 = columns(sd1i=sd1i, n1i=n1i, sd2i=sd2i, n2i=n2i)
    with np.errstate(all="ignore"):
        yi, vi = _log_ratio_of_sds(sd1, n1, sd2, n2, as_truth(correct, "correct"))
        return effects("VR", yi, vi, unsound(sd1, sd1, n1, sd2, sd2, n2), scale=LOG)


def _log_ratio_of_sds(sd1: Array, n1: Array, sd2: Array, n2: Array, corrected: bool) -> tuple[Array, Array]:
    half1, half2 = 0.5 / (n1 - 1.0), 0.5 / (n2 - 1.0)
    return np.log(sd1 / sd2) + (half1 - half2 if corrected else 0.0), half1 + half2


def of_log_means(cv1: Array, n1: Array, cv2: Array, n2: Array) -> Array:
    """The bias of log(m1 / m2) of two samples, to the second order: (cv2^2/n2 - cv1^2/n1) / 2, cv = sd / m.

    Lajeunesse 2015, eq. 8.
    """
    return np.asarray(0.5 * (cv2**2 / n2 - cv1**2 / n1))


def _averaged(cv: Array, n: Array) -> Array:
    return np.where(np.isnan(cv), np.nan, weighted_average(cv, n))


def _unsound_ratio(m1: Array, sd1: Array, n1: Array, m2: Array, sd2: Array, n2: Array) -> list[Reason]:
    means = [not_positive(m1, "the mean of group 1"), not_positive(m2, "the mean of group 2")]
    return unsound(m1, sd1, n1, m2, sd2, n2) + means


def _near_zero(m1: Array, sd1: Array, n1: Array, m2: Array, sd2: Array, n2: Array) -> Reason:
    near = np.minimum(geary(m1, sd1, n1), geary(m2, sd2, n2)) < GEARY_LEAST
    return near, "a mean is within 3 standard errors of zero: the log ratio is far from normal"


def geary(mean: Array, sd: Array, n: Array) -> Array:
    """(mean / sd) 4 n^(3/2) / (1 + 4 n): a mean in standard errors, nearly. Lajeunesse 2015."""
    return mean / sd * 4.0 * n**1.5 / (1.0 + 4.0 * n)
