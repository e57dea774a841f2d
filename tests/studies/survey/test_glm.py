"""Regression of events: tables by hand, identities, digits, and what it refuses."""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from numpy.testing import assert_allclose

from studies.survey import CollinearError, SeparationError, SurveyDesign, SurveyError, glm, model_matrix
from tests.studies.survey.samples import sample

S = sample()
X, NAMES = model_matrix({"x": S.x - 14.0, "group": S.group})
EVENT = (np.random.default_rng(3).uniform(size=400) < 1.0 / (1.0 + np.exp(0.4 - 0.3 * (S.x - 14.0)))) * 1.0
VISITS = np.random.default_rng(4).poisson(np.exp(0.2 + 0.1 * (S.x - 14.0))).astype(float)

# 12 of 40 exposed and 9 of 60 unexposed have the event; everybody alone in one stratum, equal weights.
EXPOSED = np.repeat([1.0, 1.0, 0.0, 0.0], [12, 28, 9, 51])
TABLE = np.repeat([1.0, 0.0, 1.0, 0.0], [12, 28, 9, 51])
TWO, TWO_NAMES = model_matrix({"exposed": EXPOSED})
EQUAL = SurveyDesign(np.full(100, 250.0))
MORE = 100.0 / 99.0  # PSUs over PSUs - 1, of a variance in a sample


def test_a_logistic_regression_of_two_groups_is_their_odds_ratio() -> None:
    fit = glm(EQUAL, TABLE, TWO, "binomial", names=TWO_NAMES)
    assert_allclose(fit.coef, [math.log(9 / 51), math.log(12 / 28 / (9 / 51))], rtol=1e-12)
    woolf = 1 / 12 + 1 / 28 + 1 / 9 + 1 / 51
    assert_allclose(fit.se**2, [(1 / 9 + 1 / 51) * MORE, woolf * MORE], rtol=1e-12)
    assert (fit.family, fit.df, fit.residual_df, fit.n, fit.missing) == ("binomial", 99, 98, 100, 0)
    assert (fit.n_psu, fit.n_strata) == (100, 1)


def test_a_poisson_regression_of_events_is_their_prevalence_ratio() -> None:
    """Zou 2004: the variance is that of a ratio of proportions, not Poisson's."""
    fit = glm(EQUAL, TABLE, TWO, "poisson", names=TWO_NAMES)
    assert_allclose(fit.coef, [math.log(9 / 60), math.log(12 / 40 / (9 / 60))], rtol=1e-12)
    assert_allclose(
        fit.se**2, [(1 / 9 - 1 / 60) * MORE, (1 / 12 - 1 / 40 + 1 / 9 - 1 / 60) * MORE], rtol=1e-12
    )


def test_an_offset_of_log_person_time_makes_ratios_of_rates() -> None:
    counts, years = np.array([3.0, 1.0, 0.0, 6.0, 2.0]), np.array([2.0, 4.0, 1.0, 5.0, 8.0])
    x, _ = model_matrix({"late": [0, 0, 0, 1, 1]})
    fit = glm(SurveyDesign(np.ones(5)), counts, x, "poisson", offset=np.log(years))
    # 4 events in 7 years and 8 in 13; residuals 13/7, -9/7, -4/7 and 38/13, -38/13.
    early, late = (13**2 + 9**2 + 4**2) / 7**2 / 4**2, 2 * (38 / 13) ** 2 / 8**2
    assert_allclose(fit.coef, [math.log(4 / 7), math.log(8 / 13 / (4 / 7))], rtol=1e-12)
    assert_allclose(fit.se**2, [early * 1.25, (early + late) * 1.25], rtol=1e-12)
    assert_allclose(fit.fitted, np.array([4 / 7] * 3 + [8 / 13] * 2) * years, rtol=1e-12)


def test_deviance_and_dispersion_are_those_of_the_table() -> None:
    logistic, poisson = (glm(EQUAL, TABLE, TWO, family) for family in ("binomial", "poisson"))
    exposed, others = 12 / 40, 9 / 60
    likelihood = 12 * math.log(exposed) + 28 * math.log(1 - exposed)
    likelihood += 9 * math.log(others) + 51 * math.log(1 - others)
    assert logistic.deviance == pytest.approx(-2 * likelihood, rel=1e-12)
    # Sums of events and of fitted values are alike, so what is left is y log(y / fitted).
    assert poisson.deviance == pytest.approx(-2 * (12 * math.log(exposed) + 9 * math.log(others)), rel=1e-12)
    # Squares of Pearson residuals sum to the people of each group, or to the part without the event.
    assert logistic.dispersion == pytest.approx(100 / 99, rel=1e-12)
    assert poisson.dispersion == pytest.approx((28 + 51) / 99, rel=1e-12)


def test_dispersion_and_deviance_of_a_line_through_the_origin_are_their_sums() -> None:
    """Without an intercept neither residuals nor their Pearson form sum to zero."""
    fit = glm(S.design, VISITS, X[:, 1:2], "poisson")
    pearson = (VISITS - fit.fitted) / np.sqrt(fit.fitted)
    mean = np.average(pearson, weights=S.weights)
    assert abs(mean) > 0.1
    assert fit.dispersion == pytest.approx(
        np.average((pearson - mean) ** 2, weights=S.weights) * 400 / 399, rel=1e-12
    )
    logs = np.array([y * math.log(y / mu) if y else 0.0 for y, mu in zip(VISITS, fit.fitted, strict=True)])
    mean = np.average(logs - VISITS + fit.fitted, weights=S.weights)
    assert fit.deviance == pytest.approx(2 * 400 * mean, rel=1e-12)
    assert abs(np.average(VISITS - fit.fitted, weights=S.weights)) > 0.1


def test_fitted_values_are_of_who_is_analysed() -> None:
    fit = glm(S.design, EVENT, X[:, :2], "binomial", S.domain)
    assert (np.isnan(fit.fitted) == ~S.domain).all()
    eta = X[S.domain, :2] @ fit.coef
    assert_allclose(fit.fitted[S.domain], 1.0 / (1.0 + np.exp(-eta)), rtol=1e-12)
    assert (fit.n, fit.df, fit.n_psu, fit.n_strata) == (S.domain.sum(), 7, 15, 8)
    assert fit.residual_df == 6


@pytest.mark.parametrize(("family", "y"), [("binomial", EVENT), ("poisson", VISITS)])
def test_scores_are_zero_to_the_last_digits(family: str, y: Any) -> None:
    fit = glm(S.design, y, X, family)
    score = X.T @ (S.weights * (y - fit.fitted))
    assert (np.abs(score) < 1e-12 * (np.abs(X).T @ (S.weights * y))).all()


@pytest.mark.parametrize(("family", "y"), [("binomial", EVENT), ("poisson", VISITS)])
def test_weights_and_the_order_of_people_play_no_part(family: str, y: Any) -> None:
    order = np.random.default_rng(1).permutation(400)
    once = glm(S.design, y, X, family)
    other = glm(
        SurveyDesign(1e4 * S.weights[order], S.strata[order], S.psu[order]), y[order], X[order], family
    )
    assert_allclose(other.coef, once.coef, rtol=1e-10)
    assert_allclose(other.cov, once.cov, rtol=1e-10)
    assert_allclose([other.deviance, other.dispersion], [once.deviance, once.dispersion], rtol=1e-10)


def test_estimates_and_their_robust_variance_are_those_of_statsmodels() -> None:
    compared = 0
    for family, y in ((sm.families.Binomial(), EVENT), (sm.families.Poisson(), VISITS)):
        weights = S.weights / S.weights.mean()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of weights that are not whole
            theirs = sm.GLM(y, X, family, freq_weights=weights).fit(tol=1e-14)
        residual = weights * (y - theirs.fittedvalues)
        bread = np.linalg.inv((X.T * weights * family.variance(theirs.fittedvalues)) @ X)
        robust = bread @ (X.T * residual**2) @ X @ bread * 400 / 399
        fit = glm(SurveyDesign(S.weights), y, X, type(family).__name__.lower())
        assert_allclose(fit.coef, theirs.params, rtol=1e-8)
        assert_allclose(fit.cov, robust, rtol=1e-7)
        assert fit.deviance == pytest.approx(theirs.deviance, rel=1e-10)
        compared += fit.coef.size + fit.cov.size + 1
    assert compared == 26


def test_a_domain_differs_from_a_sample_of_its_people_in_its_standard_errors() -> None:
    inside = S.domain
    rows = SurveyDesign(S.weights[inside], S.strata[inside], S.psu[inside], lonely="certainty")
    domain, dropped = (
        glm(S.design, EVENT, X[:, :2], "binomial", inside),
        glm(rows, EVENT[inside], X[inside, :2], "binomial"),
    )
    assert_allclose(domain.coef, dropped.coef, rtol=1e-10)
    assert (np.abs(domain.se / dropped.se - 1.0) > 1e-3).all()


def test_columns_of_very_different_size_lose_no_digits() -> None:
    x, _ = model_matrix({"small": (S.x - 14.0) * 1e-9, "large": S.group * 1e9})
    fit, once = glm(S.design, EVENT, x, "binomial"), glm(S.design, EVENT, X, "binomial")
    assert_allclose(fit.coef * [1, 1e-9, 1e9], once.coef, rtol=1e-9)
    assert_allclose(fit.se * [1, 1e-9, 1e9], once.se, rtol=1e-9)


def test_missing_values_of_any_column_are_outside_the_domain() -> None:
    y, x, offset = EVENT.copy(), X.copy(), np.zeros(400)
    y[3], x[8, 1], offset[12] = np.nan, np.nan, np.nan
    fit = glm(S.design, pd.Series(y), x, "binomial", offset=offset)
    assert (fit.missing, fit.n) == (3, 397)
    assert np.flatnonzero(np.isnan(fit.fitted)).tolist() == [3, 8, 12]


def test_rare_events_and_common_ones_are_fitted_alike() -> None:
    """Of 100,000 people 3 of one half and 5 of the other: statsmodels stops long before the last digits."""
    y, half = np.zeros(100_000), np.arange(100_000) % 2
    y[[1, 3, 5, 0, 2, 4, 6, 8]] = 1.0
    x, _ = model_matrix({"half": half})
    design = SurveyDesign(np.ones(100_000))
    for family, of_none, of_half in (
        ("binomial", 5 / 49_995, 3 / 49_997),
        ("poisson", 5 / 50_000, 3 / 50_000),
    ):
        for outcome, sign in ((y, 1.0), (1.0 - y, -1.0)):
            if family == "binomial" or sign > 0:
                fit = glm(design, outcome, x, family)
                expected = [math.log(of_none), math.log(of_half / of_none)]
                assert_allclose(fit.coef * sign, expected, rtol=1e-10)


def test_a_class_without_events_is_named() -> None:
    nobody = (S.strata == 2) * 1.0
    x, names = model_matrix({"x": S.x, "nobody": nobody, "group": S.group})
    y = np.where(nobody > 0, 0.0, EVENT)
    for family in ("binomial", "poisson"):
        with pytest.raises(SeparationError) as refusal:
            glm(S.design, y, x, family, names=names)
        assert refusal.value.columns == ("nobody",)
        assert str(refusal.value) == (
            "no finite estimate in this domain for: nobody; of some that they tell apart nobody has the "
            "outcome, or everybody (separation): join classes, or leave them out"
        )


def test_a_class_with_the_event_throughout_has_a_prevalence_ratio_and_no_odds_ratio() -> None:
    everybody = (S.strata == 2) * 1.0
    x, names = model_matrix({"everybody": everybody})
    y = np.where(everybody > 0, 1.0, EVENT)
    with pytest.raises(SeparationError, match="everybody"):
        glm(S.design, y, x, "binomial", names=names)
    others = np.average(y[everybody == 0], weights=S.weights[everybody == 0])
    fit = glm(S.design, y, x, "poisson", names=names)
    assert_allclose(fit.coef, [math.log(others), -math.log(others)], rtol=1e-11)


def test_an_outcome_beyond_a_limit_of_a_column_is_separated_by_it() -> None:
    for y in (S.x > 14.0, S.x < 13.0):
        with pytest.raises(SeparationError) as refusal:
            glm(S.design, y, X, "binomial", names=NAMES)
        assert refusal.value.columns[0] == "x"


def test_a_domain_without_variation_is_refused_before_it_is_fitted() -> None:
    for family, value in (("binomial", 0), ("binomial", 1), ("poisson", 0), ("poisson", 1)):
        with pytest.raises(
            SurveyError,
            match=f"y is {value} for all {S.domain.sum()} people of the domain, so there is nothing",
        ):
            glm(S.design, np.where(S.domain, value, EVENT), X[:, :2], family, S.domain)


def test_equal_counts_in_different_times_are_rates_that_differ() -> None:
    years = np.where(S.group == 1, 2.0, 1.0) * (1.0 + S.x / 100.0)
    fit = glm(S.design, np.ones(400), X, "poisson", offset=np.log(years))
    assert fit.coef[2] < -0.5
    with pytest.raises(SeparationError):
        glm(S.design, np.ones(400), X, "binomial", offset=np.log(years))
    with pytest.raises(SurveyError, match="y is 0 for all 400"):
        glm(S.design, np.zeros(400), X, "poisson", offset=np.log(years))


def test_an_optimum_too_far_away_is_said_not_to_be_reached() -> None:
    """One person without the event who counts as 1e-18 of the others do is not separation."""
    weights, y, rare = np.ones(100), np.tile([0.0, 1.0], 50), np.arange(100) < 10
    y[rare] = 1.0
    y[0], weights[0] = 0.0, 1e-18
    x, _ = model_matrix({"rare": rare})
    with pytest.raises(
        SurveyError, match="the binomial regression of 100 people on 2 columns did not converge"
    ):
        glm(SurveyDesign(weights), y, x, "binomial")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"family": "gamma"}, "family is 'gamma'; expected 'binomial' or 'poisson'"),
        (
            {"y": EVENT + 1.0},
            rf"y is 2 for {int(EVENT.sum())} of 400 people; family 'binomial' takes 0 or 1",
        ),
        ({"y": S.x}, r"y is [\d.]+, [\d.]+, [\d.]+ for 400 of 400 people"),
        (
            {"y": VISITS - 1.0, "family": "poisson"},
            rf"y is -1 for {int((VISITS == 0).sum())} of 400 people; family 'poisson' takes 0 or more",
        ),
        ({"y": X}, r"y has shape \(400, 3\)"),
        ({"x": S.x}, r"x has shape \(400,\)"),
        ({"offset": X}, r"offset has shape \(400, 3\); expected one value a person"),
        ({"offset": np.full(400, np.inf)}, "infinite"),
        (
            {"domain": np.arange(400) < 2, "y": np.arange(400) % 2},
            "3 coefficients cannot be estimated from 2",
        ),
        ({"names": ["a", "b"]}, "2 names"),
    ],
)
def test_what_does_not_fit_a_family_is_refused(arguments: dict[str, Any], says: str) -> None:
    asked: dict[str, Any] = {"design": S.design, "y": EVENT, "x": X, "family": "binomial"}
    with pytest.raises(SurveyError, match=says):
        glm(**asked | arguments)


def test_collinear_columns_of_events_are_named() -> None:
    x, names = model_matrix({"x": S.x, "men": S.group, "women": 1 - S.group})
    with pytest.raises(CollinearError, match="women"):
        glm(S.design, EVENT, x, "binomial", names=names)


def test_counts_that_are_not_whole_are_outcomes_of_a_quasi_poisson_regression() -> None:
    fit, half = glm(S.design, VISITS, X, "poisson"), glm(S.design, VISITS / 2.0, X, "poisson")
    assert_allclose(half.coef, fit.coef - [math.log(2.0), 0.0, 0.0], atol=1e-11)
    assert_allclose(half.cov, fit.cov, rtol=1e-9)


def test_nothing_but_the_error_is_said_of_separation() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(SeparationError):
            glm(S.design, S.x > 14.0, X, "binomial")
