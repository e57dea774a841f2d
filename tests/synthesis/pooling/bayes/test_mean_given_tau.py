"""The mean given tau with heavy tails: against plain sums over the mean, and its half-lines by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import special, stats

from synthesis.pooling.bayes.effect_distributions import MixtureEffects, TEffects
from synthesis.pooling.bayes.given_tau import given_tau, prepared
from synthesis.pooling.bayes.line_posterior import LinePosterior
from synthesis.pooling.bayes.mean_given_tau import HalfLines, MeanGivenTau
from synthesis.pooling.bayes.mean_priors import FlatMean, KnownMean, MeanPrior, NormalMean, TMean
from synthesis.pooling.kernel.effects import Array, Effects

CAUCHY, OUTLYING = TEffects(1.0), MixtureEffects(0.2, 5.0)
Model = TEffects | MixtureEffects


def model(effects: Model, prior: MeanPrior, y: list[float], v: list[float]) -> MeanGivenTau:
    return MeanGivenTau(effects, given_tau(prepared(Effects(np.array(y), np.array(v))), prior))


def log_prior(prior: MeanPrior, mu: Array) -> Array:
    if isinstance(prior, NormalMean):
        return np.asarray(stats.norm.logpdf(mu, prior.mean, prior.sd))
    if isinstance(prior, TMean):
        return np.asarray(stats.t.logpdf(mu, prior.df, prior.mean, prior.scale))
    return np.zeros_like(mu)


def log_estimate(effects: Model, r: Array, v: float, tau: float) -> Array:
    """With Cauchy effects it is Voigt's profile."""
    if isinstance(effects, MixtureEffects):
        p, c = effects.probability, effects.factor
        inner, outer = (stats.norm.logpdf(r, 0.0, math.sqrt(v + (s * tau) ** 2)) for s in (1.0, c))
        return np.logaddexp(math.log1p(-p) + inner, math.log(p) + outer)
    return np.asarray(np.log(special.voigt_profile(r, math.sqrt(v), tau)))


def summed(
    effects: Model, prior: MeanPrior, y: list[float], v: list[float], tau: float
) -> tuple[float, float, float]:
    """Log of the integral over the mean, its mean and sd: 30 nodes on each of panels finest about both."""
    places = [*y, prior.mean] if isinstance(prior, NormalMean | TMean) else y
    steps = 0.05 * np.sinh(np.linspace(-22.0, 22.0, 89))
    cuts = np.unique(np.concatenate([place + steps for place in places]))
    nodes, weights = np.polynomial.legendre.leggauss(30)
    half = 0.5 * np.diff(cuts)[:, None]
    mu = (cuts[:-1, None] + half * (nodes + 1.0)).ravel()
    logs = log_prior(prior, mu)
    for each, variance in zip(y, v, strict=True):
        logs = logs + log_estimate(effects, each - mu, variance, tau)
    total, signs = special.logsumexp(logs, b=(half * weights).ravel(), return_sign=True)
    assert signs == 1.0
    mass = np.exp(logs - total) * (half * weights).ravel()
    mean = float(mass @ mu)
    return float(total), mean, math.sqrt(mass @ (mu - mean) ** 2)


CASES: list[tuple[Model, MeanPrior, list[float], list[float]]] = [
    (CAUCHY, NormalMean(0.0, 1.0), [30.0], [0.09]),
    (CAUCHY, NormalMean(0.0, 300.0), [30.0], [0.09]),
    (CAUCHY, TMean(0.0, 1.0, 30.0), [30.0], [0.09]),
    (CAUCHY, TMean(0.0, 500.0, 3.0), [30.0], [0.09]),
    (CAUCHY, TMean(1.0, 0.5, 4.0), [0.2, 0.9], [0.1, 0.3]),
    (CAUCHY, NormalMean(-40.0, 0.1), [0.2, 0.9], [0.1, 25.0]),
    (CAUCHY, FlatMean(), [0.2, 3.9, 1.0], [0.1, 0.3, 4.0]),
    (OUTLYING, NormalMean(0.0, 1.0), [30.0], [0.09]),
    (OUTLYING, TMean(0.0, 1.0, 30.0), [30.0, 29.0], [0.09, 1.0]),
    (OUTLYING, FlatMean(), [0.2, 3.9], [0.1, 4.0]),
]


@pytest.mark.parametrize(("effects", "prior", "y", "v"), CASES)
def test_the_mean_is_integrated_wherever_prior_and_estimates_put_it(
    effects: Model, prior: MeanPrior, y: list[float], v: list[float]
) -> None:
    given = model(effects, prior, y, v)
    unit, origin = given.data.unit[0], given.data.origin[0]
    powers = len(y) - (1 if isinstance(prior, FlatMean) else 0)
    taus = np.array([0.05, 0.4, 2.0])
    x = np.log(taus / unit)
    logs, moves = given.log_likelihood(np.zeros(1, dtype=np.intp), x[None, [2, 0, 1, 0]])
    assert moves.shape == logs.shape == (1, 4)
    lines, panels = given.integrated(x)
    found = LinePosterior(lines, lambda halves, z: (z, z), panels)
    for row, tau in enumerate(taus.tolist()):
        log, mean, sd = summed(effects, prior, y, v, tau)
        assert_allclose(logs[0, [1, 2, 0][row]] - powers * math.log(unit), log, rtol=0, atol=2e-9)
        assert_allclose(found.log_total[row] - powers * math.log(unit), log, rtol=0, atol=2e-9)
        if given.moment == 2:
            assert_allclose(origin + unit * found.expectation()[row], mean, rtol=1e-7, atol=1e-9)
            assert_allclose(unit * found.deviation()[row], sd, rtol=1e-6)
    assert logs[0, 1] == logs[0, 3]


def test_a_known_mean_has_the_likelihood_there() -> None:
    given = model(CAUCHY, KnownMean(0.4), [0.2, 0.9], [0.1, 0.3])
    unit = given.data.unit[0]
    expected = sum(
        log_estimate(CAUCHY, np.array([y - 0.4]), v, 0.7).item() for y, v in ((0.2, 0.1), (0.9, 0.3))
    )
    found = given.log_totals(np.log(np.array([0.7, 0.7]) / unit)) - 2.0 * math.log(unit)
    assert_allclose(found, [expected, expected], rtol=1e-11)


@pytest.mark.parametrize(
    ("effects", "prior", "k", "tail", "moment"),
    [
        (CAUCHY, FlatMean(), 1, 2.0, 0),
        (TEffects(1.5), FlatMean(), 1, 2.5, 1),
        (TEffects(1.4), FlatMean(), 1, 2.4, 0),
        (TEffects(2.5), FlatMean(), 1, 3.5, 2),
        (CAUCHY, FlatMean(), 2, 4.0, 2),
        (CAUCHY, TMean(0.0, 1.0, 0.5), 1, 3.5, 2),
        (CAUCHY, NormalMean(0.0, 1.0), 1, math.inf, 2),
        (OUTLYING, FlatMean(), 1, math.inf, 2),
        (TEffects(math.inf), TMean(0.0, 1.0, 1.0), 1, math.inf, 2),
    ],
)
def test_tails_of_all_estimates_and_of_the_prior_multiply_and_moments_need_them(
    effects: Model, prior: MeanPrior, k: int, tail: float, moment: int
) -> None:
    given = model(effects, prior, [0.3] * k, [0.2] * k)
    assert given.tail == pytest.approx(tail)
    assert given.moment == moment
    assert [given.exists(order) for order in (1, 2)] == [moment >= 1, moment >= 2]


def test_half_lines_go_both_ways_from_their_centres() -> None:
    lines = HalfLines(np.array([1.0, -2.0]), np.array([0.5, 3.0]))
    z = np.array([[0.0, 1.0], [0.5, 2.0], [0.0, 1.0], [0.5, 2.0]])
    halves = np.arange(4)
    mu = lines.mu(halves, z)
    expected = [
        [1.0, 1.0 - 0.5 * math.sinh(1.0)],
        [-2.0 - 3.0 * math.sinh(0.5), -2.0 - 3.0 * math.sinh(2.0)],
        [1.0, 1.0 + 0.5 * math.sinh(1.0)],
        [-2.0 + 3.0 * math.sinh(0.5), -2.0 + 3.0 * math.sinh(2.0)],
    ]
    assert_allclose(mu, expected, rtol=1e-14)
    assert_allclose(lines.z(halves, mu[:, 1]), z[:, 1], rtol=1e-14)
    assert_allclose(lines.z(np.array([0]), np.array([1.5])), -np.arcsinh(1.0), rtol=1e-14)
    slopes = np.log(np.array([0.5, 3.0, 0.5, 3.0])[:, None] * np.cosh(z))
    assert_allclose(lines.log_slope(halves, z), slopes, rtol=0, atol=1e-14)
    again = lines.repeat(2)
    assert again.centre.tolist() == [1.0, 1.0, -2.0, -2.0]
    assert again.scale.tolist() == [0.5, 0.5, 3.0, 3.0]
    assert (lines.n, again.n) == (2, 4)


def test_panels_of_half_lines_end_beyond_their_reach() -> None:
    lines = HalfLines(np.array([1.0, -2.0]), np.array([0.5, 3.0]))
    first = lines.edges(np.array([0.5 * math.sinh(2.5), 3.0 * math.sinh(0.7)]), 1)
    assert first.edges.tolist() == [[0, 1, 2, 3], [0, 1, 1, 1], [0, 1, 2, 3], [0, 1, 1, 1]]
    assert first.moment.tolist() == [1.0] * 4
    assert first.smooth


@pytest.mark.parametrize("prior", [NormalMean(0.7, 2.0), TMean(0.7, 2.0, 3.0), FlatMean()])
def test_likelihood_times_prior_is_their_product_in_internal_units(prior: MeanPrior) -> None:
    y, v = [0.2, 0.9], [0.1, 0.3]
    given = model(CAUCHY, prior, y, v)
    unit, origin = given.data.unit[0], given.data.origin[0]
    mu, taus = np.array([-3.0, 0.0, 0.5]), np.array([0.1, 1.0])
    found = given.log_joint(np.log(taus / unit), (mu - origin) / unit)
    for row, tau in enumerate(taus.tolist()):
        expected = log_prior(prior, mu) + sum(
            log_estimate(CAUCHY, a - mu, b, tau) for a, b in zip(y, v, strict=True)
        )
        powers = 2 if isinstance(prior, FlatMean) else 3
        assert_allclose(found[row] - powers * math.log(unit), expected, rtol=0, atol=1e-11)
