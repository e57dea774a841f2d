"""How far numbers by different methods may lie from each other, by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from evidence.audit.methods import (
    asymmetry_limit,
    p_limit,
    se_factor,
    spread,
    states_another_method,
    states_asymmetry,
    usual_share,
)
from evidence.audit.printed_effect import PrintedEffect
from evidence.records.parsing import Severity
from evidence.records.printed import Printed
from evidence.records.vocabulary import IntervalMethod, Measure, Test
from tests.evidence.audit.effects import effect, severity


@pytest.mark.parametrize(
    ("se", "limit_of_p", "limit_of_asymmetry", "factor"),
    [
        ("0.4", 0.71, 0.4, 1.22),  # 0.35 + 0.9 * 0.4, 0.3 + 0.25 * 0.4, 1.1 + 0.3 * 0.4
        ("1.1", 1.34, 0.575, 1.43),
        ("1.2", 1.43, 0.6, 1.46),
        ("1.3", 1.43, 0.6, 1.46),
        ("9.0", 1.43, 0.6, 1.46),
    ],
)
def test_distances_of_ratios_grow_with_the_spread_up_to_a_standard_error_of_1_2(
    se: str, limit_of_p: float, limit_of_asymmetry: float, factor: float
) -> None:
    printed = effect("OR", "2.0", se=se)
    assert p_limit(printed, 2.0) == pytest.approx(limit_of_p)
    assert asymmetry_limit(printed) == pytest.approx(limit_of_asymmetry)
    assert se_factor(printed) == pytest.approx(factor)


@pytest.mark.parametrize(
    ("printed", "expected"),
    [
        (effect("MD", "2.0", ("0.04", "3.96")), 1.0),  # 3.92 / 2 / 1.96
        (effect("MD", "2.0", ("0.04", "3.96"), se="7"), 1.0),
        (replace(effect("MD", "2.0"), lower=Printed.parse("0.04")), 1.0),  # one limit: 1.96 from it
        (replace(effect("MD", "2.0", se="7"), upper=Printed.parse("3.96")), 1.0),
        (effect("MD", "2.0", se="7"), 7.0),
        (effect("MD", "2.0", se="-7"), 0.0),
        (effect("MD", "2.0", ("3.96", "0.04")), 0.0),
        (effect("MD", "2.0"), 0.0),
    ],
)
def test_the_spread_is_that_of_the_interval_else_the_standard_error(
    printed: PrintedEffect, expected: float
) -> None:
    assert spread(printed) == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize(
    ("measure", "limit_of_p", "at_large_z", "limit_of_asymmetry", "factor"),
    [
        ("OR", 0.71, 0.71, 0.4, 1.22),  # 0.35 + 0.9 * 0.4
        ("HR", 0.71, 0.71, 0.4, 1.22),
        ("IRR", 0.71, 0.71, 0.4, 1.22),
        ("RR", 1.28, 1.28, 0.4, 1.22),  # 1 + 0.7 * 0.4
        ("beta", 0.8, 0.8, 0.4, 1.15),
        ("r", 0.8, 0.8, 0.25, 1.15),
        ("RD", 1.4, 5.5, 0.65, 1.15),  # 0.55 * 10
        ("MD", 1.4, 5.5, 0.25, 1.15),
        ("SMD", 1.4, 5.5, 0.25, 1.15),
    ],
)
def test_every_measure_has_its_own_limits(
    measure: Measure, limit_of_p: float, at_large_z: float, limit_of_asymmetry: float, factor: float
) -> None:
    printed = effect(measure, "0.5", se="0.4")
    assert p_limit(printed, 2.0) == pytest.approx(limit_of_p)
    assert p_limit(printed, 10.0) == pytest.approx(at_large_z)
    assert asymmetry_limit(printed) == pytest.approx(limit_of_asymmetry)
    assert se_factor(printed) == pytest.approx(factor)


@pytest.mark.parametrize(
    ("ci_method", "test", "asymmetric", "another"),
    [
        (None, None, False, False),
        ("Wald", "Wald", False, False),
        ("t", "t", False, False),
        ("exact", None, True, True),
        ("exact", "Wald", True, True),
        (None, "score", False, True),
        ("Wald", "score", False, True),
    ],
)
def test_a_method_counts_as_another_only_where_the_record_states_one_that_is(
    ci_method: IntervalMethod | None, test: Test | None, asymmetric: bool, another: bool
) -> None:
    printed = replace(effect("OR", "2.0", se="0.4"), ci_method=ci_method, test=test)
    assert states_asymmetry(printed) is asymmetric
    assert states_another_method(printed) is another


@pytest.mark.parametrize(
    ("printed", "share"),
    [
        (effect("OR", "2.0", se="0.4"), 0.28),  # 0.7 * 0.4
        (effect("HR", "2.0", se="0.57"), 0.399),
        (effect("IRR", "2.0", se="0.58"), 0.4),
        (effect("RR", "2.0", se="9.0"), 0.4),
        (effect("RR", "2.0"), 0.0),
        (effect("RD", "0.2", n=299), 0.3),
        (effect("RD", "0.2", n=300), 0.0),
        (effect("RD", "0.2"), 0.3),
        (effect("MD", "0.2", n=300), 0.2),
        (effect("SMD", "0.2"), 0.05),
        (effect("beta", "0.2"), 0.0),
        (effect("r", "0.2"), 0.0),
    ],
)
def test_what_methods_of_small_studies_usually_differ_by(printed: PrintedEffect, share: float) -> None:
    assert usual_share(printed) == pytest.approx(share, rel=1e-9)
    methods: tuple[tuple[IntervalMethod, Test], ...] = (("Wald", "Wald"), ("t", "t"), ("Wald", "t"))
    for ci_method, test in methods:
        stated = replace(printed, ci_method=ci_method, test=test)
        assert usual_share(stated) == 0.0
    assert usual_share(replace(printed, ci_method="Wald")) == pytest.approx(share, rel=1e-9)
    assert usual_share(replace(printed, test="t")) == pytest.approx(share, rel=1e-9)


def test_a_p_within_what_is_usual_is_a_note_and_just_beyond_it_a_warning() -> None:
    # SE 0.4 of a log odds ratio of 2: z = 1.732868, p = 0.083119; the limit is 0.71, usual is 0.28 of it:
    # 0.1988. z = 1.9317 of p = 0.0534 to 1.5341 of p = 0.1250.
    # rounding of 2.0000 and 0.4000, and t with 15 df, allow z from 1.628 (p = 0.1036) to 1.7331
    severities = {
        p: severity(effect("OR", "2.0000", se="0.4000", p=p), "p-against-se")
        for p in ("0.083", "0.0540", "0.0528")
    }
    assert severities == {"0.083": None, "0.0540": Severity.NOTE, "0.0528": Severity.WARNING}


def test_an_interval_as_far_off_its_middle_as_is_usual_is_a_note() -> None:
    # ln 1.05 to ln 5.00: middle 0.8291, half 0.7803, spread 0.3981; usual 0.2787 of 0.3995: 0.1113
    estimates = {"2.150": Severity.NOTE, "2.080": Severity.WARNING, "1.60": Severity.ERROR}
    for estimate, expected in estimates.items():
        assert severity(effect("OR", estimate, ("1.050", "5.000")), "estimate-off-centre") is expected, (
            estimate
        )


def test_a_t_with_degrees_of_freedom_and_its_p_are_of_one_method() -> None:
    assert severity(effect("MD", "2.2", p="0.05", t="2.20", df=28), "p-against-statistic") is Severity.WARNING
    assert severity(effect("MD", "2.2", p="0.025", t="2.20"), "p-against-statistic") is Severity.NOTE
