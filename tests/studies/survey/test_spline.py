"""Splines of an exposure: knots, columns, test and curve, in fits of every kind."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from studies.survey import (
    Spline,
    SurveyDesign,
    SurveyError,
    combine_imputations,
    glm,
    linear,
    model_matrix,
    spline,
)
from tests.studies.survey.samples import sample

S = sample()
BENT = Spline("hb", (12.0, 13.5, 15.0, 16.5))
X, NAMES = model_matrix({"age": S.group, **BENT.columns(S.x)})
FIT = linear(S.design, S.y, X, names=NAMES)


def test_columns_are_the_exposure_and_its_bends_by_name() -> None:
    columns = BENT.columns([10.0, 13.5, np.nan])
    assert list(columns) == ["hb", "hb'", "hb''"] == list(BENT.names)
    # One and a half above the first knot: 1.5^3 over the square of 4.5.
    assert_allclose([columns["hb"], columns["hb'"]], [[10.0, 13.5, np.nan], [0.0, 1.5**3 / 4.5**2, np.nan]])
    with pytest.raises(SurveyError, match=r"hb has shape \(1, 2\); expected one value a person"):
        BENT.columns([[1.0, 2.0]])


def test_nonlinearity_is_the_joint_test_of_the_bends() -> None:
    test = BENT.nonlinearity(FIT)
    assert (test.df1, test.df2) == (2, 8)
    b, v = FIT.coef[3:], FIT.cov[3:, 3:]
    assert pytest.approx(b @ np.linalg.inv(v) @ b / 2, rel=1e-9) == test.F


def test_a_curve_is_the_difference_of_fitted_values() -> None:
    curve = BENT.curve(FIT, [11.0, 14.0, 17.0], reference=14.0)
    rows = np.stack([*BENT.columns([11.0, 14.0, 17.0]).values()], axis=1)
    difference = rows - rows[1]
    assert curve.at.tolist() == [11.0, 14.0, 17.0]
    assert_allclose(curve.estimate, difference @ FIT.coef[2:], rtol=1e-12)
    variance = np.einsum("mi,ij,mj->m", difference, FIT.cov[2:, 2:], difference)
    assert_allclose(curve.se, np.sqrt(variance), rtol=1e-9)
    # t(8) exceeds 1.8595480375 with a probability of 5 %.
    wide = BENT.curve(FIT, 17.0, reference=14.0, level=0.9)
    assert_allclose(wide.high - wide.estimate, 1.8595480375 * curve.se[2], rtol=1e-9)
    assert_allclose(wide.estimate - wide.low, 1.8595480375 * curve.se[2], rtol=1e-9)


def test_a_curve_has_no_width_at_its_reference() -> None:
    event = (S.y > 1.3) * 1.0
    several = [glm(S.design, event, X, "binomial", names=NAMES) for _ in range(2)]
    moved = linear(S.design, S.y + 0.01 * S.x * S.group, X, names=NAMES)
    for fit in (several[0], FIT, combine_imputations([FIT, moved])):
        curve = BENT.curve(fit, 14.0, reference=14.0)
        assert [curve.estimate[0], curve.se[0], curve.low[0], curve.high[0]] == [0.0, 0.0, 0.0, 0.0]


def test_a_straight_line_bends_nowhere() -> None:
    line = linear(S.design, 2.0 + 0.5 * S.x, X, names=NAMES)
    assert_allclose(BENT.curve(line, [10.0, 18.0], reference=14.0).estimate, [-2.0, 2.0], rtol=1e-9)


def test_a_curve_of_imputations_has_their_mean_and_their_spread() -> None:
    moved = linear(S.design, S.y + 0.01 * S.x * S.group, X, names=NAMES)
    both = combine_imputations([FIT, moved])
    one, other, curve = (BENT.curve(fit, 17.0, reference=14.0) for fit in (FIT, moved, both))
    assert_allclose(curve.estimate, (one.estimate + other.estimate) / 2, rtol=1e-10)
    between = (one.estimate - other.estimate) ** 2 / 2
    assert_allclose(curve.se**2, (one.se**2 + other.se**2) / 2 + 1.5 * between, rtol=1e-9)
    assert BENT.nonlinearity(both).F > 0


def test_a_fit_without_the_columns_has_no_curve() -> None:
    x, names = model_matrix({"hb": S.x})
    with pytest.raises(SurveyError, match='there is no "hb\'" among the estimates'):
        BENT.curve(linear(S.design, S.y, x, names=names), 15.0, reference=14.0)


VALUES = np.arange(1.0, 102.0)
EQUAL = SurveyDesign(np.ones(101))


def test_knots_stand_at_the_quantiles_of_the_sample_or_of_the_population() -> None:
    # Of 1 to 101 the quantile of the sample at q is 1 + 100 q; with weights, the first value that reaches q.
    sampled = spline(EQUAL, "hb", VALUES, 3, weighted=False)
    assert_allclose(sampled.knots, [11.0, 51.0, 91.0], rtol=1e-12)
    assert spline(EQUAL, "hb", VALUES, 3).knots == (11.0, 51.0, 91.0)
    assert_allclose(spline(EQUAL, "hb", VALUES, 4, weighted=False).knots, [6.0, 36.0, 66.0, 96.0], rtol=1e-12)
    assert spline(EQUAL, "hb", VALUES) == spline(EQUAL, "hb", VALUES, np.int64(4))  # type: ignore[arg-type]
    heavy = SurveyDesign(np.where(VALUES <= 50, 1.0, 3.0))
    # Half of 50 + 153 is reached 52/3 beyond 50, the tenth at 20.3, nine tenths at 182.7.
    assert spline(heavy, "hb", VALUES, 3).knots == (21.0, 68.0, 95.0)
    assert spline(heavy, "hb", VALUES, 3, weighted=False) == sampled


def test_knots_are_those_of_the_domain() -> None:
    low = VALUES <= 11
    for weighted in (True, False):
        assert_allclose(spline(EQUAL, "hb", VALUES, 3, low, weighted).knots, [2.0, 6.0, 10.0], rtol=1e-12)
    assert spline(EQUAL, "hb", VALUES, [2, 2.5, 2.75], low).knots == (2.0, 2.5, 2.75)


@pytest.mark.parametrize(
    ("knots", "says"),
    [
        (2, "2 knots; expected 3 to 7 of them, or a list of places"),
        (8, "8 knots; expected 3 to 7"),
        ([1.0, 2.0], "knots of hb are 1, 2; expected three or more that increase"),
        ([1.0, 3.0, 3.0], "knots of hb are 1, 3, 3"),
        ([1.0, 3.0, 2.0], "knots of hb are 1, 3, 2"),
    ],
)
def test_knots_that_make_no_spline_are_refused(knots: Any, says: str) -> None:
    with pytest.raises(SurveyError, match=says):
        spline(EQUAL, "hb", VALUES, knots)


def test_an_exposure_of_few_values_is_refused() -> None:
    for weighted in (True, False):
        with pytest.raises(
            SurveyError, match="knots of hb are 0, 0, 1; expected three or more that increase"
        ):
            spline(EQUAL, "hb", (VALUES > 80) * 1.0, 3, weighted=weighted)
