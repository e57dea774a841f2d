"""Meta-regression against the joint normal of the effects, the model of one mean, and closed forms."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import integrate, stats

from synthesis.pooling.bayes.bayesian_regression import regression_posterior
from synthesis.pooling.bayes.mean_priors import FlatMean, NormalMean
from synthesis.pooling.bayes.posterior import posterior
from synthesis.pooling.bayes.regression_factors import zero_coefficient_factor
from synthesis.pooling.bayes.tau_priors import HalfNormal, HalfT, ImproperUniform
from synthesis.pooling.kernel.effects import Array, Effects

RNG = np.random.default_rng(5)
Y, V = RNG.normal(0.0, 1.0, 6), RNG.uniform(0.1, 1.0, 6)
X = np.column_stack([np.ones(6), RNG.normal(10.0, 1.0, 6)])
P = np.array([0.025, 0.5, 0.9])


@pytest.mark.parametrize("prior", [FlatMean(), NormalMean(0.3, 2.0)])
def test_a_design_of_ones_is_the_model_of_one_mean(prior: FlatMean | NormalMean) -> None:
    one = posterior(Effects(Y, V), HalfNormal(0.5), prior)
    priors = prior if isinstance(prior, FlatMean) else [prior]
    many = regression_posterior(Effects(Y, V), np.ones((6, 1)), HalfNormal(0.5), priors)
    assert_allclose(many.log_integrated, one.log_integrated[0], rtol=1e-12)
    assert_allclose(
        many.unit * many.coefficient(0).quantile(P)[0],
        one.data.origin[0] + one.data.unit[0] * one.mu.quantile(P)[0],
        rtol=1e-11,
    )
    assert_allclose(
        many.unit * many.tau.quantile(P)[0], one.data.unit[0] * one.tau.quantile(P)[0], rtol=1e-11
    )
    assert_allclose(
        many.unit * many.new_at(np.ones(1)).quantile(P)[0],
        one.data.origin[0] + one.data.unit[0] * one.new.quantile(P)[0],
        rtol=1e-11,
    )


def by_tau(function: Callable[[float], Array]) -> Array:
    """Integral over tau of a function that gives an array, with the half-normal(0.5) prior."""
    prior = stats.halfnorm(scale=0.5).pdf

    def weighted(tau: float) -> Array:
        return np.asarray(function(tau) * prior(tau))

    found: Array = integrate.quad_vec(weighted, 0.0, 8.0, epsabs=1e-17, epsrel=1e-12)[0]
    return found


def test_normal_priors_agree_with_the_joint_normal_of_the_effects() -> None:
    sd = np.array([3.0, 1.0])
    found = regression_posterior(Effects(Y, V), X, HalfNormal(0.5), [NormalMean(0.0, s) for s in sd])

    def at(tau: float) -> Array:
        covariance = np.diag(V + tau * tau) + X @ np.diag(sd**2) @ X.T
        density = stats.multivariate_normal(np.zeros(6), covariance).pdf(Y)
        beta = np.diag(sd**2) @ X.T @ np.linalg.solve(covariance, Y)
        return np.array([density, *(density * beta)])

    total, *first = by_tau(at)
    assert_allclose(found.log_integrated, np.log(total), rtol=0, atol=1e-10)
    ours = [found.unit * found.coefficient(j).expectation()[0] for j in (0, 1)]
    assert_allclose(ours, np.array(first) / total, rtol=1e-9)


def test_flat_priors_agree_with_weighted_least_squares_averaged_over_tau() -> None:
    found = regression_posterior(Effects(Y, V), X, HalfNormal(0.5), FlatMean())

    def at(tau: float) -> Array:
        w = 1.0 / (V + tau * tau)
        gram = X.T @ (w[:, None] * X)
        beta = np.linalg.solve(gram, X.T @ (w * Y))
        r = Y - X @ beta
        density = np.sqrt(np.prod(w) / np.linalg.det(gram)) * np.exp(-0.5 * r @ (w * r)) * (2 * np.pi) ** -2.0
        slope = np.linalg.inv(gram)[1, 1]
        below = stats.norm.cdf((0.1 - beta[1]) / np.sqrt(slope))
        return np.asarray(density * np.array([1.0, *beta, slope + beta[1] ** 2, below, tau]))

    total, *rest = by_tau(at)
    first, second, square, below, tau = np.array(rest) / total
    assert_allclose(found.log_integrated, np.log(total), rtol=0, atol=1e-10)
    slope = found.coefficient(1)
    assert_allclose(found.unit * found.coefficient(0).expectation()[0], first, rtol=1e-8)
    assert_allclose(found.unit * slope.expectation()[0], second, rtol=1e-9)
    assert_allclose(found.unit * slope.deviation()[0], np.sqrt(square - second**2), rtol=1e-8)
    assert_allclose(slope.below(np.array([[0.1 / found.unit]])).item(), below, rtol=1e-9)
    assert_allclose(found.unit * found.tau.expectation(1)[0], tau, rtol=1e-9)
    at_mean = found.unit * found.mean_at(np.array([1.0, 10.0])).expectation()[0]
    assert_allclose(at_mean, first + 10.0 * second, rtol=1e-9)


def test_moderators_in_other_units_change_their_coefficients_alone() -> None:
    scaled = X * np.array([1.0, 1e-6])
    plain, other = (regression_posterior(Effects(Y, V), x, HalfNormal(0.5), FlatMean()) for x in (X, scaled))
    assert_allclose(other.coefficient(1).quantile(P), 1e6 * plain.coefficient(1).quantile(P), rtol=1e-9)
    assert_allclose(other.tau.quantile(P), plain.tau.quantile(P), rtol=1e-10)


def test_moments_exist_by_the_studies_left_beside_the_coefficients() -> None:
    few = regression_posterior(Effects(Y[:3], V[:3]), X[:3], HalfT(1.0, 0.5), FlatMean())
    assert (few.exists(1), few.exists(2)) == (True, False)
    assert few.coefficients_exist(1).tolist() == [True, True]
    assert few.coefficients_exist(2).tolist() == [False, False]
    normal = regression_posterior(Effects(Y[:3], V[:3]), X[:3], HalfT(1.0, 0.5), [NormalMean(0.0, 1.0)] * 2)
    assert normal.exists(2)
    assert normal.coefficients_exist(2).all()
    cauchy = HalfT(1.0, 0.5)
    mixed = regression_posterior(Effects(Y[:2], V[:2]), X[:2], cauchy, [FlatMean(), NormalMean(0.0, 1.0)])
    assert mixed.coefficients_exist(1).tolist() == [True, True]
    assert mixed.coefficients_exist(2).tolist() == [False, True]


def test_designs_and_priors_that_do_not_fit_are_refused() -> None:
    effects = Effects(Y, V)
    with pytest.raises(ValueError, match="6 studies do not determine 2 coefficients"):
        regression_posterior(effects, np.ones((6, 2)), HalfNormal(0.5), FlatMean())
    with pytest.raises(ValueError, match="2 studies do not determine 3 coefficients"):
        regression_posterior(Effects(Y[:2], V[:2]), np.eye(3)[:2], HalfNormal(0.5), FlatMean())
    with pytest.raises(ValueError, match="one row for each of 6"):
        regression_posterior(effects, X[:4], HalfNormal(0.5), FlatMean())
    with pytest.raises(ValueError, match="1 priors of coefficients; expected one for each of 2 columns"):
        regression_posterior(effects, X, HalfNormal(0.5), [NormalMean(0.0, 1.0)])
    with pytest.raises(ValueError, match=r"2 flat priors of the mean.*expected 4 studies or more"):
        regression_posterior(Effects(Y[:3], V[:3]), X[:3], ImproperUniform(), FlatMean())


@pytest.mark.parametrize("columns", [1, 2, 3])
def test_a_coefficient_is_zero_as_far_as_its_density_there_rose(columns: int) -> None:
    """Savage and Dickey: posterior over prior density at zero, alone in the model and beside others."""
    rng = np.random.default_rng(4)
    design = np.column_stack([np.ones(7), rng.normal(size=7), rng.uniform(size=7)])[:, :columns]
    effects = Effects(np.array([0.4, 0.1, 0.9, -0.3, 0.5, 0.2, 0.8]), np.linspace(0.02, 0.2, 7))
    priors = [NormalMean(0.1 * j, 0.5 + j) for j in range(columns)]
    found = regression_posterior(effects, design, HalfNormal(0.4), priors)
    for number, prior in enumerate(priors):
        at_zero = found.coefficient(number).density(np.zeros((1, 1))).item() / found.unit
        expected = at_zero / stats.norm(prior.mean, prior.sd).pdf(0.0)
        assert_allclose(zero_coefficient_factor(found, effects, number), expected, rtol=1e-8)
