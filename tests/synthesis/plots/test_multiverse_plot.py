"""Specification curve: sorted results above, the choices that led to them below."""

from __future__ import annotations

import numpy as np
import pytest

from synthesis.diagnostics.multiverse import DataSet, Multiverse, multiverse
from synthesis.drawing.chart import ChartCurve, Dots, ReferenceLine
from synthesis.plots.multiverse import DRAWN, multiverse_plot
from synthesis.plots.subject import NotDefinedError, Subject
from tests.synthesis.plots.subjects import invented, panel_of


def made(k: int, log: bool = False) -> tuple[Subject, Multiverse]:
    subject = invented(k, log)
    yi, vi = subject.pooled.yi, subject.pooled.vi
    whole, part = DataSet(("all",), yi, vi), DataSet(("but the first",), yi[1:], vi[1:])
    return subject, multiverse(subject.pooled, (whole, part), ("reports",))


@pytest.mark.parametrize("log", [False, True])
def test_estimates_are_sorted_and_none_is_missing(log: bool) -> None:
    subject, found = made(8, log)
    marks = panel_of(multiverse_plot(subject, found)).marks
    dots = [mark for mark in marks if isinstance(mark, Dots)]
    x, y = np.concatenate([each.x for each in dots]), np.concatenate([each.y for each in dots])
    expected = np.sort(found.estimate[found.defined])
    assert y[np.argsort(x)] == pytest.approx(np.exp(expected) if log else expected, rel=1e-12)
    assert {mark.name: mark.x.size for mark in dots} == {
        f"95% CI includes {1 if log else 0}": int(np.sum(found.defined & ~found.excludes_null)),
        f"95% CI excludes {1 if log else 0}": int(found.excludes_null.sum()),
    }


def test_every_specification_has_one_option_of_each_choice() -> None:
    subject, found = made(8)
    chart = multiverse_plot(subject, found)
    matrix = chart.panels[1][0]
    assert matrix.y.reversed
    rows = {place: text for place, text in matrix.y.ticks or ()}
    taken: dict[str, list[float]] = {}
    for dots in (mark for mark in matrix.marks if isinstance(mark, Dots)):
        taken.setdefault(rows[float(dots.y[0])].split(":")[0], []).extend(dots.x.tolist())
    n = int(found.defined.sum())
    assert {choice: sorted(x) for choice, x in taken.items()} == {
        choice: [float(i) for i in range(1, n + 1)] for choice in ("reports", "outliers", "estimator", "test")
    }


@pytest.mark.parametrize("log", [False, True])
def test_no_effect_is_in_view_and_the_words_use_the_scale_of_the_axis(log: bool) -> None:
    subject, found = made(40, log)
    chart = multiverse_plot(subject, found)
    panel = panel_of(chart)
    [rule] = [mark for mark in panel.marks if isinstance(mark, ReferenceLine)]
    assert panel.y.low < rule.at < panel.y.high
    effects = found.estimate[found.defined]
    low = np.exp(effects.min()) if log else effects.min()
    assert f"estimates from {low:.3g} to".replace("-", "−") in chart.description
    below = int(np.sum(effects < 0.0))
    assert f"{effects.size - below} above and {below} below {1 if log else 0}." in chart.description
    assert f"excludes {1 if log else 0} in {int(found.excludes_null.sum())} of them" in chart.description


def test_very_many_are_drawn_as_some_and_said_so() -> None:
    subject = invented(12)
    yi, vi = subject.pooled.yi, subject.pooled.vi
    alternatives = [DataSet((f"without {i}",), np.delete(yi, i), np.delete(vi, i)) for i in range(12)]
    found = multiverse(subject.pooled, alternatives, ("study",))
    total = int(found.defined.sum())
    assert total > DRAWN
    chart = multiverse_plot(subject, found)
    bars = [mark for mark in panel_of(chart).marks if isinstance(mark, ChartCurve)]
    assert sum(int(np.isnan(mark.x).sum()) for mark in bars) == DRAWN
    assert chart.footnotes[0].startswith(f"{DRAWN} of {total} specifications are drawn")


def test_nothing_that_can_be_computed_is_refused_in_a_sentence() -> None:
    subject = invented(1)
    found = multiverse(subject.pooled)
    with pytest.raises(NotDefinedError, match="needs at least one specification of two studies"):
        multiverse_plot(subject, found)
