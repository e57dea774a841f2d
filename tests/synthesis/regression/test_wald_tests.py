"""Tests of several coefficients by hand, which of them count, and combinations as people write them."""

import math
import re
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from synthesis.regression.api import metareg
from synthesis.regression.contrasts import as_contrasts, wald_test, welch_test, written
from synthesis.regression.result import MetaRegression

INF, NAN = math.inf, math.nan
BOTH = np.array([1.0, 2.0])
SPREAD = np.array([[1.0, 0.5], [0.5, 2.0]])


@pytest.mark.parametrize(
    ("df", "f_scale", "statistic", "p_value"),
    [(INF, 1.0, 16 / 7, math.exp(-8 / 7)), (4.0, 1.0, 8 / 7, 49 / 121), (4.0, 0.5, 4 / 7, 49 / 81)],
)
def test_two_estimates_by_hand(df: float, f_scale: float, statistic: float, p_value: float) -> None:
    """b'V^-1 b = 4 / 1.75; chi-squared on 2 has the tail exp(-x/2), F on 2 and 4 has (1 + x/2)^-2."""
    found = wald_test(BOTH, SPREAD, df, ("a", "b"), f_scale)
    assert_allclose([found.statistic, found.p_value], [statistic, p_value], rtol=1e-13)
    assert (found.df1, found.df2, found.tested) == (2, df, ("a", "b"))


@pytest.mark.parametrize(
    ("estimate", "covariance"),
    [
        ([1, NAN], [[1, 0], [0, 1]]),
        ([1, INF], [[1, 0], [0, 1]]),
        ([1, 2], [[1, NAN], [NAN, 1]]),
        ([1, 2], [[INF, 0], [0, 1]]),
        ([1, 2], [[1, 0], [0, 0]]),
        ([1, 2], [[1, 1], [1, 1]]),
        ([1, 2], [[4, -2], [-2, 1]]),
        ([0, 0], [[0, 0], [0, 0]]),
    ],
)
def test_estimates_that_do_not_exist_or_vary_as_one_have_no_test(estimate: Any, covariance: Any) -> None:
    found = wald_test(np.array(estimate, float), np.array(covariance, float), 4.0, ("a", "b"))
    assert math.isnan(found.statistic)
    assert math.isnan(found.p_value)
    assert (found.df1, found.df2) == (2, 4.0)


def test_estimates_that_nearly_vary_as_one_have_a_test() -> None:
    """With correlation 1 - 1e-9 the difference of 1 has variance 2e-9: 1 / 2e-9 and the mean's 9 / 4."""
    r = 1 - 1e-9
    found = wald_test(BOTH, np.array([[1, r], [r, 1]]), INF, ("a", "b"))
    assert_allclose(found.statistic, 1 / (2 - 2 * r) + 9 / (2 + 2 * r), rtol=1e-6)


def test_welch_by_hand() -> None:
    """0, 1 and 3 with se 1: q = 14/3; each share 1/3 leaves 3 (2/3)^2 / 2 = 2/3 in doubt with 2 df each.

    F = 7/3 / (1 + 2/8 2/3) = 2 on 2 and 8 / (3 2/3) = 4, whose tail is (1 + 2/2)^-2.
    """
    estimate, se = np.array([0.0, 1, 3]), np.ones(3)
    found = welch_test(estimate, se, np.full(3, 2.0), ("a", "b"))
    assert_allclose([found.statistic, found.df2, found.p_value], [2.0, 4.0, 0.25], rtol=1e-13)
    assert (found.df1, found.tested) == (2, ("a", "b"))
    endless = welch_test(estimate, se, np.full(3, INF), ("a", "b"))
    assert (endless.df1, endless.df2) == (2, INF)
    assert_allclose([endless.statistic, endless.p_value], [14 / 3, math.exp(-7 / 3)], rtol=1e-13)


@pytest.mark.parametrize(
    ("estimate", "se"), [([0, 1, NAN], [1, 1, 1]), ([0, 1, 2], [1, NAN, 1]), ([0, 1, 2], [1, 1, 0])]
)
def test_welch_needs_every_estimate_and_its_standard_error(estimate: Any, se: Any) -> None:
    found = welch_test(np.array(estimate, float), np.array(se, float), np.full(3, 2.0), ())
    assert found.df1 == 2
    assert np.isnan([found.statistic, found.df2, found.p_value]).all()


YI = [0.1, 0.5, 0.3, 0.9, 0.2, 0.7, 0.4, 0.6, 1.1]
VI = [0.01, 0.02, 0.03, 0.04, 0.02, 0.03, 0.01, 0.05, 0.02]
DATA: dict[str, list[Any]] = {"dose": [1.0, 2, 3, 4, 5, 6, 7, 9, 8], "arm": list("abcabcabc")}


def fit(mods: Any = "~ dose + C(arm)", **options: Any) -> MetaRegression:
    return metareg(YI, VI, mods=mods, data=DATA, **options)


@pytest.mark.parametrize(
    ("rows", "df1"),
    [
        ([[0, 1, 0, 0], [0, 2, 0, 0]], 1),
        ([[0, 1, 0, 0], [0, 0, 1, 0], [0, 3, -2, 0]], 2),
        ([[0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]], 3),
        ([[0, 1e-5, 0, 0], [0, 0, 1e5, 0], [0, 1, 1, 0]], 2),
        ([[0, 1, 0, 0], [0, 1, 1e-6, 0]], 2),
        ([[0, 1, 0, 0], [0, 1, 1e-12, 0]], 1),
    ],
)
def test_combinations_that_others_imply_do_not_count(rows: list[list[float]], df1: int) -> None:
    found = fit().contrast(rows).joint
    assert found.df1 == len(found.tested) == df1
    assert found.tested[0] == written(np.array(rows[0]), fit().names)


def test_a_combination_of_two_that_are_close_does_not_count_either() -> None:
    one, other = np.array([0.3, 0.7, 0.1, 0.9]), np.array([0.2, -0.6, 0.5, 0.4])
    found = fit().contrast([one, one + 1e-5 * other, 0.3 * one + 0.7 * other]).joint
    assert found.df1 == 2


@pytest.mark.parametrize("test", ["z", "HKSJ", "KR"])
def test_one_combination_tested_alone_is_its_own_row(test: str) -> None:
    found = fit(test=test).contrast("dose - arm[T.b]")
    assert_allclose(found.joint.statistic, found.statistic[0] ** 2, rtol=1e-10)
    assert_allclose([found.joint.p_value, found.joint.df2], [found.p_value[0], found.df[0]], rtol=1e-10)


# Words.

COLUMNS = ("Intercept", "x", "x1", "C(arm)[T.b]", "x:C(arm)[T.b]", "I(x - 1)")
WRITTEN: list[tuple[Any, list[float]]] = [
    ("x", [0, 1, 0, 0, 0, 0]),
    ("x1", [0, 0, 1, 0, 0, 0]),
    ("x1 - x", [0, -1, 1, 0, 0, 0]),
    ("x:arm[T.b]", [0, 0, 0, 0, 1, 0]),
    ("I(x - 1) + x", [0, 1, 0, 0, 0, 1]),
    ("2 I(x-1) - 3*x", [0, -3, 0, 0, 0, 2]),
    ("x / 4", [0, 0.25, 0, 0, 0, 0]),
    ("I(x - 1) * 2", [0, 0, 0, 0, 0, 2]),
    ("I(x - 1) / 2", [0, 0, 0, 0, 0, 0.5]),
    ("2 * 3 * x", [0, 6, 0, 0, 0, 0]),
    ("x * 2 * 3", [0, 6, 0, 0, 0, 0]),
    ("6 / 3 * x", [0, 2, 0, 0, 0, 0]),
    ("-(x - x1)", [0, -1, 1, 0, 0, 0]),
    ("x - (x1 + 2) + 2", [0, 1, -1, 0, 0, 0]),
    ("x + 3 = x1 + 3", [0, 1, -1, 0, 0, 0]),
    ("1.5e-1 x", [0, 0.15, 0, 0, 0, 0]),
    ("2.x", [0, 2, 0, 0, 0, 0]),
    (".5 x = 0", [0, 0.5, 0, 0, 0, 0]),
    ({"x": 1, "x1": -2.5}, [0, 1, -2.5, 0, 0, 0]),
    ({"arm[T.b]": 1, "C(arm)[T.b]": 2}, [0, 0, 0, 3, 0, 0]),
]


@pytest.mark.parametrize(("given", "row"), WRITTEN)
def test_combinations_are_read_as_algebra(given: Any, row: list[float]) -> None:
    found, names = as_contrasts(given, COLUMNS)
    assert_allclose(found, [row], atol=1e-15)
    assert names == (given if isinstance(given, str) else written(found[0], COLUMNS),)


@pytest.mark.parametrize(
    ("weights", "text"),
    [
        ([1, 0, 0, 0, 0, 0], "Intercept"),
        ([0, -1, 0, 0, 0, 0], "-x"),
        ([0, -2, 1, 0, 0, 0], "-2 x + x1"),
        ([1, -1, 0.5, 0, 0, -2.25], "Intercept - x + 0.5 x1 - 2.25 I(x - 1)"),
        ([0, 0, 0, 1.5, 0, 0], "1.5 C(arm)[T.b]"),
    ],
)
def test_weights_are_written_as_a_sum(weights: list[float], text: str) -> None:
    assert written(np.array(weights), COLUMNS) == text
    assert as_contrasts(weights, COLUMNS)[1] == (text,)
    assert as_contrasts([text, " x "], COLUMNS)[1] == (text, "x")


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (
            [],
            "the contrast has shape (0,); expected a finite weight for each of 6 coefficients: Intercept, x",
        ),
        (np.ones((1, 6, 2)), "the contrast has shape (1, 6, 2)"),
        ([1, 2], "the contrast has shape (2,)"),
        ([[0, 1, 0, 0, 0, INF]], "the contrast has shape (1, 6); expected a finite weight"),
        ([[1, 0, 0, 0, 0, 0], [0] * 6], "the contrast '' has no weight that is not zero"),
        (["x", "x1 - x1"], "the contrast 'x1 - x1' has no weight that is not zero"),
        (object(), "the contrast is neither numbers, nor text, nor a dictionary"),
        ("x2", "the contrast 'x2' is not a linear combination of coefficients: '2' stands where a sign is"),
        ("y - x", "the model has no 'y'. It has: Intercept, x, x1"),
        ("x - ", "something is missing; expected such as 'Intercept - I(x - 1)'"),
        ("x = 3", "the constant -3 is left over"),
        ("(x) / (x1)", "division is by a number other than zero only"),
        ("x * (x1 + 1)", "two coefficients cannot be multiplied"),
        ("Intercept * I(x - 1)", "two coefficients cannot be multiplied"),
        ("I(x - 1) * Intercept", "two coefficients cannot be multiplied"),
        ("x / I(x - 1)", "division is by a number other than zero only"),
    ],
)
def test_what_is_no_combination_is_refused_in_words(given: Any, says: str) -> None:
    with pytest.raises(ValueError, match=re.escape(says)):
        as_contrasts(given, COLUMNS)


# Questions to a model.


@pytest.mark.parametrize(
    ("asked", "offered"), [("prediction", "t(k-1), t(k-2), z"), ("test", "z, t, HKSJ, adhoc, KR")]
)
def test_the_kinds_offered_are_those_that_a_design_has(asked: str, offered: str) -> None:
    with pytest.raises(ValueError, match=re.escape(f"unknown {asked} 'none'. Expected one of: {offered}")):
        fit(test="none") if asked == "test" else fit().predict(prediction="none")


def test_a_transformation_is_a_function_with_one_number_for_each() -> None:
    found = fit()
    with pytest.raises(ValueError, match="transform is 'exp'; expected a function"):
        found.predict(transform="exp")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="transform does not return one number for each"):
        found.predict(transform=lambda values: values[:1])


class EnoughError(Exception):
    """Ends what reports its progress."""


@pytest.mark.parametrize(("options", "total"), [({}, 50_000), ({"draws": 2_000}, 2_000)])
def test_a_permutation_test_takes_fifty_thousand_orders_unless_told(options: Any, total: int) -> None:
    seen = []

    def first(done: int, of: int) -> None:
        seen.append(of)
        raise EnoughError

    with pytest.raises(EnoughError):
        fit("~ dose").permutation_test(progress=first, **options)
    assert seen == [total]


def test_a_permutation_test_starts_from_seed_one_and_takes_any_whole_number_from_zero() -> None:
    found = fit("~ dose")
    usual, named = found.permutation_test(draws=50), found.permutation_test(draws=50, seed=1)
    assert (usual.seed, usual.p_value.tolist()) == (1, named.p_value.tolist())
    assert found.permutation_test(draws=1, seed=0).arranged == 2
    for wrong in ({"seed": -1}, {"draws": 0}, {"draws": 1.5}):
        with pytest.raises(ValueError, match=next(iter(wrong))):
            found.permutation_test(**wrong)


def test_a_permutation_test_keeps_the_method_and_the_test_of_the_model() -> None:
    """Without tau2 and by z every statistic is that of the model."""
    found = metareg([1.0, 2.0, 4.0, 2.5], [4.0] * 4, mods=[0.0, 1, 2, 5], method="EE", test="z")
    tested = found.permutation_test()
    assert_allclose(tested.statistic, found.statistic, rtol=1e-12)
    assert_allclose(tested.estimate, found.estimate, rtol=1e-12)
