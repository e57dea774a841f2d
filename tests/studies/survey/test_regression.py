"""Identities that regression in a survey must satisfy, and what it must refuse."""

import math

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from studies.survey import CollinearError, SurveyDesign, SurveyError, linear, model_matrix, ordinary, trend
from studies.survey.matrix import orthogonal
from tests.studies.survey.samples import sample

S = sample()
X, NAMES = model_matrix({"x": S.x, "group": S.group})


def test_one_stratum_of_persons_with_equal_weights_is_heteroscedasticity_consistent() -> None:
    n = len(S.y)
    fit = linear(SurveyDesign(np.full(n, 3.0)), S.y, X)
    bread = np.linalg.inv(X.T @ X)
    residual = S.y - X @ fit.coef
    hc0 = bread @ (X.T * residual**2) @ X @ bread
    assert_allclose(fit.cov, hc0 * n / (n - 1), rtol=1e-10)
    assert fit.df == n - 1


def test_weights_scale_out() -> None:
    once = linear(S.design, S.y, X[:, :2], S.domain)
    other = linear(SurveyDesign(S.weights * 1e4, S.strata, S.psu), S.y, X[:, :2], S.domain)
    assert_allclose(other.coef, once.coef, rtol=1e-10)
    assert_allclose(other.cov, once.cov, rtol=1e-10)


def test_the_order_of_people_does_not_matter() -> None:
    order = np.random.default_rng(1).permutation(len(S.y))
    design = SurveyDesign(S.weights[order], S.strata[order], S.psu[order])
    once, other = (
        linear(S.design, S.y, X[:, :2], S.domain),
        linear(design, S.y[order], X[order, :2], S.domain[order]),
    )
    assert_allclose(other.coef, once.coef, rtol=1e-10)
    assert_allclose(other.cov, once.cov, rtol=1e-10)


def test_labels_do_not_matter_and_psus_are_nested_in_strata() -> None:
    strata = np.array([f"stratum {s}" for s in S.strata])
    psu = np.array([f"{s}/{p}" for s, p in zip(S.strata, S.psu, strict=True)], dtype=object)
    other = linear(SurveyDesign(S.weights, strata, psu), S.y, X)
    assert_allclose(other.cov, linear(S.design, S.y, X).cov, rtol=1e-12)
    assert other.df == 8


def test_a_domain_has_the_coefficients_of_its_rows_but_not_their_standard_errors() -> None:
    inside = S.domain
    rows = SurveyDesign(S.weights[inside], S.strata[inside], S.psu[inside], lonely="certainty")
    domain, dropped = linear(S.design, S.y, X[:, :2], inside), linear(rows, S.y[inside], X[inside, :2])
    assert_allclose(domain.coef, dropped.coef, rtol=1e-10)
    assert (np.abs(domain.se / dropped.se - 1.0) > 1e-3).all()
    assert domain.df == dropped.df == 7
    assert (domain.n_psu, domain.n_strata) == (15, 8)


def test_a_missing_value_and_a_weight_of_zero_are_outside_the_domain() -> None:
    y, x, weights = S.y.copy(), X.copy(), S.weights.copy()
    y[3], x[8, 1], weights[11] = np.nan, np.nan, 0.0
    outside = np.ones(len(y), dtype=bool)
    outside[[3, 8, 11]] = False
    fit = linear(SurveyDesign(weights, S.strata, S.psu), y, x)
    same = linear(S.design, S.y, X, outside)
    assert_allclose(fit.coef, same.coef, rtol=1e-10)
    assert_allclose(fit.cov, same.cov, rtol=1e-10)
    assert (fit.missing, fit.n, same.missing) == (2, len(y) - 3, 0)


def test_pandas_columns_with_missing_values_are_read() -> None:
    whole = pd.Series([None, *S.group[1:]], dtype="Int64")
    x, names = model_matrix({"x": pd.Series(S.x), "group": whole})
    fit = linear(S.design, pd.Series(S.y), x, pd.Series(S.x > 0), names)
    assert fit.missing == 1
    assert fit.names == ("(Intercept)", "x", "group")


def test_replicating_a_person_is_doubling_the_weight_for_the_coefficients() -> None:
    twice = np.concatenate([np.arange(len(S.y)), np.arange(50)])
    weights = S.weights.copy()
    weights[:50] *= 2
    repeated = SurveyDesign(S.weights[twice], S.strata[twice], S.psu[twice])
    once, other = (
        linear(SurveyDesign(weights, S.strata, S.psu), S.y, X),
        linear(repeated, S.y[twice], X[twice]),
    )
    assert_allclose(other.coef, once.coef, rtol=1e-10)
    assert_allclose(other.cov, once.cov, rtol=1e-10)


def test_weighted_and_design_based_coefficients_are_the_same() -> None:
    assert_allclose(ordinary(S.y, X, S.weights).coef, linear(S.design, S.y, X).coef, rtol=1e-10)


def test_trend_is_the_regression_on_the_score() -> None:
    found = trend(S.design, S.y, S.group, S.domain | (S.group == 0)).coefficient("score")
    x, names = model_matrix({"group": S.group})
    assert found.p == linear(S.design, S.y, x, S.domain | (S.group == 0), names).coefficient("group").p


def test_wald_test_of_one_coefficient_is_its_t_test() -> None:
    fit = linear(S.design, S.y, X, names=NAMES)
    test = fit.test(["x"])
    assert_allclose([test.F, test.p], [fit.t[1] ** 2, fit.p[1]], rtol=1e-10)


def test_the_units_of_the_columns_play_no_part_in_a_wald_test() -> None:
    x, names = model_matrix({"x": S.x * 1e9, "group": S.group * 1e-9})
    found = linear(S.design, S.y, x, names=names).test(["x", "group"])
    once = linear(S.design, S.y, X, names=NAMES).test(["x", "group"])
    assert_allclose([found.F, found.p], [once.F, once.p], rtol=1e-8)


def test_wald_test_of_more_coefficients_than_the_design_can_tell_apart_is_not_given() -> None:
    columns = {f"x{j}": np.random.default_rng(j).normal(size=len(S.y)) for j in range(9)}
    x, names = model_matrix(columns)
    test = linear(S.design, S.y, x, names=names).test(list(columns))
    assert np.isnan(test.F)
    assert np.isnan(test.p)


def test_no_interval_without_degrees_of_freedom() -> None:
    one_each = S.psu == 2
    fit = linear(S.design, S.y, X, one_each, NAMES)
    slope = fit.coefficient("x")
    assert fit.df == 0
    assert np.isnan([slope.p, slope.ci_low, slope.ci_high]).all()
    assert slope.reason == "no interval: 0 degrees of freedom are left in this domain"
    assert np.isnan(linear(S.design, S.y, X).with_df(-3).ci()).all()


def test_degrees_of_freedom_choose_the_distribution_of_tests_and_intervals() -> None:
    # t(1) is Cauchy's distribution; t(2) has the quantile (2 p - 1) / sqrt(2 p (1 - p)); t(inf) is normal.
    fit = linear(S.design, S.y, X, names=NAMES)
    for df, level, half in [
        (1.0, 0.95, math.tan(0.475 * math.pi)),
        (2.0, 0.3, 0.3 / math.sqrt(2 * 0.65 * 0.35)),
        (math.inf, 0.95, 1.9599639845400545),
        (math.inf, 0.3, 0.38532046640756773),
    ]:
        slope = fit.with_df(df).coefficient("x", level)
        assert_allclose(
            [slope.ci_low, slope.ci_high],
            [slope.estimate - half * slope.se, slope.estimate + half * slope.se],
            rtol=1e-10,
        )
    cauchy, wald = fit.with_df(1.0).coefficient("x"), fit.with_df(1.0).test(["x"])
    assert cauchy.reason == ""
    assert_allclose([cauchy.p, wald.p], 1.0 - 2.0 / math.pi * math.atan(abs(cauchy.t)), rtol=1e-10)
    assert np.isnan(fit.with_df(0.0).test(["x"]).p)
    assert np.isfinite(fit.with_df(0.0).test(["x"]).F)


def test_a_coefficient_without_variation_has_no_wald_test() -> None:
    fit = linear(S.design, np.zeros(400), X, names=NAMES)
    assert np.isnan([fit.test(["x"]).F, fit.test(["x"]).p]).all()


def test_people_without_residual_degrees_of_freedom_have_no_model_based_variance() -> None:
    line = np.array([[1.0, 0.0], [1.0, 1.0], [1.0, 2.0]])
    # 0, 1, 5 about their line -0.5 + 2.5 x: residuals 0.5, -1, 0.5; s2 = 1.5 on 1 df; sum (x - 1)^2 = 2.
    assert_allclose(ordinary([0.0, 1.0, 5.0], line).se[1], math.sqrt(1.5 / 2.0), rtol=1e-12)
    exact, alone = ordinary([0.0, 1.0], line[:2]), ordinary([7.0], [[1.0]])
    assert_allclose([*exact.coef, *alone.coef], [0.0, 1.0, 7.0], atol=1e-15)
    assert np.isnan([*exact.se, *alone.se]).all()
    assert (exact.df, alone.df, alone.n_psu, alone.n_strata) == (0, 0, 0, 0)


def test_columns_without_names_are_numbered_from_one() -> None:
    assert linear(S.design, S.y, X).names == ("x1", "x2", "x3")


def test_collinear_columns_are_named() -> None:
    columns = {
        "x": S.x,
        "men": S.group,
        "women": 1 - S.group,
        "nobody": np.zeros(len(S.y)),
        "x again": 2e9 * S.x,
    }
    x, names = model_matrix(columns)
    with pytest.raises(CollinearError, match="women, nobody, x again") as refusal:
        linear(S.design, S.y, x, names=names)
    assert refusal.value.columns == ("women", "nobody", "x again")


def test_more_columns_than_people_are_collinear() -> None:
    people = np.array([[1.0, 3.0, 2.0, 5.0], [1.0, 4.0, 7.0, 1.0]])
    with pytest.raises(CollinearError) as refusal:
        orthogonal(people, ("(Intercept)", "x", "y", "z"))
    assert refusal.value.columns == ("y", "z")
    with pytest.raises(CollinearError, match="y"):
        orthogonal(people[:, :3], ("(Intercept)", "x", "y"))


def test_columns_of_very_different_size_are_not_collinear() -> None:
    x, _ = model_matrix({"small": S.x * 1e-9, "large": S.group * 1e9})
    fit = linear(S.design, S.y, x)
    assert_allclose(fit.coef * [1, 1e-9, 1e9], linear(S.design, S.y, X).coef, rtol=1e-9)


def test_columns_none_of_which_is_near_the_others_but_that_are_together_keep_every_digit() -> None:
    """Kahan 1966: each column keeps a sixteenth outside those before it; the condition is 3e8."""
    p, c = 60, 0.3
    kahan = np.diag((1 - c * c) ** (np.arange(p) / 2)) @ (np.eye(p) - c * np.triu(np.ones((p, p)), 1))
    x = np.linalg.qr(np.random.default_rng(1).normal(size=(100, p))).Q @ kahan
    q, r = orthogonal(x, [str(column) for column in range(p)])
    assert np.abs(q.T @ q - np.eye(p)).max() < 1e-13
    assert np.abs(q @ r - x).max() < 1e-13


@pytest.mark.parametrize("apart", [1.0, 1e-3, 1e-5])
def test_columns_are_orthogonal_to_rounding_however_near_they_are(apart: float) -> None:
    x = X.copy()
    x[:, 2] = x[:, 1] + apart * np.random.default_rng(4).normal(size=len(x))
    q, r = orthogonal(x, NAMES)
    assert_allclose(q.T @ q, np.eye(3), atol=1e-13)
    assert_allclose(q @ r, x, rtol=1e-12)
    assert_allclose(np.tril(r, -1), 0.0, atol=1e-12 * np.abs(r).max())


def test_columns_far_from_collinear_keep_their_directions() -> None:
    """Each leans to the side of its own orthogonal one, as in the steps of Gram and Schmidt."""
    for columns in (X, -X, X[:, :1]):
        _, r = orthogonal(columns, NAMES)
        assert (np.diag(r) > 0).all()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"y": S.y[:-1], "x": X}, "a column has 399 rows and the design 400"),
        ({"y": S.y, "x": S.x}, r"x has shape \(400,\)"),
        ({"y": X, "x": X}, r"y has shape \(400, 3\)"),
        ({"y": S.y, "x": X, "domain": S.group}, "domain has type int64"),
        ({"y": S.y, "x": X, "domain": S.x > 99}, "nobody is left"),
        (
            {"y": S.y, "x": X, "domain": np.arange(400) < 2},
            "3 coefficients cannot be estimated from 2 people",
        ),
        ({"y": S.y, "x": X, "names": ["a", "b", "a"]}, "3 names, 2 of them distinct, for 3 columns"),
        ({"y": S.y, "x": X, "names": ["a", "b"]}, "2 names, 2 of them distinct, for 3 columns"),
        ({"y": np.where(S.x > 15, np.inf, S.y), "x": X}, "infinite"),
        ({"y": ["high"] * 400, "x": X}, "a value is not a number"),
    ],
)
def test_what_does_not_fit_is_refused(arguments: dict[str, object], says: str) -> None:
    with pytest.raises(SurveyError, match=says):
        linear(S.design, **arguments)  # type: ignore[arg-type]


def test_an_unknown_coefficient_or_level_is_refused() -> None:
    fit = linear(S.design, S.y, X, names=NAMES)
    with pytest.raises(SurveyError, match=r"no 'z' among the estimates: \(Intercept\), x, group"):
        fit.coefficient("z")
    for level in (95, 1.2, 1.0, 0.0):
        with pytest.raises(SurveyError, match=f"the level of an interval is {level}"):
            fit.ci(level)
