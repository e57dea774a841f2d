"""L'Abbé plot: risks, and the curve of the pooled effect."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from synthesis.drawing.chart import ChartCurve, Dots
from synthesis.plots.labbe import Arms, labbe_plot
from synthesis.plots.subject import NotDefinedError
from tests.synthesis.plots.subjects import invented, named, panel_of

EVENTS, PERSONS = np.array([4.0, 6.0, 3.0, 62.0]), np.array([123.0, 306.0, 231.0, 13598.0])
OTHER_EVENTS, OTHER_PERSONS = np.array([11.0, 29.0, 11.0, 248.0]), np.array([139.0, 303.0, 220.0, 12867.0])
NAMES = {"OR": "pooled odds ratio", "RR": "pooled risk ratio", "RD": "pooled risk difference"}


def arms(measure: str) -> Arms:
    return Arms(measure, EVENTS, PERSONS, OTHER_EVENTS, OTHER_PERSONS)


@pytest.mark.parametrize("measure", NAMES)
def test_risks_and_the_curve_on_which_the_effect_is_the_pooled_one(measure: str) -> None:
    subject = invented(4, log=measure != "RD")
    chart = labbe_plot(subject, arms(measure))
    dots = named(chart, Dots, "study, area by its number of persons")
    assert dots.x == pytest.approx(OTHER_EVENTS / OTHER_PERSONS)
    assert dots.y == pytest.approx(EVENTS / PERSONS)
    curve = named(chart, ChartCurve, NAMES[measure])
    inside = np.isfinite(curve.y) & (curve.x > 0.0) & (curve.x < 1.0)
    x, y = curve.x[inside], curve.y[inside]
    if measure == "RD":
        effect = y - x
    elif measure == "RR":
        effect = np.log(y / x)
    else:
        effect = np.log(y / (1.0 - y)) - np.log(x / (1.0 - x))
    assert effect == pytest.approx(np.full(x.size, subject.pooled.estimate), rel=1e-9)
    assert measure == "RD" or x.size > 100
    equal = named(chart, ChartCurve, "no effect")
    assert (equal.x == equal.y).all()


def test_the_panel_is_square_and_holds_every_study() -> None:
    chart = labbe_plot(invented(4, True), arms("RR"))
    panel = panel_of(chart)
    assert chart.aspect == 1.0
    assert (panel.x.low, panel.x.high) == (panel.y.low, panel.y.high)
    assert panel.x.high == pytest.approx(1.1 * 29 / 303)


def test_the_description_counts_studies_with_the_higher_risk() -> None:
    assert "4 studies: in 0 the risk is higher" in labbe_plot(invented(4), arms("RR")).description
    swapped = Arms("RR", OTHER_EVENTS, OTHER_PERSONS, EVENTS, PERSONS)
    assert "4 studies: in 4 the risk is higher" in labbe_plot(invented(4), swapped).description


def test_no_events_at_all_leave_a_whole_axis() -> None:
    none = replace(arms("RD"), events=np.zeros(4), reference_events=np.zeros(4))
    assert panel_of(labbe_plot(invented(4), none)).x.high == 1.0


def test_without_counts_or_for_another_measure_there_is_none() -> None:
    with pytest.raises(NotDefinedError, match="needs events and persons of both arms; no study records them"):
        labbe_plot(invented(4), None)
    with pytest.raises(NotDefinedError, match="shows OR, RR or RD; this analysis pools MD"):
        labbe_plot(invented(4), arms("MD"))
