"""Leave-one-out and cumulative plots: each row is a pooled analysis of its own."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from synthesis.drawing.forest_table import StudyRow, SummaryRow
from synthesis.plots.refits import cumulative_plot, leave_one_out_plot
from synthesis.plots.subject import NotDefinedError
from synthesis.pooled import pool
from tests.synthesis.plots.subjects import invented


@pytest.mark.parametrize("log", [False, True])
def test_each_row_is_the_result_without_one_study(log: bool) -> None:
    subject = invented(6, log)
    rows = [row for row in leave_one_out_plot(subject).rows if isinstance(row, StudyRow)]
    assert len(rows) == 6
    for i, row in enumerate(rows):
        keep = np.arange(6) != i
        alone = pool(subject.pooled.yi[keep], vi=subject.pooled.vi[keep])
        expected = np.array([alone.estimate, alone.ci_low, alone.ci_high])
        found = [row.estimate, row.low, row.high]
        assert found == pytest.approx(np.exp(expected) if log else expected, rel=1e-9)
        assert row.label == f"without {subject.pooled.labels[i]}"
        assert row.cells[0] == f"{alone.I2:.0f}%"


def test_each_row_adds_a_study_in_the_order_given() -> None:
    subject = invented(5)
    order = (3, 0, 4, 1, 2)
    table = cumulative_plot(subject, order, "the order of a test")
    rows = [row for row in table.rows if isinstance(row, StudyRow)]
    for count, row in enumerate(rows, 1):
        taken = list(order[:count])
        so_far = pool(subject.pooled.yi[taken], vi=subject.pooled.vi[taken])
        found = [row.estimate, row.low, row.high]
        assert found == pytest.approx([so_far.estimate, so_far.ci_low, so_far.ci_high], rel=1e-9)
        assert row.label == f"+ {subject.pooled.labels[order[count - 1]]}"
    assert len(rows) == 5
    assert rows[0].cells == ("–", "–")
    assert table.title.endswith("study by study, in the order of a test")


def test_the_whole_result_has_its_i2_and_its_p_and_wald_s_interval_no_p_of_its_own() -> None:
    """Hartung and Knapp's p of agreeing effects, from t on 3 degrees of freedom; their I2 is zero."""
    yi, w = np.array([0.1, 0.11, 0.105, 0.1]), 1.0 / np.array([0.04, 0.05, 0.03, 0.04])
    agreeing = replace(invented(4), pooled=pool(yi, vi=1.0 / w))
    mean = np.average(yi, weights=w)
    t = mean / np.sqrt(np.sum(w * (yi - mean) ** 2) / 3.0 / w.sum())
    p = 2.0 * stats.t.sf(t, 3)
    assert p < 0.0001
    rows = [row for row in leave_one_out_plot(agreeing).rows if isinstance(row, SummaryRow)]
    assert [row.cells for row in rows] == [("0%", "< 0.0001"), ("0%", "–")]
    one = replace(invented(4), pooled=pool(yi, vi=1.0 / w, test="z"))
    p = 2.0 * stats.norm.sf(mean * np.sqrt(w.sum()))
    [row] = [row for row in cumulative_plot(one).rows if isinstance(row, SummaryRow)]
    assert row.cells == ("0%", f"{p:.2f}")
    assert row.label == "All 4 studies"


@pytest.mark.parametrize("draw", [leave_one_out_plot, cumulative_plot])
def test_the_last_row_is_the_whole_result(draw) -> None:  # type: ignore[no-untyped-def]
    subject = invented(6)
    table = draw(subject)
    assert subject.pooled.narrower_than_wald
    summary = next(row for row in table.rows if isinstance(row, SummaryRow))
    assert summary.label == "All 6 studies, Hartung-Knapp"
    assert summary.estimate == subject.pooled.estimate
    assert "95%\N{NO-BREAK SPACE}CI" in table.effect_header


def test_too_few_studies_are_refused_in_a_sentence() -> None:
    with pytest.raises(
        NotDefinedError, match=r"^A leave-one-out plot needs at least 3 studies; .* has 2 studies\.$"
    ):
        leave_one_out_plot(invented(2))
    with pytest.raises(
        NotDefinedError, match=r"^A cumulative plot needs at least 2 studies; .* has 1 study\.$"
    ):
        cumulative_plot(invented(1))


def test_both_intervals_are_shown_where_hartung_and_knapp_s_is_the_narrower() -> None:
    agreeing = replace(invented(4), pooled=pool([0.1, 0.11, 0.105, 0.1], vi=[0.04, 0.05, 0.03, 0.04]))
    pooled = agreeing.pooled
    first, second = (row for row in cumulative_plot(agreeing).rows if isinstance(row, SummaryRow))
    assert (first.label, first.low, first.high) == (
        "All 4 studies, Hartung-Knapp",
        pooled.ci_low,
        pooled.ci_high,
    )
    assert (second.label, (second.low, second.high)) == ("All 4 studies, Wald", pooled.wald)
    assert second.estimate == pooled.estimate
