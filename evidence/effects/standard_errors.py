"""Standard errors from what is printed beside an estimate: an interval, a limit, a p-value, a statistic."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, TypeAlias, get_args

import numpy as np
from scipy.special import logit, ndtri, stdtrit

from evidence.choices import named
from evidence.effects.columns import (
    FISHER_Z,
    IDENTITY,
    LOG,
    LOGIT,
    Array,
    Column,
    EffectSizes,
    Reason,
    Scale,
    columns,
    effects,
    not_given,
    not_inside,
    not_positive,
)

Sidedness: TypeAlias = Literal["two-sided", "greater", "less"]

OFF_CENTRE = 0.1
"""Distance of an estimate from the middle of its interval, in half widths, that rounding seldom explains."""

SCALES = {scale.name: scale for scale in (IDENTITY, LOG, FISHER_Z, LOGIT)}
_FORWARD: dict[str, Callable[[Array], Array]] = {
    IDENTITY.name: np.positive,
    LOG.name: np.log,
    FISHER_Z.name: np.arctanh,
    LOGIT.name: logit,
}
_DOMAIN = {LOG.name: (0.0, np.inf), FISHER_Z.name: (-1.0, 1.0), LOGIT.name: (0.0, 1.0)}


def from_interval(
    estimatei: Column,
    loweri: Column,
    upperi: Column,
    dfi: Column = np.inf,
    *,
    level: float = 0.95,
    scale: Scale | str = IDENTITY,
) -> EffectSizes:
    """GEN: an estimate and its two-sided interval, as printed: yi on `scale`, vi from the width.

    level: e.g. 0.95. dfi: of the t quantile behind the interval, infinite for the normal.
    scale: "log" for ratios, "Fisher z" for r, "logit" for proportions. sei is the width on that scale over
    twice the quantile (Cochrane Handbook 6, section 6.3.1). An estimate outside its interval has no effect
    size; one that is off the middle by more than a tenth of the half width gets a remark.
    """
    scale = scale_named(scale)
    printed, low, high, dfs = columns(estimatei=estimatei, loweri=loweri, upperi=upperi, dfi=dfi)
    levels = np.full_like(printed, level)
    with np.errstate(all="ignore"):
        yi, start, end = (forward(scale, values) for values in (printed, low, high))
        sei = (end - start) / (2.0 * quantile(0.5 + 0.5 * levels, dfs))
        off = np.abs(yi - 0.5 * (start + end)) > OFF_CENTRE * 0.5 * (end - start)
        undefined = [
            *_off_scale(scale, printed, low, high),
            *_unsound_level(levels, dfs),
            (high <= low, "the upper limit is not above the lower"),
            ((printed < low) | (printed > high), "the estimate is outside its interval"),
        ]
        remark = off, f"the estimate is not in the middle of its interval ({scale.name} scale)"
        return effects("GEN", yi, sei**2, undefined, scale=scale, remarks=[remark])


def from_limit(
    estimatei: Column,
    limiti: Column,
    dfi: Column = np.inf,
    *,
    level: float = 0.95,
    scale: Scale | str = IDENTITY,
) -> EffectSizes:
    """GEN: an estimate and a one-sided confidence limit of it, upper or lower: sei = |distance| / quantile.

    level: of the one-sided limit: the 0.95 limit is 1.645 standard errors away. For one end of a two-sided
    0.95 interval give 0.975.
    """
    scale = scale_named(scale)
    printed, end, dfs = columns(estimatei=estimatei, limiti=limiti, dfi=dfi)
    levels = np.full_like(printed, level)
    with np.errstate(all="ignore"):
        yi = forward(scale, printed)
        sei = np.abs(forward(scale, end) - yi) / quantile(levels, dfs)
        undefined = [
            *_off_scale(scale, printed, end),
            *_unsound_level(levels, dfs),
            (levels <= 0.5, "the level of a one-sided limit is not above 0.5"),
            not_positive(sei, "the distance of the limit from the estimate"),
        ]
        return effects("GEN", yi, sei**2, undefined, scale=scale)


def from_p_value(
    estimatei: Column,
    pi: Column,
    dfi: Column = np.inf,
    *,
    alternative: Sidedness = "two-sided",
    scale: Scale | str = IDENTITY,
) -> EffectSizes:
    """GEN: an estimate and the exact p-value of the test that the effect is none: sei = yi / statistic.

    alternative: "two-sided"; or "greater", "less": the side of a one-sided test, whose p is above 0.5 for an
    estimate on the other side. Cochrane Handbook 6, section 6.3.2.
    """
    scale, side = scale_named(scale), named(alternative, get_args(Sidedness), "alternative")
    printed, ps, dfs = columns(estimatei=estimatei, pi=pi, dfi=dfi)
    with np.errstate(all="ignore"):
        yi = forward(scale, printed)
        sei = (np.abs(yi) if side == "two-sided" else yi) / statistic_from_p(ps, dfs, side)
        wrong = sei < 0, "the estimate and the one-sided p-value are on different sides"
        silent = (yi == 0) | (sei == 0) | ~np.isfinite(sei)
        nothing = silent, "an estimate of no effect, or a p-value too near 0 or of no difference, gives no SE"
        undefined = [*_off_scale(scale, printed), not_given(ps), _unsound_df(dfs), not_inside(ps, 0, 1, "p")]
        return effects("GEN", yi, sei**2, [*undefined, nothing, wrong], scale=scale)


def from_statistic(estimatei: Column, statistici: Column, *, scale: Scale | str = IDENTITY) -> EffectSizes:
    """GEN: an estimate and its test statistic, t or z (of F with one df or chi2: the signed root).

    sei = yi / statistic, both on `scale`; they must have the same sign.
    """
    scale = scale_named(scale)
    printed, t = columns(estimatei=estimatei, statistici=statistici)
    with np.errstate(all="ignore"):
        yi = forward(scale, printed)
        sei = yi / t
        undefined = [
            *_off_scale(scale, printed),
            not_given(t),
            ((yi == 0) | (t == 0), "a statistic or estimate of zero says nothing of the standard error"),
            (sei < 0, "the estimate and its test statistic differ in sign"),
        ]
        return effects("GEN", yi, sei**2, undefined, scale=scale)


def statistic_from_p(p: Array, df: Array, alternative: str = "two-sided") -> Array:
    """The t (z for infinite df) with this p-value, shape (k,); its size only when two-sided.

    From the tail that p is, so that a p of 1e-300 keeps its digits.
    """
    if alternative == "two-sided":
        return -quantile(0.5 * p, df)
    if alternative == "greater":
        return -quantile(p, df)
    return quantile(p, df)


def scale_named(scale: Scale | str) -> Scale:
    """The scale itself, or that of a name: "identity", "log", "Fisher z" or "logit"."""
    return scale if isinstance(scale, Scale) else SCALES[named(scale, SCALES, "scale")]


def quantile(probability: Array, df: Array) -> Array:
    """Of Student's t, of the normal where df is infinite; both of shape (k,)."""
    finite = np.isfinite(df)
    of_normal = ndtri(probability)
    shape = np.where(finite, df, 1.0)
    return np.where(finite, stdtrit(shape, probability), of_normal)


def forward(scale: Scale, values: Array) -> Array:
    """Printed values carried to one of the four scales; nan outside the scale's domain."""
    low, high = _DOMAIN.get(scale.name, (-np.inf, np.inf))
    inside = np.where((values > low) & (values < high), values, np.nan)
    return _FORWARD[scale.name](inside)


def _off_scale(scale: Scale, *printed: Array) -> list[Reason]:
    low, high = _DOMAIN.get(scale.name, (-np.inf, np.inf))
    outside = np.any([(values <= low) | (values >= high) for values in printed], axis=0)
    says = f"a number is not between {low:g} and {high:g}, as the {scale.name} scale needs"
    return [not_given(*printed), (outside, says)]


def _unsound_level(levels: Array, dfs: Array) -> list[Reason]:
    return [not_given(levels), not_inside(levels, 0, 1, "the level"), _unsound_df(dfs)]


def _unsound_df(dfs: Array) -> Reason:
    return np.isnan(dfs) | (dfs <= 0), "the degrees of freedom are not above zero"
