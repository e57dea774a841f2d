"""Counts of zero: 1/2 is added where a measure needs it, and said; groups without a contrast stay out."""

from __future__ import annotations

import math

import pytest

from evidence.records.conversion import to_analysis_scale
from evidence.records.effect import Effect
from evidence.records.raw_numbers import NotPoolableError
from tests.evidence.records.test_printed_forms import effect, group

ADDED = ", 1/2 added where a count is zero"


def of(measure: str, first: tuple[int, int], second: tuple[int, int]) -> Effect:
    """Two groups, each of events and persons."""
    return effect(measure, groups=[group(events=events, n=n) for events, n in (first, second)])


@pytest.mark.parametrize(
    ("cells", "plus_half"),
    [
        ((0, 10, 3, 10), (0.5, 10.5, 3.5, 7.5)),
        ((10, 10, 3, 10), (10.5, 0.5, 3.5, 7.5)),
        ((1, 10, 0, 12), (1.5, 9.5, 0.5, 12.5)),
        ((1, 10, 12, 12), (1.5, 9.5, 12.5, 0.5)),
    ],
)
def test_one_zero_gets_a_half_in_every_cell(
    cells: tuple[int, int, int, int], plus_half: tuple[float, ...]
) -> None:
    a, b, c, d = plus_half
    odds = to_analysis_scale(of("OR", cells[:2], cells[2:]))
    assert (odds.yi, odds.sei**2) == pytest.approx(
        (math.log(a * d / (b * c)), 1 / a + 1 / b + 1 / c + 1 / d), rel=1e-12
    )
    risks = to_analysis_scale(of("RR", cells[:2], cells[2:]))
    assert (risks.yi, risks.sei**2) == pytest.approx(
        (math.log(a / (a + b) / (c / (c + d))), 1 / a - 1 / (a + b) + 1 / c - 1 / (c + d)), rel=1e-12
    )
    assert (odds.sei_from, risks.sei_from) == (f"counts{ADDED}", f"counts{ADDED}")


def test_a_table_without_a_zero_stays_as_it_is() -> None:
    found = to_analysis_scale(of("OR", (1, 10), (3, 10)))
    assert found.yi == pytest.approx(math.log(7 / 27), rel=1e-12)
    assert found.sei_from == "counts"


@pytest.mark.parametrize("measure", ["OR", "RR", "YUQ", "YUY", "PBIT", "OR2DN", "OR2DL"])
def test_two_groups_without_an_event_or_with_nothing_else_have_no_contrast(measure: str) -> None:
    with pytest.raises(NotPoolableError, match=r"^no event in both groups$"):
        to_analysis_scale(of(measure, (0, 10), (0, 12)))
    with pytest.raises(NotPoolableError, match=r"^nothing but events in both groups$"):
        to_analysis_scale(of(measure, (10, 10), (12, 12)))
    assert to_analysis_scale(of(measure, (0, 10), (12, 12))).sei_from == f"counts{ADDED}"


def test_a_difference_of_risks_is_known_without_events() -> None:
    found = to_analysis_scale(of("RD", (0, 10), (0, 12)))
    halves = 0.5 / 11 - 0.5 / 13, 0.5 * 10.5 / 11**3 + 0.5 * 12.5 / 13**3
    assert (found.yi, found.sei**2) == pytest.approx(halves, rel=1e-12)
    assert found.sei_from == f"counts{ADDED}"
    arcsines = to_analysis_scale(of("AS", (0, 10), (0, 12)))
    assert (arcsines.yi, arcsines.sei_from) == (0, "counts"), "nothing has to be added"


def test_rates_of_which_one_is_zero() -> None:
    rates = [group(events=0, person_time=310.5), group(events=7, person_time=290)]
    found = to_analysis_scale(effect("IRR", groups=rates))
    assert found.yi == pytest.approx(math.log(0.5 / 310.5 / (7.5 / 290)), rel=1e-12)
    assert found.sei**2 == pytest.approx(1 / 0.5 + 1 / 7.5, rel=1e-12)
    assert found.sei_from == f"rates{ADDED}"
    with pytest.raises(NotPoolableError, match=r"^no event in both groups$"):
        to_analysis_scale(effect("IRR", groups=[rates[0], group(events=0, person_time=290)]))


@pytest.mark.parametrize(("events", "yi"), [(0, math.log(0.5 / 40.5)), (40, math.log(40.5 / 0.5))])
def test_a_proportion_of_nobody_or_everybody(events: int, yi: float) -> None:
    found = to_analysis_scale(effect("proportion", group=group(events=events, n=40)))
    assert (found.yi, found.sei**2) == pytest.approx((yi, 1 / 0.5 + 1 / 40.5), rel=1e-12)
    assert found.sei_from == f"counts{ADDED}"
