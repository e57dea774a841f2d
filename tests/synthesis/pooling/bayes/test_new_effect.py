"""A new study's effect where the mean is normal given tau: sums whose distribution is known."""

from __future__ import annotations

import math

import numpy as np
from numpy.testing import assert_allclose
from scipy import stats

from synthesis.pooling.bayes.effect_distributions import MixtureEffects, TEffects
from synthesis.pooling.bayes.new_effect import NewEffect
from synthesis.pooling.kernel.effects import Array

P = np.array([1e-12, 0.025, 0.5, 0.8, 1.0 - 1e-9])


def about(
    centre: float, sd: float, tau: list[float], effects: TEffects | MixtureEffects, share: list[float]
) -> NewEffect:
    """A new effect whose mean is N(centre, sd^2) whatever tau, of these values and shares."""
    edges = centre + sd * np.linspace(-13.0, 13.0, 53)

    def joint(mu: Array) -> Array:
        return np.tile(stats.norm.logpdf(mu, centre, sd), (len(tau), 1))

    return NewEffect(math.nan, math.nan, effects, np.array(tau), np.log(share), joint, edges, sd)


def test_a_normal_effect_about_a_normal_mean_is_normal_whatever_is_narrower() -> None:
    compared = 0
    for tau, sd in ((1.0, 0.5), (1e-6, 2.0), (300.0, 1e-4), (0.3, 0.3)):
        found = about(1.7, sd, [tau], TEffects(math.inf), [1.0])
        law = stats.norm(1.7, math.hypot(tau, sd))
        z = law.ppf(np.array([[1e-10, 0.2, 0.5, 0.9, 1.0 - 1e-10]]))
        assert_allclose(found.below(z), law.cdf(z), rtol=1e-9)
        assert_allclose(found.above(z), law.sf(z), rtol=1e-9)
        assert_allclose(found.density(z), law.pdf(z), rtol=1e-9)
        assert_allclose(found.quantile(P)[0], law.ppf(P), rtol=0, atol=1e-8 * math.hypot(tau, sd))
        compared += P.size
    assert compared == 20


def test_each_tau_has_its_share_whatever_the_shares_add_to() -> None:
    found = about(-2.0, 0.4, [0.1, 3.0], TEffects(math.inf), [0.6, 1.4])
    laws = [stats.norm(-2.0, math.hypot(0.4, tau)) for tau in (0.1, 3.0)]
    z = np.array([[-9.0, -2.3, -2.0, 1.0, 7.0]])
    assert_allclose(found.below(z), 0.3 * laws[0].cdf(z) + 0.7 * laws[1].cdf(z), rtol=1e-10)
    assert_allclose(found.above(z), 0.3 * laws[0].sf(z) + 0.7 * laws[1].sf(z), rtol=1e-10)
    assert_allclose(found.density(z), 0.3 * laws[0].pdf(z) + 0.7 * laws[1].pdf(z), rtol=1e-10)
    assert_allclose(found.below(found.quantile(P[:4]))[0], P[:4], rtol=1e-9)
    assert_allclose(found.above(found.quantile(P[3:]))[0], 1.0 - P[3:], rtol=1e-7)


def test_an_outlying_effect_is_of_the_wider_normal() -> None:
    found = about(0.5, 0.2, [0.7], MixtureEffects(0.1, 6.0), [1.0])
    inner, outer = stats.norm(0.5, math.hypot(0.2, 0.7)), stats.norm(0.5, math.hypot(0.2, 4.2))
    z = np.array([[-12.0, 0.0, 0.5, 2.0, 15.0]])
    assert_allclose(found.below(z), 0.9 * inner.cdf(z) + 0.1 * outer.cdf(z), rtol=1e-10)
    assert_allclose(found.density(z), 0.9 * inner.pdf(z) + 0.1 * outer.pdf(z), rtol=1e-10)


def test_quantiles_of_a_cauchy_effect_are_found_however_far_they_lie() -> None:
    """About a mean that is as good as known, in steps that begin with its scale."""
    for tau in (1e-3, 1.0, 1e4):
        found = about(0.0, 1e-6, [tau], TEffects(1.0), [1.0])
        for p in (1e-9, 0.01, 0.5, 0.7, 1.0 - 1e-6):
            assert_allclose(
                found.quantile(np.array([p])).item(),
                tau * math.tan(math.pi * (p - 0.5)),
                rtol=1e-6,
                atol=1e-9,
            )


def test_quantiles_are_found_where_the_mean_may_be_very_far_to_one_side() -> None:
    """Panels of the mean grow with their distance, and reach where no step of the scale is a number more."""
    found = about(0.0, 1.0, [1.0], TEffects(math.inf), [1.0])
    edges = np.concatenate([found.edges, np.geomspace(20.0, 1e20, 40)])
    wide = NewEffect(**{**vars(found), "edges": edges})
    law = stats.norm(0.0, math.sqrt(2.0))
    for p in (0.025, 0.5, 0.975):
        assert_allclose(wide.quantile(np.array([p])).item(), law.ppf(p), rtol=0, atol=1e-8)


def test_quantiles_take_few_evaluations() -> None:
    calls = [0]

    class Counted(NewEffect):
        def _at(self, z: float) -> tuple[float, float, float]:
            calls[0] += 1
            return super()._at(z)

    found = about(1.0, 0.5, [1.0], TEffects(math.inf), [1.0])
    Counted(*vars(found).values()).quantile(np.array([0.025, 0.975]))
    assert calls[0] <= 8


def test_nodes_about_any_value_stand_for_all_of_the_mean_and_integrate_what_is_smooth() -> None:
    """Inside its panels, at an end of one, at the outermost, and beyond them."""
    found = about(1.7, 0.5, [1.0], TEffects(math.inf), [1.0])
    low, high = found.edges[[0, -1]]
    for z in (
        1.7,
        float(found.edges[7]),
        float(found.edges[7]) + 1e-13,
        float(low),
        float(high),
        -90.0,
        400.0,
    ):
        mu, weight = found._nodes(z)
        assert ((mu > low) & (mu < high)).all()
        assert (np.diff(mu) >= 0.0).all()
        assert (weight >= 0.0).all()
        assert_allclose(weight.sum(), high - low, rtol=1e-12)
        assert_allclose(weight @ mu**3, (high**4 - low**4) / 4.0, rtol=1e-11)
        assert_allclose(weight @ stats.norm.pdf(mu, 1.7, 0.5), 1.0, rtol=1e-12)
