"""Working models and formulas as random terms, the wild bootstrap by refitting, and variances by moments."""

from __future__ import annotations

from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from scipy.sparse import csr_array

from synthesis.pooling.dependent.block_likelihood import DependentData, evaluate
from synthesis.pooling.dependent.blocks import blocks_of
from synthesis.pooling.dependent.covariance import factor
from synthesis.pooling.dependent.moments import correlated_moments, hierarchical_moments
from synthesis.pooling.dependent.robust import ROBUST, sandwich
from synthesis.pooling.dependent.wild_bootstrap import wild_draws, wild_test
from synthesis.pooling.dependent.working_models import terms_of_formulas, terms_of_model
from synthesis.pooling.kernel.effects import Array
from tests.synthesis.pooling.dependent_problems import column, intercept, numbered, reference

TABLE = pd.DataFrame(
    {
        "district": ["X", "X", "X", "Y", "Y", "Y"],
        "school": [1, 1, 2, 1, 2, 2],
        "pupil": [1, 2, 1, 1, 1, 2],
        "site": ["hip", "neck", "hip", "hip", "neck", "hip"],
        "dose": [0.5, 1.0, 2.0, 0.5, 1.0, 2.0],
        "week": [0, 1, 3, 0, 1, 3],
    }
)


def terms(*formulas: str, structure: str = "UN", **asked: Any) -> Any:
    return terms_of_formulas(formulas, structure, TABLE, 6, **asked)


def test_nested_groups_are_numbered_within_their_outer_ones() -> None:
    three = terms("~ 1 | district/school/pupil")
    assert [np.unique(t.group).size for t in three] == [2, 4, 6]
    assert [t.label for t in three] == ["district", "school in district", "pupil in school in district"]
    # a level that adds no groups is left out, as its variance could not be told apart
    assert len(terms("~ 1 | district/school/school")) == 2
    assert [t.label for t in terms(" ~1|district ", "~ 1 | site")] == ["district", "site"]


def test_outcomes_have_the_structure_that_is_asked() -> None:
    for word, names in {
        "UN": 3, "CS": 2, "HCS": 3, "DIAG": 2, "ID": 1
    }.items():  # fmt: skip
        (term,) = terms("~ site | district", structure=word)
        assert (term.structure.name, term.structure.q) == (word, names)
        assert term.level.tolist() == [0, 1, 0, 0, 1, 0]
    (slope,) = terms("~ dose | district")
    assert (slope.structure.name, slope.structure.q) == ("GEN", 3)
    assert_allclose(slope.columns, np.column_stack([np.ones(6), TABLE.dose]))
    assert_allclose(terms("~ 1 + dose | district")[0].columns, slope.columns)
    for word, names in {"AR": 2, "HAR": 4, "CAR": 2}.items():
        (term,) = terms("~ week | district", structure=word)
        assert (term.structure.name, term.structure.q, term.level.tolist()) == (
            word,
            names,
            [0, 1, 2, 0, 1, 2],
        )
    assert terms("~ dose | district", structure="CAR")[0].structure.name == "CAR"


def test_too_many_outcomes_for_an_unstructured_covariance() -> None:
    many = pd.DataFrame({"g": np.repeat(["a", "b"], 13), "o": [f"o{i}" for i in [*range(13)] * 2]})
    with pytest.raises(
        ValueError, match=r"structure UN of 13 labels of o has 91 parameters; expected HCS, CS or"
    ):
        terms_of_formulas(("~ o | g",), "UN", many, 26)
    assert terms_of_formulas(("~ o | g",), "UN", many[many.o != "o12"], 24)[0].structure.q == 78


def test_a_known_correlation_is_put_in_the_order_of_the_groups() -> None:
    known = pd.DataFrame([[1, 0.3], [0.3, 1]], ["neck", "hip"], ["neck", "hip"])
    (term,) = terms("~ 1 | site", correlation={"site": known})
    assert term.structure.covariance(np.array([[2.0]]))[0].tolist() == [[4.0, 1.2], [1.2, 4.0]]
    assert term.group.tolist() == [0] * 6
    mixed = terms("~ 1 | site", correlation={"site": known.astype(object)})[0]
    assert mixed.structure.covariance(np.array([[2.0]]))[0].tolist() == [[4.0, 1.2], [1.2, 4.0]]
    with pytest.raises(ValueError, match=r"is no data frame; expected its groups as rows and columns"):
        terms("~ 1 | site", correlation={"site": known["hip"]})
    with pytest.raises(ValueError, match=r"has other rows than columns"):
        terms("~ 1 | site", correlation={"site": known[["hip", "neck"]]})


def test_working_models_have_the_random_effects_of_their_names() -> None:
    cluster = factor(TABLE.district, "cluster", 6)
    outcome = factor(TABLE.site, "outcome", 6)
    found = {word: terms_of_model(word, cluster, outcome) for word in ("CHE", "CE", "HE", "SCE", "CMVE")}
    shapes = {
        word: [(t.structure.name, np.unique(t.group).size) for t in made] for word, made in found.items()
    }
    assert shapes == {
        "CHE": [("ID", 2), ("ID", 6)],
        "CE": [("ID", 2)],
        "HE": [("ID", 2), ("ID", 6)],
        "SCE": [("DIAG", 2)],
        "CMVE": [("UN", 2)],
    }
    for word in ("SCE", "CMVE"):
        (term,) = found[word]
        assert term.level is not None
        assert (term.group.tolist(), term.level.tolist()) == (
            cluster.number.tolist(),
            outcome.number.tolist(),
        )
        assert (term.groups, term.levels) == (cluster.names, outcome.names)
    single = factor(["a"] * 6, "outcome", 6)
    assert [t.structure.name for t in terms_of_model("SCE", cluster, single)] == ["ID"]
    apart = factor(list("abcdef"), "cluster", 6)
    assert len(terms_of_model("CHE", apart, None)) == 1


RNG = np.random.default_rng(8)
CLUSTER = np.repeat(np.arange(5), [2, 3, 1, 4, 2])
K = CLUSTER.size
X = np.column_stack([np.ones(K), RNG.normal(0, 1, K), RNG.normal(0, 1, 5)[CLUSTER]])
Y = RNG.normal(0.3, 1, K)
THETA = np.array([[0.6, 0.3]])


def problem(y: Array) -> DependentData:
    two = (intercept(CLUSTER), intercept(np.arange(K)))
    return DependentData(blocks_of(X, csr_array(0.2 * np.eye(K)), two, CLUSTER), y[None])


def wald(y: Array, kind: str, tested: list[int]) -> float:
    fit = evaluate(problem(y), THETA, True)
    robust = sandwich(fit, kind).covariance[0][np.ix_(tested, tested)]
    b = fit.beta[0][tested]
    return float(b @ np.linalg.solve(robust, b))


@pytest.mark.parametrize("tested", [[1], [1, 2]])
@pytest.mark.parametrize("kind", ["CR0", "CR2", "CR3"])
def test_each_draw_of_the_wild_bootstrap_is_a_refit(kind: str, tested: list[int]) -> None:
    fit = evaluate(problem(Y), THETA, True)
    same = CLUSTER[:, None] == CLUSTER[None, :]
    w = np.linalg.inv(0.36 * same + (0.09 + 0.2) * np.eye(K))
    kept = [i for i in range(3) if i not in tested]
    z = X[:, kept]
    null = z @ np.linalg.solve(z.T @ w @ z, z.T @ w @ Y)
    draws = wild_draws(fit, np.eye(3)[tested], kind)
    signs = np.array([(1, *rest) for rest in product([1.0, -1.0], repeat=4)])
    expected = np.array([wald(null + s[CLUSTER] * (Y - null), kind, tested) for s in signs])
    assert draws.clusters == 5
    # which cluster comes first is a matter of the stacks: all sign vectors as a set
    assert_allclose(np.sort(draws.statistics(signs)), np.sort(expected), rtol=1e-6)
    found = wild_test(draws, 16, 0)
    assert (found.draws, found.exact) == (16, True)
    assert found.statistic == pytest.approx(wald(Y, kind, tested), rel=1e-8)
    assert found.as_large == int((expected >= found.statistic * (1 - 1e-9)).sum())
    assert found.p_value == found.as_large / 16
    random = wild_test(draws, 15, 3)
    assert (random.draws, random.exact) == (15, False)
    assert random.p_value == (random.as_large + 1) / 16
    assert wild_test(draws, 15, 3) == random


def test_every_vector_of_signs_is_taken_once_however_many_there_are() -> None:
    """131 072 of 18 clusters, more than are held at a time."""
    y, cluster = np.random.default_rng(2).normal(0.3, 1.0, 18), np.arange(18)
    one = DependentData(blocks_of(np.ones((18, 1)), csr_array(np.eye(18)), (), cluster), y[None])
    draws = wild_draws(evaluate(one, np.zeros((1, 0)), True), np.eye(1), "CR0")
    signs = 2.0 * ((np.arange(2**17)[:, None] >> np.arange(17)) & 1) - 1.0
    sums = y[0] + signs @ y[1:]
    # with equal weights the statistic rises with the square of the sum of the turned effects
    expected = int((sums**2 >= y.sum() ** 2 * (1.0 - 1e-9)).sum())
    found = wild_test(draws, 2**17, 0)
    assert (found.exact, found.draws, found.as_large) == (True, 2**17, expected)
    assert found.p_value == expected / 2**17


def test_the_factors_of_robust_covariances() -> None:
    fit = evaluate(problem(Y), THETA, True)
    zero = sandwich(fit, "CR0")
    assert set(ROBUST) == {"CR0", "CR1", "CR1S", "CR2", "CR3"}
    assert_allclose(sandwich(fit, "CR1").covariance, zero.covariance * 5 / 4)
    assert_allclose(sandwich(fit, "CR1S").covariance, zero.covariance * 5 * (K - 1) / (4 * (K - 3)))
    assert_allclose(sandwich(fit, "CR1").df(), zero.df())
    assert zero.clusters == 5


MODERATORS = ("binge", "followup_centred", "males_centred")


@pytest.mark.parametrize("name", ["corrdat", "hierdat"])
def test_variances_by_moments_are_those_of_robumeta(name: str, shared: Path) -> None:
    record = reference(shared, name)
    d, compared = record["data"], 0
    cluster, y, v = numbered(d["study"]), column(d, "yi"), column(d, "vi")
    for key, printed in record["results"].items():
        if not key.startswith("robumeta") or key.endswith("large"):
            continue
        names = MODERATORS if "moderators" in key else ()
        x = np.column_stack([np.ones(y.size), *(column(d, each) for each in names)])
        if "HIER" in key:
            found = hierarchical_moments(y, v, x, cluster)
            assert found.omega2 == pytest.approx(printed["omega2"], rel=1e-8, abs=1e-12)
        else:
            found = correlated_moments(y, v, x, cluster, float(key.split("rho")[1][:3]))
            assert found.omega2 is None
        assert found.tau2 == pytest.approx(printed["tau2"], rel=1e-8, abs=1e-12)
        assert_allclose(np.sort(found.weights), np.sort(printed["weights"]), rtol=1e-8)
        compared += 1
    assert compared == 8
