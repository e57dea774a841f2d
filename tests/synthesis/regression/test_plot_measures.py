"""Where the lines, bands, dots and diamonds of regressions and subgroups lie, and what they say in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from synthesis.drawing.chart import Area, Chart, ChartCurve, Dots, Panel, ReferenceLine
from synthesis.drawing.forest_table import ForestTable, StudyRow, SummaryRow, TextRow
from synthesis.drawing.picture import Picture
from synthesis.regression.api import metareg
from synthesis.regression.location_scale import location_scale
from synthesis.regression.subgroups import subgroups

RNG = np.random.default_rng(11)
K = 30
DATA = pd.DataFrame(
    {
        "study": [f"S{i}" for i in range(K)],
        "y": 2.0 + RNG.normal(0.0, 0.5, K) * np.linspace(0.4, 2.0, K),
        "v": RNG.uniform(0.02, 0.2, K),
        "dose": RNG.uniform(1.0, 9.0, K),
        "site": (["hip"] * 3 + ["spine"] * 2 + ["neck"]) * 5,
        "blind": [True, False, True] * 10,
        "n": np.linspace(100.0, 390.0, K),
    }
)


def chart_of(result: Any, **options: Any) -> Chart:
    picture = result.plot("bubble", **options)
    assert isinstance(picture, Picture)
    assert isinstance(picture.content, Chart)
    return picture.content


def panels_of(result: Any, **options: Any) -> list[Panel]:
    return [panel for row in chart_of(result, **options).panels for panel in row]


def rows_of(result: Any, **options: Any) -> ForestTable:
    picture = result.plot(**options)
    assert isinstance(picture, Picture)
    assert isinstance(picture.content, ForestTable)
    return picture.content


def only(panel: Panel, kind: type[Any]) -> Any:
    [found] = [mark for mark in panel.marks if isinstance(mark, kind)]
    return found


def beyond(values: Sequence[float], share: float) -> tuple[float, float]:
    """The range of the values with a share of its length on either side."""
    low, high = min(values), max(values)
    return low - share * (high - low), high + share * (high - low)


@pytest.mark.parametrize(("level", "clipped"), [(0.999999999, True), (0.5, False)])
def test_the_axis_of_tau2_is_logarithmic_and_follows_the_interval_to_twenty_times_the_line(
    level: float, clipped: bool
) -> None:
    model = location_scale("y", "v", scale="~ n + site", data=DATA, level=level)
    panel = panels_of(model, mods="n")[0]
    line, band = only(panel, ChartCurve).y, only(panel, Area).y
    bounds = line.min() / 20.0, line.max() * 20.0
    assert [band.min() < bounds[0], band.max() > bounds[1]] == [clipped] * 2
    reach = np.log([max(band.min(), bounds[0]), min(band.max(), bounds[1])])
    assert np.log([panel.y.low, panel.y.high]) == pytest.approx(beyond(reach.tolist(), 0.06), rel=1e-10)
    assert (panel.y.scale, panel.y.label) == ("log", "τ²")


def test_a_tau2_of_zero_has_no_place_on_its_axis_and_does_not_move_it() -> None:
    """Eight studies that agree and eight that do not: the axis is that of the others' line and interval."""
    y = np.concatenate([np.full(8, 0.01), 0.01 * np.array([2.5, -0.5] * 4)])
    model = location_scale(y, np.full(16, 1e-5), scale="~ g", data={"g": list("aaaaaaaabbbbbbbb")})
    [panel] = panels_of(model)
    said = model.predict_tau2({"g": ["b"]})
    assert model.predict_tau2({"g": ["a"]}).tau2[0] == 0.0
    assert said.tau2[0] < 0.001
    ends = np.log([float(said.ci_low[0]), float(said.ci_high[0])])
    assert np.log([panel.y.low, panel.y.high]) == pytest.approx(beyond(ends.tolist(), 0.06), rel=1e-10)


def test_without_any_tau2_above_zero_its_axis_is_a_plain_one_from_zero_to_one() -> None:
    model = location_scale([0.1, 0.11, 0.1, 0.12], [1.0] * 4, scale=[1.0, 2, 3, 5])
    [panel] = panels_of(model)
    assert (panel.y.low, panel.y.high, panel.y.scale) == (0.0, 1.0, "linear")


@pytest.mark.parametrize(("test", "level"), [("z", 0.95), ("t", 0.9)])
def test_a_location_scale_model_s_mean_has_the_studies_a_line_and_its_interval(
    test: str, level: float
) -> None:
    model = location_scale("y", "v", mods="~ dose", scale="~ n", data=DATA, test=test, level=level)
    mean, spread = panels_of(model)
    line, band, dots = only(mean, ChartCurve), only(mean, Area), only(mean, Dots)
    rows = np.column_stack([np.ones(line.x.size), line.x])
    across = stats.norm.ppf(0.5 + level / 2) if test == "z" else stats.t.ppf(0.5 + level / 2, K - 2)
    half = across * np.sqrt(((rows @ model.location.covariance) * rows).sum(axis=1))
    assert band.y == pytest.approx(np.concatenate([line.y - half, (line.y + half)[::-1]]), rel=1e-9)
    assert dots.y == pytest.approx(DATA["y"].to_numpy())
    assert only(mean, ReferenceLine).at == 0.0
    assert not [mark for mark in spread.marks if isinstance(mark, Dots | ReferenceLine)]
    share = 1.0 / (DATA["v"] + model.predict_tau2().tau2)
    assert dots.radius == pytest.approx(np.maximum(1.3, 5.0 * np.sqrt(share / share.max())))
    table = rows_of(model, columns=["weights"])
    studies = [row for row in table.rows if isinstance(row, StudyRow)]
    assert [row.weight for row in studies] == pytest.approx((100.0 * share / share.sum()).tolist())
    z = stats.norm.ppf(0.5 + level / 2) * np.sqrt(DATA["v"])
    assert [row.low for row in studies] == pytest.approx((DATA["y"] - z).tolist())
    assert [row.high for row in studies] == pytest.approx((DATA["y"] + z).tolist())


def test_effects_on_a_log_axis_have_their_line_there_and_tau2_stays_as_it_is() -> None:
    model = location_scale("y", "v", mods="~ dose", scale="~ n", data=DATA)
    plain, ratios = panels_of(model), panels_of(model, log=True, null=1.0)
    for mark in (ChartCurve, Area, Dots):
        assert only(ratios[0], mark).y == pytest.approx(np.exp(only(plain[0], mark).y), rel=1e-12)
    for mark in (ChartCurve, Area):
        assert only(ratios[1], mark).y == pytest.approx(only(plain[1], mark).y, rel=1e-12)
    assert only(ratios[0], ReferenceLine).at == 1.0
    assert ratios[0].y.scale == "log"
    assert ratios[0].y.low == pytest.approx(np.exp(plain[0].y.low))


def test_a_model_of_tau2_alone_has_a_bubble_plot_of_it_and_a_forest_when_asked() -> None:
    model = location_scale("y", "v", scale="~ n", data=DATA)
    assert [panel.y.label for panel in panels_of(model)] == ["τ²"]
    assert chart_of(model).description == "What the model says along n."
    assert len([row for row in rows_of(model).rows if isinstance(row, StudyRow)]) == K


def test_the_ends_of_each_moderator_s_line_are_told_in_words_for_the_mean_alone() -> None:
    """Effects of exactly the dose, each with variance 1.5: se² = 1.5 (1 / 5 + 4 / 10) = 0.9486² there."""
    dose = [1.0, 2.0, 3.0, 4.0, 5.0]
    model = metareg(dose, [1.5] * 5, mods="~ dose", data={"dose": dose}, method="EE", test="z")
    chart = chart_of(model)
    told = "1 [−0.859, 2.86] at 1, 5 [3.14, 6.86] at 5"
    assert chart.description.replace("\N{NO-BREAK SPACE}", " ") == f"Mean effect along dose: {told}."
    both = location_scale("y", "v", mods="~ dose", scale="~ n", data=DATA)
    assert chart_of(both).description.startswith("Mean effect along dose: ")
    assert "along n" not in chart_of(both).description
    sites = metareg("y", "v", mods="~ site", data=DATA)
    words = chart_of(sites).description
    assert words.index(" at hip") < words.index(" at spine") < words.index(" at neck")


def test_a_line_is_smooth_and_the_axis_has_a_little_white_beyond_it() -> None:
    [panel] = panels_of(metareg("y", "v", mods="~ dose", data=DATA))
    line, band, dots = only(panel, ChartCurve), only(panel, Area), only(panel, Dots)
    assert line.x == pytest.approx(np.linspace(DATA["dose"].min(), DATA["dose"].max(), 81))
    assert band.x == pytest.approx(np.concatenate([line.x, line.x[::-1]]))
    assert (panel.x.low, panel.x.high) == pytest.approx(beyond(DATA["dose"].tolist(), 0.04))
    assert (line.thickness, line.name, band.name) == (1.2, "model", "its 95% CI")
    assert (dots.opacity, dots.name) == (0.85, "study, area by weight")


def test_a_factor_has_a_short_line_on_its_band_at_each_level() -> None:
    model = metareg("y", "v", mods="~ site", data=DATA)
    [panel] = panels_of(model)
    lines = [mark for mark in panel.marks if isinstance(mark, ChartCurve)]
    bands = [mark for mark in panel.marks if isinstance(mark, Area)]
    said = model.predict({"site": ["hip", "neck", "spine"]})
    for i in range(3):
        left, right = i + 1 - 0.32, i + 1 + 0.32
        assert lines[i].x == pytest.approx([left, right])
        assert lines[i].y == pytest.approx([said.estimate[i]] * 2)
        assert bands[i].x == pytest.approx([left, right, right, left])
        low, high = said.ci_low[i], said.ci_high[i]
        assert bands[i].y == pytest.approx([low, low, high, high])
        assert (lines[i].thickness, lines[i].name, bands[i].name) == (1.2, "model", "its 95% CI")
    assert len(lines) == len(bands) == 3
    assert panel.x.ticks == ((1.0, "hip"), (2.0, "neck"), (3.0, "spine"))
    assert (panel.x.low, panel.x.high) == pytest.approx((0.4, 3.6))
    places = {"hip": 1.0, "neck": 2.0, "spine": 3.0}
    assert only(panel, Dots).x.tolist() == [places[site] for site in DATA["site"]]


def test_truth_values_and_codes_of_two_kinds_are_levels_and_not_numbers() -> None:
    [panel] = panels_of(metareg("y", "v", mods="~ blind", data=DATA))
    assert panel.x.ticks == ((1.0, "False"), (2.0, "True"))
    mixed = DATA.assign(code=([1, "a", 2] * 10))
    [panel] = panels_of(metareg("y", "v", mods="~ C(code)", data=mixed))
    assert [label for _, label in panel.x.ticks or ()] == ["1", "2", "a"]


def test_panels_stand_two_in_a_row_and_a_lone_one_is_flatter() -> None:
    model = metareg("y", "v", mods="~ dose + n + site", data=DATA)
    chart = chart_of(model)
    assert [[panel.x.label for panel in row] for row in chart.panels] == [["dose", "n"], ["site"]]
    assert chart.aspect == 0.8
    assert chart.title == "Meta-regression of 30 studies: effect by dose, n, site"
    assert chart_of(model, mods="dose").aspect == 0.62


def test_footnotes_say_where_the_other_moderators_are_held() -> None:
    model = metareg("y", "v", mods="~ dose + n + site", data=DATA)
    held = f"dose {DATA['dose'].mean():.3g} (mean), n 245 (mean), site hip (most frequent)"
    assert chart_of(model).footnotes[-1] == f"Along each moderator the others are held at: {held}."
    assert chart_of(model, mods=["dose", "n"]).footnotes[-1] == (
        f"Along each moderator the others are held at: {held}."
    )
    assert chart_of(model, mods="dose").footnotes[-1] == (
        "Along each moderator the other moderators are held at: n 245 (mean), site hip (most frequent)."
    )
    two = metareg("y", "v", mods="~ dose + n", data=DATA)
    assert chart_of(two, mods="dose").footnotes[-1].endswith("are held at: n 245 (mean).")
    assert "held" not in chart_of(metareg("y", "v", mods="~ dose", data=DATA)).footnotes[-1]


def test_the_eight_studies_farthest_from_the_line_in_their_own_errors_have_their_names() -> None:
    one = DATA.assign(v=np.where(np.arange(K) % 2, 0.01, 0.9))
    model = metareg("y", "v", mods="~ dose", data=one, slab="study")
    away = np.abs(one["y"] - model.predict().estimate) / np.sqrt(one["v"])
    farthest = set(one["study"][away.sort_values().index[-8:]])
    assert set(only(panels_of(model)[0], Dots).labels) == farthest | {""}


EFFECTS: list[tuple[str, list[float], list[float], list[float], float]] = [
    ("a narrow band", [1.0, 2.2, 2.9, 4.1], [0.01] * 4, [1.0, 2.0, 3.0, 4.0], 0.95),
    ("a wide band", [1.0, 2.2, 2.9, 4.1], [9.0] * 4, [1.0, 2.0, 3.0, 4.0], 0.99),
    ("a line beyond the studies", [0.0, 1.0, 0.5, 0.5], [0.01, 0.01, 1e4, 1e4], [0.0, 1.0, 10.0, -9.0], 0.5),
    ("far from no effect", [11.0, 12.2, 12.9, 14.1], [0.01] * 4, [1.0, 2.0, 3.0, 4.0], 0.95),
    ("below no effect", [-11.0, -12.2, -12.9, -14.1], [0.01] * 4, [1.0, 2.0, 3.0, 4.0], 0.95),
]


@pytest.mark.parametrize(
    ("yi", "vi", "x", "level"), [each[1:] for each in EFFECTS], ids=[e[0] for e in EFFECTS]
)
@pytest.mark.parametrize("null", [0.0, None])
def test_the_axis_of_effects_holds_studies_line_and_null_and_the_interval_for_half_their_span_more(
    yi: list[float], vi: list[float], x: list[float], level: float, null: float | None
) -> None:
    model = metareg(yi, vi, mods="~ x", data={"x": x}, method="EE", test="z", level=level)
    [panel] = panels_of(model, null=null)
    line, band = only(panel, ChartCurve).y, only(panel, Area).y
    low, high = min(*yi, line.min()), max(*yi, line.max())
    more = 0.5 * (high - low)
    ends = [max(min(low, band.min()), low - more), min(max(high, band.max()), high + more)]
    assert (panel.y.low, panel.y.high) == pytest.approx(
        beyond([*ends, *([0.0] if null == 0.0 else [])], 0.06)
    )


APART = [3.0, 3.9, 5.2, 3.1, 4.6]
ALIKE = [7.0, 7.001, 6.999, 7.002]
ARMS = {
    "y": [*APART, *ALIKE, 2.0],
    "v": [0.04] * 10,
    "g": ["apart"] * 5 + ["alike"] * 4 + ["alone"],
    "n": list(range(10)),
}


@pytest.mark.parametrize("tau2", ["separate", "common"])
def test_a_subgroup_has_two_diamonds_where_hartung_and_knapp_s_is_the_narrower_one(tau2: str) -> None:
    result = subgroups("y", "v", by="g", data=ARMS, test="HKSJ", tau2=tau2)  # type: ignore[arg-type]
    table = rows_of(result, columns=["weights"])
    found = {r.label: r for r in table.rows if isinstance(r, SummaryRow) and r.level == "subgroup"}
    wide, narrow = result.groups[0], result.groups[1]
    expected = {"Subtotal (5)": (wide.ci_low, wide.ci_high)}
    if tau2 == "separate":
        expected |= {
            "Subtotal (4), Hartung-Knapp": (narrow.ci_low, narrow.ci_high),
            "Subtotal (4), Wald": narrow.wald,
        }
        assert narrow.ci_high - narrow.ci_low < narrow.wald[1] - narrow.wald[0]
    else:
        expected["Subtotal (4)"] = (narrow.ci_low, narrow.ci_high)
    assert {label: (row.low, row.high) for label, row in found.items()} == {
        label: pytest.approx(ends) for label, ends in expected.items()
    }
    shares = [row.weight or 0.0 for row in table.rows if isinstance(row, StudyRow)]
    assert found["Subtotal (5)"].weight == pytest.approx(sum(shares[:5]))
    [overall] = [r for r in table.rows if isinstance(r, SummaryRow) and r.level != "subgroup"]
    assert overall.weight == 100.0
    small = [row.text for row in table.rows if isinstance(row, TextRow)]
    assert small.count("One study, nothing pooled.") == 1


def test_wald_s_test_of_the_differences_stands_below_where_there_is_one() -> None:
    for test, twice in (("HKSJ", True), ("z", False)):
        result = subgroups("y", "v", by="g", data=ARMS, test=test)
        small = [row.text for row in rows_of(result).rows if isinstance(row, TextRow)]
        assert any("The same with Wald standard errors" in text for text in small) == twice
        assert (result.wald is not None) == twice
        if twice:
            assert f"The same with Wald standard errors: {result.wald}".replace("chi2", "χ²") in small


def test_columns_chosen_without_weights_leave_them_out_of_every_diamond() -> None:
    table = rows_of(subgroups("y", "v", by="g", data=ARMS, method="DL", test="z"), columns=["n"])
    assert [row.weight for row in table.rows if isinstance(row, SummaryRow)] == [None] * 3
    assert not any("Weights" in note for note in table.footnotes)


def test_a_plot_of_all_studies_of_a_subgroup_analysis_takes_its_moderator() -> None:
    result = subgroups("y", "v", by="g", data=ARMS)
    [panel] = panels_of(result, mods="n")
    assert only(panel, Dots).x == pytest.approx(np.arange(10.0))
    with pytest.raises(ValueError, match="mods"):
        result.plot("forest", mods="n")
