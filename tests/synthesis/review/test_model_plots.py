"""Questions to a model: without each study and estimate, at each rho, under the choices of others."""

from __future__ import annotations

from pathlib import Path

import pytest

from synthesis import pool_dependent
from synthesis.drawing.chart import Area, Chart, ChartCurve, ReferenceLine
from synthesis.drawing.forest_table import ForestTable, GroupHeading, StudyRow
from synthesis.plots.subject import NotDefinedError
from synthesis.pooled import pool
from synthesis.review.model_plots import MODEL_PLOTS, model_plot, without_model
from tests.synthesis.review.made import record, review
from tests.synthesis.review.sites import MODEL, analysed, both_sites, row
from tests.synthesis.review.test_modelled import FLAT, by_hand


def plot(kind: str, folder: Path, more: str = MODEL) -> ForestTable:
    result = analysed(both_sites(folder, more))
    found = model_plot(kind, result, result.groups[0])
    assert isinstance(found, ForestTable)
    return found


def answers(table: ForestTable) -> dict[str, tuple[float, float, float]]:
    return {
        each.label: (float(each.estimate or 0), float(each.low or 0), float(each.high or 0))
        for each in table.rows
        if isinstance(each, StudyRow)
    }


def without(study: str, site: str | None = None) -> tuple[float, float, float]:
    kept = [each for each in FLAT if each[0] != study or (site is not None and each[1] != site)]
    clusters, _, yi, sei = zip(*kept, strict=True)
    found = pool_dependent(yi=yi, sei=sei, cluster=clusters, rho=0.6)
    return float(found.estimate[0]), float(found.ci_low[0]), float(found.ci_high[0])


def test_each_study_and_each_estimate_is_left_out(tmp_path: Path) -> None:
    found = answers(plot("leave-one-out", tmp_path))
    assert len(found) == 5 + 8
    assert found["without A"] == pytest.approx(without("a"), rel=1e-8)
    assert found["without A, hip"] == pytest.approx(without("a", "hip"), rel=1e-8)


def test_the_curve_over_rho_is_that_of_python_with_its_band_and_the_assumed_rho(tmp_path: Path) -> None:
    result = analysed(both_sites(tmp_path))
    chart = model_plot("rho", result, result.groups[0])
    assert isinstance(chart, Chart)
    ((panel,),) = chart.panels
    (line,) = [mark for mark in panel.marks if isinstance(mark, ChartCurve)]
    (band,) = [mark for mark in panel.marks if isinstance(mark, Area)]
    assert line.x.tolist() == pytest.approx([0.05 * step for step in range(20)])
    for place in (0, 6, 19):
        expected = by_hand(0.05 * place)
        found = [line.y[place], band.y[place], band.y[-1 - place]]
        wanted = [float(value[0]) for value in (expected.estimate, expected.ci_low, expected.ci_high)]
        assert found == pytest.approx(wanted, rel=1e-5)
    lines = {(mark.axis, mark.at) for mark in panel.marks if isinstance(mark, ReferenceLine)}
    assert lines == {("x", 0.6), ("y", 0.0)}
    assert "Over rho from 0 to 0.95 the summary lies between" in chart.footnotes[0]


def test_other_choices_are_models_correlations_and_one_effect_a_study(tmp_path: Path) -> None:
    table = plot("multiverse", tmp_path)
    assert [each.label for each in table.rows if isinstance(each, GroupHeading)] == [
        "Working model",
        "Assumed correlation",
        "One effect a study, pooled as independent",
    ]
    found = answers(table)
    assert list(found)[:5] == ["CHE", "CE", "HE", "SCE", "CMVE"]
    first = [next(each for each in FLAT if each[0] == study) for study in "abcde"]
    expected = pool(yi=[each[2] for each in first], sei=[each[3] for each in first])
    assert found["its first estimate"] == pytest.approx(
        (expected.estimate, expected.ci_low, expected.ci_high), rel=1e-8
    )
    highest = [max(each[2] for each in FLAT if each[0] == study) for study in "abcde"]
    assert highest == [0.020, 0.004, 0.031, 0.016, 0.009]
    assert found["its lowest estimate"][0] < found["the mean of its estimates"][0]
    assert found["the mean of its estimates"][0] < found["its highest estimate"][0]


@pytest.mark.parametrize("kind", ["funnel", "influence", "gosh", "p-curve"])
def test_kinds_that_take_effects_for_independent_are_refused(kind: str, tmp_path: Path) -> None:
    with pytest.raises(NotDefinedError, match=f"A {kind} plot takes every estimate for independent"):
        plot(kind, tmp_path)
    assert set(MODEL_PLOTS) == {"leave-one-out", "rho", "multiverse"}


def test_a_plot_over_rho_needs_one_rho(tmp_path: Path) -> None:
    with pytest.raises(NotDefinedError, match="varies the one correlation"):
        plot("rho", tmp_path, "model: {name: CHE, rho: {hip with spine: 0.5}}")
    with pytest.raises(NotDefinedError, match="this analysis names none"):
        without_model()


def test_one_study_has_no_plot_and_two_have_no_leave_one_out(tmp_path: Path) -> None:
    rows = [row("hip", 0.01, 0.004), row("spine", 0.02, 0.005, "spine")]
    alone = analysed(review(tmp_path / "one", {"a": record("a", rows)}, more=MODEL))
    with pytest.raises(NotDefinedError, match="nothing tells how studies differ"):
        model_plot("rho", alone, alone.groups[0])
