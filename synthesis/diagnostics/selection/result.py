"""What a selection model found."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

from synthesis.diagnostics.selection.weights import Alternative, WeightFunction
from synthesis.pooling.kernel.effects import Array

SAYS = (
    "A sensitivity analysis: it asks what the result would be if studies were seen in proportion to this "
    "function of their p-values. The data say little about the function itself unless there are many "
    "studies, and other causes of small-study effects look the same."
)


@dataclass(frozen=True)
class RatioTest:
    """A likelihood ratio test. p_value: of chi-squared on df degrees of freedom, nan where that is zero."""

    statistic: float
    df: int
    p_value: float


def ratio_test(larger: float, smaller: float, df: int) -> RatioTest:
    """The test of two log-likelihoods of nested models; a statistic below zero is rounding."""
    statistic = max(0.0, 2.0 * (larger - smaller))
    return RatioTest(statistic, df, float(special.chdtrc(df, statistic)) if df else float("nan"))


@dataclass(frozen=True, eq=False)
class Selected:
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

    model: str
    alternative: Alternative
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
        z = -special.ndtri(half * np.asarray(p, dtype=float))
        return np.asarray(np.exp(self.function.log_weight(z, self.parameters).value))
