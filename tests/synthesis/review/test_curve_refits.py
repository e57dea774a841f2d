"""A review's curve without each study, study by study, and under other choices."""

from __future__ import annotations

import datetime
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import stats

from evidence.records.review import Method, load_review
from evidence.selection.selection import NONE_CONTRADICTED
from synthesis.drawing.forest_table import ForestTable, NotReportedRow, StudyRow, SummaryRow
from synthesis.paper.paper_table import Reported
from synthesis.plots.subject import NotDefinedError
from synthesis.review.analysis_result import AnalysisResult
from synthesis.review.curve_choices import _rules, curve_multiverse, multiverse_of_curve
from synthesis.review.curve_refits import contrast_of, cumulative_curve, curve_without_each
from synthesis.review.dose_pool import DosePool
from synthesis.review.plot_subjects import Arrival
from tests.synthesis.paper.making import material
from tests.synthesis.paper.test_curves_in_papers import four
from tests.synthesis.review.classes import DOSED, LIMITED, MIDDLES, analysed, classed, reviewed, slope
from tests.synthesis.review.made import record

Z = 1.959963984540054


def one(folder: Path, *ratios: float, more: str = "") -> AnalysisResult:
    """Studies of one class, 2 g/dL above its reference, all with the same standard error."""
    records = {
        name: classed(
            name,
            (
                "reference: true, dose: '11', n: 100, events: 20",
                "dose: '13', n: 120, events: 15, "
                f"effect: {{estimate: {ratio}, ci: [{ratio / 2}, {ratio * 2}]}}",
            ),
        )
        for name, ratio in zip("abcde", ratios, strict=False)
    }
    return analysed(reviewed(folder, records, MIDDLES % more))


def rows_of(table: ForestTable) -> list[StudyRow]:
    return [row for row in table.rows if isinstance(row, StudyRow)]


def dose_of(result: AnalysisResult) -> DosePool:
    assert result.dose is not None
    return result.dose


def test_without_a_study_the_effect_is_against_the_reference_of_the_review(tmp_path: Path) -> None:
    """Of 13 g/dL against 12 that of one of the two units that are between the classes and theirs, 11 g/dL."""
    result = one(tmp_path, 0.5, 0.6, 0.9, more=", at: [13], reference: 12")
    found = [row.estimate for row in rows_of(curve_without_each(result))]
    expected = [math.exp(np.delete(np.log([0.5, 0.6, 0.9]), left).mean() / 2) for left in range(3)]
    assert found == [pytest.approx(each, rel=1e-9) for each in expected]


def test_without_a_study_the_effect_is_that_of_the_others(tmp_path: Path) -> None:
    """With equal errors a slope is a plain mean, and the effect of 2 g/dL its double."""
    result = one(tmp_path, 0.5, 0.6, 0.9, more=", at: [12, 13], reference: 11")
    table = curve_without_each(result)
    assert (table.title, table.study_header) == ("Everybody: without each study", "Left out")
    rows = rows_of(table)
    assert [row.label for row in rows] == ["without A", "without B", "without C"]
    logs = np.log([0.5, 0.6, 0.9])
    se = math.log(4) / 2 / Z
    compared = 0
    for left, row in enumerate(rows):
        mean = np.delete(logs, left).mean()
        half = Z * se / math.sqrt(2)
        assert_allclose(
            [row.estimate or 0, row.low or 0, row.high or 0],
            np.exp([mean, mean - half, mean + half]),
            rtol=1e-9,
        )
        slope, p = row.cells
        assert slope == f"{mean / 2:.4g}".replace("-", "−")
        assert float(p) == pytest.approx(math.erfc(abs(mean) / (se / math.sqrt(2)) / math.sqrt(2)), rel=0.05)
        compared += 1
    assert compared == 3
    (whole,) = [row for row in table.rows if isinstance(row, SummaryRow)]
    assert whole.label == "All 3 studies"
    assert whole.estimate == pytest.approx(math.exp(logs.mean()), rel=1e-9)
    assert table.columns == ("dose", "p")
    assert table.axis.label == "Odds ratio, 13 g/dL against 11 g/dL"
    assert (table.axis.scale, table.axis.null) == ("log", 1.0)
    assert table.effect_header == "Effect [95%\N{NO-BREAK SPACE}CI]"
    assert table.footnotes[0].startswith("Straight line, one stage")
    assert table.footnotes[1] == (
        "Effect: of 13 g/dL against 11 g/dL. Columns: coefficients (logarithms); p: of the association with "
        "the dose."
    )


def test_study_by_study_the_last_row_is_the_whole_and_the_order_is_that_of_the_reports(
    tmp_path: Path,
) -> None:
    result = one(tmp_path, 0.5, 0.6, 0.9)
    table = cumulative_curve(result)
    assert table.title == "Everybody: study by study, in the order of the reports' years, 2020"
    assert table.study_header == "Added"
    rows = rows_of(table)
    assert [row.label for row in rows] == ["+ A", "+ B", "+ C"]
    logs = np.log([0.5, 0.6, 0.9])
    assert_allclose([row.estimate or 0 for row in rows], np.exp(np.cumsum(logs) / [1, 2, 3]), rtol=1e-9)
    days = {name: datetime.date(2026, 1, day) for name, day in (("a", 3), ("b", 2), ("c", 1))}
    entered = cumulative_curve(result, Arrival(days, "the order of entering"))
    assert [row.label for row in rows_of(entered)] == ["+ C", "+ B", "+ A"]
    assert entered.title.endswith("in the order of entering, 2026-01-01 to 2026-01-03")


def test_rows_have_degrees_of_freedom_of_their_own_and_that_is_said(tmp_path: Path) -> None:
    """With equal errors and no heterogeneity: normal for one study, t(1) for two, t(2) for all three."""
    one(tmp_path, 0.5, 0.52, 0.54)
    result = analysed(load_review(tmp_path), estimator="REML", test="HKSJ")
    fit = dose_of(result).fit
    assert fit is not None
    assert fit.test == "t"
    table = cumulative_curve(result)
    se = math.log(4) / 2 / Z
    rows = rows_of(table)
    factors = [Z, stats.t.ppf(0.975, 1), stats.t.ppf(0.975, 2)]
    for k, (row, factor) in enumerate(zip(rows, factors, strict=True), start=1):
        half = (math.log(row.high or 0) - math.log(row.low or 0)) / 2
        assert half == pytest.approx(factor * se / math.sqrt(k), rel=1e-8)
    assert "Each row has its own degrees of freedom" in table.footnotes[1]


def test_slopes_are_left_out_and_added_too(tmp_path: Path) -> None:
    loaded = reviewed(tmp_path, {"a": classed("a", DOSED), "b": record("b", [slope()])})
    result = analysed(loaded)
    assert [row.label for row in rows_of(curve_without_each(result))] == ["without A", "without B"]
    assert len(rows_of(cumulative_curve(result))) == 2


def test_a_bent_curve_has_its_coefficients_knots_and_the_test_of_its_bend(tmp_path: Path) -> None:
    (result,) = four(tmp_path, ", curve: spline").results
    table = curve_without_each(result)
    assert table.columns == ("dose", "spline 1", "p", "p, bend")
    assert table.footnotes[1].endswith(
        "p, bend: of its departure from a straight line. "
        "The knots are those of all studies: 11, 12.75, 14.75. Each row has its own degrees of freedom, its "
        "studies less coefficients; normal intervals where none is left."
    )
    found = dose_of(result)
    fit = found.of(["B", "C", "D"])
    told = fit.predict(found.at[-1], reference=found.reference, transform=np.exp)
    first = rows_of(table)[0]
    assert_allclose([first.estimate or 0, first.low or 0, first.high or 0],
                    [told.estimate[0], told.ci_low[0], told.ci_high[0]])  # fmt: skip
    assert len(first.cells) == 4


def test_studies_that_tell_no_curve_alone_say_why(tmp_path: Path) -> None:
    line = (DOSED[0], DOSED[2])
    loaded = reviewed(
        tmp_path, {"a": classed("a", line), "b": classed("b", DOSED)}, MIDDLES % ", curve: quadratic"
    )
    table = cumulative_curve(analysed(loaded))
    (said,) = [row for row in table.rows if isinstance(row, NotReportedRow)]
    assert said.label == "+ A"
    assert said.text.startswith("the doses do not tell 2 coefficients of this curve")
    assert len(said.cells) == len(table.columns)
    assert table.columns == ("dose", "dose²", "p", "p, bend")


@pytest.mark.parametrize(
    ("draw", "what"), [(curve_without_each, "A leave-one-out plot"), (cumulative_curve, "A cumulative plot")]
)
def test_one_study_and_no_study_have_no_such_plot(tmp_path: Path, draw: Any, what: str) -> None:
    with pytest.raises(NotDefinedError, match=f"{what} needs at least 2 studies; this curve has 1 study."):
        draw(one(tmp_path, 0.5))
    empty = analysed(reviewed(tmp_path / "e", {"a": classed("a", LIMITED)}, "dose_response: {unit: g/dL}"))
    with pytest.raises(NotDefinedError, match="No study of this review has classes"):
        draw(empty)


def test_the_effect_that_is_followed_is_that_of_the_last_dose_that_is_no_reference(tmp_path: Path) -> None:
    assert contrast_of(dose_of(one(tmp_path, 0.5, more=", at: [12, 11], reference: 11"))) == 12
    with pytest.raises(NotDefinedError, match="Only the reference dose is told"):
        contrast_of(dose_of(one(tmp_path / "b", 0.5, more=", at: [11], reference: 11")))


def few(folder: Path) -> Reported:
    more = MIDDLES % ", curve: quadratic, at: [13], reference: 11"
    loaded = reviewed(folder, {"a": classed("a", DOSED), "b": classed("b", LIMITED)}, more)
    return material(loaded, Method(estimator="EE", test="z"))


@pytest.mark.long
def test_the_multiverse_has_every_choice_and_among_them_the_review_itself(tmp_path: Path) -> None:
    reported = few(tmp_path)
    (result,) = reported.results
    found = curve_multiverse(reported.loaded, result)
    assert found.choices == ("curve", "doses", "covariance", "stages", "estimator")
    # 3 curves, 3 rules, 3 covariances, REML, ML and EE in one stage, these and DL in two
    assert len(found.options) == 3 * 3 * 3 * (3 + 4)
    assert found.data_sets == 3
    assert found.null == 0.0
    own = ("quadratic", "open class as wide", "GL", "one", "EE")
    at = found.options.index(own)
    fit = dose_of(result).fit
    assert fit is not None
    told = fit.predict(13, reference=11)
    assert_allclose([found.estimate[at], found.ci_low[at], found.ci_high[at]],
                    [told.estimate[0], told.ci_low[0], told.ci_high[0]], rtol=1e-9)  # fmt: skip
    assert_allclose([found.p_value[at], found.k[at]], [fit.association.p_value, 2])
    stated = found.options.index(("quadratic", "stated", "GL", "one", "EE"))
    assert found.k[stated] == 1  # the other study states no doses
    assert np.isnan(found.tau2).all()
    line = found.options.index(("linear", "open class as wide", "independent", "two", "EE"))
    slopes = []
    for logs, doses, errors in (
        (np.log([0.8, 0.6]), [1, 2], [4, 4]),
        (np.log([1.3, 0.7]), [-1, 1], [4, 4]),
    ):
        weights = (np.log(errors) / 2 / Z) ** -2.0
        x = np.array(doses)
        slopes.append((np.sum(weights * x * logs), np.sum(weights * x * x)))
    expected = 2 * sum(part[0] for part in slopes) / sum(part[1] for part in slopes)
    assert_allclose(found.estimate[line], expected, rtol=1e-9)


def test_rules_that_give_a_class_another_dose_are_choices_of_their_own(tmp_path: Path) -> None:
    """Of classes below 11.5 and above 12.5 the ends depend on how wide they are taken to be."""
    reported = few(tmp_path)
    (result,) = reported.results
    choice = result.analysis.dose_response
    assert choice is not None
    kept = _rules(reported.loaded, result, NONE_CONTRADICTED, choice)
    assert list(kept) == ["stated", "open class as wide", "open class 1.2 times"]


def test_rules_of_doses_that_change_nothing_are_one_and_what_cannot_be_fitted_is_counted(
    tmp_path: Path,
) -> None:
    line = (DOSED[0], DOSED[2])
    spline = MIDDLES % ", curve: spline, knots: [11.2, 12.1, 12.8]"
    loaded = reviewed(tmp_path, {"a": classed("a", line), "b": classed("b", DOSED)}, spline)
    result = analysed(loaded)
    found = curve_multiverse(loaded, result)
    assert {options[1] for options in found.options} == {"stated"}
    assert found.data_sets == 1
    fit = dose_of(result).fit
    assert fit is not None
    own = found.options.index(("spline", "stated", "GL", "one", fit.method))
    assert found.estimate[own] == pytest.approx(fit.predict(13, reference=11).estimate[0], rel=1e-9)
    assert np.isfinite(found.estimate[found.options.index(("linear", "stated", "GL", "one", fit.method))])
    bent = [not np.isfinite(value) for o, value in zip(found.options, found.estimate, strict=True)
            if o[0] == "quadratic" and o[3] == "two"]  # fmt: skip
    assert bent == [True] * 12  # one class cannot tell two coefficients
    chart = multiverse_of_curve(loaded, result)
    assert chart.title == "Everybody: every defensible choice"
    assert f" {found.undefined} could not be computed." in chart.description
    assert chart.panels[0][0].y.label == "Odds ratio, 13 g/dL against 11 g/dL"
    assert chart.panels[0][0].y.scale == "log"
    with pytest.raises(NotDefinedError, match="A multiverse needs at least 2 studies"):
        curve_multiverse(loaded, one(tmp_path / "one", 0.5))
