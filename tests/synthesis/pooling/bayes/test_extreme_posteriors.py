"""Where an integral would be missed: thousands of studies, variances over 12 orders, effects far apart."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import special

from synthesis.pooling.bayes import data_scaled_priors as scaled
from synthesis.pooling.bayes import mean_priors as means
from synthesis.pooling.bayes import tau_priors as taus
from synthesis.pooling.bayes.posterior import posterior
from synthesis.pooling.kernel.effects import Array, Effects


def trapezoid(
    y: Array, v: Array, log_prior: taus.TauPrior, sd: float | None, p: Array
) -> tuple[float, Array, Array]:
    """Log of the integral, P(mu < p) and P(tau < p'), by the trapezoidal rule over 200,000 log tau.

    For smooth integrands that vanish at both ends its error falls faster than any power of the step.
    """
    log_s = 0.5 * np.log(v)
    x = np.linspace(
        min(log_s.min(), -3.0) - 45.0, max(log_s.max(), math.log(np.ptp(y) + 1e-9)) + 25.0, 200_001
    )
    tau2 = np.exp(2.0 * x)
    weight, weighted, logs = (np.zeros_like(x) for _ in range(3))
    for yi, vi in zip(y, v, strict=True):
        weight += 1.0 / (vi + tau2)
        weighted += yi / (vi + tau2)
        logs += np.log(vi + tau2)
    total = weight + (0.0 if sd is None else sd**-2.0)
    mean = weighted / total
    squares = np.zeros_like(x)
    for yi, vi in zip(y, v, strict=True):
        squares += (yi - mean) ** 2 / (vi + tau2)
    k = len(y)
    value = -0.5 * (k * math.log(2 * math.pi) + logs + squares + np.log(total))
    value += 0.5 * math.log(2 * math.pi) if sd is None else -math.log(sd) - 0.5 * (mean / sd) ** 2
    scales = taus.Scales(
        np.array([0.5 * math.log(k / np.sum(1.0 / v))]), np.zeros(1), v[None], np.ones((1, k))
    )
    value += log_prior.log_density(x[None], scales)[0] + x
    mass = np.exp(value - value.max())
    log_total = value.max() + math.log(mass.sum() * (x[1] - x[0]))
    mass /= mass.sum()
    below = np.array([mass @ special.ndtr((at - mean) * np.sqrt(total)) for at in p])
    return log_total, below, mass @ np.sqrt(tau2)


def case(name: str) -> tuple[Array, Array]:
    rng = np.random.default_rng(5)
    if name == "1,000 studies":
        v = rng.uniform(0.1, 0.5, 1_000) ** 2
        return rng.normal(0.3, np.sqrt(v + 0.04)), v
    if name == "1,000 alike":
        v = rng.uniform(0.1, 0.5, 1_000) ** 2
        return rng.normal(0.3, np.sqrt(v)), v
    if name == "12 orders":
        v = 10.0 ** rng.uniform(-12.0, 0.0, 12)
        return rng.normal(0.0, np.sqrt(v + 1e-4)), v
    return {
        "12 orders, two studies": (np.array([0.0, 1.0]), np.array([1e-12, 1.0])),
        "50 errors apart": (np.array([0.0, 50.0]), np.array([1.0, 1.0])),
        "two pairs far apart": (np.array([0.0, 0.0, 50.0, 50.0]), np.array([0.01, 0.01, 1.0, 1.0])),
        "one": (np.array([3.0]), np.array([0.25])),
    }[name]


CASES = (
    "1,000 studies",
    "1,000 alike",
    "12 orders",
    "12 orders, two studies",
    "50 errors apart",
    "two pairs far apart",
    "one",
)
PRIORS = (taus.HalfNormal(0.5), taus.half_cauchy(0.5), scaled.DuMouchel(), taus.LogNormalTau2(-2.14, 1.74))


@pytest.mark.long
@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("prior", PRIORS, ids=lambda prior: prior.label)
@pytest.mark.parametrize("sd", [None, 4.0])
def test_extreme_data_agree_with_the_trapezoidal_rule(
    name: str, prior: taus.TauPrior, sd: float | None
) -> None:
    y, v = case(name)
    found = posterior(Effects(y, v), prior, means.FlatMean() if sd is None else means.NormalMean(0.0, sd))
    unit, origin = found.data.unit[0], found.data.origin[0]
    p = np.array([1e-6, 0.025, 0.5, 0.975])
    log_total, below, tau = trapezoid(y, v, prior, sd, origin + unit * found.mu.quantile(p)[0])
    assert_allclose(found.log_integrated[0], log_total, rtol=0, atol=1e-10 * max(1.0, abs(log_total)))
    assert_allclose(below, p, rtol=0, atol=1e-10)
    if found.exists(1)[0] and not (name == "one" and prior.tail < 3):
        assert_allclose(unit * found.tau.expectation(1)[0], tau, rtol=1e-9)


@pytest.mark.parametrize("level", [0.5, 0.8, 0.999999])
def test_intervals_at_any_level_hold_what_they_say(level: float) -> None:
    y, v = np.array([0.3, -0.2, 1.4]), np.array([0.04, 0.09, 0.01])
    found = posterior(Effects(y, v), taus.half_cauchy(0.3), means.FlatMean())
    for mixture in (found.mu, found.new, found.studies):
        low, high = mixture.shortest(level)
        outside = mixture.below(low[:, None]) + mixture.above(high[:, None])
        assert_allclose(outside, 1.0 - level, rtol=1e-8)
        central = mixture.quantile(np.array([0.5 * (1 - level), 0.5 * (1 + level)]))
        assert (high - low <= (central[:, 1] - central[:, 0]) * (1 + 1e-9)).all()
        assert_allclose(mixture.density(low[:, None]), mixture.density(high[:, None]), rtol=1e-6)
    low, high = found.tau.shortest(level)
    inside = found.tau.below(high[:, None]) - found.tau.below(np.maximum(low, 1e-300)[:, None])
    assert_allclose(inside, level, rtol=1e-10)


def test_effects_of_studies_far_apart_stay_where_they_are() -> None:
    """Two precise studies: the effect of each stays with it."""
    found = posterior(Effects(np.array([0.0, 50.0]), np.ones(2)), taus.half_cauchy(0.5), means.FlatMean())
    unit, origin = found.data.unit[0], found.data.origin[0]
    mode = origin + unit * found.studies.mode()
    assert_allclose(mode[0] + mode[1], 50.0, rtol=1e-8)
    assert abs(mode[0]) < 0.1


@pytest.mark.parametrize(
    ("prior", "k", "flat", "message"),
    [
        (
            taus.ImproperUniform(),
            2,
            True,
            "with 2 studies, a flat prior of the mean.*expected 3 studies or more",
        ),
        (taus.ImproperUniform(), 1, False, "with 1 study, the improper uniform.*expected 2 studies or more"),
        (scaled.Jeffreys(), 1, True, "with 1 study, a flat prior of the mean.*expected 2 studies or more"),
    ],
)
def test_improper_posteriors_are_refused_with_what_is_needed(
    prior: taus.TauPrior, k: int, flat: bool, message: str
) -> None:
    mean: means.MeanPrior = means.FlatMean() if flat else means.NormalMean(0.0, 1.0)
    with pytest.raises(ValueError, match=message):
        posterior(Effects(np.arange(float(k)), np.ones(k)), prior, mean)
    posterior(Effects(np.arange(k + 1.0), np.ones(k + 1)), prior, mean)


def test_moments_exist_where_the_tail_is_light_enough() -> None:
    """half-t(df): the posterior falls like tau^-(df + k) with a flat mean, one power faster without."""
    for df, k, flat, first, second in (
        (1.0, 1, True, False, False),
        (1.0, 2, True, True, False),
        (1.0, 3, True, True, True),
        (1.0, 1, False, True, False),
        (1.05, 3, True, True, True),
        (2.0, 1, False, True, True),
    ):
        mean: means.MeanPrior = means.FlatMean() if flat else means.NormalMean(0.0, 1.0)
        found = posterior(Effects(np.arange(float(k)), np.ones(k)), taus.HalfT(df, 1.0), mean)
        assert (found.exists(1)[0], found.exists(2)[0]) == (first, second), (df, k, flat)
        mu, new = (found.moments(m, about_mean=a) for m, a in ((found.mu, True), (found.new, False)))
        assert [bool(np.isnan(each[0])) for each in new] == [not first, not second]
        assert [bool(np.isnan(each[0])) for each in mu] == (
            [not first, not second] if flat else [False, False]
        )


def test_tails_beyond_double_precision_are_refused_for_one_study_and_not_for_two() -> None:
    """inverse-gamma(0.001, 0.001) on tau2 falls like tau^-1.002, of which tau^340 holds a third."""
    prior = taus.InverseGammaTau2(0.001, 0.001)
    one, two = (Effects(np.arange(float(k)), np.ones(k)) for k in (1, 2))
    with pytest.raises(
        ValueError, match=r"with 1 study the tail of the inverse-gamma.*beyond double precision"
    ):
        posterior(one, prior, means.FlatMean())
    assert_allclose(posterior(two, prior, means.FlatMean()).tau.below(np.array([[1e120]])), 1.0, rtol=1e-10)
    assert_allclose(posterior(one, taus.HalfT(0.1, 1.0), means.FlatMean()).log_integrated, 0.0, atol=1e-10)


def test_a_prior_of_the_mean_far_from_precise_studies_costs_no_more_than_others() -> None:
    """Log densities of -1e11 have noise of 1e-5, which no halving resolves."""
    y, v = -812_221.0 + 1e-4 * np.arange(30.0), np.full(30, 1e-6)
    found = posterior(Effects(y, v), scaled.UniformShrinkage(), means.NormalMean(0.0, 1.0))
    assert found.panels.x.shape[1] <= 100


def test_a_uniform_prior_that_ends_below_the_data_has_its_mode_at_its_end() -> None:
    y, s = 13_915.54 + np.array([0.0, 0.0001, 0.004]), np.array([0.005, 0.04, 0.1])
    found = posterior(Effects(y, s * s), taus.Uniform(3.0), means.NormalMean(0.0, 1.0))
    assert_allclose(found.data.unit[0] * found.tau.mode(), 3.0, rtol=1e-6)
    low, high = (found.data.unit[0] * end[0] for end in found.tau.shortest(0.95))
    assert_allclose([low, high], 3.0, rtol=1e-4)
    assert high <= 3.0 * (1 + 1e-12)


def test_the_shortest_interval_is_found_under_tails_over_a_hundred_powers_of_ten() -> None:
    """One study under a log-t prior: mu is symmetric about it, so that shortest and central are the same."""
    found = posterior(Effects(np.array([3.0]), np.array([0.25])), taus.LogTTau2(-3.0, 2.5), means.FlatMean())
    for level in (0.5, 0.8, 0.999):
        low, high = (end[0] for end in found.mu.shortest(level))
        tail = 0.5 * (1.0 - level)
        central = found.mu.quantile(np.array([tail, 1.0 - tail]))[0]
        assert_allclose([low, high], central, rtol=1e-5)
