"""Plots of a common effect of counts: events of both groups, own effects, and the weights of the method."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from synthesis.drawing.chart import Chart, Dots
from synthesis.drawing.forest_table import ForestTable, NotReportedRow, StudyRow, SummaryRow
from synthesis.drawing.picture import Picture
from synthesis.plots.subject import NotDefinedError
from synthesis.pooled_counts import CountsPooled, pool_counts

A, N1, C, N2 = [4, 6, 0, 62], [123, 306, 20, 13598], [11, 29, 2, 248], [139, 303, 22, 12867]


def made(measure: str = "OR", **choices: str) -> CountsPooled:
    return pool_counts(measure, ai=A, n1i=N1, ci=C, n2i=N2, slab=list("abcd"), **choices)  # type: ignore[arg-type]


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


def test_a_labbe_plot_has_the_risks_and_a_path_writes_files(tmp_path: Path) -> None:
    picture = made("RR").plot("labbe")
    assert isinstance(picture, Picture)
    assert isinstance(picture.content, Chart)
    [dots] = [mark for mark in picture.content.panels[0][0].marks if isinstance(mark, Dots)]
    assert dots.y == pytest.approx(np.array(A) / np.array(N1))
    assert made().plot("forest", tmp_path / "a.svg", width="85mm") == [tmp_path / "a.svg"]
    assert "_counts" not in made().to_dict()
    with pytest.raises(ValueError, match="of counts has no funnel plot; it has forest and labbe"):
        made().plot("funnel")


def test_left_to_itself_the_test_is_corrected_and_the_interval_holds_95_percent() -> None:
    """Cochran, Mantel and Haenszel: (|sum of a - E(a)| - 1/2)² over the sum of variances."""
    result = made()
    a, n1, c, n2 = (np.array(each, dtype=float) for each in (A, N1, C, N2))
    n, m = n1 + n2, a + c
    away = abs((a - n1 * m / n).sum())
    variance = (n1 * n2 * m * (n - m) / (n**2 * (n - 1))).sum()
    assert result.association == pytest.approx((away - 0.5) ** 2 / variance, rel=1e-12)
    half = 1.959963984540054 * result.se
    assert (result.ci_low, result.ci_high) == pytest.approx((result.estimate - half, result.estimate + half))
    plain = pool_counts("OR", ai=A, n1i=N1, ci=C, n2i=N2, correct=False)
    assert plain.association == pytest.approx(away**2 / variance, rel=1e-12)
