"""Persons per 1,000 from relative effects: the Handbook's examples, and what has no absolute effect."""

from __future__ import annotations

import math

import pytest
from numpy.testing import assert_allclose

from evidence.records.vocabulary import Measure
from synthesis.certainty.information_size import information_size
from synthesis.certainty.per_thousand import SOURCES, NoAbsoluteEffectError, per_thousand


def risk_with(measure: Measure, effect: float, risk: float) -> float:
    """The risk with the exposure."""
    return per_thousand(measure, (effect, effect, effect), risk, "5 years").with_exposure / 1000.0


@pytest.mark.parametrize(("measure", "effect", "fewer", "nnt"), [("RR", 0.92, 24, 42), ("OR", 0.73, 62, 17)])
def test_the_examples_of_the_handbook(measure: Measure, effect: float, fewer: int, nnt: int) -> None:
    """Handbook 5.1: 12.5.4.2, RR 0.92 at 300 per 1,000; 12.5.4.3, OR 0.73 at the same."""
    found = per_thousand(measure, (effect, effect, effect), 0.3, None)
    assert round(-found.difference) == fewer
    assert math.ceil(-1000.0 / found.difference) == nnt


@pytest.mark.parametrize(
    ("without", "odds_ratio", "printed"),
    [
        (10, (0.10, 0.04, 0.25), (1, 0, 3)),  # symptomless thrombosis, low risk
        (30, (0.10, 0.04, 0.25), (3, 1, 8)),  # the same, high risk
        (13, (0.45, 0.18, 1.13), (6, 2, 15)),  # superficial vein thrombosis
    ],
)
def test_a_published_summary_of_findings(
    without: int, odds_ratio: tuple[float, float, float], printed: tuple[int, int, int]
) -> None:
    """Compression stockings in airline passengers: Clarke et al., Cochrane review CD004002."""
    found = per_thousand("OR", odds_ratio, without / 1000, None)
    ends = (found.with_exposure, found.without + found.low, found.without + found.high)
    assert tuple(round(each) for each in ends) == printed


@pytest.mark.parametrize(
    ("measure", "effect", "risk", "by_hand"),
    [
        ("RR", 0.75, 0.8, 0.6),  # Handbook 5.1, 11.5.5: 80 % becomes 60 %, 20 % becomes 15 %
        ("RR", 0.75, 0.2, 0.15),
        ("OR", 3.0, 0.25, 0.5),  # odds of 1/3, three times
        ("PETO", 3.0, 0.25, 0.5),
        ("HR", 0.5, 0.19, 0.1),  # the root of 0.81 survives
        ("HR", 2.0, 0.1, 0.19),
        ("RD", -0.05, 0.2, 0.15),
        ("OR", math.inf, 0.2, 1.0),
    ],
)
def test_risks_by_hand(measure: Measure, effect: float, risk: float, by_hand: float) -> None:
    assert_allclose(risk_with(measure, effect, risk), by_hand, rtol=1e-12)


@pytest.mark.parametrize("measure", ["RR", "OR", "PETO", "HR"])
@pytest.mark.parametrize("risk", [1e-9, 0.3, 0.999])
def test_no_effect_leaves_every_risk_as_it_is(measure: Measure, risk: float) -> None:
    assert_allclose(risk_with(measure, 1.0, risk), risk, rtol=1e-12)


def test_a_rare_event_has_one_absolute_effect_whatever_the_ratio() -> None:
    risks = [risk_with(measure, 1.7, 1e-9) for measure in ("RR", "OR", "HR")]
    assert_allclose(risks, 1.7e-9, rtol=1e-8)


def test_the_interval_is_that_of_the_relative_effect() -> None:
    found = per_thousand("RR", (0.5, 0.25, 1.5), 0.2, None)
    assert_allclose(
        [found.without, found.with_exposure, found.difference, found.low, found.high],
        [200.0, 100.0, -100.0, -150.0, 100.0],
        rtol=1e-12,
    )
    assert not found.cut


@pytest.mark.parametrize(
    ("measure", "ends", "low", "high", "cut"),
    [
        ("RR", (2.0, 0.5, 5.0), -150.0, 700.0, True),
        ("RR", (2.0, 0.5, 10.0 / 3.0), -150.0, 700.0, False),
        ("RD", (-0.1, -0.4, 0.2), -300.0, 200.0, True),
        ("RD", (0.1, -0.2, 0.9), -200.0, 700.0, True),
        ("RD", (0.1, -0.3, 0.7), -300.0, 700.0, False),
        ("OR", (1.0, 0.0, math.inf), -300.0, 700.0, False),
        ("HR", (1.0, 0.0, math.inf), -300.0, 700.0, False),
    ],
)
def test_an_end_beyond_all_or_none_is_cut_and_says_so(
    measure: Measure, ends: tuple[float, float, float], low: float, high: float, cut: bool
) -> None:
    """At 300 per 1,000; odds and hazards reach none and all without leaving them."""
    found = per_thousand(measure, ends, 0.3, "1 year")
    assert_allclose([found.low, found.high], [low, high], rtol=1e-12)
    assert found.cut == cut


@pytest.mark.parametrize(
    ("measure", "effect", "period", "sentence"),
    [
        ("HR", 0.8, None, "A hazard ratio acts over time: the baseline risk needs its period, e.g. 5 years."),
        ("RR", 4.0, None, "RR 4 at a baseline of 300 per 1,000 is beyond what persons there are."),
        ("RD", -0.4, None, "RD -0.4 at a baseline of 300 per 1,000 is beyond what persons there are."),
        ("IRR", 0.8, "1 year", "IRR and a baseline risk do not give an absolute effect."),
        ("MD", 0.8, None, "MD and a baseline risk do not give an absolute effect."),
    ],
)
def test_what_is_not_defined_is_refused(
    measure: Measure, effect: float, period: str | None, sentence: str
) -> None:
    with pytest.raises(NoAbsoluteEffectError) as refused:
        per_thousand(measure, (effect, effect, effect), 0.3, period)
    assert str(refused.value) == sentence


def test_a_hazard_ratio_with_the_period_of_its_risk_has_one() -> None:
    assert_allclose(per_thousand("HR", (0.5, 0.4, 0.6), 0.19, "5 years").difference, -90.0, rtol=1e-12)
    assert set(SOURCES) == {"RR", "OR", "PETO", "HR", "RD"}


def test_persons_that_find_a_difference_by_hand() -> None:
    """0.3 against 0.2: (1.959964 √(2 · 0.25 · 0.75) + 0.841621 √0.37)² / 0.01 = 293.15 in each group."""
    assert information_size(0.3, 0.2) == information_size(0.2, 0.3) == 2 * 294
    assert information_size(0.3, 0.2, power=0.9) > information_size(0.3, 0.2)
    assert information_size(0.3, 0.2, alpha=0.01) > information_size(0.3, 0.2)
    for risks in ((0.3, 0.3), (0.0, 0.2), (0.2, 1.0), (1.0, 0.2), (0.2, 0.0), (1.5, 0.2), (0.2, 1.5)):
        with pytest.raises(ValueError, match="expected two between 0 and 1"):
            information_size(*risks)
