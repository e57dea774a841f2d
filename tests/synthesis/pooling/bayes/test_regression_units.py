"""Meta-regression in other units and under priors of each column, against least squares given tau."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import stats

from synthesis.pooling.bayes import bayesian_regression as module
from synthesis.pooling.bayes.bayesian_regression import RegressionPosterior, regression_posterior
from synthesis.pooling.bayes.mean_priors import FlatMean, NormalMean
from synthesis.pooling.bayes.tau_priors import HalfNormal, HalfT, ImproperUniform, LogTTau2, TauPrior, Uniform
from synthesis.pooling.kernel.effects import Array, Effects
from synthesis.pooling.kernel.parts import parts_of

Y, V = np.array([1.2, 0.3, -0.4, 0.9, 2.5]), np.array([0.1, 0.4, 0.2, 0.9, 0.3])
X = np.column_stack([np.ones(5), [1.0, 2.0, 3.0, 5.0, 8.0], [0.0, 1.0, 1.0, 0.0, 1.0]])
PRIORS = (NormalMean(0.5, 2.0), NormalMean(-0.1, 0.3), NormalMean(1.0, 0.7))
P = np.array([0.025, 0.5, 0.9])


def over_tau(normal: bool) -> tuple[float, Array, Array, float]:
    """Log evidence, means and covariance of the coefficients and mean of tau, by 400 nodes of tau."""
    nodes, weights = np.polynomial.legendre.leggauss(400)
    total, first, second, of_tau = 0.0, np.zeros(3), np.zeros((3, 3)), 0.0
    for tau, weight in zip(2.5 * (nodes + 1.0), 2.5 * weights, strict=True):
        w = 1.0 / (V + tau * tau)
        gram = X.T @ (w[:, None] * X)
        right = X.T @ (w * Y)
        log = 0.0
        if normal:
            mean, sd = (np.array([getattr(prior, part) for prior in PRIORS]) for part in ("mean", "sd"))
            covariance = np.diag(1.0 / w) + X @ np.diag(sd**2) @ X.T
            log = float(stats.multivariate_normal(X @ mean, covariance).logpdf(Y))
            gram, right = gram + np.diag(sd**-2.0), right + mean / sd**2
        beta = np.linalg.solve(gram, right)
        if not normal:
            residual = Y - X @ beta
            log = 0.5 * float(np.log(w).sum() - np.linalg.slogdet(gram)[1] - residual @ (w * residual))
            log -= 0.5 * (5 - 3) * math.log(2.0 * math.pi)
        mass = weight * math.exp(log) * float(stats.halfnorm(scale=0.5).pdf(tau))
        total += mass
        first += mass * beta
        second += mass * (np.linalg.inv(gram) + np.outer(beta, beta))
        of_tau += mass * tau
    first /= total
    return math.log(total), first, second / total - np.outer(first, first), of_tau / total


def fitted(normal: bool, scale: float = 1.0, columns: Array | None = None) -> RegressionPosterior:
    """Effects times scale, columns of the design times `columns`, priors with both."""
    each = np.ones(3) if columns is None else columns
    priors = [NormalMean(p.mean * scale / c, p.sd * scale / c) for p, c in zip(PRIORS, each, strict=True)]
    effects = Effects(scale * Y, scale * scale * V)
    return regression_posterior(effects, X * each, HalfNormal(0.5 * scale), priors if normal else FlatMean())


@pytest.mark.parametrize("normal", [True, False])
def test_coefficients_and_evidence_are_those_of_least_squares_averaged_over_tau(normal: bool) -> None:
    log_evidence, mean, covariance, tau = over_tau(normal)
    found = fitted(normal)
    assert_allclose(found.log_integrated, log_evidence, rtol=0, atol=1e-10)
    assert_allclose(found.unit * found.tau.expectation(1)[0], tau, rtol=1e-9)
    for j in range(3):
        ours = found.coefficient(j)
        assert_allclose(found.unit * ours.expectation()[0], mean[j], rtol=1e-9)
        assert_allclose(found.unit * ours.deviation()[0], math.sqrt(covariance[j, j]), rtol=1e-9)
    row = np.array([1.0, 4.0, 0.5])
    ours = found.mean_at(row)
    assert_allclose(found.unit * ours.expectation()[0], row @ mean, rtol=1e-9)
    assert_allclose(found.unit * ours.deviation()[0], math.sqrt(row @ covariance @ row), rtol=1e-9)
    square = (found.unit * found.tau.expectation(1)[0]) ** 2 + (found.unit * found.tau.deviation()[0]) ** 2
    new = found.new_at(row)
    assert_allclose(found.unit * new.expectation()[0], row @ mean, rtol=1e-9)
    assert_allclose(found.unit * new.deviation()[0], math.sqrt(row @ covariance @ row + square), rtol=1e-9)


@pytest.mark.parametrize("normal", [True, False])
@pytest.mark.parametrize("scale", [1.0, 1e-7, 3e5])
@pytest.mark.parametrize("columns", [(1.0, 1.0, 1.0), (1.0, 1e14, 1e-14)])
def test_units_of_effects_and_moderators_change_the_numbers_alone(
    normal: bool, scale: float, columns: tuple[float, ...]
) -> None:
    each = np.array(columns)
    plain, other = fitted(normal), fitted(normal, scale, each)
    for j in range(3):
        assert_allclose(
            each[j] * other.unit * other.coefficient(j).quantile(P)[0],
            scale * plain.unit * plain.coefficient(j).quantile(P)[0],
            rtol=1e-8,
            atol=1e-8 * scale,
        )
    assert_allclose(other.unit * other.tau.quantile(P), scale * plain.unit * plain.tau.quantile(P), rtol=1e-9)
    lost = 5 * math.log(scale) if normal else (5 - 3) * math.log(scale) + np.log(each).sum()
    assert_allclose(other.log_integrated, plain.log_integrated - lost, rtol=1e-11, atol=1e-9)


def test_points_in_parts_are_points_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    found = fitted(False)
    x = np.linspace(-4.0, 3.0, 14).reshape(2, 7)
    value, moves = found.given.log_likelihood(np.zeros(2, dtype=int), x)
    for at_once in (1, 3 * 5 * 3, 4 * 5 * 3):
        monkeypatch.setattr(module, "parts_of", lambda count, each, most=at_once: parts_of(count, each, most))
        part, other = found.given.log_likelihood(np.zeros(2, dtype=int), x)
        assert_allclose(part, value, rtol=1e-13)
        assert_allclose(other, moves, rtol=1e-13)


def test_moves_are_those_of_the_scores() -> None:
    """r' W^2 r tau^2 with the residuals of weighted least squares, in internal units."""
    found = fitted(False)
    tau = np.array([0.05, 0.7, 3.0])
    _, moves = found.given.log_likelihood(np.zeros(1, dtype=int), np.log(tau / found.unit)[None])
    for at, ours in zip(tau, moves[0], strict=True):
        w = 1.0 / (V + at * at)
        residual = Y - X @ np.linalg.solve(X.T @ (w[:, None] * X), X.T @ (w * Y))
        assert_allclose(ours, np.sum((w * residual) ** 2) * at * at, rtol=1e-10)


@pytest.mark.parametrize(
    ("prior", "rows", "exist"),
    [
        (HalfT(1.0, 0.5), 3, (False, False)),
        (HalfT(1.0, 0.5), 4, (True, False)),
        (HalfT(1.2, 0.5), 4, (True, True)),
        (HalfT(1.0, 0.5), 5, (True, True)),
        (LogTTau2(0.0, 1.0), 4, (True, False)),
        (LogTTau2(0.0, 1.0), 5, (True, True)),
        (HalfNormal(0.5), 3, (True, True)),
        (ImproperUniform(), 5, (False, False)),
    ],
    ids=lambda value: getattr(value, "label", None),
)
def test_with_flat_coefficients_moments_need_studies_beyond_them(
    prior: TauPrior, rows: int, exist: tuple[bool, bool]
) -> None:
    found = regression_posterior(Effects(Y[:rows], V[:rows]), X[:rows], prior, FlatMean())
    assert (found.exists(1), found.exists(2)) == exist
    assert (all(found.coefficients_exist(1)), all(found.coefficients_exist(2))) == exist


def test_normal_priors_of_coefficients_give_them_moments_whatever_tau_has() -> None:
    found = regression_posterior(Effects(Y[:1], V[:1]), X[:1, :1], HalfT(1.0, 0.5), PRIORS[:1])
    assert (found.exists(1), found.exists(2)) == (True, False)
    assert (all(found.coefficients_exist(1)), all(found.coefficients_exist(2))) == (True, True)


def test_tau_ends_where_its_prior_does() -> None:
    found = regression_posterior(Effects(10.0 * Y, V), X[:, :2], Uniform(0.7), FlatMean())
    assert_allclose(found.unit * found.tau.mode(), 0.7, rtol=1e-12)
    assert found.tau.density(np.array([[0.71 / found.unit]])).item() == 0.0


def test_designs_that_say_nothing_of_a_coefficient_are_refused() -> None:
    effects = Effects(Y, V)
    empty = np.column_stack([np.ones(5), np.zeros(5)])
    nearly = np.column_stack([np.ones(5), 1.0 + 1e-12 * X[:, 1]])
    for design in (empty, nearly):
        with pytest.raises(ValueError, match="5 studies do not determine 2 coefficients"):
            regression_posterior(effects, design, HalfNormal(0.5), FlatMean())
    with pytest.raises(ValueError, match="expected finite numbers, one row for each of 5"):
        regression_posterior(effects, np.where(X == 8.0, np.nan, X), HalfNormal(0.5), FlatMean())
    whole = regression_posterior(effects, np.eye(5), HalfNormal(0.5), FlatMean())
    assert_allclose(whole.unit * whole.coefficient(3).expectation()[0], 0.9, rtol=1e-12)
