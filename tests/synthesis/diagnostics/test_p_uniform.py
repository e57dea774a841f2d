"""p-uniform*: against its defining equations."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import optimize, stats

from synthesis import pool
from synthesis.diagnostics.p_uniform import Truncated, p_uniform_star
from synthesis.pooling.batch import pool_batch
from synthesis.pooling.kernel.effects import Array, Effects
from tests.synthesis.diagnostics.reference import METAFOR, effects


def loglik(y: Array, v: Array, mu: float, tau2: float) -> float:
    """van Aert & van Assen 2018: normal densities, each truncated at its study's limit of significance."""
    spread, limit = np.sqrt(v + tau2), stats.norm.ppf(0.975) * np.sqrt(v)
    above = stats.norm.logsf(limit, mu, spread)
    below = stats.norm.logcdf(limit, mu, spread)
    return float(np.sum(stats.norm.logpdf(y, mu, spread) - np.where(y >= limit, above, below)))


def test_derivatives_are_those_of_the_value() -> None:
    y, v = effects(METAFOR["hackshaw1998"])
    likelihood = Truncated(y, v, 1.96 * np.sqrt(v))
    at = np.array([0.1, 0.3])
    point = likelihood(at)
    for number, step in enumerate(1e-6 * np.eye(2)):
        before, after = likelihood(at - step), likelihood(at + step)
        assert_allclose(point.gradient[number], (after.value - before.value) / 2e-6, rtol=1e-6)
        assert_allclose(point.hessian[number], (after.gradient - before.gradient) / 2e-6, rtol=1e-6)


@pytest.mark.parametrize("name", ["hackshaw1998", "aloe2013", "molloy2014", "bangertdrowns2004"])
def test_the_maximum_and_the_profile_intervals(name: str) -> None:
    y, v = effects(METAFOR[name])
    found = p_uniform_star(pool(y, v))
    top = loglik(y, v, found.estimate, found.tau2)
    assert_allclose(found.loglik, top, rtol=1e-10)
    rng = np.random.default_rng(3)
    for _ in range(200):
        other = found.estimate + 0.3 * rng.normal(), found.tau2 * np.exp(rng.normal())
        assert loglik(y, v, *other) <= top + 1e-9

    def profile(mu: float) -> float:
        return -optimize.minimize_scalar(
            lambda t: -loglik(y, v, mu, float(np.exp(t))),
            bounds=(-14, 2),
            method="bounded",
            options={"xatol": 1e-9},
        ).fun

    fall = top - 0.5 * stats.chi2.ppf(0.95, 1)
    for bound in (found.ci_low, found.ci_high):
        assert_allclose(profile(bound), fall, atol=2e-6)
    assert_allclose(found.no_effect.statistic, 2.0 * (top - profile(0.0)), atol=1e-5)
    assert_allclose(found.no_heterogeneity.statistic, 2.0 * (top - best_without(y, v)), atol=1e-7)


def best_without(y: Array, v: Array) -> float:
    """The highest likelihood with tau2 = 0."""
    return float(
        -optimize.minimize_scalar(
            lambda mu: -loglik(y, v, mu, 0.0), bounds=(-1, 1), method="bounded", options={"xatol": 1e-10}
        ).fun
    )


def test_overwhelming_studies_are_pooled_as_by_maximum_likelihood() -> None:
    rng = np.random.default_rng(5)
    v = rng.uniform(0.001, 0.004, 12)
    y = 3.0 + rng.normal(0.0, np.sqrt(v + 0.02))
    found, plain = p_uniform_star(pool(y, v)), pool_batch(Effects(y, v), "ML", "z")
    assert_allclose(found.estimate, plain.beta[0, 0], rtol=1e-9)
    assert_allclose(found.tau2, plain.tau2[0], rtol=1e-8)
    assert found.significant == 12
    assert "All studies are" in found.warnings[0]


def test_the_direction_turns_the_result() -> None:
    y, v = effects(METAFOR["hackshaw1998"])
    up, down = p_uniform_star(pool(y, v)), p_uniform_star(pool(-y, v), "less")
    assert_allclose(
        [-down.estimate, -down.ci_high, -down.ci_low], [up.estimate, up.ci_low, up.ci_high], rtol=1e-10
    )
    assert_allclose([down.tau2, down.tau2_high], [up.tau2, up.tau2_high], rtol=1e-10)


@pytest.mark.parametrize("alternative", ["greater", "less"])
@pytest.mark.parametrize("z", [[1.965, 1.97, 1.98, 1.99], [1.93, 1.95, 1.955]])
def test_an_estimate_that_does_not_exist_is_nan(z: list[float], alternative: str) -> None:
    """Effects just significant draw the mean down without end, effects just not significant draw it up."""
    y = (0.2 if alternative == "greater" else -0.2) * np.array(z)
    found = p_uniform_star(pool(y, np.full(len(z), 0.04)), alternative)
    assert np.isnan(found.estimate)
    assert np.isnan(found.ci_low)
    assert any("no estimate exists" in warning for warning in found.warnings)


def test_what_makes_no_sense_is_refused() -> None:
    with pytest.raises(ValueError, match="two studies"):
        p_uniform_star(pool(np.ones(1), np.ones(1)))
    with pytest.raises(ValueError, match="alternative"):
        p_uniform_star(pool(np.ones(3), np.ones(3)), "two-sided")


@pytest.mark.parametrize("unit", [1.0, 300.0])
@pytest.mark.parametrize("level", [0.95, 0.8])
def test_bounds_of_tau2_lie_where_its_profile_has_fallen(unit: float, level: float) -> None:
    y, v = unit * np.array([0.1, 0.9, 1.6, -0.8, 2.4, 0.3]), unit**2 * np.full(6, 0.02)
    found = p_uniform_star(pool(y, v, level=level))
    top = loglik(y, v, found.estimate, found.tau2)
    assert_allclose(found.loglik, top, rtol=1e-10)

    def profile(tau2: float) -> float:
        return -optimize.minimize_scalar(
            lambda mu: -loglik(y, v, mu * unit, tau2),
            bounds=(-9, 9),
            method="bounded",
            options={"xatol": 1e-9},
        ).fun

    assert 0.0 < found.tau2_low < found.tau2 < found.tau2_high
    for bound in (found.tau2_low, found.tau2_high):
        assert_allclose(profile(bound), top - 0.5 * stats.chi2.ppf(level, 1), atol=1e-6)
    assert (found.k, found.significant, found.alpha, found.level) == (6, 4, 0.025, level)
    assert found.warnings == ()
    for test in (found.no_effect, found.no_heterogeneity):
        assert test.df == 1
        assert_allclose(test.p_value, stats.chi2.sf(test.statistic, 1), rtol=1e-9)
    assert_allclose(found.no_heterogeneity.statistic, 2.0 * (top - profile(0.0)), rtol=1e-6)


def test_a_tau2_of_zero_is_told_with_its_lower_bound() -> None:
    y, v = np.array([0.45, 0.5, 0.3, 0.41]), np.full(4, 0.03)
    found = p_uniform_star(pool(y, v))
    assert (found.tau2, found.tau2_low) == (0.0, 0.0)
    assert found.tau2_high > 0.0
    assert "tau2 is estimated at 0, the end of its range." in found.warnings
    assert_allclose(found.loglik, loglik(y, v, found.estimate, 0.0), rtol=1e-10)


def test_nothing_significant_is_told() -> None:
    found = p_uniform_star(pool([0.1, -0.2, 0.15], [0.1, 0.1, 0.1]))
    assert found.significant == 0
    assert found.warnings[0].startswith("No study is significant in the stated direction")
    two = p_uniform_star(pool([0.9, 0.1], [0.1, 0.1]))
    assert (two.k, two.significant) == (2, 1)


@pytest.mark.parametrize(("alternative", "sign"), [("greater", 1.0), ("less", -1.0)])
def test_a_mean_beyond_the_effects_is_told_on_their_scale(alternative: str, sign: float) -> None:
    """All just significant: the normal model puts the mean below them, in the units of the effects."""
    y, v = np.array([0.68, 0.41, 0.4, 0.55]), np.full(4, 0.04)
    found = p_uniform_star(pool(sign * y, v), alternative)
    assert sign * found.estimate < 0.4
    [beyond] = [words for words in found.warnings if "beyond every effect" in words]
    assert f"{found.estimate:.3g}, lies" in beyond
    assert ("(0.4 to 0.68)" if sign > 0 else "(-0.68 to -0.4)") in beyond


def test_a_bound_on_which_the_likelihood_does_not_fall_is_infinite() -> None:
    v = np.full(4, 0.04)
    y = np.array([0.68, 0.41, 0.4, 0.55])
    up, down = p_uniform_star(pool(y, v)), p_uniform_star(pool(-y, v), "less")
    assert np.isfinite([up.estimate, up.ci_high]).all()
    assert (up.ci_low, down.ci_high) == (-np.inf, np.inf)


def test_equal_effects_rule_out_a_tau2() -> None:
    with pytest.raises(ValueError, match="which method 'EE' rules out"):
        p_uniform_star(pool([0.1, 0.4], [0.1, 0.2], method="EE"))


def test_no_effect_is_tested_however_far_the_effects_lie_from_zero() -> None:
    """Three alike at 3, a hundredth of that their errors: with a mean of 0 the best tau is near 3."""
    y, v = np.array([3.0, 3.01, 2.99]), np.full(3, 0.0001)
    found = p_uniform_star(pool(y, v))
    highest = max(loglik(y, v, 0.0, tau2) for tau2 in np.linspace(8.9, 9.0, 101))
    assert_allclose(found.no_effect.statistic, 2.0 * (found.loglik - highest), rtol=1e-8)
