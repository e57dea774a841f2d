"""Every number of metafor's three-level and two-outcome fits at its parameters; ours are no lower."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import special
from scipy.sparse import csr_array

from synthesis import pool_dependent
from synthesis.clustered.fitted_model import (
    FittedModel,
    ModelOfEffects,
    components,
    fit_at,
    fit_model,
    generalised_q,
)
from synthesis.clustered.robust_inference import clustered_estimates, containment_df
from synthesis.clustered.small_sample_tests import small_sample_tests
from synthesis.pooling.dependent.blocks import RandomTerm
from synthesis.pooling.dependent.structures import compound, unstructured
from synthesis.pooling.kernel.effects import Array
from synthesis.pooling.mean.inference import coefficients
from tests.synthesis.pooling.dependent_problems import intercept, numbered

COUNTS = {
    "konstantopoulos2011/REML": 24, "konstantopoulos2011/ML": 24, "konstantopoulos2011/year": 40,
    "konstantopoulos2011/t_contain": 13, "berkey1998/UN": 19, "berkey1998/CS": 18,
}  # fmt: skip

INPUT = {"yi", "vi", "V", "outer", "inner", "outcome", "trial", "x"}

# Which of our covariances each is, and whether it has Satterthwaite's degrees of freedom or J - p.
ROBUST_WORDS = {
    "CR0": ("CR0", False), "CR1_small": ("CR0", False), "CR1_satt": ("CR1", True), "CR2_satt": ("CR2", True)
}  # fmt: skip


def printed_fits(shared: Path) -> dict[str, dict[str, Any]]:
    text = (shared / "reference" / "metafor" / "multilevel.json").read_text(encoding="utf-8")
    found: dict[str, dict[str, Any]] = json.loads(text)
    return found


def model_of(key: str, printed: dict[str, Any], schools: dict[str, Any]) -> tuple[ModelOfEffects, Array]:
    """The model and its parameters as variances and correlations."""
    name, word = key.split("/")
    if name == "berkey1998":
        trial, level = numbered(printed["trial"]), numbered(printed["outcome"])
        structure = {"UN": unstructured, "CS": compound}[word](2)
        terms: tuple[RandomTerm, ...] = (RandomTerm(structure, trial, "outcomes", level=level),)
        x, v = np.eye(2)[level], csr_array(np.array(printed["V"]))
        model = ModelOfEffects(x, np.array(printed["yi"]), v, terms, trial, "REML")
        return model, np.r_[printed["tau2"], printed["rho"]]
    district = numbered(schools["outer"])
    k = district.size
    x = np.column_stack([np.ones(k), *([printed["x"]] if "x" in printed else [])])
    v = csr_array(np.diag(np.array(schools["vi"], dtype=float)))
    terms = (intercept(district), intercept(np.arange(k)))
    method = "ML" if word == "ML" else "REML"
    model = ModelOfEffects(x, np.array(schools["yi"], dtype=float), v, terms, district, method)
    return model, np.array(printed["sigma2"])


def at_their_parameters(model: ModelOfEffects, natural: Array) -> FittedModel:
    variances = sum(term.structure.variances for term in model.terms)
    roots = [
        *np.sqrt(natural[:variances]),
        *(model.terms[0].structure.scale.angle(r) for r in natural[variances:]),
    ]
    return fit_at(model, np.array(roots))


class Compared:
    def __init__(self) -> None:
        self.count = 0

    def close(self, found: Any, expected: Any, what: str) -> None:
        wanted = np.atleast_1d(np.array(expected, dtype=float))
        assert_allclose(np.atleast_1d(found), wanted, rtol=1e-8, atol=1e-10, err_msg=what)
        self.count += wanted.size


@pytest.mark.parametrize("key", COUNTS)
def test_every_number_follows_from_their_parameters(key: str, shared: Path) -> None:
    fits, compared = printed_fits(shared), Compared()
    assert set(fits) == set(COUNTS)
    printed = fits[key]
    model, natural = model_of(key, printed, fits["konstantopoulos2011/REML"])
    fitted = at_their_parameters(model, natural)
    estimates = clustered_estimates(fitted, tuple("x" * fitted.beta.size), "t" if "contain" in key else "z")
    se = np.sqrt(np.diag(estimates.covariance))
    found = coefficients(estimates.beta, se, estimates.df, 0.95)
    tested = np.eye(fitted.beta.size)[1:] if "x" in printed else np.eye(fitted.beta.size)
    joint = estimates.test(tested)
    pairs = {
        "beta": estimates.beta, "se": se, "stat": found.statistic, "pval": found.p_value,
        "ci_lb": found.low, "ci_ub": found.high, "QE": generalised_q(fitted).Q, "QM": joint.statistic,
        "ll_ML": fitted.loglik(restricted=False), "ll_REML": fitted.loglik(restricted=True),
    }  # fmt: skip
    for name, number in pairs.items():
        compared.close(number, printed[name], f"{key} {name}")
    values = [part.value for part in components(fitted)]
    theirs = [printed["sigma2"]] if "konst" in key else [printed["tau2"], printed["rho"]]
    compared.close(values, np.concatenate([np.atleast_1d(each) for each in theirs]), f"{key} parameters")
    if "contain" in key:
        compared.close(containment_df(fitted), printed["ddf"], key)
    else:
        assert set(np.atleast_1d(printed["ddf"])) == {"NA"}
        assert np.isinf(estimates.df).all()
    for word, robust in printed.get("robust", {}).items():
        compare_robust(compared, fitted, word, robust, key)
    assert set(printed) == {*pairs, "sigma2", "tau2", "rho", "ddf"} | ({"robust"} & set(printed)) | (
        INPUT & set(printed)
    )
    assert compared.count == COUNTS[key]


def compare_robust(
    compared: Compared, fitted: FittedModel, word: str, printed: dict[str, Any], key: str
) -> None:
    kind, own_df = ROBUST_WORDS[word]
    estimates = clustered_estimates(fitted, tuple("x" * fitted.beta.size), kind)
    assert estimates.robust is not None
    j, p = estimates.robust.clusters, fitted.beta.size
    if word == "CR1_small":
        estimates = replace(estimates, covariance=estimates.covariance * j / (j - p))
    small = small_sample_tests(estimates, kind)
    compared.close(np.sqrt(np.diag(estimates.covariance)), printed["se"], f"{key} {word}")
    compared.close(small.df if own_df else j - p, printed["df"], f"{key} {word}")
    compared.close(small.satterthwaite if own_df else small.clusters_less_p, printed["pval"], f"{key} {word}")
    assert set(printed) == {"se", "df", "pval"}


@pytest.mark.parametrize("key", COUNTS)
def test_no_likelihood_is_lower_than_theirs(key: str, shared: Path) -> None:
    fits = printed_fits(shared)
    model, natural = model_of(key, fits[key], fits["konstantopoulos2011/REML"])
    top = fit_model(model)
    restricted = model.method == "REML"
    theirs = fits[key]["ll_REML" if restricted else "ll_ML"]
    assert top.loglik(restricted) >= theirs - 1e-12
    assert top.loglik(restricted) == pytest.approx(theirs, abs=1e-8)
    assert_allclose([part.value for part in components(top)], natural, rtol=1e-5)


def test_a_user_gets_the_published_three_level_model(shared: Path) -> None:
    printed = printed_fits(shared)["konstantopoulos2011/t_contain"]
    schools = printed_fits(shared)["konstantopoulos2011/REML"]
    found = pool_dependent(
        schools["yi"], schools["vi"], cluster=schools["outer"], model="HE", test="t", method="REML"
    )
    assert found.df.tolist() == [printed["ddf"]]
    assert found.estimate[0] == pytest.approx(printed["beta"], rel=1e-6)
    assert found.p_value[0] == pytest.approx(2 * special.stdtr(10, -printed["stat"]), rel=1e-6)
