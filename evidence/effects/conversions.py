"""From one effect size to another: d, r, phi and log odds ratios, each with its variance carried over."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from evidence.effects.columns import (
    IDENTITY,
    LOG,
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
    too_few,
)
from evidence.effects.standard_errors import statistic_from_p

LOGISTIC_SD = math.pi / math.sqrt(3.0)
"""SD of the standard logistic distribution: log odds ratio per unit of d. Hasselblad & Hedges 1995."""

COX = 1.65
"""Log odds ratio per unit of d, nearly, for normal distributions. Cox & Snell 1989."""


def d_to_log_odds_ratio(d: Column, vi: Column, *, factor: float = LOGISTIC_SD) -> EffectSizes:
    """OR: log OR = factor d, variance factor^2 vi. factor: LOGISTIC_SD or COX."""
    yi, v = columns(d=d, vi=vi)
    return effects("OR", factor * yi, factor**2 * v, _unsound(yi, v), scale=LOG)


def log_odds_ratio_to_d(yi: Column, vi: Column, *, factor: float = LOGISTIC_SD) -> EffectSizes:
    """SMD: d = log OR / factor, variance vi / factor^2; yi is the log odds ratio."""
    y, v = columns(yi=yi, vi=vi)
    return effects("SMD", y / factor, v / factor**2, _unsound(y, v))


def d_to_r(d: Column, vi: Column, n1i: Column, n2i: Column) -> EffectSizes:
    """COR: r = d / sqrt(d^2 + a), variance a^2 vi / (d^2 + a)^3, a = (n1i + n2i)^2 / (n1i n2i); 4 if equal.

    Borenstein 2009. The large-sample form of `d_to_point_biserial`.
    """
    y, v, n1, n2 = columns(d=d, vi=vi, n1i=n1i, n2i=n2i)
    with np.errstate(all="ignore"):
        return _to_r(y, v, (n1 + n2) ** 2 / (n1 * n2), [*_unsound(y, v), *_sizes(n1, n2)])


def d_to_point_biserial(d: Column, vi: Column, n1i: Column, n2i: Column) -> EffectSizes:
    """COR: the correlation of outcome and group in the same data, exactly: a = df (1/n1i + 1/n2i).

    d: Cohen's d with the pooled SD of df = n1i + n2i - 2, not corrected for bias. The variance is that of
    groups whose sizes were fixed by design. Tate 1954.
    """
    y, v, n1, n2 = columns(d=d, vi=vi, n1i=n1i, n2i=n2i)
    with np.errstate(all="ignore"):
        a = (n1 + n2 - 2.0) * (1.0 / n1 + 1.0 / n2)
        return _to_r(y, v, a, [*_unsound(y, v), *_sizes(n1, n2)])


def r_to_d(r: Column, vi: Column, n1i: Column, n2i: Column) -> EffectSizes:
    """SMD: d = sqrt(a) r / sqrt(1 - r^2), variance a vi / (1 - r^2)^3, a = (n1i + n2i)^2 / (n1i n2i).

    Borenstein 2009, whose 2 r / sqrt(1 - r^2) is that of equal groups: give n1i = n2i where there are none.
    """
    y, v, n1, n2 = columns(r=r, vi=vi, n1i=n1i, n2i=n2i)
    with np.errstate(all="ignore"):
        return _from_r(y, v, (n1 + n2) ** 2 / (n1 * n2), [*_unsound(y, v), *_sizes(n1, n2)])


def point_biserial_to_d(r: Column, vi: Column, n1i: Column, n2i: Column) -> EffectSizes:
    """SMD: Cohen's d from the correlation of outcome and group, the inverse of `d_to_point_biserial`."""
    y, v, n1, n2 = columns(r=r, vi=vi, n1i=n1i, n2i=n2i)
    with np.errstate(all="ignore"):
        a = (n1 + n2 - 2.0) * (1.0 / n1 + 1.0 / n2)
        return _from_r(y, v, a, [*_unsound(y, v), *_sizes(n1, n2)])


def d_from_t(t: Column, n1i: Column, n2i: Column) -> Array:
    """Cohen's d = t sqrt(1/n1i + 1/n2i) of Student's test of two independent groups, shape (k,).

    Exact; for z of a comparison of means as well. nan where t or a size is missing or a size below 1. For the
    effect size with its bias corrected see `smd_from_tests`.
    """
    stat, n1, n2 = columns(t=t, n1i=n1i, n2i=n2i)
    with np.errstate(all="ignore"):
        return np.where((n1 >= 1) & (n2 >= 1), stat * np.sqrt(1.0 / n1 + 1.0 / n2), np.nan)


def d_from_f(f: Column, n1i: Column, n2i: Column, sign: Column) -> Array:
    """Cohen's d from F = t^2 of two groups; sign: of the difference, 1 or -1, which F does not tell."""
    stat, n1, n2, signs = columns(f=f, n1i=n1i, n2i=n2i, sign=sign)
    with np.errstate(all="ignore"):
        return d_from_t(np.sqrt(stat) * signed(signs), n1, n2)


def d_from_p(p: Column, n1i: Column, n2i: Column, sign: Column) -> Array:
    """Cohen's d from the exact two-sided p of Student's test; sign: of the difference, 1 or -1.

    nan where p is not above 0 and at most 1.
    """
    ps, n1, n2, signs = columns(p=p, n1i=n1i, n2i=n2i, sign=sign)
    with np.errstate(all="ignore"):
        t = statistic_from_p(np.where((ps > 0) & (ps <= 1), ps, np.nan), n1 + n2 - 2.0)
        return d_from_t(np.abs(t) * signed(signs), n1, n2)


def phi_from_chi2(chi2: Column, ni: Column, sign: Column) -> EffectSizes:
    """PHI: sign sqrt(chi2 / ni), Pearson's statistic of a 2x2 table without continuity correction.

    Variance (1 - phi^2)^2 / (ni - 1), that of a correlation (Borenstein 2009); with the four cells use PHI.
    """
    stat, n, signs = columns(chi2=chi2, ni=ni, sign=sign)
    with np.errstate(all="ignore"):
        phi = signed(signs) * np.sqrt(stat / n)
        undefined = [
            not_given(stat, n, signed(signs)),
            (stat < 0, "chi2 is below zero"),
            too_few(n, 2),
            (stat >= n, "chi2 of a 2x2 table reaches the sample size"),
        ]
        return effects("PHI", phi, (1.0 - phi * phi) ** 2 / (n - 1.0), undefined)


def log_odds_ratio_from_chi2(
    chi2: Column, n1i: Column, n2i: Column, events: Column, sign: Column
) -> EffectSizes:
    """OR: of the 2x2 table that has these margins and this chi2 (Pearson's, without continuity correction).

    n1i, n2i: sizes of the groups. events: in both. sign: 1 where group 1 has the higher risk, else -1. Exact:
    the margins and chi2 fix the table,
    ai = events n1i / n + sign sqrt(chi2 n1i n2i events (n - events) / n^3).
    Variance: the sum of the reciprocal cells. Undefined where a cell would not be above zero.
    """
    stat, n1, n2, m, signs = columns(chi2=chi2, n1i=n1i, n2i=n2i, events=events, sign=sign)
    with np.errstate(all="ignore"):
        n = n1 + n2
        excess = signed(signs) * np.sqrt(stat * n1 * n2 * m * (n - m) / n**3)
        a, c = m * n1 / n + excess, m * n2 / n - excess
        cells = np.stack([a, n1 - a, c, n2 - c])
        vi = (1.0 / cells).sum(axis=0)
        undefined = [
            not_given(stat, n1, n2, m, signed(signs)),
            (stat < 0, "chi2 is below zero"),
            (
                np.asarray((cells <= 0).any(axis=0)),
                "no 2x2 table without a zero has these margins and this chi2",
            ),
        ]
        return effects("OR", np.log((a / cells[1]) * (cells[3] / c)), vi, undefined, scale=LOG)


def signed(sign: Array) -> Array:
    """1 or -1, nan for anything else: a size without a direction is no effect."""
    return np.where(np.abs(sign) == 1, sign, np.nan)


def _to_r(d: Array, vi: Array, a: Array, undefined: list[Reason]) -> EffectSizes:
    return effects("COR", d / np.sqrt(d * d + a), a * a * vi / (d * d + a) ** 3, undefined)


def _from_r(r: Array, vi: Array, a: Array, undefined: list[Reason]) -> EffectSizes:
    rest = (1.0 - r) * (1.0 + r)
    inside = not_inside(r, -1, 1, "the correlation")
    return effects("SMD", np.sqrt(a / rest) * r, a * vi / rest**3, [*undefined, inside])


def _unsound(yi: Array, vi: Array) -> list[Reason]:
    return [not_given(yi, vi), not_positive(vi, "the variance")]


def _sizes(n1: Array, n2: Array) -> list[Reason]:
    return [not_given(n1, n2), too_few(n1, 1, "group 1"), too_few(n2, 1, "group 2"), too_few(n1 + n2, 3)]


# Odds ratios and risk ratios, one from the other, at a stated risk in the unexposed.


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


# Log hazard ratios from the log-rank test, as papers report it. Parmar et al. 1998; Tierney et al. 2007.


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


# What a pooled effect means for patients: numbers needed to treat, and reductions of risk.


@dataclass(frozen=True)
class NumberNeeded:
    """Patients to treat for one more (or one fewer) with the event, from a risk difference.

    rd, low, high: the risk difference of treatment minus control and its interval. The number is 1 / |rd|,
    infinite at rd = 0. Its interval is that of 1 / rd, which is one range only when `low` and `high` have
    one sign; otherwise it is two ranges, both without end, that meet at infinity (Altman 1998): reading
    1 / low to 1 / high as one range leaves out rd itself.
    Raises ValueError unless -1 <= low <= rd <= high <= 1.
    """

    rd: float
    low: float
    high: float
    harmful: bool = True
    """Whether the event is one to be avoided, as in most trials."""

    def __post_init__(self) -> None:
        if not -1 <= self.low <= self.rd <= self.high <= 1:
            raise ValueError(
                f"risk difference {self.rd:g} with interval {self.low:g} to {self.high:g}; expected "
                "-1 <= low <= rd <= high <= 1 (proportions, not percentages)"
            )

    @property
    def number(self) -> float:
        """1 / |rd|."""
        return _reciprocal(self.rd)

    @property
    def disjoint(self) -> bool:
        """Whether the interval consists of two ranges, because that of rd has zero inside."""
        return self.low < 0 < self.high

    @property
    def benefit(self) -> tuple[float, float] | None:
        """Range of numbers needed to treat for one to benefit, None when the interval excludes benefit."""
        return _range(-self.high, -self.low) if self.harmful else _range(self.low, self.high)

    @property
    def harm(self) -> tuple[float, float] | None:
        """Range of numbers needed to treat for one to be harmed, None when the interval excludes harm."""
        return _range(self.low, self.high) if self.harmful else _range(-self.high, -self.low)

    def __str__(self) -> str:
        """As Altman 1998 writes it: 'NNTB 10 (NNTH 20 to ∞ to NNTB 4)'."""
        benefit, harm = self.benefit, self.harm
        ends = [("NNTB", n) for n in reversed(benefit or ())] + [("NNTH", n) for n in (harm or ())]
        if benefit and harm:
            limits = f"NNTH {_text(harm[0])} to ∞ to NNTB {_text(benefit[0])}"
        else:
            limits = " to ".join(f"{name} {_text(n)}" for name, n in sorted(ends, key=lambda end: end[1]))
        if self.low == self.high == 0:
            return "NNT ∞"
        if self.rd == 0:
            return f"NNT ∞ ({limits})"
        return f"{'NNTB' if (self.rd < 0) == self.harmful else 'NNTH'} {_text(self.number)} ({limits})"


def _reciprocal(difference: float) -> float:
    return 1.0 / abs(difference) if difference else math.inf


def _range(low: float, high: float) -> tuple[float, float] | None:
    """Smallest and largest 1 / x for x > 0 in low to high."""
    return (1.0 / high, _reciprocal(max(low, 0.0))) if high > 0 else None


def _text(number: float) -> str:
    return "∞" if math.isinf(number) else f"{number:.4g}"


def relative_reduction(log_ratio: npt.ArrayLike) -> Array:
    """1 - exp(log ratio): relative risk reduction, or the efficacy of a vaccine (VE = 1 - RR).

    Decreasing: the lower limit of the ratio gives the upper limit of the reduction.
    """
    return np.asarray(-np.expm1(np.asarray(log_ratio, dtype=float)))


# Regression slopes carried to other units of the exposure.


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
