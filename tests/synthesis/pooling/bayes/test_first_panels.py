"""Where integration over log tau begins, by hand, and which posteriors integrate at all."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest
from numpy.testing import assert_allclose

from synthesis.pooling.bayes import data_scaled_priors as scaled
from synthesis.pooling.bayes import tau_priors as taus
from synthesis.pooling.bayes.first_panels import excess_of, first_panels, log_density_of
from synthesis.pooling.bayes.given_tau import InUnits, prepared
from synthesis.pooling.bayes.own_prior import own_prior
from synthesis.pooling.bayes.panels import FirstPanels
from synthesis.pooling.kernel.effects import Array, Effects, Rows

OF_ONE = taus.Scales(np.zeros(1), np.zeros(1), np.ones((1, 1)), np.ones((1, 1)))


@pytest.mark.parametrize(
    ("prior", "low", "high"),
    [
        (taus.HalfNormal(math.e**2), 1.0, 5.0),
        (taus.half_cauchy(math.e**2), 1.0, 3.0),
        (taus.HalfT(0.5, math.e**2), 1.0, 3.0),
        (taus.HalfT(math.e**4, math.e**2), 1.0, 5.0),
        (taus.Exponential(math.e**2), 1.0, 8.0),
        (taus.Uniform(math.e**2), 1.0, 2.0),
        (taus.InverseGammaTau(math.e**2 - 1.0, math.e**3), -5.0, 6.0),
        (taus.InverseGammaTau2(math.e**2 - 1.0, math.e**4), -3.0, 6.0),
        (taus.LogNormalTau2(4.0, 0.5), -3.0, 7.0),
        (taus.LogTTau2(4.0, 2.0), -8.0, 12.0),
        (own_prior(lambda t: -t, math.e**2), 0.0, 8.0),
    ],
    ids=lambda value: getattr(value, "label", ""),
)
def test_features_of_a_prior_lie_so_many_logarithms_about_its_scale(
    prior: taus.TauPrior, low: float, high: float
) -> None:
    """About where it stops being a power of tau, and the mode where that is elsewhere than the scale."""
    found = prior.reach(OF_ONE)
    assert_allclose([end.item() for end in found], [low, high], rtol=1e-14, atol=1e-14)


def test_features_of_priors_scaled_by_the_data_lie_about_s0() -> None:
    of = taus.Scales(np.array([3.0, -4.0]), np.zeros(2), np.ones((2, 1)), np.ones((2, 1)))
    for prior, apart in (
        (scaled.DuMouchel(), 2.0),
        (scaled.UniformShrinkage(), 2.0),
        (scaled.Jeffreys(), 0.0),
        (taus.ImproperUniform(), 0.0),
    ):
        low, high = prior.reach(of)
        assert low.tolist() == [3.0 - apart, -4.0 - apart]
        assert high.tolist() == [3.0 + apart, -4.0 + apart]


def test_tails_are_followed_until_forty_logarithms_of_mass_are_gone() -> None:
    """Below, the mass falls like tau^(1 + head); above, like tau^-excess, or at once."""
    assert taus.HalfNormal(1.0).head_extent == 40.0
    assert scaled.UniformShrinkage().head_extent == 20.0
    assert taus.InverseGammaTau(1.0, 1.0).head_extent == 0.0
    assert taus.LogNormalTau2(0.0, 1.0).head_extent == 0.0
    assert taus.HalfNormal(1.0).tail_extent(np.array([np.inf, 4.0, 0.1])).tolist() == [12.0, 10.0, 400.0]


def test_tails_of_a_log_t_end_where_those_of_t_do() -> None:
    """t(5) has |z| > e^8 with a probability of about e^-40; of log tau^2, hence by half; or sooner."""
    prior = taus.LogTTau2(0.0, 2.0)
    assert_allclose(prior.head_extent, math.exp(8.0), rtol=1e-14)
    assert_allclose(prior.tail_extent(np.array([0.0, 4.0])), [math.exp(8.0), 10.0], rtol=1e-14)


def at(prior: taus.TauPrior, k: float, flat: int) -> float:
    return float(excess_of((prior,), np.array([k]), flat).item())


def test_the_posterior_falls_by_the_prior_the_studies_and_flat_means() -> None:
    assert_allclose(at(taus.half_cauchy(1.0), 3.0, 1), 3.0)
    assert_allclose(at(taus.half_cauchy(1.0), 3.0, 0), 4.0)
    assert_allclose(at(scaled.UniformShrinkage(), 2.0, 2), 2.0)
    assert at(taus.HalfNormal(1.0), 1.0, 1) == math.inf
    several = excess_of((taus.HalfT(2.0, 1.0), scaled.DuMouchel()), np.array([1.0, 4.0]), 1)
    assert_allclose(several, [2.0, 4.0])


def test_a_tail_of_a_tenth_is_the_slowest_that_is_followed() -> None:
    assert_allclose(at(taus.HalfT(0.1, 1.0), 1.0, 1), 0.1, rtol=1e-12)
    assert at(taus.LogTTau2(0.0, 1.0), 1.0, 1) == 0.0, "its logarithm makes it integrate"
    slow = taus.InverseGammaTau2(0.04, 1.0)
    with pytest.raises(ValueError, match=re.escape(
        "with 1 study the tail of the inverse-gamma(0.04, 1) on tau2 prior of tau reaches beyond double "
        "precision; expected one that falls faster, or more studies"
    )):  # fmt: skip
        at(slow, 1.0, 1)
    assert_allclose(at(slow, 2.0, 1), 1.08)
    assert_allclose(at(slow, 1.0, 0), 1.08)
    with pytest.raises(ValueError, match="with 2 studies the tail of"):
        at(slow, 2.0, 2)


def improper(tail: float) -> taus.TauPrior:
    return own_prior(lambda t: -tail * np.log1p(t), 1.0, tail=tail)


@pytest.mark.parametrize(
    ("tail", "k", "flat", "needed"),
    [
        (0.0, 2, 1, 3),
        (0.0, 1, 1, 3),
        (0.0, 1, 0, 2),
        (0.0, 2, 4, 6),
        (1.0, 1, 1, 2),
        (0.95, 1, 1, 2),
        (0.05, 2, 1, 3),
        (0.05, 1, 1, 3),
        (0.25, 1, 1, 2),
        (0.25, 1, 0, None),
        (0.25, 2, 1, None),
    ],
)
def test_an_improper_prior_needs_as_many_studies_as_is_said(
    tail: float, k: int, flat: int, needed: int | None
) -> None:
    prior = improper(tail)
    if needed is None:
        assert at(prior, k, flat) >= 0.1
        return
    with pytest.raises(ValueError, match=f"expected {needed} studies or more, or a proper prior of tau"):
        at(prior, k, flat)
    with pytest.raises(ValueError, match="does not integrate"):
        at(prior, needed - 1, flat)
    assert at(prior, needed, flat) >= 0.1


def test_what_is_flat_beside_an_improper_prior_is_told() -> None:
    prior = taus.ImproperUniform()
    for flat, words in (
        (0, "with 1 study, the improper uniform prior of tau, the posterior does not"),
        (1, "with 1 study, a flat prior of the mean and the improper uniform"),
        (2, "with 1 study, 2 flat priors of the mean and the improper uniform"),
    ):
        with pytest.raises(ValueError, match=words):
            at(prior, 1.0, flat)


def test_the_first_data_set_that_does_not_integrate_is_told() -> None:
    priors = (taus.HalfNormal(1.0), taus.ImproperUniform(), scaled.Jeffreys())
    with pytest.raises(ValueError, match="with 2 studies, a flat prior of the mean and the improper"):
        excess_of(priors, np.array([1.0, 2.0, 1.0]), 1)


def beginning(
    prior: taus.TauPrior, log_apart: float = 0.0, excess: float = math.inf, v: tuple[float, ...] = (1.0, 1.0)
) -> FirstPanels:
    """Of studies in internal units: with harmonic mean variance one these are those of the effects."""
    data = prepared(Effects(np.zeros(len(v)), np.array(v)))
    assert data.unit.item() == 1.0
    return first_panels(data, np.array([log_apart]), (prior,), np.array([excess]))


def ends(found: FirstPanels) -> list[float]:
    return [float(found.edges.min()), float(found.edges.max())]


def test_first_panels_are_two_wide_where_the_features_are_and_double_outside() -> None:
    """Equal variances one, half-normal(1): from the root of the variance over e to e^3 scales, and one more.

    Below, forty logarithms: panels of 1.25 doubling; above, twelve.
    """
    found = beginning(taus.HalfNormal(1.0))
    below = -1.0 - 40.0 * 2.0 ** -np.arange(6.0)
    inside = np.linspace(-1.0, 4.0, 4)
    above = 4.0 + 12.0 * 2.0 ** -np.arange(4.0)
    assert_allclose(found.edges[0], np.sort(np.concatenate([below, inside, above])), rtol=1e-14)
    assert found.smooth


def test_first_panels_reach_over_all_errors_and_over_how_far_effects_lie_apart() -> None:
    prior = taus.HalfNormal(1.0)
    assert_allclose(ends(beginning(prior, log_apart=2.5)), [-41.0, 16.0])
    assert_allclose(ends(beginning(prior, log_apart=5.0)), [-41.0, 18.0])
    v = (math.exp(-12.0), math.exp(12.0))
    data = InUnits(np.zeros((1, 2)), np.array([v]), np.ones((1, 2)), np.ones(1), np.zeros(1), np.full(1, 2.0))
    found = first_panels(data, np.zeros(1), (prior,), np.full(1, math.inf))
    assert_allclose(ends(found), [-7.0 - 40.0, 7.0 + 12.0])


def test_an_absent_study_has_no_part_in_the_first_panels() -> None:
    present = np.array([[1.0, 0.0]])
    data = InUnits(
        np.zeros((1, 2)), np.full((1, 2), math.exp(4.0)), present, np.ones(1), np.zeros(1), np.ones(1)
    )
    prior = taus.HalfNormal(math.e**3)
    alone = first_panels(data, np.zeros(1), (prior,), np.full(1, math.inf))
    for absent in (1e-20, 1e20):
        there = InUnits(data.y, np.array([[math.exp(4.0), absent]]), present, data.unit, data.origin, data.k)
        found = first_panels(there, np.zeros(1), (prior,), np.full(1, math.inf))
        assert (found.edges == alone.edges).all()
    assert_allclose(ends(alone), [1.0 - 40.0, 7.0 + 12.0])


@pytest.mark.parametrize(("excess", "moment", "top"), [
    (5.0, 2.0, 4.0 + 40.0 / 3.0), (2.1, 2.0, 340.0), (2.0, 1.0, 44.0), (1.5, 1.0, 84.0),
    (1.0, 0.0, 44.0), (0.5, 0.0, 84.0), (0.2, 0.0, 204.0), (math.inf, 2.0, 16.0),
])  # fmt: skip
def test_heavy_tails_are_followed_for_the_highest_moment_that_exists(
    excess: float, moment: float, top: float
) -> None:
    """Up to tau = e^340, whose square is still a number."""
    found = beginning(taus.HalfNormal(1.0), excess=excess)
    assert found.moment.item() == moment
    assert_allclose(ends(found)[1], top)


def test_first_panels_end_at_the_largest_tau_allowed() -> None:
    assert_allclose(ends(beginning(taus.Uniform(math.e**2))), [-41.0, 2.0])
    assert_allclose(ends(beginning(taus.Uniform(math.e**-5))), [-46.0, -5.0])
    assert_allclose(ends(beginning(taus.Uniform(math.e**2), log_apart=9.0)), [-41.0, 2.0])


def test_every_prior_of_a_batch_has_panels_of_its_own_and_breaks_are_edges() -> None:
    data = prepared(Effects(np.zeros((3, 2)), np.ones((3, 2))))
    kinked = own_prior(lambda t: -t, 1.0, breaks=(0.5, 3.0))
    priors = (taus.HalfNormal(1.0), kinked, taus.Uniform(math.e**2))
    found = first_panels(data, np.zeros(3), priors, np.full(3, math.inf))
    assert not found.smooth
    assert (np.diff(found.edges, axis=1) >= 0.0).all()
    assert_allclose(found.edges.min(axis=1), [-41.0, -42.0, -41.0])
    assert_allclose(found.edges.max(axis=1), [16.0, 19.0, 2.0])
    for log_break in (math.log(0.5), math.log(3.0)):
        assert (np.abs(found.edges - log_break).min(axis=1) < 1e-15).all()


def test_units_move_the_first_panels_alone() -> None:
    """In effects four times as large everything in internal units is the same, breaks and ends too."""
    kinked = own_prior(lambda t: -t, 1.0, breaks=(0.5, 3.0))
    larger = own_prior(lambda t: -t / 4.0, 4.0, breaks=(2.0, 12.0))
    for one, other in ((kinked, larger), (taus.Uniform(3.0), taus.Uniform(12.0))):
        first, second = (
            first_panels(prepared(Effects(np.zeros(2), v)), np.zeros(1), (prior,), np.full(1, math.inf))
            for v, prior in ((np.ones(2), one), (np.full(2, 16.0), other))
        )
        assert_allclose(first.edges, second.edges, rtol=0, atol=1e-13)


def test_each_row_has_the_density_of_its_own_prior() -> None:
    """Three priors, in any order of rows and some of them twice: likelihood, prior, and tau itself."""
    data = prepared(Effects(np.zeros((4, 1)), np.array([[1.0], [4.0], [64.0], [0.25]])))
    priors = (taus.HalfNormal(1.0), taus.Exponential(2.0), taus.HalfNormal(1.0), scaled.DuMouchel())

    def likelihood(rows: Rows, x: Array) -> tuple[Array, Array]:
        return 100.0 * rows[:, None] + x * x, np.full_like(x, 7.0)

    rows, x = np.array([3, 0, 1, 2, 0, 3]), np.linspace(-1.0, 1.0, 12).reshape(6, 2)
    for chosen in (priors, priors[:1] * 4):
        found, moves = log_density_of(likelihood, chosen, data.scales)(rows, x)
        for place, row in enumerate(rows):
            of = data.scales.take(np.array([row]))
            log_tau = x[place] + math.log(data.unit[row])
            prior = chosen[row].log_density(log_tau[None], of)[0]
            assert_allclose(found[place], 100.0 * row + x[place] ** 2 + log_tau + prior, rtol=1e-14)
        assert (moves == 7.0).all()


PRIORS: list[taus.TauPrior] = [
    taus.HalfT(0.5, 2.0), taus.HalfT(4.0, 2.0), taus.InverseGammaTau(0.7, 2.0),
    taus.InverseGammaTau2(0.7, 2.0), taus.LogTTau2(-1.0, 2.0), taus.ImproperUniform(), scaled.DuMouchel(),
    scaled.UniformShrinkage(), scaled.Jeffreys(), taus.HalfNormal(2.0), taus.Exponential(2.0),
    taus.LogNormalTau2(-1.0, 2.0), taus.Uniform(2.0),
]  # fmt: skip


@pytest.mark.parametrize("prior", PRIORS, ids=lambda prior: prior.label)
def test_far_out_the_density_is_the_power_of_tau_that_is_told(prior: taus.TauPrior) -> None:
    """The slope of its logarithm by log tau; of what falls faster than a power it grows without bound."""
    step = 0.01

    def slope(at: float) -> float:
        x = np.array([[at - step, at + step]])
        low, high = prior.log_density(x, OF_ONE)[0]
        return float(high - low) / (2.0 * step)

    far = 1e4 if prior.logarithmic else 150.0  # log t comes to its power by 6 / log tau alone
    tolerance = 2e-3 if prior.logarithmic else 1e-6
    if math.isfinite(prior.head):
        assert_allclose(slope(-far), prior.head, atol=tolerance)
    if math.isfinite(prior.tail):
        assert_allclose(slope(far), -prior.tail, atol=tolerance)
    elif math.isinf(prior.upper):
        assert slope(5.0) > slope(6.0) > slope(7.0)
    if math.isinf(prior.head):
        assert slope(-7.0) > slope(-6.0) > slope(-5.0)
