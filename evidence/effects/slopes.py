"""Regression slopes carried to other units of the exposure."""

from __future__ import annotations

import numpy as np

from evidence.effects.columns import columns
from evidence.effects.conditions import effects, not_given, not_positive, too_few
from evidence.effects.means import Column
from evidence.effects.result import IDENTITY, EffectSizes, Scale


def per_units(yi: Column, vi: Column, units: Column, *, scale: Scale = IDENTITY) -> EffectSizes:
    """GEN: the effect of `units` more of the exposure: units yi, variance units^2 vi.

    yi, vi: per one unit, on the analysis scale (the log for ratios, given as `scale`). units may be negative,
    for an effect of less exposure, and is 1/u for a slope printed per u units. The effect must be linear.
    """
    y, v, u = columns(yi=yi, vi=vi, units=units)
    undefined = [not_given(y, v, u), not_positive(v, "the variance"), (u == 0, "the number of units is zero")]
    return effects("GEN", u * y, u * u * v, undefined, scale=scale)


def per_sd(
    yi: Column, vi: Column, sd: Column, ni: Column | None = None, *, scale: Scale = IDENTITY
) -> EffectSizes:
    """GEN: the effect of one SD more of the exposure: sd yi.

    ni=None: variance sd^2 vi, the SD taken as known, as is the custom; its sampling error is ignored and a
    remark says so. With ni, the people whose exposure gave the SD: sd^2 (vi + yi^2 / (2 (ni - 1))), by the
    delta method, for a normal exposure whose SD is independent of the slope.
    """
    y, v, s = columns(yi=yi, vi=vi, sd=sd)
    undefined = [not_given(y, v, s), not_positive(v, "the variance"), not_positive(s, "the SD")]
    if ni is None:
        remarks = [(np.ones(y.shape, dtype=bool), "the sampling error of the SD is not in the variance")]
        return effects("GEN", s * y, s * s * v, undefined, scale=scale, remarks=remarks)
    y, v, s, n = columns(yi=yi, vi=vi, sd=sd, ni=ni)
    with np.errstate(all="ignore"):
        of_sd = y * y / (2.0 * (n - 1.0))
        undefined = [not_given(y, v, s, n), *undefined[1:], too_few(n, 2)]
        return effects("GEN", s * y, s * s * (v + of_sd), undefined, scale=scale)
