"""Every number metafor and clubSandwich print of seven data sets, at the parameters where they stopped."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from synthesis.clustered.fitted_model import FittedModel, ModelOfEffects, fit_at, generalised_q
from synthesis.clustered.predicting import predicted
from synthesis.clustered.random_effects import random_effects
from synthesis.clustered.robust_inference import clustered_estimates
from synthesis.clustered.small_sample_tests import small_sample_tests
from synthesis.pooling.dependent.robust import ROBUST
from synthesis.pooling.dependent.wald_tests import WALD_TESTS
from synthesis.pooling.kernel.effects import Array
from synthesis.pooling.mean.inference import coefficients, information_criteria
from tests.synthesis.pooling.dependent_problems import DATA_SETS, Problem, fits_of, problem, reference

COUNTS = {
    "berkey1998": 2268, "corrdat": 5848, "hierdat": 3288, "kalaian1996": 5082, "knapp2017": 3511,
    "konstantopoulos2011": 2823, "senn2013": 900,
}  # fmt: skip


class Compared:
    def __init__(self) -> None:
        self.count = 0

    def close(self, found: Any, expected: Any, what: str) -> None:
        wanted = np.array(expected, dtype=float)
        assert_allclose(np.asarray(found, dtype=float), wanted, rtol=1e-8, atol=1e-10, err_msg=what)
        self.count += wanted.size


def fitted_at(p: Problem, method: str) -> FittedModel:
    blocks = p.data.blocks
    model = ModelOfEffects(blocks.x, p.data.y[0], p.v, blocks.terms, p.cluster, method)
    return fit_at(model, p.roots(p.natural)[0])


@pytest.mark.parametrize("name", DATA_SETS)
def test_every_printed_number_follows_from_their_parameters(name: str, shared: Path) -> None:
    record, compared = reference(shared, name), Compared()
    for key, printed in fits_of(record).items():
        p = problem(name, key, record)
        fitted = fitted_at(p, "REML" if p.restricted else "ML")
        compare_model(compared, fitted, printed["fit"], key)
        for kind in ROBUST if "robust" in printed else ():
            compare_robust(compared, fitted, printed["robust"][kind], kind, key)
        if "robust" in printed:
            compare_metafors_robust(compared, fitted, printed, key)
        if "predictions" in printed:
            compare_predictions(compared, fitted, printed["predictions"], key)
        if "random_effects" in printed:
            compare_random_effects(compared, fitted, printed["random_effects"], key)
    assert compared.count == COUNTS[name]


def compare_model(compared: Compared, fitted: FittedModel, printed: dict[str, Any], key: str) -> None:
    estimates = clustered_estimates(fitted, tuple(printed["coefficients"]), "z")
    compared.close(estimates.covariance, printed["vcov"], key)
    found = coefficients(estimates.beta, np.array(printed["se"]), estimates.df, 0.95)
    pairs: list[tuple[Any, str]] = [
        (estimates.beta, "beta"), (np.sqrt(np.diag(estimates.covariance)), "se"), (found.statistic, "z"),
        (found.p_value, "p"), (found.low, "ci_lower"), (found.high, "ci_upper"),
    ]  # fmt: skip
    q = generalised_q(fitted)
    tested = np.eye(estimates.beta.size)[np.array(printed["tested"]) - 1]
    m = estimates.test(tested)
    pairs += [(q.Q, "QE"), (q.df, "QE_df"), (q.p_value, "QE_p"), (m.statistic, "QM"), (m.p_value, "QM_p")]
    for number, name in pairs:
        compared.close(number, printed[name], f"{key} {name}")
    k, p = printed["k"], printed["p_coefficients"]
    for method, theirs in printed["fit_statistics"].items():
        loglik = fitted.loglik(method == "REML")
        n = float(k - p if method == "REML" else k)
        criteria = information_criteria(np.array([loglik]), p + fitted.theta.size, np.array([n]))
        compared.close(loglik, theirs["loglik"], f"{key} {method}")
        compared.close([criteria.AIC[0], criteria.BIC[0]], [theirs["AIC"], theirs["BIC"]], f"{key} {method}")
        # of the full likelihood against a model with every effect its own, whose errors alone are left
        own = np.linalg.slogdet(fitted.model.v.toarray())[1] + k * np.log(2 * np.pi)
        deviance = -2 * loglik - (own if method == "ML" else 0.0)
        compared.close(deviance, theirs["deviance"], f"{key} {method}")
        if n > p + fitted.theta.size + 1:  # with fewer effects there is no correction, and theirs is a rule
            compared.close(criteria.AICc, theirs["AICc"], f"{key} {method}")


def compare_robust(
    compared: Compared, fitted: FittedModel, printed: dict[str, Any], kind: str, key: str
) -> None:
    estimates = clustered_estimates(fitted, tuple("x" * fitted.beta.size), kind)
    se = np.sqrt(np.diag(estimates.covariance))
    found = coefficients(estimates.beta, se, estimates.df, 0.95)
    pairs = [
        (se, "se"), (found.statistic, "t"), (estimates.df, "df_satterthwaite"),
        (found.p_value, "p_satterthwaite"), (found.low, "ci_lower_satterthwaite"),
        (found.high, "ci_upper_satterthwaite"),
    ]  # fmt: skip
    small = small_sample_tests(estimates, kind)
    pairs += [
        (small.statistic, "t"), (small.satterthwaite, "p_satterthwaite"),
        (small.clusters_less_one, "p_naive"),
        (small.clusters_less_p, "p_naive_clusters_minus_coefficients"), (small.normal, "p_normal"),
    ]  # fmt: skip
    j, p = small.clusters, fitted.beta.size
    pairs += [
        (np.full(p, j - 1), "df_naive"), (np.full(p, j - p), "df_naive_clusters_minus_coefficients"),
    ]  # fmt: skip
    for number, name in pairs:
        compared.close(number, printed[name], f"{key} {kind} {name}")


def compare_metafors_robust(
    compared: Compared, fitted: FittedModel, printed: dict[str, Any], key: str
) -> None:
    """CR0 with J - p degrees of freedom, and J / (J - p) times it."""
    one = clustered_estimates(fitted, tuple("x" * fitted.beta.size), "CR0")
    assert one.robust is not None
    j, p = one.robust.clusters, fitted.beta.size
    tested = np.eye(p)[np.array(printed["fit"]["tested"]) - 1]
    assert printed["robust"]["clusters"] == j
    for word, factor in (("unadjusted", 1.0), ("adjusted", j / (j - p))):
        theirs = printed["robust"]["metafor_robust"][word]
        robust = replace(one.robust, covariance=factor * one.robust.covariance)
        scaled = replace(one, covariance=factor * one.covariance)
        small = small_sample_tests(scaled, "CR0")
        joint = WALD_TESTS["J-p"](
            (tested @ fitted.beta)[None], replace(robust, covariance=tested @ robust.covariance @ tested.T)
        )
        pairs = [
            (np.sqrt(np.diag(scaled.covariance)), "se"), ([j - p], "df"), (small.statistic, "t"),
            (small.clusters_less_p, "p"), (joint.statistic[0], "QM"), ([len(tested), j - p], "QM_df"),
            (joint.p_value[0], "QM_p"),
        ]  # fmt: skip
        for number, name in pairs:
            compared.close(number, theirs[name], f"{key} {word} {name}")


def compare_predictions(compared: Compared, fitted: FittedModel, printed: dict[str, Any], key: str) -> None:
    p = fitted.beta.size
    rows: Array = np.ones((1, 1)) if printed["newmods"] is None else np.array(printed["newmods"], dtype=float)
    if rows.shape[1] < p:
        rows = np.column_stack([np.ones(len(rows)), rows])
    estimates = clustered_estimates(fitted, tuple("x" * p), "z")
    found = predicted(fitted, estimates, rows, tuple("x" * len(rows)), 0.95)
    pairs = [
        (found.estimate, "estimate"), (found.se, "se"), (found.ci_low, "ci_lower"),
        (found.ci_high, "ci_upper"), (found.prediction_low, "pi_lower"),
        (found.prediction_high, "pi_upper"),
    ]  # fmt: skip
    for number, name in pairs:
        expected = [math.nan if v is None else v for v in printed[name]]
        compared.close(number, expected, f"{key} {name}")


def compare_random_effects(
    compared: Compared, fitted: FittedModel, printed: dict[str, Any], key: str
) -> None:
    found = random_effects(fitted, tuple(str(i) for i in range(fitted.blocks.k)), 0.95)
    ours = np.column_stack([found.effect, found.se, found.low, found.high])
    theirs = np.concatenate(
        [np.array([t["estimate"], t["se"], t["pi_lower"], t["pi_upper"]]).T for t in printed.values()]
    )
    # groups stand in another order than theirs, and some differ by rounding alone: each column in its order
    compared.close(np.sort(ours, axis=0), np.sort(theirs, axis=0), key)
