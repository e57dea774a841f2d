"""Partial and semi-partial correlations from the t of a regression coefficient."""

from __future__ import annotations

import numpy as np

from evidence.effects.columns import columns
from evidence.effects.conditions import Reason, effects, not_given, not_inside, too_few
from evidence.effects.means import Column
from evidence.effects.result import FISHER_Z, Array, EffectSizes


def partial_correlation(ti: Column, ni: Column, mi: Column) -> EffectSizes:
    """PCOR: r = ti / sqrt(ti^2 + df), df = ni - mi - 1, of a regression with mi predictors and an intercept.

    Variance (1 - r^2)^2 / (ni - mi): a partial correlation given mi - 1 others is distributed as a
    correlation of ni - (mi - 1) people (Fisher 1924), so that with one predictor this is COR.
    """
    t, n, m = columns(ti=ti, ni=ni, mi=mi)
    with np.errstate(all="ignore"):
        r, rest = _partial(t, n - m - 1.0)
        return effects("PCOR", r, rest**2 / (n - m), _unsound(t, n, m, 1))


def partial_fisher_z(ti: Column, ni: Column, mi: Column) -> EffectSizes:
    """ZPCOR: atanh of the partial correlation, with variance 1 / (ni - mi - 2). Fisher 1924."""
    t, n, m = columns(ti=ti, ni=ni, mi=mi)
    with np.errstate(all="ignore"):
        z = np.arcsinh(t / np.sqrt(n - m - 1.0))
        return effects("ZPCOR", z, 1.0 / (n - m - 2.0), _unsound(t, n, m, 2), scale=FISHER_Z)


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


def _unsound(t: Array, n: Array, m: Array, least_df: int) -> list[Reason]:
    left = n - m - 1 < least_df, "the sample is too small for so many predictors"
    return [not_given(t, n, m), too_few(m, 1, "the number of predictors"), left]


def _unsound_semi_partial(t: Array, n: Array, m: Array, r2: Array, r: Array) -> list[Reason]:
    over = r * r > r2, "t and R2 contradict each other: the predictor would explain more than R2"
    return [*_unsound(t, n, m, 1), not_given(r2), not_inside(r2, 0, 1, "R2"), over]
