"""The maximum is the highest, the interval the profile's, and without silence both are those of ML."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import optimize, special

from synthesis.pooling.batch import pool_batch
from synthesis.pooling.kernel.climbing import Point
from synthesis.pooling.kernel.effects import Array, Effects
from synthesis.pooling.unreported import unreported_fit as module
from synthesis.pooling.unreported.likelihood import Unprinted, UnreportedLikelihood
from synthesis.pooling.unreported.statements import STATEMENTS, limits
from synthesis.pooling.unreported.unreported_fit import maximise

CHI2 = 3.841458820694124
NONE = Unprinted(np.zeros(0), np.zeros((0, 2)), np.zeros((0, 2)), np.zeros(0))


def made(seed: int) -> tuple[Array, Array, Unprinted]:
    """One to six results with numbers and none to five without, of any statement, some of them unsure."""
    rng = np.random.default_rng(seed)
    k, m = int(rng.integers(1, 7)), int(rng.integers(0, 6))
    y = rng.normal(rng.normal(0.0, 0.5), rng.choice([0.0, 0.3, 2.0]) + 0.1, k)
    said = [str(each) for each in rng.choice(list(STATEMENTS), m)]
    low, high = limits(said, np.full(m, 1.96))
    sei = rng.uniform(0.02, 0.6, m)
    return y, rng.uniform(0.02, 0.6, k) ** 2, Unprinted(sei, low, high, rng.choice([1.0, 0.6], m))


def highest_of_grid(likelihood: UnreportedLikelihood, heterogeneity: bool) -> float:
    """Log-likelihood at the best of 201 x 81 points, or of 4,001."""
    spread = np.ptp(likelihood.y) + 3.0
    mu = np.linspace(likelihood.y.min() - spread, likelihood.y.max() + spread, 201 if heterogeneity else 4001)
    tau2 = np.concatenate([[0.0], np.geomspace(1e-3, 20.0, 80)]) ** 2 if heterogeneity else np.zeros(1)
    grid = np.array([likelihood.values(mu, np.full(mu.size, t)).max() for t in tau2])
    return float(grid.max())


@pytest.mark.parametrize("heterogeneity", [True, False])
def test_no_point_of_a_dense_grid_is_above_the_maximum(heterogeneity: bool) -> None:
    compared = 0
    for seed in range(12):
        y, v, unprinted = made(seed)
        found = maximise(y, v, unprinted, heterogeneity, CHI2)
        likelihood = UnreportedLikelihood(y, v, unprinted)
        there = float(likelihood.values(np.array([found.mu]), np.array([found.tau2]))[0])
        assert_allclose(found.loglik, there, rtol=1e-11, atol=1e-11)
        highest = highest_of_grid(likelihood, heterogeneity)
        assert there >= highest - 1e-10
        assert there <= highest + 0.05, "the grid is dense"
        assert found.gradient < 1e-8
        compared += 1
    assert compared == 12


def profile(likelihood: UnreportedLikelihood, mu: float, heterogeneity: bool) -> float:
    """By scipy: the best tau2 of a grid, polished between its neighbours."""
    if not heterogeneity:
        return float(likelihood.values(np.array([mu]), np.zeros(1))[0])
    taus = np.concatenate([[0.0], np.geomspace(1e-3, 3e3, 300)])
    values = likelihood.values(np.full(taus.size, mu), taus**2)
    best = int(values.argmax())

    def fallen(tau: float) -> float:
        return -float(likelihood.values(np.array([mu]), np.array([tau * tau]))[0])

    low, high = taus[max(best - 1, 0)], taus[min(best + 1, taus.size - 1)]
    polished = optimize.minimize_scalar(
        fallen, bounds=(low, high), method="bounded", options={"xatol": 1e-12}
    )
    return max(float(values[best]), -float(polished.fun))


@pytest.mark.parametrize("heterogeneity", [True, False])
def test_at_the_ends_the_profile_has_lost_what_it_may_and_beyond_them_more(heterogeneity: bool) -> None:
    compared = 0
    for seed in range(8):
        y, v, unprinted = made(seed)
        found = maximise(y, v, unprinted, heterogeneity, CHI2)
        likelihood = UnreportedLikelihood(y, v, unprinted)
        width = found.high - found.low
        assert found.low < found.mu < found.high
        for end, out in ((found.low, -width), (found.high, width)):
            lost = 2.0 * (found.loglik - profile(likelihood, end, heterogeneity))
            assert_allclose(lost, CHI2, rtol=1e-7)
            for beyond in (1e-3, 0.1, 0.5, 1.0, 4.0):
                assert 2.0 * (found.loglik - profile(likelihood, end + beyond * out, heterogeneity)) > CHI2
            compared += 1
        at_zero = 2.0 * (found.loglik - profile(likelihood, 0.0, heterogeneity))
        assert_allclose(found.statistic, max(at_zero, 0.0), atol=1e-8)
    assert compared == 16


@pytest.mark.parametrize("method", ["ML", "EE"])
def test_without_silence_it_is_the_usual_maximum(method: str) -> None:
    compared = 0
    for seed in range(20):
        y, v, _ = made(seed)
        if y.size < 2:
            continue
        found, usual = maximise(y, v, NONE, method == "ML", CHI2), pool_batch(Effects(y, v), method, "z")
        assert_allclose(found.mu, usual.beta[0, 0], rtol=1e-9, atol=1e-12)
        assert_allclose(found.loglik, usual.loglik_ml[0], rtol=1e-11, atol=1e-11)
        if method == "ML":
            assert_allclose(found.tau2, usual.tau2[0], rtol=1e-8, atol=1e-12)
        else:
            half = 1.959963984540054 * usual.se[0, 0]
            assert_allclose([found.low, found.high], found.mu + np.array([-half, half]), rtol=1e-10)
            assert_allclose(found.se, usual.se[0, 0], rtol=1e-12)
        compared += 1
    assert compared >= 15


def test_one_result_and_one_that_was_not_significant_have_the_mean_of_a_score_equation() -> None:
    """Fixed effects, two results: (y - mu) / v equals the pull of the truncated normal."""
    y, v, s, c = 0.5, 0.01, 0.15, 1.96
    low, high = limits(["not significant"], np.array([c]))
    found = maximise(
        np.array([y]), np.array([v]), Unprinted(np.array([s]), low, high, np.ones(1)), False, CHI2
    )

    def score(mu: float) -> float:
        ends = np.array([-c - mu / s, c - mu / s])
        density = np.exp(-0.5 * ends**2) / np.sqrt(2.0 * np.pi)
        mass = special.ndtr(ends[1]) - special.ndtr(ends[0])
        return float((y - mu) / v - (density[1] - density[0]) / mass / s)

    assert_allclose(found.mu, optimize.brentq(score, -1.0, 1.0, xtol=1e-14), rtol=1e-11)
    assert 0.0 < found.mu < y


def test_effects_turned_turn_the_result_and_units_change_it_alone() -> None:
    y, v, _ = made(3)
    low, high = limits(["positive, not significant", "significant"], np.full(2, 1.96))
    sei, q = np.array([0.2, 0.3]), np.array([1.0, 0.7])
    here = maximise(y, v, Unprinted(sei, low, high, q), True, CHI2)
    low, high = limits(["negative, not significant", "significant"], np.full(2, 1.96))
    turned = maximise(-y, v, Unprinted(sei, low, high, q), True, CHI2)
    assert_allclose([turned.mu, turned.low, turned.high], [-here.mu, -here.high, -here.low], rtol=1e-9)
    assert_allclose(
        [turned.tau2, turned.se, turned.statistic], [here.tau2, here.se, here.statistic], rtol=1e-8
    )
    big = maximise(-y * 3e4, v * 9e8, Unprinted(sei * 3e4, low, high, q), True, CHI2)
    assert_allclose(
        [big.mu / 3e4, big.low / 3e4, big.tau2 / 9e8], [turned.mu, turned.low, turned.tau2], rtol=1e-8
    )
    assert_allclose(big.loglik, turned.loglik - y.size * np.log(3e4), rtol=1e-10)


def test_standard_errors_are_those_of_the_observed_information() -> None:
    y, v = np.array([0.1, 0.9, 0.4, -0.6]), np.array([0.02, 0.03, 0.05, 0.04])
    low, high = limits(["not significant"], np.array([1.96]))
    given = Unprinted(np.array([0.2]), low, high, np.ones(1))
    found = maximise(y, v, given, True, CHI2)
    assert found.tau2 > 0.0
    likelihood = UnreportedLikelihood(y, v, given)
    point = likelihood(np.array([found.mu, found.tau2]))
    covariance = np.linalg.inv(-point.hessian)
    assert_allclose([found.se, found.se_tau2], np.sqrt(np.diag(covariance)), rtol=1e-8)
    fixed = maximise(y, v, given, False, CHI2)
    information = -likelihood(np.array([fixed.mu, 0.0])).hessian[0, 0]
    assert_allclose(fixed.se, information**-0.5, rtol=1e-10)
    assert np.isnan(fixed.se_tau2)


def test_two_hills_are_both_climbed_and_the_higher_is_taken() -> None:
    """Significant in a direction not told: a small study near zero, and many of which only that is known."""
    low, high = limits(["significant"] * 4, np.full(4, 1.96))
    given = Unprinted(np.full(4, 0.1), low, high, np.ones(4))
    y, v = np.array([0.05]), np.array([0.09])
    found = maximise(y, v, given, False, CHI2)
    other = maximise(-y, v, given, False, CHI2)
    assert found.starts == 2
    assert found.mu > 0.05
    assert_allclose(other.mu, -found.mu, rtol=1e-10)
    left = optimize.minimize_scalar(
        lambda mu: -float(UnreportedLikelihood(y, v, given).values(np.array([mu]), np.zeros(1))[0]),
        bounds=(-1.0, -0.05),
        method="bounded",
    )
    assert found.loglik > -left.fun
    assert found.low < left.x, "the interval reaches over the lower hill, which is nearly as high"


def test_statements_may_pull_tau2_and_the_mean_far_beyond_what_is_printed() -> None:
    """Six imprecise results that were significant: z beyond 1.96 is likely for a large tau2 alone."""
    for said, mean in (("significant", False), ("positive, significant", True)):
        low, high = limits([said] * 6, np.full(6, 1.96))
        given = Unprinted(np.full(6, 3.0), low, high, np.ones(6))
        y, v = np.array([0.1]), np.array([0.01])
        found = maximise(y, v, given, True, CHI2)
        likelihood = UnreportedLikelihood(y, v, given)
        assert found.tau2 > 9.0
        assert found.mu > (1.0 if mean else -np.inf)
        for end in (found.low, found.high):
            assert_allclose(2.0 * (found.loglik - profile(likelihood, end, True)), CHI2, rtol=1e-6)


def test_many_studies_are_as_exact_as_few() -> None:
    rng = np.random.default_rng(5)
    v = rng.uniform(0.1, 0.4, 120) ** 2
    y = rng.normal(0.2, np.sqrt(v + 0.03))
    low, high = limits(["not significant"] * 40, np.full(40, 1.96))
    given = Unprinted(rng.uniform(0.1, 0.4, 40), low, high, np.ones(40))
    found = maximise(y, v, given, True, CHI2)
    likelihood = UnreportedLikelihood(y, v, given)
    assert_allclose(2.0 * (found.loglik - profile(likelihood, found.low, True)), CHI2, rtol=1e-7)
    assert found.gradient < 1e-6
    assert found.high - found.low < 5.0 * found.se


@pytest.mark.parametrize("heterogeneity", [True, False])
def test_errors_over_four_orders_and_any_statement_have_a_finite_interval_about_the_maximum(
    heterogeneity: bool,
) -> None:
    """Also where no place of the grid is near the end of the interval."""
    for seed in range(16):
        rng = np.random.default_rng([7, seed])
        k, m = int(rng.integers(1, 6)), int(rng.integers(0, 6))
        spread, scale = 10.0 ** rng.uniform(-2.0, 3.0), 10.0 ** rng.integers(-9, 9)
        s = 10.0 ** rng.uniform(-2.0, 2.0, k + m) * scale
        y = rng.normal(rng.normal() * spread, spread, k) * scale
        low, high = limits([str(each) for each in rng.choice(list(STATEMENTS), m)], np.full(m, 1.96))
        given = Unprinted(s[k:], low, high, rng.choice([1.0, 0.3], m))
        found = maximise(y, s[:k] ** 2, given, heterogeneity, CHI2)
        assert found.low < found.mu < found.high
        assert np.isfinite([found.low, found.high, found.se, found.statistic]).all()
        likelihood = UnreportedLikelihood(y, s[:k] ** 2, given)
        mu = rng.uniform(found.low, found.high, 200)
        tau2 = (10.0 ** rng.uniform(-3.0, 3.0, 200) * scale) ** 2 if heterogeneity else np.zeros(200)
        assert likelihood.values(mu, tau2).max() <= found.loglik + 1e-9 * (1.0 + abs(found.loglik))


@pytest.mark.parametrize(("tau2", "slope"), [(0.2, 7.0), (0.0, 3.0)])
def test_the_slope_that_is_left_is_that_of_tau2_too_unless_tau2_is_at_its_end(
    tau2: float, slope: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At zero the likelihood may well fall with tau2."""

    def stopped(*_: object) -> Point:
        return Point(np.array([0.1, tau2]), -3.0, np.array([-3.0, -7.0]), -np.eye(2))

    monkeypatch.setattr(module, "_highest", stopped)
    assert maximise(np.array([0.1, 0.3]), np.ones(2), NONE, True, CHI2).gradient == slope
