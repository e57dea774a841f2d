"""A likelihood with several hills: the fit stands on the highest, wherever a search begins."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize

from synthesis import pool_dependent
from synthesis.pooling.kernel.effects import Array

STUDY, SITE = np.array(list("AAABBBCCD")), np.array(list("xyzxyzxyz"))


def drawn(seed: int) -> tuple[Array, Array]:
    rng = np.random.default_rng(seed)
    return rng.normal(0, 1, 9).round(2), (10 ** rng.uniform(-2, 0.5, 9)).round(3)


def minus_restricted(parameters: Array, yi: Array, vi: Array) -> float:
    """By its definition, of the logarithms of three standard deviations and a correlation above -1/2."""
    places = np.searchsorted(["x", "y", "z"], SITE)
    sd = np.exp(np.clip(parameters[:3], -30, 30))[places]
    rho = -0.5 + 1.5 / (1 + math.exp(-np.clip(parameters[3], -30, 30)))
    same = np.where(places[:, None] == places, 1.0, rho) * (STUDY[:, None] == STUDY)
    v = np.diag(vi) + sd[:, None] * sd * same
    w = np.linalg.inv(v)
    residual = yi - (w @ yi).sum() / w.sum()
    logdet = np.linalg.slogdet(v)[1] + math.log(w.sum()) - math.log(9)
    return float(0.5 * (8 * math.log(2 * math.pi) + logdet + residual @ w @ residual))


@pytest.mark.parametrize("seed", [43, 170])
def test_the_fit_of_variances_by_site_is_the_highest_of_a_likelihood_s_hills(seed: int) -> None:
    """From the usual starts the second highest would be found: it lies one unit of log-likelihood lower."""
    yi, vi = drawn(seed)
    data = pd.DataFrame({"yi": yi, "vi": vi, "study": STUDY, "site": SITE})
    found = pool_dependent(
        "yi", "vi", cluster="study", data=data, model="~ site | study", structure="HCS", test="z"
    )
    rng = np.random.default_rng(1)
    tops = []
    for _ in range(8):
        start = np.array([*rng.uniform(-2, 1, 3), rng.uniform(-3, 5)])
        climbed = minimize(minus_restricted, start, args=(yi, vi), method="Nelder-Mead", tol=1e-6)
        tops.append(-climbed.fun)
    assert found.loglik_reml == pytest.approx(max(tops), abs=1e-4)
    assert max(tops) - min(tops) > 0.5
