"""The weighted sum of chi-squared variables against closed forms in many digits and another inversion."""

import math
from itertools import pairwise
from typing import Any

import mpmath
import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import integrate, special, stats

from synthesis.pooling.kernel.effects import Array
from synthesis.pooling.tau2 import quadratic_forms as module
from synthesis.pooling.tau2.quadratic_forms import (
    weighted_chi2,
    weighted_chi2_cdf,
    weighted_chi2_quantile,
)

SMALLEST = 1e-290
ENDS = [0.0, 1.0, 3.0, 10.0, 30.0, 100.0, 1000.0, math.inf]
SHARES_OF_MEAN = [1e-6, 1e-2, 0.3, 0.9, 0.999, 1.01, 1.5, 5.0, 30.0, 200.0]


@pytest.mark.parametrize("m", [1, 2, 3, 10, 100, 1000])
def test_equal_weights_are_a_multiple_of_chi_squared(m: int) -> None:
    p = np.array([1e-250, 1e-100, 1e-10, 1e-3, 0.1, 0.3, 0.5])
    q = np.concatenate([stats.chi2.ppf(p, m), stats.chi2.isf(p, m), [m, m * (1 + 1e-9), m * (1 - 1e-9)]])
    q = q[q > 0]
    found = weighted_chi2(3.0 * q, np.full(m, 3.0))
    assert_allclose(found.cdf, stats.chi2.cdf(q, m), rtol=1e-12)
    assert_allclose(found.tail, stats.chi2.sf(q, m), rtol=1e-12)
    assert_allclose(found.density, stats.chi2.pdf(q, m) / 3.0, rtol=2e-12)
    assert q.size >= 16


def sum_of_pairs(q: float, weights: Array) -> tuple[Any, Any]:
    """P(Q <= q) and P(Q > q) with every weight twice: a mixture of exponentials, in 400 digits."""
    with mpmath.workdps(400):
        exact = [mpmath.mpf(w) for w in weights.tolist()]
        cdf = tail = mpmath.mpf(0)
        for i, a in enumerate(exact):
            share = mpmath.fprod(a / (a - b) for j, b in enumerate(exact) if j != i)
            tail += share * mpmath.exp(-mpmath.mpf(q) / (2 * a))
            cdf -= share * mpmath.expm1(-mpmath.mpf(q) / (2 * a))
        return cdf, tail


@pytest.mark.parametrize("orders", [0.5, 2.0, 6.0, 14.0])
def test_pairs_of_weights_are_exponential_mixtures_in_both_tails(orders: float) -> None:
    rng = np.random.default_rng(int(10 * orders))
    compared = 0
    for pairs in (1, 2, 5, 12, 20):
        weights = 10.0 ** rng.uniform(-orders, 0.0, pairs)
        for share in SHARES_OF_MEAN:
            q = float(2.0 * weights.sum() * share)
            cdf, tail = sum_of_pairs(q, weights)
            found = weighted_chi2(np.array(q), np.repeat(weights, 2))
            for ours, exact in ((found.cdf[0], cdf), (found.tail[0], tail)):
                if exact > SMALLEST:
                    assert abs(ours - exact) < 5e-13 * exact
                    compared += 1
    assert compared > 85


def one_pair_beside_many(q: float, weight: float, n: int) -> Any:
    """P(chi2(2) + weight chi2(2 n) > q) in 60 digits: an exponential variable plus a gamma variable."""
    with mpmath.workdps(60):
        at, w = mpmath.mpf(q), mpmath.mpf(weight)
        of_many = mpmath.gammainc(n, at / (2 * w), mpmath.inf, regularized=True)
        tilted = mpmath.gammainc(n, 0, at * (1 - w) / (2 * w), regularized=True)
        return of_many + mpmath.exp(-at / 2) * (1 - w) ** (-n) * tilted


@pytest.mark.parametrize("n", [1, 50, 200, 1000])
def test_two_large_weights_beside_many_small_ones(n: int) -> None:
    """Contours that come near the many branch points lose all digits here."""
    compared = 0
    for weight in (0.9, 0.3, 0.03, 1 / 401, 1e-4, 1e-6):
        for share in (0.2, 0.5, 0.75, 0.9, 1.1, 2.0, 6.0, 20.0):
            q = share * (2.0 + 2.0 * n * weight)
            exact = one_pair_beside_many(q, weight, n)
            if exact > SMALLEST:
                found = weighted_chi2(np.array(q), np.r_[1.0, 1.0, np.full(2 * n, weight)]).tail[0]
                assert abs(found - exact) < 1e-12 * exact
                compared += 1
    assert compared >= 36


def imhof(q: float, weights: Array) -> float:
    """P(Q > q) by the real integral of Imhof 1961."""

    def integrand(u: float) -> float:
        angle = 0.5 * float(np.arctan(weights * u).sum() - q * u)
        return math.sin(angle) / (u * float(np.prod((1.0 + (weights * u) ** 2) ** 0.25)))

    pieces = [integrate.quad(integrand, a, b, epsabs=1e-15, limit=400)[0] for a, b in pairwise(ENDS)]
    return 0.5 + sum(pieces) / math.pi


def test_distinct_weights_agree_with_imhofs_integral() -> None:
    weights = np.repeat([1.0, 0.7, 0.31, 0.12], [3, 5, 3, 5])  # many, for the integrand must die out
    for q in (1.0, 4.0, 9.0, 20.0):
        assert abs(weighted_chi2(np.array(q), weights).tail[0] - imhof(q, weights)) < 1e-12


def test_a_weight_can_be_integrated_out() -> None:
    """Distinct weights have no closed form: condition on one of them instead."""
    weights = np.array([1.0, 0.4, 0.3, 0.05, 0.02])
    nodes, shares = np.polynomial.legendre.leggauss(300)
    for q in (0.5, 1.4, 6.0):
        end = math.sqrt(q / weights[2])
        z = 0.5 * end * (nodes + 1.0)
        rest = weighted_chi2(q - weights[2] * z**2, np.delete(weights, 2)).tail
        density = 2.0 * np.exp(-0.5 * z**2) / np.sqrt(2.0 * np.pi)
        expected = 0.5 * end * (shares * density * rest).sum() + 2.0 * special.ndtr(-end)
        assert_allclose(weighted_chi2(np.array(q), weights).tail[0], expected, rtol=1e-9)


def test_density_and_rise_are_the_derivatives() -> None:
    rng = np.random.default_rng(3)
    weights, rates = 10.0 ** rng.uniform(-3, 0, (40, 7)), rng.uniform(0, 1, (40, 7))
    q = weights.sum(axis=1) * rng.uniform(0.2, 3.0, 40)
    found, h = weighted_chi2(q, weights, rates * weights), 1e-5
    by_weights = (
        weighted_chi2(q, weights * (1 + h * rates)).tail - weighted_chi2(q, weights * (1 - h * rates)).tail
    )
    assert_allclose(found.rise, by_weights / (2 * h), rtol=1e-8)
    by_q = weighted_chi2(q * (1 - h), weights).tail - weighted_chi2(q * (1 + h), weights).tail
    assert_allclose(found.density, by_q / (2 * h * q), rtol=1e-8)


@pytest.mark.parametrize("upper", [False, True])
def test_quantile_inverts_the_probability(upper: bool) -> None:
    weights = 10.0 ** np.random.default_rng(4).uniform(-4, 0, (30, 6))
    for p in (1e-100, 1e-9, 0.025, 0.3, 0.5, 0.7, 0.975, 1 - 1e-9):
        q = weighted_chi2_quantile(np.array(p), weights, upper)
        at = weighted_chi2(q, weights)
        assert_allclose(at.tail if upper else at.cdf, p, rtol=1e-12)
    assert_allclose(weighted_chi2_quantile(np.array(0.95), np.ones(7)), stats.chi2.ppf(0.95, 7), rtol=1e-13)


def test_zeros_order_and_scale_do_not_matter() -> None:
    weights, q = np.array([0.2, 3.0, 0.9]), np.array([0.1, 2.0, 40.0])
    plain = weighted_chi2(q, weights).tail
    assert_allclose(weighted_chi2(q, np.array([0.9, 0.0, 0.2, 3.0, 0.0])).tail, plain, rtol=1e-13)
    assert_allclose(weighted_chi2(q * 1e-200, weights * 1e-200).tail, plain, rtol=1e-13)


def test_edges_have_a_defined_answer() -> None:
    q = np.array([-1.0, 0.0, np.inf, np.nan])
    assert_allclose(weighted_chi2_cdf(q, np.array([1.0, 2.0])), [0.0, 0.0, 1.0, np.nan])
    assert_allclose(weighted_chi2(q, np.array([1.0, 2.0])).tail, [1.0, 1.0, 0.0, np.nan])
    assert_allclose(weighted_chi2_cdf(q, np.zeros(2)), [0.0, 1.0, 1.0, np.nan])
    assert_allclose(weighted_chi2_cdf(q, np.zeros((4, 0))), [0.0, 1.0, 1.0, np.nan])
    assert_allclose(weighted_chi2_quantile(np.array([0.0, 1.0, np.nan]), np.ones(3)), [0.0, np.inf, np.nan])
    assert_allclose(weighted_chi2_quantile(np.array([0.0, 1.0]), np.ones(3), upper=True), [np.inf, 0.0])
    assert_allclose(weighted_chi2_quantile(np.array([0.2, 1.0]), np.zeros(3)), [0.0, 0.0])
    assert_allclose(weighted_chi2_quantile(np.array([0.2, 1.0]), np.zeros((2, 0))), [0.0, 0.0])


@pytest.mark.parametrize("weights", [[1.0, -0.1], [np.nan], [np.inf]])
def test_weights_that_are_none_are_refused(weights: list[float]) -> None:
    with pytest.raises(ValueError, match="expected lambda >= 0"):
        weighted_chi2(np.array([1.0]), np.array(weights))


def test_shapes_and_probabilities_that_cannot_be_are_refused() -> None:
    with pytest.raises(ValueError, match=r"expected \(n,\)"):
        weighted_chi2(np.ones((2, 2)), np.ones(2))
    with pytest.raises(ValueError, match="outside"):
        weighted_chi2_quantile(np.array([1.1]), np.ones(2))


@pytest.mark.parametrize(
    "weights",
    [
        np.ones(1),
        np.array([1.0, 0.5, 0.1]),
        10.0 ** -np.arange(6),
        np.full(50, 0.3),
        np.linspace(0.1, 3, 200),
    ],
    ids=len,
)
def test_half_the_step_of_the_sum_changes_nothing(weights: Array, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its error falls geometrically with the step: half of it has twice the digits."""
    q = np.array([1e-6, 0.3, 0.9, 1.5, 5.0, 30.0]) * weights.sum()
    found = weighted_chi2(q, weights, weights)
    for name in ("_STEP", "_STEP_OF_PEAK"):
        monkeypatch.setattr(module, name, 0.5 * getattr(module, name))
    fine = weighted_chi2(q, weights, weights)
    for ours, finer in (
        (found.cdf, fine.cdf), (found.tail, fine.tail), (found.density, fine.density), (found.rise, fine.rise)
    ):  # fmt: skip
        assert_allclose(ours, finer, rtol=1e-14, atol=1e-280)
