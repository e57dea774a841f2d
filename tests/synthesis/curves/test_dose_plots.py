"""Plots of a curve: every mark at the numbers of the result, and nothing on top of a text."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from synthesis import DoseResponse, dose_response
from synthesis.curves.dose_plots import dose_plot
from synthesis.drawing.chart import Area, Chart, ChartCurve, Dots, Panel, ReferenceLine
from synthesis.drawing.chart_layout import lay_out_chart
from synthesis.drawing.forest_table import ForestTable, GroupHeading, StudyRow
from synthesis.drawing.picture import Picture
from synthesis.plots.drawable import PlotRequest
from synthesis.plots.given import Given
from tests.synthesis.curves.invented_classes import ROWS, of_means, of_ratios
from tests.synthesis.drawing.charts import colliding, outside_page


def chart_of(result: DoseResponse, **words: Any) -> Chart:
    picture = result.plot("curve", **words)
    assert isinstance(picture, Picture)
    assert isinstance(picture.content, Chart)
    return picture.content


def table_of(result: DoseResponse, **words: Any) -> ForestTable:
    picture = result.plot("forest", **words)
    assert isinstance(picture, Picture)
    assert isinstance(picture.content, ForestTable)
    return picture.content


def panels(result: DoseResponse, **words: Any) -> tuple[Panel, Panel]:
    (curve,), (weights,) = chart_of(result, **words).panels
    return curve, weights


def weights_of(result: DoseResponse) -> Any:
    weight = np.concatenate([1.0 / np.diag(each.covariance) for each in result.studies])
    return 100.0 * weight / weight.sum()


@pytest.mark.parametrize("curve", ["linear", "quadratic", "spline"])
def test_the_curve_and_its_band_are_what_the_result_predicts(curve: str) -> None:
    result = of_ratios(curve=curve, level=0.9)
    panel, _ = panels(result)
    band, line, null, reference, _ = panel.marks
    assert isinstance(band, Area)
    assert isinstance(line, ChartCurve)
    at = result.predict(line.x)
    assert (line.x[0], line.x[-1], line.x.size) == (0.0, 15.0, 201)
    assert line.y == pytest.approx(np.exp(at.estimate), rel=1e-12)
    assert band.y == pytest.approx(np.exp(np.concatenate([at.ci_low, at.ci_high[::-1]])), rel=1e-12)
    assert (band.x == np.concatenate([line.x, line.x[::-1]])).all()
    assert (band.name, line.name) == ("90% CI", "curve")
    assert null == ReferenceLine("y", 1.0)
    assert isinstance(reference, ReferenceLine)
    assert (reference.axis, reference.at, reference.name) == ("x", 0.0, "reference dose")
    assert panel.y.scale == "log"
    assert panel.y.low < band.y.min() < band.y.max() < panel.y.high
    assert panel.x.low < 0 < 15 < panel.x.high


def test_classes_stand_at_their_dose_moved_by_the_curve_to_the_common_reference() -> None:
    result = of_ratios()
    panel, _ = panels(result)
    dots = panel.marks[-1]
    assert isinstance(dots, Dots)
    doses = [dose for dose, se in zip(ROWS["alcohol_g"], ROWS["se"], strict=True) if se]
    effects = [y for y, se in zip(ROWS["y"], ROWS["se"], strict=True) if se]
    moved = np.array(effects)
    moved[6:9] += result.estimate[0] * 1.0  # study C, against a dose of 1
    assert dots.x.tolist() == doses
    assert dots.y == pytest.approx(np.exp(moved), rel=1e-12)
    radius = np.asarray(dots.radius)
    weight = weights_of(result)
    assert (radius / radius.max()) ** 2 == pytest.approx(weight / weight.max(), rel=1e-10)
    assert panel.y.low < dots.y.min() < dots.y.max() < panel.y.high


def test_the_low_panel_has_the_weight_of_all_classes_at_each_dose() -> None:
    rows = ROWS | {"alcohol_g": [8.0 if dose == 10.0 else dose for dose in ROWS["alcohol_g"]]}
    result = of_ratios(rows)
    curve, low = panels(result)
    [bars] = low.marks
    assert isinstance(bars, ChartCurve)
    doses = np.concatenate([each.dose for each in result.studies])
    tops = {dose: weights_of(result)[doses == dose].sum() for dose in sorted(set(doses.tolist()))}
    assert len(tops) == 10
    x, y = bars.x.reshape(-1, 3), bars.y.reshape(-1, 3)
    assert x[:, 0].tolist() == x[:, 1].tolist() == list(tops)
    assert (y[:, 0] == 0).all()
    assert y[:, 1] == pytest.approx(list(tops.values()), rel=1e-12)
    assert sum(tops.values()) == pytest.approx(100.0, rel=1e-12)
    assert np.isnan(y[:, 2]).all()
    assert (low.x.low, low.x.high) == (curve.x.low, curve.x.high)
    assert low.y.low == 0
    assert (curve.height, low.height) == (None, 42.0)
    assert low.y.high > max(tops.values())
    assert low.y.label == "Weight of classes (%)"


def test_many_doses_are_shown_in_forty_stretches() -> None:
    dose = np.tile(np.arange(4.0), 25) + np.repeat(np.linspace(0.0, 0.9, 25), 4)
    first = np.tile([True, False, False, False], 25)
    variance = np.where(first, np.nan, 0.01 + 0.001 * dose)
    result = dose_response(
        np.where(first, 0.0, 0.1 * dose),
        variance,
        dose=dose,
        study=np.repeat(np.arange(25), 4),
        covariance="independent",
    )
    _, low = panels(result)
    [bars] = low.marks
    assert isinstance(bars, ChartCurve)
    x, top = bars.x.reshape(-1, 3)[:, 0], bars.y.reshape(-1, 3)[:, 1]
    tops, edges = np.histogram(dose[~first], bins=40, weights=1 / variance[~first])
    middle = 0.5 * (edges[:-1] + edges[1:])
    assert x == pytest.approx(middle[tops > 0], rel=1e-12)
    assert top == pytest.approx(100 * tops[tops > 0] / tops.sum(), rel=1e-10)
    assert x.size > 30


def test_axes_have_the_names_of_what_was_given() -> None:
    curve, low = panels(of_ratios())
    assert (curve.x.label, low.x.label) == ("", "alcohol g")
    assert curve.y.label == "Relative risk"
    assert panels(of_ratios(kind="odds"))[0].y.label == "Odds ratio"
    assert panels(of_ratios(kind="risks"))[0].y.label == "Risk ratio"
    assert panels(of_ratios(kind="rates"))[0].y.label == "Rate ratio"
    means = panels(of_means())[0]
    assert (means.y.label, means.y.scale) == ("Difference of means", "linear")
    assert ReferenceLine("y", 0.0) in means.marks
    unknown = of_ratios(kind=None, covariance="independent")
    assert (panels(unknown)[0].y.label, panels(unknown)[0].y.scale) == ("Effect", "linear")
    assert panels(unknown, log=True, effect="Hazard ratio")[0].y.label == "Hazard ratio"
    assert panels(unknown, log=True)[0].y.scale == "log"
    assert ReferenceLine("y", 1.0) in panels(unknown, log=True)[0].marks
    short = {name: [*values[:2], *values[4:]] for name, values in ROWS.items()}
    short["kind"][:2] = [None, None]
    assert panels(of_ratios(short))[0].y.scale == "log"
    listed = of_ratios(dose=list(ROWS["alcohol_g"]))
    assert panels(listed)[1].x.label == "Dose"
    series = of_ratios(dose=pd.Series(ROWS["alcohol_g"], name="wine"))
    assert panels(series)[1].x.label == "wine"
    assert not any(
        isinstance(mark, ReferenceLine) and mark.axis == "y"
        for mark in panels(of_ratios(), null=None)[0].marks
    )


def test_a_chart_says_what_it_shows() -> None:
    found = chart_of(of_ratios(curve="quadratic"))
    test = of_ratios(curve="quadratic").nonlinearity
    assert found.title == "Dose-response of 4 studies"
    assert found.description == f"Curve over doses from 0 to 15, against 0. Non-linearity: {test}."
    moved = (
        "1 study of 4 compared classes with another dose: these classes are moved up or down by what the "
        "curve says of that dose against 0."
    )
    assert found.footnotes[0] == f"Against a dose of 0. {moved}"
    assert found.footnotes[1].startswith("Parabola, one stage")
    assert found.footnotes[1].endswith("p = " + str(test).rpartition("p = ")[2] + ".")
    assert "χ²(1)" in found.footnotes[1]
    line = chart_of(of_ratios({name: values[:8] for name, values in ROWS.items()}, covariance="independent"))
    assert line.description == "Curve over doses from 0 to 15, against 0."
    assert line.footnotes[0] == "Against a dose of 0."
    assert (
        line.footnotes[2:]
        == of_ratios({name: values[:8] for name, values in ROWS.items()}, covariance="independent").notes
    )
    assert len(line.footnotes) > 2
    assert chart_of(of_ratios(), title="Alcohol").title == "Alcohol"


def test_a_forest_has_every_class_under_its_study() -> None:
    result = of_ratios(level=0.8)
    rows = table_of(result).rows
    assert [row.weight for row in rows if isinstance(row, StudyRow)] == [None] * 11
    heads = [row.label for row in rows if isinstance(row, GroupHeading)]
    assert heads == ["A, against 0", "B, against 0", "C, against 1", "D, against 0"]
    classes = [row for row in rows if isinstance(row, StudyRow)]
    assert [row.label for row in classes] == ["2", "6", "11", "3", "8", "15", "2.5", "5", "12", "4", "10"]
    y = np.concatenate([each.yi for each in result.studies])
    half = 1.2815515655446004 * np.concatenate([np.sqrt(np.diag(each.covariance)) for each in result.studies])
    assert [row.estimate for row in classes] == pytest.approx(np.exp(y), rel=1e-12)
    assert [row.low for row in classes] == pytest.approx(np.exp(y - half), rel=1e-10)
    assert [row.high for row in classes] == pytest.approx(np.exp(y + half), rel=1e-10)
    assert isinstance(rows[0], GroupHeading)
    means = [row for row in table_of(of_means()).rows if isinstance(row, StudyRow)]
    assert means[0].estimate == pytest.approx(0.6, rel=1e-12)


@pytest.mark.parametrize("width", ["85mm", "174mm"])
@pytest.mark.parametrize("curve", ["linear", "spline"])
def test_no_text_lies_on_another_and_all_stand_on_the_page(width: str, curve: str, tmp_path: Path) -> None:
    picture = of_ratios(curve=curve).plot("curve", width=width)
    assert isinstance(picture, Picture)
    assert isinstance(picture.content, Chart)
    layout = lay_out_chart(picture.content)
    assert outside_page(layout) == []
    assert colliding(layout) == []
    for kind in ("curve", "forest"):
        [path] = of_ratios(curve=curve).plot(kind, tmp_path / f"{kind}.svg", width=width)
        assert isinstance(path, Path)
        assert path.stat().st_size > 5_000


def test_dots_stand_on_the_curve_they_were_made_from() -> None:
    """In the layout: a straight line without error, whose classes lie on it."""
    doses = [0.0, 2.0, 5.0, 10.0]
    result = dose_response(
        [0.0, 0.2, 0.5, 1.0], [None, 0.1, 0.1, 0.1], dose=doses, study=["a"] * 4, covariance="independent"
    )
    layout = lay_out_chart(chart_of(result))
    [circles] = [each for each in layout.circles if len(each.centres) == 3]
    (x2, y2), (x5, y5), (x10, y10) = circles.centres
    assert (x5 - x2) / (x10 - x2) == pytest.approx(3 / 8, rel=1e-9)
    assert (y5 - y2) / (y10 - y2) == pytest.approx(3 / 8, rel=1e-9)


def test_a_ratio_beyond_every_number_has_no_axis() -> None:
    wide = of_ratios(ROWS | {"se": [se and 1e4 * se for se in ROWS["se"]]}, covariance="independent")
    with pytest.raises(ValueError, match=r"^axis 'Relative risk' .*; expected "):
        wide.plot("curve")


def test_other_plots_are_refused_with_those_that_there_are() -> None:
    with pytest.raises(ValueError, match=r"has no funnel plot; it has curve and forest"):
        of_ratios().plot("funnel")
    assert isinstance(of_ratios().plot(), Picture)


def test_a_curve_may_be_shown_against_a_dose_of_ones_own() -> None:
    fit = of_ratios(curve="quadratic")
    request = PlotRequest("curve", None, None, None, None, {})
    chart = dose_plot(fit, request, Given(None, log=True), "Dose", reference=5.0)
    assert isinstance(chart, Chart)
    curve = next(mark for mark in chart.panels[0][0].marks if isinstance(mark, ChartCurve))
    told = fit.predict(curve.x, reference=5.0)
    assert_allclose(np.log(curve.y), told.estimate, atol=1e-12)
    assert chart.footnotes[0].startswith("Against a dose of 5. 4 studies of 4 compared classes with")
