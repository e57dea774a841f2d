"""Incidence rates: by hand, against metafor, by the delta method and simulation, and safely back again."""

from __future__ import annotations

from collections.abc import Callable
from math import log, sqrt
from typing import Any

import mpmath
import numpy as np
import pytest
from numpy.testing import assert_allclose

from evidence.effects.columns import StudyError
from evidence.effects.escalc import escalc
from evidence.effects.rates import RATE_MEASURES, describe_rates, from_freeman_tukey, rates
from tests.evidence.effects.counts import REFERENCE, compare, computed, delta_variance, numbers


def test_a_rate_counted_by_hand() -> None:
    """9 events in 100 years."""
    for measure, yi, vi in (
        ("IR", 0.09, 9 / 100**2),
        ("IRLN", log(0.09), 1 / 9),
        ("IRS", 0.3, 1 / 400),
        ("IRFT", 0.5 * (0.3 + sqrt(0.1)), 1 / 400),
    ):
        result = escalc(measure, xi=9, ti=100)
        assert_allclose((result.yi[0], result.vi[0]), (yi, vi), rtol=1e-13)
        assert_allclose(result.back(result.yi), 0.09, rtol=1e-13)


def test_every_rule_agrees_with_metafor() -> None:
    compared = rows = 0
    for row in REFERENCE["escalc"] + REFERENCE["defaults"]:
        if row["measure"] in RATE_MEASURES:
            data = REFERENCE["person_time"][row["set"]]
            compared += compare(computed(row, {"xi": data["x1i"], "ti": data["t1i"]}), row)
            rows += 1
    assert rows == 4 * 3 * (6 + 1)
    assert compared == 2 * 4 * 7 * (34 + 15 + 9)


def test_variances_are_those_of_the_delta_method() -> None:
    """IRFT has no exact one: 1/(4t) is Freeman and Tukey's, checked by simulation below."""
    functions: dict[str, Callable[[Any], Any]] = {
        "IR": lambda x: x / 100,
        "IRLN": lambda x: mpmath.log(x / 100),
        "IRS": lambda x: mpmath.sqrt(x / 100),
    }
    for measure, function in functions.items():
        result = describe_rates(measure, rates(9, 100))
        assert_allclose(result.vi, delta_variance(function, (9,), [[9]]), rtol=1e-12)


def simulated_ratio(measure: str, events: float, draws: int) -> float:
    x = np.random.default_rng(20240229).poisson(events, draws).astype(float)
    result = describe_rates(measure, rates(x, 250.0))
    return float(result.yi.var() / result.vi.mean())


@pytest.mark.parametrize("measure", RATE_MEASURES)
def test_variances_are_right_on_average(measure: str) -> None:
    """Within 5%, of which Monte Carlo error is 1.6% (one standard error)."""
    assert simulated_ratio(measure, 120, 8_000) == pytest.approx(1.0, abs=0.05)


@pytest.mark.long
@pytest.mark.parametrize("measure", RATE_MEASURES)
def test_variances_are_right_on_average_at_full_size(measure: str) -> None:
    """Within 1.5%, of which Monte Carlo error is 0.3% (one standard error)."""
    assert simulated_ratio(measure, 500, 200_000) == pytest.approx(1.0, abs=0.015)


def test_freeman_tukey_goes_back_as_in_metafor_and_to_itself() -> None:
    compared = 0
    for row in REFERENCE["back"]["freeman_tukey"]:
        t, y = row["t"], numbers(row["yi"])
        assert_allclose(describe_rates("IRFT", rates(row["xi"], t)).yi, y, rtol=1e-13)
        ours = from_freeman_tukey(y, t)
        assert_allclose(ours, numbers(row["xi"]) / t, rtol=1e-12, atol=1e-14)
        assert_allclose(ours, numbers(row["rate"]), rtol=1e-10, atol=1e-12)
        compared += y.size
    assert compared == 3 * 6


def test_values_no_rate_has_go_to_zero_and_order_is_kept() -> None:
    values = np.r_[-np.inf, np.linspace(-1, 3, 4_001), np.inf]
    for measure in RATE_MEASURES:
        back = escalc(measure, xi=[3, 8], ti=[10, 20]).back(values)
        assert (np.diff(back[np.isfinite(back)]) >= 0).all()
        assert not np.isnan(back).any()
        assert measure == "IR" or back[0] == 0.0
    assert np.isnan(from_freeman_tukey(np.nan, 2.0))
    assert np.isnan(from_freeman_tukey(np.array([None, 1.0]), np.array([4, None]))).all()
    assert from_freeman_tukey([0.25, 0.2], 4).tolist() == [0.0, 0.0], "no events in a time of 4 give 1/4"


def test_notes_say_what_was_done_and_what_is_undefined() -> None:
    result = escalc("IRLN", xi=[0, 3, 0, np.nan], ti=[10, 10, 0, 5])
    assert_allclose(result.yi[0], log(0.05))
    assert result.notes == (
        "1/2 was added to its events",
        "",
        "there is no person-time",
        "a number is missing",
    )
    assert escalc("IRLN", xi=0, ti=4, to="none").notes == ("there are no events, and nothing was added",)
    assert "no weight" in escalc("IR", xi=0, ti=4, add=0).notes[0]


def test_numbers_that_cannot_be_true_name_the_study() -> None:
    with pytest.raises(StudyError, match="study 2: xi is 2 and ti 0; expected events in some time"):
        escalc("IR", xi=[1, 2], ti=[1, 0])
    with pytest.raises(StudyError, match="study 1: ti is -1; expected a time"):
        escalc("IR", xi=0, ti=[-1, -2])
