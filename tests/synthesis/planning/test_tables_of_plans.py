"""The printed tables of plans, looks and next studies, cell by cell; and bounds of what they take."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

import synthesis
from synthesis.drawing.chart import Chart, ChartCurve, Dots, ReferenceLine
from synthesis.drawing.style import ACCENT, MUTED, NULL_LINE, PREDICTION_FILL, SUMMARY_FILL
from synthesis.planning.known_tau2 import KnownTau2
from synthesis.planning.new_studies import NewStudies, check_reach, for_updates, mean_and_error, sizes_of
from synthesis.planning.plan_update_api import _numbers_tried
from synthesis.plots.drawable import PlotRequest

YI, SEI = [0.30, -0.10, 0.20, 0.45], [0.2, 0.3, 0.15, 0.25]
Z = 1.959963984540054


def pooled(**choices: Any) -> synthesis.Pooled:
    return synthesis.pool(YI, sei=SEI, slab=[*"abcd"], **choices)


def cells(text: str, first: int, rows: int) -> list[list[str]]:
    """Cells of lines of a table, which stand two blanks or more apart."""
    return [line.split() for line in text.splitlines()[first : first + rows]]


@pytest.mark.parametrize(("value", "spread", "equal"), [
    (1e3, 0.9e-9, True), (1e3, 1.1e-9, False), (-1e-3, 0.9e-15, True), (-1e-3, 1.1e-15, False),
    (0.0, 0.0, True),
])  # fmt: skip
def test_draws_alike_to_a_billionth_of_a_thousandth_have_no_error(
    value: float, spread: float, equal: bool
) -> None:
    mean, error = mean_and_error(np.array([value, value + spread]))
    assert (error == 0.0) == equal
    assert mean == value if equal else mean != value


@pytest.mark.parametrize(("most", "numbers"), [
    (1, [0, 1]), (11, [*range(12)]), (12, [*range(13)]), (13, [*range(13), 13]),
    (20, [*range(13), 14, 16, 18, 20]),
    (40, [*range(13), 14, 16, 18, 21, 24, 27, 31, 35, 40]),
])  # fmt: skip
def test_numbers_tried_are_all_to_twelve_and_then_steps_of_an_eighth(most: int, numbers: list[int]) -> None:
    assert _numbers_tried(most) == numbers


def test_a_table_shows_every_row_to_twelve_and_the_last_always() -> None:
    few = synthesis.plan_update(pooled(), width=0.01, sei=0.1, most=11, draws=10)
    shown = cells(str(few), 3, 12)
    assert [row[0] for row in shown] == [str(i) for i in range(12)]
    more = synthesis.plan_update(pooled(), width=0.01, sei=0.1, most=12, draws=10)
    assert [row[0] for row in cells(str(more), 3, 7)] == [str(i) for i in range(0, 13, 2)]
    many = synthesis.plan_update(pooled(), width=0.01, sei=0.1, most=40, draws=10)
    tried = many.sizes[0].more.tolist()
    assert len(tried) == 22
    expected = [tried[at] for at in [*range(0, 22, 2), 21]]
    assert [float(row[0]) for row in cells(str(many), 3, 12)] == expected


def test_rows_of_a_plan_are_its_numbers() -> None:
    plan = synthesis.plan_update(pooled(), effect=0.4, sei=0.2, most=4, draws=50, power=0.9)
    size, text = plan.sizes[0], str(plan)
    head = text.splitlines()[2].split("  ")
    assert [word.strip() for word in head if word.strip()] == [
        "studies more", "mean width", "(MC error)", "power", "(MC error)", "closed form",
    ]  # fmt: skip
    lines = text.splitlines()[2:8]
    assert len({len(line) for line in lines}) == 1
    assert all(line.startswith("    ") for line in lines)
    for at, row in enumerate(cells(text, 3, 5)):
        assert row[0] == str(at)
        assert_allclose(float(row[1]), size.width[at], rtol=1e-3)
        assert row[3] == f"{size.share[at]:.3f}"
        assert row[4] == f"({size.share_error[at]:.3f})"
        assert_allclose(float(row[5]), size.known_tau2[at], rtol=1e-3)
    prediction = synthesis.plan_update(pooled(), width=2.0, of="prediction", tau2=0.04, most=2, draws=10)
    assert "reached" in str(prediction)
    assert [row[5] for row in cells(str(prediction), 3, 3)] == ["–"] * 3 or [
        row[5] for row in cells(str(prediction), 3, 3)
    ] == ["-"] * 3


def answer(**changed: Any) -> str:
    plan = synthesis.plan_update(pooled(), width=0.5, sei=0.2, most=4, draws=10)
    return plan.answer(replace(plan.sizes[0], **changed))


def test_answers_tell_the_number_its_error_and_the_closed_form() -> None:
    base: dict[str, Any] = {
        "needed_low": 3.0,
        "needed": 3.0,
        "needed_high": 3.0,
        "by_closed_form": 2.0,
        "at_least": 1.0,
    }
    each = "with a standard error of 0.2"
    assert answer(**base) == f"3 more studies {each}; by the closed form 2."
    one = base | {"needed": 1.0, "needed_low": 1.0, "needed_high": 1.0}
    assert answer(**one) == f"1 more study {each}; by the closed form 2."
    unsure = base | {"needed_low": 2.0, "needed_high": 4.0}
    assert (
        answer(**unsure) == f"3 more studies {each} (2 to 4 within Monte Carlo error); by the closed form 2."
    )
    open_end = base | {"needed_high": math.inf}
    assert answer(**open_end) == (
        f"3 more studies {each} (3 to more than 4 within Monte Carlo error); by the closed form 2."
    )
    floor = base | {"at_least": 2.0}
    assert answer(**floor).endswith("by the closed form 2, and at least 2 however large each.")
    assert answer(**(base | {"by_closed_form": math.inf})).endswith(
        "; by the closed form no countable number."
    )
    assert answer(**(base | {"by_closed_form": math.nan})) == f"3 more studies {each}."
    assert answer(**(base | {"needed": math.inf})) == f"More than 4 studies {each}; by the closed form 2."
    assert (
        answer(**(base | {"needed": 0.0}))
        == "None: the interval of the 4 studies there are is as narrow already."
    )


def test_rows_of_a_next_study_are_its_numbers() -> None:
    found = synthesis.next_study(pooled(), sei=[0.1, 0.3], interest=0.4, null=0.1, draws=200, seed=4)
    text = str(found)
    assert text.startswith(f"One more study: the 95% interval is {found.width_now:.4g} wide now\n")
    lines = text.splitlines()[1:4]
    assert len({len(line) for line in lines}) == 1
    assert "changes at 0.1  (MC error)  changes at 0.4  (MC error)" in lines[0]
    for at, row in enumerate(cells(text, 2, 2)):
        assert_allclose([float(row[0]), float(row[1])], [found.sei[at], found.width[at]], rtol=1e-3)
        assert row[3:] == [
            f"{found.changes[at]:.3f}", f"({found.changes_error[at]:.3f})",
            f"{found.interest_changes[at]:.3f}", f"({found.interest_changes_error[at]:.3f})",
        ]  # fmt: skip


def test_one_study_to_come_is_drawn_about_the_mean_with_its_error() -> None:
    """Without heterogeneity nothing but the error of the mean and its own makes a new study vary."""
    result = pooled(method="EE")
    found = synthesis.next_study(result, sei=0.1, draws=300, seed=3)
    se = sum(s**-2 for s in SEI) ** -0.5
    new = NewStudies.drawn(result, result.estimate, se, 0.0, 1, 300, 3)
    after = new.update(0.1, 1)
    now = np.sign(result.ci_low) if result.ci_low * result.ci_high > 0 else 0.0
    lies = np.where(after.low > 0, 1.0, np.where(after.high < 0, -1.0, 0.0))
    assert_allclose(found.changes[0], np.mean(lies != now), rtol=1e-12)


def test_the_units_of_a_stated_length_are_compared_over_thirty_orders() -> None:
    result = pooled()
    median = float(np.median(SEI))
    for factor, taken in (
        (0.99e30, True),
        (1.01e30, False),
        (1.01e-30, True),
        (0.99e-30, False),
        (0.0, True),
    ):
        if taken:
            check_reach(result, -factor * median, "x")
        else:
            with pytest.raises(
                ValueError, match="times the standard error of the median study; check the units"
            ):
                check_reach(result, -factor * median, "x")


def test_sizes_are_as_stated_one_or_several() -> None:
    assert sizes_of(pooled(), 0.3, None, None).sei.tolist() == [0.3]
    assert sizes_of(pooled(), [0.3, 0.1], None, None).sei.tolist() == [0.3, 0.1]
    assert sizes_of(pooled(), np.array([0.3]), None, None).sei.tolist() == [0.3]
    assert_allclose(sizes_of(pooled(), None, None, None).sei, np.median(SEI))
    with pytest.raises(ValueError, match="sei has no numbers"):
        sizes_of(pooled(), np.ones(0), None, None)
    with pytest.raises(ValueError, match="sei is inf; expected numbers above zero"):
        sizes_of(pooled(), [0.1, math.inf], None, None)


def test_as_many_draws_are_taken_as_fit_into_memory() -> None:
    result = pooled()
    assert NewStudies.drawn(result, 0.0, 0.0, 0.0, 6, 1_000, 1).between.shape == (1_000, 6)
    with pytest.raises(ValueError, match="2,000,001 draws of 10 studies are more than fit"):
        NewStudies.drawn(result, 0.0, 0.0, 0.0, 6, 2_000_001, 1)


def test_rows_of_looks_are_their_numbers() -> None:
    result = synthesis.pool([0.6, 0.1, 0.5], sei=[0.2, 0.15, 0.25], slab=["Li", "Kim", "Rossi"])
    found = synthesis.sequential(result, effect=0.3, unit_sd=1.0)
    lines = str(found).splitlines()
    assert lines[1] == "    added     z  information  bound  iterated log" or lines[1].split() == [
        "added", "z", "information", "bound", "iterated", "log",
    ]  # fmt: skip
    assert len({len(line) for line in lines[1:5]}) == 1
    for at, label in enumerate(("Li", "Kim", "Rossi")):
        row = lines[2 + at].split()
        assert lines[2 + at].startswith(f"    {label}")
        assert row[0] == label
        assert float(row[1].replace("−", "-")) == pytest.approx(found.z[at], abs=0.0051)
        assert row[2] == f"{100 * found.fraction[at]:.1f}%"
        assert row[4] == f"{found.lil[at]:.2f}"
        if math.isfinite(found.bound[at]):
            assert row[3] == f"{found.bound[at]:.2f}"


def test_marks_of_the_looks_have_their_colours_strokes_and_names() -> None:
    result = synthesis.pool([0.6, 0.1, 0.5, 0.4], sei=[0.2, 0.15, 0.25, 0.1])
    found = synthesis.sequential(result, effect=0.3, unit_sd=1.0)
    chart = found._drawn(PlotRequest("sequential", None, None, None, None, {}))
    assert isinstance(chart, Chart)
    assert chart.title == "Cumulative z with bounds, 4 looks"
    panel = chart.panels[0][0]
    lines = [(m.axis, m.colour, m.stroke, m.name) for m in panel.marks if isinstance(m, ReferenceLine)]
    assert lines == [
        ("y", NULL_LINE, "solid", ""), ("y", MUTED, "dotted", "a single look"), ("y", MUTED, "dotted", ""),
        ("x", MUTED, "dashed", "required information"),
    ]  # fmt: skip
    curves = [(m.colour, m.thickness, m.name) for m in panel.marks if isinstance(m, ChartCurve)]
    assert curves == [
        (ACCENT, 1.2, "O'Brien-Fleming bound"), (ACCENT, 1.2, ""),
        (PREDICTION_FILL, 1.2, "iterated logarithm"), (PREDICTION_FILL, 1.2, ""),
        (SUMMARY_FILL, 1.6, ""),
    ]  # fmt: skip
    dots = [(m.radius, m.fill, m.name) for m in panel.marks if isinstance(m, Dots)]
    assert dots == [(1.4, ACCENT, "")] * 2 + [(1.4, PREDICTION_FILL, "")] * 2 + [
        (2.6, SUMMARY_FILL, "cumulative z")
    ]
    for mark in panel.marks:
        if isinstance(mark, Dots):
            assert np.isfinite(mark.y).all()
    assert (panel.x.low, panel.x.label) == (0.0, "Required information that is there (%)")
    shares = 100.0 * found.fraction
    drawn = [mark for mark in panel.marks if isinstance(mark, Dots)]
    for mark, side, bound in zip(
        drawn[:4], (1.0, -1.0) * 2, [found.bound] * 2 + [found.lil] * 2, strict=True
    ):
        inside = bound <= panel.y.high
        assert_allclose(mark.x, shares[inside])
        assert_allclose(mark.y, side * bound[inside])
    assert_allclose(drawn[4].x, shares)
    assert_allclose(drawn[4].y, found.z)
    far = synthesis.sequential(synthesis.pool([2.0, 2.2], sei=[0.2, 0.2], method="EE"), effect=0.3)
    chart = far._drawn(PlotRequest("sequential", None, None, None, None, {}))
    assert isinstance(chart, Chart)
    assert chart.panels[0][0].y.high == pytest.approx(1.1 * float(far.z.max()))


def test_heterogeneity_that_shrinks_the_error_inflates_nothing() -> None:
    """D2 below zero, where weights of random effects give no larger error: no less than required."""
    result = synthesis.pool([0.3, 0.3, 0.3], sei=[0.2, 0.2, 0.2])
    for adjust in ("I2", "D2"):
        found = synthesis.sequential(result, effect=0.3, adjust=adjust)
        assert_allclose(found.inflation, 1.0, rtol=1e-12)


def test_power_and_numbers_are_the_same_in_any_units() -> None:
    """Information of a new study far below one and far above it."""
    yi, vi, more = np.array(YI), np.array(SEI) ** 2, np.arange(0.0, 60.0)
    here = KnownTau2.of(yi, vi, 0.02, 0.95)
    for scale in (1e-4, 1e4):
        there = KnownTau2.of(scale * yi, scale**2 * vi, scale**2 * 0.02, 0.95)
        for tau_power in (0.3, -0.2):
            assert_allclose(
                there.power(scale * 0.2, more, scale * tau_power, scale * 0.05),
                here.power(0.2, more, tau_power, 0.05),
                rtol=1e-9,
            )
        assert_allclose(there.width(scale * 0.2, more), scale * here.width(0.2, more), rtol=1e-12)
        assert_allclose(there.least_width(more), scale * here.least_width(more), rtol=1e-12)
        assert there.number_for_width(scale * 0.2, scale * 0.1) == here.number_for_width(0.2, 0.1)
        assert there.number_for_power(scale * 0.2, 0.9, scale * 0.2, 0.0) == here.number_for_power(
            0.2, 0.9, 0.2, 0.0
        )


def test_from_two_studies_on_updates_are_pooled_as_the_result_was() -> None:
    two = synthesis.pool(YI[:2], sei=SEI[:2], test="z")
    assert for_updates(two) == (two, two.method_sentence)


def test_errors_of_shares_are_those_of_a_binomial_count() -> None:
    size = synthesis.plan_update(pooled(), effect=0.3, sei=0.2, most=6, draws=80).sizes[0]
    assert ((size.share > 0.0) & (size.share < 1.0)).any()
    assert_allclose(size.share_error, np.sqrt(size.share * (1.0 - size.share) / 80), rtol=1e-12)
