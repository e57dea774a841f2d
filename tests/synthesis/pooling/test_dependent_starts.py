"""Where searches for the maxima of dependent effects start, and what they cost in likelihoods."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.sparse import csr_array, eye_array

from synthesis.pooling.dependent import maximum
from synthesis.pooling.dependent.block_likelihood import DependentData, DependentFit, evaluate
from synthesis.pooling.dependent.blocks import RandomTerm, blocks_of
from synthesis.pooling.dependent.maximum import maximise_blocks, starting_points
from synthesis.pooling.dependent.structures import (
    CovarianceStructure,
    compound,
    diagonal,
    heteroscedastic_compound,
    unstructured,
)
from synthesis.pooling.kernel.effects import Array
from tests.synthesis.pooling.dependent_problems import intercept
from tests.synthesis.pooling.test_dependent_hills import made
from tests.thinned import thinned

Y = np.array([0.0, 1.0, 4.0, 7.0])
V = np.array([0.5, 1.0, 1.0, 4.0])
# About the mean of 3 the mean square is (9 + 4 + 1 + 16) / 4, of which the typical variance is 1.
BEYOND = 7.5 - 1.0


def data(*terms: RandomTerm, y: Array = Y) -> DependentData:
    v = csr_array(np.diag(V))
    return DependentData(blocks_of(np.ones((4, 1)), v, terms, np.array([0, 0, 1, 1])), y[None])


def over_two(structure: CovarianceStructure) -> RandomTerm:
    return RandomTerm(structure, np.array([0, 0, 1, 1]), "levels", level=np.array([0, 1, 0, 1]))


def test_variances_start_at_shares_of_what_is_beyond_the_errors() -> None:
    """All of it, a twentieth and three times that shared evenly, most in each term, and next to nothing."""
    found = starting_points(data(intercept(np.array([0, 0, 1, 1])), intercept(np.arange(4)))) ** 2 / BEYOND
    even = [[0.5, 0.5], [0.025, 0.025], [1.5, 1.5]]
    assert_allclose(found, [*even, [0.9, 0.02], [0.02, 0.9], [1e-6, 1e-6]], rtol=1e-12)
    alone = starting_points(data(intercept(np.arange(4)))) ** 2 / BEYOND
    assert_allclose(alone[:, 0], [1.0, 0.05, 3.0, 1e-6], rtol=1e-12)
    # of effects that agree better than their errors allow, a tenth of the typical variance is started from
    near = starting_points(data(intercept(np.arange(4)), y=0.1 * Y)) ** 2
    assert_allclose(near[:, 0], [0.1, 0.005, 0.3, 1e-7], rtol=1e-12)


def test_correlations_start_at_four_values() -> None:
    found = starting_points(data(over_two(compound(2))))
    assert_allclose(found[:, 0] ** 2 / BEYOND, [1.0, 0.05, 3.0, 1.0, 1e-6], rtol=1e-12)
    assert_allclose(np.sin(found[:, 1]), [0.4, 0.0, -0.5, 0.95, 0.0], atol=1e-15)


def test_scattered_starts_are_a_sequence_without_gaps() -> None:
    """32 points of Roberts's sequence, with the root of x^4 = x + 1; and some near edges."""
    plain, all_ = (starting_points(data(over_two(unstructured(2))), scattered=s) for s in (False, True))
    assert_allclose(all_[:5], plain)
    scattered, edges = all_[5:37], all_[37:]
    shares = np.column_stack(
        [(np.log10(scattered[:, :2] / np.sqrt(BEYOND)) + 1.5) / 2, scattered[:, 2] / 3 + 0.5]
    )
    base = max(root.real for root in np.roots([1, 0, 0, -1, -1]) if root.imag == 0)
    expected = np.mod(0.5 + np.arange(1, 33)[:, None] * base ** -np.arange(1.0, 4.0), 1.0)
    assert_allclose(shares, expected, rtol=1e-9)
    # one factor with the other level beside it or against it, the levels' variances a hundred to one apart
    assert_allclose(np.sin(edges[:, 2]), [0.98] * 3 + [-0.98] * 3)
    ratio = 2.0 * np.log10(edges[:, 1] / edges[:, 0])
    assert_allclose(ratio, [-2.0, 0.0, 2.0] * 2, atol=1e-12)
    assert_allclose(edges[:, 0] * edges[:, 1], BEYOND, rtol=1e-12)


def test_without_random_effects_there_is_one_start_of_nothing() -> None:
    assert starting_points(data()).shape == (1, 0)
    found = maximise_blocks(data(), np.zeros((1, 0)), True)
    assert_allclose(found.fit.beta[0, 0], (1.0 + 4.0 + 1.75) / 4.25)
    assert found.flat.tolist() == [False]


class Counted:
    """Sizes of the batches whose likelihood is asked for."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.sizes: list[int] = []
        patch.setattr(maximum, "evaluate", self)

    def __call__(self, batch: DependentData, theta: Array, restricted: bool) -> DependentFit:
        self.sizes.append(len(theta))
        return evaluate(batch, theta, restricted)


@pytest.mark.parametrize(
    ("kind", "most"),
    thinned([
        ("nested", 126), ("HCS", 2057), ("UN", 1416), ("CS", 1067), ("AR", 1104), ("HAR", 2106),
        ("DIAG", 517), ("CAR", 1126), ("GEN", 1326),
    ]),
)  # fmt: skip
def test_a_search_takes_few_likelihoods(monkeypatch: pytest.MonkeyPatch, kind: str, most: int) -> None:
    """Of four data sets from all starts; within four per cent of what they take."""
    problems = [made(kind, seed) for seed in range(4)]
    count = Counted(monkeypatch)
    for each in problems:
        maximise_blocks(each, starting_points(each, scattered=True), True)
    assert sum(count.sizes) <= 1.04 * most


@pytest.mark.parametrize(
    ("k", "levels", "climbed"),
    [(400, 1, 4), (402, 1, 1), (400, 2, 5), (402, 2, 2), (20_000, 2, 2), (20_002, 2, 1), (20_002, 0, 1)],
)
def test_of_many_effects_only_the_best_starts_are_climbed_from(
    monkeypatch: pytest.MonkeyPatch, k: int, levels: int, climbed: int
) -> None:
    """All of up to 400 effects; then one of variances alone, and two of correlations up to 20 000 effects."""
    cluster, level = np.repeat(np.arange(k // 2), 2), np.arange(k) % 2
    term = RandomTerm(diagonal(2), cluster, "levels", level=level)
    if levels == 1:
        term = intercept(cluster)
    elif levels == 2:
        term = RandomTerm(compound(2), cluster, "levels", level=level)
    y = np.random.default_rng(1).normal(0.0, 1.5, k)
    many = DependentData(blocks_of(np.ones((k, 1)), csr_array(eye_array(k)), (term,), cluster), y[None])
    starts, count = starting_points(many), Counted(monkeypatch)
    maximise_blocks(many, starts, True)
    assert count.sizes[0] == len(starts)
    first = 0 if climbed == len(starts) else 1
    assert count.sizes[first] == climbed


def test_one_correlation_starts_near_both_edges_with_levels_alike_and_a_hundred_to_one_apart() -> None:
    plain, all_ = (
        starting_points(data(over_two(heteroscedastic_compound(2))), scattered=s) for s in (False, True)
    )
    edges = all_[len(plain) + 32 :]
    assert_allclose(np.sin(edges[:, 2]), [0.98] * 3 + [-0.9] * 3)
    assert_allclose(2.0 * np.log10(edges[:, 1] / edges[:, 0]), [-2.0, 0.0, 2.0] * 2, atol=1e-12)
    assert_allclose(edges[:, 0] * edges[:, 1], 4.0 * BEYOND, rtol=1e-12)
