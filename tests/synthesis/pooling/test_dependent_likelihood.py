"""The likelihood of independent blocks: its derivatives, batches, rows left out and blocks filled up."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import mpmath
import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import stats
from scipy.sparse import csr_array

from synthesis.pooling.dependent.block_likelihood import DependentData, _inverse, evaluate, slopes
from synthesis.pooling.dependent.blocks import RandomTerm, blocks_of
from synthesis.pooling.dependent.maximum import maximise_blocks, starting_points
from synthesis.pooling.dependent.structures import (
    CovarianceStructure,
    autoregressive,
    compound,
    diagonal,
    heteroscedastic_compound,
    identity,
    known,
    unstructured,
    unstructured_roots,
)
from synthesis.pooling.kernel.effects import Array, Mask
from tests.synthesis.pooling.dependent_problems import covariance_within, intercept
from tests.thinned import thinned

RNG = np.random.default_rng(99)
CLUSTER = np.repeat(np.arange(7), [3, 1, 2, 7, 3, 4, 1])
K = CLUSTER.size
LEVEL = np.concatenate([np.arange(n) % 3 for n in np.bincount(CLUSTER)])
VI = RNG.uniform(0.05, 0.4, K)
Y = RNG.normal(0, 0.6, 7)[CLUSTER] + RNG.normal(0, 0.5, K)
X = np.column_stack([np.ones(K), RNG.normal(0, 1, K)])
TIMES = np.array([0.0, 1.0, 3.0])

STRUCTURES: dict[str, CovarianceStructure] = {
    "ID": identity(3),
    "DIAG": diagonal(3),
    "CS": compound(3),
    "HCS": heteroscedastic_compound(3),
    "UN": unstructured(3),
    "AR": autoregressive(TIMES, continuous=False),
    "HAR": autoregressive(TIMES, continuous=False, heteroscedastic=True),
    "CAR": autoregressive(np.array([0.0, 0.5, 1.7]), continuous=True),
    "known": known(0.5 + 0.5 * np.eye(3)),
}
POINT = {
    "ID": [0.5], "DIAG": [0.5, 0.2, 0.9], "CS": [0.5, 0.3], "HCS": [0.5, 0.2, 0.9, -0.4], "AR": [0.6, -0.5],
    "UN": [0.5, 0.2, 0.9, 0.3, -0.7, 1.1], "HAR": [0.5, 0.2, 0.9, 0.8], "CAR": [0.6, 0.9], "known": [0.4],
}  # fmt: skip


def data_of(structure: CovarianceStructure, y: Array = Y, kept: Mask | None = None) -> DependentData:
    v = csr_array(covariance_within(VI, CLUSTER, 0.5))
    terms = (RandomTerm(structure, CLUSTER, "levels", level=LEVEL), intercept(np.arange(K)))
    return DependentData(blocks_of(X, v, terms, CLUSTER), np.atleast_2d(y), kept)


def slope_of(function: Callable[[float], Array], h: float = 2e-3) -> Array:
    """The derivative at zero by central differences, the error of order h^8."""
    weights = {1: 4 / 5, 2: -1 / 5, 3: 4 / 105, 4: -1 / 280}
    total: Array = sum((w * (function(n * h) - function(-n * h)) for n, w in weights.items()), np.zeros(1))
    return total / h


@pytest.mark.parametrize("restricted", [True, False])
@pytest.mark.parametrize("name", thinned(STRUCTURES, 2))
def test_gradient_and_hessian_are_those_of_the_likelihood(name: str, restricted: bool) -> None:
    point = np.array([*POINT[name], 0.25])
    for kept in (None, np.arange(K)[None] % 5 != 3):
        data = data_of(STRUCTURES[name], kept=kept)
        compare_slopes(data, point, restricted)


def compare_slopes(data: DependentData, point: Array, restricted: bool) -> None:
    def likelihood(i: int, h: float) -> Array:
        return evaluate(data, point[None] + h * np.eye(point.size)[i], restricted).loglik

    def gradient(i: int, h: float) -> Array:
        there = point[None] + h * np.eye(point.size)[i]
        found: Array = slopes(data, there, evaluate(data, there, restricted), restricted).gradient[0]
        return found

    found = slopes(data, point[None], evaluate(data, point[None], restricted), restricted)
    for i in range(point.size):
        by_values = slope_of(partial(likelihood, i))
        assert found.gradient[0, i] == pytest.approx(by_values[0], rel=1e-8, abs=1e-8)
        assert_allclose(found.hessian[0, i], slope_of(partial(gradient, i)), rtol=1e-8, atol=1e-8)


def test_likelihood_and_slope_in_fifty_digits() -> None:
    point = np.array([0.5, 0.3, 0.25])
    v = covariance_within(VI, CLUSTER, 0.5)

    def dense(theta: list[mpmath.mpf]) -> mpmath.mpf:
        m = mpmath.matrix(v.tolist())
        low = -mpmath.mpf(1) / 2
        rho = (1 + low) / 2 + (1 - low) / 2 * mpmath.sin(theta[1])
        for i in range(K):
            for j in range(K):
                if CLUSTER[i] == CLUSTER[j]:
                    m[i, j] += theta[0] ** 2 * (1 if LEVEL[i] == LEVEL[j] else rho)
            m[i, i] += theta[2] ** 2
        x, y = mpmath.matrix(X.tolist()), mpmath.matrix(Y.tolist())
        w = m**-1
        gram = x.T * w * x
        beta = mpmath.lu_solve(gram, x.T * w * y)
        r = y - x * beta
        quadratic = (r.T * w * r)[0]
        logs = mpmath.log(mpmath.det(m)) + mpmath.log(mpmath.det(gram)) - mpmath.log(mpmath.det(x.T * x))
        return -(logs + quadratic + (K - 2) * mpmath.log(2 * mpmath.pi)) / 2

    with mpmath.workdps(50):
        data = data_of(compound(3))
        fit = evaluate(data, point[None], True)
        exact = [mpmath.mpf(float(t)) for t in point]
        assert fit.loglik[0] == pytest.approx(float(dense(exact)), rel=1e-12)
        h = mpmath.mpf(10) ** -20
        up, down = ([exact[0], exact[1] + s * h, exact[2]] for s in (1, -1))
        expected = float((dense(up) - dense(down)) / (2 * h))
    assert slopes(data, point[None], fit, True).gradient[0, 1] == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize("restricted", [True, False])
def test_rows_left_out_are_rows_that_were_never_there(restricted: bool) -> None:
    kept = np.ones((3, K), dtype=bool)
    kept[1, [0, 5, 9, 20]] = False
    kept[2, CLUSTER == 3] = False
    data = data_of(compound(3), np.tile(Y, (3, 1)), kept)
    theta = np.tile([0.5, 0.3, 0.25], (3, 1))
    found = evaluate(data, theta, restricted)
    tops = maximise_blocks(data, starting_points(data), restricted)
    v = covariance_within(VI, CLUSTER, 0.5)
    for i, rows in enumerate(kept):
        terms = (
            RandomTerm(compound(3), CLUSTER[rows], "levels", level=LEVEL[rows]),
            intercept(np.arange(rows.sum())),
        )
        blocks = blocks_of(X[rows], csr_array(v[np.ix_(rows, rows)]), terms, CLUSTER[rows])
        one = DependentData(blocks, Y[rows][None])
        there = evaluate(one, theta[:1], restricted)
        assert found.loglik[i] == pytest.approx(there.loglik[0], rel=1e-12)
        assert_allclose(found.beta[i], there.beta[0], rtol=1e-10)
        assert_allclose(found.covariance[i], there.covariance[0], rtol=1e-10)
        top = maximise_blocks(one, starting_points(one), restricted)
        assert tops.fit.loglik[i] == pytest.approx(top.fit.loglik[0], abs=1e-9)


def test_a_batch_of_data_sets_is_each_of_them() -> None:
    ys = np.stack([Y, -2 * Y + 1, Y**2])
    data = data_of(compound(3), ys)
    whole = maximise_blocks(data, starting_points(data), True)
    for i, y in enumerate(ys):
        one = data_of(compound(3), y)
        top = maximise_blocks(one, starting_points(data), True)
        assert whole.fit.loglik[i] == pytest.approx(top.fit.loglik[0], abs=1e-9)
        assert_allclose(whole.fit.beta[i], top.fit.beta[0], rtol=1e-5, atol=1e-6)


def test_blocks_filled_up_are_the_dense_matrix() -> None:
    # the block of seven stands among eights: a row of it is no effect
    data, theta = data_of(compound(3)), np.array([[0.5, 0.3, 0.25]])
    assert [stack.real.shape[1] for stack in data.blocks.stacks] == [1, 2, 3, 4, 8]
    assert sum(int(stack.real.sum()) for stack in data.blocks.stacks) == K
    same = CLUSTER[:, None] == CLUSTER[None, :]
    rho = 0.25 + 0.75 * np.sin(0.3)
    gamma = 0.25 * same * np.where(LEVEL[:, None] == LEVEL[None, :], 1.0, rho)
    m = covariance_within(VI, CLUSTER, 0.5) + gamma + 0.0625 * np.eye(K)
    w = np.linalg.inv(m)
    c = np.linalg.inv(X.T @ w @ X)
    r = Y - X @ (c @ X.T @ w @ Y)
    ml = -0.5 * (np.linalg.slogdet(m)[1] + r @ w @ r + K * np.log(2 * np.pi))
    assert evaluate(data, theta, False).loglik[0] == pytest.approx(ml, rel=1e-12)
    assert_allclose(evaluate(data, theta, False).covariance[0], c, rtol=1e-12)
    assert evaluate(data, theta, False).quadratic[0] == pytest.approx(r @ w @ r, rel=1e-12)


def test_a_variance_that_is_not_needed_is_zero_and_a_perfect_correlation_is_one() -> None:
    flat = data_of(compound(3), np.zeros(K))
    found = maximise_blocks(flat, starting_points(flat), True)
    assert found.theta[0, 0] == 0.0
    assert found.theta[0, 2] == 0.0
    assert found.flat[0]
    tied = data_of(compound(3), np.arange(7.0)[CLUSTER])
    found = maximise_blocks(tied, starting_points(tied), True)
    assert compound(3).natural(found.theta[:, :2])[0, 1] == 1.0
    assert not found.flat[0] or found.theta[0, 2] == 0.0


def test_structures_are_the_matrices_of_the_literature() -> None:
    half, third = np.array([[2.0, np.pi / 6]]), compound(4).scale.angle(-1 / 3)
    assert_allclose(autoregressive(TIMES, continuous=False).covariance(half)[0],
                    4 * np.array([[1, 0.5, 0.125], [0.5, 1, 0.25], [0.125, 0.25, 1]]))  # fmt: skip
    car = autoregressive(np.array([0.0, 0.5, 1.7]), continuous=True)
    natural = np.array([[1.5, car.scale.angle(0.3)]])
    assert_allclose(car.natural(natural)[0], [2.25, 0.3])
    assert_allclose(car.covariance(natural)[0][0], 2.25 * 0.3 ** np.array([0, 0.5, 1.7]))
    assert third == pytest.approx(-np.pi / 2)
    assert np.linalg.eigvalsh(compound(4).covariance(np.array([[1.0, third]]))[0])[0] == pytest.approx(
        0, abs=1e-15
    )
    assert compound(4).scale.angle(-0.9) == third
    assert autoregressive(TIMES, continuous=True).scale.angle(-0.2) == 0.0
    assert identity(2).covariance(np.array([[3.0]]))[0].tolist() == [[9.0, 0.0], [0.0, 9.0]]
    assert unstructured(3).names == ("tau2.1", "tau2.2", "tau2.3", "rho.1-2", "rho.1-3", "rho.2-3")
    assert compound(2).roots(4.0, 0.5).tolist() == pytest.approx([2.0, np.pi / 6])


def test_roots_of_an_unstructured_covariance_give_it_back() -> None:
    rng, compared = np.random.default_rng(4), 0
    for _ in range(20):
        a = rng.normal(0, 1, (4, 4))
        gamma = a @ a.T
        roots = unstructured_roots(gamma)[None]
        assert_allclose(unstructured(4).covariance(roots)[0], gamma, rtol=1e-10, atol=1e-12)
        spread = np.sqrt(np.diag(gamma))
        rho = (gamma / np.outer(spread, spread))[np.triu_indices(4, 1)]
        assert_allclose(unstructured(4).natural(roots)[0], [*np.diag(gamma), *rho], rtol=1e-10)
        compared += 1
    singular = np.ones((3, 3))
    assert_allclose(unstructured(3).covariance(unstructured_roots(singular)[None])[0], singular, atol=1e-12)
    assert unstructured_roots(singular)[5] == 0.0  # of which nothing is left to say
    assert_allclose(unstructured_roots(np.zeros((2, 2))), np.zeros(3))
    assert compared == 20


def test_not_positive_definite_has_no_likelihood() -> None:
    v = np.diag(VI)
    v[0, 1] = v[1, 0] = 1.0
    blocks = blocks_of(X, csr_array(v), (), CLUSTER)
    found = evaluate(DependentData(blocks, Y[None]), np.zeros((1, 0)), True)
    assert found.loglik[0] == -np.inf
    v = np.diag(VI)
    v[1, 0] = v[0, 1] = 1.0
    pair = blocks_of(np.ones((2, 1)), csr_array(v[:2, :2]), (), np.zeros(2, dtype=np.intp))
    assert evaluate(DependentData(pair, Y[None, :2]), np.zeros((1, 0)), False).loglik[0] == -np.inf


def test_without_random_effects_each_data_set_has_the_likelihood_of_its_errors() -> None:
    v = covariance_within(VI, CLUSTER, 0.5)
    both = np.stack([Y, 2.0 * Y - 1.0])
    found = evaluate(DependentData(blocks_of(X, csr_array(v), (), CLUSTER), both), np.zeros((2, 0)), False)
    w = np.linalg.inv(v)
    for y, beta, loglik in zip(both, found.beta, found.loglik, strict=True):
        expected = np.linalg.solve(X.T @ w @ X, X.T @ w @ y)
        assert_allclose(beta, expected, rtol=1e-11)
        assert_allclose(loglik, stats.multivariate_normal.logpdf(y, X @ expected, v), rtol=1e-11)


@pytest.mark.parametrize("m", [1, 2, 3, 5])
def test_matrices_in_stacks_are_inverted_each_and_those_that_are_not_positive_are_none(m: int) -> None:
    rng = np.random.default_rng(m)
    for shape in ((4,), (2, 3)):
        a = rng.normal(size=(*shape, m, m))
        given = a @ np.swapaxes(a, -1, -2) + 0.1 * np.eye(m)
        inverse, logdet = _inverse(given)
        assert_allclose(inverse @ given, np.broadcast_to(np.eye(m), given.shape), atol=1e-10)
        assert_allclose(logdet, np.linalg.slogdet(given)[1], rtol=1e-11)
        bad = given.copy()
        bad[-1] *= -1.0
        found, logs = _inverse(bad)
        assert_allclose(found[:-1], inverse[:-1], rtol=1e-8)
        assert_allclose(logs[:-1], logdet[:-1], rtol=1e-9)
        assert np.isnan(logs[-1]).all()


def test_coefficients_of_three_columns_are_those_of_generalised_least_squares() -> None:
    rng = np.random.default_rng(9)
    k = 12
    x, y = np.column_stack([np.ones(k), rng.normal(size=(k, 2))]), rng.normal(size=k)
    cluster = np.repeat(np.arange(4), 3)
    m = np.diag(rng.uniform(0.1, 0.6, k)) + 0.5 * (cluster[:, None] == cluster)
    blocks = blocks_of(x, csr_array(m), (), cluster)
    found = evaluate(DependentData(blocks, y[None]), np.zeros((1, 0)), True)
    w = np.linalg.inv(m)
    covariance = np.linalg.inv(x.T @ w @ x)
    beta = covariance @ x.T @ w @ y
    r = y - x @ beta
    logs = [np.linalg.slogdet(each)[1] for each in (m, x.T @ w @ x, x.T @ x)]
    expected = -0.5 * (logs[0] + logs[1] - logs[2] + r @ w @ r + (k - 3) * np.log(2.0 * np.pi))
    assert_allclose(found.beta[0], beta, rtol=1e-10)
    assert_allclose(found.covariance[0], covariance, rtol=1e-10)
    assert found.loglik[0] == pytest.approx(expected, rel=1e-11)
