"""What the panels hold and whose names are set: limits and distances worked out from the effects."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from synthesis.drawing.chart import Area, Chart, ChartAxis, ChartCurve, Dots, ReferenceLine, Values
from synthesis.drawing.forest_table import GroupHeading, SpacerRow
from synthesis.plots.bubble import Moderator, bubble_plot
from synthesis.plots.extra_columns import ExtraColumns
from synthesis.plots.funnel import contour_funnel_plot, filled_funnel_plot, funnel_plot
from synthesis.plots.labbe import Arms, labbe_plot
from synthesis.plots.residuals import baujat_plot, quantile_plot, radial_plot
from synthesis.plots.study_forest import forest_plot, group_heading
from synthesis.plots.subject import Subject
from synthesis.pooled import pool
from tests.synthesis.diagnostics.reference import SMALL_STUDIES
from tests.synthesis.plots.subjects import named, panel_of, published

Z = 1.959963984540054
WIDE_REGION = ([-0.1, 0.3, 0.1], [0.2, 0.4, 0.3])
WIDE_EFFECTS = ([-2.0, 2.5, 0.1], [0.2, 0.4, 0.3])
SCALES = pytest.mark.parametrize("log", [False, True])


def subject(yi: list[float], sei: list[float], log: bool = False, null: float | None = 0.0) -> Subject:
    """Equal effects by z, so that the result is the mean weighted by 1/v."""
    labels = [f"Study {i}" for i in range(1, len(yi) + 1)]
    pooled = pool(yi, vi=np.square(sei), method="EE", test="z", slab=labels)
    shown = None if null is None else float(np.exp(null)) if log else null
    return Subject(pooled, "Outcome", "Ratio" if log else "Difference", log, shown)


def mean(yi: list[float], sei: list[float]) -> float:
    return float(np.average(yi, weights=1 / np.square(sei)))


def area_of(chart: Chart) -> Area:
    return next(mark for mark in panel_of(chart).marks if isinstance(mark, Area))


def spaced(low: float, high: float, white: float) -> list[float]:
    return [low - white * (high - low), high + white * (high - low)]


def ends(axis: ChartAxis, log: bool = False) -> list[float]:
    assert axis.scale == ("log" if log else "linear")
    return [float(np.log(end)) if log else end for end in (axis.low, axis.high)]


def labelled(chart: Chart, name: str = "study") -> set[str]:
    return set(named(chart, Dots, name).labels) - {""}


def farthest(distance: Values) -> set[str]:
    return {f"Study {i + 1}" for i in np.argsort(-distance)[:12]}


# Funnels.


@SCALES
@pytest.mark.parametrize(("yi", "sei"), [WIDE_REGION, WIDE_EFFECTS])
def test_a_funnel_holds_its_effects_and_the_foot_of_its_region(
    yi: list[float], sei: list[float], log: bool
) -> None:
    """The foot is 6 % below the largest standard error, 0.4; the white at both sides 6 % of the width."""
    panel = panel_of(funnel_plot(subject(yi, sei, log)))
    foot = [mean(yi, sei) - Z * 1.06 * 0.4, mean(yi, sei) + Z * 1.06 * 0.4]
    assert ends(panel.x, log) == pytest.approx(spaced(min(*yi, *foot), max(*yi, *foot), 0.06))
    assert (panel.y.low, panel.y.high) == pytest.approx((0.0, 0.424))
    assert panel.y.label == ("Standard error of the log" if log else "Standard error")


@SCALES
@pytest.mark.parametrize(
    ("yi", "null"), [([-0.1, 0.3, 0.1], 0.2), ([-3.0, 3.0, 0.1], 0.2), ([-0.1, 0.3, 0.1], -4.0)]
)
def test_a_contour_funnel_holds_the_places_where_p_is_one_percent(
    yi: list[float], null: float, log: bool
) -> None:
    sei = [0.2, 0.4, 0.3]
    chart = contour_funnel_plot(subject(yi, sei, log, null))
    foot = [null - stats.norm.isf(0.005) * 0.424, null + stats.norm.isf(0.005) * 0.424]
    held = [*yi, mean(yi, sei), *foot]
    assert ends(panel_of(chart).x, log) == pytest.approx(spaced(min(held), max(held), 0.06))
    assert ends(panel_of(chart).y) == [0.0, pytest.approx(0.424)]
    p = 2 * stats.norm.sf(np.abs(np.array(yi) - null) / sei)
    below = [int(np.sum(p < level)) for level in (0.01, 0.05, 0.1)]
    assert f"below 0.01 in {below[0]} stud" in chart.description
    counts = f"0.01 to 0.05 in {below[1] - below[0]}, 0.05 to 0.1 in {below[2] - below[1]} and above in "
    assert f"{counts}{3 - below[2]}." in chart.description
    whole = area_of(chart)
    low, high = panel_of(chart).x.low, panel_of(chart).x.high
    assert list(whole.x) == [low, high, high, low]
    assert list(whole.y) == pytest.approx([0.0, 0.0, 0.424, 0.424])


def test_studies_are_counted_by_p_on_both_sides_of_every_bound() -> None:
    z = [2.5768, 2.5748, 1.9610, 1.9590, 1.6459, 1.6439]  # p 0.00997, 0.01003, 0.0499, 0.0501, 0.0998, 0.1002
    chart = contour_funnel_plot(subject([0.1 * each for each in z], [0.1] * 6))
    counts = "below 0.01 in 1 study, 0.01 to 0.05 in 2, 0.05 to 0.1 in 2 and above in 1."
    assert counts in chart.description


def test_a_filled_funnel_holds_the_filled_studies_and_the_region_about_their_result() -> None:
    compared = 0
    for name, side in (("bcg", "right"), ("raudenbush1985", "left"), ("molloy2014", "left")):
        entry = SMALL_STUDIES["values"][name]
        shown = published(entry)
        chart = filled_funnel_plot(shown)
        assert f"on the {side}" in chart.description
        found = entry["trimfill"][f"REML/L0/{side}"]
        yi, sei = shown.pooled.yi, np.sqrt(shown.pooled.vi)
        foot = found["beta"] + Z * 1.06 * sei.max() * np.array([-1.0, 1.0])
        held = np.concatenate([yi, np.ravel(found["filled"]), foot])
        panel = panel_of(chart)
        assert ends(panel.x, True) == pytest.approx(spaced(held.min(), held.max(), 0.06), rel=1e-6)
        assert ends(panel.y) == [0.0, pytest.approx(1.06 * sei.max())]
        dots = named(chart, Dots, "filled study")
        own = yi[[int(np.argmin(np.abs(sei - y))) for y in dots.y]]
        assert np.ptp(np.log(dots.x) + own) < 1e-9, "each mirrors a study of its size at one middle"
        compared += own.size
        region = named(chart, ChartCurve, "±1.96 standard errors around it")
        assert np.log(region.x) == pytest.approx([foot[0], found["beta"], foot[1]], rel=1e-6)
        assert region.y == pytest.approx([panel.y.high, 0.0, panel.y.high])
    assert compared >= 4


@pytest.mark.parametrize("draw", [funnel_plot, contour_funnel_plot, filled_funnel_plot])
def test_lines_of_a_funnel_run_from_its_top_to_its_foot(draw) -> None:  # type: ignore[no-untyped-def]
    chart = draw(subject([0.5, 0.1, -0.2, 0.9, 1.4, 0.3], [0.1, 0.1, 0.15, 0.3, 0.4, 0.2]))
    lines = [m for m in panel_of(chart).marks if isinstance(m, ChartCurve) and len(m.x) == 2]
    assert lines
    assert all(list(line.y) == pytest.approx([0.0, 0.424]) and line.x[0] == line.x[1] for line in lines)


def test_names_are_those_of_the_studies_farthest_from_the_result_in_standard_errors() -> None:
    """From the pooled effect; with trim and fill, from the result with the filled studies."""
    rng = np.random.default_rng(5)
    sei = np.exp(rng.normal(-1.5, 0.8, 30))
    yi = 0.3 + sei * rng.normal(size=30)
    yi[sei > 0.25] = np.abs(yi[sei > 0.25]) + 0.3
    shown = subject(yi.tolist(), sei.tolist())
    pooled = mean(yi.tolist(), sei.tolist())
    filled = filled_funnel_plot(shown)
    after = float(named(filled, ChartCurve, "with the filled studies").x[0])
    assert farthest(np.abs(yi - after) / sei) != farthest(np.abs(yi - pooled) / sei)
    assert labelled(funnel_plot(shown)) == farthest(np.abs(yi - pooled) / sei)
    assert labelled(contour_funnel_plot(shown)) == farthest(np.abs(yi - pooled) / sei)
    assert labelled(filled) == farthest(np.abs(yi - after) / sei)
    assert labelled(radial_plot(shown)) == farthest(np.abs(yi - pooled) / sei)


@pytest.mark.parametrize(("outside", "says"), [(0, "0 of 3 studies lie"), (1, "1 of 3 studies lies")])
def test_one_study_lies_outside_and_several_lie(outside: int, says: str) -> None:
    far = 5.0 if outside else 0.1
    chart = funnel_plot(subject([0.0, 0.0, far], [0.001, 0.001, 1.0]))
    assert f"{says} outside ±1.96 standard errors" in chart.description


# Bubbles.


X = np.array([3.0, 9.0, 4.0, 20.0, 11.0, 6.0, 1.0, 14.0, 8.0, 17.0, 2.0, 13.0, 5.0, 10.0, 7.0])


def bubbles(log: bool = False) -> tuple[Subject, Values, Values]:
    rng = np.random.default_rng(11)
    sei = np.exp(rng.normal(-1.0, 0.8, 15))
    yi = 0.2 + 0.05 * X + sei * rng.normal(size=15)
    return subject(yi.tolist(), sei.tolist(), log), yi, sei


@SCALES
def test_a_bubble_plot_holds_its_line_and_the_studies_that_have_the_moderator(log: bool) -> None:
    shown, yi, sei = bubbles(log)
    values = X.copy()
    values[[0, int(np.argmax(yi))]] = np.nan
    known = np.isfinite(values)
    slope, start = np.polyfit(values[known], yi[known], 1, w=1 / sei[known])
    x_low, x_high = spaced(values[known].min(), values[known].max(), 0.03)
    chart = bubble_plot(shown, Moderator("dose", values))
    across = np.linspace(x_low, x_high, 101)
    line = named(chart, ChartCurve, "meta-regression")
    assert line.x == pytest.approx(across)
    assert (np.log(line.y) if log else line.y) == pytest.approx(start + slope * across)
    assert ends(panel_of(chart).x) == pytest.approx([across[0], across[-1]])
    held = np.concatenate([yi[known], start + slope * across])
    assert ends(panel_of(chart).y, log) == pytest.approx(spaced(held.min(), held.max(), 0.06))
    assert yi.max() > held.max()


def test_names_of_bubbles_are_those_farthest_from_the_line_in_standard_errors() -> None:
    shown, yi, sei = bubbles()
    slope, start = np.polyfit(X, yi, 1, w=1 / sei)
    distance = np.abs(yi - start - slope * X) / sei
    name = "study, area by weight"
    assert labelled(bubble_plot(shown, Moderator("dose", X)), name) == farthest(distance)
    values = X.copy()
    without = [int(i) for i in np.argsort(-distance)[:3]]
    values[without] = np.nan
    kept = labelled(bubble_plot(shown, Moderator("dose", values)), name)
    assert not kept & {f"Study {i + 1}" for i in without}
    assert len(kept) == 12


# Risks.


def risks(x: list[float], y: list[float], n: list[float]) -> Arms:
    first, second = np.array(n), 2.0 * np.array(n)
    return Arms("RD", np.array(y) * first, first, np.array(x) * second, second)


def test_the_panel_of_risks_ends_a_tenth_beyond_the_largest_and_at_one_at_most() -> None:
    shown = subject([0.1, 0.2], [0.1, 0.1])
    for largest, expected in ((0.4, 0.44), (0.9, 0.99), (0.95, 1.0)):
        for x, y in ((0.1, largest), (largest, 0.1)):
            panel = panel_of(labbe_plot(shown, risks([x, 0.2], [0.2, y], [50, 80])))
            assert ends(panel.x) == ends(panel.y) == [0.0, pytest.approx(expected)]


def test_risks_that_are_all_zero_have_the_whole_panel() -> None:
    panel = panel_of(labbe_plot(subject([0.1, 0.2], [0.1, 0.1]), risks([0.0, 0.0], [0.0, 0.0], [50, 80])))
    assert ends(panel.x) == ends(panel.y) == [0.0, 1.0]


def test_a_group_is_headed_by_its_name_with_a_capital() -> None:
    assert group_heading("men over 50") == GroupHeading("Men over 50")


def test_a_study_alone_has_neither_a_gap_to_a_summary_below_it_nor_a_method() -> None:
    for k, gaps in ((1, 0), (2, 1)):
        table = forest_plot(subject([0.1, 0.2][:k], [0.1, 0.1][:k]), ExtraColumns())
        assert sum(isinstance(row, SpacerRow) for row in table.rows) == gaps
        assert [note.startswith("Equal effects") for note in table.footnotes] == [True] * gaps


@pytest.mark.parametrize("effect", [-0.3, 0.3])
@pytest.mark.parametrize("measure", ["RD", "RR"])
def test_the_curve_of_the_pooled_effect_is_drawn_where_it_is_a_risk(measure: str, effect: float) -> None:
    arms = replace(risks([0.95, 0.9], [0.9, 0.95], [50, 80]), measure=measure)
    chart = labbe_plot(subject([effect] * 2, [0.1] * 2), arms)
    name = f"pooled risk {'difference' if measure == 'RD' else 'ratio'}"
    curve, same = named(chart, ChartCurve, name), named(chart, ChartCurve, "no effect")
    assert same.x == pytest.approx(np.arange(201) / 200.0)
    risk = curve.x + effect if measure == "RD" else curve.x * np.exp(effect)
    inside = (risk > -1e-9) & (risk < 1 + 1e-9)
    assert np.isfinite(curve.y).tolist() == inside.tolist()
    assert curve.y[inside] == pytest.approx(risk[inside])


def test_circles_of_risks_are_as_large_as_their_studies_and_the_most_different_are_named() -> None:
    rng = np.random.default_rng(8)
    x, y, n = rng.uniform(0.1, 0.9, 20), rng.uniform(0.1, 0.9, 20), rng.integers(20, 200, 20) * 1.0
    shown = subject(rng.normal(size=20).tolist(), [0.1] * 20)
    chart = labbe_plot(shown, replace(risks(list(x), list(y), list(n)), reference_n=np.asarray(300.0 - n)))
    dots = named(chart, Dots, "study, area by its number of persons")
    assert dots.radius == pytest.approx(np.full(20, 5.0)), "300 persons in every study"
    chart = labbe_plot(shown, risks(list(x), list(y), list(n)))
    dots = named(chart, Dots, "study, area by its number of persons")
    assert dots.radius == pytest.approx(np.maximum(5.0 * np.sqrt(n / n.max()), 1.3))
    assert labelled(chart, "study, area by its number of persons") == farthest(np.abs(y - x))
    assert f"in {int(np.sum(y > x))} the risk is higher" in chart.description


# Residuals.


YI, SEI = [0.4, -0.3, 0.9, 0.2], [0.1, 0.25, 0.5, 0.2]


@SCALES
def test_a_radial_plot_holds_the_origin_the_band_and_the_studies(log: bool) -> None:
    yi, sei = np.array(YI), np.array(SEI)
    pooled = mean(YI, SEI)
    for effects in (yi, np.array([0.4, -3.3, 4.9, 0.2])):
        chart = radial_plot(subject(effects.tolist(), SEI, log))
        panel, pooled = panel_of(chart), mean(effects.tolist(), SEI)
        right = 10.0 * 1.06
        assert ends(panel.x) == pytest.approx([0.0, right])
        held = [*(effects / sei), -Z, Z, pooled * right - Z, pooled * right + Z]
        assert ends(panel.y) == pytest.approx(spaced(min(held), max(held), 0.03))
        slope = named(chart, ChartCurve, "pooled effect, as a slope")
        assert list(slope.x) == pytest.approx([0.0, right])
        assert list(slope.y) == pytest.approx([0.0, pooled * right])
        sides = [m for m in panel.marks if isinstance(m, ChartCurve) and m.name == "±1.96 around it"]
        for line, away in zip(sides, (-Z, Z), strict=True):
            assert list(line.x) == pytest.approx([0.0, right])
            assert list(line.y) == pytest.approx([away, pooled * right + away])
            assert line.stroke == "dashed", "a band would fill the panel"


@pytest.mark.parametrize(("log", "null"), [(False, 0.0), (True, 0.0), (False, 0.5), (True, np.log(2.0))])
def test_no_effect_is_a_line_through_the_origin_with_no_effect_as_its_slope(log: bool, null: float) -> None:
    chart = radial_plot(subject(YI, SEI, log, null))
    line = named(chart, ChartCurve, "no effect")
    assert list(line.x) == pytest.approx([0.0, 10.6])
    assert list(line.y) == pytest.approx([0.0, 10.6 * null])
    assert panel_of(chart).y.high > line.y[1]


def test_without_a_value_of_no_effect_there_is_no_line_of_it() -> None:
    marks = panel_of(radial_plot(subject(YI, SEI, null=None))).marks
    assert not [mark for mark in marks if getattr(mark, "name", "") == "no effect"]
    assert not [mark for mark in marks if isinstance(mark, ReferenceLine)]


def test_a_baujat_plot_begins_at_zero_and_names_the_studies_farthest_out_in_either_direction() -> None:
    """Distance from the corner, each coordinate as a share of its largest."""
    rng = np.random.default_rng(9)
    sei = np.exp(rng.normal(-1.0, 0.8, 25))
    yi = rng.normal(0.3, 0.5, 25)
    shown = subject(yi.tolist(), sei.tolist())
    pooled, weight = mean(yi.tolist(), sei.tolist()), 1 / sei**2
    q = weight * (yi - pooled) ** 2
    without = (np.sum(weight * yi) - weight * yi) / (weight.sum() - weight)
    pull = (without - pooled) ** 2 * (weight.sum() - weight)
    chart = baujat_plot(shown)
    dots = named(chart, Dots, "")
    assert dots.x == pytest.approx(q)
    assert dots.y == pytest.approx(pull)
    panel = panel_of(chart)
    assert ends(panel.x) == [0.0, pytest.approx(q.max() + 0.06 * np.ptp(q))]
    assert ends(panel.y) == [0.0, pytest.approx(pull.max() + 0.06 * np.ptp(pull))]
    assert labelled(chart, "") == farthest(np.hypot(q / q.max(), pull / pull.max()))


def test_quantiles_of_many_studies_have_the_names_of_those_outside_the_band_alone() -> None:
    for size in (12, 13):
        normal = 0.3 * stats.norm.ppf((np.arange(1, size) - 0.5) / (size - 1))
        chart = quantile_plot(subject([*normal, 4.0], [*[0.3] * (size - 1), 0.8]))
        assert "1 lie outside the pointwise 95% band" in chart.description
        assert labelled(chart) == ({f"Study {i}" for i in range(1, 13)} if size == 12 else {"Study 13"})


def test_a_quantile_plot_holds_residuals_and_band_and_the_diagonal_crosses_it() -> None:
    chart = quantile_plot(subject(YI, SEI))
    panel, dots = panel_of(chart), named(chart, Dots, "study")
    rank = np.arange(1, 5)
    low, middle, high = (
        np.array(stats.norm.ppf(stats.beta.ppf(p, rank, 5 - rank))) for p in (0.025, 0.5, 0.975)
    )
    expected = spaced(middle.min(), middle.max(), 0.06)
    assert ends(panel.x) == pytest.approx(expected)
    held = [*dots.y, *low, *high]
    assert ends(panel.y) == pytest.approx(spaced(min(held), max(held), 0.06))
    line = named(chart, ChartCurve, "normal")
    assert list(line.x) == list(line.y) == pytest.approx(expected)
    band = area_of(chart)
    assert list(band.x) == pytest.approx([*middle, *middle[::-1]])
    assert list(band.y) == pytest.approx([*low, *high[::-1]])


def test_equal_effects_lie_at_the_origin_of_a_baujat_plot_and_all_are_named() -> None:
    chart = baujat_plot(subject([0.2] * 4, [0.1, 0.2, 0.3, 0.4]))
    assert named(chart, Dots, "").x == pytest.approx(np.zeros(4), abs=1e-20)
    assert len(labelled(chart, "")) == 4
