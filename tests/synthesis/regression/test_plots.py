"""Plots of regressions and subgroups: fitted values, moderators, subtotals and the test of differences."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from synthesis.drawing.chart import Area, Chart, ChartCurve, Dots, Panel
from synthesis.drawing.forest_table import ForestTable, GroupHeading, StudyRow, SummaryRow, TextRow
from synthesis.drawing.picture import Picture
from synthesis.plots.subject import NotDefinedError
from synthesis.regression.api import metareg
from synthesis.regression.location_scale import location_scale
from synthesis.regression.subgroups import subgroups

RNG = np.random.default_rng(4)
DATA = pd.DataFrame(
    {
        "study": [f"Study {i}" for i in range(12)],
        "y": RNG.normal(0.3, 0.4, 12),
        "v": RNG.uniform(0.02, 0.1, 12),
        "dose": RNG.uniform(1.0, 9.0, 12),
        "site": ["hip", "spine", "neck"] * 4,
        "n": range(100, 112),
    }
)


def content(picture: Picture | list[Path]) -> Chart | ForestTable:
    assert isinstance(picture, Picture)
    return picture.content


def table_of(picture: Picture | list[Path]) -> ForestTable:
    found = content(picture)
    assert isinstance(found, ForestTable)
    return found


def panels_of(picture: Picture | list[Path]) -> list[Panel]:
    found = content(picture)
    assert isinstance(found, Chart)
    return [panel for row in found.panels for panel in row]


def test_a_forest_of_a_regression_has_what_the_model_says_of_each_study() -> None:
    model = metareg("y", "v", mods="~ dose + site", data=DATA, slab="study")
    table = table_of(model.plot(columns=["n"]))
    rows = [row for row in table.rows if isinstance(row, StudyRow)]
    said = model.predict()
    for i, row in enumerate(rows):
        assert row.fitted == pytest.approx((said.estimate[i], said.ci_low[i], said.ci_high[i]), rel=1e-12)
        assert row.cells[0] == str(100 + i)
    assert len(rows) == 12
    assert table.columns == ("N" if "N" in table.columns else "n", "Fitted [95%\N{NO-BREAK SPACE}CI]")
    small = [row.text for row in table.rows if isinstance(row, TextRow)]
    assert small[0] == f"Moderators: {model.QM}"
    assert any(text.startswith("R²: ") for text in small)
    assert not any("tau2" in text or "chi2" in text for text in (*small, *table.footnotes))


def test_each_moderator_has_a_panel_along_which_the_others_are_held() -> None:
    model = metareg("y", "v", mods="~ dose + site", data=DATA, slab="study")
    dose, site = panels_of(model.plot("bubble"))
    [line] = [mark for mark in dose.marks if isinstance(mark, ChartCurve)]
    usual = DATA["site"].mode().iloc[0]
    said = model.predict({"dose": line.x, "site": [usual] * line.x.size})
    assert line.y == pytest.approx(said.estimate, rel=1e-12)
    [band] = [mark for mark in dose.marks if isinstance(mark, Area)]
    assert band.y == pytest.approx(np.concatenate([said.ci_low, said.ci_high[::-1]]), rel=1e-12)
    [dots] = [mark for mark in dose.marks if isinstance(mark, Dots)]
    assert dots.x == pytest.approx(DATA["dose"].to_numpy())
    assert (line.x.min(), line.x.max()) == (DATA["dose"].min(), DATA["dose"].max())
    assert [label for _, label in site.x.ticks or ()] == ["hip", "neck", "spine"]
    steps = [mark for mark in site.marks if isinstance(mark, ChartCurve)]
    levels = model.predict({"dose": [DATA["dose"].mean()] * 3, "site": ["hip", "neck", "spine"]})
    assert [step.y[0] for step in steps] == pytest.approx(levels.estimate.tolist(), rel=1e-12)
    assert len(panels_of(model.plot("bubble", mods="dose"))) == 1


def test_splines_and_numbers_without_names_have_their_line() -> None:
    spline = metareg("y", "v", mods="~ bs(dose, df=4)", data=DATA)
    assert len(panels_of(spline.plot("bubble"))) == 1
    numbers = metareg("y", "v", mods=DATA[["dose", "n"]].to_numpy(), data=DATA)
    assert [panel.x.label for panel in panels_of(numbers.plot("bubble"))] == ["mod1", "mod2"]


def test_numbers_that_are_a_factor_have_a_step_for_each_level() -> None:
    coded = DATA.assign(code=[1, 2, 5] * 4)
    model = metareg("y", "v", mods="~ C(code) + dose", data=coded)
    code, dose = panels_of(model.plot("bubble"))
    assert [label for _, label in code.x.ticks or ()] == ["1", "2", "5"]
    [line] = [mark for mark in dose.marks if isinstance(mark, ChartCurve)]
    said = model.predict({"code": [1] * line.x.size, "dose": line.x})
    assert line.y == pytest.approx(said.estimate, rel=1e-12), "the first of the most frequent"


def test_what_a_regression_cannot_draw_is_refused_with_a_sentence() -> None:
    model = metareg("y", "v", mods="~ dose", data=DATA)
    with pytest.raises(ValueError, match="has no funnel plot; it has forest and bubble"):
        model.plot("funnel")
    with pytest.raises(ValueError, match="unknown moderator of the model 'dos'; did you mean 'dose'"):
        model.plot("bubble", mods="dos")
    with pytest.raises(NotDefinedError, match="needs a moderator, and this model has none"):
        metareg("y", "v", mods="~ 1", data=DATA).plot("bubble")


def test_a_location_scale_model_has_panels_of_the_mean_and_of_tau2() -> None:
    model = location_scale("y", "v", mods="~ dose", scale="~ n", data=DATA)
    mean, spread = panels_of(model.plot("bubble"))
    assert (mean.x.label, spread.x.label, spread.y.label) == ("dose", "n", "τ²")
    [line] = [mark for mark in spread.marks if isinstance(mark, ChartCurve)]
    assert line.y == pytest.approx(model.predict_tau2({"n": line.x}).tau2, rel=1e-12)
    assert not [mark for mark in spread.marks if isinstance(mark, Dots)]
    [line] = [mark for mark in mean.marks if isinstance(mark, ChartCurve)]
    rows = np.column_stack([np.ones(line.x.size), line.x])
    assert line.y == pytest.approx(rows @ model.location.estimate, rel=1e-12)
    fitted = [row.fitted for row in table_of(model.plot()).rows if isinstance(row, StudyRow)]
    expected = model.location.design @ model.location.estimate
    assert [each[0] for each in fitted if each] == pytest.approx(expected.tolist(), rel=1e-12)


@pytest.mark.parametrize("tau2", ["separate", "common"])
def test_subgroups_have_their_studies_a_subtotal_and_the_test_of_their_difference(tau2: str) -> None:
    result = subgroups("y", "v", by="site", data=DATA, slab="study", tau2=tau2)  # type: ignore[arg-type]
    table = table_of(result.plot(columns=["n", "weights"]))
    headings = [row.label for row in table.rows if isinstance(row, GroupHeading)]
    assert headings == ["Hip", "Spine", "Neck"]
    rows = [row for row in table.rows if isinstance(row, StudyRow)]
    assert [row.label for row in rows] == [f"Study {i}" for start in range(3) for i in range(start, 12, 3)]
    assert [row.cells for row in rows] == [(str(100 + int(row.label.split()[1])),) for row in rows]
    assert sum(row.weight or 0.0 for row in rows) == pytest.approx(100.0)
    subtotals = [row for row in table.rows if isinstance(row, SummaryRow) and row.level == "subgroup"]
    for group, row in zip(result.groups, (r for r in subtotals if not r.label.endswith("Wald")), strict=True):
        assert (row.estimate, row.low, row.high) == (group.estimate, group.ci_low, group.ci_high)
    overall = [row for row in table.rows if isinstance(row, SummaryRow) and row.level == "overall"]
    assert overall[0].estimate == result.overall.estimate
    small = [row.text for row in table.rows if isinstance(row, TextRow)]
    assert f"Test of differences between subgroups: {result.between}" in small
    assert sum(text.startswith("Heterogeneity") for text in small) == (4 if tau2 == "separate" else 1)


def test_rows_without_a_subgroup_are_left_out_of_the_columns_too() -> None:
    sites: list[Any] = ["hip", None, "spine", "hip"] * 3
    gaps = DATA.assign(site=sites)
    result = subgroups("y", "v", by="site", data=gaps, missing="drop")
    rows = [row for row in table_of(result.plot(columns=["n"])).rows if isinstance(row, StudyRow)]
    expected = [100 + i for i in range(12) if i % 4 in (0, 3)] + [100 + i for i in range(12) if i % 4 == 2]
    assert [row.cells[0] for row in rows] == [str(n) for n in expected]


def test_other_kinds_of_a_subgroup_analysis_are_of_all_studies() -> None:
    found = content(subgroups("y", "v", by="site", data=DATA).plot("funnel"))
    assert isinstance(found, Chart)
    assert "12 studies" in found.description


def test_a_lone_study_has_no_subtotal() -> None:
    alone = DATA.assign(site=["hip"] * 11 + ["spine"])
    table = table_of(subgroups("y", "v", by="site", data=alone).plot())
    assert len([row for row in table.rows if isinstance(row, SummaryRow) and row.level == "subgroup"]) == 1
    assert "One study, nothing pooled." in [row.text for row in table.rows if isinstance(row, TextRow)]
