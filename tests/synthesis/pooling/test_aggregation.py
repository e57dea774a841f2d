"""Dependent effects of a study as its generalised least-squares mean: exact in the model, or refused."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.optimize import brentq, minimize_scalar
from scipy.stats import chi2

from synthesis.pooled import pool
from synthesis.pooling.dependent.aggregation import (
    LEAST_EIGENVALUE,
    Aggregate,
    aggregate,
    within_studies,
)

Matrix = np.ndarray[Any, np.dtype[np.float64]]


class Multivariate:
    """All effects at once: y = mu + u of the study + e with covariance V, by matrices of all of them."""

    def __init__(self, seed: int, tau: float, sizes: tuple[int, ...] = (1, 3, 2, 1, 4, 2, 1, 5)) -> None:
        rng = np.random.default_rng(seed)
        self.blocks: list[tuple[Matrix, Matrix]] = []
        for m in sizes:
            shared = rng.uniform(0.02, 0.1)
            v = np.diag(rng.uniform(0.05, 0.3, m)) + shared
            u = rng.normal(0, tau)
            self.blocks.append((0.3 + u + np.linalg.cholesky(v) @ rng.normal(size=m), v))
        self.y = np.concatenate([y for y, _ in self.blocks])
        self.v = np.zeros((self.y.size, self.y.size))
        self.z = np.zeros((self.y.size, len(sizes)))
        start = 0
        for study, (y, v) in enumerate(self.blocks):
            rows = slice(start, start + y.size)
            self.v[rows, rows], self.z[rows, study] = v, 1.0
            start += y.size

    def _parts(self, tau2: float) -> tuple[Matrix, float, float, Matrix]:
        """Precision, mu, its precision, and the projection that takes the mean away."""
        precision: Matrix = np.asarray(np.linalg.inv(self.v + tau2 * self.z @ self.z.T), dtype=float)
        total = float(precision.sum())
        mu = float((precision @ self.y).sum() / total)
        ones = precision.sum(axis=1)
        return precision, mu, total, np.asarray(precision - np.outer(ones, ones) / total)

    def log_likelihood(self, tau2: float, restricted: bool) -> float:
        precision, mu, total, _ = self._parts(tau2)
        rest = self.y - mu
        value = 0.5 * np.linalg.slogdet(precision)[1] - 0.5 * rest @ precision @ rest
        return float(value - 0.5 * np.log(total) if restricted else value)

    def score(self, tau2: float, restricted: bool) -> float:
        """The derivative of the log likelihood in tau2."""
        precision, _, _, projection = self._parts(tau2)
        of = projection if restricted else precision
        moved = self.z.T @ projection @ self.y
        return float(0.5 * (moved @ moved) - 0.5 * np.trace(self.z.T @ of @ self.z))

    def maximum(self, restricted: bool) -> tuple[float, float, float]:
        """mu, its standard error and tau2."""
        if self.score(0.0, restricted) <= 0:
            tau2 = 0.0
        else:
            rough = minimize_scalar(
                lambda t: -self.log_likelihood(t, restricted), bounds=(0, 20), method="bounded"
            ).x
            tau2 = brentq(lambda t: self.score(t, restricted), 0.5 * rough, 2 * rough, xtol=1e-15)
        _, mu, total, _ = self._parts(tau2)
        return mu, total**-0.5, tau2

    def means(self) -> list[Aggregate]:
        return [aggregate(y, v, "a study") for y, v in self.blocks]


@pytest.mark.parametrize("method", ["ML", "REML"])
def test_the_likelihood_of_all_effects_has_its_maximum_where_that_of_the_studies_means_has_it(
    method: str,
) -> None:
    positive = 0
    for seed in range(20):
        model = Multivariate(seed, tau=0.5 if seed % 4 else 0.0)
        means = model.means()
        found = pool(
            yi=[float(m.yi) for m in means], vi=[float(m.vi) for m in means], method=method, test="z"
        )
        expected = model.maximum(method == "REML")
        assert_allclose([found.estimate, found.se], expected[:2], rtol=1e-8)
        assert_allclose(found.tau2, expected[2], rtol=1e-8, atol=1e-12)
        positive += expected[2] > 0
    assert 12 <= positive < 20, "inside and on the boundary"


def test_the_likelihoods_differ_by_what_does_not_depend_on_mean_and_tau2() -> None:
    model = Multivariate(7, tau=0.5)
    means = model.means()
    yi, vi = (np.array([getattr(m, name) for m in means]) for name in ("yi", "vi"))

    def of_means(tau2: float) -> float:
        w = 1 / (vi + tau2)
        mu = (w * yi).sum() / w.sum()
        return float(0.5 * np.log(w).sum() - 0.5 * (w * (yi - mu) ** 2).sum() - 0.5 * np.log(w.sum()))

    apart = [model.log_likelihood(tau2, restricted=True) - of_means(tau2) for tau2 in (0.0, 0.1, 1.0, 30.0)]
    assert_allclose(apart, apart[0], rtol=1e-10)


def test_the_sums_of_squares_within_and_between_studies_are_that_of_all_effects() -> None:
    model = Multivariate(3, tau=0.5)
    means = model.means()
    between = pool(yi=[float(m.yi) for m in means], vi=[float(m.vi) for m in means])
    within = within_studies(means)
    assert within is not None
    precision = np.linalg.inv(model.v)
    rest = model.y - (precision @ model.y).sum() / precision.sum()
    assert_allclose(between.Q + within.Q, rest @ precision @ rest, rtol=1e-10)
    assert (within.df, between.Q_df) == (model.y.size - len(means), len(means) - 1)
    assert within.p_value == pytest.approx(float(chi2.sf(within.Q, within.df)))
    assert within_studies([means[0], means[3]]) is None, "studies of one effect say nothing of it"


def test_two_effects_have_the_weights_that_are_written_in_every_textbook() -> None:
    found = aggregate(np.array([0.1, 0.3]), np.array([[0.2, 0.1], [0.1, 0.3]]), "a")
    # (v2 - c) and (v1 - c) over v1 + v2 - 2c; the variance (v1 v2 - c2) over it
    assert_allclose(found.weights, [2 / 3, 1 / 3], rtol=1e-14)
    assert float(found.yi) == pytest.approx(0.5 / 3, rel=1e-14)
    assert float(found.vi) == pytest.approx(0.05 / 0.3, rel=1e-14)
    assert float(found.Q) == pytest.approx(0.2**2 / 0.3, rel=1e-13)
    negative = aggregate(np.array([0.1, 0.3]), np.array([[0.2, 0.25], [0.25, 0.5]]), "a")
    assert_allclose(negative.weights, [1.25, -0.25], rtol=1e-13)


def test_one_effect_is_itself() -> None:
    found = aggregate(np.array([0.7]), np.array([[0.04]]), "a")
    assert_allclose([found.yi, found.vi, found.Q], [0.7, 0.04, 0.0], rtol=1e-15)


def test_neither_order_nor_unit_nor_origin_matters() -> None:
    y, v = Multivariate(5, tau=0.3).blocks[4]
    found, turned = aggregate(y, v, "a"), aggregate(y[::-1], v[::-1, ::-1], "a")
    assert_allclose([turned.yi, turned.vi, turned.Q], [found.yi, found.vi, found.Q], rtol=1e-12)
    assert_allclose(turned.weights[::-1], found.weights, rtol=1e-12)
    for scale in (1e-120, 1e120):
        scaled = aggregate(y * scale, v * scale**2, "a")
        assert_allclose([scaled.yi / scale, scaled.vi / scale**2, scaled.Q], [found.yi, found.vi, found.Q])
    moved = aggregate(y + 4.0, v, "a")
    assert_allclose([moved.yi - 4.0, moved.vi, moved.Q], [found.yi, found.vi, found.Q], rtol=1e-10)


def test_a_batch_is_each_of_its_draws() -> None:
    blocks = [Multivariate(seed, tau=0.3).blocks[1] for seed in range(5)]
    batch = aggregate(np.stack([y for y, _ in blocks]), np.stack([v for _, v in blocks]), "a")
    for draw, (y, v) in enumerate(blocks):
        alone = aggregate(y, v, "a")
        for name in ("yi", "vi", "weights", "Q"):
            assert_allclose(getattr(batch, name)[draw], getattr(alone, name), rtol=1e-14)


def correlated(rho: float) -> Matrix:
    return np.array([[0.2, rho * 0.2], [rho * 0.2, 0.2]])


@pytest.mark.parametrize(
    ("v", "says"),
    [
        (correlated(1.0), "the covariance matrix of lee/dose is singular or not positive definite"),
        (correlated(1 - 0.5 * LEAST_EIGENVALUE), "singular or not positive definite"),
        (correlated(-1.0), "singular or not positive definite"),
        (correlated(1.2), "singular or not positive definite"),
        (np.array([[0.2, 0.1], [0.12, 0.2]]), "lee/dose is not symmetric"),
        (np.array([[0.2, 0.0], [0.0, 0.0]]), "a variance of lee/dose is not above zero"),
        (np.array([[0.2, 0.0], [0.0, -0.1]]), "a variance of lee/dose is not above zero"),
        (np.array([[0.2, np.nan], [np.nan, 0.1]]), "covariance of lee/dose is not a finite number"),
        (np.array([[np.inf, 0.0], [0.0, 0.1]]), "covariance of lee/dose is not a finite number"),
        (np.array([0.2, 0.1]), "of lee/dose has shape (2,); expected (2, 2)"),
        (np.eye(3), "of lee/dose has shape (3, 3); expected (2, 2)"),
    ],
)
def test_what_is_no_covariance_matrix_is_refused_with_the_study(v: Matrix, says: str) -> None:
    with pytest.raises(ValueError, match=re.escape(says)):
        aggregate(np.array([0.1, 0.3]), v, "lee/dose")


def test_a_matrix_that_is_just_regular_and_a_rounded_one_are_taken() -> None:
    found = aggregate(np.array([0.1, 0.3]), correlated(1 - 2 * LEAST_EIGENVALUE), "a")
    assert_allclose(found.weights, [0.5, 0.5], rtol=1e-5)
    skew = np.array([[0, 1.0], [0, 0]])
    for scale in (1e-10, 1.0, 1e10):
        rounded = scale * (correlated(0.5) + 1e-11 * skew)
        assert float(aggregate(np.array([0.1, 0.3]), rounded, "a").yi) == pytest.approx(0.2)
        with pytest.raises(ValueError, match="not symmetric"):
            aggregate(np.array([0.1, 0.3]), scale * (correlated(0.5) + 1e-9 * skew), "a")
    with pytest.raises(ValueError, match="not a finite number"):
        aggregate(np.array([0.1, np.nan]), correlated(0.5), "a")
