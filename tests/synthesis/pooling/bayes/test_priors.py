"""Priors: their words, what they refuse, a user's own, and the published tables."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
import pytest
from numpy.testing import assert_allclose

from synthesis.pooling.bayes import data_scaled_priors as scaled
from synthesis.pooling.bayes import mean_priors as means
from synthesis.pooling.bayes import predictive_priors as tables
from synthesis.pooling.bayes import tau_priors as taus
from synthesis.pooling.bayes.own_prior import own_prior
from synthesis.pooling.bayes.posterior import posterior
from synthesis.pooling.kernel.effects import Array, Effects

Y, V = np.array([0.3, -0.2, 0.9]), np.array([0.04, 0.09, 0.25])


@pytest.mark.parametrize(
    ("prior", "label"),
    [
        (taus.HalfNormal(0.5), "half-normal(0.5)"),
        (taus.half_cauchy(0.5), "half-Cauchy(0.5)"),
        (taus.HalfT(4.0, 0.5), "half-t(4, 0.5)"),
        (taus.Exponential(2.0), "exponential(mean 2)"),
        (taus.Uniform(4.0), "uniform(0, 4)"),
        (taus.ImproperUniform(), "improper uniform"),
        (taus.InverseGammaTau(1.77, 0.55), "inverse-gamma(1.77, 0.55) on tau"),
        (taus.InverseGammaTau2(1.0, 0.1), "inverse-gamma(1, 0.1) on tau2"),
        (taus.LogNormalTau2(-2.14, 1.74), "log-normal(-2.14, 1.74) on tau2"),
        (taus.LogTTau2(-3.44, 2.59), "log-t(-3.44, 2.59, 5 df) on tau2"),
        (scaled.DuMouchel(), "DuMouchel"),
        (scaled.UniformShrinkage(), "uniform shrinkage"),
        (scaled.Jeffreys(), "Jeffreys"),
        (means.FlatMean(), "flat"),
        (means.NormalMean(0.0, 4.0), "normal(0, 4)"),
        (means.TMean(0.0, 1.0, 3.0), "t(3, 0, 1)"),
        (means.KnownMean(), "known to be 0"),
    ],
)
def test_priors_say_what_they_are(prior: taus.TauPrior | means.MeanPrior, label: str) -> None:
    assert prior.label == label


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: taus.HalfNormal(0.0), "HalfNormal: scale is 0; expected a finite number above zero"),
        (lambda: taus.HalfNormal(math.inf), "scale is inf"),
        (lambda: taus.HalfT(-1.0, 1.0), "HalfT: df is -1"),
        (lambda: taus.HalfT(0.05, 1.0), "HalfT: df is 0.05, whose tail"),
        (lambda: taus.Exponential(math.nan), "scale is nan"),
        (lambda: taus.Uniform(-2.0), "Uniform: largest is -2"),
        (lambda: taus.InverseGammaTau(1.0, 0.0), "InverseGammaTau: scale is 0"),
        (lambda: taus.InverseGammaTau2(0.0, 1.0), "InverseGammaTau2: shape is 0"),
        (lambda: taus.LogNormalTau2(0.0, -1.0), "LogNormalTau2: sdlog is -1"),
        (lambda: taus.LogTTau2(0.0, 1.0, 3.0), "LogTTau2: df is 3, whose tails"),
        (lambda: means.NormalMean(0.0, 0.0), "sd of the prior of mu is 0"),
        (lambda: means.NormalMean(math.nan, 1.0), "the mean of the prior of mu is nan"),
        (lambda: means.TMean(0.0, 1.0, 0.1), "TMean: df is 0.1; expected 0.5 to 1000"),
        (lambda: means.TMean(0.0, -1.0, 3.0), "scale of the prior of mu is -1"),
        (lambda: own_prior(lambda t: t, -1.0), "scale is -1"),
        (lambda: own_prior(lambda t: t, 1.0, tail=-1.0), "expected a power of 1 / tau"),
        (lambda: own_prior(lambda t: t, 1.0, breaks=[0.0]), "expected tau above zero"),
        (lambda: own_prior(lambda t: np.full_like(t, -np.inf), 1.0), "is zero everywhere"),
        (lambda: own_prior(lambda t: np.full_like(t, np.nan), 1.0, name="mine"), "'mine' gives a value"),
        (lambda: own_prior(lambda _: np.zeros(3), 1.0), "an array of the same shape"),
    ],
)
def test_what_is_no_prior_is_refused(make: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()


def test_the_least_degrees_of_freedom_are_accepted() -> None:
    assert taus.HalfT(0.1, 1.0).tail == 1.1
    assert taus.LogTTau2(0.0, 1.0, 5.0).df == 5.0
    assert means.TMean(0.0, 1.0, 0.5).df == 0.5


def test_more_priors_than_one_go_with_one_data_set_or_each_with_its_own() -> None:
    several = [taus.HalfNormal(0.5), scaled.DuMouchel()]
    with pytest.raises(ValueError, match="2 priors for 3 data sets"):
        posterior(Effects(np.zeros((3, 2)), np.ones((3, 2))), several, means.FlatMean())
    found = posterior(Effects(np.zeros((2, 2)), np.ones((2, 2))), several, means.FlatMean())
    assert found.n == 2
    with pytest.raises(ValueError, match="no study"):
        posterior(Effects(np.zeros(2), np.ones(2), np.zeros(2, dtype=bool)), several[0], means.FlatMean())


def same(own: taus.TauPrior, named: taus.TauPrior) -> None:
    first, second = (posterior(Effects(Y, V), prior, means.NormalMean(0.0, 1.0)) for prior in (own, named))
    assert_allclose(first.log_integrated, second.log_integrated, rtol=0, atol=1e-10)
    p = np.array([0.01, 0.5, 0.99])
    assert_allclose(first.tau.quantile(p), second.tau.quantile(p), rtol=1e-9)


def test_a_users_own_density_of_any_height_is_the_prior_it_means() -> None:
    same(own_prior(lambda t: 7.0 - 0.5 * (t / 0.4) ** 2, 0.4), taus.HalfNormal(0.4))
    same(own_prior(lambda t: -np.log1p((t / 0.4) ** 2), 0.4, tail=2.0), taus.half_cauchy(0.4))
    same(own_prior(lambda t: np.where(t <= 0.7, 3.0, -np.inf), 0.5, breaks=[0.7]), taus.Uniform(0.7))
    improper = own_prior(lambda t: np.zeros_like(t), 1.0, tail=0.0)
    assert not improper.proper
    same(improper, taus.ImproperUniform())


def test_a_density_with_steps_integrates_exactly_between_its_breaks() -> None:
    steps = own_prior(
        lambda t: np.where(t < 0.3, 0.0, np.where(t < 1.0, -1.0, -np.inf)), 0.5, breaks=(0.3, 1.0)
    )
    assert_allclose(math.exp(steps.log_constant), 0.3 + 0.7 * math.exp(-1.0), rtol=1e-12)


def constant_between_columns(rows: Sequence[tuple[tables.Pair | None, ...]]) -> float:
    """The largest departure of locations from row plus column, both fitted by medians of differences."""
    locations = np.array([[np.nan if pair is None else pair[0] for pair in row] for row in rows])
    steps = locations - locations[:, 1:2]
    found: float = np.nanmax(np.abs(steps - np.nanmedian(steps, axis=0)))
    return found


def test_columns_of_the_published_tables_differ_by_a_constant() -> None:
    """Both papers fitted effects of outcome and comparison that add: a misread cell would stand out."""
    assert constant_between_columns(list(tables.TURNER_PRIORS.values())) <= 0.03
    for area in tables.RHODES_PRIORS.values():
        assert constant_between_columns(list(area.values())) <= 0.02


def weighted_sums(rows: Sequence[tuple[tables.Pair | None, ...]], part: int) -> list[float]:
    """Of each column, its cells times 1, 2, 3 ... from the top; a cell left out counts as zero."""
    cells = [[0.0 if pair is None else pair[part] for pair in row] for row in rows]
    return [
        round(sum(place * row[column] for place, row in enumerate(cells, 1)), 2)
        for column in range(len(cells[0]))
    ]


def test_every_cell_of_the_published_tables_stands_in_its_place() -> None:
    """The sums were made of another transcription, column by column, with which all agree."""
    turner = list(tables.TURNER_PRIORS.values())
    assert weighted_sums(turner, 0) == [-316.21, -347.93, -346.35, -176.06, -255.87]
    assert weighted_sums(turner, 1) == [212.85, 220.92, 238.35, 176.77, 203.84]
    expected = {
        "other": ([-108.05, -117.89, -85.91], [91.21, 90.22, 72.84]),
        "respiratory": ([-176.57, -186.53, -171.53], [91.46, 90.26, 84.65]),
        "cancer": ([-16.3, -25.89, -10.85], [81.52, 93.75, 89.03]),
    }
    for area, (locations, scales) in expected.items():
        rows = list(tables.RHODES_PRIORS[area].values())
        assert weighted_sums(rows, 0) == locations
        assert weighted_sums(rows, 1) == scales


def test_the_published_tables_are_whole() -> None:
    assert len(tables.TURNER_PRIORS) == 16
    assert {len(row) for row in tables.TURNER_PRIORS.values()} == {5}
    cells = [pair for area in tables.RHODES_PRIORS.values() for row in area.values() for pair in row]
    assert (len(cells), sum(pair is None for pair in cells)) == (72, 3)
    assert tables.turner() == taus.LogNormalTau2(-2.56, 1.74)
    assert tables.rhodes() == taus.LogTTau2(-3.44, 2.59, 5.0)
    found = tables.turner("All-cause mortality", "non-pharmacological vs pharmacological")
    assert found == taus.LogNormalTau2(-2.92, 1.02)
    assert tables.rhodes("mental health", "pharmacological vs pharmacological", "cancer") == (
        taus.LogTTau2(-0.71, 2.25, 5.0)
    )


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: tables.turner("pain"), "the comparison is missing"),
        (lambda: tables.turner(comparison="pharmacological vs pharmacological"), "the outcome is missing"),
        (lambda: tables.turner("pains", "pharmacological vs pharmacological"), "did you mean 'pain'"),
        (lambda: tables.turner("pain", "drug"), "unknown comparison"),
        (lambda: tables.rhodes(area="lung"), "unknown area 'lung'"),
        (
            lambda: tables.rhodes("mental health", "non-pharmacological"),
            "in doubt between copies of the table",
        ),
    ],
)
def test_settings_that_no_table_has_are_refused(make: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()


def test_unequal_variances_enter_jeffreys_prior_one_by_one() -> None:
    unit = np.zeros(1)
    of = taus.Scales(unit, unit, V[None], np.ones((1, 3)))
    tau: Array = np.array([[0.05, 0.3, 4.0]])
    expected = [math.sqrt(sum((t / (v + t * t)) ** 2 for v in V)) for t in tau[0].tolist()]
    assert_allclose(np.exp(scaled.Jeffreys().log_density(np.log(tau), of))[0], expected, rtol=1e-13)


def test_a_users_own_tail_is_proper_from_one_and_a_tenth_on() -> None:
    """(1 + tau)^-1.12 integrates to 1 / 0.12; of slower ones the mass lies beyond double precision."""
    proper = own_prior(lambda t: -1.12 * np.log1p(t), 1.0, tail=1.12)
    assert proper.proper
    assert_allclose(math.exp(proper.log_constant), 1.0 / 0.12, rtol=1e-11)
    improper = own_prior(lambda t: -1.08 * np.log1p(t), 1.0, tail=1.08)
    assert not improper.proper
    assert improper.log_constant == 0.0


def test_a_users_own_density_may_be_found_number_by_number_and_bend_where_it_does_not_say() -> None:
    """exp(-|tau - b|) has the integral 2 - exp(-b), to more digits than an analytic density would need."""

    def log(tau: float) -> float:
        return -abs(tau - 1.234)

    found = own_prior(np.frompyfunc(log, 1, 1), 1.0)
    assert found.log_constant == pytest.approx(math.log(2.0 - math.exp(-1.234)), abs=1e-13)
