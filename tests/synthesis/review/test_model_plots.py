"""Questions to a model: without each study and estimate, at each rho, under the choices of others."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from synthesis import pool_dependent
from synthesis.clustered.undefined_plots import UNDEFINED
from synthesis.drawing.chart import Area, Chart, ChartCurve, Dots, ReferenceLine
from synthesis.drawing.forest_table import ForestTable, GroupHeading, StudyRow
from synthesis.plots.kinds import KINDS
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


@pytest.mark.parametrize("kind", [*KINDS, "rho"])
def test_each_kind_is_drawn_under_the_model_or_refused_with_what_it_takes_for_independent(
    kind: str, tmp_path: Path
) -> None:
    result = analysed(both_sites(tmp_path))
    if kind in ("leave-one-out", "funnel", "rho", "multiverse"):
        drawn = model_plot(kind, result, result.groups[0])
        assert "CHE" in " ".join(drawn.footnotes) or kind == "funnel"
        return
    sentence = f"A model of dependent effects has no {kind} plot: {UNDEFINED[kind]}; it has leave-one-out, "
    with pytest.raises(NotDefinedError, match=f"^{re.escape(sentence)}"):
        model_plot(kind, result, result.groups[0])
    assert set(MODEL_PLOTS) | set(UNDEFINED) == {*KINDS, "rho"}


def test_the_funnel_is_that_of_python_with_the_clusters_names_and_the_test_of_asymmetry(
    tmp_path: Path,
) -> None:
    result = analysed(both_sites(tmp_path))
    chart = model_plot("funnel", result, result.groups[0])
    assert isinstance(chart, Chart)
    ((panel,),) = chart.panels
    (dots,) = [mark for mark in panel.marks if isinstance(mark, Dots)]
    drawn = np.array(sorted(zip(dots.x, dots.y, strict=True)))
    assert drawn == pytest.approx(np.array(sorted((y, se) for _, _, y, se in FLAT)), rel=1e-12)
    # the most precise estimate of each cluster
    assert [name for name in dots.labels if name] == ["A", "B", "C", "D", "E"]
    clusters, _, yi, sei = zip(*FLAT, strict=True)
    slope = pool_dependent(yi=yi, sei=sei, cluster=clusters, rho=0.6, mods=np.array(sei))
    said = f"t({slope.df[1]:.1f}) = {slope.statistic[1]:.2f}, p = {slope.p_value[1]:.2f}".replace("-", "−")
    assert said in chart.footnotes[1]
    assert chart.title == "Everybody: funnel plot"


def test_the_funnel_of_a_correlation_says_that_its_axis_is_fishers_z(tmp_path: Path) -> None:
    cells = "measure: r, estimate: {r}"
    records = {
        study: record(
            study,
            [
                f"id: {site}, outcome: {site}, model: full, n: 50, effect: {{{cells.format(r=r)}}}"
                for site, r in (("hip", 0.1 * at), ("spine", 0.05 + 0.1 * at))
            ],
        )
        for at, study in enumerate("abc", start=1)
    }
    loaded = review(tmp_path, records, more=MODEL, scale="{measure: r, exposure: hemoglobin}")
    result = analysed(loaded)
    chart = model_plot("funnel", result, result.groups[0])
    assert isinstance(chart, Chart)
    assert chart.panels[0][0].x.label == "Correlation (Fisher z)"


def test_choices_that_cannot_be_fitted_are_counted_and_told_with_the_reason(tmp_path: Path) -> None:
    rows = {
        study: record(study, [row("hip", at, 0.004), row("spine", at + 0.002, 0.005, "spine")])
        for study, at in (("a", 0.01), ("b", 0.02))
    }
    result = analysed(review(tmp_path, rows, more=MODEL))
    table = model_plot("multiverse", result, result.groups[0])
    assert isinstance(table, ForestTable)
    assert "CMVE" not in answers(table)
    assert len(answers(table)) == 13
    assert table.footnotes[-1] == (
        "1 of 14 cannot be fitted: CMVE (2 clusters for 3 variances and correlations of random effects)."
    )
    # of two clusters each that is left out leaves one
    left = model_plot("leave-one-out", result, result.groups[0])
    assert isinstance(left, ForestTable)
    assert [*answers(left)] == [f"without {name}, {site}" for name in "AB" for site in ("hip", "spine")]
    assert left.footnotes[-1] == (
        "2 of 6 cannot be fitted: without A and without B (one cluster is left, and nothing tells how "
        "studies differ)."
    )


def test_where_everything_can_be_fitted_nothing_is_told_of_what_cannot(tmp_path: Path) -> None:
    for kind in ("multiverse", "leave-one-out"):
        assert not any("cannot be fitted" in note for note in plot(kind, tmp_path / kind).footnotes)


def test_without_a_rho_the_models_that_need_one_are_told_together(tmp_path: Path) -> None:
    found = plot("multiverse", tmp_path, "model: HE")
    assert [*answers(found)][:2] == ["HE", "SCE"]
    assert found.footnotes[-1] == (
        "3 of 10 cannot be fitted: CHE, CE and CMVE (a/hip and a/spine are of the same persons (hip, spine), "
        "and nothing says how their errors are correlated)."
    )


def test_a_plot_over_rho_needs_one_rho(tmp_path: Path) -> None:
    for at, (model, why) in enumerate(
        (
            ("{name: CHE, rho: {hip with spine: 0.5}}", "here rho is stated by pair of sites"),
            ("HE", "HE takes all errors for independent"),
        )
    ):
        with pytest.raises(NotDefinedError, match=f"the one correlation that a model assumes: {why}"):
            plot("rho", tmp_path / str(at), f"model: {model}")
    lone = {study: record(study, [row("hip", at, 0.01)]) for study, at in (("a", 0.1), ("b", 0.2))}
    for model, name in ((MODEL, "with"), ("model: CHE", "without")):
        single = analysed(review(tmp_path / name, lone, more=model))
        with pytest.raises(NotDefinedError, match="no two estimates here share persons at two sites"):
            model_plot("rho", single, single.groups[0])
    with pytest.raises(NotDefinedError, match="this analysis names none"):
        without_model()


def test_one_study_has_no_plot_and_two_have_no_leave_one_out(tmp_path: Path) -> None:
    rows = [row("hip", 0.01, 0.004), row("spine", 0.02, 0.005, "spine")]
    alone = analysed(review(tmp_path / "one", {"a": record("a", rows)}, more=MODEL))
    with pytest.raises(NotDefinedError, match="nothing tells how studies differ"):
        model_plot("rho", alone, alone.groups[0])
