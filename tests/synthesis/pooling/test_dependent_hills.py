"""The highest of the likelihood's hills, whatever the unit of the effects and however many there are."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.sparse import csr_array

from synthesis.pooling.dependent.block_likelihood import DependentData, evaluate
from synthesis.pooling.dependent.blocks import RandomTerm, blocks_of
from synthesis.pooling.dependent.maximum import _settled, climb, maximise_blocks, starting_points
from synthesis.pooling.dependent.structures import (
    autoregressive,
    compound,
    diagonal,
    heteroscedastic_compound,
    unstructured,
)
from synthesis.pooling.kernel.effects import Array
from tests.synthesis.pooling.dependent_problems import covariance_within, intercept
from tests.thinned import thinned

KINDS = ("nested", "CS", "HCS", "UN", "DIAG", "AR", "HAR", "CAR", "GEN")
TIMES = np.array([0.0, 1.0, 3.0])


def made(kind: str, seed: int, scale: float = 1.0) -> DependentData:
    """A few clusters of a few effects, errors of any size and correlation, heterogeneity of any kind."""
    rng = np.random.default_rng([seed, KINDS.index(kind)])
    clusters = int(rng.integers(4, 9))
    cluster = np.repeat(np.arange(clusters), rng.integers(1, 6, clusters))
    k = cluster.size
    level = np.concatenate([rng.permutation(3)[np.arange(n) % 3] for n in np.bincount(cluster)])
    level[:3] = np.arange(3)
    v = covariance_within(10 ** rng.uniform(-2, 1, k), cluster, rng.choice([0.0, 0.5, 0.9]))
    size = 10 ** rng.uniform(-1, 1)
    y = rng.normal(0, size, clusters)[cluster] * rng.integers(0, 2) + rng.normal(0, size, k)
    x = np.linalg.qr(np.column_stack([np.ones(k), rng.normal(0, 1, k)]))[0]
    structures = {
        "CS": compound(3), "HCS": heteroscedastic_compound(3), "UN": unstructured(3), "DIAG": diagonal(3),
        "AR": autoregressive(TIMES, continuous=False),
        "HAR": autoregressive(TIMES, continuous=False, heteroscedastic=True),
        "CAR": autoregressive(np.array([0.0, 1.3, 3.4]), continuous=True),
    }  # fmt: skip
    terms: tuple[RandomTerm, ...] = (intercept(cluster), intercept(np.arange(k)))
    if kind == "GEN":
        slopes = np.column_stack([np.ones(k), rng.normal(0, 1, k)])
        terms = (RandomTerm(unstructured(2, "GEN"), cluster, "slopes", columns=slopes),)
    elif kind != "nested":
        terms = (RandomTerm(structures[kind], cluster, "levels", level=level),)
    return DependentData(blocks_of(x, csr_array(v * scale**2), terms, cluster), y[None] * scale)


def anywhere(data: DependentData, starts: int, seed: int) -> Array:
    rng, found = np.random.default_rng(seed), []
    for _ in range(starts):
        for term in data.blocks.terms:
            n = term.structure.variances
            roots = float(data.y.std()) * 10 ** rng.uniform(-2, 0.6, n)
            found.append(np.concatenate([roots, rng.uniform(-1.5, 1.5, term.structure.q - n)]))
    return np.array(found).reshape(starts, -1)


@pytest.mark.parametrize("scale", thinned([1e-12, 1e-3, 1e5, 1e12], 4))
@pytest.mark.parametrize("kind", KINDS)
def test_the_unit_of_the_effects_does_not_matter(kind: str, scale: float) -> None:
    one, other = made(kind, 1), made(kind, 1, scale)
    tops = [maximise_blocks(data, starting_points(data, scattered=True), True) for data in (one, other)]
    moved = (one.blocks.k - 2) * np.log(scale)
    assert tops[1].fit.loglik[0] + moved == pytest.approx(tops[0].fit.loglik[0], abs=1e-8)


@pytest.mark.parametrize("kind", thinned(KINDS))
def test_no_start_climbs_higher(kind: str) -> None:
    compared = 0
    for seed, restricted in ((2, True), (3, False), (4, True)):
        data = made(kind, seed)
        top = maximise_blocks(data, starting_points(data, scattered=True), restricted).fit.loglik[0]
        other = maximise_blocks(data, anywhere(data, 12, seed), restricted).fit.loglik[0]
        assert other <= top + 1e-8, seed
        compared += 1
    assert compared == 3


@pytest.mark.parametrize(
    ("kind", "seed", "near"), [("HCS", 142, (3.5, 43.0, 3.5)), ("HAR", 114, (9.0, 4.5, 6.5))]
)
def test_a_narrow_ridge_of_perfect_correlation_is_found(
    kind: str, seed: int, near: tuple[float, float, float]
) -> None:
    data = made(kind, seed)
    top = maximise_blocks(data, starting_points(data, scattered=True), False)

    def below(roots: Array) -> float:
        return -float(evaluate(data, np.r_[roots, 0.5 * np.pi][None], False).loglik[0])

    on_edge = -minimize(below, np.array(near), method="L-BFGS-B", bounds=[(0.0, None)] * 3).fun
    assert top.theta[0, 3] == 0.5 * np.pi
    assert top.fit.loglik[0] == pytest.approx(on_edge, abs=1e-6)
    assert top.fit.loglik[0] >= on_edge - 1e-10


@pytest.mark.long
@pytest.mark.parametrize("kind", KINDS)
def test_no_other_optimiser_climbs_higher(kind: str) -> None:
    compared = 0
    for seed in range(100, 140):
        data = made(kind, seed)
        top = maximise_blocks(data, starting_points(data, scattered=True), True).fit.loglik[0]
        floors = [
            (0.0, None) if i < term.structure.variances and term.structure.floored else (None, None)
            for term in data.blocks.terms
            for i in range(term.structure.q)
        ]

        def below(theta: Array, data: DependentData = data) -> float:
            found = float(evaluate(data, theta[None], True).loglik[0])
            return -found if np.isfinite(found) else 1e10

        for start in anywhere(data, 6, seed):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                found = minimize(below, start, method="L-BFGS-B", bounds=floors)
            assert -found.fun <= top + 1e-8, seed
        compared += 1
    assert compared == 40


def test_parameters_next_to_an_edge_are_put_on_it_and_others_stay() -> None:
    """Effects of a group that are equal speak for rho = 1, whose angles are pi / 2 and full turns from it.

    Means of groups that are equal speak for no variance between them; the standard errors are 0.1.
    """
    cluster, level = np.repeat(np.arange(6), 2), np.tile([0, 1], 6)
    x, v = np.ones((12, 1)), csr_array(0.01 * np.eye(12))
    pair = (RandomTerm(compound(2), cluster, "levels", level=level),)
    alike = DependentData(blocks_of(x, v, pair, cluster), np.repeat([[0.0, 0.9, -1.1, 2.0, 0.3, -0.4]], 2, 1))
    edges = np.array([0.5, 2.5, -1.5]) * np.pi
    for away, moved in ((9e-5, True), (-9e-5, True), (1.1e-4, False), (-1.1e-4, False)):
        for edge in edges:
            theta = np.array([[1.0, edge + away]])
            expected = [1.0, edge if moved else edge + away]
            assert _settled(alike, theta, True)[0].tolist() == pytest.approx(expected, abs=1e-15)
    apart = DependentData(alike.blocks, np.tile([[0.5, -0.5]], 6))
    between = DependentData(blocks_of(x, v, (intercept(cluster),), cluster), apart.y)
    assert _settled(between, np.array([[9e-6]]), True).tolist() == [[0.0]]
    assert _settled(between, np.array([[1.1e-5]]), True).tolist() == [[1.1e-5]]
    lower = _settled(apart, np.array([[1.0, 0.5 * np.pi + 9e-5]]), True)
    assert lower[0, 1] == 0.5 * np.pi + 9e-5, "where the edge is lower it stays"


def test_where_a_height_is_asked_climbing_stops_at_the_first_step_that_gains_less() -> None:
    data = made("nested", 3)
    start = np.array([[2.0, 0.3]])
    top = climb(data, start, True)
    at, height = climb(data, start, True, least_gain=1e6)
    once, _ = climb(data, start, True, steps=1)
    assert at.tolist() == once.tolist()
    assert height < top[1] - 1e-3
    assert climb(data, start, True, least_gain=1e-9)[1] == pytest.approx(top[1], abs=1e-8)
