"""The posterior of tau: with one study and a flat mean it is the prior, whose every summary is known."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import optimize, stats

from synthesis.pooling.bayes import data_scaled_priors as scaled
from synthesis.pooling.bayes import mean_priors as means
from synthesis.pooling.bayes import tau_priors as taus
from synthesis.pooling.bayes.own_prior import own_prior
from synthesis.pooling.bayes.posterior import Posterior, posterior
from synthesis.pooling.kernel.effects import Array, Effects

P = np.array([1e-6, 0.01, 0.3, 0.5, 0.9, 0.999])
V0 = 0.09


def alone(*priors: taus.TauPrior) -> Posterior:
    """One study of standard error 0.3 under priors of tau, the mean being flat: the priors themselves."""
    return posterior(Effects(np.zeros(1), np.full(1, V0)), list(priors), means.FlatMean())


class UniformShrinkageLaw:
    """x^2 / (x^2 + s0^2) is uniform."""

    def cdf(self, x: Any) -> Any:
        return x * x / (x * x + V0)

    def pdf(self, x: Any) -> Any:
        return 2.0 * V0 * x / (x * x + V0) ** 2


class RootLaw:
    """The root of what is inverse gamma(2, 0.3)."""

    def cdf(self, x: Any) -> Any:
        return stats.invgamma(2.0, scale=0.3).cdf(x * x)

    def pdf(self, x: Any) -> Any:
        return 2.0 * x * stats.invgamma(2.0, scale=0.3).pdf(x * x)


class HalfTLaw:
    """|t(4)| times 0.4."""

    def cdf(self, x: Any) -> Any:
        return 2.0 * stats.t(4.0, scale=0.4).cdf(x) - 1.0

    def pdf(self, x: Any) -> Any:
        return 2.0 * stats.t(4.0, scale=0.4).pdf(x)


LAWS: list[tuple[taus.TauPrior, Any]] = [
    (taus.HalfNormal(0.4), stats.halfnorm(scale=0.4)),
    (taus.HalfT(4.0, 0.4), HalfTLaw()),
    (taus.Exponential(0.7), stats.expon(scale=0.7)),
    (taus.Uniform(5.0), stats.uniform(0.0, 5.0)),
    (taus.InverseGammaTau(3.0, 0.3), stats.invgamma(3.0, scale=0.3)),
    (taus.InverseGammaTau2(2.0, 0.3), RootLaw()),
    (taus.LogNormalTau2(-2.0, 1.5), stats.lognorm(0.75, scale=math.exp(-1.0))),
    (scaled.UniformShrinkage(), UniformShrinkageLaw()),
]


@pytest.mark.parametrize(("prior", "given"), LAWS, ids=lambda value: getattr(value, "label", ""))
def test_distribution_and_density_are_those_of_the_prior(prior: taus.TauPrior, given: Any) -> None:
    cdf, pdf = given.cdf, given.pdf
    found = alone(prior)
    unit, tau = found.data.unit[0], np.array([[1e-3, 0.05, 0.2, 0.31, 0.9, 3.0, 4.99]])
    assert_allclose(found.tau.below(tau / unit), cdf(tau), rtol=1e-11, atol=1e-14)
    assert_allclose(found.tau.density(tau / unit) / unit, pdf(tau), rtol=1e-11, atol=1e-200)
    ends = found.tau.below(np.array([[0.0, 1e200]]))
    assert_allclose(ends, [[0.0, 1.0]], atol=1e-13)
    q = unit * found.tau.quantile(P)[0]
    assert_allclose(cdf(q), P, rtol=1e-10, atol=1e-15)


def test_several_posteriors_are_asked_at_points_and_probabilities_of_their_own() -> None:
    priors = [LAWS[number][0] for number in (0, 4, 6)]
    together = alone(*priors)
    tau = np.geomspace(0.01, 4.0, 3 * len(priors)).reshape(len(priors), 3)
    p = np.linspace(0.01, 0.99, 3 * len(priors)).reshape(len(priors), 3)
    lows, highs = together.tau.shortest(0.8)
    for row, prior in enumerate(priors):
        one = alone(prior)
        assert_allclose(together.tau.below(tau)[row], one.tau.below(tau[row : row + 1])[0], rtol=1e-12)
        assert_allclose(together.tau.density(tau)[row], one.tau.density(tau[row : row + 1])[0], rtol=1e-12)
        assert_allclose(together.tau.quantile(p)[row], one.tau.quantile(p[row])[0], rtol=1e-11)
        assert_allclose(together.tau.mode()[row], one.tau.mode()[0], rtol=1e-8, atol=1e-12)
        low, high = one.tau.shortest(0.8)
        assert_allclose([lows[row], highs[row]], [low[0], high[0]], rtol=1e-9, atol=1e-12)


def test_moments_are_those_of_the_prior() -> None:
    priors = (taus.HalfNormal(0.4), taus.Exponential(0.7), taus.Uniform(5.0), taus.LogNormalTau2(-2.0, 1.5))
    found = alone(*priors)
    unit = found.data.unit
    laws = [given for prior, given in LAWS if prior in priors]
    assert len(laws) == 4
    assert_allclose(unit * found.tau.expectation(1), [each.mean() for each in laws], rtol=1e-12)
    assert_allclose(unit**2 * found.tau.expectation(2), [each.moment(2) for each in laws], rtol=1e-12)
    assert_allclose(unit * found.tau.deviation(), [each.std() for each in laws], rtol=1e-12)


@pytest.mark.parametrize(("prior", "mode"), [
    (taus.HalfNormal(0.4), 0.0),
    (taus.half_cauchy(0.4), 0.0),
    (taus.Exponential(0.4), 0.0),
    (scaled.DuMouchel(), 0.0),
    (taus.LogTTau2(-2.0, 1.5), 0.0),
    (taus.InverseGammaTau(3.0, 0.3), 0.3 / 4.0),
    (taus.InverseGammaTau2(2.0, 0.3), math.sqrt(2.0 * 0.3 / 5.0)),
    (taus.LogNormalTau2(-2.0, 1.5), math.exp(-1.0 - 0.75**2)),
    (scaled.UniformShrinkage(), 0.3 / math.sqrt(3.0)),
], ids=lambda value: getattr(value, "label", ""))  # fmt: skip
def test_the_mode_is_where_calculus_puts_it(prior: taus.TauPrior, mode: float) -> None:
    found = alone(prior)
    assert_allclose(found.data.unit * found.tau.mode(), mode, rtol=1e-9, atol=1e-9)


def shortest_of(cdf: Any, pdf: Any, level: float, mode: float) -> Array:
    """By bisection for ends of one density that hold `level`."""

    def end(low: float) -> float:
        height = pdf(low)
        return float(optimize.brentq(lambda x: pdf(x) - height, mode, 1e4, xtol=1e-300, rtol=1e-13))

    start = mode * 1e-3
    while pdf(start) <= pdf(1e4):
        start *= 1.1
    low = optimize.brentq(
        lambda x: cdf(end(x)) - cdf(x) - level, start, mode * (1.0 - 1e-3), xtol=1e-300, rtol=1e-13
    )
    return np.array([low, end(low)])


@pytest.mark.parametrize("level", [0.3, 0.8, 0.95])
@pytest.mark.parametrize(("number", "mode"), [
    (4, 0.3 / 4.0), (5, math.sqrt(2.0 * 0.3 / 5.0)), (6, math.exp(-1.0 - 0.75**2)), (7, 0.3 / math.sqrt(3.0)),
])  # fmt: skip
def test_the_shortest_interval_has_one_density_at_both_ends_and_its_level(
    number: int, mode: float, level: float
) -> None:
    prior, given = LAWS[number]
    found = alone(prior)
    ours = np.array([end[0] for end in found.tau.shortest(level)]) * found.data.unit[0]
    assert_allclose(ours, shortest_of(given.cdf, given.pdf, level, mode), rtol=1e-8)


@pytest.mark.parametrize("level", [0.3, 0.8, 0.95])
def test_where_the_density_falls_all_the_way_the_shortest_interval_begins_at_zero(level: float) -> None:
    for prior, given in LAWS[:3]:
        found = alone(prior)
        low, high = (found.data.unit[0] * end[0] for end in found.tau.shortest(level))
        assert low == 0.0
        assert_allclose(given.cdf(high), level, rtol=1e-10)


def rising(largest: float) -> Posterior:
    """Studies so far apart that the density of tau rises all the way to the largest allowed."""
    return posterior(
        Effects(np.array([-10.0, 10.0]), np.full(2, 0.04)), taus.Uniform(largest), means.FlatMean()
    )


def test_where_the_density_rises_all_the_way_mode_and_interval_are_at_its_end() -> None:
    found = rising(2.0)
    unit = found.data.unit[0]
    assert unit * found.tau.mode()[0] == 2.0
    low, high = (unit * end[0] for end in found.tau.shortest(0.8))
    assert high == 2.0
    assert_allclose(found.tau.below(np.array([[low / unit]])), 0.2, rtol=1e-10)
    assert found.tau.density(np.array([[1.999 / unit, 2.001 / unit]]))[0, 1] == 0.0
    assert (
        found.tau.density(np.array([[2.0 / unit]])).item()
        > found.tau.density(np.array([[1.999 / unit]])).item()
    )
    assert_allclose(found.tau.quantile(np.array([1.0])) * unit, 2.0, rtol=1e-12)
    assert_allclose(found.tau.below(np.array([[2.0 / unit, 3.0 / unit]])), 1.0, rtol=1e-13)


def test_a_mode_just_inside_the_largest_tau_is_found() -> None:
    """Two studies 2d apart of variance v, mean flat: exp(-d^2 / (v + tau^2)) / sqrt(v + tau^2), d^2 = 2.

    Its derivative by s = v + tau^2 is zero at s = 2 d^2.
    """
    for largest in (3.0, 2.0, 1.99):
        d2, v = 2.0, 0.04
        y = np.array([-math.sqrt(d2), math.sqrt(d2)])
        found = posterior(Effects(y, np.full(2, v)), taus.Uniform(largest), means.FlatMean())
        assert_allclose(found.data.unit * found.tau.mode(), math.sqrt(2.0 * d2 - v), rtol=1e-8)


def test_modes_and_intervals_follow_the_scale() -> None:
    for scale in (1e-9, 1e7):
        y, v = np.array([-1.0, 0.4, 2.5]), np.array([0.1, 0.3, 0.2])
        plain, other = (
            posterior(Effects(a * y, a * a * v), taus.half_cauchy(0.5 * a), means.FlatMean())
            for a in (1.0, scale)
        )
        assert_allclose(
            other.data.unit * other.tau.mode(), scale * plain.data.unit * plain.tau.mode(), rtol=1e-8
        )
        for one, two in zip(plain.tau.shortest(0.9), other.tau.shortest(0.9), strict=True):
            assert_allclose(
                other.data.unit * two, scale * plain.data.unit * one, rtol=1e-8, atol=1e-12 * scale
            )


def test_the_shortest_interval_is_found_on_whichever_of_two_hills_it_lies() -> None:
    """A narrow hill and a broad one, in both orders, under two priors at once; scanned by their quantiles."""

    def two(share: float, narrow: float, broad: float) -> tuple[taus.TauPrior, Any]:
        hills = [(share, stats.norm(narrow, 0.02)), (1.0 - share, stats.norm(broad, 0.1))]

        def density(t: Any) -> Any:
            return np.logaddexp(*(math.log(w) + law.logpdf(t) for w, law in hills))

        def cdf(t: Any) -> Any:
            return sum(w * law.cdf(t) for w, law in hills)

        return own_prior(density, 0.5, breaks=(0.4, 0.9, 1.1, 1.6)), cdf

    pairs = [two(0.6, 1.0, 2.0), two(0.55, 1.0, 0.7), two(0.3, 1.0, 2.0), two(0.6, 1.0, 2.0)]
    found = alone(*(prior for prior, _ in pairs))
    grid = np.linspace(1e-3, 3.5, 70_001)
    for level in (0.25, 0.5):
        low, high = (end * found.data.unit for end in found.tau.shortest(level))
        for row, (_, cdf) in enumerate(pairs):
            assert_allclose(cdf(high[row]) - cdf(low[row]), level, rtol=1e-8)
            below = cdf(grid)
            begins = below < 1.0 - level
            ends = np.interp(below[begins] + level, below, grid)
            assert_allclose(high[row] - low[row], (ends - grid[begins]).min(), atol=2e-4)
        assert low[0] == low[3]


def test_the_shortest_interval_begins_at_zero_itself_where_the_density_is_higher_than_at_its_end() -> None:
    """It may rise from there: x + 0.1 times exp(-3 x), which is highest at 0.23."""
    rising = own_prior(lambda t: np.log(t + 0.1) - 3.0 * t, 0.3)
    found = alone(rising)
    low, high = (end * found.data.unit for end in found.tau.shortest(0.95))
    assert low[0] == 0.0

    def inside(t: float) -> float:
        return float(
            0.1 * (1.0 - math.exp(-3.0 * t)) / 3.0 + (1.0 - (1.0 + 3.0 * t) * math.exp(-3.0 * t)) / 9.0
        )

    total = 0.1 / 3.0 + 1.0 / 9.0
    assert_allclose(inside(high[0]), 0.95 * total, rtol=1e-9)
    low, high = (end * found.data.unit for end in found.tau.shortest(0.5))
    assert low[0] > 0.0
    assert_allclose(math.log(low[0] + 0.1) - 3.0 * low[0], math.log(high[0] + 0.1) - 3.0 * high[0], rtol=1e-8)
