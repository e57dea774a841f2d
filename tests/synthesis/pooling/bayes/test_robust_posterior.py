"""Effects with t tails or outliers: nested quadratures against plain sums and the normal model."""

from __future__ import annotations

import json
import math
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from mpmath import mp
from numpy.testing import assert_allclose
from scipy import integrate, special

from synthesis.pooling.bayes.effect_distributions import MixtureEffects, TEffects, log_height
from synthesis.pooling.bayes.mean_priors import FlatMean, KnownMean, MeanPrior, NormalMean, TMean
from synthesis.pooling.bayes.posterior import posterior
from synthesis.pooling.bayes.robust_posterior import RobustPosterior, robust_posterior
from synthesis.pooling.bayes.tau_priors import HalfNormal, HalfT, LogTTau2, TauPrior, Uniform
from synthesis.pooling.kernel.effects import Array, Effects
from tests.thinned import thinned

PINNED = json.loads(
    (Path(__file__).resolve().parents[3] / "reference" / "bayesian" / "robust.json").read_text()
)
Y = np.array([-2.31, -0.46, -2.30, -1.76])
V = np.array([0.60, 0.56, 0.88, 0.46]) ** 2
P = np.array([0.025, 0.5, 0.975])
Z = np.array([[-4.0, -2.0, 0.0, 1.0]])


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.long) if "apart" in name else name for name in PINNED]
)
def test_numbers_agree_with_plain_sums_over_both(name: str) -> None:
    case = PINNED[name]
    y, v = (np.array(case[each].split(), dtype=float) for each in ("y", "v"))
    kind, *numbers = case["effects"]
    effects = TEffects(1.0) if kind == "t" else MixtureEffects(*map(float, numbers))
    found = robust_posterior(Effects(y, v), HalfNormal(0.5), NormalMean(0.3, 2.0), effects)
    unit, origin = found.data.unit[0], found.data.origin[0]
    assert_allclose(found.log_integrated, case["log"], rtol=0, atol=1e-10)
    mu = [origin + unit * found.mu.expectation()[0], unit * found.mu.deviation()[0]]
    assert_allclose(mu, case["mu"], rtol=1e-10)
    assert_allclose(unit * found.tau.expectation(1)[0], case["tau"], rtol=1e-10)
    own = found.studies
    assert_allclose(origin + unit * own.mean, case["own_mean"], rtol=1e-10, atol=1e-12)
    assert_allclose(unit * own.sd, case["own_sd"], rtol=1e-10)
    if kind == "mixture":
        assert_allclose(own.outlying, case["outlying"], rtol=1e-10)
    else:
        assert np.isnan(own.outlying).all()


@pytest.mark.parametrize(
    ("mean", "prior", "effects"),
    thinned(
        [
            (NormalMean(0.0, 4.0), HalfT(1.0, 0.5), MixtureEffects(0.0, 5.0)),
            (FlatMean(), HalfNormal(0.5), TEffects(math.inf)),
            (TMean(0.0, 1.0, 3.0), Uniform(2.0), MixtureEffects(0.3, 1.0)),
            (FlatMean(), HalfT(1.0, 0.5), TEffects(math.inf)),
        ]
    ),
)
def test_without_tails_and_outliers_it_is_the_normal_model(
    mean: MeanPrior, prior: TauPrior, effects: TEffects | MixtureEffects
) -> None:
    normal = posterior(Effects(Y, V), prior, mean)
    found = robust_posterior(Effects(Y, V), prior, mean, effects)
    assert_allclose(found.log_integrated, normal.log_integrated[0], rtol=0, atol=1e-11)
    assert_allclose(found.log_at_zero, normal.log_at_zero[0], rtol=0, atol=1e-12)
    assert_allclose(found.tau.quantile(P), normal.tau.quantile(P), rtol=1e-11)
    assert_allclose(found.mu.quantile(P), normal.mu.quantile(P), rtol=0, atol=1e-11)
    assert_allclose(found.mu.above(Z), normal.mu.above(Z), rtol=1e-8, atol=1e-12)
    assert_allclose(found.mu.below(Z), normal.mu.below(Z), rtol=1e-8, atol=1e-12)
    assert_allclose(found.mu.density(Z), normal.mu.density(Z), rtol=1e-8, atol=1e-12)
    assert_allclose(found.new.quantile(P), normal.new.quantile(P), rtol=0, atol=1e-11)
    assert_allclose(found.new.above(Z), normal.new.above(Z), rtol=1e-9)
    assert_allclose(found.new.below(Z), normal.new.below(Z), rtol=1e-9)
    assert_allclose(found.new.density(Z), normal.new.density(Z), rtol=1e-9)
    assert_allclose(found.mu.expectation(), normal.mu.expectation(), rtol=1e-11)
    assert [found.exists(order) for order in (1, 2, 3)] == [normal.exists(o).item() for o in (1, 2, 3)]
    assert [found.mean_exists(o) for o in (1, 2)] == [normal.mean_exists(o).item() for o in (1, 2)]
    if found.mean_exists(2):
        assert_allclose(found.mu.deviation(), normal.mu.deviation(), rtol=1e-11)
        assert_allclose(found.studies.mean, normal.studies.expectation(), rtol=0, atol=1e-11)
        assert_allclose(found.studies.sd, normal.studies.deviation(), rtol=1e-11)
        assert_allclose(found.new.sd, normal.new.deviation()[0], rtol=1e-10)
        assert_allclose(found.new.mean, normal.new.expectation()[0], rtol=1e-10)


@pytest.mark.long
def test_many_degrees_of_freedom_and_few_outliers_lead_to_the_normal_model() -> None:
    """The evidence comes nearer as 1 / df and as p: ten times fewer, a tenth of the distance."""
    data, prior, mean = Effects(Y[:3], V[:3]), HalfNormal(0.5), NormalMean(0.0, 2.0)
    normal = posterior(data, prior, mean).log_integrated.item()

    def away(effects: TEffects | MixtureEffects) -> float:
        return robust_posterior(data, prior, mean, effects).log_integrated - normal

    tails = [away(TEffects(df)) for df in (1e4, 1e5, 1e9)]
    assert tails[0] == pytest.approx(10.0 * tails[1], rel=1e-3)
    assert 0.0 < abs(tails[1]) < 1e-4
    assert abs(tails[2]) < 1e-9
    outliers = [away(MixtureEffects(p, 4.0)) for p in (1e-4, 1e-5, 1e-11)]
    assert outliers[0] == pytest.approx(10.0 * outliers[1], rel=1e-3)
    assert 0.0 < abs(outliers[1]) < 1e-4
    assert abs(outliers[2]) < 1e-9


def direct(
    y: Array, v: Array, effects: TEffects | MixtureEffects, prior: float
) -> tuple[float, float, float]:
    """Evidence, and mean of mu and tau, the mean outermost and estimates' densities over their effects."""
    nodes, weights = np.polynomial.legendre.leggauss(60)
    theta_nodes = np.sinh(np.linspace(-14.0, 14.0, 3001))
    theta_weights = np.cosh(np.linspace(-14.0, 14.0, 3001)) * (28.0 / 3000)

    def density(r: Array, tau: float, variance: float) -> Array:
        if isinstance(effects, MixtureEffects):
            p, c = effects.probability, effects.factor
            parts = [(1.0 - p, variance + tau**2), (p, variance + (c * tau) ** 2)]
            return sum(w * np.exp(-0.5 * r * r / s) / np.sqrt(2 * np.pi * s) for w, s in parts)  # type: ignore
        t = theta_nodes
        kernel = np.exp(-0.5 * (r[:, None] - tau * t) ** 2 / variance) / np.sqrt(2 * np.pi * variance)
        constant = special.gamma(0.5 * (effects.df + 1)) / special.gamma(0.5 * effects.df)
        tail = constant / np.sqrt(effects.df * np.pi) * (1 + t * t / effects.df) ** (-0.5 * (effects.df + 1))
        return np.asarray(kernel @ (tail * theta_weights))

    panels = np.linspace(-14.0, 14.0, 15)
    mu = np.concatenate([a + (b - a) * 0.5 * (nodes + 1) for a, b in pairwise(panels)])
    weight = np.tile(weights, 14) * np.exp(-0.5 * (mu / 2.0) ** 2) / (2.0 * np.sqrt(2 * np.pi))
    edges = [0.0, 0.05, 0.15, 0.4, 0.8, 1.3, 2.0, 3.0, 5.0]
    total = first = second = 0.0
    for low, high in pairwise(edges):
        for x, w in zip(*np.polynomial.legendre.leggauss(20), strict=True):
            tau = low + 0.5 * (high - low) * (x + 1)
            mass = weight * np.exp(-0.5 * (tau / prior) ** 2) * np.sqrt(2 / np.pi) / prior
            mass = mass * w * 0.5 * (high - low)
            for each, variance in zip(y, v, strict=True):
                mass = mass * density(each - mu, tau, variance)
            total += mass.sum()
            first += (mass * mu).sum()
            second += mass.sum() * tau
    return math.log(total), first / total, second / total


@pytest.mark.parametrize(
    "effects", [pytest.param(TEffects(3.0), marks=pytest.mark.long), MixtureEffects(0.2, 4.0)]
)
def test_the_other_order_of_integration_says_the_same(effects: TEffects | MixtureEffects) -> None:
    log, mean, tau = direct(Y[:3], V[:3], effects, 0.5)
    found = robust_posterior(Effects(Y[:3], V[:3]), HalfNormal(0.5), NormalMean(0.0, 2.0), effects)
    unit, origin = found.data.unit[0], found.data.origin[0]
    assert_allclose(found.log_integrated, log, rtol=0, atol=1e-10)
    assert_allclose(origin + unit * found.mu.expectation()[0], mean, rtol=1e-10)
    assert_allclose(unit * found.tau.expectation(1)[0], tau, rtol=1e-10)


@pytest.mark.long
@pytest.mark.parametrize("effects", [TEffects(4.0), MixtureEffects(0.2, 4.0)])
def test_a_new_effect_is_as_likely_as_an_exact_study_there(effects: TEffects | MixtureEffects) -> None:
    found = robust_posterior(Effects(Y, V), HalfNormal(0.5), NormalMean(0.0, 2.0), effects)
    unit, origin = found.data.unit[0], found.data.origin[0]
    for z in (-1.4, 0.7):
        more = Effects(np.append(Y, z), np.append(V, 1e-11))
        one = robust_posterior(more, HalfNormal(0.5), NormalMean(0.0, 2.0), effects)
        density = found.new.density(np.array([[(z - origin) / unit]])).item() / unit
        assert_allclose(math.exp(one.log_integrated - found.log_integrated), density, rtol=1e-9)
    inside = (np.linspace(-3.0, 1.0, 41) - origin) / unit
    area = integrate.simpson(found.new.density(inside[None])[0], x=inside)
    ends = found.new.below(inside[None, [0, -1]])[0]
    assert_allclose(area, ends[1] - ends[0], rtol=1e-6)
    assert_allclose(found.new.below(inside[None]) + found.new.above(inside[None]), 1.0, rtol=1e-12)
    assert_allclose(found.new.below(found.new.quantile(P))[0], P, rtol=1e-11)
    assert_allclose(found.mu.below(found.mu.quantile(P))[0], P, rtol=1e-11)


@pytest.mark.parametrize(
    "effects", [pytest.param(TEffects(4.0), marks=pytest.mark.long), MixtureEffects(0.2, 4.0)]
)
def test_own_effects_are_slopes_of_the_evidence(effects: TEffects | MixtureEffects) -> None:
    def log_evidence(move: float) -> float:
        y = Y + np.array([move, 0.0, 0.0, 0.0])
        return robust_posterior(Effects(y, V), HalfNormal(0.5), FlatMean(), effects).log_integrated

    h = 0.01
    at = {n: log_evidence(n * h) for n in (-2, -1, 0, 1, 2)}
    slope = (at[-2] - 8 * at[-1] + 8 * at[1] - at[2]) / (12 * h)
    bend = (-at[-2] + 16 * at[-1] - 30 * at[0] + 16 * at[1] - at[2]) / (12 * h * h)
    found = robust_posterior(Effects(Y, V), HalfNormal(0.5), FlatMean(), effects)
    unit, origin = found.data.unit[0], found.data.origin[0]
    assert_allclose(
        origin + unit * found.studies.mean[0], Y[0] + V[0] * slope, rtol=1e-6
    )  # Tweedie's formula
    assert_allclose((unit * found.studies.sd[0]) ** 2, V[0] + V[0] ** 2 * bend, rtol=1e-5)


@pytest.mark.long
def test_two_clusters_far_apart_keep_both_their_modes() -> None:
    y = np.array([0.0, 0.02, 5.0, 5.03])  # 50 standard errors apart
    v = np.full(4, 0.01)
    found = robust_posterior(Effects(y, v), HalfNormal(0.01), FlatMean(), TEffects(2.0))
    unit, origin = found.data.unit[0], found.data.origin[0]
    at = (np.array([[0.01, 2.5, 5.015]]) - origin) / unit
    first, between, second = found.mu.density(at)[0]
    assert first > 1e6 * between
    assert second > 1e6 * between
    below = found.mu.below(at[:, 1:2]).item()
    assert_allclose(below + found.mu.above(at[:, 1:2]).item(), 1.0, rtol=1e-12)
    mirrored = robust_posterior(Effects(5.0 - y, v), HalfNormal(0.01), FlatMean(), TEffects(2.0))
    other = (2.5 - mirrored.data.origin[0]) / mirrored.data.unit[0]
    assert_allclose(mirrored.mu.above(np.array([[other]])).item(), below, rtol=1e-10)
    assert_allclose(mirrored.log_integrated, found.log_integrated, rtol=1e-12)


def moments(found: RobustPosterior) -> list[bool]:
    return [
        found.mean_exists(1),
        found.mean_exists(2),
        math.isfinite(found.new.mean),
        math.isfinite(found.new.sd),
    ]


@pytest.mark.long
def test_moments_exist_by_the_tails_of_effects_too() -> None:
    def of(k: int, df: float, mean: MeanPrior) -> RobustPosterior:
        return robust_posterior(Effects(Y[:k], V[:k]), HalfNormal(0.5), mean, TEffects(df))

    assert moments(of(1, 1.0, FlatMean())) == [False, False, False, False]
    assert moments(of(2, 1.0, FlatMean())) == [True, True, False, False]
    assert moments(of(1, 1.0, NormalMean(0.0, 1.0))) == [True, True, False, False]
    assert moments(of(2, 2.0, FlatMean())) == [True, True, True, False]
    assert moments(of(2, 3.0, FlatMean())) == [True, True, True, True]
    one = of(1, 1.0, TMean(0.0, 1.0, 2.0))
    assert moments(one) == [True, True, False, False]
    wide = robust_posterior(Effects(Y[:2], V[:2]), HalfT(1.0, 0.5), FlatMean(), TEffects(9.0))
    assert moments(wide) == [True, False, True, False]
    t_prior = robust_posterior(Effects(Y[:1], V[:1]), HalfT(0.5, 0.5), TMean(0.0, 1.0, 0.5), TEffects(9.0))
    assert [t_prior.mean_exists(1), t_prior.mean_exists(2)] == [True, False]


@pytest.mark.parametrize(("k", "exist"), [(1, (False, False)), (2, (True, False)), (3, (True, True))])
def test_a_prior_that_integrates_by_its_logarithm_gives_moments_by_it(
    k: int, exist: tuple[bool, bool]
) -> None:
    """Above tau the integral falls like tau^-(k - 1) log(tau)^-6: the moment of order k - 1 just exists."""
    data, prior = Effects(Y[:k], V[:k]), LogTTau2(0.0, 1.0)
    found = robust_posterior(data, prior, FlatMean(), MixtureEffects(0.0, 1.0))
    assert (found.exists(1), found.exists(2)) == exist
    assert (found.mean_exists(1), found.mean_exists(2)) == exist


def test_a_new_effect_has_the_variance_of_both_its_parts() -> None:
    for effects, factor in ((TEffects(5.0), 5.0 / 3.0), (MixtureEffects(0.25, 3.0), 0.75 + 0.25 * 9.0)):
        found = robust_posterior(Effects(Y, V), HalfNormal(0.5), FlatMean(), effects)
        both = found.mu.deviation()[0] ** 2 + factor * found.tau.expectation(2)[0]
        assert_allclose(found.new.sd**2, both, rtol=1e-12)
        assert found.new.mean == found.mu.expectation()[0]


def test_a_mean_that_is_known_leaves_tau_alone() -> None:
    normal = posterior(Effects(Y, V), HalfNormal(0.5), KnownMean(-1.0))
    found = robust_posterior(Effects(Y, V), HalfNormal(0.5), KnownMean(-1.0), TEffects(math.inf))
    assert_allclose(found.log_integrated, normal.log_integrated[0], rtol=1e-12)


def test_densities_of_an_estimate_are_those_of_voigt_and_of_large_df_in_every_range() -> None:
    r, x = np.array([0.0, 0.3, 5.0, 40.0, 1e4]), np.array([-25.0, -3.0, 0.0, 6.0])
    v, tau = 0.7, np.exp(x)[:, None]
    voigt = special.voigt_profile(np.broadcast_to(r, (4, 5)), math.sqrt(v), np.broadcast_to(tau, (4, 5)))
    assert_allclose(TEffects(1.0).log_density(r, v, x), np.log(voigt), rtol=1e-11)
    near = TEffects(1e7).log_density(r[:3], v, x)
    plain = TEffects(math.inf).log_density(r[:3], v, x)
    assert_allclose(near, plain, rtol=0, atol=2e-4)
    far = TEffects(200.0).log_density(np.array([60.0]), 1.0, np.array([-9.0]))  # beyond double precision
    assert far < -700
    half = TEffects(200.0).log_density(np.array([60.0, 0.1]), 1.0, np.array([-9.0, 2.0]))
    assert_allclose(half[0, 0], far[0, 0], rtol=1e-12)


@pytest.mark.parametrize("effects", [TEffects(3.0), TEffects(math.inf), MixtureEffects(0.2, 4.0)])
def test_distributions_of_effects_are_their_densities_integrated(effects: TEffects | MixtureEffects) -> None:
    for d in (-2.0, 0.5):
        area = integrate.quad(lambda z: effects.density(np.array(z)).item(), -np.inf, d, epsabs=1e-13)[0]
        assert_allclose(effects.below(np.array(d)).item(), area, rtol=1e-9)
    wide = [integrate.quad(lambda z: z * z * effects.density(np.array(z)).item(), -np.inf, np.inf)[0]]
    assert_allclose(effects.variance, wide[0], rtol=1e-7)


def test_distributions_that_are_none_are_refused() -> None:
    with pytest.raises(ValueError, match=r"degrees of freedom of effects are 0\.5; expected 1 or more"):
        TEffects(0.5)
    with pytest.raises(ValueError, match="degrees of freedom of effects are nan"):
        TEffects(math.nan)
    for p in (-0.1, 1.0, math.nan):
        with pytest.raises(ValueError, match="probability of an outlying study is"):
            MixtureEffects(p, 5.0)
    for factor in (0.9, 2e6, math.nan):
        with pytest.raises(ValueError, match="factor of the wider distribution is"):
            MixtureEffects(0.1, factor)
    assert (MixtureEffects(0.0, 1.0).variance, MixtureEffects(0.5, 1e6).factor) == (1.0, 1e6)


@pytest.mark.parametrize("shape", [50.0, 80.0, 1e4])
def test_the_height_of_a_large_gamma_variable_is_that_of_fifty_digits(shape: float) -> None:
    with mp.workdps(50):
        a = mp.mpf(shape)
        expected = a * mp.log(a) - a - mp.loggamma(a)
    assert log_height(shape) == pytest.approx(float(expected), abs=1e-13)


@pytest.mark.parametrize(
    ("df", "mean", "variance"), [(1.0, False, False), (2.0, True, False), (3.0, True, True)]
)
def test_a_new_effect_has_a_mean_above_one_degree_of_freedom_and_a_variance_above_two(
    df: float, mean: bool, variance: bool
) -> None:
    found = robust_posterior(Effects(Y[:1], V[:1]), Uniform(0.5), NormalMean(0.0, 1.0), TEffects(df))
    assert moments(found) == [True, True, mean, variance]


@pytest.mark.long
def test_moments_of_a_new_effect_need_those_of_mean_tau_and_distribution() -> None:
    """One study under t effects, then contaminated ones: each lacks one of the three in turn."""
    few = Effects(Y[:1], V[:1])

    def of(data: Effects, prior: TauPrior, mean: MeanPrior, effects: TEffects | MixtureEffects) -> list[bool]:
        return moments(robust_posterior(data, prior, mean, effects))

    near = NormalMean(0.0, 1.0)
    assert of(few, HalfNormal(0.5), near, TEffects(1.0)) == [True, True, False, False]
    assert of(few, HalfNormal(0.5), near, TEffects(2.0)) == [True, True, True, False]
    assert of(few, HalfNormal(0.5), near, TEffects(3.0)) == [True, True, True, True]
    outlying = MixtureEffects(0.2, 4.0)
    # one estimate's density falls like 1 / tau, and the prior like tau^-(df + 1)
    assert of(few, HalfT(1.5, 0.5), near, outlying) == [True, True, True, True]
    assert of(few, HalfT(1.0, 0.5), near, outlying) == [True, True, True, False]
    assert of(few, HalfT(1.0, 0.5), FlatMean(), outlying) == [False, False, False, False]
    assert of(few, HalfT(2.5, 0.5), FlatMean(), outlying) == [True, True, True, True]
    assert of(few, HalfT(2.0, 0.5), FlatMean(), outlying) == [True, False, True, False]
    assert of(few, HalfT(3.0, 0.5), TMean(0.0, 1.0, 1.0), outlying) == [True, True, True, True]
    # under t(df) the mean has df moments more than tau, which goes like tau^-(1 + df of its prior)
    assert of(few, HalfT(1.0, 0.5), TMean(0.0, 1.0, 2.0), outlying) == [True, True, True, False]
    assert of(few, HalfT(0.3, 0.5), TMean(0.0, 1.0, 0.5), outlying) == [True, False, True, False]


def test_a_new_effect_whose_mean_has_no_deviation_lies_about_the_only_study() -> None:
    """One estimate, a flat mean and a half-Cauchy prior of tau: all of it is symmetric."""
    data = Effects(np.array([1.3]), np.array([0.04]))
    found = robust_posterior(data, HalfT(1.0, 0.5), FlatMean(), MixtureEffects(0.2, 4.0))
    assert moments(found) == [False] * 4
    unit, origin = found.data.unit[0], found.data.origin[0]
    assert_allclose(found.new.below(np.array([[(1.3 - origin) / unit]])), 0.5, rtol=1e-9)
