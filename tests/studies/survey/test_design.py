"""What a design accepts, and the weights of several cycles."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from studies.survey import SurveyDesign, SurveyError, combine_weights, linear, mean, model_matrix
from tests.studies.survey.samples import sample

S = sample()


def test_lonely_strata_are_refused_by_name_with_the_choices() -> None:
    psu = np.where(S.strata == 5, 1, S.psu)
    with pytest.raises(
        SurveyError, match=r"1 of the strata have one PSU.*: 5; choose.*'certainty'.*'adjust'.*'average'"
    ):
        SurveyDesign(S.weights, S.strata, psu)


def test_choices_for_lonely_strata_agree_where_there_are_none() -> None:
    x, _ = model_matrix({"x": S.x})
    covariances = [
        linear(SurveyDesign(S.weights, S.strata, S.psu, lonely), S.y, x).cov
        for lonely in ("refuse", "certainty", "adjust", "average")
    ]
    assert_allclose(covariances, [covariances[0]] * 4, rtol=1e-12)


def test_average_needs_other_strata() -> None:
    design = SurveyDesign(np.ones(4), [1, 1, 2, 2], [1, 1, 1, 1], lonely="average")
    x, _ = model_matrix({"x": [0, 1, 2, 4]})
    with pytest.raises(SurveyError, match="no average of others"):
        linear(design, [1, 2, 4, 3], x)


def test_a_domain_that_empties_a_psu_does_not_make_its_stratum_lonely() -> None:
    x, _ = model_matrix({"x": S.x})
    inside = (S.strata < 3) & ~((S.strata == 0) & (S.psu == 1))
    fit = linear(S.design, S.y, x, inside)
    assert (fit.n_psu, fit.n_strata, fit.df) == (5, 3, 2)
    assert (fit.se > 0).all()


@pytest.mark.parametrize(
    ("weights", "strata", "psu", "lonely", "says"),
    [
        ([1, np.nan], None, None, "refuse", "1 of 2 are missing or infinite"),
        ([1, None], None, None, "refuse", "1 of 2 are missing or infinite"),
        ([1, -1], None, None, "refuse", "1 of 2 are negative"),
        ([0, 0], None, None, "refuse", "none is above 0"),
        ([[1, 1]], None, None, "refuse", r"weights have shape \(1, 2\)"),
        ([1, 1], [1], None, "refuse", r"strata have shape \(1,\) and there are 2 weights"),
        ([1, 1], [1, np.nan], None, "refuse", "strata: 1 of 2 are missing"),
        ([1, 1], None, ["a", None], "refuse", "psu: 1 of 2 are missing"),
        ([1, 1], pd.Series([1, None], dtype="Int64"), None, "refuse", "strata: 1 of 2 are missing"),
        ([1, 1], None, None, "remove", "lonely is 'remove'; expected one of refuse, certainty"),
    ],
)
def test_what_is_no_design_is_refused(
    weights: object, strata: object, psu: object, lonely: str, says: str
) -> None:
    with pytest.raises(SurveyError, match=says):
        SurveyDesign(weights, strata, psu, lonely)  # type: ignore[arg-type]


def test_weights_cannot_be_changed_once_they_are_checked_and_the_callers_can() -> None:
    given = S.weights.copy()
    design = SurveyDesign(given, S.strata, S.psu)
    with pytest.raises(ValueError, match="read-only"):
        design.weights[0] = -1.0
    given[0] = -1.0
    assert design.weights[0] == S.weights[0]


@pytest.mark.parametrize(("count", "shown"), [(10, "8, 9; choose"), (11, r"8, 9, \.\.\.; choose")])
def test_ten_lonely_strata_are_named_and_more_are_hinted_at(count: int, shown: str) -> None:
    with pytest.raises(SurveyError, match=shown):
        SurveyDesign(np.ones(count), np.arange(count))


@pytest.mark.parametrize("absent", [None, np.nan, pd.NA, pd.NaT])
def test_every_kind_of_missing_value_is_counted_as_one(absent: object) -> None:
    found = mean(SurveyDesign(np.ones(3)), np.array([1.0, absent, 4.0], dtype=object))
    assert (found.estimate[0], found.n, found.missing) == (2.5, 2, 1)


def test_a_missing_weight_of_a_cycle_stays_missing() -> None:
    found = combine_weights(pd.Series([10, None], dtype=object), ["2015-2016", "2017-2018"])
    assert_allclose(found, np.array([5.0, np.nan]))


def test_one_cycle_keeps_its_weights() -> None:
    assert_allclose(combine_weights(S.weights, np.full(400, "2013-2014")), S.weights, rtol=1e-15)


def test_equal_cycles_share_the_weights_by_their_number() -> None:
    cycle = np.array(["2013-2014", "2015-2016", "2017-2018"])[np.arange(400) % 3]
    assert_allclose(combine_weights(S.weights, cycle), S.weights / 3, rtol=1e-15)
    years = {"2013-2014": 2.0, "2015-2016": 2.0, "2017-2018": 2.0}
    assert_allclose(combine_weights(S.weights, cycle, years), S.weights / 3, rtol=1e-15)


def test_unequal_cycles_share_the_weights_by_their_years() -> None:
    # NCHS: 2015-2016 with 2017-March 2020: 2 / 5.2 and 3.2 / 5.2.
    found = combine_weights([10.0, 10.0], ["2015-2016", "2017-2020"], {"2015-2016": 2.0, "2017-2020": 3.2})
    assert_allclose(found, [20 / 5.2, 32 / 5.2], rtol=1e-15)
    found = combine_weights([10.0, 10.0], ["half a year", "one year"], {"half a year": 0.5, "one year": 1})
    assert_allclose(found, [10 / 3, 20 / 3], rtol=1e-15)


def test_cycles_without_years_are_named() -> None:
    with pytest.raises(SurveyError, match="how many years did 2017-2020 take"):
        combine_weights([1, 1], ["2015-2016", "2017-2020"], {"2015-2016": 2})
    with pytest.raises(SurveyError, match="expected numbers above 0"):
        combine_weights([1], ["2015-2016"], {"2015-2016": 0})
    for weights, cycles in (([1, 1], ["2015-2016"]), ([[1, 1]], [["2015-2016", "2017-2020"]])):
        with pytest.raises(SurveyError, match=r"expected \(n,\) for both"):
            combine_weights(weights, cycles)
