"""Priors as users write them: 'half-normal(0.5)', 'normal(0, 1)', 'Turner(pain, ...)', 'flat'."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from evidence.records.prior_forms import MEAN_PRIOR_FORMS, TAU_PRIOR_FORMS, PriorForm, PriorNumber, read_prior
from synthesis.pooling.bayes.data_scaled_priors import DuMouchel, Jeffreys, UniformShrinkage
from synthesis.pooling.bayes.effect_distributions import (
    EffectDistribution,
    MixtureEffects,
    NormalEffects,
    TEffects,
)
from synthesis.pooling.bayes.mean_priors import FlatMean, KnownMean, MeanPrior, NormalMean, TMean
from synthesis.pooling.bayes.predictive_priors import rhodes, turner
from synthesis.pooling.bayes.tau_priors import (
    Exponential,
    HalfNormal,
    HalfT,
    ImproperUniform,
    InverseGammaTau,
    InverseGammaTau2,
    LogNormalTau2,
    LogTTau2,
    TauPrior,
    Uniform,
    half_cauchy,
)

_OF_TAU, _OF_MEAN = "half-normal(0.5)", "normal(0, 1)"


def _uniform(*ends: float) -> Uniform:
    if len(ends) == 2 and ends[0] != 0.0:
        raise ValueError(f"a uniform prior of tau begins at {ends[0]:g}; expected 0")
    return Uniform(ends[-1])


TAU_PRIORS: Mapping[str, Callable[..., TauPrior]] = {
    "half-normal": HalfNormal,
    "half-Cauchy": half_cauchy,
    "half-t": HalfT,
    "exponential": Exponential,
    "uniform": _uniform,
    "improper uniform": ImproperUniform,
    "inverse-gamma": InverseGammaTau2,
    "inverse-gamma on tau": InverseGammaTau,
    "log-normal": LogNormalTau2,
    "log-t": LogTTau2,
    "DuMouchel": DuMouchel,
    "uniform shrinkage": UniformShrinkage,
    "Jeffreys": Jeffreys,
    "Turner": turner,
    "Rhodes": rhodes,
}
"""Of tau, by their names in TAU_PRIOR_FORMS; the label of every prior names its numbers too."""

MEAN_PRIORS: Mapping[str, Callable[..., MeanPrior]] = {
    "flat": FlatMean,
    "normal": NormalMean,
    "t": lambda df, mean, scale: TMean(mean, scale, df),
}

EFFECTS: Mapping[str, Callable[..., EffectDistribution]] = {
    "normal": NormalEffects,
    "t": TEffects,
    "mixture": MixtureEffects,
}
"""How studies' own effects are distributed about their mean."""

_EFFECT_FORMS = {
    "normal": PriorForm(),
    "t": PriorForm((PriorNumber("df"),)),
    "mixture": PriorForm((PriorNumber("probability"), PriorNumber("factor"))),
}


def effects_of(given: EffectDistribution | str) -> EffectDistribution:
    """A distribution of effects from its words, or as it is. Raises ValueError for words that name none."""
    if isinstance(given, NormalEffects | TEffects | MixtureEffects):
        return given
    if not isinstance(given, str):
        raise _wrong_type(given, "effects", "t(4)")
    read = read_prior(given, _EFFECT_FORMS, "effects", "t(4)")
    return EFFECTS[read.name](*read.parts)


def tau_prior_of(given: TauPrior | str) -> TauPrior:
    """A prior of tau from its words, or as it is. Raises ValueError for words that name none."""
    if isinstance(given, TauPrior):
        return given
    if not isinstance(given, str):
        raise _wrong_type(given, "tau_prior", _OF_TAU)
    read = read_prior(given, TAU_PRIOR_FORMS, "tau_prior", _OF_TAU)
    return TAU_PRIORS[read.name](*read.parts)


def mean_prior_of(given: MeanPrior | str) -> MeanPrior:
    """A prior of mu from its words, or as it is. Raises ValueError for words that name none."""
    if isinstance(given, FlatMean | NormalMean | TMean):
        return given
    if isinstance(given, KnownMean):
        raise ValueError(
            "mu_prior is a known mean, which leaves nothing to estimate; expected flat, normal or t"
        )
    if not isinstance(given, str):
        raise _wrong_type(given, "mu_prior", _OF_MEAN)
    read = read_prior(given, MEAN_PRIOR_FORMS, "mu_prior", _OF_MEAN)
    return MEAN_PRIORS[read.name](*read.parts)


def _wrong_type(given: object, what: str, example: str) -> ValueError:
    return ValueError(f"{what} is {given!r}; expected a prior, or words such as '{example}'")
