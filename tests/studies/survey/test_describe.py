"""Means, totals, proportions, standard deviations, quantiles and tables: identities."""

import math
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.stats import chi2_contingency

from studies.survey import (
    SurveyDesign,
    SurveyError,
    chi_square,
    linear,
    mean,
    proportion,
    quantile,
    standard_deviation,
    total,
)
from studies.survey.estimates import Estimates
from tests.studies.survey.samples import sample

S = sample()
PERSONS = SurveyDesign(np.ones(400))


def test_a_mean_is_the_regression_on_the_intercept() -> None:
    found = mean(S.design, S.y, S.domain)
    fit = linear(S.design, S.y, np.ones((400, 1)), S.domain)
    assert_allclose([found.estimate[0], found.se[0], found.df], [fit.coef[0], fit.se[0], fit.df], rtol=1e-10)


def test_a_simple_random_sample_has_the_textbook_standard_errors() -> None:
    sd = S.y.std(ddof=1)
    assert_allclose(mean(PERSONS, S.y).se, [sd / math.sqrt(400)], rtol=1e-10)
    assert_allclose(total(PERSONS, S.y).se, [sd * math.sqrt(400)], rtol=1e-10)
    assert_allclose(standard_deviation(PERSONS, S.y).estimate, [sd], rtol=1e-10)


def test_two_people_are_enough_for_a_standard_deviation() -> None:
    found = standard_deviation(SurveyDesign(np.ones(2)), [3.0, 7.0])
    assert_allclose(found.estimate, [math.sqrt(8.0)], rtol=1e-12)


@pytest.mark.parametrize("unit", [1e-3, 1e3])
def test_a_standard_deviation_and_its_standard_error_are_in_the_units_of_the_outcome(unit: float) -> None:
    once, other = standard_deviation(S.design, S.y), standard_deviation(S.design, unit * S.y)
    assert_allclose([other.estimate, other.se], [unit * once.estimate, unit * once.se], rtol=1e-10)


def test_a_constant_has_a_standard_deviation_of_zero_without_a_standard_error() -> None:
    constants = np.array([3.0, 0.1, 0.7, -1.3, *np.random.default_rng(1).uniform(-1.0, 1.0, 40)])
    found = standard_deviation(S.design, np.tile(constants, (400, 1)))
    assert_array_equal(found.estimate, np.zeros(44))
    assert np.isnan(found.se).all()


@pytest.mark.parametrize("describe", [mean, total, standard_deviation])
def test_two_columns_together_are_each_by_itself(
    describe: Callable[..., Estimates],
) -> None:
    both = describe(S.design, np.stack([S.x, S.y], axis=1), S.domain, ("x", "y"))
    alone = [describe(S.design, column, S.domain) for column in (S.x, S.y)]
    assert (both.names, alone[0].names) == (("x", "y"), ("x1",))
    assert_allclose(both.estimate, [one.estimate[0] for one in alone], rtol=1e-12)
    assert_allclose(both.se, [one.se[0] for one in alone], rtol=1e-12)
    assert describe(S.design, np.where(np.arange(400)[:, None] == [7, 9], np.nan, 1.0)).missing == 2


def test_everybody_counted_is_the_sum_of_the_weights() -> None:
    assert_allclose(total(S.design, np.ones(400)).estimate, [S.weights.sum()], rtol=1e-12)


def test_proportions_are_means_of_indicators_and_sum_to_one() -> None:
    label = np.array(["no", "yes"], dtype=object)[S.group]
    label[5] = None
    found = proportion(S.design, label)
    indicator = np.where(np.arange(400) == 5, np.nan, S.group)
    expected = mean(S.design, indicator)
    assert found.names == ("no", "yes")
    assert (found.n, found.missing) == (399, 1)
    assert_allclose(found.estimate, [1 - expected.estimate[0], expected.estimate[0]], rtol=1e-12)
    assert_allclose(found.se, [expected.se[0]] * 2, rtol=1e-10)


def test_categories_of_pandas_may_be_missing() -> None:
    whole = pd.Series([None, *S.group[1:]], dtype="Int64")
    found = proportion(S.design, whole)
    assert (found.names, found.missing) == (("0", "1"), 1)
    assert proportion(S.design, pd.Series(["b", None] * 200)).names == ("b",)


def test_a_category_of_a_fraction_keeps_it_and_a_whole_number_has_none() -> None:
    assert proportion(S.design, np.array([1.0, 2.5] * 200)).names == ("1", "2.5")
    assert proportion(S.design, np.array([1, 2.5] * 200, dtype=object)).names == ("1", "2.5")


def test_intervals_of_proportions_stay_between_zero_and_one() -> None:
    rare = np.arange(400) == 17
    low, high = proportion(S.design, rare).ci(0.9999)[1]
    assert 0 < low < high < 1
    assert np.isnan(proportion(S.design, np.ones(400)).ci()).all()


@pytest.mark.parametrize("p", [0.1, 0.25, 0.5, 0.999])
def test_equal_weights_give_the_order_statistic(p: float) -> None:
    found = quantile(PERSONS, S.y, [p]).estimate[0]
    assert found == np.sort(S.y)[math.ceil(400 * p) - 1]


def test_wider_levels_give_wider_intervals_of_quantiles() -> None:
    narrow, wide = quantile(S.design, S.y, [0.5], level=0.8), quantile(S.design, S.y, [0.5], level=0.99)
    assert wide.ci_low[0] < narrow.ci_low[0] < narrow.estimate[0] < narrow.ci_high[0] < wide.ci_high[0]


def test_quantiles_without_degrees_of_freedom_have_no_interval() -> None:
    found = quantile(S.design, S.y, [0.5], S.psu == 1)
    assert found.df == 0
    assert np.isnan([found.se[0], found.ci_low[0], found.ci_high[0]]).all()


def test_pearsons_statistic_of_equal_weights_is_the_textbook_one() -> None:
    column = (S.x > 14.5).astype(int) + (S.x > 16)
    found = chi_square(PERSONS, S.group, column)
    table = np.array([[((S.group == i) & (column == j)).sum() for j in range(3)] for i in range(2)])
    expected = chi2_contingency(table, correction=False)
    assert_allclose(found.X2, expected.statistic, rtol=1e-10)
    # A multinomial sample has design effects of n / (n - 1), less exactly so the further from independence.
    assert_allclose(found.F * 2, expected.statistic, rtol=0.05)


def test_a_table_may_be_turned() -> None:
    column = (S.x > 14.5).astype(int) + (S.x > 16)
    one, other = chi_square(S.design, S.group, column), chi_square(S.design, column, S.group)
    assert_allclose([one.F, one.df1, one.df2, one.p], [other.F, other.df1, other.df2, other.p], rtol=1e-8)
    assert_allclose(one.shares, other.shares.T, rtol=1e-12)


def test_a_table_with_one_degree_of_freedom_is_tested_on_it() -> None:
    # Two by two: X2 over the design effect, on 1 and 1 degrees of freedom, is the square of Cauchy's t.
    found = chi_square(SurveyDesign(S.weights, psu=S.psu), S.group, S.x > 14.5)
    assert (found.df1, found.df2) == pytest.approx((1.0, 1.0))
    assert_allclose(found.p, 1.0 - 2.0 / math.pi * math.atan(math.sqrt(found.F)), rtol=1e-10)


def test_a_table_without_degrees_of_freedom_has_no_test() -> None:
    found = chi_square(S.design, S.group, S.x > 14.5, S.psu == 1)
    assert np.isnan([found.F, found.p]).all()


def test_what_cannot_be_described_is_refused() -> None:
    with pytest.raises(SurveyError, match="nothing to test"):
        chi_square(S.design, S.group, np.ones(400))
    for probability in (25, 0.0, 1.0, 1.5, [0.5]):
        with pytest.raises(SurveyError, match="expected numbers between 0 and 1"):
            quantile(S.design, S.y, [probability])  # type: ignore[list-item]
    with pytest.raises(SurveyError, match=r"y has shape \(400, 1, 1\)"):
        mean(S.design, S.y.reshape(400, 1, 1))
    with pytest.raises(SurveyError, match="mix text and numbers"):
        proportion(S.design, np.array(["a", 1] * 200, dtype=object))
    with pytest.raises(SurveyError, match="expected one a person"):
        proportion(S.design, np.ones((400, 2)))
    with pytest.raises(SurveyError, match="too many empty cells"):
        chi_square(S.design, S.strata % 3, S.strata % 3)
    with pytest.raises(SurveyError, match="needs two people"):
        standard_deviation(S.design, S.y, np.arange(400) == 3)
