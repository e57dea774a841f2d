"""What a curve says of doses: against another dose, with intervals, and where it turns."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.stats import norm
from scipy.stats import t as student

from synthesis import DoseResponse, dose_response
from tests.synthesis.curves.invented_classes import ROWS, of_means, of_ratios

NORMAL = float(norm.ppf(0.975))


def bent(sign: float = 1.0, error: float = 0.02, **choices: Any) -> DoseResponse:
    """A parabola with its turn at 5, by classes at 0 to 10 in three studies that differ a little."""
    doses = [0.0, 2.0, 4.0, 6.0, 8.0, 10.0]
    y, v, d, s = [], [], [], []
    for study, shift in (("a", -0.001), ("b", 0.0), ("c", 0.001)):
        for dose in doses:
            y.append(sign * ((0.05 + shift) * dose**2 - (0.5 + 10 * shift) * dose) if dose else 0.0)
            v.append(error if dose else None)
            d.append(dose)
            s.append(study)
    given: dict[str, Any] = {"curve": "quadratic", "covariance": "independent", "method": "EE"}
    return dose_response(y, v, dose=d, study=s, **(given | choices))


def test_a_prediction_is_a_row_of_the_curve_less_that_of_the_reference() -> None:
    found = of_ratios(curve="quadratic", method="ML")
    at = found.predict([1.0, 3.0, 12.0], reference=2.0, level=0.9)
    rows = np.array([[x - 2.0, x * x - 4.0] for x in (1.0, 3.0, 12.0)])
    assert pytest.approx(rows, rel=1e-14) == at.X
    assert at.estimate == pytest.approx(rows @ found.estimate, rel=1e-13)
    variance = np.array([row @ found.covariance @ row for row in rows])
    between = np.array([row @ found.psi @ row for row in rows])
    assert between.max() > 0
    assert at.se == pytest.approx(np.sqrt(variance), rel=1e-12)
    z = float(norm.ppf(0.95))
    assert at.ci_low == pytest.approx(at.estimate - z * np.sqrt(variance), rel=1e-12)
    assert at.ci_high == pytest.approx(at.estimate + z * np.sqrt(variance), rel=1e-12)
    assert at.prediction_low == pytest.approx(at.estimate - z * np.sqrt(variance + between), rel=1e-12)
    assert at.prediction_high == pytest.approx(at.estimate + z * np.sqrt(variance + between), rel=1e-12)
    assert (at.names, at.level) == (("1", "3", "12"), 0.9)
    assert at.notes == ("against a dose of 2",)
    assert not at.outside.any()


def test_predictions_use_the_result_s_choices() -> None:
    found = of_ratios(test="t", level=0.8)
    at = found.predict(6.0)
    half = float(student.ppf(0.9, 3)) * at.se
    assert at.ci_high - at.estimate == pytest.approx(half, rel=1e-10)
    assert (at.level, at.df.tolist()) == (0.8, [3.0])
    ratio = found.predict(6.0, transform=np.exp)
    assert ratio.estimate == pytest.approx(np.exp(at.estimate), rel=1e-14)
    assert ratio.ci_low == pytest.approx(np.exp(at.ci_low), rel=1e-14)
    assert ratio.prediction_high == pytest.approx(np.exp(at.prediction_high), rel=1e-14)
    assert ratio.notes[0] == "against a dose of 0"


def test_five_doses_over_the_range_are_shown_when_none_is_asked_for() -> None:
    found = of_ratios()
    assert found.span == (0.0, 15.0)
    assert found.predict().X[:, 0].tolist() == [0.0, 3.75, 7.5, 11.25, 15.0]
    assert found.predict().estimate[0] == 0
    assert (found.predict(3).X == found.predict([3.0]).X).all()


def test_the_reference_is_the_middle_one_of_the_studies() -> None:
    assert of_ratios().reference == 0.0
    rows = {name: values[8:] for name, values in ROWS.items()}
    assert of_ratios(rows).reference == 1.0
    assert of_means().reference == 0.0
    lowest = {"y": [0, 1, 0, 1, 0, 1], "v": [None, 1] * 3, "d": [5, 3, 1, 2, 4, 6], "s": [*"aabbcc"]}
    found = dose_response("y", "v", dose="d", study="s", data=lowest)
    assert found.reference == 4.0
    assert found.span == (1.0, 6.0)


def test_doses_beyond_those_studied_are_told() -> None:
    found = of_ratios()
    at = found.predict([-1.0, 0.0, 15.0, 15.5])
    assert at.outside.tolist() == [True, False, False, True]
    told = "doses from 0 to 15 were studied: beyond them the curve is a guess"
    assert at.notes == ("against a dose of 0", told)
    assert found.predict([0.0, 15.0]).notes == ("against a dose of 0",)
    assert found.predict(15.1).notes[1:] == (told,)


def test_a_prediction_without_heterogeneity_says_so() -> None:
    at = of_ratios(method="EE").predict(16.0)
    told = "without heterogeneity a new study has the interval of the mean"
    assert at.notes[:2] == ("against a dose of 0", told)
    assert len(at.notes) == 3
    assert (at.prediction_low == at.ci_low).all()


def fieller(found: DoseResponse, level: float) -> tuple[float, float]:
    """Fieller's interval of -b1 / (2 b2), by its closed formula."""
    b1, b2 = found.estimate
    v11, v12, v22 = found.covariance[0, 0], found.covariance[0, 1], found.covariance[1, 1]
    q2 = float(norm.ppf(0.5 + level / 2)) ** 2
    a, b, c = b2**2 - q2 * v22, b1 * b2 - q2 * v12, b1**2 - q2 * v11
    root = np.sqrt(b * b - a * c)
    low, high = sorted(((-b - root) / a, (-b + root) / a))
    return 0.5 * low, 0.5 * high


@pytest.mark.parametrize("sign", [1.0, -1.0])
@pytest.mark.parametrize("level", [0.95, 0.8])
def test_the_interval_of_a_parabola_s_turn_is_fieller_s(sign: float, level: float) -> None:
    found = bent(sign)
    turn = found.turning_points(level=level)
    assert turn.dose == pytest.approx([5.0], rel=1e-12)
    assert turn.kind == ("lowest" if sign > 0 else "highest",)
    low, high = fieller(found, level)
    assert 0 < low < 5 < high < 10
    assert (turn.low[0], turn.high[0]) == pytest.approx((low, high), rel=1e-10)
    assert (turn.level, turn.span) == (level, (0.0, 10.0))
    if level == 0.95:
        assert found.turning_points().low == turn.low


def test_an_unsure_turn_has_no_bound_within_the_doses() -> None:
    turn = bent(error=50.0).turning_points()
    assert turn.dose == pytest.approx([5.0], rel=1e-12)
    assert (turn.low[0], turn.high[0]) == (-np.inf, np.inf)


def test_a_turn_is_given_for_t_too() -> None:
    found = bent(test="t")
    low, high = found.turning_points().low[0], found.turning_points().high[0]
    for dose in (low, high):
        row = np.array([1.0, 2.0 * dose])
        statistic = abs(row @ found.estimate) / np.sqrt(row @ found.covariance @ row)
        assert statistic == pytest.approx(student.ppf(0.975, 1), rel=1e-8)


def test_a_line_does_not_turn() -> None:
    found = bent(curve="linear")
    turn = found.turning_points()
    assert turn.dose.size == turn.low.size == turn.high.size == 0
    assert str(turn).splitlines()[0] == "The curve does not turn between 0 and 10"


def test_a_turn_reads_as_a_table() -> None:
    turn = bent().turning_points()
    lines = str(turn).splitlines()
    assert lines[0] == "1 turning point between 0 and 10"
    assert lines[1].split() == ["dose", "95%", "CI"]
    assert lines[2].split()[:2] == ["lowest", "5"]
    assert f"[{turn.low[0]:.3f}" in lines[2]
    assert turn.to_frame().to_dict("list") == {
        "kind": ["lowest"],
        "dose": turn.dose.tolist(),
        "low": turn.low.tolist(),
        "high": turn.high.tolist(),
    }


def test_a_linear_spline_turns_at_its_knot_and_is_sure_of_it() -> None:
    doses = [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0]
    y = [abs(dose - 3.0) - 3.0 for dose in doses]
    found = dose_response(
        y,
        [None, *[0.01] * 6],
        dose=doses,
        study=["a"] * 7,
        covariance="independent",
        curve="linear spline",
        knots=[3.0],
    )
    turn = found.turning_points()
    assert turn.dose == pytest.approx([3.0], abs=1e-10)
    assert (turn.low[0], turn.high[0]) == pytest.approx((3.0, 3.0), abs=1e-10)
    assert turn.kind == ("lowest",)


def test_a_curve_may_turn_more_than_once() -> None:
    doses = np.linspace(0.0, 9.0, 13)
    y = np.sin(doses * 1.1) - 0.0
    found = dose_response(
        y,
        [None, *[0.0004] * 12],
        dose=doses,
        study=["a"] * 13,
        covariance="independent",
        curve="spline",
        knots=[0.0, 1.0, 2.5, 4.0, 5.5, 7.0, 8.0, 9.0],
    )
    turn = found.turning_points()
    assert turn.kind == ("highest", "lowest", "highest")
    assert str(turn).startswith("3 turning points between 0 and 9")
    for dose, low, high in zip(turn.dose, turn.low, turn.high, strict=True):
        assert low < dose < high
        assert found.basis.slope(np.array([dose]))[0] @ found.estimate == pytest.approx(0.0, abs=1e-10)
        for end in (low, high):
            row = found.basis.slope(np.array([end]))[0]
            statistic = abs(row @ found.estimate) / np.sqrt(row @ found.covariance @ row)
            assert statistic == pytest.approx(NORMAL, rel=1e-8)


def test_goodness_of_fit_by_hand() -> None:
    for curve, p in (("linear", 1), ("quadratic", 2)):
        found = of_ratios(curve=curve, method="REML", stages=2)
        fit = found.goodness_of_fit()
        plain = of_ratios(curve=curve, method="EE")
        deviances: list[Any] = []
        total: Any = 0.0
        for each in plain.effects:
            left = each.y - each.x @ plain.estimate
            inverse = np.linalg.inv(each.covariance)
            deviances.append(left @ inverse @ left)
            total += each.y @ inverse @ each.y
        deviance = sum(deviances)
        assert fit.deviances == pytest.approx(deviances, rel=1e-10)
        assert fit.deviance == pytest.approx(deviance, rel=1e-10)
        assert fit.df == 11 - p
        assert pytest.approx(1 - deviance / total, rel=1e-10) == fit.R2
        assert pytest.approx(1 - 11 / (11 - p) * deviance / total, rel=1e-10) == fit.R2_adjusted
        assert fit.classes.tolist() == [3, 3, 3, 2]
        assert fit.studies == tuple("ABCD")
        if curve == "quadratic":
            assert fit.p_value == pytest.approx(plain.Q_p, rel=1e-10)
    text = str(fit).splitlines()
    assert text[0] == "Fit of the curve"
    assert text[1].split() == ["classes", "deviance"]
    assert text[2].split()[:2] == ["A", "3"]
    assert text[6].startswith("  deviance")
    assert "on 9 df, p " in text[6]
    assert text[7].split()[1] == f"{100 * fit.R2:.1f}%"
    assert f"(adjusted {100 * fit.R2_adjusted:.1f}%)" in text[7]
    assert list(fit.to_frame()) == ["study", "classes", "deviance"]
    assert fit.to_frame()["deviance"].tolist() == fit.deviances.tolist()


def test_a_curve_through_all_classes_has_no_test_of_its_fit() -> None:
    found = dose_response([0, 0.5], [None, 0.04], dose=[0, 2], study=[*"aa"]).goodness_of_fit()
    assert found.df == 0
    assert pytest.approx(1.0, abs=1e-12) == found.R2
    assert np.isnan(found.p_value)
    assert np.isnan(found.R2_adjusted)
    small = dose_response(
        [0, 0.1, 0.1], [None, 0.04, 0.04], dose=[0, 1, 2], study=[*"aaa"], covariance="independent"
    )
    # The slope is (1 + 2) 0.1 / 5 and takes up 0.06^2 x 5 of the squares 0.02.
    assert pytest.approx(0.9, rel=1e-9) == small.goodness_of_fit().R2
    flat = dose_response([0, 0.0], [None, 0.04], dose=[0, 2], study=[*"aa"], reference=[True, False])
    assert np.isnan(flat.goodness_of_fit().R2)
