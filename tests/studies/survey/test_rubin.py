"""Rubin's rules by hand, and what cannot be combined."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.testing import assert_allclose

from studies.survey import CombinedFit, Estimates, SurveyError, combine_imputations


def fit(*estimates: float, variance: float = 4.0, df: float = 30.0, n: int = 50) -> Estimates:
    names = tuple("abc"[: len(estimates)])
    cov = np.eye(len(estimates)) * variance + 0.5 * (1 - np.eye(len(estimates)))
    return Estimates(names, np.array(estimates), cov, df, n, 3)


# The first estimate differs between imputations, the second does not.
FITS = [fit(2.0, 5.0, variance=3.0), fit(4.0, 5.0, variance=4.0, df=28.0), fit(3.0, 5.0, variance=5.0)]
BOTH = combine_imputations(FITS)


def test_variances_within_and_between_imputations_add_up() -> None:
    assert BOTH.coef.tolist() == [3.0, 5.0]
    assert_allclose(BOTH.within, [[4.0, 0.5], [0.5, 4.0]], rtol=1e-15)
    assert_allclose(BOTH.between, [[1.0, 0.0], [0.0, 0.0]], rtol=1e-15)
    assert_allclose(BOTH.cov, [[4.0 + 4.0 / 3.0, 0.5], [0.5, 4.0]], rtol=1e-15)
    assert (BOTH.imputations, BOTH.complete_df, BOTH.n, BOTH.missing) == (3, 28.0, 50, 3)
    assert_allclose(BOTH.share_between, [0.25, 0.0], rtol=1e-14)
    assert_allclose(BOTH.riv, [1.0 / 3.0, 0.0], rtol=1e-14)
    assert_allclose(BOTH.se, [math.sqrt(16.0 / 3.0), 2.0], rtol=1e-15)
    assert_allclose(BOTH.t, [3.0 / math.sqrt(16.0 / 3.0), 2.5], rtol=1e-15)


def test_degrees_of_freedom_are_those_of_barnard_and_rubin() -> None:
    observed = 29.0 / 31.0 * 28.0
    first = 1.0 / (1.0 / (2.0 / 0.25**2) + 1.0 / (observed * 0.75))
    assert_allclose(BOTH.df, [first, observed], rtol=1e-14)
    assert_allclose(BOTH.with_df(math.inf).df, [32.0, math.inf], rtol=1e-14)
    third = 1.0 / 3.0
    assert_allclose(BOTH.fmi, [(third + 2 / (first + 3)) / (1 + third), 2 / (observed + 3)], rtol=1e-14)


def test_a_coefficient_is_tested_with_its_own_degrees_of_freedom() -> None:
    alone = Estimates(("a",), BOTH.coef[:1], BOTH.cov[:1, :1], float(BOTH.df[0]), 50, 3)
    expected = alone.coefficient("a", 0.9)
    assert BOTH.coefficient("a", 0.9) == expected
    assert_allclose(BOTH.ci(0.9)[0], [expected.ci_low, expected.ci_high], rtol=1e-14)
    assert BOTH.p[0] == expected.p
    second = Estimates(("b",), BOTH.coef[1:], BOTH.cov[1:, 1:], float(BOTH.df[1]), 50, 3)
    assert_allclose(BOTH.ci()[1], second.ci()[0], rtol=1e-14)
    assert BOTH.coefficient("b").df == BOTH.df[1]
    with pytest.raises(SurveyError, match="there is no 'z' among the estimates: a, b"):
        BOTH.coefficient("z")


def test_a_test_of_one_coefficient_is_its_t_test() -> None:
    test = BOTH.test(["a"])
    assert_allclose([test.F, test.p], [BOTH.t[0] ** 2, BOTH.p[0]], rtol=1e-12)
    assert (test.df1, test.df2) == (1, BOTH.df[0])


def test_a_joint_test_has_the_least_degrees_of_freedom_of_its_coefficients() -> None:
    test = BOTH.test(["b", "a"])
    assert test.df2 == BOTH.df.min() == BOTH.df[0]
    assert pytest.approx(BOTH.coef @ np.linalg.inv(BOTH.cov) @ BOTH.coef / 2, rel=1e-12) == test.F
    for names in ([], ["a", "a"]):
        with pytest.raises(SurveyError, match="expected names of coefficients, each once"):
            BOTH.test(names)


def test_a_contrast_is_combined_as_if_it_had_been_estimated() -> None:
    rows = np.array([[1.0, -2.0], [0.0, 1.0]])
    named = ["difference", "second"]
    before = combine_imputations([each.contrast(named, rows) for each in FITS])
    after = BOTH.contrast(named, rows)
    assert isinstance(after, CombinedFit)
    assert before.names == after.names == ("difference", "second")
    assert_allclose(after.coef, [-7.0, 5.0], rtol=1e-14)
    for of_before, of_after in zip(
        (before.cov, before.within, before.between, before.df),
        (after.cov, after.within, after.between, after.df),
        strict=True,
    ):
        assert_allclose(of_after, of_before, rtol=1e-12)


def test_a_contrast_of_one_fit_keeps_its_degrees_of_freedom() -> None:
    found = FITS[0].contrast(["sum"], np.array([[1.0, 1.0]]))
    assert (found.names, found.df, found.n, found.missing) == (("sum",), 30.0, 50, 3)
    assert_allclose([found.estimate[0], found.cov[0, 0]], [7.0, 3.0 + 3.0 + 2 * 0.5], rtol=1e-15)


def test_there_is_no_interval_where_the_complete_data_have_no_degrees_of_freedom() -> None:
    for df in (0.0, -2.0):
        none = BOTH.with_df(df)
        assert none.df.tolist() == [df, df]
        assert np.isnan([*none.p, *none.ci().ravel(), none.test(["a"]).p]).all()
        assert (
            none.coefficient("a").reason == f"no interval: {df:g} degrees of freedom are left in this domain"
        )


def test_estimates_without_variance_within_have_no_test() -> None:
    found = combine_imputations(
        [Estimates(("a",), np.array([value]), np.zeros((1, 1)), 9.0, 5, 0) for value in (1, 2)]
    )
    assert found.df.tolist() == [0.0]
    assert np.isinf(found.riv[0])
    assert np.isnan(found.p[0])


@pytest.mark.parametrize(
    ("fits", "says"),
    [
        ([], "0 fits to combine; expected one of each imputation, two or more"),
        ([FITS[0]], "1 fits to combine"),
        (
            [FITS[0], FITS[1], fit(2.0)],
            "fit 3 has the coefficients a and the first a, b; expected the same model",
        ),
        ([FITS[0], fit(2.0, 5.0, n=49)], "fit 2 has 49 people and the first 50; expected the same ones"),
    ],
)
def test_what_is_not_of_one_model_is_refused(fits: list[Estimates], says: str) -> None:
    with pytest.raises(SurveyError, match=says):
        combine_imputations(fits)
