"""Evidence and averaging against integrals over both parameters, and the choices that are refused."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import integrate, stats

from synthesis.pooling.bayes import mean_priors as means
from synthesis.pooling.bayes.bayes_factors import MODELS, averaged, evidence_for_no_effect
from synthesis.pooling.bayes.data_scaled_priors import DuMouchel
from synthesis.pooling.bayes.posterior import posterior
from synthesis.pooling.bayes.tau_priors import HalfNormal, ImproperUniform, half_cauchy
from synthesis.pooling.kernel.effects import Array, Effects

Y, V = np.array([0.5, 0.1, 0.4, -0.1]), np.array([0.02, 0.05, 0.1, 0.04])
SCALE, SD = 0.3, 0.8


def marginal(mean: float, common: bool, y: Array = Y) -> float:
    """Density of the effects with mu integrated over N(0, mean^2) (zero: mu = 0), by their joint normal."""

    def at(tau: float) -> float:
        covariance = np.diag(V + tau * tau) + mean**2
        return float(stats.multivariate_normal(np.zeros(4), covariance).pdf(y))

    if common:
        return at(0.0)
    prior = stats.halfnorm(scale=SCALE).pdf
    found: float = integrate.quad(lambda t: at(t) * prior(t), 0.0, 5.0, epsabs=0.0, epsrel=1e-12, limit=200)[
        0
    ]
    return found


def models() -> Array:
    return np.array([marginal(mean, common) for common in (True, False) for mean in (0.0, SD)])


def test_four_models_are_weighed_by_their_evidence() -> None:
    found = posterior(Effects(Y, V), HalfNormal(SCALE), means.NormalMean(0.0, SD))
    evidence, prior = models(), np.array([0.4, 0.3, 0.2, 0.1])
    one = averaged(found, prior=prior.tolist())
    assert_allclose(one.log_evidence, np.log(evidence), rtol=0, atol=1e-11)
    after = prior * evidence / (prior @ evidence)
    assert_allclose(one.posterior, after, rtol=1e-10)
    odds = (after[1] + after[3]) / (after[0] + after[2])
    assert_allclose(one.for_effect, odds / (0.4 / 0.6), rtol=1e-10)
    odds = (after[2] + after[3]) / (after[0] + after[1])
    assert_allclose(one.for_heterogeneity, odds / (0.3 / 0.7), rtol=1e-10)
    assert one.prior == tuple(prior.tolist())
    assert MODELS == ("common, no effect", "common, effect", "random, no effect", "random, effect")


def test_the_averaged_effect_is_the_mixture_of_both_models_with_one() -> None:
    found = posterior(Effects(Y, V), HalfNormal(SCALE), means.NormalMean(0.0, SD))
    one = averaged(found, level=0.9)
    share = one.posterior[1] / (one.posterior[1] + one.posterior[3])
    precision = (1.0 / V).sum() + SD**-2.0
    common = ((Y / V).sum() / precision, precision**-0.5)
    unit, origin = found.data.unit[0], found.data.origin[0]
    random_mean = origin + unit * found.mu.expectation()[0]
    mean = share * common[0] + (1 - share) * random_mean
    assert_allclose(one.mean, mean, rtol=1e-12)
    second = share * (common[1] ** 2 + common[0] ** 2)
    second += (1 - share) * ((unit * found.mu.deviation()[0]) ** 2 + random_mean**2)
    assert_allclose(one.sd, math.sqrt(second - mean**2), rtol=1e-10)
    for end, p in ((one.low, 0.05), (one.median, 0.5), (one.high, 0.95)):
        at = np.array([[(end - origin) / unit]])
        below = share * stats.norm(*common).cdf(end) + (1 - share) * found.mu.below(at).item()
        assert_allclose(below, p, rtol=1e-10)


def test_the_savage_dickey_ratio_is_the_bayes_factor_for_a_mean_of_any_value() -> None:
    found = posterior(Effects(Y, V), half_cauchy(SCALE), means.NormalMean(0.2, SD))
    for null in (0.0, 0.3, -0.6):
        at = np.array([[(null - found.data.origin[0]) / found.data.unit[0]]])
        density = found.mu.density(at).item() / found.data.unit[0]
        ratio = density / stats.norm(0.2, SD).pdf(null)
        assert_allclose(evidence_for_no_effect(found, null)[0], ratio, rtol=1e-9)


def test_a_t_prior_of_the_mean_agrees_with_a_double_integral() -> None:
    for df, scale in ((1.0, 0.7), (4.0, 0.2)):
        found = posterior(Effects(Y, V), HalfNormal(SCALE), means.TMean(0.1, scale, df))
        prior = stats.t(df, 0.1, scale).pdf
        mu = np.linspace(-6.0, 6.0, 6_001)  # the trapezoidal rule: the integrand is analytic, and vanishes
        t, weight = np.polynomial.legendre.leggauss(120)
        tau, weight = 1.5 * (t + 1.0), 1.5 * weight
        sd = np.sqrt(V + tau[:, None] ** 2)
        like = np.ones((tau.size, mu.size))
        for i, each in enumerate(Y):
            like *= stats.norm.pdf(each, mu[None], sd[:, i : i + 1])
        joint = like * (weight * stats.halfnorm(scale=SCALE).pdf(tau))[:, None] * prior(mu)
        step = mu[1] - mu[0]
        total, first = joint.sum() * step, (joint * mu).sum() * step
        assert_allclose(found.log_integrated[0], math.log(total), rtol=0, atol=1e-9)
        mean, sd_mu = found.moments(found.mu, about_mean=True)
        assert_allclose(mean[0], first / total, rtol=1e-8)
        second = (joint * (mu - mean[0]) ** 2).sum() * step / total
        assert_allclose(sd_mu[0], math.sqrt(second), rtol=1e-8)
        assert_allclose(
            found.data.unit[0] * found.tau.expectation(1)[0], tau @ joint.sum(1) * step / total, rtol=1e-8
        )
        at = np.array([[(0.3 - found.data.origin[0]) / found.data.unit[0]]])
        assert_allclose(
            found.mu.density(at).item() / found.data.unit[0], joint[:, 3_150].sum() / total, rtol=1e-7
        )


def test_a_t_prior_with_many_degrees_of_freedom_is_nearly_the_normal_one() -> None:
    far = Effects(Y + 40.0, V)
    heavy, normal = (
        posterior(far, DuMouchel(), prior)
        for prior in (means.TMean(40.0, 0.5, 1_000.0), means.NormalMean(40.0, 0.5))
    )
    assert_allclose(heavy.log_integrated, normal.log_integrated, atol=3e-3)
    away = posterior(far, DuMouchel(), means.TMean(0.0, 0.5, 3.0))  # 80 scales away: the data win
    flat = posterior(far, DuMouchel(), means.FlatMean())
    p = np.array([0.5])
    assert_allclose(away.data.unit[0] * (away.mu.quantile(p) - flat.mu.quantile(p)), 0.0, atol=5e-3)


@pytest.mark.parametrize(
    ("prior", "message"),
    [
        ((0.5, 0.5), "expected four probabilities"),
        ((0.5, 0.5, 0.5, -0.5), "expected four probabilities"),
        ((0.5, 0.2, 0.2, 0.2), "expected four probabilities"),
        ((0.5, 0.0, 0.5, 0.0), "both models with an effect"),
    ],
)
def test_probabilities_that_are_none_are_refused(prior: tuple[float, ...], message: str) -> None:
    found = posterior(Effects(Y, V), HalfNormal(SCALE), means.NormalMean(0.0, SD))
    with pytest.raises(ValueError, match=message):
        averaged(found, prior=prior)


def test_improper_priors_have_no_averages() -> None:
    with pytest.raises(ValueError, match="flat prior of the mean is improper"):
        averaged(posterior(Effects(Y, V), HalfNormal(SCALE), means.FlatMean()))
    with pytest.raises(ValueError, match="improper uniform prior of tau"):
        averaged(posterior(Effects(Y, V), ImproperUniform(), means.NormalMean(0.0, 1.0)))


def test_a_model_ruled_out_beforehand_has_no_bayes_factor_to_speak_of() -> None:
    found = posterior(Effects(Y, V), HalfNormal(SCALE), means.NormalMean(0.0, SD))
    one = averaged(found, prior=(0.0, 0.0, 0.5, 0.5))
    assert math.isnan(one.for_heterogeneity)
    assert_allclose(one.for_effect, 1.0 / evidence_for_no_effect(found)[0], rtol=1e-10)
    assert one.posterior[:2] == (0.0, 0.0)


def test_probabilities_of_models_may_be_whole_numbers_and_lack_a_billionth() -> None:
    found = posterior(Effects(Y, V), HalfNormal(SCALE), means.NormalMean(0.0, SD))
    one = averaged(found, prior=(0, 0, 0, 1))
    assert [type(each) for each in one.prior] == [float] * 4
    assert one.posterior == (0.0, 0.0, 0.0, 1.0)
    quarter = (0.25, 0.25, 0.25)
    assert averaged(found, prior=(*quarter, 0.25 - 0.9e-9)).prior[3] < 0.25
    with pytest.raises(ValueError, match="expected four probabilities"):
        averaged(found, prior=(*quarter, 0.25 - 1.1e-9))
