"""Log hazard ratios from the log-rank test, as papers report it. Parmar et al. 1998; Tierney et al. 2007."""

from __future__ import annotations

import numpy as np

from evidence.effects.columns import columns
from evidence.effects.conditions import effects, not_given, not_inside, not_positive
from evidence.effects.conversions import signed
from evidence.effects.means import Column
from evidence.effects.result import LOG, Array, EffectSizes
from evidence.effects.standard_errors import statistic_from_p


def log_hazard_ratio(o_minus_e: Column, v: Column) -> EffectSizes:
    """HR: (O - E) / V, variance 1 / V. Peto's one-step estimate; Parmar et al. 1998.

    o_minus_e: observed less expected events of the treated group; v: the log-rank variance.
    """
    difference, variance = columns(o_minus_e=o_minus_e, v=v)
    with np.errstate(all="ignore"):
        undefined = [not_given(difference, variance), not_positive(variance, "V")]
        return effects("HR", difference / variance, 1.0 / variance, undefined, scale=LOG)


def log_hazard_ratio_from_p(p: Column, v: Column, sign: Column) -> EffectSizes:
    """HR: sign z / sqrt(V), variance 1 / V, z of the exact two-sided log-rank p. Parmar et al. 1998.

    v: the log-rank variance, by one of the two functions below where it is not printed. sign: -1 where the
    treated group did better (hazard ratio below 1), 1 where worse.
    """
    ps, variance, signs = columns(p=p, v=v, sign=sign)
    with np.errstate(all="ignore"):
        z = np.abs(statistic_from_p(ps, np.full_like(ps, np.inf))) * signed(signs)
        undefined = [
            not_given(ps, variance),
            not_inside(ps, 0, 1, "p"),
            not_positive(variance, "V"),
            (np.isnan(signed(signs)), "the sign is neither 1 nor -1"),
        ]
        return effects("HR", z / np.sqrt(variance), 1.0 / variance, undefined, scale=LOG)


def log_rank_variance(events: Column, n1i: Column, n2i: Column) -> Array:
    """V = events n1i n2i / (n1i + n2i)^2, shape (k,): events/4 where groups are equal. Parmar et al. 1998.

    events: in both groups. n1i, n2i: randomised. Right for a hazard ratio near 1.
    """
    d, n1, n2 = columns(events=events, n1i=n1i, n2i=n2i)
    with np.errstate(all="ignore"):
        return np.where((d > 0) & (n1 > 0) & (n2 > 0), d * n1 * n2 / (n1 + n2) ** 2, np.nan)


def log_rank_variance_from_arms(events1: Column, events2: Column) -> Array:
    """V = events1 events2 / (events1 + events2), shape (k,), so that 1/V is 1/events1 + 1/events2.

    Parmar et al. 1998; Tierney et al. 2007.
    """
    d1, d2 = columns(events1=events1, events2=events2)
    with np.errstate(all="ignore"):
        return np.where((d1 > 0) & (d2 > 0), d1 * d2 / (d1 + d2), np.nan)
