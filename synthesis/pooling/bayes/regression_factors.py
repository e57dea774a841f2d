"""Bayes factors of a meta-regression: against no heterogeneity, and against coefficients that are zero."""

from __future__ import annotations

import math

import numpy as np

from synthesis.pooling.bayes.bayesian_regression import (
    RegressionPosterior,
    regression_posterior,
)
from synthesis.pooling.bayes.mean_priors import FlatMean, KnownMean
from synthesis.pooling.bayes.posterior import posterior
from synthesis.pooling.kernel.effects import Effects

_LARGEST_LOG = 709.0


def no_heterogeneity_factor(found: RegressionPosterior) -> float:
    """Bayes factor of tau = 0 against the model fitted; priors of coefficients may be flat, being the same.

    Raises ValueError where the prior of tau is improper.
    """
    _refuse_improper(found)
    return _factor(found.log_at_zero - found.log_integrated)


def zero_coefficient_factor(found: RegressionPosterior, effects: Effects, number: int) -> float:
    """Bayes factor of the model whose coefficient of column `number`, from 0, is zero against that fitted.

    effects: those of `found`. Raises ValueError where the prior of that coefficient or of tau is improper;
    those of the others may be flat, being the same in both models.
    """
    if isinstance(found.priors[number], FlatMean):
        raise ValueError(
            "a flat prior of a coefficient is improper: its height is arbitrary, and so would be the "
            "evidence that it is zero; expected a normal prior"
        )
    _refuse_improper(found)
    kept = [j for j in range(found.design.shape[1]) if j != number]
    if not kept:
        without = posterior(effects, found.tau_prior, KnownMean(0.0)).log_integrated.item()
    else:
        others = [found.priors[j] for j in kept]
        without = regression_posterior(effects, found.design[:, kept], found.tau_prior, others).log_integrated
    return _factor(without - found.log_integrated)


def _factor(log_ratio: float) -> float:
    """A Bayes factor from its logarithm; infinite beyond double precision."""
    return math.inf if log_ratio > _LARGEST_LOG else float(np.exp(log_ratio))


def _refuse_improper(found: RegressionPosterior) -> None:
    if not found.tau_prior.proper:
        raise ValueError(
            f"the {found.tau_prior.label} prior of tau is improper: its height is arbitrary, and so would be "
            "a Bayes factor; expected a proper prior, such as half-normal"
        )
