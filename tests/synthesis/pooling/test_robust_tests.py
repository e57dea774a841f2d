"""Cluster-robust covariances and every test made of them, at the parameters of metafor's fits."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import integrate, stats

from synthesis.pooling.dependent.block_likelihood import evaluate
from synthesis.pooling.dependent.robust import ROBUST, Sandwich, sandwich
from synthesis.pooling.dependent.saddlepoint import saddlepoint, saddlepoint_p
from synthesis.pooling.dependent.wald_tests import WALD_TESTS
from synthesis.pooling.kernel.effects import Array
from tests.synthesis.pooling.dependent_problems import fits_of, problem, reference
from tests.synthesis.pooling.test_dependent_hills import made

TOLERANCE = 1e-8

THEIR_WORDS = {
    "HTZ": "HTZ", "HTA": "HTA", "HTB": "HTB", "EDF": "EDF", "EDT": "EDT", "J-1": "Naive-F",
    "J-p": "Naive-Fp", "chi2": "chi-sq",
}  # fmt: skip

COUNTS = {
    "berkey1998": 1630, "corrdat": 1595, "hierdat": 1595, "kalaian1996": 1365, "knapp2017": 320,
    "konstantopoulos2011": 465,
}  # fmt: skip


class Compared:
    """Counts comparisons, each at 1e-8 of the number or of one."""

    def __init__(self) -> None:
        self.count = 0

    def close(self, found: Any, expected: Any, what: str) -> None:
        expected = np.array(expected, dtype=float)
        assert_allclose(found, expected, rtol=TOLERANCE, atol=TOLERANCE, err_msg=what)
        self.count += expected.size


@pytest.mark.parametrize("name", COUNTS)
def test_every_robust_number_at_their_parameters_is_theirs(name: str, shared: Path) -> None:
    record, compared = reference(shared, name), Compared()
    for key, printed in fits_of(record).items():
        p = problem(name, key, record)
        fit = evaluate(p.data, p.roots(p.natural), p.restricted)
        for kind in ROBUST:
            theirs = printed["robust"][kind]
            robust, where = sandwich(fit, kind), f"{key} {kind}"
            compare_coefficients(compared, theirs, fit.beta[0], robust, where)
            for test in theirs.get("wald", {}).values():
                compare_wald(compared, test, fit.beta, robust, where)
    assert compared.count == COUNTS[name]


def compare_coefficients(
    compared: Compared, theirs: dict[str, Any], beta: Array, robust: Sandwich, where: str
) -> None:
    """Everything but intervals and p by Satterthwaite's df, which the models' own tests compare."""
    se, df = np.sqrt(np.diag(robust.covariance[0])), robust.df()[0]
    t = beta / se
    compared.close(robust.covariance[0], theirs["vcov"], where)
    compared.close(se / theirs["se"], np.ones(se.size), where)
    compared.close(df, theirs["df_satterthwaite"], where)
    compared.close(t, theirs["t"], where)
    for i in range(se.size):
        compare_saddlepoint(compared, float(t[i]), robust.eigenvalues(i)[0], theirs, i, where)
    known = {
        "se", "t", "vcov", "df_satterthwaite", "p_satterthwaite", "ci_lower_satterthwaite",
        "ci_upper_satterthwaite", "df_naive", "p_naive", "df_naive_clusters_minus_coefficients",
        "p_naive_clusters_minus_coefficients", "p_normal", "saddlepoint", "p_saddlepoint", "wald",
    }  # fmt: skip
    assert set(theirs) <= known


def compare_saddlepoint(
    compared: Compared, t: float, eigenvalues: Array, theirs: dict[str, Any], i: int, where: str
) -> None:
    """Their root is right to a few digits: the formula of Lugannani and Rice there is theirs."""
    at, p = theirs["saddlepoint"][i], theirs["p_saddlepoint"][i]
    weights = np.r_[1.0, -(t**2) * eigenvalues / eigenvalues.sum()]

    def slope(s: float) -> float:
        return float((weights / (1 - 2 * weights * s)).sum())

    def probability(s: float) -> float:
        fallen = 0.5 * np.log1p(-2 * weights * s).sum()
        r = np.sign(s) * np.sqrt(2 * fallen)
        u = s * np.sqrt(2 * (weights**2 / (1 - 2 * weights * s) ** 2).sum())
        return float(stats.norm.sf(r) - stats.norm.pdf(r) * (1 / r - 1 / u))

    third = (weights**3).sum() / (2.0 * (weights**2).sum()) ** 1.5
    limit = 0.5 - 8.0 * third / (6.0 * np.sqrt(2.0 * np.pi))  # which they take for anything near
    compared.close(limit if abs(at) < 0.01 else probability(at), p, f"{where} saddlepoint")
    root = saddlepoint(t, eigenvalues)
    assert abs(slope(root)) < 1e-9 + abs(slope(at)), where
    assert root == pytest.approx(at, abs=1e-3), where
    assert saddlepoint_p(t, eigenvalues) == pytest.approx(probability(root), rel=1e-8), where


def compare_wald(compared: Compared, test: dict[str, Any], beta: Array, robust: Sandwich, where: str) -> None:
    rows = np.array(test["coefficients"]) - 1
    turned = robust.transformed(np.eye(beta.shape[1])[rows])
    assert set(test) - {"coefficients"} == set(THEIR_WORDS.values())
    for ours, word in THEIR_WORDS.items():
        found, theirs = WALD_TESTS[ours](beta[:, rows], turned), test[word]
        assert theirs["df_num"] == rows.size
        if theirs["df_denom"] == "Infinity":
            assert math.isinf(found.df2[0])
            compared.close(found.statistic[0] / rows.size, theirs["F"], f"{where} {word}")
        elif theirs["df_denom"] <= 0:  # printed as F = 0 without a p; nothing here is F
            assert np.isnan([found.statistic[0], found.df2[0], found.p_value[0]]).all()
            compared.count += 3
            continue
        else:
            compared.close(found.statistic[0], theirs["F"], f"{where} {word}")
            compared.close(found.df2[0], theirs["df_denom"], f"{where} {word}")
        compared.close(found.p_value[0], theirs["p"], f"{where} {word}")


def test_parts_of_clusters_add_up_to_the_covariance_of_the_robust_one() -> None:
    data = made("nested", 3)
    fit = evaluate(data, np.array([[0.5, 0.7]]), True)
    robust = sandwich(fit, "CR2")
    every = robust.element_covariances()
    assert_allclose(np.einsum("bstst->bst", every), robust.spread(), rtol=1e-12)
    assert_allclose(every, every.transpose(0, 2, 1, 3, 4), rtol=1e-9, atol=1e-12)
    assert_allclose(every, every.transpose(0, 3, 4, 1, 2), rtol=1e-9, atol=1e-12)
    for i in range(2):
        values = robust.eigenvalues(i)[0]
        assert values.sum() == pytest.approx(robust.expected()[0, i, i], rel=1e-12)
        assert 2 * (values**2).sum() == pytest.approx(robust.spread()[0, i, i], rel=1e-12)
        assert values.sum() ** 2 / (values**2).sum() == pytest.approx(robust.df()[0, i], rel=1e-12)


def test_of_a_single_coefficient_every_test_with_its_own_df_is_its_t() -> None:
    data = made("nested", 4)
    fit = evaluate(data, np.array([[0.5, 0.7]]), True)
    one = sandwich(fit, "CR1").transformed(np.array([[0.0, 1.0]]))
    beta = fit.beta[:, 1:]
    t, df = beta[0, 0] / np.sqrt(one.covariance[0, 0, 0]), one.df()[0, 0]
    for word in ("HTZ", "HTA", "HTB"):
        found = WALD_TESTS[word](beta, one)
        assert_allclose([found.statistic[0], found.df2[0]], [t * t, df], rtol=1e-10)
    edf = WALD_TESTS["EDF"](beta, one)
    assert_allclose([edf.statistic[0], edf.df2[0]], [t * t, max(df, 4.1)], rtol=1e-10)
    assert WALD_TESTS["EDT"](beta, one).p_value[0] == pytest.approx(2 * stats.t.sf(abs(t), df), rel=2e-2)


def exact_tail(t: float, eigenvalues: Array) -> float:
    """P(|T| > t) of z over the root of a weighted sum of chi-squares, by inversion (Imhof 1961)."""
    weights = np.r_[1.0, -(t**2) * eigenvalues / eigenvalues.sum()]

    def inner(u: float) -> float:
        angle = 0.5 * np.arctan(weights * u).sum()
        size = float(np.exp(0.25 * np.log1p((weights * u) ** 2).sum()))
        return float(np.sin(angle)) / (u * size)

    return 0.5 + integrate.quad(inner, 0, np.inf, limit=2000, epsabs=1e-10)[0] / np.pi


def test_a_saddlepoint_p_is_near_the_exact_one() -> None:
    rng, compared = np.random.default_rng(5), 0
    for clusters in (4, 9, 30):
        eigenvalues = rng.gamma(1.0, 1.0, clusters)
        for t in (0.05, 0.6, 1.0, 1.3, 2.2, 4.0):
            exact = exact_tail(t, eigenvalues)
            assert saddlepoint_p(t, eigenvalues) == pytest.approx(exact, rel=0.1), (clusters, t)
            compared += 1
    assert compared == 18


def test_a_saddlepoint_p_falls_without_a_jump() -> None:
    eigenvalues = np.array([3.0, 1.0, 0.5, 0.2, 0.0])
    ts = 1.0 + np.concatenate([-np.logspace(0, -12, 61), [0.0], np.logspace(-12, 1, 66)])
    found = np.array([saddlepoint_p(float(t), eigenvalues) for t in ts])
    assert found[0] == 1.0
    assert (np.diff(found) <= 1e-8).all()
    near = np.abs(ts - 1.0) < 1e-5
    assert np.abs(np.diff(found[near])).max() < 1e-5
    assert [saddlepoint_p(-2.0, eigenvalues)] == [saddlepoint_p(2.0, eigenvalues)]
    assert math.isnan(saddlepoint_p(math.nan, eigenvalues))
    assert math.isnan(saddlepoint_p(2.0, np.zeros(3)))
    assert 0 < saddlepoint_p(1e8, eigenvalues) < 1e-12


@pytest.mark.parametrize("kind", ROBUST)
def test_every_test_of_two_fits_at_once_is_that_of_each_alone(kind: str) -> None:
    data, compared = made("CS", 4), Compared()
    theta = np.array([[0.5, 0.7], [2.0, -0.2]])
    both = evaluate(data.take(np.zeros(2, dtype=np.intp)), theta, True)
    robust = sandwich(both, kind)
    for n in range(2):
        one = evaluate(data, theta[n : n + 1], True)
        alone = sandwich(one, kind)
        compared.close(robust.df()[n], alone.df()[0], "df")
        compared.close(robust.spread()[n], alone.spread()[0], "spread")
        compared.close(robust.eigenvalues(1)[n], alone.eigenvalues(1)[0], "eigenvalues")
        assert (robust.eigenvalues(0) >= 0.0).all()
        for word, test in WALD_TESTS.items():
            together, single = test(both.beta, robust), test(one.beta, alone)
            assert together.statistic.shape == together.df2.shape == together.p_value.shape == (2,)
            compared.close(together.statistic[n], single.statistic[0], word)
            compared.close(together.df2[n], single.df2[0], word)
            compared.close(together.p_value[n], single.p_value[0], word)
    assert compared.count == 2 * (2 + 4 + robust.clusters + 3 * len(WALD_TESTS))
