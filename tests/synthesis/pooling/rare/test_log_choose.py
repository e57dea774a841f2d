"""Logarithms of binomial coefficients keep their digits however many persons there are."""

from __future__ import annotations

import numpy as np
import pytest
from mpmath import mp

from synthesis.pooling.kernel.effects import Array
from synthesis.pooling.rare.count_terms import BinomialTerms, HypergeometricTerms
from synthesis.pooling.rare.log_choose import log_choose

_SIZES = (1, 2, 5, 15, 16, 17, 32, 33, 100, 1000, 10**6, 999_999_937, 2 * 10**9)
_TAKEN = (0, 1, 2, 5, 14, 15, 16, 17, 40, 1000, 250_000, 10**8)


def _exact(n: int, u: int) -> float:
    with mp.workdps(40):
        return float(mp.loggamma(n + 1) - mp.loggamma(u + 1) - mp.loggamma(n - u + 1))


def test_they_are_those_of_forty_digits_from_one_to_two_billion_persons() -> None:
    cases = [(n, u) for n in _SIZES for taken in _TAKEN if taken <= n for u in (taken, n - taken, n // 2)]
    n, u = np.array(cases, dtype=float).T
    expected = np.array([_exact(*case) for case in cases])
    assert len(cases) == 300
    assert (np.abs(log_choose(n, u) - expected) <= 4e-15 * np.maximum(expected, 1.0)).all()


def test_shapes_broadcast_and_nothing_or_everybody_is_one_way() -> None:
    found = log_choose(np.array([[4.0], [6.0]]), np.array([0.0, 1.0, 2.0, 4.0]))
    expected = np.log([[1.0, 4.0, 6.0, 1.0], [1.0, 6.0, 15.0, 15.0]])
    assert np.allclose(found, expected, rtol=1e-15, atol=1e-15)
    assert float(log_choose(np.array(0.0), np.array(0.0))) == 0.0


@pytest.mark.parametrize("persons", [1000, 10**9])
def test_a_few_events_among_a_billion_have_their_probability(persons: int) -> None:
    events, size = 7, persons - 3
    eta = -17.5
    with mp.workdps(40):
        chance = 1 / (1 + mp.exp(-mp.mpf(eta)))
        binomial = mp.log(mp.binomial(size, events) * chance**events) + (size - events) * mp.log1p(-chance)
        ways = [mp.binomial(persons, u) * mp.binomial(size, 12 - u) for u in range(13)]
        odds = mp.exp(mp.mpf("0.5"))
        hypergeometric = mp.log(ways[7] * odds**7 / sum(way * odds**u for u, way in enumerate(ways)))
    one = BinomialTerms(*(np.array([float(x)]) for x in (events, size, 0)))
    pair = HypergeometricTerms.of(*(np.array([float(x)]) for x in (events, persons, size, 12)))
    for terms, at, expected in ((one, eta, binomial), (pair, 0.5, hypergeometric)):
        found: Array = terms.at(np.array([[at]]))[0]
        assert float(found[0, 0]) == pytest.approx(float(expected), abs=3e-13)
