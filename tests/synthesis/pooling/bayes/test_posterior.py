"""The posterior of both parameters, its evidence and which moments it has, by hand."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

import mpmath
import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import stats

from synthesis.pooling.bayes import posterior_summaries
from synthesis.pooling.bayes.bayes_factors import averaged, evidence_for_no_heterogeneity
from synthesis.pooling.bayes.data_scaled_priors import DuMouchel
from synthesis.pooling.bayes.given_tau import given_tau, prepared
from synthesis.pooling.bayes.mean_priors import FlatMean, KnownMean, MeanPrior, NormalMean, TMean
from synthesis.pooling.bayes.posterior import Posterior, log_apart, posterior
from synthesis.pooling.bayes.posterior_summaries import summaries, summarised
from synthesis.pooling.bayes.tau_priors import Exponential, HalfNormal, HalfT, LogTTau2, TauPrior, half_cauchy
from synthesis.pooling.kernel.effects import Array, Effects
from synthesis.pooling.kernel.parts import parts_of

Y = np.array([[0.3, -0.2, 0.9], [50.0, 60.0, 40.0]])
V = np.array([[0.04, 0.09, 0.25], [100.0, 25.0, 400.0]])
BOTH = Effects(Y, V, np.array([[True, True, True], [True, True, False]]))


def log_prior(prior: MeanPrior, mu: Array) -> Array:
    if isinstance(prior, NormalMean):
        return np.asarray(stats.norm.logpdf(mu, prior.mean, prior.sd))
    if isinstance(prior, TMean):
        return np.asarray(stats.t.logpdf(mu, prior.df, prior.mean, prior.scale))
    return np.zeros_like(mu)


@pytest.mark.parametrize(
    "prior", [FlatMean(), NormalMean(2.0, 30.0), TMean(2.0, 30.0, 4.0)], ids=lambda p: p.label
)
def test_the_joint_density_is_likelihood_times_priors_over_the_evidence(prior: MeanPrior) -> None:
    found = posterior(BOTH, (HalfNormal(0.5), Exponential(10.0)), prior)
    mu = np.array([[0.0, 0.4, 1.5, 0.2], [55.0, 40.0, 10.0, 55.0]])
    tau = np.array([[0.01, 0.5, 1.0, 0.0], [1.0, 10.0, 40.0, 0.0]])
    laws = (stats.halfnorm(scale=0.5), stats.expon(scale=10.0))
    ours = found.joint_density(mu, tau)
    for row, (law, k) in enumerate(zip(laws, (3, 2), strict=True)):
        y, v = Y[row, :k, None], V[row, :k, None]
        like = stats.norm.logpdf(y, mu[row], np.sqrt(v + tau[row] ** 2)).sum(axis=0)
        log = like + law.logpdf(tau[row]) + log_prior(prior, mu[row]) - found.log_integrated[row]
        assert_allclose(ours[row], np.exp(log), rtol=1e-9)


def at_zero(row: int, k: int, prior: MeanPrior) -> float:
    """Log of the likelihood of the common-effect model, its mean integrated by 4,000 nodes."""
    y, v = Y[row, :k], V[row, :k]
    precision = np.sum(1.0 / v)
    centre, error = np.sum(y / v) / precision, precision**-0.5
    nodes, weights = np.polynomial.legendre.leggauss(400)
    mu = centre + 12.0 * error * nodes
    log = stats.norm.logpdf(y[:, None], mu, np.sqrt(v)[:, None]).sum(axis=0) + log_prior(prior, mu)
    return float(np.log(np.sum(12.0 * error * weights * np.exp(log))))


@pytest.mark.parametrize(
    "prior", [FlatMean(), NormalMean(2.0, 30.0), TMean(2.0, 30.0, 4.0)], ids=lambda p: p.label
)
def test_without_heterogeneity_it_is_the_likelihood_of_a_common_effect(prior: MeanPrior) -> None:
    found = posterior(BOTH, HalfNormal(0.5), prior)
    expected = np.array([at_zero(0, 3, prior), at_zero(1, 2, prior)])
    assert_allclose(found.log_at_zero, expected, rtol=0, atol=1e-11)
    factor = evidence_for_no_heterogeneity(found)
    assert_allclose(factor, np.exp(expected - found.log_integrated), rtol=1e-10)


def test_of_a_known_mean_the_evidence_is_that_of_independent_effects() -> None:
    found = posterior(BOTH, HalfNormal(0.5), KnownMean(1.0))
    expected = [stats.norm.logpdf(Y[i, :k], 1.0, np.sqrt(V[i, :k])).sum() for i, k in ((0, 3), (1, 2))]
    assert_allclose(found.log_at_zero, expected, rtol=1e-12)
    mean, sd = found.moments(found.mu, about_mean=True)
    assert_allclose(mean, 1.0, rtol=1e-14)
    assert_allclose(sd, 0.0, atol=1e-14)


@pytest.mark.parametrize(
    ("prior", "mean", "k", "of_tau", "of_mu"),
    [
        (HalfT(1.0, 1.0), FlatMean(), 2, (True, False), (True, False)),
        (HalfT(1.2, 1.0), FlatMean(), 2, (True, True), (True, True)),
        (HalfT(1.05, 1.0), FlatMean(), 2, (True, False), (True, False)),
        (HalfT(1.0, 1.0), NormalMean(0.0, 1.0), 1, (True, False), (True, True)),
        (HalfT(0.1, 1.0), TMean(0.0, 1.0, 0.5), 1, (True, False), (True, False)),
        (HalfT(0.6, 1.0), TMean(0.0, 1.0, 0.5), 1, (True, False), (True, True)),
        (HalfT(0.1, 1.0), TMean(0.0, 1.0, 2.0), 1, (True, False), (True, True)),
        (LogTTau2(0.0, 1.0), FlatMean(), 1, (False, False), (False, False)),
        (LogTTau2(0.0, 1.0), FlatMean(), 2, (True, False), (True, False)),
        (LogTTau2(0.0, 1.0), NormalMean(0.0, 1.0), 2, (True, True), (True, True)),
        (LogTTau2(0.0, 1.0), FlatMean(), 3, (True, True), (True, True)),
        (HalfNormal(1.0), FlatMean(), 1, (True, True), (True, True)),
    ],
    ids=lambda value: getattr(value, "label", None),
)
def test_moments_exist_by_the_tails_of_both_priors(
    prior: TauPrior, mean: MeanPrior, k: int, of_tau: tuple[bool, bool], of_mu: tuple[bool, bool]
) -> None:
    """The integral falls like tau^-(tail + k - 1 - flat means); under t(df) that of mu by df more."""
    effects = Effects(np.arange(float(k)), np.ones(k))
    found = posterior(effects, prior, mean)
    assert (found.exists(1).item(), found.exists(2).item()) == of_tau
    assert (found.mean_exists(1).item(), found.mean_exists(2).item()) == of_mu
    told = summaries(effects, prior, mean, 0.9)
    for part, exist in ((told.mu, of_mu), (told.tau, of_tau), (told.new, of_tau)):
        assert (not np.isnan(part.mean.item()), not np.isnan(part.sd.item())) == exist


def test_averages_have_moments_where_the_posterior_has() -> None:
    one = Effects(np.array([0.4]), np.array([0.1]))
    found = averaged(posterior(one, HalfT(0.1, 1.0), TMean(0.0, 1.0, 0.5)))
    assert math.isfinite(found.mean)
    assert math.isnan(found.sd)
    assert found.low < found.median < found.high


def test_priors_and_data_sets_go_together_one_to_one_or_one_to_all() -> None:
    three = Effects(np.zeros((3, 2)), np.ones((3, 2)))
    several = (HalfNormal(0.5), DuMouchel(), half_cauchy(1.0))
    assert posterior(three, several, FlatMean()).n == 3
    assert posterior(three, several[:1], FlatMean()).n == 3
    assert posterior(three, several[0], FlatMean()).n == 3
    assert posterior(Effects(np.zeros(2), np.ones(2)), several, FlatMean()).n == 3
    for effects, priors, words in (
        (three, several[:2], "2 priors for 3 data sets; expected one, or one for each"),
        (Effects(np.zeros((2, 2)), np.ones((2, 2))), several, "3 priors for 2 data sets"),
    ):
        with pytest.raises(ValueError, match=re.escape(words)):
            posterior(effects, priors, FlatMean())


def test_effects_lie_apart_from_one_another_or_from_the_prior_of_the_mean() -> None:
    """In internal units of 1/4 and of 8; absent ones, which stand at the origin, do not count."""
    data = prepared(BOTH)
    assert data.unit.tolist() == [0.25, 4.0]
    assert_allclose(np.exp(log_apart(given_tau(data, FlatMean()))), [1.1 / 0.25, 10.0 / 4.0], rtol=1e-13)
    for prior in (NormalMean(55.0, 1.0), TMean(55.0, 1.0, 3.0), KnownMean(55.0)):
        assert_allclose(np.exp(log_apart(given_tau(data, prior))), [55.2 / 0.25, 5.0 / 4.0], rtol=1e-13)
    alike = prepared(Effects(np.full(2, 3.0), np.ones(2)))
    assert log_apart(given_tau(alike, FlatMean())).item() == -math.inf


@pytest.mark.parametrize(
    "mean", [FlatMean(), NormalMean(0.3, 1.0), TMean(0.3, 1.0, 5.0)], ids=lambda p: p.label
)
def test_study_effects_and_a_new_one_are_mixed_over_both_parameters(mean: MeanPrior) -> None:
    """Means and sds by sums over a grid of mu and tau, given which each is normal."""
    y, v = Y[0], V[0]
    found = posterior(Effects(y, v), HalfNormal(0.5), mean)
    nodes, weights = np.polynomial.legendre.leggauss(300)
    tau, w_tau = 2.5 * (nodes + 1.0), 2.5 * weights
    mu, w_mu = 0.3 + 25.0 * nodes**3, 25.0 * 3.0 * nodes**2 * weights
    log = log_prior(mean, mu)[:, None] + stats.halfnorm(scale=0.5).logpdf(tau)
    for yi, vi in zip(y, v, strict=True):
        log = log + stats.norm.logpdf(yi, mu[:, None], np.sqrt(vi + tau**2))
    mass = np.exp(log) * w_mu[:, None] * w_tau
    mass /= mass.sum()
    unit, origin = found.data.unit[0], found.data.origin[0]
    for i, (yi, vi) in enumerate(zip(y, v, strict=True)):
        share = vi / (vi + tau**2)
        own = share * mu[:, None] + (1.0 - share) * yi
        first = (mass * own).sum()
        second = (mass * ((own - first) ** 2 + vi * tau**2 / (vi + tau**2))).sum()
        assert_allclose(origin + unit * found.studies.expectation()[i], first, rtol=1e-8)
        assert_allclose(unit * found.studies.deviation()[i], math.sqrt(second), rtol=1e-7)
    first = (mass * mu[:, None]).sum()
    second = (mass * ((mu[:, None] - first) ** 2 + tau**2)).sum()
    new_mean, new_sd = found.moments(found.new, about_mean=False)
    assert_allclose([new_mean[0], new_sd[0]], [first, math.sqrt(second)], rtol=1e-7)


def test_studies_of_several_posteriors_stand_one_posterior_after_the_other() -> None:
    priors = (HalfNormal(0.1), HalfNormal(2.0))
    both = posterior(Effects(Y[0], V[0]), priors, FlatMean())
    assert both.studies.expectation().shape == (6,)
    for row, prior in enumerate(priors):
        alone = posterior(Effects(Y[0], V[0]), prior, FlatMean())
        part = slice(3 * row, 3 * row + 3)
        assert_allclose(both.studies.expectation()[part], alone.studies.expectation(), rtol=1e-11, atol=1e-12)
        assert_allclose(both.new.deviation()[row], alone.new.deviation()[0], rtol=1e-11)


def test_the_null_is_zero_unless_told() -> None:
    effects, priors = Effects(Y[0], V[0]), (HalfNormal(0.5), NormalMean(0.3, 1.0))
    expected = summaries(effects, *priors, 0.9, 0.0).above_null
    assert summaries(effects, *priors, 0.9).above_null == expected
    assert summarised(posterior(effects, *priors), 0.9).above_null == expected


def test_the_chance_of_exceeding_a_null_is_that_of_the_mean() -> None:
    for null in (0.0, 0.5, 3.0):
        found = summaries(Effects(Y[0], V[0]), HalfNormal(0.5), NormalMean(0.3, 1.0), 0.9, null)
        whole = posterior(Effects(Y[0], V[0]), HalfNormal(0.5), NormalMean(0.3, 1.0))
        at = (np.array([[null]]) - whole.data.origin) / whole.data.unit
        assert_allclose(found.above_null, whole.mu.above(at)[:, 0], rtol=1e-13)
        for marginal, mixture in ((found.mu, whole.mu), (found.new, whole.new)):
            q = whole.data.origin + whole.data.unit * mixture.quantile(np.array([0.05, 0.5, 0.95]))[0]
            assert [marginal.low[0], marginal.median[0], marginal.high[0]] == q.tolist()
        q = whole.data.unit * whole.tau.quantile(np.array([0.05, 0.5, 0.95]))[0]
        assert [found.tau.low[0], found.tau.median[0], found.tau.high[0]] == q.tolist()


def test_as_many_are_integrated_at_once_as_numbers_are_held(monkeypatch: pytest.MonkeyPatch) -> None:
    """400 nodes of each study of each data set; and one data set where even that is too many."""
    sizes: list[int] = []

    def recorded(effects: Effects, priors: Sequence[TauPrior], mean: MeanPrior) -> Posterior:
        sizes.append(max(effects.batch, len(priors)))
        return posterior(effects, priors, mean)

    monkeypatch.setattr(posterior_summaries, "posterior", recorded)
    y = np.linspace(-1.0, 1.0, 22).reshape(11, 2)
    for at_once, expected in ((400 * 2 * 4, [4, 4, 3]), (1, [1] * 11), (400 * 2 * 11, [11])):
        monkeypatch.setattr(
            posterior_summaries, "parts_of", lambda count, each, most=at_once: parts_of(count, each, most)
        )
        sizes.clear()
        summaries(Effects(y, np.ones_like(y)), HalfNormal(0.5), FlatMean(), 0.9)
        assert sizes == expected
        sizes.clear()
        summaries(Effects(y[0], np.ones(2)), [HalfNormal(0.1 * i) for i in range(1, 12)], FlatMean(), 0.9)
        assert sizes == expected


@pytest.mark.parametrize(("k", "order"), [(2, 1), (3, 2)])
def test_a_moment_that_exists_by_a_logarithm_alone_is_that_of_mpmath(k: int, order: int) -> None:
    """Its integral falls over log tau like a power, so that much of it lies far out."""
    y = np.arange(float(k))
    found = posterior(Effects(y, np.ones(k)), LogTTau2(0.0, 1.0), FlatMean())
    squares = float(np.sum((y - y.mean()) ** 2))

    def of(power: int) -> mpmath.mpf:
        def integrand(x: mpmath.mpf) -> mpmath.mpf:
            total = 1 + mpmath.exp(2 * x)
            prior = (1 + 4 * x * x / 5) ** -3
            kernel = mpmath.exp(power * x - squares / 2 / total) * total ** (-mpmath.mpf(k - 1) / 2)
            return kernel * prior

        return mpmath.quad(integrand, [-1e4, -300, -30, -8, -3, 0, 3, 8, 30, 300, 1e4, 1e6])

    ours = found.tau.expectation(order)[0] * found.data.unit[0] ** order
    assert_allclose(ours, float(of(order) / of(0)), rtol=1e-10)


def test_of_several_posteriors_as_many_components_are_kept_as_the_fullest_has() -> None:
    priors: list[TauPrior] = [HalfNormal(0.5), Exponential(10.0), half_cauchy(0.3)]
    one = Effects(Y[0], V[0])
    together = posterior(one, priors, FlatMean()).mu
    held = (together.mass > 0).sum(axis=1)
    assert together.mass.shape == (3, held.max())
    assert held.min() < held.max()
    alone = [posterior(one, prior, FlatMean()).mu for prior in priors]
    assert_allclose(together.expectation(), [each.expectation().item() for each in alone], rtol=1e-11)
    assert_allclose(together.deviation(), [each.deviation().item() for each in alone], rtol=1e-11)
