"""Plots of a common effect of counts: events of both groups, own effects, and the weights of the method."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from synthesis.drawing.chart import Chart, Dots
from synthesis.drawing.forest_table import ForestTable, NotReportedRow, StudyRow, SummaryRow, TextRow
from synthesis.drawing.picture import Picture
from synthesis.plots.subject import NotDefinedError
from synthesis.pooled_counts import CountsPooled, pool_counts

A, N1, C, N2 = [4, 6, 0, 62], [123, 306, 20, 13598], [11, 29, 2, 248], [139, 303, 22, 12867]


def made(measure: str = "OR", **choices: Any) -> CountsPooled:
    return pool_counts(measure, ai=A, n1i=N1, ci=C, n2i=N2, slab=list("abcd"), **choices)


def table_of(picture: Picture | list[Path]) -> ForestTable:
    assert isinstance(picture, Picture)
    assert isinstance(picture.content, ForestTable)
    return picture.content


def test_studies_have_both_groups_their_own_effect_and_mantel_and_haenszel_s_weight() -> None:
    result = made()
    table = table_of(result.plot())
    assert table.columns == ("Events/N, group 1", "Events/N, group 2")
    rows = [row for row in table.rows if isinstance(row, StudyRow)]
    [silent] = [row for row in table.rows if isinstance(row, NotReportedRow)]
    assert (silent.label, silent.cells) == ("c", ("0/20", "2/22"))
    assert rows[0].cells == ("4/123", "11/139")
    odds = [4 / 119 / (11 / 128), 6 / 300 / (29 / 274), 62 / 13536 / (248 / 12619)]
    assert [row.estimate for row in rows] == pytest.approx(odds, rel=1e-12)
    se = np.sqrt(1 / 4 + 1 / 119 + 1 / 11 + 1 / 128)
    assert rows[0].low == pytest.approx(odds[0] * np.exp(-1.959963984540054 * se), rel=1e-12)
    a, n1, c, n2 = (np.array(each, dtype=float) for each in (A, N1, C, N2))
    weights = (n1 - a) * c / (n1 + n2)
    share = 100 * weights / weights.sum()
    assert [row.weight for row in rows] == pytest.approx(share[[0, 1, 3]].tolist(), rel=1e-12)
    assert f"Studies without an effect of their own have {share[2]:.1f}% of the weight." in table.footnotes
    [mean] = [row for row in table.rows if isinstance(row, SummaryRow)]
    assert (mean.estimate, mean.low, mean.high) == pytest.approx(result.shown)
    assert np.average([*odds, 0.0], weights=share[[0, 1, 3, 2]]) == pytest.approx(mean.estimate, rel=1e-9)


@pytest.mark.parametrize("measure", ["RR", "RD"])
def test_the_common_effect_is_the_weighted_mean_of_what_the_rows_show(measure: str) -> None:
    """Mantel and Haenszel's estimate is that of the ratios or differences by their own weights."""
    whole = pool_counts(measure, ai=A[:2], n1i=N1[:2], ci=C[:2], n2i=N2[:2])
    table = table_of(whole.plot())
    rows = [row for row in table.rows if isinstance(row, StudyRow)]
    effects, weights = [row.estimate or 0.0 for row in rows], [row.weight or 0.0 for row in rows]
    assert np.average(effects, weights=weights) == pytest.approx(whole.shown[0], rel=1e-12)
    assert sum(weights) == pytest.approx(100.0)


def test_peto_s_method_shows_peto_s_effects_even_without_events_in_a_group() -> None:
    result = made(method="Peto")
    rows = [row for row in table_of(result.plot()).rows if isinstance(row, StudyRow)]
    assert [row.label for row in rows] == list("abcd")
    logs, weights = [np.log(row.estimate or 1.0) for row in rows], [row.weight or 0.0 for row in rows]
    assert np.average(logs, weights=weights) == pytest.approx(result.estimate, rel=1e-12)


def test_rates_have_person_time_and_no_labbe_plot() -> None:
    result = pool_counts("IRR", x1i=[3, 5], t1i=[100.0, 200.5], x2i=[6, 9], t2i=[110.0, 210.0])
    table = table_of(result.plot())
    assert [row.cells for row in table.rows if isinstance(row, StudyRow)][1] == ("5/200.5", "9/210")
    rows = [row for row in table.rows if isinstance(row, StudyRow)]
    effects, weights = [row.estimate or 0.0 for row in rows], [row.weight or 0.0 for row in rows]
    assert np.average(effects, weights=weights) == pytest.approx(result.shown[0], rel=1e-12)
    with pytest.raises(NotDefinedError, match="shows risks; rates have none, and IRR is of rates"):
        result.plot("labbe")


def test_rates_that_are_subtracted_have_mantel_and_haenszel_s_weights_too() -> None:
    """Weights t1 t2 / (t1 + t2), Greenland & Robins 1985; on a linear axis with no effect at zero."""
    x1, t1, x2, t2 = (np.array(each) for each in ([3, 5], [100.0, 200.5], [6, 9], [110.0, 210.0]))
    table = table_of(pool_counts("IRD", x1i=x1, t1i=t1, x2i=x2, t2i=t2).plot())
    rows = [row for row in table.rows if isinstance(row, StudyRow)]
    assert [row.estimate for row in rows] == pytest.approx((x1 / t1 - x2 / t2).tolist(), rel=1e-12)
    share = t1 * t2 / (t1 + t2)
    assert [row.weight for row in rows] == pytest.approx((100 * share / share.sum()).tolist(), rel=1e-12)
    assert (table.axis.scale, table.axis.null) == ("linear", 0.0)
    assert table.columns == ("Events/time, group 1", "Events/time, group 2")


def test_the_words_below_the_studies_are_the_result_s_numbers() -> None:
    result = made(level=0.9)
    table = table_of(result.plot())
    [mean] = [row for row in table.rows if isinstance(row, SummaryRow)]
    assert (mean.label, mean.weight) == ("Mantel-Haenszel (4)", 100.0)
    q, z = f"{result.Q:.2f}", f"{result.statistic:.2f}".replace("-", "−")
    lines = [row.text for row in table.rows if isinstance(row, TextRow)]
    assert [line.split(", p")[0] for line in lines] == [
        f"Heterogeneity: Q = {q} ({result.Q_df:g} df",
        f"Test of no effect: z = {z}",
    ]
    first = next(row for row in table.rows if isinstance(row, StudyRow))
    se = np.sqrt(1 / 4 + 1 / 119 + 1 / 11 + 1 / 128)
    assert first.high == pytest.approx(first.estimate * np.exp(1.6448536269514722 * se), rel=1e-12)
    assert "90%" in table.effect_header
    assert table.footnotes[-1] == "Intervals of the studies: 90% z intervals of their own, nothing added."
    assert (table.axis.scale, table.axis.null, table.axis.label) == ("log", 1.0, "Odds ratio")
    [peto] = [row for row in table_of(made(method="Peto").plot()).rows if isinstance(row, SummaryRow)]
    assert peto.label == "Peto (4)"


def test_silent_studies_are_named_from_a_twentieth_of_a_percent_on() -> None:
    """The odds ratio's weight is b c / n: a half for the small study, m / 4 for the other."""

    def notes(m: int) -> str:
        result = pool_counts("OR", ai=[m, 0], bi=[m, 2], ci=[m, 1], di=[m, 1])
        return " ".join(table_of(result.plot()).footnotes)

    assert "Studies without an effect of their own have 0.1% of the weight." in notes(3996)
    assert "without an effect of their own" not in notes(4000)


def test_chosen_columns_take_the_place_of_counts_and_of_weights() -> None:
    table = table_of(made().plot(columns={"Year": [1990, 1991, 1992, 1993]}))
    assert table.columns == ("Year",)
    rows = [row for row in table.rows if isinstance(row, StudyRow | NotReportedRow)]
    assert [row.cells for row in rows] == [("1990",), ("1991",), ("1992",), ("1993",)]
    assert all(row.weight is None for row in table.rows if isinstance(row, StudyRow | SummaryRow))


def test_a_labbe_plot_leaves_out_a_study_without_people_in_a_group() -> None:
    result = pool_counts(
        "RR",
        ai=[4, 6, 0, 1, 0, 2],
        n1i=[10, 12, 0, 1, 5, 4],
        ci=[5, 7, 3, 2, 1, 0],
        n2i=[10, 14, 9, 4, 1, 0],
        slab=list("abcdef"),
    )
    picture = result.plot("labbe")
    assert isinstance(picture, Picture)
    assert isinstance(picture.content, Chart)
    [dots] = [mark for mark in picture.content.panels[0][0].marks if isinstance(mark, Dots)]
    assert dots.y == pytest.approx([0.4, 0.5, 1.0, 0.0])
    assert dots.x == pytest.approx([0.5, 0.5, 0.5, 1.0])
    assert list(dots.labels) == list("abde")
