"""Every slip gets a sentence: what is wrong, where, and the way out."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd
import pytest

from synthesis import covariance, pool_dependent

DATA = pd.DataFrame(
    {
        "yi": [0.1, 0.3, 0.2, 0.5, 0.4, 0.7, 0.2, 0.0],
        "vi": [0.02, 0.03, 0.02, 0.05, 0.04, 0.03, 0.02, 0.06],
        "study": ["A", "A", "B", "B", "C", "C", "D", "E"],
        "site": ["hip", "neck", "hip", "neck", "hip", "neck", "hip", "neck"],
        "one": ["x"] * 8,
        "half": [1.0, 2.5, 1.0, 2.5, 1.0, 2.5, 1.0, 2.5],
        "same": [3.0] * 8,
        "many": list("abcdefgh"),
        "a": [1, 0, 0, 1, 2, 1, 5, 3],
        "b": [0, 3, 1, 1, 4, 1, 0, 2],
        "c": [2, 2, 7, 1, 1, 0, 1, 0],
        "d": [2, 0, 7, 5, 1, 3, 1, 0],
    }
)
V = np.diag(DATA["vi"])


def tied(i: int, j: int, value: float) -> np.ndarray[Any, Any]:
    v = V.copy()
    v[i, j] = v[j, i] = value
    return v


SLIPS: dict[str, tuple[dict[str, Any], str]] = {
    "no rho": ({"rho": None}, "A has 2 effects of the same persons, and nothing says how their errors are"),
    "rho of one": ({"rho": 1.0}, "rho is 1.0; expected a correlation, between -1 and 1"),
    "rho of minus one": ({"rho": -1}, "rho is -1.0; expected a correlation, between -1 and 1"),
    "no model": ({"model": None}, "model is None; expected CHE, CE, HE, SCE, CMVE, or random effects as"),
    "models that are no text": ({"model": ["~ 1 | study", 2]}, "model is ['~ 1 | study', 2]; expected CHE,"),
    "variance beyond squares": (
        {"vi": [1e150] * 3 + [1.1e150] * 5},
        "study 4: vi is 1.1e+150; expected between 1e-150 and 1e+150: choose other units",
    ),
    "variance below squares": (
        {"yi": [0.1] * 8, "vi": [1e-150] * 3 + [0.9e-150] * 5},
        "study 4: vi is 9e-151; expected between 1e-150 and 1e+150: choose other units",
    ),
    "missing covariance": (
        {"vi": tied(0, 1, np.nan), "rho": None},
        "expected a number for each pair, 0 where errors are independent",
    ),
    "text for rho": ({"rho": "0.6"}, "rho is '0.6'; expected a number"),
    "truth for rho": ({"rho": True}, "rho is True; expected a number"),
    "level as text": ({"level": "99"}, "level is '99'; expected a fraction such as 0.95 or a percentage"),
    "cluster without a label": (
        {"cluster": ["A", None, *DATA["study"][2:]]},
        "effect 2: cluster is missing; expected a label",
    ),
    "rho for HE": (
        {"model": "HE"},
        "model HE has independent errors and rho is 0.6; expected no rho, or model='CHE'",
    ),
    "rho beside a matrix": ({"vi": V}, "vi holds the covariances already; expected no rho beside them"),
    "wide matrix": ({"vi": V[:, :7], "rho": None}, "vi has shape (8, 7); expected k variances or a (k, k)"),
    "small matrix": ({"vi": V[:7, :7], "rho": None}, "7"),
    "skew matrix": ({"vi": V + np.triu(0.001 * np.ones((8, 8)), 1), "rho": None}, "vi is not symmetric"),
    "skew matrix of small numbers": (
        {"vi": 1e-7 * (V + np.triu(0.001 * np.ones((8, 8)), 1)), "rho": None},
        "vi is not symmetric; expected a covariance matrix",
    ),
    "across clusters": (
        {"vi": tied(1, 2, 0.01), "rho": None},
        "vi correlates effects of A and B, which are different clusters; expected one cluster",
    ),
    "singular": (
        {"vi": tied(2, 3, np.sqrt(0.02 * 0.05)), "rho": None},
        "B: the covariance of its 2 effects is singular (its correlations have the eigenvalue",
    ),
    "not positive": (
        {"vi": tied(2, 3, 0.05), "rho": None},
        "B: the covariance of its 2 effects is not positive definite (its correlations have",
    ),
    "one cluster": ({"cluster": "one"}, "x is the only cluster; expected two or more, as nothing else tells"),
    "labels too few": ({"cluster": list("ABC")}, "3"),
    "label missing": ({"cluster": ["A", None, *"BBCCDE"]}, "effect 2: cluster is missing; expected a label"),
    "one text": ({"cluster": "trial"}, "trial"),
    "a number for labels": (
        {"cluster": 3.5},
        "cluster is 3.5; expected a label for each effect, or a column",
    ),
    "a text in place of a column": (
        {"data": {**DATA.to_dict("list"), "study": "AABBCCDE"}},
        "cluster is 'AABBCCDE'; expected a label for each effect, or a column of `data`",
    ),
    "more coefficients than clusters": (
        {"mods": "~ a + b + c + d"},
        "5 clusters for 5 coefficients (Intercept, a, b, c, d), and with CR2 clusters alone say how sure",
    ),
    "more parameters than clusters": (
        {"model": "~ many | study", "rho": None},
        "5 clusters for 36 variances and correlations of random effects; expected no more of these than",
    ),
    "no outcome": ({"model": "SCE"}, "model SCE has a random effect for each outcome; expected `outcome`"),
    "no formula": (
        {"model": "~ 1 + study", "rho": None},
        "the random effects are '~ 1 + study'; expected '~ 1 |",
    ),
    "no tilde": ({"model": "1 | study", "rho": None}, "the random effects are '1 | study'; expected '~ 1 |"),
    "unknown model": ({"model": "CHEE"}, "CHEE"),
    "unknown structure": ({"model": "~ site | study", "structure": "US", "rho": None}, "US"),
    "unknown test": ({"test": "CR4"}, "CR4"),
    "unknown method": ({"method": "DL"}, "DL"),
    "two groups of a term": ({"model": "~ site | study/many", "rho": None}, "expected one group after '|'"),
    "whole times": (
        {"model": "~ half | study", "structure": "AR", "rho": None},
        "structure AR is for whole times and half has others; expected structure='CAR'",
    ),
    "one time": (
        {"model": "~ same | study", "structure": "AR", "rho": None},
        "same is the same for all effects; expected two times or more",
    ),
    "one outcome": (
        {"model": "~ one | study", "rho": None},
        "one has one label; expected two outcomes or more",
    ),
    "correlation of a model": (
        {"correlation": {"study": pd.DataFrame()}},
        "model CHE has no known correlation; expected formulas beside `correlation`",
    ),
    "correlation of another": (
        {"model": "~ 1 | study", "rho": None, "correlation": {"site": pd.DataFrame()}},
        "correlation is given for 'site'; expected the random effect '~ 1 | site' for it",
    ),
    "correlation is none": (
        {"model": "~ 1 | site", "rho": None, "correlation": {"site": 3}},
        "the correlation of 'site' is no data frame; expected its groups as rows and columns",
    ),
    "correlation lacks one": (
        {
            "model": "~ 1 | site",
            "rho": None,
            "correlation": {"site": pd.DataFrame([[1.0]], ["hip"], ["hip"])},
        },
        "the correlation of 'site' lacks 'neck'; expected the same groups as rows and columns",
    ),
    "correlation beyond one": (
        {
            "model": "~ 1 | site",
            "rho": None,
            "correlation": {"site": pd.DataFrame([[1, 2], [2, 1]], ["hip", "neck"], ["hip", "neck"])},
        },
        "the correlation of 'site' is none; expected symmetric, ones on its diagonal, positive",
    ),
    "crossed": (
        {"model": ["~ 1 | study", "~ 1 | site"], "rho": None},
        "the random effect of site is shared between clusters, and cluster-robust tests need",
    ),
    "moments of another model": (
        {"method": "HTJ"},
        "method HTJ has weights for the models CE and HE, not for CHE",
    ),
    "moments and a model's test": (
        {"method": "HTJ", "model": "CE", "test": "t"},
        "HTJ has weights and no model",
    ),
}


@pytest.mark.parametrize("slip", SLIPS)
def test_a_slip_is_told_with_the_way_out(slip: str) -> None:
    asked, words = SLIPS[slip]
    given: dict[str, Any] = {"yi": "yi", "vi": "vi", "cluster": "study", "data": DATA, "rho": 0.6} | asked
    with pytest.raises(ValueError, match=re.escape(words)):
        pool_dependent(given.pop("yi"), given.pop("vi"), **given)


def test_as_many_parameters_as_clusters_are_not_refused() -> None:
    found = pool_dependent("yi", "vi", cluster="study", data=DATA, model="~ site | study")
    assert [part.name for part in found.components] == ["tau2[hip]", "tau2[neck]", "rho"]
    found = pool_dependent("yi", "vi", cluster="study", data=DATA, rho=0.6, mods="~ a + b + c")
    assert found.p == 4


def test_a_missing_effect_is_refused_or_left_out_with_a_note() -> None:
    data = DATA.assign(yi=[np.nan, *DATA["yi"][1:]])
    with pytest.raises(ValueError, match="missing"):
        pool_dependent("yi", "vi", cluster="study", data=data, rho=0.6)
    found = pool_dependent("yi", "vi", cluster="study", data=data, rho=0.6, missing="drop")
    less = pool_dependent("yi", "vi", cluster="study", data=DATA[1:], rho=0.6)
    assert (found.k, found.estimate[0]) == (7, pytest.approx(less.estimate[0], rel=1e-12))
    assert any("1" in note for note in found.notes)


COVARIANCES: dict[str, tuple[dict[str, Any], str]] = {
    "vi of zero": ({"vi": [0.0, *DATA["vi"][1:]]}, "effect 1: vi is 0; expected a number above zero"),
    "rho of text": ({"rho": "high"}, "rho is 'high'; expected a number, {('hip', 'neck'): 0.8}, or a square"),
    "pairs without outcome": (
        {"rho": {("hip", "neck"): 0.8}},
        "rho is given by pair of outcomes; expected `outcome`, the outcome of each effect",
    ),
    "a pair that is absent": (
        {"rho": {("hip", "spine"): 0.8}, "outcome": "site"},
        "A: rho says nothing of hip with neck; expected their correlation",
    ),
    "a pair beyond one": (
        {"rho": {("hip", "neck"): 1.2}, "outcome": "site"},
        "rho of hip with neck is 1.2; expected a correlation, between -1 and 1",
    ),
    "phi of one": (
        {"time": "half", "phi": 1.0},
        "phi is 1.0; expected the correlation over one unit of time",
    ),
    "phi below zero": ({"time": "half", "phi": -0.1}, "phi is -0.1; expected the correlation over one unit"),
    "phi without time": ({"phi": 0.5}, "phi stands without time; expected when each effect was measured"),
    "one arm": ({"arm1": "site"}, "arm1 stands without arm2 or arm2 without arm1; expected both arms"),
    "arms alone": (
        {"arm1": "site", "arm2": "one"},
        "arm1 and arm2 say which effects share an arm, not what it adds",
    ),
    "one v": (
        {"arm1": "site", "arm2": "one", "v1": "vi"},
        "v1 stands without v2 or v2 without v1; expected both",
    ),
    "n of zero": (
        {"arm1": "site", "arm2": "one", "n1": "a", "n2": "half"},
        "effect 2: n1 is 0; expected a number above zero",
    ),
    "impossible": (
        {"cluster": [1, 1, 1, 1, 2, 2, 3, 4], "rho": -0.9},
        "1: the covariance of its 4 effects is not positive definite (its correlations have",
    ),
}


@pytest.mark.parametrize("slip", COVARIANCES)
def test_what_makes_no_covariance_is_told(slip: str) -> None:
    asked, words = COVARIANCES[slip]
    given: dict[str, Any] = {"vi": "vi", "cluster": "study", "data": DATA, "rho": 0.6} | asked
    with pytest.raises(ValueError, match=re.escape(words)):
        covariance(given.pop("vi"), **given)


def test_questions_that_a_result_cannot_answer() -> None:
    fixed = pool_dependent("yi", "vi", cluster="study", data=DATA, rho=0.6, method="EE")
    with pytest.raises(ValueError, match="there is no variance to bound"):
        fixed.component_intervals()
    with pytest.raises(ValueError, match="method EE has no random terms whose likelihood could be tested"):
        fixed.term_tests()
    with pytest.raises(ValueError, match="method EE has no model of random effects to predict them by"):
        fixed.blup()
    apart = pool_dependent("yi", "vi", cluster="study", data=DATA, model="HE")
    with pytest.raises(ValueError, match="independent errors: there is no one correlation of errors to vary"):
        apart.rho_curve()
    few = pool_dependent("yi", "vi", cluster="study", data=DATA[:6], rho=0.6)
    with pytest.raises(
        ValueError, match=r"3 clusters have 4 sign vectors, so that no p could be below 0\.25"
    ):
        few.wild_test()
    with pytest.raises(ValueError, match="what"):
        few.leave_out("study")
    crossed = pool_dependent(
        "yi", "vi", cluster="study", data=DATA, model=["~ 1 | study", "~ 1 | site"], test="z"
    )
    with pytest.raises(ValueError, match="the random effect of site is shared between clusters"):
        crossed.wild_test()


def test_effects_that_are_all_equal_have_a_summary_and_no_test() -> None:
    data = DATA.assign(yi=0.3)
    for test in ("CR2", "CR0", "CR3"):
        found = pool_dependent("yi", "vi", cluster="study", data=data, rho=0.6, test=test)
        assert (found.estimate[0], found.se[0]) == (
            pytest.approx(0.3, rel=1e-12),
            pytest.approx(0.0, abs=1e-12),
        )
        assert found.components[0].value == 0.0
        assert "summary" in str(found)


def test_what_is_left_of_two_clusters_says_nothing() -> None:
    found = pool_dependent("yi", "vi", cluster="study", data=DATA[:4], rho=0.6).leave_out()
    assert found.left == ("A", "B")
    assert np.isnan(found.estimate).all()
    assert found.decisive == ()
