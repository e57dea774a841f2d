"""Classes of a review as a curve: the numbers, and how table, figure, files and commands show them."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from evidence.wording import p_text, written
from synthesis import dose_response
from synthesis.drawing.chart import Area, Chart, ChartCurve, Dots, ReferenceLine
from synthesis.drawing.forest_table import GroupHeading, NotReportedRow, StudyRow, SummaryRow, TextRow
from synthesis.plots.subject import NotDefinedError
from synthesis.review.analysis_result import AnalysisResult
from synthesis.review.dose_table import NO_CLASSES, curve_chart, curve_effect, curve_heading
from synthesis.review.export import as_dict
from synthesis.review.forest_table import decimals_of, forest_table
from synthesis.review.overview import overview_lines
from synthesis.review.planned import why_not_planned
from tests.synthesis.review.classes import DOSED, LIMITED, MIDDLES, analysed, classed, reviewed, slope
from tests.synthesis.review.made import record, silent

Z = 1.959963984540054
ONE = (
    "reference: true, dose: '11', n: 100, events: 20",
    "dose: '13', n: 120, events: 15, effect: {estimate: 0.60, ci: [0.30, 1.20]}",
)


def two(folder: Path, more: str = "", **choices: str) -> AnalysisResult:
    records = {"a": classed("a", DOSED), "b": classed("b", LIMITED)}
    return analysed(reviewed(folder, records, MIDDLES % more), **choices)


def by_columns(**choices: Any) -> Any:
    """The same classes, given by hand."""

    def error(low: float, high: float) -> float:
        return math.log(high / low) / 2 / Z

    return dose_response(
        np.log([1.0, 0.80, 0.60, 1.30, 1.0, 0.70]),
        sei=[math.nan, error(0.4, 1.6), error(0.3, 1.2), error(0.65, 2.6), math.nan, error(0.35, 1.4)],
        dose=[11, 12, 13, 11, 12, 13],
        study=["A"] * 3 + ["B"] * 3,
        cases=[20, 18, 15, 20, 18, 15],
        n=[100, 110, 120] * 2,
        kind="odds",
        reference=[True, False, False, False, True, False],
        **choices,
    )


@pytest.mark.parametrize("curve", ["linear", "quadratic"])
@pytest.mark.parametrize("stages", [1, 2])
@pytest.mark.parametrize("covariance", ["GL", "Hamling", "independent"])
@pytest.mark.parametrize("method", ["REML", "EE"])
def test_a_reviews_curve_is_that_of_its_classes_given_by_hand(
    tmp_path: Path, curve: str, stages: int, covariance: str, method: str
) -> None:
    more = f", curve: {curve}, stages: {stages}, covariance: {covariance}"
    found = two(tmp_path, more, estimator=method).dose
    assert found is not None
    assert found.fit is not None
    expected = by_columns(curve=curve, stages=stages, covariance=covariance, method=method)
    assert_allclose(found.fit.estimate, expected.estimate, rtol=1e-9)
    assert_allclose(found.fit.covariance, expected.covariance, rtol=1e-8)
    assert found.fit.method_sentence == expected.method_sentence


def test_the_reviews_test_and_level_are_those_of_the_curve(tmp_path: Path) -> None:
    found = two(tmp_path, test="HKSJ", level="90 %").dose
    assert found is not None
    assert found.fit is not None
    expected = by_columns(method="EE", test="t", level=0.90)
    assert_allclose(found.fit.ci_low, expected.ci_low, rtol=1e-9)
    bent = two(tmp_path / "bent", ", curve: quadratic", test="HKSJ").dose
    assert bent is not None
    assert bent.fit is not None
    assert bent.fit.test == "z"  # two studies have no degree of freedom for two coefficients


@pytest.mark.parametrize("prefer", ["classes", "slope"])
def test_a_slope_counts_as_the_slope_it_is(tmp_path: Path, prefer: str) -> None:
    """With one class a study the pool of slopes is a weighted mean, by hand."""
    records = {
        "a": classed("a", ONE, estimates=[slope("estimate: 0.9, ci: [0.8, 1.0]")]),
        "b": record("b", [slope()]),
    }
    result = analysed(reviewed(tmp_path, records, MIDDLES % f", prefer: {prefer}"))
    first = (math.log(0.6) / 2, math.log(4) / 2 / Z / 2)
    if prefer == "slope":
        first = (math.log(0.9), math.log(1.0 / 0.8) / 2 / Z)
    second = (math.log(0.75), math.log(0.94 / 0.60) / 2 / Z)
    weights = [1 / first[1] ** 2, 1 / second[1] ** 2]
    assert result.dose is not None
    assert result.dose.fit is not None
    mean = (weights[0] * first[0] + weights[1] * second[0]) / sum(weights)
    assert_allclose(result.dose.fit.estimate, [mean], rtol=1e-12)
    assert_allclose(result.dose.fit.se, [sum(weights) ** -0.5], rtol=1e-12)
    assert result.k == 2


def test_the_table_has_classes_under_their_studies_and_the_curve_at_the_doses_named(tmp_path: Path) -> None:
    records = {"a": classed("a", DOSED), "b": record("b", [slope()]), "c": record("c", [silent("x")])}
    result = analysed(reviewed(tmp_path, records, MIDDLES % ", at: [12, 13], reference: 11.5"))
    table = forest_table(result)
    assert [row.label for row in table.rows if isinstance(row, GroupHeading)] == [
        "A, against 11 g/dL",
        "Slopes, per 1 g/dL",
        "Curve, against 11.5 g/dL",
    ]
    classes = [row for row in table.rows if isinstance(row, StudyRow)]
    assert [row.label for row in classes] == ["12 g/dL", "13 g/dL", "B"]
    assert_allclose([row.estimate or 0 for row in classes], [0.80, 0.60, 0.75])
    told = [row for row in table.rows if isinstance(row, SummaryRow)]
    assert NotReportedRow("C", "not significant") in table.rows
    assert [row.label for row in told] == ["12 g/dL", "13 g/dL"]
    assert result.dose is not None
    assert result.dose.fit is not None
    per_unit = float(result.dose.fit.estimate[0])
    assert_allclose(
        [math.log(row.estimate or 0) for row in told], [per_unit * 0.5, per_unit * 1.5], rtol=1e-12
    )
    lines = [row.text for row in table.rows if isinstance(row, TextRow)]
    assert lines[0].startswith(f"Per 1 g/dL: {math.exp(per_unit):.3f} [")
    assert lines[1].startswith("2 studies, 2 classes beside their references, 1 slope; Q = ")
    assert (
        "A study with classes and a slope of the same persons enters once, with its classes."
        in table.footnotes
    )
    assert decimals_of(result) == table.decimals


def test_a_bent_curve_tells_its_coefficients_and_the_test_of_non_linearity(tmp_path: Path) -> None:
    result = two(tmp_path, ", curve: quadratic")
    lines = [row.text for row in forest_table(result).rows if isinstance(row, TextRow)]
    first, second = by_columns(curve="quadratic", method="EE").estimate
    assert lines[0].startswith(f"Coefficients (log): dose {written(first, 4)} (SE ")
    assert f") and dose² {written(second, 4)} (SE " in lines[0]
    assert lines[1].startswith("Association: ")
    assert lines[2].startswith("Non-linearity: ")
    assert overview_lines([result], [2]) == [
        "Odds ratio over hemoglobin, quadratic curve",
        f"  all  association {p_text(by_columns(curve='quadratic', method='EE').association.p_value)}  k = 2",
    ]


def test_json_has_every_class_with_its_dose_and_the_curve_as_shown(tmp_path: Path) -> None:
    found = as_dict(two(tmp_path, ", at: [12, 13], reference: 12"))["dose_response"]
    assert [(each["dose"], each["estimate_id"]) for each in found["studies"][1]["classes"]] == [
        (11.0, "quarters.q1"),
        (13.0, "quarters.q3"),
    ]
    assert found["curve"]["shown"]["dose"] == [12.0, 13.0]
    expected = math.exp(by_columns(method="EE").estimate[0])
    assert_allclose(found["curve"]["shown"]["estimate"], [1.0, expected], rtol=1e-9)
    assert found["choice"]["covariance"] == "GL"


def test_an_analysis_without_a_usable_class_is_empty_and_says_so(tmp_path: Path) -> None:
    result = analysed(reviewed(tmp_path, {"a": classed("a", LIMITED)}, "dose_response: {unit: g/dL}"))
    assert result.k == 0
    assert [row.text for row in forest_table(result).rows if isinstance(row, TextRow)] == [NO_CLASSES]
    assert as_dict(result)["dose_response"]["curve"] is None
    assert overview_lines([result], [2])[1].split()[-3:] == ["nothing", "to", "pool"]
    with pytest.raises(NotDefinedError, match="No study of this review has classes"):
        curve_chart(result)


def test_the_curve_is_drawn_and_other_analyses_have_none(tmp_path: Path) -> None:
    chart = curve_chart(two(tmp_path))
    assert isinstance(chart, Chart)
    assert chart.title == "Everybody"
    assert chart.panels[1][0].x.label == "Hemoglobin (g/dL)"
    assert chart.description.startswith("Curve over doses from 11 to 13 g/dL, against 12 g/dL.")
    plain = analysed(reviewed(tmp_path / "plain", {"b": record("b", [slope()])}, ""))
    with pytest.raises(NotDefinedError, match="of an analysis with 'dose_response'"):
        curve_chart(plain)


def test_an_estimator_of_one_mean_is_refused_and_nothing_is_planned(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="estimator 'PM' is of one mean effect"):
        two(tmp_path, estimator="PM")
    assert "a curve over doses" in why_not_planned(two(tmp_path / "b"))


def test_a_curve_of_some_studies_keeps_the_knots_of_all(tmp_path: Path) -> None:
    found = two(tmp_path, ", curve: spline", test="HKSJ", estimator="REML").dose
    assert found is not None
    assert found.fit is not None
    assert found.fit.knots == tuple(np.quantile([11, 12, 13, 11, 12, 13], [0.1, 0.5, 0.9]))
    assert found.names == ("A", "B")
    one = found.of(["A"])
    assert (one.k, one.knots, one.method, one.test) == (1, found.fit.knots, "EE", "z")
    rows: dict[str, Any] = {
        "yi": np.log([1.0, 0.80, 0.60]),
        "sei": [math.nan, math.log(4) / 2 / Z, math.log(4) / 2 / Z],
        "dose": [11, 12, 13],
        "study": ["A"] * 3,
        "cases": [20, 18, 15],
        "n": [100, 110, 120],
    }
    by_hand = dose_response(**rows, kind="odds", curve="spline", knots=found.fit.knots, method="EE")
    assert_allclose(one.estimate, by_hand.estimate, rtol=1e-9)


def test_a_curve_is_told_as_another_one_only_in_the_same_unit(tmp_path: Path) -> None:
    whole, other = two(tmp_path), two(tmp_path / "same", ", at: [11.5, 12.5], reference: 11")
    found, same = whole.dose, other.dose
    grams = reviewed(tmp_path / "g", {"a": classed("a", DOSED)}, "dose_response: {unit: g/L, at: [115]}")
    assert found is not None
    assert same is not None
    alike = found.telling_as(same)
    assert (alike.at, alike.reference) == ((11.5, 12.5), 11.0)
    assert found.telling_as(analysed(grams).dose) is found
    assert found.telling_as(None) is found
    told = whole.telling_as(other).dose
    assert told is not None
    assert (told.at, told.reference) == ((11.5, 12.5), 11.0)
    without = replace(whole, dose=None)
    assert without.telling_as(other) is without


def test_a_slope_reaches_from_the_median_reference_to_the_dose_farthest_from_it(tmp_path: Path) -> None:
    arms = (
        "dose: '11.5', n: 100, events: 20, effect: {estimate: 1.30, ci: [0.65, 2.60]}",
        "dose: '12', n: 110, events: 18, effect: {estimate: 0.80, ci: [0.40, 1.60]}",
        "reference: true, dose: '13', n: 120, events: 15",
    )
    records = {"a": classed("a", arms), "b": record("b", [slope()]), "c": classed("c", arms)}
    dose = analysed(reviewed(tmp_path, records, MIDDLES % "")).dose
    assert dose is not None
    rows = zip(dose.columns["study"], dose.columns["dose"], dose.columns["yi"], strict=True)
    slopes = [(at, yi) for study, at, yi in rows if study == "B"]
    assert_allclose(slopes, [(13.0, 0.0), (11.5, -1.5 * math.log(0.75))], rtol=1e-12)


def test_what_enters_a_curve_is_told_in_the_order_of_its_rows_and_silent_rows_behind(tmp_path: Path) -> None:
    records = {"a": classed("a", DOSED), "b": record("b", [silent("one")]), "c": classed("c", LIMITED)}
    result = analysed(reviewed(tmp_path, records, MIDDLES % ""))
    told = [each.record.study for each in result.candidates]
    assert told == ["a"] * 2 + ["c"] * 2 + ["b"]


def test_the_figure_and_its_words_are_against_the_reviews_reference(tmp_path: Path) -> None:
    chart = curve_chart(two(tmp_path, ", reference: 11, curve: quadratic"))
    assert chart.description.startswith(
        "Curve over doses from 11 to 13 g/dL, against 11 g/dL. Non-linearity: "
    )
    assert chart.footnotes[0] == (
        "Against a dose of 11 g/dL. 1 study of 2 compared classes with another dose: these classes are moved "
        "up or down by what the curve says of that dose against 11 g/dL."
    )
    (panel,) = chart.panels[0]
    curve = next(mark for mark in panel.marks if isinstance(mark, ChartCurve))
    band = next(mark for mark in panel.marks if isinstance(mark, Area))
    dots = next(mark for mark in panel.marks if isinstance(mark, Dots))
    dashed = next(mark for mark in panel.marks if isinstance(mark, ReferenceLine) and mark.axis == "x")
    assert_allclose([curve.y[0], band.y[0], band.y[-1], dashed.at], [1.0, 1.0, 1.0, 11.0])
    fit = by_columns(curve="quadratic", method="EE")
    shift = fit.predict(12, reference=11).estimate[0]
    moved = [math.log(0.8), math.log(0.6), math.log(1.3) + shift, math.log(0.7) + shift]
    assert_allclose(np.log(dots.y), moved, rtol=1e-9)


def test_a_slope_is_told_per_unit_of_the_dose_whatever_the_scale_has(tmp_path: Path) -> None:
    records = {"a": classed("a", DOSED), "b": classed("b", DOSED)}
    told = []
    for place, of in enumerate(("per: 10 g/L", "versus: {exposed: high, reference: low}")):
        scale = f"{{measure: OR, exposure: hemoglobin, {of}}}"
        result = analysed(reviewed(tmp_path / str(place), records, MIDDLES % "", scale=scale))
        assert result.dose is not None
        told.append((curve_effect(result, result.dose), curve_heading(result, result.dose)))
    line = "Odds ratio per 1 g/dL hemoglobin"
    assert told == [(line, f"{line} [95% CI]")] * 2
    bent = two(tmp_path / "bent", ", curve: quadratic")
    assert bent.dose is not None
    over = "Odds ratio over hemoglobin, quadratic curve"
    assert (curve_effect(bent, bent.dose), curve_heading(bent, bent.dose)) == (over, over)
