"""A second opinion on weighted least squares: statsmodels shares no code with R's survey."""

from __future__ import annotations

import numpy as np
import statsmodels.api as sm
from numpy.testing import assert_allclose

from studies.survey import SurveyDesign, linear, ordinary


def test_weighted_least_squares_and_its_robust_variance_agree_with_statsmodels() -> None:
    rng = np.random.default_rng(11)
    n, compared = 300, 0
    for weights in (np.ones(n), rng.uniform(0.2, 9.0, n)):
        x = np.column_stack([np.ones(n), rng.normal(size=n), rng.uniform(10, 17, n)])
        y = x @ np.array([0.4, -0.01, 0.003]) + rng.normal(scale=0.1, size=n)
        theirs = sm.WLS(y, x, weights=weights)
        plain, robust = theirs.fit(), theirs.fit(cov_type="HC0")
        ours = ordinary(y, x, weights)
        assert_allclose(ours.coef, plain.params, rtol=1e-10)
        assert_allclose(ours.se, plain.bse, rtol=1e-10)
        # one stratum, each person a PSU: the sandwich, with the PSUs' n / (n - 1)
        designed = linear(SurveyDesign(weights), y, x)
        assert_allclose(designed.coef, robust.params, rtol=1e-10)
        assert_allclose(designed.se, robust.bse * np.sqrt(n / (n - 1)), rtol=1e-10)
        compared += 12
    assert compared == 24
