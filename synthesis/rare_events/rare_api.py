"""`pool_rare`: from counts to a pooled effect under a model of the counts, without corrections."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.special import chdtrc

from evidence.choices import as_number, as_truth, named
from evidence.wording import enumerate_words
from synthesis.plots.given import Given
from synthesis.pooling.api import LEVEL
from synthesis.pooling.inputs import Missing, as_level
from synthesis.pooling.kernel.climbing import Point
from synthesis.pooling.kernel.effects import Mask
from synthesis.pooling.mean.inference import normal_quantile, quantile_t, two_sided_p
from synthesis.pooling.rare.count_models import CountModel
from synthesis.pooling.rare.sparse_fit import (
    MOST_SPREAD,
    SparseFit,
    SparseLikelihood,
    maximise_counts,
    profile_end,
)
from synthesis.rare_events.given_counts import GivenCounts
from synthesis.rare_events.rare_result import RarePooled
from synthesis.rare_events.rare_summary import RARE_MEASURES
from synthesis.rare_events.rare_words import rare_notes, rare_sentence

MODELS: dict[str, tuple[str, ...]] = {
    "OR": ("CM.EL", "CM.AL", "UM.FS", "UM.RS", "BB"),
    "RR": ("BB",),
    "RD": ("BB",),
    "IRR": ("CM.EL", "UM.FS", "UM.RS"),
    "PLO": ("normal", "BB"),
    "IRLN": ("normal",),
}
TESTS = ("LRT", "z", "t")
CODINGS = (0.5, 1.0, 0.0)
_ROUNDING = 1e-9  # of twice a log-likelihood
_EDGE = 1e-4  # slope of a log-likelihood that no smooth maximum leaves


def pool_rare(
    measure: str = "OR",
    *,
    model: str | None = None,
    random: bool = True,
    data: Any = None,
    slab: Any = None,
    coding: float = 0.5,
    correlated: bool = False,
    test: str = "LRT",
    level: float = LEVEL,
    missing: Missing = "refuse",
    **columns: Any,
) -> RarePooled:
    """Pool counts by a model of the counts themselves: nothing is added to zeros, no study needs an effect.

    measure: "OR", "RR" or "RD" from ai, bi, ci, di (or ai, n1i, ci, n2i), "IRR" from x1i, t1i, x2i, t2i,
    "PLO" (logit of a proportion) from xi, ni, "IRLN" (log rate) from xi, ti; each k counts, or a column of
    `data`. model: "CM.EL" (exact, conditional on the events of both groups), "CM.AL" (its approximation for
    rare events), "UM.FS" (a coefficient for each study's level), "UM.RS" (a random effect for it), "BB"
    (beta-binomial), "normal" for a single group. When None the first that the measure has: CM.EL, BB or
    normal. random: whether the effect varies between studies; False is one common effect. coding: share of
    its random effect in group 1, of UM.FS and UM.RS. correlated: whether level and effect (UM.RS), or the two
    probabilities (BB), are correlated within a study.
    test: "LRT" (likelihood ratio and profile interval), "z" or "t" on studies less one (Wald). level: a
    fraction, or a percentage.

    Likelihoods are integrated to rounding. The maximum is proven: no likelihood is above it by more than a
    thousandth (`margin`); that of UM.RS, and of BB with correlation, is looked for from a grid. Raises
    ValueError, with the study or column, for what cannot be pooled, and where the likelihood has no maximum.
    """
    measure = named(measure, RARE_MEASURES, "measure")
    word = MODELS[measure][0] if model is None else _model(model, measure)
    level, test = as_level(level), named(test, TESTS, "test")
    random, correlated = as_truth(random, "random"), as_truth(correlated, "correlated")
    coding = _coding(coding, word)
    if correlated and (word not in ("UM.RS", "BB") or measure == "PLO"):
        raise ValueError(f"model {word} has nothing to correlate; expected UM.RS or BB of two groups")
    counts = GivenCounts.of(measure, columns, data, slab, named(missing, ("refuse", "drop"), "missing"))
    counts.refuse_one_sided()
    made = counts.model(word, coding, correlated)
    random = random and int(made.informative.sum()) > 1  # one study has nothing to vary from
    if not made.informative.any():
        raise ValueError(
            "no study says anything of the effect: all have events in both groups alike, or none"
        )
    fits = _Fits.of(made, random)
    _refuse_endless(fits.best.top, made, single=counts.events.shape[1] == 1)
    if word == "BB" and correlated:
        _refuse_edge(fits)
    result = _result(counts, made, fits, word=word, random=random, test=test, level=level)
    object.__setattr__(result, "method_sentence", rare_sentence(result, coding, correlated))
    object.__setattr__(result, "notes", rare_notes(result, counts.dropped))
    object.__setattr__(result, "_counts", counts)
    object.__setattr__(result, "_given", Given(data))
    return result


def _model(given: str, measure: str) -> str:
    known = dict.fromkeys(word for words in MODELS.values() for word in words)
    word = named(given, known, "model")
    if word not in MODELS[measure]:
        raise ValueError(
            f"model {word} is not for {measure}; expected {enumerate_words(MODELS[measure], 'or')}"
        )
    return word


def _coding(given: Any, word: str) -> float:
    coding = as_number(given, "coding")
    if coding not in CODINGS:
        raise ValueError(f"coding is {coding:g}; expected 0.5, 1 or 0")
    if coding != CODINGS[0] and not word.startswith("UM"):
        raise ValueError(f"coding belongs to UM.FS and UM.RS; model {word} has no use for it")
    return coding


@dataclass(frozen=True, eq=False)
class _Fits:
    """The fit asked for, and the one without heterogeneity of the effect."""

    best: SparseFit
    common: SparseFit
    made: CountModel
    random: bool

    @classmethod
    def of(cls, made: CountModel, random: bool) -> _Fits:
        """Both fits."""
        held = np.zeros(made.start.size, dtype=bool)
        if made.without is None:
            best = maximise_counts(made.likelihood, made.start, random, held)
            return cls(best, replace(best, top=best.without), made, random)
        common = maximise_counts(made.without, made.start, True, held)
        best = maximise_counts(made.likelihood, made.start, True, held) if random else common
        return cls(best, common, made, random)

    @property
    def likelihood(self) -> SparseLikelihood:
        return self.made.likelihood if self.random or self.made.without is None else self.made.without

    @property
    def held(self) -> Mask:
        """Of all parameters of that likelihood, those that stay where they are."""
        m, p = self.best.top.at.size, self.likelihood.p
        varies = self.random or self.made.without is not None
        return (np.arange(m) >= p) & (not varies)

    def at_no_effect(self) -> Point:
        """The highest point with an effect of zero."""
        start = self.made.start.copy()
        start[0] = 0.0
        first = np.arange(start.size) == 0
        varies = self.random or self.made.without is not None
        return maximise_counts(self.likelihood, start, varies, first).top

    @property
    def slope(self) -> float:
        """The largest slope left at the top."""
        return float(np.abs(self.best.top.gradient[~self.held]).max())

    @property
    def tau(self) -> int:
        """Which parameter is the standard deviation of the effect, or the root of phi."""
        return self.likelihood.p + self.made.spread


def _refuse_endless(top: Point, made: CountModel, single: bool) -> None:
    """Raise ValueError where the likelihood rises without end; single: one group, whose rate has a unit."""
    spread = float(np.abs(top.at[made.likelihood.p :]).max())
    if spread >= MOST_SPREAD or (not single and abs(float(top.at[0])) > MOST_SPREAD):
        raise ValueError(
            "the likelihood rises without end: the studies' effects, or their levels, are infinite in both "
            "directions; expected random=False, or studies with events in both groups"
        )


def _refuse_edge(fits: _Fits) -> None:
    """Raise ValueError where the top is at a kink, of the largest dependence that densities allow."""
    if fits.slope > _EDGE:
        raise ValueError(
            "the likelihood is highest at an edge of the dependence that two probabilities can have, where "
            "no standard error is known; expected correlated=False"
        )


def _result(
    counts: GivenCounts, made: CountModel, fits: _Fits, *, word: str, random: bool, test: str, level: float
) -> RarePooled:
    top, se = fits.best.top, math.sqrt(float(fits.best.covariance[0, 0]))
    estimate, k = float(top.at[0]), int(made.informative.sum())
    single = counts.events.shape[1] == 1
    df = float(k - 1) if test == "t" else math.inf
    statistic, p = _tested(fits, estimate, se, test, df, single)
    quantile = float(quantile_t(np.array([df]), level)[0])
    low, high = estimate - quantile * se, estimate + quantile * se
    drop = 0.5 * normal_quantile(level) ** 2
    if test == "LRT":
        low, high = (profile_end(fits.likelihood, top, fits.held, 0, up, drop, se) for up in (False, True))
    spread = _spread(fits, random, drop)
    wide = quantile * math.sqrt(se**2 + spread.tau2) if random and word != "BB" else math.nan
    told = k > 1 and not math.isnan(made.saturated)
    q = max(0.0, 2.0 * (made.saturated - fits.common.top.value)) if told else math.nan
    lost = 2.0 * (top.value - fits.common.top.value) if random else math.nan
    lost = 0.0 if lost < _ROUNDING else lost
    return RarePooled(
        labels=counts.labels,
        silent=tuple(counts.labels[i] for i in np.flatnonzero(~made.informative)),
        measure=counts.measure,
        model=word,
        random=random,
        k=k,
        double_zeros=int((counts.events == 0).all(axis=1).sum()),
        estimate=estimate,
        se=se,
        statistic=statistic,
        p_value=p,
        df=df,
        ci_low=low,
        ci_high=high,
        tau2=spread.tau2,
        tau2_low=spread.low,
        tau2_high=spread.high,
        heterogeneity=lost,
        heterogeneity_p=_boundary_p(lost),
        Q=q,
        Q_df=k - 1,
        Q_p=float(chdtrc(k - 1, q)),
        sigma2=_levels(fits) if word == "UM.RS" else math.nan,
        correlation=_correlation(fits, word),
        rho=spread.tau2 / (1.0 + spread.tau2) if word == "BB" else math.nan,
        prediction_low=estimate - wide,
        prediction_high=estimate + wide,
        loglik=top.value,
        loglik_common=fits.common.top.value,
        gradient=fits.slope,
        margin=fits.best.margin,
        test=test,
        level=level,
    )


def _tested(
    fits: _Fits, estimate: float, se: float, test: str, df: float, single: bool
) -> tuple[float, float]:
    """The statistic of no effect and its p; nan for a single group, which has no such value."""
    if single:
        return math.nan, math.nan
    if test == "LRT":
        lost = max(0.0, 2.0 * (fits.best.top.value - fits.at_no_effect().value))
        return math.copysign(math.sqrt(lost), estimate), float(chdtrc(1, lost))
    statistic = estimate / se
    return statistic, float(two_sided_p(np.array(statistic), np.array(df)))


@dataclass(frozen=True)
class _Spread:
    tau2: float
    low: float
    high: float


def _spread(fits: _Fits, random: bool, drop: float) -> _Spread:
    """tau2, or phi, with its profile interval."""
    if not random:
        return _Spread(0.0, math.nan, math.nan)
    at, top = fits.tau, fits.best.top
    effect, _ = fits.likelihood.entries[fits.made.spread]
    row = [n for n, (varying, _) in enumerate(fits.likelihood.entries) if varying == effect]
    tau2 = float(sum(top.at[fits.likelihood.p + n] ** 2 for n in row))
    if len(row) > 1:
        return _Spread(tau2, math.nan, math.nan)
    se = math.sqrt(float(fits.best.covariance_of_spread[fits.made.spread, fits.made.spread]))
    ends = [profile_end(fits.likelihood, top, fits.held, at, up, drop, se) for up in (False, True)]
    return _Spread(tau2, ends[0] ** 2, ends[1] ** 2)


def _boundary_p(lost: float) -> float:
    """Of a variance of zero: half of chi-squared on one degree of freedom (Self & Liang 1987)."""
    if math.isnan(lost):
        return math.nan
    return 1.0 if lost == 0.0 else 0.5 * float(chdtrc(1, lost))


def _levels(fits: _Fits) -> float:
    """Variance of the studies' levels."""
    return float(fits.best.top.at[fits.likelihood.p] ** 2)


def _correlation(fits: _Fits, word: str) -> float:
    """Of level and effect in UM.RS, or the share of the largest dependence that BB allows."""
    at, p = fits.best.top.at, fits.likelihood.p
    if word == "UM.RS" and len(fits.likelihood.entries) == 3:
        size = math.hypot(at[p + 1], at[p + 2])
        return float(at[p + 1] / size) if size > 0.0 else math.nan
    if word == "BB" and p == 3:
        return math.sin(at[2])
    return math.nan
