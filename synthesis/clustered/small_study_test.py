"""Whether small studies show other effects: Egger's test with a variance that allows for clusters."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from evidence.wording import fixed, number, p_text
from synthesis.clustered.fitted_model import FittedModel, fit_model
from synthesis.clustered.robust_inference import clustered_estimates
from synthesis.pooling.as_data import AsData
from synthesis.pooling.mean.inference import coefficients


@dataclass(frozen=True, repr=False)
class ClusteredEgger(AsData):
    """The slope of effects on their standard errors under the model, and the intercept, its limit.

    slope, se, statistic, df, p_value: of the slope by `test`; limit, limit_low, limit_high: the effect of an
    estimate without sampling error, nan where there are other moderators.
    """

    slope: float
    se: float
    statistic: float
    df: float
    p_value: float
    limit: float
    limit_low: float
    limit_high: float
    test: str
    level: float

    def __str__(self) -> str:
        which = "z" if math.isinf(self.df) else f"t({number(self.df)})"
        shown = f"slope {number(self.slope)}, {which} = {fixed(self.statistic, 3)}"
        return f"Egger-type test, {self.test}: {shown}, {p_text(self.p_value)}"

    __repr__ = __str__


def clustered_egger(fitted: FittedModel, test: str, level: float) -> ClusteredEgger:
    """The model with standard errors as one more moderator (Rodgers & Pustejovsky 2021).

    Raises ValueError where the standard errors do not vary, or clusters are too few for one coefficient more.
    """
    model = fitted.model
    sei = np.sqrt(model.v.diagonal())
    p = model.x.shape[1]
    x = np.column_stack([model.x, sei])
    if np.linalg.matrix_rank(x / np.linalg.norm(x, axis=0)) <= p:
        raise ValueError("the standard errors do not vary beyond the moderators: nothing can depend on them")
    clusters = np.unique(model.cluster).size
    if clusters <= p + 1:
        raise ValueError(
            f"{clusters} clusters do not tell {p + 1} coefficients apart; expected more than {p + 1} clusters"
        )
    made = fit_model(replace(model, x=x))
    estimates = clustered_estimates(made, tuple(str(i) for i in range(p + 1)), test)
    found = coefficients(estimates.beta, np.sqrt(np.diag(estimates.covariance)), estimates.df, level)
    only = p == 1 and bool(np.ptp(model.x) == 0)
    limit, low, high = (float(v[0]) if only else math.nan for v in (found.estimate, found.low, found.high))
    slope, se, statistic, df, p_value = (
        float(v[-1]) for v in (found.estimate, found.se, found.statistic, found.df, found.p_value)
    )
    return ClusteredEgger(slope, se, statistic, df, p_value, limit, low, high, test, level)
