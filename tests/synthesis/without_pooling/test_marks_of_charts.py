"""Every mark of the three charts: where it stands, its form, and what the key and the axes say."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

import synthesis
from synthesis.drawing.chart import Area, Arrows, Chart, ChartCurve, Dots, Note, ReferenceLine
from synthesis.drawing.style import BACKGROUND, INK, MUTED, NULL_LINE, STUDY_FILL, SUMMARY_FILL
from synthesis.without_pooling.direction_chart import StudyDirection, direction_chart, size_of
from synthesis.without_pooling.harvest_chart import harvest_chart


def study(
    name: str, direction: str = "positive", persons: int | None = 100, pooled: bool = True
) -> StudyDirection:
    return StudyDirection(name, ("hip",), direction, persons, pooled)


def of_kind(chart: Chart, kind: type[Any], panel: int = 0) -> list[Any]:
    panels = [each for row in chart.panels for each in row]
    return [mark for mark in panels[panel].marks if isinstance(mark, kind)]


def test_a_bar_of_a_harvest_stands_on_zero_and_its_number_above_it() -> None:
    """A fifth of a column is kept for each bar, four fifths of which it fills."""
    rows = [study("Li", persons=10), study("Kim", persons=1_000, pooled=False), study("Rossi", "none")]
    chart = harvest_chart("BMD", rows)
    found = {float(area.y.max()): area for area in of_kind(chart, Area)}
    assert len(found) == 3
    for top, centre, filled in ((1.0, 1.9, True), (3.0, 2.1, False), (2.0, 1.0, True)):
        area = found[top]
        assert_allclose(area.x, centre + np.array([-0.08, 0.08, 0.08, -0.08]), rtol=1e-12)
        assert area.y.tolist() == [0.0, 0.0, top, top]
        assert area.fill == (SUMMARY_FILL if filled else BACKGROUND)
        assert area.edge == SUMMARY_FILL
        assert area.name == ("in the pool" if filled else "not in the pool")
    notes = {note.text: (note.x, note.y) for note in of_kind(chart, Note)}
    assert {text: pytest.approx(place) for text, place in notes.items()} == {
        "1": (1.9, 1.35),
        "2": (2.1, 3.35),
        "3": (1.0, 2.35),
    }
    panel = chart.panels[0][0]
    assert (panel.x.label, panel.x.low, panel.x.high) == ("", -0.5, 2.5)
    assert (panel.y.label, panel.y.low, panel.y.high, panel.y.ticks) == ("", 0.0, 3.8, ())
    assert (panel.title, panel.height) == ("Hip", 70.0)


def test_many_bars_of_a_harvest_fill_nine_tenths_of_their_column() -> None:
    chart = harvest_chart("BMD", [study(f"Author {i}") for i in range(9)])
    areas = of_kind(chart, Area)
    assert_allclose([area.x.mean() for area in areas], 2.0 + 0.1 * (np.arange(9) - 4.0), rtol=1e-12)
    assert_allclose([np.ptp(area.x) for area in areas], 0.08, rtol=1e-12)


def test_panels_of_domains_stand_two_in_a_row() -> None:
    rows = [StudyDirection("Li", (domain,), "positive", 10, True) for domain in ("a", "b", "c", "d", "e")]
    assert [[panel.title for panel in row] for row in harvest_chart("BMD", rows).panels] == [
        ["A", "B"], ["C", "D"], ["E"],
    ]  # fmt: skip
    nested = [StudyDirection("Li", (each.domain[0], "men"), "positive", 10, True) for each in rows]
    assert [[panel.title for panel in row] for row in direction_chart("BMD", nested).panels] == [
        ["A", "B"], ["C", "D"], ["E"],
    ]  # fmt: skip


def test_a_domain_of_which_nothing_is_told_has_no_harvest() -> None:
    rows = [study("Li"), StudyDirection("Kim", ("spine",), "not told", 10, False)]
    chart = harvest_chart("BMD", rows)
    assert [panel.title for row in chart.panels for panel in row] == ["Hip"]
    assert chart.footnotes[0] == "1: Li."


def test_sizes_of_studies_are_three() -> None:
    assert [size_of(persons) for persons in (1, 49, 50, 300, 301, None)] == [0, 0, 1, 1, 2, 1]


def test_arrows_are_filled_by_pool_and_edged_by_direction() -> None:
    rows = [
        study("Li"),
        study("Kim", pooled=False),
        study("Rossi", "none"),
        study("Olsen", "mixed", pooled=False),
    ]
    arrows = of_kind(direction_chart("BMD", rows), Arrows)
    found = [(mark.pointing, mark.fill, mark.edge, mark.y.tolist()) for mark in arrows]
    assert found == [
        ("up", SUMMARY_FILL, SUMMARY_FILL, [0.0]),
        ("up", BACKGROUND, SUMMARY_FILL, [1.0]),
        ("sideways", BACKGROUND, SUMMARY_FILL, [3.0]),
        ("sideways", SUMMARY_FILL, MUTED, [2.0]),
    ]
    (dot,) = of_kind(direction_chart("BMD", [study("Li"), study("Kim", "not told")]), Dots)
    assert (dot.radius, dot.fill, dot.edge, dot.name) == (1.6, MUTED, INK, "examined, direction not told")


@pytest.mark.parametrize(("names", "letters"), [
    (("a" * 13, "b" * 13), False), (("a" * 14, "b"), True), (("a" * 40,), False),
    (("a" * 8, "b", "c"), False), (("a" * 9, "b", "c"), True),
])  # fmt: skip
def test_names_of_columns_are_letters_where_all_as_long_as_the_longest_have_no_room(
    names: tuple[str, ...], letters: bool
) -> None:
    """26 letters fit; a single column has the whole width."""
    chart = direction_chart("BMD", [StudyDirection("Li", (name,), "positive", 10, True) for name in names])
    ticks = chart.panels[0][0].x.ticks
    assert ticks is not None
    assert [text for _, text in ticks] == (["A", "B", "C"][: len(names)] if letters else list(names))
    assert len(chart.footnotes) == 1 + letters


def albatross(**other: Any) -> Chart:
    asked: dict[str, Any] = {"n": [100, 300, 50]} | other
    found = synthesis.albatross_plot(
        [0.03, 0.2, 0.001], ["positive", "negative", "positive"], **asked
    ).content
    assert isinstance(found, Chart)
    return found


def test_the_axes_of_an_albatross_leave_room_about_the_studies() -> None:
    """A tenth beyond the smallest p, but two and a half powers of ten; persons from 0.8 to 1.25 times."""
    panel = albatross().panels[0][0]
    assert_allclose([panel.x.low, panel.x.high], [-3.3, 3.3], rtol=1e-12)
    assert_allclose([panel.y.low, panel.y.high], [40.0, 375.0], rtol=1e-12)
    assert (panel.x.scale, panel.y.scale, panel.y.label) == ("linear", "log", "Persons")
    assert panel.x.label == "Two-sided p: negative effects left, positive right"
    assert panel.x.ticks == (
        (-3.0, "0.001"), (-2.0, "0.01"), (-1.0, "0.1"), (0.0, "1"), (1.0, "0.1"), (2.0, "0.01"),
        (3.0, "0.001"),
    )  # fmt: skip


def test_contours_run_over_the_axis_of_persons_each_with_its_stroke() -> None:
    chart = albatross(effects=[0.3, 0.1, 0.2])
    curves = of_kind(chart, ChartCurve)
    assert [(c.name[-3:], c.stroke, float(np.sign(np.nanmax(c.x)))) for c in curves] == [
        ("0.1", "dotted", -1.0), ("0.1", "dotted", 1.0), ("0.2", "dashed", -1.0), ("0.2", "dashed", 1.0),
        ("0.3", "solid", -1.0), ("0.3", "solid", 1.0),
    ]  # fmt: skip
    for curve in curves:
        assert_allclose([curve.y[0], curve.y[-1], curve.y.size], [40.0, 375.0, 200.0], rtol=1e-12)
        assert_allclose(np.diff(np.log(curve.y)), step_of_logs(40.0, 375.0), rtol=1e-9)
        assert (curve.colour, curve.thickness) == (MUTED, 0.9)
        assert np.nanmax(np.abs(curve.x)) <= 3.3
    first = of_kind(albatross(n=[4, 10, 30]), ChartCurve)[0]
    assert first.y[0] == pytest.approx(4.0), "no correlation of fewer than four has a standard error"


def step_of_logs(low: float, high: float) -> float:
    return float(np.log(high / low)) / 199.0


def test_the_line_of_no_evidence_and_the_studies_are_in_the_key() -> None:
    chart = albatross()
    (line,) = of_kind(chart, ReferenceLine)
    assert (line.axis, line.at, line.colour, line.name) == ("x", 0.0, NULL_LINE, "p = 1")
    (dots,) = of_kind(chart, Dots)
    assert (dots.name, dots.fill) == ("study", STUDY_FILL)


@pytest.mark.parametrize(("smallest", "last"), [(1e-3, 3.0), (1e-4, 4.0), (1e-9, 9.0), (1e-12, 12.0)])
def test_ticks_of_p_are_at_most_three_to_a_side_or_so(smallest: float, last: float) -> None:
    panel = synthesis.albatross_plot([smallest], ["positive"], n=[20]).content
    assert isinstance(panel, Chart)
    ticks = panel.panels[0][0].x.ticks
    assert ticks is not None
    places = [at for at, _ in ticks]
    assert places == sorted(-at for at in places)
    assert 5 <= len(places) <= 7
    assert set(np.diff(places)) == {places[-1] - places[-2]}
    assert last - places[-1] < places[-1] - places[-2]
