"""What a selection model found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import special

from synthesis.diagnostics.selection_models.weights import Steps, WeightFunction, interval_of
from synthesis.pooling.as_data import AsData
from synthesis.pooling.kernel.effects import Array, Rows

SAYS = (
    "A sensitivity analysis: it asks what the result would be if studies were seen in proportion to this "
    "function of their p-values. The data say little about the function itself unless there are many "
    "studies, and other causes of small-study effects look the same. Its model is its own, by maximum "
    "likelihood; of the pooled result it takes the level, and tau2 = 0 where effects are equal."
)


@dataclass(frozen=True)
class RatioTest(AsData):
    """A likelihood ratio test. p_value: of chi-squared on df degrees of freedom, nan where that is zero."""

    statistic: float
    df: int
    p_value: float


def ratio_test(larger: float, smaller: float, df: int) -> RatioTest:
    """The test of two log-likelihoods of nested models; a statistic below zero is rounding."""
    statistic = max(0.0, 2.0 * (larger - smaller))
    return RatioTest(statistic, df, float(special.chdtrc(df, statistic)) if df else float("nan"))


@dataclass(frozen=True, eq=False)
class Selected(AsData):
    """The maximum of a selection model's likelihood.

    estimate: mean effect before selection, with se, two-sided p_value and interval from the observed
    information. tau2: before selection. delta, se_delta: of the weight function, (m,); of a step function the
    weights of the second and further intervals, relative to the first. Parameters at an end of their range
    count as fixed there, with se nan; where the likelihood rises without end as the mean or tau2 runs away,
    estimate, tau2 and delta are nan. loglik, loglik_unselected: with normalising constants, of this model and
    without selection. selection: test of no selection; cautious where delta is at the end of its range under
    the null (all but step functions and the beta function). heterogeneity: test of tau2 = 0, cautious for the
    same reason; None where tau2 is fixed. counts: studies in each interval of a step function, else empty.
    gradient: largest slope of the log-likelihood that is left at the maximum, in the units of the search,
    effects in typical standard errors. starts: searches that were run. warnings: what is undefined or on an
    edge, and why.
    """

    _HIDDEN = ("function",)

    model: str
    alternative: str
    steps: tuple[float, ...]
    k: int
    level: float
    estimate: float
    se: float
    p_value: float
    ci_low: float
    ci_high: float
    tau2: float
    se_tau2: float
    delta: Array
    se_delta: Array
    loglik: float
    loglik_unselected: float
    selection: RatioTest
    heterogeneity: RatioTest | None
    counts: tuple[int, ...]
    gradient: float
    starts: int
    warnings: tuple[str, ...]
    function: WeightFunction
    parameters: Array
    says: str = SAYS

    def weight(self, p: Array) -> Array:
        """The weight at p-values between 0 and 1, as the function is written: not scaled to any height."""
        half = 0.5 if self.alternative == "two-sided" else 1.0
        z = -special.ndtri(half * np.asarray(p))
        return np.asarray(np.exp(self.function.log_weight(z, self.parameters).value))


def beyond_the_data(yi: Array, estimate: float) -> tuple[str, ...]:
    """A caution where the mean before selection lies outside all effects, which a true maximum may."""
    low, high = float(yi.min()), float(yi.max())
    if not (estimate < low or estimate > high):
        return ()
    return (
        f"The mean before selection, {estimate:.3g}, lies beyond every effect observed ({low:.3g} to "
        f"{high:.3g}): it is the maximum of the likelihood, but an extrapolation that rests on the model "
        "alone.",
    )


# The intervals of a step function: which have studies, and so a weight that can be estimated.


@dataclass(frozen=True)
class Intervals:
    """The step function that can be estimated from given studies, and what cannot, in words.

    counts: studies in each interval.
    """

    function: Steps
    counts: tuple[int, ...]
    warnings: tuple[str, ...]

    def delta(self, weights: Array, se: Array) -> tuple[Array, Array]:
        """Weights relative to the first interval, and their standard errors, for all intervals but the first.

        An interval without studies has the weight zero, which maximises the likelihood. Where that is the
        first one, the others are infinitely more likely, and nan stands for zero over zero.
        """
        filled = np.array(self.counts) > 0
        if not filled[0]:
            return np.where(filled, np.inf, np.nan)[1:], np.full(filled.size - 1, np.nan)
        delta, errors = np.zeros(filled.size), np.full(filled.size, np.nan)
        delta[list(self.function.free)], errors[list(self.function.free)] = weights, se
        return delta[1:], errors[1:]


def checked_steps(steps: Sequence[float]) -> tuple[float, ...]:
    """Ascending steps that end in 1. Raises ValueError for steps outside (0, 1], or twice the same."""
    try:
        found = tuple(sorted(float(step) for step in steps))
    except (TypeError, ValueError) as error:
        raise ValueError(f"steps is {steps!r}; expected a list of p-values, e.g. [0.025]") from error
    if not found or found[0] <= 0.0 or found[-1] > 1.0 or len(set(found)) < len(found) or found == (1.0,):
        raise ValueError(
            f"steps are {list(steps)}; expected different p-values between 0 and 1, e.g. [0.025]"
        )
    return found if found[-1] == 1.0 else (*found, 1.0)


def intervals(z: Array, steps: tuple[float, ...], two_sided: bool) -> Intervals:
    """The step function for studies at z, (k,), with the first interval that has a study as its reference."""
    counts = np.bincount(interval_of(z, steps, two_sided), minlength=len(steps))
    filled = np.flatnonzero(counts).tolist()
    return Intervals(
        Steps(steps, tuple(filled[1:]), filled[0], two_sided),
        tuple(counts.tolist()),
        _warnings(steps, counts),
    )


def _warnings(steps: tuple[float, ...], counts: Rows) -> tuple[str, ...]:
    starts = (0.0, *steps[:-1])
    empty = [f"{starts[i]:g} to {steps[i]:g}" for i, n in enumerate(counts) if not n]
    if not empty:
        return ()
    words = (
        f"No study has a p-value of {' or '.join(empty)}: the weight there is not estimable. The likelihood "
        "is highest where it is zero, which is what the other estimates assume."
    )
    if counts[0]:
        return (words,)
    return (words, "The first interval has no study, so that weights relative to it are infinite.")
