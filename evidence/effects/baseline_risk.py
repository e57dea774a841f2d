"""Odds ratios and risk ratios, one from the other, at a stated risk in the unexposed."""

from __future__ import annotations

import numpy as np

from evidence.effects.columns import columns
from evidence.effects.conditions import effects, not_given, not_inside, not_positive
from evidence.effects.means import Column
from evidence.effects.result import LOG, EffectSizes


def log_risk_ratio_from_odds_ratio(yi: Column, vi: Column, baseline: Column) -> EffectSizes:
    """RR: log of OR / (1 - baseline + baseline OR), yi being log OR. Grant 2014.

    baseline: the risk without exposure, 0 < baseline < 1, taken as known: its own uncertainty is not in the
    variance. vi is carried over by the delta method, slope (1 - baseline) / (1 - baseline + baseline OR).
    An OR adjusted for covariates does not transform exactly, as it is not collapsible.
    """
    log_or, v, p0 = columns(yi=yi, vi=vi, baseline=baseline)
    with np.errstate(all="ignore"):
        shrink = np.logaddexp(np.log1p(-p0), np.log(p0) + log_or)
        slope = np.exp(np.log1p(-p0) - shrink)
        undefined = [not_given(log_or, v, p0), not_positive(v, "the variance")]
        undefined.append(not_inside(p0, 0, 1, "the baseline risk"))
        return effects("RR", log_or - shrink, slope**2 * v, undefined, scale=LOG)


def log_odds_ratio_from_risk_ratio(yi: Column, vi: Column, baseline: Column) -> EffectSizes:
    """OR: log of RR (1 - baseline) / (1 - baseline RR), yi being log RR; the inverse of the above.

    Undefined where baseline RR, the risk with exposure, reaches 1. Slope 1 / (1 - baseline RR).
    """
    log_rr, v, p0 = columns(yi=yi, vi=vi, baseline=baseline)
    with np.errstate(all="ignore"):
        rest = -np.expm1(np.log(p0) + log_rr)
        undefined = [
            not_given(log_rr, v, p0),
            not_positive(v, "the variance"),
            not_inside(p0, 0, 1, "the baseline risk"),
            (rest <= 0, "the risk ratio would carry the baseline risk to 1 or beyond"),
        ]
        return effects("OR", log_rr + np.log1p(-p0) - np.log(rest), v / rest**2, undefined, scale=LOG)
