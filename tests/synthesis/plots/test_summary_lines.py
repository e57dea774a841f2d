"""The words below a pooled result: each number at its place, both intervals where two are given."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from synthesis.drawing.forest_table import ForestTable, PredictionRow, StudyRow, SummaryRow, TextRow
from synthesis.plots.study_forest import NOTHING_POOLED, summary_lines, summary_rows
from synthesis.plots.subject import Subject
from synthesis.plots.summary_lines import (
    bayes_line,
    heterogeneity_line,
    labels_of,
    narrower_than_wald_line,
    summary_p_line,
    with_intervals,
)
from synthesis.plots.words import outstanding
from synthesis.pooled import pool

SPREAD = pool([0.1, 0.4, -0.2, 0.6], sei=[0.1, 0.12, 0.15, 0.2])
AGREEING = pool([0.300, 0.301, 0.299, 0.300], sei=[0.1, 0.1, 0.1, 0.1])
PAIR = pool([0.1, 0.4], sei=[0.1, 0.12])


def test_heterogeneity_is_told_with_intervals_and_the_test_of_q() -> None:
    two = pool([0.1, 0.3], sei=[0.1, 0.1])
    expected = 2.0  # both lie one standard error from their mean
    assert f"; Q = {expected:.2f} (1 df, p = {stats.chi2.sf(expected, 1):.2f})" in heterogeneity_line(two)
    part = replace(two, I2=45.4, I2_low=9.6, I2_high=90.4)
    line = heterogeneity_line(replace(part, tau2=0.012, tau2_low=0.0034, tau2_high=1.25))
    assert line.startswith("Heterogeneity: τ² = 0.012 [0.0034, 1.2]; I² = 45% [10, 90] (95% CI); Q = ")


def test_the_statistic_of_the_test_is_named_by_its_degrees_of_freedom() -> None:
    plain = replace(SPREAD, statistic=2.345, p_value=0.0123)
    assert summary_p_line(replace(plain, df=3.0)) == "Test of no effect: t(3) = 2.35, p = 0.012"
    assert summary_p_line(replace(plain, df=2.71828)) == "Test of no effect: t(2.718) = 2.35, p = 0.012"
    assert summary_p_line(replace(plain, df=math.inf)) == "Test of no effect: z = 2.35, p = 0.012"
    named = summary_p_line(replace(plain, df=math.nan))
    assert named == f"Test of no effect: {plain.test} = 2.35, p = 0.012"


def test_where_hartung_and_knapp_s_interval_is_the_narrower_wald_s_stands_beside_it() -> None:
    assert AGREEING.narrower_than_wald
    assert not SPREAD.narrower_than_wald
    z = 0.3 / (0.1 / 2)
    assert summary_p_line(AGREEING).endswith(f"; by Wald z = {z:.2f}, p < 0.0001")
    assert "Wald" not in summary_p_line(SPREAD)
    assert narrower_than_wald_line(SPREAD) is None
    assert str(narrower_than_wald_line(AGREEING)).startswith("The studies agree better than their")
    assert labels_of("All", both=False) == ("All",)
    both = labels_of("All", both=True)
    assert both == ("All, Hartung-Knapp", "All, Wald")
    assert with_intervals(both, (1.0, 2.0), (0.0, 3.0)) == [(both[0], (1.0, 2.0)), (both[1], (0.0, 3.0))]
    assert with_intervals(("All",), (1.0, 2.0), (0.0, 3.0)) == [("All", (1.0, 2.0))]


def test_two_studies_have_a_bayesian_interval_on_the_scale_that_is_shown() -> None:
    assert PAIR.bayes is not None
    told = bayes_line(PAIR, lambda value: f"<{value:.3f}>")
    numbers = [f"<{value:.3f}>" for value in (PAIR.bayes.mean, PAIR.bayes.low, PAIR.bayes.high)]
    assert told == (
        f"Bayesian, DuMouchel prior for τ: {numbers[0]} [{numbers[1]}, {numbers[2]}]; "
        "2 estimates cannot tell how much effects vary"
    )
    assert bayes_line(SPREAD, str) is None


@pytest.mark.parametrize("log", [False, True])
def test_the_rows_of_a_summary_have_its_numbers_as_shown(log: bool) -> None:
    subject = Subject(SPREAD, title="T", effect="E", log=log, null=1.0 if log else 0.0)
    back = np.exp if log else np.asarray
    summary, prediction, *texts = summary_rows(subject, SPREAD, 2, weight=100.0)
    assert isinstance(summary, SummaryRow)
    assert isinstance(prediction, PredictionRow)
    assert all(isinstance(each, TextRow) for each in texts)
    assert summary.label == "Random effects (4)"
    assert summary.weight == 100.0
    assert (summary.estimate, summary.low, summary.high) == pytest.approx(
        tuple(back([SPREAD.estimate, SPREAD.ci_low, SPREAD.ci_high])), rel=1e-14
    )
    assert prediction.label == "95% prediction interval"
    assert (prediction.low, prediction.high) == pytest.approx(
        tuple(back([SPREAD.prediction_low, SPREAD.prediction_high])), rel=1e-14
    )
    assert [each.text for each in texts if isinstance(each, TextRow)] == list(
        summary_lines(subject, SPREAD, 2)
    )


def test_of_two_intervals_each_has_a_row_and_one_study_has_a_sentence() -> None:
    subject = Subject(AGREEING, title="T", effect="E")
    rows = [row for row in summary_rows(subject, AGREEING, 2) if isinstance(row, SummaryRow)]
    assert [(row.low, row.high) for row in rows] == [(AGREEING.ci_low, AGREEING.ci_high), AGREEING.wald]
    equal = pool([0.1, 0.2], sei=[0.1, 0.1], method="EE", test="z")
    first, *rest = summary_rows(Subject(equal, title="T", effect="E"), equal, 2)
    assert isinstance(first, SummaryRow)
    assert (first.label, first.weight) == ("Equal effects (2)", None)
    assert not any(isinstance(row, PredictionRow) for row in rest)
    one = pool([0.1], sei=[0.1])
    (row,) = summary_rows(Subject(one, title="T", effect="E"), one, 2)
    assert row == TextRow(NOTHING_POOLED)


def test_the_test_of_no_effect_is_told_where_no_effect_is_what_was_tested() -> None:
    def lines(null: float | None, log: bool = False) -> str:
        return " ".join(summary_lines(Subject(SPREAD, title="T", effect="E", log=log, null=null), SPREAD, 2))

    assert "Test of no effect" in lines(0.0)
    assert "Test of no effect" in lines(1.0, log=True)
    assert "Test of no effect" not in lines(1.0)
    assert "Test of no effect" not in lines(None)
    assert "Heterogeneity" in lines(None)
    pair = Subject(PAIR, title="T", effect="E", log=True, null=1.0)
    assert PAIR.bayes is not None
    assert f"prior for τ: {math.exp(PAIR.bayes.mean):.2f} [" in " ".join(summary_lines(pair, PAIR, 2))


def test_the_summary_of_a_forest_plot_has_the_whole_weight_where_weights_are_shown() -> None:
    for columns, weight in ((None, 100.0), ([], None), (["weights"], 100.0)):
        table = SPREAD.plot("forest", columns=columns).content
        assert isinstance(table, ForestTable)
        (summary,) = [row for row in table.rows if isinstance(row, SummaryRow)]
        studies = [row.weight for row in table.rows if isinstance(row, StudyRow)]
        assert summary.weight == weight
        assert studies == ([None] * 4 if weight is None else pytest.approx(SPREAD.weights.tolist()))


def test_of_many_that_lie_equally_far_the_first_are_named() -> None:
    assert outstanding(np.ones(400)).tolist() == [True] * 12 + [False] * 388
    ends = np.concatenate([np.ones(200), [2.0], np.ones(200)])
    assert np.flatnonzero(outstanding(ends)).tolist() == [*range(11), 200]
