"""The prior of tau where none is named: what its scale follows from, in words."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evidence.wording import number
from synthesis.pooling.bayes.data_scaled_priors import DuMouchel
from synthesis.pooling.bayes.first_panels import SLOWEST
from synthesis.pooling.bayes.mean_priors import FlatMean
from synthesis.pooling.bayes.posterior import posterior
from synthesis.pooling.bayes.tau_priors import HalfNormal, TauPrior
from synthesis.pooling.kernel.effects import Array, Effects

UNIT_SHARE = 0.125
"""Of the unit information standard deviation: half-normal(0.5) for log odds ratios, whose unit information
standard deviation is 4 (sixteen over n is the variance at a risk of one half), is an eighth of it; Roever et
al. 2021 recommend it, and Friede et al. 2017 simulated it for two studies."""

BY_MEASURE = {"OR": 0.5, "PETO": 0.5, "SMD": 0.25}
"""An eighth of the unit information standard deviation: 4 for log odds ratios, 2 for SMD."""

CONVENTION = "Roever et al. 2021"
_HALF_NORMAL = (0.6744897501960817, 1.959963984540054)  # quantiles at 50 and 95 %


@dataclass(frozen=True)
class ChosenPrior:
    """A prior of tau with the sentence that says where its scale comes from."""

    prior: TauPrior
    says: str


def default_prior(
    v: Array, measure: str = "", smallest_effect: float | None = None, n: Array | None = None
) -> ChosenPrior:
    """A half-normal prior whose scale means something for the outcome, or else DuMouchel's.

    v: sampling variances, (k,); n: numbers of persons, (k,). The smallest effect of interest comes first,
    then the convention for the measure, then the unit information: an eighth of the standard deviation that
    one person's data would have, sqrt(sum n / sum 1 / v). Without any of them the scale is that of the
    studies' standard errors, which says nothing about the outcome.
    """
    if smallest_effect is not None:
        return ChosenPrior(
            HalfNormal(smallest_effect),
            f"Its scale is the smallest effect of interest, {number(smallest_effect)}: "
            f"{_spread(smallest_effect)}",
        )
    if measure in BY_MEASURE:
        scale = BY_MEASURE[measure]
        return ChosenPrior(
            HalfNormal(scale),
            f"Its scale is the convention for this measure ({CONVENTION}): {_spread(scale)}",
        )
    if n is not None:
        unit = float(np.sqrt(n.sum() / np.sum(1.0 / v)))
        scale = UNIT_SHARE * unit
        return ChosenPrior(
            HalfNormal(scale),
            f"Its scale is an eighth of the unit information standard deviation, {number(unit)}, as for "
            "log odds "
            f"ratios by convention ({CONVENTION}): {_spread(scale)}",
        )
    s0 = float(np.sqrt(1.0 / np.mean(1.0 / v)))
    return ChosenPrior(
        DuMouchel(),
        f"Its scale is that of the studies' standard errors, {number(s0)}, and no statement about the "
        "outcome; "
        "name the smallest effect of interest, or a prior, to make one.",
    )


def _spread(scale: float) -> str:
    median, high = (scale * z for z in _HALF_NORMAL)
    return (
        f"tau is believed to be below {number(median)} as likely as not, and below {number(high)} with 95% "
        "probability, all in the units of the effects."
    )


def median_of(prior: TauPrior, v: Array) -> float:
    """The median of a proper prior of tau beside variances v, (k,); s0 for one (nearly) improper."""
    s0 = float(np.sqrt(1.0 / np.mean(1.0 / v)))
    heavy = prior.tail - 1.0 < SLOWEST and not prior.logarithmic
    if not prior.proper or heavy:
        return s0
    alone = posterior(Effects(np.zeros(1), np.array([s0 * s0])), prior, FlatMean())
    return float(alone.data.unit[0] * alone.tau.quantile(np.array([0.5]))[0, 0])


def half_normal_scale(prior: TauPrior, v: Array) -> float:
    """The scale of the half-normal prior with the same median."""
    return median_of(prior, v) / _HALF_NORMAL[0]
