"""Maxima, cluster-robust results and profile intervals against exact ones of seven published data sets.

Beside them, everything metafor and clubSandwich print is computed at the parameters where their optimiser
stopped, so that nothing but the formulas is compared.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from synthesis.pooling.dependent.maximum import maximise_blocks, starting_points
from synthesis.pooling.dependent.profiles import profile_intervals
from synthesis.pooling.dependent.robust import sandwich
from tests.synthesis.pooling.dependent_problems import (
    DATA_SETS,
    fits_of,
    natural_parameters,
    problem,
    reference,
)

TOLERANCE = 1e-8


class Compared:
    """Counts comparisons, each at 1e-8 of the number or of one."""

    def __init__(self) -> None:
        self.count = 0

    def close(self, found: Any, expected: Any, what: str, scale: float = 1.0) -> None:
        expected = np.array(expected, dtype=float)
        assert_allclose(found, expected, rtol=TOLERANCE, atol=TOLERANCE * scale, err_msg=what)
        self.count += expected.size


EXACT = {
    "berkey1998": 112, "corrdat": 92, "hierdat": 92, "kalaian1996": 109, "knapp2017": 53,
    "konstantopoulos2011": 57, "senn2013": 80,
}  # fmt: skip


@pytest.mark.parametrize("name", DATA_SETS)
def test_the_maximum_is_the_exact_one(name: str, shared: Path) -> None:
    record, compared = reference(shared, name), Compared()
    for key, fit in fits_of(record).items():
        if "exact" not in fit:
            continue
        p, exact = problem(name, key, record), fit["exact"]
        found = maximise_blocks(p.data, starting_points(p.data, scattered=True), p.restricted)
        theirs = fit["fit"]["fit_statistics"]["REML" if p.restricted else "ML"]["loglik"]
        assert found.fit.loglik[0] >= theirs - 1e-11, key
        compared.close(natural_parameters(p.data, found.theta), exact["estimate"], key)
        compared.close(found.fit.loglik[0], exact["loglik"], key)
        compared.close(found.fit.beta[0], exact["beta"], key)
        compared.close(np.sqrt(np.diag(found.fit.covariance[0])), exact["se"], key)
        if "CR2" in exact:
            robust = sandwich(found.fit, "CR2")
            compared.close(np.sqrt(np.diag(robust.covariance[0])), exact["CR2"]["se"], key)
            compared.close(robust.df()[0], exact["CR2"]["df_satterthwaite"], key)
    assert compared.count == EXACT[name]


PROFILES = {
    "berkey1998": 20, "corrdat": 2, "hierdat": 2, "kalaian1996": 5, "knapp2017": 2, "konstantopoulos2011": 2
}  # fmt: skip


@pytest.mark.parametrize(
    "name",
    [pytest.param(n, marks=pytest.mark.long) if PROFILES[n] > 2 or n == "hierdat" else n for n in PROFILES],
)
def test_profile_intervals_end_where_the_exact_ones_do(name: str, shared: Path) -> None:
    record, compared = reference(shared, name), 0
    for key, fit in fits_of(record).items():
        if "profile_intervals" not in fit.get("exact", {}):
            continue
        p = problem(name, key, record)
        top = maximise_blocks(p.data, starting_points(p.data, scattered=True), p.restricted)
        found = profile_intervals(p.data, top.theta[0], p.restricted, 0.95)
        for n, (parameter, ends) in enumerate(fit["exact"]["profile_intervals"].items()):
            assert found.low[n] == pytest.approx(ends["lower"], rel=1e-8, abs=1e-8), (key, parameter)
            assert found.high[n] == pytest.approx(ends["upper"], rel=1e-8, abs=1e-8), (key, parameter)
            assert found.low_is_bound[n] == ends["lower_is_bound"], (key, parameter)
            assert found.high_is_bound[n] == ends["upper_is_bound"], (key, parameter)
            compared += 1
    assert compared == PROFILES[name]
