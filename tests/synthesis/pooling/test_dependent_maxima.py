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

from synthesis.pooling.dependent.block_likelihood import evaluate
from synthesis.pooling.dependent.maximum import maximise_blocks, starting_points
from synthesis.pooling.dependent.profiles import profile_intervals
from synthesis.pooling.dependent.robust import ROBUST, approximate_hotelling, sandwich
from synthesis.pooling.kernel.effects import Array
from tests.synthesis.pooling.dependent_problems import (
    DATA_SETS,
    fits_of,
    natural_parameters,
    problem,
    reference,
)

TOLERANCE = 1e-8

# What the files hold and the engine does not offer, with the reason.
NOT_OFFERED = {
    "saddlepoint": "Satterthwaite's df are what the working models' literature uses",
    "p_saddlepoint": "the same",
    "df_naive": "J - 1 whatever the design: known to be too many",
    "p_naive": "the same",
    "df_naive_clusters_minus_coefficients": "J - p whatever the design: known to be too many",
    "p_naive_clusters_minus_coefficients": "the same",
    "p_normal": "no degrees of freedom at all",
}
WALD_NOT_OFFERED = {
    "chi-sq": "no degrees of freedom at all",
    "Naive-F": "J - 1 whatever the design",
    "Naive-Fp": "J - p whatever the design",
    "HTA": "HTZ keeps its level better (Tipton & Pustejovsky 2015)",
    "HTB": "the same",
    "EDF": "the same",
    "EDT": "the same",
}


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


AT_THEIR_PARAMETERS = {
    "berkey1998": 675, "corrdat": 655, "hierdat": 655, "kalaian1996": 605, "knapp2017": 185,
    "konstantopoulos2011": 230,
}  # fmt: skip


@pytest.mark.parametrize("name", AT_THEIR_PARAMETERS)
def test_robust_covariances_at_their_parameters_are_theirs(name: str, shared: Path) -> None:
    record, compared = reference(shared, name), Compared()
    for key, printed in fits_of(record).items():
        p = problem(name, key, record)
        fit = evaluate(p.data, p.roots(p.natural), p.restricted)
        for kind in ROBUST:
            theirs = printed["robust"][kind]
            assert "failed" not in theirs
            robust, where = sandwich(fit, kind), f"{key} {kind}"
            se, df = np.sqrt(np.diag(robust.covariance[0])), robust.df()[0]
            compared.close(robust.covariance[0], theirs["vcov"], where)
            compared.close(se / theirs["se"], np.ones(se.size), where)
            compared.close(df, theirs["df_satterthwaite"], where)
            compared.close(fit.beta[0] / se, theirs["t"], where)
            offered = {"se", "vcov", "df_satterthwaite", "t", "wald"}
            coefficients = {"p_satterthwaite", "ci_lower_satterthwaite", "ci_upper_satterthwaite"}
            assert set(theirs) - offered - coefficients == set(NOT_OFFERED)
            for test in theirs.get("wald", {}).values():
                compare_wald(compared, test, fit.beta, robust, where)
    assert compared.count == AT_THEIR_PARAMETERS[name]


def compare_wald(compared: Compared, test: dict[str, Any], beta: Array, robust: Any, where: str) -> None:
    rows = np.array(test["coefficients"]) - 1
    matrix = np.eye(beta.shape[1])[rows]
    found = approximate_hotelling(beta[:, rows], robust.transformed(matrix))
    theirs = test["HTZ"]
    assert theirs["df_num"] == rows.size
    assert set(test) - {"coefficients", "HTZ"} == set(WALD_NOT_OFFERED)
    if theirs["df_denom"] <= 0:  # printed as F = 0 without a p; nothing here is F
        assert np.isnan([found.statistic[0], found.df2[0], found.p_value[0]]).all()
        compared.count += 3
        return
    compared.close(found.statistic[0], theirs["F"], where)
    compared.close(found.df2[0], theirs["df_denom"], where)
    compared.close(found.p_value[0], theirs["p"], where)
