"""Posteriors against 30-digit quadrature, closed forms and identities."""

from __future__ import annotations

import math
from collections.abc import Callable

import mpmath
import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import stats

from synthesis.pooling.bayes import data_scaled_priors as scaled
from synthesis.pooling.bayes import mean_priors as means
from synthesis.pooling.bayes import tau_priors as taus
from synthesis.pooling.bayes.own_prior import own_prior
from synthesis.pooling.bayes.posterior import Posterior, posterior
from synthesis.pooling.bayes.posterior_summaries import summaries
from synthesis.pooling.kernel.effects import Array, Effects
from synthesis.pooling.kernel.parts import parts_of

Density = Callable[[mpmath.mpf], mpmath.mpf]

PRIORS: list[tuple[taus.TauPrior, Density]] = [
    (taus.HalfNormal(0.4), lambda t: mpmath.sqrt(2 / mpmath.pi) / 0.4 * mpmath.exp(-((t / 0.4) ** 2) / 2)),
    (taus.half_cauchy(0.4), lambda t: 2 / (mpmath.pi * 0.4 * (1 + (t / 0.4) ** 2))),
    (taus.HalfT(4.0, 0.4), lambda t: 2 * 0.375 / 0.4 * (1 + (t / 0.4) ** 2 / 4) ** -2.5),
    (taus.Exponential(0.4), lambda t: mpmath.exp(-t / 0.4) / 0.4),
    (taus.InverseGammaTau(2.5, 0.4), lambda t: 0.4**2.5 / mpmath.gamma(2.5) * t**-3.5 * mpmath.exp(-0.4 / t)),
    (
        taus.InverseGammaTau2(0.5, 0.1),
        lambda t: 2 * mpmath.sqrt(mpmath.mpf("0.1")) / mpmath.gamma(0.5) * t**-2 * mpmath.exp(-0.1 / t**2),
    ),
    (
        taus.LogNormalTau2(-2.0, 1.5),
        lambda t: (
            2
            / (t * 1.5 * mpmath.sqrt(2 * mpmath.pi))
            * mpmath.exp(-(((mpmath.log(t * t) + 2) / 1.5) ** 2) / 2)
        ),
    ),
    (
        taus.LogTTau2(-2.0, 1.5),
        lambda t: (
            2
            / (t * 1.5)
            * 8
            / (3 * mpmath.sqrt(5) * mpmath.pi)
            * (1 + ((mpmath.log(t * t) + 2) / 1.5) ** 2 / 5) ** -3
        ),
    ),
]
Y, V = np.array([0.3, -0.2, 0.9]), np.array([0.04, 0.09, 0.25])


def in_thirty_digits(prior: Density, mean: float, sd: float) -> list[float]:
    """log evidence, mean and sd of mu, mean of tau: mu in closed form given tau, log tau by tanh-sinh."""
    with mpmath.workdps(30):
        y, v = ([mpmath.mpf(float(each)) for each in column] for column in (Y, V))

        def at(x: mpmath.mpf) -> list[mpmath.mpf]:
            t = mpmath.exp(x)
            w = [1 / (each + t * t) for each in v]
            total = sum(w) + 1 / mpmath.mpf(sd) ** 2
            centre = (sum(a * b for a, b in zip(w, y, strict=True)) + mpmath.mpf(mean) / sd**2) / total
            squares = (
                sum(a * (b - centre) ** 2 for a, b in zip(w, y, strict=True)) + ((centre - mean) / sd) ** 2
            )
            weight = mpmath.sqrt(mpmath.fprod(w) / total) / sd * mpmath.exp(-squares / 2)
            density = weight * prior(t) * t / (2 * mpmath.pi) ** 1.5
            return [density, density * centre, density * (centre**2 + 1 / total), density * t]

        points = [-20_000, -2_000, -250, -60, -30, -12, -8, -6, -5, -4, -3, -2, -1, 0, 1, 2, 4, 8, 20, 60]
        sums = [mpmath.quad(lambda x, j=j: at(x)[j], points) for j in range(4)]
        first, second = sums[1] / sums[0], sums[2] / sums[0]
        return [
            float(q) for q in (mpmath.log(sums[0]), first, mpmath.sqrt(second - first**2), sums[3] / sums[0])
        ]


def our_four(found: Posterior) -> list[float]:
    mean, sd = found.moments(found.mu, about_mean=True)
    return [found.log_integrated[0], mean[0], sd[0], (found.data.unit * found.tau.expectation(1))[0]]


@pytest.mark.long
@pytest.mark.parametrize(("prior", "density"), PRIORS, ids=lambda value: getattr(value, "label", ""))
def test_evidence_and_moments_agree_with_thirty_digits(prior: taus.TauPrior, density: Density) -> None:
    found = posterior(Effects(Y, V), prior, means.NormalMean(0.1, 0.7))
    assert_allclose(our_four(found), in_thirty_digits(density, 0.1, 0.7), rtol=1e-11)


@pytest.mark.parametrize(("prior", "density"), PRIORS, ids=lambda value: getattr(value, "label", ""))
def test_one_study_and_a_flat_mean_leave_the_prior_of_tau_as_it_is(
    prior: taus.TauPrior, density: Density
) -> None:
    alone = posterior(Effects(np.array([3.0]), np.array([0.25])), prior, means.FlatMean())
    assert_allclose(alone.log_integrated, 0.0, atol=1e-12)  # that the prior integrates to one
    tau = np.array([[0.03, 0.2, 0.9]])
    expected = [float(density(mpmath.mpf(t))) for t in tau[0]]
    unit = alone.data.unit[0]
    assert_allclose(alone.tau.density(tau / unit)[0] / unit, expected, rtol=1e-11)


def frozen_quantiles(prior: taus.TauPrior, p: Array) -> Array:
    alone = posterior(Effects(np.array([0.0]), np.array([0.09])), prior, means.FlatMean())
    found: Array = alone.data.unit[0] * alone.tau.quantile(p)[0]
    return found


def test_quantiles_of_priors_are_those_of_their_distributions() -> None:
    p = np.array([1e-4, 0.1, 0.5, 0.9, 0.99])
    cases = [
        (taus.HalfNormal(0.3), stats.halfnorm(scale=0.3).ppf(p)),
        (taus.half_cauchy(2.0), stats.halfcauchy(scale=2.0).ppf(p)),
        (taus.HalfT(3.0, 0.3), stats.t(3).ppf(0.5 + 0.5 * p) * 0.3),
        (taus.Exponential(0.7), stats.expon(scale=0.7).ppf(p)),
        (taus.Uniform(5.0), 5.0 * p),
        (taus.InverseGammaTau(2.0, 0.3), stats.invgamma(2.0, scale=0.3).ppf(p)),
        (taus.InverseGammaTau2(2.0, 0.3), np.sqrt(stats.invgamma(2.0, scale=0.3).ppf(p))),
        (taus.LogNormalTau2(-2.1, 1.7), np.exp(0.5 * stats.norm(-2.1, 1.7).ppf(p))),
        (taus.LogTTau2(-3.44, 2.59), np.exp(0.5 * stats.t(5, -3.44, 2.59).ppf(p))),
        (scaled.DuMouchel(), 0.3 * p / (1.0 - p)),
        (scaled.UniformShrinkage(), 0.3 * np.sqrt(p / (1.0 - p))),
    ]
    for prior, expected in cases:
        assert_allclose(frozen_quantiles(prior, p), expected, rtol=1e-9, err_msg=prior.label)


def test_known_heterogeneity_shrinks_studies_as_textbooks_say() -> None:
    """A prior of tau next to one value: mu, a new study and each study are the normals of known tau."""
    tau = 0.5
    found = posterior(
        Effects(Y, V),
        own_prior(lambda t: -0.5 * ((t - tau) / 1e-6) ** 2, tau, breaks=(0.49999, 0.50001)),
        means.FlatMean(),
    )
    w = 1.0 / (V + tau**2)
    mean, shrunk = (w @ Y) / w.sum(), V / (V + tau**2)
    own = shrunk * mean + (1.0 - shrunk) * Y
    sd = np.sqrt((1.0 - shrunk) * V + shrunk**2 / w.sum())
    unit, origin = found.data.unit[0], found.data.origin[0]
    assert_allclose(origin + unit * found.studies.expectation(), own, rtol=1e-9)
    assert_allclose(unit * found.studies.deviation(), sd, rtol=1e-9)
    assert_allclose(unit * found.new.deviation()[0], math.sqrt(1.0 / w.sum() + tau**2), rtol=1e-9)


def both(
    prior: Callable[[float], taus.TauPrior], mean: means.MeanPrior, moved: means.MeanPrior, a: float, b: float
) -> None:
    """The posterior of shifted, rescaled effects, under priors that went with them, went with them."""
    p = np.array([0.025, 0.5, 0.975])
    plain = posterior(Effects(Y, V), prior(1.0), mean)
    other = posterior(Effects(a * Y + b, a * a * V), prior(a), moved)
    for name in ("mu", "new"):
        first, second = (
            f.data.origin[0] + f.data.unit[0] * getattr(f, name).quantile(p)[0] for f in (plain, other)
        )
        assert_allclose(second, a * first + b, rtol=1e-10, atol=1e-10 * a + 1e-14 * abs(b))
    first, second = (f.data.unit[0] * f.tau.quantile(p)[0] for f in (plain, other))
    assert_allclose(second, a * first, rtol=1e-9)


@pytest.mark.parametrize(("a", "b"), [(1e-8, 0.0), (1e6, 3.0), (1.0, 1e5), (37.0, -4.0), (1e-120, 0.0)])
def test_results_follow_shifts_and_scales(a: float, b: float) -> None:
    flat, normal, moved = means.FlatMean(), means.NormalMean(0.1, 2.0), means.NormalMean(0.1 * a + b, 2.0 * a)
    both(lambda scale: taus.HalfNormal(0.5 * scale), flat, flat, a, b)
    both(lambda scale: taus.half_cauchy(0.5 * scale), normal, moved, a, b)
    both(
        lambda scale: taus.InverseGammaTau2(1.0, 0.1 * scale**2), normal, moved, a, b
    ) if a > 1e-100 else None
    both(lambda _: scaled.Jeffreys(), flat, flat, a, b)
    both(
        lambda _: scaled.UniformShrinkage(),
        means.TMean(0.1, 1.0, 3.0),
        means.TMean(0.1 * a + b, a, 3.0),
        a,
        b,
    )


def test_a_data_set_and_a_prior_are_the_same_alone_and_in_a_batch() -> None:
    rng = np.random.default_rng(2)
    y, v = rng.normal(0.0, 0.4, (40, 4)), rng.uniform(0.01, 0.3, (40, 4))
    present = rng.random((40, 4)) < 0.8
    present[:, 0] = True
    batch = summaries(Effects(y, v, present), taus.HalfNormal(0.5), means.FlatMean(), 0.9)
    for row in range(0, 40, 7):
        here = present[row]
        alone = summaries(Effects(y[row, here], v[row, here]), taus.HalfNormal(0.5), means.FlatMean(), 0.9)
        for name in ("mu", "tau", "new"):
            one, many = getattr(alone, name), getattr(batch, name)
            assert_allclose(
                [getattr(one, f)[0] for f in ("mean", "sd", "median", "low", "high")],
                [getattr(many, f)[row] for f in ("mean", "sd", "median", "low", "high")],
                rtol=1e-11,
                atol=1e-13,
            )
        assert_allclose(alone.log_integrated[0], batch.log_integrated[row], rtol=1e-12)
        assert_allclose(alone.above_null[0], batch.above_null[row], rtol=1e-11)
    priors = [
        taus.HalfNormal(0.1),
        taus.half_cauchy(1.0),
        scaled.DuMouchel(),
        taus.Uniform(3.0),
        taus.HalfNormal(2.0),
    ]
    several = summaries(Effects(Y, V), priors, means.NormalMean(0.0, 1.0), 0.95)
    for number, prior in enumerate(priors):
        alone = summaries(Effects(Y, V), prior, means.NormalMean(0.0, 1.0), 0.95)
        assert_allclose(several.mu.low[number], alone.mu.low[0], rtol=1e-11)
        assert_allclose(several.tau.high[number], alone.tau.high[0], rtol=1e-11)


def test_many_data_sets_are_summarised_in_parts_that_join(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "synthesis.pooling.bayes.posterior_summaries.parts_of",
        lambda count, each: parts_of(count, each, 8_000),  # ten data sets of two studies
    )
    rng = np.random.default_rng(5)
    y, v = rng.normal(0.0, 0.4, (26, 2)), np.full((26, 2), 0.1)
    found = summaries(Effects(y, v), taus.HalfNormal(0.5), means.FlatMean(), 0.95)
    alone = summaries(Effects(y[-1:], v[-1:]), taus.HalfNormal(0.5), means.FlatMean(), 0.95)
    assert found.mu.mean.shape == found.log_integrated.shape == (26,)
    assert_allclose(found.new.high[-1], alone.new.high[0], rtol=1e-11)
