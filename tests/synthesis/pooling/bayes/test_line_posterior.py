"""Posteriors of a mean on two half-lines: of laws whose every summary is known, several at once."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import stats

from synthesis.pooling.bayes.line_posterior import LinePosterior
from synthesis.pooling.bayes.mean_given_tau import HalfLines
from synthesis.pooling.kernel.effects import Array, Rows

LAWS: list[Any] = [stats.norm(0.4, 2.0), stats.t(7.0, -3.0, 0.5), stats.gumbel_r(10.0, 1.5)]
LOGS = np.array([3.0, -20.0, 0.5])  # of what each law is multiplied by: a likelihood is no density
LINES = HalfLines(np.array([1.0, -3.0, 10.3]), np.array([1.5, 0.7, 2.0]))
REACH = np.array([30.0, 3000.0, 90.0])
P = np.array([1e-9, 0.025, 0.3, 0.5, 0.7, 0.975, 1.0 - 1e-9])


def log_density(halves: Rows, z: Array) -> tuple[Array, Array]:
    mu = LINES.mu(halves, z)
    logs = [LOGS[half % 3] + LAWS[half % 3].logpdf(each) for half, each in zip(halves, mu, strict=True)]
    return np.array(logs) + LINES.log_slope(halves, z), np.zeros_like(z)


FOUND = LinePosterior.of(LINES, log_density, REACH, 2)


def test_what_is_integrated_is_what_each_law_is_multiplied_by() -> None:
    assert_allclose(FOUND.log_total, LOGS, rtol=0, atol=1e-12)


def test_means_and_deviations_are_those_of_the_laws() -> None:
    assert_allclose(FOUND.expectation(), [law.mean() for law in LAWS], rtol=1e-12)
    assert_allclose(FOUND.deviation(), [law.std() for law in LAWS], rtol=1e-10)


def test_probabilities_keep_their_digits_in_both_tails_and_at_the_centre() -> None:
    at = np.array(
        [[law.ppf(p) for p in P] + [centre] for law, centre in zip(LAWS, LINES.centre, strict=True)]
    )
    below, above, density = FOUND.below(at), FOUND.above(at), FOUND.density(at)
    for row, law in enumerate(LAWS):
        assert_allclose(below[row], law.cdf(at[row]), rtol=1e-10)
        assert_allclose(above[row], law.sf(at[row]), rtol=1e-10)
        assert_allclose(density[row], law.pdf(at[row]), rtol=1e-11)


def test_beyond_what_is_integrated_is_nothing() -> None:
    far = np.array([[-1e9, 1e9]] * 3)
    assert_allclose(FOUND.below(far), [[0.0, 1.0]] * 3, atol=1e-14)
    assert_allclose(FOUND.above(far), [[1.0, 0.0]] * 3, atol=1e-14)


@pytest.mark.parametrize("own", [False, True])
def test_quantiles_are_those_of_the_laws_at_common_and_at_own_probabilities(own: bool) -> None:
    p = np.stack([P, P[::-1], np.roll(P, 2)]) if own else P
    found = FOUND.quantile(p)
    for row, law in enumerate(LAWS):
        expected = law.ppf(p[row] if own else p)
        assert_allclose(found[row], expected, rtol=1e-9, atol=1e-9)
