"""Combined p-values against scipy.stats, sums by hand and 60-digit arithmetic."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Literal

import numpy as np
import pytest
from mpmath import mp, mpf
from numpy.testing import assert_allclose
from scipy import stats

from synthesis.pooling.kernel.effects import Array
from synthesis.without_pooling.combination import (
    log_edgington,
    log_fisher,
    log_stouffer,
    log_tippett,
    normal_scores,
)


def logs(p: list[float]) -> tuple[Array, Array]:
    return np.log(p), np.log1p(-np.array(p))


def drawn(k: int, seed: int) -> list[float]:
    return [float(p) for p in np.random.default_rng(seed).uniform(0.001, 0.999, k) ** (1 + seed % 3)]


Method = Literal["fisher", "stouffer", "tippett"]
SCIPY: dict[Method, Callable[[Array, Array], float]] = {
    "fisher": lambda p, q: log_fisher(p),
    "stouffer": lambda p, q: log_stouffer(p, q, np.ones(p.size)),
    "tippett": log_tippett,
}


def test_fisher_stouffer_and_tippett_are_those_of_scipy() -> None:
    compared = 0
    for method, ours in SCIPY.items():
        for k in (1, 2, 3, 7, 40, 300):
            for seed in range(4):
                p = drawn(k, seed)
                assert_allclose(math.exp(ours(*logs(p))), stats.combine_pvalues(p, method).pvalue, rtol=1e-10)
                compared += 1
    assert compared == 72


def test_weights_of_stouffer_are_those_of_scipy_and_only_their_ratios_count() -> None:
    compared = 0
    for k in (1, 2, 5, 30):
        p, w = drawn(k, k), np.random.default_rng(k).uniform(0.1, 90.0, k)
        expected = stats.combine_pvalues(p, "stouffer", weights=w).pvalue
        for factor in (1.0, 1e-200, 1e200):
            assert_allclose(math.exp(log_stouffer(*logs(p), factor * w)), expected, rtol=1e-10)
            compared += 1
    assert compared == 12


def test_the_sum_of_two_and_of_three_follows_the_triangle_and_the_parabolas() -> None:
    """P(S <= s): s^2/2 and 1 - (2-s)^2/2 of two; s^3/6, (s^3 - 3(s-1)^3)/6, 1 - (3-s)^3/6 of three."""
    for p, expected in (
        ([0.2], 0.2),
        ([0.9], 0.9),
        ([0.1, 0.3], 0.08),
        ([0.5, 0.5], 0.5),
        ([0.9, 0.8], 1 - 0.09 / 2),
        ([0.2, 0.3, 0.4], 0.9**3 / 6),
        ([0.25, 0.25, 0.5], 1 / 6),
        ([0.4, 0.4, 0.6], (1.4**3 - 3 * 0.4**3) / 6),
        ([0.5, 0.5, 0.5], 0.5),
        ([0.8, 0.9, 0.7], 1 - 0.6**3 / 6),
    ):
        assert_allclose(math.exp(log_edgington(*logs(p))), expected, rtol=1e-12, err_msg=str(p))


@pytest.mark.parametrize("k", [2, 6, 13, 40, 120])
def test_the_sum_of_many_keeps_its_digits_though_its_terms_cancel(k: int) -> None:
    for scale in (0.02, 0.3, 0.6, 1.0):
        p = [scale * each for each in drawn(k, k)]
        with mp.workdps(200):
            s = mp.fsum([mpf(each) for each in p])
            terms = [(-1) ** j * mp.binomial(k, j) * (s - j) ** k for j in range(int(mp.floor(s)) + 1)]
            expected = float(mp.log(mp.fsum(terms) / mp.factorial(k)))
        assert_allclose(log_edgington(*logs(p)), expected, rtol=1e-10)


def test_p_of_1e_minus_300_are_right_as_logarithms() -> None:
    p = [1e-300, 3e-200, 0.25]
    log_p, log_q = logs(p)
    with mp.workdps(60):
        exact = [mpf(each) for each in p]
        half = -sum(mp.log(each) for each in exact)
        fisher = mp.log(sum(half**j / mp.factorial(j) for j in range(3))) - half
        edgington = mp.log(mp.fsum(exact) ** 3 / 6)
        tippett = mp.log(3 * exact[0])
        z = sum(-mp.sqrt(2) * _erfcinv_score(each) for each in exact) / mp.sqrt(3)
        stouffer = mp.log(mp.ncdf(-z))
    assert_allclose(log_fisher(log_p), float(fisher), rtol=1e-12)
    assert_allclose(log_edgington(log_p, log_q), float(edgington), rtol=1e-12)
    assert_allclose(log_tippett(log_p, log_q), float(tippett), rtol=1e-12)
    assert_allclose(log_stouffer(log_p, log_q, np.ones(3)), float(stouffer), rtol=1e-9)


def _erfcinv_score(p: mpf) -> mpf:
    """Minus z / sqrt(2) of an upper tail p."""
    start = -stats.norm.isf(float(p)) / math.sqrt(2.0)
    return mp.findroot(lambda x: mp.log(mp.erfc(-x) / 2) - mp.log(p), start)


def test_scores_are_right_in_both_tails() -> None:
    log_p, log_q = np.log([1e-300, 0.5]), np.log1p([-1e-300, -0.5])
    there, half = normal_scores(log_p, log_q)
    assert_allclose(there, 37.0471, atol=1e-4)  # of a tail of 1e-300
    assert_allclose(half, 0.0, atol=1e-15)
    assert_allclose(normal_scores(log_q, log_p)[0], -there, rtol=1e-15)
    assert_allclose(normal_scores(*logs([0.025, 0.975])), [1.959963984540054, -1.959963984540054], rtol=1e-13)


def test_the_smallest_of_two_and_a_tiny_one() -> None:
    assert_allclose(math.exp(log_tippett(*logs([0.1, 0.6]))), 0.19, rtol=1e-13)
    for p in (1e-19, 1e-17, 0.9e-17, 1e-15):
        assert_allclose(math.exp(log_tippett(*logs([0.5, p, 0.7]))), 3 * p, rtol=1e-12)


def test_p_near_one_combine_to_p_near_one() -> None:
    p = [0.999, 0.9999]
    assert_allclose(math.exp(log_fisher(np.log(p))), stats.combine_pvalues(p, "fisher").pvalue, rtol=1e-12)
    assert log_fisher(np.array([-1e-17, -1e-17])) <= 0.0
    assert_allclose(math.exp(log_edgington(*logs(p))), 1.0 - 0.0011**2 / 2, rtol=1e-12)
