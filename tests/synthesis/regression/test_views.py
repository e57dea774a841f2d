"""What a meta-regression and its answers print, line by line, from numbers made by hand."""

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest

from synthesis.regression.api import metareg
from synthesis.regression.contrasts import WaldTest
from synthesis.regression.result import MetaRegression
from synthesis.regression.tabular import aligned

# Two groups of two studies of variance one: means 2 and 7, each with variance 1/2, their difference with 1.
GROUPS: dict[str, Any] = {"yi": [1.0, 3, 6, 8], "vi": [1.0] * 4, "mods": [0.0, 0, 1, 1]}


def lines_of(answer: object) -> list[str]:
    """Printed lines, blanks squeezed."""
    return [" ".join(line.split()) for line in str(answer).splitlines()]


def groups(**options: Any) -> MetaRegression:
    return metareg(**(GROUPS | {"method": "EE", "test": "z"} | options))


def test_a_meta_regression_prints_what_it_found() -> None:
    """Half intervals 1.96 and 1.386; I2 = 1 - 2/4, with the Q-profile bounds as the result has them."""
    found = groups()
    assert lines_of(found)[:5] == [
        "Meta-regression of 4 studies, 1 moderator column",
        "estimate se z p 95% CI",
        "Intercept 2 0.7071 2.828 0.0047 [0.6141, 3.386]",
        "mod1 5 1 5.000 < 0.0001 [3.04, 6.96]",
        "QM chi2(1) = 25, p < 0.0001",
    ]
    assert lines_of(found)[7] == "QE chi2(2) = 4, p = 0.14, residual heterogeneity"
    assert lines_of(found)[6].startswith("I2 50.0%, 95% CI [")
    assert lines_of(found)[8] == (
        "Meta-regression with fixed effects (no residual heterogeneity); Wald z intervals; "
        "Q-profile interval for residual tau2."
    )


def test_the_head_of_the_table_names_the_distribution() -> None:
    """t(2) has the 97.5 percent point 4.303."""
    assert lines_of(groups(test="t"))[1:4] == [
        "estimate se t(2) p 95% CI",
        "Intercept 2 0.7071 2.828 0.11 [-1.042, 5.042]",
        "mod1 5 1 5.000 0.038 [0.6973, 9.303]",
    ]
    assert lines_of(groups(test="t"))[4] == "QM F(1, 2) = 25, p = 0.038"
    assert "Wald t intervals (2 df)" in str(groups(test="t"))


def test_degrees_of_freedom_that_differ_have_a_column_and_a_range_in_the_sentence() -> None:
    yi, vi, x = [0.1, 0.9, 0.3, 1.4, 0.2], [0.01, 0.04, 0.02, 0.05, 0.03], [1.0, 2, 3, 4, 6]
    found = metareg(yi, vi, mods=x, test="KR")
    assert found.df[0] != found.df[1]
    lines = lines_of(found)
    assert lines[1] == "estimate se t df p 95% CI"
    for i, name in enumerate(found.names):
        cells = lines[2 + i].split()
        assert cells[0] == name
        assert float(cells[3]) == pytest.approx(found.statistic[i], abs=6e-4)
        assert float(cells[4]) == pytest.approx(found.df[i], rel=6e-4)
    low, high = sorted(found.df)
    assert f"Kenward-Roger t intervals ({low:.4g} to {high:.4g} df)" in found.method_sentence


def test_an_estimated_tau2_is_printed_with_what_the_moderators_explain() -> None:
    """Hedges' tau2 is the residual variance less the mean of v: 4/2 - 1 = 1, and 29/3 - 1 = 26/3 without."""
    found = groups(method="HE")
    assert (found.tau2, found.tau2_without) == pytest.approx((1.0, 26 / 3), rel=1e-12)
    lines = lines_of(found)
    assert lines[5].startswith("tau2 1, 95% CI [0, ")
    assert lines[7] == "R2 88.5% of tau2 without moderators (8.667)"
    assert "(HE); Wald z intervals; Q-profile" in found.method_sentence


def test_contrasts_print_themselves_and_their_joint_test() -> None:
    """Both group means are zero: 2^2 / (1/2) + 7^2 / (1/2) = 106."""
    one, two = groups().contrast("mod1"), groups().contrast(["Intercept", "Intercept + mod1"])
    assert lines_of(one) == [
        "Contrast",
        "estimate se df statistic p 95% CI",
        "mod1 5 1 inf 5.000 < 0.0001 [3.04, 6.96]",
    ]
    assert lines_of(two) == [
        "2 contrasts",
        "estimate se df statistic p 95% CI",
        "Intercept 2 0.7071 inf 2.828 0.0047 [0.6141, 3.386]",
        "Intercept + mod1 7 0.7071 inf 9.899 < 0.0001 [5.614, 8.386]",
        "all zero chi2(2) = 106, p < 0.0001",
    ]
    assert list(one.to_frame()) == [
        "contrast", "estimate", "se", "df", "statistic", "p_value", "ci_low", "ci_high",
    ]  # fmt: skip


def test_predictions_print_themselves() -> None:
    """Half way between the groups: 4.5 with variance 1/4; nothing to predict with equal effects."""
    one, two = groups().predict(0.5), groups().predict([0.5, 1], level=0.9)
    assert lines_of(one) == [
        "Prediction",
        "estimate se 95% CI 95% prediction",
        "row 1 4.5 0.5 [3.52, 5.48] –",
    ]
    assert lines_of(two) == [
        "2 predictions",
        "estimate se 90% CI 90% prediction",
        "row 1 4.5 0.5 [3.678, 5.322] –",
        "row 2 7 0.7071 [5.837, 8.163] –",
    ]


@pytest.mark.parametrize(
    ("at", "who"),
    [
        ([2], "row 1"),
        ([2, 0, 3, -1], "row 1, row 3, row 4"),
        ([2, 3, 4, 5], "row 1, row 2, row 3 and 1 more"),
        ([2, 3, 4, 5, 6], "row 1, row 2, row 3 and 2 more"),
    ],
)
def test_up_to_three_rows_beyond_the_studies_are_named(at: list[float], who: str) -> None:
    note = f"beyond the moderators of every study, so extrapolated: {who}."
    assert groups().predict(at).notes == (note,)
    assert lines_of(groups().predict(at))[-1] == f"Note: {note}"


def test_inflation_factors_print_themselves() -> None:
    """0 1 2 3 and 0 0 1 1 have r^2 = 4/5. Dummies of three equal groups correlate by -1/2: 1 / (1 - 1/4)."""
    pair = np.array([[0.0, 0], [1, 0], [2, 1], [3, 1]])
    assert lines_of(metareg(GROUPS["yi"], [1.0] * 4, mods=pair).vif()) == [
        "Variance inflation factors",
        "df GVIF GVIF^(1/(2 df))",
        "mod1 1 5.000 2.236",
        "mod2 1 5.000 2.236",
    ]
    data = {"arm": list("aabbcc")}
    factor = metareg([1.0, 2, 3, 5, 4, 8], [1.0] * 6, mods="~ C(arm)", data=data).vif()
    assert lines_of(factor)[2:] == [
        "C(arm) 2 1.000 1.000",
        "VIF C(arm)[T.b] 1.333",
        "VIF C(arm)[T.c] 1.333",
    ]
    assert factor.notes == ()


def test_true_effects_print_themselves() -> None:
    """0 and 4 of variance 1: tau2 = 8 - 1 by Hedges, so that 7/8 of the distance from the mean counts.

    The variance is 7/8 + (1/8)^2 of the mean's 8/2.
    """
    found = metareg([0.0, 4.0], [1.0, 1.0], mods=np.ones((2, 1)), intercept=False, method="HE", test="z")
    assert lines_of(found.blup()) == [
        "True effects of 2 studies, predicted",
        "observed predicted se 95% interval",
        "study 1 0 0.25 0.9682 [-1.648, 2.148]",
        "study 2 4 3.75 0.9682 [1.852, 5.648]",
    ]
    assert found.blup().shrinkage == pytest.approx([0.875, 0.875], rel=1e-12)


def test_a_permutation_test_prints_itself() -> None:
    """Slope 1.5 with variance 1/2; two of the six orders are as steep."""
    found = metareg([1.0, 2.0, 4.0], [1.0] * 3, mods=[0.0, 1, 2], method="EE", test="z").permutation_test()
    lines = lines_of(found)
    assert lines[0] == "Permutation test, all 6 orders of the studies"
    assert lines[1] == "estimate statistic p"
    assert lines[2].startswith("Intercept 0.8333 0.913 ")
    assert lines[3:] == ["mod1 1.5 2.121 0.33", "QM 4.5, p = 0.33"]


@pytest.mark.parametrize(
    ("test", "text"),
    [
        (WaldTest(1.23456, 2, math.inf, 0.1234, ()), "chi2(2) = 1.235, p = 0.12"),
        (WaldTest(1.23456, 2, 4.56789, 0.1234, ()), "F(2, 4.568) = 1.235, p = 0.12"),
        (WaldTest(math.nan, 1, 3.0, math.nan, ()), "F(1, 3) = –, p not defined"),
    ],
)
def test_a_test_is_written_by_its_distribution(test: WaldTest, text: str) -> None:
    assert str(test) == repr(test) == text


def test_columns_stand_under_their_heads_names_to_the_left_and_numbers_to_the_right() -> None:
    assert aligned([("", "estimate", "p"), ("a long name", "1", "0.5"), ("b", "-20.25", "")]) == [
        "             estimate    p",
        "a long name         1  0.5",
        "b              -20.25",
    ]


def test_html_has_a_cell_for_every_number_and_escapes_names() -> None:
    data = pd.DataFrame({"y": GROUPS["yi"], "v": GROUPS["vi"], "x": GROUPS["mods"]})
    view = metareg("y", "v", mods="~ I(x > 0)", data=data, method="EE", test="z")._repr_html_()
    assert "<tr><th>I(x &gt; 0)</th><td>5</td><td>1</td><td>5.000</td><td>&lt; 0.0001</td>" in view
    assert '<tr><th>QM</th><td colspan="5">chi2(1) = 25, p &lt; 0.0001</td></tr>' in view
    assert "<thead><tr><th></th><th>estimate</th><th>se</th><th>z</th><th>p</th><th>95% CI</th>" in view
