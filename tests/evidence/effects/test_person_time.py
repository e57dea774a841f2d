"""Effect sizes from person-time: by hand, against metafor, by the delta method, identities and simulation."""

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
from evidence.effects.person_time import PERSON_TIME_MEASURES, PersonTime, compare_rates, person_time
from tests.evidence.effects.counts import REFERENCE, compare, computed, delta_variance, diagonal, numbers

# With drop00, metafor leaves vi of IRSD in the studies whose yi it drops; here both are nan.
KNOWN_DIFFERENCES = {"IRSD": "vi of dropped studies"}


def test_rates_counted_by_hand() -> None:
    """9 events in 100 years against 16 in 400."""
    given = {"x1i": 9, "t1i": 100, "x2i": 16, "t2i": 400}
    for measure, yi, vi in (
        ("IRR", log(2.25), 1 / 9 + 1 / 16),
        ("IRD", 0.05, 9 / 100**2 + 16 / 400**2),
        ("IRSD", 0.3 - 0.2, 1 / 400 + 1 / 1600),
    ):
        result = escalc(measure, **given)
        assert_allclose((result.yi[0], result.vi[0]), (yi, vi), rtol=1e-13)


def test_every_rule_agrees_with_metafor() -> None:
    compared = rows = 0
    for row in REFERENCE["escalc"] + REFERENCE["defaults"]:
        if row["measure"] not in PERSON_TIME_MEASURES:
            continue
        result, rows = computed(row, REFERENCE["person_time"][row["set"]]), rows + 1
        if row["measure"] == "IRSD" and row.get("drop00"):
            row = {**row, "vi": np.where(result.defined, numbers(row["vi"]), np.nan).tolist()}
        compared += compare(result, row)
    assert rows == 3 * 3 * 10 + 3 * 3
    assert compared == 2 * 3 * 11 * (34 + 15 + 9)


def test_swapping_the_groups_changes_the_sign_only() -> None:
    data = person_time([9, 3], [100, 20.5], [16, 5], [400, 70])
    for measure in PERSON_TIME_MEASURES:
        there, back = (
            compare_rates(measure, data),
            compare_rates(measure, PersonTime(data.x2i, data.t2i, data.x1i, data.t1i)),
        )
        assert_allclose(there.yi, -back.yi, rtol=1e-13)
        assert_allclose(there.vi, back.vi, rtol=1e-13)


def test_the_unit_of_time_does_not_matter_to_the_ratio() -> None:
    years = compare_rates("IRR", person_time(9, 100, 16, 400))
    days = compare_rates("IRR", person_time(9, 36525, 16, 146100))
    assert_allclose((years.yi, years.vi), (days.yi, days.vi), rtol=1e-14)


def test_variances_are_those_of_the_delta_method() -> None:
    functions: dict[str, Callable[[Any, Any], Any]] = {
        "IRR": lambda x, y: mpmath.log((x / 100) / (y / 400)),
        "IRD": lambda x, y: x / 100 - y / 400,
        "IRSD": lambda x, y: mpmath.sqrt(x / 100) - mpmath.sqrt(y / 400),
    }
    for measure, function in functions.items():
        result = compare_rates(measure, person_time(9, 100, 16, 400))
        assert_allclose(result.vi, delta_variance(function, (9, 16), diagonal((9, 16))), rtol=1e-12)
    assert functions.keys() == PERSON_TIME_MEASURES.keys()


def simulated_ratio(measure: str, events: float, draws: int) -> float:
    rng = np.random.default_rng(20240229)
    x1, x2 = rng.poisson(events, draws).astype(float), rng.poisson(1.5 * events, draws).astype(float)
    data = PersonTime(x1, np.full(draws, 100.0), x2, np.full(draws, 220.0))
    result = compare_rates(measure, data)
    return float(result.yi.var() / result.vi.mean())


@pytest.mark.parametrize("measure", PERSON_TIME_MEASURES)
def test_variances_are_right_on_average(measure: str) -> None:
    """Within 5%, of which Monte Carlo error is 1.6% (one standard error)."""
    assert simulated_ratio(measure, 120, 8_000) == pytest.approx(1.0, abs=0.05)


@pytest.mark.long
@pytest.mark.parametrize("measure", PERSON_TIME_MEASURES)
def test_variances_are_right_on_average_at_full_size(measure: str) -> None:
    """Within 1.5%, of which Monte Carlo error is 0.3% (one standard error)."""
    assert simulated_ratio(measure, 500, 200_000) == pytest.approx(1.0, abs=0.015)


def test_notes_say_what_was_done_and_what_is_undefined() -> None:
    result = escalc("IRR", x1i=[0, 4, 0, 1], t1i=[10, 10, 10, 0.5], x2i=[3, 2, 0, np.nan], t2i=10)
    assert result.notes[0] == "1/2 was added to the events of both groups"
    assert result.notes[1] == ""
    assert "without any event" in result.notes[2]
    assert result.notes[3] == "a number is missing"
    assert_allclose(result.yi[0], log(0.5 / 3.5))
    refused = escalc("IRR", x1i=[0, 0], t1i=[10, 0], x2i=1, t2i=10, add=0)
    assert refused.notes == (
        "a group has no events, and nothing was added",
        "one of the groups has no person-time",
    )
    assert "no weight" in escalc("IRD", x1i=0, t1i=5, x2i=0, t2i=5, to="none").notes[0]
    assert_allclose(escalc("IRSD", x1i=0, t1i=4, x2i=9, t2i=4).yi, -sqrt(9 / 4))


def test_numbers_that_cannot_be_true_name_the_study() -> None:
    for events in (1, 2):
        with pytest.raises(StudyError, match=f"B: x1i is {events} and t1i 0; expected events in some time"):
            escalc("IRR", x1i=[1, events], t1i=[3, 0], x2i=1, t2i=2, slab=["A", "B"])
        with pytest.raises(StudyError, match=f"A: x2i is {events} and t2i 0; expected events in some time"):
            escalc("IRR", x1i=1, t1i=2, x2i=[events, 0], t2i=[0, 0], slab=["A", "B"])
    with pytest.raises(StudyError, match="study 2: t2i is -2; expected zero or above"):
        escalc("IRR", x1i=[1, 2], t1i=[3, 1], x2i=1, t2i=[2, -2])
    with pytest.raises(ValueError, match="is for 2x2 tables"):
        escalc("IRR", x1i=1, t1i=3, x2i=1, t2i=2, add="empirical")
