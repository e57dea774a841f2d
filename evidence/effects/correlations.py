"""Effect sizes of the association of quantities: correlations, partial ones, and Cronbach's alpha.

Correlations and Fisher's z of them; partial and semi-partial correlations from the t of a regression
coefficient; and alpha with the transformations that stabilise its variance.
"""

from __future__ import annotations

from typing import Literal

import numpy as np

from evidence.choices import named
from evidence.effects.columns import (
    FISHER_Z,
    Array,
    Column,
    EffectSizes,
    Reason,
    Scale,
    columns,
    effects,
    not_given,
    not_inside,
    sound,
    too_few,
)
from evidence.effects.means import VALUE
from evidence.effects.smd import unbiased_correlation, weighted_average


def correlation(ri: Column, ni: Column, *, vtype: Literal["LS", "AV"] = "LS") -> EffectSizes:
    """COR: ri, with variance (1 - ri^2)^2 / (ni - 1).

    vtype="AV" replaces ri in the variance by its average over the studies, weighted by size. Borenstein 2009.
    """
    kind = named(vtype, ("LS", "AV"), "vtype")
    r, n = columns(ri=ri, ni=ni)
    undefined = _unsound(r, n, 2)
    with np.errstate(all="ignore"):
        return effects("COR", r, _large_sample(sound(r, undefined), n, kind), undefined)


def unbiased_correlation_coefficient(
    ri: Column, ni: Column, *, vtype: Literal["LS", "UB", "AV"] = "LS"
) -> EffectSizes:
    """UCOR: the unbiased estimate of the correlation from ri of ni > 4 people. Olkin & Pratt 1958, eq. 2.3.

    vtype="LS", "AV": as for COR, of the corrected values. "UB": the unbiased variance, by its exact formula
    (see `unbiased_correlation`); it can be negative where n is small and r near 0, and is undefined then.
    """
    kind = named(vtype, ("LS", "UB", "AV"), "vtype")
    r, n = columns(ri=ri, ni=ni)
    undefined = _unsound(r, n, 5)
    with np.errstate(all="ignore"):
        g, vi = unbiased_correlation(r, n)
        if kind == "UB":
            undefined.append((vi <= 0, "its unbiased variance is not above zero"))
        else:
            vi = _large_sample(sound(g, undefined), n, kind)
        return effects("UCOR", g, vi, undefined)


def fisher_z(ri: Column, ni: Column) -> EffectSizes:
    """ZCOR: atanh ri, with variance 1 / (ni - 3). Fisher 1921."""
    r, n = columns(ri=ri, ni=ni)
    with np.errstate(all="ignore"):
        return effects("ZCOR", np.arctanh(r), 1.0 / (n - 3.0), _unsound(r, n, 4), scale=FISHER_Z)


def _large_sample(r: Array, n: Array, vtype: str) -> Array:
    if vtype == "AV":
        r = np.where(np.isnan(r), np.nan, weighted_average(r, n))
    return ((1.0 - r) * (1.0 + r)) ** 2 / (n - 1.0)


def _unsound(r: Array, n: Array, least: int) -> list[Reason]:
    return [not_given(r, n), not_inside(r, -1, 1, "the correlation"), too_few(n, least)]


def partial_correlation(ti: Column, ni: Column, mi: Column) -> EffectSizes:
    """PCOR: r = ti / sqrt(ti^2 + df), df = ni - mi - 1, of a regression with mi predictors and an intercept.

    Variance (1 - r^2)^2 / (ni - mi): a partial correlation given mi - 1 others is distributed as a
    correlation of ni - (mi - 1) people (Fisher 1924), so that with one predictor this is COR.
    """
    t, n, m = columns(ti=ti, ni=ni, mi=mi)
    with np.errstate(all="ignore"):
        r, rest = _partial(t, n - m - 1.0)
        return effects("PCOR", r, rest**2 / (n - m), _unsound_partial(t, n, m, 1))


def partial_fisher_z(ti: Column, ni: Column, mi: Column) -> EffectSizes:
    """ZPCOR: atanh of the partial correlation, with variance 1 / (ni - mi - 2). Fisher 1924."""
    t, n, m = columns(ti=ti, ni=ni, mi=mi)
    with np.errstate(all="ignore"):
        z = np.arcsinh(t / np.sqrt(n - m - 1.0))
        return effects("ZPCOR", z, 1.0 / (n - m - 2.0), _unsound_partial(t, n, m, 2), scale=FISHER_Z)


def semi_partial_correlation(ti: Column, ni: Column, mi: Column, r2i: Column) -> EffectSizes:
    """SPCOR: r = ti sqrt((1 - R2) / df), R2 = r2i of the regression, df = ni - mi - 1.

    Variance (R2^2 - 2 R2 + S2 + 1 - S2^2) / ni, S2 = R2 - r^2 being R2 without the predictor.
    Aloe & Becker 2012.
    """
    t, n, m, r2 = columns(ti=ti, ni=ni, mi=mi, r2i=r2i)
    with np.errstate(all="ignore"):
        r, vi = _semi_partial(t, n, m, r2)
        return effects("SPCOR", r, vi, _unsound_semi_partial(t, n, m, r2, r))


def semi_partial_fisher_z(ti: Column, ni: Column, mi: Column, r2i: Column) -> EffectSizes:
    """ZSPCOR: atanh of the semi-partial correlation; variance that of SPCOR / (1 - r^2)^2, the delta method.

    The transformation puts it beside other correlations on Fisher's scale; its variance is not stabilised.
    """
    t, n, m, r2 = columns(ti=ti, ni=ni, mi=mi, r2i=r2i)
    with np.errstate(all="ignore"):
        r, vi = _semi_partial(t, n, m, r2)
        undefined = _unsound_semi_partial(t, n, m, r2, r)
        return effects("ZSPCOR", np.arctanh(r), vi / (1.0 - r * r) ** 2, undefined, scale=FISHER_Z)


def _partial(t: Array, df: Array) -> tuple[Array, Array]:
    """r and 1 - r^2, the second without cancellation."""
    return t / np.sqrt(t * t + df), df / (t * t + df)


def _semi_partial(t: Array, n: Array, m: Array, r2: Array) -> tuple[Array, Array]:
    r = t * np.sqrt((1.0 - r2) / (n - m - 1.0))
    without = r2 - r * r
    return r, ((1.0 - r2) ** 2 + without * (1.0 - without)) / n


def _unsound_partial(t: Array, n: Array, m: Array, least_df: int) -> list[Reason]:
    left = n - m - 1 < least_df, "the sample is too small for so many predictors"
    return [not_given(t, n, m), too_few(m, 1, "the number of predictors"), left]


def _unsound_semi_partial(t: Array, n: Array, m: Array, r2: Array, r: Array) -> list[Reason]:
    over = r * r > r2, "t and R2 contradict each other: the predictor would explain more than R2"
    return [*_unsound_partial(t, n, m, 1), not_given(r2), not_inside(r2, 0, 1, "R2"), over]


def _from_cube_root(values: Array) -> Array:
    return 1.0 - (1.0 - values) ** 3


def _from_log(values: Array) -> Array:
    with np.errstate(over="ignore"):
        return -np.expm1(-values)


CUBE_ROOT = Scale("1 - cube root of (1 - alpha)", _from_cube_root, None)
LOG_OF_REST = Scale("-log(1 - alpha)", _from_log, None)


def alpha(ai: Column, mi: Column, ni: Column) -> EffectSizes:
    """ARAW: alpha of mi items in ni people, variance 2 mi (1 - ai)^2 / ((mi - 1) (ni - 2)). Bonett 2010."""
    a, m, n = columns(ai=ai, mi=mi, ni=ni)
    with np.errstate(all="ignore"):
        vi = 2.0 * m * (1.0 - a) ** 2 / ((m - 1.0) * (n - 2.0))
        return effects("ARAW", a, vi, _unsound_alpha(a, m, n), scale=VALUE)


def alpha_hakstian_whalen(ai: Column, mi: Column, ni: Column) -> EffectSizes:
    """AHW: 1 - (1 - ai)^(1/3), variance 18 mi (ni - 1) (1 - ai)^(2/3) / ((mi - 1) (9 ni - 11)^2).

    Hakstian & Whalen 1976, who use (1 - ai)^(1/3); this form rises with alpha.
    """
    a, m, n = columns(ai=ai, mi=mi, ni=ni)
    with np.errstate(all="ignore"):
        root = np.cbrt(1.0 - a)
        vi = 18.0 * m * (n - 1.0) * root**2 / ((m - 1.0) * (9.0 * n - 11.0) ** 2)
        return effects("AHW", 1.0 - root, vi, _unsound_alpha(a, m, n), scale=CUBE_ROOT)


def alpha_bonett(ai: Column, mi: Column, ni: Column) -> EffectSizes:
    """ABT: -log(1 - ai), variance 2 mi / ((mi - 1) (ni - 2)).

    Bonett 2002, who uses log(1 - ai); this form rises with alpha.
    """
    a, m, n = columns(ai=ai, mi=mi, ni=ni)
    with np.errstate(all="ignore"):
        vi = 2.0 * m / ((m - 1.0) * (n - 2.0))
        return effects("ABT", -np.log1p(-a), vi, _unsound_alpha(a, m, n), scale=LOG_OF_REST)


def _unsound_alpha(a: Array, m: Array, n: Array) -> list[Reason]:
    above = a >= 1, "alpha is not below 1"
    return [not_given(a, m, n), above, too_few(m, 2, "the number of items"), too_few(n, 3)]
