"""Where the scale of tau comes from when no prior is named, and what is said of it."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import stats

import synthesis
from synthesis.pooling.bayes.data_scaled_priors import DuMouchel, Jeffreys
from synthesis.pooling.bayes.tau_priors import (
    HalfNormal,
    HalfT,
    InverseGammaTau2,
    LogNormalTau2,
    LogTTau2,
    half_cauchy,
)
from synthesis.posterior.default_prior import default_prior, half_normal_scale, median_of

V = np.array([0.04, 0.09, 0.25])


def test_the_smallest_effect_of_interest_is_the_scale_before_all_else() -> None:
    chosen = default_prior(V, "OR", 0.3, np.array([100.0, 50.0, 20.0]))
    assert chosen.prior == HalfNormal(0.3)
    assert "the smallest effect of interest, 0.3: tau is believed to be below 0.2023" in chosen.says
    assert "below 0.588 with 95%" in chosen.says
    assert_allclose(stats.halfnorm(scale=0.3).cdf([0.2023, 0.588]), [0.5, 0.95], atol=1e-3)


@pytest.mark.parametrize(("measure", "scale"), [("OR", 0.5), ("PETO", 0.5), ("SMD", 0.25)])
def test_measures_with_a_convention_have_its_scale(measure: str, scale: float) -> None:
    chosen = default_prior(V, measure)
    assert chosen.prior == HalfNormal(scale)
    assert "convention for this measure (Roever et al. 2021)" in chosen.says


def test_the_unit_information_of_a_log_odds_ratio_gives_the_conventional_scale() -> None:
    """With n persons in two arms of one half and risks of one half the variance is 16 / n."""
    n = np.array([40.0, 400.0, 1_000.0])
    chosen = default_prior(16.0 / n, n=n)
    assert isinstance(chosen.prior, HalfNormal)
    assert_allclose(chosen.prior.scale, 0.5, rtol=1e-12)
    assert "an eighth of the unit information standard deviation, 4" in chosen.says


def test_without_anything_the_scale_is_that_of_the_standard_errors_and_says_so() -> None:
    chosen = default_prior(V)
    assert chosen.prior == DuMouchel()
    s0 = math.sqrt(3.0 / (1.0 / V).sum())
    assert f"the studies' standard errors, {s0:.4g}, and no statement about the outcome" in chosen.says


def test_medians_of_priors_are_the_distributions_own() -> None:
    s0 = math.sqrt(3.0 / (1.0 / V).sum())
    assert_allclose(median_of(half_cauchy(0.7), V), 0.7, rtol=1e-10)
    assert_allclose(median_of(LogNormalTau2(-2.0, 1.0), V), math.exp(-1.0), rtol=1e-10)
    assert_allclose(median_of(DuMouchel(), V), s0, rtol=1e-10)
    assert_allclose(median_of(Jeffreys(), V), s0, rtol=1e-10)
    assert_allclose(median_of(InverseGammaTau2(0.001, 0.001), V), s0, rtol=1e-10)  # nearly improper
    assert_allclose(half_normal_scale(HalfNormal(0.4), V), 0.4, rtol=1e-10)


def test_the_result_uses_the_default_and_tells_it() -> None:
    yi, ni = [0.1, 0.4, -0.2], [100, 200, 300]
    named = synthesis.bayes(yi, V, smallest_effect=0.2)
    assert named.tau_prior == "half-normal(0.2)"
    assert "The prior median of tau is 0.67 times the smallest effect of interest (0.2)." in named.notes
    unit = math.sqrt(600.0 / (1.0 / V).sum()) / 8.0
    assert synthesis.bayes(yi, V, ni=ni).tau_prior == f"half-normal({unit:g})"
    tables = synthesis.escalc("OR", ai=[4, 6], bi=[100, 90], ci=[8, 9], di=[100, 95])
    assert synthesis.bayes(tables).tau_prior == "half-normal(0.5)"
    other = synthesis.bayes(yi, V, tau_prior="half-Cauchy(0.4)", smallest_effect=0.2)
    assert "The prior median of tau is 2 times the smallest effect of interest (0.2)." in other.notes
    assert synthesis.bayes(yi, V).tau_prior == "DuMouchel"


def test_missing_studies_take_their_numbers_of_persons_with_them() -> None:
    whole = synthesis.bayes([0.1, 0.4], V[:2], ni=[100, 300])
    with_gap = synthesis.bayes([0.1, np.nan, 0.4], [0.04, 1.0, 0.09], ni=[100, 7, 300], missing="drop")
    assert whole.tau_prior == with_gap.tau_prior


def test_the_median_of_a_prior_whose_logarithm_makes_it_proper_is_its_own() -> None:
    """tau^-1 over powers of its logarithm integrates, and so does tau^-1.1; tau^-1.08 beyond doubles."""
    assert_allclose(median_of(LogTTau2(-2.0, 1.5), V), math.exp(-1.0), rtol=1e-10)
    assert_allclose(median_of(HalfT(0.11, 0.3), V), stats.t(0.11).ppf(0.75) * 0.3, rtol=1e-8)
    assert_allclose(median_of(InverseGammaTau2(0.04, 3.0), V), math.sqrt(3.0 / (1.0 / V).sum()), rtol=1e-12)
