"""Log ratios from O - E and its variance: of the log-rank test, as papers report it, and by Peto's method.

Parmar et al. 1998; Tierney et al. 2007.
"""

from __future__ import annotations

import numpy as np

from evidence.effects.columns import (
    LOG,
    Array,
    Column,
    EffectSizes,
    Reason,
    columns,
    effects,
    not_given,
    not_positive,
)
from evidence.effects.standard_errors import statistic_from_p


def log_hazard_ratio(oei: Column, voei: Column) -> EffectSizes:
    """HR: oei / voei, variance 1 / voei. Peto's one-step estimate; Parmar et al. 1998.

    oei: observed less expected events of group 1; voei: its log-rank variance.
    """
    return _one_step("HR", oei, voei, "the log-rank variance")


def peto_log_odds_ratio_from_o_minus_e(oei: Column, voei: Column) -> EffectSizes:
    """PETO: oei / voei, variance 1 / voei, as trials print them without their tables. Yusuf et al. 1985.

    oei: observed less expected events of group 1; voei: their hypergeometric variance.
    """
    return _one_step("PETO", oei, voei, "the variance of O - E")


def _one_step(measure: str, oei: Column, voei: Column, what: str) -> EffectSizes:
    difference, variance = columns(oei=oei, voei=voei)
    undefined = [not_given(difference, variance), not_positive(variance, what)]
    with np.errstate(all="ignore"):
        return effects(measure, difference / variance, 1.0 / variance, undefined, scale=LOG)


def log_hazard_ratio_from_p(pi: Column, voei: Column) -> EffectSizes:
    """HR: z / sqrt(voei), variance 1 / voei, z of the log-rank p. Parmar et al. 1998.

    pi: the exact two-sided p with the sign of the log hazard ratio: -0.03, say, where group 1 did better.
    """
    p, variance = columns(pi=pi, voei=voei)
    return _from_p(p, variance, [not_positive(variance, "the log-rank variance")])


def log_hazard_ratio_from_events(pi: Column, eventsi: Column, n1i: Column, n2i: Column) -> EffectSizes:
    """HR: from pi, as above, with the variance eventsi n1i n2i / (n1i + n2i)^2, right for a ratio near 1.

    eventsi: in both groups; n1i, n2i: randomised. With equal groups the variance is eventsi / 4. Parmar et
    al. 1998.
    """
    p, events, n1, n2 = columns(pi=pi, eventsi=eventsi, n1i=n1i, n2i=n2i)
    undefined = [
        not_positive(events, "the number of events"),
        not_positive(n1, "the size of group 1"),
        not_positive(n2, "the size of group 2"),
    ]
    with np.errstate(all="ignore"):
        return _from_p(p, events * n1 * n2 / (n1 + n2) ** 2, undefined)


def log_hazard_ratio_from_arms(pi: Column, events1i: Column, events2i: Column) -> EffectSizes:
    """HR: from pi, as above, with variance 1/events1i + 1/events2i of the log hazard ratio.

    Parmar et al. 1998; Tierney et al. 2007.
    """
    p, one, other = columns(pi=pi, events1i=events1i, events2i=events2i)
    undefined = [
        not_positive(one, "the number of events in group 1"),
        not_positive(other, "the number of events in group 2"),
    ]
    with np.errstate(all="ignore"):
        return _from_p(p, one * other / (one + other), undefined)


def _from_p(p: Array, variance: Array, undefined: list[Reason]) -> EffectSizes:
    """Of a signed p and the log-rank variance, shape (k,)."""
    wrong = (p == 0) | (np.abs(p) >= 1), "p is zero, or not between -1 and 1"
    with np.errstate(all="ignore"):
        z = np.sign(p) * statistic_from_p(np.abs(p), np.full_like(p, np.inf))
        reasons = [not_given(p, variance), wrong, *undefined]
        return effects("HR", z / np.sqrt(variance), 1.0 / variance, reasons, scale=LOG)
