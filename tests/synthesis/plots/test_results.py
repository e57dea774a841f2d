"""Plots of a result alone: words, columns and moderators from a table, pictures and files."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from evidence.effects.escalc import escalc
from synthesis.drawing.chart import Chart, Dots
from synthesis.drawing.forest_table import (
    ForestTable,
    PredictionRow,
    StudyRow,
    SummaryRow,
    TextRow,
    estimate_of,
    weight_of,
)
from synthesis.drawing.picture import Picture
from synthesis.plots.subject import NotDefinedError
from synthesis.pooled import Pooled, pool

TRIALS = pd.DataFrame(
    {
        "trial": ["Aronson 1948", "Hart 1977", "Madras 1980", "Stein 1953", "Coetzee 1968"],
        "ai": [4, 62, 505, 180, 29],
        "bi": [119, 13536, 87886, 1361, 7470],
        "ci": [11, 248, 499, 372, 45],
        "di": [128, 12619, 87892, 1079, 7232],
        "latitude": [44, 52, 13, 44, 27],
        "share": [0.25, 0.5, np.nan, 0.123456, 1.0],
        "rob": ["Low risk", "some concerns", "high", "unclear", None],
    }
)
Z = 1.959963984540054


@pytest.fixture(scope="module")
def vaccine() -> Pooled:
    sizes = escalc("RR", ai="ai", bi="bi", ci="ci", di="di", data=TRIALS, slab="trial")
    return pool(sizes, data=TRIALS)


def table_of(picture: Picture | list[Path]) -> ForestTable:
    assert isinstance(picture, Picture)
    assert isinstance(picture.content, ForestTable)
    return picture.content


def chart_of(picture: Picture | list[Path]) -> Chart:
    assert isinstance(picture, Picture)
    assert isinstance(picture.content, Chart)
    return picture.content


def studies(table: ForestTable) -> list[StudyRow]:
    return [row for row in table.rows if isinstance(row, StudyRow)]


def test_a_forest_plot_shows_studies_with_z_intervals_the_mean_and_the_prediction(vaccine: Pooled) -> None:
    table = table_of(vaccine.plot())
    rows = studies(table)
    assert [row.label for row in rows] == TRIALS["trial"].tolist()
    half = Z * np.sqrt(vaccine.vi)
    for name, expected in (("estimate", vaccine.yi), ("low", vaccine.yi - half), ("high", vaccine.yi + half)):
        assert [getattr(row, name) for row in rows] == pytest.approx(np.exp(expected), rel=1e-12)
    assert [row.weight for row in rows] == pytest.approx(vaccine.weights.tolist())
    [mean] = [row for row in table.rows if isinstance(row, SummaryRow)]
    assert (mean.estimate, mean.low, mean.high) == pytest.approx(
        np.exp([vaccine.estimate, vaccine.ci_low, vaccine.ci_high])
    )
    [new] = [row for row in table.rows if isinstance(row, PredictionRow)]
    assert (new.low, new.high) == pytest.approx(np.exp([vaccine.prediction_low, vaccine.prediction_high]))
    small = " ".join(row.text for row in table.rows if isinstance(row, TextRow))
    assert "Heterogeneity: τ² = " in small
    assert "Test of no effect: t(4) = " in small


def test_effects_of_escalc_bring_their_axis_and_a_word_overrides_it(vaccine: Pooled) -> None:
    axis = table_of(vaccine.plot()).axis
    assert (axis.label, axis.scale, axis.null) == ("Risk ratio", "log", 1.0)
    other = table_of(vaccine.plot(effect="Relative risk", lower="vaccine", higher="none", title="BCG"))
    assert (other.axis.label, other.axis.left, other.axis.right) == ("Relative risk", "vaccine", "none")
    assert other.title == "BCG"
    plain = table_of(vaccine.plot(log=False)).axis
    assert (plain.label, plain.scale, plain.null) == ("Effect", "linear", 0.0)
    ratio = table_of(pool([0.1, 0.2], [0.1, 0.2]).plot(log=True)).axis
    assert (ratio.scale, ratio.null) == ("log", 1.0)


def test_columns_are_names_templates_and_lists(vaccine: Pooled) -> None:
    columns = {
        "Latitude": "latitude",
        "Vaccinated": "{ai}/{n1i}",
        "Share": "share",
        "Mine": ["a", "b", "c", "d", "e"],
    }
    table = table_of(vaccine.plot(columns=columns))
    assert table.columns == tuple(columns)
    cells = [row.cells for row in studies(table)]
    assert cells[0] == ("44", "4/123", "0.25", "a")
    assert [row[2] for row in cells] == ["0.25", "0.5", "–", "0.1235", "1"]
    assert studies(table)[0].weight is None, "weights stand there only if they are asked for"
    both = table_of(vaccine.plot(columns=["events", "weights"]))
    assert both.columns == ("Events/N", "Events/N (control)")
    assert studies(both)[1].cells == ("62/13598", "248/12867")
    assert studies(both)[1].weight == pytest.approx(vaccine.weights[1])
    assert table_of(vaccine.plot(columns="latitude")).columns == ("Latitude",)


def test_a_text_with_names_in_a_list_of_columns_has_a_head_without_braces(vaccine: Pooled) -> None:
    columns = ["{ai}/{n1i}", "{ci}/{n2i}", "latitude", "{ai} of_all {bi}", "{rob}"]
    table = table_of(vaccine.plot(columns=columns))
    assert table.columns == ("Events/N", "Events/N (control)", "Latitude", "Ai of all bi", "Rob")
    assert studies(table)[0].cells == ("4/123", "11/139", "44", "4 of_all 119", "Low risk")
    assert table_of(vaccine.plot(columns="{latitude}°")).columns == ("Latitude°",)
    means = pd.DataFrame({"m1i": [1.5], "sd1i": [2], "m2i": [1], "sd2i": [2.25]})
    single = pool([0.1], [0.1], data=means).plot(columns=["{m1i} ({sd1i})", "{m2i} ({sd2i})"])
    assert table_of(single).columns == ("Mean (SD)", "Mean (SD) (control)")


def test_risk_of_bias_becomes_lights(vaccine: Pooled) -> None:
    table = table_of(vaccine.plot(columns=["latitude"], risk_of_bias={"D1": "rob"}))
    assert (table.columns, table.lights) == (("Latitude", "D1"), ("D1",))
    assert [row.cells[1] for row in studies(table)] == ["low", "some concerns", "high", "unclear", ""]


def test_rows_left_out_of_the_pool_are_left_out_of_its_columns() -> None:
    table = pd.DataFrame({"y": [0.1, np.nan, 0.3], "v": [0.1, 0.1, 0.2], "n": [10, 20, 30]})
    found = pool("y", "v", data=table, missing="drop")
    assert [row.cells for row in studies(table_of(found.plot(columns=["n"])))] == [("10",), ("30",)]
    other = pd.DataFrame({"m": [7, 9]})
    assert [row.cells for row in studies(table_of(found.plot(columns=["m"], data=other)))] == [("7",), ("9",)]


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"columns": ["latitud"]}, "data has no column 'latitud'; did you mean 'latitude'?"),
        ({"columns": {"A": "{tpos}/{n}"}}, "column 'A': data has no column 'tpos'"),
        ({"columns": {"A": "{ai"}}, "column 'A': '{ai' is no text with names in braces"),
        ({"columns": {"A": [1, 2]}}, "column 'A' has 2 values for 5 studies; expected one for each study"),
        ({"columns": 3}, "columns is 3; expected names of columns of `data`"),
        ({"columns": ["rob"], "risk_of_bias": ["rob"]}, "the column 'Rob' is named twice"),
        ({"risk_of_bias": ["trial"]}, "Aronson 1948: Trial is 'Aronson 1948'; expected low, some concerns"),
        ({"effect": 3}, "effect is 3; expected a text"),
        ({"log": "yes"}, "log is 'yes'; expected True or False"),
        ({"colour": "red"}, "unknown word of a plot 'colour'"),
        ({"kind": "pie"}, "unknown kind of plot 'pie'"),
        ({"mods": "latitude"}, "mods belongs to a bubble plot; a forest plot has no use for it"),
        ({"kind": "funnel", "columns": ["latitude"]}, "columns belongs to a forest plot; a funnel plot"),
        ({"width": "5mm"}, "width is '5mm', 5 mm; expected 60 to 500 mm"),
        ({"format": "png"}, "format is 'png' without a path; expected a path, or no format"),
        ({"kind": "bubble"}, "give one as mods, a column of `data` or a number for each study"),
    ],
)
def test_a_wrong_word_is_refused_with_what_was_expected(
    vaccine: Pooled, options: dict[str, Any], says: str
) -> None:
    with pytest.raises(ValueError, match=re.escape(says)):
        vaccine.plot(**options)


def test_a_bubble_plot_takes_a_column_or_numbers(vaccine: Pooled) -> None:
    for mods in ("latitude", TRIALS["latitude"], [44, 52, 13, 44, 27]):
        chart = chart_of(vaccine.plot("bubble", mods=mods))
        [panel] = chart.panels[0]
        [dots] = [mark for mark in panel.marks if isinstance(mark, Dots)]
        assert dots.x.tolist() == [44.0, 52.0, 13.0, 44.0, 27.0]
        assert panel.x.label == ("The moderator" if isinstance(mods, list) else "Latitude")


def test_a_labbe_plot_finds_the_counts_of_escalc_in_the_table(vaccine: Pooled) -> None:
    [panel] = chart_of(vaccine.plot("labbe")).panels[0]
    [dots] = [mark for mark in panel.marks if isinstance(mark, Dots)]
    assert dots.y == pytest.approx((TRIALS["ai"] / (TRIALS["ai"] + TRIALS["bi"])).to_numpy())
    with pytest.raises(NotDefinedError, match="needs events and persons of both arms"):
        pool([0.1, 0.2], [0.1, 0.2]).plot("labbe")


def test_one_study_is_not_called_pooled() -> None:
    one = TRIALS.iloc[:1]
    chart = chart_of(pool(escalc("RR", ai="ai", bi="bi", ci="ci", di="di", data=one), data=one).plot("labbe"))
    marks = chart.panels[0][0].marks
    names = [getattr(mark, "name", "") for mark in marks]
    assert "risk ratio of the study" in names
    assert not any("pooled" in name for name in names)
    table = table_of(pool([0.1], [0.1], slab=["Lee"]).plot())
    assert [row.text for row in table.rows if isinstance(row, TextRow)] == ["One study, nothing pooled."]
    assert [estimate_of(row) for row in table.intervals()] == [0.1]


def test_the_suffix_of_the_path_decides_and_old_calls_stay_valid(vaccine: Pooled, tmp_path: Path) -> None:
    assert [p.name for p in vaccine.plot("forest", tmp_path / "a.svg", width="85mm")] == ["a.svg"]
    assert [p.name for p in vaccine.plot("funnel", str(tmp_path / "b"))] == ["b.png", "b.svg", "b.pdf"]
    assert [p.name for p in vaccine.plot("funnel", tmp_path / "c", format="eps")] == ["c.eps"]
    picture = vaccine.plot("funnel", width="85mm")
    assert picture.size[0] == pytest.approx(85.0, abs=0.01)


def test_two_studies_have_weights_and_one_has_none() -> None:
    """Of equal effects weights are shares of 1 / v: 3 to 1."""
    rows = table_of(pool([0.1, 0.3], [0.1, 0.3], method="EE").plot()).rows
    assert [weight_of(row) for row in rows if isinstance(row, StudyRow)] == pytest.approx([75.0, 25.0])
    [row] = [row for row in table_of(pool([0.1], [0.1]).plot()).rows if isinstance(row, StudyRow)]
    assert weight_of(row) is None
