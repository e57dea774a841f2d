"""`bayes`: from effects and priors to the posterior."""

from __future__ import annotations

from typing import Any, Literal, TypedDict, Unpack, overload

from synthesis.pooling.bayes.effect_distributions import EffectDistribution, NormalEffects
from synthesis.pooling.bayes.mean_priors import FlatMean, MeanPrior
from synthesis.pooling.bayes.tau_priors import TauPrior
from synthesis.pooling.inputs import Missing, as_level
from synthesis.posterior.bayesian import Bayesian
from synthesis.posterior.moderated import BayesianRegression
from synthesis.posterior.moderated_api import bayes_with_moderators
from synthesis.posterior.posterior_of_mean import bayes_of_mean
from synthesis.posterior.prior_words import effects_of
from synthesis.posterior.robust_api import bayes_of_robust
from synthesis.posterior.robust_result import RobustBayesian

Interval = Literal["central", "shortest"]


class BayesOptions(TypedDict, total=False):
    """What `bayes` takes by name, beside mods."""

    sei: Any
    data: Any
    slab: Any
    tau_prior: TauPrior | str | None
    mu_prior: MeanPrior | str
    smallest_effect: float | None
    ni: Any
    null: float
    level: float
    interval: Interval
    missing: Missing
    intercept: bool
    coefficient_prior: Any


@overload
def bayes(
    yi: Any,
    vi: Any = ...,
    *,
    mods: None = ...,
    effects: Literal["normal"] = ...,
    **options: Unpack[BayesOptions],
) -> Bayesian: ...
@overload
def bayes(
    yi: Any,
    vi: Any = ...,
    *,
    mods: None = ...,
    effects: str | EffectDistribution,
    **options: Unpack[BayesOptions],
) -> Bayesian | RobustBayesian: ...
@overload
def bayes(
    yi: Any, vi: Any = ..., *, mods: object, effects: str = ..., **options: Unpack[BayesOptions]
) -> BayesianRegression: ...
def bayes(
    yi: Any,
    vi: Any = None,
    *,
    sei: Any = None,
    data: Any = None,
    slab: Any = None,
    tau_prior: TauPrior | str | None = None,
    mu_prior: MeanPrior | str = "flat",
    smallest_effect: float | None = None,
    ni: Any = None,
    null: float = 0.0,
    level: float = 0.95,
    interval: Interval = "central",
    missing: Missing = "refuse",
    mods: Any = None,
    intercept: bool = True,
    coefficient_prior: Any = None,
    effects: EffectDistribution | str = "normal",
) -> Bayesian | BayesianRegression | RobustBayesian:
    """The exact posterior of a random-effects meta-analysis of k studies, one among them, or with `mods` of a
    meta-regression.

    yi with either vi (sampling variances) or sei (standard errors), each k numbers, or names of columns of
    `data`; or yi alone, what `escalc` returned. slab: k study labels. Series are matched by their index.
    tau_prior: a prior of tau, or its words: "half-normal(0.5)", "half-Cauchy(0.5)", "half-t(4, 0.5)",
    "exponential(0.5)", "uniform(4)", "improper uniform", "inverse-gamma(1, 0.1)" and "log-normal(-2, 1.5)"
    and "log-t(-3, 2.5)" of tau^2, "inverse-gamma on tau(2, 0.1)", "DuMouchel", "uniform shrinkage",
    "Jeffreys", "Turner(outcome, comparison)", "Rhodes(outcome, comparison, area)"; a density of your own by
    synthesis.pooling.bayes.own_prior. When None: half-normal with the scale of `smallest_effect`, the
    smallest effect of interest in the units of yi; or for log odds ratios and standardised mean differences
    of `escalc` the conventional one; or an eighth of the unit information standard deviation where `ni`, the
    numbers of persons, are given; or DuMouchel's, whose scale is that of the standard errors.
    mu_prior: "flat", "normal(mean, sd)" or "t(df, mean, scale)", or such a prior. null: the value of no
    effect, on the scale of yi. level: a fraction, or a percentage. interval: "central" or "shortest".
    missing: whether a study without yi or variance is refused or left out.
    mods, intercept: moderators, as in `metareg`. With them coefficient_prior stands in place of mu_prior:
    "normal(mean, sd)" of every coefficient, or a dictionary of priors by column or term, such as
    {"ablat": "normal(0, 0.05)"}; where none is given it is flat. null is then of predictions.
    effects: "normal"; "t(df)", effects with the tails of a t distribution; or "mixture(probability, factor)",
    effects that come with that probability from a distribution that is so many times as wide, and may be
    outlying. With moderators they are normal.

    By Gauss-Legendre quadrature over log tau, everything else in closed form (Roever 2020): exact to some
    1e-11. Raises ValueError, with the study and what was expected, for input that cannot be pooled, for a
    prior that is none, and where the posterior would be improper.
    """
    distribution = effects_of(effects)
    if mods is not None:
        if not isinstance(distribution, NormalEffects):
            raise ValueError(
                f"effects='{distribution.label}' is of one mean effect, and mods make it depend on "
                "moderators; expected normal effects, or no mods"
            )
        if not (isinstance(mu_prior, FlatMean) or mu_prior == "flat"):
            raise ValueError(
                "mu_prior is of one mean effect, and mods make it depend on moderators; expected "
                "coefficient_prior in its place"
            )
        return bayes_with_moderators(
            yi,
            vi,
            sei,
            mods,
            data,
            slab,
            tau_prior,
            coefficient_prior,
            smallest_effect,
            ni,
            null,
            as_level(level),
            interval,
            intercept,
            missing,
        )
    if coefficient_prior is not None:
        raise ValueError("coefficient_prior is of moderators, and there are none; expected mods beside it")
    if not isinstance(distribution, NormalEffects):
        return bayes_of_robust(
            yi,
            vi,
            sei,
            data,
            slab,
            tau_prior,
            mu_prior,
            smallest_effect,
            ni,
            null,
            level,
            interval,
            missing,
            distribution,
        )
    return bayes_of_mean(
        yi,
        vi,
        sei=sei,
        data=data,
        slab=slab,
        tau_prior=tau_prior,
        mu_prior=mu_prior,
        smallest_effect=smallest_effect,
        ni=ni,
        null=null,
        level=level,
        interval=interval,
        missing=missing,
    )
