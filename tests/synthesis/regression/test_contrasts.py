"""Questions to a meta-regression: subsets, contrasts, predictions and inflation factors."""

import json
import math
import re
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from synthesis.pooled import pool
from synthesis.pooling.batch import pool_batch
from synthesis.pooling.kernel.effects import Effects
from synthesis.regression.api import metareg
from synthesis.regression.result import MetaRegression

YI = [0.1, 0.5, 0.3, 0.9, 0.2, 0.7, 0.4, 0.6, 1.1]
VI = [0.01, 0.02, 0.03, 0.04, 0.02, 0.03, 0.01, 0.05, 0.02]
FRAME = pd.DataFrame(
    {
        "yi": YI,
        "vi": VI,
        "dose": [1.0, 2, 3, 4, 5, 6, 7, 9, 8],
        "arm": list("abcabcabc"),
        "level": [1, 2, 3] * 3,
    }
)


def fit(mods: Any = "~ dose + C(arm)", **options: Any) -> MetaRegression:
    return metareg("yi", "vi", mods=mods, data=FRAME, **options)


CONTRASTS: list[tuple[Any, list[float]]] = [
    ("dose", [0, 1, 0, 0]),
    ("C(arm)[T.b] - C(arm)[T.c]", [0, 0, 1, -1]),
    ("arm[T.b]-arm[T.c]", [0, 0, 1, -1]),
    ("arm[T.b] = arm[T.c]", [0, 0, 1, -1]),
    ("-dose", [0, -1, 0, 0]),
    ("(arm[T.b] + arm[T.c]) / 2 - 3 * dose", [0, -3, 0.5, 0.5]),
    ("Intercept + 2 dose + .5e1 arm[T.b]", [1, 2, 5, 0]),
    ("dose * 2 - (3 - 1) * (dose + Intercept)", [-2, 0, 0, 0]),
    ({"dose": 1, "arm[T.b]": -0.5}, [0, 1, -0.5, 0]),
    ([0, 1, 0, 2], [0, 1, 0, 2]),
]


@pytest.mark.parametrize(("written", "weights"), CONTRASTS)
def test_every_way_to_write_a_contrast(written: Any, weights: list[float]) -> None:
    result = fit()
    contrast = result.contrast(written)
    assert_allclose(contrast.L, [weights], atol=1e-15)
    assert_allclose(contrast.estimate, [np.dot(weights, result.estimate)], rtol=1e-12)
    again = result.contrast(result.contrast(np.array(weights)).names[0])
    assert_allclose(again.L, contrast.L, atol=1e-15)


REFUSED: list[tuple[Any, str]] = [
    ("dos", "the model has no 'dos'; did you mean 'dose'? It has: Intercept, dose, C(arm)[T.b]"),
    ({"dos": 1}, "the model has no 'dos'"),
    ("dose dose", "'dose' stands where a sign is expected"),
    ("dose * dose", "two coefficients cannot be multiplied"),
    ("dose +", "something is missing"),
    ("(dose", "a bracket is not closed"),
    ("dose / 0", "division is by a number other than zero only"),
    ("1 / dose", "division is by a number other than zero only"),
    ("1 / Intercept", "division is by a number other than zero only"),
    ("1 / (dose + 1)", "division is by a number other than zero only"),
    ("1 / C(arm)[T.b]", "division is by a number other than zero only"),
    ("C(arm)[T.b] * C(arm)[T.b]", "two coefficients cannot be multiplied"),
    ("Intercept * Intercept", "two coefficients cannot be multiplied"),
    ("dose + 1", "the constant 1 is left over"),
    ("dose - dose", "has no weight that is not zero"),
    ([0, 1], "has shape (2,); expected a finite weight for each of 4 coefficients"),
    ([0, 1, math.nan, 0], "expected a finite weight"),
    (["dose", [1, 2]], "neither numbers, nor text"),
]


@pytest.mark.parametrize(("written", "says"), REFUSED)
def test_what_is_no_contrast_is_refused(written: Any, says: str) -> None:
    with pytest.raises(ValueError, match=re.escape(says)):
        fit().contrast(written)


@pytest.mark.parametrize("test", ["z", "t", "HKSJ", "adhoc", "KR"])
def test_a_contrast_is_the_coefficient_of_a_model_written_for_it(test: str) -> None:
    """With design X M^-1 the coefficients are M beta: its first are the contrasts, whatever the test."""
    result = fit(test=test)
    m = np.array([[0, 0, 1, -1], [0, 2, 1, 0], [1, 0, 0, 0], [0.3, 1, 0, 1.0]])
    other = pool_batch(
        Effects(np.array(YI), np.array(VI)), "REML", test, design=result.design @ np.linalg.inv(m)
    )
    contrast = result.contrast(m)
    for ours, reference in (
        (contrast.estimate, other.beta),
        (contrast.se, other.se),
        (contrast.df, other.coefficient_df),
        (contrast.p_value, other.p_value),
        (contrast.ci_low, other.ci_low),
    ):
        assert_allclose(ours, reference[0], rtol=1e-8)
    at = result.predict({"dose": [2.5], "arm": ["b"]})
    same = result.contrast([1, 2.5, 1, 0])
    assert_allclose(
        [at.se[0], at.df[0], at.ci_high[0]], [same.se[0], same.df[0], same.ci_high[0]], rtol=1e-10
    )


@pytest.mark.parametrize("test", ["z", "HKSJ", "KR"])
def test_the_test_of_a_factor_does_not_depend_on_its_coding(test: str) -> None:
    treatment, sums = fit(test=test), fit("~ dose + C(arm, contr.sum)", test=test)
    other = fit("~ dose + C(arm, contr.treatment('c'))", test=test)
    one, two = treatment.test("C(arm)"), sums.test("C(arm, contr.sum)")
    assert_allclose([one.statistic, one.df2, one.p_value], [two.statistic, two.df2, two.p_value], rtol=1e-8)
    pairs = treatment.contrast(["arm[T.b]", "arm[T.c]", "arm[T.b] - arm[T.c]"])
    assert pairs.joint.df1 == one.df1 == 2  # the third follows from the others
    assert_allclose([pairs.joint.statistic, pairs.joint.p_value], [one.statistic, one.p_value], rtol=1e-8)
    assert_allclose(other.test([2, 3]).p_value, one.p_value, rtol=1e-8)


@pytest.mark.parametrize("test", ["z", "HKSJ", "KR"])
def test_the_test_of_all_moderators_is_qm(test: str) -> None:
    result = fit(test=test)
    found = result.test(["dose", "C(arm)"])
    assert_allclose([found.statistic, found.p_value], [result.QM.statistic, result.QM.p_value], rtol=1e-9)
    assert found.df1 == result.QM.df1
    assert found.tested == result.QM.tested


def test_columns_are_named_by_column_term_or_number() -> None:
    result = fit()
    ways: tuple[Any, ...] = ("C(arm)", "arm", [2, 3], ["C(arm)[T.b]", "arm[T.c]"], ["arm", "arm[T.b]", 3])
    for which in ways:
        assert result.test(which).tested == ("C(arm)[T.b]", "C(arm)[T.c]")
    assert_allclose(result.test("dose").p_value, result.p_value[1], rtol=1e-12)


@pytest.mark.parametrize(
    ("which", "says"),
    [
        ("arms", "the model has no 'arms'"),
        (4, "there is no coefficient 4; expected a name, or 0 to 3"),
        (-1, "no coefficient -1"),
        (1.0, "no coefficient 1.0"),
        ([], "nothing to test"),
    ],
)
def test_an_unknown_coefficient_is_refused(which: Any, says: str) -> None:
    with pytest.raises(ValueError, match=re.escape(says)):
        fit().test(which)


def test_a_perfect_fit_has_no_test_rather_than_a_wrong_one() -> None:
    result = metareg([1.0, 2.0, 3.0, 4.0], [1.0] * 4, mods=[1.0, 2, 3, 4])
    assert math.isnan(result.test("mod1").statistic) or result.test("mod1").p_value < 1e-10
    exact = metareg([0.0] * 4, [1.0] * 4, mods=[1.0, 2, 3, 4])
    assert math.isnan(exact.test("mod1").p_value)


NEW_REFUSED: list[tuple[Any, str]] = [
    ({"dose": [1, 2]}, "newdata has no column 'arm'. The model uses: dose, arm"),
    ({"dose": [1, 2], "Arm": "a"}, "newdata has no column 'arm'; did you mean 'Arm'?"),
    (
        {"dose": [1, 2], "arm": ["a", "z"]},
        "newdata, row 2: arm is 'z', which no study has; expected one of: a, b, c",
    ),
    ({"dose": [1, None], "arm": "a"}, "newdata, row 2: dose is missing"),
    ({"dose": [1, 2], "arm": ["a"]}, "newdata: arm has 1 values; expected 2"),
    ({"dose": "x", "arm": "a"}, "newdata: dose is 'x'; expected numbers"),
    ([1, 2], "newdata is list; expected a data frame or dictionary with dose, arm"),
]


@pytest.mark.parametrize(("newdata", "says"), NEW_REFUSED)
def test_new_data_the_model_does_not_know_are_refused(newdata: Any, says: str) -> None:
    with pytest.raises(ValueError, match=re.escape(says)):
        fit().predict(newdata)


def test_a_numeric_level_and_a_spline_beyond_its_knots_are_refused() -> None:
    levels = fit("~ C(level)")
    assert_allclose(levels.predict({"level": [2.0]}).estimate, levels.predict().estimate[[1]], rtol=1e-12)
    with pytest.raises(ValueError, match="level is '4', which no study has; expected one of: 1, 2, 3"):
        levels.predict({"level": 4})
    with pytest.raises(ValueError, match="newdata: Some field values extend beyond"):
        fit("~ bs(dose, df=3)").predict({"dose": 30})
    with pytest.raises(ValueError, match=r"row 1: log\(dose\) is not a finite number"):
        fit("~ log(dose)").predict({"dose": 0})


def test_new_rows_of_an_array() -> None:
    one, two = fit(FRAME["dose"].to_numpy()), fit(FRAME[["dose", "level"]].to_numpy())
    assert one.predict(3).estimate.shape == (1,)
    assert one.predict([3, 4, 5]).estimate.shape == (3,)
    assert two.predict([3, 4]).estimate.shape == (1,)
    assert_allclose(two.predict([[3, 3], [4, 1]]).estimate, two.predict().estimate[[2, 3]], rtol=1e-12)
    for wrong, says in (
        (3, "expected a row of 2"),
        ([[1, 2, 3]], "has shape .1, 3."),
        ("x", "not an array of numbers"),
        ([1, math.nan], "row 1: mod2 is missing or infinite"),
    ):
        with pytest.raises(ValueError, match=says):
            two.predict(wrong)


def test_a_transformation_keeps_the_order_of_bounds_and_leaves_the_standard_error() -> None:
    result = fit()
    plain, ratio, flipped = (result.predict(transform=f) for f in (None, np.exp, np.negative))
    assert_allclose(ratio.prediction_high, np.exp(plain.prediction_high))
    assert_allclose(flipped.ci_low, -plain.ci_high)
    assert_allclose(ratio.se, plain.se)
    with pytest.raises(ValueError, match="one number for each"):
        result.predict(transform=lambda x: np.array(1.0))


def test_intervals_of_predictions_by_hand() -> None:
    """Mean of four equal studies: se 1/2, t(3); a new study varies by tau2 and that, and none by less."""
    result = metareg([1.0, 2, 3, 4], [2.0] * 4, mods=np.ones((4, 1)), intercept=False, test="t")
    assert result.tau2 == 0.0
    root = np.sqrt(2.0)
    at = result.predict(1.0)
    assert_allclose([at.estimate[0], at.se[0]], [2.5, 0.5 * root], rtol=1e-13)
    t_quantile = 3.182446305284263
    assert_allclose(at.ci_high - at.estimate, 0.5 * root * t_quantile, rtol=1e-12)
    assert_allclose(at.prediction_high, at.ci_high, rtol=1e-12)
    assert_allclose(result.predict(1.0, prediction="z").prediction_high, at.ci_high, rtol=1e-12)
    # Hartung and Knapp's se of the same is root (5 / 2 / 3) of that, with t(3) wider than Wald's
    scaled = metareg([1.0, 2, 3, 4], [2.0] * 4, mods=np.ones((4, 1)), intercept=False).predict(1.0)
    assert_allclose(scaled.ci_high - 2.5, 0.5 * root * t_quantile * np.sqrt(2.5 / 3.0), rtol=1e-12)
    assert_allclose(scaled.prediction_high, scaled.ci_high, rtol=1e-12)
    # and of effects that are nearer to each other it is narrower
    near = metareg([2.4, 2.5, 2.5, 2.6], [2.0] * 4, mods=np.ones((4, 1)), intercept=False).predict(1.0)
    assert near.ci_high[0] - 2.5 < 0.5 * root * 1.0
    assert_allclose(near.prediction_high - 2.5, 0.5 * root * 1.959963984540054, rtol=1e-12)
    assert_allclose(2.5 - near.prediction_low, 0.5 * root * 1.959963984540054, rtol=1e-12)
    wide = metareg([1.0, 2, 3, 4], [0.1] * 4, mods=np.ones((4, 1)), intercept=False, test="z")
    spread = np.sqrt(wide.tau2 + wide.se[0] ** 2)
    assert_allclose(wide.predict(1.0, prediction="z").prediction_high, 2.5 + 1.959963984540054 * spread)
    equal = metareg([1.0, 2, 3, 4], [1.0] * 4, mods=np.ones((4, 1)), intercept=False, method="EE", test="t")
    assert np.isnan(equal.predict(1.0).prediction_high).all()
    with pytest.raises(ValueError, match="unknown prediction 'HTS'"):
        result.predict(1.0, prediction="HTS")


def test_extrapolation_is_said_even_when_no_moderator_alone_is_out_of_range() -> None:
    x = np.array([[0.0, 0], [1, 1.2], [2, 1.8], [3, 3.1], [4, 4]])
    result = metareg([0.1, 0.2, 0.4, 0.3, 0.5], [0.1] * 5, mods=x)
    at = result.predict([[2, 2], [0, 4]])
    assert at.outside.tolist() == [False, True]
    assert at.notes == ("beyond the moderators of every study, so extrapolated: row 2.",)
    assert not result.predict().outside.any()


def test_inflation_factors_of_two_moderators_are_those_of_their_correlation() -> None:
    """Equal variances: VIF = 1 / (1 - r^2)."""
    x = np.column_stack([FRAME["dose"], FRAME["level"]]).astype(float)
    found = metareg(YI, [0.1] * 9, mods=x).vif()
    r = np.corrcoef(x.T)[0, 1]
    assert_allclose(found.vif, 1.0 / (1.0 - r * r), rtol=1e-9)
    assert_allclose(found.gvif, found.vif, rtol=1e-9)
    assert_allclose(found.gsif, np.sqrt(found.vif), rtol=1e-9)
    with pytest.raises(ValueError, match="no moderators"):
        fit("~ 1").vif()
    assert fit("~ 0 + dose + level").vif().notes[0].startswith("without an intercept")


def test_generalised_inflation_does_not_depend_on_the_coding() -> None:
    one, two = fit("~ dose + C(arm)").vif(), fit("~ dose + C(arm, contr.helmert)").vif()
    assert_allclose(one.gvif, two.gvif, rtol=1e-8)
    assert one.df.tolist() == [1, 2]
    assert_allclose(one.gsif**2, [one.gvif[0], one.gvif[1] ** 0.5], rtol=1e-12)
    assert one.gvif.min() > 1.01


def test_predicted_true_effects_lie_between_study_and_model() -> None:
    result = fit()
    found = result.blup()
    share = result.tau2 / (result.tau2 + np.array(VI))
    assert_allclose(found.effect, share * YI + (1 - share) * result.predict().estimate, rtol=1e-10)
    assert "study 9" in str(found)


def test_a_permutation_test_by_hand() -> None:
    """Three studies in six orders: only the one observed and its mirror image have so steep a slope."""
    result = metareg([1.0, 2.0, 4.0], [1.0] * 3, mods=[0.0, 1, 2], method="EE", test="z")
    found = result.permutation_test()
    assert (found.exact, found.arranged, found.seed) == (True, 6, None)
    assert str(found).startswith("Permutation test, all 6 orders of the studies")
    assert_allclose([found.p_value[1], found.QM_p], 2 / 6)


def test_random_orders_come_near_all_of_them_and_say_how_many(monkeypatch: pytest.MonkeyPatch) -> None:
    result = fit("~ dose").permutation_test(draws=4_000, seed=7)
    again = fit("~ dose").permutation_test(draws=4_000, seed=7)
    assert (result.exact, result.arranged, result.seed) == (False, 4_001, 7)
    assert str(result).startswith("Permutation test, 4000 random orders of the studies, seed 7")
    assert result.p_value.tolist() == again.p_value.tolist()
    assert_allclose(result.p_value * 4_001, np.round(result.p_value * 4_001), atol=1e-9)
    assert result.p_value.min() >= 1 / 4_001
    fewer = metareg("yi", "vi", mods="~ dose", data=FRAME[:7])
    exact = fewer.permutation_test()
    monkeypatch.setattr("synthesis.pooling.resampling.permutation.MOST_EXACT", 100)
    drawn = fewer.permutation_test(draws=4_000)
    assert (exact.exact, exact.arranged, drawn.exact) == (True, 5_040, False)
    assert abs(exact.QM_p - drawn.QM_p) < 4 * math.sqrt(exact.QM_p * (1 - exact.QM_p) / 4_000)
    with pytest.raises(ValueError, match="draws is 0"):
        fewer.permutation_test(draws=0)


def test_without_moderators_a_permutation_changes_signs() -> None:
    result = metareg("yi", "vi", mods="~ 1", data=FRAME[:5])
    found = result.permutation_test()
    assert (found.what, found.arranged) == ("sign changes", 16)
    assert_allclose(found.p_value, pool(YI[:5], VI[:5]).permutation_test().p_value)


def test_a_permutation_test_reports_its_progress() -> None:
    seen: list[tuple[int, int]] = []
    fit("~ dose").permutation_test(draws=5_000, progress=lambda done, total: seen.append((done, total)))
    assert seen[-1] == (5_000, 5_000)
    assert [done for done, _ in seen] == sorted({done for done, _ in seen})


def test_answers_show_themselves() -> None:
    result = fit()
    answers = [
        result.contrast(["dose", "arm[T.b] - arm[T.c]"]),
        result.predict({"dose": [1, 2], "arm": "b"}),
        result.vif(),
        result.blup(),
        result.permutation_test(draws=10),
    ]
    for answer, rows in zip(answers, (2, 2, 2, 9, 4), strict=True):
        assert len(answer.to_frame()) == rows
        json.dumps(answer.to_dict())
        assert str(answer).count("\n") >= rows
        assert answer._repr_html_().count("<tr>") >= rows + 1
    assert str(result.test("arm")).startswith("F(2, 5) = ")
    assert str(fit(test="z").test("arm")).startswith("chi2(2) = ")
