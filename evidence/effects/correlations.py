"""Effect sizes of the association of two quantities: correlations and Fisher's z."""

from __future__ import annotations

from typing import Literal

import numpy as np

from evidence.effects.columns import columns
from evidence.effects.conditions import Reason, effects, not_given, not_inside, sound, too_few
from evidence.effects.means import Column
from evidence.effects.olkin_pratt import unbiased_correlation
from evidence.effects.result import FISHER_Z, Array, EffectSizes
from evidence.effects.smd import weighted_average


def correlation(ri: Column, ni: Column, *, vtype: Literal["LS", "AV"] = "LS") -> EffectSizes:
    """COR: ri, with variance (1 - ri^2)^2 / (ni - 1).

    vtype="AV" replaces ri in the variance by its average over the studies, weighted by size. Borenstein 2009.
    """
    r, n = columns(ri=ri, ni=ni)
    undefined = _unsound(r, n, 2)
    with np.errstate(all="ignore"):
        return effects("COR", r, _large_sample(sound(r, undefined), n, vtype), undefined)


def unbiased_correlation_coefficient(
    ri: Column, ni: Column, *, vtype: Literal["LS", "UB", "AV"] = "LS"
) -> EffectSizes:
    """UCOR: the unbiased estimate of the correlation from ri of ni > 4 people. Olkin & Pratt 1958, eq. 2.3.

    vtype="LS", "AV": as for COR, of the corrected values. "UB": the unbiased variance, by its exact formula
    (see `unbiased_correlation`); it can be negative where n is small and r near 0, and is undefined then.
    """
    r, n = columns(ri=ri, ni=ni)
    undefined = _unsound(r, n, 5)
    with np.errstate(all="ignore"):
        g, vi = unbiased_correlation(r, n)
        if vtype == "UB":
            undefined.append((vi <= 0, "its unbiased variance is not above zero"))
        else:
            vi = _large_sample(sound(g, undefined), n, vtype)
        return effects("UCOR", g, vi, undefined)


def fisher_z(ri: Column, ni: Column) -> EffectSizes:
    """ZCOR: atanh ri, with variance 1 / (ni - 3). Fisher 1921."""
    r, n = columns(ri=ri, ni=ni)
    with np.errstate(all="ignore"):
        return effects("ZCOR", np.arctanh(r), 1.0 / (n - 3.0), _unsound(r, n, 4), scale=FISHER_Z)


def _large_sample(r: Array, n: Array, vtype: str) -> Array:
    if vtype == "AV":
        r = np.where(np.isnan(r), np.nan, weighted_average(r, n))
    elif vtype != "LS":
        raise ValueError(f"vtype is {vtype!r}; expected 'LS' or 'AV', or 'UB' for UCOR")
    return ((1.0 - r) * (1.0 + r)) ** 2 / (n - 1.0)


def _unsound(r: Array, n: Array, least: int) -> list[Reason]:
    return [not_given(r, n), not_inside(r, -1, 1, "the correlation"), too_few(n, least)]
