"""What the plots of dependent effects show, read off their models."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from scipy.stats import norm

from synthesis import pool_dependent
from synthesis.drawing.chart import Area, Chart, ChartCurve, Dots, Panel, ReferenceLine
from synthesis.drawing.forest_table import (
    ForestTable,
    GroupHeading,
    PredictionRow,
    SpacerRow,
    StudyRow,
    SummaryRow,
    TextRow,
)
from synthesis.drawing.picture import Picture
from synthesis.plots.subject import NotDefinedError

RNG = np.random.default_rng(85)
CLUSTER = np.array(list("BBADDECCFFFFGB"))
K = CLUSTER.size
DATA = pd.DataFrame(
    {
        "yi": 0.3 + RNG.normal(0, 0.4, 26)[[ord(c) - 65 for c in CLUSTER]] + RNG.normal(0, 0.2, K),
        "vi": RNG.uniform(0.01, 0.09, K),
        "study": CLUSTER,
        "row": [f"{c}{i}" for i, c in enumerate(CLUSTER)],
        "dose": RNG.uniform(0, 3, K),
        "n": range(200, 200 + K),
    }
)


def fitted(**asked: Any) -> Any:
    return pool_dependent("yi", "vi", cluster="study", data=DATA, slab="row", **({"rho": 0.6} | asked))


def table_of(picture: Picture | list[Path]) -> ForestTable:
    assert isinstance(picture, Picture)
    assert isinstance(picture.content, ForestTable)
    return picture.content


def chart_of(picture: Picture | list[Path]) -> Chart:
    assert isinstance(picture, Picture)
    assert isinstance(picture.content, Chart)
    return picture.content


def panel_of(picture: Picture | list[Path]) -> Panel:
    ((panel,),) = chart_of(picture).panels
    return panel


def texts(table: ForestTable) -> list[str]:
    return [row.text for row in table.rows if isinstance(row, TextRow)]


def test_estimates_stand_below_their_cluster_in_the_order_of_the_data() -> None:
    found = table_of(fitted().plot())
    shown = [
        "" if isinstance(row, SpacerRow) else row.text if isinstance(row, TextRow) else row.label
        for row in found.rows
    ]
    assert shown[:26] == [
        *("B", "B0", "B1", "B13", "Mean of 3", ""),
        *("A", "", "D", "D3", "D4", "Mean of 2", ""),
        *("E", "", "C", "C6", "C7", "Mean of 2", ""),
        *("F", "F8", "F9", "F10", "F11", "Mean of 4"),
    ]
    assert shown[26:29] == ["", "G", ""]
    assert shown[29] == "Model CHE (14 estimates, 7 clusters)"
    headings = [row.label for row in found.rows if isinstance(row, GroupHeading)]
    assert headings == ["B", "D", "C", "F"]


def test_single_estimates_below_each_other_need_no_room_between_them() -> None:
    data = DATA.iloc[[2, 5, 12, 0, 1]]
    found = table_of(pool_dependent("yi", "vi", cluster="study", data=data, rho=0.6).plot())
    kinds = [type(row).__name__ for row in found.rows][:9]
    assert kinds == [
        *["StudyRow"] * 3,
        *("SpacerRow", "GroupHeading", "StudyRow", "StudyRow", "SummaryRow", "SpacerRow"),
    ]
    assert any(note.startswith("Estimates below one heading") for note in found.footnotes)


@pytest.mark.parametrize("level", [0.95, 0.9])
def test_rows_have_their_own_normal_intervals_and_weights(level: float) -> None:
    result = fitted(level=level, rho=0.9, model="CE")
    found = table_of(result.plot(columns=["n"]))
    rows = {row.cells[0]: row for row in found.rows if isinstance(row, StudyRow)}
    point = norm.ppf(0.5 + level / 2)
    for i in range(K):
        row, half = rows[str(200 + i)], point * np.sqrt(DATA.vi[i])
        assert (row.estimate, row.low, row.high) == pytest.approx(
            (DATA.yi[i], DATA.yi[i] - half, DATA.yi[i] + half), rel=1e-8
        )
        assert row.weight is None
    assert len(rows) == K
    weighed = {row.label: row.weight for row in table_of(result.plot()).rows if isinstance(row, StudyRow)}
    negative = result.weights < 0
    assert (negative.any(), negative.all()) == (True, False)
    for i in range(K):
        label = str(DATA.row[i]) if (CLUSTER[i] == CLUSTER).sum() > 1 else str(CLUSTER[i])
        assert weighed[label] == (None if negative[i] else pytest.approx(result.weights[i], rel=1e-12))
    note = "Where no weight stands, it is negative: more precise estimates of the same persons outweigh it."
    assert note in table_of(result.plot()).footnotes
    assert note not in found.footnotes
    assert note not in table_of(fitted(model="HE", rho=None).plot()).footnotes
    assert found.effect_header.endswith(f"[{100 * level:g}%\N{NO-BREAK SPACE}CI]")


@pytest.mark.parametrize("level", [0.95, 0.9])
def test_the_mean_of_a_cluster_is_the_generalised_least_squares_one(level: float) -> None:
    found = table_of(fitted(level=level).plot())
    means = [row for row in found.rows if isinstance(row, SummaryRow) and row.level == "subgroup"]
    for row, name in zip(means, "BDCF", strict=True):
        own = DATA[DATA.study == name]
        se = np.sqrt(own.vi.to_numpy())
        w = np.linalg.inv(np.outer(se, se) * (0.6 + 0.4 * np.eye(len(own))))
        mean, half = (w @ own.yi).sum() / w.sum(), norm.ppf(0.5 + level / 2) / np.sqrt(w.sum())
        assert (row.estimate, row.low, row.high) == pytest.approx((mean, mean - half, mean + half), rel=1e-8)
    assert any(
        "share persons; their mean, a hollow diamond" in note for note in table_of(fitted().plot()).footnotes
    )


def test_the_summary_the_prediction_and_the_variances_close_the_forest() -> None:
    result = fitted()
    found = table_of(result.plot())
    summary = next(row for row in found.rows if isinstance(row, SummaryRow) and row.level == "overall")
    ends = (result.estimate[0], result.ci_low[0], result.ci_high[0])
    assert (summary.estimate, summary.low, summary.high) == pytest.approx(ends, rel=1e-12)
    row = next(row for row in found.rows if isinstance(row, PredictionRow))
    assert row.label == "95% prediction interval"
    assert (row.low, row.high) == pytest.approx((result.prediction_low, result.prediction_high), rel=1e-12)
    said = texts(found)
    assert said[0].startswith(f"Test of no effect: t({result.df[0]:.3g}) = {result.statistic[0]:.2f}, p")
    assert [text.split(":")[0].split(" =")[0] for text in said[1:]] == [
        "σ² of clusters", "σ² of estimates in clusters", "Q",
    ]  # fmt: skip
    assert found.title == "14 estimates in 7 clusters"
    assert found.footnotes[0].startswith("14 estimates in 7 clusters: model of correlated and hierarchical")


def test_a_model_of_formulas_and_z_and_of_no_random_effects_say_so() -> None:
    other = table_of(fitted(model="~ 1 | study", test="z").plot())
    labels = [row.label for row in other.rows if isinstance(row, SummaryRow)]
    assert labels[-1] == "Model of the effects (14 estimates, 7 clusters)"
    assert texts(other)[0].startswith("Test of no effect: z = ")
    none = table_of(fitted(method="EE").plot())
    assert not any(isinstance(row, PredictionRow) for row in none.rows)


def test_several_coefficients_are_told_in_words() -> None:
    result = fitted(mods="~ dose")
    found = table_of(result.plot())
    said = texts(found)
    for text, name, at, t in zip(
        said, ("Intercept", "dose"), result.estimate, result.statistic, strict=False
    ):
        assert text.startswith(f"{name}: {at:.4g}, t(".replace("-", "\N{MINUS SIGN}")) or f"{at:.4g}" in text
        assert f"= {abs(t):.2f}, p" in text.replace("-", "").replace("\N{MINUS SIGN}", "")
    assert said[2].startswith("Moderators: ")
    assert not any(isinstance(row, SummaryRow) and row.level == "overall" for row in found.rows)
    assert all(row.weight is None for row in found.rows if isinstance(row, StudyRow))


def test_without_clusters_of_several_nothing_is_said_of_persons() -> None:
    found = table_of(pool_dependent("yi", "vi", cluster="row", data=DATA, rho=0.6).plot())
    assert not any("share persons" in note for note in found.footnotes)
    assert not any(isinstance(row, GroupHeading) for row in found.rows)


def test_ratios_stand_on_a_log_axis() -> None:
    asked: dict[str, Any] = {"effect": "Odds ratio", "log": True}
    result = fitted()
    found = table_of(result.plot(**asked))
    assert (found.axis.label, found.axis.scale, found.axis.null) == ("Odds ratio", "log", 1.0)
    summary = [row for row in found.rows if isinstance(row, SummaryRow)][-1]
    assert summary.estimate == pytest.approx(np.exp(result.estimate[0]))
    rho = panel_of(result.plot("rho", **asked))
    assert (rho.y.scale, rho.y.label) == ("log", "Odds ratio")
    curve = result.rho_curve()
    (area,) = [mark for mark in rho.marks if isinstance(mark, Area)]
    assert_allclose(area.y[:20], np.exp(curve.ci_low[:, 0]), rtol=1e-12)
    low, high = min(curve.ci_low.min(), 0.0), max(curve.ci_high.max(), 0.0)
    assert np.log(rho.y.low) == pytest.approx(low - 0.25 * (high - low))
    assert np.log(rho.y.high) == pytest.approx(high + 0.25 * (high - low))
    funnel = panel_of(result.plot("funnel", **asked))
    assert (funnel.x.scale, funnel.y.label) == ("log", "Standard error of the log")
    (dots,) = [mark for mark in funnel.marks if isinstance(mark, Dots)]
    assert_allclose(dots.x, np.exp(DATA.yi), rtol=1e-12)


def test_the_band_over_rho_is_the_curve_over_rho() -> None:
    result = fitted(mods="~ dose")
    curve, chart = result.rho_curve(), chart_of(result.plot("rho"))
    assert len(chart.panels) == 2
    for j, ((panel,), name) in enumerate(zip(chart.panels, ("Intercept", "dose"), strict=True)):
        (area,) = [mark for mark in panel.marks if isinstance(mark, Area)]
        (line,) = [mark for mark in panel.marks if isinstance(mark, ChartCurve)]
        assert_allclose(area.x, np.r_[curve.rho, curve.rho[::-1]], rtol=1e-12)
        assert_allclose(area.y, np.r_[curve.ci_low[:, j], curve.ci_high[::-1, j]], rtol=1e-12)
        assert_allclose(np.r_[line.x, line.y], np.r_[curve.rho, curve.estimate[:, j]], rtol=1e-12)
        at = [(mark.axis, mark.at) for mark in panel.marks if isinstance(mark, ReferenceLine)]
        assert ("x", 0.6) in at
        assert (panel.x.low, panel.x.high) == (0.0, 1.0)
        assert panel.y.label.endswith(f": {name}")
        low, high = min(curve.ci_low[:, j].min(), 0.0), max(curve.ci_high[:, j].max(), 0.0)
        reach = (low - 0.25 * (high - low), high + 0.25 * (high - low))
        assert (panel.y.low, panel.y.high) == pytest.approx(reach)
    assert chart.title == "14 estimates in 7 clusters: over the assumed correlation of errors"
    assert chart.footnotes[0] == f"{curve.sentence} The dashed line is the correlation that was assumed."
    assert ": " not in panel_of(fitted().plot("rho")).y.label


def test_the_funnel_joins_the_estimates_of_a_cluster_from_left_to_right() -> None:
    result = fitted()
    picture = result.plot("funnel")
    panel = panel_of(picture)
    (dots,) = [mark for mark in panel.marks if isinstance(mark, Dots)]
    sei = np.sqrt(DATA.vi.to_numpy())
    assert_allclose(np.c_[dots.x, dots.y], np.c_[DATA.yi, sei], rtol=1e-12)
    summary, region, *joined = [mark for mark in panel.marks if isinstance(mark, ChartCurve)]
    at, height = result.estimate[0], 1.06 * sei.max()
    assert_allclose(np.r_[summary.x, summary.y], [at, at, 0, height], rtol=1e-12)
    assert_allclose(region.x, [at - 1.959964 * height, at, at + 1.959964 * height], rtol=1e-6)
    assert_allclose(region.y, [height, 0, height], rtol=1e-12)
    assert (panel.y.low, panel.y.reversed) == (0.0, True)
    assert panel.y.high == pytest.approx(height)
    for line, name in zip(joined, "BDCF", strict=True):
        own = DATA[DATA.study == name].sort_values("yi")
        assert_allclose(np.c_[line.x, line.y], np.c_[own.yi, np.sqrt(own.vi)], rtol=1e-12)
    assert [line.name for line in joined] == ["estimates of one cluster", "", "", ""]
    outside = int((np.abs(DATA.yi - at) > 1.959964 * sei).sum())
    assert 0 < outside < K
    assert f"{outside} of 14 estimates lie outside ±1.96 standard errors" in chart_of(picture).footnotes[0]


def test_leaving_out_has_a_row_for_each_cluster_and_each_of_several_estimates() -> None:
    result = fitted()
    found = table_of(result.plot("leave-one-out"))
    clusters, estimates = result.leave_out(), result.leave_out("estimate")
    several = [i for name in "BDCF" for i in np.flatnonzero(name == CLUSTER)]
    expected = [(clusters, i) for i in range(7)] + [(estimates, i) for i in several]
    rows = [row for row in found.rows if isinstance(row, StudyRow)]
    for row, (out, i) in zip(rows, expected, strict=True):
        assert row.label == f"without {out.left[i]}"
        ends = (out.estimate[i, 0], out.ci_low[i, 0], out.ci_high[i, 0])
        assert (row.estimate, row.low, row.high) == pytest.approx(ends, rel=1e-12)
    assert len(rows) == 18
    headings = [row.label for row in found.rows if isinstance(row, GroupHeading)]
    assert headings == ["Clusters", *(f"Estimates of {name}" for name in "BDCF")]
    assert sum(isinstance(row, SpacerRow) for row in found.rows) == 5
    assert not any(isinstance(row, PredictionRow) for row in found.rows)
    assert found.title == "14 estimates in 7 clusters: without each"
    single = table_of(pool_dependent("yi", "vi", cluster="row", data=DATA, rho=0.6).plot("leave-one-out"))
    assert sum(isinstance(row, StudyRow) for row in single.rows) == K
    assert [row.label for row in single.rows if isinstance(row, GroupHeading)] == ["Clusters"]


NOT_DEFINED: dict[str, tuple[dict[str, Any], str, str]] = {
    "no curve": ({"model": "HE", "rho": None}, "rho", "A rho plot varies the correlation that a model "),
    "funnel of several": (
        {"mods": "~ dose"}, "funnel",
        "A funnel plot is of one summary; a model with moderators has several.",
    ),
    "leaving out of several": (
        {"mods": "~ dose"}, "leave-one-out",
        "A leave-one-out plot is of one summary; a model with moderators has several.",
    ),
    "another kind": (
        {}, "baujat",
        "A model of dependent effects has no baujat plot: the share of an estimate in Q is its own only "
        "where errors are independent; it has forest, rho, funnel and leave-one-out.",
    ),
}  # fmt: skip


@pytest.mark.parametrize("slip", NOT_DEFINED)
def test_plots_that_dependent_effects_do_not_have_are_refused_with_the_reason(slip: str) -> None:
    asked, kind, sentence = NOT_DEFINED[slip]
    with pytest.raises(NotDefinedError, match=f"^{re.escape(sentence)}"):
        fitted(**asked).plot(kind)


def test_a_kind_of_plot_that_nobody_knows_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown kind of plot 'forrest'; did you mean 'forest'"):
        fitted().plot("forrest")
    with pytest.raises(ValueError, match="columns belongs to a forest plot; a funnel plot has no use for it"):
        fitted().plot("funnel", columns=["n"])


def test_a_weight_below_one_percent_is_shown() -> None:
    far = DATA.assign(vi=np.where(np.arange(K) == 3, 40.0, DATA.vi))
    result = pool_dependent("yi", "vi", cluster="study", data=far, slab="row", model="HE")
    assert 0.0 < result.weights[3] < 1.0
    weighed = {row.label: row.weight for row in table_of(result.plot()).rows if isinstance(row, StudyRow)}
    assert weighed[str(DATA.row[3])] == pytest.approx(result.weights[3], rel=1e-12)
