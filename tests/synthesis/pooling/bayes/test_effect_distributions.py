"""Distributions of effects against sums over the effect itself."""

from __future__ import annotations

import math

import mpmath
import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import special, stats

from synthesis.pooling.bayes import effect_distributions as module
from synthesis.pooling.bayes.effect_distributions import (
    MixtureEffects,
    NormalEffects,
    TEffects,
    log_height,
)
from synthesis.pooling.kernel.effects import Array
from tests.thinned import thinned

R = np.array([-3.0, 0.0, 0.4, 25.0])
X = np.array([-6.0, -1.0, 0.5, 3.0])


def own_density(df: float, r: float, v: float, tau: float) -> tuple[Array, Array]:
    """Effects at steps of the trapezoidal rule, and logs of what each holds of the density of an estimate."""
    u = np.linspace(-30.0, 30.0, 120_001)
    effect = tau * np.sinh(u)
    logs = stats.norm.logpdf(r, effect, math.sqrt(v)) + stats.t(df).logpdf(effect / tau)
    return effect, logs + np.log(np.cosh(u)) + math.log(u[1] - u[0])


@pytest.mark.parametrize("df", thinned([2.5, 1.0, 30.0, 101.0, 100.0, 700.0]))
def test_an_estimate_has_the_density_of_effect_and_error_together(df: float) -> None:
    found = TEffects(df).log_density(R, 0.7, X)
    away, spread, outlying = TEffects(df).own(R, 0.7, X)
    assert np.isnan(outlying).all()
    for row, x in enumerate(X):
        for column, r in enumerate(R):
            effect, logs = own_density(df, r, 0.7, math.exp(x))
            total = special.logsumexp(logs)
            assert_allclose(found[row, column], total, rtol=1e-11, atol=1e-11)
            mass = np.exp(logs - total)
            mean = mass @ effect
            assert_allclose(away[row, column], mean, rtol=1e-9, atol=1e-12)
            assert_allclose(spread[row, column], mass @ (effect - mean) ** 2, rtol=1e-8, atol=1e-12)
    assert found.shape == away.shape == spread.shape == (4, 4)


def test_an_estimate_beyond_double_precision_has_its_logarithm_and_its_effect() -> None:
    for df, r, x in ((200.0, 60.0, -9.0), (500.0, -80.0, -2.0)):
        at, tau = np.array([r, 0.0]), np.array([x, 1.0])
        effect, logs = own_density(df, r, 1.0, math.exp(x))
        expected = special.logsumexp(logs)
        assert expected < -700.0
        assert_allclose(TEffects(df).log_density(at, 1.0, tau)[0, 0], expected, rtol=1e-11)
        away, spread, _ = TEffects(df).own(at, 1.0, tau)
        mass = np.exp(logs - expected)
        assert_allclose(away[0, 0], mass @ effect, rtol=1e-8)
        assert_allclose(spread[0, 0], mass @ (effect - mass @ effect) ** 2, rtol=1e-6)
        assert np.isfinite(away).all()


def test_an_estimate_of_a_contaminated_effect_is_of_either_normal() -> None:
    p, c, v = 0.2, 4.0, 0.7
    effects = MixtureEffects(p, c)
    found = effects.log_density(R, v, X)
    away, spread, outlying = effects.own(R, v, X)
    for row, x in enumerate(X):
        tau2 = math.exp(2.0 * x)
        for column, r in enumerate(R):
            variances = np.array([tau2, c * c * tau2])
            logs = np.log([1.0 - p, p]) + stats.norm.logpdf(r, 0.0, np.sqrt(v + variances))
            total = special.logsumexp(logs)
            mass = np.exp(logs - total)
            means = r * variances / (v + variances)
            second = mass @ (v * variances / (v + variances) + means**2)
            assert_allclose(found[row, column], total, rtol=1e-13)
            assert_allclose(outlying[row, column], mass[1], rtol=1e-12)
            assert_allclose(away[row, column], mass @ means, rtol=1e-12)
            assert_allclose(spread[row, column], second - (mass @ means) ** 2, rtol=1e-9)
    assert found.shape == (4, 4)


def test_normal_effects_shrink_an_estimate_by_its_share_of_the_variance() -> None:
    away, spread, _ = TEffects(math.inf).own(np.array([2.0]), 3.0, np.array([0.0, 0.5 * math.log(6.0)]))
    assert_allclose(away[:, 0], [2.0 / 4.0, 2.0 * 6.0 / 9.0], rtol=1e-14)
    assert_allclose(spread[:, 0], [3.0 / 4.0, 3.0 * 6.0 / 9.0], rtol=1e-14)


def test_distributions_say_their_name_their_tail_and_their_variance() -> None:
    assert [NormalEffects().label, TEffects(4.0).label, TEffects(math.inf).label] == [
        "normal", "t(4)", "t(inf)"
    ]  # fmt: skip
    assert MixtureEffects(0.1, 5.0).label == "mixture(0.1, 5)"
    assert (TEffects(4.0).power, TEffects(math.inf).power, MixtureEffects(0.1, 5.0).power) == (
        5.0, math.inf, math.inf
    )  # fmt: skip
    assert (TEffects(4.0).widest, MixtureEffects(0.1, 5.0).widest) == (1.0, 5.0)
    assert [TEffects(df).variance for df in (1.0, 2.0, 4.0, math.inf)] == [math.inf, math.inf, 2.0, 1.0]
    assert TEffects(1.0).df == 1.0


def test_contaminated_effects_have_their_density_by_hand() -> None:
    effects, d = MixtureEffects(0.25, 2.0), np.array([-1.0, 0.0, 3.0])
    assert_allclose(effects.density(d), 0.75 * stats.norm.pdf(d) + 0.25 * stats.norm.pdf(d, 0.0, 2.0))
    assert_allclose(effects.below(d), 0.75 * stats.norm.cdf(d) + 0.25 * stats.norm.cdf(d, 0.0, 2.0))
    for df in (1.0, 3.5, 60.0):
        assert_allclose(TEffects(df).density(d), stats.t(df).pdf(d), rtol=1e-12)


@pytest.mark.parametrize("df", [1.0, 3.0, 30.0])
@pytest.mark.parametrize(("r", "v", "x"), [
    ([0.0, 0.3], 0.7, -1.0), ([0.5], 1.0, -8.0), ([0.5], 1.0, 7.0), ([0.1], 1e-6, 3.0), ([2.0], 1.0, 0.0),
])  # fmt: skip
def test_normals_reach_until_they_hold_nothing_and_hardly_further(
    df: float, r: list[float], v: float, x: float
) -> None:
    """The share of the last at an estimate is below e^-40, that of the first, which falls faster, too."""
    terms, _ = TEffects(df)._terms(np.array(r), v, np.array([x]))
    first, last = (terms - special.logsumexp(terms, axis=0))[[0, -1]].max(axis=1)
    assert -125.0 < first < -40.0
    assert -68.0 < last < -44.0


def test_heights_of_gamma_variables_keep_their_digits_where_a_series_takes_over() -> None:
    """Logarithms of gamma near 200 are known to 3e-14 alone, the series to the last digit."""
    compared = 0
    for shape in np.arange(50.0, 80.0, 0.5).tolist():
        with mpmath.workdps(40):
            a = mpmath.mpf(shape)
            expected = a * mpmath.log(a) - a - mpmath.loggamma(a)
            assert abs(float(log_height(shape) - expected)) < 3e-15
        compared += 1
    assert compared == 60


@pytest.mark.parametrize("df", [1.0, 3.0, 30.0, 1e3])
def test_half_the_step_and_twice_the_reach_of_the_sum_over_normals_change_nothing(
    df: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    effects, r, x = TEffects(df), np.array([0.0, 0.3, 5.0, 40.0]), np.array([-25.0, -3.0, 0.0, 6.0])

    def found() -> list[Array]:
        return [effects.log_density(r, 0.7, x), *effects.own(r, 0.7, x)[:2]]

    plain = found()
    step = TEffects._step.fget(effects)  # type: ignore[attr-defined]
    monkeypatch.setattr(TEffects, "_step", property(lambda _: 0.5 * step))
    monkeypatch.setattr(module, "_LEFT_OUT", 80.0)
    for ours, finer, near in zip(plain, found(), (1e-12, 1e-11, 1e-11), strict=True):
        assert_allclose(ours, finer, rtol=near, atol=1e-13)


def test_densities_at_several_tau_and_distances_are_each_those_of_one_alone() -> None:
    """Also where some lie beyond double precision, and others beside them do not."""
    effects, r, v = TEffects(200.0), np.array([0.1, 60.0, 3.0]), 1.0
    x = np.array([-6.5, -7.0, -6.0, 2.0, 1.5])
    together = effects.log_density(r, v, x), *effects.own(r, v, x)[:2]
    compared = 0
    for m in range(x.size):
        for q in range(r.size):
            at = r[[q]], v, x[[m]]
            alone = effects.log_density(*at), *effects.own(*at)[:2]
            for whole, one in zip(together, alone, strict=True):
                assert_allclose(whole[m, q], one[0, 0], rtol=1e-9)
                compared += 1
    assert compared == 45
