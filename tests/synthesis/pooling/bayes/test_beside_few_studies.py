"""The Bayesian interval against a double quadrature over mu and tau that shares nothing with it."""

import math

import mpmath
import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import stats

from synthesis.pooling.bayes.normal import BayesianPooled, bayesian_pool
from synthesis.pooling.kernel.effects import Array

CASES = [
    ([0.1, 0.5], [0.01, 0.02]),
    ([0.3, 0.31], [0.04, 0.01]),
    ([0.0, 10.0], [0.01, 0.01]),
    ([-1.0, 0.5, 2.0], [0.1, 0.5, 0.05]),
    ([120.0, 150.0, 90.0], [400.0, 25.0, 100.0]),
]


def unit_nodes() -> tuple[Array, Array]:
    """mpmath's tanh-sinh nodes on (-1, 1), as (1 - x) / (1 + x) without cancellation, and weights."""
    with mpmath.workdps(40):
        nodes = mpmath.calculus.quadrature.TanhSinh(mpmath.mp).calc_nodes(7, 130)
        ratio = [float((1 + x) / (1 - x)) for x, _ in nodes]
        weight = [float(2 * w / (1 - x) ** 2) for x, w in nodes]
    return np.array(ratio), np.array(weight)


RATIO, WEIGHT = unit_nodes()


def joint(y: Array, v: Array, mu: Array, tau: Array) -> Array:
    """Likelihood times prior, from the definition: mu (m, 1), tau (1, n) -> (m, n)."""
    s0 = math.sqrt(len(v) / (1.0 / v).sum())
    density = s0 / (s0 + tau) ** 2
    for yi, vi in zip(y, v, strict=True):
        variance = vi + tau * tau
        density = density * np.exp(-0.5 * (yi - mu) ** 2 / variance) / np.sqrt(variance)
    return density


def mass(y: Array, v: Array, mu: tuple[float, int], tau: tuple[float, int], moment: int = 0) -> float:
    """Integral over mu from a point towards one side, and over tau below (-1) or above (1) a point."""
    scale = math.sqrt(v.mean()) + float(np.ptp(y))
    at_mu = mu[0] + mu[1] * scale * RATIO
    at_tau = tau[0] + scale * RATIO if tau[1] > 0 else tau[0] * RATIO / (1.0 + RATIO)
    d_tau = scale * WEIGHT if tau[1] > 0 else tau[0] * WEIGHT / (1.0 + RATIO) ** 2
    values = joint(y, v, at_mu[:, None], at_tau[None, :]) * at_mu[:, None] ** moment
    return float((scale * WEIGHT) @ values @ d_tau)


@pytest.mark.parametrize(("yi", "vi"), CASES)
def test_posterior_agrees_with_double_quadrature(yi: list[float], vi: list[float]) -> None:
    y, v = np.array(yi), np.array(vi)
    ours = bayesian_pool(y, v, level=0.9)
    centre = float(y.mean())
    whole = sum(mass(y, v, (centre, side), (0.0, 1)) for side in (-1, 1))
    first = sum(mass(y, v, (centre, side), (0.0, 1), moment=1) for side in (-1, 1))
    assert_allclose(ours.mean, first / whole, rtol=1e-8)
    for quantile, p in ((ours.low, 0.05), (ours.median, 0.5), (ours.high, 0.95)):
        assert_allclose(mass(y, v, (quantile, -1), (0.0, 1)) / whole, p, rtol=1e-8)
    for quantile, p in ((ours.tau_median, 0.5), (ours.tau_upper, 0.9)):
        below = sum(mass(y, v, (centre, side), (quantile, -1)) for side in (-1, 1))
        assert_allclose(below / whole, p, rtol=1e-8)
    assert_allclose(ours.prior_scale**2, 1.0 / np.mean(1.0 / v), rtol=1e-13)


@pytest.mark.parametrize(("yi", "vi"), CASES)
@pytest.mark.parametrize(("scale", "shift"), [(1e-20, 0.0), (1e-5, 0.0), (37.0, -4.0), (1.0, 1e4)])
def test_results_follow_shift_and_scale(yi: list[float], vi: list[float], scale: float, shift: float) -> None:
    y, v = np.array(yi), np.array(vi)
    plain, moved = bayesian_pool(y, v), bayesian_pool(scale * y + shift, scale**2 * v)
    tolerance = 1e-9 * scale * math.sqrt(v.max()) + 1e-15 * abs(shift)
    for name in ("mean", "median", "low", "high"):
        assert_allclose(
            getattr(moved, name), scale * getattr(plain, name) + shift, rtol=1e-11, atol=tolerance
        )
    for name in ("tau_median", "tau_upper", "prior_scale"):
        assert_allclose(getattr(moved, name), scale * getattr(plain, name), rtol=1e-8)


def width(result: BayesianPooled) -> float:
    return result.high - result.low


def test_equally_precise_studies_give_a_symmetric_posterior() -> None:
    result = bayesian_pool(np.array([1.0, 3.0]), np.array([0.2, 0.2]))
    assert_allclose([result.mean, result.median, result.low + result.high], [2.0, 2.0, 4.0], rtol=1e-12)


def test_interval_is_wider_than_equal_effects_and_grows_with_disagreement() -> None:
    v = np.array([0.1, 0.1])
    widths = [width(bayesian_pool(np.array([0.0, gap]), v)) for gap in (0.0, 1.0, 5.0, 50.0)]
    assert widths == sorted(widths)
    assert widths[0] > 2 * 1.96 * math.sqrt(0.05)


def test_far_disagreement_makes_sampling_error_irrelevant() -> None:
    """With v negligible the posterior of tau keeps only the prior's tail s0 / tau^2, so that s0 cancels."""
    y = np.array([0.0, 1.0, 2.0])
    tight, tighter = (bayesian_pool(y, np.full(3, v)) for v in (1e-12, 1e-14))
    assert_allclose([tight.low, tight.tau_median], [tighter.low, tighter.tau_median], rtol=1e-4)


@pytest.mark.parametrize("k", [2, 3, 5, 17, 20, 22, 40, 60])
@pytest.mark.parametrize("scale", [1e-100, 1.0, 1e60])
def test_without_sampling_error_the_mean_is_student_and_tau_chi_squared(k: int, scale: float) -> None:
    """With v nothing beside the distances p(tau | y) falls as tau^-(k + 1) exp(-SS / 2 tau^2).

    SS / tau^2 is then chi2(k), and k (mu - mean) / sqrt(SS) is t(k), whose heavy tails k = 2 shows and whose
    narrow peak k = 60 does.
    """
    y = scale * (np.arange(k) ** 2 / k - 1.0)
    found = bayesian_pool(y, np.full(k, 1e-26 * scale**2), level=0.9)
    size = float(np.sqrt(((y - y.mean()) ** 2).sum()))
    exact = [y.mean(), *(y.mean() + size / k * stats.t(k).ppf([0.05, 0.5, 0.95]))]
    assert_allclose([found.mean, found.low, found.median, found.high], exact, rtol=0, atol=2e-12 * size / k)
    assert_allclose(
        [found.tau_median, found.tau_upper], size / np.sqrt(stats.chi2(k).isf([0.5, 0.9])), rtol=1e-12
    )
    assert_allclose(found.prior_scale, 1e-13 * scale, rtol=1e-13)
