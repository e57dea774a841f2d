"""Maxima of location-scale models that are far from most starts: a few studies have all heterogeneity."""

from __future__ import annotations

import numpy as np
import pytest

from synthesis.pooling.designs.location_scale import location_scale
from synthesis.pooling.designs.location_scale_fit import FitProblem, _starts, values_at
from synthesis.pooling.kernel.effects import Array, Effects
from tests.synthesis.pooling.test_location_scale import log_likelihoods


def with_outliers(seed: int) -> tuple[Array, Array, Array]:
    """One study to three are far from the others, whose effects differ by their errors alone."""
    rng = np.random.default_rng(seed)
    k, q = int(rng.integers(6, 20)), int(rng.integers(1, 4))
    v = 10.0 ** rng.uniform(-2, 0, k)
    z = rng.normal(size=(k, q)) if rng.random() < 0.5 else rng.standard_t(3, size=(k, q))
    y = rng.normal(0, np.sqrt(v))
    for i in rng.choice(k, int(rng.integers(1, 4)), replace=False):
        y[i] += rng.choice([-1, 1]) * 10.0 ** rng.uniform(0, 1.3)
    return y, v, np.column_stack([np.ones(k), z])


@pytest.mark.parametrize(
    ("seed", "method", "alpha"),
    [
        (7, "ML", [-43.19, -36.14, -16.69]),
        (192, "REML", [-7.48, 7.70, 11.34]),
        (225, "ML", {0: -3.086, 16: 1.337}),  # log tau2 of two studies, none of the others
    ],
)
def test_no_point_that_gives_few_studies_all_heterogeneity_is_higher(
    seed: int, method: str, alpha: list[float] | dict[int, float]
) -> None:
    y, v, z = with_outliers(seed)
    if isinstance(alpha, dict):
        point, columns = np.array([alpha.get(i, -600.0) for i in range(y.size)]), np.eye(y.size)
    else:
        point, columns = np.array(alpha), z
    highest = float(log_likelihoods(y, v, columns, point, method))
    assert highest - 1e-9 < location_scale(Effects(y, v), z, method=method).loglik < highest + 1e-3


def test_starts_reach_below_and_above_the_centre_the_farther_the_steeper_their_slopes() -> None:
    """By e^-4 and e^2, with a slope of s by e^(-4 - 2.5 s) and e^(2 + s); the best level of each is taken.

    Along the intercept alone a slope moves all of log tau2 by s up or down. Effects that agree ask for the
    lowest tau2, effects far apart for the highest: the 48 best of 8 sizes and 12 directions are the farthest.
    """
    k, centre = 9, -1.0
    one, sizes = np.full((k, 1), 1.0 / 3.0), np.array([0.7, 1.5, 3.0, 5.0, 8.0, 12.0, 24.0])
    lowest = np.concatenate([-5.0 - 1.5 * sizes, -5.0 - 3.5 * sizes])
    highest = np.concatenate([1.0 + 2.0 * sizes, [1.0]])
    for y, expected in (
        (np.full(k, 0.2), np.sort(lowest)[:11]),
        (np.linspace(-1e40, 1e40, k), np.sort(highest)[-5:]),
    ):
        problem = FitProblem(y, np.ones(k), one, one, np.zeros(k), np.zeros(k, dtype=bool), True)
        starts = np.array(_starts(problem, centre))
        assert starts.shape == (48, 1)
        assert np.allclose(np.unique((starts / 3.0).round(9)), expected, atol=1e-9)
        values = values_at(problem, starts)
        assert (np.diff(values) <= 1e-9 * np.abs(values[0])).all()
