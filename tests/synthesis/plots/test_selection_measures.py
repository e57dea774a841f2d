"""The chart of selection models against the fitted models: weights, p-values, estimates, limits, words."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest
from scipy import stats

from synthesis.diagnostics.selection_models.fitting import MODELS, selection_model
from synthesis.diagnostics.selection_models.result import Selected
from synthesis.drawing.chart import Chart, ChartCurve, Dots, Panel, ReferenceLine
from synthesis.plots.selection_models import selection_plot
from synthesis.plots.subject import Subject
from synthesis.plots.words import in_symbols
from synthesis.pooled import pool
from tests.thinned import thinned

YI = np.array([0.62, 0.35, 0.48, 0.12, 0.05, 0.41, 0.20, 0.55, 0.30])
SEI = np.array([0.25, 0.12, 0.20, 0.08, 0.10, 0.18, 0.06, 0.30, 0.14])
CASES = ["negative", "ratios"]


@cache
def subject(case: str) -> Subject:
    """The same effects below zero, and above a value of no effect of 0.5 on the log scale."""
    away, sign = (0.0, -1.0) if case == "negative" else (0.5, 1.0)
    pooled = pool(away + sign * YI, vi=SEI**2, method="DL", test="z")
    log = case == "ratios"
    return Subject(pooled, "Outcome", "Effect", log, float(np.exp(away)) if log else away)


@cache
def chart(case: str) -> Chart:
    return selection_plot(subject(case))


@cache
def fits(case: str) -> dict[str, Selected]:
    shown = subject(case)
    side = "less" if case == "negative" else "greater"
    return {model: selection_model(shown.pooled, model, side, null=shown.pooled_null) for model in MODELS}


def back(case: str, values: object) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.log(np.asarray(values)) if case == "ratios" else np.asarray(values)


def curves(panel: Panel) -> list[ChartCurve]:
    return [mark for mark in panel.marks if isinstance(mark, ChartCurve)]


@pytest.mark.parametrize("case", thinned(CASES[::-1], 2))
def test_ticks_below_are_one_sided_p_values_of_the_value_of_no_effect(case: str) -> None:
    """Whatever the direction and the value of no effect, the same p-values of the same distances."""
    panel = chart(case).panels[0][0]
    rug = curves(panel)[-1]
    p = stats.norm.sf(YI / SEI)
    assert rug.x[::3] == pytest.approx(np.sqrt(p))
    assert rug.x[1::3] == pytest.approx(np.sqrt(p))
    assert set(rug.y[::3]) == {-0.07}
    assert set(rug.y[1::3]) == {-0.02}
    assert np.isnan(rug.x[2::3]).all()
    side = "below" if case == "negative" else "above"
    assert panel.x.label == f"One-sided p-value of effects {side} no effect (root scale)"
    count = int(np.sum(p <= 0.025))
    assert (
        f"9 studies, {count} of them with a one-sided p-value of at most .025 for effects {side} no effect"
        in (chart(case).description)
    )


def test_axes_of_weights_have_round_p_values_on_a_root_scale() -> None:
    panel = chart("ratios").panels[0][0]
    assert chart("ratios").aspect == 0.44
    assert (panel.x.low, panel.x.high, panel.y.low, panel.y.high) == (-0.01, 1.01, -0.09, 1.04)
    assert [label for _, label in panel.x.ticks or ()] == ["0", ".025", ".2", ".5", ".8", "1"]
    assert [at for at, _ in panel.x.ticks or ()] == pytest.approx(np.sqrt([0, 0.025, 0.2, 0.5, 0.8, 1]))
    assert panel.y.ticks == ((0.0, "0"), (0.25, "0.25"), (0.5, "0.5"), (0.75, "0.75"), (1.0, "1"))
    [rule] = [mark for mark in panel.marks if isinstance(mark, ReferenceLine)]
    assert rule.axis == "x"
    assert rule.at == pytest.approx(np.sqrt(0.025))


@pytest.mark.parametrize("case", thinned(CASES, 2))
def test_the_step_is_a_step_at_025_to_the_weight_of_the_others(case: str) -> None:
    curve = next(curve for curve in curves(chart(case).panels[0][0]) if curve.name == "step")
    delta = float(fits(case)["step"].delta[0])
    assert 0.0 < delta < 1.0
    first = curve.x <= np.sqrt(0.025) + 1e-12
    assert curve.y[first] == pytest.approx(np.ones(first.sum()))
    assert curve.y[~first] == pytest.approx(np.full((~first).sum(), delta), rel=1e-6)
    assert curve.x[~first][0] - curve.x[first][-1] < 1e-7, "upright"
    assert f"relative to significant ones in the step model: {delta:.3g}." in chart(case).description


@pytest.mark.parametrize("case", CASES)
def test_weights_are_scaled_to_one_at_their_largest_between_p_005_and_995(case: str) -> None:
    compared, cut = 0, 0
    drawn = {curve.name: curve for curve in curves(chart(case).panels[0][0]) if curve.name}
    assert list(drawn) == [name for name in MODELS if np.isfinite(fits(case)[name].estimate)]
    for name, curve in drawn.items():
        grid = np.linspace(0.005, 0.995, 20_001)
        p = curve.x**2
        expected = fits(case)[name].weight(p) / fits(case)[name].weight(grid).max()
        seen = np.isfinite(curve.y)
        assert curve.y[seen] == pytest.approx(expected[seen], rel=0.01), name
        assert np.nanmax(curve.y) == 1.0
        assert expected[~seen].min(initial=2.0) > 1.0
        cut += int(np.sum(~seen))
        if name != "step":
            assert (curve.x[0], curve.x[-1]) == pytest.approx((0.01, np.sqrt(0.9998)))
            assert 0.0 < np.diff(curve.x).min() < np.diff(curve.x).max() < 0.01
        compared += 1
    assert compared >= 5
    assert cut > 0


@pytest.mark.parametrize("case", CASES)
def test_each_estimate_has_a_row_with_its_dot_and_its_interval_cut_at_the_panel(case: str) -> None:
    panel, pooled = chart(case).panels[1][0], subject(case).pooled
    rows: list[tuple[str, Any]] = [("no selection", pooled), *fits(case).items()]
    axis = back(case, [panel.x.low, panel.x.high])
    lines = {float(line.y[0]): line for line in curves(panel)}
    dots = {float(dot.y[0]): dot for dot in panel.marks if isinstance(dot, Dots)}
    compared = 0
    for place, (_, row) in enumerate(rows, start=1):
        inside = bool(axis[0] <= row.estimate <= axis[1])
        assert (place in dots) == inside
        if inside:
            assert back(case, dots[place].x) == pytest.approx([row.estimate])
            compared += 1
        known = np.isfinite(row.ci_low) and np.isfinite(row.ci_high)
        assert (place in lines) == known
        if known:
            ends = np.clip([row.ci_low, row.ci_high], *axis)
            assert back(case, lines[place].x) == pytest.approx(ends)
            assert list(lines[place].y) == [place, place]
            if inside:
                assert lines[place].colour == dots[place].fill
    assert compared >= 5
    assert panel.y.ticks == tuple(
        (float(i), name if np.isfinite(row.estimate) else f"{name}: none")
        for i, (name, row) in enumerate(rows, 1)
    )
    assert (panel.y.low, panel.y.high, panel.y.reversed, panel.height) == (0.3, 7.7, True, 105.0)
    [rule] = [mark for mark in panel.marks if isinstance(mark, ReferenceLine)]
    assert rule.axis == "x"
    assert rule.at == pytest.approx(subject(case).null)


@pytest.mark.parametrize("case", CASES)
def test_the_panel_of_estimates_reaches_three_lengths_beyond_the_usual_interval(case: str) -> None:
    """Its length, or the distance of its estimate from no effect where that is more; 4 % of white."""
    pooled, null = subject(case).pooled, subject(case).pooled_null
    models: list[Any] = [pooled, *fits(case).values()]
    table = [[each.estimate, each.ci_low, each.ci_high] for each in models]
    reach = 3.0 * max(pooled.ci_high - pooled.ci_low, abs(pooled.estimate - null))
    bounds = min(pooled.ci_low, null) - reach, max(pooled.ci_high, null) + reach
    held = [min(max(value, bounds[0]), bounds[1]) for value in np.ravel(table) if np.isfinite(value)] + [null]
    white = 0.04 * (max(held) - min(held))
    axis = chart(case).panels[1][0].x
    assert back(case, [axis.low, axis.high]) == pytest.approx([min(held) - white, max(held) + white])
    assert axis.scale == ("log" if case == "ratios" else "linear")


@pytest.mark.parametrize("case", CASES)
def test_the_description_has_every_model_s_estimate_and_test(case: str) -> None:
    words = chart(case).description
    shown = np.exp if case == "ratios" else np.asarray

    def number(value: float) -> str:
        return f"{float(shown(value)):.3g}".replace("-", "−")

    told = 0
    for name, fit in fits(case).items():
        if not np.isfinite(fit.estimate):
            assert f"{name} has no estimate (no interval), test of selection" in words
        elif np.isfinite(fit.se):
            assert (
                f"{name} {number(fit.estimate)} [{number(fit.ci_low)}, {number(fit.ci_high)}], test" in words
            )
            told += 1
        else:
            assert f"{name} {number(fit.estimate)} (no interval), test of selection" in words
    assert told >= 3
    assert f"Without selection the effect is {number(subject(case).pooled.estimate)}; with it: step " in words


def test_a_warning_is_told_once_with_the_models_that_it_concerns() -> None:
    notes = chart("ratios").footnotes[1:]
    warned: dict[str, list[str]] = {}
    for name, fit in fits("ratios").items():
        for warning in fit.warnings:
            warned.setdefault(warning, []).append(name)
    assert len(notes) == len(warned) > 0
    for note, (warning, models) in zip(notes, warned.items(), strict=True):
        assert note == f"{', '.join(models).capitalize()}: {in_symbols(warning)}"


def test_colours_of_models_are_those_of_their_estimates() -> None:
    upper, lower = (panel for [panel] in chart("ratios").panels)
    colours = {curve.name: curve.colour for curve in curves(upper) if curve.name}
    rows = {at: label for at, label in lower.y.ticks or ()}
    compared = 0
    for dot in (mark for mark in lower.marks if isinstance(mark, Dots)):
        name = rows[float(dot.y[0])]
        if name in colours:
            assert dot.fill == colours[name]
            compared += 1
    assert compared >= 4
    assert len(set(colours.values())) == len(colours)


def test_curves_are_thick_and_intervals_and_p_values_thin() -> None:
    upper, lower = (panel for [panel] in chart("ratios").panels)
    *weights, rug = curves(upper)
    assert {curve.thickness for curve in weights} == {1.3}
    assert (rug.thickness, rug.colour) == (0.6, "#595959")
    assert {curve.thickness for curve in curves(lower)} == {1.0}
    assert {curve.name: curve.stroke for curve in weights if curve.stroke != "solid"} == {
        "beta": "dashed",
        "power": "dotted",
    }
