"""Standard errors of raw numbers against the measures' variances, and the bound that events set."""

from __future__ import annotations

import math

import numpy as np
import pytest

from evidence.audit.arithmetic import Interval
from evidence.audit.from_groups import spreads
from evidence.audit.group_errors import (
    EventsOf,
    ExposureClass,
    errors_of_means,
    events_of,
    least_error,
    standard_errors,
    too_precise,
)
from evidence.effects.escalc import escalc
from evidence.records.effect import Effect
from evidence.records.printed import Printed
from evidence.records.vocabulary import Measure
from tests.evidence.audit.legitimate_groups import comparisons
from tests.evidence.audit.test_from_groups import TABLES, counted, measured


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("measure", ["OR", "RR"])
def test_counts_give_the_standard_error_of_the_measure(
    measure: Measure, table: tuple[int, int, int, int]
) -> None:
    a, n, c, m = table
    expected = escalc(measure, ai=a, n1i=n, ci=c, n2i=m).sei[0]
    assert standard_errors(counted(measure, *table)) == pytest.approx((expected, expected), rel=1e-12)


def test_a_risk_difference_has_the_unit_that_its_estimate_fits() -> None:
    effect = counted("RD", 10, 30, 5, 40)
    error = escalc("RD", ai=10, n1i=30, ci=5, n2i=40).sei[0]  # of 0.2083
    for text, expected in (("0.21", error), ("20.8", 100 * error)):
        found = standard_errors(effect.model_copy(update={"estimate": Printed.parse(text)}))
        assert found == pytest.approx((expected, expected), rel=1e-12)
    for text in ("0.5", "0"):  # neither, and perhaps both
        same = counted("RD", 10, 30, 10, 30) if text == "0" else effect
        assert standard_errors(same.model_copy(update={"estimate": Printed.parse(text)})) is None
    assert standard_errors(effect) is None


@pytest.mark.parametrize("table", [(1, 30, 20, 20), (30, 30, 1, 20)])
def test_one_event_beside_a_group_where_all_have_it_gives_the_error_of_their_difference(
    table: tuple[int, int, int, int],
) -> None:
    a, n, c, m = table
    effect = counted("RD", *table).model_copy(update={"estimate": Printed.parse(f"{a / n - c / m:.4f}")})
    error = math.sqrt(a * (n - a) / n**3 + c * (m - c) / m**3)
    assert standard_errors(effect) == pytest.approx((error, error), rel=1e-12)


def test_means_give_students_and_welchs_standard_error() -> None:
    digits = "0" * 10
    effect = measured("MD", f"7.{digits}", f"2.{digits}", "10", f"5.{digits}", f"3.{digits}", "20")
    welch, pooled = math.sqrt(4 / 10 + 9 / 20), (9 * 4 + 19 * 9) / 28
    student = math.sqrt(pooled * (1 / 10 + 1 / 20))
    assert standard_errors(effect) == pytest.approx((welch, student), rel=1e-8)
    pair = spreads(effect)
    assert pair is not None
    # as standard errors 2 and 3 are SDs of 2 sqrt 10 and 3 sqrt 20
    pooled = (9 * 40 + 19 * 180) / 28
    expected = sorted((math.sqrt(4 + 9), math.sqrt(pooled * 0.15)))
    assert errors_of_means(*pair, as_errors=True) == pytest.approx(expected, rel=1e-8)


def test_an_smd_has_the_error_of_no_effect_to_that_of_its_size() -> None:
    effect = measured("SMD", "7.0", "2.0", "10", "5.0", "3.0", "20")
    assert standard_errors(effect) == pytest.approx((math.sqrt(0.15),) * 2)
    sized = effect.model_copy(update={"estimate": Printed.parse("0.80")})
    assert standard_errors(sized) == pytest.approx((math.sqrt(0.15), math.sqrt(0.15 + 0.64 / 28)))


@pytest.mark.parametrize(
    "effect",
    [
        counted("RR", 0, 30, 5, 40),
        counted("RR", 30, 30, 40, 40),
        counted("OR", 30, 30, 5, 40),
        counted("RD", 0, 30, 40, 40),
        counted("beta", 10, 30, 5, 40),
        measured("MD", "7.0", "2.0", "1", "5.0", "3.0", "20"),
        measured("OR", "7.0", "2.0", "10", "5.0", "3.0", "20"),
    ],
)
def test_what_has_no_spread_has_no_standard_error(effect: Effect) -> None:
    with_estimate = effect.model_copy(update={"estimate": Printed.parse("-1.0")})
    assert standard_errors(with_estimate) is None


# The bound that events set.


@pytest.mark.parametrize(
    ("measure", "exposed", "reference", "variance"),
    [
        ("OR", (10, 30), (5, 40), 1 / 10 + 1 / 20 + 1 / 5 + 1 / 35),
        ("HR", (10, 30), (5, 40), 1 / 10 + 1 / 5),
        ("HR", (10, None), (5, None), 1 / 10 + 1 / 5),
        ("HR", (30, 30), (40, 40), 1 / 30 + 1 / 40),
        ("IRR", (10, None), (5, None), 1 / 10 + 1 / 5),
        ("IRR", (10, 30), (5, None), 1 / 10 + 1 / 5),
        ("IRR", (10, 30), (5, 40), 1 / 10 - 1 / 30 + 1 / 5 - 1 / 40),
        ("IRR", (30, 30), (5, 40), 1 / 5 - 1 / 40),
    ],
)
def test_the_least_standard_error_is_that_of_the_events(
    measure: Measure, exposed: tuple[int, int | None], reference: tuple[int, int | None], variance: float
) -> None:
    assert least_error(measure, EventsOf(*exposed), EventsOf(*reference)) == pytest.approx(
        math.sqrt(variance)
    )


@pytest.mark.parametrize(
    ("measure", "exposed", "reference"),
    [
        ("OR", (10, None), (5, 40)),
        ("OR", (10, 30), (5, None)),
        ("OR", (30, 30), (5, 40)),
        ("OR", (10, 30), (40, 40)),
        ("OR", (0, 30), (5, 40)),
        ("HR", (10, 30), (0, 40)),
        ("IRR", (0, None), (5, None)),
        ("IRR", (30, 30), (40, 40)),
        ("RR", (10, 30), (5, 40)),
        ("MD", (10, 30), (5, 40)),
    ],
)
def test_other_counts_and_measures_set_no_bound(
    measure: Measure, exposed: tuple[int, int | None], reference: tuple[int, int | None]
) -> None:
    assert least_error(measure, EventsOf(*exposed), EventsOf(*reference)) is None


def test_no_model_by_maximum_likelihood_is_more_precise_than_its_events() -> None:
    """The bound of the docstring, on logistic, Cox and Poisson models with two covariates."""
    compared, nearest = 0, math.inf
    for each in comparisons(320, seed=11):
        if not each.way.endswith("adjusted, Wald") or each.effect.ci is None or each.effect.groups is None:
            continue
        (a, n), (c, m) = ((group.events or 0, group.n) for group in each.effect.groups)
        lower, upper = each.effect.ci
        if lower.value <= 0:
            continue
        error = (math.log(upper.highest) - math.log(max(1e-9, lower.lowest))) / 2 / 1.959964
        least = least_error(each.effect.measure, EventsOf(a, n), EventsOf(c, m))
        if least is not None:
            nearest = min(nearest, error / least)
            compared += 1
    assert compared >= 30
    assert 1 <= nearest < 1.2


def test_classes_of_an_exposure_are_each_compared_with_the_first() -> None:
    """A table of quarters: the third interval is narrower than its 20 and 40 events allow."""
    errors = (None, 0.20, 0.25, 0.30)
    events = (40, 60, 20, 30)
    classes = [
        ExposureClass(EventsOf(d, None), None if e is None else Interval(e - 0.01, e + 0.01))
        for d, e in zip(events, errors, strict=True)
    ]
    # 1/60 + 1/40 = 0.0417, root 0.204; 1/20 + 1/40, root 0.274; 1/30 + 1/40, root 0.242
    ((index, least),) = too_precise("HR", classes)
    assert index == 2
    assert least == pytest.approx(math.sqrt(1 / 20 + 1 / 40))
    assert list(too_precise("RR", classes)) == []
    assert list(too_precise("HR", classes[:1])) == []
    assert list(too_precise("HR", [])) == []
    assert np.isclose(math.sqrt(1 / 60 + 1 / 40), 0.2041, atol=1e-4)


def test_events_are_those_of_the_groups_with_their_persons_or_in_time() -> None:
    assert events_of(counted("OR", 10, 30, 5, 40)) == (EventsOf(10, 30), EventsOf(5, 40))
    groups = [{"name": name, "events": events, "person_time": time} for name, events, time in (
        ("a", 12, "340"), ("b", 7, "500.5")
    )]  # fmt: skip
    timed = Effect.model_validate({"measure": "IRR", "groups": groups})
    assert events_of(timed) == (EventsOf(12, None), EventsOf(7, None))
    assert events_of(Effect.model_validate({"measure": "OR", "estimate": "1.2", "se": "0.1"})) is None
