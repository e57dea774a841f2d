"""Every number metafor and clubSandwich print of seven data sets, at the parameters where they stopped."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from synthesis.clustered.fitted_model import FittedModel, ModelOfEffects, fit_at, generalised_q
from synthesis.clustered.predicting import predicted
from synthesis.clustered.random_effects import random_effects
from synthesis.clustered.robust_inference import clustered_estimates, containment_df
from synthesis.pooling.dependent.robust import ROBUST
from synthesis.pooling.kernel.effects import Array
from synthesis.pooling.mean.inference import coefficients, information_criteria
from tests.synthesis.pooling.dependent_problems import DATA_SETS, Problem, fits_of, problem, reference

# Printed and not offered: the deviance, which for the full likelihood is against a model with every effect
# its own; metafor's robust(), a test with J - p degrees of freedom and J / (J - p) times CR0.
COUNTS = {
    "berkey1998": 1340, "corrdat": 5055, "hierdat": 2495, "kalaian1996": 4183, "knapp2017": 3099,
    "konstantopoulos2011": 2370, "senn2013": 888,
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
    for number, name in pairs:
        compared.close(number, printed[name], f"{key} {kind} {name}")


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


def test_containment_counts_the_districts(shared: Path) -> None:
    text = (shared / "reference" / "metafor" / "multilevel.json").read_text(encoding="utf-8")
    printed = json.loads(text)["konstantopoulos2011/t_contain"]
    p = problem("konstantopoulos2011", "nested/REML", reference(shared, "konstantopoulos2011"))
    fitted = fitted_at(p, "REML")
    assert containment_df(fitted).tolist() == [printed["ddf"]]
    estimates = clustered_estimates(fitted, ("Intercept",), "t")
    found = coefficients(estimates.beta, np.sqrt(np.diag(estimates.covariance)), estimates.df, 0.95)
    assert found.p_value[0] == pytest.approx(printed["pval"], abs=1e-8)
    assert found.low[0] == pytest.approx(printed["ci_lb"], abs=1e-8)
