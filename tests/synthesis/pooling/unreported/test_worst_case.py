"""Bounds from the best to the worst case."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.stats import norm

from synthesis.pooling.kernel.effects import Array
from synthesis.pooling.unreported.likelihood import Unprinted
from synthesis.pooling.unreported.statements import limits
from synthesis.pooling.unreported.worst_case import extreme_means, selection_bound

Y, V = np.array([0.4, 0.1, 0.9]), np.array([0.01, 0.04, 0.09])


def given(said: list[str], sei: list[float], q: list[float]) -> Unprinted:
    low, high = limits(said, np.full(len(said), 1.96))
    return Unprinted(np.array(sei), low, high, np.array(q))


def means(places: list[tuple[float | None, ...]], sei: Array, tau2: float) -> Array:
    """Weighted means with unprinted results at given places, None for one that is not there."""
    found = []
    for row in places:
        there = [i for i, place in enumerate(row) if place is not None]
        y = np.append(Y, [row[i] for i in there])
        w = 1.0 / (np.append(V, sei[there] ** 2) + tau2)
        found.append(w @ y / w.sum())
    return np.array(found)


@pytest.mark.parametrize("tau2", [0.0, 0.1])
def test_extremes_are_those_of_every_corner(tau2: float) -> None:
    said = ["not significant", "positive, not significant", "not significant", "negative, not significant"]
    sei, q = [0.2, 0.1, 0.5, 0.3], [1.0, 1.0, 0.5, 0.9]
    unprinted = given(said, sei, q)
    choices = [
        [low * s, high * s, *([None] if p < 1 else [])]
        for low, high, s, p in zip(unprinted.low[:, 0], unprinted.high[:, 0], sei, q, strict=True)
    ]
    # with further places inside each range, none of which may lie outside
    inside = [[*each, 0.5 * (each[0] + each[1])] for each in choices]
    corners = means(list(itertools.product(*inside)), np.array(sei), tau2)
    assert corners.size == 144
    low, high = extreme_means(Y, V, unprinted, tau2)
    assert_allclose([low.mean, high.mean], [corners.min(), corners.max()], rtol=1e-12)


def test_standard_errors_are_those_of_what_is_there() -> None:
    low, high = extreme_means(Y, V, given(["not significant"], [0.2], [1.0]), 0.05)
    information = np.sum(1.0 / (np.append(V, 0.04) + 0.05))
    assert_allclose([low.se, high.se], information**-0.5, rtol=1e-14)
    # one that may be missing, and whose range lies above the mean, is there for the highest alone
    low, high = extreme_means(Y - 5.0, V, given(["positive, not significant"], [0.2], [0.5]), 0.05)
    assert_allclose([low.se**-2, high.se**-2], [np.sum(1.0 / (V + 0.05)), information], rtol=1e-14)


def test_statements_without_an_end_have_no_bound_on_that_side() -> None:
    low, high = extreme_means(Y, V, given(["positive, significant"], [0.2], [1.0]), 0.0)
    assert np.isfinite(low.mean)
    assert high.mean == np.inf
    low, high = extreme_means(Y, V, given(["significant"], [0.2], [0.5]), 0.0)
    assert (low.mean, high.mean) == (-np.inf, np.inf)


def test_a_statement_of_one_part_is_as_it_is_beside_one_of_two() -> None:
    alone = extreme_means(Y, V, given(["not significant"], [0.2], [1.0]), 0.1)
    beside = extreme_means(Y, V, given(["not significant", "significant"], [0.2, 0.3], [1.0, 0.0]), 0.1)
    assert beside == alone


def test_what_says_nothing_is_nowhere() -> None:
    plain = np.sum(Y / V) / np.sum(1.0 / V)
    for unprinted in (
        given(["not examined"], [0.2], [1.0]),
        given(["not significant"], [0.2], [0.0]),
        given([], [], []),
    ):
        low, high = extreme_means(Y, V, unprinted, 0.0)
        assert_allclose([low.mean, high.mean], plain, rtol=1e-14)


def test_the_bound_of_copas_and_jackson() -> None:
    """Their formula, written with the quantile and the density of another program."""
    v, tau2, n, m = V, 0.02, 3, 2
    height = norm.pdf(norm.ppf(n / (n + m)))
    expected = (n + m) / n * height * np.sum((v + tau2) ** -0.5) / np.sum(1.0 / (v + tau2))
    assert_allclose(selection_bound(v, m, tau2), expected, rtol=1e-13)
    assert selection_bound(v, 0, tau2) == 0.0


def test_of_equal_studies_it_is_the_bias_of_printing_only_the_largest_results() -> None:
    """With n of n + m printed, those above a quantile, the mean of a normal sample is off by exactly that."""
    n, m = 7, 3
    z = norm.ppf(m / (n + m))
    bias = norm.pdf(z) / (n / (n + m)) * 0.3
    assert_allclose(selection_bound(np.full(n, 0.09), m, 0.0), bias, rtol=1e-12)


def test_what_says_nothing_is_nowhere_beside_what_says_something() -> None:
    alone = extreme_means(Y, V, given(["not significant"], [0.2], [1.0]), 0.1)
    for said, q in ((["not examined", "not significant"], 1.0), (["positive", "not significant"], 0.0)):
        beside = extreme_means(Y, V, given(said, [0.3, 0.2], [q, 1.0]), 0.1)
        assert beside == alone


def test_with_a_bound_of_the_selection_the_mean_of_equal_studies_moves_by_their_spread() -> None:
    """Half of two printed: the larger of two normal numbers is above their mean by sd / sqrt(pi) on average.

    Those above the median, which the bound supposes, by sd sqrt(2 / pi); tau2 widens the sd.
    """
    for tau2 in (0.0, 0.07):
        found = selection_bound(np.full(1, 0.09), 1, tau2)
        assert_allclose(found, np.sqrt((0.09 + tau2) * 2.0 / np.pi), rtol=1e-13)
